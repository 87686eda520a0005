"""The order of day and month: French unless the column shows another; then both are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from oracle import VILLE, Contract, flat, nested
from written import old_cells, open_cells, parquet, sheet, text, xml_of

from spaser.quality import Gate
from spaser.sources import values
from spaser.sources.fields import FIELDS
from spaser.sources.lecture import Lecture
from spaser.sources.records import Anomalie
from spaser.sources.registers import REGISTRES

Read = Callable[..., Lecture]
JUNE, BOTH = dt.date(2024, 6, 5), "5 juin 2024 ou 6 mai 2024"


def rows(days: Sequence[Any], field: str = "datenotification") -> list[dict[str, Any]]:
    """Contracts whose dates are written so, in the Ministry's flat form."""
    return [flat(Contract(f"V{n:03}")) | {field: day} for n, day in enumerate(days)]


def cells(days: Sequence[Any]) -> list[list[Any]]:
    every = rows(days)
    return [[*every[0]], *([*r.values()] for r in every)]


def objects(days: Sequence[Any]) -> list[dict[str, Any]]:
    return [nested(Contract(f"V{n:03}")) | {"dateNotification": d} for n, d in enumerate(days)]


WRITERS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "CSV": lambda days: text(rows(days)),
    "flat JSON": rows,
    "JSON": lambda days: {"marches": {"marche": objects(days)}},
    "XML": lambda days: xml_of(objects(days)),
    "XLSX": lambda days: sheet(cells(days)),
    "ODS": lambda days: open_cells(cells(days)),
    "XLS": lambda days: old_cells(cells(days)),
    "Parquet": lambda days: parquet(rows(days), {"montant": "DOUBLE"}),
}
CASES: list[tuple[list[Any], list[dt.date | None]]] = [
    (["05/06/2024"], [JUNE]),  # alone: the day first
    (["05/06/2024", "31/05/2024"], [JUNE, dt.date(2024, 5, 31)]),
    (["05/06/2024", "05/31/2024"], [None, None]),
    (["05/31/2024", "5-6-24", "06/06/2024"], [None, None, dt.date(2024, 6, 6)]),
    (["05/06/2024", "31/05/2024", "05/31/2024"], [None, dt.date(2024, 5, 31), None]),
    (["2024-06-05", "5 juin 2024", "05/31/2024"], [JUNE, JUNE, None]),
    (["05/06/2024", "99/99/2024"], [JUNE, None]),  # no date in any order
]


def days(lecture: Lecture, field: str = "date_notification") -> list[Any]:
    assert not any(f.erreur for f in lecture.fichiers), lecture.fichiers
    return [x.valeurs[field] for x in lecture.lignes]


@pytest.mark.slow
@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("written, right", CASES)
def test_the_order_of_day_and_month_is_french_unless_the_column_shows_another(
    read: Read, form: str, written: list[Any], right: list[Any]
) -> None:
    assert days(read({"a": WRITERS[form](written)})) == right


@pytest.mark.parametrize("write", [sheet, open_cells], ids=["XLSX", "ODS"])
@pytest.mark.parametrize("written, right", [
    ([JUNE, "05/31/2024"], [None, None]),  # what is left of a month-first file opened in French
    ([JUNE, dt.date(2024, 6, 6), "05/31/2024"], [None, dt.date(2024, 6, 6), None]),
    ([JUNE, dt.date(2024, 6, 25), "05/31/2024"], [JUNE, dt.date(2024, 6, 25), None]),
    ([JUNE, dt.date(2024, 6, 25), "05/31/2024", "06/05/2024"],
     [JUNE, dt.date(2024, 6, 25), None, None]),
    ([JUNE, "31/05/2024"], [JUNE, dt.date(2024, 5, 31)]),
])  # fmt: skip
def test_days_that_a_spreadsheet_typed_may_be_months_too(
    read: Read, write: Callable[..., bytes], written: list[Any], right: list[Any]
) -> None:
    assert days(read({"a": write(cells(written))})) == right


@pytest.mark.parametrize("name, field", [
    (name, f.name) for name in REGISTRES for f in FIELDS[name] if f.parse is values.date
])  # fmt: skip
def test_each_date_of_each_register_is_held_to_its_column(
    read: Read, name: str, field: str
) -> None:
    registre = REGISTRES[name]
    signature = max(registre.signatures, key=len)
    base = dict.fromkeys([*dict.fromkeys([*sorted(signature), *registre.acheteur, field])], "1")
    base |= dict.fromkeys(registre.acheteur, VILLE) | dict.fromkeys(registre.annee, "2024")
    for other, right in (("31/05/2024", JUNE), ("05/31/2024", None)):
        lecture = read({"a": text([base | {field: day} for day in ("05/06/2024", other)])})
        assert days(lecture, field)[0] == right, lecture.lignes


def test_each_column_of_each_file_is_judged_alone(read: Read) -> None:
    """Another column, another file or another table prove nothing."""
    mixed = rows(["05/06/2024", "07/06/2024"])
    mixed[1]["datepublicationdonnees"] = "05/31/2024"
    lecture = read({"a": text(mixed), "b": text(rows(["05/31/2024"], "datepublicationdonnees"))})
    assert days(lecture)[:2] == [JUNE, dt.date(2024, 6, 7)]


def test_rows_of_others_show_the_order_of_ours(read: Read) -> None:
    written = rows(["05/06/2024", "05/31/2024"])
    written[1]["acheteur_id"] = "20006983900013"
    assert days(read({"a": text(written)})) == [None]


def test_the_date_of_a_change_is_held_to_its_column(read: Read) -> None:
    field = "datenotificationmodificationmodification"
    changed = Contract("V", modifications=(("1", JUNE, Contract("V").montant),))
    written = [flat(changed) | {field: day} for day in ("05/06/2024", "05/31/2024")]
    lecture = read({"a": text(written)})
    assert [m["date_notification"] for x in lecture.lignes for m in x.modifications] == [None, None]
    assert lecture.lignes[0].inutilisables == [
        Anomalie("modification.date_notification", "05/06/2024", values.AMBIGU, BOTH)
    ]


def test_the_order_is_told_with_both_days_and_the_cell_that_shows_it(
    gate: Callable[..., Gate], read: Read
) -> None:
    content = text(rows(["05/06/2024", "05/31/2024", *["2024-05-06"] * 30]))
    [remark] = read({"a": content}).fichiers[0].remarques
    assert "« 05/31/2024 » est écrit mois d'abord" in remark
    assert "3" in remark
    assert "(1)" in remark
    rejected = {(q.regle.id, q.valeur) for q in gate({"a": content}).quarantaine}
    assert rejected == {("MAR-C07", f"05/06/2024 ({BOTH} ?)"), ("MAR-C07", "05/31/2024")}
