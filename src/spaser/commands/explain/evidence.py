"""The evidence behind a figure, one year, in words that a terminal may show."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser.commands.explain.paragraphs import harmless
from spaser.opendata import lineage
from spaser.opendata.lineage import Lineage, Proof, Source
from spaser.report import french
from spaser.report.lines import Line

SHOWN = 10
PEOPLE = "beneficiaires"  # the table of people: nothing of it is shown but what is published


class Evidence(NamedTuple):
    """The evidence of a figure in one year: its lines, and what tells what they are about."""

    annee: int
    preuves: list[Proof]
    chaine: Lineage
    noms: Mapping[str, str]

    def named(self, uid: str) -> str:
        """A contract or a row of a register, with its origin and its amount."""
        source = self.chaine.source(uid)
        contract, places = source.contrat, ", ".join(map(str, source.lignes))
        if not contract:
            return harmless(f"{uid.partition('#')[0]}, {places or uid}")
        buyer = self.noms.get(contract["acheteur"], contract["acheteur"])
        what = harmless(f"{contract['objet']} – {contract['id']}, {buyer}, {places}")
        return f"{what}, {french.euros(Decimal(contract['montant']))}"

    def weight(self, uid: str) -> Decimal:
        """The amount of a contract; nothing for a row of a register."""
        return _amount(self.chaine.source(uid))


def _amount(source: Source) -> Decimal:
    return Decimal(source.contrat.get("montant") or 0)


def key(x: Line) -> tuple[str, str, str]:
    """Code, entity and base of a line's figure."""
    return x.figure.code, x.figure.entite, x.figure.base


def evidence(folder: Path, annee: int, x: Line, noms: Mapping[str, str]) -> Evidence:
    """The evidence of a line in a published folder; `noms` are the short names of the buyers.

    Args:
        folder: the published folder.
        annee: the year.
        x: the line of the figure.
        noms: the short names of the buyers, by code.
    """
    proofs = [p for p in lineage.proofs(folder) if (p.code, p.entite, p.base) == key(x)]
    return Evidence(annee, proofs, lineage.load(folder), noms)


def part(value: Decimal | None, base: str) -> str:
    """A part of a figure, exact: euros to the cent, or a number."""
    value = value or Decimal(0)
    return french.euros(value) if base == "valeur" else french.number(value, 2)


def rows_of(x: Line) -> str:
    """What the sources of a figure are called."""
    return "marchés" if x.calcul.table in {"marches", "parts"} else "lignes"
