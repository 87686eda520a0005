"""Where the values of a panel are written: clear of one another and of the target's line.

Lengths are points from the bottom left corner of the panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SMALL, LARGE = 5.2, 6.4  # width of a bold character at 9 and 11 points
APART, HALF = 13.0, 4.5  # between two small labels; half the height of one
GAP, TALL = 8.0, 11.0  # between a mark and the large label; the height of the large label
_STEP, _CROSSED = 1.5, 1000.0

Segment = tuple[tuple[float, float], tuple[float, float]]


class Box(NamedTuple):
    """A rectangle of text."""

    left: float
    right: float
    bottom: float
    top: float


def is_clear(box: Box, segments: Sequence[Segment]) -> bool:
    """Whether no segment enters the box."""
    return not any(
        low <= box.top and high >= box.bottom
        for segment in segments
        for low, high in [_within(segment, box.left, box.right)]
    )


def _within(segment: Segment, left: float, right: float) -> tuple[float, float]:
    """The lowest and highest point of a segment between two abscissas; an empty span outside."""
    (x0, y0), (x1, y1) = sorted(segment)
    start, end = max(x0, left), min(x1, right)
    if start > end:
        return (float("inf"), float("-inf"))
    if x0 == x1:
        return (min(y0, y1), max(y0, y1))
    slope = (y1 - y0) / (x1 - x0)
    ends = (y0 + slope * (start - x0), y0 + slope * (end - x0))
    return (min(ends), max(ends))


def beside(
    wanted: Sequence[float],
    widths: Sequence[float],
    left: float,
    segments: Sequence[Segment],
    floor: float,
) -> list[float]:
    """The middles of small labels in a column, downwards, as near as can be to those wanted.

    Args:
        wanted: the middles wanted, downwards.
        widths: the width of each label.
        left: where the labels start.
        segments: the lines that no label may cross.
        floor: the lowest place.
    """
    reach = APART * (len(wanted) + 2)
    shifts = [_STEP * n for n in range(-int(reach / _STEP), int(reach / _STEP) + 1)]
    groups: list[tuple[float, list[float]]] = [(0.0, [])]
    for height, width in zip(wanted, widths, strict=True):
        following = []
        for shift in shifts:
            middle = max(height, floor) + shift
            before = [f for f in groups if not f[1] or f[1][-1] >= middle + APART]
            if middle < floor or not before:
                continue
            cost, places = min(before)
            box = Box(left, left + width, middle - HALF, middle + HALF)
            crossed = 0.0 if is_clear(box, segments) else _CROSSED
            following.append((cost + abs(middle - height) + crossed, [*places, middle]))
        groups = following
    return min(groups)[1]


def above(
    x: float, width: float, taken: Sequence[float], segments: Sequence[Segment], floor: float
) -> float:
    """The bottom of the large label: above what is taken, else below it, else past the line.

    Args:
        x: the middle of the label.
        width: its width.
        taken: the places already taken.
        segments: the lines that it may not cross.
        floor: the lowest place.
    """
    highest, lowest = max(taken), min(taken)
    over = [max(_within(s, x - width / 2, x + width / 2)) for s in segments]
    under = [min(_within(s, x - width / 2, x + width / 2)) for s in segments]
    places = [
        highest + GAP,
        lowest - GAP - TALL,
        max([highest + GAP, *(y + 4 for y in over if y < highest + GAP + 2 * TALL)]),
        min([lowest - GAP, *(y - 4 for y in under)]) - TALL,
    ]
    for bottom in places:
        box = Box(x - width / 2, x + width / 2, bottom, bottom + TALL)
        if bottom >= floor and is_clear(box, segments):
            return bottom
    return places[0]
