"""The tables beside the figures: floors, reserves on suspect fields, contracts and spend up close.

On real rows their numbers are known; on every edition they agree with the figures themselves.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle as o
import pages
import pytest
from neutral import NOM_METROPOLE
from pages import figures, number, rows

from spaser.collectivites import plan
from spaser.figures.complements import BLOCS

pytest_plugins = ("pages",)
PUBLISHED = ["demo-2024", "demo-2025", "small", "ville-2024", "ville-2025", "strangers", "hostile"]
Rate = tuple[str, str, str]


def by_floor(edition: Path) -> dict[Rate, dict[str, dict[str, str]]]:
    """Rows of perimetres.csv by figure, then by floor in whole euros."""
    floors: dict[Rate, dict[str, dict[str, str]]] = defaultdict(dict)
    for r in rows(edition / "perimetres.csv"):
        floors[r["code"], r["entite"], r["base"]][r["plancher"].split(".")[0]] = r
    return floors


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
    counts = {
        r["plancher"]: (r["marches"], r["marches_dessous"])
        for r in rows(pages.edition(request, "ville-2024") / "marches_par_plancher.csv")
        if r["entite"] == "ville"
    }
    assert counts == {"0.00": ("151", "0"), "40000.00": ("102", "49"), "90000.00": ("63", "88")}


@pytest.mark.parametrize("name", PUBLISHED)
def test_rates_from_the_first_euro_are_the_figures(
    request: pytest.FixtureRequest, name: str
) -> None:
    """No floor is chosen: the figures are those of every published contract."""
    edition = pages.edition(request, name)
    known, floors = figures(edition), by_floor(edition)
    assert floors
    for key, by_amount in floors.items():
        assert list(by_amount) == ["0", "40000", "90000"]
        for part in ("numerateur", "denominateur", "valeur"):
            assert number(by_amount["0"][part]) == number(known[key][part]), (key, part)


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
    for key, by_amount in floors.items():
        for floor, row in by_amount.items():
            top, rest = (
                sum((c for amount, c in parts[key][role] if amount >= int(floor)), Decimal(0))
                for role in ("numerateur", "denominateur")
            )
            if key[0] not in distinct and row["valeur"]:
                assert number(row["numerateur"]) == top, (key, floor)
                assert number(row["denominateur"]) == top + rest, (key, floor)


def test_the_three_boxes_ticked_together_on_real_rows(request: pytest.FixtureRequest) -> None:
    edition = pages.edition(request, "ville-2024")
    reserves = {
        (r["code"], r["base"]): r
        for r in rows(edition / "reserves.csv")
        if r["entite"] == "ville" and r["regle"] == "MAR-A09"
    }
    rate = reserves["SOC2-01", "nombre"]
    assert (rate["suspects"], rate["comptes"]) == ("26", "26")
    assert [round(Decimal(rate[c]), 1) for c in ("valeur", "valeur_sans_suspects")] == [
        Decimal("23.8"),
        Decimal("6.6"),
    ]
    assert Decimal(rate["valeur_marches_ecartes"]) == 8  # 10 of the 125 others
    reserved = reserves["SOC2-10", "nombre"]
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


# --- On the pages ---------------------------------------------------------------------------


def words(edition: Path, page: str) -> str:
    return pages.plain(pages.text_of(pages.parsed(edition / page)))


def captions(edition: Path, page: str) -> list[str]:
    return [pages.plain(pages.text_of(c)) for c in pages.parsed(edition / page).iter("caption")]


def line_of(row: Any) -> str:
    """The cells of a row, a blank between two."""
    parts = [t for cell in row for t in (pages.text_of(cell), " ")]
    return pages.plain("".join(parts))


PERIMETER = (
    "Les taux portent sur tous les marchés publiés, sans plancher de montant : 151, dont 49 de "
    "moins de 40 000 € HT (la publication n'est due qu'à partir de ce montant) et 63 de "
    "90 000 € HT ou plus (champ du recensement national jusqu'à 2023)."
)


@pytest.mark.parametrize("page", ["rapport.html", "calculs.html", "comite.html"])
def test_each_page_says_what_is_counted_with_its_numbers(
    request: pytest.FixtureRequest, page: str
) -> None:
    assert PERIMETER in words(pages.edition(request, "ville-2024"), page)


@pytest.mark.parametrize("name", ["demo-2025", "ville-2024"])
def test_no_page_claims_that_contracts_are_counted_from_40_000_euros(
    request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    for page in ("rapport.html", "calculs.html", "comite.html", "qualite.html"):
        text = words(edition, page)
        assert "ici, dès 40 000" not in text
        assert "ne couvrent que les marchés à partir de" not in text


def test_the_legal_table_gives_each_rate_from_each_floor(request: pytest.FixtureRequest) -> None:
    page = pages.parsed(pages.edition(request, "ville-2024") / "rapport.html")
    lines = [line_of(tr) for tr in page.iter("tr") if tr.get("class") == "plancher"]
    social = [line for line in lines if "considération sociale" in line and "en nombre" in line]
    assert [("35,3 %36 sur 102" in line, "47,6 %30 sur 63" in line) for line in social] == [
        (True, False),
        (False, True),
    ]
    table = next(t for t in page.iter("table") if t.get("class") == "simple socle")
    rates = [line_of(tr) for tr in table.iter("tr") if "calcul et preuves" in line_of(tr)]
    doubt = "Réserve : les trois cases sociales cochées ensemble ; {} si ces 26 marchés"
    without = {"SOC2-01": "6,6 %", "SOC2-02": "43,0 %", "ENV1-01": "", "ENV1-02": ""}
    for line in rates:
        if (code := line.split(" : calcul")[0].split()[-1]) in without:
            value = without.pop(code)
            assert (doubt.format(value) in line) is bool(value), line
    assert not without


def test_national_figures_are_set_beside_ours_at_their_own_floor(
    request: pytest.FixtureRequest,
) -> None:
    page = pages.parsed(pages.edition(request, "ville-2024") / "rapport.html")
    table = next(
        t
        for t in page.iter("table")
        for c in t.iter("caption")
        if "Repères nationaux" in pages.text_of(c)
    )
    lines = [line_of(tr) for tr in table.iter("tr")]
    census = next(x for x in lines if "SOC2-01" in x and "recensements 2022" in x)
    assert "à partir de 90 000 € HT Ville : 47,6 %" in census
    assert "23,8 %" not in census
    assert "Réserve : les trois cases sociales cochées ensemble ; 6,6 % si ces 26" in census


def test_a_reserve_shows_the_value_without_the_suspect_contracts(
    request: pytest.FixtureRequest,
) -> None:
    edition = pages.edition(request, "ville-2024")
    report = words(edition, "rapport.html")
    book = [line_of(tr) for tr in pages.parsed(edition / "calculs.html").iter("tr")]
    reserve = "6,6 % si ces 26 marchés comptaient pour « non »"
    assert f"SOC2-01 : {reserve}" in report
    assert f"les trois cases sociales cochées ensemble ; {reserve}" in words(edition, "comite.html")
    assert any("MAR-A09 Ville 26 26 23,8 % 6,6 % 8,0 %" in line for line in book)
    sheets = captions(edition, "calculs.html")
    for code in ("SOC2-01", "SOC2-02", "SOC2-10", "SOC2-11", "SOC1-06"):
        assert any(x.startswith(code) and "reserves.csv" in x for x in sheets), code
    assert not any(x.startswith("ENV1-01") and "reserves.csv" in x for x in sheets)


def test_explain_says_the_floors_and_the_reserve(ville: pages.Made) -> None:
    done = pages.spaser("explain", "2024", "SOC2-01", "--reports", ville.reports)
    printed = pages.plain(done.out)
    assert "Marchés comptés à partir de 40 000 € HT : 35,3 %" in printed
    assert "Marchés comptés à partir de 90 000 € HT : 47,6 %" in printed
    assert ", 26 fois : 6,6 % si ces 26 marchés comptaient pour « non »" in printed


SHOWN = [name for name, bloc in BLOCS.items() if bloc.tete]


@pytest.mark.parametrize("name", SHOWN)
def test_each_table_is_on_the_report_of_the_demonstration(
    request: pytest.FixtureRequest, name: str
) -> None:
    """Its caption, every heading of its columns, and the values of its first row."""
    edition = pages.edition(request, "demo-2025")
    page = pages.parsed(edition / "rapport.html")
    tables = [
        t
        for t in page.iter("table")
        for c in t.iter("caption")
        if pages.plain(pages.text_of(c)).startswith(pages.plain(BLOCS[name].titre))
    ]
    assert tables
    columns = [c for c in BLOCS[name].champs if c.titre and c.forme != "entite"]
    heads = [pages.plain(pages.text_of(th)) for th in tables[0].find("thead").iter("th")]
    assert heads == [pages.plain(c.titre) for c in columns]
    body = [r for t in tables for r in t.find("tbody").iter("tr")]
    assert all(len(list(r)) == len(heads) and r.find("th") is not None for r in body)
    entity = [c.nom for c in BLOCS[name].champs if c.forme == "entite"]
    first = next(r for r in rows(edition / f"{name}.csv") if not entity or r["entite"] != "ville")
    cells = pages.plain(" ".join(pages.text_of(r) for r in body))
    head = first[BLOCS[name].tete]
    head = plan.name(head) if BLOCS[name].tete == "code_commune" else head
    assert pages.plain(head) in cells or BLOCS[name].tete == "acheteur"


def test_what_no_source_says_is_said_on_the_page(request: pytest.FixtureRequest) -> None:
    text = words(pages.edition(request, "ville-2024"), "rapport.html")
    for source in (
        "Export des mandats de paiement",
        "Suivi des heures d'insertion (facilitateur Relais Emploi)",
        "Déclaration AGEC article 58",
    ):
        assert f"n. d., source non fournie : {source}" in text
    assert (
        f"{NOM_METROPOLE} : aucune ligne dans les fichiers fournis. Ce n'est pas un zéro." in text
    )


def test_governance_and_what_comes_are_sections_with_the_dates_of_the_law(
    request: pytest.FixtureRequest,
) -> None:
    text = words(pages.edition(request, "demo-2025"), "rapport.html")
    assert "n'est pas décrit dans cette édition" in text
    assert "à publier tous les 2 ans" in text
    assert "cela tombe le 17 octobre 2026, puis le 17 octobre 2028" in text


# --- A floor of the scheme's own ------------------------------------------------------------


GIVEN = """
  - {libelle: Marchés du registre, source: Registre du service, entite: ville, base: nombre,
     valeur: 30, explication: Le registre compte les marchés d'un groupement.}
"""
PROMISED = (
    "acheteur_siret;id_marche;heures_prevues;heures_realisees;heures_realisees_marche;solde\n"
    f"{o.VILLE};2024V023;100;10;;non\n"
)  # hours of a contract that is not over


@pytest.fixture(scope="session")
def floored(tmp_path_factory: pytest.TempPathFactory) -> pages.Made:
    """The small year of a scheme that counts contracts from 65 000 €, with the analyst's words."""

    def build(place: Path) -> pages.Done:
        here = pages.project(place / "projet")
        scheme = here / "params" / "spaser.yml"
        text = scheme.read_text(encoding="utf-8")
        assert "\nplancher: 0\n" in text
        scheme.write_text(text.replace("\nplancher: 0\n", "\nplancher: 65000\n"), encoding="utf-8")
        comments = here / "params" / "2024" / "commentaires"
        comments.mkdir(exist_ok=True)
        for section in ("gouvernance", "perspectives"):
            (comments / f"{section}.md").write_text(f"Le mot de *{section}*.", encoding="utf-8")
        year = here / "params" / "2024" / "params.yml"
        text = year.read_text(encoding="utf-8")
        year.write_text(text.replace("\nrapprochements:\n", "\nrapprochements:" + GIVEN), "utf-8")
        pages.write_small(place / "data")
        (place / "data" / "insertion.csv").write_text(PROMISED, encoding="utf-8")
        words = ("run", "2024", "--data", place / "data", "--reports", place / "reports")
        return pages.spaser(*words, cwd=here)

    return pages.once(tmp_path_factory, "floored", build)


def test_a_scheme_chooses_its_floor_and_says_it(floored: pages.Made) -> None:
    edition = floored.reports / "2024"
    amounts = [c.montant for c in pages.SMALL_VILLE]
    above = [a for a in amounts if a >= 65000]
    assert 0 < len(above) < len(amounts)
    rate = figures(edition)["SOC2-01", "ville", "nombre"]
    assert number(rate["denominateur"]) == len(above)
    by_amount = by_floor(edition)["SOC2-01", "ville", "nombre"]
    assert list(by_amount) == ["0", "40000", "65000", "90000"]
    assert by_amount["65000"]["valeur"] == rate["valeur"]
    assert number(by_amount["0"]["denominateur"]) == len(amounts)
    evidence = [
        p for p in rows(edition / "preuves.csv") if (p["code"], p["entite"]) == ("SOC2-01", "ville")
    ]
    assert len(evidence) == len(above)
    left = len(amounts) - len(above)
    sentence = (
        "Le schéma a choisi un plancher : les taux portent sur les marchés publiés à partir de "
        f"65 000 € HT, {len(above) + 3} sur {len(amounts) + 3} ; de moindre montant, {left} "
        "marchés publiés n'y sont pas."
    )
    for page in ("rapport.html", "calculs.html", "comite.html"):
        assert sentence in words(edition, page)
    assert "tous les marchés publiés" in words(edition, "rapport.html")


def test_rates_on_too_few_contracts_are_named_and_not_denied(floored: pages.Made) -> None:
    text = words(floored.reports / "2024", "rapport.html")
    assert "Sur trop peu de marchés pour figurer en tête : Part des marchés comportant" in text
    assert "2 sur 7" in text
    assert "Aucun taux réel" not in text


def test_what_is_not_drawn_says_whose_it_is_once(floored: pages.Made) -> None:
    text = words(floored.reports / "2024", "rapport.html")
    (note,) = re.findall(r"heures réalisées : rien à montrer encore\. (.*?concernée\.)", text, re.I)
    assert note == (
        f"{NOM_METROPOLE} : aucune ligne de 2024 dans les fichiers fournis. "
        "Ville : aucune ligne concernée."
    ), note


def test_an_explanation_says_the_gap_that_it_explains(floored: pages.Made) -> None:
    text = words(floored.reports / "2024", "rapport.html")
    assert "L'explication donnée ne dit pas l'écart qu'elle explique : Le registre" in text


def test_the_analyst_fills_governance_and_what_comes(floored: pages.Made) -> None:
    text = words(floored.reports / "2024", "rapport.html")
    assert "Le mot de gouvernance." in text
    assert "Le mot de perspectives." in text
    assert "dans cette édition" not in text
