"""The stages in order, in a staging folder, published at once.

A run that fails leaves the previous report whole: nothing is written in reports/YEAR until
every expected output exists.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from spaser import kept, quality
from spaser.contracts import corrections
from spaser.errors import GateStopped
from spaser.figures import years
from spaser.pipeline import kernels, notebooks, stages
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.pipeline.steps import Provenance, Work
from spaser.publishing import editions, leftovers, passage, provenance, publication, scratch
from spaser.quality import proposals, remembered
from spaser.report import dessins
from spaser.settings import demonstration, params

HOME = "index.html"
LEDGER = "corrections-proposees.yml"


def run(
    annee: int, where: Places, progress: Progress, *, force: bool = False, seal: bool = False
) -> Path | None:
    """Produce reports/ANNEE; None when the inputs have not changed since it was made.

    A second run in the same folder of reports waits for the first.

    Args:
        annee: the year.
        where: the folders of the project.
        progress: what the user sees meanwhile.
        force: make it again though nothing has changed.
        seal: make it the next edition, kept under editions/N.

    Raises:
        UserError: data, params, catalogue, suites or notebooks need mending (exit 2).
        GateStopped: the quality gate stopped the run (exit 3).
    """
    setting = demonstration.setting(
        params.load(where.params, annee), demonstration=where.demonstration
    )
    with leftovers.held(where.reports, str(annee), progress.note):
        return _run(setting, where, progress, force=force, seal=seal)


def _run(
    setting: params.Params, where: Places, progress: Progress, *, force: bool, seal: bool
) -> Path | None:
    annee = setting.year.annee
    final = where.reports / str(annee)
    sealed = editions.last(final)
    past = years.earlier(where.reports, setting, demonstration=where.demonstration)
    inputs = provenance.Inputs(
        where.root, where.data, where.params, annee, tuple(p.dossier for p in past),
        editions.folder(final, sealed) if sealed else None,
    )  # fmt: skip
    big = inputs.big()  # before their digests: a file changed meanwhile must not pass for known
    digests = inputs.digests(None if force else provenance.remembered(final))
    around = provenance.environment(where.root)
    digest = provenance.fingerprint(digests, around)
    if not force and provenance.unchanged(final, digest, sealed=seal):
        if _home_is_older(final):  # a run that was killed before its last step
            _write_home(where.reports, progress)
        return None
    replaced = passage.before(final, digests, around, demonstration=where.demonstration)
    inputs, moved = inputs._replace(replaced=replaced), passage.moved(replaced, digests)
    digests |= passage.digests(replaced)
    number = (sealed or 0) + 1 if seal else None
    drawings = None if force else dessins.folder(digests, around)
    known = None if force else remembered.folder()
    origin = Provenance(
        inputs, digests, big, around, provenance.git_state(where.root), moved, number, sealed
    )
    with (
        publication.staging(where.reports, str(annee)) as stage,
        scratch.folder("dessins") as own,
        kernels.kernels(notebooks.NAMES, stage, drawings or own) as warm,
    ):
        work = Work(setting, where, stage, progress, past, warm, origin, drawings or own, known)
        stages.follow(work, stages.JUSQU_AU_CONTROLE)
        if motives := work.gate.motifs:
            stages.follow(work, (stages.PAGE,))
            _keep(where.reports / f"{annee}-controle" / LEDGER, stage)
            raise GateStopped(motives, _publish_check(stage, where.reports, annee))
        work.let_go_of_records()
        stages.follow(work, stages.APRES_LE_CONTROLE)
        if number:
            publication.seal(stage, number)
        publication.publish(stage, final)
        _write_home(where.reports, progress)
    kept.prune(drawings, known)
    return final


def _home_is_older(final: Path) -> bool:
    page = final.with_name(HOME)
    return not page.is_file() or page.stat().st_mtime < (
        (final / provenance.MANIFEST).stat().st_mtime
    )


def _write_home(reports: Path, progress: Progress) -> None:
    """The page of all years; one whose folder is damaged is left out, and named to the user."""
    from spaser.report import accueil

    for damaged in accueil.write(reports):
        progress.note(
            f"{damaged.annee} : {damaged.endroit}, {damaged.faute} ; {HOME}, qui met les années "
            f"côte à côte, la laisse de côté. La refaire : spaser run {damaged.annee} --force"
        )


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

    Args:
        annee: the year.
        where: the folders of the project.
        progress: what the user sees meanwhile.
        propose: write a commented ledger of corrections for what is in quarantine or flagged.

    Raises:
        UserError: as for `run`.
    """
    setting = demonstration.setting(
        params.load(where.params, annee), demonstration=where.demonstration
    )
    only, name = notebooks.NAMES[:1], f"{annee}-controle"
    with (
        leftovers.held(where.reports, name, progress.note),
        publication.staging(where.reports, name) as stage,
        kernels.kernels(only, stage) as warm,
    ):
        past = years.earlier(where.reports, setting, demonstration=where.demonstration)
        work = Work(setting, where, stage, progress, past, warm, known=remembered.folder())
        stages.follow(work, (*stages.JUSQU_AU_CONTROLE, stages.PAGE))
        gate = work.gate
        if propose:
            text = corrections.skeleton(proposals.faults(gate))
            (stage / LEDGER).write_text(text, encoding="utf-8", newline="\n")
        else:
            _keep(where.reports / f"{annee}-controle" / LEDGER, stage)
        folder = _publish_check(stage, where.reports, annee)
    return Control(folder, gate.bilans, gate.motifs)


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
    """Keep the ledger that an earlier check proposed, which may hold hours of work."""
    if file.is_file():
        shutil.copy(file, stage / file.name)
