"""A national Parquet file: rows of some buyers are read, all others counted where they stand.

DuckDB scans the file; what it counts is what the readers would have: rows and euros of readable
amounts, by buyer.  A row that SQL cannot judge as they do (a buyer or an amount written in
words, a SIRET short of its first zeros) is read like ours.  Buyers are judged once each, amounts
one by one only where a buyer has one that is no whole cents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from spaser.sources import parquet
from spaser.sources.records import Ailleurs, TableName
from spaser.sources.sheets import plain

_OPTIONS = f"{parquet.OPTIONS}, file_row_number = true"
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL")
# A double that is a whole number of cents, of fifteen digits at most, has no shorter writing than
# these cents; doubles that are whole add up exactly, in any order, up to sixteen digits.
_CENTS = """CASE WHEN round(100 * {amount}) / 100 = {amount} AND abs({amount}) < 1e13
        THEN CAST(round(100 * {amount}) AS BIGINT) END"""
_SUM = "sum(round(100 * {amount}))"
_WHOLE_CENTS = """COALESCE(bool_and(round(100 * {amount}) / 100 = {amount})
            AND sum(abs(round(100 * {amount}))) < 1e15, true)"""
_NUMBER = "TRY_CAST(CAST(montant AS VARCHAR) AS DECIMAL(38, 15))"
# Buyer by buyer, as it is written: whether it is another, and each of its amounts whole cents.
_GROUPED = """
CREATE TEMP TABLE groupes AS
WITH groups AS (
    SELECT {buyer} AS brut, replace(CAST({buyer} AS VARCHAR), ' ', '') AS acheteur,
        count(*) AS lignes, {whole} AS entiers,
        CASE WHEN {whole} THEN CAST({sum} AS BIGINT) END AS centimes
    FROM read_parquet($path, {options}) GROUP BY {buyer}
)
SELECT brut, left(acheteur, 9) AS siren, lignes, centimes, entiers,
    COALESCE(regexp_full_match(left(acheteur, 9), '[0-9]{{9}}')
        AND NOT list_contains($sirens, left(acheteur, 9))
        AND NOT ({buyer_is_number} AND regexp_matches(acheteur, '00000(\\.0)?$'))
        AND NOT regexp_full_match(acheteur, '[1-9][0-9]{{10,12}}(\\.0)?'), false) AS ailleurs
FROM groups
"""
_BUYERS = """
SELECT siren, sum(lignes)::BIGINT FROM groupes WHERE ailleurs AND entiers GROUP BY siren
"""
_WHOLE = """
SELECT COALESCE(sum(centimes) FILTER (ailleurs AND entiers), 0), bool_or(ailleurs AND NOT entiers)
FROM groupes
"""
_THEIR_ROWS = """
FROM read_parquet($path, {options})
    SEMI JOIN (SELECT brut FROM groupes WHERE {some}) ON {buyer} IS NOT DISTINCT FROM brut
"""
_OURS = "SELECT brut FROM groupes WHERE NOT ailleurs"
_RANKS = "SELECT file_row_number" + _THEIR_ROWS.replace("{some}", "NOT ailleurs")
# Rows of other buyers of whom an amount is no whole cents, one by one.  Euros as values.amount
# reads them: exact from the shortest writing, to the cent, half up.
_JUDGED = f"""
WITH cells AS (
    SELECT file_row_number AS rang, {{amount}} AS montant, {{cents}} AS centimes,
        left(replace(CAST({{buyer}} AS VARCHAR), ' ', ''), 9) AS siren
    {_THEIR_ROWS.replace("{some}", "ailleurs AND NOT entiers")}
), judged AS (
    SELECT rang, siren, centimes,
        CASE WHEN centimes IS NULL AND montant IS NOT NULL
            THEN CAST(ROUND({{number}}, 2) AS DECIMAL(38, 2)) END AS euros,
        COALESCE(montant IS NULL OR centimes IS NOT NULL
            OR abs({{number}}) < 1e16 AND ({{amount_is_number}} OR regexp_full_match(
                CAST(montant AS VARCHAR), '-?[0-9]+(\\.[0-9]{{{{1,2}}}})?')), false) AS compte
    FROM cells
)
SELECT CASE WHEN compte THEN siren END AS siren, count(*), COALESCE(sum(euros), 0),
    COALESCE(sum(centimes), 0), list(rang) FILTER (NOT compte)
FROM judged GROUP BY compte, siren ORDER BY ALL
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
    money, double = parquet.quoted(amount), kinds[amount] == "DOUBLE"
    words = {
        "options": _OPTIONS,
        "buyer": parquet.quoted(buyer),
        "amount": money,
        "number": _NUMBER,
        "cents": _CENTS.format(amount=money) if double else "NULL::BIGINT",
        "whole": _WHOLE_CENTS.format(amount=money) if double else f"count({money}) = 0",
        "sum": _SUM.format(amount=money) if double else "NULL",
        "buyer_is_number": _is_number(kinds[buyer]),
        "amount_is_number": _is_number(kinds[amount]),
    }
    with parquet.connection() as con:

        def asked(query: str) -> Iterator[tuple[Any, ...]]:
            return parquet.fetched(parquet.run(con, query.format(**words), path))

        parquet.run(con, _GROUPED.format(**words), path, sirens=sorted(sirens))
        buyers = Counter(dict(con.execute(_BUYERS).fetchall()))
        [(cents, doubtful)] = con.execute(_WHOLE).fetchall()
        euros = Decimal(cents).scaleb(-2)
        unread: list[int] = []
        for siren, rows, whole, cents, ranks in asked(_JUDGED) if doubtful else ():
            if ranks is None:
                buyers[siren] += rows
                euros += Decimal(whole) + Decimal(cents).scaleb(-2)
            unread += ranks or ()
        place, wanted = words["buyer"], [brut for (brut,) in con.execute(_OURS).fetchall()]
        if unread or None in wanted:
            place, wanted = "file_row_number", [*unread, *(rank for (rank,) in asked(_RANKS))]
    aside = Ailleurs(table, dict(sorted(buyers.items())), euros)
    return aside, _rows(path, {c: kinds[c] for c in columns}, str(place), wanted)


def _rows(
    path: Path, columns: Mapping[str, str], place: str, wanted: Sequence[object]
) -> Iterator[tuple[int, dict[str, object]]]:
    """The rows of some buyers, or at some ranks of the file, numbered as a spreadsheet would."""
    query = (
        f"SELECT file_row_number + 2, {parquet.selected(columns)} "
        f"FROM read_parquet($path, {_OPTIONS}) "
        f"WHERE {place} IN (SELECT unnest($wanted)) ORDER BY file_row_number"
    )
    with parquet.connection() as con:
        for number, *cells in parquet.fetched(parquet.run(con, query, path, wanted=wanted)):
            yield number, dict(zip(columns, map(plain, cells), strict=True))


def _is_number(kind: str) -> bool:
    return any(kind.lstrip("U").startswith(name) for name in _NUMBERS) or kind.endswith("INT")
