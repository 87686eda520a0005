"""What `check --propose` offers to correct: what is in quarantine, then what is only flagged."""

from __future__ import annotations

from collections.abc import Iterator

from spaser.contracts.corrections import Fault
from spaser.quality import DECISION, Gate, findings
from spaser.quality.suites import AVERTISSEMENT


def faults(gate: Gate) -> Iterator[Fault]:
    """Each value at fault, with its record and what is wrong: critical rules, then warnings.

    What the ledger has already set aside is not offered again; a value that several rules find is
    offered once, for the gravest.
    """
    offered: set[tuple[str, str, str, str]] = set()
    for fault in _every(gate):
        key = (fault.ligne.table, fault.ligne.cle, fault.champ, fault.ancien)
        if key not in offered:
            offered.add(key)
            yield fault


def _every(gate: Gate) -> Iterator[Fault]:
    for rejet in gate.quarantaine:
        if rejet.regle.id != DECISION:
            yield Fault(rejet.ligne, rejet.regle.champ, rejet.valeur, rejet.regle.titre)
    decided = {r.ligne.cle for r in gate.quarantaine if r.regle.id == DECISION}
    lignes = {(x.table, x.cle): x for x in gate.lignes}
    for rule in gate.regles:
        for cle in rule.cles if rule.severite == AVERTISSEMENT else ():
            ligne = lignes.get((rule.table, cle)) or lignes["marches", cle]
            for champ, valeur in findings.at_fault(ligne, rule) if cle not in decided else ():
                yield Fault(ligne, champ, valeur, rule.titre)
