"""Tables as offices write them: encodings, separators, headers, numbers, and cells with names."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spaser.errors import Unreadable
from spaser.sources import containers, tabular, values

KNOWN = [{"siret", "montant ht", "objet"}]
ROWS = [
    {"SIRET": "212 102 313 00013", "Montant HT": "14 700,00", "Objet": "Réfection, «été» ; œuvre"},
    {"SIRET": "21210231300013", "Montant HT": "0,99", "Objet": 'Écran 24" | deux\nlignes'},
]  # fmt: skip


def text(rows: list[dict[str, Any]], separator: str = ";", end: str = "\r\n") -> str:
    def cell(value: object) -> str:
        return '"' + str(value).replace('"', '""') + '"'

    lines = [rows[0].keys(), *(r.values() for r in rows)]
    return end.join(separator.join(map(cell, line)) for line in lines) + end


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def put(tmp_path: Path) -> Any:
    def write(content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "sans-nom"
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    return write


def rows(path: Path, known: Any = KNOWN) -> list[tuple[int, dict[str, object]]]:
    return list(tabular.sheet(path, known).rows)


@pytest.mark.parametrize("known", [KNOWN, ()], ids=["known", "unknown"])
@pytest.mark.parametrize("separator", list(";,\t|"))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_separator_in_any_encoding(put: Any, encoding: str, separator: str, known: Any) -> None:
    path = put(text(ROWS, separator), encoding)
    assert rows(path, known) == [(2, ROWS[0]), (3, ROWS[1])]


FRENCH = st.lists(
    st.sampled_from(
        "réception bâtiment Denrées vérifier à façade élève forêt hôtel août où Noël maïs N°2 "
        "École ÉLECTRICITÉ Dépôt mètre reçu Montant Voirie 2024 TRAVAUX".split(" ")
    ),
    min_size=2,
    max_size=60,
).filter(lambda words: not "".join(words).replace("Noël", "").isascii())  # alone, it says nothing


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=FRENCH, encoding=st.sampled_from(["cp1252", "cp850", "mac_roman"]))
def test_old_french_is_read_as_it_was_written(put: Any, words: list[str], encoding: str) -> None:
    """«‡ vÈrifier» stood on a page for «à vérifier», in an export of payments in cp1252."""
    path = put("\r\n".join(";".join(words[n : n + 3]) for n in range(0, len(words), 3)), encoding)
    raw = path.read_bytes()
    assert raw.decode(containers.encoding(path).nom) == raw.decode(encoding)


def test_encoding_is_said_and_lost_characters_are_counted(put: Any) -> None:
    assert tabular.sheet(put(text(ROWS), "cp1252")).encodage == "cp1252"
    good = text(ROWS).encode()
    sheet = tabular.sheet(put(good.replace(b"t\xc3\xa9", b"t\xe9", 1) + "a;\ufffd;b\n".encode()))
    assert (sheet.encodage, sheet.perdus) == ("utf-8", 2)


def test_titles_and_blank_rows_above_the_header_are_let_go(put: Any) -> None:
    above = "sep=;\r\nMarchés notifiés en 2024;;\r\n;;\r\n\r\n"
    table = ' siret ;"Montant\n HT";OBJET;\r\n1;2;3;\r\n;;;\r\nTotal;2\r\n'
    sheet = tabular.sheet(put(above + table), KNOWN)
    assert sheet.header == ("siret", "Montant HT", "OBJET")
    assert sheet.ligne_entete == 5
    assert list(sheet.rows) == [
        (6, {"siret": "1", "Montant HT": "2", "OBJET": "3"}),
        (8, {"siret": "Total", "Montant HT": "2", "OBJET": None}),
    ]
    assert sheet.column("nature", "Objet") == "OBJET"
    assert sheet.cell(6, "Montant HT") == "cellule B6 (« Montant HT »)"


def test_cells_without_heading_and_repeated_headings_are_kept(put: Any) -> None:
    assert rows(put("a;b;;a\n1;2;;3\n4;5;6;7\n"), ()) == [
        (2, {"a": "1", "b": "2", "a (2)": "3"}),
        (3, {"a": "4", "b": "5", "colonne C": "6", "a (2)": "7"}),
    ]


def test_workbook_values_are_exact(put: Any) -> None:
    day, late = dt.date(2024, 1, 3), dt.datetime(2024, 1, 3, 10, 30)
    path = put(
        workbook(
            [["notes"]],
            [
                [None, "Marchés 2024"],
                [None],
                [None, "SIRET ", "Montant HT", "Objet", "Date"],
                [None, 21210231300013, 14700.1, "x", day],
                [None, "2121", 0.07, True, late],
                [None, "Total", 14700.17],
            ],
        )
    )
    sheet = tabular.sheet(path, KNOWN)
    assert sheet.header == ("SIRET", "Montant HT", "Objet", "Date")
    assert list(sheet.rows) == [
        (4, {"SIRET": 21210231300013, "Montant HT": Decimal("14700.1"), "Objet": "x", "Date": day}),
        (5, {"SIRET": "2121", "Montant HT": Decimal("0.07"), "Objet": True, "Date": late}),
        (6, {"SIRET": "Total", "Montant HT": Decimal("14700.17"), "Objet": None, "Date": None}),
    ]  # fmt: skip
    assert sheet.cell(4, "SIRET") == "feuille « Sheet1 », cellule B4 (« SIRET »)"


def opendocument(rows: list[list[str]]) -> bytes:
    """The least ODS that holds some cells; a number is given as «n:12.5»."""

    def cell(value: str) -> str:
        if value.startswith("n:"):
            return f'<table:table-cell office:value-type="float" office:value="{value[2:]}"/>'
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{oasis}:office:1.0" '
        f'xmlns:table="{oasis}:table:1.0" xmlns:text="{oasis}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="Feuille">{lines}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{oasis}:manifest:1.0"/>'
        )
    return out.getvalue()


def test_an_opendocument_sheet_is_a_table_too(put: Any) -> None:
    path = put(opendocument([["Titre"], ["siret", "montant ht"], ["0123", "n:14700.1"]]))
    sheet = tabular.sheet(path, [{"siret", "montant ht"}])
    assert list(sheet.rows) == [(3, {"siret": "0123", "montant ht": Decimal("14700.1")})]


def test_parquet_keeps_types(tmp_path: Path) -> None:
    path = tmp_path / "x"
    duckdb.sql(
        "SELECT 1.10::DECIMAL(18,2) AS montant, DATE '2024-01-03' AS jour, ['a', 'b'] AS liste, "
        "NULL::VARCHAR AS rien, 0.1::DOUBLE AS part"
    ).write_parquet(str(path))
    sheet = tabular.sheet(path)
    assert list(sheet.rows) == [
        (
            2,
            {
                "montant": Decimal("1.10"),
                "jour": dt.date(2024, 1, 3),
                "liste": ["a", "b"],
                "rien": None,
                "part": Decimal("0.1"),
            },
        )
    ]


@pytest.mark.parametrize("content, message", [
    (b"", "le fichier est vide"),
    (b"  \n", "le fichier est vide"),
    (b"\x1f\x8b\x08xxxx", "compressé"),
    (b"PK\x03\x04 abime", "le classeur est abîmé"),
    (b"PAR1 abime", "Parquet est abîmé"),
    (b'{"a": 1}', "du JSON"),
    (b"\xff\xfe<\x00a\x00", "du XML"),
    ("siret;montant ht;objet\n1;2;3;4\n", "ligne 2 : 4 cellules pour 3 colonnes"),
    ('siret;montant ht;objet\n1;2;"jamais' + "\n3;4;5" * 300, "guillemet ouvert n'est jamais"),
    (workbook([["SIRET", "objet"], [1, 2]], [["SIRET", "objet"], [1, 2]]), "plusieurs feuilles"),
    (workbook([]), "aucune cellule"),
])  # fmt: skip
def test_what_is_not_a_table_is_said(put: Any, content: Any, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        rows(put(content))


@pytest.mark.parametrize("cell", ["2,1E+13", "2.12102E+13", "2E13", 21210200000000])
def test_a_siret_that_lost_its_digits_names_its_cell(put: Any, cell: object) -> None:
    content = (
        f"objet;siret\nx;{cell}\n" if isinstance(cell, str)
        else workbook([["objet", "siret"], ["x", cell]])
    )  # fmt: skip
    sheet = tabular.sheet(put(content), KNOWN)
    number, row = next(sheet.rows)
    with pytest.raises(Unreadable, match=r"cellule B2 \(« siret »\).*a perdu ses chiffres"):
        sheet.identifier(number, row, "siret")


@pytest.mark.parametrize("cell", ["21210231300013", 21210231300013, "FR2E13", "FR12 345"])
def test_other_identifiers_are_kept(cell: object) -> None:
    assert values.identifier(cell).value == str(cell).replace(" ", "")


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=5),
    st.sampled_from(list(";,\t|")),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_written_rows_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, cells: Any, separator: str, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("t") / "t"
    names = ["SIRET", "Montant HT", "Objet"]
    table = [dict(zip(names, row, strict=True)) for row in cells]
    path.write_bytes(text(table, separator).encode(encoding))
    expected = [
        {k: v if v.strip() else None for k, v in row.items()}
        for row in table
        if any(v.strip() for v in row.values())
    ]
    assert [row for _, row in rows(path)] == expected
