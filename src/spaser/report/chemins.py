"""The paths of a drawing, said in fewer letters: the same points, to the tenth."""

from __future__ import annotations

import re
from itertools import cycle

_STRAIGHT = re.compile(r"M \S+ \S+(?: [ML] \S+ \S+| z)*")
_STEP = re.compile(r"(z)|([ML]) (\S+) (\S+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BLANK = re.compile(r" ?([A-Za-z]) ?")
_CURVES = re.compile(r"M (\S+ \S+)((?: C(?: \S+){6}){8})(?: L \S+ \S+)? z")


def short(path: str) -> str:
    """A path of the same points, each line said from where the one before ends.

    Args:
        path: the `d` of a path as matplotlib writes it, in tenths: «M 1.0 2.0 L 3.0 4.0».
    """
    if not _STRAIGHT.fullmatch(path):
        return _BLANK.sub(r"\1", path)
    letters, here, start, lines = "", (0, 0), (0, 0), False
    for closed, command, *place in _STEP.findall(path):
        if closed:
            letters, here, lines = letters + "z", start, False
            continue
        point = (_tenths(place[0]), _tenths(place[1]))
        if command == "M":
            letters, start, lines = f"{letters}M{_numbers(*point)}", point, False
        else:
            step = _numbers(point[0] - here[0], point[1] - here[1])
            letters += f"l{step}" if not lines else step if step.startswith("-") else f" {step}"
            lines = True
        here = point
    return letters


def moved(path: str, x: float, y: float) -> str:
    """A path, as matplotlib writes it, drawn from another place.

    Args:
        path: its `d`, every command in capitals.
        x: how far to the right, in points.
        y: how far down, in points.
    """
    by = cycle((round(x, 1), round(y, 1)))
    return _NUMBER.sub(lambda m: f"{round(float(m[0]), 1) + next(by):.1f}", path)


def circle(path: str) -> tuple[float, float, float] | None:
    """The centre and the radius of a path that is matplotlib's circle, in eight curves."""
    if not (curves := _CURVES.fullmatch(path)):
        return None
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", f"{curves[1]} {curves[2]}")]
    ends = list(zip(numbers[0::6], numbers[1::6], strict=True))  # of each curve, the first before
    (x, bottom), (_, top) = ends[0], ends[4]
    radius, y = (bottom - top) / 2, (bottom + top) / 2
    expected = [(x, bottom), (x + radius, y), (x, top), (x - radius, y), (x, bottom)]
    gaps = [abs(a - b) for one, other in zip(ends[::2], expected, strict=True)
            for a, b in zip(one, other, strict=True)]  # fmt: skip
    return (x, y, radius) if max(gaps) < 0.3 and radius > 0 else None


def _tenths(text: str) -> int:
    return round(float(text) * 10)


def _numbers(x: int, y: int) -> str:
    """Two tenths as numbers of a path: «3.4-.5»."""
    one, other = (_number(n) for n in (x, y))
    return one + other if other.startswith("-") else f"{one} {other}"


def _number(tenths: int) -> str:
    text = f"{tenths / 10:g}"
    return text.replace("0.", ".", 1) if abs(tenths) < 10 and tenths else text
