"""Validation against the official schemas (JSON 2.0.4, XSD 2.0.2): reported, never refused.

A record that breaks the schema is read all the same; what it breaks is listed with it.
Schemas: 139bercy/format-commande-publique, arrêtés of 22 December 2022.
"""

from __future__ import annotations

import functools
import json
import operator
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser import modele
from spaser.errors import UserError
from spaser.sources.records import EcartAuSchema, TableName

if TYPE_CHECKING:
    from lxml.etree import XMLSchema, _Element

JSON_SCHEMA = Path("schemas-decp", "schema_decp_v2.0.4.json")
XSD = JSON_SCHEMA.with_name("schema_decp_v2.0.2.xsd")
_JSON_SAYS = {
    "required": "champ obligatoire absent",
    "enum": "valeur hors de la liste officielle",
    "type": "type inattendu",
    "pattern": "forme inattendue",
    "minimum": "valeur trop petite",
    "maximum": "valeur trop grande",
    "minLength": "texte trop court",
    "maxLength": "texte trop long",
    "minItems": "liste trop courte",
    "maxItems": "liste trop longue",
    "uniqueItems": "élément répété",
    "additionalProperties": "champ inconnu du schéma",
}
_XSD_SAYS = {
    "ELEMENT_CONTENT": "champ obligatoire absent, répété ou inconnu du schéma",
    "CVC_ENUMERATION_VALID": "valeur hors de la liste officielle",
    "CVC_PATTERN_VALID": "forme inattendue",
    "CVC_MININCLUSIVE_VALID": "valeur trop petite",
    "CVC_MINEXCLUSIVE_VALID": "valeur trop petite",
    "CVC_MAXINCLUSIVE_VALID": "valeur trop grande",
    "CVC_MINLENGTH_VALID": "texte trop court",
    "CVC_MAXLENGTH_VALID": "texte trop long",
    "CVC_DATATYPE_VALID_1_2_1": "type inattendu",
    "CVC_DATATYPE_VALID_1_2_2": "type inattendu",
    "CVC_DATATYPE_VALID_1_2_3": "type inattendu",
}
_KEPT, _LONG = 1 << 15, 500  # values whose faults are kept, and characters of one that is not
# What a schema may say of a record that its keys alone decide.
_OF_KEYS = frozenset(
    {
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "definitions",
    }
)
_OTHER = "contrainte du schéma non respectée"
_DEFINITIONS: dict[TableName, str] = {"marches": "marche", "concessions": "contrat-concession"}


class _Rules:
    """The JSON schema of one kind of record, parted: what it asks of the record, and of each field.

    A value is looked at once and its faults kept: a file says the same few words over and over.
    """

    def __init__(self, table: TableName, file: Path) -> None:
        whole = _validator(table, file)
        own = whole.schema["definitions"][_DEFINITIONS[table]]
        fields: dict[str, Any] = own["properties"]
        self._name = _DEFINITIONS[table]
        self._record = whole.evolve(schema={**own, "properties": {name: {} for name in fields}})
        self._fields = {
            name: whole.evolve(schema=_referred(schema, whole.schema))
            for name, schema in fields.items()
        }
        self._kept: dict[tuple[str, str], frozenset[EcartAuSchema]] = {}
        self._of_keys: dict[frozenset[str], frozenset[EcartAuSchema]] = {}
        self._looks_inside = bool(own.keys() - _OF_KEYS)

    def faults(self, record: Any) -> set[EcartAuSchema]:
        """What the schema refuses in a record."""
        if not isinstance(record, dict) or self._looks_inside:
            refusals = self._refusals(self._record, record)
        else:
            refusals = set(self._of_its_keys(record))
        for name in self._fields.keys() & record.keys() if isinstance(record, dict) else ():
            refusals |= self._of_field(name, record[name])
        return refusals

    def _of_its_keys(self, record: dict[str, Any]) -> frozenset[EcartAuSchema]:
        """What it has not, or has beyond the schema; a file has few kinds of record."""
        keys = frozenset(record)
        faults = self._of_keys.get(keys)
        if faults is None:
            faults = frozenset(self._refusals(self._record, record))
            if len(self._of_keys) < _KEPT:
                self._of_keys[keys] = faults
        return faults

    def _of_field(self, name: str, value: Any) -> frozenset[EcartAuSchema]:
        key = name, repr(value)
        faults = self._kept.get(key)
        if faults is None:
            faults = frozenset(self._refusals(self._fields[name], value, name))
            if len(self._kept) < _KEPT and len(key[1]) < _LONG:
                self._kept[key] = faults
        return faults

    def _refusals(self, validator: Any, value: Any, *name: str) -> set[EcartAuSchema]:
        faults = set()
        for error in validator.iter_errors(value):
            path = [*name, *(str(p) for p in error.absolute_path if not isinstance(p, int))]
            if error.validator == "required":
                path += [key for key in error.validator_value if f"'{key}' is" in error.message]
            refusal = _JSON_SAYS.get(error.validator, _OTHER)
            faults.add(EcartAuSchema(".".join(path) or self._name, refusal))
        return faults


def _referred(schema: Any, whole: Any) -> Any:
    """A schema, or the one that it refers to, which is then not looked up at each value."""
    while place := schema.get("$ref", ""):
        start, *names = place.split("/")
        if start != "#":
            break
        schema = functools.reduce(operator.getitem, names, whole)
    return schema


def json_record(table: TableName, record: Any) -> list[EcartAuSchema]:
    """What the JSON schema refuses in a record of a regulatory JSON file."""
    return sorted(_rules(table, modele.referentiels()).faults(record))


@functools.cache
def _rules(table: TableName, tables: Path) -> _Rules:
    return _Rules(table, _file(tables / JSON_SCHEMA))


def xml_record(record: _Element) -> list[EcartAuSchema]:
    """What the XSD refuses in a record of a regulatory XML file."""
    schema = _xsd(_file(modele.referentiels() / XSD))
    if schema.validate(record):
        return []
    refused: dict[str, str] = {}
    for error in schema.error_log:  # type: ignore[attr-defined]
        path = re.sub(r"\[\d+\]", "", error.path or "").split("/")
        kind = error.type_name.removeprefix("SCHEMAV_")
        field = ".".join(path[path.index(record.tag) + 1 :] if record.tag in path else path)
        refused.setdefault(field or str(record.tag), _XSD_SAYS.get(kind, _OTHER))
    return sorted(EcartAuSchema(*pair) for pair in refused.items())


@functools.cache
def _validator(table: TableName, file: Path) -> Any:
    """The validator of one kind of record; a decimal without cents is an integer, as in JSON."""
    from jsonschema import Draft7Validator, validators

    def integer(_: Any, value: object) -> bool:
        whole = isinstance(value, Decimal) and value == value.to_integral_value()
        return whole or (isinstance(value, int) and not isinstance(value, bool))

    checker = Draft7Validator.TYPE_CHECKER.redefine("integer", integer)
    validator = validators.extend(Draft7Validator, type_checker=checker)
    schema = json.loads(file.read_text(encoding="utf-8"))
    definition = {"$ref": f"#/definitions/{_DEFINITIONS[table]}"}
    return validator({"definitions": schema["definitions"], **definition})


@functools.cache
def _xsd(file: Path) -> XMLSchema:
    from lxml import etree

    return etree.XMLSchema(etree.parse(str(file)))


@functools.cache  # asked of each record of an XML
def _file(path: Path) -> Path:
    if not path.is_file():
        raise UserError(
            "le schéma officiel des DECP est absent", lieu=str(path), remede="rétablir ce fichier"
        )
    return path
