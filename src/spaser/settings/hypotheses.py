"""The log of assumptions and caveats: params/hypotheses.yml, an annex of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import model_validator

from spaser.settings import yamlfile
from spaser.settings.validation import validate
from spaser.settings.values import Model, Text

FILE = "hypotheses.yml"


class Hypothese(Model):
    """An assumption: what was taken for granted, what it does to figures, what would settle it."""

    code: Text
    sujet: Text
    hypothese: Text
    effet: Text
    levee: Text
    statut: Literal["ouverte", "confirmée", "levée"]


class _Hypotheses(Model):
    hypotheses: tuple[Hypothese, ...]

    @model_validator(mode="after")
    def _codes_are_unique(self) -> _Hypotheses:
        codes = [h.code for h in self.hypotheses]
        if twice := sorted({c for c in codes if codes.count(c) > 1}):
            raise ValueError(f"hypothèse déclarée deux fois : {', '.join(twice)}")
        return self


def load(folder: Path) -> list[dict[str, Any]]:
    """The assumptions of a params folder, in its order; none without the file.

    Raises:
        UserError: unknown or missing key, status not of the list, code given twice.
    """
    path = folder / FILE
    if not path.exists():
        return []
    return [h.model_dump() for h in validate(_Hypotheses, yamlfile.read(path)).hypotheses]
