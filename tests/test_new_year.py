"""A year opened in one command: its params, its folder, templates that the readers know."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import openpyxl
import pages
import pytest
import yaml

from spaser import sources
from spaser.commands import new_year, templates
from spaser.errors import UserError
from spaser.settings import params as parameters
from spaser.settings.params import Params
from spaser.sources.recognition import recognise
from spaser.sources.registers import REGISTRES
from spaser.sources.registers.kinds import EXEMPLE
from spaser.sources.registers.registres_md import CHOIX


@pytest.fixture
def place(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root / "params", tmp_path / "params")
    return tmp_path


def test_a_year_has_the_thresholds_of_the_year_before_and_dates_of_its_own(place: Path) -> None:
    file, data, _ = new_year.create(2026, place, place / "params")
    before, after = (parameters.load(place / "params", y).year for y in (2025, 2026))
    assert after.annee == 2026
    assert data.is_dir()
    assert after.date_arret == before.date_arret.replace(year=before.date_arret.year + 1)
    assert (after.seuils, after.dates, after.qualite) == (
        before.seuils | new_year.EUROPEAN[2026], before.dates, before.qualite,
    )  # fmt: skip
    assert after.rapprochements == ()
    assert "Édition 2026" in file.read_text(encoding="utf-8")
    old = (place / "params" / "2025" / "params.yml").read_text(encoding="utf-8")
    old, _, after_them = old.partition("# Chiffres donnés ailleurs")  # another year's, not copied
    old += after_them[after_them.index("\nqualite:") :]
    assert "fictifs" not in file.read_text(encoding="utf-8")
    kept = [x for x in old.splitlines() if "Édition" not in x and "seuil_europeen_" not in x]
    comments = [x.split("#")[1] for x in kept if "#" in x]
    assert all(c in file.read_text(encoding="utf-8") for c in comments)


@pytest.mark.parametrize("known, bounds, origin", [
    (new_year.EUROPEAN, [216000, 5404000], "collectivités, 2026"),
    ({}, [221000, 5538000], "à vérifier pour 2026"),
])  # fmt: skip
def test_the_european_thresholds_are_those_published_or_are_doubted(
    place: Path, monkeypatch: pytest.MonkeyPatch, known: object, bounds: list[int], origin: str
) -> None:
    monkeypatch.setattr(new_year, "EUROPEAN", known)
    file, _, _ = new_year.create(2026, place, place / "params")
    lines = [x for x in file.read_text("utf-8").splitlines() if "seuil_europeen_" in x]
    assert [x.rpartition("HT, ")[2] for x in lines] == [origin] * 2
    seuils = parameters.load(place / "params", 2026).year.seuils
    assert [seuils[f"seuil_europeen_{x}"] for x in ("fournitures_services", "travaux")] == bounds


@pytest.mark.parametrize("annee", [2024, 2025])
def test_the_years_at_hand_have_the_thresholds_published(root: Path, annee: int) -> None:
    seuils = parameters.load(root / "params", annee).year.seuils
    assert seuils | new_year.EUROPEAN[2024] == seuils


@pytest.mark.parametrize("annee, why", [
    (2025, "existe déjà"), (2031, "hors de la période"), (2020, "aucune année avant"),
])  # fmt: skip
def test_a_year_that_cannot_be_opened_leaves_nothing(place: Path, annee: int, why: str) -> None:
    before = sorted(p.name for p in (place / "params").iterdir())
    with pytest.raises(UserError, match=why):
        new_year.create(annee, place, place / "params")
    assert sorted(p.name for p in (place / "params").iterdir()) == before


def test_every_template_is_recognised_by_its_header(tmp_path: Path) -> None:
    folder = templates.write(tmp_path)
    for name, registre in REGISTRES.items():
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream, delimiter=";"))
        book = openpyxl.load_workbook(folder / f"{name}.xlsx")
        assert [c.value for c in book[name][1]] == header == [c.name for c in registre.lues]
        for suffix in ("csv", "xlsx"):
            assert registre.titre in recognise(folder / f"{name}.{suffix}").name
        assert registre.titre in (folder / "LISEZMOI.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("name", [n for n, r in REGISTRES.items() if r.identite])
def test_a_template_has_an_example_line_that_is_told_and_not_counted(
    tmp_path: Path, params: Params, name: str, suffix: str
) -> None:
    file = templates.write(tmp_path / "modeles") / f"{name}.{suffix}"
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(file, data)
    registre = REGISTRES[name]
    (data / "a.csv").write_text(
        "acheteur_id;id;montant;dateNotification;titulaire_id_1\n"
        "21210231300013;A;10;2024-03-01;38083385500014\n"
    )
    lecture = sources.read_folder(data, params)
    assert name not in lecture.lues
    assert lecture.fournies == {"decp"}
    [read] = [f for f in lecture.fichiers if f.nom == file.name]
    assert (read.erreur, read.ignore) == ("", True)
    assert read.remarques == ["ligne 2 : l'exemple du modèle n'est pas compté"]
    for cell, column in zip(templates.example(registre), registre.lues, strict=True):
        assert cell == EXEMPLE or (column.parse and column.parse(cell).motif is None)


def test_a_template_has_typed_cells_lists_and_notes(tmp_path: Path) -> None:
    folder = templates.write(tmp_path)
    for name, registre in REGISTRES.items():
        book = openpyxl.load_workbook(folder / f"{name}.xlsx")
        sheet, lists = book[name], book["Listes"]
        assert lists.sheet_state == "hidden"
        rules = {str(r.sqref).partition("2:")[0]: r for r in sheet.data_validations.dataValidation}
        for head, column in zip(sheet[1], registre.lues, strict=True):
            letter = head.column_letter
            assert column.label in head.comment.text
            assert sheet.column_dimensions[letter].number_format == (
                {"DATE": "DD/MM/YYYY", "INTEGER": "0", "DECIMAL(18,2)": "#,##0.00"}.get(
                    column.type, "General" if column.type.startswith("DECIMAL") else "@"
                )
            )
            labels = CHOIX.get(column.name) or (("oui", "non") if column.type == "BOOLEAN" else ())
            if labels:
                assert rules[letter].formula1 == f"Listes!${letter}$1:${letter}${len(labels)}"
                cells = lists[f"{letter}1:{letter}{len(labels)}"]
                assert tuple(c.value for [c] in cells) == labels
            else:
                assert (letter in rules) == (not column.type.startswith("VARCHAR"))


@pytest.mark.slow
def test_the_targets_that_the_new_year_lacks_are_named(place: Path) -> None:
    new_year.create(2026, place, place / "params")
    file = place / "params" / "cibles.yml"
    adapted = yaml.safe_load(file.read_text(encoding="utf-8"))
    own = sorted(
        code for code, targets in adapted["cibles"].items() if {2025, 2026} <= targets.keys()
    )
    assert own
    assert not {*own} & {*new_year.without_target(2026, place / "params")}
    for code in own:
        del adapted["cibles"][code][2026]
    file.write_text(yaml.safe_dump(adapted, allow_unicode=True), encoding="utf-8")
    assert {*own} <= {*new_year.without_target(2026, place / "params")}
    done = pages.spaser("new-year", "2027", cwd=_project(place))
    assert done.code == 0
    if lacking := new_year.without_target(2027, place / "params"):
        assert f"Sans cible en 2027, quand 2026 en avait une : {', '.join(lacking)}" in done.out
    else:
        assert "Sans cible" not in done.out


def _project(place: Path) -> Path:
    (place / "data" / "referentiels").mkdir(parents=True, exist_ok=True)
    return place
