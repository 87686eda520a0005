"""The inputs and the environment of the machine at hand, against those that a manifest names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spaser.errors import UserError
from spaser.pipeline.places import Places
from spaser.plaintext import counted
from spaser.publishing.provenance import CARRIED, KINDS, REPLACED, Inputs
from spaser.sources.folder import sha256
from spaser.verification import sealed
from spaser.verification.certificate import ENTREE, ENVIRONNEMENT, PARAMETRE, PROGRAMME, Cause
from spaser.verification.comparison import ABSENT, differences

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


def of_machine(report: Path, manifest: Mapping[str, Any], where: Places) -> Inputs:
    """The inputs of the machine at hand, as those that the manifest names.

    Args:
        report: the published folder.
        manifest: its manifest.
        where: the folders of the machine.

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
    kinds = ("annee_precedente", "edition_precedente", REPLACED)
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
    return Inputs(
        where.root, where.data, where.params, annee,
        tuple(kept["annee_precedente"] / year for year in sorted(years)),
        kept["edition_precedente"] if "edition_precedente" in manifest["entrees"] else None,
        kept[REPLACED] if REPLACED in manifest["entrees"] else None,
    )  # fmt: skip


def changed(report: Path, manifest: Mapping[str, Any], inputs: Inputs) -> Iterator[Cause]:
    """Inputs whose sha256 is not the manifest's; line by line where a copy travels with it.

    Args:
        report: the published folder.
        manifest: its manifest.
        inputs: the inputs of the machine at hand.
    """
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


def may_lack(cause: Cause) -> bool:
    """Whether an input is one that an auditor need not have: raw data of earlier years."""
    spare = KINDS["donnees_precedentes"].label
    return cause.objet.startswith(f"{spare} : ") and cause.recalcule == ABSENT


def together(spared: Sequence[Cause]) -> Iterator[Cause]:
    """Files not at hand said in one line: they must not hide the one that changed."""
    if spared:
        title = f"{spared[0].objet} et {counted(len(spared) - 1, 'autre')}"
        yield spared[0]._replace(objet=title if spared[1:] else spared[0].objet)


def environment(manifest: Mapping[str, Any], around: Mapping[str, Any]) -> Iterator[Cause]:
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
