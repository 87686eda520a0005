"""The simple declaration of ma cantine: the year's sums of each canteen, from its purchases.

A purchase counts once, in the first of: bio, signs of quality, externalities or performance,
other durable products (L230-5-1 CRPM).  One that cannot be read makes the sums that it would
change unknown.  A declaration that was read as such is given as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from spaser.contracts.marches import Row

_SIQO = frozenset({"LABEL_ROUGE", "AOCAOP", "IGP", "STG"})
_EXTERNALITES = frozenset({"EXTERNALITES", "PERFORMANCE"})
_AUTRES = frozenset({"HVE", "PECHE_DURABLE", "RUP", "COMMERCE_EQUITABLE", "FERMIER"})
_RANKED = (
    ("valeur_bio", frozenset({"BIO"})),
    ("valeur_siqo", _SIQO),
    ("valeur_externalites_performance", _EXTERNALITES),
    ("valeur_egalim_autres", _AUTRES),
)
_FAMILIES = {"VIANDES_VOLAILLES": "viandes_volailles", "PRODUITS_DE_LA_MER": "produits_de_la_mer"}


def bilans(rows: Iterable[Row]) -> list[Row]:
    """A line for each canteen that bought, and each declaration that was read.

    Args:
        rows: those of table `cantine`, of one buyer.
    """
    bought: dict[str, list[Row]] = {}
    bilans_lus = []
    for row in rows:
        if row.get("prix_ht") is None and not row.get("famille_produits"):
            bilans_lus.append({**row, "année_bilan": row.get("annee")})
        else:
            bought.setdefault(row.get("siret") or "", []).append(row)
    return bilans_lus + [_summed(siret, some) for siret, some in sorted(bought.items())]


def _summed(siret: str, rows: Sequence[Row]) -> Row:
    first = rows[0]
    line: dict[str, Any] = {
        "siret": siret or None,
        "année_bilan": first.get("annee"),
        "valeur_totale": _sum(row.get("prix_ht") for row in rows),
        "fichier": first.get("fichier"),
        "ligne": first.get("ligne"),
    }
    kinds = [_kind(row.get("caracteristiques")) for row in rows]
    for name, _ in _RANKED:
        line[name] = _sum(
            _part(row, None if kind is None else kind == name)
            for row, kind in zip(rows, kinds, strict=True)
        )
    for family, words in _FAMILIES.items():
        inside = [
            None if row.get("famille_produits") is None else row["famille_produits"] == family
            for row in rows
        ]
        line[f"valeur_{words}"] = _sum(map(_part, rows, inside))
        line[f"valeur_{words}_egalim"] = _sum(
            _part(row, False if known is False else None if kind is None else known and bool(kind))
            for row, known, kind in zip(rows, inside, kinds, strict=True)
        )
    return line


def _kind(labels: Sequence[str] | None) -> str | None:
    """The first kind that the labels of a purchase give it; empty for none, None if unknown."""
    if labels is None:
        return None
    return next((name for name, wanted in _RANKED if wanted & {*labels}), "")


def _part(row: Row, counted: bool | None) -> Decimal | None:
    price: Decimal | None = row.get("prix_ht")
    return None if counted is None else price if counted else Decimal(0)


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of some amounts; unknown when one of them is."""
    known = list(parts)
    return None if None in known else sum((p for p in known if p is not None), Decimal(0))
