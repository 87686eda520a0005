"""The official schema, judged field by field with its answers kept, says what the whole says."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Contract, nested

from spaser import modele
from spaser.sources import official
from spaser.sources.records import EcartAuSchema

TABLES = ("marches", "concessions")
ODD: list[Any] = [
    None, True, 1, -3, 1.0, Decimal("1.50"), Decimal("2.00"), "1", "True", "x" * 1500, [], {},
    ["a", "a"], ["Sans objet", 3], {"z": 1}, [{"titulaire": {}}], {"technique": ["Sans objet"]},
]  # fmt: skip


def whole(table: str, record: Any) -> list[EcartAuSchema]:
    """What the validator of the whole record refuses."""
    gaps = set()
    validator = official._validator(
        table, official._file(modele.referentiels() / official.JSON_SCHEMA)
    )
    for error in validator.iter_errors(record):
        path = [str(p) for p in error.absolute_path if not isinstance(p, int)]
        if error.validator == "required":
            path += [key for key in error.validator_value if f"'{key}' is" in error.message]
        place = ".".join(path) or official._DEFINITIONS[table]
        gaps.add(EcartAuSchema(place, official._JSON_SAYS.get(error.validator, official._OTHER)))
    return sorted(gaps)


def record() -> dict[str, Any]:
    return nested(Contract("1", social=("Clause sociale",)))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("odd", [[], "x", 5, None, {}], ids=repr)
def test_what_is_no_record_is_told_alike(table: str, odd: Any) -> None:
    assert official.json_record(table, odd) == whole(table, odd)


@settings(max_examples=150, deadline=None)
@given(
    changed=st.dictionaries(st.sampled_from(sorted(record())), st.sampled_from(ODD), max_size=4),
    dropped=st.sets(st.sampled_from(sorted(record())), max_size=3),
    more=st.booleans(),
    table=st.sampled_from(TABLES),
)
def test_a_record_told_in_parts_is_told_as_a_whole(
    changed: dict[str, Any], dropped: set[str], more: bool, table: str
) -> None:
    made = {k: v for k, v in (record() | copy.deepcopy(changed)).items() if k not in dropped}
    made |= {"inconnu": 1} if more else {}
    assert official.json_record(table, made) == whole(table, made)


def test_every_record_of_the_demonstration_is_told_as_a_whole() -> None:
    file = Path(__file__).parents[1] / "data/raw/2024/decp-2022-metropole-demonstration.json"
    content = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    records = next(v for v in content["marches"].values() if isinstance(v, list))
    assert len(records) > 50
    for one in records[:60]:
        assert official.json_record("marches", one) == whole("marches", one)
