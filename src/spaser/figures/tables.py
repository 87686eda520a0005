"""The canonical tables: columns, SQL types and meaning, and their way into DuckDB.

One table of data serves the formulas of the catalogue, the Parquet files, the Table Schemas
and the message that lists the columns a formula may name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spaser.figures.database import exact
from spaser.sources.registers import REGISTRES, Registre

if TYPE_CHECKING:
    import duckdb


class Column(NamedTuple):
    """A column: its SQL type, what it means, and whether a record wrote its text."""

    name: str
    type: str
    label: str
    hostile: bool = False


MONEY = "DECIMAL(18,2)"
LIST = "VARCHAR[]"

_CONTRACT = (
    Column("acheteur", "VARCHAR", "Acheteur du schéma (code de params/spaser.yml)"),
    Column("acheteur_id", "VARCHAR", "SIRET de l'acheteur", True),
    Column("id", "VARCHAR", "Identifiant publié (n'est pas une clé)", True),
    Column("nature", "VARCHAR", "Nature du contrat", True),
    Column("objet", "VARCHAR", "Objet", True),
    Column("procedure", "VARCHAR", "Procédure de passation", True),
    Column("duree_mois", "INTEGER", "Durée en mois"),
    Column("date_notification", "DATE", "Date de notification (signature pour une concession)"),
    Column("date_publication", "DATE", "Date de publication des données essentielles"),
    Column("montant", MONEY, "Montant initial, € HT (maximum estimé pour un accord-cadre)"),
    Column("considerations_sociales", LIST, "Considérations sociales ; vide : inconnu"),
    Column(
        "considerations_environnementales",
        LIST,
        "Considérations environnementales ; vide : inconnu",
    ),
    Column("nb_titulaires", "INTEGER", "Nombre de titulaires"),
    Column("nb_titulaires_siret", "INTEGER", "Nombre de titulaires au SIRET valide"),
    Column("fichier", "VARCHAR", "Fichier d'origine", True),
    Column("ligne", "INTEGER", "Rang de l'enregistrement dans ce fichier"),
)


def _register(registre: Registre) -> tuple[Column, ...]:
    """A register's table: where a row comes from, whose it is, and what it says."""
    return (
        Column("ligne_uid", "VARCHAR", "TABLE#FICHIER#LIGNE", True),
        *(() if registre.table == "sirene" else (_CONTRACT[0],)),
        *(Column(c.name, c.type, c.label, c.hostile) for c in registre.columns),
        *_CONTRACT[-2:],
    )


TABLES: dict[str, tuple[Column, ...]] = {
    "marches": (
        Column("marche_uid", "VARCHAR", "Identifiant stable du marché dans cette publication"),
        *_CONTRACT,
        Column("montant_actuel", MONEY, "Montant après modifications retenues, € HT"),
        Column("duree_actuelle", "INTEGER", "Durée après modifications retenues, en mois"),
        Column("code_cpv", "VARCHAR", "Code CPV", True),
        Column("techniques", LIST, "Techniques d'achat", True),
        Column("modalites_execution", LIST, "Modalités d'exécution", True),
        Column("id_accord_cadre", "VARCHAR", "Accord-cadre de rattachement", True),
        Column("forme_prix", "VARCHAR", "Forme du prix", True),
        Column("types_prix", LIST, "Types de prix", True),
        Column("attribution_avance", "BOOLEAN", "Avance attribuée"),
        Column("taux_avance", "DECIMAL(18,6)", "Taux de l'avance"),
        Column("offres_recues", "INTEGER", "Nombre d'offres reçues"),
        Column("marche_innovant", "BOOLEAN", "Marché innovant"),
        Column("ccag", "VARCHAR", "CCAG de référence", True),
        Column("sous_traitance_declaree", "BOOLEAN", "Sous-traitance déclarée"),
        Column("type_groupement", "VARCHAR", "Groupement d'opérateurs", True),
        Column("lieu_code", "VARCHAR", "Lieu d'exécution, code", True),
        Column("lieu_type", "VARCHAR", "Lieu d'exécution, type de code", True),
        Column("origine_ue", "DECIMAL(18,6)", "Part d'origine UE"),
        Column("origine_france", "DECIMAL(18,6)", "Part d'origine France"),
    ),
    "titulaires": (
        Column("marche_uid", "VARCHAR", "Marché"),
        Column("rang", "INTEGER", "Rang du titulaire"),
        Column("titulaire_id", "VARCHAR", "Numéro d'identification", True),
        Column("type_identifiant", "VARCHAR", "Type du numéro (SIRET, TVA, RIDET…)", True),
        Column("siret_valide", "BOOLEAN", "SIRET de quatorze chiffres à la clé juste"),
    ),
    "modifications": (
        Column("marche_uid", "VARCHAR", "Marché"),
        Column("rang", "INTEGER", "Rang de la modification"),
        Column("id", "VARCHAR", "Identifiant publié", True),
        Column("date_notification", "DATE", "Date de notification de la modification"),
        Column("date_publication", "DATE", "Date de publication"),
        Column("montant", MONEY, "Nouveau montant, € HT"),
        Column("duree_mois", "INTEGER", "Nouvelle durée en mois"),
        Column("retenue", "BOOLEAN", "Notifiée au plus tard à la date d'arrêt"),
    ),
    "sous_traitances": (
        Column("marche_uid", "VARCHAR", "Marché"),
        Column("rang", "INTEGER", "Rang de l'acte spécial de sous-traitance"),
        Column("id", "VARCHAR", "Identifiant publié de l'acte", True),
        Column("sous_traitant_id", "VARCHAR", "Numéro d'identification du sous-traitant", True),
        Column("type_identifiant", "VARCHAR", "Type du numéro (SIRET, TVA, RIDET…)", True),
        Column("montant", MONEY, "Montant de l'acte, € HT"),
        Column("date_notification", "DATE", "Date de notification de l'acte"),
        Column("duree_mois", "INTEGER", "Durée de l'acte en mois"),
    ),
    "en_cours": (
        Column("marche_uid", "VARCHAR", "Identifiant stable du marché"),
        *_CONTRACT,
        Column("montant_actuel", MONEY, "Montant après modifications retenues, € HT"),
        Column("duree_actuelle", "INTEGER", "Durée après modifications retenues, en mois"),
        Column("code_cpv", "VARCHAR", "Code CPV", True),
        Column("techniques", LIST, "Techniques d'achat", True),
        Column("offres_recues", "INTEGER", "Nombre d'offres reçues"),
        Column("titulaires", LIST, "Numéros des titulaires, dans l'ordre publié", True),
    ),
    "semblables": (
        Column("code", "VARCHAR", "Code de l'indicateur"),
        Column("entite", "VARCHAR", "Acheteur du schéma à qui celui-ci est comparé"),
        Column("base", "VARCHAR", "nombre, valeur ou autre"),
        Column("sens", "VARCHAR", "Sens dans lequel le chiffre est meilleur"),
        Column("annee", "INTEGER", "Année des marchés"),
        Column("groupe", "VARCHAR", "Nature, population et marchés qui font le groupe"),
        Column(
            "autre",
            "VARCHAR",
            "Numéro de cet acheteur dans le groupe, ou SIREN et nom si les paramètres le demandent",
        ),
        Column("marches", "INTEGER", "Marchés de cet acheteur dans l'année"),
        Column("numerateur", MONEY, "Numérateur"),
        Column("denominateur", MONEY, "Dénominateur, champ connu"),
        Column("valeur", "DOUBLE", "Valeur ; en pour cent pour un taux ; vide : inconnue"),
        Column("renseignes", MONEY, "Part connue de ce qui est regardé"),
        Column("total", MONEY, "Ce qui est regardé"),
    ),
    "historique": (
        Column("acheteur", "VARCHAR", "Acheteur du schéma"),
        Column("siren", "VARCHAR", "Titulaire d'un marché des trois années précédentes (SIREN)"),
        Column("annee", "INTEGER", "Année de notification de ce marché"),
    ),
    "lignes": (
        Column("marche_uid", "VARCHAR", "Marché"),
        Column("fichier", "VARCHAR", "Fichier d'origine", True),
        Column("ligne", "INTEGER", "Rang de l'enregistrement dans ce fichier"),
        Column("montant", MONEY, "Montant écrit dans cet enregistrement, € HT"),
        Column("empreinte", "VARCHAR", "sha256 du contenu de l'enregistrement"),
    ),
    "concessions": (
        Column("concession_uid", "VARCHAR", "Identifiant stable de la concession"),
        *_CONTRACT,
        Column("date_debut", "DATE", "Date de début d'exécution"),
        Column("subvention", MONEY, "Subvention publique, € HT"),
    ),
    "entites": (
        Column("entite", "VARCHAR", "Entité pour laquelle un chiffre est donné"),
        Column("acheteur", "VARCHAR", "Acheteur qui en fait partie"),
    ),
    "beneficiaires": (
        Column("ligne_uid", "VARCHAR", "insertion#FICHIERS#somme ACHETEUR"),
        Column("acheteur", "VARCHAR", "Acheteur du schéma"),
        Column("beneficiaires", "INTEGER", "Personnes ; vide au-dessous du seuil du secret"),
        Column("beneficiaires_femmes", "INTEGER", "dont femmes ; même règle"),
        Column("sorties_jointes", "INTEGER", "Sorties dont la suite est connue ; même règle"),
        Column("sorties_positives", "INTEGER", "dont en emploi ou formation ; même règle"),
    ),
    "seuils_agec": (
        Column("categorie", "VARCHAR", "Catégorie du décret 2024-134"),
        Column("taux", "VARCHAR", "reemploi ou recycle"),
        Column("palier", "INTEGER", "Première année du palier"),
        Column("seuil", "DECIMAL(18,2)", "Part minimale, en pour cent"),
        Column("confirme", "BOOLEAN", "Retrouvé dans une source"),
        Column("source", "VARCHAR", "Source du seuil"),
    ),
    **{name: _register(registre) for name, registre in REGISTRES.items()},
}

TITLES = {
    "marches": "Les marchés retenus, un par ligne, tels que comptés",
    "titulaires": "Les titulaires de chaque marché : un groupement en a plusieurs",
    "modifications": "Les modifications publiées de chaque marché, retenues ou non",
    "sous_traitances": "Les actes de sous-traitance publiés de chaque marché",
    "en_cours": "Les marchés d'autres années que les fichiers contiennent, et qui ne sont pas "
    "finis à la date d'édition, ou dont la durée est inconnue ; aucun chiffre ne les compte",
    "semblables": "Ce que les mêmes formules donnent pour chaque acheteur semblable aux nôtres, "
    "d'après les fichiers nationaux",
    "historique": "Les titulaires des trois années précédentes, pour reconnaître les nouveaux",
    "beneficiaires": "Les bénéficiaires des clauses d'insertion, par acheteur",
    "seuils_agec": "Les parts minimales du décret 2024-134, avec leur source",
    "lignes": "Les enregistrements des fichiers d'origine dont chaque marché est fait",
    "concessions": "Les contrats de concession, comptés à part",
    "entites": "Quel acheteur compte dans quelle entité",
    **{name: registre.titre for name, registre in REGISTRES.items()},
}


def create(
    con: duckdb.DuckDBPyConnection, rows: Mapping[str, Collection[Mapping[str, Any]]], scratch: Path
) -> None:
    """Create every canonical table in `con`, filled from `rows` (absent table: empty).

    Rows travel as JSON lines in `scratch`, which keeps decimals, dates and lists exact.

    Args:
        con: a connection to DuckDB.
        rows: the rows of each table; a table that is absent is empty.
        scratch: a folder for files that DuckDB reads.
    """
    lay(rows, scratch)
    for name in TABLES:
        fill(con, name, scratch)


def lay(rows: Mapping[str, Collection[Mapping[str, Any]]], scratch: Path) -> None:
    """Lay the rows of each table in a folder; after that nobody needs those of a long year.

    Args:
        rows: the rows of each table; a table that is absent is empty.
        scratch: a folder for files that `fill` reads.
    """
    for name, columns in TABLES.items():
        if given := rows.get(name):
            with _laid(scratch, name).open("wb") as stream:
                stream.writelines(_lines(given, [c.name for c in columns]))


def fill(con: duckdb.DuckDBPyConnection, name: str, scratch: Path) -> None:
    """Create a canonical table in `con`, of the rows that `lay` has left, which it takes away.

    Args:
        con: a connection to DuckDB.
        name: the name of the table.
        scratch: the folder where its rows lie; it is empty without any.
    """
    con.execute(f"CREATE OR REPLACE TABLE {name} ({ddl(name)})")
    file = _laid(scratch, name)
    if file.is_file():
        types = ", ".join(f"{c.name}: '{c.type}'" for c in TABLES[name])
        con.execute(
            f"INSERT INTO {name} SELECT * FROM read_json(?, format = 'newline_delimited', "
            f"columns = {{{types}}})",
            [exact(file)],
        )
        file.unlink()


def _laid(scratch: Path, name: str) -> Path:
    return scratch / f"{name}.ndjson"


def ddl(name: str) -> str:
    """Column definitions of a table."""
    return ", ".join(f"{c.name} {c.type}" for c in TABLES[name])


def _lines(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> Iterator[bytes]:
    """Some columns of rows as JSON, a line each; a decimal is a text, all its digits written."""
    import msgspec

    encode = msgspec.json.Encoder().encode
    for row in rows:
        values = {name: row.get(name) for name in names}
        exact_ = {n: format(v, "f") if type(v) is Decimal else v for n, v in values.items()}
        yield encode(exact_) + b"\n"
