"""The chart of an ambition: each indicator over the years, against its trajectory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from spaser.figures.definition import FINI, HYPOTHESE, LEGALE, MENTIONS, PLAN, Cible
from spaser.report import constats, french, lines, reading
from spaser.report.edition import Edition
from spaser.report.fragment import Panel, panel
from spaser.report.images import Picture
from spaser.report.lines import Line

if TYPE_CHECKING:
    from spaser.report.charts import Mark

_MOST = 6  # panels of one chart; the tables hold every line
KEPT = {"", "comparable", "nouveau"}  # a year that counted otherwise is not on the same line
_SIGNS = {"o": "●", "s": "■", "^": "▲", "D": "◆"}


class ChartRow(NamedTuple):
    """A row of the data beside a chart: texts and raw numbers, by year."""

    libelle: str
    entite: str
    valeurs: dict[int, tuple[str, str]]
    cible: str
    brut_cible: str
    mention: str
    fin: str
    brut_fin: str
    mention_fin: str


class Chart(NamedTuple):
    """What it says, its panels, the years of their data, its rows, its marks; `cible` says what the
    dashes are, and is empty without target; ceilings are said when there are some."""

    constat: str
    panneaux: list[Panel]
    annees: list[int]
    lignes: list[ChartRow]
    legende: list[tuple[str, Mark]]
    cible: str
    plafond: bool


def years(edition: Edition) -> range:
    """The civil years of the scheme."""
    period = edition.scheme.periode
    return range(period.debut, period.fin + 1)


def values(edition: Edition, line: Line, entite: str) -> dict[int, Decimal]:
    """What is drawn of an entity, by year: what its own year showed as a value, and this one's.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        line: the line of the indicator.
        entite: the code of a buyer, or of all together.
    """
    figure = edition.figure(line.item, line.calcul, entite)
    if edition.reserve(figure.code, entite):
        return {}
    key = (figure.code, figure.entite, figure.base)
    by_year = {
        int(row["annee"]): Decimal(row["valeur"])
        for row in edition.rows("series")
        if (row["code"], row["entite"], row["base"]) == key
        and row["valeur"]
        and row["comparable"] in KEPT
        and not reading.veiled(edition, row, figure.unite)
    }
    now = edition.year.annee
    if reading.is_small(edition, figure):
        return {}
    by_year.pop(now, None)
    if figure.valeur is not None and reading.is_drawn(edition, figure):
        by_year[now] = figure.valeur
    return {y: v for y, v in by_year.items() if y in years(edition) and y <= now}


def chart(edition: Edition, code: str, rows: list[Line]) -> Chart | None:
    """The small multiple of an ambition; none when nothing can be drawn.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        code: the code of the ambition.
        rows: its lines.
    """
    from spaser.report import charts

    shown = edition.shown(code)
    names = [edition.scheme.entites_courtes[e] for e in shown]
    panels, table, known = [], [], set()
    drawn = _drawn(edition, rows)
    for line in drawn:
        series, targets = _series(edition, line, shown), targets_of(line, years(edition))
        known |= {y for v in series.values() for y in v}
        nom, titre, draw, legende, _ = _picture(edition, line, shown)
        alt = _alt(edition, line, series, targets)
        panels.append(panel(edition, line.item.code, titre, nom, alt, draw, legende=legende))
        table += _rows(edition, line, shown, series, targets)
    if not panels:
        return None
    legend = list(zip(names, charts.marks(len(names)), strict=True))
    if charts.MUTED in dict(legend).values():
        legend = [("chaque acheteur", charts.MUTED), legend[-1]]
    constat = constats.trajectories(edition.year.annee, drawn)
    ceiling = any(x.item.sens == "baisse" and x.cible for x in drawn)
    return Chart(
        constat, panels, sorted(known), table, legend, aims(drawn, years(edition)), ceiling
    )


def pictures(edition: Edition, code: str, rows: list[Line]) -> list[Picture]:
    """The drawings of `chart`.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        code: the code of the ambition.
        rows: its lines.
    """
    return [_picture(edition, x, edition.shown(code)) for x in _drawn(edition, rows)]


def beside(edition: Edition) -> Iterator[Picture]:
    """The trajectories that no ambition has a panel of, and that the page of all years draws."""
    for code in edition.scheme.ambitions:
        shown = edition.shown(code) or [edition.reference]  # no value this year, one before
        rows = lines.of_ambition(edition, code)
        panels = {_name(x) for x in _drawn(edition, [x for x in rows if not x.absence])}
        for line in rows:
            if _name(line) in panels or not _published(edition, line):
                continue
            if targets_of(line, years(edition)) or any(_series(edition, line, shown).values()):
                yield _picture(edition, line, shown)


def _published(edition: Edition, line: Line) -> bool:
    """Whether a year has a value, this one or one before, however it counted."""
    key = (line.item.code, edition.reference, line.calcul.base)
    return edition.figure(line.item, line.calcul, edition.reference).valeur is not None or any(
        row["valeur"] and (row["code"], row["entite"], row["base"]) == key
        for row in edition.rows("series")
    )


def _name(line: Line) -> str:
    return f"{line.item.code}-{line.calcul.base}".lower()


def _series(edition: Edition, line: Line, shown: list[str]) -> dict[str, dict[int, Decimal]]:
    return {edition.scheme.entites_courtes[e]: values(edition, line, e) for e in shown}


def _picture(edition: Edition, line: Line, shown: list[str]) -> Picture:
    """The trajectory of a line for some entities."""
    from spaser.report import courbes

    span = years(edition)
    panel_ = courbes.Trajectory(
        line.figure.unite, _series(edition, line, shown), targets_of(line, span),
        plafond=line.item.sens == "baisse",
    )  # fmt: skip
    names = [edition.scheme.entites_courtes[e] for e in shown]
    return Picture(
        _name(line),
        line.libelle,
        partial(courbes.trajectory, panel_, span, edition.year.annee),
        _marks(names, aims([line], span)),
    )


_AIMS = {  # in this order, a noun and what it is
    LEGALE: ("cible", "légale"),
    PLAN: ("objectif", "national"),
    FINI: ("objectif", "d'un plan terminé"),
    HYPOTHESE: ("cible", "à confirmer (h)"),
}


def aims(rows: Iterable[Line], annees: Iterable[int]) -> str:
    """What the targets of some lines are over some years: «cible légale», or each kind among them;
    empty without target.

    Args:
        rows: the lines.
        annees: the years that are drawn.
    """
    span = list(annees)
    natures = {c.nature(y) for x in rows for y, c in _targets(x, span).items()}
    kinds = [words for nature, words in _AIMS.items() if nature in natures]
    if len(kinds) < 2:
        return " ".join(*kinds) if kinds else ""
    *first, last = (what if noun == "cible" else f"{noun} {what}" for noun, what in kinds)
    return f"cible : {', '.join(first)} ou {last}"


def _marks(names: list[str], aimed: str) -> str:
    """What the marks of a trajectory mean: «● Ville ; ◆ Ensemble ; - - cible légale»."""
    from spaser.report import charts

    drawn = zip(names, charts.marks(len(names)), strict=True)
    words = dict.fromkeys(
        f"{_SIGNS[m.forme]} {'chaque acheteur' if m == charts.MUTED else name}" for name, m in drawn
    )
    return " ; ".join([*words, *[f"- - {aimed}"] * bool(aimed)])


def _drawn(edition: Edition, rows: list[Line]) -> list[Line]:
    """The lines worth a panel: a value, known well enough, core indicators first."""
    good = [
        x
        for x in rows
        if x.ref.brut
        and not x.petit
        and not edition.reserve(x.item.code, x.figure.entite)
        and (targets_of(x, years(edition)) or x.ref.n_1 or edition.rows("series"))
    ]
    kept = sorted(good, key=lambda x: not x.item.noyau)[:_MOST]
    return [x for x in good if x in kept]


def targets_of(line: Line, annees: Iterable[int]) -> dict[int, Decimal]:
    """The targets of a line over some years."""
    return {y: c.valeur for y, c in _targets(line, annees).items()}


def _targets(line: Line, annees: Iterable[int]) -> dict[int, Cible]:
    targets = {y: line.item.cible(y, line.calcul, seul=line.seul) for y in annees}
    return {y: c for y, c in targets.items() if c}


def _rows(
    edition: Edition,
    line: Line,
    shown: list[str],
    series: dict[str, dict[int, Decimal]],
    targets: dict[int, Decimal],
) -> list[ChartRow]:
    unit, end = line.figure.unite, years(edition)[-1]
    last = line.item.cible(end, line.calcul, seul=line.seul)
    whole = edition.scheme.entites_courtes[edition.scheme.ensemble.code]
    shared = line.calcul.cible_commune and not line.seul  # a target of all judges none alone
    rows = [
        ChartRow(
            line.libelle,
            name,
            _undrawn(edition, line, entite)
            | {y: (french.measure(v, unit), format(v, "f")) for y, v in points.items()},
            line.cible,
            line.brut_cible,
            line.mention,
            french.measure(targets[end], unit) if end in targets else "",
            format(targets[end], "f") if end in targets else "",
            MENTIONS.get(last.nature(end), "") if last else "",
        )
        for entite, (name, points) in zip(shown, series.items(), strict=True)
        if points
    ]
    return [r if r.entite == whole or not shared else _untargeted(r) for r in rows]


def _undrawn(edition: Edition, line: Line, entite: str) -> dict[int, tuple[str, str]]:
    """The years that a line leaves out, each said as its own edition says it."""
    code, base, now = line.item.code, line.calcul.base, edition.year.annee
    reasons = {}
    for year in range(edition.scheme.periode.debut, now):
        past = edition.passe.get((code, entite, base, year), {})
        if past.get("source"):
            other = "" if past["comparable"] in KEPT else past["comparable"]
            veil = reading.veiled(edition, past, line.figure.unite)
            reasons[year] = ((other or veil) if past["valeur"] else french.ND, "")
    shown = reading.cell(edition, edition.figure(line.item, line.calcul, entite))
    return {**reasons, now: (shown.valeur, "")}


def _untargeted(row: ChartRow) -> ChartRow:
    return row._replace(cible="", brut_cible="", mention="", fin="", brut_fin="", mention_fin="")


def _alt(
    edition: Edition, line: Line, series: dict[str, dict[int, Decimal]], targets: dict[int, Decimal]
) -> str:
    """The panel in a sentence, from the same figures."""
    unit, now, end = line.figure.unite, edition.year.annee, years(edition)[-1]
    sentences = [
        f"{name} "
        + ", ".join(
            f"{french.measure(points[y], unit)} en {y}" for y in sorted(points, reverse=True)
        )
        for name, points in reversed(series.items())
        if points
    ]
    aimed = sorted({now, end} & targets.keys()) or sorted(targets)[-1:]
    aim = [f"{french.measure(targets[y], unit)} en {y}" for y in aimed]
    goal = " ; cible " + " et ".join(aim) if aim else " ; sans cible"
    return f"{line.libelle} : {' ; '.join(sentences)}{goal}."
