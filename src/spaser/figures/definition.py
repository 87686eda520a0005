"""What an indicator is: label, unit, direction, sources, targets, and its calculations.

Each base (nombre, valeur, autre) has a measure over one canonical table with SQL predicates.  A
predicate that is NULL for a contract says «unknown» for it: three-valued logic keeps unknown
apart from no.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from spaser.settings.values import Code, Model, Slug, Text

Base = Literal["nombre", "valeur", "autre"]
Statut = Literal["L", "P", "H"]
Sens = Literal["hausse", "baisse", "observation"]
Dimension = Literal["categorie", "cercle"]
Mesure = Literal["part", "compte", "somme", "mediane", "moyenne", "rapport", "evolution"]

LEGALE = "L"  # the status that binds
PLAN, FINI, HYPOTHESE = "P", "F", "H"
STATUTS = {LEGALE: "légale", PLAN: "objectif national", HYPOTHESE: "cible à confirmer"}
NATURES = {
    LEGALE: "légale",
    PLAN: "objectif national",
    FINI: "objectif d'un plan terminé",
    HYPOTHESE: "cible à confirmer",
}
"""What a target is in a year: its status, but a plan that has ended sets no objective."""
MENTIONS = {
    LEGALE: "légale",
    PLAN: "objectif national",
    FINI: "plan terminé",
    HYPOTHESE: "à confirmer",
}
"""What is said beside a target, in short: a mark of the page's key for the last two."""
ESSENTIELLE = frozenset({"decp"})  # the source without which a year has no figure
PREDICATES = frozenset({"part", "compte"})  # measures whose numerator is a condition
RATIOS = frozenset({"rapport", "evolution"})  # measures with a denominator of their own
_LITERAL = re.compile(r"'[^']*'|--[^\n]*")  # quoted texts and comments of a formula name no column
_NAME = re.compile(r"[^\W\d]\w*")


class Cible(Model):
    """A target for one year: L legal, P national objective, H assumed (to be confirmed).

    A legal target binds each buyer: it judges each, and the whole is reached only if each is.
    It holds for the years that follow, until `jusqu_a` when the text says an end.  A national
    objective may say in `jusqu_a` the last year of its plan: taken up later, it is that of a plan
    that has ended, and is told and counted apart.
    """

    valeur: Decimal
    statut: Statut
    fondement: Text | None = None
    jusqu_a: int | None = None

    @model_validator(mode="after")
    def _rests_on_something(self) -> Cible:
        if self.statut != "H" and not self.fondement:
            raise ValueError(
                f"une cible {self.statut} ({STATUTS[self.statut]}) demande un fondement"
            )
        if self.jusqu_a and self.statut == HYPOTHESE:
            raise ValueError(
                "jusqu_a ne va qu'avec une cible L (légale) ou P (d'un plan) : une cible H est "
                "d'une année"
            )
        return self

    def nature(self, annee: int) -> str:
        """What it is in a year: a key of NATURES."""
        ended = self.statut == PLAN and self.jusqu_a is not None and annee > self.jusqu_a
        return FINI if ended else self.statut


class Plausible(Model):
    """The least and the most that an unknown quantity may be, in the unit of the measure."""

    min: Decimal
    max: Decimal

    @model_validator(mode="after")
    def _is_a_span(self) -> Plausible:
        if self.min > self.max:
            raise ValueError("plausible : min est plus grand que max")
        return self


class Calcul(Model):
    """How a figure is made on one base; without `mesure` it is never available.

    part: rows where `numerateur` holds over rows of `population`, each for its `poids`;
    compte: rows where `numerateur` holds, each for its `poids`;
    somme, mediane, moyenne: of the number `numerateur`;
    rapport: sum of `numerateur` over sum of `denominateur`;
    evolution: change of the sum of `numerateur` against the sum of `denominateur`.

    `poids` is 1 in number and `montant` in value unless said.  With `distinct`, rows of equal
    key count once, as a yes if one of them is a yes.  `seuils_a_confirmer` turns an undecided
    verdict into «non vérifiable»: what is unknown is the rule, not the data.  A target that is
    `cible_commune` is one for all buyers together (hours, contracts): it judges none alone.

    `conforme` is the condition that a legal target sets to each row, where the law binds some
    rows only or not all alike: the verdict is then that no row fails it.  `plausible` bounds
    the unknown rows of a mean.
    """

    base: Base
    table: Text | None = None
    mesure: Mesure | None = None
    population: Text = "TRUE"
    numerateur: Text | None = None
    denominateur: Text | None = None
    poids: Text | None = None
    distinct: Text | None = None
    conforme: Text | None = None
    plausible: Plausible | None = None
    seuils_a_confirmer: bool = False
    cible: bool = True
    cible_commune: bool = False

    @property
    def contribution(self) -> str:
        """What a row brings to a share or a count: SQL."""
        return self.poids or ("montant" if self.base == "valeur" else "1")

    @property
    def champs(self) -> frozenset[str]:
        """The names that its formulas read, in lower case: columns, and functions beside them."""
        parts = (self.population, self.numerateur, self.denominateur, self.poids, self.distinct)
        return frozenset(
            name.lower() for text in parts for name in _NAME.findall(_LITERAL.sub(" ", text or ""))
        )

    @model_validator(mode="after")
    def _is_whole(self) -> Calcul:
        if self.mesure and not (self.table and self.numerateur):
            raise ValueError(f"la mesure {self.mesure} demande table et numerateur")
        if not self.mesure and (self.numerateur or self.table):
            raise ValueError("un calcul avec table ou numerateur demande une mesure")
        if (self.mesure in RATIOS) != bool(self.denominateur):
            raise ValueError(
                "denominateur va avec les mesures rapport et evolution, et seulement avec elles"
            )
        if (self.poids or self.distinct) and self.mesure not in PREDICATES:
            raise ValueError("poids et distinct ne vont qu'avec les mesures part et compte")
        if self.poids and self.distinct:
            raise ValueError("poids et distinct ne vont pas ensemble")
        if self.conforme and (not self.mesure or self.distinct):
            raise ValueError("conforme juge des lignes : il demande une mesure, sans distinct")
        if self.plausible and self.mesure != "moyenne":
            raise ValueError("plausible ne va qu'avec la mesure moyenne")
        return self


class Definition(Model):
    """Numerator and denominator in words."""

    numerateur: Text
    denominateur: Text | None = None


class Promesse(Model):
    """What was promised (the denominator) and what was delivered (the numerator), in words.

    `unite` is that of both; the report draws them side by side.
    """

    promis: Text
    realise: Text
    unite: Text


class Validite(Model):
    """First and last year of an indicator; open on the side that is not given."""

    depuis: int | None = None
    jusqu_a: int | None = None

    def holds(self, annee: int) -> bool:
        """Whether the indicator exists in a year."""
        return (self.depuis or annee) <= annee <= (self.jusqu_a or annee)


class Exemple(Model):
    """A worked example: rows of a few tables, and the figure they must give.

    `lignes` maps a table to its rows, given with the columns that matter; `attendu` is keyed
    by base: numerateur, denominateur, valeur.
    """

    phrase: Text
    lignes: dict[Text, tuple[dict[Text, Any], ...]]
    attendu: dict[Base, dict[Literal["numerateur", "denominateur", "valeur"], Decimal | None]]


class Indicateur(Model):
    """One indicator of the catalogue; `alertes` are the quality rules to read it with.

    `precision` is what the label leaves out and the value rests on: pages say it after the label.
    `mesure_donnees`: it measures our own data, not purchases, and makes no headline.
    `ventilation` says by what the report divides it up: by the category of purchase, by the
    circle of territory (which a rate of a circle is not: each would be 0 or 100 %).
    `ligne_a_ligne` is the code of the rate of rows that comply, where the law binds each row and
    this indicator is a mean: its line says how many do not.
    """

    code: Code
    ambition: Text
    libelle: Text
    precision: Text | None = None
    unite: Text
    sens: Sens
    noyau: bool = False
    taux_reel: bool = False
    mesure_donnees: bool = False
    sources: tuple[Slug, ...] = Field(min_length=1)
    definition: Definition
    limites: Text | None = None
    repere: Text | None = None
    validite: Validite = Validite()
    alertes: tuple[Text, ...] = ()
    ligne_a_ligne: Code | None = None
    calculs: tuple[Calcul, ...] = Field(min_length=1)
    cibles: dict[int, Cible] = Field(default_factory=dict)
    exemple: Exemple | None = None
    promesse: Promesse | None = None
    ventilation: tuple[Dimension, ...] = ("categorie", "cercle")

    @property
    def intitule(self) -> str:
        """The label with what it leaves out, as pages name the indicator."""
        return f"{self.libelle} {self.precision}" if self.precision else self.libelle

    def cible(self, annee: int, calcul: Calcul, *, seul: bool = False) -> Cible | None:
        """The target of a year for one base; of one buyer alone when `seul`.

        Args:
            annee: the year.
            calcul: the calculation, whose base the target is on.
            seul: whether the figure is of one buyer alone, for which the targets set for all do not
                hold.
        """
        judged = calcul.cible and not (seul and calcul.cible_commune)
        return self.cibles.get(annee) if judged else None

    def unite_de(self, calcul: Calcul) -> str:
        """The unit of a base: an indicator that counts contracts counts euros by value."""
        return "€ HT" if calcul.mesure == "compte" and calcul.base == "valeur" else self.unite

    @model_validator(mode="after")
    def _bases_differ(self) -> Indicateur:
        bases = [c.base for c in self.calculs]
        if len(set(bases)) < len(bases):
            raise ValueError("deux calculs ont la même base")
        if self.promesse and [c.mesure for c in self.calculs] != ["rapport"]:
            raise ValueError("promesse ne va qu'avec un seul calcul, de mesure rapport")
        if set(self.sources) <= ESSENTIELLE and not all(c.mesure for c in self.calculs):
            raise ValueError("la source est lue : le calcul demande table, mesure et numerateur")
        return self
