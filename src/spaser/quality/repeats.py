"""Rows of the registers that repeat another: of another file, or held by a yearly declaration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from spaser.contracts.marches import Doublon
from spaser.sources.records import Ligne
from spaser.sources.registers import REGISTRES

_REPETE = "SIRET déjà lu"
_REDIT = "même ligne dans un autre fichier"
_COMPRIS = "achat déjà compris dans le bilan annuel de la même cantine"


def _content(ligne: Ligne) -> tuple[object, ...]:
    """What a row of a register says, whatever the form of its file; else the record itself."""
    registre = REGISTRES.get(ligne.table)
    if not registre or registre.reference or ligne.total:
        return (ligne.cle,)
    unread = (a.valeur for a in ligne.inutilisables)
    return (ligne.table, *map(str, ligne.valeurs.values()), *unread)


def distinct(lignes: Sequence[Ligne]) -> tuple[list[Ligne], list[Doublon]]:
    """Without the rows that say again, in another form, what another row says.

    A register left in two forms (XLSX and CSV) is read once.
    An establishment of SIRENE is kept once, and purchases of a canteen give way to its yearly
    declaration, which holds them.
    """
    declared = {
        (x.valeurs["siret"], x.valeurs["annee"]): x
        for x in lignes
        if x.table == "cantine" and x.valeurs["annee_bilan"] and x.valeurs["siret"]
    }
    places: dict[str, Ligne] = {}
    rows: dict[tuple[object, ...], Ligne] = {}
    files: dict[str, set[str]] = defaultdict(set)
    for ligne in lignes:
        files[ligne.table].add(ligne.fichier)
    kept, again = [], []
    for ligne in lignes:
        several = len(files[ligne.table]) > 1
        same = rows.setdefault(_content(ligne), ligne) if several else ligne
        if same.fichier != ligne.fichier:
            first, motive = same, _REDIT
        elif ligne.table == "sirene" and ligne.valeurs["siret"]:
            first = places.setdefault(ligne.valeurs["siret"], ligne)
            motive = _REPETE
        elif ligne.table == "cantine" and not ligne.valeurs["annee_bilan"]:
            first = declared.get((ligne.valeurs["siret"], ligne.valeurs["annee"]), ligne)
            motive = _COMPRIS
        else:
            first, motive = ligne, ""
        if first is ligne:
            kept.append(ligne)
        else:
            again.append(Doublon(ligne, first, motive))
    return kept, again
