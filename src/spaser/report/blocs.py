"""Cells of 3_rapport.ipynb that show a table beside the figures: one call, one table.

A table is declared in figures/complements.py; here it meets the reader, entity by entity, with
what is missing said in words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from spaser.collectivites import plan
from spaser.figures import geographie
from spaser.figures.bloc import Bloc, Champ
from spaser.figures.complements import BLOCS
from spaser.quality import cpv
from spaser.report import Fragment, carte, french, render
from spaser.report.edition import Edition

SHOWN, BRIEF = 50, 5  # rows of a list, of the other rankings; the file has them all


DRAWN = {geographie.COMMUNES: carte.carte}
"""The tables that have drawings above them."""


def _far(edition: Edition, rows: list[dict[str, str]]) -> str:
    """How far the money of the entity that headlines speak of goes, in a sentence."""
    for row in rows:
        if (row["entite"], row["base"]) == (edition.reference, "valeur"):
            half, most, share = (Decimal(row[x]) for x in ("mediane", "quartile_3", "couverture"))
            return (
                f"{edition.scheme.entites[edition.reference]}, là où la distance est connue "
                f"({french.percent(share)} du montant) : la moitié du montant va à {_km(half)} au "
                f"plus, les trois quarts à {_km(most)} au plus."
            )
    return ""


def _km(value: Decimal) -> str:
    return f"{french.number(value, 1)}{french.NBSP}km"


TELLING = {"distances": _far}
"""The tables that are summed up in a sentence above them."""


def _entity(edition: Edition, code: str) -> str:
    return edition.scheme.entites_courtes[code]


WORDS: Mapping[str, Callable[[Edition, str], str]] = {
    "entite": _entity,
    "acheteur": _entity,
    "titulaires": lambda _, text: french.holders(text),
    "cpv": lambda _, digits: cpv.division(digits),
    "commune": lambda _, code: plan.name(code),
    "date": lambda _, day: french.date(dt.date.fromisoformat(day)),
}
"""How a page writes what is no number, by the form of its column; as it is without one."""


class Cellule(NamedTuple):
    """A cell: its text, and whether it is a number."""

    texte: str
    nombre: bool


class BlocTable(NamedTuple):
    """The rows of an entity, or all of them."""

    nom: str
    lignes: list[list[Cellule]]
    autres: int


def bloc(edition: Edition, nom: str) -> Fragment:
    """One table beside the figures, by its name."""
    described = BLOCS[nom]
    rows = edition.rows(nom)
    drawing = DRAWN[nom](edition) if nom in DRAWN else None
    return render(
        "rapport_bloc",
        f"rapport_bloc {nom}",
        e=edition,
        bloc=described,
        champs=[c for c in described.champs if c.titre],
        tables=_tables(edition, described, rows),
        absence=absence(edition, described, rows),
        carte=drawing,
        phrase=TELLING[nom](edition, rows) if nom in TELLING else "",
        manquants=_silent(edition, described, rows),
        connu=_known(edition, described),
        tete=[c.nom for c in described.champs if c.titre and c.forme != "entite"].index(
            described.tete
        ),
    ).giving(lambda: edition.tableau(nom), drawing.panneaux if drawing else ())


def absence(edition: Edition, described: Bloc, rows: list[dict[str, str]]) -> str:
    """Why there is nothing to show; empty when there is something.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        described: the table, as figures/ declares it.
        rows: its rows.
    """
    given = {"decp", *edition.controle["sources_fournies"]}
    if described.source not in given:
        return f"{french.ND}, source non fournie : {edition.scheme.sources[described.source]}."
    return "" if rows else described.vide


def _tables(edition: Edition, described: Bloc, rows: list[dict[str, str]]) -> list[BlocTable]:
    """A table for each entity that the report shows, the one of headlines first."""
    entity = next((c.nom for c in described.champs if c.forme == "entite"), None)
    if entity is None:
        return [_table(edition, described, "", rows)] if rows else []
    order = [edition.reference, *(x for x in edition.presents if x != edition.reference)]
    found_in = {r[entity] for r in rows}
    shown = [x for x in order if x in found_in]
    shown += [x for x in edition.scheme.entites if x in found_in and x not in edition.presents]
    alone = len(found_in - {edition.scheme.ensemble.code}) == 1
    if alone:  # all together would say the same again
        shown = [x for x in shown if x != edition.scheme.ensemble.code]
    return [
        _table(
            edition,
            described,
            edition.scheme.entites[x],
            [r for r in rows if r[entity] == x],
            BRIEF if rank and "rang" in rows[0] else SHOWN,
        )
        for rank, x in enumerate(shown)
    ]


def _table(
    edition: Edition, described: Bloc, nom: str, rows: list[dict[str, str]], most: int = SHOWN
) -> BlocTable:
    cols = [c for c in described.champs if c.titre and c.forme != "entite"]
    lines = [[cell(edition, c, r) for c in cols] for r in rows[:most]]
    return BlocTable(nom, lines, max(len(rows) - most, 0))


def cell(edition: Edition, champ: Champ, row: Mapping[str, str]) -> Cellule:
    """A value in the words of the page; what is not known is «n. d.», never zero.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        champ: the column.
        row: the row, texts by name of column.
    """
    text = row[champ.nom]
    number = champ.forme in {"nombre", "decimal", "euros", "taux", "km"}
    if not text:
        return Cellule(french.ND if number else "–", number)
    if not number:
        words = WORDS.get(champ.forme)
        return Cellule(words(edition, text) if words else text, False)
    value = Decimal(text)
    shown = {
        "nombre": french.number(value),
        "decimal": french.number(value, 1),
        "euros": french.short_euros(value),
        "taux": french.percent(value),
        "km": _km(value),
    }[champ.forme]
    return Cellule(shown, True)


def _silent(edition: Edition, described: Bloc, rows: list[dict[str, str]]) -> list[str]:
    """The buyers of whom a table of shares says nothing, though it has rows."""
    names = [c.nom for c in described.champs if c.forme == "entite"]
    names += [
        c.nom for c in described.champs if c.forme == "acheteur" and described.source != "decp"
    ]
    if not names or not rows:
        return []
    present = {r[names[0]] for r in rows}
    return [a.nom for a in edition.scheme.acheteurs if a.code not in present]


def _known(edition: Edition, described: Bloc) -> str:
    """The coverage of the field that makes a list: a contract that says nothing is not in it."""
    if not described.champ:
        return ""
    counts = [
        (int(r["renseignes"]), int(r["total"]))
        for r in edition.rows("couverture-champs")
        if (r["table"], r["champ"]) == ("marches", described.champ)
    ]
    known, total = (sum(x) for x in zip(*counts, strict=True)) if counts else (0, 0)
    if not total:
        return ""
    return (
        f"Le champ est renseigné dans {french.number(known)} enregistrements sur "
        f"{french.number(total)} : ce qui ne l’est pas ne peut être dans cette liste."
    )
