"""`verify`: go the whole way again from the inputs, and compare with what was published.

Three questions, in this order: are the published files those that the manifest sealed; are the
inputs, the program and the environment those that it names; does running it all again in a
clean folder give the same files?  Every answer that is no has a cause, from one table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spaser.errors import UserError
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.publishing import editions, provenance, scratch
from spaser.publishing.manifest import checked
from spaser.publishing.provenance import DOCX, JOURNAL, MANIFEST, PDF
from spaser.verification import again, identity, inputs, sealed
from spaser.verification.certificate import (
    CAUSES,
    IDENTIQUE,
    INEXPLIQUE,
    SORTIE,
    Cause,
    Unchecked,
    Verification,
)
from spaser.verification.comparison import differences

_AFTERWARDS = {
    PDF: "mis en page après la publication, avec les polices d'une machine ; le refaire par --pdf",
    DOCX: "écrit après la publication, par le pandoc d'une machine ; le refaire par --docx",
}


def verify(
    annee: int, where: Places, progress: Progress, edition: int | None = None
) -> Verification:
    """Check, run again and compare the current report of a year, or one of its editions.

    Args:
        annee: the year.
        where: the folders of the machine.
        progress: what the user sees.
        edition: the number of a sealed edition; the current report when None.

    Raises:
        UserError: something that the verification needs is not there, or the manifest has not
            the form of one (exit 2).
    """
    report = where.reports / str(annee)
    if edition is not None:
        report = editions.folder(report, edition)
    manifeste = _manifest(report, annee)
    around, git = provenance.environment(where.root), provenance.git_state(where.root)
    verification = Verification(annee, manifeste["edition"], manifeste, around, git)
    _look(verification, report, where, progress, is_edition=edition is not None)
    explained = verification.explique
    program = Path(provenance.__file__).parents[1]
    verification.note(identity.commit(manifeste, git, where.root, program, explained=explained))
    with scratch.folder("verify") as place:
        fresh = again.run(verification, report, where, progress, place)
        with progress.at("Comparaison"):
            _compare(verification, report, fresh, explained=explained)
    if edition is None:
        same = not (explained or verification.reserves)
        verification.note(_front_page(verification, where.reports, same_program=same))
    verification.non_verifies += _beyond(report, fresh)
    _conclude(verification)
    return verification


def _look(
    verification: Verification, report: Path, where: Places, progress: Progress, *, is_edition: bool
) -> None:
    """Note what differs before anything runs: published files, inputs, environment.

    What may differ without any effect goes to `reserves`: it is a cause only if a file differs.
    """
    manifeste = verification.manifeste
    with progress.at("Empreintes des fichiers publiés"):
        verification.causes += sealed.against(report, manifeste, is_edition=is_edition)
        if not is_edition:
            verification.note(sealed.of_editions(report, manifeste))
    with progress.at("Empreintes des entrées"):
        verification.causes += inputs.changed(
            report, manifeste, inputs.of_machine(report, manifeste, where)
        )
    spared = [c for c in verification.causes if inputs.may_lack(c)]
    verification.causes = [c for c in verification.causes if not inputs.may_lack(c)]
    verification.reserves += inputs.environment(manifeste, verification.environnement)
    verification.reserves += inputs.together(spared)


def _compare(
    verification: Verification, report: Path, fresh: Path | None, *, explained: bool
) -> None:
    """Note what the run made again gives otherwise; figures alone when it could not end."""
    verification.chiffres = list(again.figures(report, fresh))
    if fresh is None:
        return
    manifeste = verification.manifeste
    verification.fichiers = list(again.files(report, fresh, manifeste))
    verification.causes += again.records(report, fresh, verification.causes)
    now = provenance.read(fresh) or {}
    verification.causes += identity.differences(manifeste, now, explained=explained)


def _conclude(verification: Verification) -> None:
    """Give each file that differs its cause; reservations become causes when one does."""
    moved = [f for f in verification.fichiers if f.statut != IDENTIQUE]
    tampered = {c.objet for c in verification.causes if c.cause == SORTIE}
    if moved:
        verification.causes += verification.reserves
        verification.reserves = []
    explained = verification.explique
    for file in moved:
        if file.nom in tampered or not explained:
            cause = SORTIE if file.nom in tampered else INEXPLIQUE
            verification.causes += [Cause(cause, file.nom, *d) for d in file.differences]
    verification.causes.sort(key=lambda c: list(CAUSES).index(c.cause))


def _beyond(report: Path, fresh: Path | None) -> Iterator[Unchecked]:
    """What no run can give again."""
    yield Unchecked(JOURNAL, "ses heures et ses durées n'ont rien à quoi se comparer")
    for name, why in _AFTERWARDS.items():
        if os.path.lexists(report / name):
            yield Unchecked(name, f"{why} : le manifeste ne le scelle pas")
    if fresh is None:
        yield Unchecked("fichiers et pages", "le recalcul n'a pas pu aller au bout")


def _front_page(
    verification: Verification, reports: Path, *, same_program: bool
) -> Iterator[Cause | Unchecked]:
    """reports/index.html against what the published years give: no manifest seals it."""
    from spaser.report import accueil

    path, name = reports / accueil.FILE, f"../{accueil.FILE}"
    if path.is_symlink():
        yield Cause(SORTIE, name, "nature", sealed.LINK, sealed.FILE)
        return
    if not path.is_file():
        return
    if not same_program or any(c.cause == SORTIE for c in verification.causes):
        yield Unchecked(name, "le programme ou les fichiers publiés ne sont plus les mêmes")
        return
    try:
        page = accueil.page(reports)
    except Exception:  # the folder of another year may hold anything
        yield Unchecked(name, "le dossier d'une autre année ne peut pas être lu")
        return
    with scratch.folder("verify") as place:
        made = place / accueil.FILE
        made.write_text(page, encoding="utf-8", newline="\n")
        yield from (Cause(SORTIE, name, *d) for d in differences(path, made))


def _manifest(report: Path, annee: int) -> Mapping[str, Any]:
    if not report.is_dir():
        raise UserError(
            "ce rapport n'existe pas",
            lieu=str(report),
            remede="indiquer le dossier qui contient l'année avec --reports, "
            "ou une autre édition avec --edition",
        )
    manifest = checked(report)
    if manifest["annee"] != annee:
        raise UserError(
            "ce dossier est celui d'une autre année",
            lieu=str(report / MANIFEST),
            valeur=manifest["annee"],
            remede=f"spaser verify {manifest['annee']}",
        )
    return manifest
