"""Earlier years recounted with today's files, to list what has moved since they were published.

The published value stays the one that is shown; a recount only says that it would differ now,
and why.  Nothing is recounted when nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from spaser.figures import catalogue, indicators, series
from spaser.figures.chiffres import Chiffre
from spaser.figures.series import YearRevision
from spaser.figures.years import PublishedYear
from spaser.pipeline import collect
from spaser.pipeline.places import is_demonstration
from spaser.publishing import scratch
from spaser.publishing.provenance import Inputs
from spaser.settings import demonstration, params


def revisions(
    past: Sequence[PublishedYear], root: Path, data: Path, params_: Path, known: Path | None = None
) -> Iterator[YearRevision]:
    """The figures of each earlier year that its files would give otherwise today.

    The files of an earlier year are those of the folder beside this year's that bears its name.

    Args:
        past: the earlier years that are published, oldest first.
        root: the project's folder.
        data: the folder of this year's files; those of an earlier year lie beside it.
        params_: the folder of params.
        known: where what suites have said before is kept.

    Raises:
        UserError: a file of that year needs mending, as when that year is run.
    """
    for one in past:
        folder = data.parent / str(one.annee)
        if not folder.is_dir():
            continue
        now = Inputs(root, folder, params_, one.annee).digests()
        if cause := series.changed(one, now):
            yield from series.revisions(
                one, figures(one.annee, root, folder, params_, known), cause
            )


def figures(
    annee: int, root: Path, data: Path, params_: Path, known: Path | None = None
) -> list[Chiffre]:
    """The figures of a year, computed and not published.

    Args:
        annee: the year.
        root: the project's folder.
        data: the folder of the year's files.
        params_: the folder of params.
        known: where what suites have said before is kept.
    """
    written = params.load(params_, annee)
    setting = demonstration.setting(written, demonstration=is_demonstration(data))
    book = catalogue.load(setting, known=known)
    collected = collect.accept(*collect.read(setting, data, root), setting, root, book, known=known)
    with scratch.folder("recomptage") as place:
        return indicators.compute(
            book, setting, collected.rows, place, {}, collected.fournies, beside=False
        ).chiffres
