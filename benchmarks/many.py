"""Many authorities on one machine: what sharing a national file and running each project cost.

    make echelle                       # measures, and writes the figures in docs/echelle.md
    .venv/bin/python benchmarks/many.py [--projects 12] [--contracts 400] [--others 100000]

Writes real projects (`spaser init`, SIREN of the table) and one national JSON that holds the
contracts of each, among those of others; then `spaser run --projets` twice: the second time nothing
has changed.  Seconds of processor come from the system, for neighbours do not disturb them; the
cost of a project is that of the whole run without the sharing, which is measured alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from national import contract

from spaser import collectivites
from spaser.commands import init
from spaser.commands.init import Wanted
from spaser.projects import workers
from spaser.settings.scheme import PeriodeDuSchema

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "echelle.md"
YEAR = 2024
WHOLE, YEARS = 320, 4  # authorities that must have a scheme, years of one
SHARE = """
import sys
from pathlib import Path
from spaser.projects import folders, sharing
place = Path(sys.argv[1])
raw = place / "data" / "raw" / "2024"
assert not sharing.share(raw, folders.find(place), 2024, lambda _: None)
"""


class Cost(NamedTuple):
    """Seconds on the clock and of processor, peak memory of one process in MiB."""

    clock: float
    processor: float
    peak: float


def measured(*words: str) -> Cost:
    """A command, with the processes that it starts."""
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{words} failed (status {status})")
    after = os.times()
    spent = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    return Cost(time.perf_counter() - start, spent, usage.ru_maxrss / 1024)


def authorities(count: int) -> list[str]:
    """SIREN of some authorities of the table, one in so many, the same each time."""
    rows = list(collectivites.rows("collectivites"))
    return [row["siren"] for row in rows[:: max(1, len(rows) // count)]][:count]


def write(place: Path, sirens: list[str], contracts: int, others: int) -> int:
    """The projects, and the national file in data/raw; gives its bytes."""
    for siren in sirens:
        init.create(
            place / siren, Wanted((siren,), None, PeriodeDuSchema(debut=YEAR, fin=YEAR + 3))
        )
    national = place / "data" / "raw" / str(YEAR) / "decp.json"
    national.parent.mkdir(parents=True)
    draw = random.Random(1)
    buyers = [s for s in sirens for _ in range(contracts)] + [""] * others
    draw.shuffle(buyers)
    with national.open("w", encoding="utf-8") as stream:
        stream.write('{"marches": {"marche": [')
        for n, siren in enumerate(buyers):
            one = contract(n, draw, ours=False)
            if siren:
                one["acheteur"] = {"id": f"{siren}00019"}
            stream.write(", " * bool(n))
            json.dump(one, stream, ensure_ascii=False)
        stream.write("]}}")
    return national.stat().st_size


def size(folder: Path) -> int:
    """The bytes under a folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def number(value: float, decimals: int = 0) -> str:
    """A number as French writes it."""
    return f"{value:,.{decimals}f}".replace(",", "\u202f").replace(".", ",")


def table(asked: argparse.Namespace) -> str:
    """Measure, and give the figures as two tables of Markdown."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        sirens = authorities(asked.projects)
        octets = write(place, sirens, asked.contracts, asked.others)
        share = measured("-c", SHARE, scratch)
        first = measured("-m", "spaser", "run", str(YEAR), "--projets", scratch)
        again = measured("-m", "spaser", "run", str(YEAR), "--projets", scratch)
        one = place / sirens[0]
        part, report = size(one / "data" / "raw"), size(one / "reports")
    records = len(sirens) * asked.contracts + asked.others
    each, count = first.processor / len(sirens), workers.processors()
    clock = first.clock / len(sirens)
    runs = WHOLE * YEARS
    return f"""\
Mesuré le {dt.date.today():%d/%m/%Y}, {count} processeur{"s" * (count > 1)} \
({platform.machine()}), Python {platform.python_version()} : {len(sirens)} projets de \
{asked.contracts} marchés, et un fichier national de {number(records)} marchés \
({number(octets / 1e6)} Mo).

| mesuré | horloge | processeur |
|---|---|---|
| partage du fichier national, une lecture pour tous | {number(share.clock, 1)} s | \
{number(share.processor, 1)} s |
| {len(sirens)} rapports | {number(first.clock, 1)} s | {number(first.processor, 1)} s |
| un rapport, en moyenne | {number(clock, 1)} s | {number(each, 1)} s |
| la même commande quand rien n'a changé | {number(again.clock, 1)} s | \
{number(again.processor, 1)} s |

Sommet de mémoire du partage : {number(share.peak)} Mio. Sur le disque, par projet : \
{number(part / 1e6, 1)} Mo pour sa part du fichier, {number(report / 1e6, 1)} Mo pour un rapport.

| extrapolé, en proportion des secondes de processeur | \
sur {count} processeur{"s" * (count > 1)} au repos |
|---|---|
| {WHOLE} collectivités, une année | {number(each * WHOLE / count / 60)} min |
| {WHOLE} collectivités, {YEARS} années | {number(each * runs / count / 3600, 1)} h |
| leurs {number(runs)} rapports, sur le disque | {number(report * runs / 1e9, 1)} Go |
| le partage d'un fichier national d'un million de marchés, lu une fois | \
{number(share.processor * 1e6 / records)} s de processeur |
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--projects", type=int, default=12)
    options.add_argument("--contracts", type=int, default=400)
    options.add_argument("--others", type=int, default=100_000)
    options.add_argument("--write", action="store_true", help="write the figures in docs/")
    asked = options.parse_args()
    figures = table(asked)
    print(figures)
    if asked.write:
        text = PAGE.read_text(encoding="utf-8")
        block = re.compile(r"(<!-- mesures -->\n).*?(<!-- fin -->)", re.DOTALL)
        PAGE.write_text(block.sub(lambda m: m[1] + figures + m[2], text), encoding="utf-8")


if __name__ == "__main__":
    main()
