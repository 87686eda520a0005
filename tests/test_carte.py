"""The map of the holders: its table recounted outside the package, its drawings measured."""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pages
import pytest
from matplotlib.path import Path as Outline
from neutral import PROJECT
from pages import Made, plain, rows, text_of
from test_published_french import faults

from spaser import collectivites
from spaser.collectivites import COMMUNE, plan
from spaser.collectivites import rows as of_france
from spaser.quality import cpv
from spaser.report import french

pytest_plugins = ("pages",)


def sirene(annee: int) -> dict[str, str]:
    """The commune of each establishment, as the file of the year gives it."""
    path = PROJECT / "data" / "raw" / str(annee) / "sirene-extrait.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            r["siret"]: r["codeCommuneEtablissement"]
            for r in csv.DictReader(stream)
            if r["codeCommuneEtablissement"]
        }


@pytest.mark.parametrize("annee", [2024, 2025])
def test_each_commune_is_recounted(request: pytest.FixtureRequest, annee: int) -> None:
    edition = pages.edition(request, f"demo-{annee}")
    known = sirene(annee)
    euros: dict[str, int] = defaultdict(int)
    contracts: dict[str, set[str]] = defaultdict(set)
    of_contract: dict[str, list[str]] = defaultdict(list)
    holders_of = duckdb.read_parquet(str(edition / "donnees" / "titulaires.parquet"))
    for uid, holder in (
        holders_of.order("marche_uid, rang").project("marche_uid, titulaire_id").fetchall()
    ):
        of_contract[uid].append(holder)
    for m in rows(edition / "marches.csv"):
        holders = of_contract[m["marche_uid"]]
        cents = int(Decimal(m["montant"]) * 100)
        for rank, holder in enumerate(holders):
            share = cents // len(holders) + (rank < cents % len(holders))
            if holder in known:
                euros[known[holder]] += share
                contracts[known[holder]].add(m["marche_uid"])
    published = [r for r in rows(edition / "communes_titulaires.csv") if r["entite"] == "ensemble"]
    assert {r["code_commune"]: int(Decimal(r["montant"]) * 100) for r in published} == dict(euros)
    assert {r["code_commune"]: int(r["marches"]) for r in published} == {
        code: len(uids) for code, uids in contracts.items()
    }
    assert sum(Decimal(r["part"]) for r in published) == pytest.approx(100)


def drawings(edition: Path) -> list[Any]:
    """The panels of the map on the report."""
    page = pages.parsed(edition / "rapport.html")
    figure = next(
        (f for f in page.iter("figure") if "Carte des titulaires" in f.get("aria-label", "")), None
    )
    return [] if figure is None else list(figure.iter("li"))


def test_the_map_says_the_shares_and_the_largest_communes(request: pytest.FixtureRequest) -> None:
    edition = pages.edition(request, "demo-2024")
    near, far = drawings(edition)
    lines = [r for r in rows(edition / "communes_titulaires.csv") if r["entite"] == "ensemble"]
    total = sum(Decimal(r["montant"]) for r in lines)
    region = "21 25 39 58 70 71 89 90".split()
    held = sum(Decimal(r["montant"]) for r in lines if r["departement"] in region)
    share = f"{100 * held / total:.1f}".replace(".", ",")
    assert plain(text_of(near)).startswith(f"{share} % du montant en Bourgogne-Franche-Comté")
    whole = all(r["departement"] in plan.outlines() for r in lines)
    words = "En France métropolitaine : tout le montant" if whole else "en France métropolitaine"
    assert words in plain(text_of(far))
    first = plan.names()[lines[0]["code_commune"]]
    assert first in text_of(near)
    assert first not in text_of(far)  # its name is on the drawing of the région already
    assert "Carte. " in next(d.get("aria-label") for d in near.iter("div"))


def test_the_area_of_a_circle_is_its_amount(request: pytest.FixtureRequest) -> None:
    from spaser.report import bulles

    square = [((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))]
    circles = [("A", 2.0, 2.0, 1.0), ("B", 5.0, 5.0, 0.25), ("C", 8.0, 8.0, 0.09)]
    figure = bulles.draw([(square[0], True)], circles, (0.0, 0.0, 10.0, 10.0), {"A"})
    (axes,) = figure.axes
    radii = [p.radius for p in axes.patches if hasattr(p, "radius")]
    areas = [math.pi * r * r for r in radii]
    assert [a / areas[0] for a in areas] == pytest.approx([1.0, 0.25, 0.09])
    assert [t.get_text() for t in axes.texts] == ["A"]


def test_names_never_lie_on_each_other() -> None:
    from spaser.report import bulles

    square = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    circles = [(name, 5.0, 5.0, 0.1) for name in ("Un", "Deux", "Trois")]
    figure = bulles.draw(
        [(square, False)], circles, (0.0, 0.0, 10.0, 10.0), {"Un", "Deux", "Trois"}
    )
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.texts] == ["Un", "Deux"]  # at the right, at the left
    assert len({t.get_position()[0] for t in axes.texts}) == 2


def test_without_sirene_there_is_no_map_and_the_page_says_so(
    request: pytest.FixtureRequest,
) -> None:
    edition = pages.edition(request, "ville-2024")
    assert drawings(edition) == []
    text = (edition / "rapport.html").read_text(encoding="utf-8")
    _, _, section = text.partition('id="les-communes-des-titulaires"')
    section, _, _ = section.partition("<h3")
    assert "source non fournie" in section


def away(place: plan.LonLat, ring: plan.Contour) -> float:
    """How far a point is from the line of a ring."""
    near = math.inf
    for (ax, ay), (bx, by) in pairwise([*ring, ring[0]]):
        across, down = bx - ax, by - ay
        length = across**2 + down**2
        at = ((place[0] - ax) * across + (place[1] - ay) * down) / length if length else 0.0
        at = min(max(at, 0.0), 1.0)
        near = min(near, math.dist(place, (ax + at * across, ay + at * down)))
    return near


def test_every_commune_stands_in_its_own_departement() -> None:
    rings = plan.outlines()
    shapes = {d: [Outline([*r, r[0]], closed=True) for r in rs] for d, rs in rings.items()}
    assert len(shapes) == 96
    off = [
        code
        for code, place in plan.positions().items()
        if not any(s.contains_point(place) for s in shapes[code[:2]])
        and min(away(place, ring) for ring in rings[code[:2]]) > 2.1  # of the coast
    ]
    assert off == []


def test_the_places_cover_nine_communes_in_ten_of_those_that_have_firms() -> None:
    """The authorities of the largest communes are all there, overseas apart."""
    known = [
        (int(r["population"]), r["communes"])
        for r in of_france("collectivites")
        if r["nature"] == COMMUNE and not r["communes"].startswith("97")
    ]
    large = [code for people, code in known if people >= 5000]
    placed = [code for code in large if code in plan.positions()]
    assert len(placed) / len(large) > 0.9


@pytest.mark.parametrize(
    ("code", "commune"),
    [("75108", "75056"), ("69383", "69123"), ("13215", "13055"), ("21231", "21231"),
     ("99100", "99100")],
)  # fmt: skip
def test_an_arrondissement_stands_for_its_commune(code: str, commune: str) -> None:
    assert plan.commune(code) == commune


@pytest.mark.parametrize(
    ("code", "nom"),
    [("75108", "Paris 8e"), ("69381", "Lyon 1er"), ("13215", "Marseille 15e"), ("21231", "Dijon"),
     ("99100", "99100")],
)  # fmt: skip
def test_a_place_has_its_name(code: str, nom: str) -> None:
    assert plan.name(code) == nom


def test_a_simplified_ring_keeps_its_ends_and_its_corners() -> None:
    ring = [(0.0, 0.0), (1.0, 0.01), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]
    assert plan.simplified(ring, 0.1) == [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]


def test_the_drawing_names_its_sources(request: pytest.FixtureRequest) -> None:
    page = pages.parsed(pages.edition(request, "demo-2024") / "rapport.html")
    text = plain(text_of(page.find("body")))
    assert re.search(
        r"Contours des départements : @svg-maps/france\.departments \(CC BY 4\.0\)", text
    )
    assert "GeoNames (CC BY 4.0)" in text


@pytest.mark.parametrize(
    ("code", "latitude", "longitude"),
    [  # of their town halls
        ("75056", 48.856, 2.352), ("13055", 43.296, 5.370), ("59350", 50.637, 3.063),
        ("29019", 48.390, -4.486), ("67482", 48.584, 7.746), ("64445", 43.296, -0.370),
        ("21231", 47.322, 5.041), ("21054", 47.024, 4.839),
    ],
)  # fmt: skip
def test_a_commune_stands_where_it_is_on_earth(
    code: str, latitude: float, longitude: float
) -> None:
    north, east = map(float, plan.coordinates()[code])
    assert abs(north - latitude) < 0.03
    assert abs(east - longitude) < 0.04


def test_a_grouping_is_in_its_most_peopled_commune() -> None:
    wanted = {"212102313": "21231", "242100410": "21231", "200000172": "74042"}
    assert collectivites.communes(frozenset({*wanted, "222100018", "123456782"})) == wanted


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_the_report_says_how_far_half_of_the_money_goes(demo: Made, year: str) -> None:
    folder = demo.reports / year
    lines = rows(folder / "distances.csv")
    assert {(r["entite"], r["base"]) for r in lines} == {
        (e, b) for e in ("metropole", "ville", "ensemble") for b in ("nombre", "valeur")
    }
    for r in lines:
        near, half, far = (Decimal(r[c]) for c in ("quartile_1", "mediane", "quartile_3"))
        assert 0 <= near <= half <= far < 1100
        assert float(r["couverture"]) == pytest.approx(
            float(100 * Decimal(r["connu"]) / Decimal(r["total"]))
        )
    [whole] = [r for r in lines if (r["entite"], r["base"]) == ("ensemble", "valeur")]
    text = plain(text_of(pages.parsed(folder / "rapport.html").find(".//main")))
    half = plain(french.number(Decimal(whole["mediane"]), 1))
    assert f"la moitié du montant va à {half} km au plus" in text


@pytest.mark.parametrize(
    ("digits", "name"),
    [("45", "45 – Travaux de construction"), ("00", "00"), ("inconnue", "inconnue"),
     ("79", "79 – Services aux entreprises : droit, marketing, conseil, recrutement, "
            "impression et sécurité")],
)  # fmt: skip
def test_a_family_of_purchases_has_the_name_of_its_division(digits: str, name: str) -> None:
    assert plain(cpv.division(digits)) == name


def test_the_name_of_each_division_is_in_good_french(root: Path) -> None:
    names = [cpv.division(x) for x in cpv.divisions(root / "data/referentiels" / cpv.FILE)]
    assert len(names) == 45
    assert [f for x in names for f in faults(french.typography(x))] == []
