"""Executed notebooks to pages: nbconvert in-process, through our own small template.

Each page is one file: style inside, no script, no outside address, a policy that forbids both.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode

from spaser.report import french, render
from spaser.report.edition import Edition
from spaser.sources.values import fold

PAGE = Path(__file__).parent / "page"
PAGES = {
    "1_qualite": ("qualite.html", "Contrôle qualité"),
    "2_indicateurs": ("calculs.html", "Livre de calcul"),
    "3_rapport": ("rapport.html", "Rapport"),
}
_HEADING = re.compile(
    r"<h([23])>(.*?)</h\1>", re.DOTALL
)  # those of markdown cells have no attribute
_CONTENTS = "<!-- sommaire -->"


def html(name: str, notebook: NotebookNode, edition: Edition, pages: list[str]) -> str:
    """Render one executed notebook.

    Args:
        name: the notebook's name, a key of PAGES.
        notebook: the executed notebook.
        edition: titles, dates and the mark of demonstration data.
        pages: the notebooks rendered beside it, for the navigation.
    """
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    exporter = HTMLExporter(
        config=Config({"HTMLExporter": {"exclude_anchor_links": True}}),
        extra_template_basedirs=[str(PAGE.parent)],
        template_name=PAGE.name,
    )
    body, _ = exporter.from_notebook_node(notebook, {"page": _page(name, edition, pages)})
    return french.typography(_with_contents(body)).rstrip() + "\n"


def _page(name: str, edition: Edition, pages: list[str]) -> dict[str, Any]:
    scheme, year = edition.scheme, edition.year
    file, title = PAGES[name]
    return {
        "titre": f"{title} {year.annee}, {scheme.sigle} de {scheme.collectivite}",
        "sigle": scheme.sigle,
        "collectivite": scheme.collectivite,
        "licence": scheme.licence,
        "edition": french.date(year.date_edition),
        "demonstration": edition.demonstration,
        "fichier": file,
        "pages": [PAGES[p] for p in ("3_rapport", "2_indicateurs", "1_qualite") if p in pages],
        "css": (PAGE / "page.css").read_text(encoding="utf-8"),
    }


def _with_contents(body: str) -> str:
    """Give every heading of the notebook an id of its own, and list them in the page's nav."""
    contents: list[dict[str, Any]] = []
    used: set[str] = set()

    def anchored(match: re.Match[str]) -> str:
        level, text = match.groups()
        slug = base = re.sub(r"[^a-z0-9]+", "-", fold(unescape(text))).strip("-") or "partie"
        for rank in count(2):
            if slug not in used:
                break
            slug = f"{base}-{rank}"
        used.add(slug)
        entry = {"id": slug, "texte": Markup(text), "enfants": []}
        (contents if level == "2" or not contents else contents[-1]["enfants"]).append(entry)
        return f'<h{level} id="{slug}">{text}</h{level}>'

    body = _HEADING.sub(anchored, body)
    return body.replace(_CONTENTS, render("sommaire", entrees=contents).html, 1)
