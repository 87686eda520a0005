"""What `fetch` may download: params/telechargements.yml, typed, for every year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import StringConstraints, model_validator

from spaser.settings import yamlfile
from spaser.settings.params import Params
from spaser.settings.validation import validate
from spaser.settings.values import Code, Model, Text

FILE = "telechargements.yml"
_PLACES = {"annee", "siren"}
_OURS = {"provenance.csv", "demonstration.md", "lisezmoi.md"}  # what a data folder says of itself
_PLACE = re.compile(r"\{([^{}]*)\}")

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\"<>]+$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._{}-]*$")]


class Telechargement(Model):
    """A published source: `{annee}` and `{siren}` are filled in its address and file name.

    With `{siren}` it is asked once a buyer.  One that is `sur_demande` is taken only by name.
    """

    nom: Code
    description: Text
    url: Address
    fichier: FileName
    licence: Text
    sur_demande: bool = False

    @model_validator(mode="after")
    def _places_are_known(self) -> Telechargement:
        places = {key: set(_PLACE.findall(getattr(self, key))) for key in ("url", "fichier")}
        for key, names in places.items():
            if stray := sorted(names - _PLACES):
                raise ValueError(
                    f"{key} : {{{stray[0]}}} n'existe pas, seulement {{annee}}, {{siren}}"
                )
        if self.fichier.casefold() in _OURS:
            raise ValueError(f"fichier : {self.fichier} a déjà un sens dans ce dossier")
        if ("siren" in places["url"]) != ("siren" in places["fichier"]):
            raise ValueError("{siren} va dans l'url et dans le fichier, ou dans aucun des deux")
        return self


class _Declared(Model):
    telechargements: tuple[Telechargement, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> _Declared:
        for field in ("nom", "fichier"):
            values = [getattr(t, field) for t in self.telechargements]
            if twice := sorted({x for x in values if values.count(x) > 1}):
                raise ValueError(f"{field} déclaré deux fois : {', '.join(twice)}")
        return self


class Target(NamedTuple):
    """One file to fetch: the source it is of, its full address, its name in the folder."""

    source: Telechargement
    url: str
    fichier: str


def load(folder: Path) -> tuple[Telechargement, ...]:
    """Read params/telechargements.yml.

    Raises:
        UserError: no such file, or a key is unknown, missing or refused.
    """
    return validate(_Declared, yamlfile.read(folder / FILE)).telechargements


def targets(source: Telechargement, setting: Params) -> Iterator[Target]:
    """The files of a source: one, or one a buyer."""
    for siren in setting.scheme.sirens if "{siren}" in source.url else ("",):
        url, fichier = (
            text.replace("{annee}", str(setting.year.annee)).replace("{siren}", siren)
            for text in (source.url, source.fichier)
        )
        yield Target(source, url, fichier)
