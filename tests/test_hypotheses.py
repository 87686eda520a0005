"""The log of assumptions: data, checked, and shown in the report."""

from __future__ import annotations

from pathlib import Path

import pytest
from neutral import PROJECT
from pages import Made, parsed, text_of

from spaser.errors import UserError
from spaser.settings import hypotheses

pytest_plugins = ("pages",)

ENTRY = "  - {code: H1, sujet: s, hypothese: h, effet: e, levee: l, statut: ouverte}\n"


def test_every_assumption_is_in_the_report(small: Made) -> None:
    report = parsed(small.reports / "2024" / "rapport.html")
    assert any(e.get("id") == "hypotheses" for e in report.iter("h3"))
    heads = [text_of(e) for e in report.iter("th")]
    listed = [h["code"] for h in hypotheses.load(PROJECT / "params")]
    assert listed
    assert [h for h in heads if h in listed] == listed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hypotheses:\n" + ENTRY * 2, "H1"),
        ("hypotheses:\n" + ENTRY.replace("ouverte", "close"), "statut"),
        ("hypotheses:\n" + ENTRY.replace("effet", "efet"), "efet"),
        ("hypotheses:\n" + ENTRY.replace("levee: l, ", ""), "levee"),
    ],
)
def test_a_fault_is_one_message_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / hypotheses.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        hypotheses.load(tmp_path)
    assert message in str(error.value)
    assert hypotheses.FILE in error.value.lieu


def test_an_old_folder_of_params_has_none(tmp_path: Path) -> None:
    assert hypotheses.load(tmp_path) == []
