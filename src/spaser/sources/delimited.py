"""Delimited text, read so that no quotation mark can swallow a row.

A stray mark opens a cell that ends at the next one, rows further, and nothing says so.  Rows that
span several lines are therefore read a second time by the strict rules, and line by line.  In a
national table, lines that are each a row are shown by blocks to who counts other buyers' rows.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from spaser.errors import Unreadable
from spaser.sources import containers, limits
from spaser.sources.sheets import HEADER_WITHIN, Known, Sheet, ToRead, opened, score

SEPARATORS = ";,\t|"
_SAMPLE = 200  # rows that judge a separator
_BLOCK = 500  # lines shown at once
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

    def __init__(self, stream: TextIO) -> None:
        self._stream, self.row, self.number = stream, list[str](), 0
        self._ahead: deque[str] = deque()  # lines that no block could take

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

    def block(self, separator: str) -> list[list[str]]:
        """The next rows, each a line by itself; none near the end, or where a row may span lines.

        What is not given comes next as lines.
        """
        if self._ahead:
            return []
        lines = list(itertools.islice(iter(self._readline, ""), _BLOCK))
        if len(lines) == _BLOCK and lines[-1].endswith(("\n", "\r")):
            with contextlib.suppress(csv.Error):
                rows = list(csv.reader(lines, delimiter=separator))
                # At the end of the lines a cell that is still open holds the end of its line.
                if len(rows) == _BLOCK and not any(c.endswith(("\n", "\r")) for c in rows[-1]):
                    self.number += _BLOCK
                    return rows
        self._ahead.extend(lines)
        return []

    def _readline(self) -> str:
        return self._stream.readline(limits.ENREGISTREMENT)


class _TextRows:
    """The rows of a text, numbered as a spreadsheet shows them."""

    def __init__(self, path: Path, separator: str) -> None:
        self._path, self._separator = path, separator
        self._to_read: ToRead | None = None

    def show_to(self, to_read: ToRead) -> None:
        """From here on, give only the rows that a function says to read, of those it is shown."""
        self._to_read = to_read

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """The rows.

        Raises:
            Unreadable: a quotation mark that swallows lines, or a text that was cut.
        """
        csv.field_size_limit(limits.ENREGISTREMENT)
        with containers.text(self._path) as stream:
            lines = _Recorder(stream)
            width = same = 0  # of the rows before this one, and how many had it
            filled = 0  # the most cells up to the last filled one: those of the header
            reader = csv.reader(lines, delimiter=self._separator)
            number = 0
            while True:
                while self._to_read and (rows := lines.block(self._separator)):
                    if max(map(len, rows)) > filled:
                        filled = functools.reduce(lambda n, row: _filled(row, n), rows, filled)
                    width, same = len(rows[-1]), 1 + (len(rows[-2]) == len(rows[-1]))
                    for place in self._to_read(rows):
                        yield number + 1 + place, rows[place]
                    number += len(rows)
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
