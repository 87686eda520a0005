"""What the machine refuses: one French message, exit 2, the old report whole, nothing left."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pages
import pytest
from neutral import PROJECT, ROOT
from pages import Made, snapshot, spaser

from spaser.faults import explained

pytest_plugins = ("pages",)


def test_every_refusal_is_said_with_its_place_and_a_remedy() -> None:
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "ENOMEM", "EMFILE"):
        number = getattr(errno, name)
        refusal = explained(OSError(number, os.strerror(number), "/un/dossier/fichier"))
        assert refusal is not None, name
        assert refusal.lieu == "/un/dossier/fichier"
        assert refusal.quoi
        assert refusal.remede
        assert os.strerror(number) not in str(refusal)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "la mémoire est pleine"),
        (duckdb.OutOfMemoryException("failed to allocate"), "la mémoire est pleine"),
        (
            duckdb.OutOfMemoryException("failed to offload data block of size 64.0 KiB"),
            "le disque est plein",
        ),
        (duckdb.IOException("Could not write: No space left on device"), "le disque est plein"),
        (FileNotFoundError(2, "No usable temporary directory found in []"), "aucun dossier temp"),
        (RuntimeError("Could not determine home directory."), "le dossier personnel"),
    ],
)
def test_libraries_say_it_otherwise(error: Exception, words: str) -> None:
    assert words in str(explained(error))


def test_a_refusal_is_found_under_what_a_library_makes_of_it() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "full")
        except OSError as cause:
            raise ValueError("could not save") from cause
    except ValueError as error:
        assert "le disque est plein" in str(explained(error))


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError(2, "no such file"), ValueError("No space left on device"), KeyError()],
)
def test_a_bug_is_not_taken_for_a_refusal(error: Exception) -> None:
    assert explained(error) is None


# --- The command ------------------------------------------------------------------------------


@pytest.fixture
def mine(small: Made, tmp_path: Path) -> Made:
    """A copy of the small year and of its report; its data have changed since."""
    shutil.copytree(small.reports, tmp_path / "reports")
    pages.write_small(tmp_path / "data", pages.one_more_social())
    return Made(tmp_path, small.done)


def _refused(done: pages.Done, *words: str) -> None:
    lines = [line for line in done.err.splitlines() if not line.startswith("… ")]
    assert done.code == 2, done.err
    assert lines[0].startswith("Erreur. "), done.err
    assert len(lines) == 2, done.err  # the error with its place, and the remedy
    assert lines[1].startswith("Remède : ")
    for word in words:
        assert word in done.err


@pytest.mark.parametrize(("kind", "words"), [("ENOSPC", "le disque est plein")])
def test_a_disk_that_fills_during_a_run(mine: Made, kind: str, words: str) -> None:
    before = snapshot(mine.reports, times=True)
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "injection.py", kind, "30", mine.reports, "--",
         "run", "2024", "--data", mine.data, "--reports", mine.reports],
        cwd=PROJECT, capture_output=True, encoding="utf-8", timeout=240,
    )  # fmt: skip
    _refused(pages.Done(done.returncode, done.stdout, done.stderr), words, str(mine.reports))
    assert snapshot(mine.reports, times=True) == before
    assert list(mine.reports.glob(".*")) == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 200 kB, where the right to mount one is given."""
    place = tmp_path / "disque"
    place.mkdir()
    mount = shutil.which("mount")
    words = [mount or "mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)]
    if not mount or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a disk: the same is tried by substitution above")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_a_real_disk_that_fills_and_then_is_read_only(mine: Made, disk: Path) -> None:
    words = ("check", "2024", "--data", mine.data, "--reports", disk)
    _refused(spaser(*words), "le disque est plein", str(disk))
    assert list(disk.iterdir()) == []
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    _refused(spaser(*words), "lecture seule", str(disk))


def test_a_full_temporary_folder_is_left_for_another(mine: Made, disk: Path) -> None:
    with (disk / "plein").open("wb") as stream, pytest.raises(OSError, match="space"):
        stream.write(bytes(1 << 20))
    words = ("check", "2024", "--data", mine.data, "--reports", mine.reports)
    done = spaser(*words, TMPDIR=str(disk))
    assert done.code == 0, done.err
    assert [p.name for p in disk.iterdir()] == ["plein"]


def test_what_is_given_up_at_the_end_adds_nothing_to_the_message(tmp_path: Path) -> None:
    """openpyxl leaves its archive to be closed by Python, which complains of the full disk."""
    program = """
import argparse
from spaser import cli
class Archive:
    def __del__(self):
        raise ValueError("I/O operation on closed file.")
def action(_):
    global kept
    kept = Archive()
    raise OSError(28, "No space left on device", "rapport.xlsx")
cli._act(argparse.Namespace(action=action))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60
    )
    _refused(pages.Done(done.returncode, done.stdout, done.stderr), "rapport.xlsx")


def test_no_temporary_folder_at_all_is_one_message(tmp_path: Path) -> None:
    program = (
        "import tempfile\ntempfile._candidate_tempdir_list = lambda: []\n"
        "from spaser import cli\ncli.main()"
    )
    pages.write_small(tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-c", program, "check", "2024", "--data", tmp_path / "data",
         "--reports", tmp_path / "reports"],
        cwd=PROJECT, capture_output=True, encoding="utf-8", timeout=240,
    )  # fmt: skip
    _refused(pages.Done(done.returncode, done.stdout, done.stderr), "TMPDIR")
    assert list((tmp_path / "reports").iterdir()) == []


def test_an_output_that_is_full_is_one_message(small: Made) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "spaser", "explain", "2024", "--reports", small.reports],
            cwd=PROJECT, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", timeout=60,
        )  # fmt: skip
    _refused(pages.Done(done.returncode, "", done.stderr), "le disque est plein")


@pytest.mark.long
def test_without_a_home_a_run_is_the_same(mine: Made) -> None:
    """No HOME, and one that does not exist: nothing of the user's is needed."""
    environment = {k: v for k, v in os.environ.items() if k != "HOME"}
    for more in ({}, {"HOME": str(mine.place / "absent")}):
        done = subprocess.run(
            [sys.executable, "-m", "spaser", "check", "2024", "--data", mine.data,
             "--reports", mine.reports],
            cwd=PROJECT, env={**environment, **more}, capture_output=True, encoding="utf-8",
            timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert [line for line in done.stderr.splitlines() if not line.startswith("… ")] == []
    assert not (mine.place / "absent").exists()


def test_the_index_that_a_killed_run_had_no_time_to_write_comes_with_the_next(
    small: Made, tmp_path: Path
) -> None:
    shutil.copytree(small.data, tmp_path / "data")
    shutil.copytree(small.reports, tmp_path / "reports")
    index = tmp_path / "reports" / "index.html"
    expected = index.read_bytes()
    for spoil in (Path.unlink, lambda page: (page.write_text("ancien"), os.utime(page, (1, 1)))):
        spoil(index)
        done = spaser(
            *("run", "2024", "--data", tmp_path / "data", "--reports", tmp_path / "reports")
        )
        assert (done.code, done.err) == (0, "")
        assert "rien n'a changé" in done.out
        assert index.read_bytes() == expected
