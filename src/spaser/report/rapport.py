"""Cells of 3_rapport.ipynb: the report itself, from figures alone."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any, NamedTuple

from spaser.catalogue import STATUTS, Calcul, Indicateur
from spaser.indicators import (
    ATTEINT,
    INDECIDABLE,
    NON_ATTEINT,
    NON_DISPONIBLE,
    PROCHE,
    SANS_CIBLE,
)
from spaser.params import Axe
from spaser.report import Fragment, french, render
from spaser.report.edition import Edition, Figure, load

SIGNS = {
    ATTEINT: ("✓", "atteint"),
    PROCHE: ("≈", "proche"),
    NON_ATTEINT: ("✗", "manque"),
    SANS_CIBLE: ("–", "neutre"),
    INDECIDABLE: ("?", "neutre"),
    NON_DISPONIBLE: ("∅", "neutre"),
}
_ORDER = (ATTEINT, PROCHE, NON_ATTEINT, INDECIDABLE, SANS_CIBLE, NON_DISPONIBLE)


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


def ouvrir(dossier: str, annee: int) -> Edition:
    """Open the edition of a folder; the year must be the folder's."""
    return load(dossier, annee)


def couverture(edition: Edition) -> Fragment:
    """Title, year, perimeter, deliberation."""
    return render("rapport_couverture", e=edition, sans_marche=_without(edition))


def essentiel(edition: Edition) -> Fragment:
    """Headline rates, tally of verdicts, and what is not known."""
    entites = _shown(edition)
    rank = list(edition.scheme.entites).index(entites[0])
    return render(
        "rapport_essentiel",
        e=edition,
        tetes=[
            (line, line.cells[rank], [c for c in line.cells if c is not line.cells[rank] and c.valeur != french.ND])
            for axe in edition.scheme.axes
            for line in _lines(edition, axe)
            if line.item.taux_reel and not line.absence
        ],
        bilan=[
            (edition.scheme.entites[x], [(v, *SIGNS[v], _tally(edition, x)[v]) for v in _ORDER])
            for x in entites
        ],
        manque=len(_missing(edition)),
        total=len(edition.indicateurs),
        sans_marche=_without(edition),
    )


def axe(edition: Edition, numero: int) -> Fragment:
    """The chart of an axis: each rate against its target, and the table behind it."""
    from spaser.report import charts

    found = next(a for a in edition.scheme.axes if a.numero == numero)
    rates = [
        (line, [edition.figure(line.item, calcul, x) for x in edition.presents])
        for line, calcul in _with_calcul(edition, found)
        if line.item.unite == "%" and not line.absence
    ]
    rates = [(line, fs) for line, fs in rates if any(f.valeur is not None for f in fs)]
    if not rates:
        return render("rapport_sans_graphique", axe=found)
    noms = [edition.scheme.entites_courtes[x] for x in edition.presents]
    return render(
        "rapport_graphique",
        axe=found,
        annee=edition.year.annee,
        noms=noms,
        svg=charts.rates(
            f"axe{numero}",
            [
                charts.Rate(line.libelle, figures[-1].cible, {
                    n: f.valeur for n, f in zip(noms, figures, strict=True)
                })
                for line, figures in rates
            ],
        ),
        alt=_alt(found, edition, rates),
        lignes=[
            (line.libelle, line.cible, [c for c in _cells(edition, line.item, figures)])
            for line, figures in rates
        ],
    )


def ambition(edition: Edition, code: str) -> Fragment:
    """The table of one ambition: value, coverage, target with status, gap, verdict."""
    axe_, found = edition.ambition(code)
    lines = [_line(edition, i, c) for i, c in edition.of(code)]
    return render(
        "rapport_ambition",
        e=edition,
        axe=axe_,
        ambition=found,
        lignes=lines,
        phrase=_sentence(lines),
        courts=list(edition.scheme.entites_courtes.values()),
    )


def comite(edition: Edition) -> Fragment:
    """The partners of the follow-up committee."""
    return render("rapport_comite", e=edition)


def concessions(edition: Edition) -> Fragment:
    """Concessions, apart from contracts (counting rule 6)."""
    return render(
        "rapport_concessions",
        e=edition,
        lignes=[
            {**c, "nom": edition.scheme.entites[c["acheteur"]],
             "montant": c["montant"] and french.euros(Decimal(str(c["montant"]))),
             "date": c["date_notification"]}
            for c in edition.controle["concessions"]
        ],
    )


def manques(edition: Edition) -> Fragment:
    """Every figure that is missing, grouped by its reason."""
    return render("rapport_manques", e=edition, groupes=_missing_by_reason(edition))


def qualite(edition: Edition) -> Fragment:
    """The quality annex: accounting of the records and rules with findings."""
    return render(
        "rapport_qualite",
        e=edition,
        bilans=edition.controle["bilans"],
        constats=[r for r in edition.controle["regles"] if r["nombre"] and r["gravite"] != "info"],
    )


def methode(edition: Edition) -> Fragment:
    """Counting rules, reading of verdicts and limits."""
    return render("rapport_methode", e=edition, signes=[(v, *SIGNS[v]) for v in _ORDER], statuts=STATUTS)


def mentions(edition: Edition) -> Fragment:
    """Accessibility, licence, files to download."""
    return render("rapport_mentions", e=edition)


def _shown(edition: Edition) -> list[str]:
    """The entities of the headline: all together where complete, then each buyer."""
    return list(reversed(edition.presents)) or list(edition.scheme.entites)


def _without(edition: Edition) -> list[str]:
    """Names of the buyers without a single contract."""
    empty = {m["acheteur"] for m in edition.controle["marches"] if not m["nombre"]}
    return [a.nom for a in edition.scheme.acheteurs if a.code in empty]


def _lines(edition: Edition, axe: Axe) -> list[Line]:
    return [line for line, _ in _with_calcul(edition, axe)]


def _with_calcul(edition: Edition, axe: Axe) -> list[tuple[Line, Calcul]]:
    return [
        (_line(edition, i, c), c) for a in axe.ambitions for i, c in edition.of(a.code)
    ]


def _line(edition: Edition, item: Indicateur, calcul: Calcul) -> Line:
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
        cells=_cells(edition, item, figures),
        absence=" ; ".join(sorted(reasons)) if nothing else "",
    )


def _cells(edition: Edition, item: Indicateur, figures: list[Figure]) -> list[Cell]:
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
        f.unite == "%" and f.base == "nombre" and f.denominateur is not None
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
        ecart="" if f.cible is None or thin or f.verdict == INDECIDABLE
        else french.gap(f.valeur - f.cible, f.unite),
        couverture=_coverage(f, low),
        n_1="" if f.valeur_n_1 is None or f.evolution is None or small else
        f"{edition.year.annee - 1} : {french.measure(f.valeur_n_1, f.unite)} "
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


def _tally(edition: Edition, entite: str) -> Counter[str]:
    return Counter(f.verdict for f in edition.figures.values() if f.entite == entite)


def _missing(edition: Edition) -> set[str]:
    """Codes of indicators without any value."""
    with_value = {f.code for f in edition.figures.values() if f.valeur is not None}
    return {i.code for i in edition.indicateurs} - with_value


def _missing_by_reason(edition: Edition) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, str]] = {}
    for item in edition.indicateurs:
        for calcul in item.calculs:
            figures = [edition.figure(item, calcul, x) for x in edition.scheme.entites]
            whole = all(f.valeur is None for f in figures)
            for f in figures:
                if f.motif_absence and not (whole and f.entite != edition.scheme.ensemble.code):
                    groups.setdefault(f.motif_absence, {})[item.code] = item.libelle
    return [
        {"motif": motif, "indicateurs": sorted(codes.items())}
        for motif, codes in sorted(groups.items())
    ]


def _sentence(lines: list[Line]) -> str:
    """One sentence on an ambition, made from its figures."""
    known = [line for line in lines if not line.absence]
    if not known:
        return (
            f"Aucun des {french.plural(len(lines), 'indicateur')} de cette ambition ne peut être "
            "calculé : les sources n'ont pas été fournies."
            if len(lines) > 1 else
            "L'indicateur de cette ambition ne peut pas être calculé : la source n'a pas été fournie."
        )
    verdicts = Counter(line.cells[-1].verdict for line in known)
    told = [
        f"{french.number(verdicts[v])} {word}{'s' if verdicts[v] >= 2 and v != INDECIDABLE else ''}"
        for v, word in (
            (ATTEINT, "cible atteinte"), (PROCHE, "cible proche"), (NON_ATTEINT, "cible manquée"),
            (INDECIDABLE, "à verdict indécidable"), (SANS_CIBLE, "sans cible"),
        )
        if verdicts[v]
    ]
    told = [t.replace("cible atteintes", "cibles atteintes").replace("cible proches", "cibles proches")
            .replace("cible manquées", "cibles manquées").replace("sans cibles", "sans cible")
            for t in told]
    return (
        f"{french.plural(len(known), 'ligne calculée', 'lignes calculées')} sur {len(lines)} ; "
        f"pour l'ensemble : {', '.join(told)}."
    )


def _alt(axe: Axe, edition: Edition, rates: list[tuple[Line, list[Figure]]]) -> str:
    """The chart in a sentence, from the same figures."""
    told = []
    for line, figures in rates:
        last = figures[-1]
        if last.valeur is None:
            continue
        target = f" pour une cible de {line.cible}" if line.cible else ""
        told.append(f"{line.libelle} : {french.measure(last.valeur, last.unite)}{target}")
    who = edition.scheme.entites[edition.presents[-1]]
    return f"{axe.titre}, {edition.year.annee}, {who}. " + " ; ".join(told) + "."
