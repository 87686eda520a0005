"""What part of the year the data are known for: `completude` in params/YEAR/params.yml.

A year without an entry is taken for whole; the quality gate looks whether it is.  An entry that is
the whole year attests it: nothing of the year is then held back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from babel.dates import format_date

from spaser.settings.scheme import Scheme
from spaser.settings.year import PeriodeConnue, Year

DAY = dt.timedelta(days=1)


class Periode(NamedTuple):
    """From a first day to a last one, both in."""

    debut: dt.date
    fin: dt.date

    def holds(self, day: dt.date) -> bool:
        """Whether a day is in it."""
        return self.debut <= day <= self.fin


def whole(annee: int) -> Periode:
    """The civil year."""
    return Periode(dt.date(annee, 1, 1), dt.date(annee, 12, 31))


def known(entries: Iterable[PeriodeConnue], acheteur: str, source: str) -> list[Periode]:
    """The periods that entries give a buyer's data of a source, merged; none without an entry.

    Args:
        entries: `completude` of the year.
        acheteur: the code of a buyer.
        source: the name of a source.
    """
    merged: list[Periode] = []
    for debut, fin in sorted(
        (e.depuis, e.jusqu_au)
        for e in entries
        if e.acheteur in {None, acheteur} and e.source in {None, source}
    ):
        if merged and debut <= merged[-1].fin + DAY:
            merged[-1] = Periode(merged[-1].debut, max(fin, merged[-1].fin))
        else:
            merged.append(Periode(debut, fin))
    return merged


def partial(
    entries: Sequence[PeriodeConnue], annee: int, acheteurs: Iterable[str], sources: Iterable[str]
) -> dict[str, list[Periode]]:
    """The buyers whose year is not whole in one of some sources, with the periods known of it.

    Args:
        entries: `completude` of the year.
        annee: the year.
        acheteurs: the codes of the buyers.
        sources: the names of the sources.
    """
    by_source: dict[str, list[Periode]] = {}
    for acheteur in acheteurs if entries else ():
        for source in sources:
            periods = known(entries, acheteur, source)
            if periods and periods != [whole(annee)]:
                by_source.setdefault(acheteur, periods)
    return by_source


def of_entity(
    entries: Sequence[PeriodeConnue],
    annee: int,
    scheme: Scheme,
    entite: str,
    sources: Iterable[str],
) -> dict[str, list[Periode]]:
    """As `partial`, of a buyer or of all together.

    Args:
        entries: `completude` of the year.
        annee: the year.
        scheme: the scheme.
        entite: the code of a buyer, or of all together.
        sources: the names of the sources.
    """
    everyone = [a.code for a in scheme.acheteurs]
    buyers = everyone if entite == scheme.ensemble.code else [entite]
    return partial(entries, annee, buyers, sources)


def reserve(year: Year, scheme: Scheme, entite: str, sources: Iterable[str]) -> str:
    """«année incomplète : du 1er janvier au 31 mai 2024»; empty when the year is whole.

    Of all together, names the buyers, unless they all have the same periods.

    Args:
        year: the params of the year.
        scheme: the scheme.
        entite: the code of a buyer, or of all together.
        sources: the names of the sources.
    """
    by_source = of_entity(year.completude, year.annee, scheme, entite, sources)
    if not by_source:
        return ""
    period = words(by_source[entite]) if entite in by_source else sentence(by_source, scheme)
    return f"année incomplète : {period}"


def sentence(by_source: Mapping[str, Sequence[Periode]], scheme: Scheme) -> str:
    """The periods of buyers in words; their names unless all the buyers have the same."""
    same = len({tuple(p) for p in by_source.values()}) == 1
    if same and len(by_source) == len(scheme.acheteurs):
        return words(next(iter(by_source.values())))
    return " ; ".join(f"{scheme.entites[b]}, {words(p)}" for b, p in by_source.items())


def words(periods: Sequence[Periode]) -> str:
    """«du 1er janvier au 31 mai 2024», one after the other; «le 3 mai 2024» for a day."""
    return " et ".join(
        f"du {day(p.debut, year=False)} au {day(p.fin)}" if p.debut < p.fin else f"le {day(p.fin)}"
        for p in periods
    )


def day(date: dt.date, *, year: bool = True) -> str:
    """«1er janvier 2024», the year or not."""
    text = str(format_date(date, "d MMMM y" if year else "d MMMM", locale="fr_FR"))
    return text.replace("1 ", "1er ", 1) if date.day == 1 else text
