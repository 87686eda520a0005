"""The scheme as typed data, and the params of a run: params/spaser.yml and params/YEAR/params.yml.

Another authority changes these files and nothing else.  Every fault in them is one message
that names the file, the line, the key and the remedy (UserError, exit 2).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from spaser.errors import UserError
from spaser.settings import yamlfile
from spaser.settings.territoire import AILLEURS, INCONNU, Territoire
from spaser.settings.validation import validate
from spaser.settings.values import Code, Cpv, Model, Siren, Siret, Slug, Text
from spaser.settings.yamlfile import YamlFile
from spaser.settings.year import Year

COMMUNS = "communs.yml"


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


class Communs(Model):
    """params/communs.yml: what no authority decides."""

    familles: dict[Slug, tuple[Cpv, ...]] = Field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    sources: dict[Slug, Text] = Field(default_factory=dict)


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


class Params(Model):
    """Everything typed that one yearly run needs, the catalogue excepted."""

    scheme: Scheme
    year: Year
    folder: Path


def _bare(name: str) -> str:
    """A name in lower case, its blanks folded: two names equal so look the same on a page."""
    return " ".join(name.split()).casefold()


def read_scheme(folder: Path) -> Scheme:
    """Read params/spaser.yml, over what params/communs.yml says for every authority, if there.

    Raises:
        UserError: spaser.yml is missing, or a key is unknown, absent or of the wrong type.
    """
    own, shared = yamlfile.read(folder / "spaser.yml"), folder / COMMUNS
    if not shared.exists() or not isinstance(own.content, dict):
        return validate(Scheme, own)
    file = yamlfile.read(shared)
    validate(Communs, file)
    return validate(
        Scheme, own, file.content | own.content | _both_sources(file.content, own.content)
    )


def _both_sources(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The names of sources, those of spaser.yml over the others; nothing when one is no block."""
    ours, here = shared.get("sources", {}), own.get("sources", {})
    return {"sources": ours | here} if isinstance(here, dict) and isinstance(ours, dict) else {}


def load(folder: Path, annee: int) -> Params:
    """Read params/spaser.yml and params/ANNEE/params.yml.

    Raises:
        UserError: a file is missing, or a key is unknown, absent or of the wrong type.
    """
    year_file = folder / str(annee) / "params.yml"
    if not year_file.exists():
        raise UserError(
            f"l'année {annee} n'a pas de paramètres",
            lieu=str(year_file),
            remede=f"ouvrir l'année par spaser new-year {annee}, ou demander une autre année",
        )
    here = read_scheme(folder)
    file = yamlfile.read(year_file)
    year = validate(Year, file)
    if year.annee != annee:
        raise UserError(
            f"le dossier {annee} contient les paramètres d'une autre année",
            lieu=file.place(["annee"]),
            valeur=year.annee,
            remede=f"écrire annee: {annee}",
        )
    if not here.periode.debut <= annee <= here.periode.fin:
        raise UserError(
            f"l'année {annee} est hors de la période du schéma",
            lieu=str(folder / "spaser.yml"),
            valeur=f"{here.periode.debut}-{here.periode.fin}",
            remede="corriger periode dans spaser.yml, ou l'année demandée",
        )
    _check_periods(here, year, file)
    return Params(scheme=here, year=year, folder=folder)


def _check_periods(scheme: Scheme, year: Year, file: YamlFile) -> None:
    """Periods lie in the year, first day first; buyers and sources are those of the scheme.

    Raises:
        UserError: names the first entry of `completude` or `attendus` that is not so.
    """
    known = {"acheteur": [a.code for a in scheme.acheteurs], "source": list(scheme.sources)}
    for block in ("completude", "attendus"):
        for rank, entry in enumerate(getattr(year, block)):
            for key, codes in known.items():
                value = getattr(entry, key)
                if value is not None and value not in codes:
                    raise UserError(
                        f"le schéma ne connaît pas cette valeur de {key}",
                        lieu=file.place([block, rank, key]),
                        valeur=value,
                        remede=f"écrire l'un de : {', '.join(codes)}, ou retirer cette clé",
                    )
    for rank, period in enumerate(year.completude):
        for key in ("depuis", "jusqu_au"):
            day = getattr(period, key)
            if day.year != year.annee:
                raise UserError(
                    "une période de completude est dans l'année du fichier",
                    lieu=file.place(["completude", rank, key]),
                    valeur=day.isoformat(),
                    remede=f"écrire une date de {year.annee}",
                )
        if period.jusqu_au < period.depuis:
            raise UserError(
                "cette période finit avant de commencer",
                lieu=file.place(["completude", rank, "jusqu_au"]),
                valeur=period.jusqu_au.isoformat(),
                remede=f"écrire une date qui suit le {period.depuis.isoformat()}",
            )
