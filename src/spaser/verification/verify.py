"""`verify`: go the whole way again from the inputs, and compare with what was published.

Three questions, in this order: are the published files those that the manifest sealed; are the
inputs, the program and the environment those that it names; does running it all again in a
clean folder give the same files?  Every answer that is no has a cause, from one table.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spaser.errors import GateStopped, UserError
from spaser.figures.chiffres import INDICATEURS
from spaser.pipeline import run as stages
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.plaintext import counted
from spaser.publishing import editions, provenance, scratch
from spaser.publishing.manifest import checked
from spaser.publishing.provenance import CARRIED, JOURNAL, KINDS, MANIFEST, PDF
from spaser.sources.folder import sha256
from spaser.verification import identity, sealed
from spaser.verification.certificate import (
    CAUSES,
    DIFFERENT,
    ENTREE,
    ENVIRONNEMENT,
    IDENTIQUE,
    INEXPLIQUE,
    MANIFESTE,
    PARAMETRE,
    PROGRAMME,
    SORTIE,
    Cause,
    Figure,
    File,
    Unchecked,
    Verification,
)
from spaser.verification.comparison import ABSENT, Difference, differences

_CAUSE_OF = {
    "donnees": ENTREE,
    "annee_precedente": ENTREE,
    "donnees_precedentes": ENTREE,
    "referentiels": ENTREE,
    "edition_precedente": ENTREE,
    "publication_precedente": ENTREE,
    "parametres": PARAMETRE,
    "suites": PARAMETRE,
    "notebooks": PROGRAMME,
    "code": PROGRAMME,
    "environnement": ENVIRONNEMENT,
}


def verify(
    annee: int, where: Places, progress: Progress, edition: int | None = None
) -> Verification:
    """Check, run again and compare the current report of a year, or one of its editions.

    Raises:
        UserError: something that the verification needs is not there, or the manifest has not
            the form of one (exit 2).
    """
    report = where.reports / str(annee)
    if edition is not None:
        report = editions.folder(report, edition)
    said = _manifest(report, annee)
    around, git = provenance.environment(where.root), provenance.git_state(where.root)
    found = Verification(annee, said["edition"], said, around, git)
    with progress.at("Empreintes des fichiers publiés"):
        found.causes += sealed.against(report, said, is_edition=edition is not None)
        if edition is None:
            _note(found, sealed.of_editions(report, said))
    with progress.at("Empreintes des entrées"):
        inputs = _inputs(report, said, where)
        found.causes += _changed_inputs(report, said, inputs)
    # What may differ without any effect: a cause when a file differs, else a reservation.
    spared = [c for c in found.causes if _spare(c)]
    found.causes = [c for c in found.causes if not _spare(c)]
    soft = [*_environment(said, around), *_together(spared)]
    explained = _explained(found)
    program = Path(provenance.__file__).parents[1]
    _note(found, identity.commit(said, git, where.root, program, explained=explained))
    with scratch.folder("verify") as place:
        fresh = _again(found, report, where, progress, place, bool(soft))
        with progress.at("Comparaison"):
            found.chiffres = list(_figures(report, fresh))
            if fresh:
                found.fichiers = list(_files(report, fresh, said))
                found.causes += _records(report, fresh, found.causes)
                again = provenance.read(fresh) or {}
                found.causes += identity.differences(said, again, explained=explained)
    if edition is None:
        _note(found, _front_page(found, where.reports, explained=explained or bool(soft)))
    found.non_verifies += _beyond(report, fresh)
    moved = [f for f in found.fichiers if f.statut != IDENTIQUE]
    tampered = {c.objet for c in found.causes if c.cause == SORTIE}
    (found.causes if moved else found.reserves).extend(soft)
    explained = _explained(found)
    for file in moved:
        if file.nom in tampered or not explained:
            cause = SORTIE if file.nom in tampered else INEXPLIQUE
            found.causes += [Cause(cause, file.nom, *d) for d in file.differences]
    found.causes.sort(key=lambda c: list(CAUSES).index(c.cause))
    return found


def _explained(found: Verification) -> bool:
    """Whether something that went in has changed, which accounts for what came out."""
    return any(c.cause not in {SORTIE, MANIFESTE} for c in found.causes)


def _note(found: Verification, findings: Iterable[Cause | Unchecked]) -> None:
    for one in findings:
        if isinstance(one, Cause):
            found.causes.append(one)
        else:
            found.non_verifies.append(one)


def _beyond(report: Path, fresh: Path | None) -> Iterator[Unchecked]:
    """What no run can give again."""
    yield Unchecked(JOURNAL, "ses heures et ses durées n'ont rien à quoi se comparer")
    if os.path.lexists(report / PDF):
        yield Unchecked(
            PDF,
            "mis en page après la publication, avec les polices d'une machine : le manifeste ne "
            "le scelle pas ; le refaire par --pdf",
        )
    if fresh is None:
        yield Unchecked("fichiers et pages", "le recalcul n'a pas pu aller au bout")


def _front_page(
    found: Verification, reports: Path, *, explained: bool
) -> Iterator[Cause | Unchecked]:
    """reports/index.html against what the published years give: no manifest seals it."""
    from spaser.report import accueil

    path, name = reports / accueil.FILE, f"../{accueil.FILE}"
    if path.is_symlink():
        yield Cause(SORTIE, name, "nature", sealed.LINK, sealed.FILE)
        return
    if not path.is_file():
        return
    if explained or any(c.cause == SORTIE for c in found.causes):
        yield Unchecked(name, "le programme ou les fichiers publiés ne sont plus les mêmes")
        return
    try:
        told = accueil.html(accueil.published(reports))
    except Exception:  # the folder of another year may hold anything
        yield Unchecked(name, "le dossier d'une autre année ne peut pas être lu")
        return
    with scratch.folder("verify") as place:
        again = place / accueil.FILE
        again.write_text(told, encoding="utf-8", newline="\n")
        yield from (Cause(SORTIE, name, *d) for d in differences(path, again))


def _manifest(report: Path, annee: int) -> Mapping[str, Any]:
    if not report.is_dir():
        raise UserError(
            "ce rapport n'existe pas",
            lieu=str(report),
            remede="indiquer le dossier qui contient l'année avec --reports, "
            "ou une autre édition avec --edition",
        )
    found = checked(report)
    if found["annee"] != annee:
        raise UserError(
            "ce dossier est celui d'une autre année",
            lieu=str(report / MANIFEST),
            valeur=found["annee"],
            remede=f"spaser verify {found['annee']}",
        )
    return found


def _inputs(report: Path, manifest: Mapping[str, Any], where: Places) -> provenance.Inputs:
    """The inputs of the machine at hand.

    Raises:
        UserError: data or params that the report was made from are not there.
    """
    annee = manifest["annee"]
    wanted = manifest["entrees"].get("donnees", {})
    missing = [n for n in wanted if not (where.data / n).is_file()]
    if missing:
        raise UserError(
            f"il manque {len(missing)} des {len(wanted)} fichiers de données de cette publication",
            lieu=str(where.data),
            valeur=f"{missing[0]}, sha256 {wanted[missing[0]]['sha256']}",
            remede="demander ces fichiers à l'acheteur (le manifeste en donne la liste et les "
            "empreintes), et indiquer leur dossier avec --data",
        )
    carried = report / CARRIED / "parametres"
    if not (where.params / str(annee) / "params.yml").is_file():
        raise UserError(
            f"les paramètres de {annee} ne sont pas là",
            lieu=str(where.params),
            remede=f"prendre ceux qui voyagent avec le rapport : --params {carried}",
        )
    kinds = ("annee_precedente", "edition_precedente", provenance.REPLACED)
    for kind in kinds:
        for name in manifest["entrees"].get(kind, ()):
            if not sealed.is_ours(report, f"{CARRIED}/{kind}/{name}"):
                raise UserError(
                    "une entrée qui voyage avec le rapport manque",
                    lieu=str(report / CARRIED / kind / name),
                    remede="demander une copie entière du dossier publié",
                )
    kept = {k: report / CARRIED / k for k in kinds}
    years = {name.split("/")[0] for name in manifest["entrees"].get("annee_precedente", ())}
    return provenance.Inputs(
        where.root, where.data, where.params, annee,
        tuple(kept["annee_precedente"] / year for year in sorted(years)),
        kept["edition_precedente"] if "edition_precedente" in manifest["entrees"] else None,
        kept[provenance.REPLACED] if provenance.REPLACED in manifest["entrees"] else None,
    )  # fmt: skip


def _changed_inputs(
    report: Path, manifest: Mapping[str, Any], inputs: provenance.Inputs
) -> Iterator[Cause]:
    """Inputs whose sha256 is not the manifest's; line by line where a copy travels with it."""
    present = inputs.files()
    for kind, stands in inputs.digests().items():
        at, _ = present[kind]
        stated = {n: e["sha256"] for n, e in manifest["entrees"].get(kind, {}).items()}
        for name in sorted({*stated, *stands}):
            was, is_ = stated.get(name, ABSENT), stands.get(name, ABSENT)
            if was == is_:
                continue
            title = f"{KINDS[kind].label} : {name}"
            yield Cause(_CAUSE_OF[kind], title, "sha256", was, is_)
            copy = report / CARRIED / kind / name
            if (
                sealed.is_ours(report, f"{CARRIED}/{kind}/{name}")
                and copy != at / name
                and sha256(copy) == was
            ):
                for d in differences(copy, at / name):
                    yield Cause(_CAUSE_OF[kind], title, *d)


def _spare(cause: Cause) -> bool:
    """Whether an input is one that an auditor need not have: raw data of earlier years."""
    spare = KINDS["donnees_precedentes"].label
    return cause.objet.startswith(f"{spare} : ") and cause.recalcule == ABSENT


def _together(spared: Sequence[Cause]) -> Iterator[Cause]:
    """Files not at hand said in one line: they must not hide the one that changed."""
    if spared:
        title = f"{spared[0].objet} et {counted(len(spared) - 1, 'autre')}"
        yield spared[0]._replace(objet=title if spared[1:] else spared[0].objet)


def _environment(manifest: Mapping[str, Any], around: Mapping[str, Any]) -> Iterator[Cause]:
    """Python, system and packages whose version is not the manifest's."""
    for name, title in (("python", "Python"), ("systeme", "système")):
        if manifest.get(name) != around[name]:
            yield Cause(
                ENVIRONNEMENT, title, "version", str(manifest.get(name, ABSENT)), around[name]
            )
    stated, stands = manifest["paquets"], around["paquets"]
    for name in sorted({*stated, *stands}):
        if stated.get(name) != stands.get(name):
            yield Cause(
                ENVIRONNEMENT, name, "version", stated.get(name, ABSENT), stands.get(name, ABSENT)
            )


def _again(
    found: Verification, report: Path, where: Places, progress: Progress, place: Path, moved: bool
) -> Path | None:
    """Run the year again in a clean folder; None, and the reason in `arret`, when it stops.

    A stop that a changed input or environment explains is a finding; else it is an error.
    """
    annee, manifest, reports = found.annee, found.manifeste, place / "reports"
    places = {"annee_precedente": reports, provenance.REPLACED: reports / str(annee)}
    if previous := manifest["edition_precedente"]:
        places["edition_precedente"] = editions.folder(reports / str(annee), previous)
    for kind, there in places.items():
        for name in manifest["entrees"].get(kind, ()):
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(report / CARRIED / kind / name, there / name)
    try:
        return stages.run(
            annee, where._replace(reports=reports), progress,
            force=True, seal=found.edition is not None,
        )  # fmt: skip
    except GateStopped as stop:
        reason = "le contrôle qualité arrête la production : " + " ; ".join(stop.motifs)
    except UserError as error:
        if not found.causes and not moved:
            raise
        reason = str(error)
    found.arret = reason
    return None


def _files(report: Path, fresh: Path, manifest: Mapping[str, Any]) -> Iterator[File]:
    """Every file, published or only made again, with its differences."""
    names = {*manifest["sorties"], *sealed.files(report), *sealed.files(fresh)}
    for name in sorted(names):
        found = differences(report / name, fresh / name)
        yield File(name, DIFFERENT if found else IDENTIQUE, tuple(found))


def _figures(report: Path, fresh: Path | None) -> Iterator[Figure]:
    """Figure by figure, over every column of indicateurs.csv."""
    old = _rows(report / INDICATEURS.fichier, INDICATEURS.cle)
    new = _rows(fresh / INDICATEURS.fichier, INDICATEURS.cle) if fresh else {}
    for key in [*old, *(k for k in new if k not in old)]:
        was, is_ = old.get(key, {}), new.get(key, {})
        columns = tuple(
            Difference(c, was.get(c, ABSENT), is_.get(c, ABSENT))
            for c in {**was, **is_}
            if was.get(c) != is_.get(c)
        )
        code, entite, base = key
        yield Figure(
            code,
            entite,
            base,
            was.get("valeur", ABSENT),
            is_.get("valeur", ABSENT),
            DIFFERENT if columns else IDENTIQUE,
            columns,
        )


def _records(report: Path, fresh: Path, causes: list[Cause]) -> Iterator[Cause]:
    """In the data files that changed, the records that are no longer counted the same way."""
    changed = {c.objet: c.objet.split(" : ", 1)[1] for c in causes if c.cause == ENTREE}
    old, new = (_rows(at / "marches.csv", ("fichier", "ligne")) for at in (report, fresh))
    for key in [*old, *(k for k in new if k not in old)]:
        was, is_ = old.get(key, {}), new.get(key, {})
        if key[0] not in changed.values() or was == is_:
            continue
        title = f"{KINDS['donnees'].label} : {key[0]}"
        place = f"enregistrement {key[1]}"
        if not (was and is_):
            yield Cause(ENTREE, title, place, was.get("objet", ABSENT), is_.get("objet", ABSENT))
            continue
        for name in was:
            if was[name] != is_.get(name) and name != "marche_uid":
                yield Cause(ENTREE, title, f"{place}, {name}", was[name], is_.get(name, ABSENT))


def _rows(path: Path, key: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, str]]:
    """Rows of a CSV file by some of its columns; what an altered file lacks is empty text."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        return {
            tuple(row.get(k) or "" for k in key): {k: v or "" for k, v in row.items() if k}
            for row in csv.DictReader(stream)
        }
