"""reports/index.html: the years side by side, from what each published folder says of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from spaser.errors import UserError
from spaser.figures.chiffres import Figure
from spaser.figures.definition import MENTIONS, Calcul, Indicateur
from spaser.opendata.columns import FILES
from spaser.publishing import intact
from spaser.report import french, lines, pages, reading, render, trajectoires
from spaser.report.edition import Edition, load

FILE = "index.html"
_PUBLISHED = ("edition.json", "controle.json", "manifeste.json", "synthese.html", *FILES)
_POINTS = 10  # that the drawing of a rate spans at least
_WIDTH, _HEIGHT, _PAD = 120, 34, 5  # of a line drawn beside its figures


class YearColumn(NamedTuple):
    """A year of the table: its edition, its folder and its sealed editions."""

    edition: Edition
    dossier: str
    scellees: list[str]


class IndicatorRow(NamedTuple):
    """An indicator over the years: a cell a year with its target and what that is, its line, its
    target at the end."""

    item: Indicateur
    libelle: str
    cellules: list[tuple[reading.Cell | None, str, str]]
    svg: Markup
    fin: str
    mention: str


class DamagedYear(NamedTuple):
    """A published year that is no more what was published: what is wrong, and where."""

    annee: str
    faute: str
    endroit: str


def write(reports: Path) -> list[DamagedYear]:
    """Write reports/index.html anew, at once; without a published year, nothing is written.

    Gives the years that it leaves out because their folders are damaged: the page names them.

    Raises:
        UserError: no year is whole, and the folder of one is no more what was published; the page
            is left as it was.
    """
    columns, damaged = _read(reports)
    named = [d for d, _ in damaged]
    if columns:
        fresh = reports / f".{FILE}"
        text = html(columns, others(reports), named)
        fresh.write_text(text, encoding="utf-8", newline="\n")
        fresh.replace(reports / FILE)
    elif damaged:
        raise damaged[0][1]
    return named


def page(reports: Path) -> str:
    """The page of a folder of reports of which one year is whole, or more."""
    columns, damaged = _read(reports)
    return html(columns, others(reports), [d for d, _ in damaged])


def published(reports: Path) -> list[YearColumn]:
    """The published years, oldest first; those that are damaged are left out."""
    return _read(reports)[0]


def _read(reports: Path) -> tuple[list[YearColumn], list[tuple[DamagedYear, UserError]]]:
    columns, damaged = [], []
    for folder in sorted(reports.iterdir()):
        if folder.name.isdecimal() and all((folder / name).is_file() for name in _PUBLISHED):
            try:
                columns.append(_column(folder))
            except UserError as error:
                where = Path(error.lieu or folder).name
                damaged.append((DamagedYear(folder.name, error.quoi, where), error))
    return columns, damaged


def _column(folder: Path) -> YearColumn:
    with intact.read(folder):
        edition = load(folder, int(folder.name))
    sealed = (p.name for p in (folder / "editions").glob("*") if p.name.isdecimal())
    return YearColumn(edition, folder.name, sorted(sealed, key=int))


def others(reports: Path) -> list[str]:
    """Years whose report is there and was published by a version that wrote other files."""
    return [
        folder.name
        for folder in sorted(reports.iterdir())
        if folder.name.isdecimal()
        and (folder / "rapport.html").is_file()
        and not all((folder / name).is_file() for name in _PUBLISHED)
    ]


def html(
    columns: Sequence[YearColumn], autres: Sequence[str] = (), abimees: Sequence[DamagedYear] = ()
) -> str:
    """The page, from the scheme of the last year.

    Args:
        columns: the published years, oldest first.
        autres: years that it can but link to.
        abimees: those that it leaves out, and why.
    """
    last = columns[-1].edition
    scheme, first = last.scheme, columns[0].dossier
    span = first if len(columns) == 1 else f"{first}-{columns[-1].dossier}"
    page = {
        **pages.page("accueil", last, []),
        "titre": f"Suivi {span}, {scheme.sigle}, {scheme.collectivite}",
        "citation": f"{scheme.collectivite}, {scheme.titre}, suivi {span}, "
        f"édition du {french.date(last.year.date_edition)}, {scheme.licence}",
        "demonstration": any(c.edition.demonstration for c in columns),
        "incomplet": "",
        "image": f"{columns[-1].dossier}/{pages.CARD}"
        if (last.folder / pages.CARD).is_file()
        else "",
    }
    return pages.finished(
        render(
            "accueil",
            page=page,
            e=last,
            autres=autres,
            abimees=abimees,
            colonnes=[
                (c, c.edition.scheme.entites[c.edition.reference], _manifest(c)) for c in columns
            ],
            axes=[
                (axe, [(a, _rows(columns, a.code)) for a in axe.ambitions])
                for axe in last.scheme.axes
            ],
        ).html
    )


def _manifest(column: YearColumn) -> dict[str, object]:
    path = column.edition.folder / "manifeste.json"
    manifest: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _rows(columns: Sequence[YearColumn], ambition: str) -> list[IndicatorRow]:
    last = columns[-1].edition
    rows = [_row(columns, item, calcul) for item, calcul in last.of(ambition)]
    return [row for row in rows if any(cell for cell, *_ in row.cellules)]


def _row(columns: Sequence[YearColumn], item: Indicateur, calcul: Calcul) -> IndicatorRow:
    last = columns[-1].edition
    figures = [_figure(c.edition, item.code, calcul.base) for c in columns]
    line = lines.line(last, item, calcul, [last.reference])
    years = trajectoires.years(last)
    targets = trajectoires.targets_of(line, years)
    values = {
        c.edition.year.annee: f.valeur
        for c, f in zip(columns, figures, strict=True)
        if f
        and f.valeur is not None
        and reading.is_drawn(c.edition, f)
        and not c.edition.reserve(f.code, f.entite)
    }
    end = item.cible(years[-1], calcul, seul=line.seul)
    return IndicatorRow(
        item,
        line.libelle,
        [
            (
                reading.cell(c.edition, f) if f and f.valeur is not None else None,
                "" if f is None or f.cible is None else french.measure(f.cible, f.unite),
                MENTIONS.get(c.edition.nature(f), "") if f else "",
            )
            for c, f in zip(columns, figures, strict=True)
        ],
        _drawing(values, targets, years, line.figure.unite),
        french.measure(end.valeur, line.figure.unite) if end else "",
        MENTIONS.get(end.nature(years[-1]), "") if end else "",
    )


def _figure(edition: Edition, code: str, base: str) -> Figure | None:
    return edition.figures.get((code, edition.reference, base))


def _span(values: Sequence[Decimal], unit: str) -> tuple[Decimal, Decimal]:
    """The bottom of a drawing and its height: a small change is not stretched into a large one."""
    low, high = min(values), max(values)
    least = max(abs(high) / 3, Decimal(_POINTS if unit == "%" else 0))
    room = max(high - low, least) or Decimal(1)
    return (low + high - room) / 2, room


def _drawing(
    values: dict[int, Decimal], targets: dict[int, Decimal], years: Sequence[int], unit: str
) -> Markup:
    """A line the height of two lines of text: values as a stroke, targets as dashes."""
    everything = [*values.values(), *targets.values()]
    if not everything:
        return Markup("")
    low, room = _span(everything, unit)

    def points(numbers: dict[int, Decimal]) -> list[tuple[str, str]]:
        step = (_WIDTH - 2 * _PAD) / max(len(years) - 1, 1)
        return [
            (
                f"{_PAD + step * (y - years[0]):.1f}",
                f"{_HEIGHT - _PAD - float((v - low) / room) * (_HEIGHT - 2 * _PAD):.1f}",
            )
            for y, v in sorted(numbers.items())
        ]

    return Markup(
        render(
            "trait", largeur=_WIDTH, hauteur=_HEIGHT, valeurs=points(values), cibles=points(targets)
        ).html.strip()
    )
