"""Same inputs, same bytes: wherever, whenever and by whomever the year is produced."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from neutral import ROOT
from pages import JOURNAL, Done, Made, once, project, snapshot, spaser, write_small

pytest_plugins = ("pages",)

# Imported by every Python of the run, kernels included: another clock for the whole process.
CLOCK = """
import os
if moment := os.environ.get("AUTRE_DATE"):
    import datetime as dt
    import time_machine
    time_machine.travel(dt.datetime.fromisoformat(moment), tick=True).start()
"""


def own_settings(home: Path) -> dict[str, str]:
    """The settings of someone who works otherwise, each of which would change a report."""
    files = {
        ".ipython/profile_default/startup/00.py": "print('bonjour')\nimport builtins\n"
        "builtins.round = None\nimport locale\nlocale.setlocale(locale.LC_ALL, '')\n",
        ".ipython/profile_default/ipython_kernel_config.py": "c = get_config()\n"
        "c.InteractiveShellApp.exec_lines = ['raise SystemExit']\n"
        "c.InlineBackend.figure_formats = {'png'}\n",
        ".jupyter/jupyter_config.py": "raise SystemExit('jupyter')\n",
        ".jupyter/jupyter_nbconvert_config.py": "raise SystemExit('nbconvert')\n",
        "kernels/python3/kernel.json": json.dumps(
            {"argv": ["false"], "display_name": "Python 3", "language": "python"}
        ),
        "debut.py": "print('PYTHONSTARTUP')\nraise SystemExit\n",
        "charts": "text.usetex: True\nfont.family: Comic Sans MS\nsvg.fonttype: path\n"
        "savefig.bbox: tight\nlines.linewidth: 5\naxes.prop_cycle: cycler(color=['red'])\n"
        "figure.facecolor: yellow\naxes.grid: True\nbad key: 1\n",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return {
        "HOME": str(home), "USERPROFILE": str(home), "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"), "JUPYTER_PATH": str(home),
        "JUPYTER_DATA_DIR": str(home), "MATPLOTLIBRC": str(home / "charts"),
        "PYTHONSTARTUP": str(home / "debut.py"), "PYTHONWARNINGS": "always", "NO_COLOR": "1",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "pdf", "DUCKDB_NO_THREADS": "1", "PYTHONUTF8": "0",
    }  # fmt: skip


def run(place: Path, name: str, umask: int, **environment: str) -> Done:
    """The small year in a project of its own, with a previous year and a sealed edition."""
    here = place / name
    project(here / "projet")
    shutil.copy(ROOT / "requirements.lock", here / "projet")
    write_small(here / "données")
    (here / "horloge").mkdir()
    (here / "horloge" / "sitecustomize.py").write_text(CLOCK, encoding="utf-8")
    cwd = here / "projet" / environment.pop("sous", ".")
    cwd.mkdir(exist_ok=True)
    before = os.umask(umask)
    try:
        return spaser(
            *("run", "2024", "--edition"),
            *("--data", here / "données", "--reports", here / "rapports"),
            cwd=cwd, **environment, SPASER_CACHE="", PYTHONPATH=os.pathsep.join(
                [str(here / "horloge"), *filter(None, [os.environ.get("PYTHONPATH")])]),
        )  # fmt: skip
    finally:
        os.umask(before)


@pytest.fixture(scope="session")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same year by two people who have nothing in common but its inputs."""

    def build(place: Path) -> Done:
        first = run(
            place, "a", 0o022, AUTRE_DATE="2025-02-28T23:59:50+00:00", TZ="Pacific/Kiritimati",
            LC_ALL="C", LANG="C", PYTHONHASHSEED="1", COLUMNS="40", USER="zoe", HOME=str(place),
        )  # fmt: skip
        second = run(
            place, "chemin bien plus long/b é", 0o077, AUTRE_DATE="2031-12-31T12:00:00+00:00",
            TZ="America/Noronha", LC_ALL="C.UTF-8", LANG="fr_FR.UTF-8", PYTHONHASHSEED="4242",
            COLUMNS="200", USER="anatole", sous="notebooks", **own_settings(place / "chez"),
        )  # fmt: skip
        return first if first.code else second

    return once(tmp_path_factory, "twice", build)


@pytest.fixture(scope="session")
def reports(twice: Made) -> tuple[Path, Path]:
    places = twice.place / "a", twice.place / "chemin bien plus long" / "b é"
    first, second = (place / "rapports" / "2024" for place in places)
    return first, second


def test_the_clocks_were_really_different(reports: tuple[Path, Path]) -> None:
    ends = [json.loads((r / JOURNAL).read_text(encoding="utf-8"))["fin"] for r in reports]
    assert [end[:4] for end in ends] == ["2025", "2031"]


def test_every_file_but_the_journal_is_the_same(reports: tuple[Path, Path]) -> None:
    first, second = map(snapshot, reports)
    assert first.keys() == second.keys()
    differ = {name for name in first if first[name] != second[name]}
    assert {name.rsplit("/", 1)[-1] for name in differ} <= {JOURNAL}


def test_no_file_knows_where_when_or_by_whom_it_was_made(reports: tuple[Path, Path]) -> None:
    for report in reports:
        for path in sorted(report.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                assert str(report.parents[1]).encode() not in content, path.name
                assert b"anatole" not in content, path.name
                assert path.name == JOURNAL or b"2031-12-31" not in content, path.name
