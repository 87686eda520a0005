"""The official words of each field, and the known synonyms that platforms write for them.

The lists are those of the official JSON schema; data/referentiels/mots-decp/mots.csv adds the
words of the 2019 arrêté and, for each synonym, what it becomes.  A word that neither knows is
unknown, and told: never «something else».
"""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from spaser import modele
from spaser.errors import UserError
from spaser.sources import values
from spaser.sources.texts import Read, once

SCHEMA = Path("schemas-decp", "schema_decp_v2.0.4.json")
SYNONYMS = Path("mots-decp", "mots.csv")
_ROOTS = ("marche", "contrat-concession")
# Field -> where its list stands under each of these definitions.
PLACES = {
    "nature": "properties/nature",
    "procedure": "properties/procedure",
    "techniques": "definitions/techniqueArray/items",
    "modalites_execution": "definitions/modaliteExecutionArray/items",
    "forme_prix": "properties/formePrix",
    "types_prix": "definitions/typePrixArray/items",
    "ccag": "properties/ccag",
    "type_groupement": "properties/typeGroupementOperateurs",
    "lieu_type": "properties/lieuExecution/properties/typeCode",
    "considerations_sociales": "definitions/considerationSocialeArray/items",
    "considerations_environnementales": "definitions/considerationEnvironnementaleArray/items",
}


class Synonym(NamedTuple):
    """A row of mots.csv: field, word as written, official word, where it is met."""

    champ: str
    ecrit: str
    officiel: str
    origine: str


def one(champ: str) -> Callable[[object], Read]:
    """A parser for a field that holds one official word."""
    return _parser(champ, values.choice)


def several(champ: str) -> Callable[[object], Read]:
    """A parser for a field that holds several, in the order of the official list."""
    return _parser(champ, values.vocabulary)


def _parser(champ: str, kind: Callable[..., Callable[[object], Read]]) -> Callable[[object], Read]:
    @functools.cache
    def parser(tables: Path) -> Callable[[object], Read]:  # the lists are read when a record is
        return once(kind(*allowed(champ, tables), autres=synonyms(champ, tables)))

    def parse(raw: object) -> Read:
        return parser(modele.referentiels())(raw)

    return parse


def allowed(champ: str, tables: Path | None = None) -> tuple[str, ...]:
    """The official words of a field: those of the schema in its order, then those of 2019."""
    tables = tables or modele.referentiels()
    before = [s.ecrit for s in _rows(tables) if s.champ == champ and s.ecrit == s.officiel]
    return tuple(dict.fromkeys([*_of_schema(champ, tables), *before]))


def synonyms(champ: str, tables: Path | None = None) -> dict[str, str]:
    """The other words of a field -> the official one."""
    rows = _rows(tables or modele.referentiels())
    return {s.ecrit: s.officiel for s in rows if s.champ == champ and s.ecrit != s.officiel}


def _of_schema(champ: str, tables: Path) -> Iterator[str]:
    for root in _ROOTS:
        node: Any = _schema(tables / SCHEMA)["definitions"][root]
        for key in PLACES[champ].split("/"):
            node = node.get(key, {})
        yield from node.get("enum", ())


@functools.cache
def _schema(file: Path) -> Any:
    return json.loads(_text(file))


@functools.cache
def _rows(tables: Path) -> tuple[Synonym, ...]:
    """The table of synonyms.

    Raises:
        UserError: the file is absent, or a row names no field or no official word.
    """
    file = tables / SYNONYMS
    lines = csv.reader(_text(file).splitlines(), delimiter=";")
    next(lines, None)
    rows = []
    for number, cells in enumerate(lines, start=2):
        known = len(cells) == len(Synonym._fields) and cells[0] in PLACES
        row = Synonym(*cells) if known else None
        if not row or not (
            row.ecrit == row.officiel or row.officiel in _of_schema(row.champ, tables)
        ):
            raise UserError(
                "ce n'est pas un synonyme d'un mot officiel",
                lieu=f"{file}, ligne {number}",
                valeur=" ; ".join(cells),
                remede=f"écrire {' ; '.join(Synonym._fields)}, le champ parmi {', '.join(PLACES)}",
            )
        rows.append(row)
    return tuple(rows)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(
            "la liste des mots officiels est absente", lieu=str(path), remede="rétablir ce fichier"
        ) from None
