"""Where things are: the project around the current folder, and the folders of a year."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from spaser import modele
from spaser.errors import UserError
from spaser.sources import MARK


class Places(NamedTuple):
    """Where things are: the project, the year's data, the params, the reports."""

    root: Path
    data: Path
    params: Path
    reports: Path

    @property
    def demonstration(self) -> bool:
        """Whether the year's files are those of a demonstration."""
        return is_demonstration(self.data)


def is_demonstration(data: Path) -> bool:
    """Whether a folder of data says that it is a demonstration."""
    return (data / MARK).is_file()


def places(annee: int, data: Path | None, params: Path | None, reports: Path | None) -> Places:
    """Where the things of a year are.

    Args:
        annee: the year.
        data: its files; data/raw/YEAR of the project when None.
        params: the params; those of the project when None.
        reports: the folder of reports, which need not be there yet; that of the project when None.

    Raises:
        UserError: no project around the current folder, or `reports` is a file.
    """
    root = project()
    where = Places(
        root=root,
        data=(data or root / "data" / "raw" / str(annee)).resolve(),
        params=(params or root / "params").resolve(),
        reports=(reports or root / "reports").resolve(),
    )
    if where.reports.exists() and not where.reports.is_dir():
        raise UserError(
            "ce n'est pas un dossier",
            lieu=str(where.reports),
            remede="indiquer un dossier avec --reports",
        )
    return where


def project() -> Path:
    """The project's folder: around the current folder, else the checkout of the package.

    Raises:
        UserError: there is none, or the current folder is gone.
    """
    try:
        here, ours = Path.cwd(), modele.checkout()
    except FileNotFoundError:
        raise UserError(
            "le dossier courant n'existe plus",
            remede="se placer dans un dossier qui existe (cd), puis relancer",
        ) from None
    for folder in (here, *here.parents, *([ours] if ours else [])):
        if (folder / "params" / "spaser.yml").is_file():
            return folder
    raise UserError(
        "le dossier du projet est introuvable",
        lieu=str(here),
        remede="se placer dans le dossier qui contient params/spaser.yml, ou en écrire un : "
        "spaser init DOSSIER --siren SIREN",
    )
