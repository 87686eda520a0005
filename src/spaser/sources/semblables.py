"""The buyers that are like ours, of whom a national file is read as ours are, to compare.

Alike: the same nature in the tables of communes and groupings, and a population of the same order
(`comparaisons` of params/spaser.yml).  Their contracts of the year are put aside as they stream
by, and given back buyer by buyer: memory does not grow with the file.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Collection, Iterator

from spaser import collectivites
from spaser.errors import Unreadable
from spaser.settings.params import Params
from spaser.settings.scheme import Acheteur, Scheme
from spaser.sources.aside import Aside
from spaser.sources.records import Ligne, Published, Reach, typed


def alike(scheme: Scheme, buyer: Acheteur) -> frozenset[str]:
    """SIRENs of the authorities like a buyer; none when the tables do not know it."""
    known = collectivites.natures()
    nature, population = known.get(buyer.siren, ("", 0))
    factor, ours = scheme.comparaisons.population, scheme.sirens
    if not population:
        return frozenset()
    return frozenset(
        siren
        for siren, (other, people) in known.items()
        if other == nature
        and siren not in ours
        and population <= people * factor
        and people <= population * factor
    )


class Semblables(Collection[str]):
    """SIRENs of the authorities like ours, and their contracts of the year.

    The tables are opened when the first buyer that is not ours is met, and no sooner.
    """

    def __init__(self, params: Params) -> None:
        self._params = params
        self._aside: Aside[Ligne] = Aside()

    @functools.cached_property
    def _sirens(self) -> frozenset[str]:
        scheme = self._params.scheme
        return frozenset().union(*(alike(scheme, a) for a in scheme.acheteurs))

    def __contains__(self, siren: object) -> bool:
        return siren in self._sirens

    def __iter__(self) -> Iterator[str]:
        return iter(self._sirens)

    def __len__(self) -> int:
        return len(self._sirens)

    def keep(self, record: Published, reach: Reach, fichier: str) -> None:
        """Put a record of another buyer aside, if it is one of these and of the year.

        A record that spoils a file of ours (an identifier that lost its digits) is let go.

        Args:
            record: the record, renamed.
            reach: whose it is, its date, its amount.
            fichier: the name of its file.
        """
        siren = (reach.acheteur_id or "")[:9]
        year = reach.date.year if reach.date and record.table == "marches" else None
        if year == self._params.year.annee and siren in self:
            with contextlib.suppress(Unreadable):
                self._aside.put(siren, typed(record, fichier))

    @property
    def presents(self) -> list[str]:
        """Those of whom a record of the year was read, in order."""
        return self._aside.keys()

    def lignes(self, siren: str) -> list[Ligne]:
        """The records of one of them."""
        return list(self._aside.get(siren))

    def close(self) -> None:
        """Remove the records."""
        self._aside.close()
