"""Projects at the edges, published once for all: what most reports never show, each in one of them.

Their fixtures are the folders that tests/test_branches.py renders again.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle as o
import pages
import pytest
from neutral import PROJECT, ROOT, commit
from pages import Done, Made, once, project, spaser, write_json

from spaser.errors import GateStopped
from spaser.pipeline import run
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.publishing import provenance
from spaser.report import accueil
from spaser.verification import certificate, verify

YEAR = """
completude:
  - {source: mandats, depuis: 2024-01-01, jusqu_au: 2024-09-30, motif: logiciel remplacé}
  - {acheteur: metropole, source: decp, depuis: 2024-01-01, jusqu_au: 2024-05-31, motif: reprise}
attendus:
  - {acheteur: ville, nombre: 70, origine: registre du service}
"""
LEDGER = """
corrections:
  - {reperage: {fichier: ville.json, ligne: 4}, champ: considerations_environnementales,
     ancien: "", nouveau: Clause environnementale, motif: relu, auteur: service, date: 2025-04-02}
  - {reperage: {fichier: ville.json, ligne: 5}, champ: montant,
     ancien: "49000.10", ecarter: true, motif: essai, auteur: service, date: 2025-04-02}
  - {table: insertion, reperage: {fichier: insertion.csv, ligne: 2}, champ: heures_realisees_marche,
     ancien: "90", nouveau: "95", motif: attestation, auteur: service, date: 2025-04-02}
"""
ACTIONS = (
    "ambition;action;partenaire;statut\n"
    "SOC2;Rencontrer les structures;FPME VC;en cours\n"
    "SOC2;Réunir le comité;;\n"
)
INSERTION = (
    "acheteur_siret;id_marche;heures_prevues;heures_realisees;heures_realisees_marche;solde\n"
    f"{o.VILLE};2024V000A;100;40;90;oui\n"
    f"{o.VILLE};;200;50;150;oui\n"
)
AGEC = (
    "annee;siret;type_produit_acquis;montant_total;montant_reemploi_et_reutilisation;"
    "montant_produits_issus_don\n"
    f"2024;{o.VILLE};Papier;1000;900;200\n"
)
NEVER_MADE = """
  - code: SOC2-90
    ambition: SOC2
    libelle: Visites d'ateliers
    unite: visites
    sens: observation
    sources: [insertion]
    definition: {numerateur: Visites faites}
    calculs:
      - base: autre
"""


def write_corner(place: Path) -> Path:
    """A project whose year has one of each thing, and lacks what most have."""
    here = project(place / "projet")
    year = here / "params" / "2024" / "params.yml"
    text = re.sub(r"(?ms)^rapprochements:.*?(?=^\S)", "", year.read_text(encoding="utf-8"))
    text = text.replace("date_edition: 2025-06-30", "date_edition: 2027-06-30")
    year.write_text(text + YEAR, encoding="utf-8")
    (year.parent / "corrections.yml").write_text(LEDGER, encoding="utf-8")
    (year.parent / "commentaires").mkdir(exist_ok=True)
    (year.parent / "commentaires" / "SOC2.md").write_text("Un mot.", encoding="utf-8")
    (here / "params" / "hypotheses.yml").unlink()
    scheme = here / "params" / "spaser.yml"
    text = re.sub(r"(?m)^  Relais Emploi: .*\n", "", scheme.read_text(encoding="utf-8"))
    text = text.replace("[ENV1-08, ENV3-01, ENV3-02]\n\n", "[ENV1-05, ENV1-06]\n\n")
    assert "  fin: 2027\n" in text  # whose last year it is
    scheme.write_text(text.replace("  fin: 2027\n", "  fin: 2024\n"), encoding="utf-8")
    for book in (here / "params" / "indicateurs").glob("*.yml"):
        text = re.sub(r"(?m)^    limites: .*\n", "", book.read_text(encoding="utf-8"))
        book.write_text(text + NEVER_MADE * ("social" in book.name), encoding="utf-8")
    common = here / "params" / "communs.yml"
    text = common.read_text(encoding="utf-8")
    common.write_text(re.sub(r"\n    plancher: \d+", "", text, count=1), encoding="utf-8")
    data = place / "data"
    many = [pages.replace(c, id=f"{c.id}{letter}") for letter in "ABC" for c in pages.SMALL_VILLE]
    rows = [o.flat(c) for c in many]
    spoilt = o.flat(pages.replace(many[0], id="2024V900"), montant=None)
    odd = o.flat(pages.replace(many[0], id="2024V901"), considerationssociales="Clause d'insertion")
    nobody = o.flat(pages.replace(many[0], id="2024V902", holders=(), montant=Decimal(99_000)))
    write_json(data / "ville.json", {"records": [*rows, rows[0], spoilt, spoilt, odd, nobody]})
    concession = o.concession("C1", objet=None)
    one = [o.nested(pages.SMALL_METROPOLE[0])]
    write_json(data / "metropole.json", o.regulatory(one, [concession]))
    for name, text in (("actions", ACTIONS), ("insertion", INSERTION), ("agec", AGEC)):
        (data / f"{name}.csv").write_text(text, encoding="utf-8")
    for old in ("2021", "2022"):
        folder = place / "reports" / old
        folder.mkdir(parents=True)
        (folder / "rapport.html").write_text("<!doctype html>", encoding="utf-8")
    damaged = place / "reports" / "2023"
    damaged.mkdir()
    for name in accueil._PUBLISHED:
        (damaged / name).write_text("coupé", encoding="utf-8")
    return here


def change_corner(place: Path, here: Path) -> None:
    """More contracts turn out to be social than a line names; a target is another one."""
    file = place / "data" / "ville.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    plain = [r for r in content["records"] if r["considerationssociales"] == o.PAS_SOCIAL]
    for record in plain[10:16]:
        record["considerationssociales"] = o.CLAUSE
    write_json(file, content)
    aims = here / "params" / "cibles.yml"
    text = aims.read_text(encoding="utf-8")
    assert "  ECO1-06:\n    2024: {valeur: 22," in text
    text = text.replace("  ECO1-06:\n    2024: {valeur: 22,", "  ECO1-06:\n    2024: {valeur: 23,")
    aims.write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The year of `write_corner`, published, then again as `change_corner` changes it."""

    def build(place: Path) -> Done:
        here = write_corner(place)
        words = ("run", "2024", "--data", place / "data", "--reports", place / "reports")
        if (done := spaser(*words, cwd=here)).code:
            return done
        change_corner(place, here)
        return spaser(*words, cwd=here)

    return once(tmp_path_factory, "corner", build)


@pytest.fixture(scope="session")
def alone(lived: tuple[Path, list[tuple[str, Done]]]) -> Made:
    """A scheme of one buyer, as docs/autre-collectivite.md makes it."""
    here, done = lived
    return Made(here, done[-1][1])


@pytest.fixture(scope="session")
def altered(tmp_path_factory: pytest.TempPathFactory, sealed: Made) -> Made:
    """Edition 1 spoilt in many lines, its manifest too, and verified."""

    def build(place: Path) -> Done:
        for name in ("reports", "data"):
            shutil.copytree(sealed.place / name, place / name)
        edition = place / "reports" / "2024" / "editions" / "1"
        for path in [edition, *edition.rglob("*")]:
            path.chmod(0o755)
        (file := edition / "preuves.csv").write_text(
            "".join(file.read_text("utf-8").splitlines(keepends=True)[:-60]), "utf-8"
        )
        rows = pages.rows(edition / "indicateurs.csv")
        known = [r for r in rows if r["valeur"]]
        known[0]["verdict"], known[1]["motif_absence"] = "", "raison inventée"
        with (edition / "indicateurs.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        manifest = json.loads((edition / "manifeste.json").read_text(encoding="utf-8"))
        manifest["git"] = {"commit": "0" * 40, "modifie": True}
        (edition / "manifeste.json").write_text(json.dumps(manifest), encoding="utf-8")
        words = ("verify", "2024", "--edition", "1", "--par", "Éva", "--data", place / "data")
        return spaser(*words, "--reports", place / "reports")

    return once(tmp_path_factory, "altered", build, code=4)


# --- Certificates ---------------------------------------------------------------------------


def checkout(place: Path) -> Path:
    """A project that is a checkout of git, with one commit."""
    root = project(place)
    shutil.copy(ROOT / "requirements.lock", root)
    commit(root)
    return root


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory, demo: Made, small: Made) -> Made:
    """Two certificates made in a checkout: a demonstration given again by other libraries in one
    that is modified, and a year that could not be run again in one that is not.

    The run made again is what was published: what it costs is paid by the tests of `verify`.
    """

    def build(place: Path) -> Done:
        root = checkout(place / "projet")
        for name, made, data in (
            ("arret", small, small.data),
            ("demo", demo, PROJECT / "data" / "raw" / "2024"),
        ):
            shutil.copytree(made.reports / "2024", place / name / "2024")
            given = Path(shutil.copytree(data, place / f"{name}-data"))
            if name == "arret":
                (given / pages.VILLE_FILE).write_text('{"records": []}', encoding="utf-8")
                file = place / name / "2024" / "manifeste.json"
                sealed = json.loads(file.read_text(encoding="utf-8"))
                sealed["git"] = provenance.git_state(root)
                file.write_text(json.dumps(sealed), encoding="utf-8")
            else:
                (root / "notebooks" / "essai.txt").write_text("modifié", encoding="utf-8")
            where = Places(root, given, root / "params", place / name)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(run, "run", _again(made.reports / "2024", stops=name == "arret"))
                if name == "demo":
                    around = provenance.environment(root)
                    other = {**around, "paquets": {**around["paquets"], "duckdb": "0.0.1"}}
                    patch.setattr(provenance, "environment", lambda _, other=other: other)
                verified = verify.verify(2024, where, Progress())
            certificate.save(verified, place / name / "2024-verification")
        return Done(0, "", "")

    return once(tmp_path_factory, "certified", build)


def _again(published: Path, *, stops: bool) -> Any:
    """A run that gives what was published, or that the gate stops."""

    def again(annee: int, where: Places, progress: Progress, **_: Any) -> Path:
        if stops:
            raise GateStopped(["aucun marché retenu"], where.reports)
        fresh = where.reports / str(annee)
        return Path(shutil.copytree(published, fresh, dirs_exist_ok=True))

    return again
