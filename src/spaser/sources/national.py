"""A national Parquet file: our buyers' rows are read, all others counted where they stand.

DuckDB scans the file; what it counts is what the readers would have: rows and euros of readable
amounts, by buyer.  A row that SQL cannot judge as they do (a buyer or an amount written in
words) is read like ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from spaser.sources.records import Ailleurs, Table
from spaser.sources.tabular import plain

_BATCH = 1024
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL")
# Euros as values.amount reads them: exact from the shortest writing, to the cent, half up.
_JUDGED = """
WITH cells AS (
    SELECT *,
        regexp_replace(CAST({buyer} AS VARCHAR), '\\s', '', 'g') AS _acheteur,
        CAST({amount} AS VARCHAR) AS _texte,
        TRY_CAST(CAST({amount} AS VARCHAR) AS DECIMAL(38, 15)) AS _nombre
    FROM read_parquet($path, file_row_number = true)
), judged AS (
    SELECT * EXCLUDE (_texte, _nombre),
        CAST(ROUND(_nombre, 2) AS DECIMAL(38, 2)) AS _euros,
        COALESCE(
            regexp_full_match(left(_acheteur, 9), '[0-9]{{9}}')
            AND NOT list_contains($sirens, left(_acheteur, 9))
            AND NOT ({buyer_is_number} AND _acheteur LIKE '%00000')
            AND ({amount} IS NULL OR (
                abs(_nombre) < 1e16
                AND ({amount_is_number} OR regexp_full_match(_texte, '-?[0-9]+(\\.[0-9]{{1,2}})?'))
            )), false) AS _ailleurs
    FROM cells
)
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
    import duckdb

    with duckdb.connect() as con:
        types = {
            name: str(kind)
            for name, kind, *_ in con.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]
            ).fetchall()
        }
        judged = _JUDGED.format(
            buyer=_quoted(buyer),
            amount=_quoted(amount),
            buyer_is_number=types[buyer].startswith(_NUMBERS) or "INT" in types[buyer],
            amount_is_number=types[amount].startswith(_NUMBERS) or "INT" in types[amount],
        )
        asked: dict[str, object] = {"path": str(path), "sirens": sorted(sirens)}
        counted = con.execute(
            judged + "SELECT left(_acheteur, 9), count(*), coalesce(sum(_euros), 0) "
            "FROM judged WHERE _ailleurs GROUP BY ALL ORDER BY ALL",
            asked,
        ).fetchall()
    aside = Ailleurs(
        table,
        {siren: rows for siren, rows, _ in counted},
        sum((Decimal(euros) for *_, euros in counted), Decimal("0.00")),
    )
    return aside, _ours(judged, asked, columns)


def _ours(
    judged: str, asked: dict[str, object], columns: Sequence[str]
) -> Iterator[tuple[int, dict[str, object]]]:
    import duckdb

    names = ", ".join(_quoted(c) for c in columns)
    with duckdb.connect() as con:
        result = con.execute(
            judged + f"SELECT file_row_number + 2, {names} FROM judged "
            "WHERE NOT _ailleurs ORDER BY file_row_number",
            asked,
        )
        while batch := result.fetchmany(_BATCH):
            for number, *cells in batch:
                yield number, dict(zip(columns, map(plain, cells), strict=True))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
