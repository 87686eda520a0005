"""Other buyers' contracts of an XML file, counted from its bytes and kept from lxml.

The tags of a contract, one after the other, are its form: a national file has few, and each is
judged once, by the rules of `decp_xml.py`; one that is met often is made into an expression, which
the contracts that follow in it match at once.  A contract of a plain form, well written, whose
buyer, euros and dates no reading could take otherwise is counted; lxml is given all else, and
where contracts were cut out an instruction with as many lines: it says what is wrong with the file.
"""

from __future__ import annotations

import codecs
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser.sources.autrui import EUROS, SIRET
from spaser.sources.dates import parts

_START, _END = b"<marche>", b"</marche>"
_LONGEST = 1 << 20  # bytes of a contract that is judged whole
_MOST_TAGS = 250  # of a contract: lxml knows the depth that it refuses
_MOST_AROUND = 100  # elements that a contract may stand in, for the same reason
_MARK = b"<?cut%b?>"  # an instruction stands where an element may, and nowhere else
_BLANKS = b" \t\r\n"
_OFTEN = 16  # contracts of a form from which it is worth an expression
_SIRET = b"(?P<siret>%b)" % SIRET.pattern.encode()
_EUROS, _NO_EUROS = b"(?P<euros>%b)" % EUROS.pattern.encode(), b"(?P<euros>)"
_YEAR_FIRST = rb"(?:[0-9]{4}[^<&\r]*+)?"  # such a date, or none, does not show its order
_BUYER = (["id"], ["id", "nom"])
_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9_.-]*)(/?)>")
_DECLARED = 200  # bytes in which a declaration ends
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']*)""")
_CONTROL = bytes(0 if n < 32 and n not in b"\t\n\r" else n for n in range(256))
_REFUSED = re.compile(rb"\]\]>|\xef\xbf[\xbe\xbf]")  # nowhere in a text of XML
_REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")


@dataclass
class _PlainContract:
    """A plain form: its tags, where it has its decisive texts, how often it was met; `empty` are
    the texts that must not say anything."""

    tags: Sequence[bytes]
    siret: int
    euros: int | None
    dates: Sequence[int]
    empty: Sequence[int]
    met: int = 0

    @functools.cached_property
    def expression(self) -> re.Pattern[bytes]:
        """Matches, after blanks, contracts of this form: all that are counted but for their SIRET,
        less some of odd dates."""
        texts = dict.fromkeys(self.dates, _YEAR_FIRST) | dict.fromkeys(self.empty, b"")
        texts |= {self.siret: _SIRET, self.euros or 0: _EUROS}
        written = b"".join(
            re.escape(tag) + texts.get(place, b"[^<]*+")
            for place, tag in enumerate(self.tags[:-1], start=1)
        )
        lone = b"" if self.euros else _NO_EUROS
        return re.compile(b"[%b]*+%b%b%b" % (_BLANKS, written, re.escape(self.tags[-1]), lone))


def is_utf8(path: Path) -> bool:
    """Whether a file of XML is declared to be UTF-8, or nothing else."""
    with path.open("rb") as stream:
        start = stream.read(_DECLARED)
    if b"<?xml" in start and b"?>" not in start:
        return False
    declared = _ENCODING.search(start)
    return not declared or declared[1].lower() == b"utf-8"


class Cutter:
    """The bytes of a file that `is_utf8`, less the contracts of others, which it counts.

    `counted` and `euros` are theirs, by SIREN and in all, `cut` their number; `rest` waits for the
    end of a contract.
    """

    def __init__(self, is_read: Callable[[str], bool], not_plain: AbstractSet[str]) -> None:
        """Knows the SIRENs to read; the elements of a contract that must hold nothing."""
        self._is_read, self._not_plain = is_read, not_plain
        self.rest = b""
        self._last = b""  # byte that was given: a mark may begin there
        self._lines: int | None = None  # of what was cut out since something was given
        self._is_plain = True  # until a comment, a CDATA section or an instruction may hold tags
        self._usual: _PlainContract | None = None  # the form of the last that was met often
        self._form = functools.lru_cache(1 << 10)(self._judged)
        self._siren = functools.lru_cache(1 << 16)(self._of_others)
        self.counted: Counter[str] = Counter()
        self.euros = Decimal("0.00")
        self.cut = 0

    def left(self, block: bytes, depth: Callable[[], int]) -> Iterator[bytes]:
        """What a parser is to be fed of the next block, piece by piece.

        Args:
            block: the next bytes of the file.
            depth: in how many elements the parser stands, which has taken all that was given;
                0 outside the root and within a record.
        """
        held = self.rest + block
        first = held.find(_START)
        are_texts = first >= 0 and _is_text(held[first : held.rfind(_END) + len(_END)])
        at = after = 0  # what is given and what is judged up to
        while (start := held.find(_START, after)) >= 0 and (end := held.find(_END, start)) >= 0:
            after = end + len(_END)
            if held[at:start].strip(_BLANKS):
                yield self._given(held[at:start])
                at = start
            if not self._is_plain or not 0 < depth() <= _MOST_AROUND:
                continue
            contract = held[start:after]
            if (are_texts or _is_text(contract)) and self._counts(contract):
                after = self._alike(held, after) if are_texts else after
                self._lines = (self._lines or 0) + held.count(b"\n", at, after)
                at = after
        keep = start if start >= 0 else max(after, len(held) - len(_START) + 1)
        if len(held) - keep > _LONGEST:
            keep = len(held)
        if at < keep or self._lines is not None:
            yield self._given(held[at:keep])
        self.rest = held[max(at, keep) :]

    def _given(self, piece: bytes) -> bytes:
        joined = self._last + piece.removeprefix(codecs.BOM_UTF8).removeprefix(b"<?xml")
        self._is_plain &= b"<!" not in joined and b"<?" not in joined
        self._last = piece[-1:]
        if self._lines is not None:
            piece = _MARK % (b"\n" * self._lines) + piece
            self._lines = None
        return piece

    def _counts(self, contract: bytes) -> bool:
        """Whether a contract is plainly another buyer's; it is then counted."""
        if len(contract) > _LONGEST:
            return False
        # Tags by turns with texts, which begin with «>»: no tag of a plain form does, and there
        # are as many texts as «>».  A text that holds one is for lxml.
        marked = contract.replace(b">", b"<>")
        pieces = marked.split(b"<")
        if len(pieces) != 2 * (len(marked) - len(contract)) + 1:
            return False
        form, texts = self._form(b"<%b>" % b"><".join(pieces[1::2])), pieces[::2]
        if not form or (form.empty and any(texts[n] != b">" for n in form.empty)):
            return False
        form.met += 1
        if form.met >= _OFTEN:
            self._usual = form
        siren = self._siren(texts[form.siret][1:])
        euros = EUROS.fullmatch("0" if form.euros is None else texts[form.euros][1:].decode())
        if not siren or not euros:
            return False
        for place in form.dates:
            if _shows_order(texts[place][1:]):
                return False
        self.cut += 1
        self.counted[siren] += 1
        self.euros += Decimal(euros[0])
        return True

    def _alike(self, held: bytes, at: int) -> int:
        """Count the contracts of the usual form that follow here, and say where they end."""
        if not self._usual:
            return at
        match = self._usual.expression.match
        sirens, amounts = [], []
        while (alike := match(held, at)) and (siren := self._siren(alike["siret"])):
            sirens.append(siren)
            amounts.append(alike["euros"])
            at = alike.end()
        self.cut += len(sirens)
        self.counted.update(sirens)
        self.euros += sum(map(Decimal, b" ".join(amounts).decode().split()))
        return at

    def _of_others(self, text: bytes) -> str:
        """The SIREN of a buyer that is not to be read, from the text of its SIRET; else empty."""
        siret = SIRET.fullmatch(text.decode())
        return "" if not siret or self._is_read(siret[1]) else siret[1]

    def _judged(self, tags: bytes) -> _PlainContract | None:
        """A form, from its tags alone; None where they are not plain."""
        contract = _tree(tags)
        if contract is None:
            return None
        children = {part.name: part for part in contract.parts}
        buyer, amount = children.get("acheteur"), children.get("montant")
        if (
            len(children) < len(contract.parts)
            or not buyer
            or sorted(part.name for part in buyer.parts) not in _BUYER
        ):
            return None
        siret = next(part for part in buyer.parts if part.name == "id")
        absent = [children[name] for name in self._not_plain & children.keys()]
        leaves = [siret, *absent, *([amount] if amount else [])]
        if any(part.parts for part in leaves):
            return None
        if siret.text < 0 or (amount and amount.text < 0):
            return None
        return _PlainContract(
            [tag[0] for tag in _TAG.finditer(tags)],
            siret.text,
            amount.text if amount else None,
            tuple(p.text for p in contract.parts if p.name.startswith("date") and not p.parts),
            tuple(part.text for part in absent),
        )


def _is_text(contract: bytes) -> bool:
    """Whether bytes are characters that XML lets stand, entities of its own among them."""
    if b"\0" in contract.translate(_CONTROL):
        return False
    # To look for one byte costs nothing, for an expression as much as all the rest.
    if (b"]" in contract or b"\xef" in contract) and _REFUSED.search(contract):
        return False
    if b"&" in contract and _REFERENCE.search(contract):
        return False
    try:
        contract.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Tag(NamedTuple):
    """An element by its tags: its name, the place of its text, the elements in it."""

    name: str
    text: int
    parts: list[_Tag]


def _tree(tags: bytes) -> _Tag | None:
    """The element that some tags make, in order; None where one is written in an odd way."""
    cut = _TAG.findall(tags)
    if _TAG.sub(b"", tags) or len(cut) > _MOST_TAGS or tags.count(_START) > 1:
        return None
    whole = _Tag("", 0, [])
    path = [whole]
    for place, (closes, name, empty) in enumerate(cut, start=1):
        if closes:
            if path.pop().name != name.decode() or not path:
                return None
            continue
        part = _Tag(name.decode(), -1 if empty else place, [])  # the last text is always empty
        path[-1].parts.append(part)
        if not empty:
            path.append(part)
    return whole.parts[0] if path == [whole] and len(whole.parts) == 1 else None


@functools.lru_cache(1 << 12)
def _shows_order(date: bytes) -> bool:
    """Whether a date may show in which order the file writes the day and the month."""
    return b"&" in date or b"\r" in date or parts(date.decode()) is not None
