"""What cells give an analyst: tables, figures, and calculations that can be run again."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure
from pages import Made, cells, parsed, plain, rows, text_of

from spaser.errors import UserError
from spaser.figures import excerpt
from spaser.opendata.columns import FILES
from spaser.report import Fragment, calculs, edition, fragment, frames, qualite, rapport
from spaser.report import cells as asked
from spaser.report.edition import Edition

pytest_plugins = ("pages",)


@pytest.fixture(scope="module")
def demo_2025(demo: Made) -> Edition:
    return edition.load(demo.reports / "2025", 2025)


# --- Tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(n.removesuffix(".csv") for n in FILES))
def test_a_table_is_the_published_file_typed(demo_2025: Edition, name: str) -> None:
    frame, texts = demo_2025.tableau(name), rows(demo_2025.folder / f"{name}.csv")
    assert len(frame) == len(texts)
    for column in FILES[f"{name}.csv"].cols:
        for value, text in zip(frame[column.name], (r[column.name] for r in texts), strict=True):
            if not text:
                assert pd.isna(value), column.name
            elif column.type == "number":
                kind = float if column.name in frames.RATES else Decimal
                assert type(value) is kind
                assert Decimal(str(value)) == Decimal(text)
            elif column.type == "integer":
                assert value == int(text)
            elif column.type == "date":
                assert value == pd.Timestamp(dt.date.fromisoformat(text))
            elif column.type == "boolean":
                assert bool(value) == {"true": True, "false": False}[text]
            else:
                assert value == text


def test_a_date_beyond_what_clocks_count_is_a_date(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("jour\n9999-12-31\n\n", encoding="utf-8")
    path.write_text("jour,x\n9999-12-31,1\n,2\n", encoding="utf-8")
    column = next(c for c in FILES["marches.csv"].cols if c.type == "date")
    frame = frames.frame(path, [column._replace(name="jour")])
    assert frame["jour"][0] == pd.Timestamp("9999-12-31")
    assert pd.isna(frame["jour"][1])


def test_an_edition_has_its_tables_at_hand(demo_2025: Edition) -> None:
    assert set(demo_2025.chiffres["code"]) == {i.code for i in demo_2025.indicateurs}
    assert set(demo_2025.preuves["marche_uid"]) >= set(demo_2025.marches["marche_uid"])
    assert len(demo_2025.actions) == len(rows(demo_2025.folder / "actions.csv"))
    assert set(demo_2025.series["annee"]) >= {2024, 2025}
    assert demo_2025.marches is demo_2025.marches, "what an analyst adds to it stays"


WITHOUT = {"rapport_comite", "rapport_methode", "rapport_mentions",
           "calculs_presentation", "qualite_verdict"}  # fmt: skip


@pytest.mark.parametrize("name", ["1_qualite", "2_indicateurs", "3_rapport"])
def test_every_cell_gives_its_table(demo_2025: Edition, name: str) -> None:
    names: dict[str, Any] = {"qualite": qualite, "calculs": calculs, "rapport": rapport}
    names |= {"edition": demo_2025, "d": qualite.ouvrir(str(demo_2025.folder), 2025)}
    lacking = set()
    for cell in asked.asked(name, demo_2025.scheme):
        if not cell.shows:
            continue
        shown = eval(cell.source.splitlines()[-1], names)
        assert isinstance(shown, Fragment)
        assert shown.shows == cell.shows
        try:
            assert isinstance(shown.tableau, pd.DataFrame)
        except AttributeError as error:
            assert "n'a pas de tableau" in str(error)
            lacking.add(cell.shows)
    assert lacking == {n for n in WITHOUT if n.startswith(asked.MODULES[name])}


def test_the_table_of_an_ambition_is_its_figures(demo_2025: Edition) -> None:
    table = rapport.ambition(demo_2025, "ENV1").tableau
    assert set(table["code"]) == {i.code for i in demo_2025.indicateurs if i.ambition == "ENV1"}
    assert set(table["entite"]) == set(demo_2025.scheme.entites)


# --- Charts ----------------------------------------------------------------------------------


def test_the_charts_of_an_ambition_are_figures_to_change(
    demo_2025: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(fragment.IN_A_PAGE, "1")
    ambition = rapport.ambition(demo_2025, "SOC2")
    html = shown(ambition)
    assert len(ambition.graphiques) == html.count('class="graphique"')
    assert "soc2-01-nombre" in ambition.graphiques
    assert "soc2-01-nombre" in repr(ambition.graphiques)
    for nom in ambition.graphiques:
        assert isinstance(ambition.graphiques[nom], Figure)
    assert shown(ambition) == html, "drawn again, the same bytes"
    figure = ambition.graphiques["soc2-01-nombre"]
    figure.axes[0].text(2025, 1, "Un mot à moi")
    assert shown(ambition).count("Un mot à moi") == 1
    assert shown(rapport.ambition(demo_2025, "SOC2")) == html


def test_what_has_no_chart_gives_none(demo_2025: Edition) -> None:
    assert list(rapport.socle(demo_2025).graphiques) == []


# --- Style -----------------------------------------------------------------------------------


def shown(piece: Fragment) -> str:
    return piece._repr_mimebundle_()[0]["text/html"]


def test_the_style_travels_with_a_fragment_and_not_into_a_page(
    demo: Made, demo_2025: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = rapport.socle(demo_2025)
    monkeypatch.delenv(fragment.IN_A_PAGE, raising=False)
    assert ".verdict{" in shown(piece)
    assert piece.html in shown(piece)
    monkeypatch.setenv(fragment.IN_A_PAGE, "1")
    assert shown(piece) == piece.html
    for path in (demo.reports / "2025" / "notebooks").glob("*.ipynb"):
        assert "<style" not in path.read_text(encoding="utf-8")


def test_the_style_of_a_fragment_is_for_it_alone() -> None:
    style = fragment.style()
    assert style.startswith(".spaser.spaser.spaser{")
    assert style.endswith("}")
    assert style.count("{") == style.count("}")
    assert not re.search(r"^(:root|body)\{", style, re.MULTILINE)


# --- Calculations ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["ECO1", "ECO2", "SOC1", "SOC2", "SOC3",
                                  "ENV1", "ENV2", "ENV3", "ENV4"])  # fmt: skip
def test_a_calculation_run_again_gives_what_is_published(demo_2025: Edition, code: str) -> None:
    livre = calculs.ambition(demo_2025, code)
    given = [x for x in livre if livre[x].sql]
    assert given
    for one in {given[0], given[-1]}:
        pd.testing.assert_frame_equal(livre[one].executer(), livre[one].parts)
        assert len(livre[one].parts) == len(rows_of(demo_2025, one))


def rows_of(edition_: Edition, code: str) -> list[dict[str, str]]:
    return [r for r in edition_.rows("indicateurs") if r["code"] == code]


def test_the_contracts_of_a_calculation_are_its_evidence(demo_2025: Edition) -> None:
    calculation = calculs.ambition(demo_2025, "SOC2")["SOC2-01"]
    held = [r for r in demo_2025.rows("preuves") if r["code"] == "SOC2-01"]
    assert list(calculation.marches["marche_uid"]) == [r["marche_uid"] for r in held]
    counted = calculation.marches.query("role == 'numerateur' and base == 'nombre'")
    by_entity = counted.groupby("entite")["contribution"].sum()
    parts = calculation.parts.query("base == 'nombre'").set_index("entite")["numerateur"]
    assert by_entity.to_dict() == parts.to_dict()
    assert calculation.marches["objet"].notna().all()


def test_another_formula_gives_another_figure(demo_2025: Edition) -> None:
    calculation = calculs.ambition(demo_2025, "SOC2")["SOC2-01"]
    changed = calculation.sql.replace("(TRUE)", "(montant > 100000)")
    assert changed != calculation.sql
    assert not calculation.executer(changed).equals(calculation.parts)


@pytest.mark.parametrize(
    "sql",
    [
        "COPY marches TO 'sortie.csv';",
        "SELECT * FROM read_csv('/etc/passwd');",
        "INSERT INTO calculs SELECT 1, content, '', '', 1, true, [] FROM read_text('/etc/passwd');",
        "ATTACH 'x.db';",
        "SET enable_external_access = true;",
        "SELECT * FROM absente;",
        "n'importe quoi",
    ],
)
def test_a_calculation_has_no_file_and_no_setting(
    demo_2025: Edition, elsewhere: Path, sql: str
) -> None:
    calculation = calculs.ambition(demo_2025, "SOC2")["SOC2-01"]
    with pytest.raises(UserError, match=r"ne peut pas être refait"):
        calculation.executer(sql)
    assert list(elsewhere.iterdir()) == []


def test_an_indicator_without_source_says_so(demo_2025: Edition) -> None:
    livres = [calculs.ambition(demo_2025, a) for a in demo_2025.scheme.ambitions]
    absent = [livre[code] for livre in livres for code in livre if not livre[code].sql]
    assert absent
    for one in absent:
        assert set(one.parts["valeur"].isna()) == {True}
        with pytest.raises(UserError, match="pas de calcul"):
            one.executer()


@pytest.mark.parametrize("text", [None, "", "SELECT 1;", "-- 4. \n" * 2])
def test_a_script_of_another_form_is_refused(
    tmp_path: Path, text: str | None, demo_2025: Edition
) -> None:
    if text is not None:
        (tmp_path / excerpt.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=re.escape(str(tmp_path))):
        excerpt.run(tmp_path, excerpt.read(tmp_path, "SOC2-01"))


def test_the_page_shows_what_runs_and_its_first_contracts(demo: Made) -> None:
    edition_ = demo.reports / "2025"
    page = parsed(edition_ / "calculs.html")
    text = (edition_ / "donnees" / "indicateurs.sql").read_text(encoding="utf-8")
    codes = sorted(set(re.findall(r"^-- (\S+) \(\w+, \w+\) : ", text, re.MULTILINE)))
    shown_ = {e.get("aria-label"): e for e in page.iter("div") if e.get("class") == "defile"}
    assert len(codes) > 50
    for code in codes:
        assert text.count(text_of_pre(shown_[f"SQL de {code}"])) == 1
        assert text_of_pre(shown_[f"SQL de {code}"]).startswith(f"-- {code} (")
    evidence = rows(edition_ / "preuves.csv")
    uids = [
        r["marche_uid"] for r in evidence if (r["code"], r["entite"]) == ("SOC2-01", "ensemble")
    ]
    first_lines = plain(text_of(shown_["Premières lignes de SOC2-01"])).replace(" ", "")
    assert sum(uid in first_lines for uid in set(uids)) == 5


def text_of_pre(element: Any) -> str:
    return "".join(element.find("pre").itertext())


# --- Opened by hand --------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [".", "notebooks", "reports"])
@pytest.mark.parametrize("module", [qualite, calculs, rapport])
def test_without_a_folder_the_published_year_is_opened(
    demo: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, module: Any
) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "reports").symlink_to(demo.reports)
    monkeypatch.chdir(tmp_path / folder)
    if folder == "reports":
        monkeypatch.chdir(tmp_path / "notebooks")
    given = {".": None, "notebooks": None, "reports": "../reports/2025"}[folder]
    opened = module.ouvrir(given, 2025)
    assert getattr(opened, "edition", opened).year.annee == 2025


def test_a_year_that_was_not_run_is_said(elsewhere: Path) -> None:
    with pytest.raises(UserError, match="spaser run 2025"):
        rapport.ouvrir(None, 2025)


def test_help_is_in_the_notebook_and_on_no_page(demo: Made, root: Path) -> None:
    for path in sorted((root / "notebooks").glob("[0-9]_*.ipynb")):
        notes = [c for c in cells(path)["cells"] if asked.HELP in c["metadata"].get("tags", ())]
        assert notes, path
    for page in ("rapport.html", "calculs.html", "qualite.html"):
        assert "Cette note n" not in (demo.reports / "2025" / page).read_text(encoding="utf-8")


@pytest.fixture
def project(demo: Made, root: Path, tmp_path: Path) -> Path:
    """A project after a run: its notebooks, and its reports."""
    shutil.copytree(root / "notebooks", tmp_path / "notebooks")
    (tmp_path / "reports").symlink_to(demo.reports)
    return tmp_path


def by_hand(project: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A notebook as `papermill notebooks/NAME.ipynb out.ipynb -p annee 2025` leaves it."""
    import papermill

    monkeypatch.chdir(project)
    monkeypatch.delenv(fragment.IN_A_PAGE, raising=False)
    return papermill.execute_notebook(
        f"notebooks/{name}.ipynb", "out.ipynb", {"annee": 2025}, progress_bar=False
    )


def outputs(notebook: Any) -> dict[str, list[Any]]:
    return {c.id: c.outputs for c in notebook.cells if c.cell_type == "code"}


def test_the_exploration_of_a_year_runs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own assertions hold a rate redone in pandas and in SQL against the published one."""
    by_cell = outputs(by_hand(project, "exploration", monkeypatch))
    assert "<table" in by_cell["exploration-filtrer"][0].data["text/html"]
    same = [by_cell[f"exploration-{n}"][0].data["text/plain"] for n in ("pandas", "sql")]
    assert float(same[0]) == pytest.approx(float(same[1]))
    assert by_cell["exploration-relancer"][0].text.startswith("-- ")
    assert by_cell["exploration-relancer"][-1].output_type == "execute_result"
    ends = by_cell["exploration-fins"][0].data["text/html"]
    assert ends.count("<tr") == 11, "ten contracts that end, and a head"
    moved = by_cell["exploration-changer"][0].data["text/html"]
    assert "verdict_apres" in moved
    assert "SOC2-01" in moved
    html = by_cell["exploration-graphique"][0].data["text/html"]
    assert 'role="img" aria-label="mois 1 :' in html
    assert "<svg" in html
    assert "Mois de notification" in html


@pytest.mark.long
def test_the_report_runs_by_hand_with_its_style_and_its_figures(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project / "notebooks" / "3_rapport.ipynb"
    content = cells(path)
    more = "rapport.ambition(edition, 'SOC2').graphiques['soc2-01-nombre']"
    content["cells"].append(content["cells"][1] | {"id": "essai", "source": more})
    path.write_text(json.dumps(content), encoding="utf-8")
    by_cell = outputs(by_hand(project, "3_rapport", monkeypatch))
    html = by_cell["spaser-soc2"][0].data["text/html"]
    assert html.startswith('<div class="spaser"><style>.spaser.spaser.spaser{')
    assert "2025" in by_cell["spaser-couverture"][0].data["text/html"]
    assert "image/png" in by_cell["essai"][0].data, "a figure is seen as a picture"
