"""How offices write the demonstration registers: cp1252 and semicolons, official CSV, workbooks."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

RowCells = Sequence[object]


class DemoFile(NamedTuple):
    """A file to write: name, form (office, officiel or classeur), rows with their header."""

    name: str
    form: str
    rows: Sequence[RowCells]
    title: str = ""


def content(table: DemoFile, annee: int) -> bytes:
    """The bytes of a file."""
    if table.form == "classeur":
        return _workbook(table, annee)
    text = io.StringIO()
    office = table.form == "office"
    writer = csv.writer(
        text, delimiter=";" if office else ",", lineterminator="\r\n" if office else "\n"
    )
    if table.title:
        writer.writerow([table.title])
    writer.writerows([[_cell(c, office) for c in row] for row in table.rows])
    return text.getvalue().encode("cp1252" if office else "utf-8", "replace")


def _cell(value: object, office: bool) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y") if office else value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:,.2f}".replace(",", " ").replace(".", ",") if office else f"{value:.2f}"
    return "" if value is None else str(value)


def _workbook(table: DemoFile, annee: int) -> bytes:
    from openpyxl import Workbook

    from spaser.opendata.workbook import still

    stamp = dt.datetime(annee + 1, 2, 1)
    book = Workbook()
    sheet = book.active
    sheet.title = "Saisie"
    for row in ([table.title], *table.rows) if table.title else table.rows:
        sheet.append(["oui" if c is True else "non" if c is False else c for c in row])
    book.properties.creator = "spaser.demo"
    book.properties.created = stamp
    buffer = io.BytesIO()
    book.save(buffer)
    return still(buffer, stamp)


def euros(cents: int) -> Decimal:
    """Cents as euros."""
    return Decimal(cents) / 100
