"""The projects under a folder: every folder that holds params/spaser.yml, in order of path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from spaser.errors import UserError
from spaser.pipeline.places import Places


class Project(NamedTuple):
    """A project: its folder, and its name, which is its path from the folder of all."""

    root: Path
    nom: str

    def places(self, annee: int) -> Places:
        """Where its things are for a year."""
        return Places(
            root=self.root,
            data=self.root / "data" / "raw" / str(annee),
            params=self.root / "params",
            reports=self.root / "reports",
        )


def find(folder: Path) -> list[Project]:
    """The projects under a folder; hidden folders and links are not followed.

    Raises:
        UserError: it is no folder, is itself a project, or holds none.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise UserError("ce dossier n'existe pas", lieu=f"--projets {folder}",
                        remede="donner le dossier qui contient les projets")  # fmt: skip
    if _is_project(folder):
        raise UserError(
            "ce dossier est lui-même un projet",
            lieu=f"--projets {folder}",
            remede="donner le dossier au-dessus, ou lancer spaser run depuis ce projet",
        )
    projects = [
        Project(root, root.relative_to(folder).as_posix()) for root in sorted(_walk(folder))
    ]
    if not projects:
        raise UserError(
            "aucun projet dans ce dossier",
            lieu=f"--projets {folder}",
            remede="un projet est un dossier qui contient params/spaser.yml ; en écrire un : "
            "spaser init DOSSIER --siren SIREN",
        )
    return projects


def _walk(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as inside:
        below = [Path(e) for e in inside if e.is_dir(follow_symlinks=False) and e.name[0] != "."]
    for place in below:
        if _is_project(place):
            yield place
        elif os.access(place, os.R_OK | os.X_OK):
            yield from _walk(place)


def _is_project(folder: Path) -> bool:
    return (folder / "params" / "spaser.yml").is_file()
