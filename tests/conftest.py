"""What every test may ask for: the parameters, files made on the spot, the real files."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import bench
import pytest
from hypothesis import HealthCheck, settings

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

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

Files = Mapping[str, Any]

# What takes half a second and more a test: kernels, processes, each rule of the gate, each figure.
SLOW_MODULES = {
    "test_bloc_cases",
    "test_cases",
    "test_comparaisons",
    "test_deferred",
    "test_examples",
    "test_fuzz",
    "test_recounts",
    "test_robust_kernels",
    "test_robust_publication",
}
SLOW_FIXTURES = {"gate", "compute", "passed"}
# What takes a minute and more: several projects or years, each page before each judge.
LONG_MODULES = {
    "test_authorities", "test_lineage", "test_many", "test_old_years", "test_pictures",
    "test_same_bytes", "test_valid_html",
}  # fmt: skip
LONG_FIXTURES = {"story", "many", "lived", "altered", "certified", "nationwide"}

settings.register_profile(
    "spaser", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("spaser"), max_examples=5)
settings.load_profile("quick" if os.environ.get("SPASER_QUICK") else "spaser")


@pytest.hookimpl(tryfirst=True)  # before pytest looks at the marks that `-m` asks for
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """SPASER_QUICK=1 leaves out slow tests; `pages.once` leaves out what asks for a run.

    Tests of the program know one project (`bench.py`): on another they would fail for nothing.
    """
    for item in items:
        if is_of_the_project(item.path):
            item.add_marker(pytest.mark.projet)
        asked = LONG_FIXTURES & {*getattr(item, "fixturenames", ())}
        if asked or item.path.stem in LONG_MODULES:
            item.add_marker(pytest.mark.long)
    if not bench.is_reference() and not all(is_of_the_project(item.path) for item in items):
        raise pytest.UsageError(
            "params/ is another project than that of the tests of the program (tests/reference): "
            f"run `make test`, which tries them on a bench, or `pytest {bench.OF_A_PROJECT}` for "
            "those of yours; whoever changes the project of this repository for its tests too runs "
            "`make reference`"
        )
    if not os.environ.get("SPASER_QUICK"):
        return
    slow = {i for i in items if _slow(i)}
    config.hook.pytest_deselected(items=[i for i in items if i in slow])
    items[:] = [i for i in items if i not in slow]


def is_of_the_project(path: Path) -> bool:
    """Whether a test is of the project in params/, whoever's it is."""
    return (ROOT / bench.OF_A_PROJECT) in path.parents


def _slow(item: pytest.Item) -> bool:
    """Whether a test is marked slow, stands in a slow module or asks for a slow fixture."""
    asked = SLOW_FIXTURES & {*getattr(item, "fixturenames", ())}
    return bool(item.get_closest_marker("slow") or asked or item.path.stem in SLOW_MODULES)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def params() -> Params:
    """The parameters of 2024, as committed."""
    return parameters.load(ROOT / "params", 2024)


@pytest.fixture(scope="session")
def catalogue(params: Params) -> Catalogue:
    """The catalogue, as committed."""
    return catalogues.load(params)


@pytest.fixture
def params_copy(tmp_path: Path) -> Path:
    """A copy of params/ to spoil."""
    return Path(shutil.copytree(ROOT / "params", tmp_path / "params"))


@pytest.fixture
def suites_copy(tmp_path: Path) -> Path:
    """A copy of expectations/ to spoil."""
    return Path(shutil.copytree(ROOT / "expectations", tmp_path / "expectations"))


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
        files: Files, using: Params = params, suites: Path = ROOT / "expectations"
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
