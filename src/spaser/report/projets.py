"""index.html of a folder of projects: each authority, its reports, and how the last run ended.

It reads what each published folder says of itself, and holds neither clock times nor paths of the
machine: the same reports give the same page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from spaser.errors import UserError
from spaser.report import french, pages, render
from spaser.settings import params

FILE = "index.html"
MARK = "page-projets"  # by which the page is known as ours, and may be written again


class Tried(NamedTuple):
    """A year of a project that was just run: how it ended, whether its report is up to date."""

    annee: int
    etat: str
    reussi: bool


class ProjectYear(NamedTuple):
    """A year of a project: its report (empty: none), its contracts, how the last run ended."""

    annee: str
    rapport: str
    controle: str
    marches: int | None
    montant: Decimal | None
    demonstration: bool
    etat: str
    reussi: bool


class ProjectLine(NamedTuple):
    """A project: the name of its authority, its folder, its own index (empty: none), its years."""

    nom: str
    dossier: str
    accueil: str
    annees: list[ProjectYear]

    def annee(self, name: str) -> ProjectYear | None:
        """A year of the project; None when it has no report and was not run."""
        return next((y for y in self.annees if y.annee == name), None)


def line(root: Path, dossier: str, tried: Sequence[Tried]) -> ProjectLine:
    """The line of a project.

    Args:
        root: its folder.
        dossier: the path of that folder from the page.
        tried: its years that were just run.
    """
    reports, base = root / "reports", quote(f"{dossier}/reports")
    try:
        nom = params.read_scheme(root / "params").collectivite
    except UserError:
        nom = dossier
    by_year = {str(t.annee): t for t in tried}
    stand = {p.name for p in reports.glob("[0-9]*") if p.name.isdecimal() and p.is_dir()}
    return ProjectLine(
        nom,
        dossier,
        f"{base}/{FILE}" if (reports / FILE).is_file() else "",
        [_year(reports, base, y, by_year.get(y)) for y in sorted({*stand, *by_year})],
    )


def _year(reports: Path, base: str, annee: str, tried: Tried | None) -> ProjectYear:
    control = _read(reports / annee / "controle.json")
    page = f"{annee}-controle/qualite.html"
    stopped = tried is not None and not tried.reussi and (reports / page).is_file()
    count, euros = _contracts(control)
    return ProjectYear(
        annee,
        f"{base}/{annee}/rapport.html" if (reports / annee / "rapport.html").is_file() else "",
        f"{base}/{page}" if stopped else "",
        count,
        euros,
        control.get("demonstration") is True,
        tried.etat if tried else "",
        tried is None or tried.reussi,
    )


def _read(path: Path) -> dict[str, Any]:
    """A JSON object; empty when the folder is of another version, or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _contracts(control: dict[str, Any]) -> tuple[int | None, Decimal | None]:
    """The contracts of all the buyers, and their euros, when the folder says them."""
    try:
        totals = control["marches"]
        euros = sum((Decimal(str(t["montant"])) for t in totals), Decimal(0))
        return sum(int(t["nombre"]) for t in totals), euros
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None, None


def html(lines: Sequence[ProjectLine]) -> str:
    """The page."""
    years = sorted({y.annee for one in lines for y in one.annees})
    page = {
        "titre": f"Suivis de {french.plural(len(lines), 'collectivité')}",
        "sigle": "SPASER",
        "collectivite": french.plural(len(lines), "collectivité"),
        "objet": "Les rapports de suivi de plusieurs collectivités, et où les ouvrir.",
        "demonstration": any(y.demonstration for one in lines for y in one.annees),
        "provisoire": False,
        "incomplet": "",
        "image": "",
        "fichier": FILE,
        "genre": MARK,
        "pages": [],
        "css": pages.css(),
        "script": Markup(""),
        "regle_script": Markup(""),
    }
    failed = [(one, y) for one in lines for y in one.annees if not y.reussi]
    return pages.finished(
        render("projets", page=page, lignes=lines, annees=years, echecs=failed).html
    )


def is_ours(path: Path) -> bool:
    """Whether the page that stands there was written by us."""
    try:
        return f'<body class="{MARK}">' in path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
