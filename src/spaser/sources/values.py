"""Published text to typed values: one parser per kind, and never a guess.

Each parser takes what a file holds (text, number, boolean, list) and returns a `Read`: the
value or None, and the reason when a value was there and could not be used.  Missing stays
missing: no parser invents a zero or a «no».
"""

from __future__ import annotations

import datetime as dt
import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")
_LARGEST = 2**31 - 1  # what INTEGER holds
_LARGEST_AMOUNT = Decimal("9999999999999999.99")  # what DECIMAL(18,2) holds
MILLIONTH = Decimal("0.000001")
_SENTINEL = re.compile(r"(?:MQ|CDL|NC|N/?A|INX\b.*)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_FRENCH = re.compile(r"-?(?:\d{1,3}(?: \d{3})+|\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")
_AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?E\+?\d{1,2}", re.IGNORECASE)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ][0-9:.]+)?(?:Z|[+-]\d{2}:?\d{2})?")
_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: [0-9:]+)?")

NO_WORDS: Mapping[str, str] = {}

SENTINELLE = "sentinelle"
ILLISIBLE = "illisible"
HORS_LISTE = "hors liste"
ARRONDI = "arrondi au centime"
EXPOSANT = "chiffres perdus (nombre à exposant)"


class Read(NamedTuple):
    """A typed value, and why it is absent or altered (None when all is well)."""

    value: object
    motif: str | None = None


def text(raw: object) -> Read:
    """One line of text: HTML entities resolved, blanks folded, control characters dropped."""
    if raw is None:
        return Read(None)
    cleaned = clean(str(raw))
    if not cleaned:
        return Read(None)
    if _SENTINEL.fullmatch(cleaned):
        return Read(None, SENTINELLE)
    return Read(cleaned)


def clean(raw: str) -> str:
    """Fold blanks and drop what no page or sheet can hold; entities become characters."""
    if raw.isprintable() and "&" not in raw and "  " not in raw:
        return raw.strip()  # most texts, ten times faster
    unescaped = _SPACES.sub(" ", html.unescape(raw))
    return "".join(c for c in unescaped if unicodedata.category(c) not in {"Cc", "Cs"}).strip()


def written(raw: object) -> str:
    """A raw value as one line of text; empty when there is none."""
    if raw is None:
        return ""
    return clean(", ".join(map(str, raw)) if isinstance(raw, list) else str(raw))


def identifier(raw: object) -> Read:
    """A SIRET or another registration number, without its blanks.

    A spreadsheet that took it for a number and shows 2,1E+13 has lost its digits: so has a
    number of fourteen digits ending in five zeros, as no establishment is numbered 00000.
    """
    read = text(raw)
    if not read.value:
        return read
    number = str(read.value).replace(" ", "")
    typed = isinstance(raw, int | Decimal)
    if _EXPONENT.fullmatch(number) or (typed and len(number) == 14 and number.endswith("00000")):
        return Read(None, EXPOSANT)
    return Read(number)


def lost_digits(cell: str, value: object) -> str:
    """What to say of an identifier that a spreadsheet took for a number."""
    return (
        f"{cell} : l'identifiant « {value} » a perdu ses chiffres dans un tableur ; remède : "
        "l'exporter de nouveau, avec cette colonne au format texte, ou donner le bon numéro dans "
        "corrections.yml (docs/nouvelle-annee.md)"
    )


def integer(raw: object) -> Read:
    """A whole number, zero or more."""
    read = _number(raw)
    if not isinstance(read.value, Decimal):
        return read
    if read.value != read.value.to_integral_value() or not 0 <= read.value <= _LARGEST:
        return Read(None, ILLISIBLE)
    return Read(int(read.value))


def amount(raw: object) -> Read:
    """Euros as an exact decimal with two places; half up when the file has more."""
    read = _number(raw)
    if not isinstance(read.value, Decimal):
        return read
    if abs(read.value) > _LARGEST_AMOUNT:
        return Read(None, ILLISIBLE)
    rounded = read.value.quantize(CENT, rounding=ROUND_HALF_UP)
    return Read(rounded, None if rounded == read.value else ARRONDI)


def quantity(raw: object) -> Read:
    """A measured number (hours, tonnes, shares) with at most six decimals."""
    read = _number(raw)
    if not isinstance(read.value, Decimal):
        return read
    if abs(read.value) >= Decimal("1e12"):
        return Read(None, ILLISIBLE)
    rounded = read.value.quantize(MILLIONTH, rounding=ROUND_HALF_UP)
    return Read(rounded, None if rounded == read.value else ARRONDI)


def ratio(raw: object) -> Read:
    """A number such as tauxAvance (0.05), kept as published; no thousands are expected."""
    read = _number(raw, thousands=False)
    if isinstance(read.value, Decimal) and abs(read.value) >= Decimal("1e12") - 1:
        return Read(None, ILLISIBLE)
    return read


def date(raw: object) -> Read:
    """AAAA-MM-JJ (a clock time or zone is dropped) or JJ/MM/AAAA; anything else is unreadable."""
    read = text(raw)
    if not isinstance(read.value, str):
        return read
    if match := _ISO_DATE.fullmatch(read.value):
        year, month, day = match.groups()
    elif match := _FRENCH_DATE.fullmatch(read.value):
        day, month, year = match.groups()
    else:
        return Read(None, ILLISIBLE)
    try:
        return Read(dt.date(int(year), int(month), int(day)))
    except ValueError:
        return Read(None, ILLISIBLE)


_BOOLEANS = dict.fromkeys(("oui", "o", "true", "vrai", "1"), True) | dict.fromkeys(
    ("non", "n", "false", "faux", "0"), False
)


def boolean(raw: object) -> Read:
    """oui/non, O/N, true/false, vrai/faux or 1/0."""
    if isinstance(raw, bool):
        return Read(raw)
    read = text(raw)
    if not isinstance(read.value, str):
        return read
    value = _BOOLEANS.get(read.value.casefold())
    return Read(value, ILLISIBLE if value is None else None)


def labels(raw: object) -> Read:
    """A list of labels: a JSON list, or text cut at commas; None when nothing is there."""
    items = raw if isinstance(raw, list) else str(raw or "").split(",")
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
        found = {known[fold(v)] for v in read.value if fold(v) in known}
        stray = any(fold(v) not in known for v in read.value)
        value = tuple(label for label in allowed if label in found) or None
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


def fold(label: str) -> str:
    """A label without case, accents and the choice of apostrophe."""
    decomposed = unicodedata.normalize("NFKD", label.replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold().strip()


def _number(raw: object, *, thousands: bool = True) -> Read:
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        value = Decimal(raw)
        return Read(value) if value.is_finite() else Read(None, ILLISIBLE)
    read = text(raw)
    if not isinstance(read.value, str):
        return read
    digits = read.value.removesuffix("€").strip()
    if thousands and _AMBIGUOUS.fullmatch(
        digits
    ):  # «1.234»: one unit and a bit, or more than a thousand?
        return Read(None, ILLISIBLE)
    if _PLAIN.fullmatch(digits):
        return Read(Decimal(digits))
    if _FRENCH.fullmatch(digits):
        return Read(Decimal(digits.replace(" ", "").replace(".", "").replace(",", ".")))
    return Read(None, ILLISIBLE)
