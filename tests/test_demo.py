"""The demonstration: same bytes everywhere, and every defect ends where it should.

Expected numbers are sums over the generator's own tables (`PLANS`, `TRAITS`).
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from neutral import PROJECT

from spaser import demo, quality, sources
from spaser.commands import init
from spaser.commands.init import Wanted
from spaser.contracts import marches
from spaser.demo.contract import TITULAIRES
from spaser.demo.data import COLONNES, METROPOLE, PLANS, SANS_OBJET, VILLE
from spaser.demo.traits import TRAITS, Trait
from spaser.settings import params as parameters
from spaser.settings.params import Params
from spaser.settings.scheme import PeriodeDuSchema, Scheme
from spaser.sources.lecture import Lecture
from spaser.sources.registers import REGISTRES

ACHETEURS = (VILLE, METROPOLE)
BY_NAME = {trait.nom: trait for trait in TRAITS}
MODIFICATIONS = {  # trait: modifications counted, and after the cut-off date
    "modification avant la date d'arrêt": (1, 0),
    "modification après la date d'arrêt": (0, 1),
    "modification avant, puis après": (1, 1),
}


ABSENT = {2024: {"formation", "consultations", "flotte"}, 2025: set()}


@dataclass(frozen=True, repr=False)
class Passed:
    annee: int
    params: Params
    lecture: Lecture
    gate: quality.Gate

    def sum(self, of: Callable[[Trait], int]) -> int:
        """Sum over the contracts of both buyers of a number that their trait gives."""
        return sum(t.number(self.annee, a) * of(t) for t in TRAITS for a in ACHETEURS)

    def plan(self, name: str) -> int:
        return sum(getattr(PLANS[self.annee, a], name) for a in ACHETEURS)

    @property
    def quarantined(self) -> int:
        return self.sum(_goes_to_quarantine)

    @property
    def extra_rows(self) -> int:
        return self.sum(lambda t: t.lignes - 1)


def _goes_to_quarantine(trait: Trait) -> bool:
    return any(rule.startswith("MAR-C") for rule in trait.regles)


@pytest.fixture
def scheme(params: Params) -> Scheme:
    return params.scheme


@pytest.fixture(scope="module", params=demo.ANNEES)
def passed(request: pytest.FixtureRequest) -> Passed:
    annee = request.param
    year = parameters.load(PROJECT / "params", annee)
    lecture = sources.read_folder(PROJECT / "data" / "raw" / str(annee), year)
    return Passed(annee, year, lecture, quality.pass_gate(lecture, year, PROJECT / "expectations"))


@pytest.mark.parametrize("annee", [2024, 2025])
def test_no_file_tells_of_a_day_after_its_edition(annee: int) -> None:
    made = parameters.load(PROJECT / "params", annee).year.date_edition
    for file in (PROJECT / "data" / "raw" / str(annee)).glob("decp*.json"):
        days = re.findall(r'"datePublication\w*": "([^"]+)"', file.read_text("utf-8"), re.I)
        assert days, file.name
        assert max(d for d in days if d[:2] == "20") <= made.isoformat(), file.name


def test_two_runs_write_the_same_bytes(tmp_path: Path, scheme: Scheme) -> None:
    once, twice = (demo.write(tmp_path / name, 2024, scheme) for name in ("a", "b"))
    assert [p.read_bytes() for p in once] == [p.read_bytes() for p in twice]


def test_another_year_is_refused(tmp_path: Path, scheme: Scheme) -> None:
    with pytest.raises(ValueError, match="2023"):
        demo.write(tmp_path / "x", 2023, scheme)
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
def test_buyers_and_partners_are_those_of_the_scheme(tmp_path: Path, scheme: Scheme) -> None:
    """Another scheme of these two buyers has its own names and SIREN, and none of the first."""
    dumped = scheme.model_dump(mode="json") | {
        "comite": ["Un seul partenaire (USP)"], "noms_courts": {}, "fiches": {},
    }  # fmt: skip
    theirs = {VILLE: ("Commune d'Essai", "213300098"), METROPOLE: ("Agglo Łódź", "200069839")}
    for buyer in dumped["acheteurs"]:
        buyer["nom"], buyer["siren"] = theirs[buyer["code"]]
    other = Scheme.model_validate(dumped)
    paths = demo.write(tmp_path, 2025, other)
    year = parameters.load(PROJECT / "params", 2025).model_copy(update={"scheme": other})
    lecture = sources.read_folder(tmp_path, year)
    for table in ("marches", "insertion", "agec", "actions"):
        assert {x.table for x in lecture.lignes} >= {table}
    sirens = {str(x.valeurs["acheteur_id"])[:9] for x in lecture.lignes if x.table == "marches"}
    assert sirens == set(other.sirens)
    partners = {x.valeurs["partenaire"] for x in lecture.lignes if x.table == "actions"}
    assert "USP" in partners
    assert "Un seul partenaire (USP)" in partners
    first = (*scheme.sirens, *scheme.entites.values(), *scheme.comite)
    written = {p.name: p.read_bytes() for p in paths}
    assert any(b"Commune d'Essai" in content for content in written.values())
    for name, content in written.items():
        assert not [w for w in first for e in ("utf-8", "cp1252") if w.encode(e) in content], name


def test_a_scheme_of_other_buyers_has_no_demonstration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "projet"
    init.create(place, Wanted(("213300098",), None, PeriodeDuSchema(debut=2024, fin=2027)))
    monkeypatch.chdir(place)
    with pytest.raises(SystemExit) as end:
        demo.main()
    assert end.value.code == 2
    assert "deux acheteurs" in capsys.readouterr().err
    assert not [*(place / "data" / "raw").rglob("*.json")]


def test_main_writes_under_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(PROJECT / "params", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    demo.main()
    for annee in demo.ANNEES:
        assert (tmp_path / f"data/raw/{annee}" / sources.MARK).is_file()
    assert "data/raw/2025/" in capsys.readouterr().out


def test_flat_file_has_the_ministry_columns_in_order(tmp_path: Path, scheme: Scheme) -> None:
    ville = json.loads(demo.write(tmp_path, 2024, scheme)[0].read_text(encoding="utf-8"))
    assert {tuple(row) for row in ville["records"]} == {COLONNES}
    assert len(COLONNES) == 55


def test_holders_are_fictive_with_right_keys() -> None:
    assert len(set(TITULAIRES)) == len(TITULAIRES)
    for number in (*TITULAIRES, demo.AUTRE_ACHETEUR):
        assert number.startswith("000")
        assert marches.valid_siret(sources.records.Titulaire(number, "SIRET"))


def test_every_trait_finds_its_contracts() -> None:
    for annee, acheteur in PLANS:
        traits = Counter(c.trait for c in demo.contracts(annee, acheteur))
        assert traits.pop("") > 0
        assert traits == {
            t.nom: t.number(annee, acheteur) for t in TRAITS if t.number(annee, acheteur)
        }


def test_the_run_is_not_stopped_and_says_demonstration(passed: Passed) -> None:
    assert passed.gate.motifs == []
    assert passed.lecture.demonstration
    assert {f.erreur for f in passed.lecture.fichiers} == {""}


def test_every_source_is_given_but_three_of_the_first_year(passed: Passed) -> None:
    absent = {"historique"} | ABSENT[passed.annee]
    assert passed.lecture.fournies == set(passed.params.scheme.sources) - absent


def test_accounting_of_contracts(passed: Passed) -> None:
    bilan = next(b for b in passed.gate.bilans if b.table == "marches")
    bilan.check()
    retained = passed.plan("marches") + passed.extra_rows - passed.quarantined
    assert {
        "retenues": bilan.retenues.lignes,
        "quarantaine": bilan.quarantaine.lignes,
        "doublons": bilan.doublons.lignes,
        "autre_annee": bilan.autre_annee.lignes,
        "autre_acheteur": bilan.autre_acheteur.lignes,
    } == {
        "retenues": retained,
        "quarantaine": passed.quarantined,
        "doublons": passed.plan("repetes"),
        "autre_annee": passed.plan("autre_annee"),
        "autre_acheteur": passed.plan("autre_acheteur"),
    }
    assert len(passed.gate.marches) == passed.plan("marches") - passed.quarantined
    own = [d for d in passed.gate.doublons if d.ligne.table not in REGISTRES]
    assert len(own) == passed.plan("repetes")


def test_concessions_stand_apart(passed: Passed) -> None:
    bilan = next(b for b in passed.gate.bilans if b.table == "concessions")
    assert bilan.retenues.lignes == bilan.lues.lignes == passed.plan("concessions")
    assert bilan.retenues.montant == sum(
        Decimal(c["valeurGlobale"]) for c in demo.concessions(passed.annee, demo.AUTRE_ACHETEUR)
    )


def test_a_joint_contract_counts_its_amount_once(passed: Passed) -> None:
    kept = [
        c
        for a in ACHETEURS
        for c in demo.contracts(passed.annee, a)
        if not (c.trait and _goes_to_quarantine(BY_NAME[c.trait]))
    ]
    cents = sum(c.montant for c in kept if isinstance(c.montant, int))
    assert sum(m.valeurs["montant"] for m in passed.gate.marches) * 100 == cents
    assert sum(len(m.lignes) - 1 for m in passed.gate.marches) == passed.extra_rows
    assert Counter(len(m.titulaires) for m in passed.gate.marches) == Counter(
        len(c.titulaires) for c in kept
    )


def test_each_quarantined_record_has_its_one_reason(passed: Passed) -> None:
    expected = Counter[str]()
    for trait in filter(_goes_to_quarantine, TRAITS):
        expected[trait.regles[0]] += sum(trait.number(passed.annee, a) for a in ACHETEURS)
    refused = [r for r in passed.gate.quarantaine if r.ligne.table not in REGISTRES]
    assert Counter(r.regle.id for r in refused) == expected


def test_each_register_has_its_defects(passed: Passed) -> None:
    refused = [r for r in passed.gate.quarantaine if r.ligne.table in REGISTRES]
    assert {r.regle.id: r.valeur for r in refused} == {
        "AGE-C04": "Parapluies",
        "ESU-C02": f"01/01/{passed.annee}",
        "INC-C02": "association",
        "INS-C04": next(r.valeur for r in refused if r.regle.id == "INS-C04"),
        "MAN-C02": "à vérifier",
        "MAN-C03": f"02/01/{passed.annee}",
        "REL-C02": "ENV9-99",
    }
    flagged = {r.id for r in passed.gate.regles if r.cles and r.severite == "warning"}
    assert {"ACT-A01", "ACT-A02", "FIC-A03", "MAN-A02", "MAN-A04", "SIR-A01"} <= flagged
    assert [d.ligne.table for d in passed.gate.doublons if d.ligne.table in REGISTRES] == [
        "mandats"
    ]


def test_each_rule_finds_the_records_that_traits_announce(passed: Passed) -> None:
    frameworks = sum(
        c.techniques != [SANS_OBJET]
        for a in ACHETEURS
        for c in demo.contracts(passed.annee, a)
        for _ in range(BY_NAME[c.trait].lignes if c.trait else 1)
    )
    # Amounts, objects, durations and ids of lots are drawn at random: no trait poses these.
    emergent = {"MAR-I05", "MAR-I06", "MAR-I09", "MAR-I10", "MAR-I11"}
    for rule in passed.gate.regles:
        if rule.id in emergent or rule.id.startswith("SCH-") or rule.table in REGISTRES:
            continue
        announced = passed.sum(lambda t, rule=rule: rule.id in t.regles)  # type: ignore[misc]
        assert not rule.erreur, rule.id
        assert len(rule.cles) == (frameworks if rule.id == "MAR-I04" else announced), rule.id


def test_modifications_before_and_after_the_cut_off(passed: Passed) -> None:
    rows = marches.tables(passed.gate.marches, passed.gate.concessions, passed.params)
    counted = Counter(row["retenue"] for row in rows["modifications"])
    assert counted == {
        kept: sum(
            numbers[rank] * BY_NAME[name].number(passed.annee, a)
            for name, numbers in MODIFICATIONS.items()
            for a in ACHETEURS
        )
        for rank, kept in enumerate((True, False))
    }


def test_truncated_ids_stay_different_contracts(passed: Passed) -> None:
    drafted = Counter(c.id for c in demo.contracts(passed.annee, VILLE))
    shared = [i for i, n in drafted.items() if n > 1]
    assert len(shared) == PLANS[passed.annee, VILLE].ids_tronques
    uids = [
        row["marche_uid"]
        for row in marches.tables(passed.gate.marches, [], passed.params)["marches"]
    ]
    assert len(set(uids)) == len(uids)


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("balise dans l'objet", lambda v: "<script>alert(1)</script>" in v["objet"]),
        ("formule dans l'objet", lambda v: v["objet"].startswith('=HYPERLINK("http://example.inv')),
        ("caractère perdu", lambda v: "\ufffd" in v["objet"]),
        ("code CEDEX donné pour un code postal", lambda v: v["lieu_code"] == "21033"),
        ("marché innovant", lambda v: v["marche_innovant"] is True),
        ("montant de 28 €", lambda v: v["montant"] == 28),
        ("trois cases sociales", lambda v: len(v["considerations_sociales"] or ()) == 3),
        ("CCAG : NC", lambda v: v["ccag"] is None),
    ],
)
def test_what_is_kept_as_it_stands(
    passed: Passed, name: str, is_kept: Callable[[object], bool]
) -> None:
    expected = sum(BY_NAME[name].number(passed.annee, a) for a in ACHETEURS)
    assert sum(is_kept(m.valeurs) for m in passed.gate.marches) == expected


def test_objects_are_read_on_one_line_without_entities(passed: Passed) -> None:
    written = "".join(
        (passed.lecture.dossier / name).read_text(encoding="utf-8")
        for name in demo.FICHIERS.values()
    )
    assert "&amp;" in written
    assert "&#39;" in written
    assert "\\r\\n" in written
    for marche in passed.gate.marches:
        assert not {"&amp;", "&#39;"} & set(marche.valeurs["objet"].split())
        assert "&#39;" not in marche.valeurs["objet"]
        assert "\n" not in marche.valeurs["objet"]


@pytest.mark.parametrize(
    ("share", "name", "unknown"),
    [
        ("social", "considerations_sociales", "MAR-A05"),
        ("environnement", "considerations_environnementales", "MAR-A06"),
    ],
)
def test_rates_are_those_of_the_plan(passed: Passed, share: str, name: str, unknown: str) -> None:
    """Those who leave (quarantine, unknown) may have had a consideration or not."""
    for acheteur in ACHETEURS:
        plan = PLANS[passed.annee, acheteur]
        gone = sum(
            t.number(passed.annee, acheteur)
            for t in TRAITS
            if _goes_to_quarantine(t) or unknown in t.regles
        )
        quota = round(plan.marches * getattr(plan, share) / 100)
        own = [
            m.valeurs
            for m in passed.gate.marches
            if passed.params.scheme.sirens[m.valeurs["acheteur_id"][:9]] == acheteur
        ]
        known = [v[name] for v in own if v[name]]
        yes = sum(any(not x.startswith("Pas de") for x in values) for values in known)
        assert len(known) == plan.marches - gone
        assert quota - gone <= yes <= quota


@pytest.mark.parametrize("annee", [2026, 2027])
def test_a_later_year_is_made_like_the_last(annee: int, tmp_path: Path, scheme: Scheme) -> None:
    paths = demo.write(tmp_path, annee, scheme)
    assert paths == demo.write(tmp_path, annee, scheme)
    assert (tmp_path / "consultations.csv").is_file()
    for acheteur in (VILLE, METROPOLE):
        made = demo.contracts(annee, acheteur)
        assert len(made) == PLANS[demo.ANNEES[-1], acheteur].marches
        dates = [str(c.notification) for c in made if not c.trait.startswith("date")]
        assert sum(d.startswith(str(annee)) for d in dates) > len(made) * 0.9
