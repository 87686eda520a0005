"""The chart of a sheet or of an axis: a few rates as bars on one scale, from 0 to 100 %."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spaser.figures.definition import LEGALE
from spaser.report import constats, essentiel, reading
from spaser.report.edition import Edition
from spaser.report.lines import Line

_BARS = 4


class RateBar(NamedTuple):
    """A rate on a scale from 0 to 100 %: its line, its length and the place of its target."""

    line: Line
    part: str
    repere: str


def rates(edition: Edition, shown: Sequence[Line]) -> list[RateBar]:
    """The rates that a chart of some lines shows: the law's targets first, no target last."""
    drawn = [
        x
        for x in shown
        if x.figure.unite == "%"
        and reading.is_drawn(edition, x.figure)
        and x.item.sens != "observation"
        and not x.item.mesure_donnees
    ]
    ranked = sorted(drawn, key=lambda x: (x.statut != LEGALE, not x.statut, not x.item.noyau))
    chosen = essentiel.one_each(ranked)[:_BARS]
    return [
        RateBar(x, essentiel.place(x.figure.valeur), essentiel.place(x.figure.cible))
        for x in chosen
    ]


def title(bars: Sequence[RateBar]) -> str:
    """The finding of a chart: how many of its rates reach their targets."""
    return constats.rates([b.line for b in bars])
