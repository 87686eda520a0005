"""Silences that chance does not explain, in the days on which something happened.

Buying comes in bursts, so that days are counted, not contracts.  If n days were drawn at random in
a period, a given share s of it would stay empty with probability (1 - s)^n, and such a share among
the n + 1 intervals with at most (n + 1)(1 - s)^n: below one in a thousand, it is not chance.  Days
of the slow weeks weigh less, and a silence that the year before kept at the same dates is
explained.  Of few days nothing can be told.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from spaser.settings.periodes import DAY, Periode

CHANCE = 1 / 1000  # under which a silence is not chance
FEWEST = 15  # days with something, under which nothing is told of a silence
_SLOW = 0.4  # what a day of summer or of the turn of the year weighs


def silent(
    days: Iterable[dt.date], period: Periode, least: int, before: Mapping[int, int]
) -> list[Periode]:
    """The silences of a period that chance does not explain.

    Args:
        days: when something happened, in the period.
        period: the days looked at.
        least: a shorter silence is never accused.
        before: how many in each month (1 to 12) of the year before; empty when it is not known.
    """
    drawn = sorted(set(days))
    if len(drawn) < FEWEST:
        return []
    edges = [period.debut - DAY, *drawn, period.fin + DAY]
    return [
        gap
        for a, b in pairwise(edges)
        for gap in [Periode(a + DAY, b - DAY)]
        if (b - a).days - 1 >= least
        and (len(drawn) + 1) * (1 - _share(gap, period, before)) ** len(drawn) < CHANCE
    ]


def _share(gap: Periode, period: Periode, before: Mapping[int, int]) -> float:
    """The share of a period that a part of it should hold: of its days, or of the year before."""
    share = _weight(gap) / _weight(period)
    total = _then(before, period)
    return min(share, (_then(before, gap) + 1) / (total + 1)) if total else share


def _weight(period: Periode) -> float:
    return sum(_SLOW if _slow(d) else 1.0 for d in _days(period))


def _slow(day: dt.date) -> bool:
    """Whether a day is of a slow season: mid July to August, or the turn of the year."""
    md = (day.month, day.day)
    return (7, 14) <= md <= (8, 31) or md <= (1, 15) or md >= (12, 20)


def _days(period: Periode) -> Iterator[dt.date]:
    for n in range((period.fin - period.debut).days + 1):
        yield period.debut + n * DAY


def _then(months: Mapping[int, int], period: Periode) -> float:
    """What the year before had in a period, its months spread over their days."""
    total = 0.0
    for month in range(period.debut.month, period.fin.month + 1):
        length = calendar.monthrange(period.debut.year, month)[1]
        first = max(period.debut, dt.date(period.debut.year, month, 1))
        last = min(period.fin, dt.date(period.debut.year, month, length))
        total += months.get(month, 0) * ((last - first).days + 1) / length
    return total
