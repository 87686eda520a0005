"""What is declared elsewhere: files that are ready, those that lack a value, the census."""

from __future__ import annotations

from collections.abc import Iterator

from spaser.commands.explain.paragraphs import Paragraph, harmless, heading, item
from spaser.report import suite
from spaser.report.edition import Edition


def declared(edition: Edition) -> Iterator[Paragraph]:
    """Each declaration that the data allow, with what it lacks; then the national census."""
    yield heading("6. Ce qui se déclare")
    rows = edition.rows_if_any("declarations")
    for row, phrase in zip(rows, suite.declarations(edition), strict=True):
        more = row["fichier"] or row["manques"]
        yield item(harmless(f"{phrase} ({more})"))
    yield Paragraph(suite.recensement(edition.year.annee))
