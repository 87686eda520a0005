"""`make test` stays green when an authority changes its params: tests go where they belong."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import bench
import conftest
import pytest

from spaser.commands import init
from spaser.commands.init import Wanted
from spaser.settings import params as parameters
from spaser.settings.scheme import PeriodeDuSchema


def another(place: Path) -> Path:
    """A copy of the repository, the shared data beside it, with an authority's own project."""
    ours = place / "ailleurs" / "depot"
    shutil.copytree(
        bench.ROOT, ours, ignore=shutil.ignore_patterns(*bench.LEFT, "*_cache", "raw", "docs")
    )
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
def test_another_project_has_its_own_tests_and_a_bench_for_the_others(tmp_path: Path) -> None:
    """Its tests pass on it; the bench holds the reference; pytest alone says what to run."""
    ours = another(tmp_path)
    words = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider"]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*words, *more], cwd=ours, env=bench.around(ours), capture_output=True, encoding="utf-8"
        )

    passed = run(bench.OF_A_PROJECT, "-m", "not slow")
    assert passed.returncode == 0, passed.stdout
    refused = run("tests/test_params.py")
    assert refused.returncode == 4, refused
    assert "make test" in refused.stderr, refused
    code = (
        "import sys; sys.path.insert(0, 'tests'); import bench; from pathlib import Path; "
        f"assert not bench.is_reference(); print(bench.build(Path({str(tmp_path)!r})))"
    )
    built = subprocess.run(
        [sys.executable, "-c", code], cwd=ours, env=bench.around(ours), capture_output=True,
        encoding="utf-8", check=True,
    )  # fmt: skip
    place = Path(built.stdout.strip())
    assert bench.is_reference(place)
    assert parameters.load(place / "params", 2025).scheme.acheteurs[0].siren != "213300098"
    for name in ("1_qualite", "2_indicateurs", "3_rapport", "exploration"):
        made = place / "notebooks" / f"{name}.ipynb"
        if bench.is_reference():
            assert made.read_bytes() == (bench.ROOT / "notebooks" / made.name).read_bytes()
    assert sorted(p.name for p in (place / "data" / "raw").iterdir()) == ["2024", "2025"]
    sample = ["tests/test_params.py", "tests/test_catalogue.py", "tests/test_adaptation.py"]
    there = subprocess.run(
        [*words, "-q", "-x", "-m", "not slow", *sample], cwd=place, env=bench.around(place),
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert there.returncode == 0, there.stdout[-3000:]


def test_every_test_is_of_the_project_or_of_the_program() -> None:
    """Those of the project are in their folder and marked, and name no authority."""
    folder = bench.ROOT / bench.OF_A_PROJECT
    modules = sorted(folder.glob("*.py"))
    assert modules
    for module in modules:
        text = module.read_text(encoding="utf-8").lower()
        assert not [w for w in ("dijon", "metropole", "creativ", "212102313") if w in text]
    assert conftest.is_of_the_project(folder / "test_projet.py")
    assert not conftest.is_of_the_project(Path(__file__))
