"""Cells shown as percentages: 0.25 under the format «0 %» is the text «25 %», as people see it.

A workbook holds the part, its format says that a percentage is meant; without it, 0.25 in a column
of percentages would be a quarter of one.  Given as text, a parser knows: «25 %» is 0.25 of a whole,
25 in a column of percentages, and, elsewhere, has two readings.
"""

from __future__ import annotations

import re
from decimal import Decimal

BUILT_IN = frozenset({9, 10})  # numbers of the formats «0%» and «0.00%», declared nowhere
_QUOTED = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]')  # «0" %"» shows a sign and multiplies nothing


def is_format(code: str) -> bool:
    """Whether a format of numbers multiplies by a hundred."""
    return "%" in _QUOTED.sub("", code)


def shown(value: object) -> object:
    """A number as the percentage that its cell shows, all its decimals kept; others as they are."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    exact = Decimal(repr(value))
    return f"{(exact * 100).normalize():f} %" if exact.is_finite() else value
