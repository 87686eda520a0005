"""A folder to work in, and the rename that publishes it: a failed run leaves no trace."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from spaser.errors import GateStopped, UserError


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
        shutil.rmtree(aside, ignore_errors=True)
        stage.rename(aside)
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _recover(reports: Path, name: str) -> None:
    """Put back a report that an interrupted publication had moved aside."""
    old = reports / f".{name}.ancien"
    if old.exists():
        if (reports / name).exists():
            shutil.rmtree(old)
        else:
            old.rename(reports / name)


def publish(stage: Path, final: Path) -> None:
    """Put `stage` in the place of `final`: the old report leaves as the new one arrives."""
    stage.chmod(0o755)
    old = final.with_name(f".{final.name}.ancien")
    if final.exists():
        final.rename(old)
    try:
        stage.rename(final)
    except OSError:
        if old.exists():
            old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)
