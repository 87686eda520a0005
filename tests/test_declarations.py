"""The declarations: as the public Table Schemas want them, or not written at all."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pages import Made, rows

from spaser.opendata import declarations, outputs
from spaser.settings.params import Params
from spaser.sources.registers import REGISTRES

pytest_plugins = ("pages",)

AGEC = {
    "acheteur": "ville", "annee": 2024, "siret": "21210231300013",
    "raison_sociale": "Ville de Dijon", "type_produit_acquis": "Papier",
    "montant_total": Decimal("1500.50"), "montant_reemploi_et_reutilisation": Decimal("0.00"),
    "montant_produits_issus_don": None, "montant_produits_recycles": Decimal("600.00"),
    "commentaires": "=1+1", "fichier": "agec.csv", "ligne": 2,
}  # fmt: skip
FLEET = {
    "acheteur": "metropole", "annee": None, "sirenDeclarant": "242100410",
    "sirenCouvert": "242100410", "nom": None, "naf": "84.11Z", "cj": "7344", "zone": "Zone A",
    "nbVP": 10, "nbVPEL": 4, "pcentLDVFE": Decimal("40.000000"), "fichier": "f.csv", "ligne": 2,
}  # fmt: skip


def lines(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def assert_valid(path: Path, schema: dict[str, Any]) -> None:
    """Table Schema, read again here: order of columns, compulsory cells, types, enumerations."""
    text = path.read_bytes()
    assert not text.startswith(b"\xef\xbb\xbf") and b"\r" not in text
    assert next(csv.reader(io.StringIO(text.decode()))) == [f["name"] for f in schema["fields"]]
    for row in lines(path):
        for field in schema["fields"]:
            cell, rule = row[field["name"]], field["constraints"]
            assert cell or not rule["required"], field["name"]
            if not cell:
                continue
            if field["type"] in {"integer", "year"}:
                assert int(cell) >= 0
            elif field["type"] == "number":
                assert Decimal(cell).is_finite() and "," not in cell
            assert re.search(rule.get("pattern", ""), cell)
            assert cell in rule.get("enum", [cell])


def test_declarations_are_ready_to_upload(params: Params, root: Path, tmp_path: Path) -> None:
    found = declarations.write(tmp_path, {"agec": [AGEC], "flotte": [FLEET]}, params, root)
    assert [(e.declaration, e.acheteur, e.statut, e.fichier, e.lignes) for e in found] == [
        ("agec", "ville", "prête", "declarations/agec-2024-ville.csv", 1),
        ("vehicules", "metropole", "prête", "declarations/vehicules-2024-metropole.csv", 1),
    ]
    for state, kind in zip(found, declarations.DECLARATIONS, strict=True):
        assert_valid(tmp_path / state.fichier, declarations.schema(root, kind.schema))
    (paper,) = lines(tmp_path / "declarations" / "agec-2024-ville.csv")
    assert paper["montant_total"] == "1500.5" and paper["montant_produits_issus_don"] == "0"
    assert paper["commentaires"] == "'=1+1"  # a spreadsheet must not run it
    (fleet,) = lines(tmp_path / "declarations" / "vehicules-2024-metropole.csv")
    assert (fleet["annee"], fleet["nom"]) == ("2024", "Dijon métropole")
    assert (fleet["nbVPH2"], fleet["pcentLDVFE"]) == ("", "40")  # unknown stays blank


@pytest.mark.parametrize("table, row, said", [
    ("agec", AGEC | {"montant_produits_recycles": None}, "montant_produits_recycles manque"),
    ("agec", AGEC | {"siret": "212102313"}, "siret refusé par le schéma (212102313)"),
    ("agec", AGEC | {"type_produit_acquis": "Jouets"}, "type_produit_acquis refusé"),
    ("agec", AGEC | {"siret": None}, "siret manque"),
    ("flotte", FLEET | {"cj": "73"}, "cj refusé"),
    ("flotte", FLEET | {"naf": None}, "naf manque"),
    ("flotte", FLEET | {"zone": "Dijon"}, "zone refusé"),
])  # fmt: skip
def test_a_declaration_that_lacks_something_says_what_and_is_not_written(
    params: Params, root: Path, tmp_path: Path, table: str, row: dict[str, Any], said: str
) -> None:
    (found,) = declarations.write(tmp_path, {table: [row]}, params, root)
    assert (found.statut, found.fichier) == ("à compléter", "")
    assert said in found.manques and f"{row['fichier']}, ligne 2" in found.manques
    assert not (tmp_path / "declarations").exists()


def test_nothing_to_declare_is_no_declaration(params: Params, root: Path, tmp_path: Path) -> None:
    assert declarations.write(tmp_path, {}, params, root) == []
    outputs.write_declarations(tmp_path, {}, params, root)
    assert [p.name for p in tmp_path.iterdir()] == ["declarations.csv"]


def test_the_public_schema_travels_with_the_declaration(
    params: Params, root: Path, tmp_path: Path
) -> None:
    outputs.write_declarations(tmp_path, {"agec": [AGEC]}, params, root)
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()} == {
        "declarations.csv", "declarations/agec-2024-ville.csv", "schemas/declaration-agec.json",
    }  # fmt: skip


@pytest.mark.parametrize("kind", declarations.DECLARATIONS, ids=lambda k: k.nom)
def test_a_register_reads_every_column_of_its_public_schema(
    kind: declarations.Declaration, root: Path
) -> None:
    read = {c.name for c in REGISTRES[kind.table].lues}
    others = {"montant_valorisation_et_don"}  # declaration-biens-valorisation's
    assert {f["name"] for f in declarations.schema(root, kind.schema)["fields"]} == read - others


@pytest.mark.parametrize("annee, names", [
    (2024, ["agec-2024-metropole", "agec-2024-ville"]),
    (2025, ["agec-2025-metropole", "agec-2025-ville", "vehicules-2025-metropole",
            "vehicules-2025-ville"]),
])  # fmt: skip
def test_the_demonstration_has_its_declarations_and_its_reconciliation(
    demo: Made, root: Path, annee: int, names: list[str]
) -> None:
    report = demo.reports / str(annee)
    found = sorted((report / "declarations").glob("*.csv"))
    assert [p.stem for p in found] == names
    package = json.loads((report / "datapackage.json").read_text(encoding="utf-8"))
    sealed = json.loads((report / "manifeste.json").read_text(encoding="utf-8"))["sorties"]
    described = {r["path"]: r["schema"] for r in package["resources"]}
    for path in found:
        place = path.relative_to(report).as_posix()
        schema = json.loads((report / described[place]).read_text(encoding="utf-8"))
        assert_valid(path, schema)
        assert place in sealed
    status = [r["statut"] for r in rows(report / "rapprochements.csv")]
    assert status == ["égal", "expliqué", "à expliquer"]
