"""JSON read item by item, with exact decimals: national files are one object of gigabytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import ijson

from spaser.errors import Unreadable

_DAMAGED = "ce n'est pas du JSON valide, ou le fichier est tronqué ({})"
BOM = b"\xef\xbb\xbf"


def items(path: Path, prefix: str) -> Iterator[Any]:
    """Yield the values at a place of the file, such as `marches.marche.item`.

    Raises:
        Unreadable: damaged, truncated, or not UTF-8.
    """
    with path.open("rb") as stream:
        _skip_bom(stream)
        try:
            yield from ijson.items(stream, prefix)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise Unreadable(_DAMAGED.format(error)) from None


def structure(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the place and kind of each event (`marches`, `start_map`), from the start.

    Raises:
        Unreadable: as for `items`.
    """
    with path.open("rb") as stream:
        _skip_bom(stream)
        try:
            for prefix, event, _ in ijson.parse(stream):
                yield prefix, event
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise Unreadable(_DAMAGED.format(error)) from None


def _skip_bom(stream: BinaryIO) -> None:
    if stream.read(len(BOM)) != BOM:
        stream.seek(0)
