"""Rates over few contracts, buyers alone, reasons: what a chart or a table must not overstate."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from typing import Any

import pages
import pytest
from pages import Made, figures, parsed, plain, rows, text_of

from spaser.figures.absences import NO_CONTRACT, NO_ROW
from spaser.report import accueil, edition, lines, tally, trajectoires
from spaser.report.edition import Edition

pytest_plugins = ("pages",)

FEW = 10


@pytest.fixture(scope="session")
def demo_2025(demo: Made) -> Edition:
    return edition.load(demo.reports / "2025", 2025)


def line_of(whole: Edition, code: str) -> lines.Line:
    item = next(i for i in whole.indicateurs if i.code == code)
    return lines.line(whole, item, item.calculs[0], list(whole.scheme.entites))


def changed(whole: Edition, code: str, **changes: Any) -> Edition:
    """The edition with an indicator's figures changed for everyone."""
    new = {k: dataclasses.replace(f, **changes) for k, f in whole.figures.items() if k[0] == code}
    assert new
    return dataclasses.replace(whole, figures=whole.figures | new)


# --- Few contracts ---------------------------------------------------------------------------


def test_a_fraction_in_the_table_has_no_trend_in_the_charts(demo_2025: Edition) -> None:
    for entite in ("metropole", "ville", "ensemble"):
        line = line_of(demo_2025, "SOC2-01")
        assert 2025 in trajectoires.values(demo_2025, line, entite)
        few = changed(demo_2025, "SOC2-01", denominateur=Decimal(FEW - 1))
        assert trajectoires.values(few, line_of(few, "SOC2-01"), entite) == {}
    small = {
        (f["code"], f["base"])
        for f in figures(demo_2025.folder).values()
        if (f["entite"], f["unite"], f["base"]) == ("ensemble", "%", "nombre")
        and f["valeur"]
        and Decimal(f["denominateur"]) < FEW
    }
    assert small
    drawn = {
        p.code
        for axe in demo_2025.scheme.axes
        for a in axe.ambitions
        for chart in [trajectoires.chart(demo_2025, a.code, lines.of_ambition(demo_2025, a.code))]
        if chart
        for p in chart.panneaux
    }
    assert drawn
    assert drawn & {code for code, _ in small} == set()


def test_a_year_before_over_few_contracts_is_not_drawn(demo_2025: Edition) -> None:
    assert 2024 in trajectoires.values(demo_2025, line_of(demo_2025, "SOC2-01"), "ville")
    more = demo_2025.year.lecture.model_copy(update={"petit_denominateur": 171})
    strict = dataclasses.replace(
        demo_2025, year=demo_2025.year.model_copy(update={"lecture": more})
    )
    drawn = trajectoires.values(strict, line_of(strict, "SOC2-01"), "ville")
    assert set(drawn) == {2025}, "172 contracts known this year, fewer the year before"


def test_a_split_gives_the_fraction_of_few(demo_2025: Edition) -> None:
    page = parsed(demo_2025.folder / "rapport.html")
    images = [
        i
        for figure in page.iter("figure")
        if "groupes comparés" in figure.get("aria-label", "")
        for i in figure.iter("div")
        if i.get("role") == "img"
    ]
    known = [
        r
        for r in rows(demo_2025.folder / "ventilations.csv")
        if r["entite"] == "ensemble" and r["base"] == "nombre" and r["denominateur"]
    ]
    few = {
        f"{r['numerateur']} sur {r['denominateur']}" for r in known if int(r["denominateur"]) < FEW
    }
    fractions = [
        plain(t) for i in images for t in map(text_of, i.iter("text")) if " sur " in plain(t)
    ]
    assert fractions
    assert set(fractions) <= few
    for image in images:
        bars = [plain(t) for t in map(text_of, image.iter("text"))]
        rates = [t for t in bars if re.search(r"\d", t) and " sur " not in t]
        assert len(rates) > 1, "a split of one rate says nothing"
        assert any(re.search(r"[1-9]", t) for t in rates), "nor does one of zeros"


def test_the_index_draws_no_point_of_what_it_hides(demo: Made) -> None:
    for column in accueil.published(demo.reports):
        hidden = changed(column.edition, "SOC2-01", couverture=Decimal(49))
        (row,) = [
            r
            for r in accueil._rows([column._replace(edition=hidden)], "SOC2")
            if r.item.code == "SOC2-01"
        ]
        ((cell, *_),) = row.cellules
        assert cell
        assert cell.valeur == "n.\u00a0s."
        assert "<circle" not in row.svg
        (shown,) = [r for r in accueil._rows([column], "SOC2") if r.item.code == "SOC2-01"]
        assert "<circle" in shown.svg


# --- A buyer alone, reasons, gaps ------------------------------------------------------------


def test_a_buyer_alone_has_no_target_set_for_all(request: pytest.FixtureRequest) -> None:
    """29 reserved contracts beside a common target of 8, called «sans cible», said two things."""
    folder = pages.edition(request, "ville-2024")
    alone = edition.load(folder, 2024)
    assert alone.reference == "ville"
    (line,) = [
        x
        for x in lines.of_ambition(alone, "SOC2")
        if x.item.code == "SOC2-10" and x.calcul.base == "nombre"
    ]
    assert line.calcul.cible_commune
    assert (line.ref.verdict, line.cible) == ("sans cible", "")
    assert trajectoires.targets_of(line, trajectoires.years(alone)) == {}
    for page in ("rapport.html", "comite.html"):
        for tr in parsed(folder / page).iter("tr"):
            cells = {c.get("class", "").split()[0]: plain(text_of(c)) for c in tr if c.get("class")}
            if "– sans cible" in cells.get("etat", ""):
                assert "sans cible" in cells["cible"]


def test_what_is_said_of_all_is_not_said_again_of_each(demo_2025: Edition) -> None:
    reasons = [a.motif for a in lines.absences(lines.every(demo_2025))]
    assert reasons
    assert [m for m in reasons if m.count("aucun relevé") > 1] == []
    scheme = [a.nom for a in demo_2025.scheme.acheteurs]
    same = {"rien", f"{scheme[0]} : rien", f"{scheme[1]} : rien"}
    assert lines._reason(demo_2025, same) == "rien"
    apart = {f"{scheme[0]} : rien", f"{scheme[1]} : peu"}
    assert lines._reason(demo_2025, apart) == " ; ".join(sorted(apart))


def test_what_one_buyer_has_no_use_for_is_no_reason_of_the_others(
    request: pytest.FixtureRequest,
) -> None:
    """«Aucune ligne concernée ; donnée renseignée dans aucune des lignes concernées»."""
    year = edition.load(pages.edition(request, "demo-2024"), 2024)
    split = [
        line
        for line in lines.every(year)
        if line.absence
        and {f.verdict for (c, _, _), f in year.figures.items() if c == line.item.code}
        >= {"sans objet", "non disponible"}
    ]
    assert split
    for line in split:
        parts = line.absence.split(" ; ")
        assert len(parts) > 1
        assert not {NO_ROW, NO_CONTRACT} & {*parts}  # said of the buyer whom it concerns


def test_a_gap_is_said_once_in_its_unit(demo_2025: Edition) -> None:
    gaps = {r["code"] for r in rows(demo_2025.folder / "ecarts.csv")}
    assert {"SOC2-03", "ECO1-08"} <= gaps
    for code in ("SOC2-03", "ECO1-08"):
        ref = line_of(demo_2025, code).ref
        assert ref.ecart.startswith("−")
        assert ref.manque == ""


def test_the_sentence_counts_every_measure(demo_2025: Edition) -> None:
    for axe in demo_2025.scheme.axes:
        for ambition in axe.ambitions:
            lines_ = lines.of_ambition(demo_2025, ambition.code)
            sentence = tally.sentence(demo_2025, lines_).split(". Plus forte")[0].split(" : ", 1)[1]
            numbers = re.findall(r"(\d+|une?)\s(?:cible|objectif|mesure)", sentence)
            counts = [int(n.replace("une", "1").replace("un", "1")) for n in numbers]
            assert sum(counts) == len(lines_), sentence
