"""Why a figure is missing or partial: what was not given, and what a buyer has nothing of."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from spaser.figures.definition import ESSENTIELLE, Calcul, Indicateur
from spaser.settings.params import Params

Counted = Mapping[str, Any]  # what the script says of one figure; empty when no row is concerned


@dataclass(frozen=True)
class Given:
    """What there was to count: the sources, and the buyers that have rows in each table."""

    sources: frozenset[str]
    buyers: Mapping[str, Set[str | None]]

    def absent(self, table: str | None, params: Params) -> dict[str, str]:
        """Code -> name of the buyers without a row in a table; rows of no buyer are everyone's."""
        present = self.buyers.get(table or "", set())
        if self.common(table):
            return {}
        return {a.code: a.nom for a in params.scheme.acheteurs if a.code not in present}

    def common(self, table: str | None) -> bool:
        """Whether some rows of a table are of no buyer: held by all together."""
        return None in self.buyers.get(table or "", set())


@dataclass(frozen=True)
class Lacks:
    """What one calculation lacks.

    `absent` names the buyers that have no row in the files, `without` says why a buyer has
    nothing of what is measured, as the params of the year declare; `common` that rows are held
    by all together, so that a buyer without one has them all the same.
    """

    item: Indicateur
    calcul: Calcul
    params: Params
    sources: frozenset[str]
    absent: Mapping[str, str]
    without: Mapping[str, str]
    common: bool

    def reason(self, entite: str, counted: Counted, *, known: bool) -> tuple[str, bool]:
        """Why a figure is missing or partial, in French, and whether it is «sans objet».

        Args:
            entite: whose figure.
            counted: what the script says of it; empty when no row is concerned.
            known: whether it has a value.
        """
        scheme = self.params.scheme
        whole = entite == scheme.ensemble.code
        missing = [scheme.sources[s] for s in self.item.sources if s not in self.sources]
        if known:
            return self._partial(whole) or self._contradicted(entite), False
        buyers = [a.code for a in scheme.acheteurs] if whole else [entite]
        if all(b in self.without for b in buyers):
            reasons = dict.fromkeys(self.without[b] for b in buyers)
            return "sans objet : " + " ; ".join(reasons), True
        if missing:
            return f"source non fournie : {' ; '.join(missing)}", False
        if counted:
            return self._unknown() if counted["lignes_inconnues"] else (NOTHING_IN_ROWS, True)
        if names := [self.absent[b] for b in buyers if b in self.absent]:
            who = "" if whole and len(names) == len(buyers) else f"{', '.join(names)} : "
            return who + self._nothing(), False
        return (NO_CONTRACT if self._essential else NO_ROW), whole or not self.common

    def _partial(self, whole: bool) -> str:
        if not (whole and self.absent and self.params.scheme.conjoint):
            return ""
        return f"partiel ({', '.join(self.absent.values())} : {self._nothing()})"

    def _contradicted(self, entite: str) -> str:
        return CONTRADICTED if entite in declared(self.item, self.params) else ""

    @property
    def _essential(self) -> bool:
        return set(self.item.sources) <= ESSENTIELLE

    def _nothing(self) -> str:
        annee = self.params.year.annee
        if self._essential:
            return f"aucun marché notifié en {annee} dans les fichiers fournis"
        if self.calcul.table == "releves":
            return f"aucun relevé de {annee} pour cet indicateur"
        return f"aucune ligne de {annee} dans les fichiers fournis"

    def _unknown(self) -> tuple[str, bool]:
        if self._essential:
            return "champ renseigné dans aucun des marchés concernés", False
        return "donnée renseignée dans aucune des lignes concernées", False


CONTRADICTED = (
    "déclaré sans objet par les paramètres ; les fichiers en donnent des lignes, comptées"
)
NO_CONTRACT, NO_ROW = "aucun marché concerné", "aucune ligne concernée"
NOTHING_IN_ROWS = "rien à mesurer : les lignes fournies portent un total de zéro"
NOTHING_MET = frozenset({NO_CONTRACT, NO_ROW, NOTHING_IN_ROWS})  # of part of a year, proves nothing


def declared(item: Indicateur, params: Params) -> dict[str, str]:
    """The buyers that the scheme says to have nothing of an indicator, each with its motive."""
    return {
        buyer.code: entry.motif.rstrip(" .")
        for buyer in params.scheme.acheteurs
        for entry in buyer.sans_objet
        if item.code in entry.indicateurs
    }


def lacks(
    item: Indicateur, calcul: Calcul, params: Params, given: Given, splits: Mapping[str, Counted]
) -> Lacks:
    """What a calculation lacks, from what the script says of each entity.

    A buyer that the params declare without object and that has rows all the same is counted.

    Args:
        item: the indicator.
        calcul: one of its calculations.
        params: the scheme and the year.
        given: the sources that were given.
        splits: what the script says of each entity, by its code.
    """
    buyers = {a.code: a.nom for a in params.scheme.acheteurs}
    without = {code: why for code, why in declared(item, params).items() if not splits[code]}
    absent = given.absent(calcul.table, params)
    if calcul.table == "releves":  # a register of many figures: look at this one's rows
        absent |= {code: nom for code, nom in buyers.items() if not splits[code]}
    absent = {code: nom for code, nom in absent.items() if code not in without}
    common = given.common(calcul.table)
    return Lacks(item, calcul, params, given.sources, absent, without, common)
