"""Lines that sum up the others: «Total», «Sous-total Voirie», «Ensemble des services».

Such a line is recognised by its word, when nothing in it identifies a row of its own: a supplier
named TotalEnergies, with a number or a date, is a supplier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from spaser.sources.records import Published, identities
from spaser.sources.texts import clean, fold, written

_NAMES = ("fournisseur", "denomination", "raison_sociale", "nom", "cantine")  # may begin with Total
_EXACT = re.compile(
    r"(?:grand |sous[- ]?)?tota(?:l|ux)(?: (?:general|generaux|ht|ttc|annuel|global|cumule|\d{4}))*"
    r"|ensemble|somme|sommes|cumul|totalite|st"
)
_LOOSE = re.compile(
    rf"(?:{_EXACT.pattern})(?: ?[:=].*)?|(?:sous[- ]?)?tota(?:l|ux)\b.*|ensemble d.*"
)


def word(record: Published) -> str:
    """The text by which a row of a table says that it is a total; empty when it does not."""
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


def _sums_up(text: str, proper: set[str]) -> bool:
    """Whether a cell says total; a name must say nothing else."""
    if not 2 <= len(text) <= 80:
        return False
    said = fold(text).rstrip(" :")
    return bool((_EXACT if text in proper else _LOOSE).fullmatch(said))
