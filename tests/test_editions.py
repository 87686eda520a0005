"""Sealed editions: never overwritten, and each next one says what it revises and why."""

from __future__ import annotations

import json
import os
import shutil
import stat
from decimal import Decimal
from pathlib import Path

import pages
import pytest
from pages import Done, Made, figures, once, one_more_social, rows, snapshot, spaser, write_small

from spaser.publishing import editions, provenance, publication

pytest_plugins = ("pages",)


def words(place: Path, *more: str) -> tuple[str | Path, ...]:
    return ("run", "2024", "--data", place / "data", "--reports", place / "reports", *more)


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Edition 1 sealed; a contract changes; a draft by other libraries; edition 2 sealed."""

    def build(place: Path) -> Done:
        write_small(place / "data")
        spaser(*words(place, "--edition"))
        shutil.copytree(place / "reports" / "2024" / "editions" / "1", place / "first")
        write_small(place / "data", one_more_social())
        spaser(*words(place))
        shutil.copytree(place / "reports" / "2024", place / "draft")
        manifest = place / "reports" / "2024" / "manifeste.json"
        sealed_by = json.loads(manifest.read_text(encoding="utf-8"))
        sealed_by["paquets"]["duckdb"] = (
            "0.0.1"  # as if the draft had been made with other libraries
        )
        manifest.write_text(json.dumps(sealed_by), encoding="utf-8")
        return spaser(*words(place, "--edition"))

    return once(tmp_path_factory, "sealed", build)


def test_a_later_run_leaves_a_sealed_edition_as_it_was(sealed: Made) -> None:
    report = sealed.reports / "2024"
    first = snapshot(sealed.place / "first")
    assert snapshot(report / "editions" / "1") == first
    assert snapshot(sealed.place / "draft" / "editions" / "1") == first
    assert sorted(p.name for p in (report / "editions").iterdir()) == ["1", "2"]


def test_the_current_report_is_the_last_edition_or_a_draft(sealed: Made) -> None:
    report = sealed.reports / "2024"
    current = {n: d for n, d in snapshot(report).items() if not n.startswith("editions/")}
    assert current == snapshot(report / "editions" / "2")
    for folder, number, before in (
        (sealed.place / "first", 1, None),
        (sealed.place / "draft", None, 1),
        (report, 2, 1),
    ):
        manifest = json.loads((folder / "manifeste.json").read_text(encoding="utf-8"))
        card = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
        assert (manifest["edition"], manifest["edition_precedente"]) == (number, before)
        assert card["edition"] == number
        assert manifest["sorties"] == provenance.outputs(folder)


@pytest.mark.skipif(os.name == "nt", reason="modes of Unix")
def test_sealed_files_are_read_only(sealed: Made) -> None:
    for path in (sealed.reports / "2024" / "editions").rglob("*"):
        if path.is_file():
            assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


def test_sealing_twice_the_same_inputs_changes_nothing(sealed: Made) -> None:
    before = snapshot(sealed.reports, times=True)
    for more in ((), ("--edition",)):
        done = spaser(*words(sealed.place, *more))
        assert done.code == 0
        assert "rien n'a changé" in done.out
    assert snapshot(sealed.reports, times=True) == before


def test_revisions_are_the_figures_that_differ(sealed: Made) -> None:
    assert rows(sealed.place / "first" / "revisions.csv") == []
    old, new = figures(sealed.place / "first"), figures(sealed.reports / "2024")
    parts = ("valeur", "numerateur", "denominateur")
    differ = {k for k in new if any(old[k][p] != new[k][p] for p in parts)}
    assert differ
    revised = rows(sealed.reports / "2024" / "revisions.csv")
    assert {(r["code"], r["entite"], r["base"]) for r in revised} == differ
    for r in revised:
        key = (r["code"], r["entite"], r["base"])
        assert (r["ancien"], r["nouveau"]) == (old[key]["valeur"], new[key]["valeur"])
        assert f"données : {pages.VILLE_FILE} modifié" in r["cause"]
        assert "paramètres" not in r["cause"]
        assert "programme" not in r["cause"]
    social = next(r for r in revised if r["code"] == "SOC2-01" and r["base"] == "nombre")
    assert Decimal(social["nouveau"]) > Decimal(social["ancien"])
    assert "marchés : 1 changé" in social["cause"]
    assert revised == rows(sealed.place / "draft" / "revisions.csv")


# --- Publication ------------------------------------------------------------------------------


def report(folder: Path, text: str, *numbers: int) -> Path:
    folder.mkdir(parents=True)
    (folder / "rapport.html").write_text(text, encoding="utf-8")
    for number in numbers:
        publication.seal(folder, number)
    return folder


def test_publishing_carries_the_editions_over(tmp_path: Path) -> None:
    final = report(tmp_path / "2024", "un", 1, 2)
    with publication.staging(tmp_path, "2024") as stage:
        (stage / "rapport.html").write_text("deux", encoding="utf-8")
        publication.seal(stage, 3)
        publication.publish(stage, final)
    assert {n: (final / "editions" / n / "rapport.html").read_text() for n in "123"} == {
        "1": "un",
        "2": "un",
        "3": "deux",
    }
    assert not (final / "editions" / "3" / "editions").exists()
    assert editions.last(final) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["2024"]


def test_the_last_edition_is_a_number(tmp_path: Path) -> None:
    assert editions.last(tmp_path) is None
    for name in ("2", "10", "notes"):
        (tmp_path / "editions" / name).mkdir(parents=True)
    assert editions.last(tmp_path) == 10
