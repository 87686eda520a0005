"""A kernel that dies, a cell that never ends, a memory that fills, Ctrl-C: said, and soon."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from spaser import interruption
from spaser.errors import UserError
from spaser.pipeline import engine, kernels, notebooks

SOON = 15.0  # seconds, where two are the aim: a machine that runs other tests too is slow
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels that import nothing ahead: these notebooks need nothing."""
    monkeypatch.setattr(kernels, "_WARM", dict.fromkeys(notebooks.NAMES, "pass"))


def project(place: Path, **cells: str) -> Path:
    """Notebooks with a cell each, after the one of the parameters."""
    (place / "notebooks").mkdir(parents=True)
    for name, source in cells.items():
        content = {
            "cells": [
                _cell("parametres", "annee = 2024", tags=["parameters"]),
                _cell("essai", source),
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3",
                                        "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }  # fmt: skip
        path = place / "notebooks" / f"{NAMES[name]}.ipynb"
        path.write_text(json.dumps(content), encoding="utf-8")
    return place


NAMES = dict(zip(("un", "deux", "trois"), notebooks.NAMES, strict=True))


def _cell(name: str, source: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "id": name, "metadata": metadata, "outputs": [],
            "execution_count": None, "source": source}  # fmt: skip


def run(place: Path, names: tuple[str, ...]) -> list[str]:
    """Run the notebooks of a project; gives those that ended.  No kernel may be left."""
    engine.register()
    stage = place / "travail"
    stage.mkdir(exist_ok=True)
    ended = []
    before = set(psutil.Process().children(recursive=True))
    try:
        with kernels.kernels(names, stage) as warm:
            for name, _ in notebooks.together(
                names, place / "notebooks", stage, {"annee": 2025}, warm
            ):
                ended.append(name)
    finally:
        left = set(psutil.Process().children(recursive=True)) - before
        assert [p for p in left if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    return ended


def test_a_kernel_has_no_debugger_and_takes_no_module_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor has what was imported ahead left a name in its cells."""
    monkeypatch.setattr(kernels, "_WARM", dict.fromkeys(notebooks.NAMES, "import json"))
    asked = "import sys\nassert sys.modules['debugpy'] is None\nassert 'json' not in globals()"
    place = project(tmp_path, un=asked)
    (place / "travail").mkdir()
    for name in ("ipykernel.py", "tornado.py"):
        (place / "travail" / name).write_text("raise SystemExit('du dossier')")
    assert run(place, ("1_qualite",)) == ["1_qualite"]


KILLED = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
LIMITED = (
    "import resource\n"
    "resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))\n"
    "whole = bytearray(1 << 40)"
)
TALKING = "import time\nwhile True:\n    print('x' * {})\n    time.sleep(0.01)"
CASES = {
    "killed": (KILLED, "est mort", "signal 9"),
    "left": ("import os\nos._exit(3)", "est mort", "code 3"),
    "crashed": ("import ctypes\nctypes.string_at(0)", "est mort", "code -11"),
    "endless": ("while True:\n    pass", "ne finit pas", "3 secondes"),
    "deaf": ("import time\nwhile True:\n    try:\n        time.sleep(1)\n"
             "    except BaseException:\n        pass", "ne finit pas", "3 secondes"),
    "talking": (TALKING.format(1), "ne finit pas", "3 secondes"),
    "flooding": (TALKING.format(100_000), "est mort", "plus de 1 Mo affichés"),
    "memory": (LIMITED, "la mémoire est pleine", ""),
}  # fmt: skip


@POSIX
@pytest.mark.parametrize("case", CASES)
def test_what_stops_a_cell_names_notebook_and_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    source, what, value = CASES[case]
    monkeypatch.setattr(notebooks, "_TIMEOUT", 3)
    monkeypatch.setattr(engine, "MOST", 1 << 20)
    place = project(tmp_path, trois=source)
    start = time.monotonic()
    with pytest.raises(UserError) as stop:
        run(place, ("3_rapport",))
    assert time.monotonic() - start < SOON + 3
    message = str(stop.value)
    assert f"{place / 'notebooks' / '3_rapport.ipynb'}, cellule 2/2 : " in message
    assert what in message
    assert value in message
    assert "Remède : " in message


@POSIX
def test_a_kernel_that_cannot_start_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "modules"
    broken.mkdir()
    (broken / "ipykernel.py").write_text("raise SystemExit('plus de place')")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    place = project(tmp_path, un="pass")
    with pytest.raises(UserError) as stop:
        run(place, ("1_qualite",))
    message = str(stop.value)
    assert "1_qualite.ipynb, avant la première cellule : " in message
    assert "code 1, plus de place" in message


@POSIX
def test_a_kernel_that_dies_ends_the_other_notebooks(tmp_path: Path) -> None:
    place = project(tmp_path, un="import time\ntime.sleep(100)", trois=KILLED)
    start = time.monotonic()
    with pytest.raises(UserError, match="3_rapport"):
        run(place, ("1_qualite", "3_rapport"))
    assert time.monotonic() - start < SOON


@POSIX
def test_processes_of_a_cell_end_with_its_kernel(tmp_path: Path) -> None:
    source = (
        "import os, pathlib, signal, subprocess\nchild = subprocess.Popen(['sleep', '100'])\n"
        "pathlib.Path('enfant').write_text(str(child.pid))\n1 / 0"
    )
    place = project(tmp_path, un=source)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        run(place, ("1_qualite",))
    child = int((place / "travail" / "enfant").read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_without_unix_sockets_notebooks_run_over_tcp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def transport(_: str) -> str:
        used.append("tcp")
        return "tcp"

    monkeypatch.setattr(kernels, "_transport", transport)
    place = project(tmp_path, un="print(annee)", deux="print(annee)")
    assert sorted(run(place, ("1_qualite", "2_indicateurs"))) == ["1_qualite", "2_indicateurs"]
    executed = (place / "travail" / "notebooks" / "2_indicateurs.ipynb").read_text("utf-8")
    assert "2025\\n" in executed
    assert used == ["tcp", "tcp"]


def test_a_long_folder_and_windows_take_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels._transport("x" * 100) == "tcp"
    monkeypatch.setattr(kernels.os, "name", "nt")
    assert kernels._transport("x") == "tcp"


def test_without_process_groups_a_kernel_is_killed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = tmp_path / "travail"
    stage.mkdir()
    with kernels.kernels(("1_qualite",), stage) as warm:
        warm.take("1_qualite")
        with monkeypatch.context() as patch:
            patch.delattr(os, "killpg")
            patch.setattr(kernels.os, "name", "nt")
            warm.kill()
        patience = time.monotonic() + SOON
        while warm.death("1_qualite") is None and time.monotonic() < patience:
            time.sleep(0.05)
        assert warm.death("1_qualite")


# --- Ctrl-C -----------------------------------------------------------------------------------

NOTEBOOK = """
import sys
from pathlib import Path
from spaser import cli, interruption
from spaser.pipeline import engine, kernels, notebooks
place = Path(sys.argv[1])
def action(_):
    engine.register()
    with kernels.kernels(("1_qualite",), place) as warm:
        for _ in notebooks.together(("1_qualite",), place / "notebooks", place, {"annee": 1}, warm):
            pass
"""
BLOCKED = """
import hashlib
from spaser import cli, interruption
def action(_):
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 1 << 30)
"""
QUERY = """
from spaser import cli, interruption
from spaser.publishing import publication
from pathlib import Path
import sys, duckdb
def action(_):
    with publication.staging(Path(sys.argv[1]), "2024"):
        print("ready", flush=True)
        duckdb.connect().execute(
            "select count(*) from range(10000000) a, range(10000000) b where a.range * b.range = 3"
        ).fetchall()
"""
ENDING = """
import threading, time
from spaser import cli, interruption
def action(_):
    threading.Thread(target=time.sleep, args=(100,)).start()
    print("ready", flush=True)
    time.sleep(100)
"""
END = """
import argparse
try:
    with interruption.watched():
        cli._act(argparse.Namespace(action=action))
except SystemExit as end:
    raise
"""


def _as_a_terminal() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _stopped(
    program: str, place: Path, number: int, ready: Callable[[subprocess.Popen[str]], None]
) -> tuple[int, str, float]:
    """Start a program, wait until it is ready, stop it; gives its code, its words, the seconds."""
    with subprocess.Popen(
        [sys.executable, "-c", program + END, str(place)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        preexec_fn=_as_a_terminal,  # nohup and CI may have signals ignored
    ) as running:  # fmt: skip
        ready(running)
        start = time.monotonic()
        running.send_signal(number)
        _, err = running.communicate(timeout=60)
        return running.returncode, err, time.monotonic() - start


def _says_ready(running: subprocess.Popen[str]) -> None:
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "program", [BLOCKED, QUERY, ENDING], ids=["in a library", "in a query", "in a thread"]
)
def test_a_signal_is_obeyed_in_time_whatever_the_program_does(
    tmp_path: Path, number: int, program: str
) -> None:
    code, err, seconds = _stopped(program, tmp_path, number, _says_ready)
    assert code == interruption.CODE
    assert err.strip() == interruption.MESSAGE
    assert seconds < SOON
    assert list(tmp_path.glob("*-echec")) == []


@POSIX
def test_a_signal_during_a_cell_leaves_no_kernel(tmp_path: Path) -> None:
    place = project(
        tmp_path, un="import os, time\nopen('noyau', 'w').write(str(os.getpid()))\ntime.sleep(100)"
    )

    def ready(_: subprocess.Popen[str]) -> None:
        patience = time.monotonic() + 60
        while not (place / "noyau").exists() or not (place / "noyau").read_text():
            assert time.monotonic() < patience
            time.sleep(0.05)

    code, err, seconds = _stopped(NOTEBOOK, place, signal.SIGINT, ready)
    assert code == interruption.CODE
    assert err.strip() == interruption.MESSAGE
    assert seconds < SOON
    assert not psutil.pid_exists(int((place / "noyau").read_text()))


@POSIX
def test_a_signal_that_was_ignored_stays_ignored() -> None:
    program = (
        "import os, signal\nfrom spaser import interruption\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with interruption.watched():\n    os.kill(os.getpid(), signal.SIGHUP)\nprint('done')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interruption.watched():
        assert signal.getsignal(signal.SIGTERM) is interruption._interrupt
    assert signal.getsignal(signal.SIGTERM) is before
