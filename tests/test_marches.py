"""From records to contracts: what is one contract, what says the same thing again, its name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import (
    ETRANGER,
    METROPOLE,
    VILLE,
    Contract,
    concession,
    flat,
    nested,
    regulatory,
    siret,
    siret_is_valid,
)

from spaser.contracts import marches
from spaser.contracts.marches import REPETE, REPUBLIE, Doublon, Marche
from spaser.settings.params import Params
from spaser.sources.lecture import Lecture
from spaser.sources.records import Titulaire

Read = Callable[..., Lecture]
Assemble = Callable[..., tuple[list[Marche], list[Doublon]]]

FIRST, SECOND, THIRD = "49047296600012", "77820805800074", "53317613700016"
A, B, C = ((number, "SIRET") for number in (FIRST, SECOND, THIRD))
JOINT = Contract("2024V05", groupement="Conjoint", holders=(A,))


@pytest.fixture(scope="module")
def contracts(read: Read) -> Assemble:
    """Files to contracts of a table, and all that was set aside on the way."""

    def assemble(files: dict[str, Any], table: str = "marches") -> tuple[list[Marche], Any]:
        lignes, repeated = marches.distinct(read(files).lignes)
        kept, again = marches.assemble([x for x in lignes if x.table == table], repeated)
        return kept, repeated + again

    return assemble


def holders(contract: Marche) -> set[str | None]:
    return {t.id for t in contract.titulaires}


# --- Grouping ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Conjoint", "Solidaire", "conjoint", "SOLIDAIRE"])
def test_rows_of_a_joint_contract_are_one_contract(contracts: Assemble, kind: str) -> None:
    rows = [flat(replace(JOINT, groupement=kind, holders=(h,))) for h in (A, B, C)]
    [one], aside = contracts({"a.json": rows})
    assert holders(one) == {FIRST, SECOND, THIRD}
    assert aside == []
    assert one.valeurs["montant"] == Decimal("50000.00")  # once, not three times
    assert [x.rang for x in one.lignes] == [1, 2, 3]


@pytest.mark.parametrize("changes", [
    {"typegroupementoperateurs": "Pas de groupement"}, {"typegroupementoperateurs": "CDL"},
    {"typegroupementoperateurs": None}, {"typegroupementoperateurs": "Autre"},
])  # fmt: skip
def test_rows_without_a_group_are_contracts_of_their_own(
    contracts: Assemble, changes: dict[str, Any]
) -> None:
    rows = [flat(replace(JOINT, holders=(h,)), **changes) for h in (A, B)]
    kept, aside = contracts({"a.json": rows})
    assert [holders(c) for c in kept] in ([{FIRST}, {SECOND}], [{SECOND}, {FIRST}])
    assert aside == []
    assert len({c.uid for c in kept}) == 2


@pytest.mark.parametrize("changes", [
    {"acheteur_id": METROPOLE}, {"acheteur_id": "21210231300021"}, {"id": "2024V06"},
    {"objet": "Réfection de la toiture, lot 2"}, {"montant": 50000.01},
    {"datenotification": "2024-05-07"}, {"typegroupementoperateurs": "Pas de groupement"},
], ids=lambda c: next(iter(c)))  # fmt: skip
def test_joint_rows_must_share_all_five_fields(
    contracts: Assemble, changes: dict[str, Any]
) -> None:
    rows = [flat(JOINT), flat(replace(JOINT, holders=(B,)), **changes)]
    assert len(contracts({"a.json": rows})[0]) == 2


def test_joint_rows_need_not_share_anything_else(contracts: Assemble) -> None:
    rows = [flat(JOINT), flat(replace(JOINT, holders=(B,)), offresrecues="9", codecpv="1")]
    [one], _ = contracts({"a.json": rows})
    assert one.valeurs["offres_recues"] == 3  # the first record gives the values


def test_joint_rows_written_with_another_layout_are_one(contracts: Assemble) -> None:
    other = flat(replace(JOINT, holders=(B,)), montant="50 000,00", datenotification="06/05/2024")
    assert len(contracts({"a.json": [flat(JOINT), other]})[0]) == 1


def test_nested_objects_are_never_put_together(contracts: Assemble) -> None:
    items = [nested(replace(JOINT, holders=(h,))) for h in (A, B)]
    assert len(contracts({"a.json": regulatory(items)})[0]) == 2


def test_a_truncated_id_does_not_merge_contracts(contracts: Assemble) -> None:
    rows = [flat(Contract("2024VDAO05", objet=f"Lot {n}")) for n in range(22)]
    kept, aside = contracts({"a.json": rows})
    assert len(kept) == len({c.uid for c in kept}) == 22
    assert aside == []


# --- Repetitions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form", [lambda c: [flat(c)], lambda c: regulatory([nested(c)])], ids=["flat", "nested"]
)
def test_an_identical_record_counts_once(contracts: Assemble, form: Any) -> None:
    content = form(JOINT)
    kept, aside = contracts({"a.json": content, "b.json": content})
    assert len(kept) == 1
    [again] = aside
    assert (again.motif, again.ligne.fichier, again.garde.fichier) == (REPETE, "b.json", "a.json")


def test_repetitions_inside_a_file_are_all_listed(contracts: Assemble) -> None:
    row = flat(JOINT)
    backwards = dict(reversed(row.items()))  # the order of keys says nothing
    [one], aside = contracts({"a.json": [row, row, backwards]})
    assert [d.ligne.rang for d in aside] == [2, 3]
    assert {d.motif for d in aside} == {REPETE}
    assert [x.rang for x in one.lignes] == [1]


def test_a_record_that_differs_by_one_letter_is_not_a_repetition(contracts: Assemble) -> None:
    kept, aside = contracts({"a.json": [flat(JOINT), flat(replace(JOINT, objet="Toiture"))]})
    assert len(kept) == 2
    assert aside == []


def test_a_contract_and_a_concession_are_never_the_same(read: Read) -> None:
    lignes, again = marches.distinct(
        read(
            {"a.json": {"marches": {"marche": [{"id": "1"}], "contrat-concession": [{"id": "1"}]}}}
        ).lignes
    )
    assert len(lignes) == 2
    assert again == []


# --- Several files -------------------------------------------------------------------------

SINGLE = Contract("2024V07", published=dt.date(2024, 6, 1), offers=1)
LATER = replace(SINGLE, published=dt.date(2024, 7, 1), offers=2)


@pytest.mark.parametrize("old, new", [("a.json", "b.json"), ("b.json", "a.json")])
@pytest.mark.parametrize("form", ["flat", "nested", "flat then nested", "nested then flat"])
def test_the_latest_publication_is_kept(contracts: Assemble, old: str, new: str, form: str) -> None:
    written: dict[str, Callable[[Contract], Any]] = {
        "flat": lambda c: [flat(c)],
        "nested": lambda c: regulatory([nested(c)]),
    }
    first, last = (form.split(" then ") * 2)[:2]
    [one], aside = contracts({old: written[first](SINGLE), new: written[last](LATER)})
    assert one.valeurs["offres_recues"] == 2
    assert one.lignes[0].fichier == new
    [again] = aside
    assert (again.ligne.fichier, again.garde.fichier, again.motif) == (old, new, REPUBLIE)


def test_three_publications_leave_one(contracts: Assemble) -> None:
    dates = [dt.date(2024, 8, 1), dt.date(2024, 9, 1), None]
    files = {f"{n}.json": [flat(replace(SINGLE, published=d))] for n, d in enumerate(dates)}
    [one], aside = contracts(files)
    assert one.valeurs["date_publication"] == dt.date(2024, 9, 1)
    assert len(aside) == 2


def test_a_joint_contract_republished_takes_all_its_rows_along(contracts: Assemble) -> None:
    old = [flat(replace(JOINT, holders=(h,))) for h in (A, B)]
    new = [flat(replace(JOINT, holders=(h,), published=dt.date(2024, 8, 1))) for h in (B, A)]
    [one], aside = contracts({"a.json": old, "b.json": new})
    assert {x.fichier for x in one.lignes} == {"b.json"}
    assert holders(one) == {FIRST, SECOND}
    assert [d.ligne.fichier for d in aside] == ["a.json", "a.json"]


@pytest.mark.parametrize("other", [
    replace(LATER, id="2024V08"),
    replace(LATER, objet="Autre"),
    replace(LATER, buyer=METROPOLE),
    replace(LATER, montant=Decimal("50000.01")),
    replace(LATER, notified=dt.date(2024, 5, 7)),
    replace(LATER, holders=(B,)),
    replace(LATER, holders=(A, B)),
])  # fmt: skip
def test_another_contract_is_not_a_republication(contracts: Assemble, other: Contract) -> None:
    kept, aside = contracts({"a.json": [flat(SINGLE)], "b.json": [flat(other)]})
    assert len(kept) == 2
    assert aside == []


def test_equal_contracts_of_one_file_are_kept_apart(contracts: Assemble) -> None:
    twins = [flat(SINGLE, dureemois=n) for n in (12, 24)]
    kept, aside = contracts({"a.json": twins})
    assert len(kept) == len({c.uid for c in kept}) == 2
    assert aside == []


def test_equal_contracts_of_two_files_answer_one_another(contracts: Assemble) -> None:
    old = [flat(SINGLE, dureemois=n) for n in (12, 24)]
    new = [flat(LATER, dureemois=n) for n in (12, 24)]
    kept, aside = contracts({"a.json": old, "b.json": new})
    assert [c.lignes[0].fichier for c in kept] == ["b.json", "b.json"]
    assert len(aside) == 2
    assert sorted(c.valeurs["duree_mois"] for c in kept) == [12, 24]


def test_a_twin_repeated_as_it_was_does_not_lose_the_other(contracts: Assemble) -> None:
    """Day 1 has two equal contracts; day 2 repeats the first as it was and updates the second."""
    old = [flat(SINGLE, dureemois=n) for n in (12, 24)]
    new = [flat(SINGLE, dureemois=12), flat(LATER, dureemois=24)]
    kept, aside = contracts({"a.json": old, "b.json": new})
    assert sorted((c.valeurs["duree_mois"], c.valeurs["offres_recues"]) for c in kept) == [
        (12, 1),
        (24, 2),
    ]
    assert len(aside) == 2


def test_concessions_follow_the_same_rules(contracts: Assemble) -> None:
    old = regulatory([], [concession("C1"), concession("C2")])
    new = regulatory([], [concession("C1", datePublicationDonnees="2024-09-01")])
    kept, aside = contracts({"a.json": old, "b.json": new}, "concessions")
    assert {c.valeurs["id"]: c.lignes[0].fichier for c in kept} == {"C1": "b.json", "C2": "a.json"}
    assert [d.motif for d in aside] == [REPUBLIE]


# --- Names ---------------------------------------------------------------------------------

few = st.builds(
    Contract,
    id=st.sampled_from(["2024V1", "2024V2"]),
    buyer=st.sampled_from([VILLE, METROPOLE]),
    objet=st.sampled_from(["Toiture", "Voirie"]),
    montant=st.sampled_from([Decimal("1000.00"), Decimal("2000.50")]),
    notified=st.sampled_from([dt.date(2024, 1, 2), dt.date(2024, 10, 2)]),
    groupement=st.sampled_from(["Conjoint", "Pas de groupement"]),
    holders=st.sampled_from([(A,), (B,), (A, B)]),
)


def content(contract: Marche) -> Any:
    """What a contract says, whoever says it and in whatever order."""
    return (sorted(x.empreinte for x in contract.lignes), sorted(map(str, contract.titulaires)))


def named(kept: Sequence[Marche]) -> dict[str, Any]:
    assert len({c.uid for c in kept}) == len(kept)
    return {c.uid: content(c) for c in kept}


@pytest.mark.slow
@settings(max_examples=80)
@given(st.lists(few, min_size=1, max_size=10), st.randoms())
def test_uids_do_not_depend_on_order_or_file(
    contracts: Assemble, written: list[Contract], random: Any
) -> None:
    rows = [flat(c) for c in written]
    shuffled = random.sample(rows, len(rows))
    before, _ = contracts({"a.json": rows})
    after, _ = contracts({"sous/z.json": {"records": shuffled}})
    assert named(before) == named(after)


def test_twins_keep_their_own_uid_when_rows_move(contracts: Assemble) -> None:
    twins = [flat(SINGLE, dureemois=n) for n in (12, 24, 36)]
    names = [
        {c.valeurs["duree_mois"]: c.uid for c in contracts({"a.json": rows})[0]}
        for rows in (twins, twins[::-1])
    ]
    assert names[0] == names[1]


def test_uids_do_not_depend_on_the_form(contracts: Assemble) -> None:
    [row], _ = contracts({"a.json": [flat(SINGLE)]})
    [item], _ = contracts({"b.json": regulatory([nested(SINGLE)])})
    assert row.uid == item.uid


def test_a_uid_is_safe_in_a_file_name_and_a_sheet(contracts: Assemble) -> None:
    ids = ["../../x", "=1+1", "a b/c", "é" * 80, "<b>", "", "MQ", "\t@"]
    kept, _ = contracts({"a.json": [flat(Contract(i, objet=f"{n}")) for n, i in enumerate(ids)]})
    assert len({c.uid for c in kept}) == len(ids)
    for contract in kept:
        assert contract.uid.startswith("212102313_")
        assert set(contract.uid) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
        )
        assert len(contract.uid) < 64


def test_contracts_come_in_order_of_notification(contracts: Assemble) -> None:
    days = [dt.date(2024, m, 1) for m in (5, 1, 12, 3)]
    kept, _ = contracts({"a.json": [flat(Contract(f"V{d.month}", notified=d)) for d in days]})
    assert [c.valeurs["date_notification"] for c in kept] == sorted(days)


# --- Canonical tables ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def tables(contracts: Assemble, params: Params) -> Callable[..., dict[str, list[Any]]]:
    """Files to canonical rows."""

    def rows(files: dict[str, Any]) -> dict[str, list[Any]]:
        return marches.tables(contracts(files)[0], contracts(files, "concessions")[0], params)

    return rows


def change(number: str, day: str | None, amount: float | None, **more: Any) -> dict[str, Any]:
    item = {"id": number, "dateNotificationModification": day, "montant": amount} | more
    return {"modification": {k: v for k, v in item.items() if v is not None}}


@pytest.mark.parametrize("changes, current, counted", [
    ([], "50000.00", []),
    ([change("1", "2024-06-01", 60000)], "60000.00", [True]),
    ([change("1", "2025-03-31", 60000)], "60000.00", [True]),  # the cut-off day itself
    ([change("1", "2025-04-01", 60000)], "50000.00", [False]),
    ([change("1", "2024-06-01", 60000), change("2", "2025-04-01", 70000)], "60000.00",
     [True, False]),
    ([change("2", "2024-09-01", 70000), change("1", "2024-06-01", 60000)], "70000.00",
     [True, True]),  # the last notified, wherever it stands
    ([change("1", "2024-06-01", 60000), change("2", "2024-06-01", 65000)], "65000.00",
     [True, True]),
    ([change("1", "2024-06-01", 60000), change("2", "2024-09-01", None, dureeMois=20)], "60000.00",
     [True, True]),  # a change of duration says nothing of the amount
    ([change("1", None, 60000)], "60000.00", [True]),  # undated: nothing says it is late
    ([change("1", "2024-06-01", 60000)] * 2, "60000.00", [True]),
    ([change("1", "2024-06-01", 40000.01)], "40000.01", [True]),
])  # fmt: skip
def test_modifications_and_the_cut_off(
    tables: Callable[..., dict[str, list[Any]]], changes: Any, current: str, counted: list[bool]
) -> None:
    rows = tables({"a.json": regulatory([nested(SINGLE, modifications=changes)])})
    [one] = rows["marches"]
    assert one["montant"] == Decimal("50000.00")  # the initial amount never moves
    assert one["montant_actuel"] == Decimal(current)
    assert [m["retenue"] for m in rows["modifications"]] == counted
    assert [m["rang"] for m in rows["modifications"]] == list(range(1, len(counted) + 1))


def test_rows_keep_their_origin_and_amount(tables: Callable[..., dict[str, list[Any]]]) -> None:
    joint = [flat(replace(JOINT, holders=(h,))) for h in (A, B)]
    rows = tables({"a.json": [flat(SINGLE), *joint]})
    names = {m["id"]: m["marche_uid"] for m in rows["marches"]}
    assert [(r["marche_uid"], r["fichier"], r["ligne"]) for r in rows["lignes"]] == [
        (names["2024V07"], "a.json", 1),
        (names["2024V05"], "a.json", 2),
        (names["2024V05"], "a.json", 3),
    ]
    assert {r["montant"] for r in rows["lignes"]} == {Decimal("50000.00")}
    assert all(len(r["empreinte"]) == 64 for r in rows["lignes"])
    assert [(t["marche_uid"], t["rang"], t["titulaire_id"]) for t in rows["titulaires"]] == [
        (names["2024V07"], 1, FIRST),
        (names["2024V05"], 1, FIRST),
        (names["2024V05"], 2, SECOND),
    ]


def test_buyers_are_known_by_their_siren(tables: Callable[..., dict[str, list[Any]]]) -> None:
    buyers = [VILLE, "212102313", "21210231300999", METROPOLE]
    rows = tables(
        {
            "a.json": [flat(Contract(f"V{n}", buyer=b)) for n, b in enumerate(buyers)],
            "b.json": regulatory(
                [], [concession("C1"), concession("C2", autoriteConcedante={"id": METROPOLE})]
            ),
        }
    )
    assert [(m["id"], m["acheteur"]) for m in rows["marches"]] == [
        ("V0", "ville"),
        ("V1", "ville"),
        ("V2", "ville"),
        ("V3", "metropole"),
    ]
    assert [(c["id"], c["acheteur"]) for c in rows["concessions"]] == [
        ("C1", "ville"),
        ("C2", "metropole"),
    ]
    assert all("concession_uid" in c and "marche_uid" not in c for c in rows["concessions"])


@pytest.mark.parametrize("number, valid", [
    ("49047296600012", True),
    ("21210231300013", True),
    ("24210041000016", True),
    ("49047296600013", False),
    ("49047296600021", False),
    ("4904729660001", False),
    ("490472966000122", False),
    ("490472966", False),
    ("4904729660001X", False),
    ("FR40303265045", False),
    ("00000000000000", True),
    ("", False),
    (None, False),
    ("35600000000048", True),  # La Poste: Luhn
    ("35600000049837", True),  # La Poste: digits that sum to a multiple of five
    ("35600000049838", False),
])  # fmt: skip
def test_valid_siret(number: str | None, valid: bool) -> None:
    assert marches.valid_siret(Titulaire(number, "SIRET")) is valid


@given(st.integers(0, 10**8 - 1), st.integers(0, 10**4 - 1), st.integers(0, 13), st.integers(1, 9))
def test_a_wrong_digit_is_seen(root: int, nic: int, place: int, shift: int) -> None:
    good = siret(root, nic)
    assert marches.valid_siret(Titulaire(good, "SIRET"))
    wrong = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    assert not siret_is_valid(wrong)
    if not good.startswith("356000000") and not wrong.startswith("356000000"):
        assert not marches.valid_siret(Titulaire(wrong, "SIRET"))


def test_holders_with_a_valid_siret_are_counted(
    tables: Callable[..., dict[str, list[Any]]],
) -> None:
    mixed = (A, ("49047296600013", "SIRET"), ("FR40303265045", "TVA"))
    rows = tables({"a.json": regulatory([nested(replace(SINGLE, holders=mixed))])})
    assert (rows["marches"][0]["nb_titulaires"], rows["marches"][0]["nb_titulaires_siret"]) == (
        3,
        1,
    )
    assert [t["siret_valide"] for t in rows["titulaires"]] == [True, False, False]


def test_nobody_elses_contract_gets_here(read: Read) -> None:
    assert read({"a.json": [flat(replace(SINGLE, buyer=ETRANGER))]}).lignes == []
