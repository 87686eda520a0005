"""The templates of the registers: an empty CSV and XLSX of each, with one example line.

In the workbook a cell has the type of its column (a SIRET stays a text, a date a date), a list of
labels is a drop-down list, and a note on each heading says what to write.  The example line is
known by its mark: readers say that they passed over it.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from spaser.sources import values
from spaser.sources.registers import REGISTRES, Colonne, Registre
from spaser.sources.registers.kinds import EXEMPLE
from spaser.sources.registers.registres_md import CHOIX, ECRITURES

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_LAST = 5000  # rows that a drop-down list covers
_FORMATS = {"DATE": "DD/MM/YYYY", "INTEGER": "0", "DECIMAL(18,2)": "#,##0.00"}
_SIRET = "00010007300014"  # of no establishment
_HEAD = """\
# Modèles des registres

Un fichier par source, en CSV (point-virgule) et en XLSX, à remplir puis à déposer dans
`data/raw/ANNÉE` sous n'importe quel nom : c'est l'en-tête qui fait reconnaître le registre. Une
cellule vide veut dire « inconnu », jamais « non » ni zéro. Toutes les colonnes ne sont pas
obligatoires ; l'ordre ne compte pas.

La ligne « {exemple} » montre comment écrire : elle n'est jamais comptée. Dans le classeur, les
colonnes ont leur type, les listes se déroulent, et une note sur chaque en-tête dit quoi écrire.
"""


def write(folder: Path) -> Path:
    """Write the templates of every register and LISEZMOI.md, the list of their columns."""
    folder.mkdir(parents=True, exist_ok=True)
    for registre in REGISTRES.values():
        with (folder / f"{registre.table}.csv").open("w", encoding="utf-8-sig", newline="") as out:
            table = csv.writer(out, delimiter=";")
            table.writerow(c.name for c in registre.lues)
            if cells := example(registre):
                table.writerow(map(_text, cells))
        _workbook(folder / f"{registre.table}.xlsx", registre)
    text = "".join(part for r in REGISTRES.values() for part in _described(r))
    head = _HEAD.format(exemple=EXEMPLE)
    (folder / "LISEZMOI.md").write_text(head + text, encoding="utf-8", newline="\n")
    return folder


def example(registre: Registre) -> list[object]:
    """The cells of the example line, in the order of the columns; its mark stands in a text.

    INSEE's extract has none: nobody fills it in by hand.
    """
    if not registre.identite:
        return []
    free = next(c for c in registre.lues if c.parse is values.text)
    return [EXEMPLE if c is free else _example(c) for c in registre.lues]


def _example(colonne: Colonne) -> object:
    if labels := CHOIX.get(colonne.name):
        return labels[0]
    if colonne.parse is values.text:
        return None
    by_type: dict[str, object] = {
        "DATE": dt.date(2026, 3, 5),
        "BOOLEAN": "oui",
        "INTEGER": 2026 if colonne.name.startswith("annee") else 10,
        "VARCHAR": _SIRET,
    }
    return by_type.get(colonne.type, Decimal("1250.50"))


def _text(cell: object) -> object:
    """A cell as a French spreadsheet writes it to CSV."""
    if isinstance(cell, dt.date):
        return f"{cell:%d/%m/%Y}"
    return str(cell).replace(".", ",") if isinstance(cell, Decimal) else cell


def _described(registre: Registre) -> Iterator[str]:
    yield f"\n## {registre.titre}\n\nFichier `{registre.table}`.\n\n| colonne | sens |\n|---|---|\n"
    for column in registre.lues:
        yield f"| `{column.name}` | {column.label.replace('|', '/')} |\n"


def _workbook(path: Path, registre: Registre) -> None:
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = registre.table
    sheet.append([c.name for c in registre.lues])
    if cells := example(registre):
        sheet.append(cells)
    lists = book.create_sheet("Listes")
    for position, column in enumerate(registre.lues, start=1):
        head, cell = sheet.cell(1, position), sheet.cell(2, position)
        head.font, cell.font = Font(bold=True), Font(italic=True, color="767676")
        head.comment = Comment(f"{column.label}.\n{ECRITURES[column.type]}", "spaser", 120, 320)
        own = sheet.column_dimensions[head.column_letter]
        own.width = max(14, len(column.name) + 2)
        own.number_format = cell.number_format = _FORMATS.get(
            column.type, "General" if column.type.startswith("DECIMAL") else "@"
        )
        _validated(sheet, lists, position, column)
    lists.sheet_state = "hidden"
    sheet.freeze_panes = "A2"
    help_ = book.create_sheet("Colonnes")
    help_.append(["colonne", "sens"])
    for column in registre.lues:
        help_.append([column.name, column.label])
    help_.column_dimensions["A"].width, help_.column_dimensions["B"].width = 34, 90
    book.save(path)


def _validated(sheet: Worksheet, lists: Worksheet, position: int, column: Colonne) -> None:
    """Let a spreadsheet refuse what the reader would: a stray label, a text for a date."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    labels = CHOIX.get(column.name) or (("oui", "non") if column.type == "BOOLEAN" else ())
    letter = get_column_letter(position)
    if labels:
        for row, label in enumerate(labels, start=1):
            lists.cell(row, position, label)
        rule = DataValidation("list", formula1=f"Listes!${letter}$1:${letter}${len(labels)}")
    elif column.type == "DATE":
        rule = DataValidation("date", operator="greaterThan", formula1="1")
    elif column.type == "INTEGER":
        rule = DataValidation("whole", operator="greaterThanOrEqual", formula1="0")
    elif column.type.startswith("DECIMAL"):
        rule = DataValidation("decimal", operator="between", formula1="-1E+12", formula2="1E+12")
    else:
        return
    rule.allow_blank, rule.showErrorMessage = True, column.type != "VARCHAR[]"
    rule.errorTitle, rule.error = "Valeur refusée", ECRITURES[column.type]
    rule.add(f"{letter}2:{letter}{_LAST}")
    sheet.add_data_validation(rule)
