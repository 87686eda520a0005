"""Every form gives the same contracts back, and loses nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
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
    rows_of,
    siret,
)
from test_sources import contracts
from written import FORMS, MAPPING, consolidated_rows, export_rows, flat_rows, parquet, text, xml
from written import workbook as xlsx

from spaser import quality
from spaser.contracts.marches import Marche, assemble, distinct
from spaser.errors import UserError
from spaser.settings.params import Params
from spaser.sources import decp_mapped, values
from spaser.sources.lecture import AUTRE_ACHETEUR, AUTRE_ANNEE, Count, Lecture

Read = Callable[..., Lecture]
ONE = Contract("2024V01", social=("Clause sociale",))


@pytest.fixture(scope="module")
def mapped(params: Params, tmp_path_factory: pytest.TempPathFactory) -> Params:
    """The parameters of 2024, with a mapping of columns."""
    folder = tmp_path_factory.mktemp("params")
    (folder / "colonnes.yml").write_text(MAPPING, encoding="utf-8")
    return params.model_copy(update={"folder": folder})


def assembled(lecture: Lecture) -> list[Marche]:
    assert [f.erreur for f in lecture.fichiers] == [""] * len(lecture.fichiers)
    kept, _ = distinct(lecture.lignes)
    return assemble(kept)[0]


def content(marche: Marche) -> dict[str, Any]:
    """A contract as it was understood, whatever the form."""
    return {
        **marche.valeurs,
        "titulaires": sorted(marche.titulaires, key=str),
        "modifications": [(m["date_notification"], m["montant"]) for m in marche.modifications],
    }


def unique(written: Sequence[Contract]) -> list[Contract]:
    """Contracts that no truncated id confuses."""
    return [dataclasses.replace(c, id=f"{n}-{c.id}") for n, c in enumerate(written)]


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(contracts, min_size=1, max_size=4).map(unique))
@pytest.mark.parametrize("form", FORMS)
def test_contracts_written_in_a_form_are_read_back(
    read: Read, mapped: Params, form: str, written: list[Contract]
) -> None:
    expected = assembled(read({"a": regulatory([nested(c) for c in written])}))
    assembly = assembled(read({"a": FORMS[form](written)}, mapped))
    by_id = {m.valeurs["id"]: content(m) for m in assembly}
    assert len(assembly) == len(by_id) == len(written)
    for contract in expected:
        assert by_id[contract.valeurs["id"]] == content(contract)


@pytest.mark.slow
@settings(max_examples=10)
@given(st.lists(contracts, min_size=1, max_size=3).map(unique), st.data())
@pytest.mark.parametrize("form", FORMS)
def test_rows_and_cents_are_all_accounted_for(
    read: Read, mapped: Params, form: str, written: list[Contract], data: st.DataObject
) -> None:
    spread = [
        dataclasses.replace(
            c,
            buyer=data.draw(st.sampled_from([VILLE, METROPOLE, ETRANGER, "MQ"])),
            notified=c.notified.replace(
                year=data.draw(st.sampled_from([2023, 2024])), day=min(c.notified.day, 28)
            ),
            modifications=(),
        )
        for c in written
    ]
    lecture = read({"a": FORMS[form](spread)}, mapped)
    rows = len(consolidated_rows(spread)) if "consolidated" in form else len(spread)
    kept = sum((x.montant or Decimal(0) for x in lecture.lignes), Decimal(0))
    aside = sum((c.montant for c in lecture.hors_perimetre.values()), Decimal(0))
    away = sum(c.lignes for c in lecture.hors_perimetre.values())
    assert lecture.lues["marches"] == Count(len(lecture.lignes) + away, kept + aside)
    assert lecture.lues["marches"].lignes == rows == lecture.fichiers[0].lignes
    elsewhere = [c for c in spread if c.buyer == ETRANGER]
    counted = lecture.hors_perimetre.get(("marches", AUTRE_ACHETEUR), Count(0, Decimal(0)))
    if "consolidated" not in form:
        assert counted == Count(len(elsewhere), sum((c.montant for c in elsewhere), Decimal(0)))


def test_the_same_contract_in_every_form_is_counted_once(read: Read, mapped: Params) -> None:
    files = {form.replace(" ", "_"): write([ONE]) for form, write in FORMS.items()}
    lecture = read(files | {"z": regulatory([nested(ONE)])}, mapped)
    kept, again = distinct(lecture.lignes)
    marches, republished = assemble(kept)
    assert len(marches) == 1
    assert len(again) + len(republished) == len(FORMS)


def test_the_consolidated_table_rewrites_ids(read: Read) -> None:
    here, there = (dataclasses.replace(ONE, id=i) for i in ("2024/V 1.2", "2024_V_1_2"))
    files = {"a": regulatory([nested(here)]), "b": text(consolidated_rows([there]))}
    marches, again = assemble(read(files).lignes)
    assert len(marches) == 1
    assert len(again) == 1


@pytest.mark.slow
def test_the_gate_accounts_for_every_form_at_once(read: Read, mapped: Params, root: Path) -> None:
    def some(tag: str) -> list[Contract]:
        one = dataclasses.replace(ONE, holders=TWO, groupement="Conjoint")
        return [
            dataclasses.replace(one, id=f"{tag}-1", objet=f"Lot {tag}"),
            dataclasses.replace(one, id=f"{tag}-2", buyer=ETRANGER, montant=Decimal("0.10")),
            dataclasses.replace(one, id=f"{tag}-3", notified=dt.date(2023, 5, 6)),
            dataclasses.replace(one, id=f"{tag}-4", montant=Decimal("0.05")),  # quarantined
        ]

    files = {f"{n}": write(some(form)) for n, (form, write) in enumerate(FORMS.items())}
    files["again"] = files["0"]
    passed = quality.pass_gate(read(files, mapped), mapped, root / "expectations")
    [bilan] = [b for b in passed.bilans if b.table == "marches"]
    bilan.check()
    twice = sum("consolidated" in form for form in FORMS)  # a row for each holder
    rows = len(FORMS) + twice
    assert [
        p.lignes
        for p in (bilan.retenues, bilan.autre_acheteur, bilan.autre_annee, bilan.quarantaine)
    ] == [rows, rows + 1, rows + 1, rows]
    assert bilan.doublons.lignes == 2
    assert bilan.lues.lignes == 4 * rows + 4
    assert bilan.autre_acheteur.montant == Decimal("0.10") * (rows + 1)
    assert len(passed.marches) == len(FORMS)


# --- Joint contracts and states ------------------------------------------------------------

TWO = (("49047296600012", "SIRET"), ("FR12345678901", "TVA"))


def test_holders_of_every_kind_are_kept(read: Read, mapped: Params) -> None:
    three = (*TWO, ("1234567", "RIDET"))
    one = dataclasses.replace(ONE, holders=three, groupement="Conjoint")
    for form, write in FORMS.items():
        [marche] = assembled(read({"a": write([one])}, mapped))
        assert marche.titulaires == three, form


def test_a_joint_contract_on_two_rows_is_one_contract(read: Read, mapped: Params) -> None:
    halves = [dataclasses.replace(ONE, holders=(h,), groupement="Conjoint") for h in TWO]
    for rows in (text(flat_rows(halves)), xlsx(export_rows(halves, typed=True))):
        [marche] = assembled(read({"a": rows}, mapped))
        assert marche.titulaires == TWO
    alone = [dataclasses.replace(h, groupement="Pas de groupement") for h in halves]
    assert len(assembled(read({"a": text(flat_rows(alone))}))) == 2


STATES = dataclasses.replace(
    ONE,
    holders=TWO,
    modifications=(
        ("1", dt.date(2024, 9, 1), Decimal("60000.00")),
        ("2", dt.date(2025, 1, 5), Decimal("61000.10")),
    ),
)


@pytest.mark.parametrize("form", ["consolidated CSV", "consolidated Parquet"])
def test_states_of_a_contract_are_its_modifications(read: Read, form: str) -> None:
    lecture = read({"a": FORMS[form]([STATES])})
    [marche] = assembled(lecture)
    assert len(marche.lignes) == 6
    assert marche.titulaires == TWO
    assert marche.valeurs["montant"] == Decimal("50000.00")
    assert [(m["id"], m["date_notification"], m["montant"]) for m in marche.modifications] == [
        ("1", dt.date(2024, 9, 1), Decimal("60000.00")),
        ("2", dt.date(2025, 1, 5), Decimal("61000.10")),
    ]
    assert lecture.lues["marches"] == Count(6, 2 * Decimal("171000.10"))


@pytest.mark.parametrize(("written", "kind"), [
    ("Siret", "SIRET"), ("siret", "SIRET"), ("HORS_UE", "HORS-UE"), ("HORS UE", "HORS-UE"),
])  # fmt: skip
def test_types_of_identifiers_have_one_spelling(read: Read, written: str, kind: str) -> None:
    [row] = consolidated_rows([ONE])
    [ligne] = read({"a": text([row | {"titulaire_typeIdentifiant": written}])}).lignes
    assert [t.type for t in ligne.titulaires] == [kind]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_national_table_without_ranks_and_with_odd_amounts(read: Read, form: str) -> None:
    """Rows as the national table has them: no rank, no flag, no date, an amount below zero."""
    [row] = consolidated_rows([ONE])
    bare = {"modification_id": None, "donneesActuelles": None, "montant_anomalie": None}
    others = [
        row | bare | {"uid": "u2", "id": "B"},
        row | bare | {"uid": "u3", "id": "C", "datenotification": None},
        row | bare | {"uid": "u4", "id": "D", "montant": "-500"},
        row | bare | {"uid": "u5", "id": "E", "acheteur_id": ETRANGER},
    ]
    types = {"montant": "DOUBLE", "modification_id": "INTEGER", "donneesActuelles": "BOOLEAN"}
    types |= {"datenotification": "DATE", "datepublicationdonnees": "DATE"}
    lecture = read({"a": text(others) if form == "csv" else parquet(others, types)})
    assert [x.valeurs["id"] for x in lecture.lignes] == ["B", "C", "D"]
    assert all(len(x.titulaires) == 1 and not x.modifications for x in lecture.lignes)
    assert lecture.lues["marches"] == Count(4, 3 * ONE.montant - 500)
    assert lecture.hors_perimetre["marches", AUTRE_ACHETEUR] == Count(1, ONE.montant)


def test_a_truncated_id_covers_several_contracts(read: Read) -> None:
    a = dataclasses.replace(ONE, objet="Lot 1", montant=Decimal(10000))
    b = dataclasses.replace(ONE, objet="Lot 2", montant=Decimal(20000))
    c = dataclasses.replace(ONE, objet="Lot 2", montant=Decimal(30000), holders=TWO[1:])
    rows = [dict(r) for r in consolidated_rows([a, b, c])]
    assembly = assembled(read({"a": text(rows)}))
    assert sorted(m.valeurs["montant"] for m in assembly) == [10000, 20000, 30000]
    changed = dict(rows[2]) | {"modification_id": 1, "montant": 35000.0}
    assembly = assembled(read({"a": text([*rows, changed])}))
    assert [m["montant"] for x in assembly for m in x.modifications] == [35000]
    unsure = changed | {"titulaire_id": "99999999999999"}
    assembly = assembled(read({"a": text([*rows, unsure])}))
    assert len(assembly) == 3
    assert not any(x.modifications for x in assembly)


def test_a_later_state_alone_says_nothing_of_the_first(read: Read) -> None:
    rows = [r for r in consolidated_rows([STATES]) if r["modification_id"] == 2]
    lignes = read({"a": text(rows)}).lignes
    assert [x.valeurs["date_notification"] for x in lignes] == [None, None]
    assert "données initiales absentes" in lignes[0].textes["date_notification"]


# --- Subcontracting, concessions, 2019 -----------------------------------------------------

ACT = {
    "id": 1,
    "sousTraitant": {"id": "38284319100034", "typeIdentifiant": "SIRET"},
    "dureeMois": 5,
    "dateNotification": "2024-09-02",
    "montant": Decimal("13813.68"),
}
FLAT_ACT = {
    "idactesoustraitance": "1",
    "idsoustraitant": "38284319100034",
    "typeidentifiantsoustraitant": "SIRET",
    "dureemoisactesoustraitance": "5",
    "datenotificationactesoustraitance": "2024-09-02",
    "montantactesoustraitance": "13813.68",
}


def test_acts_of_subcontracting(read: Read) -> None:
    item = nested(ONE, actesSousTraitance=[{"acteSousTraitance": ACT}])
    expected = {
        "id": "1",
        "sous_traitant_id": "38284319100034",
        "type_identifiant": "SIRET",
        "montant": Decimal("13813.68"),
        "date_notification": dt.date(2024, 9, 2),
        "duree_mois": 5,
    }
    for content in (regulatory([item]), [flat(ONE, **FLAT_ACT)], text([flat(ONE, **FLAT_ACT)])):
        [marche] = assembled(read({"a": content}))
        assert [dict(a) for a in marche.sous_traitances] == [expected]
    assert assembled(read({"a": [flat(ONE)]}))[0].sous_traitances == ()


FLAT_CONCESSION = {
    "autoriteConcedante.id": VILLE,
    "id": "C1",
    "nature": "Concession de service",
    "objet": "Concession C1",
    "procedure": "Procédure négociée ouverte",
    "dureeMois": 24,
    "dateSignature": "2024-04-02",
    "datePublicationDonnees": "2024-04-12",
    "dateDebutExecution": "2024-05-01",
    "valeurGlobale": 9000.0,
    "montantSubventionPublique": 0,
    "concessionnaire_id_1": "49047296600012",
    "concessionnaire_typeIdentifiant_1": "SIRET",
    "valeurGlobaleModification": 9500.5,
    "dateSignatureModificationModification": "2024-06-01",
}


def test_concessions_in_every_form_that_has_them(read: Read) -> None:
    change = {
        "id": 1,
        "dateSignatureModification": "2024-06-01",
        "valeurGlobale": Decimal("9500.5"),
    }
    item = concession("C1", modifications=[{"modification": change}])
    lower = {k.lower().replace(".", "_"): v for k, v in FLAT_CONCESSION.items()}
    [expected] = read({"a": regulatory([], [item])}).lignes
    for content in (
        [lower],
        text([FLAT_CONCESSION], ","),
        xlsx([FLAT_CONCESSION]),
        parquet([lower], {"valeurglobale": "DOUBLE"}),
    ):
        [lignes] = read({"a": content}).lignes
        assert lignes.table == "concessions"
        assert (lignes.valeurs, lignes.titulaires) == (expected.valeurs, expected.titulaires)
        assert lignes.modifications[0]["montant"] == Decimal("9500.50")


def test_2019_xml_has_no_considerations_and_that_is_unknown(read: Read) -> None:
    item = (
        "<marche><id>2019X</id><acheteur><id>21210231300013</id><nom>VALON</nom></acheteur>"
        "<nature>Marché</nature><objet>Travaux</objet><codeCPV>45000000</codeCPV>"
        "<procedure>Procédure adaptée</procedure><dureeMois>3</dureeMois>"
        "<dateNotification>2024-02-01</dateNotification><montant>1500.5</montant>"
        "<formePrix>Ferme</formePrix><titulaires><titulaire><typeIdentifiant>SIRET"
        "</typeIdentifiant><id>49047296600012</id><denominationSociale>X</denominationSociale>"
        "</titulaire></titulaires></marche>"
    )
    lecture = read({"a": f"<?xml version='1.0'?><marches>{item}</marches>"})
    assert lecture.fichiers[0].forme == "DECP 2019, XML"
    [ligne] = lecture.lignes
    assert ligne.valeurs["considerations_sociales"] is None
    assert ligne.ecarts == ()
    assert ligne.valeurs["montant"] == Decimal("1500.50")


CONCESSION_2019 = (
    "<contrat-concession><id>2019C</id><autoriteConcedante><id>21210231300013</id><nom>D</nom>"
    "</autoriteConcedante><nature>Concession de service</nature><objet>Fourrière</objet>"
    "<dureeMois>60</dureeMois><dateSignature>2024-02-01</dateSignature>"
    "<dateDebutExecution>2024-03-01</dateDebutExecution><valeurGlobale>900000.5</valeurGlobale>"
    "<donneesExecution/><concessionnaires><concessionnaire><typeIdentifiant>SIRET"
    "</typeIdentifiant><id>49047296600012</id><denominationSociale>X</denominationSociale>"
    "</concessionnaire></concessionnaires><modifications><modification><objetModification>Durée"
    "</objetModification><dateSignatureModification>2024-07-01</dateSignatureModification>"
    "<valeurGlobale>950000</valeurGlobale></modification></modifications></contrat-concession>"
)


@pytest.mark.parametrize("wrapped", ["<marches>{}</marches>", "{}"], ids=["list", "alone"])
def test_a_2019_concession_in_a_list_or_alone(read: Read, wrapped: str) -> None:
    lecture = read({"a": "<?xml version='1.0'?>" + wrapped.format(CONCESSION_2019)})
    assert lecture.fichiers[0].forme == "DECP 2019, XML"
    [ligne] = lecture.lignes
    assert (ligne.table, ligne.rang, ligne.ecarts) == ("concessions", 1, ())
    assert ligne.valeurs["date_debut"] == dt.date(2024, 3, 1)
    assert [m["montant"] for m in ligne.modifications] == [Decimal(950000)]
    assert lecture.lues == {"concessions": Count(1, Decimal("900000.50"))}


def test_dotted_keys_and_lists_of_lists_of_2019(read: Read) -> None:
    holder = {"id": "1", "typeIdentifiant": "TVA"}
    item = nested(ONE) | {"acheteur.id": VILLE, "titulaires": [[[holder]]]}
    del item["acheteur"]
    [ligne] = read({"a": {"marches": [item]}}).lignes
    assert ligne.valeurs["acheteur_id"] == VILLE
    assert ligne.titulaires == (("1", "TVA"),)


# --- Hostile XML, lost digits, unknown tables ----------------------------------------------

BOMB = (
    '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<marches><marche><id>&b;</id></marche></marches>"
)
OUTSIDE = (
    '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<marches><marche><id>&x;</id></marche></marches>"
)


@pytest.mark.parametrize("content, message", [
    (BOMB, "DOCTYPE"), (OUTSIDE, "DOCTYPE"),
    ("<html><body/></html>", "page HTML"),
    ("<marches></marches>", "aucun enregistrement"),
    (xml([ONE])[:-12], "XML valide"),
    ("a;b\n1;2\n", "colonnes : « a », « b »"),
    (text([flat(ONE, titulaire_id_1="2,1E+13")]), r"cellule [A-Z]+2 : l'identifiant « 2,1E\+13 »"),
    (text([flat(ONE, acheteur_id="2.12102E+13")]), r"cellule B2 : .*2\.12102E\+13.*texte"),
    (text([flat(ONE, idsoustraitant="2E13")]), r"cellule [A-Z]+2 : l'identifiant « 2E13 »"),
    (xlsx([flat(ONE, acheteur_id=21210200000000)]), "cellule B2 : .*21210200000000"),
    ([flat(ONE, acheteur_id="2,1E+13")], "enregistrement 1, champ acheteur_id"),
])  # fmt: skip
def test_what_cannot_be_read_is_said(read: Read, content: Any, message: str) -> None:
    lecture = read({"a": content})
    assert lecture.lignes == []
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(lecture.fichiers[0].erreur)


def test_national_rows_of_others_are_not_judged(read: Read) -> None:
    others = [flat(ONE, acheteur_id=ETRANGER, titulaire_id_1="2,1E+13", montant=m) for m in
              ("1 000,50", "0.1", None, "beaucoup", "1.234")]  # fmt: skip
    rows = [*others, flat(ONE, montant="12.30")]
    for content in (text(rows), parquet(rows), xlsx(rows)):
        lecture = read({"a": content})
        assert lecture.hors_perimetre == {("marches", AUTRE_ACHETEUR): Count(5, Decimal("1000.60"))}
        assert len(lecture.lignes) == 1
        assert lecture.lues["marches"].lignes == 6
        assert lecture.acheteurs_lus == {ETRANGER[:9]: 5, VILLE[:9]: 1}


TYPED = {"acheteur_id": "BIGINT", "montant": "DOUBLE"}
FLOATS = {"acheteur_id": "DOUBLE", "montant": "DOUBLE"}
NUMBERED: dict[str, Callable[[Sequence[Contract]], bytes]] = {
    "flat Parquet of numbers": lambda c: parquet(flat_rows(c), TYPED),
    "flat Parquet of floats": lambda c: parquet(flat_rows(c), FLOATS),
    "consolidated Parquet of numbers": lambda c: parquet(consolidated_rows(c), TYPED),
    "flat JSON": lambda c: json.dumps({"records": flat_rows(c)}, default=float).encode(),
    "nested JSON": lambda c: json.dumps(regulatory([nested(x) for x in c]), default=float).encode(),
}


@pytest.mark.slow
@pytest.mark.parametrize("lost", [1, 3])
@pytest.mark.parametrize("form", [*FORMS, *NUMBERED])
def test_a_buyer_that_lost_its_first_zeros_is_ours_in_every_form(
    read: Read, mapped: Params, form: str, lost: int
) -> None:
    whole = siret(int("1234567"[: 8 - lost]), 12)
    assert whole.startswith("0" * lost)
    mine = only(mapped, whole[:9])
    write = (FORMS | NUMBERED)[form]
    content = write([dataclasses.replace(ONE, buyer=whole.lstrip("0")), ONE])
    lecture = read({"a": content}, mine)
    assert {x.valeurs["acheteur_id"] for x in lecture.lignes} == {whole}
    assert lecture.hors_perimetre["marches", AUTRE_ACHETEUR].lignes == 1
    assert {a.motif for x in lecture.lignes for a in x.anomalies} >= {values.ZERO_RENDU}


def test_rows_keep_the_number_a_spreadsheet_shows(read: Read, mapped: Params) -> None:
    rows = export_rows([ONE, dataclasses.replace(ONE, id="V2")], typed=True)
    assert [x.rang for x in read({"a": xlsx(rows, above=3)}, mapped).lignes] == [5, 6]
    assert [x.rang for x in read({"a": parquet(flat_rows([ONE]))}).lignes] == [2]


@pytest.mark.parametrize("change, message", [
    (("montant: Montant HT (€)\n", "montnat: Montant HT (€)\n"), "montnat"),
    (("      montant: Montant HT (€)\n", ""), "« montant » manque"),
    (("ccag: Travaux", "montant: '3'"), "par une colonne et par une valeur"),
    (("listes:", "liste:"), "listes"),
])  # fmt: skip
def test_a_mapping_that_is_wrong_is_said(
    params: Params, tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    (tmp_path / "colonnes.yml").write_text(MAPPING.replace(*change, 1), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        decp_mapped.load(tmp_path)
    assert message in str(caught.value)
    assert "colonnes.yml" in str(caught.value)


def test_a_table_that_lacks_one_mapped_column_is_refused(read: Read, mapped: Params) -> None:
    rows = [{k: v for k, v in r.items() if k != "CPV"} for r in export_rows([ONE], typed=True)]
    error = read({"a": xlsx(rows)}, mapped).fichiers[0].erreur
    assert "« CPV »" in error
    assert "Profil d'acheteur" in error
    assert "colonnes.yml" in error


def test_labels_of_an_export_are_translated(read: Read, params: Params, tmp_path: Path) -> None:
    (tmp_path / "colonnes.yml").write_text(
        f"""
exports:
  - nom: Comptabilité
    colonnes: {{id: Marché, montant: HT, date_notification: Date, considerations_sociales: Social}}
    valeurs: {{acheteur_id: "{VILLE}"}}
    libelles: {{considerations_sociales: {{O: Clause sociale, N: Pas de considération sociale}}}}
    titulaires: [{{id: Fournisseur}}]
""",
        encoding="utf-8",
    )
    content = (
        "Marché|HT|Date|Social|Fournisseur\n"
        "A|14 700,00|03/01/2024|o|490 472 966 00012\n"
        "B|1|04/01/2024||\n"
    )
    a, b = read(
        {"a": content.encode("cp1252")}, params.model_copy(update={"folder": tmp_path})
    ).lignes
    assert a.valeurs["considerations_sociales"] == ("Clause sociale",)
    assert a.valeurs["montant"] == Decimal("14700.00")
    assert a.valeurs["acheteur_id"] == VILLE
    assert a.titulaires == (("49047296600012", "SIRET"),)
    assert b.valeurs["considerations_sociales"] is None
    assert b.titulaires == ()


# --- The official schema -------------------------------------------------------------------


@pytest.mark.parametrize("changes, gaps", [
    ({"offresRecues": 0}, {("offresRecues", "valeur trop petite")}),
    ({"offresRecues": "3"}, {("offresRecues", "type inattendu")}),
    ({"nature": "Marche"}, {("nature", "valeur hors de la liste officielle")}),
    ({"montant": None}, {("montant", "champ obligatoire absent")}),
    ({"inconnu": 1}, {("marche", "champ inconnu du schéma")}),
    ({}, set()),
])  # fmt: skip
def test_gaps_to_the_json_schema_are_listed_and_the_record_read(
    read: Read, changes: dict[str, Any], gaps: set[tuple[str, str]]
) -> None:
    base = nested(ONE, offresRecues=3, environment=None)
    item = {k: v for k, v in (base | changes).items() if v is not None and k != "modifications"}
    item.pop("environment", None)
    [ligne] = read({"a": regulatory([item])}).lignes
    assert set(ligne.ecarts) == gaps


def test_gaps_become_warnings_with_their_rows(gate: Callable[..., Any]) -> None:
    items = [nested(ONE, objet=f"n° {n}", offresRecues=v) for n, v in enumerate((0, 1, 0))]
    passed = gate({"a": regulatory(items)})
    [rule] = [r for r in passed.regles if r.id == "SCH-marches-offresRecues"]
    assert rule.severite == "warning"
    assert len(rule.cles) == 2
    assert len(passed.marches) == 3


def only(params: Params, siren: str) -> Params:
    """The parameters with one buyer."""
    buyer = params.scheme.acheteurs[0].model_copy(update={"siren": siren})
    scheme = params.scheme.model_copy(update={"acheteurs": (buyer,), "ensemble": buyer})
    return params.model_copy(update={"scheme": scheme})


@pytest.mark.slow
@pytest.mark.parametrize("name, siren", [
    ("xml__Marche.xml", "217500016"),
    ("xml__Contrat-concession.xml", "123456789"),
    ("xml__Contrat-concession-modification.xml", "123456789"),
])  # fmt: skip
def test_official_xml_examples_fit_the_schema(
    read: Read, real: Callable[[str], Path], params: Params, name: str, siren: str
) -> None:
    using, content = only(params, siren), real(f"data/examples/{name}").read_bytes()
    assert [x.ecarts for x in read({"a": content}, using).lignes] == [(), ()]
    spoilt = content.replace(b"<dateSignature>2", b"<dateSignature>x2", 1).replace(
        b"<codeCPV>", b"<codeCPV>x", 1
    )
    first, second = read({"a": spoilt}, using).lignes
    assert {e.contrainte for e in first.ecarts} <= {"type inattendu", "forme inattendue"}
    assert len(first.ecarts) == 1
    assert second.ecarts == ()


@pytest.mark.slow
def test_real_rows_read_the_same_from_every_table(
    read: Read, real: Callable[[str], Path], params: Params
) -> None:
    rows = rows_of(real("data/dijon/decp-2022-marches-valides.json"))
    expected = read({"a": {"records": rows}})
    assert len(expected.lignes) == 152
    assert expected.hors_perimetre[("marches", AUTRE_ANNEE)].lignes == 121
    for content in (text(rows, ";"), text(rows, ",", "utf-8-sig"), xlsx(rows), parquet(rows)):
        lecture = read({"a": content})
        for part in ("valeurs", "titulaires", "modifications", "sous_traitances"):
            assert [getattr(x, part) for x in lecture.lignes] == [
                getattr(x, part) for x in expected.lignes
            ]
        assert (lecture.lues, lecture.hors_perimetre) == (expected.lues, expected.hors_perimetre)
