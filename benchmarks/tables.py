"""Large tables: what twice the rows cost, in each form, by `check`.

    .venv/bin/python benchmarks/tables.py [--rows 100000] [--form XLSX]…

Writes, row by row in a temporary folder, contracts of many buyers (one in 300 ours) in each form,
and a register of payments that are all ours, at N and 2 N rows, or at a half and the whole of what
a workbook may hold; gives processor time and peak memory of `spaser check` on each, and the ratio
of both times, of which 2 is linear.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from costs import ROOT, Cost, cost, spaser

from spaser.sources.sheets import letter

sys.path.insert(0, str(ROOT / "tests"))
from oracle import VILLE, Contract, flat, nested
from written import old_workbook, xml_of

Cells = list[object]
OTHER, EVERY = "20006983900013", 300
# What a workbook may hold: XLS 65 536 rows, two millions of cells; an ODS 512 MB once unpacked.
MOST = {
    ("XLS", "contracts"): 55_000, ("XLS", "payments"): 65_535, ("ODS", "contracts"): 120_000,
}  # fmt: skip


def contracts(count: int) -> Iterator[dict[str, object]]:
    """Rows of the Ministry's flat form, one in 300 ours."""
    base = flat(Contract("1"))
    for n in range(count):
        yield base | {
            "id": f"2024M{n:07}", "objet": f"Entretien et réparation, lot {n}",
            "montant": 40_000.5 + n, "acheteur_id": VILLE if n % EVERY == 0 else OTHER,
            "datenotification": f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}",
        }  # fmt: skip


def payments(count: int) -> Iterator[dict[str, object]]:
    """Rows of a register of payments, all ours."""
    for n in range(count):
        yield {
            "numero": f"2024-{n:07}", "acheteur_siret": VILLE, "fournisseur_id": "49047296600012",
            "fournisseur": f"Société {n % 5000}", "date_paiement": f"2024-{n % 12 + 1:02}-15",
            "montant_ht": 100.25 + n,
        }  # fmt: skip


def write_csv(path: Path, rows: Iterable[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        for cells in _cells(rows):
            csv.writer(stream, delimiter=";").writerow(cells)


def write_json(path: Path, rows: Iterable[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for n, row in enumerate(rows):
            stream.write(("," if n else "[") + json.dumps(row, ensure_ascii=False))
        stream.write("]")


def write_xml(path: Path, rows: Iterable[dict[str, object]]) -> None:
    """The regulatory form, contract by contract."""
    begin, end = xml_of([]).split(b"</marches>")[0], b"</marches>"
    base = nested(Contract("1"))
    with path.open("wb") as stream:
        stream.write(begin)
        for row in rows:
            item = base | {
                "id": row["id"], "objet": row["objet"], "montant": row["montant"],
                "acheteur": {"id": row["acheteur_id"]}, "dateNotification": row["datenotification"],
            }  # fmt: skip
            stream.write(xml_of([item]).removeprefix(begin).removesuffix(end))
        stream.write(end)


def write_xlsx(path: Path, rows: Iterable[dict[str, object]]) -> None:
    """As an office writes it: the texts apart, shared."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    texts: dict[str, int] = {}

    def cell(place: str, value: object) -> str:
        if isinstance(value, int | float):
            return f'<c r="{place}"><v>{value}</v></c>'
        rank = texts.setdefault(str(value), len(texts))
        return f'<c r="{place}" t="s"><v>{rank}</v></c>' if value is not None else ""

    def lines(numbered: tuple[int, Cells]) -> str:
        number, cells = numbered
        written = (cell(f"{letter(n)}{number}", value) for n, value in enumerate(cells))
        return f'<row r="{number}">{"".join(written)}</row>'

    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types"><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/worksheets/s.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" '
        f'Type="{rel}/worksheet" Target="worksheets/s.xml"/><Relationship Id="b" '
        f'Type="{rel}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
        with book.open("xl/worksheets/s.xml", "w", force_zip64=True) as part:
            sheet = map(lines, enumerate(_cells(rows), start=1))
            _stream(
                part, f'<worksheet xmlns="{main}"><sheetData>', sheet, "</sheetData></worksheet>"
            )
        with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            shared = (f"<si><t>{escape(text)}</t></si>" for text in texts)
            _stream(part, f'<sst xmlns="{main}">', shared, "</sst>")


_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def write_ods(path: Path, rows: Iterable[dict[str, object]]) -> None:
    names = "".join(
        f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )

    def cell(value: object) -> str:
        head = f'"float" office:value="{value}"' if isinstance(value, int | float) else '"string"'
        text = escape(str(value))
        return (
            f"<table:table-cell office:value-type={head}><text:p>{text}</text:p></table:table-cell>"
            if value is not None
            else "<table:table-cell/>"
        )

    kind = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", kind)
        book.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{space}">'
                      f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
                      "</manifest:manifest>")  # fmt: skip
        with book.open("content.xml", "w", force_zip64=True) as part:
            lines = (
                f"<table:table-row>{''.join(map(cell, cells))}</table:table-row>"
                for cells in _cells(rows)
            )
            _stream(
                part,
                f"<office:document-content{names}><office:body><office:spreadsheet>"
                '<table:table table:name="a">',
                lines,
                "</table:table></office:spreadsheet></office:body></office:document-content>",
            )


def write_xls(path: Path, rows: Iterable[dict[str, object]]) -> None:
    path.write_bytes(old_workbook([*rows]))


def _cells(rows: Iterable[dict[str, object]]) -> Iterator[Cells]:
    """The header, then the cells of each row."""
    stream = iter(rows)
    first = next(stream)
    yield [*first]
    for row in itertools.chain([first], stream):
        yield [*row.values()]


def _stream(part: IO[bytes], begin: str, lines: Iterable[str], end: str) -> None:
    for text in itertools.chain([begin], lines, [end]):
        part.write(text.encode())


Writer = Callable[[Path, Iterable[dict[str, object]]], None]
WRITERS: dict[str, Writer] = {
    "CSV": write_csv, "JSON": write_json, "XML": write_xml, "XLSX": write_xlsx, "ODS": write_ods,
    "XLS": write_xls,
}  # fmt: skip


def checked(folder: Path, scratch: Path) -> Cost:
    """What `spaser check` costs on the files of a folder, whatever it decides."""
    words = ("check", "2024", "--data", str(folder), "--reports", str(scratch / "reports"))
    return cost(spaser(*words), statuses=(0, 3))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--form", action="append", choices=WRITERS)
    options.add_argument("--what", choices=("contracts", "payments"))
    asked = options.parse_args()
    for what, rows in (("contracts", contracts), ("payments", payments)):
        for form in asked.form or WRITERS:
            if (form == "XML" and rows is payments) or asked.what not in (None, what):
                continue
            most = 2 * asked.rows
            most = min(most, MOST.get((form, what), most))
            costs = []
            for count in (most // 2, most):
                with tempfile.TemporaryDirectory() as scratch:
                    folder = Path(scratch) / "files"
                    folder.mkdir()
                    file = folder / f"a.{form.lower()}"
                    WRITERS[form](file, rows(count))
                    size = file.stat().st_size / 1e6
                    costs.append(checked(folder, Path(scratch)))
                print(f"{what:10} {form:5} {count:8} rows {size:7.1f} MB "
                      f"{costs[-1].processor:7.1f} s {costs[-1].peak:6.0f} MiB",
                      flush=True)  # fmt: skip
            print(
                f"{'':10} {form:5} ratio {costs[1].processor / costs[0].processor:.2f}", flush=True
            )


if __name__ == "__main__":
    main()
