"""Other buyers' rows of a national table of text, counted without being made into records.

A row is passed when it is written so plainly that no reading could differ: a SIRET of fourteen
digits that is not one of those to read, euros with at most two decimals, no date that may show in
which order the file writes the day and the month.
"""

from __future__ import annotations

import functools
import operator
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from spaser.sources.dates import parts
from spaser.sources.records import Ailleurs, TableName
from spaser.sources.sheets import Sheet, ToRead

if TYPE_CHECKING:
    from spaser.sources.plain_lines import Lines, Others

SIRET = re.compile(r"([0-9]{9})[0-9]{5}")
EUROS = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?")
_SIRETS, _AMOUNTS = (re.compile(rf"(?:{x.pattern};)*") for x in (SIRET, EUROS))

NumberedRow = tuple[int, dict[str, object]]


class Autrui:
    """The rows of a table, those of others counted as they stream by."""

    def __init__(
        self,
        sheet: Sheet,
        columns: tuple[str, str],
        dates: Sequence[str],
        read: Sequence[Collection[str]],
    ) -> None:
        """The table; the columns of the buyer and of the amount; those of dates; the SIRENs to
        read, in collections of which the first that has one decides."""
        self._rows, self._columns, self._read = sheet.rows, (*columns, *dates), read
        self._is_read = functools.lru_cache(1 << 16)(lambda s: any(s in some for some in read))
        self._counted: Counter[str] = Counter()
        self._euros = Decimal("0.00")
        self._others: Others | None = None  # once rows are shown in bytes
        if sheet.shown_to:
            places = {name: place for place, name in enumerate(sheet.letters)}
            self._places = [places[name] for name in self._columns]
            self._width, self._cells = len(places), operator.itemgetter(*self._places)
            sheet.shown_to(ToRead(self._width, self._among, self._among_lines))

    def to_read(self) -> Iterator[NumberedRow]:
        """The rows that are not passed."""
        for number, row in self._rows:
            passed = self._passed(*map(row.get, self._columns))
            if passed:
                self._count([passed])
            else:
                yield number, row

    def _among(self, rows: Sequence[Sequence[str]]) -> list[int]:
        """The places of the rows of a block that are not passed.

        Cells are judged together where all of them are plain, which a row at a time takes thrice
        as long to say.
        """
        if {len(row) for row in rows} == {self._width}:
            buyers, amounts, *dates = zip(*map(self._cells, rows), strict=True)
            plain = _SIRETS.fullmatch("".join(b + ";" for b in buyers)) and _AMOUNTS.fullmatch(
                "".join(a + ";" for a in amounts)
            )
            if plain and not any(_order(day) for column in dates for day in set(column)):
                sirens = [b[:9] for b in buyers]
                read = {s for s in set(sirens) if self._is_read(s)}
                self._count([x for x in zip(sirens, amounts, strict=True) if x[0] not in read])
                return [place for place, s in enumerate(sirens) if s in read] if read else []
        width, cells, judged = self._width, self._cells, self._passed
        passed = [len(row) == width and judged(*cells(row)) for row in rows]
        self._count([one for one in passed if one])
        return [place for place, one in enumerate(passed) if not one]

    def _among_lines(self, lines: Lines) -> list[int]:
        """The places of the rows of a block of bytes that are not passed."""
        from spaser.sources.plain_lines import Others

        self._others = self._others or Others(self._places, self._read)
        return self._others.to_read(lines)

    def _passed(self, buyer: object, amount: object, *dates: object) -> tuple[str, str] | None:
        """The SIREN and the euros of a row, when it is another buyer's and plain."""
        if not isinstance(buyer, str) or not isinstance(amount, str):
            return None
        if not EUROS.fullmatch(amount) or not SIRET.fullmatch(buyer):
            return None
        siren = buyer[:9]
        return None if self._is_read(siren) or any(map(_order, dates)) else (siren, amount)

    def _count(self, passed: Sequence[tuple[str, str]]) -> None:
        self._counted.update(siren for siren, _ in passed)
        self._euros += sum(Decimal(amount) for _, amount in passed)

    def passed(self, table: TableName) -> Iterator[Ailleurs]:
        """What was counted, once all has streamed by; nothing when nothing was."""
        if self._others:
            rows, euros = self._others.passed()
            self._counted.update(rows)
            self._euros += euros
        if self._counted:
            yield Ailleurs(table, self._counted, self._euros)


_order = functools.lru_cache(1 << 12)(parts)  # a table has few days, and many rows
