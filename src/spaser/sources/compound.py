"""The file system inside an old workbook (MS-CFB): sectors in chains, a directory, streams."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from spaser.errors import Unreadable
from spaser.sources.archive import DAMAGED

_END = 0xFFFFFFFA  # above, a number is no sector
_NAMES = {"Workbook", "Book"}
_ENTRY = 128  # bytes of an entry of the directory


def workbook(content: bytes) -> bytes:
    """The stream of the workbook, its sectors put together.

    Raises:
        Unreadable: it holds no workbook, or a damaged one; a chain of sectors that turns in a ring
            keeps calamine busy for ever.
    """
    try:
        return _workbook(content)
    except (struct.error, IndexError, StopIteration, ValueError):
        raise Unreadable(DAMAGED) from None


def _workbook(content: bytes) -> bytes:
    size, small = (1 << n for n in struct.unpack_from("<HH", content, 30))
    [directory] = struct.unpack_from("<I", content, 48)
    least, minifat, _, difat = struct.unpack_from("<IIII", content, 56)

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    places = [n for n in struct.unpack_from("<109I", content, 76) if n < _END]
    met = set[int]()
    while difat < _END:
        if difat in met:
            raise Unreadable(DAMAGED)
        met.add(difat)
        *more, difat = _numbers(sector(difat))
        places += [n for n in more if n < _END]
    fat = _numbers(b"".join(map(sector, places)))

    def joined(start: int) -> bytes:
        return b"".join(map(sector, _chain(start, fat)))

    entries = joined(directory)
    named = {
        _name(entries[at : at + _ENTRY]): struct.unpack_from("<II", entries, at + 116)
        for at in range(0, len(entries) - _ENTRY + 1, _ENTRY)
    }
    start, length = next(named[n] for n in named if n in _NAMES)
    root = next(iter(named.values()))[0]  # the first entry holds the small streams
    room, smaller = joined(root), _numbers(joined(minifat))  # walked by calamine in any case
    if length >= least:
        return joined(start)[:length]
    chain = _chain(start, smaller)
    return b"".join(room[n * small : (n + 1) * small] for n in chain)[:length]


def _numbers(content: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])


def _chain(start: int, following: Sequence[int]) -> Iterator[int]:
    """The sectors from one on.

    Raises:
        Unreadable: they turn in a ring.
    """
    number, met = start, 0
    while number < _END:
        yield number
        number, met = following[number], met + 1
        if met > len(following):
            raise Unreadable(DAMAGED)


def _name(entry: bytes) -> str:
    [length] = struct.unpack_from("<H", entry, 64)
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le")
