"""The year as a picture: what a link to a page of the report shows (synthese.png and .svg).

Drawn by matplotlib alone, with the typeface that it ships: same figures, same bytes.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spaser.plaintext import writable
from spaser.report import dessins, essentiel, french, lines
from spaser.report.edition import Edition
from spaser.report.fragment import IN_A_PAGE
from spaser.report.svg import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG, SVG = "synthese.png", "synthese.svg"
WIDTH, HEIGHT = 1200, 630  # pixels: what readers of links ask for
_DPI = 100
_NIGHT, _GOLD, _PALE = "#4a1428", "#c9a24b", "#f3e6cf"
_LEFT, _COLUMN = 70, 205  # pixels
_TITLE = 44  # characters to a line of the title


class PlacedText(NamedTuple):
    """A text of the picture: its place in pixels from the top left, its look."""

    x: float
    y: float
    text: str
    size: float
    colour: str = "white"
    weight: str = "normal"


def keep(edition: Edition) -> None:
    """Write the picture in the folder of an edition, in a notebook of `run`: the cover's cell does,
    where matplotlib is at hand."""
    if IN_A_PAGE in os.environ:
        write(edition.folder, edition)


def write(folder: Path, edition: Edition) -> None:
    """Write the picture of an edition in its folder, as PNG and as SVG."""
    draw = partial(drawn, _words(edition))
    place = dessins.place(dessins.of_a_kernel(), draw, SVG)
    if (made := dessins.read(place)) is None:
        made = _made(draw())
        dessins.keep(place, made)
    (folder / PNG).write_bytes(made.png)
    (folder / SVG).write_bytes(made.svg)


def _made(figure: Figure) -> dessins.Drawn:
    png, svg = BytesIO(), BytesIO()
    with styled({"svg.hashsalt": SVG}):
        figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
        figure.savefig(
            svg, format="svg",
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )  # fmt: skip
    text = re.sub(
        r"'DejaVu Sans'(?!,)", "'DejaVu Sans', Verdana, sans-serif", svg.getvalue().decode()
    )
    return dessins.Drawn(b"", text.encode(), png.getvalue())


def drawn(words: Sequence[PlacedText]) -> Figure:
    """The picture of some words on its ground."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), facecolor=_NIGHT)
        for x, y, text, size, colour, weight in words:
            place = (x / WIDTH, 1 - y / HEIGHT)
            figure.text(*place, writable(text), fontsize=size, color=colour, weight=weight)
        return figure


def _words(edition: Edition) -> list[PlacedText]:
    """Who and when at the top, a line of verdicts for each kind of target, the date below."""
    scheme, year = edition.scheme, edition.year
    texts = [PlacedText(_LEFT, 78, f"{scheme.sigle}  ·  {scheme.collectivite}", 17, _PALE, "bold")]
    for rank, text in enumerate(_wrapped(scheme.titre)):
        texts.append(PlacedText(_LEFT, 140 + 50 * rank, text, 26, weight="bold"))
    texts.append(PlacedText(_LEFT, 290, f"Suivi annuel {year.annee}", 21, _GOLD, "bold"))
    kinds = [k for k in essentiel.tally(lines.every(edition)) if k.statut]
    for rank, kind in enumerate(kinds):
        y = 352 + 72 * rank
        texts.append(PlacedText(_LEFT, y, kind.dit, 15, _PALE))
        for place, share in enumerate(kind.parts[:5]):
            count = f"{share.sign} {french.number(share.nombre)}"
            x = _LEFT + _COLUMN * place
            texts.append(PlacedText(x, y + 34, count, 18, weight="bold"))
            texts.append(PlacedText(x + 20 + 13 * len(count), y + 34, share.verdict, 11, _PALE))
    if not kinds:
        texts.append(PlacedText(_LEFT, 370, "Aucune cible ne se juge cette année.", 18))
    notes = ["Données de démonstration : marchés fictifs"] * edition.demonstration
    notes += ["Année incomplète"] * bool(edition.reserves)
    notes.append(f"Édition du {french.date(year.date_edition)}")
    texts.append(PlacedText(_LEFT, 596, "  ·  ".join(notes), 13, _GOLD))
    return texts


def _wrapped(title: str) -> list[str]:
    """A title on two lines at most."""
    return textwrap.wrap(title, _TITLE, max_lines=2, placeholder=" …")
