"""Templates kept compiled: the same text, never of an older template or program."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import jinja2
import pytest
from jinja2 import Environment, FileSystemLoader

from spaser import kept
from spaser.report import compiled

BESIDE = "__pycache__"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one template, where Python may keep what it compiles."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "a.j2").write_text("{{ 'mot' | dit }}", encoding="utf-8")
    return tmp_path


def rendered(folder: Path, filtre: object = str.upper) -> str:
    """What a program that has just started makes of the template."""
    env = Environment(
        loader=FileSystemLoader(folder), autoescape=True, bytecode_cache=compiled.Compiled(folder)
    )
    env.filters["dit"] = filtre
    return env.get_template("a.j2").render()


def test_a_template_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rendered(folder) == "MOT"
    assert [p.suffix for p in (folder / BESIDE).iterdir()] == [".cache"]

    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("compiled again")

    monkeypatch.setattr(jinja2.Environment, "_generate", refuse)
    assert rendered(folder) == "MOT"


def test_a_template_that_changes_is_compiled_again(folder: Path) -> None:
    rendered(folder)
    (folder / "a.j2").write_text("{{ 'autre' | dit }}", encoding="utf-8")
    assert rendered(folder) == "AUTRE"


def test_a_program_that_changes_compiles_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a filter makes of a constant is in the compiled template."""
    rendered(folder)
    monkeypatch.setattr(kept, "program", lambda *_: "another")
    assert rendered(folder, str.title) == "Mot"


@pytest.mark.parametrize("content", [b"", b"j2", b"not a template compiled", bytes(5000)])
def test_what_is_damaged_is_compiled_again(folder: Path, content: bytes) -> None:
    rendered(folder)
    [file] = (folder / BESIDE).iterdir()
    file.write_bytes(content)
    assert rendered(folder) == "MOT"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert rendered(folder) == "MOT"


def test_nothing_is_kept_where_python_keeps_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(folder) == "MOT"
    assert not (folder / BESIDE).exists()


def test_a_place_that_is_no_folder_is_done_without(folder: Path) -> None:
    (folder / BESIDE).write_text("un fichier", encoding="utf-8")
    (folder / BESIDE).chmod(stat.S_IRUSR)
    assert rendered(folder) == "MOT"
