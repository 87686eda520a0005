"""The passage of a published indicateurs.sql that makes one indicator, and that passage run again.

What is run is the script of the folder, without the other indicators: it stays true to the
report, whatever the catalogue has become since.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spaser.errors import UserError
from spaser.figures import database
from spaser.figures.tables import TABLES

if TYPE_CHECKING:
    import duckdb

FILE = "indicateurs.sql"
_PASSAGE = re.compile(r"^-- (?P<code>\S+) \((?:nombre|valeur|autre), \w+\) : ", re.MULTILINE)
_READING = re.compile(r"^-- 1\. .*?(?=^-- 2\. )", re.MULTILINE | re.DOTALL)  # of files
_END = re.compile(r"^-- 4\. ", re.MULTILINE)


class Excerpt(NamedTuple):
    """A script without the other indicators.

    Attributes:
        avant: what makes the tables, before any indicator.
        calcul: what makes the roles of this one.
        apres: what makes figures of roles, for all.
    """

    avant: str
    calcul: str
    apres: str


def read(folder: Path, code: str) -> Excerpt:
    """The passage of an indicator in folder/indicateurs.sql; empty when no source gives it.

    Raises:
        UserError: there is no such script, or it has not the form of ours.
    """
    path = folder / FILE
    text = whole(folder)
    starts = list(_PASSAGE.finditer(text))
    end = _END.search(text, starts[-1].end()) if starts else None
    if end is None:
        raise _broken(path)
    stops = [*(m.start() for m in starts), end.start()][1:]
    passages = [
        text[m.start() : stop] for m, stop in zip(starts, stops, strict=True) if m["code"] == code
    ]
    return Excerpt(text[: starts[0].start()], "".join(passages).strip(), text[end.start() :])


def whole(folder: Path) -> str:
    """The script of folder/indicateurs.sql.

    Raises:
        UserError: there is none.
    """
    try:
        return (folder / FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise _broken(folder / FILE) from None


def run(folder: Path, excerpt: Excerpt) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the columns and the rows that an excerpt gives, from the Parquet files beside.

    Raises:
        UserError: a table is missing, or DuckDB refuses the script.
    """
    with loaded(folder) as con:
        cursor = execute(con, "\n".join(excerpt))
        return [d[0] for d in cursor.description], cursor.fetchall()


@contextlib.contextmanager
def loaded(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with the published tables of a folder in its schema `brut`.

    Raises:
        UserError: in the `with` too, a table is missing, or DuckDB refuses what it is given.
    """
    import duckdb

    with database.opened() as con:
        try:
            con.execute("CREATE SCHEMA brut")
            for name in TABLES:
                if (file := folder / f"{name}.parquet").is_file():  # an older report has fewer
                    database.load(con, f"brut.{name}", file)
            yield con
        except (duckdb.Error, ValueError) as error:
            raise UserError(
                "ce calcul ne peut pas être refait",
                lieu=str(folder / FILE),
                valeur=str(error).partition("\n")[0],
                remede="relire le SQL s'il a été modifié ; sinon, refaire le rapport (spaser run)",
            ) from None


def execute(con: duckdb.DuckDBPyConnection, text: str) -> duckdb.DuckDBPyConnection:
    """Run a script, less its reading of files, on tables that are loaded.

    Once they are loaded, no statement can reach files, the network or settings.

    Args:
        con: a connection that has the tables.
        text: the script of a report, or parts of it.
    """
    return database.run(database.shut(con), _READING.sub("", text))


def _broken(path: Path) -> UserError:
    return UserError(
        "le programme des calculs est absent ou n'a pas la forme attendue",
        lieu=str(path),
        remede="refaire le rapport de cette année par spaser run",
    )
