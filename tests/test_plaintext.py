"""No text that others wrote is an order to a terminal, a page, an XML reader or a spreadsheet."""

from __future__ import annotations

import ast
import csv
import io
import re
import unicodedata
import xml.etree.ElementTree as ET
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neutral import ROOT

from spaser import plaintext
from spaser.figures.catalogue import Catalogue
from spaser.opendata import workbook
from spaser.plaintext import cell, counted, shown, writable
from spaser.settings.params import Params

SIGNS = ("=", "+", "-", "@")
RISKY = st.text(
    st.characters() | st.sampled_from("=+-@;\t\r\n\"' ,\x00\x1b\ud800\ufffe＝"), max_size=12
)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ('a;"=1+1"', 'a;\'"=1+1"'),
        ("a; =1+1;b;@x", "a;' =1+1;b;'@x"),
        ("a\n=1+1", "a\n'=1+1"),
        ("a\r-1", "a\r'-1"),
        ("a\t+1", "a\t'+1"),
        ("\t=1", "'\t'=1"),
        ("＝1+1", "'＝1+1"),
        ("Lot 1 ; voirie - entretien", "Lot 1 ; voirie - entretien"),
        ("a;b=c", "a;b=c"),
    ],
)
def test_a_cell_and_what_a_spreadsheet_may_part_from_it(text: str, safe: str) -> None:
    assert cell(text) == safe


@given(RISKY)
def test_no_part_of_a_line_begins_a_formula(text: str) -> None:
    """A line of commas, read by a spreadsheet that splits at semicolons and sees no quotes."""
    line = io.StringIO()
    csv.writer(line).writerow(["a", cell(text), "b"])
    for part in re.split("[;\t\r\n]", line.getvalue()):
        first = unicodedata.normalize("NFKC", part.strip(' \xa0"')[:1])
        assert first not in SIGNS, part
    assert cell(cell(text)) == cell(text)
    assert cell(text).replace("'", "") == writable(text).replace("'", "")


@given(RISKY)
def test_what_is_written_is_well_formed(text: str) -> None:
    ET.fromstring(f"<a>{escape(writable(text))}</a>".encode())


@given(RISKY | st.text(st.sampled_from("\x1b\x07\x9b\u202e\u2066\u200b\r\x08a\n\t"), max_size=9))
def test_a_terminal_is_told_nothing(text: str) -> None:
    spelt = shown(text)
    assert not [c for c in spelt if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs"}]
    assert not set(spelt) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b")
    spelt.encode()


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "\x00\x08\x1b\ufffe", "a\ud800b", "-2;=3"])
def test_a_workbook_holds_any_name(
    tmp_path: Path, params: Params, catalogue: Catalogue, text: str
) -> None:
    from openpyxl import load_workbook

    scheme = params.scheme.model_copy(update={"titre": text, "collectivite": text, "licence": text})
    path = tmp_path / "a.xlsx"
    workbook.write(path, [], catalogue, params.model_copy(update={"scheme": scheme}))
    book = load_workbook(path)
    kinds = {c.data_type for sheet in book for row in sheet.iter_rows() for c in row}
    assert "f" not in kinds
    assert book["Notice"]["A1"].value == cell(text)


@pytest.mark.parametrize(
    ("count", "words", "expected"),
    [
        (0, "fichier différent", "0 fichier différent"),
        (1, "autre", "1 autre"),
        (2, "fichier différent", "2 fichiers différents"),
    ],
)
def test_a_count_agrees_with_its_words(count: int, words: str, expected: str) -> None:
    assert counted(count, words) == expected


def test_no_message_leaves_its_plural_in_brackets(root: Path) -> None:
    """«constat(s)»: whoever writes knows the number, or turns the sentence."""
    bracketed = re.compile(r"[^\W\d_]\((?:s|es|e|x|nt)\)")
    texts: list[tuple[str, str]] = []
    for path in (ROOT / "src" / "spaser").rglob("*.py"):
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        texts += [(path.name, str(n.value)) for n in tree if isinstance(n, ast.Constant)]
    for path in (ROOT / "src" / "spaser").rglob("*.j2"):
        text = re.sub(r"\{[{%].*?[}%]\}", "", path.read_text(encoding="utf-8"))
        texts.append((path.name, text))
    assert len(texts) > 1000
    assert [x for x in texts if bracketed.search(x[1])] == []


def test_a_text_that_is_let_through_at_once_is_one_that_would_be_left_as_it_is() -> None:
    """Every sign, alone, at the head of a text, behind what a spreadsheet skips and within."""
    for code in range(0x10000):
        for text in (chr(code), f"{chr(code)}1", f' "{chr(code)}x', f"a{chr(code)}=x"):
            if plaintext._PLAIN.fullmatch(text):
                parts = plaintext._SPLIT.split(plaintext.writable(text))
                assert "".join(map(plaintext._safe, parts)) == text, ascii(text)
