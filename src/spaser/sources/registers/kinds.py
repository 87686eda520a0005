"""What a register is: the columns it may have, and what makes a file one.

Registers are every source other than the essential data of contracts (DECP).  One table of
data says how a register is recognised, read, typed, put in scope, counted and documented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from spaser.sources.values import Read

EXEMPLE = "EXEMPLE, à effacer"
"""What marks the example line of a template, in a cell of its own."""

MONEY = "DECIMAL(18,2)"
CellParser = Callable[[object], Read]
Values = dict[str, Any]


class Colonne(NamedTuple):
    """A column of a register: canonical name, SQL type, meaning, and how a file writes it.

    `parse` is None for what the house works out itself.  `autres` are other accepted headers;
    case, accents, blanks and punctuation of a header never matter.
    """

    name: str
    type: str
    label: str
    parse: CellParser | None = None
    autres: tuple[str, ...] = ()
    hostile: bool = False


@dataclass(frozen=True)
class Registre:
    """One register.

    `source` is its name in params/spaser.yml; a file is this register when its header holds one
    of the `signatures`.  `acheteur` and `annee` are the columns that decide scope (a SIRET, SIREN
    or buyer's name; a date or a year), `montant` the one counted in cents; of several columns,
    the first that is filled counts.  `identite` are the columns that make a row more than a
    sum: a line that fills none of them may be a total.  `derive` works
    columns out from the others of the row.  `reference` registers list companies: they belong to
    no buyer and may lie in data/referentiels.
    """

    table: str
    source: str
    titre: str
    columns: tuple[Colonne, ...]
    signatures: tuple[frozenset[str], ...]
    acheteur: tuple[str, ...] = ()
    annee: tuple[str, ...] = ()
    montant: tuple[str, ...] = ()
    identite: tuple[str, ...] = ()
    derive: Callable[[Mapping[str, Any]], Values] | None = None
    reference: bool = False

    @property
    def lues(self) -> tuple[Colonne, ...]:
        """The columns that a file may hold."""
        return tuple(c for c in self.columns if c.parse)


def signature(*names: str) -> frozenset[str]:
    """The canonical columns that make a file a register."""
    return frozenset(names)
