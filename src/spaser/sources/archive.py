"""A workbook as the zip archive it is, measured before any library unpacks it.

Sizes written in an archive may lie: each part is unpacked here by blocks, up to what it declares,
so that neither a bomb nor a stray cell at the far corner of a sheet reaches a reader.
"""

from __future__ import annotations

import html
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from spaser.errors import Unreadable
from spaser.sources import limits, percents

_BLOCK = 1 << 16
_HEADER = struct.Struct("<26xHH")  # of a part: the lengths of its name and of its extra field
DAMAGED = "le classeur est abîmé ou protégé"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHARED = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
_CODE = re.compile(rb'formatCode="([^"]*)"')
_FORMAT = re.compile(rb'numFmtId="(\d{1,4})"')
_PLACE = re.compile(rb'(?<=\s)r="([A-Z]{0,3})(\d{1,7})"')
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ODS = re.compile(rb"<table:(?:(table)[\s>]|(table-row)|(?:covered-)?table-cell)([^>]*?)(/?)>")
_REPEATED = re.compile(rb'number-(?:columns|rows)-repeated="(\d{1,7})"')
_SAYS_MORE = re.compile(rb'value-type="(?:error|percentage)"')
_OTHERS = {
    "word/document.xml": "un document de traitement de texte",
    "ppt/presentation.xml": "une présentation",
    "xl/workbook.bin": "un classeur binaire (XLSB)",
}


class Extent(NamedTuple):
    """The rectangle that the cells of a sheet span from A1, and whether it is to be read by rows:
    a cell says what calamine does not give (an error, a percentage), or not where it stands."""

    rows: int
    columns: int
    more: bool = False

    @property
    def cells(self) -> int:
        """How many cells it has, filled or not."""
        return self.rows * self.columns


def measure(path: Path) -> list[Extent]:
    """The rectangles of the sheets of an XLSX or ODS file.

    Raises:
        Unreadable: not a workbook, damaged, protected, or larger than the bound once unpacked.
    """
    try:
        with zipfile.ZipFile(path) as book, path.open("rb") as stream:
            names = set(book.namelist())
            _check_kind(names)
            if sum(part.file_size for part in book.infolist()) > limits.CLASSEUR:
                raise Unreadable(
                    f"classeur de plus de {limits.shown(limits.CLASSEUR)} une fois décompressé ; "
                    "remède : l'enregistrer en CSV"
                )
            if any(
                part.filename == _SHARED and part.file_size > limits.TEXTES_PARTAGES
                for part in book.infolist()
            ):
                raise Unreadable(
                    f"plus de {limits.shown(limits.TEXTES_PARTAGES)} de textes ; remède : "
                    "l'enregistrer en CSV"
                )
            return [e for part in book.infolist() for e in _extents(part, stream)]
    except (zipfile.BadZipFile, zlib.error, OSError, struct.error, ValueError, RuntimeError):
        raise Unreadable(DAMAGED) from None


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names or ("content.xml" in names and "mimetype" in names):
        return
    what = next((w for name, w in _OTHERS.items() if name in names), "une archive compressée")
    raise Unreadable(
        f"le fichier est {what}, pas un classeur lisible ; remède : en sortir les données, "
        "en XLSX ou en CSV"
    )


def _extents(part: zipfile.ZipInfo, stream: IO[bytes]) -> list[Extent]:
    if part.flag_bits & 1:
        raise Unreadable(DAMAGED)
    blocks = _unpacked(part, stream)
    if part.filename == "content.xml":
        return _ods(blocks)
    if _SHEET.fullmatch(part.filename):
        return [_xlsx(blocks)]
    if part.filename == _STYLES:
        return [Extent(0, 0, any([*map(_has_percentages, _by_tags(blocks))]))]
    for _ in blocks:  # its size is checked all the same
        pass
    return []


def _has_percentages(styles: bytes) -> bool:
    """Whether the styles of an XLSX may show a cell as a percentage."""
    codes = (html.unescape(c.decode("utf-8", "replace")) for c in _CODE.findall(styles))
    used = {int(n) for n in _FORMAT.findall(styles)}
    return bool(used & percents.BUILT_IN) or any(map(percents.is_format, codes))


def _unpacked(part: zipfile.ZipInfo, stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a part, no more than it declares.

    Raises:
        Unreadable: it holds more, or declares a type of document.
    """
    stream.seek(part.header_offset)
    stream.seek(sum(_HEADER.unpack(stream.read(_HEADER.size))), 1)
    packed = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type else None
    left, size = part.compress_size, 0
    while left > 0 and (raw := stream.read(min(_BLOCK, left))):
        left -= len(raw)
        while raw:
            block = packed.decompress(raw, _BLOCK) if packed else raw
            raw = packed.unconsumed_tail if packed else b""
            if not size and b"<!DOCTYPE" in block[:1024].upper():
                raise Unreadable(DAMAGED)
            size += len(block)
            if size > part.file_size:
                raise Unreadable(DAMAGED)
            yield block


def _xlsx(blocks: Iterator[bytes]) -> Extent:
    """The farthest row and column that a cell names; one that says no place stands anywhere."""
    rows = columns = 0
    more = False
    widths: dict[bytes, int] = {b"": 0}
    for block in _by_tags(blocks):
        places = _PLACE.findall(block)
        placed = sum(bool(letters) for letters, _ in places)
        more = more or b't="e"' in block or len(_CELL.findall(block)) > placed
        for letters, digits in places:
            rows = max(rows, int(digits))
            if letters not in widths:
                widths[letters] = _number(letters)
                columns = max(columns, widths[letters])
    return Extent(rows, columns, more)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _ods(blocks: Iterator[bytes]) -> list[Extent]:
    """The farthest row and column with a filled cell of each sheet; blanks are repeated there."""
    extents = [Extent(0, 0)]
    row = column = repeat = 0
    for block in _by_tags(blocks):
        for table, line, attributes, _ in _ODS.findall(block):
            times = next(iter(_REPEATED.findall(attributes)), b"1")
            if table:
                extents.append(Extent(0, 0))
                row = column = repeat = 0
            elif line:
                row, column, repeat = row + repeat, 0, int(times)
            else:
                column += int(times)
                if b"value-type" in attributes:
                    _, columns, more = extents[-1]
                    more = more or bool(_SAYS_MORE.search(attributes))
                    extents[-1] = Extent(row + repeat, max(columns, column), more)
    return extents


def _by_tags(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks cut at the end of a tag, so that none is cut in two."""
    tail = b""
    for block in blocks:
        whole = tail + block
        at = whole.rfind(b">") + 1
        if not at and len(whole) > limits.ENREGISTREMENT:
            raise Unreadable(DAMAGED)
        yield whole[:at]
        tail = whole[at:]
    yield tail
