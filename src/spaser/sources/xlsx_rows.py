"""The sheets of an XLSX row by row: of a sheet that spans too much, one row in memory at a time.

openpyxl reads the parts that are small (names, shared texts); its reader of cells takes ten times
the time of this one.
"""

from __future__ import annotations

import functools
import string
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree

from spaser.sources import percents
from spaser.sources.sheets import NumberedCells

Reader = Callable[[str, str], object]  # the text of a cell, what its style shows («date»…)

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_DIGITS = 40  # beyond, a number is left as it is written
_DATE, _PERCENT = "date", "percent"
_STYLES = "xl/styles.xml"
_LETTERS = string.ascii_uppercase


def sheets(path: Path) -> list[tuple[str, Callable[[], NumberedCells]]]:
    """The name of each sheet, and its rows from their numbers and their cells, column A first.

    Cells are text, int, float, bool, date or datetime, None for blank; a formula gives the value
    that it had, or its error («#REF!»), and a percentage is the text that it shows.  What the
    library or lxml raises on a damaged part is let through.
    """
    from openpyxl.reader.excel import ExcelReader

    # openpyxl judges a path by its name, not a stream; and its own way of opening a workbook
    # goes through each sheet that does not say its size.
    book = ExcelReader(path.open("rb"), read_only=True, data_only=True, keep_links=False)
    book.read_manifest()
    book.read_strings()
    book.read_workbook()
    return [
        (sheet.name, functools.partial(_rows, book, rel.target))
        for sheet, rel in book.parser.find_sheets()
        if rel.target in book.valid_files and "chartsheet" not in rel.Type
    ]


def _rows(book: Any, name: str) -> NumberedCells:
    read = _reader(book)
    styles = _styles(book.archive)
    last = 0
    with book.archive.open(name) as part:
        rows = etree.iterparse(
            part, tag=(f"{_NS}row", f"{_STRICT}row"), resolve_entities=False, no_network=True
        )
        for _, row in rows:
            last = int(row.get("r") or last + 1)
            cells: list[object] = []
            for cell in row:
                at = _column(cell.get("r") or "", len(cells))
                cells += [None] * (at - len(cells))
                style = cell.get("s")
                cells.append(_value(cell, read, styles.get(int(style), "") if style else ""))
            yield last, cells
            _forget(row)


def _styles(book: zipfile.ZipFile) -> dict[int, str]:
    """The styles that show a number as something else: their ranks -> _DATE or _PERCENT.

    They alone are read: openpyxl refuses a whole workbook for a colour that it cannot read.
    """
    from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format

    if _STYLES not in book.namelist():
        return {}
    tree = etree.fromstring(book.read(_STYLES), etree.XMLParser(resolve_entities=False))
    own = {int(f.get("numFmtId") or 0): f.get("formatCode") or "" for f in tree.iter("{*}numFmt")}
    ranks: dict[int, str] = {}
    for rank, style in enumerate(tree.iterfind("{*}cellXfs/{*}xf")):
        number = int(style.get("numFmtId") or 0)
        code = own.get(number) or builtin_format_code(number) or ""
        if percents.is_format(code):
            ranks[rank] = _PERCENT
        elif is_date_format(code) or is_timedelta_format(code):
            ranks[rank] = _DATE
    return ranks


def _column(place: str, next_: int) -> int:
    """The position of a column by its letters; a cell that does not say stands after the last."""
    number = 0
    for character in place:
        if character not in _LETTERS:
            break
        number = number * 26 + _LETTERS.index(character) + 1
    return max(number - 1, next_) if number else next_


def _value(cell: Any, read: dict[str, Reader], shown: str) -> object:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return "".join(t.text or "" for t in cell.iter("{*}t") if "rPh" not in t.getparent().tag)
    written = cell.findtext("{*}v")
    return None if written is None else read[kind](written, shown)


def _reader(book: Any) -> dict[str, Reader]:
    """How the text of each kind of cell is read."""
    from openpyxl.utils.datetime import from_excel, from_ISO8601

    texts, epoch = book.shared_strings, book.wb.epoch

    def number(written: str, shown: str) -> object:
        if written.isdigit() and not shown:
            return int(written) if len(written) <= _DIGITS else written
        value = float(written)
        if shown == _PERCENT:
            return percents.shown(value)
        try:
            return from_excel(value, epoch) if shown else value
        except (OverflowError, ValueError):
            return value  # out of the calendar: the number that stands there

    return {
        "n": number,
        "s": lambda written, _: texts[int(written)],
        "str": lambda written, _: written,
        "b": lambda written, _: written == "1",
        "e": lambda written, _: written,  # «#REF!», which no parser takes for a value
        "d": lambda written, _: from_ISO8601(written),
    }


def _forget(row: Any) -> None:
    """Let a row go, and those before it."""
    row.clear()
    while row.getprevious() is not None:
        del row.getparent()[0]
