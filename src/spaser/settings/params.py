"""The params of a run, read and checked: params/spaser.yml and params/YEAR/params.yml.

Another authority changes these files and nothing else.  Every fault in them is one message
that names the file, the line, the key and the remedy (UserError, exit 2).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from spaser.errors import UserError
from spaser.settings import yamlfile
from spaser.settings.reperes import Reference
from spaser.settings.scheme import Scheme
from spaser.settings.validation import validate
from spaser.settings.values import Cpv, Model, Slug, Text
from spaser.settings.yamlfile import YamlFile
from spaser.settings.year import Year

COMMUNS = "communs.yml"


class Communs(Model):
    """params/communs.yml: what no authority decides."""

    familles: dict[Slug, tuple[Cpv, ...]] = Field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    sources: dict[Slug, Text] = Field(default_factory=dict)


class Params(Model):
    """Everything typed that one yearly run needs, the catalogue excepted."""

    scheme: Scheme
    year: Year
    folder: Path


def read_scheme(folder: Path) -> Scheme:
    """Read params/spaser.yml, over what params/communs.yml says for every authority, if there.

    Raises:
        UserError: spaser.yml is missing, or a key is unknown, absent or of the wrong type.
    """
    own, shared = yamlfile.read(folder / "spaser.yml"), folder / COMMUNS
    if not shared.exists() or not isinstance(own.content, dict):
        return validate(Scheme, own)
    file = yamlfile.read(shared)
    validate(Communs, file)
    return validate(
        Scheme, own, file.content | own.content | _both_sources(file.content, own.content)
    )


def _both_sources(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The names of sources, those of spaser.yml over the others; nothing when one is no block."""
    ours, here = shared.get("sources", {}), own.get("sources", {})
    return {"sources": ours | here} if isinstance(here, dict) and isinstance(ours, dict) else {}


def load(folder: Path, annee: int) -> Params:
    """Read params/spaser.yml and params/ANNEE/params.yml.

    Raises:
        UserError: a file is missing, or a key is unknown, absent or of the wrong type.
    """
    year_file = folder / str(annee) / "params.yml"
    if not year_file.exists():
        raise UserError(
            f"l'année {annee} n'a pas de paramètres",
            lieu=str(year_file),
            remede=f"ouvrir l'année par spaser new-year {annee}, ou demander une autre année",
        )
    here = read_scheme(folder)
    file = yamlfile.read(year_file)
    year = validate(Year, file)
    if year.annee != annee:
        raise UserError(
            f"le dossier {annee} contient les paramètres d'une autre année",
            lieu=file.place(["annee"]),
            valeur=year.annee,
            remede=f"écrire annee: {annee}",
        )
    if not here.periode.debut <= annee <= here.periode.fin:
        raise UserError(
            f"l'année {annee} est hors de la période du schéma",
            lieu=str(folder / "spaser.yml"),
            valeur=f"{here.periode.debut}-{here.periode.fin}",
            remede="corriger periode dans spaser.yml, ou l'année demandée",
        )
    _check_periods(here, year, file)
    return Params(scheme=here, year=year, folder=folder)


def _check_periods(scheme: Scheme, year: Year, file: YamlFile) -> None:
    """Periods lie in the year, first day first; buyers and sources are those of the scheme.

    Raises:
        UserError: names the first entry of `completude` or `attendus` that is not so.
    """
    known = {"acheteur": [a.code for a in scheme.acheteurs], "source": list(scheme.sources)}
    for block in ("completude", "attendus"):
        for rank, entry in enumerate(getattr(year, block)):
            for key, codes in known.items():
                value = getattr(entry, key)
                if value is not None and value not in codes:
                    raise UserError(
                        f"le schéma ne connaît pas cette valeur de {key}",
                        lieu=file.place([block, rank, key]),
                        valeur=value,
                        remede=f"écrire l'un de : {', '.join(codes)}, ou retirer cette clé",
                    )
    for rank, period in enumerate(year.completude):
        for key in ("depuis", "jusqu_au"):
            day = getattr(period, key)
            if day.year != year.annee:
                raise UserError(
                    "une période de completude est dans l'année du fichier",
                    lieu=file.place(["completude", rank, key]),
                    valeur=day.isoformat(),
                    remede=f"écrire une date de {year.annee}",
                )
        if period.jusqu_au < period.depuis:
            raise UserError(
                "cette période finit avant de commencer",
                lieu=file.place(["completude", rank, "jusqu_au"]),
                valeur=period.jusqu_au.isoformat(),
                remede=f"écrire une date qui suit le {period.depuis.isoformat()}",
            )
