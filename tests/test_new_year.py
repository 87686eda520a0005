"""A year opened in one command: its params, its folder, templates that the readers know."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import openpyxl
import pytest

from spaser.commands import new_year
from spaser.errors import UserError
from spaser.settings import params as parameters
from spaser.sources.recognition import recognise
from spaser.sources.registers import REGISTRES


@pytest.fixture
def place(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root / "params", tmp_path / "params")
    return tmp_path


def test_a_year_has_the_thresholds_of_the_year_before_and_dates_of_its_own(place: Path) -> None:
    file, data, _ = new_year.create(2026, place, place / "params")
    before, after = (parameters.load(place / "params", y).year for y in (2025, 2026))
    assert after.annee == 2026 and data.is_dir()
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


@pytest.mark.parametrize("known, bounds, said", [
    (new_year.EUROPEAN, [216000, 5404000], "collectivités, 2026"),
    ({}, [221000, 5538000], "à vérifier pour 2026"),
])  # fmt: skip
def test_the_european_thresholds_are_those_published_or_are_doubted(
    place: Path, monkeypatch: pytest.MonkeyPatch, known: object, bounds: list[int], said: str
) -> None:
    monkeypatch.setattr(new_year, "EUROPEAN", known)
    file, _, _ = new_year.create(2026, place, place / "params")
    lines = [x for x in file.read_text("utf-8").splitlines() if "seuil_europeen_" in x]
    assert [x.rpartition("HT, ")[2] for x in lines] == [said] * 2
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
    folder = new_year.templates(tmp_path)
    for name, registre in REGISTRES.items():
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream, delimiter=";"))
        book = openpyxl.load_workbook(folder / f"{name}.xlsx")
        assert [c.value for c in book[name][1]] == header == [c.name for c in registre.lues]
        for suffix in ("csv", "xlsx"):
            assert registre.titre in recognise(folder / f"{name}.{suffix}").name
        assert registre.titre in (folder / "LISEZMOI.md").read_text(encoding="utf-8")
