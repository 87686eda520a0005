"""Where downloaded files come from: the note that `fetch` leaves beside them.

The note travels with the data and is hashed like any of its files, but it is no source: readers
know it by its header and let it be.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

FILE = "provenance.csv"


class Origin(NamedTuple):
    """A file of the folder: its address, the day it was read (AAAA-MM-JJ), its terms, its bytes."""

    fichier: str
    source: str
    url: str
    date_acces: str
    licence: str
    sha256: str
    octets: str


_HEADER = ",".join(Origin._fields)


def recognise(path: Path) -> bool:
    """Whether a file is such a note, by its header."""
    with path.open("rb") as stream:
        return stream.readline(4096).rstrip() == _HEADER.encode()


def read(folder: Path) -> dict[str, Origin]:
    """The origins that a data folder knows, by file name; none without a note."""
    path = folder / FILE
    if not path.is_file() or not recognise(path):
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = (
            Origin(**{k: r.get(k) or "" for k in Origin._fields}) for r in csv.DictReader(stream)
        )
        return {row.fichier: row for row in rows}


def write(folder: Path, origins: Iterable[Origin]) -> None:
    """Write the note, by file name, in one rename."""
    part = folder / f".{FILE}.part"
    with part.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(Origin._fields)
        table.writerows(sorted(origins))
    part.replace(folder / FILE)
