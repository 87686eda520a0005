"""A folder to work in, and the rename that publishes it: a failed run leaves no trace.

Sealed editions travel with the report: they are copied into the new one before it takes the
place of the old one, so that at every moment one of the two folders holds them all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from spaser.errors import GateStopped, UserError
from spaser.publishing.provenance import EDITIONS


@contextlib.contextmanager
def staging(reports: Path, name: str) -> Iterator[Path]:
    """A folder to work in; kept aside as NAME-echec after a bug, removed otherwise."""
    reports.mkdir(parents=True, exist_ok=True)
    _recover(reports, name)
    stage = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=reports))
    try:
        yield stage
    except (UserError, GateStopped, KeyboardInterrupt):
        raise
    except Exception:
        aside = reports / f"{name}-echec"
        remove(aside)
        stage.rename(aside)
        raise
    finally:
        remove(stage)


def _recover(reports: Path, name: str) -> None:
    """Put back a report that an interrupted publication had moved aside."""
    old = reports / f".{name}.ancien"
    if old.exists():
        if (reports / name).exists():
            remove(old)
        else:
            old.rename(reports / name)


def publish(stage: Path, final: Path) -> None:
    """Put `stage` in the place of `final`: the old report leaves as the new one arrives.

    Sealed editions of `final` that `stage` has not are kept.
    """
    stage.chmod(0o755)
    old = final.with_name(f".{final.name}.ancien")
    for sealed in sorted((final / EDITIONS).glob("*")):
        kept = stage / EDITIONS / sealed.name
        if not kept.exists():
            shutil.copytree(sealed, kept)
    if final.exists():
        final.rename(old)
    try:
        stage.rename(final)
    except OSError:
        if old.exists():
            old.rename(final)
        raise
    remove(old)


def seal(report: Path, number: int) -> None:
    """Copy a finished report to its editions/NUMBER, read-only."""
    target = report / EDITIONS / str(number)
    shutil.copytree(report, target, ignore=lambda at, _: [EDITIONS] if Path(at) == report else [])
    for path in sorted(target.rglob("*")):
        if path.is_file():
            path.chmod(0o444)


def remove(folder: Path) -> None:
    """Remove a folder and all in it, read-only files too."""
    if os.name == "nt":  # elsewhere the right to remove a file is its folder's
        for path in folder.rglob("*"):
            path.chmod(0o666)
    shutil.rmtree(folder, ignore_errors=True)
