"""Columns that need all records at once: probable duplicates, outliers, lots that drift.

Each function gives one value a record, in order; None where the question does not arise.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from statistics import median
from typing import Any

from spaser.contracts.marches import GROUPEMENTS, group
from spaser.sources.records import Ligne

_FAMILY = 8  # contracts of a CPV division below which «far» means nothing
_MAD = 1.4826  # makes the median absolute deviation a standard deviation (normal law)


def over_all(
    lignes: Sequence[Ligne], other_years: frozenset[tuple[str, str]]
) -> dict[str, list[Any]]:
    """The pattern columns of some records, a value a record.

    Args:
        lignes: the records in scope.
        other_years: (buyer, object) of our records notified in other years.
    """
    members = Counter(key for x in lignes if (key := group(x)))
    return {
        "sans_double": _alone(x.cle if x.etat else _same_contract(x) for x in lignes),
        "identifiant_propre": _sharing(lignes),
        "groupement_complet": [_complete(x, members[group(x) or ()] or 1) for x in lignes],
        "ecart_famille": _distances(lignes),
        "annee_des_lots_coherente": [
            _objet(x) not in other_years if x.valeurs["objet"] else None for x in lignes
        ],
    }


def _objet(ligne: Ligne) -> tuple[str, str]:
    return (ligne.valeurs["acheteur_id"] or "")[:9], ligne.valeurs["objet"] or ""


def _same_contract(ligne: Ligne) -> Hashable:
    v = ligne.valeurs
    holders = tuple(sorted(t.id or "" for t in ligne.titulaires))
    return v["acheteur_id"], v["id"], v["montant"], v["date_notification"], holders


def _alone(keys: Iterable[Hashable]) -> list[bool]:
    keys = list(keys)
    counts = Counter(keys)
    return [counts[k] == 1 for k in keys]


def _sharing(lignes: Sequence[Ligne]) -> list[bool | None]:
    """Whether a buyer's id names one contract: platforms truncate ids."""
    first: dict[Hashable, Hashable] = {}
    several = {
        name
        for n, x in enumerate(lignes)
        for name, contract in [(_name(x), group(x) or n)]
        if first.setdefault(name, contract) != contract
    }
    return [_name(x) not in several if x.valeurs["id"] else None for x in lignes]


def _name(ligne: Ligne) -> Hashable:
    return ligne.table, ligne.valeurs["acheteur_id"], ligne.valeurs["id"]


def _complete(ligne: Ligne, records: int) -> bool | None:
    """Whether a declared groupement shows at least two holders, in one record or in several."""
    if str(ligne.valeurs.get("type_groupement") or "").casefold() not in GROUPEMENTS:
        return None
    return len(ligne.titulaires) + records - 1 > 1


def _distances(lignes: Sequence[Ligne]) -> list[float | None]:
    """How far an amount is from those of its CPV division, in robust deviations of logs."""
    families: dict[str, list[float]] = defaultdict(list)
    for x in lignes:
        if (place := _place(x)) is not None:
            families[place[0]].append(place[1])
    middles = {name: median(logs) for name, logs in families.items() if len(logs) >= _FAMILY}
    spreads = {
        name: _MAD * median(abs(v - middle) for v in families[name])
        for name, middle in middles.items()
    }
    return [
        (place[1] - middles[place[0]]) / spreads[place[0]]
        if (place := _place(x)) is not None and spreads.get(place[0])
        else None
        for x in lignes
    ]


def _place(ligne: Ligne) -> tuple[str, float] | None:
    """CPV division and logarithm of the amount."""
    cpv, amount = ligne.valeurs.get("code_cpv"), ligne.valeurs["montant"]
    return (cpv[:2], math.log10(amount)) if cpv and amount and amount > 0 else None
