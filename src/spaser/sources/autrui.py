"""Other buyers' rows of a national table of text, counted without being made into records.

A row is passed when it is written so plainly that no reading could differ: a SIRET of fourteen
digits that is not one of those to read, euros with at most two decimals, no date that may show in
which order the file writes the day and the month.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from spaser.sources.dates import parts
from spaser.sources.records import Ailleurs, TableName

SIRET = re.compile(r"([0-9]{9})[0-9]{5}")
EUROS = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?")

NumberedRow = tuple[int, dict[str, object]]


class Autrui:
    """The rows of a table, those of others counted as they stream by."""

    def __init__(
        self,
        rows: Iterator[NumberedRow],
        columns: tuple[str, str],
        dates: Sequence[str],
        read: Sequence[Collection[str]],
    ) -> None:
        """The rows; the columns of the buyer and of the amount; those of dates; the SIRENs to
        read, in collections of which the first that has one decides."""
        self._rows, self._columns, self._dates, self._read = rows, columns, dates, read
        self._counted: Counter[str] = Counter()
        self._euros = Decimal("0.00")

    def to_read(self) -> Iterator[NumberedRow]:
        """The rows that are not passed."""
        buyer, amount = self._columns
        for number, row in self._rows:
            siret, euros = _plain(SIRET, row, buyer), _plain(EUROS, row, amount)
            if not siret or not euros or not self._is_sure(row) or self._is_read(siret[1]):
                yield number, row
                continue
            self._counted[siret[1]] += 1
            self._euros += Decimal(euros[0])

    def _is_sure(self, row: Mapping[str, object]) -> bool:
        return all(parts(row.get(d)) is None for d in self._dates)

    def _is_read(self, siren: str) -> bool:
        return any(siren in some for some in self._read)

    def passed(self, table: TableName) -> Iterator[Ailleurs]:
        """What was counted, once all has streamed by; nothing when nothing was."""
        if self._counted:
            yield Ailleurs(table, self._counted, self._euros)


def _plain(form: re.Pattern[str], row: Mapping[str, object], column: str) -> re.Match[str] | None:
    cell = row.get(column)
    return form.fullmatch(cell) if isinstance(cell, str) else None
