"""The common procurement vocabulary: which codes exist (regulation 213/2008)."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

from spaser import modele
from spaser.errors import UserError

FILE = Path("cpv", "cpv_2008.csv")


@functools.cache
def roots(file: Path) -> frozenset[str]:
    """The codes of the reference file without their check digit: eight digits.

    Raises:
        UserError: the reference file is missing.
    """
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            return frozenset(row["code"][:8] for row in csv.DictReader(stream))
    except FileNotFoundError:
        raise UserError(
            "la nomenclature CPV est absente", lieu=str(file), remede="rétablir ce fichier"
        ) from None


def known(code: str | None) -> bool | None:
    """Whether a well-formed code is one of the vocabulary; None when it is not well-formed."""
    root, _, key = (code or "").partition("-")
    if len(root) != 8 or not root.isdecimal() or len(key) > 1:
        return None
    return root in roots(modele.referentiels() / FILE)
