"""What went in and what came out: manifeste.json, and whether anything changed since."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from spaser import __version__
from spaser.publishing.bare import bare
from spaser.sources.folder import files, sha256

JOURNAL = "journal.json"
MANIFEST = "manifeste.json"
PDF = "rapport.pdf"  # its bytes depend on the fonts of the machine
DOCX = "rapport.docx"  # its bytes depend on the version of pandoc
AFTER = frozenset({PDF, DOCX})  # made from the published pages, when asked
LOCK = "requirements.lock"
EDITIONS = "editions"  # sealed editions lie there: not outputs of this run
CARRIED = "entrees"  # copies of the inputs that are ours to publish, so that a folder travels
NOTEBOOKS, RUN = "notebooks", "[0-9]_*.ipynb"  # those that a run runs; others are the analyst's
_PACKAGE = Path(__file__).parents[1]
_NAME = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)

_BIG = 32 * 2**20  # bytes: a national file or a SIRENE stock takes seconds to digest

Digests = Mapping[str, Mapping[str, str]]
Stamp = tuple[str, int, int]  # a file's name, size, and time of its last change in ns


class InputKind(NamedTuple):
    """A kind of input: what it is called, whether its files travel with the report, and
    whether it makes a run worth doing again."""

    label: str
    carried: bool = False
    decides: bool = True


# Raw data may hold what a buyer must not publish (payments): its sha256 travels, not its files.
KINDS = {
    "donnees": InputKind("données"),
    "parametres": InputKind("paramètres", carried=True),
    "suites": InputKind("règles de contrôle", carried=True),
    "referentiels": InputKind("référentiels"),
    NOTEBOOKS: InputKind("notebooks", carried=True),
    "code": InputKind("programme"),
    "environnement": InputKind("environnement"),
    "annee_precedente": InputKind("année précédente", carried=True),
    "donnees_precedentes": InputKind("données des années précédentes"),
    "edition_precedente": InputKind("édition précédente", carried=True, decides=False),
    "publication_precedente": InputKind("publication précédente", carried=True, decides=False),
}
SINCE = ("completude.csv",)  # what a report of an earlier version may lack
SEALED = ("indicateurs.csv", "edition.json", *SINCE)  # what later years read of this one
REPLACED = "publication_precedente"
COMPARED = ("indicateurs.csv", "preuves.csv", MANIFEST)  # what a run reads of the one it replaces
REVISED = ("indicateurs.csv", "preuves.csv", MANIFEST)  # what the next edition reads of this one


class Inputs(NamedTuple):
    """Where the inputs of a run are; `earlier` the folders of the earlier years' reports,
    `previous` the folder of the last sealed edition, `replaced` that of the publication to
    compare with."""

    root: Path
    data: Path
    params: Path
    annee: int
    earlier: tuple[Path, ...] = ()
    previous: Path | None = None
    replaced: Path | None = None

    def files(self) -> dict[str, tuple[Path, list[Path]]]:
        """The folder of each kind, and its files in order."""
        kinds: dict[str, tuple[Path, Iterable[Path]]] = {
            "donnees": (self.data, files(self.data)),
            "parametres": (
                self.params,
                [
                    self.params / "spaser.yml",
                    self.params / "communs.yml",
                    self.params / "colonnes.yml",
                    self.params / "cibles.yml",
                    self.params / "hypotheses.yml",
                    *(
                        path
                        for year in (*(e.name for e in self.earlier), str(self.annee))
                        for path in sorted((self.params / year).rglob("*"))
                    ),
                    *sorted((self.params / "indicateurs").glob("*.yml")),
                ],
            ),
            "suites": (
                self.root / "expectations",
                sorted((self.root / "expectations").glob("*.json")),
            ),
            "referentiels": (
                self.root / "data" / "referentiels",
                sorted((self.root / "data" / "referentiels").rglob("*")),
            ),
            NOTEBOOKS: (self.root / NOTEBOOKS, sorted(self.root.glob(f"{NOTEBOOKS}/{RUN}"))),
            "code": (
                _PACKAGE,
                sorted(p for p in _PACKAGE.rglob("*") if "__pycache__" not in p.parts),
            ),
            "environnement": (self.root, [self.root / LOCK]),
        }
        if self.earlier:
            names = (*SEALED, MANIFEST)
            kinds["annee_precedente"] = (
                self.earlier[0].parent, [year / name for year in self.earlier for name in names],
            )  # fmt: skip
            beside = self.data.parent  # the recount of earlier years reads them there
            kinds["donnees_precedentes"] = (
                beside,
                [p for year in self.earlier for p in sorted((beside / year.name).rglob("*"))],
            )
        if self.previous:
            kinds["edition_precedente"] = (self.previous, [self.previous / n for n in REVISED])
        if self.replaced:
            kinds[REPLACED] = (self.replaced, [self.replaced / n for n in COMPARED])
        return {kind: (at, [p for p in all_ if p.is_file()]) for kind, (at, all_) in kinds.items()}

    def digests(self, known: Mapping[Stamp, str] | None = None) -> dict[str, dict[str, str]]:
        """sha256 of everything a run depends on, by kind then by name relative to its folder.

        `known` gives those of big files that have neither grown nor been touched since, as git
        trusts its index; without it every byte is read.
        """
        return {
            kind: {
                p.relative_to(at).as_posix(): (known or {}).get(_stamp(p)) or _digest(kind, p)
                for p in paths
            }
            for kind, (at, paths) in self.files().items()
        }

    def big(self) -> dict[Stamp, tuple[str, str]]:
        """The stamps of big files, each with its kind and its name in `digests`."""
        return {
            stamp: (kind, p.relative_to(at).as_posix())
            for kind, (at, paths) in self.files().items()
            for p in paths
            if (stamp := _stamp(p))[1] >= _BIG
        }

    def carry(self, folder: Path) -> None:
        """Copy to folder/entrees the inputs that travel with the report."""
        for kind, (at, paths) in self.files().items():
            for path in paths if KINDS[kind].carried else ():
                target = folder / CARRIED / kind / path.relative_to(at)
                target.parent.mkdir(parents=True, exist_ok=True)
                if kind == NOTEBOOKS:
                    target.write_bytes(bare(path.read_bytes()))
                else:
                    shutil.copyfile(path, target)


def _digest(kind: str, path: Path) -> str:
    """sha256 of an input; of a notebook, without what running it left there."""
    if kind == NOTEBOOKS:
        return hashlib.sha256(bare(path.read_bytes())).hexdigest()
    return sha256(path)


def _stamp(path: Path) -> Stamp:
    state = path.stat()
    return path.name, state.st_size, state.st_mtime_ns


def remembered(folder: Path) -> dict[Stamp, str]:
    """Digests of big files that the journal of a report keeps; empty without a readable one."""
    try:
        journal = json.loads((folder / JOURNAL).read_text(encoding="utf-8"))
        return {(name, size, at): digest for name, size, at, digest in journal["grands_fichiers"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def packages(root: Path) -> dict[str, str]:
    """Installed versions of the packages of the lock; those of other systems are left out."""
    lock = root / LOCK
    names = _NAME.findall(lock.read_text(encoding="utf-8")) if lock.is_file() else []
    return {n: v for n in sorted(set(names)) if (v := _version(n))}


@functools.cache
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def environment(root: Path) -> dict[str, Any]:
    """Interpreter, system and packages: with the same, the same inputs give the same bytes."""
    return {
        "python": platform.python_version(),
        "systeme": f"{platform.system()} {platform.machine()}",
        "paquets": packages(root),
    }


def fingerprint(digests: Digests, around: Mapping[str, Any]) -> str:
    """One digest of all that decides of the result, the environment included."""
    decisive = {k: v for k, v in digests.items() if KINDS[k].decides}
    text = json.dumps([decisive, around], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder, or None without a readable one."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    return manifest if isinstance(manifest, dict) else None


def unchanged(folder: Path, digest: str, *, sealed: bool = False) -> bool:
    """Whether `folder` holds a whole report made from these very inputs, sealed if asked.

    Args:
        folder: the published folder.
        digest: the fingerprint of the inputs of today.
        sealed: whether the report must be a sealed edition.
    """
    manifest = read(folder) or {}
    return bool(
        manifest.get("empreinte") == digest
        and manifest.get("sorties") == outputs(folder)
        and (manifest.get("edition") or not sealed)
    )


def outputs(folder: Path) -> dict[str, str]:
    """sha256 of every published file but journal, manifest, sealed editions and `AFTER`."""
    return {
        name: sha256(p)
        for p in sorted(folder.rglob("*"))
        if p.is_file()
        and (name := p.relative_to(folder).as_posix()) not in {JOURNAL, MANIFEST, *AFTER}
        and not name.startswith(f"{EDITIONS}/")
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
    digests: Digests,
    around: Mapping[str, Any],
    rows: Mapping[str, int],
    git: Mapping[str, Any],
    **also: Any,
) -> dict[str, Any]:
    """The content of manifeste.json, for the finished folder.

    Args:
        folder: the staging folder with every output written.
        annee: year of the edition.
        digests: what `Inputs.digests` gave, before anything was written.
        around: what `environment` gave.
        rows: records read, by input file.
        git: what `git_state` gave, before anything was written.
        also: what else the reader should know: catalogue, demonstration, edition…
    """
    return {
        "annee": annee,
        **also,
        "spaser": __version__,
        **around,
        "git": dict(git),
        "empreinte": fingerprint(digests, around),
        "entrees": {
            kind: {
                name: {
                    "sha256": digest,
                    **({"lignes": rows[name]} if kind == "donnees" and name in rows else {}),
                }
                for name, digest in entries.items()
            }
            for kind, entries in digests.items()
        },
        "sorties": outputs(folder),
    }
