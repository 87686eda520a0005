"""The columns of indicateurs.csv, shared by the files that carry figures."""

from __future__ import annotations

from typing import NamedTuple

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Col(NamedTuple):
    """A CSV column: Frictionless type and meaning."""

    name: str
    type: str
    label: str


INDICATEURS = (
    Col("code", "string", "Code de l'indicateur"),
    Col("axe", "integer", "Numéro de l'axe"),
    Col("ambition", "string", "Code de l'ambition"),
    Col("libelle", "string", "Libellé"),
    Col("entite", "string", "Acheteur, ou ensemble"),
    Col("base", "string", "nombre, valeur ou autre"),
    Col("unite", "string", "Unité de valeur"),
    Col("annee", "integer", "Année civile de notification"),
    Col("numerateur", "number", "Numérateur (médiane : somme des grandeurs)"),
    Col("denominateur", "number", "Dénominateur, champ connu (médiane : effectif)"),
    Col("valeur", "number", "Valeur ; en pour cent pour un taux"),
    Col("renseignes", "number", "Part connue du total, dans l'unité de la base"),
    Col("total", "number", "Total concerné, dans l'unité de la base"),
    Col("couverture", "number", "renseignes / total, en pour cent"),
    Col("borne_basse", "number", "Valeur si tout inconnu était un non"),
    Col("borne_haute", "number", "Valeur si tout inconnu était un oui"),
    Col("cible", "number", "Cible de l'année"),
    Col("statut_cible", "string", "L légale, P plan national, H hypothèse (cible à confirmer)"),
    Col(
        "verdict", "string", "atteint, proche, non atteint, sans cible, non disponible, indécidable"
    ),
    Col("valeur_n_1", "number", "Valeur publiée de l'année précédente"),
    Col("evolution", "number", "valeur - valeur_n_1"),
    Col("motif_absence", "string", "Pourquoi la valeur manque ou n'est que partielle"),
)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text
