"""What a project starts from, and whose reference tables are read.

The model of a project lies in the wheel, beside this module.  In a checkout, what the wheel copies
from the repository (catalogue, suites, reference tables, lock) is read from the repository itself.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

_CARRIED = Path(__file__).parent
_CHECKOUT = Path(__file__).parents[3]
REFERENTIELS = Path("data", "referentiels")
_tables: ContextVar[Path | None] = ContextVar("tables", default=None)


def path(name: str | Path) -> Path:
    """Where a file or a folder of the model is, by its name in a project («expectations»)."""
    carried = _CARRIED / name
    return carried if carried.exists() else _CHECKOUT / name


def checkout() -> Path | None:
    """The repository around the package, or None when the package was installed from a wheel."""
    return _CHECKOUT if (_CHECKOUT / "src" / "spaser" / "modele").is_dir() else None


@contextlib.contextmanager
def of_project(root: Path) -> Iterator[None]:
    """Read the reference tables of this project, until the end of the `with`."""
    token = _tables.set(root / REFERENTIELS)
    try:
        yield
    finally:
        _tables.reset(token)


def referentiels() -> Path:
    """The folder of reference tables: of the project being read, else of the model."""
    return _tables.get() or _of_model()


@functools.cache
def _of_model() -> Path:
    return path(REFERENTIELS)
