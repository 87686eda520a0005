"""DECP in the Ministry's flat form: one row a contract, 55 columns, lists as text.

As JSON the rows are objects (decp_json.py); as CSV, workbook or Parquet they are a table.
Column names come in lower or mixed case, with dots or underscores.  Concessions have columns of
their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from spaser.sources.fields import FIELDS, MODIFICATIONS, SOUS_TRAITANCES, Field
from spaser.sources.records import Lookup, Published, TableName
from spaser.sources.sheets import Sheet, heading

NAME_JSON = "DECP 2022, JSON à plat du ministère"
NAME_TABLE = "DECP 2022, tableau à plat du ministère"
_HOLDER: dict[TableName, str] = {"marches": "titulaire", "concessions": "concessionnaire"}
_HOLDERS = range(1, 4)


def _columns(field: Field) -> tuple[str, ...]:
    """The column names of a field, as they are compared."""
    return tuple(heading(name) for name in field.flat.split("|"))


COLUMNS = {
    f: _columns(f) for part in (*FIELDS.values(), MODIFICATIONS, SOUS_TRAITANCES) for f in part
}
FlatTable = TableName | Literal["modifications", "sous_traitances"]
_PARTS: dict[FlatTable, Sequence[Field]] = {
    "marches": FIELDS["marches"],
    "concessions": FIELDS["concessions"],
    "modifications": MODIFICATIONS,
    "sous_traitances": SOUS_TRAITANCES,
}
_PLACES = {part: {f.name: COLUMNS[f] for f in fields} for part, fields in _PARTS.items()}
KNOWN: dict[TableName, frozenset[str]] = {
    table: frozenset(
        {name for f in FIELDS[table] for name in COLUMNS[f]}
        | {heading(f"{holder}_id_{n}") for n in _HOLDERS}
    )
    for table, holder in _HOLDER.items()
}
# What tells a table of each kind, whatever else it has.
MARKS: dict[TableName, frozenset[str]] = {
    "marches": frozenset({"acheteur id", "montant", "datenotification", "titulaire id 1"}),
    "concessions": frozenset({"autoriteconcedante id", "valeurglobale", "datesignature"}),
}


def read_table(
    rows: Iterable[tuple[int, Mapping[str, object]]], sheet: Sheet
) -> Iterator[Published]:
    """Yield each row of a table; positions are the row numbers of a spreadsheet."""
    letters = {heading(name): letter for name, letter in sheet.letters.items()}
    table = table_of(letters)
    parts = (("", FIELDS[table]), ("sous_traitance.", SOUS_TRAITANCES))
    places = {
        prefix + f.name: letters[c]
        for prefix, fields in parts
        for f in fields
        for c in COLUMNS[f]
        if c in letters
    } | {
        f"titulaire_id_{n}": letters[c]
        for n in _HOLDERS
        if (c := heading(f"{_HOLDER[table]}_id_{n}")) in letters
    }
    for rang, row in rows:
        yield published(table, rang, renamed(row), row, places)


def renamed(row: Mapping[str, object]) -> dict[str, object]:
    """A row by its column names as they are compared."""
    return {heading(name): value for name, value in row.items()}


def table_of(cells: Iterable[str]) -> TableName:
    """Which table a row belongs to, from its column names."""
    return "concessions" if MARKS["concessions"] <= set(cells) else "marches"


def published(
    table: TableName,
    rang: int,
    cells: Mapping[str, object],
    raw: object,
    places: Mapping[str, str] | None = None,
) -> Published:
    """A row renamed to canonical fields.

    Args:
        table: the canonical table.
        rang: the number of the row in its file.
        cells: the cells by heading.
        raw: the row as written.
        places: where its parts were read.
    """
    holder = _HOLDER[table]
    return Published(
        table=table,
        rang=rang,
        tabulaire=True,
        fields=canonical(table, cells),
        holders=[
            (cells.get(f"{holder} id {n}"), cells.get(f"{holder} typeidentifiant {n}"))
            for n in _HOLDERS
        ],
        modifications=[canonical("modifications", cells)],
        sous_traitances=[canonical("sous_traitances", cells)],
        raw=raw,
        colonnes=places or {},
    )


def canonical(part: FlatTable, cells: Mapping[str, object]) -> Lookup:
    """The cells of some fields, by canonical name."""
    return Lookup(cells, _PLACES[part], _first)


def _first(cells: Mapping[str, object], names: Sequence[str]) -> object:
    for name in names:
        if (cell := cells.get(name)) is not None:
            return cell
    return None
