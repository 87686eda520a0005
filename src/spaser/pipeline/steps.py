"""What each stage of a run does: one function each, which leaves files in the staging folder.

`stages.py` lists them in order.  A stage reads what those before it have left in the `Work`, and
writes its files in the staging folder.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from spaser import memory
from spaser.contracts.corrections import Ledger
from spaser.contracts.marches import Row
from spaser.figures import catalogue, series, years
from spaser.pipeline import collect, engine, kernels, notebooks, shown
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.publishing import editions, provenance
from spaser.publishing.provenance import Digests, Inputs, Stamp
from spaser.quality import Gate, summary
from spaser.settings import relecture
from spaser.settings.params import Params
from spaser.sources.lecture import Count, Lecture

if TYPE_CHECKING:
    from spaser.report.edition import Edition


class Provenance(NamedTuple):
    """Where a report comes from, read before anything is written.

    `digests` are the sha256 of the inputs, `big` the stamps of the large ones, `around` the
    environment, `git` the state of the program's repository.  `moved` names the inputs that have
    changed since the publication that the run replaces.  `number` is that of the edition to seal,
    None for a plain run; `sealed` that of the last one.
    """

    inputs: Inputs
    digests: Digests
    big: dict[Stamp, tuple[str, str]]
    around: dict[str, Any]
    git: dict[str, Any]
    moved: list[str]
    number: int | None
    sealed: int | None


@dataclass
class Work:
    """A run, or a check, under way: what it is given, then what each stage leaves to the next.

    `folder` is the staging folder, `past` the published years to compare with, `warm` the kernels
    started, `drawings` where these take and keep charts, `known` where what suites and formulas
    have given is kept.  A check publishes no figure: it has no `origin`.
    """

    setting: Params
    where: Places
    folder: Path
    progress: Progress
    past: Sequence[years.PublishedYear]
    warm: kernels.Kernels
    origin: Provenance | None = None
    drawings: Path | None = None
    known: Path | None = None
    book: catalogue.Catalogue = field(init=False)
    lecture: Lecture = field(init=False)
    ledger: Ledger = field(init=False)
    gate: Gate = field(init=False)
    rows: dict[str, Collection[Row]] = field(init=False)
    comptes: dict[str, Count] = field(init=False)
    fournies: frozenset[str] = field(init=False)

    @property
    def source(self) -> Provenance:
        """Where the report comes from; only a stage of a run asks."""
        assert self.origin is not None
        return self.origin

    def let_go_of_records(self) -> None:
        """Forget what was read, once the gate has passed: only the rows made of it count."""
        self.lecture.forget()
        del self.gate

    def let_go_of_rows(self) -> None:
        """Forget the rows, once they are laid on the disk, but for what the readings ask of them.

        Of contracts, sums alone: one amount of each would hold the memory of all the rest.
        """
        from spaser.figures import readings

        self.comptes = readings.counts(self.rows["marches"])
        self.rows = {"actions": self.rows.get("actions", [])}
        memory.give_back(sum(compte.lignes for compte in self.comptes.values()))

    def write(self, name: str, text: str) -> None:
        """Write a page in the staging folder, with the same ends of line on every system."""
        (self.folder / name).write_text(text, encoding="utf-8", newline="\n")


def read_catalogue(work: Work) -> None:
    """Read and try the catalogue; what the scheme declares «sans objet» must be of it."""
    work.book = catalogue.load(work.setting, known=work.known)
    if work.origin:
        catalogue.check_declared(work.book, work.setting)


def read_files(work: Work) -> None:
    """Read the year's files, the ledger of corrections applied."""
    work.lecture, work.ledger = collect.read(
        work.setting, work.where.data, work.where.root, work.progress.detail
    )


def control(work: Work) -> None:
    """Pass the gate, group into contracts, and write what the gate decided."""
    from spaser.opendata import gate_files, outputs
    from spaser.report import edition

    setting, folder, book = work.setting, work.folder, work.book
    before = years.months_before(work.past, setting.year.annee)
    collected = collect.accept(
        work.lecture, work.ledger, setting, work.where.root, book, before, work.known
    )
    gate_files.write_findings(folder, collected.gate, work.ledger, collected.sans_lien)
    gate_files.write_coverage(folder, summary.coverage(collected.rows))
    gate_files.write_completeness(folder, collected.gate.completude)
    outputs.write_json(
        folder / "controle.json",
        summary.summary(work.lecture, collected.gate, collected.rows, setting, work.ledger),
    )
    number = work.origin.number if work.origin else None
    outputs.write_json(
        folder / "edition.json",
        edition.content(setting, book.version, book.indicateurs)
        | {"edition": number, "fournies": sorted(collected.fournies)},
    )
    work.gate, work.rows, work.fournies = collected.gate, collected.rows, collected.fournies


def calculate(work: Work) -> None:
    """Compute the figures, and write the published tables."""
    from spaser.figures import indicators
    from spaser.opendata import changements, outputs
    from spaser.pipeline import recount

    setting, folder, book, where = work.setting, work.folder, work.book, work.where
    annee, inputs = setting.year.annee, work.source.inputs
    _write_rows(work)
    results = indicators.of_tables(
        book, setting, folder / "donnees", series.before(work.past, book, annee), work.fournies,
        preuves=folder, beside=True,
    )  # fmt: skip
    outputs.write_figures(folder, results, book, setting)
    recounted = recount.revisions(work.past, where.root, where.data, where.params, work.known)
    outputs.write_readings(
        folder, results, work.comptes, work.rows["actions"], book, setting, work.past, recounted
    )
    reviewed = relecture.load(where.params, annee)
    outputs.write_changes(
        folder, changements.changes(inputs.replaced, folder, work.source.moved, book, reviewed)
    )
    outputs.write_revisions(
        folder, editions.revisions(inputs.previous, folder, work.source.digests)
    )


def _write_rows(work: Work) -> None:
    """Write the canonical tables, as Parquet and as CSV, and what the law has declared of them."""
    from spaser.figures import comparaisons, indicators
    from spaser.opendata import outputs

    setting, folder, rows = work.setting, work.folder, work.rows
    outputs.write_contracts(folder, rows)
    outputs.write_declarations(folder, rows, setting, work.where.root)
    others = comparaisons.beside(rows, work.book, setting, work.lecture.semblables, folder)
    indicators.lay_tables(others, setting, folder / "donnees")
    del rows, others
    work.let_go_of_rows()
    indicators.write_tables(folder / "donnees")


def show_control(work: Work) -> None:
    """Run the notebook of the gate alone, and write its page."""
    _notebooks(work, notebooks.NAMES[:1], [*notebooks.NAMES[:1]])


def show(work: Work) -> None:
    """Run the notebooks and write their pages, those of no notebook meanwhile."""
    from spaser.report import edition, pages, vignette

    made = edition.load(work.folder, work.setting.year.annee)
    whole = pages.present(made)
    _notebooks(work, notebooks.NAMES, whole, _beside_notebooks(work, made, whole))
    if not (work.folder / vignette.SVG).is_file():  # a notebook without its cover
        vignette.write(work.folder, made)


def _beside_notebooks(work: Work, made: Edition, whole: list[str]) -> Iterator[str]:
    """Write, step by step, the pictures that no notebook draws, the committee's sheets and the
    synthesis; draw charts of the report, from the last, until its notebook comes to them; then
    write the pages that go from the figures: to contracts, figures before, and other buyers."""
    from spaser.report import changements, comparaisons, pages, planches, preuves, synthese

    yield from planches.write(made, work.drawings)
    for name, page in (("comite", pages.comite), ("synthese", synthese.page)):
        work.write(pages.PAGES[name].fichier, page(made, whole))
        yield name
    yield from planches.ahead(made, work.drawings)
    work.write(preuves.FILE, preuves.page(work.folder, made))
    yield preuves.FILE
    first = work.source.inputs.replaced is None
    work.write(changements.FILE, changements.page(made, first, work.source.moved))
    if comparaisons.given(made):
        work.write(comparaisons.FILE, comparaisons.page(made))


def _notebooks(
    work: Work, names: tuple[str, ...], whole: list[str], meanwhile: Iterable[object] = ()
) -> None:
    """Execute notebooks at once, each in its kernel, and write their pages.

    Args:
        work: the work under way.
        names: the notebooks.
        whole: all the pages, which those of the notebooks link to.
        meanwhile: what is done while the kernels work, by short steps.
    """
    from spaser.report import edition, pages

    made = edition.load(work.folder, work.setting.year.annee)
    source = work.where.root / "notebooks"
    parameters = {"annee": work.setting.year.annee, "dossier": "."}
    engine.register()
    running = notebooks.together(
        names, source, work.folder, parameters, work.warm, work.progress.detail, meanwhile
    )
    with contextlib.closing(running):
        for name, notebook in running:
            shown.check(name, notebook, work.setting.scheme, source / f"{name}.ipynb")
            work.write(pages.PAGES[name].fichier, pages.html(name, notebook, made, whole))


def seal(work: Work) -> None:
    """Write what says where the report comes from: inputs carried, crate, manifest, journal."""
    from spaser.opendata import crate, outputs

    folder, origin, lecture = work.folder, work.source, work.lecture
    origin.inputs.carry(folder)
    outputs.write_json(
        folder / crate.FILE,
        crate.content(folder, work.setting, work.book, origin.digests, provenance.outputs(folder)),
    )
    outputs.write_json(
        folder / provenance.MANIFEST,
        provenance.manifest(
            folder, work.setting.year.annee, origin.digests, origin.around,
            {f.nom: f.lignes for f in lecture.fichiers}, origin.git,
            demonstration=lecture.demonstration, catalogue=work.book.version,
            edition=origin.number, edition_precedente=origin.sealed,
        ),
    )  # fmt: skip
    outputs.write_json(
        folder / provenance.JOURNAL,  # the only file that holds clock times
        {
            "fin": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "secondes": dict(work.progress.times),
            "grands_fichiers": [
                (*stamp, origin.digests[kind][name]) for stamp, (kind, name) in origin.big.items()
            ],
        },
    )
