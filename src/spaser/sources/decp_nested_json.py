"""DECP in the regulatory nested JSON: 2022 (`marches.marche`, `marches.contrat-concession`)
and 2019 (`marches` is the list itself, no considerations: unknown, never «no»).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spaser.sources.fields import FIELDS, MODIFICATIONS
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
            yield _published(table, rang, item)


def read_2019(path: Path) -> Iterator[Published]:
    """Yield the records of the single list; `_type` tells a concession."""
    for rang, item in enumerate(items(path, "marches.item"), start=1):
        concession = isinstance(item, Mapping) and str(item.get("_type")).lower() == _CONCESSION
        yield _published("concessions" if concession else "marches", rang, item)


def _published(table: Table, rang: int, raw: Any) -> Published:
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
        fields={f.name: _at(item, f.nested) for f in FIELDS[table]},
        holders=[(h.get("id"), h.get("typeIdentifiant")) for h in holders],
        modifications=[
            {f.name: _at(m, f.nested) for f in MODIFICATIONS}
            for m in _repeated(item, "modifications", "modification")
        ],
        raw=raw,
    )


def _at(item: Mapping[str, Any], path: str) -> object:
    """The value at a dotted path, of the first alternative that the record has."""
    for alternative in path.split("|"):
        value: Any = item
        for key in alternative.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            return value
    return None


def _repeated(item: Mapping[str, Any], outer: str, inner: str) -> list[Mapping[str, Any]]:
    """The objects of a repeated part, wrapped ({"titulaire": {…}}) or bare."""
    part = item.get(outer) or []
    if isinstance(part, Mapping):
        part = part.get(inner) or []
        part = part if isinstance(part, list) else [part]
    if not isinstance(part, list):
        return []
    objects = [p.get(inner, p) if isinstance(p, Mapping) else {} for p in part]
    return [o for o in objects if isinstance(o, Mapping) and o]
