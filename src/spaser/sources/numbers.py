"""Numbers as people and software write them: «12 345,67 EUR», «(250,00)», «250,00-», «120 h».

What has one reading is read.  «1.234» and «1,234» have two (a unit and a bit, or more than a
thousand), a dash in a column of numbers too (zero, or nothing there), and «25 %» in a column that
is of neither parts nor percentages (25, or a quarter): both are told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from spaser.sources.texts import AMBIGU, ARRONDI, ILLISIBLE, Read, clean, fold, once, text

CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")
_LARGEST = 2**31 - 1  # what INTEGER holds
_LARGEST_AMOUNT = Decimal("9999999999999999.99")  # what DECIMAL(18,2) holds
_LARGEST_OTHER = Decimal("1e12") - 1
_LONGEST = 60  # characters: no quantity needs more, and a longer text costs time
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_FRENCH = re.compile(r"(?:\d{1,3}(?:[ ']\d{3})+|\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")
_SWISS = re.compile(r"\d{1,3}(?:[ ']\d{3})+\.\d+")
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}")
_TWO_WAYS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_NOTHING_OR_ZERO = re.compile(r"[-–—]+|neant|aucune?|aucun montant|rien")
_AROUND = re.compile(
    r"(?P<open>\()?(?P<sign>[-+])? ?(?P<body>[^()]*?) ?(?P<after>-)?(?P<close>\))?"
)
_UNIT = re.compile(r"(?P<digits>[\d .,']*\d)(?: ?(?P<unit>[a-z€%][a-z€%. ]*))?")

# What may follow a number -> what one is worth in the unit of its column.
_ONE = Decimal(1)
EUROS = MappingProxyType(
    dict.fromkeys(("€", "eur", "euro", "euros", "€ ht", "eur ht", "euros ht", "ht", "€ h.t."), _ONE)
    | dict.fromkeys(("k€", "keur", "k€ ht"), Decimal(1000))
    | dict.fromkeys(("m€", "meur", "m€ ht"), Decimal(1000000))
)
HOURS = MappingProxyType(dict.fromkeys(("h", "h.", "heure", "heures", "hrs"), _ONE))
MONTHS = MappingProxyType(
    dict.fromkeys(("mois", "m."), _ONE)
    | dict.fromkeys(("an", "ans", "annee", "annees"), Decimal(12))
)
PERCENT = MappingProxyType({"%": Decimal("0.01")})
PERCENTAGE = MappingProxyType({"%": _ONE})
PEOPLE = MappingProxyType(
    dict.fromkeys(
        ("personne", "personnes", "pers.", "agent", "agents", "beneficiaire", "beneficiaires",
         "entreprise", "entreprises", "offre", "offres", "vehicule", "vehicules"),
        _ONE,
    )
)  # fmt: skip
BARE: Mapping[str, Decimal] = MappingProxyType({})


@once
def integer(raw: object) -> Read:
    """A whole number, zero or more."""
    return _whole(raw, PEOPLE)


@once
def months(raw: object) -> Read:
    """A duration in whole months; «2 ans» are 24."""
    return _whole(raw, MONTHS)


def _whole(raw: object, units: Mapping[str, Decimal]) -> Read:
    read = number(raw, units)
    if not isinstance(read.value, Decimal):
        return read
    if not 0 <= read.value <= _LARGEST or read.value != read.value.to_integral_value():
        return Read(None, ILLISIBLE)
    return Read(int(read.value))


@once
def amount(raw: object) -> Read:
    """Euros as an exact decimal with two places; half up when the file has more."""
    return _cents(raw, EUROS)


@once
def hours(raw: object) -> Read:
    """Hours with two places; half up when the file has more."""
    return _cents(raw, HOURS)


def _cents(raw: object, units: Mapping[str, Decimal]) -> Read:
    return _rounded(number(raw, units), _LARGEST_AMOUNT, CENT)


def _rounded(read: Read, largest: Decimal, step: Decimal) -> Read:
    """A number to a step, half up, which says when it was rounded; unreadable beyond `largest`."""
    if not isinstance(read.value, Decimal):
        return read
    if abs(read.value) > largest:
        return Read(None, ILLISIBLE)
    rounded = read.value.quantize(step, rounding=ROUND_HALF_UP)
    return Read(rounded, None if rounded == read.value else ARRONDI)


@once
def quantity(raw: object) -> Read:
    """A measured number (tonnes, euros, hours) with at most six decimals."""
    units = EUROS if "€" in str(raw) or "eur" in str(raw).lower() else HOURS
    return _rounded(number(raw, units), _LARGEST_OTHER, MILLIONTH)


@once
def ratio(raw: object) -> Read:
    """A number such as tauxAvance (0.05, «5 %»), as published; no thousands are expected."""
    read = number(raw, PERCENT, thousands=False)
    if isinstance(read.value, Decimal) and abs(read.value) > _LARGEST_OTHER:
        return Read(None, ILLISIBLE)
    return read


@once
def share(raw: object) -> Read:
    """A part between 0 and 1 (0.05, «5 %»); «5» may be 5 % or 500 %, and no part is negative."""
    read = ratio(raw)
    if not isinstance(read.value, Decimal) or 0 <= read.value <= 1:
        return read
    if 0 < read.value <= 100 and "%" not in str(raw):
        whole = _plainly(read.value)
        return Read(None, AMBIGU, f"{whole} % ou {whole} fois le tout")
    return Read(None, ILLISIBLE)


@once
def percentage(raw: object) -> Read:
    """A percentage, from 0 to 100 where it is a part: «25 %» and 25 are 25."""
    return _rounded(number(raw, PERCENTAGE), _LARGEST_OTHER, MILLIONTH)


def number(raw: object, units: Mapping[str, Decimal] = BARE, *, thousands: bool = True) -> Read:
    """A decimal from a number or its writing.

    Args:
        raw: what the file holds.
        units: the words that may follow, folded, and what each is worth.
        thousands: whether a point or a comma may part thousands.
    """
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        value = Decimal(raw)
        return Read(value) if value.is_finite() else Read(None, ILLISIBLE)
    # the accountant's writing of zero is also how people say that nothing is there
    bare = fold(clean(raw)).removesuffix("€").strip() if isinstance(raw, str) else ""
    if bare and _NOTHING_OR_ZERO.fullmatch(bare):
        return Read(None, AMBIGU, "zéro ou rien de renseigné")
    read = text(raw)
    if not isinstance(read.value, str):
        return read
    folded = fold(read.value.replace("−", "-"))
    before = folded.removeprefix("€").lstrip() if "€" in units else folded
    return _written(before, units, thousands=thousands)


def _written(folded: str, units: Mapping[str, Decimal], *, thousands: bool) -> Read:
    """The number that a folded text says, its sign on either side or in brackets."""
    around = _AROUND.fullmatch(folded) if len(folded) <= _LONGEST else None
    unit = _UNIT.fullmatch(around["body"]) if around else None
    if not around or not unit:
        return Read(None, ILLISIBLE)
    signs = [around["open"] and around["close"], around["sign"] == "-", around["after"]]
    if bool(around["open"]) != bool(around["close"]) or sum(map(bool, signs)) > 1:
        return Read(None, ILLISIBLE)
    word, digits = (unit["unit"] or "").strip(), unit["digits"]
    worth = units.get(word) if word else _ONE
    value = _digits(digits)
    if thousands and worth and _TWO_WAYS.fullmatch(digits):
        whole, bit = re.split(r"[.,]", digits)
        whole = f"-{whole}" if any(signs) else whole
        return Read(None, AMBIGU, f"{whole},{bit} ou {whole} {bit}")
    if value is None or not (worth or word == "%"):
        return Read(None, ILLISIBLE)
    value = -value if any(signs) else value
    return Read(value * worth) if worth else _percent_elsewhere(value)


def _percent_elsewhere(value: Decimal) -> Read:
    """A percentage where none is expected: nothing is nothing, any other has two readings."""
    if not value:
        return Read(value)
    return Read(None, AMBIGU, f"{_plainly(value)} ou {_plainly(value / 100)}")


def _plainly(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def _digits(digits: str) -> Decimal | None:
    """The value of digits and their separators; None when they are badly grouped."""
    if _PLAIN.fullmatch(digits):
        return Decimal(digits)
    if _FRENCH.fullmatch(digits):
        return Decimal(re.sub(r"[ .']", "", digits).replace(",", "."))
    if _ENGLISH.fullmatch(digits) or _SWISS.fullmatch(digits):
        return Decimal(re.sub(r"[ ,']", "", digits))
    return None
