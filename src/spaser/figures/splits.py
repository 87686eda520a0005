"""The figures split: by works, supplies and services, by circle of territory, without maxima.

Asked of the database that has just run indicateurs.sql, from the same roles.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import duckdb

_SPLITS = """
SELECT code, entite, base, dimension, coalesce(modalite, 'inconnu') AS modalite,
       coalesce(sum(contribution) FILTER (role = 'numerateur'), 0)::DECIMAL(18,2),
       CASE WHEN mesure = 'part'
            THEN coalesce(sum(contribution) FILTER (role <> 'inconnu'), 0)::DECIMAL(18,2) END
FROM examens
  JOIN calculs USING (code, base)
  JOIN (
    SELECT marche_uid, 'categorie' AS dimension, categorie_achat AS modalite FROM marches
    UNION ALL SELECT marche_uid, 'cercle', cercle FROM marches
    UNION ALL SELECT ligne_uid, 'cercle', cercle FROM mandats
  ) USING (marche_uid)
WHERE mesure IN ('part', 'compte')
GROUP BY rang, mesure, code, entite, base, dimension, modalite
ORDER BY rang, entite, dimension, modalite
"""

_SHARES = """
SELECT entite, dimension, coalesce(modalite, 'inconnu') AS modalite,
       count(*), sum(montant)::DECIMAL(18,2)
FROM (
  SELECT acheteur, montant, 'categorie' AS dimension, categorie_achat AS modalite FROM marches
  UNION ALL SELECT acheteur, montant, 'cercle', cercle FROM marches
) JOIN entites USING (acheteur)
GROUP BY ALL ORDER BY ALL
"""

_MAXIMA = """
SELECT code, entite, base,
       sum(contribution) FILTER (role = 'numerateur' AND NOT est_maximum)::DECIMAL(18,2),
       sum(contribution) FILTER (role <> 'inconnu' AND NOT est_maximum)::DECIMAL(18,2),
       count(DISTINCT marche_uid) FILTER (est_maximum),
       coalesce(sum(contribution) FILTER (est_maximum), 0)::DECIMAL(18,2)
FROM examens JOIN calculs USING (code, base) JOIN marches USING (marche_uid)
WHERE base = 'valeur' AND mesure = 'part'
GROUP BY rang, code, entite, base ORDER BY rang, entite
"""

_EXCLUDED = """
SELECT marche_uid, acheteur, id, objet, montant FROM marches WHERE est_maximum
ORDER BY montant DESC, marche_uid
"""


class Splits(NamedTuple):
    """Rows of ventilations.csv, repartitions.csv, sensibilite.csv and maxima.csv."""

    ventilations: list[tuple[Any, ...]]
    repartitions: list[tuple[Any, ...]]
    sensibilite: list[tuple[Any, ...]]
    maxima: list[tuple[Any, ...]]


def splits(con: duckdb.DuckDBPyConnection) -> Splits:
    """Ask the database that has just run indicateurs.sql.

    A contract split equally between holders (table `parts`) is in the split of its contract.
    """

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return con.execute(sql).fetchall()

    return Splits(ask(_SPLITS), ask(_SHARES), ask(_MAXIMA), ask(_EXCLUDED))


def value(top: Decimal, bottom: Decimal | None, unit: str) -> float | None:
    """The value of one part of a split; None where nothing is known of it.

    Args:
        top: the numerator.
        bottom: the denominator; None for a sum, zero where nothing is known.
        unit: the unit of the figure; a rate is in percent.
    """
    if bottom is None:
        return float(top)
    factor = 100 if unit == "%" else 1
    return float(factor * Fraction(top) / Fraction(bottom)) if bottom else None
