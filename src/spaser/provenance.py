"""What went in and what came out: manifeste.json, and whether anything changed since."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spaser import __version__
from spaser.sources import files, sha256

JOURNAL = "journal.json"
MANIFEST = "manifeste.json"
_PACKAGE = Path(__file__).parent


def inputs(
    root: Path, data: Path, params: Path, annee: int, earlier: Path | None
) -> dict[str, dict[str, str]]:
    """sha256 of everything a run depends on, by kind then by name relative to its folder."""
    kinds: dict[str, tuple[Path, Iterable[Path]]] = {
        "donnees": (data, files(data)),
        "parametres": (
            params,
            _existing(
                params / "spaser.yml",
                *sorted((params / str(annee)).rglob("*")),
                *sorted((params / "indicateurs").glob("*.yml")),
            ),
        ),
        "suites": (root / "expectations", sorted((root / "expectations").glob("*.json"))),
        "notebooks": (root / "notebooks", sorted((root / "notebooks").glob("*.ipynb"))),
        "code": (
            _PACKAGE,
            sorted(p for p in _PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts),
        ),
        "environnement": (root, _existing(root / "requirements.lock")),
    }
    if earlier and earlier.exists():
        kinds["annee_precedente"] = (earlier.parent, [earlier])
    return {
        kind: {p.relative_to(folder).as_posix(): sha256(p) for p in paths if p.is_file()}
        for kind, (folder, paths) in kinds.items()
    }


def _existing(*paths: Path) -> list[Path]:
    return [p for p in paths if p.is_file()]


def fingerprint(found: Mapping[str, Mapping[str, str]]) -> str:
    """One digest of all inputs, the Python version included."""
    text = json.dumps([found, platform.python_version()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def unchanged(folder: Path, digest: str) -> bool:
    """Whether `folder` holds a whole edition made from these very inputs."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return bool(manifest.get("empreinte") == digest and manifest.get("sorties") == outputs(folder))


def outputs(folder: Path) -> dict[str, str]:
    """sha256 of every published file but the journal and the manifest itself."""
    return {
        p.relative_to(folder).as_posix(): sha256(p)
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in {JOURNAL, MANIFEST}
    }


def git_state(root: Path) -> dict[str, Any]:
    """Commit and dirty flag of the checkout, or nulls without git."""

    def ask(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(root), *words],
                capture_output=True,
                text=True,
                timeout=10,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    status = ask("status", "--porcelain", "--", ".", ":!reports")
    return {"commit": ask("rev-parse", "HEAD"), "modifie": None if status is None else bool(status)}


def manifest(
    folder: Path,
    annee: int,
    found: Mapping[str, Mapping[str, str]],
    rows: Mapping[str, int],
    git: Mapping[str, Any],
    demonstration: bool,
    version: str,
) -> dict[str, Any]:
    """The content of manifeste.json, for the finished folder.

    Args:
        folder: the staging folder with every output written.
        annee: year of the edition.
        found: what `inputs` gave, before anything was written.
        rows: records read, by input file.
        git: what `git_state` gave, before anything was written.
        demonstration: whether the data bear the demonstration mark.
        version: version of the catalogue.
    """
    return {
        "annee": annee,
        "demonstration": demonstration,
        "catalogue": version,
        "spaser": __version__,
        "python": platform.python_version(),
        "git": dict(git),
        "empreinte": fingerprint(found),
        "entrees": {
            kind: {
                name: {"sha256": digest, **({"lignes": rows[name]} if name in rows else {})}
                for name, digest in entries.items()
            }
            for kind, entries in found.items()
        },
        "sorties": outputs(folder),
    }
