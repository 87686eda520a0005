"""graphiques/: every chart of the report as SVG and PNG, each whole on a slide.

A picture has its title above the drawing; below it, what the marks mean and where it comes from.
The SVG holds the drawing of the page, and the PNG is the same figure: nothing is drawn twice over,
in one run or (`dessins.py`) in the next.  They are written where `run` makes the pages; a notebook
opened by hand writes nothing.
"""

from __future__ import annotations

import functools
import os
import re
import textwrap
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup, escape

from spaser.plaintext import writable
from spaser.report import dessins, french, svg
from spaser.report.edition import Edition
from spaser.report.fragment import IN_A_PAGE

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

FOLDER = "graphiques"
_DPI = 160
_MARGIN = 9.0  # points, on every side
_TITLE, _NOTE = (9.0, 11.5), (6.0, 8.0)  # points: size, from line to line
_INK, _SOFT = "#2b2622", "#5f554b"
_FACES = "'DejaVu Sans', Verdana, sans-serif"
_RASTER = {"text.hinting": "none", "text.hinting_factor": 1}  # large enough not to need it
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


class Picture(NamedTuple):
    """A chart to draw, alone or on a page.

    `nom` is its own name, which begins with the code of its indicator, and that of its files;
    `titre` says what it shows, `dessin` draws the figure, `legende` says what its marks mean;
    `cut` is whether what goes beyond the axes is left out.
    """

    nom: str
    titre: str
    dessin: Callable[[], Figure]
    legende: str = ""
    cut: bool = False


def source(edition: Edition) -> str:
    """Where a picture comes from, in a line."""
    scheme, year = edition.scheme, edition.year
    notes = [
        f"Source : {scheme.sigle} {year.annee}, {scheme.collectivite}",
        f"édition du {french.date(year.date_edition)}",
        scheme.licence,
    ]
    notes += ["données de démonstration, fictives"] * edition.demonstration
    notes += ["année incomplète"] * bool(edition.reserves)
    return " ; ".join(notes) + "."


def drawn(edition: Edition, picture: Picture) -> Markup:
    """The drawing of a chart for a page; in a notebook of `run`, its files in graphiques/ too.

    Args:
        edition: whose report it is.
        picture: the chart.
    """
    if IN_A_PAGE not in os.environ:
        return svg.inline(picture.dessin(), picture.nom, cut=picture.cut)
    return kept(edition, picture, dessins.of_a_kernel())


def kept(edition: Edition, picture: Picture, charts: Path | None) -> Markup:
    """The same, and its files in graphiques/ wherever it is drawn.

    Args:
        edition: whose report it is.
        picture: the chart.
        charts: where charts drawn before are kept; None where nothing is.
    """
    place = _place(edition, picture, charts)
    if (made := dessins.read(place)) is None:
        made = _made(edition, picture)
        dessins.keep(place, made)
    folder = edition.folder / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / f"{picture.nom}.svg").write_bytes(made.svg)
    (folder / f"{picture.nom}.png").write_bytes(made.png)
    return Markup(made.page.decode())


def ahead(edition: Edition, picture: Picture, charts: Path | None) -> None:
    """Draw a chart where a notebook under way will look for it, unless it has come to it already.

    Args:
        edition: whose report it is.
        picture: the chart.
        charts: where the kernel of the notebook takes charts drawn before.
    """
    place = _place(edition, picture, charts)
    written = edition.folder / FOLDER / f"{picture.nom}.svg"
    if place and not place.exists() and not written.exists():
        dessins.keep(place, _made(edition, picture))


def _place(edition: Edition, picture: Picture, charts: Path | None) -> Path | None:
    words = (picture.nom, picture.titre, *_notes(edition, picture), "cut" * picture.cut)
    return dessins.place(charts, picture.dessin, *words)


def _notes(edition: Edition, picture: Picture) -> list[str]:
    return [x for x in (picture.legende, source(edition)) if x]


def _made(edition: Edition, picture: Picture) -> dessins.Drawn:
    """A chart for a page, and as two pictures of its own: a title, a drawing, some notes."""
    nom, titre, dessin, _, cut = picture
    notes, figure = _notes(edition, picture), dessin()
    drawing = svg.inline(figure, nom, cut=cut)
    width, height = (float(72 * x) for x in figure.get_size_inches())
    heads = textwrap.wrap(writable(titre), int(width / (0.62 * _TITLE[0]))) or [""]
    feet = [x for n in notes for x in textwrap.wrap(writable(n), int(width / (0.56 * _NOTE[0])))]
    alone = _svg(titre, drawing, (width, height), heads, feet)
    return dessins.Drawn(drawing.encode(), alone.encode(), _png(figure, tuple(heads), tuple(feet)))


def _png(figure: Figure, heads: tuple[str, ...], feet: tuple[str, ...]) -> bytes:
    """The figure between its words; those that many pictures share are drawn once."""
    import numpy as np
    from PIL import Image

    figure.patch.set(visible=True, facecolor="white")
    with svg.styled(_RASTER):
        middle = _pixels(figure)
    width = middle.shape[1] / _DPI
    parts = [_words(heads, width, _TITLE, _INK, "bold"), middle]
    parts.append(_words(feet, width, _NOTE, _SOFT, "normal"))
    whole = np.concatenate([p[:, : middle.shape[1]] for p in parts])
    edge = round(_MARGIN * _DPI / 72)
    whole = np.pad(whole, ((edge, edge), (edge, 2 * edge), (0, 0)), constant_values=255)
    # Without a channel of transparency, which is the same all over; a level more packs no better.
    buffer = BytesIO()
    Image.fromarray(whole).save(buffer, "png", dpi=(_DPI, _DPI), compress_level=3)
    return buffer.getvalue()


def _pixels(figure: Figure) -> NDArray[Any]:
    """A figure as red, green and blue."""
    import warnings

    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(_DPI)
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3]


@functools.lru_cache(maxsize=64)
def _words(
    lines: tuple[str, ...], width: float, size: tuple[float, float], colour: str, weight: str
) -> NDArray[Any]:
    """Lines of text on a ground of a width in inches."""
    from matplotlib.figure import Figure

    height = max(len(lines), 1) * size[1] / 72
    with svg.styled(_RASTER):
        figure = Figure(figsize=(width, height), facecolor="white")
        for rank, line in enumerate(lines):
            place = (0, 1 - (rank * size[1] + size[0]) / (72 * height))
            figure.text(*place, line, fontsize=size[0], color=colour, weight=weight)
        return _pixels(figure)


def _svg(
    titre: str, drawing: Markup, size: tuple[float, float], heads: list[str], feet: list[str]
) -> str:
    """A drawing of the page as a file of its own, with its words around."""
    width, height = size
    box = _BOX.search(drawing)
    assert box  # every drawing has one
    above, below = len(heads) * _TITLE[1], len(feet) * _NOTE[1]
    whole = (width + 3 * _MARGIN, height + above + below + 2 * _MARGIN)
    inside = str(drawing).replace(
        '<svg class="graphique"',
        f'<svg x="{_MARGIN:g}" y="{_MARGIN + above:g}" width="{width:g}" height="{height:g}" '
        f'font-size="9px" fill="{_INK}" '
        'overflow="visible"',
        1,
    )
    texts = [
        *_texts(heads, _MARGIN + _TITLE[0], _TITLE, _INK, "bold"),
        *_texts(feet, _MARGIN + above + height + _NOTE[1], _NOTE, _SOFT, "normal"),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]:g} {whole[1]:g}" '
        f'width="{whole[0]:g}" height="{whole[1]:g}" font-family="{_FACES}" role="img">'
        f"<title>{escape(writable(titre))}</title>"
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(texts)}{inside}</svg>\n'
    )


def _texts(
    lines: list[str], y: float, size: tuple[float, float], colour: str, weight: str
) -> list[str]:
    return [
        f'<text x="{_MARGIN:g}" y="{y + rank * size[1]:g}" font-size="{size[0]:g}" '
        f'font-weight="{weight}" fill="{colour}">{escape(line)}</text>'
        for rank, line in enumerate(lines)
    ]
