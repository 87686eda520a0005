"""A panel of a trajectory: the values of each entity over the years, against its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from spaser.plaintext import writable
from spaser.report import french, labels
from spaser.report.charts import AXIS, GRID, MUTED, WIDTH, Mark, blank, marks
from spaser.report.plotting import Axes, Figure, MaxNLocator, NullLocator, sns
from spaser.report.svg import styled

_HEIGHT = 1.5  # inches
_TARGET, _BEYOND = "#6b1f3a", "#f4e4e1"
_LEFT = 0.35  # years before the first: where the numbers of the axis end
_FITS = 6  # characters between the last year and the edge of a panel
_FLOOR = 27.0  # points: the years stand under it


class Trajectory(NamedTuple):
    """A panel: values by entity and year, targets by year, and whether these are ceilings."""

    unite: str
    valeurs: Mapping[str, Mapping[int, Decimal]]
    cibles: Mapping[int, Decimal]
    plafond: bool = False


def trajectory(panel: Trajectory, years: Sequence[int], now: int) -> Figure:
    """Each entity's values over the years of the scheme, against the trajectory to its end.

    Args:
        panel: the values and the targets of each entity, by year.
        years: the years of the scheme.
        now: the year of the edition.
    """
    entities = list(panel.valeurs)
    frame = pd.DataFrame(
        [
            {"annee": year, "entite": entity, "valeur": float(value)}
            for entity, values in panel.valeurs.items()
            for year, value in sorted(values.items())
        ],
        columns=["annee", "entite", "valeur"],
    )
    with styled():
        figure, axes = blank(_HEIGHT)
        axes.yaxis.set_major_locator(NullLocator())
        low, high = _span(panel)
        axes.set(xlim=(years[0] - 1.05, years[-1] + 0.85), ylim=(low, high))
        base = low + 0.18 * (high - low)
        _scale(axes, panel, (base, high), (years[0] - _LEFT, years[-1] + 0.25))
        for year in years:
            weight = "bold" if year == now else "normal"
            axes.text(
                year, base - 0.03 * (high - low), str(year), va="top", ha="center", weight=weight
            )
        if panel.cibles:
            _targets(axes, panel)
        drawn = dict(zip(entities, marks(len(entities)), strict=True))
        many = [e for e in entities if drawn[e] == MUTED]
        if many:
            _lines(axes, frame, many, drawn, size=3.5, linewidth=0.9)
        _lines(axes, frame, [e for e in entities if e not in many], drawn, size=7)
        _labels(axes, panel, entities, now, years[0] - _LEFT)
        return figure


def _lines(
    axes: Axes,
    frame: pd.DataFrame,
    entities: Sequence[str],
    drawn: Mapping[str, Mark],
    *,
    size: float,
    **how: float,
) -> None:
    rows = frame[frame["entite"].isin(entities)]
    if rows.empty:
        return
    sns.lineplot(
        rows,
        x="annee",
        y="valeur",
        hue="entite",
        style="entite",
        hue_order=entities,
        style_order=entities,
        palette=[drawn[e].couleur for e in entities],
        markers=[drawn[e].forme for e in entities],
        dashes=False,
        markersize=size,
        estimator=None,
        errorbar=None,
        legend=False,
        ax=axes,
        **how,
    )


def _span(panel: Trajectory) -> tuple[float, float]:
    """The vertical span: the numbers, never stretched beyond measure, and room for labels."""
    numbers = [float(v) for values in panel.valeurs.values() for v in values.values()]
    numbers += [float(v) for v in panel.cibles.values()]
    top, bottom = max(numbers), min(numbers)
    room = max(top - bottom, 0.3 * abs(top), 1e-6)
    middle = (top + bottom) / 2
    return middle - 1.05 * room, middle + 0.95 * room


def _scale(
    axes: Axes, panel: Trajectory, span: tuple[float, float], ends: tuple[float, float]
) -> None:
    """A few values of the axis at the left, each with its line.

    A rate has none past 100 %; there is none below zero unless a value is, none between whole
    numbers where things are counted, and none written like another.  The axis starts where the
    values do, not at zero.
    """
    numbers = [*panel.cibles.values(), *(v for e in panel.valeurs.values() for v in e.values())]
    whole = panel.unite != "%" and all(v == v.to_integral_value() for v in numbers)
    low, high = span[0], span[1] - 0.08 * (span[1] - span[0])
    low = low if min(numbers) < 0 else max(low, 0.0)
    top = min(high, 100.0) if panel.unite == "%" else high
    locator = MaxNLocator(nbins=3, min_n_ticks=1 if whole else 2, integer=whole)
    inside = [tick for tick in locator.tick_values(low, top) if low <= tick <= top]
    ticks = {french.short(Decimal(str(t)), panel.unite): t for t in reversed(inside)}.values()
    gap = float("nan")
    axes.plot(
        [x for _ in ticks for x in (*ends, gap)], [y for t in ticks for y in (t, t, gap)],
        color=GRID, lw=0.8, zorder=0,
    )  # fmt: skip
    for tick in ticks:
        words = french.short(Decimal(str(tick)), panel.unite)
        axes.text(ends[0] - 0.06, tick, words, va="center", ha="right", color=AXIS, fontsize=8)


def _targets(axes: Axes, panel: Trajectory) -> None:
    years = sorted(panel.cibles)
    heights = [float(panel.cibles[y]) for y in years]
    if len(years) > 1:
        axes.plot(years, heights, color=_TARGET, lw=1.4, ls=(0, (4, 2.5)), zorder=1)
    else:
        axes.plot(years, heights, color=_TARGET, ls="none", marker="_", ms=12, mew=1.8, zorder=1)
    if panel.plafond:  # beyond is not to be reached
        top = axes.get_ylim()[1]
        axes.fill_between(years, heights, [top] * len(years), color=_BEYOND, lw=0, zorder=-1)
    label = _aim(panel)
    inside = len(label) <= _FITS
    axes.annotate(
        label,
        (years[-1], heights[-1]),
        xytext=(8, 0) if inside else (14, 6),
        textcoords="offset points",
        va="center" if inside else "bottom",
        ha="left" if inside else "right",
        color=_TARGET,
    )


def _aim(panel: Trajectory) -> str:
    """The last target in words: «60 %», or «≤ 20 %» where it is a ceiling."""
    label = french.short(max(panel.cibles.items())[1], panel.unite)
    return f"≤{french.NBSP}{label}" if panel.plafond else label


def _labels(axes: Axes, panel: Trajectory, entities: Sequence[str], now: int, left: float) -> None:
    """The last entity's value above the marks of the year, right of `left`; others beside."""
    drawn = dict(zip(entities, marks(len(entities)), strict=True))
    at = {
        e: float(panel.valeurs[e][now])
        for e in entities
        if now in panel.valeurs[e] and drawn[e] != MUTED
    }
    whole = panel.valeurs[entities[-1]].get(now)
    written = None if whole is None else french.short(whole, panel.unite)
    placed = sorted(
        (
            e
            for e in at
            if e != entities[-1] and french.short(panel.valeurs[e][now], panel.unite) != written
        ),
        key=lambda e: (-at[e], e),
    )
    points = _Points(axes)
    aims = points.segments(panel)
    texts = {e: _letter(e, panel, now) for e in placed}
    middles = labels.beside(
        [points.y(at[e]) for e in placed],
        [labels.SMALL * len(texts[e]) for e in placed],
        points.x(now) + labels.GAP,
        aims,
        _FLOOR,
    )
    places = dict(zip(placed, middles, strict=True))
    if written is not None:
        marked = [points.y(float(v[now])) for v in panel.valeurs.values() if now in v]
        taken = [*marked, *middles]
        width = labels.LARGE * len(written)
        middle = max(points.x(now), points.x(left) + width / 2)
        bottom = labels.above(middle, width, taken, aims, _FLOOR)
        axes.annotate(
            written, (middle, bottom), xycoords="figure points",
            ha="center", va="bottom", weight="bold", fontsize=11,
        )  # fmt: skip
    for entity, place in places.items():
        axes.annotate(
            texts[entity],
            (points.x(now) + labels.GAP, place),
            xycoords="figure points",
            va="center",
            color=drawn[entity].couleur,
            weight="bold",
        )


def _letter(entity: str, panel: Trajectory, now: int) -> str:
    """An entity's initial and its value, without the sign that the whole's value has."""
    number = french.short(panel.valeurs[entity][now], panel.unite)
    return f"{writable(entity[:1])}{french.NBSP}{number.removesuffix(f'{french.NBSP}%')}"


class _Points:
    """Data of a panel in points from its bottom left corner."""

    def __init__(self, axes: Axes) -> None:
        self.left, self.right = axes.get_xlim()
        self.low, self.high = axes.get_ylim()

    def x(self, year: float) -> float:
        return 72 * WIDTH * (year - self.left) / (self.right - self.left)

    def y(self, value: float) -> float:
        return 72 * _HEIGHT * (value - self.low) / (self.high - self.low)

    def segments(self, panel: Trajectory) -> list[labels.Segment]:
        """The line of the target, and the two edges of the number at its end."""
        if not panel.cibles:
            return []
        line = [(self.x(y), self.y(float(v))) for y, v in sorted(panel.cibles.items())]
        (x, y), label = line[-1], _aim(panel)
        edges = (y - labels.HALF, y + labels.HALF) if len(label) <= _FITS else (y + 6, y + 14)
        start = x + labels.GAP if len(label) <= _FITS else x + 14 - labels.SMALL * len(label)
        end = start + labels.SMALL * len(label)
        number = [((start, edge), (end, edge)) for edge in edges]
        return [*pairwise(line), *number]
