"""Workbooks that span too much to be loaded: read row by row, alike, and in little memory."""

from __future__ import annotations

import datetime as dt
import io
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pytest
from conftest import folder
from oracle import Contract, flat
from written import old_workbook

from spaser.sources import limits, tabular, xls
from spaser.sources.lecture import Lecture

TITLED = ["SIRET", "Objet", "Montant", "Notifié le", "Innovant", "Taux", "Rien"]
ROWS = [
    ["21210231300013", "Voirie & réseaux", 1234.5, dt.date(2024, 3, 1), True, 0.05, None],
    ["21210231300013", " deux  blancs ", 40000, dt.datetime(2024, 3, 1, 9, 30), False, None, None],
    [None] * 7,
    ["21210231300013", "=1+1", -3, dt.date(2024, 12, 31), None, 1, None],
]


def xlsx(rows: list[list[Any]]) -> bytes:
    """As an office writes it: shared texts, styles of dates, an empty row left out."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Marchés"
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                cell = sheet.cell(number, column)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows: list[list[Any]], more: str = "") -> bytes:
    """As LibreOffice writes it: blanks repeated, and a last row repeated to the end."""

    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        kind, shown = "string", str(value)
        if isinstance(value, bool):
            kind, shown = "boolean", f'" office:boolean-value="{str(value).lower()}'
        elif isinstance(value, dt.date):
            kind, shown = "date", f'" office:date-value="{value.isoformat()}'
        elif isinstance(value, int | float):
            kind, shown = "float", f'" office:value="{value}'
        said = shown if kind != "string" else ""
        text = escape(str(value)).replace("  ", ' <text:s text:c="1"/>')
        head = f'<table:table-cell office:value-type="{kind}{said}">'
        return f"{head}<text:p>{text}</text:p></table:table-cell>"

    names = "".join(
        f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    body = (
        f"<office:document-content{names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Marchés">{lines}{more}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", MANIFEST)
        book.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?>{body}')
    return out.getvalue()


MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest='
    '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
    'manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    "</manifest:manifest>"
)
WRITERS: dict[str, Callable[[list[list[Any]]], bytes]] = {"xlsx": xlsx, "ods": ods}


def told(content: bytes) -> tuple[Any, ...]:
    with folder({"a": content}) as place:
        sheet = tabular.sheet(place / "a")
        return sheet.header, sheet.feuille, sheet.letters, [*sheet.rows]


@pytest.mark.parametrize("form", WRITERS)
def test_a_sheet_reads_the_same_row_by_row(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = WRITERS[form]([TITLED, *ROWS])
    loaded = told(content)
    monkeypatch.setattr(limits, "CELLULES", 0)
    assert told(content) == loaded
    [first, second, third] = loaded[-1]
    assert (first[0], second[0], third[0]) == (2, 3, 5), "rows keep the number of a spreadsheet"
    assert first[1]["Notifié le"] == dt.date(2024, 3, 1) and first[1]["Innovant"] is True
    assert third[1]["Objet"] == "=1+1" and third[1]["Taux"] == 1


def test_cells_repeated_without_end_are_said(read: Callable[..., Lecture]) -> None:
    cell = '<table:table-cell table:number-columns-repeated="{}" office:value-type="float" '
    cell += 'office:value="1"><text:p>1</text:p></table:table-cell>'
    row = '<table:table-row table:number-rows-repeated="1000000">' + cell + "</table:table-row>"
    header = [["acheteur_id", "montant", "dateNotification", "titulaire_id_1"]]
    [fichier] = read({"a": ods(header, row.format(9000))}).fichiers
    assert "cellules, répétées" in fichier.erreur
    [fichier] = read({"a": ods(header, row.format(1000000))}).fichiers
    assert "colonnes" in fichier.erreur


def test_an_old_workbook_that_lies_about_its_size_is_measured_by_its_cells(
    root: Path, read: Callable[..., Lecture]
) -> None:
    """Its declared size says four rows and seven columns; a cell stands at IV65536."""
    right = (root / "tests" / "donnees" / "mandats.xls").read_bytes()
    assert xls.extents(right)[-1][:2] == (4, 7)
    last = right.rindex(struct.pack("<HH", 0x203, 14))  # a number
    lying = bytearray(right)
    struct.pack_into("<HH", lying, last + 4, 65535, 255)
    [fichier] = read({"a": bytes(lying)}).fichiers
    assert "65536 lignes et 256 colonnes" in fichier.erreur
    [fichier] = read({"a": right}).fichiers
    assert not fichier.erreur and fichier.lignes


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
