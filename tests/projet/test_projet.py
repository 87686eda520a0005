"""The project of params/, whoever's it is: it loads, it is whole, and its report is its own.

Nothing here names an authority: a project that changes its params, its notebooks or its data keeps
these tests green, or is told what is wrong with it.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pages
import pytest
from neutral import ROOT

from spaser.commands import notebooks
from spaser.errors import UserError
from spaser.figures import catalogue
from spaser.settings import hypotheses, telechargements
from spaser.settings import params as parameters
from spaser.sources import decp_mapped

PARAMS = ROOT / "params"
YEARS = sorted(int(p.parent.name) for p in PARAMS.glob("[0-9]*/params.yml"))


def test_a_year_is_open() -> None:
    assert YEARS, "aucune année ouverte : spaser new-year ANNÉE"


@pytest.mark.parametrize("annee", YEARS)
def test_a_year_loads_with_its_catalogue(annee: int) -> None:
    setting = parameters.load(PARAMS, annee)
    book = catalogue.load(setting)
    catalogue.check_declared(book, setting)
    assert book.indicateurs
    assert {i.ambition for i in book.indicateurs} <= setting.scheme.ambitions.keys()


def test_what_goes_with_the_scheme_loads() -> None:
    scheme = parameters.read_scheme(PARAMS)
    catalogue.check_table(scheme, PARAMS)
    decp_mapped.load(PARAMS)
    telechargements.load(PARAMS)
    hypotheses.load(PARAMS)


@pytest.mark.parametrize("name", ["1_qualite", "2_indicateurs", "3_rapport"])
def test_the_notebooks_are_those_that_the_scheme_asks_for(tmp_path: Path, name: str) -> None:
    """`spaser notebooks` would write no cell, and take none away; the analyst's own stay."""
    target = tmp_path / f"{name}.ipynb"
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = json.loads(target.read_text(encoding="utf-8"))
    notebooks.write(parameters.read_scheme(PARAMS), tmp_path)
    after = json.loads(target.read_text(encoding="utf-8"))
    assert [c["source"] for c in before["cells"]] == [c["source"] for c in after["cells"]], (
        "lancer spaser notebooks"
    )


def with_data() -> list[int]:
    """The years that have files in data/raw."""
    raw = ROOT / "data" / "raw"
    return [y for y in YEARS if (raw / str(y)).is_dir() and any((raw / str(y)).iterdir())]


@pytest.mark.slow
def test_the_last_year_that_has_data_gives_a_report_of_its_own(tmp_path: Path) -> None:
    """Its axes and ambitions are its headings, in order; a gate that stops says why."""
    years = with_data()
    if not years:
        pytest.skip("data/raw ne contient encore aucun fichier")
    annee, reports = years[-1], tmp_path / "reports"
    done = pages.spaser("run", str(annee), "--reports", reports, cwd=ROOT)
    assert done.code in {0, 3}, done.err
    if done.code == 3:
        assert "Remède" in done.err
        assert (reports / f"{annee}-controle" / "qualite.html").is_file()
        return
    scheme = parameters.read_scheme(PARAMS)
    page = pages.parsed(reports / str(annee) / "rapport.html")
    headings = [pages.typed(e) for e in page.iter() if e.tag in {"h2", "h3"}]
    wanted = []
    for axe in scheme.axes:
        wanted.append(pages.plain(f"Axe {axe.numero} : {axe.titre}"))
        wanted += [pages.plain(f"Ambition {a.numero} : {a.titre}") for a in axe.ambitions]
    assert [h for h in headings if h in wanted] == wanted
    assert pages.plain(scheme.collectivite) in pages.typed(page.find(".//title"))
    entites = {entite for _, entite, _ in pages.figures(reports / str(annee))}
    assert entites <= scheme.entites.keys()


def test_a_slip_in_the_scheme_is_told_with_its_place(tmp_path: Path) -> None:
    file = Path(shutil.copytree(PARAMS, tmp_path / "params")) / "spaser.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub("^licence:", "license:", text, flags=re.MULTILINE), encoding="utf-8")
    with pytest.raises(UserError, match=r"spaser\.yml") as error:
        parameters.read_scheme(file.parent)
    assert "licence" in str(error.value)
