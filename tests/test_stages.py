"""The stages of a run: every file that a report has is that of one stage, and is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from spaser.opendata.columns import FILES
from spaser.pipeline import stages
from spaser.pipeline.run import HOME
from spaser.publishing.provenance import JOURNAL, MANIFEST
from spaser.report import pages


def filled(folder: Path) -> Path:
    for name in stages.EXPECTED:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_file_is_that_of_one_stage() -> None:
    assert len(set(stages.EXPECTED)) == len(stages.EXPECTED)


def test_every_table_and_page_must_come_out() -> None:
    own = {name for name, *_ in pages.PAGES.values()} - {HOME}  # it stands beside the years
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
