"""DuckDB shut in: no file, no network, no setting, and one statement at a time.

What a catalogue or a published folder made elsewhere brings to SQL runs here, after the tables
are loaded: from `shut` on, nothing that is written in a statement can leave the database, its
memory and the folder of its own.
"""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.csvtable import Table

if TYPE_CHECKING:
    import duckdb

PROGRAM = frozenset({"SELECT", "CREATE", "INSERT"})
"""The statements that indicateurs.sql is made of."""


_CONFIG: dict[str, Any] = {
    "threads": 1,
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "checkpoint_threshold": "1TB",  # what is in memory alone is not compressed as it grows
}
_MEMORY = 384  # MB of a database that has a folder for the rest
_MANY = 100_000  # rows of which a program makes more than that memory holds
_OF_ONE = 680  # rows a MB, of many more: what is grouped is in memory by parts
_FILE = "chiffres.duckdb"
_SQL = {"number": "DECIMAL(18,2)"}  # the types of published columns that are not text
_LONGEST = 16 << 20  # bytes of a line of a published file: some forty texts of 100 000 letters;
# DuckDB would read by sixteen times as many
BEYOND = "hors-memoire"
"""What that rest is called in this folder."""


def opened(folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB, single-threaded: same rows, same bytes.

    It reads no Python object that has the name of a table, and fetches no extension.

    Args:
        folder: where to put what does not fit in a bounded memory, in a folder made if it is
            needed and gone when the connection closes; without it, memory is not bounded.
    """
    import duckdb

    if not folder:
        return duckdb.connect(config=_CONFIG)
    beyond = str(folder.resolve() / BEYOND)
    bound = {"memory_limit": f"{_MEMORY}MB", "temp_directory": beyond}
    return duckdb.connect(config=_CONFIG | bound)


@contextlib.contextmanager
def opened_for(rows: Path, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, bounded; for many rows, its tables stand in a file, where they are compressed.

    Args:
        rows: a Parquet file, whose rows are counted.
        folder: where to put what does not fit in memory, gone when this block is left.
    """
    file = folder.resolve() / _FILE
    try:
        with opened(folder) as con:
            count = con.execute("SELECT count(*) FROM read_parquet(?)", [exact(rows)]).fetchall()
            if (many := count[0][0]) > _MANY:
                con.execute(f"SET memory_limit = '{max(_MEMORY, many // _OF_ONE)}MB'")
                con.execute("RESET checkpoint_threshold")
                con.execute(f"ATTACH {_text(file)} AS grand; USE grand")
            yield con
    finally:
        for left in file.parent.glob(f"{_FILE}*"):
            left.unlink(missing_ok=True)


def shut(con: duckdb.DuckDBPyConnection, *files: Path) -> duckdb.DuckDBPyConnection:
    """Take from a connection its files, its network and its settings, for good.

    Args:
        con: a connection to DuckDB.
        files: the files that it keeps, to write what was computed.
    """
    con.execute("SET allowed_paths = ?", [[str(file) for file in files]])
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def load(con: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    """Make a table of a Parquet file, whatever its folder is called.

    Args:
        con: a connection to DuckDB.
        table: the name of the table.
        file: the Parquet file.
    """
    con.execute(f"CREATE TABLE {table} AS FROM read_parquet(?)", [exact(file)])


def load_csv(con: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> None:
    """Make a table of a published CSV file, of its name, with `rang`, the place of each row.

    Numbers are DECIMAL(18,2), the rest is text; an empty cell is NULL.

    Args:
        con: a connection to DuckDB.
        folder: the folder of the file.
        table: what the file is declared to be.
    """
    con.execute(f"CREATE TABLE {table.nom} AS {_rows(folder, table)}")


def scan_csv(con: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> None:
    """Make a view of a published CSV file, as `load_csv` makes a table: a long one is then read
    when it is asked, and never held.

    Args:
        con: a connection to DuckDB.
        folder: the folder of the file.
        table: what the file is declared to be.
    """
    con.execute(f"CREATE VIEW {table.nom} AS {_rows(folder, table)}")


def _rows(folder: Path, table: Table) -> str:
    """SQL of the rows of a published CSV file."""
    file = _text(exact(folder / table.fichier))
    columns = ", ".join(f"{c.name}: '{_SQL.get(c.type, 'VARCHAR')}'" for c in table.cols)
    return (
        f"SELECT *, row_number() OVER () AS rang FROM read_csv({file}, auto_detect = false,"
        " header = true, delim = ',', quote = '\"', escape = '\"',"
        f" columns = {{{columns}}}, max_line_size = {_LONGEST}, buffer_size = {_LONGEST})"
    )


def _text(value: object) -> str:
    """SQL of a text."""
    return "'" + str(value).replace("'", "''") + "'"


def exact(file: Path) -> str:
    """The pattern that DuckDB's readers match with this file and no other."""
    return glob.escape(str(file.resolve()))


def run(
    con: duckdb.DuckDBPyConnection, program: str, kinds: Iterable[str] = PROGRAM
) -> duckdb.DuckDBPyConnection:
    """Run the statements of a program one by one; the result is that of the last.

    Args:
        con: a connection to DuckDB.
        program: statements of SQL.
        kinds: the kinds of statement that are allowed.

    Raises:
        ValueError: a statement is not of the kinds allowed; none has run.
    """
    statements = con.extract_statements(program)
    for statement in statements:
        kind = statement.type.name.removesuffix("_STATEMENT")
        if kind not in kinds:
            raise ValueError(f"{kind} is not a statement of the program: {statement.query[:80]}")
    for statement in statements:
        con.execute(statement)
    return con
