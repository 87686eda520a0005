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


class Valeurs(Mapping[str, Any]):
    """Values by name, a quarter of a dictionary: of the unknown (None) nothing is held, and where
    the others stand is said once for all that know the same."""

    __slots__ = ("_places", "_valeurs")

    def __init__(self, values: Mapping[str, Any]) -> None:
        known = tuple([name for name, value in values.items() if value is not None])
        self._places = _places(tuple(values), known)
        self._valeurs = (*[values[name] for name in known], None)

    def __getitem__(self, name: str) -> Any:
        return self._valeurs[self._places[name]]

    def get(self, name: str, default: Any = None) -> Any:  # asked of each row
        """A value, or the default when there is no such name."""
        place = self._places.get(name)
        return default if place is None else self._valeurs[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def values(self) -> ValuesView[Any]:
        """The values, in the order of the names."""
        return self.whole().values()

    def items(self) -> ItemsView[str, Any]:
        """The names and the values, in order."""
        return self.whole().items()

    def whole(self) -> dict[str, Any]:
        """A dictionary of them, quicker to ask many times."""
        held = self._valeurs
        return {name: held[place] for name, place in self._places.items()}

    def __repr__(self) -> str:
        return repr(self.whole())

    def __reduce__(self) -> tuple[Any, ...]:  # put aside and given back, it shares places again
        return Valeurs, (self.whole(),)


@functools.lru_cache(1 << 12)
def _places(names: tuple[str, ...], known: tuple[str, ...]) -> dict[str, int]:
    """Where each value stands among those known: the last place, which is None, if it is not."""
    places = {name: place for place, name in enumerate(known)}
    return {name: places.get(name, -1) for name in names}
