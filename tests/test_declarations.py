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
from neutral import NOM_METROPOLE, NOM_VILLE
from pages import Made, rows

from spaser.opendata import declarations, outputs
from spaser.settings.params import Params
from spaser.sources.registers import REGISTRES

pytest_plugins = ("pages",)

AGEC = {
    "acheteur": "ville", "annee": 2024, "siret": "21210231300013",
    "raison_sociale": NOM_VILLE, "type_produit_acquis": "Papier",
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
    assert not text.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in text
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
                assert Decimal(cell).is_finite()
                assert "," not in cell
            assert re.search(rule.get("pattern", ""), cell)
            assert cell in rule.get("enum", [cell])


def test_declarations_are_ready_to_upload(params: Params, root: Path, tmp_path: Path) -> None:
    written = declarations.write(tmp_path, {"agec": [AGEC], "flotte": [FLEET]}, params, root)
    assert [(e.declaration, e.acheteur, e.statut, e.fichier, e.lignes) for e in written] == [
        ("agec", "ville", "prête", "declarations/agec-2024-ville.csv", 1),
        ("vehicules", "metropole", "prête", "declarations/vehicules-2024-metropole.csv", 1),
    ]
    for state, kind in zip(written, declarations.DECLARATIONS[:2], strict=True):
        assert_valid(tmp_path / state.fichier, declarations.schema(root, kind.schema))
    (paper,) = lines(tmp_path / "declarations" / "agec-2024-ville.csv")
    assert paper["montant_total"] == "1500.5"
    assert paper["montant_produits_issus_don"] == "0"
    assert paper["commentaires"] == "'=1+1"  # a spreadsheet must not run it
    (fleet,) = lines(tmp_path / "declarations" / "vehicules-2024-metropole.csv")
    assert (fleet["annee"], fleet["nom"]) == ("2024", NOM_METROPOLE)
    assert (fleet["nbVPH2"], fleet["pcentLDVFE"]) == ("", "40")  # unknown stays blank


@pytest.mark.parametrize("table, row, lack", [
    ("agec", AGEC | {"montant_produits_recycles": None}, "montant_produits_recycles manque"),
    ("agec", AGEC | {"siret": "212102313"}, "siret refusé par le schéma (212102313)"),
    ("agec", AGEC | {"type_produit_acquis": "Jouets"}, "type_produit_acquis refusé"),
    ("agec", AGEC | {"siret": None}, "siret manque"),
    ("flotte", FLEET | {"cj": "73"}, "cj refusé"),
    ("flotte", FLEET | {"naf": None}, "naf manque"),
    ("flotte", FLEET | {"zone": "Ailleurs"}, "zone refusé"),
])  # fmt: skip
def test_a_declaration_that_lacks_something_says_what_and_is_not_written(
    params: Params, root: Path, tmp_path: Path, table: str, row: dict[str, Any], lack: str
) -> None:
    (written,) = declarations.write(tmp_path, {table: [row]}, params, root)
    assert (written.statut, written.fichier) == ("à compléter", "")
    assert lack in written.manques
    assert f"{row['fichier']}, ligne 2" in written.manques
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


@pytest.mark.parametrize("kind", declarations.DECLARATIONS[:2], ids=lambda k: k.nom)
def test_a_register_reads_every_column_of_its_public_schema(
    kind: declarations.Declaration, root: Path
) -> None:
    read = {c.name for c in REGISTRES[kind.table].lues}
    others = {"montant_valorisation_et_don"}  # declaration-biens-valorisation's
    assert {f["name"] for f in declarations.schema(root, kind.schema)["fields"]} == read - others


@pytest.mark.parametrize("annee, names", [
    (2024, ["agec-2024-metropole", "agec-2024-ville", "cantine-2024-ville"]),
    (2025, ["agec-2025-metropole", "agec-2025-ville", "cantine-2025-ville",
            "vehicules-2025-metropole", "vehicules-2025-ville"]),
])  # fmt: skip
def test_the_demonstration_has_its_declarations_and_its_reconciliation(
    demo: Made, root: Path, annee: int, names: list[str]
) -> None:
    report = demo.reports / str(annee)
    paths = sorted((report / "declarations").glob("*.csv"))
    assert [p.stem for p in paths] == names
    package = json.loads((report / "datapackage.json").read_text(encoding="utf-8"))
    sealed = json.loads((report / "manifeste.json").read_text(encoding="utf-8"))["sorties"]
    described = {r["path"]: r["schema"] for r in package["resources"]}
    for path in paths:
        place = path.relative_to(report).as_posix()
        schema = json.loads((report / described[place]).read_text(encoding="utf-8"))
        assert_valid(path, schema)
        assert place in sealed
    status = [r["statut"] for r in rows(report / "rapprochements.csv")]
    assert status == ["égal", "expliqué", "à expliquer", "non calculé"][: annee - 2021]


# --- ma cantine --------------------------------------------------------------------------------

CANTEEN = "21210231300013"


def purchase(euros: str, family: str | None, *labels: str, **changes: Any) -> dict[str, Any]:
    return {
        "acheteur": "ville", "siret": CANTEEN, "annee": 2024, "prix_ht": Decimal(euros),
        "famille_produits": family, "caracteristiques": labels, "fichier": "c.csv", "ligne": 2,
    } | changes  # fmt: skip


def test_purchases_make_the_simple_declaration_each_counted_once(
    params: Params, root: Path, tmp_path: Path
) -> None:
    bought = [
        purchase("100.10", "VIANDES_VOLAILLES", "BIO", "LABEL_ROUGE"),  # bio comes first
        purchase("20.00", "VIANDES_VOLAILLES", "IGP", "HVE"),  # then signs of quality
        purchase("3.00", "PRODUITS_DE_LA_MER", "PECHE_DURABLE", "PERFORMANCE"),
        purchase("0.50", "AUTRES", "FERMIER", "LOCAL"),
        purchase("1000.00", "PRODUITS_DE_LA_MER", "LOCAL", "FRANCE"),  # no label of the law
        purchase("7.00", "BOISSONS"),
    ]
    (written,) = declarations.write(tmp_path, {"cantine": bought}, params, root)
    assert (written.declaration, written.statut, written.lignes) == ("cantine", "prête", 1)
    path = tmp_path / written.fichier
    assert_valid(path, declarations.schema(root, "cantine_simple.json"))
    (line,) = lines(path)
    assert {k: v for k, v in line.items() if v} == {
        "siret": CANTEEN, "année_bilan": "2024", "valeur_totale": "1130.6",
        "valeur_bio": "100.1", "valeur_siqo": "20", "valeur_externalites_performance": "3",
        "valeur_egalim_autres": "0.5", "valeur_viandes_volailles": "120.1",
        "valeur_viandes_volailles_egalim": "120.1", "valeur_produits_de_la_mer": "1003",
        "valeur_produits_de_la_mer_egalim": "3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "lack"),
    [
        ({"caracteristiques": None}, "valeur_bio manque"),
        ({"famille_produits": None}, "valeur_viandes_volailles manque"),
        ({"prix_ht": None}, "valeur_totale manque"),
        ({"siret": None}, "siret manque"),
    ],
)
def test_a_purchase_that_cannot_be_read_leaves_the_sums_unknown(
    params: Params, root: Path, tmp_path: Path, changes: dict[str, Any], lack: str
) -> None:
    bought = [purchase("5.00", "VIANDES_VOLAILLES", "BIO", **changes)]
    (written,) = declarations.write(tmp_path, {"cantine": bought}, params, root)
    assert written.statut == "à compléter"
    assert lack in written.manques


def test_each_canteen_has_a_line_and_a_declaration_read_is_given_as_it_was(
    params: Params, root: Path, tmp_path: Path
) -> None:
    read = {
        "acheteur": "ville", "siret": "21210231300021", "annee": 2024, "prix_ht": None,
        "famille_produits": None, "valeur_totale": Decimal("50.00"), "valeur_bio": Decimal("5.00"),
        "valeur_siqo": Decimal("1.00"), "valeur_egalim_autres": Decimal("2.00"),
        "valeur_viandes_volailles": Decimal("9.00"),
        "valeur_viandes_volailles_egalim": Decimal("4.00"), "fichier": "b.csv", "ligne": 2,
    }  # fmt: skip
    rows_ = [
        purchase("5.00", "BOISSONS"),
        read,
        purchase("6.00", "BOISSONS", siret="21210231300039"),
    ]
    (written,) = declarations.write(tmp_path, {"cantine": rows_}, params, root)
    totals = {x["siret"]: x["valeur_totale"] for x in lines(tmp_path / written.fichier)}
    assert totals == {"21210231300021": "50", CANTEEN: "5", "21210231300039": "6"}
