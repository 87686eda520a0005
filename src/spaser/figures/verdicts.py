"""The verdict of a figure against its target: a word for the whole span between its bounds."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from spaser.figures.definition import Calcul, Cible, Sens

ATTEINT, PROCHE, NON_ATTEINT = "atteint", "proche", "non atteint"
SANS_CIBLE, NON_DISPONIBLE = "sans cible", "non disponible"
INDECIDABLE, NON_VERIFIABLE = "indécidable", "non vérifiable"
_NEAR = Fraction(1, 10)  # «proche»: within a tenth of the target

Exact = Fraction | None


def verdict(
    calcul: Calcul, sens: Sens, cible: Cible | None, valeur: Exact, basse: Exact, haute: Exact,
    *, partiel: bool,
) -> str:  # fmt: skip
    """The word that holds whatever the unknown rows are, or «indécidable».

    Args:
        calcul: says whether what is unknown is the rule itself (seuils_a_confirmer).
        sens: whether more is better, or less.
        cible: the target of the year, if any.
        valeur: the exact value; bounds are None where the unknown may take it anywhere.
        basse: value if every unknown were a no.
        haute: value if every unknown were a yes.
        partiel: a buyer that belongs to the whole has no data.
    """
    undecided = NON_VERIFIABLE if calcul.seuils_a_confirmer else INDECIDABLE
    if valeur is None:
        return NON_VERIFIABLE if calcul.seuils_a_confirmer and basse is not None else NON_DISPONIBLE
    if cible is None or sens == "observation":
        return SANS_CIBLE
    if partiel:
        return undecided
    if basse is None or haute is None:
        worst = basse if sens == "hausse" else haute
        reached = worst is not None and word(sens, worst, cible.valeur) == ATTEINT
        return ATTEINT if reached else undecided
    words = {word(sens, x, cible.valeur) for x in (basse, valeur, haute)}
    return words.pop() if len(words) == 1 else undecided


def word(sens: Sens, value: Fraction, target: Decimal) -> str:
    """atteint, proche or non atteint, for one exact value."""
    goal = Fraction(target)
    margin = _NEAR * abs(goal)
    if sens == "baisse":
        value, goal = -value, -goal
    if value >= goal:
        return ATTEINT
    return PROCHE if value >= goal - margin else NON_ATTEINT
