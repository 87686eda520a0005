"""preuves.html: behind each figure its contracts, behind each contract its raw records."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from spaser.figures import database
from spaser.figures.definition import Indicateur
from spaser.opendata import lineage
from spaser.opendata.columns import FILES
from spaser.opendata.lineage import Proof, Source
from spaser.report import french, pages, render
from spaser.report.edition import Edition

FILE = pages.PAGES["preuves"].fichier
FIRST = 5  # contracts of a list told in full; the others by their number
SHOWN = 500  # sources of one role listed on the page; preuves.csv holds them all
MOST = 1000  # contracts in the table of the page; marches.csv holds them all
ZERO = Decimal(0)
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


class _RolePart(NamedTuple):
    """A base and a role of an indicator: rows and sum by entity, the first proofs of the whole."""

    lignes: dict[str, int]
    sommes: dict[str, Decimal]
    premieres: list[Proof]


_PARTS = """
SELECT code, base, role, entite, count(*), coalesce(sum(contribution), 0)
FROM preuves GROUP BY code, base, role, entite ORDER BY min(rang)"""
# In the stated order: the biggest initial amount first, then that of marches.csv; the row of a
# register has no amount of its own.
_FIRST = """
SELECT code, entite, base, role, contribution, marche_uid FROM (
  SELECT code, entite, base, role, coalesce(contribution, 0) AS contribution, marche_uid,
         row_number() OVER (
           PARTITION BY code, base, role
           ORDER BY coalesce(montant, 0) DESC, coalesce(marches.rang, 0), preuves.rang
         ) AS place
  FROM preuves LEFT JOIN marches USING (marche_uid) WHERE entite = $whole
) WHERE place <= $shown ORDER BY place"""
_LISTED = "SELECT marche_uid FROM marches ORDER BY coalesce(montant, 0) DESC, rang LIMIT $most"
_COUNTED = f"""
SELECT marche_uid, list(code ORDER BY place) FROM (
  SELECT marche_uid, code, min(rang) AS place FROM preuves
  WHERE role = 'numerateur' AND marche_uid IN ({_LISTED})
  GROUP BY marche_uid, code
) GROUP BY marche_uid"""


class _PageEvidence(NamedTuple):
    """What the page says: the parts of each indicator, how many contracts there are, the uids of
    those of the table, and the codes of the indicators whose numerator counts them."""

    parts: Mapping[str, Mapping[tuple[str, str], _RolePart]]
    marches: int
    listed: list[str]
    codes: Mapping[str, list[str]]

    def uids(self) -> set[str]:
        """The contracts, and the rows of registers, that the page speaks of."""
        shown = (part.premieres for parts in self.parts.values() for part in parts.values())
        return {*self.listed, *(proof.uid for proofs in shown for proof in proofs)}


def _read(folder: Path, whole: str) -> _PageEvidence:
    """The published tables, asked by SQL: preuves.csv has some forty rows a contract."""
    with database.opened(folder) as con:
        for name in ("preuves.csv", "marches.csv"):
            database.load_csv(con, folder, FILES[name])
        parts: defaultdict[str, dict[tuple[str, str], _RolePart]] = defaultdict(dict)
        for code, base, role, entite, rows, euros in con.execute(_PARTS).fetchall():
            part = parts[code].setdefault((base, role), _RolePart({}, {}, []))
            part.lignes[entite], part.sommes[entite] = rows, euros
        for row in con.execute(_FIRST, {"whole": whole, "shown": SHOWN}).fetchall():
            proof = Proof(*row)
            parts[proof.code][proof.base, proof.role].premieres.append(proof)
        [(marches,)] = con.execute("SELECT count(*) FROM marches").fetchall()
        listed = [uid for (uid,) in con.execute(_LISTED, {"most": MOST}).fetchall()]
        codes = dict(con.execute(_COUNTED, {"most": MOST}).fetchall())
        return _PageEvidence(parts, marches, listed, codes)


def page(folder: Path, edition: Edition) -> str:
    """The page of a finished folder."""
    whole = edition.scheme.ensemble.code
    evidence = _read(folder, whole)
    uids = evidence.uids()
    sources, holders = lineage.load(folder, uids), lineage.holders(folder, uids)

    def contract(source: Source) -> ContractShown:
        return ContractShown(
            source,
            french.holders(holders.get(source.uid) or ""),
            _day(source.contrat["date_notification"]),
            tuple(evidence.codes.get(source.uid, ())),
        )

    def words(code: str) -> Iterator[dict[str, Any]]:
        for base, role, part in _in_order(evidence.parts.get(code, {})):
            shown = [(sources.source(p.uid), _brings(p)) for p in part.premieres]
            head = [(contract(s), brings) for s, brings in shown[:FIRST] if s.rang]
            yield {
                "base": base,
                "role": ROLES[role],
                "sens": _MEANINGS[role],
                "sommes": [
                    (french.number(part.lignes.get(e, 0)), _amount(part.sommes.get(e, ZERO), base))
                    for e in edition.scheme.entites
                ],
                "premiers": head,
                "sources": shown[len(head) :],
                "reste": part.lignes.get(whole, 0) - len(shown),
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
        marches=[contract(sources.marches[uid]) for uid in evidence.listed],
        autres=evidence.marches - len(evidence.listed),
        listes={sources.marches[uid].rang for uid in evidence.listed},
        noms=edition.scheme.entites_courtes,
        premiers=FIRST,
    )
    return pages.finished(fragment.html)


def _reason(edition: Edition, item: Indicateur) -> str:
    """Why nothing is behind an indicator, where nothing is: for all, or for each buyer."""
    figures = [edition.figure(item, c, edition.scheme.ensemble.code) for c in item.calculs]
    return next((f.motif_absence for f in figures if f.motif_absence), "aucune ligne concernée")


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
