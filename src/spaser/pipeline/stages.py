"""The stages of a run, in order: what the user is told, and the files that each must leave.

What must come out of a run, and what the quality gate publishes alone, follow from this table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spaser.opendata.columns import FILES
from spaser.pipeline.notebooks import NAMES

EDITION = "edition.json"  # what the notebooks read: of the report, not of the gate


class Etape(NamedTuple):
    """A stage: its name as the user reads it, and the files that it leaves in the folder."""

    nom: str
    sorties: tuple[str, ...] = ()


CATALOGUE = Etape("Lecture du catalogue")
LECTURE = Etape("Lecture des fichiers")
CONTROLE = Etape(
    "Contrôle qualité",
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
    (
        "rapport.html",
        "synthese.html",
        "synthese.png",
        "synthese.svg",
        "comite.html",
        PAGE_DU_CONTROLE,
        "calculs.html",
    ),
)
PREUVES = Etape("Preuves", ("preuves.html", "changements.html"))
PUBLICATION = Etape("Publication", ("ro-crate-metadata.json", "manifeste.json", "journal.json"))

ETAPES = (CATALOGUE, LECTURE, CONTROLE, CALCUL, NOTEBOOKS, PREUVES, PUBLICATION)
"""Every stage, in order."""

EXPECTED = tuple(name for etape in ETAPES for name in etape.sorties)
"""What must stand in the folder before it is published."""

DU_CONTROLE = (PAGE_DU_CONTROLE, *(name for name in CONTROLE.sorties if name != EDITION))
"""What `check`, and a run that the gate stops, publish."""


def expect(folder: Path, etapes: tuple[Etape, ...] = ETAPES) -> None:
    """Success is the presence of every expected output, not the absence of an exception.

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
