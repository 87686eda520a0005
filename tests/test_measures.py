"""Every measure by hand: the rows, the parts, the value, its coverage and its bounds."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser import csvtable
from spaser.figures import bounds, indicators
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre
from spaser.figures.definition import Indicateur
from spaser.settings.params import Params

Line = tuple[str | None, str | None]  # numerateur, denominateur of a row of `releves`
OVER = "numerateur > 5"


class Case(NamedTuple):
    """Rows and what they give; a bound is None where the unknown may take it anywhere."""

    name: str
    calcul: dict[str, Any]
    lines: tuple[Line, ...]
    top: str | None
    bottom: str | None
    value: str | None
    low: str | None
    high: str | None
    coverage: str | None
    unit: str = "%"


def part(**more: Any) -> dict[str, Any]:
    return {"base": "nombre", "mesure": "part", "numerateur": OVER, **more}


EUROS = {"base": "valeur", "poids": "denominateur"}
COUNT = part(mesure="compte")
SUM = {"base": "autre", "mesure": "somme", "numerateur": "numerateur"}
MEAN, MEDIAN = SUM | {"mesure": "moyenne"}, SUM | {"mesure": "mediane"}
RATIO = SUM | {"mesure": "rapport", "denominateur": "denominateur"}
CHANGE = RATIO | {"mesure": "evolution"}
CASES = [
    # share: yes over known, unknown aside
    Case("part", part(), (("6", None), ("4", None)), "1", "2", "50", "50", "50", "100"),
    Case("part, an unknown", part(), (("6", None), ("4", None), (None, None)),
         "1", "2", "50", "100/3", "200/3", "200/3"),
    Case("part, all unknown", part(), ((None, None),), None, "0", None, "0", "100", "0"),
    Case("part, none", part(), (("1", None), ("2", None)), "0", "2", "0", "0", "0", "100"),
    Case("part, no row", part(), (), None, None, None, None, None, None),
    Case("part, out of the population", part(population="denominateur > 0"),
         (("6", "1"), ("6", "0")), "1", "1", "100", "100", "100", "100"),
    Case("part, unknown population", part(population="denominateur > 0"),
         (("6", "1"), ("6", None)), "1", "1", "100", "50", "100", "50"),
    Case("part in euros", part(**EUROS), (("6", "100.10"), ("4", "299.90"), (None, "100")),
         "100.10", "400", "25.025", "20.02", "40.02", "80"),
    Case("part, unknown euros", part(**EUROS), (("6", None), ("6", "50"), ("4", "50")),
         "50", "100", "50", None, None, "200/3"),
    # count: zero is known, nothing known is not zero
    Case("compte", COUNT, (("6", None), ("7", None), ("4", None), (None, None)),
         "2", None, "2", "2", "3", "75", "marchés"),
    Case("compte, none", COUNT, (("4", None),), "0", None, "0", "0", "0", "100", "marchés"),
    Case("compte, all unknown", COUNT, ((None, None),), None, None, None, "0", "1", "0", "marchés"),
    Case("compte in euros", COUNT | EUROS, (("6", "10.10"), ("9", "0.05"), ("1", "3"), (None, "7")),
         "10.15", None, "10.15", "10.15", "17.15", "26300/403", "marchés"),
    # sum: a floor when rows lack, unless something may be taken away
    Case("somme", SUM, (("1.5", None), ("2.5", None)), "4", None, "4", "4", "4", "100", "heures"),
    Case("somme, an unknown", SUM, (("1.5", None), (None, None)),
         "1.5", None, "1.5", "1.5", None, "50", "heures"),
    Case("somme, with a refund", SUM, (("5", None), ("-2", None), (None, None)),
         "3", None, "3", None, None, "200/3", "heures"),
    Case("somme, all unknown", SUM, ((None, None),), None, None, None, None, None, "0", "heures"),
    # mean and median: the sum over how many
    Case("moyenne", MEAN, (("1", None), ("2", None), ("6", None)),
         "9", "3", "3", "3", "3", "100", "jours"),
    Case("moyenne, an unknown", MEAN, (("20", None), ("25", None), (None, None)),
         "45", "2", "22.5", None, None, "200/3", "jours"),
    Case("mediane", MEDIAN, (("1", None), ("2", None), ("6", None)),
         "9", "3", "2", "2", "2", "100", "offres"),
    Case("mediane of two", MEDIAN, (("1", None), ("4", None)),
         "5", "2", "2.5", "2.5", "2.5", "100", "offres"),
    Case("mediane, an unknown", MEDIAN, (("1", None), ("4", None), ("9", None), (None, None)),
         "14", "3", "4", "2.5", "6.5", "75", "offres"),
    # ratio of two sums: rows where both are known
    Case("rapport", RATIO, (("1", "4"), ("1", "4")), "2", "8", "25", "25", "25", "100"),
    Case("rapport, an unknown", RATIO, (("1", "4"), ("1", "4"), (None, "2")),
         "2", "8", "25", "20", "40", "80"),
    Case("rapport, above its base", RATIO, (("5", "4"),), "5", "4", "125", "125", "125", "100"),
    Case("rapport over nothing", RATIO, (("0", "0"),), None, "0", None, None, None, None),
    Case("rapport, unknown base", RATIO, (("1", "4"), ("1", None)),
         "1", "4", "25", None, None, "50"),
    Case("rapport without ceiling", RATIO, (("60", "20"), (None, "20")),
         "60", "20", "3", "1.5", None, "50", "heures"),
    # change against a reference
    Case("evolution down", CHANGE, (("80", "100"), ("90", "100")),
         "-30", "200", "-15", "-15", "-15", "100"),
    Case("evolution up", CHANGE, (("110", "100"),), "10", "100", "10", "10", "10", "100"),
    Case("evolution, an unknown", CHANGE, (("80", "100"), (None, "100")),
         "-20", "100", "-20", None, None, "50"),
    # distinct: one yes is a yes, else one unknown is an unknown
    Case("distinct", part(distinct="denominateur"),
         (("6", "1"), ("4", "1"), ("4", "2"), (None, "2"), ("4", "3"), ("3", "3")),
         "1", "2", "50", "100/3", "200/3", "200/3"),
]  # fmt: skip


class Computed(NamedTuple):
    """The figures of the cases, and the rows of their evidence."""

    chiffres: list[Chiffre]
    preuves: list[csvtable.CsvRow]


@pytest.fixture(scope="module")
def computed(params: Params, tmp_path_factory: pytest.TempPathFactory) -> Computed:
    """All cases in one computation, each on its own rows of `releves`."""
    items, rows = [], []
    for n, case in enumerate(CASES):
        code = f"T-{n}"
        own = f"indicateur = '{code}' AND ({case.calcul.get('population', 'TRUE')})"
        calcul = {"table": "releves", **case.calcul, "population": own}
        if "distinct" in calcul:
            calcul["distinct"] = "denominateur::VARCHAR"
        items.append(
            Indicateur.model_validate(
                {
                    "code": code,
                    "ambition": "ENV1",
                    "libelle": case.name,
                    "unite": case.unit,
                    "sens": "hausse",
                    "sources": ["releves"],
                    "definition": {"numerateur": case.name},
                    "calculs": [calcul],
                }
            )
        )
        for m, (top, bottom) in enumerate(case.lines):
            given = {"numerateur": _decimal(top), "denominateur": _decimal(bottom)}
            rows.append(
                {"ligne_uid": f"{code}#{m}", "acheteur": "ville", "indicateur": code, **given}
            )
    folder = Path(tmp_path_factory.mktemp("mesures"))
    book = Catalogue("1", tuple(items), ())
    results = indicators.compute(
        book, params, {"releves": rows}, folder, {}, {"releves"},
        preuves=folder, beside=False,
    )  # fmt: skip
    return Computed(results.chiffres, [*csvtable.rows(folder / "preuves.csv")])


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _double(text: str | None) -> Any:
    return None if text is None else pytest.approx(float(Fraction(text)), rel=1e-12)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[c.name for c in CASES])
def test_a_measure_by_hand(computed: Computed, number: int) -> None:
    case = CASES[number]
    chiffre = next(c for c in computed.chiffres if (c.code, c.entite) == (f"T-{number}", "ville"))
    assert (chiffre.numerateur, chiffre.denominateur) == (_decimal(case.top), _decimal(case.bottom))
    assert chiffre.valeur == _double(case.value)
    assert (chiffre.borne_basse, chiffre.borne_haute) == (_double(case.low), _double(case.high))
    assert chiffre.couverture == _double(case.coverage)
    assert bool(chiffre.motif_absence) == (chiffre.valeur is None)


def test_the_evidence_of_every_measure_adds_up(computed: Computed) -> None:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for proof in computed.preuves:
        sums[proof["code"], proof["entite"], proof["role"]] += Decimal(proof["contribution"] or 0)
    for c in computed.chiffres:
        top, rest = (sums[c.code, c.entite, r] for r in ("numerateur", "denominateur"))
        assert (c.numerateur or 0) == top, c
        if CASES[int(c.code[2:])].calcul["mesure"] in {"part", "rapport", "evolution"}:
            assert (c.denominateur or 0) == top + rest, c


@given(st.lists(st.decimals("-1e9", "1e9", places=2), min_size=1, max_size=9))
def test_the_middle_of_values_in_order_is_their_median(values: list[Decimal]) -> None:
    exact = [*map(Fraction, values)]
    assert bounds._middle(sorted(values)) == median(exact)
