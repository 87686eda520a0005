"""The year as a picture: what a link to a page of the report shows (synthese.png and .svg).

Drawn by matplotlib alone, with the typeface that it ships: same figures, same bytes.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from spaser.plaintext import writable
from spaser.report import essentiel, french, lines
from spaser.report.edition import Edition
from spaser.report.svg import settings

PNG, SVG = "synthese.png", "synthese.svg"
WIDTH, HEIGHT = 1200, 630  # pixels: what readers of links ask for
_DPI = 100
_NIGHT, _GOLD, _PALE = "#4a1428", "#c9a24b", "#f3e6cf"
_LEFT, _COLUMN = 70, 205  # pixels
_TITLE = 44  # characters to a line of the title


def write(folder: Path, edition: Edition) -> None:
    """Write the picture of an edition in its folder, as PNG and as SVG."""
    with mpl.rc_context(settings() | {"svg.hashsalt": SVG}):
        figure = _drawn(edition)
        figure.savefig(folder / PNG, dpi=_DPI, metadata={"Software": None})
        figure.savefig(
            folder / SVG, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    text = (folder / SVG).read_text(encoding="utf-8")
    text = re.sub(r"'DejaVu Sans'(?!,)", "'DejaVu Sans', Verdana, sans-serif", text)
    (folder / SVG).write_text(text, encoding="utf-8", newline="\n")


def _drawn(edition: Edition) -> Figure:
    """Who and when at the top, a line of verdicts for each kind of target, the date below."""
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), facecolor=_NIGHT)
    scheme, year = edition.scheme, edition.year

    def say(
        x: float, y: float, text: str, size: float, colour: str = "white", weight: str = "normal"
    ) -> None:
        place = (x / WIDTH, 1 - y / HEIGHT)
        figure.text(*place, writable(text), fontsize=size, color=colour, weight=weight)

    say(_LEFT, 78, f"{scheme.sigle}  ·  {scheme.collectivite}", 17, _PALE, weight="bold")
    for rank, text in enumerate(_wrapped(scheme.titre)):
        say(_LEFT, 140 + 50 * rank, text, 26, weight="bold")
    say(_LEFT, 290, f"Suivi annuel {year.annee}", 21, _GOLD, weight="bold")
    kinds = [k for k in essentiel.tally(lines.every(edition)) if k.statut]
    for rank, kind in enumerate(kinds):
        y = 352 + 72 * rank
        say(_LEFT, y, kind.dit, 15, _PALE)
        for place, share in enumerate(kind.parts[:5]):
            said = f"{share.sign} {french.number(share.nombre)}"
            say(_LEFT + _COLUMN * place, y + 34, said, 18, weight="bold")
            say(_LEFT + _COLUMN * place + 20 + 13 * len(said), y + 34, share.verdict, 11, _PALE)
    if not kinds:
        say(_LEFT, 370, "Aucune cible ne se juge cette année.", 18)
    notes = ["Données de démonstration : marchés fictifs"] * edition.demonstration
    notes += ["Année incomplète"] * bool(edition.reserves)
    notes.append(f"Édition du {french.date(year.date_edition)}")
    say(_LEFT, 596, "  ·  ".join(notes), 13, _GOLD)
    return figure


def _wrapped(title: str) -> list[str]:
    """A title on two lines at most."""
    return textwrap.wrap(title, _TITLE, max_lines=2, placeholder=" …")
