"""The demonstration registers: every source beside DECP, as offices really write them.

Most are cp1252 with semicolons and French decimals, some are workbooks, the official
declarations follow their schemas.  Each holds a few defects on purpose, in known number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from spaser.demo import register_words as w
from spaser.demo.contract import TITULAIRES, Contract, Dice, siret
from spaser.demo.data import METROPOLE, VILLE
from spaser.demo.declarations import achats_cantine, agec, flotte, releves
from spaser.demo.parties import BUYERS, Parties
from spaser.demo.sheets import DemoFile, RowCells, euros
from spaser.sources import fields as f
from spaser.sources.registers.achats import FICHES

STRANGER = siret(90_001)
SUPPLIERS = tuple(siret(50_003 + 37 * i) for i in range(24))  # met in payments alone
ESUS = (TITULAIRES[80], TITULAIRES[85], TITULAIRES[97], SUPPLIERS[3])
INCLUSIFS = {76: "EI", 82: "ACI", 85: "EA", 95: "ESAT", 99: "ETTI"}


def tables(
    annee: int, contracts: Mapping[str, Sequence[Contract]], named: Parties
) -> list[DemoFile]:
    """The registers of a year, but for training, consultations and the fleet in the first.

    Args:
        annee: the year.
        contracts: those of each buyer, by its code.
        named: the buyers and the partners.
    """
    first = annee == 2024
    every = [c for a in BUYERS for c in contracts[a]]
    files = [
        fiches(annee, every, named),
        sirene(annee),
        esus(annee),
        inclusifs(),
        mandats(annee, named),
        insertion(annee, every, named),
        actions(annee, named),
        agec(annee, named),
        achats_cantine(annee, named),
        releves(annee, named),
    ]
    if first:
        return files
    return [*files, formations(annee, named), consultations(annee, named), flotte(annee, named)]


def _cents(contract: Contract) -> int:
    return contract.montant if isinstance(contract.montant, int) else 0


def fiches(annee: int, contracts: Iterable[Contract], named: Parties) -> DemoFile:
    """One line a contract of 40 000 € or more, with blanks where nobody knows.

    Args:
        annee: the year.
        contracts: those of all buyers.
        named: the buyers and the partners.
    """
    dice = Dice(annee + 1)
    later = 12 * (annee - 2024)

    def say(percent: int) -> object:
        return None if dice.below(100) < 9 else dice.below(100) < percent + later

    rows: list[RowCells] = [[c.name for c in FICHES.lues]]
    for c in contracts:
        cents = _cents(c)
        if cents < 4_000_000 or not c.notification:
            continue
        european = cents >= (553_800_000 if c.famille == "travaux" else 22_100_000)
        social = f.CLAUSE_SOCIALE in (c.sociales or ())
        whole = c.famille == "travaux" and dice.below(100) < 6
        rows.append(
            (
                named.sirets[c.acheteur],
                c.id,
                None,
                _days(c.notification, -40 - dice.below(70)),
                european,
                cents // 120_000 if social else None,
                "marché sans main-d'œuvre" if european and not social and say(40) else None,
                say(5),
                say(34),
                say(22),
                say(18),
                say(52) if c.cpv.startswith(("45233", "77")) else None,
                say(72) if c.cpv.startswith("45") else None,
                say(24) if c.famille == "fournitures" else None,
                say(24),
                say(33),
                say(18),
                None,
                say(55) if c.cpv.startswith("79") else None,
                whole,
                euros(cents * (12 + dice.below(14)) // 100) if whole else None,
                say(9) if c.cpv.startswith("45") else None,
            )
        )
    rows.append(
        (named.sirets[VILLE], f"{annee}V999", None, None, "peut-être", *[None] * 17)
    )  # two defects
    return DemoFile("fiche-marche-complementaire.csv", "office", rows)


def _days(iso: str, n: int) -> dt.date | None:
    try:
        return dt.date.fromisoformat(iso) + dt.timedelta(n)
    except ValueError:
        return None


def sirene(annee: int) -> DemoFile:
    """An extract with INSEE's column names; three holders are not in it."""
    dice = Dice(2)  # companies do not change from year to year
    rows: list[RowCells] = [w.SIRENE.split()]
    for n, number in enumerate(TITULAIRES + SUPPLIERS):
        category = dice.weighed(w.CATEGORIES)
        small = category in {"PME", ""}
        rows.append(
            (
                number,
                "P" if n % 40 == 7 else "O",
                dice.weighed(w.COMMUNES) if n % 60 != 11 else "",
                f"{dice.pick(w.NOMS)} {dice.pick(w.NOMS_SUITE)} {n:03d}",
                category,
                dice.weighed(w.TRANCHES if small else w.TRANCHES_GRANDES),
                "O" if number in ESUS or n in INCLUSIFS else "N",
            )
        )
    kept = [row for n, row in enumerate(rows) if n not in {13, 58, 101}]
    return DemoFile("sirene-extrait.csv", "officiel", kept)


def esus(annee: int) -> DemoFile:
    """The list of approvals: one has lapsed, one ends before it begins."""
    ends = (dt.date(annee + 3, 6, 30), dt.date(annee + 1, 12, 31), dt.date(annee - 1, 3, 31))
    rows: list[RowCells] = [("SIREN", "Dénomination", "Date d'agrément", "Date de fin d'agrément")]
    for n, number in enumerate(ESUS):
        end = ends[n % 3]
        rows.append(
            (
                number[:9],
                f"Entreprise solidaire fictive {n + 1}",
                end.replace(year=end.year - 5),
                end,
            )
        )
    rows.append(
        (siret(60_001)[:9], "Approbation à l'envers", dt.date(annee, 9, 1), dt.date(annee, 1, 1))
    )
    rows += [
        (siret(60_010 + n)[:9], f"Ailleurs en France {n}", dt.date(annee - 2, 1, 1), ends[0])
        for n in range(9)
    ]
    return DemoFile("liste-esus.csv", "office", rows)


def inclusifs() -> DemoFile:
    """The directory, with the columns of le marché de l'inclusion that matter here."""
    rows: list[RowCells] = [("Raison sociale", "Siret", "Type de structure", "Département")]
    rows += [
        (f"Structure inclusive fictive {n}", TITULAIRES[n], kind, "21")
        for n, kind in INCLUSIFS.items()
    ]
    rows += [(f"Structure d'ailleurs {n}", siret(61_000 + n), "AI", "69") for n in range(12)]
    rows.append(("Sans type", siret(61_500), "association", "21"))
    return DemoFile("annuaire-inclusif.xlsx", "classeur", rows)


def mandats(annee: int, named: Parties) -> DemoFile:
    """An accounting export under a title row: a year of payments, seven defects."""
    dice = Dice(annee + 3)
    rows: list[RowCells] = [
        (
            "N° mandat",
            "SIRET acheteur",
            "SIRET fournisseur",
            "Tiers",
            "Date de réception de la facture",
            "Date de paiement",
            "Montant HT",
            "Famille d'achat",
            "Compte",
        )
    ]
    for n in range(1, 241):
        family = dice.weighed(w.FAMILLES_ACHAT)
        received = dt.date(annee, 1, 4) + dt.timedelta(dice.below(345))
        scale = 40 if w.COMPTES[family].startswith("2") else 1
        rows.append(
            [
                f"{annee}-{n:05d}",
                named.sirets[dice.pick(BUYERS)],
                dice.pick(TITULAIRES[:110] + SUPPLIERS),
                f"Fournisseur fictif {n % 70}",
                received,
                received + dt.timedelta(dice.weighed(w.DELAIS)),
                euros(scale * (9_000 + dice.below(620_000))),
                family,
                w.COMPTES[family],
            ]
        )
    spoilt = [list(r) for r in rows]
    spoilt[20][4] = None  # no date of receipt
    spoilt[50][4] = None
    spoilt[70][2] = spoilt[70][2][:-1] + str((int(spoilt[70][2][-1]) + 1) % 10)  # type: ignore[index]
    spoilt[90][5] = dt.date(annee, 1, 2)  # paid before it came
    spoilt[90][4] = dt.date(annee, 3, 1)
    spoilt[110][6] = "à vérifier"
    spoilt[130][6] = Decimal("-412.50")  # a credit note
    spoilt[150][1] = STRANGER
    return DemoFile(
        "export-mandats.csv",
        "office",
        [*spoilt, spoilt[30]],  # the last one twice
        f"Export comptable fictif, exercice {annee}",
    )


def insertion(annee: int, contracts: Iterable[Contract], named: Parties) -> DemoFile:
    """Hours of each contract with a social clause; one row has more women than people.

    Args:
        annee: the year.
        contracts: those of all buyers.
        named: the buyers and the partners.
    """
    dice = Dice(annee + 4)
    rows: list[RowCells] = [
        (
            "acheteur",
            "id_marche",
            "heures_prevues",
            "heures_realisees",
            "heures_realisees_marche",
            "marché soldé",
            "beneficiaires",
            "dont femmes",
            "sorties_jointes",
            "sorties_positives",
            "secteur",
            "public",
        )
    ]
    for c in contracts:
        if f.CLAUSE_SOCIALE not in (c.sociales or ()) or _cents(c) < 6_000_000:
            continue
        promised = _cents(c) // 12_000
        people = 1 + promised // 400
        women, met = (people * (10 + dice.below(40)) + 50) // 100, (people * 60 + 50) // 100
        rows.append(
            (
                named.noms[c.acheteur],
                c.id,
                promised,
                done := promised * (84 + dice.below(26)) // 100,
                done,
                dice.below(100) < 35,
                people,
                women,
                met,
                (met * (30 + dice.below(45)) + 50) // 100,
                dice.pick(w.SECTEURS),
                dice.pick(w.PUBLICS),
            )
        )
    last = list(rows[-1])
    last[7] = int(str(last[6])) + 3
    rows[-1] = last
    old = f"{annee - 3}M044"
    rows.append((named.noms[METROPOLE], old, 900, 310, 860, True, 4, 1, 2, 1, "Voirie", "RSA"))
    return DemoFile("heures-insertion.xlsx", "classeur", rows, "Suivi de la clause d'insertion")


def formations(annee: int, named: Parties) -> DemoFile:
    """Agents trained, by department of each buyer."""
    dice = Dice(annee + 5)
    rows: list[RowCells] = [("acheteur", "service", "agents_cibles", "agents_formes", "heures")]
    for buyer in named.noms.values():
        for service in w.SERVICES:
            target = 6 + dice.below(20)
            trained = target * (25 + dice.below(50)) // 100
            rows.append((buyer, service, target, trained, trained * 7))
    return DemoFile("formations.csv", "office", rows)


def consultations(annee: int, named: Parties) -> DemoFile:
    """Consultations launched in the year, one of the year before, one without an amount."""
    dice = Dice(annee + 6)
    rows: list[RowCells] = [
        ("N° consultation", "Acheteur", "Objet", "Date de lancement", "Montant estimé (€ HT)",
         "fiche_strategie", "id_marche")
    ]  # fmt: skip
    for n in range(1, 61):
        cents = 1_200_000 + dice.below(40) * dice.below(40) * 60_000
        rows.append(
            (
                f"C{annee}-{n:03d}",
                named.noms[dice.pick(BUYERS)],
                f"Consultation fictive {n}",
                dt.date(annee if n > 1 else annee - 1, 1 + dice.below(12), 1 + dice.below(28)),
                euros(cents) if n != 2 else None,
                dice.below(100) < 44,
                None,
            )
        )
    return DemoFile("consultations.csv", "office", rows)


def actions(annee: int, named: Parties) -> DemoFile:
    """The register of actions; one partner is not of the committee, one status is not listed."""
    rows: list[RowCells] = [
        ("ambition", "acheteur", "action", "pilote", "partenaire", "statut", "échéance",
         "entreprises touchées", "note")
    ]  # fmt: skip
    rows += [
        (code, named.noms.get(buyer, ""), action, lead, partner.format_map(named._asdict()), status,
         _due(annee, month), reached, note)
        for code, buyer, action, lead, partner, status, month, reached, note in w.ACTIONS
    ]  # fmt: skip
    return DemoFile("registre-actions.xlsx", "classeur", rows)


def _due(annee: int, month: int | None) -> dt.date | None:
    """The 28th of a month; above 12, of the year after."""
    if month is None:
        return None
    return dt.date(annee + (month - 1) // 12, (month - 1) % 12 + 1, 28)
