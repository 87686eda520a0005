"""The published pages: read as files, then opened in Chromium as a reader opens them."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import html5lib
import pages
import pytest
from neutral import NOM_METROPOLE, NOM_VILLE, SCHEME
from pages import HOSTILE, HOSTILE_FILE, Made, figures, parsed, plain, text_of, typed

from spaser.report import edition as editions
from spaser.report import rapport

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("pages", "chromium")

AXES = {axe.titre: tuple(a.titre for a in axe.ambitions) for axe in SCHEME.axes}
CODES = {"Axe économique": "ECO", "Axe social": "SOC", "Axe environnemental": "ENV"}

WHOLE = ["demo-2024", "demo-2025", "ville-2024", "small", "hostile"]
THREE = ("rapport.html", "calculs.html", "qualite.html")
ALL = [
    *((name, page) for name in WHOLE for page in THREE),
    *((name, "comite.html") for name in ("demo-2025", "ville-2024", "hostile")),
    *((name, "synthese.html") for name in WHOLE),
    *((name, "changements.html") for name in ("demo-2025", "ville-2024")),
    ("strangers", "rapport.html"),
    ("stopped", "qualite.html"),
    ("old-form", "qualite.html"),
]
REPORTS = [name for name, page in ALL if page == "rapport.html"]


@pytest.fixture(params=ALL, ids=lambda case: f"{case[0]}-{case[1][:-5]}")
def page_file(request: pytest.FixtureRequest) -> Path:
    name, page = request.param
    return pages.edition(request, name) / page


BROWSED = [
    *((name, page) for name in ("demo-2024", "demo-2025", "ville-2024") for page in THREE),
    ("demo-2025", "comite.html"),
    ("ville-2024", "comite.html"),
    ("demo-2025", "synthese.html"),
    ("ville-2024", "synthese.html"),
    ("demo-2025", "changements.html"),
    ("ville-2024", "changements.html"),
    ("demo-2025", "../index.html"),
    ("small", "rapport.html"),
    ("strangers", "rapport.html"),
    ("hostile", "qualite.html"),
    ("stopped", "qualite.html"),
    ("old-form", "qualite.html"),
]


@pytest.fixture(scope="module", params=BROWSED, ids=lambda case: f"{case[0]}-{case[1][:-5]}")
def browsed(request: pytest.FixtureRequest) -> Path:
    name, page = request.param
    return (pages.edition(request, name) / page).resolve()


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> Path:
    return pages.edition(request, request.param)


# --- As files --------------------------------------------------------------------------------


def test_a_page_is_valid_html(page_file: Path) -> None:
    """Strict parse: the first fault raises."""
    html5lib.HTMLParser(strict=True).parse(page_file.read_text(encoding="utf-8"))


def test_a_page_says_its_language_and_title(page_file: Path) -> None:
    page = parsed(page_file)
    assert page.get("lang") == "fr"
    title = text_of(page.find("head/title"))
    assert "SPASER" in title
    assert re.search(r"\b202[45]\b", title)


def test_titles_of_the_pages_differ(demo: Made) -> None:
    titles = {text_of(parsed(demo.reports / "2025" / p).find("head/title")) for p in THREE}
    assert len(titles) == 3


def test_a_page_has_one_h1_and_skips_no_level(page_file: Path) -> None:
    levels = [int(e.tag[1]) for e in parsed(page_file).iter() if re.fullmatch("h[1-6]", str(e.tag))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_every_table_has_a_caption_and_scoped_headers(page_file: Path) -> None:
    tables = list(parsed(page_file).iter("table"))
    assert tables or page_file.name == "changements.html"  # a first publication moves nothing
    for table in tables:
        caption = table.find("caption")
        assert caption is not None
        assert text_of(caption)
        heads = list(table.iter("th"))
        assert heads
        assert all(h.get("scope") in {"col", "row"} and text_of(h) for h in heads)
        columns = len(table.findall("thead/tr/th"))
        assert columns >= 2
        for line in table.findall("tbody/tr"):
            assert sum(int(c.get("colspan", 1)) for c in line) == columns


def test_captions_of_a_page_differ(page_file: Path) -> None:
    captions = Counter(text_of(c) for c in parsed(page_file).iter("caption"))
    assert [c for c, n in captions.items() if n > 1] == []


def test_every_image_has_an_alternative(page_file: Path) -> None:
    for element in parsed(page_file).iter():
        if element.get("role") == "img":
            assert len(element.get("aria-label", "").strip()) > 20
        if element.tag == "img":
            assert element.get("alt", "").strip()
        if element.tag == "svg":
            assert element.get("aria-hidden") == "true"
    assert "No description has been provided" not in page_file.read_text(encoding="utf-8")


def test_ids_are_unique(page_file: Path) -> None:
    ids = Counter(i for e in parsed(page_file).iter() if (i := e.get("id")) is not None)
    assert ids
    assert [i for i, n in ids.items() if n > 1 or not i or " " in i] == []


def test_every_link_leads_somewhere(page_file: Path) -> None:
    links = [a.get("href") for a in parsed(page_file).iter("a")]
    assert links
    for link in links:
        name, _, anchor = link.partition("#")
        target = page_file.parent / name if name else page_file
        assert target.is_file(), link
        if anchor:
            assert anchor in {e.get("id") for e in parsed(target).iter()}, link


def test_svg_references_lead_somewhere(report: Path) -> None:
    page = parsed(report / "rapport.html")
    ids = {e.get("id") for e in page.iter()}
    text = (report / "rapport.html").read_text(encoding="utf-8")
    references = re.findall(r'xlink:href="#([^"]+)"|url\(#([^)]+)\)', text)
    assert [a or b for a, b in references if (a or b) not in ids] == []


def test_a_page_holds_no_program_and_no_address(page_file: Path) -> None:
    page = parsed(page_file)
    tags = Counter(str(e.tag) for e in page.iter())
    for tag in ("script", "iframe", "object", "embed", "base", "form", "input"):
        assert not tags[tag], tag
    links = [(e.get("rel"), (e.get("href") or "").partition(",")[0]) for e in page.iter("link")]
    assert links == [("icon", "data:image/svg+xml")]
    assert tags["style"] == 1
    for element in page.iter():
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on"), (element.tag, name)
            if str(name).endswith(("href", "src")):
                assert not re.match(r"(?i)\s*(javascript|https?|//|file|ftp)", value), value
    css = "".join(text_of(e) for e in page.iter("style"))
    assert "@import" not in css
    assert not re.search(r"url\((?!#|\"data:font/woff2;base64,)", css)


def test_a_page_is_light(page_file: Path) -> None:
    assert page_file.stat().st_size < 700_000


@pytest.mark.parametrize("page", ["rapport.html", "calculs.html"])
def test_axes_and_ambitions_are_the_scheme_s_words(demo: Made, page: str) -> None:
    path = demo.reports / "2025" / page
    titles = [(int(e.tag[1]), typed(e)) for e in parsed(path).iter() if e.tag in {"h2", "h3"}]
    wanted = []
    for number, (axis, ambitions) in enumerate(AXES.items(), start=1):
        wanted.append((2, f"Axe {number} : {axis}"))
        wanted += [(3, f"Ambition {n} : {a}") for n, a in enumerate(ambitions, start=1)]
    assert [t for t in titles if t in wanted] == wanted
    assert sum(len(a) for a in AXES.values()) == 9


def test_the_committee_is_named(demo: Made) -> None:
    page = parsed(demo.reports / "2025" / "rapport.html")
    items = [plain(text_of(e)) for e in page.iter("li")]
    assert [c for c in SCHEME.comite if plain(c) not in items] == []


def _tables(edition: Path) -> list[Any]:
    return [
        t
        for t in parsed(edition / "rapport.html").iter("table")
        if "indicateurs" in t.get("class", "").split()
    ]


def _known(edition: Path) -> list[tuple[str, str]]:
    """Code and base of the lines with a value for someone, in the order of the file."""
    chiffres = figures(edition)
    return list(
        dict.fromkeys((code, base) for (code, _, base), f in chiffres.items() if f["valeur"])
    )


def test_an_ambition_with_figures_has_its_table(report: Path) -> None:
    chiffres = figures(report)
    known = {chiffres[code, "ensemble", base]["ambition"] for code, base in _known(report)}
    wanted = [
        f"Axe {axis}, ambition {n} "
        for axis, (name, ambitions) in enumerate(AXES.items(), start=1)
        for n in range(1, len(ambitions) + 1)
        if f"{CODES[name]}{n}" in known
    ]
    captions = [plain(text_of(t.find("caption"))) for t in _tables(report)]
    assert [c[: len(w)] for c, w in zip(captions, wanted, strict=True)] == wanted


def test_every_indicator_has_its_place_once(report: Path) -> None:
    """A computed line in a table; one without value in the block of what is missing."""
    chiffres = figures(report)
    known = _known(report)
    assert sum(len(t.findall("tbody/tr")) for t in _tables(report)) == len(known)
    page = parsed(report / "rapport.html")
    ids = Counter(e.get("id") for e in page.iter())
    assert {ids[code] for code, _, _ in chiffres} == {1}
    missing = {
        i.get("id"): plain(text_of(block))
        for block in page.iter("div")
        for i in block.iter("span")
        if i.get("class") == "manquant"
    }
    assert set(missing) == {code for code, _, _ in chiffres} - {code for code, _ in known}
    buyers = re.compile(f"^({NOM_METROPOLE}|{NOM_VILLE}) : ")
    for (code, _, _), figure in chiffres.items():
        if code in missing:  # of a buyer, unless it is said of all
            reason = plain(figure["motif_absence"])
            own = [r for r in {reason, buyers.sub("", reason)} if r[1:] in missing[code]]
            assert own, (code, reason)


ENTITIES = {"Métropole": "metropole", "Ville": "ville", "Ensemble": "ensemble"}


def _rows(edition: Path) -> Iterator[tuple[str, str, Any, list[str]]]:
    """Code, base, element and entities of each line of the ambitions' tables, in order."""
    lines = [
        (line, [ENTITIES[h] for h in map(text_of, table.findall("thead/tr/th")) if h in ENTITIES])
        for table in _tables(edition)
        for line in table.findall("tbody/tr")
    ]
    for (code, base), (line, entities) in zip(_known(edition), lines, strict=True):
        (link,) = [a for a in line.find("th").iter("a") if "calculs.html" in a.get("href")]
        assert text_of(link).startswith(code)
        yield code, base, line, entities


def test_every_number_shown_is_the_figure_s_own(report: Path) -> None:
    chiffres = figures(report)
    shown = set()
    for code, base, line, entities in _rows(report):
        cells = [c for c in line.findall("td") if "valeur" in c.get("class", "").split()]
        (verdict,) = [c for c in line.findall("td") if "etat" in c.get("class", "").split()]
        assert chiffres[code, entities[-1], base]["verdict"] in plain(text_of(verdict))
        for entity, cell in zip(entities, cells, strict=True):
            figure = chiffres[code, entity, base]
            text = plain(text_of(cell))
            data = cell.find(".//data")
            if _thin(figure):
                shown.add((code, entity, base))
                assert data is None
                rest = text.split("n. s.", 1)[-1].removesuffix(plain(figure["motif_absence"]))
                assert not re.search(r"\d", rest), "neither value nor parts"
                continue
            if data is None:
                assert figure["valeur"] == "", (code, entity)
                assert "n. d." in text or "s. o." in text
                shared = code == "ECO1-08" and chiffres[code, "ensemble", base]["valeur"]
                assert ("actions communes" if shared else plain(figure["motif_absence"])) in text
                continue
            shown.add((code, entity, base))
            assert Decimal(data.get("value")) == Decimal(figure["valeur"])
            whole = chiffres[code, entities[-1], base]
            aimed = whole["cible"] or figure["verdict"] != whole["verdict"]
            if entity != entities[-1] and aimed:
                assert figure["verdict"] in text
            _reads(plain(text_of(data)), figure)
    hidden = {key for key, f in chiffres.items() if f["valeur"]} - shown
    assert {entity for _, entity, _ in hidden} <= {"ensemble"}, "a buyer's figure is always shown"
    assert all(chiffres[key]["motif_absence"].startswith("partiel") for key in hidden)


def _thin(figure: dict[str, str]) -> bool:
    """Known for too few contracts to be shown."""
    return bool(figure["couverture"]) and Decimal(figure["couverture"]) < 50


def _no_rate(figure: dict[str, str]) -> bool:
    """Not shown as a rate: for too few contracts that tell, or too few in all."""
    few = figure["unite"] == "%" and figure["base"] == "nombre"
    return _thin(figure) or (few and Decimal(figure["denominateur"] or 10) < 10)


def _reads(text: str, figure: dict[str, str]) -> None:
    """The shown text is the value rounded half up, or its fraction."""
    small = figure["base"] == "nombre" and figure["denominateur"]
    if figure["unite"] == "%" and small and Decimal(figure["denominateur"]) < 10:
        assert text == f"{figure['numerateur']} sur {figure['denominateur']}"
        return
    if figure["unite"] == "%":
        rounded = Decimal(figure["valeur"]).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        assert text == f"{rounded} %".replace(".", ",").replace("-", "−")
        return
    number, _, unit = text.replace("−", "-").rpartition(" ")
    size = {"€": 1, "k€": 1000, "M€": 1_000_000}.get(unit, 1)
    shown = Decimal(number.replace(" ", "").replace(",", ".")) * size
    assert abs(shown - Decimal(figure["valeur"])) <= Decimal("0.05") * size


def test_every_value_in_the_report_is_in_the_open_data(report: Path) -> None:
    """Values, targets and values of the year before from the figures; targets to come from
    the catalogue of the edition."""
    columns = ("valeur", "cible", "valeur_n_1")
    values = {Decimal(f[k]) for f in figures(report).values() for k in columns if f[k]}
    edition = json.loads((report / "edition.json").read_text(encoding="utf-8"))
    for item in edition["catalogue"]["indicateurs"]:
        values |= {Decimal(str(c["valeur"])) for c in item["cibles"].values()}
    for name in ("series.csv", "ventilations.csv"):
        with (report / name).open(encoding="utf-8", newline="") as stream:
            values |= {Decimal(row["valeur"]) for row in csv.DictReader(stream) if row["valeur"]}
    values |= {Decimal(r["valeur"]) for r in pages.rows(report / "perimetres.csv") if r["valeur"]}
    page = parsed(report / "rapport.html")
    shown = [Decimal(d.get("value")) for d in page.iter("data")]
    assert [v for v in shown if v not in values] == []


def _targets(edition: Path, year: str) -> dict[tuple[str, str], str]:
    """Status of the target of each line, from the file of figures."""
    return {
        (code, base): f["statut_cible"]
        for (code, _, base), f in figures(edition).items()
        if f["annee"] == year
    }


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025", "ville-2024"])
def test_hypotheses_are_called_so_in_the_tables(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    assert {"H", "L", ""} <= set(_targets(edition, name[-4:]).values())
    chiffres = figures(edition)
    for code, base, line, entities in _rows(edition):
        (cell,) = [c for c in line.findall("td") if "cible" in c.get("class", "").split()]
        text, status = plain(text_of(cell)), chiffres[code, entities[-1], base]["statut_cible"]
        assert ("(h)" in text) == (status == "H"), code
        assert ("légale" in text) == (status == "L"), code
        assert ("sans cible" in text) == (status == ""), code


def test_hypotheses_are_called_so_in_the_headlines(demo: Made) -> None:
    edition = demo.reports / "2025"
    status = _targets(edition, "2025")
    heads = [
        li
        for ul in parsed(edition / "rapport.html").iter("ul")
        if ul.get("class") == "chiffres"
        for li in ul.findall("li")
    ]
    assert len(heads) >= 4
    for head in heads:
        code = head.find(".//a").get("href").removeprefix("#")
        text = plain(text_of(head))
        hypothesis = "H" in {s for (c, _), s in status.items() if c == code}
        assert ("(h)" in text) == hypothesis, text
        assert ("cible légale" in text) == ("L" in {s for (c, _), s in status.items() if c == code})


def test_hypotheses_are_called_so_beside_the_charts(demo: Made) -> None:
    """The data of a chart give targets too: an hypothesis is called so there as elsewhere."""
    edition = demo.reports / "2025"
    named = {i.code: i.intitule for i in editions.load(edition, 2025).indicateurs}
    labels = {
        plain(label): f["statut_cible"]
        for f in figures(edition).values()
        for name in [named[f["code"]]]
        for label in (name, f"{name} (en {f['base']})")
    }
    checked = 0
    for figure in parsed(edition / "rapport.html").iter("figure"):
        heads = [text_of(h) for h in figure.findall(".//thead/tr/th")]
        if "Cible 2025" not in heads:
            continue
        for line in figure.findall(".//tbody/tr"):
            label = plain(text_of(line.find("th")))
            status = labels[label]
            target = text_of(line[heads.index("Cible 2025")])
            if target == "–" and text_of(line[1]) != "Ensemble":  # its target is one of all
                continue
            checked += status == "H"
            assert ("(h)" in target) == (status == "H"), label
            assert ("légale" in target) == (status == "L"), label
            assert ("objectif national" in target) == (status == "P"), label
    assert checked


def test_a_year_before_is_shown_as_its_own_report_showed_it(demo: Made) -> None:
    """What 2024 did not show as a rate («n. s.», a fraction) is no rate in 2025, and no trend."""
    before, now = demo.reports / "2024", demo.reports / "2025"
    then, this_year, hidden = figures(before), figures(now), set()
    for code, base, line, entities in _rows(now):
        old = then[code, entities[-1], base]
        (cell,) = [c for c in line.findall("td") if "avant" in c.get("class", "").split()]
        if _no_rate(this_year[code, entities[-1], base]):
            assert text_of(cell) == "–", code  # nothing to compare it with
        elif old["valeur"] and _no_rate(old):
            fraction = "n. s." if _thin(old) else f"{old['numerateur']} sur {old['denominateur']}"
            assert (plain(text_of(cell)), cell.find(".//data")) == (fraction, None), code
            hidden.add((code, fraction))
    assert hidden
    for figure in parsed(now / "rapport.html").iter("figure"):
        heads = [text_of(h) for h in figure.findall(".//thead/tr/th")]
        for line in figure.findall(".//tbody/tr") if "2024" in heads and "2025" in heads else ():
            cell = line[heads.index("2024")]
            value = {f["valeur"] for f in then.values() if f["valeur"] and not _thin(f)}
            data = cell.find(".//data")
            assert (data is not None and data.get("value") in value) or (
                plain(text_of(cell)) in {"n. s.", "n. d."} or " sur " in text_of(cell)
            )


def test_the_last_year_of_a_scheme_has_its_target_once(demo: Made) -> None:
    """The target of 2025 and that of 2027 are two columns; that of 2027 in 2027 is one."""
    heads = [
        [text_of(h) for h in figure.findall(".//thead/tr/th")]
        for figure in parsed(demo.reports / "2025" / "rapport.html").iter("figure")
    ]
    assert ["Cible 2025", "Cible 2027"] in [h[-2:] for h in heads]
    whole = editions.load(demo.reports / "2025", 2025)
    last = dataclasses.replace(
        whole,
        scheme=whole.scheme.model_copy(
            update={"periode": whole.scheme.periode.model_copy(update={"fin": 2025})}
        ),
    )
    page = rapport.ambition(last, "SOC2").html
    assert page.count(">Cible 2025<") == 1


def test_verdicts_are_told_apart_by_what_the_target_is(demo: Made) -> None:
    """No total adds a duty to an assumption: charts, synthesis, sheets; each axis adds up."""
    for name in ("rapport", "synthese", "comite"):
        text = plain(text_of(parsed(demo.reports / "2025" / f"{name}.html").find(".//main")))
        assert not re.search(r"Cibles de 2025 : |taux montré|Autres cibles", text), name
    text = plain(text_of(parsed(demo.reports / "2025" / "rapport.html").find(".//main")))
    assert re.search(r"\d trajectoires\. En 2025 : (?:une|\d) cibles? légales?, ", text)
    for table in parsed(demo.reports / "2025" / "rapport.html").iter("table"):
        if "coup-d-oeil" not in table.get("class", ""):
            continue
        for cell in [c for c in table.iter("td") if c.get("class") == "verdicts"]:
            for kind in [k for k in cell.iter("span") if k.get("class") == "nature"]:
                sentence = plain(text_of(kind))
                counts = [int(n) for n in re.findall(r" : (\d+)", sentence)]
                if head := re.match(r"(\d+) (?:cible|objectif)", sentence):
                    assert int(head[1]) == sum(counts), sentence


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025"])
def test_hypotheses_are_called_so_in_the_book(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    status = _targets(edition, name[-4:])
    hypotheses = {code for (code, _), s in status.items() if s == "H"}
    page = parsed(edition / "calculs.html")
    sections = [s for s in page.iter("section") if s.find("h4") is not None]
    assert {s.find("h4").get("id") for s in sections} == {code for code, _ in status}
    for section in sections:
        code = section.find("h4").get("id")
        assert ("cible à confirmer" in text_of(section)) == (code in hypotheses), code


def test_every_rate_with_a_target_is_drawn_and_told_in_words(demo: Made) -> None:
    edition = demo.reports / "2025"
    chiffres = figures(edition)
    page = parsed(edition / "rapport.html")
    alternatives = [
        plain(e.get("aria-label"))
        for figure in page.iter("figure")
        for e in figure.iter()
        if e.get("role") == "img" and e.find(".//svg") is not None
    ]
    rates = [
        f
        for (_, entity, _), f in chiffres.items()
        if entity == "ensemble" and f["unite"] == "%" and f["valeur"] and f["cible"]
    ]
    assert len(rates) > 5
    checked = 0
    for f in rates:
        rounded = Decimal(f["valeur"]).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        value = f"Ensemble {rounded} % en 2025".replace(".", ",").replace("-", "−")
        alts = [t for t in alternatives if t.startswith(f["libelle"]) and value in t]
        checked += bool(alts)
    assert checked > len(rates) / 2  # a chart has at most six panels, the tables every line
    for figure in page.iter("figure"):
        # The rows of the map are the table that follows it (see test_complements).
        map_of_holders = figure.get("aria-label", "").startswith("Carte des titulaires")
        assert map_of_holders or figure.find(".//table") is not None
        assert text_of(figure.find(".//figcaption"))


@pytest.mark.parametrize("page", THREE)
@pytest.mark.parametrize(
    ("name", "marked"),
    [("demo-2024", True), ("demo-2025", True), ("small", False), ("ville-2024", False),
     ("hostile", False)],
)  # fmt: skip
def test_only_the_demonstration_is_called_so(
    request: pytest.FixtureRequest, name: str, marked: bool, page: str
) -> None:
    text = text_of(parsed(pages.edition(request, name) / page).find("body"))
    assert ("Données de démonstration" in text) == marked
    assert ("fictifs" in text) == marked


# --- The years side by side, the committee's sheets -----------------------------------------


def test_the_years_stand_side_by_side(demo: Made) -> None:
    path = demo.reports / "index.html"
    html5lib.HTMLParser(strict=True).parse(path.read_text(encoding="utf-8"))
    page = parsed(path)
    links = [a.get("href") for a in page.iter("a")]
    assert [x for x in links if x[0] != "#" and not (demo.reports / x).is_file()] == []
    for year in ("2024", "2025"):
        assert {f"{year}/rapport.html", f"{year}/indicateurs.csv"} <= set(links)
    now, before = (figures(demo.reports / year) for year in ("2025", "2024"))
    shown = checked = 0
    for table in page.iter("table"):
        for line in table.findall("tbody/tr"):
            code = plain(text_of(line.find(".//span")))
            values = [Decimal(d.get("value")) for d in line.iter("data")]
            known = [
                {Decimal(f["valeur"]) for (c, e, _), f in chiffres.items()
                 if c == code and e == "ensemble" and f["valeur"]}
                for chiffres in (before, now)
            ]  # fmt: skip
            assert set(values) <= known[0] | known[1], code
            assert line.find(".//svg") is not None
            shown += len(values)
            for cell, (year, chiffres) in zip(
                line.findall("td"), (("2024", before), ("2025", now)), strict=False
            ):
                kinds = {
                    f["statut_cible"] for (c, e, _), f in chiffres.items()
                    if (c, e) == (code, "ensemble") and f["valeur"]
                }  # fmt: skip
                nature = plain(text_of(cell))
                if len(kinds) == 1 and not nature.startswith("n. d."):
                    status = next(iter(kinds))
                    assert ("(h)" in nature) == (status == "H"), (code, year)
                    assert ("légale" in nature) == (status == "L"), (code, year)
                    assert ("objectif national" in nature) == (status == "P"), (code, year)
                    checked += 1
            if (end := plain(text_of(line.findall("td")[-1]))) != "sans cible":
                words = [w for w in ("(h)", "légale", "objectif national") if w in end]
                assert len(words) == 1, (code, end)
    assert checked > 80
    assert shown == sum(
        1
        for chiffres in (before, now)
        for (_, entity, _), f in chiffres.items()
        if entity == "ensemble" and f["valeur"] and not _thin(f)
    )


def test_a_lone_year_has_its_index_too(small: Made) -> None:
    text = text_of(parsed(small.reports / "index.html").find("body"))
    assert "Rapport 2024" in text
    assert "Rapport 2025" not in text


def test_each_partner_has_its_sheet(demo: Made) -> None:
    page = parsed(demo.reports / "2025" / "comite.html")
    assert [typed(e) for e in page.iter("h2")] == list(SCHEME.comite)
    main = text_of(page.find(".//main"))
    assert "SOC2-08" in main
    report = parsed(demo.reports / "2025" / "rapport.html")
    links = {a.get("href") for a in report.iter("a")}
    ids = [e.get("id") for e in page.iter("h2")]
    assert {f"comite.html#{i}" for i in ids} <= links


def test_a_sheet_opens_with_its_question_its_chart_and_its_actions(demo: Made) -> None:
    """Before its table; partners who follow the same indicators are not asked the same."""
    page = parsed(demo.reports / "2025" / "comite.html")
    text = page.find(".//div[@class='texte']")
    questions: dict[str, str] = {}
    order: dict[str, list[str]] = {}
    for element in text:
        if element.tag == "h2":
            name = text_of(element)
            order[name] = []
        elif element.get("class") == "question":
            questions[name] = plain(text_of(element))
            order[name].append("question")
        elif element.tag == "figure":
            order[name].append("chart")
        elif element.tag == "ul":
            order[name].append("actions")
        elif list(element.iter("table")):
            order[name].append("table")
    assert set(questions) == set(order)
    assert all(q.endswith("?") for q in questions.values())
    assert len(set(questions.values())) >= 7
    for name, parts in order.items():
        assert parts[0] == "question", name
        assert parts.index("chart") < parts.index("table"), name
        assert "actions" not in parts[parts.index("table") :], name


@pytest.mark.parametrize("name", ["comite", "rapport", "synthese"])
def test_nothing_is_printed_under_8_points(browser: Browser, demo: Made, name: str) -> None:
    """On a sheet of A4 between its margins, the words of drawings as they are scaled."""
    page = _open(browser, demo.reports / "2025" / f"{name}.html", 680)
    page.emulate_media(media="print")
    small = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(e => e.checkVisibility() &&
        !e.closest('.lecteur, sup') &&
        [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
        .map(e => [parseFloat(getComputedStyle(e).fontSize) * 0.75 * (e.getScreenCTM ?
          e.getScreenCTM().a : 1), e.tagName, e.className, e.textContent.trim()])
        .filter(([size]) => size < 7.99)"""
    )
    page.context.close()
    assert small == []


def test_every_sheet_of_paper_says_its_year_and_that_its_data_are_made_up(
    browser: Browser, demo: Made, request: pytest.FixtureRequest
) -> None:
    foot = "[...document.styleSheets].flatMap(s => [...s.cssRules]).map(r => r.cssText)"
    for edition, made_up in ((demo.reports / "2025", True), (_ville(request), False)):
        for name in ("rapport", "synthese", "comite", "preuves"):
            page = _open(browser, edition / f"{name}.html")
            (rule,) = [x for x in page.evaluate(foot) if "Suivi annuel" in x]
            page.context.close()
            assert f"Suivi annuel {edition.name}" in rule
            assert ("données de démonstration" in rule) is made_up


def _ville(request: pytest.FixtureRequest) -> Path:
    return pages.edition(request, "ville-2024")


def test_a_sheet_is_one_page_of_paper(browser: Browser, demo: Made) -> None:
    page = _open(browser, demo.reports / "2025" / "comite.html")
    pdf = page.pdf(prefer_css_page_size=True)
    page.context.close()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == len(SCHEME.comite)


# --- Hostile texts and additions -------------------------------------------------------------


@pytest.mark.parametrize("page", THREE)
def test_hostile_texts_make_no_element(hostile: Made, page: str) -> None:
    """Nothing of them is parsed: no tag, attribute, comment or evaluation of theirs."""
    path = hostile.reports / "2025" / page
    content = path.read_text(encoding="utf-8")
    root = parsed(path)
    assert not list(root.iter("b"))
    assert [e for e in root.iter("img") if e.get("src") == "x" or e.get("onerror")] == []
    assert [e for e in root.iter() if any("onmouseover" in str(k) for k in e.attrib)] == []
    assert content.count("</style>") == 1
    assert content.count("<main") == content.count("</main>") == 1
    words = re.sub(r"enregistrement n°.\d+", "", text_of(root.find("body")))
    assert not re.search(r"\b49\b", words)


def test_hostile_texts_are_shown_as_they_are(hostile: Made) -> None:
    quality = text_of(parsed(hostile.reports / "2025" / "qualite.html"))
    for attack in (HOSTILE[0], HOSTILE[4], HOSTILE[8], "'" + HOSTILE[8], HOSTILE_FILE):
        assert plain(attack) in plain(quality), attack
    report = plain(text_of(parsed(hostile.reports / "2025" / "rapport.html")))
    for attack in HOSTILE:
        harmless = attack.replace("&lt;", "<").replace("&gt;", ">")
        assert plain(harmless) in report, attack  # the objects of concessions


def test_the_quality_page_says_where_a_record_stands_in_its_file(demo: Made) -> None:
    """A line of a table; of a JSON, whose lines are not its records, their rank."""
    page = parsed(demo.reports / "2024" / "qualite.html")
    copies = next(t for t in page.iter("table") if "Doublons" in text_of(t.find("caption")))
    places = plain(text_of(copies))
    assert "json | ligne" not in places
    assert ".json, ligne" not in places
    assert "enregistrement n° 5" in places
    assert "export-mandats.csv, ligne 32" in places
    unread = next(t for t in page.iter("table") if "une à une" in text_of(t.find("caption")))
    assert "1.234" in text_of(unread)
    assert "sentinelle" not in text_of(unread)


def test_the_quality_page_counts_no_record_in_a_file_that_is_not_read(demo: Made) -> None:
    page = parsed(demo.reports / "2025" / "qualite.html")
    files = next(t for t in page.iter("table") if "reconnus par" in text_of(t.find("caption")))
    counts = {typed(row.find("th")): typed(row.findall("td")[1]) for row in files.find("tbody")}
    assert counts["DEMONSTRATION.md"] == "–"
    assert counts["consultations.csv"] == "60"


def test_the_quality_page_of_a_folder_without_registers_says_so(ville: Made) -> None:
    """Real rows: every value that was not read is a sentinel, counted by field."""
    quality = plain(text_of(parsed(ville.reports / "2024" / "qualite.html")))
    assert "Aucun registre n'est là : il n'y a rien à rattacher." in quality
    assert "sentinelle" in quality
    assert "Celles qui ne sont pas des sentinelles" not in quality


def test_an_analyst_s_additions_are_in_the_report(hostile: Made) -> None:
    page = parsed(hostile.reports / "2025" / "rapport.html")
    main = page.find(".//main")
    assert main.get("id") == "contenu"
    words = [p for p in main.iter("p") if plain(text_of(p)).startswith("Le mot de l'analyste")]
    assert len(words) == 1
    assert [text_of(e) for e in words[0].iter("em")] == ["merci"]
    titles = [text_of(e) for e in main.iter("h2")]
    assert titles.count("Limites") == 2
    contents = [text_of(a) for n in page.iter("nav") for a in n.iter("a")]
    assert contents.count("Contenu") == 1
    assert [e for e in main.iter("pre") if text_of(e) == "trois < quatre"]


def test_an_analyst_s_chart_is_in_the_report(hostile: Made) -> None:
    main = parsed(hostile.reports / "2025" / "rapport.html").find(".//main")
    images = [e for e in main.iter("img") if e.get("src", "").startswith("data:image/")]
    assert len(images) == 1
    assert "Figure size" not in text_of(main)
    (figure,) = [f for f in main.iter("figure") if "par mois, 2025" in f.get("aria-label", "")]
    (drawing,) = [d for d in figure.iter("div") if d.get("role") == "img"]
    assert "mois 3 :" in drawing.get("aria-label")
    assert "Mois de notification" in text_of(drawing)
    assert len({e.get("id") for e in figure.iter() if e.get("id")}) == len(
        [e for e in figure.iter() if e.get("id")]
    )


# --- In Chromium -----------------------------------------------------------------------------


WIDE = {"width": 1280, "height": 800}


def _open(browser: Browser, path: Path, width: int = WIDE["width"], **options: Any) -> Page:
    context = browser.new_context(viewport={**WIDE, "width": width}, **options)
    page = context.new_page()
    page.goto(path.as_uri())
    return page


def _open_details(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


def test_a_page_asks_for_nothing_and_needs_no_program(browser: Browser, browsed: Path) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        asked: list[str] = []
        messages: list[str] = []
        page.on("request", lambda r: asked.append(r.url))
        page.on("console", lambda m: messages.append(m.text))
        page.on("dialog", lambda d: messages.append(d.message))
        page.goto(browsed.as_uri())
        assert page.locator("h1").is_visible()
        if browsed.name != "changements.html":
            assert page.locator("main table").first.is_visible()
        assert page.locator("main").inner_text().strip()
        assert asked == [browsed.as_uri()]
        assert messages == []


@pytest.fixture(scope="module")
def screen(browser: Browser, browsed: Path) -> Iterator[Page]:
    """A page opened once for the three tests that follow, in their order: the last spoils it."""
    page = _open(browser, browsed, bypass_csp=True)
    yield page
    page.context.close()


def test_the_keyboard_skips_to_the_content(screen: Page) -> None:
    screen.keyboard.press("Tab")
    link = screen.locator("a:focus")
    assert link.get_attribute("href") == "#contenu"
    box = link.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["width"] > 40
    screen.keyboard.press("Enter")
    screen.wait_for_function("location.hash === '#contenu'")
    assert screen.evaluate("document.querySelector('#contenu').tagName") == "MAIN"
    screen.wait_for_function(
        "(top => top >= -1 && top < innerHeight)"
        "(document.querySelector('main').getBoundingClientRect().top)"
    )
    screen.keyboard.press("Tab")
    assert screen.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_page_reflows_at_320_pixels(screen: Page) -> None:
    screen.set_viewport_size({"width": 320, "height": 800})
    closed = screen.evaluate("document.scrollingElement.scrollWidth")
    tables = screen.evaluate(
        "[...document.querySelectorAll('table.indicateurs')].map(t => t.scrollWidth)"
    )
    _open_details(screen)  # a whole table then scrolls in a region of its own, and not the page
    opened = screen.evaluate("document.scrollingElement.scrollWidth")
    assert closed <= 320
    assert opened <= 320
    assert [w for w in tables if w > 320] == []


@pytest.mark.long
def test_axe_finds_no_violation(screen: Page, browsed: Path) -> None:
    screen.set_viewport_size(WIDE)
    assert _faults(screen, browsed) == []


def test_hostile_texts_run_nothing(browser: Browser, hostile: Made) -> None:
    """With programs allowed and the page's own policy lifted: only escaping protects."""
    for name in THREE:
        path = hostile.reports / "2025" / name
        with browser.new_context(bypass_csp=True) as context:
            page = context.new_page()
            asked: list[str] = []
            messages: list[str] = []
            page.on("request", lambda r: asked.append(r.url))
            page.on("dialog", lambda d: (messages.append(d.message), d.dismiss()))
            page.goto(path.as_uri())
            page.locator("h1").hover()
            assert page.evaluate("document.scripts.length") == 0
            assert [a for a in asked if not a.startswith("data:")] == [path.as_uri()]
            assert messages == []


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# Two like each other, and like-placed, have one contrast: the third of a kind and on are left out.
THIRDS_OUT = """() => {
    const own = e => e.tagName + '.' + e.getAttribute('class') + '/' + e.getAttribute('style');
    const whole = e => own(e) + '(' + [...e.children].map(whole) + ')';
    const place = e => e ? own(e) + '<' + place(e.parentElement) : '';
    const counts = new Map();
    for (const e of document.querySelectorAll('body *')) {
        if (!e.isConnected) continue;
        const kind = whole(e) + place(e.parentElement);
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        if (counts.get(kind) > 2) e.remove();
    }
}"""


def _violations(browser: Browser, path: Path, width: int) -> list[str]:
    """What axe-core finds in a page of a width."""
    page = _open(browser, path, width, bypass_csp=True)
    broken = _faults(page, path)
    page.context.close()
    return broken


def _faults(page: Page, path: Path) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its good practices, every list open.

    Contrast, which takes five sixths of the time, is measured on two of each kind of element: the
    others are taken out of the page, which is of no use after.
    """
    _open_details(page)
    # Rows by the thousand: their links, in sentences, are exempt from a size, and long to measure.
    sized = path.name not in {"calculs.html", "qualite.html"}
    rules = {"target-size": {"enabled": sized}, "color-contrast": {"enabled": False}}
    broken = _axe(page, {"runOnly": {"type": "tag", "values": WCAG}, "rules": rules})
    page.evaluate(THIRDS_OUT)
    broken += _axe(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}})
    return broken


def _axe(page: Page, options: dict[str, Any]) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    # The places of what passes take longer than the rest.
    response = Axe().run(page, options=options | {"resultTypes": ["violations"]}).response
    assert response["passes"]
    return [
        f"{v['id']} ({v['impact']}), {len(v['nodes'])} times: {v['help']}\n{v['nodes'][0]['html']}"
        for v in response["violations"]
    ]


def test_axe_measures_the_contrast_of_each_kind(browser: Browser, demo: Made) -> None:
    """One pale word among thousands is found, whatever is left out."""
    page = _open(browser, demo.reports / "2025" / "rapport.html", 1280, bypass_csp=True)
    page.evaluate(
        "[...document.querySelectorAll('.indicateurs tbody tr')].at(-1)"
        ".querySelector('td').style.color = '#e8e4dc'"
    )
    page.evaluate(THIRDS_OUT)
    (pale,) = _axe(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}})
    page.context.close()
    assert pale.startswith("color-contrast (serious), 1 times")


@pytest.mark.long
@pytest.mark.parametrize("page", ["rapport.html", "qualite.html"])
def test_axe_finds_no_violation_on_a_phone(browser: Browser, demo: Made, page: str) -> None:
    assert _violations(browser, demo.reports / "2025" / page, 320) == []


def test_text_twice_as_large_still_fits(browser: Browser, report: Path) -> None:
    """Zoom of 200 % on a 1280-pixel screen is a 640-pixel page; text alone doubled too."""
    page = _open(browser, report / "rapport.html", 640)
    page.add_style_tag(content="html{font-size:200%}")
    width = page.evaluate("document.scrollingElement.scrollWidth")
    page.context.close()
    assert width <= 640


def test_the_keyboard_reaches_every_control_once_and_leaves(browser: Browser, small: Made) -> None:
    page = _open(browser, small.reports / "2024" / "rapport.html")
    wanted = page.evaluate("document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
    ranks = []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        rank = page.evaluate(
            "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
            " * (document.activeElement !== document.body)"
        )
        if rank <= 0:
            break
        ranks.append(rank)
    visible = page.evaluate(
        "[...document.querySelectorAll('a[href], summary, [tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility()).length"
    )
    page.context.close()
    assert len(ranks) >= visible > 20
    assert ranks == sorted(set(ranks))


def test_focus_is_seen(browser: Browser, small: Made) -> None:
    page = _open(browser, small.reports / "2024" / "rapport.html")
    for _ in range(4):
        page.keyboard.press("Tab")
    style = page.evaluate(
        "(({outlineStyle, outlineWidth}) => [outlineStyle, parseFloat(outlineWidth)])"
        "(getComputedStyle(document.activeElement))"
    )
    page.context.close()
    assert style[0] != "none"
    assert style[1] >= 2


@pytest.mark.parametrize("page_name", THREE)
@pytest.mark.parametrize("name", ["demo-2025", "ville-2024"])
def test_a_page_prints_on_a4(
    browser: Browser, request: pytest.FixtureRequest, name: str, page_name: str
) -> None:
    page = _open(browser, pages.edition(request, name) / page_name)
    pdf = page.pdf(prefer_css_page_size=True)
    page.context.close()
    assert pdf.startswith(b"%PDF-")
    boxes = re.findall(rb"/MediaBox\s*\[([^\]]+)\]", pdf)
    assert boxes
    for box in boxes:
        left, bottom, right, top = map(float, box.split())
        assert (right - left, top - bottom) == pytest.approx((595.28, 841.89), abs=1)


@pytest.mark.parametrize("page_name", ["rapport", "calculs", "preuves", "qualite", "comite"])
@pytest.mark.parametrize("name", ["demo-2025", "ville-2024"])
def test_no_table_is_cut_on_a_wide_screen(
    browser: Browser, request: pytest.FixtureRequest, name: str, page_name: str
) -> None:
    """A verdict in a column that must be scrolled to is a verdict unread."""
    page = _open(browser, pages.edition(request, name) / f"{page_name}.html")
    cut = page.evaluate(
        "[...document.querySelectorAll('.defile')]"
        ".filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)"
        ".map(e => e.getAttribute('aria-label'))"
    )
    title = page.evaluate(
        "document.querySelector('h1').getBoundingClientRect().left"
        " - document.querySelector('.surtitre').getBoundingClientRect().left"
    )
    page.context.close()
    assert cut == []
    assert title == 0, "the title stands under the name of the authority"


def test_charts_are_printed_whole(browser: Browser, demo: Made) -> None:
    """Their data are published beside: what is folded is not printed."""
    page = _open(browser, demo.reports / "2025" / "rapport.html")
    page.emulate_media(media="print")
    hidden = page.evaluate(
        "[...document.querySelectorAll('figure svg')]"
        ".filter(e => !e.closest('details')).filter(e => !e.checkVisibility()"
        " || !e.getBoundingClientRect().height).length"
    )
    wide = page.evaluate(  # the cover bleeds into the margins of the paper
        "Math.max(...[...document.querySelectorAll('.texte *')]"
        ".map(e => e.getBoundingClientRect().right)) - innerWidth"
    )
    page.context.close()
    assert hidden == 0
    assert wide < 2  # a mark centred on 100 % stands half its width outside


def test_colour_is_never_alone(browser: Browser, demo: Made) -> None:
    """A verdict is a word and a sign; in a chart each entity has a mark of its own."""
    edition = demo.reports / "2025"
    for chart in parsed(edition / "rapport.html").iter("figure"):
        if "trajectoires" not in chart.get("aria-label"):
            continue
        key = [
            text_of(e) for u in chart.iter("ul") if u.get("class") == "cle" for e in u.iter("li")
        ]
        assert key[-1].startswith("cible")
        assert key[:-1] == [n for n in ENTITIES if n in key]
        for image in (e for e in chart.iter() if e.get("role") == "img"):
            letters = [text_of(e)[0] for e in image.iter("text")]
            alternative = image.get("aria-label")
            for name in ("Métropole", "Ville"):
                series = alternative.split(f"{name} ")[1:]
                now = bool(series) and "en 2025" in series[0].split(";")[0]
                whole = alternative.split("Ensemble ")[1].split(" en 2025")[0]
                same = bool(series) and series[0].startswith(f"{whole} en 2025")
                assert name[0] in letters or same or not now, alternative
    page = _open(browser, edition / "rapport.html")
    verdicts = page.evaluate(
        "[...document.querySelectorAll('.verdict:not(.avancement)')]"
        ".map(e => e.textContent.trim().replace(/\\s+/g, ' '))"
    )
    page.context.close()
    signs = {"atteint": "✓", "proche": "≈", "non atteint": "✗", "indécidable": "?"}
    signed = Counter(w for v in verdicts for w in signs if v.startswith(f"{signs[w]} {w}"))
    assert signed["atteint"]
    assert signed["non atteint"]
    assert all(re.match(r"[✓≈✗?–∅·] \w", v) for v in verdicts)
