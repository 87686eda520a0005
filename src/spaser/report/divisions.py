"""How the indicators of an ambition divide up: by category of purchases, by circle of holders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from spaser.report import constats, french, reading
from spaser.report.edition import Edition
from spaser.report.fragment import Panel, panel
from spaser.report.images import Picture
from spaser.report.lines import Line
from spaser.settings.territoire import INCONNU

_MOST = 6  # panels of one chart; ventilations.csv has every group
DIMENSIONS = {"categorie": "catégorie d'achat", "cercle": "cercle territorial du titulaire"}
_Row = dict[str, str]  # of ventilations.csv
_ByDivision = Mapping[tuple[str, str, str], list[_Row]]  # by code, base and dimension


class Division(NamedTuple):
    """What the groups of some indicators show, in bars; and their data."""

    constat: str
    panneaux: list[Panel]
    lignes: list[tuple[str, str, str, str, str]]


class _Group(NamedTuple):
    """A group, with its row; `peu` where it has too few contracts for a rate."""

    nom: str
    row: _Row
    peu: bool

    @property
    def value(self) -> Decimal:
        return Decimal(self.row["valeur"])

    def words(self, unit: str) -> str:
        return _fraction(self.row) if self.peu else french.measure(self.value, unit)


class _Split(NamedTuple):
    """A line divided one way: its groups, and the end of their scale."""

    line: Line
    dimension: str
    groups: list[_Group]
    top: Decimal

    @property
    def unit(self) -> str:
        return self.line.figure.unite

    @property
    def titre(self) -> str:
        return f"{self.line.libelle}, par {DIMENSIONS.get(self.dimension, self.dimension)}"


def of_ambition(edition: Edition, code: str, rows: list[Line]) -> Division | None:
    """The indicators of an ambition by category, by circle…, as their catalogue asks; none when
    nothing can be compared.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        code: the code of the ambition.
        rows: its lines.
    """
    who = _who(edition, code)
    splits = _splits(edition, rows, who)
    if not splits:
        return None
    spans = {s.titre: (s.unit, [(p.nom, p.value) for p in s.groups if not p.peu]) for s in splits}
    return Division(
        constats.widest(spans, {s.titre for s in splits if any(p.peu for p in s.groups)}),
        [_panel(edition, who, s) for s in splits],
        [row for s in splits for row in _rows(s)],
    )


def pictures(edition: Edition, code: str, rows: list[Line]) -> list[Picture]:
    """The drawings of `of_ambition`.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        code: the code of the ambition.
        rows: its lines.
    """
    who = _who(edition, code)
    return [_picture(edition, who, s) for s in _splits(edition, rows, who)]


def _who(edition: Edition, code: str) -> str:
    return (edition.shown(code) or [edition.reference])[-1]


def _splits(edition: Edition, rows: list[Line], who: str) -> list[_Split]:
    """The first that can be compared: of two known groups at least, not all zero."""
    lines: dict[tuple[str, str], Line] = {
        (x.item.code, x.calcul.base): x for x in rows if x.ref.brut
    }
    divisions = _by_division(edition, lines, who)
    splits = []
    for (code, base, dimension), points in divisions.items():
        line = lines[code, base]
        groups = _groups(edition, dimension, points, line.figure.unite)
        rates = [p.value for p in groups if not p.peu]
        if len(rates) > 1 and any(rates):
            splits.append(_Split(line, dimension, groups, _top(divisions, line)))
    return splits[:_MOST]


def _by_division(edition: Edition, lines: Mapping[tuple[str, str], Line], who: str) -> _ByDivision:
    """The groups with a value, of the divisions that the catalogue asks for."""
    divisions: dict[tuple[str, str, str], list[_Row]] = {}
    for row in edition.rows("ventilations"):
        line = lines.get((row["code"], row["base"]))
        if line is None or row["entite"] != who or not row["valeur"]:
            continue
        if row["modalite"] != INCONNU and row["dimension"] in line.item.ventilation:
            divisions.setdefault((row["code"], row["base"], row["dimension"]), []).append(row)
    return divisions


def _groups(edition: Edition, dimension: str, rows: Sequence[_Row], unit: str) -> list[_Group]:
    """The groups of a division; circles from the nearest to the farthest."""
    circles = edition.scheme.cercles
    if dimension == "cercle":
        order = list(circles)
        rows = sorted(rows, key=lambda r: order.index(r["modalite"]))
    return [
        _Group(circles.get(r["modalite"], r["modalite"]), r, unit == "%" and _is_few(edition, r))
        for r in rows
    ]


def _top(divisions: _ByDivision, line: Line) -> Decimal:
    """The end of the scale of a line, the same on each of its panels: 100 % for a rate."""
    key = (line.item.code, line.calcul.base)
    values = [Decimal(r["valeur"]) for k, rows in divisions.items() if k[:2] == key for r in rows]
    return max([Decimal(100 if line.figure.unite == "%" else 0), *values])


def _panel(edition: Edition, who: str, split: _Split) -> Panel:
    groups = ", ".join(f"{french.capitalized(p.nom)} {p.words(split.unit)}" for p in split.groups)
    alt = f"{split.titre}, {edition.scheme.entites[who]}, {edition.year.annee} : {groups}."
    nom, seul, dessin, *_ = _picture(edition, who, split)
    return panel(edition, split.line.item.code, split.titre, nom, alt, dessin, seul=seul)


def _picture(edition: Edition, who: str, split: _Split) -> Picture:
    from spaser.report import charts

    bars = [
        charts.Bar(
            french.capitalized(p.nom),
            None if p.peu else p.value,
            _fraction(p.row) if p.peu else french.short(p.value, split.unit),
        )
        for p in split.groups
    ]
    line = split.line
    return Picture(
        f"{line.item.code}-{line.calcul.base}-{split.dimension}".lower(),
        f"{split.titre}, {edition.scheme.entites_courtes[who]}, {edition.year.annee}",
        partial(charts.bars, bars, split.top, french.short(split.top, split.unit)),
    )


def _rows(split: _Split) -> list[tuple[str, str, str, str, str]]:
    """The label, the group, its value in words and as a number, the fraction that a rate is."""
    return [
        (
            split.line.libelle,
            french.capitalized(p.nom),
            p.words(split.unit),
            "" if p.peu else p.row["valeur"],
            "" if p.peu or split.unit != "%" else _fraction(p.row),
        )
        for p in split.groups
    ]


def _is_few(edition: Edition, row: _Row) -> bool:
    known = row.get("denominateur")
    return bool(known) and reading.is_few(edition, row["base"], Decimal(known or 0))


def _fraction(row: _Row) -> str:
    """«12 sur 40», or «120 k€ sur 1,2 M€»."""
    shown = french.short_euros if row["base"] == "valeur" else french.number
    return " sur ".join(shown(Decimal(row[x])) for x in ("numerateur", "denominateur") if row[x])
