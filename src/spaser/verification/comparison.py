"""Two versions of a published file, compared where a reader would look: row, column, values.

Each form of file is read into lines of cells; lines are aligned, so that a removed row is one
difference and not a thousand.
"""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

ABSENT = "(absent)"
_ALIGNED = 3000  # lines; beyond, what differs is paired by position
_REPEATED = 300_000  # pairs of equal lines; beyond, likewise
_AS_BIG, _SPARE = 4, 2**20  # times and bytes: beyond, a published file is not opened
_UNPACKED = 2**28  # bytes that a workbook may hold once unpacked
_AROUND = 40  # characters shown on each side of a difference


class Difference(NamedTuple):
    """A place in a file, what the published file says there, and what is found instead."""

    lieu: str
    publie: str
    recalcule: str


class FileLine(NamedTuple):
    """A line of a file: its place, and its cells."""

    lieu: str
    cells: tuple[str, ...]


class Content(NamedTuple):
    """The lines of a file, and the names of their cells."""

    lines: list[FileLine]
    names: tuple[str, ...] = ()


def differences(published: Path, recomputed: Path) -> list[Difference]:
    """What differs between two files of one name; empty when their bytes are equal.

    A file that cannot be read in its form any more is compared as plain text.
    """
    if not published.is_file() or not recomputed.is_file():
        here, there = ("présent" if p.is_file() else ABSENT for p in (published, recomputed))
        return [Difference("fichier", here, there)]
    if published.read_bytes() == recomputed.read_bytes():
        return []
    if published.stat().st_size > _AS_BIG * recomputed.stat().st_size + _SPARE:
        sizes = (f"{p.stat().st_size} octets" for p in (published, recomputed))
        return [Difference("taille", *sizes)]  # too large to be ours: it would fill the memory
    read = _READERS.get(published.suffix, _text)
    try:
        old, new = read(published), read(recomputed)
    except Exception:  # a damaged file: any reader may fail in any way
        old, new = _text(published), _text(recomputed)
    between = list(_between(old, new))
    return between or [Difference("octets", "contenu égal", "écrit autrement")]


def _between(old: Content, new: Content) -> Iterator[Difference]:
    if old.names != new.names:
        yield Difference("en-tête", ", ".join(old.names), ", ".join(new.names))
    names = old.names
    for before, after in _paired(old.lines, new.lines):
        if before is None or after is None or len(before.cells) != len(after.cells):
            place = before or after
            assert place is not None
            yield Difference(place.lieu, *_shown(_joined(before), _joined(after)))
            continue
        for rank, (was, is_) in enumerate(zip(before.cells, after.cells, strict=True)):
            if was != is_:
                column = f", colonne {names[rank]}" if rank < len(names) else ""
                yield Difference(before.lieu + column, *_shown(was, is_))


def _paired(
    old: Sequence[FileLine], new: Sequence[FileLine]
) -> Iterator[tuple[FileLine | None, FileLine | None]]:
    """Lines that differ, each with the one in its place; None where there is none."""
    a, b = [x.cells for x in old], [x.cells for x in new]
    start = _common(a, b)
    end = _common(reversed(a[start:]), reversed(b[start:]))
    old, new = old[start : len(a) - end], new[start : len(b) - end]
    a, b = a[start : len(a) - end], b[start : len(b) - end]
    there = Counter(b)  # difflib compares every pair of equal lines
    if max(len(a), len(b)) > _ALIGNED or sum(there[x] for x in a) > _REPEATED:
        yield from ((x, y) for x, y in zip_longest(old, new) if not (x and y and x[1] == y[1]))
        return
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from zip_longest(old[i:j], new[k:m])


def _common(a: Iterable[object], b: Iterable[object]) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count


def _joined(line: FileLine | None) -> str:
    return ABSENT if line is None else " | ".join(line.cells)


def _shown(was: str, is_: str) -> tuple[str, str]:
    """Both texts, cut around the place where they part."""
    at = max(0, _common(was, is_) - _AROUND)

    def cut(text: str) -> str:
        part = text[at : at + 3 * _AROUND]
        return ("…" if at else "") + part + ("…" if at + 3 * _AROUND < len(text) else "")

    return (was, is_) if max(len(was), len(is_)) <= 3 * _AROUND else (cut(was), cut(is_))


def _text(path: Path) -> Content:
    text = path.read_bytes().decode("utf-8", "backslashreplace")
    return Content([FileLine(f"ligne {n}", (t,)) for n, t in enumerate(text.split("\n"), start=1)])


def _picture(path: Path) -> Content:
    """Bytes that no reader of a certificate can read: their count and their digest."""
    content = path.read_bytes()
    summary = f"{len(content)} octets, SHA-256 {hashlib.sha256(content).hexdigest()[:16]}…"
    return Content([FileLine("image", (summary,))])


def _csv(path: Path) -> Content:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        names = tuple(next(reader, ()))
        lines, start = [], reader.line_num
        for row in reader:
            lines.append(FileLine(f"ligne {start + 1}", tuple(row)))
            start = reader.line_num
    return Content(lines, names)


def _parquet(path: Path) -> Content:
    from spaser.figures import database

    with database.opened() as con:
        relation = con.execute("SELECT * FROM read_parquet(?)", [database.exact(path)])
        names = tuple(d[0] for d in relation.description)
        rows = relation.fetchall()
    return Content(
        [FileLine(f"rangée {n}", tuple(map(str, row))) for n, row in enumerate(rows, start=1)],
        names,
    )


def _xlsx(path: Path) -> Content:
    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > _UNPACKED:
            raise ValueError("a workbook made to fill memory")

    book = load_workbook(path, read_only=True)
    lines = [
        FileLine(f"feuille {sheet.title}, ligne {n}", tuple(map(str, row)))
        for sheet in book.worksheets
        for n, row in enumerate(sheet.iter_rows(values_only=True), start=1)
    ]
    width = max((len(x.cells) for x in lines), default=0)
    return Content(lines, tuple(get_column_letter(n + 1) for n in range(width)))


_READERS: dict[str, Callable[[Path], Content]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".png": _picture,
    ".xlsx": _xlsx,
}
