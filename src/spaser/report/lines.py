"""An ambition's table as data: a line an indicator and base, with a cell for each entity."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

from spaser.figures.chiffres import Figure
from spaser.figures.definition import LEGALE, MENTIONS, NATURES, PLAN, Calcul, Indicateur
from spaser.figures.readings import NOUNS
from spaser.figures.verdicts import (
    INDECIDABLE,
    NON_ATTEINT,
    NON_DISPONIBLE,
    NON_VERIFIABLE,
    SANS_OBJET,
)
from spaser.report import doutes, french, reading
from spaser.report.edition import Edition
from spaser.report.reading import Cell
from spaser.settings.scheme import Axe

_BASES = {"nombre": " (en nombre)", "valeur": " (en valeur)", "autre": ""}


class Reserve(NamedTuple):
    """A quality rule that a figure must be read with: how many records or contracts it is about,
    what the figure becomes without them, and whether it rests on them."""

    titre: str
    nombre: int
    sans: str
    lourde: bool


class Line(NamedTuple):
    """A line of an ambition's table: an indicator on one base, for the entities shown."""

    item: Indicateur
    calcul: Calcul
    libelle: str
    cible: str
    brut_cible: str
    statut: str
    nom_statut: str
    mention: str
    fondement: str
    cells: list[Cell]
    ref: Cell
    figure: Figure
    absence: str
    reserves: list[Reserve]
    petit: bool
    seul: bool  # one buyer alone: a target set for all together is not its own

    @property
    def connue(self) -> bool:
        """Whether enough is known of its value for the report to show it: no «n. d.» of everyone,
        no «n. s.»."""
        return not self.absence and self.ref.valeur != french.NS

    @property
    def visee(self) -> str:
        """The target after a value: «cible légale 100,0 %», «cible 18,0 % au plus»."""
        noun = {LEGALE: "cible légale", PLAN: "objectif national"}.get(self.statut, "cible")
        return f"{noun} {self.cible}{' au plus' if self.item.sens == 'baisse' else ''}"

    @property
    def pesantes(self) -> list[Reserve]:
        """The reserves that a reader in a hurry needs: those that move the figure, or bear it."""
        return [r for r in self.reserves if r.sans or r.lourde]

    @property
    def doute(self) -> str:
        """What a figure becomes without the records that it rests on and that are suspect, where
        it is shown without its table: «les trois cases cochées ensemble ; 6,6 % si …»."""
        heavy = [
            f"{r.titre.partition(' (')[0]} ; {r.sans}" for r in self.reserves if r.sans and r.lourde
        ]
        return " ; ".join(heavy)

    @property
    def sure(self) -> bool:
        """Whether a highlight may feature it: no reserve, no doubt, not partial, not tiny."""
        unsure = self.ref.verdict in {INDECIDABLE, NON_VERIFIABLE, NON_DISPONIBLE, SANS_OBJET}
        heavy = any(r.lourde for r in self.reserves)
        doubts = (heavy, self.ref.prudence, self.ref.motif, self.petit)
        return not (unsure or any(doubts))


class Absence(NamedTuple):
    """Indicators that wait for the same thing."""

    motif: str
    indicateurs: list[tuple[str, str]]


def of_axis(edition: Edition, axe: Axe) -> list[Line]:
    """Every line of an axis."""
    return [x for a in axe.ambitions for x in of_ambition(edition, a.code)]


def of_ambition(edition: Edition, code: str) -> list[Line]:
    """Every line of an ambition, with the entities that its table shows."""
    return [*_of_ambition(edition, code)]


@functools.lru_cache(maxsize=64)  # a dozen blocks of a page ask for the same
def _of_ambition(edition: Edition, code: str) -> tuple[Line, ...]:
    shown = edition.shown(code)
    return tuple(line(edition, i, c, shown) for i, c in edition.of(code))


def every(edition: Edition) -> list[Line]:
    """Every line of the scheme."""
    return [x for axe in edition.scheme.axes for x in of_axis(edition, axe)]


def line(edition: Edition, item: Indicateur, calcul: Calcul, entites: list[str]) -> Line:
    """The line of an indicator on one base: its target, and a cell for each entity.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        item: the indicator.
        calcul: the calculation whose base the line is on.
        entites: the codes of the entities shown, the reference last.
    """
    everyone = [edition.figure(item, calcul, x) for x in edition.scheme.entites]
    nothing = all(f.valeur is None for f in everyone)
    lacking = [f for f in everyone if f.verdict != SANS_OBJET] or everyone
    reasons = {f.motif_absence for f in lacking}
    names = {a.code: f"{a.nom} : " for a in edition.scheme.acheteurs}
    reasons |= {names.get(f.entite, "") + f.motif_absence for f in everyone if f not in lacking}
    last = edition.figure(item, calcul, (entites or [edition.reference])[-1])
    seul = last.entite != edition.scheme.ensemble.code
    cible = item.cible(edition.year.annee, calcul, seul=seul)
    nature = cible.nature(edition.year.annee) if cible else ""
    return Line(
        item=item,
        calcul=calcul,
        libelle=item.intitule + (_BASES[calcul.base] if len(item.calculs) > 1 else ""),
        cible=french.measure(cible.valeur, last.unite) if cible else "",
        brut_cible=format(cible.valeur, "f") if cible else "",
        statut=nature,
        nom_statut=NATURES.get(nature, ""),
        mention=MENTIONS.get(nature, ""),
        fondement=(cible.fondement or "") if cible else "",
        cells=[_shared(edition, item, calcul, x) for x in entites],
        ref=_judged(edition, item, calcul, last),
        figure=last,
        absence=_reason(edition, reasons) if nothing else "",
        reserves=reserves(edition, item, calcul, last.entite),
        petit=last.valeur is not None and reading.is_small(edition, last),
        seul=seul,
    )


def _reason(edition: Edition, reasons: set[str]) -> str:
    """Why nobody has a value: what is said of all is not said again of each buyer."""
    each = [f"{a.nom} : " for a in edition.scheme.acheteurs]
    alone = {r for r in reasons if not any(r.removeprefix(name) in reasons - {r} for name in each)}
    return " ; ".join(sorted(alone))


def reserves(edition: Edition, item: Indicateur, calcul: Calcul, entite: str) -> list[Reserve]:
    """The quality rules that a figure must be read with: those that its catalogue entry names, and
    those on the fields that its formulas read.  What is in quarantine casts no doubt.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        item: the indicator.
        calcul: one of its calculations.
        entite: the code of a buyer, or of all together.
    """
    doubts = {d.regle: d for d in doutes.of(edition, item.code, calcul.base, entite)}
    return [
        Reserve(
            r["titre"],
            doubt.suspects if doubt else _kept(r),
            doubt.dit if doubt else "",
            doubt.lourd if doubt else True,
        )
        for r in edition.controle["regles"]
        for doubt in [doubts.get(r["id"])]
        if doubt or (r["id"] in item.alertes and _kept(r))
    ]


def _kept(rule: Mapping[str, Any]) -> int:
    """How many records in breach are counted; an older control only says how many were read."""
    kept: int = rule.get("retenus", rule["nombre"])
    return kept


def _shared(edition: Edition, item: Indicateur, calcul: Calcul, entite: str) -> Cell:
    """The cell of an entity; a buyer without actions of its own has those held in common."""
    judged = _judged(edition, item, calcul, edition.figure(item, calcul, entite))
    if not judged.brut and in_common(edition, item, calcul):
        return judged._replace(motif="actions communes")
    return judged


def _judged(edition: Edition, item: Indicateur, calcul: Calcul, f: Figure) -> Cell:
    """The cell of a figure, with how the law judges it: each buyer, or each contract."""
    judged = reading.cell(edition, f)
    if f.statut_cible != LEGALE or f.valeur is None:
        return judged
    if each_row := _row_by_row(edition, item, f.entite):
        judged = judged._replace(raison=" ; ".join(filter(None, (each_row, judged.raison))))
    if calcul.conforme:  # the distance of a rate to the target is not what the law looks at
        law = "la loi juge chaque marché qu'elle vise"
        judged = judged._replace(ecart="", raison=" ; ".join(filter(None, (law, judged.raison))))
    each = {a.nom_court: edition.figure(item, calcul, a.code) for a in edition.scheme.acheteurs}
    same = [nom for nom, one in each.items() if one.verdict == f.verdict]
    if f.entite != edition.scheme.ensemble.code or len(each) == 1 or f.verdict not in _HELD_BACK:
        return judged
    names = "tous" if len(same) == len(each) > 2 else ", ".join(same)
    blamed = f"chaque acheteur y est tenu ; {f.verdict} : {names}" if same else ""
    better = f.cible is not None and (f.valeur >= f.cible) == (item.sens == "hausse")
    return judged._replace(
        ecart="" if better else judged.ecart,
        raison=" ; ".join(filter(None, (blamed, judged.raison))),
    )


def _row_by_row(edition: Edition, item: Indicateur, entite: str) -> str:
    """How many rows break a law that binds each, beside a mean that hides them."""
    for rate, calcul in ((i, c) for i in edition.indicateurs for c in i.calculs):
        if rate.code == item.ligne_a_ligne and (calcul.base, calcul.mesure) == ("nombre", "part"):
            f = edition.figure(rate, calcul, entite)
            if f.numerateur is None or f.denominateur is None or f.numerateur == f.denominateur:
                return ""
            noun = NOUNS.get(calcul.table or "", "lignes").removesuffix("s")
            wrong = int(f.denominateur - f.numerateur)
            verb = "n'y satisfont pas" if wrong > 1 else "n'y satisfait pas"
            some = f"{french.plural(wrong, noun)} sur {french.number(f.denominateur)}"
            return f"{some} {verb} : la loi vaut pour chaque {noun}"
    return ""


_HELD_BACK = {NON_ATTEINT, INDECIDABLE, NON_VERIFIABLE}


def in_common(edition: Edition, item: Indicateur, calcul: Calcul) -> bool:
    """Whether actions held by all together give the figure: a buyer's own is not missing.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        item: the indicator.
        calcul: one of its calculations.
    """
    whole = edition.figure(item, calcul, edition.scheme.ensemble.code).valeur
    return calcul.table == "actions" and whole is not None


def absences(lines: list[Line]) -> list[Absence]:
    """What has no value for anyone, grouped by reason, in the order of the catalogue."""
    groups: dict[str, dict[str, str]] = {}
    for one in lines:
        if one.absence:
            groups.setdefault(one.absence, {})[one.item.code] = one.item.intitule
    return [Absence(motif, list(items.items())) for motif, items in groups.items()]
