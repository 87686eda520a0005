"""`trace`: the contracts behind a figure, from the published files alone."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser import csvtable
from spaser.errors import UserError
from spaser.opendata import lineage
from spaser.opendata.lineage import Record

_KEY = ("code", "entite", "base")


class Trace(NamedTuple):
    """A source of a figure: its role, what it brings, and the records it was made from."""

    role: str
    contribution: Decimal
    uid: str
    objet: str
    lignes: tuple[Record, ...]


def published(folder: Path) -> list[dict[str, str]]:
    """Every row of a published indicateurs.csv.

    Raises:
        UserError: no report there.
    """
    path = folder / "indicateurs.csv"
    if not path.exists():
        raise UserError(
            "ce rapport n'existe pas",
            lieu=str(folder),
            remede=f"le produire d'abord : spaser run {folder.name}",
        )
    return list(csvtable.rows(path))


def figures(folder: Path, code: str, entite: str | None) -> list[dict[str, str]]:
    """Published rows of an indicator.

    Args:
        folder: the published folder.
        code: the code of an indicator.
        entite: the code of a buyer, or of all together; None for each.

    Raises:
        UserError: no report, or no such code or entity in it.
    """
    rows = published(folder)
    ours = [r for r in rows if r["code"].upper() == code.upper()]
    if not ours:
        codes = list(dict.fromkeys(r["code"] for r in rows))
        near = difflib.get_close_matches(code.upper(), codes, 3, 0.5)
        raise UserError(
            "ce code d'indicateur n'est pas dans le rapport",
            lieu=str(folder / "indicateurs.csv"),
            valeur=code,
            remede=(f"essayer {' ou '.join(near)} ; sinon " if near else "")
            + "choisir parmi "
            + ", ".join(codes),
        )
    entities = list(dict.fromkeys(r["entite"] for r in ours))
    if entite and entite not in entities:
        raise unknown_entity(folder, entite, entities)
    return [r for r in ours if entite in (None, r["entite"])]


def unknown_entity(folder: Path, entite: str, known: Iterable[str]) -> UserError:
    """The error of an entity that a report does not have.

    Args:
        folder: the published folder.
        entite: the code that was asked for.
        known: those of the report.
    """
    return UserError(
        "cette entité n'est pas dans le rapport",
        lieu=str(folder / "indicateurs.csv"),
        valeur=entite,
        remede="choisir parmi " + ", ".join(known),
    )


def contracts(folder: Path, figure: dict[str, str]) -> Iterator[Trace]:
    """The evidence of a published row, with the object and the origin of each contract."""
    evidence = lineage.load(folder)
    for proof in lineage.proofs(folder):
        if (proof.code, proof.entite, proof.base) == tuple(figure[k] for k in _KEY):
            source = evidence.source(proof.uid)
            yield Trace(
                proof.role, proof.contribution, proof.uid,
                source.contrat.get("objet", ""), source.lignes,
            )  # fmt: skip


def lines(folder: Path, figure: dict[str, str]) -> Iterator[str]:
    """A published row and the contracts behind it, in lines."""
    yield (
        f"{figure['code']} {figure['annee']}, {figure['entite']}, base {figure['base']} : "
        f"{figure['libelle']}"
    )
    if not figure["valeur"]:
        yield f"  non disponible ({figure['motif_absence']})\n"
        return
    below = f" / dénominateur {figure['denominateur']}" if figure["denominateur"] else ""
    yield (
        f"  valeur {figure['valeur']} {figure['unite']} : numérateur {figure['numerateur']}{below}"
    )
    sums: dict[str, Decimal] = {}
    counts: Counter[str] = Counter()
    for t in contracts(folder, figure):
        yield (
            f"  {t.role:<12} {t.contribution!s:>16}  {t.uid}  "
            f"{' '.join(map(str, t.lignes))}  {t.objet[:70]}"
        )
        for line in t.lignes:
            for c in line.corrections:
                yield f"  {'':<12} {'corrigé':>16}  {line}  {c}"
        sums[t.role] = sums.get(t.role, Decimal(0)) + t.contribution
        counts[t.role] += 1
    for role in sorted(sums, reverse=True):
        yield f"  somme {role} : {sums[role]} ({counts[role]} marchés)"
    yield ""
