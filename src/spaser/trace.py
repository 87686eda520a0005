"""`trace`: the contracts behind a figure, from the published files alone."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser import lineage
from spaser.errors import UserError
from spaser.lineage import Record

_KEY = ("code", "entite", "base")


class Trace(NamedTuple):
    """A source of a figure: its role, what it brings, and the records it was made from."""

    role: str
    contribution: Decimal
    uid: str
    objet: str
    lignes: tuple[Record, ...]


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
    rows = list(lineage.rows(path))
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
    found = lineage.load(folder)
    for proof in lineage.proofs(folder):
        if (proof.code, proof.entite, proof.base) == tuple(figure[k] for k in _KEY):
            source = found.source(proof.uid)
            yield Trace(
                proof.role, proof.contribution, proof.uid,
                source.contrat.get("objet", ""), source.lignes,
            )  # fmt: skip
