"""What a project says of the catalogue, which is everybody's: its targets, labels and places.

params/cibles.yml holds the targets of the authority, by indicator and year, and the labels and
marks that it prefers; {local}, {cercles} and the like in a text of the catalogue are filled from
params/spaser.yml.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import Field

from spaser.errors import UserError
from spaser.figures.definition import LEGALE, Cible, Indicateur
from spaser.settings import yamlfile
from spaser.settings.scheme import Scheme
from spaser.settings.validation import validate
from spaser.settings.values import Code, Model, Text
from spaser.settings.yamlfile import YamlFile

FILE = "cibles.yml"
_TEXTS = frozenset({"libelle", "limites", "repere", "definition", "exemple"})
_SENTENCES = frozenset({"numerateur", "denominateur", "phrase"})
_MARK = re.compile(r"\{(\w+)\}")
_NO_PLACE = "le territoire n’est pas décrit"


class Adaptation(Model):
    """params/cibles.yml: targets by code and year, labels and marks by code."""

    cibles: dict[Code, dict[int, Cible]] = Field(default_factory=dict)
    libelles: dict[Code, Text] = Field(default_factory=dict)
    reperes: dict[Code, Text] = Field(default_factory=dict)


def words(scheme: Scheme) -> dict[str, str]:
    """What a text of the catalogue may name as {word}.

    local: where a company is local, as a sentence says it («en Côte-d’Or»);
    cercles: the circles of the territory; collectivite: the authority;
    acheteurs: the short names of its buyers.
    """
    territory = scheme.territoire
    return {
        "local": territory.proche.lieu if territory else f"sur le territoire ({_NO_PLACE})",
        "cercles": ", ".join(c.nom for c in territory.cercles) if territory else _NO_PLACE,
        "collectivite": scheme.collectivite,
        "acheteurs": ", ".join(a.nom_court for a in scheme.acheteurs),
    }


def filled(raw: dict[str, Any], scheme: Scheme, place: Callable[..., str]) -> dict[str, Any]:
    """An entry of the catalogue with the words of its texts filled in; formulas are left alone.

    Args:
        raw: the entry as its file has it.
        scheme: the scheme.
        place: gives the place of a key in the file, for messages.

    Raises:
        UserError: a text names a word that params do not give; `place` says where, from keys.
    """
    known = words(scheme)
    return {
        key: _filled(value, known, functools.partial(place, key)) if key in _TEXTS else value
        for key, value in raw.items()
    }


def read(folder: Path) -> tuple[Adaptation, YamlFile] | None:
    """params/cibles.yml, and its file for messages; None when there is none."""
    path = folder / FILE
    if not path.is_file():
        return None
    file = yamlfile.read(path)
    return validate(Adaptation, file, file.content or {}), file


def adapted(items: Iterable[Indicateur], folder: Path, scheme: Scheme) -> list[Indicateur]:
    """The indicators with their targets of each year of the scheme, and the project's own words.

    A legal target holds until the text says otherwise: until the next target of the catalogue,
    or the last year of the target, `jusqu_a`.  What is said of an indicator that the scheme sets
    aside waits there until it is taken again.

    Args:
        items: the indicators of the catalogue.
        folder: the folder of params.
        scheme: the scheme.

    Raises:
        UserError: an entry of params/cibles.yml is of no indicator, or changes a legal target.
    """
    own = read(folder)
    items = [_in_force(i, range(scheme.periode.debut, scheme.periode.fin + 1)) for i in items]
    if own is None:
        return items
    adaptation, file = own
    known, marks = {i.code: i for i in items}, words(scheme)
    aside = {*scheme.indicateurs_ecartes} - known.keys()
    for block, entries in adaptation:
        for code in entries:
            if code not in known and code not in aside:
                raise UserError(
                    f"{code} n'est pas au catalogue",
                    lieu=file.place([block, code]),
                    remede="reprendre un code de params/indicateurs, ou retirer cette ligne",
                )
    for code, targets in adaptation.cibles.items():
        for annee in targets if code in known else ():
            law = known[code].cibles.get(annee)
            if law and law.statut == LEGALE:
                raise UserError(
                    f"{code} : la cible de {annee} est légale, et ne se change pas",
                    lieu=file.place(["cibles", code, annee]),
                    valeur=targets[annee].valeur,
                    remede=f"retirer cette ligne ; la loi fixe {law.valeur:f} ({law.fondement})",
                )
    return [_owned(item, adaptation, file, marks) for item in items]


def _owned(item: Indicateur, own: Adaptation, file: YamlFile, marks: dict[str, str]) -> Indicateur:
    targets = item.cibles | own.cibles.get(item.code, {})
    changes: dict[str, Any] = {"cibles": {year: targets[year] for year in sorted(targets)}}
    for key, block in (("libelle", "libelles"), ("repere", "reperes")):
        text = getattr(own, block).get(item.code)
        if text is not None:
            changes[key] = _filled(text, marks, functools.partial(_place, file, block, item.code))
    return item.model_copy(update=changes)


def _place(file: YamlFile, *keys: str | int) -> str:
    return file.place(keys)


def _in_force(item: Indicateur, years: range) -> Indicateur:
    targets: dict[int, Cible] = {}
    last: Cible | None = None
    for year in sorted({*item.cibles, *years}):
        given = item.cibles.get(year)
        lasts = last and last.statut == LEGALE and year <= (last.jusqu_a or year)
        last = given or (last if lasts else None)
        if last:
            targets[year] = last
    return item.model_copy(update={"cibles": targets})


def _filled(value: Any, known: dict[str, str], place: Callable[..., str]) -> Any:
    if isinstance(value, dict):
        return {
            k: _filled(v, known, functools.partial(place, k)) if k in _SENTENCES else v
            for k, v in value.items()
        }
    if not isinstance(value, str):
        return value

    def word(mark: re.Match[str]) -> str:
        if mark[1] not in known:
            raise UserError(
                "le texte nomme un mot que les paramètres ne donnent pas",
                lieu=place(),
                valeur=mark[0],
                remede="choisir parmi " + ", ".join(f"{{{name}}}" for name in known),
            )
        return known[mark[1]]

    return _MARK.sub(word, value)
