"""Every published CSV file: its columns, what they may hold, what it is.

A table whose rows are records takes its columns from the record; the others are declared here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spaser import csvtable, plaintext
from spaser.contracts.joins import SansLien
from spaser.csvtable import Col, Table, columns
from spaser.figures import readings, series
from spaser.figures.chiffres import CLE, CODE, ENTITE, INDICATEURS, PREUVES
from spaser.figures.complements import BLOCS
from spaser.figures.tables import LIST, MONEY, TABLES
from spaser.figures.verdicts import DICTIONARY
from spaser.opendata import declarations
from spaser.quality.completeness import Constat, Mois
from spaser.quality.suites import GRAVITES
from spaser.sources.registers.suivi import STATUTS as ETATS

EUROS = "€ HT"
_SCHEMA_TYPES = {"VARCHAR": "string", "INTEGER": "integer", "DATE": "date", "BOOLEAN": "boolean"}


def _of_canonical(name: str, requis: frozenset[str]) -> tuple[Col, ...]:
    """The columns of a canonical table, published as it is counted."""
    return tuple(
        Col(
            c.name,
            _SCHEMA_TYPES.get(c.type, "string" if c.type == LIST else "number"),
            c.label,
            unite=EUROS if c.type == MONEY else "",
            requis=c.name in requis,
        )
        for c in TABLES[name]
    )


_PLACE = (
    Col("table", "string", "marches, concessions ou registre", requis=True, parmi=tuple(TABLES)),
    Col("fichier", "string", "Fichier d'origine", requis=True),
    Col("ligne", "integer", "Rang de l'enregistrement dans ce fichier", requis=True),
)
_CHAMP = Col("champ", "string", "Champ en cause")
_VALEUR = Col("valeur", "string", "Valeur lue")
_REGLE = Col("regle", "string", "Identifiant de la règle", requis=True)
_FAUTE = Col("motif", "string", "Ce qui ne va pas", requis=True)
_REMEDE = Col("remede", "string", "Que faire")
_CONNU = (
    Col("id", "string", "Numéro qui identifie l'enregistrement dans la source"),
    Col("objet", "string", "Objet ou intitulé de l'enregistrement"),
    Col("repere", "string", "Ligne du tableau, ou enregistrement (JSON, XML)", requis=True),
)
_UID = Col("marche_uid", "string", "Marché (marches.csv)", requis=True)
_SPLIT = (
    Col(
        "dimension", "string", "categorie (travaux, fournitures, services) ou cercle",
        requis=True, parmi=("categorie", "cercle"),
    ),
    Col("modalite", "string", "Modalité ; inconnu quand rien ne la dit", requis=True),
)  # fmt: skip
REMPLACER, ECARTER = "remplacer", "écarter"

_TABLES = (
    INDICATEURS,
    PREUVES,
    Table(
        "marches",
        "Marchés retenus, tels que comptés",
        _of_canonical("marches", frozenset({"acheteur", "date_notification", "montant"})),
        cle=("marche_uid",),
    ),
    Table(
        "lignes",
        "Enregistrements d'origine de chaque marché",
        _of_canonical("lignes", frozenset({"marche_uid", "fichier", "ligne"})),
    ),
    Table(
        "quarantaine",
        "Enregistrements écartés par le contrôle qualité",
        (*_PLACE, _CHAMP, _VALEUR, _REGLE, _FAUTE, _REMEDE, *_CONNU),
    ),
    Table(
        "constats",
        "Tous les constats du contrôle qualité",
        (
            *_PLACE,
            _CHAMP,
            _VALEUR,
            _REGLE,
            Col("gravite", "string", "critical, warning ou info", requis=True, parmi=GRAVITES),
            _FAUTE,
            _REMEDE,
            *_CONNU,
        ),
    ),
    Table(
        "valeurs-ecartees",
        "Valeurs écrites qui n'ont pas pu servir",
        (*_PLACE, _CHAMP, _VALEUR, _FAUTE, *_CONNU),
    ),
    Table(
        "corrections",
        "Corrections appliquées aux données brutes",
        (
            *_PLACE,
            _CHAMP,
            Col("ancien", "string", "Valeur de la source"),
            Col("nouveau", "string", "Valeur retenue ; vide si l'enregistrement est écarté"),
            Col(
                "action", "string", "remplacer ou écarter",
                requis=True, parmi=(REMPLACER, ECARTER),
            ),
            Col("motif", "string", "Pourquoi", requis=True),
            Col("auteur", "string", "Qui l'a décidé", requis=True),
            Col("date", "date", "Quand", requis=True),
        ),
    ),
    Table(
        "revisions",
        "Chiffres révisés depuis la dernière édition scellée",
        (
            *CLE,
            Col("ancien", "number", "Valeur de la dernière édition scellée"),
            Col("nouveau", "number", "Valeur de cette édition"),
            Col("cause", "string", "Entrées, parts et marchés qui ont changé"),
        ),
    ),
    Table(
        "changements",
        "Chiffres qui ont bougé depuis la publication précédente",
        (
            *CLE,
            Col("ancien", "number", "Valeur de la publication précédente"),
            Col("nouveau", "number", "Valeur de celle-ci"),
            Col("ecart", "number", "nouveau - ancien"),
            Col("ancien_numerateur", "number", "Numérateur de la publication précédente"),
            Col("numerateur", "number", "Numérateur de celle-ci"),
            Col("ancien_denominateur", "number", "Dénominateur de la publication précédente"),
            Col("denominateur", "number", "Dénominateur de celle-ci"),
            Col("ancienne_cible", "number", "Cible de la publication précédente"),
            Col("cible", "number", "Cible de celle-ci"),
            Col("ancien_verdict", "string", "Verdict de la publication précédente"),
            Col("verdict", "string", "Verdict de celle-ci", parmi=tuple(DICTIONARY)),
            Col("entrees", "string", "Entrées qui ont changé entre les deux"),
            Col("marches", "string",
                "Marchés ou lignes qui font la différence, les plus lourds d'abord"),
            Col("nombre_marches", "integer", "Leur nombre ; vingt au plus sont nommés",
                requis=True, minimum=0),
            Col("accepte_par", "string", "Qui a relu et accepté ce changement ; vide : à relire"),
            Col("accepte_le", "date", "Quand"),
            Col("motif", "string", "Pourquoi"),
        ),
        cle=tuple(c.name for c in CLE),
    ),
    Table(
        "ecarts",
        "Ce qui manque pour atteindre chaque cible non atteinte",
        columns(readings.Ecart),
    ),
    Table(
        "sensibilite",
        "Taux en valeur, avec et sans les maxima d'accords-cadres",
        columns(readings.Sensibilite),
    ),
    Table(
        "maxima",
        "Marchés dont le montant est un maximum d'accord-cadre",
        (
            _UID,
            Col("acheteur", "string", "Acheteur", requis=True),
            Col("id", "string", "Identifiant publié"),
            Col("objet", "string", "Objet"),
            Col("montant", "number", "Montant maximum de l'accord-cadre, € HT", unite=EUROS),
        ),
        cle=("marche_uid",),
    ),
    Table(
        "ventilations",
        "Chiffres par catégorie d'achat et par cercle",
        (
            *CLE,
            *_SPLIT,
            Col("numerateur", "number", "Numérateur", requis=True),
            Col("denominateur", "number", "Dénominateur, champ connu"),
            Col("valeur", "number", "Valeur ; en pour cent pour un taux"),
        ),
        cle=("code", "entite", "base", "dimension", "modalite"),
    ),
    Table(
        "repartitions",
        "Marchés par catégorie d'achat et par cercle",
        (
            ENTITE,
            *_SPLIT,
            Col("marches", "integer", "Nombre de marchés", requis=True, minimum=1),
            Col("montant", "number", "Montant, € HT", unite=EUROS, requis=True),
        ),
        cle=("entite", "dimension", "modalite"),
    ),
    Table(
        "series",
        "Valeurs publiées et cibles de toutes les années du schéma",
        columns(series.Point),
        cle=("code", "entite", "base", "annee"),
    ),
    Table(
        "annees_revisees",
        "Chiffres d'années publiées que les fichiers d'aujourd'hui donneraient autrement",
        columns(series.YearRevision),
    ),
    Table(
        "rapprochements",
        "Chiffres donnés ailleurs et chiffres de l'édition",
        columns(readings.LigneRapprochee),
    ),
    Table(
        "declarations",
        "Déclarations prêtes à déposer, ou ce qu'il y manque",
        columns(declarations.Etat),
        cle=("declaration", "acheteur"),
    ),
    Table(
        "references",
        "Références nationales",
        (
            CODE._replace(name="indicateur", label="Code"),
            Col("libelle", "string", "Référence nationale", requis=True),
            Col("valeur", "number", "Valeur", requis=True),
            Col("unite", "string", "Unité", requis=True),
            Col("annee", "integer", "Année", requis=True),
            Col("champ", "string", "Champ de la référence"),
            Col("source", "string", "Source", requis=True),
            Col("avertissement", "string", "Pourquoi elle ne se compare pas telle quelle"),
            Col("plancher", "number", "Montant, € HT, dès lequel elle compte ; vide : non dit",
                unite=EUROS, minimum=0),
        ),
    ),
    Table(
        "actions",
        "Actions du schéma, avec leur état à la date d'arrêt",
        (
            Col("ambition", "string", "Code de l'ambition", requis=True),
            Col("acheteur", "string", "Acheteur qui la mène ; vide : tous ensemble"),
            Col("action", "string", "Action", requis=True),
            Col("pilote", "string", "Pilote"),
            Col("partenaire", "string", "Partenaire, comme le registre l'écrit"),
            Col("membres", "string",
                "Membres du comité de suivi que ce nom désigne ; vide : aucun"),
            Col("statut", "string",
                "à lancer, en cours, réalisée ou abandonnée ; vide : inconnu", parmi=ETATS),
            Col("echeance", "date", "Échéance"),
            Col(
                "en_retard",
                "boolean",
                "Échéance passée à la date d'arrêt, action ni réalisée ni abandonnée ; "
                "vide : inconnu",
            ),
            Col("entreprises_touchees", "integer",
                "Entreprises présentes ou touchées dans l'année"),
            Col("note", "string", "Note"),
            *_PLACE[1:],
        ),
    ),
    Table(
        "jointures",
        "Lignes des registres qui ne sont rattachées à rien",
        columns(SansLien),
    ),
    Table(
        "couverture-champs",
        "Part connue de chaque champ, par acheteur",
        (
            _PLACE[0],
            Col("champ", "string", "Nom canonique du champ", requis=True),
            Col("libelle", "string", "Ce que le champ dit", requis=True),
            Col("acheteur", "string",
                "Acheteur du schéma ; vide pour une liste sans acheteur"),
            Col("renseignes", "integer", "Enregistrements retenus où le champ est connu",
                requis=True, minimum=0),
            Col("total", "integer", "Enregistrements retenus", requis=True, minimum=1),
            Col("couverture", "number", "renseignes / total, en pour cent",
                unite="%", requis=True, minimum=0, maximum=100),
        ),
    ),
    Table(
        "completude",
        "Marchés par mois, et ceux de l'année précédente",
        columns(Mois),
        cle=("acheteur", "mois"),
    ),
    Table(
        "completude-sources",
        "L'année est-elle entière, source par source",
        columns(Constat),
        cle=("table", "acheteur"),
    ),
    Table(
        "doublons",
        "Enregistrements répétés ou republiés, comptés une fois",
        (
            *_PLACE,
            Col("montant", "number", "Montant lu, € HT", unite=EUROS),
            Col("fichier_garde", "string", "Fichier de l'enregistrement gardé", requis=True),
            Col("ligne_gardee", "integer", "Rang de l'enregistrement gardé", requis=True),
            Col("motif", "string", "Pourquoi il est mis de côté", requis=True),
        ),
    ),
    *(bloc.table for bloc in BLOCS.values()),
)  # fmt: skip

FILES: Mapping[str, Table] = {table.fichier: table for table in _TABLES}
"""Every published CSV file by its name, in the order of the data package."""


def write(folder: Path, nom: str, rows: Iterable[Sequence[object]]) -> None:
    """Write NOM.csv in a folder as it is declared here.

    Args:
        folder: the staging folder.
        nom: the name of the table, without .csv.
        rows: the rows, each the values of its columns in order.

    Raises:
        KeyError: no table of that name is declared.
    """
    csvtable.write(folder, FILES[f"{nom}.csv"], rows)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return plaintext.cell(text)
