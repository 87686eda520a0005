"""The indicator catalogue: params/indicateurs/*.yml, typed, and its formulas tried in DuckDB.

An indicator is data: label, unit, direction, sources, targets, and for each base (nombre,
valeur, autre) a measure over one canonical table with SQL predicates.  A predicate that is
NULL for a contract says «unknown» for it: three-valued logic keeps unknown apart from no.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from spaser.errors import UserError
from spaser.figures import duckdbfault
from spaser.figures.views import COMPUTED, UID, empty
from spaser.settings import yamlfile
from spaser.settings.params import Code, Model, Params, Scheme, Slug, Text, Year, validate
from spaser.settings.yamlfile import YamlFile

if TYPE_CHECKING:
    import duckdb

Base = Literal["nombre", "valeur", "autre"]
Statut = Literal["L", "P", "H"]
Sens = Literal["hausse", "baisse", "observation"]
Mesure = Literal["part", "compte", "somme", "mediane", "moyenne", "rapport", "evolution"]

STATUTS = {"L": "légale", "P": "plan national", "H": "cible à confirmer"}
ESSENTIELLE = frozenset({"decp"})  # the source without which a year has no figure
PREDICATES = frozenset({"part", "compte"})  # measures whose numerator is a condition
RATIOS = frozenset({"rapport", "evolution"})  # measures with a denominator of their own


class Cible(Model):
    """A target for one year: L legal, P national plan, H assumed (to be confirmed)."""

    valeur: Decimal
    statut: Statut
    fondement: Text | None = None

    @model_validator(mode="after")
    def _rests_on_something(self) -> Cible:
        if self.statut != "H" and not self.fondement:
            raise ValueError(
                f"une cible {self.statut} ({STATUTS[self.statut]}) demande un fondement"
            )
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
    """

    base: Base
    table: Text | None = None
    mesure: Mesure | None = None
    population: Text = "TRUE"
    numerateur: Text | None = None
    denominateur: Text | None = None
    poids: Text | None = None
    distinct: Text | None = None
    seuils_a_confirmer: bool = False
    cible: bool = True
    cible_commune: bool = False

    @property
    def contribution(self) -> str:
        """What a row brings to a share or a count: SQL."""
        return self.poids or ("montant" if self.base == "valeur" else "1")

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
    """One indicator of the catalogue; `alertes` are the quality rules to read it with."""

    code: Code
    ambition: Text
    libelle: Text
    unite: Text
    sens: Sens
    noyau: bool = False
    taux_reel: bool = False
    sources: tuple[Slug, ...] = Field(min_length=1)
    definition: Definition
    limites: Text | None = None
    repere: Text | None = None
    validite: Validite = Validite()
    alertes: tuple[Text, ...] = ()
    calculs: tuple[Calcul, ...] = Field(min_length=1)
    cibles: dict[int, Cible] = Field(default_factory=dict)
    exemple: Exemple | None = None
    promesse: Promesse | None = None

    def cible(self, annee: int, calcul: Calcul, *, seul: bool = False) -> Cible | None:
        """The target of a year for one base; of one buyer alone when `seul`."""
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


class _Version(Model):
    version: Text
    indicateurs: tuple[dict[str, object], ...]


class Entry(NamedTuple):
    """An indicator and the place of its entry, for messages."""

    indicateur: Indicateur
    file: YamlFile
    rank: int


@dataclass(frozen=True)
class Catalogue:
    """Every indicator, in the order of the scheme and of the files; and its version."""

    version: str
    indicateurs: tuple[Indicateur, ...]
    files: tuple[Path, ...]

    def of(self, ambition: str) -> list[Indicateur]:
        """Indicators of an ambition."""
        return [i for i in self.indicateurs if i.ambition == ambition]

    def get(self, code: str) -> Indicateur | None:
        """An indicator by its code."""
        return next((i for i in self.indicateurs if i.code == code), None)


def load(params: Params, *, toutes: bool = False) -> Catalogue:
    """Read params/indicateurs/*.yml and try every formula on the empty canonical tables.

    Args:
        params: scheme and year; indicators that do not exist in that year are left out,
        toutes: unless those of all years are asked for.

    Raises:
        UserError: unknown key, ambition or source, code given twice, target without status
            or basis, formula that does not parse or names an unknown column.
    """
    folder = params.folder / "indicateurs"
    paths = tuple(sorted(folder.glob("*.yml")))
    if not paths:
        raise UserError(
            "le catalogue est vide",
            lieu=str(folder),
            remede="y placer au moins un fichier d'indicateurs (.yml)",
        )
    entries: list[Entry] = []
    versions: dict[str, Path] = {}
    for path in paths:
        file = yamlfile.read(path)
        head = validate(_Version, file)
        versions[head.version] = path
        for rank, raw in enumerate(head.indicateurs):
            indicateur = validate(Indicateur, file, raw, ("indicateurs", rank))
            entries.append(Entry(indicateur, file, rank))
    if len(versions) > 1:
        raise UserError(
            "les fichiers du catalogue n'ont pas la même version",
            lieu=str(folder),
            valeur=", ".join(versions),
            remede="donner la même version à tous",
        )
    _check_names(entries, params.scheme)
    _check_formulas(entries, params)
    if not toutes:
        entries = [e for e in entries if e.indicateur.validite.holds(params.year.annee)]
    order = list(params.scheme.ambitions)
    entries.sort(key=lambda e: order.index(e.indicateur.ambition))
    return Catalogue(next(iter(versions)), tuple(e.indicateur for e in entries), paths)


def formula(text: str, params: Params) -> str:
    """A formula with each $nom replaced by its number or date of the year."""
    return Template(text).substitute(names(params.year))


def names(year: Year) -> dict[str, str]:
    """What formulas may name as $nom, as SQL: thresholds and dates of the year."""
    return {k: format(v, "f") for k, v in year.seuils.items()} | {
        k: f"DATE '{v.isoformat()}'" for k, v in year.dates.items()
    }


def formulas(calcul: Calcul) -> Iterator[tuple[str, str, str]]:
    """The SQL parts of a calculation: key, text, and the type it must have."""
    if not calcul.mesure:
        return
    number = "DECIMAL(18,2)"
    yield "population", calcul.population, "BOOLEAN"
    yield (
        "numerateur",
        calcul.numerateur or "",
        "BOOLEAN" if calcul.mesure in PREDICATES else number,
    )
    if calcul.denominateur:
        yield "denominateur", calcul.denominateur, number
    if calcul.mesure in PREDICATES:
        yield "poids", calcul.contribution, number
    if calcul.distinct:
        yield "distinct", calcul.distinct, "VARCHAR"


def _check_names(entries: list[Entry], scheme: Scheme) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        item = entry.indicateur
        if item.code in seen:
            raise UserError(
                f"le code {item.code} est déjà pris ({_place(seen[item.code], 'code')})",
                lieu=_place(entry, "code"),
                remede="donner un autre code à l'un des deux",
            )
        seen[item.code] = entry
        if item.ambition not in scheme.ambitions:
            raise UserError(
                f"{item.code} : l'ambition n'existe pas dans le schéma",
                lieu=_place(entry, "ambition"),
                valeur=item.ambition,
                remede=f"choisir parmi {', '.join(scheme.ambitions)}",
            )
        for source in item.sources:
            if source not in scheme.sources:
                raise UserError(
                    f"{item.code} : la source n'est pas déclarée",
                    lieu=_place(entry, "sources"),
                    valeur=source,
                    remede=f"choisir parmi {', '.join(scheme.sources)}, "
                    "ou la déclarer dans spaser.yml",
                )


def _check_formulas(entries: list[Entry], params: Params) -> None:
    import duckdb

    with duckdb.connect() as con:
        con.execute(empty(params))
        usable = _usable(con)
        for entry in entries:
            for number, calcul in enumerate(entry.indicateur.calculs):
                if calcul.table and calcul.table not in usable:
                    raise UserError(
                        f"{entry.indicateur.code} : table inconnue ou sans acheteur",
                        lieu=_place(entry, "calculs", number, "table"),
                        valeur=calcul.table,
                        remede=f"choisir parmi {', '.join(usable)}",
                    )
                for key, text, kind in formulas(calcul):
                    place = _place(entry, "calculs", number, key)
                    _try(con, entry.indicateur.code, calcul.table or "", text, kind, place, params)


def _usable(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Figures are given by buyer, and their evidence by row: a table must have both names."""
    return [
        name
        for name in COMPUTED
        if {"acheteur", UID.get(name, "ligne_uid")} <= set(_columns(con, name))
    ]


def _try(
    con: duckdb.DuckDBPyConnection,
    code: str,
    table: str,
    text: str,
    kind: str,
    place: str,
    params: Params,
) -> None:
    try:
        sql = formula(text, params)
    except (KeyError, ValueError) as error:
        raise UserError(
            f"{code} : seuil inconnu {error}",
            lieu=place,
            valeur=text,
            remede=f"choisir parmi {', '.join('$' + k for k in names(params.year))}, "
            "ou l'ajouter aux seuils de params.yml",
        ) from None
    import duckdb

    try:
        found = con.execute(f"SELECT ({sql}) AS x FROM {table} LIMIT 0").description[0][1]
        # On a row, though of unknowns: only then are constants converted; WHERE takes no aggregate.
        con.execute(
            f"WITH une AS MATERIALIZED (SELECT {table}.* FROM (SELECT 1) LEFT JOIN {table} ON TRUE)"
            f" SELECT ({sql})::{kind} FROM une AS {table} WHERE TRUE OR ({sql}) IS NULL"
        )
    except duckdb.Error as error:
        why = duckdbfault.said(error, _columns(con, table))
        raise UserError(
            f"{code} : la formule n'est pas acceptée ({why})",
            lieu=place,
            valeur=text,
            remede=f"colonnes de la table {table} : " + ", ".join(_columns(con, table)),
        ) from None
    condition = kind == "BOOLEAN"
    if (str(found) != "BOOLEAN") if condition else (kind != "VARCHAR" and str(found) == "VARCHAR"):
        wanted = "une condition" if condition else "un nombre"
        raise UserError(
            f"{code} : la formule donne {found}, {wanted} est attendu{'e' * condition}",
            lieu=place,
            valeur=text,
            remede=f"écrire {wanted}, par exemple "
            + ("offres_recues = 1" if condition else "montant"),
        )


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [str(d[0]) for d in con.execute(f"FROM {table} LIMIT 0").description]


def _place(entry: Entry, *keys: str | int) -> str:
    return entry.file.place(["indicateurs", entry.rank, *keys])
