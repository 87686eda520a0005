"""`explain CODE`: one indicator as one must be able to defend it, and what made it move.

Of people nothing is shown but what the report publishes: neither parts nor rows, from which
a count that the secret suppresses could be worked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from string import Template

from spaser.commands import trace
from spaser.commands.explain.change import change
from spaser.commands.explain.evidence import PEOPLE, SHOWN, Evidence, evidence, key, part
from spaser.commands.explain.lacks import to_fill
from spaser.commands.explain.paragraphs import Paragraph, heading, item
from spaser.commands.explain.words import before, doubt, opened, target
from spaser.figures import formulas
from spaser.figures.definition import Indicateur
from spaser.figures.verdicts import INDECIDABLE, NON_VERIFIABLE
from spaser.opendata.decompose import ADDITIVE
from spaser.report import french, lines, perimetre, reading
from spaser.report.edition import Edition
from spaser.report.lines import Line
from spaser.report.preuves import ROLES

_KEYS = {"population": "population", "numerateur": "numérateur", "denominateur": "dénominateur"}


def indicator(folder: Path, annee: int, code: str, entite: str | None) -> Iterator[Paragraph]:
    """What to know of an indicator, for an entity (the report's own when none is given).

    Args:
        folder: the published folder.
        annee: the year.
        code: the code of an indicator.
        entite: the code of a buyer, or of all together; None for the report's own.

    Raises:
        UserError: no report, or no such code or entity.
    """
    rows = trace.figures(folder, code, entite)
    edition = opened(folder, annee)
    who = entite or edition.reference
    ref = next(i for i in edition.indicateurs if i.code == rows[0]["code"])
    yield heading(f"{ref.code} en {annee} : {ref.libelle}", "=")
    yield from _definition(edition, ref)
    past = before(edition)
    for calcul in ref.calculs:
        x = lines.line(edition, ref, calcul, [who])
        yield heading(f"{x.libelle} : {edition.scheme.entites[who]}")
        yield from _value(edition, x)
        if entite is None:
            yield from _others(edition, x)
        now = evidence(folder, annee, x, edition.scheme.entites_courtes)
        if not _hidden(edition, x):
            yield from _heaviest(x, now)
        yield from change(edition, x, now, past)


def _hidden(edition: Edition, x: Line) -> bool:
    """Whether the rows behind a figure are not to be shown: people, or nothing significant."""
    return x.calcul.table == PEOPLE or reading.is_thin(edition, x.figure) or x.figure.valeur is None


def _definition(edition: Edition, ref: Indicateur) -> Iterator[Paragraph]:
    axe, ambition = edition.ambition(ref.ambition)
    yield Paragraph(f"{axe.titre}, ambition {ambition.numero} : {ambition.titre}.")
    yield item(f"Numérateur : {ref.definition.numerateur}")
    if ref.definition.denominateur:
        yield item(f"Dénominateur : {ref.definition.denominateur}")
    yield item("Sources : " + " ; ".join(edition.scheme.sources[s] for s in ref.sources))
    for title, text in (("Limites", ref.limites), ("Repère", ref.repere)):
        if text:
            yield item(f"{title} : {text}")
    named = formulas.names(edition.year)
    for calcul in ref.calculs:
        for name, text, _ in formulas.formulas(calcul):
            if name in _KEYS and text != "TRUE":
                formula = Template(text).substitute(named)
                yield item(f"Formule ({calcul.base}, {calcul.table}), {_KEYS[name]} : {formula}")


def _value(edition: Edition, x: Line) -> Iterator[Paragraph]:
    """The value, why it is that, how well it is known, its target and its verdict."""
    f = x.figure
    yield item(f"Valeur : {x.ref.valeur}" + (f", {f.motif_absence}" if f.motif_absence else ""))
    yield from _missing(edition, x) if f.valeur is None else _known(edition, x)


def _missing(edition: Edition, x: Line) -> Iterator[Paragraph]:
    """The sources to supply for a figure that has no value."""
    given = set(edition.controle["sources_fournies"])
    missing = [edition.scheme.sources[s] for s in x.item.sources if s not in given]
    if missing:
        yield item(
            f"À déposer : {' ; '.join(missing)}. Le détail : spaser explain {edition.year.annee}"
        )


def _known(edition: Edition, x: Line) -> Iterator[Paragraph]:
    """What is said of a figure that has a value."""
    f = x.figure
    if reading.is_thin(edition, f):
        floor = french.short(edition.year.lecture.couverture_non_significatif, "%")
        yield item(f"Pourquoi {french.NS} : le champ est connu dans moins de {floor} des cas.")
    elif x.calcul.table != PEOPLE:
        yield item(f"Pourquoi : {_why(x)}")
    if x.ref.couverture:
        bounds = f" ; selon ce que cachent les inconnus, de {x.ref.bornes}" if x.ref.bornes else ""
        yield item(f"Connu pour {x.ref.couverture}{bounds}")
    if x.ref.prudence:
        fields = " ; ".join(to_fill(edition, x.item, x.calcul, f.entite))
        yield item(f"À compléter : {fields}")
    gap = x.ref.manque or x.ref.ecart
    yield item(f"Cible : {target(x)}" + (f" ; {gap}" if gap else ""))
    undecided = x.ref.verdict in {INDECIDABLE, NON_VERIFIABLE}
    why = doubt(x) if undecided else x.ref.raison
    yield item(f"Verdict : {x.ref.verdict}" + (f" ({why})" if why else ""))
    yield from _otherwise(edition, x)


def _otherwise(edition: Edition, x: Line) -> Iterator[Paragraph]:
    """What the figure is otherwise: above a floor, without doubtful records, without maxima."""
    f = x.figure
    for other in perimetre.floors(edition, f.code, f.base, [f.entite]):
        rate = other.rates[0]
        yield item(f"Marchés comptés {other.libelle} : {rate.valeur}")
    for reserve in x.reserves:
        without = f" : {reserve.sans}" if reserve.sans else ""
        yield item(f"À lire avec : {reserve.titre}, {french.number(reserve.nombre)} fois{without}")
    for row in edition.rows("sensibilite"):
        if (row["code"], row["entite"], row["base"]) == key(x) and row["valeur_sans_maxima"]:
            rate_without = french.measure(Decimal(row["valeur_sans_maxima"]), f.unite)
            yield item(f"Sans les maxima d'accords-cadres ({row['exclus']}) : {rate_without}")


def _others(edition: Edition, x: Line) -> Iterator[Paragraph]:
    """The same figure for the other entities, in a line."""
    shown = [e for e in edition.scheme.entites if e != x.figure.entite]
    cells = lines.line(edition, x.item, x.calcul, shown).cells
    values = ", ".join(f"{c.nom} {c.valeur}" + (f", {c.motif}" if c.motif else "") for c in cells)
    yield item(f"Ailleurs : {values}")


def _why(x: Line) -> str:
    """The parts of a value, exact, and what is in none of them."""
    f = x.figure
    top, bottom = part(f.numerateur, f.base), part(f.denominateur, f.base)
    reason = f"{top} sur {bottom}" if f.unite == "%" else f"{top} pour {bottom}"
    if x.calcul.mesure in ADDITIVE:
        reason = f"{top}, somme de ce qui compte"
    if x.calcul.mesure == "mediane":
        reason = f"la valeur du milieu parmi {bottom} connues"
    unknown = (f.total or Decimal(0)) - (f.renseignes or Decimal(0))
    apart = f" ; inconnu, donc hors du calcul : {part(unknown, f.base)}" if unknown else ""
    return reason + apart


def _heaviest(x: Line, now: Evidence) -> Iterator[Paragraph]:
    """The sources that weigh most; of equal weight, the largest amounts."""
    known = [p for p in now.preuves if p.role != "inconnu"]
    if not known:
        return
    ranked = sorted(known, key=lambda p: (-abs(p.contribution), -now.weight(p.uid), p.uid, p.role))
    equal = len({p.contribution for p in known}) == 1
    same = " ; tous pèsent autant, les plus gros montants d'abord" if equal else ""
    yield Paragraph(f"Ce qui pèse le plus ({min(SHOWN, len(known))} sur {len(known)}){same} :")
    whole = sum((abs(p.contribution) for p in known), Decimal(0))
    for rank, p in enumerate(ranked[:SHOWN], start=1):
        share = french.percent(abs(p.contribution) * 100 / whole) if whole else french.SO
        weight = "" if equal else f" {part(p.contribution, p.base)} ({share} du tout)"
        yield item(f"{ROLES[p.role].lower()}{weight} : {now.named(p.uid)}", mark=f"{rank}.")
