"""The columns that the suites of registers see.

A rule of `expectations/REGISTRE.json` stays a standard one; what needs a calculation is a
column here, None where the question does not arise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from stdnum.fr import siren

from spaser.contracts.marches import Row
from spaser.settings.params import Params
from spaser.sources.buyers import acheteur, named
from spaser.sources.fields import SCOPES
from spaser.sources.partners import members
from spaser.sources.records import Ligne
from spaser.sources.registers import REGISTRES
from spaser.sources.values import SENTINELLE, is_siret


class MesureDeReleve(NamedTuple):
    """What an indicator makes of a relevé: whether one feeds it, whether its figure is a part of
    a whole (at most 100 %), whether it is a quotient."""

    declaree: bool
    part: bool
    quotient: bool


def frames(
    lignes: Iterable[Ligne], params: Params, mesures: Mapping[str, MesureDeReleve] | None = None
) -> dict[str, list[Row]]:
    """The rows that the suite of each register present sees; `cle` names the record.

    Without `mesures`, by code of indicator, what a relevé may say of each is not checked.

    Args:
        lignes: the rows in scope.
        params: the scheme and the year.
        mesures: what each indicator makes of a relevé, by code.
    """
    rows: dict[str, list[Row]] = {}
    for ligne in lignes:
        if ligne.table in REGISTRES:
            row = _checked(ligne, params)
            if ligne.table == "releves" and mesures is not None:
                row |= _measured(row, mesures)
            rows.setdefault(ligne.table, []).append(row)
    return rows


def _checked(ligne: Ligne, params: Params) -> dict[str, Any]:
    row = {**ligne.valeurs.whole(), "acheteur": acheteur(ligne, params.scheme)}
    derive = _DERIVED.get(ligne.table)
    key = [row[c] for c in _KEYS.get(ligne.table, ())]
    return {
        **row,
        "cle": ligne.cle,
        "cle_metier": None if None in key or not key else " ".join(map(str, key)),
        **_dated(ligne, params),
        "valeur_illisible": bool(ligne.inutilisables),
        **(derive(row, params) if derive else {}),
    }


def _dated(ligne: Ligne, params: Params) -> Row:
    """What decides the year of a row, whether it can be read (31/02/2026 is no empty cell), and
    whether it may be: 24, or the 1 January 1900 of an empty cell, is of no year.

    An empty one leaves the row to the year of its folder; an unreadable one may be any year.
    """
    bounds = params.year.qualite
    years = [y for n in SCOPES[ligne.table].annee if (y := _year(ligne.valeurs[n])) is not None]
    empty = {a.champ for a in ligne.anomalies if a.motif == SENTINELLE}
    names = [n for n in SCOPES[ligne.table].annee if n not in empty and ligne.textes.get(n)]
    return {
        "annee_ecrite": ligne.textes[names[0]] if names else None,
        "annee_lisible": any(_is_year(ligne.valeurs[n]) for n in names) if names else None,
        "annee_vraisemblable": bounds.annee_plausible_min <= years[0] <= bounds.annee_plausible_max
        if years
        else None,
    }


def _year(value: object) -> int | None:
    if isinstance(value, dt.date):
        return value.year
    return value if isinstance(value, int) else None


def _is_year(value: object) -> bool:
    return dt.MINYEAR <= value <= dt.MAXYEAR if isinstance(value, int) else value is not None


# What should name one row of a register; a blank part makes the question void.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "mandats": ("acheteur", "numero"),
    "formations": ("acheteur", "service"),
    "consultations": ("acheteur", "numero"),
    "agec": ("acheteur", "type_produit_acquis"),
    "flotte": ("acheteur",),
    "releves": ("acheteur", "indicateur", "document"),
}


def _at_most(row: Mapping[str, Any], part: str, whole: str) -> bool | None:
    a, b = row[part], row[whole]
    return None if a is None or b is None else a <= b


_YEAR_OF_WORK = 1607  # hours of an agent in a year (loi du 26 janvier 1984, décret 2000-815)
_MOST_HOURS = 1_000_000  # more is a slip of the pen, for one contract or one department


def _hours(hours: Decimal | None) -> bool | None:
    """Whether a number of hours is possible for a contract."""
    return None if hours is None else 0 <= hours <= _MOST_HOURS


def _no_more(row: Mapping[str, Any], *pairs: tuple[str, str]) -> bool | None:
    """Whether no part is more than its whole; None when no pair is known."""
    known = [x for pair in pairs if (x := _at_most(row, *pair)) is not None]
    return all(known) if known else None


def _positive(row: Mapping[str, Any], *names: str) -> bool | None:
    """Whether no known amount is negative; None when none is known."""
    known = [row[n] for n in names if row[n] is not None]
    return min(known) >= 0 if known else None


def _fiches(row: Row, params: Params) -> Row:
    own = row["id_marche"] and f"{row['acheteur']} {row['id_marche']}"
    return {
        "cle_metier": row["marche_uid"] or own,
        "heures_possibles": _hours(row["clause_insertion_heures_prevues"]),
    }


def _mandats(row: Row, params: Params) -> Row:
    number = row["fournisseur_id"]
    return {"fournisseur_valide": is_siret(number) if number else None}


def _insertion(row: Row, params: Params) -> Row:
    return {
        "femmes_coherentes": _at_most(row, "beneficiaires_femmes", "beneficiaires"),
        "sorties_coherentes": _at_most(row, "sorties_positives", "sorties_jointes"),
        "heures_prevues_possibles": _hours(row["heures_prevues"]),
        "solde_sans_heures": None if not row["solde"] else row["heures_prevues"] is None,
    }


def _formations(row: Row, params: Params) -> Row:
    agents = row["agents_formes"]
    most = _MOST_HOURS if agents is None else agents * _YEAR_OF_WORK
    return {
        "agents_coherents": _at_most(row, "agents_formes", "agents_cibles"),
        "heures_possibles": None if row["heures"] is None else 0 <= row["heures"] <= most,
    }


def _actions(row: Row, params: Params) -> Row:
    return {
        "ambition_connue": row["ambition"] in params.scheme.ambitions,
        "partenaire_connu": all(members(row["partenaire"], params.scheme))
        if row["partenaire"]
        else None,
        "acheteur_hors_schema": bool(row["acheteur_siret"])
        and not named(row["acheteur_siret"], params.scheme),
    }


_AGEC_PARTS = (
    "montant_reemploi_et_reutilisation",
    "montant_produits_issus_don",
    "montant_produits_recycles",
    "montant_valorisation_et_don",
)


def _reuse_and_gifts(row: Row) -> Row:
    """The row with `ensemble`: reuse and gifts together, as known."""
    reuse, gifts = row["montant_reemploi_et_reutilisation"], row["montant_produits_issus_don"]
    both = row["montant_valorisation_et_don"] if reuse is None else reuse + (gifts or 0)
    return {**row, "ensemble": both}


def _agec(row: Row, params: Params) -> Row:
    return {
        "reemploi_et_dons_coherents": _at_most(_reuse_and_gifts(row), "ensemble", "montant_total"),
        "siret_valide": is_siret(row["siret"]) if row["siret"] else None,
        "reemploi_coherent": _at_most(row, "montant_reemploi_et_reutilisation", "montant_total"),
        "recycle_coherent": _at_most(row, "montant_produits_recycles", "montant_total"),
        "montants_positifs": _positive(row, *_AGEC_PARTS),
    }


_FLEET = tuple(c.name for c in REGISTRES["flotte"].lues)
_ENGINES = ("EL", "H2", "clean", "EHRE", "GNV", "bioGNV", "GPL", "Bio", "XTL", "EuroVI")
_FLEET_PARTS = tuple(
    (whole + engine, whole)
    for whole in _FLEET
    for engine in _ENGINES
    if whole + engine in _FLEET and whole.startswith("nb")
)
_FLEET_SHARES = tuple(n for n in _FLEET if n.startswith("pcent"))


def _within(row: Mapping[str, Any], names: Iterable[str], most: int) -> bool | None:
    known = [row[n] for n in names if row[n] is not None]
    return all(0 <= n <= most for n in known) if known else None


def _flotte(row: Row, params: Params) -> Row:
    inf, sup, whole = row["nbN1inf"], row["nbN1sup"], row["nbN1"]
    return {
        "vp_coherents": _at_most(row, "nbVPclean", "nbVP"),
        "motorisations_coherentes": _no_more(row, *_FLEET_PARTS),
        "parts_possibles": _within(row, _FLEET_SHARES, 100),
        "n1_coherents": None if None in (inf, sup, whole) else inf + sup == whole,
    }


_CANTINE_SUMS = tuple(c.name for c in REGISTRES["cantine"].columns if c.name.startswith("valeur_"))
_CANTINE_PARTS = (
    ("valeur_viandes_poissons", "valeur_totale"),
    ("valeur_viandes_poissons_egalim", "valeur_viandes_poissons"),
    ("valeur_viandes_volailles_egalim", "valeur_viandes_volailles"),
    ("valeur_produits_de_la_mer_egalim", "valeur_produits_de_la_mer"),
)


def _cantine(row: Row, params: Params) -> Row:
    parts = (row["valeur_bio"], row["valeur_egalim_hors_bio"])
    total = row["valeur_totale"]
    declared = row["annee_bilan"] is not None
    return {
        "bilan_positif": _positive(row, *_CANTINE_SUMS) if declared else None,
        "viandes_coherentes": _no_more(row, *_CANTINE_PARTS) if declared else None,
        "parts_coherentes": None if total is None or None in parts else sum(parts) <= total,
        "annee_connue": row["annee"] is not None,
    }


def _releves(row: Row, params: Params) -> Row:
    code = row["indicateur"] or ""
    return {
        "indicateur_connu": any(code.startswith(f"{a}-") for a in params.scheme.ambitions),
        "denominateur_positif": None if row["denominateur"] is None else row["denominateur"] > 0,
        "numerateur_positif": None if row["numerateur"] is None else row["numerateur"] >= 0,
        "releve_attendu": None,
        "part_possible": None,
        "quotient_complet": None,
    }


def _measured(row: Row, mesures: Mapping[str, MesureDeReleve]) -> dict[str, Any]:
    """What the catalogue says of a relevé: a code it knows, that is declared, a possible part."""
    mesure = mesures.get(row["indicateur"] or "")
    if not mesure:
        return {"indicateur_connu": False}
    return {
        "indicateur_connu": True,
        "releve_attendu": mesure.declaree,
        "part_possible": _at_most(row, "numerateur", "denominateur") if mesure.part else None,
        "quotient_complet": row["denominateur"] is not None if mesure.quotient else None,
    }


def _esus(row: Row, params: Params) -> Row:
    start, end = row["date_debut"], row["date_fin"]
    number = row["siren"] or ""
    return {
        "siren_valide": siren.is_valid(number[:9]) if number else None,
        "dates_coherentes": None if not start or not end else start <= end,
    }


def _inclusifs(row: Row, params: Params) -> Row:
    return {"siret_valide": is_siret(row["siret"]) if row["siret"] else None}


_DERIVED: Mapping[str, Callable[[Row, Params], Row]] = {
    "fiches": _fiches,
    "mandats": _mandats,
    "insertion": _insertion,
    "formations": _formations,
    "actions": _actions,
    "agec": _agec,
    "flotte": _flotte,
    "cantine": _cantine,
    "releves": _releves,
    "esus": _esus,
    "inclusifs": _inclusifs,
}
