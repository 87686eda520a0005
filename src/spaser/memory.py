"""When Python looks for what only holds itself, and gives memory back to the system: seldom.

A run imports large libraries and makes objects by the million, hardly any of them in a circle;
looking for circles after each seven hundred new ones takes a tenth of its time and gives nothing
back.  What nothing refers to any more goes at once all the same.
"""

from __future__ import annotations

import contextlib
import gc
import sys

_NEW = 50_000  # new objects between two looks at the youngest
MANY = 50_000  # rows beyond which memory is what a run lacks first


def seldom() -> None:
    """Look for circles less often, in this process."""
    gc.set_threshold(_NEW, 20, 20)


def look_for_circles() -> None:
    """Look for circles among what was made lately."""
    gc.collect(1)


def give_back(rows: int) -> None:
    """Look for all circles, and give the system what no object is in: the C library would keep it.

    Args:
        rows: how many were at hand; of few, it would take longer than it is worth.
    """
    if rows > MANY:
        gc.collect()
        if sys.platform == "linux":
            import ctypes

            with contextlib.suppress(AttributeError, OSError):  # a C library that keeps nothing
                ctypes.CDLL(None).malloc_trim(0)
