"""The formulas of the catalogue as SQL: their names filled in, and tried on the empty tables.

Those of a table are tried together, which takes a fifth of the time; one by one if any is refused,
to say which and why.  Those that have held once are not tried again on the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from spaser import kept
from spaser.errors import UserError
from spaser.figures import database, duckdbfault, expression
from spaser.figures.definition import PREDICATES, Calcul
from spaser.figures.views import COMPUTED, UID, empty
from spaser.settings.params import Params
from spaser.settings.year import Year

if TYPE_CHECKING:
    import duckdb


class Essai(NamedTuple):
    """A calculation to try: the code of its indicator, and what tells the place of a key of it."""

    code: str
    calcul: Calcul
    place: Callable[..., str]


class _Formule(NamedTuple):
    """A formula of a calculation: its key, its SQL, and the type that it must have."""

    essai: Essai
    key: str
    sql: str
    kind: str


def formula(text: str, params: Params) -> str:
    """A formula with each $nom replaced by its number or date of the year."""
    return Template(text).substitute(names(params.year))


def names(year: Year) -> dict[str, str]:
    """What formulas may name as $nom, as SQL: thresholds and dates of the year."""
    return {k: format(v, "f") for k, v in year.seuils.items()} | {
        k: f"DATE '{v.isoformat()}'" for k, v in year.dates.items()
    }


def formulas(calcul: Calcul) -> Iterator[tuple[str, str, str]]:
    """The SQL parts of a calculation: key, text, and the type it must have."""
    if not calcul.mesure:
        return
    number = "DECIMAL(18,2)"
    yield "population", calcul.population, "BOOLEAN"
    yield (
        "numerateur",
        calcul.numerateur or "",
        "BOOLEAN" if calcul.mesure in PREDICATES else number,
    )
    if calcul.denominateur:
        yield "denominateur", calcul.denominateur, number
    if calcul.mesure in PREDICATES:
        yield "poids", calcul.contribution, number
    if calcul.distinct:
        yield "distinct", calcul.distinct, "VARCHAR"
    if calcul.conforme:
        yield "conforme", calcul.conforme, "BOOLEAN"


def check(essais: Sequence[Essai], params: Params, known: Path | None = None) -> None:
    """Try every formula of some calculations on the empty canonical tables.

    Args:
        essais: the calculations.
        params: the buyers of the tables, the thresholds and dates that formulas may name.
        known: where those that have held are kept; None: each is tried.

    Raises:
        UserError: a table is unknown or has no buyer; a formula does not parse, is not one
            expression of known functions, names an unknown column or threshold, or is not of the
            type that it must have.  The first one is told.
    """
    tables = empty(params)
    tried = [(e.calcul.table, *formulas(e.calcul)) for e in essais]
    name = kept.name(tables, names(params.year), tried) if known else None
    at = known / name if known and name else None
    if at and kept.read(at) is not None:
        return
    with database.opened() as con:
        database.shut(con).execute(tables)
        usable = _usable(con)
        if not _hold_together(con, essais, usable, params):
            for essai in essais:
                _check_one(con, essai, usable, params)
    if at:
        kept.write(at, b"")


def _hold_together(
    con: duckdb.DuckDBPyConnection, essais: Sequence[Essai], usable: Sequence[str], params: Params
) -> bool:
    """Try all formulas of each table at once, in two statements; False when one is refused."""
    import duckdb

    try:
        every = [f for essai in essais for f in _formulas(essai, params)]
        expression.check(con, *(f.sql for f in every))
        order = sorted(every, key=_table)
        return all(
            table in usable and _types_hold(con, table, tuple(mine))
            for table, mine in groupby(order, key=_table)
        )
    except (duckdb.Error, expression.Refused, UserError):
        return False


def _table(formule: _Formule) -> str:
    return formule.essai.calcul.table or ""


def _types_hold(con: duckdb.DuckDBPyConnection, table: str, formules: Sequence[_Formule]) -> bool:
    """Whether the formulas of a table run, and have the type that each must have.

    They are run on a row of NULL, not on an empty table: DuckDB converts constants to their type
    only when there is a row.  They stand in a WHERE too, which refuses aggregates.

    Raises:
        duckdb.Error: one does not run.
    """
    row = con.execute(
        "SELECT " + ", ".join(f"({f.sql}) AS x{n}" for n, f in enumerate(formules))
        + f" FROM {table} LIMIT 0"
    ).description  # fmt: skip
    con.execute(
        f"WITH une AS MATERIALIZED (SELECT {table}.* FROM (SELECT 1) LEFT JOIN {table} ON TRUE)"
        f" SELECT {', '.join(f'({f.sql})::{f.kind}' for f in formules)} FROM une AS {table}"
        f" WHERE {' AND '.join(f'(TRUE OR ({f.sql}) IS NULL)' for f in formules)}"
    )
    return all(_is_of(str(d[1]), f.kind) for d, f in zip(row, formules, strict=True))


def _is_of(given: str, kind: str) -> bool:
    """Whether the type of a formula is, or becomes, the one that it must have."""
    if kind == "BOOLEAN":
        return given == "BOOLEAN"
    return kind == "VARCHAR" or given != "VARCHAR"


def _formulas(essai: Essai, params: Params) -> Iterator[_Formule]:
    """The formulas of a calculation as SQL.

    Raises:
        UserError: one names a threshold or a date that the year has not.
    """
    for key, text, kind in formulas(essai.calcul):
        try:
            yield _Formule(essai, key, formula(text, params), kind)
        except (KeyError, ValueError) as error:
            raise UserError(
                f"{essai.code} : seuil inconnu {error}",
                lieu=essai.place(key),
                valeur=text,
                remede=f"choisir parmi {', '.join('$' + k for k in names(params.year))}, "
                "ou l'ajouter aux seuils de params.yml",
            ) from None


def _check_one(
    con: duckdb.DuckDBPyConnection, essai: Essai, usable: Sequence[str], params: Params
) -> None:
    """Try the formulas of a calculation one by one, and say what is wrong with the first."""
    import duckdb

    table = essai.calcul.table or ""
    if table not in usable:
        raise UserError(
            f"{essai.code} : table inconnue ou sans acheteur",
            lieu=essai.place("table"),
            valeur=table,
            remede=f"choisir parmi {', '.join(usable)}",
        )
    texts = {key: text for key, text, _ in formulas(essai.calcul)}
    for formule in _formulas(essai, params):
        where = {"lieu": essai.place(formule.key), "valeur": texts[formule.key]}
        try:
            expression.check(con, formule.sql)
            of_kind = _types_hold(con, table, (formule,))
        except (duckdb.Error, expression.Refused) as error:
            why = duckdbfault.in_french(error, _columns(con, table))
            raise UserError(
                f"{essai.code} : la formule n'est pas acceptée ({why})", **where,
                remede=f"colonnes de la table {table} : " + ", ".join(_columns(con, table)),
            ) from None  # fmt: skip
        if not of_kind:
            condition = formule.kind == "BOOLEAN"
            wanted = "une condition" if condition else "un nombre"
            raise UserError(
                f"{essai.code} : la formule donne {_type(con, table, formule.sql)}, "
                f"{wanted} est attendu{'e' * condition}", **where,
                remede=f"écrire {wanted}, par exemple "
                + ("offres_recues = 1" if condition else "montant"),
            )  # fmt: skip


def _type(con: duckdb.DuckDBPyConnection, table: str, sql: str) -> str:
    return str(con.execute(f"SELECT ({sql}) AS x FROM {table} LIMIT 0").description[0][1])


def _usable(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Figures are given by buyer, and their evidence by row: a table must have both names."""
    return [
        name
        for name in COMPUTED
        if {"acheteur", UID.get(name, "ligne_uid")} <= set(_columns(con, name))
    ]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [str(d[0]) for d in con.execute(f"FROM {table} LIMIT 0").description]
