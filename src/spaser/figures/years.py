"""Year on year: what earlier years published, sealed by their manifests, never recomputed.

An indicator that is new, retired or defined otherwise than in an earlier year is not comparable
with it; saying so is better than an empty cell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from spaser import csvtable
from spaser.csvtable import about
from spaser.errors import UserError
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import BASE, CIBLE, CODE, ENTITE, INDICATEURS, STATUT, Chiffre
from spaser.publishing.editions import FigureKey
from spaser.publishing.provenance import MANIFEST, SEALED, SINCE, read
from spaser.settings import periodes
from spaser.settings.params import Params
from spaser.settings.scheme import Scheme
from spaser.settings.year import PeriodeConnue
from spaser.sources.folder import sha256
from spaser.sources.lecture import Count

COMPARABLE, NOUVEAU, REDEFINI, RETIRE = "comparable", "nouveau", "redéfini", "retiré"
INCOMPLET = "incomplet"  # a year known in part compares with no other
_DEFINING = ("unite", "calculs")  # what makes a figure; labels and targets may change
# Parts of a calculation about verdicts and bounds: they do not make the value.
_JUDGING = {"cible", "cible_commune", "seuils_a_confirmer", "conforme", "plausible"}

Span = tuple[float | None, float | None]  # the value if all unknown were no, then yes
_NO_SPAN: Span = (None, None)


@dataclass(frozen=True)
class PublishedYear:
    """One earlier year as it was published.

    `valeurs`, `parts` (numerator, denominator), `bornes` and `couvertures` (percent) are keyed by
    (code, entite, base);
    `definitions` hold, by code, the indicator as that edition used it; `entrees` the sha256 of
    what it was made from, by kind and name; `partiels` the (code, entite) known for part of the
    year alone; `mois` the contracts of each buyer and month.
    """

    annee: int
    dossier: Path
    valeurs: Mapping[FigureKey, float]
    definitions: Mapping[str, Mapping[str, Any]]
    entrees: Mapping[str, Mapping[str, str]]
    parts: Mapping[FigureKey, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)
    bornes: Mapping[FigureKey, Span] = field(default_factory=dict)
    partiels: frozenset[tuple[str, str]] = frozenset()
    mois: Mapping[tuple[str, str], Count] = field(default_factory=dict)
    couvertures: Mapping[FigureKey, float | None] = field(default_factory=dict)


def earlier(reports: Path, params: Params, *, demonstration: bool) -> list[PublishedYear]:
    """The earlier years of the scheme that lie in `reports`, oldest first.

    Years made from data of the other kind (demonstration or not) do not count.

    Args:
        reports: the folder of reports.
        params: the scheme and the year.
        demonstration: whether the year is of demonstration data; those compare with none but their
            own.

    Raises:
        UserError: a file is not the one that its manifest sealed.
    """
    span = range(params.scheme.periode.debut, params.year.annee)
    published = (
        _published(reports / str(annee), annee, params.scheme, demonstration) for annee in span
    )
    return [one for one in published if one]


def _published(
    folder: Path, annee: int, scheme: Scheme, demonstration: bool
) -> PublishedYear | None:
    if not (folder / MANIFEST).is_file():
        return None
    manifest = read(folder)
    if manifest is None:
        raise _broken(folder / MANIFEST, annee)
    if manifest.get("demonstration") != demonstration:
        return None
    sealed = manifest.get("sorties", {})
    for name in SEALED:
        path = folder / name
        if name in SINCE and name not in sealed:
            continue
        if not path.is_file() or sealed.get(name) != sha256(path):
            raise _broken(path, annee)
    try:
        edition = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
        return PublishedYear(
            annee,
            folder,
            values(folder),
            {i["code"]: {k: i[k] for k in _DEFINING} for i in edition["catalogue"]["indicateurs"]},
            {
                kind: {name: entry["sha256"] for name, entry in names.items()}
                for kind, names in manifest.get("entrees", {}).items()
            },
            _parts(folder),
            {key: _span(r) for key, r in _known(folder)},
            frozenset(_partial(edition, annee, scheme)),
            _months(folder / "completude.csv") if "completude.csv" in sealed else {},
            {k: float(r["couverture"]) if r["couverture"] else None for k, r in _known(folder)},
        )
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError):
        raise _broken(folder / "edition.json", annee) from None  # sealed, and not what we write


def _partial(edition: Mapping[str, Any], annee: int, scheme: Scheme) -> Iterator[tuple[str, str]]:
    """(code, entite) of the figures of a published year whose data were not of the whole year."""
    entries = [PeriodeConnue.model_validate(e) for e in edition["annee"].get("completude", ())]
    for item in edition["catalogue"]["indicateurs"] if entries else ():
        for entite in scheme.entites:
            if periodes.of_entity(entries, annee, scheme, entite, item["sources"]):
                yield item["code"], entite


def _months(path: Path) -> dict[tuple[str, str], Count]:
    """Contracts and euros of each month of a published completude.csv that knows them."""
    return {
        (r["acheteur"], r["mois"][-2:]): Count(int(r["marches"]), Decimal(r["montant"]))
        for r in csvtable.rows(path)
        if r["marches"]
    }


def months_before(years: Sequence[PublishedYear], annee: int) -> Mapping[tuple[str, str], Count]:
    """Contracts of each month of the year before, by buyer and month («01»…«12»)."""
    return next((past.mois for past in years if past.annee == annee - 1), {})


def _broken(path: Path, annee: int) -> UserError:
    return UserError(
        f"les chiffres de {annee} ont changé depuis leur publication",
        lieu=str(path),
        remede=f"rétablir ce fichier, ou refaire cette année : spaser run {annee} --force",
    )


def values(folder: Path) -> dict[FigureKey, float]:
    """Values of a published indicateurs.csv, by (code, entite, base); empty without one."""
    return {key: float(r["valeur"]) for key, r in _known(folder)}


def _parts(folder: Path) -> dict[FigureKey, tuple[Decimal | None, Decimal | None]]:
    """Numerator and denominator of each published value."""
    return {key: (_part(r["numerateur"]), _part(r["denominateur"])) for key, r in _known(folder)}


def _span(row: Mapping[str, str]) -> Span:
    low, high = row["borne_basse"], row["borne_haute"]
    return span(
        float(low) if low else None,
        float(high) if high else None,
        float(row["valeur"]),
        float(row["couverture"]) if row["couverture"] else None,
    )


def span(
    low: float | None, high: float | None, value: float | None, coverage: float | None
) -> Span:
    """The bounds of a figure; its value twice when nothing that it counts is unknown.

    Args:
        low: the lower bound.
        high: the upper bound.
        value: the value.
        coverage: the share that is known, in percent.
    """
    if low is None or high is None:
        return (value, value) if coverage == 100 else _NO_SPAN
    return low, high


def _part(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _known(folder: Path) -> Iterator[tuple[FigureKey, dict[str, str]]]:
    path = folder / INDICATEURS.fichier
    for r in csvtable.rows(path) if path.exists() else ():
        if r["valeur"]:
            yield (r["code"], r["entite"], r["base"]), r


def comparability(past: PublishedYear, catalogue: Catalogue, code: str) -> str:
    """Whether a code means the same in an earlier year as today, or why not.

    Args:
        past: an earlier year as published.
        catalogue: the indicators.
        code: the code of an indicator.
    """
    then = past.definitions.get(code)
    item = catalogue.get(code)
    if item is None:
        return RETIRE
    if then is None:
        return NOUVEAU
    now = item.model_dump(mode="json")
    return COMPARABLE if all(_same(now[k], then[k]) for k in _DEFINING) else REDEFINI


def _same(now: Any, then: Any) -> bool:
    """Equal, whatever defaults a later version of the catalogue has added."""
    if isinstance(now, list) and isinstance(then, list):
        return len(now) == len(then) and all(map(_same, now, then))
    if isinstance(now, dict) and isinstance(then, dict):
        return all(now[k] == then[k] if k in then else not now[k] for k in now.keys() - _JUDGING)
    return bool(now == then)


def before(
    years: Sequence[PublishedYear], catalogue: Catalogue, annee: int
) -> dict[FigureKey, float]:
    """Values of the year before, of the indicators that are comparable and known for all of it.

    Args:
        years: the earlier years that are published.
        catalogue: the indicators.
        annee: the year.
    """
    return {
        key: value
        for past in years
        if past.annee == annee - 1
        for key, value in past.valeurs.items()
        if comparability(past, catalogue, key[0]) == COMPARABLE and key[:2] not in past.partiels
    }


class Point(NamedTuple):
    """One year of one figure: its value where published, its target, and whether it compares."""

    code: Annotated[str, CODE]
    entite: Annotated[str, ENTITE]
    base: Annotated[str, BASE]
    annee: Annotated[int, about("Année", requis=True)]
    valeur: Annotated[float | None, about("Valeur publiée cette année-là")]
    cible: Annotated[Decimal | None, CIBLE]
    statut_cible: Annotated[str, STATUT]
    comparable: Annotated[
        str,
        about(
            "comparable, nouveau, redéfini, retiré ou incomplet ; vide : sans valeur",
            parmi=(COMPARABLE, NOUVEAU, REDEFINI, RETIRE, INCOMPLET),
        ),
    ]
    source: Annotated[str, about("Édition d'où vient la valeur")]
    numerateur: Annotated[Decimal | None, about("Numérateur de cette valeur")] = None
    denominateur: Annotated[Decimal | None, about("Dénominateur de cette valeur")] = None
    borne_basse: Annotated[
        float | None, about("Cette valeur si tout inconnu était un non ; vide : sans borne")
    ] = None
    borne_haute: Annotated[
        float | None, about("Cette valeur si tout inconnu était un oui ; vide : sans borne")
    ] = None
    couverture: Annotated[
        float | None, about("Part renseignée de ce qui est concerné, en pourcentage")
    ] = None


def series(
    years: Sequence[PublishedYear],
    chiffres: Sequence[Chiffre],
    catalogue: Catalogue,
    params: Params,
) -> Iterator[Point]:
    """Every year of the scheme for every figure: published values, this year's, and targets.

    Indicators that this catalogue has retired keep their published points.

    Args:
        years: the earlier years that are published.
        chiffres: the figures.
        catalogue: the indicators.
        params: the scheme and the year.
    """
    past = {p.annee: p for p in years}
    for c in chiffres:
        item = catalogue.get(c.code)
        assert item is not None
        calcul = next(k for k in item.calculs if k.base == c.base)
        for annee in range(params.scheme.periode.debut, params.scheme.periode.fin + 1):
            cible = item.cible(annee, calcul, seul=c.entite != params.scheme.ensemble.code)
            value, state, source = None, "", ""
            parts: tuple[Decimal | None, Decimal | None] = (None, None)
            bounds, known = _NO_SPAN, None
            if annee == c.annee:
                here = periodes.reserve(params.year, params.scheme, c.entite, item.sources)
                value, state, source = c.valeur, INCOMPLET if here else COMPARABLE, "cette édition"
                parts = (c.numerateur, c.denominateur) if c.valeur is not None else parts
                bounds = span(c.borne_basse, c.borne_haute, c.valeur, c.couverture)
                known = c.couverture if c.valeur is not None else None
            elif annee in past:
                key = (c.code, c.entite, c.base)
                value, parts = past[annee].valeurs.get(key), past[annee].parts.get(key, parts)
                bounds = past[annee].bornes.get(key, bounds)
                known = past[annee].couvertures.get(key)
                state = comparability(past[annee], catalogue, c.code)
                if (c.code, c.entite) in past[annee].partiels:
                    state = INCOMPLET
                source = f"édition {annee}"
            yield Point(
                c.code, c.entite, c.base, annee, value,
                cible.valeur if cible else None, cible.statut if cible else "", state, source,
                *parts, *bounds, known,
            )  # fmt: skip
    for one in years:
        for (code, entite, base), value in one.valeurs.items():
            if catalogue.get(code) is None:
                yield Point(
                    code, entite, base, one.annee, value, None, "", RETIRE, f"édition {one.annee}"
                )


class YearRevision(NamedTuple):
    """A figure of an earlier year that today's data would give otherwise."""

    annee: Annotated[int, about("Année publiée", requis=True)]
    code: Annotated[str, CODE]
    entite: Annotated[str, ENTITE]
    base: Annotated[str, BASE]
    ancien: Annotated[float | None, about("Valeur publiée")]
    nouveau: Annotated[float | None, about("Valeur que donneraient les fichiers d'aujourd'hui")]
    cause: Annotated[str, about("Ce qui a changé depuis")]


_CAUSES = {
    "donnees": "données modifiées ou publiées depuis",
    "parametres": "règle, cible ou correction modifiée depuis",
    "suites": "contrôle qualité modifié depuis",
}


def changed(past: PublishedYear, now: Mapping[str, Mapping[str, str]]) -> str:
    """Why a year's figures may have moved since it was published; empty when nothing has.

    Args:
        past: the year as published.
        now: sha256 of what it would be made from today, by kind and name.
    """
    causes = []
    for kind, words in _CAUSES.items():
        then, here = past.entrees.get(kind, {}), now.get(kind, {})
        names = sorted(n for n in then.keys() | here.keys() if then.get(n) != here.get(n))
        if names:
            causes.append(f"{words} ({', '.join(names)})")
    return " ; ".join(causes)


def revisions(past: PublishedYear, today: Sequence[Chiffre], cause: str) -> Iterator[YearRevision]:
    """The figures of an earlier year that differ from what was published.

    Args:
        past: an earlier year as published.
        today: its figures counted again with today's files.
        cause: what has changed in its inputs.
    """
    for c in today:
        old = past.valeurs.get((c.code, c.entite, c.base))
        if old != c.valeur and c.code in past.definitions:
            yield YearRevision(past.annee, c.code, c.entite, c.base, old, c.valeur, cause)
