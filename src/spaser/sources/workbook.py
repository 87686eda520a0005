"""Workbooks: XLSX, ODS and XLS by calamine, which is quick and loads the rectangle of a sheet.

That rectangle is measured first.  An XLSX or an ODS that spans too much is read row by row; an XLS
cannot be, and is refused with what to do.  Calamine gives a formula that fails («#REF!») as an
empty cell, and a percentage as a bare number: an XLSX or an ODS that has any is read row by row
too, and what an XLS has of them is put in their place.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from spaser.errors import Unreadable
from spaser.sources import archive, limits, ods_rows, percents, xls, xlsx_rows
from spaser.sources.sheets import HEADER_WITHIN, Known, NumberedCells, Sheet, opened, score

T = TypeVar("T")
_Named = tuple[str, Callable[[], NumberedCells]]


class _Rows(NamedTuple):
    """A sheet of a workbook: its name, the position of its first column, its rows."""

    nom: str
    first: int
    rows: Callable[[], NumberedCells]


def read(path: Path, known: Known) -> Sheet:
    """The sheet of a workbook that answers `known`, else its first sheet with cells.

    Raises:
        Unreadable: damaged, protected, empty, out of bounds, or two sheets that answer.
    """
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    extents, marks = (archive.measure(path), ()) if zipped else _measured(path)
    more = any(extent.more for extent in extents)
    if sum(extent.cells for extent in extents) <= limits.CELLULES and not more:
        sheets = [s for s in _guarded(lambda: _loaded(path, marks)) if s]
    elif zipped:
        rows = xlsx_rows.sheets if b"xl/" in _start(path) else ods_rows.sheets
        sheets = _guarded(lambda: _streamed(path, rows))
    else:
        extent = max(extents, key=lambda e: e.cells)
        raise Unreadable(
            f"une feuille s'étend sur {extent.rows} lignes et {extent.columns} colonnes "
            f"(au plus {limits.CELLULES} cellules) ; remède : supprimer ses cellules égarées, ou "
            "l'enregistrer en CSV"
        )
    if not sheets:
        raise Unreadable("le classeur n'a aucune cellule remplie")
    best = [max((score(r, known) for _, r in _head(s)), default=0) for s in sheets]
    if max(best) and sum(b == max(best) for b in best) > 1:
        names = ", ".join(
            f"« {s.nom} »" for s, b in zip(sheets, best, strict=True) if b == max(best)
        )
        raise Unreadable(
            f"plusieurs feuilles ont ces colonnes ({names}) ; remède : une feuille par fichier"
        )
    chosen = sheets[best.index(max(best))]
    return opened(_safely(chosen.rows()), known, feuille=chosen.nom, first=chosen.first)


def _head(sheet: _Rows) -> NumberedCells:
    return itertools.islice(_safely(sheet.rows()), HEADER_WITHIN)


def _loaded(path: Path, marks: Sequence[xls.Marks]) -> list[_Rows | None]:
    """The sheets as calamine loads them; None for one without cells.

    Args:
        path: the workbook.
        marks: what it does not give of each sheet, by place.
    """
    import python_calamine as calamine

    book = calamine.CalamineWorkbook.from_path(path)
    loaded: list[_Rows | None] = []
    for name, more in itertools.zip_longest(book.sheet_names, marks[: len(book.sheet_names)]):
        sheet = book.get_sheet_by_name(name)
        loaded.append(
            _Rows(name, sheet.start[1], functools.partial(_numbered, sheet, more or {}))
            if sheet.start is not None
            else None
        )
    return loaded


def _numbered(sheet: Any, marks: xls.Marks) -> NumberedCells:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        for column, more in marks.get(number, {}).items():
            place = column - sheet.start[1]
            cells[place] = percents.shown(cells[place]) if more == xls.PERCENT else more
        yield number, cells


def _streamed(path: Path, read: Callable[[Path], Sequence[_Named]]) -> list[_Rows]:
    """The sheets as they are read row by row, with the values that formulas had."""
    return [_Rows(name, 0, rows) for name, rows in read(path)]


def _safely(rows: NumberedCells) -> NumberedCells:
    """Rows, whatever a library raises on a damaged part said as such."""
    while (row := _guarded(lambda: next(rows, None))) is not None:
        yield row


def _guarded(job: Callable[[], T]) -> T:
    """Call a library that raises anything on a damaged workbook, a Rust panic included."""
    try:
        return job()
    except (Unreadable, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException:  # a panic is no Exception
        raise Unreadable(archive.DAMAGED) from None


def _start(path: Path) -> bytes:
    """Bytes that name the parts of an archive: its directory stands at its end."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (1 << 16)))
        return stream.read()


def _measured(path: Path) -> tuple[Sequence[archive.Extent], Sequence[xls.Marks]]:
    if path.stat().st_size > limits.CLASSEUR:
        raise Unreadable(
            f"classeur de plus de {limits.shown(limits.CLASSEUR)} ; remède : l'enregistrer en CSV"
        )
    book = xls.measure(path.read_bytes())
    return book.extents, book.marks
