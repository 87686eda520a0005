"""`new-year`: the params of a year from those of the year before, its folder, and the templates.

Only the year and the dates move; thresholds are copied, but the European ones, which change every
two years: as published when they are known here, marked «à vérifier» otherwise.
Corrections, reconciliations and comments are about one year's records: they are not copied.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from spaser.errors import UserError
from spaser.settings import params
from spaser.sources.registers import REGISTRES, Registre

TEMPLATES = Path("data", "modeles")
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
_DATE = re.compile(r"^(date_\w+: )(\d{4})", re.MULTILINE)


def create(annee: int, root: Path, params_: Path) -> tuple[Path, Path, Path]:
    """Write params/ANNEE/params.yml, data/raw/ANNEE and data/modeles.

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
    target.write_text(_moved(text, before, annee), encoding="utf-8", newline="\n")
    try:
        params.load(params_, annee)
    except UserError:
        target.unlink()
        target.parent.rmdir()
        raise
    data = root / "data" / "raw" / str(annee)
    data.mkdir(parents=True, exist_ok=True)
    return target, data, templates(root / TEMPLATES)


def _years(folder: Path) -> Iterator[int]:
    for path in folder.glob("*/params.yml"):
        if path.parent.name.isdecimal():
            yield int(path.parent.name)


def _moved(text: str, before: int, annee: int) -> str:
    """The same file with its year and dates moved, its comments kept."""
    gap = annee - before
    text = text.replace(f"Édition {before}", f"Édition {annee}", 1)
    text = re.sub(r"^annee: \d+", f"annee: {annee}", text, flags=re.MULTILINE)
    text = _RECONCILED.sub(_TO_RECONCILE.format(before=before), text)
    text = _EUROPEAN.sub(lambda m: _european(m, annee), text)
    return _DATE.sub(lambda m: f"{m.group(1)}{int(m.group(2)) + gap}", text)


def _european(line: re.Match[str], annee: int) -> str:
    """A threshold of the year, or the one before it with a word of doubt."""
    head, name, before = line.groups()
    known = EUROPEAN.get(annee - annee % 2, {}).get(name)
    said = f"collectivités, {annee}" if known else f"à vérifier pour {annee}"
    return f"{head}{known or before}   # € HT, {said}"


def templates(folder: Path) -> Path:
    """Write an empty CSV and XLSX for each register, with its header, and a list of columns."""
    folder.mkdir(parents=True, exist_ok=True)
    for registre in REGISTRES.values():
        header = [c.name for c in registre.lues]
        with (folder / f"{registre.table}.csv").open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out, delimiter=";").writerow(header)
        _workbook(folder / f"{registre.table}.xlsx", registre)
    text = "".join(part for r in REGISTRES.values() for part in _described(r))
    (folder / "LISEZMOI.md").write_text(_HEAD + text, encoding="utf-8", newline="\n")
    return folder


_HEAD = """\
# Modèles des registres

Un fichier par source, en CSV (point-virgule) et en XLSX, à remplir puis à déposer dans
`data/raw/ANNÉE` sous n'importe quel nom : c'est l'en-tête qui fait reconnaître le registre. Une
cellule vide veut dire « inconnu », jamais « non » ni zéro. Toutes les colonnes ne sont pas
obligatoires ; l'ordre ne compte pas.
"""


def _described(registre: Registre) -> Iterator[str]:
    yield f"\n## {registre.titre}\n\nFichier `{registre.table}`.\n\n| colonne | sens |\n|---|---|\n"
    for column in registre.lues:
        yield f"| `{column.name}` | {column.label.replace('|', '/')} |\n"


def _workbook(path: Path, registre: Registre) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = registre.table
    sheet.append([c.name for c in registre.lues])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = max(14, len(str(cell.value)) + 2)
        if cell.value in {"siret", "siren", "acheteur_siret", "fournisseur_id"}:
            sheet.column_dimensions[cell.column_letter].number_format = "@"
    sheet.freeze_panes = "A2"
    help_ = book.create_sheet("Colonnes")
    help_.append(["colonne", "sens"])
    for column in registre.lues:
        help_.append([column.name, column.label])
    help_.column_dimensions["A"].width, help_.column_dimensions["B"].width = 34, 90
    book.save(path)
