"""The annexes of the report: concessions, missing sources, quality, corrections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from spaser.figures.verdicts import SANS_OBJET
from spaser.report import Fragment, frames, french, lines, perimetre, plan, render
from spaser.report.edition import Edition

_CORRECTIONS_SHOWN = 50


def concessions(edition: Edition) -> Fragment:
    """Concessions, apart from contracts (counting rule 6)."""
    return render(
        "rapport_concessions",
        e=edition,
        lignes=[
            {
                **c,
                "nom": edition.scheme.entites[c["acheteur"]],
                "montant": french.euros(Decimal(str(c["montant"]))),
                "date": french.date(dt.date.fromisoformat(c["date_notification"]))
                if c["date_notification"]
                else french.ND,
            }
            for c in edition.controle["concessions"]
        ],
    ).giving(lambda: frames.of(edition.controle["concessions"]))


def manques(edition: Edition) -> Fragment:
    """The sources that are missing, and what each would tell."""
    return render(
        "rapport_manques",
        e=edition,
        groupes=_missing_by_reason(edition),
        plan_fourni=plan.given(edition),
    ).giving(lambda: edition.chiffres[edition.chiffres["valeur"].isna()])


def _missing_by_reason(edition: Edition) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, str]] = {}
    everyone = edition.scheme.ensemble.code
    for item in edition.indicateurs:
        for calcul in item.calculs:
            figures = [edition.figure(item, calcul, x) for x in edition.scheme.entites]
            whole = all(f.valeur is None for f in figures)
            common = lines.in_common(edition, item, calcul)
            for f in figures:  # a partial whole repeats the reason of a buyer
                each = not whole or f.entite == everyone
                if f.valeur is None and f.verdict != SANS_OBJET and each and not common:
                    groups.setdefault(f.motif_absence, {})[item.code] = item.intitule
    return [
        {"motif": motif, "indicateurs": sorted(codes.items())}
        for motif, codes in sorted(groups.items(), key=lambda t: (-len(t[1]), t[0]))
    ]


def qualite(edition: Edition) -> Fragment:
    """The quality annex: accounting of the records, reconciliations, rules with findings."""
    return render(
        "rapport_qualite",
        e=edition,
        bilans=edition.controle["bilans"],
        conjoints=perimetre.joint(edition),
        demesures=perimetre.outsized(edition),
        constats=[r for r in edition.controle["regles"] if r["nombre"] and r["gravite"] != "info"],
        ecartees=sum(b["quarantaine"]["lignes"] for b in edition.controle["bilans"]),
        rapprochements=[_reconciled(edition, r) for r in edition.rows("rapprochements")],
    ).giving(lambda: edition.tableau("rapprochements"))


def _reconciled(edition: Edition, row: Mapping[str, str]) -> dict[str, str]:
    """A row of rapprochements.csv with its numbers in the unit of what is compared."""
    unit = edition.unite(row["indicateur"], row["base"])
    if not row["indicateur"] and row["base"] == "valeur":
        unit = "€ HT"
    given, ours, explained = (
        Decimal(text) if (text := row.get(k)) else None
        for k in ("declare", "calcule", "ecart_explique")
    )

    def amount(value: Decimal) -> str:
        if unit == "%":
            return french.percent(value)
        return french.euros(value) if unit.startswith("€") else french.number(value, 2)

    def gap(value: Decimal) -> str:
        return french.points(value) if unit == "%" else ("+" if value > 0 else "") + amount(value)

    apart = None if given is None or ours is None else ours - given
    if apart is not None and given is not None and ours is not None and unit == "%":
        apart = french.shown(ours, unit) - french.shown(given, unit)  # what is read adds up
    return {
        **row,
        "declare": "" if given is None else amount(given),
        "calcule": "" if ours is None else amount(ours),
        "ecart": "" if apart is None else gap(apart),
        "ecart_explique": "" if explained is None else gap(explained),
    }


def corrections(edition: Edition) -> Fragment:
    """The corrections of the ledger that this edition counts with."""
    rows = edition.rows("corrections")
    return render("rapport_corrections", lignes=rows[:_CORRECTIONS_SHOWN], total=len(rows)).giving(
        lambda: edition.tableau("corrections")
    )
