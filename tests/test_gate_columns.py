"""What the gate computes by short ways is what the long ones give."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import example, given
from hypothesis import strategies as st

from spaser import memory, quality, sources
from spaser.quality import columns, expectations, suites, summary
from spaser.settings.params import Params
from spaser.sources import texts
from spaser.sources.containers import REPLACEMENT
from spaser.sources.fields import FIELDS
from spaser.sources.records import Published, typed

_RAW = st.text(max_size=12) | st.text(
    alphabet="MQINX \n\r\v\f\x1c\x85\u2028\ufffd_-a&#10;", max_size=9
)


@given(st.lists(_RAW, min_size=2, max_size=2))
@example(["a\nMQ", "MQ"])
@example(["a&#10;MQ", "xMQ"])
@example(["MQx", "INX 1"])
def test_marks_are_looked_for_in_each_text(params: Params, raw: list[str]) -> None:
    fields = dict(zip(("objet", "id"), raw, strict=True))
    ligne = typed(Published("marches", 1, False, fields, [], [], fields), "a.json")
    row = columns._checked(ligne, params)
    written = [*map(texts.written, raw)]
    assert [ligne.textes["objet"], ligne.textes["id"]] == written
    assert row["mention_ministere"] == any(columns.refused(t) for t in written)
    assert row["caracteres_perdus"] == any(REPLACEMENT in t for t in written)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)), st.integers(0, 24))
def test_a_later_day(day: dt.date, months: int) -> None:
    assert columns._later(day, months) == day + relativedelta(months=months)


def test_a_suite_that_sees_its_columns_says_what_it_says_of_them_all(
    root: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    lecture = sources.read_folder(root / "data" / "raw" / "2024", params)

    def every(rows: Iterable[Mapping[str, Any]], _: object) -> dict[str, list[Any]]:
        held = [*rows]
        return {n: [r[n] for r in held] for n in held[0]} if held else {}

    few = quality.pass_gate(lecture, params, root / "expectations").regles
    monkeypatch.setattr(suites, "_columns", every)
    assert few == quality.pass_gate(lecture, params, root / "expectations").regles
    assert any(rule.cles for rule in few)


def test_rules_of_many_rows_say_by_a_few_at_a_time_what_they_say_together(
    root: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    lecture = sources.read_folder(root / "data" / "raw" / "2024", params)
    together = quality.pass_gate(lecture, params, root / "expectations").regles
    monkeypatch.setattr(memory, "MANY", 0)
    assert together == quality.pass_gate(lecture, params, root / "expectations").regles


_SEEN = ["cle", "lieu", "montant", "prix"]


@pytest.mark.parametrize(
    ("kwargs", "kind", "kept"),
    [
        ({"column": "montant"}, "expect_column_values_to_not_be_null", _SEEN[2:3]),
        (
            {"column_A": "prix", "column_B": "lieu"},
            "expect_column_pair_values_to_be_equal",
            ["lieu", "prix"],
        ),
        (
            {"column_list": ["prix", "lieu"]},
            "expect_compound_columns_to_be_unique",
            ["lieu", "prix"],
        ),
        (
            {"column": "prix", "row_condition": 'col("lieu") > 1'},
            "expect_column_values_to_be_unique",
            ["lieu", "prix"],
        ),
        ({"value": 2}, "expect_table_row_count_to_equal", _SEEN),
        ({"unexpected_rows_query": "SELECT 1"}, "unexpected_rows_expectation", _SEEN),
        ({}, None, _SEEN),
    ],
)
def test_a_suite_sees_the_columns_that_it_names(
    kwargs: dict[str, Any], kind: str | None, kept: list[str]
) -> None:
    rows = [
        {"montant": 1, "cle": "x", "prix": 1, "lieu": 2},
        {"montant": 2, "cle": "y", "prix": 1, "lieu": 2},
    ]
    suite = [{"kwargs": kwargs, "meta": {"champ": "x"}} | ({"type": kind} if kind else {})]
    columns = suites._columns(iter(rows), suite)
    assert columns == {name: [row[name] for row in rows] for name in rows[0] if name in columns}
    assert sorted(columns) == sorted({*kept, "cle"})


def test_an_absent_column_is_still_a_rule_that_could_not_run(params: Params) -> None:
    suite = [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "absente"},
         "severity": "critical", "meta": {"regle": "X-01", "champ": "absente"}}
    ]  # fmt: skip
    rows = [{"cle": "x", "a": 1}]
    with expectations.validator(params) as validate:
        few, every = (
            validate(Path("x.json"), suite, columns)["X-01"]
            for columns in (
                suites._columns(rows, suite),
                {name: [v] for name, v in rows[0].items()},
            )
        )
    assert few == every
    assert few.error


_FILLED = st.fixed_dictionaries(
    {"acheteur": st.sampled_from(["ville", "metropole", "departement"])}
    | {f.name: st.sampled_from([None, 0, "", (), "x", False]) for f in FIELDS["marches"]}
)


@given(st.lists(_FILLED, max_size=6))
def test_what_is_filled_is_counted_buyer_by_buyer(rows: list[dict[str, Any]]) -> None:
    buyers = sorted({row["acheteur"] for row in rows})
    assert summary._coverage(rows) == [
        {
            "champ": field.name,
            "libelle": field.label,
            "renseignes": {
                b: sum(r[field.name] is not None for r in rows if r["acheteur"] == b)
                for b in buyers
            },
            "total": {b: sum(r["acheteur"] == b for r in rows) for b in buyers},
        }
        for field in FIELDS["marches"]
    ]
    assert json.dumps([*summary.coverage({"marches": rows})]).count("marches") == len(buyers) * len(
        FIELDS["marches"]
    )
