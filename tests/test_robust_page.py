"""docs/robustesse.md is what its parts print: each has its section there, and none is forgotten."""

from __future__ import annotations

import importlib.util
import re

import pytest
from neutral import ROOT

FOLDER = ROOT / "benchmarks" / "robustness"
WRITE = importlib.util.spec_from_file_location("write", FOLDER / "write.py")
HEADING = re.compile(r"^\s*print\(\"(?:\\n)?(## [^\\\"]+)", re.MULTILINE)


def parts() -> tuple[str, ...]:
    assert WRITE is not None
    assert WRITE.loader is not None
    module = importlib.util.module_from_spec(WRITE)
    WRITE.loader.exec_module(module)
    names: tuple[str, ...] = module.PARTS
    return names


def test_every_part_is_run() -> None:
    scripts = {p.stem for p in FOLDER.glob("*.py")} - {"write", "common"}
    assert sorted(parts()) == sorted(scripts)


@pytest.mark.parametrize("part", parts())
def test_every_part_has_its_sections_on_the_page_with_figures(part: str) -> None:
    page = (ROOT / "docs" / "robustesse.md").read_text(encoding="utf-8")
    headings = HEADING.findall((FOLDER / f"{part}.py").read_text(encoding="utf-8"))
    assert headings
    for heading in headings:
        section = page.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]
        rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
        assert rows, heading
        assert all(re.search(r"\| [^|]*\d[^|]* \|", row) for row in rows), heading
