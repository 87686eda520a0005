"""The stages of a run, in order: what the user is told, what is done, the files that must be left.

A run, a check, what must come out of each, and what the quality gate publishes alone follow from
this table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from spaser.opendata.columns import FILES
from spaser.pipeline import steps
from spaser.pipeline.notebooks import NAMES
from spaser.pipeline.steps import Work

EDITION = "edition.json"  # what the notebooks read: of the report, not of the gate


class Etape(NamedTuple):
    """A stage: its name as the user reads it, what it does, and the files that it leaves."""

    nom: str
    fait: Callable[[Work], None]
    sorties: tuple[str, ...] = ()


CATALOGUE = Etape("Lecture du catalogue", steps.read_catalogue)
LECTURE = Etape("Lecture des fichiers", steps.read_files)
CONTROLE = Etape(
    "Contrôle qualité",
    steps.control,
    (
        "quarantaine.csv",
        "constats.csv",
        "valeurs-ecartees.csv",
        "doublons.csv",
        "jointures.csv",
        "couverture-champs.csv",
        "corrections.csv",
        "completude.csv",
        "completude-sources.csv",
        "controle.json",
        EDITION,
    ),
)
CALCUL = Etape(
    "Calcul des indicateurs",
    steps.calculate,
    (
        *(name for name in FILES if name not in CONTROLE.sorties),
        "indicateurs.xlsx",
        "datapackage.json",
        "codecheck.yml",
        "schemas/LISEZMOI.md",
        "donnees/LISEZMOI.md",
        "donnees/indicateurs.sql",
        "donnees/complements.sql",
        "donnees/marches.parquet",
    ),
)
PAGE_DU_CONTROLE = "qualite.html"


def notebooks(names: Sequence[str]) -> str:
    """The name of the stage that runs some notebooks."""
    return f"Notebooks {', '.join(names)}"


NOTEBOOKS = Etape(
    notebooks(NAMES),
    steps.show,
    (
        "rapport.html",
        "synthese.html",
        "synthese.png",
        "synthese.svg",
        "comite.html",
        PAGE_DU_CONTROLE,
        "calculs.html",
        "preuves.html",
        "changements.html",
    ),
)
PUBLICATION = Etape(
    "Publication", steps.seal, ("ro-crate-metadata.json", "manifeste.json", "journal.json")
)
PAGE = Etape(notebooks(NAMES[:1]), steps.show_control, (PAGE_DU_CONTROLE,))

JUSQU_AU_CONTROLE = (CATALOGUE, LECTURE, CONTROLE)
"""The stages that a check and a run share; the gate then says whether the run goes on."""

APRES_LE_CONTROLE = (CALCUL, NOTEBOOKS, PUBLICATION)
"""The stages of a run that the gate lets pass; one that it stops has PAGE alone, as a check."""

ETAPES = (*JUSQU_AU_CONTROLE, *APRES_LE_CONTROLE)
"""Every stage of a run, in order."""

EXPECTED = tuple(name for etape in ETAPES for name in etape.sorties)
"""What must stand in the folder before it is published."""

DU_CONTROLE = (*PAGE.sorties, *(name for name in CONTROLE.sorties if name != EDITION))
"""What `check`, and a run that the gate stops, publish."""


def follow(work: Work, etapes: Sequence[Etape]) -> None:
    """Do stages in order, each shown by its name and held to what it must leave.

    Raises:
        UserError: data, params, catalogue, suites or notebooks need mending.
        RuntimeError: a stage has not left what it must: a bug of this package.
    """
    for etape in etapes:
        with work.progress.at(etape.nom):
            etape.fait(work)
        expect(work.folder, (etape,))


def expect(folder: Path, etapes: tuple[Etape, ...] = ETAPES) -> None:
    """Check that stages have left every file that they must; one may fail without an exception.

    Raises:
        RuntimeError: a stage has not left what it must: a bug of this package.
    """
    missing = [
        f"{name} ({etape.nom})"
        for etape in etapes
        for name in etape.sorties
        if not (folder / name).is_file()
    ]
    if missing:
        raise RuntimeError(f"sorties manquantes : {', '.join(missing)}")
