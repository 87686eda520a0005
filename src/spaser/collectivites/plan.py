"""The drawing that maps stand on: outlines of départements, places of communes.

The tables are made by `make plan`; LISEZMOI.md says from what.  Coordinates are those of the
drawing, downwards: metropolitan France is 613 wide and 585 high, Corsica nearer than it is.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import Decimal

from spaser.collectivites import cells, rows

LonLat = tuple[float, float]
Contour = list[LonLat]
# The arrondissements of Paris, Lyon and Marseille stand in SIRENE for the commune: how their codes
# begin, the code of the commune, and that from which they are counted.
_ARRONDISSEMENTS = {"751": ("75056", 75100), "693": ("69123", 69380), "132": ("13055", 13200)}


@functools.cache
def outlines() -> Mapping[str, list[Contour]]:
    """The rings of each département of metropolitan France, by its code."""
    return {
        row["code"]: [_ring(r) for r in row["trace"].split(";")] for row in rows("departements")
    }


@functools.cache
def positions() -> Mapping[str, LonLat]:
    """Where each commune stands, by INSEE code; small communes and islands are not there."""
    return {code: (float(x), float(y)) for code, x, y in cells("positions", "code", "x", "y")}


@functools.cache
def coordinates() -> Mapping[str, tuple[Decimal, Decimal]]:
    """Latitude and longitude of the communes that have a place on the drawing, by INSEE code."""
    return {
        code: (Decimal(latitude), Decimal(longitude))
        for code, latitude, longitude in cells("positions", "code", "latitude", "longitude")
    }


@functools.cache
def names() -> Mapping[str, str]:
    """The name of each commune, by INSEE code."""
    return {row[0]: row[1] for row in cells("communes", "code", "nom")}


def commune(code: str) -> str:
    """The commune of a code: of an arrondissement of Paris, Lyon or Marseille, its commune."""
    return code if code in names() else _ARRONDISSEMENTS.get(code[:3], (code, 0))[0]


def name(code: str) -> str:
    """The name of a commune, or «Paris 8e»; the code itself when it is of none."""
    whole = commune(code)
    if whole == code:
        return names().get(code, code)
    rank = int(code) - _ARRONDISSEMENTS[code[:3]][1]
    return f"{names()[whole]} {rank}{'er' if rank == 1 else 'e'}"


def simplified(ring: Contour, most: float) -> Contour:
    """A ring with fewer points (Douglas and Peucker): none left out is further than `most`."""
    if len(ring) < 3:
        return ring
    (ax, ay), (bx, by) = ring[0], ring[-1]
    across, down = bx - ax, by - ay
    length = (across**2 + down**2) ** 0.5
    far, best = 0, 0.0
    for rank, (x, y) in enumerate(ring[1:-1], start=1):
        if length:
            off = abs(across * (ay - y) - (ax - x) * down) / length
        else:
            off = ((x - ax) ** 2 + (y - ay) ** 2) ** 0.5
        if off > best:
            far, best = rank, off
    if best <= most:
        return [ring[0], ring[-1]]
    return [*simplified(ring[: far + 1], most)[:-1], *simplified(ring[far:], most)]


def _ring(text: str) -> Contour:
    return [(float(x), float(y)) for x, _, y in (p.partition(",") for p in text.split())]
