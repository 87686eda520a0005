"""Cells of 1_qualite.ipynb: what came in, what was set aside and why."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from spaser.report import Fragment, frames, french, perimetre, render
from spaser.report import completude as months
from spaser.report.edition import Edition, load, published
from spaser.sources.values import SENTINELLE

SHOWN = 200  # lines of a list on the page; the CSV file holds them all
_SHOWN_PER_RULE = 20
GRAVITES = {"critical": "quarantaine", "warning": "signalé", "info": "pour information"}


class Dossier(NamedTuple):
    """The edition and the folder whose CSV files give the rows."""

    edition: Edition
    folder: Path


def ouvrir(dossier: str | None, annee: int) -> Dossier:
    """Open the folder of an edition or of a check; without one, the edition published."""
    folder = published(dossier, annee)
    return Dossier(load(folder, annee), folder)


def verdict(d: Dossier) -> Fragment:
    """Title, and whether the gate let the data through."""
    return render("qualite_verdict", e=d.edition, c=d.edition.controle)


def fichiers(d: Dossier) -> Fragment:
    """The files as they were found."""
    return render("qualite_fichiers", fichiers=d.edition.controle["fichiers"]).giving(
        lambda: frames.of(d.edition.controle["fichiers"])
    )


def comptes(d: Dossier) -> Fragment:
    """The accounting identity."""
    bilans = d.edition.controle["bilans"]
    return render(
        "bilans",
        "qualite_comptes",
        bilans=bilans,
        conjoints=perimetre.joint(d.edition),
        demesures=perimetre.outsized(d.edition),
    ).giving(lambda: frames.of(bilans))


def completude(d: Dossier) -> Fragment:
    """Whether the year is whole: each source of each buyer, and contracts month by month."""
    return months.completude(d.edition).giving(lambda: d.edition.tableau("completude"))


def quarantaine(d: Dossier) -> Fragment:
    """Records in quarantine: file, row, field, value, reason, remedy."""
    rows = d.edition.rows("quarantaine")
    return render("qualite_quarantaine", lignes=rows[:SHOWN], total=len(rows)).giving(
        lambda: d.edition.tableau("quarantaine")
    )


def corrections(d: Dossier) -> Fragment:
    """The corrections of the ledger, old value and new."""
    return render("qualite_corrections", lignes=d.edition.rows("corrections")).giving(
        lambda: d.edition.tableau("corrections")
    )


def doublons(d: Dossier) -> Fragment:
    """Records that say again what another says."""
    rows = d.edition.rows("doublons")
    return render("qualite_doublons", lignes=rows[:SHOWN], total=len(rows)).giving(
        lambda: d.edition.tableau("doublons")
    )


def jointures(d: Dossier) -> Fragment:
    """Rows of registers that are tied to no contract or company."""
    rows = d.edition.rows("jointures")
    contracts = {"marches", "concessions"}
    registers = {b["table"] for b in d.edition.controle["bilans"]} - contracts
    return render(
        "qualite_jointures", lignes=rows[:SHOWN], total=len(rows), registres=registers
    ).giving(lambda: d.edition.tableau("jointures"))


def regles(d: Dossier) -> Fragment:
    """Every rule with its result, and the rows that break it."""
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in d.edition.each("constats"):
        if len(few := groups[row["regle"]]) < _SHOWN_PER_RULE:
            few.append(row)
    return render(
        "qualite_regles",
        regles=[
            {
                **r,
                "effet": GRAVITES[r["gravite"]],
                "resultat": _result(r),
                "lignes": groups[r["id"]],
            }
            for r in d.edition.controle["regles"]
        ],
    ).giving(lambda: d.edition.tableau("constats"))


def valeurs(d: Dossier) -> Fragment:
    """Values that were written and could not be used: how many, and where they stand."""
    rows = (r for r in d.edition.each("valeurs-ecartees") if r["motif"] != SENTINELLE)
    first = [*islice(rows, SHOWN)]
    return render(
        "qualite_valeurs",
        comptes=d.edition.controle["valeurs_ecartees"],
        lignes=first,
        total=len(first) + sum(1 for _ in rows),
    ).giving(lambda: d.edition.tableau("valeurs-ecartees"))


def champs(d: Dossier) -> Fragment:
    """Coverage of each field, by buyer."""
    rows = d.edition.controle["champs"]
    buyers = list(rows[0]["total"]) if rows else []
    return render(
        "qualite_champs",
        acheteurs=[(b, d.edition.scheme.entites[b]) for b in buyers],
        lignes=[
            (r["libelle"], [_rate(r["renseignes"][b], r["total"][b]) for b in buyers]) for r in rows
        ],
        bilans=[_spread(d.edition, r, buyers) for r in rows] if d.edition.nombreux else [],
    ).giving(lambda: d.edition.tableau("couverture-champs"))


def _result(rule: dict[str, object]) -> str:
    if rule["erreur"]:
        return str(rule["erreur"]) if rule["respectee"] else f"non exécutée : {rule['erreur']}"
    count = int(str(rule["nombre"]))
    return french.plural(count, "enregistrement") if count or rule["respectee"] else "non respectée"


class FieldSpread(NamedTuple):
    """How a field is filled by many buyers: all together, the worst, and how many fill it all."""

    libelle: str
    tous: tuple[str, str]
    pire: str
    entiers: int


def _spread(edition: Edition, row: dict[str, Any], buyers: list[str]) -> FieldSpread:
    filled, total = row["renseignes"], row["total"]
    some = [b for b in buyers if total[b]]
    worst = min(some, key=lambda b: Fraction(filled[b], total[b]), default="")
    return FieldSpread(
        row["libelle"],
        _rate(sum(filled[b] for b in some), sum(total[b] for b in some)),
        f"{_rate(filled[worst], total[worst])[0]} ({edition.scheme.entites_courtes[worst]})"
        if worst and filled[worst] < total[worst]
        else "",
        sum(filled[b] == total[b] for b in some),
    )


def _rate(filled: int, total: int) -> tuple[str, str]:
    return (
        french.percent(100 * filled / total) if total else french.ND,
        f"{french.number(filled)} sur {french.number(total)}",
    )
