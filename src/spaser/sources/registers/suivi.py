"""Registers of what departments do beside contracts: insertion, training, actions, readings."""

from __future__ import annotations

from spaser.sources import values as v
from spaser.sources.registers.colonnes import ACHETEUR, HOURS, MARCHE, QUANTITY, oui_non
from spaser.sources.registers.kinds import Colonne, Registre, signature

STATUTS = ("à lancer", "en cours", "réalisée", "abandonnée")
_AUTRES_STATUTS = {  # what departments write -> the label
    "à lancer": "à faire, à venir, à démarrer, non démarrée, non démarré, non commencée, "
    "pas commencée, prévue, prévu, planifiée, planifié, programmée",
    "en cours": "démarrée, démarré, lancée, lancé, commencée, engagée, engagé, "
    "en cours de réalisation",
    "réalisée": "x, ok, fait, faite, réalisé, terminé, terminée, achevé, achevée, finie, fini, "
    "effectuée, effectué, close",
    "abandonnée": "abandonné, annulée, annulé",
}
STATUTS_MOTS = {mot: s for s, mots in _AUTRES_STATUTS.items() for mot in mots.split(", ")}


INSERTION = Registre(
    "insertion",
    "insertion",
    "Suivi des heures d'insertion",
    (
        ACHETEUR,
        *MARCHE,
        Colonne("annee", "INTEGER", "Année des heures ; facultative", v.integer, ("année",)),
        Colonne("heures_prevues", HOURS, "Heures prévues au marché", v.hours),
        Colonne("heures_realisees", HOURS, "Heures validées dans l'année", v.hours),
        Colonne(
            "heures_realisees_marche",
            HOURS,
            "Heures validées depuis le début du marché (marché soldé)",
            v.hours,
            ("heures réalisées depuis le début du marché", "heures cumulées"),
        ),
        oui_non("solde", "Marché soldé dans l'année", "marché soldé"),
        Colonne("beneficiaires", "INTEGER", "Personnes, agrégat", v.integer),
        Colonne("beneficiaires_femmes", "INTEGER", "dont femmes", v.integer, ("dont femmes",)),
        Colonne("sorties_jointes", "INTEGER", "Sorties dont la suite est connue", v.integer),
        Colonne(
            "sorties_positives", "INTEGER", "dont en emploi ou formation à six mois", v.integer
        ),
        Colonne("secteur", "VARCHAR", "Secteur d'activité", v.text, hostile=True),
        Colonne("public", "VARCHAR", "Public visé", v.text, hostile=True),
    ),
    (signature("id_marche", "heures_realisees"),),
    identite=("id_marche", "marche_uid"),
    acheteur=("acheteur_siret",),
    annee=("annee",),
)

FORMATIONS = Registre(
    "formations",
    "formation",
    "Registre des formations à l'achat responsable",
    (
        ACHETEUR,
        Colonne("annee", "INTEGER", "Année ; facultative", v.integer, ("année",)),
        Colonne("service", "VARCHAR", "Service", v.text, ("direction",), True),
        Colonne(
            "agents_cibles",
            "INTEGER",
            "Agents de la liste cible (acheteurs et prescripteurs)",
            v.integer,
            ("agents ciblés",),
        ),
        Colonne(
            "agents_formes",
            "INTEGER",
            "dont ayant suivi au moins une formation en 24 mois",
            v.integer,
            ("agents formés",),
        ),
        Colonne("heures", HOURS, "Heures de formation suivies dans l'année", v.hours),
    ),
    (signature("service", "agents_cibles", "agents_formes"),),
    identite=("service",),
    acheteur=("acheteur_siret",),
    annee=("annee",),
)

ACTIONS = Registre(
    "actions",
    "actions",
    "Registre des actions",
    (
        ACHETEUR,
        Colonne("ambition", "VARCHAR", "Code de l'ambition (SOC2…)", v.text, ("code",), True),
        Colonne("action", "VARCHAR", "Action", v.text, ("intitulé",), True),
        Colonne("pilote", "VARCHAR", "Pilote", v.text, ("service pilote",), True),
        Colonne("partenaire", "VARCHAR", "Membre du comité de suivi", v.text, hostile=True),
        Colonne(
            "statut",
            "VARCHAR",
            "À lancer, en cours, réalisée ou abandonnée",
            v.choice(*STATUTS, autres=STATUTS_MOTS),
            ("état", "avancement"),
        ),
        Colonne("echeance", "DATE", "Échéance", v.date),
        Colonne(
            "entreprises_touchees",
            "INTEGER",
            "Entreprises présentes ou touchées dans l'année",
            v.integer,
            ("entreprises",),
        ),
        Colonne("annee", "INTEGER", "Année ; facultative", v.integer, ("année",)),
        Colonne("note", "VARCHAR", "Note", v.text, ("commentaire", "commentaires"), True),
    ),
    (signature("ambition", "action", "statut"),),
    identite=("action",),
    acheteur=("acheteur_siret",),
    annee=("annee",),
)

RELEVES = Registre(
    "releves",
    "releves",
    "Relevés déclarés par les services",
    (
        Colonne(
            "indicateur",
            "VARCHAR",
            "Code de l'indicateur (ENV3-06…)",
            v.text,
            ("code", "code indicateur"),
            True,
        ),
        ACHETEUR,
        Colonne("annee", "INTEGER", "Année", v.integer, ("année",)),
        Colonne("numerateur", QUANTITY, "Numérateur", v.quantity, ("valeur",)),
        Colonne("denominateur", QUANTITY, "Dénominateur ; vide : sans objet", v.quantity),
        Colonne("document", "VARCHAR", "Pièce qui l'établit", v.text, ("source", "pièce"), True),
        Colonne("auteur", "VARCHAR", "Qui le déclare", v.text, ("service",), True),
        Colonne("date", "DATE", "Date de la déclaration", v.date),
    ),
    (signature("indicateur", "annee", "numerateur"),),
    identite=("indicateur",),
    acheteur=("acheteur_siret",),
    annee=("annee",),
)
