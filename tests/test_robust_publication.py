"""Publishing, broken at every change that it makes to files: nothing sealed is ever lost."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from injection import Fault, in_a_child
from sealing import BODY, publish, sealed, whole

from spaser.errors import UserError
from spaser.publishing import exchange, leftovers, lock, publication, scratch

forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: injected in a fork")
MODES = pytest.mark.skipif(os.name == "nt", reason="modes of Unix")


@pytest.fixture(params=["exchange", "two renames"])
def reports(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder of reports with an edition, where the system can exchange folders or cannot."""
    if request.param == "exchange" and not sys.platform.startswith(("linux", "darwin")):
        pytest.skip("this system exchanges no folders")
    if request.param == "two renames":
        monkeypatch.setattr(exchange, "_call", lambda: None)
    place = tmp_path / "reports"
    assert publish(place, "un") == 1
    yield place


@forked
def test_killed_at_any_change_nothing_sealed_is_lost(reports: Path, tmp_path: Path) -> None:
    exchanges = exchange._call() is not None
    number, killed, published = 0, 0, set()
    while True:
        number += 1
        place = tmp_path / f"essai-{number}" / "reports"
        shutil.copytree(reports, place)
        ended = in_a_child(Fault("kill", number, place), lambda at=place: publish(at, "deux"))
        if ended == 0:
            break
        killed += 1
        if exchanges:  # at no moment is the report away
            assert whole(place / "2024") in {"un", "deux"}, number
            assert sealed(place)["1"] == "un", number
        notes: list[str] = []
        after = publish(place, "trois", notes.append)
        expected = (
            {"1": "un", "2": "deux", "3": "trois"} if after == 3 else {"1": "un", "2": "trois"}
        )
        published.add(after)
        assert sealed(place) == expected, number
        assert whole(place / "2024") == "trois"
        assert sorted(p.name for p in place.iterdir()) == ["2024"], number
    assert killed > 20
    assert published == {2, 3}  # killed before, and after, the second edition took its place


@forked
@pytest.mark.parametrize("kind", ["ENOSPC", "EROFS"])
def test_refused_at_any_change_the_old_report_is_whole(
    reports: Path, tmp_path: Path, kind: str
) -> None:
    exchanges = exchange._call() is not None
    refused = number = 0
    while True:
        number += 1
        place = tmp_path / f"essai-{number}" / "reports"
        shutil.copytree(reports, place)
        ended = in_a_child(Fault(kind, number, place), lambda at=place: publish(at, "deux"))
        if ended == 0:
            break
        refused += 1
        if exchanges:  # else a second rename, and its undoing, refused are for the next run
            assert whole(place / "2024") == "un", number
            assert sealed(place) == {"1": "un"}, number
        publish(place, "trois")
        assert sealed(place) == {"1": "un", "2": "trois"}, number
        assert sorted(p.name for p in place.iterdir()) == ["2024"], number
    assert refused > 10


@forked
def test_editions_sealed_at_once_are_all_there(reports: Path) -> None:
    children = []
    for name in range(6):
        child = os.fork()
        if child == 0:
            code = 1
            with contextlib.suppress(BaseException):
                publish(reports, f"de {name}")
                code = 0
            os._exit(code)
        children.append(child)
    assert {os.waitpid(child, 0)[1] for child in children} == {0}
    editions = sealed(reports)
    assert sorted(editions, key=int) == [str(n) for n in range(1, 8)]
    assert set(editions.values()) == {"un", *(f"de {name}" for name in range(6))}


# --- What is sealed, and how it can be read ---------------------------------------------------


@MODES
def test_whatever_the_mask_all_can_read_and_nobody_writes(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        publish(tmp_path, "un")
        publish(tmp_path, "deux")
    finally:
        os.umask(before)
    final = tmp_path / "2024"
    for path in [final, *final.rglob("*")]:
        mode = path.stat().st_mode & 0o777
        expected = 0o755 if path.is_dir() else 0o444 if "editions" in path.parts else 0o644
        assert (path.name, oct(mode)) == (path.name, oct(expected))


def test_two_editions_of_one_number_stop_the_run_and_both_stay(tmp_path: Path) -> None:
    publish(tmp_path, "un")
    publish(tmp_path / "ailleurs", "autre")
    shutil.move(tmp_path / "ailleurs" / "2024", tmp_path / ".2024.ancien")
    with pytest.raises(UserError, match=r"même numéro d'édition \(1\)"):
        publish(tmp_path, "deux")
    assert sealed(tmp_path) == {"1": "un"}
    assert whole(tmp_path / ".2024.ancien" / "editions" / "1") == "autre"


def test_an_edition_that_only_the_former_report_holds_comes_back(tmp_path: Path) -> None:
    publish(tmp_path, "un")
    (tmp_path / "2024").rename(tmp_path / ".2024.ancien")
    shutil.copytree(tmp_path / ".2024.ancien", tmp_path / "2024", ignore=lambda *_: {"editions"})
    notes: list[str] = []
    assert publish(tmp_path, "deux", notes.append) == 2
    assert sealed(tmp_path) == {"1": "un", "2": "deux"}
    assert "rétabli : édition 1" in notes[0]


# --- What a killed run left -------------------------------------------------------------------

LEFT = {
    ".travail-2024-a1b2c3d4": "travail d'une exécution interrompue",
    ".travail-2025-controle-a1b2c3d4": "travail d'une exécution interrompue",
    ".2023-a1b2c3d4": "travail d'une exécution interrompue",
    "2024-echec": "copie de l'exécution en échec",
}
KEPT = ("2023", "2024-controle", "2024-verification", "2025-echec", ".git", "notes", ".travail")


def test_leftovers_are_removed_and_told_and_nothing_else_is(tmp_path: Path) -> None:
    for name in (*LEFT, *KEPT):
        publication.settle(_folder(tmp_path / name), 0o444)
    (tmp_path / ".index.html").write_text("à moitié", encoding="utf-8")
    notes: list[str] = []
    publish(tmp_path, "un", notes.append)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted((*KEPT, "2024"))
    for name, words in LEFT.items():
        assert any(str(tmp_path / name) in line and words in line for line in notes), name
    assert any(".index.html" in line for line in notes)
    assert len(notes) == len(LEFT) + 1


def test_the_failed_copy_of_a_year_goes_when_that_year_runs(tmp_path: Path) -> None:
    _folder(tmp_path / "2025-echec")
    with leftovers.held(tmp_path, "2025-controle", pytest.fail):
        assert (tmp_path / "2025-echec").is_dir()
    with leftovers.held(tmp_path, "2025", lambda _: None):
        assert not (tmp_path / "2025-echec").exists()


def _folder(place: Path) -> Path:
    (place / "sous").mkdir(parents=True)
    (place / "sous" / "fichier").write_text("x", encoding="utf-8")
    return place


def test_a_temporary_folder_is_removed_when_its_program_is_dead_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead, other = tmp_path / "spaser-noyaux-mort", tmp_path / "spaser-notes-a-moi"
    for place in (dead, other):
        _folder(place)
    (dead / lock.FILE).touch()
    with scratch.folder("noyaux") as alive:
        assert scratch.clean() == [dead]
        assert alive.is_dir()
    assert [p.name for p in tmp_path.iterdir()] == [other.name]


# --- One at a time ----------------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from spaser.publishing import lock
with lock.held(Path(sys.argv[1]), print):
    print("held", flush=True)
    time.sleep(60)
"""


def _holder(place: Path) -> subprocess.Popen[str]:
    running = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "held\n"
    return running


def test_a_second_run_waits_says_for_whom_and_goes_on_when_it_dies(tmp_path: Path) -> None:
    notes: list[str] = []
    with _holder(tmp_path) as running:

        def note(text: str) -> None:
            notes.append(text)
            running.kill()  # a holder that is killed holds nothing

        with lock.held(tmp_path, note):
            assert json.loads((tmp_path / lock.FILE).read_text())["processus"] == os.getpid()
    assert len(notes) == 1
    assert f"l'exécution {running.pid} sur " in notes[0]
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_is_never_freed_ends_in_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_PATIENCE", 0.3)
    with _holder(tmp_path) as running:
        try:
            with (
                pytest.raises(UserError, match="ne le libère pas") as stop,
                lock.held(tmp_path, lambda _: None),
            ):
                pytest.fail("two programs hold the lock")
            assert str(running.pid) in str(stop.value.valeur)
        finally:
            running.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"processus": "\\u001b[31m"}', "\x00\xff"])
def test_a_lock_of_another_hand_is_told_without_its_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / lock.FILE
    file.write_text(text, encoding="utf-8")
    assert lock._holder(file) == "une autre exécution"


def test_a_lock_waits_for_its_own_program_too(tmp_path: Path) -> None:
    with lock.attempt(tmp_path / lock.FILE) as first, lock.attempt(tmp_path / lock.FILE) as second:
        assert first is not None
        assert second is None
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_folder_is_read_without_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refused)
    with leftovers.at_rest(tmp_path, pytest.fail):
        pass


# --- Systems that are not at hand -------------------------------------------------------------


def test_without_locks_the_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(lock, "_lock", refused)
    notes: list[str] = []
    with lock.held(tmp_path, notes.append):
        pass
    assert len(notes) == 1
    assert "n'y lancer qu'une exécution à la fois" in notes[0]


def test_the_lock_of_windows_takes_a_byte_that_nobody_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: set[int] = set()

    def locking(handle: int, kind: str, size: int) -> None:
        assert (kind, size) == ("LK_NBLCK", 1)
        place = os.lseek(handle, 0, os.SEEK_CUR)
        if place in taken:
            raise OSError(errno.EACCES, "locked")
        taken.add(place)

    fake = SimpleNamespace(locking=locking, LK_NBLCK="LK_NBLCK")
    monkeypatch.setitem(sys.modules, "msvcrt", fake)
    monkeypatch.setattr(lock, "_lock", lock._lock_windows)
    with lock.held(tmp_path, pytest.fail):
        assert json.loads((tmp_path / lock.FILE).read_text())["processus"] == os.getpid()
        assert min(taken) > 1_000_000
        with lock.attempt(tmp_path / lock.FILE) as second:
            assert second is None


@pytest.mark.parametrize(
    ("platform", "name", "arguments"),
    [
        ("linux", "renameat2", (-100, b"a", -100, b"b", 2)),
        ("darwin", "renamex_np", (b"a", b"b", 2)),
    ],
)
@pytest.mark.parametrize(
    ("answer", "number", "expected"),
    [(0, 0, True), (-1, errno.ENOSYS, False), (-1, errno.EINVAL, False), (-1, errno.EACCES, None)],
)
def test_each_system_exchanges_by_its_own_call(
    monkeypatch: pytest.MonkeyPatch, platform: str, name: str, arguments: tuple[Any, ...],
    answer: int, number: int, expected: bool | None,
) -> None:  # fmt: skip
    calls: list[tuple[Any, ...]] = []

    def call(*given: Any) -> int:
        calls.append(tuple(getattr(g, "value", g) for g in given))
        ctypes.set_errno(number)
        return answer

    monkeypatch.setattr(exchange.sys, "platform", platform)
    monkeypatch.setattr(exchange.ctypes, "CDLL", lambda *_, **__: SimpleNamespace(**{name: call}))
    if expected is None:
        with pytest.raises(PermissionError):
            exchange.exchange(Path("a"), Path("b"))
    else:
        assert exchange.exchange(Path("a"), Path("b")) is expected
    assert calls == [arguments]


@pytest.mark.parametrize("platform", ["win32", "linux", "darwin"])
def test_a_system_without_the_call_exchanges_nothing(
    monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setattr(exchange.sys, "platform", platform)
    monkeypatch.setattr(exchange.ctypes, "CDLL", lambda *_, **__: SimpleNamespace())
    assert exchange.exchange(Path("a"), Path("b")) is False


def test_the_second_rename_refused_puts_the_report_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows does while a page of the report is open."""
    publish(tmp_path, "un")
    rename = Path.rename

    def refusing(self: Path, target: Path) -> Path:
        if self.name.startswith(publication.WORK):
            raise PermissionError(errno.EACCES, "open elsewhere", str(self))
        return rename(self, target)

    monkeypatch.setattr(exchange, "_call", lambda: None)
    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(UserError, match="accès refusé"):
        publish(tmp_path, "deux")
    assert whole(tmp_path / "2024") == "un"
    assert sealed(tmp_path) == {"1": "un"}
    assert [p.name for p in tmp_path.iterdir()] == ["2024"]


def test_without_links_editions_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", refused)
    for number, text in enumerate(("un", "deux", "trois"), 1):
        assert publish(tmp_path, text) == number
    assert sealed(tmp_path) == {"1": "un", "2": "deux", "3": "trois"}


def test_the_report_is_there_at_every_moment(tmp_path: Path) -> None:
    """A reader that looks all the time while another program publishes."""
    if exchange._call() is None:
        pytest.skip("this system exchanges no folders")
    publish(tmp_path, "un")
    page, looks = tmp_path / "2024" / "rapport.html", 0
    program = (
        "import sys; from pathlib import Path; from sealing import publish\n"
        "for n in range(15): publish(Path(sys.argv[1]), str(n))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as running:
        patience = time.monotonic() + 60
        while running.poll() is None and time.monotonic() < patience:
            assert page.read_text(encoding="utf-8").endswith(BODY)
            assert (tmp_path / "2024" / "editions" / "1" / "rapport.html").is_file()
            looks += 1
    assert running.returncode == 0
    assert looks > 50
    assert len(sealed(tmp_path)) == 16
