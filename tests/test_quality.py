"""The gate: every row accounted for, every refusal with its reason, no check silently skipped."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neutral import NOM_VILLE, ROOT
from oracle import (
    CRITERE_ENV,
    ETRANGER,
    METROPOLE,
    PAS_ENV,
    Contract,
    concession,
    contracts_of,
    flat,
    nested,
    objects_of,
    regulatory,
    rows_of,
)

from spaser import quality, sources
from spaser.errors import UserError
from spaser.quality import Gate, controles_md, findings, suites
from spaser.quality.suites import AVERTISSEMENT, CRITIQUE
from spaser.settings import params as parameters
from spaser.settings.params import Params
from spaser.sources.lecture import NOTHING, Count

Pass = Callable[..., Gate]

CLEAN = Contract("2024V01", techniques=("Sans objet",))  # a contract that no rule flags


def flagged(gate: Gate) -> dict[str, set[str]]:
    """Published id -> the rules of our suites that its record breaks, of any severity."""
    names = {x.cle: str(x.valeurs["id"]) for x in gate.lignes}
    by_field: dict[str, set[str]] = {name: set() for name in names.values()}
    for rule in gate.regles:
        for cle in rule.cles if not rule.id.startswith("SCH-") else ():
            by_field[names[cle]].add(rule.id)
    return by_field


# --- Critical rules ------------------------------------------------------------------------

CRITICAL: list[tuple[str, dict[str, Any], str]] = [
    ("no buyer", {"acheteur_id": None}, "C01"),
    ("empty buyer", {"acheteur_id": " "}, "C01"),
    ("sentinel buyer", {"acheteur_id": "MQ"}, "C01"),
    ("buyer in words", {"acheteur_id": NOM_VILLE}, "C02"),
    ("buyer too short", {"acheteur_id": "21210231"}, "C02"),
    ("buyer with a letter", {"acheteur_id": "2121023X300013"}, "C02"),
    ("no amount", {"montant": None}, "C03"),
    ("empty amount", {"montant": ""}, "C03"),
    ("sentinel amount", {"montant": "CDL"}, "C03"),
    ("malformed amount", {"montant": "INX 12"}, "C03"),
    ("amount in words", {"montant": "beaucoup"}, "C04"),
    ("ambiguous amount", {"montant": "1.234"}, "C04"),
    ("amount too large to write", {"montant": "1" + "0" * 20}, "C04"),
    ("no euro", {"montant": 0}, "C05"),
    ("less than a euro", {"montant": 0.99}, "C05"),
    ("negative amount", {"montant": -50000}, "C05"),
    ("more than three billion", {"montant": "3 000 000 000,01"}, "C05"),
    ("no date", {"date": None}, "C06"),
    ("empty date", {"date": ""}, "C06"),
    ("sentinel date", {"date": "NC"}, "C06"),
    ("date in words", {"date": "hier"}, "C07"),
    ("day that does not exist", {"date": "2024-02-30"}, "C07"),
    ("American date", {"date": "12/31/2024"}, "C07"),
    ("year of long ago", {"date": "2009-12-31"}, "C08"),
    ("year to come", {"date": "2036-01-01"}, "C08"),
    ("year with two digits swapped", {"date": "2204-05-06"}, "C08"),
]
ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("as it should be", {}),
    ("one euro", {"montant": 1}),
    ("three billion", {"montant": 3000000000}),
    ("French amount", {"montant": "14 700,00"}),
    ("French date", {"date": "31/12/2024"}),
    ("SIREN alone", {"acheteur_id": "212102313"}),
]


def as_row(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    given = {{"date": "datenotification"}.get(k, k): v for k, v in changes.items()}
    return flat(replace(CLEAN, id=name, objet=name), **given)


def as_concession(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    given = {
        {"date": "dateSignature", "montant": "valeurGlobale"}.get(k, k): v
        for k, v in changes.items()
    }
    if "acheteur_id" in given:
        given["autoriteConcedante"] = {"id": given.pop("acheteur_id")}
    return concession(name, **given)


@pytest.fixture(scope="module")
def judged(gate: Pass) -> Gate:
    """One pass over every critical fault, on contracts and on concessions."""
    cases = [(n, c) for n, c, _ in CRITICAL] + ACCEPTED
    return gate(
        {
            "a.json": [as_row(n, c) for n, c in cases],
            "b.json": regulatory([], [as_concession(f"C {n}", c) for n, c in cases]),
        }
    )


@pytest.mark.parametrize("table, prefix", [("marches", "MAR"), ("concessions", "CON")])
@pytest.mark.parametrize("name, changes, rule", CRITICAL, ids=[c[0] for c in CRITICAL])
def test_a_critical_fault_goes_to_quarantine_with_its_reason(
    judged: Gate, table: str, prefix: str, name: str, changes: dict[str, Any], rule: str
) -> None:
    number = name if table == "marches" else f"C {name}"
    reasons = [
        r for r in judged.quarantaine if r.ligne.table == table and r.ligne.valeurs["id"] == number
    ]
    assert [r.regle.id for r in reasons] == [f"{prefix}-{rule}"]
    [reason] = reasons
    rank = [n for n, *_ in CRITICAL].index(name) + 1
    assert (reason.ligne.fichier, reason.ligne.rang) == (
        "a.json" if table == "marches" else "b.json",
        rank,
    )
    [written] = changes.values()
    shown = "" if written is None else str(written).strip()
    assert reason.valeur == (f"{shown} (1,234 ou 1 234 ?)" if shown == "1.234" else shown)
    assert reason.regle.titre
    assert reason.regle.remede


@pytest.mark.parametrize("name", [n for n, _ in ACCEPTED])
def test_what_is_on_the_right_side_of_a_bound_is_accepted(judged: Gate, name: str) -> None:
    assert name in {m.valeurs["id"] for m in judged.marches}
    assert f"C {name}" in {m.valeurs["id"] for m in judged.concessions}
    assert not [r for r in judged.quarantaine if r.ligne.valeurs["id"] in {name, f"C {name}"}]


def test_nothing_else_was_refused_or_accepted(judged: Gate) -> None:
    assert len(judged.marches) == len(judged.concessions) == len(ACCEPTED)
    assert len({r.ligne.cle for r in judged.quarantaine}) == 2 * len(CRITICAL)
    assert all(r.regle.severite == CRITIQUE for r in judged.quarantaine)


def test_all_reasons_of_a_row_are_given(gate: Pass) -> None:
    gated = gate({"a.json": [as_row("x", {"montant": "beaucoup", "date": None})]})
    assert {r.regle.id for r in gated.quarantaine} == {"MAR-C04", "MAR-C06"}
    assert gated.bilans[0].quarantaine == Count(1, Decimal(0))  # one row all the same


# --- Warnings and information --------------------------------------------------------------

UNKNOWN_WORD = "MOT-marches-considerations_sociales"  # told word by word

NOTED: list[tuple[str, dict[str, Any], set[str]]] = [
    ("clean", {}, set()),
    ("wrong key", {"acheteur_id": "21210231300014"}, {"MAR-A01"}),
    ("published before", {"datepublicationdonnees": "2024-05-05"}, {"MAR-A02"}),
    ("published the same day", {"datepublicationdonnees": "2024-05-06"}, set()),
    ("published on the last day", {"datepublicationdonnees": "2024-07-06"}, set()),
    ("published a day late", {"datepublicationdonnees": "2024-07-07"}, {"MAR-A03"}),
    ("published at the end of a shorter month",
     {"datenotification": "2024-12-31", "datepublicationdonnees": "2025-02-28"}, set()),
    ("published after a shorter month",
     {"datenotification": "2024-12-31", "datepublicationdonnees": "2025-03-01"}, {"MAR-A03"}),
    ("not published", {"datepublicationdonnees": None}, {"MAR-I12"}),
    ("small amount", {"montant": 199.99}, {"MAR-A04", "MAR-I11"}),
    ("not so small amount", {"montant": 200}, {"MAR-I11"}),
    ("social unknown", {"considerationssociales": ""}, {"MAR-A05"}),
    ("social sentinel", {"considerationssociales": "CDL"}, {"MAR-A05"}),
    ("environment unknown", {"considerationsenvironnementales": None}, {"MAR-A06"}),
    ("social contradiction",
     {"considerationssociales": "Clause sociale, Pas de considération sociale"}, {"MAR-A07"}),
    ("environmental contradiction",
     {"considerationsenvironnementales": f"{PAS_ENV}, {CRITERE_ENV}"}, {"MAR-A08"}),
    ("all three boxes",
     {"considerationssociales": "Critère social, Clause sociale, Marché réservé"}, {"MAR-A09"}),
    ("two boxes", {"considerationssociales": "Critère social, Marché réservé"}, set()),
    ("no CPV", {"codecpv": "MQ"}, {"MAR-A10", "MAR-I10"}),
    ("bad CPV", {"codecpv": "4521"}, {"MAR-A11"}),
    ("long CPV", {"codecpv": "45210000-2 x"}, {"MAR-A11"}),
    ("CPV without key", {"codecpv": "45210000"}, set()),
    ("no holder", {"titulaire_id_1": "CDL", "titulaire_typeidentifiant_1": "CDL"}, {"MAR-A12"}),
    ("lost letters", {"objet": "R\ufffdfection"}, {"MAR-A13"}),
    ("unreadable offers", {"offresrecues": "beaucoup"}, {"MAR-A14", "MAR-I01"}),
    ("unknown label", {"considerationssociales": "Autre"},
     {"MAR-A05", "MAR-A14", UNKNOWN_WORD}),
    ("label beside a known one", {"considerationssociales": "Clause sociale, Autre"},
     {"MAR-A14", UNKNOWN_WORD}),
    ("no offers", {"offresrecues": None}, {"MAR-I01"}),
    ("innovation unknown", {"marcheinnovant": ""}, {"MAR-I02"}),
    ("advance unknown", {"attributionavance": "NC"}, {"MAR-I03"}),
    ("framework", {"techniques": "Accord-cadre"}, {"MAR-I04"}),
    ("huge amount", {"montant": 1000000000, "codecpv": "33000000-0"}, {"MAR-A04"}),
    ("large amount", {"montant": 999999999, "codecpv": "34000000-7"}, {"MAR-A25"}),
    ("CEDEX code", {"lieuexecution_code": "21033"}, {"MAR-A16"}),
    ("Paris", {"lieuexecution_code": "75019"}, set()),
    ("no month", {"dureemois": 0}, {"MAR-A17"}),
    ("fifteen years", {"dureemois": 180, "montant": 2000000}, set()),
    ("more than fifteen years", {"dureemois": 181, "montant": 2000000}, {"MAR-A17"}),
    ("no duration", {"dureemois": None}, {"MAR-A24"}),
    ("a year in days", {"dureemois": 365, "montant": 9999999}, {"MAR-A17", "MAR-I11"}),
    ("ten years of little", {"dureemois": 121, "montant": 1999999}, {"MAR-I11"}),
    ("ten years of much", {"dureemois": 121, "montant": 2000000}, set()),
    ("a little each month", {"dureemois": 51, "montant": 50000}, {"MAR-I11"}),
    ("a thousand each month", {"dureemois": 50, "montant": 50000}, set()),
    ("less than a hundred each month", {"dureemois": 100, "montant": 9999}, {"MAR-I11"}),
    ("no id", {"id": None}, {"MAR-A21"}),
    ("long id", {"id": "2024-V-01234567890"}, {"MAR-A22"}),
    ("no object", {"objet": "MQ"}, {"MAR-A23", "MAR-I10"}),
    ("short object", {"objet": "lots"}, {"MAR-A23"}),
    ("digits in a row", {"montant": 12345678.9}, set()),
    ("all digits in a row", {"montant": 123456789, "codecpv": "35000000-4"}, {"MAR-A25"}),
    ("one digit again and again", {"montant": 177777770, "codecpv": "37000000-8"}, {"MAR-A25"}),
    ("one digit six times", {"montant": 177777700, "codecpv": "38000000-5"}, set()),
    ("refused by the Ministry", {"dureemois": "INX 2 ans"}, {"MAR-A24", "MAR-I10"}),
    ("on condition", {"idaccordcadre": "CDL"}, set()),
    ("advance without a rate", {"attributionavance": "oui"}, {"MAR-A18"}),
    ("rate without an advance", {"tauxavance": "0.05"}, {"MAR-A18"}),
    ("advance and rate", {"attributionavance": "oui", "tauxavance": "0.05"}, set()),
    ("zero offers", {"offresrecues": "0"}, {"MAR-A19"}),
    ("no such CPV division", {"codecpv": "46210000-2"}, {"MAR-A20"}),
    ("no such CPV code", {"codecpv": "45261001"}, {"MAR-A20"}),
    ("group of one", {"typegroupementoperateurs": "Conjoint"}, {"MAR-I07"}),
    ("holder without a number", {"titulaire_id_1": ""}, {"TIT-A01"}),
    ("holder with a wrong key", {"titulaire_id_1": "49047296600013"}, {"TIT-A02"}),
    ("foreign holder", {"titulaire_id_1": "DE123456789", "titulaire_typeidentifiant_1": "TVA"},
     {"TIT-I01"}),
    ("holder of New Caledonia",
     {"titulaire_id_1": "0123456789", "titulaire_typeidentifiant_1": "RIDET"}, {"TIT-I01"}),
    ("holder with another number",
     {"titulaire_id_1": "12345", "titulaire_typeidentifiant_1": "RIDET"}, {"TIT-A04", "TIT-I01"}),
    ("holder of no known type",
     {"titulaire_id_1": "12345", "titulaire_typeidentifiant_1": "DUNS"}, {"TIT-A03", "TIT-I01"}),
    ("undated modification", {"idmodification": "1", "montantmodification": "60000"}, {"MOD-A01"}),
    ("modification before the contract", {"idmodification": "1", "montantmodification": "60000",
     "datenotificationmodificationmodification": "2024-05-05"}, {"MOD-A02"}),
    ("absurd modification", {"idmodification": "1", "montantmodification": "0",
     "datenotificationmodificationmodification": "2024-05-06"}, {"MOD-A03"}),
    ("modification", {"idmodification": "1", "montantmodification": "60000",
     "datenotificationmodificationmodification": "2024-05-06"}, set()),
]  # fmt: skip


def _number(name: str) -> str:
    """A short id for a case: the Ministry refuses more than sixteen characters."""
    return f"R{[n for n, *_ in NOTED].index(name)}"


@pytest.fixture(scope="module")
def noted(gate: Pass) -> Gate:
    """One pass over every fault that only deserves a remark."""
    return gate(
        {
            "a.json": [
                flat(replace(CLEAN, id=_number(name)), **({"objet": name} | changes))
                for name, changes, _ in NOTED
            ]
        }
    )


def test_nothing_is_late_after_a_year_that_is_a_slip(gate: Pass) -> None:
    slip = flat(CLEAN, datenotification="0204-05-06", datepublicationdonnees="2024-12-07")
    assert flagged(gate({"a": [slip]})) == {"2024V01": {"MAR-C08"}}


@pytest.mark.parametrize("name, rules", [(n, r) for n, _, r in NOTED], ids=[n for n, *_ in NOTED])
def test_a_remark_keeps_the_row(noted: Gate, name: str, rules: set[str]) -> None:
    number = {"no id": "None", "long id": "2024-V-01234567890"}.get(name, _number(name))
    assert flagged(noted)[number] == rules
    assert number in {str(m.valeurs["id"]) for m in noted.marches}


@pytest.mark.parametrize("changes, rule, fault", [
    ({"titulaire_id_1": "49047296600013"}, "TIT-A02", ("titulaire_id", "49047296600013")),
    ({"titulaire_typeidentifiant_1": "Siren"}, "TIT-A03", ("type_identifiant", "Siren")),
    ({"dureemois": "un an"}, "MAR-A14", ("duree_mois", "un an")),
    ({"objet": "Th\ufffd\ufffdtre municipal"}, "MAR-A13", ("objet", "Th\ufffd\ufffdtre municipal")),
    ({"codecpv": "4526"}, "MAR-A11", ("code_cpv", "4526")),
])  # fmt: skip
def test_a_finding_shows_the_field_at_fault_and_what_it_says(
    gate: Pass, changes: dict[str, Any], rule: str, fault: tuple[str, str]
) -> None:
    passed = gate({"a.json": [flat(CLEAN, **changes)]})
    [broken] = [r for r in passed.regles if r.id == rule]
    [ligne] = passed.lignes
    assert list(findings.at_fault(ligne, broken)) == [fault]
    assert findings.known(ligne)[::2] == ("2024V01", "enregistrement n° 1")


def test_remarks_stop_nothing(noted: Gate) -> None:
    assert noted.quarantaine == []
    assert noted.motifs == []
    assert not noted.arrete
    assert all(
        r.respectee == (not r.cles) and not r.erreur
        for r in noted.regles
        if r.table != "concessions"
    )


@pytest.mark.parametrize("changes, rule", [
    ({"autoriteConcedante": {"id": "21210231300014"}}, "CON-A01"),
    ({"datePublicationDonnees": "2024-04-01"}, "CON-A02"),
    ({"datePublicationDonnees": "2024-06-03"}, "CON-A03"),
    ({"considerationsSociales":
      {"considerationSociale": ["Pas de considération sociale", "Clause sociale"]}}, "CON-A04"),
    ({"considerationsEnvironnementales":
      {"considerationEnvironnementale": [PAS_ENV, CRITERE_ENV]}}, "CON-A05"),
    ({"dureeMois": 361}, "CON-A06"),
    ({"dureeMois": None}, "CON-A07"),
    ({"id": "C2/2024-000000000"}, "CON-A09"),
    ({"objet": "lots"}, "CON-A10"),
    ({"valeurGlobale": 123456789}, "CON-A11"),
    ({"objet": "D\ufffdl\ufffdgation"}, "CON-A13"),
    ({"montantSubventionPublique": "beaucoup"}, "CON-A14"),
])  # fmt: skip
def test_remarks_on_concessions(gate: Pass, changes: dict[str, Any], rule: str) -> None:
    other = concession("C2") | changes
    gated = gate({"a.json": regulatory([], [concession("C1"), other])})
    assert sorted(flagged(gated).values(), key=len) == [set(), {rule}]
    assert len(gated.concessions) == 2


# --- Accounting ----------------------------------------------------------------------------


class Written(NamedTuple):
    """A record of a random file: what it is, and its amount as far as it can be read."""

    kind: str
    euros: Decimal
    flat: dict[str, Any]
    nested: dict[str, Any]
    concession: dict[str, Any]


# changes, and the amount that can be read when it is not the record's own
BROKEN: list[tuple[dict[str, Any], str | None]] = [
    ({"montant": None}, "0"),
    ({"montant": "beaucoup"}, "0"),
    ({"montant": 0.5}, "0.50"),
    ({"montant": 4000000000}, "4000000000"),
    ({"date": None}, None),
    ({"date": "hier"}, None),
    ({"date": "1998-01-01"}, None),
    ({"acheteur": "MQ"}, None),
    ({"acheteur": "Valon"}, None),
]
OTHERS: dict[str, list[tuple[dict[str, Any], str | None]]] = {
    "good": [({}, None), ({"acheteur": METROPOLE}, None)],
    "autre_acheteur": [
        ({"acheteur": ETRANGER}, None),
        ({"acheteur": ETRANGER, "montant": "CDL"}, "0"),
        ({"acheteur": ETRANGER, "date": "2023-01-01"}, None),
    ],
    "autre_annee": [({"date": "2023-12-31"}, None), ({"date": "2025-01-01", "acheteur": ""}, None)],
    "quarantaine": BROKEN,
}


@st.composite
def records(draw: st.DrawFn) -> Written:
    kind = draw(st.sampled_from(["good", "good", "autre_acheteur", "autre_annee", "quarantaine"]))
    changes, euros = draw(st.sampled_from(OTHERS[kind]))
    amount = Decimal(draw(st.integers(100, 10**9))).scaleb(-2)
    number = f"R{draw(st.integers(0, 10**12))}"
    given = {"montant": amount} | changes
    buyer = given.pop("acheteur", CLEAN.buyer)
    date = given.pop("date", "2024-05-06")
    base = replace(CLEAN, id=number)
    euro = given["montant"]
    return Written(
        kind,
        Decimal(euros) if euros else amount,
        flat(base, acheteur_id=buyer, datenotification=date, montant=euro),
        nested(base) | {"acheteur": {"id": buyer}, "dateNotification": date, "montant": euro},
        concession(number)
        | {"autoriteConcedante": {"id": buyer}, "dateSignature": date, "valeurGlobale": euro},
    )


def expected(written: list[Written], repeated: list[Written]) -> dict[str, Count]:
    """Rows and cents of each outcome, from what the test itself wrote."""
    outcome = dict.fromkeys(
        ("good", "quarantaine", "autre_acheteur", "autre_annee", "doublons"), NOTHING
    )
    for record in written:
        outcome[record.kind] = outcome[record.kind].plus(record.euros)
    for record in repeated:  # scope comes before the search for repetitions
        kind = record.kind if record.kind.startswith("autre") else "doublons"
        outcome[kind] = outcome[kind].plus(record.euros)
    return outcome


def agrees(gate: Gate, table: str, written: list[Written], repeated: list[Written]) -> None:
    bilans = {b.table: b for b in gate.bilans}
    if not written:
        assert table not in bilans
        return
    bilan, right = bilans[table], expected(written, repeated)
    assert bilan.retenues == right["good"]
    assert bilan.quarantaine == right["quarantaine"]
    assert bilan.doublons == right["doublons"]
    assert bilan.autre_acheteur == right["autre_acheteur"]
    assert bilan.autre_annee == right["autre_annee"]
    assert bilan.lues.lignes == len(written) + len(repeated)
    assert bilan.lues.montant == sum((w.euros for w in written + repeated), Decimal(0))
    bilan.check()


def some(draw: st.DrawFn, written: list[Written]) -> list[Written]:
    return draw(st.lists(st.sampled_from(written), max_size=3)) if written else []


@st.composite
def folders(draw: st.DrawFn) -> tuple[list[Written], ...]:
    several = st.lists(records(), max_size=6, unique_by=lambda w: w.flat["id"])
    rows, items, others = draw(several), draw(several), draw(several)
    return (rows, some(draw, rows), items, some(draw, items), others, some(draw, others))


@settings(max_examples=15)
@given(folders())
def test_every_row_and_cent_is_accounted_for(gate: Pass, made: tuple[list[Written], ...]) -> None:
    rows, rows_again, items, items_again, others, others_again = made
    renamed = [w._replace(nested=w.nested | {"id": "N" + w.nested["id"]}) for w in items]
    by_id = {w.nested["id"]: w for w in renamed}
    again = [by_id["N" + w.nested["id"]] for w in items_again]
    gated = gate(
        {
            "a.json": [w.flat for w in rows] + [{"id": "hors", "acheteur_id": ETRANGER}],
            "b.json": {
                "records": [w.flat for w in rows_again] + [{"id": "hors", "acheteur_id": ETRANGER}]
            },
            "c.json": regulatory(
                [w.nested for w in renamed + again], [w.concession for w in others + others_again]
            )
            if renamed or others
            else regulatory([{"acheteur": {"id": ETRANGER}}]),
        }
    )
    stray = 2 + (not renamed and not others)
    outside = Written("autre_acheteur", Decimal(0), {}, {}, {})
    agrees(gated, "marches", rows + renamed + [outside] * stray, rows_again + again)
    agrees(gated, "concessions", others, others_again)
    good = [w for w in rows + renamed if w.kind == "good"]
    assert len(gated.marches) == len(good)
    assert sum((m.valeurs["montant"] for m in gated.marches), Decimal(0)) == sum(
        (w.euros for w in good), Decimal(0)
    )
    assert {str(r.ligne.valeurs["id"]) for r in gated.quarantaine} == {
        i
        for ws, key in ((rows, "flat"), (renamed, "nested"), (others, "concession"))
        for w in ws
        if w.kind == "quarantaine"
        for i in [getattr(w, key)["id"]]
    }


def test_a_broken_contract_does_not_take_the_concession_of_the_same_rank(gate: Pass) -> None:
    gated = gate(
        {
            "a.json": regulatory(
                [nested(CLEAN) | {"montant": None}, nested(CLEAN, id="2")],
                [concession("C1"), concession("C2") | {"valeurGlobale": None}],
            )
        }
    )
    assert [m.valeurs["id"] for m in gated.marches] == ["2"]
    assert [m.valeurs["id"] for m in gated.concessions] == ["C1"]
    assert {b.table: b.quarantaine.lignes for b in gated.bilans} == {"marches": 1, "concessions": 1}


def test_republished_and_joint_rows_are_accounted_for(gate: Pass) -> None:
    joint = replace(CLEAN, groupement="Conjoint")
    other = (("77820805800074", "SIRET"),)
    gated = gate(
        {
            "a.json": [
                flat(joint),
                flat(replace(joint, holders=other)),
                flat(replace(CLEAN, id="2")),
            ],
            "b.json": [flat(replace(CLEAN, id="2"), datepublicationdonnees="2024-06-20")],
        }
    )
    [bilan] = gated.bilans
    assert bilan.lues == Count(4, Decimal("200000.00"))
    assert bilan.retenues == Count(3, Decimal("150000.00"))  # two rows of one contract, one of two
    assert bilan.doublons == Count(1, Decimal("50000.00"))
    assert len(gated.marches) == 2
    assert len(gated.doublons) == 1


def test_a_bilan_that_does_not_add_up_is_a_bug() -> None:
    wrong = quality.Bilan("marches", Count(2, Decimal(5)), Count(1, Decimal(5)), *[NOTHING] * 4)
    with pytest.raises(AssertionError):
        wrong.check()
    cents = quality.Bilan(
        "marches", Count(1, Decimal("5.01")), Count(1, Decimal(5)), *[NOTHING] * 4
    )
    with pytest.raises(AssertionError):
        cents.check()


# --- What stops the run --------------------------------------------------------------------


def several(number: int, **changes: Any) -> list[dict[str, Any]]:
    return [flat(replace(CLEAN, id=f"V{n}"), **changes) for n in range(number)]


@pytest.mark.parametrize(
    "good, bad, stops",
    [(9, 1, False), (8, 1, True), (19, 2, False), (18, 2, False), (17, 2, True), (0, 1, True)],
)
def test_too_many_rows_in_quarantine_stop_the_run(
    gate: Pass, good: int, bad: int, stops: bool
) -> None:
    refused = [flat(replace(CLEAN, id=f"Q{n}"), montant=None) for n in range(bad)]
    gated = gate({"a.json": several(good) + refused})
    assert gated.arrete == stops
    assert any("lignes" in m and "10\u00a0%" in m and "Marchés" in m for m in gated.motifs) == stops


@pytest.mark.parametrize("euros, stops", [("105555.56", True), ("105555.55", False)])
def test_too_many_euros_in_quarantine_stop_the_run(gate: Pass, euros: str, stops: bool) -> None:
    """Nineteen contracts of 50 000 € are 950 000 €: a tenth of the whole is 105 555.55…"""
    refused = [flat(replace(CLEAN, id="Q"), datenotification=None, montant=Decimal(euros))]
    gated = gate({"a.json": several(19) + refused})
    assert gated.arrete == stops
    assert any("montant" in m and "10\u00a0%" in m for m in gated.motifs) == stops


def test_an_absurd_amount_weighs_a_row_not_its_euros(gate: Pass) -> None:
    absurd = [flat(replace(CLEAN, id="Q"), montant=10**12)]
    assert not gate({"a.json": several(19) + absurd}).arrete


def test_a_table_is_judged_by_itself(gate: Pass) -> None:
    """Many good contracts do not hide a concession that is refused."""
    gated = gate({"a.json": several(30), "b.json": regulatory([], [concession("C1", montant=0)])})
    assert gated.arrete
    assert all("Concessions" in m for m in gated.motifs)


def test_thresholds_are_those_of_the_params(gate: Pass, params: Params) -> None:
    bounds = params.year.qualite.model_copy(
        update={"quarantaine_max_lignes": Decimal(0), "quarantaine_max_montant": Decimal(1)}
    )
    strict = params.model_copy(update={"year": params.year.model_copy(update={"qualite": bounds})})
    files = {"a.json": [*several(30), flat(CLEAN, montant=None)]}
    assert not gate(files).arrete
    assert gate(files, strict).arrete


def test_bounds_of_amounts_and_years_are_those_of_the_params(gate: Pass, params: Params) -> None:
    bounds = params.year.qualite.model_copy(
        update={
            "montant_min": Decimal(100),
            "montant_max": Decimal(1000),
            "annee_plausible_min": 2024,
            "annee_plausible_max": 2024,
        }
    )
    using = params.model_copy(update={"year": params.year.model_copy(update={"qualite": bounds})})
    rows = [flat(replace(CLEAN, id=str(n)), montant=n) for n in (99.99, 100, 1000, 1000.01)]
    rows.append(flat(replace(CLEAN, id="2023"), datenotification="2023-05-05", montant=500))
    gated = gate({"a.json": rows}, using)
    assert {(r.ligne.valeurs["id"], r.regle.id) for r in gated.quarantaine} == {
        ("99.99", "MAR-C05"),
        ("1000.01", "MAR-C05"),
        ("2023", "MAR-C08"),
    }


@pytest.mark.parametrize("content", ["", "pas du json", "[]", '{"records": [', '{"marches": {}}'])
def test_an_unreadable_file_stops_the_run(gate: Pass, content: str) -> None:
    gated = gate({"a.json": several(2), "b.json": content})
    assert gated.arrete
    assert any("b.json" in m for m in gated.motifs)
    assert len(gated.marches) == 2  # the rest is judged all the same


def test_nothing_read_stops_the_run(gate: Pass) -> None:
    gated = gate({"a.json": "[]"})
    assert gated.arrete
    assert any("aucun enregistrement" in m for m in gated.motifs)


def test_nothing_in_scope_is_no_fault(gate: Pass) -> None:
    gated = gate({"a.json": [flat(CLEAN, acheteur_id=ETRANGER)]})
    assert not gated.arrete
    assert gated.marches == []
    assert gated.quarantaine == []
    [bilan] = gated.bilans
    assert bilan.lues == bilan.autre_acheteur == Count(1, Decimal("50000.00"))


# --- Rules that cannot run -----------------------------------------------------------------


def spoil(suites: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    """Change the suite of contracts."""
    file = suites / "marches.json"
    suite = json.loads(file.read_text(encoding="utf-8"))
    edit(suite)
    file.write_text(json.dumps(suite), encoding="utf-8")
    return file


def rule(suite: dict[str, Any], number: str) -> dict[str, Any]:
    expectation: dict[str, Any] = next(
        e for e in suite["expectations"] if e["meta"]["regle"] == number
    )
    return expectation


@pytest.mark.parametrize(
    "number, stops", [("MAR-C03", True), ("MAR-C05", True), ("MAR-A10", False), ("MAR-I01", False)]
)
def test_a_rule_on_an_absent_column_could_not_run(
    gate: Pass, suites_copy: Path, number: str, stops: bool
) -> None:
    spoil(suites_copy, lambda s: rule(s, number)["kwargs"].update(column="colonne_absente"))
    gated = gate(
        {"a.json": [*several(30), flat(CLEAN, montant=None, codecpv=None)]}, suites=suites_copy
    )
    [spoilt] = [r for r in gated.regles if r.id == number]
    assert "colonne_absente" in spoilt.erreur
    assert not spoilt.respectee  # not «0 bad rows»
    assert gated.arrete == stops
    assert any(number in m and "impossible" in m for m in gated.motifs) == stops
    assert [r.id for r in gated.regles if r.erreur and r.table == "marches"] == [number]


def test_a_rule_with_a_broken_pattern_could_not_run(gate: Pass, suites_copy: Path) -> None:
    spoil(suites_copy, lambda s: rule(s, "MAR-C02")["kwargs"].update(regex="("))
    gated = gate({"a.json": several(2)}, suites=suites_copy)
    assert gated.arrete
    assert any("MAR-C02" in m for m in gated.motifs)


def test_a_critical_rule_on_the_table_stops_the_run(gate: Pass, suites_copy: Path) -> None:
    def add(suite: dict[str, Any]) -> None:
        for number, column in (("MAR-T01", "montant"), ("MAR-T02", "colonne_absente")):
            suite["expectations"].append(
                {
                    "type": "expect_column_to_exist",
                    "kwargs": {"column": column},
                    "severity": CRITIQUE,
                    "meta": {
                        "regle": number,
                        "champ": "montant",
                        "titre": "colonne absente",
                        "remede": "la rétablir",
                    },
                }
            )

    spoil(suites_copy, add)
    gated = gate({"a.json": several(2)}, suites=suites_copy)
    assert gated.arrete
    assert gated.quarantaine == []
    assert [m for m in gated.motifs if "MAR-T02" in m and "la rétablir" in m]
    assert not [m for m in gated.motifs if "MAR-T01" in m]


def test_a_warning_never_sends_to_quarantine(gate: Pass, suites_copy: Path) -> None:
    spoil(suites_copy, lambda s: rule(s, "MAR-C05").update(severity=AVERTISSEMENT))
    gated = gate({"a.json": [flat(CLEAN, montant=0.5)]}, suites=suites_copy)
    assert gated.quarantaine == []
    assert len(gated.marches) == 1
    assert {"MAR-C05", "MAR-A04"} <= {r.id for r in gated.regles if r.cles}


@pytest.mark.parametrize(
    ("rules", "changes", "message"),
    [
        (["MAR-C03"], {"montant": None}, "sans montant"),
        (["MAR-C04"], {"montant": "?"}, "sans montant"),
        (["MAR-C06"], {"datenotification": None}, "sans date"),
        (["MAR-C01"], {"acheteur_id": None}, "sans acheteur"),
    ],
)
def test_a_softened_rule_lets_through_nothing_that_cannot_be_counted(
    gate: Pass, suites_copy: Path, rules: list[str], changes: dict[str, Any], message: str
) -> None:
    for name in rules:
        file = spoil(suites_copy, lambda s, n=name: rule(s, n).update(severity=AVERTISSEMENT))
    with pytest.raises(UserError) as caught:
        gate({"a.json": [flat(CLEAN, **changes)]}, suites=suites_copy)
    assert message in caught.value.quoi
    assert caught.value.lieu == str(file)
    assert "a.json, enregistrement 1" in str(caught.value)


@pytest.mark.parametrize("edit, message", [
    (lambda s: rule(s, "MAR-C03").update(type="expect_nothing_of_the_kind"), "MAR-C03"),
    (lambda s: rule(s, "MAR-C03").update(kwargs={"colonne": "montant"}), "MAR-C03"),
    (lambda s: rule(s, "MAR-C05")["kwargs"].update(min_value={"$PARAMETER": "minimum"}), "minimum"),
    (lambda s: rule(s, "MAR-C03").update(severity="grave"), "grave"),
    (lambda s: rule(s, "MAR-C03").pop("severity"), "MAR-C03"),
    (lambda s: rule(s, "MAR-C03")["meta"].pop("remede"), "remede"),
    (lambda s: rule(s, "MAR-C03")["meta"].pop("regle"), "regle"),
    (lambda s: rule(s, "MAR-C03").pop("meta"), "meta"),
    (lambda s: rule(s, "MAR-C03")["meta"].update(regle="MAR-C04"), "MAR-C04"),
    (lambda s: s["expectations"].append("règle"), "contrôle"),
    (lambda s: s.pop("expectations"), "expectations"),
    (lambda s: s.update(commentaire="x"), "commentaire"),
    (lambda s: s.pop("name"), "name"),
], ids=["unknown type", "unknown argument", "unknown bound", "unknown severity",
    "no severity", "no remedy", "no id", "no meta", "same id", "not a rule",
    "no rules", "unknown key", "no name"])  # fmt: skip
def test_a_malformed_suite_is_a_user_error(
    gate: Pass, suites_copy: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    file = spoil(suites_copy, edit)
    with pytest.raises(UserError) as caught:
        gate({"a.json": several(1)}, suites=suites_copy)
    assert str(file) in caught.value.lieu
    assert message in str(caught.value)
    assert caught.value.remede


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", '{"name": "é"}'.encode("latin-1"), b""])
def test_a_suite_that_is_not_one_is_a_user_error(
    gate: Pass, suites_copy: Path, content: bytes
) -> None:
    file = suites_copy / "marches.json"
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        gate({"a.json": several(1)}, suites=suites_copy)
    assert str(file) in caught.value.lieu
    assert caught.value.remede


def test_an_absent_suite_is_a_user_error(gate: Pass, suites_copy: Path) -> None:
    (suites_copy / "titulaires.json").unlink()
    with pytest.raises(UserError) as caught:
        gate({"a.json": several(1)}, suites=suites_copy)
    assert "titulaires.json" in caught.value.lieu
    assert caught.value.remede


def test_the_gate_needs_no_threshold_that_params_may_leave_out(
    root: Path, params_copy: Path
) -> None:
    file = params_copy / "2024" / "params.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  delai_publication_mois:", "  autre:"), encoding="utf-8")
    folder = params_copy / "donnees"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps([flat(CLEAN, montant=50000)]))
    try:
        using = parameters.load(params_copy, 2024)
        quality.pass_gate(sources.read_folder(folder, using), using, root / "expectations")
    except UserError as error:
        assert "delai_publication_mois" in str(error)
        assert str(file) in error.lieu


def test_great_expectations_is_not_imported_before_there_are_rows() -> None:
    code = (
        "import sys, spaser.quality, spaser.sources, spaser.figures.indicators\n"
        "print('great_expectations' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# --- The guide ------------------------------------------------------------------------------


def test_the_guide_of_the_rules_is_up_to_date(root: Path) -> None:
    written = (ROOT / "docs" / "controles.md").read_text(encoding="utf-8")
    assert written == controles_md.markdown(root / "expectations"), "make docs"


def test_every_rule_says_what_to_do_and_where_it_comes_from(root: Path) -> None:
    numbers: set[str] = set()
    for file in sorted((root / "expectations").glob("*.json")):
        for expectation in suites.load(file):
            meta = expectation["meta"]
            assert meta["regle"] not in numbers, "a rule id is unique over all suites"
            numbers.add(meta["regle"])
            assert len(meta["titre"]) > 5, meta["regle"]
            assert len(meta["remede"]) > 5, meta["regle"]
            assert meta.get("source") or file.stem not in {"marches", "concessions"}, meta["regle"]


DECP_QUALITE = {  # the twelve measures of decp-qualite, and the rules that make them
    "identifiants non uniques": {"MAR-I09"},
    "lignes dupliquées": {"MAR-A15", "CON-A12"},
    "jours depuis la dernière publication": {"MAR-I08"},
    "délai de publication": {"MAR-A03", "CON-A03"},
    "données manquantes": {"MAR-A05", "MAR-A06", "MAR-I01", "MAR-I02", "MAR-I03"},
    "caractères mal encodés": {"MAR-A13", "CON-A13"},
    "formats": {"MAR-C04", "MAR-A11", "MAR-A14", "CON-C04", "CON-A14"},
    "valeurs invalides": {"MAR-A14", "MAR-A20"},
    "montants aberrants": {"MAR-A04"},
    "valeurs extrêmes": {"MAR-I05"},
    "incohérences temporelles": {"MAR-A02", "CON-A02", "MOD-A02"},
    "incohérences entre montant et durée": {"MAR-I11"},
}


@pytest.mark.parametrize("measure", DECP_QUALITE)
def test_the_twelve_measures_of_decp_qualite_are_all_made(root: Path, measure: str) -> None:
    sources_ = {
        e["meta"]["regle"]: e["meta"].get("source", "")
        for file in (root / "expectations").glob("*.json")
        for e in suites.load(file)
    }
    named = {
        number
        for number, source in sources_.items()
        for part in source.split(" ; ")
        if part.startswith("decp-qualite, ") and measure in part
    }
    assert named == DECP_QUALITE[measure]


# --- Real files ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_gate(root: Path, real: Callable[[str], Path]) -> Callable[[str, int], Gate]:
    """A folder of real files through the gate, for a year."""

    def pass_folder(name: str, annee: int) -> Gate:
        using = parameters.load(root / "params", annee)
        lecture = sources.read_folder(real(f"data/{name}"), using)
        return quality.pass_gate(lecture, using, root / "expectations")

    return pass_folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "annee, rows, contracts, outside", [(2024, 152, 151, 121), (2025, 121, None, 152)]
)
def test_dijon(
    real_gate: Callable[[str, int], Gate],
    real: Callable[[str], Path],
    annee: int,
    rows: int,
    contracts: int | None,
    outside: int,
) -> None:
    path = real("data/dijon/decp-2022-marches-valides.json")
    right = contracts_of(path, annee, "212102313")
    gated = real_gate("dijon", annee)
    assert not gated.arrete
    assert gated.quarantaine == []
    assert gated.doublons == []
    [bilan] = gated.bilans
    own = [r for r in rows_of(path) if r["datenotification"].startswith(str(annee))]
    assert bilan.lues.lignes == 273
    assert bilan.retenues.lignes == rows == len(own)
    assert bilan.retenues.montant == sum((Decimal(r["montant"]) for r in own), Decimal(0))
    assert bilan.autre_annee.lignes == outside
    assert bilan.autre_acheteur == NOTHING
    total = sum((m.valeurs["montant"] for m in gated.marches), Decimal(0))
    assert len(gated.marches) == len(right) == (contracts or len(right))
    assert total == sum((c.montant for c in right), Decimal(0))
    if annee == 2024:
        assert total == Decimal("46256523.71")
    assert sorted(len(m.titulaires) for m in gated.marches) == sorted(len(c.holders) for c in right)


@pytest.mark.slow
def test_dijon_2019_is_refused_row_by_row(real_gate: Callable[[str, int], Gate]) -> None:
    gated = real_gate("dijon-2019", 2024)
    assert gated.arrete
    assert gated.marches == []
    assert len(gated.quarantaine) == 29
    assert {r.regle.id for r in gated.quarantaine} == {"MAR-C06"}
    assert sorted(r.ligne.rang for r in gated.quarantaine) == list(range(1, 30))
    [bilan] = gated.bilans
    assert bilan.lues == bilan.quarantaine
    assert bilan.lues.lignes == 29
    assert any("100\u00a0%" in m for m in gated.motifs)


def test_dematis_is_all_out_of_scope(
    real_gate: Callable[[str, int], Gate], real: Callable[[str], Path]
) -> None:
    paths = sorted(real("data/dematis").glob("*.json"))
    gated = real_gate("dematis", 2024)
    assert not gated.arrete
    assert gated.marches == []
    assert gated.concessions == []
    bilans = {b.table: b for b in gated.bilans}
    for table, key, field in (
        ("marches", "marche", "montant"),
        ("concessions", "contrat-concession", "valeurGlobale"),
    ):
        items = [i for p in paths for i in objects_of(p, key)]
        euros = sum((Decimal(i[field]).quantize(Decimal("0.01")) for i in items), Decimal(0))
        assert bilans[table].lues == Count(len(items), euros)
        assert bilans[table].autre_acheteur == bilans[table].lues
    assert bilans["marches"].lues.lignes == 749
    assert bilans["concessions"].lues.lignes == 1
