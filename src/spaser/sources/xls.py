"""An old workbook (XLS): how far its cells reach, and what calamine does not give of them.

What a sheet declares of its size may lie, and who loads it takes memory for the rectangle that its
cells span.  A formula that fails is given as an empty cell, a percentage as a bare number.  Its
stream is one of records (MS-XLS): a code, a length, and, of a cell, its row, its column, its style.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from spaser.errors import Unreadable
from spaser.sources import compound, percents
from spaser.sources.archive import DAMAGED, Extent
from spaser.sources.texts import FAILED

_BEGIN, _END = 0x809, 0x0A  # of the workbook itself, then of each sheet, and of a chart in it
_SHEET, _FORMAT, _STYLE = 0x85, 0x41E, 0xE0
_FORMULA, _ERROR = 0x06, 0x205  # a formula and its value; an error, or yes and no
_SEVERAL = 0xBD  # numbers side by side, the last column at the end
_NUMBERS = {_FORMULA, 0x203, 0x27E, _SEVERAL}
_CELLS = _NUMBERS | {_ERROR, 0xD6, 0xFD, 0x204}  # and cells of text
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A",
}  # fmt: skip
PERCENT = "%"

Marks = Mapping[int, Mapping[int, str]]  # the number of a row, the position of a column


class OldWorkbook(NamedTuple):
    """What the records of a workbook say: the rectangle from A1 to the last cell of each of its
    parts; of each sheet, in their order, the cells that fail (their error) or are PERCENT."""

    extents: Sequence[Extent]
    marks: Sequence[Marks]


def measure(content: bytes) -> OldWorkbook:
    """Go through the records of an XLS file.

    Raises:
        Unreadable: it holds no workbook, or a damaged one.
    """
    try:
        return _measured(compound.workbook(content))
    except (struct.error, IndexError):
        raise Unreadable(DAMAGED) from None


def _measured(records: bytes) -> OldWorkbook:
    parts = _Rectangles()
    styles = _Styles()
    sheets: list[int] = []
    for at, code, length in _records(records):
        if code in _CELLS:
            parts.cell(records, at, code, length)
            for column in _percentages(records, at, code, length, styles):
                parts.say(records, at, column, PERCENT)
            if error := _error(records, at, code):
                parts.say(records, at, 0, error)
        elif code == _BEGIN:
            parts.begin(at - 4)
        elif code == _END:
            parts.end()
        elif code == _SHEET:
            sheets += struct.unpack_from("<I", records, at)
        elif code in {_FORMAT, _STYLE}:
            styles.add(code, records[at : at + length])
    return OldWorkbook(parts.extents, [parts.marks.get(start, {}) for start in sheets])


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Where the content of each record begins, its code and its length."""
    at = 0
    while at + 4 <= len(stream):
        code, length = struct.unpack_from("<HH", stream, at)
        at += 4
        yield at, code, length
        at += length


class _Rectangles:
    """The parts of a workbook as they go by: their rectangles, what is said of their cells."""

    def __init__(self) -> None:
        self.extents: list[Extent] = []
        self.marks: dict[int, dict[int, dict[int, str]]] = {}  # by where a part begins
        self._within: list[int] = []  # a chart stands in its sheet

    def begin(self, at: int) -> None:
        self.extents.append(Extent(0, 0))
        self._within.append(at)

    def end(self) -> None:
        del self._within[-1:]

    def cell(self, records: bytes, at: int, code: int, length: int) -> None:
        """Let the rectangle of the last part reach a cell."""
        if not self.extents:
            return
        row, column = struct.unpack_from("<HH", records, at)
        if code == _SEVERAL:
            [column] = struct.unpack_from("<H", records, at + length - 2)
        rows, columns, _ = self.extents[-1]
        if row >= rows or column >= columns:
            self.extents[-1] = Extent(max(rows, row + 1), max(columns, column + 1))

    def say(self, records: bytes, at: int, further: int, mark: str) -> None:
        """Keep what is said of a cell, some columns further than that of its record."""
        if self._within:
            row, column = struct.unpack_from("<HH", records, at)
            rows = self.marks.setdefault(self._within[-1], {})
            rows.setdefault(row + 1, {})[column + further] = mark


class _Styles:
    """The formats of numbers that a workbook declares, and the styles that use them."""

    def __init__(self) -> None:
        self._formats = set(percents.BUILT_IN)
        self._percent: list[bool] = []

    def add(self, code: int, content: bytes) -> None:
        if code == _FORMAT:
            [number] = struct.unpack_from("<H", content)
            written = content[2:].replace(b"\0", b"").decode("latin-1")
            if percents.is_format(written):
                self._formats.add(number)
        else:
            [number] = struct.unpack_from("<H", content, 2)
            self._percent.append(number in self._formats)

    def percent(self, style: int) -> bool:
        """Whether a style shows percentages."""
        return style < len(self._percent) and self._percent[style]


def _percentages(records: bytes, at: int, code: int, length: int, styles: _Styles) -> Iterator[int]:
    """The cells of a record that are percentages, counted from its first one."""
    if code not in _NUMBERS:
        return
    many = (length - 6) // 6 if code == _SEVERAL else 1  # a style and a number, side by side
    for n in range(many):
        [style] = struct.unpack_from("<H", records, at + 4 + 6 * n)
        if styles.percent(style):
            yield n


def _error(records: bytes, at: int, code: int) -> str:
    """The error of a cell, empty when it has none."""
    if code == _ERROR and records[at + 7]:
        return _ERRORS.get(records[at + 6], FAILED)
    if code == _FORMULA and records[at + 6] == 2 and records[at + 12 : at + 14] == b"\xff\xff":
        return _ERRORS.get(records[at + 8], FAILED)
    return ""
