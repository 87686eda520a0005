"""The words of a small scheme: one year, one axis, one ambition, one partner, nothing missing."""

from __future__ import annotations

import pytest
from modest import PARTNER, YEAR, modest
from pages import Made, parsed, plain, text_of
from test_published_french import blocks, faults

pytest_plugins = ("pages",)

__all__ = ["modest"]  # a fixture


def words(made: Made, page: str) -> str:
    return plain(text_of(parsed(made.reports / str(YEAR) / page).find("body")))


@pytest.mark.parametrize(
    ("page", "phrase"),
    [
        ("rapport.html", f"pour la période {YEAR} : 1 axe, 1 ambition."),
        ("rapport.html", f"Trajectoires {YEAR} ;"),
        ("rapport.html", "Son comité de suivi réunit 1 partenaire ;"),
        ("rapport.html", "chaque année au comité de suivi (1 partenaire)."),
        ("rapport.html", "Aucune donnée ne manque : chaque indicateur a une valeur"),
        ("rapport.html", "Aucun indicateur du schéma n'est déclaré comme l'un de ces taux réels"),
        ("rapport.html", "en nombre : 50,1 %"),
        ("rapport.html", "50,0 % sans le plus grand plafond d'accord-cadre, 30,0 M€"),
        ("rapport.html", "aucun marché qui se termine ne peut y aider."),
        ("rapport.html", "Compté depuis l'adoption, cela tombe le 3 février 2027 (passé)."),
        ("rapport.html", "1 enregistrement en quarantaine, les autres gardés et signalés"),
        ("qualite.html", "Quarantaine : 1 constat"),
        ("synthese.html", "L'ambition"),
        ("synthese.html", "Chaque indicateur suivi a une valeur."),
        ("synthese.html", "1 action du plan a son échéance d'ici à la fin de 2027"),
        ("synthese.html", "(t), l'objectif d'un plan terminé"),
        ("comite.html", "Une fiche d'une page pour le seul partenaire : ses indicateurs, et eux"),
        ("comite.html", "replace les indicateurs dans l'ambition du schéma."),
        ("preuves.html", "Les 1 000 premiers sont listés ici ; les 52 autres sont dans"),
        ("../index.html", f"L'année {YEAR}"),
        ("../index.html", f"Trajectoire {YEAR}"),
    ],
)
def test_one_is_singular_and_nothing_is_denied(modest: Made, page: str, phrase: str) -> None:
    assert phrase in words(modest, page)


@pytest.mark.parametrize("page", ["rapport.html", "synthese.html", "comite.html", "../index.html"])
def test_its_pages_are_in_good_french(modest: Made, page: str) -> None:
    text = parsed(modest.reports / str(YEAR) / page)
    assert [f for b in blocks(text) for f in faults(b)] == []
    for wrong in ("1 axes", "1 ambitions", "1 partenaires", f"{YEAR}-{YEAR}", "article 35"):
        assert wrong not in words(modest, page), wrong


def test_a_sheet_without_target_asks_nothing(modest: Made) -> None:
    text = words(modest, "comite.html")
    assert PARTNER in text
    assert "La question que posent les chiffres" not in text
