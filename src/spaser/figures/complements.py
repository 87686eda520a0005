"""complements.sql: what goes with the figures, made by SQL from the same tables and roles.

It follows indicateurs.sql (`cat indicateurs.sql complements.sql | duckdb`): each statement makes
one table, which is published as the CSV file of its name.  A table is declared once, here: its
columns serve the SQL, the Table Schema and the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spaser.figures import (
    comparaisons,
    concentration,
    database,
    depenses,
    distances,
    doutes,
    echeances,
    geographie,
    perimetres,
    sociaux,
    titulaires,
)
from spaser.figures.bloc import Bloc
from spaser.settings.params import Params

if TYPE_CHECKING:
    import duckdb

FILE = "complements.sql"
BLOCS: Mapping[str, Bloc] = {
    bloc.nom: bloc
    for module in (
        perimetres,
        doutes,
        concentration,
        titulaires,
        geographie,
        distances,
        sociaux,
        depenses,
        echeances,
        comparaisons,
    )
    for bloc in module.BLOCS
}
"""Every table, by its name, in the order of the script."""

_HEAD = """\
-- Ce qui accompagne les chiffres d'indicateurs.sql, à exécuter à sa suite :
-- cat indicateurs.sql complements.sql | duckdb
-- Chaque table de ce programme est publiée dans le fichier CSV du même nom.
"""


def program(params: Params) -> str:
    """The whole script, in DuckDB's SQL, for the database that has run indicateurs.sql."""
    return (
        _HEAD
        + echeances.reglages(params)
        + distances.reglages(params)
        + "".join(_statement(bloc, params) for bloc in BLOCS.values())
    )


def _statement(bloc: Bloc, params: Params) -> str:
    seuils = params.year.seuils
    sql = bloc.sql.strip()
    if bloc.seuil:
        value = seuils.get(bloc.seuil)
        sql = sql.format(**{bloc.seuil: "NULL" if value is None else format(value, "f")})
    named = f"-- {bloc.nom}.csv : {bloc.titre}\nCREATE TABLE {bloc.nom} AS"
    return f"\n{named}\n{sql};\nFROM {bloc.nom};\n"


def read(con: duckdb.DuckDBPyConnection, text: str) -> dict[str, list[tuple[Any, ...]]]:
    """Run the script in the database that has just run indicateurs.sql; rows of each table."""
    database.run(con, text)
    return {
        name: con.execute(f"SELECT {', '.join(c.nom for c in bloc.champs)} FROM {name}").fetchall()
        for name, bloc in BLOCS.items()
    }
