"""Dates whose column shows that the month may come first: those below 13 have two readings.

A French file writes the day first, and so it is read.  «05/31/2024» says that software put the
month first: «05/06/2024», in the same column of the same file, is then 5 June or 6 May, and is
refused with both.  A spreadsheet that opened such a file in French took «05/06/2024» for a date and
left «05/31/2024» a text: its typed dates have two readings as well, unless one of them has a day
that is no month.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from spaser.sources import values
from spaser.sources.dates import in_words, parts
from spaser.sources.fields import FIELDS, MODIFICATIONS, SOUS_TRAITANCES, Field
from spaser.sources.records import Anomalie, Ligne, Published, Remarque
from spaser.sources.registers import REGISTRES
from spaser.sources.shared import Valeurs

_MONTHS = 12
_SHOWN = (
    "{} est écrit mois d'abord : les dates de cette colonne qui se lisent dans les deux ordres "
    "sont refusées ({}) ; remède : exporter de nouveau, avec des dates AAAA-MM-JJ"
)
_PARTS = {"modification.": MODIFICATIONS, "sous_traitance.": SOUS_TRAITANCES}
_Column = tuple[str, str]  # a table and one of its fields


class _Doubtful(NamedTuple):
    """A date below 13 both ways: its field, what is written, the day it was read as, whether a
    spreadsheet typed it."""

    champ: str
    dite: str
    jour: dt.date
    typee: bool


class MonthFirst:
    """What the dates of one file show of the order of day and month."""

    def __init__(self) -> None:
        self._shown: dict[_Column, str] = {}  # where, and what, of the first that shows it
        self._days: set[_Column] = set()  # columns with a typed date whose day is no month
        self._doubtful: dict[tuple[str, int], list[_Doubtful]] = defaultdict(list)
        self._refused: Counter[_Column] = Counter()

    def look(self, record: Published, *, ours: bool) -> None:
        """Look at the dates of a record, and keep the doubtful ones of those that are `ours`."""
        for champ, raw in _dates(record):
            column = (record.table, champ)
            typed = isinstance(raw, dt.date)
            if isinstance(raw, dt.date):
                first, second = raw.day, raw.month
            elif (numbers := parts(raw)) is None:
                continue
            else:
                first, second = numbers
            if first <= _MONTHS < second:
                self._shown.setdefault(column, f"{record.place(champ)} : « {raw} »")
            elif typed and first > _MONTHS:
                self._days.add(column)
            elif ours and first <= _MONTHS and first != second:
                day = values.date(raw).value
                if isinstance(day, dt.date):
                    doubtful = _Doubtful(champ, values.written(raw), day, typed)
                    self._doubtful[record.table, record.rang].append(doubtful)

    def settled(self, ligne: Ligne) -> Ligne:
        """A record without the dates that have two readings; itself when it has none."""
        refused = [
            d
            for d in self._doubtful.get((ligne.table, ligne.rang), ())
            if (column := (ligne.table, d.champ)) in self._shown
            and not (d.typee and column in self._days)
        ]
        if not refused:
            return ligne
        self._refused.update((ligne.table, d.champ) for d in refused)
        valeurs = {**ligne.valeurs} | dict.fromkeys(d.champ for d in refused if "." not in d.champ)
        if (registre := REGISTRES.get(ligne.table)) and registre.derive:
            valeurs |= registre.derive(valeurs)
        refusals = [
            Anomalie(d.champ, d.dite, values.AMBIGU, f"{in_words(d.jour)} ou {in_words(_other(d))}")
            for d in refused
        ]
        return dataclasses.replace(
            ligne,
            valeurs=Valeurs({name: valeurs[name] for name in ligne.valeurs}),
            modifications=_without(ligne.modifications, "modification.", refused),
            sous_traitances=_without(ligne.sous_traitances, "sous_traitance.", refused),
            anomalies=(*ligne.anomalies, *refusals),
        )

    def remarks(self) -> Iterator[Remarque]:
        """What to say of the file: where the order shows, and how many dates that refuses."""
        for column, place in self._shown.items():
            many = self._refused[column]
            yield Remarque(_SHOWN.format(place, many))


def _other(doubtful: _Doubtful) -> dt.date:
    """The day that a date is when its month comes first."""
    day = doubtful.jour
    return dt.date(day.year, day.day, day.month)


def _dates(record: Published) -> Iterator[tuple[str, object]]:
    """The fields of a record that are dates, and what is written in each."""
    for name in _NAMES[record.table]:
        if (raw := record.fields.get(name)) is not None:
            yield name, raw
    several = (("modification.", record.modifications), ("sous_traitance.", record.sous_traitances))
    for prefix, repeated in several:
        for part in repeated:
            for name in _NAMES[prefix]:
                if (raw := part.get(name)) is not None:
                    yield prefix + name, raw


def _names(fields: tuple[Field, ...]) -> tuple[str, ...]:
    return tuple(f.name for f in fields if f.parse is values.date)


_NAMES = {name: _names(fields) for name, fields in (FIELDS | _PARTS).items()}


def _without(
    repeated: tuple[Mapping[str, object], ...], prefix: str, refused: list[_Doubtful]
) -> tuple[Mapping[str, object], ...]:
    """Repeated parts without the days that are refused."""
    days = {(d.champ.removeprefix(prefix), d.jour) for d in refused if d.champ.startswith(prefix)}
    return tuple(
        {name: None if (name, value) in days else value for name, value in part.items()}
        for part in repeated
    )
