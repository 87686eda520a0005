"""Tables beside the figures on a few rows, each worked by hand: what would a wrong row do?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from spaser import csvtable
from spaser.contracts import territory
from spaser.figures import examples, indicators
from spaser.figures.catalogue import Catalogue
from spaser.figures.complements import BLOCS
from spaser.figures.definition import Exemple, Indicateur
from spaser.settings.params import Params

Rows = list[dict[str, Any]]
Weight = tuple[float | None, Decimal]  # how far, and how much
Ask = Callable[..., Rows]
D = Decimal


@pytest.fixture
def ask(params: Params, tmp_path: Path) -> Ask:
    """The rows of a table for the whole, or for each buyer, made from a few rows of others."""

    def table(nom: str, *items: Indicateur, using: Params = params, **lignes: Rows) -> Rows:
        given = Exemple(phrase="-", lignes={k: tuple(v) for k, v in lignes.items()}, attendu={})
        rows = examples.rows(given, using)
        sources = frozenset({s for i in items for s in i.sources})
        results = indicators.compute(Catalogue("-", items, ()), using, rows, tmp_path, {}, sources)
        names = [c.nom for c in BLOCS[nom].champs]
        made = [dict(zip(names, r, strict=True)) for r in results.complements[nom]]
        whole = using.scheme.ensemble.code
        return [r for r in made if r.get("entite", whole) == whole]

    return table


# --- Spend ----------------------------------------------------------------------------------

SIAE, EA, OTHER = "00000000100017", "00000000200015", "00000000300013"
PAID = dt.date(2024, 6, 30)
LISTS: dict[str, Rows] = {
    "inclusifs": [{"siret": SIAE, "type": "EI"}, {"siret": EA, "type": "EATT"}],
    "esus": [{"siren": EA[:9], "date_debut": dt.date(2024, 1, 1), "date_fin": PAID}],
}


def paid(*payments: tuple[str | None, str, dt.date | None]) -> Rows:
    return [
        {"fournisseur_id": who, "montant_ht": D(euros), "date_paiement": day}
        for who, euros, day in payments
    ]


def test_a_structure_of_two_kinds_is_paid_once_in_the_last_line(ask: Ask) -> None:
    mandats = paid((SIAE, "10.00", PAID), (EA, "20.00", PAID), (OTHER, "70.00", PAID))
    spend = {r["structure"]: r for r in ask("depenses_inclusives", mandats=mandats, **LISTS)}
    assert {s: spend[s]["montant"] for s in ("SIAE", "EA", "ESAT", "ESUS")} == {
        "SIAE": D("10.00"), "EA": D("20.00"), "ESAT": D(0), "ESUS": D("20.00"),
    }  # fmt: skip
    last = spend["au moins l'une"]
    assert (last["montant"], last["part"], last["fournisseurs"]) == (D("30.00"), 30, 2)


@pytest.mark.parametrize(
    ("day", "counted"),
    [
        (dt.date(2023, 12, 31), D(0)),  # before the approval begins
        (dt.date(2024, 1, 1), D("20.00")),
        (PAID, D("20.00")),  # its last day
        (dt.date(2024, 7, 1), D(0)),
        (None, D(0)),
    ],
)
def test_an_approval_counts_on_the_days_that_it_holds(
    ask: Ask, day: dt.date | None, counted: Decimal
) -> None:
    mandats = paid((EA, "20.00", day))
    spend = {r["structure"]: r for r in ask("depenses_inclusives", mandats=mandats, **LISTS)}
    assert spend["ESUS"]["montant"] == counted


def test_a_payment_to_no_one_known_is_out_of_the_share_and_in_the_coverage(ask: Ask) -> None:
    mandats = paid((SIAE, "25.00", PAID), (OTHER, "25.00", PAID), (None, "30.00", PAID),
                   ("FR12345", "20.00", PAID))  # fmt: skip
    spend = {r["structure"]: r for r in ask("depenses_inclusives", mandats=mandats, **LISTS)}
    assert (spend["SIAE"]["part"], spend["SIAE"]["couverture"]) == (50, 50)


def test_a_list_that_is_not_given_says_nothing(ask: Ask) -> None:
    mandats = paid((SIAE, "10.00", PAID))
    only = {"esus": LISTS["esus"]}
    spend = {r["structure"]: r for r in ask("depenses_inclusives", mandats=mandats, **only)}
    for structure in ("SIAE", "EA", "ESAT", "au moins l'une"):
        assert (spend[structure]["montant"], spend[structure]["part"]) == (None, None)
    assert spend["ESUS"]["montant"] == 0  # that list is given: none of it was paid


@pytest.mark.parametrize(
    ("amounts", "spent", "place"),
    [
        (["30000000", "20000000.01"], D("50000000.01"), "au-dessus"),
        (["50000000"], D(50000000), "au-dessous, pour les mandats lus"),
        ([None, "60000000"], D(60000000), "au-dessus"),
        ([None], None, "inconnu"),
        ([], None, "inconnu"),
    ],
)
def test_spend_and_the_threshold_of_the_scheme(
    ask: Ask, amounts: list[str | None], spent: Decimal | None, place: str
) -> None:
    mandats = [{"montant_ht": a and D(a), "fournisseur_id": OTHER} for a in amounts]
    first, second = ask("seuil_schema", mandats=mandats)
    assert (first["depenses"], first["position"]) == (spent, place)
    assert (second["depenses"], second["mandats"], second["position"]) == (None, None, "inconnu")
    assert first["sans_montant"] == (amounts.count(None) if amounts else None)


def test_a_year_without_the_threshold_places_no_one(ask: Ask, params: Params) -> None:
    seuils = {k: v for k, v in params.year.seuils.items() if k != "seuil_schema"}
    year = params.year.model_copy(update={"seuils": seuils})
    mandats = paid((OTHER, "60000000", PAID))
    rows = ask("seuil_schema", using=params.model_copy(update={"year": year}), mandats=mandats)
    assert [(r["seuil"], r["position"]) for r in rows] == [(None, "inconnu")] * 2


# --- AGEC, insertion, concessions -----------------------------------------------------------

STEPS: Rows = [
    {"categorie": "Papier", "taux": "reemploi", "palier": 2024, "seuil": D(20), "confirme": True},
    {"categorie": "Papier", "taux": "recycle", "palier": 2024, "seuil": D(40), "confirme": False},
    {"categorie": "Papier", "taux": "reemploi", "palier": 2027, "seuil": D(90), "confirme": True},
]


@pytest.mark.parametrize(
    ("total", "reuse", "state", "share"),
    [
        ("100.00", "20.00", "atteint", 20),
        ("100.00", "19.99", "non atteint", 19.99),
        ("100.00", None, "inconnu", None),
        (None, "20.00", "inconnu", None),
        ("0.00", "0.00", "sans objet", None),
    ],
)
def test_a_category_against_its_minimum(
    ask: Ask, total: str | None, reuse: str | None, state: str, share: float | None
) -> None:
    declared = {
        "type_produit_acquis": "Papier",
        "montant_total": total and D(total),
        "montant_reemploi_et_reutilisation": reuse and D(reuse),
        "montant_produits_recycles": D("10.00"),
    }
    (row,) = ask("agec_par_categorie", agec=[declared], seuils_agec=STEPS)
    assert (row["reemploi"], row["part_reemploi"]) == (state, share)
    if total and D(total):
        assert row["recycle"] == "minimum à confirmer"


def test_hours_by_sector_keep_what_says_no_sector_and_no_hours(ask: Ask) -> None:
    insertion = [
        {"secteur": "Voirie", "public": "RSA", "heures_realisees": D(30)},
        {"secteur": None, "public": "RSA", "heures_realisees": D(10)},
        {"secteur": "Voirie", "public": "RSA", "heures_realisees": None},
    ]
    rows = {
        (r["dimension"], r["modalite"]): r for r in ask("insertion_ventilee", insertion=insertion)
    }
    assert rows["secteur", "Voirie"]["part"] == 75
    assert rows["secteur", "Voirie"]["sans_heures"] == 1
    assert rows["secteur", "inconnu"]["heures_realisees"] == 10
    assert rows["public", "RSA"]["heures_realisees"] == 40


def test_concessions_with_without_and_unknown(ask: Ask) -> None:
    concessions = [
        {"considerations_sociales": ["Concession réservée"]},
        {"considerations_sociales": ["Pas de considération sociale"]},
        {"considerations_sociales": None},
    ]
    social, green = ask("concessions_considerations", concessions=concessions)
    assert [social[k] for k in ("avec", "sans", "inconnues", "part")] == [1, 1, 1, 50]
    assert [green[k] for k in ("avec", "sans", "inconnues", "part")] == [0, 0, 3, None]


# --- Contracts and holders ------------------------------------------------------------------


def test_a_groupement_is_shared_and_the_establishments_of_a_company_are_one(ask: Ask) -> None:
    one, two, third = "00000000100017", "00000000100025", "00000000200015"
    titulaires = [
        {"marche_uid": "M1", "titulaire_id": one},
        {"marche_uid": "M1", "titulaire_id": third},
        {"marche_uid": "M2", "titulaire_id": two},
    ]
    marches = [
        {"marche_uid": "M1", "montant": D("100.01")},
        {"marche_uid": "M2", "montant": D("50.00")},
        {"marche_uid": "M3", "montant": D("49.99")},
    ]
    first, second = ask("principaux_titulaires", marches=marches, titulaires=titulaires)
    assert (first["numero"], first["marches"], first["montant"]) == (one[:9], 2, D("100.01"))
    assert second["montant"] == D("50.00")
    assert first["couverture"] == pytest.approx(100 * 150.01 / 200)
    assert second["part_cumulee"] == 100


def test_the_eleventh_contract_is_not_among_the_ten(ask: Ask) -> None:
    marches = [{"marche_uid": f"M{n:02d}", "montant": D(n)} for n in range(1, 12)]
    rows = ask("principaux_marches", marches=marches)
    assert [r["marche_uid"] for r in rows] == [f"M{n:02d}" for n in range(11, 1, -1)]
    assert rows[-1]["part_cumulee"] == pytest.approx(100 * 65 / 66)


A1, A2, B1, C1 = "00000000100017", "00000000100025", "00000000200015", "00000000300013"
HELD = [  # of 200: 100 to A, 60 to B, 30 to C, 10 to nobody known
    {"marche_uid": "M1", "titulaire_id": A1},
    {"marche_uid": "M1", "titulaire_id": B1},
    {"marche_uid": "M2", "titulaire_id": A2},
    {"marche_uid": "M3", "titulaire_id": C1},
]
AWARDED = [
    {"marche_uid": "M1", "montant": D("120.00"), "code_cpv": "45000000"},
    {"marche_uid": "M2", "montant": D("40.00"), "code_cpv": "45261000"},
    {"marche_uid": "M3", "montant": D("30.00"), "code_cpv": "90910000"},
    {"marche_uid": "M4", "montant": D("10.00"), "code_cpv": None},
]


def profile(rows: Rows, name: str) -> tuple[Any, ...]:
    [row] = [r for r in rows if r["profil"] == name]
    return tuple(
        row[c] for c in ("titulaires", "titulaires_connus", "montant", "part", "borne_basse",
                         "borne_haute")
    )  # fmt: skip


LYON, PARIS, DIJON, SMALL = "69123", "75108", "21231", "01001"  # the last one has no place
FAR = {LYON: 174.4, PARIS: 261.7, DIJON: 0.0}  # km from Dijon, by the law of cosines


def established(*places: tuple[str, str]) -> Rows:
    """Establishments with what joins add to their commune."""
    return [
        {"siret": siret, "code_commune": code, "latitude": north, "longitude": east}
        for siret, code in places
        for north, east in [territory.place(code)]
    ]


def test_how_far_the_money_goes(ask: Ask) -> None:
    """In number as far as the nearest holder, if each is known; in value each for its part."""
    far = ask(
        "distances", marches=AWARDED, titulaires=HELD,
        sirene=established((A1, DIJON), (A2, LYON), (B1, PARIS)),
    )  # fmt: skip
    by_base = {r["base"]: r for r in far}
    parts, contracts = held_by_place({A1: DIJON, A2: LYON, B1: PARIS})
    for base, weights in (("valeur", parts), ("nombre", contracts)):
        row, known = by_base[base], sum(w for d, w in weights if d is not None)
        assert (row["connu"], row["total"]) == (known, sum(w for _, w in weights))
        assert row["couverture"] == pytest.approx(float(100 * known / row["total"]))
        shares = {"quartile_1": D("0.25"), "mediane": D("0.5"), "quartile_3": D("0.75")}
        for name, share in shares.items():
            assert float(row[name]) == pytest.approx(within(weights, share * known), abs=0.1), name
    assert by_base["valeur"]["mediane"] != by_base["nombre"]["mediane"]


def held_by_place(places: dict[str, str]) -> tuple[list[Weight], list[Weight]]:
    """What each holder and each contract of the cases weighs, and how far it is; None: unknown."""
    parts, contracts = [], []
    for m in AWARDED:
        holders = [h["titulaire_id"] for h in HELD if h["marche_uid"] == m["marche_uid"]]
        far = [FAR.get(places.get(h, "")) for h in holders] or [None]
        parts += [(d, m["montant"] / len(far)) for d in far]
        known = [d for d in far if d is not None]
        contracts.append((min(known) if len(known) == len(far) else None, D(1)))
    return parts, contracts


def within(weights: list[Weight], wanted: Decimal) -> float:
    """The least distance within which so much lies."""
    known = sorted((d, w) for d, w in weights if d is not None)
    return next(d for d, _ in known if sum((w for e, w in known if e <= d), D(0)) >= wanted)


def test_a_holder_without_a_place_is_of_no_distance(ask: Ask) -> None:
    sirene = established((A1, SMALL), (A2, SMALL), (B1, SMALL))
    assert sirene[0]["latitude"] is None
    assert ask("distances", marches=AWARDED, titulaires=HELD, sirene=sirene) == []


def test_a_buyer_of_no_commune_has_no_distances(ask: Ask, params: Params) -> None:
    """Of a département, no table says in which commune it buys."""
    buyers = tuple(a.model_copy(update={"siren": "222100018"}) for a in params.scheme.acheteurs)
    scheme = params.scheme.model_copy(update={"acheteurs": buyers})
    sirene = established((A1, DIJON))
    using = params.model_copy(update={"scheme": scheme})
    assert ask("distances", using=using, marches=AWARDED, titulaires=HELD, sirene=sirene) == []


def test_where_the_money_goes_with_what_the_unknown_could_change(ask: Ask) -> None:
    sirene = [
        {"siret": A1, "categorie_entreprise": "PME"},
        {"siret": A2, "categorie_entreprise": "PME"},
        {"siret": B1, "categorie_entreprise": "GE"},
    ]
    inclusifs = [{"siret": A1, "type": "EI"}, {"siret": B1, "type": "EA"}]
    answer = ask("concentration", marches=AWARDED, titulaires=HELD, sirene=sirene,
                inclusifs=inclusifs)  # fmt: skip
    assert {r["montant_total"] for r in answer} == {D("200.00")}
    assert {r["titulaires_identifies"] for r in answer} == {3}
    approx = pytest.approx
    assert profile(answer, "les 10 premiers") == (3, 3, D("190.00"), 100, 95, 100)
    # A is one company of two places, which are PME; C is not known
    assert profile(answer, "PME") == (1, 2, D("100.00"), approx(62.5), 50, 70)
    # a SIAE is of its place (A1), not of the company (A2); B is another kind of structure
    assert profile(answer, "SIAE") == (1, 3, D("60.00"), approx(100 * 60 / 190), 30, 35)
    # without three years of history, nobody is known to be new
    assert profile(answer, "nouveaux titulaires") == (None, 0, None, None, None, None)


def test_a_list_that_is_not_given_makes_no_zero(ask: Ask) -> None:
    answer = ask("concentration", marches=AWARDED, titulaires=HELD)
    for name in ("PME", "SIAE"):
        assert profile(answer, name) == (None, 0, None, None, None, None)


@pytest.mark.parametrize("years", [(2021, 2022, 2023), (2021, 2023)])
def test_new_holders_are_known_with_three_years_of_history(
    ask: Ask, years: tuple[int, ...]
) -> None:
    historique = [{"acheteur": "A", "siren": A1[:9], "annee": y} for y in years]
    answer = ask("concentration", marches=AWARDED, titulaires=HELD, historique=historique)
    new = profile(answer, "nouveaux titulaires")
    known = (2, 3, D("90.00"), pytest.approx(100 * 90 / 190), 45, 50)
    assert new == (known if len(years) == 3 else (None, 0, None, None, None, None))


def test_a_holder_of_one_buyer_is_not_new_to_all_of_them(ask: Ask) -> None:
    """New to A, which had none of its contracts; not to the whole, of which B is."""
    historique = [{"acheteur": "B", "siren": A1[:9], "annee": y} for y in (2021, 2022, 2023)]
    answer = ask("concentration", marches=AWARDED, titulaires=HELD, historique=historique)
    assert profile(answer, "nouveaux titulaires")[:3] == (2, 3, D("90.00"))


def test_the_eleventh_holder_is_not_among_the_ten(ask: Ask) -> None:
    marches = [{"marche_uid": f"M{n:02d}", "montant": D(n)} for n in range(1, 12)]
    titulaires = [{"marche_uid": f"M{n:02d}", "titulaire_id": f"X{n:02d}"} for n in range(1, 12)]
    answer = ask("concentration", marches=marches, titulaires=titulaires)
    first = profile(answer, "les 10 premiers")
    assert first[:4] == (10, 11, D(65), pytest.approx(100 * 65 / 66))


def test_a_false_number_may_be_that_of_one_of_the_first(ask: Ask) -> None:
    """Of a foreign number nothing is doubted; a false SIRET among the ten has its euros anyway."""
    marches = [{"marche_uid": f"M{n:02d}", "montant": D(n)} for n in range(1, 13)]
    titulaires: list[dict[str, Any]] = [
        {"marche_uid": f"M{n:02d}", "titulaire_id": f"X{n:02d}"} for n in range(1, 13)
    ]
    titulaires[0] |= {"siret_valide": False}
    titulaires[1] |= {"siret_valide": None, "type_identifiant": "TVA"}
    titulaires[11] |= {"siret_valide": False}
    first = profile(ask("concentration", marches=marches, titulaires=titulaires), "les 10 premiers")
    ten, known, whole = D(75), D(77), D(78)
    assert first == (
        10, 11, ten, pytest.approx(float(100 * ten / known)),
        pytest.approx(float(100 * ten / whole)), pytest.approx(float(100 * (ten + 1) / whole)),
    )  # fmt: skip


def test_holders_are_counted_in_each_family(ask: Ask) -> None:
    rows = ask("titulaires_par_famille", marches=AWARDED, titulaires=HELD)
    by_family = {r["famille"]: r for r in rows}
    assert list(by_family) == ["45", "90", "inconnue"]  # the largest amount first
    works = by_family["45"]
    assert (works["marches"], works["titulaires"], works["montant"]) == (2, 2, D("160.00"))
    assert works["part_premier"] == pytest.approx(62.5)  # A has 60 and 40 of 160
    nobody = by_family["inconnue"]
    assert (nobody["titulaires"], nobody["marches_sans_titulaire"]) == (0, 1)
    assert (nobody["montant_connu"], nobody["part_premier"]) == (D(0), None)


# --- Reserves and floors --------------------------------------------------------------------

ALL_THREE = ["Clause sociale", "Critère social", "Marché réservé"]
CONTRADICTED = ["Clause sociale", "Pas de considération sociale"]
NO = ["Pas de considération sociale"]


def item(catalogue: Catalogue, code: str) -> Indicateur:
    indicateur = catalogue.get(code)
    assert indicateur
    return indicateur


def test_values_without_the_suspect_contracts(ask: Ask, catalogue: Catalogue) -> None:
    """Of four known, one sure yes, one suspect yes, one contradicted yes, one no."""
    marches = [
        {"marche_uid": "M1", "considerations_sociales": ["Clause sociale"]},
        {"marche_uid": "M2", "considerations_sociales": ALL_THREE},
        {"marche_uid": "M3", "considerations_sociales": CONTRADICTED},
        {"marche_uid": "M4", "considerations_sociales": NO},
        {"marche_uid": "M5", "considerations_sociales": None},
    ]
    wanted = [item(catalogue, "SOC2-01"), item(catalogue, "ENV1-01")]
    rows = ask("reserves", *wanted, marches=marches)
    compared = ("code", "regle", "suspects", "comptes", "valeur", "valeur_sans_suspects",
            "valeur_marches_ecartes")  # fmt: skip
    assert [tuple(r[k] for k in compared) for r in rows] == [
        ("SOC2-01", "MAR-A07", 1, 1, 75, 50, pytest.approx(200 / 3)),
        ("SOC2-01", "MAR-A09", 1, 1, 75, 50, pytest.approx(200 / 3)),
    ]


@pytest.mark.parametrize(
    ("formula", "reads"),
    [
        ("list_contains(considerations_sociales, 'Clause sociale')", True),
        ("CONSIDERATIONS_SOCIALES IS NOT NULL", True),
        ('"considerations_sociales" IS NOT NULL', True),
        ("objet = 'considerations_sociales'", False),
        ("offres_recues = 1 -- pas considerations_sociales", False),
        ("considerations_sociales_bis IS NULL", False),
    ],
)
def test_what_a_formula_reads_is_known_from_its_text(
    catalogue: Catalogue, formula: str, reads: bool
) -> None:
    calcul = item(catalogue, "SOC2-01").calculs[0].model_copy(update={"numerateur": formula})
    assert ("considerations_sociales" in calcul.champs) == reads


def test_a_holder_of_several_contracts_is_counted_once_from_each_floor(
    ask: Ask, catalogue: Catalogue
) -> None:
    """Distinct holders under ten employees: a small contract is of a holder of a large one too."""
    small, large = "00000000100017", "00000000200015"
    lines: dict[str, Rows] = {
        "marches": [
            {"marche_uid": "M1", "montant": D("39999.99")},
            {"marche_uid": "M2", "montant": D("40000.00")},
            {"marche_uid": "M3", "montant": D("90000.00")},
        ],
        "titulaires": [
            {"marche_uid": "M1", "titulaire_id": small},
            {"marche_uid": "M2", "titulaire_id": small},
            {"marche_uid": "M3", "titulaire_id": large},
        ],
        "sirene": [
            {"siret": small, "effectif_moins_10": True},
            {"siret": large, "effectif_moins_10": False},
        ],
    }
    rows = ask("perimetres", item(catalogue, "ECO1-03"), **lines)
    assert [(r["plancher"], r["numerateur"], r["denominateur"]) for r in rows] == [
        (D(0), D(1), D(2)),
        (D(40000), D(1), D(2)),
        (D(90000), D(0), D(1)),
    ]


def test_a_chosen_floor_is_that_of_the_figures_and_of_contracts_alone(
    params: Params, catalogue: Catalogue, tmp_path: Path
) -> None:
    scheme = params.scheme.model_copy(update={"plancher": D("50000.50")})
    using = params.model_copy(update={"scheme": scheme})
    assert scheme.planchers == (D(0), D(40000), D("50000.50"), D(90000))
    given = Exemple(
        phrase="-",
        lignes={
            "marches": (
                {"marche_uid": "M1", "montant": D("50000.49"), "considerations_sociales": NO},
                {"marche_uid": "M2", "montant": D("50000.50"), "considerations_sociales": NO},
            ),
            "mandats": ({"delai_jours": 12, "montant_ht": D(3)},),
        },
        attendu={},
    )
    items = (item(catalogue, "SOC2-01"), item(catalogue, "ECO2-02"))
    results = indicators.compute(
        Catalogue("-", items, ()), using, examples.rows(given, using), tmp_path, {},
        frozenset({"decp", "mandats"}), preuves=tmp_path,
    )  # fmt: skip
    figures = {c.code: c for c in results.chiffres if c.entite == "ensemble"}
    assert (figures["SOC2-01"].denominateur, figures["ECO2-02"].denominateur) == (1, 1)
    evidence = csvtable.rows(tmp_path / "preuves.csv")
    assert {p["code"] for p in evidence if p["marche_uid"] == "M1"} == set()
