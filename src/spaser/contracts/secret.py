"""Statistical secrecy: people are counted by buyer, and never under the threshold.

A register of insertion hours has a line per contract; the people behind one contract may be
two or three.  Their counts leave the lines, are summed by buyer, and a sum under the threshold
is unknown: the published tables hold nothing smaller.  A part that leaves so few out of its
whole is unknown too: 32 women of 34 people would tell of two men.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from spaser.contracts.marches import Row

PEOPLE = ("beneficiaires", "beneficiaires_femmes", "sorties_jointes", "sorties_positives")
_PART_OF = {"beneficiaires_femmes": "beneficiaires", "sorties_positives": "sorties_jointes"}


def protect(rows: Mapping[str, Collection[Row]], threshold: int) -> dict[str, Collection[Row]]:
    """The tables with people moved from `insertion` to `beneficiaires`, a row a buyer.

    Args:
        rows: canonical tables.
        threshold: counts from 1 to threshold - 1 become unknown; zero is told.
    """
    lines = rows.get("insertion", ())
    buyers = sorted({r["acheteur"] for r in lines if r["acheteur"]})
    return {
        **rows,
        "insertion": [{**r, **dict.fromkeys(PEOPLE)} for r in lines],
        "beneficiaires": [
            {"ligne_uid": f"insertion#{_files(lines, b)}#somme {b}", "acheteur": b}
            | _publishable([r for r in lines if r["acheteur"] == b], threshold)
            for b in buyers
        ],
    }


def _files(lines: Iterable[Row], buyer: str) -> str:
    """The files that a buyer's people were counted in."""
    return ", ".join(sorted({str(r.get("fichier", "")) for r in lines if r["acheteur"] == buyer}))


def _publishable(lines: Sequence[Row], threshold: int) -> dict[str, int | None]:
    """The sums of what is known, without those that are nothing or would tell of too few."""
    sums = {name: _sum([r[name] for r in lines]) for name in PEOPLE}

    def few(count: int | None) -> bool:
        return count is not None and 0 < count < threshold

    left = {part: _minus(sums[whole], sums[part]) for part, whole in _PART_OF.items()}
    return {
        name: None if few(total) or few(left.get(name)) else total for name, total in sums.items()
    }


def _sum(counts: Sequence[Any]) -> int | None:
    known = [c for c in counts if c is not None]
    return sum(known) if known else None


def _minus(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else whole - part
