"""What every test may ask for: the parameters, files made on the spot, the real files."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, configuration, settings
from neutral import PROJECT, ROOT

from spaser import quality, sources
from spaser.figures import catalogue as catalogues
from spaser.figures.catalogue import Catalogue
from spaser.quality import Gate
from spaser.settings import params as parameters
from spaser.settings.params import Params
from spaser.sources.lecture import Lecture

# A chart is drawn once a session, whatever the runs and the workers (theirs inherit the name).
if "SPASER_TESTS_CACHE" not in os.environ:
    os.environ["SPASER_TESTS_CACHE"] = tempfile.mkdtemp(prefix="dessins-")
    atexit.register(shutil.rmtree, os.environ["SPASER_TESTS_CACHE"], ignore_errors=True)
os.environ["SPASER_CACHE"] = os.environ["SPASER_TESTS_CACHE"]

SHARED = ROOT.parent / "shared"

Files = Mapping[str, Any]

# What takes half a second and more a test: kernels, processes, each rule of the gate, each figure.
SLOW_MODULES = {
    "test_bloc_cases",
    "test_cases",
    "test_comparaisons",
    "test_completeness",
    "test_corrections",
    "test_deferred",
    "test_examples",
    "test_fuzz",
    "test_recounts",
    "test_robust_kernels",
    "test_robust_publication",
    "test_totals",
}
SLOW_FIXTURES = {"gate", "compute", "passed"}
# What takes a minute and more: several projects or years, each page before each judge.
LONG_MODULES = {
    "test_authorities", "test_lineage", "test_many", "test_old_years", "test_pictures",
    "test_same_bytes", "test_valid_html",
}  # fmt: skip
LONG_FIXTURES = {
    "again", "altered", "certified", "corrected", "cut", "floored", "lived", "many", "modest",
    "nationwide", "sealed", "story",
}  # fmt: skip

configuration.set_hypothesis_home_dir(ROOT / ".hypothesis")  # wherever the tests run
settings.register_profile(
    "spaser", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("spaser"), max_examples=5)
settings.load_profile("quick" if os.environ.get("SPASER_QUICK") else "spaser")


@pytest.hookimpl(tryfirst=True)  # before pytest looks at the marks that `-m` asks for
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """SPASER_QUICK=1 leaves out slow tests; `pages.once` leaves out what asks for a run.

    What `tests/projet/` holds is of the project in params/, whoever's it is.
    """
    for item in items:
        if (ROOT / "tests" / "projet") in item.path.parents:
            item.add_marker(pytest.mark.projet)
        asked = LONG_FIXTURES & {*getattr(item, "fixturenames", ())}
        if asked or item.path.stem in LONG_MODULES:
            item.add_marker(pytest.mark.long)
    if not os.environ.get("SPASER_QUICK"):
        return
    slow = {i for i in items if _slow(i)}
    config.hook.pytest_deselected(items=[i for i in items if i in slow])
    items[:] = [i for i in items if i not in slow]


def _slow(item: pytest.Item) -> bool:
    """Whether a test is marked slow, stands in a slow module or asks for a slow fixture."""
    asked = SLOW_FIXTURES & {*getattr(item, "fixturenames", ())}
    return bool(item.get_closest_marker("slow") or asked or item.path.stem in SLOW_MODULES)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project of the tests (`neutral.py`)."""
    return PROJECT


@pytest.fixture(scope="session", autouse=True)
def _at_the_project() -> Iterator[None]:
    """Run in the project of the tests, as its users do: the repository may hold another.

    Tests share it: what spoils its project takes a copy.
    """
    before = _files_of_the_project()
    with contextlib.chdir(PROJECT):
        yield
    assert _files_of_the_project() == before, "a test wrote in the project that all share"


def _files_of_the_project() -> dict[Path, int]:
    """The files of the project and when each was written, but for those of git."""
    return {
        p: p.stat().st_mtime_ns
        for p in PROJECT.rglob("*")
        if p.is_file() and ".git" not in p.relative_to(PROJECT).parts
    }


@pytest.fixture(scope="session")
def params() -> Params:
    """The parameters of 2024."""
    return parameters.load(PROJECT / "params", 2024)


@pytest.fixture(scope="session")
def catalogue(params: Params) -> Catalogue:
    """The catalogue of 2024."""
    return catalogues.load(params)


@pytest.fixture
def params_copy(tmp_path: Path) -> Path:
    """A copy of params/ to spoil."""
    return Path(shutil.copytree(PROJECT / "params", tmp_path / "params"))


@pytest.fixture
def suites_copy(tmp_path: Path) -> Path:
    """A copy of expectations/ to spoil."""
    return Path(shutil.copytree(PROJECT / "expectations", tmp_path / "expectations"))


@pytest.fixture(scope="session")
def read(params: Params) -> Callable[..., Lecture]:
    """Write files (text, bytes, or data to write as JSON) to a new folder and read it."""

    def read_files(files: Files, using: Params = params) -> Lecture:
        with folder(files) as path:
            return sources.read_folder(path, using)

    return read_files


@pytest.fixture(scope="session")
def gate(read: Callable[..., Lecture], params: Params) -> Callable[..., Gate]:
    """Write files, read them and pass the gate."""

    def pass_files(
        files: Files, using: Params = params, suites: Path = PROJECT / "expectations"
    ) -> Gate:
        return quality.pass_gate(read(files, using), using, suites)

    return pass_files


class folder(tempfile.TemporaryDirectory[str]):
    """A folder with some files, gone at the end of the `with`."""

    def __init__(self, files: Files) -> None:
        super().__init__()
        self.files = files

    def __enter__(self) -> Path:  # type: ignore[override]
        path = Path(super().__enter__())
        for name, content in self.files.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(as_bytes(content))
        return path


def as_bytes(content: Any) -> bytes:
    """Bytes as they are, text in UTF-8, anything else as JSON (decimals as numbers)."""
    if isinstance(content, bytes):
        return content
    text = content if isinstance(content, str) else json.dumps(content, default=float)
    return text.encode()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Run in an empty folder, so that a stray file is seen."""
    place = tmp_path / "ailleurs"
    place.mkdir()
    monkeypatch.chdir(place)
    yield place


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """A real file or folder of the shared data; skipped (or failed on demand) without it."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            reason = f"real data not here: {path.relative_to(ROOT.parent)}"
            if os.environ.get("SPASER_REQUIRE_REAL_DATA"):
                pytest.fail(f"{reason}, and SPASER_REQUIRE_REAL_DATA asks for it")
            pytest.skip(reason)
        return path

    return find
