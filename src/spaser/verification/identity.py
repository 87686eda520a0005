"""What a manifest says of itself, and no digest holds: edition, counts, versions, commit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spaser.publishing.provenance import MANIFEST
from spaser.verification.certificate import MANIFESTE, Cause, Unchecked
from spaser.verification.comparison import ABSENT

_ELSEWHERE = {"sorties", "entrees", "empreinte", "git"}  # compared file by file, or below
_AROUND = {"python", "systeme", "paquets"}  # a difference there is the environment's
_OWN = {"annee", "edition", "edition_precedente"}  # compared even when something else has changed
_SHALLOW = "ce dépôt n'a pas toute son histoire"


def differences(
    stated: Mapping[str, Any], fresh: Mapping[str, Any], *, explained: bool
) -> Iterator[Cause]:
    """Keys of a manifest that a run from the same inputs writes otherwise.

    Args:
        stated: the published manifest.
        fresh: the one of the run made again.
        explained: whether a changed input, param or program accounts for other words.
    """
    for key in sorted({*stated, *fresh} - _ELSEWHERE - _AROUND):
        was, is_ = (_text(m[key]) if key in m else ABSENT for m in (stated, fresh))
        if was != is_ and (key in _OWN or not explained):
            yield Cause(MANIFESTE, MANIFEST, key, was, is_)
    for kind, files in stated["entrees"].items():
        again = fresh["entrees"].get(kind, {})
        for name, entry in files.items():
            is_again = again.get(name, {})
            for key in sorted({*entry, *is_again} - {"sha256"}):
                was, is_ = (_text(e[key]) if key in e else ABSENT for e in (entry, is_again))
                if is_again.get("sha256") == entry["sha256"] and was != is_ and not explained:
                    place = f"entrees, {kind}, {name}, {key}"
                    yield Cause(MANIFESTE, MANIFEST, place, was, is_)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def commit(
    stated: Mapping[str, Any],
    here: Mapping[str, Any],
    root: Path,
    program: Path,
    *,
    explained: bool,
) -> Iterator[Cause | Unchecked]:
    """Whether the commit that a manifest names holds the program and notebooks that it lists.

    Args:
        stated: the published manifest.
        here: the state of the checkout at hand, as `git_state` gives it.
        root: the project.
        program: the folder of the package.
        explained: whether the program or notebooks at hand are not those of the manifest.
    """
    name, dirty = stated["git"]["commit"], stated["git"]["modifie"]
    title = f"commit {name}" if name else "commit"
    if name is None or here["commit"] is None:
        who = "la publication" if name is None else "la vérification"
        yield Unchecked(title, f"{who} s'est faite hors d'un dépôt git")
        return
    if name != here["commit"]:
        if not _git(root, "cat-file", "-e", f"{name}^{{commit}}"):
            if _git(root, "rev-parse", "--is-shallow-repository", says="true"):
                yield Unchecked(title, _SHALLOW)
            else:
                yield Cause(MANIFESTE, MANIFEST, "git, commit", name, "inconnu de ce dépôt")
            return
        if explained or dirty:
            yield Unchecked(title, "le programme qui a publié n'est pas celui qui vérifie")
            return
        watched = [p for p in ("notebooks", "expectations") if (root / p).is_dir()]
        watched += [str(program)] if program.is_relative_to(root) else []
        if not _git(root, "diff", "--quiet", name, "--", *watched):
            yield Cause(MANIFESTE, MANIFEST, "git, commit", name, "un autre programme")
            return
    if name != here["commit"] or dirty != here["modifie"]:
        state = "modifié" if dirty else "non modifié"
        yield Unchecked(
            "état du dépôt", f"le manifeste le dit {state} ; il ne peut plus être constaté"
        )


def _git(root: Path, *words: str, says: str = "") -> bool:
    """Whether a git command succeeds, and prints `says` when it is given."""
    asked: Sequence[str] = ["git", "-C", str(root), *words]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0 and says in done.stdout
