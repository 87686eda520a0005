"""What is said of one demonstration contract at most once: `TRAITS`, in known numbers.

Ordinary life (joint contracts, modifications) and the defects of real files, with the rules
of the quality gate that each breaks: what a page should show is the sum of this table.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from spaser.demo import data as d
from spaser.demo.contract import TITULAIRES, Contract, Dice, Modification
from spaser.sources import fields as f

Pose = Callable[[Contract, Dice], None]


def put(**values: Any) -> Pose:
    """Write these values and no more."""

    def pose(contract: Contract, _: Dice) -> None:
        for name, value in values.items():
            setattr(contract, name, value)

    return pose


def text(change: Callable[[str], str]) -> Pose:
    """Change the object."""
    return lambda contract, _: setattr(contract, "objet", change(contract.objet))


def joint(size: int, kind: str = "Conjoint", repeated: bool = False) -> Pose:
    """Several holders; `repeated` writes one flat row each, with the full amount.

    Args:
        size: how many holders.
        kind: Conjoint or Solidaire.
        repeated: whether each holder is written on a row of its own, with the full amount.
    """

    def pose(contract: Contract, dice: Dice) -> None:
        holders = dice.shuffled(d.FAMILIES[contract.famille].titulaires)[:size]
        contract.titulaires = [(TITULAIRES[h], "SIRET") for h in holders]
        contract.groupement = kind
        contract.une_ligne_par_titulaire = repeated

    return pose


def modified(*after_cutoff: bool) -> Pose:
    """One modification each, before the cut-off date (31 March that follows) or after it."""

    def pose(contract: Contract, dice: Dice) -> None:
        start = dt.date.fromisoformat(str(contract.notification))
        cutoff = dt.date(start.year + 1, 3, 31)
        amount = int(contract.montant or 0)
        for rank, late in enumerate(after_cutoff, start=1):
            room = (cutoff - start).days
            day = (
                cutoff + _days(5 + dice.below(70))
                if late
                else start + _days(20 + dice.below(room - 20))
            )
            amount = amount * (102 + dice.below(22)) // 100
            mois = contract.mois + 3 if dice.below(3) == 0 else None
            contract.modifications.append(
                Modification(
                    rank,
                    day.isoformat(),
                    _extracted(contract, day + _days(4 + dice.below(40))),
                    amount,
                    mois,
                )
            )

    return pose


def published(earliest: int, latest: int) -> Pose:
    """Published so many days after the notification."""

    def pose(contract: Contract, dice: Dice) -> None:
        notified = dt.date.fromisoformat(str(contract.notification))
        days = earliest + dice.below(latest - earliest)
        contract.publication = _extracted(contract, notified + _days(days))

    return pose


def _extracted(contract: Contract, day: dt.date) -> str:
    """A day of publication, no later than that on which the file was made."""
    return min(day, dt.date(int(contract.id[:4]) + 1, 6, 15)).isoformat()


def notified(form: str) -> Pose:
    """Write a date of notification that cannot be; `y` is the last digit of the year."""

    def pose(contract: Contract, _: Dice) -> None:
        contract.notification = form.replace("y", str(contract.notification)[3])

    return pose


def all_social_boxes(contract: Contract, dice: Dice) -> None:
    """Clause, criterion and reserved contract ticked together."""
    contract.sociales = dice.shuffled((f.CLAUSE_SOCIALE, f.CRITERE_SOCIAL, f.MARCHE_RESERVE))


def wrong_key(contract: Contract, _: Dice) -> None:
    """Spoil the check digit of the holder."""
    number = contract.titulaires[0][0]
    contract.titulaires = [(number[:-1] + str((int(number[-1]) + 1) % 10), "SIRET")]


def _days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def _social(c: Contract) -> bool:
    return c.sociales != [f.PAS_SOCIAL]


def _environmental(c: Contract) -> bool:
    return c.environnementales != [f.PAS_ENVIRONNEMENTAL]


class Trait(NamedTuple):
    """How many contracts of each publication have this, and which rules they then break.

    `combien`: 2024 ville, 2024 métropole, 2025 ville, 2025 métropole.  `lignes`: rows that
    such a contract takes in the flat file.
    """

    nom: str
    combien: tuple[int, int, int, int]
    pose: Pose
    regles: tuple[str, ...] = ()
    convient: Callable[[Contract], bool] = lambda _: True
    lignes: int = 1

    def number(self, annee: int, acheteur: str) -> int:
        """Contracts of that publication."""
        return self.combien[d.PUBLICATIONS.index((d.alike(annee), acheteur))]


TRAITS = (
    # Ordinary life of contracts
    Trait("marché innovant", (3, 2, 3, 3), put(innovant=True)),
    Trait(
        "groupement de 2, une ligne par titulaire", (4, 0, 4, 0), joint(2, repeated=True), lignes=2
    ),
    Trait(
        "groupement de 3, une ligne par titulaire", (2, 0, 3, 0), joint(3, repeated=True), lignes=3
    ),
    Trait("groupement conjoint de 2", (2, 6, 2, 7), joint(2)),
    Trait("groupement solidaire de 3", (1, 4, 1, 3), joint(3, "Solidaire")),
    Trait("modification avant la date d'arrêt", (7, 11, 8, 10), modified(False)),
    Trait("modification après la date d'arrêt", (3, 5, 3, 5), modified(True)),
    Trait("modification avant, puis après", (0, 3, 0, 3), modified(False, True)),
    Trait(
        "code CEDEX donné pour un code postal",
        (9, 4, 8, 3),
        put(lieu=("21033", "Code postal")),
        ("MAR-A16",),
    ),
    # Quarantine: one rule each decides, others may be broken too
    Trait("montant absent", (1, 0, 1, 0), put(montant="MQ"), ("MAR-C03",)),
    Trait("montant de 0 €", (0, 1, 0, 1), put(montant=0), ("MAR-C05", "MAR-A04")),
    Trait(
        "montant de 4,2 milliards",
        (0, 1, 0, 1),
        put(montant=420_000_000_000),
        ("MAR-C05", "MAR-A04"),
    ),
    Trait("montant ambigu", (1, 0, 1, 0), put(montant="1.234"), ("MAR-C04", "MAR-A14")),
    Trait("date de notification absente", (1, 0, 1, 0), put(notification=None), ("MAR-C06",)),
    Trait(
        "date de notification impossible",
        (1, 0, 1, 0),
        notified("202y-13-45"),
        ("MAR-C07", "MAR-A14"),
    ),
    Trait(
        "année de notification invraisemblable", (0, 1, 0, 1), notified("020y-06-17"), ("MAR-C08",)
    ),
    # Kept and flagged
    Trait("publication tardive", (22, 17, 13, 11), published(70, 200), ("MAR-A03",)),
    Trait("publication avant la notification", (1, 0, 0, 1), published(-20, -3), ("MAR-A02",)),
    Trait(
        "montant de 28 €",
        (1, 0, 1, 0),
        put(montant=2800),
        ("MAR-A04",),
        lambda c: c.techniques == [d.SANS_OBJET],
    ),
    Trait("considérations sociales vides", (9, 5, 7, 4), put(sociales=None), ("MAR-A05",)),
    Trait(
        "considérations environnementales vides",
        (8, 4, 6, 3),
        put(environnementales=None),
        ("MAR-A06",),
    ),
    Trait(
        "pas de considération sociale, et une clause",
        (1, 0, 1, 0),
        put(sociales=[f.PAS_SOCIAL, f.CLAUSE_SOCIALE]),
        ("MAR-A07",),
        _social,
    ),
    Trait(
        "pas de considération environnementale, et un critère",
        (0, 1, 0, 1),
        put(environnementales=[f.CRITERE_ENVIRONNEMENTAL, f.PAS_ENVIRONNEMENTAL]),
        ("MAR-A08",),
        _environmental,
    ),
    Trait("trois cases sociales", (3, 2, 3, 2), all_social_boxes, ("MAR-A09",), _social),
    Trait(
        "considération sociale hors liste",
        (1, 0, 1, 0),
        put(sociales=["Clause d'insertion"]),
        ("MAR-A05", "MAR-A14", "MOT-marches-considerations_sociales"),
    ),
    Trait("SIRET de titulaire à la clé fausse", (1, 1, 1, 1), wrong_key, ("TIT-A02",)),
    Trait(
        "titulaire désigné par sa TVA",
        (0, 1, 0, 1),
        put(titulaires=[("BE0000000097", "TVA")]),
        ("TIT-I01",),
    ),
    Trait(
        "caractère perdu",
        (1, 0, 0, 1),
        text(lambda o: o.replace("é", "\ufffd", 1)),
        ("MAR-A13",),
        lambda c: "é" in c.objet,
    ),
    # Kept and counted
    Trait("offres reçues : MQ", (6, 0, 5, 0), put(offres="MQ"), ("MAR-I01",)),
    Trait("offres reçues : rien", (5, 8, 5, 8), put(offres=None), ("MAR-I01",)),
    Trait("innovation : rien", (0, 2, 0, 1), put(innovant=None), ("MAR-I02",)),
    Trait("avance : NC", (2, 0, 1, 0), put(avance="NC"), ("MAR-I03",)),
    # Kept and cleaned without a word
    Trait("taux d'avance : INX 0", (4, 0, 3, 0), put(taux_avance="INX 0")),
    Trait("CCAG : NC", (3, 0, 2, 0), put(ccag="NC")),
    Trait(
        "entités HTML",
        (5, 3, 5, 3),
        text(lambda o: html.escape(o.replace(" et ", " & ")).replace("&#x27;", "&#39;")),
        convient=lambda c: "'" in c.objet or " et " in c.objet,
    ),
    Trait(
        "objet sur deux lignes",
        (0, 6, 0, 5),
        text(lambda o: o.replace(" - ", "\r\n")),
        convient=lambda c: " - " in c.objet,
    ),
    Trait("balise dans l'objet", (1, 0, 0, 1), text(lambda o: o + " <script>alert(1)</script>")),
    Trait(
        "formule dans l'objet",
        (0, 1, 1, 0),
        text(lambda o: f'=HYPERLINK("http://example.invalid";"x") {o}'),
    ),
)


def pose_traits(dice: Dice, contracts: Sequence[Contract], annee: int, acheteur: str) -> None:
    """Give each trait its number of contracts, among those that have none yet.

    Args:
        dice: the seeded draws.
        contracts: the contracts of a publication.
        annee: the year.
        acheteur: the buyer's SIRET.
    """
    for trait in TRAITS:
        fit = [c for c in contracts if not c.trait and trait.convient(c)]
        for contract in dice.shuffled(fit)[: trait.number(annee, acheteur)]:
            trait.pose(contract, dice)
            contract.trait = trait.nom
