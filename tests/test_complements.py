"""The tables beside the figures: floors, reserves on suspect fields, contracts and spend up close.

On real rows their numbers are known; on every edition they agree with the figures themselves.
"""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pages
import pytest
from pages import figures, number, rows

from spaser.figures.complements import BLOCS

pytest_plugins = ("pages",)
PUBLISHED = ["demo-2024", "demo-2025", "small", "ville-2024", "ville-2025", "strangers", "hostile"]
Rate = tuple[str, str, str]


def by_floor(edition: Path) -> dict[Rate, dict[str, dict[str, str]]]:
    """Rows of perimetres.csv by figure, then by floor in whole euros."""
    found: dict[Rate, dict[str, dict[str, str]]] = defaultdict(dict)
    for r in rows(edition / "perimetres.csv"):
        found[r["code"], r["entite"], r["base"]][r["plancher"].split(".")[0]] = r
    return found


@pytest.mark.parametrize(
    ("code", "floor", "rate"),
    [
        ("SOC2-01", "0", "23.84"),
        ("SOC2-01", "40000", "35.29"),
        ("SOC2-01", "90000", "47.62"),
        ("ENV1-01", "0", "51.66"),
        ("ENV1-01", "40000", "66.67"),
        ("ENV1-01", "90000", "74.60"),
    ],
)
def test_rates_of_the_city_from_each_floor(
    request: pytest.FixtureRequest, code: str, floor: str, rate: str
) -> None:
    row = by_floor(pages.edition(request, "ville-2024"))[code, "ville", "nombre"][floor]
    assert round(Decimal(row["valeur"]), 2) == Decimal(rate)


def test_a_third_of_the_published_contracts_is_under_the_threshold_of_publication(
    request: pytest.FixtureRequest,
) -> None:
    found = {
        r["plancher"]: (r["marches"], r["marches_dessous"])
        for r in rows(pages.edition(request, "ville-2024") / "marches_par_plancher.csv")
        if r["entite"] == "ville"
    }
    assert found == {"0.00": ("151", "0"), "40000.00": ("102", "49"), "90000.00": ("63", "88")}


@pytest.mark.parametrize("name", PUBLISHED)
def test_rates_from_the_first_euro_are_the_figures(
    request: pytest.FixtureRequest, name: str
) -> None:
    """No floor is chosen: the figures are those of every published contract."""
    edition = pages.edition(request, name)
    known, floors = figures(edition), by_floor(edition)
    assert floors
    for key, found in floors.items():
        assert list(found) == ["0", "40000", "90000"]
        for part in ("numerateur", "denominateur", "valeur"):
            assert number(found["0"][part]) == number(known[key][part]), (key, part)


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025", "ville-2024", "ville-2025"])
def test_a_share_from_a_floor_counts_the_evidence_of_contracts_of_that_amount(
    request: pytest.FixtureRequest, name: str
) -> None:
    """Counted again from preuves.csv and marches.csv, for shares with one row a contract."""
    edition = pages.edition(request, name)
    amounts = {m["marche_uid"]: Decimal(m["montant"]) for m in rows(edition / "marches.csv")}
    parts: dict[Rate, dict[str, list[tuple[Decimal, Decimal]]]] = defaultdict(
        lambda: {"numerateur": [], "denominateur": [], "inconnu": []}
    )
    for p in rows(edition / "preuves.csv"):
        if p["marche_uid"] in amounts:
            weighed = (amounts[p["marche_uid"]], Decimal(p["contribution"] or 0))
            parts[p["code"], p["entite"], p["base"]][p["role"]].append(weighed)
    distinct = {"ECO1-03", "ECO1-07"}  # one holder of several contracts
    floors = by_floor(edition)
    assert len([k for k in floors if k[0] not in distinct]) > 10
    for key, found in floors.items():
        for floor, row in found.items():
            top, rest = (
                sum((c for amount, c in parts[key][role] if amount >= int(floor)), Decimal(0))
                for role in ("numerateur", "denominateur")
            )
            if key[0] not in distinct and row["valeur"]:
                assert number(row["numerateur"]) == top, (key, floor)
                assert number(row["denominateur"]) == top + rest, (key, floor)


def test_the_three_boxes_ticked_together_on_real_rows(request: pytest.FixtureRequest) -> None:
    edition = pages.edition(request, "ville-2024")
    found = {
        (r["code"], r["base"]): r
        for r in rows(edition / "reserves.csv")
        if r["entite"] == "ville" and r["regle"] == "MAR-A09"
    }
    rate = found["SOC2-01", "nombre"]
    assert (rate["suspects"], rate["comptes"]) == ("26", "26")
    assert [round(Decimal(rate[c]), 1) for c in ("valeur", "valeur_sans_suspects")] == [
        Decimal("23.8"),
        Decimal("6.6"),
    ]
    assert Decimal(rate["valeur_marches_ecartes"]) == 8  # 10 of the 125 others
    reserved = found["SOC2-10", "nombre"]
    assert (reserved["valeur"], reserved["valeur_sans_suspects"]) == ("29", "3")
    assert len(rows(edition / "suspects.csv")) == 26


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025", "ville-2024", "ville-2025"])
def test_every_indicator_that_reads_a_suspect_field_carries_the_reserve(
    request: pytest.FixtureRequest, name: str
) -> None:
    """Which ones do is known from the formulas of the edition, not from a list of codes."""
    edition = pages.edition(request, name)
    content = json.loads((edition / "edition.json").read_text(encoding="utf-8"))
    suspects = {(s["champ"], s["marche_uid"]) for s in rows(edition / "suspects.csv")}
    assert suspects
    examined: dict[tuple[str, str], set[str]] = defaultdict(set)
    for p in rows(edition / "preuves.csv"):
        examined[p["code"], p["base"]].add(p["marche_uid"])
    reading = {
        (i["code"], c["base"])
        for i in content["catalogue"]["indicateurs"]
        for c in i["calculs"]
        for champ, uid in suspects
        if any(champ in (c[k] or "") for k in ("population", "numerateur", "denominateur"))
        and uid in examined[i["code"], c["base"]]
    }
    carried = {(r["code"], r["base"]) for r in rows(edition / "reserves.csv")}
    assert {code for code, _ in reading} >= {"SOC2-01", "SOC2-02", "SOC2-10"}
    assert carried >= reading
    known = figures(edition)
    for r in rows(edition / "reserves.csv"):
        assert number(r["valeur"]) == number(known[r["code"], r["entite"], r["base"]]["valeur"])


def test_the_first_holder_of_real_rows(request: pytest.FixtureRequest) -> None:
    """A contract of 2025 is more than two fifths of what the city notified that year."""
    edition = pages.edition(request, "ville-2025")
    first = next(r for r in rows(edition / "principaux_marches.csv") if r["entite"] == "ville")
    total = sum(Decimal(m["montant"]) for m in rows(edition / "marches.csv"))
    assert first["rang"] == "1"
    assert Decimal(first["montant_total"]) == total
    assert round(Decimal(first["part"])) == 42
    largest = max(Decimal(m["montant"]) for m in rows(edition / "marches.csv"))
    assert Decimal(first["montant"]) == largest


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025", "ville-2024", "ville-2025"])
def test_holders_and_contracts_are_ranked_and_add_up(
    request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    for file in ("principaux_marches.csv", "principaux_titulaires.csv"):
        ranked: dict[str, list[dict[str, str]]] = defaultdict(list)
        for r in rows(edition / file):
            ranked[r["entite"]].append(r)
        assert ranked
        for lines in ranked.values():
            assert [r["rang"] for r in lines] == [str(n) for n in range(1, len(lines) + 1)]
            amounts = [Decimal(r["montant"]) for r in lines]
            assert amounts == sorted(amounts, reverse=True)
            share = sum(Decimal(r["part"]) for r in lines)
            assert abs(share - Decimal(lines[-1]["part_cumulee"])) < Decimal("1e-9")


@pytest.mark.parametrize("name", ["demo-2024", "ville-2024"])
def test_the_list_of_reserved_contracts_is_that_of_the_figure(
    request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    counted = {
        p["marche_uid"]
        for p in rows(edition / "preuves.csv")
        if (p["code"], p["entite"], p["base"], p["role"])
        == ("SOC2-10", "ensemble", "nombre", "numerateur")
    }
    listed = rows(edition / "marches_reserves.csv")
    assert counted
    assert {r["marche_uid"] for r in listed} == counted
    suspects = {s["marche_uid"] for s in rows(edition / "suspects.csv") if s["regle"] == "MAR-A09"}
    assert {r["marche_uid"] for r in listed if r["suspect"] == "oui"} == suspects


def test_spend_hours_and_categories_of_the_demonstration(request: pytest.FixtureRequest) -> None:
    """Sums of the tables are those of the figures made from the same registers."""
    edition = pages.edition(request, "demo-2025")
    known = figures(edition)
    hours = [r for r in rows(edition / "insertion_ventilee.csv") if r["entite"] == "ensemble"]
    for dimension in ("secteur", "public"):
        cut = [Decimal(r["heures_realisees"]) for r in hours if r["dimension"] == dimension]
        assert len(cut) > 1
        assert sum(cut) == number(known["SOC2-03", "ensemble", "autre"]["valeur"])
    spend = {
        r["structure"]: r
        for r in rows(edition / "depenses_inclusives.csv")
        if r["entite"] == "ensemble"
    }
    assert {"SIAE", "EA", "ESAT", "ESUS"} <= set(spend)
    parts = [Decimal(r["montant"]) for name, r in spend.items() if name != "au moins l'une"]
    assert Decimal(spend["au moins l'une"]["montant"]) <= sum(p for p in parts if p > 0)
    judged = rows(edition / "agec_par_categorie.csv")
    assert {r["reemploi"] for r in judged} >= {"atteint", "minimum à confirmer"}
    assert {r["acheteur"] for r in judged} == {"metropole", "ville"}
    position = {r["acheteur"]: r["position"] for r in rows(edition / "seuil_schema.csv")}
    assert position == dict.fromkeys(("metropole", "ville"), "au-dessous, pour les mandats lus")


def test_what_no_source_says_is_empty_and_never_zero(request: pytest.FixtureRequest) -> None:
    edition = pages.edition(request, "ville-2024")
    for name in ("insertion_ventilee", "agec_par_categorie", "depenses_inclusives"):
        assert rows(edition / f"{name}.csv") == []
    known = {r["acheteur"]: r for r in rows(edition / "seuil_schema.csv")}
    assert (known["ville"]["depenses"], known["ville"]["position"]) == ("", "inconnu")


@pytest.mark.parametrize("name", ["demo-2025", "strangers"])
def test_each_table_is_published_and_declared(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    package = json.loads((edition / "datapackage.json").read_text(encoding="utf-8"))
    declared = {r["path"]: r for r in package["resources"]}
    for nom, bloc in BLOCS.items():
        header = (edition / f"{nom}.csv").read_text(encoding="utf-8").split("\n")[0].split(",")
        schema = json.loads((edition / declared[f"{nom}.csv"]["schema"]).read_text("utf-8"))
        assert header == [c.nom for c in bloc.champs] == [f["name"] for f in schema["fields"]]
