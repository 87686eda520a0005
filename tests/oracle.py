"""The counting rules said a second time, in plain Python: contracts, their two written forms,
and every figure that the essential data can feed.

Nothing comes from the package under test, so that a figure equal on both sides was reached
by two roads.  Money is Decimal, rates are Fraction: no rounding anywhere.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import inf, isinf
from pathlib import Path
from typing import Any

VILLE, METROPOLE = "21210231300013", "24210041000016"  # their first nine digits are the SIREN
ETRANGER = "21750001600019"

SANS_CONCURRENCE = "Marché passé sans publicité ni mise en concurrence préalable"
CLAUSE, CRITERE, RESERVE = "Clause sociale", "Critère social", "Marché réservé"
PAS_SOCIAL = "Pas de considération sociale"
CLAUSE_ENV, CRITERE_ENV = "Clause environnementale", "Critère environnemental"
PAS_ENV = "Pas de considération environnementale"

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Contract:
    """A contract as the buyer knows it; None is «not filled in»."""

    id: str
    buyer: str = VILLE
    objet: str = "Réfection de la toiture"
    montant: Decimal = Decimal("50000.00")
    notified: dt.date = dt.date(2024, 5, 6)
    published: dt.date | None = dt.date(2024, 5, 20)
    procedure: str | None = "Procédure adaptée"
    cpv: str | None = "45261000-4"
    duree: int = 12
    offers: int | None = 3
    innovant: bool | None = False
    avance: bool | None = False
    social: Labels | None = (PAS_SOCIAL,)
    environment: Labels | None = (PAS_ENV,)
    techniques: Labels = ("Accord-cadre",)
    groupement: str = "Pas de groupement"
    holders: tuple[tuple[str, str], ...] = (("49047296600012", "SIRET"),)
    modifications: tuple[tuple[str, dt.date, Decimal], ...] = field(default=())


# --- The two written forms -----------------------------------------------------------------


def flat(contract: Contract, **changes: Any) -> dict[str, Any]:
    """One row of the Ministry's flat form: lower-case columns, lists as text, oui and non."""
    c = contract
    row: dict[str, Any] = {
        "id": c.id,
        "acheteur_id": c.buyer,
        "nature": "Marché",
        "objet": c.objet,
        "codecpv": c.cpv,
        "procedure": c.procedure,
        "techniques": ", ".join(c.techniques),
        "modalitesexecution": "Sans objet",
        "idaccordcadre": "CDL",
        "dureemois": c.duree,
        "datenotification": c.notified.isoformat(),
        "datepublicationdonnees": _iso(c.published),
        "montant": c.montant,
        "formeprix": "Forfaitaire",
        "typesprix": "Définitif ferme",
        "attributionavance": _oui(c.avance),
        "tauxavance": "0",
        "offresrecues": None if c.offers is None else str(c.offers),
        "marcheinnovant": _oui(c.innovant),
        "ccag": "Travaux",
        "soustraitancedeclaree": "non",
        "typegroupementoperateurs": c.groupement,
        "lieuexecution_code": "21000",
        "lieuexecution_typecode": "Code postal",
        "considerationssociales": ", ".join(c.social or ()),
        "considerationsenvironnementales": ", ".join(c.environment or ()),
        "idmodification": "CDL",
        "montantmodification": "CDL",
        "dureemoismodification": "CDL",
        "datenotificationmodificationmodification": "CDL",
        "datepublicationdonneesmodificationmodification": "CDL",
    }
    for rank in (1, 2, 3):
        known = c.holders[rank - 1] if rank <= len(c.holders) else ("CDL", "CDL")
        row[f"titulaire_id_{rank}"], row[f"titulaire_typeidentifiant_{rank}"] = known
    for number, day, amount in c.modifications[:1]:
        row |= {
            "idmodification": number,
            "montantmodification": str(amount),
            "datenotificationmodificationmodification": day.isoformat(),
        }
    return row | changes


def nested(contract: Contract, **changes: Any) -> dict[str, Any]:
    """The same contract as a `marche` object of the regulatory form."""
    c = contract
    item: dict[str, Any] = {
        "id": c.id,
        "acheteur": {"id": c.buyer},
        "nature": "Marché",
        "objet": c.objet,
        "codeCPV": c.cpv,
        "procedure": c.procedure,
        "techniques": {"technique": list(c.techniques)},
        "modalitesExecution": {"modaliteExecution": ["Sans objet"]},
        "dureeMois": c.duree,
        "dateNotification": c.notified.isoformat(),
        "datePublicationDonnees": _iso(c.published),
        "montant": c.montant,
        "formePrix": "Forfaitaire",
        "typesPrix": {"typePrix": ["Définitif ferme"]},
        "attributionAvance": c.avance,
        "tauxAvance": 0,
        "offresRecues": c.offers,
        "marcheInnovant": c.innovant,
        "ccag": "Travaux",
        "sousTraitanceDeclaree": False,
        "typeGroupementOperateurs": c.groupement,
        "lieuExecution": {"code": "21000", "typeCode": "Code postal"},
        "titulaires": [{"titulaire": {"id": i, "typeIdentifiant": t}} for i, t in c.holders],
        "considerationsSociales": {"considerationSociale": list(c.social or ())},
        "considerationsEnvironnementales": {
            "considerationEnvironnementale": list(c.environment or ())
        },
        "modifications": [
            {"modification": {"id": n, "dateNotificationModification": d.isoformat(), "montant": a}}
            for n, d, a in c.modifications
        ],
    }
    return {k: v for k, v in (item | changes).items() if v is not None}


def concession(number: str, montant: Any = Decimal("9000.00"), **changes: Any) -> dict[str, Any]:
    """A `contrat-concession` object of the regulatory form."""
    item = {
        "id": number,
        "autoriteConcedante": {"id": VILLE},
        "nature": "Concession de service",
        "objet": f"Concession {number}",
        "procedure": "Procédure négociée ouverte",
        "dureeMois": 24,
        "dateSignature": "2024-04-02",
        "datePublicationDonnees": "2024-04-12",
        "dateDebutExecution": "2024-05-01",
        "valeurGlobale": montant,
        "montantSubventionPublique": 0,
        "concessionnaires": [
            {"concessionnaire": {"id": "49047296600012", "typeIdentifiant": "SIRET"}}
        ],
    }
    return {k: v for k, v in (item | changes).items() if v is not None}


def regulatory(
    marches: Sequence[Any] = (), concessions: Sequence[Any] = ()
) -> dict[str, dict[str, list[Any]]]:
    """A file of the regulatory form, 2022."""
    return {"marches": {"marche": list(marches), "contrat-concession": list(concessions)}}


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _oui(value: bool | None) -> str | None:
    return None if value is None else "oui" if value else "non"


# --- Small rules ---------------------------------------------------------------------------


def luhn(digits: str) -> bool:
    """Every second digit from the right doubled, digits summed: a multiple of ten."""
    total = 0
    for rank, char in enumerate(reversed(digits)):
        number = int(char) * (2 if rank % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def siret_is_valid(number: str) -> bool:
    """Fourteen digits, the key of the whole and of the SIREN in front both right."""
    return len(number) == 14 and number.isdecimal() and luhn(number) and luhn(number[:9])


def siret(siren_root: int, nic_root: int) -> str:
    """A valid SIRET grown from eight and four digits."""
    siren = next(s for d in range(10) if luhn(s := f"{siren_root:08d}{d}"))
    return next(s for d in range(10) if luhn(s := f"{siren}{nic_root:04d}{d}"))


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


# --- Figures -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """What a figure must be; `valeur` and the bounds in percent for a rate."""

    numerateur: Decimal | None = None
    denominateur: Decimal | None = None
    valeur: Fraction | None = None
    renseignes: Decimal | None = None
    total: Decimal | None = None
    basse: Fraction | None = None
    haute: Fraction | None = None


NOTHING = Figure()
Answer = bool | None  # yes, no, unknown
Test = Callable[[Contract], Answer]
Weight = Callable[[Contract], Decimal]


def recount(contracts: Iterable[Contract]) -> dict[tuple[str, str], Figure]:
    """Every figure of the essential data, by (code, base), over some contracts."""
    all_of_them = list(contracts)
    return {
        ("ECO1-05", "autre"): _median(all_of_them),
        ("ECO1-06", "nombre"): _share(all_of_them, _single_offer, _one, among=_competed),
        ("ECO2-04", "nombre"): _share(all_of_them, lambda c: c.innovant, _one),
        ("SOC1-05", "nombre"): _share(
            all_of_them, _in_time, _one, among=lambda c: c.montant >= 40000
        ),
        ("SOC1-06", "autre"): _completeness(all_of_them),
        ("SOC2-01", "nombre"): _share(all_of_them, _social, _one),
        ("SOC2-02", "valeur"): _share(all_of_them, _social, _euros),
        ("SOC2-11", "nombre"): _share(all_of_them, _clause, _one, among=_above_threshold),
        ("SOC2-10", "nombre"): _count(all_of_them, _reserved, _one),
        ("SOC2-10", "valeur"): _count(all_of_them, _reserved, _euros),
        ("ENV1-01", "nombre"): _share(all_of_them, _environmental, _one),
        ("ENV1-02", "valeur"): _share(all_of_them, _environmental, _euros),
        ("ENV1-03", "nombre"): _share(all_of_them, _both_environmental, _one),
    }


def _one(_: Contract) -> Decimal:
    return Decimal(1)


def _euros(contract: Contract) -> Decimal:
    return contract.montant


def _competed(c: Contract) -> Answer:
    """In competition and not a «zero offer», which is an impossible entry."""
    if c.offers == 0 or c.procedure == SANS_CONCURRENCE:
        return False
    return None if c.procedure is None else True


def _single_offer(c: Contract) -> Answer:
    return None if c.offers is None else c.offers == 1


def _in_time(c: Contract) -> Answer:
    return None if c.published is None else c.published <= months_later(c.notified, 2)


def _social(c: Contract) -> Answer:
    return None if c.social is None else bool({CLAUSE, CRITERE, RESERVE} & set(c.social))


def _clause(c: Contract) -> Answer:
    return None if c.social is None else CLAUSE in c.social


def _above_threshold(c: Contract) -> Answer:
    """European thresholds of 2024 and 2025; between the two, works are below."""
    if not Decimal(221000) <= c.montant < Decimal(5538000):
        return c.montant >= Decimal(5538000)
    return None if c.cpv is None else not c.cpv.startswith("45")


def _reserved(c: Contract) -> Answer:
    return None if c.social is None else RESERVE in c.social


def _environmental(c: Contract) -> Answer:
    return None if c.environment is None else bool({CLAUSE_ENV, CRITERE_ENV} & set(c.environment))


def _both_environmental(c: Contract) -> Answer:
    return None if c.environment is None else {CLAUSE_ENV, CRITERE_ENV} <= set(c.environment)


def _roles(contracts: Iterable[Contract], test: Test, among: Test) -> dict[Answer, list[Contract]]:
    """Contracts that count, do not count, or cannot be said; those out of the question gone."""
    roles: dict[Answer, list[Contract]] = {True: [], False: [], None: []}
    for contract in contracts:
        concerned = among(contract)
        if concerned is not False:
            roles[None if concerned is None else test(contract)].append(contract)
    return roles


def _share(
    contracts: Iterable[Contract], test: Test, weight: Weight, among: Test = lambda _: True
) -> Figure:
    roles = _roles(contracts, test, among)
    yes, no, unknown = (sum(map(weight, roles[k]), Decimal(0)) for k in (True, False, None))
    if not any(roles.values()):
        return NOTHING
    total = yes + no + unknown
    return Figure(
        yes,
        yes + no,
        100 * Fraction(yes) / Fraction(yes + no) if yes + no else None,
        yes + no,
        total,
        100 * Fraction(yes) / Fraction(total),
        100 * Fraction(yes + unknown) / Fraction(total),
    )


def _count(contracts: Iterable[Contract], test: Test, weight: Weight) -> Figure:
    roles = _roles(contracts, test, lambda _: True)
    yes, no, unknown = (sum(map(weight, roles[k]), Decimal(0)) for k in (True, False, None))
    if not any(roles.values()):
        return NOTHING
    value = Fraction(yes) if roles[True] or roles[False] else None  # all unknown: not zero
    return Figure(
        yes, None, value, yes + no, yes + no + unknown, Fraction(yes), Fraction(yes + unknown)
    )


def _median(contracts: Iterable[Contract]) -> Figure:
    roles = _roles(contracts, lambda c: None if c.offers is None else True, _competed)
    known = [c.offers or 0 for c in roles[True]]
    unknown = len(roles[None])
    if not known and not unknown:
        return NOTHING
    return Figure(
        Decimal(sum(known)),
        Decimal(len(known)),
        middle(known),
        Decimal(len(known)),
        Decimal(len(known) + unknown),
        middle([-inf] * unknown + known),
        middle(known + [inf] * unknown),
    )


def middle(numbers: Sequence[float]) -> Fraction | None:
    """The median; None when there is none, or when it would be one of the unknowns."""
    if not numbers:
        return None
    ordered = sorted(numbers)
    pair = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return None if isinf(sum(map(abs, pair))) else (Fraction(pair[0]) + Fraction(pair[1])) / 2


def _completeness(contracts: Sequence[Contract]) -> Figure:
    if not contracts:
        return NOTHING
    filled = sum(
        (c.social is not None)
        + (c.environment is not None)
        + (c.offers is not None)
        + (c.innovant is not None)
        + (c.avance is not None)
        + (bool(c.holders) and all(siret_is_valid(i) for i, _ in set(c.holders)))
        for c in contracts
    )
    expected = Decimal(6 * len(contracts))
    value = 100 * Fraction(filled) / Fraction(expected)
    return Figure(Decimal(filled), expected, value, expected, expected, value, value)


def verdict(
    value: Fraction,
    low: Fraction | None,
    high: Fraction | None,
    target: Decimal,
    *,
    falling: bool = False,
    legal: bool = False,
) -> str:
    """Reached in the worst case, missed even in the best, else undecided.

    Missed by a tenth at most in the worst case is near, unless the law sets the target.
    """
    goal = Fraction(target)
    soft = goal - abs(goal) / 10 * (-1 if falling else 1)
    worst, best = (high, low) if falling else (low, high)

    def reaches(x: Fraction | None, mark: Fraction, unbounded: bool) -> bool:
        return unbounded if x is None else x <= mark if falling else x >= mark

    if reaches(worst, goal, False):
        return "atteint"
    if reaches(best, goal, True):
        return "indécidable"
    return "proche" if not legal and reaches(worst, soft, False) else "non atteint"


# --- Real files ----------------------------------------------------------------------------


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a flat file, numbers as exact decimals."""
    content = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    rows: list[dict[str, Any]] = content["records"]
    return rows


def contracts_of(path: Path, year: int, siren: str) -> list[Contract]:
    """The contracts of one buyer and year in a flat file, joint rows put together."""
    by_key: dict[tuple[Any, ...], Contract] = {}
    for rank, row in enumerate(rows_of(path)):
        if row["acheteur_id"][:9] != siren or row["datenotification"][:4] != str(year):
            continue
        one = _contract(row)
        joint = one.groupement in {"Conjoint", "Solidaire"}
        key = (one.id, one.objet, one.montant, one.notified, -1 if joint else rank)
        first = by_key.setdefault(key, one)
        if first is not one:
            both = tuple(dict.fromkeys(first.holders + one.holders))
            by_key[key] = Contract(**{**first.__dict__, "holders": both})
    return list(by_key.values())


def _contract(row: dict[str, Any]) -> Contract:
    offers, published = _known(row["offresrecues"]), _known(row["datepublicationdonnees"])
    holders = tuple(
        (row[f"titulaire_id_{n}"], row[f"titulaire_typeidentifiant_{n}"])
        for n in (1, 2, 3)
        if _known(row[f"titulaire_id_{n}"])
    )
    return Contract(
        id=row["id"],
        buyer=row["acheteur_id"],
        objet=row["objet"],
        montant=Decimal(row["montant"]),
        notified=dt.date.fromisoformat(row["datenotification"]),
        published=dt.date.fromisoformat(published) if published else None,
        procedure=_known(row["procedure"]),
        cpv=_known(row["codecpv"]),
        offers=int(offers) if offers else None,
        innovant=_yes(row["marcheinnovant"]),
        avance=_yes(row["attributionavance"]),
        social=_several(row["considerationssociales"]),
        environment=_several(row["considerationsenvironnementales"]),
        groupement=row["typegroupementoperateurs"],
        holders=holders,
    )


def _known(text: str | None) -> str | None:
    missing = not text or text in {"CDL", "MQ", "NC"} or text.startswith("INX")
    return None if missing else text


def _yes(text: str | None) -> bool | None:
    known = _known(text)
    return None if known is None else {"oui": True, "non": False}[known]


def _several(text: str | None) -> Labels | None:
    known = _known(text)
    return None if known is None else tuple(part.strip() for part in known.split(","))


def objects_of(path: Path, key: str) -> list[dict[str, Any]]:
    """The objects of a regulatory file under `marche` or `contrat-concession`."""
    content = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    objects: list[dict[str, Any]] = content["marches"].get(key, [])
    return objects
