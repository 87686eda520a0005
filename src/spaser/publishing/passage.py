"""The publication that a run replaces: what the figures are compared with.

A run from other inputs compares with the publication that lies in its folder.  A run from the
same inputs, or that only adds reviews of changes, compares with what that one compared with: so
the same inputs give the same bytes, and a review does not wipe the changes that it accepts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spaser.publishing import editions
from spaser.publishing.provenance import CARRIED, COMPARED, KINDS, MANIFEST, REPLACED, Digests, read
from spaser.settings import relecture
from spaser.sources.folder import sha256


def before(
    final: Path, entrees: Digests, around: Mapping[str, Any], *, demonstration: bool
) -> Path | None:
    """The folder to compare with; None for a first run, or when what lies there is not whole.

    Args:
        final: reports/YEAR, before it is replaced.
        entrees: sha256 of the inputs of the run, by kind and name.
        around: its environment.
        demonstration: whether it is of demonstration data, which compares with none but its kind.
    """
    stated = read(final) or {}
    try:
        if stated["demonstration"] != demonstration:
            return None
        then = {k: {n: e["sha256"] for n, e in v.items()} for k, v in stated["entrees"].items()}
        same = _decisive(then) == _decisive(entrees) and all(
            stated[k] == v for k, v in around.items()
        )
        folder = final / CARRIED / REPLACED if same else final
        within = f"{CARRIED}/{REPLACED}/" if same else ""
        whole = all(
            sha256(folder / name) == stated["sorties"][within + name]
            for name in COMPARED
            if within or name != MANIFEST
        )
    except (KeyError, TypeError, AttributeError, OSError):
        return None
    return folder if whole and read(folder) else None


def _decisive(entrees: Digests) -> dict[str, Mapping[str, str]]:
    """The inputs that make figures: not the reviews of their changes."""
    return {kind: names for kind, names in _unreviewed(entrees) if KINDS[kind].decides}


def _unreviewed(entrees: Digests) -> Iterator[tuple[str, Mapping[str, str]]]:
    for kind, names in entrees.items():
        yield kind, {n: sha for n, sha in names.items() if not n.endswith(f"/{relecture.FILE}")}


def moved(previous: Path | None, entrees: Digests) -> list[str]:
    """«données : ville.json modifié»: each kind of input that changed since, with its files."""
    then = (read(previous) or {}).get("entrees", {}) if previous else {}
    return list(editions.changed(then, dict(_unreviewed(entrees)))) if previous else []


def digests(previous: Path | None) -> dict[str, dict[str, str]]:
    """What a run reads of the publication that it replaces, as inputs by kind and name."""
    return {REPLACED: {name: sha256(previous / name) for name in COMPARED}} if previous else {}


def of_report(report: Path) -> list[str] | None:
    """What changed in the inputs of a published report since the one it replaced; None at first."""
    previous = report / CARRIED / REPLACED
    if not previous.is_dir():
        return None
    entrees = (read(report) or {}).get("entrees", {})
    return moved(previous, {k: {n: e["sha256"] for n, e in v.items()} for k, v in entrees.items()})
