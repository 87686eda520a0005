"""Statistical secrecy: people are counted by buyer, and never under the threshold.

A register of insertion hours has a line per contract; the people behind one contract may be
two or three.  Their counts leave the lines, are summed by buyer, and a sum under the threshold
is unknown: the published tables hold nothing smaller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spaser.marches import Row

PEOPLE = ("beneficiaires", "beneficiaires_femmes", "sorties_jointes", "sorties_positives")


def protect(rows: Mapping[str, Sequence[Row]], threshold: int) -> dict[str, list[Row]]:
    """The tables with people moved from `insertion` to `beneficiaires`, a row a buyer.

    Args:
        rows: canonical tables.
        threshold: counts from 1 to threshold - 1 become unknown; zero is told.
    """
    lines = rows.get("insertion", ())
    buyers = sorted({r["acheteur"] for r in lines if r["acheteur"]})
    return {
        **{name: list(table) for name, table in rows.items()},
        "insertion": [{**r, **dict.fromkeys(PEOPLE)} for r in lines],
        "beneficiaires": [
            {"ligne_uid": f"insertion#{_files(lines, b)}#somme {b}", "acheteur": b}
            | {
                name: _told([r[name] for r in lines if r["acheteur"] == b], threshold)
                for name in PEOPLE
            }
            for b in buyers
        ],
    }


def _files(lines: Sequence[Row], buyer: str) -> str:
    """The files that a buyer's people were counted in."""
    return ", ".join(sorted({str(r.get("fichier", "")) for r in lines if r["acheteur"] == buyer}))


def _told(counts: Sequence[Any], threshold: int) -> int | None:
    """The sum of what is known, unless it is nothing or too small to be told."""
    known = [c for c in counts if c is not None]
    total = sum(known)
    return None if not known or 0 < total < threshold else total
