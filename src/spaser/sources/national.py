"""A national Parquet file: our buyers' rows are read, all others counted where they stand.

DuckDB scans the file; what it counts is what the readers would have: rows and euros of readable
amounts, by buyer.  A row that SQL cannot judge as they do (a buyer or an amount written in
words) is read like ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from spaser.sources.records import Ailleurs, Table
from spaser.sources.tabular import plain

if TYPE_CHECKING:
    import duckdb

_BATCH = 1024
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL")
# Euros as values.amount reads them: exact from the shortest writing, to the cent, half up.
_JUDGED = """
WITH cells AS (
    SELECT file_row_number AS rang, {amount} AS montant,
        replace(CAST({buyer} AS VARCHAR), ' ', '') AS acheteur,
        TRY_CAST(CAST({amount} AS VARCHAR) AS DECIMAL(38, 15)) AS nombre
    FROM read_parquet($path, file_row_number = true)
), judged AS (
    SELECT rang, left(acheteur, 9) AS siren,
        CAST(ROUND(nombre, 2) AS DECIMAL(38, 2)) AS euros,
        COALESCE(
            regexp_full_match(left(acheteur, 9), '[0-9]{{9}}')
            AND NOT list_contains($sirens, left(acheteur, 9))
            AND NOT ({buyer_is_number} AND acheteur LIKE '%00000')
            AND (montant IS NULL OR (
                abs(nombre) < 1e16 AND ({amount_is_number} OR regexp_full_match(
                    CAST(montant AS VARCHAR), '-?[0-9]+(\\.[0-9]{{1,2}})?'))
            )), false) AS ailleurs
    FROM cells
)
SELECT ailleurs, CASE WHEN ailleurs THEN siren END AS siren, count(*), COALESCE(sum(euros), 0),
    list(rang) FILTER (NOT ailleurs)
FROM judged GROUP BY ALL ORDER BY ALL
"""


def split(
    path: Path,
    columns: Sequence[str],
    buyer: str,
    amount: str,
    table: Table,
    sirens: Collection[str],
) -> tuple[Ailleurs, Iterator[tuple[int, dict[str, object]]]]:
    """Count other buyers' rows, and give ours (and the doubtful) with their row numbers.

    Args:
        path: the Parquet file.
        columns: its columns.
        buyer: the column of the buyer's SIRET.
        amount: the column of the amount.
        table: what its rows are.
        sirens: our buyers.
    """
    with _connection() as con:
        types = {
            name: str(kind)
            for name, kind, *_ in con.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]
            ).fetchall()
        }
        counted = con.execute(
            _JUDGED.format(
                buyer=_quoted(buyer),
                amount=_quoted(amount),
                buyer_is_number=_is_number(types[buyer]),
                amount_is_number=_is_number(types[amount]),
            ),
            {"path": str(path), "sirens": sorted(sirens)},
        ).fetchall()
    others = [row for row in counted if row[0]]
    aside = Ailleurs(
        table,
        {siren: count for _, siren, count, *_ in others},
        sum((Decimal(euros) for *_, euros, _ in others), Decimal("0.00")),
    )
    mine = [rank for *_, ranks in counted for rank in ranks or ()]
    return aside, _rows(path, columns, mine)


def _rows(
    path: Path, columns: Sequence[str], ranks: Sequence[int]
) -> Iterator[tuple[int, dict[str, object]]]:
    """The rows at some ranks of the file, numbered as a spreadsheet would."""
    names = ", ".join(_quoted(c) for c in columns)
    with _connection() as con:
        result = con.execute(
            f"SELECT file_row_number + 2, {names} "
            "FROM read_parquet($path, file_row_number = true) "
            "WHERE file_row_number IN (SELECT unnest($ranks)) ORDER BY file_row_number",
            {"path": str(path), "ranks": ranks},
        )
        while batch := result.fetchmany(_BATCH):
            for number, *cells in batch:
                yield number, dict(zip(columns, map(plain, cells), strict=True))


def _connection() -> duckdb.DuckDBPyConnection:
    import duckdb

    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")  # it would draw on the user's terminal
    return con


def _is_number(kind: str) -> bool:
    return any(kind.lstrip("U").startswith(name) for name in _NUMBERS) or kind.endswith("INT")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
