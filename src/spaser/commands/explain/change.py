"""What made a figure move since the year before: its parts, then the contracts behind them.

The year before is the one that was compared: its sealed copy travels with the report.  Its
contracts are shown only where its own folder still is the one of that seal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from spaser import csvtable
from spaser.commands.explain.evidence import PEOPLE, SHOWN, Evidence, evidence, key, part, rows_of
from spaser.commands.explain.paragraphs import Paragraph, item
from spaser.commands.explain.words import comparability, nothing_before
from spaser.figures.script import factor
from spaser.figures.series import COMPARABLE
from spaser.figures.years import PublishedYear
from spaser.opendata import decompose
from spaser.opendata.decompose import ADDITIVE, QUOTIENT, Parts
from spaser.publishing import provenance
from spaser.report import french, reading
from spaser.report.edition import Edition
from spaser.report.lines import Line
from spaser.sources.folder import sha256

_PROVED = ("preuves.csv", "marches.csv", "lignes.csv", "corrections.csv")
_NIL = Fraction(0)
SourceKey = tuple[int, str]  # a source, and its year where another year's may bear the same name


def change(
    edition: Edition, x: Line, now: Evidence, past: PublishedYear | None
) -> Iterator[Paragraph]:
    """What the figure was the year before, and what the change is made of.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        x: the line of the figure.
        now: its evidence this year.
        past: the year before as published; None when there is none to compare with.
    """
    annee = edition.year.annee - 1
    yield Paragraph(f"Depuis {annee} :")
    reason = _not_compared(edition, x, past)
    if reason or past is None:
        yield item(reason)
        return
    yield item(f"{x.ref.evolution} ({x.ref.n_1} puis {x.ref.valeur})")
    if x.calcul.table == PEOPLE:
        yield item("Parts et lignes ne sont pas montrées : secret sur le nombre de personnes.")
    elif x.calcul.mesure in ADDITIVE | QUOTIENT:
        yield from _decomposed(edition, x, now, past)
    else:
        yield item("Une médiane ne se décompose pas en contributions.")


def _not_compared(edition: Edition, x: Line, past: PublishedYear | None) -> str:
    """Why a figure is not set against the year before; empty when it is."""
    if past is None:
        return nothing_before(edition)
    if reserve := _in_part(edition, x, past):
        return f"Non comparable : {reserve}."
    state = comparability(edition, past, x.item.code)
    if state != COMPARABLE:
        return f"Non comparable : indicateur {state} depuis {past.annee}."
    if x.figure.evolution is None or x.figure.valeur_n_1 is None:
        return f"Pas de valeur à comparer : {french.ND} en {past.annee} ou cette année."
    if reading.is_small(edition, x.figure):
        return "Trop peu de cas pour une tendance : seule la fraction est montrée."
    return "" if x.ref.evolution else f"Pas de tendance à montrer ({x.ref.valeur} cette année)."


def _in_part(edition: Edition, x: Line, past: PublishedYear) -> str:
    """Which of the two years is known in part for this figure; empty when both are whole."""
    if reserve := edition.reserve(x.item.code, x.figure.entite):
        return reserve
    held = (x.item.code, x.figure.entite) in past.partiels
    return f"{past.annee} n'est connue qu'en partie" if held else ""


def _decomposed(
    edition: Edition, x: Line, now: Evidence, past: PublishedYear
) -> Iterator[Paragraph]:
    """Effect of each part, then of each source: they add up to the change."""
    rows = csvtable.rows(past.dossier / "indicateurs.csv")
    row = next(r for r in rows if (r["code"], r["entite"], r["base"]) == key(x))
    additive = x.calcul.mesure in ADDITIVE
    old = Parts(Decimal(row["numerateur"]), Decimal(0 if additive else row["denominateur"]))
    new = Parts(
        x.figure.numerateur or Decimal(0),
        Decimal(0) if additive else x.figure.denominateur or Decimal(0),
    )
    scale = factor(x.item, x.calcul)
    tell = _teller(x, additive)
    if not additive:
        whole = decompose.effects((old, new), (old, new), scale)
        top, bottom = decompose.adding_up(whole, 2)
        for name, was, is_, effect in (
            ("numérateur", old.haut, new.haut, top),
            ("dénominateur", old.bas, new.bas, bottom),
        ):
            base = x.figure.base
            yield item(
                f"effet du {name} ({part(was, base)} puis {part(is_, base)}) : {tell(effect)}"
            )
        yield item(f"somme : {tell(top + bottom)}")
    before = _evidence(edition, x, past)
    if before is None:
        yield item(
            f"Marchés de {past.annee} non montrés : le dossier reports/{past.annee} n'est pas là, "
            "ou n'est plus celui qui a servi à ce rapport."
        )
        return
    then, here = _brought(before, x), _brought(now, x)
    if (decompose.total(then.values()), decompose.total(here.values())) != (old, new):
        yield item("Les preuves ne redonnent pas les parts du chiffre : pas de détail par marché.")
        return
    yield from _sources(x, then, here, before, now, tell, scale)


def _brought(year: Evidence, x: Line) -> dict[SourceKey, Parts]:
    """What each source brings to a figure, by year and uid.

    The uid of a contract is the same each year: its year is 0 here.  That of a row of a register
    is made of its file and number, and a file of that name in another year holds other rows.
    """
    parts = decompose.brought(year.preuves, x.calcul.mesure or "")
    return {(year.annee if "#" in uid else 0, uid): part for uid, part in parts.items()}


def _evidence(edition: Edition, x: Line, past: PublishedYear) -> Evidence | None:
    """The evidence of the year before, when its folder is still the one that was compared."""
    folder = edition.folder.parent / str(past.annee)
    sealed = (provenance.read(past.dossier) or {}).get("sorties", {})
    if any(not (folder / n).is_file() or sha256(folder / n) != sealed.get(n) for n in _PROVED):
        return None
    return evidence(folder, past.annee, x, edition.scheme.entites_courtes)


def _teller(x: Line, additive: bool) -> Callable[[Decimal], str]:
    """How a contribution is said: exact for what adds up, else to two decimals."""
    unit = x.figure.unite

    def tell(value: Decimal) -> str:
        sign = "+" if value > 0 else ""
        if unit == "%":
            return f"{sign}{french.fixed(value, 2)}{french.NBSP}point{'s' * (abs(value) >= 2)}"
        if unit.startswith("€"):
            return sign + french.euros(value)
        shown = french.number(value, 2) if additive else french.fixed(value, 2)
        return f"{sign}{shown}{french.NBSP}{french.noun(value, unit)}"

    return tell


def _sources(
    x: Line, then: Mapping[SourceKey, Parts], here: Mapping[SourceKey, Parts],
    before: Evidence, now: Evidence, tell: Callable[[Decimal], str], scale: int,
) -> Iterator[Paragraph]:  # fmt: skip
    """The sources that came in, went out or stayed, and those that moved the figure most."""
    shares = decompose.shares(then, here, scale)
    groups = {
        f"venus en {now.annee}": [u for u in shares if u not in then],
        f"de {before.annee}, sortis du calcul": [u for u in shares if u not in here],
        "des deux années": [u for u in shares if u in then and u in here],
    }
    kept = {name: uids for name, uids in groups.items() if uids}
    sums = decompose.adding_up([sum((shares[u].total for u in g), _NIL) for g in kept.values()], 2)
    for (name, uids), value in zip(kept.items(), sums, strict=True):
        yield item(f"{rows_of(x)} {name} : {french.number(len(uids))}, {tell(value)}")
    yield item(f"somme : {tell(sum(sums, Decimal(0)))}")
    year_of = {u: now if u in here else before for u in shares}
    ranked = sorted(shares, key=lambda u: (-abs(shares[u].total), -year_of[u].weight(u[1]), u))
    top, rest = ranked[:SHOWN], ranked[SHOWN:]
    values = decompose.listed([shares[u].total for u in top], sum(sums, Decimal(0)), bool(rest))
    yield Paragraph("Ce qui a le plus fait bouger le chiffre :")
    for rank, (u, value) in enumerate(zip(top, values, strict=False), start=1):
        year = year_of[u]
        yield item(f"{tell(value)}, {year.annee} : {year.named(u[1])}", mark=f"{rank}.")
    if rest:
        yield item(f"les {french.number(len(rest))} autres ensemble : {tell(values[-1])}")
