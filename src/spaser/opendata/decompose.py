"""What makes a figure move from one year to the next, exactly.

A count or a sum is additive: its change is what each source brings now less what it brought
before.  A quotient moves by its numerator and by its denominator; each effect is taken at the mean
of the two years (Shapley's rule for two factors), so that no order is chosen.  Both effects are
then linear in the parts: each source has its share of them, and the shares add up to the change.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar

from spaser.opendata.lineage import Proof

K = TypeVar("K", bound=Hashable)

ADDITIVE = frozenset({"compte", "somme"})
QUOTIENT = frozenset({"part", "rapport", "evolution", "moyenne"})


class Parts(NamedTuple):
    """A numerator and a denominator, of a whole figure or of what one source brings to it.

    The denominator of an additive figure is 0 and is not used.
    """

    haut: Decimal
    bas: Decimal

    def plus(self, other: Parts) -> Parts:
        """Both together."""
        return Parts(self.haut + other.haut, self.bas + other.bas)


NOTHING = Parts(Decimal(0), Decimal(0))


class Effects(NamedTuple):
    """What a change owes to the numerator and to the denominator, in the unit of the figure."""

    numerateur: Fraction
    denominateur: Fraction

    @property
    def total(self) -> Fraction:
        """The change."""
        return self.numerateur + self.denominateur


_NO_EFFECT = Effects(Fraction(0), Fraction(0))


def brought(proofs: Iterable[Proof], mesure: str) -> dict[str, Parts]:
    """What each source brings to the parts of a figure; unknown ones bring nothing.

    The denominator of a mean is a count of its rows.
    """
    parts: dict[str, Parts] = {}
    for proof in proofs:
        if proof.role == "inconnu":
            continue
        top = proof.contribution if proof.role == "numerateur" else Decimal(0)
        bottom = {"moyenne": Decimal(1)}.get(mesure, proof.contribution)
        part = Parts(top, bottom if mesure in QUOTIENT else Decimal(0))
        parts[proof.uid] = parts.get(proof.uid, NOTHING).plus(part)
    return parts


def total(parts: Iterable[Parts]) -> Parts:
    """The parts of the whole figure."""
    whole = NOTHING
    for part in parts:
        whole = whole.plus(part)
    return whole


def effects(mine: tuple[Parts, Parts], all_: tuple[Parts, Parts], factor: int = 1) -> Effects:
    """The share of a source in a change, from what it brought before and brings now.

    Args:
        mine: parts of the source, before and now; the whole figure's give the whole change.
        all_: parts of the whole figure, before and now, with denominators of the same kind:
            both 0 when the figure is additive, neither 0 when it is a quotient.
        factor: 100 for a quotient in percent.
    """
    return _share(mine, _rates(*all_, factor))


def _rates(old: Parts, new: Parts, factor: int) -> tuple[Fraction, Fraction]:
    """What a unit more of the numerator, and of the denominator, does to a whole figure."""
    if not old.bas and not new.bas:
        return Fraction(factor), Fraction(0)
    old_bas, new_bas = Fraction(old.bas), Fraction(new.bas)
    mean = (1 / old_bas + 1 / new_bas) / 2
    level = Fraction(old.haut + new.haut) / (2 * old_bas * new_bas)
    return factor * mean, -factor * level


def _share(mine: tuple[Parts, Parts], rates: tuple[Fraction, Fraction]) -> Effects:
    before, now = mine
    if before == now:
        return _NO_EFFECT
    return Effects(
        Fraction(now.haut - before.haut) * rates[0], Fraction(now.bas - before.bas) * rates[1]
    )


def shares(before: Mapping[K, Parts], now: Mapping[K, Parts], factor: int = 1) -> dict[K, Effects]:
    """The share of each source of either year in the change; they add up to it.

    Args:
        before: the parts of each source in the year before.
        now: those of this year.
        factor: 100 for a rate, else 1.
    """
    rates = _rates(total(before.values()), total(now.values()), factor)
    return {
        uid: _share((before.get(uid, NOTHING), now.get(uid, NOTHING)), rates)
        for uid in dict.fromkeys((*now, *before))
    }


def adding_up(values: Sequence[Fraction], decimals: int) -> list[Decimal]:
    """Values rounded so that they still add up to their rounded sum: the largest remainders
    take the units that are left over."""
    step = 10**decimals
    scaled = [v * step for v in values]
    floors = [s.numerator // s.denominator for s in scaled]
    half = Fraction(1, 2)
    goal = sum(scaled, Fraction(0))
    whole = int(goal + half) if goal >= 0 else -int(-goal + half)  # half up, as at display
    order = sorted(range(len(values)), key=lambda i: (floors[i] - scaled[i], i))
    for i in order[: whole - sum(floors)]:
        floors[i] += 1
    return [Decimal(n).scaleb(-decimals) for n in floors]


def listed(
    values: Sequence[Fraction], whole: Decimal, rest: bool, decimals: int = 2
) -> list[Decimal]:
    """Values to list, rounded, and where there is a `rest` what it must be for them to add up to
    `whole`: equal values stay equal, and the rest bears the roundings.

    Args:
        values: the exact shares to list.
        whole: what they must add up to, with the rest.
        rest: whether a rest is listed after them, which bears the roundings.
        decimals: how many are shown.
    """
    if not rest:
        return adding_up(values, decimals)
    shown = [adding_up([v], decimals)[0] for v in values]
    return [*shown, whole - sum(shown, Decimal(0))]
