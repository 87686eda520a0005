"""What the invented contracts buy, in which lots, and where: tables only, no code."""

from __future__ import annotations

from typing import Final, NamedTuple

from spaser.demo.data import METROPOLE, VILLE

LOTS: Final = {
    "": (),
    "bâtiment": (
        "gros œuvre et démolition",
        "charpente et couverture",
        "étanchéité",
        "menuiseries extérieures",
        "menuiseries intérieures",
        "plâtrerie et peinture",
        "revêtements de sols",
        "plomberie et sanitaires",
        "chauffage et ventilation",
    ),
    "voirie": (
        "terrassements et chaussée",
        "bordures et dallages",
        "éclairage public",
        "plantations et arrosage",
        "signalisation",
        "réseaux d'eaux pluviales",
    ),
    "denrées": (
        "fruits et légumes frais",
        "produits laitiers",
        "viandes et volailles fraîches",
        "épicerie",
        "pain et viennoiserie",
        "légumineuses et céréales",
    ),
    "secteurs": ("secteur nord", "secteur sud", "centre-ville", "secteur est"),
    "sites": ("écoles", "bâtiments administratifs", "équipements sportifs", "vitrerie"),
    "risques": (
        "dommages aux biens",
        "responsabilité civile",
        "flotte automobile",
        "protection juridique des agents et des élus",
    ),
    "véhicules": (
        "véhicules légers électriques",
        "utilitaires électriques",
        "vélos à assistance électrique",
        "engins de propreté",
    ),
    "matériels": ("postes de travail reconditionnés", "écrans et périphériques", "serveurs"),
    "mobilier": ("bancs et assises", "corbeilles", "arceaux pour vélos", "potelets"),
}
NOMBRE_DE_LOTS: Final = {1: 40, 2: 14, 3: 16, 4: 14, 5: 8, 6: 8}

LIEUX: Final = {
    "école": (
        "du groupe scolaire des Tilleuls",
        "de l'école maternelle du Verger",
        "du groupe scolaire de la Grande Ourse",
        "de l'école élémentaire des Merisiers",
        "de l'école maternelle des Coquelicots",
        "du groupe scolaire du Moulin à Vent",
    ),
    "rue": (
        "de la rue des Marronniers",
        "de l'avenue du Belvédère",
        "de la place des Lilas",
        "du boulevard des Alouettes",
        "de la rue du Four à Chaux",
        "de l'allée des Cerisiers",
        "du chemin des Noisetiers",
        "de la rue de la Tuilerie",
    ),
    "parc": (
        "du parc des Aulnes",
        "du square des Mésanges",
        "du jardin du Vieux Puits",
        "du parc de la Roseraie",
    ),
    "bâtiment": (
        "du gymnase des Érables",
        "de la médiathèque du Levant",
        "du musée des Voûtes",
        "de la maison de quartier des Platanes",
        "de la salle de spectacle du Pressoir",
        "de la piscine des Saules",
        "du centre technique du Ruisseau",
    ),
    "sport": ("du gymnase des Érables", "de la piscine des Saules", "du stade de la Prairie"),
}


class Template(NamedTuple):
    """A kind of contract: family, buyers, CPV, object with its {place}, and its lots."""

    famille: str
    acheteurs: tuple[str, ...]
    cpv: str
    objet: str
    lots: str = ""


_V, _M = (VILLE,), (METROPOLE,)
_VM = (VILLE, METROPOLE)

TEMPLATES: Final = (
    Template("travaux", _V, "45214210-5", "Rénovation thermique et extension {école}", "bâtiment"),
    Template("travaux", _V, "45112710-5", "Végétalisation de la cour et des abords {école}"),
    Template("travaux", _V, "45442100-8", "Travaux de peinture et de remise en état {école}"),
    Template("travaux", _VM, "45210000-2", "Restructuration {bâtiment}", "bâtiment"),
    Template("travaux", _VM, "45261900-3", "Réfection de la toiture et de l'isolation {bâtiment}"),
    Template("travaux", _VM, "45331000-6", "Remplacement de la chaufferie {bâtiment}"),
    Template("travaux", _VM, "45311200-2", "Mise aux normes électriques {bâtiment}"),
    Template("travaux", _V, "45421100-5", "Remplacement des menuiseries extérieures {école}"),
    Template("travaux", _V, "45112710-5", "Aménagement {parc} et création d'une aire de jeux"),
    Template("travaux", _V, "45212200-8", "Rénovation des vestiaires et de l'éclairage {sport}"),
    Template("travaux", _VM, "45111100-9", "Démolition sélective d'une annexe {bâtiment}"),
    Template("travaux", _M, "45233141-9", "Requalification {rue} et de ses abords", "voirie"),
    Template("travaux", _M, "45233223-8", "Réfection de la chaussée {rue} en enrobés recyclés"),
    Template("travaux", _M, "45233161-5", "Création d'une piste cyclable le long {rue}", "voirie"),
    Template("travaux", _M, "45232410-9", "Renouvellement du réseau d'assainissement {rue}"),
    Template("travaux", _M, "45232150-8", "Renouvellement des conduites d'eau potable {rue}"),
    Template("travaux", _M, "45316110-9", "Rénovation de l'éclairage public {rue}"),
    Template(
        "fournitures",
        _V,
        "15300000-1",
        "Denrées alimentaires pour les restaurants scolaires",
        "denrées",
    ),
    Template("fournitures", _V, "15331100-8", "Légumes biologiques pour la cuisine centrale"),
    Template("fournitures", _V, "39160000-1", "Mobilier scolaire et petite enfance"),
    Template("fournitures", _VM, "39130000-2", "Mobilier de bureau neuf et reconditionné"),
    Template("fournitures", _VM, "18110000-3", "Vêtements de travail et équipements de protection"),
    Template("fournitures", _VM, "39831000-6", "Produits d'entretien écolabellisés"),
    Template("fournitures", _VM, "30192000-1", "Fournitures de bureau et papier recyclé"),
    Template("fournitures", _VM, "34100000-8", "Acquisition de véhicules", "véhicules"),
    Template("fournitures", _VM, "44316000-8", "Quincaillerie et outillage pour les ateliers"),
    Template("fournitures", _V, "03451000-6", "Plantes, bulbes et arbustes pour les jardins"),
    Template("fournitures", _V, "37535200-9", "Jeux de plein air {parc}"),
    Template("fournitures", _VM, "34928400-2", "Mobilier urbain", "mobilier"),
    Template("fournitures", _M, "34928480-6", "Bacs et composteurs pour la collecte des déchets"),
    Template("fournitures", _M, "31520000-7", "Luminaires à faible consommation"),
    Template("services", _V, "90911200-8", "Nettoyage des locaux", "sites"),
    Template("services", _M, "90911200-8", "Nettoyage et vitrerie {bâtiment}"),
    Template("services", _VM, "77310000-6", "Entretien des espaces verts", "secteurs"),
    Template("services", _VM, "77340000-5", "Élagage et taille raisonnée des arbres", "secteurs"),
    Template("services", _VM, "66510000-8", "Services d'assurances", "risques"),
    Template("services", _VM, "79713000-5", "Gardiennage {bâtiment}"),
    Template("services", _V, "60172000-4", "Transport d'enfants pour les activités scolaires"),
    Template("services", _V, "79952100-3", "Régie technique de la saison d'animations {parc}"),
    Template("services", _VM, "79800000-2", "Impression de documents sur papier recyclé"),
    Template("services", _VM, "50710000-5", "Exploitation et entretien du chauffage {bâtiment}"),
    Template("services", _VM, "50750000-7", "Entretien des ascenseurs et portes automatiques"),
    Template("services", _VM, "80500000-9", "Formation des agents à la sécurité et à la conduite"),
    Template("services", _M, "90511000-2", "Collecte des déchets ménagers et du verre", "secteurs"),
    Template("services", _M, "90513000-6", "Traitement des déchets verts et des encombrants"),
    Template("services", _M, "90470000-2", "Curage des réseaux et des ouvrages d'eaux pluviales"),
    Template("services", _M, "50232100-1", "Maintenance de l'éclairage public", "secteurs"),
    Template("services", _M, "90600000-3", "Propreté et désherbage manuel {rue} et de ses abords"),
    Template("services", _M, "90620000-9", "Viabilité hivernale et déneigement", "secteurs"),
    Template("études", _VM, "71241000-9", "Étude de faisabilité pour la rénovation {bâtiment}"),
    Template("études", _VM, "71356100-9", "Contrôle technique pour les travaux {bâtiment}"),
    Template("études", _V, "71200000-0", "Maîtrise d'œuvre pour l'extension {école}"),
    Template("études", _M, "71311000-1", "Maîtrise d'œuvre pour le réaménagement {rue}"),
    Template("études", _M, "71313000-5", "Inventaire de la biodiversité et plan de gestion {parc}"),
    Template("études", _M, "71410000-5", "Étude urbaine du quartier et des abords {rue}"),
    Template("numérique", _VM, "30213000-5", "Matériels informatiques", "matériels"),
    Template("numérique", _VM, "72267000-4", "Maintenance du logiciel de gestion des équipements"),
    Template("numérique", _V, "48000000-8", "Logiciel d'inscription aux activités périscolaires"),
    Template("numérique", _M, "64200000-8", "Services de télécommunications et d'accès à internet"),
)

CONCESSIONS: Final = {  # nature, objet, procédure, mois, valeur globale, subvention
    2024: (
        (
            "Délégation de service public",
            "Exploitation du parc de stationnement des Halles Neuves",
            "Procédure négociée ouverte",
            72,
            3_240_000,
            0,
        ),
        (
            "Concession de service",
            "Location de vélos en libre-service et ateliers de réparation",
            "Procédure négociée restreinte",
            48,
            1_150_000,
            180_000,
        ),
    ),
    2025: (
        (
            "Délégation de service public",
            "Gestion et modernisation de la fourrière animale",
            "Procédure négociée ouverte",
            60,
            890_000,
            120_000,
        ),
        (
            "Concession de travaux",
            "Réseau de chaleur au bois du quartier des Peupliers",
            "Procédure négociée ouverte",
            240,
            18_600_000,
            2_400_000,
        ),
        (
            "Concession de service",
            "Bornes de recharge pour véhicules électriques",
            "Procédure non négociée ouverte",
            120,
            2_070_000,
            0,
        ),
    ),
}
