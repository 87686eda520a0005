"""The speed of commands against goals, as ratios where a machine can be compared with itself.

    make benchmark                     # .venv/bin/python benchmarks/run.py [--repeats 3] [--large]

The measure is three empty notebooks executed by papermill and rendered by nbconvert, in a fresh
process of the same environment.  `run --force` draws every chart and judges every table, as the
first run on a machine does; the others take what a run before them has kept.  Clock and processor
time (of all processes, kernels included) are both given: neighbours disturb the first.  Contracts
are the demonstration year's, so many times over, each with an id of its own; `--large` asks for
33 000 too, and for a SIRENE stock of 2 GB.  The last lines set the whole run against what an
analyst would write instead (`usual.py`).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from costs import ROOT, Cost, cost, python, spaser

YEAR = "2024"
DATA = ROOT / "data" / "raw" / YEAR
ONCE = 320  # contracts of the demonstration year, about

EMPTY = """
import sys, nbformat, papermill
from pathlib import Path
from nbconvert import HTMLExporter
folder = Path(sys.argv[1])
for n in range(3):
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell("annee = 2024", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("annee"),
    ], metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}})
    source, target = folder / f"{n}.ipynb", folder / f"{n}-out.ipynb"
    nbformat.write(notebook, source)
    papermill.execute_notebook(source, target, parameters={"annee": 2025},
                               kernel_name="python3", progress_bar=False)
    html, _ = HTMLExporter(template_name="basic").from_filename(str(target))
    (folder / f"{n}.html").write_text(html, encoding="utf-8")
"""


class Measure(NamedTuple):
    """A line of the table: what was measured, its goal in words, what was met, whether it is."""

    quoi: str
    but: str
    mesure: str
    atteint: bool


def ratio(what: str, measured: float, unit: float, goal: float) -> Measure:
    """A cost against that of three empty notebooks, which should be `goal` times it at most."""
    return Measure(
        what, f"≤ {goal}", f"{measured / unit:.2f} ({measured:.1f} s)", measured <= goal * unit
    )


def below(what: str, measured: float, goal: float, unit: str) -> Measure:
    """A cost that should be under a number."""
    return Measure(what, f"< {goal:g} {unit}", f"{measured:.2f} {unit}", measured < goal)


def many(target: Path, times: int) -> Path:
    """The files of the demonstration year, their contracts so many times over."""
    shutil.copytree(DATA, target)
    for file in target.glob("decp-*.json"):
        content = json.loads(file.read_text(encoding="utf-8"))
        records = content.get("records") or content["marches"]["marche"]
        records += [{**r, "id": f"{r['id']}-{n}"} for n in range(1, times) for r in tuple(records)]
        file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return target


def of_one_year(scratch: Path, repeats: int) -> Iterator[Measure]:
    """The commands of an analyst on the demonstration year."""
    data, reports = scratch / "data", str(scratch / "reports")
    shutil.copytree(DATA, data)
    place = ["--data", str(data), "--reports", reports]
    empty = cost(python(EMPTY, str(scratch)), repeats=repeats)
    print(f"three empty notebooks: {empty.clock:.2f} s by the clock, {empty.processor:.2f} s of "
          "processor\n\n| what | goal | measured | met |\n|---|---|---|---|")  # fmt: skip
    run = cost(spaser("run", YEAR, "--force", *place), repeats=repeats)
    yield from _both("`run --force`", run, empty, 2.0, 3.5)
    yield from _both(
        "`run` in an empty folder", _elsewhere(scratch, data, repeats), empty, 2.0, 3.5
    )
    with _nothing_kept():
        check = cost(spaser("check", YEAR, *place), repeats=repeats)
    yield from _both("`check`, nothing kept", check, empty, 1.0, 1.0)
    for command, goal in (("check", 1.0), ("run", 1.5)):
        _after_a_change(command, data, place)  # which keeps what the next ones take
        every = [_after_a_change(command, data, place) for _ in range(repeats)]
        changed = Cost(*map(min, zip(*every, strict=True)))
        yield from _both(f"`{command}` after one cell changed", changed, empty, goal, goal)
    for what, words in (
        ("unchanged `run`", ["run", YEAR, *place]),
        ("`--help`", ["--help"]),
        ("`trace`", ["trace", YEAR, "SOC2-01", "--reports", reports]),
        ("`explain`", ["explain", YEAR, "SOC2-01", "--reports", reports]),
    ):
        spent = cost(spaser(*words), repeats=repeats)
        yield below(f"{what}, clock", spent.clock, 1, "s")
        yield below(f"{what}, processor", spent.processor, 1, "s")


def _both(what: str, spent: Cost, empty: Cost, clock: float, processor: float) -> Iterator[Measure]:
    yield ratio(f"{what}, clock", spent.clock, empty.clock, clock)
    yield ratio("same, processor", spent.processor, empty.processor, processor)


def _elsewhere(scratch: Path, data: Path, repeats: int) -> Cost:
    """A run of a year that was made before, where no report of it is."""
    reports = scratch / "elsewhere"
    every = []
    for _ in range(repeats + 1):  # the first keeps what the others take
        shutil.rmtree(reports, ignore_errors=True)
        every.append(cost(spaser("run", YEAR, "--data", str(data), "--reports", str(reports))))
    return Cost(*map(min, zip(*every[1:], strict=True)))


@contextlib.contextmanager
def _nothing_kept() -> Iterator[None]:
    before = os.environ["SPASER_CACHE"]
    os.environ["SPASER_CACHE"] = ""
    try:
        yield
    finally:
        os.environ["SPASER_CACHE"] = before


def _after_a_change(command: str, data: Path, place: list[str]) -> Cost:
    [file] = data.glob("decp-*-metropole-*.json")
    content = json.loads(file.read_text(encoding="utf-8"))
    content["marches"]["marche"][0]["montant"] += 1
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return cost(spaser(command, YEAR, *place))


def of_a_stock(scratch: Path, repeats: int) -> Iterator[Measure]:
    """An unchanged run beside a stock of establishments, none of which is a holder of ours."""
    data = scratch / "stock"
    shutil.copytree(DATA, data)
    _write_stock(data / "StockEtablissement_utf8.csv")
    place = ["--data", str(data), "--reports", str(scratch / "beside")]
    first = cost(spaser("run", YEAR, *place))
    again = cost(spaser("run", YEAR, *place), repeats=repeats)
    for what, spent in (("clock", again.clock), ("processor", again.processor)):
        yield below(f"unchanged `run` beside a stock of 2 GB, {what}", spent, 1, "s")
    yield below("the run before it, peak memory of a process", first.peak, 1024, "MiB")
    shutil.rmtree(data)


def _write_stock(path: Path) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(
            "siren,siret,statutDiffusionEtablissement,codeCommuneEtablissement,"
            "denominationUsuelleEtablissement,libelleVoieEtablissement\n"
        )
        number = 900_000_000
        while stream.tell() < 2 << 30:
            stream.writelines(
                f"{n},{n}00013,O,21231,ENTREPRISE {n},RUE DE LA PREFECTURE ET DU GENERAL {n}\n"
                for n in range(number, number + 100_000)
            )
            number += 100_000


def of_many_contracts(scratch: Path, sizes: list[int]) -> Iterator[Measure]:
    """What a contract more costs, how much memory, and the same work done the usual way."""
    before, base = 1, cost(spaser("run", YEAR, "--force", "--reports", str(scratch / "once")))
    for times in sizes:
        data = many(scratch / f"x{times}", times)
        reports, usual = scratch / f"r{times}", scratch / f"usual{times}"
        usual.mkdir()
        run = cost(spaser("run", YEAR, "--force", "--data", str(data), "--reports", str(reports)))
        each = 1000 * (run.processor - base.processor) / (ONCE * (times - before))
        name = f"{ONCE * times} contracts"
        yield below(f"{name}, a contract more", each, 1, "ms")
        yield below(f"{name}, peak memory of a process", run.peak, 1024, "MiB")
        page = (reports / YEAR / "preuves.html").stat().st_size / 1e6
        yield below(f"{name}, preuves.html", page, 4, "MB")
        plain = cost([sys.executable, "benchmarks/usual.py", str(data), str(usual)])
        yield Measure(
            f"{name}, whole run / `usual.py`, processor",
            "< 1 from 10 000 on" if ONCE * times < 10_000 else "< 1",
            f"{run.processor / plain.processor:.2f} ({plain.processor:.1f} s)",
            ONCE * times < 10_000 or run.processor < plain.processor,
        )
        before, base = times, run


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--repeats", type=int, default=3, help="runs of each, the least is kept")
    options.add_argument(
        "--large", action="store_true", help="33 000 contracts and a stock too: minutes"
    )
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        os.environ["SPASER_CACHE"] = str(folder / "cache")  # empty at first
        for line in of_one_year(folder, asked.repeats):
            _say(line)
        for line in of_a_stock(folder, asked.repeats) if asked.large else ():
            _say(line)
        for line in of_many_contracts(folder, [10, 100] if asked.large else [10]):
            _say(line)


def _say(line: Measure) -> None:
    print(f"| {line.quoi} | {line.but} | {line.mesure} | {'yes' if line.atteint else 'no'} |",
          flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
