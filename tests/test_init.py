"""`spaser init`: from a SIREN to a project that runs, and what it refuses."""

from __future__ import annotations

import datetime as dt
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pages
import pytest

from spaser import collectivites, modele
from spaser.commands import init, init_scheme, notebooks
from spaser.commands.init import Wanted
from spaser.errors import UserError
from spaser.figures import catalogue
from spaser.settings import params as parameters
from spaser.settings.params import Params
from spaser.settings.scheme import PeriodeDuSchema, Scheme
from spaser.sources import decp_mapped

PERIODE = PeriodeDuSchema(debut=2024, fin=2027)
ARCACHON, LYON = "213300098", "200046977"
DIJON, GIRONDE = "242100410", "223300013"


def made(place: Path, *sirens: str, nom: str | None = None) -> Params:
    """The params of a project written for these buyers."""
    init.create(place / "projet", Wanted(sirens, nom, PERIODE))
    return parameters.load(place / "projet" / "params", 2024)


def scheme_of(place: Path, *sirens: str, nom: str | None = None) -> Scheme:
    """The scheme alone that these buyers are given."""
    buyers = init_scheme.buyers(sirens, nom)
    text = init_scheme.text(buyers, nom or init_scheme.together(buyers), PERIODE)
    (place / "spaser.yml").write_text(text, encoding="utf-8")
    shutil.copy(modele.path("params/communs.yml"), place)
    return parameters.read_scheme(place)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sirens", "nom", "codes", "noms", "departement", "communes"),
    [
        ([ARCACHON], None, ["ville_d_arcachon"], ["Ville d’Arcachon"], "33", 1),
        ([ARCACHON], "Arcachon", ["arcachon"], ["Arcachon"], "33", 1),
        (["243300563"], None, None, None, "33", 4),
        ([LYON], None, ["metropole_de_lyon"], ["Métropole de Lyon"], "69", None),
        (["222100018"], None, ["departement_de_la_cote_d_or"], ["Département de la Côte-d’Or"],
         "21", 0),
        (["200077832"], None, ["siren_200077832"], ["SIREN 200 077 832"], None, None),
        (["200077832", "200077832"], "Syndicat", ["syndicat"], ["Syndicat"], None, None),
        (["211103395", "213002470"], None, None,
         ["Ville de Saint-Denis (11)", "Ville de Saint-Denis (30)"], None, 2),
    ],
)  # fmt: skip
def test_a_siren_gives_a_scheme_that_loads(
    tmp_path: Path,
    sirens: list[str],
    nom: str | None,
    codes: list[str] | None,
    noms: list[str] | None,
    departement: str | None,
    communes: int | None,
) -> None:
    scheme = scheme_of(tmp_path, *sirens, nom=nom)
    assert codes is None or [a.code for a in scheme.acheteurs] == codes
    assert noms is None or [a.nom for a in scheme.acheteurs] == noms
    assert [a.siren for a in scheme.acheteurs] == list(dict.fromkeys(sirens))
    if departement:
        circles = {c.genre: c for c in scheme.territoire.cercles} if scheme.territoire else {}
        assert circles["departement"].codes == (departement,)
        assert "region" in circles
    if communes is not None:
        assert scheme.territoire
        assert sum(len(c.communes) for c in scheme.territoire.cercles) == communes
    assert scheme.provisoire


SEPT = ["200077832", "945651149", "780705703", "245700372", "279200224", "215702218", "200071884"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sirens", "named"),
    [
        (["243300563"], {"groupement": 1, "departement": 1, "region": 1}),
        (["243300563", ARCACHON], {"groupement": 1, "departement": 1, "region": 1}),
        (["215702218", "245700372"], {"groupement": 0, "departement": 1, "region": 1}),
        ([ARCACHON, LYON], {"groupement": 0, "departement": 0, "region": 0}),
        (SEPT, {"groupement": 0, "departement": 0, "region": 0}),
        ([GIRONDE, "222100018"], {"departement": 0, "region": 0}),
    ],
)
def test_a_circle_has_the_name_of_an_authority_only_if_it_is_one(
    tmp_path: Path, sirens: list[str], named: dict[str, int]
) -> None:
    """Two groupings are no commune of one of them; each buyer is in the circles of all."""
    scheme = scheme_of(tmp_path, *sirens)
    assert scheme.territoire
    circles = {c.genre: c for c in scheme.territoire.cercles}
    assert {*circles} == {*named}
    for genre, one in named.items():
        circle = circles[genre]  # type: ignore[index]
        assert ("des acheteurs" in circle.nom) == (not one), circle.nom
        assert one or circle.lieu == f"dans les {circle.nom}"
        if genre == "groupement":
            assert circle.nom not in {a.nom for a in scheme.acheteurs}
            assert circle.lieu == f"dans les {circle.nom}"
        else:
            assert (len(circle.codes) == 1) == bool(one)
            assert circle.reste.startswith("reste des ") == (not one)
    for siren in sirens:
        who = collectivites.find(siren)
        if who and "groupement" in circles:
            assert who.communes.keys() <= circles["groupement"].communes.keys()
        if who:
            assert who.region in circles["region"].codes


def test_one_buyer_has_one_entity(tmp_path: Path) -> None:
    """All together is said of several buyers alone; one that is added asks for it."""
    alone = scheme_of(tmp_path, ARCACHON)
    text = (tmp_path / "spaser.yml").read_text(encoding="utf-8")
    assert list(alone.entites) == ["ville_d_arcachon"]
    assert alone.ensemble.code == "ville_d_arcachon"
    assert not re.search("^ensemble:", text, re.MULTILINE)
    joint = scheme_of(tmp_path, ARCACHON, LYON)
    assert list(joint.entites) == ["ville_d_arcachon", "metropole_de_lyon", "ensemble"]
    assert joint.entites["ensemble"] == "Ville d’Arcachon et Métropole de Lyon"
    assert joint.avec_article["ensemble"] == "la Ville d’Arcachon et la Métropole de Lyon"
    named = scheme_of(tmp_path, ARCACHON, LYON, nom="Région unie")
    assert named.avec_article["ensemble"] == "la Région unie"
    many = scheme_of(tmp_path, ARCACHON, LYON, DIJON, GIRONDE)
    assert many.avec_article["ensemble"] == "le Département de la Gironde et 3 autres acheteurs"


def test_many_buyers_have_a_name_that_a_title_holds() -> None:
    """Beyond three, the largest and how many others; two or three are named."""
    numbers = [ARCACHON, LYON, DIJON, GIRONDE]
    name = init_scheme.together(init_scheme.buyers(numbers))
    assert name == "Département de la Gironde et 3 autres acheteurs"
    three = init_scheme.together(init_scheme.buyers(numbers[:3]))
    assert three == "Ville d’Arcachon, Métropole de Lyon et Dijon Métropole"


def test_the_example_of_columns_is_one(tmp_path: Path) -> None:
    """Without its marks of comment it describes two exports, as the reader takes them."""
    file = tmp_path / "colonnes.yml"
    shutil.copy(modele.path("params/colonnes.yml"), file)
    assert not decp_mapped.load(tmp_path)
    text = file.read_text(encoding="utf-8").replace("exports: []\n", "")
    start = text.index("# exports:")
    file.write_text(re.sub("^# ?", "", text[start:], flags=re.MULTILINE), encoding="utf-8")
    assert [e.table for e in decp_mapped.load(tmp_path)] == ["marches", "insertion"]


@pytest.mark.slow
def test_the_model_s_table_holds_each_indicator_once(tmp_path: Path) -> None:
    setting = made(tmp_path, ARCACHON)
    every = catalogue.load(setting, toutes=True)
    table = setting.scheme.rattachements
    assert [i.code for i in every.indicateurs] == list(table)
    assert len(setting.scheme.axes) == 3
    assert all(a.indicateurs for axe in setting.scheme.axes for a in axe.ambitions)


@pytest.mark.slow
@pytest.mark.parametrize("annee", [2022, 2026])
def test_the_first_year_has_its_dates(tmp_path: Path, annee: int) -> None:
    init.create(tmp_path / "p", Wanted((ARCACHON,), None, PeriodeDuSchema(debut=annee, fin=annee)))
    year = parameters.load(tmp_path / "p" / "params", annee).year
    assert year.date_arret == dt.date(annee + 1, 3, 31)
    assert not year.rapprochements
    assert (tmp_path / "p" / "data" / "raw" / str(annee)).is_dir()


def test_a_project_is_whole(tmp_path: Path) -> None:
    made(tmp_path, ARCACHON)
    project = tmp_path / "projet"
    for name in (
        "LISEZMOI.md", ".gitignore", "environment.yml", "requirements.lock", "params/communs.yml",
        "params/hypotheses.yml", "params/telechargements.yml", "params/colonnes.yml",
        "expectations/marches.json", "data/referentiels/cpv/cpv_2008.csv",
        "data/modeles/mandats.xlsx", "notebooks/3_rapport.ipynb",
    ):  # fmt: skip
        assert (project / name).is_file(), name
    read_me = (project / "LISEZMOI.md").read_text(encoding="utf-8")
    assert "Ville d’Arcachon" in read_me
    assert "$" not in read_me
    assert len(read_me.splitlines()) < 60  # one page
    assert "-e ." not in (project / "environment.yml").read_text(encoding="utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["projet"]


HOSTILE = ["A: [b] # c", 'l\'« été » "dit" {x}', "$debut ${fin} %s", "=1+1", "-", "no", "<b>&amp;"]


@pytest.mark.slow
@pytest.mark.parametrize("nom", HOSTILE)
def test_any_name_is_read_back_as_it_was_said(tmp_path: Path, nom: str) -> None:
    scheme = scheme_of(tmp_path, ARCACHON, nom=init.nom(nom))
    assert [scheme.collectivite, scheme.acheteurs[0].nom] == [nom, nom]


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x1b[31m", "x" * 151])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--nom"):
        init.nom(text)


@pytest.mark.parametrize(
    "text", ["213300099", "21330009", "21330009800013", "abc", "", "²13300098"]
)
def test_a_siren_without_its_key_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--siren"):
        init.siren(text)
    assert init.siren("213 300 098") == ARCACHON


@pytest.mark.slow
@pytest.mark.parametrize("text", ["2025", "2028-2025", "25-28", "2025-3025", "2025/2028", ""])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="2025-2028"):
        init.periode(text)
    assert init.periode("2025-2028") == PeriodeDuSchema(debut=2025, fin=2028)


def test_nothing_that_is_there_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "plein").mkdir()
    (tmp_path / "plein" / "a.txt").write_text("à moi")
    (tmp_path / "fichier").write_text("à moi")
    for name in ("plein", "fichier"):
        with pytest.raises(UserError, match=name):
            init.create(tmp_path / name, Wanted((ARCACHON,), None, PERIODE))
    assert (tmp_path / "plein" / "a.txt").read_text() == "à moi"
    (tmp_path / "vide").mkdir()
    init.create(tmp_path / "vide", Wanted((ARCACHON,), None, PERIODE))
    assert (tmp_path / "vide" / "params").is_dir()


def test_a_project_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "plus de place")

    monkeypatch.setattr(notebooks, "write", full)
    with pytest.raises(OSError, match="place"):
        init.create(tmp_path / "projet", Wanted((ARCACHON,), None, PERIODE))
    assert list(tmp_path.iterdir()) == []


# --- The command -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["init"], "il manque"),
        (["init", "projet"], "il manque"),
        (["init", "--siren", ARCACHON], "dossier"),
        (["init", "projet", "--siren", "213300099"], "213300099"),
        (["init", "projet", "--siren", ARCACHON, "--periode", "2028"], "2028"),
    ],
)
def test_without_a_terminal_nothing_is_asked(
    tmp_path: Path, words: list[str], message: str
) -> None:
    done = pages.spaser(*words, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Remède" in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_in_a_terminal_what_lacks_is_asked_until_it_is_right(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    answers = "213300099\n213 300 098\n\n2024-2027\nmien\n"
    os.write(ours, answers.encode())
    done = subprocess.run(
        [sys.executable, "-m", "spaser", "init"],
        cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, timeout=240, check=False,
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 20000).decode(errors="replace")
    os.close(ours)
    assert done.returncode == 0, (done.stderr, shown)
    assert "213300099" in shown
    assert "Ville d’Arcachon" in shown
    scheme = parameters.read_scheme(tmp_path / "mien" / "params")
    assert (scheme.collectivite, scheme.periode) == ("Ville d’Arcachon", PERIODE)


@pytest.mark.slow
def test_notebooks_tell_all_that_is_wrong_in_the_table(tmp_path: Path) -> None:
    made(tmp_path, ARCACHON)
    file = tmp_path / "projet" / "params" / "spaser.yml"
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"          - ECO1-0[12] .*\n", "", text).replace("- SOC1-01 ", "- SOC1-99 ")
    file.write_text(text, encoding="utf-8")
    done = pages.spaser("notebooks", cwd=tmp_path / "projet")
    assert done.code == 2
    assert "indicateur sans ambition : ECO1-01, ECO1-02, SOC1-01" in done.err
    assert "SOC1-99" in done.err
