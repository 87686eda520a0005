"""What records share, so that a year of them fits in memory: equal objects, names of fields."""

from __future__ import annotations

import functools
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any, TypeVar

T = TypeVar("T")


@functools.lru_cache(1 << 13, typed=True)
def one(item: T) -> T:
    """The first object of this type that is equal: records say the same over and over."""
    return item


class Textes(Mapping[str, str]):
    """What is written in the fields of a record, a third of a dictionary: the names of its fields
    are those of all the records that fill the same."""

    __slots__ = ("_noms", "_textes")

    def __init__(self, written: Mapping[str, str]) -> None:
        self._noms: tuple[str, ...] = one(tuple(written))
        self._textes = tuple(written.values())

    def __getitem__(self, name: str) -> str:
        if name not in self._noms:
            raise KeyError(name)
        return self._textes[self._noms.index(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._noms)

    def __len__(self) -> int:
        return len(self._noms)

    def values(self) -> ValuesView[str]:  # asked of each record, as `items` is
        """The texts, in the order of the fields."""
        return self._whole().values()

    def items(self) -> ItemsView[str, str]:
        """The names and the texts, in the order of the fields."""
        return self._whole().items()

    def _whole(self) -> dict[str, str]:
        return dict(zip(self._noms, self._textes, strict=True))

    def __repr__(self) -> str:
        return repr(self._whole())

    def __reduce__(self) -> tuple[Any, ...]:  # put aside and given back, it shares names again
        return Textes, (self._whole(),)
