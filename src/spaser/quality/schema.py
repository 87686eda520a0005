"""What the official schemas refuse, as rules: one for each field and constraint, as warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from spaser.quality.suites import AVERTISSEMENT, Regle
from spaser.sources.records import EcartAuSchema, Ligne, TableName

_REMEDY = "faire corriger la publication ; cet écart, à lui seul, n'écarte rien"


def rules(lignes: Iterable[Ligne]) -> list[Regle]:
    """One rule for each gap met, with its records; none when every record fits its schema."""
    met: dict[tuple[TableName, EcartAuSchema], list[str]] = defaultdict(list)
    for ligne in lignes:
        for ecart in ligne.ecarts:
            met[ligne.table, ecart].append(ligne.cle)
    return [
        Regle(
            f"SCH-{table}-{gap.champ}",
            table,
            gap.champ,
            AVERTISSEMENT,
            f"Schéma officiel : {gap.contrainte}",
            _REMEDY,
            tuple(cles),
            respectee=False,
        )
        for (table, gap), cles in sorted(met.items())
    ]
