"""What a killed run left in a folder of reports: put right, removed, and told of.

Called with the lock held, before anything is read: no other program works there.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from spaser.errors import UserError
from spaser.publishing import lock, publication, scratch
from spaser.publishing.provenance import EDITIONS, JOURNAL
from spaser.sources.folder import sha256

_NAME = r"\d{4}(?:-controle)?"
_FORMER = re.compile(rf"\.({_NAME}){re.escape(publication.FORMER)}")
# The second form is that of earlier versions.
_WORK = re.compile(rf"{re.escape(publication.WORK)}{_NAME}[-.].+|\.{_NAME}-\w{{8}}")
_HALF = (".index.html",)  # a file written beside the one that it replaces


@contextlib.contextmanager
def held(reports: Path, name: str, note: Callable[[str], None]) -> Iterator[None]:
    """Work alone in a folder of reports, in which nothing of a killed run is left.

    Args:
        reports: the folder, made when it is not there.
        name: the report to be made, whose copy of a failed run is removed.
        note: told, in French, whom we wait for and what was put right.

    Raises:
        UserError: another program holds the folder, or two sealed editions contradict each other.
    """
    reports.mkdir(parents=True, exist_ok=True)
    with lock.held(reports, note):
        for mended in _put_right(reports, name):
            note(mended)
        for place in scratch.clean():
            note(f"Nettoyage : {place}, dossier temporaire d'une exécution interrompue, est retiré")
        yield


@contextlib.contextmanager
def at_rest(reports: Path, note: Callable[[str], None]) -> Iterator[None]:
    """Read a folder of reports while nobody publishes there; a read-only one takes no lock."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            stack.enter_context(lock.held(reports, note))
        yield


def _put_right(reports: Path, name: str) -> Iterator[str]:
    for place in sorted(reports.iterdir()):
        if match := _FORMER.fullmatch(place.name):
            yield _restore(place, reports / match[1])
        elif _WORK.fullmatch(place.name) and place.is_dir() and not place.is_symlink():
            publication.remove(place)
            yield f"Nettoyage : {place}, travail d'une exécution interrompue, est retiré"
        elif place.name in _HALF:
            place.unlink()
            yield f"Nettoyage : {place}, écrit à moitié, est retiré"
    failed = reports / f"{name}{publication.FAILED}"
    if failed.is_dir():
        publication.remove(failed)
        yield f"Nettoyage : {failed}, copie de l'exécution en échec d'avant, est retiré"


def _restore(former: Path, final: Path) -> str:
    """Put back a report moved aside, or what it alone holds."""
    if not final.exists():
        former.rename(final)
        return f"Rétabli : {final}, qu'une publication interrompue avait mis de côté"
    kept = []
    for sealed in sorted((former / EDITIONS).glob("*")):
        there = final / EDITIONS / sealed.name
        if not there.exists():
            there.parent.mkdir(exist_ok=True)
            shutil.move(sealed, there)
            kept.append(sealed.name)
        elif not _digests(sealed).items() <= _digests(there).items():
            raise UserError(
                f"deux rapports scellés portent le même numéro d'édition ({sealed.name})",
                lieu=str(sealed),
                valeur=str(there),
                remede="comparer les deux dossiers, garder le bon sous editions/, puis retirer "
                f"{former}",
            )
    publication.discard(former)
    more = f" ; rétabli : édition {', édition '.join(kept)}" if kept else ""
    return f"Nettoyage : {former}, rapport remplacé, est retiré{more}"


def _digests(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): sha256(p)
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != JOURNAL
    }
