"""What figures are read against without being judged: national references, other buyers, floors."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, model_validator

from spaser.settings.values import Model, Text


class Reference(Model):
    """A national figure to read an indicator against: never a target, its scope differs.

    `plancher` is the amount, in € HT, from which it counts contracts; ours is set beside it at
    the same floor, and not at all when that is not known.  It is given for one year (`annee`,
    `valeur`) or for several (`valeurs`, where the next one is one line).
    """

    indicateur: Text
    libelle: Text
    unite: Text
    annee: int = 0
    valeur: Decimal = Decimal(0)
    valeurs: dict[int, Decimal] = Field(default_factory=dict)
    champ: Text
    source: Text
    avertissement: Text
    plancher: Decimal | None = Field(default=None, ge=0)

    @property
    def par_annee(self) -> list[Reference]:
        """One reference for each year, the oldest first."""
        years = sorted(self.valeurs.items()) or [(self.annee, self.valeur)]
        return [self.model_copy(update={"annee": a, "valeur": v, "valeurs": {}}) for a, v in years]

    @model_validator(mode="after")
    def _is_of_some_year(self) -> Reference:
        if bool(self.valeurs) == bool(self.annee):
            raise ValueError("une référence demande annee et valeur, ou valeurs par année")
        return self


PLANCHERS = (Decimal(0), Decimal(40000), Decimal(90000))
"""Amounts, in € HT, from which every rate is also given: the first euro, the publication of
essential data (R2196-1 CCP), the national census (OECP)."""


class Comparaisons(Model):
    """Which other buyers a national file sets each of ours beside: those of the same nature.

    Their population, and their contracts of the year, lie between ours divided and multiplied by
    `population` and `marches`.  From `acheteurs_min` known values on, ours among them, a page
    shows where we stand; `noms` asks for the names of the others.
    """

    population: Decimal = Field(default=Decimal(2), ge=1)
    marches: Decimal = Field(default=Decimal(3), ge=1)
    acheteurs_min: int = Field(default=5, ge=2)
    noms: bool = False
