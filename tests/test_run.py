"""The whole job, by the real command: what it publishes, keeps, refuses and leaves alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import oracle as o
import pages
import psutil
import pytest
from neutral import NOM_METROPOLE, NOM_VILLE, PROJECT, ROOT
from pages import JOURNAL, Made, figures, number, rows, snapshot, spaser

from spaser.errors import UserError
from spaser.pipeline import notebooks
from spaser.publishing import provenance
from spaser.publishing.bare import bare
from spaser.sources.folder import sha256

pytest_plugins = ("pages",)

PUBLISHED = {
    "rapport.html",
    "qualite.html",
    "calculs.html",
    "notebooks/1_qualite.ipynb",
    "notebooks/2_indicateurs.ipynb",
    "notebooks/3_rapport.ipynb",
    "indicateurs.csv",
    "indicateurs.xlsx",
    "datapackage.json",
    "preuves.csv",
    "marches.csv",
    "quarantaine.csv",
    "corrections.csv",
    "donnees/indicateurs.sql",
    "manifeste.json",
    "ro-crate-metadata.json",
    JOURNAL,
}
COMPUTED = ["demo-2024", "demo-2025", "small", "ville-2024", "ville-2025"]

ESSENTIAL = {  # indicators that the essential data feed alone
    "ECO1-05", "ECO1-06", "ECO2-04", "SOC1-05", "SOC1-06", "SOC2-01", "SOC2-02", "SOC2-10",
    "ENV1-01", "ENV1-02", "ENV1-03",
}  # fmt: skip

# --- What is published ---------------------------------------------------------------------


@pytest.mark.parametrize("name", [*COMPUTED, "strangers", "hostile"])
def test_every_file_of_the_public_contract_is_there(
    request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    assert sorted(PUBLISHED - set(snapshot(edition))) == []
    assert all((edition / file).stat().st_size for file in PUBLISHED)
    script = (edition / "donnees" / "indicateurs.sql").read_text(encoding="utf-8")
    tables = re.findall(r"read_parquet\('([^']+)'\)", script)
    assert tables
    assert [t for t in tables if not (edition / "donnees" / t).is_file()] == []


def test_nothing_but_reports_is_left_beside_the_report(demo: Made) -> None:
    assert sorted(p.name for p in demo.reports.iterdir()) == ["2024", "2025", "index.html"]


def test_stages_are_told_on_the_error_stream_and_the_result_on_the_other(small: Made) -> None:
    for word in ("Lecture des fichiers", "Contrôle qualité", "Calcul", "Publication"):
        assert word in small.done.err
    for name in ("1_qualite", "2_indicateurs", "3_rapport"):
        assert name in small.done.err
    published, compared, *notes = small.done.out.splitlines()
    assert all("à vérifier" in n for n in notes), notes
    assert str(small.reports / "2024" / "rapport.html") in published
    assert compared == "2024 : première publication, rien à comparer."


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025"])
def test_every_record_read_is_accounted_for(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    raw = PROJECT / "data" / "raw" / name[-4:]
    by_file = [pages.records_in(file) for file in raw.glob("*.json")]
    read = {table: sum(f[table] for f in by_file) for table in ("marches", "concessions")}
    assert all(read.values())
    control = json.loads((edition / "controle.json").read_text(encoding="utf-8"))
    parts = (
        "retenues", "quarantaine", "doublons", "autre_acheteur", "autre_annee", "non_rencontres"
    )  # fmt: skip
    for account in control["bilans"]:
        table = account["table"]
        lignes = account["lues"]["lignes"]
        assert lignes == read.get(table, lignes)  # registers are counted in test_registers
        assert sum(account[p]["lignes"] for p in parts) == lignes
        cents = sum((Decimal(account[p]["montant"]) for p in parts), Decimal(0))
        assert cents == Decimal(account["lues"]["montant"])
        aside = {(r["fichier"], r["ligne"]) for r in rows(edition / "quarantaine.csv")
                 if r["table"] == table}  # fmt: skip
        assert len(aside) == account["quarantaine"]["lignes"]
        again = [r for r in rows(edition / "doublons.csv") if r["table"] == table]
        assert len(again) == account["doublons"]["lignes"]
    assert {a["table"] for a in control["bilans"]} >= set(read)


# --- Figures and their evidence -------------------------------------------------------------


@pytest.mark.parametrize("name", COMPUTED)
def test_evidence_adds_up_to_the_figures(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    sums: dict[tuple[pages.Key, str], Decimal] = defaultdict(Decimal)
    counts: dict[tuple[pages.Key, str], int] = defaultdict(int)
    lines_ = set()
    for r in rows(edition / "preuves.csv"):
        key = (r["code"], r["entite"], r["base"])
        sums[key, r["role"]] += number(r["contribution"]) or 0
        counts[key, r["role"]] += 1
        line = (*key, r["marche_uid"], r["role"])
        assert line not in lines_
        lines_.add(line)
    checked = 0
    for key, figure in figures(edition).items():
        top, bottom = number(figure["numerateur"]), number(figure["denominateur"])
        if not figure["valeur"] or key[0] not in ESSENTIAL:
            continue
        checked += 1
        assert top == sums[key, "numerateur"], key
        if key[0] == "ECO1-05":  # a median: the denominator is how many there are
            assert bottom == counts[key, "numerateur"], key
        elif bottom is not None:
            assert bottom == sums[key, "numerateur"] + sums[key, "denominateur"], key
            assert Fraction(figure["valeur"]) == pytest.approx(100 * Fraction(top / bottom))
            assert number(figure["renseignes"]) == bottom
            assert number(figure["total"]) == bottom + sums[key, "inconnu"]
    assert checked >= 12
    contracts = {r["marche_uid"] for r in rows(edition / "marches.csv")}
    assert {line[3] for line in lines_ if line[0] in ESSENTIAL} <= contracts


_AUDITOR = """
import duckdb, json
con = duckdb.connect()
done = con.execute(open("indicateurs.sql", encoding="utf-8").read())
names = [d[0] for d in done.description]
print(json.dumps([dict(zip(names, row)) for row in done.fetchall()], default=str))
"""


def _recomputed(edition: Path, place: Path) -> dict[pages.Key, dict[str, Decimal | None]]:
    """What the published script says in a copy of its folder, without this package."""
    copy = shutil.copytree(edition / "donnees", place / "copie")
    done = subprocess.run(
        [sys.executable, "-I", "-c", _AUDITOR],
        cwd=copy, capture_output=True, encoding="utf-8", check=True, timeout=60,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    columns = ("numerateur", "denominateur", "valeur")
    assert set(answer[0]) == {"code", "entite", "base", *columns}
    recomputed = {
        (r["code"], r["entite"], r["base"]): {
            c: None if r[c] is None else Decimal(str(r[c])) for c in columns
        }
        for r in answer
    }
    assert len(recomputed) == len(answer)
    return recomputed


@pytest.mark.parametrize("name", COMPUTED)
def test_the_script_gives_the_same_figures_without_the_package(
    request: pytest.FixtureRequest, name: str, tmp_path: Path
) -> None:
    edition = pages.edition(request, name)
    recomputed = _recomputed(edition, tmp_path)
    with_value = {k: f for k, f in figures(edition).items() if f["valeur"]}
    assert with_value
    for key, figure in with_value.items():
        assert recomputed[key] == {c: number(figure[c]) for c in recomputed[key]}, key


@pytest.mark.parametrize("name", ["small", "ville-2024"])
def test_the_script_gives_no_zero_where_a_figure_is_missing(
    request: pytest.FixtureRequest, name: str, tmp_path: Path
) -> None:
    edition = pages.edition(request, name)
    recomputed = _recomputed(edition, tmp_path)
    without = {k: f for k, f in figures(edition).items() if k in recomputed and not f["valeur"]}
    assert without
    wrong = {
        key: (recomputed[key], {c: figure[c] for c in recomputed[key]})
        for key, figure in without.items()
        if recomputed[key] != {c: number(figure[c]) for c in recomputed[key]}
    }
    assert wrong == {}


def test_last_year_is_the_value_published_last_year(demo: Made) -> None:
    before, now = figures(demo.reports / "2024"), figures(demo.reports / "2025")
    assert before.keys() == now.keys()
    assert all(not f["valeur_n_1"] and not f["evolution"] for f in before.values())
    known = 0
    for key, figure in now.items():
        assert figure["valeur_n_1"] == before[key]["valeur"], key
        if figure["valeur"] and figure["valeur_n_1"]:
            known += 1
            change = Decimal(figure["valeur"]) - Decimal(figure["valeur_n_1"])
            assert float(figure["evolution"]) == float(change), key  # no binary dust
        else:
            assert not figure["evolution"], key
    assert known >= 36  # twelve figures of the essential data, three entities


def test_a_demonstration_is_no_last_year_for_real_data(hostile: Made) -> None:
    assert (hostile.reports / "2024" / "indicateurs.csv").exists()
    now = figures(hostile.reports / "2025")
    assert any(f["valeur"] for f in now.values())
    assert [k for k, f in now.items() if f["valeur_n_1"] or f["evolution"]] == []
    assert "2025 : pas de rapport 2024 " in hostile.done.out


def test_the_first_year_of_the_scheme_lacks_none_before(demo: Made) -> None:
    assert "pas de rapport" not in demo.done.out


def test_the_small_year_counts_as_by_hand(small: Made) -> None:
    """Twenty-four contracts, every third one social; three of the metropolis, one reserved."""
    chiffres = figures(small.reports / "2024")
    assert len(rows(small.reports / "2024" / "marches.csv")) == 27
    for entity, social, total in (("ville", 8, 24), ("metropole", 1, 3), ("ensemble", 9, 27)):
        figure = chiffres["SOC2-01", entity, "nombre"]
        assert (figure["numerateur"], figure["denominateur"]) == (str(social), str(total))
        assert float(figure["valeur"]) == pytest.approx(100 * social / total)
    # 45000.10 + 1000 n for n = 0, 3, … 21: 8 × 45000.10 + 1000 × 84
    assert chiffres["SOC2-02", "ville", "valeur"]["numerateur"] == "444000.80"
    assert chiffres["SOC2-02", "ville", "valeur"]["denominateur"] == "1356002.40"
    unknown = chiffres["ENV1-01", "ville", "nombre"]  # nobody filled the field in: not a zero
    assert (unknown["valeur"], unknown["verdict"]) == ("", "non disponible")
    one = chiffres["ENV1-01", "metropole", "nombre"]
    assert (one["numerateur"], one["denominateur"], one["total"]) == ("1", "1", "3")
    assert float(one["couverture"]) == pytest.approx(100 / 3)
    assert float(one["borne_basse"]) == pytest.approx(100 / 3)
    assert float(one["borne_haute"]) == 100


# --- The same bytes --------------------------------------------------------------------------


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_same_inputs_give_the_same_bytes_anywhere(demo: Made, again: Made, year: str) -> None:
    here, there = snapshot(demo.reports / year), snapshot(again.reports / "à part" / year)
    assert here.keys() == there.keys()
    assert [n for n in here if here[n] != there[n] and n != JOURNAL] == []


def test_raw_files_are_never_written_to(again: Made) -> None:
    assert snapshot(again.data) == snapshot(PROJECT / "data" / "raw")
    times = {p.stat().st_mtime for p in [again.data, *again.data.rglob("*")]}
    assert times == {pages.LONG_AGO}


def test_nothing_is_written_in_the_current_folder(again: Made) -> None:
    assert list((again.place / "projet" / "vide").iterdir()) == []


def test_no_output_tells_where_when_and_by_whom_it_was_made(demo: Made) -> None:
    machine = socket.gethostname()
    secrets = {
        *map(str, (ROOT, PROJECT, demo.place, demo.place.parents[1], sys.prefix)),
        f"{Path.home()}/",
        pages.PERSON,
        dt.date.today().isoformat(),
        *([machine] if len(machine) > 5 else []),
    }
    folders = re.compile(r"(?<![\w.])/(?:home|root|tmp|Users|private|var/folders)/[\w.-]")
    leaks = []
    for name, text in _contents(demo.reports / "2025"):
        if name != JOURNAL:
            leaks += [(name, s) for s in secrets if s in text]
            leaks += [(name, m) for m in folders.findall(text)]
            clock = set(re.findall(r"\b\d\d:\d\d:\d\d\b", text)) - {"00:00:00"}
            leaks += [(name, c) for c in clock]
    assert leaks == []


def _contents(edition: Path) -> list[tuple[str, str]]:
    """Every file as text: tables and archives opened."""
    contents = []
    for path in sorted(p for p in edition.rglob("*") if p.is_file()):
        name = path.relative_to(edition).as_posix()
        contents.append((name, path.read_bytes().decode("utf-8", errors="replace")))
        if path.suffix == ".parquet":
            content = duckdb.sql(f"FROM read_parquet('{path}')").fetchall()
            metadata = duckdb.sql(f"FROM parquet_file_metadata('{path}')").fetchall()
            text = str((content, [m[1:] for m in metadata]))
            contents.append((name, re.sub(r"datetime\.date\([^)]*\)", "", text)))
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                for part in archive.infolist():
                    clock = "{:02}:{:02}:{:02}".format(*part.date_time[3:])
                    inside = archive.read(part).decode("utf-8", errors="replace")
                    contents.append((f"{name}/{part.filename}", f"{clock} {inside}"))
    return contents


def test_only_the_journal_holds_the_hour(demo: Made) -> None:
    journal = json.loads((demo.reports / "2025" / JOURNAL).read_text(encoding="utf-8"))
    end = dt.datetime.fromisoformat(journal["fin"])
    assert abs(dt.datetime.now(dt.UTC) - end) < dt.timedelta(hours=2)
    assert all(seconds >= 0 for seconds in journal["secondes"].values())


# --- The manifest ----------------------------------------------------------------------------


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_manifest_seals_every_output(demo: Made) -> None:
    edition = demo.reports / "2025"
    manifest = json.loads((edition / "manifeste.json").read_text(encoding="utf-8"))
    expected = {
        name: _digest(edition / name)
        for name in snapshot(edition)
        if name not in {JOURNAL, "manifeste.json"}
    }
    assert manifest["sorties"] == expected


def test_the_manifest_names_every_input(demo: Made) -> None:
    edition = demo.reports / "2025"
    manifest = json.loads((edition / "manifeste.json").read_text(encoding="utf-8"))
    folders = {
        "donnees": (PROJECT / "data" / "raw" / "2025", "*"),
        "suites": (PROJECT / "expectations", "*.json"),
        "notebooks": (PROJECT / "notebooks", "[0-9]_*.ipynb"),  # exploration.ipynb makes no page
        "code": (ROOT / "src" / "spaser", "**/*.py"),
    }
    for kind, (folder, pattern) in folders.items():
        files = {p.relative_to(folder).as_posix(): _digest(p) for p in folder.glob(pattern)}
        digests = {name: entry["sha256"] for name, entry in manifest["entrees"][kind].items()}
        assert files
        assert files.items() <= digests.items(), kind
    digests = {n: e["sha256"] for n, e in manifest["entrees"]["parametres"].items()}
    for name in ("spaser.yml", "2025/params.yml", "indicateurs/axe-1-economique.yml"):
        assert digests[name] == _digest(PROJECT / "params" / name)
    lock = manifest["entrees"]["environnement"]["requirements.lock"]
    assert lock["sha256"] == _digest(ROOT / "requirements.lock")
    before = manifest["entrees"]["annee_precedente"]["2024/indicateurs.csv"]
    assert before["sha256"] == _digest(demo.reports / "2024" / "indicateurs.csv")
    for name, entry in manifest["entrees"]["donnees"].items():
        if name.endswith(".json"):
            held = pages.records_in(PROJECT / "data" / "raw" / "2025" / name)
            assert entry["lignes"] == sum(held.values())
    assert manifest["demonstration"] is True
    assert set(manifest["git"]) == {"commit", "modifie"}
    if shutil.which("git"):
        assert re.fullmatch("[0-9a-f]{40}", manifest["git"]["commit"])
        assert isinstance(manifest["git"]["modifie"], bool)


# --- Again, or not ---------------------------------------------------------------------------


def _spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"## Axe", b"## Un axe") + b"\n")


@pytest.fixture
def mine(small: Made, tmp_path: Path) -> Made:
    """A copy of the small year and of its report, to spoil; not the lock of who reads it now."""
    shutil.copytree(small.data, tmp_path / "data")
    shutil.copytree(small.reports, tmp_path / "reports", ignore=shutil.ignore_patterns(".verrou"))
    return Made(tmp_path, small.done)


def _words(made: Made) -> tuple[str | Path, ...]:
    return ("run", "2024", "--data", made.data, "--reports", made.reports)


def _run(made: Made, *words: str, cwd: Path = PROJECT, **environment: str) -> pages.Done:
    return spaser(*_words(made), *words, cwd=cwd, **environment)


def test_unchanged_inputs_change_nothing_and_say_so(mine: Made) -> None:
    before = snapshot(mine.reports, times=True)
    done = _run(mine)
    assert (done.code, done.err) == (0, "")
    assert "2024" in done.out
    assert "rien n'a changé" in done.out
    assert "--force" in done.out
    assert snapshot(mine.reports, times=True) == before


ENGINE = """
from pathlib import Path
class CSS:
    def __init__(self, filename): self.path = Path(filename)
class HTML:
    def __init__(self, filename): self.page = Path(filename)
    def write_pdf(self, target, stylesheets, pdf_variant):
        assert all(sheet.path.is_file() for sheet in stylesheets)
        Path(target).write_bytes(b"%PDF-" + pdf_variant.encode() + self.page.read_bytes()[:9])
"""


@pytest.mark.long
def test_the_pdf_is_written_when_asked_for_and_is_not_sealed(mine: Made) -> None:
    (mine.place / "weasyprint.py").write_text(ENGINE, encoding="utf-8")
    edition = mine.reports / "2024"
    for words in ((), ("--force",)):
        done = _run(mine, "--pdf", *words, PYTHONPATH=str(mine.place))
        assert done.code == 0, done.err
        assert str(edition / "rapport.pdf") in done.out
        assert (edition / "rapport.pdf").read_bytes() == b"%PDF-pdf/ua-1<!doctype"
        manifest = json.loads((edition / "manifeste.json").read_text(encoding="utf-8"))
        assert "rapport.pdf" not in manifest["sorties"]
        assert provenance.unchanged(edition, manifest["empreinte"])


def test_a_big_file_is_digested_once_until_it_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data" / "raw" / "2024"
    data.mkdir(parents=True)
    big, small = data / "stock.parquet", data / "ville.json"
    with big.open("wb") as stream:
        stream.truncate(40 * 2**20)
    small.write_text("{}")
    inputs = provenance.Inputs(PROJECT, data, PROJECT / "params", 2024)
    stamps, first = inputs.big(), inputs.digests()
    kept = [(*stamp, first[kind][name]) for stamp, (kind, name) in stamps.items()]
    (tmp_path / provenance.JOURNAL).write_text(json.dumps({"grands_fichiers": kept}))
    read: list[str] = []

    def counting(path: Path) -> str:
        read.append(path.name)
        return sha256(path)

    monkeypatch.setattr(provenance, "sha256", counting)
    known = provenance.remembered(tmp_path)
    assert [name for name, _, _ in known] == [big.name]
    assert inputs.digests(known) == first
    assert small.name in read
    assert big.name not in read
    with big.open("r+b") as stream:
        stream.write(b"x")
    assert inputs.digests(known)["donnees"][big.name] != first["donnees"][big.name]
    for text in ("{}", "[]", "{"):
        (tmp_path / provenance.JOURNAL).write_text(text)
        assert provenance.remembered(tmp_path) == {}


def test_unchanged_inputs_are_seen_without_the_heavy_libraries(mine: Made) -> None:
    heavy = ["pandas", "seaborn", "matplotlib", "papermill", "nbconvert", "great_expectations"]
    program = (
        "import sys; from spaser import cli\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, _words(mine))],
        cwd=PROJECT, capture_output=True, encoding="utf-8", check=True, timeout=60,
    )  # fmt: skip
    message, loaded = done.stdout.strip().splitlines()
    assert "rien n'a changé" in message
    assert loaded == "[]"


@pytest.mark.long
def test_force_makes_it_again_with_the_same_bytes(mine: Made) -> None:
    old = mine.reports / "2024" / "rapport.html"
    os.utime(old, (pages.LONG_AGO, pages.LONG_AGO))
    before = snapshot(mine.reports)
    done = _run(mine, "--force")
    assert done.code == 0, done.err
    assert old.stat().st_mtime > pages.LONG_AGO
    after = snapshot(mine.reports)
    assert before.keys() == after.keys()
    assert {n for n in before if before[n] != after[n]} <= {f"2024/{JOURNAL}"}


@pytest.mark.parametrize("touch", [_spoil, Path.unlink])
@pytest.mark.parametrize("name", ["rapport.html", "preuves.csv", "donnees/marches.parquet"])
def test_a_report_touched_by_hand_is_not_whole(mine: Made, touch: Any, name: str) -> None:
    edition = mine.reports / "2024"
    manifest = json.loads((edition / "manifeste.json").read_text(encoding="utf-8"))
    assert provenance.unchanged(edition, manifest["empreinte"])
    touch(edition / name)
    assert not provenance.unchanged(edition, manifest["empreinte"])


def test_a_changed_record_makes_it_again(mine: Made) -> None:
    pages.write_small(mine.data, pages.one_more_social())
    done = _run(mine)
    assert done.code == 0, done.err
    assert "rien n'a changé" not in done.out
    figure = figures(mine.reports / "2024")["SOC2-01", "ville", "nombre"]
    assert (figure["numerateur"], figure["denominateur"]) == ("9", "24")
    assert sorted(p.name for p in mine.reports.iterdir()) == ["2024", "index.html"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "data/ville.json",
        "params/spaser.yml",
        "params/2024/params.yml",
        "params/indicateurs/axe-2-social.yml",
        "expectations/marches.json",
        "notebooks/3_rapport.ipynb",
        "requirements.lock",
        "reports/2023/indicateurs.csv",
    ],
)
def test_every_kind_of_input_counts_as_a_change(tmp_path: Path, name: str) -> None:
    here = pages.project(tmp_path)
    pages.write_small(here / "data")
    (here / "requirements.lock").write_text("a==1\n", encoding="utf-8")
    earlier = here / "reports" / "2023" / "indicateurs.csv"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("code\n", encoding="utf-8")

    def fingerprint() -> str:
        inputs = provenance.Inputs(here, here / "data", here / "params", 2024, (earlier.parent,))
        return provenance.fingerprint(inputs.digests(), provenance.environment(here))

    before = fingerprint()
    assert fingerprint() == before
    _spoil(here / name)
    assert fingerprint() != before


def test_what_is_no_input_of_a_run_is_no_change(tmp_path: Path) -> None:
    here = pages.project(tmp_path)
    pages.write_small(here / "data")

    def inputs() -> dict[str, dict[str, str]]:
        return provenance.Inputs(here, here / "data", here / "params", 2024).digests()

    before = inputs()
    shutil.copy(here / "notebooks" / "3_rapport.ipynb", here / "notebooks" / "out.ipynb")
    assert inputs() == before


@pytest.mark.long
def test_a_notebook_saved_with_its_results_changes_nothing(mine: Made) -> None:
    """As JupyterLab does after its cells ran: outputs, counts, its own metadata."""
    here = pages.project(mine.place / "projet")
    assert _run(mine, cwd=here).code == 0
    for path in (here / "notebooks").glob("[0-9]_*.ipynb"):
        shutil.copy(mine.reports / "2024" / "notebooks" / path.name, path)
        content = pages.cells(path)
        for cell in content["cells"]:
            cell["source"] = "".join(cell["source"])
            cell["metadata"] |= {"collapsed": True, "execution": {"iopub.status.busy": "12:00"}}
        content["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
        content["metadata"]["language_info"]["version"] = "3.99"
        assert any(c.get("outputs") for c in content["cells"])
        path.write_text(json.dumps(content), encoding="utf-8")
    done = _run(mine, cwd=here)
    assert done.code == 0
    assert "rien n'a changé" in done.out
    carried = mine.reports / "2024" / "entrees" / "notebooks" / "3_rapport.ipynb"
    assert carried.read_bytes() == (PROJECT / "notebooks" / "3_rapport.ipynb").read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"cells": 3}', b"\xff", b'{"cells": [1]}']
)
def test_what_is_not_a_notebook_is_left_as_it_is(content: bytes) -> None:
    assert bare(content) == content


# --- The gate --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stopped", "old-form"])
def test_a_stopped_run_leaves_the_report_and_shows_why(
    request: pytest.FixtureRequest, small: Made, name: str
) -> None:
    control = pages.edition(request, name)
    reports = control.parent
    before = snapshot(small.reports / "2024", times=True)
    assert snapshot(reports / "2024", times=True) == before
    assert sorted(p.name for p in reports.iterdir()) == ["2024", "2024-controle", "index.html"]
    text = pages.text_of(pages.parsed(control / "qualite.html"))
    assert "Production arrêtée" in text
    assert rows(control / "quarantaine.csv")
    made: Made = request.getfixturevalue(pages.EDITIONS[name][0])
    assert made.done.out == ""
    assert str(control / "qualite.html") in made.done.err
    assert "Traceback" not in made.done.err


def test_half_of_the_amounts_missing_stops_the_run_with_each_row_named(stopped: Made) -> None:
    lignes = rows(stopped.reports / "2024-controle" / "quarantaine.csv")
    without = {(pages.VILLE_FILE, str(n)) for n in range(1, 25, 2)}  # the 1st, the 3rd…
    assert {(r["fichier"], r["ligne"]) for r in lignes} == without
    assert {r["champ"] for r in lignes} == {"montant"}
    assert all(r["motif"] and r["remede"] and r["regle"] for r in lignes)
    assert "44,4" in stopped.done.err  # 12 rows of 27, and the threshold is 10 %
    assert "10\u00a0%" in stopped.done.err


def test_the_form_of_2019_goes_to_quarantine_whole(old_form: Made) -> None:
    lignes = rows(old_form.reports / "2024-controle" / "quarantaine.csv")
    assert len({(r["fichier"], r["ligne"]) for r in lignes}) == 29
    assert all(r["motif"] and r["remede"] for r in lignes)
    assert {r["champ"] for r in lignes} >= {"date_notification"}


_CELLS = re.compile(r" {2,}")


def test_check_writes_its_own_folder_only(mine: Made) -> None:
    before = snapshot(mine.reports, times=True)
    done = spaser("check", "2024", "--data", mine.data, "--reports", mine.reports)
    assert done.code == 0, done.err
    after = snapshot(mine.reports, times=True)
    assert {n: after[n] for n in before} == before
    new = {n for n in after if n not in before}
    made = ("qualite.html", "quarantaine.csv", "couverture-champs.csv")
    assert {f"2024-controle/{name}" for name in made} <= new
    printed = {
        cells[0]: cells[1:] for cells in map(_CELLS.split, map(str.strip, done.out.splitlines()))
    }
    [accounts] = [
        b for b in json.loads((mine.reports / "2024-controle" / "controle.json").read_text("utf-8"))
        ["bilans"] if b["table"] == "marches"
    ]  # fmt: skip
    assert printed["Marchés"][:2] == [str(accounts[k]["lignes"]) for k in ("lues", "retenues")]
    fields = rows(mine.reports / "2024-controle" / "couverture-champs.csv")
    assert {r["champ"] for r in fields} >= {"code_cpv", "considerations_sociales", "offres_recues"}
    for row in fields:
        assert 0 <= int(row["renseignes"]) <= int(row["total"])
    assert all(n.startswith("2024-controle/") for n in new)
    assert not (mine.reports / "2024-controle" / "rapport.html").exists()


# --- Failures --------------------------------------------------------------------------------


def _left_running(mark: str) -> list[str]:
    """Processes that were started under a mark and still run, after some patience."""
    for _ in range(50):
        commands = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("SPASER_MARK") == mark:
                    commands.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        if not commands:
            return []
        time.sleep(0.1)
    return commands


def test_a_bug_in_a_cell_leaves_the_report_whole(mine: Made) -> None:
    here = pages.project(mine.place / "projet")
    notebook = here / "notebooks" / "2_indicateurs.ipynb"
    content = pages.cells(notebook)
    broken = {"cell_type": "code", "id": "panne", "metadata": {}, "outputs": [],
              "execution_count": None, "source": "1 / 0"}  # fmt: skip
    content["cells"].insert(4, broken)
    notebook.write_text(json.dumps(content), encoding="utf-8")
    before = snapshot(mine.reports, times=True)
    mark = "test_a_bug"
    done = _run(mine, cwd=here, SPASER_MARK=mark)
    assert done.code == 1
    assert "Traceback" in done.err
    assert "ZeroDivisionError" in done.err
    assert "signaler" in done.err
    assert snapshot(mine.reports / "2024", times=True) == {
        n.removeprefix("2024/"): digest for n, digest in before.items() if n.startswith("2024/")
    }
    hidden = [p.name for p in mine.reports.iterdir() if p.name.startswith(".")]
    assert hidden == []
    kept = list(mine.reports.glob("*/notebooks/2_indicateurs.ipynb"))
    assert any("1 / 0" in path.read_text(encoding="utf-8") for path in kept)
    assert _left_running(mark) == []


def test_a_notebook_whose_own_year_would_win_is_refused(mine: Made) -> None:
    here = pages.project(mine.place / "projet")
    notebook = here / "notebooks" / "1_qualite.ipynb"
    content = pages.cells(notebook)
    content["cells"][0]["metadata"] = {}
    notebook.write_text(json.dumps(content), encoding="utf-8")
    before = snapshot(mine.reports, times=True)
    done = _run(mine, cwd=here)
    assert done.code == 2
    assert "1_qualite.ipynb" in done.err
    assert "parameters" in done.err
    assert "Traceback" not in done.err
    assert snapshot(mine.reports, times=True) == before


def _two_tags(content: dict[str, Any]) -> None:
    content["cells"][1]["metadata"] = {"tags": ["parameters"]}


def _another_name(content: dict[str, Any]) -> None:
    content["cells"][0]["source"] = 'an = 2024\ndossier = "."'


def _not_a_notebook(content: dict[str, Any]) -> None:
    del content["cells"]


@pytest.mark.parametrize("spoil", [_two_tags, _another_name, _not_a_notebook])
def test_a_notebook_that_cannot_take_our_parameters_is_refused(tmp_path: Path, spoil: Any) -> None:
    notebook = pages.project(tmp_path) / "notebooks" / "3_rapport.ipynb"
    notebooks.check(notebook, {"annee", "dossier"})
    content = pages.cells(notebook)
    spoil(content)
    notebook.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError, match=r"3_rapport\.ipynb"):
        notebooks.check(notebook, {"annee", "dossier"})


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_an_interruption_leaves_the_report_and_nothing_else(mine: Made) -> None:
    before = snapshot(mine.reports, times=True)
    mark = "test_an_interruption"
    pages.write_small(mine.data, pages.one_more_social())
    with subprocess.Popen(
        [sys.executable, "-m", "spaser", *map(str, _words(mine))],
        cwd=PROJECT, env={**os.environ, "SPASER_MARK": mark}, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:  # fmt: skip
        assert running.stderr is not None
        assert any("Contrôle qualité" in line for line in running.stderr)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert running.returncode != 0
    assert snapshot(mine.reports, times=True) == before
    assert list(mine.reports.glob(".*")) == []
    assert "anomalie" not in err
    assert _left_running(mark) == []


@pytest.mark.parametrize("new_one_arrived", [False, True])
def test_an_interrupted_publication_is_recovered(mine: Made, new_one_arrived: bool) -> None:
    """Killed between the two renames, or before the old report is removed; then a bad params."""
    before = snapshot(mine.reports / "2024", times=True)
    current, aside = mine.reports / "2024", mine.reports / ".2024.ancien"
    current.rename(aside)
    if new_one_arrived:
        shutil.copytree(aside, current)
        _spoil(aside / "rapport.html")
    here = pages.project(mine.place / "projet")
    catalogue = here / "params" / "indicateurs" / "axe-1-economique.yml"
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(text.replace("sens: ", "sens: vers le ", 1), encoding="utf-8")
    done = _run(mine, cwd=here)
    assert done.code == 2, done.err
    assert sorted(p.name for p in mine.reports.iterdir()) == ["2024", "index.html"]
    assert snapshot(mine.reports / "2024", times=True) == before


def _tamper(edition: Path) -> None:
    path = edition / "indicateurs.csv"
    text = path.read_text(encoding="utf-8")
    assert ",100," in text
    path.write_text(text.replace(",100,", ",99,", 1), encoding="utf-8")


def _cut_manifest(edition: Path) -> None:
    path = edition / "manifeste.json"
    path.write_text(path.read_text(encoding="utf-8")[:100], encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "file"), [(_tamper, "indicateurs.csv"), (_cut_manifest, "manifeste.json")]
)
def test_last_year_changed_since_its_publication_is_refused(
    demo: Made, tmp_path: Path, spoil: Any, file: str
) -> None:
    reports = tmp_path / "reports"
    shutil.copytree(demo.reports / "2024", reports / "2024")
    spoil(reports / "2024")
    done = spaser("run", "2025", "--reports", reports)
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    assert str(reports / "2024" / file) in done.err
    assert "spaser run 2024" in done.err
    assert sorted(p.name for p in reports.iterdir()) == ["2024"]


# --- Real files ------------------------------------------------------------------------------

# Counted outside this project, from the published file.
REAL = {
    "2024": {
        "contracts": (151, "46256523.71"),
        ("SOC2-01", "nombre"): ("36", "151"),
        ("SOC2-02", "valeur"): ("33709431.96", "46256523.71"),
        ("SOC2-10", "nombre"): ("29", None),
        ("ENV1-01", "nombre"): ("78", "151"),
        ("ENV1-02", "valeur"): ("40385997.25", "46256523.71"),
        ("ENV1-03", "nombre"): ("60", "151"),
    },
    "2025": {
        "contracts": (121, "41591200.02"),
        ("SOC2-01", "nombre"): ("34", "121"),
        ("SOC2-10", "nombre"): ("3", None),
        ("ENV1-01", "nombre"): ("92", "121"),
        ("ENV1-03", "nombre"): ("48", "121"),
    },
}


@pytest.mark.parametrize("year", REAL)
def test_the_real_city_is_counted_as_outside(ville: Made, year: str) -> None:
    edition = ville.reports / year
    expected: dict[Any, Any] = dict(REAL[year])
    contracts = rows(edition / "marches.csv")
    total = sum(Decimal(r["montant"]) for r in contracts)
    count, euros = expected.pop("contracts")
    assert (len(contracts), total) == (count, Decimal(euros))
    chiffres = figures(edition)
    for (code, base), (top, bottom) in expected.items():
        figure = chiffres[code, "ville", base]
        assert number(figure["numerateur"]) == Decimal(top), code
        assert number(figure["denominateur"]) == number(bottom or ""), code
        value = 100 * Fraction(top) / Fraction(bottom) if bottom else Fraction(top)
        assert Fraction(figure["valeur"]) == pytest.approx(value), code


@pytest.mark.parametrize("year", REAL)
def test_every_figure_of_the_real_city_is_recounted(ville: Made, real: Any, year: str) -> None:
    path = real("data/dijon/decp-2022-marches-valides.json")
    expected = o.recount(o.contracts_of(path, int(year), o.VILLE[:9]))
    chiffres = figures(ville.reports / year)
    for (code, base), wanted in expected.items():
        figure = chiffres[code, "ville", base]
        for column, value in (
            ("numerateur", wanted.numerateur),
            ("denominateur", wanted.denominateur),
            ("renseignes", wanted.renseignes),
            ("total", wanted.total),
        ):
            assert number(figure[column]) == value, (code, column)
        for column, share in (
            ("valeur", wanted.valeur),
            ("borne_basse", wanted.basse),
            ("borne_haute", wanted.haute),
        ):
            published = Fraction(figure[column]) if figure[column] else None
            assert published == (None if share is None else pytest.approx(share)), (code, column)


@pytest.mark.parametrize("year", REAL)
def test_the_metropolis_without_a_file_has_no_figure(ville: Made, year: str) -> None:
    chiffres = figures(ville.reports / year)
    own = [f for (_, entity, _), f in chiffres.items() if entity == "metropole"]
    assert own
    assert [f["code"] for f in own if f["valeur"] or f["numerateur"]] == []
    assert all(f["motif_absence"] for f in own)
    whole = chiffres["SOC2-01", "ensemble", "nombre"]
    assert whole["valeur"] == chiffres["SOC2-01", "ville", "nombre"]["valeur"]
    assert whole["verdict"] == "indécidable"
    assert NOM_METROPOLE in whole["motif_absence"]


@pytest.mark.parametrize("year", REAL)
def test_nothing_fictive_is_said_of_real_data(ville: Made, year: str) -> None:
    texts = [p for p in (ville.reports / year).glob("*") if p.suffix in {".html", ".csv"}]
    assert len(texts) > 30
    assert [p.name for p in texts if "fictif" in p.read_text(encoding="utf-8")] == []


def test_2025_of_the_real_city_starts_from_its_2024(ville: Made) -> None:
    before = figures(ville.reports / "2024")["SOC2-01", "ville", "nombre"]
    now = figures(ville.reports / "2025")["SOC2-01", "ville", "nombre"]
    assert now["valeur_n_1"] == before["valeur"]


def test_files_of_strangers_give_nothing_and_no_zero(strangers: Made, real: Any) -> None:
    edition = strangers.reports / "2024"
    chiffres = figures(edition).values()
    for column in ("numerateur", "denominateur", "valeur", "renseignes", "total", "borne_haute"):
        assert {f[column] for f in chiffres} == {""}, column
    # What params declare for the demonstration alone is not said of real files.
    assert {f["verdict"] for f in chiffres} == {"non disponible"}
    assert all(f["motif_absence"] for f in chiffres)
    assert rows(edition / "marches.csv") == rows(edition / "preuves.csv") == []
    control = json.loads((edition / "controle.json").read_text(encoding="utf-8"))
    read = {b["table"]: b["lues"]["lignes"] for b in control["bilans"]}
    folder = real("data/dematis")
    for table, key in (("marches", "marche"), ("concessions", "contrat-concession")):
        raw = sum(len(o.objects_of(p, key)) for p in sorted(folder.glob("*.json")))
        assert read.get(table, 0) == raw
        account = next((b for b in control["bilans"] if b["table"] == table), None)
        assert account is None or account["autre_acheteur"]["lignes"] == raw


def test_files_of_strangers_are_said_in_one_sentence(strangers: Made) -> None:
    page = pages.parsed(strangers.reports / "2024" / "rapport.html")
    paragraphs = [pages.plain(pages.text_of(p)) for p in page.iter("p")]
    remarks = [
        p
        for p in paragraphs
        if NOM_METROPOLE in p and NOM_VILLE in p and "2024" in p
        and "aucun chiffre" in p.lower()
    ]  # fmt: skip
    assert len(remarks) == 1
    text = pages.plain(pages.text_of(page))
    assert not re.search(r"(?<![\d,])0(,0+)? ?(%|€|offres?|marchés?)(?!\w)", text)
    assert not re.search(r"\b0 sur 0\b", text)
