"""preuves.html: behind each figure its contracts, behind each contract its raw records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from spaser.opendata import lineage
from spaser.opendata.lineage import Lineage, Proof
from spaser.report import french, pages, render
from spaser.report.edition import Edition

FILE = pages.PAGES["preuves"].fichier
SHOWN = 2000  # sources of one role listed on the page; preuves.csv holds them all
ROLES = {"numerateur": "Numérateur", "denominateur": "Dénominateur seul", "inconnu": "Inconnu"}
_MEANINGS = {
    "numerateur": "compté dans les deux parts",
    "denominateur": "s'ajoute au numérateur",
    "inconnu": "champ non renseigné, hors du calcul",
}


def page(folder: Path, edition: Edition) -> str:
    """The page of a finished folder."""
    found = lineage.load(folder)
    groups: defaultdict[str, defaultdict[tuple[str, str], list[Proof]]]
    groups = defaultdict(lambda: defaultdict(list))
    for proof in lineage.proofs(folder):
        groups[proof.code][proof.base, proof.role].append(proof)
    fragment = render(
        "preuves",
        e=edition,
        page=pages.page("preuves", edition, list(pages.ORDER)),
        indicateurs=[
            (item, list(_parts(groups[item.code], edition, found)))
            for item in edition.indicateurs
            if any(calcul.mesure for calcul in item.calculs)
        ],
        marches=list(found.marches.values()),
        noms=edition.scheme.entites_courtes,
    )
    return pages.finished(fragment.html)


def _parts(
    groups: dict[tuple[str, str], list[Proof]], edition: Edition, found: Lineage
) -> Iterator[dict[str, Any]]:
    """One line a base and a role: counts and sums by entity, and the sources of the whole."""
    whole = edition.scheme.ensemble.code
    for base in dict.fromkeys(base for base, _ in groups):
        for role, name in ROLES.items():
            proofs = groups.get((base, role), [])
            if not proofs:
                continue
            mine = [p for p in proofs if p.entite == whole]
            yield {
                "base": base,
                "role": name,
                "sens": _MEANINGS[role],
                "sommes": [
                    _sum([p for p in proofs if p.entite == entite], base)
                    for entite in edition.scheme.entites
                ],
                "sources": [(found.source(p.uid), _brings(p)) for p in mine[:SHOWN]],
                "reste": max(0, len(mine) - SHOWN),
            }


def _sum(proofs: Sequence[Proof], base: str) -> tuple[str, str]:
    total = sum((p.contribution for p in proofs), Decimal(0))
    return french.number(len(proofs)), _amount(total, base)


def _brings(proof: Proof) -> str:
    return "" if proof.contribution == 1 else _amount(proof.contribution, proof.base)


def _amount(value: Decimal, base: str) -> str:
    return french.euros(value) if base == "valeur" else french.number(value, 2)
