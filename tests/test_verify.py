"""`spaser verify`: what was published is given again, or the difference is named with its cause."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pages
import pytest
from pages import Done, Made, figures, once, rows, snapshot, spaser, write_small

from spaser.errors import GateStopped, UserError
from spaser.pipeline import run
from spaser.pipeline.run import Places, Progress
from spaser.publishing import provenance
from spaser.verification import certificate, verify
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
        shutil.copy(pages.ROOT / "requirements.lock", here)
        return spaser(
            *YEAR, "--reports", place / "reports", "--data", place / "recu", "--par", "Éva <b>",
            cwd=here, TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7",
        )  # fmt: skip

    return once(tmp_path_factory, "travelled", build)


def test_a_copied_folder_is_given_again_elsewhere(travelled: Made) -> None:
    told = json.loads(
        (travelled.reports / "2024-verification" / "certificat.json").read_text(encoding="utf-8")
    )
    published = figures(travelled.reports / "2024")
    assert told["identique"] is True
    assert told["code_sortie"] == 0
    assert told["causes"] == []
    assert {(f["code"], f["entite"], f["base"]) for f in told["chiffres"]} == set(published)
    for f in told["chiffres"]:
        value = published[f["code"], f["entite"], f["base"]]["valeur"]
        assert (f["publie"], f["recalcule"], f["statut"]) == (value, value, "identique")
    assert {f["nom"] for f in told["fichiers"]} >= set(run.EXPECTED)
    assert {f["statut"] for f in told["fichiers"]} == {"identique"}
    assert told["qui"] == "Éva <b>"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", told["quand"])
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

    told = json.loads(
        (tmp_path / "reports" / "2024-verification" / "certificat.json").read_text(encoding="utf-8")
    )
    differ = [f for f in told["chiffres"] if f["statut"] != "identique"]
    assert [(f["code"], f["entite"], f["base"]) for f in differ] == [
        (row["code"], row["entite"], row["base"])
    ]
    assert {f["nom"] for f in told["fichiers"] if f["statut"] != "identique"} == {
        "indicateurs.csv", "rapport.html", "preuves.csv",
    }  # fmt: skip
    assert {c["cause"] for c in told["causes"]} == {SORTIE}


def test_changed_inputs_and_params_are_told_apart(tmp_path: Path, small: Made) -> None:
    write_small(tmp_path / "data", changes={"2024V004": {"montant": "49000.11"}})
    shutil.copytree(pages.ROOT / "params", tmp_path / "params")
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
    told = json.loads((tmp_path / "attestation" / "certificat.json").read_text(encoding="utf-8"))
    causes = {(c["cause"], c["objet"], c["lieu"]): (c["publie"], c["recalcule"])
              for c in told["causes"]}  # fmt: skip
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
    shutil.copy(pages.ROOT / "requirements.lock", root)
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


def causes(found: Verification) -> set[tuple[str, str]]:
    return {(c.cause, c.objet) for c in found.causes}


def spoil_page(report: Path) -> None:
    change(report / "rapport.html", "<h1>", "<h1>x")


def test_nothing_changed(check: Check) -> None:
    found = check()
    assert found.identique
    assert not found.reserves


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
    path.write_bytes(path.read_bytes() + b"\n")
    found = check(spoil_page)
    assert {c for c, _ in causes(found)} == {cause}
    assert all(o.endswith(f" : {path.name}") or path.name in o for _, o in causes(found))
    assert [f.nom for f in found.fichiers if f.statut != "identique"] == ["rapport.html"]


def test_a_file_added_to_the_inputs_is_named(check: Check, places: Places) -> None:
    (places.data / "autre.json").write_text("{}")
    found = check()
    assert causes(found) == {(ENTREE, "données : autre.json")}
    assert found.causes[0].publie == "(absent)"


def test_earlier_data_not_at_hand_are_one_line_after_the_file_that_changed(
    check: Check, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = places.data / "ville.json"
    path.write_bytes(path.read_bytes() + b"\n")
    real = verify._changed_inputs

    def without_2023(*given: Any) -> list[Cause]:
        title = f"{provenance.KINDS['donnees_precedentes'].label} : 2023/"
        absent = (Cause(ENTREE, title + n, "sha256", "0" * 64, "(absent)") for n in "abc")
        return [*absent, *real(*given)]

    monkeypatch.setattr(verify, "_changed_inputs", without_2023)
    found = check(spoil_page)
    assert [c.objet for c in found.causes] == [
        "données : ville.json",
        "données des années précédentes : 2023/a et 2 autre(s)",
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
    found = check(spoil_page if effect else lambda _: None)
    told = found.causes if effect else found.reserves
    installed = real(pages.ROOT)["paquets"]["duckdb"]
    assert {(c.cause, c.objet, c.publie, c.recalcule) for c in told} == {
        (ENVIRONNEMENT, "duckdb", installed, "0.0.1"),
        (ENVIRONNEMENT, "neuf", "(absent)", "1"),
    }
    assert found.identique is not effect


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
    found = check()
    assert causes(found) == {(SORTIE, name), (SORTIE, "note.txt")}
    assert (SORTIE, name, "fichier", "(absent)", "présent") in found.causes


def test_a_stop_that_a_changed_input_explains_is_a_finding(
    check: Check, places: Places, tmp_path: Path
) -> None:
    stop = GateStopped(["trop de lignes en quarantaine"], tmp_path)
    (places.data / "ville.json").write_text('{"records": []}')
    found = check(error=stop)
    assert not found.identique
    assert "trop de lignes en quarantaine" in found.verdict
    assert {f.recalcule for f in found.chiffres} == {"(absent)"}
    page = certificate.save(found, tmp_path / "certificat")
    assert "trop de lignes" in page.read_text(encoding="utf-8")


def test_an_error_that_nothing_explains_stays_an_error(check: Check) -> None:
    with pytest.raises(UserError, match="panne"):
        check(error=UserError("panne"))


@pytest.mark.parametrize(
    ("spoil", "said"),
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
    check: Check, places: Places, spoil: Callable[[Places], Any], said: str
) -> None:
    spoil(places)
    with pytest.raises(UserError) as error:
        check()
    assert said in str(error.value)
    assert error.value.remede
