"""`spaser run ANNÉE --projets DOSSIER`: many projects, one shared file, one page of them all."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import oracle as o
import pages
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_forms import unique
from test_published_french import blocks, faults
from test_sources import contracts
from written import FORMS, text

from spaser import cli, sources
from spaser.commands import init
from spaser.commands.init import Wanted
from spaser.errors import UserError
from spaser.projects import folders, job, runs, sharing, workers
from spaser.projects.job import Job, ProjectResult
from spaser.report import projets
from spaser.settings import params as parameters
from spaser.settings.params import Params
from spaser.settings.scheme import PeriodeDuSchema
from spaser.sources import part
from spaser.sources.lecture import Lecture

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("pages", "chromium")

ARCACHON, LYON, GIRONDE = "213300098", "200046977", "223300013"
HOSTILE = "l'agglo & <b>co</b> #1 50%?"
NATIONAL = "national.json"
OFFICIAL = [name for name in FORMS if not name.startswith("export")]


def project(place: Path, siren: str, nom: str | None = None) -> Path:
    init.create(place, Wanted((siren,), nom, PeriodeDuSchema(debut=2024, fin=2027)))
    return place


def yearly(siren: str, count: int = 51) -> list[o.Contract]:
    """A contract a week."""
    return [
        o.Contract(
            f"2024-{n:02d}", buyer=f"{siren}00015", montant=Decimal(41000 + 1000 * n),
            notified=(day := dt.date(2024, 1, 4) + dt.timedelta(weeks=n)),
            published=day + dt.timedelta(days=9),
        )
        for n in range(count)
    ]  # fmt: skip


# --- The command ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> pages.Made:
    """Four projects and a national file: two good ones, one whose params are wrong, one that the
    gate stops; then the same again, and a verification of the first."""

    def build(place: Path) -> pages.Done:
        home = place / "bureau"
        project(home / "arcachon", ARCACHON)
        project(home / "sud" / HOSTILE, LYON, "<b>Lyon</b> & =1+1")
        project(home / "gironde", GIRONDE)
        spoilt = project(home / "zone", "212102313") / "params" / "2024" / "params.yml"
        spoilt.write_text(spoilt.read_text(encoding="utf-8").replace("annee: 2024", "anee: 2024"))
        records = [
            *map(o.nested, [*yearly(ARCACHON), *yearly(LYON)]),
            *({**o.nested(c), "montant": None} for c in yearly(GIRONDE)),
            o.nested(o.Contract("autre", buyer="21590350100017")),
            o.nested(o.Contract("personne", buyer="MQ")),
        ]
        pages.write_json(home / "data" / "raw" / "2024" / NATIONAL, o.regulatory(records))
        first = pages.spaser("run", "2024", "--projets", home)
        (place / "premier.txt").write_text(f"{first.out}\n{first.err}", encoding="utf-8")
        shutil.copy(home / "index.html", place / "index.html")
        again = pages.spaser("run", "2024", "--projets", home)
        (place / "encore.txt").write_text(f"{again.out}\n{again.err}", encoding="utf-8")
        assert again.code == 3, again
        verified = pages.spaser("verify", "2024", cwd=home / "arcachon")
        (place / "verifie.txt").write_text(f"{verified.out}\n{verified.err}", encoding="utf-8")
        return first

    return pages.once(tmp_path_factory, "many_projects", build, code=3)


def test_one_failure_does_not_stop_the_others(many: pages.Made) -> None:
    home = many.place / "bureau"
    for name in ("arcachon", f"sud/{HOSTILE}"):
        assert (home / name / "reports" / "2024" / "rapport.html").is_file(), name
        assert pages.figures(home / name / "reports" / "2024")
    assert (home / "gironde" / "reports" / "2024-controle" / "qualite.html").is_file()
    for name in ("gironde", "zone"):
        assert not (home / name / "reports" / "2024").exists()


def test_each_project_has_a_line_and_a_row(many: pages.Made) -> None:
    out, err = many.done.out, many.done.err
    for name, etat, code in (
        ("arcachon", job.PUBLIE, 0), (f"sud/{HOSTILE}", job.PUBLIE, 0),
        ("gironde", job.ARRETE, 3), ("zone", job.REFUSE, 2),
    ):  # fmt: skip
        assert len([x for x in err.splitlines() if f"{name} : 2024, {etat} (" in x]) == 1, err
        [row] = [x for x in out.splitlines() if x.strip().startswith(name)]
        assert etat in row
        assert row.split()[-1] == str(code)
    assert re.findall(r"^\[(\d/4)\]", err, re.MULTILINE) == ["1/4", "2/4", "3/4", "4/4"]
    assert "entre 4\u00a0projets" in err
    assert "Traceback" not in err
    assert "anee" in err
    assert "Remède" in err


def test_what_has_not_changed_is_not_made_again(many: pages.Made) -> None:
    again = (many.place / "encore.txt").read_text(encoding="utf-8")
    assert again.count(f"2024, {job.INCHANGE} (") == 2
    page = many.place / "bureau" / "index.html"
    assert page.read_bytes() == (many.place / "index.html").read_bytes()
    assert [f for line in blocks(pages.parsed(page)) for f in faults(line)] == []


def test_each_report_is_verified_from_its_own_folder(many: pages.Made) -> None:
    assert "Identique" in (many.place / "verifie.txt").read_text(encoding="utf-8")


def test_each_project_accounts_for_the_whole_national_file(many: pages.Made) -> None:
    home = many.place / "bureau"
    national = json.loads((home / "data" / "raw" / "2024" / NATIONAL).read_text(encoding="utf-8"))
    total = len(national["marches"]["marche"])
    for name, mine in (("arcachon", 51), (f"sud/{HOSTILE}", 51)):
        control = json.loads((home / name / "reports" / "2024" / "controle.json").read_text())
        bilan = next(b for b in control["bilans"] if b["table"] == "marches")
        assert bilan["lues"]["lignes"] == total
        assert bilan["retenues"]["lignes"] == mine
        assert bilan["autre_acheteur"]["lignes"] == total - mine - 1
        assert bilan["quarantaine"]["lignes"] == 1  # the contract of nobody


# --- The page of all ------------------------------------------------------------------------


def test_the_page_links_to_each_index_and_escapes_names(many: pages.Made) -> None:
    page = many.place / "bureau" / "index.html"
    source = page.read_text(encoding="utf-8")
    assert "<b>Lyon" not in source
    assert "<b>co" not in source
    tree = pages.parsed(page)
    links = [a.get("href") for a in tree.iter("a") if not a.get("href", "").startswith("#")]
    from urllib.parse import unquote

    assert links
    assert all(not link.startswith(("/", "http")) for link in links)
    for link in links:
        assert (page.parent / unquote(link)).is_file(), link
    shown = {unquote(link) for link in links}
    for name in ("arcachon", f"sud/{HOSTILE}"):
        assert f"{name}/reports/index.html" in shown
        assert f"{name}/reports/2024/rapport.html" in shown
    assert "gironde/reports/2024-controle/qualite.html" in shown
    text = pages.typed(tree.find(".//main"))
    for words in ("<b>Lyon</b> & =1+1", "arrêté par le contrôle", "à corriger", "51 marchés"):
        assert words in text
    assert str(many.place) not in source
    assert "://" not in source.replace("http://www.w3.org/2000/svg", "")


def test_the_page_of_projects_is_accessible(many: pages.Made, browser: Browser) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto((many.place / "bureau" / "index.html").as_uri())
    violations = Axe().run(page).response["violations"]
    assert [v["id"] for v in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_a_page_of_someone_else_is_left(tmp_path: Path) -> None:
    (tmp_path / "a" / "params").mkdir(parents=True)
    (tmp_path / "a" / "params" / "spaser.yml").write_text("")
    (tmp_path / "index.html").write_text("<h1>à moi</h1>", encoding="utf-8")
    nobody = runs.Listener(lambda _: None, lambda *_: None, lambda *_: None)
    with pytest.raises(UserError, match="écrasée"):
        runs.run(tmp_path, runs.Options((2024,)), nobody)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "<h1>à moi</h1>"


@pytest.mark.slow
def test_a_report_of_another_version_is_linked_all_the_same(tmp_path: Path) -> None:
    root = project(tmp_path / "a", ARCACHON)
    (report := root / "reports" / "2024").mkdir()
    (report / "rapport.html").write_text("x")
    for damaged in ("", "[]", "{", '{"marches": [{"nombre": "x"}]}', '{"marches": [{}]}'):
        (report / "controle.json").write_text(damaged)
        line = projets.line(root, "a", [])
        assert [(y.rapport, y.marches) for y in line.annees] == [
            ("a/reports/2024/rapport.html", None)
        ]
        assert "Rapport 2024" in projets.html([line])
    none = projets.line(tmp_path / "b", "b", [])
    assert not none.annees
    assert "pas de rapport" in projets.html([line, none])


# --- Refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--projets", "absent"], "n'existe pas"),
        (["--projets", "vide"], "aucun projet"),
        (["--projets", "seul"], "lui-même un projet"),
        (["--projets", "tous", "--reports", "x"], "--reports"),
        (["--projets", "tous", "--params", "x"], "--params"),
        (["--projets", "tous", "--accepter", "x"], "--accepter"),
        (["--projets", "tous", "--processus", "0"], "--processus"),
        (["--processus", "2"], "--projets"),
        (["--projets", "tous", "--data", "absent"], "absent"),
    ],
)
def test_what_cannot_be_run_together_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vide").mkdir()
    for name in ("seul", "tous/a"):
        (tmp_path / name / "params").mkdir(parents=True)
        (tmp_path / name / "params" / "spaser.yml").write_text("")
    with pytest.raises(SystemExit) as end:
        cli.main(["run", "2024", *words])
    err = capsys.readouterr().err
    assert end.value.code == 2
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("codes", "code"), [([], 0), ([0, 0], 0), ([0, 2], 2), ([3, 2], 3), ([3, 1, 2], 1)]
)
def test_the_exit_code_is_that_of_the_worst(codes: Sequence[int], code: int) -> None:
    etats = {c: e for e, c in job.CODES.items()}
    assert runs.worst([ProjectResult("a", 2024, etats[c], "", 0.0) for c in codes]) == code


def test_projects_are_found_at_any_depth_hidden_ones_apart(tmp_path: Path) -> None:
    for name in ("b", "a/un", "a/deux", ".caché", "b/dedans"):
        (tmp_path / name / "params").mkdir(parents=True)
        (tmp_path / name / "params" / "spaser.yml").write_text("")
    (tmp_path / "lien").symlink_to(tmp_path / "b")
    assert [p.nom for p in folders.find(tmp_path)] == ["a/deux", "a/un", "b"]


# --- Processes ------------------------------------------------------------------------------


def jobs(place: Path, *names: str) -> list[Job]:
    """Projects that cannot run: they have no params."""
    return [Job(folders.Project(place / n, n), (2024,)) for n in names]


def test_a_process_that_dies_takes_its_own_project_down(tmp_path: Path) -> None:
    killed: list[str] = []

    def kill(one: Job, _: str) -> None:
        killed.append(one.projet.nom)

    work = workers.run(jobs(tmp_path, "a", "b", "c"), 1, kill)
    [[first]] = [next(work)]
    assert first.etat == job.REFUSE
    assert "new-year" in first.pourquoi
    import multiprocessing

    for child in multiprocessing.active_children():
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)
        child.join()
    rest = [r for results in work for r in results]
    assert [r.projet for r in rest] == ["b", "c"]
    assert rest[0].etat == job.ANOMALIE
    assert "--processus" in rest[0].pourquoi
    assert rest[1].etat == job.REFUSE
    assert multiprocessing.active_children() == []


# --- Shares ---------------------------------------------------------------------------------


def shared(place: Path, files: dict[str, bytes], *buyers: Sequence[str]) -> list[Params]:
    """Projects of some buyers, given their part of common files; their params."""
    common, settings_ = place / "communs", []
    for name, content in files.items():
        common.mkdir(parents=True, exist_ok=True)
        (common / name).write_bytes(content)
    for number, sirens in enumerate(buyers):
        root = place / f"p{number}"
        if not root.exists():
            init.create(root, Wanted(tuple(sirens), None, PeriodeDuSchema(debut=2024, fin=2027)))
        settings_.append(parameters.load(root / "params", 2024))
    projects = [folders.Project(place / f"p{n}", f"p{n}") for n in range(len(buyers))]
    assert sharing.share(common, projects, 2024, lambda _: None) == {}
    return settings_


def as_read(lecture: Lecture) -> dict[str, Any]:
    """All that a run takes from a folder, but the names of its files."""
    [fichier] = [f for f in lecture.fichiers if f.source]
    return {
        "erreurs": [f.erreur for f in lecture.fichiers],
        "lignes": [dataclasses.replace(x, fichier="") for x in lecture.lignes],
        "en_cours": [dataclasses.replace(x, fichier="") for x in lecture.en_cours],
        "fichier": (fichier.lignes, fichier.annonce, fichier.source),
        "remarques": [r.removeprefix(sharing.COMMON) for r in fichier.remarques],
        "semblables": {
            siren: [dataclasses.replace(x, fichier="") for x in lecture.semblables.lignes(siren)]
            for siren in lecture.semblables.presents
        },
        "sans_acheteur": len(lecture.sans_acheteur),
        **{
            name: getattr(lecture, name)
            for name in (
                "lues", "hors_perimetre", "acheteurs_lus", "objets_autres_annees", "historique",
            )
        },
    }  # fmt: skip


VILLE, METROPOLE = o.VILLE[:9], o.METROPOLE[:9]
JOINT = ([VILLE], [METROPOLE], [METROPOLE, VILLE])


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three projects, and a folder of common files, for each form in its turn."""
    place = tmp_path_factory.mktemp("trois")
    shared(place, {"a": FORMS["XML"]([o.Contract("1", buyer=o.VILLE)])}, *JOINT)
    return place


@pytest.mark.long
@pytest.mark.slow
@settings(max_examples=4)
@given(st.lists(contracts, min_size=1, max_size=5).map(unique), st.data())
@pytest.mark.parametrize("form", OFFICIAL)
def test_a_part_is_read_as_the_whole_is(
    three: Path, form: str, written: list[o.Contract], data: Any
) -> None:
    spread = [
        dataclasses.replace(
            c,
            buyer=data.draw(st.sampled_from([o.VILLE, o.METROPOLE, o.ETRANGER, "MQ"])),
            notified=c.notified.replace(
                year=data.draw(st.sampled_from([2022, 2024])), day=min(c.notified.day, 28)
            ),
        )
        for c in written
    ]
    for n, one in enumerate(shared(three, {"a": FORMS[form](spread)}, *JOINT)):
        mine = sources.read_folder(three / f"p{n}" / "data" / "raw" / "2024", one)
        assert as_read(mine) == as_read(sources.read_folder(three / "communs", one))


@pytest.mark.slow
def test_real_files_are_shared_as_they_are_read(
    tmp_path: Path, real: Callable[[str], Path]
) -> None:
    names = sorted(real("data/dematis").glob("*.json"))[:3]
    place = tmp_path
    for n, one in enumerate(
        shared(place, {p.name: p.read_bytes() for p in names}, [ARCACHON], ["219740073", LYON])
    ):
        mine = sources.read_folder(place / f"p{n}" / "data" / "raw" / "2024", one)
        whole = sources.read_folder(place / "communs", one)
        assert mine.lues == whole.lues
        assert mine.hors_perimetre == whole.hors_perimetre
        assert [x.empreinte for x in mine.lignes] == [x.empreinte for x in whole.lignes]


def parts(place: Path) -> dict[str, tuple[bytes, int]]:
    return {
        p.relative_to(place).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in place.glob(f"p*/data/raw/2024/*{part.SUFFIX}")
    }


@pytest.mark.slow
def test_parts_follow_the_common_files(tmp_path: Path) -> None:
    one = FORMS["XML"]([o.Contract("1", buyer=o.VILLE)])
    two = FORMS["XML"]([o.Contract("1", buyer=o.VILLE), o.Contract("2", buyer=o.METROPOLE)])
    shared(tmp_path, {"a.xml": one}, [VILLE], [METROPOLE])
    before = parts(tmp_path)
    shared(tmp_path, {}, [VILLE], [METROPOLE])
    assert parts(tmp_path) == before  # nothing to read again
    shared(tmp_path, {"a.xml": two}, [VILLE], [METROPOLE])
    assert parts(tmp_path).keys() == before.keys()
    assert parts(tmp_path) != before
    (tmp_path / "communs" / "a.xml").rename(tmp_path / "communs" / "b.xml")
    shared(tmp_path, {}, [VILLE], [METROPOLE])
    assert sorted(parts(tmp_path)) == [f"p{n}/data/raw/2024/b.xml{part.SUFFIX}" for n in (0, 1)]
    assert not list(tmp_path.glob("p*/data/raw/2024/.*"))


def spoilt(content: bytes) -> Iterator[bytes]:
    yield content[: len(content) // 2]
    yield content[:-1]
    yield content + b"\n"
    yield content.replace(b'"rang": 1', b'"rang": 9')
    yield content.split(b"\n")[0] + b"\n"
    yield b'{"part": 1, "fichier": 3}\n'
    yield b'{"part": 1, \xff'
    lines = content.splitlines(keepends=True)
    for line in (b"[" * 9999 + b"\n", b"7\n", b"{}\n", b'{"table": "x"}\n', b"\xff\xfe\n"):
        yield lines[0] + line + lines[-1]


def test_a_part_that_was_touched_is_refused(tmp_path: Path) -> None:
    [one] = shared(tmp_path, {"a.xml": FORMS["XML"]([o.Contract("1", buyer=o.VILLE)])}, [VILLE])
    folder = tmp_path / "p0" / "data" / "raw" / "2024"
    [file] = folder.iterdir()
    for content in spoilt(file.read_bytes()):
        file.write_bytes(content)
        [fichier] = sources.read_folder(folder, one).fichiers
        assert "remède" in fichier.erreur, content[:80]
        assert "--projets" in fichier.erreur, content[:80]


def test_a_record_that_looks_like_a_mark_of_ours_is_kept(tmp_path: Path) -> None:
    record = o.nested(o.Contract("1", buyer=o.VILLE)) | {"\x00d": "x", "autre": {"\x00d": "x"}}
    content = json.dumps(o.regulatory([record]), default=float).encode()
    [one] = shared(tmp_path, {"a.json": content}, [VILLE])
    mine = sources.read_folder(tmp_path / "p0" / "data" / "raw" / "2024", one)
    assert as_read(mine) == as_read(sources.read_folder(tmp_path / "communs", one))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.4", "PDF"),
        (b'{"marches": {"marche": [{"id": 1', "tronqué"),
        (text([{"siret": "21210231300013", "date": "2024-01-01", "heures": "3"}]), "forme"),
        (text([{"siret": "1", "siren": "2", "statutDiffusionEtablissement": "O",
                "codeCommuneEtablissement": "21231"}]), "data/referentiels"),
    ],
)  # fmt: skip
def test_a_common_file_that_cannot_be_shared_is_named(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(UserError, match=message) as error:
        shared(tmp_path, {"fichier.x": content}, [VILLE])
    assert "fichier.x" in str(error.value)
    assert "Remède" in str(error.value)
    assert not list((tmp_path / "p0" / "data" / "raw" / "2024").iterdir())


@pytest.mark.slow
def test_demonstration_data_take_no_part(tmp_path: Path) -> None:
    shared(tmp_path, {"a.xml": FORMS["XML"]([o.Contract("1", buyer=o.VILLE)])}, [VILLE], [LYON])
    folder = tmp_path / "p1" / "data" / "raw" / "2024"
    (folder / sources.MARK).write_text("")
    projects = [folders.Project(tmp_path / f"p{n}", f"p{n}") for n in (0, 1)]
    refused = sharing.share(tmp_path / "communs", projects, 2024, lambda _: None)
    assert list(refused) == ["p1"]
    assert "démonstration" in str(refused["p1"])
