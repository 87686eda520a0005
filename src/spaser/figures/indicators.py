"""Figures and evidence: the script run on the tables, then read against the targets.

Coverage is known over total; the bounds are the value if every unknown were a no, and if
every unknown were a yes.  A verdict holds for the whole span between the bounds or says
«indécidable».
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from spaser.contracts.marches import Row
from spaser.figures import complements, database, script
from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import ESSENTIELLE, Calcul, Indicateur
from spaser.figures.splits import Splits, splits
from spaser.figures.tables import TABLES, create
from spaser.figures.verdicts import Exact, verdict
from spaser.settings.params import Params

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Chiffre:
    """One row of indicateurs.csv: an indicator, on one base, for one entity and year.

    Shares are in percent; amounts in euros HT; None is «not available», never zero.
    """

    code: str
    axe: int
    ambition: str
    libelle: str
    entite: str
    base: str
    unite: str
    annee: int
    numerateur: Decimal | None
    denominateur: Decimal | None
    valeur: float | None
    renseignes: Decimal | None
    total: Decimal | None
    couverture: float | None
    borne_basse: float | None
    borne_haute: float | None
    cible: Decimal | None
    statut_cible: str
    verdict: str
    valeur_n_1: float | None
    evolution: float | None
    motif_absence: str


@dataclass(frozen=True)
class Results:
    """Figures in the order of the catalogue; the script and evidence stay in the folder."""

    chiffres: list[Chiffre]
    preuves: list[tuple[Any, ...]]
    splits: Splits
    complements: Mapping[str, list[tuple[Any, ...]]]


PREUVES = ("code", "entite", "marche_uid", "role", "contribution", "base")


def compute(
    catalogue: Catalogue,
    params: Params,
    rows: Mapping[str, list[Row]],
    folder: Path,
    earlier: Mapping[tuple[str, str, str], float],
    fournies: Set[str] = ESSENTIELLE,
) -> Results:
    """Write the tables (Parquet) and indicateurs.sql to `folder`, run it, read the figures.

    Args:
        catalogue: the indicators.
        params: scheme and year.
        rows: canonical tables, as read and accepted; an absent one is empty.
        folder: receives TABLE.parquet and indicateurs.sql; it must exist.
        earlier: published values of the year before, by (code, entite, base).
        fournies: names of the sources that were given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = script.program(catalogue, params, fournies)
    for name, program in (
        ("indicateurs.sql", text),
        (complements.FILE, complements.program(params)),
    ):
        (folder / name).write_text(program, encoding="utf-8", newline="\n")
    _write_tables({**rows, "entites": _entities(params)}, folder)
    with database.opened() as con:
        con.execute("CREATE SCHEMA brut")
        for name in TABLES:
            database.load(con, f"brut.{name}", folder / f"{name}.parquet")
        database.run(database.shut(con), text.replace(script.reading(), ""))
        parts = _by_key(con)
        preuves = con.execute(
            f"SELECT {', '.join(PREUVES)} FROM preuves JOIN calculs USING (code, base) "
            "ORDER BY rang, entite, role, marche_uid"
        ).fetchall()
        given = Given(frozenset(fournies), _buyers_by_table(con, catalogue))
        found = splits(con)
        beside = complements.read(con, params)
    figures = list(_figures(catalogue, params, parts, given, earlier))
    return Results(figures, preuves, found, beside)


@dataclass(frozen=True)
class Given:
    """What there was to count: the sources, and the buyers that have rows in each table."""

    sources: frozenset[str]
    buyers: Mapping[str, Set[str | None]]

    def absent(self, table: str | None, params: Params) -> dict[str, str]:
        """Code -> name of the buyers without a row in a table; rows of no buyer are everyone's."""
        seen = self.buyers.get(table or "", set())
        if None in seen:
            return {}
        return {a.code: a.nom for a in params.scheme.acheteurs if a.code not in seen}


def _write_tables(rows: Mapping[str, list[Row]], folder: Path) -> None:
    with database.opened() as con:
        create(con, rows, folder)
        for name in TABLES:
            con.execute(
                f"COPY {name} TO $file (FORMAT parquet, COMPRESSION zstd)",
                {"file": str(folder.resolve() / f"{name}.parquet")},
            )


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
    return [{"entite": b, "acheteur": b} for b in buyers] + [
        {"entite": whole, "acheteur": b} for b in (*buyers, None)
    ]


def _figures(
    catalogue: Catalogue,
    params: Params,
    parts: Mapping[tuple[str, str, str], Mapping[str, Any]],
    given: Given,
    earlier: Mapping[tuple[str, str, str], float],
) -> Iterator[Chiffre]:
    for item in catalogue.indicateurs:
        for calcul in item.calculs:
            found = {e: parts.get((item.code, calcul.base, e)) for e in params.scheme.entites}
            absent = given.absent(calcul.table, params)
            if calcul.table == "releves":  # a register of many figures: look at this one's rows
                absent |= {
                    a.code: a.nom
                    for a in params.scheme.acheteurs
                    if not (found[a.code] or {}).get("lignes")
                }
            for entite in params.scheme.entites:
                before = earlier.get((item.code, entite, calcul.base))
                yield _figure(item, calcul, entite, params, found[entite], given, absent, before)


def _figure(
    item: Indicateur,
    calcul: Calcul,
    entite: str,
    params: Params,
    part: Mapping[str, Any] | None,
    given: Given,
    absent: Mapping[str, str],
    before: float | None,
) -> Chiffre:
    axe, _ = params.scheme.ambitions[item.ambition]
    annee = params.year.annee
    whole = entite == params.scheme.ensemble.code
    cible = item.cible(annee, calcul, seul=not whole)
    found = part if part and part["lignes"] else {}
    value, low, high = _span(calcul, found, script.factor(item, calcul))
    partial = whole and value is not None and bool(absent)
    known, total = found.get("total"), found.get("total")
    if known is not None:
        known -= found["inconnus"]
    shown = None if value is None else float(value)
    return Chiffre(
        code=item.code,
        axe=axe.numero,
        ambition=item.ambition,
        libelle=item.libelle,
        entite=entite,
        base=calcul.base,
        unite=item.unite_de(calcul),
        annee=annee,
        numerateur=found.get("numerateur"),
        denominateur=found.get("denominateur"),
        valeur=shown,
        renseignes=known,
        total=total,
        couverture=float(100 * Fraction(known or 0) / Fraction(total)) if total else None,
        borne_basse=None if low is None else float(low),
        borne_haute=None if high is None else float(high),
        cible=cible.valeur if cible else None,
        statut_cible=cible.statut if cible else "",
        verdict=verdict(calcul, item.sens, cible, value, low, high, partiel=partial),
        valeur_n_1=before,
        evolution=_change(shown, before),
        motif_absence=_reason(item, calcul, entite, params, bool(found), value, given, absent),
    )


def _change(now: float | None, before: float | None) -> float | None:
    """The difference of two published values as they are written: no binary dust on euros."""
    if now is None or before is None:
        return None
    return float(Decimal(repr(now)) - Decimal(repr(before)))


def _span(calcul: Calcul, found: Mapping[str, Any], factor: int) -> tuple[Exact, Exact, Exact]:
    """The exact value and its bounds; None for a bound that the unknown rows may push anywhere."""
    if not found:
        return None, None, None
    doubt = bool(found["lignes_inconnues"])
    top, bottom = found["numerateur"], found["denominateur"]
    if calcul.mesure == "mediane":
        value = None if top is None else Fraction(found["mediane"])
        return value, *_median_bounds(found["grandeurs"] or [], int(found["inconnus"]))
    if calcul.mesure in {"somme", "moyenne"}:
        if top is None:
            return None, None, None
        value = Fraction(top) if calcul.mesure == "somme" else Fraction(top) / Fraction(bottom)
        floor = value if calcul.mesure == "somme" and min(found["plancher"], 0) == 0 else None
        return value, floor if doubt else value, None if doubt else value
    value = None if top is None else _quotient(calcul, factor, top, bottom)
    if found["en_lignes"] or (calcul.mesure == "evolution" and doubt):
        return value, None, None
    top, total, unknown = found["haut"] or Decimal(0), found["total"], found["inconnus"]
    open_above = doubt and calcul.mesure == "rapport" and factor == 1  # hours by agent: no ceiling
    low = _quotient(calcul, factor, top, total)
    return value, low, None if open_above else _quotient(calcul, factor, top + unknown, total)


def _quotient(calcul: Calcul, factor: int, top: Decimal, bottom: Decimal | None) -> Exact:
    if calcul.mesure == "compte":
        return Fraction(top)
    return factor * Fraction(top) / Fraction(bottom) if bottom else None


def _median_bounds(known: Sequence[Decimal], unknown: int) -> tuple[Exact, Exact]:
    """The median if every unknown were below all known values, and if every one were above.

    None when the unknowns are so many that the median would be one of them.
    """
    if unknown >= len(known):
        return None, None
    exact = [Fraction(x) for x in known]
    return median(exact[: len(exact) - unknown]), median(exact[unknown:])


def _reason(
    item: Indicateur,
    calcul: Calcul,
    entite: str,
    params: Params,
    looked: bool,
    value: Exact,
    given: Given,
    absent: Mapping[str, str],
) -> str:
    """Why a figure is missing or partial, in French; empty when nothing is."""
    scheme = params.scheme
    whole = entite == scheme.ensemble.code
    missing = [scheme.sources[s] for s in item.sources if s not in given.sources]
    if missing:
        return f"source non fournie : {' ; '.join(missing)}"
    essential = set(item.sources) <= ESSENTIELLE
    annee = params.year.annee
    nothing = (
        f"aucun marché notifié en {annee} dans les fichiers fournis"
        if essential
        else f"aucun relevé de {annee} pour cet indicateur"
        if calcul.table == "releves"
        else f"aucune ligne de {annee} dans les fichiers fournis"
    )
    if value is not None:
        partial = whole and absent
        return f"partiel ({', '.join(absent.values())} : {nothing})" if partial else ""
    if looked:
        return (
            "champ non renseigné dans tous les marchés concernés"
            if essential
            else ("donnée non renseignée dans toutes les lignes concernées")
        )
    if whole and len(absent) == len(scheme.acheteurs):
        return nothing
    if entite in absent:
        return f"{scheme.entites[entite]} : {nothing}"
    return "aucun marché concerné" if essential else "aucune ligne concernée"
