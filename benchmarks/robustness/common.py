"""What the parts share: real runs of a small year, processes left over, a table in Markdown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import pages  # noqa: E402
import psutil  # noqa: E402

PYTHON = (sys.executable, "-m", "spaser")
PATIENCE = 10.0  # seconds after which a process that is still there is left over


def year(place: Path) -> Path:
    """A small year and its report, sealed as edition 1; then one contract more is social."""
    pages.write_small(place / "data")
    done = pages.spaser(*words(place, "--edition"))
    assert done.code == 0, done.err
    pages.write_small(place / "data", pages.one_more_social())
    return place


def words(place: Path, *more: str, command: str = "run") -> tuple[str | Path, ...]:
    """A command on the small year."""
    return (command, "2024", "--data", place / "data", "--reports", place / "reports", *more)


@contextmanager
def started(program: Sequence[str | Path], mark: str) -> Iterator[subprocess.Popen[str]]:
    """A program whose processes, and those that it starts, carry a mark."""
    with subprocess.Popen(
        [*map(str, program)],
        cwd=ROOT,
        env={**os.environ, "SPASER_MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=_interruptible if os.name == "posix" else None,  # noqa: PLW1509
    ) as running:
        yield running


def _interruptible() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def left_running(mark: str) -> list[str]:
    """Processes of a mark that still run after some patience."""
    end = time.monotonic() + PATIENCE
    while alive := list(_marked(mark)):
        if time.monotonic() > end:
            return alive
        time.sleep(0.1)
    return []


def _marked(mark: str) -> Iterator[str]:
    for process in psutil.process_iter():
        try:
            if process.environ().get("SPASER_MARK") == mark:
                yield " ".join(process.cmdline())
        except psutil.Error:
            continue


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown, figures on the right."""
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
