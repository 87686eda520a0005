"""The chart of a sheet or of an axis: a few rates as bars on one scale, from 0 to 100 %."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from spaser.figures.definition import LEGALE
from spaser.figures.verdicts import ATTEINT
from spaser.report import essentiel, french, lines
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
        and lines.is_drawn(edition, x.figure)
        and x.item.sens != "observation"
        and not x.item.mesure_donnees
    ]
    ranked = sorted(drawn, key=lambda x: (x.statut != LEGALE, not x.statut, not x.item.noyau))
    chosen = essentiel.one_each(ranked)[:_BARS]
    return [RateBar(x, _place(x.figure.valeur), _place(x.figure.cible)) for x in chosen]


def _place(value: Decimal | None) -> str:
    if value is None:
        return ""
    return format(max(Decimal(0), min(Decimal(100), value)).quantize(Decimal("0.1")), "f")


def title(bars: Sequence[RateBar]) -> str:
    """The finding of a chart: how many of its rates reach their targets."""
    aimed = [b.line for b in bars if b.line.cible]
    if not aimed:
        return "Des taux sans cible cette année"
    reached = sum(x.ref.verdict == ATTEINT for x in aimed)
    if len(aimed) == 1:
        return f"Le taux montré {'atteint' if reached else 'n’atteint pas'} sa cible"
    if not reached:
        return f"Aucun des {len(aimed)} taux montrés n’atteint sa cible"
    verb = "atteint sa cible" if reached == 1 else "atteignent leur cible"
    return f"Sur {len(aimed)} taux montrés qui ont une cible, {french.number(reached)} {verb}"
