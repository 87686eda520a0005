"""DECP in the regulatory nested JSON: 2022 (`marches.marche`, `marches.contrat-concession`)
and 2019 (`marches` is the list itself, no considerations: unknown, never «no»).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from spaser.sources import official
from spaser.sources.fields import FIELDS, MODIFICATIONS, SOUS_TRAITANCES, Field
from spaser.sources.jsonfile import items
from spaser.sources.records import Published, Table

NAME_2022 = "DECP 2022, JSON réglementaire"
NAME_2019 = "DECP 2019, JSON"
_PARTS: tuple[tuple[str, Table], ...] = (
    ("marches.marche.item", "marches"),
    ("marches.contrat-concession.item", "concessions"),
)
_CONCESSION = "contrat-concession"


def read_2022(path: Path) -> Iterator[Published]:
    """Yield the contracts, then the concessions; positions are counted in each list."""
    for prefix, table in _PARTS:
        for rang, item in enumerate(items(path, prefix), start=1):
            record = published(table, rang, item)
            yield replace(record, ecarts=partial(official.json_record, table, item))


def read_2019(path: Path) -> Iterator[Published]:
    """Yield the records of the single list; `_type` tells a concession."""
    for rang, item in enumerate(items(path, "marches.item"), start=1):
        concession = isinstance(item, Mapping) and str(item.get("_type")).lower() == _CONCESSION
        yield published("concessions" if concession else "marches", rang, item)


def published(table: Table, rang: int, raw: Any) -> Published:
    """A regulatory object renamed to canonical fields (XML, made into such an object, too)."""
    item: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    holders = (
        _repeated(item, "titulaires", "titulaire")
        if table == "marches"
        else _repeated(item, "concessionnaires", "concessionnaire")
    )
    return Published(
        table=table,
        rang=rang,
        tabulaire=False,
        fields=_canonical(FIELDS[table], item),
        holders=[(h.get("id"), h.get("typeIdentifiant")) for h in holders],
        modifications=[
            _canonical(MODIFICATIONS, m) for m in _repeated(item, "modifications", "modification")
        ],
        sous_traitances=[
            _canonical(SOUS_TRAITANCES, a)
            for a in _repeated(item, "actesSousTraitance", "acteSousTraitance")
        ],
        raw=raw,
    )


_PATHS: dict[Field, list[list[str]]] = {
    f: [path.split(".") for path in f.nested.split("|")]
    for part in (*FIELDS.values(), MODIFICATIONS, SOUS_TRAITANCES)
    for f in part
}


def _canonical(fields: Iterable[Field], item: Mapping[str, Any]) -> dict[str, object]:
    return {f.name: _at(item, _PATHS[f]) for f in fields}


def _at(item: Mapping[str, Any], paths: Iterable[list[str]]) -> object:
    """The value at a path, of the first alternative that the record has.

    Some 2019 files write the path as one key («acheteur.id»).
    """
    for path in paths:
        value: Any = item
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None and len(path) > 1:
            value = item.get(".".join(path))
        if value is not None:
            return value
    return None


def _repeated(item: Mapping[str, Any], outer: str, inner: str) -> list[Mapping[str, Any]]:
    """The objects of a repeated part: wrapped ({"titulaire": {…}}), bare, or lists of lists."""
    part: Any = item.get(outer) or []
    if isinstance(part, Mapping):
        part = part.get(inner) or []
        part = part if isinstance(part, list) else [part]
    if not isinstance(part, list):
        return []
    found = []
    for p in part:
        if isinstance(p, list):
            found += _repeated({outer: p}, outer, inner)
            continue
        inside = p.get(inner, p) if isinstance(p, Mapping) else {}
        found += inside if isinstance(inside, list) else [inside]
    return [o for o in found if isinstance(o, Mapping) and o]
