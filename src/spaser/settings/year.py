"""The dates and thresholds of one edition: params/YEAR/params.yml as typed data."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from spaser.settings.values import Model, Proportion, Slug, Text

DELAI_PUBLICATION = "delai_publication_mois"  # the one threshold that a quality rule names


class Quality(Model):
    """Bounds of the quality gate."""

    annee_plausible_min: int
    annee_plausible_max: int
    montant_min: Decimal
    montant_max: Decimal
    quarantaine_max_lignes: Proportion
    quarantaine_max_montant: Proportion
    quarantaine_petit_effectif: int = 10  # rows under which a buyer or a file is not judged alone


class Reading(Model):
    """How coverage changes the reading of a rate, in percent.

    Counts of people under `petit_effectif` are not published.
    """

    couverture_avertissement: Decimal
    couverture_non_significatif: Decimal
    petit_denominateur: int
    petit_effectif: int = 5


class Rapprochement(Model):
    """A figure given elsewhere, to be set against ours: a register, the open data, last report.

    Without `indicateur` it is the number of contracts (`nombre`) or their amount (`valeur`).
    With `demonstration`, it is set against demonstration data alone.
    """

    libelle: Text
    source: Text
    entite: Slug
    indicateur: Text | None = None
    base: Literal["nombre", "valeur", "autre"] = "nombre"
    valeur: Decimal
    explication: Text | None = None
    ecart: Decimal | None = None
    demonstration: bool = False


class PeriodeConnue(Model):
    """A period that the data of the year are known for, when it is not the whole year.

    Without `acheteur` it is every buyer's, without `source` every source's.  Several entries are
    several periods.  A period that is the whole year attests that a silence is real.
    """

    acheteur: Slug | None = None
    source: Slug | None = None
    depuis: dt.date
    jusqu_au: dt.date
    motif: Text


class Attendu(Model):
    """How many contracts (or rows of a register) a source must hold, by a count made elsewhere."""

    acheteur: Slug | None = None
    source: Slug = "decp"
    nombre: Annotated[int, Field(ge=0)]
    origine: Text


class Year(Model):
    """params/YEAR/params.yml: the dates and thresholds of one edition.

    `seuils` and `dates` are the numbers and days that formulas name as $nom; `completude` the
    periods known of a year that is not whole, `attendus` the counts to be met.
    """

    annee: int
    date_arret: dt.date
    date_edition: dt.date
    seuils: dict[Slug, Decimal]
    dates: dict[Slug, dt.date] = Field(default_factory=dict)
    rapprochements: tuple[Rapprochement, ...] = ()
    completude: tuple[PeriodeConnue, ...] = ()
    attendus: tuple[Attendu, ...] = ()
    qualite: Quality
    lecture: Reading

    @field_validator("seuils")
    @classmethod
    def _has_what_the_gate_needs(cls, seuils: dict[str, Decimal]) -> dict[str, Decimal]:
        if DELAI_PUBLICATION not in seuils:
            raise ValueError(f"le seuil « {DELAI_PUBLICATION} » manque")
        return seuils
