"""The figures of the other sources said a second time, in plain Python over plain rows.

Nothing comes from the package under test.  A world is its tables, as lists of dicts; every
answer is yes, no or unknown (True, False, None), and an unknown leaves the calculation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracle import CLAUSE, NOTHING, Figure

Row = dict[str, Any]
World = dict[str, list[Row]]
Answer = bool | None
Pair = tuple[Answer, Decimal | None]  # what is answered, and what the row weighs
ZERO, ONE = Decimal(0), Decimal(1)

SEUIL, TRAVAUX = Decimal(221000), Decimal(5538000)  # European thresholds of 2024
ERGONOMIE = ("1811", "1813", "1814", "1883", "391", "34", "4451", "905")
CARBONE = ("45", "60", "34", "09", "65", "30", "72", "15", "03", "555")
BIODIVERSITE = ("45233", "77")


# --- Measures ------------------------------------------------------------------------------


def share(pairs: Iterable[Pair]) -> Figure:
    """Yes over known; a row whose weight is unknown is unknown, and leaves no bound."""
    weighed = [(None if w is None else a, w) for a, w in pairs]
    if not weighed:
        return NOTHING
    yes, no, unknown = (
        sum(((w or ZERO) for a, w in weighed if a is k), ZERO) for k in (True, False, None)
    )
    value = 100 * Fraction(yes) / Fraction(yes + no) if yes + no else None
    if any(w is None for _, w in weighed):
        lines = Decimal(len(weighed))
        return Figure(yes, yes + no, value, lines - sum(a is None for a, _ in weighed), lines)
    total = yes + no + unknown
    low, high = (
        100 * Fraction(x) / Fraction(total) if total else None for x in (yes, yes + unknown)
    )
    return Figure(yes, yes + no, value, yes + no, total, low, high)


def ratio(lines: Iterable[tuple[Answer, Any, Any]], *, percent: bool = True) -> Figure:
    """Sum over sum, on the rows that are concerned and have both."""
    counted = [
        (c is True and a is not None and b is not None, a, b) for c, a, b in lines if c is not False
    ]
    if not counted:
        return NOTHING
    factor = 100 if percent else 1
    top = sum((Decimal(a) for known, a, _ in counted if known), ZERO)
    bottom = sum((Decimal(b) for known, _, b in counted if known), ZERO)
    doubt = [b for known, _, b in counted if not known]
    value = factor * Fraction(top) / Fraction(bottom) if bottom else None
    if None in doubt:
        return Figure(top, bottom, value, Decimal(len(counted) - len(doubt)), Decimal(len(counted)))
    total = bottom + sum(map(Decimal, doubt))
    low = factor * Fraction(top) / Fraction(total) if total else None
    high = factor * Fraction(top + total - bottom) / Fraction(total) if total else None
    return Figure(top, bottom, value, bottom, total, low, high if percent or not doubt else None)


def change(lines: Iterable[tuple[Any, Any]]) -> Figure:
    """How much a sum differs from its reference, in percent; no bound when a row lacks."""
    moved = ratio([(True, None if None in (a, b) else a - b, b) for a, b in lines])
    full = moved.renseignes == moved.total
    return Figure(
        moved.numerateur, moved.denominateur, moved.valeur, moved.renseignes, moved.total,
        moved.valeur if full else None, moved.valeur if full else None,
    )  # fmt: skip


def mean(numbers: list[Any], least: int, most: int) -> Figure:
    """The mean of the known; its bounds if every other were the least, then the most."""
    known = [Decimal(n) for n in numbers if n is not None]
    if not numbers:
        return NOTHING
    parts = Decimal(len(known)), Decimal(len(numbers))
    if not known:
        return Figure(ZERO, parts[0], None, *parts)
    low, high = (
        Fraction(sum(known, (len(numbers) - len(known)) * Decimal(x))) / len(numbers)
        for x in (least, most)
    )
    value = Fraction(sum(known, ZERO)) / len(known)
    return Figure(sum(known, ZERO), parts[0], value, *parts, low, high)


def total(numbers: list[Any]) -> Figure:
    """The sum of the known (none below zero): a floor when some are unknown."""
    known = [Decimal(n) for n in numbers if n is not None]
    if not numbers:
        return NOTHING
    value = Fraction(sum(known, ZERO)) if known else None
    high = value if len(known) == len(numbers) else None
    return Figure(
        sum(known, ZERO), None, value, Decimal(len(known)), Decimal(len(numbers)), value, high
    )


def both(*answers: Answer) -> Answer:
    """And: one no is a no, else one unknown is an unknown."""
    return False if False in answers else None if None in answers else True


def one_known(answers: Iterable[Answer]) -> Answer:
    """At least one among the known; unknown when none is known."""
    known = [a for a in answers if a is not None]
    return any(known) if known else None


def one_of(answers: Iterable[Answer]) -> Answer:
    """At least one: a yes is a yes, else one unknown is an unknown, and nobody is an unknown."""
    every = list(answers)
    return True if True in every else None if None in every or not every else False


def other(answer: Answer) -> Answer:
    return None if answer is None else not answer


def above(value: Any, limit: Any) -> Answer:
    return None if value is None else value > limit


def starts(text: str | None, prefixes: tuple[str, ...]) -> Answer:
    return None if text is None else text.startswith(prefixes)


# --- Holders -------------------------------------------------------------------------------


class Holders:
    """The holders of each contract, and what the lists say of them."""

    def __init__(self, world: World) -> None:
        self.sirene = {r["siret"]: r for r in world["sirene"]}
        self.inclusive = {r["siret"] for r in world["inclusifs"]}
        self.former = {(r["acheteur"], r["siren"]) for r in world["historique"]}
        self.approvals = world["esus"]
        self.of: dict[str, list[Row]] = {m["marche_uid"]: [] for m in world["marches"]}
        for t in world["titulaires"]:
            self.of[t["marche_uid"]].append(t)

    def known(self, holder: Row, name: str) -> Any:
        return self.sirene.get(holder["titulaire_id"], {}).get(name)

    def pme(self, holder: Row) -> Answer:
        category = self.known(holder, "categorie_entreprise")
        return None if category is None else category == "PME"

    def near(self, holder: Row) -> Answer:
        circle = self.known(holder, "cercle")
        return None if circle is None else circle in {"commune", "groupement", "departement"}

    def esus(self, holder: Row, notified: dt.date) -> Answer:
        if not holder["siret_valide"]:
            return None
        mine = [r for r in self.approvals if r["siren"] == holder["titulaire_id"][:9]]
        if not mine:
            return False
        return one_of(
            both(
                r["date_debut"] is None or r["date_debut"] <= notified,
                None if r["date_fin"] is None else r["date_fin"] > notified,
            )
            for r in mine
        )

    def inclusif(self, holder: Row) -> Answer:
        return holder["titulaire_id"] in self.inclusive if holder["siret_valide"] else None

    def any(self, contract: Row, test: Callable[[Row], Answer]) -> Answer:
        return one_of(test(h) for h in self.of[contract["marche_uid"]])

    def parts(self, contract: Row, test: Callable[[Row], Answer]) -> list[Pair]:
        """Each holder with its equal share, odd cents to the first; nobody: one unknown."""
        holders = self.of[contract["marche_uid"]]
        cents, count = int(contract["montant"] * 100), max(len(holders), 1)
        shares = [Decimal(cents // count + (n < cents % count)).scaleb(-2) for n in range(count)]
        return (
            [(test(h), s) for h, s in zip(holders, shares, strict=True)]
            if holders
            else [(None, shares[0])]
        )

    def distinct(
        self,
        contracts: list[Row],
        key: Callable[[Row, str], Any],
        test: Callable[[Row, Row], Answer],
    ) -> Figure:
        """Companies counted once: a yes if one row is, else an unknown if one row is."""
        groups: dict[Any, list[Answer]] = {}
        for c in contracts:
            for h in self.of[c["marche_uid"]] or [None]:
                named = h is not None and h["siret_valide"]
                name = key(c, h["titulaire_id"][:9]) if h and named else c["marche_uid"]
                groups.setdefault(name, []).append(test(c, h) if h and named else None)
        return share(
            (True if True in g else None if None in g else False, ONE) for g in groups.values()
        )


# --- Figures -------------------------------------------------------------------------------


def recount(world: World, buyers: set[str | None]) -> dict[tuple[str, str], Figure]:
    """Every figure below, by (code, base), over the rows of some buyers."""
    holders = Holders(world)
    own = {name: [r for r in rows if r.get("acheteur") in buyers] for name, rows in world.items()}
    return (
        _holders(own["marches"], holders)
        | _sheets(own["marches"], world["fiches"], holders)
        | _payments(own["mandats"], holders)
        | _declarations(own, world["seuils_agec"])
        | _services(own)
    )


def _holders(contracts: list[Row], holders: Holders) -> dict[tuple[str, str], Figure]:
    def number(test: Callable[[Row], Answer]) -> Figure:
        return share((holders.any(c, test), ONE) for c in contracts)

    def value(test: Callable[[Row], Answer]) -> Figure:
        return share(p for c in contracts for p in holders.parts(c, test))

    def approved(c: Row) -> Callable[[Row], Answer]:
        return lambda h: holders.esus(h, c["date_notification"])

    def large_advance(c: Row) -> Answer:
        """At least 30 %; an advance said to be given at no rate, or at nought, is unknown."""
        given, rate = c["attribution_avance"], c["taux_avance"]
        return (rate >= Decimal("0.3") if rate else None) if given else given

    advance = [
        (
            both(
                holders.any(c, holders.pme), above(c["montant"], 50000), above(c["duree_mois"], 2)
            ),
            c,
        )
        for c in contracts
    ]
    return {
        ("ECO1-01", "nombre"): share(
            (one_known(holders.pme(h) for h in holders.of[c["marche_uid"]]), ONE) for c in contracts
        ),
        ("ECO1-02", "valeur"): value(holders.pme),
        ("ECO1-03", "nombre"): holders.distinct(
            contracts, lambda _, siren: siren, lambda _, h: holders.known(h, "effectif_moins_10")
        ),
        ("ECO1-04", "nombre"): number(holders.near),
        ("ECO1-07", "nombre"): holders.distinct(
            contracts,
            lambda c, siren: (c["acheteur"], siren),
            lambda c, h: (c["acheteur"], h["titulaire_id"][:9]) not in holders.former,
        ),
        ("ECO2-03", "nombre"): share(
            (None if a is None else large_advance(c), ONE) for a, c in advance if a is not False
        ),
        ("SOC2-08", "nombre"): share((holders.any(c, approved(c)), ONE) for c in contracts),
        ("SOC2-08", "valeur"): share(p for c in contracts for p in holders.parts(c, approved(c))),
        ("SOC2-09", "nombre"): number(holders.inclusif),
        ("SOC2-09", "valeur"): value(holders.inclusif),
    }


def _sheets(
    contracts: list[Row], sheets: list[Row], holders: Holders
) -> dict[tuple[str, str], Figure]:
    by_uid = {r["marche_uid"]: r for r in sheets}

    def field(c: Row, name: str) -> Any:
        return by_uid.get(c["marche_uid"], {}).get(name)

    def among(family: tuple[str, ...] | None, name: str) -> Figure:
        concerned = [
            (True if family is None else starts(c["code_cpv"], family), c) for c in contracts
        ]
        return share(
            (None if a is None else field(c, name), ONE) for a, c in concerned if a is not False
        )

    def large(c: Row) -> Answer:
        if field(c, "seuil_europeen") is not None:
            return bool(field(c, "seuil_europeen"))
        if c["montant"] < SEUIL or c["montant"] >= TRAVAUX:
            return bool(c["montant"] >= TRAVAUX)
        works = starts(c["code_cpv"], ("45",))
        return None if works is None else not works

    def condition(c: Row) -> Answer:
        social = c["considerations_sociales"]
        return None if social is None else CLAUSE in social

    def large_holder(c: Row) -> Answer:
        return holders.any(c, lambda h: other(holders.pme(h)))

    def promised(c: Row) -> Any:
        """What is promised to small firms; more than the contract cannot be."""
        euros = field(c, "montant_pme_engage")
        return euros if euros is not None and euros <= c["montant"] else None

    sized = [(large(c), c) for c in contracts if large(c) is not False]
    return {
        ("ECO2-05", "valeur"): ratio(
            (both(field(c, "marche_global"), large_holder(c)), promised(c), c["montant"])
            for c in contracts
        ),
        ("SOC1-04", "nombre"): among(None, "clausier_commun"),
        ("SOC2-11", "nombre"): share((None if a is None else condition(c), ONE) for a, c in sized),
        ("SOC2-12", "nombre"): among(None, "consideration_egalite"),
        ("SOC3-01", "nombre"): among(ERGONOMIE, "exigence_ergonomie"),
        ("ENV2-05", "nombre"): among(CARBONE, "clause_carbone"),
        ("ENV3-03", "nombre"): among(BIODIVERSITE, "clause_biodiversite"),
        ("ENV4-01", "nombre"): among(("45",), "clause_dechets_chantier"),
    }


def _payments(payments: list[Row], holders: Holders) -> dict[tuple[str, str], Figure]:
    def local(p: Row) -> Answer:
        circle = holders.sirene.get(p["fournisseur_id"], {}).get("cercle")
        return None if circle is None else circle != "ailleurs"

    delays = [p["delai_jours"] for p in payments]
    return {
        ("ECO2-01", "autre"): mean(delays, 0, 366),
        ("ECO2-02", "nombre"): share((None if d is None else d <= 30, ONE) for d in delays),
        ("ECO2-06", "valeur"): share((local(p), p["montant_ht"]) for p in payments),
    }


def _declarations(own: World, steps: list[Row]) -> dict[tuple[str, str], Figure]:
    agec, canteens, fleet = own["agec"], own["cantine"], own["flotte"]

    def reuse(r: Row) -> Decimal | None:
        bought: Decimal | None = r["montant_reemploi_et_reutilisation"]
        return None if bought is None else bought + (r["montant_produits_issus_don"] or ZERO)

    def enough(r: Row, kind: str, amount: Decimal | None) -> Answer:
        mine = (r["type_produit_acquis"], kind)
        begun = [s for s in steps if s["palier"] <= 2024 and (s["categorie"], s["taux"]) == mine]
        last = max(begun, key=lambda s: s["palier"], default=None)
        if amount is None or last is None or not last["confirme"]:
            return None
        return bool(amount * 100 >= last["seuil"] * r["montant_total"])

    def summed(r: Row, *names: str) -> int | None:
        values = [r[n] for n in names]
        return None if None in values else sum(values)

    light = ("nbVP", "nbN1")
    return {
        ("ENV1-04", "nombre"): share(
            (
                both(
                    enough(r, "reemploi", reuse(r)),
                    enough(r, "recycle", r["montant_produits_recycles"]),
                ),
                ONE,
            )
            for r in agec
            if r["montant_total"] > 0
        ),
        ("ENV1-05", "valeur"): ratio((True, reuse(r), r["montant_total"]) for r in agec),
        ("ENV1-06", "valeur"): ratio(
            (True, r["montant_produits_recycles"], r["montant_total"]) for r in agec
        ),
        ("ENV1-07", "valeur"): ratio(
            (
                r["type_produit_acquis"] == "Papier",
                r["montant_produits_recycles"],
                r["montant_total"],
            )
            for r in agec
        ),
        ("ENV1-08", "valeur"): ratio(
            (True, summed(r, "valeur_bio", "valeur_egalim_hors_bio"), r["valeur_totale"])
            for r in canteens
        ),
        ("ENV3-01", "valeur"): ratio((True, r["valeur_bio"], r["valeur_totale"]) for r in canteens),
        ("ENV2-01", "nombre"): ratio(
            (True, summed(r, "nbVPclean", "nbN1infclean", "nbN1supclean"), summed(r, *light))
            for r in fleet
        ),
        ("ENV2-02", "nombre"): ratio(
            (
                True,
                summed(r, "nbVPEL", "nbVPH2", "nbN1infEL", "nbN1infH2", "nbN1supEL", "nbN1supH2"),
                summed(r, *light),
            )
            for r in fleet
        ),
    }


def _services(own: World) -> dict[tuple[str, str], Figure]:
    def readings(code: str) -> list[Row]:
        return [r for r in own["releves"] if r["indicateur"] == code]

    def since_the_start(r: Row) -> Any:
        """Hours of the whole contract; those of the year, when it is a contract of the year."""
        year, whole = r["heures_realisees"], r["heures_realisees_marche"]
        if whole is not None:
            return None if year is not None and year > whole else whole
        return year if r["marche_uid"] else None

    asked = [(above(r["montant_estime"], Decimal("39999.99")), r) for r in own["consultations"]]
    return {
        ("SOC1-01", "nombre"): ratio(
            (True, r["agents_formes"], r["agents_cibles"]) for r in own["formations"]
        ),
        ("SOC1-02", "autre"): ratio(
            ((True, r["heures"], r["agents_cibles"]) for r in own["formations"]), percent=False
        ),
        ("SOC1-03", "nombre"): share(
            (None if a is None else r["fiche_strategie"], ONE) for a, r in asked if a is not False
        ),
        ("SOC2-03", "autre"): total([r["heures_realisees"] for r in own["insertion"]]),
        ("SOC2-04", "autre"): ratio(
            (r["solde"], since_the_start(r), r["heures_prevues"]) for r in own["insertion"]
        ),
        ("ENV2-03", "autre"): change(
            (r["numerateur"], r["denominateur"]) for r in readings("ENV2-03")
        ),
        ("ENV4-02", "autre"): ratio(
            (True, r["numerateur"], r["denominateur"]) for r in readings("ENV4-02")
        ),
        ("ENV4-05", "autre"): ratio(
            ((True, r["numerateur"], r["denominateur"]) for r in readings("ENV4-05")), percent=False
        ),
    }
