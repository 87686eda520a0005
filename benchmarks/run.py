"""Speed as ratios: the whole run against three empty notebooks, and how cost grows with records.

    make benchmark

1. The run of a demonstration year over three empty notebooks executed by papermill and
   rendered by nbconvert, each measured in a fresh process of the same environment. Goal: at
   most 2.
2. Reading and checking 10 times more records over once as many. Goal: at most 12 (linear).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
REPEATS = 3

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

GATE = """
import sys
from pathlib import Path
from spaser import quality, sources
from spaser.settings import params
setting = params.load(Path("params"), 2024)
lecture = sources.read_folder(Path(sys.argv[1]), setting)
print(len(quality.pass_gate(lecture, setting, Path("expectations")).marches))
"""


def best(command: list[str]) -> float:
    """Shortest of some runs, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run(command, check=True, cwd=ROOT, capture_output=True, env=environment())
        times.append(time.perf_counter() - start)
    return min(times)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONWARNINGS": "ignore"}


def many(source: Path, target: Path, times: int) -> None:
    """The rows of a flat file, some times over, each copy with ids of its own."""
    records = json.loads(source.read_text(encoding="utf-8"))["records"]
    copies = [{**r, "id": f"{r['id']}-{n}"} for n in range(times) for r in records]
    target.mkdir()
    (target / "decp.json").write_text(json.dumps({"records": copies}), encoding="utf-8")


def main() -> None:
    python = sys.executable
    source = ROOT / "data" / "raw" / "2024" / "decp-2022-ville-demonstration.json"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run = best(
            [python, "-m", "spaser", "run", "2024", "--force", "--reports", str(folder / "r")]
        )
        empty = best([python, "-c", EMPTY, scratch])
        print(f"run of a year                {run:6.2f} s")
        print(f"three empty notebooks        {empty:6.2f} s")
        print(f"ratio                        {run / empty:6.2f}   (goal: at most 2)")
        for times in (20, 200):
            many(source, folder / f"x{times}", times)
        few, lots = (best([python, "-c", GATE, str(folder / f"x{n}")]) for n in (20, 200))
        print(f"gate, 4 000 then 40 000 rows {few:6.2f} s, {lots:.2f} s")
        print(f"ratio for 10 times the rows  {lots / few:6.2f}   (goal: at most 12)")


if __name__ == "__main__":
    main()
