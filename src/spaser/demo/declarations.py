"""Demonstration declarations, in the columns that others fix, and the departments' figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from spaser.demo import register_words as w
from spaser.demo.contract import Dice
from spaser.demo.data import VILLE
from spaser.demo.parties import BUYERS, Parties
from spaser.demo.sheets import DemoFile, RowCells, euros
from spaser.sources.registers.declarations import AGEC, FLOTTE, VIANDES_POISSONS


def agec(annee: int, named: Parties) -> DemoFile:
    """The declaration of article 58, in the columns of its public schema."""
    dice = Dice(annee + 7)
    rows: list[RowCells] = [[c.name for c in AGEC.lues if c.name != "montant_valorisation_et_don"]]
    for buyer, name in named.noms.items():
        for category, (spent, *shares) in w.AGEC.items():
            total = spent * (80 + dice.below(60))
            parts = [euros(total * share // 100) for share in shares]
            rows.append(
                (annee, named.sirets[buyer], name, category, euros(total), *parts, "fictif")
            )
    ours = (named.sirets[VILLE], named.noms[VILLE])
    rows.append((annee, *ours, "Parapluies", *[Decimal(10)] * 4, ""))
    return DemoFile(f"declaration-agec-{annee}.csv", "officiel", rows)


def flotte(annee: int, named: Parties) -> DemoFile:
    """The fleet declaration, in the columns of its public schema."""
    known = {
        "nbVP": 14, "nbVPEL": 6, "nbVPH2": 0, "nbVPclean": 8, "nbN1": 11, "nbN1inf": 5,
        "nbN1infEL": 2, "nbN1infH2": 0, "nbN1infclean": 2, "nbN1sup": 6, "nbN1supEL": 1,
        "nbN1supH2": 0, "nbN1supclean": 1,
    }  # fmt: skip
    names = [c.name for c in FLOTTE.lues if c.name != "annee"]
    rows: list[RowCells] = [names]
    for more, buyer in enumerate(BUYERS):
        siren = named.sirets[buyer][:9]
        row: dict[str, object] = {
            "sirenDeclarant": siren, "sirenCouvert": siren, "nom": named.noms[buyer],
            "naf": "84.11Z", "cj": "7210", "zone": "Zone A",
        }  # fmt: skip
        row |= {n: 0 for n in names if n.startswith("nb")}
        row |= known | {"nbVP": known["nbVP"] + 4 * more, "nbVPEL": known["nbVPEL"] + more}
        rows.append([row.get(n) for n in names])
    return DemoFile(f"vehicules-faibles-emissions-{annee}.csv", "officiel", rows)


def achats_cantine(annee: int, named: Parties) -> DemoFile:
    """Purchases of the central kitchen, in the columns of ma cantine's import."""
    dice = Dice(annee + 8)
    rows: list[RowCells] = [w.ACHATS.split()]
    for month in range(1, 13):
        for description, family, labels, price in w.ACHATS_CANTINE:
            if dice.below(10) == 0 and family not in VIANDES_POISSONS:
                continue
            local = "DEPARTEMENT" if "LOCAL" in labels else ""
            rows.append(
                (
                    named.sirets[VILLE],
                    description,
                    f"Fournisseur fictif {dice.below(9)}",
                    dt.date(annee, month, 1 + dice.below(28)),
                    euros(price * (60 + dice.below(80))),
                    family,
                    labels,
                    local,
                )
            )
    return DemoFile("ma-cantine-achats.csv", "officiel", rows)


def releves(annee: int, named: Parties) -> DemoFile:
    """Figures that departments declare; one names no indicator of the catalogue."""
    dice = Dice(annee + 9)
    rows: list[RowCells] = [
        (
            "indicateur",
            "acheteur",
            "annee",
            "numerateur",
            "denominateur",
            "document",
            "auteur",
            "date",
        )
    ]
    for code, (above, below, document, service) in w.RELEVES.items():
        for buyer, name in named.noms.items():
            if code == "ENV4-05" and buyer != VILLE:
                continue
            share = 92 + dice.below(16)
            rows.append(
                (code, name, annee, above * share // 100, below, f"{document} {annee}", service,
                 dt.date(annee + 1, 2, 10))
            )  # fmt: skip
    rows.append(("ENV9-99", named.noms[VILLE], annee, 3, 4, "néant", "Essai", None))
    return DemoFile("releves.csv", "office", rows)
