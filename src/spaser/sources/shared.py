"""What records share, so that a year of them fits in memory: equal objects, names of fields."""

from __future__ import annotations

import functools
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

T = TypeVar("T")
_LONG = 1 << 63


@functools.lru_cache(1 << 13, typed=True)
def one(item: T) -> T:
    """The first object of this type that is equal: records say the same over and over."""
    return item


class Textes(Mapping[str, str]):
    """What is written in the fields of a record: their names are those of all the records that
    fill the same, and of a text that its value gives back nothing is held."""

    __slots__ = ("_noms", "_textes", "_valeurs")

    def __init__(self, written: Mapping[str, str], valeurs: Mapping[str, Any]) -> None:
        self._noms: tuple[str, ...] = one(tuple(written))
        own = [None if _gives(valeurs.get(n), text) else text for n, text in written.items()]
        self._textes, self._valeurs = tuple(own), valeurs

    def __getitem__(self, name: str) -> str:
        if name not in self._noms:
            raise KeyError(name)
        return self._text(name, self._textes[self._noms.index(name)])

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
        both = zip(self._noms, self._textes, strict=True)
        return {name: self._text(name, text) for name, text in both}

    def _text(self, name: str, own: str | None) -> str:
        return str(self._valeurs[name]) if own is None else own

    def __repr__(self) -> str:
        return repr(self._whole())

    def __reduce__(self) -> tuple[Any, ...]:  # put aside and given back, it shares names again
        return Textes, (self._whole(), self._valeurs)


def _gives(value: object, text: str) -> bool:
    """Whether `str` makes of a value what is written; of a long number, it would refuse."""
    kind = type(value)
    if kind is int:
        return abs(value) < _LONG and str(value) == text  # type: ignore[arg-type]
    return kind in {str, Decimal, date} and str(value) == text


class Valeurs(Mapping[str, Any]):
    """Values by name, a third of a dictionary: where each stands is said once for all that have
    the same names."""

    __slots__ = ("_places", "_valeurs")

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._places, self._valeurs = _places(tuple(values)), tuple(values.values())

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
        return dict(zip(self._places, self._valeurs, strict=True))

    def __repr__(self) -> str:
        return repr(self.whole())

    def __reduce__(self) -> tuple[Any, ...]:  # put aside and given back, it shares places again
        return Valeurs, (self.whole(),)


@functools.lru_cache(1 << 10)
def _places(names: tuple[str, ...]) -> dict[str, int]:
    """Where each value stands."""
    return {name: place for place, name in enumerate(names)}
