"""actions.csv: how the scheme is carried out (art. L2111-3 CCP), in the state of the register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from spaser.contracts.marches import Row
from spaser.opendata.columns import FILES
from spaser.settings.params import Params
from spaser.sources.partners import members
from spaser.sources.registers.suivi import STATUTS

OPEN = frozenset(STATUTS[:2])  # to start, going on: what can still be late


def rows(actions: Iterable[Row], params: Params) -> Iterator[Sequence[object]]:
    """The cells of actions.csv, by ambition in the order of the scheme, then as registered."""
    order = list(params.scheme.ambitions)
    for row in sorted(actions, key=lambda r: order.index(r["ambition"])):
        partner = row["partenaire"] or ""
        cells = {
            **row,
            "membres": [m for m in members(partner, params.scheme) if m],
            "en_retard": late(row["statut"], row["echeance"], params.year.date_arret),
        }
        yield [cells.get(name) for name in FILES["actions.csv"].noms]


def late(statut: str | None, echeance: dt.date | None, day: dt.date) -> bool | None:
    """Whether an action is overdue on a day; None when its state or its due date is unknown.

    Args:
        statut: its state, a word of STATUTS.
        echeance: its due date.
        day: the day of the edition.
    """
    if statut is not None and statut not in OPEN:
        return False
    if echeance is not None and echeance >= day:
        return False
    return None if statut is None or echeance is None else True
