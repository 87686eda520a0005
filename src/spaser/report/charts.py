"""Charts: seaborn figures on one style file, readable in grey (`svg.py` puts them on a page).

An entity is told by its mark and its letter before its colour; the same figures always give
the same bytes (no clock, no random id).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from spaser import deferred
from spaser.plaintext import writable
from spaser.report import french, labels
from spaser.report.svg import settings

with deferred.imports("scipy", "scipy.stats", "scipy.cluster"):
    import seaborn as sns

STYLE = settings()
COLOURS = STYLE["axes.prop_cycle"].by_key()["color"]
GRID, TARGET, AXIS, BEYOND = "#ddd5c8", "#6b1f3a", "#5f554b", "#f4e4e1"
TRACK = "#f3ece1"
_WIDTH, _HEIGHT = 3.0, 1.5  # inches: a panel of a small multiple
_LEFT = 0.35  # years before the first: where the numbers of the axis end
_FITS = 6  # characters between the last year and the edge of a panel
_FLOOR = 27.0  # points: the years stand under it


class Trajectory(NamedTuple):
    """A panel: values by entity and year, targets by year, and whether these are ceilings."""

    unite: str
    valeurs: Mapping[str, Mapping[int, Decimal]]
    cibles: Mapping[int, Decimal]
    plafond: bool = False


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
    """A bar: its name, its length, and the words at its end."""

    nom: str
    valeur: Decimal
    dit: str


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
        ]
    )
    with mpl.rc_context(STYLE):
        figure, axes = _blank(_HEIGHT)
        axes.yaxis.set_major_locator(NullLocator())
        low, high = _span(panel)
        axes.set(xlim=(years[0] - 1.05, years[-1] + 0.75), ylim=(low, high))
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


def _blank(height: float) -> tuple[Figure, Axes]:
    """A panel whose axes are not seen.

    Seaborn lays out the ticks even so, which takes a third of the time; it counts those of a
    category axis, and these must stay.
    """
    figure = Drawing(figsize=(_WIDTH, height))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.xaxis.set_major_locator(NullLocator())
    return figure, axes


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
    """A few values of the axis at the left, each with its line: none past 100 %, below zero unless
    a value is, between whole numbers that are counted, or said twice.  The lowest is no zero."""
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
        axes.plot(years, heights, color=TARGET, lw=1.4, ls=(0, (4, 2.5)), zorder=1)
    else:
        axes.plot(years, heights, color=TARGET, ls="none", marker="_", ms=12, mew=1.8, zorder=1)
    if panel.plafond:  # beyond is not to be reached
        top = axes.get_ylim()[1]
        axes.fill_between(years, heights, [top] * len(years), color=BEYOND, lw=0, zorder=-1)
    label = _aim(panel)
    inside = len(label) <= _FITS
    axes.annotate(
        label,
        (years[-1], heights[-1]),
        xytext=(8, 0) if inside else (14, 6),
        textcoords="offset points",
        va="center" if inside else "bottom",
        ha="left" if inside else "right",
        color=TARGET,
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
        return 72 * _WIDTH * (year - self.left) / (self.right - self.left)

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


def bars(values: Sequence[Bar], top: Decimal, end: str) -> Figure:
    """One bar a modality on a track that ends at `top`, its name above, its value at the right.

    The scale starts at zero.

    Args:
        values: the bars, in order.
        top: the end of the scale.
        end: what that end is called on the chart.
    """
    frame = pd.DataFrame([{"modalite": b.nom, "valeur": float(b.valeur)} for b in values])
    count, width = len(frame), max(float(top), 1e-9)
    with mpl.rc_context(STYLE):
        figure, axes = _blank(0.36 * count + 0.28)
        axes.barh(range(count), [width] * count, height=0.34, color=TRACK, ec=GRID, lw=0.8)
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
        room = (max(len(v.dit) for v in values) * labels.SMALL + 6) / (72 * _WIDTH)
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
    with mpl.rc_context(STYLE):
        figure, axes = _blank(0.62 * count + 0.05)
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
