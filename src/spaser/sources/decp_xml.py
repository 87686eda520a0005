"""DECP in the regulatory XML: 2022 (`marche`, `contrat-concession` under `marches`) and 2019.

A file may hold one record alone, at its root, as the examples of 2019 and buyer profiles do, or
group its records under other elements: they are read wherever they stand.
Each element becomes the object that the JSON form holds, and is let go: memory does not grow
with the file.  Entities and document types are refused: a data file has no use for them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.errors import Unreadable
from spaser.sources import containers, limits, official, xml_skim
from spaser.sources.autrui import EUROS, SIRET
from spaser.sources.dates import parts
from spaser.sources.decp_nested_json import published
from spaser.sources.fields import FIELDS, LISTS
from spaser.sources.records import Ailleurs, Published, TableName
from spaser.sources.skim import OF_A_CONCESSION

if TYPE_CHECKING:
    from lxml.etree import _Element

NAME_2022 = "DECP 2022, XML réglementaire"
NAME_2019 = "DECP 2019, XML"
_TABLES: Mapping[str, TableName] = {"marche": "marches", "contrat-concession": "concessions"}
_TOO_BIG = re.compile(r"huge|depth|too (?:long|big|deep)|limit", re.IGNORECASE)
_ENTITY = re.compile(r"Entity '([a-zA-Z]{2,20})' not defined")
_BOUND = (
    "ligne {} : un texte de plus de 10\u00a0Mo, ou plus de 256 éléments imbriqués ; "
    "remède : retirer cet enregistrement"
)
_SINCE_2022 = {"considerationsSociales", "techniques", "offresRecues"}
_NOT_PLAIN = {
    *OF_A_CONCESSION, "modifications", "actesSousTraitance", "modificationsActesSousTraitance",
}  # fmt: skip
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


def read(
    path: Path, is_read: Callable[[str], bool] | None = None
) -> Iterator[Published | Ailleurs]:
    """Yield contracts and concessions; positions are counted in each kind.

    Args:
        path: the file.
        is_read: knows the SIRENs of the buyers to read; given it, contracts of others may be
            counted without being read.

    Raises:
        Unreadable: damaged, or another kind of XML.
    """
    judged = form(path) == NAME_2022
    ranks: Counter[TableName] = Counter()
    others, euros = Counter[str](), Decimal("0.00")
    cutter = xml_skim.Cutter(is_read, _NOT_PLAIN) if is_read and xml_skim.is_utf8(path) else None
    cut = 0  # contracts that were cut out before the one being read
    for element in _elements(path, cutter):
        table = _TABLES[_tag(element)]
        if cutter:
            ranks["marches"] += cutter.cut - cut
            cut = cutter.cut
        ranks[table] += 1
        if is_read and table == "marches" and (passed := _passed(element, is_read)):
            others[passed[0]] += 1
            euros += passed[1]
            continue
        gaps = partial(official.xml_record, element) if judged else tuple
        yield published(table, ranks[table], _plain(element), gaps)
    if cutter:
        others, euros = others + cutter.counted, euros + cutter.euros
    if others:
        yield Ailleurs("marches", others, euros)


def _passed(element: _Element, is_read: Callable[[str], bool]) -> tuple[str, Decimal] | None:
    """The SIREN and the euros of a contract of another buyer, written so plainly that no reading
    could differ; None for any other.

    Plainly: one buyer, by a SIRET alone; euros with at most two decimals; no date that may show in
    which order the file writes the day and the month; nothing of a concession, no modification,
    nothing said twice.
    """
    children = {_tag(child): child for child in element}
    if len(children) < len(element) or any(
        _text_of(children[tag]) for tag in _NOT_PLAIN & children.keys()
    ):
        return None
    dates = [_text_of(child) for tag, child in children.items() if tag.startswith("date")]
    buyer = [(_tag(part), _text_of(part)) for part in children.get("acheteur", ())]
    siret = SIRET.fullmatch(dict(buyer).get("id", ""))
    euros = EUROS.fullmatch(_text_of(children["montant"]) if "montant" in children else "0")
    plain = all(parts(date) is None for date in dates) and sorted(tag for tag, _ in buyer) in (
        ["id"],
        ["id", "nom"],
    )
    if not plain or not siret or not euros or is_read(siret[1]):
        return None
    return siret[1], Decimal(euros[0])


def _text_of(element: _Element) -> str:
    """The text of an element that holds no other; «<» for one that does."""
    return "<" if len(element) else element.text or ""


def _elements(path: Path, cutter: xml_skim.Cutter | None = None) -> Iterator[_Element]:
    """The records of the file, wherever they stand, each whole until the next is asked for; less
    those that are cut out."""
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("start", "end"), no_network=True, load_dtd=False, resolve_entities=False,
        remove_comments=True, remove_pis=True, huge_tree=False,
    )  # fmt: skip
    walk = _Walk()
    try:
        for piece in _pieces(path, cutter, walk):
            parser.feed(piece)
            if faults := parser.feed_error_log.filter_from_fatals():
                raise _invalid(faults[0].message, faults[0].line)
            yield from walk.records(parser.read_events(), len(piece))
        parser.close()
        yield from walk.records(parser.read_events(), 0)
    except etree.XMLSyntaxError as error:
        raise _invalid(str(error), error.lineno or 0) from None
    some = walk.has_records or (cutter and cutter.cut)
    if not some and walk.root not in {"marches", *_TABLES}:
        raise _other_form(walk.root)


def _pieces(path: Path, cutter: xml_skim.Cutter | None, walk: _Walk) -> Iterator[bytes]:
    """The bytes of a file, less those that are cut out."""
    with path.open("rb") as stream:
        while block := stream.read(containers.BLOCK):
            yield from cutter.left(block, walk.depth) if cutter else (block,)
    if cutter and cutter.rest:
        yield cutter.rest


class _Walk:
    """Where reading stands: the depth of the record being read, and what passed since it began."""

    def __init__(self) -> None:
        self.root, self.has_records, self._depth, self._inside, self._since = "", False, 0, 0, 0

    def depth(self) -> int:
        """In how many elements, the root among them; 0 within a record."""
        return 0 if self._inside else self._depth

    def records(self, events: Iterable[Any], read: int) -> Iterator[_Element]:
        """The records that end among some events, after so many more bytes."""
        self._since += read
        for event, element in events:
            if event == "start":
                self._depth += 1
                if self._inside:
                    continue  # within a record, which is looked at as a whole
                tag = _tag(element)
                if self._depth == 1:
                    self.root = tag
                    _check_root(element, tag)
                if tag in _TABLES:
                    self._inside, self._since = self._depth, read
            else:
                if self._depth == self._inside:
                    self._inside, self._since, self.has_records = 0, 0, True
                    yield element
                if not self._inside:
                    _let_go(element)
                self._depth -= 1
        if self._inside and self._since > limits.ENREGISTREMENT:
            raise Unreadable(
                f"un enregistrement dépasse {limits.shown(limits.ENREGISTREMENT)} ; "
                "remède : le retirer du fichier"
            )


def _let_go(element: _Element) -> None:
    """Forget an element that was read, and those before it."""
    parent = element.getparent()
    element.clear()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _check_root(root: _Element, tag: str) -> None:
    if tag.lower() == "html":
        raise _other_form(tag)
    if root.getroottree().docinfo.doctype:  # type: ignore[attr-defined]
        raise Unreadable(
            "le XML déclare un type de document (DOCTYPE), ce que les DECP ne font pas"
        )


def _invalid(reason: str, line: int) -> Unreadable:
    """What to say of a text that is no XML, from what lxml says of it."""
    if _TOO_BIG.search(reason):
        return Unreadable(_BOUND.format(line))
    if entity := _ENTITY.search(reason):
        return Unreadable(
            f"« &{entity[1]}; » est du HTML, pas du XML ; remède : faire exporter le fichier de "
            "nouveau, avec ses accents en UTF-8"
        )
    if "Extra content" in reason:
        return Unreadable(
            f"plusieurs documents XML se suivent (ligne {line}) ; remède : un fichier pour chacun"
        )
    return Unreadable(f"ce n'est pas du XML valide, ou le fichier est tronqué (ligne {line})")


def _other_form(root: str) -> Unreadable:
    if root.lower() == "html":
        return Unreadable(containers.PAGE)
    if root.lower() == "table":
        return Unreadable(containers.HTML_TABLE)
    if root == "Workbook":
        return Unreadable(
            "c'est un classeur au format XML d'Excel 2003 ; remède : l'ouvrir dans un tableur, et "
            "l'enregistrer en XLSX ou en CSV"
        )
    return Unreadable(f"XML d'une autre forme : racine « {root} » au lieu de « marches »")


def _tag(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _plain(element: _Element, depth: int = 0) -> Any:
    """An element as JSON would hold it: text, object, or list when a tag is repeated."""
    if depth == limits.PROFONDEUR:
        return {"plus de": f"{limits.PROFONDEUR} niveaux"}
    if not len(element):
        return element.text if element.text and element.text.strip() else None
    children: dict[str, list[Any]] = {}
    for child in element:
        children.setdefault(_tag(child), []).append(_plain(child, depth + 1))
    return {
        tag: values if len(values) > 1 or tag in _LABELS else values[0]
        for tag, values in children.items()
    }
