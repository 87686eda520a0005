"""«L'essentiel»: the few figures, advances and gaps that a reader takes away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from spaser.figures.definition import FINI, HYPOTHESE, LEGALE, PLAN
from spaser.figures.verdicts import ATTEINT, NON_ATTEINT, SANS_OBJET
from spaser.report import footing, french, reading
from spaser.report.edition import Edition
from spaser.report.lines import Line
from spaser.report.reading import ORDER, SIGNS, Cell
from spaser.report.tally import KINDS, agreed

_HEADLINES, _LISTED = 4, 3
_NAMED = 3  # buyers that a headline names
KEPT = "Les cibles les mieux tenues"  # what a first year has in the place of advances
_SEEN = Decimal(1)  # points that one framework maximum must move a rate by to be told
_COUNTED = re.compile(r"^Part (?:des marchés|du montant) ")


class Headline(NamedTuple):
    """A headline figure: its line, the figures beside it, and places on its bar in percent.

    `evolution` is empty when the doubt is wider; `plafond` says the rate without one maximum.
    """

    line: Line
    autres: list[Cell]
    sous_lignes: list[tuple[Line, str]]
    part: str
    repere: str
    evolution: str
    plafond: str

    @property
    def beside(self) -> str:
        """The buyers beside the whole, each with its value; of many, the lowest and the highest."""
        if len(self.autres) <= _NAMED:
            return ", ".join(f"{c.nom} {c.valeur}" for c in self.autres)
        low, *_, high = sorted(self.autres, key=lambda c: Decimal(c.brut))
        if low.valeur == high.valeur:
            return f"{french.number(len(self.autres))} acheteurs : {low.valeur} pour chacun"
        return (
            f"{french.number(len(self.autres))} acheteurs : de {low.valeur} ({low.nom}) "
            f"à {high.valeur} ({high.nom})"
        )


class VerdictShare(NamedTuple):
    """A verdict, how many lines have it, and its share of the bar."""

    verdict: str
    sign: str
    ton: str
    nombre: int
    part: str


class TargetKind(NamedTuple):
    """A kind of target (L, P, H, or none), «3 cibles légales», and the verdicts on them."""

    statut: str
    dit: str
    nombre: int
    parts: list[VerdictShare]


def headlines(edition: Edition, shown: list[Line]) -> list[Headline]:
    """The real rates that L2111-3 asks for, one a category; core rates where they are missing.

    A rate that rests on too few contracts is no headline: `too_few` names it.
    """
    known = [x for x in shown if x.ref.brut and x.figure.unite == "%" and _holds(edition, x)]
    legal = [x for x in known if x.item.taux_reel]
    core = [x for x in known if x.item.noyau and not x.item.taux_reel and x.cible]
    heads: dict[str, list[Line]] = {}
    for line in [*legal, *core]:
        name = line.item.libelle.split(" (", maxsplit=1)[0]
        if name in heads or len(heads) < _HEADLINES:
            heads.setdefault(name, []).append(line)
    return [
        Headline(
            line=first,
            autres=[c for c in first.cells[:-1] if c.brut],
            sous_lignes=[(x, _capped(edition, x)) for x in others],
            part=place(first.figure.valeur),
            repere=place(first.figure.cible),
            evolution=first.ref.evolution if footing.is_sure_move(edition, first) else "",
            plafond=_capped(edition, first),
        )
        for first, *others in heads.values()
    ]


def too_few(edition: Edition, shown: list[Line]) -> list[Line]:
    """The real rates that rest on too few contracts to make a headline, one an indicator."""
    few = [
        x for x in shown
        if x.item.taux_reel and x.ref.brut and x.calcul.base == "nombre"
        and not footing.is_wide(edition, x)
    ]  # fmt: skip
    return one_each(few)


def _holds(edition: Edition, x: Line, *, counted: bool = True) -> bool:
    """Whether a line may be featured at all: it is about purchases, and rests on enough."""
    return not x.item.mesure_donnees and footing.is_wide(edition, x, counted=counted)


def one_each(shown: Iterable[Line]) -> list[Line]:
    """The first line of each subject: in number, where it is given both ways."""
    first: dict[str, Line] = {}
    for x in shown:
        first.setdefault(subject(x.item.libelle), x)
    return list(first.values())


def subject(libelle: str) -> str:
    """What a label is about, whether it counts contracts or euros, plurals and brackets apart."""
    words = _COUNTED.sub("", libelle.split(" (", maxsplit=1)[0]).split()
    return " ".join(w.rstrip("s") for w in words).casefold()


def _capped(edition: Edition, x: Line) -> str:
    """What one framework maximum makes of a rate in value, when the reader would see it."""
    rest = footing.of(edition, x)
    if rest.sans_plafond is None or x.figure.valeur is None:
        return ""
    rate = french.percent(rest.sans_plafond)
    if abs(french.shown(rest.sans_plafond, "%") - french.shown(x.figure.valeur, "%")) < _SEEN:
        return ""
    return f"{rate} sans le plus grand plafond d'accord-cadre, {french.short_euros(rest.plafond)}"


def place(value: Decimal | None) -> str:
    """A place on a bar from 0 to 100 %; empty without a value."""
    if value is None:
        return ""
    return format(max(Decimal(0), min(Decimal(100), value)).quantize(Decimal("0.1")), "f")


def advances(edition: Edition, shown: list[Line]) -> tuple[str, list[tuple[Line, str]]]:
    """The three best advances since last year; in a first year, the targets best kept.

    In points, as the reader sees them: rates alone, one entry an indicator.
    """
    if any(x.ref.evolution for x in shown):
        return "Les plus belles avancées", _moves(edition, shown, 1)
    featured = _featured(edition, shown)
    kept = [(_wished(x, x.figure.cible), x) for x in featured if x.ref.verdict == ATTEINT]
    return KEPT, [
        (x, f"{_with_cap(edition, x)} pour {aim(x)}")
        for _, x in _widest((g, x) for g, x in kept if not _undone(edition, x, -g))
    ]


def retreats(edition: Edition, shown: list[Line]) -> list[tuple[Line, str]] | None:
    """The three widest retreats since last year; None in a first year."""
    return _moves(edition, shown, -1) if any(x.ref.evolution for x in shown) else None


def _moves(edition: Edition, shown: list[Line], way: int) -> list[tuple[Line, str]]:
    """The widest moves since last year in one way, 1 that which is wished, -1 the other."""
    moved = [
        (way * _wished(x, x.figure.valeur_n_1), x)
        for x in _featured(edition, shown)
        if x.ref.evolution and footing.is_sure_move(edition, x)
    ]
    return [
        (x, f"{x.ref.evolution} en un an, {_with_cap(edition, x)}")
        for _, x in _widest((g, x) for g, x in moved if not _undone(edition, x, -way * g))
    ]


_AIMS = {
    LEGALE: "une cible légale de {}",
    PLAN: "un objectif national de {}",
    FINI: "l'objectif d'un plan terminé, {}",
    HYPOTHESE: "une cible à confirmer de {}",
}


def aim(x: Line) -> str:
    """A target in a sentence, with what sets it: «une cible à confirmer de 30,0 %»."""
    return _AIMS[x.statut].format(x.cible) + " au plus" * (x.item.sens == "baisse")


def unkept(shown: list[Line]) -> list[tuple[Line, str]]:
    """Every target of the law that is not reached, with its value: «58,3 % pour une cible …»."""
    return [
        (x, f"{x.ref.valeur} pour {aim(x)}" + (f" ({x.ref.raison})" if x.ref.raison else ""))
        for x in shown
        if x.statut == LEGALE and x.ref.verdict == NON_ATTEINT
    ]


def gaps(edition: Edition, shown: list[Line]) -> list[tuple[Line, str]]:
    """The three widest gaps to a target, in points, among what is known for sure."""
    short = [
        (-_wished(x, x.figure.cible), x)
        for x in _featured(edition, shown, counted=False)  # few counted may be the very gap
        if x.ref.ecart and x.figure.cible is not None
    ]
    return [
        (
            x,
            f"{_with_cap(edition, x)} pour {aim(x)}, {x.ref.ecart}"
            + f" ({x.ref.manque})" * bool(x.ref.manque),
        )
        for _, x in _widest((g, x) for g, x in short if not _undone(edition, x, g))
    ]


def _featured(edition: Edition, shown: list[Line], *, counted: bool = True) -> list[Line]:
    """The rates that a list may name, one an indicator; `counted`: see `footing.is_wide`."""
    return one_each(
        x for x in shown if x.sure and x.figure.unite == "%" and _holds(edition, x, counted=counted)
    )


def _widest(ranked: Iterable[tuple[Decimal, Line]]) -> list[tuple[Decimal, Line]]:
    wide = [(g, x) for g, x in ranked if g > 0]
    return sorted(wide, key=lambda t: (-t[0], t[1].item.code))[:_LISTED]


def _wished(x: Line, other: Decimal | None) -> Decimal:
    """How far a rate is beyond another in the direction wished, in points as shown."""
    if x.figure.valeur is None or other is None or x.item.sens == "observation":
        return Decimal(0)
    gap = french.shown(x.figure.valeur, "%") - french.shown(other, "%")
    return gap if x.item.sens == "hausse" else -gap


def _undone(edition: Edition, x: Line, gap: Decimal) -> bool:
    """Whether a gap (positive: to make up) is another one without one framework maximum."""
    rest = footing.of(edition, x)
    if rest.sans_plafond is None or x.figure.valeur is None:
        return False
    moved = rest.sans_plafond - x.figure.valeur
    closer = moved if x.item.sens == "hausse" else -moved
    return (gap - closer > 0) != (gap > 0)


def _with_cap(edition: Edition, x: Line) -> str:
    capped = _capped(edition, x)
    return f"{x.ref.valeur} ({capped})" if capped else x.ref.valeur


def tally(shown: list[Line]) -> list[TargetKind]:
    """Verdicts of the reference entity by kind of target: legal ones apart from assumed ones."""
    return [
        TargetKind(statut, french.plural(len(mine), *KINDS[statut]), len(mine), shares(mine))
        for statut in KINDS
        for mine in [[x for x in shown if x.statut == statut]]
        if mine
    ]


def verdicts(shown: list[Line]) -> list[str]:
    """The same in words, a line a kind: «5 cibles légales : 2 atteintes, 3 non atteintes»."""
    return [
        f"{k.dit} : "
        + ", ".join(
            f"{french.number(s.nombre)} {agreed(s.verdict, k.statut, s.nombre)}" for s in k.parts
        )
        for k in tally(shown)
    ]


def shares(shown: list[Line]) -> list[VerdictShare]:
    """The verdicts on some lines, in the order of the report, and the share of each."""
    counts = Counter(x.ref.verdict for x in shown)
    return [
        VerdictShare(v, *SIGNS[v], counts[v], format(Decimal(100 * counts[v]) / len(shown), ".2f"))
        for v in [*ORDER, *(v for v in counts if v not in ORDER)]
        if counts[v]
    ]


def thin(shown: list[Line]) -> str:
    """How many have a value that too few data give, after a sentence; empty when none."""
    count = len({x.item.code for x in shown if not (x.connue or x.absence)})
    if not count:
        return ""
    return f" ; {french.plural(count, 'autre')}, trop peu de données (n.{french.NBSP}s.)"


def missing(edition: Edition) -> tuple[int, list[tuple[str, int]]]:
    """How many indicators have no value at all, and the sources that would give most of them."""
    known = {
        f.code
        for f in edition.figures.values()
        if f.valeur is not None
        or (f.verdict == SANS_OBJET and f.entite == edition.scheme.ensemble.code)
    }
    absent = [i for i in edition.indicateurs if i.code not in known]
    reasons = Counter(
        f.motif_absence
        for item in absent
        for f in [edition.figure(item, item.calculs[0], edition.scheme.ensemble.code)]
    )
    return len(absent), sorted(reasons.items(), key=lambda t: (-t[1], t[0]))


def changes(edition: Edition, shown: list[Line]) -> str:
    """What moved since the year before, in a sentence; empty without a year to compare.

    A move that the missing data could explain is neither an advance nor a retreat.
    """
    comparable = [x for x in shown if x.ref.evolution and x.item.sens != "observation"]
    if not comparable:
        return ""
    moved = [
        g
        for x in comparable
        if footing.is_sure_move(edition, x)
        for g in [reading.progress(x.figure, x.item.sens)]
        if g and x.ref.evolution not in french.UNMOVED
    ]
    up, down = sum(g > 0 for g in moved), sum(g < 0 for g in moved)
    still = len(comparable) - up - down
    parts = [
        f"{french.number(n) if n else 'aucune ne'} {verb}{'nt' if n > 1 else ''}"
        for n, verb in ((up, "progresse"), (down, "recule"))
    ]
    rest = (
        f" ; {french.number(still)} ne {'bougent' if still > 1 else 'bouge'} pas, ou moins que ce "
        "que les données manquantes peuvent expliquer"
    )
    return (
        f"Sur {french.plural(len(comparable), 'mesure comparable', 'mesures comparables')} avec "
        f"{edition.year.annee - 1}, {' et '.join(parts)}{rest if still else ''}."
    )


def movement(edition: Edition, shown: list[Line]) -> str:
    """The rate that moved most for sure since the year before, in a sentence; empty if none did."""
    moved = [
        (abs(french.shown(x.figure.valeur, "%") - french.shown(x.figure.valeur_n_1, "%")), x)
        for x in _featured(edition, shown)
        if x.ref.evolution
        and x.figure.valeur is not None
        and x.figure.valeur_n_1 is not None
        and footing.is_sure_move(edition, x)
    ]
    widest = _widest(moved)
    if not widest:
        return ""
    x = widest[0][1]
    label = x.libelle[0].lower() + x.libelle[1:]
    return (
        f" Plus forte évolution certaine depuis {edition.year.annee - 1} : {label}, "
        f"{x.ref.evolution} ({x.ref.n_1} puis {_with_cap(edition, x)})."
    )
