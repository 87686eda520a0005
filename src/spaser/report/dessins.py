"""Charts that were drawn before from the same data, by the same program: taken as they are.

An analyst who mends data runs again and again, and most charts stay the same.  Each is kept in the
user's own folder of caches under a name that holds all that makes it: the function that draws it,
its data, its words, the typeface, and (the folder) the program, its libraries and the notebooks.
`verify` and `run --force` draw everything again and neither read nor write there: what they draw
for a kernel, they leave it in a folder of their own.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import os
import pickle
import struct
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEPT_IN = "SPASER_DESSINS"  # where the kernels of a run take and keep charts; unset: nowhere
CACHE = "SPASER_CACHE"  # the user's choice of a folder; empty: nothing is kept
MOST = 128 << 20  # bytes kept, those last used
_DECIDES = ("code", "notebooks")  # inputs that say how a chart is drawn, whatever its data
_HEAD = struct.Struct(">32sIII")  # the digest of what follows, and three lengths


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
    import platformdirs

    asked = os.environ.get(CACHE)
    root = platformdirs.user_cache_path("spaser", appauthor=False) if asked is None else Path(asked)
    if asked == "" or (asked is None and not root.is_absolute()):  # a user without a home
        return None
    text = json.dumps([{kind: inputs[kind] for kind in _DECIDES}, around], sort_keys=True)
    place = root / "dessins" / hashlib.sha256(text.encode()).hexdigest()[:32]
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return place.absolute()


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
    try:
        data = io.BytesIO()
        pickler = pickle.Pickler(data, protocol=5)
        pickler.fast = True  # equal data, equal bytes: not told by which of them is the same object
        pickler.dump((dessin.func, dessin.args, dessin.keywords, words, _faces()))
    except (pickle.PicklingError, AttributeError, TypeError, ValueError, RecursionError):
        return None
    return charts / hashlib.sha256(data.getvalue()).hexdigest()


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
    if place is None:
        return None
    try:
        content = place.read_bytes()
        digest, *lengths = _HEAD.unpack_from(content)
        os.utime(place)  # used: among the last to go
    except (OSError, struct.error):
        return None
    body = content[_HEAD.size :]
    if hashlib.sha256(body).digest() != digest or len(body) != sum(lengths):
        return None
    page, svg, _ = lengths
    return Drawn(body[:page], body[page : page + svg], body[page + svg :])


def keep(place: Path | None, drawn: Drawn) -> None:
    """Keep a chart; on a full or read-only disk, it will be drawn again."""
    if place is None:
        return
    body = b"".join(drawn)
    head = _HEAD.pack(hashlib.sha256(body).digest(), *map(len, drawn))
    with contextlib.suppress(OSError):
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as half:
            half.write(head + body)
        Path(half.name).replace(place)


def prune(place: Path | None) -> None:
    """Remove the charts that were used longest ago, until the others take no more than MOST.

    Args:
        place: what `folder` gave.
    """
    if place is None:
        return
    with contextlib.suppress(OSError):
        known = [(p.stat(), p) for p in place.parent.glob("*/*")]
        kept = 0
        for stat, path in sorted(known, key=lambda one: -one[0].st_mtime_ns):
            kept += stat.st_size
            if kept > MOST:
                path.unlink(missing_ok=True)
        for old in place.parent.iterdir():
            if old != place and not any(old.iterdir()):
                old.rmdir()
