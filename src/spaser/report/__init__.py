"""From figures to pages: fragments of HTML made by templates, shown by notebooks.

Every text goes through a template that escapes it; a fragment is the only thing that is
trusted to be HTML.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from spaser.plaintext import place, writable
from spaser.report import french
from spaser.report.compiled import Compiled
from spaser.report.fragment import PAGE, SHOWS, Fragment

__all__ = ["PAGE", "SHOWS", "Fragment", "anchor", "render"]

TEMPLATES = Path(__file__).parent / "templates"


def render(name: str, shows: str = "", **context: Any) -> Fragment:
    """Render templates/NAME.html.j2, every value escaped; `shows` is NAME unless it is given."""
    template = _environment().get_template(f"{name}.html.j2")
    return Fragment(shows or name, writable(template.render(**context)))


@functools.cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader([TEMPLATES, PAGE]),
        bytecode_cache=Compiled(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "number": french.number,
        "plural": french.plural,
        "euros": french.euros,
        "short_euros": french.short_euros,
        "percent": french.percent,
        "money": lambda text: french.fixed(Decimal(str(text)), 2),
        "date": french.date,
        "jour": lambda text: french.date(dt.date.fromisoformat(text)),
        "decimal": lambda text: Decimal(str(text)),
        "anchor": anchor,
        "loose": french.loose,
        "capitalized": french.capitalized,
        "uncapitalized": french.uncapitalized,
        "brief": lambda text: str(text).partition(" (")[0],
        "fold": lambda text: as_read(Markup("").join(_breaks(str(text)))),
        "lu": as_read,
        "place": place,
    }
    env.filters |= filters
    return env


def as_read(text: str) -> Markup:
    """What a record wrote, shown to the letter: typography leaves it alone."""
    return Markup('<span class="lu">{}</span>').format(text)


def anchor(text: str) -> str:
    """The id of a heading."""
    from spaser.sources.values import fold

    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-") or "partie"


def _breaks(text: str) -> list[Markup]:
    """Let long identifiers wrap after each underscore, slash and dot."""
    parts: list[Markup] = []
    word = ""
    for char in text:
        word += char
        if char in "_/.":
            parts.append(Markup.escape(word) + Markup("<wbr>"))
            word = ""
    return [*parts, Markup.escape(word)]
