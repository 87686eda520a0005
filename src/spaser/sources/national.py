"""A national Parquet file: rows of some buyers are read, all others counted where they stand.

DuckDB scans the file; what it counts is what the readers would have: rows and euros of readable
amounts, by buyer.  A row that SQL cannot judge as they do (a buyer or an amount written in
words, a SIRET short of its first zeros) is read like ours.
"""

from __future__ import annotations

from collections import Counter
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
_ANOTHER = """regexp_full_match(left(acheteur, 9), '[0-9]{{9}}')
            AND NOT list_contains($sirens, left(acheteur, 9))
            AND NOT ({buyer_is_number} AND acheteur LIKE '%00000')
            AND NOT regexp_full_match(acheteur, '[1-9][0-9]{{10,12}}(\\.0)?')"""
# Buyer by buyer, as it is written: only where each amount is whole cents is the buyer judged once.
_GROUPED = f"""
CREATE TEMP TABLE groupes AS
WITH cells AS (
    SELECT {{buyer}} AS brut, {{amount}} AS montant, {{cents}} AS centimes
    FROM read_parquet($path, {{options}})
), groups AS (
    SELECT brut, replace(CAST(brut AS VARCHAR), ' ', '') AS acheteur, count(*) AS lignes,
        COALESCE(sum(centimes), 0) AS centimes, count(montant) - count(centimes) AS autrement
    FROM cells GROUP BY brut
)
SELECT brut, left(acheteur, 9) AS siren, lignes, centimes,
    COALESCE(autrement = 0 AND {_ANOTHER}, false) AS ailleurs
FROM groups
"""
_COUNTED = """
SELECT siren, sum(lignes), 0, sum(centimes) FROM groupes WHERE ailleurs GROUP BY ALL ORDER BY ALL
"""
# The rows of the others, one by one.  Euros as values.amount reads them: exact from the shortest
# writing, to the cent, half up.
_JUDGED = f"""
WITH cells AS (
    SELECT file_row_number AS rang, {{amount}} AS montant,
        replace(CAST({{buyer}} AS VARCHAR), ' ', '') AS acheteur,
        {{cents}} AS centimes
    FROM read_parquet($path, {{options}})
    SEMI JOIN (SELECT brut FROM groupes WHERE NOT ailleurs) ON {{buyer}} IS NOT DISTINCT FROM brut
), judged AS (
    SELECT rang, left(acheteur, 9) AS siren, centimes,
        CASE WHEN centimes IS NULL AND montant IS NOT NULL
            THEN CAST(ROUND({{number}}, 2) AS DECIMAL(38, 2)) END AS euros,
        COALESCE(
            {_ANOTHER}
            AND CASE WHEN montant IS NULL OR centimes IS NOT NULL THEN true
                ELSE abs({{number}}) < 1e16 AND ({{amount_is_number}} OR regexp_full_match(
                    CAST(montant AS VARCHAR), '-?[0-9]+(\\.[0-9]{{{{1,2}}}})?'))
            END, false) AS ailleurs
    FROM cells
)
SELECT CASE WHEN ailleurs THEN siren END AS siren, count(*), COALESCE(sum(euros), 0),
    COALESCE(sum(centimes), 0), list(rang) FILTER (NOT ailleurs)
FROM judged GROUP BY ailleurs, siren ORDER BY ALL
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
    words = {
        "options": _OPTIONS,
        "buyer": parquet.quoted(buyer),
        "amount": parquet.quoted(amount),
        "number": _NUMBER,
        "cents": _CENTS.format(amount=parquet.quoted(amount))
        if kinds[amount] == "DOUBLE"
        else "NULL::BIGINT",
        "buyer_is_number": _is_number(kinds[buyer]),
        "amount_is_number": _is_number(kinds[amount]),
    }
    given = {"sirens": sorted(sirens)}
    with parquet.connection() as con:
        parquet.run(con, _GROUPED.format(**words), path, **given)
        counted = [(*row, None) for row in con.execute(_COUNTED).fetchall()]
        counted += parquet.fetched(parquet.run(con, _JUDGED.format(**words), path, **given))
    buyers, euros = Counter[str](), Decimal("0.00")
    for siren, rows, whole, cents, ranks in counted:
        if ranks is None:
            buyers[siren] += rows
            euros += Decimal(whole) + Decimal(cents).scaleb(-2)
    aside = Ailleurs(table, dict(sorted(buyers.items())), euros)
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
