"""Delimited text, read so that no quotation mark can swallow a row.

A stray mark opens a cell that ends at the next one, rows further, and nothing says so.  Rows that
span several lines are therefore read a second time by the strict rules, and line by line.  In a
national table, lines that are each a row are shown by blocks to who counts other buyers' rows: in
bytes (`plain_lines.py`), else as cells.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import itertools
import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from spaser.errors import Unreadable
from spaser.sources import containers, limits
from spaser.sources.sheets import HEADER_WITHIN, Known, Sheet, ToRead, opened, score

if TYPE_CHECKING:
    from spaser.sources.plain_lines import Lines

SEPARATORS = ";,\t|"
_SAMPLE = 200  # rows that judge a separator
_BLOCK = 500  # lines shown at once as cells
_BYTES = 1 << 20  # shown at once in bytes
_STEADY = 2  # rows of one width; a shorter last line after them means that the file was cut
_REMEDY = "remède : ôter ce guillemet, ou le doubler, ou mettre la cellule entre guillemets"


def read(path: Path, known: Known) -> Sheet:
    """Open a delimited text as a table.

    Raises:
        Unreadable: no header; while rows stream: a stray quotation mark, a line out of bounds, a
            last line that was cut.
    """
    encoding = containers.encoding(path)
    separator = _separator(path, known)
    rows = _TextRows(path, separator)
    sheet = opened(rows, known, ragged=True)
    if len(sheet.header) == 1 and any(s in sheet.header[0] for s in SEPARATORS):
        raise Unreadable(
            "chaque ligne est entre guillemets, comme une seule cellule ; remède : exporter de "
            "nouveau, ou ôter le premier et le dernier guillemet de chaque ligne"
        )
    return replace(sheet, encodage=encoding.nom, perdus=encoding.perdus, shown_to=rows.show_to)


class _Recorder:
    """The lines of a text, those of the row being read kept aside."""

    def __init__(self, stream: TextIO, separator: str) -> None:
        self._stream, self.row, self.number = stream, list[str](), 0
        self._separator, self._size = separator, os.fstat(stream.fileno()).st_size
        self._ahead: deque[str] = deque()  # lines that no block could take
        self._doubtful = 0  # where the last bytes end that could not be cut

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._readline()
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == limits.ENREGISTREMENT:
            raise Unreadable(
                f"ligne {self.number} : plus de {limits.shown(limits.ENREGISTREMENT)} sans fin de "
                "ligne ; remède : vérifier que c'est bien un tableau"
            )
        self.row.append(line)
        if len(self.row) > limits.LIGNES_DANS_UNE_CELLULE:
            first = self.number - len(self.row) + 1
            raise Unreadable(f"ligne {first} : un guillemet ouvert n'est jamais fermé ; {_REMEDY}")
        return line

    def lines(self, width: int) -> Lines | None:
        """The next lines, cut in bytes; none of a small text, or where one may be no row."""
        if self._ahead or self._size < _BYTES:
            return None
        here = self._stream.tell()  # beyond the end where the decoder is between two characters
        if not self._doubtful <= here < self._size:
            return None
        from spaser.sources import plain_lines  # NumPy is for large files

        self._stream.buffer.seek(here)
        block = self._stream.buffer.read(_BYTES)
        block = block[: block.rfind(b"\n") + 1]
        lines = plain_lines.cut(block, self._separator, width)
        if lines:
            self.number += len(lines.ends)
        else:
            self._doubtful = here + len(block)
        self._stream.seek(here + len(block) if lines else here)
        return lines

    def block(self) -> list[list[str]]:
        """The next rows, each a line by itself; none near the end, or where a row may span lines.

        What is not given comes next as lines.
        """
        if self._ahead:
            return []
        lines = list(itertools.islice(iter(self._readline, ""), _BLOCK))
        if len(lines) == _BLOCK and lines[-1].endswith(("\n", "\r")):
            with contextlib.suppress(csv.Error):
                rows = list(csv.reader(lines, delimiter=self._separator))
                # At the end of the lines a cell that is still open holds the end of its line.
                if len(rows) == _BLOCK and not any(c.endswith(("\n", "\r")) for c in rows[-1]):
                    self.number += _BLOCK
                    return rows
        self._ahead.extend(lines)
        return []

    def _readline(self) -> str:
        return self._stream.readline(limits.ENREGISTREMENT)


class _Shown(NamedTuple):
    """How many rows were shown, what they make of the state of the reader, and those to read."""

    rows: int
    filled: int
    width: int
    same: int
    to_read: list[tuple[int, list[str]]]


class _TextRows:
    """The rows of a text, numbered as a spreadsheet shows them."""

    def __init__(self, path: Path, separator: str) -> None:
        self._path, self._separator, encoding = path, separator, containers.encoding(path)
        self._in_bytes = encoding.ascii_as_such
        self._encoding = encoding.nom.removesuffix("-sig")  # a mark starts the text, and no line
        self._to_read: ToRead | None = None

    def show_to(self, to_read: ToRead) -> None:
        """From here on, of the rows that are shown give only those that are to read."""
        self._to_read = to_read

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """The rows.

        Raises:
            Unreadable: a quotation mark that swallows lines, or a text that was cut.
        """
        csv.field_size_limit(limits.ENREGISTREMENT)
        with containers.text(self._path) as stream:
            lines = _Recorder(stream, self._separator)
            width = same = 0  # of the rows before this one, and how many had it
            filled = 0  # the most cells up to the last filled one: those of the header
            reader = csv.reader(lines, delimiter=self._separator)
            number = 0
            while True:
                while self._to_read and (some := self._shown(lines, self._to_read, filled)):
                    filled, width, same = some.filled, some.width, some.same
                    for place, row in some.to_read:
                        yield number + 1 + place, row
                    number += some.rows
                number += 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    raise Unreadable(
                        f"ligne {lines.number} : cellule illisible ; {_REMEDY}"
                    ) from None
                if len(lines.row) > 1 and _swallows(lines.row, row, self._separator):
                    first = lines.number - len(lines.row) + 1
                    raise Unreadable(
                        f"ligne {first} : un guillemet y ouvre une cellule qui avale le tableau "
                        f"jusqu'à la ligne {lines.number} ; {_REMEDY}"
                    )
                cut = bool(lines.row) and not lines.row[-1].endswith(("\n", "\r"))
                if cut and same >= _STEADY and 0 < len(row) < filled:
                    raise Unreadable(
                        f"ligne {lines.number} : le fichier s'arrête au milieu de cette ligne "
                        f"({len(row)} cellules au lieu de {filled}) ; remède : l'obtenir de "
                        "nouveau, ou compléter cette ligne"
                    )
                filled = _filled(row, filled)
                width, same = len(row), same + 1 if len(row) == width else 1
                lines.row.clear()
                yield number, row

    def _shown(self, lines: _Recorder, to_read: ToRead, filled: int) -> _Shown | None:
        """The next rows, shown together; None where the next one is to be read by itself."""
        if self._in_bytes and filled == to_read.width and (cut := lines.lines(filled)):
            written = [
                (n, cut.line(n).decode(self._encoding, "replace")) for n in to_read.lines(cut)
            ]
            rows = [(n, *csv.reader([line], delimiter=self._separator)) for n, line in written]
            return _Shown(len(cut.ends), filled, filled, _STEADY, rows)
        if not (block := lines.block()):
            return None
        if max(map(len, block)) > filled:
            filled = functools.reduce(lambda n, row: _filled(row, n), block, filled)
        last, before = len(block[-1]), len(block[-2])
        rows = [(n, block[n]) for n in to_read.rows(block)]
        return _Shown(len(block), filled, last, 1 + (last == before), rows)


def _filled(row: Sequence[str], least: int) -> int:
    """The position of the last filled cell of a row, or `least` where it is more."""
    return next((n for n in range(len(row), least, -1) if row[n - 1].strip()), least)


def _swallows(lines: Sequence[str], row: Sequence[str], separator: str) -> bool:
    """Whether a row of several lines is rows that a stray quotation mark made one.

    Its marks break the rules; or it is the end of the text that closes it; or each of its lines
    has by itself as many cells as the row, which lines of a long text have not.
    """
    strict = csv.reader(lines, delimiter=separator, strict=True)
    try:
        list(strict)
    except csv.Error:
        return True
    width = len(row)
    return width > 1 and all(
        width in {len(line.split(separator)), len(next(csv.reader([line], delimiter=separator)))}
        for line in lines
        if line.strip()
    )


def _separator(path: Path, known: Known) -> str:
    """The separator whose header answers best, else the one that cuts rows most evenly."""
    trials = []
    for candidate in SEPARATORS:
        rows: list[list[str]] = []
        with contextlib.suppress(Unreadable):  # raised when the rows are read for good
            for _, row in itertools.islice(_TextRows(path, candidate), _SAMPLE):
                rows += [row] if row else []
        widths = [len(r) for r in rows]
        usual = max(set(widths), key=lambda w: (widths.count(w), w), default=0)
        even = widths.count(usual) / len(widths) if usual > 1 else 0.0
        answer = max((score(r, known) for r in rows[:HEADER_WITHIN]), default=0)
        trials.append(((answer, even, usual), candidate))
    return max(trials, key=lambda trial: trial[0])[1]
