"""DECP 2022 in the Ministry's flat JSON: one object a row, 55 columns, lists as text.

The rows stand under `records` or `results` (API answers) or at the top (exports); column
names come in lower or mixed case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from spaser.sources.fields import MARCHES, MODIFICATIONS
from spaser.sources.jsonfile import items
from spaser.sources.records import Published

NAME = "DECP 2022, JSON à plat du ministère"
_HOLDERS = range(1, 4)


def read(path: Path, prefix: str) -> Iterator[Published]:
    """Yield each row; `prefix` is the place of the rows that recognition found."""
    for rang, row in enumerate(items(path, prefix), start=1):
        yield _published(rang, row)


def _published(rang: int, row: object) -> Published:
    items = row.items() if isinstance(row, Mapping) else ()
    columns = {str(name).lower(): value for name, value in items}
    return Published(
        table="marches",
        rang=rang,
        tabulaire=True,
        fields={f.name: columns.get(f.flat) for f in MARCHES},
        holders=[
            (columns.get(f"titulaire_id_{n}"), columns.get(f"titulaire_typeidentifiant_{n}"))
            for n in _HOLDERS
        ],
        modifications=[{f.name: columns.get(f.flat) for f in MODIFICATIONS}],
        raw=row,
    )
