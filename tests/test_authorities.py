"""Authorities of other kinds, each from its SIREN to its report: nothing of another is left.

A département, a région, a commune without a territory and a grouping of seven buyers, some of which
no table knows; one national file for all.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import oracle as o
import pages
import pytest
from test_first_day import FOREIGN
from test_init import SEPT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("pages", "chromium")

KINDS = {
    "departement": (["223300013"], "Département de la Gironde"),
    "region": (["200053759"], "Région Nouvelle-Aquitaine"),
    "commune": (["213300056"], "Ville d’Andernos-les-Bains"),
    "sept": (SEPT, "Groupement des Sept"),
}
TEXTS = {".html", ".csv", ".md", ".json", ".sql", ".yml", ".svg", ".ipynb", ".txt"}


def siret(siren: str) -> str:
    """An establishment of a SIREN whose key is right."""
    for rank in range(10, 100):
        digits = [int(d) for d in f"{siren}000{rank}"]
        twice = [d if n % 2 else 2 * d - 9 * (d > 4) for n, d in enumerate(digits)]
        if sum(twice) % 10 == 0:
            return f"{siren}000{rank}"
    raise AssertionError(siren)


def contracts(siren: str) -> list[o.Contract]:
    """A contract every two weeks, one in three of them social."""
    return [
        o.Contract(
            f"2024-{n:02d}", buyer=siret(siren), montant=Decimal(41000 + 7000 * n),
            social=(o.CLAUSE,) if n % 3 == 0 else (o.PAS_SOCIAL,),
            environment=(o.CLAUSE_ENV,) if n % 2 else (o.PAS_ENV,),
            notified=(day := dt.date(2024, 1, 4) + dt.timedelta(weeks=2 * n)),
            published=day + dt.timedelta(days=9),
        )
        for n in range(26)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> pages.Made:
    """A project each, in two commands; what these printed is kept beside."""

    def build(place: Path) -> pages.Done:
        home, printed = place / "bureau", []
        for name, (sirens, nom) in KINDS.items():
            words = [w for s in sirens for w in ("--siren", s)]
            words += ["--nom", nom] if len(sirens) > 1 else []
            done = pages.spaser("init", home / name, *words, "--periode", "2024-2027", cwd=place)
            printed += [done.out, done.err]
        scheme = home / "commune" / "params" / "spaser.yml"
        text = scheme.read_text(encoding="utf-8")
        without = re.sub(r"(?ms)^territoire:.*?\n\n", "", text)
        assert without != text
        scheme.write_text(without, encoding="utf-8")
        records = [
            o.nested(c) for sirens, _ in KINDS.values() for s in sirens for c in contracts(s)
        ]
        pages.write_json(home / "data" / "raw" / "2024" / "national.json", o.regulatory(records))
        done = pages.spaser("run", "2024", "--projets", home)
        (place / "dit.txt").write_text("\n".join([*printed, done.out, done.err]), encoding="utf-8")
        return done

    return pages.once(tmp_path_factory, "authorities", build)


def texts(project: Path) -> Iterator[Path]:
    """What a project holds of its own, and all that it publishes; not the tables of France."""
    for path in sorted(project.rglob("*")):
        own = path.relative_to(project).parts[:2] != ("data", "referentiels")
        if own and path.suffix in TEXTS and path.is_file():
            yield path


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_another_authority(authorities: pages.Made, kind: str) -> None:
    """In no page, file, parameter or line of the terminal."""
    home = authorities.place / "bureau"
    every = [*texts(home / kind), home / "index.html", authorities.place / "dit.txt"]
    assert len(every) > 80
    strange = [
        (path.relative_to(authorities.place).as_posix(), m[0])
        for path in every
        for m in FOREIGN.finditer(html.unescape(path.read_text(encoding="utf-8")))
    ]
    assert strange == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_is_of_the_authority_and_leads_somewhere(
    authorities: pages.Made, kind: str
) -> None:
    sirens, nom = KINDS[kind]
    folder = authorities.place / "bureau" / kind / "reports" / "2024"
    made = [*folder.glob("*.html"), folder.parent / "index.html"]
    assert len(made) >= 8
    for path in made:
        page = pages.parsed(path)
        assert nom in pages.text_of(page.find("body")), path.name
        for link in (a.get("href") for a in page.iter("a")):
            name = link.partition("#")[0]
            assert ":" in name or not name or (path.parent / name).exists(), (path.name, link)
    figures = pages.figures(folder)
    assert len({entite for _, entite, _ in figures}) == (8 if len(sirens) > 1 else 1)
    for (code, entite, base), row in figures.items():
        if (code, base) == ("SOC2-01", "nombre"):
            many = len(sirens) if entite == "ensemble" else 1
            assert (Decimal(row["numerateur"]), Decimal(row["denominateur"])) == (
                9 * many,
                26 * many,
            )


def test_seven_buyers_are_read_by_rows_without_going_sideways(
    authorities: pages.Made, browser: Browser
) -> None:
    """Each value is on the page; at the width of a laptop no table goes sideways."""
    folder = authorities.place / "bureau" / "sept" / "reports" / "2024"
    page = pages.parsed(folder / "rapport.html")
    tables = [
        [pages.plain(pages.text_of(row)) for row in t.find("tbody").iter("tr")]
        for t in page.iter("table")
        if pages.plain(pages.text_of(t.find("caption"))).startswith("SOC2-01 : ")
    ]
    of_seven = [rows for rows in tables if len(rows) == 7]
    assert of_seven
    assert all("34,6 %" in row and "9 sur 26" in row for row in of_seven[0])
    sheet = browser.new_page(viewport={"width": 1366, "height": 900})
    for path in sorted(folder.glob("*.html")):
        sheet.goto(path.as_uri())
        wide = sheet.evaluate(
            """() => {document.querySelectorAll('details').forEach(d => d.open = true);
            return [...document.querySelectorAll('.defile')].filter(e =>
              e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute('aria-label'))}"""
        )
        assert wide == [], path.name
    sheet.close()
