"""The consolidated national table («DECP consolidées, format tabulaire»): CSV or Parquet.

A contract takes one row for each holder and each state: row 0 is what was notified, the others
repeat it as each modification left it, with the modification's date and amount.  Rows of one
`uid` are brought together; a `uid` (buyer and id) covers several contracts where a platform
truncates ids, so the object, and the amount and date of the first state, tell them apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from spaser.sources import values
from spaser.sources.aside import Aside
from spaser.sources.decp_flat import COLUMNS, canonical, renamed
from spaser.sources.fields import FIELDS
from spaser.sources.records import Published, Remarque, elsewhere
from spaser.sources.sheets import Sheet, heading

NAME = "DECP consolidées, format tabulaire national"
MARKS = frozenset({"acheteur id", "titulaire id", "montant", "datenotification"})
KNOWN = MARKS | {c for f in FIELDS["marches"] for c in COLUMNS[f]} | {"uid", "modification id"}
_STATE = ("date_notification", "date_publication", "montant", "duree_mois")
_MISSING = "données initiales absentes (seule la modification {} est dans le fichier)"

_NO_RANK = (
    "sans colonne « modification_id », les lignes plus tardives de même objet et aux mêmes "
    "titulaires sont lues comme des modifications (lignes : {})"
)


class _Row(NamedTuple):
    """A row: position, cells, canonical fields, rank of its state."""

    rang: int
    raw: Mapping[str, object]
    cells: Mapping[str, object]
    fields: Mapping[str, object]
    rank: int | None

    @property
    def buyer(self) -> str:
        return str(values.identifier(self.fields["acheteur_id"]).value or "")

    @property
    def holder(self) -> tuple[object, object]:
        return self.cells.get("titulaire id"), self.cells.get("titulaire typeidentifiant")

    @property
    def contract(self) -> tuple[str, str]:
        """What tells the contracts of one uid apart."""
        return str(self.fields["montant"]), str(self.fields["date_notification"])


def read(
    rows: Iterable[tuple[int, Mapping[str, object]]],
    sheet: Sheet,
    sirens: Collection[str],
    alike: Collection[str] = (),
) -> Iterator[Published | Remarque]:
    """Yield other buyers' rows as they stream by, then ours, contract by contract.

    Those of the buyers `alike` come last, buyer by buyer, contract by contract too.

    Args:
        rows: the rows of the table.
        sheet: the table.
        sirens: those of our buyers.
        alike: those of the buyers like ours.
    """
    letters = _letters(sheet)
    ours: list[_Row] = []
    others: Aside[tuple[int, Mapping[str, object]]] = Aside()
    for rang, raw in rows:
        row = _row(rang, raw)
        if not elsewhere(row.buyer, sirens):
            ours.append(row)
        elif row.buyer[:9] in alike:
            others.put(row.buyer[:9], (rang, raw))
        else:
            yield _published(row, row.fields, letters)
    ranked = any(heading(name) == "modification id" for name in sheet.header)
    inferred = 0
    for uid, group in _by_uid(ours, ranked=ranked):
        inferred += sum(row.rank not in {None, 0} for row in group) if not ranked else 0
        yield from _contracts(uid, group, letters)
    if inferred:
        yield Remarque(_NO_RANK.format(inferred))
    for siren in others.keys():  # noqa: SIM118  not a mapping
        for uid, group in _by_uid((_row(*one) for one in others.get(siren)), ranked=ranked):
            yield from _contracts(uid, group, letters)
    others.close()


def _row(rang: int, raw: Mapping[str, object]) -> _Row:
    cells = renamed(raw)
    return _Row(rang, raw, cells, canonical("marches", cells), _rank(cells.get("modification id")))


def _by_uid(rows: Iterable[_Row], *, ranked: bool) -> Iterator[tuple[str, list[_Row]]]:
    """The rows of each uid; without ranks, those that the dates give."""
    kept: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        kept[str(row.cells.get("uid") or f"{row.buyer}{row.fields['id']}")].append(row)
    for uid, group in kept.items():
        yield uid, group if ranked else _by_date(group)


def _by_date(rows: Sequence[_Row]) -> list[_Row]:
    """The ranks of a table that has none, from the dates.

    Rows of one object whose every date has the same holders are the states of one contract; when
    holders differ, or a date has two amounts, nothing says that they are.
    """
    ranked: list[_Row] = []
    same: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        same[str(row.fields["objet"])].append(row)
    for group in same.values():
        states: dict[str, list[_Row]] = defaultdict(list)
        for row in group:
            states[str(values.date(row.fields["date_notification"]).value)].append(row)
        holders = {frozenset(r.holder for r in state) for state in states.values()}
        amounts = [len({str(r.fields["montant"]) for r in state}) for state in states.values()]
        sure = len(holders) == 1 and max(amounts) == 1 and "None" not in states
        order = {day: n for n, day in enumerate(sorted(states))} if sure else {}
        ranked += [
            r._replace(rank=order.get(str(values.date(r.fields["date_notification"]).value)))
            for r in group
        ]
    return sorted(ranked, key=lambda row: row.rang)


def _letters(sheet: Sheet) -> dict[str, str]:
    letters = renamed(sheet.letters)
    places = {
        f.name: str(letters[c]) for f in FIELDS["marches"] for c in COLUMNS[f] if c in letters
    }
    return places | ({"titulaire_id_1": str(letters["titulaire id"])})


def _rank(value: object) -> int | None:
    number = values.integer(value).value
    return number if isinstance(number, int) else None


def _contracts(uid: str, rows: Sequence[_Row], letters: Mapping[str, str]) -> Iterator[Published]:
    """The records of one uid; without ranks, every row says what was notified."""
    ranked = [r if r.rank is not None else r._replace(rank=0) for r in rows]
    complete = any(r.rank == 0 for r in ranked)
    same: dict[str, list[_Row]] = defaultdict(list)
    for row in ranked:
        same[str(row.fields["objet"])].append(row)
    for objet, group in same.items():
        first = min(r.rank or 0 for r in group)
        base = [r for r in group if r.rank == first]
        for row in base:
            fields = row.fields
            if not complete:
                fields = {**fields, "date_notification": _MISSING.format(first)}
            yield _published(row, fields, letters, groupe=_name(uid, objet, row))
        for row in sorted(group, key=lambda r: r.rank or 0):
            if row.rank != first:
                yield _state(row, base, letters, uid, objet)


def _name(uid: str, objet: str, row: _Row) -> str:
    return "|".join((uid, objet, *row.contract))


def _state(
    row: _Row, base: Sequence[_Row], letters: Mapping[str, str], uid: str, objet: str
) -> Published:
    """A later state, with the contract it modifies.

    With several contracts under one uid and object, the holder tells which; when it does not,
    the state goes with the first and modifies nothing: that would be a guess.
    """
    alone = len({b.contract for b in base}) == 1
    mine = [b for b in base if b.holder == row.holder]
    sure = alone or len({b.contract for b in mine}) == 1
    origin = (mine or base)[0]
    change = {"id": row.rank, **{name: row.fields[name] for name in _STATE}}
    return _published(
        row,
        origin.fields,
        letters,
        groupe=_name(uid, objet, origin),
        holders=False,
        modifications=[change] if sure else [],
        etat=True,
    )


def _published(
    row: _Row,
    fields: Mapping[str, object],
    letters: Mapping[str, str],
    *,
    groupe: str = "",
    holders: bool = True,
    modifications: Sequence[Mapping[str, object]] = (),
    etat: bool = False,
) -> Published:
    return Published(
        table="marches",
        rang=row.rang,
        tabulaire=True,
        fields=fields,
        holders=[row.holder] if holders else [],
        modifications=modifications,
        raw=row.raw,
        groupe=groupe,
        montant=row.fields["montant"],
        colonnes=letters,
        etat=etat,
    )
