"""The paths of a drawing, said in fewer letters: the same points."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser.report import chemins

TENTH = st.integers(-5000, 5000)
POINTS = st.lists(st.tuples(TENTH, TENTH), min_size=1, max_size=12)


def long(points: list[tuple[int, int]], end: str) -> str:
    steps = [f"{x / 10:g} {y / 10:g}" for x, y in points]
    return "M " + " L ".join(steps) + end


def read(path: str) -> list[list[tuple[int, int]]]:
    """The points of each line of a short path, in tenths."""
    lines: list[list[tuple[int, int]]] = []
    for command, numbers in re.findall(r"([Mlz])([^Mlz]*)", path):
        values = [round(10 * float(n)) for n in re.findall(r"-?(?:\d+(?:\.\d+)?|\.\d+)", numbers)]
        for x, y in zip(values[::2], values[1::2], strict=True):
            if command == "M":
                lines.append([(x, y)])
            else:
                lines[-1].append((lines[-1][-1][0] + x, lines[-1][-1][1] + y))
    return lines


@given(st.lists(POINTS, min_size=1, max_size=3), st.sampled_from(["", " z"]))
def test_a_short_path_has_the_same_points(lines: list[list[tuple[int, int]]], end: str) -> None:
    path = " ".join(long(points, end) for points in lines)
    assert read(chemins.short(path)) == lines
    assert chemins.short(path).count("z") == path.count("z")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("M 0 0.5 L 0 0", "M0 .5l0-.5"),
        ("M 10.0 2.0 L 12.5 2.0 L 12.5 1.9 z", "M10 2l2.5 0 0-.1z"),
        ("M 1 2 C 1 2 3 4 5 6", "M1 2C1 2 3 4 5 6"),
        ("", ""),
    ],
)
def test_a_path_is_said_in_few_letters(path: str, expected: str) -> None:
    assert chemins.short(path) == expected


def eight(x: float, y: float, across: float, down: float) -> str:
    """A round of eight curves from its foot, as matplotlib draws one."""
    d = 0.7071
    ends = [(d, d), (1, 0), (d, -d), (0, -1), (-d, -d), (-1, 0), (-d, d), (0, 1)]
    curves = [f"C 0 0 0 0 {x + across * a:.1f} {y + down * b:.1f}" for a, b in ends]
    return f"M {x:.1f} {y + down:.1f} {' '.join(curves)} z"


def test_a_circle_is_known_and_an_ellipse_is_not() -> None:
    assert chemins.circle(eight(50, 30, 8, 8)) == (50, 30, 8)
    assert chemins.circle(eight(50, 30, 8, 4)) is None
    assert chemins.circle("M 0 0 L 1 1 z") is None
