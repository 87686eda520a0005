"""The canonical fields, as a table: name, parser, and where each published form keeps it.

Every reader renames its records with this table and nothing else, so that a new form is a
new column here.  Names and lists follow the DECP schema 2.0.x (arrêtés of 22 December 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from spaser.sources import values, words
from spaser.sources.registers import REGISTRES
from spaser.sources.values import Read

CLAUSE_SOCIALE = "Clause sociale"
CRITERE_SOCIAL = "Critère social"
MARCHE_RESERVE = "Marché réservé"
CONCESSION_RESERVEE = "Concession réservée"
PAS_SOCIAL = "Pas de considération sociale"
CLAUSE_ENVIRONNEMENTALE = "Clause environnementale"
CRITERE_ENVIRONNEMENTAL = "Critère environnemental"
PAS_ENVIRONNEMENTAL = "Pas de considération environnementale"

SOCIALES = words.several("considerations_sociales")
ENVIRONNEMENTALES = words.several("considerations_environnementales")
TECHNIQUES = words.several("techniques")
MODALITES = words.several("modalites_execution")
TYPES_PRIX = words.several("types_prix")


class Field(NamedTuple):
    """One canonical field.

    `flat` is the Ministry's column in lower case (the consolidated national table uses the same
    names), `nested` the dotted path in the regulatory form, JSON or XML (`a|b`: contracts say a,
    concessions b), `label` what a reader of the quality page sees.
    """

    name: str
    parse: Callable[[object], Read]
    label: str
    nested: str = ""
    flat: str = ""


MARCHES = (
    Field("acheteur_id", values.identifier, "acheteur (SIRET)", "acheteur.id", "acheteur_id"),
    Field("id", values.text, "identifiant", "id", "id"),
    Field("nature", words.one("nature"), "nature", "nature", "nature"),
    Field("objet", values.text, "objet", "objet", "objet"),
    Field("code_cpv", values.text, "code CPV", "codeCPV", "codecpv"),
    Field("procedure", words.one("procedure"), "procédure", "procedure", "procedure"),
    Field("techniques", TECHNIQUES, "techniques d'achat", "techniques.technique", "techniques"),
    Field(
        "modalites_execution",
        MODALITES,
        "modalités d'exécution",
        "modalitesExecution.modaliteExecution",
        "modalitesexecution",
    ),
    Field("id_accord_cadre", values.text, "accord-cadre", "idAccordCadre", "idaccordcadre"),
    Field("duree_mois", values.months, "durée (mois)", "dureeMois", "dureemois"),
    Field(
        "date_notification",
        values.date,
        "date de notification",
        "dateNotification",
        "datenotification",
    ),
    Field(
        "date_publication",
        values.date,
        "date de publication des données",
        "datePublicationDonnees",
        "datepublicationdonnees",
    ),
    Field("montant", values.amount, "montant HT", "montant", "montant"),
    Field("forme_prix", words.one("forme_prix"), "forme du prix", "formePrix", "formeprix"),
    Field("types_prix", TYPES_PRIX, "types de prix", "typesPrix.typePrix", "typesprix"),
    Field(
        "attribution_avance",
        values.boolean,
        "attribution d'une avance",
        "attributionAvance",
        "attributionavance",
    ),
    Field("taux_avance", values.share, "taux de l'avance", "tauxAvance", "tauxavance"),
    Field(
        "offres_recues", values.integer, "nombre d'offres reçues", "offresRecues", "offresrecues"
    ),
    Field("marche_innovant", values.boolean, "marché innovant", "marcheInnovant", "marcheinnovant"),
    Field("ccag", words.one("ccag"), "CCAG", "ccag", "ccag"),
    Field(
        "sous_traitance_declaree",
        values.boolean,
        "sous-traitance déclarée",
        "sousTraitanceDeclaree",
        "soustraitancedeclaree",
    ),
    Field(
        "type_groupement",
        words.one("type_groupement"),
        "type de groupement",
        "typeGroupementOperateurs",
        "typegroupementoperateurs",
    ),
    Field(
        "lieu_code",
        values.text,
        "lieu d'exécution (code)",
        "lieuExecution.code",
        "lieuexecution_code",
    ),
    Field(
        "lieu_type",
        words.one("lieu_type"),
        "lieu d'exécution (type de code)",
        "lieuExecution.typeCode",
        "lieuexecution_typecode",
    ),
    Field(
        "considerations_sociales",
        SOCIALES,
        "considérations sociales",
        "considerationsSociales.considerationSociale",
        "considerationssociales",
    ),
    Field(
        "considerations_environnementales",
        ENVIRONNEMENTALES,
        "considérations environnementales",
        "considerationsEnvironnementales.considerationEnvironnementale",
        "considerationsenvironnementales",
    ),
    Field("origine_ue", values.share, "part d'origine UE", "origineUE", "origineue"),
    Field(
        "origine_france", values.share, "part d'origine France", "origineFrance", "originefrance"
    ),
)

_SAME = {f.name: f for f in MARCHES}  # what a concession publishes as a contract does

CONCESSIONS = (
    Field(
        "acheteur_id",
        values.identifier,
        "autorité concédante (SIRET)",
        "autoriteConcedante.id|acheteur.id",
        "autoriteconcedante_id",
    ),
    *(_SAME[name] for name in ("id", "nature", "objet", "procedure", "duree_mois")),
    Field("date_notification", values.date, "date de signature", "dateSignature", "datesignature"),
    _SAME["date_publication"],
    Field(
        "date_debut",
        values.date,
        "date de début d'exécution",
        "dateDebutExecution",
        "datedebutexecution",
    ),
    Field("montant", values.amount, "valeur globale HT", "valeurGlobale", "valeurglobale"),
    Field(
        "subvention",
        values.amount,
        "subvention publique HT",
        "montantSubventionPublique",
        "montantsubventionpublique",
    ),
    _SAME["considerations_sociales"],
    _SAME["considerations_environnementales"],
)

MODIFICATIONS = (
    Field("id", values.text, "identifiant", "id", "idmodification"),
    Field(
        "date_notification",
        values.date,
        "date de notification",
        "dateNotificationModification|dateSignatureModification",
        "datenotificationmodificationmodification|datesignaturemodificationmodification"
        "|datenotificationmodification|datesignaturemodification",
    ),
    Field(
        "date_publication",
        values.date,
        "date de publication",
        "datePublicationDonneesModification",
        "datepublicationdonneesmodificationmodification|datepublicationdonneesmodification",
    ),
    Field(
        "montant",
        values.amount,
        "montant HT",
        "montant|valeurGlobale",
        "montantmodification|valeurglobalemodification",
    ),
    Field("duree_mois", values.months, "durée (mois)", "dureeMois", "dureemoismodification"),
)

SOUS_TRAITANCES = (
    Field("id", values.text, "identifiant de l'acte", "id", "idactesoustraitance"),
    Field(
        "sous_traitant_id", values.identifier, "sous-traitant", "sousTraitant.id", "idsoustraitant"
    ),
    Field(
        "type_identifiant",
        values.text,
        "type d'identifiant du sous-traitant",
        "sousTraitant.typeIdentifiant",
        "typeidentifiantsoustraitant",
    ),
    Field("montant", values.amount, "montant HT", "montant", "montantactesoustraitance"),
    Field(
        "date_notification",
        values.date,
        "date de notification",
        "dateNotification",
        "datenotificationactesoustraitance",
    ),
    Field("duree_mois", values.months, "durée (mois)", "dureeMois", "dureemoisactesoustraitance"),
)

FIELDS: dict[str, tuple[Field, ...]] = {
    "marches": MARCHES,
    "concessions": CONCESSIONS,
    **{
        name: tuple(Field(c.name, c.parse, c.label) for c in r.columns if c.parse)
        for name, r in REGISTRES.items()
    },
}
PARSERS = {table: {f.name: f.parse for f in fields} for table, fields in FIELDS.items()}
LISTS = frozenset(
    f.name
    for f in MARCHES + CONCESSIONS
    if f.parse in {SOCIALES, ENVIRONNEMENTALES, TECHNIQUES, MODALITES, TYPES_PRIX}
)


class Scope(NamedTuple):
    """The fields that put a record of a table in scope; of several, the first filled counts."""

    acheteur: tuple[str, ...]
    annee: tuple[str, ...]
    montant: tuple[str, ...]


_CONTRACT = Scope(("acheteur_id",), ("date_notification",), ("montant",))
SCOPES: dict[str, Scope] = dict.fromkeys(("marches", "concessions"), _CONTRACT) | {
    name: Scope(r.acheteur, r.annee, r.montant) for name, r in REGISTRES.items()
}
