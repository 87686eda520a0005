"""Every branch of every template is rendered in a page that is published."""

from __future__ import annotations

import json
from pathlib import Path

import branches
import pages
import pytest
from branches import control_again, every_branch, index_again, made_again, marked, without_drawings
from corners import alone, altered, certified, corner
from modest import modest
from pages import Made
from test_changements import story
from test_comparaisons import nationwide
from test_complements import floored
from test_completeness import cut
from test_editions import sealed
from test_first_day import lived
from test_lineage import corrected
from test_many import many

from spaser.opendata.columns import FILES
from spaser.pipeline.stages import EXPECTED
from spaser.verification import certificate

pytest_plugins = ("pages",)

__all__ = [
    "alone",
    "altered",
    "certified",
    "corner",
    "corrected",
    "cut",
    "floored",
    "lived",
    "many",
    "modest",
    "nationwide",
    "sealed",
    "story",
]  # fixtures

# Fixture of a folder of reports, and the years of it that are made again.
PUBLISHED = {
    "demo": ("2024", "2025"),
    "ville": ("2024", "2025"),
    "small": ("2024",),
    "strangers": ("2024",),
    "hostile": ("2025",),
    "cut": ("2024", "2025"),
    "floored": ("2024",),
    "sealed": ("2024",),
    "corrected": ("2024",),
    "corner": ("2024",),
    "nationwide": ("2024",),
    "story": ("2024",),
    "alone": ("2024",),
    "modest": ("2026",),
    "many": ("2024", "2025"),
}
CERTIFIED = ("nationwide", "story", "alone")  # those of which a year was verified

# The page of many projects has its own tests.
ELSEWHERE = ("projets.html.j2: ",)


def render_everything(request: pytest.FixtureRequest, scratch: Path) -> None:
    """Each page of the table made again, and held to the one published."""
    for name, years in PUBLISHED.items():
        made: Made = request.getfixturevalue(name)
        for year in years:
            folder = made.reports / year
            for file, text in made_again(folder).items():
                published = (folder / file).read_text(encoding="utf-8")
                assert without_drawings(text) == without_drawings(published), (name, year, file)
        for page in made.reports.glob("*-verification/certificat.html"):
            certificat = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
            assert certificate.html(certificat) == page.read_text(encoding="utf-8"), name
        assert (name in CERTIFIED) == any(made.reports.glob("*-verification")), name
        index = made.reports / "index.html"
        assert index_again(made.reports) == index.read_text(encoding="utf-8"), name
    for name in ("altered", "certified"):
        pages_ = [*request.getfixturevalue(name).place.rglob("certificat.html")]
        assert len(pages_) == 1 + (name == "certified")
        for page in pages_:
            certificat = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
            assert certificate.html(certificat) == page.read_text(encoding="utf-8")
    stopped = request.getfixturevalue("stopped").reports
    for file, text in control_again(stopped / "2024-controle", stopped / "2024", scratch).items():
        published = (stopped / "2024-controle" / file).read_text(encoding="utf-8")
        assert without_drawings(text) == without_drawings(published)


@pytest.mark.long
def test_every_branch_of_every_template_is_published(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with marked():
        render_everything(request, tmp_path)
    whole = [b for b in every_branch() if not b.startswith(ELSEWHERE)]
    assert len(whole) > 650
    assert branches.taken <= set(whole)
    assert {b for b in whole if b not in branches.taken} == set()


# --- Files and columns ------------------------------------------------------------------------

OTHERS = {  # what a report has beside the declared tables
    *(n for n in EXPECTED if not n.endswith(".csv")),
    "manifeste.json", "journal.json", "ro-crate-metadata.json", "comparaisons.html",
}  # fmt: skip
FOLDERS = {"donnees", "entrees", "notebooks", "schemas", "declarations", "editions", "graphiques"}


@pytest.mark.long
def test_every_file_is_declared_and_every_column_is_filled(request: pytest.FixtureRequest) -> None:
    filled: dict[str, set[str]] = {name: set() for name in FILES}
    for name, years in PUBLISHED.items():
        made: Made = request.getfixturevalue(name)
        for year in years:
            folder = made.reports / year
            written = {p.name for p in folder.iterdir() if p.is_file()}
            assert written <= {*FILES, *OTHERS}, (name, year)
            assert set(FILES) <= written, (name, year)
            assert {p.name for p in folder.iterdir() if p.is_dir()} <= FOLDERS
            for file in FILES:
                for row in pages.rows(folder / file):
                    filled[file] |= {column for column, text in row.items() if text}
    empty = {
        file: missing
        for file, table in FILES.items()
        if (missing := [name for name in table.noms if name not in filled[file]])
    }
    assert empty == {}
