"""Governance and outlook: sections of the analyst's words, with what the params say of them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from spaser.report import Fragment, commentaires, echeances, render
from spaser.report.edition import Edition

_CENSUS_IS_OURS = 2024  # contracts notified from then: arrêtés of 22 December 2022
_TITLES = {"agec": "AGEC, article 58", "vehicules": "véhicules", "cantine": "ma cantine"}


class Due(NamedTuple):
    """A publication that the law asks for: by when, and whether this edition is after it."""

    jour: dt.date
    passee: bool


def gouvernance(edition: Edition) -> Fragment:
    """Who adopted and follows the scheme, and what the analyst says of the year."""
    return render(
        "rapport_gouvernance", e=edition, commentaire=_words(edition, "gouvernance")
    ).giving(lambda: edition.actions)


def perspectives(edition: Edition) -> Fragment:
    """What comes: the analyst's words, what the law asks to publish, the contracts that end."""
    calendar = echeances.calendar(edition)
    return render(
        "rapport_perspectives",
        e=edition,
        commentaire=_words(edition, "perspectives"),
        echeances=publications(edition),
        declarations=declarations(edition),
        recensement=recensement(edition.year.annee),
        calendrier=calendar,
        horizon=echeances.horizon(edition),
        article_35=edition.year.dates.get("article_35"),
    ).giving(lambda: edition.tableau(echeances.NAME), [calendar.panneau] if calendar else ())


def publications(edition: Edition) -> list[Due]:
    """When the two-yearly publication falls, from the adoption to the end of the scheme.

    The last one may fall the year after the scheme's last, whose figures it publishes.
    """
    rule, scheme = edition.scheme.publication, edition.scheme
    if rule is None or scheme.deliberation is None:
        return []
    first = scheme.deliberation.date
    days = (first + relativedelta(years=n * rule.tous_les) for n in range(1, 100 // rule.tous_les))
    return [
        Due(day, day < edition.year.date_edition)
        for day in days
        if day.year <= scheme.periode.fin + 1
    ]


def declarations(edition: Edition) -> list[str]:
    """The files ready to upload, and those that lack a value: declarations.csv, a phrase each."""
    names = edition.scheme.entites_courtes
    return [
        f"{_TITLES[r['declaration']]}, {names[r['acheteur']]} : {r['statut']}"
        for r in edition.rows_if_any("declarations")
    ]


def recensement(annee: int) -> str:
    """What the national census of public contracts (R2196-2 CCP) asks of the contracts of a year.

    Args:
        annee: the year of their notification.
    """
    if annee >= _CENSUS_IS_OURS:
        return (
            "Le recensement économique de la commande publique (OECP) est tiré, pour les marchés "
            "notifiés depuis 2024, des données essentielles elles-mêmes, dès 40 000 € HT : ce qui "
            "se dépose est le fichier lu ici, contrôlé avec son schéma officiel."
        )
    return (
        "Le recensement économique de la commande publique (OECP) se déclarait encore à part pour "
        f"les marchés notifiés en {annee}, dès 90 000 € HT, dans l’application REAP : le format de "
        "son fichier n’est pas publié, et aucun n’est écrit ici."
    )


def _words(edition: Edition, section: str) -> str:
    text = edition.commentaires.get(section)
    return commentaires.html(text) if text else ""
