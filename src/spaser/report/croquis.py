"""Drawings that pages make of HTML or of a few lines of SVG, as figures: months, strips, gauges,
tallies of verdicts.

On their page their words are HTML around them; a slide needs them whole, so they are drawn again
from the same numbers.  Each goes by its words and marks before its colours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from spaser.plaintext import writable
from spaser.report import completude, french, svg
from spaser.report.comparaisons import Place, Points
from spaser.report.completude import BuyerMonths
from spaser.report.essentiel import TargetKind

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 4.6  # inches
_MONTHS, _STRIP, _FOOT = 1.7, 0.42, 0.22  # inches: of a chart of months, of a strip, of its scale
_LINE, _BAR, _GAP = 0.165, 0.14, 0.2  # inches: of a line of words, of a gauge, below each
_HEAD = 0.1  # inches above the first words
_BOX, _LETTERS = 0.19, 58  # inches of a verdict's box; characters to a line
_NOW, _BEFORE = "#1f4e79", "#a3541c"
_AXIS, _HALF, _OTHER, _MEDIAN, _OURS = "#8d8377", "#cfc3b0", "#5f554b", "#2b2622", "#4a1428"
_INK, _SOFT, _BEYOND, _WHITE = "#2b2622", "#5f554b", "#b9ad9c", "#ffffff"
_GAUGES = {"atteint": "#2a5f30", "proche": "#a86a14", "manque": "#9b1c1c"}
_BOXES = {  # of a verdict: its ground, its edge, its sign
    "atteint": ("#2a5f30", "#2a5f30", _WHITE),
    "proche": ("#e0ad4a", "#8a5a10", _INK),
    "manque": (_WHITE, "#9b1c1c", "#9b1c1c"),
}
_NEUTRAL = "#6a6259", ("#f3ece1", "#5f554b", "#3d352e")


class Gauge(NamedTuple):
    """A rate on a scale from 0 to 100 %: its name, its value and its target in words, what is said
    of them, its place and that of its target (None without one), its tone, whether the target is a
    ceiling."""

    nom: str
    valeur: str
    dit: str
    part: float
    repere: float | None
    ton: str
    plafond: bool


def months(buyer: BuyerMonths) -> Figure:
    """A bar a month, its number above, and a line at the number of the year before.

    Args:
        buyer: the contracts of each month, and the end of the scale.
    """
    with svg.styled():
        figure, axes = _blank(_MONTHS)
        axes.set(xlim=(-0.6, 11.6), ylim=(-0.16 * buyer.haut, 1.12 * buyer.haut))
        for rank, ((now, before), month) in enumerate(
            zip(buyer.comptes, completude.NAMES, strict=True)
        ):
            axes.text(rank, -0.03 * buyer.haut, month[0].upper(), va="top", ha="center")
            axes.bar(rank, now or 0, width=0.72, color=_NOW)
            if before is not None:
                axes.plot([rank - 0.36, rank + 0.36], [before] * 2, color=_BEFORE, lw=2.4)
            if now is not None:
                _above(axes, rank, now, before, buyer.haut)
        return figure


def _above(axes: Axes, rank: int, now: int, before: int | None, top: int) -> None:
    """The number of a bar, clear of the line of the year before."""
    near = before is not None and now <= before < now + 0.13 * top
    place = before if near and before is not None else now
    axes.text(rank, place + 0.02 * top, french.number(now), va="bottom", ha="center", weight="bold")


def strips(places: Sequence[Place]) -> Figure:
    """A strip for each buyer of ours: the others of its group, the median, and where it stands.

    Args:
        places: the places of a figure, buyer after buyer.
    """
    height = _STRIP * len(places) + _FOOT
    widest = max(places, key=lambda p: p.points.haut if p.points else 0)  # one scale for all
    with svg.styled():
        figure, axes = _blank(height)
        axes.set(xlim=(-0.02, 1.02), ylim=(height, 0))
        for rank, place in enumerate(places):
            y = _STRIP * rank + 0.33
            axes.text(0, y - 0.12, writable(f"{place.acheteur} : {_place(place)}"), va="bottom")
            if place.points and widest.points:
                _strip(axes, place.points, y, float(widest.points.haut))
        low, _, high = widest.echelle.partition(" à ")
        for x, side, text in ((0, "left", low), (1, "right", high)):
            axes.text(x, height - 0.01, text, va="bottom", ha=side, color=_AXIS, fontsize=8)
        return figure


def _place(place: Place) -> str:
    return f"{place.valeur}, {place.phrase}"


def _strip(axes: Axes, points: Points, y: float, top: float) -> None:
    def at(value: Decimal) -> float:
        return min(max(float(value) / top, 0.0), 1.0)

    low, middle, high = (at(v) for v in points.quartiles)
    axes.plot([0, 1], [y, y], color=_AXIS, lw=1, zorder=0)
    axes.plot([low, high], [y, y], color=_HALF, lw=8, zorder=1, solid_capstyle="butt")
    others = sorted(at(v) for v in points.autres)
    axes.plot(others, [y] * len(others), "o", mfc="#ffffff", mec=_OTHER, mew=1.2, ms=6, zorder=2)
    axes.plot([middle, middle], [y - 0.1, y + 0.1], color=_MEDIAN, lw=2, zorder=3)
    if points.nous is not None:
        axes.plot([at(points.nous)], [y], "D", mfc=_OURS, mec="#ffffff", ms=8, zorder=4)


def gauges(rates: Sequence[Gauge]) -> Figure:
    """A bar a rate on one scale: its name above, its value and its verdict below.

    Args:
        rates: the rates, in order.
    """
    words = [(_wrapped(r.nom), _wrapped(r.valeur), _wrapped(r.dit)) for r in rates]
    count = sum(len(lines) for block in words for lines in block)
    height = _HEAD + _LINE * count + (_BAR + _GAP) * len(rates) + _FOOT
    with svg.styled():
        figure, axes = _blank(height)
        axes.set(xlim=(-0.01, 1.02), ylim=(height, 0))
        y = _HEAD
        for rate, (name, value, rest) in zip(rates, words, strict=True):
            y = _written(axes, name, y)
            _gauge(axes, rate, y + 0.03)
            y = _written(axes, value, y + _BAR + 0.1, weight="bold")
            y = _written(axes, rest, y, color=_SOFT) + _GAP - 0.1
        for x, side, text in ((0, "left", "0"), (1, "right", f"100{french.NBSP}%")):
            axes.text(x, height - 0.01, text, va="bottom", ha=side, color=_AXIS, fontsize=8)
        return figure


def _gauge(axes: Axes, rate: Gauge, y: float) -> None:
    middle = y + _BAR / 2
    if rate.plafond and rate.repere is not None:  # what a ceiling rules out
        axes.barh(
            middle,
            1 - rate.repere,
            _BAR,
            rate.repere,
            color=_WHITE,
            ec=_BEYOND,
            hatch="/////",
            lw=0,
        )
    axes.barh(middle, rate.part, _BAR, color=_GAUGES.get(rate.ton, _NEUTRAL[0]))
    axes.barh(middle, 1, _BAR, fill=False, ec=_AXIS, lw=0.8)
    if rate.repere is not None:
        ends = [y - 0.05, y + _BAR + 0.05]
        axes.plot([rate.repere] * 2, ends, color=_WHITE, lw=3.8, solid_capstyle="butt", zorder=3)
        axes.plot([rate.repere] * 2, ends, color=_INK, lw=2.2, solid_capstyle="butt", zorder=4)


def tallies(kinds: Sequence[TargetKind]) -> Figure:
    """A box a target with the sign of its verdict, kind of target by kind, counted below.

    Args:
        kinds: the kinds of targets, and the verdicts on each.
    """
    row = int(WIDTH / _BOX)
    words = [
        _wrapped(" ; ".join(_unbroken(french.number(s.nombre), s.sign, s.verdict) for s in k.parts))
        for k in kinds
    ]
    rows = [_BOX * -(-k.nombre // row) for k in kinds]
    height = _HEAD + sum(rows) + sum(_LINE * (1 + len(counts)) + _GAP for counts in words)
    with svg.styled():
        figure, axes = _blank(height)
        axes.set(xlim=(0, WIDTH), ylim=(height, 0))
        y = _HEAD
        for kind, counts, high in zip(kinds, words, rows, strict=True):
            y = _written(axes, [kind.dit], y, weight="bold") + 0.02
            boxes = [share for share in kind.parts for _ in range(share.nombre)]
            for rank, share in enumerate(boxes):
                _box(axes, share.sign, share.ton, _BOX * (rank % row), y + _BOX * (rank // row))
            y = _written(axes, counts, y + high + 0.02) + _GAP - 0.04
        return figure


def _box(axes: Axes, sign: str, ton: str, x: float, y: float) -> None:
    from matplotlib.patches import Rectangle

    ground, edge, ink = _BOXES.get(ton, _NEUTRAL[1])
    side = _BOX - 0.045
    axes.add_patch(Rectangle((x + 0.02, y + 0.02), side, side, fc=ground, ec=edge, lw=1.2))
    place = (x + 0.02 + side / 2, y + 0.02 + side / 2)
    axes.text(*place, sign, va="center_baseline", ha="center", color=ink, weight="bold", fontsize=8)


def _unbroken(*words: str) -> str:
    """Words that stay on one line."""
    return french.NBSP.join(words)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(writable(text), _LETTERS)


def _written(axes: Axes, lines: Sequence[str], y: float, **look: Any) -> float:
    """Lines of words from a height down; where they end."""
    for rank, text in enumerate(lines):
        axes.text(0, y + _LINE * rank, text, va="top", **look)
    return y + _LINE * len(lines)


def _blank(height: float) -> tuple[Figure, Axes]:
    """A figure whose axes are not seen, as wide as a column."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    return figure, axes
