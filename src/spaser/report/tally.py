"""Verdicts counted in a sentence: of a year, of an ambition, by kind of target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from spaser.figures.verdicts import ATTEINT, NON_ATTEINT, SANS_CIBLE, SANS_OBJET
from spaser.report import french
from spaser.report.edition import Edition
from spaser.report.lines import Line
from spaser.report.reading import ORDER

_MASCULINE = {"P", "F"}  # an «objectif»; a «cible» is feminine
_AGREED = {ATTEINT, NON_ATTEINT}  # verdicts that take the gender of what they judge
KINDS = {  # what the kinds of target are called where verdicts are counted
    "L": ("cible légale", "cibles légales"),
    "P": ("objectif national", "objectifs nationaux"),
    "F": ("objectif d'un plan terminé", "objectifs d'un plan terminé"),
    "H": ("cible à confirmer (hypothèse)", "cibles à confirmer (hypothèses)"),
    "": ("mesure sans cible", "mesures sans cible"),
}


def of_year(edition: Edition, lines: list[Line]) -> str:
    """The year in a sentence: the verdicts on the law's targets, then on the others, by kind."""
    kinds = by_kind(lines)
    if not kinds:
        return f"En {edition.year.annee}, aucune cible n'est fixée."
    return f"En {edition.year.annee} : {' ; '.join(kinds)}."


def sentence(edition: Edition, lines: list[Line]) -> str:
    """What the figures of an ambition say: how many are known, and verdicts by kind of target.

    Every target is counted, with or without a value, as wherever verdicts are counted.
    """
    known = [x for x in lines if x.connue]
    kinds = by_kind(lines)
    if not known:
        enough = "" if all(x.absence for x in lines) else " assez connue pour être montrée"
        rest = f" : {' ; '.join([*kinds, *without(lines)])}" if kinds else ", ni de cible"
        if len(lines) == 1:
            return f"La seule mesure suivie ici n'a pas de valeur{enough}{rest}."
        return f"Aucune des {len(lines)} mesures suivies ici n'a de valeur{enough}{rest}."
    who = edition.scheme.avec_article[known[-1].figure.entite]
    count = (
        f"{french.plural(len(known), 'mesure connue', 'mesures connues')} sur {len(lines)}"
        if len(known) < len(lines)
        else french.plural(len(known), "mesure", "mesures")
    )
    if not kinds:
        return f"{count} pour {who}, sans cible."
    return f"{count} pour {who} : {' ; '.join([*kinds, *without(lines)])}."


def by_kind(lines: Iterable[Line]) -> list[str]:
    """The verdicts on some lines, by kind of target, the law's first; nothing of lines without."""
    shown = list(lines)
    return [t for statut in KINDS if statut for t in [_verdicts(shown, statut)] if t]


def without(lines: Iterable[Line]) -> list[str]:
    """How many lines have no target, in words; nothing when each has one."""
    count = sum(not x.statut for x in lines)
    return [french.plural(count, *KINDS[""])] if count else []


def _verdicts(known: list[Line], statut: str) -> str:
    """The verdicts on one kind of target: «3 cibles légales, 1 atteinte et 2 non atteintes»."""
    verdicts = Counter(x.ref.verdict for x in known if x.statut == statut)
    if not verdicts:
        return ""
    counts = [(v, verdicts[v]) for v in (*ORDER, *(v for v in verdicts if v not in ORDER))]
    worded = [(agreed(v, statut, n), n) for v, n in counts if n]
    head = french.plural(verdicts.total(), *KINDS[statut])
    if verdicts.total() == 1:
        head = f"{'un' if statut in _MASCULINE else 'une'} {KINDS[statut][0]}"
    if len(worded) == 1:
        return f"{head}, {worded[0][0]}"
    *first, last = (f"{french.number(n)} {word}" for word, n in worded)
    return f"{head}, {', '.join(first)} et {last}"


def agreed(verdict: str, statut: str, count: int) -> str:
    """A verdict as it agrees with what it judges: «non atteintes», «proche».

    Args:
        verdict: as in indicateurs.csv.
        statut: the kind of target, a key of KINDS.
        count: how many targets have it.
    """
    feminine = "e" if verdict in _AGREED and statut not in _MASCULINE else ""
    agreed = verdict + feminine
    invariable = verdict in {SANS_OBJET, SANS_CIBLE}
    many = " ".join(f"{w}s" if w != "non" else w for w in agreed.split(" "))
    return agreed if count < 2 or invariable else many
