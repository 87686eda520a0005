"""What lies in a data folder: the files to read, and everything else with the reason.

Nothing is left out in silence: a folder that may not be opened, a link to a folder, a fifo or a
broken link stops the run; what systems and office software leave behind is listed.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from spaser.errors import UserError

# What nobody put there on purpose, by name in lower case, and what it is.
_LEFT_BEHIND = {
    "~$*": "verrou d'un classeur ouvert",
    ".~lock.*": "verrou d'un classeur ouvert",
    "thumbs.db": "fichier du système",
    "ehthumbs.db": "fichier du système",
    "desktop.ini": "fichier du système",
    "__macosx": "dossier du système",
    "$recycle.bin": "dossier du système",
    "system volume information": "dossier du système",
    ".*": "nom caché",
}
_DENIED = "accès refusé ; remède : donner le droit de lecture, ou retirer"
_SPECIAL = "ce n'est pas un fichier (tube, prise ou périphérique) ; remède : le retirer"
_FOLDER_LINK = "lien vers un dossier, non suivi ; remède : y mettre le dossier lui-même"
_BROKEN_LINK = "lien vers un fichier qui n'existe pas ; remède : le refaire, ou le retirer"
_ENCODING = "son nom n'est pas de l'UTF-8 lisible ; remède : le renommer"


class FolderEntry(NamedTuple):
    """A thing of the folder: its path, its name from the folder, why it is not read.

    `faute`: it should have been, and the run stops.
    """

    path: Path
    nom: str
    motif: str = ""
    faute: bool = False


def walk(folder: Path) -> list[FolderEntry]:
    """Everything in a data folder, by name.

    Raises:
        UserError: the folder is absent.
    """
    if not folder.is_dir():
        raise UserError(
            "le dossier de données n'existe pas",
            lieu=str(folder),
            remede="créer ce dossier et y déposer les fichiers de l'année, "
            "ou indiquer un autre dossier avec --data",
        )
    return sorted(_entries(folder, folder), key=lambda entry: entry.path)


def _entries(folder: Path, top: Path) -> Iterator[FolderEntry]:
    try:
        with os.scandir(folder) as inside:
            entries = list(inside)
    except OSError:
        yield FolderEntry(folder, _name(folder, top) or ".", _DENIED, True)
        return
    for one in entries:
        path = folder / one.name
        name = _name(path, top)
        if motif := next((m for p, m in _LEFT_BEHIND.items() if _matches(one.name, p)), ""):
            yield FolderEntry(path, name, motif)
        elif not _is_text(one.name):
            yield FolderEntry(path, name, _ENCODING, True)
        elif one.is_dir(follow_symlinks=False):
            yield from _entries(path, top)
        elif motif := _fault(path, one.is_symlink()):
            yield FolderEntry(path, name, motif, True)
        else:
            yield FolderEntry(path, name)


def _fault(path: Path, link: bool) -> str:
    """Why a thing that is no folder cannot be read as a file; empty when it can."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return _BROKEN_LINK if link else _DENIED
    if stat.S_ISDIR(mode):
        return _FOLDER_LINK
    return "" if stat.S_ISREG(mode) else _SPECIAL


def _matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name.casefold(), pattern)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return name.isprintable()


def _name(path: Path, top: Path) -> str:
    """A name from the folder, as pages can show it: bytes that are no text are escaped."""
    name = path.relative_to(top).as_posix() if path != top else ""
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown)


def files(folder: Path) -> list[Path]:
    """The files of a data folder, by name.

    Raises:
        UserError: the folder is absent, has no file, or none that can be read.
    """
    entries = walk(folder)
    readable = [entry.path for entry in entries if not entry.motif]
    if not readable:
        faults = [entry for entry in entries if entry.faute]
        raise (
            UserError(faults[0].motif, lieu=str(folder / faults[0].nom))
            if faults
            else empty(folder)
        )
    return readable


def empty(folder: Path) -> UserError:
    """What to say of a folder without any data."""
    return UserError(
        "le dossier de données est vide",
        lieu=str(folder),
        remede="y déposer au moins un fichier de données essentielles (DECP)",
    )


def sha256(path: Path) -> str:
    """Hexadecimal digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
