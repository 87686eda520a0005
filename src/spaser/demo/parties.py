"""Whose records the demonstration is: the buyers and the partners that a scheme names."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final, NamedTuple

from spaser.demo.contract import establishment
from spaser.demo.data import METROPOLE, VILLE
from spaser.errors import UserError
from spaser.settings.scheme import Scheme

BUYERS: Final = (VILLE, METROPOLE)
_NICS: Final = {VILLE: 1, METROPOLE: 12}
_PARTNERS = 9  # how many members of the committee the actions name


class Parties(NamedTuple):
    """SIRET and name of each buyer, by code; name of each partner, whole and as in its brackets."""

    sirets: Mapping[str, str]
    noms: Mapping[str, str]
    comite: tuple[str, ...]
    sigles: tuple[str, ...]


def parties(scheme: Scheme) -> Parties:
    """The buyers of a scheme, and its committee taken round until there are enough.

    Raises:
        UserError: the scheme is not that of two buyers called `ville` and `metropole`.
    """
    sirens = {code: siren for siren, code in scheme.sirens.items()}
    if set(sirens) != set(BUYERS):
        raise UserError(
            "la démonstration est celle de deux acheteurs, de codes ville et metropole",
            lieu="params/spaser.yml, acheteurs",
            valeur=", ".join(sirens),
            remede="déposer de vraies données dans data/raw/ANNÉE : spaser fetch ANNÉE",
        )
    comite = tuple(itertools.islice(itertools.cycle(scheme.comite or ("",)), _PARTNERS))
    return Parties(
        {code: establishment(sirens[code], nic) for code, nic in _NICS.items()},
        {code: scheme.entites[code] for code in BUYERS},
        comite,
        tuple(name.partition("(")[2].rstrip(")") or name for name in comite),
    )
