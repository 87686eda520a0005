"""A table once opened: its header, its rows as they stream by, and where each cell stands.

The header is the row that holds the expected names: titles and blank rows above it are let go.
Rows keep the number that a spreadsheet shows, so that a message can name a cell.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from spaser.errors import Unreadable
from spaser.sources.values import EXPOSANT, Read, clean, fold, identifier, lost_digits

if TYPE_CHECKING:
    from spaser.sources.plain_lines import Lines

Known = Collection[AbstractSet[str]]
Rows = Iterable[tuple[int, Sequence[object]]]
NumberedCells = Iterator[tuple[int, Sequence[object]]]  # rows by their numbers, as they stream by

HEADER_WITHIN = 60  # rows: a header stands near the top


class ToRead(NamedTuple):
    """Who says, of some rows shown together, the places of those to read.

    `rows` is shown their cells, `lines` those of rows of as many cells as `width`, in bytes.
    """

    width: int
    rows: Callable[[Sequence[Sequence[str]]], Iterable[int]]
    lines: Callable[[Lines], Iterable[int]]


@dataclass(frozen=True)
class Sheet:
    """A table: its header as written (blanks trimmed), and its rows as they stream by.

    `rows` yields the row number and the filled cells by column name: text, int, Decimal, bool,
    date or datetime (None when blank); lists too from Parquet.  Rows without any filled cell are
    skipped.  A cell without a heading is kept under «colonne F».  `perdus` counts the lost
    characters (U+FFFD) of a text file.  `shown_to` has the rows to come shown, where they can be,
    and leaves out of `rows` those that are not said to be read.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, dict[str, object]]]
    letters: dict[str, str]
    ligne_entete: int = 1
    feuille: str = ""
    encodage: str = ""
    perdus: int = 0
    shown_to: Callable[[ToRead], None] | None = None

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

        Args:
            ligne: the number of the row.
            row: its cells, by column.
            colonne: the name of the column.

        Raises:
            Unreadable: a spreadsheet turned it into 2,1E+13 and its digits are lost.
        """
        read = identifier(row.get(colonne))
        if read.motif == EXPOSANT:
            raise Unreadable(lost_digits(self.cell(ligne, colonne), row.get(colonne)))
        return read


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


def opened(
    rows: Rows, known: Known, *, feuille: str = "", first: int = 0, ragged: bool = False
) -> Sheet:
    """A sheet from its rows, the first of them read ahead to find the header.

    Args:
        rows: row numbers, as a spreadsheet shows them, and cells.
        known: sets of column names, as `heading` compares them.
        feuille: the name of the sheet.
        first: the position of the first column (0: A).
        ragged: whether a row with more cells than the header is a fault.

    Raises:
        Unreadable: no header; while rows stream, a row with too many cells.
    """
    stream = iter(rows)
    ahead = list(itertools.islice(stream, HEADER_WITHIN))
    at = _header(ahead, known)
    number, names = ahead[at]
    columns: list[str] = []
    for position, name in enumerate(names):
        text = clean(str(name)) if name is not None else ""
        text = text or f"colonne {letter(first + position)}"
        columns.append(f"{text} ({columns.count(text) + 1})" if text in columns else text)
    _refuse_twins(names, first, known)
    titled = [bool(n is not None and clean(str(n))) for n in names]
    return Sheet(
        header=tuple(c for c, named in zip(columns, titled, strict=True) if named),
        rows=_records(itertools.chain(ahead[at + 1 :], stream), columns, titled, ragged),
        letters={c: letter(first + position) for position, c in enumerate(columns)},
        ligne_entete=number,
        feuille=feuille,
    )


def _refuse_twins(names: Sequence[object], first: int, known: Known) -> None:
    """Let no column that is read have a twin: which of them counts cannot be guessed.

    Raises:
        Unreadable: two columns have one of the names that are looked for.
    """
    read = {name for names_ in known for name in names_}
    met: dict[str, int] = {}
    for position, name in enumerate(names):
        title = heading(name) if name is not None else ""
        if title in read and title in met:
            both = " et ".join(letter(first + n) for n in (met[title], position))
            raise Unreadable(
                f"deux colonnes « {clean(str(name))} » ({both}) : laquelle compter ne se devine "
                "pas ; remède : n'en garder qu'une, ou renommer l'autre"
            )
        met[title] = position


def _records(
    rows: Rows, columns: Sequence[str], titled: Sequence[bool], ragged: bool
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
        if math.isnan(cell):
            return None  # how data frames write that nothing is there
        exact = Decimal(repr(cell))
        return int(exact) if exact.is_finite() and exact == exact.to_integral_value() else exact
    if isinstance(cell, dt.datetime) and cell.time() == dt.time.min:
        return cell.date()
    return str(cell) if isinstance(cell, dt.time | dt.timedelta | uuid.UUID) else cell
