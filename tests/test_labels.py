"""Values beside a trajectory: clear of one another, of the years and of the target's line."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise
from typing import Any

import pages
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import parsed, text_of

from spaser.report import labels

pytest_plugins = ("pages",)

FLOOR, LEFT, WIDTH = 27.0, 84.0, 36.0
heights = st.floats(FLOOR, 95)


@given(st.lists(heights, min_size=1, max_size=4), st.tuples(heights, heights))
def test_small_labels_stand_apart_and_off_the_line(
    wanted: list[float], line: tuple[float, float]
) -> None:
    wanted = sorted(wanted, reverse=True)
    segment = ((25.0, line[0]), (200.0, line[1]))
    bottoms = labels.beside(wanted, [WIDTH] * len(wanted), LEFT, [segment], FLOOR)
    assert len(bottoms) == len(wanted)
    assert min(bottoms) >= FLOOR
    assert all(above - below >= labels.APART for above, below in pairwise(bottoms))
    if len(wanted) == 1:
        (middle,) = bottoms
        box = labels.Box(LEFT, LEFT + WIDTH, middle - labels.HALF, middle + labels.HALF)
        assert labels.is_clear(box, [segment])


def test_a_label_stays_at_its_mark_when_nothing_is_in_the_way() -> None:
    assert labels.beside([80, 50], [WIDTH, WIDTH], LEFT, [], FLOOR) == [80, 50]
    assert labels.above(76, WIDTH, [80, 50], [], FLOOR) == 80 + labels.GAP


@pytest.mark.parametrize(
    ("line", "expected"), [(95, 50 - labels.GAP - labels.TALL), (30, 50 + labels.GAP)]
)
def test_a_value_under_its_target_is_written_below_its_mark(line: float, expected: float) -> None:
    """Above a mark at 60 is the line: the value goes below; a line under it changes nothing."""
    mark = 60.0 if line > 60 else 50.0
    aim = [((25.0, line if line < 60 else 72.0), (200.0, line if line < 60 else 72.0))]
    height = labels.above(76, WIDTH, [mark, 50.0], aim, FLOOR)
    assert height == expected


def _styled(page: Any) -> Any:
    """A page whose drawings say their look themselves, where its style says it for them."""
    css = "".join(text_of(e) for e in page.iter("style"))
    looks = dict(re.findall(r"\.graphique \.(t\d+)\{([^}]*)\}", css))
    assert len(looks) > 5
    for svg in page.iter("svg"):
        for part in svg.iter():
            if part.get("class") in looks:
                part.set("style", looks[part.get("class")])
    return page


def _texts(svg: Any) -> list[labels.Box]:
    """The boxes of the values of a panel, in points from its bottom."""
    boxes = []
    height = float(str(svg.get("viewbox") or svg.get("viewBox")).split()[-1])
    for text in svg.iter("text"):
        style, words = text.get("style", ""), text_of(text)
        if "700" not in style or re.fullmatch(r"20\d\d", words):
            continue
        x, bottom = float(text.get("x")), height - float(text.get("y"))
        large = "11px" in style
        width = (labels.LARGE if large else labels.SMALL) * len(words) * 0.9
        left = x - width / 2 if "middle" in style else x
        boxes.append(labels.Box(left, left + width, bottom, bottom + (8 if large else 6.5)))
    return boxes


def _aim(svg: Any) -> list[labels.Segment]:
    height = float(str(svg.get("viewbox") or svg.get("viewBox")).split()[-1])
    for path in svg.iter("path"):
        if "stroke:#6b1f3a" in path.get("style", ""):
            numbers = [float(n) for n in re.findall(r"-?(?:\d+(?:\.\d+)?|\.\d+)", path.get("d"))]
            across, down = accumulate(numbers[::2]), accumulate(numbers[1::2])
            points = [(x, height - y) for x, y in zip(across, down, strict=True)]
            return list(pairwise(points))
    return []


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025", "ville-2024"])
def test_no_value_is_written_across_its_target(request: pytest.FixtureRequest, name: str) -> None:
    page = _styled(parsed(pages.edition(request, name) / "rapport.html"))
    panels = [
        item
        for figure in page.iter("figure")
        if "trajectoires" in figure.get("aria-label")
        for item in figure.iter("li")
        if item.find(".//text") is not None
    ]
    crossed = [
        text_of(item.find("p"))
        for item in panels
        for svg in item.iter("svg")
        for box in _texts(svg)
        if not labels.is_clear(box, _aim(svg))
    ]
    assert len(panels) > 5
    assert sum(bool(_aim(svg)) for item in panels for svg in item.iter("svg")) > 5
    assert crossed == []
