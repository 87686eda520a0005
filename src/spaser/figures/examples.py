"""The worked examples of the catalogue, run through the very script that makes the figures.

An example gives the columns that matter; the rest of a row is what is usual here: a row of the
first buyer, a contract of 100 000 € notified in June, a holder whose SIRET is right.  Buyers are
A and B, the first and the last of the scheme, which are one where there is one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from spaser.figures import indicators, views
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre
from spaser.figures.definition import Base, Exemple, Indicateur
from spaser.publishing import scratch
from spaser.settings.params import Params

MONTANT = Decimal(100000)


def figures(item: Indicateur, params: Params) -> dict[Base, Chiffre]:
    """The figures of all buyers together that the example of an indicator gives, by base.

    Args:
        item: an indicator that has an example.
        params: the scheme; an indicator that begins later is computed for its first year.
    """
    assert item.exemple is not None
    using = of_year(params, item.validite.depuis)
    book = Catalogue("exemple", (item,), ())
    with scratch.folder("exemple") as place:
        results = indicators.compute(
            book, using, rows(item.exemple, using), place, {}, frozenset(item.sources), beside=False
        )
    whole = params.scheme.ensemble.code
    figures = {(c.base, c.entite): c for c in results.chiffres}
    return {c.base: figures[c.base, whole] for c in item.calculs}


def of_year(params: Params, annee: int | None) -> Params:
    """The same params, for a later year when one is given."""
    annee = max(annee or 0, params.year.annee)
    return params.model_copy(update={"year": params.year.model_copy(update={"annee": annee})})


def rows(exemple: Exemple, params: Params) -> dict[str, list[dict[str, Any]]]:
    """The tables of an example, each row completed with what is usual.

    A contract that is only named, by its holder or its sheet, needs no row of its own.
    """
    given: Mapping[str, tuple[dict[str, Any], ...]] = exemple.lignes
    own = {r["marche_uid"] for r in given.get("marches", ())}
    named = {r["marche_uid"] for t in given.values() for r in t if r.get("marche_uid")}
    contracts = (*given.get("marches", ()), *({"marche_uid": u} for u in sorted(named - own)))
    buyers = params.scheme.acheteurs
    named_buyers = {"A": buyers[0].code, "B": buyers[-1].code}
    holders = [_holder(n, r) for n, r in enumerate(given.get("titulaires", ()))]
    ranks: Counter[str] = Counter()
    for holder in holders:
        ranks[holder["marche_uid"]] += 1
        holder.setdefault("rang", ranks[holder["marche_uid"]])
    right = Counter(h["marche_uid"] for h in holders if h["siret_valide"])
    usual = {"montant": MONTANT, "date_notification": dt.date(params.year.annee, 6, 3)}
    tables: dict[str, list[dict[str, Any]]] = {
        name: [
            {views.UID.get(name, "ligne_uid"): f"{name}#{n}"}
            | row
            | {"acheteur": named_buyers[row.get("acheteur", "A")]}
            for n, row in enumerate(table, start=1)
        ]
        for name, table in given.items()
    }
    tables["titulaires"] = holders
    tables["marches"] = [
        usual
        | {"nb_titulaires": ranks[r["marche_uid"]], "nb_titulaires_siret": right[r["marche_uid"]]}
        | r
        | {"acheteur": named_buyers[r.get("acheteur", "A")]}
        for r in contracts
    ]
    return tables


def _holder(number: int, row: dict[str, Any]) -> dict[str, Any]:
    return {"type_identifiant": "SIRET", "siret_valide": True, **row}
