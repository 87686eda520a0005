"""Figures and evidence: the script run on the tables, then read against the targets.

Coverage is known over total; the bounds are the value if every unknown were a no, and if
every unknown were a yes.  A verdict holds for the whole span between the bounds or says
«indécidable».
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from spaser import script
from spaser.catalogue import READABLE, Calcul, Catalogue, Cible, Indicateur
from spaser.marches import Row
from spaser.params import Params
from spaser.tables import TABLES, create

if TYPE_CHECKING:
    import duckdb

ATTEINT, PROCHE, NON_ATTEINT = "atteint", "proche", "non atteint"
SANS_CIBLE, NON_DISPONIBLE, INDECIDABLE = "sans cible", "non disponible", "indécidable"
_NEAR = Decimal("0.1")  # «proche»: within a tenth of the target


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


PREUVES = ("code", "entite", "marche_uid", "role", "contribution", "base")


def compute(
    catalogue: Catalogue,
    params: Params,
    rows: Mapping[str, list[Row]],
    folder: Path,
    earlier: Mapping[tuple[str, str, str], float],
) -> Results:
    """Write the tables (Parquet) and indicateurs.sql to `folder`, run it, read the figures.

    Args:
        catalogue: the indicators.
        params: scheme and year.
        rows: canonical tables of the accepted contracts.
        folder: receives TABLE.parquet and indicateurs.sql; it must exist.
        earlier: published values of the year before, by (code, entite, base).
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = script.program(catalogue, params)
    (folder / "indicateurs.sql").write_text(text, encoding="utf-8", newline="\n")
    _write_tables({**rows, "entites": _entities(params)}, folder)
    with _database(folder) as con:
        con.execute(text)
        parts = _by_key(con)
        preuves = con.execute(
            f"SELECT {', '.join(PREUVES)} FROM preuves JOIN calculs USING (code, base) "
            "ORDER BY rang, entite, role, marche_uid"
        ).fetchall()
    seen = {row["acheteur"] for row in rows["marches"]}
    absent = {a.code: a.nom for a in params.scheme.acheteurs if a.code not in seen}
    return Results(list(_figures(catalogue, params, parts, absent, earlier)), preuves)


def _write_tables(rows: Mapping[str, list[Row]], folder: Path) -> None:
    with _database(folder) as con:
        create(con, rows, folder)
        for name in TABLES:
            con.execute(
                f"COPY {name} TO $file (FORMAT parquet, COMPRESSION zstd)",
                {"file": str(folder.resolve() / f"{name}.parquet")},
            )


def _database(folder: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB in `folder`, single-threaded: same rows, same bytes."""
    import duckdb

    con = duckdb.connect(config={"threads": 1})
    con.execute("SET file_search_path = ?", [str(folder.resolve())])
    return con


def _by_key(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], dict[str, Any]]:
    cursor = con.execute("FROM chiffres")
    names = [d[0] for d in cursor.description]
    rows = [dict(zip(names, r, strict=True)) for r in cursor.fetchall()]
    return {(r["code"], r["base"], r["entite"]): r for r in rows}


def _entities(params: Params) -> list[Row]:
    """Who is counted in which entity: each buyer in its own and in the whole."""
    scheme = params.scheme
    return [{"entite": a.code, "acheteur": a.code} for a in scheme.acheteurs] + [
        {"entite": scheme.ensemble.code, "acheteur": a.code} for a in scheme.acheteurs
    ]


def _figures(
    catalogue: Catalogue,
    params: Params,
    parts: Mapping[tuple[str, str, str], Mapping[str, Any]],
    absent: Mapping[str, str],
    earlier: Mapping[tuple[str, str, str], float],
) -> Iterator[Chiffre]:
    for item in catalogue.indicateurs:
        for calcul in item.calculs:
            for entite in params.scheme.entites:
                key = (item.code, calcul.base, entite)
                yield _figure(item, calcul, entite, params, parts.get(key), absent, earlier)


def _figure(
    item: Indicateur,
    calcul: Calcul,
    entite: str,
    params: Params,
    part: Mapping[str, Any] | None,
    absent: Mapping[str, str],
    earlier: Mapping[tuple[str, str, str], float],
) -> Chiffre:
    axe, _ = params.scheme.ambitions[item.ambition]
    annee = params.year.annee
    cible = item.cible(annee, calcul)
    numbers = _numbers(calcul, part, 100 if item.unite == "%" else 1)
    value = numbers["valeur"]
    partial = entite == params.scheme.ensemble.code and value is not None and bool(absent)
    before = earlier.get((item.code, entite, calcul.base))
    return Chiffre(
        code=item.code,
        axe=axe.numero,
        ambition=item.ambition,
        libelle=item.libelle,
        entite=entite,
        base=calcul.base,
        unite=item.unite_de(calcul),
        annee=annee,
        **numbers,
        cible=cible.valeur if cible else None,
        statut_cible=cible.statut if cible else "",
        verdict=_verdict(item, calcul, cible, numbers, partial),
        valeur_n_1=before,
        evolution=None if before is None or value is None else value - before,
        motif_absence=_reason(item, entite, params, part, value, absent),
    )


def _numbers(calcul: Calcul, part: Mapping[str, Any] | None, factor: int) -> dict[str, Any]:
    """Parts, value, coverage and bounds; all None where nothing was looked at."""
    names = (
        "numerateur",
        "denominateur",
        "valeur",
        "renseignes",
        "total",
        "couverture",
        "borne_basse",
        "borne_haute",
    )
    if not part or not part["marches_examines"]:
        return dict.fromkeys(names)
    top, bottom, unknown, total = (
        part[k] for k in ("numerateur", "denominateur", "inconnus", "total")
    )
    value: float | None
    low: float | None
    high: float | None
    if calcul.mesure == "mediane":
        value = None if part["mediane"] is None else float(part["mediane"])
        low, high = _median_bounds(part["grandeurs"] or [], int(unknown))
    elif calcul.mesure == "compte":
        value, low, high = float(top), float(top), float(top + unknown)
    else:
        value = factor * float(top) / float(bottom) if bottom else None
        low = factor * float(top) / float(total) if total else None
        high = factor * float(top + unknown) / float(total) if total else None
    known = total - unknown
    if value is None:
        top = None
    return dict(
        zip(
            names,
            (
                top,
                bottom,
                value,
                known,
                total,
                100 * float(known) / float(total) if total else None,
                low,
                high,
            ),
            strict=True,
        )
    )


def _median_bounds(known: Sequence[Decimal], unknown: int) -> tuple[float | None, float | None]:
    """The median if every unknown were below all known values, and if every one were above.

    None when the unknowns are so many that the median would be one of them.
    """
    if unknown >= len(known):
        return None, None
    return (float(median(known[: len(known) - unknown])), float(median(known[unknown:])))


def _verdict(
    item: Indicateur, calcul: Calcul, cible: Cible | None, numbers: Mapping[str, Any], partial: bool
) -> str:
    value = numbers["valeur"]
    if value is None:
        return NON_DISPONIBLE
    if cible is None or item.sens == "observation":
        return SANS_CIBLE
    low, high = numbers["borne_basse"], numbers["borne_haute"]
    if partial or low is None or high is None:
        return INDECIDABLE
    target = cible.valeur
    best, worst = (high, low) if item.sens == "hausse" else (low, high)
    if _reaches(item, best, target) != _reaches(item, worst, target):
        return INDECIDABLE
    if _reaches(item, value, target):
        return ATTEINT
    margin = _NEAR * abs(target)
    softer = target - margin if item.sens == "hausse" else target + margin
    return PROCHE if _reaches(item, value, softer) else NON_ATTEINT


def _reaches(item: Indicateur, value: float, target: Decimal) -> bool:
    exact = Decimal(repr(value))
    return exact >= target if item.sens == "hausse" else exact <= target


def _reason(
    item: Indicateur,
    entite: str,
    params: Params,
    part: Mapping[str, Any] | None,
    value: float | None,
    absent: Mapping[str, str],
) -> str:
    """Why a figure is missing or partial, in French; empty when nothing is."""
    scheme = params.scheme
    whole = entite == scheme.ensemble.code
    missing = [scheme.sources[s] for s in item.sources if s not in READABLE]
    if missing:
        return f"source non fournie : {' ; '.join(missing)}"
    nothing = f"aucun marché notifié en {params.year.annee} dans les fichiers fournis"
    if value is not None:
        partial = whole and absent
        return f"partiel ({', '.join(absent.values())} : {nothing})" if partial else ""
    if part and part["marches_examines"]:
        return "champ non renseigné dans tous les marchés concernés"
    if whole and len(absent) == len(scheme.acheteurs):
        return nothing
    if entite in absent:
        return f"{scheme.entites[entite]} : {nothing}"
    return "aucun marché concerné"


def published(folder: Path) -> dict[tuple[str, str, str], float]:
    """Values of a published indicateurs.csv, by (code, entite, base); empty without one."""
    path = folder / "indicateurs.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            (r["code"], r["entite"], r["base"]): float(r["valeur"])
            for r in csv.DictReader(stream)
            if r["valeur"]
        }
