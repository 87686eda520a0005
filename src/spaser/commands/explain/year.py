"""A published year as the analyst must know it before the committee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from spaser.commands import trace
from spaser.commands.explain.declared import declared
from spaser.commands.explain.lacks import missing, thin
from spaser.commands.explain.others import others
from spaser.commands.explain.paragraphs import Paragraph, harmless, heading, item
from spaser.commands.explain.words import (
    before,
    comparability,
    doubt,
    named,
    nothing_before,
    opened,
    target,
)
from spaser.figures.series import COMPARABLE
from spaser.figures.verdicts import INDECIDABLE, NON_ATTEINT, NON_VERIFIABLE, PROCHE
from spaser.report import essentiel, french, lines, reading
from spaser.report.edition import Edition
from spaser.report.lines import Line

_LISTED = 10


def year(folder: Path, annee: int, entite: str | None = None) -> Iterator[Paragraph]:
    """What to know of a year before the committee, for an entity.

    Args:
        folder: the published folder.
        annee: the year.
        entite: the code of a buyer, or of all together; None for the report's own.

    Raises:
        UserError: no report, or no such entity.
    """
    edition = opened(folder, annee)
    who = entite or edition.reference
    if who not in edition.scheme.entites:
        raise trace.unknown_entity(folder, who, edition.scheme.entites)
    shown = [lines.line(edition, i, c, [who]) for i in edition.indicateurs for c in i.calculs]
    yield heading(f"{edition.scheme.sigle} {annee} : {edition.scheme.entites[who]}", "=")
    if edition.demonstration:
        yield Paragraph("Données de démonstration : aucun de ces chiffres n'est réel.")
    for r in edition.reserves:
        source = f", {r.source}" if r.source else ""
        yield Paragraph(
            f"Année incomplète. {r.qui}{source} : {r.periode} ({harmless(r.motif)}). "
            "Aucune évolution n'est donnée, aucune cible n'est jugée."
        )
    for qui, dates in edition.a_verifier:
        yield Paragraph(f"Année à vérifier. {qui} : notifications {dates}.")
    yield Paragraph(f"{french.plural(len(shown), 'mesure')}, par nature de cible :")
    for kind in essentiel.verdicts(shown):
        yield item(kind)
    yield from missing(edition, shown)
    yield from thin(edition, shown, who)
    yield from _missed(shown)
    yield from _moved(edition, shown)
    yield from others(edition)
    yield from declared(edition)
    yield Paragraph(f"Le détail d'un indicateur : spaser explain {annee} CODE.")


def _missed(shown: Sequence[Line]) -> Iterator[Paragraph]:
    """Targets that are not reached, widest gap first; then those that cannot be judged."""
    yield heading("3. Les cibles non atteintes")
    missed = [
        (reading.shortfall(x.figure, x.item.sens) or Decimal(0) if x.ref.brut else Decimal(-1), x)
        for x in shown
        if x.ref.verdict in {NON_ATTEINT, PROCHE}
    ]
    if not missed:
        yield Paragraph("Aucune.")
    for _, x in sorted(missed, key=lambda t: (-t[0], t[1].item.code)):
        whatever = "quels que soient les cas inconnus" + f", de {x.ref.bornes}" * bool(x.ref.bornes)
        gap = x.ref.manque or x.ref.ecart or whatever
        yield item(
            f"{named(x)} : {x.ref.valeur} pour une cible de {target(x)} ; {gap} ({x.ref.verdict})"
        )
    doubtful = [x for x in shown if x.ref.verdict in {INDECIDABLE, NON_VERIFIABLE}]
    if doubtful:
        yield Paragraph("Verdict impossible :")
    for x in doubtful:
        yield item(f"{named(x)}, cible de {target(x)} : {x.ref.verdict} ({doubt(x)})")


def _moved(edition: Edition, shown: Sequence[Line]) -> Iterator[Paragraph]:
    """What moved most: rates in points, other measures relatively; what cannot be compared."""
    yield heading(f"4. Ce qui a bougé depuis {edition.year.annee - 1}")
    past = before(edition)
    if past is None:
        yield Paragraph(nothing_before(edition))
        return
    moved = [x for x in shown if x.ref.evolution and x.figure.evolution]
    rates = sorted((x for x in moved if x.figure.unite == "%"), key=lambda x: -_size(x))
    others = sorted((x for x in moved if x.figure.unite != "%"), key=lambda x: -_size(x))
    if not moved:
        yield Paragraph("Aucune évolution à montrer.")
    for x in [*rates[:_LISTED], *others[:_LISTED]]:
        unsure = "" if x.sure else " ; à dire avec réserve : " + _unsure(x)
        yield item(f"{named(x)} : {x.ref.evolution} ({x.ref.n_1} puis {x.ref.valeur}){unsure}")
    held = [code for code, who in sorted(past.partiels) if who == shown[0].figure.entite]
    if len(held) == len(edition.indicateurs):
        yield item(f"Rien ne se compare : {past.annee} n'est connue qu'en partie")
    elif held:
        yield item(f"Non comparable ({past.annee} n'est connue qu'en partie) : {', '.join(held)}")
    states = {i.code: comparability(edition, past, i.code) for i in edition.indicateurs}
    for state in dict.fromkeys(states.values()):
        codes = [code for code, s in states.items() if s == state]
        if state != COMPARABLE:
            yield item(f"Non comparable ({state} depuis {past.annee}) : {', '.join(codes)}")
    for row in edition.rows("annees_revisees"):
        yield item(
            f"{row['code']} ({row['entite']}, {row['annee']}) : recompté avec les fichiers de ce "
            f"jour, {row['nouveau'] or french.ND} au lieu de {row['ancien'] or french.ND} "
            f"({harmless(row['cause'])})"
        )


def _size(x: Line) -> Decimal:
    """How much a line moved: in points for a rate, else relative to the year before."""
    moved, start = abs(x.figure.evolution or Decimal(0)), abs(x.figure.valeur_n_1 or Decimal(0))
    return moved if x.figure.unite == "%" or not start else moved / start


def _unsure(x: Line) -> str:
    doubts = [f"{r.titre}, {french.number(r.nombre)} fois" for r in x.reserves]
    doubts += [f"connu pour {x.ref.couverture}"] if x.ref.prudence else []
    doubts += [x.ref.motif] if x.ref.motif else []
    return ", ".join(doubts) or x.ref.verdict
