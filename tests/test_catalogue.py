"""The catalogue: one useful message for every fault, and what is committed against its source."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from spaser.errors import UserError
from spaser.figures import catalogue as catalogues
from spaser.figures import database, formulas, indicators
from spaser.figures.catalogue import Catalogue
from spaser.figures.tables import TABLES
from spaser.settings import params as parameters

ESSAI = """\
version: "1"
indicateurs:
  - code: T-01
    ambition: ENV1
    libelle: Part des marchés à une offre
    unite: "%"
    sens: hausse
    sources: [decp]
    definition:
      numerateur: Marchés à une offre
    calculs:
      - base: nombre
        table: marches
        mesure: part
        population: montant >= $publication_decp
        numerateur: offres_recues = 1
    cibles:
      2024: {valeur: 30, statut: H}
      2025: {valeur: 37.4, statut: L, fondement: "un article"}

  - code: T-02
    ambition: ECO1
    libelle: Attend sa source
    unite: jours
    sens: baisse
    sources: [mandats]
    definition:
      numerateur: Jours
    calculs:
      - base: autre
"""


def load(folder: Path, known: Path | None = None, **files: str) -> Catalogue:
    """The catalogue made of these files, in a copy of params/ that chooses nothing itself."""
    (folder / "cibles.yml").unlink(missing_ok=True)
    for old in (folder / "indicateurs").iterdir():
        old.unlink()
    for name, text in files.items():
        (folder / "indicateurs" / f"{name}.yml").write_text(text, encoding="utf-8")
    return catalogues.load(parameters.load(folder, 2024), known=known)


class Fault(NamedTuple):
    """A text of ESSAI and what it becomes; what the message must then say."""

    name: str
    old: str
    new: str
    place: str
    message: str
    remedy: str


FAULTS = [
    # keys
    Fault("misspelt key", "    libelle: Part", "    libele: Part", "« indicateurs.0.libele »",
        "clé inconnue", "écrire « libelle »"),
    Fault("misspelt optional key", "    cibles:", "    cible:",
        "ligne 17, clé « indicateurs.0.cible »", "clé inconnue", "écrire « cibles »"),
    Fault("misspelt key of a calculation", "        population:", "        populations:",
        "ligne 15, clé « indicateurs.0.calculs.0.populations »", "clé inconnue",
        "écrire « population »"),
    Fault("misspelt key of a target", "statut: H", "statu: H",
        "« indicateurs.0.cibles.2024.statu »", "clé inconnue", "écrire « statut »"),
    Fault("unknown key of a file", 'version: "1"', 'version: "1"\nauteur: moi',
        "ligne 2, clé « auteur »", "clé inconnue", "supprimer cette clé"),
    Fault("missing key", '    unite: "%"\n', "", "clé « indicateurs.0.unite »", "« unite » manque",
        "ajouter « unite: … »"),
    Fault("no version", 'version: "1"', "", "clé « version »", "« version » manque",
        "ajouter « version: … »"),
    Fault("key given twice", "    sens: hausse", "    sens: hausse\n    sens: baisse",
        "ligne 8, clé « sens »", "deux fois (déjà ligne 7)", "garder une seule des deux"),
    Fault("target given twice", "      2025: {", "      2024: {", "ligne 19, clé « 2024 »",
        "deux fois", "garder une seule des deux"),
    # types and lists
    Fault("unknown direction", "sens: hausse", "sens: monte",
        "ligne 7, clé « indicateurs.0.sens »", "valeur hors liste", "'hausse', 'baisse'"),
    Fault("unknown base", "base: nombre", "base: nombres",
        "ligne 12, clé « indicateurs.0.calculs.0.base »", "valeur hors liste", "'valeur'"),
    Fault("unknown measure", "mesure: part", "mesure: ecart",
        "clé « indicateurs.0.calculs.0.mesure »", "valeur hors liste", "'mediane'"),
    Fault("text for a number", "valeur: 30", "valeur: trente",
        "clé « indicateurs.0.cibles.2024.valeur »", "un nombre est attendu", "écrire"),
    Fault("text for a year", "      2024: {", "      l'an prochain: {",
        "ligne 18, clé « indicateurs.0.cibles.l'an prochain »", "un nombre entier est attendu",
        "écrire"),
    Fault("text for a list", "sources: [decp]", "sources: decp",
        "ligne 8, clé « indicateurs.0.sources »", "une liste est attendue", "tiret"),
    Fault("empty list", "sources: [decp]", "sources: []", "ligne 8, clé « indicateurs.0.sources »",
        "", "au moins"),
    Fault("empty formula", "population: montant >= $publication_decp", 'population: ""',
        "clé « indicateurs.0.calculs.0.population »", "le texte est vide", "écrire"),
    Fault("version as a number", 'version: "1"', "version: 1", "ligne 1, clé « version »",
        "un texte est attendu", "guillemets"),
    Fault("broken YAML", "sources: [decp]", "sources: [decp", "ligne", "pas du YAML valide",
        "vérifier"),
    # names
    Fault("unknown ambition", "ambition: ENV1", "ambition: ENV9",
        "ligne 4, clé « indicateurs.0.ambition »", "T-01 : l'ambition n'existe pas", "ENV4"),
    Fault("axis for an ambition", "ambition: ENV1", "ambition: ENV",
        "ligne 4, clé « indicateurs.0.ambition »", "T-01 : l'ambition n'existe pas", "ENV1"),
    Fault("unknown source", "sources: [decp]", "sources: [decp, sirenne]",
        "ligne 8, clé « indicateurs.0.sources »", "T-01 : la source n'est pas déclarée", "sirene"),
    Fault("same code", "code: T-02", "code: T-01", "ligne 21, clé « indicateurs.1.code »",
        "T-01 est déjà pris", "donner un autre code"),
    Fault("a pair that is no rate", "sources: [decp]", "sources: [decp]\n    ligne_a_ligne: T-09",
        "ligne 9, clé « indicateurs.0.ligne_a_ligne »",
        "T-01 : ligne_a_ligne ne nomme pas une part en nombre", "mesure part"),
    # targets
    Fault("target without status", ", statut: H", "", "clé « indicateurs.0.cibles.2024.statut »",
        "« statut » manque", "ajouter « statut: … »"),
    Fault("unknown status", "statut: H", "statut: X", "clé « indicateurs.0.cibles.2024.statut »",
        "valeur hors liste", "'L', 'P'"),
    Fault("legal target without basis", "statut: H", "statut: L",
        "ligne 18, clé « indicateurs.0.cibles.2024 »", "fondement", "corriger"),
    Fault("planned target without basis", "statut: H", "statut: P",
        "ligne 18, clé « indicateurs.0.cibles.2024 »", "fondement", "corriger"),
    Fault("legal target with an empty basis", 'fondement: "un article"', 'fondement: " "',
        "ligne 19, clé « indicateurs.0.cibles.2025.fondement »", "le texte est vide",
        "écrire"),
    # calculations
    Fault("two calculations on a base", "      - base: autre",
        "      - base: autre\n      - base: autre", "clé « indicateurs.1 »", "la même base",
        "corriger"),
    Fault("measure without formula", "        numerateur: offres_recues = 1\n", "",
        "clé « indicateurs.0.calculs.0 »", "demande table et numerateur", "corriger"),
    Fault("formula without measure", "        mesure: part\n", "",
        "clé « indicateurs.0.calculs.0 »", "demande une mesure", "corriger"),
    Fault("ratio without denominator", "mesure: part", "mesure: rapport",
        "clé « indicateurs.0.calculs.0 »", "denominateur", "corriger"),
    Fault("share with a denominator", "mesure: part", 'mesure: part\n        denominateur: "1"',
        "clé « indicateurs.0.calculs.0 »", "denominateur", "corriger"),
    Fault("source that is read, nothing to compute", "sources: [mandats]", "sources: [decp]",
        "clé « indicateurs.1 »", "la source est lue", "corriger"),
    # formulas
    Fault("formula that does not parse", "offres_recues = 1", "offres_recues = (",
        "ligne 16, clé « indicateurs.0.calculs.0.numerateur »", "T-01 : la formule", "colonnes"),
    Fault("two statements", "offres_recues = 1", "TRUE); DROP TABLE marches; SELECT (1",
        "ligne 16, clé « indicateurs.0.calculs.0.numerateur »", "T-01 : la formule", "colonnes"),
    Fault("comment in a formula", "offres_recues = 1", "offres_recues = 1 -- une",
        "ligne 16, clé « indicateurs.0.calculs.0.numerateur »", "T-01 : la formule", "colonnes"),
    Fault("unknown column", "offres_recues = 1", "offres = 1",
        "ligne 16, clé « indicateurs.0.calculs.0.numerateur »", "« offres »", "offres_recues"),
    Fault("unknown column of the population", "montant >= $publication_decp", "prix > 0",
        "ligne 15, clé « indicateurs.0.calculs.0.population »", "« prix »", "montant_actuel"),
    Fault("unknown function", "offres_recues = 1", "une_offre(offres_recues)",
        "ligne 16, clé « indicateurs.0.calculs.0.numerateur »", "une_offre", "colonnes"),
    Fault("list compared to a text", "offres_recues = 1",
        "considerations_sociales = 'Clause sociale'",
        "ligne 16, clé « indicateurs.0.calculs.0.numerateur »", "T-01", ""),
    Fault("number for a condition", "offres_recues = 1", "offres_recues",
        "ligne 16, clé « indicateurs.0.calculs.0.numerateur »", "une condition est attendue",
        "écrire une condition"),
    Fault("text for a number to sum", "mesure: part", "mesure: mediane",
        "clé « indicateurs.0.calculs.0.numerateur »", "T-01", ""),
    Fault("aggregate in a formula", "offres_recues = 1", "sum(montant) > 1",
        "ligne 16, clé « indicateurs.0.calculs.0.numerateur »", "T-01", ""),
    Fault("unknown threshold", "$publication_decp", "$seuil_europeen",
        "ligne 15, clé « indicateurs.0.calculs.0.population »", "seuil_europeen",
        "$publication_decp"),
    Fault("lone dollar", "$publication_decp", "$",
        "ligne 15, clé « indicateurs.0.calculs.0.population »", "seuil inconnu",
        "$publication_decp"),
    Fault("unknown table", "table: marches", "table: marche",
        "ligne 13, clé « indicateurs.0.calculs.0.table »", "table inconnue", "marches"),
]  # fmt: skip
SPECIAL = {  # a median over a text column: the formula changes with the measure
    "text for a number to sum": ("numerateur: offres_recues = 1", "numerateur: objet")
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=[f.name for f in FAULTS])
def test_a_fault_names_its_file_its_key_and_its_remedy(fault: Fault, params_copy: Path) -> None:
    assert ESSAI.count(fault.old) >= 1
    text = ESSAI.replace(fault.old, fault.new, 1)
    if fault.name in SPECIAL:
        text = text.replace(*SPECIAL[fault.name])
    with pytest.raises(UserError) as caught:
        load(params_copy, essai=text)
    error = caught.value
    assert str(params_copy / "indicateurs" / "essai.yml") in error.lieu
    assert fault.place in error.lieu
    assert fault.message in str(error)
    assert error.remede
    assert fault.remedy in error.remede
    assert "should" not in str(error), "English in a message"


@pytest.mark.parametrize("faults", [("offrs = 1", "montant >= $rien"), ("$rien > 1", "offrs = 1")])
def test_of_several_formulas_that_are_refused_the_first_is_told(
    params_copy: Path, faults: tuple[str, str]
) -> None:
    files = {
        name: ESSAI.replace("T-0", code).replace("offres_recues = 1", formula)
        for name, code, formula in zip(
            "abc", ("A-0", "B-0", "C-0"), ("offres_recues = 2", *faults), strict=True
        )
    }
    with pytest.raises(UserError, match=r"B-01 : .*(offrs|rien)") as caught:
        load(params_copy, **files)
    assert caught.value.valeur == faults[0]


CHANGES = {
    "a formula": ("nb_titulaires = 1", "nb_titulaires = 2", 2),
    "the table": ("table: marches", "table: concessions", 2),
    "the words": ("Part des marchés à une offre", "Marchés à une offre", 1),
    "nothing": ("version", "version", 1),
}


@pytest.mark.parametrize("what", CHANGES)
def test_formulas_that_have_held_are_tried_again_only_if_they_change(
    what: str, params_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, times = database.opened, []
    monkeypatch.setattr(database, "opened", lambda: times.append(1) or opened())
    old, new, expected = CHANGES[what]
    (known := tmp_path / "known").mkdir()
    before = ESSAI.replace("offres_recues = 1", "nb_titulaires = 1")
    for text in (before, before.replace(old, new)):
        load(params_copy, known=known, essai=text)
    assert sum(times) == expected


def test_a_threshold_that_changes_has_formulas_tried_again(
    params_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(params_copy, known=tmp_path, essai=ESSAI)
    monkeypatch.setattr(formulas, "names", lambda _: {"publication_decp": "'jamais'"})
    with pytest.raises(UserError, match="la formule n'est pas acceptée"):
        load(params_copy, known=tmp_path, essai=ESSAI)


def test_formulas_that_were_refused_are_never_kept(params_copy: Path, tmp_path: Path) -> None:
    wrong = ESSAI.replace("offres_recues = 1", "offres = 1")
    for _ in range(2):
        with pytest.raises(UserError, match="la colonne « offres » n'existe pas"):
            load(params_copy, known=tmp_path, essai=wrong)
    assert list(tmp_path.glob("?" * 64)) == []


def test_a_code_given_in_two_files_names_both(params_copy: Path) -> None:
    with pytest.raises(UserError) as caught:
        load(params_copy, un=ESSAI, deux=ESSAI.replace("T-02", "T-03"))
    folder = params_copy / "indicateurs"
    assert "T-01" in caught.value.quoi
    assert str(folder / "un.yml") in str(caught.value)
    assert str(folder / "deux.yml") in str(caught.value)


def test_files_of_different_versions_are_refused(params_copy: Path) -> None:
    other = 'version: "2"\nindicateurs: []\n'
    with pytest.raises(UserError) as caught:
        load(params_copy, un=ESSAI, deux=other)
    assert "version" in caught.value.quoi
    assert caught.value.remede
    assert str(params_copy / "indicateurs") in caught.value.lieu


def test_an_empty_catalogue_is_refused(params_copy: Path) -> None:
    with pytest.raises(UserError) as caught:
        load(params_copy)
    assert "vide" in caught.value.quoi
    assert str(params_copy) in caught.value.lieu


def test_a_catalogue_that_is_not_utf8_is_refused(params_copy: Path) -> None:
    file = params_copy / "indicateurs" / "z.yml"
    file.write_bytes(ESSAI.encode("latin-1"))
    with pytest.raises(UserError) as caught:
        catalogues.load(parameters.load(params_copy, 2024))
    assert str(file) in caught.value.lieu
    assert "UTF-8" in caught.value.remede


@pytest.mark.slow
@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_is_refused_at_once_or_can_be_computed(
    table: str, params_copy: Path, tmp_path: Path, elsewhere: Path
) -> None:
    text = (
        ESSAI.replace("table: marches", f"table: {table}")
        .replace("population: montant >= $publication_decp", 'population: "TRUE"')
        .replace("offres_recues = 1", f"{TABLES[table][0].name} IS NOT NULL")
    )
    try:
        loaded = load(params_copy, essai=text)
    except UserError as error:
        assert table != "marches"
        assert "calculs.0" in error.lieu
        assert error.remede
        return
    used = parameters.load(params_copy, 2024)
    figures = indicators.compute(
        loaded, used, {"marches": []}, tmp_path / "sortie", {}, beside=False
    ).chiffres
    assert {f.code for f in figures} == {"T-01", "T-02"}


@pytest.mark.slow
@pytest.mark.parametrize("old, new", [
    ("libelle: Part des marchés à une offre", "libelle: |\n      Part des marchés\n      à une"),
    ("code: T-01", 'code: "T\'01"'),
    ("code: T-01", 'code: "T\\n\\n01"'),
    ("offres_recues = 1", "\"objet = '{'\""),
    ("offres_recues = 1", "\"objet = 'l''école'\""),
    ("numerateur: offres_recues = 1", "numerateur: |\n          offres_recues\n          = 1"),
], ids=["label on two lines", "quote in a code", "code on two lines", "brace", "quote",
    "formula on two lines"])  # fmt: skip
def test_a_text_is_refused_at_once_or_does_no_harm_to_the_script(
    old: str, new: str, params_copy: Path, tmp_path: Path, elsewhere: Path
) -> None:
    try:
        loaded = load(params_copy, essai=ESSAI.replace(old, new, 1))
    except UserError as error:
        assert "indicateurs.0" in error.lieu
        assert error.remede
        return
    used = parameters.load(params_copy, 2024)
    indicators.compute(loaded, used, {"marches": []}, tmp_path / "sortie", {}, beside=False)


# --- What is read --------------------------------------------------------------------------


def test_a_catalogue_as_it_is_read(params_copy: Path) -> None:
    loaded = load(params_copy, essai=ESSAI)
    first, second = loaded.get("T-01"), loaded.get("T-02")
    assert first
    assert second
    assert loaded.get("T-03") is None
    assert loaded.version == "1"
    assert len(loaded.files) == 1
    assert [i.code for i in loaded.indicateurs] == ["T-02", "T-01"]  # as the scheme: ECO1, ENV1
    assert loaded.of("ENV1") == [first]
    assert loaded.of("SOC1") == []
    target = first.cible(2025, first.calculs[0])
    assert target
    assert (target.valeur, target.statut) == (Decimal("37.4"), "L")
    assert first.cible(2026, first.calculs[0]) == target  # the law holds until it changes
    assert first.cible(2023, first.calculs[0]) is None
    assert second.calculs[0].mesure is None
    assert second.cibles == {}


def test_a_base_may_do_without_the_target(params_copy: Path) -> None:
    text = ESSAI.replace("      - base: nombre\n", "      - base: nombre\n        cible: false\n")
    item = load(params_copy, essai=text).get("T-01")
    assert item
    assert item.cible(2024, item.calculs[0]) is None


def test_thresholds_of_the_year_enter_the_formulas(params_copy: Path) -> None:
    year = params_copy / "2024" / "params.yml"
    text = year.read_text(encoding="utf-8")
    year.write_text(text.replace("_decp: 40000", "_decp: 90000.5"), encoding="utf-8")
    item = load(params_copy, essai=ESSAI).get("T-01")
    assert item
    used = parameters.load(params_copy, 2024)
    assert formulas.formula(item.calculs[0].population, used) == "montant >= 90000.5"


# --- What is committed ---------------------------------------------------------------------

DECP = {
    "ECO1-05": {"autre"},
    "ECO1-06": {"nombre"},
    "ECO2-04": {"nombre"},
    "SOC1-05": {"nombre"},
    "SOC1-06": {"autre"},
    "SOC2-01": {"nombre"},
    "SOC2-02": {"valeur"},
    "SOC2-10": {"nombre", "valeur"},
    "SOC2-11": {"nombre"},
    "ENV1-01": {"nombre"},
    "ENV1-02": {"valeur"},
    "ENV1-03": {"nombre"},
}


def test_the_indicators_that_the_essential_data_feed(catalogue: Catalogue) -> None:
    computed = {
        i.code: {c.base for c in i.calculs if c.mesure}
        for i in catalogue.indicateurs
        if set(i.sources) <= {"decp"}
    }
    assert computed == DECP


@pytest.mark.parametrize("annee", [2024, 2025])
def test_every_ambition_has_indicators_every_year(root: Path, annee: int) -> None:
    used = parameters.load(root / "params", annee)
    loaded = catalogues.load(used)
    assert all(loaded.of(code) for code in used.scheme.ambitions)


def test_no_law_is_cited_from_memory(root: Path) -> None:
    """A report prints these texts: an elected member reads a source, or that there is none."""
    files = [*(root / "params").rglob("*.yml")]
    doubt = re.compile("de mémoire|à vérifier", re.IGNORECASE)
    assert files
    assert [p.name for p in files if doubt.search(p.read_text("utf-8"))] == []
