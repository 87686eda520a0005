"""A text that others wrote, made plain: no terminal, page or spreadsheet takes it for an order.

Every text of a record, of a name of file or of a report made elsewhere may hold anything.
"""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_FORMULA = ("=", "+", "-", "@")
# What XML 1.0 or HTML forbid, and halves of characters, which UTF-8 cannot write.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Controls, and the signs that turn the direction of a line or hide in it.
_ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
# What `cell` leaves as it is, and nearly every text is: letters, no control, no semicolon.
_PLAIN = re.compile('(?![ "]*[=+@-])[ -:<-~\xa1-\xff\u2019]*')
_SPLIT = re.compile(r"([;\n\r\t])")  # where a spreadsheet may begin a cell


def counted(count: int, words: str) -> str:
    """A count and its words, each of which takes an s from two: «1 fichier», «2 fichiers gardés».

    For messages; pages write their numbers by `report/french.py`.
    """
    return f"{count} " + (words if count < 2 else " ".join(f"{w}s" for w in words.split(" ")))


def writable(text: str) -> str:
    """A text that XML, HTML, JSON and UTF-8 can hold; what they cannot is «�»."""
    return _FORBIDDEN.sub(REPLACEMENT, text)


def shown(text: str) -> str:
    """A text for a terminal: its lines and tabs, and every order that it holds spelt out."""
    return _ORDERS.sub(lambda m: m[0].encode("unicode_escape").decode("ascii"), text)


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula, nor any part of it.

    One set in French may split a line of commas at its semicolons, and take no notice of quotes
    in the middle of a field: what follows a semicolon, a tab or a line end is a cell too.
    """
    if _PLAIN.fullmatch(text):
        return text
    parts = _SPLIT.split(writable(text))
    safe = "".join(map(_safe, parts))
    return "'" + safe if safe.startswith(("\t", "\r", "\n")) else safe


def _safe(part: str) -> str:
    first = unicodedata.normalize("NFKC", part.lstrip(' \xa0"')[:1])
    return "'" + part if first in _FORMULA else part


def place(fichier: str, rang: int | str, *, tabulaire: bool = True) -> str:
    """Where to look for a record in its file: a line of a table, else its rank.

    Args:
        fichier: the name of the file; a JSON or an XML has no lines of records.
        rang: the position of the record, counted from 1.
        tabulaire: whether the form is a table.
    """
    rows = tabulaire and not fichier.casefold().endswith((".json", ".xml"))
    return f"{'ligne' if rows else 'enregistrement n°'} {rang}"
