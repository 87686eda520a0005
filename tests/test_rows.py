"""Rows on their way to DuckDB: the lines say what the standard library's would."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from spaser.figures import database, tables

_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.text(),
    st.text(alphabet="\"'\\\x00\x1f\x7f\u2028é€\U0001f600\ufeff,;\r\n", max_size=8),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from([Decimal("1E+3"), Decimal("0E-9"), Decimal("-0.00"), Decimal("1.50")]),
    st.dates(),
    st.lists(st.text(max_size=5), max_size=3).map(tuple),
)


def by_the_standard_library(row: dict[str, Any], names: list[str]) -> str:
    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return format(value, "f")
        return value.isoformat() if isinstance(value, dt.date) else value

    return json.dumps({n: plain(row.get(n)) for n in names}, ensure_ascii=False)


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), _VALUES), max_size=4))
@example([{"a": Decimal("1E+3")}, {}])
def test_a_line_says_what_the_standard_library_would(rows: list[dict[str, Any]]) -> None:
    names = ["b", "a", "d"]
    lines = [*tables._lines(rows, names)]
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    expected = [json.loads(by_the_standard_library(row, names)) for row in rows]
    assert [json.loads(line) for line in lines] == expected


_TEXTS = st.none() | st.text(alphabet="ab \"'\\\x1fé€\U0001f600\ufeff,;\r\n{}[]:", max_size=10)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "marche_uid": _TEXTS,
                "objet": _TEXTS,
                "montant": st.none() | st.decimals("-1e15", "1e15", places=2),
                "date_notification": st.none() | st.dates(),
                "techniques": st.none() | st.lists(st.text('ab",', max_size=3)).map(tuple),
                "duree_mois": st.none() | st.integers(0, 2**31 - 1),
                "attribution_avance": st.none() | st.booleans(),
            }
        ),
        max_size=4,
    )
)
def test_rows_come_back_from_duckdb_as_they_went(
    tmp_path_factory: Any, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("lignes")
    with database.opened() as con:
        tables.create(con, {"marches": rows}, folder)
        names = list(rows[0]) if rows else ["objet"]
        given_ = con.execute(f"SELECT {', '.join(names)} FROM marches").fetchall()
    assert [
        {n: tuple(v) if isinstance(v, list) else v for n, v in zip(names, row, strict=True)}
        for row in given_
    ] == rows
    assert not any(folder.iterdir())
