"""Declarations whose columns others fix: AGEC article 58, fleet renewal, ma cantine."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from spaser.sources import values as v
from spaser.sources.registers.kinds import MONEY, Colonne, Registre, Values, signature

# Enumeration of datagouv/schema-declaration-biens-reemploi-reutilisation-recycle v0.1.0
CATEGORIES_AGEC = (
    "Produits textiles à l'exception des équipements de protection individuels",
    "Matériel informatique et téléphonie",
    "Matériel de reprographie et d'impression",
    "Consommables d'impression",
    "Papier",
    "Fournitures de bureau",
    "Engins de transport et pièces détachées",
    "Véhicules et pièces détachées",
    "Mobilier et aménagement d'intérieur",
    "Mobilier urbain",
    "Equipements de collecte de déchets",
    "Bocaux et flacons",
    "Articles et équipement sportifs",
    "Matériel d'entretien des espaces verts",
    "Bâtiments modulaires ou préfabriqués",
    "Gros électroménager, y compris appareils professionnels",
    "Jeux et jouets",
)


def _agec(row: Mapping[str, Any]) -> Values:
    """Reuse without the gifts, for the schema that writes both in one amount.

    declaration-biens-valorisation counts the gifts in it; where they are more than the whole,
    the amount of reuse is unknown.
    """
    both, gifts = row["montant_valorisation_et_don"], row["montant_produits_issus_don"] or 0
    if both is None or row["montant_reemploi_et_reutilisation"] is not None:
        return {}
    return {"montant_reemploi_et_reutilisation": both - gifts if gifts <= both else None}


AGEC = Registre(
    "agec",
    "agec",
    "Déclaration AGEC article 58",
    (
        Colonne("annee", "INTEGER", "Année civile des dépenses", v.integer),
        Colonne("siret", "VARCHAR", "SIRET de l'acheteur", v.identifier, hostile=True),
        Colonne("raison_sociale", "VARCHAR", "Raison sociale", v.text, hostile=True),
        Colonne(
            "type_produit_acquis",
            "VARCHAR",
            "Catégorie de produits (liste officielle)",
            v.choice(*CATEGORIES_AGEC),
        ),
        Colonne("montant_total", MONEY, "Dépense totale, € HT", v.amount),
        Colonne(
            "montant_reemploi_et_reutilisation",
            MONEY,
            "dont réemploi ou réutilisation, € HT",
            v.amount,
        ),
        Colonne("montant_produits_issus_don", MONEY, "Dons valorisés, € HT", v.amount),
        Colonne("montant_produits_recycles", MONEY, "dont matières recyclées, € HT", v.amount),
        Colonne(
            "montant_valorisation_et_don",
            MONEY,
            "Réemploi, réutilisation et dons, € HT (schéma declaration-biens-valorisation)",
            v.amount,
        ),
        Colonne("commentaires", "VARCHAR", "Commentaires", v.text, hostile=True),
    ),
    (signature("annee", "siret", "type_produit_acquis", "montant_total"),),
    identite=("type_produit_acquis",),
    acheteur=("siret",),
    annee=("annee",),
    montant=("montant_total",),
    derive=_agec,
)

# etalab/schema-vehicules-faibles-emissions-renouvellement-parc v0.1.0 to v0.1.3; annee, and the
# EuroVI columns, came with the last
_ANCIENNES = {"nbCarXTL": ("nbCarsXTL",)}
_VEHICULES = """
nbVP nbVPEL nbVPH2 nbVPclean nbN1 nbN1inf nbN1infEL nbN1infH2 nbN1infclean nbN1sup nbN1supEL
nbN1supH2 nbN1supclean nbL nbLEL nbLH2 nbN23 nbN23EL nbN23H2 nbN23EHRE nbN23GNV nbN23GPL nbN23Bio
nbN23XTL nbBus nbBusM2 nbBusM2EL nbBusM2H2 nbBusM2clean nbBusM2EHRE nbBusM2GNV nbBusM2bioGNV
nbBusM2GPL nbBusM2Bio nbBusM2XTL nbBusM2EuroVI nbBusM3 nbBusM3EL nbBusM3H2 nbBusM3EHRE nbBusM3GNV
nbBusM3bioGNV nbBusM3GPL nbBusM3Bio nbBusM3XTL nbBusM3EuroVI nbCar nbCarM2 nbCarM2EL nbCarM2H2
nbCarM2clean nbCarEL nbCarH2 nbCarEHRE nbCarGNV nbCarbioGNV nbCarGPL nbCarBio nbCarXTL nbCarEuroVI
"""
_SHARES = """
pcentLDVFE pcentLDVTFE pcentLDVclean pcent23RMTFE pcentPLclean pcentTCFE pcentBusclean pcentBusTFE
"""

FLOTTE = Registre(
    "flotte",
    "flotte",
    "Déclaration des véhicules à faibles émissions",
    (
        Colonne("annee", "INTEGER", "Année ; vide : celle du dossier", v.integer, ("année",)),
        Colonne("sirenDeclarant", "VARCHAR", "SIREN du déclarant", v.identifier, hostile=True),
        Colonne("sirenCouvert", "VARCHAR", "SIREN couvert", v.identifier, hostile=True),
        Colonne("nom", "VARCHAR", "Dénomination", v.text, hostile=True),
        Colonne("naf", "VARCHAR", "Code d'activité", v.text, hostile=True),
        Colonne("cj", "VARCHAR", "Catégorie juridique", v.text, hostile=True),
        Colonne("zone", "VARCHAR", "Zone des transports publics", v.text, hostile=True),
        *(
            Colonne(
                name,
                "INTEGER",
                f"Véhicules, colonne {name} du schéma officiel",
                v.integer,
                _ANCIENNES.get(name, ()),
            )
            for name in _VEHICULES.split()
        ),
        *(
            Colonne(name, "DECIMAL(18,6)", f"Part déclarée en %, colonne {name}", v.percentage)
            for name in _SHARES.split()
        ),
    ),
    (signature("sirenCouvert", "nbVP", "nbN1"),),
    identite=("sirenCouvert", "sirenDeclarant"),
    acheteur=("sirenCouvert",),
    annee=("annee",),
)

BIO = "BIO"
# Labels that count for EGalim beside BIO (L230-5-1 CRPM); FRANCE, EUROPE, LOCAL and
# CIRCUIT_COURT do not.  betagouv/ma-cantine, data/schemas/imports.
LABELS_EGALIM = (
    "LABEL_ROUGE",
    "AOCAOP",
    "IGP",
    "STG",
    "HVE",
    "PECHE_DURABLE",
    "RUP",
    "COMMERCE_EQUITABLE",
    "FERMIER",
    "EXTERNALITES",
    "PERFORMANCE",
)
LABELS = (BIO, *LABELS_EGALIM, "EUROPE", "FRANCE", "CIRCUIT_COURT", "LOCAL")
FAMILLES = (
    "VIANDES_VOLAILLES",
    "CHARCUTERIE",
    "PRODUITS_DE_LA_MER",
    "FRUITS_ET_LEGUMES",
    "PRODUITS_LAITIERS",
    "BOULANGERIE",
    "BOISSONS",
    "AUTRES",
)
# The words of the site's export of purchases, over the years: betagouv/ma-cantine,
# data/models/purchase.py.
FAMILLES_MOTS = {
    "Viandes et volailles fraîches et surgelées": "VIANDES_VOLAILLES",
    "Poissons, produits de la mer et de l'aquaculture": "PRODUITS_DE_LA_MER",
    "Produits aquatiques frais et surgelés": "PRODUITS_DE_LA_MER",
    "Fruits et légumes frais et surgelés": "FRUITS_ET_LEGUMES",
    "BOF (Produits laitiers, beurre et œufs)": "PRODUITS_LAITIERS",
    "Boulangerie / Pâtisserie fraîches": "BOULANGERIE",
    "Boulangerie/Pâtisserie fraîches": "BOULANGERIE",
    "Boulangerie/Pâtisserie fraîches et surgelées": "BOULANGERIE",
    "Autres produits frais, surgelés et d'épicerie": "AUTRES",
}
LABELS_MOTS = {
    "Label rouge": "LABEL_ROUGE",
    "AOC / AOP": "AOCAOP",
    "Indication géographique protégée": "IGP",
    "Spécialité traditionnelle garantie": "STG",
    "Haute valeur environnementale": "HVE",
    "Pêche durable": "PECHE_DURABLE",
    "Région ultrapériphérique": "RUP",
    "Commerce équitable": "COMMERCE_EQUITABLE",
    "Produit prenant en compte les coûts imputés aux externalités environnementales pendant son "
    "cycle de vie": "EXTERNALITES",
    "Produits acquis sur la base de leurs performances en matière environnementale": "PERFORMANCE",
    "Origine UE (hors France)": "EUROPE",
    "Origine France": "FRANCE",
    "Circuit-court": "CIRCUIT_COURT",
    "Produit local": "LOCAL",
}
_labels = v.vocabulary(*LABELS, autres=LABELS_MOTS)


def _caracteristiques(raw: object) -> v.Read:
    """The labels of a purchase: none when the cell is empty, unknown when none can be read."""
    read = _labels(raw)
    return v.Read(()) if read == v.Read(None) else read


VIANDES_POISSONS = ("VIANDES_VOLAILLES", "PRODUITS_DE_LA_MER")


def _cantine(row: Mapping[str, Any]) -> Values:
    """The five sums of a row: of one purchase by its labels, of a declaration by its parts.

    A purchase whose labels, or whose family, cannot be read has unknown parts.
    """
    year = row["date"].year if row["date"] else row["annee_bilan"]
    if row["famille_produits"] or row["prix_ht"] is not None:
        price: Decimal | None = row["prix_ht"]
        labels, family = row["caracteristiques"], row["famille_produits"]
        bio = None if labels is None else BIO in labels
        egalim = None if labels is None else bool({*labels} & {BIO, *LABELS_EGALIM})
        meat = None if family is None else family in VIANDES_POISSONS
        return {
            "annee": year,
            "valeur_totale": price,
            "valeur_bio": _if(price, bio),
            "valeur_egalim_hors_bio": _if(price, egalim and not bio),
            "valeur_viandes_poissons": _if(price, meat),
            "valeur_viandes_poissons_egalim": _if(price, _both(meat, egalim)),
        }
    return {
        "annee": year,
        "valeur_egalim_hors_bio": _sum(
            row, "valeur_siqo", "valeur_externalites_performance", "valeur_egalim_autres"
        ),
        "valeur_viandes_poissons": _sum(
            row, "valeur_viandes_volailles", "valeur_produits_de_la_mer"
        ),
        "valeur_viandes_poissons_egalim": _sum(
            row, "valeur_viandes_volailles_egalim", "valeur_produits_de_la_mer_egalim"
        ),
    }


def _if(price: Decimal | None, counted: bool | None) -> Decimal | None:
    return None if counted is None else price if counted or price is None else Decimal("0.00")


def _both(a: bool | None, b: bool | None) -> bool | None:
    """Whether both hold: a no is a no, else an unknown is unknown."""
    return False if False in (a, b) else None if None in (a, b) else True


def _sum(row: Mapping[str, Any], *names: str) -> Decimal | None:
    """The sum of parts; unknown when one of them is."""
    parts = [row[n] for n in names]
    return None if None in parts else sum(parts, Decimal("0.00"))


def _part(name: str, label: str) -> Colonne:
    return Colonne(name, MONEY, f"{label}, € HT", v.amount)


CANTINE = Registre(
    "cantine",
    "ma_cantine",
    "Achats ou bilan de restauration collective (ma cantine)",
    (
        Colonne("siret", "VARCHAR", "SIRET de la cantine", v.identifier, ("canteen_siret",), True),
        Colonne("cantine", "VARCHAR", "Nom de la cantine", v.text, ("nom de la cantine",), True),
        Colonne("cantine_id", "VARCHAR", "Numéro de la cantine sur le site", v.text, hostile=True),
        Colonne("annee", "INTEGER", "Année de l'achat ou du bilan"),
        Colonne("valeur_totale", MONEY, "Achats alimentaires, € HT", v.amount),
        Colonne("valeur_bio", MONEY, "dont bio, € HT", v.amount),
        Colonne("valeur_egalim_hors_bio", MONEY, "dont durables et de qualité hors bio, € HT"),
        Colonne("valeur_viandes_poissons", MONEY, "Viandes, volailles et poissons, € HT"),
        Colonne("valeur_viandes_poissons_egalim", MONEY, "dont durables et de qualité, € HT"),
        Colonne("annee_bilan", "INTEGER", "Année du bilan", v.integer, ("année_bilan", "year")),
        _part("valeur_siqo", "Signes de qualité et d'origine hors bio"),
        _part("valeur_externalites_performance", "Externalités ou performance"),
        _part("valeur_egalim_autres", "Autres achats EGalim"),
        _part("valeur_viandes_volailles", "Viandes et volailles"),
        _part("valeur_viandes_volailles_egalim", "dont EGalim"),
        _part("valeur_produits_de_la_mer", "Poissons et produits aquatiques"),
        _part("valeur_produits_de_la_mer_egalim", "dont EGalim"),
        Colonne("date", "DATE", "Date de l'achat", v.date, ("date de l'achat",)),
        Colonne("description", "VARCHAR", "Description de l'achat", v.text, hostile=True),
        Colonne("fournisseur", "VARCHAR", "Fournisseur", v.text, hostile=True),
        Colonne("prix_ht", MONEY, "Prix, € HT", v.amount, ("prix ht de l'achat", "prix HT")),
        Colonne(
            "famille_produits",
            "VARCHAR",
            "Famille de produits",
            v.choice(*FAMILLES, autres=FAMILLES_MOTS),
            ("famille de produits", "famille de produit", "catégorie"),
        ),
        Colonne(
            "caracteristiques",
            "VARCHAR[]",
            "Caractéristiques ; vide : aucune",
            _caracteristiques,
            ("categories_egalim", "catégories EGalim"),
        ),
    ),
    (
        signature("siret", "annee_bilan", "valeur_totale", "valeur_bio"),
        signature("cantine_id", "annee_bilan", "valeur_totale", "valeur_bio"),
        signature("date", "prix_ht", "famille_produits"),
    ),
    identite=("cantine", "cantine_id", "date", "description", "fournisseur"),
    acheteur=("siret",),
    annee=("date", "annee_bilan"),
    montant=("valeur_totale", "prix_ht"),
    derive=_cantine,
)
