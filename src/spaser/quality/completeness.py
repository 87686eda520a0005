"""Whether the year is whole: of each buyer and source, its months, its silences, what is declared.

A silence that chance does not explain (silences.py), or a declared count that is not met, stops
the run, unless `completude` in params/YEAR/params.yml says what part of the year is known.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, NamedTuple

from spaser.contracts.marches import Marche
from spaser.csvtable import about
from spaser.quality.silences import FEWEST, silent
from spaser.settings import periodes
from spaser.settings.params import Params
from spaser.settings.periodes import Periode
from spaser.settings.year import Attendu
from spaser.sources import buyers
from spaser.sources.lecture import NOTHING, Count
from spaser.sources.records import Ligne
from spaser.sources.registers import REGISTRES

_FELL, _MONTHS, _ENOUGH = 5, 3, 20  # a fifth of last year's end, of three months, of 20 contracts
_SOME, _HALF = 3, 183  # rows whose dates are worth a look when they all stand in half of the year

DECP = "decp"


class Suivi(NamedTuple):
    """How a table is followed: its date, what a silence lacks, days of a silence worth a look."""

    date: str
    quoi: str
    silence: int = 45


SUIVIS = {
    "marches": Suivi("date_notification", "aucune notification"),
    "mandats": Suivi("date_paiement", "aucun paiement"),
    "consultations": Suivi("date_lancement", "aucun lancement de consultation"),
    "cantine": Suivi("date", "aucun achat", 75),  # canteens close for the summer
}
RIEN, PEU, SANS_DATE = "rien d'anormal", "trop peu de dates pour juger", "sans date : non jugé"
INCOMPLET, DECLARE, ATTESTE = "incomplet", "période déclarée", "année attestée entière"
A_VERIFIER = "à vérifier"


class Mois(NamedTuple):
    """A month of a buyer: contracts and euros HT as counted, and those of the year before.

    None where it is not known: outside the period declared, or without a year before.
    """

    acheteur: Annotated[str, about("Acheteur", requis=True)]
    mois: Annotated[str, about("Mois de notification, AAAA-MM", type="yearmonth", requis=True)]
    marches: Annotated[
        int | None, about("Marchés comptés ; vide hors de la période déclarée", minimum=0)
    ]
    montant: Annotated[Decimal | None, about("Leur montant, € HT", unite="€ HT")]
    marches_n_1: Annotated[
        int | None, about("Marchés du même mois de l'année précédente, tels que publiés", minimum=0)
    ]
    montant_n_1: Annotated[Decimal | None, about("Leur montant, € HT", unite="€ HT")]


class Constat(NamedTuple):
    """What a source holds for a buyer, and whether its year is whole."""

    table: Annotated[str, about("marches ou registre", requis=True)]
    acheteur: Annotated[str, about("Acheteur", requis=True)]
    lignes: Annotated[
        int, about("Enregistrements lus dans le périmètre, retenus ou non", requis=True, minimum=0)
    ]
    montant: Annotated[Decimal, about("Montant lu, en euros", unite="€", requis=True)]
    premiere: Annotated[dt.date | None, about("Première date de l'année", name="premiere_date")]
    derniere: Annotated[dt.date | None, about("Dernière date de l'année", name="derniere_date")]
    publication: Annotated[
        dt.date | None,
        about("Dernière publication des données de marchés", name="derniere_publication"),
    ]
    periode: Annotated[str, about("Période déclarée, ou l'année entière", requis=True)]
    etat: Annotated[
        str,
        about(
            "rien d'anormal, incomplet, à vérifier, période déclarée, année attestée entière, trop "
            "peu de dates pour juger, ou sans date : non jugé",
            name="constat",
            requis=True,
            parmi=(RIEN, INCOMPLET, A_VERIFIER, DECLARE, ATTESTE, PEU, SANS_DATE),
        ),
    ]
    motif: Annotated[str, about("Pourquoi")]


class Compte(NamedTuple):
    """A declared count, and what was found."""

    attendu: Attendu
    trouve: int
    etat: str


@dataclass(frozen=True)
class Completude:
    """The months, the findings by source and buyer, the declared counts, the reasons to stop."""

    mois: list[Mois] = field(default_factory=list)
    constats: list[Constat] = field(default_factory=list)
    comptes: list[Compte] = field(default_factory=list)
    motifs: list[str] = field(default_factory=list)


Before = Mapping[tuple[str, str], Count]  # (buyer, «01»…«12») -> contracts and euros of last year
NOTHING_BEFORE: Before = {}


def control(
    lignes: Iterable[Ligne], marches: Sequence[Marche], kept: Sequence[Ligne], params: Params,
    before: Before,
) -> Completude:  # fmt: skip
    """Look at every source of every buyer.

    Args:
        lignes: all distinct records in scope, accepted or not: what the files hold.
        marches: the contracts counted.
        kept: accepted rows of the registers.
        params: the periods and counts declared.
        before: months of the year before, as published and whole; empty without one.
    """
    rows = _by_source(lignes, params)
    constats = [_finding(table, buyer, own, params, before) for (table, buyer), own in rows.items()]
    comptes = [_counted(a, marches, kept, params) for a in params.year.attendus]
    motifs = [c.motif for c in constats if c.etat == INCOMPLET]
    motifs += [_unmet(c, params) for c in comptes if c.etat == INCOMPLET]
    return Completude(list(_months(marches, params, before)), constats, comptes, motifs)


def _by_source(lignes: Iterable[Ligne], params: Params) -> dict[tuple[str, str], list[Ligne]]:
    """Records by table and buyer, in the order of the registers and of the scheme."""
    groups: dict[tuple[str, str], list[Ligne]] = {}
    for ligne in lignes:
        if ligne.table == "marches":
            code = params.scheme.sirens.get(str(ligne.valeurs["acheteur_id"] or "")[:9])
        elif ligne.table in REGISTRES and REGISTRES[ligne.table].acheteur:
            code = buyers.acheteur(ligne, params.scheme)
        else:
            continue
        if code:
            groups.setdefault((ligne.table, code), []).append(ligne)
    order = ["marches", *REGISTRES]
    codes = [a.code for a in params.scheme.acheteurs]
    return {
        k: groups[k] for k in sorted(groups, key=lambda k: (order.index(k[0]), codes.index(k[1])))
    }


def source_of(table: str) -> str:
    """The name, in params/spaser.yml, of the source that a table comes from."""
    return REGISTRES[table].source if table in REGISTRES else DECP


def _finding(
    table: str, buyer: str, rows: Sequence[Ligne], params: Params, before: Before
) -> Constat:
    annee = params.year.annee
    declared = periodes.known(params.year.completude, buyer, source_of(table))
    suivi = SUIVIS.get(table)
    days = sorted(
        day
        for r in rows
        for day in [r.valeurs[suivi.date] if suivi else None]
        if day and day.year == annee
    )
    published = [d for r in rows if table == "marches" and (d := r.valeurs["date_publication"])]
    constat = Constat(
        table, buyer, len(rows), sum((r.montant or Decimal(0) for r in rows), Decimal(0)),
        days[0] if days else None, days[-1] if days else None, max(published, default=None),
        periodes.words(declared or [periodes.whole(annee)]), RIEN, "",
    )  # fmt: skip
    then = months_of(before, buyer) if table == "marches" else {}
    etat, motif = next(_states(constat, suivi, days, declared, then, params))
    return constat._replace(etat=etat, motif=motif)


def _states(
    constat: Constat, suivi: Suivi | None, days: Sequence[dt.date], declared: Sequence[Periode],
    before: Mapping[int, int], params: Params,
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """What is to be said of a source, the gravest first, and why."""
    annee = params.year.annee
    name = f"{_title(constat.table)}, {params.scheme.entites[constat.acheteur]}"
    if declared == [periodes.whole(annee)]:
        yield ATTESTE, _why(params, constat)
    outside = [d for d in days if declared and not any(p.holds(d) for p in declared)]
    if outside:
        yield (
            INCOMPLET,
            (
                f"{name} : la période déclarée ({constat.periode}) laisse dehors {len(outside)} "
                f"ligne{'s' * (len(outside) > 1)}, la dernière du {periodes.day(outside[-1])}. "
                f"Corriger « completude » dans params/{annee}/params.yml"
            ),
        )
    silences = [
        silence
        for period in declared or [periodes.whole(annee)]
        for silence in silent(
            filter(period.holds, days), period, suivi.silence if suivi else 0, before
        )
    ]
    if suivi and silences:
        yield INCOMPLET, _accusation(name, suivi, constat, days, silences)
    if declared:
        yield DECLARE, _why(params, constat)
    if not days:
        yield SANS_DATE, ""
    if len(set(days)) < FEWEST:
        if suivi and len(days) >= _SOME and (days[-1] - days[0]).days < _HALF:
            yield A_VERIFIER, _narrow(days, annee)
        yield PEU, ""
    if fall := _fall(days, before, annee):
        yield A_VERIFIER, fall
    yield RIEN, ""


def _title(table: str) -> str:
    return REGISTRES[table].titre if table in REGISTRES else "Marchés"


def _why(params: Params, constat: Constat) -> str:
    """The reasons of the entries that are about a source of a buyer."""
    return " ; ".join(
        e.motif
        for e in params.year.completude
        if e.acheteur in {None, constat.acheteur} and e.source in {None, source_of(constat.table)}
    )


def months_of(before: Before, buyer: str) -> dict[int, int]:
    """Contracts of each month of a buyer's year before; empty unless that year is whole."""
    months = {int(m): n.lignes for (b, m), n in before.items() if b == buyer}
    return months if len(months) == 12 else {}


def _narrow(days: Sequence[dt.date], annee: int) -> str:
    """Dates too few to accuse, all of a part of the year: the export of a month, maybe."""
    dates = periodes.words([Periode(days[0], days[-1])])
    return (
        f"{len(days)} lignes datées, toutes {dates} : trop peu de jours pour juger, mais l'export "
        f"est-il celui de toute l'année ? Sinon, dire la période connue : « completude » dans "
        f"params/{annee}/params.yml"
    )


def _fall(days: Sequence[dt.date], before: Mapping[int, int], annee: int) -> str:
    """The end of the year, where it holds less than a fifth of what the year before did."""
    for first in range(2, 14 - _MONTHS):
        then = sum(n for m, n in before.items() if m >= first)
        now = sum(d.month >= first for d in days)
        if then >= _ENOUGH and now * _FELL < then:
            return (
                f"{now} depuis le {periodes.day(dt.date(annee, first, 1))}, contre {then} "
                "aux mêmes mois de l'année d'avant : l'export est-il entier ?"
            )
    return ""


def _accusation(
    name: str, suivi: Suivi, constat: Constat, days: Sequence[dt.date], gaps: Sequence[Periode]
) -> str:
    silences = " ni ".join(
        f"{periodes.words([g])} ({(g.fin - g.debut).days + 1} jours)" for g in gaps
    )
    last = [f"dernière date : {periodes.day(days[-1])}"]
    if constat.publication:
        last.append(f"dernière publication : {periodes.day(constat.publication)}")
    return (
        f"{name} : année incomplète. {constat.lignes} lignes sur {len(set(days))} jours, et "
        f"{suivi.quoi} {silences}, ce que le hasard n'explique pas ({' ; '.join(last)}). Fournir "
        f"l'année entière, ou dire la période connue : « completude » dans params.yml"
    )


def _counted(
    attendu: Attendu, marches: Sequence[Marche], kept: Sequence[Ligne], params: Params
) -> Compte:
    """What was found of a declared count; less is incomplete unless a period is declared."""
    codes = [attendu.acheteur] if attendu.acheteur else [a.code for a in params.scheme.acheteurs]
    if attendu.source == DECP:
        owners = [_buyer(m, params) for m in marches]
    else:
        owners = [
            buyers.acheteur(x, params.scheme)
            for x in kept
            if REGISTRES[x.table].source == attendu.source and REGISTRES[x.table].acheteur
        ]
    count = sum(o in codes for o in owners)
    year = params.year
    if count == attendu.nombre:
        return Compte(attendu, count, "égal")
    if count > attendu.nombre:
        return Compte(attendu, count, A_VERIFIER)
    partial = periodes.partial(year.completude, year.annee, codes, [attendu.source])
    return Compte(attendu, count, DECLARE if partial else INCOMPLET)


def _unmet(compte: Compte, params: Params) -> str:
    a = compte.attendu
    who = params.scheme.entites[a.acheteur or params.scheme.ensemble.code]
    return (
        f"{params.scheme.sources[a.source]}, {who} : {compte.trouve} retenus sur {a.nombre} "
        f"attendus ({a.origine}). Fournir ce qui manque, corriger « attendus » ou dire la période "
        f"connue, « completude », dans params/{params.year.annee}/params.yml"
    )


def _buyer(marche: Marche, params: Params) -> str | None:
    return params.scheme.sirens.get(str(marche.valeurs["acheteur_id"])[:9])


def _months(marches: Sequence[Marche], params: Params, before: Before) -> Iterator[Mois]:
    """The twelve months of each buyer that has contracts, this year or the one before."""
    annee = params.year.annee
    counts: dict[tuple[str, int], Count] = {}
    for m in marches:
        key = (_buyer(m, params) or "", m.valeurs["date_notification"].month)
        counts[key] = counts.get(key, NOTHING).plus(m.valeurs["montant"])
    present = {b for b, _ in counts} | {b for b, _ in before}
    for buyer in (a.code for a in params.scheme.acheteurs if a.code in present):
        periods = periodes.known(params.year.completude, buyer, DECP) or [periodes.whole(annee)]
        for month in range(1, 13):
            first = dt.date(annee, month, 1)
            last = first.replace(day=calendar.monthrange(annee, month)[1])
            inside = any(p.debut <= last and first <= p.fin for p in periods)
            now = counts.get((buyer, month), NOTHING if inside else None)
            then = before.get((buyer, f"{month:02}"))
            yield Mois(
                buyer, f"{annee}-{month:02}",
                now and now.lignes, now and now.montant,
                then and then.lignes, then and then.montant,
            )  # fmt: skip
