"""Other buyers' records of a national JSON file, counted without being read.

msgspec decodes a slice of whole records and gives buyer and amount of each.  A record is passed
when both are written so plainly that no reading could differ: a SIRET of fourteen digits which is
not one of those to read, euros with at most two decimals, no key twice.  Any other is given back
as text, to be read like ours; a slice that msgspec refuses, or that may hide something, is none.
"""

from __future__ import annotations

import functools
import re
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
_LETTERS = (rb"\u004", rb"\u005", rb"\u006", rb"\u007")  # of a key that no count sees
_MOST = 1 << 17  # buyers whose writing is kept


class Passed(NamedTuple):
    """Records that were counted and let go: the SIREN of the buyer of each, and their euros."""

    acheteurs: Sequence[str]
    montant: Decimal


class Skimmed(NamedTuple):
    """What a slice holds: how many records, those to read (position in it from 1, and UTF-8), the
    position of the last one passed, and those passed."""

    records: int
    to_read: list[tuple[int, bytes]]
    last: int
    passed: Passed


Skim = Callable[[bytes], Skimmed | None]


def skimmer(is_read: Callable[[str], bool]) -> Skim:
    """What skims a slice of contracts of the regulatory form; `is_read` knows the SIRENs to read.

    A slice is the text of a list of whole records; the answer is None when it is not.
    """
    return functools.partial(_skim, _Buyers(is_read))


class _Buyers(dict[bytes, str]):
    """The SIREN of a buyer to pass, from what is written of it; empty for one to read."""

    def __init__(self, is_read: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_read = is_read

    def __missing__(self, written: bytes) -> str:
        match = _BUYER.fullmatch(written)
        siren = match[1].decode() if match else ""
        siren = "" if not siren or self._is_read(siren) else siren
        if len(self) < _MOST:
            self[written] = siren
        return siren


def _skim(buyers: Mapping[bytes, str], whole: bytes) -> Skimmed | None:
    import msgspec

    try:
        records = _decoder().decode(whole)
    except (msgspec.DecodeError, RecursionError):
        return None
    bodies = [bytes(r.acheteur) for r in records]
    amounts = [bytes(r.montant) for r in records]
    if b"\\" in whole and any(letter in whole for letter in _LETTERS):
        return None
    if not _is_once(whole, records, bodies, amounts):
        return None
    sirens = [buyers[body] for body in bodies]
    if not _AMOUNTS.fullmatch(b";".join([*amounts, b""])):
        odd = (bool(a) and not _EUROS.fullmatch(a) for a in amounts)
        sirens = ["" if strange else siren for siren, strange in zip(sirens, odd, strict=True)]
    others = []
    if not all(sirens):
        others = [position for position, siren in enumerate(sirens, start=1) if not siren]
        amounts = [a for a, siren in zip(amounts, sirens, strict=True) if siren]
    euros = sum(map(Decimal, b" ".join(amounts).decode().split()), Decimal("0.00"))
    last = next((n for n in range(len(sirens), 0, -1) if sirens[n - 1]), 0)
    parts = _parts().decode(whole) if others else ()
    to_read = [(n, bytes(parts[n - 1])) for n in others]
    return Skimmed(len(records), to_read, last, Passed([*filter(None, sirens)], euros))


def _is_once(
    text: bytes, records: Sequence[Any], bodies: Sequence[bytes], amounts: Sequence[bytes]
) -> bool:
    """Whether each record has one buyer and one amount at most: a key written twice, of which
    msgspec keeps the last, stands once more in the text."""
    if text.count(b'"acheteur"') != sum(map(bool, bodies)):
        return False
    more = text.count(b'"montant"') - sum(map(bool, amounts))
    return not more or more == sum(
        bytes(part).count(b'"montant"')
        for r in records
        for part in (r.modifications, r.actesSousTraitance, r.modificationsActesSousTraitance)
        if part is not _nothing()
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
