"""Words and proportions of the demonstration records: tables.

Places and objects are invented; CPV codes are those of the 2008 nomenclature.  Weights are
whole numbers: only their ratio counts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from spaser.sources import fields as f

VILLE: Final = "ville"
METROPOLE: Final = "metropole"

Weights = dict[str, int]
SANS_OBJET: Final = "Sans objet"


class Plan(NamedTuple):
    """One publication: how many contracts, at which rates, and what else its file holds.

    `social` and `environnement` are percents of contracts with a consideration.
    """

    marches: int
    echelle: int  # percent, on the medians of the families
    social: int
    environnement: int
    concessions: int  # regulatory form only
    ids_tronques: int  # consultations of several lots whose ids the platform cut
    repetes: int  # records written twice, byte for byte
    autre_annee: int  # contracts of the neighbouring year
    autre_acheteur: int  # contracts of a buyer that is not ours


PLANS: Final = {
    (2024, VILLE): Plan(178, 100, 22, 62, 0, 6, 1, 7, 2),
    (2024, METROPOLE): Plan(149, 180, 27, 74, 2, 0, 1, 5, 1),
    (2025, VILLE): Plan(184, 100, 29, 78, 0, 5, 1, 7, 2),
    (2025, METROPOLE): Plan(153, 180, 33, 88, 3, 0, 1, 5, 1),
}

PUBLICATIONS: Final = tuple(PLANS)  # the order of the four numbers of a trait


def alike(annee: int) -> int:
    """The year whose plan a year follows: its own, or the last one that has a plan."""
    return min(annee, max(year for year, _ in PLANS))


class Family(NamedTuple):
    """What contracts of a kind have in common.

    `mediane` is in euros, `dispersion` in thousandths (sigma of the log-normal law),
    `accord_cadre`, `avance` and `sous_traitance` in percents; `social` and `environnement`
    say how much this kind leans to a consideration; `titulaires` are places in the pool.
    """

    mediane: int
    dispersion: int
    accord_cadre: int
    avance: int
    sous_traitance: int
    social: int
    environnement: int
    titulaires: range
    ccag: Weights
    forme_prix: Weights
    type_prix: Weights
    mois: dict[int, int]


_FERME = {"Définitif ferme": 30, "Définitif révisable": 70}
_FCS = {"Fournitures courantes et services": 80, "Pas de CCAG": 20}

FAMILIES: Final = {
    "travaux": Family(
        64_000,
        1250,
        8,
        45,
        12,
        35,
        20,
        range(48),
        {"Travaux": 96, "Pas de CCAG": 4},
        {"Forfaitaire": 82, "Unitaire": 10, "Mixte": 8},
        {"Définitif actualisable": 45, "Définitif révisable": 45, "Définitif ferme": 10},
        {2: 6, 3: 8, 4: 14, 6: 20, 9: 16, 12: 18, 18: 10, 24: 8},
    ),
    "fournitures": Family(
        36_000,
        1050,
        62,
        12,
        0,
        0,
        30,
        range(48, 74),
        _FCS,
        {"Unitaire": 72, "Forfaitaire": 28},
        _FERME,
        {6: 6, 12: 24, 24: 14, 36: 10, 48: 46},
    ),
    "services": Family(
        44_000,
        1150,
        48,
        18,
        4,
        40,
        25,
        range(74, 102),
        _FCS,
        {"Unitaire": 52, "Forfaitaire": 38, "Mixte": 10},
        _FERME,
        {6: 4, 12: 22, 24: 14, 36: 14, 48: 46},
    ),
    "études": Family(
        32_000,
        800,
        12,
        20,
        8,
        8,
        8,
        range(102, 112),
        {"Prestations intellectuelles": 82, "Maitrise d'œuvre": 18},
        {"Forfaitaire": 86, "Mixte": 14},
        _FERME,
        {4: 10, 6: 20, 9: 16, 12: 26, 18: 12, 24: 16},
    ),
    "numérique": Family(
        41_000,
        900,
        40,
        20,
        4,
        5,
        5,
        range(112, 120),
        {"Techniques de l'information et de la communication": 90, "Pas de CCAG": 10},
        {"Forfaitaire": 48, "Mixte": 32, "Unitaire": 20},
        _FERME,
        {12: 20, 24: 14, 36: 20, 48: 46},
    ),
}

SANS_CONCURRENCE: Final = "Marché passé sans publicité ni mise en concurrence préalable"
SEUIL_FORMALISE: Final = {"travaux": 5_538_000}  # euros; any other family:
SEUIL_FORMALISE_FCS: Final = 221_000
PROCEDURES: Final = {
    True: {
        "Appel d'offres ouvert": 86,
        "Procédure avec négociation": 10,
        "Appel d'offres restreint": 2,
        "Dialogue compétitif": 2,
    },
    False: {"Procédure adaptée": 90, SANS_CONCURRENCE: 10},
}
OFFRES: Final = {1: 23, 2: 24, 3: 23, 4: 14, 5: 8, 6: 4, 7: 2, 9: 1, 12: 1}  # with competition
MODALITES: Final = {"Bons de commande": 78, "Marchés subséquents": 22}
TAUX_AVANCE: Final = {"0.05": 40, "0.1": 40, "0.2": 14, "0.3": 6}
MOIS_NOTIFICATION: Final = dict(enumerate((7, 7, 9, 8, 8, 11, 11, 4, 8, 9, 8, 10), start=1))

SOCIALES: Final = {
    (f.CLAUSE_SOCIALE,): 50,
    (f.CRITERE_SOCIAL,): 24,
    (f.CLAUSE_SOCIALE, f.CRITERE_SOCIAL): 18,
    (f.MARCHE_RESERVE,): 8,
}
ENVIRONNEMENTALES: Final = {
    (f.CLAUSE_ENVIRONNEMENTALE,): 34,
    (f.CRITERE_ENVIRONNEMENTAL,): 16,
    (f.CLAUSE_ENVIRONNEMENTALE, f.CRITERE_ENVIRONNEMENTAL): 50,
}
LIEU_EXECUTION: Final = {
    VILLE: {("21000", "Code postal"): 1},
    METROPOLE: {
        ("21231", "Code commune"): 66,
        ("21166", "Code commune"): 8,
        ("21617", "Code commune"): 7,
        ("21515", "Code commune"): 7,
        ("21355", "Code commune"): 6,
        ("21", "Code département"): 6,
    },
}
# Origin of products is published for food, vehicles and clothing alone: EU, then France.
CPV_AVEC_ORIGINE: Final = ("15", "18", "34100")
ORIGINES: Final = {(0.6, 0.2): 20, (0.8, 0.4): 30, (1, 0.6): 30, (1, 1): 20}

COLONNES: Final = (
    "id",
    "nature",
    "objet",
    "codecpv",
    "procedure",
    "titulaire_id_1",
    "titulaire_typeidentifiant_1",
    "titulaire_id_2",
    "titulaire_typeidentifiant_2",
    "titulaire_id_3",
    "titulaire_typeidentifiant_3",
    "acheteur_id",
    "dureemois",
    "datenotification",
    "datepublicationdonnees",
    "montant",
    "formeprix",
    "attributionavance",
    "tauxavance",
    "offresrecues",
    "ccag",
    "soustraitancedeclaree",
    "typegroupementoperateurs",
    "idaccordcadre",
    "lieuexecution_code",
    "lieuexecution_typecode",
    "considerationssociales",
    "considerationsenvironnementales",
    "modalitesexecution",
    "techniques",
    "typesprix",
    "origineue",
    "originefrance",
    "marcheinnovant",
    "idmodification",
    "montantmodification",
    "dureemoismodification",
    "idtitulairemodification",
    "typeidentifianttitulairemodification",
    "datenotificationmodificationmodification",
    "datepublicationdonneesmodificationmodification",
    "idactesoustraitance",
    "dureemoisactesoustraitance",
    "datenotificationactesoustraitance",
    "datepublicationdonneesactesoustraitance",
    "montantactesoustraitance",
    "variationprixactesoustraitance",
    "idsoustraitant",
    "typeidentifiantsoustraitant",
    "idmodificationactesoustraitance",
    "dureemoismodificationactesoustraitance",
    "datenotificationmodificationsoustraitancemodificationactesoustraitance",
    "datepublicationdonneesmodificationactesoustraitance",
    "montantmodificationactesoustraitance",
    "source",
)

NOTE_MORE: Final = {2024: "", 2025: ", formations, consultations, véhicules"}
NOTE: Final = """\
# Données de démonstration {annee}

Ces enregistrements sont **fictifs** : ni les marchés, ni les montants, ni les titulaires, ni les
lieux n'existent. Seuls les numéros SIRET des deux acheteurs et les codes des nomenclatures sont
réels. Aucun chiffre tiré de ces fichiers ne dit quoi que ce soit des achats de ces collectivités.

| fichier | forme | marchés de l'année |
|---|---|---|
| `{ville}` | JSON à plat du ministère | {n_ville} |
| `{metropole}` | JSON réglementaire | {n_metropole} |

Les autres fichiers sont les registres de l'année (docs/sources.md donne leurs colonnes) : fiches
marché, extrait SIRENE, liste ESUS, annuaire inclusif, mandats, heures d'insertion, actions, AGEC,
cantine, relevés{more}. Entreprises, services, montants et
mesures y sont inventés ; chacun porte quelques défauts, que le contrôle qualité montre.

Tous sont écrits par `python -m spaser.demo` (`src/spaser/demo/`), sans horloge ni
hasard extérieur : la graine est l'année ({annee}) et le même programme redonne les mêmes octets.
Les SIRET des titulaires commencent par 000, que l'INSEE n'attribue pas. Les défauts des fichiers
réels y sont mis exprès, en nombre connu : la table `TRAITS` de `src/spaser/demo/traits.py` énumère
ceux des marchés.

La présence de ce fichier `DEMONSTRATION.md` dans le dossier fait imprimer « Données de
démonstration » sur les pages du rapport. Pour travailler sur de vraies données, remplacer ces
fichiers et supprimer celui-ci.
"""
