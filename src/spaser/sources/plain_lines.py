"""Lines of a delimited text that are each a row, cut and judged together from their bytes.

A block of lines is cut when each quotation mark opens or closes a cell, or is half of a doubled
one, and each line has as many cells as the header: no reader could cut it otherwise.  Any other
block is left to `csv`.
"""

from __future__ import annotations

import functools
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

# NumPy starts threads for linear algebra, of which nothing here is: they would wait for nothing.
_THREADS = "OPENBLAS_NUM_THREADS"
_asked = os.environ.get(_THREADS)
os.environ.setdefault(_THREADS, "1")

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402

if _asked is None:  # as it was, for the kernels that inherit it
    del os.environ[_THREADS]

_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.intp]
_Mask = npt.NDArray[np.bool_]
_Sirens = npt.NDArray[np.int32]

_QUOTE, _LINE_END, _RETURN, _ZERO, _POINT = b'"\n\r0.'
_TAIL = 16  # the last bytes of a cell: a SIRET and a plain amount have fewer
_SIRET, _WHOLE = 14, 12  # digits of a SIRET, and of the whole euros of a plain amount
_NINE = re.compile("[0-9]{9}")
_FEWEST = 2  # rows of one width, as a reader asks before it says that a last line was cut
_TOGETHER = 1000  # blocks of which the SIRENs are counted together
_NUMBER = 10 ** np.arange(8, -1, -1, dtype=np.int32)
# What a digit is worth in euros, by its place in the tail of an amount that has no decimal, one
# or two; what stands at the place of the point is 0.
_WORTH = [
    [Decimal(10) ** (point - place - (place < point)) for place in range(_TAIL)]
    for point in (_TAIL, _TAIL - 2, _TAIL - 3)
]

# The C library keeps for the next block what a block frees, once as much was freed at once.
np.empty(8 << 20, np.uint8)


class Lines(NamedTuple):
    """Rows, each a line of a text: where each begins (and the last one ends), and where the cells
    of each end."""

    text: _Bytes
    starts: _Places
    ends: _Places

    def line(self, place: int) -> bytes:
        """A line as it is written."""
        return self.text[self.starts[place] : self.starts[place + 1]].tobytes()

    def cells(self, column: int) -> tuple[_Places, _Places]:
        """Where the cells of a column start and end, the marks around them left out."""
        starts = self.ends[:, column - 1] + 1 if column else self.starts[:-1]
        quoted = self.text[starts] == _QUOTE
        return starts + quoted, self.ends[:, column] - quoted


def cut(block: bytes, separator: str, width: int) -> Lines | None:
    """The cells of whole lines; None when one of them may not be a row of `width` cells.

    Args:
        block: the lines, two or more, of a text where bytes below 128 are ASCII characters.
        separator: what stands between their cells.
        width: how many cells a row has.
    """
    if len(block) < _TAIL or b"\0" in block:
        return None
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
        return None
    text = np.frombuffer(block, np.uint8)
    apart = ord(separator)
    among = text == apart
    among |= text == _LINE_END
    among |= text == _QUOTE
    marks = among.nonzero()[0]
    kinds = text[marks]
    quotes = kinds == _QUOTE
    if quotes.any():
        within = np.cumsum(quotes, dtype=np.uint8) & 1 == 1  # of their number, what is odd
        if not _are_about_cells(text, marks[quotes], apart) or _LINE_END in kinds[within]:
            return None
        outside = ~(quotes | within)
        marks, kinds = marks[outside], kinds[outside]
    line_ends = kinds == _LINE_END
    count, rest = divmod(len(marks), width)
    if rest or count < _FEWEST or line_ends.sum() != count:
        return None
    if not line_ends[width - 1 :: width].all():
        return None
    ends = marks.reshape(count, width)
    starts = np.concatenate(([0], ends[:, -1] + 1))
    ends[:, -1] -= text[ends[:, -1] - 1] == _RETURN
    return Lines(text, starts, ends)


def _are_about_cells(text: _Bytes, quotes: _Places, separator: int) -> bool:
    """Whether marks open a cell and close it by turns, or are doubled within one."""
    if len(quotes) % 2:
        return False
    # Before the first byte stands the last one, which ends a line too.
    before, after = text[quotes[::2] - 1], text[quotes[1::2] + 1]
    about = [separator, _LINE_END, _QUOTE]
    return bool(np.isin(before, about).all() and np.isin(after, [*about, _RETURN]).all())


class Others:
    """Rows of blocks that are plainly those of other buyers, by SIREN, and their euros."""

    def __init__(self, columns: Sequence[int], read: Sequence[Collection[str]]) -> None:
        """The columns of the buyer and of the amount, then those of dates; the SIRENs to read, in
        collections of which the next is asked when the one before has not all buyers."""
        self._buyer, self._amount, *self._dates = columns
        self._read = [functools.cache(functools.partial(_numbers, some)) for some in read]
        self._blocks: list[_Sirens] = []  # that are not counted yet
        self._rows: Counter[int] = Counter()
        self._euros = Decimal("0.00")

    def to_read(self, lines: Lines) -> list[int]:
        """The places of the rows of a block that are not counted here."""
        sirens, passed = _sirens(lines, self._buyer)
        digits, decimals, plain = _amounts(lines, self._amount)
        passed &= plain
        for column in self._dates:
            passed &= _has_no_order(lines, column)
        for some in self._read:
            if passed.any():
                passed &= ~_are_among(sirens, some())
        for count, worth in enumerate(_WORTH):
            sums = digits[passed & (decimals == count)].sum(axis=0, dtype=np.int64)
            self._euros += sum(map(Decimal.__mul__, worth, map(Decimal, sums.tolist())))
        self._blocks.append(sirens[passed])
        if len(self._blocks) == _TOGETHER:
            self._add_up()
        to_read: list[int] = np.flatnonzero(~passed).tolist()
        return to_read

    def passed(self) -> tuple[dict[str, int], Decimal]:
        """The rows of each SIREN, and the euros of all."""
        self._add_up()
        return {f"{siren:09d}": rows for siren, rows in self._rows.items()}, self._euros

    def _add_up(self) -> None:
        if self._blocks:
            each, rows = np.unique(np.concatenate(self._blocks), return_counts=True)
            self._rows.update(dict(zip(each.tolist(), rows.tolist(), strict=True)))
            self._blocks.clear()


def _numbers(sirens: Iterable[str]) -> _Sirens:
    """SIRENs as numbers, in order, after one that no buyer has."""
    return np.array([-1, *sorted(int(s) for s in sirens if _NINE.fullmatch(s))], np.int32)


def _are_among(sirens: _Sirens, some: _Sirens) -> _Mask:
    among: _Mask = some[np.searchsorted(some, sirens) % len(some)] == sirens
    return among


def _sirens(lines: Lines, column: int) -> tuple[_Sirens, _Mask]:
    """The SIRENs of a column of buyers, and which of them stand in a plain SIRET."""
    sizes, digits = _tails(lines, column)
    digits = digits[:, -_SIRET:]
    return digits[:, :9] @ _NUMBER, (sizes == _SIRET) & (digits <= 9).all(axis=1)


def _amounts(lines: Lines, column: int) -> tuple[_Bytes, _Places, _Mask]:
    """The digits of a column of amounts, how many of each are decimals, and which are plain."""
    sizes, digits = _tails(lines, column)
    digits *= np.arange(_TAIL) >= (_TAIL - sizes)[:, None]  # what stands before is no part of it
    point = _POINT - _ZERO & 0xFF
    decimals = np.select([digits[:, -3] == point, digits[:, -2] == point], [2, 1], 0)
    pointed = decimals > 0
    whole = sizes - decimals - pointed
    digits[pointed, _TAIL - 1 - decimals[pointed]] = 0
    first = digits[np.arange(len(sizes)), np.clip(_TAIL - sizes, 0, _TAIL - 1)]
    plain = (digits <= 9).all(axis=1) & (whole >= 1) & (whole <= _WHOLE)
    return digits, decimals, plain & ((first > 0) | (whole == 1))


def _tails(lines: Lines, column: int) -> tuple[_Places, _Bytes]:
    """The sizes of cells, and their last bytes as digits: above 9 what is none.

    A cell that ends among the first bytes of the text is as if it were empty.
    """
    starts, ends = lines.cells(column)
    sizes = np.where(ends < _TAIL, 0, ends - starts)
    windows = np.ndarray((len(lines.text) - _TAIL + 1,), f"V{_TAIL}", lines.text, 0, (1,))
    digits = windows[np.maximum(ends, _TAIL) - _TAIL].view(np.uint8).reshape(-1, _TAIL) - _ZERO
    return sizes, digits


def _has_no_order(lines: Lines, column: int) -> _Mask:
    """Which dates plainly do not begin by a day or a month: empty, or of a year first."""
    starts, ends = lines.cells(column)
    sizes = ends - starts
    plain: _Mask = sizes >= 3
    for place in range(3):
        plain &= lines.text[np.minimum(starts + place, len(lines.text) - 1)] - _ZERO <= 9
    plain |= sizes == 0
    return plain
