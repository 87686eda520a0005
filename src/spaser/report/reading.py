"""One figure as readers see it: its words and signs, and whether it is fit to be shown or drawn."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from spaser.figures.chiffres import Figure
from spaser.figures.readings import DE_TROP, EN_DEFAUT
from spaser.figures.verdicts import (
    ATTEINT,
    DICTIONARY,
    INDECIDABLE,
    NON_ATTEINT,
    NON_DISPONIBLE,
    NON_VERIFIABLE,
    PROCHE,
    SANS_CIBLE,
    SANS_OBJET,
)
from spaser.report import french
from spaser.report.edition import Edition

SIGNS = {
    ATTEINT: ("✓", "atteint"),
    PROCHE: ("≈", "proche"),
    NON_ATTEINT: ("✗", "manque"),
    SANS_CIBLE: ("–", "neutre"),
    INDECIDABLE: ("?", "neutre"),
    NON_VERIFIABLE: ("?", "neutre"),
    SANS_OBJET: ("·", "neutre"),
    NON_DISPONIBLE: ("∅", "neutre"),
}
ORDER = tuple(DICTIONARY)


class Cell(NamedTuple):
    """A figure as a table shows it: texts, empty where there is nothing to say."""

    nom: str
    valeur: str
    brut: str
    detail: str
    sign: str
    ton: str
    verdict: str
    raison: str
    ecart: str
    manque: str
    couverture: str
    prudence: bool
    bornes: str
    n_1: str
    brut_n_1: str
    evolution: str
    motif: str


def cell(edition: Edition, f: Figure) -> Cell:
    """A figure in words."""
    reading = edition.year.lecture
    nom = edition.scheme.entites_courtes[f.entite]
    sign, tone = SIGNS.get(f.verdict, ("?", "neutre"))
    if f.valeur is None:
        nothing = french.SO if f.verdict == SANS_OBJET else french.ND
        words = {**dict.fromkeys(Cell._fields, ""), "nom": nom, "valeur": nothing}
        words |= {"sign": sign, "ton": tone, "verdict": f.verdict, "motif": f.motif_absence}
        return Cell(**{**words, "prudence": False})  # type: ignore[arg-type]
    thin = is_thin(edition, f)
    small = is_small(edition, f)
    finer = 1 if f.cible is None else french.telling(f.valeur, f.cible, f.unite)
    shown = french.measure(f.valeur, f.unite, finer)
    if small:
        shown = f"{french.number(f.numerateur or 0)} sur {french.number(f.denominateur or 0)}"
    if thin:
        shown = french.NS
    gap = f.cible is not None and not thin and f.verdict not in {INDECIDABLE, NON_VERIFIABLE}
    then = edition.passe.get((f.code, f.entite, f.base, f.annee - 1), {})
    veil = veiled(edition, then, f.unite)
    alone = f.valeur_n_1 is None or small or thin
    before = "" if alone else veil or french.measure(f.valeur_n_1 or 0, f.unite)
    partial = f.valeur is not None and f.motif_absence  # not of the buyers of the year before
    trend = before and f.evolution is not None and not veil and not partial
    return Cell(
        nom=nom,
        valeur=shown,
        brut="" if thin else format(f.valeur, "f"),
        detail="" if small or thin else parts(f),
        sign=sign,
        ton=tone,
        verdict=f.verdict,
        raison=_doubt(edition, f),
        ecart=french.gap(f.valeur, f.cible, f.unite, finer) if gap and f.cible is not None else "",
        manque=_missing(edition, f) if gap else "",
        couverture="" if f.couverture is None else french.percent(f.couverture),
        prudence=f.couverture is not None and f.couverture < reading.couverture_avertissement,
        bornes=_bounds(f),
        n_1=before,
        brut_n_1=format(f.valeur_n_1, "f")
        if before and f.valeur_n_1 is not None and not veil
        else "",
        evolution=french.gap(f.valeur, f.valeur_n_1, f.unite)
        if trend and f.valeur_n_1 is not None
        else "",
        motif=f.motif_absence,
    )


def _doubt(edition: Edition, f: Figure) -> str:
    """Why a verdict is not given."""
    if f.verdict == INDECIDABLE and edition.reserve(f.code, f.entite):
        return "une partie de l'année ne se juge pas"
    if f.verdict == NON_VERIFIABLE:
        return "un seuil réglementaire reste à confirmer"
    if f.verdict != INDECIDABLE:
        return ""
    if f.motif_absence:
        return "les données d'un acheteur manquent"
    if f.borne_basse is None or f.borne_haute is None:
        return "rien ne borne l'effet des données manquantes"
    return ""  # the key of the page says it once for all: what lacks could change the verdict


def is_thin(edition: Edition, f: Figure) -> bool:
    """A figure known for so few contracts that it is not shown («n. s.»)."""
    return f.couverture is not None and (
        f.couverture < edition.year.lecture.couverture_non_significatif
    )


def is_small(edition: Edition, f: Figure) -> bool:
    """A rate over so few contracts that its fraction says more."""
    return f.unite == "%" and is_few(edition, f.base, f.denominateur)


def is_few(edition: Edition, base: str, denominateur: Decimal | None) -> bool:
    """A denominator so small that a rate by number over it is shown as a fraction, not drawn.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        base: number, value or other.
        denominateur: the denominator; None when it is not known.
    """
    return (
        base == "nombre"
        and denominateur is not None
        and denominateur < edition.year.lecture.petit_denominateur
    )


def veiled(edition: Edition, past: Mapping[str, str], unite: str) -> str:
    """How a value of series.csv is shown that its own year did not give as a rate: «n. s.», or its
    fraction; empty when it was given.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        past: a row of series.csv; nothing of a year that is not published.
        unite: the unit of the figure.
    """
    if was_thin(edition, past):
        return french.NS
    whole = past.get("denominateur")
    if unite == "%" and whole and is_few(edition, past["base"], Decimal(whole)):
        return (
            f"{french.number(Decimal(past['numerateur'] or 0))} sur {french.number(Decimal(whole))}"
        )
    return ""


def was_thin(edition: Edition, past: Mapping[str, str]) -> bool:
    """Whether a row of series.csv is known for so few contracts that its year did not show it.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        past: a row of series.csv.
    """
    known, low = past.get("couverture"), edition.year.lecture.couverture_non_significatif
    return bool(known) and Decimal(known or 0) < low


def is_drawn(edition: Edition, f: Figure) -> bool:
    """A figure that a chart may show: what the tables hide or give as a fraction is not drawn."""
    return f.valeur is not None and not is_thin(edition, f) and not is_small(edition, f)


def parts(f: Figure) -> str:
    """Numerator over denominator, in words."""
    if f.unite != "%" or f.numerateur is None or f.denominateur is None:
        return ""
    if f.base == "valeur":
        return f"{french.short_euros(f.numerateur)} sur {french.short_euros(f.denominateur)}"
    return french.tight(f"{french.number(f.numerateur)} sur {french.number(f.denominateur)}")


def _bounds(f: Figure) -> str:
    if f.borne_basse is None or f.borne_haute is None or f.borne_basse == f.borne_haute:
        return ""
    rate = f.unite == "%"
    low = french.fixed(f.borne_basse, 1) if rate else french.short(f.borne_basse, f.unite)
    return f"{low} à {french.measure(f.borne_haute, f.unite)}"


def _missing(edition: Edition, f: Figure) -> str:
    """The gap in contracts or euros, from ecarts.csv: «il manque 14 marchés»."""
    for row in edition.rows("ecarts"):
        if (row["code"], row["entite"], row["base"]) == (f.code, f.entite, f.base):
            manque = Decimal(row["manque"]) if row["manque"] else Decimal(0)
            if manque > 0:
                if f.unite == row["unite_manque"]:
                    return ""  # the gap is already told in this unit
                gap = french.measure(manque, row["unite_manque"])
                after = row["sens"] in {DE_TROP, EN_DEFAUT}
                return f"{gap} {row['sens']}" if after else f"{row['sens']} {gap}"
    return ""


def progress(f: Figure, sens: str) -> Decimal | None:
    """The evolution in the direction wished, relative to the target or to the year before."""
    if f.evolution is None or sens == "observation":
        return None
    wished = f.evolution if sens == "hausse" else -f.evolution
    scale = abs(f.cible or f.valeur_n_1 or Decimal(0))
    return wished / scale if scale else None


def shortfall(f: Figure, sens: str) -> Decimal | None:
    """How far a figure is on the wrong side of its target, relative to it."""
    if f.valeur is None or not f.cible or sens == "observation":
        return None
    gap = f.cible - f.valeur if sens == "hausse" else f.valeur - f.cible
    return gap / abs(f.cible)
