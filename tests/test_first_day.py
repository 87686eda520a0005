"""docs/autre-collectivite.md is a story that holds: its commands are run, in their order."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle as o
import pages
import pytest
import yaml

STORY = pages.ROOT / "docs" / "autre-collectivite.md"
_BLOCK = re.compile(r"^```(sh|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SIRET = "21330009800013"
DONE = {"run": "rapport publié", "verify": "identique", "init": "projet écrit"}


def edit(project: Path, block: str) -> None:
    """Write the keys of a block of the story in the file that its first line names."""
    file = project / block.splitlines()[0].removeprefix("# ")
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    content |= yaml.safe_load(block)
    content["deliberation"]["date"] = str(content["deliberation"]["date"])
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def deposit(project: Path) -> None:
    """The file of the platform: a contract of Arcachon each week, and one of another buyer."""
    contracts = [
        o.Contract(
            f"2024-{n:02d}", buyer=SIRET, montant=Decimal(41000 + 1000 * n),
            notified=(day := dt.date(2024, 1, 4) + dt.timedelta(weeks=n)),
            published=day + dt.timedelta(days=9),
        )
        for n in range(51)
    ]  # fmt: skip
    records = [o.nested(c) for c in (*contracts, o.Contract("autre", buyer=o.VILLE))]
    pages.write_json(project / "data" / "raw" / "2024" / "plateforme.json", o.regulatory(records))


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, pages.Done]]]:
    """The project at the end of the story, and how each of its commands ended."""
    made = pages.once(tmp_path_factory, "lived", live)
    told = json.loads((made.place / "told.json").read_text(encoding="utf-8"))
    return Path(told["here"]), [(line, pages.Done(*end)) for line, end in told["done"]]


def live(place: Path) -> pages.Done:
    """Live the story in a folder, and note how each of its commands ended."""
    here, done = place, []
    for kind, block in _BLOCK.findall(STORY.read_text(encoding="utf-8")):
        if kind == "yaml":
            edit(here, block)
            continue
        for line in block.splitlines():
            first, *words = line.split()
            if first == "cd":
                here /= words[0]
                deposit(here)
                continue
            assert first == "spaser", line
            done.append((line, pages.spaser(*words, cwd=here)))
            if words[0] == "run" and len(done) < 4:  # before the scheme is theirs
                page = here / "reports" / "2024" / "rapport.html"
                assert "Schéma provisoire" in page.read_text(encoding="utf-8"), done[-1][1].err
    told = {"here": str(here), "done": [(line, (d.code, d.out, d.err)) for line, d in done]}
    (place / "told.json").write_text(json.dumps(told), encoding="utf-8")
    return done[-1][1]


def test_every_command_of_the_story_succeeds(
    lived: tuple[Path, list[tuple[str, pages.Done]]],
) -> None:
    _, done = lived
    assert [line.split()[1] for line, _ in done] == ["init", "run", "notebooks", "run", "verify"]
    for line, end in done:
        assert end.code == 0, (line, end.err)
        assert DONE.get(line.split()[1], "") in end.out, (line, end.out)


def test_the_last_report_is_of_the_authority_alone(
    lived: tuple[Path, list[tuple[str, pages.Done]]],
) -> None:
    reports = lived[0] / "reports"
    for page in (reports / "index.html", *sorted((reports / "2024").glob("*.html"))):
        text = page.read_text(encoding="utf-8")
        assert "Schéma provisoire" not in text, page.name
        assert "Arcachon" in text, page.name
        for link in re.findall(r'href="([^"#:]+)(?:#[^"]*)?"', text):
            assert (page.parent / link).exists(), (page.name, link)
    figures = pages.figures(reports / "2024")
    assert {code for code, _, _ in figures} >= {"ECO1-05", "SOC2-01", "ENV1-01"}
