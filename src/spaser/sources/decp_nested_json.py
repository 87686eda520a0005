"""Objects of the regulatory nested form, 2022 and 2019, renamed to canonical fields.

The form of 2019 has no considerations: they are unknown, never «no».
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from spaser.sources.fields import FIELDS, MODIFICATIONS, SOUS_TRAITANCES, Field
from spaser.sources.records import EcartAuSchema, Lookup, Published, RawItem, TableName

NAME_2022 = "DECP 2022, JSON réglementaire"
NAME_2019 = "DECP 2019, JSON"


def published(
    table: TableName, rang: int, raw: Any, ecarts: Callable[[], Sequence[EcartAuSchema]] = tuple
) -> Published:
    """A regulatory object renamed to canonical fields (XML, made into such an object, too).

    Args:
        table: marches or concessions.
        rang: its rank in the file.
        raw: the object.
        ecarts: gives what the official schema refuses in it.
    """
    item: dict[str, Any] = raw if isinstance(raw, dict) else {}
    holders = (
        _repeated(item, "titulaires", "titulaire")
        if table == "marches"
        else _repeated(item, "concessionnaires", "concessionnaire")
    )
    return Published(
        table=table,
        rang=rang,
        tabulaire=False,
        fields=Lookup(item, _PATHS[table], _at),
        holders=[(h.get("id"), h.get("typeIdentifiant")) for h in holders],
        modifications=[
            Lookup(m, _CHANGES, _at) for m in _repeated(item, "modifications", "modification")
        ],
        sous_traitances=[
            Lookup(a, _ACTS, _at)
            for a in _repeated(item, "actesSousTraitance", "acteSousTraitance")
        ],
        raw=raw,
        ecarts=ecarts,
    )


class _Path(NamedTuple):
    """A dotted path: its first key, those that follow, and the whole as one key."""

    first: str
    rest: list[str]
    whole: str


_Paths = Mapping[str, list[_Path]]


def _paths(fields: Iterable[Field]) -> _Paths:
    return {f.name: [_path(whole) for whole in f.nested.split("|")] for f in fields}


def _path(whole: str) -> _Path:
    first, *rest = whole.split(".")
    return _Path(first, rest, whole)


_PATHS = {table: _paths(fields) for table, fields in FIELDS.items()}
_CHANGES, _ACTS = _paths(MODIFICATIONS), _paths(SOUS_TRAITANCES)


def _at(item: RawItem, paths: Iterable[_Path]) -> object:
    """The value at a path, of the first alternative that the record has.

    Some 2019 files write the path as one key («acheteur.id»).
    """
    for first, rest, whole in paths:
        value: Any = item.get(first)
        if rest:
            for key in rest:
                value = value.get(key) if isinstance(value, dict) else None
            if value is None:
                value = item.get(whole)
        if value is not None:
            return value
    return None


def _repeated(item: dict[str, Any], outer: str, inner: str) -> list[dict[str, Any]]:
    """The objects of a repeated part: wrapped ({"titulaire": {…}}), bare, or lists of lists."""
    part: Any = item.get(outer) or []
    if isinstance(part, dict):
        part = part.get(inner) or []
        part = part if isinstance(part, list) else [part]
    if not isinstance(part, list):
        return []
    items = []
    for p in part:
        if isinstance(p, list):
            items += _repeated({outer: p}, outer, inner)
            continue
        inside = p.get(inner, p) if isinstance(p, dict) else {}
        items += inside if isinstance(inside, list) else [inside]
    return [o for o in items if isinstance(o, dict) and o]
