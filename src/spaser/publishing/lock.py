"""One program at a time in a folder of reports: a lock that the system frees with its holder.

The lock is the system's own (flock, or LockFile on Windows), so that a program that was killed
holds nothing; the file says who works, for the one who waits.  It is removed with the lock.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import importlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from spaser.errors import UserError

FILE = ".verrou"
_LOOK = 0.2  # seconds between two tries
_PATIENCE = 1800.0  # seconds; beyond, whoever holds the lock is likely stuck
_PLACE = 1 << 30  # the byte that Windows locks: far from what others read
_BUSY = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}
_NONE = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


@contextlib.contextmanager
def held(folder: Path, note: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a folder during the block, after whoever has it.

    Args:
        folder: an existing folder.
        note: told, in French, whom we wait for, or that the folder cannot be locked.

    Raises:
        UserError: the lock is still held after half an hour.
        OSError: the folder cannot be written to.
    """
    path, patience, waits = folder / FILE, time.monotonic() + _PATIENCE, False
    while True:
        with attempt(path, note) as handle:
            if handle is not None:
                os.ftruncate(handle, 0)
                os.write(handle, json.dumps(_me()).encode())
                yield
                return
            holder = _holder(path)
        if time.monotonic() > patience:
            raise UserError(
                "une autre exécution travaille dans ce dossier et ne le libère pas",
                lieu=str(folder),
                valeur=holder,
                remede="l'attendre ou l'arrêter, puis relancer",
            )
        if not waits:
            note(f"En attente : {holder} travaille dans {folder} (Ctrl-C pour renoncer)")
            waits = True
        time.sleep(_LOOK)


@contextlib.contextmanager
def attempt(path: Path, note: Callable[[str], None] = lambda _: None) -> Iterator[int | None]:
    """Take a lock if nobody has it: gives its open file, or None when another program has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    taken = False
    try:
        taken = _take(handle, path, note)
        yield handle if taken else None
    finally:
        # Removed while it is held: whoever waits for it sees that its file is no longer the one.
        if taken:
            with contextlib.suppress(OSError):  # Windows keeps a file that is open
                path.unlink()
        os.close(handle)
        if taken and os.name == "nt":
            with contextlib.suppress(OSError):
                path.unlink()


def _take(handle: int, path: Path, note: Callable[[str], None]) -> bool:
    try:
        _lock(handle)
    except OSError as error:
        if error.errno in _NONE:
            note(f"{path.parent} : ce système de fichiers n'a pas de verrous ; "
                 "n'y lancer qu'une exécution à la fois")  # fmt: skip
            return True
        if error.errno in _BUSY:
            return False
        raise
    with contextlib.suppress(OSError):
        there, ours = path.stat(), os.fstat(handle)
        return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
    return False


def _lock_posix(handle: int) -> None:
    fcntl = importlib.import_module("fcntl")
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock_windows(handle: int) -> None:
    msvcrt = importlib.import_module("msvcrt")
    os.lseek(handle, _PLACE, os.SEEK_SET)
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    finally:
        os.lseek(handle, 0, os.SEEK_SET)


_lock = _lock_windows if os.name == "nt" else _lock_posix


def _me() -> dict[str, object]:
    now = dt.datetime.now().astimezone()
    return {"processus": os.getpid(), "machine": platform.node(), "depuis": f"{now:%d/%m/%Y %H:%M}"}


def _holder(path: Path) -> str:
    """Who holds a lock, in French; the file may be empty for an instant, or hold anything."""
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        number, machine = int(holder["processus"]), str(holder["machine"])
        since = str(holder["depuis"])
    except (OSError, ValueError, KeyError, TypeError):
        return "une autre exécution"
    words = f"l'exécution {number} sur {machine}, depuis le {since},"
    return "".join(c for c in words if c.isprintable())[:200]
