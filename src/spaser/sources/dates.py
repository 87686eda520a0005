"""Dates as people and software write them: ISO, day first, compact, in words, Excel's days."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from babel.dates import format_date

from spaser.sources.texts import AMBIGU, ILLISIBLE, Read, fold, once, text

_LONGEST = 60  # characters
_CLOCK = r"(?:(?:[t ]| a )\d{1,2}[:h][0-9:.]*)?(?: ?(?:z|[+-]\d{2}:?\d{2}))?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}")
_DAY_FIRST = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_CLOCK}")
_PARTED = re.compile(r"\s*\d{1,2}[-/. ]")
_COMPACT = re.compile(r"(?:19|20)\d{6}")
_COMPACT_DAY_FIRST = re.compile(r"\d{4}(?:19|20)\d{2}")
_DAYS = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
_WORDS = re.compile(
    rf"(?:(?:{_DAYS}),? )?(\d{{1,2}})(?:er)?[ -]([a-z]+)\.?[ -](\d{{4}}|\d{{2}}){_CLOCK}"
)
_MONTH_IN_WORDS_FIRST = re.compile(rf"([a-z]+)\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_CLOCK}")
_MONTHS = (
    ("janvier", "janv", "jan"), ("fevrier", "fevr", "fev"), ("mars",), ("avril", "avr"), ("mai",),
    ("juin",), ("juillet", "juil"), ("aout",), ("septembre", "sept", "sep"), ("octobre", "oct"),
    ("novembre", "nov"), ("decembre", "dec"),
)  # fmt: skip
_ENGLISH = (
    ("january",), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",),
    ("june", "jun"), ("july", "jul"), ("august", "aug"), ("september",), ("october",),
    ("november",), ("december",),
)  # fmt: skip
_MONTH = {
    name: n for names in (_MONTHS, _ENGLISH) for n, own in enumerate(names, start=1) for name in own
}
_EPOCH = dt.date(1899, 12, 30)  # Excel's day 0: Excel counts a 29 February 1900 that never was
_SERIALS = range(25569, 73051)  # 1970 to 2099: below, a number is more likely a year or a count
_CENTURY = 70  # «69» is 2069, «70» is 1970: the convention of POSIX


@once
def date(raw: object) -> Read:
    """A day; a clock time or zone is dropped.  French order: the day comes before the month.

    A two-digit year between dashes could also come first («05-03-26»): both days are told.
    """
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return _numbered(raw)
    read = text(raw)
    if not isinstance(read.value, str):
        return read
    folded = fold(read.value)
    if len(folded) > _LONGEST:
        return Read(None, ILLISIBLE)
    if folded.isascii() and folded.isdigit():
        return _numbered(int(folded)) if folded[0] != "0" else _compact(folded)
    return _in_full(folded)


def parts(raw: object) -> tuple[int, int] | None:
    """The two numbers that come before the year in a text; None of any other way to write a day."""
    if not isinstance(raw, str) or len(raw) > _LONGEST or not _PARTED.match(raw):
        return None
    match = _DAY_FIRST.fullmatch(fold(raw))
    return (int(match[1]), int(match[3])) if match else None


def in_words(day: dt.date) -> str:
    """A day whose month is a word: «5 juin 2024»."""
    return str(format_date(day, "d MMMM y", locale="fr"))


def _in_full(folded: str) -> Read:
    """A day whose parts are told apart by a sign or a blank."""
    if match := _YEAR_FIRST.fullmatch(folded):
        return _day(match[1], match[3], match[4])
    if match := _DAY_FIRST.fullmatch(folded):
        return _day_first(*match.groups())
    if (match := _WORDS.fullmatch(folded)) and match[2] in _MONTH:
        return _day(_whole_year(match[3]), str(_MONTH[match[2]]), match[1])
    if (match := _MONTH_IN_WORDS_FIRST.fullmatch(folded)) and match[1] in _MONTH:
        return _day(match[3], str(_MONTH[match[1]]), match[2])
    return Read(None, ILLISIBLE)


def _day_first(day: str, separator: str, month: str, year: str) -> Read:
    if len(year) == 4:
        return _day(year, month, day)
    usual = _day(_century(year), month, day)
    reverse = _day(_century(day), month, year) if separator == "-" and len(day) == 2 else usual
    known = [r.value for r in (usual, reverse) if isinstance(r.value, dt.date)]
    if len(set(known)) > 1:
        return Read(None, AMBIGU, " ou ".join(f"{d:%d/%m/%Y}" for d in known))
    return Read(known[0]) if known else usual


def _whole_year(year: str) -> str:
    return year if len(year) == 4 else _century(year)


def _century(year: str) -> str:
    return f"{19 if int(year) >= _CENTURY else 20}{year}"


def _numbered(raw: int | Decimal) -> Read:
    """Excel's count of days (a part of a day is dropped), or AAAAMMJJ."""
    if isinstance(raw, Decimal) and not raw.is_finite():
        return Read(None, ILLISIBLE)
    if not 0 <= raw < 10**8:
        return Read(None, ILLISIBLE)
    if int(raw) in _SERIALS:
        return Read(_EPOCH + dt.timedelta(days=int(raw)))
    return _compact(str(int(raw))) if raw == int(raw) else Read(None, ILLISIBLE)


def _compact(digits: str) -> Read:
    """AAAAMMJJ or JJMMAAAA: no text is both, as no month is 19 or 20."""
    if _COMPACT.fullmatch(digits) and _day(digits[:4], digits[4:6], digits[6:]).value:
        return _day(digits[:4], digits[4:6], digits[6:])
    if _COMPACT_DAY_FIRST.fullmatch(digits):
        return _day(digits[4:], digits[2:4], digits[:2])
    return Read(None, ILLISIBLE)


def _day(year: str, month: str, day: str) -> Read:
    try:
        return Read(dt.date(int(year), int(month), int(day)))
    except ValueError:
        return Read(None, ILLISIBLE)
