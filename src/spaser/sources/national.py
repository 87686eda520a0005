"""A national Parquet file: rows of some buyers are read, all others counted where they stand.

DuckDB scans the file; what it counts is what the readers would have: rows and euros of readable
amounts, by buyer.  A row that SQL cannot judge as they do (a buyer or an amount written in
words, a SIRET short of its first zeros) is read like ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from spaser.sources import parquet
from spaser.sources.records import Ailleurs, TableName
from spaser.sources.sheets import plain

_OPTIONS = f"{parquet.OPTIONS}, file_row_number = true"
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL")
# A double that is a whole number of cents, of fifteen digits at most, has no shorter writing than
# these cents.
_CENTS = """CASE WHEN round(100 * {amount}) / 100 = {amount} AND abs({amount}) < 1e13
        THEN CAST(round(100 * {amount}) AS BIGINT) END"""
_NUMBER = "TRY_CAST(CAST(montant AS VARCHAR) AS DECIMAL(38, 15))"
# Euros as values.amount reads them: exact from the shortest writing, to the cent, half up.
_JUDGED = """
WITH cells AS (
    SELECT file_row_number AS rang, {amount} AS montant,
        replace(CAST({buyer} AS VARCHAR), ' ', '') AS acheteur,
        {cents} AS centimes
    FROM read_parquet($path, {options})
), judged AS (
    SELECT rang, left(acheteur, 9) AS siren, centimes,
        CASE WHEN centimes IS NULL AND montant IS NOT NULL
            THEN CAST(ROUND({number}, 2) AS DECIMAL(38, 2)) END AS euros,
        COALESCE(
            regexp_full_match(left(acheteur, 9), '[0-9]{{9}}')
            AND NOT list_contains($sirens, left(acheteur, 9))
            AND NOT ({buyer_is_number} AND acheteur LIKE '%00000')
            AND NOT regexp_full_match(acheteur, '[1-9][0-9]{{10,12}}(\\.0)?')
            AND CASE WHEN montant IS NULL OR centimes IS NOT NULL THEN true
                ELSE abs({number}) < 1e16 AND ({amount_is_number} OR regexp_full_match(
                    CAST(montant AS VARCHAR), '-?[0-9]+(\\.[0-9]{{1,2}})?'))
            END, false) AS ailleurs
    FROM cells
)
SELECT ailleurs, CASE WHEN ailleurs THEN siren END AS siren, count(*), COALESCE(sum(euros), 0),
    COALESCE(sum(centimes), 0), list(rang) FILTER (NOT ailleurs)
FROM judged GROUP BY ALL ORDER BY ALL
"""


def split(
    path: Path,
    columns: Sequence[str],
    buyer: str,
    amount: str,
    table: TableName,
    sirens: Collection[str],
) -> tuple[Ailleurs, Iterator[tuple[int, dict[str, object]]]]:
    """Count other buyers' rows, and give those of some (and the doubtful) with their row numbers.

    Args:
        path: the Parquet file.
        columns: its columns.
        buyer: the column of the buyer's SIRET.
        amount: the column of the amount.
        table: what its rows are.
        sirens: the buyers to read: ours, and those like ours.
    """
    kinds = parquet.types(path)
    with parquet.connection() as con:
        query = _JUDGED.format(
            options=_OPTIONS,
            buyer=parquet.quoted(buyer),
            amount=parquet.quoted(amount),
            number=_NUMBER,
            cents=_CENTS.format(amount=parquet.quoted(amount))
            if kinds[amount] == "DOUBLE"
            else "NULL::BIGINT",
            buyer_is_number=_is_number(kinds[buyer]),
            amount_is_number=_is_number(kinds[amount]),
        )
        counted = [*parquet.fetched(parquet.run(con, query, path, sirens=sorted(sirens)))]
    others = [row for row in counted if row[0]]
    aside = Ailleurs(
        table,
        {siren: count for _, siren, count, *_ in others},
        sum(
            (Decimal(euros) + Decimal(cents).scaleb(-2) for *_, euros, cents, _ in others),
            Decimal("0.00"),
        ),
    )
    mine = [rank for *_, ranks in counted for rank in ranks or ()]
    return aside, _rows(path, {c: kinds[c] for c in columns}, mine)


def _rows(
    path: Path, columns: Mapping[str, str], ranks: Sequence[int]
) -> Iterator[tuple[int, dict[str, object]]]:
    """The rows at some ranks of the file, numbered as a spreadsheet would."""
    query = (
        f"SELECT file_row_number + 2, {parquet.selected(columns)} "
        f"FROM read_parquet($path, {_OPTIONS}) "
        "WHERE file_row_number IN (SELECT unnest($ranks)) ORDER BY file_row_number"
    )
    with parquet.connection() as con:
        for number, *cells in parquet.fetched(parquet.run(con, query, path, ranks=ranks)):
            yield number, dict(zip(columns, map(plain, cells), strict=True))


def _is_number(kind: str) -> bool:
    return any(kind.lstrip("U").startswith(name) for name in _NUMBERS) or kind.endswith("INT")
