"""Lines that are no row: «Total», «Sous-total Voirie», «Ensemble des services», «Σ», or the header.

Such a line is recognised by its word, when nothing in it identifies a row of its own: a supplier
named TotalEnergies, with a number or a date, is a supplier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from spaser.sources.records import Published, identities
from spaser.sources.sheets import heading
from spaser.sources.texts import clean, fold, written

_NAMES = ("fournisseur", "denomination", "raison_sociale", "nom", "cantine")  # may begin with Total
_EXACT = re.compile(
    r"(?:grand |sous[- ]?)?tota(?:l|ux)(?: (?:general|generaux|ht|ttc|annuel|global|cumule|\d{4}))*"
    r"|ensemble|somme|sommes|cumul|totalite|st|[σ∑]"
)
_LOOSE = re.compile(
    rf"(?:{_EXACT.pattern})(?: ?[:=].*)?|(?:sous[- ]?)?tota(?:l|ux)\b.*|ensemble d.*"
)
EN_TETE = "en-tête répété"


def word(record: Published) -> str:
    """The text by which a row of a table says that it is a total, `EN_TETE` when it says the
    names of the columns again; empty for any other row."""
    if record.tabulaire and isinstance(record.raw, Mapping) and _is_header(record.raw):
        return EN_TETE
    names = identities(record.table)
    if not names or not record.tabulaire or not isinstance(record.raw, Mapping):
        return ""
    proper = {written(record.fields.get(n)) for n in _NAMES}
    for name in names:
        text = written(record.fields.get(name))
        if text and not _sums_up(text, proper):
            return ""
    cells = (clean(c) for c in record.raw.values() if isinstance(c, str))
    return next((c for c in cells if _sums_up(c, proper)), "")


def named(text: object) -> bool:
    """Whether a text begins as the name of a total does: «TOTAL VILLE», or TotalEnergies no."""
    return isinstance(text, str) and bool(_LOOSE.fullmatch(fold(text).rstrip(" :")))


def _is_header(raw: Mapping[str, object]) -> bool:
    """Whether the filled cells of a row, two or more, all say the names of their columns."""
    cells = [(name, cell) for name, cell in raw.items() if cell is not None]
    return len(cells) > 1 and all(
        isinstance(cell, str) and heading(cell) == heading(name) for name, cell in cells
    )


def _sums_up(text: str, proper: set[str]) -> bool:
    """Whether a cell says total; a name must say nothing else."""
    if len(text) > 80:
        return False
    words = fold(text).rstrip(" :")
    return bool((_EXACT if text in proper else _LOOSE).fullmatch(words))
