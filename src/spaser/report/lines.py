"""An ambition's table as data: each figure in the words and signs of the report."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from spaser.catalogue import Calcul, Indicateur
from spaser.params import Axe
from spaser.report import french
from spaser.report.edition import Edition, Figure
from spaser.verdicts import (
    ATTEINT,
    INDECIDABLE,
    NON_ATTEINT,
    NON_DISPONIBLE,
    NON_VERIFIABLE,
    PROCHE,
    SANS_CIBLE,
)

SIGNS = {
    ATTEINT: ("✓", "atteint"),
    PROCHE: ("≈", "proche"),
    NON_ATTEINT: ("✗", "manque"),
    SANS_CIBLE: ("–", "neutre"),
    INDECIDABLE: ("?", "neutre"),
    NON_VERIFIABLE: ("?", "neutre"),
    NON_DISPONIBLE: ("∅", "neutre"),
}
ORDER = (ATTEINT, PROCHE, NON_ATTEINT, INDECIDABLE, NON_VERIFIABLE, SANS_CIBLE, NON_DISPONIBLE)


class Cell(NamedTuple):
    """A figure as a table shows it."""

    nom: str
    valeur: str
    brut: str
    detail: str
    sign: str
    ton: str
    verdict: str
    ecart: str
    couverture: str
    n_1: str
    motif: str


class Line(NamedTuple):
    """A line of an ambition's table: an indicator on one base, for every entity."""

    item: Indicateur
    libelle: str
    cible: str
    statut: str
    fondement: str
    cells: list[Cell]
    absence: str


def of_axis(edition: Edition, axe: Axe) -> list[Line]:
    """Every line of an axis."""
    return [one for one, _ in with_calcul(edition, axe)]


def with_calcul(edition: Edition, axe: Axe) -> list[tuple[Line, Calcul]]:
    """Every line of an axis, with the calculation it shows."""
    return [(line(edition, i, c), c) for a in axe.ambitions for i, c in edition.of(a.code)]


def line(edition: Edition, item: Indicateur, calcul: Calcul) -> Line:
    """The line of an indicator on one base: its target, and a cell for each entity."""
    figures = [edition.figure(item, calcul, x) for x in edition.scheme.entites]
    several = len(item.calculs) > 1
    base = {"nombre": " (en nombre)", "valeur": " (en valeur)", "autre": ""}[calcul.base]
    reasons = {f.motif_absence for f in figures if f.valeur is None}
    nothing = all(f.valeur is None for f in figures)
    cible = item.cible(edition.year.annee, calcul)
    return Line(
        item=item,
        libelle=item.libelle + (base if several else ""),
        cible=french.measure(cible.valeur, figures[0].unite) if cible else "",
        statut=cible.statut if cible else "",
        fondement=(cible.fondement or "") if cible else "",
        cells=cells(edition, item, figures),
        absence=" ; ".join(sorted(reasons)) if nothing else "",
    )


def cells(edition: Edition, item: Indicateur, figures: list[Figure]) -> list[Cell]:
    """The cells of some figures of an indicator."""
    return [_cell(edition, item, f) for f in figures]


def _cell(edition: Edition, item: Indicateur, f: Figure) -> Cell:
    reading = edition.year.lecture
    nom = edition.scheme.entites_courtes[f.entite]
    sign, tone = SIGNS[f.verdict]
    if f.valeur is None:
        return Cell(nom, french.ND, "", "", sign, tone, f.verdict, "", "", "", f.motif_absence)
    thin = f.couverture is not None and f.couverture < reading.couverture_non_significatif
    low = f.couverture is not None and f.couverture < reading.couverture_avertissement
    small = (
        f.unite == "%"
        and f.base == "nombre"
        and f.denominateur is not None
        and f.denominateur < reading.petit_denominateur
    )
    shown = french.measure(f.valeur, f.unite)
    if small:
        shown = f"{french.number(f.numerateur or 0)} sur {french.number(f.denominateur or 0)}"
    if thin:
        shown = french.NS
    return Cell(
        nom=nom,
        valeur=shown,
        brut=format(f.valeur, "f"),
        detail=_parts(f) if not small else "",
        sign=sign,
        ton=tone,
        verdict=f.verdict,
        ecart=""
        if f.cible is None or thin or f.verdict == INDECIDABLE
        else french.gap(f.valeur - f.cible, f.unite),
        couverture=_coverage(f, low),
        n_1=""
        if f.valeur_n_1 is None or f.evolution is None or small
        else f"{edition.year.annee - 1} : {french.measure(f.valeur_n_1, f.unite)} "
        f"({french.gap(f.evolution, f.unite)})",
        motif=f.motif_absence,
    )


def _parts(f: Figure) -> str:
    """Numerator over denominator, in words."""
    if f.unite != "%" or f.numerateur is None or f.denominateur is None:
        return ""
    if f.base == "valeur":
        return f"{french.short_euros(f.numerateur)} sur {french.short_euros(f.denominateur)}"
    return f"{french.number(f.numerateur)} sur {french.number(f.denominateur)}"


def _coverage(f: Figure, low: bool) -> str:
    if f.couverture is None:
        return ""
    text = f"couverture {french.percent(f.couverture)}"
    if f.borne_basse != f.borne_haute and f.borne_basse is not None and f.borne_haute is not None:
        text += (
            f", entre {french.measure(f.borne_basse, f.unite)}"
            f" et {french.measure(f.borne_haute, f.unite)}"
        )
    return ("à lire avec prudence : " if low else "") + text


_TOLD = {
    ATTEINT: ("cible atteinte", "cibles atteintes"),
    PROCHE: ("cible proche", "cibles proches"),
    NON_ATTEINT: ("cible manquée", "cibles manquées"),
    INDECIDABLE: ("à verdict indécidable", "à verdict indécidable"),
    SANS_CIBLE: ("sans cible", "sans cible"),
}


def sentence(lines: list[Line]) -> str:
    """One sentence on an ambition, made from its figures."""
    known = [x for x in lines if not x.absence]
    if not known:
        if len(lines) == 1:
            return "L'indicateur de cette ambition ne peut pas être calculé."
        return f"Aucun des {len(lines)} indicateurs de cette ambition ne peut être calculé."
    verdicts = Counter(x.cells[-1].verdict for x in known)
    told = [french.plural(verdicts[v], *words) for v, words in _TOLD.items() if verdicts[v]]
    return (
        f"{french.plural(len(known), 'ligne calculée', 'lignes calculées')} sur {len(lines)} ; "
        f"pour l'ensemble : {', '.join(told)}."
    )
