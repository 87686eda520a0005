"""What would be enough for a missed target: the renewals, ranked, that would close its gap.

The gap is that of ecarts.csv, the renewals those of leviers.csv: by amount, or by the day they
end where each counts for one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from spaser.csvtable import CsvRow
from spaser.figures.definition import LEGALE, Calcul, Indicateur
from spaser.figures.readings import DE_TROP, EN_DEFAUT
from spaser.figures.verdicts import INDECIDABLE
from spaser.report import french
from spaser.report.edition import Edition
from spaser.report.reading import is_thin

SHOWN = 5  # contracts under a gap; leviers.csv has fifty


class Suffisant(NamedTuple):
    """A gap, how many renewals close it and by when, and the first of them, in their order."""

    phrase: str
    marches: list[str]
    autres: int


def enough(edition: Edition, code: str) -> list[Suffisant]:
    """For each gap of an ambition: the renewals that would be enough, or that they would not.

    The gap is that of ecarts.csv, the denominator as it is; the renewals those of leviers.csv, in
    their order.  A figure of which too little is known to be shown has none.  A contract that says
    nothing of the field is on no side and is not counted on.  A duty of each contract is left out:
    no renewal mends a past one.
    """
    moves = defaultdict[tuple[str, ...], list[CsvRow]](list)
    for row in edition.rows_if_any("leviers"):
        moves[_key(row)].append(row)
    listed = {(code, base) for code, base, *_ in moves}
    open_ = {
        (i.code, str(c.base)): (i, c) for i, c in edition.of(code) if not _binds_each(edition, i, c)
    }
    return [
        _enough(edition, gap, moves.get(_key(gap), []), sure=figure.verdict != INDECIDABLE)
        for gap in edition.rows("ecarts")
        if (gap["code"], gap["base"]) in open_
        and gap["sens"] != EN_DEFAUT
        and gap["entite"] in edition.presents
        and (gap["code"], gap["base"]) in listed
        for figure in [edition.figure(*open_[gap["code"], gap["base"]], gap["entite"])]
        if not is_thin(edition, figure)
    ]


def _binds_each(edition: Edition, item: Indicateur, calcul: Calcul) -> bool:
    """Whether the target is a law's, for all rows or for none: it binds each of them."""
    cible = item.cible(edition.year.annee, calcul)
    whole = Decimal(0) if item.sens == "baisse" else Decimal(100)
    return cible is not None and cible.statut == LEGALE and cible.valeur == whole


def _key(row: CsvRow) -> tuple[str, ...]:
    return row["code"], row["base"], row["entite"], row["sens"]


def _enough(
    edition: Edition, gap: CsvRow, moves: Sequence[CsvRow], *, sure: bool = True
) -> Suffisant:
    """A gap, and the renewals that close it: all of them where they do not.

    Not `sure` is a figure that what is not filled in could take either way.
    """
    count = _count(gap, moves) or len(moves)
    return Suffisant(
        _sentence(edition, gap, moves, sure=sure),
        [_contract(gap, r) for r in moves[: min(count, SHOWN)]],
        max(count - SHOWN, 0),
    )


def _count(gap: CsvRow, moves: Sequence[CsvRow]) -> int:
    """How many of the renewals, in their order, close a gap; 0 when they do not."""
    lack = Decimal(gap["manque"])
    return next((n for n, r in enumerate(moves, 1) if Decimal(r["cumul"]) >= lack), 0)


def _contract(gap: CsvRow, move: CsvRow) -> str:
    """A contract to renew: what it is, when it ends, what it brings where that is an amount."""
    brings = f", {french.short_euros(Decimal(move['contribution']))}" * (gap["base"] == "valeur")
    return f"{move['objet'] or french.ND}, fin le {_day(move)}{brings}"


def _sentence(edition: Edition, gap: CsvRow, moves: Sequence[CsvRow], *, sure: bool = True) -> str:
    """A gap, then how many of the renewals close it, and by when the last of them is due."""
    euros, lack = gap["base"] == "valeur", Decimal(gap["manque"])

    def amount(value: Decimal) -> str:
        return french.short_euros(value) if euros else french.plural(int(value), "marché")

    who = edition.scheme.entites_courtes[gap["entite"]]
    sens = gap["sens"]
    short = f"{amount(lack)} {sens}" if sens == DE_TROP else f"{sens} {amount(lack)}"
    head = f"{gap['code']}, {who}, en {gap['base']} : {short}"
    if not sure:
        head += ", sur les seuls marchés renseignés"
    if not moves:
        return f"{head} ; aucun marché qui se termine ne peut y aider."
    total = int(moves[0]["marches"])
    if count := _count(gap, moves):
        last = _day(max(moves[:count], key=lambda r: r["date_fin"]))
        rank = "plus gros" if euros else "premiers" if count > 1 else "premier"
        many = f"les {french.number(count)} {rank}" if count > 1 else f"le {rank}"
        if total == 1:
            return f"{head} ; le seul à renouveler suffirait, fini d’ici au {last}."
        if count == total:
            each = f"il y faudrait les {french.number(total)} à renouveler"
            return f"{head} ; {each}, finis d’ici au {last}."
        verb = "suffiraient, finis" if count > 1 else "suffirait, fini"
        return f"{head} ; {many} des {french.number(total)} à renouveler {verb} d’ici au {last}."
    if len(moves) < total:
        return f"{head} ; {french.number(len(moves))} renouvellements n’y suffisent pas."
    most = Decimal(moves[-1]["cumul"])
    brought = french.short_euros(most) if euros else french.number(most)
    verb = "retireraient" if gap["sens"] == DE_TROP else "apporteraient"
    return f"{head} ; tous les marchés à renouveler n’en {verb} que {brought}."


def _day(move: CsvRow) -> str:
    return french.date(dt.date.fromisoformat(move["date_fin"]))
