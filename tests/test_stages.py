"""The stages of a run: every file that a report has is that of one stage, and is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from spaser.opendata.columns import FILES
from spaser.pipeline import stages
from spaser.pipeline.progress import Progress
from spaser.pipeline.run import HOME
from spaser.pipeline.steps import Work
from spaser.publishing.provenance import JOURNAL, MANIFEST
from spaser.report import pages
from spaser.report.comparaisons import FILE as COMPARISONS


def filled(folder: Path) -> Path:
    for name in stages.EXPECTED:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_file_is_that_of_one_stage() -> None:
    assert len(set(stages.EXPECTED)) == len(stages.EXPECTED)


def test_every_table_and_page_must_come_out() -> None:
    own = {name for name, *_ in pages.PAGES.values()} - {
        HOME,
        COMPARISONS,
    }  # beside the years; where there are others
    assert {*FILES, *own, MANIFEST, JOURNAL} <= set(stages.EXPECTED)


def test_the_gate_alone_publishes_what_it_leaves_and_its_page() -> None:
    assert {"qualite.html", "quarantaine.csv", "controle.json"} <= set(stages.DU_CONTROLE)
    assert stages.EDITION not in stages.DU_CONTROLE
    assert not set(stages.DU_CONTROLE) & set(stages.CALCUL.sorties)


def test_a_whole_folder_is_expected(tmp_path: Path) -> None:
    stages.expect(filled(tmp_path))


@pytest.mark.parametrize("etape", [e for e in stages.ETAPES if e.sorties], ids=lambda e: e.nom)
def test_a_missing_file_names_its_stage(tmp_path: Path, etape: stages.Etape) -> None:
    name = etape.sorties[-1]
    (filled(tmp_path) / name).unlink()
    with pytest.raises(RuntimeError) as caught:
        stages.expect(tmp_path)
    assert str(caught.value) == f"sorties manquantes : {name} ({etape.nom})"


def test_stages_are_done_in_order_and_held_to_their_files(tmp_path: Path) -> None:
    shown: list[str] = []
    work = Work.__new__(Work)
    work.folder, work.progress = tmp_path, Progress(stage=shown.append)
    kept = stages.Etape("Première", lambda w: w.write("a.txt", "é\n"), ("a.txt",))
    broken = stages.Etape("Deuxième", lambda w: None, ("b.txt",))
    never = stages.Etape("Troisième", lambda w: w.write("c.txt", ""))
    with pytest.raises(RuntimeError, match=r"b\.txt \(Deuxième\)"):
        stages.follow(work, (kept, broken, never))
    assert shown == ["Première", "Deuxième"]
    assert [name for name, _ in work.progress.times] == ["Première", "Deuxième"]
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_check_goes_through_the_stages_of_a_run_up_to_the_gate() -> None:
    shared = stages.JUSQU_AU_CONTROLE
    assert stages.ETAPES[: len(shared)] == shared
    assert shared[-1] == stages.CONTROLE
    assert set(stages.PAGE.sorties) < set(stages.NOTEBOOKS.sorties)
