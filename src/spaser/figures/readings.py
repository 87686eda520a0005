"""What helps to read the figures: framework maxima, gaps to targets, figures given elsewhere.

Nothing here is a figure of its own: each row starts from a row of indicateurs.csv.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Any, NamedTuple

from spaser.csvtable import about
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import BASE, CODE, ENTITE, Chiffre
from spaser.figures.definition import PREDICATES, Calcul, Indicateur
from spaser.settings import periodes
from spaser.settings.params import Params
from spaser.settings.year import Rapprochement
from spaser.sources.lecture import Count


class Sensibilite(NamedTuple):
    """A rate in value with and without the contracts whose amount is a framework maximum."""

    code: Annotated[str, CODE]
    entite: Annotated[str, ENTITE]
    base: Annotated[str, BASE]
    valeur: Annotated[float, about("Taux en valeur, en pour cent", unite="%", requis=True)]
    valeur_sans_maxima: Annotated[
        float | None, about("Le même, sans les maxima d'accords-cadres", unite="%")
    ]
    exclus: Annotated[int, about("Marchés exclus (maxima.csv)", requis=True, minimum=0)]
    montant_exclu: Annotated[Decimal, about("Leur montant, € HT", unite="€ HT", requis=True)]


def sensibilite(
    recomputed: Sequence[tuple[Any, ...]], chiffres: Sequence[Chiffre]
) -> Iterator[Sensibilite]:
    """One row for each rate in value that has a figure."""
    known = {(c.code, c.entite, c.base): c.valeur for c in chiffres}
    for code, entite, base, top, bottom, excluded, euros in recomputed:
        value = known[code, entite, base]
        if value is not None:
            without = 100 * float(top or 0) / float(bottom) if bottom else None
            yield Sensibilite(code, entite, base, value, without, excluded, euros)


IL_MANQUE, DE_TROP, EN_DEFAUT = "il manque", "de trop", "en défaut"


class Ecart(NamedTuple):
    """What lacks to reach a target, in the unit of what is counted; `sens` says which way."""

    code: Annotated[str, CODE]
    entite: Annotated[str, ENTITE]
    base: Annotated[str, BASE]
    manque: Annotated[
        Decimal, about("Ce qui sépare de la cible, dénominateur inchangé", requis=True, minimum=0)
    ]
    unite_manque: Annotated[str, about("marchés, factures, € HT…", requis=True)]
    sens: Annotated[
        str,
        about(
            "il manque, de trop, ou en défaut : les lignes que la loi oblige et qui y manquent",
            requis=True,
            parmi=(IL_MANQUE, DE_TROP, EN_DEFAUT),
        ),
    ]


# What a row of each table is called, where a share in number counts them.
NOUNS = {
    "marches": "marchés", "parts": "titulaires", "mandats": "factures", "fiches": "marchés",
    "consultations": "consultations", "agec_categories": "catégories",
}  # fmt: skip


def ecarts(catalogue: Catalogue, chiffres: Sequence[Chiffre], params: Params) -> Iterator[Ecart]:
    """The gap of each missed target: contracts for a share in number, euros for one in value.

    Where the law judges row by row, the rows in default.  Else with the denominator as it is: the
    number of contracts that, had they qualified, would have been enough (half a contract does not
    exist: rounded up).  Part of a year is not judged.

    Args:
        catalogue: the indicators.
        chiffres: the figures.
        params: the scheme and the year.
    """
    for c in chiffres:
        item = catalogue.get(c.code)
        calcul = next(k for k in item.calculs if k.base == c.base) if item else None
        if not item or not calcul:
            continue
        if periodes.reserve(params.year, params.scheme, c.entite, item.sources):
            continue
        if gap := _gap(item, calcul, c):
            yield gap


def _gap(item: Indicateur, calcul: Calcul, c: Chiffre) -> Ecart | None:
    if c.manquements is not None:  # the law looks at each row, not at the rate
        count, noun = Decimal(c.manquements.certains), NOUNS.get(calcul.table or "", "lignes")
        return Ecart(c.code, c.entite, c.base, count, noun, EN_DEFAUT) if count else None
    if c.cible is None or c.numerateur is None or item.sens == "observation":
        return None
    unit = {"valeur": "€ HT"}.get(c.base) or NOUNS.get(calcul.table or "", "")
    if calcul.mesure in {"part", "rapport"} and item.unite == "%" and c.denominateur:
        needed = c.cible * c.denominateur / 100 - c.numerateur
        unit = unit if calcul.mesure == "part" else ""
    elif calcul.mesure in {"compte", "somme"}:
        needed, unit = c.cible - c.numerateur, item.unite_de(calcul)
    else:
        return None
    if item.sens == "baisse":
        needed = -needed
    if needed <= 0 or not unit:
        return None
    whole = c.base == "nombre" and calcul.mesure in PREDICATES
    step = Decimal(1) if whole else Decimal("0.01")
    return Ecart(
        c.code, c.entite, c.base, needed.quantize(step, rounding=ROUND_CEILING), unit,
        DE_TROP if item.sens == "baisse" else IL_MANQUE,
    )  # fmt: skip


EGAL, EXPLIQUE, A_EXPLIQUER, SANS_VALEUR = "égal", "expliqué", "à expliquer", "non calculé"


class LigneRapprochee(NamedTuple):
    """A figure given elsewhere beside ours; `ecart_explique` is the gap that is explained."""

    libelle: Annotated[str, about("Chiffre rapproché", requis=True)]
    source: Annotated[str, about("D'où il vient")]
    entite: Annotated[str, ENTITE]
    indicateur: Annotated[str, about("Code ; vide : nombre ou montant des marchés")]
    base: Annotated[str, BASE]
    declare: Annotated[Decimal, about("Valeur donnée", requis=True)]
    calcule: Annotated[Decimal | None, about("Valeur de cette édition")]
    ecart: Annotated[Decimal | None, about("calcule - declare")]
    statut: Annotated[
        str,
        about(
            "égal, expliqué, à expliquer ou non calculé",
            requis=True,
            parmi=(EGAL, EXPLIQUE, A_EXPLIQUER, SANS_VALEUR),
        ),
    ]
    explication: Annotated[str, about("Explication donnée par l'analyste")]
    ecart_explique: Annotated[Decimal | None, about("Écart que cette explication explique")] = None


def rapprochements(
    params: Params, chiffres: Sequence[Chiffre], comptes: Mapping[str, Count]
) -> Iterator[LigneRapprochee]:
    """Set the figures of the params (register, open data, earlier report) against ours.

    Rates are compared at the one decimal of the page, counts and euros exactly.  An explanation
    says which gap it explains: of another gap, or of none, it explains nothing.

    Args:
        params: the scheme and the year.
        chiffres: the figures.
        comptes: contracts and euros of each buyer.
    """
    known = {(c.code, c.entite, c.base): c for c in chiffres}
    for given in params.year.rapprochements:
        if given.indicateur:
            c = known.get((given.indicateur, given.entite, given.base))
            value = None if c is None or c.valeur is None else Decimal(repr(c.valeur))
            rate = c is not None and c.unite == "%"
        else:
            value, rate = _contracts(params, given, comptes), False
        gap = None if value is None else value - given.valeur
        status = (
            SANS_VALEUR if gap is None
            else EGAL if _same(gap, Decimal(0), rate)
            else EXPLIQUE if given.explication and _same(gap, given.ecart, rate)
            else A_EXPLIQUER
        )  # fmt: skip
        yield LigneRapprochee(
            given.libelle, given.source, given.entite, given.indicateur or "", given.base,
            given.valeur, value, gap, status, given.explication or "", given.ecart,
        )  # fmt: skip


def _same(gap: Decimal, other: Decimal | None, rate: bool) -> bool:
    """Whether two gaps are one: rates to the decimal of the page, counts and euros exactly."""
    if other is None:
        return False
    return abs(gap - other) < Decimal("0.05") if rate else gap == other


def counts(marches: Iterable[Mapping[str, Any]]) -> dict[str, Count]:
    """Contracts and euros of each buyer.

    Args:
        marches: the contracts counted, as rows.
    """
    of: dict[str, Count] = {}
    for m in marches:
        of[m["acheteur"]] = of.get(m["acheteur"], Count(0, Decimal(0))).plus(m["montant"])
    return of


def _contracts(
    params: Params, given: Rapprochement, comptes: Mapping[str, Count]
) -> Decimal | None:
    """Number or amount of the contracts of an entity; None for a base that is neither."""
    whole = given.entite == params.scheme.ensemble.code
    own = [count for buyer, count in comptes.items() if whole or buyer == given.entite]
    if given.base == "nombre":
        return Decimal(sum(count.lignes for count in own))
    return sum((count.montant for count in own), Decimal(0)) if given.base == "valeur" else None
