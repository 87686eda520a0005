"""Rows of the registers as tables, tied to contracts and companies; what does not tie is listed.

Contracts are found by uid, else by buyer and published id when one contract alone has it;
companies by SIRET.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from spaser.contracts import territory
from spaser.contracts.marches import Row
from spaser.csvtable import about
from spaser.settings.params import Params
from spaser.sources.buyers import acheteur
from spaser.sources.records import Ligne
from spaser.sources.values import is_siret

INCONNU = "aucun marché retenu de l'année ne porte cet identifiant"
PLUSIEURS = "plusieurs marchés portent cet identifiant : donner marche_uid (marches.csv)"
UID_INCONNU = "aucun marché retenu de l'année ne porte ce marche_uid"
SANS_CLE = "ligne sans identifiant de marché"
HORS_SIRENE = "établissement absent de l'extrait SIRENE"
SIRET_FAUX = "numéro qui n'est pas un SIRET juste : pas de rapprochement avec SIRENE"

_TRANCHES_MOINS_10 = frozenset({"NN", "00", "01", "02", "03"})  # INSEE, employees of the unit
_TRANCHES = _TRANCHES_MOINS_10 | {"11", "12", "21", "22", "31", "32", "41", "42", "51", "52", "53"}


class SansLien(NamedTuple):
    """A row that could not be tied: where it stands, its key, and why."""

    table: Annotated[str, about("Titulaires ou registre", requis=True)]
    fichier: Annotated[str, about("Fichier d'origine", requis=True)]
    ligne: Annotated[int, about("Rang de l'enregistrement dans ce fichier", requis=True)]
    cle: Annotated[str, about("Identifiant de marché ou d'entreprise cherché")]
    motif: Annotated[str, about("Pourquoi il n'est rattaché à rien", requis=True)]


class Joined(NamedTuple):
    """The tables of the registers, and the rows without a tie."""

    rows: dict[str, list[Row]]
    sans_lien: list[SansLien]


def tables(
    registres: Sequence[Ligne], rows: Mapping[str, Collection[Row]], params: Params
) -> Joined:
    """The accepted rows of the registers, ready for `tables.TABLES`.

    Args:
        registres: accepted rows, of any register.
        rows: the tables of contracts.
        params: buyers and territory.
    """
    made = [_row(ligne, params) for ligne in registres]
    contracts = _Contracts(rows["marches"], [row for row in made if "id_marche" in row])
    joined: dict[str, list[Row]] = defaultdict(list)
    sans_lien: list[SansLien] = []
    for ligne, row in zip(registres, made, strict=True):
        if "id_marche" in row:
            motif = contracts.tie(row)
            if motif:
                key = row["marche_uid_lu"] or row["id_marche"] or ""
                sans_lien.append(_untied(ligne, key, motif))
        joined[ligne.table].append(row)
    if "sirene" in joined:
        sans_lien += _outside_sirene(joined, rows)
    return Joined(dict(joined), sans_lien)


def _row(ligne: Ligne, params: Params) -> dict[str, Any]:
    row = {
        "ligne_uid": f"{ligne.table}#{ligne.fichier}#{ligne.rang}",
        "acheteur": acheteur(ligne, params.scheme),
        **ligne.valeurs.whole(),
        "fichier": ligne.fichier,
        "ligne": ligne.rang,
    }
    return row | _sirene(row, params) if ligne.table == "sirene" else row


def _sirene(row: Row, params: Params) -> dict[str, Any]:
    """What follows from the codes of INSEE: size under ten, place and circle."""
    commune, size = row["code_commune"], row["tranche_effectifs"]
    latitude, longitude = territory.place(commune)
    return {
        "siren": row["siret"][:9],
        "effectif_moins_10": size in _TRANCHES_MOINS_10 if size in _TRANCHES else None,
        "departement": territory.departement(commune),
        "region": territory.region(commune),
        "latitude": latitude,
        "longitude": longitude,
        "cercle": territory.cercle(commune, params.scheme.territoire),
    }


class _Contracts:
    """The contracts that some rows name, by uid, and by buyer and published id."""

    def __init__(self, marches: Iterable[Row], naming: Collection[Row]) -> None:
        named = {row.get("marche_uid") for row in naming}
        keys = {(row["acheteur"], row["id_marche"]) for row in naming}
        self.uids: set[str] = set()
        self.by_id: dict[tuple[Any, Any], list[str]] = {key: [] for key in keys}
        for m in marches:
            uid, key = m["marche_uid"], (m["acheteur"], m["id"])
            if uid in named:
                self.uids.add(uid)
            if key in keys:
                self.by_id[key].append(uid)

    def tie(self, row: dict[str, Any]) -> str:
        """Set `marche_uid`; the reason when no contract, or more than one, answers."""
        written = row.get("marche_uid")
        row["marche_uid_lu"] = written
        if written:
            row["marche_uid"] = written if written in self.uids else None
            return "" if written in self.uids else UID_INCONNU
        row["marche_uid"] = None
        if not row["id_marche"]:
            return "" if "date_lancement" in row else SANS_CLE
        uids = self.by_id[row["acheteur"], row["id_marche"]]
        if len(uids) == 1:
            row["marche_uid"] = uids[0]
            return ""
        return PLUSIEURS if uids else INCONNU


def _untied(ligne: Ligne, key: str, motif: str) -> SansLien:
    return SansLien(ligne.table, ligne.fichier, ligne.rang, key, motif)


def _outside_sirene(
    joined: Mapping[str, Sequence[Row]], rows: Mapping[str, Collection[Row]]
) -> list[SansLien]:
    """Companies that the SIRENE extract does not hold, each once, at the first row naming it."""
    known = {row["siret"] for row in joined["sirene"]}
    unknown = [
        (t["marche_uid"], t["titulaire_id"])
        for t in rows["titulaires"]
        if t["titulaire_id"] and t["titulaire_id"] not in known
    ]
    uids = {uid for uid, _ in unknown}
    origin = {m["marche_uid"]: m for m in rows["marches"] if m["marche_uid"] in uids}
    named = [("titulaires", origin[uid], number) for uid, number in unknown]
    named += [
        ("mandats", m, m["fournisseur_id"])
        for m in joined.get("mandats", ())
        if m["fournisseur_id"]
    ]
    first: dict[str, SansLien] = {}
    for table, row, number in named:
        if number not in known and number not in first:
            motif = HORS_SIRENE if is_siret(number) else SIRET_FAUX
            first[number] = SansLien(table, row["fichier"], row["ligne"], number, motif)
    return list(first.values())
