"""donnees/LISEZMOI.md: what each Parquet table and column is, and how to redo the figures."""

from __future__ import annotations

from collections.abc import Iterator

from spaser.figures.tables import TABLES, TITLES, Column
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
2. Pour chaque indicateur, il donne un rôle à chaque marché (table `examens`) : `numerateur`,
   compté dans les deux parts ; `denominateur`, dans cette part seule ; `inconnu`, dans aucune,
   parce qu'un champ qui décide est vide ; `non`, regardé et non compté. En SQL, « inconnu » est
   NULL : une condition qui donne NULL n'est ni vraie ni fausse.
3. La table `preuves` garde ces rôles ; la table `chiffres` en fait la somme.

`complements.sql` suit : planchers de montant, réserves, tableaux d'appui. Chacune de ses tables est
un fichier CSV du même nom, au dossier au-dessus :

    cat indicateurs.sql complements.sql | duckdb

Pour les marchés derrière un chiffre, après le programme :

    SELECT * FROM preuves JOIN marches USING (marche_uid)
    WHERE code = 'SOC2-01' AND entite = 'ensemble' AND base = 'nombre';

Pour remonter à l'enregistrement du fichier d'origine, la table `lignes` donne, pour chaque
marché, le fichier et le rang de l'enregistrement.

## Les tables
"""


def text(params: Params) -> str:
    """The page, in Markdown."""
    head = _HEAD.format(sigle=params.scheme.sigle, annee=params.year.annee)
    return head + "".join(part for name in TABLES for part in _table(name))


def _table(name: str) -> Iterator[str]:
    yield f"\n### {name}.parquet\n\n{TITLES[name]}.\n\n| colonne | type | sens |\n|---|---|---|\n"
    for column in TABLES[name]:
        yield f"| `{column.name}` | {_type(column)} | {column.label.replace('|', '/')} |\n"


def _type(column: Column) -> str:
    if column.type.startswith("DECIMAL"):
        return "nombre décimal exact"
    return _TYPES.get(column.type, column.type)
