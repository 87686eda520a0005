"""What a notebook reads: the figures, the scheme and the gate's summary of one edition.

A notebook is given a folder and a year and nothing else; it never opens raw data.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spaser import csvtable
from spaser.errors import UserError
from spaser.figures.chiffres import INDICATEURS, Figure
from spaser.figures.definition import Calcul, Indicateur
from spaser.opendata.columns import FILES
from spaser.quality.completeness import A_VERIFIER, PEU
from spaser.report import commentaires, frames
from spaser.settings import hypotheses, periodes
from spaser.settings.params import Params
from spaser.settings.periodes import Periode
from spaser.settings.scheme import Ambition, Axe, Scheme
from spaser.settings.year import Year

if TYPE_CHECKING:
    from pandas import DataFrame


_COLUMNS = 4  # buyers that a table has a column of, beside that of all together


class PartKnown(NamedTuple):
    """A part of the year that is known: whose, of what (empty: everything), when, and why."""

    qui: str
    source: str
    periode: str
    motif: str


@dataclass(frozen=True, repr=False, eq=False)
class Edition:
    """One year's edition as a reader sees it."""

    scheme: Scheme
    year: Year
    version: str
    demonstration: bool
    indicateurs: tuple[Indicateur, ...]
    figures: dict[tuple[str, str, str], Figure]
    controle: dict[str, Any]
    folder: Path
    commentaires: dict[str, str]
    numero: int | None = None
    hypotheses: tuple[dict[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<édition {self.year.annee} : {self.folder}, {len(self.figures)} chiffres>"

    def figure(self, item: Indicateur, calcul: Calcul, entite: str) -> Figure:
        """The figure of an indicator, on a base, for an entity.

        Args:
            item: the indicator.
            calcul: one of its calculations, whose base the figure is on.
            entite: the code of a buyer, or of all together.
        """
        return self.figures[item.code, entite, calcul.base]

    def unite(self, code: str, base: str) -> str:
        """The unit of an indicator on a base; empty when the scheme has no such figure."""
        units = (i.unite_de(c) for i in self.indicateurs if i.code == code
                 for c in i.calculs if c.base == base)  # fmt: skip
        return next(units, "")

    def nature(self, f: Figure) -> str:
        """What the target of a figure is in the year: a key of NATURES, empty without target."""
        annee, seul = self.year.annee, f.entite != self.scheme.ensemble.code
        aims = (
            item.cible(annee, calcul, seul=seul)
            for item in self.indicateurs if item.code == f.code and f.cible is not None
            for calcul in item.calculs if calcul.base == f.base
        )  # fmt: skip
        return next((c.nature(annee) for c in aims if c), "")

    def of(self, ambition: str) -> list[tuple[Indicateur, Calcul]]:
        """The lines of an ambition's table: an indicator on each of its bases."""
        return [(i, c) for i in self.indicateurs if i.ambition == ambition for c in i.calculs]

    def ambition(self, code: str) -> tuple[Axe, Ambition]:
        """An ambition and its axis."""
        return self.scheme.ambitions[code]

    def reserve(self, code: str, entite: str) -> str:
        """«année incomplète : …» when a figure is of part of the year; empty otherwise."""
        item = next((i for i in self.indicateurs if i.code == code), None)
        return periodes.reserve(self.year, self.scheme, entite, item.sources) if item else ""

    @property
    def reserves(self) -> list[PartKnown]:
        """What the params say is not known of the year."""
        buyers, sources = [a.code for a in self.scheme.acheteurs], list(self.scheme.sources)
        return [
            PartKnown(
                self.scheme.entites[e.acheteur or self.scheme.ensemble.code],
                self.scheme.sources[e.source] if e.source else "",
                periodes.words([Periode(e.depuis, e.jusqu_au)]),
                e.motif,
            )
            for e in self.year.completude
            if periodes.partial(
                self.year.completude,
                self.year.annee,
                [e.acheteur] if e.acheteur else buyers,
                [e.source] if e.source else sources,
            )
        ]

    @property
    def portee(self) -> str:
        """The period that the contracts are known for, by buyer where it differs."""
        buyers = [m["acheteur"] for m in self.controle["marches"] if m["nombre"]]
        every = {b: [periodes.whole(self.year.annee)] for b in buyers} | periodes.partial(
            self.year.completude, self.year.annee, buyers, ["decp"]
        )
        same = len({tuple(p) for p in every.values()}) <= 1
        periods = next(iter(every.values()), [periodes.whole(self.year.annee)])
        return periodes.words(periods) if same else periodes.sentence(every, self.scheme)

    def dates(self, acheteur: str) -> str:
        """«du 1er au 17 juillet 2024»: the first and last notification of a buyer, where nothing
        proves that its year is whole; empty otherwise.

        Args:
            acheteur: the code of a buyer.
        """
        return next(
            (
                periodes.words([Periode(*map(dt.date.fromisoformat, ends))])
                for s in self.controle.get("completude", {}).get("sources", ())
                if (s["table"], s["acheteur"]) == ("marches", acheteur)
                if s["etat"] in {PEU, A_VERIFIER}
                for ends in [(s["premiere"], s["derniere"])]
                if all(ends)
            ),
            "",
        )

    @property
    def a_verifier(self) -> list[tuple[str, str]]:
        """The buyers whose year is to be looked at: the name, and the dates of their contracts."""
        return [
            (self.scheme.entites[s["acheteur"]], self.dates(s["acheteur"]))
            for s in self.controle.get("completude", {}).get("sources", ())
            if s["table"] == "marches" and s["etat"] == A_VERIFIER
        ]

    @property
    def presents(self) -> list[str]:
        """Entities to draw: the buyers with contracts, and all together when all have some."""
        buyers = [m["acheteur"] for m in self.controle["marches"] if m["nombre"]]
        return [*buyers, *([self.scheme.ensemble.code] if self.complete else [])]

    @property
    def complete(self) -> bool:
        """Whether every buyer has contracts: all together then says something of its own."""
        return len(self.scheme.acheteurs) > 1 and all(m["nombre"] for m in self.controle["marches"])

    @property
    def nombreux(self) -> bool:
        """Whether the buyers are too many for a column each: a page then has a row of each."""
        return len(self.scheme.acheteurs) > _COLUMNS

    @property
    def reference(self) -> str:
        """The entity that headlines speak of: all together, or the only buyer with contracts."""
        return (self.presents or [self.scheme.ensemble.code])[-1]

    def shown(self, ambition: str) -> list[str]:
        """The entities with a figure of their own in an ambition's table."""
        return self.shown_for(self.of(ambition))

    def shown_for(self, calculs: list[tuple[Indicateur, Calcul]]) -> list[str]:
        """The entities with a figure of their own among some indicators."""
        known = {
            f.entite
            for item, calcul in calculs
            for f in [self.figure(item, calcul, e) for e in self.scheme.entites]
            if f.valeur is not None
        }
        buyers = [a.code for a in self.scheme.acheteurs if a.code in known]
        whole = self.scheme.ensemble.code
        return [
            *buyers,
            *([whole] if whole in known and (self.complete or len(buyers) > 1) else []),
        ]

    def rows(self, name: str) -> list[dict[str, str]]:
        """Rows of the companion file NAME.csv, which every edition has.

        Raises:
            KeyError: no file of that name is declared in opendata/columns.py.
            FileNotFoundError: the edition is not whole.
        """
        if f"{name}.csv" not in FILES:
            raise KeyError(f"{name}.csv")
        return list(_rows(self.folder / f"{name}.csv"))

    def each(self, name: str) -> Iterator[dict[str, str]]:
        """Rows of the companion file NAME.csv one after the other, none kept: for the longest.

        Raises:
            FileNotFoundError: the edition is not whole.
        """
        return csvtable.rows(self.folder / FILES[f"{name}.csv"].fichier)

    def tableau(self, name: str) -> DataFrame:
        """The companion file NAME.csv as a pandas frame (see `frames` for its types).

        Raises:
            KeyError, FileNotFoundError: as for `rows`.
        """
        return frames.frame(self.folder / f"{name}.csv", FILES[f"{name}.csv"].cols)

    @functools.cached_property
    def chiffres(self) -> DataFrame:
        """Every figure: indicateurs.csv, a row by code, entite and base."""
        return self.tableau("indicateurs")

    @functools.cached_property
    def marches(self) -> DataFrame:
        """The contracts as counted: marches.csv."""
        return self.tableau("marches")

    @functools.cached_property
    def preuves(self) -> DataFrame:
        """The role of each contract in each figure: preuves.csv."""
        return self.tableau("preuves")

    @functools.cached_property
    def actions(self) -> DataFrame:
        """The actions of the scheme: actions.csv."""
        return self.tableau("actions")

    @functools.cached_property
    def series(self) -> DataFrame:
        """Published values and targets of every year of the scheme: series.csv."""
        return self.tableau("series")

    @functools.cached_property
    def passe(self) -> dict[tuple[str, str, str, int], dict[str, str]]:
        """The rows of series.csv by code, entite, base and year."""
        return {
            (r["code"], r["entite"], r["base"], int(r["annee"])): r for r in self.rows("series")
        }

    def rows_if_any(self, name: str) -> list[dict[str, str]]:
        """Rows of a companion file that editions made before it lack: none of theirs."""
        try:
            return self.rows(name)
        except FileNotFoundError:
            return []


def content(params: Params, version: str, indicateurs: tuple[Indicateur, ...]) -> dict[str, Any]:
    """The content of edition.json: scheme, year, catalogue and comments of this edition.

    Args:
        params: the scheme and the year.
        version: the version of the catalogue.
        indicateurs: the indicators of the catalogue.

    Raises:
        UserError: a comment's file is not the name of an ambition, or is not UTF-8.
    """
    return {
        "commentaires": commentaires.read(params),
        "hypotheses": hypotheses.load(params.folder),
        "schema": params.scheme.model_dump(mode="json"),
        "annee": params.year.model_dump(mode="json"),
        "catalogue": {
            "version": version,
            "indicateurs": [i.model_dump(mode="json") for i in indicateurs],
        },
    }


def published(dossier: str | Path | None, annee: int) -> Path:
    """The folder that a notebook is given; without one, the report published for the year.

    Paths are of the current folder: that of the project, or its notebooks/.

    Raises:
        UserError: there is no such folder.
    """
    asked = Path(dossier) if dossier else Path("reports", str(annee))
    for place in (asked, Path("..") / asked, Path("notebooks") / asked):
        if (place / "edition.json").is_file():
            return place
    raise UserError(
        "aucun rapport publié dans ce dossier",
        lieu=str(asked),
        remede=f"lancer d'abord spaser run {annee}, ou donner dans « dossier » celui du rapport",
    )


def load(dossier: str | Path, annee: int) -> Edition:
    """Read edition.json, controle.json and, where it exists, indicateurs.csv of a folder."""
    folder = Path(dossier)
    described = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    controle = json.loads((folder / "controle.json").read_text(encoding="utf-8"))
    year = Year.model_validate(described["annee"])
    if year.annee != annee:
        raise ValueError(f"ce dossier est celui de {year.annee}, pas de {annee}")
    return Edition(
        scheme=Scheme.model_validate(described["schema"]),
        year=year,
        version=described["catalogue"]["version"],
        demonstration=controle["demonstration"],
        indicateurs=tuple(
            Indicateur.model_validate(i) for i in described["catalogue"]["indicateurs"]
        ),
        figures=_figures(folder),
        controle=controle,
        folder=folder,
        commentaires=described.get("commentaires", {}),
        numero=described.get("edition"),
        hypotheses=tuple(described.get("hypotheses", ())),
    )


@functools.lru_cache(maxsize=64)
def _rows(path: Path) -> tuple[dict[str, str], ...]:
    return tuple(csvtable.rows(path))


def _figures(folder: Path) -> dict[tuple[str, str, str], Figure]:
    path = folder / INDICATEURS.fichier
    if not path.exists():
        return {}
    figures = [csvtable.record(INDICATEURS, Figure, row) for row in csvtable.rows(path)]
    return {(f.code, f.entite, f.base): f for f in figures}
