"""What an executed notebook shows, held against what the scheme asks: nothing else is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spaser.errors import UserError
from spaser.report import SHOWS, cells
from spaser.settings.scheme import Scheme

if TYPE_CHECKING:
    from nbformat import NotebookNode

_REMEDY = "spaser notebooks remet les cellules du schéma à leur place et garde les vôtres"


class Shown(NamedTuple):
    """An output: what it shows, the number of its cell, the last heading of each level above."""

    what: str
    cell: int
    headings: dict[str, str]


def check(name: str, notebook: NotebookNode, scheme: Scheme, path: Path) -> None:
    """Refuse a notebook that does not show what the scheme asks, once each and in order.

    Args:
        name: 1_qualite, 2_indicateurs or 3_rapport.
        notebook: the notebook as executed.
        scheme: axes and ambitions, the one place of titles.
        path: its file, for the message.

    Raises:
        UserError: a cell is missing, shows something else, stands twice, out of order or under
            the heading of another.
    """
    asked = [c for c in cells.asked(name, scheme) if c.shows]
    outputs = [s for s in shown(notebook) if s.what in {c.shows for c in asked}]
    for cell, output in zip(asked, outputs, strict=False):
        if cell.shows != output.what:
            raise UserError(
                "le notebook ne montre pas ce que le schéma demande à cette place",
                lieu=f"{path}, cellule {output.cell}",
                valeur=f"montre « {_call(output.what)} », attendu : {cell.source.splitlines()[-1]}",
                remede=_REMEDY,
            )
    if len(outputs) > len(asked):
        again = outputs[len(asked)]
        raise UserError(
            "le notebook montre deux fois la même chose",
            lieu=f"{path}, cellule {again.cell}",
            valeur=_call(again.what),
            remede="retirer cette cellule",
        )
    if len(outputs) < len(asked):
        raise UserError(
            "il manque une cellule du schéma dans le notebook, ou elle ne montre rien",
            lieu=str(path),
            valeur=asked[len(outputs)].source.splitlines()[-1],
            remede=_REMEDY,
        )
    _check_headings(outputs, scheme, path)


def _check_headings(outputs: list[Shown], scheme: Scheme, path: Path) -> None:
    titles = {
        f"_ambition {ambition.code}": ("### ", cells.subtitle(ambition))
        for axe in scheme.axes
        for ambition in axe.ambitions
    } | {f"_axe {axe.numero}": ("## ", cells.title(axe)) for axe in scheme.axes}
    for output in outputs:
        _, _, what = output.what.partition("_")
        level, title = titles.get(f"_{what}", ("", ""))
        if title and output.headings.get(level) != title:
            raise UserError(
                "le titre au-dessus de cette cellule n'est pas celui du schéma",
                lieu=f"{path}, cellule {output.cell}",
                valeur=output.headings.get(level, "aucun titre"),
                remede=f"écrire {title} ; {_REMEDY}",
            )


def shown(notebook: NotebookNode) -> Iterator[Shown]:
    """What the outputs of a notebook say that they show, in order."""
    headings: dict[str, str] = {}
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == cells.MARKDOWN:
            for line in map(str.strip, cell.source.splitlines()):
                for level in ("## ", "### "):
                    if line.startswith(level):
                        headings[level] = line
        for output in cell.get("outputs", ()):
            if what := output.get("metadata", {}).get(SHOWS):
                yield Shown(what, number, dict(headings))


def _call(what: str) -> str:
    return what.replace("_", ".", 1)
