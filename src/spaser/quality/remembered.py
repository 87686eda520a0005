"""What suites say of tables that have not changed since the gate before.

An analyst who mends data checks again and again, and most tables stay the same.  A result is kept
under a name that holds the rows, the suite and its bounds, in a folder of the program and of its
libraries.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spaser import kept
from spaser.quality.expectations import Result, TableColumns, Validator


def folder() -> Path | None:
    """Where results are kept, and formulas that have held; None where nothing can be."""
    return kept.folder("controles", kept.program("great_expectations", "pandas", "numpy", "duckdb"))


def remembering(validator: Validator, bounds: Mapping[str, Any], place: Path | None) -> Validator:
    """The same validator, which runs no suite twice on the same rows.

    Args:
        validator: what runs a suite.
        bounds: what the rules may name, besides their own arguments.
        place: what `folder` gave; None: each suite is run.
    """
    return functools.partial(_known, validator, bounds, place) if place else validator


def _known(
    validator: Validator,
    bounds: Mapping[str, Any],
    place: Path,
    path: Path,
    suite: Sequence[Mapping[str, Any]],
    columns: TableColumns,
) -> dict[str, Result]:
    name = kept.name(list(suite), dict(bounds), dict(columns))
    at = place / name if name else None
    if at and (body := kept.read(at)) is not None:
        results = json.loads(body)
        return {rule: Result(tuple(broken), *rest) for rule, (broken, *rest) in results.items()}
    made = validator(path, suite, columns)
    if at:
        kept.write(at, json.dumps(made).encode())
    return made
