"""`new-year`: the params of a year from those of the year before, its folder, and the templates.

Only the year and the dates move; thresholds are copied, but the European ones, which change every
two years: as published when they are known here, marked «à vérifier» otherwise.
Corrections, reconciliations, periods and counts declared, and comments are about one year's
records: they are not copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from spaser.commands import templates
from spaser.errors import UserError
from spaser.figures import catalogue
from spaser.settings import params

TEMPLATES = Path("data", "modeles")
MODEL = 2024  # the year of the params that a new project starts from
EUROPEAN = {
    2024: {"seuil_europeen_fournitures_services": 221000, "seuil_europeen_travaux": 5538000},
    2026: {"seuil_europeen_fournitures_services": 216000, "seuil_europeen_travaux": 5404000},
}
"""Thresholds of local authorities, € HT, by the first of their two years (CCP, annexe 2)."""
_EUROPEAN = re.compile(r"^(\s+(seuil_europeen_\w+): )(\S+).*$", re.MULTILINE)
_RECONCILED = re.compile(r"(?:^#.*\n)*^rapprochements:\n(?:[ #-].*\n|\n)*", re.MULTILINE)
_TO_RECONCILE = """\
# Chiffres donnés ailleurs, mis en regard des nôtres (facultatif) : params/{before}/params.yml en
# montre la forme, sous la clé rapprochements.

"""
_ONE_YEAR = re.compile(r"^(?:completude|attendus):.*\n(?:[ -].*\n)*", re.MULTILINE)
_DATE = re.compile(r"^(date_\w+: )(\d{4})", re.MULTILINE)


def create(annee: int, root: Path, params_: Path) -> tuple[Path, Path, Path]:
    """Write params/ANNEE/params.yml, data/raw/ANNEE and data/modeles.

    Args:
        annee: the year to open.
        root: the project's folder.
        params_: the folder of params.

    Returns:
        The params file, the data folder, the folder of templates.

    Raises:
        UserError: the year exists, is out of the scheme, or no earlier year can serve.
    """
    target = params_ / str(annee) / "params.yml"
    if target.exists():
        raise UserError(
            f"l'année {annee} existe déjà",
            lieu=str(target),
            remede="la garder, ou retirer ce dossier pour repartir de l'année précédente",
        )
    before = max((y for y in _years(params_) if y < annee), default=None)
    if before is None:
        raise UserError(
            f"aucune année avant {annee} n'a de paramètres",
            lieu=str(params_),
            remede="écrire params.yml à la main, sur le modèle d'une autre année",
        )
    text = (params_ / str(before) / "params.yml").read_text(encoding="utf-8")
    target.parent.mkdir(parents=True)
    target.write_text(moved(text, before, annee), encoding="utf-8", newline="\n")
    try:
        params.load(params_, annee)
    except UserError:
        target.unlink()
        target.parent.rmdir()
        raise
    data = root / "data" / "raw" / str(annee)
    data.mkdir(parents=True, exist_ok=True)
    return target, data, templates.write(root / TEMPLATES)


def without_target(annee: int, params_: Path) -> list[str]:
    """The indicators that have a target the year before and none this year.

    Raises:
        UserError: the params or the catalogue are not what they should be.
    """
    setting = params.load(params_, annee)
    return [
        i.code
        for i in catalogue.load(setting).indicateurs
        if annee - 1 in i.cibles and annee not in i.cibles
    ]


def _years(folder: Path) -> Iterator[int]:
    for path in folder.glob("*/params.yml"):
        if path.parent.name.isdecimal():
            yield int(path.parent.name)


def moved(text: str, before: int, annee: int) -> str:
    """A params.yml of the year `before`, its year and dates moved to `annee`, comments kept.

    Args:
        text: the text of the earlier params.yml.
        before: its year.
        annee: the year to open.
    """
    gap = annee - before
    text = text.replace(f"Édition {before}", f"Édition {annee}", 1)
    text = re.sub(r"^annee: \d+", f"annee: {annee}", text, flags=re.MULTILINE)
    text = _RECONCILED.sub(_TO_RECONCILE.format(before=before), text)
    text = _ONE_YEAR.sub("", text)
    text = _EUROPEAN.sub(lambda m: _european(m, annee), text)
    return _DATE.sub(lambda m: f"{m.group(1)}{int(m.group(2)) + gap}", text)


def _european(line: re.Match[str], annee: int) -> str:
    """A threshold of the year, or the one before it with a word of doubt."""
    head, name, before = line.groups()
    known = EUROPEAN.get(annee - annee % 2, {}).get(name)
    origin = f"collectivités, {annee}" if known else f"à vérifier pour {annee}"
    return f"{head}{known or before}   # € HT, {origin}"
