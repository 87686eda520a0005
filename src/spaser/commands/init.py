"""`init`: a project for an authority, complete in itself, from its SIREN.

Everything comes from the model that the package carries and from the tables of authorities; the
folder appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from stdnum.fr import siren as sirens

from spaser import modele
from spaser.commands import init_scheme, new_year, notebooks, templates
from spaser.errors import UserError
from spaser.figures import catalogue
from spaser.settings import params
from spaser.settings.scheme import PeriodeDuSchema

_COPIED = (
    "params/indicateurs",
    "params/communs.yml",
    "params/colonnes.yml",
    "params/hypotheses.yml",
    "params/telechargements.yml",
    "expectations",
    "data/referentiels",
    "requirements.lock",
)
_IGNORED = "reports/\n.venv/\n__pycache__/\n"
_ENVIRONMENT = """\
# Pour conda : Python, et le reste par le même verrou que pip. Puis installer spaser lui-même :
#   conda env create -f environment.yml && conda activate spaser
#   pip install --no-deps spaser-….whl
"""
_LONGEST = 20  # years of a scheme


class Wanted(NamedTuple):
    """What a project is asked for: the SIREN of its buyers, a name or none, its years."""

    sirens: tuple[str, ...]
    nom: str | None
    periode: PeriodeDuSchema


def create(folder: Path, wanted: Wanted) -> str:
    """Write the project, and say the name of the authority.

    Raises:
        UserError: the folder holds something, or is no folder.
    """
    check_folder(folder)
    buyers = init_scheme.buyers(wanted.sirens, wanted.nom)
    name = wanted.nom or init_scheme.together(buyers)
    with _whole(folder) as place:
        for part in _COPIED:
            _copy(modele.path(part), place / part)
        values = {"collectivite": name, "debut": wanted.periode.debut}
        _write(place / "params" / "spaser.yml", init_scheme.text(buyers, name, wanted.periode))
        _write_year(place / "params", wanted.periode.debut)
        _write(place / "LISEZMOI.md", _model("LISEZMOI.md").substitute(values))
        _write(place / ".gitignore", _IGNORED)
        _write(place / "environment.yml", _ENVIRONMENT + _bare(modele.path("environment.yml")))
        for empty in (f"data/raw/{wanted.periode.debut}", "reports"):
            (place / empty).mkdir(parents=True)
        templates.write(place / new_year.TEMPLATES)
        setting = params.load(place / "params", wanted.periode.debut)
        catalogue.load(setting)
        notebooks.write(setting.scheme, place / "notebooks")
    return name


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        UserError: it does, or it is a file.
    """
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        raise UserError(
            "ce dossier contient déjà quelque chose" if folder.is_dir() else "c'est un fichier",
            lieu=str(folder),
            remede="donner le nom d'un dossier nouveau : rien n'y est jamais remplacé",
        )


def siren(text: str) -> str:
    """A SIREN as it is said («213 300 098»), checked by its key.

    Raises:
        UserError: it has not nine digits, or its key is wrong.
    """
    digits = re.sub(r"\s", "", text)
    if not (re.fullmatch(r"[0-9]{9}", digits) and sirens.is_valid(digits)):
        raise UserError(
            "ce n'est pas un SIREN : neuf chiffres, dont le dernier est une clé",
            lieu="--siren",
            valeur=text,
            remede="le relire, par exemple sur annuaire-entreprises.data.gouv.fr",
        )
    return digits


def periode(text: str) -> PeriodeDuSchema:
    """The years of a scheme, as «2025-2028».

    Raises:
        UserError: it is not two years, the first first, or they are too far apart.
    """
    years = re.fullmatch(r"\s*([12][0-9]{3})\s*[-–]\s*([12][0-9]{3})\s*", text)
    if not years or not 0 <= int(years[2]) - int(years[1]) < _LONGEST:
        raise UserError(
            "ce n'est pas une période",
            lieu="--periode",
            valeur=text,
            remede="écrire la première et la dernière année du schéma, par exemple 2025-2028",
        )
    return PeriodeDuSchema(debut=int(years[1]), fin=int(years[2]))


def usual(today: dt.date) -> PeriodeDuSchema:
    """The years taken when none are said: the last whole one, and three more."""
    return PeriodeDuSchema(debut=today.year - 1, fin=today.year + 2)


def nom(text: str) -> str:
    """A name on one line.

    Raises:
        UserError: it is empty, too long, or holds what no name has (control characters).
    """
    name = " ".join(text.split(" ")).strip()
    if not name or len(name) > 150 or not name.isprintable():
        raise UserError(
            "ce n'est pas un nom", lieu="--nom", valeur=text, remede="écrire un nom d'une ligne"
        )
    return name


@contextlib.contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder beside, that takes its place at the end of the `with`, or goes."""
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = folder.with_name(f".{folder.name}.en-cours")
    if place.exists():
        shutil.rmtree(place)
    place.mkdir()
    try:
        yield place
        if folder.is_dir():
            folder.rmdir()
        place.rename(folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _write_year(folder: Path, annee: int) -> None:
    """The params of the first year, from those of the model."""
    text = modele.path("annee.yml").read_text(encoding="utf-8")
    _write(folder / str(annee) / "params.yml", new_year.moved(text, new_year.MODEL, annee))


def _copy(source: Path, target: Path) -> None:
    """A file or a folder of the model, without what Python leaves there."""
    for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
        if path.is_file():
            to = target / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)


def _model(name: str) -> Template:
    return Template(modele.path(name).read_text(encoding="utf-8"))


def _bare(path: Path) -> str:
    """A file without the remarks on its top."""
    lines: Sequence[str] = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    return "".join(lines[first:])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
