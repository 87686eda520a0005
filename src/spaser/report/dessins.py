"""Charts that were drawn before from the same data, by the same program: taken as they are.

An analyst who mends data runs again and again, and most charts stay the same.  The name of each
holds the function that draws it, its data, its words, the typeface, and (the folder) the program,
its libraries and the notebooks.  `verify` and `run --force` draw everything again: what they draw
for a kernel, they leave it in a folder of their own.
"""

from __future__ import annotations

import functools
import hashlib
import os
import struct
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spaser import kept

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEPT_IN = "SPASER_DESSINS"  # where the kernels of a run take and keep charts; unset: nowhere
_DECIDES = ("code", "notebooks")  # inputs that say how a chart is drawn, whatever its data
_HEAD = struct.Struct(">III")  # three lengths


class Drawn(NamedTuple):
    """A chart as it was written: inline in a page, and as the two files of `graphiques/`."""

    page: bytes
    svg: bytes
    png: bytes


def folder(inputs: Mapping[str, Mapping[str, str]], around: Mapping[str, Any]) -> Path | None:
    """Where the charts of a program are kept, made if need be; None where nothing can be.

    Args:
        inputs: sha256 of the inputs of a run, by kind and name.
        around: its environment.
    """
    return kept.folder("dessins", [{kind: inputs[kind] for kind in _DECIDES}, around])


def of_a_kernel() -> Path | None:
    """Where the kernels of a run keep charts, in one of them; None where nothing is kept."""
    at = os.environ.get(KEPT_IN)
    return Path(at) if at else None


def place(charts: Path | None, dessin: Callable[[], Figure], *words: str) -> Path | None:
    """Where a chart is kept; None when nothing is, or when what draws it is not of this package.

    Args:
        charts: the folder of those of a program; None where nothing is kept.
        dessin: a function of this package with its arguments, as `partial` ties them.
        words: the name of the chart, its title, its notes.
    """
    if charts is None or not isinstance(dessin, partial):
        return None
    if not str(getattr(dessin.func, "__module__", "")).startswith("spaser."):
        return None
    name = kept.name(dessin.func, dessin.args, dessin.keywords, words, _faces())
    return charts / name if name else None


@functools.cache
def _faces() -> tuple[str, ...]:
    """The files of the typeface that charts are written in, by what they hold."""
    from matplotlib.font_manager import FontProperties, findfont

    from spaser.report.svg import settings

    files = [
        findfont(FontProperties(family=settings()["font.family"], weight=weight))
        for weight in ("normal", "bold")
    ]
    return tuple(hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files)


def read(place: Path | None) -> Drawn | None:
    """The chart kept at a place; None if there is none, or if it is not as it was written."""
    content = kept.read(place) if place else None
    if content is None or len(content) < _HEAD.size:
        return None
    page, svg, png = _HEAD.unpack_from(content)
    body = content[_HEAD.size :]
    if len(body) != page + svg + png:
        return None
    return Drawn(body[:page], body[page : page + svg], body[page + svg :])


def keep(place: Path | None, drawn: Drawn) -> None:
    """Keep a chart; on a full or read-only disk, it will be drawn again."""
    if place is not None:
        kept.write(place, _HEAD.pack(*map(len, drawn)) + b"".join(drawn))
