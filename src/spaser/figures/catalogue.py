"""The indicator catalogue: params/indicateurs/*.yml, typed, and its formulas tried in DuckDB.

An indicator is data (`definition.py`); here its entries are read, checked against the scheme and
the canonical tables, put in order, and given the targets and words of the project
(`adaptation.py`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from spaser.errors import UserError
from spaser.figures import adaptation, formulas, rattachement
from spaser.figures.definition import Indicateur
from spaser.settings import yamlfile
from spaser.settings.params import Params
from spaser.settings.scheme import Scheme
from spaser.settings.validation import validate
from spaser.settings.values import Model, Text
from spaser.settings.yamlfile import YamlFile


class _Version(Model):
    version: Text
    indicateurs: tuple[dict[str, object], ...]


class CatalogueEntry(NamedTuple):
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


def load(params: Params, *, toutes: bool = False, known: Path | None = None) -> Catalogue:
    """Read params/indicateurs/*.yml and try every formula on the empty canonical tables.

    Args:
        params: scheme and year; indicators that do not exist in that year are left out,
        toutes: unless those of all years are asked for,
        known: where formulas that have held are kept; None: each is tried.

    Raises:
        UserError: unknown key, ambition or source, code given twice, target without status
            or basis, formula that does not parse or names an unknown column.
    """
    entries, version, paths = _read(params.folder, params.scheme)
    entries = _placed(entries, params.scheme, params.folder)
    _check_names(entries, params.scheme)
    _check_pairs(entries)
    _check_formulas(entries, params, known)
    own = adaptation.adapted([e.indicateur for e in entries], params.folder, params.scheme)
    entries = [e._replace(indicateur=item) for e, item in zip(entries, own, strict=True)]
    if not toutes:
        entries = [e for e in entries if e.indicateur.validite.holds(params.year.annee)]
    order = list(params.scheme.ambitions)
    entries.sort(key=lambda e: order.index(e.indicateur.ambition))
    return Catalogue(version, tuple(e.indicateur for e in entries), paths)


def check_table(scheme: Scheme, folder: Path) -> None:
    """Every indicator of params/indicateurs is under an ambition, and the reverse.

    Raises:
        UserError: tells everything that is not so.
    """
    _placed(_read(folder, scheme)[0], scheme, folder)


def check_declared(catalogue: Catalogue, params: Params) -> None:
    """What the scheme declares «sans objet» is of the catalogue.

    Raises:
        UserError: a code is not; it would be passed over in silence.
    """
    for buyer in params.scheme.acheteurs:
        for code in (c for entry in buyer.sans_objet for c in entry.indicateurs):
            if catalogue.get(code) is None:
                raise UserError(
                    f"sans_objet ({buyer.nom}) nomme un indicateur qui n'est pas au catalogue",
                    lieu=str(params.folder / "spaser.yml"),
                    valeur=code,
                    remede="reprendre un code de params/indicateurs, ou retirer celui-ci",
                )


def _read(at: Path, scheme: Scheme) -> tuple[list[CatalogueEntry], str, tuple[Path, ...]]:
    """The entries of every file, the version that they share, and the files."""
    folder = at / "indicateurs"
    paths = tuple(sorted(folder.glob("*.yml")))
    if not paths:
        raise UserError(
            "le catalogue est vide",
            lieu=str(folder),
            remede="y placer au moins un fichier d'indicateurs (.yml)",
        )
    entries: list[CatalogueEntry] = []
    versions: dict[str, Path] = {}
    for path in paths:
        file = yamlfile.read(path)
        head = validate(_Version, file)
        versions[head.version] = path
        for rank, raw in enumerate(head.indicateurs):
            place = functools.partial(_place_of, file, rank)
            text = adaptation.filled(raw, scheme, place)
            indicateur = validate(Indicateur, file, text, ("indicateurs", rank))
            entries.append(CatalogueEntry(indicateur, file, rank))
    if len(versions) > 1:
        raise UserError(
            "les fichiers du catalogue n'ont pas la même version",
            lieu=str(folder),
            valeur=", ".join(versions),
            remede="donner la même version à tous",
        )
    return entries, next(iter(versions)), paths


def _placed(entries: list[CatalogueEntry], scheme: Scheme, folder: Path) -> list[CatalogueEntry]:
    """The entries that the scheme keeps, each under the ambition that it gives it."""
    own = {e.indicateur.code: e.indicateur.ambition for e in entries}
    of = rattachement.placed(own, scheme, folder)
    return [
        e._replace(indicateur=e.indicateur.model_copy(update={"ambition": of[e.indicateur.code]}))
        for e in entries
        if e.indicateur.code in of
    ]


def _check_names(entries: list[CatalogueEntry], scheme: Scheme) -> None:
    by_code: dict[str, CatalogueEntry] = {}
    for entry in entries:
        item = entry.indicateur
        if item.code in by_code:
            raise UserError(
                f"le code {item.code} est déjà pris ({_place(by_code[item.code], 'code')})",
                lieu=_place(entry, "code"),
                remede="donner un autre code à l'un des deux",
            )
        by_code[item.code] = entry
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


def _check_pairs(entries: list[CatalogueEntry]) -> None:
    """What `ligne_a_ligne` names is a rate in number of the catalogue."""
    rates = {
        e.indicateur.code
        for e in entries
        if any((c.base, c.mesure) == ("nombre", "part") for c in e.indicateur.calculs)
    }
    for entry in entries:
        code = entry.indicateur.ligne_a_ligne
        if code and code not in rates:
            raise UserError(
                f"{entry.indicateur.code} : ligne_a_ligne ne nomme pas une part en nombre",
                lieu=_place(entry, "ligne_a_ligne"),
                valeur=code,
                remede="reprendre le code d'un indicateur de mesure part, de base nombre, du même "
                "catalogue",
            )


def _check_formulas(entries: list[CatalogueEntry], params: Params, known: Path | None) -> None:
    formulas.check(
        [
            formulas.Essai(
                entry.indicateur.code, calcul, functools.partial(_place, entry, "calculs", number)
            )
            for entry in entries
            for number, calcul in enumerate(entry.indicateur.calculs)
            if calcul.table
        ],
        params,
        known,
    )


def _place(entry: CatalogueEntry, *keys: str | int) -> str:
    return _place_of(entry.file, entry.rank, *keys)


def _place_of(file: YamlFile, rank: int, *keys: str | int) -> str:
    return file.place(["indicateurs", rank, *keys])
