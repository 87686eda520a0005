"""A published folder that was spoilt: whoever reads it again gets one message, never a guess."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import Made, parsed, plain, text_of

from spaser import cli
from spaser.errors import UserError
from spaser.pipeline import run
from spaser.pipeline.progress import Progress
from spaser.publishing import intact
from spaser.report import accueil
from spaser.sources.folder import sha256

pytest_plugins = ("pages",)


def cut(name: str) -> Callable[[Path], None]:
    """End a file between two of its rows, where nothing else shows it."""

    def spoil(folder: Path) -> None:
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        (folder / name).write_bytes(b"".join(lines[: len(lines) // 2]))

    return spoil


def append(name: str, more: bytes) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        with (folder / name).open("ab") as stream:
            stream.write(more)

    return spoil


def linked(name: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        away = folder.parent / f"ailleurs-{name}"
        (folder / name).rename(away)
        (folder / name).symlink_to(away)

    return spoil


def piped(folder: Path) -> None:
    (folder / "preuves.csv").unlink()
    os.mkfifo(folder / "preuves.csv")


def huge(folder: Path) -> None:
    """A file of more bytes than may be read, none of them on the disk."""
    with (folder / "preuves.csv").open("ab") as stream:
        stream.truncate(intact.LARGEST + 1)


def sealed_anew(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Change a file, and the manifest with it: a folder that somebody made up."""

    def spoil(folder: Path) -> None:
        path, manifest = folder / name, folder / "manifeste.json"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        stated = json.loads(manifest.read_text("utf-8"))
        stated["sorties"][name] = sha256(path)
        manifest.write_text(json.dumps(stated), "utf-8")

    return spoil


def replaced(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


COMMANDS = [("trace", "2024", "SOC2-01"), ("explain", "2024"), ("explain", "2024", "SOC2-01")]
posix = pytest.mark.skipif(os.name == "nt", reason="links and pipes of Unix")
SPOILT = [
    pytest.param(replaced("manifeste.json", b"{"), "manifeste", id="a manifest cut"),
    pytest.param(replaced("manifeste.json", b"[1]"), "manifeste", id="a manifest of another form"),
    pytest.param(replaced("manifeste.json", b"\xff\xfe"), "manifeste", id="a manifest in no text"),
    pytest.param(lambda f: (f / "manifeste.json").unlink(), "manifeste", id="no manifest"),
    pytest.param(cut("preuves.csv"), "preuves.csv", id="evidence cut"),
    pytest.param(cut("indicateurs.csv"), "indicateurs.csv", id="figures cut"),
    pytest.param(append("marches.csv", b"\xff\xfe\n"), "marches.csv", id="no UTF-8"),
    pytest.param(append("lignes.csv", b"a,b\n"), "lignes.csv", id="a row too short"),
    pytest.param(replaced("edition.json", b'{"a":' * 9999), "edition.json", id="too deep"),
    pytest.param(lambda f: (f / "corrections.csv").unlink(), "corrections.csv", id="a file gone"),
    pytest.param(linked("indicateurs.csv"), "lien", id="a link", marks=posix),
    pytest.param(piped, "preuves.csv", id="a pipe", marks=posix),
    pytest.param(huge, "dépasse 4 Go", id="a huge file"),
]


@pytest.fixture
def report(small: Made, tmp_path: Path) -> Path:
    """A copy of a published year to spoil."""
    return Path(shutil.copytree(small.reports, tmp_path / "reports")) / "2024"


def refusal(capsys: pytest.CaptureFixture[str], *words: str, reports: Path) -> str:
    """The message of a command that must refuse, one and without traceback."""
    with pytest.raises(SystemExit) as end:
        cli.main([*words, "--reports", str(reports)])
    shown = capsys.readouterr()
    assert end.value.code == 2, shown.err
    assert shown.err.count("Erreur.") == 1
    assert "Traceback" not in shown.err
    assert "Remède" in shown.err
    assert shown.out == ""
    return shown.err


@pytest.mark.parametrize("spoil, named", SPOILT)
def test_a_spoilt_report_is_refused_in_one_message(
    report: Path, spoil: Callable[[Path], None], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(report)
    for words in COMMANDS:
        assert named in refusal(capsys, *words, reports=report.parent)
    if named != "manifeste" or (report / "manifeste.json").exists():
        before = (report.parent / accueil.FILE).read_bytes()
        if all((report / name).is_file() for name in accueil._PUBLISHED):
            with pytest.raises(UserError, match=named):
                accueil.write(report.parent)
        assert (report.parent / accueil.FILE).read_bytes() == before


@pytest.mark.parametrize("spoil, named", SPOILT)
def test_a_spoilt_neighbour_is_left_out_of_the_page_of_all_years_and_named(
    report: Path, spoil: Callable[[Path], None], named: str
) -> None:
    """The year that was asked for is published, and stands in the page; nothing ends in failure."""
    other = Path(shutil.copytree(report, report.with_name("2023")))
    spoil(other)
    notes: list[str] = []
    run._write_home(report.parent, Progress(note=notes.append))
    page = plain(text_of(parsed(report.parent / accueil.FILE)))
    assert "Rapport 2024" in page
    assert "Rapport 2023" not in page
    assert "spaser run 2023" in page
    if all((other / name).is_file() for name in accueil._PUBLISHED):
        assert len(notes) == 1
        assert named in notes[0]
        assert notes[0].startswith("2023 : ")
        assert named in page
        assert "ces années ne sont pas montrées" in page
    else:
        assert "incomplètes depuis" in page
    assert accueil.page(report.parent) == (report.parent / accueil.FILE).read_text("utf-8")


@pytest.mark.parametrize("name, old, new", [
    ("indicateurs.csv", ",ville,", ",ville,trop,"),
    ("controle.json", '"marches"', '"marchés"'),
    ("preuves.csv", ",1,", ",un,"),
])  # fmt: skip
def test_a_report_made_up_is_refused_too(
    report: Path, name: str, old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed_anew(name, old, new)(report)
    words = ("trace", "2024", "SOC2-01") if name != "controle.json" else ("explain", "2024")
    refusal(capsys, *words, reports=report.parent)


def test_a_whole_report_is_read(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("trace", "2024", "SOC2-01"), ("explain", "2024")):
        with pytest.raises(SystemExit) as end:
            cli.main([*words, "--reports", str(report.parent)])
        assert end.value.code == 0
        assert capsys.readouterr().out


def test_a_bug_stays_a_bug(report: Path) -> None:
    with pytest.raises(AttributeError), intact.read(report):
        raise AttributeError("not of the folder")
