"""What every reader yields and what the rest of the house receives: one `Ligne` a record."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from spaser import modele
from spaser.errors import Unreadable
from spaser.sources import values
from spaser.sources.fields import MODIFICATIONS, PARSERS, SCOPES, SOUS_TRAITANCES
from spaser.sources.registers import REGISTRES
from spaser.sources.shared import Textes, Valeurs, one

TableName = str  # a key of FIELDS


class Titulaire(NamedTuple):
    """A holder as published: registration number (or None) and its type (SIRET, TVA…)."""

    id: str | None
    type: str | None


class Anomalie(NamedTuple):
    """A published value that could not be used as it stands: field, text, reason, and both
    readings of a text that has two."""

    champ: str
    valeur: str
    motif: str
    lectures: str = ""

    @property
    def raison(self) -> str:
        """The reason, with both readings when there are two."""
        return f"{self.motif} : {self.lectures}" if self.lectures else self.motif

    @property
    def dite(self) -> str:
        """The text, with its readings when it has two."""
        return f"{self.valeur} ({self.lectures} ?)" if self.lectures else self.valeur


K = TypeVar("K")
RawItem = Mapping[str, Any]


class Lookup(Mapping[str, object]):
    """Canonical fields of a published record, looked up when asked for.

    A national file is mostly other people's records, of which three fields are read.  `places`
    says where each field stands, `find` reads a place of the record.
    """

    __slots__ = ("_find", "_item", "_places")

    def __init__(
        self, item: RawItem, places: Mapping[str, K], find: Callable[[RawItem, K], object]
    ) -> None:
        self._item, self._places, self._find = item, places, find

    def __getitem__(self, name: str) -> object:
        return self._find(self._item, self._places[name])

    def get(self, name: str, default: object = None) -> object:  # asked of each field
        """A field, or the default when the form has no place for it."""
        place = self._places.get(name)
        return default if place is None else self._find(self._item, place)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class EcartAuSchema(NamedTuple):
    """What the official schema refuses in a record: where, and why in French."""

    champ: str
    contrainte: str


@dataclass(frozen=True, slots=True)
class Published:
    """A record as its file holds it, renamed to canonical fields but not yet typed.

    `fields` maps canonical names to raw values; `holders`, `modifications` and
    `sous_traitances` are the repeated parts; `raw` is the whole record, for its fingerprint.  In
    a `tabulaire` form a joint contract may be written once per holder.

    `groupe` names the contract that several rows of one file make; `montant` is then the amount
    written in this row, where it is not the contract's; `etat` marks a row that tells a later
    state of it.  `colonnes` gives the spreadsheet
    letters of the fields, `ecarts` lists what the official schema refuses in the record.
    """

    table: TableName
    rang: int
    tabulaire: bool
    fields: Mapping[str, object]
    holders: Sequence[tuple[object, object]]
    modifications: Sequence[Mapping[str, object]]
    raw: Any
    sous_traitances: Sequence[Mapping[str, object]] = ()
    groupe: str = ""
    montant: object = None
    colonnes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    ecarts: Callable[[], Sequence[EcartAuSchema]] = tuple
    etat: bool = False

    def place(self, champ: str) -> str:
        """Where a value stands, for a message: a cell, or a record and its field."""
        if champ in self.colonnes:
            return f"cellule {self.colonnes[champ]}{self.rang}"
        return f"enregistrement {self.rang}, champ {champ}"


class Ailleurs(NamedTuple):
    """Records of other buyers that a reader counted without reading: SIREN -> records, euros."""

    table: TableName
    acheteurs: Mapping[str, int]
    montant: Decimal


class Remarque(NamedTuple):
    """What a reader has to say of a file beside its records, one French sentence."""

    texte: str


class Annonce(NamedTuple):
    """How many records a file says that the whole answer it is a part of holds."""

    total: int


@dataclass(frozen=True, slots=True)
class Ligne:
    """A typed record with its origin.

    `valeurs` holds the canonical fields (euros as Decimal, dates, booleans, tuples of
    labels, None for unknown), `textes` what was written in them, `rang` the position of the
    record in its file, counted from 1 (the row number in a table), `montant` the euros written
    in this record, `total` the words by which a row of a table says that it sums up others,
    `etat` whether it tells a later state of a contract that others tell.
    """

    table: TableName
    fichier: str
    rang: int
    tabulaire: bool
    empreinte: bytes
    valeurs: Valeurs
    textes: Mapping[str, str]
    titulaires: tuple[Titulaire, ...]
    modifications: tuple[Mapping[str, Any], ...]
    anomalies: tuple[Anomalie, ...]
    montant: Decimal | None = None
    sous_traitances: tuple[Mapping[str, Any], ...] = ()
    groupe: str = ""
    ecarts: tuple[EcartAuSchema, ...] = ()
    total: str = ""
    etat: bool = False

    @property
    def cle(self) -> str:
        """Unique name of the record in a run: file, table and position in that table's list."""
        return f"{self.fichier}#{self.table}#{self.rang}"

    @property
    def inutilisables(self) -> list[Anomalie]:
        """Values that could not be read, without the marks of an empty field."""
        return [a for a in self.anomalies if a.motif not in values.LUES]

    def dite(self, champ: str) -> str:
        """What was written in a field, with both readings when it has two."""
        read = next((a.dite for a in self.anomalies if a.champ == champ), "")
        return read or self.textes.get(champ, "")


class Reach(NamedTuple):
    """What decides whether a record is ours: buyer, year and euros, read before the rest."""

    acheteur_id: str | None
    date: dt.date | None
    montant: Decimal | None


_CONTRACT = ("id", "objet", "date_notification", "code_cpv")


def identities(table: TableName) -> tuple[str, ...]:
    """The fields that make a row of a table more than a sum; none when no row may be a total."""
    registre = REGISTRES.get(table)
    return registre.identite if registre else _CONTRACT


def reach(record: Published) -> Reach:
    """Read only buyer, date and amount: a national file is mostly other people's records."""
    scope, parse = SCOPES[record.table], PARSERS[record.table]
    day = _first(record, scope.annee, parse)
    if isinstance(day, int):
        day = dt.date(day, 1, 1) if dt.MINYEAR <= day <= dt.MAXYEAR else None
    return Reach(_first(record, scope.acheteur, parse), day, _euros(record))


def _euros(record: Published) -> Decimal | None:
    """The euros written in a record, as the accounting counts them."""
    if record.montant is not None:
        euros: Any = values.amount(record.montant).value
    else:
        euros = _first(record, SCOPES[record.table].montant, _AMOUNTS)
    return cast("Decimal | None", euros)


def _written_euros(record: Published, valeurs: Mapping[str, Any]) -> Decimal | None:
    """The same once its fields are typed, amounts among them: one object for both."""
    if record.montant is not None:
        return _euros(record)
    return next((v for n in SCOPES[record.table].montant if (v := valeurs[n]) is not None), None)


_AMOUNTS = {n: values.amount for scope in SCOPES.values() for n in scope.montant}


def _first(
    record: Published, names: Iterable[str], parse: Mapping[str, Callable[[object], values.Read]]
) -> Any:
    """The first of some fields that says something."""
    for name in names:
        if (value := parse[name](record.fields.get(name)).value) is not None:
            return value
    return None


def elsewhere(acheteur_id: str, sirens: Collection[str]) -> bool:
    """Whether a readable buyer is none of ours."""
    siren = acheteur_id[:9]
    return len(siren) == 9 and siren.isdigit() and siren not in sirens


def typed(record: Published, fichier: str, total: str = "") -> Ligne:
    """Type every field of a record; what cannot be used is kept as an anomaly.

    Args:
        record: as published.
        fichier: the name of its file in the run.
        total: the words by which it says that it sums up others (`totals.word`).

    Raises:
        Unreadable: a spreadsheet turned an identifier into 2,1E+13: its digits are lost.
    """
    anomalies: list[Anomalie] = []
    valeurs, textes = _parse(record.table, record.fields, anomalies)
    euros = _written_euros(record, valeurs)
    if (registre := REGISTRES.get(record.table)) and registre.derive:
        valeurs |= registre.derive(valeurs)
    holders = []
    for n, (raw_id, raw_type) in enumerate(record.holders, start=1):
        number, kind = values.identifier(raw_id), values.text(raw_type)
        if number.motif == values.ZERO_RENDU and _kind(kind.value) not in {None, "SIRET"}:
            number = values.text(raw_id)  # another country's number, whole as it is
        if number.motif in {values.EXPOSANT, values.ZERO_RENDU}:
            anomalies.append(Anomalie(f"titulaire_id_{n}", str(raw_id), number.motif))
        if number.value is None and (number.motif or kind.value is None):
            continue
        holders.append(one(Titulaire(_str(number.value), _kind(kind.value))))
    modifications = _parts("modification", record.modifications, anomalies)
    acts = _parts("sous_traitance", record.sous_traitances, anomalies)
    for a in anomalies:
        if a.motif == values.EXPOSANT:
            raise Unreadable(values.lost_digits(record.place(a.champ), a.valeur))
    known = Valeurs(valeurs)
    return Ligne(
        table=record.table,
        fichier=fichier,
        rang=record.rang,
        tabulaire=record.tabulaire,
        empreinte=fingerprint(record.raw),
        valeurs=known,
        textes=Textes(textes, known),
        titulaires=one(tuple(dict.fromkeys(holders))),
        modifications=modifications,
        anomalies=one(tuple(anomalies)),
        montant=euros,
        sous_traitances=acts,
        groupe=record.groupe,
        ecarts=tuple(dict.fromkeys(record.ecarts())),
        total=total,
        etat=record.etat,
    )


def _parts(
    part: str, repeated: Sequence[Mapping[str, object]], anomalies: list[Anomalie]
) -> tuple[Mapping[str, Any], ...]:
    """The repeated parts of a record that say something."""
    parsed = [_parse(part, raw, anomalies, f"{part}.")[0] for raw in repeated]
    return tuple(p for p in parsed if any(v is not None for v in p.values()))


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)


def fingerprint(raw: Any) -> bytes:
    """Content of a record, whatever the order of its keys: equal fingerprints, one record."""
    return hashlib.sha256(_ENCODER.encode(raw).encode("utf-8", "surrogatepass")).digest()


def _parse(
    part: str, raw: Mapping[str, object], anomalies: list[Anomalie], prefix: str = ""
) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a table, or of a repeated part, typed, and what is written in each."""
    parsed, written = _of_nothing(part, modele.referentiels()).copy(), {}
    get = raw.get
    for name, parse in _PARSED[part].items():
        value = get(name)
        if value is None:
            continue
        read = parse(value)
        parsed[name] = read.value
        written[name] = values.written(value)
        if read.motif:
            read_as = Anomalie(prefix + name, written[name], read.motif, read.lectures)
            anomalies.append(one(read_as))
    return parsed, written


_PARSED = PARSERS | {
    part: {f.name: f.parse for f in fields}
    for part, fields in (("modification", MODIFICATIONS), ("sous_traitance", SOUS_TRAITANCES))
}


@functools.cache
def _of_nothing(part: str, tables: Path) -> dict[str, Any]:
    """What parsers make of fields that are not there, most of them; the words are in `tables`."""
    return {name: parse(None).value for name, parse in _PARSED[part].items()}


_KINDS = {"SIRET", "TVA", "TAHITI", "RIDET", "FRWF", "IREP", "UE", "HORS-UE"}


def _kind(value: object) -> str | None:
    """A type of identifier in the schema's spelling, for Siret and HORS_UE; others as written."""
    kind = _str(value)
    schema = (kind or "").upper().replace("_", "-").replace(" ", "-")
    return schema if schema in _KINDS else kind


def _str(value: object) -> str | None:
    return None if value is None else str(value)
