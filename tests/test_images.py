"""Every chart as a picture of its own, and the report as a document to edit."""

from __future__ import annotations

import dataclasses
import json
import re
import struct
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pages
import pytest
from lxml import etree
from markupsafe import Markup
from pages import Made, plain, spaser

from spaser.errors import UserError
from spaser.publishing import provenance
from spaser.report import (
    comparaisons,
    completude,
    courbes,
    croquis,
    document,
    edition,
    french,
    images,
    rapport,
    trajectoires,
)
from spaser.verification import sealed

pytest_plugins = ("pages",)
SVG = "{http://www.w3.org/2000/svg}"


def size(png: Path) -> tuple[int, int]:
    head = png.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:])
    return width, height


@pytest.fixture(params=["2024", "2025"])
def year(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Picture(NamedTuple):
    """A file of graphiques/: its title and its texts."""

    titre: str
    textes: Counter[str]

    def says(self, words: str) -> bool:
        """Whether it has some words, whatever its lines are: those of a page are others."""
        return squeezed(words) in squeezed("".join(self.textes.elements()))


def squeezed(text: str) -> str:
    return "".join(plain(text).replace("’", "'").split())


def pictures(folder: Path) -> dict[str, Picture]:
    made = {}
    for path in (folder / images.FOLDER).glob("*.svg"):
        root = etree.parse(path).getroot()
        texts = Counter(plain("".join(t.itertext())) for t in root.iter(f"{SVG}text"))
        made[path.stem] = Picture(squeezed(root.findtext(f"{SVG}title") or ""), texts)
    return made


def test_every_chart_is_a_picture_with_its_source(demo: Made, year: str) -> None:
    folder = demo.reports / year
    made = sorted((folder / images.FOLDER).iterdir())
    assert [p.suffix for p in made] == [".png", ".svg"] * (len(made) // 2)
    assert {"SOC2-01", "ENV1-01"} <= {p.stem[: len("soc2-01")].upper() for p in made}
    for path in made[::2]:
        width, height = size(path)
        assert width > 400
        assert height > 150
        assert path.stat().st_size > 2000  # something is drawn
    for name, picture in pictures(folder).items():
        assert picture.titre, name
        assert picture.says(picture.titre), name
        assert picture.says(f"Source : SPASER {year}")
        assert picture.says("démonstration")
        text = (folder / images.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert "<script" not in text


DRAWINGS = {"graphique", "bande", "trait"}
KEYS = {"marque", "marque longue"}  # signs of a legend, explained where they stand


def elements(folder: Path, classe: str) -> list[Any]:
    paths = sorted(folder.glob("*.html"))
    return [e for p in paths for e in pages.parsed(p).iter() if e.get("class") == classe]


@pytest.mark.parametrize("page", ["2024/*.html", "2025/*.html", "index.html"])
def test_pages_draw_in_no_other_way(demo: Made, page: str) -> None:
    """What `test_every_drawing_of_a_page_is_a_picture` looks for is all that there is."""
    for path in demo.reports.glob(page):
        for parent in pages.parsed(path).iter():
            for e in parent:
                tag = str(e.tag).rpartition("}")[2]
                assert tag not in {"canvas", "meter", "progress", "object", "img"}
                assert tag != "svg" or e.get("class") in DRAWINGS | KEYS, path.name
                assert "%" not in e.get("style", "") or parent.get("class") == "jauge", path.name


def test_every_drawing_of_a_page_is_a_picture(demo: Made, year: str) -> None:
    """Charts by the words in them, gauges and bars by those around them on their page."""
    folder = demo.reports / year
    made, used = pictures(folder), Counter[str]()
    for drawing in elements(folder, "graphique"):
        texts = Counter(plain(pages.text_of(t)) for t in drawing.iter() if "text" in str(t.tag))
        saying = {n: (p.textes - texts).total() for n, p in made.items() if texts <= p.textes}
        used[min(saying.keys() - used.keys(), key=saying.__getitem__)] += 1  # no other words
    gauges = 0
    for rates in elements(folder, "figure taux"):
        label = squeezed(rates.get("aria-label"))
        [name] = [n for n, p in made.items() if p.titre.startswith(f"{label}.")]
        items = [e for e in rates.iter() if e.get("class") == "taux-nom" or e.tag == "strong"]
        assert items
        assert all(made[name].says(pages.text_of(e)) for e in items)
        gauges += len(items) // 2
        used[name] += 1
    for heads in elements(folder, "chiffres"):
        for head in heads:
            title, value = (pages.text_of(p) for p in head[:2])
            [name] = [n for n, p in made.items() if p.titre == squeezed(title) and "jauge" in n]
            assert made[name].says(value)
            gauges += 1
            used[name] += 1
    assert gauges == len(elements(folder, "jauge")) > 10
    for name in elements(folder, "barre-nom"):
        assert made["verdicts"].says(pages.text_of(name))
    boxes = [plain(pages.text_of(i)) for bar in elements(folder, "barre") for i in bar]
    assert boxes
    assert Counter(boxes) <= Counter(
        {sign: 2 * n for sign, n in made["verdicts"].textes.items()}  # drawn in two places
    )
    used["verdicts"] += 1
    assert set(used.values()) == {1}
    traits = made.keys() - used
    assert traits
    assert all(re.fullmatch(r"[a-z]+\d-\d\d(-[a-z])?-[a-z]+", n) for n in traits)


def test_every_line_of_the_page_of_all_years_is_a_picture_of_the_last(demo: Made) -> None:
    made = pictures(demo.reports / "2025")
    rows = [
        row
        for row in pages.parsed(demo.reports / "index.html").iter("tr")
        if any(e.get("class") == "trait" for e in row.iter())
    ]
    assert len(rows) > 50
    for row in rows:
        name = squeezed(pages.text_of(row.find("th")))
        code = squeezed(pages.text_of(row.find("th/span")))
        named = {n for n in made if n.startswith(f"{code}-".lower())}
        title = name.removesuffix(code)
        assert [n for n in named if made[n].titre == title and not n.endswith("-jauge")], name


def test_an_ambition_whose_values_are_of_years_before_has_its_line(demo: Made) -> None:
    """Nobody has a value any more: the years before are drawn of the entity of the headlines."""
    now = edition.load(demo.reports / "2025", 2025)
    figures = {
        key: dataclasses.replace(f, valeur=None) if f.code.startswith("ECO2") else f
        for key, f in now.figures.items()
    }
    empty = dataclasses.replace(now, figures=figures)
    assert empty.shown("ECO2") == []
    [late] = [p for p in trajectoires.beside(empty) if p.nom == "eco2-01-autre"]
    assert late.legende.startswith("◆ ")
    assert late.dessin().axes[0].lines


def test_gauges_are_as_long_as_they_say() -> None:
    """On one scale, the target where it is, what a ceiling rules out from there to the end."""
    rates = [
        croquis.Gauge("A", "25 %", "", 0.25, 0.5, "manque", plafond=False),
        croquis.Gauge("<B> $x$", "80 %, cible 60 % au plus", "✗", 0.8, 0.6, "manque", plafond=True),
        croquis.Gauge("C", "0 %", "", 0.0, None, "neutre", plafond=False),
    ]
    axes = croquis.gauges(rates).axes[0]
    spans = [(b.get_x(), b.get_x() + b.get_width(), b.get_hatch()) for b in axes.patches]
    assert [s for s in spans if s[:2] != (0, 1)] == [
        (0, 0.25, None), (0.6, pytest.approx(1.0), "/////"), (0, 0.8, None), (0, 0.0, None),
    ]  # fmt: skip
    assert len([s for s in spans if s[:2] == (0, 1)]) == len(rates)  # the track of each
    assert {float(line.get_xdata()[0]) for line in axes.lines} == {0.5, 0.6}
    assert {"<B> $x$", "80 %, cible 60 % au plus", "0"} <= {t.get_text() for t in axes.texts}


def test_a_trajectory_without_a_value_shows_where_the_target_goes() -> None:
    panel = courbes.Trajectory("%", {"Ensemble": {}}, {2024: Decimal(20), 2026: Decimal(40)})
    axes = courbes.trajectory(panel, range(2024, 2027), 2025).axes[0]
    assert [[*line.get_ydata()] for line in axes.lines if line.get_color() == "#6b1f3a"] == [
        [20.0, 40.0]
    ]


def test_the_months_of_a_buyer_are_a_picture(demo: Made, year: str) -> None:
    """Each month's number is in it, as completude.csv has it, and what the marks are."""
    folder = demo.reports / year
    for buyer in ("metropole", "ville"):
        root = etree.parse(folder / images.FOLDER / f"completude-{buyer}.svg").getroot()
        texts = [plain(t.text or "") for t in root.iter(f"{SVG}text")]
        mine = [r for r in pages.rows(folder / "completude.csv") if r["acheteur"] == buyer]
        counted = [plain(french.number(int(r["marches"]))) for r in mine if r["marches"]]
        assert len(mine) == 12
        assert sorted(x for x in texts if x.isdigit()) == sorted(counted)
        legend = " ".join(texts)
        assert f"barre : {year}" in legend
        assert (f"trait : {int(year) - 1}" in legend) == any(r["marches_n_1"] for r in mine)


def test_a_number_stands_clear_of_the_line_of_the_year_before() -> None:
    def heights(now: int, before: int | None) -> list[float]:
        buyer = completude.BuyerMonths(
            "x", "X", [(now, before), *[(None, None)] * 11], 100, Markup(""), "", []
        )
        texts = croquis.months(buyer).axes[0].texts
        return [t.get_position()[1] for t in texts if t.get_text() == str(now)]

    assert heights(50, None) == heights(50, 20) == heights(50, 90) == [52.0]
    assert heights(50, 55) == [57.0]


def test_strips_of_a_figure_have_one_scale() -> None:
    """Three offers stand in one place, whoever's the strip is."""

    def place(top: int) -> comparaisons.Place:
        points = comparaisons.Points(
            (Decimal(1), Decimal(top)),
            (Decimal(1), Decimal(2), Decimal(3)),
            Decimal(3),
            Decimal(top),
        )
        words = dict.fromkeys(comparaisons.Place._fields, "")
        words |= {"points": points, "echelle": f"0 à {top}", "acheteur": "<A> $x$"}  # type: ignore[dict-item]
        return comparaisons.Place(**words)  # type: ignore[arg-type]

    axes = croquis.strips([place(3), place(6)]).axes[0]
    ours = [float(x) for line in axes.lines if line.get_marker() == "D" for x in line.get_xdata()]
    assert ours == [0.5, 0.5]
    texts = [t.get_text() for t in axes.texts]
    assert texts[-2:] == ["0", "6"]
    assert texts[0].startswith("<A> $x$")


def test_a_chart_that_an_analyst_adds_is_a_picture_too(hostile: Made) -> None:
    """The one that exploration.ipynb tells how to add."""
    [svg] = (hostile.reports / "2025" / images.FOLDER).glob("ajout-montant-des-marches*.svg")
    root = etree.parse(svg).getroot()
    words = plain(" ".join(t.text or "" for t in root.iter(f"{SVG}text")))
    assert "Montant des marchés notifiés, par mois" in words
    assert "Source : SPASER" in words
    assert svg.with_suffix(".png").stat().st_size > 2000


def test_pictures_are_sealed(demo: Made) -> None:
    folder = demo.reports / "2025"
    listed = json.loads((folder / "manifeste.json").read_text(encoding="utf-8"))["sorties"]
    made = {f"{images.FOLDER}/{p.name}" for p in (folder / images.FOLDER).iterdir()}
    assert made <= set(listed)


def test_a_trajectory_says_what_its_marks_mean(demo: Made) -> None:
    root = etree.parse(demo.reports / "2025" / images.FOLDER / "soc2-01-nombre.svg").getroot()
    words = plain(" ".join(t.text or "" for t in root.iter(f"{SVG}text")))
    for mark in ("● Métropole", "■ Ville", "◆ Ensemble", "- - cible"):
        assert mark in words


def test_a_notebook_opened_by_hand_writes_nothing(demo: Made, tmp_path: Path) -> None:
    for file in (demo.reports / "2025").glob("*.*"):
        if file.suffix in {".csv", ".json"}:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    edition = rapport.ouvrir(str(tmp_path), 2025)
    assert rapport.ambition(edition, "ECO2").graphiques
    assert not (tmp_path / images.FOLDER).exists()


# --- The document ----------------------------------------------------------------------------


def test_the_document_has_the_words_of_the_report_and_no_drawing(demo: Made) -> None:
    text = document.text(demo.reports / "2025")
    root = etree.HTML(text)
    words = plain(" ".join(root.itertext()))
    assert not root.findall(".//svg")
    assert not root.findall(".//style")
    assert not root.findall(".//nav")
    assert len(root.findall(".//table")) > 10
    assert root.findtext(".//h1")
    alts = [
        e.get("aria-label")
        for e in pages.parsed(demo.reports / "2025" / "rapport.html").iter("div")
        if e.get("role") == "img"
    ]
    assert len(alts) > 20
    assert all(plain(a) in words for a in alts)


PANDOC = """#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --output ] && out=$2; shift; done
head -c 15 > "$out"
"""


def test_the_document_is_written_beside_the_sealed_files(
    small: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "2024"
    folder.mkdir()
    for name in ("rapport.html", "manifeste.json"):
        (folder / name).write_bytes((small.reports / "2024" / name).read_bytes())
    (tmp_path / "bin").mkdir()
    pandoc = tmp_path / "bin" / "pandoc"
    pandoc.write_text(PANDOC, encoding="utf-8")
    pandoc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    document.check()
    assert document.write(folder).read_bytes() == b"<!doctype html>"
    assert document.FILE not in provenance.outputs(folder)
    assert document.FILE not in sealed.files(folder)
    pandoc.write_text("#!/bin/sh\necho refus >&2\nexit 3\n", encoding="utf-8")
    with pytest.raises(UserError, match="refus"):
        document.write(folder)
    assert sorted(p.name for p in folder.iterdir()) == [
        "manifeste.json", "rapport.docx", "rapport.html",
    ]  # fmt: skip


def test_without_pandoc_it_is_said_before_any_work(tmp_path: Path) -> None:
    where = ("--reports", tmp_path / "reports")
    done = spaser("run", "2024", "--docx", *where, PATH=str(tmp_path))
    assert done.code == 2
    assert "pandoc" in done.err
    assert not (tmp_path / "reports").exists()
