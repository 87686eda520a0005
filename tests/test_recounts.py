"""The figures of every source against a recount made without the package, on random rows."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from fractions import Fraction
from math import isclose
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import CLAUSE, PAS_SOCIAL, Figure
from oracle_registers import World, recount

from spaser.figures import catalogue as catalogues
from spaser.figures import indicators
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre
from spaser.settings.params import Params

BUYERS = ("ville", "metropole")
SIRETS = ["12345678900011", "12345678900029", "55555555500017", "98765432100010"]
CPV = ["45210000-2", "45233140-2", "39130000-2", "77310000-6", "79000000-4", None]
NOTIFIED = dt.date(2024, 6, 3)
EMPTY = {name: [] for name in (
    "marches", "titulaires", "sirene", "esus", "inclusifs", "historique", "fiches", "mandats",
    "agec", "seuils_agec", "cantine", "flotte", "formations", "consultations", "insertion",
    "releves",
)}  # fmt: skip


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


buyers = st.sampled_from(BUYERS)
yes_no = maybe(st.booleans())
euros = st.integers(1, 10**8).map(lambda n: Decimal(n).scaleb(-2))
counts = st.integers(0, 20)
amounts = euros | st.sampled_from(
    [Decimal(n) for n in ("50000", "50000.01", "220999.99", "221000", "5537999.99", "5538000")]
)


def lines(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Up to four rows of a register, each of some buyer."""
    return st.lists(st.fixed_dictionaries({"acheteur": buyers, **columns}), max_size=4)


def listed(keys: list[str], name: str, **columns: st.SearchStrategy[Any]) -> Any:
    """A list of companies: some of them, once each."""
    return st.lists(st.sampled_from(keys), unique=True).flatmap(
        lambda rows_of: st.tuples(
            *(st.fixed_dictionaries({name: st.just(k), **columns}) for k in rows_of)
        ).map(list)
    )


SHEET = dict.fromkeys(
    (
        "seuil_europeen", "marche_global", "clausier_commun", "consideration_egalite",
        "exigence_ergonomie", "clause_carbone", "clause_biodiversite", "clause_dechets_chantier",
    ),
    yes_no,
) | {"montant_pme_engage": maybe(euros)}  # fmt: skip
FLEET = ("nbVP", "nbN1", "nbVPclean", "nbN1infclean", "nbN1supclean", "nbVPEL", "nbVPH2",
         "nbN1infEL", "nbN1infH2", "nbN1supEL", "nbN1supH2")  # fmt: skip
DAY = dt.timedelta(days=1)
SIRENS = sorted({s[:9] for s in SIRETS})

contracts = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {
                "acheteur": buyers,
                "montant": amounts,
                "date_notification": st.just(NOTIFIED),
                "duree_mois": maybe(st.integers(1, 4)),
                "code_cpv": st.sampled_from(CPV),
                "attribution_avance": yes_no,
                "taux_avance": maybe(
                    st.sampled_from([Decimal(x) for x in ("0", "0.05", "0.299999", "0.3", "0.5")])
                ),
                "considerations_sociales": st.sampled_from([None, [CLAUSE], [PAS_SOCIAL]]),
            }
        ),
        st.lists(st.sampled_from([*SIRETS, "FR123"]), max_size=3, unique=True),
        maybe(st.fixed_dictionaries(SHEET)),
    ),
    max_size=6,
)
registers = st.fixed_dictionaries(
    {
        "sirene": listed(
            SIRETS,
            "siret",
            categorie_entreprise=st.sampled_from([None, "PME", "ETI", "GE"]),
            cercle=st.sampled_from([None, "groupement", "departement", "region", "ailleurs"]),
        ),
        "esus": st.lists(
            st.fixed_dictionaries(
                {
                    "siren": st.sampled_from(SIRENS),
                    "date_debut": st.sampled_from([None, NOTIFIED, NOTIFIED + DAY]),
                    "date_fin": st.sampled_from([None, NOTIFIED, NOTIFIED + DAY, NOTIFIED - DAY]),
                }
            ),
            max_size=3,
        ),
        "inclusifs": listed(SIRETS, "siret", type=st.just("EA")),
        "historique": lines(siren=st.sampled_from(SIRENS), annee=st.integers(2021, 2023)),
        "mandats": lines(
            fournisseur_id=st.sampled_from([*SIRETS, None]),
            montant_ht=maybe(euros),
            delai_jours=maybe(st.integers(0, 60)),
        ),
        "seuils_agec": st.lists(
            st.fixed_dictionaries(
                {
                    "categorie": st.sampled_from(["Papier", "Mobilier urbain"]),
                    "taux": st.sampled_from(["reemploi", "recycle"]),
                    "palier": st.sampled_from([2024, 2027]),
                    "seuil": st.integers(0, 60).map(Decimal),
                    "confirme": st.booleans(),
                }
            ),
            max_size=8,
            unique_by=lambda s: (s["categorie"], s["taux"], s["palier"]),
        ),
        "agec": st.lists(
            st.fixed_dictionaries(
                {
                    "acheteur": buyers,
                    "type_produit_acquis": st.sampled_from(["Papier", "Mobilier urbain"]),
                    "montant_total": st.just(Decimal(0)) | euros,
                    "montant_reemploi_et_reutilisation": maybe(euros),
                    "montant_produits_issus_don": maybe(euros),
                    "montant_produits_recycles": maybe(euros),
                }
            ),
            max_size=4,
            unique_by=lambda r: (r["acheteur"], r["type_produit_acquis"]),
        ),
        "cantine": lines(
            valeur_totale=euros, valeur_bio=maybe(euros), valeur_egalim_hors_bio=maybe(euros)
        ),
        "flotte": lines(**{name: maybe(counts) for name in FLEET}),
        "formations": lines(
            agents_cibles=maybe(counts), agents_formes=maybe(counts), heures=maybe(euros)
        ),
        "consultations": lines(
            montant_estime=maybe(amounts | st.sampled_from([Decimal(40000), Decimal("39999.99")])),
            fiche_strategie=yes_no,
        ),
        "insertion": lines(
            heures_prevues=maybe(euros),
            heures_realisees=maybe(euros),
            heures_realisees_marche=maybe(euros),
            marche_uid=maybe(st.just("M0")),
            solde=yes_no,
        ),
        "releves": lines(
            indicateur=st.sampled_from(["ENV2-03", "ENV4-02", "ENV4-05"]),
            numerateur=maybe(euros),
            denominateur=maybe(euros),
        ),
    }
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Contracts with their holders and sheets, and every register."""
    world: World = {**EMPTY, **draw(registers)}
    made = draw(contracts)
    small = {s: draw(yes_no) for s in SIRENS}  # the size is that of the legal unit
    world["sirene"] = [r | {"effectif_moins_10": small[r["siret"][:9]]} for r in world["sirene"]]
    for table in ("marches", "titulaires", "fiches"):
        world[table] = []
    for n, (contract, holders, sheet) in enumerate(made):
        uid = f"M{n}"
        right = [h in SIRETS for h in holders]
        world["marches"].append(
            {
                "marche_uid": uid,
                "nb_titulaires": len(holders),
                "nb_titulaires_siret": sum(right),
                **contract,
            }
        )
        world["titulaires"] += [
            {"marche_uid": uid, "rang": rank, "titulaire_id": h, "siret_valide": ok}
            for rank, (h, ok) in enumerate(zip(holders, right, strict=True), start=1)
        ]
        if sheet is not None:
            world["fiches"].append({"marche_uid": uid, "acheteur": contract["acheteur"], **sheet})
    return {
        name: [{"ligne_uid": f"{name}#{n}", **row} for n, row in enumerate(table)]
        for name, table in world.items()
    }


@pytest.fixture(scope="module")
def book(params: Params) -> Catalogue:
    """The indicators that the recount knows."""
    whole = catalogues.load(params)
    codes = {code for code, _ in recount(EMPTY, set())}
    return Catalogue(whole.version, tuple(i for i in whole.indicateurs if i.code in codes), ())


def computed(world: World, book: Catalogue, params: Params) -> list[Chiffre]:
    sources = {s for i in book.indicateurs for s in i.sources}
    with tempfile.TemporaryDirectory() as place:
        return indicators.compute(
            book, params, world, Path(place), {}, sources, beside=False
        ).chiffres


def same(value: float | None, right: Fraction | None) -> bool:
    if value is None or right is None:
        return value is right
    return isclose(value, right, rel_tol=1e-12, abs_tol=1e-12)


def assert_equal(chiffre: Chiffre, right: Figure) -> None:
    where = (chiffre, right)
    assert same(chiffre.valeur, right.valeur), where
    assert same(chiffre.borne_basse, right.basse), where
    assert same(chiffre.borne_haute, right.haute), where
    assert (chiffre.renseignes, chiffre.total) == (right.renseignes, right.total), where
    if right.valeur is not None:
        assert (chiffre.numerateur, chiffre.denominateur) == (right.numerateur, right.denominateur)


OVER = {"SOC2-04", "ENV1-05", "ENV1-06", "ENV1-07", "ENV1-08", "ENV2-01", "ENV2-02", "ENV3-01",
        "ECO2-05", "SOC1-01", "ENV4-02", "ENV2-03"}  # fmt: skip
"""Ratios of two declared sums: random rows may put the part above the whole."""
ONCE = {"ECO1-03", "ECO2-01"}  # a company of both buyers counts once; a mean does not add up


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_every_figure_equals_the_recount_and_holds_together(
    world: World, book: Catalogue, params: Params
) -> None:
    figures = {(c.code, c.base, c.entite): c for c in computed(world, book, params)}
    everyone = set(params.scheme.entites)
    for entite in everyone:
        own = {*BUYERS, None} if entite == "ensemble" else {entite}
        right = recount(world, own)
        assert {k[:2] for k in figures} == set(right)
        for (code, base), figure in right.items():
            assert_equal(figures[code, base, entite], figure)
    for (code, base, entite), c in figures.items():
        if c.valeur is None:
            assert c.verdict in {"non disponible", "non vérifiable", "sans objet"}
            assert c.motif_absence
            continue
        if c.unite == "%" and code not in OVER:
            assert c.numerateur is not None
            assert c.denominateur is not None
            assert 0 <= c.numerateur <= c.denominateur
            assert c.borne_basse is None or c.borne_basse - 1e-9 <= c.valeur
            assert c.borne_haute is None or c.valeur <= c.borne_haute + 1e-9
        if entite == "ensemble" and code not in ONCE:
            for name in ("numerateur", "denominateur"):
                parts = [getattr(figures[code, base, b], name) or 0 for b in BUYERS]
                apart = [figures[code, base, b].valeur is None for b in BUYERS]
                if not any(apart):
                    assert (getattr(c, name) or 0) == sum(parts), (code, name)


def test_the_recount_knows_enough(book: Catalogue) -> None:
    core = [i.code for i in book.indicateurs if i.noyau]
    assert len(core) >= 20
    tables = {s for i in book.indicateurs for s in i.sources}
    assert {"sirene", "esus", "annuaire_inclusif", "mandats", "fiche_marche"} <= tables
