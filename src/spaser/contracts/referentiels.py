"""Reference tables that come with the project, each with its source (data/referentiels)."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from spaser.contracts.marches import Row
from spaser.errors import UserError
from spaser.modele import REFERENTIELS

AGEC = "agec_seuils.csv"


def seuils_agec(root: Path) -> list[Row]:
    """Minimum shares of decree 2024-134, by category, kind of share and step, in percent.

    A step that no source confirms is marked so and has no figure.

    Raises:
        UserError: the file is missing or a cell is not what its column holds.
    """
    path = root / REFERENTIELS / AGEC
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [_seuil(path, n, row) for n, row in enumerate(csv.DictReader(stream), start=2)]
    except FileNotFoundError:
        raise UserError(
            "référentiel absent", lieu=str(path), remede="rétablir ce fichier"
        ) from None


def _seuil(path: Path, line: int, row: dict[str, str]) -> Row:
    try:
        return {
            "categorie": row["categorie"],
            "taux": row["taux"],
            "palier": int(row["palier"]),
            "seuil": Decimal(row["seuil"]) if row["seuil"] else None,
            "confirme": {"oui": True, "non": False}[row["confirme"]],
            "source": row["source"],
        }
    except (KeyError, ValueError, InvalidOperation) as error:
        raise UserError(
            f"cellule illisible ({error})",
            lieu=f"{path}, ligne {line}",
            remede="colonnes attendues : categorie, taux (reemploi ou recycle), palier, seuil, "
            "confirme (oui ou non), source",
        ) from None
