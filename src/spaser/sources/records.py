"""What every reader yields and what the rest of the house receives: one `Ligne` a record."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from spaser.sources import values
from spaser.sources.fields import FIELDS, MODIFICATIONS, Field

Table = Literal["marches", "concessions"]


class Titulaire(NamedTuple):
    """A holder as published: registration number (or None) and its type (SIRET, TVA…)."""

    id: str | None
    type: str | None


class Anomalie(NamedTuple):
    """A published value that could not be used as it stands: field, text, reason."""

    champ: str
    valeur: str
    motif: str


@dataclass(frozen=True, slots=True)
class Published:
    """A record as its file holds it, renamed to canonical fields but not yet typed.

    `fields` maps canonical names to raw values; `holders` and `modifications` are the
    repeated parts; `raw` is the whole record, for its fingerprint.  In a `tabulaire` form a
    joint contract may be written once per holder.
    """

    table: Table
    rang: int
    tabulaire: bool
    fields: Mapping[str, object]
    holders: Sequence[tuple[object, object]]
    modifications: Sequence[Mapping[str, object]]
    raw: Any


@dataclass(frozen=True, slots=True)
class Ligne:
    """A typed record with its origin.

    `valeurs` holds the canonical fields (euros as Decimal, dates, booleans, tuples of
    labels, None for unknown), `textes` what was written in them, `rang` the position of the
    record in its file, counted from 1.
    """

    table: Table
    fichier: str
    rang: int
    tabulaire: bool
    empreinte: str
    valeurs: Mapping[str, Any]
    textes: Mapping[str, str]
    titulaires: tuple[Titulaire, ...]
    modifications: tuple[Mapping[str, Any], ...]
    anomalies: tuple[Anomalie, ...]

    @property
    def cle(self) -> str:
        """Unique name of the record in a run: file, table and position in that table's list."""
        return f"{self.fichier}#{self.table}#{self.rang}"


class Reach(NamedTuple):
    """What decides whether a record is ours: buyer, year and euros, read before the rest."""

    acheteur_id: str | None
    date: dt.date | None
    montant: Decimal | None


def reach(record: Published) -> Reach:
    """Read only buyer, date and amount: a national file is mostly other people's records."""
    value = record.fields.get
    buyer = values.identifier(value("acheteur_id")).value
    day = values.date(value("date_notification")).value
    euros = values.amount(value("montant")).value
    return Reach(
        buyer if isinstance(buyer, str) else None,
        day if isinstance(day, dt.date) else None,
        euros if isinstance(euros, Decimal) else None,
    )


def typed(record: Published, fichier: str) -> Ligne:
    """Type every field of a record; what cannot be used is kept as an anomaly."""
    anomalies: list[Anomalie] = []
    valeurs, textes = _parse(FIELDS[record.table], record.fields, anomalies)
    holders = []
    for raw_id, raw_type in record.holders:
        number, kind = values.identifier(raw_id), values.text(raw_type)
        if number.motif or (number.value is None and kind.value is None):
            continue
        holders.append(Titulaire(_str(number.value), _str(kind.value)))
    modifications = []
    for raw in record.modifications:
        parsed, _ = _parse(MODIFICATIONS, raw, anomalies, prefix="modification.")
        if any(v is not None for v in parsed.values()):
            modifications.append(parsed)
    return Ligne(
        table=record.table,
        fichier=fichier,
        rang=record.rang,
        tabulaire=record.tabulaire,
        empreinte=fingerprint(record.raw),
        valeurs=valeurs,
        textes=textes,
        titulaires=tuple(dict.fromkeys(holders)),
        modifications=tuple(modifications),
        anomalies=tuple(anomalies),
    )


def fingerprint(raw: Any) -> str:
    """Content of a record, whatever the order of its keys: equal fingerprints, one record."""
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _parse(
    fields: Sequence[Field], raw: Mapping[str, object], anomalies: list[Anomalie], prefix: str = ""
) -> tuple[dict[str, Any], dict[str, str]]:
    parsed, written = {}, {}
    for field in fields:
        value = raw.get(field.name)
        read = field.parse(value)
        parsed[field.name] = read.value
        if value is not None:
            written[field.name] = values.written(value)
            if read.motif:
                anomalies.append(Anomalie(prefix + field.name, written[field.name], read.motif))
    return parsed, written


def _str(value: object) -> str | None:
    return None if value is None else str(value)
