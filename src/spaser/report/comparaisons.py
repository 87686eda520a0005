"""comparaisons.html: where each buyer stands among those like it, one indicator after the other.

A strip shows every buyer of the group on one scale, the half in the middle, the median, and ours;
beside it, the same in words.  Nothing is shown where no file tells of other buyers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import NamedTuple

from markupsafe import Markup

from spaser.csvtable import CsvRow
from spaser.figures.definition import Calcul, Indicateur
from spaser.report import anchor, french, pages, render
from spaser.report.edition import Edition

NAME = "comparaisons"
FILE = pages.PAGES[NAME].fichier
WIDTH, HEIGHT = 200, 22  # of a strip, in points of its own
_EDGE = 6  # so that a mark at either end is whole
BaseKey = tuple[str, str]


class Bande(NamedTuple):
    """Where the marks of a strip stand: across, in points."""

    autres: list[str]
    quartiles: tuple[str, str]
    mediane: str
    nous: str
    largeur: int = WIDTH
    hauteur: int = HEIGHT


class Points(NamedTuple):
    """What a strip draws: the others, the first quartile, the median and the third, ours, and the
    end of the scale, which begins at zero."""

    autres: tuple[Decimal, ...]
    quartiles: tuple[Decimal, Decimal, Decimal]
    nous: Decimal | None
    haut: Decimal


class Autre(NamedTuple):
    """Another buyer of a group, in words."""

    nom: str
    valeur: str
    couverture: str
    marches: str


class Place(NamedTuple):
    """Where one of our buyers stands for an indicator, in words; `bande` is its drawing, and
    `points` what it draws.

    `peu` says that too few buyers are known for a place to mean something: no place is then given.
    """

    code: str
    base: str
    libelle: str
    acheteur: str
    sens: str
    valeur: str
    mediane: str
    quartiles: str
    rang: str
    connus: str
    couverture: str
    couverture_autres: str
    inconnus: str
    echelle: str
    peu: str
    bande: Markup
    points: Points | None
    autres: list[Autre]

    @property
    def ancre(self) -> str:
        """The id of its line on the page."""
        return f"{anchor(self.acheteur)}-{self.code}-{self.base}"

    @property
    def phrase(self) -> str:
        """The place in a sentence, for who does not see the strip."""
        if self.peu:
            return self.peu
        where = self.rang if self.rang else f"valeur {french.ND}"
        return f"{where}, médiane {self.mediane}"


class GroupeMontre(NamedTuple):
    """A buyer of ours, its group, and its places."""

    acheteur: str
    article: str
    dit: str
    autres: int
    places: list[Place]


def given(edition: Edition) -> bool:
    """Whether there is anything to compare with."""
    return bool(edition.rows_if_any(NAME))


def page(edition: Edition) -> str:
    """The page of a finished folder that has something to compare with."""
    rule = edition.scheme.comparaisons
    return pages.finished(
        render(
            NAME,
            e=edition,
            page=pages.page(NAME, edition, pages.present(edition)),
            groupes=groups(edition),
            population=french.number(rule.population, 2),
            marches=french.number(rule.marches, 2),
            noms=rule.noms,
            sans=[a.nom for a in edition.scheme.acheteurs if a.code not in _known(edition)],
        ).html
    )


def groups(edition: Edition) -> list[GroupeMontre]:
    """Each buyer that has a group, in the order of the scheme."""
    places: dict[str, list[Place]] = defaultdict(list)
    rows, others = edition.rows_if_any(NAME), _others(edition)
    items: dict[BaseKey, tuple[Indicateur, Calcul]]
    items = {(i.code, c.base): (i, c) for i in edition.indicateurs for c in i.calculs}
    for row in rows:
        item, calcul = items[row["code"], row["base"]]
        mine = others[row["code"], row["base"], row["entite"]]
        places[row["entite"]].append(_place(edition, row, item, calcul, mine))
    says = {r["entite"]: r["groupe"] for r in rows}
    names = {
        a.code: {r["autre"] for k, some in others.items() if k[2] == a.code for r in some}
        for a in edition.scheme.acheteurs
    }
    return [
        GroupeMontre(
            a.nom,
            edition.scheme.avec_article[a.code],
            _readable(says[a.code]),
            len(names[a.code]),
            places[a.code],
        )
        for a in edition.scheme.acheteurs
        if a.code in places
    ]


def of_ambition(edition: Edition, code: str) -> dict[BaseKey, list[Place]]:
    """The places of an ambition's indicators, buyer after buyer, by indicator and base."""
    codes = {i.code for i in edition.indicateurs if i.ambition == code}
    places: dict[BaseKey, list[Place]] = defaultdict(list)
    for group in groups(edition) if given(edition) else ():
        for place in group.places:
            if place.code in codes:
                places[place.code, place.base].append(place)
    return dict(places)


def _known(edition: Edition) -> set[str]:
    return {r["entite"] for r in edition.rows_if_any(NAME)}


def _others(edition: Edition) -> Mapping[tuple[str, str, str], list[CsvRow]]:
    rows_of: dict[tuple[str, str, str], list[CsvRow]] = defaultdict(list)
    for row in edition.rows_if_any("comparables"):
        rows_of[row["code"], row["base"], row["entite"]].append(row)
    return rows_of


def _place(
    edition: Edition, row: CsvRow, item: Indicateur, calcul: Calcul, others: Sequence[CsvRow]
) -> Place:
    unit = item.unite_de(calcul)
    known, least = int(row["acheteurs"]), edition.scheme.comparaisons.acheteurs_min
    values = [Decimal(r["valeur"]) for r in others if r["valeur"]]
    ours, middle, low, high = (
        Decimal(row[c]) if row[c] else None
        for c in ("valeur", "mediane", "quartile_1", "quartile_3")
    )
    figure = edition.figures[item.code, row["entite"], calcul.base]
    shares = [Decimal(r["couverture"]) for r in others if r["couverture"]]
    silent = sum(not r["valeur"] for r in others)
    top = _top(unit, values, ours)
    points = None
    if low is not None and middle is not None and high is not None and known >= least:
        points = Points(tuple(values), (low, middle, high), ours, top)
    few = (
        f"acheteurs comparables dont la valeur est connue : {known}, trop peu pour donner une place"
        if known < least
        else ""
    )
    return Place(
        code=item.code,
        base=calcul.base,
        libelle=item.intitule + (", en valeur" if _twice(item) and calcul.base == "valeur" else ""),
        acheteur=edition.scheme.entites_courtes[row["entite"]],
        sens=item.sens,
        valeur=_shown(ours, unit),
        mediane=_shown(middle, unit),
        quartiles=f"{_shown(low, unit)} à {_shown(high, unit)}",
        rang="" if not row["rang"] else f"{_ordinal(int(row['rang']))} sur {known}",
        connus=french.number(known),
        couverture=_shown(figure.couverture, "%"),
        couverture_autres=_shown(median(shares) if shares else None, "%"),
        inconnus=french.plural(silent, "acheteur inconnu", "acheteurs inconnus") if silent else "",
        echelle=f"0 à {french.short(top, unit)}",
        peu=few,
        bande=Markup("") if points is None else _strip(points),
        points=points,
        autres=[
            Autre(
                r["autre"], _shown(Decimal(r["valeur"]) if r["valeur"] else None, unit),
                _shown(Decimal(r["couverture"]) if r["couverture"] else None, "%"),
                french.number(int(r["marches"])),
            )
            for r in others
        ],
    )  # fmt: skip


def _twice(item: Indicateur) -> bool:
    """Whether an indicator has several figures under one label."""
    return len(item.calculs) > 1


def _ordinal(rank: int) -> str:
    return "1er" if rank == 1 else f"{french.number(rank)}e"


def _shown(value: Decimal | None, unit: str) -> str:
    return french.ND if value is None else french.measure(value, unit)


def _top(unit: str, values: Iterable[Decimal], ours: Decimal | None) -> Decimal:
    """The end of a scale that begins at zero: 100 for a rate, else the largest value."""
    if unit == "%":
        return Decimal(100)
    return max([*values, ours or Decimal(0)], default=Decimal(0)) or Decimal(1)


def _strip(points: Points) -> Markup:
    def at(value: Decimal) -> str:
        share = max(Decimal(0), min(Decimal(1), value / points.haut))
        return format((_EDGE + share * (WIDTH - 2 * _EDGE)).quantize(Decimal("0.1")), "f")

    low, half, high = (at(v) for v in points.quartiles)
    ours = "" if points.nous is None else at(points.nous)
    marks = Bande(sorted((at(v) for v in points.autres), key=Decimal), (low, high), half, ours)
    return Markup(render("bande", b=marks).html.strip())


def _readable(sentence: str) -> str:
    """The words of a group with its numbers in French."""
    return " ".join(
        french.number(int(word)) if word.isdigit() and len(word) > 4 else word
        for word in sentence.split(" ")
    )
