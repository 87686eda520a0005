"""Folders to work in outside of the reports: gone at the end, or removed by the next run.

Each holds a locked file while its program lives: so the folder of a killed program is known
from that of a living one on any system, even when another process has taken its number since.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from spaser.publishing import lock

_PREFIX = "spaser-"


@contextlib.contextmanager
def folder(name: str) -> Iterator[Path]:
    """A folder of the system's temporary folder, for the time of the block.

    Raises:
        OSError: the temporary folder is full, or cannot be written to.
    """
    place = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{name}-"))
    try:
        with lock.attempt(place / lock.FILE):
            yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def clean() -> list[Path]:
    """Remove the folders of programs that were killed; gives those that were removed."""
    removed = []
    for place in sorted(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*")):
        with contextlib.suppress(OSError):
            if place.is_symlink() or not (place / lock.FILE).is_file():
                continue
            with lock.attempt(place / lock.FILE) as free:
                if free:
                    shutil.rmtree(place)
                    removed.append(place)
    return removed
