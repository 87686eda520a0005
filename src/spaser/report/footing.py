"""What a figure rests on: how many rows, how much doubt, and one framework maximum.

A headline must stand on more than a few contracts, move by more than the missing data could
explain, and not be made by the ceiling of a single framework agreement.
"""

from __future__ import annotations

import functools
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser.figures import database
from spaser.figures.chiffres import PREUVES
from spaser.figures.definition import PREDICATES
from spaser.opendata.columns import FILES
from spaser.publishing import scratch
from spaser.publishing.editions import FigureKey
from spaser.report.edition import Edition
from spaser.report.lines import Line
from spaser.report.reading import is_few

_NONE = Decimal(0)


class Footing(NamedTuple):
    """Rows of the numerator and of the denominator; the widest framework maximum of a value.

    `plafond` is its amount (€ HT) and `sans_plafond` the rate without it, in percent; 0 and None
    when no maximum is counted.
    """

    cas: int = 0
    total: int = 0
    plafond: Decimal = _NONE
    sans_plafond: Decimal | None = None


def of(edition: Edition, line: Line) -> Footing:
    """What the figure of a line rests on, from preuves.csv and maxima.csv."""
    f = line.figure
    return _every(edition.folder).get((f.code, f.entite, f.base), Footing())


def is_wide(edition: Edition, line: Line, *, counted: bool = True) -> bool:
    """Whether ten rows or more stand under a figure.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        line: the line of the figure.
        counted: whether as many must be in its numerator too, when it counts some.
    """
    least = edition.year.lecture.petit_denominateur
    stands = of(edition, line)
    counts = counted and line.calcul.mesure in PREDICATES
    return stands.total >= least and (not counts or stands.cas >= least)


def is_sure_move(edition: Edition, line: Line) -> bool:
    """Whether a change is more than what is unknown in either year could make.

    The spans between the bounds of the two years (series.csv) do not meet, and neither year is a
    rate over so few contracts that only its fraction is given.
    """
    spans = _spans(edition, line)
    now, then = spans.get(edition.year.annee), spans.get(edition.year.annee - 1)
    return bool(now and then and (now[0] > then[1] or now[1] < then[0]))


def _spans(edition: Edition, line: Line) -> dict[int, tuple[Decimal, Decimal]]:
    f = line.figure
    rows = [
        r for r in edition.rows("series")
        if (r["code"], r["entite"], r["base"]) == (f.code, f.entite, f.base) and r["borne_basse"]
    ]  # fmt: skip
    return {
        int(r["annee"]): (Decimal(r["borne_basse"]), Decimal(r["borne_haute"]))
        for r in rows
        if not (f.unite == "%" and is_few(edition, f.base, _number(r["denominateur"])))
    }


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


# Each maximum by itself, the rest of a figure together: preuves.csv is read once, and not held.
_FOOTINGS = """
WITH groupes AS MATERIALIZED (
  SELECT code, entite, base, CASE WHEN base = 'valeur' THEN maxima.marche_uid END AS maximum,
         any_value(maxima.montant) AS plafond,
         count(*) FILTER (role = 'numerateur') AS cas, count(*) AS total,
         coalesce(sum(contribution) FILTER (role = 'numerateur'), 0) AS haut,
         sum(contribution) AS tout
  FROM preuves LEFT JOIN maxima ON maxima.marche_uid = preuves.marche_uid
  WHERE role <> 'inconnu' AND contribution <> 0
  GROUP BY ALL
), sommes AS (
  SELECT code, entite, base, sum(cas)::BIGINT AS cas, sum(total)::BIGINT AS total,
         sum(haut) AS haut, sum(tout) AS tout
  FROM groupes GROUP BY ALL
), premiers AS (
  SELECT DISTINCT ON (code, entite, base) * FROM groupes WHERE maximum IS NOT NULL
  ORDER BY code, entite, base, tout DESC, maximum DESC
)
SELECT code, entite, base, s.cas, s.total, plafond, s.haut - p.haut, s.tout - p.tout
FROM sommes s LEFT JOIN premiers p USING (code, entite, base)
"""


@functools.lru_cache(maxsize=16)
def _every(folder: Path) -> dict[FigureKey, Footing]:
    """The footing of every figure, summed by DuckDB: preuves.csv is by far the longest file."""
    with scratch.folder("appuis") as beyond, database.opened(beyond) as con:
        database.scan_csv(con, folder, PREUVES)
        database.load_csv(con, folder, FILES["maxima.csv"])
        rows = con.execute(_FOOTINGS).fetchall()
    return {
        (code, entite, base): Footing(cas, total, plafond or _NONE, _rate(top, whole))
        for code, entite, base, cas, total, plafond, top, whole in rows
    }


def _rate(top: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return 100 * top / whole if whole and top is not None else None
