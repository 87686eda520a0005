"""What the joined views say: split to the cent, approvals by date, AGEC steps, circles, secrecy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaser.contracts import secret
from spaser.figures import catalogue as catalogues
from spaser.figures import indicators, views
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre
from spaser.figures.tables import TABLES, create
from spaser.settings.params import Params

NOTIFIED = dt.date(2024, 6, 3)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def see(rows: Rows, query: str, params: Params, folder: Path) -> list[tuple[Any, ...]]:
    """Ask the views over some rows of the canonical tables."""
    with duckdb.connect() as con:
        create(con, rows, folder)
        con.execute("CREATE SCHEMA brut; CREATE SCHEMA vues")
        for name in TABLES:
            con.execute(f"CREATE VIEW brut.{name} AS FROM main.{name}")
        con.execute("USE vues; " + views.program(params))
        return con.execute(query).fetchall()


def contract(uid: str = "M1", euros: str = "1000.00", holders: int = 1, **more: Any) -> Any:
    return {
        "marche_uid": uid, "acheteur": "ville", "montant": Decimal(euros),
        "date_notification": NOTIFIED, "nb_titulaires": holders, **more,
    }  # fmt: skip


def holder(rank: int, who: str | None, uid: str = "M1", *, right: bool = True) -> Any:
    return {"marche_uid": uid, "rang": rank, "titulaire_id": who, "siret_valide": right}


# --- Holders -------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=10)
@given(st.integers(1, 10**11), st.integers(0, 7))
def test_a_contract_is_split_equally_to_the_cent(
    params: Params, tmp_path_factory: pytest.TempPathFactory, cents: int, holders: int
) -> None:
    euros = Decimal(cents).scaleb(-2)
    rows = {
        "marches": [contract(euros=str(euros), holders=holders)],
        "titulaires": [holder(n, f"{n:014d}") for n in range(1, holders + 1)],
    }
    rows_ = see(
        rows, "SELECT montant_part FROM parts ORDER BY rang", params, tmp_path_factory.mktemp("v")
    )
    parts = [p for (p,) in rows_]
    assert len(parts) == max(holders, 1)
    assert sum(parts) == euros
    assert max(parts) - min(parts) <= Decimal("0.01")
    assert parts == sorted(parts, reverse=True)  # the first holders take the odd cents


def test_a_contract_without_a_known_holder_is_unknown_everywhere(
    params: Params, tmp_path: Path
) -> None:
    rows = {
        "marches": [contract("M1", holders=0), contract("M2")],
        "titulaires": [holder(1, "FR123", "M2", right=False)],
        "esus": [{"siren": "123456789", "date_fin": dt.date(2030, 1, 1)}],
        "inclusifs": [{"siret": "12345678900011", "type": "EA"}],
    }
    query = "SELECT titulaire_pme, titulaire_local, titulaire_esus, titulaire_inclusif FROM marches"
    assert see(rows, query, params, tmp_path) == [(None,) * 4] * 2
    query = "SELECT esus, inclusif, deja_titulaire, categorie_entreprise, siren FROM parts"
    assert see(rows, query, params, tmp_path) == [(None,) * 5] * 2


@pytest.mark.slow
@pytest.mark.parametrize("ends, right, answer", [
    ([], True, False),  # not in the list
    ([NOTIFIED], True, False),  # ends that very day
    ([NOTIFIED + dt.timedelta(days=1)], True, True),
    ([dt.date(2020, 1, 1)], True, False),
    ([dt.date(2020, 1, 1), dt.date(2025, 1, 1)], True, True),  # the later of two approvals
    ([None], True, None),  # in the list, without its date
    ([dt.date(2025, 1, 1)], False, None),  # a number that is no SIRET
])  # fmt: skip
def test_an_approval_counts_at_the_date_of_notification(
    params: Params, tmp_path: Path, ends: list[dt.date | None], right: bool, answer: bool | None
) -> None:
    rows = {
        "marches": [contract()],
        "titulaires": [holder(1, "12345678900011", right=right)],
        "esus": [{"siren": "123456789", "date_fin": end} for end in ends],
    }
    assert see(rows, "SELECT titulaire_esus FROM marches", params, tmp_path) == [(answer,)]


@pytest.mark.slow
@pytest.mark.parametrize("begun, ended, answer", [
    (NOTIFIED, NOTIFIED + dt.timedelta(days=1), True),  # begins that very day
    (NOTIFIED + dt.timedelta(days=1), dt.date(2029, 1, 1), False),  # not yet
    (dt.date(2020, 1, 1), NOTIFIED, False),
    (None, dt.date(2029, 1, 1), True),  # as the national indicator, which asks for no beginning
    (dt.date(2020, 1, 1), None, None),
    (NOTIFIED + dt.timedelta(days=1), None, False),
])  # fmt: skip
def test_an_approval_has_begun(
    params: Params,
    tmp_path: Path,
    begun: dt.date | None,
    ended: dt.date | None,
    answer: bool | None,
) -> None:
    rows = {
        "marches": [contract()],
        "titulaires": [holder(1, "12345678900011")],
        "esus": [{"siren": "123456789", "date_debut": begun, "date_fin": ended}],
    }
    assert see(rows, "SELECT titulaire_esus FROM marches", params, tmp_path) == [(answer,)]


@pytest.mark.parametrize("sizes, one, another", [
    (["PME"], True, False), (["GE"], False, True), ([None], None, None),
    (["PME", None], True, None), (["GE", None], None, True), (["PME", "ETI"], True, True),
    ([], None, None),
])  # fmt: skip
def test_an_unknown_holder_is_not_a_large_one(
    params: Params, tmp_path: Path, sizes: list[str | None], one: Any, another: Any
) -> None:
    sirets = [f"{n:014d}" for n in range(len(sizes))]
    rows = {
        "marches": [contract(holders=len(sizes))],
        "titulaires": [holder(n, s) for n, s in enumerate(sirets, start=1)],
        "sirene": [
            {"siret": s, "categorie_entreprise": c} for s, c in zip(sirets, sizes, strict=True)
        ],
    }
    query = "SELECT un_titulaire_pme, un_titulaire_hors_pme FROM marches"
    assert see(rows, query, params, tmp_path) == [(one, another)]


@pytest.mark.slow
@pytest.mark.parametrize("circles, best, inside", [
    (["ailleurs"], "ailleurs", False),
    (["region"], "region", False),
    (["departement"], "departement", True),
    (["ailleurs", "groupement"], "groupement", True),
    (["region", "ailleurs"], "region", False),
    ([None], None, None),
    ([None, "ailleurs"], None, None),  # the one that is unknown may be nearer
    ([None, "departement"], None, True),
    ([None, "groupement"], "groupement", True),
])  # fmt: skip
def test_the_nearest_holder_places_the_contract(
    params: Params, tmp_path: Path, circles: list[str | None], best: str | None, inside: Any
) -> None:
    sirets = [f"{n:014d}" for n in range(len(circles))]
    rows = {
        "marches": [contract(holders=len(circles))],
        "titulaires": [holder(n, s) for n, s in enumerate(sirets, start=1)],
        "sirene": [{"siret": s, "cercle": c} for s, c in zip(sirets, circles, strict=True)],
    }
    query = "SELECT cercle, titulaire_local FROM marches"
    assert see(rows, query, params, tmp_path) == [(best, inside)]


@pytest.mark.parametrize("cpv, kind, ergonomic", [
    ("45210000-2", "travaux", False), ("39130000-2", "fournitures", True),
    ("48000000-8", "fournitures", False), ("90511000-2", "services", True), (None, None, None),
])  # fmt: skip
def test_a_cpv_gives_category_and_families(
    params: Params, tmp_path: Path, cpv: str | None, kind: str | None, ergonomic: bool | None
) -> None:
    query = "SELECT categorie_achat, famille_ergonomie FROM marches"
    families = see({"marches": [contract(code_cpv=cpv)]}, query, params, tmp_path)
    assert families == [(kind, ergonomic)]


# --- AGEC ----------------------------------------------------------------------------------

STEPS = [("reemploi", 2024, 10, True), ("recycle", 2024, 40, True), ("reemploi", 2027, 20, True),
         ("recycle", 2027, None, False)]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("annee, reuse, gifts, recycled, answer", [
    (2024, "10", "0", "40", True),  # to the cent
    (2024, "9.99", "0", "40", False),
    (2024, "9.99", "0.01", "40", True),  # gifts count as reuse
    (2024, "10", None, "40", True),  # no gift said is no gift
    (2024, "10", "0", "39.99", False),
    (2024, None, "0", "40", None),  # unknown spending is not zero
    (2024, None, "0", "39", False),  # but the other share already says no
    (2026, "10", "0", "40", True),  # the step of 2024 holds until the next
    (2027, "10", "0", "99", False),  # under the new step of reuse
    (2027, "20", "0", "99", None),  # the new step of recycled is not confirmed: no older one
])  # fmt: skip
def test_a_category_against_its_two_steps(
    params: Params, tmp_path: Path, annee: int, reuse: Any, gifts: Any, recycled: Any, answer: Any
) -> None:
    using = params.model_copy(update={"year": params.year.model_copy(update={"annee": annee})})
    rows = {
        "agec": [
            {
                "acheteur": "ville",
                "type_produit_acquis": "Papier",
                "montant_total": Decimal(100),
                "montant_reemploi_et_reutilisation": reuse and Decimal(reuse),
                "montant_produits_issus_don": gifts and Decimal(gifts),
                "montant_produits_recycles": recycled and Decimal(recycled),
            }
        ],
        "seuils_agec": [
            {"categorie": "Papier", "taux": t, "palier": p, "seuil": s, "confirme": c}
            for t, p, s, c in STEPS
        ],
    }
    assert see(rows, "SELECT conforme FROM agec_categories", using, tmp_path) == [(answer,)]


def test_two_lines_of_a_category_are_one_and_an_unknown_part_stays_unknown(
    params: Params, tmp_path: Path
) -> None:
    line = {
        "acheteur": "ville", "type_produit_acquis": "Papier", "montant_total": Decimal(50),
        "montant_reemploi_et_reutilisation": Decimal(5), "montant_produits_recycles": Decimal(20),
    }  # fmt: skip
    blank = line | {"montant_produits_recycles": None}
    query = "SELECT total, reemploi, recycle FROM agec_categories"
    assert see({"agec": [line, line]}, query, params, tmp_path) == [(100, 10, 40)]
    assert see({"agec": [line, blank]}, query, params, tmp_path) == [(100, 10, None)]


# --- Figures on these views ----------------------------------------------------------------


def figure(
    code: str, rows: Rows, params: Params, folder: Path, whole: Catalogue, entite: str = "ville"
) -> Chiffre:
    item = whole.get(code)
    assert item
    given = {name: [dict(r) for r in table] for name, table in rows.items()}
    results = indicators.compute(
        Catalogue("1", (item,), ()), params, given, folder, {}, set(item.sources)
    )
    return next(c for c in results.chiffres if c.entite == entite)


@pytest.fixture(scope="module")
def whole(params: Params) -> Catalogue:
    return catalogues.load(params, toutes=True)


@pytest.mark.slow
@pytest.mark.parametrize("seuil, reuse, verdict, value", [
    (10, "10", "atteint", 100),
    (10, "0", "non atteint", 0),
    (None, "10", "non vérifiable", None),
])  # fmt: skip
def test_a_step_that_nobody_confirms_cannot_be_verified(
    whole: Catalogue,
    params: Params,
    tmp_path: Path,
    seuil: Any,
    reuse: str,
    verdict: str,
    value: Any,
) -> None:
    rows = {
        "agec": [
            {
                "ligne_uid": "a", "acheteur": "ville", "type_produit_acquis": "Papier",
                "montant_total": Decimal(100), "montant_produits_recycles": Decimal(50),
                "montant_reemploi_et_reutilisation": Decimal(reuse),
            }
        ],
        "seuils_agec": [
            {"categorie": "Papier", "taux": "reemploi", "palier": 2024, "seuil": seuil,
             "confirme": seuil is not None},
            {"categorie": "Papier", "taux": "recycle", "palier": 2024, "seuil": 40,
             "confirme": True},
        ],
    }  # fmt: skip
    chiffre = figure("ENV1-04", rows, params, tmp_path, whole)
    assert (chiffre.verdict, chiffre.valeur) == (verdict, value)


@pytest.mark.slow
def test_a_holder_of_both_buyers_is_new_to_each(
    whole: Catalogue, params: Params, tmp_path: Path
) -> None:
    """Alpha had a contract of the Ville: new to the Métropole alone."""
    alpha = "12345678900011"
    rows = {
        "marches": [contract("M1"), contract("M2", acheteur="metropole")],
        "titulaires": [holder(1, alpha, "M1"), holder(1, alpha, "M2")],
        "historique": [{"acheteur": "ville", "siren": alpha[:9], "annee": 2022}],
    }
    for entite, value, holders in (("ville", 0, 1), ("metropole", 100, 1), ("ensemble", 50, 2)):
        chiffre = figure("ECO1-07", rows, params, tmp_path, whole, entite)
        assert (chiffre.valeur, chiffre.denominateur) == (value, holders)


def test_a_company_is_one_whatever_its_establishments(
    whole: Catalogue, params: Params, tmp_path: Path
) -> None:
    sirets = ["12345678900011", "12345678900029", "98765432100010"]
    rows = {
        "marches": [contract(f"M{n}") for n in range(3)],
        "titulaires": [holder(1, s, f"M{n}") for n, s in enumerate(sirets)],
        "sirene": [{"siret": s, "effectif_moins_10": s[0] == "1"} for s in sirets],
    }
    chiffre = figure("ECO1-03", rows, params, tmp_path, whole)
    assert (chiffre.numerateur, chiffre.denominateur, chiffre.valeur) == (1, 2, 50)


# --- Secrecy -------------------------------------------------------------------------------


@pytest.mark.parametrize("counts, published", [
    ([], None), ([0], 0), ([1], None), ([4], None), ([5], 5), ([2, 2], None), ([2, 3], 5),
    ([2, None], None), ([None], None), ([5, None], 5),
])  # fmt: skip
def test_fewer_than_five_people_are_not_told(
    counts: list[int | None], published: int | None
) -> None:
    rows = {"insertion": [{"acheteur": "ville", **dict.fromkeys(secret.PEOPLE, c)} for c in counts]}
    protected = secret.protect(rows, 5)
    assert [r["beneficiaires"] for r in protected["beneficiaires"]] == [published] * bool(counts)
    assert all(r[name] is None for r in protected["insertion"] for name in secret.PEOPLE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("whole", "part", "published"),
    [(34, 29, 29), (34, 30, None), (34, 33, None), (34, 34, 34), (34, 4, None), (34, 0, 0),
     (4, 3, None), (None, 12, 12), (34, None, None)],
)  # fmt: skip
def test_a_part_that_leaves_few_out_is_not_told(
    whole: int | None, part: int | None, published: int | None
) -> None:
    line = {"acheteur": "ville", "beneficiaires": whole, "beneficiaires_femmes": part,
            "sorties_jointes": whole, "sorties_positives": part}  # fmt: skip
    (protected,) = secret.protect({"insertion": [line]}, 5)["beneficiaires"]
    assert (protected["beneficiaires_femmes"], protected["sorties_positives"]) == (
        published,
        published,
    )


@pytest.mark.slow
def test_secrecy_is_by_buyer(whole: Catalogue, params: Params, tmp_path: Path) -> None:
    rows = secret.protect(
        {
            "insertion": [
                {"acheteur": a, "beneficiaires": n, "beneficiaires_femmes": None,
                 "sorties_jointes": None, "sorties_positives": None}
                for a, n in (("ville", 9), ("metropole", 4))
            ]
        },
        5,
    )  # fmt: skip
    for entite, value in (("ville", 9), ("metropole", None), ("ensemble", 9)):
        assert figure("SOC2-05", rows, params, tmp_path, whole, entite).valeur == value
