"""Suites that are not run again on the same rows: the same results, never those of other rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from spaser import kept
from spaser.quality import remembered
from spaser.quality.expectations import Result

SUITE = [{"type": "expect_column_values_to_not_be_null", "meta": {"regle": "R1"}}]
BOUNDS = {"montant_max": 10}
COLUMNS = {
    "cle": ["a", "b"],
    "montant": [Decimal("1.50"), None],
    "le": [dt.date(2024, 1, 2), None],
    "dit": [("x", "é"), ()],
    "n": [1, True],
}
RESULTS = {"R1": Result((1,), False, ""), "R2": Result((), True, "la règle n'a pas pu tourner")}


class Counted:
    """A validator that counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(
        self, _: Path, suite: Sequence[Mapping[str, Any]], columns: Mapping[str, Sequence[Any]]
    ) -> dict[str, Result]:
        assert suite
        assert columns
        self.times += 1
        return RESULTS


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of results."""
    monkeypatch.setenv(kept.FOLDER, str(tmp_path))
    folder = remembered.folder()
    assert folder
    assert list(folder.iterdir()) == []
    return folder


def ask(
    counted: Counted,
    place: Path | None,
    suite: Any = SUITE,
    columns: Any = COLUMNS,
    bounds: Any = BOUNDS,
) -> dict[str, Result]:
    """What is said of some rows."""
    return remembered.remembering(counted, bounds, place)(Path("essai.json"), suite, columns)


def test_the_same_rows_are_judged_once(place: Path) -> None:
    counted = Counted()
    assert ask(counted, place) == RESULTS
    again = ask(counted, place, [*SUITE], {k: [*v] for k, v in COLUMNS.items()}, {**BOUNDS})
    assert again == RESULTS
    assert {type(r) for r in again.values()} == {Result}
    assert {type(r.rows) for r in again.values()} == {tuple}
    assert counted.times == 1


OTHERS: dict[str, dict[str, Any]] = {
    "a value": {"columns": COLUMNS | {"montant": [Decimal("1.51"), None]}},
    "a cent written otherwise": {"columns": COLUMNS | {"montant": [Decimal("1.5"), None]}},
    "a number for a truth": {"columns": COLUMNS | {"n": [1, 1]}},
    "a text for a number": {"columns": COLUMNS | {"n": ["1", True]}},
    "unknown for empty": {"columns": COLUMNS | {"dit": [("x", "é"), None]}},
    "the order of rows": {"columns": {name: v[::-1] for name, v in COLUMNS.items()}},
    "a row more": {"columns": {name: [*v, v[0]] for name, v in COLUMNS.items()}},
    "a column less": {"columns": {name: v for name, v in COLUMNS.items() if name != "n"}},
    "the suite": {"suite": [SUITE[0] | {"severity": "info"}]},
    "a bound": {"bounds": {"montant_max": 11}},
}


@pytest.mark.parametrize("what", OTHERS)
def test_others_are_judged(place: Path, what: str) -> None:
    counted = Counted()
    ask(counted, place)
    ask(counted, place, **OTHERS[what])
    assert counted.times == 2


@pytest.mark.parametrize("content", [b"", b"{}", bytes(40), None])
def test_what_is_damaged_is_judged_again(place: Path, content: bytes | None) -> None:
    counted = Counted()
    ask(counted, place)
    [file] = place.iterdir()
    file.write_bytes(file.read_bytes()[:-1] if content is None else content)
    assert ask(counted, place) == RESULTS
    assert counted.times == 2


def test_nothing_is_remembered_without_a_place(place: Path) -> None:
    counted = Counted()
    for _ in range(2):
        assert ask(counted, None) == RESULTS
    assert counted.times == 2
    assert list(place.iterdir()) == []


def test_what_cannot_be_told_is_judged_each_time(place: Path) -> None:
    counted = Counted()
    for _ in range(2):
        assert ask(counted, place, columns={"cle": ["a"], "montant": [lambda: 1]}) == RESULTS
    assert counted.times == 2


def test_another_program_or_library_has_a_folder_of_its_own(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "program", lambda *_: "another")
    assert remembered.folder() not in {None, place}
