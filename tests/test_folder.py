"""What lies in a data folder and is no plain file: named, with its remedy, never passed over."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from oracle import Contract, flat

from spaser import sources
from spaser.settings.params import Params
from spaser.sources.lecture import Fichier

RECORDS = json.dumps([flat(Contract("2024V01"))], default=float)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    place = tmp_path / "donnees"
    place.mkdir()
    (place / "a.json").write_text(RECORDS)
    return place


def listed(data: Path, params: Params) -> dict[str, Fichier]:
    return {f.nom: f for f in sources.read_folder(data, params).fichiers}


def test_what_is_no_file_stops_by_name(data: Path, params: Params, tmp_path: Path) -> None:
    os.mkfifo(data / "tube")
    (data / "rompu.json").symlink_to(tmp_path / "rien")
    (data / "dossier").symlink_to(tmp_path)
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(data / "prise"))
        by_name = listed(data, params)
    assert {nom: f.erreur.partition(" ;")[0] for nom, f in by_name.items()} == {
        "a.json": "",
        "dossier": "lien vers un dossier, non suivi",
        "prise": "ce n'est pas un fichier (tube, prise ou périphérique)",
        "rompu.json": "lien vers un fichier qui n'existe pas",
        "tube": "ce n'est pas un fichier (tube, prise ou périphérique)",
    }


def test_a_link_to_a_file_is_read(data: Path, params: Params, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(RECORDS.replace("2024V01", "2024V02"))
    (data / "b.json").symlink_to(tmp_path / "b.json")
    assert [f.lignes for f in listed(data, params).values()] == [1, 1]


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", ".DS_Store", "~$b.xlsx", "sous/.x"])
def test_what_systems_leave_is_ignored_and_listed(data: Path, params: Params, name: str) -> None:
    (data / name).parent.mkdir(exist_ok=True)
    (data / name).write_bytes(b"\x00\x01")
    left = listed(data, params)[name]
    assert left.ignore
    assert left.pourquoi
    assert not left.erreur


def test_a_name_that_is_no_text_is_escaped(data: Path, params: Params) -> None:
    (data / os.fsdecode(b"caf\xe9.json")).write_text(RECORDS)
    assert "UTF-8" in listed(data, params)["caf\\xe9.json"].erreur


def test_a_folder_that_may_not_be_opened_is_told(
    data: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "sous").mkdir()
    really = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "sous":
            raise PermissionError(path)
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert "accès refusé" in listed(data, params)["sous"].erreur


def test_a_file_that_vanishes_is_told(
    data: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "b.json").write_text(RECORDS)

    def vanish(name: str) -> None:
        if name == "b.json":
            (data / "b.json").unlink()

    lecture = sources.read_folder(data, params, vanish)
    assert [bool(f.erreur) for f in lecture.fichiers] == [False, True]
    assert "a disparu" in lecture.fichiers[1].erreur


@pytest.mark.parametrize("announced, stops", [(3, True), (1, False)])
def test_a_page_of_results_is_not_the_whole(
    data: Path, params: Params, announced: int, stops: bool
) -> None:
    page = {"total_count": announced, "results": [flat(Contract("2024V09"))]}
    (data / "b.json").write_text(json.dumps(page, default=float))
    assert ("page de résultats" in listed(data, params)["b.json"].erreur) == stops


def test_pages_that_make_the_whole_are_read(data: Path, params: Params) -> None:
    for n in range(2):
        page = {"total_count": 2, "results": [flat(Contract(f"2024V1{n}"))]}
        (data / f"p{n}.json").write_text(json.dumps(page, default=float))
    assert not any(f.erreur for f in listed(data, params).values())


def test_a_list_of_something_else_is_told(data: Path, params: Params) -> None:
    both = {"facettes": [{"nom": "nature"}], "records": [flat(Contract("2024V11"))]}
    (data / "b.json").write_text(json.dumps(both, default=float))
    [remark] = listed(data, params)["b.json"].remarques
    assert "« facettes » : 1 élément" in remark
