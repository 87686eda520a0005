"""The committee's sheets: what concerns a partner, the question that it puts, on one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from spaser.figures.definition import HYPOTHESE
from spaser.figures.verdicts import ATTEINT, INDECIDABLE
from spaser.report import essentiel, footing, french, lines, plan, reading, tally, taux
from spaser.report.edition import Edition
from spaser.report.lines import Absence, Line
from spaser.report.plan import Avancement
from spaser.report.taux import RateBar


class PartnerSheet(NamedTuple):
    """A partner's sheet."""

    partenaire: str
    phrase: str
    question: str
    taux: list[RateBar]
    constat: str
    entites: list[str]
    lignes: list[Line]
    absences: list[Absence]
    plan: Avancement


def sheets(edition: Edition) -> list[PartnerSheet]:
    """A sheet for each partner of the committee, in the order of the deliberation.

    Partners who follow the same indicators are each asked another question, while there are some.
    """
    asked: Counter[tuple[str, ...]] = Counter()
    made = []
    for partner in edition.scheme.comite:
        wanted = tuple(sorted(edition.scheme.fiches.get(partner, ())))
        made.append(_sheet(edition, partner, asked[wanted]))
        asked[wanted] += 1
    return made


def _sheet(edition: Edition, partner: str, rank: int) -> PartnerSheet:
    wanted = edition.scheme.fiches.get(partner, ())
    items = [i for i in edition.indicateurs if i.code in wanted or i.ambition in wanted]
    shown = edition.shown_for([(i, c) for i in items for c in i.calculs])
    rows = [lines.line(edition, i, c, shown) for i in items for c in i.calculs]
    bars = taux.rates(edition, rows)
    questions = list(_questions(edition, rows))
    return PartnerSheet(
        partenaire=partner,
        phrase=tally.sentence(edition, rows) + essentiel.movement(edition, rows) if rows else "",
        question=questions[rank % len(questions)] if questions else "",
        taux=bars,
        constat=taux.title(bars),
        entites=[edition.scheme.entites_courtes[x] for x in shown],
        lignes=[x for x in rows if not x.absence],
        absences=lines.absences(rows),
        plan=plan.of_partner(edition, partner),
    )


def _questions(edition: Edition, rows: list[Line]) -> Iterator[str]:
    """What the figures ask: of what is short of its target, of what fell back, of what lacks."""
    for x, _ in essentiel.gaps(edition, rows):
        verb = "réduire" if x.item.sens == "baisse" else "combler"
        yield (
            f"{x.libelle} : {x.ref.valeur} pour {essentiel.aim(x)}. "
            f"Qu’est\u2011ce qui, de votre place, aiderait à {verb} cet écart ?"
        )
    for x in rows:
        move = reading.progress(x.figure, x.item.sens)
        if x.ref.evolution and move is not None and move < 0 and footing.is_sure_move(edition, x):
            yield (
                f"{x.libelle} : {x.ref.evolution} en un an ({x.ref.n_1} puis {x.ref.valeur}). "
                "Qu’en voyez-vous sur le terrain ?"
            )
    absent = {x.item.code for x in rows if not x.connue}
    if absent:
        indicators = french.plural(
            len(absent), "indicateur de cette fiche", "indicateurs de cette fiche"
        )
        verb = "n’ont" if len(absent) > 1 else "n’a"
        thin = " assez connue" if any(not (x.connue or x.absence) for x in rows) else ""
        yield f"{indicators} {verb} pas de valeur{thin}. Qui peut fournir ces données, et quand ?"
    unsure = {x.item.code for x in rows if x.ref.verdict == INDECIDABLE}
    if unsure:
        one, many = "indicateur reste indécidable", "indicateurs restent indécidables"
        indicators = french.plural(len(unsure), one, many)
        yield f"{indicators} faute de données. Comment mieux renseigner ce qui manque ?"
    aimed = [x for x in rows if x.cible and not x.absence]
    if aimed and all(x.ref.verdict == ATTEINT for x in aimed):
        kind = "cible à confirmer" if all(x.statut == HYPOTHESE for x in aimed) else "cible"
        who = edition.scheme.avec_article[aimed[0].figure.entite]
        reached = f"Chaque {kind} de cette fiche est atteinte pour {who}"
        if doubtful := next((x for x in aimed if x.doute), None):
            yield (
                f"{reached}, mais une repose sur des données à vérifier : {doubtful.libelle}, "
                f"{doubtful.doute}. Qu’en est-il ?"
            )
        else:
            yield f"{reached}. Faut-il viser plus haut ?"
