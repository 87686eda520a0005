"""Charts: seaborn figures on one style file, readable in grey (`svg.py` puts them on a page).

What every chart has (style, colours, marks of entities, an empty panel), and those made of bars;
`courbes.py` draws what changes over the years.

An entity is told by its mark and its letter before its colour; the same figures always give
the same bytes (no clock, no random id).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import NamedTuple

import pandas as pd

from spaser.plaintext import writable
from spaser.report import french, labels
from spaser.report.plotting import Axes, Figure, NullLocator, sns
from spaser.report.svg import settings, styled

COLOURS = settings()["axes.prop_cycle"].by_key()["color"]
GRID, AXIS, _TRACK = "#ddd5c8", "#5f554b", "#f3ece1"
WIDTH = 3.0  # inches: a panel of a small multiple


class Mark(NamedTuple):
    """How an entity is drawn: the shape of its marks, its colour."""

    forme: str
    couleur: str


WHOLE = Mark("D", COLOURS[2])
MUTED = Mark("o", "#8a8177")  # one buyer among many: the table has its name
_TOLD_APART = (Mark("o", COLOURS[0]), Mark("s", COLOURS[1]), Mark("^", COLOURS[4]))


def marks(count: int) -> list[Mark]:
    """The marks of so many entities, the last of which is the whole, or the only one.

    Beyond three buyers no mark tells them apart: they are muted, and the whole stands out.
    """
    buyers = count - 1
    own = _TOLD_APART[:buyers] if buyers <= len(_TOLD_APART) else (MUTED,) * buyers
    return [*own, WHOLE]


class Drawing(Figure):
    """A figure that a notebook shows as a picture, whoever made it."""

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=144, metadata={"Software": None})
        return buffer.getvalue()


class Bar(NamedTuple):
    """A bar: its name, its length (None: nothing is drawn), and the words at its end."""

    nom: str
    valeur: Decimal | None
    dit: str


def blank(height: float) -> tuple[Figure, Axes]:
    """A panel of this height, in inches, whose axes are not seen.

    Seaborn lays out the ticks even so, which takes a third of the time; it counts those of a
    category axis, and these must stay.
    """
    figure = Drawing(figsize=(WIDTH, height))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.xaxis.set_major_locator(NullLocator())
    return figure, axes


def bars(values: Sequence[Bar], top: Decimal, end: str) -> Figure:
    """One bar a modality on a track that ends at `top`, its name above, its value at the right.

    The scale starts at zero.

    Args:
        values: the bars, in order.
        top: the end of the scale.
        end: what that end is called on the chart.
    """
    frame = pd.DataFrame([{"modalite": b.nom, "valeur": float(b.valeur or 0)} for b in values])
    count, width = len(frame), max(float(top), 1e-9)
    with styled():
        figure, axes = blank(0.36 * count + 0.28)
        tracks = [rank for rank, bar in enumerate(values) if bar.valeur is not None]
        axes.barh(tracks, [width] * len(tracks), height=0.34, color=_TRACK, ec=GRID, lw=0.8)
        sns.barplot(
            frame,
            x="valeur",
            y="modalite",
            order=list(frame["modalite"]),
            color=COLOURS[0],
            saturation=1,
            width=0.34,
            errorbar=None,
            ax=axes,
        )
        room = (max(len(v.dit) for v in values) * labels.SMALL + 6) / (72 * WIDTH)
        axes.set(xlim=(-0.01 * width, width / (1 - room)), ylim=(count - 0.05, -0.75))
        axes.set_axis_off()
        for rank, (label, _, words) in enumerate(values):
            axes.text(0, rank - 0.24, writable(label), va="bottom", ha="left")
            axes.text(1.03 * width, rank, writable(words), va="center", ha="left", weight="bold")
        for place, words, side in ((0, "0", "left"), (width, end, "right")):
            axes.text(place, count - 0.78, words, va="top", ha=side, color=AXIS, fontsize=8)
        return figure


def pairs(
    groups: Sequence[tuple[str, tuple[Decimal, Decimal]]], words: tuple[str, str], top: Decimal
) -> Figure:
    """Two bars a group, the first an outline and the second full; `top` is the common scale.

    Args:
        groups: for each group its name and its two values.
        words: what the two bars are.
        top: the value at the end of the common scale.
    """
    frame = pd.DataFrame(
        [
            {"groupe": group, "quoi": word, "valeur": float(value)}
            for group, both in groups
            for word, value in zip(words, both, strict=True)
        ]
    )
    count = len(groups)
    with styled():
        figure, axes = blank(0.62 * count + 0.05)
        sns.barplot(
            frame,
            x="valeur",
            y="groupe",
            hue="quoi",
            hue_order=list(words),
            order=[group for group, _ in groups],
            palette=["#ffffff", COLOURS[0]],
            edgecolor=COLOURS[0],
            linewidth=1,
            saturation=1,
            width=0.56,
            errorbar=None,
            legend=False,
            ax=axes,
        )
        axes.set(xlim=(0, 1.7 * max(float(top), 1e-9)), ylim=(count - 0.65, -0.68))
        axes.set_axis_off()
        for rank, (group, both) in enumerate(groups):
            axes.text(0, rank - 0.34, writable(group), va="bottom", ha="left", weight="bold")
            for word, value, side in zip(words, both, (-0.14, 0.14), strict=True):
                axes.annotate(
                    f"{french.number(value, 1)} {writable(word)}",
                    (float(value), rank + side),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center",
                )
        return figure
