"""Reserves on suspect fields, in words: what a figure becomes without the suspect contracts."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from spaser.report import french
from spaser.report.edition import Edition
from spaser.report.perimetre import thin, unit_of

_DOUBT = Decimal("0.1")  # of the value: beyond, the figure rests on what is suspect


class Doubt(NamedTuple):
    """A figure with and without the contracts of which a rule says that a field is suspect."""

    regle: str
    entite: str
    suspects: int
    comptes: int
    valeur: str
    sans: str
    ecartes: str
    lourd: bool

    @property
    def dit(self) -> str:
        """«6,6 % si ces 26 marchés comptaient pour « non »»; empty when it does not move."""
        if self.sans == self.valeur:
            return ""
        if self.comptes == 1:
            return f"{self.sans} si ce marché comptait pour « non »"
        return f"{self.sans} si ces {french.number(self.comptes)} marchés comptaient pour « non »"


def of(edition: Edition, code: str, base: str, entite: str = "") -> list[Doubt]:
    """The reserves of a figure, one a rule; of every entity when none is named.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        code: the code of an indicator.
        base: number, value or other.
        entite: the code of a buyer, or of all together; None for every entity.
    """
    return [
        _doubt(edition, r)
        for r in edition.rows_if_any("reserves")
        if (r["code"], r["base"]) == (code, base) and entite in {"", r["entite"]}
    ]


def _doubt(edition: Edition, row: dict[str, str]) -> Doubt:
    unit = unit_of(edition, row)

    def shown(name: str) -> str:
        if thin(edition, row):
            return french.NS
        return french.measure(Decimal(row[name]), unit) if row[name] else french.ND

    value = Decimal(row["valeur"] or 0)
    moved = abs(value - Decimal(row["valeur_sans_suspects"] or 0))
    return Doubt(
        regle=row["regle"],
        entite=row["entite"],
        suspects=int(row["suspects"]),
        comptes=int(row["comptes"]),
        valeur=shown("valeur"),
        sans=shown("valeur_sans_suspects"),
        ecartes=shown("valeur_marches_ecartes"),
        lourd=moved > abs(value) * _DOUBT,
    )
