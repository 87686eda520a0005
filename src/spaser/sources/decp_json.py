"""JSON files of any layout: records are known by what they hold, wherever they stand.

The regulatory forms have lists under `marches`, the Ministry's API answers under `records` or
`results`, its exports at the top; an older API wraps each row (`fields`, `record.fields`); a
contract may stand alone.  The whole text is walked: a second list is read like the first, and a
list of something else is told.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from spaser.errors import Unreadable
from spaser.sources import decp_flat, decp_nested_json, official, register_table
from spaser.sources.fields import FIELDS
from spaser.sources.jsonfile import items
from spaser.sources.records import Ailleurs, Annonce, Published, Remarque, TableName
from spaser.sources.registers import Registre
from spaser.sources.sheets import heading
from spaser.sources.skim import OF_A_CONCESSION, Passed, skimmer

_VOCABULARY = frozenset(
    {name for known in decp_flat.KNOWN.values() for name in known}
    | {heading(p.split(".")[0]) for fs in FIELDS.values() for f in fs for p in f.nested.split("|")}
    | {heading(p) for fs in FIELDS.values() for f in fs for p in f.nested.split("|")}
    | {"titulaires", "concessionnaires"}
) - {"", "id", "nature"}
_ENOUGH = 2  # words of the vocabulary that make a record
_WRAPPERS = 3  # objects that may be wrapped around a record
_BUYERS = {"acheteur id", "autoriteconcedante id"}
_PARTS = ("acheteur", "autoriteConcedante", "titulaires", "concessionnaires")
_MARCHE = {"acheteur", "acheteur.id", "titulaires", "montant", "dateNotification", "codeCPV"}
_TOTALS = {"count", "total_count", "nhits"}  # what an API says that its whole answer holds
_SINCE_2022 = {"considerationsSociales", "techniques", "offresRecues"}
_CONTRACTS = ("marches", "marche")
_REGULATORY = {_CONTRACTS, ("marches", "contrat-concession")}
_USUAL = {(), ("records",), ("results",), ("marches",), *_REGULATORY}
_SHOWN = 8


class RecordKind(NamedTuple):
    """What the records of a file are: the name of their form, their register if of one."""

    nom: str
    registre: Registre | None = None


@dataclass
class _List:
    """The list being read: where it stands, its records, and the positions of what is none.

    `before` counts the records of earlier lists, whose positions go first; `foreign` tells an
    object of another kind from a value that says nothing (null, {}).
    """

    place: tuple[str, ...]
    before: Mapping[TableName, int]
    records: int = 0
    others: list[tuple[int, object]] = field(default_factory=list)
    foreign: bool = False

    def set_aside(self, position: int, value: object) -> None:
        """Keep what is no record until the end of the list; of a foreign object, its place."""
        foreign = isinstance(value, Mapping) and bool(value)
        self.foreign |= foreign
        self.others.append((position, {"position": position} if foreign else value))


def recognise(path: Path) -> RecordKind:
    """The kind of the first record of a file.

    Raises:
        Unreadable: damaged before it, or nothing that is a record.
    """
    usual: list[tuple[str, ...]] = []
    keys: dict[str, None] = {}
    for place, position, value in items(path, _is_record):
        if (position == 0 and place in _USUAL) or (place == ("marches",) and value == {}):
            usual.append(place)
        elif position and (kind := _kind(place, value)):
            return kind
        if isinstance(value, Mapping):
            keys |= dict.fromkeys(value)
        elif position is None and place:
            keys[place[0]] = None
    regulatory = any(place in _REGULATORY for place in usual)
    if regulatory or (usual and not any(isinstance(k, str) for k in keys.keys() - _TOTALS)):
        return RecordKind(_name(usual[0], {}))
    named = ", ".join(f"« {k} »" for k in [*keys][:_SHOWN])
    raise Unreadable("JSON sans liste de marchés" + (f" (clés : {named})" if keys else ""))


def read(
    path: Path, kind: RecordKind, is_read: Callable[[str], bool] | None = None
) -> Iterator[Published | Ailleurs | Remarque | Annonce]:
    """Yield every record of the file; positions are counted in each list, one after the other.

    What stands among records and is none is a record that says nothing, for the gate to refuse;
    a list without any record is told in one remark.

    Args:
        path: the file.
        kind: what its records are, by `recognise`.
        is_read: knows the SIRENs of the buyers to read; given it, contracts of others may be
            counted without being read.

    Raises:
        Unreadable: damaged, or records of two kinds, which are not counted together.
    """
    last: Counter[TableName] = Counter()
    others, euros = Counter[str](), Decimal("0.00")
    current: _List | None = None
    skim = skimmer(is_read) if is_read and not kind.registre else None
    for place, position, value in items(path, _is_record, skim, {_CONTRACTS}):
        if not position:
            yield from _rest(current, last)
            current = _List(place, dict(last)) if position == 0 else None
            if position is None and place[-1:] and place[-1] in _TOTALS and isinstance(value, int):
                yield Annonce(value)
            continue
        assert current is not None  # position 0 comes first
        if isinstance(value, Passed):
            current.records += 1
            last["marches"] = max(last["marches"], current.before.get("marches", 0) + position)
            others.update(value.acheteurs)
            euros += value.montant
            continue
        inner = _inner(value)
        if inner is None:
            current.set_aside(position, value)
            continue
        current.records += 1
        registre = _registre(tuple(inner)) if not _holds_record(inner) else None
        if registre != kind.registre:
            raise Unreadable(
                f"deux sources dans un même fichier ({kind.nom}, puis « {'.'.join(place)} », "
                f"élément {position}) ; remède : un fichier par source"
            )
        yield _placed(_published(place, position, inner, registre), current, last)
    yield from _rest(current, last)
    if others:
        yield Ailleurs("marches", others, euros)


def _rest(current: _List | None, last: Counter[TableName]) -> Iterator[Published | Remarque]:
    """What the list that ends here holds beside its records."""
    if current is None or not current.others:
        return
    if (
        current.records
        or current.place in _REGULATORY
        or (current.place in _USUAL and not current.foreign)
    ):
        for position, value in current.others:
            yield _placed(_published(current.place, position, value, None), current, last)
    elif current.foreign:
        where = ".".join(current.place) or "à la racine"
        count = len(current.others)
        yield Remarque(
            f"liste « {where} » : {count} élément{'s' * (count > 1)} sans aucun champ de marché, "
            "non lus comme des marchés"
        )


def _placed(record: Published, current: _List, last: Counter[TableName]) -> Published:
    """A record numbered after those of the earlier lists of its table."""
    rang = current.before.get(record.table, 0) + record.rang
    last[record.table] = max(last[record.table], rang)
    return record if rang == record.rang else replace(record, rang=rang)


def _published(
    place: tuple[str, ...], rang: int, value: object, registre: Registre | None
) -> Published:
    item = value if isinstance(value, Mapping) else {}
    if registre:
        return register_table.published(registre, rang, item)
    if place in _REGULATORY or place == ("marches",) or _is_nested(item):
        table = _table(place, item)
        gaps = partial(official.json_record, table, value) if place in _REGULATORY else tuple
        return decp_nested_json.published(table, rang, value, gaps)
    cells = decp_flat.renamed(item)
    return decp_flat.published(decp_flat.table_of(cells), rang, cells, value)


def _is_record(keys: Collection[str]) -> bool:
    return _are_of_a_record(tuple(keys))


@functools.lru_cache(maxsize=1024)
def _are_of_a_record(keys: tuple[str, ...]) -> bool:
    return sum(heading(k) in _VOCABULARY for k in keys) >= _ENOUGH


def _holds_record(item: Mapping[str, Any]) -> bool:
    """Whether an item is a record: by its words, or because it names a buyer or a holder."""
    return _is_record(item) or _is_nested(item) or any(heading(k) in _BUYERS for k in item)


def _is_nested(item: Mapping[str, Any]) -> bool:
    return any(isinstance(item.get(key), dict | list) for key in _PARTS)


def _table(place: tuple[str, ...], item: Mapping[str, Any]) -> TableName:
    """Which table a regulatory record belongs to: what it holds, else its type or its list."""
    marks = (len(item.keys() & set(OF_A_CONCESSION)), len(item.keys() & _MARCHE))
    if marks[0] != marks[1]:
        return "concessions" if marks[0] > marks[1] else "marches"
    named = f"{item.get('_type')} {place[-1:]}"
    return "concessions" if "concession" in named.lower() else "marches"


def _inner(value: object, depth: int = 0) -> Mapping[str, Any] | None:
    """The record that an item is, or has wrapped in it; None when it has none."""
    if not isinstance(value, Mapping):
        return None
    if _holds_record(value) or _registre(tuple(value)):
        return value
    inside = value.values() if depth < _WRAPPERS else ()
    return next((r for v in inside if (r := _inner(v, depth + 1)) is not None), None)


@functools.lru_cache(maxsize=1024)
def _registre(keys: tuple[str, ...]) -> Registre | None:
    return register_table.which(keys)


def _kind(place: tuple[str, ...], value: object) -> RecordKind | None:
    inner = _inner(value)
    if inner is None:
        return None
    if not _holds_record(inner) and (registre := _registre(tuple(inner))):
        return RecordKind(registre.titre, registre)
    return RecordKind(_name(place, inner))


def _name(place: tuple[str, ...], item: Mapping[str, Any]) -> str:
    if place in _REGULATORY:
        return decp_nested_json.NAME_2022
    if place == ("marches",) or _is_nested(item):
        since = item.keys() & _SINCE_2022 and place != ("marches",)
        return decp_nested_json.NAME_2022 if since else decp_nested_json.NAME_2019
    return decp_flat.NAME_JSON
