"""Figures against a recount made without the package, their verdicts, evidence and script."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import isclose
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neutral import NOM_METROPOLE
from oracle import (
    CLAUSE,
    CLAUSE_ENV,
    CRITERE,
    CRITERE_ENV,
    METROPOLE,
    NOTHING,
    PAS_ENV,
    PAS_SOCIAL,
    RESERVE,
    SANS_CONCURRENCE,
    VILLE,
    Contract,
    Figure,
    concession,
    contracts_of,
    months_later,
    nested,
    recount,
    regulatory,
    siret,
    verdict,
)

from spaser import csvtable, quality, sources
from spaser.contracts import marches
from spaser.figures import catalogue as catalogues
from spaser.figures import database, evidence, indicators, years
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre
from spaser.figures.tables import TABLES
from spaser.settings import params as parameters
from spaser.settings.params import Params
from spaser.sources.lecture import Lecture

Key = tuple[str, str, str]

BUYERS = {"metropole": METROPOLE, "ville": VILLE}
VALUELESS = {"non disponible", "sans objet"}  # verdicts of a figure without a value


@dataclass(frozen=True)
class Run:
    """A computation: its figures by (code, entite, base), its evidence, its folder and tables."""

    figures: dict[Key, Chiffre]
    evidence: list[dict[str, Any]]
    folder: Path
    rows: dict[str, list[Any]]


Compute = Callable[..., Any]


@pytest.fixture(autouse=True)
def _away(elsewhere: Path) -> None:
    """Nothing may be written where the tests run."""


@pytest.fixture(scope="module")
def compute(
    read: Callable[..., Lecture], params: Params, catalogue: Catalogue
) -> Callable[..., Any]:
    """Contracts (or files) to figures, in a folder that lives as long as the `with`."""

    @contextmanager
    def run(
        made: Sequence[Contract] | dict[str, Any],
        *,
        using: Params = params,
        of: Catalogue = catalogue,
        earlier: dict[Key, float] | None = None,
    ) -> Iterator[Run]:
        files = (
            made
            if isinstance(made, dict)
            else {"a.json": regulatory([nested(c) for c in made] or [nested(STRANGER)])}
        )
        lignes, _ = marches.distinct(read(files, using).lignes)
        parts = [
            marches.assemble([x for x in lignes if x.table == table])[0]
            for table in ("marches", "concessions")
        ]
        rows = marches.tables(*parts, using)
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "donnees"
            results = indicators.compute(
                of, using, rows, folder, earlier or {}, preuves=Path(place), beside=False
            )
            yield Run(
                {(c.code, c.entite, c.base): c for c in results.chiffres},
                [*csvtable.rows(Path(place) / "preuves.csv")],
                folder,
                rows,
            )

    return run


STRANGER = Contract("2024X", buyer="21750001600019")

# --- Random contracts ----------------------------------------------------------------------

GOOD = [(siret(n, 1), "SIRET") for n in (49047296, 77820805, 53317613)]
BAD = [(number[:13] + str((int(number[13]) + 1) % 10), kind) for number, kind in GOOD]
SOCIAL = [
    None,
    (PAS_SOCIAL,),
    (CLAUSE,),
    (CRITERE,),
    (RESERVE,),
    (CLAUSE, CRITERE),
    (CLAUSE, CRITERE, RESERVE),
    (CLAUSE, PAS_SOCIAL),
]
ENVIRONMENT = [
    None, (PAS_ENV,), (CLAUSE_ENV,), (CRITERE_ENV,), (CLAUSE_ENV, CRITERE_ENV),
    (CRITERE_ENV, PAS_ENV),
]  # fmt: skip
days = st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)) | st.sampled_from(
    [dt.date(2024, 12, 31), dt.date(2024, 12, 30), dt.date(2024, 1, 31), dt.date(2024, 8, 31)]
)


@st.composite
def one(draw: st.DrawFn) -> Contract:
    notified = draw(days)
    limit = months_later(notified, 2)
    delay = draw(st.none() | st.sampled_from([-400, -1, 0, 1, 30]))
    return Contract(
        id="",
        buyer=draw(st.sampled_from([VILLE, VILLE, METROPOLE])),
        notified=notified,
        montant=draw(
            st.sampled_from([Decimal("39999.99"), Decimal("40000.00"), Decimal("1.00")])
            | st.integers(100, 10**9).map(lambda n: Decimal(n).scaleb(-2))
        ),
        published=None if delay is None else limit + dt.timedelta(days=delay),
        procedure=draw(
            st.sampled_from([None, SANS_CONCURRENCE, "Procédure adaptée", "Appel d'offres ouvert"])
        ),
        cpv=draw(st.sampled_from([None, "45261000-4", "39130000-2"])),
        offers=draw(st.none() | st.integers(0, 6)),
        innovant=draw(st.none() | st.booleans()),
        avance=draw(st.none() | st.booleans()),
        social=draw(st.sampled_from(SOCIAL)),
        environment=draw(st.sampled_from(ENVIRONMENT)),
        holders=tuple(draw(st.lists(st.sampled_from(GOOD + BAD), max_size=3, unique=True))),
    )


portfolios = st.lists(one(), max_size=12).map(
    lambda contracts: [replace(c, id=f"2024-{n}") for n, c in enumerate(contracts)]
)


def of_entity(contracts: Sequence[Contract], entite: str) -> list[Contract]:
    return [c for c in contracts if entite == "ensemble" or c.buyer == BUYERS[entite]]


def same(value: float | None, right: Fraction | None) -> bool:
    if value is None or right is None:
        return value is right
    return isclose(value, right, rel_tol=1e-12, abs_tol=1e-12)


def assert_equal(chiffre: Chiffre, right: Figure) -> None:
    where = (chiffre.code, chiffre.entite, chiffre.base, chiffre, right)
    assert same(chiffre.valeur, right.valeur), where
    assert same(chiffre.borne_basse, right.basse), where
    assert same(chiffre.borne_haute, right.haute), where
    assert (chiffre.renseignes, chiffre.total) == (right.renseignes, right.total), where
    if right.valeur is not None:
        assert (chiffre.numerateur, chiffre.denominateur) == (right.numerateur, right.denominateur)
    coverage = None
    if right.total:
        coverage = 100 * Fraction(right.renseignes or 0) / Fraction(right.total)
    assert same(chiffre.couverture, coverage), where


def assert_recounted(run: Run, contracts: Sequence[Contract]) -> None:
    for entite in (*BUYERS, "ensemble"):
        for (code, base), right in recount(of_entity(contracts, entite)).items():
            assert_equal(run.figures[code, entite, base], right)


def assert_within_bounds(run: Run) -> None:
    for c in run.figures.values():
        where = (c.code, c.entite, c.base)
        if c.total is not None:
            assert c.renseignes is not None, where
            assert c.couverture is not None, where
            assert 0 <= c.renseignes <= c.total, where
            assert 0 <= c.couverture <= 100 + 1e-9, where  # exactly 100 when full: see below
        if c.valeur is None:
            assert c.motif_absence, where
            assert c.verdict in VALUELESS, where
            continue
        if percent(c):
            assert c.numerateur is not None, where
            assert c.denominateur, where
            assert c.total, where
            assert 0 <= c.numerateur <= c.denominateur <= c.total, where
        if c.borne_basse is not None and c.borne_haute is not None:
            assert c.borne_basse - 1e-9 <= c.valeur <= c.borne_haute + 1e-9, where


def assert_whole_is_its_parts(run: Run) -> None:
    for (code, entite, base), c in run.figures.items():
        if entite != "ensemble" or code == "ECO1-05":  # a median does not add up
            continue
        parts = [run.figures[code, buyer, base] for buyer in BUYERS]
        for name in ("numerateur", "denominateur", "renseignes", "total"):
            whole = getattr(c, name)
            assert (whole or 0) == sum(getattr(p, name) or 0 for p in parts), (code, name)


def assert_evidence_adds_up(run: Run) -> None:
    buyers = {m["marche_uid"]: m["acheteur"] for m in run.rows["marches"]}
    sums: dict[tuple[Key, str], Decimal] = {}
    roles = set()
    for proof in run.evidence:
        key = (proof["code"], proof["entite"], proof["base"])
        assert (key, proof["marche_uid"], proof["role"]) not in roles  # one row per role
        roles.add((key, proof["marche_uid"], proof["role"]))
        assert proof["entite"] in {"ensemble", buyers[proof["marche_uid"]]}
        assert proof["role"] in {"numerateur", "denominateur", "inconnu"}
        weight = Decimal(proof["contribution"] or 0)
        if key[0] == "ECO1-05" and proof["role"] == "inconnu":
            weight = Decimal(1)  # nothing to contribute: a contract without its offers
        sums[key, proof["role"]] = sums.get((key, proof["role"]), Decimal(0)) + weight
    counted = Counter((p["code"], p["entite"]) for p in run.evidence if p["role"] == "numerateur")
    for key, c in run.figures.items():
        top = sums.get((key, "numerateur"), Decimal(0))
        rest = sums.get((key, "denominateur"), Decimal(0))
        unknown = sums.get((key, "inconnu"), Decimal(0))
        assert (c.numerateur or 0) == top, key
        assert (c.total or 0) - (c.renseignes or 0) == unknown, key
        if key[0] == "ECO1-05":
            assert (c.denominateur or 0) == counted[key[:2]], key
        elif key[0] != "SOC2-10":
            assert (c.denominateur or 0) == top + rest, key


@settings(max_examples=40)
@given(portfolios)
def test_every_figure_holds(compute: Compute, contracts: list[Contract]) -> None:
    """It equals the recount, stands within its bounds, and its evidence adds up to the cent."""
    with compute(contracts) as run:
        assert_recounted(run, contracts)
        assert_within_bounds(run)
        assert_whole_is_its_parts(run)
        assert_evidence_adds_up(run)


def test_a_full_memory_goes_to_a_folder_and_changes_nothing(
    compute: Compute,
    params: Params,
    catalogue: Catalogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with compute([Contract(str(n), holders=(GOOD[n % 3],)) for n in range(50)]) as run:
        rows = {
            name: [
                {**row, "marche_uid": f"{row['marche_uid']}-{n}"} for n in range(200) for row in of
            ]
            for name, of in run.rows.items()
        }

    def made(folder: Path, beside: bool = False) -> tuple[indicators.Results, bytes, set[str]]:
        """The figures, their evidence, and what is there meanwhile alone."""
        meanwhile: set[str] = set()
        write = evidence.write

        def writes(con: duckdb.DuckDBPyConnection, to: Path) -> None:
            write(con, to)
            meanwhile.update(p.name for p in folder.iterdir())

        with monkeypatch.context() as patch:
            patch.setattr(evidence, "write", writes)
            results = indicators.compute(
                catalogue, params, rows, folder, {}, preuves=folder, beside=beside
            )
        left = {p.name for p in folder.iterdir()}
        return results, (folder / "preuves.csv").read_bytes(), meanwhile - left

    usual = made(tmp_path / "usual", beside=True)
    with monkeypatch.context() as patch:  # before the first one is large, all of them are in memory
        patch.setattr(database, "_MANY", 0)
        kept = made(tmp_path / "dans un fichier d'ici", beside=True)
    monkeypatch.setattr(database, "_MEMORY", 80)
    bounded = made(tmp_path / "bounded")
    assert kept[:2] == usual[:2]
    assert (bounded[0].chiffres, bounded[1]) == (usual[0].chiffres, usual[1])
    assert (usual[2], bounded[2]) == (set(), {database.BEYOND})
    assert kept[2] >= {database._FILE}


def test_the_file_of_a_long_year_goes_when_its_figures_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "donnees"
    folder.mkdir()
    rows = folder / "marches.parquet"
    with database.opened() as con:
        con.execute("COPY (SELECT 1 AS n) TO ?", [str(rows)])
    monkeypatch.setattr(database, "_MANY", 0)
    with pytest.raises(ZeroDivisionError), database.opened_for(rows, folder) as con:
        con.execute("CREATE TABLE essai AS SELECT 2 AS n")
        assert (folder / database._FILE).is_file()
        raise ZeroDivisionError
    assert list(folder.iterdir()) == [rows]


def test_a_portfolio_worked_by_hand(compute: Compute) -> None:
    """Five contracts of the Ville: the figures of the year, on paper."""
    base = Contract("", holders=(GOOD[0],))
    contracts = [
        replace(
            base,
            id="1",
            montant=Decimal("100000.10"),
            offers=1,
            social=(CLAUSE, RESERVE),
            environment=(CLAUSE_ENV, CRITERE_ENV),
            innovant=True,
        ),
        replace(
            base,
            id="2",
            montant=Decimal("40000.00"),
            offers=4,
            social=(CRITERE,),
            environment=(CLAUSE_ENV,),
            published=dt.date(2024, 7, 7),
        ),  # a day late
        replace(
            base,
            id="3",
            montant=Decimal("30000.00"),
            offers=None,
            social=(PAS_SOCIAL,),
            environment=None,
            published=None,
        ),
        replace(
            base,
            id="4",
            montant=Decimal("20000.20"),
            offers=2,
            social=None,
            environment=(PAS_ENV,),
            innovant=None,
            holders=(BAD[0],),
        ),
        replace(
            base,
            id="5",
            montant=Decimal("60000.00"),
            offers=1,
            social=(PAS_SOCIAL,),
            environment=(CRITERE_ENV, PAS_ENV),
            procedure=SANS_CONCURRENCE,
        ),
    ]
    hand: dict[tuple[str, str], tuple[str, str | None, str, str]] = {
        # numerator, denominator, known, total
        ("ECO1-05", "autre"): ("7", "3", "3", "4"),  # offers 1, 2, 4; one not known; 5 apart
        ("ECO1-06", "nombre"): ("1", "3", "3", "4"),
        ("ECO2-04", "nombre"): ("1", "4", "4", "5"),
        ("SOC1-05", "nombre"): ("2", "3", "3", "3"),  # 1, 2 and 5 are above 40 000 €
        ("SOC1-06", "autre"): ("25", "30", "30", "30"),
        ("SOC2-01", "nombre"): ("2", "4", "4", "5"),
        ("SOC2-02", "valeur"): ("140000.10", "230000.10", "230000.10", "250000.30"),
        ("SOC2-10", "nombre"): ("1", None, "4", "5"),
        ("SOC2-10", "valeur"): ("100000.10", None, "230000.10", "250000.30"),
        ("ENV1-01", "nombre"): ("3", "4", "4", "5"),
        ("ENV1-02", "valeur"): ("200000.10", "220000.30", "220000.30", "250000.30"),
        ("ENV1-03", "nombre"): ("1", "4", "4", "5"),
    }
    with compute(contracts) as run:
        for (code, base_), (top, bottom, known, total) in hand.items():
            chiffre = run.figures[code, "ville", base_]
            assert chiffre.numerateur == Decimal(top), code
            assert chiffre.denominateur == (None if bottom is None else Decimal(bottom)), code
            assert (chiffre.renseignes, chiffre.total) == (Decimal(known), Decimal(total)), code
        one_offer = run.figures["ECO1-06", "ville", "nombre"]
        assert (one_offer.valeur, one_offer.couverture) == (pytest.approx(100 / 3), 75)
        assert (one_offer.borne_basse, one_offer.borne_haute) == (25, 50)
        assert run.figures["ECO1-05", "ville", "autre"].valeur == 2
        assert run.figures["SOC2-10", "ville", "nombre"].borne_haute == 2
        assert_recounted(run, contracts)


@pytest.mark.parametrize("offers, value, low, high", [
    ([3], 3, 3, 3),
    ([1, 2], 1.5, 1.5, 1.5),
    ([1, 4, 9], 4, 4, 4),
    ([1, 2, 4, 9], 3, 3, 3),
    ([1, 4, 9, None], 4, 2.5, 6.5),
    ([1, 2, 3, 4, 5, None, None], 3, 2, 4),
    ([2, None], 2, None, None),
    ([None], None, None, None),
    ([0], None, None, None),
    ([0, 5], 5, 5, 5),
])  # fmt: skip
def test_medians_by_hand(
    compute: Compute, offers: list[int | None], value: Any, low: Any, high: Any
) -> None:
    contracts = [Contract(f"2024-{n}", offers=o) for n, o in enumerate(offers)]
    with compute(contracts) as run:
        chiffre = run.figures["ECO1-05", "ville", "autre"]
        assert (chiffre.valeur, chiffre.borne_basse, chiffre.borne_haute) == (value, low, high)


def test_a_joint_contract_counts_once_and_a_concession_never(compute: Compute) -> None:
    joint = Contract("1", holders=tuple(GOOD), social=(CLAUSE,))
    with compute({"a.json": regulatory([nested(joint)], [concession("C1")])}) as run:
        assert run.figures["SOC2-01", "ville", "nombre"].denominateur == 1
        assert run.figures["SOC2-02", "ville", "valeur"].denominateur == joint.montant


# --- Invariants ----------------------------------------------------------------------------


def percent(chiffre: Chiffre) -> bool:
    return chiffre.unite == "%"


def alone(folder: Path) -> tuple[list[str], dict[Key, tuple[Any, ...]]]:
    """The script as an auditor runs it: in its folder, in a fresh DuckDB, nothing else."""
    with chdir(folder), duckdb.connect() as con:
        con.execute((folder / "indicateurs.sql").read_text(encoding="utf-8"))
        names = [d[0] for d in con.description or ()]
        return names, {(r[0], r[1], r[2]): r[3:] for r in con.fetchall()}


@settings(max_examples=15)
@given(portfolios)
def test_the_script_alone_gives_the_same_figures(
    compute: Compute, contracts: list[Contract]
) -> None:
    with compute(contracts) as run:
        names, figures = alone(run.folder)
        assert names == ["code", "entite", "base", "numerateur", "denominateur", "valeur"]
        computed = {k for k, c in run.figures.items() if (c.code, c.base) in recount([])}
        assert set(figures) == computed
        for key in computed:
            c = run.figures[key]
            if c.valeur is not None:
                assert figures[key][:2] == (c.numerateur, c.denominateur), key
                assert isclose(figures[key][2], c.valeur, rel_tol=1e-12), key
            else:
                assert figures[key][2] is None, key


@pytest.mark.parametrize(
    "contracts",
    [[], [Contract("1")], [Contract("1", social=None, environment=None, offers=None)]],
    ids=["nothing", "one", "unknown"],
)
def test_the_script_alone_leaves_the_same_cells_empty(
    compute: Compute, contracts: list[Contract]
) -> None:
    with compute(contracts) as run:
        _, figures = alone(run.folder)
        assert figures == {
            k: (c.numerateur, c.denominateur, c.valeur)
            for k, c in run.figures.items()
            if k in figures
        }


# --- Verdicts ------------------------------------------------------------------------------

# Twenty contracts of the Ville, offers 1 to 20: `offres_recues <= 9` holds for 45 % of them.
KNOWN = "offres_recues <= 9"
DOUBT = "CASE WHEN offres_recues <= 5 THEN TRUE WHEN offres_recues <= 15 THEN FALSE END"
# 5 yes, 10 no, 5 unknown: 33,33 % between 25 % and 50 %
NEVER = "CAST(NULL AS BOOLEAN)"
# 17 yes, 2 no, 1 unknown: 89,5 % between 85 % and 90 %
CLOSE = "CASE WHEN offres_recues <= 17 THEN TRUE WHEN offres_recues <= 19 THEN FALSE END"

VERDICTS: list[tuple[str, str, str, str, str]] = [
    # measure, direction, formula, target, verdict
    ("part", "hausse", KNOWN, "45", "atteint"),
    ("part", "hausse", KNOWN, "44.9", "atteint"),
    ("part", "hausse", KNOWN, "45.1", "proche"),
    ("part", "hausse", KNOWN, "50", "proche"),  # 90 % of the target, exactly
    ("part", "hausse", KNOWN, "50.1", "non atteint"),
    ("part", "hausse", "FALSE", "0", "atteint"),
    ("part", "hausse", "FALSE", "1", "non atteint"),
    ("part", "hausse", "TRUE", "100", "atteint"),
    ("part", "baisse", KNOWN, "45", "atteint"),
    ("part", "baisse", KNOWN, "45.1", "atteint"),
    ("part", "baisse", KNOWN, "44.9", "proche"),
    ("part", "baisse", KNOWN, "41", "proche"),  # 45 is under 45.1
    ("part", "baisse", KNOWN, "40.9", "non atteint"),  # 45 is over 44.99
    ("part", "baisse", "FALSE", "0", "atteint"),
    ("part", "baisse", KNOWN, "0", "non atteint"),
    ("part", "observation", KNOWN, "45", "sans cible"),
    ("part", "hausse", KNOWN, "", "sans cible"),
    ("part", "hausse", NEVER, "10", "non disponible"),
    ("part", "hausse", NEVER, "", "non disponible"),
    ("part", "hausse", DOUBT, "25", "atteint"),  # even if every unknown were a no
    ("part", "hausse", DOUBT, "26", "indécidable"),
    ("part", "hausse", DOUBT, "50", "indécidable"),
    ("part", "hausse", DOUBT, "60", "non atteint"),  # even if every unknown were a yes
    ("part", "hausse", DOUBT, "", "sans cible"),
    ("part", "baisse", DOUBT, "50", "atteint"),
    ("part", "baisse", DOUBT, "49", "indécidable"),
    ("part", "baisse", DOUBT, "25", "indécidable"),
    ("part", "baisse", DOUBT, "20", "non atteint"),
    # missed even in the best case, though that one is near
    ("part", "hausse", DOUBT, "52", "non atteint"),
    ("part", "baisse", DOUBT, "24", "non atteint"),
    ("part", "hausse", CLOSE, "94", "proche"),  # a tenth away at most throughout
    ("part", "hausse", CLOSE, "95", "non atteint"),  # 85 is under 85.5
    ("part", "hausse", CLOSE, "90", "indécidable"),
    ("compte", "hausse", KNOWN, "9", "atteint"),
    ("compte", "hausse", KNOWN, "10", "proche"),
    ("compte", "hausse", KNOWN, "11", "non atteint"),
    ("compte", "hausse", DOUBT, "5", "atteint"),
    ("compte", "hausse", DOUBT, "8", "indécidable"),  # between 5 and 10
    ("compte", "hausse", DOUBT, "12", "non atteint"),
    ("mediane", "hausse", "offres_recues", "10.5", "atteint"),
    ("mediane", "hausse", "offres_recues", "11", "proche"),
    ("mediane", "hausse", "offres_recues", "12", "non atteint"),
    ("mediane", "baisse", "offres_recues", "10.5", "atteint"),
    ("mediane", "hausse", "CASE WHEN offres_recues = 1 THEN 1 END", "1", "indécidable"),
    ("rapport", "baisse", "-45", "-45", "atteint"),
    ("rapport", "baisse", "-45", "-40", "atteint"),
    ("rapport", "baisse", "-45", "-49", "proche"),
    ("rapport", "baisse", "-45", "-50", "proche"),
    ("rapport", "baisse", "-45", "-51", "non atteint"),
]

ENTRY = """
  - code: {code}
    ambition: ENV1
    libelle: Essai {code}
    unite: "{unit}"
    sens: {direction}
    sources: [decp]
    definition:
      numerateur: essai
    calculs:
      - base: {base}
        table: marches
        mesure: {measure}
        numerateur: "{formula}"
"""


def entry(
    code: str, measure: str, direction: str, formula: str, target: str, base: str = "nombre"
) -> str:
    text = ENTRY.format(
        code=code,
        measure=measure,
        direction=direction,
        formula=formula,
        base=base,
        unit="%" if measure in {"part", "rapport"} else "marchés",
    )
    if measure == "rapport":
        text += '        denominateur: "100"\n'
    return text + (f"    cibles:\n      2024: {{valeur: {target}, statut: H}}\n" if target else "")


def own_catalogue(folder: Path, entries: Sequence[str], params: Params) -> tuple[Catalogue, Params]:
    (folder / "indicateurs").mkdir()
    text = 'version: "1"\nindicateurs:' + "".join(entries)
    (folder / "indicateurs" / "essai.yml").write_text(text, encoding="utf-8")
    using = params.model_copy(update={"folder": folder})
    return catalogues.load(using), using


TWENTY = [Contract(f"2024-{n:02d}", offers=n) for n in range(1, 21)]


@pytest.fixture(scope="module")
def judged(
    compute: Compute, params: Params, tmp_path_factory: pytest.TempPathFactory
) -> dict[Key, Chiffre]:
    folder = tmp_path_factory.mktemp("verdicts")
    entries = [entry(f"T-{n}", m, s, f, t) for n, (m, s, f, t, _) in enumerate(VERDICTS)]
    of, using = own_catalogue(folder, entries, params)
    with compute(TWENTY, using=using, of=of) as run:
        figures: dict[Key, Chiffre] = run.figures
        return figures


@pytest.mark.parametrize(
    "number", range(len(VERDICTS)), ids=["-".join((v[0], v[1], v[3], v[4])) for v in VERDICTS]
)
def test_verdicts_by_hand(judged: dict[Key, Chiffre], number: int) -> None:
    chiffre = judged[f"T-{number}", "ville", "nombre"]
    assert chiffre.verdict == VERDICTS[number][4], chiffre
    target = VERDICTS[number][3]
    assert chiffre.cible == (Decimal(target) if target else None)
    assert chiffre.statut_cible == ("H" if target else "")
    if chiffre.valeur is not None and target and VERDICTS[number][1] != "observation":
        exact = [
            None if x is None else Fraction(x).limit_denominator(1000)
            for x in (chiffre.valeur, chiffre.borne_basse, chiffre.borne_haute)
        ]
        value = exact[0]
        assert value is not None
        assert VERDICTS[number][4] == verdict(
            value, exact[1], exact[2], Decimal(target), falling=VERDICTS[number][1] == "baisse"
        ), "the table and the rule disagree: mend the table"


def test_a_whole_that_lacks_a_buyer_is_undecided(judged: dict[Key, Chiffre]) -> None:
    for number, (_, direction, _, target, _) in enumerate(VERDICTS):
        chiffre = judged[f"T-{number}", "ensemble", "nombre"]
        if chiffre.valeur is None:
            assert chiffre.verdict == "non disponible"
        elif not target or direction == "observation":
            assert chiffre.verdict == "sans cible"
        else:
            assert chiffre.verdict == "indécidable"
            assert chiffre.motif_absence.startswith("partiel")
            assert NOM_METROPOLE in (chiffre.motif_absence)


def test_a_whole_with_both_buyers_is_decided(compute: Compute) -> None:
    both = [Contract("1", buyer=VILLE, innovant=True), Contract("2", buyer=METROPOLE)]
    with compute(both) as run:
        chiffre = run.figures["ECO2-04", "ensemble", "nombre"]
        assert (chiffre.valeur, chiffre.verdict, chiffre.motif_absence) == (50, "atteint", "")


SHARE_OF_EUROS = "list_contains(considerations_sociales, 'Clause sociale')"


@pytest.mark.parametrize("direction, target, yes, no", [
    ("hausse", "35", "16629.76", "30883.84"),  # 0.35 x 47513.60 = 16629.76
    ("hausse", "100", "44564.48", None),
    ("baisse", "100", "45219.84", None),
    ("hausse", "37.4", "18700.00", "31300.00"),
    ("baisse", "35", "0.35", "0.65"),
])  # fmt: skip
def test_a_target_reached_to_the_cent_is_reached(
    compute: Compute,
    params: Params,
    tmp_path: Path,
    direction: str,
    target: str,
    yes: str,
    no: str | None,
) -> None:
    made = [Contract("1", montant=Decimal(yes), social=(CLAUSE,))]
    if no:
        made.append(Contract("2", montant=Decimal(no), social=(PAS_SOCIAL,)))
    total = sum((c.montant for c in made), Decimal(0))
    assert Fraction(yes) / Fraction(total) * 100 == Fraction(target)  # on paper
    of, using = own_catalogue(
        tmp_path, [entry("T-1", "part", direction, SHARE_OF_EUROS, target, "valeur")], params
    )
    with compute(made, using=using, of=of) as run:
        assert run.figures["T-1", "ville", "valeur"].verdict == "atteint"


@pytest.mark.parametrize("euros", ["44564.48", "45219.84", "1.36", "1.38", "272.00"])
def test_a_whole_is_exactly_a_hundred_percent(compute: Compute, euros: str) -> None:
    made = [Contract("1", montant=Decimal(euros), social=(CLAUSE,))]
    with compute(made) as run:
        chiffre = run.figures["SOC2-02", "ville", "valeur"]
        assert (chiffre.valeur, chiffre.couverture, chiffre.borne_basse, chiffre.borne_haute) == (
            100,
        ) * 4


# --- What is missing, and why --------------------------------------------------------------


def test_every_indicator_has_a_row_for_each_base_and_entity(
    compute: Compute, catalogue: Catalogue
) -> None:
    with compute([Contract("1")]) as run:
        assert list(run.figures) == [
            (i.code, e, c.base)
            for i in catalogue.indicateurs
            for c in i.calculs
            for e in ("metropole", "ville", "ensemble")
        ]
        for c in run.figures.values():
            assert c.annee == 2024
            assert c.libelle
            assert c.ambition
            assert c.axe in {1, 2, 3}


def test_a_source_that_is_not_supplied_says_which(
    compute: Compute, catalogue: Catalogue, params: Params
) -> None:
    with compute([Contract("1")]) as run:
        waiting = [c for c in run.figures.values() if (c.code, c.base) not in recount([])]
        assert {c.ambition for c in waiting} == set(params.scheme.ambitions)
        for c in waiting:
            item = catalogue.get(c.code)
            if c.verdict == "sans objet":  # declared by the scheme, whatever was given
                continue
            assert item
            assert c.motif_absence.startswith("source non fournie")
            for source in item.sources:
                assert (params.scheme.sources[source] in c.motif_absence) == (source != "decp")
            assert c.verdict == "non disponible"
            assert_empty(c)


def assert_empty(chiffre: Chiffre) -> None:
    assert (
        chiffre.numerateur,
        chiffre.denominateur,
        chiffre.valeur,
        chiffre.renseignes,
        chiffre.total,
        chiffre.couverture,
        chiffre.borne_basse,
        chiffre.borne_haute,
        chiffre.evolution,
    ) == (None,) * 9, chiffre


def test_no_contract_is_not_zero(compute: Compute) -> None:
    with compute([]) as run:
        for c in run.figures.values():
            assert_empty(c)
            assert c.verdict in VALUELESS
            assert c.motif_absence
            if (c.code, c.base) in recount([]):
                assert "aucun marché notifié en 2024" in c.motif_absence
        assert run.evidence == []


def test_the_reasons_of_an_empty_figure(compute: Compute) -> None:
    with compute([Contract("1", montant=Decimal("30000.00"), social=None)]) as run:
        unknown = run.figures["SOC2-01", "ville", "nombre"]
        nobody = run.figures["SOC1-05", "ville", "nombre"]  # nothing above 40 000 €
        absent = run.figures["SOC2-01", "metropole", "nombre"]
    assert unknown.valeur is None
    assert unknown.motif_absence == "champ renseigné dans aucun des marchés concernés"
    assert (unknown.couverture, unknown.borne_basse, unknown.borne_haute) == (0, 0, 100)
    assert unknown.denominateur == 0
    assert unknown.total == 1
    assert nobody.motif_absence == "aucun marché concerné"
    assert f"{NOM_METROPOLE} : aucun marché notifié en 2024" in absent.motif_absence
    assert_empty(nobody)
    assert_empty(absent)


def test_the_year_before(compute: Compute, tmp_path: Path) -> None:
    (tmp_path / "indicateurs.csv").write_text(
        "code,entite,base,valeur\nECO2-04,ville,nombre,12.5\nSOC2-01,ville,nombre,\n",
        encoding="utf-8",
    )
    earlier = years.values(tmp_path)
    assert earlier == {("ECO2-04", "ville", "nombre"): 12.5}
    assert years.values(tmp_path / "absent") == {}
    made = [Contract("1", innovant=True), Contract("2", innovant=False)]
    with compute(made, earlier=earlier) as run:
        known = run.figures["ECO2-04", "ville", "nombre"]
        assert (known.valeur, known.valeur_n_1, known.evolution) == (50, 12.5, 37.5)
        new = run.figures["SOC2-01", "ville", "nombre"]
        assert (new.valeur_n_1, new.evolution) == (None, None)
    with compute([], earlier=earlier) as run:
        gone = run.figures["ECO2-04", "ville", "nombre"]
        assert (gone.valeur, gone.valeur_n_1, gone.evolution) == (None, 12.5, None)


# --- Files ---------------------------------------------------------------------------------

HOSTILE = '<script>alert(1)</script> =HYPERLINK("x") \'; DROP TABLE marches; -- \\ « é » 🎉'


def test_the_folder_holds_the_tables_and_the_script_and_nothing_strays(
    compute: Compute, elsewhere: Path
) -> None:
    with compute([Contract("1")]) as run:
        assert {p.name for p in run.folder.iterdir()} == {
            "indicateurs.sql",
            "complements.sql",
            *(f"{name}.parquet" for name in TABLES),
        }
    assert list(elsewhere.iterdir()) == []


def test_tables_come_back_as_they_were_counted(compute: Compute) -> None:
    changed = replace(
        Contract("1"),
        objet=HOSTILE,
        montant=Decimal("2999999999.99"),
        social=(CLAUSE, CRITERE),
        environment=None,
        offers=None,
        innovant=None,
        modifications=(("1", dt.date(2024, 9, 1), Decimal("0.01")),),
    )
    files = {"a.json": regulatory([nested(changed), nested(Contract("2"))], [concession("C1")])}
    with compute(files) as run, duckdb.connect() as con:
        for name, columns in TABLES.items():
            if name == "entites":
                continue
            names = ", ".join(c.name for c in columns)
            back = con.execute(
                f"SELECT {names} FROM read_parquet(?)", [str(run.folder / f"{name}.parquet")]
            )
            assert [(d[0], str(d[1])) for d in back.description] == [
                (c.name, c.type) for c in columns
            ]
            assert back.fetchall() == [
                tuple(list(v) if isinstance(v := row.get(c.name), tuple) else v for c in columns)
                for row in run.rows.get(name, ())
            ]
        entities = con.execute(
            "FROM read_parquet(?)", [str(run.folder / "entites.parquet")]
        ).fetchall()
        assert set(entities) == {
            ("metropole", "metropole"),
            ("ville", "ville"),
            ("ensemble", "metropole"),
            ("ensemble", "ville"),
            ("ensemble", None),
        }


def test_two_runs_write_the_same_bytes(compute: Compute) -> None:
    with compute(TWENTY) as first, compute(TWENTY) as second:
        for file in first.folder.iterdir():
            assert file.read_bytes() == (second.folder / file.name).read_bytes(), file.name
        assert first.figures == second.figures
        assert first.evidence == second.evidence


@pytest.mark.parametrize("changes", [
    {"dureeMois": 99999999999}, {"dureeMois": "99999999999"}, {"offresRecues": 10**12},
    {"tauxAvance": 10**15}, {"tauxAvance": "1000000000000000"}, {"origineUE": 10**20},
    {"origineFrance": -(10**13)},
    {"modifications": [{"modification": {"id": "1", "montant": "9999999999999999.999",
     "dateNotificationModification": "2024-09-01"}}]},
    {"modifications": [{"modification": {"id": "1", "dureeMois": 10**10,
     "dateNotificationModification": "2024-09-01"}}]},
    {"objet": HOSTILE, "id": HOSTILE}, {"objet": "a\x00b\x1f\ud800c"}, {"id": "\ud800"},
    {"considerationsSociales": {"considerationSociale": [HOSTILE, CLAUSE]}},
    {"titulaires": [{"titulaire": {"id": HOSTILE, "typeIdentifiant": HOSTILE}}]},
], ids=lambda c: "-".join(f"{k}={str(v)[:16]!a}" for k, v in c.items()))  # fmt: skip
def test_an_absurd_value_in_a_side_field_stops_nothing(
    compute: Compute, changes: dict[str, Any]
) -> None:
    with compute({"a.json": regulatory([nested(Contract("1")) | changes])}) as run:
        figure = run.figures["SOC1-06", "ville", "autre"]
        assert figure.total == 6
        alone(run.folder)


@pytest.mark.parametrize("title", ["Schéma\nsur deux lignes", "Schéma */ ; DROP TABLE x --"])
def test_a_title_does_no_harm_to_the_script(compute: Compute, params: Params, title: str) -> None:
    using = params.model_copy(update={"scheme": params.scheme.model_copy(update={"titre": title})})
    with compute([Contract("1")], using=using) as run:
        assert alone(run.folder)[1]


# --- Real files ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("annee", [2024, 2025])
def test_dijon_equals_the_recount(
    root: Path, real: Callable[[str], Path], tmp_path: Path, annee: int
) -> None:
    path = real("data/dijon/decp-2022-marches-valides.json")
    using = parameters.load(root / "params", annee)
    gate = quality.pass_gate(sources.read_folder(path.parent, using), using, root / "expectations")
    rows = marches.tables(gate.marches, gate.concessions, using)
    results = indicators.compute(catalogues.load(using), using, rows, tmp_path / "d", {})
    figures = {(c.code, c.entite, c.base): c for c in results.chiffres}
    right = recount(contracts_of(path, annee, "212102313"))
    for (code, base), figure in right.items():
        assert_equal(figures[code, "ville", base], figure)
        assert_equal(figures[code, "ensemble", base], figure)
        assert_equal(figures[code, "metropole", base], NOTHING)
    if annee == 2024:
        value = figures["SOC2-02", "ville", "valeur"]
        assert value.total == Decimal("46256523.71")
        assert figures["SOC2-01", "ville", "nombre"].total == 151
    for key, (top, bottom, ratio) in alone(tmp_path / "d")[1].items():
        if key[1] != "metropole":
            c = figures[key]
            assert (top, bottom) == (c.numerateur, c.denominateur)
            assert c.valeur is not None
            assert isclose(ratio, c.valeur, rel_tol=1e-12)


def test_dematis_has_no_figure_and_no_zero(
    root: Path, real: Callable[[str], Path], params: Params, catalogue: Catalogue, tmp_path: Path
) -> None:
    gate = quality.pass_gate(
        sources.read_folder(real("data/dematis"), params), params, root / "expectations"
    )
    rows = marches.tables(gate.marches, gate.concessions, params)
    results = indicators.compute(catalogue, params, rows, tmp_path / "d", {}, preuves=tmp_path)
    assert results.chiffres
    assert [*csvtable.rows(tmp_path / "preuves.csv")] == []
    for c in results.chiffres:
        assert_empty(c)
        assert c.verdict in VALUELESS
        assert c.motif_absence
