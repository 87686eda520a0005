"""Where a company is: département and région of a commune, and the circle around the buyers.

Codes of INSEE's Code officiel géographique.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from spaser.collectivites import plan
from spaser.settings.territoire import AILLEURS, Territoire

# Région -> its départements, since the regions of 2016.
_REGIONS = {
    "84": "01 03 07 15 26 38 42 43 63 69 73 74",
    "27": "21 25 39 58 70 71 89 90",
    "53": "22 29 35 56",
    "24": "18 28 36 37 41 45",
    "94": "2A 2B",
    "44": "08 10 51 52 54 55 57 67 68 88",
    "32": "02 59 60 62 80",
    "11": "75 77 78 91 92 93 94 95",
    "28": "14 27 50 61 76",
    "75": "16 17 19 23 24 33 40 47 64 79 86 87",
    "76": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "52": "44 49 53 72 85",
    "93": "04 05 06 13 83 84",
    "01": "971",
    "02": "972",
    "03": "973",
    "04": "974",
    "06": "976",
}
_REGION_OF = {d: region for region, ds in _REGIONS.items() for d in ds.split()}


def departement(commune: str | None) -> str | None:
    """The département of a commune (INSEE code); three characters overseas."""
    if not commune or len(commune) != 5:
        return None
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def region(commune: str | None) -> str | None:
    """The INSEE code of the région of a commune; None outside the régions."""
    return _REGION_OF.get(departement(commune) or "")


def departements(regions: Collection[str]) -> tuple[str, ...]:
    """The départements of some régions, by INSEE code, in order."""
    return tuple(sorted(d for d, region in _REGION_OF.items() if region in regions))


def place(commune: str | None) -> tuple[Decimal | None, Decimal | None]:
    """Latitude and longitude of a commune, in degrees; None where GeoNames gives none."""
    return plan.coordinates().get(plan.commune(commune or ""), (None, None))


def cercle(commune: str | None, territoire: Territoire | None) -> str | None:
    """The smallest circle that holds a commune; None when either is unknown."""
    if not territoire or not departement(commune):
        return None
    place = {"departement": departement(commune), "region": region(commune)}
    for circle in territoire.cercles:
        if commune in circle.communes or place.get(circle.genre) in circle.codes:
            return circle.genre
    return AILLEURS
