"""The house is as docs/architecture.md says: every room is there, and imports go one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "spaser"
ANYONE = {"__init__", "__main__", "arguments"}  # the version, the entry, words of the command line


def rooms() -> list[str]:
    """The rooms of the table, in order."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z]+)(?:/|\.py)` \|", text, re.MULTILINE)


def imports(path: Path) -> Iterator[str]:
    """The rooms that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("spaser."))
        elif isinstance(node, ast.ImportFrom) and node.module == "spaser":
            yield from (a.name for a in node.names if a.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spaser."):
            yield str(node.module).split(".")[1]


def test_the_table_names_every_room_and_no_other() -> None:
    stand = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert sorted(rooms()) == sorted(stand - ANYONE)


def test_a_room_imports_only_rooms_above_it() -> None:
    order = rooms()
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {there}"
        for rank, room in enumerate(order)
        for path in [PACKAGE / f"{room}.py", *(PACKAGE / room).rglob("*.py")]
        if path.exists()
        for there in imports(path)
        if there not in {room, *order[:rank], *ANYONE}
    ]
    assert wrong == []
