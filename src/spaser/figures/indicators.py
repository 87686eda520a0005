"""Figures and evidence: the script run on the tables, then read against the targets.

Coverage is known over total; the bounds are the value if every unknown were a no, and if
every unknown were a yes.  A verdict holds for the whole span between the bounds or says
«indécidable»; a legal target is judged for each buyer, since the law binds each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.contracts.marches import Row
from spaser.figures import complements, database, evidence, manquements, script
from spaser.figures.absences import NOTHING_MET, Given, Lacks, lacks
from spaser.figures.bounds import span
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre
from spaser.figures.definition import ESSENTIELLE, LEGALE, Calcul, Indicateur
from spaser.figures.splits import Splits, splits
from spaser.figures.tables import TABLES, fill, lay
from spaser.figures.verdicts import SANS_OBJET, Manquements, of_each, verdict
from spaser.settings import periodes
from spaser.settings.params import Params

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Results:
    """Figures in the order of the catalogue; the script and the tables stay in the folder.

    `complements` are the rows of the tables beside the figures, by name; none if not asked for.
    """

    chiffres: list[Chiffre]
    splits: Splits
    complements: Mapping[str, list[tuple[Any, ...]]]


def compute(
    catalogue: Catalogue,
    params: Params,
    rows: Mapping[str, Collection[Row]],
    folder: Path,
    earlier: Mapping[tuple[str, str, str], float],
    fournies: Set[str] = ESSENTIELLE,
    *,
    preuves: Path | None = None,
    beside: bool = True,
) -> Results:
    """Write the tables (Parquet) and indicateurs.sql to `folder`, run it, read the figures.

    Args:
        catalogue: the indicators.
        params: scheme and year.
        rows: canonical tables, as read and accepted; an absent one is empty.
        folder: receives TABLE.parquet and indicateurs.sql; it is made if it does not exist.
        earlier: published values of the year before, by (code, entite, base).
        fournies: names of the sources that were given.
        preuves: the folder that receives preuves.csv, when it is wanted.
        beside: whether to make the tables beside the figures too: half of the time of a small year.
    """
    lay_tables(rows, params, folder)
    write_tables(folder)
    return of_tables(catalogue, params, folder, earlier, fournies, preuves=preuves, beside=beside)


def lay_tables(rows: Mapping[str, Collection[Row]], params: Params, folder: Path) -> None:
    """Lay the rows of the canonical tables where `write_tables` finds them.

    Args:
        rows: canonical tables, as read and accepted; an absent one is empty.
        params: scheme and year.
        folder: receives the rows; it is made if it does not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lay({**rows, "entites": _entities(params)}, folder)


def write_tables(folder: Path) -> None:
    """Write the canonical tables, as Parquet, each let go before the next.

    Args:
        folder: where `lay_tables` has left their rows; receives TABLE.parquet.
    """
    with database.opened(folder) as con:
        for name in TABLES:
            fill(con, name, folder)
            con.execute(
                f"COPY {name} TO $file (FORMAT parquet, COMPRESSION zstd)",
                {"file": str(folder.resolve() / f"{name}.parquet")},
            )
            con.execute(f"DROP TABLE {name}")


def of_tables(
    catalogue: Catalogue,
    params: Params,
    folder: Path,
    earlier: Mapping[tuple[str, str, str], float],
    fournies: Set[str],
    *,
    preuves: Path | None,
    beside: bool,
) -> Results:
    """Write indicateurs.sql beside the tables of a folder, run it, read the figures.

    Args:
        catalogue: the indicators.
        params: scheme and year.
        folder: where `write_tables` has left the tables.
        earlier: published values of the year before, by (code, entite, base).
        fournies: names of the sources that were given.
        preuves: the folder that receives preuves.csv, when it is wanted.
        beside: whether to make the tables beside the figures too.
    """
    text, text_beside = script.program(catalogue, params, fournies), complements.program(params)
    for name, program in (("indicateurs.sql", text), (complements.FILE, text_beside)):
        (folder / name).write_text(program, encoding="utf-8", newline="\n")
    with database.opened_for(folder / "marches.parquet", folder) as con:
        con.execute("CREATE SCHEMA brut")
        for name in TABLES:
            database.load(con, f"brut.{name}", folder / f"{name}.parquet")
        database.shut(con, *([evidence.file(preuves)] if preuves else ()))
        database.run(con, text.replace(script.reading(), ""))
        if preuves:
            evidence.write(con, preuves)
        return Results(
            judged(con, catalogue, params, fournies, earlier),
            splits(con),
            complements.read(con, text_beside) if beside else {},
        )


def judged(
    con: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    params: Params,
    fournies: Set[str],
    earlier: Mapping[tuple[str, str, str], float],
) -> list[Chiffre]:
    """The figures of a connection in which indicateurs.sql has run, set against their targets.

    Args:
        con: the connection.
        catalogue: the indicators.
        params: scheme and year.
        fournies: names of the sources that were given.
        earlier: published values of the year before, by (code, entite, base).
    """
    given = Given(frozenset(fournies), _buyers_by_table(con, catalogue))
    failing = manquements.judged(con, catalogue, params, fournies)
    parts = _Parts(_by_key(con), failing, earlier)
    return list(_figures(catalogue, params, parts, given))


@dataclass(frozen=True)
class _Parts:
    """What the script gives, what fails the law, and last year's values."""

    sommes: Mapping[tuple[str, str, str], Mapping[str, Any]]
    manquements: Mapping[tuple[str, str, str], Manquements]
    earlier: Mapping[tuple[str, str, str], float]


def _by_key(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], dict[str, Any]]:
    cursor = con.execute("FROM chiffres")
    names = [d[0] for d in cursor.description]
    rows = [dict(zip(names, r, strict=True)) for r in cursor.fetchall()]
    return {(r["code"], r["base"], r["entite"]): r for r in rows}


def _buyers_by_table(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue
) -> dict[str, set[str | None]]:
    """Who has rows in each table that a calculation looks at."""
    tables = sorted({c.table for i in catalogue.indicateurs for c in i.calculs if c.table})
    return {
        table: {b for (b,) in con.execute(f"SELECT DISTINCT acheteur FROM {table}").fetchall()}
        for table in tables
    }


def _entities(params: Params) -> list[Row]:
    """Who is counted in which entity: each buyer in its own and in the whole.

    A row that says no buyer (an action led together) belongs to the whole alone.
    """
    whole = params.scheme.ensemble.code
    buyers = [a.code for a in params.scheme.acheteurs]
    pairs = [*((b, b) for b in buyers), *((whole, b) for b in (*buyers, None))]
    return [{"entite": e, "acheteur": b} for e, b in dict.fromkeys(pairs)]


def _figures(
    catalogue: Catalogue, params: Params, parts: _Parts, given: Given
) -> Iterator[Chiffre]:
    for item in catalogue.indicateurs:
        for calcul in item.calculs:
            yield from _of_everyone(item, calcul, params, parts, given)


def _of_everyone(
    item: Indicateur, calcul: Calcul, params: Params, parts: _Parts, given: Given
) -> Iterator[Chiffre]:
    """The figure of each buyer, then of the whole, whose duty is that of each."""
    scheme = params.scheme
    keys = {e: (item.code, calcul.base, e) for e in scheme.entites}
    counted = {e: _looked_at(parts.sommes.get(key)) for e, key in keys.items()}
    lacking = lacks(item, calcul, params, given, counted)
    each: list[str] = []
    for entite, key in keys.items():
        figure = _figure(entite, counted[entite], lacking, parts.manquements.get(key))
        reserve = _reserve(item, entite, params)
        before = None if reserve else parts.earlier.get((item.code, entite, calcul.base))
        figure = replace(figure, valeur_n_1=before, evolution=_change(figure.valeur, before))
        binds = figure.statut_cible == LEGALE and not calcul.cible_commune
        whole = scheme.conjoint and entite == scheme.ensemble.code
        if whole and binds and figure.valeur is not None and not reserve:
            figure = replace(figure, verdict=of_each(each))
        each.append(figure.verdict)
        yield figure


def _reserve(item: Indicateur, entite: str, params: Params) -> str:
    """What is known of the year for this figure; empty when it is the whole year."""
    return periodes.reserve(params.year, params.scheme, entite, item.sources)


def _looked_at(part: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return part if part and part["lignes"] else {}


def _figure(
    entite: str, counted: Mapping[str, Any], lacking: Lacks, failing: Manquements | None
) -> Chiffre:
    """One entity's figure, not yet set against the year before."""
    item, calcul, params = lacking.item, lacking.calcul, lacking.params
    axe, _ = params.scheme.ambitions[item.ambition]
    whole = entite == params.scheme.ensemble.code
    cible = item.cible(params.year.annee, calcul, seul=not whole)
    value, low, high = span(calcul, counted, script.factor(item, calcul))
    why, nothing = lacking.reason(entite, counted, known=value is not None)
    if reserve := _reserve(item, entite, params):  # part of a year is not judged
        failing = None
        nothing = nothing and why not in NOTHING_MET
        why = " ; ".join(x for x in (why, reserve) if x) if value is not None else why
    judged = verdict(
        calcul, item.sens, cible, value, low, high,
        partiel=bool(reserve) or (whole and params.scheme.conjoint and bool(lacking.absent)),
        manquements=failing,
    )  # fmt: skip
    known, total = counted.get("total"), counted.get("total")
    if known is not None:
        known -= counted["inconnus"]
    return Chiffre(
        code=item.code,
        axe=axe.numero,
        ambition=item.ambition,
        libelle=item.libelle,
        entite=entite,
        base=calcul.base,
        unite=item.unite_de(calcul),
        annee=params.year.annee,
        numerateur=counted.get("numerateur"),
        denominateur=counted.get("denominateur"),
        valeur=None if value is None else float(value),
        renseignes=known,
        total=total,
        couverture=float(100 * Fraction(known or 0) / Fraction(total)) if total else None,
        borne_basse=None if low is None else float(low),
        borne_haute=None if high is None else float(high),
        cible=cible.valeur if cible else None,
        statut_cible=cible.statut if cible else "",
        verdict=SANS_OBJET if nothing else judged,
        valeur_n_1=None,
        evolution=None,
        motif_absence=why,
        manquements=failing if cible and cible.statut == LEGALE else None,
    )


def _change(now: float | None, before: float | None) -> float | None:
    """The difference of two published values, taken on their decimals, so that it is exact."""
    if now is None or before is None:
        return None
    return float(Decimal(repr(now)) - Decimal(repr(before)))
