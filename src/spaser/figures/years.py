"""What earlier years published, read again as their manifests sealed it, never recomputed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from spaser import csvtable
from spaser.errors import UserError
from spaser.figures.chiffres import INDICATEURS
from spaser.publishing.editions import FigureKey
from spaser.publishing.provenance import MANIFEST, SEALED, SINCE, read
from spaser.settings import periodes
from spaser.settings.params import Params
from spaser.settings.scheme import Scheme
from spaser.settings.year import PeriodeConnue
from spaser.sources.folder import sha256
from spaser.sources.lecture import Count

DEFINING = ("unite", "calculs")  # what makes a figure; labels and targets may change

Span = tuple[float | None, float | None]  # the value if all unknown were no, then yes
NO_SPAN: Span = (None, None)


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
        demonstration: whether the year is of demonstration data, which compares with none but its
            kind.

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
            {i["code"]: {k: i[k] for k in DEFINING} for i in edition["catalogue"]["indicateurs"]},
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
        return (value, value) if coverage == 100 else NO_SPAN
    return low, high


def _part(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _known(folder: Path) -> Iterator[tuple[FigureKey, dict[str, str]]]:
    path = folder / INDICATEURS.fichier
    for r in csvtable.rows(path) if path.exists() else ():
        if r["valeur"]:
            yield (r["code"], r["entite"], r["base"]), r
