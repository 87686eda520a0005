"""The perimeter of the figures, with its numbers: how many contracts, from which amount.

Every page that says what is counted says it with these words.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from spaser.figures.chiffres import Figure
from spaser.report import french
from spaser.report.edition import Edition
from spaser.settings.reperes import PLANCHERS, Reference

_PUBLIE, _RECENSE = PLANCHERS[1:]
_PLAIN = re.compile(r"\d{1,16}(\.\d{1,2})?")


class Rate(NamedTuple):
    """A rate of an entity from a floor, in words: value, and its parts."""

    valeur: str
    brut: str
    parts: str


class Floor(NamedTuple):
    """A line of the legal table: from which amount, and the rate of each entity."""

    libelle: str
    rates: list[Rate]


def sentence(edition: Edition, entite: str = "") -> str:
    """What is counted, in a sentence or two; empty when there is no contract.

    Args:
        edition: a published edition.
        entite: whose contracts; those that headlines speak of when empty.
    """
    rows = _counts(edition, entite or edition.reference)
    if not rows or not int(rows[Decimal(0)]["marches"]):
        return ""
    all_of_them = int(rows[Decimal(0)]["marches"])
    chosen = edition.scheme.plancher
    under = int(rows[_PUBLIE]["marches_dessous"])
    census = int(rows[_RECENSE]["marches"])
    if chosen:
        kept, left = (int(rows[chosen][k]) for k in ("marches", "marches_dessous"))
        return (
            f"Le schéma a choisi un plancher : les taux portent sur les marchés publiés "
            f"{since(chosen)}, {french.number(kept)} sur {french.number(all_of_them)} ; de moindre "
            f"montant, {french.plural(left, 'marché publié', 'marchés publiés')} n’y "
            f"{'sont' if left > 1 else 'est'} pas."
        )
    return (
        "Les taux portent sur tous les marchés publiés, sans plancher de montant : "
        f"{french.number(all_of_them)}, dont {french.none_or(under)} de moins de "
        f"{amount(_PUBLIE)} HT (la publication n’est due qu’à partir de ce montant) et "
        f"{french.none_or(census)} de {amount(_RECENSE)} HT ou plus (champ du recensement "
        "national jusqu’à 2023)."
    )


def floors(edition: Edition, code: str, base: str, entites: list[str]) -> list[Floor]:
    """A rate from each other floor than that of the figures, for some entities.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        code: the code of an indicator.
        base: number, value or other.
        entites: the codes of the entities.
    """
    rows = {
        (r["entite"], Decimal(r["plancher"])): r
        for r in edition.rows_if_any("perimetres")
        if (r["code"], r["base"]) == (code, base)
    }
    return [
        Floor(label(p), [_rate(edition, rows.get((x, p)), base) for x in entites])
        for p in sorted({p for _, p in rows})
        if p != edition.scheme.plancher
    ]


def beside(edition: Edition, reference: Reference) -> list[tuple[str, Rate]]:
    """Our own rate at the floor of a national figure, by short name of entity.

    Empty when that floor is not known, or when we have no such rate: nothing is compared then.
    """
    item = next((i for i in edition.indicateurs if i.code == reference.indicateur), None)
    if item is None or reference.plancher is None:
        return []
    names = edition.scheme.entites_courtes
    rows = [
        r
        for r in edition.rows_if_any("perimetres")
        if r["code"] == item.code
        and r["base"] == item.calculs[0].base
        and Decimal(r["plancher"]) == reference.plancher
        and r["valeur"]
    ]
    order = [x for x in edition.scheme.entites if x in edition.presents]
    return [
        (names[x], _rate(edition, r, r["base"])) for x in order for r in rows if r["entite"] == x
    ]


def label(plancher: Decimal) -> str:
    """«tous les marchés publiés», «à partir de 40 000 € HT»."""
    return since(plancher) if plancher else "tous les marchés publiés"


def since(plancher: Decimal) -> str:
    """«à partir de 40 000 € HT»."""
    return f"à partir de {amount(plancher)} HT"


def amount(plancher: Decimal) -> str:
    """A floor in whole euros, with its cents when it has some."""
    return french.number(plancher, 2) + french.NBSP + "€"


def small(edition: Edition, base: str, denominateur: Decimal | None) -> bool:
    """Whether a rate rests on so few contracts that its fraction says more.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        base: number, value or other.
        denominateur: the denominator; None when it is not known.
    """
    few = edition.year.lecture.petit_denominateur
    return base == "nombre" and denominateur is not None and denominateur < few


def thin(edition: Edition, row: dict[str, str]) -> bool:
    """Whether the figure named by a key is known for so few contracts that it is not shown."""
    figure = edition.figures.get((row["code"], row["entite"], row["base"]))
    least = edition.year.lecture.couverture_non_significatif
    return figure is not None and figure.couverture is not None and figure.couverture < least


def _counts(edition: Edition, entite: str) -> dict[Decimal, dict[str, str]]:
    return {
        Decimal(r["plancher"]): r
        for r in edition.rows_if_any("marches_par_plancher")
        if r["entite"] == entite
    }


def _rate(edition: Edition, row: dict[str, str] | None, base: str) -> Rate:
    if row is None or not row["valeur"]:
        return Rate(french.ND, "", "")
    if thin(edition, row):
        return Rate(french.NS, "", "")
    top, bottom = Decimal(row["numerateur"]), Decimal(row["denominateur"])
    parts = (
        f"{french.short_euros(top)} sur {french.short_euros(bottom)}"
        if base == "valeur"
        else f"{french.number(top)} sur {french.number(bottom)}"
    )
    if small(edition, base, bottom):
        return Rate(parts, "", "")
    unit = unit_of(edition, row)
    return Rate(french.measure(Decimal(row["valeur"]), unit), row["valeur"], parts)


def unit_of(edition: Edition, row: dict[str, str]) -> str:
    """The unit of a figure named by its key."""
    figure: Figure | None = edition.figures.get((row["code"], row["entite"], row["base"]))
    return figure.unite if figure else "%"


class Joint(NamedTuple):
    """Rows kept, contracts counted, and the euros (HT) that joint contracts write again."""

    lignes: int
    marches: int
    montant: Decimal
    repete: Decimal


def joint(edition: Edition) -> Joint | None:
    """How the rows kept become the contracts counted; none when each is one."""
    kept = [b["retenues"] for b in edition.controle["bilans"] if b["table"] == "marches"]
    rows = sum(b["lignes"] for b in kept)
    counted = sum(m["nombre"] for m in edition.controle["marches"])
    written = sum((Decimal(b["montant"]) for b in kept), Decimal(0))
    once = sum((Decimal(m["montant"]) for m in edition.controle["marches"]), Decimal(0))
    return Joint(rows, counted, once, written - once) if rows > counted else None


class Outsized(NamedTuple):
    """A record in quarantine that outweighs all that is kept: where it is, why it is set aside, its
    amount and that of the others."""

    repere: str
    fichier: str
    motif: str
    montant: Decimal
    reste: Decimal


def outsized(edition: Edition) -> list[Outsized]:
    """The records whose amount alone, likely misspelt, makes that of the quarantine."""
    totals = {b["table"]: b for b in edition.controle["bilans"]}
    rows = {(r["table"], r["fichier"], r["ligne"]): r for r in edition.rows("quarantaine")}
    heavy = []
    for row in rows.values():
        amount = _amount(row["valeur"]) if row["champ"].startswith("montant") else None
        total = totals.get(row["table"])
        kept = Decimal(total["retenues"]["montant"]) if total else Decimal(0)
        if amount is None or total is None or not 0 < kept < amount:
            continue
        rest = Decimal(total["quarantaine"]["montant"]) - amount
        if rest >= 0:
            heavy.append(Outsized(row["repere"], row["fichier"], row["motif"], amount, rest))
    return heavy


def _amount(text: str) -> Decimal | None:
    """An amount as the quarantine shows it, when it was read."""
    return Decimal(text) if _PLAIN.fullmatch(text) else None
