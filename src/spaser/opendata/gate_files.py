"""The files of the quality gate: what is set aside, noted or corrected, coverage, completeness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from spaser.contracts.corrections import Ledger
from spaser.contracts.joins import SansLien
from spaser.opendata.columns import ECARTER, REMPLACER, write
from spaser.quality import Gate, findings
from spaser.quality.completeness import Completude
from spaser.sources.records import Ligne


def write_findings(
    folder: Path, gate: Gate, ledger: Ledger, sans_lien: Sequence[SansLien] = ()
) -> None:
    """Write the files of the quality gate: what is set aside, noted, corrected or unjoined.

    Args:
        folder: the staging folder.
        gate: what the gate decided.
        ledger: the corrections, applied.
        sans_lien: the rows of registers that are tied to nothing.
    """
    write(folder, "jointures", sans_lien)
    write(
        folder,
        "corrections",
        (
            (
                e.table,
                fichier,
                rang,
                e.champ,
                e.ancien,
                e.nouveau or "",
                ECARTER if e.ecarter else REMPLACER,
                e.motif,
                e.auteur,
                e.date,
            )
            for e, fichier, rang in ledger.applied
        ),
    )
    named = {cle for rule in gate.regles for cle in rule.cles}
    lignes: dict[str, Ligne] = {cle: x for x in gate.lignes if (cle := x.cle) in named}
    write(
        folder,
        "quarantaine",
        (
            (
                r.ligne.table,
                r.ligne.fichier,
                r.ligne.rang,
                r.regle.champ,
                r.valeur,
                r.regle.id,
                r.regle.titre,
                r.regle.remede,
                *findings.known(r.ligne),
            )
            for r in gate.quarantaine
        ),
    )
    write(
        folder,
        "constats",
        (
            (
                x.table,
                x.fichier,
                x.rang,
                champ,
                valeur,
                rule.id,
                rule.severite,
                rule.titre,
                rule.remede,
                *findings.known(x),
            )
            for rule in gate.regles
            for cle in rule.cles
            for x in [lignes[cle]]
            for champ, valeur in findings.at_fault(x, rule)
        ),
    )
    write(
        folder,
        "valeurs-ecartees",
        (
            (x.table, x.fichier, x.rang, a.champ, a.valeur, a.raison, *known)
            for x in gate.lignes
            if x.anomalies
            for known in [findings.known(x)]
            for a in x.anomalies
        ),
    )
    write(
        folder,
        "doublons",
        (
            (
                d.ligne.table,
                d.ligne.fichier,
                d.ligne.rang,
                d.ligne.montant,
                d.garde.fichier,
                d.garde.rang,
                d.motif,
            )
            for d in gate.doublons
        ),
    )


def write_coverage(folder: Path, fields: Iterable[Sequence[object]]) -> None:
    """Write couverture-champs.csv."""
    write(folder, "couverture-champs", fields)


def write_completeness(folder: Path, completude: Completude) -> None:
    """Write completude.csv, month by month, and completude-sources.csv, source by source."""
    write(folder, "completude", completude.mois)
    write(folder, "completude-sources", completude.constats)
