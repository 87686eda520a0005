"""France's communes, groupings, départements and régions, by SIREN.

The tables beside this module are made by `make collectivites`; LISEZMOI.md says from what.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from importlib import resources
from operator import itemgetter
from typing import NamedTuple

COMMUNE, DEPARTEMENT, REGION = "commune", "département", "région"


class Collectivite(NamedTuple):
    """A territorial authority.

    Attributes:
        siren: its nine digits.
        nature: commune, communauté de communes, métropole, département, région…
        nom: its usual name, as in «Ville d’Arcachon» or «Dijon Métropole».
        departements: INSEE codes of the départements that it covers.
        region: INSEE code of its région.
        population: inhabitants (municipal population).
        communes: name of each of its communes by INSEE code; of a département or a région, none,
            for its code says where it is.
    """

    siren: str
    nature: str
    nom: str
    departements: tuple[str, ...]
    region: str
    population: int
    communes: dict[str, str]


@functools.cache
def find(siren: str) -> Collectivite | None:
    """The authority of a SIREN, or None when it is none of those of the tables."""
    for row in rows("collectivites"):
        if row["siren"] == siren:
            return _collectivite(row)
    return None


@functools.cache
def communes(sirens: frozenset[str]) -> dict[str, str]:
    """Where some authorities are, by SIREN: a commune itself, the most peopled of a grouping.

    Departments and régions are in none; nor are those that the tables do not have.
    """
    members: dict[str, list[str]] = {}
    people: dict[str, int] = {}
    for siren, nature, population, codes in cells(
        "collectivites", "siren", "nature", "population", "communes"
    ):
        if nature == COMMUNE:
            people[codes] = int(population)
        if siren in sirens:
            members[siren] = codes.split()
    return {s: max(c, key=lambda x: people.get(x, 0)) for s, c in members.items() if c}


@functools.cache
def natures() -> dict[str, tuple[str, int]]:
    """Nature and population of every authority of the tables, by SIREN."""
    known = cells("collectivites", "siren", "nature", "population")
    return {siren: (nature, int(population)) for siren, nature, population in known}


def cells(name: str, *columns: str) -> Iterator[tuple[str, ...]]:
    """Some cells of each row of one of the tables: many rows, several columns.

    Args:
        name: of the table.
        columns: two at least.
    """
    with resources.files(__package__).joinpath(f"{name}.csv").open(encoding="utf-8") as stream:
        lines = csv.reader(stream)
        yield from map(itemgetter(*map(next(lines).index, columns)), lines)


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of the tables: collectivites, communes, sirens."""
    with resources.files(__package__).joinpath(f"{name}.csv").open(encoding="utf-8") as stream:
        yield from csv.DictReader(stream)


def _collectivite(row: dict[str, str]) -> Collectivite:
    codes = row["communes"].split()
    names = {r["code"]: r["nom"] for r in rows("communes") if r["code"] in codes} if codes else {}
    return Collectivite(
        siren=row["siren"],
        nature=row["nature"],
        nom=row["nom"],
        departements=tuple(row["departements"].split()),
        region=row["region"],
        population=int(row["population"]),
        communes={code: names[code] for code in codes},
    )
