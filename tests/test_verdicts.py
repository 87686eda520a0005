"""Verdicts as the law asks: never near, for each buyer, for each row, from its date."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import verdict as recounted

from spaser.errors import UserError
from spaser.figures import catalogue as catalogues
from spaser.figures import indicators
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import INDICATEURS, Chiffre
from spaser.figures.definition import NATURES, Calcul, Cible, Indicateur
from spaser.figures.examples import of_year
from spaser.figures.verdicts import DICTIONARY, of_each, verdict
from spaser.report.reading import ORDER, SIGNS
from spaser.report.tally import agreed
from spaser.settings import params as parameters
from spaser.settings.params import Params
from spaser.settings.scheme import SansObjet

Row = dict[str, Any]
LEGAL = {"statut": "L", "fondement": "un article"}


def figures(item: Indicateur, params: Params, **tables: list[Row]) -> dict[str, Chiffre]:
    """The figures of an indicator of one calculation, by entity, over rows of registers."""
    import tempfile

    rows = {
        name: [{"ligne_uid": f"{name}#{n}", **r} for n, r in enumerate(table)]
        for name, table in tables.items()
    }
    rows.setdefault("marches", [])
    rows.setdefault("titulaires", [])
    with tempfile.TemporaryDirectory() as place:
        book = Catalogue("essai", (item,), ())
        made = indicators.compute(
            book, params, rows, Path(place), {}, frozenset(item.sources), beside=False
        )
    return {c.entite: c for c in made.chiffres}


def share(target: str, statut: str = "L", sens: str = "hausse") -> Indicateur:
    """The share of payments under a hundred euros, of which an amount may be unknown."""
    return Indicateur.model_validate(
        {
            "code": "T-1", "ambition": "ECO2", "libelle": "Essai", "unite": "%", "sens": sens,
            "sources": ["mandats"], "definition": {"numerateur": "essai"},
            "calculs": [{"base": "nombre", "table": "mandats", "mesure": "part",
                         "numerateur": "montant_ht < 100"}],
            "cibles": {2024: {"valeur": target, "statut": statut, "fondement": "un article"}},
        }
    )  # fmt: skip


def paid(buyer: str, yes: int, no: int = 0, unknown: int = 0) -> list[Row]:
    amounts = [Decimal(50)] * yes + [Decimal(150)] * no + [None] * unknown
    return [{"acheteur": buyer, "montant_ht": a} for a in amounts]


# --- A legal target ------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("statut, sens, target, word_", [
    ("H", "hausse", "50", "proche"), ("P", "hausse", "50", "proche"),
    ("L", "hausse", "50", "non atteint"), ("L", "hausse", "45", "atteint"),
    ("H", "baisse", "41", "proche"), ("L", "baisse", "41", "non atteint"),
])  # fmt: skip
def test_a_legal_target_is_never_near(
    params: Params, statut: str, sens: str, target: str, word_: str
) -> None:
    made = figures(share(target, statut, sens), params, mandats=paid("ville", 9, 11))
    assert (made["ville"].valeur, made["ville"].verdict) == (45, word_)


@pytest.mark.slow
@pytest.mark.parametrize("ville, metropole, word_", [
    (("6", "4"), ("5", "5"), "atteint"),
    (("9", "1"), ("4", "6"), "non atteint"),  # 65 % together: one of the two fails all the same
    (("6", "4", "0"), ("4", "4", "2"), "indécidable"),
    (("4", "6", "0"), ("4", "4", "2"), "non atteint"),  # whatever the other is
    (("4", "6"), None, "non atteint"),
    (("6", "4"), None, "indécidable"),
    (None, None, "non disponible"),
])  # fmt: skip
def test_a_duty_is_that_of_each_buyer(
    params: Params, ville: tuple[str, ...] | None, metropole: tuple[str, ...] | None, word_: str
) -> None:
    rows = [
        row
        for buyer, counts in (("ville", ville), ("metropole", metropole))
        if counts
        for row in paid(buyer, *map(int, counts))
    ]
    assert figures(share("50"), params, mandats=rows)["ensemble"].verdict == word_


def test_an_assumed_target_judges_the_whole_together(params: Params) -> None:
    rows = paid("ville", 9, 1) + paid("metropole", 4, 6)
    made = figures(share("60", "H"), params, mandats=rows)
    assert [made[e].verdict for e in ("ville", "metropole", "ensemble")] == [
        "atteint", "non atteint", "atteint",
    ]  # fmt: skip


@given(
    bounds=st.lists(st.integers(0, 120), min_size=3, max_size=3).map(sorted),
    target=st.integers(1, 110),
    falling=st.booleans(),
    legal=st.booleans(),
    unbounded=st.sampled_from(["", "low", "high", "both"]),
)
def test_the_word_of_any_span_equals_the_recount(
    bounds: list[int], target: int, falling: bool, legal: bool, unbounded: str
) -> None:
    low, value, high = map(Fraction, bounds)
    basse = None if unbounded in {"low", "both"} else low
    haute = None if unbounded in {"high", "both"} else high
    calcul = Calcul(base="nombre", table="mandats", mesure="part", numerateur="TRUE")
    cible = Cible(valeur=Decimal(target), statut="L" if legal else "H", fondement="un article")
    word = verdict(
        calcul, "baisse" if falling else "hausse", cible, value, basse, haute, partiel=False
    )
    assert word == recounted(value, basse, haute, Decimal(target), falling=falling, legal=legal)


@given(st.lists(st.sampled_from(sorted(DICTIONARY)), max_size=4))
def test_the_whole_is_reached_only_if_each_is(words: list[str]) -> None:
    bound = [w for w in words if w != "sans objet"]
    whole = of_each(words)
    assert (whole == "atteint") == (bool(bound) and set(bound) == {"atteint"})
    assert (whole == "non atteint") == ("non atteint" in bound)
    assert (whole == "sans objet") == (not bound)


# --- A law that binds some contracts only, from a date -----------------------------------------

BEFORE, AFTER = dt.date(2026, 8, 20), dt.date(2026, 8, 21)
NONE, CLAUSE = ["Pas de considération environnementale"], ["Clause environnementale"]


@pytest.fixture(scope="module")
def in_2027(root: Path) -> Params:
    return of_year(parameters.load(root / "params", 2025), 2027)


@pytest.fixture(scope="module")
def book(in_2027: Params) -> Catalogue:
    return catalogues.load(in_2027)


@pytest.mark.slow
@pytest.mark.parametrize("contracts, word_, failing", [
    # what a contract has, and when its consultation began
    ([(NONE, BEFORE), (CLAUSE, AFTER)], "atteint", 0),  # half of them, and no breach
    ([(CLAUSE, BEFORE), (NONE, AFTER), (NONE, AFTER)], "non atteint", 2),
    ([(CLAUSE, AFTER), (NONE, None)], "indécidable", 0),
    ([(CLAUSE, AFTER), (CLAUSE, None)], "atteint", 0),
    ([(None, BEFORE), (CLAUSE, AFTER)], "atteint", 0),
    ([(None, AFTER), (CLAUSE, AFTER)], "indécidable", 0),
])  # fmt: skip
@pytest.mark.parametrize("code, base", [("ENV1-01", "nombre"), ("ENV1-02", "valeur")])
def test_article_35_judges_the_consultations_that_it_binds(
    book: Catalogue, in_2027: Params, code: str, base: str,
    contracts: list[tuple[list[str] | None, dt.date | None]], word_: str, failing: int,
) -> None:  # fmt: skip
    item = book.get(code)
    assert item
    assert item.cibles[2027].statut == "L"
    marches = [
        {"marche_uid": f"M{n}", "acheteur": "ville", "montant": Decimal(100),
         "date_notification": dt.date(2027, 3, 1), "nb_titulaires": 0, "nb_titulaires_siret": 0,
         "considerations_environnementales": labels}
        for n, (labels, _) in enumerate(contracts)
    ]  # fmt: skip
    fiches = [
        {"marche_uid": f"M{n}", "acheteur": "ville", "date_lancement_consultation": day}
        for n, (_, day) in enumerate(contracts)
    ]
    chiffres = figures(item, in_2027, marches=marches, fiches=fiches)["ville"]
    assert chiffres.verdict == word_
    assert chiffres.manquements is not None
    assert chiffres.manquements.certains == failing


@pytest.mark.slow
@pytest.mark.parametrize("share_, launched, size, word_", [
    ("0.15", dt.date(2024, 12, 31), "GE", "atteint"),  # 10 % before 2025
    ("0.15", dt.date(2025, 1, 1), "GE", "non atteint"),  # 20 % since
    ("0.20", dt.date(2025, 1, 1), "ETI", "atteint"),
    ("0.199995", dt.date(2025, 1, 1), "GE", "atteint"),  # half a cent short of 200 €
    ("0.19999", dt.date(2025, 1, 1), "GE", "non atteint"),  # a cent short
    ("0.0999", dt.date(2024, 12, 31), "GE", "non atteint"),
    ("0.15", None, "GE", "indécidable"),
    ("0.25", None, "GE", "atteint"),
    ("0.05", None, "GE", "non atteint"),
    ("0.05", dt.date(2025, 2, 1), "PME", "sans objet"),  # the rule is not about small firms
    ("0.05", dt.date(2025, 2, 1), None, "non disponible"),
    ("1.5", dt.date(2025, 2, 1), "GE", "non disponible"),  # more than the contract itself
])  # fmt: skip
def test_the_share_of_small_firms_follows_the_date_and_the_holder(
    root: Path, share_: str, launched: dt.date | None, size: str | None, word_: str
) -> None:
    params = parameters.load(root / "params", 2025)
    item = catalogues.load(params).get("ECO2-05")
    assert item
    contract = {
        "marche_uid": "M1", "acheteur": "ville", "montant": Decimal(1000),
        "date_notification": dt.date(2025, 6, 1), "nb_titulaires": 1, "nb_titulaires_siret": 1,
    }  # fmt: skip
    holder = {"marche_uid": "M1", "rang": 1, "titulaire_id": "A", "siret_valide": True}
    sheet = {
        "marche_uid": "M1", "acheteur": "ville", "marche_global": True,
        "montant_pme_engage": 1000 * Decimal(share_), "date_lancement_consultation": launched,
    }  # fmt: skip
    chiffres = figures(
        item, params, marches=[contract], titulaires=[holder], fiches=[sheet],
        sirene=[{"siret": "A", "categorie_entreprise": size}],
    )  # fmt: skip
    assert chiffres["ville"].verdict == word_


@pytest.mark.slow
@pytest.mark.parametrize("annee", [2024, 2025, 2026, 2027])
def test_no_law_judges_a_year_before_it_holds(root: Path, annee: int) -> None:
    """Article 35 is for its own series, or contract by contract; nothing else names its date."""
    params = of_year(parameters.load(root / "params", 2025 if annee > 2024 else 2024), annee)
    for item in catalogues.load(params).indicateurs:
        target = item.cibles.get(annee)
        if target and target.statut == "L" and "21 août 2026" in (target.fondement or ""):
            assert annee >= 2026
            assert item.code.endswith("-A35") or all(c.conforme for c in item.calculs), item.code


# --- What the unknown could change ---------------------------------------------------------
@pytest.mark.slow
def test_two_payments_without_a_date_do_not_undo_the_mean(params: Params) -> None:
    """Of 234, two would have to be paid after 968 days each for the mean to pass 30."""
    item = catalogues.load(params).get("ECO2-01")
    assert item
    delays = [22] * 231 + [12] + [None] * 2
    rows = [{"acheteur": b, "delai_jours": d} for b in ("ville", "metropole") for d in delays]
    made = figures(item, params, mandats=rows)
    for entite in ("ville", "ensemble"):
        chiffre = made[entite]
        assert chiffre.verdict == "atteint"
        assert chiffre.borne_basse is not None
        assert chiffre.borne_haute is not None
        assert chiffre.borne_basse < (chiffre.valeur or 0) < chiffre.borne_haute < 30
    many = [{"acheteur": "ville", "delai_jours": d} for d in [22] * 20 + [None] * 5]
    assert figures(item, params, mandats=many)["ville"].verdict == "indécidable"


# --- Without object ------------------------------------------------------------------------

DECLARED = {"acheteur": "metropole", "indicateurs": ["ENV1-08"], "motif": "aucune cantine"}
CANTEEN = {"acheteur": "ville", "valeur_totale": Decimal(100), "valeur_bio": Decimal(30),
           "valeur_egalim_hors_bio": Decimal(30)}  # fmt: skip


def declaring(params: Params, *declared: Row) -> Params:
    """Params whose buyers have nothing of what `declared` says, and of nothing else."""
    buyers = [
        a.model_copy(
            update={
                "sans_objet": tuple(
                    SansObjet.model_validate({k: d[k] for k in ("indicateurs", "motif")})
                    for d in declared
                    if d["acheteur"] == a.code
                )
            }
        )
        for a in params.scheme.acheteurs
    ]
    scheme = params.scheme.model_copy(update={"acheteurs": tuple(buyers)})
    return params.model_copy(update={"scheme": scheme})


@pytest.mark.slow
def test_a_buyer_without_a_canteen_is_not_asked(params: Params) -> None:
    item = catalogues.load(params).get("ENV1-08")
    assert item
    made = figures(item, declaring(params, DECLARED), cantine=[CANTEEN])
    assert made["metropole"].verdict == "sans objet"
    assert made["metropole"].motif_absence == "sans objet : aucune cantine"
    assert (made["ensemble"].valeur, made["ensemble"].verdict) == (60, "atteint")
    assert made["ensemble"].motif_absence == ""
    silent = figures(item, declaring(params), cantine=[CANTEEN])
    assert silent["metropole"].verdict == "non disponible"
    assert silent["ensemble"].verdict == "indécidable"


def test_nobody_with_a_canteen_leaves_the_whole_without_object(params: Params) -> None:
    item = catalogues.load(params).get("ENV1-08")
    assert item
    both = declaring(params, DECLARED, DECLARED | {"acheteur": "ville"})
    assert {c.verdict for c in figures(item, both).values()} == {"sans objet"}


def test_rows_contradict_a_declaration_and_are_counted(params: Params) -> None:
    item = catalogues.load(params).get("ENV1-08")
    assert item
    made = figures(
        item, declaring(params, DECLARED),
        cantine=[CANTEEN, CANTEEN | {"acheteur": "metropole", "valeur_bio": Decimal(0)}],
    )  # fmt: skip
    assert (made["metropole"].valeur, made["metropole"].verdict) == (30, "non atteint")
    assert "déclaré sans objet" in made["metropole"].motif_absence
    assert made["ensemble"].verdict == "non atteint"


@pytest.mark.slow
def test_what_a_buyer_has_none_of_is_without_object(params: Params) -> None:
    item = catalogues.load(params).get("ENV2-01")
    assert item
    names = ("nbVP", "nbN1", "nbVPclean", "nbN1infclean", "nbN1supclean")
    none = {"acheteur": "ville", **dict.fromkeys(names, 0)}
    chiffre = figures(item, params, flotte=[none])["ville"]  # no vehicle renewed: nothing to judge
    assert (chiffre.valeur, chiffre.verdict) == (None, "sans objet")
    assert chiffre.motif_absence
    unknown = figures(item, params, flotte=[none | {"nbVP": None}])["ville"]
    assert unknown.verdict == "non disponible"


def test_a_declaration_names_what_exists(params_copy: Path) -> None:
    file = params_copy / "spaser.yml"
    text = file.read_text(encoding="utf-8")
    assert "indicateurs: [ENV1-08," in text
    file.write_text(text.replace("[ENV1-08,", "[ENV1-80,", 1), encoding="utf-8")
    with pytest.raises(UserError, match="pas au catalogue") as caught:
        used = parameters.load(params_copy, 2024)
        catalogues.check_declared(catalogues.load(used), used)
    assert str(file) in caught.value.lieu
    assert caught.value.remede


# --- The words -----------------------------------------------------------------------------


def test_the_words_are_declared_once() -> None:
    assert tuple(DICTIONARY) == ORDER
    assert set(SIGNS) == set(DICTIONARY)
    column = next(c for c in INDICATEURS.cols if c.name == "verdict")
    assert column.label.split(", ") == list(DICTIONARY)


@pytest.mark.parametrize(
    ("statut", "last", "annee", "nature"),
    [
        ("P", None, 2027, "P"),
        ("P", 2025, 2025, "P"),
        ("P", 2025, 2026, "F"),  # taken up after its plan: an objective of nobody any more
        ("L", 2029, 2030, "L"),  # the catalogue gives no such target (`adaptation`)
        ("H", None, 2026, "H"),
    ],
)
def test_a_plan_that_has_ended_sets_no_objective(
    statut: Any, last: int | None, annee: int, nature: str
) -> None:
    assert Cible(valeur=Decimal(1), statut=statut, fondement="x", jusqu_a=last).nature(annee) == (
        nature
    )


def test_the_catalogue_takes_no_objective_beyond_its_plan(catalogue: Catalogue) -> None:
    """The PNAD covers 2022-2025: what is kept of it in 2026 says so."""
    plans = {
        (i.code, annee): c.nature(annee)
        for i in catalogue.indicateurs
        for annee, c in i.cibles.items()
        if c.statut == "P"
    }
    assert {n for (_, y), n in plans.items() if y <= 2025} == {"P"}
    assert {k for k, n in plans.items() if n == "F"} == {("ENV1-01", 2026), ("ENV1-02", 2026)}
    assert not [k for k, n in plans.items() if k[1] > 2025 and n == "P"]
    for item in catalogue.indicateurs:
        assert {c.nature(y) for y, c in item.cibles.items()} <= set(NATURES)


@pytest.mark.parametrize(
    ("verdict_", "statut", "count", "expected"),
    [
        ("non atteint", "P", 1, "non atteint"),
        ("non atteint", "F", 2, "non atteints"),
        ("non atteint", "L", 1, "non atteinte"),
        ("non atteint", "H", 2, "non atteintes"),
        ("atteint", "H", 3, "atteintes"),
        ("proche", "P", 1, "proche"),
        ("indécidable", "H", 2, "indécidables"),
        ("non vérifiable", "L", 2, "non vérifiables"),
        ("sans objet", "L", 2, "sans objet"),
    ],
)
def test_a_verdict_agrees_with_what_it_judges(
    verdict_: str, statut: str, count: int, expected: str
) -> None:
    assert agreed(verdict_, statut, count) == expected
