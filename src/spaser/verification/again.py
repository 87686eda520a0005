"""The year run again in a clean folder, beside what was published: files, figures, records."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spaser.errors import GateStopped, UserError
from spaser.figures.chiffres import INDICATEURS
from spaser.pipeline import run as pipeline
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.publishing import editions, provenance
from spaser.publishing.provenance import CARRIED, KINDS
from spaser.verification import sealed
from spaser.verification.certificate import (
    DIFFERENT,
    ENTREE,
    IDENTIQUE,
    Cause,
    FigureChecked,
    FileChecked,
    Verification,
)
from spaser.verification.comparison import ABSENT, Difference, differences


def run(
    verification: Verification, report: Path, where: Places, progress: Progress, place: Path
) -> Path | None:
    """Run the year again in a clean folder; None, and the reason in `arret`, when it stops.

    Args:
        verification: what has been noted so far; its causes and reservations may explain a stop.
        report: the published folder, whose inputs that travel with it are used.
        where: the folders of the machine.
        progress: what the user sees.
        place: the clean folder.

    Raises:
        UserError: the run stops, and neither an input nor the environment has changed.
    """
    annee, manifest, reports = verification.annee, verification.manifeste, place / "reports"
    places = {"annee_precedente": reports, provenance.REPLACED: reports / str(annee)}
    if previous := manifest["edition_precedente"]:
        places["edition_precedente"] = editions.folder(reports / str(annee), previous)
    for kind, there in places.items():
        for name in manifest["entrees"].get(kind, ()):
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(report / CARRIED / kind / name, there / name)
    try:
        return pipeline.run(
            annee, where._replace(reports=reports), progress,
            force=True, seal=verification.edition is not None,
        )  # fmt: skip
    except GateStopped as stop:
        reason = "le contrôle qualité arrête la production : " + " ; ".join(stop.motifs)
    except UserError as error:
        if not (verification.causes or verification.reserves):
            raise
        reason = str(error)
    verification.arret = reason
    return None


def files(report: Path, fresh: Path, manifest: Mapping[str, Any]) -> Iterator[FileChecked]:
    """Every file, published or only made again, with its differences.

    Args:
        report: the published folder.
        fresh: the folder of the run made again.
        manifest: the manifest of the first.
    """
    names = {*manifest["sorties"], *sealed.files(report), *sealed.files(fresh)}
    for name in sorted(names):
        between = tuple(differences(report / name, fresh / name))
        yield FileChecked(name, DIFFERENT if between else IDENTIQUE, between)


def figures(report: Path, fresh: Path | None) -> Iterator[FigureChecked]:
    """Figure by figure, over every column of indicateurs.csv."""
    old = _rows(report / INDICATEURS.fichier, INDICATEURS.cle)
    new = _rows(fresh / INDICATEURS.fichier, INDICATEURS.cle) if fresh else {}
    for key in [*old, *(k for k in new if k not in old)]:
        was, is_ = old.get(key, {}), new.get(key, {})
        columns = tuple(
            Difference(c, was.get(c, ABSENT), is_.get(c, ABSENT))
            for c in {**was, **is_}
            if was.get(c) != is_.get(c)
        )
        code, entite, base = key
        yield FigureChecked(
            code,
            entite,
            base,
            was.get("valeur", ABSENT),
            is_.get("valeur", ABSENT),
            DIFFERENT if columns else IDENTIQUE,
            columns,
        )


def records(report: Path, fresh: Path, causes: Iterable[Cause]) -> Iterator[Cause]:
    """In the data files that changed, the records that are no longer counted the same way.

    Args:
        report: the published folder.
        fresh: the folder of the run made again.
        causes: what has been noted; those of cause ENTREE name the files.
    """
    changed = {c.objet: c.objet.split(" : ", 1)[1] for c in causes if c.cause == ENTREE}
    old, new = (_rows(at / "marches.csv", ("fichier", "ligne")) for at in (report, fresh))
    for key in [*old, *(k for k in new if k not in old)]:
        was, is_ = old.get(key, {}), new.get(key, {})
        if key[0] not in changed.values() or was == is_:
            continue
        title = f"{KINDS['donnees'].label} : {key[0]}"
        place = f"enregistrement {key[1]}"
        if not (was and is_):
            yield Cause(ENTREE, title, place, was.get("objet", ABSENT), is_.get("objet", ABSENT))
            continue
        for name in was:
            if was[name] != is_.get(name) and name != "marche_uid":
                yield Cause(ENTREE, title, f"{place}, {name}", was[name], is_.get(name, ABSENT))


def _rows(path: Path, key: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, str]]:
    """Rows of a CSV file by some of its columns; what an altered file lacks is empty text."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        return {
            tuple(row.get(k) or "" for k in key): {k: v or "" for k, v in row.items() if k}
            for row in csv.DictReader(stream)
        }
