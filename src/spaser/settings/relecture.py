"""Who accepted which change of a figure, and why: params/YEAR/relecture.yml.

An entry holds for the change that it names, values and verdict included: a figure that moves
again is to be read again.  Entries are kept, one a line, in the order in which they were given.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from spaser.errors import UserError
from spaser.settings import yamlfile
from spaser.settings.validation import validate
from spaser.settings.values import Model, Text

FILE = "relecture.yml"
_HEAD = """\
# Les changements de chiffres relus et acceptés : spaser run ANNÉE --accepter NOM.
# Une ligne ne vaut que pour le changement qu'elle dit ; le motif se complète à la main.
relectures:
"""


class Relecture(Model):
    """A change that somebody accepted: the figure, what it was and became, who, when, why."""

    code: Text
    entite: Text
    base: Text
    ancien: str
    nouveau: str
    verdict: str
    par: Text
    le: dt.date
    motif: Text

    @property
    def change(self) -> tuple[str, ...]:
        """The change that it accepts, and no other."""
        return (self.code, self.entite, self.base, self.ancien, self.nouveau, self.verdict)


class _Relectures(Model):
    relectures: tuple[Relecture, ...] | None = None


def path(params: Path, annee: int) -> Path:
    """Where the file of a year is."""
    return params / str(annee) / FILE


def load(params: Path, annee: int) -> list[Relecture]:
    """What was accepted of a year; nothing without the file.

    Raises:
        UserError: a key is unknown, missing or not what it should be.
    """
    file = path(params, annee)
    return list(_read(file)) if file.exists() else []


def _read(file: Path) -> tuple[Relecture, ...]:
    parsed = yamlfile.read(file)
    return validate(_Relectures, parsed).relectures or () if parsed.content else ()


def add(params: Path, annee: int, entries: Iterable[Relecture]) -> Path:
    """Add entries at the end of the file of a year, which is left whole if that fails.

    Args:
        params: the folder of params.
        annee: the year.
        entries: the reviews, oldest first.

    Raises:
        UserError: the file holds something else than a list at its end.
    """
    file = path(params, annee)
    before = file.read_text(encoding="utf-8") if file.exists() else _HEAD
    lines = "".join(
        f"- {json.dumps(e.model_dump(mode='json'), ensure_ascii=False)}\n" for e in entries
    )
    fresh = file.with_name(f".{FILE}.tmp")
    fresh.write_text(f"{before.rstrip()}\n{lines}", encoding="utf-8", newline="\n")
    try:
        _read(fresh)
    except UserError:
        fresh.unlink()
        raise UserError(
            "ce fichier ne peut pas être complété",
            lieu=str(file),
            remede="le corriger, ou le mettre de côté, puis relancer",
        ) from None
    fresh.replace(file)
    return file
