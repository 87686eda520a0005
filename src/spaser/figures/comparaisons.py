"""Where each of our buyers stands among those like it: their figures, the median, the rank.

The same formulas are run on their contracts, read from the same files and assembled by the same
rules; a contract that the gate would set aside for its amount is set aside.  Only the indicators
that the essential data alone feed are compared.  A buyer whose field is never filled is unknown:
it has no value, and is not in the distribution.  Ours is in it: its rank is one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from spaser import collectivites
from spaser.contracts import marches
from spaser.contracts.marches import Row
from spaser.figures import database, script
from spaser.figures.bloc import Bloc, Champ
from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import ESSENTIELLE, Indicateur
from spaser.figures.perimetres import BASE, CODE, ENTITE
from spaser.figures.tables import create
from spaser.settings.params import Params
from spaser.settings.scheme import Acheteur
from spaser.sources.records import Ligne
from spaser.sources.semblables import Semblables, alike

_BATCH = 20_000  # contracts whose figures are made at once
_CHIFFRES = f"""
SELECT entite, code, base, numerateur, denominateur,
{script.VALEUR}, total - inconnus AS renseignes, total
FROM chiffres WHERE lignes > 0 ORDER BY rang, entite
"""


class Groupe(NamedTuple):
    """A buyer of ours, what is said of its group, and the SIRENs of the others in it."""

    acheteur: Acheteur
    nom: str
    autres: tuple[str, ...]


def compared(indicateurs: Iterable[Indicateur]) -> list[Indicateur]:
    """The indicators that the essential data alone feed."""
    return [i for i in indicateurs if set(i.sources) <= ESSENTIELLE]


def beside(
    tables: Mapping[str, Collection[Row]],
    catalogue: Catalogue,
    params: Params,
    semblables: Semblables,
    folder: Path,
) -> dict[str, Collection[Row]]:
    """The canonical tables, with that of the buyers like ours (see `rows`).

    Args:
        tables: the canonical tables, as rows.
        catalogue: the indicators.
        params: the scheme and the year.
        semblables: the records of other buyers that were put aside, and their number.
        folder: where the Parquet table is written.
    """
    return {**tables, "semblables": rows(catalogue, params, semblables, tables["marches"], folder)}


def rows(
    catalogue: Catalogue, params: Params, semblables: Semblables, ours: Iterable[Row], folder: Path
) -> list[Row]:
    """The rows of table `semblables`: each figure of each buyer of the groups of ours.

    Args:
        catalogue: the indicators.
        params: scheme and year.
        semblables: the contracts of the buyers like ours; let go in the end.
        ours: rows of table `marches`.
        folder: where tables may be written for a while.
    """
    mine: dict[str, int] = {}
    for row in ours:
        mine[row["acheteur"]] = mine.get(row["acheteur"], 0) + 1
    only = compared(catalogue.indicateurs)
    some = Catalogue(catalogue.version, tuple(only), catalogue.files)
    counts: dict[str, int] = {}
    figures: dict[str, list[Row]] = {}
    for batch, batch_figures in _figures(some, params, semblables, folder):
        counts |= batch
        for figure in batch_figures:
            figures.setdefault(figure["entite"], []).append(figure)
    semblables.close()
    if not counts:
        return []
    ways = {i.code: i.sens for i in only}
    return [
        {
            **figure,
            "entite": group.acheteur.code,
            "sens": ways[figure["code"]],
            "annee": params.year.annee,
            "groupe": group.nom,
            "autre": names[siren],
            "marches": counts[siren],
        }
        for group in _groups(params, mine, counts)
        for names in [_names(group.autres, params)]
        for siren in group.autres
        for figure in figures.get(siren, ())
    ]


def _figures(
    catalogue: Catalogue, params: Params, semblables: Semblables, folder: Path
) -> Iterator[tuple[dict[str, int], list[Row]]]:
    """Contracts and figures of the buyers, some at a time."""
    held: dict[str, list[Row]] = {}
    counts: dict[str, int] = {}
    for siren in semblables.presents:
        made = _tables(semblables.lignes(siren), siren, params)
        counts[siren] = len(made["marches"])
        for name, table in made.items():
            held.setdefault(name, []).extend(table)
        if sum(counts.values()) >= _BATCH:
            yield counts, _run(catalogue, params, held, list(counts), folder)
            held, counts = {}, {}
    if counts:
        yield counts, _run(catalogue, params, held, list(counts), folder)


def _tables(lignes: Sequence[Ligne], siren: str, params: Params) -> dict[str, Collection[Row]]:
    """The canonical tables of one buyer, whose code is its SIREN."""
    bounds = params.year.qualite
    distinct, again = marches.distinct(
        x
        for x in lignes
        if x.valeurs["montant"] is not None
        and bounds.montant_min <= x.valeurs["montant"] <= bounds.montant_max
    )
    contracts, _ = marches.assemble(distinct, again)
    return marches.tables(contracts, (), _of(params, [siren]))


def _of(params: Params, sirens: Iterable[str]) -> Params:
    """The params of the same scheme for other buyers, whose codes are their SIRENs."""
    others = tuple(
        Acheteur.model_construct(code=s, nom=s, nom_court=s, siren=s, sans_objet=()) for s in sirens
    )
    return params.model_copy(
        update={"scheme": params.scheme.model_copy(update={"acheteurs": others})}
    )


def _run(
    catalogue: Catalogue,
    params: Params,
    tables: Mapping[str, Collection[Row]],
    sirens: Sequence[str],
    folder: Path,
) -> list[Row]:
    """The figures of some buyers, by the program that makes ours."""
    text = script.program(catalogue, params, ESSENTIELLE).replace(script.reading(), "")
    entities = [{"entite": s, "acheteur": s} for s in sirens]
    with database.opened(folder) as con:
        con.execute("CREATE SCHEMA brut; USE brut")
        create(con, {**tables, "entites": entities}, folder)
        con.execute("USE main")
        database.run(database.shut(con), text)
        cursor = con.execute(_CHIFFRES)
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _groups(params: Params, mine: Mapping[str, int], counts: Mapping[str, int]) -> Iterator[Groupe]:
    """The group of each of our buyers that has contracts, when others are in it."""
    factor = params.scheme.comparaisons.marches
    for buyer in params.scheme.acheteurs:
        count = mine.get(buyer.code, 0)
        others = tuple(
            sorted(
                siren
                for siren in alike(params.scheme, buyer) & counts.keys()
                if 0 < count <= counts[siren] * factor and counts[siren] <= count * factor
            )
        )
        if others:
            yield Groupe(buyer, _described(buyer, count, params), others)


def _described(buyer: Acheteur, count: int, params: Params) -> str:
    """What a group is: nature, population and number of contracts, from least to most."""
    nature, population = collectivites.natures()[buyer.siren]
    rule = params.scheme.comparaisons
    least, most = -(-population // rule.population), int(population * rule.population)
    fewest, largest = -(-count // rule.marches), int(count * rule.marches)
    return (
        f"{nature}, {int(least)} à {most} habitants, {int(fewest)} à {largest} marchés "
        f"en {params.year.annee}"
    )


def _names(sirens: Sequence[str], params: Params) -> dict[str, str]:
    """How each buyer of a group is called: by a number that says nothing, unless names are
    asked for."""
    if params.scheme.comparaisons.noms:
        known = {r["siren"]: r["nom"] for r in collectivites.rows("collectivites")}
        return {s: f"{s} {known[s]}" for s in sirens}
    mixed = sorted(sirens, key=lambda s: hashlib.sha256(s.encode()).hexdigest())
    width = len(str(len(mixed)))
    return {s: f"{rank:0{width}d}" for rank, s in enumerate(mixed, start=1)}


_GROUPE = Champ("groupe", "Nature, population et marchés qui font le groupe", requis=True)
_VALUES = """
SELECT code, entite, base, valeur FROM brut.semblables WHERE valeur IS NOT NULL
UNION ALL
SELECT code, entite, base, valeur FROM nous WHERE valeur IS NOT NULL"""
_BETTER = "CASE WHEN sens = 'baisse' THEN v.valeur < n.valeur ELSE v.valeur > n.valeur END"

BLOCS = (
    Bloc(
        "comparaisons",
        "Place de chaque acheteur parmi ceux qui lui ressemblent",
        (
            CODE,
            ENTITE._replace(label="Acheteur du schéma"),
            BASE,
            _GROUPE,
            Champ("annee", "Année", "nombre", requis=True),
            Champ("acheteurs", "Acheteurs du groupe dont la valeur est connue, lui compris",
                  "nombre", requis=True),
            Champ("valeur", "Sa valeur ; vide : inconnue", "decimal"),
            Champ("mediane", "Médiane de ces acheteurs, lui compris", "decimal"),
            Champ("quartile_1", "Premier quartile (interpolé entre deux rangs)", "decimal"),
            Champ("quartile_3", "Troisième quartile", "decimal"),
            Champ("rang", "Son rang, le premier au mieux ; deux valeurs égales ont le même",
                  "nombre"),
        ),
        f"""
WITH nous AS (
  SELECT rang AS ordre, code, entite, base,
{script.VALEUR}  FROM chiffres
), groupes AS (
  SELECT DISTINCT code, entite, base, sens, groupe, annee FROM brut.semblables
), valeurs AS ({_VALUES}
)
SELECT code, entite, base, any_value(groupe) AS groupe, any_value(annee) AS annee,
       count(v.valeur) AS acheteurs, any_value(n.valeur) AS valeur, median(v.valeur) AS mediane,
       quantile_cont(v.valeur, 0.25) AS quartile_1, quantile_cont(v.valeur, 0.75) AS quartile_3,
       CASE WHEN count(n.valeur) > 0 THEN 1 + count(*) FILTER ({_BETTER}) END AS rang
FROM groupes JOIN nous n USING (code, entite, base)
  LEFT JOIN valeurs v USING (code, entite, base)
GROUP BY ordre, code, entite, base
ORDER BY ordre, entite""",
        cle=("code", "entite", "base"),
    ),
    Bloc(
        "comparables",
        "Chiffres de chaque acheteur semblable aux nôtres",
        (
            CODE,
            ENTITE._replace(label="Acheteur du schéma à qui celui-ci est comparé"),
            BASE,
            _GROUPE,
            Champ("autre", "Numéro de cet acheteur dans le groupe, ou SIREN et nom si les "
                  "paramètres le demandent", requis=True),
            Champ("marches", "Marchés de cet acheteur dans l'année", "nombre", requis=True),
            Champ("numerateur", "Numérateur", "decimal"),
            Champ("denominateur", "Dénominateur, champ connu", "decimal"),
            Champ("valeur", "Valeur ; en pour cent pour un taux ; vide : inconnue", "decimal"),
            Champ("renseignes", "Part connue de ce qui est regardé", "decimal"),
            Champ("total", "Ce qui est regardé", "decimal"),
            Champ("couverture", "renseignes / total, en pour cent", "taux"),
        ),
        """
SELECT c.code, c.entite, c.base, groupe, autre, marches, c.numerateur, c.denominateur, valeur,
       renseignes, c.total,
       CASE WHEN c.total <> 0
            THEN 100 * (renseignes * 100)::HUGEINT::DOUBLE / (c.total * 100)::HUGEINT::DOUBLE
       END AS couverture
FROM brut.semblables c JOIN calculs USING (code, base)
ORDER BY rang, c.entite, autre""",
        cle=("code", "entite", "base", "autre"),
    ),
)  # fmt: skip
