"""A folder to work in, and the exchange that publishes it: a failed run leaves no trace.

Sealed editions travel with the report: the new one has them all before it takes the place of
the old one, so that at every moment reports/YEAR holds them all.  Where the system cannot
exchange two folders, there are two renames, which `leftovers` completes when they are cut short.
Whoever publishes holds the lock of the folder of reports.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from spaser import interruption
from spaser.errors import GateStopped, UserError
from spaser.faults import explained
from spaser.publishing.exchange import exchange
from spaser.publishing.provenance import EDITIONS

WORK, FORMER, FAILED = ".travail-", ".ancien", "-echec"


@contextlib.contextmanager
def staging(reports: Path, name: str) -> Iterator[Path]:
    """A folder to work in; kept aside as NAME-echec after a bug, removed otherwise."""
    reports.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f"{WORK}{name}-", dir=reports))
    try:
        yield stage
    except (UserError, GateStopped, KeyboardInterrupt):
        raise
    except Exception as error:
        if interruption.asked():
            raise
        if fault := explained(error, stage, Path(tempfile.gettempdir())):
            raise fault from error  # said while the disk is still as full as it was
        aside = reports / f"{name}{FAILED}"
        remove(aside)
        stage.rename(aside)
        raise
    finally:
        remove(stage)


def publish(stage: Path, final: Path) -> None:
    """Put `stage` in the place of `final`, which never ceases to be there.

    Sealed editions of `final` that `stage` has not are kept.
    """
    settle(stage, 0o644, but=EDITIONS)
    for sealed in sorted((final / EDITIONS).glob("*")):
        kept = stage / EDITIONS / sealed.name
        if not kept.exists():
            shutil.copytree(sealed, kept, copy_function=_same)
    if not final.exists():
        stage.rename(final)
    elif exchange(stage, final):
        remove(stage)
    else:
        _replace(stage, final)


def _replace(stage: Path, final: Path) -> None:
    """Two renames, the first undone when the second is refused."""
    old = final.with_name(f".{final.name}{FORMER}")
    final.rename(old)
    try:
        stage.rename(final)
    except OSError:
        old.rename(final)
        raise
    discard(old)


def _same(source: str, target: str) -> str:
    """Give a sealed file another name, by a hard link; copy it where the system makes none."""
    if os.name != "nt":  # no read-only name can be removed there, and names share their mode
        with contextlib.suppress(OSError):
            os.link(source, target)
            return target
    return str(shutil.copy2(source, target))


def seal(report: Path, number: int) -> None:
    """Copy a finished report to its editions/NUMBER: files read-only, readable by all, on disk."""
    target = report / EDITIONS / str(number)
    shutil.copytree(report, target, ignore=lambda at, _: [EDITIONS] if Path(at) == report else [])
    settle(target, 0o444)
    for path in target.rglob("*"):
        if path.is_file():
            _flush(path)


def settle(folder: Path, mode: int, *, but: str = "") -> None:
    """Let everyone read a folder and all in it, whatever the user's mask.

    Args:
        folder: folders become 0755.
        mode: of the files.
        but: a folder of `folder` that is left as it is.
    """
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not (but and folder / but in path.parents):
            path.chmod(0o755 if path.is_dir() else mode)


def _flush(path: Path) -> None:
    """Have the disk hold a file now: an edition outlives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # Windows flushes only what is open for writing
            os.fsync(handle)
    finally:
        os.close(handle)


def discard(former: Path) -> None:
    """Remove a former report, first named as what the next run may remove."""
    with contextlib.suppress(OSError):  # Windows refuses while a page of it is open
        former = former.rename(former.with_name(f"{WORK}{former.name.strip('.')}"))
    remove(former)


def remove(folder: Path) -> None:
    """Remove a folder and all in it, read-only files too."""
    if os.name == "nt":  # elsewhere the right to remove a file is its folder's
        for path in folder.rglob("*"):
            path.chmod(0o666)
    shutil.rmtree(folder, ignore_errors=True)
