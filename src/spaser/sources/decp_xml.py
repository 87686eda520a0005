"""DECP in the regulatory XML: 2022 (`marche`, `contrat-concession` under `marches`) and 2019.

A file may hold one record alone, at its root, as the examples of 2019 and buyer profiles do.
Each element becomes the object that the JSON form holds, and is let go: memory does not grow
with the file.  Entities and document types are refused: a data file has no use for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.errors import Unreadable
from spaser.sources import official
from spaser.sources.decp_nested_json import published
from spaser.sources.fields import FIELDS, LISTS
from spaser.sources.records import Published, Table

if TYPE_CHECKING:
    from lxml.etree import _Element

NAME_2022 = "DECP 2022, XML réglementaire"
NAME_2019 = "DECP 2019, XML"
_TABLES: Mapping[str, Table] = {"marche": "marches", "contrat-concession": "concessions"}
_SINCE_2022 = {"considerationsSociales", "techniques", "offresRecues"}
# A list of labels is a list even with one label in it: a label may hold a comma.
_LABELS = {f.nested.split(".")[-1] for fs in FIELDS.values() for f in fs if f.name in LISTS}


def form(path: Path) -> str:
    """The name of the form, from the first record; empty when there is none.

    Raises:
        Unreadable: damaged, or another kind of XML.
    """
    for element in _elements(path):
        since = {_tag(child) for child in element} & _SINCE_2022
        return NAME_2022 if since else NAME_2019
    return NAME_2022


def read(path: Path) -> Iterator[Published]:
    """Yield contracts and concessions; positions are counted in each kind.

    Raises:
        Unreadable: damaged, or another kind of XML.
    """
    judged = form(path) == NAME_2022
    ranks: Counter[Table] = Counter()
    for element in _elements(path):
        table = _TABLES[_tag(element)]
        ranks[table] += 1
        gaps = partial(official.xml_record, element) if judged else tuple
        yield published(table, ranks[table], _plain(element), gaps)


def _elements(path: Path) -> Iterator[_Element]:
    """The records of the file, each whole until the next is asked for."""
    from lxml import etree

    try:
        events = etree.iterparse(
            str(path), events=("start", "end"), no_network=True, load_dtd=False,
            resolve_entities=False, remove_comments=True, remove_pis=True, huge_tree=True,
        )  # fmt: skip
        depth, level = 0, 1  # records stand under the root, or are the root
        for event, element in events:
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 1:
                _check_root(element)
                level = 0 if _tag(element) in _TABLES else 1
            if event == "end" and depth == level and _tag(element) in _TABLES:
                yield element
                parent = element.getparent()
                element.clear()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]
    except (etree.XMLSyntaxError, OSError) as error:
        where = f" (ligne {error.lineno})" if isinstance(error, etree.XMLSyntaxError) else ""
        raise Unreadable(f"ce n'est pas du XML valide, ou le fichier est tronqué{where}") from None


def _check_root(root: _Element) -> None:
    if root.getroottree().docinfo.doctype:  # type: ignore[attr-defined]
        raise Unreadable(
            "le XML déclare un type de document (DOCTYPE), ce que les DECP ne font pas"
        )
    if _tag(root) not in {"marches", *_TABLES}:
        raise Unreadable(f"XML d'une autre forme : racine « {_tag(root)} » au lieu de « marches »")


def _tag(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _plain(element: _Element) -> Any:
    """An element as JSON would hold it: text, object, or list when a tag is repeated."""
    if not len(element):
        return element.text if element.text and element.text.strip() else None
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(_tag(child), []).append(_plain(child))
    return {
        tag: values if len(values) > 1 or tag in _LABELS else values[0]
        for tag, values in found.items()
    }
