"""What a figure rests on: how many rows, how much doubt, and one framework maximum.

A headline must stand on more than a few contracts, move by more than the missing data could
explain, and not be made by the ceiling of a single framework agreement.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser import csvtable
from spaser.figures.definition import PREDICATES
from spaser.opendata import lineage
from spaser.report.edition import Edition
from spaser.report.lines import Line
from spaser.report.reading import is_few

_NONE = Decimal(0)

Key = tuple[str, str, str]


class Footing(NamedTuple):
    """Rows of the numerator and of the denominator; the widest framework maximum of a value.

    `plafond` is its amount (€ HT) and `sans_plafond` the rate without it, in percent; 0 and None
    when no maximum is counted.
    """

    cas: int = 0
    total: int = 0
    plafond: Decimal = _NONE
    sans_plafond: Decimal | None = None


def of(edition: Edition, line: Line) -> Footing:
    """What the figure of a line rests on, from preuves.csv and maxima.csv."""
    f = line.figure
    return _every(edition.folder).get((f.code, f.entite, f.base), Footing())


def is_wide(edition: Edition, line: Line) -> bool:
    """Whether ten rows or more stand under a figure, and in its numerator when it counts some."""
    least = edition.year.lecture.petit_denominateur
    stands = of(edition, line)
    return stands.total >= least and (line.calcul.mesure not in PREDICATES or stands.cas >= least)


def is_sure_move(edition: Edition, line: Line) -> bool:
    """Whether a change is more than what is unknown in either year could make.

    The spans between the bounds of the two years (series.csv) do not meet, and neither year is a
    rate over so few contracts that only its fraction is given.
    """
    spans = _spans(edition, line)
    now, then = spans.get(edition.year.annee), spans.get(edition.year.annee - 1)
    return bool(now and then and (now[0] > then[1] or now[1] < then[0]))


def _spans(edition: Edition, line: Line) -> dict[int, tuple[Decimal, Decimal]]:
    f = line.figure
    rows = [
        r for r in edition.rows("series")
        if (r["code"], r["entite"], r["base"]) == (f.code, f.entite, f.base) and r["borne_basse"]
    ]  # fmt: skip
    return {
        int(r["annee"]): (Decimal(r["borne_basse"]), Decimal(r["borne_haute"]))
        for r in rows
        if not (f.unite == "%" and is_few(edition, f.base, _number(r["denominateur"])))
    }


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@functools.lru_cache(maxsize=16)
def _every(folder: Path) -> dict[Key, Footing]:
    maxima = {r["marche_uid"]: Decimal(r["montant"]) for r in csvtable.rows(folder / "maxima.csv")}
    counts: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    sums: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    capped: defaultdict[Key, dict[str, Counter[str]]] = defaultdict(dict)
    for p in lineage.proofs(folder):
        key = (p.code, p.entite, p.base)
        if p.role == "inconnu" or not p.contribution:
            continue
        counts[key][p.role] += 1
        if p.base == "valeur":
            sums[key][p.role] += p.contribution  # type: ignore[assignment]
            if p.uid in maxima:
                mine = capped[key].setdefault(p.uid, Counter())
                mine[p.role] += p.contribution  # type: ignore[assignment]
    return {
        key: Footing(n["numerateur"], n.total(), *_without(sums[key], capped[key], maxima))
        for key, n in counts.items()
    }


def _without(
    sums: Counter[str], capped: dict[str, Counter[str]], maxima: dict[str, Decimal]
) -> tuple[Decimal, Decimal | None]:
    """The widest framework maximum, and the rate without its contract."""
    if not capped:
        return _NONE, None
    uid = max(capped, key=lambda u: (capped[u].total(), u))
    top = Decimal(sums["numerateur"] - capped[uid]["numerateur"])
    whole = Decimal(sums.total() - capped[uid].total())
    return maxima[uid], 100 * top / whole if whole else None
