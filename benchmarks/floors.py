"""What the goals cannot go below: the same work by the libraries asked for, and nothing of ours.

    .venv/bin/python benchmarks/floors.py [--contracts 60000] [--repeats 3]

Of a run: three empty notebooks, the imports of pandas, matplotlib and seaborn in one of them and of
Great Expectations beside, and one rule for each of the suites' on a table of as many rows as
the demonstration year has contracts; for a run that has kept no chart, as many as its folder has,
each a line by seaborn, as SVG and as PNG.  Of a check: one notebook, the same imports but charts,
the same rules.  Of a national file: the rows of `csv`, the elements of lxml, the texts of msgspec,
DuckDB's scan and then the rows of one buyer, let go as they come.  Processor time, start-up apart
for files, as a ratio to what the goal is a ratio of.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from costs import ROOT, cost, python
from national import FORMS
from run import EMPTY, ONCE

RULES = sum(
    len(json.loads(suite.read_text(encoding="utf-8"))["expectations"])
    for suite in (ROOT / "expectations").glob("*.json")
)
NOTEBOOKS = EMPTY.replace("range(3)", "range(int(sys.argv[2]))").replace(
    'new_code_cell("annee")', "new_code_cell(sys.argv[3] if n == 0 else 'annee')"
)
LIBRARIES = "import pandas, matplotlib.pyplot, seaborn"
GATE = f"""
import os
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx, pandas as pd
frame = pd.DataFrame({{"a": range({ONCE})}})
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {{"globally": False}}
asset = context.data_sources.add_pandas("x").add_dataframe_asset("y")
batch = asset.add_batch_definition_whole_dataframe("z")
rules = [gx.expectations.ExpectColumnValuesToBeBetween(column="a", min_value=n, severity="info")
         for n in range({RULES})]
batch.get_batch({{"dataframe": frame}}).validate(
    gx.ExpectationSuite(name="s", expectations=rules), result_format="COMPLETE")
"""

CHARTS = 118  # in graphiques/ of the demonstration year 2024
DRAWN = f"""
from io import BytesIO
import pandas, seaborn
from matplotlib.figure import Figure
frame = pandas.DataFrame({{"x": [2023, 2024, 2025], "y": [1.0, 2.0, 3.0]}})
for _ in range({CHARTS}):
    figure = Figure(figsize=(3, 1.5))
    seaborn.lineplot(frame, x="x", y="y", ax=figure.add_subplot())
    for form in ("svg", "png"):
        figure.savefig(BytesIO(), format=form)
"""

READERS = {
    "json": """
import sys, msgspec
from pathlib import Path
[path] = Path(sys.argv[1]).iterdir()
record = msgspec.defstruct("Record", [("acheteur", msgspec.Raw), ("montant", msgspec.Raw)])
listed = msgspec.defstruct("Listed", [("marche", list[record])])
whole = msgspec.defstruct("Whole", [("marches", listed)])
print(len(msgspec.json.decode(path.read_bytes(), type=whole).marches.marche))
""",
    "csv": """
import csv, sys
from pathlib import Path
[path] = Path(sys.argv[1]).iterdir()
with path.open(encoding="utf-8", newline="") as stream:
    print(sum(1 for _ in csv.reader(stream)))
""",
    "xml": """
import sys
from pathlib import Path
from lxml import etree
[path] = Path(sys.argv[1]).iterdir()
count = 0
for _, element in etree.iterparse(path, tag="marche"):
    count += 1
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
print(count)
""",
    "parquet": """
import hashlib, sys, duckdb
from pathlib import Path
[path] = Path(sys.argv[1]).iterdir()
# Ours, and two buyers like ours that the file happens to have; then what says which file it was.
read = "'21210231300013', '20002715900019', '20002341400019'"
for query in (f"SELECT acheteur_id, count(*), sum(montant) FROM '{path}' GROUP BY ALL",
              f"SELECT * FROM '{path}' WHERE acheteur_id IN ({read})"):
    print(len(duckdb.sql(query).fetchall()))
with path.open("rb") as stream:
    print(hashlib.file_digest(stream, "sha256").hexdigest())
""",
}
"""The least that reads each form."""


def of_a_run(scratch: Path, repeats: int) -> None:
    """The floors of `run` and of `check`, in times three empty notebooks."""
    empty = cost(python(EMPTY, str(scratch)), repeats=repeats)
    gate = cost(python(GATE), repeats=repeats)
    for what, notebooks, cell in (("run", "3", LIBRARIES), ("check", "1", "annee")):
        shown = cost(python(NOTEBOOKS, str(scratch), notebooks, cell), repeats=repeats)
        ratio = (shown.processor + gate.processor) / empty.processor
        parts = f"notebooks {shown.processor:.1f} s, gate {gate.processor:.1f} s"
        print(f"| `{what}` | {ratio:.2f} | {parts}; unit {empty.processor:.1f} s |", flush=True)
    drawn = (
        cost(python(DRAWN), repeats=repeats).processor
        - cost(
            python("import pandas, seaborn; from matplotlib.figure import Figure"), repeats=repeats
        ).processor
    )
    print(f"| {CHARTS} charts more | {drawn / empty.processor:.2f} | {drawn:.1f} s |", flush=True)


def of_a_file(scratch: Path, contracts: int, repeats: int) -> None:
    """The floor of reading each form, in times the usual way."""
    for name, (write, usual, way, _) in FORMS.items():
        seconds = {}
        for size in (300, contracts):
            folder = scratch / f"{name}-{size}"
            folder.mkdir()
            write(folder / f"decp.{name}", size)
            for program in (READERS[name], usual):
                spent = cost(python(program, str(folder)), repeats=repeats)
                seconds[program, size] = spent.processor
        least, theirs = (seconds[p, contracts] - seconds[p, 300] for p in (READERS[name], usual))
        print(
            f"| {name} | {least / theirs:.2f} | {least:.2f} s; {way} {theirs:.2f} s |", flush=True
        )


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    options.add_argument("--contracts", type=int, default=60_000)
    options.add_argument("--repeats", type=int, default=3, help="runs of each, the least is kept")
    asked = options.parse_args()
    print("| what | floor | of which |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        of_a_run(Path(scratch), asked.repeats)
        of_a_file(Path(scratch), asked.contracts, asked.repeats)


if __name__ == "__main__":
    main()
