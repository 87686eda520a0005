"""`fetch`: the published records of a year, from params/telechargements.yml to data/raw/YEAR.

Raw files are immutable: what is there is replaced on demand only, and a file comes whole and
recognised or not at all.  A note beside them says where each comes from.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from spaser.commands import download
from spaser.errors import Unreadable, UserError
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.publishing import lock
from spaser.report import french
from spaser.settings import params
from spaser.settings.telechargements import FILE, Target, Telechargement, load, targets
from spaser.sources import MARK, decp_mapped, origins, sirene
from spaser.sources.decp_mapped import Export
from spaser.sources.folder import sha256
from spaser.sources.origins import Origin
from spaser.sources.recognition import recognise

State = Literal["nouveau", "inchangé", "remplacé"]


class Fetched(NamedTuple):
    """A file that is there, whole: new, as it was, or put in place of another."""

    target: Target
    etat: State
    octets: int


def fetch(
    annee: int,
    where: Places,
    progress: Progress,
    names: Sequence[str] = (),
    *,
    force: bool = False,
    timeout: float = download.TIMEOUT,
) -> tuple[list[Fetched], list[UserError]]:
    """Fetch the sources named, or all that are not `sur_demande`, into the year's folder.

    A second fetch into the same folder waits for the first.

    Args:
        annee: the year.
        where: the folders of the project.
        progress: what the user sees meanwhile.
        names: the sources wanted; all that are not `sur_demande` when there is none.
        force: replace a file that has changed at its source.
        timeout: seconds that a server may take.

    Returns:
        What is in place, and an error for each file that could not be: one failure does not
        stop the others.

    Raises:
        UserError: the params are wrong, a name is unknown, or the folder holds the
            demonstration data, which must not be mixed with real records.
    """
    setting = params.load(where.params, annee)
    chosen = _chosen(load(where.params), names, where.params / FILE)
    if (where.data / MARK).is_file():
        raise UserError(
            "ce dossier tient les données de démonstration : de vraies données s'y mêleraient",
            lieu=str(where.data),
            remede="vider ce dossier, ou en indiquer un autre avec --data",
        )
    _note_is_ours(where.data / origins.FILE)
    made = not where.data.exists()
    where.data.mkdir(parents=True, exist_ok=True)
    check = partial(_read, exports=decp_mapped.load(where.params), sirens=setting.scheme.sirens)
    done: list[Fetched] = []
    failed: list[UserError] = []
    try:
        with lock.held(where.data, progress.note):
            for target in (t for source in chosen for t in targets(source, setting)):
                with progress.at(f"{target.source.nom} : {target.fichier}"):
                    try:
                        fetched = _one(target, where.data, check, progress.detail, timeout, force)
                        done.append(fetched)
                    except UserError as error:
                        failed.append(error)
    finally:
        if made and not any(where.data.iterdir()):
            where.data.rmdir()
    return done, failed


def _chosen(
    declared: Sequence[Telechargement], names: Sequence[str], file: Path
) -> list[Telechargement]:
    known = {t.nom: t for t in declared}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise UserError(
                "cette source n'est pas déclarée",
                lieu=str(file),
                valeur=name,
                remede=f"écrire « {near[0]} »" if near else "choisir parmi " + ", ".join(known),
            )
    chosen = [known[n] for n in dict.fromkeys(names)] or [t for t in declared if not t.sur_demande]
    if not chosen:
        raise UserError(
            "aucune source à télécharger",
            lieu=str(file),
            remede="en déclarer une dans ce fichier, ou en nommer une avec --source",
        )
    return chosen


def _note_is_ours(path: Path) -> None:
    if path.exists() and not origins.recognise(path):
        raise UserError(
            "ce fichier n'est pas une note de provenance : il serait écrasé",
            lieu=str(path),
            remede="lui donner un autre nom",
        )


def _one(
    target: Target, folder: Path, check: Callable[[Path], None], detail: Callable[[str], None],
    timeout: float, force: bool,
) -> Fetched:  # fmt: skip
    part = folder / f".{target.fichier}.part"
    try:
        download.save(target.url, part, _bytes_received(detail), timeout)
        detail("lecture de contrôle")
        check(part)
        return _keep(part, target, folder, force)
    except (download.Failed, Unreadable) as error:
        raise UserError(
            f"{target.source.nom} n'a pas pu être téléchargé ({error})",
            lieu=target.url,
            remede="réessayer plus tard, ou ouvrir cette adresse dans un navigateur et déposer "
            f"le fichier dans {folder}",
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _bytes_received(detail: Callable[[str], None]) -> Callable[[int, int | None], None]:
    def tell(received: int, announced: int | None) -> None:
        of = f" sur {_size(announced)}" if announced else ""
        detail(f"{_size(received)}{of}")

    return tell


def _size(octets: int) -> str:
    return f"{french.fixed(octets / 1_000_000, 1)}{french.NBSP}Mo"


def _read(path: Path, exports: Sequence[Export], sirens: Collection[str]) -> None:
    """Go through a file as a run would.

    Raises:
        Unreadable: of no known form, damaged, or without a record.
    """
    if sirene.recognise(path):
        return
    form = recognise(path, exports)
    if not sum(1 for _ in form.read(path, sirens, ())):
        raise Unreadable("aucun enregistrement : l'acheteur ne publie peut-être rien ici")


def _keep(part: Path, target: Target, folder: Path, force: bool) -> Fetched:
    """Put a whole file in its place, unless another is there that was not to be replaced."""
    final, size, digest = folder / target.fichier, part.stat().st_size, sha256(part)
    known = origins.read(folder)
    origin = known.get(target.fichier)
    state: State = "nouveau"
    if final.exists():
        state = "inchangé" if sha256(final) == digest else "remplacé"
    if state == "remplacé" and not force:
        since = f" depuis le {_day(origin.date_acces)}" if origin else ""
        raise UserError(
            f"la source {target.source.nom} a changé{since} ; le fichier d'avant est gardé",
            lieu=str(final),
            valeur=f"{_size(final.stat().st_size)} ici, {_size(size)} à {target.url}",
            remede="le garder si l'année est déjà publiée ; pour prendre la nouvelle version, "
            f"ajouter --source {target.source.nom} --force",
        )
    if state != "inchangé":
        part.replace(final)
    if not origin or origin.sha256 != digest:  # else the note stays as it is, to the byte
        known[target.fichier] = Origin(
            target.fichier, target.source.nom, target.url, dt.date.today().isoformat(),
            target.source.licence, digest, str(size),
        )  # fmt: skip
        origins.write(folder, known.values())
    return Fetched(target, state, size)


def _day(text: str) -> str:
    try:
        return french.date(dt.date.fromisoformat(text))
    except ValueError:
        return text
