"""Whose row it is: a register names its buyer by SIRET, SIREN, code or name."""

from __future__ import annotations

from dataclasses import replace

from spaser.settings.scheme import Scheme
from spaser.sources.records import Ligne, Published
from spaser.sources.registers import REGISTRES
from spaser.sources.values import fold, text

_CANTINE = ("cantine_id", "cantine")  # how ma cantine names a canteen without its SIRET


def attributed(record: Published, scheme: Scheme) -> Published:
    """A record of ma cantine with the SIRET that `cantines` of the scheme gives its canteen.

    The site's export of purchases has the canteen's name and no SIRET, its imports may have its
    number; a SIRET that the file gives stands.
    """
    if record.table != "cantine" or text(record.fields.get("siret")).value:
        return record
    known = {fold(name): siret for name, siret in scheme.cantines.items()}
    for column in _CANTINE:
        name = text(record.fields.get(column)).value
        if siret := known.get(fold(str(name))) if name else None:
            return replace(record, fields={**record.fields, "siret": siret})
    return record


def acheteur(ligne: Ligne, scheme: Scheme) -> str | None:
    """The code of the scheme's buyer that a register's row names; None when it names none."""
    for column in REGISTRES[ligne.table].acheteur:
        written = ligne.valeurs[column]
        if written and (code := named(written, scheme)):
            return code
    return None


def named(written: str, scheme: Scheme) -> str | None:
    """The buyer of a SIRET or SIREN, or of a name as params/spaser.yml writes it."""
    if code := scheme.sirens.get(written[:9]):
        return code
    names = {fold(n): a.code for a in scheme.acheteurs for n in (a.code, a.nom, a.nom_court)}
    return names.get(fold(written))
