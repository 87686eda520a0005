"""Registers that the buyer's own departments keep: contracts, payments, insertion, training…"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spaser.sources import values as v
from spaser.sources.registers.kinds import MONEY, Colonne, Registre, Values, signature

QUANTITY = "DECIMAL(18,6)"
HOURS = "DECIMAL(18,2)"
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


def _acheteur(raw: object) -> v.Read:
    """A SIRET or SIREN without its blanks; else the buyer's name as written."""
    read = v.identifier(raw)
    return read if read.motif or str(read.value)[:1].isdigit() else v.text(raw)


ACHETEUR = Colonne(
    "acheteur_siret",
    "VARCHAR",
    "SIRET, SIREN ou nom de l'acheteur",
    _acheteur,
    (
        "acheteur",
        "siret acheteur",
        "acheteur_id",
        "siren acheteur",
        "collectivité",
        "entité",
        "entité acheteuse",
    ),
    True,
)
MARCHE = (
    Colonne(
        "id_marche",
        "VARCHAR",
        "Identifiant publié du marché (DECP)",
        v.text,
        ("identifiant du marché", "numéro de marché", "n° marché", "id"),
        True,
    ),
    Colonne(
        "marche_uid",
        "VARCHAR",
        "Marché (marches.csv) ; facultatif dans le fichier, retrouvé par acheteur et identifiant",
        v.text,
        hostile=True,
    ),
)


_NO_MOTIVE = frozenset({"non", "neant", "aucun", "aucune", "sans objet", "so", "s.o.", "-", "0"})


def _motive(raw: object) -> v.Read:
    """A motive in words: «non» says that there is none, and «oui» gives none."""
    read = v.text(raw)
    said = v.fold(str(read.value or "")).strip()
    if said in _NO_MOTIVE:
        return v.Read(None)
    return v.Read(None, "un motif est attendu, en quelques mots") if said == "oui" else read


def _oui_non(name: str, label: str, *autres: str) -> Colonne:
    return Colonne(name, "BOOLEAN", f"{label} (oui ou non ; vide : inconnu)", v.boolean, autres)


FICHES = Registre(
    "fiches",
    "fiche_marche",
    "Fiche marché complémentaire",
    (
        ACHETEUR,
        *MARCHE,
        Colonne(
            "date_lancement_consultation",
            "DATE",
            "Date de lancement de la consultation",
            v.date,
            ("date de lancement",),
        ),
        _oui_non("seuil_europeen", "Au-dessus du seuil européen"),
        Colonne(
            "clause_insertion_heures_prevues",
            HOURS,
            "Heures d'insertion prévues au marché",
            v.hours,
            ("heures d'insertion prévues",),
        ),
        Colonne(
            "derogation_l2112_2_1",
            "VARCHAR",
            "Motif de dérogation à l'article L2112-2-1, quand il y en a une",
            _motive,
            ("motif de dérogation",),
            True,
        ),
        _oui_non("consideration_egalite", "Égalité femmes-hommes ou lutte contre discriminations"),
        _oui_non("exigence_ergonomie", "Exigence d'ergonomie ou de moindre pénibilité"),
        _oui_non("test_utilisateurs", "Essai ou avis des agents utilisateurs"),
        _oui_non("clause_carbone", "Clause ou critère d'émissions de gaz à effet de serre"),
        _oui_non("clause_biodiversite", "Clause biodiversité"),
        _oui_non("clause_dechets_chantier", "Tri, traçabilité, valorisation des déchets"),
        _oui_non("clause_reprise_fin_de_vie", "Reprise, réparabilité ou fin de vie"),
        _oui_non("clausier_commun", "Clause du clausier commun"),
        _oui_non("fiche_strategie", "Fiche de stratégie d'achat responsable"),
        _oui_non(
            "groupement_acheteurs",
            "Passé pour plusieurs acheteurs",
            "groupement_metropole_ville",  # the heading of the first template
        ),
        _oui_non("clause_perturbateurs_endocriniens", "Clause perturbateurs endocriniens"),
        _oui_non("demarche_zero_dechet", "Démarche zéro déchet ou sans plastique à usage unique"),
        _oui_non("marche_global", "Marché global ou de partenariat"),
        Colonne(
            "montant_pme_engage",
            MONEY,
            "Montant que le titulaire s'engage à confier à des PME ou artisans, € HT",
            v.amount,
        ),
        _oui_non("materiaux_biosources", "Matériaux biosourcés ou bas-carbone"),
    ),
    (
        signature("acheteur_siret", "id_marche", "date_lancement_consultation", "clausier_commun"),
        signature("acheteur_siret", "id_marche", "clause_carbone"),
        signature("acheteur_siret", "id_marche", "consideration_egalite"),
    ),
    identite=("id_marche", "marche_uid"),
    acheteur=("acheteur_siret",),
)


def _delai(row: Mapping[str, Any]) -> Values:
    received, paid = row["date_reception"], row["date_paiement"]
    return {"delai_jours": (paid - received).days if received and paid else None}


MANDATS = Registre(
    "mandats",
    "mandats",
    "Mandats de paiement",
    (
        Colonne(
            "numero",
            "VARCHAR",
            "Numéro du mandat",
            v.text,
            ("numéro de mandat", "n° mandat", "mandat"),
            True,
        ),
        ACHETEUR,
        Colonne(
            "fournisseur_id",
            "VARCHAR",
            "SIRET du fournisseur",
            v.identifier,
            ("siret", "siret fournisseur", "fournisseur_siret", "siret du tiers"),
            True,
        ),
        Colonne(
            "fournisseur",
            "VARCHAR",
            "Nom du fournisseur",
            v.text,
            (
                "tiers",
                "nom du fournisseur",
                "raison sociale",
                "raison sociale du fournisseur",
                "créancier",
            ),
            True,
        ),
        Colonne(
            "date_reception",
            "DATE",
            "Date de réception de la facture",
            v.date,
            ("date de réception de la facture", "date réception facture"),
        ),
        Colonne(
            "date_paiement",
            "DATE",
            "Date de paiement",
            v.date,
            ("date de paiement effectif", "date de règlement"),
        ),
        Colonne(
            "montant_ht",
            MONEY,
            "Montant mandaté, € HT",
            v.amount,
            ("montant", "dépense achat", "dépense achat (€)", "montant hors taxes"),
        ),
        Colonne(
            "famille",
            "VARCHAR",
            "Famille d'achat",
            v.text,
            ("famille d'achat", "catégorie", "catégorie d'achat", "nomenclature"),
            True,
        ),
        Colonne(
            "compte",
            "VARCHAR",
            "Compte d'imputation",
            v.text,
            ("imputation", "nature comptable", "article"),
            True,
        ),
        Colonne("objet", "VARCHAR", "Objet du mandat", v.text, ("libellé",), True),
        Colonne("delai_jours", "INTEGER", "Jours entre réception de la facture et paiement"),
    ),
    (
        signature("acheteur_siret", "fournisseur_id", "date_paiement", "montant_ht"),
        signature("numero", "fournisseur_id", "montant_ht", "date_reception"),
        # the model of «Ma part d'achat inclusif»: no date, the year of its folder
        signature("acheteur_siret", "fournisseur_id", "fournisseur", "montant_ht", "famille"),
    ),
    identite=(
        "numero",
        "fournisseur_id",
        "fournisseur",
        "objet",
        "date_paiement",
        "date_reception",
    ),
    acheteur=("acheteur_siret",),
    annee=("date_paiement",),
    montant=("montant_ht",),
    derive=_delai,
)

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
        _oui_non("solde", "Marché soldé dans l'année", "marché soldé"),
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

CONSULTATIONS = Registre(
    "consultations",
    "consultations",
    "Registre des consultations",
    (
        Colonne(
            "numero",
            "VARCHAR",
            "Numéro de la consultation",
            v.text,
            ("numéro de consultation", "n° consultation", "consultation"),
            True,
        ),
        ACHETEUR,
        Colonne("objet", "VARCHAR", "Objet", v.text, ("intitulé",), True),
        Colonne(
            "date_lancement",
            "DATE",
            "Date d'envoi à la publication",
            v.date,
            ("date de lancement", "date de publication"),
        ),
        Colonne(
            "montant_estime", MONEY, "Montant estimé, € HT", v.amount, ("estimation", "montant")
        ),
        _oui_non("fiche_strategie", "Fiche de stratégie d'achat responsable"),
        MARCHE[0],
        Colonne("marche_uid", "VARCHAR", "Marché, quand un seul porte cet identifiant"),
    ),
    (signature("numero", "date_lancement", "fiche_strategie"),),
    identite=("numero", "objet", "date_lancement", "id_marche"),
    acheteur=("acheteur_siret",),
    annee=("date_lancement",),
    montant=("montant_estime",),
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
