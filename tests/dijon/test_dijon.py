"""The project that this repository ships: Dijon's, as it was adopted, committed and documented.

Tests of the program know nothing of it (`neutral.py`).  Once params/ are another authority's, these
are skipped, and say so: tests/projet/ holds what is true of any.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pages
import pytest
from neutral import ROOT

from spaser import demo
from spaser.commands import notebooks as writing
from spaser.figures import catalogue as catalogues
from spaser.pipeline import notebooks
from spaser.report import cards
from spaser.settings import params as parameters
from spaser.settings import telechargements
from spaser.settings.params import Params
from spaser.sources import decp_mapped

PARAMS = ROOT / "params"
SIRENS = {"242100410": "metropole", "212102313": "ville"}

# The deliberation of 26 September 2024, word for word.
AXES = {
    "Axe économique": (
        "Rapprocher la commande publique de son tissu économique",
        "Dynamiser le territoire par le levier de la commande publique",
    ),
    "Axe social": (
        "La convergence des compétences de l'achat public vers un socle méthodologique commun",
        "Faire de la commande publique un vecteur de soutien aux publics éloignés de l'emploi et "
        "de lutte contre les discriminations",
        "Ergonomie, pénibilité, santé des agents et des usagers",
    ),
    "Axe environnemental": (
        "Promouvoir une gestion sobre et durable des ressources et développer l'économie "
        "circulaire",
        "Réduire les consommations et décarbonner",
        "Lutter contre l'effondrement de la biodiversité",
        "Réduire les déchets – Valoriser la fin de vie des achats publics",
    ),
}
COMMITTEE = (
    "CREATIV 21",
    "Pôle économie solidaire",
    "Pôle Insertion par l'activité économique",
    "Chambre régionale de l'économie sociale et solidaire (CRESS)",
    "Confédération des petites et moyennes entreprises Côte d'Or (CPME 21)",
    "Mouvement des entreprises de France Côte d'Or (MEDEF 21)",
    "Chambre de Commerce et d'Industrie 21",
    "Chambre Régionale des Métiers et de l'Artisanat Bourgogne Franche Comté Côte d'Or",
    "Chambre de l'Agriculture de Côte d'Or",
)


@pytest.fixture(scope="module")
def params() -> Params:
    """The parameters of 2024, as committed, while they are Dijon's."""
    sirens = parameters.read_scheme(PARAMS).sirens
    if sirens != SIRENS:
        pytest.skip(f"params/ is the project of other buyers than Dijon's: {', '.join(sirens)}")
    return parameters.load(PARAMS, 2024)


# --- The scheme that was adopted -------------------------------------------------------------


def test_the_scheme_that_was_adopted(params: Params) -> None:
    scheme = params.scheme
    assert scheme.deliberation.date == dt.date(2024, 9, 26)
    assert (scheme.periode.debut, scheme.periode.fin) == (2024, 2027)
    assert list(scheme.entites) == ["metropole", "ville", "ensemble"]
    assert scheme.entites["ville"] == "Ville de Dijon"
    assert {x.titre: tuple(a.titre for a in x.ambitions) for x in scheme.axes} == AXES
    assert scheme.comite == COMMITTEE


def test_these_are_the_words_that_were_voted(params: Params, real: Callable[[str], Path]) -> None:
    text = real("deliberation.md").read_text(encoding="utf-8")
    axes = re.findall(r"^\*\*Axe (\d) : (.+)\*\*$", text, re.MULTILINE)
    ambitions = re.findall(r"^- Ambition (\d) : (.+)$", text, re.MULTILINE)
    partners = re.search(r"^\*\*Comité de suivi\*\* : (.+)\.$", text, re.MULTILINE)
    scheme = params.scheme
    assert [(str(a.numero), a.titre) for a in scheme.axes] == axes
    assert [(str(a.numero), a.titre) for _, a in scheme.ambitions.values()] == ambitions
    assert partners
    assert list(scheme.comite) == [p.strip() for p in partners[1].split(" ; ")]


def test_every_indicator_of_the_reference_list(params: Params, real: Callable[[str], Path]) -> None:
    with real("indicateurs_spaser.csv").open(encoding="utf-8-sig", newline="") as stream:
        listed = {r["code"]: r for r in csv.DictReader(stream)}
    held = {i.code: i for i in catalogues.load(params).indicateurs}
    sub_series = set(held) - set(listed)
    assert set(held) - sub_series == set(listed)
    assert sub_series == {"SOC2-11-D"}
    for code, row in listed.items():
        item = held[code]
        # An indicator given on both bases says so by its rows, not in its label.
        assert item.libelle == row["libelle"].removesuffix(", en valeur et en nombre"), code
        assert (item.unite, item.sens) == (row["unite"], row["sens"]), code
        assert item.noyau == (row["noyau"] == "oui"), code
        assert item.taux_reel == (row["taux_reel_L2111_3"] == "oui"), code
        targets = {y: row[f"cible_{y}"] for y in (2024, 2025, 2026, 2027)}
        assert {y: f"{c.valeur.normalize():f} {c.statut}" for y, c in item.cibles.items()} == {
            y: _written(text) for y, text in targets.items() if text != "O"
        }, code


def _written(target: str) -> str:
    number, status = target.split()
    return f"{Decimal(number.replace(',', '.')).normalize():f} {status}"


def test_no_law_is_cited_from_memory(params: Params) -> None:
    """A report prints these texts: an elected member reads a source, or that there is none."""
    doubt = re.compile("de mémoire|à vérifier", re.IGNORECASE)
    files = [*params.folder.rglob("*.yml")]
    assert files
    assert [p.name for p in files if doubt.search(p.read_text("utf-8"))] == []


# --- What is committed -----------------------------------------------------------------------


@pytest.mark.parametrize("annee", demo.ANNEES)
def test_the_demonstration_is_what_the_generator_writes(
    params: Params, annee: int, tmp_path: Path
) -> None:
    written = demo.write(tmp_path, annee, params.scheme)
    committed = ROOT / "data" / "raw" / str(annee)
    assert sorted(p.name for p in written) == sorted(p.name for p in committed.iterdir())
    for path in written:
        assert path.read_bytes() == (committed / path.name).read_bytes(), f"make demo: {path.name}"
        assert path.stat().st_size < 700_000


@pytest.mark.parametrize("name", [*notebooks.NAMES, "exploration"])
def test_the_notebooks_are_those_of_the_scheme_without_result(
    params: Params, tmp_path: Path, name: str
) -> None:
    committed = ROOT / "notebooks" / f"{name}.ipynb"
    writing.write(params.scheme, tmp_path)
    assert (tmp_path / committed.name).read_bytes() == committed.read_bytes(), "spaser notebooks"
    code = [c for c in pages.cells(committed)["cells"] if c["cell_type"] == "code"]
    assert [c for c in code if c["outputs"] or c["execution_count"]] == []
    assert len([c for c in code if "parameters" in c["metadata"].get("tags", ())]) == 1


def test_the_pages_of_the_indicators_are_those_of_the_catalogue(params: Params) -> None:
    folder = ROOT / cards.FOLDER
    committed = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.md")}
    assert committed == cards.pages(catalogues.load(params, toutes=True), params), "make docs"


def test_the_sources_to_download_ask_for_each_buyer_and_hold_no_place_unfilled(
    params: Params,
) -> None:
    declared = telechargements.load(PARAMS)
    targets = [t for source in declared for t in telechargements.targets(source, params)]
    assert len({t.fichier for t in targets}) == len(targets)
    assert all("{" not in t.url + t.fichier and t.url.startswith("https://") for t in targets)
    for siren in SIRENS:
        assert any(siren in t.url and siren in t.fichier for t in targets)


def test_the_example_of_a_mapping_is_a_mapping(params: Params, tmp_path: Path) -> None:
    lines = (PARAMS / "colonnes.yml").read_text("utf-8").splitlines()
    example = lines[lines.index("# exports:") : -1]
    (tmp_path / "colonnes.yml").write_text("\n".join(x[2:] for x in example), encoding="utf-8")
    export, register = decp_mapped.load(tmp_path)
    assert export.valeurs["acheteur_id"] == "00010007300014"
    assert len(export.titulaires) == 2
    assert export.colonnes["duree_mois"] == (("Durée ferme",), ("Durée",))
    assert (register.table, register.source) == ("insertion", "insertion")
    assert decp_mapped.load(PARAMS) == ()
