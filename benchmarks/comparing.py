"""What comparing costs: a whole report of a national file, one contract in ten of buyers like ours.

    .venv/bin/python benchmarks/comparing.py [--contracts 1500000]

Writes a nested JSON whose buyers are real, 300 contracts of them ours, and measures processor time
and peak memory, each in a process of its own: reading it (contracts of buyers like ours are typed
too, and put aside), then the whole run, in which each such buyer's figures are made as ours are.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path

import national

from spaser import collectivites
from spaser.settings import params
from spaser.sources import semblables

LIKE = 10  # one contract in so many is of a buyer like ours
RUN = """
import sys, tempfile
from spaser import cli
with tempfile.TemporaryDirectory() as reports:
    cli.main(["run", "2024", "--data", sys.argv[1], "--reports", reports])
"""


def write(path: Path, count: int) -> int:
    """Write the file; gives the number of buyers like ours."""
    scheme = params.load(national.ROOT / "params", 2024).scheme
    some = sorted(frozenset().union(*(semblables.alike(scheme, a) for a in scheme.acheteurs)))
    every = sorted(collectivites.natures())
    draw, step = random.Random(1), max(1, count // national.EVERY)
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"marches": {"marche": [')
        for n in range(count):
            record = national.contract(n, draw, n % step == 0)
            if n % step:
                siren = draw.choice(some if n % LIKE == 0 else every)
                record["acheteur"] = {"id": f"{siren}00019"}
            stream.write(", " * bool(n))
            json.dump(record, stream, ensure_ascii=False)
        stream.write("]}}")
    return len(some)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--contracts", type=int, default=1_500_000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "decp.json"
        like = write(file, asked.contracts)
        size = file.stat().st_size / 1e6
        print(f"{asked.contracts} contracts, {size:.0f} MB, {like} buyers like ours")
        for name, program in (("read", national.READ), ("whole run", RUN)):
            cost = national.measured(program, Path(place))
            print(f"{name}: {cost.seconds:.0f} s of processor, at most {cost.peak:.0f} MiB")


if __name__ == "__main__":
    main()
