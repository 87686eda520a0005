"""The action plan in words: how the scheme is carried out (art. L2111-3 CCP)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from spaser.report import french
from spaser.report.edition import Edition

DONE = "réalisée"
_PLURALS = {DONE: "réalisées", "abandonnée": "abandonnées"}
_MEMBERS = " | "  # how a list is written in a CSV file


class Action(NamedTuple):
    """An action as a page shows it: texts, empty where there is nothing to say."""

    ambition: str
    action: str
    qui: str
    pilote: str
    partenaire: str
    membres: tuple[str, ...]
    statut: str
    ton: str
    echeance: str
    retard: bool
    entreprises: str
    note: str


class Avancement(NamedTuple):
    """Some actions, and how far they are: «3 actions sur 5 réalisées, 1 en retard»."""

    avancement: str
    actions: list[Action]


def given(edition: Edition) -> bool:
    """Whether the register of actions was given: without it nothing can be said of the plan."""
    return "actions" in edition.controle["sources_fournies"]


def of_ambition(edition: Edition, code: str) -> Avancement:
    """The actions of an ambition."""
    return _plan([a for a in _every(edition) if a.ambition == code])


def of_partner(edition: Edition, partner: str) -> Avancement:
    """The actions led with a member of the committee."""
    return _plan([a for a in _every(edition) if partner in a.membres])


def to_come(edition: Edition) -> Avancement:
    """The actions not yet done that are due after the edition, until the end of the next year."""
    made, end = edition.year.date_edition.isoformat(), f"{edition.year.annee + 1}-12-31"
    rows = [
        r
        for r in edition.rows("actions")
        if made < r["echeance"] <= end and r["statut"] not in _PLURALS
    ]
    return _plan([_action(edition, row) for row in rows])


def _every(edition: Edition) -> list[Action]:
    return [_action(edition, row) for row in edition.rows("actions")]


def _action(edition: Edition, row: dict[str, str]) -> Action:
    due, reached = row["echeance"], row["entreprises_touchees"]
    late = row["en_retard"] == "true"
    done = row["statut"] == DONE
    return Action(
        ambition=row["ambition"],
        action=row["action"],
        qui=edition.scheme.entites_courtes[row["acheteur"]] if row["acheteur"] else "",
        pilote=row["pilote"],
        partenaire=row["partenaire"],
        membres=tuple(m for m in row["membres"].split(_MEMBERS) if m),
        statut=row["statut"] or "état inconnu",
        ton="atteint" if done else "manque" if late else "neutre",
        echeance=french.date(dt.date.fromisoformat(due)) if due else "",
        retard=late,
        entreprises=french.plural(int(reached), "entreprise") if reached else "",
        note=row["note"],
    )


def _plan(actions: Sequence[Action]) -> Avancement:
    """The actions, and the sentence that counts them; an unknown state is counted as such."""
    states = Counter(a.statut for a in actions)
    late = sum(a.retard for a in actions)
    total, done = len(actions), states[DONE]
    if not total:
        return Avancement("", [])
    verb = DONE if done < 2 else _PLURALS[DONE]
    parts = [f"{french.plural(done, 'action')} sur {french.number(total)} {verb}"]
    if total == 1:
        parts = [f"une action, {actions[0].statut}"]
    elif not done:
        parts = [f"aucune des {french.number(total)} actions n'est réalisée"]
    elif done == total:
        parts = [f"les {french.number(total)} actions sont réalisées"]
    if late:
        parts.append("en retard" if total == 1 else f"{french.number(late)} en retard")
    if total > 1:
        for state, many in (
            ("abandonnée", "abandonnées"),
            ("état inconnu", "dont l'état n'est pas connu"),
        ):
            if n := states[state]:
                one = "dont l'état n'est pas connu" if state == "état inconnu" else state
                parts.append(f"{french.number(n)} {many if n > 1 else one}")
    return Avancement(", ".join(parts) + ".", list(actions))
