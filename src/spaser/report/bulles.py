"""A map: circles on outlines, the area of a circle in proportion to its amount."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from spaser.plaintext import writable
from spaser.report import charts
from spaser.report.plotting import Disc
from spaser.report.svg import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDE = 3.6  # inches
_TALL = 3.9  # inches, at the most: a long territory is drawn narrower
_LARGEST = 17.0  # points: the radius of the largest amount
_LEAST = 1.0  # points: the radius below which a circle would not be seen
_LAND, _NEAR, _EDGE = "#e9e1d3", "#d3c6ae", "#ffffff"
_LETTER = 4.6  # points: the mean width of a letter of a name
_MARGIN = 8.0  # points around the outlines

Ring = Sequence[tuple[float, float]]
Circle = tuple[str, float, float, float]
Bounds = tuple[float, float, float, float]


def draw(
    rings: Sequence[tuple[Ring, bool]],
    circles: Sequence[Circle],
    box: Bounds,
    named: Collection[str],
) -> Figure:
    """Circles on outlines.

    Args:
        rings: outlines, and whether each is of the départements that are near.
        circles: name, place and share of the largest amount (0 to 1), the largest first.
        box: left, top, right and bottom of what is drawn; downwards.
        named: the names that are written, where there is room.
    """
    left, top, right, bottom = box
    scale = min(72 * _WIDE - 2 * _MARGIN, 72 * _TALL * (right - left) / (bottom - top)) / (
        right - left
    )
    width, height = 72 * _WIDE, scale * (bottom - top) + 2 * _MARGIN
    start = (width - scale * (right - left)) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return (start + scale * (x - left), height - _MARGIN - scale * (y - top))

    with styled():
        figure = charts.Drawing(figsize=(width / 72, height / 72))
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set(xlim=(0, width), ylim=(0, height))
        for ring, near in rings:
            xs, ys = zip(*(at(*p) for p in ring), strict=True)
            axes.fill(xs, ys, facecolor=_NEAR if near else _LAND, edgecolor=_EDGE, linewidth=0.6)
        places = [(*at(x, y), max(_LARGEST * share**0.5, _LEAST)) for _, x, y, share in circles]
        for x, y, radius in places:
            axes.add_patch(
                Disc(
                    (x, y),
                    radius,
                    facecolor=charts.COLOURS[0],
                    alpha=0.72,
                    edgecolor=_EDGE,
                    linewidth=0.5,
                    zorder=2,
                )
            )
        taken: list[Bounds] = []
        for (name, *_), (x, y, radius) in zip(circles, places, strict=True):
            spot = _room(writable(name), x, y, radius, width, taken) if name in named else None
            if spot:
                axes.text(*spot, writable(name), va="center", ha="left", zorder=3)
        return figure


def _room(
    name: str, x: float, y: float, radius: float, width: float, taken: list[Bounds]
) -> tuple[float, float] | None:
    """Where a name is written without meeting another, at the right or the left of its circle."""
    long = _LETTER * len(name)
    for start in (x + radius + 2, x - radius - 2 - long):
        box = (start, y - 5, start + long, y + 5)
        free = all(box[2] < b[0] or b[2] < box[0] or box[3] < b[1] or b[3] < box[1] for b in taken)
        if free and start >= 0 and box[2] <= width:
            taken.append(box)
            return (start, y)
    return None
