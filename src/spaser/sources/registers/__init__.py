"""The registers: every source but the essential data of contracts, as a table of data."""

from __future__ import annotations

from spaser.sources.registers import achats, declarations, entreprises, suivi
from spaser.sources.registers.kinds import Colonne, Registre

REGISTRES: dict[str, Registre] = {
    r.table: r
    for r in (
        achats.FICHES,
        entreprises.SIRENE,
        entreprises.ESUS,
        entreprises.INCLUSIFS,
        achats.MANDATS,
        suivi.INSERTION,
        suivi.FORMATIONS,
        achats.CONSULTATIONS,
        suivi.ACTIONS,
        declarations.AGEC,
        declarations.FLOTTE,
        declarations.CANTINE,
        suivi.RELEVES,
    )
}

REFERENCES = frozenset(r.source for r in REGISTRES.values() if r.reference)

__all__ = ["REFERENCES", "REGISTRES", "Colonne", "Registre"]
