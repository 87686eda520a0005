"""docs/autre-collectivite.md is a story that holds: its commands are run, in their order."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nation
import oracle as o
import pages
import pytest
import yaml
from neutral import ROOT

STORY = ROOT / "docs" / "autre-collectivite.md"
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
    """The file of the platform: a contract of Arcachon each week, one of another buyer, and those
    of six communes of its size, four of which do not say how many offers they had."""
    contracts = [
        o.Contract(
            f"2024-{n:02d}", buyer=SIRET, montant=Decimal(41000 + 1000 * n),
            notified=(day := dt.date(2024, 1, 4) + dt.timedelta(weeks=n)),
            published=day + dt.timedelta(days=9),
        )
        for n in range(51)
    ]  # fmt: skip
    known = nation.authorities()
    nature, people = known[SIRET[:9]]
    near = sorted((abs(p - people), siren) for siren, (n, p) in known.items() if n == nature)
    others = [
        pages.replace(c, id=f"{siren}{c.id}", buyer=f"{siren}00019", offers=None if rank > 2 else 3)
        for rank, (_, siren) in enumerate(near[1:7], start=1)
        for c in contracts[:20]
    ]
    records = [o.nested(c) for c in (*contracts, o.Contract("autre", buyer=o.VILLE), *others)]
    pages.write_json(project / "data" / "raw" / "2024" / "plateforme.json", o.regulatory(records))


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, pages.Done]]]:
    """The project at the end of the story, and how each of its commands ended."""
    made = pages.once(tmp_path_factory, "lived", live)
    outcomes = json.loads((made.place / "told.json").read_text(encoding="utf-8"))
    return Path(outcomes["here"]), [(line, pages.Done(*end)) for line, end in outcomes["done"]]


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
    outcomes = {"here": str(here), "done": [(line, (d.code, d.out, d.err)) for line, d in done]}
    (place / "told.json").write_text(json.dumps(outcomes), encoding="utf-8")
    return done[-1][1]


def test_every_command_of_the_story_succeeds(
    lived: tuple[Path, list[tuple[str, pages.Done]]],
) -> None:
    _, done = lived
    assert [line.split()[1] for line, _ in done] == ["init", "run", "notebooks", "run", "verify"]
    for line, end in done:
        assert end.code == 0, (line, end.err)
        assert DONE.get(line.split()[1], "") in end.out, (line, end.out)


FOREIGN = re.compile(
    r"dijon|côte[- ]d[’']or|\bcreativ\b|bourgogne|métropole", re.I
)  # words of the authority whose project the repository holds


def published(reports: Path) -> list[Path]:
    """Every page and every text of the last report, the index of all years included."""
    kinds = {".html", ".csv", ".md", ".json", ".sql", ".yml", ".svg", ".ipynb"}
    inside = [p for p in sorted((reports / "2024").rglob("*")) if p.suffix in kinds]
    assert len(inside) > 60
    return [reports / "index.html", *inside]


def test_the_last_report_holds_no_word_of_another_authority(
    lived: tuple[Path, list[tuple[str, pages.Done]]],
) -> None:
    """Words of territories are looked for in all that is published, its inputs included."""
    reports, foreign = lived[0] / "reports", []
    for path in published(reports):
        text = html.unescape(path.read_text(encoding="utf-8"))
        foreign += [(path.relative_to(reports).as_posix(), m[0]) for m in FOREIGN.finditer(text)]
    assert foreign == []


def test_the_last_report_is_of_the_authority(
    lived: tuple[Path, list[tuple[str, pages.Done]]],
) -> None:
    reports = lived[0] / "reports"
    for page in (reports / "index.html", *sorted((reports / "2024").glob("*.html"))):
        text = page.read_text(encoding="utf-8")
        assert "Schéma provisoire" not in text, page.name
        assert "Arcachon" in text, page.name
    figures = pages.figures(reports / "2024")
    assert {code for code, _, _ in figures} >= {"ECO1-05", "SOC2-01", "ENV1-01"}
    assert {entite for _, entite, _ in figures} == {"ville_d_arcachon"}


def test_no_link_of_the_last_report_is_dead(
    lived: tuple[Path, list[tuple[str, pages.Done]]],
) -> None:
    """Pages lead to files that are there, and to parts that they hold."""
    reports, followed = lived[0] / "reports", 0
    for page in (reports / "index.html", *sorted((reports / "2024").glob("*.html"))):
        for link in [a.get("href") for a in pages.parsed(page).iter("a")]:
            name, _, anchor = link.partition("#")
            if ":" in name:
                continue  # an address, or a mail
            target = (page.parent / unquote(name)).resolve() if name else page
            assert target.exists(), (page.name, link)
            if anchor:
                ids = {e.get("id") for e in pages.parsed(target).iter()}
                assert anchor in ids, (page.name, link)
                followed += 1
    assert followed > 100


def test_tables_and_texts_are_those_of_one_buyer(
    lived: tuple[Path, list[tuple[str, pages.Done]]],
) -> None:
    """No column repeats its name, no legend shows a target that is not drawn."""
    report = pages.parsed(lived[0] / "reports" / "2024" / "rapport.html")
    renewals = [t for d in report.iter("details") if d.get("class") == "renouveler"
                for t in d.iter("thead")]  # fmt: skip
    assert renewals
    for head in renewals:
        assert [pages.text_of(th) for th in head.iter("th")][:2] == ["Marché", "Fin"]
    keys = set()
    for figure in report.iter("figure"):
        if "trajectoires" not in str(figure.get("aria-label")):
            continue
        drawn = [str(d.get("aria-label")) for d in figure.iter("div") if d.get("role") == "img"]
        [key] = [u for u in figure.iter("ul") if u.get("class") == "cle"]
        aimed = any("; cible" in pages.plain(alt) for alt in drawn)
        words = pages.text_of(key)
        assert ("cible" in words or "objectif" in words) == aimed, drawn
        keys.add(aimed)
    assert keys == {True, False}
    committee = pages.text_of(pages.parsed(lived[0] / "reports" / "2024" / "comite.html"))
    assert pages.plain("couverture : Ville d’Arcachon.") in pages.plain(committee)
