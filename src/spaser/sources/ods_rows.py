"""The sheets of an ODS row by row: of a sheet that spans too much, one row in memory at a time."""

from __future__ import annotations

import datetime as dt
import functools
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from spaser.errors import Unreadable
from spaser.sources import limits, percents
from spaser.sources.sheets import NumberedCells
from spaser.sources.texts import FAILED

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ERROR = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_KIND, _WRITTEN = f"{_OFFICE}value-type", f"{_OFFICE}string-value"
_REPEATED = f"{_TABLE}number-columns-repeated"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_PARAGRAPH = f"{_TEXT}p"
_BLANKS = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}


def sheets(path: Path) -> list[tuple[str, Callable[[], NumberedCells]]]:
    """The name of each sheet, and its rows from their numbers and their cells, column A first.

    Cells are text, float, bool, date or datetime, None for blank; a formula that fails gives its
    error («#REF!»), a percentage the text that it shows.  What lxml raises on a damaged part is let
    through.

    Raises:
        Unreadable: while rows stream, repeated cells make more than any table has.
    """
    names = [e.get(f"{_TABLE}name") or "" for e in _elements(path) if e.tag == f"{_TABLE}table"]
    return [(name, functools.partial(_rows, path, n)) for n, name in enumerate(names)]


def _elements(path: Path) -> Iterator[Any]:
    """Each sheet as it begins (without its rows), and each row of it, which is let go after."""
    with zipfile.ZipFile(path) as book, book.open("content.xml") as part:
        elements = etree.iterparse(
            part,
            events=("start", "end"),
            tag=(f"{_TABLE}table", f"{_TABLE}table-row"),
            resolve_entities=False,
            no_network=True,
        )
        for when, element in elements:
            is_row = element.tag == f"{_TABLE}table-row"
            if is_row == (when == "end"):
                yield element
            if when == "end":
                _forget(element)


def _rows(path: Path, rank: int) -> NumberedCells:
    """The filled rows of the sheet of a rank."""
    number, given, met = 0, 0, -1
    for row in _elements(path):
        if row.tag == f"{_TABLE}table":
            number, met = 0, met + 1
            continue
        if met > rank:
            return
        times = int(row.get(f"{_TABLE}number-rows-repeated") or 1)
        cells = _cells(row) if met == rank else []
        given += len(cells) * times
        if given > limits.CELLULES_REPETEES:
            raise Unreadable(
                f"plus de {limits.CELLULES_REPETEES} cellules, répétées ; remède : supprimer les "
                "lignes et colonnes recopiées à l'infini, ou l'enregistrer en CSV"
            )
        for n in range(number + 1, number + times + 1) if cells else ():
            yield n, cells
        number += times


def _cells(row: Any) -> list[object]:
    """The cells of a row up to its last filled one."""
    cells: list[object] = []
    blank = 0
    for cell in row.iterchildren(*_CELLS):
        times, value = int(cell.get(_REPEATED) or 1), _value(cell)
        if value is None:
            blank += times
            continue
        if len(cells) + blank + times > limits.COLONNES:
            raise Unreadable(f"plus de {limits.COLONNES} colonnes ; remède : supprimer celles "
                             "qui sont recopiées")  # fmt: skip
        cells += [None] * blank + [value] * times
        blank = 0
    return cells


def _value(cell: Any) -> object:
    kind = cell.get(_KIND)
    if kind is None:
        return None
    if cell.get(_ERROR) == "error":
        return _shown(cell) or FAILED
    if kind in _KINDS:
        name, read = _KINDS[kind]
        return read(cell.get(name))
    return cell.get(_WRITTEN) or _shown(cell)


def _shown(cell: Any) -> str:
    """The text that a cell shows."""
    paragraphs = [p for p in cell if p.tag == _PARAGRAPH]
    if len(paragraphs) == 1 and not len(paragraphs[0]):
        return paragraphs[0].text or ""
    return "\n".join(map(_text, paragraphs))


def _date(written: str) -> object:
    """A day, or a day and an hour; what is neither stays a text."""
    try:
        return dt.datetime.fromisoformat(written) if "T" in written else (
            dt.date.fromisoformat(written)
        )  # fmt: skip
    except ValueError:
        return written


_KINDS: dict[str, tuple[str, Callable[[str], object]]] = {
    "float": (f"{_OFFICE}value", float),
    "currency": (f"{_OFFICE}value", float),
    "percentage": (f"{_OFFICE}value", lambda written: percents.shown(float(written))),
    "boolean": (f"{_OFFICE}boolean-value", lambda written: written == "true"),
    "date": (f"{_OFFICE}date-value", _date),
    "time": (f"{_OFFICE}time-value", str),
}  # fmt: skip


def _text(element: Any) -> str:
    """The text of a paragraph, its blanks as they are shown."""
    times = min(int(element.get(f"{_TEXT}c") or 1), limits.TEXTE)
    parts = [_BLANKS.get(element.tag, "") * times, element.text or ""]
    for child in element:
        parts += [_text(child), child.tail or ""]
    return "".join(parts)


def _forget(row: Any) -> None:
    """Let a row go, and those before it."""
    row.clear()
    while row.getprevious() is not None:
        del row.getparent()[0]
