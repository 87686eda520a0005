"""What the machine refuses (a full disk, a folder without rights, no memory left), in French.

Such a refusal is neither a bug nor an error in the data: one message says where and what to do.
"""

from __future__ import annotations

import errno
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from spaser.errors import UserError

_ROOM = (
    "y libérer de la place, ou indiquer un autre dossier (--reports ; la variable TMPDIR "
    "pour les fichiers temporaires), puis relancer"
)
_RIGHTS = (
    "fermer le fichier s'il est ouvert dans un tableur, vérifier les droits du dossier, ou en "
    "choisir un autre (--reports)"
)
_MEMORY = ("la mémoire est pleine", "fermer d'autres programmes, puis relancer")
_REFUSALS = {
    "ENOSPC": ("le disque est plein", _ROOM),
    "EDQUOT": ("le quota de disque est atteint", _ROOM),
    "EFBIG": ("le fichier dépasse la taille permise", _ROOM),
    "EROFS": (
        "ce dossier est en lecture seule",
        "choisir un dossier où l'on peut écrire (--reports ; la variable TMPDIR pour les fichiers "
        "temporaires)",
    ),
    "EACCES": ("accès refusé", _RIGHTS),
    "EPERM": ("accès refusé", _RIGHTS),
    "EIO": ("le disque ne répond plus", "vérifier le disque ou le partage réseau, puis relancer"),
    "ESTALE": ("le partage réseau a changé", "le reconnecter, puis relancer"),
    "ENOMEM": _MEMORY,
    "EMFILE": ("trop de fichiers ouverts", "relever la limite (ulimit -n), puis relancer"),
    "ENFILE": ("trop de fichiers ouverts", "fermer d'autres programmes, puis relancer"),
    "ENAMETOOLONG": ("un nom est trop long", "choisir un dossier au chemin plus court (--reports)"),
    "ELOOP": ("un lien tourne en rond", "remplacer ce lien par un vrai dossier"),
    "ENOTDIR": ("ce n'est pas un dossier", "indiquer un dossier"),
}
_BY_NUMBER = {
    getattr(errno, name): refusal for name, refusal in _REFUSALS.items() if hasattr(errno, name)
}
_NO_TEMPORARY = "No usable temporary directory"  # tempfile says it as a missing file
_NO_HOME = "Could not determine home directory"  # pathlib says it as any failure
_TIGHT = 1 << 20  # bytes left on a disk that is said to be full


def explained(error: BaseException, *folders: Path) -> UserError | None:
    """What the machine refused, when that is what an error comes from.

    Args:
        error: an exception, with those that it comes from.
        folders: where we write, to name the one that is full: a refused write names no file.
    """
    for one in _chain(error):
        if _NO_HOME in str(one):
            return UserError(
                "le dossier personnel est introuvable",
                remede="donner à la variable HOME (USERPROFILE sous Windows) un dossier qui existe",
            )
        if isinstance(one, OSError) and _NO_TEMPORARY in str(one):
            return UserError(
                "aucun dossier temporaire où écrire",
                remede="donner à la variable TMPDIR un dossier où il reste de la place",
            )
        if number := _number(one):
            refusal, remedy = _BY_NUMBER[number]
            return UserError(refusal, lieu=_place(one, number, folders), remede=remedy)
        if isinstance(one, MemoryError) or _of_duckdb(one, "OutOfMemoryException"):
            return UserError(_MEMORY[0], remede=_MEMORY[1])
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, then those that it comes from."""
    met: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in met:
        met.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _number(error: BaseException) -> int | None:
    """The number of a refusal that is in the table."""
    if isinstance(error, OSError):
        return error.errno if error.errno in _BY_NUMBER else None
    if type(error).__module__.split(".")[0] in _IN_WORDS:
        words = str(error).lower()
        for wording, number in _WORDS.items():
            if wording in words:
                return number
    return None


_IN_WORDS = {"duckdb", "_duckdb", "lxml"}  # libraries that give the system's words, no number
_WORDS = {
    "no space left": errno.ENOSPC,
    "io_enospc": errno.ENOSPC,
    "failed to offload": errno.ENOSPC,  # what memory cannot hold, to a disk that is full
    "read-only file system": errno.EROFS,
    "permission denied": errno.EACCES,
}


def _of_duckdb(error: BaseException, name: str) -> bool:
    kind = getattr(sys.modules.get("duckdb"), name, None)
    return kind is not None and isinstance(error, kind)


def _place(error: BaseException, number: int, folders: tuple[Path, ...]) -> str:
    name = getattr(error, "filename", None)
    if isinstance(name, str | bytes):
        return name if isinstance(name, str) else name.decode(errors="replace")
    if number == errno.ENOSPC:
        for folder in folders:
            try:
                if shutil.disk_usage(folder).free < _TIGHT:
                    return str(folder)
            except OSError:
                continue
    return ""
