"""The one opening of tables: delimited text, workbook (XLSX, ODS, XLS) or Parquet, by content."""

from __future__ import annotations

from pathlib import Path

from spaser.errors import Unreadable
from spaser.sources import containers, delimited, parquet, workbook
from spaser.sources.sheets import Known, Sheet, heading


def sheet(path: Path, known: Known = ()) -> Sheet:
    """Open the table of a file.

    Args:
        path: the file.
        known: sets of column names, one per form that the caller can read; the header is the
            row that answers one of them best.  Without them (or without an answer), it is the
            first row filled as the table is.

    Raises:
        Unreadable: not a table, no header, damaged, two sheets that answer; while rows stream:
            a row with more cells than the header, a quotation mark never closed.
    """
    wanted = [{heading(n) for n in names} for names in known]
    match containers.container(path):
        case "classeur":
            return workbook.read(path, wanted)
        case "parquet":
            return parquet.read(path)
        case "texte":
            return delimited.read(path, wanted)
        case other:
            raise Unreadable(f"un tableau est attendu, le fichier est du {other.upper()}")
