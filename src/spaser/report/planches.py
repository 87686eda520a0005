"""Pictures of the drawings that pages make by hand: the months of the year, and the strips.

On their page they are a few lines of SVG with words of HTML around; a slide needs them whole, so
they are drawn again from the same numbers, to graphiques/, once the pages are made, by the program
itself: no notebook shows them, and none is kept for the next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import matplotlib as mpl

from spaser.plaintext import writable
from spaser.report import comparaisons, completude, french, images, svg
from spaser.report.comparaisons import Place, Points
from spaser.report.completude import BuyerMonths
from spaser.report.edition import Edition

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 4.6  # inches
_MONTHS, _STRIP, _FOOT = 1.7, 0.42, 0.22  # inches: of a chart of months, of a strip, of its scale
_NOW, _BEFORE = "#1f4e79", "#a3541c"
_AXIS, _HALF, _OTHER, _MEDIAN, _OURS = "#8d8377", "#cfc3b0", "#5f554b", "#2b2622", "#4a1428"
_STRIPS = (
    "◆ notre acheteur ; ○ un autre acheteur du groupe ; | médiane ; la bande pâle va du premier "
    "au troisième quartile"
)


def write(edition: Edition) -> None:
    """Write the pictures of a finished folder that its pages have no figure of."""
    annee = edition.year.annee
    for buyer in completude.buyers(edition):
        legend = f"Marchés comptés par mois de notification ; barre : {annee}"
        legend += f" ; trait : {annee - 1}" * any(b is not None for _, b in buyer.comptes)
        title = f"Marchés de chaque mois, {annee}, {buyer.nom}"
        images.kept(edition, f"completude-{buyer.code}", title, partial(months, buyer), legend)
    for (code, base), places in _by_figure(edition):
        title = f"{places[0].libelle}, place parmi les acheteurs semblables, {annee} ({code})"
        images.kept(
            edition, f"{code}-{base}-semblables".lower(), title, partial(strips, places),
            f"{_STRIPS}.",
        )  # fmt: skip


def _by_figure(edition: Edition) -> list[tuple[tuple[str, str], list[Place]]]:
    """The strips that are drawn on a page, by indicator and base; those of a figure together."""
    if not comparaisons.given(edition):
        return []
    order: dict[tuple[str, str], int] = {}
    for item in edition.indicateurs:
        order |= {(item.code, c.base): len(order) + n for n, c in enumerate(item.calculs)}
    drawn = [p for group in comparaisons.groups(edition) for p in group.places if p.points]
    drawn.sort(key=lambda p: order[p.code, p.base])
    return [(k, [*some]) for k, some in groupby(drawn, key=lambda p: (p.code, p.base))]


def months(buyer: BuyerMonths) -> Figure:
    """A bar a month, its number above, and a line at the number of the year before.

    Args:
        buyer: the contracts of each month, and the end of the scale.
    """
    with mpl.rc_context(svg.settings()):
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
    with mpl.rc_context(svg.settings()):
        figure, axes = _blank(height)
        axes.set(xlim=(-0.02, 1.02), ylim=(height, 0))
        for rank, place in enumerate(places):
            y = _STRIP * rank + 0.33
            axes.text(0, y - 0.12, writable(f"{place.acheteur} : {_said(place)}"), va="bottom")
            if place.points and widest.points:
                _strip(axes, place.points, y, float(widest.points.haut))
        low, _, high = widest.echelle.partition(" à ")
        for x, side, text in ((0, "left", low), (1, "right", high)):
            axes.text(x, height - 0.01, text, va="bottom", ha=side, color=_AXIS, fontsize=8)
        return figure


def _said(place: Place) -> str:
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


def _blank(height: float) -> tuple[Figure, Axes]:
    """A figure whose axes are not seen, as wide as a column."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    return figure, axes
