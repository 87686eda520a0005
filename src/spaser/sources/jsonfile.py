"""JSON read item by item, with exact decimals: national files are one object of gigabytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson

from spaser.errors import Unreadable
from spaser.sources.containers import BLOCK, utf8

_ESCAPES = (b"\\u002d", b"\\u002D")  # a key may hide its hyphen


def items(path: Path, prefix: str) -> Iterator[Any]:
    """Yield the values at a place of the file, such as `marches.marche.item`.

    Raises:
        Unreadable: damaged or truncated.
    """
    with utf8(path) as stream:
        try:
            yield from ijson.items(stream, prefix)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise _damaged(error) from None


def structure(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the place and kind of each event (`marches`, `start_map`), from the start.

    Raises:
        Unreadable: as for `items`.
    """
    with utf8(path) as stream:
        try:
            for prefix, event, _ in ijson.parse(stream):
                yield prefix, event
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise _damaged(error) from None


def _damaged(error: Exception) -> Unreadable:
    """One French line: the parser's own text is in English, and draws an arrow under the place."""
    near = str(error).partition("\n")[2].partition("\n")[0].strip()
    where = f"près de « {near} »" if near else "le texte s'arrête trop tôt"
    return Unreadable(f"ce n'est pas du JSON valide, ou le fichier est tronqué ({where})")


def holds(path: Path, key: bytes) -> bool:
    """Whether a key with a hyphen may be in the file: a search is faster than a parse."""
    wanted = (b'"' + key + b'"', *_ESCAPES)
    with utf8(path) as stream:
        tail = b""
        while block := stream.read(BLOCK):
            if any(w in tail + block for w in wanted):
                return True
            tail = block[-len(key) - 2 :]
    return False
