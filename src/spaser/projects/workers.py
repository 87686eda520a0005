"""Jobs spread over processes: one that dies takes its own project down, and no other.

A process is kept from one project to the next: importing the libraries takes longer than many
a report.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from spaser import interruption
from spaser.projects import job
from spaser.projects.job import Job, ProjectResult

_PATIENCE = 5.0  # seconds left to a process to put its reports right
_CONTEXT = multiprocessing.get_context("spawn")  # a process without our threads nor open files


def processors() -> int:
    """The processors that this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    jobs: Sequence[Job], count: int, tell: Callable[[Job, str], None]
) -> Generator[list[ProjectResult], None, None]:
    """The results of each job, in the order in which they end.

    Args:
        jobs: projects and their years.
        count: how many run at once.
        tell: told of each stage of a job that runs.
    """
    waiting = deque(jobs)
    workers: dict[Connection, _Worker] = {}

    def end() -> None:
        for worker in workers.values():
            worker.process.terminate()

    with interruption.ending(end):
        try:
            while waiting or workers:
                while waiting and len(workers) < count:
                    worker = _Worker()
                    workers[worker.pipe] = worker
                    worker.take(waiting.popleft())
                for pipe in wait(list(workers)):
                    assert isinstance(pipe, Connection)
                    worker = workers[pipe]
                    message = worker.receive()
                    if isinstance(message, str):
                        tell(worker.job, message)
                        continue
                    yield message
                    if waiting and worker.alive:
                        worker.take(waiting.popleft())
                    else:
                        del workers[pipe]
                        worker.leave()
        finally:
            for worker in workers.values():
                worker.stop()


class _Worker:
    """A process that runs jobs, and our end of the pipe to it."""

    def __init__(self) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=job.serve, args=(theirs,))
        self.process.start()
        theirs.close()
        self.alive = True

    def take(self, what: Job) -> None:
        """Give it a job; a process that has just died says so when it is listened to."""
        self.job = what
        with contextlib.suppress(OSError):
            self.pipe.send(what)

    def receive(self) -> Any:
        """A stage (text), or the results of its job: of a process that died, one failure."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(_PATIENCE)
            self.alive = False
            code = self.process.exitcode
            why = (
                "processus tué (signal 9), ce que fait le système quand la mémoire est pleine ; "
                "remède : moins de processus à la fois (--processus)"
                if code == -9
                else f"le processus s'est arrêté (code {code}) ; remède : relancer"
            )
            return [ProjectResult(self.job.projet.nom, self.job.annees[0], job.ANOMALIE, why, 0.0)]

    def leave(self) -> None:
        """Let it end: nothing more will be asked."""
        self.pipe.close()
        self.process.join(_PATIENCE)

    def stop(self) -> None:
        """Have it end now, its reports put right."""
        self.process.terminate()
        self.process.join(_PATIENCE)
        self.process.kill()
        self.pipe.close()
