"""French typography for numbers and dates: one formatter, half up, once, at display.

U+202F between thousands, U+00A0 before % and units, U+2212 for minus (Imprimerie nationale).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from spaser.settings import periodes

NBSP, NNBSP, MINUS = "\u00a0", "\u202f", "\u2212"
ND, NS, SO = "n.\u00a0d.", "n.\u00a0s.", "s.\u00a0o."

Number = int | float | Decimal
_SIGNS = str.maketrans(",.", f"{NNBSP},")
_FINEST = 6  # decimals that no two figures need to be told apart
_LONG = 9  # characters that the narrowest column shows on one line

# Units that are nouns, in the plural in the catalogue.
_NOUNS = frozenset({"agents", "entreprises", "heures", "jours", "marchés", "offres", "tonnes"})


def exact(value: Number) -> Decimal:
    """A number as a decimal, floats by their shortest text."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def number(value: Number, decimals: int = 0) -> str:
    """1234.5 -> «1 234,5»; at most `decimals` figures after the comma, zeros dropped."""
    shown = _format(value, decimals)
    return shown.rstrip("0").rstrip(",") if decimals else shown


def fixed(value: Number, decimals: int) -> str:
    """Like `number`, with every decimal shown, for columns that are read downwards."""
    return _format(value, decimals)


def _format(value: Number, decimals: int) -> str:
    """Python's own formatting, which a page needs thousands of times: Babel's takes twenty times
    longer, and a test holds them to the same signs.
    """
    rounded = _round(exact(value), decimals)
    return (MINUS if rounded < 0 else "") + f"{abs(rounded):,f}".translate(_SIGNS)


def _round(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def percent(value: Number, decimals: int = 1) -> str:
    """A rate already in percent, one decimal: «52,6 %»."""
    return fixed(value, decimals) + NBSP + "%"


def euros(value: Number) -> str:
    """Euros to the cent: «46 256 523,71 €»."""
    return fixed(value, 2) + NBSP + "€"


def short_euros(value: Number) -> str:
    """An amount to read at a glance: «46,3 M€», «662,7 k€», «28 €»."""
    for unit, size in (("M€", 1_000_000), ("k€", 1_000)):
        if _round(abs(exact(value)) / (size // 1000), 1 if size > 1000 else 2) >= 1000:
            return fixed(exact(value) / size, 1) + NBSP + unit
    whole = exact(value) == exact(value).to_integral_value()
    return (number(value) if whole else fixed(value, 2)) + NBSP + "€"


def points(value: Number, decimals: int = 1) -> str:
    """A difference of rates: «+3,2 points»."""
    rounded = _round(exact(value), decimals)
    plural = "s" if abs(rounded) >= 2 else ""
    return f"{'+' if rounded > 0 else ''}{fixed(rounded, decimals)}{NBSP}point{plural}"


def signed(value: Number, decimals: int = 1) -> str:
    """A difference with its sign: «+3», «−1,5»."""
    return ("+" if _round(exact(value), decimals) > 0 else "") + number(value, decimals)


def date(day: dt.date) -> str:
    """«26 septembre 2024», «1er janvier 2026»."""
    return periodes.day(day)


def moment(when: dt.datetime) -> str:
    """«26 septembre 2024 à 9 h 05», in the zone that it is given in."""
    return f"{date(when.date())} à {when.hour}{NBSP}h{NBSP}{when.minute:02}"


def none_or(count: int) -> str:
    """A count of masculine things that a noun follows: «aucun» for none."""
    return number(count) if count else "aucun"


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """A count and its noun; the French plural starts at two.

    Args:
        count: how many.
        singular: the noun.
        plural_form: its plural, when it is not the noun and an s.
    """
    noun = (plural_form or singular + "s") if count >= 2 else singular
    return f"{number(count)}{NBSP}{noun}"


def measure(value: Number, unit: str, decimals: int = 1) -> str:
    """A figure with its unit, as the tables show it.

    Args:
        value: the exact value.
        unit: %, €, or another unit of the catalogue.
        decimals: how many decimals a rate has.
    """
    if unit == "%":
        return percent(value, decimals)
    if unit.startswith("€"):
        return short_euros(value)
    return number(value, decimals) + NBSP + noun(value, unit)


_NAMELESS = re.compile(r"[A-Z]{0,3}\d{6,}")  # what a name never is
_NUMBERS = {9: "SIREN", 14: "SIRET"}


def capitalized(text: str) -> str:
    """A text with a capital first letter; proper names within keep theirs."""
    return text[:1].upper() + text[1:]


def uncapitalized(text: str) -> str:
    """A text within a sentence: a small first letter, unless it begins with a sigle."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def holders(text: str) -> str:
    """Holders as a table lists them, with what a number alone is: «titulaire sans nom, SIREN …»."""
    return " ; ".join(
        f"titulaire sans nom, {_NUMBERS.get(len(one), 'numéro')} {one}"
        if _NAMELESS.fullmatch(one)
        else one
        for one in text.split(" ; ")
    )


def loose(text: str) -> str:
    """A measure that a narrow column may break before its unit, when the unit is a long word."""
    return text.replace(NBSP, " ") if len(text) > _LONG else text


def tight(text: str) -> str:
    """A few words that a narrow column keeps on one line."""
    return text.replace(" ", NBSP) if len(text) <= _LONG + 3 else text


def noun(value: Number, unit: str) -> str:
    """A unit that is a plural noun, in the singular below two: «1,5 offre»."""
    first, space, rest = unit.partition(" ")
    few = abs(_round(exact(value), 1)) < 2
    return first.removesuffix("s") + space + rest if few and first in _NOUNS else unit


def short(value: Number, unit: str) -> str:
    """A figure for a chart: no needless decimal, no long unit."""
    if unit == "%":
        return number(value, 1) + NBSP + "%"
    return short_euros(value) if unit.startswith("€") else number(value, 1)


def shown(value: Number, unit: str, decimals: int = 1) -> Decimal:
    """A value as the reader sees it: rounded as `measure` rounds it.

    Args:
        value: the exact value.
        unit: its unit.
        decimals: how many decimals a rate has.
    """
    if not unit.startswith("€"):
        return _round(exact(value), decimals)
    for size in (1_000_000, 1_000):
        if _round(abs(exact(value)) / (size // 1000), 1 if size > 1000 else 2) >= 1000:
            return _round(exact(value) / size, 1) * size
    return _round(exact(value), 2)


def telling(value: Number, other: Number, unit: str) -> int:
    """How many decimals tell a value from another: one, or more where one shows them equal.

    Args:
        value: a value.
        other: another, in the same unit.
        unit: their unit.
    """
    several = (n for n in range(1, _FINEST) if shown(value, unit, n) != shown(other, unit, n))
    return next(several, 1)


UNMOVED = ("égal", "stable")


def gap(value: Number, other: Number, unit: str, decimals: int = 1) -> str:
    """The difference between two values as they are shown, so that what is read adds up.

    In points for rates; «égal» when there is none, «stable» when it is too small to be shown.

    Args:
        value: a value.
        other: the one that it is set against.
        unit: their unit; a rate differs in points.
        decimals: how many decimals a rate has.
    """
    difference = shown(value, unit, decimals) - shown(other, unit, decimals)
    if not difference:
        return UNMOVED[exact(value) != exact(other)]
    if unit == "%":
        return points(difference, decimals)
    if unit.startswith("€"):
        return ("+" if difference > 0 else "") + _as_coarse(difference, value, other)
    return signed(difference, decimals) + NBSP + noun(difference, unit)


def _as_coarse(difference: Decimal, *values: Number) -> str:
    """A difference of amounts, no finer than they are: «0,4 M€» between 1,2 and 1,6 M€."""
    unit = short_euros(min(abs(exact(v)) for v in values)).rsplit(NBSP, 1)[-1]
    size = {"M€": 1_000_000, "k€": 1_000}.get(unit)
    return f"{fixed(difference / size, 1)}{NBSP}{unit}" if size else short_euros(difference)


_WHOLE = "|".join(rf"<{t}\b.*?</{t}>" for t in ("style", "script", "title", "pre", "code", "svg"))
_LEFT_ALONE = re.compile(rf'({_WHOLE}|<span class="lu">.*?</span>|<[^>]+>)', re.DOTALL)
_TYPOGRAPHY = (
    (re.compile(r"(?<=[^\W\d_])(?:'|&#39;)(?=[^\W\d_])"), "’"),
    (re.compile(r"« "), "«" + NBSP),
    (re.compile(r" (?=[»:%€]|[kM]€)"), NBSP),
    (re.compile(r"(?<=[≥≤]) "), NBSP),
    (re.compile(r" (?=[;!?](?:\s|$))"), NNBSP),
    (re.compile(r"(?<!\d)(\d{1,3}) (?=\d{3}(?!\d))"), r"\1" + NNBSP),
)
_MAY_CHANGE = re.compile(r"[ '&]")
_FIRST = re.compile(r"(?<![\w>])1er(?!\w)")


def typography(html: str) -> str:
    """Unbreakable spaces and curly apostrophes in the text of a page, headings included.

    Code and tags are left alone, and what a record wrote (class «lu»): an auditor reads it as it
    is.
    """
    return _in_texts(html, _set)


def printed(html: str) -> str:
    """The same, and «1er» as it is printed."""
    return _in_texts(html, lambda text: _FIRST.sub("1<sup>er</sup>", _set(text)))


def _in_texts(html: str, change: Callable[[str], str]) -> str:
    """A page whose texts are changed: cells of a table say the same again and again."""
    parts = _LEFT_ALONE.split(html)  # a text, what is left alone, a text…
    changed = {text: change(text) for text in set(parts[::2])}
    parts[::2] = [changed[text] for text in parts[::2]]
    return "".join(parts)


def _set(text: str) -> str:
    if not _MAY_CHANGE.search(text):  # three texts out of four, in a page of tables
        return text
    for pattern, space in _TYPOGRAPHY:
        text = pattern.sub(space, text)
    return text
