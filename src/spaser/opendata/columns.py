"""The columns of every published CSV file, with their types and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spaser import plaintext
from spaser.figures.complements import BLOCS
from spaser.figures.definition import STATUTS
from spaser.figures.tables import LIST, TABLES
from spaser.figures.verdicts import DICTIONARY


class Col(NamedTuple):
    """A CSV column: Frictionless type and meaning."""

    name: str
    type: str
    label: str


INDICATEURS = (
    Col("code", "string", "Code de l'indicateur"),
    Col("axe", "integer", "Numéro de l'axe"),
    Col("ambition", "string", "Code de l'ambition"),
    Col("libelle", "string", "Libellé"),
    Col("entite", "string", "Acheteur, ou ensemble"),
    Col("base", "string", "nombre, valeur ou autre"),
    Col("unite", "string", "Unité de valeur"),
    Col("annee", "integer", "Année civile de notification"),
    Col("numerateur", "number", "Numérateur (médiane : somme des grandeurs)"),
    Col("denominateur", "number", "Dénominateur, champ connu (médiane : effectif)"),
    Col("valeur", "number", "Valeur ; en pour cent pour un taux"),
    Col("renseignes", "number", "Part connue du total, dans l'unité de la base"),
    Col("total", "number", "Total concerné, dans l'unité de la base"),
    Col("couverture", "number", "renseignes / total, en pour cent"),
    Col("borne_basse", "number", "Valeur si tout inconnu était un non"),
    Col("borne_haute", "number", "Valeur si tout inconnu était un oui"),
    Col("cible", "number", "Cible de l'année"),
    Col("statut_cible", "string", ", ".join(f"{k} {words}" for k, words in STATUTS.items())),
    Col("verdict", "string", ", ".join(DICTIONARY)),
    Col("valeur_n_1", "number", "Valeur publiée de l'année précédente"),
    Col("evolution", "number", "valeur - valeur_n_1"),
    Col("motif_absence", "string", "Pourquoi la valeur manque ou n'est que partielle"),
)
_SCHEMA_TYPES = {"VARCHAR": "string", "INTEGER": "integer", "DATE": "date", "BOOLEAN": "boolean"}


PREUVES = (
    Col("code", "string", "Code de l'indicateur"),
    Col("entite", "string", "Acheteur, ou ensemble"),
    Col("marche_uid", "string", "Marché (marches.csv)"),
    Col(
        "role",
        "string",
        "numerateur : dans les deux parts ; denominateur : dans cette part "
        "seule ; inconnu : dans aucune",
    ),
    Col("contribution", "number", "Ce que le marché y apporte : 1, des euros HT ou une grandeur"),
    Col("base", "string", "nombre, valeur ou autre"),
)
_PLACE = (
    Col("table", "string", "marches, concessions ou registre"),
    Col("fichier", "string", "Fichier d'origine"),
    Col("ligne", "integer", "Rang de l'enregistrement dans ce fichier"),
)
_CHAMP = Col("champ", "string", "Champ en cause")
_VALEUR = Col("valeur", "string", "Valeur lue")
_REGLE = Col("regle", "string", "Identifiant de la règle")
_FAUTE = Col("motif", "string", "Ce qui ne va pas")
_REMEDE = Col("remede", "string", "Que faire")
_CONNU = (
    Col("id", "string", "Numéro qui identifie l'enregistrement dans la source"),
    Col("objet", "string", "Objet ou intitulé de l'enregistrement"),
    Col("repere", "string", "Ligne du tableau, ou enregistrement (JSON, XML)"),
)
QUARANTAINE = (*_PLACE, _CHAMP, _VALEUR, _REGLE, _FAUTE, _REMEDE, *_CONNU)
VALEURS_ECARTEES = (*_PLACE, _CHAMP, _VALEUR, _FAUTE, *_CONNU)
CONSTATS = (
    *_PLACE, _CHAMP, _VALEUR, _REGLE,
    Col("gravite", "string", "critical, warning ou info"),
    _FAUTE, _REMEDE, *_CONNU,
)  # fmt: skip
DOUBLONS = (
    *_PLACE,
    Col("montant", "number", "Montant lu, € HT"),
    Col("fichier_garde", "string", "Fichier de l'enregistrement gardé"),
    Col("ligne_gardee", "integer", "Rang de l'enregistrement gardé"),
    Col("motif", "string", "Pourquoi il est mis de côté"),
)
CORRECTIONS = (
    *_PLACE,
    _CHAMP,
    Col("ancien", "string", "Valeur de la source"),
    Col("nouveau", "string", "Valeur retenue ; vide si l'enregistrement est écarté"),
    Col("action", "string", "remplacer ou écarter"),
    Col("motif", "string", "Pourquoi"),
    Col("auteur", "string", "Qui l'a décidé"),
    Col("date", "date", "Quand"),
)
_KEY = tuple(c for c in INDICATEURS if c.name in {"code", "entite", "base"})
_TARGET = tuple(c for c in INDICATEURS if c.name in {"cible", "statut_cible"})
REVISIONS = (
    *_KEY,
    Col("ancien", "number", "Valeur de la dernière édition scellée"),
    Col("nouveau", "number", "Valeur de cette édition"),
    Col("cause", "string", "Entrées, parts et marchés qui ont changé"),
)
CHANGEMENTS = (
    *_KEY,
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
    Col("verdict", "string", "Verdict de celle-ci"),
    Col("entrees", "string", "Entrées qui ont changé entre les deux"),
    Col("marches", "string", "Marchés ou lignes qui font la différence, les plus lourds d'abord"),
    Col("nombre_marches", "integer", "Leur nombre ; vingt au plus sont nommés"),
    Col("accepte_par", "string", "Qui a relu et accepté ce changement ; vide : à relire"),
    Col("accepte_le", "date", "Quand"),
    Col("motif", "string", "Pourquoi"),
)
ECARTS = (
    *_KEY,
    Col("manque", "number", "Ce qui sépare de la cible, dénominateur inchangé"),
    Col("unite_manque", "string", "marchés, factures, € HT…"),
    Col("sens", "string", "il manque, ou de trop"),
)
SENSIBILITE = (
    *_KEY,
    Col("valeur", "number", "Taux en valeur, en pour cent"),
    Col("valeur_sans_maxima", "number", "Le même, sans les maxima d'accords-cadres"),
    Col("exclus", "integer", "Marchés exclus (maxima.csv)"),
    Col("montant_exclu", "number", "Leur montant, € HT"),
)
MAXIMA = (
    Col("marche_uid", "string", "Marché (marches.csv)"),
    Col("acheteur", "string", "Acheteur"),
    Col("id", "string", "Identifiant publié"),
    Col("objet", "string", "Objet"),
    Col("montant", "number", "Montant maximum de l'accord-cadre, € HT"),
)
_SPLIT = (
    Col("dimension", "string", "categorie (travaux, fournitures, services) ou cercle"),
    Col("modalite", "string", "Modalité ; inconnu quand rien ne la dit"),
)
VENTILATIONS = (
    *_KEY,
    *_SPLIT,
    Col("numerateur", "number", "Numérateur"),
    Col("denominateur", "number", "Dénominateur, champ connu"),
    Col("valeur", "number", "Valeur ; en pour cent pour un taux"),
)
REPARTITIONS = (
    _KEY[1],
    *_SPLIT,
    Col("marches", "integer", "Nombre de marchés"),
    Col("montant", "number", "Montant, € HT"),
)
SERIES = (
    *_KEY,
    Col("annee", "integer", "Année"),
    Col("valeur", "number", "Valeur publiée cette année-là"),
    *_TARGET,
    Col("comparable", "string", "comparable, nouveau, redéfini, retiré ou incomplet"),
    Col("source", "string", "Édition d'où vient la valeur"),
    Col("numerateur", "number", "Numérateur de cette valeur"),
    Col("denominateur", "number", "Dénominateur de cette valeur"),
    Col("borne_basse", "number", "Cette valeur si tout inconnu était un non ; vide : sans borne"),
    Col("borne_haute", "number", "Cette valeur si tout inconnu était un oui ; vide : sans borne"),
)
ANNEES_REVISEES = (
    Col("annee", "integer", "Année publiée"),
    *_KEY,
    Col("ancien", "number", "Valeur publiée"),
    Col("nouveau", "number", "Valeur que donneraient les fichiers d'aujourd'hui"),
    Col("cause", "string", "Ce qui a changé depuis"),
)
RAPPROCHEMENTS = (
    Col("libelle", "string", "Chiffre rapproché"),
    Col("source", "string", "D'où il vient"),
    _KEY[1],
    Col("indicateur", "string", "Code ; vide : nombre ou montant des marchés"),
    _KEY[2],
    Col("declare", "number", "Valeur donnée"),
    Col("calcule", "number", "Valeur de cette édition"),
    Col("ecart", "number", "calcule - declare"),
    Col("statut", "string", "égal, expliqué, à expliquer ou non calculé"),
    Col("explication", "string", "Explication donnée par l'analyste"),
    Col("ecart_explique", "number", "Écart que cette explication explique"),
)
REFERENCES = (
    Col("indicateur", "string", "Code"),
    Col("libelle", "string", "Référence nationale"),
    Col("valeur", "number", "Valeur"),
    Col("unite", "string", "Unité"),
    Col("annee", "integer", "Année"),
    Col("champ", "string", "Champ de la référence"),
    Col("source", "string", "Source"),
    Col("avertissement", "string", "Pourquoi elle ne se compare pas telle quelle"),
    Col("plancher", "number", "Montant, € HT, dès lequel elle compte ; vide : non dit"),
)
COUVERTURE = (
    Col("table", "string", "marches, concessions ou registre"),
    Col("champ", "string", "Nom canonique du champ"),
    Col("libelle", "string", "Ce que le champ dit"),
    Col("acheteur", "string", "Acheteur du schéma ; vide pour une liste sans acheteur"),
    Col("renseignes", "integer", "Enregistrements retenus où le champ est connu"),
    Col("total", "integer", "Enregistrements retenus"),
    Col("couverture", "number", "renseignes / total, en pour cent"),
)
COMPLETUDE = (
    Col("acheteur", "string", "Acheteur"),
    Col("mois", "yearmonth", "Mois de notification, AAAA-MM"),
    Col("marches", "integer", "Marchés comptés ; vide hors de la période déclarée"),
    Col("montant", "number", "Leur montant, € HT"),
    Col("marches_n_1", "integer", "Marchés du même mois de l'année précédente, tels que publiés"),
    Col("montant_n_1", "number", "Leur montant, € HT"),
)
COMPLETUDE_SOURCES = (
    Col("table", "string", "marches ou registre"),
    Col("acheteur", "string", "Acheteur"),
    Col("lignes", "integer", "Enregistrements lus dans le périmètre, retenus ou non"),
    Col("montant", "number", "Montant lu, en euros"),
    Col("premiere_date", "date", "Première date de l'année"),
    Col("derniere_date", "date", "Dernière date de l'année"),
    Col("derniere_publication", "date", "Dernière publication des données de marchés"),
    Col("periode", "string", "Période déclarée, ou l'année entière"),
    Col(
        "constat",
        "string",
        "rien d'anormal, incomplet, à vérifier, période déclarée, année attestée entière, trop "
        "peu de dates pour juger, ou sans date : non jugé",
    ),
    Col("motif", "string", "Pourquoi"),
)
DECLARATIONS = (
    Col("declaration", "string", "agec ou vehicules"),
    Col("acheteur", "string", "Acheteur"),
    Col("statut", "string", "prête, ou à compléter"),
    Col("fichier", "string", "Fichier à déposer ; vide tant qu'il manque une valeur obligatoire"),
    Col("lignes", "integer", "Lignes de la déclaration"),
    Col("manques", "string", "Ce que le schéma public refuse, par fichier et ligne"),
)
JOINTURES = (
    *_PLACE,
    Col("cle", "string", "Identifiant de marché ou d'entreprise cherché"),
    Col("motif", "string", "Pourquoi il n'est rattaché à rien"),
)
ACTIONS = (
    Col("ambition", "string", "Code de l'ambition"),
    Col("acheteur", "string", "Acheteur qui la mène ; vide : tous ensemble"),
    Col("action", "string", "Action"),
    Col("pilote", "string", "Pilote"),
    Col("partenaire", "string", "Partenaire, comme le registre l'écrit"),
    Col("membres", "string", "Membres du comité de suivi que ce nom désigne ; vide : aucun"),
    Col("statut", "string", "à lancer, en cours, réalisée ou abandonnée ; vide : inconnu"),
    Col("echeance", "date", "Échéance"),
    Col(
        "en_retard",
        "boolean",
        "Échéance passée à la date d'arrêt, action ni réalisée ni abandonnée ; vide : inconnu",
    ),
    Col("entreprises_touchees", "integer", "Entreprises présentes ou touchées dans l'année"),
    Col("note", "string", "Note"),
    *_PLACE[1:],
)
MARCHES = tuple(
    Col(c.name, _SCHEMA_TYPES.get(c.type, "string" if c.type == LIST else "number"), c.label)
    for c in TABLES["marches"]
)
LIGNES = tuple(Col(c.name, _SCHEMA_TYPES.get(c.type, "number"), c.label) for c in TABLES["lignes"])

FILES: dict[str, tuple[Sequence[Col], str]] = {
    "indicateurs.csv": (INDICATEURS, "Indicateurs par code, entité et base"),
    "preuves.csv": (PREUVES, "Rôle et contribution de chaque marché dans chaque chiffre"),
    "marches.csv": (MARCHES, "Marchés retenus, tels que comptés"),
    "lignes.csv": (LIGNES, "Enregistrements d'origine de chaque marché"),
    "quarantaine.csv": (QUARANTAINE, "Enregistrements écartés par le contrôle qualité"),
    "constats.csv": (CONSTATS, "Tous les constats du contrôle qualité"),
    "valeurs-ecartees.csv": (VALEURS_ECARTEES, "Valeurs écrites qui n'ont pas pu servir"),
    "corrections.csv": (CORRECTIONS, "Corrections appliquées aux données brutes"),
    "revisions.csv": (REVISIONS, "Chiffres révisés depuis la dernière édition scellée"),
    "changements.csv": (CHANGEMENTS, "Chiffres qui ont bougé depuis la publication précédente"),
    "ecarts.csv": (ECARTS, "Ce qui manque pour atteindre chaque cible non atteinte"),
    "sensibilite.csv": (SENSIBILITE, "Taux en valeur, avec et sans les maxima d'accords-cadres"),
    "maxima.csv": (MAXIMA, "Marchés dont le montant est un maximum d'accord-cadre"),
    "ventilations.csv": (VENTILATIONS, "Chiffres par catégorie d'achat et par cercle"),
    "repartitions.csv": (REPARTITIONS, "Marchés par catégorie d'achat et par cercle"),
    "series.csv": (SERIES, "Valeurs publiées et cibles de toutes les années du schéma"),
    "annees_revisees.csv": (
        ANNEES_REVISEES,
        "Chiffres d'années publiées que les fichiers d'aujourd'hui donneraient autrement",
    ),
    "rapprochements.csv": (RAPPROCHEMENTS, "Chiffres donnés ailleurs et chiffres de l'édition"),
    "declarations.csv": (DECLARATIONS, "Déclarations prêtes à déposer, ou ce qu'il y manque"),
    "references.csv": (REFERENCES, "Références nationales"),
    "actions.csv": (ACTIONS, "Actions du schéma, avec leur état à la date d'arrêt"),
    "jointures.csv": (JOINTURES, "Lignes des registres qui ne sont rattachées à rien"),
    "couverture-champs.csv": (COUVERTURE, "Part connue de chaque champ, par acheteur"),
    "completude.csv": (COMPLETUDE, "Marchés par mois, et ceux de l'année précédente"),
    "completude-sources.csv": (COMPLETUDE_SOURCES, "L'année est-elle entière, source par source"),
    "doublons.csv": (DOUBLONS, "Enregistrements répétés ou republiés, comptés une fois"),
    **{
        f"{nom}.csv": ([Col(c.nom, c.type, c.label) for c in bloc.champs], bloc.titre)
        for nom, bloc in BLOCS.items()
    },
}


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return plaintext.cell(text)
