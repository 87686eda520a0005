"""Charts: seaborn on one style, SVG with real text, readable in grey.

An entity is told by its shape and its place before its colour; the same figures always give
the same bytes (no clock, no random id).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import StringIO
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from markupsafe import Markup
from matplotlib.figure import Figure

from spaser.report import french

INK, GRID, TARGET = "#2b2622", "#ddd5c8", "#2b2622"
COLOURS = ("#1f4e79", "#a3541c", "#6b1f3a", "#2e6b34", "#595959")
MARKERS = ("o", "s", "D", "^", "v")
_STEP = 0.26  # between the marks of one line: two equal rates stay two marks
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "svg.fonttype": "none",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "ytick.major.size": 0,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


class Rate(NamedTuple):
    """One line of the chart: rates in percent by entity, and the target."""

    libelle: str
    cible: Decimal | None
    valeurs: Mapping[str, Decimal | None]


def rates(name: str, lines: Sequence[Rate]) -> Markup:
    """Each rate as a mark on a line from 0 to 100 %, the target as a bar across it."""
    entities = list(lines[0].valeurs)
    places = {e: _STEP * (n - (len(entities) - 1) / 2) for n, e in enumerate(entities)}
    frame = pd.DataFrame(
        [
            {"rang": rank, "place": rank + places[entity], "entite": entity, "valeur": float(value)}
            for rank, line in enumerate(lines)
            for entity, value in line.valeurs.items()
            if value is not None
        ]
    )
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(7.4, 0.78 * len(lines) + 0.95))
        axes = figure.subplots()
        for rank, line in enumerate(lines):
            if line.cible is not None:
                axes.plot(
                    [float(line.cible)] * 2,
                    [rank - 0.42, rank + 0.42],
                    color=TARGET,
                    linewidth=2.2,
                    solid_capstyle="butt",
                    zorder=2,
                )
        sns.scatterplot(
            frame,
            x="valeur",
            y="place",
            hue="entite",
            style="entite",
            hue_order=entities,
            style_order=entities,
            palette=list(COLOURS[: len(entities)]),
            markers=list(MARKERS[: len(entities)]),
            s=70,
            linewidth=0.8,
            edgecolor="white",
            ax=axes,
            zorder=3,
            legend=True,
        )
        for row in frame.itertuples():
            target = lines[row.rang].cible
            right = target is None or row.valeur >= target  # away from the target's bar
            axes.annotate(
                french.percent(row.valeur),
                (row.valeur, row.place),
                xytext=(7 if right else -7, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="center",
                fontsize=8,
            )
        axes.set(xlim=(-10, 111), ylim=(len(lines) - 0.4, -0.6), xlabel="", ylabel="")
        axes.set_yticks(range(len(lines)), [textwrap.fill(x.libelle, 42) for x in lines])
        axes.set_xticks(range(0, 101, 20), [f"{t}{french.NBSP}%" for t in range(0, 101, 20)])
        handles, labels = axes.get_legend_handles_labels()
        handles.append(
            mpl.lines.Line2D(
                [],
                [],
                color=TARGET,
                marker="|",
                linestyle="none",
                markersize=12,
                markeredgewidth=2.2,
            )
        )
        axes.legend(
            handles,
            [*labels, "cible de l'année"],
            loc="lower left",
            ncols=len(handles),
            bbox_to_anchor=(-0.02, 1.0),
            frameon=False,
            borderaxespad=0.2,
            handletextpad=0.3,
            columnspacing=1.4,
        )
        return _svg(figure, name)


def _svg(figure: Figure, name: str) -> Markup:
    """The figure as inline SVG: ids of its own, no prologue, no metadata, a fluid width."""
    buffer = StringIO()
    figure.savefig(
        buffer,
        format="svg",
        bbox_inches="tight",
        pad_inches=0.06,
        metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
    )
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'\b(id=")', rf"\1{name}-", text)
    text = re.sub(r"(url\(#|href=\"#)", rf"\1{name}-", text)
    width, height = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', text).groups()  # type: ignore[union-attr]
    text = re.sub(
        r"<svg [^>]*>",
        (
            f'<svg class="graphique" viewBox="0 0 {width} {height}" aria-hidden="true" '
            'focusable="false" '
            'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        ),
        text,
        count=1,
    )
    return Markup(text)
