"""What a cell of a notebook gives: a piece of a page, and the table and the charts that made it.

In a page of `run` the piece is bare, for the page has the style; anywhere else (JupyterLab,
papermill by hand) its style travels with it, and touches nothing around it.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from spaser.report.edition import Edition

PAGE = Path(__file__).parent / "page"
SHOWS = "spaser"  # the metadata of an output that say what it shows
IN_A_PAGE = "SPASER_PAGE"  # set in the kernels of `run`: the page brings the style
_RESET = (  # what JupyterLab gives to every table and heading of an output
    "table{table-layout:auto;border:0;margin:0}tr,tbody tr:nth-child(n){background:none}"
    "h1,h2,h3,h4{color:inherit}"
)
_ROOTS = re.compile(r"(?<![^{}])(?::root|body)(?=\{)")
_FOLDS = re.compile(r'("[^"]*")|/\*.*?\*/|\s*([{};,])\s*|(?<=:)\s+', re.DOTALL)


class Panel(NamedTuple):
    """A chart on a page.

    Attributes:
        code: the indicator that it draws.
        titre: what stands above it.
        nom: its own name, unique in the report.
        svg: the drawing, inline.
        alt: the sentence that tells it.
        dessin: draws it again, as a matplotlib figure.
    """

    code: str
    titre: str
    nom: str
    svg: Markup
    alt: str
    dessin: Callable[[], Figure]


def panel(
    edition: Edition,
    code: str,
    titre: str,
    nom: str,
    alt: str,
    dessin: Callable[[], Figure],
    *,
    seul: str = "",
    legende: str = "",
) -> Panel:
    """Draw a chart for a page, and as a picture of its own where `run` makes the page.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        code: the code of the indicator, or of the ambition, that it draws.
        titre: the title of the chart, which says what it finds.
        nom: a name for its parts, unlike any other on the page.
        alt: what it shows, for those who do not see it.
        dessin: draws the figure.
        seul: the title of the picture, where it is not that of the page.
        legende: what the picture says of its marks.
    """
    from spaser.report import images

    drawing = images.drawn(edition, images.Picture(nom, seul or titre, dessin, legende))
    return Panel(code, titre, nom, drawing, alt, dessin)


class Graphiques(Mapping[str, "Figure"]):
    """The charts of a fragment by name, each a matplotlib figure made when it is asked for.

    What is done to a figure is seen where its fragment is shown afterwards.
    """

    def __init__(self, panels: Iterable[Panel] = ()) -> None:
        self._panels = {p.nom: p for p in panels}
        self._figures: dict[str, Figure] = {}

    def __getitem__(self, nom: str) -> Figure:
        if nom not in self._figures:
            self._figures[nom] = self._panels[nom].dessin()
        return self._figures[nom]

    def __iter__(self) -> Iterator[str]:
        return iter(self._panels)

    def __len__(self) -> int:
        return len(self._panels)

    def __repr__(self) -> str:
        return f"<graphiques : {', '.join(self) or 'aucun'}>"

    def redrawn(self, html: str) -> str:
        """A fragment with the figures that were asked for as they are now."""
        from spaser.report import svg

        for nom, figure in self._figures.items():
            html = html.replace(self._panels[nom].svg, svg.inline(figure, nom))
        return html


class Fragment:
    """A piece of a page; a notebook shows it as HTML, and never as an object's address.

    Args:
        shows: what it is a piece of: «rapport_socle», «rapport_ambition ECO1».
        html: the piece, every text escaped.
        tableau: makes the table of `tableau`, for a piece that has one.
        panels: the charts in the piece.
    """

    def __init__(
        self,
        shows: str,
        html: str,
        tableau: Callable[[], DataFrame] | None = None,
        panels: Iterable[Panel] = (),
    ) -> None:
        self.shows, self.html = shows, html
        self._tableau, self.graphiques = tableau, Graphiques(panels)

    @functools.cached_property
    def tableau(self) -> DataFrame:
        """The rows that the piece is made of (see `frames` for the types of columns).

        Raises:
            AttributeError: it is made of none.
        """
        if self._tableau is None:
            raise AttributeError(f"{self.shows} n'a pas de tableau")
        return self._tableau()

    def giving(
        self, tableau: Callable[[], DataFrame] | None = None, panels: Iterable[Panel] = ()
    ) -> Fragment:
        """The same piece, with its table and its charts."""
        return Fragment(self.shows, self.html, tableau, panels)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, str]]:
        html = self.graphiques.redrawn(self.html)
        if IN_A_PAGE not in os.environ:
            html = f'<div class="spaser"><style>{style()}</style>\n{html}</div>'
        return {"text/html": html, "text/plain": repr(self)}, {SHOWS: self.shows}

    def __repr__(self) -> str:
        return f"<{self.shows}>"


@functools.cache
def sheet(name: str) -> str:
    """A style sheet of page/ without comment or blank, as pages carry it; empty if there is none.

    Args:
        name: the name of the file, without its ending.
    """
    path = PAGE / f"{name}.css"
    rules = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return _FOLDS.sub(lambda m: m[1] or m[2] or "", rules).replace(";}", "}")


@functools.cache
def style() -> str:
    """The style of the pages, for what stands in an element of class `spaser` alone.

    The class stands three times in each selector, so that it outweighs the notebook's own style.
    """
    rules = _ROOTS.sub("&", sheet("page"))
    return f".spaser.spaser.spaser{{{_RESET}\n{rules}\n}}"
