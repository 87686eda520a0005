"""Files of every form become the same records: recognised by content, nothing dropped."""

from __future__ import annotations

import datetime as dt
import json
import string
from collections.abc import Callable
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
    objects_of,
    regulatory,
    rows_of,
)

from spaser import sources
from spaser.errors import UserError
from spaser.settings.params import Params
from spaser.sources import decp_flat, decp_nested_json
from spaser.sources import words as lists
from spaser.sources.lecture import AUTRE_ACHETEUR, AUTRE_ANNEE, Count, Lecture

Read = Callable[..., Lecture]

ONE = Contract("2024V01", social=("Clause sociale",), environment=("Critère environnemental",))
FLAT, NESTED, OLD = (decp_flat.NAME_JSON, decp_nested_json.NAME_2022, decp_nested_json.NAME_2019)
SHAPES: dict[str, tuple[Any, str]] = {
    "records": ({"source": "…", "records": [flat(ONE)]}, FLAT),
    "results": ({"total_count": 1, "results": [flat(ONE)]}, FLAT),
    "top level": ([flat(ONE)], FLAT),
    "nested": (regulatory([nested(ONE)]), NESTED),
    "nested, other key first": ({"version": {"a": [1]}} | regulatory([nested(ONE)]), NESTED),
    "2019": ({"marches": [nested(ONE)]}, OLD),
}


# --- Recognition ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["decp.json", "decp", "notes.csv", "a.xml", "un dossier/é à.PDF"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_form_is_known_by_its_content_not_its_name(read: Read, shape: str, name: str) -> None:
    content, form = SHAPES[shape]
    lecture = read({name: content})
    [fichier] = lecture.fichiers
    assert (fichier.nom, fichier.forme, fichier.lignes, fichier.erreur) == (name, form, 1, "")
    [ligne] = lecture.lignes
    assert (ligne.fichier, ligne.rang, ligne.table) == (name, 1, "marches")
    assert ligne.valeurs["id"] == "2024V01"
    assert ligne.valeurs["montant"] == Decimal("50000.00")
    assert ligne.tabulaire == (form == FLAT)


@pytest.mark.parametrize("name", ["export.txt", "export.md"])
def test_a_name_of_notes_does_not_hide_data(read: Read, name: str) -> None:
    for beside in ({}, {"z.json": regulatory([nested(ONE, id="2024V02")])}):
        lecture = read({name: [flat(ONE)], **beside})
        assert lecture.fichiers[0].lignes == 1
        assert not lecture.fichiers[0].ignore


@pytest.mark.parametrize("shape", SHAPES)
def test_a_byte_order_mark_changes_nothing(read: Read, shape: str) -> None:
    content = json.dumps(SHAPES[shape][0], default=float, ensure_ascii=False)
    plain, marked = read({"a": content}), read({"a": b"\xef\xbb\xbf" + content.encode()})
    assert marked.lignes == plain.lignes
    assert len(plain.lignes) == 1


@pytest.mark.parametrize("rename", [
    str.upper, str.title, lambda k: k.swapcase(),
    lambda k: "".join(c.upper() if i % 2 else c for i, c in enumerate(k)),
], ids=["upper", "title", "swapped", "mixed"])  # fmt: skip
def test_columns_in_any_case(read: Read, rename: Callable[[str], str]) -> None:
    rows = [{rename(k): v for k, v in flat(ONE).items()}]
    assert read({"a": rows}).lignes[0].valeurs == read({"a": [flat(ONE)]}).lignes[0].valeurs


@pytest.mark.parametrize("content", [
    "", " ", "\x00", "id;objet;montant\n1;deux;3\n", "<marches><marche></marches>", "<autre/>",
    "%PDF-1.7",
    "{", "[", '{"records"', '{"records": ', "42", "null", '"texte"', "{}", '{"autre": []}',
    '{"data": {"records": [{"id": 1}]}}', '{"records": {}}', '{"marches": 3}',
    b"PK\x03\x04\x14\x00",
    "é".encode("utf-16"),
])  # fmt: skip
def test_what_is_not_data_is_said_and_stops_nothing_else(read: Read, content: Any) -> None:
    lecture = read({"a.json": [flat(ONE)], "b.json": content})
    good, bad = lecture.fichiers
    assert not good.erreur
    assert len(lecture.lignes) == 1
    assert bad.erreur
    assert not bad.ignore
    assert bad.lignes == 0
    assert lecture.lues == {"marches": Count(1, Decimal("50000.00"))}


@pytest.mark.parametrize(
    "empty", [[], {"records": []}, {"results": []}, {"marches": []}, regulatory(), {"marches": {}}]
)
def test_a_file_without_a_record_is_an_error_not_zero(read: Read, empty: Any) -> None:
    lecture = read({"a.json": empty})
    assert "aucun enregistrement" in lecture.fichiers[0].erreur
    assert lecture.lignes == []
    assert lecture.lues == {}


@settings(max_examples=40)
@given(st.data())
@pytest.mark.parametrize("shape", SHAPES)
def test_a_truncated_file_gives_no_record_at_all(
    read: Read, shape: str, data: st.DataObject
) -> None:
    whole = SHAPES[shape][0]
    if isinstance(whole, list):
        whole = whole * 2
    text = json.dumps(whole, default=float)
    cut = data.draw(st.integers(0, len(text) - 1))
    lecture = read({"a.json": text[:cut]})
    assert lecture.fichiers[0].erreur
    assert (lecture.lignes, lecture.lues, lecture.hors_perimetre) == ([], {}, {})


def test_a_file_broken_after_its_records_gives_none(read: Read) -> None:
    for tail in ("}", "x", '{"records": []}'):
        lecture = read({"a.json": json.dumps({"records": [flat(ONE)]}, default=float) + tail})
        assert lecture.fichiers[0].erreur
        assert lecture.lignes == []


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_in_another_encoding_loses_no_letter(read: Read, shape: str, encoding: str) -> None:
    whole = json.dumps(SHAPES[shape][0], default=float, ensure_ascii=False)
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    coded = (mark + whole.replace("…", "...")).encode(encoding)
    assert read({"a": coded}).lignes == read({"a": whole.replace("…", "...")}).lignes


def test_a_byte_that_is_lost_is_shown_as_such(read: Read) -> None:
    text = json.dumps(
        [flat(ONE, objet="Réfection, été, à Noël")], default=float, ensure_ascii=False
    )
    lecture = read({"a": text.encode().replace("Réf".encode(), b"R\xe9f", 1)})
    assert lecture.lignes[0].valeurs["objet"] == "R\ufffdfection, été, à Noël"


# --- The folder ----------------------------------------------------------------------------


def test_hidden_and_lock_files_do_not_count(read: Read) -> None:
    lecture = read(
        {
            "a.json": [flat(ONE)],
            ".DS_Store": "x",
            ".cache/b.json": [flat(ONE)],
            "~$c.xlsx": "x",
            "sous/.d.json": "x",
        }
    )
    listed = {f.nom: f.pourquoi for f in lecture.fichiers}
    assert listed == {
        ".DS_Store": "nom caché",
        ".cache": "nom caché",
        "a.json": "",
        "sous/.d.json": "nom caché",
        "~$c.xlsx": "verrou d'un classeur ouvert",
    }
    assert [f.nom for f in lecture.fichiers if not f.ignore] == ["a.json"]


def test_notes_beside_the_data_are_listed_and_left(read: Read) -> None:
    lecture = read({"a.json": [flat(ONE)], "LISEZMOI.md": "# Notes", "source.txt": "un lien"})
    notes = [f for f in lecture.fichiers if f.ignore]
    assert [f.nom for f in notes] == ["LISEZMOI.md", "source.txt"]
    assert not any(f.erreur for f in lecture.fichiers)


@pytest.mark.parametrize("files", [{}, {".cache": "x"}, {"LISEZMOI.md": "x", "a.txt": "y"}])
def test_a_folder_without_data_is_refused(read: Read, files: dict[str, str]) -> None:
    with pytest.raises(UserError) as caught:
        read(files)
    assert "vide" in caught.value.quoi
    assert caught.value.lieu
    assert "déposer" in caught.value.remede


def test_an_absent_folder_is_refused(tmp_path: Path, params: Params) -> None:
    with pytest.raises(UserError) as caught:
        sources.read_folder(tmp_path / "absent", params)
    assert str(tmp_path / "absent") in str(caught.value)
    assert caught.value.remede


def test_only_the_mark_says_demonstration(read: Read) -> None:
    assert not read({"a.json": [flat(ONE)], "README.md": "Données de démonstration"}).demonstration
    assert not read({"a.json": [flat(ONE)], "sous/DEMONSTRATION.md": "x"}).demonstration
    assert read({"a.json": [flat(ONE)], "DEMONSTRATION.md": "x"}).demonstration


def test_a_file_is_known_by_its_digest_and_size(read: Read) -> None:
    lecture = read({"a.json": "[1]"})
    assert lecture.fichiers[0].octets == 3
    assert lecture.fichiers[0].sha256 == (  # printf '[1]' | sha256sum
        "080a9ed428559ef602668b4c00f114f1a11c3f6b02a435f0bdc154578e4d7f22"
    )


def test_progress_names_each_file(root: Path, params: Params, tmp_path: Path) -> None:
    for name in ("b.json", "a.json"):
        (tmp_path / name).write_text("[]")
    named: list[str] = []
    sources.read_folder(tmp_path, params, named.append)
    assert named == ["a.json", "b.json"]


# --- Scope ---------------------------------------------------------------------------------


@pytest.mark.parametrize("changes, reason", [
    ({"acheteur_id": ETRANGER}, AUTRE_ACHETEUR),
    ({"acheteur_id": ETRANGER[:9]}, AUTRE_ACHETEUR),
    ({"acheteur_id": "217 500 016 00019"}, AUTRE_ACHETEUR),
    ({"acheteur_id": ETRANGER, "montant": None, "datenotification": "hier"}, AUTRE_ACHETEUR),
    ({"acheteur_id": ETRANGER, "datenotification": "2023-05-06"}, AUTRE_ACHETEUR),
    ({"datenotification": "2023-12-31"}, AUTRE_ANNEE),
    ({"datenotification": "2025-01-01"}, AUTRE_ANNEE),
    ({"datenotification": "31/12/2010", "montant": "beaucoup"}, AUTRE_ANNEE),
    ({"datenotification": "2035-06-01"}, AUTRE_ANNEE),
    ({"datenotification": "2025-01-01", "acheteur_id": "MQ"}, AUTRE_ANNEE),
    ({"datenotification": "2025-01-01", "acheteur_id": "ville"}, AUTRE_ANNEE),
    ({}, None),
    ({"acheteur_id": METROPOLE}, None),
    ({"acheteur_id": "212 102 313 00013"}, None),
    ({"acheteur_id": "212102313"}, None),
    ({"datenotification": "2024-01-01"}, None),
    ({"datenotification": "2024-12-31T23:59:59"}, None),
    ({"acheteur_id": "MQ"}, None),  # unreadable: ours to explain
    ({"acheteur_id": ""}, None),
    ({"acheteur_id": "12"}, None),
    ({"datenotification": None}, None),
    ({"datenotification": "hier"}, None),
    ({"datenotification": "2009-12-31"}, None),  # of no plausible year
    ({"datenotification": "2205-01-01"}, None),
])  # fmt: skip
def test_scope_comes_first(read: Read, changes: dict[str, Any], reason: str | None) -> None:
    lecture = read({"a.json": [flat(ONE, **changes)]})
    assert len(lecture.lignes) == (reason is None)
    assert list(lecture.hors_perimetre) == ([("marches", reason)] if reason else [])
    assert sum(c.lignes for c in lecture.lues.values()) == 1


def test_what_is_out_of_scope_is_counted_in_rows_and_cents(read: Read) -> None:
    rows = [
        flat(ONE, acheteur_id=ETRANGER, montant="1 000,01"),
        flat(ONE, acheteur_id=ETRANGER, montant="CDL"),
        flat(ONE, datenotification="2023-01-01", montant=0.1),
        flat(ONE, montant="12,30"),
    ]
    lecture = read({"a.json": rows[:2], "b.json": rows[2:]})
    assert lecture.hors_perimetre == {
        ("marches", AUTRE_ACHETEUR): Count(2, Decimal("1000.01")),
        ("marches", AUTRE_ANNEE): Count(1, Decimal("0.10")),
    }
    assert lecture.lues == {"marches": Count(4, Decimal("1012.41"))}
    assert lecture.acheteurs_lus == {"217500016": 2, "212102313": 2}


# --- Fields --------------------------------------------------------------------------------


def test_a_flat_row_in_full(read: Read) -> None:
    row = flat(
        ONE,
        montant="14 700,50",
        offresrecues="INX 0",
        marcheinnovant="oui",
        tauxavance="0.05",
        techniques="Accord-cadre, Concours",
        objet="L&#39;&eacute;cole\nPasteur",
        origineue="0.3",
        titulaire_id_2="775 701 477",
        titulaire_typeidentifiant_2="SIREN",
        titulaire_id_3="MQ",
        titulaire_typeidentifiant_3="SIRET",
        idmodification="1",
        montantmodification="15000",
        dureemoismodification="14",
        datenotificationmodificationmodification="2024-09-01",
        datepublicationdonneesmodificationmodification="2024-09-02",
    )
    [ligne] = read({"a.json": [row]}).lignes
    expected = {
        "acheteur_id": VILLE,
        "id": "2024V01",
        "nature": "Marché",
        "objet": "L'école Pasteur",
        "code_cpv": "45261000-4",
        "procedure": "Procédure adaptée",
        "techniques": ("Accord-cadre", "Concours"),
        "modalites_execution": ("Sans objet",),
        "id_accord_cadre": None,
        "duree_mois": 12,
        "date_notification": dt.date(2024, 5, 6),
        "date_publication": dt.date(2024, 5, 20),
        "montant": Decimal("14700.50"),
        "forme_prix": "Forfaitaire",
        "types_prix": ("Définitif ferme",),
        "attribution_avance": False,
        "taux_avance": Decimal("0.05"),
        "offres_recues": None,
        "marche_innovant": True,
        "ccag": "Travaux",
        "sous_traitance_declaree": False,
        "type_groupement": "Pas de groupement",
        "lieu_code": "21000",
        "lieu_type": "Code postal",
        "considerations_sociales": ("Clause sociale",),
        "considerations_environnementales": ("Critère environnemental",),
        "origine_ue": Decimal("0.3"),
        "origine_france": None,
    }
    assert dict(ligne.valeurs) == expected
    assert ligne.titulaires == (("49047296600012", "SIRET"), ("775701477", "SIREN"))
    assert [dict(m) for m in ligne.modifications] == [
        {
            "id": "1",
            "date_notification": dt.date(2024, 9, 1),
            "montant": Decimal("15000.00"),
            "date_publication": dt.date(2024, 9, 2),
            "duree_mois": 14,
        }
    ]
    assert ("offres_recues", "INX 0", "sentinelle", "") in ligne.anomalies
    assert ligne.textes["montant"] == "14 700,50"


def test_a_2019_record_has_no_considerations_and_that_is_unknown(read: Read) -> None:
    record = {
        "id": "2024X",
        "acheteur": {"id": VILLE, "nom": "MAIRIE"},
        "_type": "Marché",
        "nature": "Marché",
        "objet": "Toiture",
        "codeCPV": "45261420",
        "montant": 93258.66,
        "dateNotification": "2024-03-01",
        "titulaires": [
            {"typeIdentifiant": "SIRET", "id": "39045988100038", "denominationSociale": "X"}
        ],
        "modifications": [],
    }
    other = {
        "_type": "contrat-concession",
        "id": "C1",
        "autoriteConcedante": {"id": VILLE},
        "dateSignature": "2024-03-02",
        "valeurGlobale": 10,
    }
    first, second = read({"a.json": {"marches": [record, other]}}).lignes
    assert first.valeurs["montant"] == Decimal("93258.66")
    assert first.valeurs["considerations_sociales"] is None
    assert first.valeurs["considerations_environnementales"] is None
    assert first.valeurs["offres_recues"] is None
    assert first.titulaires == (("39045988100038", "SIRET"),)
    assert (second.table, second.rang) == ("concessions", 2)
    assert second.valeurs["montant"] == Decimal("10.00")


@pytest.mark.parametrize("holders, titulaires", [
    ([{"titulaire": {"id": "1", "typeIdentifiant": "TVA"}}], (("1", "TVA"),)),
    ([{"id": "1", "typeIdentifiant": "TVA"}], (("1", "TVA"),)),
    ({"titulaire": [{"id": "1", "typeIdentifiant": "TVA"}]}, (("1", "TVA"),)),
    ({"titulaire": {"id": "1", "typeIdentifiant": "TVA"}}, (("1", "TVA"),)),
    ([{"titulaire": {"id": "1", "typeIdentifiant": "TVA"}}] * 2, (("1", "TVA"),)),
    ([{"titulaire": {"id": "1"}}, {"titulaire": {"id": "2"}}], (("1", None), ("2", None))),
    ([{"titulaire": {"id": "MQ", "typeIdentifiant": "SIRET"}}], ()),
    ([], ()),
    (None, ()),
    ([{}], ()),
    ([None], ()),
    ("non", ()),
    (5, ()),
    (True, ()),
    ([5], ()),
])  # fmt: skip
def test_holders_wrapped_or_bare(read: Read, holders: Any, titulaires: tuple[Any, ...]) -> None:
    [ligne] = read({"a.json": regulatory([nested(ONE) | {"titulaires": holders}])}).lignes
    assert ligne.titulaires == titulaires


@pytest.mark.parametrize("changes", [5, True, "non", [], {}, None, [5], [{}], [{"id": None}]])
def test_no_modification_whatever_stands_there(read: Read, changes: Any) -> None:
    [ligne] = read({"a.json": regulatory([nested(ONE) | {"modifications": changes}])}).lignes
    assert ligne.modifications == ()


def test_a_record_that_is_not_an_object_is_kept_for_the_gate(read: Read) -> None:
    rows: list[Any] = [None, 1, "x", [], {}]
    for content in ({"records": rows}, regulatory(rows)):
        lecture = read({"a.json": content})
        assert [x.rang for x in lecture.lignes] == [1, 2, 3, 4, 5]
        assert all(v is None for x in lecture.lignes for v in x.valeurs.values())


def test_marches_and_concessions_of_a_file_have_keys_of_their_own(read: Read) -> None:
    lecture = read({"a.json": regulatory([nested(ONE)] * 2, [concession("C1"), concession("C2")])})
    assert len({x.cle for x in lecture.lignes}) == 4


# --- The official examples -----------------------------------------------------------------

EXAMPLE_BUYERS = {"217500016": "ville", "123456789": "metropole"}


@pytest.fixture(scope="module")
def example(read: Read, real: Callable[[str], Path], params: Params) -> Callable[[str], Lecture]:
    """Read one official example as if its buyers were ours."""
    names = {code: siren for siren, code in EXAMPLE_BUYERS.items()}
    buyers = tuple(a.model_copy(update={"siren": names[a.code]}) for a in params.scheme.acheteurs)
    ours = params.model_copy(
        update={"scheme": params.scheme.model_copy(update={"acheteurs": buyers})}
    )

    def read_example(name: str, using: Params = ours) -> Lecture:
        return read({name: real(f"data/examples/json__{name}").read_bytes()}, using)

    return read_example


@pytest.mark.parametrize("name, read_as", [
    ("marches_avec_modifications.json", {"marches": Count(2, Decimal("1150000.00"))}),
    ("concessions.json", {"concessions": Count(2, Decimal("20.60"))}),
    ("concessions_avec_modifications.json", {"concessions": Count(2, Decimal("20.60"))}),
    ("marches_concessions.json",
     {"marches": Count(2, Decimal("1150000.00")), "concessions": Count(2, Decimal("20.60"))}),
])  # fmt: skip
def test_official_examples_are_read_whole(
    example: Callable[..., Lecture], params: Params, name: str, read_as: dict[str, Count]
) -> None:
    lecture = example(name)
    assert lecture.lues == read_as
    assert lecture.hors_perimetre == {}
    assert not lecture.fichiers[0].erreur
    assert lecture.fichiers[0].forme == NESTED
    assert not [a for x in lecture.lignes for a in x.anomalies]
    foreign = example(name, params)
    assert foreign.lignes == []
    assert foreign.hors_perimetre == {(t, AUTRE_ACHETEUR): c for t, c in read_as.items()}


def test_the_official_contract_field_by_field(example: Callable[..., Lecture]) -> None:
    first = next(x for x in example("marches_concessions.json").lignes if x.table == "marches")
    assert (first.table, first.rang) == ("marches", 1)
    assert dict(first.valeurs) == {
        "acheteur_id": "21750001630066",
        "id": "TEST2022",
        "nature": "Marché",
        "objet": "envoi pour Json test 1",
        "code_cpv": "45000000-7",
        "procedure": "Appel d'offres ouvert",
        "techniques": ("Accord-cadre", "Concours"),
        "modalites_execution": ("Tranches",),
        "id_accord_cadre": "1234567890",
        "duree_mois": 48,
        "date_notification": dt.date(2024, 5, 15),
        "date_publication": dt.date(2024, 5, 25),
        "montant": Decimal("575000.00"),
        "forme_prix": "Forfaitaire",
        "types_prix": ("Définitif ferme",),
        "attribution_avance": True,
        "taux_avance": 0,
        "offres_recues": 4,
        "marche_innovant": True,
        "ccag": "Travaux",
        "sous_traitance_declaree": True,
        "type_groupement": "Pas de groupement",
        "lieu_code": "75000",
        "lieu_type": "Code postal",
        "considerations_sociales": ("Clause sociale", "Critère social"),
        "considerations_environnementales": ("Clause environnementale",),
        "origine_ue": Decimal("0.1"),
        "origine_france": Decimal("0.1"),
    }
    assert first.titulaires == (("55204599900869", "SIRET"),)
    assert [dict(m) for m in first.modifications] == [
        {
            "id": "1",
            "date_notification": dt.date(2022, 10, 18),
            "duree_mois": 12,
            "date_publication": dt.date(2022, 10, 20),
            "montant": Decimal("123457.87"),
        }
    ]


def test_the_official_concession_field_by_field(example: Callable[..., Lecture]) -> None:
    first = next(x for x in example("marches_concessions.json").lignes if x.table == "concessions")
    assert dict(first.valeurs) == {
        "acheteur_id": "12345678901234",
        "id": "0612202306122024",
        "nature": "Concession de travaux",
        "objet": "Objet de la consultation 1",
        "procedure": "Procédure négociée ouverte",
        "duree_mois": 12,
        "date_notification": dt.date(2024, 4, 2),
        "date_publication": dt.date(2024, 4, 12),
        "date_debut": dt.date(2024, 4, 1),
        "montant": Decimal("10.30"),
        "subvention": Decimal("0.50"),
        "considerations_sociales": ("Clause sociale", "Critère social"),
        "considerations_environnementales": ("Clause environnementale", "Critère environnemental"),
    }
    assert first.titulaires == (("38103128500491", "SIRET"), ("38103128500574", "SIRET"))
    assert [dict(m) for m in first.modifications] == [
        {
            "id": "1",
            "date_notification": dt.date(2023, 4, 19),
            "duree_mois": 14,
            "date_publication": dt.date(2023, 4, 20),
            "montant": Decimal("25.00"),
        }
    ]


def test_every_field_of_the_dijon_rows(read: Read, real: Callable[[str], Path]) -> None:
    path = real("data/dijon/decp-2022-marches-valides.json")
    rows = [r for r in rows_of(path) if r["datenotification"].startswith("2024")]
    lignes = read({"decp.json": path.read_bytes()}).lignes
    assert len(lignes) == len(rows) == 152
    for row, ligne in zip(rows, lignes, strict=True):
        v = ligne.valeurs
        assert (v["id"], v["acheteur_id"]) == (row["id"], row["acheteur_id"])
        assert v["montant"] == Decimal(row["montant"]).quantize(Decimal("0.01"))
        assert v["date_notification"] == dt.date.fromisoformat(row["datenotification"])
        assert v["offres_recues"] == int(row["offresrecues"])
        assert v["attribution_avance"] is (row["attributionavance"] == "oui")
        assert set(v["considerations_sociales"]) == set(row["considerationssociales"].split(", "))
        assert {t.id for t in ligne.titulaires} == {row[f"titulaire_id_{n}"] for n in (1, 2, 3)} - {
            "CDL",
            "MQ",
        }


@pytest.mark.slow
def test_every_holder_and_change_of_the_dematis_files(
    read: Read, real: Callable[[str], Path], params: Params
) -> None:
    path = real("data/dematis/dematis17.json")
    items = objects_of(path, "marche")
    sirens = {i["acheteur"]["id"][:9] for i in items}
    ville, metropole = params.scheme.acheteurs[1], params.scheme.acheteurs[0]
    by_rank: dict[int, Any] = {}
    for siren in sirens:  # one buyer after the other, as if it were the Ville
        buyers = (metropole, ville.model_copy(update={"siren": siren}))
        scheme = params.scheme.model_copy(update={"acheteurs": buyers})
        wide = params.year.model_copy(
            update={
                "qualite": params.year.qualite.model_copy(
                    update={
                        "annee_plausible_min": 3000,
                        "annee_plausible_max": 3001,
                    }  # any year is ours
                )
            }
        )
        using = params.model_copy(update={"scheme": scheme, "year": wide})
        for ligne in read({"a.json": path.read_bytes()}, using).lignes:
            if ligne.table == "marches":
                by_rank[ligne.rang] = ligne
    assert len(by_rank) == len(items) == 158
    for rang, item in enumerate(items, start=1):
        ligne = by_rank[rang]
        assert [t.id for t in ligne.titulaires] == list(
            dict.fromkeys(h["titulaire"]["id"].replace(" ", "") for h in item["titulaires"])
        )
        changes = [m["modification"] for m in item.get("modifications") or ()]
        assert [m["montant"] for m in ligne.modifications] == [
            None if "montant" not in c else Decimal(c["montant"]).quantize(Decimal("0.01"))
            for c in changes
        ]


# --- Properties ----------------------------------------------------------------------------

words = st.text(string.ascii_letters + string.digits + "éèàçœ'’-/()<>=«»", min_size=1, max_size=12)
texts = (
    st.lists(words, min_size=1, max_size=5)
    .map(" ".join)
    .filter(
        lambda t: (
            t.upper() not in {"MQ", "CDL", "NC", "NA", "N/A"} and not t.upper().startswith("INX")
        )
    )
)
year_days = st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31))
euros = st.integers(1, 10**11).map(lambda n: Decimal(n).scaleb(-2))
subsets = st.sets(st.sampled_from(["Clause sociale", "Critère social", "Marché réservé"]))
contracts = st.builds(
    Contract,
    id=words.map(lambda w: "V" + w),
    buyer=st.sampled_from([VILLE, METROPOLE]),
    objet=texts,
    montant=euros,
    notified=year_days,
    published=st.none() | year_days,
    procedure=st.none() | st.sampled_from(lists.allowed("procedure")),
    duree=st.integers(0, 600),
    offers=st.none() | st.integers(0, 50),
    innovant=st.none() | st.booleans(),
    avance=st.none() | st.booleans(),
    social=subsets.map(lambda s: tuple(sorted(s)) or None),
    environment=st.sampled_from(
        [None, ("Clause environnementale",), ("Pas de considération environnementale",)]
    ),
    techniques=st.sampled_from([("Accord-cadre",), ("Concours", "Accord-cadre"), ("Sans objet",)]),
    groupement=st.sampled_from(["Pas de groupement", "Conjoint", "Solidaire"]),
    holders=st.lists(
        st.tuples(st.from_regex(r"[0-9]{14}", fullmatch=True), st.sampled_from(["SIRET", "TVA"])),
        max_size=3,
        unique=True,
    ).map(tuple),
    modifications=st.lists(st.tuples(st.sampled_from("12"), year_days, euros), max_size=1).map(
        tuple
    ),
)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(contracts, min_size=1, max_size=5))
def test_a_contract_reads_the_same_from_both_forms(read: Read, written: list[Contract]) -> None:
    rows = read({"a.json": {"records": [flat(c) for c in written]}}).lignes
    items = read({"b.json": regulatory([nested(c) for c in written])}).lignes
    assert len(rows) == len(items) == len(written)
    for contract, row, item in zip(written, rows, items, strict=True):
        assert row.valeurs["taux_avance"] == item.valeurs["taux_avance"] == 0
        assert row.valeurs == item.valeurs
        assert row.titulaires == item.titulaires == contract.holders
        assert row.modifications == item.modifications
        v = row.valeurs
        assert (v["acheteur_id"], v["id"], v["objet"]) == (
            contract.buyer,
            contract.id,
            contract.objet,
        )
        assert (v["montant"], v["date_notification"], v["date_publication"]) == (
            contract.montant,
            contract.notified,
            contract.published,
        )
        assert (v["procedure"], v["offres_recues"], v["marche_innovant"]) == (
            contract.procedure,
            contract.offers,
            contract.innovant,
        )
        assert (v["attribution_avance"], v["duree_mois"]) == (contract.avance, contract.duree)
        assert set(v["considerations_sociales"] or ()) == set(contract.social or ())
        assert v["considerations_environnementales"] == contract.environment
        assert set(v["techniques"] or ()) == set(contract.techniques or ())
        assert [(m["id"], m["date_notification"], m["montant"]) for m in row.modifications] == list(
            contract.modifications
        )


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=150)
@given(st.data())
@pytest.mark.parametrize("form", ["flat", "nested", "concession"])
def test_any_value_anywhere_is_a_record_or_an_error_never_a_crash(
    read: Read, form: str, data: st.DataObject
) -> None:
    whole: dict[str, Any] = {
        "flat": flat(ONE),
        "nested": nested(ONE),
        "concession": concession("C1"),
    }[form]
    spoilt = data.draw(st.dictionaries(st.sampled_from(sorted(whole)), anything, max_size=4))
    record = whole | spoilt
    content: Any = (
        [record]
        if form == "flat"
        else regulatory([record])
        if form == "nested"
        else regulatory([], [record])
    )
    lecture = read({"a.json": content})
    if fault := lecture.fichiers[0].erreur:
        assert "a perdu ses chiffres" in fault  # a number for a SIRET: never a guess
        return
    counted = len(lecture.lignes) + sum(c.lignes for c in lecture.hors_perimetre.values())
    assert counted == sum(c.lignes for c in lecture.lues.values()) == 1
