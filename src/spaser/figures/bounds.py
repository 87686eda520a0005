"""The exact value of a figure, and what it would be if every unknown were a no, or a yes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from spaser.figures.definition import Calcul, Plausible
from spaser.figures.verdicts import Exact


def span(calcul: Calcul, counted: Mapping[str, Any], factor: int) -> tuple[Exact, Exact, Exact]:
    """The exact value and its bounds; None for a bound that the unknown rows may push anywhere.

    Args:
        calcul: its measure, and what is plausible of an unknown.
        counted: what the script says of the figure; empty when no row is concerned.
        factor: 100 for a rate in percent, else 1.
    """
    if not counted:
        return None, None, None
    if calcul.mesure == "mediane":
        value = None if counted["numerateur"] is None else Fraction(counted["mediane"])
        return value, *_median_bounds(counted["grandeurs"] or [], int(counted["inconnus"]))
    if calcul.mesure in {"somme", "moyenne"}:
        return _quantity(calcul, counted)
    return _ratio(calcul, counted, factor)


def _quantity(calcul: Calcul, counted: Mapping[str, Any]) -> tuple[Exact, Exact, Exact]:
    """A sum or a mean."""
    top, bottom = counted["numerateur"], counted["denominateur"]
    if top is None:
        return None, None, None
    value = Fraction(top) if calcul.mesure == "somme" else Fraction(top) / Fraction(bottom)
    if not counted["lignes_inconnues"]:
        return value, value, value
    if calcul.plausible:
        return value, *_mean_bounds(calcul.plausible, top, bottom, int(counted["inconnus"]))
    floor = calcul.mesure == "somme" and min(counted["plancher"], 0) == 0
    return value, value if floor else None, None


def _ratio(calcul: Calcul, counted: Mapping[str, Any], factor: int) -> tuple[Exact, Exact, Exact]:
    """A share, a count, or a ratio of two sums."""
    top, bottom = counted["numerateur"], counted["denominateur"]
    doubt = bool(counted["lignes_inconnues"])
    value = None if top is None else _quotient(calcul, factor, top, bottom)
    if counted["en_lignes"] or (calcul.mesure == "evolution" and doubt):
        return value, None, None
    top, total, unknown = counted["haut"] or Decimal(0), counted["total"], counted["inconnus"]
    open_above = doubt and calcul.mesure == "rapport" and factor == 1  # hours by agent: no ceiling
    low = _quotient(calcul, factor, top, total)
    return value, low, None if open_above else _quotient(calcul, factor, top + unknown, total)


def _quotient(calcul: Calcul, factor: int, top: Decimal, bottom: Decimal | None) -> Exact:
    if calcul.mesure == "compte":
        return Fraction(top)
    return factor * Fraction(top) / Fraction(bottom) if bottom else None


def _mean_bounds(
    plausible: Plausible, top: Decimal, count: Decimal, unknown: int
) -> tuple[Exact, Exact]:
    """The mean if every unknown were the least that is plausible, and if every one the most."""
    known = Fraction(top), Fraction(count)
    return (
        (known[0] + unknown * Fraction(plausible.min)) / (known[1] + unknown),
        (known[0] + unknown * Fraction(plausible.max)) / (known[1] + unknown),
    )


def _median_bounds(known: Sequence[Decimal], unknown: int) -> tuple[Exact, Exact]:
    """The median if every unknown were below all known values, and if every one were above.

    None when the unknowns are so many that the median would be one of them.
    """
    if unknown >= len(known):
        return None, None
    return _middle(known[: len(known) - unknown]), _middle(known[unknown:])


def _middle(ordered: Sequence[Decimal]) -> Fraction:
    """The median of values in order."""
    last = len(ordered) - 1
    return (Fraction(ordered[last // 2]) + Fraction(ordered[-(-last // 2)])) / 2
