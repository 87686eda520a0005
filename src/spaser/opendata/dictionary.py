"""What each published table and column is, in Markdown.

donnees/LISEZMOI.md: the Parquet tables, and how to redo the figures.  schemas/LISEZMOI.md: the CSV
files, and what their columns may hold, as the Table Schemas beside it say to programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spaser import csvtable
from spaser.csvtable import Col, Table
from spaser.figures import script
from spaser.figures.tables import TABLES, TITLES, Column
from spaser.opendata.columns import FILES
from spaser.settings.params import Params

_TYPES = {
    "VARCHAR": "texte",
    "VARCHAR[]": "liste de textes",
    "INTEGER": "nombre entier",
    "DATE": "date",
    "BOOLEAN": "oui ou non",
    "DOUBLE": "nombre",
}

_HEAD = """\
# Les données de {sigle} {annee}, et comment refaire chaque chiffre

Ce dossier suffit à refaire tous les chiffres du rapport, sans le logiciel qui l'a produit. Il
contient des tables au format Parquet, lisibles par DuckDB, Python, R ou un tableur récent, et
`indicateurs.sql`, le programme qui en tire les chiffres.

## Refaire les chiffres

Avec DuckDB en ligne de commande, dans ce dossier :

    duckdb < indicateurs.sql

Avec Python et le seul paquet `duckdb`, dans ce dossier :

    import duckdb
    base = duckdb.connect()
    base.execute(open("indicateurs.sql", encoding="utf-8").read())
    print(base.sql("FROM chiffres"))

La dernière instruction rend une ligne par chiffre : `code`, `entite`, `base`, `numerateur`,
`denominateur`, `valeur`. Ce sont les colonnes du même nom d'`indicateurs.csv`, au dossier
au-dessus. Une valeur vide est un chiffre non disponible, jamais un zéro ; un indicateur dont une
source n'a pas été fournie n'est pas dans le programme (`indicateurs.csv` le dit « n. d. »).

## Ce que fait le programme

1. Il lit chaque table telle qu'elle a été comptée : doublons retirés, corrections appliquées,
   lignes en quarantaine mises de côté.
2. Il les joint : les tables `marches`, `parts` (un titulaire par ligne), `mandats`… disent de
   chaque marché ce que les autres sources en disent.
3. Pour chaque indicateur, il donne un rôle à chaque marché : `numerateur`, compté dans les deux
   parts ; `denominateur`, dans cette part seule ; `inconnu`, dans aucune, parce qu'un champ qui
   décide est vide ; `non`, regardé et non compté. En SQL, « inconnu » est NULL : une condition qui
   donne NULL n'est ni vraie ni fausse.
4. La table `preuves` garde ces rôles ; `parts_connues` en fait la somme ; `chiffres` en tire
   numérateur, dénominateur et part inconnue.

Chaque étape a un nom et se lit seule, après le programme. Celles d'un indicateur portent son code
et sa base :

    FROM "{calcul} lignes";  -- les lignes regardées, et ce qu'en disent les formules
    FROM "{calcul}";         -- le rôle et la contribution de chacune

`complements.sql` suit : planchers de montant, réserves, tableaux d'appui. Chacune de ses tables est
un fichier CSV du même nom, au dossier au-dessus :

    cat indicateurs.sql complements.sql | duckdb

Pour les marchés derrière un chiffre, après le programme :

    SELECT * FROM preuves JOIN marches USING (marche_uid)
    WHERE code = '{code}' AND entite = '{ensemble}' AND base = '{base}';

Pour remonter à l'enregistrement du fichier d'origine, la table `lignes` donne, pour chaque
marché, le fichier et le rang de l'enregistrement.

## Les tables
"""


def text(params: Params, preuves: Path) -> str:
    """The page, in Markdown; its examples are about the first indicator that has contracts.

    Args:
        params: the scheme and the year.
        preuves: preuves.csv.
    """
    rows = csvtable.cells(preuves, ("code", "base", "marche_uid"))
    contracts = ((code, base) for code, base, uid in rows if "#" not in uid)
    code, base = next(contracts, ("CODE", "base"))
    head = _HEAD.format(
        sigle=params.scheme.sigle,
        annee=params.year.annee,
        ensemble=params.scheme.ensemble.code,
        calcul=script.name(code, base),
        code=code,
        base=base,
    )
    return head + "".join(part for name in TABLES for part in _table(name))


_FILES_HEAD = """\
# Les fichiers CSV, colonne par colonne

Chaque fichier CSV du rapport a ici sa description pour les personnes, et à côté, dans
`NOM.json`, la même pour les programmes (Table Schema). UTF-8, virgules, point décimal, dates
AAAA-MM-JJ ; une cellule vide est une donnée inconnue ou sans objet, jamais un zéro. La clé est ce
qui nomme une ligne : deux lignes n'ont jamais la même.
"""
_FORMS = {
    "string": "texte",
    "integer": "nombre entier",
    "number": "nombre",
    "boolean": "true ou false",
    "date": "date",
    "yearmonth": "mois",
}


def files() -> str:
    """The page of the CSV files, in Markdown."""
    return _FILES_HEAD + "".join(part for table in FILES.values() for part in _file(table))


def _file(table: Table) -> Iterator[str]:
    yield f"\n## {table.fichier}\n\n{table.titre}."
    yield f" Clé : {', '.join(f'`{name}`' for name in table.cle)}.\n" if table.cle else "\n"
    yield "\n| colonne | forme | sens | valeurs |\n|---|---|---|---|\n"
    for col in table.cols:
        kind = f"{_FORMS[col.type]}{f', en {col.unite}' if col.unite else ''}"
        label = col.label.replace("|", "/")
        yield f"| `{col.name}` | {kind} | {label} | {_limits(col, table.cle)} |\n"


def _limits(col: Col, key: tuple[str, ...]) -> str:
    """What a column may hold, in French."""
    limits = ["jamais vide"] if col.requis or col.name in key else []
    if col.parmi:
        limits.append("parmi " + ", ".join(f"« {word} »" for word in col.parmi))
    if col.minimum is not None:
        limits.append(f"au moins {col.minimum}")
    if col.maximum is not None:
        limits.append(f"au plus {col.maximum}")
    return " ; ".join(limits)


def _table(name: str) -> Iterator[str]:
    yield f"\n### {name}.parquet\n\n{TITLES[name]}.\n\n| colonne | type | sens |\n|---|---|---|\n"
    for column in TABLES[name]:
        yield f"| `{column.name}` | {_type(column)} | {column.label.replace('|', '/')} |\n"


def _type(column: Column) -> str:
    if column.type.startswith("DECIMAL"):
        return "nombre décimal exact"
    return _TYPES.get(column.type, column.type)
