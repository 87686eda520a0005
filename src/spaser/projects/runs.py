"""`spaser run ANNÉE --projets DOSSIER`: every project of a folder, and the page of them all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from spaser.errors import UserError
from spaser.projects import folders, job, sharing, workers
from spaser.projects.folders import Project
from spaser.projects.job import Job, ProjectResult
from spaser.publishing import lock
from spaser.report import french, projets

_SEVERITY = (0, 2, 3, 1)  # exit codes, the worst last: a bug above all


class Options(NamedTuple):
    """What `run` is asked for each project; `communs` is a folder of files to share."""

    annees: tuple[int, ...]
    communs: Path | None = None
    force: bool = False
    scelle: bool = False
    pdf: bool = False
    processus: int | None = None


class Listener(NamedTuple):
    """Who is told what: `note` a line that stays, `stage` what a project is at, `end` its end."""

    note: Callable[[str], None]
    stage: Callable[[str, str], None]
    end: Callable[[Sequence[ProjectResult], int, int], None]


def run(folder: Path, options: Options, watch: Listener) -> list[ProjectResult]:
    """Run every project under a folder; gives the result of each year, in order of project.

    Files common to all are those of `communs`, else of data/raw/YEAR of the folder.

    Args:
        folder: where the projects are.
        options: the years, and what `run` is asked for each project.
        watch: who is told of what happens.

    Raises:
        UserError: no project, a common file that cannot be shared, an index.html that is not ours.
    """
    projects, folder = folders.find(folder), folder.resolve()
    page = folder / projets.FILE
    if page.exists() and not projets.is_ours(page):
        raise UserError(
            "cette page n'est pas la liste des projets : elle serait écrasée",
            lieu=str(page),
            remede="lui donner un autre nom",
        )
    with lock.held(folder, watch.note):
        results = _refused(folder, projects, options, watch)
        jobs = [
            Job(p, options.annees, options.force, options.scelle, options.pdf)
            for p in projects
            if p.nom not in {r.projet for r in results}
        ]
        count = min(options.processus or workers.processors(), max(1, len(jobs)))
        done = 0
        for done, one in enumerate(results, start=1):
            watch.end([one], done, len(projects))
        running = workers.run(jobs, count, lambda j, text: watch.stage(j.projet.nom, text))
        with contextlib.closing(running):  # which ends the processes, whatever stops us
            for ended in running:
                done += 1
                watch.end(ended, done, len(projects))
                results += ended
        _write(page, projects, results)
    order = {p.nom: n for n, p in enumerate(projects)}
    return sorted(results, key=lambda r: (order[r.projet], r.annee))


def _refused(
    folder: Path, projects: Sequence[Project], options: Options, watch: Listener
) -> list[ProjectResult]:
    """Share the common files of each year; a failure for each project that cannot have its part."""
    refused: dict[str, ProjectResult] = {}
    for annee in options.annees:
        common = options.communs or folder / "data" / "raw" / str(annee)
        if options.communs is None and not common.is_dir():
            continue
        watch.note(f"{annee} : partage de {common} entre {french.plural(len(projects), 'projet')}")
        without = sharing.share(common, projects, annee, watch.note)
        for name, error in without.items():
            refused.setdefault(name, ProjectResult(name, annee, job.REFUSE, str(error), 0.0))
    return list(refused.values())


def _write(page: Path, projects: Sequence[Project], results: Sequence[ProjectResult]) -> None:
    """The page of all projects, put in place at once."""
    tried = {
        p.nom: [projets.Tried(r.annee, r.etat, not r.code) for r in results if r.projet == p.nom]
        for p in projects
    }
    text = projets.html([projets.line(p.root, p.nom, tried[p.nom]) for p in projects])
    fresh = page.with_name(f".{page.name}")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(page)


def worst(results: Sequence[ProjectResult]) -> int:
    """The exit code of all: of the worst of them."""
    return max((r.code for r in results), key=_SEVERITY.index, default=0)
