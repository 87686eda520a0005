"""`explain`: what the analyst must know of a published year, from its folder alone.

What is missing and what would give it, what is known of too few, the targets missed, what moved;
or one indicator, and what made it move.  Figures keep the words of the report: the same lines, the
same «n. d.» and «n. s.», and nothing that it suppresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spaser.commands.explain.indicator import indicator
from spaser.commands.explain.paragraphs import wrapped
from spaser.commands.explain.year import year


def text(
    folder: Path, annee: int, code: str | None, entite: str | None, width: int
) -> Iterator[str]:
    """The lines of the explanation of a year, or of an indicator, at most `width` wide.

    Args:
        folder: the published folder.
        annee: the year.
        code: the code of an indicator; None for the whole year.
        entite: the code of a buyer, or of all together; None for the report's own.
        width: the most characters of a line.

    Raises:
        UserError: no report, or no such code or entity in it.
    """
    paragraphs = indicator(folder, annee, code, entite) if code else year(folder, annee, entite)
    return wrapped(paragraphs, width)
