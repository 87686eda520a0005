"""The published folder against its own manifest: every entry in it is known, or is a finding.

Nothing is followed: a link may lead anywhere, and what it leads to is not what was published.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spaser.errors import UserError
from spaser.publishing import editions, manifest, provenance
from spaser.publishing.provenance import AFTER, EDITIONS, JOURNAL, MANIFEST
from spaser.sources.folder import sha256
from spaser.verification.certificate import MANIFESTE, SORTIE, Cause, Unchecked
from spaser.verification.comparison import ABSENT

FILE, FOLDER, LINK, OTHER = "fichier", "dossier", "lien", "objet spécial"
_JOURNAL_KEYS = {"fin", "secondes", "grands_fichiers"}
_NOT_SEALED = {JOURNAL, MANIFEST, *AFTER}


def entries(folder: Path) -> dict[str, str]:
    """Everything under a folder, by its name relative to it: FILE, LINK, OTHER, or an empty
    FOLDER.  Links are not followed."""
    kinds: dict[str, str] = {}
    waiting = [""]
    while waiting:
        at = waiting.pop()
        inside = sorted(os.scandir(folder / at), key=lambda e: e.name)
        if at and not inside:
            kinds[at] = FOLDER
        for entry in inside:
            name = f"{at}/{entry.name}" if at else entry.name
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                waiting.append(name)
            else:
                kinds[name] = LINK if stat.S_ISLNK(mode) else FILE if stat.S_ISREG(mode) else OTHER
    return dict(sorted(kinds.items()))


def is_ours(folder: Path, name: str) -> bool:
    """Whether `name` is a plain file of the folder, reached without a link."""
    at = folder
    for part in Path(name).parts:
        at /= part
        if at.is_symlink():
            return False
    return at.is_file()


def files(report: Path) -> dict[str, str]:
    """sha256 of the plain files that a manifest lists."""
    return {
        name: sha256(report / name)
        for name, kind in entries(report).items()
        if kind == FILE and name not in _NOT_SEALED and not name.startswith(f"{EDITIONS}/")
    }


def against(
    report: Path, manifeste: Mapping[str, Any], *, within: str = "", is_edition: bool = False
) -> Iterator[Cause]:
    """What of a published folder is not its manifest's, and where that contradicts itself.

    Args:
        report: the folder.
        manifeste: its manifest.
        within: what to put before names in the findings.
        is_edition: whether it is a sealed edition, which holds no edition.
    """
    present, stated, stands = entries(report), manifeste["sorties"], files(report)
    for name, kind in present.items():
        if kind != FILE:
            yield Cause(SORTIE, within + name, "nature", kind, FILE if name in stated else ABSENT)
        elif is_edition and name.startswith(f"{EDITIONS}/"):
            yield Cause(SORTIE, within + name, FILE, "présent", ABSENT)
    for name in sorted({*stated, *stands}):
        if stated.get(name) != stands.get(name) and present.get(name, FILE) == FILE:
            was, is_ = stated.get(name, ABSENT), stands.get(name, ABSENT)
            yield Cause(SORTIE, within + name, "sha256", was, is_)
    if present.get(JOURNAL) == FILE:
        if not _is_journal(report / JOURNAL):
            yield Cause(SORTIE, within + JOURNAL, "forme", "autre", "journal d'un calcul")
    elif JOURNAL not in present:
        yield Cause(SORTIE, within + JOURNAL, FILE, ABSENT, "présent")
    digests = {k: {n: e["sha256"] for n, e in v.items()} for k, v in manifeste["entrees"].items()}
    around = {k: manifeste.get(k) for k in ("python", "systeme", "paquets")}
    fingerprint = provenance.fingerprint(digests, around)
    if fingerprint != manifeste["empreinte"]:
        yield Cause(MANIFESTE, within + MANIFEST, "empreinte", manifeste["empreinte"], fingerprint)


def of_editions(report: Path, manifeste: Mapping[str, Any]) -> Iterator[Cause | Unchecked]:
    """The sealed editions that lie in a current report: those that it names, each whole.

    The last one is this report's own, or the one before it, whose files it knows; earlier ones
    are held to their own manifests, and were not computed again.
    """
    last = manifeste["edition"] or manifeste["edition_precedente"] or 0
    inside = {name.split("/")[1] for name in entries(report) if name.startswith(f"{EDITIONS}/")}
    wanted = {str(n) for n in range(1, last + 1)}
    for name in sorted(inside - wanted):
        yield Cause(SORTIE, f"{EDITIONS}/{name}", "édition", "présente", ABSENT)
    for name in sorted(wanted - inside, key=int):
        yield Cause(SORTIE, f"{EDITIONS}/{name}", "édition", ABSENT, "présente")
    for name in sorted(wanted & inside, key=int):
        yield from _edition(report, int(name), manifeste)


def _edition(
    report: Path, number: int, manifeste: Mapping[str, Any]
) -> Iterator[Cause | Unchecked]:
    folder, place = editions.folder(report, number), f"{EDITIONS}/{number}/"
    try:
        own = manifest.checked(folder)
    except UserError as error:
        yield Cause(SORTIE, f"{place}{MANIFEST}", "forme", error.quoi, "manifeste d'une édition")
        return
    yield from against(folder, own, within=place, is_edition=True)
    for key, due in (("edition", number), ("annee", manifeste["annee"])):
        if own[key] != due:
            yield Cause(MANIFESTE, f"{place}{MANIFEST}", key, str(own[key]), str(due))
    if number == manifeste["edition"]:
        if own != manifeste:
            was, is_ = sha256(folder / MANIFEST), sha256(report / MANIFEST)
            yield Cause(SORTIE, f"{place}{MANIFEST}", "sha256", was, is_)
        return
    if number == manifeste["edition_precedente"]:
        for name, entry in manifeste["entrees"].get("edition_precedente", {}).items():
            stands = sha256(folder / name) if is_ours(folder, name) else ABSENT
            if stands != entry["sha256"]:
                yield Cause(SORTIE, place + name, "sha256", stands, entry["sha256"])
    yield Unchecked(
        f"{EDITIONS}/{number}",
        "fichiers conformes ou non à leur manifeste, mais édition non recalculée : "
        f"spaser verify {manifeste['annee']} --edition {number}",
    )


def _is_journal(path: Path) -> bool:
    try:
        journal = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(journal, dict) and journal.keys() >= _JOURNAL_KEYS
