"""Published text to typed values: one parser per kind, and never a guess.

Each parser takes what a file holds (text, number, boolean, list) and returns a `Read`: the
value or None, and the reason when a value was there and could not be used.  Missing stays
missing: no parser invents a zero or a «no».  Numbers and dates have modules of their own.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from stdnum.fr import siren, siret

from spaser.sources.dates import date
from spaser.sources.numbers import (
    amount,
    hours,
    integer,
    months,
    percentage,
    quantity,
    ratio,
    share,
)
from spaser.sources.texts import (
    AMBIGU,
    ARRONDI,
    EXPOSANT,
    HORS_LISTE,
    ILLISIBLE,
    SENTINELLE,
    ZERO_RENDU,
    Read,
    clean,
    fold,
    once,
    text,
    written,
)

__all__ = [
    "AMBIGU",
    "ARRONDI",
    "EXPOSANT",
    "HORS_LISTE",
    "ILLISIBLE",
    "LUES",
    "SENTINELLE",
    "ZERO_RENDU",
    "Read",
    "amount",
    "boolean",
    "choice",
    "clean",
    "date",
    "fold",
    "hours",
    "identifier",
    "integer",
    "is_siret",
    "labels",
    "lost_digits",
    "months",
    "percentage",
    "quantity",
    "ratio",
    "share",
    "text",
    "vocabulary",
    "written",
]

_EXPONENT = re.compile(r"\d(?:[.,]\d+)?E\+?\d{1,2}", re.IGNORECASE)
LUES = frozenset({SENTINELLE, ARRONDI, ZERO_RENDU})  # reasons that leave nothing unread
_SIREN, _SIRET = 9, 14
_SHORT = re.compile(r"[1-9]\d{7}|[1-9]\d{10,12}")  # a SIREN or a SIRET short of its first zeros
_MARKS = re.compile(r"""[.'’"«»_/-]""")  # as in «212.102.313-00013», or '21210231300013 of Excel
NO_WORDS: Mapping[str, str] = {}


@once
def identifier(raw: object) -> Read:
    """A SIRET or another registration number, without its blanks.

    A spreadsheet that took it for a number and shows 2,1E+13 has lost its digits: so has a
    number of fourteen digits ending in five zeros, as no establishment is numbered 00000.  One
    that lost the zeros it began with has them again when its key proves them.  Dots, dashes and
    quotation marks among its digits are let go when its key proves the number.
    """
    read = text(raw)
    if not read.value:
        return read
    number = str(read.value).replace(" ", "")
    typed = isinstance(raw, int | Decimal)
    if _EXPONENT.fullmatch(number) or (typed and len(number) == 14 and number.endswith("00000")):
        return Read(None, EXPOSANT)
    digits = _MARKS.sub("", number)
    if isinstance(raw, str) and digits != number and (is_siret(digits) or _is_siren(digits)):
        return Read(digits)
    if _SHORT.fullmatch(number):
        whole = number.zfill(_SIREN if len(number) < _SIREN else _SIRET)
        if siren.is_valid(whole[:_SIREN]) and (len(whole) == _SIREN or is_siret(whole)):
            return Read(whole, ZERO_RENDU)
    return Read(number)


@functools.lru_cache(1 << 14)  # a year has few holders, and asks of each again and again
def is_siret(number: str) -> bool:
    """Whether it has fourteen digits with their check digit (La Poste's own rule included)."""
    return bool(siret.is_valid(number))


def _is_siren(digits: str) -> bool:
    return len(digits) == _SIREN and siren.is_valid(digits)


def lost_digits(cell: str, value: object) -> str:
    """What to say of an identifier that a spreadsheet took for a number."""
    return (
        f"{cell} : l'identifiant « {value} » a perdu ses chiffres dans un tableur ; remède : "
        "l'exporter de nouveau, avec cette colonne au format texte, ou donner le bon numéro dans "
        "corrections.yml (docs/nouvelle-annee.md)"
    )


_YES = """
oui o vrai true yes y 1 x xx ok ✓ ✔ ☑ fait faite faits faites realise realisee realises realisees
termine terminee termines terminees effectue effectuee acheve achevee
"""
_NO = """
non n faux false no 0 ☐ non|fait non|faite pas|fait pas|faite non|realise non|realisee non|effectue
non|effectuee non|termine non|terminee
"""
_BOOLEANS = {
    w.replace("|", " "): v for words, v in ((_YES, True), (_NO, False)) for w in words.split()
}
_NO_OR_NOTHING = frozenset({"-", "–", "—", "neant", "aucun", "aucune"})
_CHECKED_OR_CROSSED = frozenset({"✗", "✘", "☒", "×"})
_NOT_ASKED = frozenset({"sans objet", "s.o.", "s.o", "so", "non applicable", "non concerne"})


@once
def boolean(raw: object) -> Read:
    """oui/non, O/N, true/false, vrai/faux, 1/0, and what people tick or write (x, ok, fait)."""
    if isinstance(raw, bool):
        return Read(raw)
    folded = fold(clean(str(raw))) if raw is not None else ""
    if folded in _NO_OR_NOTHING:
        return Read(None, AMBIGU, "non ou rien de renseigné")
    if folded in _CHECKED_OR_CROSSED:
        return Read(None, AMBIGU, "oui (case cochée) ou non (croix)")
    if folded in _NOT_ASKED:
        return Read(None, SENTINELLE)
    read = text(raw)
    if not isinstance(read.value, str):
        return read
    value = _BOOLEANS.get(folded.rstrip(".!"))
    return Read(value, ILLISIBLE if value is None else None)


def labels(raw: object) -> Read:
    """A list of labels: a JSON list, or text cut at commas; None when nothing is there."""
    items = raw if isinstance(raw, list) else ("" if raw is None else str(raw)).split(",")
    reads = [text(item) for item in items]
    values = tuple(dict.fromkeys(str(r.value) for r in reads if r.value))
    if values:
        return Read(values)
    return Read(None, SENTINELLE if any(r.motif for r in reads) else None)


def vocabulary(*allowed: str, autres: Mapping[str, str] = NO_WORDS) -> Callable[[object], Read]:
    """A parser for a closed list: accents and case forgiven, order settled.

    A list without a single label of the vocabulary says nothing: it is unknown, not «no».
    `autres` gives the label of other words for it.
    """
    known = _known(allowed, autres)

    def parse(raw: object) -> Read:
        read = labels(raw)
        if not isinstance(read.value, tuple):
            return read
        known_labels = {known[fold(v)] for v in read.value if fold(v) in known}
        stray = any(fold(v) not in known for v in read.value)
        value = tuple(label for label in allowed if label in known_labels) or None
        return Read(value, HORS_LISTE if stray else None)

    return parse


def choice(*allowed: str, autres: Mapping[str, str] = NO_WORDS) -> Callable[[object], Read]:
    """A parser for one label of a closed list: accents and case forgiven.

    `autres` gives the label of other words for it.
    """
    known = _known(allowed, autres)

    def parse(raw: object) -> Read:
        read = text(raw)
        if not isinstance(read.value, str):
            return read
        value = known.get(fold(read.value))
        return Read(value, HORS_LISTE if value is None else None)

    return parse


def _known(allowed: tuple[str, ...], autres: Mapping[str, str]) -> Mapping[str, str]:
    """What a label may be written as, folded -> the label."""
    return {fold(word): label for word, label in [*autres.items(), *((a, a) for a in allowed)]}
