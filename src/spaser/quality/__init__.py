"""The quality gate: Great Expectations suites decide what is accepted, and say why not.

`expectations/TABLE.json` holds one suite per canonical table, with GX's own severity and, in
`meta`, our rule id, the field, a title and a remedy in French.  A critical rule on rows sends
its rows to quarantine; a critical rule on the table, an unreadable file, too large a quarantine or
a year that is not whole stops the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from spaser import memory
from spaser.contracts.corrections import Ledger
from spaser.contracts.marches import Doublon, Marche, assemble, distinct
from spaser.quality import (
    completeness,
    expectations,
    readings,
    registers,
    remembered,
    repeats,
    schema,
    suites,
    thresholds,
    totals,
)
from spaser.quality.columns import frames
from spaser.quality.completeness import NOTHING_BEFORE, Before, Completude
from spaser.quality.registers import MesureDeReleve
from spaser.quality.suites import CRITIQUE, Regle
from spaser.settings.params import Params
from spaser.sources.fields import FIELDS, SCOPES
from spaser.sources.lecture import (
    AUTRE_ACHETEUR,
    AUTRE_ANNEE,
    NON_RENCONTRE,
    NOTHING,
    Count,
    Lecture,
)
from spaser.sources.records import Ligne
from spaser.sources.registers import REGISTRES

TITRES = {"marches": "Marchés", "concessions": "Concessions"} | {
    name: r.titre for name, r in REGISTRES.items()
}

DECISION = "COR-01"  # set aside by the ledger: a choice, not a failure of the data


class Rejet(NamedTuple):
    """A record in quarantine and one of its reasons."""

    ligne: Ligne
    regle: Regle

    @property
    def valeur(self) -> str:
        """What was written in the field, with both readings when it has two."""
        return self.ligne.total or self.ligne.dite(self.regle.champ)


@dataclass(frozen=True)
class Bilan:
    """The accounting of one table, in rows and in euros of the amounts that could be read."""

    table: str
    lues: Count
    retenues: Count
    quarantaine: Count
    doublons: Count
    autre_acheteur: Count
    autre_annee: Count
    non_rencontres: Count = NOTHING

    def check(self) -> None:
        """Nothing is lost: read = accepted + quarantined + duplicates + out of scope.

        Raises:
            AssertionError: the identity does not hold, which is a bug of this package.
        """
        parts = (
            self.retenues,
            self.quarantaine,
            self.doublons,
            self.autre_acheteur,
            self.autre_annee,
            self.non_rencontres,
        )
        total = Count(sum(p.lignes for p in parts), sum((p.montant for p in parts), Decimal(0)))
        if total != self.lues:
            raise AssertionError(f"{self.table} : {self.lues} lus, {total} comptés")


@dataclass(frozen=True)
class Gate:
    """What the gate decided: contracts to count, records set aside, rules, accounting.

    `lignes` are all distinct records in scope, accepted or not; `registres` the accepted rows of
    the other sources.
    """

    lignes: list[Ligne]
    marches: list[Marche]
    concessions: list[Marche]
    quarantaine: list[Rejet]
    doublons: list[Doublon]
    regles: list[Regle]
    bilans: list[Bilan]
    registres: list[Ligne] = field(default_factory=list)
    motifs: list[str] = field(default_factory=list)
    completude: Completude = field(default_factory=Completude)

    @property
    def arrete(self) -> bool:
        """Whether the run stops here (exit 3)."""
        return bool(self.motifs)


def pass_gate(
    lecture: Lecture,
    params: Params,
    folder: Path,
    ledger: Ledger | None = None,
    mesures: Mapping[str, MesureDeReleve] | None = None,
    before: Before = NOTHING_BEFORE,
    known: Path | None = None,
) -> Gate:
    """Set duplicates aside, run the suites, quarantine, group into contracts, account.

    Args:
        lecture: what was read, already in scope.
        params: bounds of the gate.
        folder: the folder of the GX suites.
        ledger: corrections, already applied, whose decisions set records aside.
        mesures: what each indicator of the catalogue makes of a relevé, by code.
        before: contracts of each month of the year before, as published.
        known: where what suites have said before is kept; None: each suite is run.

    Raises:
        UserError: a suite file is missing or malformed, or lets through what cannot be counted.
    """
    lignes, doublons = distinct(lecture.lignes)
    lignes, same = repeats.distinct(lignes)
    doublons += same
    rejets = _set_aside(lignes, ledger or Ledger())
    decided = {r.ligne.cle for r in rejets}
    open_ = [x for x in lignes if x.cle not in decided]
    totaux = totals.rules(open_)
    decided = {cle for rule in totaux for cle in rule.cles}
    open_ = [x for x in open_ if x.cle not in decided]
    tables: dict[str, Iterable[Mapping[str, Any]]] = {
        **frames(
            [x for x in open_ if x.table not in REGISTRES],
            params,
            frozenset(lecture.objets_autres_annees),
        ),
        **registers.frames(open_, params, mesures),
    }
    with expectations.validator(params) as validator:
        validate = remembered.remembering(validator, expectations.bounds(params), known)
        regles = [
            rule
            for table, rows in tables.items()
            for rule in suites.run(table, rows, folder, validate)
        ]
    del tables  # and what they know of each record
    memory.give_back(len(lignes))
    regles += totaux + readings.rules(lignes) + schema.rules(lignes)
    rejets += _rejected(lignes, regles)
    refused = {r.ligne.cle for r in rejets}
    kept = [x for x in lignes if x.cle not in refused]
    if not any(r.erreur and not r.respectee for r in regles):  # else the run stops anyway
        suites.require(kept, folder)
    marches, republies = assemble([x for x in kept if x.table == "marches"], doublons)
    concessions, republiees = assemble([x for x in kept if x.table == "concessions"], doublons)
    doublons += republies + republiees
    registres = [x for x in kept if x.table in REGISTRES]
    retenues = [x for c in (*marches, *concessions) for x in c.lignes] + registres
    bilans = _account(lecture, retenues, rejets, doublons)
    whole = completeness.control(lignes, marches, registres, params, before)
    return Gate(
        lignes,
        marches,
        concessions,
        rejets,
        doublons,
        regles,
        bilans,
        registres,
        motifs=[*_motives(lecture, regles, rejets, retenues, params), *whole.motifs],
        completude=whole,
    )


def _set_aside(lignes: Iterable[Ligne], ledger: Ledger) -> list[Rejet]:
    """Records that the corrections ledger sets aside, with its reason."""
    return [
        Rejet(
            x,
            Regle(
                DECISION,
                x.table,
                entry.champ,
                CRITIQUE,
                f"écarté par le registre des corrections : {entry.motif}",
                f"décision de {entry.auteur}, {entry.date.isoformat()}",
                (x.cle,),
                respectee=False,
            ),
        )
        for x in lignes
        if (entry := ledger.set_aside(x))
    ]


def _rejected(lignes: Iterable[Ligne], regles: Iterable[Regle]) -> list[Rejet]:
    broken: dict[tuple[str, str], list[Regle]] = {}
    for rule in regles:
        if rule.severite == CRITIQUE:
            for cle in rule.cles:
                broken.setdefault((rule.table, cle), []).append(rule)
    return [Rejet(x, rule) for x in lignes for rule in broken.get((x.table, x.cle), ())]


def count(lignes: Iterable[Ligne]) -> Count:
    """Rows and euros of some records."""
    total = NOTHING
    for ligne in lignes:
        total = total.plus(ligne.montant)
    return total


def _account(
    lecture: Lecture,
    retenues: Sequence[Ligne],
    rejets: Sequence[Rejet],
    doublons: Sequence[Doublon],
) -> list[Bilan]:
    bilans = []
    for table in (t for t in FIELDS if t in lecture.lues):
        bilan = Bilan(
            table,
            lues=lecture.lues[table],
            retenues=count(x for x in retenues if x.table == table),
            quarantaine=count(
                {r.ligne.cle: r.ligne for r in rejets if r.ligne.table == table}.values()
            ),
            doublons=count(d.ligne for d in doublons if d.ligne.table == table),
            autre_acheteur=lecture.hors_perimetre.get((table, AUTRE_ACHETEUR), NOTHING),
            autre_annee=lecture.hors_perimetre.get((table, AUTRE_ANNEE), NOTHING),
            non_rencontres=lecture.hors_perimetre.get((table, NON_RENCONTRE), NOTHING),
        )
        bilan.check()
        bilans.append(bilan)
    return bilans


def _motives(
    lecture: Lecture,
    regles: Iterable[Regle],
    rejets: Sequence[Rejet],
    retenues: Sequence[Ligne],
    params: Params,
) -> Iterable[str]:
    for fichier in lecture.fichiers:
        if fichier.erreur:
            yield f"{fichier.nom} : {fichier.erreur}"
    if "decp" not in lecture.fournies:
        yield f"aucun marché n'a pu être lu dans {lecture.dossier.name}"
    for rule in regles:
        if rule.severite != CRITIQUE or rule.respectee:
            continue
        if rule.erreur:
            yield f"contrôle {rule.id} impossible ({rule.titre}) : {rule.erreur}"
        elif not rule.cles:
            yield f"{TITRES.get(rule.table, rule.table)} : {rule.titre} ({rule.id}). {rule.remede}"
    rejets = [r for r in rejets if r.regle.id != DECISION and not totals.is_total(r.regle)]
    rejets = [r for r in rejets if r.ligne.cle not in lecture.sans_acheteur]
    absurd = {r.ligne.cle for r in rejets if r.regle.champ in SCOPES[r.ligne.table].montant}
    for table in (t for t in FIELDS if t in lecture.lues):
        refused = {r.ligne.cle: r.ligne for r in rejets if r.ligne.table == table}
        kept = [x for x in retenues if x.table == table]
        yield from thresholds.reasons(table, TITRES[table], kept, refused.values(), absurd, params)
