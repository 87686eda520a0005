"""Words and proportions of the demonstration registers: tables only, no code."""

from __future__ import annotations

from typing import Final

from spaser.demo.data import VILLE

SIRENE: Final = """
siret statutDiffusionEtablissement codeCommuneEtablissement denominationUniteLegale
categorieEntreprise trancheEffectifsUniteLegale economieSocialeSolidaireUniteLegale
"""
ACHATS: Final = (
    "siret description fournisseur date prix_ht famille_produits caracteristiques definition_local"
)
RELEVE: Final = "indicateur acheteur annee numerateur denominateur document auteur date"

# Communes of establishments, by INSEE code: the métropole, the département, the région, elsewhere.
COMMUNES: Final = {
    "21231": 30,
    "21166": 6,
    "21515": 6,
    "21355": 5,
    "21617": 3,
    "21054": 7,
    "21154": 4,
    "71076": 6,
    "39198": 4,
    "89024": 3,
    "69123": 9,
    "75108": 8,
    "67482": 4,
}
CATEGORIES: Final = {"PME": 80, "ETI": 11, "GE": 5, "": 4}
TRANCHES: Final = {"NN": 4, "01": 10, "02": 14, "03": 16, "11": 20, "12": 16, "21": 8, "41": 2}
TRANCHES_GRANDES: Final = {"32": 3, "42": 2, "52": 1}
NOMS: Final = ("Atelier", "Comptoir", "Bureau", "Chantier", "Maison", "Société")
NOMS_SUITE: Final = ("du Colombier", "des Tilleuls", "de l'Étang", "de la Combe", "du Val fictif")

FAMILLES_ACHAT: Final = {
    "Travaux de bâtiment": 22,
    "Voirie et réseaux": 14,
    "Fournitures de bureau": 10,
    "Produits d'entretien": 9,
    "Denrées alimentaires": 12,
    "Prestations intellectuelles": 12,
    "Informatique": 11,
    "Espaces verts": 10,
}
COMPTES: Final = {
    "Travaux de bâtiment": "2313",
    "Voirie et réseaux": "615231",
    "Fournitures de bureau": "6064",
    "Produits d'entretien": "60631",
    "Denrées alimentaires": "60623",
    "Prestations intellectuelles": "617",
    "Informatique": "6156",
    "Espaces verts": "61521",
}
DELAIS: Final = {9: 6, 14: 12, 18: 20, 22: 24, 26: 20, 29: 12, 33: 4, 41: 2}

SECTEURS: Final = ("Bâtiment", "Voirie", "Espaces verts", "Nettoyage", "Restauration")
PUBLICS: Final = ("Demandeurs d'emploi de longue durée", "Jeunes sans qualification", "RSA")

SERVICES: Final = (
    "Commande publique",
    "Bâtiments",
    "Espaces verts",
    "Voirie",
    "Restauration",
    "Numérique",
)

# ambition, buyer (none: all together), action, pilote, partenaire (of the committee by rank: the
# whole name, or what stands in its brackets), statut, month of the due date (above 12: of the year
# after), companies reached, note
ACTIONS: Final = (
    ("ECO1", "", "Rencontre annuelle des entreprises", "Commande publique", "{sigles[4]}",
     "Réalisée", 6, 84, ""),
    ("ECO1", "", "Ateliers « répondre à un marché »", "Commande publique", "{comite[6]}",
     "réalisée", 10, 47, ""),
    ("ECO1", "", "Calendrier des consultations à venir", "Commande publique",
     "{sigles[4]}, {sigles[5]}", "en cours", 18, None,
     "Publication deux fois par an, sur le profil d'acheteur"),
    ("ECO2", "", "Suivi mensuel des délais de paiement", "Finances", "{sigles[5]}", "en cours", 12,
     None, ""),
    ("ECO2", "", "Guide des achats innovants", "", "", "abandonnée", None, None, ""),
    ("SOC1", "", "Clausier commun métropole et ville", "Commande publique", "", "en cours", 9,
     None, ""),
    ("SOC2", "", "Repérage des marchés à clause d'insertion", "Commande publique", "{comite[0]}",
     "réalisée", 3, None, ""),
    ("SOC2", "", "Visite des structures de l'insertion", "Emploi", "{comite[2]}",
     "en cours", 11, 12, ""),
    ("SOC2", "", "Rencontre avec l'économie sociale", "Emploi", "{sigles[3]}", "à lancer", 12,
     None, ""),
    ("SOC3", VILLE, "Essais d'équipements avec les agents", "Ressources humaines", "",
     "en cours", 12, None, ""),
    ("ENV1", "", "Recensement des achats de réemploi", "Moyens généraux", "{comite[1]}",
     "réalisée", 5, None, ""),
    ("ENV3", "", "Circuits courts en restauration", "Restauration", "{comite[8]}",
     "en cours", 9, 21, ""),
    ("ENV4", "", "Tri sur les chantiers", "Bâtiments", "Ressourcerie fictive", "suspendue", 6,
     None, ""),
)  # fmt: skip

# Category of the official list -> euros, reuse, gifts, recycled (percents of the first)
AGEC: Final = {
    "Produits textiles à l'exception des équipements de protection individuels": (84_000, 9, 1, 22),
    "Matériel informatique et téléphonie": (412_000, 17, 0, 4),
    "Consommables d'impression": (38_000, 21, 0, 30),
    "Papier": (61_000, 0, 0, 64),
    "Fournitures de bureau": (57_000, 3, 0, 25),
    "Mobilier et aménagement d'intérieur": (146_000, 22, 2, 18),
    "Mobilier urbain": (98_000, 5, 0, 31),
    "Matériel d'entretien des espaces verts": (44_000, 8, 0, 6),
    "Jeux et jouets": (29_000, 12, 3, 10),
}

# What a canteen buys: description, family, labels, median price in euros
ACHATS_CANTINE: Final = (
    ("Yaourts", "PRODUITS_LAITIERS", "BIO", 640),
    ("Emmental", "PRODUITS_LAITIERS", "", 720),
    ("Pommes", "FRUITS_ET_LEGUMES", "BIO,FRANCE", 480),
    ("Carottes", "FRUITS_ET_LEGUMES", "LOCAL,HVE", 390),
    ("Poulet", "VIANDES_VOLAILLES", "LABEL_ROUGE,FRANCE", 1350),
    ("Bœuf", "VIANDES_VOLAILLES", "FRANCE", 1720),
    ("Colin", "PRODUITS_DE_LA_MER", "PECHE_DURABLE", 980),
    ("Jambon", "CHARCUTERIE", "", 410),
    ("Pain", "BOULANGERIE", "BIO,LOCAL", 560),
    ("Pâtes", "AUTRES", "", 350),
    ("Lentilles", "AUTRES", "BIO,COMMERCE_EQUITABLE", 280),
    ("Jus de pomme", "BOISSONS", "CIRCUIT_COURT,LOCAL", 220),
)

# indicator -> numerator and denominator (None: no ratio), document, service
RELEVES: Final = {
    "SOC3-03": (61_400, 92_000, "bilan du titulaire, produits d'entretien", "Moyens généraux"),
    "SOC3-04": (11_800, 29_500, "reporting de propreté", "Bâtiments"),
    "ENV2-03": (17_150, 21_300, "déclaration OPERAT", "Énergie"),
    "ENV4-02": (8_420, 11_600, "bordereaux de suivi", "Bâtiments"),
    "ENV4-03": (212, 498, "registre des réformes", "Moyens généraux"),
    "ENV4-05": (76_500_000, 890_000, "pesées de la cuisine centrale", "Restauration"),
}
