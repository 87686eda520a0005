"""What `run --edition` does to files, without the figures: quick enough to be broken everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spaser.publishing import editions, leftovers, publication

BODY = "x" * 5000


def publish(reports: Path, text: str, note: Callable[[str], None] = lambda _: None) -> int:
    """What `run --edition` does to files, without the figures; gives the number sealed."""
    final = reports / "2024"
    with leftovers.held(reports, "2024", note):
        number = (editions.last(final) or 0) + 1
        with publication.staging(reports, "2024") as stage:
            (stage / "donnees").mkdir()
            for name in ("rapport.html", "donnees/marches.csv"):
                (stage / name).write_text(text + BODY, encoding="utf-8")
            publication.seal(stage, number)
            publication.publish(stage, final)
    return number


def whole(folder: Path) -> str | None:
    """The text of a report whose two files agree and are whole, else None."""
    texts = {
        (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else None
        for name in ("rapport.html", "donnees/marches.csv")
    }
    text = texts.pop()
    return text.removesuffix(BODY) if not texts and text and text.endswith(BODY) else None


def sealed(reports: Path) -> dict[str, str | None]:
    return {p.name: whole(p) for p in sorted((reports / "2024" / "editions").glob("*"))}
