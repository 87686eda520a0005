"""Cells of 3_rapport.ipynb: the report itself, from figures alone."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from spaser.figures.definition import NATURES
from spaser.figures.verdicts import DICTIONARY
from spaser.report import (
    Fragment,
    anchor,
    annexes,
    blocs,
    commentaires,
    comparaisons,
    echeances,
    frames,
    french,
    glossaire,
    images,
    lines,
    perimetre,
    plan,
    render,
    suite,
    svg,
    tally,
    vignette,
)
from spaser.report import essentiel as heads
from spaser.report.edition import Edition, load, published
from spaser.report.lines import Line
from spaser.report.reading import ORDER, SIGNS

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

_NAME = 100  # characters of the name of an added chart's file


def ouvrir(dossier: str | None, annee: int) -> Edition:
    """Open the edition of a folder, whose year it must be; without one, that published."""
    return load(published(dossier, annee), annee)


def couverture(edition: Edition) -> Fragment:
    """Title, year, the result as a sentence and bars, perimeter, what changed since last year."""
    rows = lines.every(edition)
    vignette.keep(edition)
    return render(
        "rapport_couverture",
        e=edition,
        resultat=tally.of_year(edition, rows),
        bilan=heads.tally(rows),
        perimetre=perimetre.sentence(edition),
        sans_marche=without(edition),
        nombre=sum(m["nombre"] for m in edition.controle["marches"]),
        montant=sum(Decimal(m["montant"]) for m in edition.controle["marches"]),
        changements=heads.changes(edition, rows),
        revisions=edition.rows("revisions"),
        revisees=edition.rows("annees_revisees"),
    ).giving(lambda: edition.tableau("revisions"))


def essentiel(edition: Edition) -> Fragment:
    """Headline figures, advances and gaps, tally of verdicts, and what is not known."""
    shown = lines.every(edition)
    absent, sources = heads.missing(edition)
    titre, avancees = heads.advances(edition, shown)
    return render(
        "rapport_essentiel",
        e=edition,
        qui=edition.scheme.entites[edition.reference],
        obligations=heads.unkept(shown),
        tetes=heads.headlines(edition, shown),
        titre_avancees=titre,
        avancees=avancees,
        reculs=heads.retreats(edition, shown),
        ecarts=heads.gaps(edition, shown),
        minces=heads.too_few(edition, shown),
        sans_jugement="Une partie de l'année ne se juge pas." if edition.reserves else "",
        manque=absent,
        peu=heads.thin(shown),
        motifs=sources,
        total=len(edition.indicateurs),
        bilan=heads.tally(shown),
        lignes=len(shown),
        sans_marche=without(edition),
    ).giving(lambda: _core(edition))


def axe(edition: Edition, numero: int) -> Fragment:
    """An axis at a glance: verdicts of each of its ambitions."""
    axe_ = next(a for a in edition.scheme.axes if a.numero == numero)
    rows = [(a, lines.of_ambition(edition, a.code)) for a in axe_.ambitions]
    return render(
        "rapport_axe",
        f"rapport_axe {numero}",
        axe=axe_,
        annee=edition.year.annee,
        qui=edition.scheme.entites[edition.reference],
        ambitions=[(a, heads.tally(r), sum(x.connue for x in r), len(r)) for a, r in rows],
    ).giving(lambda: frames.only(edition.chiffres, "axe", [numero]))


def ambition(edition: Edition, code: str) -> Fragment:
    """One ambition: sentence, table, what is missing, charts, actions, comment, source."""
    from spaser.report import divisions, promesses, trajectoires

    axe_, ambition_ = edition.ambition(code)
    rows = lines.of_ambition(edition, code)
    known = [x for x in rows if not x.absence]
    shown = edition.shown(code)
    comment = edition.commentaires.get(code)
    trajectory = trajectoires.chart(edition, code, known)
    division = divisions.of_ambition(edition, code, known)
    sides = promesses.sides(edition, code)
    drawn = [x.panneaux for x in (trajectory, *sides, division) if x]
    return render(
        "rapport_ambition",
        f"rapport_ambition {code}",
        e=edition,
        axe=axe_,
        ambition=ambition_,
        lignes=known,
        places=comparaisons.of_ambition(edition, code),
        absences=lines.absences(rows),
        manque=french.plural(len({x.item.code for x in rows if x.absence}), "indicateur"),
        phrase=tally.sentence(edition, rows) + heads.movement(edition, rows),
        courts=[edition.scheme.entites_courtes[x] for x in shown],
        qui=edition.scheme.entites_courtes[shown[-1]] if shown else "",
        nom_entier=edition.scheme.entites[shown[-1]] if shown else "",
        avant=any(x.ref.n_1 for x in known),
        trajectoire=trajectory,
        promesses=sides,
        ventilation=division,
        plan=plan.of_ambition(edition, code),
        plan_fourni=plan.given(edition),
        renouveler=echeances.of_ambition(edition, code),
        article_35=edition.year.dates.get("article_35"),
        commentaire=commentaires.html(comment) if comment else "",
        sensibilite=_sensitivity(edition, known),
        statuts=NATURES,
    ).giving(lambda: frames.only(edition.chiffres, "ambition", [code]), chain.from_iterable(drawn))


def socle(edition: Edition) -> Fragment:
    """The legal table: real rates of each buyer, in number and in value, against their targets."""
    entites = list(edition.scheme.entites)
    rows = [
        lines.line(edition, i, c, entites)
        for i in edition.indicateurs
        if i.taux_reel
        for c in i.calculs
    ]
    doubts = {x.item.code: x.doute for x in reversed(rows)}
    return render(
        "rapport_socle",
        e=edition,
        lignes=rows,
        bases={"nombre": "en nombre", "valeur": "en valeur", "autre": "autre"},
        perimetre=perimetre.sentence(edition),
        planchers={
            (x.item.code, x.calcul.base): perimetre.floors(
                edition, x.item.code, x.calcul.base, entites
            )
            for x in rows
        },
        references=[
            {
                "repere": r,
                "dit": french.measure(r.valeur, r.unite),
                "plancher": "" if r.plancher is None else perimetre.label(r.plancher),
                "ici": perimetre.beside(edition, r),
                "doute": doubts.get(r.indicateur, ""),
            }
            for r in edition.scheme.reperes
        ],
        repartition=[
            (
                r["modalite"].capitalize(),
                french.number(int(r["marches"])),
                french.short_euros(Decimal(r["montant"])),
            )
            for r in edition.rows("repartitions")
            if r["entite"] == edition.reference and r["dimension"] == "categorie"
        ],
    ).giving(lambda: _binding(edition))


def bloc(edition: Edition, nom: str) -> Fragment:
    """A table beside the figures: figures/complements.py names them."""
    return blocs.bloc(edition, nom)


def graphique(figure: Figure, titre: str, alt: str, edition: Edition | None = None) -> Fragment:
    """A chart that an analyst adds to the report.

    Args:
        figure: a matplotlib figure, seaborn's too.
        titre: what stands above it; no other chart has the same.
        alt: the sentence that tells it to who does not see it.
        edition: the edition shown; `run` then writes the chart to graphiques/ as it does ours.
    """
    nom = f"ajout-{anchor(titre)}"
    if edition is None:
        drawing = svg.inline(figure, nom, cut=True)
    else:
        drawing = images.drawn(
            edition, images.Picture(nom[:_NAME], titre, lambda: figure, cut=True)
        )
    return render("rapport_graphique", titre=titre, alt=alt, svg=drawing)


def gouvernance(edition: Edition) -> Fragment:
    """Who follows the scheme, and what was done in the year."""
    return suite.gouvernance(edition)


def perspectives(edition: Edition) -> Fragment:
    """What comes, and the publications that the law asks for."""
    return suite.perspectives(edition)


def comite(edition: Edition) -> Fragment:
    """The partners of the follow-up committee, each with its sheet."""
    return render("rapport_comite", e=edition)


def concessions(edition: Edition) -> Fragment:
    """Concessions, apart from contracts (counting rule 6)."""
    return annexes.concessions(edition)


def manques(edition: Edition) -> Fragment:
    """The sources that are missing, and what each would tell."""
    return annexes.manques(edition)


def qualite(edition: Edition) -> Fragment:
    """The quality annex: accounting of the records, reconciliations, rules with findings."""
    return annexes.qualite(edition)


def corrections(edition: Edition) -> Fragment:
    """The corrections of the ledger that this edition counts with."""
    return annexes.corrections(edition)


def methode(edition: Edition) -> Fragment:
    """Counting rules, reading of verdicts and limits."""
    return render(
        "rapport_methode",
        e=edition,
        perimetre=perimetre.sentence(edition),
        signes=[(v, *SIGNS[v]) for v in ORDER],
        sens=DICTIONARY,
        statuts=NATURES,
        glossaire=glossaire.terms(edition.scheme),
    )


def mentions(edition: Edition) -> Fragment:
    """Accessibility, licence, files to download."""
    return render("rapport_mentions", e=edition)


def without(edition: Edition) -> list[str]:
    """Names of the buyers without a single contract."""
    empty = {m["acheteur"] for m in edition.controle["marches"] if not m["nombre"]}
    names = edition.scheme.avec_article
    return [names[a.code] for a in edition.scheme.acheteurs if a.code in empty]


def _core(edition: Edition) -> DataFrame:
    """The core figures of the entity that headlines speak of."""
    codes = [i.code for i in edition.indicateurs if i.noyau]
    return frames.only(frames.only(edition.chiffres, "code", codes), "entite", [edition.reference])


def _binding(edition: Edition) -> DataFrame:
    """The real rates that the law asks for, of everyone."""
    codes = [i.code for i in edition.indicateurs if i.taux_reel]
    return frames.only(edition.chiffres, "code", codes)


def _sensitivity(edition: Edition, rows: list[Line]) -> dict[str, str]:
    """What value rates become without the framework maxima, by code: sensibilite.csv."""
    wanted = {x.item.code: x.figure for x in rows if x.calcul.base == "valeur" and x.ref.brut}
    return {
        r["code"]: f"{french.measure(Decimal(r['valeur_sans_maxima']), f.unite)} sans "
        f"{french.plural(int(r['exclus']), 'montant', 'montants')} de plafond "
        f"({french.short_euros(Decimal(r['montant_exclu']))})"
        for r in edition.rows("sensibilite")
        for f in [wanted.get(r["code"])]
        if f and r["entite"] == f.entite and r["valeur_sans_maxima"]
    }
