"""The analyst's words: params/YEAR/commentaires/CODE.md, one file an ambition or a section.

Markdown in, harmless HTML out: no raw HTML, no image, no heading, and links that lead to
pages and nowhere else.
"""

from __future__ import annotations

import functools
from typing import Any

from markupsafe import Markup, escape

from spaser.errors import UserError
from spaser.settings.params import Params

SECTIONS = ("gouvernance", "perspectives")
"""Sections of the report that no data fills: what the committee did, and what comes."""


def read(params: Params) -> dict[str, str]:
    """The comments of a year, by ambition or section.

    Raises:
        UserError: a file that is not named after an ambition or a section, or is not UTF-8.
    """
    named = (*params.scheme.ambitions, *SECTIONS)
    folder = params.folder / str(params.year.annee) / "commentaires"
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        if path.stem not in named:
            raise UserError(
                "ce commentaire n'est celui d'aucune ambition ni d'aucune section",
                lieu=str(path),
                valeur=path.stem,
                remede="nommer le fichier " + ", ".join(f"{name}.md" for name in named),
            )
        try:
            text = path.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise UserError(
                "ce commentaire n'est pas lisible", lieu=str(path), remede="l'enregistrer en UTF-8"
            ) from None
        if text:
            texts[path.stem] = text
    return texts


def html(text: str) -> Markup:
    """A comment as HTML that can be put in a page."""
    return Markup(_markdown()(text))


@functools.cache
def _markdown() -> Any:
    import mistune

    class Words(mistune.HTMLRenderer):
        """Paragraphs, lists, emphasis and links; what could break the page becomes text."""

        def heading(self, text: str, level: int, **_: Any) -> str:
            return f"<p><strong>{text}</strong></p>\n"

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return str(escape(text))

        def link(self, text: str, url: str, title: str | None = None) -> str:
            if not url.startswith(("https://", "http://", "mailto:", "#")):
                return text
            return f'<a href="{escape(url)}">{text}</a>'

    return mistune.create_markdown(renderer=Words(escape=True))
