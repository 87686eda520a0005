"""The stages in order, in a staging folder, published at once.

A run that fails leaves the previous report whole: nothing is written in reports/YEAR until
every expected output exists.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from spaser import modele, quality
from spaser.contracts import corrections
from spaser.errors import GateStopped, UserError
from spaser.figures import catalogue, years
from spaser.opendata import crate
from spaser.pipeline import collect, engine, kernels, notebooks, shown, stages
from spaser.pipeline.collect import Collected
from spaser.publishing import editions, leftovers, passage, provenance, publication
from spaser.quality import proposals, summary
from spaser.settings import params, relecture
from spaser.sources import MARK

HOME = "index.html"
LEDGER = "corrections-proposees.yml"


class Places(NamedTuple):
    """Where things are: the project, the year's data, the params, the reports."""

    root: Path
    data: Path
    params: Path
    reports: Path


@dataclass
class Progress:
    """What the user sees while it works, and the time each stage took, for the journal.

    `stage` and `detail` replace one another on a terminal; a `note` stays.
    """

    stage: Callable[[str], None] = lambda _: None
    detail: Callable[[str], None] = lambda _: None
    note: Callable[[str], None] = lambda _: None
    times: list[tuple[str, float]] = field(default_factory=list)

    @contextlib.contextmanager
    def at(self, name: str) -> Iterator[None]:
        """A stage from its name to its end."""
        self.stage(name)
        start = time.monotonic()
        yield
        self.times.append((name, round(time.monotonic() - start, 3)))


def places(annee: int, data: Path | None, params_: Path | None, reports: Path | None) -> Places:
    """Resolve the folders; the project is the first parent of the current folder that is one."""
    root = project()
    found = Places(
        root=root,
        data=(data or root / "data" / "raw" / str(annee)).resolve(),
        params=(params_ or root / "params").resolve(),
        reports=(reports or root / "reports").resolve(),
    )
    if found.reports.exists() and not found.reports.is_dir():
        raise UserError(
            "ce n'est pas un dossier",
            lieu=str(found.reports),
            remede="indiquer un dossier avec --reports",
        )
    return found


def project() -> Path:
    """The project's folder: around the current folder, else the checkout of the package."""
    here, ours = Path.cwd(), modele.checkout()
    for folder in (here, *here.parents, *([ours] if ours else [])):
        if (folder / "params" / "spaser.yml").is_file():
            return folder
    raise UserError(
        "le dossier du projet est introuvable",
        lieu=str(here),
        remede="se placer dans le dossier qui contient params/spaser.yml, ou en écrire un : "
        "spaser init DOSSIER --siren SIREN",
    )


def run(
    annee: int, where: Places, progress: Progress, *, force: bool = False, seal: bool = False
) -> Path | None:
    """Produce reports/ANNEE; None when the inputs have not changed since it was made.

    `seal` makes it the next edition, kept under editions/N.  A second run in the same folder of
    reports waits for the first.

    Raises:
        UserError: data, params, catalogue, suites or notebooks need mending (exit 2).
        GateStopped: the quality gate stopped the run (exit 3).
    """
    setting = params.load(where.params, annee)
    with leftovers.held(where.reports, str(annee), progress.note):
        return _run(setting, where, progress, force=force, seal=seal)


def _run(
    setting: params.Params, where: Places, progress: Progress, *, force: bool, seal: bool
) -> Path | None:
    annee = setting.year.annee
    final = where.reports / str(annee)
    sealed = editions.last(final)
    past = years.earlier(where.reports, setting, demonstration=(where.data / MARK).is_file())
    inputs = provenance.Inputs(
        where.root, where.data, where.params, annee, tuple(p.dossier for p in past),
        editions.folder(final, sealed) if sealed else None,
    )  # fmt: skip
    big = inputs.big()  # before their digests: a file changed meanwhile must not pass for known
    found = inputs.digests(None if force else provenance.remembered(final))
    around = provenance.environment(where.root)
    digest = provenance.fingerprint(found, around)
    if not force and provenance.unchanged(final, digest, sealed=seal):
        if _home_is_older(final):  # a run that was killed before its last step
            _write_home(where.reports)
        return None
    replaced = passage.before(final, found, around, demonstration=(where.data / MARK).is_file())
    inputs, moved = inputs._replace(replaced=replaced), passage.moved(replaced, found)
    found |= passage.digests(replaced)
    number = (sealed or 0) + 1 if seal else None
    git = provenance.git_state(where.root)
    with (
        publication.staging(where.reports, str(annee)) as stage,
        kernels.kernels(notebooks.NAMES, stage) as warm,
    ):
        from spaser.opendata import changements, outputs

        with progress.at(stages.CATALOGUE.nom):
            book = catalogue.load(setting)
            catalogue.check_declared(book, setting)
        checked = _check(setting, book, where, stage, progress, past, number)
        if checked.gate.arrete:
            _render(stage, where, setting, ("1_qualite",), warm, progress)
            _keep(where.reports / f"{annee}-controle" / LEDGER, stage)
            raise GateStopped(checked.gate.motifs, _publish_check(stage, where.reports, annee))
        with progress.at(stages.CALCUL.nom):
            from spaser.figures import indicators
            from spaser.pipeline import recount

            results = indicators.compute(
                book,
                setting,
                checked.rows,
                stage / "donnees",
                years.before(past, book, annee),
                checked.fournies,
            )
            outputs.write_declarations(stage, checked.rows, setting, where.root)
            outputs.write_figures(stage, results, checked.rows, book, setting)
            outputs.write_readings(
                stage, results, checked.rows, book, setting, past,
                recount.revisions(past, where.root, where.data, where.params),
            )  # fmt: skip
            outputs.write_changes(
                stage,
                changements.changes(
                    replaced, stage, moved, book, relecture.load(where.params, annee)
                ),
            )
            outputs.write_revisions(stage, editions.revisions(inputs.previous, stage, found))
        stages.expect(stage, (stages.CONTROLE, stages.CALCUL))
        _render(stage, where, setting, notebooks.NAMES, warm, progress)
        with progress.at(stages.PREUVES.nom):
            _prove(stage, annee, premiere=replaced is None, moved=moved)
        with progress.at(stages.PUBLICATION.nom):
            inputs.carry(stage)
            outputs.write_json(
                stage / crate.FILE,
                crate.content(stage, setting, book, found, provenance.outputs(stage)),
            )
            outputs.write_json(
                stage / provenance.MANIFEST,
                provenance.manifest(
                    stage, annee, found, around,
                    {f.nom: f.lignes for f in checked.lecture.fichiers}, git,
                    demonstration=checked.lecture.demonstration, catalogue=book.version,
                    edition=number, edition_precedente=sealed,
                ),
            )  # fmt: skip
            _write_journal(stage, progress, [(*s, found[k][n]) for s, (k, n) in big.items()])
            stages.expect(stage)
            if number:
                publication.seal(stage, number)
            publication.publish(stage, final)
            _write_home(where.reports)
    return final


def _prove(stage: Path, annee: int, *, premiere: bool, moved: Sequence[str]) -> None:
    """Write the pages that go back from the figures: to contracts, and to the figures before."""
    from spaser.report import changements, edition, preuves

    made = edition.load(stage, annee)
    for name, text in (
        (preuves.FILE, preuves.page(stage, made)),
        (changements.FILE, changements.page(made, premiere, moved)),
    ):
        (stage / name).write_text(text, encoding="utf-8", newline="\n")


def _home_is_older(final: Path) -> bool:
    page = final.with_name(HOME)
    return not page.is_file() or page.stat().st_mtime < (
        (final / provenance.MANIFEST).stat().st_mtime
    )


def _write_home(reports: Path) -> None:
    from spaser.report import accueil

    accueil.write(reports)


def set_aside(report: Path) -> int:
    """How many records the gate of a report put in quarantine, over all tables."""
    control = json.loads((report / "controle.json").read_text(encoding="utf-8"))
    return sum(b["quarantaine"]["lignes"] for b in control["bilans"])


def lacks_year_before(annee: int, where: Places) -> bool:
    """Whether the scheme covers the year before and the report could not be set against it."""
    first = params.load(where.params, annee).scheme.periode.debut
    manifest = provenance.read(where.reports / str(annee)) or {}
    read = manifest["entrees"].get("annee_precedente", {})
    return annee > first and not any(name.startswith(f"{annee - 1}/") for name in read)


class Control(NamedTuple):
    """What `check` found: its folder, the accounting of each table, the reasons to stop."""

    folder: Path
    bilans: list[quality.Bilan]
    motifs: list[str]


def check(annee: int, where: Places, progress: Progress, *, propose: bool = False) -> Control:
    """Run the quality gate alone and write reports/ANNEE-controle.

    `propose` adds a commented corrections ledger for what is in quarantine or flagged.

    Raises:
        UserError: as for `run`.
    """
    setting = params.load(where.params, annee)
    only, name = notebooks.NAMES[:1], f"{annee}-controle"
    with (
        leftovers.held(where.reports, name, progress.note),
        publication.staging(where.reports, name) as stage,
        kernels.kernels(only, stage) as warm,
    ):
        book = catalogue.load(setting)
        past = years.earlier(where.reports, setting, demonstration=(where.data / MARK).is_file())
        checked = _check(setting, book, where, stage, progress, past)
        _render(stage, where, setting, only, warm, progress)
        if propose:
            text = corrections.skeleton(proposals.faults(checked.gate))
            (stage / LEDGER).write_text(text, encoding="utf-8", newline="\n")
        else:
            _keep(where.reports / f"{annee}-controle" / LEDGER, stage)
        folder = _publish_check(stage, where.reports, annee)
    return Control(folder, checked.gate.bilans, checked.gate.motifs)


def _check(
    setting: params.Params,
    book: catalogue.Catalogue,
    where: Places,
    stage: Path,
    progress: Progress,
    past: Sequence[years.Published],
    number: int | None = None,
) -> Collected:
    """Read, pass the gate, group into contracts; write the gate's files to `stage`."""
    from spaser.opendata import outputs
    from spaser.report import edition

    with progress.at(stages.LECTURE.nom):
        lecture, ledger = collect.read(setting, where.data, where.root, progress.detail)
    with progress.at(stages.CONTROLE.nom):
        before = years.months_before(past, setting.year.annee)
        found = collect.accept(lecture, ledger, setting, where.root, book, before)
    outputs.write_control(stage, found.gate, ledger, found.sans_lien)
    outputs.write_coverage(stage, summary.coverage(found.rows))
    outputs.write_completeness(stage, found.gate.completude)
    outputs.write_json(
        stage / "controle.json", summary.summary(lecture, found.gate, found.rows, setting, ledger)
    )
    outputs.write_json(
        stage / "edition.json",
        edition.content(setting, book.version, book.indicateurs)
        | {"edition": number, "fournies": sorted(found.fournies)},
    )
    return found


def _render(
    stage: Path,
    where: Places,
    setting: params.Params,
    names: tuple[str, ...],
    warm: kernels.Kernels,
    progress: Progress,
) -> None:
    """Execute the notebooks in `stage`, each in its kernel at once, and write their pages."""
    from spaser.report import edition, pages

    found = edition.load(stage, setting.year.annee)
    whole = [
        *names,
        *(["synthese", "comite", "preuves", "changements"] if "3_rapport" in names else []),
    ]
    engine.register()
    source, told = where.root / "notebooks", {"annee": setting.year.annee, "dossier": "."}
    running = notebooks.together(names, source, stage, told, warm, progress.detail)
    with progress.at(stages.notebooks(names)), contextlib.closing(running):
        for name, notebook in running:
            shown.check(name, notebook, setting.scheme, source / f"{name}.ipynb")
            text = pages.html(name, notebook, found, whole)
            (stage / pages.PAGES[name].fichier).write_text(text, encoding="utf-8", newline="\n")
    if "comite" in whole:
        from spaser.report import synthese, vignette

        for name, text in (
            ("comite", pages.comite(found, whole)),
            ("synthese", synthese.page(found, whole)),
        ):
            (stage / pages.PAGES[name].fichier).write_text(text, encoding="utf-8", newline="\n")
        vignette.write(stage, found)


def _publish_check(stage: Path, reports: Path, annee: int) -> Path:
    """Publish the files of the gate alone, in a folder of their own."""
    folder = reports / f"{annee}-controle"
    with tempfile.TemporaryDirectory(
        prefix=f"{publication.WORK}{annee}-controle-", dir=reports
    ) as fresh:
        part = Path(fresh) / "controle"
        part.mkdir()
        for name in (*stages.DU_CONTROLE, LEDGER):
            if (stage / name).exists():
                shutil.copy(stage / name, part / name)
        publication.publish(part, folder)
    return folder


def _keep(file: Path, stage: Path) -> None:
    """A proposed ledger may hold hours of work: a check that proposes none leaves it."""
    if file.is_file():
        shutil.copy(file, stage / file.name)


def _write_journal(stage: Path, progress: Progress, big: Sequence[Sequence[object]]) -> None:
    """journal.json: the only file that holds clock times."""
    from spaser.opendata import outputs

    outputs.write_json(
        stage / provenance.JOURNAL,
        {
            "fin": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "secondes": dict(progress.times),
            "grands_fichiers": big,
        },
    )
