"""Registers of companies: SIRENE, approvals of solidarity enterprises, inclusive suppliers."""

from __future__ import annotations

from spaser.sources import values as v
from spaser.sources.registers.kinds import Colonne, Registre, signature

# Codes and words of gip-inclusion/le-marche, lemarche/siaes/constants.py; its exports write the
# code, the words, or the words and the code in brackets.
_TYPES = {
    "EI": "Entreprise d'insertion",
    "AI": "Association intermédiaire",
    "ACI": "Atelier chantier d'insertion",
    "ETTI": "Entreprise de travail temporaire d'insertion",
    "EITI": "Entreprise d'insertion par le travail indépendant",
    "GEIQ": "Groupement d'employeurs pour l'insertion et la qualification",
    "SEP": "Produits et services réalisés en prison",
    "EA": "Entreprise adaptée",
    "EATT": "Entreprise adaptée de travail temporaire",
    "ESAT": "Etablissement et service d'aide par le travail",
}
TYPES_INCLUSIFS = tuple(_TYPES)
_MOTS = {m: code for code, mots in _TYPES.items() for m in (mots, f"{mots} ({code})")}
CATEGORIES = ("PME", "ETI", "GE")

SIRENE = Registre(
    "sirene",
    "sirene",
    "Extrait SIRENE des entreprises rencontrées",
    (
        Colonne("siret", "VARCHAR", "SIRET de l'établissement", v.identifier),
        Colonne("siren", "VARCHAR", "SIREN de l'unité légale"),
        Colonne(
            "denomination",
            "VARCHAR",
            "Dénomination ; vide si la diffusion est partielle",
            v.text,
            ("denominationUniteLegale",),
            True,
        ),
        Colonne(
            "categorie_entreprise",
            "VARCHAR",
            "PME, ETI ou GE (INSEE)",
            v.choice(*CATEGORIES),
            ("categorieEntreprise",),
        ),
        Colonne(
            "tranche_effectifs",
            "VARCHAR",
            "Tranche d'effectif de l'unité légale (code INSEE)",
            v.text,
            ("trancheEffectifsUniteLegale",),
        ),
        Colonne("effectif_moins_10", "BOOLEAN", "Moins de dix salariés"),
        Colonne(
            "code_commune",
            "VARCHAR",
            "Commune de l'établissement (code INSEE)",
            v.text,
            ("codeCommuneEtablissement",),
        ),
        Colonne("departement", "VARCHAR", "Département"),
        Colonne("region", "VARCHAR", "Région (code INSEE)"),
        Colonne(
            "latitude",
            "DECIMAL(18,6)",
            "Latitude de la commune, en degrés (GeoNames) ; vide : inconnue",
        ),
        Colonne("longitude", "DECIMAL(18,6)", "Sa longitude, en degrés"),
        Colonne(
            "cercle",
            "VARCHAR",
            "Le plus petit cercle du territoire : commune, groupement, departement, region "
            "(params/spaser.yml), ailleurs ; vide : inconnu",
        ),
        Colonne(
            "ess",
            "BOOLEAN",
            "Économie sociale et solidaire (INSEE)",
            v.boolean,
            ("economieSocialeSolidaireUniteLegale",),
        ),
    ),
    (signature("siret", "code_commune"), signature("siret", "categorie_entreprise")),
    reference=True,
)

ESUS = Registre(
    "esus",
    "esus",
    "Liste des entreprises solidaires d'utilité sociale",
    (
        Colonne(
            "siren",
            "VARCHAR",
            "SIREN",
            v.identifier,
            ("numéro siren", "n° siren", "siret", "n° siret", "numéro de siren"),
        ),
        Colonne(
            "denomination",
            "VARCHAR",
            "Dénomination",
            v.text,
            ("nom", "raison sociale", "nom de l'entreprise", "structure", "dénomination sociale"),
            True,
        ),
        Colonne(
            "date_debut",
            "DATE",
            "Début de l'agrément",
            v.date,
            ("date d'agrément", "date de la décision", "date de début d'agrément", "date décision"),
        ),
        Colonne(
            "date_fin",
            "DATE",
            "Fin de l'agrément",
            v.date,
            (
                "date de fin d'agrément",
                "date de fin de validité",
                "fin d'agrément",
                "date d'échéance",
                "date de fin",
            ),
        ),
    ),
    (signature("siren", "denomination", "date_fin"), signature("siren", "date_debut", "date_fin")),
    identite=("siren",),
    reference=True,
)

INCLUSIFS = Registre(
    "inclusifs",
    "annuaire_inclusif",
    "Annuaire des fournisseurs inclusifs",
    (
        Colonne("siret", "VARCHAR", "SIRET", v.identifier),
        Colonne("siren", "VARCHAR", "SIREN"),
        Colonne(
            "raison_sociale",
            "VARCHAR",
            "Raison sociale",
            v.text,
            ("name", "nom", "dénomination", "denomination_sociale", "enseigne", "brand"),
            True,
        ),
        Colonne(
            "type",
            "VARCHAR",
            "Type de structure : " + ", ".join(TYPES_INCLUSIFS),
            v.choice(*TYPES_INCLUSIFS, autres=_MOTS),
            ("kind", "type de structure", "mesure"),
        ),
    ),
    (signature("siret", "raison_sociale", "type"),),
    identite=("siret",),
    reference=True,
    derive=lambda row: {"siren": (row["siret"] or "")[:9] or None},
)
