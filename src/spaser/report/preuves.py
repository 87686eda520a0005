"""preuves.html: behind each figure its contracts, behind each contract its raw records."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from spaser.opendata import lineage
from spaser.opendata.lineage import Lineage, Proof, Source
from spaser.report import french, pages, render
from spaser.report.edition import Edition

FILE = pages.PAGES["preuves"].fichier
FIRST = 5  # contracts of a list told in full; the others by their number
SHOWN = 2000  # sources of one role listed on the page; preuves.csv holds them all
ROLES = {"numerateur": "Numérateur", "denominateur": "Dénominateur seul", "inconnu": "Inconnu"}
_MEANINGS = {
    "numerateur": "compté dans les deux parts",
    "denominateur": "s'ajoute au numérateur",
    "inconnu": "champ non renseigné, hors du calcul",
}


class ContractShown(NamedTuple):
    """A contract as the page shows it: who holds it, when it was notified in French, the
    indicators whose numerator counts it."""

    source: Source
    titulaires: str
    notifie: str
    codes: tuple[str, ...]


def page(folder: Path, edition: Edition) -> str:
    """The page of a finished folder."""
    found = lineage.load(folder)
    groups: defaultdict[str, defaultdict[tuple[str, str], list[Proof]]]
    groups = defaultdict(lambda: defaultdict(list))
    counted: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for proof in lineage.proofs(folder):
        groups[proof.code][proof.base, proof.role].append(proof)
        if proof.role == "numerateur":
            counted[proof.uid][proof.code] = None
    holders = lineage.holders(folder)
    contracts = {
        uid: ContractShown(
            source, holders.get(uid, ""), _day(source.contrat["date_notification"]),
            tuple(counted[uid]),
        )
        for uid, source in sorted(found.marches.items(), key=lambda pair: _biggest(pair[1]))
    }  # fmt: skip
    fragment = render(
        "preuves",
        e=edition,
        page=pages.page("preuves", edition, pages.present(edition)),
        indicateurs=[
            (item, list(_parts(groups[item.code], edition, found, contracts)))
            for item in edition.indicateurs
            if any(calcul.mesure for calcul in item.calculs)
        ],
        marches=list(contracts.values()),
        noms=edition.scheme.entites_courtes,
        premiers=FIRST,
    )
    return pages.finished(fragment.html)


def _biggest(source: Source) -> tuple[Decimal, int]:
    """The stated order: the biggest amount first, then that of marches.csv; others last."""
    return -Decimal(source.contrat.get("montant") or 0), source.rang or 0


def _day(iso: str) -> str:
    return french.date(dt.date.fromisoformat(iso)) if iso else french.ND


def _parts(
    groups: dict[tuple[str, str], list[Proof]],
    edition: Edition,
    found: Lineage,
    contracts: Mapping[str, ContractShown],
) -> Iterator[dict[str, Any]]:
    """One line a base and a role: counts and sums by entity, and the sources of the whole."""
    whole = edition.scheme.ensemble.code
    for base in dict.fromkeys(base for base, _ in groups):
        for role, name in ROLES.items():
            proofs = groups.get((base, role), [])
            if not proofs:
                continue
            mine = sorted(
                ((found.source(p.uid), _brings(p)) for p in proofs if p.entite == whole),
                key=lambda pair: _biggest(pair[0]),
            )
            first = [(contracts[s.uid], told) for s, told in mine[:FIRST] if s.rang]
            yield {
                "base": base,
                "role": name,
                "sens": _MEANINGS[role],
                "sommes": [
                    _sum([p for p in proofs if p.entite == entite], base)
                    for entite in edition.scheme.entites
                ],
                "premiers": first,
                "sources": mine[len(first) : SHOWN],
                "reste": max(0, len(mine) - SHOWN),
            }


def _sum(proofs: Sequence[Proof], base: str) -> tuple[str, str]:
    total = sum((p.contribution for p in proofs), Decimal(0))
    return french.number(len(proofs)), _amount(total, base)


def _brings(proof: Proof) -> str:
    return "" if proof.contribution == 1 else _amount(proof.contribution, proof.base)


def _amount(value: Decimal, base: str) -> str:
    return french.euros(value) if base == "valeur" else french.number(value, 2)
