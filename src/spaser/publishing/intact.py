"""A published folder before it is read again: the files that its manifest sealed, or one message.

Whoever asks what a report says (a command, the page of all years) must not be told what a file
cut, changed or put there since says instead.
"""

from __future__ import annotations

import contextlib
import csv
import stat
from collections.abc import Iterator
from pathlib import Path

from spaser.errors import UserError
from spaser.publishing import manifest
from spaser.sources.folder import sha256

_UNREADABLE = (ValueError, LookupError, ArithmeticError, RecursionError, TypeError, csv.Error)
_READ = (".csv", ".json", ".parquet")  # what is read again; pages are for people
LARGEST = 4 << 30  # bytes of a file: many times the evidence of a national year


def check(folder: Path) -> None:
    """Hold the tables of a published folder to its manifest.

    Raises:
        UserError: no manifest, or one that is none; a table that is gone, cut or changed, a link
            or no file, or too large.
    """
    stated = manifest.checked(folder)
    for name, digest in sorted(stated["sorties"].items()):
        if name.endswith(_READ) and (fault := _fault(folder, name, digest)):
            raise UserError(
                fault,
                lieu=str(folder / name),
                remede=f"refaire le rapport : spaser run {folder.name} --force ; s'il vient "
                "d'ailleurs, en demander une copie entière",
            )


def _fault(folder: Path, name: str, digest: str) -> str:
    """What is wrong with a file, or nothing; a link is not followed, nor a pipe opened."""
    at = folder
    for part in Path(name).parts:
        at /= part
        if at.is_symlink():
            return "c'est un lien, pas le fichier publié"
    try:
        state = at.stat()
        if not stat.S_ISREG(state.st_mode):
            return "ce n'est pas un fichier"
        if state.st_size > LARGEST:
            return f"ce fichier dépasse {LARGEST >> 30} Go"
        changed = sha256(at) != digest
    except FileNotFoundError:
        return "ce fichier du rapport manque"
    return "ce fichier n'est pas celui qui a été publié : coupé, ou modifié depuis" * changed


@contextlib.contextmanager
def read(folder: Path) -> Iterator[None]:
    """Read a published folder during the block; without one, the block says so itself.

    Raises:
        UserError: its tables are not those of its manifest; or they are, and say nothing that
            this version can read.
    """
    if (folder / "indicateurs.csv").is_symlink() or folder.is_dir():
        check(folder)
    try:
        yield
    except Exception as error:
        if not (isinstance(error, _UNREADABLE) or _is_of_duckdb(error)):
            raise
        raise UserError(
            "ce rapport ne se lit pas",
            lieu=str(folder),
            valeur=f"{type(error).__name__} : {error}",
            remede=f"le refaire avec cette version : spaser run {folder.name} --force",
        ) from error


def _is_of_duckdb(error: Exception) -> bool:
    """Without importing it: most of what is read asks for no database."""
    return type(error).__module__.split(".")[0] in {"duckdb", "_duckdb"}
