"""What a notebook reads: the figures, the scheme and the gate's summary of one edition.

A notebook is given a folder and a year and nothing else; it never opens raw data.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from spaser.catalogue import Calcul, Indicateur
from spaser.params import Ambition, Axe, Params, Scheme, Year


@dataclass(frozen=True)
class Figure:
    """A row of indicateurs.csv, read back: texts, and numbers or None."""

    code: str
    entite: str
    base: str
    unite: str
    numerateur: Decimal | None
    denominateur: Decimal | None
    valeur: Decimal | None
    renseignes: Decimal | None
    total: Decimal | None
    couverture: Decimal | None
    borne_basse: Decimal | None
    borne_haute: Decimal | None
    cible: Decimal | None
    statut_cible: str
    verdict: str
    valeur_n_1: Decimal | None
    evolution: Decimal | None
    motif_absence: str


_TEXTS = {"code", "entite", "base", "unite", "statut_cible", "verdict", "motif_absence"}


@dataclass(frozen=True)
class Edition:
    """One year's edition as a reader sees it."""

    scheme: Scheme
    year: Year
    version: str
    demonstration: bool
    indicateurs: tuple[Indicateur, ...]
    figures: dict[tuple[str, str, str], Figure]
    controle: dict[str, Any]

    def figure(self, item: Indicateur, calcul: Calcul, entite: str) -> Figure:
        """The figure of an indicator, on a base, for an entity."""
        return self.figures[item.code, entite, calcul.base]

    def of(self, ambition: str) -> list[tuple[Indicateur, Calcul]]:
        """The lines of an ambition's table: an indicator on each of its bases."""
        return [(i, c) for i in self.indicateurs if i.ambition == ambition for c in i.calculs]

    def ambition(self, code: str) -> tuple[Axe, Ambition]:
        """An ambition and its axis."""
        return self.scheme.ambitions[code]

    @property
    def presents(self) -> list[str]:
        """Entities to draw: the buyers with contracts, and all together when all have some."""
        buyers = [m["acheteur"] for m in self.controle["marches"] if m["nombre"]]
        complete = len(buyers) == len(self.scheme.acheteurs) and len(buyers) > 1
        return [*buyers, *([self.scheme.ensemble.code] if complete else [])]


def content(params: Params, version: str, indicateurs: tuple[Indicateur, ...]) -> dict[str, Any]:
    """The content of edition.json: scheme, year and catalogue as this edition used them."""
    return {
        "schema": params.scheme.model_dump(mode="json"),
        "annee": params.year.model_dump(mode="json"),
        "catalogue": {
            "version": version,
            "indicateurs": [i.model_dump(mode="json") for i in indicateurs],
        },
    }


def load(dossier: str | Path, annee: int) -> Edition:
    """Read edition.json, controle.json and, where it exists, indicateurs.csv of a folder."""
    folder = Path(dossier)
    data = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    controle = json.loads((folder / "controle.json").read_text(encoding="utf-8"))
    year = Year.model_validate(data["annee"])
    if year.annee != annee:
        raise ValueError(f"ce dossier est celui de {year.annee}, pas de {annee}")
    return Edition(
        scheme=Scheme.model_validate(data["schema"]),
        year=year,
        version=data["catalogue"]["version"],
        demonstration=controle["demonstration"],
        indicateurs=tuple(Indicateur.model_validate(i) for i in data["catalogue"]["indicateurs"]),
        figures=_figures(folder / "indicateurs.csv"),
        controle=controle,
    )


def _figures(path: Path) -> dict[tuple[str, str, str], Figure]:
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        figures = [_figure(row) for row in csv.DictReader(stream)]
    return {(f.code, f.entite, f.base): f for f in figures}


def _figure(row: dict[str, str]) -> Figure:
    values: dict[str, Any] = {
        name: row[name] if name in _TEXTS else Decimal(row[name]) if row[name] else None
        for name in Figure.__dataclass_fields__
    }
    return Figure(**values)
