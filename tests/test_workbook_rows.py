"""Workbooks that span too much to be loaded: read row by row, alike, and in little memory."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import folder
from neutral import ROOT
from oracle import Contract, flat
from written import Failed, Percent, old_cells, old_workbook, open_cells, sheet

from spaser.sources import archive, limits, tabular, xls
from spaser.sources.lecture import Lecture

TITLED = ["SIRET", "Objet", "Montant", "Notifié le", "Innovant", "Taux", "Rien"]
ROWS = [
    ["21210231300013", "Voirie & réseaux", 1234.5, dt.date(2024, 3, 1), True, 0.05, None],
    ["21210231300013", " deux  blancs ", 40000, dt.datetime(2024, 3, 1, 9, 30), False, None, None],
    [None] * 7,
    ["21210231300013", "=1+1", -3, dt.date(2024, 12, 31), None, 1, None],
]


WRITERS: dict[str, Callable[[list[list[Any]]], bytes]] = {"xlsx": sheet, "ods": open_cells}


def content_of(content: bytes) -> tuple[Any, ...]:
    with folder({"a": content}) as place:
        sheet = tabular.sheet(place / "a")
        return sheet.header, sheet.feuille, sheet.letters, [*sheet.rows]


@pytest.mark.parametrize("form", WRITERS)
def test_a_sheet_reads_the_same_row_by_row(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = WRITERS[form]([TITLED, *ROWS])
    loaded = content_of(content)
    monkeypatch.setattr(limits, "CELLULES", 0)
    assert content_of(content) == loaded
    [first, second, third] = loaded[-1]
    assert (first[0], second[0], third[0]) == (2, 3, 5), "rows keep the number of a spreadsheet"
    assert first[1]["Notifié le"] == dt.date(2024, 3, 1)
    assert first[1]["Innovant"] is True
    assert third[1]["Objet"] == "=1+1"
    assert third[1]["Taux"] == 1


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("form", ["xlsx", "ods", "xls"])
def test_errors_and_percentages_are_what_their_cells_show(
    form: str, rows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write: Any = (WRITERS | {"xls": old_cells})[form]
    if rows and form != "xls":
        monkeypatch.setattr(limits, "CELLULES", 0)
    errors = [*map(Failed, ("#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?"))]
    parts = [*map(Percent, (0.25, 0.125, 0, 1, 1.5))]
    read = content_of(write([["un", "deux", "trois", "quatre", "cinq"], errors, parts]))[-1]
    assert [[*row.values()] for _, row in read] == [
        errors,
        ["25 %", "12.5 %", "0 %", "100 %", "150 %"],
    ]


@pytest.mark.parametrize("code, shown", [
    ("0.00%", "25 %"), ('0.0" %"', Decimal("0.25")), ("[Red]0%;-0%", "25 %"),
    ("0\\%", Decimal("0.25")),
])  # fmt: skip
def test_a_percentage_is_known_by_what_its_format_multiplies(code: str, shown: object) -> None:
    read = content_of(sheet([["un", "deux"], [Percent(0.25), 1]], code))[-1]
    assert [*read[0][1].values()] == [shown, 1]


def test_cells_that_do_not_say_where_they_stand_are_read_by_rows() -> None:
    """They follow one another, as some software writes them: their rectangle is not known."""
    rows = [["un", "deux"], ["a", 1], ["b", 2.5]]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(rows))) as book, zipfile.ZipFile(out, "w") as bare:
        for name in book.namelist():
            content = book.read(name)
            if "worksheets" in name:
                content = re.sub(rb' r="[A-Z]*[0-9]+"', b"", content)
            bare.writestr(name, content)
    with folder({"a": out.getvalue()}) as place:
        assert any(extent.more for extent in archive.measure(place / "a"))
        assert not any(extent.more for extent in archive.measure(_written(place, sheet(rows))))
    assert content_of(out.getvalue()) == content_of(sheet(rows))


def _written(place: Path, content: bytes) -> Path:
    path = place / "b"
    path.write_bytes(content)
    return path


def test_cells_repeated_without_end_are_said(read: Callable[..., Lecture]) -> None:
    cell = '<table:table-cell table:number-columns-repeated="{}" office:value-type="float" '
    cell += 'office:value="1"><text:p>1</text:p></table:table-cell>'
    row = '<table:table-row table:number-rows-repeated="1000000">' + cell + "</table:table-row>"
    header = [["acheteur_id", "montant", "dateNotification", "titulaire_id_1"]]
    [fichier] = read({"a": open_cells(header, row.format(9000))}).fichiers
    assert "cellules, répétées" in fichier.erreur
    [fichier] = read({"a": open_cells(header, row.format(1000000))}).fichiers
    assert "colonnes" in fichier.erreur


def test_an_old_workbook_that_lies_about_its_size_is_measured_by_its_cells(
    root: Path, read: Callable[..., Lecture]
) -> None:
    """Its declared size says four rows and seven columns; a cell stands at IV65536."""
    right = (ROOT / "tests" / "donnees" / "mandats.xls").read_bytes()
    assert xls.measure(right).extents[-1][:2] == (4, 7)
    last = right.rindex(struct.pack("<HH", 0x203, 14))  # a number
    lying = bytearray(right)
    struct.pack_into("<HH", lying, last + 4, 65535, 255)
    [fichier] = read({"a": bytes(lying)}).fichiers
    assert "65536 lignes et 256 colonnes" in fichier.erreur
    [fichier] = read({"a": right}).fichiers
    assert not fichier.erreur
    assert fichier.lignes


@pytest.mark.parametrize("place, number", [(0, 0), (1, 0), (20, 5)])
def test_sectors_in_a_ring_do_not_keep_a_reader_for_ever(
    read: Callable[..., Lecture], place: int, number: int
) -> None:
    """The chains of an XLS: a ring of sectors kept calamine turning."""
    content = bytearray(old_workbook([flat(Contract(f"2024V{n:02d}")) for n in range(9)]))
    table = len(content) - 512 * (content[44] or 1)
    struct.pack_into("<I", content, table + 4 * place, number)
    [fichier] = read({"a": bytes(content)}).fichiers
    assert "abîmé" in fichier.erreur


PROGRAM = """
import resource, sys
from pathlib import Path
from spaser import sources
from spaser.settings import params
from spaser.sources import limits
setting = params.load(Path("params"), 2024)
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.argv[2] == "rows":
    limits.CELLULES = 0
lecture = sources.read_folder(Path(sys.argv[1]), setting)
assert not any(f.erreur for f in lecture.fichiers), lecture.fichiers
unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
print(len(lecture.lignes), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / unit)
"""


def test_sectors_beyond_the_end_of_an_old_workbook_are_said(read: Callable[..., Lecture]) -> None:
    content = bytearray(old_workbook([flat(Contract("2024V01"))]))
    struct.pack_into("<I", content, 68, 10**6)
    [fichier] = read({"a": bytes(content)}).fichiers
    assert "abîmé" in fichier.erreur


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the peak of a process of Unix")
@pytest.mark.parametrize("form", WRITERS)
def test_memory_does_not_grow_with_a_workbook_read_by_rows(
    form: str, root: Path, tmp_path: Path
) -> None:
    """10 MB of cells, of other buyers but one row in a hundred: a peak far under their size."""
    peaks = {}
    for many in (300, 3000):
        record = flat(Contract("2024V01")) | {"montant": 50000.0, "objet": "Entretien " * 90}
        names = [*record]
        rows = [
            [
                *(v for v in (record | {
                    "id": f"2024V{n:05d}", "objet": f"{n} {record['objet']}",
                    "acheteur_id": "21210231300013" if n % 100 == 0 else "20006983900013",
                }).values())
            ]
            for n in range(many)
        ]  # fmt: skip
        place = tmp_path / str(many)
        place.mkdir()
        (place / "a").write_bytes(WRITERS[form]([names, *rows]))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(place), "rows"],
            cwd=root, capture_output=True, text=True, check=True,
        )  # fmt: skip
        ours, peak = done.stdout.split()
        assert int(ours) == many // 100
        peaks[many] = float(peak)
    assert peaks[3000] - peaks[300] < 16, peaks


def test_the_guide_says_the_bounds_that_hold(root: Path) -> None:
    guide = " ".join((ROOT / "docs" / "sources.md").read_text(encoding="utf-8").split())
    for bound in (
        f"{limits.ENREGISTREMENT >> 20} Mo par enregistrement", f"{limits.TEXTE // 1000} 000 carac",
        f"{limits.CHIFFRES} chiffres par nombre", f"{limits.PROFONDEUR} niveaux",
        f"{limits.CLASSEUR >> 20} Mo par classeur une fois décompressé",
    ):  # fmt: skip
        assert bound in guide.replace("\u00a0", " "), bound
    assert limits.CELLULES == 2_000_000
    assert "tiennent en deux millions" in guide
