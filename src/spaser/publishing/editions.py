"""Editions: a published year is sealed under editions/N; the next one says what it revises.

Once sealed, an edition is never written to.  reports/YEAR itself holds the current report,
which is a sealed edition or a draft of the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from spaser import csvtable
from spaser.plaintext import counted
from spaser.publishing.provenance import EDITIONS, KINDS, Digests, read

FigureKey = tuple[str, str, str]  # code, entity and base: what names a published figure
_PARTS = ("numerateur", "denominateur")
_NAMED = 3  # changed files named in a cause; beyond, they are counted


class EditionRevision(NamedTuple):
    """A figure that is not what the last sealed edition said, and why."""

    code: str
    entite: str
    base: str
    ancien: str
    nouveau: str
    cause: str


def last(report: Path) -> int | None:
    """Number of the last sealed edition of a year, if there is one."""
    numbers = [int(p.name) for p in (report / EDITIONS).glob("*") if p.name.isdecimal()]
    return max(numbers, default=None)


def folder(report: Path, number: int) -> Path:
    """Where an edition is sealed."""
    return report / EDITIONS / str(number)


def revisions(previous: Path | None, current: Path, digests: Digests) -> Iterator[EditionRevision]:
    """Figures of `current` that differ from those of the sealed edition `previous`.

    A figure is revised when its value or one of its parts is no longer the same text; one that
    came or went is too.  The cause names the inputs that changed, then the contracts.

    Args:
        previous: folder of the last sealed edition; None before the first.
        current: folder with indicateurs.csv and preuves.csv written.
        digests: sha256 of the inputs of `current`, by kind and name.
    """
    if previous is None:
        return
    old, new = _figures(previous), _figures(current)
    before, after = _evidence(previous), _evidence(current)
    why = " ; ".join(changed((read(previous) or {}).get("entrees", {}), digests))
    for key in [*new, *(k for k in old if k not in new)]:
        was, is_ = old.get(key, {}), new.get(key, {})
        if any(was.get(c) != is_.get(c) for c in ("valeur", *_PARTS)):
            causes = [why, *_parts(was, is_), *_contracts(before[key], after[key])]
            yield EditionRevision(
                *key, was.get("valeur", ""), is_.get("valeur", ""), " ; ".join(filter(None, causes))
            )


def changed(old: Mapping[str, Mapping[str, Mapping[str, str]]], new: Digests) -> Iterator[str]:
    """«données : ville.json modifié»: each kind of input that changed, with its files."""
    for kind in KINDS:
        if not KINDS[kind].decides:
            continue
        was = {n: e["sha256"] for n, e in old.get(kind, {}).items()}
        is_ = new.get(kind, {})
        names = [
            f"{name} {'ajouté' if name not in was else 'retiré' if name not in is_ else 'modifié'}"
            for name in sorted({*was, *is_})
            if was.get(name) != is_.get(name)
        ]
        if names:
            more = len(names) - _NAMED
            listed = names[:_NAMED] + ([counted(more, "autre")] if more > 0 else [])
            yield f"{KINDS[kind].label} : {', '.join(listed)}"


def _parts(was: Mapping[str, str], is_: Mapping[str, str]) -> Iterator[str]:
    for name in _PARTS:
        if was.get(name) != is_.get(name):
            yield f"{name} {was.get(name) or 'vide'} → {is_.get(name) or 'vide'}"


def _contracts(was: Mapping[str, str], is_: Mapping[str, str]) -> Iterator[str]:
    counts = {
        "ajouté": len(is_.keys() - was.keys()),
        "retiré": len(was.keys() - is_.keys()),
        "changé": sum(was[k] != is_[k] for k in was.keys() & is_.keys()),
    }
    if in_words := [counted(n, word) for word, n in counts.items() if n]:
        yield "marchés : " + ", ".join(in_words)


def _figures(report: Path) -> dict[FigureKey, dict[str, str]]:
    return {
        (r["code"], r["entite"], r["base"]): r for r in csvtable.rows(report / "indicateurs.csv")
    }


def _evidence(report: Path) -> defaultdict[FigureKey, dict[str, str]]:
    """Role and contribution of each contract in each figure."""
    roles: defaultdict[FigureKey, dict[str, str]] = defaultdict(dict)
    for r in csvtable.rows(report / "preuves.csv"):
        of_figure = roles[r["code"], r["entite"], r["base"]]
        of_figure[r["marche_uid"]] = (
            f"{of_figure.get(r['marche_uid'], '')} {r['role']} {r['contribution']}"
        )
    return roles
