"""Libraries put off until somebody uses them: the same functions, and nothing left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

UNUSED = ("altair", "scipy", "scipy.stats")

CASES = {
    "a rule of Great Expectations that draws on scipy and altair": """
from spaser.quality import expectations
gx = expectations.load()
left = [n for n in ("altair", "scipy", "scipy.stats") if n in sys.modules]
with expectations.validator(params) as validate:
    rule = {
        "type": "expect_column_kl_divergence_to_be_less_than",
        "kwargs": {
            "column": "a", "threshold": 0.1,
            "partition_object": {"values": ["x", "y"], "weights": [0.5, 0.5]},
        },
        "severity": "info",
        "meta": {"regle": "R1"},
    }
    result = validate(Path("essai.json"), [rule], {"a": ["x", "y", "x", "y"]})["R1"]
answer = [left, result.success, result.error]
""",
    "an expectation of Great Expectations that no suite names": """
from spaser.quality import expectations
gx = expectations.load()
left = [n for n in sys.modules if n.endswith("expect_column_median_to_be_between")]
with expectations.validator(params) as validate:
    rule = {
        "type": "expect_column_median_to_be_between",
        "kwargs": {"column": "a", "min_value": 2, "max_value": 2},
        "severity": "info",
        "meta": {"regle": "R1"},
    }
    result = validate(Path("essai.json"), [rule], {"a": [1, 2, 9]})["R1"]
by_hand = gx.expectations.ExpectColumnMedianToBeBetween(column="a", min_value=2, max_value=2)
same = type(by_hand).__name__ == "ExpectColumnMedianToBeBetween"
answer = [left, result.success and same, result.error]
""",
    "a source of data of Great Expectations that is not a frame": """
from spaser.quality import expectations
gx = expectations.load()
left = [n for n in sys.modules if n.endswith("sqlite_datasource")]
from great_expectations.datasource.fluent import sqlite_datasource
source = sqlite_datasource.SqliteDatasource(name="a", connection_string="sqlite://")
named = gx.datasource.fluent.SqliteDatasource(name="a", connection_string="sqlite://")
answer = [left, type(source) is type(named), ""]
""",
    "nbconvert's own page, which it parses again": """
from spaser.report import pages
exporter = pages._exporter()
left = [n for n in ("bs4", "nbconvert.postprocessors.serve") if n in sys.modules]
import nbformat
cell = nbformat.v4.new_markdown_cell("## Titre")
html, _ = exporter.from_notebook_node(nbformat.v4.new_notebook(cells=[cell]), {"page": {}})
from nbconvert.postprocessors import ServePostProcessor
answer = [left, "Titre" in html and ServePostProcessor(open_in_browser=False).port == 8000, ""]
""",
    "papermill's reader of the web, and Great Expectations' client": """
from spaser.pipeline import engine
from spaser.quality import expectations
engine.register()
expectations.load()
left = [n for n in ("requests", "great_expectations.core.http") if n in sys.modules]
from great_expectations.core import http
from papermill import iorw
session = http.create_session(access_token="x")
iorw.requests.Request("GET", "https://exemple.invalid/")
answer = [left, session.headers["Authorization"] == "Bearer x", ""]
""",
    "the readers of pandas, each a model of Great Expectations": """
from spaser.quality import expectations
expectations.load()
left = [n for n in (expectations._READERS,) if n in sys.modules]
from great_expectations.datasource.fluent import dynamic_pandas, pandas_datasource
put_off = pandas_datasource._PANDAS_ASSET_MODELS == {}
models = dynamic_pandas._generate_pandas_data_asset_models(
    pandas_datasource._PandasDataAsset, use_docstring_from_method=True, skip_first_param=False
)
answer = [left, put_off and "csv" in models, ""]
""",
    "the marks of matplotlib, defined without a manual": """
from spaser.report import plotting
left = [plotting.Disc.set.__doc__] if plotting.Disc.set.__doc__ else []
class Own(plotting.Disc):
    pass
mark = plotting.Disc((0, 0))
mark.set(radius=2, alpha=0.5)
drawn = mark.get_radius(), mark.get_alpha()
answer = [left, drawn == (2, 0.5) and "radius" in Own.set.__doc__, ""]
""",
    "seaborn's density, which is scipy's": """
from spaser.report import charts
left = [n for n in ("altair", "scipy", "scipy.stats") if n in sys.modules]
axes = charts.sns.kdeplot(x=[1.0, 2.0, 4.0])
answer = [left, len(axes.lines) == 1, ""]
""",
    "seaborn's clusters, which are scipy's": """
from spaser.report import charts
left = [n for n in ("altair", "scipy", "scipy.stats") if n in sys.modules]
import pandas as pd
grid = charts.sns.clustermap(pd.DataFrame([[1.0, 2.0], [3.0, 5.0]]))
answer = [left, len(grid.data2d) == 2, ""]
""",
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_what_was_put_off_works_when_it_is_used(root: Path, name: str) -> None:
    left, success, error = answer(CASES[name], root)
    assert left == [], "the true modules are free to be imported"
    assert error == ""
    assert success


def answer(code: str, root: Path) -> Any:
    """What a program sets as `answer`, in an interpreter of its own."""
    head = (
        "import json, sys\nfrom pathlib import Path\nfrom spaser.settings import params as p\n"
        f"params = p.load(Path({str(root / 'params')!r}), 2024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{head}{code}\nprint(json.dumps(answer))"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
