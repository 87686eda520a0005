"""What can still be changed: the contracts that end soon, by quarter and by ambition.

An ambition shows those whose renewal would matter to it: its formulas read social or
environmental considerations, or the number of offers, and the contract has none, or a single one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from spaser.csvtable import CsvRow
from spaser.report import constats, french, suffisants
from spaser.report.edition import Edition
from spaser.report.fragment import Panel, panel
from spaser.report.suffisants import Suffisant

SHOWN = 8  # contracts in an ambition's table; echeances.csv has them all
NAME = "echeances"


class Levier(NamedTuple):
    """What a renewal may change: the field that formulas read, the column of echeances.csv that
    tells, the answer for which there is something to gain, and its words."""

    champ: str
    colonne: str
    reponse: str
    dit: str


LEVIERS = (
    Levier("considerations_sociales", "consideration_sociale", "non", "sans considération sociale"),
    Levier(
        "considerations_environnementales",
        "consideration_environnementale",
        "non",
        "sans considération environnementale",
    ),
    Levier("offres_recues", "offre_unique", "oui", "à une seule offre"),
)


class MarcheAEcheance(NamedTuple):
    """A contract that ends soon, in the words of the page."""

    objet: str
    acheteur: str
    fin: str
    montant: str
    plafond: bool
    leviers: str
    loi: str


class Renouveler(NamedTuple):
    """The contracts of an ambition: a sentence, the first of them, how many others, and what
    would be enough for each target that is missed."""

    phrase: str
    marches: list[MarcheAEcheance]
    autres: int
    assez: list[Suffisant]


class Trimestre(NamedTuple):
    """A quarter: its name, and the cells of its row."""

    nom: str
    marches: str
    montant: str
    sans_sociale: str
    sans_environnementale: str
    offre_unique: str
    non_dits: str


class Calendrier(NamedTuple):
    """The ends by quarter: what they show, a drawing, its rows, and what is known."""

    constat: str
    qui: str
    panneau: Panel
    trimestres: list[Trimestre]
    connu: str


def of_ambition(edition: Edition, code: str) -> Renouveler | None:
    """The contracts that end and whose renewal matters to an ambition, the largest first.

    None when nothing ends, or when no formula of the ambition reads what a renewal may change and
    no target of it is missed.
    """
    read = {champ for _, calcul in edition.of(code) for champ in calcul.champs}
    levers = [x for x in LEVIERS if x.champ in read]
    rows = edition.rows_if_any(NAME)
    closing = suffisants.enough(edition, code) if rows else []
    if not rows or not (levers or closing):
        return None
    if not levers:
        return Renouveler("", [], 0, closing)
    wanted = [r for r in rows if _gains(r, levers)]
    wanted.sort(key=lambda r: (-Decimal(r["montant"] or 0), r["date_fin"], r["marche_uid"]))
    unsaid = sum(any(not r[x.colonne] for x in levers) for r in rows if not _gains(r, levers))
    return Renouveler(
        _sentence(edition, levers, rows, wanted, unsaid),
        [_contract(edition, r, levers) for r in wanted[:SHOWN]],
        max(len(wanted) - SHOWN, 0),
        closing,
    )


def _gains(row: CsvRow, levers: Sequence[Levier]) -> list[str]:
    return [x.dit for x in levers if row[x.colonne] == x.reponse]


def _sentence(
    edition: Edition,
    levers: Sequence[Levier],
    rows: Sequence[CsvRow],
    wanted: Sequence[CsvRow],
    unsaid: int,
) -> str:
    ends = "se terminent" if len(rows) > 1 else "se termine"
    parts = [
        f"{french.plural(len(rows), 'marché')} {ends} d’ici au {_day(horizon(edition))}, dont "
        f"{french.none_or(len(wanted))} {_either([x.dit for x in levers])}"
    ]
    if unsaid:
        parts.append(f" ; pour {french.number(unsaid)}, la donnée manque")
    return "".join(parts) + "."


def _either(words: Sequence[str]) -> str:
    """«a, b ou c»."""
    return " ou ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def horizon(edition: Edition) -> dt.date:
    """The last day that is looked at."""
    from dateutil.relativedelta import relativedelta

    from spaser.figures.echeances import MOIS

    day: dt.date = edition.year.date_edition + relativedelta(months=MOIS)
    return day


def _contract(edition: Edition, row: CsvRow, levers: Sequence[Levier]) -> MarcheAEcheance:
    return MarcheAEcheance(
        objet=row["objet"] or french.ND,
        acheteur=edition.scheme.entites_courtes[row["acheteur"]],
        fin=_day(dt.date.fromisoformat(row["date_fin"])),
        montant=french.short_euros(Decimal(row["montant"])) if row["montant"] else french.ND,
        plafond=row["est_maximum"] == "oui",
        leviers=", ".join(_gains(row, levers)),
        loi=law(row),
    )


def law(row: CsvRow) -> str:
    """What article 35 will ask of the renewal, if it is engaged from its day."""
    if row["article_35"] != "oui":
        return "" if row["article_35"] else french.ND
    social = {
        "oui": ", et condition sociale",
        "": ", et condition sociale au seuil européen (nature ou montant inconnus)",
    }
    condition = social.get(row["condition_sociale"], "")
    return f"condition et critère environnementaux{condition}"


def calendar(edition: Edition) -> Calendrier | None:
    """The ends by quarter of the entity that headlines speak of; None when nothing ends."""
    from spaser.report import charts

    entity = edition.reference
    rows = [r for r in edition.rows_if_any(f"{NAME}_trimestres") if r["entite"] == entity]
    if not rows:
        return None
    quarters = [(quarter(r["trimestre"]), int(r["marches"]), _euros(r)) for r in rows]
    most = Decimal(max(n for _, n, _ in quarters))
    bars = [
        charts.Bar(name, Decimal(n), f"{french.number(n)} ({euros})") for name, n, euros in quarters
    ]
    return Calendrier(
        constats.busiest([(name, n) for name, n, _ in quarters]),
        edition.scheme.entites[entity],
        panel(
            edition,
            "",
            "",
            NAME,
            "Marchés qui se terminent, par trimestre. "
            + " ; ".join(f"{name} : {french.number(n)}, {euros}" for name, n, euros in quarters)
            + ".",
            partial(charts.bars, bars, most, french.number(most)),
            seul=f"Marchés qui se terminent, par trimestre, {edition.scheme.entites[entity]}",
        ),
        [
            Trimestre(
                quarter(r["trimestre"]),
                *(french.number(int(r["marches"])), _euros(r)),
                *(french.number(int(r[c])) for c in ("sans_sociale", "sans_environnementale")),
                *(french.number(int(r[c])) for c in ("offre_unique", "non_dits")),
            )
            for r in rows
        ],
        _known(edition, entity),
    )


def quarter(name: str) -> str:
    """«2026-T3» as one says it: «T3 2026»."""
    annee, _, rank = name.partition("-")
    return f"{rank}{french.NBSP}{annee}"


def _known(edition: Edition, entity: str) -> str:
    row = next(r for r in edition.rows(f"{NAME}_couverture") if r["entite"] == entity)
    total, known, others = (int(row[c]) for c in ("marches", "duree_connue", "autres_annees"))
    ends = int(row["finissent"])
    older = french.plural(others, "notifié une autre année", "notifiés une autre année")
    also = f" (dont {older})" if others else ""
    verb = "se terminent" if ends > 1 else "se termine"
    lack = total - known
    unsaid = "la durée de chacun est connue"
    if lack:
        what = "marché n’a pas de durée connue", "marchés n’ont pas de durée connue"
        unsaid = f"{french.plural(lack, *what)}, donc pas de fin connue"
    count = f"{french.plural(ends, 'marché')} {verb}, sur {french.number(total)} suivis{also}"
    return f"{count} ; {unsaid}."


def _euros(row: CsvRow) -> str:
    return french.short_euros(Decimal(row["montant"])) if row["montant"] else french.ND


def _day(day: dt.date) -> str:
    return french.date(day)
