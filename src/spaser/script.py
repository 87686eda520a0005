"""indicateurs.sql: the one program that makes the figures, for us and for the auditor.

The pipeline runs this very script; `duckdb < indicateurs.sql` in the folder of the Parquet
files runs it without this package.  Each contract gets a role in each calculation:

- numerateur: counted in both parts;
- denominateur: counted in the denominator alone;
- inconnu: in neither, because a field that decides is unknown (SQL NULL);
- non: looked at by a count and not counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from spaser.catalogue import Calcul, Catalogue, Indicateur, formula
from spaser.params import Params
from spaser.tables import TABLES

_HEAD = """\
-- {titre}
-- {collectivite}, année {annee}. Catalogue version {version}.
-- À exécuter dans ce dossier : duckdb < indicateurs.sql
-- La dernière instruction rend code, entite, base, numerateur, denominateur, valeur.

-- 1. Les tables, telles que comptées.
{views}

-- 2. Le rôle de chaque marché dans chaque calcul.
CREATE TABLE calculs (rang INTEGER, code VARCHAR, base VARCHAR, mesure VARCHAR, facteur INTEGER);
CREATE TABLE examens (
  code VARCHAR, base VARCHAR, entite VARCHAR, marche_uid VARCHAR, role VARCHAR,
  contribution DECIMAL(18,2)
);
"""

_ROLE = """
-- {code} ({base}, {mesure}) : {libelle}
INSERT INTO calculs VALUES ({rang}, '{code}', '{base}', '{mesure}', {facteur});
INSERT INTO examens
SELECT '{code}', '{base}', entite, marche_uid, role, contribution
FROM (
  SELECT acheteur, marche_uid,
         CASE WHEN est_concerne IS NULL OR est_compte IS NULL THEN 'inconnu'
              WHEN est_compte THEN 'numerateur' ELSE '{sinon}' END AS role,
         {contribution} AS contribution
  FROM (
    SELECT *,
           ({population}) AS est_concerne,
           ({numerateur}) AS est_compte
    FROM {table}
  )
  WHERE est_concerne IS DISTINCT FROM FALSE
) JOIN entites USING (acheteur);
"""

_MEDIAN = """
-- {code} ({base}, {mesure}) : {libelle}
INSERT INTO calculs VALUES ({rang}, '{code}', '{base}', '{mesure}', {facteur});
INSERT INTO examens
SELECT '{code}', '{base}', entite, marche_uid,
       CASE WHEN est_concerne IS NULL OR grandeur IS NULL THEN 'inconnu' ELSE 'numerateur' END,
       grandeur
FROM (
  SELECT *,
         ({population}) AS est_concerne,
         ({numerateur}) AS grandeur
  FROM {table}
) JOIN entites USING (acheteur)
WHERE est_concerne IS DISTINCT FROM FALSE;
"""

_RATIO = """
-- {code} ({base}, {mesure}) : {libelle}
INSERT INTO calculs VALUES ({rang}, '{code}', '{base}', '{mesure}', {facteur});
INSERT INTO examens
SELECT '{code}', '{base}', entite, marche_uid,
       CASE WHEN est_concerne IS NULL OR haut IS NULL OR bas IS NULL THEN 'inconnu' ELSE part END,
       CASE WHEN est_concerne IS NULL OR haut IS NULL OR bas IS NULL THEN bas
            WHEN part = 'numerateur' THEN haut ELSE bas - haut END
FROM (
  SELECT *,
         ({population}) AS est_concerne,
         ({numerateur}) AS haut,
         ({denominateur}) AS bas
  FROM {table}
) JOIN entites USING (acheteur)
  CROSS JOIN (VALUES ('numerateur'), ('denominateur')) AS parts (part)
WHERE est_concerne IS DISTINCT FROM FALSE
  AND CASE WHEN est_concerne IS NULL OR haut IS NULL OR bas IS NULL THEN part = 'numerateur'
           ELSE part = 'numerateur' OR bas <> haut END;
"""

_TAIL = """
-- 3. Les preuves : une ligne par marché et par rôle.
CREATE TABLE preuves AS
SELECT code, entite, marche_uid, role, contribution, base FROM examens WHERE role <> 'non';

-- 4. Les chiffres. Une médiane donne aussi la somme (numerateur) et l'effectif (denominateur).
CREATE TABLE chiffres AS
SELECT
  rang, code, entite, base, mesure, facteur,
  CASE WHEN count(role) > 0
       THEN coalesce(sum(contribution) FILTER (role = 'numerateur'), 0) END AS numerateur,
  CASE WHEN mesure = 'mediane' THEN count(*) FILTER (role = 'numerateur')
       WHEN mesure <> 'compte'
       THEN coalesce(sum(contribution) FILTER (role IN ('numerateur', 'denominateur')), 0)
  END::DECIMAL(18,2) AS denominateur,
  median(contribution) FILTER (role = 'numerateur') AS mediane,
  CASE WHEN mesure = 'mediane'
       THEN list(contribution ORDER BY contribution) FILTER (role = 'numerateur')
  END AS grandeurs,
  CASE WHEN mesure = 'mediane' THEN count(*) FILTER (role = 'inconnu')
       ELSE coalesce(sum(contribution) FILTER (role = 'inconnu'), 0) END::DECIMAL(18,2) AS inconnus,
  CASE WHEN mesure = 'mediane' THEN count(role)
       ELSE coalesce(sum(contribution), 0) END::DECIMAL(18,2) AS total,
  count(DISTINCT marche_uid) AS marches_examines
FROM calculs
  CROSS JOIN (SELECT DISTINCT entite FROM entites)
  LEFT JOIN examens USING (code, base, entite)
GROUP BY rang, code, entite, base, mesure, facteur;

SELECT
  code, entite, base,
  numerateur,
  denominateur,
  CASE WHEN mesure = 'mediane' THEN mediane::DOUBLE
       WHEN mesure = 'compte' THEN numerateur::DOUBLE
       WHEN denominateur > 0 THEN facteur * numerateur::DOUBLE / denominateur::DOUBLE
  END AS valeur
FROM chiffres
ORDER BY rang, entite;
"""

_SHAPES = {"part": _ROLE, "compte": _ROLE, "mediane": _MEDIAN, "rapport": _RATIO}


def program(catalogue: Catalogue, params: Params) -> str:
    """The whole script, in DuckDB's SQL, for Parquet files beside it."""
    head = _HEAD.format(
        titre=params.scheme.titre,
        collectivite=params.scheme.collectivite,
        annee=params.year.annee,
        version=catalogue.version,
        views="\n".join(
            f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{name}.parquet');"
            for name in TABLES
        ),
    )
    return head + "".join(_calculations(catalogue, params)) + _TAIL


def _calculations(catalogue: Catalogue, params: Params) -> Iterator[str]:
    computed = [(i, c) for i in catalogue.indicateurs for c in i.calculs if c.mesure]
    for rank, (indicateur, calcul) in enumerate(computed, start=1):
        yield _calculation(rank, indicateur, calcul, params)


def _calculation(rank: int, indicateur: Indicateur, calcul: Calcul, params: Params) -> str:
    return _SHAPES[calcul.mesure or "part"].format(
        rang=rank,
        code=indicateur.code.replace("'", "''"),
        base=calcul.base,
        mesure=calcul.mesure,
        facteur=100 if indicateur.unite == "%" else 1,
        libelle=" ".join(indicateur.libelle.split()),
        table=calcul.table,
        population=formula(calcul.population, params),
        numerateur=formula(calcul.numerateur or "", params),
        denominateur=formula(calcul.denominateur or "", params),
        sinon="non" if calcul.mesure == "compte" else "denominateur",
        contribution="montant" if calcul.base == "valeur" else "1",
    )
