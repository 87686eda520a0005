"""What a chart shows, said as its title: a finding, never a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from spaser.figures.definition import HYPOTHESE, Promesse
from spaser.figures.verdicts import ATTEINT
from spaser.report import french
from spaser.report.lines import Line
from spaser.report.reading import ORDER
from spaser.report.tally import agreed

Named = tuple[str, Decimal]  # a group and its value


def targets(annee: int, rows: Iterable[Line]) -> str:
    """How the targets of some lines stand: «Cibles de 2025 : 2 atteintes, 1 proche»."""
    verdicts = Counter(x.ref.verdict for x in rows if x.cible)
    if not verdicts:
        return f"Des évolutions sans cible en {annee}"
    if verdicts.total() == 1:
        only = next(iter(verdicts))
        return f"La cible de {annee} est {agreed(only, HYPOTHESE, 1)}"
    counts = [
        f"{french.number(verdicts[v])} {agreed(v, HYPOTHESE, verdicts[v])}"
        for v in (*ORDER, *(v for v in verdicts if v not in ORDER))
        if verdicts[v]
    ]
    return f"Cibles de {annee} : {', '.join(counts)}"


def rates(rows: Sequence[Line]) -> str:
    """How many of some rates reach their targets."""
    aimed = [x for x in rows if x.cible]
    if not aimed:
        return "Des taux sans cible cette année"
    reached = sum(x.ref.verdict == ATTEINT for x in aimed)
    if len(aimed) == 1:
        return f"Le taux montré {'atteint' if reached else 'n’atteint pas'} sa cible"
    if not reached:
        return f"Aucun des {len(aimed)} taux montrés n’atteint sa cible"
    verb = "atteint sa cible" if reached == 1 else "atteignent leur cible"
    return f"Sur {len(aimed)} taux montrés qui ont une cible, {french.number(reached)} {verb}"


def widest(groups: Mapping[str, tuple[str, Sequence[Named]]]) -> str:
    """The indicator whose groups differ most: «… : de 3,2 % (services) à 45 % (travaux)».

    Args:
        groups: by label, the unit and the values of each group, two or more; rates come first.
    """

    def span(label: str) -> tuple[bool, Decimal]:
        unit, values = groups[label]
        numbers = [v for _, v in values]
        return unit == "%", max(numbers) - min(numbers)

    label = max(groups, key=span)
    unit, values = groups[label]
    (low, least), (high, most) = (pick(values, key=lambda t: t[1]) for pick in (min, max))
    if least == most:
        return f"{label} : {french.measure(most, unit)} partout"
    return (
        f"{label} : de {french.measure(least, unit)} ({low}) "
        f"à {french.measure(most, unit)} ({high})"
    )


def delivered(promesse: Promesse, annee: int, rate: Decimal) -> str:
    """How much of what was promised is done.

    Args:
        promesse: the words of what was promised and delivered.
        annee: the year.
        rate: what is done, in percent of what was promised.
    """
    return (
        f"En {annee}, {french.percent(rate)} des {promesse.unite} {promesse.promis} "
        f"sont {promesse.realise}"
    )


def busiest(values: Sequence[tuple[str, int]]) -> str:
    """When most contracts end: «T2 2026 en voit finir le plus : 34 marchés»."""
    when, count = max(values, key=lambda t: t[1])
    return f"Le trimestre qui en voit finir le plus : {when}, {french.plural(count, 'marché')}"
