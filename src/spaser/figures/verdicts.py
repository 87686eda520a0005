"""The verdict of a figure against its target: a word for the whole span between its bounds.

The words are declared here, once, with what they mean on every page (DICTIONARY).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from spaser.figures.definition import LEGALE, Calcul, Cible, Sens

ATTEINT, PROCHE, NON_ATTEINT = "atteint", "proche", "non atteint"
INDECIDABLE, NON_VERIFIABLE = "indécidable", "non vérifiable"
SANS_OBJET, SANS_CIBLE, NON_DISPONIBLE = "sans objet", "sans cible", "non disponible"

DICTIONARY = {
    ATTEINT: "la cible est atteinte, quoi que cachent les données manquantes",
    PROCHE: "la cible n'est pas atteinte, à un dixième près ; jamais dit d'une cible légale",
    NON_ATTEINT: "la cible n'est pas atteinte, quoi que cachent les données manquantes",
    INDECIDABLE: "les données manquantes peuvent faire basculer le verdict",
    NON_VERIFIABLE: "un seuil réglementaire reste à confirmer",
    SANS_OBJET: "l'acheteur n'a, et ne déclare, rien de ce que mesure l'indicateur",
    SANS_CIBLE: "pas de cible : indicateur d'observation, ou année sans cible",
    NON_DISPONIBLE: "pas de valeur",
}
"""Every verdict, in the order of the pages, and what it means in French."""

_NEAR = Fraction(1, 10)  # «proche»: within a tenth of the target

Exact = Fraction | None


class Manquements(NamedTuple):
    """Rows that the law binds and that do not comply, and those of which it cannot be said."""

    certains: int
    inconnus: int


def verdict(
    calcul: Calcul, sens: Sens, cible: Cible | None, valeur: Exact, basse: Exact, haute: Exact,
    *, partiel: bool, manquements: Manquements | None = None,
) -> str:  # fmt: skip
    """The word that holds whatever the unknown rows are, or «indécidable».

    Args:
        calcul: says whether what is unknown is the rule itself (seuils_a_confirmer).
        sens: whether more is better, or less.
        cible: the target of the year, if any.
        valeur: the exact value; bounds are None where the unknown may take it anywhere.
        basse: value if every unknown were a no.
        haute: value if every unknown were a yes.
        partiel: a buyer that belongs to the whole has no data, or the year is not whole.
        manquements: what a legal target that is judged row by row (`conforme`) found.
    """
    undecided = NON_VERIFIABLE if calcul.seuils_a_confirmer else INDECIDABLE
    if valeur is None:
        return NON_VERIFIABLE if calcul.seuils_a_confirmer and basse is not None else NON_DISPONIBLE
    if cible is None or sens == "observation":
        return SANS_CIBLE
    if manquements is not None and cible.statut == LEGALE:
        open_ = partiel or manquements.inconnus
        return NON_ATTEINT if manquements.certains else undecided if open_ else ATTEINT
    worst, best = (basse, haute) if sens == "hausse" else (haute, basse)
    return undecided if partiel else _of_span(sens, cible, worst, best) or undecided


def _of_span(sens: Sens, cible: Cible, worst: Exact, best: Exact) -> str:
    """The word for a span, empty when the unknown could change it.

    Missed even in the best case is missed; near, when it is so in the worst case too.
    """

    def judged(value: Fraction) -> str:
        return word(sens, value, cible.valeur, legal=cible.statut == LEGALE)

    if worst is not None and judged(worst) == ATTEINT:
        return ATTEINT
    if best is None or judged(best) == ATTEINT:
        return ""
    return PROCHE if worst is not None and judged(worst) == PROCHE else NON_ATTEINT


def word(sens: Sens, value: Fraction, target: Decimal, *, legal: bool = False) -> str:
    """atteint, proche or non atteint, for one exact value; a legal target is never near.

    Args:
        sens: the direction wished: hausse, baisse or observation.
        value: the exact value, in the unit of the target.
        target: the target.
        legal: whether a law sets it.
    """
    goal = Fraction(target)
    margin = Fraction(0) if legal else _NEAR * abs(goal)
    if sens == "baisse":
        value, goal = -value, -goal
    if value >= goal:
        return ATTEINT
    return PROCHE if value >= goal - margin else NON_ATTEINT


def of_each(verdicts: Iterable[str]) -> str:
    """The word for all buyers together where the law binds each: reached only if each is.

    A buyer that has nothing of the kind is not asked.
    """
    words = set(verdicts) - {SANS_OBJET}
    if NON_ATTEINT in words:
        return NON_ATTEINT
    if words <= {ATTEINT}:
        return ATTEINT if words else SANS_OBJET
    return NON_VERIFIABLE if words <= {ATTEINT, NON_VERIFIABLE} else INDECIDABLE
