"""Objects put aside by key while files stream by, in a file that has no name, and given back.

What is kept in memory is where each stands: eight bytes an object.
"""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_IN_MEMORY = 4_000_000  # bytes: beyond, the disk


class Aside(Generic[T]):
    """Objects by key; the file goes with the process, however it ends."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._places: dict[str, array[int]] = {}
        self._end = 0

    def put(self, key: str, item: T) -> None:
        """Put one more object aside."""
        self._places.setdefault(key, array("q")).append(self._end)
        self._file.seek(self._end)
        pickle.dump(item, self._file, pickle.HIGHEST_PROTOCOL)
        self._end = self._file.tell()

    def keys(self) -> list[str]:
        """The keys, in order."""
        return sorted(self._places)

    def get(self, key: str) -> Iterator[T]:
        """The objects of a key, in the order in which they were put."""
        for place in self._places[key]:
            self._file.seek(place)
            yield pickle.load(self._file)

    def close(self) -> None:
        """Remove the file."""
        self._places.clear()
        self._file.close()
