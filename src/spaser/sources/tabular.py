"""The one reader of tables: delimited text, workbook (XLSX, ODS, XLS) or Parquet, by content.

The header is the row that holds the expected names: titles and blank rows above it are let go.
Rows keep the number that a spreadsheet shows, so that a message can name a cell.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import functools
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from spaser.errors import Unreadable
from spaser.sources import containers
from spaser.sources.values import EXPOSANT, Read, clean, fold, identifier, lost_digits

Known = Collection[AbstractSet[str]]
_Rows = Iterable[tuple[int, Sequence[object]]]

_HEADER_WITHIN = 60  # rows: a header stands near the top
_SAMPLE = 200  # rows that judge a separator
_LINES_IN_A_CELL = 200  # beyond, a quotation mark was never closed
SEPARATORS = ";,\t|"


@dataclass(frozen=True)
class Sheet:
    """A table: its header as written (blanks trimmed), and its rows as they stream by.

    `rows` yields the row number and the filled cells by column name: text, int, Decimal, bool,
    date or datetime (None when blank); lists too from Parquet.  Rows without any filled cell are
    skipped.  A cell without a heading is kept under «colonne F».  `perdus` counts the lost
    characters (U+FFFD) of a text file.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, dict[str, object]]]
    letters: dict[str, str]
    ligne_entete: int = 1
    feuille: str = ""
    encodage: str = ""
    perdus: int = 0

    def column(self, *names: str) -> str | None:
        """The column of the first of `names` that the header has, whatever case and accents."""
        mine = {heading(h): h for h in self.header}
        return next((mine[heading(n)] for n in names if heading(n) in mine), None)

    def cell(self, ligne: int, colonne: str) -> str:
        """«cellule C12 (« SIRET »)», for messages."""
        sheet = f"feuille « {self.feuille} », " if self.feuille else ""
        return f"{sheet}cellule {self.letters.get(colonne, '?')}{ligne} (« {colonne} »)"

    def identifier(self, ligne: int, row: Mapping[str, object], colonne: str) -> Read:
        """The SIRET (or other number) of a cell.

        Raises:
            Unreadable: a spreadsheet turned it into 2,1E+13 and its digits are lost.
        """
        read = identifier(row.get(colonne))
        if read.motif == EXPOSANT:
            raise Unreadable(lost_digits(self.cell(ligne, colonne), row.get(colonne)))
        return read


def sheet(path: Path, known: Known = ()) -> Sheet:
    """Open the table of a file.

    Args:
        path: the file.
        known: sets of column names, one per form that the caller can read; the header is the
            row that answers one of them best.  Without them (or without an answer), it is the
            first row filled as the table is.

    Raises:
        Unreadable: not a table, no header, damaged, two sheets that answer; while rows stream:
            a row with more cells than the header, a quotation mark never closed.
    """
    wanted = [{heading(n) for n in names} for names in known]
    match containers.container(path):
        case "classeur":
            return _workbook(path, wanted)
        case "parquet":
            return _parquet(path)
        case "texte":
            return _delimited(path, wanted)
        case other:
            raise Unreadable(f"un tableau est attendu, le fichier est du {other.upper()}")


@functools.lru_cache(maxsize=4096)
def heading(name: object) -> str:
    """A column name as it is compared: case, accents, blanks, dots and underscores forgiven."""
    return " ".join(fold(clean(str(name))).replace("_", " ").replace(".", " ").split())


def letter(position: int) -> str:
    """The letters of a spreadsheet column (0: A, 26: AA)."""
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def score(row: Sequence[object], known: Known) -> int:
    """How many names of one known set a row holds, at best (one alone proves little)."""
    cells = {heading(c) for c in row if isinstance(c, str)}
    return max((n for names in known if (n := len(cells & names)) >= min(2, len(names))), default=0)


def _header(rows: Sequence[tuple[int, Sequence[object]]], known: Known) -> int:
    """The position of the header in the first rows.

    Raises:
        Unreadable: nothing there.
    """
    scores = [score(row, known) for _, row in rows]
    if any(scores):
        return scores.index(max(scores))
    filled = [sum(isinstance(c, str) and bool(c.strip()) for c in row) for _, row in rows]
    if not any(filled):
        raise Unreadable("aucune ligne d'en-tête dans le tableau")
    return next(i for i, n in enumerate(filled) if 2 * n > max(filled))


def _open(
    rows: _Rows, known: Known, *, feuille: str = "", first: int = 0, ragged: bool = False
) -> Sheet:
    """A sheet from its rows, the first of them read ahead to find the header."""
    stream = iter(rows)
    ahead = list(itertools.islice(stream, _HEADER_WITHIN))
    at = _header(ahead, known)
    number, names = ahead[at]
    columns: list[str] = []
    for position, name in enumerate(names):
        text = clean(str(name)) if name is not None else ""
        text = text or f"colonne {letter(first + position)}"
        columns.append(f"{text} ({columns.count(text) + 1})" if text in columns else text)
    titled = [bool(n is not None and clean(str(n))) for n in names]
    return Sheet(
        header=tuple(c for c, named in zip(columns, titled, strict=True) if named),
        rows=_records(itertools.chain(ahead[at + 1 :], stream), columns, titled, ragged),
        letters={c: letter(first + position) for position, c in enumerate(columns)},
        ligne_entete=number,
        feuille=feuille,
    )


def _records(
    rows: _Rows, columns: Sequence[str], titled: Sequence[bool], ragged: bool
) -> Iterator[tuple[int, dict[str, object]]]:
    for number, row in rows:
        cells = [plain(c) for c in row]
        if all(c is None for c in cells):
            continue
        if ragged and any(c is not None for c in cells[len(columns) :]):
            raise Unreadable(
                f"ligne {number} : {len(cells)} cellules pour {len(columns)} colonnes ; "
                "remède : mettre entre guillemets le texte qui contient le séparateur"
            )
        padded = itertools.chain(cells, itertools.repeat(None))
        yield (
            number,
            {
                column: cell
                for column, named, cell in zip(columns, titled, padded, strict=False)
                if named or cell is not None
            },
        )


def plain(cell: object) -> object:
    """A cell as a plain value: blank is None, a float its shortest writing, midnight a date."""
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, float):
        exact = Decimal(repr(cell))
        return int(exact) if exact.is_finite() and exact == exact.to_integral_value() else exact
    if isinstance(cell, dt.datetime) and cell.time() == dt.time.min:
        return cell.date()
    return str(cell) if isinstance(cell, dt.time | dt.timedelta) else cell


def _workbook(path: Path, known: Known) -> Sheet:
    """The sheet of a workbook that answers `known`, else its first sheet with cells."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(path)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (calamine.CalamineError, OSError):
        raise Unreadable("le classeur est abîmé ou protégé") from None
    filled = [s for s in sheets if s.start is not None]
    if not filled:
        raise Unreadable("le classeur n'a aucune cellule remplie")
    best = [max(score(r, known) for _, r in _head(s)) for s in filled]
    if max(best) and sum(b == max(best) for b in best) > 1:
        names = ", ".join(
            f"« {s.name} »" for s, b in zip(filled, best, strict=True) if b == max(best)
        )
        raise Unreadable(
            f"plusieurs feuilles ont ces colonnes ({names}) ; remède : une feuille par fichier"
        )
    chosen = filled[best.index(max(best))]
    first = chosen.start[1] if chosen.start else 0
    return _open(enumerate(chosen.iter_rows(), start=1), known, feuille=chosen.name, first=first)


def _head(sheet: object) -> Iterator[tuple[int, Sequence[object]]]:
    return itertools.islice(enumerate(sheet.iter_rows(), start=1), _HEADER_WITHIN)  # type: ignore[attr-defined]


def _delimited(path: Path, known: Known) -> Sheet:
    found = containers.encoding(path)
    separator = _separator(path, found.nom, known)
    opened = _open(_lines(path, found.nom, separator), known, ragged=True)
    return replace(opened, encodage=found.nom, perdus=found.perdus)


def _lines(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(1 << 30)
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        reader = csv.reader(stream, delimiter=separator)
        before = 0
        for number, row in enumerate(reader, start=1):
            if reader.line_num - before > _LINES_IN_A_CELL:
                raise Unreadable(f"ligne {number} : un guillemet ouvert n'est jamais fermé")
            before = reader.line_num
            yield number, row


def _separator(path: Path, encoding: str, known: Known) -> str:
    """The separator whose header answers best, else the one that cuts rows most evenly."""
    trials = []
    for candidate in SEPARATORS:
        rows: list[list[str]] = []
        with contextlib.suppress(Unreadable):  # said when the rows are read in earnest
            for _, row in itertools.islice(_lines(path, encoding, candidate), _SAMPLE):
                rows += [row] if row else []
        widths = [len(r) for r in rows]
        usual = max(set(widths), key=lambda w: (widths.count(w), w), default=0)
        even = widths.count(usual) / len(widths) if usual > 1 else 0.0
        answer = max((score(r, known) for r in rows[:_HEADER_WITHIN]), default=0)
        trials.append(((answer, even, usual), candidate))
    return max(trials, key=lambda trial: trial[0])[1]


def _parquet(path: Path) -> Sheet:
    import duckdb

    with duckdb.connect() as con:
        try:
            result = con.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(path)])
        except duckdb.Error:
            raise Unreadable("le fichier Parquet est abîmé ou tronqué") from None
        columns = [c[0] for c in result.description or ()]
    return Sheet(
        header=tuple(columns),
        rows=_parquet_rows(path, columns),
        letters={c: letter(n) for n, c in enumerate(columns)},
    )


def _parquet_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, object]]]:
    """Rows are numbered as a spreadsheet would show them, the header being row 1."""
    import duckdb

    with duckdb.connect() as con:
        result = con.execute("SELECT * FROM read_parquet(?)", [str(path)])
        number = 1
        while batch := result.fetchmany(4096):
            for row in batch:
                number += 1
                yield number, dict(zip(columns, map(plain, row), strict=True))
