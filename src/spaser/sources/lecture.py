"""What reading a year's folder gives: our records, the files, and the count of everything else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser.sources.records import Annonce, Ligne, Remarque
from spaser.sources.semblables import Semblables

AUTRE_ACHETEUR = "autre acheteur"
AUTRE_ANNEE = "autre année"
HISTORIQUE = 3  # years before this one in which a holder is no newcomer (ECO1-07)
NON_RENCONTRE = "établissement non rencontré"


class Count(NamedTuple):
    """Rows, and the euros of those whose amount could be read."""

    lignes: int
    montant: Decimal

    def plus(self, montant: Decimal | None) -> Count:
        """One more row."""
        return Count(self.lignes + 1, self.montant + (montant or 0))


NOTHING = Count(0, Decimal("0.00"))


def add(a: Count, b: Count) -> Count:
    """Rows and euros of both."""
    return Count(a.lignes + b.lignes, a.montant + b.montant)


class Ancien(NamedTuple):
    """A holder of an earlier year: our buyer's SIREN, the holder's SIREN, the year."""

    acheteur: str
    titulaire: str
    annee: int


@dataclass
class Fichier:
    """An input file as it was found: name, sha256, size, form, and why it was left out.

    `source` is its name in params/spaser.yml, once it gave records; `pourquoi` says why it was
    not read, `remarques` what to know of it, `annonce` how many records it says that it, or the
    answer it is a page of, holds.
    """

    nom: str
    sha256: str = ""
    octets: int = 0
    forme: str = ""
    source: str = ""
    lignes: int = 0
    erreur: str = ""
    ignore: bool = False
    pourquoi: str = ""
    remarques: list[str] = field(default_factory=list)
    annonce: int = 0

    def note(self, remark: Remarque | Annonce) -> None:
        """Keep what a reader says of the file."""
        if isinstance(remark, Annonce):
            self.annonce = max(self.annonce, remark.total)
        else:
            self.remarques.append(remark.texte)


@dataclass
class Lecture:
    """All that was read: our records, and the count of everything else.

    `lues` and `hors_perimetre` are keyed by table, and by (table, reason);
    `objets_autres_annees` holds (SIREN, object) of our records of other years, `historique`
    who held our contracts of the three years before, `en_cours` our contracts of other years that
    are not known to have ended when the edition is made; `sans_acheteur` the records without
    buyer of files that hold other buyers than ours, which are not held against ours; `semblables`
    the contracts of the buyers like ours.
    """

    dossier: Path
    demonstration: bool
    semblables: Semblables
    fichiers: list[Fichier] = field(default_factory=list)
    lignes: list[Ligne] = field(default_factory=list)
    lues: dict[str, Count] = field(default_factory=dict)
    hors_perimetre: dict[tuple[str, str], Count] = field(default_factory=dict)
    acheteurs_lus: Counter[str] = field(default_factory=Counter)
    objets_autres_annees: set[tuple[str, str]] = field(default_factory=set)
    historique: set[Ancien] = field(default_factory=set)
    en_cours: list[Ligne] = field(default_factory=list)
    sans_acheteur: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Let go of the records, which take most of the memory; the counts stay."""
        self.lignes.clear()
        self.en_cours.clear()

    @property
    def fournies(self) -> frozenset[str]:
        """The sources that were supplied, by their names in params/spaser.yml."""
        return frozenset(f.source for f in self.fichiers if f.source and not f.erreur)
