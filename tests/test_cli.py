"""The command line: its help, its errors in one message each, and the contracts of a figure."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pages
import pytest
from neutral import PROJECT, ROOT, SCHEME
from pages import Made, figures, number, rows, spaser

from spaser import __version__
from spaser.errors import UserError
from spaser.pipeline import places

pytest_plugins = ("pages",)

# --- Help ------------------------------------------------------------------------------------

ENGLISH = re.compile(
    r"usage:|\b(?:positional|optional|required|invalid|missing|default|show this|exit)\b",
    re.IGNORECASE,
)
OPTIONS = {
    "run": ("ANNÉE", "--data", "--params", "--reports", "--force", "--accepter", "--motif"),
    "check": ("ANNÉE", "--data", "--params", "--reports"),
    "trace": ("ANNÉE", "CODE", "--entite"),
    "explain": ("ANNÉE", "CODE", "--entite", "--reports"),
    "fetch": ("ANNÉE", "--source", "--force", "--data", "--params"),
}


def test_help_names_every_command_in_french() -> None:
    done = spaser("--help")
    assert (done.code, done.err) == (0, "")
    for command in OPTIONS:
        assert re.search(rf"^\s+{command}\s+\w", done.out, re.MULTILINE)
    assert ENGLISH.findall(done.out) == []
    assert "contrôle" in done.out


@pytest.mark.slow
@pytest.mark.parametrize("command", OPTIONS)
def test_help_of_a_command_names_its_options_in_french(command: str) -> None:
    done = spaser(command, "--help")
    assert (done.code, done.err) == (0, "")
    for option in OPTIONS[command]:
        assert option in done.out
    assert ENGLISH.findall(done.out) == []


def test_help_says_the_exit_codes() -> None:
    text = pages.plain(spaser("--help").out)
    for code in range(4):
        assert re.search(rf"\b{code}\b", text)


def test_version_is_the_package_s_own_and_the_newest_of_the_changelog() -> None:
    done = spaser("--version")
    assert (done.code, done.out.split()) == (0, ["spaser", __version__])
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - 20\d\d-\d\d-\d\d$", text, re.MULTILINE)
    assert versions[0] == __version__
    assert versions == sorted(set(versions), key=lambda v: [*map(int, v.split("."))], reverse=True)


def test_version_is_declared_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    declared = ROOT / project["tool"]["hatch"]["version"]["path"]
    assert f'\n__version__ = "{__version__}"\n' in declared.read_text(encoding="utf-8")


# --- Errors ----------------------------------------------------------------------------------


class Place:
    """Folders to go wrong in, and a published report."""

    def __init__(self, folder: Path, demo: Made) -> None:
        self.folder, self.reports = folder, demo.reports

    @property
    def missing(self) -> Path:
        return self.folder / "nulle-part"

    def empty(self) -> Path:
        return self._folder({})

    def notes_only(self) -> Path:
        return self._folder({"LISEZMOI.md": "À compléter", "~$export.json": "{}", ".cache": ""})

    def file(self) -> Path:
        path = self.folder / "fichier"
        path.write_text("rien", encoding="utf-8")
        return path

    def params(self, name: str, old: str, new: str) -> Path:
        """A copy of params/ where a text of a file is replaced once."""
        copy = Path(shutil.copytree(PROJECT / "params", self.folder / "params"))
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return copy

    def _folder(self, files: dict[str, str]) -> Path:
        folder = self.folder / "dossier"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder


Words = list[str | Path]
Case = tuple[Callable[[Place], Words], tuple[str, ...]]

ERRORS: dict[str, Case] = {
    "no command": (lambda p: [], ("COMMANDE",)),
    "unknown command": (lambda p: ["publier"], ("publier", "run", "check", "trace")),
    "no year": (lambda p: ["run"], ("ANNÉE",)),
    "not a year": (lambda p: ["run", "abc"], ("ANNÉE", "abc")),
    "not a year to check": (lambda p: ["check", "20x4"], ("ANNÉE", "20x4")),
    "unknown option": (lambda p: ["run", "2024", "--vite"], ("--vite",)),
    "option without its folder": (lambda p: ["run", "2024", "--data"], ("--data",)),
    "no code": (lambda p: ["trace", "2024"], ("CODE",)),
    "year without params": (lambda p: ["run", "1999"], ("params.yml", "new-year 1999")),
    "check without params": (lambda p: ["check", "1999"], ("params.yml", "new-year 1999")),
    "no params folder": (lambda p: ["run", "2024", "--params", p.missing], ("nulle-part", "2024")),
    "no data folder": (lambda p: ["run", "2024", "--data", p.missing], ("nulle-part", "--data")),
    "data is a file": (lambda p: ["run", "2024", "--data", p.file()], ("fichier", "--data")),
    "empty data folder": (lambda p: ["run", "2024", "--data", p.empty()], ("dossier", "vide")),
    "only notes": (lambda p: ["run", "2024", "--data", p.notes_only()], ("dossier", "vide")),
    "nothing to check": (lambda p: ["check", "2024", "--data", p.empty()], ("dossier", "vide")),
    "reports is a file": (lambda p: ["run", "2024", "--reports", p.file()], ("fichier",)),
    "misspelt key": (
        lambda p: [
            *("run", "2024", "--params"),
            p.params("2024/params.yml", "date_arret:", "date_arrets:"),
        ],
        ("2024/params.yml", "date_arrets", "« date_arret »"),
    ),
    "date that is none": (
        lambda p: [
            *("run", "2024", "--params"),
            p.params("2024/params.yml", "date_arret: 2025-03-31", "date_arret: 2025-13-31"),
        ],
        ("2024/params.yml", "date_arret", "AAAA-MM-JJ"),
    ),
    "another year inside": (
        lambda p: [
            *("run", "2024", "--params"),
            p.params("2024/params.yml", "annee: 2024", "annee: 2025"),
        ],
        ("2024/params.yml", "2025", "annee: 2024"),
    ),
    "year out of the scheme": (
        lambda p: [
            *("run", "2024", "--params"),
            p.params("spaser.yml", "debut: 2024", "debut: 2025"),
        ],
        ("spaser.yml", "2024", "2025-2027"),
    ),
    "formula that does not parse": (
        lambda p: [
            *("run", "2024", "--params"),
            p.params("indicateurs/axe-2-social.yml", "list_has_any(", "list_has_any(("),
        ],
        ("axe-2-social.yml", "numerateur"),
    ),
    "broken yaml": (
        lambda p: [*("run", "2024", "--params"), p.params("spaser.yml", "titre: ", "titre: [ ")],
        ("spaser.yml",),
    ),
    "no report to trace": (
        lambda p: ["trace", "2024", "SOC2-01", "--reports", p.missing],
        ("2024", "spaser run 2024"),
    ),
    "no such year to trace": (
        lambda p: ["trace", "2023", "SOC2-01", "--reports", p.reports],
        ("2023", "spaser run 2023"),
    ),
    "no report to explain": (
        lambda p: ["explain", "2024", "--reports", p.missing],
        ("2024", "spaser run 2024"),
    ),
    "unknown code to explain": (
        lambda p: ["explain", "2024", "SOC2-1", "--reports", p.reports],
        ("SOC2-1", "essayer", "SOC2-10"),
    ),
    "unknown entity to explain": (
        lambda p: [*("explain", "2024", "--entite", "lune", "--reports"), p.reports],
        ("lune", "metropole", "ville", "ensemble"),
    ),
    "unknown source to fetch": (
        lambda p: ["fetch", "2024", "--data", p.missing, "--source", "decp-ministre"],
        ("telechargements.yml", "decp-ministre", "« decp-ministere »"),
    ),
    "unknown code": (
        lambda p: ["trace", "2024", "SOC2-99", "--reports", p.reports],
        ("SOC2-99", "SOC2-01", "ENV4"),
    ),
    "unknown entity": (
        lambda p: [*("trace", "2024", "SOC2-01", "--entite", "lune", "--reports"), p.reports],
        ("lune", "metropole", "ville", "ensemble"),
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_user_error_is_one_message_and_exit_2(name: str, tmp_path: Path, demo: Made) -> None:
    words, parts = ERRORS[name]
    place = Place(tmp_path, demo)
    given = words(place)
    if given and given[0] in {"run", "check"} and "--reports" not in given and len(given) > 1:
        given += ["--reports", tmp_path / "rapports"]
    done = spaser(*given, LC_ALL="C", COLUMNS="200")
    assert done.code == 2, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert done.err.count("Erreur") == 1
    for text in parts:
        assert text in done.err
    if parts[0].startswith(("ANNÉE", "COMMANDE", "CODE", "--")):
        assert ENGLISH.findall(done.err) == []
    assert list(tmp_path.glob("rapports/*")) + list(tmp_path.glob("rapports/.*")) == []


def _cut(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "spoil"),
    [
        ("expectations/marches.json", _cut),
        ("expectations/marches.json", Path.unlink),
        ("notebooks/3_rapport.ipynb", _cut),
    ],
)
def test_a_project_file_to_mend_is_a_user_error(
    small: Made, tmp_path: Path, file: str, spoil: Callable[[Path], None]
) -> None:
    here = pages.project(tmp_path / "projet")
    spoil(here / file)
    reports = tmp_path / "rapports"
    done = spaser("run", "2024", "--data", small.data, "--reports", reports, cwd=here)
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    assert done.err.count("Erreur") == 1
    assert file in done.err
    assert list(tmp_path.glob("rapports/*")) + list(tmp_path.glob("rapports/.*")) == []


def test_a_heading_of_the_scheme_missing_in_the_report_is_a_user_error(
    small: Made, tmp_path: Path
) -> None:
    here = pages.project(tmp_path / "projet")
    notebook = here / "notebooks" / "3_rapport.ipynb"
    text = notebook.read_text(encoding="utf-8")
    title = SCHEME.ambitions["SOC3"][1].titre
    encoded = json.dumps(title)[1:-1] if title not in text else title
    assert encoded in text
    notebook.write_text(text.replace(encoded, "Santé"), encoding="utf-8")
    words = ("run", "2024", "--data", small.data, "--reports", tmp_path / "rapports")
    done = spaser(*words, cwd=here)
    assert done.code == 2
    assert title in done.err
    assert "3_rapport.ipynb" in done.err


# --- The contracts behind a figure -----------------------------------------------------------

_LINE = re.compile(
    r"^\s+(numerateur|denominateur|inconnu)\s+(\d+(?:\.\d+)?)\s+(\S+)\s+(\S+):(\d+)\s"
)

TRACED = [
    ("SOC2-01", "ville", "nombre"),
    ("SOC2-02", "metropole", "valeur"),
    ("ENV1-03", "ensemble", "nombre"),
    ("ECO1-05", "ville", "autre"),
    ("SOC1-06", "metropole", "autre"),
    ("SOC2-10", "ville", "nombre"),
    ("SOC2-10", "ville", "valeur"),
]


@pytest.mark.parametrize("key", TRACED, ids=" ".join)
def test_trace_lists_contracts_that_add_up(demo: Made, key: pages.Key) -> None:
    code, entity, base = key
    figure = figures(demo.reports / "2025")[key]
    done = spaser("trace", "2025", code, "--entite", entity, "--reports", demo.reports)
    assert (done.code, done.err) == (0, "")
    block = next(b for b in done.out.split("\n\n") if f"base {base}" in b.splitlines()[0])
    listed = [m.groups() for line in block.splitlines() if (m := _LINE.match(line))]
    for column in ("valeur", "numerateur", "denominateur"):
        assert not figure[column] or figure[column] in block.splitlines()[1]
    top = sum(Decimal(c) for role, c, *_ in listed if role == "numerateur")
    assert listed
    assert top == number(figure["numerateur"])
    if figure["denominateur"] and code != "ECO1-05":
        rest = sum(Decimal(c) for role, c, *_ in listed if role == "denominateur")
        assert top + rest == number(figure["denominateur"])
    contracts = {r["marche_uid"]: r for r in rows(demo.reports / "2025" / "marches.csv")}
    for _, _, uid, file, rank in listed:
        assert entity in {contracts[uid]["acheteur"], "ensemble"}
        assert _raw_id(file, int(rank)) == contracts[uid]["id"].removeprefix("'")


def _raw_id(file: str, rank: int) -> str:
    """The id of the n-th record of a raw file."""
    content = json.loads((PROJECT / "data" / "raw" / "2025" / file).read_text(encoding="utf-8"))
    records = content["records"] if "records" in content else content["marches"]["marche"]
    return str(records[rank - 1]["id"])


def test_trace_without_an_entity_gives_them_all_and_takes_small_letters(demo: Made) -> None:
    done = spaser("trace", "2024", "soc2-10", "--reports", demo.reports)
    assert done.code == 0
    heads = [b.splitlines()[0] for b in done.out.strip().split("\n\n")]
    for entity in ("metropole", "ville", "ensemble"):
        for base in ("nombre", "valeur"):
            assert len([h for h in heads if f"{entity}, base {base}" in h]) == 1
    assert len(heads) == 6


def test_trace_of_a_missing_figure_says_why(demo: Made) -> None:
    figure = figures(demo.reports / "2024")["ECO1-07", "ville", "nombre"]
    assert figure["valeur"] == ""
    done = spaser("trace", "2024", "ECO1-07", "--entite", "ville", "--reports", demo.reports)
    assert done.code == 0
    assert "non disponible" in done.out
    assert figure["motif_absence"] in done.out


def test_trace_into_a_pipe_that_closes_is_not_a_bug(demo: Made) -> None:
    with subprocess.Popen(
        [*(sys.executable, "-m", "spaser", "trace", "2024", "SOC1-06"), "--reports", demo.reports],
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        err = running.stderr.read().decode()
        running.wait(timeout=30)
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


_WATCHED = """
import os, sys, threading, time
from spaser import cli
class Whole:
    def __del__(self, write=os.write):
        write(1, ", démonté".encode())
def act(_):
    print("fait", end="")
    {last}
    raise SystemExit(3)
cli._act = act
whole = Whole()
sys.argv = ["spaser", "trace", "2024", "SOC2-01"]
cli.program()
"""


@pytest.mark.parametrize(
    ("last", "out"),
    [
        ("pass", "fait"),
        ('threading.Thread(target=lambda: (time.sleep(0.2), print(", suivi", end=""))).start()',
         "fait, suivi, démonté"),
    ],
)  # fmt: skip
def test_a_command_ends_without_being_taken_apart_unless_a_thread_is_at_work(
    last: str, out: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED.format(last=last)],
        capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (3, out, "")


@pytest.mark.skipif(os.name != "posix", reason="closing a stream is the shell's, on POSIX")
@pytest.mark.parametrize(("closed", "words", "code"), [
    (">&-", "--version", 0), ("2>&-", "--version", 0), ("2>&-", "--inconnue", 2),
    (">&- 2>&-", "trace 2024 SOC2-01", 0),
])  # fmt: skip
def test_a_closed_stream_changes_no_exit_code(
    demo: Made, closed: str, words: str, code: int
) -> None:
    where = f"--reports '{demo.reports}'" if words.startswith("trace") else ""
    command = f"'{sys.executable}' -m spaser {words} {where} {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, encoding="utf-8", cwd=PROJECT)
    assert done.returncode == code
    assert "Traceback" not in done.stdout + done.stderr


def test_a_command_leaves_nothing_that_a_suspended_step_holds(tmp_path: Path) -> None:
    """What failed is let go before the process ends, so that it puts its things away."""
    code = (
        "from spaser import cli\nfrom spaser.publishing import scratch\n"
        "def steps():\n    with scratch.folder('essai'):\n        yield\n"
        "def act(_):\n    for _ in steps():\n        raise OSError(28, 'No space left')\n"
        "cli.options.parser = lambda: type('P', (), {'parse_args': lambda *_: "
        "type('A', (), {'action': staticmethod(act)})})\ncli.program()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8",
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert [p for p in tmp_path.iterdir() if p.name.startswith("spaser-")] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_an_answer_that_cannot_be_written_is_not_a_success(demo: Made) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "spaser", "trace", "2024", "SOC2-01",
             "--reports", demo.reports], stdout=full, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_current_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "parti"
    gone.mkdir()
    here = Path.cwd()
    os.chdir(gone)
    gone.rmdir()
    try:
        with pytest.raises(UserError, match="n'existe plus"):
            places.project()
    finally:
        os.chdir(here)
