"""Gaps to targets, framework maxima, figures given elsewhere, and years side by side."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser.figures import catalogue as catalogues
from spaser.figures import readings, series
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre
from spaser.figures.verdicts import ATTEINT, word
from spaser.figures.years import PublishedYear
from spaser.settings.params import Params
from spaser.settings.year import Rapprochement


def chiffre(book: Catalogue, code: str, base: str, **parts: Any) -> Chiffre:
    """A figure of the Ville in 2024, with its target unless another is given."""
    item = book.get(code)
    assert item
    calcul = next(c for c in item.calculs if c.base == base)
    cible = item.cible(2024, calcul)
    empty = dict.fromkeys(
        ("numerateur", "denominateur", "valeur", "renseignes", "total", "couverture",
         "borne_basse", "borne_haute", "valeur_n_1", "evolution")
    )  # fmt: skip
    given = {
        "code": code, "axe": 1, "ambition": item.ambition, "libelle": item.libelle,
        "entite": "ville", "base": base, "unite": item.unite_de(calcul), "annee": 2024,
        "cible": cible.valeur if cible else None, "statut_cible": cible.statut if cible else "",
        "verdict": "", "motif_absence": "",
    }  # fmt: skip
    return Chiffre(**{**empty, **given, **parts})


# --- Gaps ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code, base, top, bottom, gap", [
    # 25 % of 40 is 10, there are 2
    ("SOC2-01", "nombre", "2", "40", ("8", "marchés", "il manque")),
    ("SOC2-01", "nombre", "2", "41", ("9", "marchés", "il manque")),  # 8.25: no half contract
    ("SOC2-01", "nombre", "10", "40", None),
    ("SOC2-01", "nombre", "11", "40", None),
    # 35 % of 1 000.01 is 350.0035
    ("SOC2-02", "valeur", "100", "1000.01", ("250.01", "€ HT", "il manque")),
    # 22 % of 40 is 8.8, there are 12: one offer too often
    ("ECO1-06", "nombre", "12", "40", ("4", "marchés", "de trop")),
    ("ECO1-06", "nombre", "8", "40", None),
    ("SOC2-10", "nombre", "5", None, ("3", "marchés", "il manque")),
    ("SOC2-10", "valeur", "5", None, None),  # this base has no target
    ("SOC2-03", "autre", "89000.5", None, ("999.5", "heures", "il manque")),
    ("ECO1-03", "nombre", "1", "10", ("1", "titulaires", "il manque")),
    ("ECO2-02", "nombre", "90", "100", ("2", "factures", "il manque")),
    ("ECO1-04", "nombre", "0", "40", None),  # observation
    ("ENV2-06", "autre", "10", None, None),  # no target
    ("ECO1-05", "autre", "2", "1", None),  # a median lacks nothing that can be counted
    ("SOC2-01", "nombre", None, None, None),
])  # fmt: skip
def test_a_gap_by_hand(
    catalogue: Catalogue, params: Params, code: str, base: str, top: Any, bottom: Any, gap: Any
) -> None:
    parts = {"numerateur": top and Decimal(top), "denominateur": bottom and Decimal(bottom)}
    ecarts = list(readings.ecarts(catalogue, [chiffre(catalogue, code, base, **parts)], params))
    gaps = [(e.manque, e.unite_manque, e.sens) for e in ecarts]
    assert gaps == ([] if gap is None else [(Decimal(gap[0]), gap[1], gap[2])])


@given(st.integers(1, 500), st.integers(0, 500), st.sampled_from(["SOC2-01", "ECO1-06"]))
def test_a_gap_is_just_enough(
    catalogue: Catalogue, params: Params, bottom: int, top: int, code: str
) -> None:
    top = min(top, bottom)
    item = catalogue.get(code)
    assert item
    parts = {"numerateur": Decimal(top), "denominateur": Decimal(bottom)}
    one = chiffre(catalogue, code, "nombre", **parts)
    assert one.cible is not None

    def reached(count: int) -> bool:
        assert one.cible is not None
        return word(item.sens, Fraction(100 * count, bottom), one.cible) == ATTEINT

    ecarts = list(readings.ecarts(catalogue, [one], params))
    assert reached(top) == (not ecarts)
    if ecarts:
        step = int(ecarts[0].manque) * (-1 if item.sens == "baisse" else 1)
        assert reached(top + step)
        assert not reached(top + step - (1 if step > 0 else -1))


def test_a_rate_with_and_without_framework_maxima(catalogue: Catalogue) -> None:
    one = chiffre(catalogue, "SOC2-02", "valeur", valeur=50.0)
    rows = [("SOC2-02", "ville", "valeur", Decimal(100), Decimal(400), 2, Decimal(1600))]
    (sensibilite,) = readings.sensibilite(rows, [one])
    assert (sensibilite.valeur, sensibilite.valeur_sans_maxima, sensibilite.exclus) == (50, 25, 2)
    rows = [("SOC2-02", "ville", "valeur", None, None, 3, Decimal(2000))]
    (sensibilite,) = readings.sensibilite(rows, [one])
    assert sensibilite.valeur_sans_maxima is None  # everything is a maximum: nothing is left
    none = chiffre(catalogue, "SOC2-02", "valeur")
    assert list(readings.sensibilite(rows, [none])) == []


# --- Figures given elsewhere ---------------------------------------------------------------

CONTRACTS = [
    {"acheteur": "ville", "montant": Decimal("100.10")},
    {"acheteur": "ville", "montant": Decimal("50.00")},
    {"acheteur": "metropole", "montant": Decimal("7.00")},
]


@pytest.mark.parametrize("entite, code, base, value, why, status, gap", [
    ("ville", None, "nombre", "2", None, "égal", "0"),
    ("ensemble", None, "nombre", "3", None, "égal", "0"),
    ("ville", None, "valeur", "150.10", None, "égal", "0.00"),
    ("ville", None, "valeur", "150.11", None, "à expliquer", "-0.01"),
    ("ville", None, "nombre", "5", ("trois sous le seuil", "-3"), "expliqué", "-3"),
    ("ville", None, "nombre", "6", ("trois sous le seuil", "-3"), "à expliquer", "-4"),
    ("ville", None, "nombre", "5", ("trois sous le seuil", None), "à expliquer", "-3"),
    ("ville", "SOC2-01", "nombre", "33.2", ("un seuil", "0.1"), "expliqué", None),
    ("ville", "SOC2-01", "nombre", "33.2", ("un seuil", "0.3"), "à expliquer", None),
    ("ville", "SOC2-01", "nombre", "33.3", None, "égal", None),  # 100/3, at one decimal
    ("ville", "SOC2-01", "nombre", "33.2", None, "à expliquer", None),
    ("metropole", "SOC2-01", "nombre", "33.2", ("rien", "0"), "non calculé", None),
    ("ville", None, "autre", "1", None, "non calculé", None),
])  # fmt: skip
def test_a_figure_given_elsewhere_is_equal_explained_or_to_be_explained(
    catalogue: Catalogue, params: Params, entite: str, code: Any, base: Any, value: str, why: Any,
    status: str, gap: Any,
) -> None:  # fmt: skip
    words, explained = why or (None, None)
    given = Rapprochement(
        libelle="x", source="y", entite=entite, indicateur=code, base=base,
        valeur=Decimal(value), explication=words, ecart=explained and Decimal(explained),
    )  # fmt: skip
    year = params.year.model_copy(update={"rapprochements": (given,)})
    using = params.model_copy(update={"year": year})
    ours = chiffre(catalogue, "SOC2-01", "nombre", valeur=100 / 3)
    (rapprochement,) = readings.rapprochements(using, [ours], readings.counts(CONTRACTS))
    assert rapprochement.statut == status
    if gap is not None:
        assert rapprochement.ecart == Decimal(gap)


# --- Years ---------------------------------------------------------------------------------


def published(book: Catalogue, **changes: Any) -> PublishedYear:
    """2024 as published with this catalogue, some definitions changed or taken away."""
    then = {i.code: i.model_dump(mode="json") for i in book.indicateurs}
    for code, change in changes.items():
        name = code.replace("_", "-")
        then[name] = then.get(name, {}) | change
        if not change:
            del then[name]
    values = {("SOC2-01", "ville", "nombre"): 20.0, ("OLD-01", "ville", "nombre"): 5.0}
    inputs = {"donnees": {"a.json": "1"}, "parametres": {"p.yml": "2"}}
    return PublishedYear(2024, Path("2024"), values, then, inputs)


@pytest.mark.parametrize("change, comparable", [
    ({"libelle": "autre mot"}, "comparable"),
    ({"cibles": {}}, "comparable"),
    ({"unite": "marchés"}, "redéfini"),
    ({"calculs": []}, "redéfini"),
    ({}, "nouveau"),
])  # fmt: skip
def test_what_is_defined_otherwise_is_not_compared(
    catalogue: Catalogue, change: dict[str, Any], comparable: str
) -> None:
    past = published(catalogue, SOC2_01=change)
    assert series.comparability(past, catalogue, "SOC2-01") == comparable
    known = series.before([past], catalogue, 2025)
    assert known == ({("SOC2-01", "ville", "nombre"): 20.0} if comparable == "comparable" else {})


def test_a_formula_that_changed_by_one_sign_is_redefined(catalogue: Catalogue) -> None:
    item = catalogue.get("ECO1-06")
    assert item
    then = item.model_dump(mode="json")["calculs"]
    then[0]["numerateur"] = "offres_recues <= 1"
    past = published(catalogue, ECO1_06={"calculs": then})
    assert series.comparability(past, catalogue, "ECO1-06") == "redéfini"
    assert series.comparability(past, catalogue, "OLD-01") == "retiré"


def test_a_series_has_every_year_its_target_and_what_was_retired(
    catalogue: Catalogue, params: Params
) -> None:
    using = params.model_copy(update={"year": params.year.model_copy(update={"annee": 2025})})
    ours = chiffre(catalogue, "SOC2-01", "nombre", valeur=28.0, annee=2025)
    points = list(series.points([published(catalogue)], [ours], catalogue, using))
    by_year = [(p.code, p.annee, p.valeur, p.cible, p.statut_cible, p.comparable) for p in points]
    assert by_year == [
        ("SOC2-01", 2024, 20.0, 25, "H", "comparable"),
        ("SOC2-01", 2025, 28.0, 30, "P", "comparable"),
        ("SOC2-01", 2026, None, 35, "H", ""),
        ("SOC2-01", 2027, None, 40, "H", ""),
        ("OLD-01", 2024, 5.0, None, "", "retiré"),
    ]


def test_a_published_value_that_would_differ_is_listed_with_its_cause(catalogue: Catalogue) -> None:
    past = published(catalogue)
    assert series.changed(past, past.entrees) == ""
    late = {"donnees": {"a.json": "1", "b.json": "3"}, "parametres": {"p.yml": "9"}}
    cause = series.changed(past, late)
    assert "publiées depuis (b.json)" in cause
    assert "modifiée depuis (p.yml)" in cause
    same = chiffre(catalogue, "SOC2-01", "nombre", valeur=20.0)
    moved = chiffre(catalogue, "SOC2-01", "nombre", valeur=25.0)
    assert list(series.revisions(past, [same], cause)) == []
    (revision,) = series.revisions(past, [moved], cause)
    assert (revision.annee, revision.ancien, revision.nouveau, revision.cause) == (
        2024,
        20.0,
        25.0,
        cause,
    )


# --- Validity ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("annee, there", [(2023, False), (2024, True), (2026, True), (2027, False)])
def test_an_indicator_lives_from_its_first_year_to_its_last(
    params_copy: Path, params: Params, annee: int, there: bool
) -> None:
    file = params_copy / "indicateurs" / "axe-1-economique.yml"
    text = file.read_text(encoding="utf-8")
    changed = text.replace(
        "    ambition: ECO1\n",
        "    ambition: ECO1\n    validite: {depuis: 2024, jusqu_a: 2026}\n",
        1,
    )
    file.write_text(changed, encoding="utf-8")
    year = params.year.model_copy(update={"annee": annee})
    using = params.model_copy(update={"folder": params_copy, "year": year})
    assert (catalogues.load(using).get("ECO1-01") is not None) == there
    assert catalogues.load(using, toutes=True).get("ECO1-01") is not None


def test_the_sub_series_of_article_35_begin_in_2026(params: Params, catalogue: Catalogue) -> None:
    assert not [i.code for i in catalogue.indicateurs if i.code.endswith("-A35")]
    year = params.year.model_copy(update={"annee": 2026})
    later = catalogues.load(params.model_copy(update={"year": year}))
    assert [i.code for i in later.indicateurs if i.code.endswith("-A35")] == [
        "SOC2-11-A35", "ENV1-01-A35", "ENV1-03-A35",
    ]  # fmt: skip


def test_a_later_catalogue_still_makes_the_year_2024(
    params_copy: Path, params: Params, catalogue: Catalogue
) -> None:
    """In 2030 one indicator is closed and another has begun: 2024 has what it had."""
    file = params_copy / "indicateurs" / "axe-1-economique.yml"
    head, first, rest = file.read_text(encoding="utf-8").partition("  - code: ECO1-01\n")
    entry, second, others = rest.partition("  - code: ECO1-02\n")
    ended = entry.replace("    unite:", "    validite: {jusqu_a: 2027}\n    unite:", 1)
    begun = entry.replace("    unite:", "    validite: {depuis: 2028}\n    unite:", 1)
    file.write_text(
        head + first + ended + "  - code: ECO1-99\n" + begun + second + others, encoding="utf-8"
    )
    using = params.model_copy(update={"folder": params_copy})
    assert [i.code for i in catalogues.load(using).indicateurs] == [
        i.code for i in catalogue.indicateurs
    ]
    year = params.year.model_copy(update={"annee": 2028})
    later = catalogues.load(using.model_copy(update={"year": year}))
    assert later.get("ECO1-01") is None
    assert later.get("ECO1-99") is not None


def test_the_list_has_its_66_indicators(catalogue: Catalogue) -> None:
    assert len([i for i in catalogue.indicateurs if i.code.count("-") == 1]) == 66
