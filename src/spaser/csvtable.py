"""What a published table is: its columns, declared once, and all that follows from them.

From the columns come the writer, which refuses a row that is not of the table, the reader, and the
Table Schema with its constraints (Frictionless, Table Schema 1.0).  A table whose rows are records
is declared by its record type: each field is annotated with what `about` says of it.

Files are UTF-8, comma separated, with point decimals and ISO dates.  A text that a spreadsheet
would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import operator
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from spaser import plaintext


class Col(NamedTuple):
    """A column, and what its cells may hold.

    Args:
        name: as the first line of the file writes it.
        type: of Table Schema: string, integer, number, boolean, date, yearmonth.
        label: what it means, in French.
        unite: of its numbers, where all have the same.
        parmi: the texts that it may hold; empty when any may stand there.
        minimum: the least that its numbers may be.
        maximum: the most that they may be.
        requis: whether no cell of it is empty.
        titre: its heading where people read the table (indicateurs.xlsx).
    """

    name: str
    type: str
    label: str
    unite: str = ""
    parmi: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    requis: bool = False
    titre: str = ""


@dataclass(frozen=True)
class Table:
    """A published CSV file: its name without .csv, what it is, its columns, what names a row."""

    nom: str
    titre: str
    cols: tuple[Col, ...]
    cle: tuple[str, ...] = ()

    @property
    def fichier(self) -> str:
        """The name of the file."""
        return f"{self.nom}.csv"

    @property
    def noms(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(c.name for c in self.cols)


# --- Declaring -----------------------------------------------------------------------------

_TYPE_OF = {
    str: "string", int: "integer", Decimal: "number", float: "number", bool: "boolean",
    dt.date: "date",
}  # fmt: skip


def about(label: str, *, name: str = "", type: str = "", **limits: Any) -> Col:
    """What a field of a record is as a column; its name and type are the field's unless given.

    Args:
        label: what it means, in French.
        name: its name, when it is not the field's.
        type: its type of Table Schema, when it is not that of the field.
        **limits: what its cells may hold: the other fields of `Col`.
    """
    return Col(name, type, label, **limits)


def columns(kind: type) -> tuple[Col, ...]:
    """The columns of a record type: its fields annotated by `about`, in order."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple(
        _column(name, hint)
        for name, hint in hints.items()
        if typing.get_origin(hint) is typing.Annotated
    )


def _column(name: str, hint: Any) -> Col:
    held, col = typing.get_args(hint)[:2]
    assert isinstance(col, Col)
    one = next((k for k in typing.get_args(held) if k is not type(None)), held)
    kind = "number" if isinstance(one, TypeVar) else _TYPE_OF[one] if not col.type else col.type
    return col._replace(name=col.name or name, type=kind)


# --- Writing -------------------------------------------------------------------------------

_BLOCK = 1 << 10  # rows that are written together
_KEPT = 1 << 16  # texts of a column whose cells are kept while a table is written
_FORMS = {
    "integer": re.compile(r"[+-]?\d+"),
    "number": re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?"),
    "boolean": re.compile("true|false"),
    "date": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"),
    "yearmonth": re.compile(r"\d{4}-(0[1-9]|1[0-2])"),
}


def write(folder: Path, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Write a table in `folder`, each row the values of its columns in order.

    Args:
        folder: the folder to write in.
        table: the declaration of the table.
        rows: the rows, each the values of the columns in order.

    Raises:
        ValueError: a row has not the columns of the table, a cell holds what its column may not,
            or a row repeats the key of another: a bug of this package, never of the data.
    """
    places = [table.noms.index(name) for name in table.cle]
    keys: set[tuple[str, ...]] = set()
    columns = [_Checked(col, col.requis or col.name in table.cle) for col in table.cols]
    given = iter(rows)
    with (folder / table.fichier).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table.noms)
        while block := [*itertools.islice(given, _BLOCK)]:
            try:
                cells = [c.cells(part) for c, part in zip(columns, _turned(block), strict=True)]
            except ValueError:
                raise ValueError(_wrong_row(table, columns, block)) from None
            for key in zip(*[cells[p] for p in places], strict=True):
                if key in keys:
                    raise ValueError(f"{table.fichier}: two rows of key {key}")
                keys.add(key)
            writer.writerows(_turned(cells))


def _turned(block: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The columns of some rows, or the rows of some columns."""
    return zip(*block, strict=True)


def _wrong_row(table: Table, columns: Sequence[_Checked], block: Iterable[Sequence[object]]) -> str:
    """What is wrong in the first row of a block that has not what its columns ask."""
    for row in block:
        if len(row) != len(columns):
            return f"{table.fichier}: {len(row)} cells for {len(columns)} columns: {row}"
        for col, value in zip(columns, row, strict=True):
            try:
                col.cells((value,))
            except ValueError as error:
                return f"{table.fichier}, {error}: {row}"
    raise AssertionError("no row is wrong")


class _Checked(dict[str, str]):
    """The cells of a column by their texts, each checked once: most come again."""

    def __init__(self, col: Col, requis: bool) -> None:
        self._col, self._requis = col, requis

    def cells(self, values: Iterable[object]) -> list[str]:
        """The cells of some values, one after the other.

        Raises:
            ValueError: the column may not hold one of them.
        """
        return [*map(self.__getitem__, [v if type(v) is str else text(v) for v in values])]

    def __missing__(self, written: str) -> str:
        if wrong := fault(self._col, written, requis=self._requis):
            raise ValueError(f"{self._col.name}: {wrong}")
        cell = _harmless(written) if self._col.type == "string" else written
        if len(self) < _KEPT:
            self[written] = cell
        return cell


def fault(col: Col, cell: str, *, requis: bool) -> str:
    """What a column refuses in a cell, in English; empty when it may stand there.

    Args:
        col: the declaration of the column.
        cell: the value.
        requis: whether it may not be empty.
    """
    if not cell:
        return "empty" if requis else ""
    if col.parmi and cell not in col.parmi:
        return f"{cell!r} is none of {col.parmi}"
    if col.type in _FORMS and not _FORMS[col.type].fullmatch(cell):
        return f"{cell!r} is no {col.type}"
    low = col.minimum is not None and Decimal(cell) < col.minimum
    high = col.maximum is not None and Decimal(cell) > col.maximum
    return f"{cell} is out of {col.minimum} to {col.maximum}" if low or high else ""


def text(value: object) -> str:
    """A value as the text of its cell; an empty text is «not known», never zero."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple | list):
        return " | ".join(map(str, value))
    return str(value)


def _harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; the minus of a number begins none.

    A carriage return, which not every Python writes between quotation marks, is a blank.
    """
    safe = plaintext.cell(cell)
    return (cell if safe != cell and _is_number(cell) else safe).replace("\r", " ")


def _is_number(cell: str) -> bool:
    try:
        return Decimal(cell).is_finite()
    except ArithmeticError:
        return False


# --- Reading -------------------------------------------------------------------------------

AnyRecord = TypeVar("AnyRecord")


CsvRow = Mapping[str, str]  # a row of a published file, texts by name of column


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a published CSV file, as texts by the names of its first line.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a row has not as many cells as the first line.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        names, lines = _lines(path, stream)
        for line in lines:
            yield dict(zip(names, line, strict=True))


def cells(path: Path, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Some columns of a published CSV file, two or more, by their names: for the longest files.

    Raises:
        FileNotFoundError, ValueError: as for `rows`; ValueError too when a column is absent.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        head, lines = _lines(path, stream)
        yield from map(operator.itemgetter(*map(head.index, names)), lines)


def _lines(path: Path, stream: Iterable[str]) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns, and the lines that follow."""
    reader = csv.reader(stream)
    names = next(reader, [])

    def lines() -> Iterator[list[str]]:
        for line in reader:
            if line and len(line) != len(names):
                raise ValueError(f"{path}, line {reader.line_num}: {len(line)} cells")
            if line:
                yield line

    return names, lines()


def record(table: Table, kind: Callable[..., AnyRecord], row: Mapping[str, str]) -> AnyRecord:
    """A row as the record that its table is declared by: numbers are decimals, empty is None.

    An empty text stays a text.

    Args:
        table: the declaration of the table.
        kind: the type of the record.
        row: texts by name of column.

    Raises:
        KeyError: the row lacks a column.
    """
    return kind(**{c.name: value(c, row[c.name]) for c in table.cols})


def value(col: Col, cell: str) -> Any:
    """What the text of a cell says."""
    if col.type in {"string", "yearmonth"}:
        return cell
    if not cell:
        return None
    readers: dict[str, Callable[[str], Any]] = {
        "integer": int,
        "number": Decimal,
        "boolean": "true".__eq__,
        "date": dt.date.fromisoformat,
    }
    return readers[col.type](cell)


# --- Describing ----------------------------------------------------------------------------


def schema(table: Table) -> dict[str, Any]:
    """The Table Schema of a table, with what each column may hold."""
    described: dict[str, Any] = {
        "fields": [_field(c, table.cle) for c in table.cols],
        "missingValues": [""],
    }
    return described | {"primaryKey": list(table.cle)} if table.cle else described


def _field(col: Col, key: Sequence[str]) -> dict[str, Any]:
    constraints = {
        "required": col.requis or col.name in key or None,
        "unique": tuple(key) == (col.name,) or None,
        "enum": list(col.parmi) or None,
        "minimum": col.minimum,
        "maximum": col.maximum,
    }
    field = {"name": col.name, "type": col.type, "description": col.label}
    if col.unite:
        field["unit"] = col.unite
    kept = {k: v for k, v in constraints.items() if v is not None}
    return field | {"constraints": kept} if kept else field
