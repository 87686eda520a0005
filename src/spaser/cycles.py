"""How often Python looks for objects that only hold one another: seldom.

A run imports large libraries and makes objects by the million, hardly any of them in a circle;
looking for circles after each seven hundred new ones takes a tenth of its time and gives nothing
back.  What nothing refers to any more goes at once all the same.
"""

from __future__ import annotations

import gc

_NEW = 50_000  # new objects between two looks at the youngest


def seldom() -> None:
    """Look for circles less often, in this process."""
    gc.set_threshold(_NEW, 20, 20)
