"""Every branch of every template is rendered in a page that is published, or says why not yet."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import branches
import oracle as o
import pages
import pytest
from branches import control_again, every_branch, index_again, made_again, marked, without_drawings
from pages import Done, Made, once, project, spaser, write_json
from test_changements import story
from test_comparaisons import nationwide
from test_complements import floored
from test_completeness import cut
from test_editions import sealed
from test_first_day import lived
from test_lineage import corrected
from test_many import many

from spaser.opendata.columns import FILES
from spaser.pipeline.stages import EXPECTED
from spaser.report import accueil
from spaser.verification import certificate

pytest_plugins = ("pages",)

__all__ = [
    "corrected",
    "cut",
    "floored",
    "lived",
    "many",
    "nationwide",
    "sealed",
    "story",
]  # fixtures

# Fixture of a folder of reports, and the years of it that are made again.
PUBLISHED = {
    "demo": ("2024", "2025"),
    "ville": ("2024", "2025"),
    "small": ("2024",),
    "strangers": ("2024",),
    "hostile": ("2025",),
    "cut": ("2024", "2025"),
    "floored": ("2024",),
    "sealed": ("2024",),
    "corrected": ("2024",),
    "corner": ("2024",),
    "nationwide": ("2024",),
    "story": ("2024",),
    "alone": ("2024",),
    "many": ("2024", "2025"),
}
CERTIFIED = ("nationwide", "story", "alone")  # those of which a year was verified

# The page of many projects has its own tests.
ELSEWHERE = ("projets.html.j2: ",)
RARE = {  # what would render it -> branches that no folder of the table renders
    "buyers with one like them, with no known value, without anybody to be compared with": """
        macros.html.j2: unless not seul
        macros.html.j2: if p.peu""",
    "an edition made after a publication that the law asks for, or before an action is due": """
        rapport_perspectives.html.j2: if x.passee
        synthese.html.j2: if plan.actions""",
    "more than two buyers": """
        ambition_graphiques.html.j2: if forme eq '^'""",
    "a list longer than its page shows (200 lines, 500 sources, or one line too many)": """
        preuves.html.j2: if autres
        preuves.html.j2: if s.rang
        preuves.html.j2: unless m.source.rang in listes""",
    "exactly one, where the word has no s": """
        qualite_quarantaine.html.j2: unless total gt 1""",
    "a target that no renewal can help, one of many buyers without a figure": """
        renouveler.html.j2: unless x.marches
        macros.html.j2: unless or c.brut c.couverture
        macros.html.j2: if c.motif again""",
    "a row of a register that is corrected, or has no line, key or amount": """
        preuves.html.j2: for l.corrections
        preuves.html.j2: for none of s.lignes
        qualite_doublons.html.j2: unless l.montant
        qualite_jointures.html.j2: or '(vide)'""",
    "a file that cannot be read, or a source whose silence is to be looked into": """
        qualite_fichiers.html.j2: if f.erreur""",
    "a scheme of other targets, references or texts than ours": """
        calculs_ambition.html.j2: unless k.formules
        ambition_graphiques.html.j2: unless p.item.limites
        rapport_bloc.html.j2: unless bloc.lecture
        rapport_essentiel.html.j2: unless s.calcul.base eq 'valeur'
        rapport_perimetres.html.j2: or 'non dit'
        rapport_perimetres.html.j2: unless r.plancher
        rapport_socle.html.j2: unless references
        rapport_socle.html.j2: unless and lignes e.nombreux""",
    "a year after the end of a plan, or the last of a scheme": """
        synthese.html.j2: if 'Plan terminé (t)' in natures
        ambition_graphiques.html.j2: unless y in d.valeurs
        ambition_graphiques.html.j2: unless annee lt periode.fin
        ambition_graphiques.html.j2: unless annee lt periode.fin again""",
    "a year in which nothing is missing": """
        rapport_essentiel.html.j2: unless manque
        rapport_manques.html.j2: unless groupes""",
    "ends of contracts, provisional schemes: to be looked for in the table of editions": """
        comite.html.j2: unless e.scheme.ambitions|length gt 1
        rapport_ambition.html.j2: unless article_35
        rapport_perspectives.html.j2: unless article_35""",
    "figures of a shape that these years do not have": """
        macros.html.j2: unless r.sans again
        macros.html.j2: or '–' again
        ambition_graphiques.html.j2: for p.notes
        rapport_bloc.html.j2: unless carte.absents
        ambition_graphiques.html.j2: if not loop.last
        rapport_essentiel.html.j2: if t.plafond
        rapport_essentiel.html.j2: unless l.ref.detail
        rapport_perimetres.html.j2: unless r.parts
        rapport_qualite.html.j2: or '–'
        rapport_qualite.html.j2: unless r.ecart_explique""",
    "a scheme of one buyer": """
        rapport_couverture.html.j2: unless e.scheme.conjoint""",
    "what a run changes, reviewed or not: tests/test_changements.py": """
        changements.html.j2: for none of l.marches
        changements.html.j2: if l.autres
        changements.html.j2: unless entrees""",
    "a synthesis, a card or a sheet of a year unlike these": """
        accueil.html.j2: unless c.synthese
        comite.html.j2: unless f.question
        preuves.html.j2: unless m.source.contrat.montant
        preuves.html.j2: unless m.source.contrat.montant again
        preuves.html.j2: unless m.titulaires
        preuves.html.j2: unless m.titulaires again
        synthese.html.j2: unless manque""",
    "a verification that differs, of a sealed edition, from a checkout: tests/test_verify.py": """
        certificat.html.j2: for item c.reserves slice montre
        certificat.html.j2: if c.demonstration
        certificat.html.j2: if c.reserves
        certificat.html.j2: if c.verification.commit
        certificat.html.j2: if c.verification.modifie
        certificat.html.j2: unless c.fichiers
        certificat.html.j2: unless c.publication.modifie
        certificat.html.j2: unless c.verification.modifie""",
}

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
"""
ACTIONS = (
    "ambition;action;partenaire;statut\n"
    "SOC2;Rencontrer les structures;CPME 21;en cours\n"
    "SOC2;Réunir le comité;;\n"
)


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
    text = re.sub(r"(?m)^  CREATIV 21: .*\n", "", scheme.read_text(encoding="utf-8"))
    assert "  fin: 2027\n" in text  # whose last year it is
    scheme.write_text(text.replace("  fin: 2027\n", "  fin: 2024\n"), encoding="utf-8")
    for book in (here / "params" / "indicateurs").glob("*.yml"):
        text = re.sub(r"(?m)^    limites: .*\n", "", book.read_text(encoding="utf-8"))
        book.write_text(text, encoding="utf-8")
    data = place / "data"
    many = [pages.replace(c, id=f"{c.id}{letter}") for letter in "ABC" for c in pages.SMALL_VILLE]
    rows = [o.flat(c) for c in many]
    spoilt = o.flat(pages.replace(many[0], id="2024V900"), montant=None)
    odd = o.flat(pages.replace(many[0], id="2024V901"), considerationssociales="Clause d'insertion")
    write_json(data / "ville.json", {"records": [*rows, rows[0], spoilt, odd]})
    concession = o.concession("C1", objet=None)
    one = [o.nested(pages.SMALL_METROPOLE[0])]
    write_json(data / "metropole.json", o.regulatory(one, [concession]))
    (data / "actions.csv").write_text(ACTIONS, encoding="utf-8")
    for old in ("2021", "2022"):
        folder = place / "reports" / old
        folder.mkdir(parents=True)
        (folder / "rapport.html").write_text("<!doctype html>", encoding="utf-8")
    damaged = place / "reports" / "2023"
    damaged.mkdir()
    for name in accueil._PUBLISHED:
        (damaged / name).write_text("coupé", encoding="utf-8")
    return here


@pytest.fixture(scope="session")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The year of `write_corner`, published."""

    def build(place: Path) -> Done:
        here = write_corner(place)
        words = ("run", "2024", "--data", place / "data", "--reports", place / "reports")
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


def render_everything(request: pytest.FixtureRequest, scratch: Path) -> None:
    """Each page of the table made again, and held to the one published."""
    for name, years in PUBLISHED.items():
        made: Made = request.getfixturevalue(name)
        for year in years:
            folder = made.reports / year
            for file, text in made_again(folder).items():
                published = (folder / file).read_text(encoding="utf-8")
                assert without_drawings(text) == without_drawings(published), (name, year, file)
        for page in made.reports.glob("*-verification/certificat.html"):
            certificat = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
            assert certificate.html(certificat) == page.read_text(encoding="utf-8"), name
        assert (name in CERTIFIED) == any(made.reports.glob("*-verification")), name
        index = made.reports / "index.html"
        assert index_again(made.reports) == index.read_text(encoding="utf-8"), name
    spoilt: Made = request.getfixturevalue("altered")
    (page,) = spoilt.reports.rglob("certificat.html")
    certificat = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert certificate.html(certificat) == page.read_text(encoding="utf-8")
    stopped = request.getfixturevalue("stopped").reports
    for file, text in control_again(stopped / "2024-controle", stopped / "2024", scratch).items():
        published = (stopped / "2024-controle" / file).read_text(encoding="utf-8")
        assert without_drawings(text) == without_drawings(published)


def test_every_branch_of_every_template_is_published(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with marked():
        render_everything(request, tmp_path)
    whole = [b for b in every_branch() if not b.startswith(ELSEWHERE)]
    assert len(whole) > 650
    assert branches.taken <= set(whole)
    rare = {line.strip() for lines in RARE.values() for line in lines.strip().split("\n")}
    assert rare <= set(whole)
    assert {b for b in whole if b not in branches.taken} - rare == set()


# --- Files and columns ------------------------------------------------------------------------

OTHERS = {  # what a report has beside the declared tables
    *(n for n in EXPECTED if not n.endswith(".csv")),
    "manifeste.json", "journal.json", "ro-crate-metadata.json", "comparaisons.html",
}  # fmt: skip
FOLDERS = {"donnees", "entrees", "notebooks", "schemas", "declarations", "editions", "graphiques"}
NEVER_FILLED = {  # columns that no folder of the table fills, and why
    "declarations.csv": "a declaration that lacks a value: tests/test_declarations.py"
}


def test_every_file_is_declared_and_every_column_is_filled(request: pytest.FixtureRequest) -> None:
    filled: dict[str, set[str]] = {name: set() for name in FILES}
    for name, years in PUBLISHED.items():
        made: Made = request.getfixturevalue(name)
        for year in years:
            folder = made.reports / year
            written = {p.name for p in folder.iterdir() if p.is_file()}
            assert written <= {*FILES, *OTHERS}, (name, year)
            assert set(FILES) <= written, (name, year)
            assert {p.name for p in folder.iterdir() if p.is_dir()} <= FOLDERS
            for file in FILES:
                for row in pages.rows(folder / file):
                    filled[file] |= {column for column, text in row.items() if text}
    empty = {
        file: missing
        for file, table in FILES.items()
        if (missing := [name for name in table.noms if name not in filled[file]])
    }
    assert set(empty) <= set(NEVER_FILLED), empty
