"""indicateurs.sql: the one program that makes the figures, for us and for the auditor.

The pipeline runs this very script; `duckdb < indicateurs.sql` in the folder of the Parquet
files runs it without this package.  Each row gets a role in each calculation:

- numerateur: counted in both parts;
- denominateur: counted in the denominator alone;
- inconnu: in neither, because a field that decides is unknown (SQL NULL);
- non: looked at by a count and not counted.

Each step has a name that can be selected from, and reads the steps before it: the joins (views.py),
then for each calculation the rows that it looks at and their roles, the evidence, the sums, the
figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from spaser.figures import doutes, views
from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import PREDICATES, RATIOS, Calcul, Indicateur
from spaser.figures.formulas import formula
from spaser.figures.tables import TABLES
from spaser.settings.params import Params

_HEAD = """\
-- {titre}
-- {collectivite}, année {annee}. Catalogue version {version}.
-- À exécuter dans ce dossier : duckdb < indicateurs.sql
-- La dernière instruction rend code, entite, base, numerateur, denominateur, valeur.
-- Ce qui accompagne ces chiffres suit : cat indicateurs.sql complements.sql | duckdb

{lecture}
-- 2. Les jointures : ce que les autres sources disent des marchés.
{views}

-- Les planchers : chaque marché, sous chaque plancher de montant qu'il atteint, en € HT.
-- Les chiffres sont ceux du plancher choisi par les paramètres : {plancher}.
CREATE TABLE planchers AS
SELECT plancher::DECIMAL(18,2) AS plancher, plancher = {plancher} AS choisi
FROM (VALUES {planchers}) AS v (plancher);
CREATE TABLE atteints AS
SELECT marche_uid, plancher FROM brut.marches JOIN planchers ON montant >= plancher;

-- 3. Le rôle de chaque ligne dans chaque calcul ; un registre n'a pas de plancher.
--    Deux vues par calcul portent son nom, et se lisent seules :
--      FROM "CODE base lignes"  les lignes regardées, et ce qu'en disent les formules ;
--      FROM "CODE base"         le rôle et la contribution de chacune, par entité et par plancher.
--    Entre les deux, "CODE base par ligne" là où une ligne a deux rôles, ou plusieurs une clé.
CREATE TABLE calculs (
  rang INTEGER, code VARCHAR, base VARCHAR, mesure VARCHAR, facteur INTEGER,
  plancher_vaut BOOLEAN, champs VARCHAR[]
);
CREATE TABLE examens_par_plancher (
  code VARCHAR, base VARCHAR, plancher DECIMAL(18,2), entite VARCHAR, marche_uid VARCHAR,
  role VARCHAR, contribution DECIMAL(18,2)
);
CREATE VIEW examens AS
SELECT * EXCLUDE (plancher) FROM examens_par_plancher WHERE plancher = {plancher};
"""

_READ = """\
-- 1. Les tables, telles que lues et retenues.
CREATE SCHEMA brut;
{tables}
"""

# Each step of an indicator is a view that has its name; the first gives what the formulas say.
_LIGNES = """
-- {code} ({base}, {mesure}) : {libelle}
INSERT INTO calculs
VALUES ({rang}, '{code}', '{base}', '{mesure}', {facteur}, {plancher_vaut}, {champs});
-- Les lignes regardées, et ce qu'en disent les formules ; NULL : inconnu.
CREATE VIEW "{nom} lignes" AS
SELECT acheteur, {uid}, {plancher},
       ({population}) AS est_concerne{parts}
FROM {table}
WHERE ({population}) IS DISTINCT FROM FALSE;
"""

_EXAMINES = """\
INSERT INTO examens_par_plancher
SELECT '{code}', '{base}', plancher, entite, marche_uid, role, contribution FROM "{nom}";
"""

# A part or a count: a condition, and what a row weighs.
_ROLE = """\
CREATE VIEW "{nom}" AS
SELECT entite, plancher, marche_uid, poids AS contribution,
       CASE WHEN est_concerne IS NULL OR est_compte IS NULL OR poids IS NULL THEN 'inconnu'
            WHEN est_compte THEN 'numerateur' ELSE '{sinon}' END AS role
FROM "{nom} lignes" AS r JOIN entites AS n ON n.acheteur IS NOT DISTINCT FROM r.acheteur;
"""

_DISTINCT = """\
-- Les lignes d'une même clé n'en font qu'une : un oui si l'une l'est, sinon inconnue si l'une
-- l'est.
CREATE VIEW "{nom} par ligne" AS
SELECT entite, plancher, marche_uid, cle,
       CASE WHEN est_concerne IS NULL OR est_compte IS NULL OR poids IS NULL THEN 'inconnu'
            WHEN est_compte THEN 'numerateur' ELSE '{sinon}' END AS role
FROM "{nom} lignes" AS r JOIN entites AS n ON n.acheteur IS NOT DISTINCT FROM r.acheteur;
CREATE VIEW "{nom}" AS
SELECT entite, plancher, min(marche_uid) AS marche_uid, 1 AS contribution,
       CASE WHEN bool_or(role = 'numerateur') THEN 'numerateur'
            WHEN bool_or(role = 'inconnu') THEN 'inconnu' ELSE '{sinon}' END AS role
FROM "{nom} par ligne"
GROUP BY entite, plancher, coalesce(cle, marche_uid);
"""

_QUANTITY = """\
CREATE VIEW "{nom}" AS
SELECT entite, plancher, marche_uid, grandeur AS contribution,
       CASE WHEN est_concerne IS NULL OR grandeur IS NULL THEN 'inconnu'
            ELSE 'numerateur' END AS role
FROM "{nom} lignes" AS r JOIN entites AS n ON n.acheteur IS NOT DISTINCT FROM r.acheteur;
"""

_RATIO = """\
-- Une ligne connue a deux rôles : ce qui est au numérateur, et le reste du dénominateur.
CREATE VIEW "{nom} par ligne" AS
SELECT *, est_concerne IS NULL OR haut IS NULL OR bas IS NULL AS inconnue FROM "{nom} lignes";
CREATE VIEW "{nom}" AS
SELECT entite, plancher, marche_uid,
       CASE WHEN inconnue THEN bas WHEN part = 'numerateur' THEN haut ELSE bas - haut
            END AS contribution,
       CASE WHEN inconnue THEN 'inconnu' ELSE part END AS role
FROM "{nom} par ligne" AS r JOIN entites AS n ON n.acheteur IS NOT DISTINCT FROM r.acheteur
  CROSS JOIN (VALUES ('numerateur'), ('denominateur')) AS parts (part)
WHERE part = 'numerateur' OR (NOT inconnue AND bas <> haut);
"""

_TAIL = """
-- 4. Les preuves : une ligne par marché (ou ligne de registre) et par rôle.
CREATE TABLE preuves AS
SELECT code, entite, marche_uid, role, sum(contribution)::DECIMAL(18,2) AS contribution, base
FROM examens WHERE role <> 'non' GROUP BY code, entite, marche_uid, role, base;

-- 5. Les parts : les sommes de chaque rôle, par calcul et par entité.
CREATE TABLE parts_connues AS
SELECT
  rang, code, entite, base, mesure, facteur,
  mesure IN ('somme', 'mediane', 'moyenne')
    OR count(*) FILTER (role = 'inconnu' AND contribution IS NULL) > 0 AS en_lignes,
  sum(contribution) FILTER (role = 'numerateur') AS haut,
  sum(contribution) FILTER (role IN ('numerateur', 'denominateur')) AS bas,
  sum(contribution) FILTER (role = 'inconnu') AS doute,
  sum(contribution) AS tout,
  median(contribution) FILTER (role = 'numerateur') AS mediane,
  CASE WHEN mesure = 'mediane'
       THEN list(contribution ORDER BY contribution) FILTER (role = 'numerateur')
       END AS grandeurs,
  min(contribution) AS plancher,
  count(*) FILTER (role = 'numerateur') AS effectif,
  count(*) FILTER (role = 'inconnu') AS lignes_inconnues,
  -- une ligne connue d'un rapport a deux rôles, et reste une ligne
  count(role) FILTER (mesure NOT IN ('rapport', 'evolution') OR role <> 'denominateur') AS lignes
FROM calculs
  CROSS JOIN (SELECT DISTINCT entite FROM entites)
  LEFT JOIN examens USING (code, base, entite)
GROUP BY rang, code, entite, base, mesure, facteur;

-- 6. Les chiffres. Une médiane ou une moyenne donne la somme (numerateur) et l'effectif
--    (denominateur). Là où rien n'est connu, il n'y a pas de chiffre : jamais un zéro.
CREATE TABLE chiffres AS
SELECT
  rang, code, entite, base, mesure, facteur, grandeurs, mediane, haut, plancher, lignes,
  lignes_inconnues, en_lignes,
  CASE WHEN lignes = 0 THEN NULL
       WHEN mesure = 'compte' AND effectif = 0 AND lignes = lignes_inconnues THEN NULL
       WHEN mesure IN ('part', 'rapport', 'evolution') AND coalesce(bas, 0) = 0 THEN NULL
       WHEN mesure IN ('somme', 'mediane', 'moyenne') AND effectif = 0 THEN NULL
       ELSE coalesce(haut, 0) END::DECIMAL(18,2) AS numerateur,
  CASE WHEN lignes = 0 OR mesure IN ('compte', 'somme') THEN NULL
       WHEN mesure IN ('mediane', 'moyenne') THEN effectif
       ELSE coalesce(bas, 0) END::DECIMAL(18,2) AS denominateur,
  CASE WHEN en_lignes THEN lignes_inconnues ELSE coalesce(doute, 0) END::DECIMAL(18,2) AS inconnus,
  CASE WHEN en_lignes THEN lignes ELSE coalesce(tout, 0) END::DECIMAL(18,2) AS total
FROM parts_connues;

-- 7. La réponse. Un taux est le quotient de deux entiers de centimes : le même double partout.
SELECT
  code, entite, base,
  numerateur,
  denominateur,
"""

VALEUR = """\
  CASE WHEN mesure = 'mediane' THEN mediane::DOUBLE
       WHEN mesure IN ('compte', 'somme') THEN numerateur::DOUBLE
       WHEN denominateur <> 0 THEN
         (facteur * numerateur * 100)::HUGEINT::DOUBLE / (denominateur * 100)::HUGEINT::DOUBLE
  END AS valeur
"""
"""The value of a row of `chiffres`."""

_END = """\
FROM chiffres
ORDER BY rang, entite;
"""


def program(catalogue: Catalogue, params: Params, fournies: Set[str]) -> str:
    """The whole script, in DuckDB's SQL, for Parquet files beside it.

    Args:
        catalogue: the indicators.
        params: scheme and year.
        fournies: the sources that were given; an indicator that lacks one is left out.
    """
    head = _HEAD.format(
        titre=_line(params.scheme.titre),
        collectivite=_line(params.scheme.collectivite),
        annee=params.year.annee,
        version=_line(catalogue.version),
        lecture=reading(),
        views=views.program(params),
        plancher=params.scheme.plancher,
        planchers=", ".join(f"({p})" for p in params.scheme.planchers),
    )
    return head + "".join(_calculations(catalogue, params, fournies)) + _TAIL + VALEUR + _END


def reading() -> str:
    """The part that reads Parquet files: the only one that needs a file."""
    return _READ.format(
        tables="\n".join(
            f"CREATE VIEW brut.{name} AS FROM read_parquet('{name}.parquet');" for name in TABLES
        )
    )


def _line(text: str) -> str:
    """A text on one line, so that all of it stays in the comment."""
    return " ".join(text.split())


def name(code: str, base: str) -> str:
    """The name of the view that gives, for a calculation, the role of each row: «SOC2-01 nombre».

    The view «SOC2-01 nombre lignes» gives the rows that it looks at.
    """
    return f"{code} {base}"


def _calculations(catalogue: Catalogue, params: Params, fournies: Set[str]) -> Iterator[str]:
    computed = [
        (i, c)
        for i in catalogue.indicateurs
        if fournies >= set(i.sources)
        for c in i.calculs
        if c.mesure
    ]
    for rank, (indicateur, calcul) in enumerate(computed, start=1):
        floored = calcul.table in views.OF_CONTRACTS
        uid = views.UID.get(calcul.table or "", "ligne_uid")
        steps = _LIGNES + _roles(calcul) + _EXAMINES
        yield steps.format(
            rang=rank,
            code=indicateur.code,
            base=calcul.base,
            nom=name(indicateur.code, calcul.base),
            mesure=calcul.mesure,
            facteur=factor(indicateur, calcul),
            plancher_vaut=floored,
            champs=[c for c in doutes.CHAMPS if c in calcul.champs],
            libelle=_line(indicateur.libelle),
            uid="marche_uid" if uid == "marche_uid" else f"{uid} AS marche_uid",
            plancher="plancher" if floored else f"{params.scheme.plancher} AS plancher",
            population=formula(calcul.population or "", params),
            parts=_parts(calcul, params),
            table=f"{calcul.table} JOIN atteints USING (marche_uid)" if floored else calcul.table,
            sinon="non" if calcul.mesure == "compte" else "denominateur",
        )


def factor(indicateur: Indicateur, calcul: Calcul) -> int:
    """100 for a quotient given in percent, else 1."""
    quotient = calcul.mesure == "part" or calcul.mesure in RATIOS
    return 100 if quotient and indicateur.unite == "%" else 1


def _parts(calcul: Calcul, params: Params) -> str:
    """SQL of what a calculation reads in a row: a condition and a weight, two sums, or a number."""

    def sql(text: str | None) -> str:
        return formula(text or "", params)

    top = sql(calcul.numerateur)
    if calcul.mesure in PREDICATES:
        key = f", ({sql(calcul.distinct)})::VARCHAR AS cle" if calcul.distinct else ""
        return f",\n       ({top}) AS est_compte, ({sql(calcul.contribution)}) AS poids{key}"
    if calcul.mesure in RATIOS:
        bottom = sql(calcul.denominateur)
        change = f" - ({bottom})" if calcul.mesure == "evolution" else ""
        return f",\n       ({top}){change} AS haut, ({bottom}) AS bas"
    return f",\n       ({top}) AS grandeur"


def _roles(calcul: Calcul) -> str:
    """The views that give each row a role in a calculation, by the kind of its measure."""
    if calcul.mesure in RATIOS:
        return _RATIO
    if calcul.mesure not in PREDICATES:
        return _QUANTITY
    return _DISTINCT if calcul.distinct else _ROLE
