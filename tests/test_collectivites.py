"""The tables of France's authorities: who a SIREN is, where it is, who its members are."""

from __future__ import annotations

import pytest
from stdnum.fr import siren as sirens

from spaser import collectivites
from spaser.collectivites.__main__ import joined


@pytest.mark.parametrize(
    ("siren", "nature", "nom", "departements", "region"),
    [
        ("213300098", "commune", "Ville d’Arcachon", ("33",), "75"),
        ("217603513", "commune", "Ville du Havre", ("76",), "28"),
        ("242100410", "métropole", "Dijon Métropole", ("21",), "27"),
        ("222100018", "département", "Département de la Côte-d’Or", ("21",), "27"),
        ("200094332", "département", "Collectivité européenne d’Alsace", ("67", "68"), "44"),
        ("200076958", "région", "Collectivité de Corse", ("2A", "2B"), "94"),
        ("200057867", "établissement public territorial", "Plaine Commune", ("93",), "11"),
    ],
)
def test_a_siren_says_who_and_where(
    siren: str, nature: str, nom: str, departements: tuple[str, ...], region: str
) -> None:
    this = collectivites.find(siren)
    assert this is not None
    assert (this.nature, this.nom, this.departements, this.region) == (
        nature, nom, departements, region,
    )  # fmt: skip
    assert this.population > 0


def test_a_grouping_has_its_communes_and_a_commune_itself() -> None:
    dijon = collectivites.find("242100410")
    assert dijon is not None
    assert len(dijon.communes) == 23
    assert dijon.communes["21231"] == "Dijon"
    arcachon = collectivites.find("213300098")
    assert arcachon is not None
    assert arcachon.communes == {"33009": "Arcachon"}


def test_a_siren_of_nobody_is_none() -> None:
    assert collectivites.find("200077832") is None


def test_every_siren_has_its_key_and_stands_once() -> None:
    table = [r["siren"] for r in collectivites.rows("collectivites")]
    assert len(table) == len(set(table)) > 36000
    assert [s for s in table if not sirens.is_valid(s)] == []


def test_every_departement_but_paris_has_its_authority() -> None:
    places = {
        code
        for r in collectivites.rows("collectivites")
        if r["nature"] in (collectivites.DEPARTEMENT, collectivites.REGION)
        for code in r["departements"].split()
    }
    communes = {
        code
        for r in collectivites.rows("collectivites")
        if r["nature"] == collectivites.COMMUNE
        for code in r["departements"].split()
    }
    assert communes - places == set()


@pytest.mark.parametrize(
    ("nom", "liaison", "after"),
    [
        ("Dijon", 0, "de Dijon"),
        ("Arcachon", 1, "d’Arcachon"),
        ("Le Havre", 2, "du Havre"),
        ("La Rochelle", 3, "de La Rochelle"),
        ("Les Ulis", 4, "des Ulis"),
        ("Côte-d’Or", 3, "de la Côte-d’Or"),
        ("Ain", 5, "de l’Ain"),
    ],
)
def test_a_name_is_joined_as_insee_says(nom: str, liaison: int, after: str) -> None:
    assert joined(nom, liaison) == after
