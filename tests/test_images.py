"""Every chart as a picture of its own, and the report as a document to edit."""

from __future__ import annotations

import json
import struct
from decimal import Decimal
from pathlib import Path

import pages
import pytest
from lxml import etree
from markupsafe import Markup
from pages import Made, plain, spaser

from spaser.errors import UserError
from spaser.publishing import provenance
from spaser.report import comparaisons, completude, document, french, images, planches, rapport
from spaser.verification import sealed

pytest_plugins = ("pages",)
SVG = "{http://www.w3.org/2000/svg}"


def size(png: Path) -> tuple[int, int]:
    head = png.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:])
    return width, height


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_every_chart_of_the_report_is_a_picture(demo: Made, year: str) -> None:
    folder = demo.reports / year
    drawn = [
        e
        for path in folder.glob("*.html")
        for e in pages.parsed(path).iter("svg")
        if e.get("class") in {"graphique", "bande"}
    ]
    made = sorted((folder / images.FOLDER).iterdir())
    assert len(drawn) > 20
    assert sorted(p.suffix for p in made) == [".png"] * len(drawn) + [".svg"] * len(drawn)
    codes = {p.stem[: len("soc2-01")].upper() for p in made}
    assert {"SOC2-01", "ENV1-01"} <= codes
    for path in made:
        if path.suffix == ".svg":
            root = etree.parse(path).getroot()
            words = plain(" ".join(t.text or "" for t in root.iter(f"{SVG}text")))
            title = root.findtext(f"{SVG}title")
            assert title and plain(title).split()[0] in words
            assert f"Source : SPASER {year}" in words and "démonstration" in words
            assert not [e for e in root.iter() if "script" in str(e.tag)]
        else:
            width, height = size(path)
            assert width > 400 and height > 150
            assert path.stat().st_size > 2000  # something is drawn


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_the_months_of_a_buyer_are_a_picture(demo: Made, year: str) -> None:
    """Each month's number is in it, as completude.csv has it, and what the marks are."""
    folder = demo.reports / year
    for buyer in ("metropole", "ville"):
        root = etree.parse(folder / images.FOLDER / f"completude-{buyer}.svg").getroot()
        texts = [plain(t.text or "") for t in root.iter(f"{SVG}text")]
        mine = [r for r in pages.rows(folder / "completude.csv") if r["acheteur"] == buyer]
        counted = [plain(french.number(int(r["marches"]))) for r in mine if r["marches"]]
        assert len(mine) == 12 and sorted(x for x in texts if x.isdigit()) == sorted(counted)
        legend = " ".join(texts)
        assert f"barre : {year}" in legend
        assert (f"trait : {int(year) - 1}" in legend) == any(r["marches_n_1"] for r in mine)


def test_a_number_stands_clear_of_the_line_of_the_year_before() -> None:
    def heights(now: int, before: int | None) -> list[float]:
        buyer = completude.BuyerMonths(
            "x", "X", [(now, before), *[(None, None)] * 11], 100, Markup(""), "", []
        )
        texts = planches.months(buyer).axes[0].texts
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

    axes = planches.strips([place(3), place(6)]).axes[0]
    ours = [float(x) for line in axes.lines if line.get_marker() == "D" for x in line.get_xdata()]
    assert ours == [0.5, 0.5]
    texts = [t.get_text() for t in axes.texts]
    assert texts[-2:] == ["0", "6"] and texts[0].startswith("<A> $x$")


def test_a_chart_that_an_analyst_adds_is_a_picture_too(hostile: Made) -> None:
    """The one that exploration.ipynb tells how to add."""
    [svg] = (hostile.reports / "2025" / images.FOLDER).glob("ajout-montant-des-marches*.svg")
    root = etree.parse(svg).getroot()
    words = plain(" ".join(t.text or "" for t in root.iter(f"{SVG}text")))
    assert "Montant des marchés notifiés, par mois" in words and "Source : SPASER" in words
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
    assert (
        not root.findall(".//svg") and not root.findall(".//style") and not root.findall(".//nav")
    )
    assert len(root.findall(".//table")) > 10 and root.findtext(".//h1")
    alts = [
        e.get("aria-label")
        for e in pages.parsed(demo.reports / "2025" / "rapport.html").iter("div")
        if e.get("role") == "img"
    ]
    assert len(alts) > 20 and all(plain(a) in words for a in alts)


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
    assert done.code == 2 and "pandoc" in done.err
    assert not (tmp_path / "reports").exists()
