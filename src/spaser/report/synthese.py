"""synthese.html: the year on two printed pages, for the press and the council.

Every sentence comes from the lines of the report; nothing is computed here that it does not say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from spaser.figures.definition import FINI, HYPOTHESE, LEGALE, MENTIONS, PLAN
from spaser.report import (
    essentiel,
    french,
    lines,
    pages,
    perimetre,
    plan,
    reading,
    render,
    suite,
    tally,
    taux,
)
from spaser.report.edition import Edition
from spaser.report.essentiel import VerdictShare
from spaser.report.lines import Line
from spaser.report.taux import RateBar
from spaser.settings.scheme import Ambition, Axe

_FINDINGS = 5
_STEPS = 3  # targets that rise next year, told one by one


class AmbitionRow(NamedTuple):
    """An ambition: the verdicts on its targets of each kind, and what is known of it."""

    ambition: Ambition
    natures: list[list[VerdictShare]]
    connues: int
    suivies: int


class Finding(NamedTuple):
    """A finding as a sentence: what kind it is, what it says, where the report says more."""

    nature: str
    phrase: str
    code: str


class Part(NamedTuple):
    """An axis: its ambitions, the rates of its chart, and what the chart says, as a title."""

    axe: Axe
    ambitions: list[AmbitionRow]
    taux: list[RateBar]
    constat: str


def page(edition: Edition, names: list[str]) -> str:
    """The page; `names` are the notebooks and pages published beside it."""
    shown = lines.every(edition)
    absent, sources = essentiel.missing(edition)
    judged = {x.statut for x in shown} | {LEGALE}
    kinds = [kind for kind in _COLUMNS if kind in judged]
    law = _to_come(edition, "article_35")
    return pages.finished(
        render(
            "synthese",
            page=pages.page("synthese", edition, names),
            e=edition,
            qui=edition.scheme.entites[edition.reference],
            phrase=tally.of_year(edition, shown),
            perimetre=perimetre.sentence(edition),
            natures=[_COLUMNS[kind] for kind in kinds],
            axes=[_part(edition, axe, kinds) for axe in edition.scheme.axes],
            verdicts=reading.SIGNS,
            constats=findings(edition),
            manque=absent,
            sources=sources,
            total=len(edition.indicateurs),
            publications=[d for d in suite.publications(edition) if not d.passee],
            peu=essentiel.thin(shown),
            article_35=law,
            hausses=steps(edition, shown)[: _STEPS - bool(law)],
            plan=plan.to_come(edition),
        ).html
    )


def _to_come(edition: Edition, name: str) -> dt.date | None:
    """A day that the law sets, until it is past."""
    day = edition.year.dates.get(name)
    return day if day and day > edition.year.date_edition else None


_COLUMNS = {
    LEGALE: "Cibles légales",
    PLAN: "Objectifs nationaux",
    FINI: "Plan terminé (t)",
    HYPOTHESE: "À confirmer (h)",
}


def _part(edition: Edition, axe: Axe, kinds: list[str]) -> Part:
    bars = taux.rates(edition, lines.of_axis(edition, axe))
    rows = [_row(edition, a, kinds) for a in axe.ambitions]
    return Part(axe, rows, bars, taux.title(bars))


def _row(edition: Edition, ambition: Ambition, kinds: list[str]) -> AmbitionRow:
    shown = lines.of_ambition(edition, ambition.code)
    return AmbitionRow(
        ambition,
        [essentiel.shares([x for x in shown if x.statut == kind]) for kind in kinds],
        sum(x.connue for x in shown),
        len(shown),
    )


def findings(edition: Edition) -> list[Finding]:
    """Five findings, in this order: every obligation that is not kept, what advances (in a first
    year, the targets best kept), what is short, what moved, real rates.

    Fewer where the year does not say so much; an indicator is told once.
    """
    first: dict[str, Finding] = {}
    for one in _candidates(edition):
        first.setdefault(one.code or one.nature, one)
    return list(first.values())[:_FINDINGS]


def _candidates(edition: Edition) -> Iterator[Finding]:
    shown = lines.every(edition)
    for x, phrase in essentiel.unkept(shown):
        yield Finding("Obligation non tenue", f"{x.libelle}, {phrase}.", x.item.code)
    title, better = essentiel.advances(edition, shown)
    for x, phrase in better[:2]:
        yield Finding(
            "Cible tenue" if title == essentiel.KEPT else "Avancée",
            f"{x.libelle}, {phrase}.",
            x.item.code,
        )
    for x, phrase in essentiel.gaps(edition, shown)[:2]:
        yield Finding("Écart", f"{x.libelle}, {phrase}.", x.item.code)
    if moved := essentiel.changes(edition, shown):
        yield Finding("Évolution", moved, "")
    for head in essentiel.headlines(edition, shown):
        x = head.line
        doubt = f" ; réserve : {x.doute}" if x.doute else ""
        aimed = f" pour {essentiel.aim(x)}" if x.cible else ""
        phrase = f"{x.libelle}, {x.ref.valeur}{aimed} ({x.ref.verdict}){doubt}."
        yield Finding("Taux", phrase, x.item.code)


class Step(NamedTuple):
    """A target that is not the same next year: its line, now and then, and what it then is."""

    line: Line
    cible: str
    prochaine: str
    mention: str


def steps(edition: Edition, shown: list[Line]) -> list[Step]:
    """The targets that change next year and are not reached yet, the law's first, one an
    indicator."""
    rising: dict[str, tuple[bool, Step]] = {}
    for x in shown:
        then = x.item.cible(edition.year.annee + 1, x.calcul, seul=x.seul)
        if not then or x.figure.cible in {None, then.valeur} or _holds(x, then.valeur):
            continue
        value = french.measure(then.valeur, x.figure.unite)
        value += " au plus" * (x.item.sens == "baisse")
        kind = then.nature(edition.year.annee + 1)
        step = Step(x, x.cible, value, MENTIONS.get(kind, ""))
        rising.setdefault(x.item.code, (kind != LEGALE, step))
    return [step for _, step in sorted(rising.values(), key=lambda t: t[0])]


def _holds(x: Line, target: Decimal) -> bool:
    """Whether this year's value is already on the good side of a target."""
    value = x.figure.valeur
    return value is not None and (value <= target if x.item.sens == "baisse" else value >= target)
