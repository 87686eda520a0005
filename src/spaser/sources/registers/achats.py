"""Registers of what is bought: the complement of a contract, payments, consultations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spaser.sources import values as v
from spaser.sources.registers.colonnes import ACHETEUR, HOURS, MARCHE, oui_non
from spaser.sources.registers.kinds import MONEY, Colonne, Registre, Values, signature

_NO_MOTIVE = frozenset({"non", "neant", "aucun", "aucune", "sans objet", "so", "s.o.", "-", "0"})


def _motive(raw: object) -> v.Read:
    """A motive in words: «non» says that there is none, and «oui» gives none."""
    read = v.text(raw)
    folded = v.fold(str(read.value or "")).strip()
    if folded in _NO_MOTIVE:
        return v.Read(None)
    return v.Read(None, "un motif est attendu, en quelques mots") if folded == "oui" else read


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
        oui_non("seuil_europeen", "Au-dessus du seuil européen"),
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
        oui_non("consideration_egalite", "Égalité femmes-hommes ou lutte contre discriminations"),
        oui_non("exigence_ergonomie", "Exigence d'ergonomie ou de moindre pénibilité"),
        oui_non("test_utilisateurs", "Essai ou avis des agents utilisateurs"),
        oui_non("clause_carbone", "Clause ou critère d'émissions de gaz à effet de serre"),
        oui_non("clause_biodiversite", "Clause biodiversité"),
        oui_non("clause_dechets_chantier", "Tri, traçabilité, valorisation des déchets"),
        oui_non("clause_reprise_fin_de_vie", "Reprise, réparabilité ou fin de vie"),
        oui_non("clausier_commun", "Clause du clausier commun"),
        oui_non("fiche_strategie", "Fiche de stratégie d'achat responsable"),
        oui_non(
            "groupement_acheteurs",
            "Passé pour plusieurs acheteurs",
            "groupement_metropole_ville",  # the heading of the first template
        ),
        oui_non("clause_perturbateurs_endocriniens", "Clause perturbateurs endocriniens"),
        oui_non("demarche_zero_dechet", "Démarche zéro déchet ou sans plastique à usage unique"),
        oui_non("marche_global", "Marché global ou de partenariat"),
        Colonne(
            "montant_pme_engage",
            MONEY,
            "Montant que le titulaire s'engage à confier à des PME ou artisans, € HT",
            v.amount,
        ),
        oui_non("materiaux_biosources", "Matériaux biosourcés ou bas-carbone"),
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
        oui_non("fiche_strategie", "Fiche de stratégie d'achat responsable"),
        MARCHE[0],
        Colonne("marche_uid", "VARCHAR", "Marché, quand un seul porte cet identifiant"),
    ),
    (signature("numero", "date_lancement", "fiche_strategie"),),
    identite=("numero", "objet", "date_lancement", "id_marche"),
    acheteur=("acheteur_siret",),
    annee=("date_lancement",),
    montant=("montant_estime",),
)
