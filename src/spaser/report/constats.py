"""What a chart shows, said as its title: a finding, never a question."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from spaser.figures.definition import Promesse
from spaser.report import french, tally
from spaser.report.lines import Line

_ASSUMED = re.compile(r" \(hypothèses?\)")  # the mark beside each such target says it
Named = tuple[str, Decimal]  # a group and its value


def trajectories(annee: int, rows: Sequence[Line]) -> str:
    """How the targets of the lines that are drawn stand, by kind: «3 trajectoires. En 2025 :
    2 cibles légales, atteintes ; 1 mesure sans cible»."""
    if not (kinds := tally.by_kind(rows)):
        return f"Des évolutions sans cible en {annee}"
    drawn = french.plural(len(rows), "trajectoire")
    return f"{drawn}. En {annee} : {' ; '.join([*kinds, *tally.without(rows)])}"


def rates(rows: Sequence[Line]) -> str:
    """How the targets of the rates that a chart draws stand, by kind: «2 taux dessinés : un
    objectif national, proche ; …».  There may be others: the title says of what it speaks."""
    drawn = french.plural(len(rows), "taux dessiné", "taux dessinés")
    if not (kinds := tally.by_kind(rows)):
        return f"{drawn}, sans cible cette année"
    parts = [_ASSUMED.sub("", part) for part in [*kinds, *tally.without(rows)]]
    return f"{drawn} : {' ; '.join(parts)}"


def widest(groups: Mapping[str, tuple[str, Sequence[Named]]], partly: Collection[str] = ()) -> str:
    """The indicator whose groups differ most: «… : de 3,2 % (services) à 45 % (travaux)».

    Args:
        groups: by label, the unit and the values of each group, two or more; rates come first.
        partly: the labels of which other groups are too few for a rate.
    """

    def span(label: str) -> tuple[bool, Decimal]:
        unit, values = groups[label]
        numbers = [v for _, v in values]
        return unit == "%", max(numbers) - min(numbers)

    label = max(groups, key=span)
    unit, values = groups[label]
    among = ", là où un taux se calcule" * (label in partly)
    (low, least), (high, most) = (pick(values, key=lambda t: t[1]) for pick in (min, max))
    if least == most:
        return f"{label} : {french.measure(most, unit)} partout" + among
    return (
        f"{label} : de {french.measure(least, unit)} ({low}) "
        f"à {french.measure(most, unit)} ({high}){among}"
    )


def delivered(promesse: Promesse, annee: int, rate: Decimal, precision: str = "") -> str:
    """How much of what was promised is done.

    Args:
        promesse: the words of what was promised and delivered.
        annee: the year.
        rate: what is done, in percent of what was promised.
        precision: of what the rate is, where it is not of all that was promised.
    """
    return (
        f"En {annee}, {french.percent(rate)} des {promesse.unite} {promesse.promis} "
        f"{precision}{' ' if precision else ''}sont {promesse.realise}"
    )


def busiest(values: Sequence[tuple[str, int]]) -> str:
    """When most contracts end: «T2 2026 en voit finir le plus : 34 marchés»."""
    when, count = max(values, key=lambda t: t[1])
    return f"Le trimestre qui en voit finir le plus : {when}, {french.plural(count, 'marché')}"
