"""Demonstration purchase records for 2024 and 2025, with the defects of real files on purpose.

    python -m spaser.demo        writes data/raw/2024 and data/raw/2025

A later year of the scheme is made like 2025, from a seed of its own: `write(folder, 2027)`.
The same bytes come out on every machine and Python: the seed is the year, and nothing is read but
the scheme, for the names and SIREN of buyers and partners.  Words and proportions are in `data`,
defects in `traits`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

from spaser.demo import data as d
from spaser.demo import objects, registers, sheets
from spaser.demo.contract import TITULAIRES, Contract, Dice, siret
from spaser.demo.data import METROPOLE, PLANS, VILLE
from spaser.demo.forms import RawRecord, flat, nested, wrapped
from spaser.demo.parties import BUYERS, parties
from spaser.demo.traits import pose_traits
from spaser.errors import UserError
from spaser.settings import params
from spaser.settings.scheme import Scheme
from spaser.sources import MARK
from spaser.sources import fields as f

ANNEES = (2024, 2025)  # those committed
FICHIERS = {
    VILLE: "decp-2022-ville-demonstration.json",
    METROPOLE: "decp-2022-metropole-demonstration.json",
}
AUTRE_ACHETEUR = siret(90_001)
_MATH = Context(prec=28, rounding=ROUND_HALF_EVEN)  # exp() of Decimal: no platform's libm


def contracts(annee: int, acheteur: str) -> list[Contract]:
    """The contracts that a buyer notified in a year, traits included, in order of number."""
    plan = _plan(annee, acheteur)
    dice = Dice(10 * annee + d.PUBLICATIONS.index((d.alike(annee), acheteur)))
    drafts = _drafts(dice, annee, acheteur, plan.marches)
    _consider(dice, drafts, plan)
    _truncate_ids(drafts, plan.ids_tronques)
    pose_traits(dice, drafts, annee, acheteur)
    return drafts


def _plan(annee: int, acheteur: str) -> d.Plan:
    return PLANS[d.alike(annee), acheteur]


def _drafts(dice: Dice, annee: int, acheteur: str, n: int) -> list[Contract]:
    templates = itertools.cycle(
        dice.shuffled(t for t in objects.TEMPLATES if acheteur in t.acheteurs)
    )
    drafts: list[Contract] = []
    for number, template in enumerate(templates, start=1):
        drafts += _consultation(dice, annee, acheteur, number, template)
        if len(drafts) >= n:
            break
    del drafts[n:]
    compete = [c for c in drafts if c.procedure != d.SANS_CONCURRENCE]
    for contract, offers in zip(compete, dice.deck(len(compete), d.OFFRES), strict=True):
        contract.offres = offers
    return drafts


def _consultation(
    dice: Dice, annee: int, acheteur: str, number: int, template: objects.Template
) -> list[Contract]:
    """The contracts of one consultation: one, or one a lot."""
    family = d.FAMILIES[template.famille]
    lots = objects.LOTS[template.lots][: dice.weighed(objects.NOMBRE_DE_LOTS)]
    lots = lots if len(lots) > 1 else ("",)
    objet = template.objet.format(
        **{kind: dice.pick(names) for kind, names in objects.LIEUX.items()}
    )
    framework = dice.below(100) < family.accord_cadre
    scale = _plan(annee, acheteur).echelle
    amounts = [_amount(dice, family, scale, framework) for _ in lots]
    threshold = d.SEUIL_FORMALISE.get(template.famille, d.SEUIL_FORMALISE_FCS)
    procedure = dice.weighed(d.PROCEDURES[sum(amounts) >= 100 * threshold])
    modalite = dice.weighed(d.MODALITES) if framework else d.SANS_OBJET
    on_call = not framework and template.famille != "travaux" and dice.below(100) < 15
    day, spread = _day(dice, annee), dice.pick((1, 1, 12))
    mois, ccag = dice.weighed(family.mois), dice.weighed(family.ccag)
    drafts = []
    for rank, (lot, cents) in enumerate(zip(lots, amounts, strict=True), start=1):
        notified_on = min(day + dt.timedelta(dice.below(spread)), dt.date(annee, 12, 31))
        advance = cents >= 5_000_000 and dice.below(100) < 2 * family.avance
        drafts.append(
            Contract(
                famille=template.famille,
                consultation=number,
                acheteur=acheteur,
                id=f"{annee}{acheteur[0].upper()}{number:03d}" + (f"L{rank:02d}" if lot else ""),
                objet=objet + (f" - Lot {rank} : {lot}" if lot else ""),
                cpv=template.cpv,
                procedure=procedure,
                techniques=["Accord-cadre" if framework else d.SANS_OBJET],
                modalite=modalite,
                accord_cadre=f"{annee - 1}AC{dice.below(60) + 1:03d}" if on_call else None,
                mois=mois,
                notification=notified_on.isoformat(),
                publication=(notified_on + dt.timedelta(3 + dice.below(50))).isoformat(),
                montant=cents,
                forme_prix=dice.weighed(family.forme_prix),
                type_prix=dice.weighed(family.type_prix),
                avance=advance,
                taux_avance=dice.weighed(d.TAUX_AVANCE) if advance else "0",
                ccag=ccag,
                sous_traitance=dice.below(100) < family.sous_traitance,
                lieu=dice.weighed(d.LIEU_EXECUTION[acheteur]),
                titulaires=[(TITULAIRES[_holder(dice, family)], "SIRET")],
                origine=dice.weighed(d.ORIGINES) if _has_origin(template.cpv) else None,
            )
        )
    return drafts


def _amount(dice: Dice, family: d.Family, scale: int, framework: bool) -> int:
    """Cents, log-normal around the median; a framework agreement has a round maximum."""
    power = Decimal(f"{family.dispersion * dice.bell()}e-6")
    cents = int(_MATH.multiply(_MATH.exp(power), family.mediane * scale))
    cents = min(max(cents, 350_000), 700_000_000)
    step = 1_000_000
    return (2 * cents // step + 1) * step if framework else cents


def _day(dice: Dice, annee: int) -> dt.date:
    """A working day."""
    day = dt.date(annee, dice.weighed(d.MOIS_NOTIFICATION), 1 + dice.below(28))
    return day + dt.timedelta(2) if day.weekday() >= 5 else day


def _holder(dice: Dice, family: d.Family) -> int:
    """A place in the pool; the first ones of a family win more often."""
    return min(dice.pick(family.titulaires), dice.pick(family.titulaires))


def _has_origin(cpv: str) -> bool:
    return cpv.startswith(d.CPV_AVEC_ORIGINE)


def _consider(dice: Dice, drafts: Sequence[Contract], plan: d.Plan) -> None:
    """Give the plan's share of contracts a consideration, those that lean to it first.

    The order of the values is not stable, as in real files.
    """
    for field, lean, share, weights, none in (
        ("sociales", "social", plan.social, d.SOCIALES, f.PAS_SOCIAL),
        (
            "environnementales",
            "environnement",
            plan.environnement,
            d.ENVIRONNEMENTALES,
            f.PAS_ENVIRONNEMENTAL,
        ),
    ):
        wish = [-getattr(d.FAMILIES[c.famille], lean) - dice.below(100) for c in drafts]
        ranked = [drafts[i] for i in sorted(range(len(drafts)), key=wish.__getitem__)]
        quota = (len(drafts) * share + 50) // 100
        for rank, contract in enumerate(ranked):
            labels = dice.weighed(weights) if rank < quota else (none,)
            setattr(contract, field, dice.shuffled(labels))


def _truncate_ids(drafts: Sequence[Contract], n: int) -> None:
    """Cut the ids of the first `n` consultations of three lots or more to ten characters.

    All their lots then have the same id and, as on the platform, the same object.
    """
    by_number = (list(g) for _, g in itertools.groupby(drafts, key=lambda c: c.consultation))
    for lots in itertools.islice((g for g in by_number if len(g) >= 3), n):
        for contract in lots:
            contract.id = contract.id[:10]
            contract.objet = contract.objet.partition(" - Lot ")[0]


def published_contracts(annee: int, acheteur: str) -> list[Contract]:
    """All that stands in a buyer's file: the year, repetitions, another year, another buyer."""
    plan = _plan(annee, acheteur)
    own = contracts(annee, acheteur)
    plain = [c for c in own if not c.trait]
    return [
        *own,
        *plain[: plan.repetes],
        *_neighbours(annee, acheteur, plan.autre_annee),
        *_strangers(annee, acheteur, plan.autre_acheteur),
    ]


def _neighbours(annee: int, acheteur: str, n: int) -> list[Contract]:
    """Contracts of the year beside, that its own file holds too."""
    other = annee + 1 if annee == ANNEES[0] else annee - 1
    plain = [c for c in contracts(other, acheteur) if not c.trait]
    plain.sort(key=lambda c: str(c.notification))
    return plain[:n] if other > annee else plain[-n:]


def _strangers(annee: int, acheteur: str, n: int) -> list[Contract]:
    """Contracts of a buyer that is not ours."""
    drafts = _drafts(Dice(annee), annee, acheteur, n)
    _consider(Dice(annee), drafts, _plan(annee, acheteur))
    return [replace(c, acheteur=AUTRE_ACHETEUR) for c in drafts]


def concessions(annee: int, acheteur: str) -> list[RawRecord]:
    """The concession contracts of the year, in the regulatory form; `acheteur` is a SIRET."""
    dice = Dice(annee)
    return [
        _concession(dice, annee, acheteur, n, *c)
        for n, c in enumerate(objects.CONCESSIONS[d.alike(annee)], start=1)
    ]


def _concession(
    dice: Dice,
    annee: int,
    acheteur: str,
    number: int,
    nature: str,
    objet: str,
    procedure: str,
    mois: int,
    valeur: int,
    subvention: int,
) -> RawRecord:
    signed = _day(dice, annee)
    holder = {"typeIdentifiant": "SIRET", "id": TITULAIRES[-number]}
    return {
        "id": f"{annee}C{number:03d}",
        "autoriteConcedante": {"id": acheteur},
        "nature": nature,
        "objet": objet,
        "procedure": procedure,
        "dureeMois": mois,
        "dateSignature": signed.isoformat(),
        "datePublicationDonnees": (signed + dt.timedelta(10 + dice.below(40))).isoformat(),
        "dateDebutExecution": (signed + dt.timedelta(30)).isoformat(),
        "valeurGlobale": valeur,
        "montantSubventionPublique": subvention,
        "concessionnaires": wrapped("concessionnaire", [holder]),
        "considerationsSociales": {
            "considerationSociale": [dice.pick((f.CLAUSE_SOCIALE, f.PAS_SOCIAL))]
        },
        "considerationsEnvironnementales": {
            "considerationEnvironnementale": [f.CLAUSE_ENVIRONNEMENTALE]
        },
    }


def write(folder: Path, annee: int, scheme: Scheme) -> list[Path]:
    """Write the year's DECP files, its registers and the note that marks a demonstration.

    Args:
        folder: made when absent; files of the same names are replaced.
        annee: 2024 or later.
        scheme: whose names and SIREN of buyers and partners these are.

    Raises:
        UserError: the scheme is not of the two buyers of the demonstration.
        ValueError: there is no demonstration for that year.
    """
    if annee < ANNEES[0]:
        raise ValueError(f"pas de démonstration pour {annee}, avant {ANNEES[0]}")
    named = parties(scheme)
    ville, metropole = (published_contracts(annee, a) for a in BUYERS)
    texts = {
        FICHIERS[VILLE]: '{"source": "spaser.demo, données fictives",\n"records": '
        + _lines(record for c in ville for record in flat(c, named.sirets))
        + "}\n",
        FICHIERS[METROPOLE]: '{"marches": {\n"marche": '
        + _lines(nested(c, named.sirets) for c in metropole)
        + ',\n"contrat-concession": '
        + _lines(concessions(annee, named.sirets[METROPOLE]))
        + "}}\n",
        MARK: d.NOTE.format(
            annee=annee,
            ville=FICHIERS[VILLE],
            metropole=FICHIERS[METROPOLE],
            n_ville=_plan(annee, VILLE).marches,
            n_metropole=_plan(annee, METROPOLE).marches,
            more=d.NOTE_MORE[d.alike(annee)],
        ),
    }
    files = {name: text.encode("utf-8") for name, text in texts.items()}
    own = {a: contracts(annee, a) for a in BUYERS}
    files |= {t.name: sheets.content(t, annee) for t in registers.tables(annee, own, named)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def _lines(records: Iterable[RawRecord]) -> str:
    """A JSON list, one record a line."""
    return "[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in records) + "\n]"


def main() -> None:
    """Write data/raw/2024 and data/raw/2025 of the project in the current folder."""
    try:
        scheme = params.read_scheme(Path("params"))
        files = [p for y in ANNEES for p in write(Path("data/raw", str(y)), y, scheme)]
    except UserError as error:
        print(f"Erreur. {error}", file=sys.stderr)
        raise SystemExit(2) from None
    for path in files:
        print(f"{path.as_posix()} : {path.stat().st_size} octets")
