"""Rows that a legal target binds and that do not comply, where a law is judged row by row.

Asked of the database that has just run indicateurs.sql, from the `conforme` of the catalogue.
"""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING

from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import LEGALE, Calcul
from spaser.figures.formulas import formula
from spaser.figures.verdicts import Manquements
from spaser.settings.params import Params

if TYPE_CHECKING:
    import duckdb

_FOUND = """
SELECT entite, count(*) FILTER (conforme IS FALSE), count(*) FILTER (conforme IS NULL)
FROM (
  SELECT acheteur,
         CASE WHEN ({population}) THEN ({conforme}) WHEN ({conforme}) THEN TRUE END AS conforme
  FROM {table} WHERE ({population}) IS DISTINCT FROM FALSE
) JOIN entites USING (acheteur)
GROUP BY entite
"""


def judged(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue, params: Params, fournies: Set[str]
) -> dict[tuple[str, str, str], Manquements]:
    """What fails, and what cannot be said, by (code, base, entity).

    Only the calculations that judge row by row, in a year when their target is legal, and whose
    sources were given.

    Args:
        con: a connection in which the script has run.
        catalogue: the indicators.
        params: the scheme and the year.
        fournies: the sources that were given.
    """
    answers: dict[tuple[str, str, str], Manquements] = {}
    for item in catalogue.indicateurs:
        for calcul in item.calculs:
            cible = item.cible(params.year.annee, calcul)
            if calcul.conforme and cible and cible.statut == LEGALE and fournies >= {*item.sources}:
                for entite, certain, unknown in con.execute(_sql(calcul, params)).fetchall():
                    answers[item.code, calcul.base, entite] = Manquements(certain, unknown)
    return answers


def _sql(calcul: Calcul, params: Params) -> str:
    return _FOUND.format(
        table=calcul.table,
        population=formula(calcul.population, params),
        conforme=formula(calcul.conforme or "", params),
    )
