"""A national file made on the spot, and where our buyers stand in it, said without the package.

Buyers are drawn from the table of communes and groupings, read here as text.  Some are like ours;
others are too small, too large, of another nature, of few or many contracts, or fill nothing.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import oracle as o

TABLE = Path(__file__).parents[1] / "src" / "spaser" / "collectivites" / "collectivites.csv"
OURS = {"metropole": o.METROPOLE, "ville": o.VILLE}
FALLING = {"ECO1-06"}  # the smaller, the better
YEAR = 2024
ALIKE = 9  # buyers that are like each of ours


@dataclass(frozen=True)
class Place:
    """Where a buyer of ours stands, for one figure: exact, as fractions."""

    acheteurs: int
    valeur: Fraction | None
    mediane: Fraction | None
    quartile_1: Fraction | None
    quartile_3: Fraction | None
    rang: int | None


def authorities() -> dict[str, tuple[str, int]]:
    """Nature and population by SIREN."""
    with TABLE.open(encoding="utf-8") as stream:
        return {r["siren"]: (r["nature"], int(r["population"])) for r in csv.DictReader(stream)}


def contracts(seed: int = 1, per_buyer: int = 12) -> dict[str, list[o.Contract]]:
    """The contracts of our two buyers and of many others, by SIREN."""
    dice = random.Random(seed)
    known = authorities()
    by_buyer = {}
    for buyer in OURS.values():
        by_buyer[buyer[:9]] = _some(dice, buyer, per_buyer)
        nature, people = known[buyer[:9]]
        near = sorted(
            (s for s, (n, p) in known.items() if n == nature and people / 2 <= p <= 2 * people),
            key=lambda s: (abs(known[s][1] - people), s),
        )
        far = sorted(s for s, (n, p) in known.items() if n == nature and not people / 3 < p)[:3]
        chosen = [s for s in near if s not in by_buyer][: ALIKE + 3] + far
        for rank, siren in enumerate(chosen):
            count = {0: per_buyer // 4, 1: 4 * per_buyer}.get(rank, per_buyer + dice.randint(-3, 3))
            by_buyer[siren] = _some(dice, f"{siren}00012", count, silent=rank == 2)
    return by_buyer


def _some(dice: random.Random, buyer: str, count: int, *, silent: bool = False) -> list[o.Contract]:
    made = []
    for rank in range(count):
        social = dice.choice([(o.PAS_SOCIAL,), (o.CLAUSE,), (o.RESERVE,), None])
        environment = dice.choice([(o.PAS_ENV,), (o.CLAUSE_ENV,), (o.CLAUSE_ENV, o.CRITERE_ENV)])
        day = dt.date(YEAR, dice.randint(1, 12), dice.randint(1, 28))
        made.append(
            o.Contract(
                f"{YEAR}{rank:03d}",
                buyer=buyer,
                objet=f"Marché {rank} de {buyer}",
                montant=Decimal(dice.randint(300_000, 90_000_000)) / 100,
                notified=day,
                published=day + dt.timedelta(dice.randint(1, 100)),
                offers=dice.choice([1, 1, 2, 3, 5, 8, None]),
                innovant=dice.choice([True, False, False]),
                cpv=dice.choice(["45261000-4", "90910000-9"]),
                social=None if silent else social,
                environment=None if silent else environment,
            )
        )
    return made


def places(
    made: Mapping[str, Sequence[o.Contract]], population: int = 2, marches: int = 3
) -> dict[tuple[str, str, str], Place]:
    """Where each of ours stands, by (code, base, buyer)."""
    known, ours = authorities(), {s[:9] for s in OURS.values()}
    figures = {siren: o.recount(some) for siren, some in made.items()}
    by_figure = {}
    for entite, siret in OURS.items():
        me = siret[:9]
        nature, people = known[me]
        group = [
            s
            for s in made
            if s not in ours
            and known.get(s, ("", 0))[0] == nature
            and Fraction(people, population) <= known[s][1] <= people * population
            and Fraction(len(made[me]), marches) <= len(made[s]) <= len(made[me]) * marches
        ]
        for code, base in figures[me]:
            mine = figures[me][code, base].valeur
            every = [figures[s][code, base].valeur for s in (me, *group)]
            values = sorted(v for v in every if v is not None)
            better = [v for v in values if mine is not None and _better(code, v, mine)]
            by_figure[code, base, entite] = Place(
                len(values), mine, quantile(values, Fraction(1, 2)),
                quantile(values, Fraction(1, 4)), quantile(values, Fraction(3, 4)),
                None if mine is None else 1 + len(better),
            )  # fmt: skip
    return by_figure


def _better(code: str, value: Fraction, mine: Fraction) -> bool:
    return value < mine if code in FALLING else value > mine


def quantile(ordered: Sequence[Fraction], part: Fraction) -> Fraction | None:
    """Between two ranks, in proportion."""
    if not ordered:
        return None
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def spoilt(made: Mapping[str, Sequence[o.Contract]]) -> list[o.Contract]:
    """Records that must change nothing: repeated, of another year, of an absurd amount."""
    others = [
        some[0] for siren, some in made.items() if siren not in {s[:9] for s in OURS.values()}
    ]
    return [
        *others[:3],
        *(replace(c, id=f"A{c.id}", notified=dt.date(YEAR - 1, 3, 4)) for c in others),
        *(replace(c, id=f"B{c.id}", montant=Decimal("0.50")) for c in others),
    ]
