"""What the demonstration is made of: seeded draws, fictive SIRET numbers, contracts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, TypeVar

from stdnum import luhn

T = TypeVar("T")


class Dice:
    """Seeded draws of whole numbers, from `random.random()` alone.

    It is the one sequence that Python promises to keep from version to version.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def below(self, n: int) -> int:
        """A number from 0 to n - 1."""
        return int(self._random() * n)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def weighed(self, weights: Mapping[T, int]) -> T:
        """One of the keys, as often as its weight says."""
        return _at(weights, self.below(sum(weights.values())))

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """The items in another order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]

    def deck(self, n: int, weights: Mapping[T, int]) -> list[T]:
        """`n` keys in the proportions of the weights, shuffled: the rates are exact, not drawn."""
        whole = sum(weights.values())
        return self.shuffled(_at(weights, (2 * i + 1) * whole // (2 * n)) for i in range(n))

    def bell(self) -> int:
        """A nearly normal number, in thousandths of a standard deviation."""
        return sum(self.below(1001) for _ in range(12)) - 6000


def _at(weights: Mapping[T, int], place: int) -> T:
    ends = itertools.accumulate(weights.values())
    return next(key for key, end in zip(weights, ends, strict=True) if place < end)


def siret(number: int, nic: int = 1) -> str:
    """A fictive SIRET whose keys are right; INSEE gives no SIREN that begins with 000."""
    siren = f"000{number:05d}"
    return establishment(f"{siren}{luhn.calc_check_digit(siren)}", nic)


def establishment(siren: str, nic: int) -> str:
    """The SIRET of an establishment of a company, by its number."""
    number = f"{siren}{nic:04d}"
    return f"{number}{luhn.calc_check_digit(number)}"


TITULAIRES = tuple(siret(10_007 + 613 * i, 1 + i % 3) for i in range(120))


class Modification(NamedTuple):
    """A modification: ISO dates, new amount in cents, new duration or None."""

    id: int
    notification: str
    publication: str
    montant: int
    mois: int | None


@dataclass
class Contract:
    """A contract before it is written: euros in cents, ISO dates, None for what is absent.

    `acheteur` is the code of a buyer of the scheme, or the SIRET of another.  A trait may put any
    text into a field, as platforms do.
    """

    famille: str
    consultation: int
    acheteur: str
    id: str
    objet: str
    cpv: str
    procedure: str
    techniques: list[str]
    modalite: str
    accord_cadre: str | None
    mois: int
    notification: str | None
    publication: str
    montant: int | str | None
    forme_prix: str
    type_prix: str
    avance: bool | str | None
    taux_avance: str
    ccag: str
    sous_traitance: bool
    lieu: tuple[str, str]
    titulaires: list[tuple[str, str]]
    origine: tuple[float, float] | None
    offres: int | str | None = 1
    innovant: bool | None = False
    groupement: str = "Pas de groupement"
    une_ligne_par_titulaire: bool = False
    sociales: list[str] | None = None
    environnementales: list[str] | None = None
    modifications: list[Modification] = field(default_factory=list)
    trait: str = ""
