"""The catalogue is everybody's: what params say of places, targets and labels."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from neutral import NOM_METROPOLE

from spaser.contracts import territory
from spaser.errors import UserError
from spaser.figures import adaptation, examples, indicators
from spaser.figures import catalogue as catalogues
from spaser.settings import params as parameters
from spaser.settings.params import Params

COMMUNE = {"genre": "commune", "nom": "Arcachon", "dans": "à Arcachon",
           "communes": {"33009": "Arcachon"}}  # fmt: skip
GROUPEMENT = {"genre": "groupement", "nom": "COBAS",
              "communes": {"33009": "Arcachon", "33199": "Gujan-Mestras"}}  # fmt: skip
DEPARTEMENT = {"genre": "departement", "nom": "Gironde", "dans": "en Gironde", "codes": ["33"]}
REGION = {"genre": "region", "nom": "Nouvelle-Aquitaine", "codes": ["75"]}
LABEL = "Part des marchés attribués à des entreprises implantées {} (en nombre)"

Change = Callable[[Callable[[dict[str, Any]], None]], Params]


@pytest.fixture
def changed(params_copy: Path) -> Change:
    """Params of a copy whose scheme is changed."""

    def change(edit: Callable[[dict[str, Any]], None]) -> Params:
        file = params_copy / "spaser.yml"
        scheme = yaml.safe_load(file.read_text(encoding="utf-8"))
        edit(scheme)
        file.write_text(json.dumps(scheme, default=str), encoding="utf-8")
        return parameters.load(params_copy, 2024)

    return change


@pytest.mark.slow
@pytest.mark.parametrize(
    ("circles", "local", "where", "kinds", "names"),
    [
        ([COMMUNE], None, "à Arcachon", ["commune", "ailleurs", "ailleurs", "ailleurs"],
         "Arcachon, ailleurs, inconnu"),
        ([COMMUNE, GROUPEMENT, DEPARTEMENT, REGION], None, "en Gironde",
         ["commune", "groupement", "region", "ailleurs"],
         "Arcachon, reste du groupement, reste du département, reste de la région, ailleurs, "
         "inconnu"),
        ([GROUPEMENT, DEPARTEMENT], "groupement", "dans le groupement",
         ["groupement", "groupement", "ailleurs", "ailleurs"],
         "COBAS, reste du département, ailleurs, inconnu"),
        ([DEPARTEMENT], None, "en Gironde",
         ["departement", "departement", "ailleurs", "ailleurs"], "Gironde, ailleurs, inconnu"),
        ([REGION], None, "dans la région", ["region", "region", "region", "ailleurs"],
         "Nouvelle-Aquitaine, ailleurs, inconnu"),
        (None, None, "sur le territoire (le territoire n’est pas décrit)", [None] * 4,
         "ailleurs, inconnu"),
    ],
    ids=["commune", "four", "grouping called local", "département", "région", "none"],
)  # fmt: skip
def test_a_territory_has_the_circles_that_params_name(
    changed: Change, circles: list[dict[str, Any]] | None, local: str | None, where: str,
    kinds: list[str | None], names: str,
) -> None:  # fmt: skip
    def edit(scheme: dict[str, Any]) -> None:
        scheme["territoire"] = None
        if circles:
            scheme["territoire"] = {"cercles": circles} | ({"local": local} if local else {})

    using = changed(edit)
    places = ("33009", "33199", "24037", "21231")
    assert [territory.cercle(p, using.scheme.territoire) for p in places] == kinds
    assert ", ".join(using.scheme.cercles.values()) == names
    loaded = catalogues.load(using, toutes=True)
    item = loaded.get("ECO1-04")
    assert item
    assert item.libelle == LABEL.format(where)
    for code in ("ECO1-04", "ECO2-06"):  # the worked examples hold wherever one is
        item = loaded.get(code)
        assert item
        assert item.exemple
        for base, figure in examples.figures(item, using).items():
            wanted = item.exemple.attendu[base]
            assert {k: getattr(figure, k) for k in wanted} == wanted, (code, base)


@pytest.mark.parametrize(
    ("circles", "local", "message"),
    [
        ([DEPARTEMENT, COMMUNE], None, "du plus petit au plus grand"),
        ([COMMUNE, COMMUNE], None, "chacun une fois"),
        ([], None, "il n'y en a pas assez"),
        ([COMMUNE], "region", "local nomme un cercle qui n'est pas décrit"),
        ([COMMUNE | {"codes": ["33"]}], None, "demande communes"),
        ([DEPARTEMENT | {"codes": []}], None, "demande codes"),
        ([DEPARTEMENT | {"genre": "pays"}], None, "valeur hors liste"),
    ],
)
def test_a_territory_that_cannot_be_drawn_is_told(
    changed: Change, circles: list[dict[str, Any]], local: str | None, message: str
) -> None:
    with pytest.raises(UserError) as caught:
        changed(lambda s: s.update(territoire={"cercles": circles, "local": local}))
    assert message in caught.value.quoi
    assert "territoire" in caught.value.lieu


def test_the_catalogue_names_no_place_nor_target_of_one_authority(root: Path) -> None:
    for path in (root / "params" / "indicateurs").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        places = re.findall(r"(?i)m[ée]tropole|dijon|côte|creativ|bretagne|lyon|statut: H", text)
        assert not places, (path.name, places)


def test_without_targets_of_its_own_only_law_and_national_plans_hold(params_copy: Path) -> None:
    (params_copy / adaptation.FILE).unlink()
    using = parameters.load(params_copy, 2024)
    targets = [
        c for i in catalogues.load(using, toutes=True).indicateurs for c in i.cibles.values()
    ]
    assert {c.statut for c in targets} == {"L", "P"}


def test_a_legal_target_holds_until_the_text_says_otherwise(changed: Change) -> None:
    using = changed(lambda s: s.update(periode={"debut": 2024, "fin": 2031}))
    loaded = catalogues.load(using, toutes=True)

    def held(code: str) -> dict[int, Decimal]:
        item = loaded.get(code)
        assert item
        return {y: c.valeur for y, c in item.cibles.items() if c.statut == "L"}

    assert held("ECO2-01") == dict.fromkeys(range(2024, 2032), Decimal(30))
    assert held("ENV2-01") == {2024: 30} | dict.fromkeys(range(2025, 2030), Decimal(40))
    assert held("SOC2-01") == {}  # a national plan is of its years alone


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("cibles: {ECO9-99: {2024: {valeur: 1, statut: H}}}", "cibles.ECO9-99", "pas au catalogue"),
        ("libelles: {ECO9-99: Rien}", "libelles.ECO9-99", "pas au catalogue"),
        ("cibles: {ECO2-01: {2025: {valeur: 45, statut: H}}}", "cibles.ECO2-01.2025", "légale"),
        ("cible: {}", "cible", "clé inconnue"),
        ("cibles: {ECO1-01: {2025: {valeur: 45}}}", "cibles.ECO1-01.2025", "« statut » manque"),
        ('libelles: {ECO1-01: "Part {ici}"}', "libelles.ECO1-01", "un mot que les paramètres"),
        ("cibles: {ECO1-01: {2025: {valeur: 4, statut: H, jusqu_a: 2026}}}", "ECO1-01.2025",
         "jusqu_a"),
    ],
)  # fmt: skip
def test_a_choice_that_does_not_fit_the_catalogue_is_told(
    params_copy: Path, text: str, place: str, message: str
) -> None:
    (params_copy / adaptation.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        catalogues.load(parameters.load(params_copy, 2024))
    assert place in caught.value.lieu
    assert adaptation.FILE in caught.value.lieu
    assert message in caught.value.quoi
    assert caught.value.remede


def test_a_word_that_params_do_not_give_is_told_where_it_is(params_copy: Path) -> None:
    file = params_copy / "indicateurs" / "axe-1-economique.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("(SIRET) {local}", "(SIRET) {commune}"), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        catalogues.load(parameters.load(params_copy, 2024))
    assert "indicateurs.3.definition.numerateur" in caught.value.lieu
    assert caught.value.valeur == "{commune}"
    assert "{local}" in str(caught.value.remede)


def test_a_project_words_and_targets_win(params_copy: Path) -> None:
    (params_copy / adaptation.FILE).write_text(
        "cibles: {SOC2-01: {2025: {valeur: 45, statut: H}}}\n"
        'libelles: {SOC1-07: "Marchés communs ({acheteurs})"}\nreperes: {SOC2-01: "Vu {local}"}\n',
        encoding="utf-8",
    )
    loaded = catalogues.load(parameters.load(params_copy, 2024))
    soc, shared = loaded.get("SOC2-01"), loaded.get("SOC1-07")
    assert soc
    assert shared
    assert {y: (c.valeur, c.statut) for y, c in soc.cibles.items()} == {2025: (45, "H")}
    assert soc.repere == "Vu en Côte-d’Or"
    assert shared.libelle == "Marchés communs (Métropole, Ville)"


def only(scheme: dict[str, Any]) -> None:
    """The scheme of the first buyer alone, which asks for no «ensemble»."""
    scheme["acheteurs"] = scheme["acheteurs"][:1]
    del scheme["ensemble"]


@pytest.mark.slow
def test_one_buyer_is_one_entity(changed: Change, tmp_path: Path) -> None:
    using = changed(only)
    assert using.scheme.entites == {"metropole": NOM_METROPOLE}
    assert using.scheme.ensemble.code == "metropole"
    assert not using.scheme.conjoint
    loaded = catalogues.load(using)
    contracts = [
        {"marche_uid": f"M{n}", "acheteur": "metropole", "montant": Decimal(50000),
         "nb_titulaires": 0, "nb_titulaires_siret": 0, "offres_recues": n,
         "considerations_sociales": ["Clause sociale"] if n < 4 else None}
        for n in range(1, 6)
    ]  # fmt: skip
    results = indicators.compute(
        loaded,
        using,
        {"marches": contracts},
        tmp_path / "donnees",
        {},
        frozenset({"decp"}),
        beside=False,
    )
    assert {c.entite for c in results.chiffres} == {"metropole"}
    keys = [(c.code, c.base) for c in results.chiffres]
    assert len(keys) == len(set(keys)) == sum(len(i.calculs) for i in loaded.indicateurs)
    social = next(c for c in results.chiffres if c.code == "SOC2-01")
    assert (social.numerateur, social.denominateur, social.total) == (3, 3, 5)
    common = next(c for c in results.chiffres if c.code == "ECO1-08")
    assert common.cible is not None  # a target of all buyers together judges the only one


def test_a_whole_given_for_one_buyer_is_that_buyer(changed: Change) -> None:
    using = changed(lambda s: s.update(acheteurs=s["acheteurs"][:1]))
    assert list(using.scheme.entites) == [using.scheme.ensemble.code] == ["metropole"]


def test_several_buyers_ask_for_the_whole(changed: Change) -> None:
    with pytest.raises(UserError) as caught:
        changed(lambda s: s.pop("ensemble"))
    assert "ensemble" in caught.value.quoi


@pytest.mark.long
@pytest.mark.slow
def test_every_worked_example_holds_for_one_buyer(changed: Change) -> None:
    using = changed(only)
    for item in catalogues.load(using, toutes=True).indicateurs:
        if item.exemple:
            for base, figure in examples.figures(item, using).items():
                wanted = item.exemple.attendu[base]
                assert {k: getattr(figure, k) for k in wanted} == wanted, (item.code, base)


def test_what_is_said_of_an_indicator_set_aside_waits(changed: Change, params_copy: Path) -> None:
    """Its target and label are kept for the day when it is taken again; a slip is still told."""
    own = params_copy / "cibles.yml"
    adapted = yaml.safe_load(own.read_text(encoding="utf-8"))
    code = next(iter(adapted["cibles"]))

    def set_aside(scheme: dict[str, Any]) -> None:
        scheme["indicateurs_ecartes"] = [code]
        for axe in scheme["axes"]:
            for ambition in axe["ambitions"]:
                if listed := ambition.get("indicateurs"):
                    ambition["indicateurs"] = [c for c in listed if c != code]

    book = catalogues.load(changed(set_aside))
    assert code not in {i.code for i in book.indicateurs}
    adapted["cibles"]["ECO9-99"] = adapted["cibles"][code]
    own.write_text(json.dumps(adapted, default=str), encoding="utf-8")
    with pytest.raises(UserError, match="ECO9-99"):
        catalogues.load(parameters.load(params_copy, 2024))


def test_the_old_form_of_the_territory_says_the_new_one(changed: Change) -> None:
    old = {"departement": "21", "region": "27", "communes": {"21231": "Dijon"}}
    with pytest.raises(UserError) as error:
        changed(lambda scheme: scheme.update(territoire=old))
    message = str(error.value)
    assert "spaser.yml" in message
    assert "territoire" in message
    for word in ("communes, departement, region", "cercles:", "genre: departement", "codes:"):
        assert word in message
