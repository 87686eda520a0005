"""What a program costs: clock, processor time of it and of all that it starts, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Cost(NamedTuple):
    """Seconds by the clock, seconds of processor (kernels included), peak of one process in MiB."""

    clock: float
    processor: float
    peak: float


def cost(command: list[str], *, repeats: int = 1, statuses: tuple[int, ...] = (0,)) -> Cost:
    """The least of some runs in fresh processes; what a command says is dropped.

    Args:
        command: the words of a command, run in the project's folder.
        repeats: how many runs.
        statuses: the exit codes that are no failure.
    """
    every = [_once(command, statuses) for _ in range(repeats)]
    return Cost(*(min(values) for values in zip(*every, strict=True)))


def spaser(*words: str) -> list[str]:
    """A command of this package, in this environment."""
    return [sys.executable, "-m", "spaser", *words]


def python(program: str, *words: str) -> list[str]:
    """A program given as text."""
    return [sys.executable, "-c", program, *words]


def _once(command: list[str], statuses: tuple[int, ...]) -> Cost:
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    complaint = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in statuses:
        raise SystemExit(
            f"{' '.join(command)[:200]}: status {status}\n{complaint.decode()[-2000:]}"
        )
    return Cost(
        time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    )
