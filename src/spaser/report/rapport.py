"""Cells of 3_rapport.ipynb: the report itself, from figures alone."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from spaser.catalogue import STATUTS
from spaser.params import Axe
from spaser.report import Fragment, french, lines, render
from spaser.report.edition import Edition, Figure, load
from spaser.report.lines import ORDER, SIGNS, Line


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
            (
                line,
                line.cells[rank],
                [c for c in line.cells if c is not line.cells[rank] and c.valeur != french.ND],
            )
            for axe in edition.scheme.axes
            for line in lines.of_axis(edition, axe)
            if line.item.taux_reel and not line.absence
        ],
        bilan=[
            (edition.scheme.entites[x], [(v, *SIGNS[v], _tally(edition, x)[v]) for v in ORDER])
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
        for line, calcul in lines.with_calcul(edition, found)
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
                charts.Rate(
                    line.libelle,
                    figures[-1].cible,
                    {n: f.valeur for n, f in zip(noms, figures, strict=True)},
                )
                for line, figures in rates
            ],
        ),
        alt=_alt(found, edition, rates),
        lignes=[
            (line.libelle, line.cible, lines.cells(edition, line.item, figures))
            for line, figures in rates
        ],
    )


def ambition(edition: Edition, code: str) -> Fragment:
    """The table of one ambition: value, coverage, target with status, gap, verdict."""
    axe_, found = edition.ambition(code)
    rows = [lines.line(edition, i, c) for i, c in edition.of(code)]
    return render(
        "rapport_ambition",
        e=edition,
        axe=axe_,
        ambition=found,
        lignes=rows,
        phrase=lines.sentence(rows),
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
            {
                **c,
                "nom": edition.scheme.entites[c["acheteur"]],
                "montant": c["montant"] and french.euros(Decimal(str(c["montant"]))),
                "date": c["date_notification"],
            }
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
    return render(
        "rapport_methode", e=edition, signes=[(v, *SIGNS[v]) for v in ORDER], statuts=STATUTS
    )


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
