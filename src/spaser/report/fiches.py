"""The committee's sheets: each partner's indicators, and nothing else, on one page."""

from __future__ import annotations

from typing import NamedTuple

from spaser.report import essentiel, lines, plan
from spaser.report.edition import Edition
from spaser.report.lines import Absence, Line
from spaser.report.plan import Plan


class Sheet(NamedTuple):
    """A partner's sheet."""

    partenaire: str
    phrase: str
    entites: list[str]
    lignes: list[Line]
    absences: list[Absence]
    plan: Plan


def sheets(edition: Edition) -> list[Sheet]:
    """A sheet for each partner of the committee, in the order of the deliberation."""
    return [_sheet(edition, p) for p in edition.scheme.comite]


def _sheet(edition: Edition, partner: str) -> Sheet:
    wanted = edition.scheme.fiches.get(partner, ())
    items = [i for i in edition.indicateurs if i.code in wanted or i.ambition in wanted]
    shown = edition.shown_for([(i, c) for i in items for c in i.calculs])
    rows = [lines.line(edition, i, c, shown) for i in items for c in i.calculs]
    return Sheet(
        partenaire=partner,
        phrase=lines.sentence(edition, rows) + essentiel.movement(edition, rows) if rows else "",
        entites=[edition.scheme.entites_courtes[x] for x in shown],
        lignes=[x for x in rows if not x.absence],
        absences=lines.absences(rows),
        plan=plan.of_partner(edition, partner),
    )
