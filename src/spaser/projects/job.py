"""One project in a process of its own: its years run in order, and how each ended."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import NamedTuple

from spaser import faults, interruption
from spaser.errors import GateStopped, UserError
from spaser.projects.folders import Project

PUBLIE, INCHANGE = "rapport publié", "rien n'a changé"
ARRETE, REFUSE, ANOMALIE = "arrêté par le contrôle", "à corriger", "anomalie du logiciel"
CODES = {PUBLIE: 0, INCHANGE: 0, ARRETE: 3, REFUSE: 2, ANOMALIE: 1}


class ProjectResult(NamedTuple):
    """How a year of a project ended: its state, why when it failed, the seconds that it took."""

    projet: str
    annee: int
    etat: str
    pourquoi: str
    secondes: float

    @property
    def code(self) -> int:
        """The exit code that `spaser run` would have had."""
        return CODES[self.etat]


class Job(NamedTuple):
    """A project to run, its years, and the options of `run`."""

    projet: Project
    annees: tuple[int, ...]
    force: bool = False
    scelle: bool = False
    pdf: bool = False


Tell = Callable[[str], None]


def serve(pipe: Connection) -> None:
    """Run each job that comes through a pipe, and send back its stages, then its results.

    Ends when nothing more can come: the program that asks is gone.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # between two jobs there is nothing to put right
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: os._exit(interruption.CODE))
    while True:
        try:
            job: Job = pipe.recv()
        except EOFError:
            return
        try:
            with interruption.watched():
                results = list(run(job, _teller(pipe)))
        except KeyboardInterrupt:
            os._exit(interruption.CODE)
        pipe.send(results)


def _teller(pipe: Connection) -> Tell:
    def tell(text: str) -> None:
        try:
            pipe.send(text)
        except OSError:  # nobody listens any more: stop, and leave nothing behind
            raise KeyboardInterrupt from None

    return tell


def run(job: Job, tell: Tell) -> Iterator[ProjectResult]:
    """The years of a project, until one fails: the next would have nothing to compare with."""
    for annee in job.annees:
        start = time.monotonic()
        etat, why = _year(job, annee, tell)
        yield ProjectResult(job.projet.nom, annee, etat, why, round(time.monotonic() - start, 1))
        if CODES[etat]:
            return


def _year(job: Job, annee: int, tell: Tell) -> tuple[str, str]:
    """Run a year as `spaser run` does; gives its state, and why it failed."""
    from spaser.pipeline import run as stages
    from spaser.pipeline.progress import Progress

    progress = Progress(stage=lambda name: tell(f"{annee}, {name.lower()}"))
    where = job.projet.places(annee)
    try:
        final = stages.run(annee, where, progress, force=job.force, seal=job.scelle)
        if job.pdf:
            from spaser.report import pdf

            pdf.write(where.reports / str(annee))
        return (INCHANGE if final is None else PUBLIE), ""
    except GateStopped as stop:
        return ARRETE, "\n".join([*stop.motifs, f"Détail : {stop.controle / 'qualite.html'}"])
    except UserError as error:
        return REFUSE, str(error)
    except Exception as error:
        if fault := faults.explained(error):
            return REFUSE, str(fault)
        return ANOMALIE, traceback.format_exc()
