"""What analysts really drop in the folder, and the one sentence that each fault gets.

Three tables: whole files, single cells, ledgers.  Faults of the params have theirs in
test_params.py and test_catalogue.py.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from oracle import Contract, flat, nested, regulatory
from written import flat_rows, parquet, text, workbook, xml

from spaser import sources
from spaser.contracts import corrections
from spaser.errors import UserError
from spaser.quality import Gate
from spaser.settings import params as parameters
from spaser.sources import containers
from spaser.sources.lecture import Lecture

ONE = Contract("2024V01", techniques=("Sans objet",))
TWO = replace(ONE, id="2024V02", objet="Voirie du centre")
ROWS = flat_rows([ONE, TWO])
JSON = json.dumps({"records": ROWS}, default=float)
NESTED = json.dumps(regulatory([nested(ONE)]), default=float)
CSV, XLSX, XML, PARQUET = text(ROWS), workbook(ROWS), xml([ONE, TWO]), parquet(ROWS)


# --- Whole files ---------------------------------------------------------------------------

FILES: list[tuple[str, Any, str]] = [
    ("empty", b"", "le fichier est vide"),
    ("blank", b" \r\n\t ", "le fichier est vide"),
    ("JSON cut in a text", JSON[:90], "pas du JSON valide, ou le fichier est tronqué"),
    ("JSON cut after a record", JSON[: JSON.index("}") + 1], "le fichier est tronqué"),
    ("JSON without its last brace", JSON[:-1], "le fichier est tronqué"),
    ("JSON with a trailing comma", JSON[:-2] + ",]}", "pas du JSON valide"),
    ("JSON with single quotes", "{'records': []}", "pas du JSON valide"),
    ("two JSON texts", JSON + JSON, "se suivent sans être une liste"),
    ("nested JSON cut", NESTED[:-40], "le fichier est tronqué"),
    ("JSON of another kind", '{"type": "FeatureCollection"}', "JSON sans liste de marchés"),
    ("JSON of a refusal", '{"code": 10005}', "JSON sans liste de marchés"),
    ("JSON object of records", '{"records": {}}', "JSON sans liste de marchés"),
    ("no record", '{"records": []}', "le fichier ne contient aucun enregistrement"),
    ("no contract", regulatory(), "le fichier ne contient aucun enregistrement"),
    ("XML cut", XML[:-20], "pas du XML valide, ou le fichier est tronqué"),
    ("XML with a stray ampersand", XML.replace(b"Voirie", b"R & D"), "pas du XML valide"),
    ("XML of another kind", "<rss><channel/></rss>", "racine « rss » au lieu de « marches »"),
    ("XML with a document type", b"<!DOCTYPE marches><marches/>", "DOCTYPE"),
    ("a page of the portal", "<html><body>Erreur 503</body></html>", "page HTML"),
    ("XML without contract", "<marches></marches>", "aucun enregistrement"),
    ("a table of nothing known", "date;montant\n2024-01-01;12\n", "« date », « montant »"),
    ("a lone word", "bonjour", "« bonjour »"),
    ("CSV without a row", CSV.splitlines()[0], "aucun enregistrement"),
    ("CSV with a cell too many", CSV + b'"x"' + b";x" * 80, "le séparateur"),
    ("CSV with a quote never closed", CSV + b'"' + b"a\n" * 300, "jamais fermé"),
    ("SIRET in powers of ten", text([flat(ONE, titulaire_id_1="2,1E+13")]), "« 2,1E+13 »"),
    ("buyer in powers of ten", text([flat(ONE, acheteur_id="2,1E+13")]), "cellule B2"),
    ("workbook SIRET rounded", workbook([flat(ONE, acheteur_id=21210200000000)]), "cellule B2"),
    ("a SIRET that JSON rounded", [flat(ONE, acheteur_id="2.1E+13")], "champ acheteur_id"),
    ("workbook cut", XLSX[:200], "le classeur est abîmé ou protégé"),
    ("not a workbook", b"PK\x03\x04" + b"x" * 50, "le classeur est abîmé ou protégé"),
    ("Parquet cut", PARQUET[:200], "est abîmé ou tronqué"),
    ("compressed", b"\x1f\x8b\x08\x00" + b"x" * 50, "remède : le décompresser"),
]  # fmt: skip


@pytest.mark.parametrize("beyond", [-1, 0, 1, containers.BLOCK])
def test_a_fault_is_said_the_same_wherever_the_file_is_cut_to_be_read(
    read: Callable[..., Lecture], beyond: int
) -> None:
    first = JSON[:-1] + ', "note": "' + "y" * (containers.BLOCK + beyond - len(JSON) - 12) + '"}'
    assert len(first) == containers.BLOCK + beyond
    [fichier] = read({"a.json": f"{first}\n{JSON}"}).fichiers
    assert "se suivent sans être une liste" in fichier.erreur
    assert 'yyy"} {"records"' in fichier.erreur


@pytest.mark.parametrize("name, content, message", FILES, ids=[f[0] for f in FILES])
def test_a_file_that_cannot_be_read_says_why(
    read: Callable[..., Lecture], name: str, content: Any, message: str
) -> None:
    lecture = read({"a.json": [flat(TWO)], "b": content})
    good, bad = lecture.fichiers
    assert message in bad.erreur
    assert "\n" not in bad.erreur
    assert "error" not in bad.erreur, "a library's own words"
    assert (good.erreur, good.lignes, bad.lignes) == ("", 1, 0)
    assert len(lecture.lignes) == 1, "nothing of a file that could not be read whole"


def test_every_file_that_cannot_be_read_stops_the_run_by_name(gate: Callable[..., Gate]) -> None:
    gated = gate({f"{n:02d}": content for n, (_, content, _) in enumerate(FILES)})
    assert gated.arrete
    assert gated.marches == []
    for n, (name, _, message) in enumerate(FILES):
        assert any(m.startswith(f"{n:02d} : ") and message in m for m in gated.motifs), name


# --- Cells ---------------------------------------------------------------------------------


class Cell(NamedTuple):
    """A column of a flat row, what stands in it, the rule that sees it, and what it says."""

    column: str
    value: Any
    rule: str
    title: str


CELLS = [
    Cell("acheteur_id", None, "MAR-C01", "acheteur absent"),
    Cell("acheteur_id", "Mairie", "MAR-C02", "acheteur illisible"),
    Cell("acheteur_id", "2121", "MAR-C02", "acheteur illisible"),
    Cell("acheteur_id", ["21210231300013"], "MAR-C02", "acheteur illisible"),
    Cell("acheteur_id", {"id": "21210231300013"}, "MAR-C02", "acheteur illisible"),
    Cell("acheteur_id", "21210231300012", "MAR-A01", "clé fausse"),
    Cell("montant", "", "MAR-C03", "montant absent"),
    Cell("montant", "CDL", "MAR-C03", "montant absent"),
    Cell("montant", "12 000 € environ", "MAR-C04", "illisible ou ambigu"),
    Cell("montant", "1.234", "MAR-C04", "illisible ou ambigu"),
    Cell("montant", "1,234.5.6", "MAR-C04", "illisible ou ambigu"),
    Cell("montant", True, "MAR-C04", "illisible ou ambigu"),
    Cell("montant", {"valeur": 3}, "MAR-C04", "illisible ou ambigu"),
    Cell("montant", "12e5x", "MAR-C04", "illisible ou ambigu"),
    Cell("montant", "-1 000,00", "MAR-C05", "moins de 1 €"),
    Cell("montant", 0, "MAR-C05", "moins de 1 €"),
    Cell("montant", "4000000000", "MAR-C05", "plus de 3 milliards"),
    Cell("datenotification", None, "MAR-C06", "date de notification absente"),
    Cell("datenotification", "MQ", "MAR-C06", "date de notification absente"),
    Cell("datenotification", "31/02/2024", "MAR-C07", "ce n'est pas une date"),
    Cell("datenotification", "2024-13-01", "MAR-C07", "ce n'est pas une date"),
    Cell("datenotification", "mai 2024", "MAR-C07", "ce n'est pas une date"),
    Cell("datenotification", 99000, "MAR-C07", "ce n'est pas une date"),
    Cell("datenotification", "0204-05-06", "MAR-C08", "hors de toute année vraisemblable"),
    Cell("datenotification", "2924-05-06", "MAR-C08", "hors de toute année vraisemblable"),
    Cell("datepublicationdonnees", "2024-05-01", "MAR-A02", "antérieure à la notification"),
    Cell("datepublicationdonnees", "2025-05-01", "MAR-A03", "plus de deux mois"),
    Cell("datepublicationdonnees", "bientôt", "MAR-A14", "illisible ou hors liste"),
    Cell("datepublicationdonnees", "", "MAR-I12", "date de publication des données absente"),
    Cell("considerationssociales", "Clause sociale, Pas de considération sociale", "MAR-A07",
         "avec une autre valeur"),
    Cell("considerationssociales", "Clause verte", "MAR-A14", "hors liste"),
    Cell("considerationssociales", "", "MAR-A05", "non renseignées"),
    Cell("considerationsenvironnementales", 3, "MAR-A14", "hors liste"),
    Cell("codecpv", "452", "MAR-A11", "mal formé"),
    Cell("codecpv", "11111111-1", "MAR-A20", "inconnu de la nomenclature"),
    Cell("codecpv", None, "MAR-A10", "code CPV absent"),
    Cell("id", None, "MAR-A21", "identifiant absent"),
    Cell("id", "marché n° 2024/001", "MAR-A22", "identifiant mal formé"),
    Cell("id", "2024-01-000000000", "MAR-A22", "plus de seize caractères"),
    Cell("objet", "x", "MAR-A23", "moins de cinq caractères"),
    Cell("objet", "R\ufffdfection du toit", "MAR-A13", "caractères perdus"),
    Cell("dureemois", "deux ans", "MAR-A14", "illisible"),
    Cell("dureemois", -3, "MAR-A14", "illisible"),
    Cell("dureemois", 730, "MAR-A17", "durée hors de"),
    Cell("offresrecues", "1,5", "MAR-A14", "illisible"),
    Cell("offresrecues", 0, "MAR-A19", "aucune offre reçue"),
    Cell("marcheinnovant", "peut-être", "MAR-A14", "illisible"),
    Cell("tauxavance", "0.05", "MAR-A18", "se contredisent"),
    Cell("titulaire_id_1", "49047296600013", "TIT-A02", "clé fausse"),
    Cell("titulaire_id_1", "", "TIT-A01", "titulaire sans numéro"),
    Cell("titulaire_typeidentifiant_1", "SIREN", "TIT-A03", "type d'identifiant"),
    Cell("lieuexecution_code", "21033", "MAR-A16", "code CEDEX"),
]  # fmt: skip


@pytest.fixture(scope="module")
def judged(gate: Callable[..., Gate]) -> Gate:
    """One pass over a file that has each faulty cell in a row of its own."""
    return gate({"faute.json": [flat(replace(ONE, id=f"R{n}"), **_spoilt(n))
                                for n in range(len(CELLS))]})  # fmt: skip


def _spoilt(n: int) -> dict[str, Any]:
    cell = CELLS[n]
    return {"objet": f"Lot numéro {n} de la voirie"} | {cell.column: cell.value}


@pytest.mark.parametrize(
    "n", range(len(CELLS)), ids=[f"{c.column}={str(c.value)[:20]}" for c in CELLS]
)
def test_a_faulty_cell_is_named_with_its_remedy(judged: Gate, n: int) -> None:
    cell, cle = CELLS[n], f"faute.json#marches#{n + 1}"
    [rule] = [r for r in judged.regles if r.id == cell.rule]
    assert cle in rule.cles
    assert cell.title in rule.titre
    assert rule.remede
    reasons = [r for r in judged.quarantaine if r.ligne.cle == cle]
    assert ("-C" in cell.rule) == bool(reasons)
    for reason in reasons:
        assert (reason.ligne.fichier, reason.ligne.rang, reason.regle.id) == (
            "faute.json", n + 1, cell.rule,
        )  # fmt: skip


def test_every_faulty_row_is_accounted_for(judged: Gate) -> None:
    [bilan] = judged.bilans
    assert bilan.lues.lignes == len(CELLS)
    assert bilan.retenues.lignes + bilan.quarantaine.lignes == len(CELLS)


# --- Ledgers -------------------------------------------------------------------------------

RIGHT = {
    "reperage": {"id": "2024V01"}, "champ": "montant", "ancien": "50000", "nouveau": "500000",
    "motif": "zéro oublié", "auteur": "Service achats", "date": "2025-05-02",
}  # fmt: skip
LEDGERS: list[tuple[str, Any, str, str]] = [
    ("matches nothing", RIGHT | {"reperage": {"id": "absent"}}, "ne vise aucun", "id = absent"),
    ("matches two", RIGHT | {"reperage": {"nature": "Marché"}}, "vise plus d'un", "préciser"),
    ("row that is not there", RIGHT | {"reperage": {"fichier": "a.json", "ligne": 9}},
     "ne vise aucun", "ligne = 9"),
    ("file that is not there", RIGHT | {"reperage": {"fichier": "z.json", "ligne": 1}},
     "ne vise aucun", "fichier = z.json"),
    ("guard no longer holds", RIGHT | {"ancien": "49000"}, "n'est plus celle", "« 50000"),
    ("value that is none", RIGHT | {"nouveau": "beaucoup"}, "pas lisible", "fichier de données"),
    ("date that is none", RIGHT | {"date": "2025-13-02"}, "une date est attendue", "AAAA-MM-JJ"),
    ("no reason", {k: v for k, v in RIGHT.items() if k != "motif"}, "« motif » manque", "ajouter"),
    ("no author", RIGHT | {"auteur": " "}, "le texte est vide", "écrire"),
    ("unknown field", RIGHT | {"champ": "prix"}, "« prix » n'existe pas", "corriger"),
    ("unknown mark", RIGHT | {"reperage": {"numero": "1"}}, "« numero » n'existe pas", "corriger"),
    ("no mark", RIGHT | {"reperage": {}}, "pas assez", "au moins 1"),
    ("misspelt key", RIGHT | {"auter": "x"}, "clé inconnue", "écrire « auteur »"),
    ("neither value nor decision", {k: v for k, v in RIGHT.items() if k != "nouveau"},
     "pas les deux", "corriger"),
    ("unknown table", RIGHT | {"table": "marche"}, "la table « marche »", "fiches"),
    ("not an entry", "écarter le marché 2024V01", "un bloc de clés", "clé: valeur"),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, entry, fault, remedy", LEDGERS, ids=[ledger[0] for ledger in LEDGERS]
)
def test_a_ledger_at_fault_names_its_entry(
    root: Path, tmp_path: Path, name: str, entry: Any, fault: str, remedy: str
) -> None:
    folder = Path(shutil.copytree(root / "params", tmp_path / "params"))
    file = folder / "2024" / "corrections.yml"
    file.write_text(yaml.safe_dump({"corrections": [entry]}, allow_unicode=True), "utf-8")
    data = tmp_path / "donnees"
    data.mkdir()
    (data / "a.json").write_text(JSON, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        ledger = corrections.load(folder, 2024)
        sources.read_folder(data, parameters.load(folder, 2024), amend=ledger.amend)
        ledger.finish()
    message = str(caught.value)
    assert str(file) in message
    assert "ligne" in caught.value.lieu
    assert fault in message
    assert remedy in message


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(FILES) + len(CELLS) + len(LEDGERS) >= 60
