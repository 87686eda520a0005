"""Tests stay green when an authority puts its own params in the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import conftest
import pytest
from neutral import ROOT

from spaser.commands import init
from spaser.commands.init import Wanted
from spaser.settings.scheme import PeriodeDuSchema

LEFT = (".git", ".venv*", ".vnu", ".hypothesis", "reports", "raw", "__pycache__", "*_cache")
SAMPLE = (  # of each way by which a test of the program meets its project
    "test_params.py", "test_adaptation.py", "test_plan.py", "test_demo.py", "test_notebooks.py",
    "test_hypotheses.py",
)  # fmt: skip


def another(place: Path) -> Path:
    """A copy of the repository, the shared data beside it, with an authority's own project."""
    ours = place / "ailleurs" / "depot"
    shutil.copytree(ROOT, ours, ignore=shutil.ignore_patterns(*LEFT))
    if conftest.SHARED.is_dir():
        (ours.parent / "shared").symlink_to(conftest.SHARED.resolve())
    init.create(
        place / "projet", Wanted(("213300098",), None, PeriodeDuSchema(debut=2024, fin=2027))
    )
    for name in ("params", "notebooks"):
        shutil.rmtree(ours / name)
        shutil.copytree(place / "projet" / name, ours / name)
    return ours


@pytest.mark.long
@pytest.mark.slow
def test_another_authority_in_params_leaves_the_tests_green(tmp_path: Path) -> None:
    """Those of its project and of the program pass; those of Dijon's are skipped, and say why."""
    ours = another(tmp_path)
    session = ("PYTEST_", "SPASER_TESTS_")  # what says that a process is a worker of this one
    around = {k: v for k, v in os.environ.items() if not k.startswith(session)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-m", "not slow",
         "tests/projet", "tests/dijon", *(f"tests/{name}" for name in SAMPLE)],
        cwd=ours, env=around | {"PYTHONPATH": str(ours / "src")}, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    skipped = [x for x in done.stdout.splitlines() if x.startswith("SKIPPED")]
    assert [x for x in skipped if "213300098" in x and "Dijon" in x], done.stdout[-3000:]
    assert [x for x in skipped if "test_dijon" not in x] == []


def test_every_test_is_of_a_project_or_of_the_program() -> None:
    """Those of any project name no authority; those of the program read no project in place."""
    projet = sorted((ROOT / "tests" / "projet").glob("*.py"))
    assert projet
    for module in projet:
        text = module.read_text(encoding="utf-8").lower()
        assert not [w for w in ("dijon", "metropole", "creativ", "212102313") if w in text]
    in_place = re.compile(r'\bROOT / "(params|notebooks|data)"')
    program = sorted((ROOT / "tests").glob("*.py"))
    assert len(program) > 80
    assert [p.name for p in program if in_place.search(p.read_text(encoding="utf-8"))] == []


def test_the_demonstration_and_the_project_of_the_tests_are_of_no_authority() -> None:
    """Names of buyers and partners are those of params; SIREN too, but for the tests' two."""
    names = ("ville de dijon", "dijon métropole", "creativ", "cpme", "medef")
    places = {"src/spaser/demo": (*names, "212102313", "242100410"), "tests/reference": names}
    for place, words in places.items():
        files = [p for p in sorted((ROOT / place).rglob("*")) if p.suffix in {".py", ".yml"}]
        assert files
        for file in files:
            text = file.read_text(encoding="utf-8").lower()
            assert not [w for w in words if w in text], file.name
