"""Tells the form of a file from its content, whatever its name.

The first bytes tell the container (JSON, XML, Parquet, workbook, text); what is inside tells the
form.  A form is a name and a reader; a new form is a new module and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from spaser.errors import Unreadable
from spaser.sources import decp_flat_json, decp_nested_json
from spaser.sources.jsonfile import BOM, structure
from spaser.sources.records import Published


class Form(NamedTuple):
    """A published form: its name, and the reader that yields its records."""

    name: str
    read: Callable[[Path], Iterator[Published]]


def recognise(path: Path) -> Form:
    """The form of a file.

    Raises:
        Unreadable: no known form.
    """
    with path.open("rb") as stream:
        head = stream.read(4096).removeprefix(BOM).lstrip()
    if head[:1] in {b"{", b"["}:
        return _json(path)
    raise Unreadable("forme non reconnue : ni DECP en JSON à plat, ni DECP en JSON réglementaire")


def _json(path: Path) -> Form:
    """A JSON form, from the first list or object that one of them has."""
    for place in structure(path):
        if form := _JSON.get(place):
            return form
    raise Unreadable("JSON sans liste de marchés (« records », « results » ou « marches »)")


def _flat(prefix: str) -> Form:
    return Form(decp_flat_json.NAME, lambda path: decp_flat_json.read(path, prefix))


_JSON = {
    ("", "start_array"): _flat("item"),
    ("records", "start_array"): _flat("records.item"),
    ("results", "start_array"): _flat("results.item"),
    ("marches", "start_array"): Form(decp_nested_json.NAME_2019, decp_nested_json.read_2019),
    ("marches", "start_map"): Form(decp_nested_json.NAME_2022, decp_nested_json.read_2022),
}
