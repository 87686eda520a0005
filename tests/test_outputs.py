"""The open-data files: what their schemas promise, texts that no spreadsheet runs, the workbook."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pages
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pages import HOSTILE, HOSTILE_FILE, Made, rows

from spaser.opendata.columns import harmless
from spaser.plaintext import writable

pytest_plugins = ("pages",)

EDITIONS = ["demo-2024", "demo-2025", "small", "ville-2024", "strangers", "hostile"]
TABLES = {"indicateurs", "preuves", "marches", "quarantaine"}

# --- Table Schema ----------------------------------------------------------------------------


def _is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


# Table Schema 1.0, default formats; numbers with a point.
CASTS: dict[str, Callable[[str], object]] = {
    "string": lambda text: True,
    "integer": re.compile(r"[+-]?\d+").fullmatch,
    "number": re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?").fullmatch,
    "boolean": {"true", "True", "TRUE", "1", "false", "False", "FALSE", "0"}.__contains__,
    "date": _is_date,
    "yearmonth": re.compile(r"\d{4}-(0[1-9]|1[0-2])").fullmatch,
}


def cell_fault(field: dict[str, Any], text: str, missing: set[str]) -> str:
    """What a cell has that its field does not allow; empty when there is nothing."""
    rule = field.get("constraints", {})
    if text in missing:
        return "is required" if rule.get("required") else ""
    if not CASTS[field["type"]](text):
        return f"{text!r} is no {field['type']}"
    if text not in rule.get("enum", [text]):
        return f"{text!r} is not allowed"
    low, high = rule.get("minimum", float("-inf")), rule.get("maximum", 1e300)
    if field["type"] in {"integer", "number"} and not low <= float(text) <= high:
        return f"{text!r} is out of its bounds"
    return ""


def faults(path: Path, schema: dict[str, Any]) -> list[str]:
    """What a CSV file has that its Table Schema does not allow."""
    fields = schema["fields"]
    with path.open(encoding="utf-8", newline="") as stream:
        head, *lines = csv.reader(stream, strict=True)
    if head != [f["name"] for f in fields]:
        return [f"columns {head}"]
    faults_ = []
    missing = set(schema.get("missingValues", [""]))
    for rank, line in enumerate(lines, start=2):
        if len(line) != len(fields):
            faults_.append(f"line {rank}: {len(line)} cells")
            continue
        for field, text in zip(fields, line, strict=True):
            if fault := cell_fault(field, text, missing):
                faults_.append(f"line {rank}: {field['name']} {fault}")
    for place, field in enumerate(fields):
        cells = [x[place] for x in lines if len(x) == len(fields) and x[place] not in missing]
        if field.get("constraints", {}).get("unique") and len(set(cells)) < len(cells):
            faults_.append(f"{field['name']} repeats")
    key = schema.get("primaryKey", [])
    names = [key] if isinstance(key, str) else key
    places = [head.index(name) for name in names]
    keys = [tuple(line[p] for p in places) for line in lines]
    if places and (len(set(keys)) < len(keys) or any("" in k for k in keys)):
        faults_.append("primary key absent or repeated")
    return faults_


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("code,montant,jour\nA,1.50,2024-02-29\n", ""),
        ("code,montant,jour\nA,,\n", ""),
        ('code,montant,jour\nA,"1,50",2024-02-29\n', "montant"),
        ("code,montant,jour\nA,1,2024-02-30\n", "jour"),
        ("code,montant,jour\nA,1,29/02/2024\n", "jour"),
        ("code,montant\nA,1\n", "columns"),
        ("code,montant,jour\nA,1\n", "2 cells"),
        ("code,montant,jour\nA,1,\nA,2,\n", "primary key"),
        ("code,montant,jour\n,1,\n", "primary key"),
        ("code,montant,jour,mot\nA,1,,non\n", "not allowed"),
        ("code,montant,jour,mot\nA,-1,,oui\n", "bounds"),
        ("code,montant,jour,mot\nA,10,,oui\n", "bounds"),
        ("code,montant,jour,mot\nA,1,,\n", "required"),
        ("code,montant,jour,mot\nA,1,,oui\nB,1,,oui\n", "repeats"),
    ],
)
def test_the_checker_sees_faults(tmp_path: Path, text: str, fault: str) -> None:
    schema: dict[str, Any] = {
        "fields": [
            {"name": "code", "type": "string"},
            {"name": "montant", "type": "number"},
            {"name": "jour", "type": "date"},
        ],
        "primaryKey": ["code"],
    }
    if "mot" in text:
        schema["fields"][1]["constraints"] = {"minimum": 0, "maximum": 9}
        limits = {"required": True, "enum": ["oui"], "unique": True}
        schema["fields"].append({"name": "mot", "type": "string", "constraints": limits})
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")
    assert [fault in f for f in faults(file, schema)] == ([True] if fault else [])


@pytest.mark.parametrize("name", EDITIONS)
def test_every_csv_file_is_what_its_schema_says(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    files = sorted(edition.glob("*.csv"))
    assert {f.stem for f in files} >= TABLES
    for file in files:
        schema_file = edition / "schemas" / f"{file.stem}.json"
        schema = json.loads(schema_file.read_text(encoding="utf-8"))
        assert faults(file, schema) == [], file.name
        assert all(f["description"] for f in schema["fields"])
        raw = file.read_bytes()
        assert not raw.split(b"\n")[0].endswith(b"\r")
        assert raw.endswith(b"\n")
        assert not raw.startswith(b"\xef\xbb\xbf")


def test_the_key_of_the_figures_is_declared(small: Made) -> None:
    schema_file = small.reports / "2024" / "schemas" / "indicateurs.json"
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    assert schema["primaryKey"] == ["code", "entite", "base"]
    assert [f["name"] for f in schema["fields"]] == (
        "code axe ambition libelle entite base unite annee numerateur denominateur valeur "
        "renseignes total couverture borne_basse borne_haute cible statut_cible verdict "
        "valeur_n_1 evolution motif_absence"
    ).split()


def test_the_columns_of_the_evidence_are_the_contract_s(small: Made) -> None:
    lignes = rows(small.reports / "2024" / "preuves.csv")
    assert set(lignes[0]) >= {"code", "entite", "marche_uid", "role", "contribution"}
    assert {r["role"] for r in lignes} == {"numerateur", "denominateur", "inconnu"}


@pytest.mark.parametrize("name", EDITIONS)
def test_contracts_have_a_key_of_their_own(request: pytest.FixtureRequest, name: str) -> None:
    keys = [r["marche_uid"] for r in rows(pages.edition(request, name) / "marches.csv")]
    assert "" not in keys
    assert len(set(keys)) == len(keys)


# --- Data package ----------------------------------------------------------------------------

# Tabular Data Package 1.0 (Frictionless), the parts that a reader relies on.
PACKAGE = {
    "type": "object",
    "required": ["profile", "name", "title", "licenses", "resources"],
    "properties": {
        "profile": {"const": "tabular-data-package"},
        "name": {"type": "string", "pattern": r"^[-a-z0-9._/]+$"},
        "title": {"type": "string", "minLength": 1},
        "description": {"type": "string", "minLength": 1},
        "created": {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$",
        },
        "licenses": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "anyOf": [{"required": ["name"]}, {"required": ["path"]}],
                "properties": {"name": {"pattern": r"^[-a-zA-Z0-9._]+$"}},
            },
        },
        "resources": {
            "type": "array",
            "minItems": len(TABLES),
            "items": {
                "type": "object",
                "required": ["name", "path", "profile", "schema", "encoding"],
                "properties": {
                    "name": {"type": "string", "pattern": r"^[-a-z0-9._/]+$"},
                    "path": {"type": "string", "pattern": r"^(?!/)(?!.*\.\.)[^\\]+$"},
                    "profile": {"const": "tabular-data-resource"},
                    "encoding": {"const": "utf-8"},
                    "schema": {"type": ["string", "object"]},
                },
            },
        },
    },
}


@pytest.mark.parametrize("name", ["demo-2025", "strangers"])
def test_the_data_package_describes_every_csv_file(
    request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    package = json.loads((edition / "datapackage.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(PACKAGE)
    assert [e.message for e in Draft202012Validator(PACKAGE).iter_errors(package)] == []
    files = {r["path"] for r in package["resources"]}
    assert files == {
        f.relative_to(edition).as_posix()
        for pattern in ("*.csv", "declarations/*.csv")
        for f in edition.glob(pattern)
    }
    assert len({r["name"] for r in package["resources"]}) == len(files)
    for resource in package["resources"]:
        schema = resource["schema"]
        assert not isinstance(schema, str) or (edition / schema).is_file()
    assert "2.0" in json.dumps(package["licenses"])
    assert package["created"].startswith("2026-06-30" if name == "demo-2025" else "2025-06-30")


# --- Formulas --------------------------------------------------------------------------------

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+33 3 80 00 00 00", "'+33 3 80 00 00 00"),
        ("-12", "'-12"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("a=1", "a=1"),
        ("Mobilier - lot 2", "Mobilier - lot 2"),
        ("'=1", "'=1"),
        ("", ""),
    ],
)
def test_harmless(text: str, expected: str) -> None:
    assert harmless(text) == expected


@given(st.text(st.characters() | st.sampled_from(FORMULA), max_size=8))
def test_harmless_texts_start_no_formula_and_lose_nothing(text: str) -> None:
    safe = harmless(text)
    assert not safe.startswith(FORMULA)
    assert safe.replace("'", "") == writable(text).replace("'", "")
    assert harmless(safe) == safe


_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@pytest.mark.parametrize("name", EDITIONS)
def test_no_cell_of_a_csv_file_is_a_formula(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    for file in sorted(edition.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            for line in csv.reader(stream):
                risky = [c for c in line if c.startswith(FORMULA) and not _NUMBER.fullmatch(c)]
                assert risky == [], file.name


def test_hostile_texts_stay_text_in_the_csv_files(hostile: Made) -> None:
    edition = hostile.reports / "2025"
    objects = {r["objet"] for r in rows(edition / "marches.csv")}
    for attack in HOSTILE:
        plain = attack.replace("&lt;", "<").replace("&gt;", ">")  # an entity is a character
        assert harmless(plain) in objects
    assert "'" + HOSTILE[8] in objects
    refused = {(r["champ"], r["valeur"]) for r in rows(edition / "quarantaine.csv")}
    assert {("montant", HOSTILE[0]), ("date_notification", "'" + HOSTILE[8])} <= refused
    assert ("acheteur_id", HOSTILE[4]) in refused
    files = {r["fichier"] for r in rows(edition / "marches.csv")}
    assert files == {HOSTILE_FILE}


def test_parquet_keeps_the_text_as_published(hostile: Made) -> None:
    file = hostile.reports / "2025" / "donnees" / "marches.parquet"
    objects = {o for (o,) in duckdb.sql(f"SELECT objet FROM read_parquet('{file}')").fetchall()}
    assert {HOSTILE[0], HOSTILE[7], HOSTILE[8], HOSTILE[9], HOSTILE[11]} <= objects


# --- The workbook ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", EDITIONS)
def test_the_workbook_says_the_same_as_the_csv_file(
    request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    book = openpyxl.load_workbook(edition / "indicateurs.xlsx")
    assert book.sheetnames[1:] == ["Axe 1", "Axe 2", "Axe 3"]
    cells: list[dict[str, Any]] = []
    written = rows(edition / "indicateurs.csv")
    columns = list(written[0])
    for sheet in book.worksheets:
        assert list(sheet.merged_cells.ranges) == []
        assert [
            c.coordinate for line in sheet.iter_rows() for c in line if c.data_type == "f"
        ] == []
        assert sheet.sheet_state == "visible"
    for sheet in book.worksheets[1:]:
        head, *lines = sheet.iter_rows(values_only=True)
        assert sheet.auto_filter.ref is None or sheet.auto_filter.ref.startswith("A1")
        assert {line[1] for line in lines} == {int(sheet.title[-1])}
        assert head[-2:] == ("Source", "Date d'édition")
        assert all(isinstance(h, str) and h[0].isupper() for h in head)
        assert len(set(head)) == len(head)
        assert all(line[-2] and isinstance(line[-1], dt.datetime) for line in lines)
        cells += [dict(zip(columns, line, strict=False)) for line in lines]
    assert head[:5] == ("Code", "Axe", "Ambition", "Indicateur", "Périmètre")
    assert len(head) == len(columns) + 2
    assert len(cells) == len(written)
    schema = json.loads((edition / "schemas" / "indicateurs.json").read_text(encoding="utf-8"))
    numbers = {f["name"] for f in schema["fields"] if f["type"] in {"number", "integer"}}
    assert {"valeur", "numerateur", "cible"} <= numbers
    for cell, text in zip(cells, written, strict=True):
        for column, value in text.items():
            if not value:
                assert cell[column] is None, column
            elif column in numbers:
                assert isinstance(cell[column], int | float), column
                assert float(cell[column]) == pytest.approx(float(Decimal(value)), rel=1e-14)
            else:
                assert cell[column] == value, column


def test_the_workbook_says_what_an_empty_cell_is(demo: Made) -> None:
    book = openpyxl.load_workbook(demo.reports / "2025" / "indicateurs.xlsx")
    text = " ".join(str(c) for line in book.worksheets[0].iter_rows(values_only=True) for c in line)
    assert "vide" in text
    assert "zéro" in text
    assert "2025" in text
