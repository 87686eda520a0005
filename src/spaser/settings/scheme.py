"""The scheme as typed data: what was adopted, by whom, for which buyers (params/spaser.yml)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from spaser.settings.reperes import PLANCHERS, Comparaisons, Reference
from spaser.settings.territoire import AILLEURS, INCONNU, Territoire
from spaser.settings.values import Code, Cpv, Model, Siren, Siret, Slug, Text


class Deliberation(Model):
    """The act that adopted the scheme."""

    date: dt.date
    assemblee: Text
    objet: Text


class Publication(Model):
    """How often, in years from the adoption, the law has the indicators published."""

    tous_les: int = Field(ge=1)
    fondement: Text


class PeriodeDuSchema(Model):
    """First and last civil year of the scheme."""

    debut: int
    fin: int

    @property
    def dates(self) -> str:
        """«2024-2027»; «2026» when it is one year."""
        return f"{self.debut}-{self.fin}" if self.fin > self.debut else str(self.debut)


class Entite(Model):
    """Whom a figure is about: a buyer, or all together (joint scheme, art. L2111-3 CCP).

    `avec_article` is the name as a sentence says it («la Ville de Dijon»); without it, the name.
    """

    code: Slug
    nom: Text
    nom_court: Text
    avec_article: Text | None = None


class SansObjet(Model):
    """What a buyer has nothing of (no canteen, no fleet): its indicators say «sans objet».

    With `demonstration`, it is declared for demonstration data alone.
    """

    indicateurs: tuple[Code, ...] = Field(min_length=1)
    motif: Text
    demonstration: bool = False


class Acheteur(Entite):
    """One buyer of the scheme, known by its SIREN (first nine digits of acheteur.id)."""

    siren: Siren
    sans_objet: tuple[SansObjet, ...] = ()


class Ambition(Model):
    """One ambition of an axis, word for word, and the codes of its indicators.

    When no ambition names any, each indicator is of the ambition that the catalogue says.
    """

    code: Text
    numero: int
    titre: Text
    indicateurs: tuple[Text, ...] = ()


class Axe(Model):
    """One axis of the scheme and its ambitions, word for word."""

    numero: int
    titre: Text
    ambitions: tuple[Ambition, ...] = Field(min_length=1)


class Scheme(Model):
    """params/spaser.yml: what was adopted, by whom, for which buyers.

    `ensemble` is all the buyers together; of one buyer alone, it is that buyer, unasked.
    `provisoire`: axes and ambitions are those of a model, until the authority writes its own; every
    page says so.  `indicateurs_ecartes`: indicators of the catalogue that the scheme leaves out.
    """

    version: int
    titre: Text
    sigle: Text
    collectivite: Text
    deliberation: Deliberation | None = None
    periode: PeriodeDuSchema
    publication: Publication | None = None
    acheteurs: tuple[Acheteur, ...] = Field(min_length=1)
    ensemble: Entite
    axes: tuple[Axe, ...] = Field(min_length=1)
    indicateurs_ecartes: tuple[Text, ...] = ()
    provisoire: bool = False
    comite: tuple[Text, ...] = ()
    noms_courts: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)
    fiches: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)
    familles: dict[Slug, tuple[Cpv, ...]] = Field(default_factory=dict)
    cantines: dict[Text, Siret] = Field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    sources: dict[Slug, Text]
    territoire: Territoire | None = None
    licence: Text
    plancher: Decimal = Field(default=Decimal(0), ge=0)
    comparaisons: Comparaisons = Comparaisons()

    @property
    def conjoint(self) -> bool:
        """Whether several buyers share the scheme: all together is then an entity of its own."""
        return len(self.acheteurs) > 1

    @property
    def reperes(self) -> tuple[Reference, ...]:
        """The national references, one a year."""
        return tuple(one for r in self.references for one in r.par_annee)

    @property
    def planchers(self) -> tuple[Decimal, ...]:
        """Every amount from which rates are given: ours, those of national references."""
        others = {r.plancher for r in self.references if r.plancher is not None}
        return tuple(sorted({*PLANCHERS, self.plancher, *others}))

    @property
    def ambitions(self) -> dict[str, tuple[Axe, Ambition]]:
        """Every ambition by its code, in the order of the scheme."""
        return {a.code: (axe, a) for axe in self.axes for a in axe.ambitions}

    @property
    def rattachements(self) -> dict[str, str]:
        """Indicator -> its ambition, as the table of axes says; empty when it names none."""
        return {i: a.code for axe in self.axes for a in axe.ambitions for i in a.indicateurs}

    @property
    def entites(self) -> dict[str, str]:
        """Names of the buyers, then of all together, by code."""
        return {e.code: e.nom for e in self._all()}

    @property
    def entites_courtes(self) -> dict[str, str]:
        """Short names, for column heads."""
        return {e.code: e.nom_court for e in self._all()}

    @property
    def avec_article(self) -> dict[str, str]:
        """Names as sentences say them, by code."""
        return {e.code: e.avec_article or e.nom for e in self._all()}

    @property
    def cercles(self) -> dict[str, str]:
        """Names of the circles of the territory by kind, the nearest first; elsewhere; unknown."""
        near = self.territoire.noms if self.territoire else {}
        return near | {AILLEURS: AILLEURS, INCONNU: INCONNU}

    @property
    def sirens(self) -> dict[str, str]:
        """SIREN -> code of the buyer."""
        return {a.siren: a.code for a in self.acheteurs}

    def _all(self) -> list[Entite]:
        return [*self.acheteurs, *([self.ensemble] if self.conjoint else [])]

    @model_validator(mode="before")
    @classmethod
    def _one_buyer_is_the_whole(cls, raw: Any) -> Any:
        buyers = raw.get("acheteurs") if isinstance(raw, dict) else None
        if not (isinstance(buyers, list | tuple) and len(buyers) == 1):
            return raw
        only = buyers[0]
        if not isinstance(only, dict):
            return raw
        return raw | {"ensemble": {k: v for k, v in only.items() if k in Entite.model_fields}}

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Scheme:
        for what, codes in (
            ("ambition", [a.code for axe in self.axes for a in axe.ambitions]),
            ("entité", [e.code for e in self._all()]),
            ("nom", [_bare(e.nom) for e in self._all()]),
            ("nom court", [_bare(e.nom_court) for e in self._all()]),
            ("SIREN", [a.siren for a in self.acheteurs]),
            ("axe", [str(axe.numero) for axe in self.axes]),
        ):
            twice = sorted({c for c in codes if codes.count(c) > 1})
            if twice:
                raise ValueError(f"déclaration faite deux fois ({what}) : {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _short_names_are_of_one_partner(self) -> Scheme:
        for partner in self.noms_courts:
            if partner not in self.comite:
                raise ValueError(f"noms courts d'un partenaire qui n'est pas du comité : {partner}")
        names = [n.casefold() for short in self.noms_courts.values() for n in short]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"nom court donné deux fois : {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _sheets_are_of_partners(self) -> Scheme:
        if self.rattachements:  # the table of axes is checked as a whole, with the catalogue
            return self
        for partner, codes in self.fiches.items():
            if partner not in self.comite:
                raise ValueError(f"fiche d'un partenaire qui n'est pas du comité : {partner}")
            for code in codes:
                if code.split("-")[0] not in self.ambitions:
                    raise ValueError(f"fiche de {partner} : {code} n'est pas dans le schéma")
        return self


def _bare(name: str) -> str:
    """A name in lower case, its blanks folded: two names equal so look the same on a page."""
    return " ".join(name.split()).casefold()
