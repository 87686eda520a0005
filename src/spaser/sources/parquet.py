"""Parquet files, read by DuckDB, column types kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.errors import Unreadable
from spaser.sources.sheets import Sheet, letter, plain

if TYPE_CHECKING:
    import duckdb

# Text of old writers has no type of its own; a folder named annee=2024 is no column.
OPTIONS = "binary_as_string = true, hive_partitioning = false"
_BATCH = 512
# Beyond this memory, DuckDB refuses rather than take it.
_CONFIG: dict[str, Any] = {"threads": 1, "memory_limit": "512MB"}
_DAMAGED = "le fichier Parquet est abîmé, tronqué, ou trop grand pour être lu"


def read(path: Path) -> Sheet:
    """Open a Parquet file as a table; rows are numbered as a spreadsheet would, the header first.

    Raises:
        Unreadable: damaged; while rows stream, damaged further on.
    """
    columns = types(path)
    return Sheet(
        header=tuple(columns),
        rows=_rows(path, columns),
        letters={c: letter(n) for n, c in enumerate(columns)},
    )


def types(path: Path) -> dict[str, str]:
    """The columns of a file and their DuckDB types.

    Raises:
        Unreadable: damaged.
    """
    with connection() as con:
        described = run(con, f"DESCRIBE SELECT * FROM read_parquet($path, {OPTIONS})", path)
        return {name: str(kind) for name, kind, *_ in described.fetchall()}


def selected(columns: Mapping[str, str]) -> str:
    """The columns as a query asks for them: an instant is given as the hour in France.

    A day published as midnight in Paris is written as an hour of the day before in UTC.
    """
    return ", ".join(
        f"timezone('Europe/Paris', {quoted(name)})" if "TIME ZONE" in kind else quoted(name)
        for name, kind in columns.items()
    )


def _rows(path: Path, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, object]]]:
    with connection() as con:
        query = f"SELECT {selected(columns)} FROM read_parquet($path, {OPTIONS})"
        for number, row in enumerate(fetched(run(con, query, path)), start=2):
            yield number, dict(zip(columns, map(plain, row), strict=True))


def fetched(answer: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """The rows of a result, a few at a time.

    Raises:
        Unreadable: the file is damaged where they stand.
    """
    import duckdb

    while True:
        try:
            batch = answer.fetchmany(_BATCH)
        except (duckdb.Error, ValueError, OverflowError):  # a date that Python has not
            raise Unreadable(_DAMAGED) from None
        if not batch:
            return
        yield from batch


def run(
    con: duckdb.DuckDBPyConnection, query: str, path: Path, **given: object
) -> duckdb.DuckDBPyConnection:
    """Run a query about a file, which it calls $path.

    Args:
        con: a connection to DuckDB.
        query: the query.
        path: the file.
        **given: the values that the query calls by other names.

    Raises:
        Unreadable: damaged; DuckDB's own words hold the folder, which no output may.
    """
    import duckdb

    try:
        return con.execute(query, {"path": str(path), **given})
    except duckdb.Error:
        raise Unreadable(_DAMAGED) from None


def connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own, quiet and bounded, on one processor: kernels start on the others."""
    import duckdb

    con = duckdb.connect(config=_CONFIG)
    con.execute("SET enable_progress_bar = false")  # it would draw on the user's terminal
    return con


def quoted(name: str) -> str:
    """A column name in a query."""
    return '"' + name.replace('"', '""') + '"'
