"""Which members of the follow-up committee a text names, by their whole or their short names."""

from __future__ import annotations

import re

from spaser.settings.scheme import Scheme
from spaser.sources.values import fold

_SEVERAL = re.compile(r"[;,/+\n]")


def members(written: str, scheme: Scheme) -> list[str | None]:
    """The members that a cell names, as the scheme writes them; None for one that is of none.

    A member is known by its whole name, by what stands before or in its brackets, and by its
    `noms_courts`.  A cell that is no name may hold several, parted by a comma, a semicolon, a
    slash or a plus.
    """
    known = _names(scheme)
    if fold(written) in known:
        return [known[fold(written)]]
    return [known.get(fold(part)) for part in _SEVERAL.split(written) if part.strip()]


def _names(scheme: Scheme) -> dict[str, str]:
    names: dict[str, str] = {}
    for member in scheme.comite:
        long, _, short = str(member).partition("(")
        for name in (member, long, short.rstrip(") "), *scheme.noms_courts.get(member, ())):
            if fold(name):
                names.setdefault(fold(name), member)
    return names
