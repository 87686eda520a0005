"""`spaser verify`: what was published is given again, or the difference is named with its cause."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pages
import pytest
from hypothesis import given
from hypothesis import strategies as st
from neutral import PROJECT, ROOT
from pages import Done, Made, figures, once, rows, snapshot, spaser, write_small

from spaser import cli
from spaser.errors import GateStopped, UserError
from spaser.pipeline import run, stages
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.publishing import manifest as manifests
from spaser.publishing import provenance
from spaser.verification import certificate, identity, inputs, verify
from spaser.verification.certificate import (
    ENTREE,
    ENVIRONNEMENT,
    INEXPLIQUE,
    MANIFESTE,
    PARAMETRE,
    PROGRAMME,
    SORTIE,
    Cause,
    Verification,
)

pytest_plugins = ("pages",)

YEAR = ("verify", "2024")


def change(path: Path, old: str, new: str) -> tuple[int, str, str]:
    """Replace the first `old` of a file; its line number, and the line before and after."""
    text = path.read_text(encoding="utf-8")
    at = text.index(old)
    number = text.count("\n", 0, at)
    path.write_text(text[:at] + new + text[at + len(old) :], encoding="utf-8")
    after = path.read_text(encoding="utf-8").split("\n")[number]
    return number + 1, text.split("\n")[number], after


# --- The command ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def travelled(tmp_path_factory: pytest.TempPathFactory, small: Made) -> Made:
    """The small year, copied with its data to another place, verified from there by an auditor."""

    def build(place: Path) -> Done:
        shutil.copytree(small.reports / "2024", place / "reports" / "2024")
        shutil.copytree(small.data, place / "recu")
        here = pages.project(place / "projet")
        shutil.copy(ROOT / "requirements.lock", here)
        return spaser(
            *YEAR, "--reports", place / "reports", "--data", place / "recu", "--par", "Éva <b>",
            cwd=here, TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7",
        )  # fmt: skip

    return once(tmp_path_factory, "travelled", build)


@pytest.mark.long
def test_a_copied_folder_is_given_again_elsewhere(travelled: Made) -> None:
    certificat = json.loads(
        (travelled.reports / "2024-verification" / "certificat.json").read_text(encoding="utf-8")
    )
    published = figures(travelled.reports / "2024")
    assert certificat["identique"] is True
    assert certificat["code_sortie"] == 0
    assert certificat["causes"] == []
    assert {(f["code"], f["entite"], f["base"]) for f in certificat["chiffres"]} == set(published)
    for f in certificat["chiffres"]:
        value = published[f["code"], f["entite"], f["base"]]["valeur"]
        assert (f["publie"], f["recalcule"], f["statut"]) == (value, value, "identique")
    sealed = set(stages.EXPECTED) - {"manifeste.json", "journal.json"}
    assert {f["nom"] for f in certificat["fichiers"]} >= sealed
    assert {f["statut"] for f in certificat["fichiers"]} == {"identique"}
    assert certificat["qui"] == "Éva <b>"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", certificat["quand"])
    assert "Identique" in travelled.done.out


def test_the_certificate_is_a_page_and_breaks_nothing(travelled: Made) -> None:
    page = (travelled.reports / "2024-verification" / "certificat.html").read_text(encoding="utf-8")
    assert "Éva &lt;b&gt;" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"?https?:", page)
    assert page.count("<tr") > len(figures(travelled.reports / "2024"))
    report = travelled.reports / "2024"
    manifest = json.loads((report / "manifeste.json").read_text(encoding="utf-8"))
    assert manifest["sorties"] == provenance.outputs(report)


def test_what_was_altered_is_named_with_its_line_and_both_values(
    tmp_path: Path, small: Made
) -> None:
    report = Path(shutil.copytree(small.reports / "2024", tmp_path / "reports" / "2024"))
    row = next(r for r in rows(report / "indicateurs.csv")
               if r["base"] == "valeur" and r["numerateur"].endswith("0"))  # fmt: skip
    old = f",{row['numerateur']},"
    new = f",{row['numerateur'][:-1]}1,"
    cent = change(report / "indicateurs.csv", old, new)
    digit = change(report / "rapport.html", "<dd>", "<dd>1")
    lines = (report / "preuves.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    gone = lines.pop(17)
    (report / "preuves.csv").write_text("".join(lines), encoding="utf-8")
    before = snapshot(report)

    done = spaser(*YEAR, "--reports", tmp_path / "reports", "--data", small.data)
    assert done.code == 4, done.out + done.err
    assert snapshot(report) == before
    assert "Sortie altérée" in done.out
    out = done.out.splitlines()
    assert (
        f"  indicateurs.csv, ligne {cent[0]}, colonne numerateur : "
        f"{new[1:-1]} → {row['numerateur']}" in out
    )
    assert any(x.startswith(f"  rapport.html, ligne {digit[0]} : ") for x in out)
    evidence = " | ".join(gone.strip().split(","))
    assert f"  preuves.csv, ligne 18 : (absent) → {evidence}" in out
    assert "entrée changée" not in done.out.casefold()

    certificat = json.loads(
        (tmp_path / "reports" / "2024-verification" / "certificat.json").read_text(encoding="utf-8")
    )
    differ = [f for f in certificat["chiffres"] if f["statut"] != "identique"]
    assert [(f["code"], f["entite"], f["base"]) for f in differ] == [
        (row["code"], row["entite"], row["base"])
    ]
    assert {f["nom"] for f in certificat["fichiers"] if f["statut"] != "identique"} == {
        "indicateurs.csv", "rapport.html", "preuves.csv",
    }  # fmt: skip
    assert {c["cause"] for c in certificat["causes"]} == {SORTIE}
    page = (tmp_path / "reports" / "2024-verification" / "certificat.html").read_text("utf-8")
    assert certificat["qui"] == ""  # no user's name
    assert "personne n’est nommé (option --par)" in page
    assert set(certificat["verification"]) == {"spaser", "commit", "modifie", "python", "systeme"}
    assert certificat["verification"]["systeme"] == certificat["publication"]["systeme"]
    assert platform.platform() not in page + json.dumps(certificat)


@pytest.mark.long
def test_changed_inputs_and_params_are_told_apart(tmp_path: Path, small: Made) -> None:
    write_small(tmp_path / "data", changes={"2024V004": {"montant": "49000.11"}})
    shutil.copytree(PROJECT / "params", tmp_path / "params")
    number, _, _ = change(
        tmp_path / "params" / "2024" / "params.yml",
        "publication_decp: 40000",
        "publication_decp: 50000",
    )
    done = spaser(
        *YEAR, "--reports", small.reports, "--data", tmp_path / "data",
        "--params", tmp_path / "params", "--attestation", tmp_path / "attestation",
    )  # fmt: skip
    assert done.code == 4, done.out + done.err
    certificat = json.loads(
        (tmp_path / "attestation" / "certificat.json").read_text(encoding="utf-8")
    )
    causes = {(c["cause"], c["objet"], c["lieu"]): (c["publie"], c["recalcule"])
              for c in certificat["causes"]}  # fmt: skip
    assert {cause for cause, _, _ in causes} == {ENTREE, PARAMETRE}
    file = f"données : {pages.VILLE_FILE}"
    manifest = json.loads((small.reports / "2024" / "manifeste.json").read_text(encoding="utf-8"))
    assert causes[ENTREE, file, "sha256"] == (
        manifest["entrees"]["donnees"][pages.VILLE_FILE]["sha256"],
        snapshot(tmp_path / "data")[pages.VILLE_FILE],
    )
    assert causes[ENTREE, file, "enregistrement 5, montant"] == ("49000.10", "49000.11")
    before, after = causes[PARAMETRE, "paramètres : 2024/params.yml", f"ligne {number}"]
    assert "publication_decp: 40000" in before
    assert "publication_decp: 50000" in after
    assert not (small.reports / "2024-verification").exists()


# --- Causes, with a run that gives what the test says -------------------------------------------


@pytest.fixture
def places(tmp_path: Path, small: Made) -> Places:
    """A copy of the small year, its data and params, to spoil."""
    shutil.copytree(small.reports / "2024", tmp_path / "reports" / "2024")
    shutil.copytree(small.data, tmp_path / "data")
    root = pages.project(tmp_path / "projet")
    shutil.copy(ROOT / "requirements.lock", root)
    return Places(root, tmp_path / "data", root / "params", tmp_path / "reports")


Check = Callable[..., Verification]


@pytest.fixture
def check(small: Made, places: Places, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Verify with, for the run, the small year as it was published, spoilt by `spoil`."""

    def verified(spoil: Callable[[Path], Any] = lambda _: None, **stop: Any) -> Verification:
        def again(annee: int, where: Places, progress: Progress, **_: Any) -> Path:
            if stop:
                raise stop["error"]
            fresh = Path(
                shutil.copytree(small.reports / "2024", where.reports / "2024", dirs_exist_ok=True)
            )
            spoil(fresh)
            return fresh

        monkeypatch.setattr(run, "run", again)
        return verify.verify(2024, places, Progress())

    return verified


def causes(verified: Verification) -> set[tuple[str, str]]:
    return {(c.cause, c.objet) for c in verified.causes}


def spoil_page(report: Path) -> None:
    change(report / "rapport.html", "<h1>", "<h1>x")


def test_nothing_changed(check: Check) -> None:
    verified = check()
    assert verified.identique
    assert not verified.reserves


@pytest.mark.parametrize(
    ("kind", "file", "cause"),
    [
        ("suites", "expectations/marches.json", PARAMETRE),
        ("paramètres", "params/spaser.yml", PARAMETRE),
        ("paramètres", "params/indicateurs/axe-2-social.yml", PARAMETRE),
        ("notebooks", "notebooks/3_rapport.ipynb", PROGRAMME),
        ("environnement", "requirements.lock", ENVIRONNEMENT),
        ("données", "../data/ville.json", ENTREE),
    ],
)
def test_each_kind_of_input_has_its_cause(
    check: Check, places: Places, kind: str, file: str, cause: str
) -> None:
    path = (places.root / file).resolve()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("## Axe", "## Un axe") + "\n", encoding="utf-8")
    verified = check(spoil_page)
    assert {c for c, _ in causes(verified)} == {cause}
    assert all(o.endswith(f" : {path.name}") or path.name in o for _, o in causes(verified))
    assert [f.nom for f in verified.fichiers if f.statut != "identique"] == ["rapport.html"]


def test_a_file_added_to_the_inputs_is_named(check: Check, places: Places) -> None:
    (places.data / "autre.json").write_text("{}")
    verified = check()
    assert causes(verified) == {(ENTREE, "données : autre.json")}
    assert verified.causes[0].publie == "(absent)"


def test_earlier_data_not_at_hand_are_one_line_after_the_file_that_changed(
    check: Check, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = places.data / "ville.json"
    path.write_bytes(path.read_bytes() + b"\n")
    real = inputs.changed

    def without_2023(*given: Any) -> list[Cause]:
        title = f"{provenance.KINDS['donnees_precedentes'].label} : 2023/"
        absent = (Cause(ENTREE, title + n, "sha256", "0" * 64, "(absent)") for n in "abc")
        return [*absent, *real(*given)]

    monkeypatch.setattr(inputs, "changed", without_2023)
    verified = check(spoil_page)
    assert [c.objet for c in verified.causes] == [
        "données : ville.json",
        "données des années précédentes : 2023/a et 2 autres",
    ]


@pytest.mark.parametrize("effect", [True, False])
def test_a_package_of_another_version_is_a_cause_only_with_an_effect(
    check: Check, monkeypatch: pytest.MonkeyPatch, effect: bool
) -> None:
    real = provenance.environment

    def other(root: Path) -> dict[str, Any]:
        around = real(root)
        return {**around, "paquets": {**around["paquets"], "duckdb": "0.0.1", "neuf": "1"}}

    monkeypatch.setattr(provenance, "environment", other)
    verified = check(spoil_page if effect else lambda _: None)
    listed = verified.causes if effect else verified.reserves
    installed = real(ROOT)["paquets"]["duckdb"]
    assert {(c.cause, c.objet, c.publie, c.recalcule) for c in listed} == {
        (ENVIRONNEMENT, "duckdb", installed, "0.0.1"),
        (ENVIRONNEMENT, "neuf", "(absent)", "1"),
    }
    assert verified.identique is not effect


def test_the_program_is_an_input(check: Check, places: Places) -> None:
    path = places.reports / "2024" / "manifeste.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["entrees"]["code"]["figures/indicators.py"]["sha256"] = "0" * 64
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert causes(check()) == {
        (PROGRAMME, "programme : figures/indicators.py"), (MANIFESTE, "manifeste.json"),
    }  # fmt: skip


def test_an_output_and_its_manifest_made_again_together_do_not_pass(
    check: Check, places: Places
) -> None:
    report = places.reports / "2024"
    spoil_page(report)
    path = report / "manifeste.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["sorties"] = provenance.outputs(report)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert causes(check()) == {(INEXPLIQUE, "rapport.html")}


@pytest.mark.parametrize("name", ["marches.csv", "donnees/marches.parquet", "indicateurs.xlsx"])
def test_a_file_removed_or_added_is_named(check: Check, places: Places, name: str) -> None:
    (places.reports / "2024" / name).unlink()
    (places.reports / "2024" / "note.txt").write_text("x")
    verified = check()
    assert causes(verified) == {(SORTIE, name), (SORTIE, "note.txt")}
    assert (SORTIE, name, "fichier", "(absent)", "présent") in verified.causes


def test_a_stop_that_a_changed_input_explains_is_a_finding(
    check: Check, places: Places, tmp_path: Path
) -> None:
    stop = GateStopped(["trop de lignes en quarantaine"], tmp_path)
    (places.data / "ville.json").write_text('{"records": []}')
    verified = check(error=stop)
    assert not verified.identique
    assert "aller au bout. Le contrôle" in verified.verdict
    assert "trop de lignes en quarantaine" in verified.verdict
    assert {f.recalcule for f in verified.chiffres} == {"(absent)"}
    page = certificate.save(verified, tmp_path / "certificat")
    assert "trop de lignes" in page.read_text(encoding="utf-8")


def test_an_error_that_nothing_explains_stays_an_error(check: Check) -> None:
    with pytest.raises(UserError, match="panne"):
        check(error=UserError("panne"))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: shutil.rmtree(p.reports / "2024"), "ce rapport n'existe pas"),
        (lambda p: (p.reports / "2024" / "manifeste.json").unlink(), "manifeste"),
        (lambda p: (p.reports / "2024" / "manifeste.json").write_text("[]"), "manifeste"),
        (lambda p: (p.reports / "2024" / "manifeste.json").write_text('{"annee": 2024}'), "manif"),
        (lambda p: (p.data / "ville.json").unlink(), "il manque 1 des 2 fichiers"),
        (lambda p: shutil.rmtree(p.data), "il manque 2 des 2 fichiers"),
        (lambda p: shutil.rmtree(p.params), "--params"),
    ],
)
def test_what_is_absent_is_said(
    check: Check, places: Places, spoil: Callable[[Places], Any], message: str
) -> None:
    spoil(places)
    with pytest.raises(UserError) as error:
        check()
    assert message in str(error.value)
    assert error.value.remede


# --- Everything that is published is looked at, and nothing of it is obeyed ----------------------


def spoil_manifest(report: Path, *keys: str, value: Any) -> None:
    """Write another value at a place of a manifest."""
    path = report / "manifeste.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    at = manifest
    for key in keys[:-1]:
        at = at[key]
    if value is GONE:
        del at[keys[-1]]
    else:
        at[keys[-1]] = value
    path.write_text(json.dumps(manifest), encoding="utf-8")


GONE = object()


def seal_first(report: Path) -> None:
    """Make the report of a year its first edition, as `run --edition` does."""
    spoil_manifest(report, "edition", value=1)
    manifest = json.loads((report / "manifeste.json").read_text(encoding="utf-8"))
    (report / "editions").mkdir()
    shutil.copytree(report, report / "editions" / "1", ignore=lambda *_: ["editions"])
    assert manifest["edition"] == 1


def link(path: Path, to: Path | str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(to)


TAMPERINGS: list[tuple[str, Callable[[Path], Any], str]] = [
    ("file added", lambda r: (r / "note.txt").write_text("x"), "note.txt"),
    ("page added", lambda r: (r / "index.html").write_text("x"), "index.html"),
    ("hidden file", lambda r: (r / ".cache").write_text("x"), ".cache"),
    ("file added deep", lambda r: (r / "donnees" / "x.sql").write_text("x"), "donnees/x.sql"),
    ("empty folder", lambda r: (r / "vide").mkdir(), "vide"),
    ("link for a file", lambda r: ((r / "a").write_bytes((r / "rapport.html").read_bytes()),
                                   link(r / "rapport.html", "a")), "rapport.html"),
    ("link to a folder", lambda r: link(r / "etc", "/etc"), "etc"),
    ("link to nothing", lambda r: link(r / "rien", "absent"), "rien"),
    ("link for the journal", lambda r: link(r / "journal.json", "edition.json"), "journal.json"),
    ("link for the PDF", lambda r: link(r / "rapport.pdf", "/etc/passwd"), "rapport.pdf"),
    ("pipe", lambda r: os.mkfifo(r / "tube"), "tube"),
    ("journal removed", lambda r: (r / "journal.json").unlink(), "journal.json"),
    ("journal not one", lambda r: (r / "journal.json").write_text("[1]"), "journal.json"),
    ("edition nobody sealed", lambda r: shutil.copytree(r / "entrees", r / "editions" / "7"),
     "editions/7"),
    ("file among editions", lambda r: ((r / "editions").mkdir(), (r / "editions" / "x").touch()),
     "editions/x"),
    ("edition claimed", lambda r: spoil_manifest(r, "edition", value=3), "editions/3"),
    ("edition before claimed", lambda r: spoil_manifest(r, "edition_precedente", value=1),
     "editions/1"),
    ("demonstration", lambda r: spoil_manifest(r, "demonstration", value=True), "demonstration"),
    ("catalogue", lambda r: spoil_manifest(r, "catalogue", value="9"), "catalogue"),
    ("version", lambda r: spoil_manifest(r, "spaser", value="9.9"), "spaser"),
    ("count", lambda r: spoil_manifest(r, "entrees", "donnees", "ville.json", "lignes", value=1),
     "entrees, donnees, ville.json, lignes"),
    ("count removed", lambda r: spoil_manifest(r, "entrees", "donnees", "ville.json", "lignes",
                                               value=GONE), "entrees, donnees, ville.json, lignes"),
    ("key added", lambda r: spoil_manifest(r, "certifie", value="par personne"), "certifie"),
    ("Python", lambda r: spoil_manifest(r, "python", value="9.9"), "empreinte"),
    ("output of a sealed edition", lambda r: (
        seal_first(r), change(r / "editions" / "1" / "rapport.html", "<h1>", "<h1>x")),
     "editions/1/rapport.html"),
    ("manifest of a sealed edition", lambda r: (
        seal_first(r), spoil_manifest(r / "editions" / "1", "catalogue", value="9")),
     "editions/1/manifeste.json"),
    ("number of a sealed edition", lambda r: (
        seal_first(r), spoil_manifest(r / "editions" / "1", "edition", value=2)),
     "editions/1/manifeste.json"),
    ("edition in an edition", lambda r: (
        seal_first(r), shutil.copytree(r / "entrees", r / "editions" / "1" / "editions" / "1")),
     "editions/1/editions/1/"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "spoil", "place"), TAMPERINGS, ids=[t[0] for t in TAMPERINGS])
def test_what_is_tampered_with_is_found(
    check: Check, places: Places, _: str, spoil: Callable[[Path], Any], place: str
) -> None:
    spoil(places.reports / "2024")
    verified = check()
    assert not verified.identique
    assert any(place in c.objet or place in c.lieu for c in verified.causes), verified.causes
    assert {c.cause for c in verified.causes} <= {SORTIE, MANIFESTE}


def test_the_page_of_all_years_is_looked_at(check: Check, places: Places, small: Made) -> None:
    page = places.reports / "index.html"
    shutil.copy(small.reports / "index.html", page)
    assert check().identique
    change(page, "<h1", "<h1 hidden")
    assert causes(check()) == {(SORTIE, "../index.html")}
    link(page, "2024/rapport.html")
    assert causes(check()) == {(SORTIE, "../index.html")}


def test_what_cannot_be_checked_is_listed(check: Check, places: Places, tmp_path: Path) -> None:
    report = places.reports / "2024"
    (report / "rapport.pdf").write_bytes(b"%PDF ajout\xc3\xa9")
    verified = check()
    assert verified.identique
    unchecked = {u.objet for u in verified.non_verifies}
    assert {"journal.json", "rapport.pdf"} <= unchecked
    assert any(u.startswith("commit") for u in unchecked)  # this project is no checkout
    page = certificate.save(verified, tmp_path / "certificat").read_text(encoding="utf-8")
    assert "Non vérifié" in page
    certificat = json.loads(
        (tmp_path / "certificat" / "certificat.json").read_text(encoding="utf-8")
    )
    for one in certificat["non_verifies"]:
        assert one["objet"] in page.replace("<wbr>", "")


COMMITS: list[tuple[str, str, str, str]] = [  # what the manifest says, and what is said of it
    ("as it is", "HEAD", "", ""),
    ("unknown", "0" * 40, "inconnu de ce dépôt", ""),
    ("another program", "HEAD~1", "un autre programme", ""),
    ("same program", "HEAD~2", "", "état du dépôt"),
    ("nothing", "", "", "commit"),
]


@pytest.mark.parametrize(("_", "name", "cause", "unchecked"), COMMITS, ids=[c[0] for c in COMMITS])
def test_the_commit_is_one_that_holds_this_program(
    tmp_path: Path, _: str, name: str, cause: str, unchecked: str
) -> None:
    program = tmp_path / "src" / "spaser"
    program.mkdir(parents=True)

    def git(*words: str) -> str:
        who = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
        done = subprocess.run(["git", "-C", str(tmp_path), *who, *words],
                              capture_output=True, text=True, check=True)  # fmt: skip
        return done.stdout.strip()

    git("init", "-q")
    for text in ("un", "deux", "un"):
        (program / "a.py").write_text(text)
        git("add", "-A")
        git("commit", "-qm", text)
    stated = {"git": {"commit": git("rev-parse", name) if "HEAD" in name else name or None,
                    "modifie": False}}  # fmt: skip
    here = {"commit": git("rev-parse", "HEAD"), "modifie": False}
    remarks = list(identity.commit(stated, here, tmp_path, program, explained=False))
    assert [c.recalcule for c in remarks if isinstance(c, Cause)] == [cause] * bool(cause)
    assert [u.objet for u in remarks if not isinstance(u, Cause)] == [unchecked] * bool(unchecked)


MALFORMED: list[tuple[str, Any]] = [
    *[(f"{key} : {value!r}"[:60], ((key,), value))
      for key in ("annee", "edition", "edition_precedente", "demonstration", "catalogue", "spaser",
                  "python", "systeme", "paquets", "git", "empreinte", "entrees", "sorties")
      for value in ([1], {"x": [None]}, -1, 10**400, "../x", True)
      if not (key == "demonstration" and value is True)
      and not (isinstance(value, str) and key in {"catalogue", "spaser", "python", "systeme"})],
    *[(f"{key} absent", ((key,), GONE)) for key in ("annee", "edition", "git", "sorties")],
    *[(f"name {name!r}"[:60], (("sorties", name), "0" * 64))
      for name in ("/etc/passwd", "../../x", "a/../b", "a//b", "C:/x", "a\\b", "", "x" * 2000,
                   "a\0b", ".", "a/", "./a")],
    *[(f"{kind} {name!r}"[:60], (("entrees", kind), {name: {"sha256": "0" * 64}}))
      for kind, name in (("donnees", "../ville.json"), ("annee_precedente", "/etc/passwd"),
                         ("annee_precedente", "2024/indicateurs.csv"),
                         ("annee_precedente", "indicateurs.csv"),
                         ("edition_precedente", "../../../x"), ("autre", "a"))],
    ("digest", (("sorties", "rapport.html"), "0" * 63)),
    ("entry", (("entrees", "donnees", "ville.json"), "0" * 64)),
    ("count", (("entrees", "donnees", "ville.json", "lignes"), -1)),
    ("commit", (("git", "commit"), "--output=/tmp/x")),
]  # fmt: skip


@pytest.mark.parametrize("how", [m[1] for m in MALFORMED], ids=[m[0] for m in MALFORMED])
def test_a_malformed_manifest_is_one_message(check: Check, places: Places, how: Any) -> None:
    keys, value = how
    before = snapshot(places.reports.parent)
    spoil_manifest(places.reports / "2024", *keys, value=value)
    with pytest.raises(UserError) as error:
        check()
    assert "manifeste.json" in str(error.value)
    assert error.value.remede
    assert snapshot(places.reports.parent).keys() == before.keys()


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", "[" * 100000, '{"annee": 1e999}', '{"annee": ' + "9" * 5000,
             '{"a": "\\ud800"}', "\ufeff{}", "NaN"]
)  # fmt: skip
def test_a_manifest_that_is_not_one_is_one_message(check: Check, places: Places, text: str) -> None:
    (places.reports / "2024" / "manifeste.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="manifeste"):
        check()


@given(st.binary(max_size=300))
def test_any_bytes_are_a_manifest_or_one_message(noise: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "manifeste.json").write_bytes(noise)
        with pytest.raises(UserError, match="manifeste"):
            manifests.checked(Path(place))


def test_nothing_is_written_where_a_manifest_says(small: Made, tmp_path: Path) -> None:
    """The real command, on a report that asks to be written elsewhere."""
    report = Path(shutil.copytree(small.reports / "2024", tmp_path / "reports" / "2024"))
    outside = tmp_path / "dehors"
    for value in (str(outside), f"../../../{outside.name}", 0, -1):
        spoil_manifest(report, "edition_precedente", value=value)
        done = spaser(*YEAR, "--reports", tmp_path / "reports", "--data", small.data)
        assert done.code == 2, done.out + done.err
        assert "edition_precedente" in done.err
        assert "Traceback" not in done.err
        assert not outside.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_of_files_do_not_reach_the_terminal_as_orders(
    check: Check, places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("\x1b]0;pris\x07", "\x1b[2J", "a\rb", "a\u202eb", "a\x9b31m", "[red]x[bold]"):
        (places.reports / "2024" / name).write_text("x")
    (places.reports / "2024" / os.fsdecode(b"\xff")).write_text("x")
    verified = check()
    assert len(verified.causes) >= 7
    page = certificate.save(verified, tmp_path / "certificat").read_text(encoding="utf-8")
    json.loads((tmp_path / "certificat" / "certificat.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(verify, "verify", lambda *_: verified)
    with pytest.raises(SystemExit) as ended:
        cli.main(["verify", "2024", "--attestation", str(tmp_path / "b")])
    assert ended.value.code == 4
    printed = capsys.readouterr()
    for text in (printed.out, printed.err, page):
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cs"}]
    assert "\\x1b]0;pris\\x07" in printed.out
    assert "[red]x[bold]" in printed.out
    assert "\u202e" not in printed.out
