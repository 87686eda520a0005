"""From the year's files to the rows that count: read, correct, pass the gate, make the tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from spaser import modele, quality, sources
from spaser.contracts import corrections, joins, marches, referentiels, secret
from spaser.contracts.corrections import Ledger
from spaser.contracts.joins import SansLien
from spaser.contracts.marches import Row
from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import ESSENTIELLE, RATIOS
from spaser.quality import Gate
from spaser.quality.completeness import NOTHING_BEFORE, Before
from spaser.quality.registers import MesureDeReleve
from spaser.settings.params import Params
from spaser.sources.lecture import HISTORIQUE, Lecture

RELEVES = "releves"


@dataclass(frozen=True)
class Collected:
    """What was decided of what was read; `rows` are the canonical tables, `fournies` the sources
    given, `sans_lien` the rows of registers that are tied to nothing."""

    gate: Gate
    rows: dict[str, Collection[Row]]
    fournies: frozenset[str]
    sans_lien: list[SansLien]


def read(
    params: Params, data: Path, root: Path, progress: Callable[[str], None] = lambda _: None
) -> tuple[Lecture, Ledger]:
    """Read the folder and the lists of companies of data/referentiels, corrections applied.

    Args:
        params: the scheme and the year.
        data: the folder of the year's files.
        root: the project's folder.
        progress: what the user sees meanwhile.

    Raises:
        UserError: no folder, or a correction that matches no record or several.
    """
    ledger = corrections.load(params.folder, params.year.annee)
    with modele.of_project(root):
        lecture = sources.read_folder(
            data, params, progress, ledger.amend, root / modele.REFERENTIELS, ledger.concerns
        )
    if not any(f.erreur for f in lecture.fichiers):
        ledger.finish()
    return lecture, ledger


def accept(
    lecture: Lecture,
    ledger: Ledger,
    params: Params,
    root: Path,
    book: Catalogue,
    before: Before = NOTHING_BEFORE,
    known: Path | None = None,
) -> Collected:
    """Pass the gate and make the tables; `before` is what each month of last year had.

    Args:
        lecture: what was read.
        ledger: the corrections, applied.
        params: the scheme and the year.
        root: the project's folder.
        book: the indicators.
        before: contracts and euros of each month of the year before, by buyer.
        known: where what suites have said before is kept; None: each suite is run.

    Raises:
        UserError: a suite or a reference file is missing or malformed.
    """
    with modele.of_project(root):
        gate = quality.pass_gate(
            lecture, params, root / "expectations", ledger, _measures(book), before, known
        )
    rows = marches.tables(gate.marches, gate.concessions, params)
    joined = joins.tables(gate.registres, rows, params)
    rows |= joined.rows
    others, _ = marches.assemble(*marches.distinct(lecture.en_cours))
    rows["en_cours"] = marches.unfinished(others, params)
    rows["historique"] = _former(lecture, params)
    rows["seuils_agec"] = referentiels.seuils_agec(root)
    rows = secret.protect(rows, params.year.lecture.petit_effectif)
    given = lecture.fournies | _given(rows, params)
    return Collected(gate, rows, given, joined.sans_lien)


def _measures(book: Catalogue) -> dict[str, MesureDeReleve]:
    """What each indicator makes of a relevé, by code."""
    return {
        i.code: MesureDeReleve(
            declaree=bool(own := [c for c in i.calculs if c.table == RELEVES]),
            part=i.unite == "%" and any(c.mesure == "rapport" for c in own),
            quotient=any(c.mesure in RATIOS for c in own),
        )
        for i in book.indicateurs
    }


def _former(lecture: Lecture, params: Params) -> list[Row]:
    codes = params.scheme.sirens
    return [
        {"acheteur": codes[a.acheteur], "siren": a.titulaire, "annee": a.annee}
        for a in sorted(lecture.historique)
        if a.acheteur in codes
    ]


def _given(rows: Mapping[str, Collection[Row]], params: Params) -> frozenset[str]:
    """Names of the sources that were given; the history counts when it is whole."""
    years = {r["annee"] for r in rows["historique"]}
    whole = len(years & set(range(params.year.annee - HISTORIQUE, params.year.annee)))
    return ESSENTIELLE | ({"historique"} if whole == HISTORIQUE else set())
