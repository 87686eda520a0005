"""A national Parquet counted by DuckDB: the euros that the readers would have read, to the cent."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spaser.sources import national, values
from spaser.sources.sheets import plain

ODD = [
    None, 0.0, -0.0, 0.1 + 0.2, 1234.565, 1234.575, 2.675, 1e12, 1e13, 12345678901234.5, 1e15,
    90071992547409.93, 9007199254740993.0, 1e16, 1e300, 5e-324, float("nan"), float("inf"),
    99999999999.99, 0.005, 0.015, -17.255, 8.41e9,
]  # fmt: skip
CENTS = st.integers(-(10**12), 10**15).map(lambda n: n / 100)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["DOUBLE", "DECIMAL(18,2)", "BIGINT", "VARCHAR"])
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(amounts=st.lists(st.sampled_from(ODD) | CENTS | st.floats(0, 1e9), min_size=1, max_size=40))
def test_euros_are_those_that_reading_each_row_gives(
    tmp_path: Path, kind: str, amounts: list[float | None]
) -> None:
    file = tmp_path / "decp.parquet"
    duckdb.execute(
        f"COPY (SELECT '20006765000019' AS acheteur_id, TRY_CAST(m AS {kind}) AS montant"
        f" FROM (SELECT unnest($1::DOUBLE[]) AS m)) TO '{file}' (FORMAT parquet)",
        [amounts],
    )
    stored = [m for (m,) in duckdb.execute(f"SELECT montant FROM '{file}'").fetchall()]
    aside, rows = national.split(
        file, ["acheteur_id", "montant"], "acheteur_id", "montant", "marches", {"212102313"}
    )
    read = [_euros(cells["montant"]) for _, cells in rows]
    assert sum(aside.acheteurs.values()) + len(read) == len(amounts)
    assert aside.montant + sum(read, Decimal(0)) == sum(
        (_euros(plain(m)) for m in stored), Decimal(0)
    )


BUYERS = [
    None, "", "20006765000019", "200 067 650 00019", "21210231300013", "200067650", "2000676500001",
    "5205421300013", "20006765000000", "2,0006765E+13", "Ville", "99999999999999",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["VARCHAR", "BIGINT", "DOUBLE"])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(BUYERS), st.sampled_from([12.5, 0.125, 1e16, None])),
        min_size=1,
        max_size=40,
    )
)
def test_each_row_is_counted_for_its_buyer_or_read(
    tmp_path: Path, kind: str, rows: list[tuple[str | None, float | None]]
) -> None:
    """Whatever the buyer is written as, and whatever amounts others have."""
    file = tmp_path / "decp.parquet"
    duckdb.execute(
        f"COPY (SELECT TRY_CAST(b AS {kind}) AS acheteur_id, m AS montant"
        f" FROM (SELECT unnest($1::VARCHAR[]) AS b, unnest($2::DOUBLE[]) AS m))"
        f" TO '{file}' (FORMAT parquet)",
        [[b for b, _ in rows], [m for _, m in rows]],
    )
    stored = duckdb.execute(f"SELECT acheteur_id, montant FROM '{file}'").fetchall()
    aside, given_back = national.split(
        file, ["acheteur_id", "montant"], "acheteur_id", "montant", "marches", {"212102313"}
    )
    read = [(number, (*cells.values(),)) for number, cells in given_back]
    assert read == [(n, tuple(map(plain, stored[n - 2]))) for n, _ in read]
    left = Counter(stored) - Counter(stored[n - 2] for n, _ in read)
    assert aside.acheteurs == Counter(_siren(buyer) for buyer, _ in left.elements())
    assert "212102313" not in aside.acheteurs
    assert aside.montant == sum((_euros(plain(m)) for _, m in left.elements()), Decimal(0))


def _siren(cell: object) -> str:
    return str(values.identifier(plain(cell)).value)[:9]


def _euros(cell: object) -> Decimal:
    value = values.amount(cell).value
    return value if isinstance(value, Decimal) else Decimal(0)
