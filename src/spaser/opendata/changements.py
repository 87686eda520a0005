"""changements.csv: the figures and verdicts that moved since the publication that is replaced.

Each says by how much, which inputs changed, and which contracts made the difference, those that
moved it most first; and who accepted it (params/YEAR/relecture.yml).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser import csvtable
from spaser.figures.catalogue import Catalogue
from spaser.opendata import decompose
from spaser.opendata.decompose import ADDITIVE, QUOTIENT
from spaser.opendata.lineage import Proof
from spaser.publishing.editions import FigureKey
from spaser.settings.relecture import Relecture

FILE = "changements.csv"
NAMED = 20  # contracts named in a row; the others are counted
_WATCHED = ("valeur", "numerateur", "denominateur", "verdict", "cible")


class Changement(NamedTuple):
    """A row of changements.csv: texts as indicateurs.csv writes them."""

    code: str
    entite: str
    base: str
    ancien: str
    nouveau: str
    ecart: Decimal | None
    ancien_numerateur: str
    numerateur: str
    ancien_denominateur: str
    denominateur: str
    ancienne_cible: str
    cible: str
    ancien_verdict: str
    verdict: str
    entrees: str
    marches: tuple[str, ...]
    nombre_marches: int
    accepte_par: str
    accepte_le: str
    motif: str


def changes(
    previous: Path | None,
    current: Path,
    entrees: Sequence[str],
    book: Catalogue,
    relectures: Iterable[Relecture],
) -> Iterator[Changement]:
    """The figures of `current` that are not those of the publication that it replaces.

    Args:
        previous: folder with indicateurs.csv and preuves.csv of that one; None at first.
        current: folder with the same files written.
        entrees: what changed in the inputs, in words.
        book: the catalogue, for how each figure is measured.
        relectures: what was accepted.
    """
    if previous is None:
        return
    old, new = _figures(previous), _figures(current)
    keys = [
        k
        for k in [*new, *(k for k in old if k not in new)]
        if any(old.get(k, {}).get(c, "") != new.get(k, {}).get(c, "") for c in _WATCHED)
    ]
    before, after = (_evidence(at, set(keys)) if keys else {} for at in (previous, current))
    accepted = {r.change: r for r in relectures}
    for key in keys:
        was, is_ = old.get(key, {}), new.get(key, {})
        moves = ranked(before.get(key, ()), after.get(key, ()), _measure(book, key))
        now, then = is_.get("valeur", ""), was.get("valeur", "")
        review = accepted.get((*key, then, now, is_.get("verdict", "")))
        yield Changement(
            *key,
            then,
            now,
            Decimal(now) - Decimal(then) if now and then else None,
            was.get("numerateur", ""),
            is_.get("numerateur", ""),
            was.get("denominateur", ""),
            is_.get("denominateur", ""),
            was.get("cible", ""),
            is_.get("cible", ""),
            was.get("verdict", ""),
            is_.get("verdict", ""),
            " ; ".join(entrees),
            tuple(moves[:NAMED]),
            len(moves),
            review.par if review else "",
            review.le.isoformat() if review else "",
            review.motif if review else "",
        )


def ranked(before: Sequence[Proof], after: Sequence[Proof], mesure: str) -> list[str]:
    """«UID ajouté», «UID retiré», «UID changé»: those that moved the figure most first.

    Args:
        before: the evidence of the figure before, a proof a contract and role.
        after: its evidence now.
        mesure: how the figure is made of them.
    """
    was, is_ = _roles(before), _roles(after)
    uids = [u for u in sorted({*was, *is_}) if was.get(u) != is_.get(u)]
    if mesure in ADDITIVE | QUOTIENT:
        then, now = (decompose.brought(proofs, mesure) for proofs in (before, after))
        bottoms = [decompose.total(parts.values()).bas for parts in (then, now)]
        if all(bottoms) or not any(bottoms):
            shares = decompose.shares(then, now)
            uids.sort(key=lambda u: (-abs(shares[u].total) if u in shares else 0, u))
    return [f"{u} {'ajouté' if u not in was else 'retiré' if u not in is_ else 'changé'}"
            for u in uids]  # fmt: skip


def _roles(proofs: Iterable[Proof]) -> dict[str, list[tuple[str, Decimal]]]:
    roles: defaultdict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for proof in proofs:
        roles[proof.uid].append((proof.role, proof.contribution))
    return roles


def _measure(book: Catalogue, key: FigureKey) -> str:
    item = book.get(key[0])
    calculs = item.calculs if item else ()
    return next((c.mesure or "" for c in calculs if c.base == key[2]), "")


def _figures(folder: Path) -> dict[FigureKey, Mapping[str, str]]:
    return {
        (r["code"], r["entite"], r["base"]): r for r in csvtable.rows(folder / "indicateurs.csv")
    }


def _evidence(folder: Path, wanted: set[FigureKey]) -> dict[FigureKey, list[Proof]]:
    """The evidence of the figures that moved."""
    proofs: defaultdict[FigureKey, list[Proof]] = defaultdict(list)
    for row in csvtable.rows(folder / "preuves.csv"):
        key = (row["code"], row["entite"], row.get("base", ""))
        if key in wanted:
            proofs[key].append(
                Proof(*key[:2], key[2], row["role"], Decimal(row["contribution"] or 0),
                      row["marche_uid"])
            )  # fmt: skip
    return proofs
