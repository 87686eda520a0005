"""Two files compared: what differs is named by its place and its two values."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser.verification.comparison import ABSENT, differences

CSV = "code,valeur\nA,1.10\nB,2.20\nC,3.30\n"
LONG = "x" * 500


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("a.csv", CSV, CSV, []),
        ("a.csv", CSV, CSV.replace("2.20", "2.21"), [("ligne 3, colonne valeur", "2.20", "2.21")]),
        ("a.csv", CSV.replace("B,2.20\n", ""), CSV, [("ligne 3", ABSENT, "B | 2.20")]),
        ("a.csv", CSV, CSV.replace("A,1.10\n", ""), [("ligne 2", "A | 1.10", ABSENT)]),
        ("a.csv", CSV, CSV.replace("valeur", "v"), [("en-tête", "code, valeur", "code, v")]),
        ("a.csv", 'a\n"x\ny"\n1\n', 'a\n"x\ny"\n2\n', [("ligne 4, colonne a", "1", "2")]),
        ("a.csv", 'a\n"b', "a\nb", [("ligne 2", '"b', "b")]),
        ("a.html", "<p>\n50 %\n", "<p>\n60 %\n", [("ligne 2", "50 %", "60 %")]),
        ("a.html", "<p>\n", "<p>\r\n", [("ligne 1", "<p>", "<p>\r")]),
        ("a.json", b"\xff", "b", [("ligne 1", "\\xff", "b")]),
        (
            "a.html",
            LONG + "1" + LONG,
            LONG + "2" + LONG,
            [("ligne 1", "…" + "x" * 40 + "1" + "x" * 79 + "…",
              "…" + "x" * 40 + "2" + "x" * 79 + "…")],
        ),
    ],
)  # fmt: skip
def test_a_difference_has_a_place_and_two_values(
    tmp_path: Path, name: str, old: str | bytes, new: str, expected: list[tuple[str, str, str]]
) -> None:
    files = [tmp_path / side / name for side in ("old", "new")]
    for file, text in zip(files, (old, new), strict=True):
        file.parent.mkdir()
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert [tuple(d) for d in differences(*files)] == expected


def test_an_absent_file_is_a_difference(tmp_path: Path) -> None:
    (here := tmp_path / "a.csv").write_text(CSV)
    assert differences(here, tmp_path / "b.csv") == [("fichier", "présent", ABSENT)]
    assert differences(tmp_path / "b.csv", here) == [("fichier", ABSENT, "présent")]


def test_parquet_and_workbooks_are_compared_by_row_and_column(tmp_path: Path) -> None:
    for side, amount in (("old", "1.10"), ("new", "1.11")):
        duckdb.sql(
            f"COPY (SELECT 'A' AS code, {amount}::DECIMAL(18,2) AS montant) "
            f"TO '{tmp_path / side}.parquet' (FORMAT parquet)"
        )
        book = openpyxl.Workbook()
        book.active.title = "Axe 1"
        book.active.append(["code", "valeur"])
        book.active.append(["A", amount])
        book.save(tmp_path / f"{side}.xlsx")
    assert differences(tmp_path / "old.parquet", tmp_path / "new.parquet") == [
        ("rangée 1, colonne montant", "1.10", "1.11")
    ]
    assert differences(tmp_path / "old.xlsx", tmp_path / "new.xlsx") == [
        ("feuille Axe 1, ligne 2, colonne B", "1.10", "1.11")
    ]


rows = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=12)


@given(rows, rows)
def test_files_without_difference_are_equal(
    tmp_path_factory: pytest.TempPathFactory, a: list[tuple[str, int]], b: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("compare")
    files = [folder / "a.csv", folder / "b.csv"]
    for file, lines in zip(files, (a, b), strict=True):
        file.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in lines))
    gaps = differences(*files)
    assert (gaps == []) == (a == b)
    assert len(gaps) >= abs(len(a) - len(b))
    assert all(d.publie != d.recalcule for d in gaps)


def bomb(path: Path) -> None:
    """A workbook of a few kilobytes that unpacks to more than the memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(30):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", b"0" * 10_000_000)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("a.html", "x" * 3_000_000, "y"),
        ("a.html", "a\n" * 1400 + "b\n" + "a\n" * 1400, "c\n" + "a\n" * 2800 + "d\n"),
        ("a.html", "a\nb\n" * 1400 + "z", "y\n" + "b\na\n" * 1400),
        ("a.csv", "a\n" + "1\n" * 5000, "a\n" + "2\n1\n" * 2500),
    ],
)
def test_a_file_made_to_keep_us_busy_is_told_at_once(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    before, after = tmp_path / "avant" / name, tmp_path / "apres" / name
    for path, text in ((before, old), (after, new)):
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
    start = time.monotonic()
    assert differences(before, after)
    assert time.monotonic() - start < 10


@pytest.mark.slow
def test_a_workbook_made_to_fill_memory_is_not_unpacked(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([1])
    book.save(tmp_path / "b.xlsx")
    bomb(tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").stat().st_size < 500_000
    start = time.monotonic()
    assert differences(tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    assert time.monotonic() - start < 10


def test_a_parquet_file_whose_name_is_a_pattern_is_itself(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name, value in (("a*.parquet", 1), ("ab.parquet", 2), ("b/a*.parquet", 3)):
        duckdb.execute(f"COPY (SELECT {value} AS x) TO '{tmp_path / name}' (FORMAT parquet)")
    gaps = differences(tmp_path / "a*.parquet", tmp_path / "b" / "a*.parquet")
    assert [(d.publie, d.recalcule) for d in gaps] == [("1", "3")]


def test_a_picture_is_told_by_its_size_and_digest(tmp_path: Path) -> None:
    """Its bytes are no text to print in a certificate."""
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nabc")
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nabcd")
    (one,) = differences(tmp_path / "a.png", tmp_path / "b.png")
    assert one.lieu == "image"
    assert one.publie.startswith("11 octets, SHA-256 ")
    assert one.recalcule.startswith("12 octets, SHA-256 ")
