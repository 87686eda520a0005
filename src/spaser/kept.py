"""What a run keeps for the next, in the user's own folder of caches.

Each thing is kept under a name that holds all that makes it, so that an old one is never taken for
a new one, and with its digest.  `verify` and `run --force` neither read nor write there.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import pickle
import tempfile
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

FOLDER = "SPASER_CACHE"  # the user's choice of a folder; empty: nothing is kept
MOST = 128 << 20  # bytes kept, those last used
_DIGEST = hashlib.sha256().digest_size


def folder(kind: str, makers: Any) -> Path | None:
    """Where things of a kind are kept, made if need be; None where nothing can be.

    Args:
        kind: a word, in French, as the user sees it in that folder.
        makers: what makes them all, as JSON: programs, libraries.
    """
    import platformdirs

    asked = os.environ.get(FOLDER)
    root = platformdirs.user_cache_path("spaser", appauthor=False) if asked is None else Path(asked)
    if asked == "" or (asked is None and not root.is_absolute()):  # a user without a home
        return None
    text = json.dumps(makers, sort_keys=True)
    place = root / kind / hashlib.sha256(text.encode()).hexdigest()[:32]
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return place.absolute()


@functools.cache
def program(*libraries: str) -> str:
    """What this package and some libraries are, as Python tells of its modules whether they have
    changed: names, sizes, dates; versions.

    Args:
        libraries: names of distributions.
    """
    modules = sorted(Path(__file__).parent.rglob("*.py"))
    stats = [(str(m), stat.st_size, stat.st_mtime_ns) for m in modules for stat in [m.stat()]]
    versions = [metadata.version(name) for name in libraries]
    return hashlib.sha256(repr((stats, versions)).encode()).hexdigest()


def name(*makers: object) -> str | None:
    """The name of what is made from some values and functions; None when they cannot be told."""
    digest = hashlib.sha256()
    pickler = pickle.Pickler(SimpleNamespace(write=digest.update), protocol=5)
    pickler.fast = True  # equal data, equal bytes: not told by which of them is the same object
    try:
        pickler.dump(makers)
    except (pickle.PicklingError, AttributeError, TypeError, ValueError, RecursionError):
        return None
    return digest.hexdigest()


def read(place: Path) -> bytes | None:
    """What is kept at a place; None if nothing is, or if it is not as it was written."""
    try:
        content = place.read_bytes()
        os.utime(place)  # used: among the last to go
    except OSError:
        return None
    body = content[_DIGEST:]
    return body if hashlib.sha256(body).digest() == content[:_DIGEST] else None


def write(place: Path, body: bytes) -> None:
    """Keep something; on a full or read-only disk, it will be made again."""
    with contextlib.suppress(OSError):
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as half:
            half.write(hashlib.sha256(body).digest() + body)
        Path(half.name).replace(place)


def prune(*places: Path | None) -> None:
    """Remove what was used longest ago, until the rest takes no more than MOST for each kind.

    Args:
        places: what `folder` gave; those of other programs go once they are empty.
    """
    for place in filter(None, places):
        with contextlib.suppress(OSError):
            known = [(p.stat(), p) for p in place.parent.glob("*/*")]
            total = 0
            for stat, path in sorted(known, key=lambda one: -one[0].st_mtime_ns):
                total += stat.st_size
                if total > MOST:
                    path.unlink(missing_ok=True)
            for old in place.parent.iterdir():
                if old != place and not any(old.iterdir()):
                    old.rmdir()
