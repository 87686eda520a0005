"""«L'essentiel»: the few figures, advances and gaps that a reader takes away."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from spaser.figures.verdicts import ATTEINT, SANS_OBJET
from spaser.report import french, lines
from spaser.report.edition import Edition
from spaser.report.lines import ORDER, SIGNS, Cell, Line

_HEADLINES, _LISTED = 4, 3


class Headline(NamedTuple):
    """A headline figure: its line, the figures beside it, and places on its bar in percent."""

    line: Line
    autres: list[Cell]
    sous_lignes: list[Line]
    part: str
    repere: str


class Share(NamedTuple):
    """A verdict, how many lines have it, and its share of the bar."""

    verdict: str
    sign: str
    ton: str
    nombre: int
    part: str


def headlines(edition: Edition, found: list[Line]) -> list[Headline]:
    """The real rates that L2111-3 asks for, one a category; core rates where they are missing."""
    known = [x for x in found if x.ref.brut and x.figure.unite == "%"]
    legal = [x for x in known if x.item.taux_reel]
    core = [x for x in known if x.item.noyau and not x.item.taux_reel and x.cible]
    heads: dict[str, list[Line]] = {}
    for line in [*legal, *core]:
        name = line.item.libelle.split(" (")[0]
        if name in heads or len(heads) < _HEADLINES:
            heads.setdefault(name, []).append(line)
    return [
        Headline(
            line=first,
            autres=[c for c in first.cells[:-1] if c.brut],
            sous_lignes=others,
            part=_place(first.figure.valeur, first),
            repere=_place(first.figure.cible, first) if first.figure.cible is not None else "",
        )
        for first, *others in heads.values()
    ]


def _place(value: Decimal | None, line: Line) -> str:
    """A place on a bar that ends at 100 %, or where a small target leaves room."""
    if value is None:
        return ""
    biggest = max(line.figure.valeur or 0, line.figure.cible or 0)
    end = next(x for x in (10, 25, 50, 100, 10**9) if biggest <= x * Decimal("0.9") or x == 100)
    return format(
        max(Decimal(0), min(Decimal(100), value * 100 / end)).quantize(Decimal("0.1")), "f"
    )


def advances(edition: Edition, found: list[Line]) -> tuple[str, list[tuple[Line, str]]]:
    """The three best advances since last year; in a first year, the targets best kept."""
    moved = [
        (lines.progress(x.figure, x.item.sens), x) for x in found if x.ref.evolution and x.sure
    ]
    ranked = sorted(
        ((p, x) for p, x in moved if p and p > 0), key=lambda t: (-t[0], t[1].item.code)
    )
    if ranked:
        return "Les plus belles avancées", [
            (x, f"{x.ref.evolution} en un an, {x.ref.valeur}") for _, x in ranked[:_LISTED]
        ]
    if any(x.ref.evolution for x in found):
        return "Les plus belles avancées", []
    kept = [
        (lines.shortfall(x.figure, x.item.sens), x)
        for x in found
        if x.sure and x.ref.verdict == ATTEINT
    ]
    best = sorted(((s, x) for s, x in kept if s is not None), key=lambda t: (t[0], t[1].item.code))
    return "Les cibles les mieux tenues", [
        (x, f"{x.ref.valeur} pour une cible de {x.cible}") for _, x in best[:_LISTED]
    ]


def gaps(found: list[Line]) -> list[tuple[Line, str]]:
    """The three widest gaps to a target, among what is known for sure."""
    short = [(lines.shortfall(x.figure, x.item.sens), x) for x in found if x.ref.ecart and x.sure]
    ranked = sorted(
        ((s, x) for s, x in short if s and s > 0), key=lambda t: (-t[0], t[1].item.code)
    )
    return [
        (x, f"{x.ref.valeur} pour une cible de {x.cible}, {x.ref.manque or x.ref.ecart}")
        for _, x in ranked[:_LISTED]
    ]


def tally(found: list[Line]) -> list[Share]:
    """Verdicts of the reference entity over every line."""
    counts = Counter(x.ref.verdict for x in found)
    total = sum(counts.values()) or 1
    return [
        Share(v, *SIGNS[v], counts[v], format(Decimal(100 * counts[v]) / total, ".2f"))
        for v in [*ORDER, *(v for v in counts if v not in ORDER)]
        if counts[v]
    ]


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


def changes(edition: Edition, found: list[Line]) -> str:
    """What moved since the year before, in a sentence; empty without a year to compare."""
    moved = [
        p
        for x in found
        if x.ref.evolution
        for p in [lines.progress(x.figure, x.item.sens)]
        if p is not None
    ]
    if not moved:
        return ""
    up, down = sum(p > 0 for p in moved), sum(p < 0 for p in moved)
    told = [
        f"{n or 'aucune ne'} {verb}{'nt' if n > 1 else ''}"
        for n, verb in ((up, "progresse"), (down, "recule"))
    ]
    still = len(moved) - up - down
    if still:
        told.append(f"{still} {'sont stables' if still > 1 else 'est stable'}")
    return (
        f"Sur {french.plural(len(moved), 'mesure comparable', 'mesures comparables')} avec "
        f"{edition.year.annee - 1}, {', '.join(told[:-1])} et {told[-1]}."
    )
