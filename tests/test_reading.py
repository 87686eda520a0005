"""What a reader stumbles on: doubts without a reason, hidden values that leak, words of files."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pages
import pytest
from neutral import ROOT
from pages import Made, figures, parsed, plain, rows, text_of

from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import Promesse
from spaser.report import (
    charts,
    divisions,
    edition,
    essentiel,
    lines,
    perimetre,
    promesses,
    svg,
    trajectoires,
)
from spaser.report.edition import Edition

pytest_plugins = ("pages",)


@pytest.fixture(scope="session")
def demo_2025(demo: Made) -> Edition:
    return edition.load(demo.reports / "2025", 2025)


def report(demo: Made, year: str = "2025") -> Any:
    return parsed(demo.reports / year / "rapport.html")


def with_figure(whole: Edition, code: str, entite: str, **changes: Any) -> Edition:
    """The edition with a figure changed on each of its bases."""
    changed = {
        key: dataclasses.replace(f, **changes)
        for key, f in whole.figures.items()
        if key[:2] == (code, entite)
    }
    assert changed
    return dataclasses.replace(whole, figures=whole.figures | changed)


# --- Highlights ----------------------------------------------------------------------------


def test_a_highlight_is_sure(demo_2025: Edition) -> None:
    all_lines = lines.every(demo_2025)
    unsure = {
        (x.item.code, x.calcul.base)
        for x in all_lines
        if any(r.lourde for r in x.reserves) or x.ref.prudence or x.ref.motif or x.petit
    }
    assert unsure
    featured = [*essentiel.advances(demo_2025, all_lines)[1], *essentiel.gaps(demo_2025, all_lines)]
    assert len(featured) == 6
    assert {(x.item.code, x.calcul.base) for x, _ in featured} & unsure == set()


def test_a_doubt_removes_an_advance_or_a_gap(demo_2025: Edition) -> None:
    all_lines = lines.every(demo_2025)
    for featured in (
        essentiel.advances(demo_2025, all_lines)[1],
        essentiel.gaps(demo_2025, all_lines),
    ):
        first = featured[0][0]
        heavy, light = (lines.Reserve("réserve", 1, "", lourde=x) for x in (True, False))
        doubted = [x._replace(reserves=[heavy]) if x is first else x for x in all_lines]
        slight = [x._replace(reserves=[light]) if x is first else x for x in all_lines]
        assert first.item.code in {
            x.item.code
            for x, _ in (
                *essentiel.advances(demo_2025, slight)[1],
                *essentiel.gaps(demo_2025, slight),
            )
        }
        again = [*essentiel.advances(demo_2025, doubted)[1], *essentiel.gaps(demo_2025, doubted)]
        kept = [(x.item.code, x.calcul.base) for x, _ in again]
        assert (first.item.code, first.calcul.base) not in kept


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_an_undecided_verdict_has_its_reason(demo: Made, year: str) -> None:
    verdicts = [
        plain(text_of(cell))
        for table in report(demo, year).iter("table")
        for cell in table.iter("td")
        if "etat" in cell.get("class", "").split()
    ]
    doubts = [t for t in verdicts if "indécidable" in t or "non vérifiable" in t]
    assert len(doubts) > 5
    assert [t for t in doubts if not re.search(r"manqu|confirmer|\? indécidable", t)] == []
    key = plain(text_of(report(demo, year).find(".//main")))
    assert "les données manquantes peuvent faire changer le verdict" in key
    assert [t for t in verdicts if t not in doubts and "manquantes" in t] == []


# --- What is not shown ---------------------------------------------------------------------


def test_a_value_that_is_not_significant_is_nowhere(demo_2025: Edition) -> None:
    """Neither its parts, nor the year before, nor a point of a chart."""
    hidden = with_figure(demo_2025, "SOC2-04", "ville", couverture=Decimal(49))
    (item, calcul) = next(p for p in hidden.of("SOC2") if p[0].code == "SOC2-04")
    line = lines.line(hidden, item, calcul, ["ville"])
    assert line.ref.valeur == "n.\u00a0s."
    shown = (line.ref.brut, line.ref.detail, line.ref.n_1, line.ref.evolution, line.ref.ecart)
    assert shown == ("",) * 5
    assert 2025 in trajectoires.values(demo_2025, line, "ville")
    assert 2025 not in trajectoires.values(hidden, line, "ville")
    (side,) = promesses.sides(hidden, "SOC2")
    assert [(r.entite, r.annee) for r in side.lignes if r.entite == "Ville"] == [("Ville", 2024)]
    assert "11\u202f054" not in str(side)
    assert any(n.startswith("Ville : n.\u00a0s.") for n in side.notes)


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_no_full_stop_is_doubled(demo: Made, year: str) -> None:
    for page in ("rapport.html", "comite.html", "calculs.html", "preuves.html", "qualite.html"):
        text = text_of(parsed(demo.reports / year / page).find(".//main"))
        doubled = re.findall(r".{20}(?<!\.)\.\s?\.(?!\.).{0,5}", text)
        assert [x for x in doubled if "<" not in x] == [], page


def test_circles_go_from_near_to_far(demo: Made) -> None:
    order = ["Métropole", "Reste du département", "Reste de la région", "Ailleurs"]
    count = 0
    for image in report(demo).iter("div"):
        if image.get("role") != "img" or "par cercle" not in image.get("aria-label"):
            continue
        bars = [t for t in map(text_of, image.iter("text")) if t in order]
        assert bars == [n for n in order if n in bars]
        assert len(bars) > 1
        count += 1
    assert count > 5


def test_the_catalogue_says_by_what_an_indicator_is_divided(demo_2025: Edition) -> None:
    def by_circle(item: str) -> bool:
        known = lines.of_ambition(demo_2025, "ECO2")
        divided = [
            line._replace(item=line.item.model_copy(update={"ventilation": ("categorie",)}))
            if line.item.code == item
            else line
            for line in known
        ]
        division = divisions.of_ambition(demo_2025, "ECO2", divided)
        assert division
        return any(p.code == "ECO2-02" and "par cercle" in p.alt for p in division.panneaux)

    assert by_circle("nobody")
    assert not by_circle("ECO2-02")
    tautological = {i.code for i in demo_2025.indicateurs if "cercle" not in i.ventilation}
    assert {"ECO1-04", "ECO2-06"} <= tautological


def test_the_program_names_no_indicator() -> None:
    named = re.compile(r"\b[A-Z]{3}\d-\d\d")
    modules = list((ROOT / "src" / "spaser" / "report").glob("*.py"))
    assert len(modules) > 20
    assert {p.name: named.findall(p.read_text(encoding="utf-8")) for p in modules} == {
        p.name: [] for p in modules
    }


def test_what_is_missing_is_said_once(demo: Made) -> None:
    (table,) = [t for t in report(demo).iter("table") if "manques" in t.get("class", "")]
    reasons = [text_of(t) for t in table.iterfind("tbody/tr/th")]
    assert len(reasons) == len(set(reasons)) > 3
    assert [r for r in reasons if r.startswith("Partiel")] == []
    listed = [text_of(a).split("\u00a0")[0] for a in table.iter("a")]
    partial = {
        code
        for (code, entity, _), f in figures(demo.reports / "2025").items()
        if entity == "ensemble" and f["motif_absence"].startswith("partiel")
    }
    assert partial
    assert [c for c in partial if listed.count(c) != 1] == [], "the buyer that lacks it, once"
    assert "ECO1-08" not in listed, "actions held in common"


def test_a_target_to_come_is_called_to_be_confirmed(demo: Made) -> None:
    edition_ = demo.reports / "2025"
    status = {
        (r["code"], r["base"]): r["statut_cible"]
        for r in rows(edition_ / "series.csv")
        if r["annee"] == "2027" and r["entite"] == "ensemble"
    }
    named = {i.code: i.intitule for i in edition.load(edition_, 2025).indicateurs}
    labels = {
        plain(label): status[code, base]
        for code, _, base in figures(edition_)
        for label in (named[code], f"{named[code]} (en {base})")
    }
    checked = 0
    for figure in report(demo).iter("figure"):
        head = figure.find(".//thead")
        if head is None or not text_of(head).endswith("Cible 2027"):
            continue
        for line in figure.findall(".//tbody/tr"):
            status_ = labels[plain(text_of(line.find("th")))]
            whose, *_, last = line.findall("td")
            cell = text_of(last)
            if cell == "–" and text_of(whose) != "Ensemble":  # a target of all judges none alone
                continue
            assert ("(h)" in cell) == (status_ == "H"), cell
            checked += 1
    assert checked > 50


# --- Words ---------------------------------------------------------------------------------


def test_the_catalogue_speaks_french_not_field_names(catalogue: Catalogue) -> None:
    field = re.compile(r"\b[a-z]+[A-Z]\w*|\b[a-z]+_[a-z_]+\b(?!\.csv)")
    for item in catalogue.indicateurs:
        texts = (item.libelle, item.definition.numerateur, item.definition.denominateur,
                 item.limites, item.repere)  # fmt: skip
        assert field.findall(re.sub(r"\S+\.csv", "", " ".join(filter(None, texts)))) == [], (
            item.code
        )


def test_a_calculation_is_told_in_plain_words(demo: Made) -> None:
    text = text_of(report(demo).find(".//main"))
    assert "rapporté à" not in text
    notes = [text_of(d) for d in report(demo).iter("dd") if text_of(d).startswith("Compté")]
    assert len(notes) > 50
    assert sum("Sur :" in plain(n) for n in notes) > 40


def test_rows_kept_become_contracts_in_words(demo: Made) -> None:
    joint = perimetre.joint(edition.load(demo.reports / "2025", 2025))
    assert joint
    counted = rows(demo.reports / "2025" / "marches.csv")
    assert joint.marches == len(counted) < joint.lignes
    assert joint.montant == sum(Decimal(m["montant"]) for m in counted)
    for page in ("rapport.html", "qualite.html"):
        text = plain(text_of(parsed(demo.reports / "2025" / page).find(".//main")))
        twice = joint.lignes - joint.marches
        sentence = f"sur {joint.lignes} lignes retenues, {twice} redisent un marché déjà écrit"
        assert sentence in text
        assert f"Il reste {joint.marches} marchés" in text


def test_a_list_of_proofs_says_whose_and_what(demo: Made) -> None:
    page = parsed(demo.reports / "2025" / "preuves.html")
    heads = [plain(text_of(s)) for s in page.iter("summary")]
    heads.remove("Sommaire")
    assert len(heads) > 80
    assert len(set(heads)) == len(heads)
    shape = re.compile(
        r"[A-Z]{3}\d-[\dD-]+, ensemble : (numérateur|dénominateur seul|inconnu), base"
    )
    assert [h for h in heads if not shape.match(h)] == []


# --- Promised against delivered ------------------------------------------------------------


def test_hours_promised_and_done_stand_side_by_side(demo: Made) -> None:
    (figure,) = [f for f in report(demo).iter("figure") if "SOC2-04" in f.get("aria-label")]
    hours = {
        (year, e): figures(demo.reports / year)["SOC2-04", e, "autre"]
        for year in ("2024", "2025")
        for e in ("metropole", "ville", "ensemble")
    }
    lines_ = [[plain(text_of(c)) for c in tr] for tr in figure.findall(".//tbody/tr")]
    names = {"Métropole": "metropole", "Ville": "ville", "Ensemble": "ensemble"}
    assert len(lines_) == len(hours)
    images = [e for e in figure.iter("div") if e.get("role") == "img"]
    assert len(images) == 3
    for name, year, promised, done, rate in lines_:
        f = hours[year, names[name]]
        assert Decimal(promised.replace(" ", "")) == Decimal(f["denominateur"])
        assert Decimal(done.replace(" ", "")) == Decimal(f["numerateur"])
        (image,) = [i for i in images if f", {name} :" in plain(i.get("aria-label"))]
        drawn = [plain(text_of(t)) for t in image.iter("text")]
        alternative = plain(image.get("aria-label"))
        assert {f"{promised} prévues", f"{done} réalisées", f"{year} : {rate}"} <= set(drawn)
        assert f"en {year}, {done} heures réalisées pour {promised} prévues ({rate})" in alternative


def test_an_outline_and_a_full_bar_are_told_apart_in_grey() -> None:
    pair = (Decimal(100), Decimal(50))
    figure = charts.pairs([("2025 : 50 %", pair)], ("prévues", "réalisées"), Decimal(100))
    drawing = svg.inline(figure, "x")
    fills = re.findall(r'<path d="[^"]*" style="fill:([^;]*);stroke:#1f4e79', drawing)
    assert fills == ["#ffffff", "#1f4e79"]


def test_nothing_is_drawn_of_what_is_unknown(demo_2025: Edition, tmp_path: Path) -> None:
    """A buyer without sums has no panel but a sentence; nobody with any, the sentence alone."""
    none = {"numerateur": None, "denominateur": None, "valeur": None}
    reason = "source non fournie : suivi"
    one = with_figure(demo_2025, "SOC2-04", "ville", **none, motif_absence=reason)
    header = (demo_2025.folder / "series.csv").read_text(encoding="utf-8").split("\n")[0]
    (tmp_path / "series.csv").write_text(header + "\n", encoding="utf-8")  # a first year
    one = dataclasses.replace(one, folder=tmp_path)
    (side,) = promesses.sides(one, "SOC2")
    assert [p.titre for p in side.panneaux] == ["Métropole", "Ensemble"]
    assert side.notes == [f"Ville : {reason}"]
    for entite in ("metropole", "ensemble"):
        one = with_figure(one, "SOC2-04", entite, **none, motif_absence=reason)
    (side,) = promesses.sides(one, "SOC2")
    assert (side.panneaux, side.lignes) == ([], [])
    assert side.notes == [f"S{reason[1:]}"]


def test_a_year_without_hours_says_so(request: pytest.FixtureRequest) -> None:
    page = parsed(pages.edition(request, "small") / "rapport.html")
    assert not [f for f in page.iter("figure") if "SOC2-04" in f.get("aria-label")]
    (note,) = [p for p in page.iter("p") if text_of(p).startswith("Heures prévues et")]
    assert "rien à montrer encore" in text_of(note)
    assert "non fournie" in text_of(note)


def test_a_promise_needs_a_ratio(catalogue: Catalogue) -> None:
    promise = Promesse(promis="prévues", realise="réalisées", unite="heures")
    item = catalogue.get("SOC2-03")
    assert item
    assert catalogue.get("SOC2-04").promesse == promise
    with pytest.raises(ValueError, match="promesse"):
        type(item).model_validate(item.model_dump() | {"promesse": promise.model_dump()})
