"""From accepted records to contracts: the counting unit of every figure.

A contract is one nested `marche`, or one row of a flat file; rows of a flat file that share
buyer, id, object, amount and notification date and declare a groupement are one contract
with several holders.  In the consolidated table the rows of one contract carry its name.
Buyer and id alone are no key: platforms truncate ids.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spaser.settings.params import Params
from spaser.sources.records import Ligne, Titulaire
from spaser.sources.shared import Valeurs
from spaser.sources.values import is_siret

GROUPEMENTS = {"conjoint", "solidaire"}
_KEY = ("acheteur_id", "id", "objet", "montant", "date_notification")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Marche:
    """One contract and the records it was made from, the first of them giving its values."""

    uid: str
    lignes: tuple[Ligne, ...]
    titulaires: tuple[Titulaire, ...]
    modifications: tuple[Mapping[str, Any], ...]
    sous_traitances: tuple[Mapping[str, Any], ...] = ()

    @property
    def valeurs(self) -> Valeurs:
        """Canonical values of the contract."""
        return self.lignes[0].valeurs


@dataclass(frozen=True, slots=True)
class Doublon:
    """A record that says again what another says, and why it was set aside."""

    ligne: Ligne
    garde: Ligne
    motif: str


REPETE = "enregistrement identique répété"
REPUBLIE = "même marché dans un autre fichier, publication plus récente gardée"


def distinct(lignes: Iterable[Ligne]) -> tuple[list[Ligne], list[Doublon]]:
    """Records without their identical repetitions (same content, whatever file)."""
    kept: dict[tuple[str, bytes], Ligne] = {}
    again = []
    for ligne in lignes:
        first = kept.setdefault((ligne.table, ligne.empreinte), ligne)
        if first is not ligne:
            again.append(Doublon(ligne, first, REPETE))
    return list(kept.values()), again


def assemble(
    lignes: Sequence[Ligne], repetes: Iterable[Doublon] = ()
) -> tuple[list[Marche], list[Doublon]]:
    """Group accepted records of one table into contracts, each kept once over all files.

    Args:
        lignes: the records.
        repetes: those that `distinct` set aside, which tell in what other files a record stands.

    Returns:
        The contracts in order of notification, and the records of republished contracts.
    """
    contracts = [_contract(rows) for rows in _grouped(lignes)]
    stands: dict[str, set[str]] = defaultdict(set)
    for again in repetes:
        stands[again.garde.cle].add(again.ligne.fichier)
    kept, republished = _latest(contracts, stands)
    kept.sort(key=lambda c: (c.valeurs["date_notification"], c.lignes[0].cle))
    return _named(kept), republished


def _grouped(lignes: Iterable[Ligne]) -> list[Sequence[Ligne]]:
    """The records of each contract, in the order of the first of them."""
    groups: dict[tuple[Any, ...], list[Ligne]] = {}
    every: list[Sequence[Ligne]] = []
    for ligne in lignes:
        key = group(ligne)
        if key is None:
            every.append((ligne,))
        elif key in groups:
            groups[key].append(ligne)
        else:
            every.append(groups.setdefault(key, [ligne]))
    return every


def group(ligne: Ligne) -> tuple[Any, ...] | None:
    """What a record shares with the others of its contract, and with no other record; None when it
    is a contract by itself."""
    if ligne.groupe:
        return (ligne.table, ligne.fichier, ligne.groupe)
    kind = str(ligne.valeurs.get("type_groupement") or "").casefold()
    if ligne.tabulaire and kind in GROUPEMENTS:
        return (ligne.table, ligne.fichier, *(ligne.valeurs[k] for k in _KEY))
    return None


def _contract(rows: Sequence[Ligne]) -> Marche:
    return Marche(
        uid="",
        lignes=tuple(rows),
        titulaires=tuple(dict.fromkeys(t for r in rows for t in r.titulaires)),
        modifications=tuple(_unique(m for r in rows for m in r.modifications)),
        sous_traitances=tuple(_unique(a for r in rows for a in r.sous_traitances)),
    )


def _unique(items: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return {tuple(m.items()): m for m in items}.values()


def _latest(
    contracts: Sequence[Marche], stands: Mapping[str, set[str]]
) -> tuple[list[Marche], list[Doublon]]:
    """Keep a contract present in several files once: the latest publication of its data.

    Two equal contracts of one file are two contracts: each is matched with contracts of other
    files alone.  A record that stands word for word in several files counts as being in each of
    them (`stands`: the files of a record, by its key).
    """
    keys = [hash(_published_elsewhere(c)) for c in contracts]  # of many, little memory
    often = Counter(keys)
    kept = [c for c, key in zip(contracts, keys, strict=True) if often[key] == 1]
    same: dict[tuple[Any, ...], list[tuple[set[str], list[Marche]]]] = defaultdict(list)
    for contract in (c for c, key in zip(contracts, keys, strict=True) if often[key] > 1):
        places = {f for x in contract.lignes for f in (x.fichier, *stands.get(x.cle, ()))}
        chains = same[_published_elsewhere(contract)]
        for taken, versions in chains:
            if not places & taken:
                taken.update(places)
                versions.append(contract)
                break
        else:
            chains.append((places, [contract]))
    again = []
    for versions in (v for chain in same.values() for _, v in chain):
        best = max(
            versions, key=lambda c: (str(c.valeurs["date_publication"] or ""), c.lignes[0].fichier)
        )
        kept.append(best)
        again += [
            Doublon(row, best.lignes[0], REPUBLIE)
            for other in versions
            if other is not best
            for row in other.lignes
        ]
    return kept, again


def _identity(contract: Marche) -> tuple[Any, ...]:
    holders = tuple(sorted(t.id or "" for t in contract.titulaires))
    return (contract.lignes[0].table, *(contract.valeurs[k] for k in _KEY), holders)


def _published_elsewhere(contract: Marche) -> tuple[Any, ...]:
    """The identity that other files write too: the consolidated table has `_` for some signs."""
    table, buyer, number, *rest = _identity(contract)
    return (table, buyer, re.sub(r"[ ,\\./]", "_", number or ""), *rest)


def _named(contracts: Sequence[Marche]) -> list[Marche]:
    """Give each contract its uid: SIREN, id and a digest of what identifies it.

    The uid does not depend on the file or the position, so that it lives from export to
    export; contracts that are equal in all of that are ranked by the rest of their content.
    """
    uids = [_uid(contract) for contract in contracts]
    often = Counter(uids)
    twins: dict[str, list[Marche]] = defaultdict(list)
    for contract, uid in zip(contracts, uids, strict=True):
        if often[uid] > 1:
            twins[uid].append(contract)
    names = {
        id(contract): f"{uid}_{rank}"
        for uid, equals in twins.items()
        for rank, contract in enumerate(sorted(equals, key=_content), start=1)
        if rank > 1
    }
    return [
        replace(contract, uid=names.get(id(contract), uid))
        for contract, uid in zip(contracts, uids, strict=True)
    ]


def _uid(contract: Marche) -> str:
    buyer, number = contract.valeurs["acheteur_id"], contract.valeurs["id"] or "sans-id"
    digest = hashlib.sha256(repr(_text(_identity(contract))).encode()).hexdigest()[:8]
    return f"{buyer[:9]}_{re.sub(r'[^A-Za-z0-9-]', '-', number)[:30]}_{digest}"


def _content(contract: Marche) -> list[tuple[str, bytes]]:
    return sorted((str(sorted(x.valeurs.items())), x.empreinte) for x in contract.lignes)


def _text(values: Iterable[Any]) -> list[str]:
    return [str(v) for v in values]


class RowsOfContracts(Collection[Row]):
    """Rows made of contracts each time they are asked for: of many contracts, no memory."""

    def __init__(
        self, contracts: Sequence[Marche], make: Callable[[Marche], Iterable[Row]]
    ) -> None:
        self._contracts, self._make = contracts, make

    def __iter__(self) -> Iterator[Row]:
        return (row for contract in self._contracts for row in self._make(contract))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __contains__(self, row: object) -> bool:
        return any(row == own for own in self)


def tables(
    marches: Sequence[Marche], concessions: Sequence[Marche], params: Params
) -> dict[str, Collection[Row]]:
    """The canonical tables as rows, ready for `tables.TABLES`.

    Modifications notified after the cut-off date are kept in their table and marked; they do
    not change `montant_actuel` nor `duree_actuelle`.

    Args:
        marches: the contracts kept.
        concessions: the concessions kept.
        params: the scheme and the year.
    """
    changes = functools.partial(_changes, params=params)
    return {
        "marches": [_marche(contract, params) for contract in marches],
        "titulaires": RowsOfContracts(marches, _holders),
        "modifications": RowsOfContracts(marches, changes),
        "sous_traitances": RowsOfContracts(marches, _acts),
        "lignes": RowsOfContracts(marches, _records),
        "concessions": [_concession(contract, params) for contract in concessions],
    }


def _marche(contract: Marche, params: Params) -> Row:
    counted = [change for change in _changes(contract, params) if change["retenue"]]
    return Valeurs(
        _row(contract, params)
        | {
            "montant_actuel": last_stated(contract.valeurs, counted, "montant"),
            "duree_actuelle": last_stated(contract.valeurs, counted, "duree_mois"),
        }
    )


def _concession(contract: Marche, params: Params) -> Row:
    row = _row(contract, params)
    row["concession_uid"] = row.pop("marche_uid")
    return row


def _row(contract: Marche, params: Params) -> dict[str, Any]:
    first = contract.lignes[0]
    siren = contract.valeurs["acheteur_id"][:9]
    return {
        **contract.valeurs.whole(),
        "marche_uid": contract.uid,
        "acheteur": params.scheme.sirens[siren],
        "nb_titulaires": len(contract.titulaires),
        "nb_titulaires_siret": sum(valid_siret(t) for t in contract.titulaires),
        "fichier": first.fichier,
        "ligne": first.rang,
    }


def _changes(contract: Marche, params: Params) -> Iterator[Row]:
    """The modifications of a contract; «retenue»: notified by the cut-off date."""
    for rank, change in enumerate(contract.modifications, start=1):
        day = change["date_notification"]
        late = day and day > params.year.date_arret
        yield {"marche_uid": contract.uid, "rang": rank, **change, "retenue": not late}


def _acts(contract: Marche) -> Iterator[Row]:
    """The acts of subcontracting of a contract."""
    for rank, act in enumerate(contract.sous_traitances, start=1):
        yield {"marche_uid": contract.uid, "rang": rank, **act}


def _records(contract: Marche) -> Iterator[Row]:
    """The records that a contract is made of."""
    for ligne in contract.lignes:
        yield {
            "marche_uid": contract.uid,
            "fichier": ligne.fichier,
            "ligne": ligne.rang,
            "montant": ligne.montant,
            "empreinte": ligne.empreinte.hex(),
        }


def last_stated(first: Mapping[str, Any], changes: Iterable[Mapping[str, Any]], field: str) -> Any:
    """A field after the last counted modification that states it, else as first signed.

    Args:
        first: the values as first signed.
        changes: the modifications that count, oldest first.
        field: the name of a canonical field.
    """
    stated = [c for c in changes if c[field] is not None]
    if not stated:
        return first[field]
    last = max(
        enumerate(stated), key=lambda pair: (str(pair[1]["date_notification"] or ""), pair[0])
    )
    return last[1][field]


def unfinished(contracts: Sequence[Marche], params: Params) -> list[Row]:
    """The rows of table `en_cours`, of contracts of other years; values as in `marches`."""
    made = tables(contracts, (), params)
    holders: dict[str, list[str]] = defaultdict(list)
    for holder in made["titulaires"]:
        if holder["titulaire_id"]:
            holders[holder["marche_uid"]].append(holder["titulaire_id"])
    return [{**row, "titulaires": holders[row["marche_uid"]]} for row in made["marches"]]


def _holders(contract: Marche) -> list[Row]:
    return [
        {
            "marche_uid": contract.uid,
            "rang": rank,
            "titulaire_id": holder.id,
            "type_identifiant": holder.type,
            "siret_valide": valid_siret(holder),
        }
        for rank, holder in enumerate(contract.titulaires, start=1)
    ]


def valid_siret(holder: Titulaire) -> bool:
    """Fourteen digits with their check digit (La Poste's own rule included)."""
    return bool(holder.id) and is_siret(holder.id)
