"""Pictures drawn beside the notebooks: those that none of them has, to graphiques/, then theirs.

The first are the months of the year, the places among other buyers, the tallies of verdicts, the
gauges, the rates of each axis and of each sheet, and the small trajectories of the page of all
years.  The others are charts of the report, left where its kernel will look for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from spaser.figures.definition import LEGALE
from spaser.report import (
    anchor,
    carte,
    comparaisons,
    completude,
    croquis,
    divisions,
    essentiel,
    fiches,
    french,
    images,
    lines,
    taux,
    trajectoires,
)
from spaser.report.comparaisons import Place
from spaser.report.croquis import Gauge
from spaser.report.edition import Edition
from spaser.report.images import Picture
from spaser.report.lines import Line
from spaser.report.taux import RateBar

_STRIPS = (
    "◆ notre acheteur ; ○ un autre acheteur du groupe ; | médiane ; la bande pâle va du premier "
    "au troisième quartile."
)
_GAUGES = "Échelle de 0 à 100 % ; le trait est la cible, la zone hachurée ce qu’un plafond exclut."
_BOXES = "Une case par cible, ou par mesure sans cible ; son signe est le verdict."
_NAME = 40  # characters of a partner's name in that of a file


def write(edition: Edition, charts: Path | None) -> Iterator[str]:
    """Write the pictures that no notebook draws; gives the name of each, once it is written.

    Args:
        edition: the edition, as `edition.load` reads it.
        charts: where charts drawn before are kept; None where nothing is.
    """
    for picture in pictures(edition):
        images.kept(edition, picture, charts)
        yield picture.nom


def ahead(edition: Edition, charts: Path | None) -> Iterator[str]:
    """Draw the charts of the report from the last, until its notebook comes to them; gives the
    name of each.

    Args:
        edition: the edition, as `edition.load` reads it.
        charts: where the kernel of the report takes charts drawn before.
    """
    for picture in _from_the_end(edition):
        images.ahead(edition, picture, charts)
        yield picture.nom


def _from_the_end(edition: Edition) -> Iterator[Picture]:
    yield from carte.pictures(edition)
    for code in reversed(edition.scheme.ambitions):
        rows = [x for x in lines.of_ambition(edition, code) if not x.absence]
        yield from reversed(divisions.pictures(edition, code, rows))
        yield from reversed(trajectoires.pictures(edition, code, rows))


def pictures(edition: Edition) -> Iterator[Picture]:
    """The pictures that no notebook draws, each under a name of its own."""
    yield from _months(edition)
    yield from _places(edition)
    yield from _headlines(edition)
    yield from _rates(edition)
    yield from trajectoires.beside(edition)


def _months(edition: Edition) -> Iterator[Picture]:
    annee = edition.year.annee
    for buyer in completude.buyers(edition):
        legend = f"Marchés comptés par mois de notification ; barre : {annee}"
        legend += f" ; trait : {annee - 1}" * any(b is not None for _, b in buyer.comptes)
        title = f"Marchés de chaque mois, {annee}, {buyer.nom}"
        yield Picture(f"completude-{buyer.code}", title, partial(croquis.months, buyer), legend)


def _places(edition: Edition) -> Iterator[Picture]:
    """The strips that are drawn on a page, by indicator and base; those of a figure together."""
    if not comparaisons.given(edition):
        return
    order: dict[tuple[str, str], int] = {}
    for item in edition.indicateurs:
        order |= {(item.code, c.base): len(order) + n for n, c in enumerate(item.calculs)}
    drawn = [p for group in comparaisons.groups(edition) for p in group.places if p.points]
    drawn.sort(key=lambda p: order[p.code, p.base])
    for (code, base), some in groupby(drawn, key=lambda p: (p.code, p.base)):
        yield _strips(edition, code, base, [*some])


def _strips(edition: Edition, code: str, base: str, places: Sequence[Place]) -> Picture:
    title = f"{places[0].libelle}, place parmi les acheteurs semblables, {edition.year.annee}"
    name = f"{code}-{base}-semblables".lower()
    return Picture(name, f"{title} ({code})", partial(croquis.strips, places), _STRIPS)


def _headlines(edition: Edition) -> Iterator[Picture]:
    """The verdicts of the cover, and the gauge of each headline figure."""
    shown, annee = lines.every(edition), edition.year.annee
    who = edition.scheme.entites[edition.reference]
    if kinds := essentiel.tally(shown):
        yield Picture(
            "verdicts", f"Verdicts de {annee}, {who}", partial(croquis.tallies, kinds), _BOXES
        )
    for head in essentiel.headlines(edition, shown):
        code, base = head.line.item.code, head.line.calcul.base
        rate = _gauge(head.line, head.part, head.repere)._replace(nom=f"{who}, {annee}")
        yield Picture(
            f"{code}-{base}-jauge".lower(), head.line.libelle, partial(croquis.gauges, [rate]),
            _GAUGES,
        )  # fmt: skip


def _rates(edition: Edition) -> Iterator[Picture]:
    """The rates of each axis, as the synthesis draws them, and of each sheet of the committee."""
    annee = edition.year.annee
    for axe in edition.scheme.axes:
        bars = taux.rates(edition, lines.of_axis(edition, axe))
        yield from _chart(f"taux-axe-{axe.numero}", f"Axe {axe.numero} : taux de {annee}", bars)
    for rank, sheet in enumerate(fiches.sheets(edition), start=1):
        name = f"taux-fiche-{rank}-{anchor(sheet.partenaire)[:_NAME]}"
        yield from _chart(name, f"{sheet.partenaire} : taux de {annee}", sheet.taux)


def _chart(nom: str, titre: str, bars: Sequence[RateBar]) -> Iterable[Picture]:
    if not bars:
        return []
    rates = [_gauge(b.line, b.part, b.repere) for b in bars]
    whole = f"{titre}. {taux.title(bars)}"
    return [Picture(nom, whole, partial(croquis.gauges, rates), _GAUGES)]


def _gauge(line: Line, part: str, repere: str) -> Gauge:
    """A rate with what a page says beside its bar: target, verdict, reserve, how the law judges."""
    value, notes = line.ref.valeur, list[str]()
    if line.cible:
        mention = "" if line.mention in line.visee else f" ({line.mention})"
        value = f"{value}, {line.visee}{mention}"
        notes.append(f"{line.ref.sign}{french.NBSP}{line.ref.verdict}")
    notes += [f"réserve : {line.doute}"] * bool(line.doute)
    notes += [line.ref.raison] * bool(line.ref.raison and line.statut == LEGALE)
    return Gauge(
        line.libelle,
        value,
        " ; ".join(notes),
        float(part or 0) / 100,
        float(repere) / 100 if repere else None,
        line.ref.ton,
        line.item.sens == "baisse",
    )
