"""`run --accepter NOM`: keep in params/YEAR/relecture.yml that changes were read and accepted."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from spaser.errors import UserError
from spaser.opendata.changements import FILE
from spaser.settings import relecture
from spaser.settings.relecture import Relecture

_UNSAID = "relu, sans autre motif"


def accept(
    annee: int, reports: Path, params: Path, par: str, motif: str, lignes: Sequence[str]
) -> int:
    """Accept changes of the published report; how many were not accepted before.

    Args:
        annee: the year.
        reports: the folder of reports.
        params: the folder of params.
        par: who accepts.
        motif: why; the inputs that changed when empty.
        lignes: the changes, as CODE/ENTITE/BASE; all of them when empty.

    Raises:
        UserError: no report to read, a name that is empty, a line that did not move.
    """
    if not par.strip():
        raise UserError(
            "le nom de qui accepte est vide", lieu="--accepter", remede='--accepter "Prénom Nom"'
        )
    file = reports / str(annee) / FILE
    rows = {"/".join((r["code"], r["entite"], r["base"])): r for r in _rows(file, annee)}
    for name in lignes:
        if name not in rows:
            raise UserError(
                "cette ligne n'est pas parmi les changements",
                lieu=str(file),
                valeur=name,
                remede="reprendre CODE/ENTITÉ/BASE d'une ligne de changements.html",
            )
    wanted = [r for name, r in rows.items() if not r["accepte_par"] and name in (lignes or rows)]
    if wanted:
        today = dt.date.today()
        relecture.load(params, annee)  # a file that is wrong is told of before it is added to
        relecture.add(
            params,
            annee,
            (
                Relecture(
                    code=r["code"], entite=r["entite"], base=r["base"], ancien=r["ancien"],
                    nouveau=r["nouveau"], verdict=r["verdict"], par=par.strip(), le=today,
                    motif=motif.strip() or r["entrees"] or _UNSAID,
                )
                for r in wanted
            ),
        )  # fmt: skip
    return len(wanted)


def _rows(file: Path, annee: int) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except FileNotFoundError:
        raise UserError(
            "il n'y a pas de changement à accepter : aucun rapport n'est publié",
            lieu=str(file),
            remede=f"spaser run {annee}, lire changements.html, puis accepter",
        ) from None
