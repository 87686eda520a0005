"""Official words, their known synonyms, and what is said of a word that is neither."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from spaser import modele, terminal
from spaser.errors import UserError
from spaser.figures.catalogue import Catalogue
from spaser.pipeline import collect
from spaser.quality import Gate, cpv, summary
from spaser.settings.params import Params
from spaser.sources import official, words
from spaser.sources.fields import FIELDS
from spaser.sources.values import HORS_LISTE, Read

Judge = Callable[..., Gate]
PARSE = {f.name: f.parse for f in FIELDS["marches"]}
LISTED = [(champ, word) for champ in words.PLACES for word in words.allowed(champ)]
SANS = "Marché passé sans publicité ni mise en concurrence préalable"


def contract(**changes: object) -> dict[str, object]:
    return {
        "acheteur_id": "21210231300013", "id": "2024A", "objet": "Entretien des espaces verts",
        "montant": "50000", "datenotification": "2024-03-01", "titulaire_id_1": "38083385500014",
        "titulaire_typeidentifiant_1": "SIRET", **changes,
    }  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with reference tables of its own, to spoil."""
    shutil.copytree(modele.path(modele.REFERENTIELS), tmp_path / modele.REFERENTIELS)
    return tmp_path


@pytest.mark.parametrize("champ, word", LISTED, ids=[f"{c}: {w}" for c, w in LISTED])
def test_an_official_word_is_itself_whatever_its_case(champ: str, word: str) -> None:
    for raw in (word, word.upper(), f" {word} "):
        read = PARSE[champ](raw)
        assert (read.value in (word, (word,)), read.motif) == (True, None)


@pytest.mark.parametrize("champ", words.PLACES)
def test_each_synonym_becomes_a_word_of_the_list(champ: str) -> None:
    assert words.allowed(champ)
    for written, word in words.synonyms(champ).items():
        assert word in words.allowed(champ)
        assert PARSE[champ](written).value in (word, (word,))


@pytest.mark.parametrize("raw, read", [
    ("MAPA", Read("Procédure adaptée")),
    ("ao ouvert", Read("Appel d'offres ouvert")),
    ("Appel d’offres ouvert", Read("Appel d'offres ouvert")),
    ("Procédure concurrentielle avec négociation", Read("Procédure avec négociation")),
    ("Sans publicité ni mise en concurrence (R2122)", Read(SANS)),
    ("Gré à gré", Read(None, HORS_LISTE)),
    ("Procédure", Read(None, HORS_LISTE)),
])  # fmt: skip
def test_a_procedure_is_a_word_of_the_list_or_unknown(raw: str, read: Read) -> None:
    assert PARSE["procedure"](raw) == read


@given(st.text(max_size=40), st.sampled_from(sorted(words.PLACES)))
def test_no_word_becomes_something_else(raw: str, champ: str) -> None:
    read = PARSE[champ](raw)
    values = (read.value,) if isinstance(read.value, str) else read.value or ()
    assert isinstance(values, tuple)
    assert {*values} <= {*words.allowed(champ)}


def test_a_word_outside_the_list_is_told_with_its_records_and_their_number(gate: Judge) -> None:
    judged = gate({
        "a.json": {"records": [
            contract(id="A", procedure="Gré à gré", ccag="CCAG-FCS"),
            contract(id="B", procedure="Gré à gré", nature="Bail"),
            contract(id="C", procedure="MAPA", techniques="Accord-cadre, Troc"),
        ]}
    })  # fmt: skip
    assert {
        (r.id, r.titre.partition(" : ")[2], len(r.cles)) for r in judged.regles if r.id[:3] == "MOT"
    } == {
        ("MOT-marches-procedure", "« Gré à gré » (2)", 2),
        ("MOT-marches-nature", "« Bail » (1)", 1),
        ("MOT-marches-techniques", "« Accord-cadre, Troc » (1)", 1),
    }
    known = {m.valeurs["id"]: m.valeurs for m in judged.marches}
    assert [known[n]["procedure"] for n in "ABC"] == [None, None, "Procédure adaptée"]
    assert known["A"]["ccag"] == "Fournitures courantes et services"
    assert known["C"]["techniques"] == ("Accord-cadre",)


@pytest.mark.slow
def test_an_unknown_procedure_is_never_counted_as_competitive(
    read: Callable[..., object], params: Params, catalogue: Catalogue, root: Path, tmp_path: Path
) -> None:
    from spaser.figures import indicators

    rows = [contract(id=f"A{n}", procedure="Gré à gré", offresrecues="1") for n in range(3)]
    rows += [contract(id=f"B{n}", procedure="MAPA", offresrecues="4") for n in range(3)]
    rows += [contract(id=f"C{n}", procedure=SANS, offresrecues="1") for n in range(3)]
    lecture = read({"a.json": {"records": rows}})
    accepted = collect.accept(lecture, collect.Ledger(), params, root, catalogue)  # type: ignore[arg-type]
    made = indicators.compute(catalogue, params, accepted.rows, tmp_path, {}, accepted.fournies)
    [single] = [
        c for c in made.chiffres if (c.code, c.entite, c.base) == ("ECO1-06", "ville", "nombre")
    ]
    assert (single.numerateur, single.denominateur) == (0, 3)
    assert (single.renseignes, single.total) == (3, 6)


def test_a_siret_without_its_first_zero_is_restored_and_told(gate: Judge) -> None:
    judged = gate({"a.json": {"records": [contract(titulaire_id_1=5480031300014)]}})
    [marche] = judged.marches
    assert marche.titulaires == (("05480031300014", "SIRET"),)
    [rule] = [r for r in judged.regles if r.id[:3] == "ZER"]
    assert (rule.champ, len(rule.cles)) == ("titulaire_id_1", 1)
    assert "« 5480031300014 » (1)" in rule.titre


def test_a_number_of_another_country_keeps_its_digits(gate: Judge) -> None:
    record = contract(titulaire_id_1="5480031300014", titulaire_typeidentifiant_1="RIDET")
    [marche] = gate({"a.json": {"records": [record]}}).marches
    assert marche.titulaires == (("5480031300014", "RIDET"),)


def test_the_terminal_says_what_was_not_read(
    gate: Judge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "a.json": {"records": [contract(dureemois="longtemps", tauxavance="30")]},
        "f.csv": "acheteur;service;agents_cibles;agents_formes;heures\n"
        + "".join(f"21210231300013;S{n};10;4;un peu\n" for n in range(5)),
    }
    unread = summary._unread(gate(files))
    rules = [
        {"id": "TOT-insertion", "table": "insertion", "champ": "id_marche", "titre": "total",
         "nombre": 2, "gravite": "warning"},
        {"id": "MAR-A01", "table": "marches", "champ": "id", "titre": "autre", "nombre": 3,
         "gravite": "warning"},
    ]  # fmt: skip
    (tmp_path / "controle.json").write_text(
        json.dumps({"non_lues": unread, "regles": rules}), encoding="utf-8"
    )
    terminal.unread(tmp_path)
    assert capsys.readouterr().out.replace("\u00a0", " ") == (
        "insertion, id_marche : total (2 lignes)\n"
        "Marchés : 2 valeurs non lues, comme inconnues\n"
        "  a.json, enregistrement n° 1, duree_mois : « longtemps » (illisible)\n"
        "  a.json, enregistrement n° 1, taux_avance : « 30 » "
        "(deux lectures possibles : 30 % ou 30 fois le tout)\n"
        "Registre des formations à l'achat responsable : 5 valeurs non lues, comme inconnues\n"
        "  f.csv, ligne 2, heures : « un peu » (illisible)\n"
        "  f.csv, ligne 3, heures : « un peu » (illisible)\n"
        "  f.csv, ligne 4, heures : « un peu » (illisible)\n"
        f"  … les autres dans {tmp_path / 'valeurs-ecartees.csv'}\n"
    )


@pytest.mark.parametrize("line", [
    "procedure;MAPA;Procédure inventée;plateformes", "couleur;MAPA;Procédure adaptée;plateformes",
    "procedure;MAPA",
])  # fmt: skip
def test_a_table_of_synonyms_that_says_nothing_is_refused(project: Path, line: str) -> None:
    path = project / modele.REFERENTIELS / words.SYNONYMS
    path.write_text(f"champ;ecrit;officiel;origine\n{line}\n", encoding="utf-8")
    with modele.of_project(project), pytest.raises(UserError, match="ligne 2"):
        words.allowed("procedure")


def test_the_words_of_a_project_are_its_own(project: Path) -> None:
    path = project / modele.REFERENTIELS / words.SYNONYMS
    with path.open("a", encoding="utf-8") as stream:
        stream.write("procedure;Petite procédure;Procédure adaptée;notre plateforme\n")
    parse = words.one("procedure")
    assert parse("Petite procédure").value is None
    with modele.of_project(project):
        assert parse("Petite procédure").value == "Procédure adaptée"
    assert parse("Petite procédure").value is None


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (cpv.FILE, lambda: cpv.known("45000000")),
        (words.SCHEMA, lambda: words.allowed("procedure")),
        (words.SYNONYMS, lambda: words.synonyms("procedure")),
        (official.JSON_SCHEMA, lambda: official.json_record("marches", {})),
        (official.XSD, lambda: official.xml_record(etree.Element("marche"))),
    ],
    ids=lambda x: x.name if isinstance(x, Path) else "",
)
def test_a_project_without_a_reference_table_is_told_which(
    project: Path, name: Path, read: Callable[[], object]
) -> None:
    read()  # the model has it
    (project / modele.REFERENTIELS / name).unlink()
    with modele.of_project(project), pytest.raises(UserError, match=name.name):
        read()


def test_the_table_of_synonyms_says_each_word_once() -> None:
    with (modele.referentiels() / words.SYNONYMS).open(encoding="utf-8", newline="") as stream:
        keys = [(r["champ"], r["ecrit"]) for r in csv.DictReader(stream, delimiter=";")]
    assert len(keys) == len({*keys})


def test_the_case_of_procedure_words(
    real: Callable[[str], Path], params: Params, root: Path, catalogue: Catalogue
) -> None:
    read = collect.read(params, real("cases/procedure-words"), root)
    accepted = collect.accept(*read, params, root, catalogue)
    assert {r["procedure"] for r in accepted.rows["marches"]} == {"Procédure adaptée", SANS}


def test_no_right_file_is_accused_of_a_word(
    real: Callable[[str], Path], params: Params, root: Path, catalogue: Catalogue
) -> None:
    accepted = collect.accept(
        *collect.read(params, real("data/dijon"), root), params, root, catalogue
    )
    assert [r.id for r in accepted.gate.regles if r.id[:3] in {"MOT", "ZER", "TOT", "SOM"}] == []
