"""Year on year: what compares with what earlier years published, and what today would change.

An indicator that is new, retired or defined otherwise than in an earlier year is not comparable
with it; saying so is better than an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from spaser.csvtable import about
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import BASE, CIBLE, CODE, ENTITE, STATUT, Chiffre
from spaser.figures.definition import Indicateur
from spaser.figures.years import DEFINING, NO_SPAN, PublishedYear, Span, span
from spaser.publishing.editions import FigureKey
from spaser.settings import periodes
from spaser.settings.params import Params

COMPARABLE, NOUVEAU, REDEFINI, RETIRE = "comparable", "nouveau", "redéfini", "retiré"
INCOMPLET = "incomplet"  # a year known in part compares with no other
# Parts of a calculation about verdicts and bounds: they do not make the value.
_JUDGING = {"cible", "cible_commune", "seuils_a_confirmer", "conforme", "plausible"}


def comparability(past: PublishedYear, catalogue: Catalogue, code: str) -> str:
    """Whether a code means the same in an earlier year as today, or why not.

    Args:
        past: an earlier year as published.
        catalogue: the indicators.
        code: the code of an indicator.
    """
    then = past.definitions.get(code)
    item = catalogue.get(code)
    if item is None:
        return RETIRE
    if then is None:
        return NOUVEAU
    now = item.model_dump(mode="json")
    return COMPARABLE if all(_same(now[k], then[k]) for k in DEFINING) else REDEFINI


def _same(now: Any, then: Any) -> bool:
    """Equal, whatever defaults a later version of the catalogue has added."""
    if isinstance(now, list) and isinstance(then, list):
        return len(now) == len(then) and all(map(_same, now, then))
    if isinstance(now, dict) and isinstance(then, dict):
        return all(now[k] == then[k] if k in then else not now[k] for k in now.keys() - _JUDGING)
    return bool(now == then)


def before(
    years: Sequence[PublishedYear], catalogue: Catalogue, annee: int
) -> dict[FigureKey, float]:
    """Values of the year before, of the indicators that are comparable and known for all of it.

    Args:
        years: the earlier years that are published.
        catalogue: the indicators.
        annee: the year.
    """
    return {
        key: value
        for past in years
        if past.annee == annee - 1
        for key, value in past.valeurs.items()
        if comparability(past, catalogue, key[0]) == COMPARABLE and key[:2] not in past.partiels
    }


class Point(NamedTuple):
    """One year of one figure: its value where published, its target, and whether it compares."""

    code: Annotated[str, CODE]
    entite: Annotated[str, ENTITE]
    base: Annotated[str, BASE]
    annee: Annotated[int, about("Année", requis=True)]
    valeur: Annotated[float | None, about("Valeur publiée cette année-là")]
    cible: Annotated[Decimal | None, CIBLE]
    statut_cible: Annotated[str, STATUT]
    comparable: Annotated[
        str,
        about(
            "comparable, nouveau, redéfini, retiré ou incomplet ; vide : sans valeur",
            parmi=(COMPARABLE, NOUVEAU, REDEFINI, RETIRE, INCOMPLET),
        ),
    ]
    source: Annotated[str, about("Édition d'où vient la valeur")]
    numerateur: Annotated[Decimal | None, about("Numérateur de cette valeur")] = None
    denominateur: Annotated[Decimal | None, about("Dénominateur de cette valeur")] = None
    borne_basse: Annotated[
        float | None, about("Cette valeur si tout inconnu était un non ; vide : sans borne")
    ] = None
    borne_haute: Annotated[
        float | None, about("Cette valeur si tout inconnu était un oui ; vide : sans borne")
    ] = None
    couverture: Annotated[
        float | None, about("Part renseignée de ce qui est concerné, en pourcentage")
    ] = None


def points(
    years: Sequence[PublishedYear],
    chiffres: Sequence[Chiffre],
    catalogue: Catalogue,
    params: Params,
) -> Iterator[Point]:
    """Every year of the scheme for every figure: published values, this year's, and targets.

    Indicators that this catalogue has retired keep their published points.

    Args:
        years: the earlier years that are published.
        chiffres: the figures.
        catalogue: the indicators.
        params: the scheme and the year.
    """
    past = {p.annee: p for p in years}
    for c in chiffres:
        item = catalogue.get(c.code)
        assert item is not None
        calcul = next(k for k in item.calculs if k.base == c.base)
        for annee in range(params.scheme.periode.debut, params.scheme.periode.fin + 1):
            cible = item.cible(annee, calcul, seul=c.entite != params.scheme.ensemble.code)
            if annee == c.annee:
                known = _of_this_year(c, item, params)
            else:
                known = _published(past[annee], c, catalogue) if annee in past else _Known()
            yield Point(
                c.code, c.entite, c.base, annee, known.valeur,
                cible.valeur if cible else None, cible.statut if cible else "",
                known.comparable, known.source, *known.parts, *known.bornes, known.couverture,
            )  # fmt: skip
    for one in years:
        for (code, entite, base), value in one.valeurs.items():
            if catalogue.get(code) is None:
                yield Point(
                    code, entite, base, one.annee, value, None, "", RETIRE, f"édition {one.annee}"
                )


class _Known(NamedTuple):
    """What is known of a figure in a year; nothing of a year that is not published."""

    valeur: float | None = None
    comparable: str = ""
    source: str = ""
    parts: tuple[Decimal | None, Decimal | None] = (None, None)
    bornes: Span = NO_SPAN
    couverture: float | None = None


def _of_this_year(c: Chiffre, item: Indicateur, params: Params) -> _Known:
    partial = periodes.reserve(params.year, params.scheme, c.entite, item.sources)
    return _Known(
        c.valeur,
        INCOMPLET if partial else COMPARABLE,
        "cette édition",
        (None, None) if c.valeur is None else (c.numerateur, c.denominateur),
        span(c.borne_basse, c.borne_haute, c.valeur, c.couverture),
        None if c.valeur is None else c.couverture,
    )


def _published(past: PublishedYear, c: Chiffre, catalogue: Catalogue) -> _Known:
    key, partial = (c.code, c.entite, c.base), (c.code, c.entite) in past.partiels
    return _Known(
        past.valeurs.get(key),
        INCOMPLET if partial else comparability(past, catalogue, c.code),
        f"édition {past.annee}",
        past.parts.get(key, (None, None)),
        past.bornes.get(key, NO_SPAN),
        past.couvertures.get(key),
    )


class YearRevision(NamedTuple):
    """A figure of an earlier year that today's data would give otherwise."""

    annee: Annotated[int, about("Année publiée", requis=True)]
    code: Annotated[str, CODE]
    entite: Annotated[str, ENTITE]
    base: Annotated[str, BASE]
    ancien: Annotated[float | None, about("Valeur publiée")]
    nouveau: Annotated[float | None, about("Valeur que donneraient les fichiers d'aujourd'hui")]
    cause: Annotated[str, about("Ce qui a changé depuis")]


_CAUSES = {
    "donnees": "données modifiées ou publiées depuis",
    "parametres": "règle, cible ou correction modifiée depuis",
    "suites": "contrôle qualité modifié depuis",
}


def changed(past: PublishedYear, now: Mapping[str, Mapping[str, str]]) -> str:
    """Why a year's figures may have moved since it was published; empty when nothing has.

    Args:
        past: the year as published.
        now: sha256 of what it would be made from today, by kind and name.
    """
    causes = []
    for kind, words in _CAUSES.items():
        then, here = past.entrees.get(kind, {}), now.get(kind, {})
        names = sorted(n for n in then.keys() | here.keys() if then.get(n) != here.get(n))
        if names:
            causes.append(f"{words} ({', '.join(names)})")
    return " ; ".join(causes)


def revisions(past: PublishedYear, today: Sequence[Chiffre], cause: str) -> Iterator[YearRevision]:
    """The figures of an earlier year that differ from what was published.

    Args:
        past: an earlier year as published.
        today: its figures counted again with today's files.
        cause: what has changed in its inputs.
    """
    for c in today:
        old = past.valeurs.get((c.code, c.entite, c.base))
        if old != c.valeur and c.code in past.definitions:
            yield YearRevision(past.annee, c.code, c.entite, c.base, old, c.valeur, cause)
