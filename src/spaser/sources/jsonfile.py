"""JSON read item by item: national files are one object of gigabytes.

The text is walked from its start to its end, so that everything in it is either given to the
caller or known to be a value outside any list.  Items are decoded one at a time by the standard
library, from a window of the file that never grows past the size of one record; slices of records
are shown as bytes to whom may count them, and only what it does not take becomes text.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import re
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from spaser.errors import Unreadable
from spaser.sources import containers, limits
from spaser.sources.skim import Skim, Skimmed

_BLANKS = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[-+\w.]+")
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?P<end>"?)|[][{}]', re.DOTALL)
_KEY = re.compile(r"[ \t\n\r]*:")
_AHEAD = 1 << 16  # characters in which an object shows whether it is a record
_NEAR = 30  # characters shown before and after a fault
_CUT = 16  # characters that an escape or a word cut by the window may have

_SLICE = 1 << 16  # bytes of records that are skimmed together
_CUTS = 8  # beginnings of a record that are tried as the end of a slice
_SPACES = b" \t\n\r"
_OPENING = re.compile(rb'\{[ \t\n\r]*"[^"\\]*"[ \t\n\r]*:')

Judge = Callable[[Collection[str]], bool]


class Item(NamedTuple):
    """A value of the file: the keys that lead to it, its position in its list from 1, itself.

    Position 0 announces a list; a value that stands in no list has no position (None).
    """

    place: tuple[str, ...]
    position: int | None
    value: Any


def items(
    path: Path, is_record: Judge, skim: Skim | None = None, where: Collection[tuple[str, ...]] = ()
) -> Iterator[Item]:
    """Yield every item of every list, every record that stands alone, and other lone values.

    An object outside a list is a record when `is_record` says so of its keys, else it is walked.
    Numbers are exact (int or Decimal); one that is out of bounds stays text.  NaN is None.  A key
    written twice with two values gives the list of both, as a repeated XML element does.

    Args:
        path: the file.
        is_record: tells from its keys whether an object outside a list is a record.
        skim: takes slices of lists: what it passes of one comes as a `Passed`, at the position of
            the last record passed, before the records that are to read.
        where: the places of the lists that it is offered.

    Raises:
        Unreadable: damaged, truncated, or a record out of bounds.
    """
    with contextlib.closing(containers.utf8(path)) as blocks:
        window = _Window(blocks)
        yield from _walk(window, (), is_record, skim, where)
        if window.peek():
            raise window.damaged()


def _walk(
    window: _Window,
    place: tuple[str, ...],
    is_record: Judge,
    skim: Skim | None,
    where: Collection[tuple[str, ...]],
) -> Iterator[Item]:
    if len(place) > limits.PROFONDEUR:
        raise Unreadable(f"objets imbriqués sur plus de {limits.PROFONDEUR} niveaux")
    opening = window.peek()
    if opening == "[":
        yield Item(place, 0, None)
        yield from _members(window, place, skim if place in where else None)
    elif opening == "{" and is_record(window.keys()):
        yield Item(place, 0, None)
        yield Item(place, 1, window.value())
    elif opening == "{":
        _members_met = 0
        for _members_met, _ in enumerate(window.members("}"), start=1):
            yield from _walk(window, (*place, window.key()), is_record, skim, where)
        if not _members_met:
            yield Item(place, None, {})
    else:
        yield Item(place, None, window.value())


def _members(window: _Window, place: tuple[str, ...], skim: Skim | None) -> Iterator[Item]:
    """The members of the list that opens here, by slices where `skim` can."""
    before = 0
    for _ in window.members("]"):
        for skimmed in window.skimmed(skim) if skim else ():
            if skimmed.last:
                yield Item(place, before + skimmed.last, skimmed.passed)
            for position, text in skimmed.to_read:
                yield Item(place, before + position, _Window(iter([text])).value())
            before += skimmed.records
        before += 1
        yield Item(place, before, window.value())


def _slice(held: bytes, at: int, skim: Skim) -> tuple[Skimmed, int] | None:
    """What `skim` makes of a slice of whole records that starts here, and where the next does."""
    opening, end = _OPENING.match(held, at), at + _SLICE
    if not opening or end > len(held):
        return None
    cut = end
    for _ in range(_CUTS):
        cut = held.rfind(opening[0], at + 1, cut)
        if cut < 0:
            return None
        comma = held.rfind(b",", at, cut)
        if held[comma + 1 : cut].strip(_SPACES):
            continue
        if skimmed := skim(b"".join((b"[", memoryview(held)[at:comma], b"]"))):
            return skimmed, cut
    return None


class _Window:
    """The part of the text that is in memory, and where reading stands in it."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        """The text, as blocks of UTF-8."""
        self._blocks, self._text, self._at = blocks, "", 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._slow = 0  # position before which no slice is tried: one just failed

    def peek(self) -> str:
        """The next character that is not a blank; empty at the end."""
        while True:
            self._at = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def members(self, closing: str) -> Iterator[None]:
        """Stand before each member of the list or object that opens here."""
        self._at += 1
        if self.peek() == closing:
            self._at += 1
            return
        while True:
            yield
            after = self.peek()
            if after not in {",", closing}:
                raise self.damaged()
            self._at += 1
            if after == closing:
                return
            if self.peek() in {"]", "}", ""}:
                raise self.damaged()

    def key(self) -> str:
        """The key that stands here, its colon passed."""
        if self.peek() != '"':
            raise self.damaged()
        key = str(self.value())
        if self.peek() != ":":
            raise self.damaged()
        self._at += 1
        return key

    def keys(self) -> set[str]:
        """The keys of the object that opens here, as far as the window looks ahead."""
        while len(self._text) - self._at < _AHEAD and self._more():
            pass
        names, depth = set(), 0
        for token in _TOKEN.finditer(self._text, self._at, self._at + _AHEAD):
            if token[0] in "{[":
                depth += 1
            elif token[0] in "}]":
                depth -= 1
                if not depth:
                    break
            elif depth == 1 and _KEY.match(self._text, token.end()):
                names.add(token[0][1:-1])
        return names

    def skimmed(self, skim: Skim) -> Iterator[Skimmed]:
        """What `skim` makes of each slice of whole records from here on, which are passed.

        It ends before a member, which is then read as text: when the text ends soon, or no cut
        gives a slice that is taken.  A cut is before what looks like the beginning of another
        record; whether it is one, only decoding tells.
        """
        if self._at < self._slow:
            return
        near = self._near(self._at).encode()
        held, at = near + self._text[self._at :].encode() + self._decoder.getstate()[0], len(near)
        self._decoder.reset()
        while True:
            if len(held) - at < _SLICE:
                start = max(0, at - 4 * _NEAR)
                held, at = held[start:] + self._read(_SLICE), at - start
            passed = _slice(held, at, skim)
            if not passed:
                break
            skimmed, at = passed
            yield skimmed
        before = held[max(0, at - 4 * _NEAR) : at].decode(errors="ignore")[-_NEAR:]
        self._text, self._at = before + self._decoder.decode(held[at:]), len(before)
        self._slow = self._at + _SLICE

    def _read(self, least: int) -> bytes:
        """At least so many bytes more; fewer at the end of the text, none once it has ended."""
        pieces, size = [], 0
        for block in self._blocks:
            pieces.append(block)
            size += len(block)
            if size >= least:
                break
        return b"".join(pieces)

    def value(self) -> Any:
        """The whole value that starts here."""
        if self.peek() not in {"{", "[", '"'}:
            return self._scalar()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos > len(self._text) - _CUT
                if not cut or not self._more():
                    raise self.damaged(error.pos if not cut else None) from None
                continue
            except RecursionError:
                return self._shallow()
            if end - self._at > limits.ENREGISTREMENT:
                raise self._too_long()
            brackets = self._text.count("[", self._at, end) + self._text.count("{", self._at, end)
            if brackets > limits.PROFONDEUR and _depth(value) > limits.PROFONDEUR:
                return self._shallow()
            self._at = end
            return value

    def _scalar(self) -> Any:
        while not (match := _SCALAR.match(self._text, self._at)) or match.end() == len(self._text):
            if not self._more():
                break
        if not match:
            raise self.damaged()
        try:
            value = _DECODER.decode(match[0])
        except json.JSONDecodeError:
            raise self.damaged() from None
        self._at = match.end()
        return value

    def _shallow(self) -> Any:
        """The value without what is nested too deep in it: text that says so stands instead."""
        kept, depth, start, at = [], 0, self._at, self._at
        while True:
            token = _TOKEN.search(self._text, at)
            if not token or token["end"] == "":
                before = self._at
                if not self._more():
                    raise self.damaged()
                start, at = start - before + self._at, at - before + self._at
                continue
            at = token.end()
            if token[0] in "{[":
                depth += 1
                if depth == limits.PROFONDEUR:
                    kept.append(self._text[start : token.start()])
                    kept.append(f'"plus de {limits.PROFONDEUR} niveaux"')
            elif token[0] in "}]":
                depth -= 1
                if depth == limits.PROFONDEUR - 1:
                    start = at
            if not depth:
                break
        kept.append(self._text[start:at])
        try:
            value = _DECODER.decode("".join(kept))
        except json.JSONDecodeError:
            raise self.damaged() from None
        self._at = at
        return value

    def _more(self) -> bool:
        """Read on, dropping what was passed; the window doubles while one value fills it."""
        rest = self._text[self._at :]
        if len(rest) > limits.ENREGISTREMENT:
            raise self._too_long()
        raw = self._read(max(1, len(rest)))
        block = self._decoder.decode(raw, final=not raw)
        passed = self._near(self._at)
        self._slow -= self._at - len(passed)
        self._text, self._at = passed + rest + block, len(passed)
        return bool(raw)

    def _near(self, at: int) -> str:
        """What stands just before: a fault is shown with it."""
        return self._text[max(0, at - _NEAR) : at]

    def _too_long(self) -> Unreadable:
        return Unreadable(
            f"un enregistrement dépasse {limits.shown(limits.ENREGISTREMENT)} "
            f"(« {_excerpt(self._text[self._at :])} ») ; remède : le retirer du fichier"
        )

    def damaged(self, at: int | None = None) -> Unreadable:
        """One French line, with the text around the fault."""
        at = self._at if at is None else at
        near = _excerpt(self._text[max(0, at - _NEAR) : at + _NEAR])
        if self._text[:at].rstrip().endswith("}") and self._text[at:].lstrip().startswith("{"):
            return Unreadable(
                f"des objets JSON se suivent sans être une liste (près de « {near} ») ; remède : "
                "les exporter en une liste « [ … ] », ou en CSV"
            )
        cut = not near or at >= len(self._text)
        where = "le texte s'arrête trop tôt" if cut else f"près de « {near} »"
        return Unreadable(f"ce n'est pas du JSON valide, ou le fichier est tronqué ({where})")


def _excerpt(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:60]).split())


def _depth(value: Any) -> int:
    """How deep a value is nested; the count stops soon after the bound."""
    level, depth = [value], 0
    while level and depth <= limits.PROFONDEUR:
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        depth += 1
    return depth - 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    for key in members:
        written = [value for name, value in pairs if name == key]
        distinct = [v for n, v in enumerate(written) if v not in written[:n]]
        lists = [v if isinstance(v, list) else [v] for v in distinct]
        members[key] = distinct[0] if len(distinct) == 1 else [v for part in lists for v in part]
    return members


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= limits.CHIFFRES else digits


def _decimal(digits: str) -> Any:
    if len(digits) > limits.CHIFFRES * 2:
        return digits
    number = Decimal(digits)
    return number if abs(number.adjusted()) <= limits.CHIFFRES else digits


_CONSTANTS = {"NaN": None, "Infinity": "Infinity", "-Infinity": "-Infinity"}
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_CONSTANTS.__getitem__,
    strict=False,
)
