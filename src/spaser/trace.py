"""`trace`: the contracts behind a figure, from the published files alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser.errors import UserError


class Trace(NamedTuple):
    """A contract in a figure: its role, what it brings, and where it was read."""

    base: str
    entite: str
    role: str
    contribution: Decimal
    marche_uid: str
    id: str
    objet: str
    fichier: str
    ligne: str


def figures(folder: Path, code: str, entite: str | None) -> list[dict[str, str]]:
    """Published rows of an indicator.

    Raises:
        UserError: no report, or no such code or entity in it.
    """
    path = folder / "indicateurs.csv"
    if not path.exists():
        raise UserError(
            "ce rapport n'existe pas",
            lieu=str(folder),
            remede=f"le produire d'abord : spaser run {folder.name}",
        )
    rows = _rows(path)
    ours = [r for r in rows if r["code"].upper() == code.upper()]
    if not ours:
        raise UserError(
            "ce code d'indicateur n'est pas dans le rapport",
            lieu=str(path),
            valeur=code,
            remede="choisir parmi " + ", ".join(dict.fromkeys(r["code"] for r in rows)),
        )
    entities = list(dict.fromkeys(r["entite"] for r in ours))
    if entite and entite not in entities:
        raise UserError(
            "cette entité n'est pas dans le rapport",
            lieu=str(path),
            valeur=entite,
            remede="choisir parmi " + ", ".join(entities),
        )
    return [r for r in ours if entite in (None, r["entite"])]


def contracts(folder: Path, figure: dict[str, str]) -> Iterator[Trace]:
    """The evidence of a published row, with the object and the origin of each contract."""
    known = {r["marche_uid"]: r for r in _rows(folder / "marches.csv")}
    for row in _rows(folder / "preuves.csv"):
        if all(row[k] == figure[k] for k in ("code", "entite", "base")):
            contract = known[row["marche_uid"]]
            yield Trace(
                row["base"],
                row["entite"],
                row["role"],
                Decimal(row["contribution"] or 0),
                row["marche_uid"],
                contract["id"],
                contract["objet"],
                contract["fichier"],
                contract["ligne"],
            )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
