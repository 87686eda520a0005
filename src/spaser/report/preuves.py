"""preuves.html: behind each figure its contracts, behind each contract its raw records."""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from spaser.figures.definition import Indicateur
from spaser.opendata import lineage
from spaser.opendata.lineage import Proof, Source
from spaser.report import french, pages, render
from spaser.report.edition import Edition

FILE = pages.PAGES["preuves"].fichier
FIRST = 5  # contracts of a list told in full; the others by their number
SHOWN = 500  # sources of one role listed on the page; preuves.csv holds them all
MOST = 1000  # contracts in the table of the page; marches.csv holds them all
ROLES = {"numerateur": "Numérateur", "denominateur": "Dénominateur seul", "inconnu": "Inconnu"}
_MEANINGS = {
    "numerateur": "fait le numérateur",
    "denominateur": "ajouté au numérateur, fait le dénominateur",
    "inconnu": "champ non renseigné, hors du calcul",
}


class ContractShown(NamedTuple):
    """A contract as the page shows it: who holds it, when it was notified in French, the
    indicators whose numerator counts it."""

    source: Source
    titulaires: str
    notifie: str
    codes: tuple[str, ...]


class _RolePart:
    """A base and a role of an indicator: rows and sum by entity, the proofs of the whole."""

    def __init__(self) -> None:
        self.lignes: Counter[str] = Counter()
        self.sommes: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.ensemble: list[Proof] = []

    def add(self, proof: Proof, whole: str) -> None:
        self.lignes[proof.entite] += 1
        self.sommes[proof.entite] += proof.contribution
        if proof.entite == whole:
            self.ensemble.append(proof)


def page(folder: Path, edition: Edition) -> str:
    """The page of a finished folder."""
    evidence, holders = lineage.load(folder), lineage.holders(folder)
    order = {uid: _biggest(source) for uid, source in evidence.marches.items()}
    listed = heapq.nsmallest(MOST, evidence.marches, key=order.__getitem__)
    codes: dict[str, dict[str, None]] = {uid: {} for uid in listed}
    parts: defaultdict[str, defaultdict[tuple[str, str], _RolePart]]
    parts = defaultdict(lambda: defaultdict(_RolePart))
    for proof in lineage.proofs(folder):
        parts[proof.code][proof.base, proof.role].add(proof, edition.scheme.ensemble.code)
        if proof.role == "numerateur" and proof.uid in codes:
            codes[proof.uid][proof.code] = None

    def contract(source: Source) -> ContractShown:
        return ContractShown(
            source,
            french.holders(holders.get(source.uid) or ""),
            _day(source.contrat["date_notification"]),
            tuple(codes.get(source.uid, ())),
        )

    def words(code: str) -> Iterator[dict[str, Any]]:
        for base, role, part in _in_order(parts[code]):
            first = heapq.nsmallest(SHOWN, part.ensemble, lambda p: order.get(p.uid, _NOT_ONE))
            sources = [(evidence.source(p.uid), _brings(p)) for p in first]
            head = [(contract(s), brings) for s, brings in sources[:FIRST] if s.rang]
            yield {
                "base": base,
                "role": ROLES[role],
                "sens": _MEANINGS[role],
                "sommes": [
                    (french.number(part.lignes[e]), _amount(part.sommes[e], base))
                    for e in edition.scheme.entites
                ],
                "premiers": head,
                "sources": sources[len(head) :],
                "reste": len(part.ensemble) - len(first),
            }

    fragment = render(
        "preuves",
        e=edition,
        page=pages.page("preuves", edition, pages.present(edition)),
        indicateurs=[
            (item, list(words(item.code)), _reason(edition, item))
            for item in edition.indicateurs
            if any(calcul.mesure for calcul in item.calculs)
        ],
        marches=[contract(evidence.marches[uid]) for uid in listed],
        autres=len(evidence.marches) - len(listed),
        listes={evidence.marches[uid].rang for uid in listed},
        noms=edition.scheme.entites_courtes,
        premiers=FIRST,
    )
    return pages.finished(fragment.html)


def _reason(edition: Edition, item: Indicateur) -> str:
    """Why nothing is behind an indicator, where nothing is: for all, or for each buyer."""
    figures = [edition.figure(item, c, edition.scheme.ensemble.code) for c in item.calculs]
    return next((f.motif_absence for f in figures if f.motif_absence), "aucune ligne concernée")


_NOT_ONE = (Decimal(0), 0)  # the row of a register has no amount of its own


def _biggest(source: Source) -> tuple[Decimal, int]:
    """The stated order: the biggest amount first, then that of marches.csv; others last."""
    return -Decimal(source.contrat.get("montant") or 0), source.rang or 0


def _day(iso: str) -> str:
    return french.date(dt.date.fromisoformat(iso)) if iso else french.ND


def _in_order(parts: Mapping[tuple[str, str], _RolePart]) -> Iterator[tuple[str, str, _RolePart]]:
    """The parts of an indicator, base by base, in the order of the roles."""
    for base in dict.fromkeys(base for base, _ in parts):
        for role in ROLES:
            if part := parts.get((base, role)):
                yield base, role, part


def _brings(proof: Proof) -> str:
    return "" if proof.contribution == 1 else _amount(proof.contribution, proof.base)


def _amount(value: Decimal, base: str) -> str:
    return french.euros(value) if base == "valeur" else french.number(value, 2)
