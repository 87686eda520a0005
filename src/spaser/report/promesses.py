"""Promised against delivered: the two sums of a ratio side by side, year by year.

An indicator that declares a `promesse` in the catalogue is drawn so; nothing is drawn of what
is not shown in the tables (no value, not significant, under the secret), and its reason is said.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import NamedTuple

from spaser.figures.chiffres import Figure
from spaser.figures.definition import Indicateur, Promesse
from spaser.report import constats, french, reading, trajectoires
from spaser.report.edition import Edition
from spaser.report.fragment import Panel, panel


class PromiseRow(NamedTuple):
    """A year of an entity: what was promised and delivered, in words, and the rate."""

    entite: str
    annee: int
    promis: str
    realise: str
    taux: str
    brut: str


class Side(NamedTuple):
    """An indicator promised and delivered: what it shows, panels, their data, what is not drawn."""

    constat: str
    item: Indicateur
    promesse: Promesse
    panneaux: list[Panel]
    lignes: list[PromiseRow]
    notes: list[str]


PromiseParts = dict[int, tuple[Decimal, Decimal, Decimal]]  # promised, delivered and rate, by year


def sides(edition: Edition, ambition: str) -> list[Side]:
    """The indicators of an ambition that declare what was promised and delivered."""
    return [
        _side(edition, item, item.promesse, [edition.figure(item, calcul, e) for e in everyone])
        for everyone in [list(edition.scheme.entites)]
        for item, calcul in edition.of(ambition)
        if item.promesse
    ]


def _side(edition: Edition, item: Indicateur, promesse: Promesse, figures: list[Figure]) -> Side:
    from spaser.report import charts

    names, shown = edition.scheme.entites_courtes, edition.shown(item.ambition)
    read = {f.entite: _parts(edition, f) for f in figures if f.entite in shown}
    known = {entite: parts for entite, parts in read.items() if parts}
    top = max((max(v[:2]) for parts in known.values() for v in parts.values()), default=Decimal(0))
    panels = [
        panel(
            edition,
            item.code,
            names[entite],
            f"{item.code}-{entite}-promesse".lower(),
            _alt(promesse, item.intitule, names[entite], parts),
            partial(
                charts.pairs,
                [
                    (f"{year} : {french.percent(rate)}", (promised, done))
                    for year, (promised, done, rate) in parts.items()
                ],
                (promesse.promis, promesse.realise),
                top,
            ),
            seul=f"{item.intitule}, {names[entite]}",
        )
        for entite, parts in known.items()
    ]
    rows = [
        PromiseRow(
            names[entite], year, french.number(promised, 1), french.number(done, 1),
            french.percent(rate), format(rate, "f"),
        )
        for entite, parts in known.items()
        for year, (promised, done, rate) in parts.items()
    ]  # fmt: skip
    last = list(known.values())[-1] if known else {}
    constat = ""
    if last:
        rate = last[max(last)][2]
        constat = constats.delivered(promesse, max(last), rate, item.precision or "")
    return Side(constat, item, promesse, panels, rows, _notes(edition, figures, known))


def _parts(edition: Edition, figure: Figure) -> PromiseParts:
    """Published years that compare, then this year; a year without both sums is left out."""
    now = edition.year.annee
    by_year: PromiseParts = {}
    alone = edition.reserve(figure.code, figure.entite)  # part of a year stands beside no other
    for row in edition.rows("series") if not alone else ():
        parts = (row.get("denominateur"), row.get("numerateur"), row["valeur"])
        same = (row["code"], row["entite"], row["base"]) == (
            figure.code, figure.entite, figure.base,
        )  # fmt: skip
        kept = row["comparable"] in trajectoires.KEPT and not reading.was_thin(edition, row)
        if same and int(row["annee"]) < now and kept:
            _add(by_year, int(row["annee"]), *(Decimal(p) if p else None for p in parts))
    if not reading.is_thin(edition, figure):
        _add(by_year, now, figure.denominateur, figure.numerateur, figure.valeur)
    return by_year


def _add(
    by_year: PromiseParts,
    year: int,
    promised: Decimal | None,
    done: Decimal | None,
    rate: Decimal | None,
) -> None:
    if promised is not None and done is not None and rate is not None:
        by_year[year] = (promised, done, rate)


def _notes(edition: Edition, figures: list[Figure], known: dict[str, PromiseParts]) -> list[str]:
    """What is not drawn this year, or drawn in part, and why: the same reason said once."""
    now, reasons = edition.year.annee, dict[str, list[str]]()
    named = tuple(f"{a.nom} : " for a in edition.scheme.acheteurs)
    for f in figures:
        drawn = now in known.get(f.entite, {})
        thin = f"{french.NS} (trop peu de lignes renseignées)" if f.valeur is not None else ""
        reason = f.motif_absence or ("" if drawn else thin)
        if reason:
            reasons.setdefault(reason, []).append(edition.scheme.entites_courtes[f.entite])
    return [
        f"{reason[0].upper()}{reason[1:]}"
        if len(who) == len(figures) or reason.startswith(named)  # it says whose it is
        else f"{', '.join(who)} : {reason}"
        for reason, who in reasons.items()
    ]


def _alt(promesse: Promesse, libelle: str, name: str, parts: PromiseParts) -> str:
    years = [
        f"en {year}, {french.number(done, 1)} {promesse.unite} {promesse.realise} pour "
        f"{french.number(promised, 1)} {promesse.promis} ({french.percent(rate)})"
        for year, (promised, done, rate) in sorted(parts.items(), reverse=True)
    ]
    return f"{libelle}, {name} : {' ; '.join(years)}."
