"""The common procurement vocabulary: which codes exist (regulation 213/2008)."""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

from spaser import modele
from spaser.errors import UserError

FILE = Path("cpv", "cpv_2008.csv")
_CLOSE = re.compile(r"(?<=\w)([:;]) ")  # a mark that English sets close


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


@functools.cache
def divisions(file: Path) -> dict[str, str]:
    """The name of each division, by the two digits that its codes begin with."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return {r["code"][:2]: r["libelle"] for r in rows if r["code"][2:8] == "000000"}


def division(digits: str) -> str:
    """A division in words after its digits; these alone when it is none.

    The vocabulary writes its colons and semicolons without the space of French.
    """
    name = divisions(modele.referentiels() / FILE).get(digits)
    return f"{digits} – " + _CLOSE.sub(r" \1 ", name) if name else digits


def known(code: str | None) -> bool | None:
    """Whether a well-formed code is one of the vocabulary; None when it is not well-formed."""
    root, _, key = (code or "").partition("-")
    if len(root) != 8 or not root.isdecimal() or len(key) > 1:
        return None
    return root in roots(modele.referentiels() / FILE)
