"""Whose row it is: a register names its buyer by SIRET, SIREN, code or name."""

from __future__ import annotations

from spaser.params import Scheme
from spaser.sources.records import Ligne
from spaser.sources.registers import REGISTRES
from spaser.sources.values import fold


def acheteur(ligne: Ligne, scheme: Scheme) -> str | None:
    """The code of the scheme's buyer that a register's row names; None when it names none."""
    for column in REGISTRES[ligne.table].acheteur:
        text = ligne.valeurs[column]
        if text and (code := named(text, scheme)):
            return code
    return None


def named(text: str, scheme: Scheme) -> str | None:
    """The buyer of a SIRET or SIREN, or of a name as params/spaser.yml writes it."""
    if code := scheme.sirens.get(text[:9]):
        return code
    names = {fold(n): a.code for a in scheme.acheteurs for n in (a.code, a.nom, a.nom_court)}
    return names.get(fold(text))
