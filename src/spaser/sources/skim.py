"""Other buyers' records of a national JSON file, counted without being read.

msgspec decodes a slice of whole records and gives buyer and amount of each.  A record is passed
when both are written so plainly that no reading could differ: a SIRET of fourteen digits which is
not one of those to read, euros with at most two decimals, no key twice.  Any other is given back
as text, to be read like ours; a slice that msgspec refuses, or that may hide something, is none.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, NamedTuple

_BUYER = re.compile(
    rb'\{[ \t\r\n]*"id"[ \t\r\n]*:[ \t\r\n]*"([0-9]{9})[0-9]{5}"[ \t\r\n]*'
    rb'(?:,[ \t\r\n]*"nom"[ \t\r\n]*:[ \t\r\n]*"[^"\\]*"[ \t\r\n]*)?\}'
)
_EUROS = re.compile(rb"-?[0-9]{1,12}(?:\.[0-9]{1,2})?")
_AMOUNTS = re.compile(rb"(?:(?:%b)?;)*" % _EUROS.pattern)  # those of a slice, or nothing
_LOOKED_AT = (
    "acheteur",
    "montant",
    "modifications",
    "actesSousTraitance",
    "modificationsActesSousTraitance",
)
OF_A_CONCESSION = (
    "autoriteConcedante",
    "autoriteConcedante.id",
    "concessionnaires",
    "valeurGlobale",
    "dateSignature",
    "dateDebutExecution",
)
_ESCAPED = rb"\u00"
_LETTERS = tuple(
    _ESCAPED + sixteen for sixteen in (b"4", b"5", b"6", b"7")
)  # of a key that no count sees
_MOST = 1 << 17  # buyers whose writing is kept


class Passed(NamedTuple):
    """Records that were counted and let go: by SIREN of their buyers, and their euros."""

    acheteurs: Mapping[str, int]
    montant: Decimal


class Skimmed(NamedTuple):
    """What a slice holds: how many records, those to read (position in it from 1, and text), the
    position of the last one passed, and those passed."""

    records: int
    to_read: list[tuple[int, str]]
    last: int
    passed: Passed


Skim = Callable[[str], Skimmed | None]


def skimmer(is_read: Callable[[str], bool]) -> Skim:
    """What skims a slice of contracts of the regulatory form; `is_read` knows the SIRENs to read.

    A slice is the text of whole records, with their commas; the answer is None when it is not.
    """
    known: dict[bytes, str] = {}

    def buyer(written: bytes) -> str:
        """The SIREN of a buyer to pass; empty for one to read."""
        siren = known.get(written)
        if siren is None:
            match = _BUYER.fullmatch(written)
            siren = match[1].decode() if match else ""
            siren = "" if not siren or is_read(siren) else siren
            if len(known) < _MOST:
                known[written] = siren
        return siren

    return functools.partial(_skim, buyer)


def _skim(buyer: Callable[[bytes], str], text: str) -> Skimmed | None:
    import msgspec

    try:
        whole = f"[{text}]".encode()  # bytes are counted faster than letters
        records = _decoder().decode(whole)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    bodies = [bytes(r.acheteur) for r in records]
    amounts = [bytes(r.montant) for r in records]
    if _ESCAPED in whole and any(letter in whole for letter in _LETTERS):
        return None
    if not _is_once(whole, records, bodies, amounts):
        return None
    sirens = [*map(buyer, bodies)]
    if not _AMOUNTS.fullmatch(b";".join([*amounts, b""])):
        odd = (bool(a) and not _EUROS.fullmatch(a) for a in amounts)
        sirens = ["" if strange else siren for siren, strange in zip(sirens, odd, strict=True)]
    others = [position for position, siren in enumerate(sirens, start=1) if not siren]
    passed = Counter(sirens)
    del passed[""]
    last = next((n for n in range(len(sirens), 0, -1) if sirens[n - 1]), 0)
    euros = [a.decode() for a, siren in zip(amounts, sirens, strict=True) if siren and a]
    total = sum(map(Decimal, euros), Decimal("0.00"))
    parts = _parts().decode(whole) if others else ()
    to_read = [(n, bytes(parts[n - 1]).decode()) for n in others]
    return Skimmed(len(records), to_read, last, Passed(passed, total))


def _is_once(
    text: bytes, records: Sequence[Any], bodies: Sequence[bytes], amounts: Sequence[bytes]
) -> bool:
    """Whether each record has one buyer and one amount at most: a key written twice, of which
    msgspec keeps the last, stands once more in the text."""
    nested = sum(
        bytes(part).count(b'"montant"')
        for r in records
        for part in (r.modifications, r.actesSousTraitance, r.modificationsActesSousTraitance)
        if part is not _nothing()
    )
    return (
        text.count(b'"acheteur"') == sum(map(bool, bodies))
        and text.count(b'"montant"') == sum(map(bool, amounts)) + nested
    )


@functools.cache
def _nothing() -> Any:
    """What stands for the key that a record lacks."""
    import msgspec

    return msgspec.Raw(b"")


@functools.cache
def _parts() -> Any:
    """Cuts a list into the texts of its members."""
    import msgspec

    return msgspec.json.Decoder(list[msgspec.Raw])


@functools.cache
def _decoder() -> Any:
    """Gives what decides of each record, still as text; refuses what may be a concession."""
    import msgspec

    kind: Any = msgspec.defstruct(
        "Contrat",
        [
            *((name, msgspec.Raw, _nothing()) for name in _LOOKED_AT),
            *(
                (f"concession_{n}", Literal[""], msgspec.field(default="", name=name))
                for n, name in enumerate(OF_A_CONCESSION)
            ),
        ],
    )
    return msgspec.json.Decoder(list[kind])
