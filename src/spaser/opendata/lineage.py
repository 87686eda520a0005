"""From a figure to the records behind it, by the published files alone.

preuves.csv says which contract (or row of a register) has which role in a figure; marches.csv
what it is; lignes.csv the records it was made from; corrections.csv what was changed in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser import csvtable
from spaser.figures import database

RowPlace = tuple[str, str, str]  # table, file, row
_TOLD = ("marche_uid", "acheteur", "id", "objet", "date_notification", "montant")


class TracedCorrection(NamedTuple):
    """A change to a record: field, value of the source, value counted, reason."""

    champ: str
    ancien: str
    nouveau: str
    motif: str

    def __str__(self) -> str:
        now = self.nouveau or "écarté"
        return f"{self.champ} : {self.ancien or 'vide'} → {now} ({self.motif})"


class Record(NamedTuple):
    """A raw record: its file, its rank in it, and what was corrected."""

    fichier: str
    ligne: str
    corrections: tuple[TracedCorrection, ...]

    def __str__(self) -> str:
        return f"{self.fichier}:{self.ligne}"


class Source(NamedTuple):
    """What a line of evidence is about: a contract (what tells it), or a row of a register."""

    uid: str
    rang: int | None
    contrat: Mapping[str, str]
    lignes: tuple[Record, ...]


class Proof(NamedTuple):
    """A source's role in a figure, and what it brings: 1, euros before tax or a quantity."""

    code: str
    entite: str
    base: str
    role: str
    contribution: Decimal
    uid: str


@dataclass(frozen=True)
class Lineage:
    """Contracts by uid in the order of marches.csv, and the corrections of every record."""

    marches: Mapping[str, Source]
    corrections: Mapping[RowPlace, tuple[TracedCorrection, ...]]

    def source(self, uid: str) -> Source:
        """A contract, or the row of a register whose uid is TABLE#FILE#ROW."""
        if uid in self.marches:
            return self.marches[uid]
        table, _, rest = uid.partition("#")
        fichier, _, ligne = rest.rpartition("#")
        place = (table, fichier, ligne)
        record = Record(fichier, ligne, self.corrections.get(place, ()))
        return Source(uid, None, {}, (record,) if fichier else ())


def load(folder: Path, uids: Set[str] | None = None) -> Lineage:
    """Read the chain of a published folder.

    Args:
        folder: the folder.
        uids: the contracts whose chain is wanted, and no other then has one; None: all of them.
    """
    corrections: defaultdict[RowPlace, tuple[TracedCorrection, ...]] = defaultdict(tuple)
    for r in csvtable.rows(folder / "corrections.csv"):
        corrections[r["table"], r["fichier"], r["ligne"]] += (
            TracedCorrection(r["champ"], r["ancien"], r["nouveau"], r["motif"]),
        )
    records: defaultdict[str, tuple[Record, ...]] = defaultdict(tuple)
    for r in csvtable.rows(folder / "lignes.csv"):
        if uids is None or r["marche_uid"] in uids:
            record = Record(
                r["fichier"], r["ligne"], corrections.get(("marches", r["fichier"], r["ligne"]), ())
            )
            records[r["marche_uid"]] += (record,)
    marches = {
        cells[0]: Source(cells[0], rank, dict(zip(_TOLD, cells, strict=True)), records[cells[0]])
        for rank, cells in enumerate(csvtable.cells(folder / "marches.csv", _TOLD), start=1)
        if uids is None or cells[0] in uids
    }
    return Lineage(marches, corrections)


def proofs(folder: Path) -> Iterator[Proof]:
    """The evidence, in the order of preuves.csv; equal texts and numbers are one object."""
    texts: dict[str, str] = {}
    numbers: dict[str, Decimal] = {}
    names = ("code", "entite", "base", "role", "contribution", "marche_uid")
    for cells in csvtable.cells(folder / "preuves.csv", names):
        code, entite, base, role, number, uid = cells
        value = numbers.get(number)
        if value is None:
            value = numbers[number] = Decimal(number or 0)
        kept = [texts.setdefault(x, x) for x in (code, entite, base, role)]
        yield Proof(kept[0], kept[1], kept[2], kept[3], value, texts.setdefault(uid, uid))


def holders(folder: Path, uids: Set[str] | None = None) -> dict[str, str]:
    """The holders of contracts, in the order published: names of SIRENE, else numbers.

    Args:
        folder: a published folder.
        uids: the contracts; None: all of them.
    """
    with database.opened() as con:
        for table in ("titulaires", "sirene"):
            database.load(con, table, folder / "donnees" / f"{table}.parquet")
        return dict(
            con.execute(
                "SELECT marche_uid, string_agg(coalesce(denomination, titulaire_id), ' ; '"
                " ORDER BY rang) FROM titulaires LEFT JOIN"
                " (SELECT DISTINCT ON (siret) * FROM sirene ORDER BY siret, ligne_uid)"
                " ON siret = titulaire_id"
                " WHERE $uids IS NULL OR marche_uid IN (SELECT unnest($uids)) GROUP BY marche_uid",
                {"uids": None if uids is None else [*uids]},
            ).fetchall()
        )
