"""Text for a terminal or a pipe: paragraphs wrapped to a width, in French typography."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from spaser.report import french

NARROWEST = 40
_STEP = "  "


class Paragraph(NamedTuple):
    """A paragraph: its text, how deep it stands, the mark of a list («–», «3.»).

    A `rule` is a character that underlines it: it is a heading.
    """

    text: str
    level: int = 0
    mark: str = ""
    rule: str = ""


def heading(text: str, rule: str = "-") -> Paragraph:
    """A heading, underlined."""
    return Paragraph(text, rule=rule)


def item(text: str, level: int = 1, mark: str = "–") -> Paragraph:
    """An entry of a list.

    Args:
        text: what it says.
        level: how deep it stands, 0 for the margin.
        mark: what it begins with.
    """
    return Paragraph(text, level, mark)


def wrapped(paragraphs: Iterable[Paragraph], width: int) -> Iterator[str]:
    """Lines of at most `width` characters; a heading has an empty line before it."""
    width = max(width, NARROWEST)
    for number, p in enumerate(paragraphs):
        before = _STEP * p.level
        first = f"{before}{p.mark} " if p.mark else before
        lines = textwrap.wrap(
            french.typography(p.text), width, initial_indent=first,
            subsequent_indent=" " * len(first), break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        if p.rule and number:
            yield ""
        yield from lines
        if p.rule:
            yield p.rule * max(map(len, lines))


def harmless(text: str) -> str:
    """A text that a record wrote, without what a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
