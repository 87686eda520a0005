"""Columns that several registers have: the buyer, the contract; and types of quantities."""

from __future__ import annotations

from spaser.sources import values as v
from spaser.sources.registers.kinds import Colonne

QUANTITY = "DECIMAL(18,6)"
HOURS = "DECIMAL(18,2)"


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


def oui_non(name: str, label: str, *autres: str) -> Colonne:
    """A column of yes or no: its name, what it says, and the other headings that it is read by."""
    return Colonne(name, "BOOLEAN", f"{label} (oui ou non ; vide : inconnu)", v.boolean, autres)
