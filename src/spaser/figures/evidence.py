"""preuves.csv: the role and contribution of each row in each figure, forty or so a contract.

DuckDB writes it, four times as fast as Python would, when no text of it could be a formula, want
quotation marks, or be what its column refuses; else the writer of every table does, which settles
all that, or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser import csvtable
from spaser.csvtable import Col
from spaser.figures.chiffres import PREUVES

if TYPE_CHECKING:
    import duckdb

_BATCH = 1 << 13  # rows that are fetched together
CONTRIBUTION = """
CASE WHEN base = 'valeur' THEN contribution::VARCHAR
     ELSE rtrim(rtrim(contribution::VARCHAR, '0'), '.') END"""
"""SQL of a contribution as preuves.csv writes it: of counts, the figures that matter."""

_CELLS = ", ".join(
    f"{CONTRIBUTION} AS {nom}" if nom == "contribution" else nom for nom in PREUVES.noms
)
_ROWS = f"""
SELECT {_CELLS} FROM preuves JOIN calculs USING (code, base)
ORDER BY rang, entite, role, marche_uid"""
# A cell that every writer writes as it is: no sign of a formula, of a table or of a line in it.
_PLAIN = r"[\pL\pN][\pL\pN ._#()-]*"


def write(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write preuves.csv from a connection in which indicateurs.sql has run.

    Args:
        con: the connection, which may write `file(folder)`.
        folder: the folder to write in.

    Raises:
        ValueError: a cell holds what its column may not: a bug of this package.
    """
    if not _is_plain(con):
        csvtable.write(folder, PREUVES, rows(con))
        return
    con.execute(
        f"COPY ({_ROWS}) TO $file (FORMAT csv, HEADER, NULL '', QUOTE '', ESCAPE '',"
        " USE_TMP_FILE false)",
        {"file": str(file(folder))},
    )


def file(folder: Path) -> Path:
    """Where preuves.csv is written, as DuckDB is told of it."""
    return folder.resolve() / PREUVES.fichier


def rows(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """The rows of preuves.csv, as texts."""
    asked = con.execute(_ROWS)
    while batch := asked.fetchmany(_BATCH):
        yield from batch


def _is_plain(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether each text of the evidence is plain, and one that its column takes."""
    return all(
        con.execute(
            f"SELECT coalesce(bool_and({_holds(col)}), TRUE)"
            f" FROM (SELECT DISTINCT {col.name} FROM preuves)"
        ).fetchone()
        == (True,)
        for col in PREUVES.cols
        if col.type == "string"
    )


def _holds(col: Col) -> str:
    """SQL of whether a text is plain and one of those of its column; an absent one is not."""
    some = f" AND {col.name} IN {col.parmi}" if col.parmi else ""
    return f"coalesce(regexp_full_match({col.name}, '{_PLAIN}'){some}, FALSE)"
