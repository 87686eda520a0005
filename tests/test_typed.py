"""A record typed by its filled fields alone says what each of its fields, asked in turn, would."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import hashlib
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spaser.errors import Unreadable
from spaser.sources import decp_nested_json, records, shared, values
from spaser.sources.fields import FIELDS, MODIFICATIONS, SCOPES, SOUS_TRAITANCES, Field
from spaser.sources.records import Published

PARTS = FIELDS | {"modification": MODIFICATIONS, "sous_traitance": SOUS_TRAITANCES}
RAW: list[Any] = [
    None, "", "NC", "1 234,56", "1e3", "-12", "nan", "1.234", "05/06/2024", "2024-02-30", "oui",
    True, False, 0, 3, Decimal("1.005"), Decimal("NaN"), [], ["a", None], {}, {"id": "x"},
    "Appel d'offres ouvert", "\x00", '"', "\ufeffa", "a\r\nb", "#REF!", "x" * 300,
]  # fmt: skip


def asked_in_turn(
    fields: tuple[Field, ...], raw: dict[str, object], prefix: str
) -> tuple[dict[str, Any], dict[str, str], list[records.Anomalie]]:
    """What the parser of each field says, whether the record has it or not."""
    reads = {f.name: f.parse(raw.get(f.name)) for f in fields}
    written = {f.name: values.written(raw[f.name]) for f in fields if raw.get(f.name) is not None}
    return (
        {name: read.value for name, read in reads.items()},
        written,
        [
            records.Anomalie(prefix + name, written[name], read.motif, read.lectures)
            for name, read in reads.items()
            if read.motif and name in written
        ],
    )


@pytest.mark.parametrize("part", PARTS)
@given(data=st.data())
def test_absent_fields_say_what_their_parsers_make_of_nothing(part: str, data: Any) -> None:
    fields = PARTS[part]
    names = st.sampled_from([f.name for f in fields])
    raw = data.draw(st.dictionaries(names, st.sampled_from(RAW) | st.text(max_size=20)))
    anomalies: list[records.Anomalie] = []
    parsed, written = records._parse(part, raw, anomalies, "x.")
    expected = asked_in_turn(fields, raw, "x.")
    assert (repr(parsed), written, anomalies) == (repr(expected[0]), *expected[1:])


@pytest.mark.parametrize("table", FIELDS)
@given(data=st.data())
def test_what_decides_of_a_record_is_the_first_field_that_says_something(
    table: str, data: Any
) -> None:
    scope = SCOPES[table]
    names = sorted({*scope.acheteur, *scope.annee, *scope.montant, "montant"})
    raw = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(RAW)))
    montant = data.draw(st.none() | st.sampled_from([x for x in RAW if x is not None]))
    record = Published(table, 1, False, raw, [], [], raw, montant=montant)
    given_ = [montant] if montant is not None else [raw.get(n) for n in scope.montant]
    amounts = [values.amount(x).value for x in given_]
    buyers = [records.PARSERS[table][n](raw.get(n)).value for n in scope.acheteur]
    reached = records.reach(record)
    assert repr(reached.montant) == repr(next((x for x in amounts if x is not None), None))
    assert reached.acheteur_id == next((x for x in buyers if x is not None), None)
    with contextlib.suppress(Unreadable):  # an identifier that lost its digits
        assert repr(records.typed(record, "a").montant) == repr(reached.montant)


def walked(item: dict[str, Any], nested: str) -> object:
    """The value at dotted paths, key by key; a path may be one key too."""
    for path in nested.split("|"):
        value: Any = item
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value is None and "." in path:
            value = item.get(path)
        if value is not None:
            return value
    return None


_KEYS = sorted(
    {key for fields in (FIELDS["marches"], FIELDS["concessions"], MODIFICATIONS, SOUS_TRAITANCES)
     for f in fields for path in f.nested.split("|") for key in (path, *path.split("."))}
)  # fmt: skip


@given(
    st.recursive(
        st.sampled_from(RAW),
        lambda inner: st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
        max_leaves=20,
    )
)
@example({"acheteur.id": "1", "acheteur": {"id": None}})
@example({"acheteur": "1", "lieuExecution": ["a"], "acheteur.id": "2"})
def test_a_field_is_what_stands_at_its_path(item: Any) -> None:
    item = item if isinstance(item, dict) else {}
    for table in ("marches", "concessions"):
        record = decp_nested_json.published(table, 1, item)
        for field in FIELDS[table]:
            expected = walked(item, field.nested)
            assert repr(record.fields.get(field.name)) == repr(expected), field.name


@given(
    st.recursive(
        st.sampled_from([x for x in RAW if not isinstance(x, list | dict)]) | st.floats(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=15,
    )
)
def test_a_fingerprint_is_the_digest_of_the_sorted_record(raw: Any) -> None:
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    assert records.fingerprint(raw) == digest


WORDS = st.sampled_from(
    ["", "1", "01", "-1", "1.50", "1.5", "1E+3", "2024-01-02", "True", "x", "é"]
)
READ = [
    None, True, 1, -1, 10**5000, Decimal("1.50"), Decimal("1.5"), Decimal("1E+3"),
    dt.date(2024, 1, 2), "x", "01", ("x",),
]  # fmt: skip


@given(
    st.dictionaries(st.text(max_size=2), st.tuples(WORDS, st.sampled_from(READ)), max_size=6),
    st.text(max_size=2),
)
def test_what_is_written_reads_as_a_dictionary(
    both: dict[str, tuple[str, Any]], other: str
) -> None:
    written = {name: text for name, (text, _) in both.items()}
    first = shared.Textes(written, shared.Valeurs({n: value for n, (_, value) in both.items()}))
    for same in (first, pickle.loads(pickle.dumps(first)), copy.deepcopy(first)):
        assert same == written
        assert [*same.items()] == [*written.items()]
        assert [*same.values()] == [*written.values()]
        assert (len(same), repr(same), bool(same)) == (len(written), repr(written), bool(written))
        assert (same.get(other), other in same) == (written.get(other), other in written)
    if other not in written:
        with pytest.raises(KeyError):
            first[other]


def test_a_holder_is_not_taken_for_names_that_are_equal() -> None:
    names = shared.one(("id", "objet"))
    holder = shared.one(records.Titulaire("id", "objet"))
    assert (type(names), type(holder)) == (tuple, records.Titulaire)
    fields = {"id": "1", "objet": "x"}
    record = Published("marches", 1, False, fields, [("id", "objet")], [], fields)
    ligne = records.typed(record, "a.json")
    assert [(t.id, t.type) for t in ligne.titulaires] == [("id", "objet")]
    assert dict(ligne.textes) == fields


@given(st.dictionaries(st.text(max_size=3), st.none() | st.booleans() | st.integers(0, 2)))
def test_values_are_those_of_the_dictionary(values_: dict[str, Any]) -> None:
    held = shared.Valeurs(values_)
    assert held == values_
    assert [*held.items()] == [*values_.items()]
    assert [*held] == [*values_]
    assert [*held.values()] == [*values_.values()]
    assert {**held} == held.whole() == values_
    assert len(held) == len(values_)
    assert [held[name] for name in values_] == [held.get(name) for name in values_]
    assert repr(held) == repr(values_)
    assert pickle.loads(pickle.dumps(held)) == held
    with pytest.raises(KeyError):
        held["none of them"]
    assert (held.get("none of them"), held.get("none of them", 3)) == (None, 3)


def test_a_record_holds_its_amount_once() -> None:
    fields = {"montant": "12.50"}
    ligne = records.typed(Published("marches", 1, False, fields, [], [], fields), "a.json")
    assert ligne.montant is ligne.valeurs["montant"]
    row = Published("marches", 1, True, fields, [], [], fields, montant="3")
    assert records.typed(row, "a.json").montant == Decimal(3)  # what this row of it says
