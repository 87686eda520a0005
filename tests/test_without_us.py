"""The figures made again without this package: the SQL program, the Parquet files, and duckdb."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import pages
import pytest
import yaml
from pages import figures, number

from spaser.figures.complements import BLOCS
from spaser.figures.tables import TABLES
from spaser.opendata.columns import FILES

pytest_plugins = ("pages",)

# What an auditor types, with Python and duckdb and nothing else.
AUDITOR = """
import csv, sys
sys.path.insert(0, sys.argv[1])
import duckdb
assert not any("site-packages" in p for p in sys.path), sys.path
try:
    import spaser
except ImportError:
    pass
else:
    raise SystemExit("this environment has the package")
base = duckdb.connect()
last = base.execute(open("indicateurs.sql", encoding="utf-8").read())
out = csv.writer(sys.stdout)
out.writerow([d[0] for d in last.description])
out.writerows(last.fetchall())
"""


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed duckdb alone."""
    target = tmp_path_factory.mktemp("bare")
    for file in metadata.files("duckdb") or ():
        source = Path(str(file.locate()))
        if source.is_file() and ".." not in file.parts and "__pycache__" not in file.parts:
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / file)
    return target


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025", "small", "ville-2024", "hostile"])
def test_every_figure_is_made_again_without_this_package(
    request: pytest.FixtureRequest, bare: Path, tmp_path: Path, name: str
) -> None:
    edition = pages.edition(request, name)
    alone = shutil.copytree(edition / "donnees", tmp_path / "donnees")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", AUDITOR, str(bare)],
        cwd=alone, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    again = list(csv.DictReader(done.stdout.splitlines()))
    assert list(again[0]) == ["code", "entite", "base", "numerateur", "denominateur", "valeur"]
    published = figures(edition)
    by_key = {(r["code"], r["entite"], r["base"]): r for r in again}
    assert {k for k, f in published.items() if f["valeur"]} <= by_key.keys() <= published.keys()
    for key, figure in published.items():
        if not figure["valeur"]:
            assert not by_key.get(key, {}).get("valeur"), key
            continue
        for column in ("numerateur", "denominateur"):
            assert number(by_key[key][column]) == number(figure[column]), (key, column)
        assert float(by_key[key]["valeur"]) == float(figure["valeur"]), key


BESIDE = """
import csv, json, sys
sys.path.insert(0, sys.argv[1])
import duckdb
base = duckdb.connect()
for name in ("indicateurs.sql", "complements.sql"):
    base.execute(open(name, encoding="utf-8").read()).fetchall()
told = {t: base.sql(f"SELECT {', '.join(cols)} FROM {t}").fetchall()
        for t, cols in json.loads(sys.argv[2]).items()}
print(json.dumps(told, default=str))
"""


@pytest.mark.parametrize("name", ["demo-2025", "ville-2024", "hostile"])
def test_what_goes_with_the_figures_is_made_again_without_this_package(
    request: pytest.FixtureRequest, bare: Path, tmp_path: Path, name: str
) -> None:
    edition = pages.edition(request, name)
    alone = shutil.copytree(edition / "donnees", tmp_path / "donnees")
    wanted = {nom: [c.nom for c in bloc.champs] for nom, bloc in BLOCS.items()}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BESIDE, str(bare), json.dumps(wanted)],
        cwd=alone, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for nom, again in json.loads(done.stdout).items():
        published = pages.rows(edition / f"{nom}.csv")
        assert len(again) == len(published), nom
        for row, line in zip(again, published, strict=True):
            for value, (column, cell) in zip(row, line.items(), strict=True):
                if isinstance(value, int | float):
                    assert float(cell) == value, (nom, column)
                else:
                    assert cell.removeprefix("'") == str(value or "").removeprefix("'"), nom


def test_each_step_of_the_program_can_be_looked_at_alone(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The roles that a step names, summed here, are the published evidence of its figure."""
    edition = pages.edition(request, "small")
    monkeypatch.chdir(edition / "donnees")
    with duckdb.connect() as con:
        con.execute(Path("indicateurs.sql").read_text(encoding="utf-8")).fetchall()
        chosen = con.execute("SELECT code, base FROM calculs ORDER BY rang").fetchall()
        assert len(chosen) > 10
        (floor,) = con.execute("SELECT plancher FROM planchers WHERE choisi").fetchall()[0]
        evidence: dict[tuple[str, str], set[tuple[str, ...]]] = {key: set() for key in chosen}
        for r in pages.rows(edition / "preuves.csv"):
            evidence[r["code"], r["base"]].add((r["entite"], r["marche_uid"], r["role"]))
        for code, base in chosen:
            rows = con.execute(f'FROM "{code} {base} lignes"').fetchall()
            roles = con.execute(
                f'SELECT DISTINCT entite, marche_uid, role FROM "{code} {base}" '
                "WHERE plancher = ? AND role <> 'non'", [floor],
            ).fetchall()  # fmt: skip
            assert set(roles) == evidence[code, base], (code, base)
            assert rows or not roles
        steps = ("marches", "parts", "mandats", "preuves", "parts_connues", "chiffres")
        assert all(con.execute(f"FROM {step}").fetchall() is not None for step in steps)


def test_no_step_is_nested_in_another(request: pytest.FixtureRequest) -> None:
    program = (pages.edition(request, "small") / "donnees" / "indicateurs.sql").read_text("utf-8")
    steps = program.partition("-- 3. ")[2].partition("-- 4. ")[0]
    named = [x for x in steps.splitlines() if x.startswith("CREATE VIEW")]
    assert len(set(named)) == len(named) > 20
    assert "FROM (\n" not in steps  # a step reads those before it by their names


def test_the_program_names_no_place(request: pytest.FixtureRequest) -> None:
    program = (pages.edition(request, "small") / "donnees" / "indicateurs.sql").read_text("utf-8")
    assert "/" not in "".join(x for x in program.splitlines() if "read_parquet" in x)


def test_a_page_explains_every_table_and_column(request: pytest.FixtureRequest) -> None:
    folder = pages.edition(request, "small") / "donnees"
    text = (folder / "LISEZMOI.md").read_text(encoding="utf-8")
    assert "duckdb < indicateurs.sql" in text
    steps = re.findall(r'FROM "(.+)";', text)
    program = (folder / "indicateurs.sql").read_text(encoding="utf-8")
    assert len(steps) == 2
    assert all(f'CREATE VIEW "{step}" AS' in program for step in steps)
    (code, base) = re.findall(r"WHERE code = '(.+)' AND entite = .* AND base = '(.+)';", text)[0]
    assert any(
        (r["code"], r["base"]) == (code, base) for r in pages.rows(folder.parent / "preuves.csv")
    )
    parts = text.split("\n### ")[1:]
    assert [p.split("\n")[0] for p in parts] == [f"{name}.parquet" for name in TABLES]
    assert {p.name for p in folder.glob("*.parquet")} == {f"{name}.parquet" for name in TABLES}
    for part, (name, columns) in zip(parts, TABLES.items(), strict=True):
        explained = [x.split("|")[1:4] for x in part.splitlines() if x.startswith("| `")]
        assert [t[0].strip(" `") for t in explained] == [c.name for c in columns], name
        assert all(kind.strip() and sense.strip() for _, kind, sense in explained), name


def test_a_page_explains_every_csv_file_and_what_it_may_hold(
    request: pytest.FixtureRequest,
) -> None:
    edition = pages.edition(request, "small")
    text = (edition / "schemas" / "LISEZMOI.md").read_text(encoding="utf-8")
    parts = text.split("\n## ")[1:]
    assert [p.split("\n")[0] for p in parts] == [p.name for p in map(edition.joinpath, FILES)]
    for part, table in zip(parts, FILES.values(), strict=True):
        explained = [x.split("|")[1].strip(" `") for x in part.splitlines() if x.startswith("| `")]
        assert explained == list(table.noms), table.nom
        schema = json.loads((edition / "schemas" / f"{table.nom}.json").read_text("utf-8"))
        for field in schema["fields"]:
            for word in field.get("constraints", {}).get("enum", ()):
                assert f"« {word} »" in part, (table.nom, word)
    assert "« sans objet »" in parts[0]
    assert "Clé : `code`, `entite`, `base`." in parts[0]


def test_the_list_of_what_to_check(request: pytest.FixtureRequest) -> None:
    edition = pages.edition(request, "small")
    text = (edition / "codecheck.yml").read_text(encoding="utf-8")
    assert text.startswith("%YAML 1.1\n")
    assert "\n---\n" in text
    content = yaml.safe_load(text)
    assert content["version"] == "https://codecheck.org.uk/spec/config/1.0/"
    listed = [entry["file"] for entry in content["manifest"]]
    assert len(set(listed)) == len(listed)
    assert {"rapport.html", "calculs.html", "qualite.html", *FILES} <= set(listed)
    assert all((edition / name).is_file() and not name.startswith("/") for name in listed)
    assert all(author["name"] for author in content["paper"]["authors"])


@pytest.fixture(scope="session")
def crate(request: pytest.FixtureRequest) -> dict[str, Any]:
    edition = pages.edition(request, "small")
    return json.loads((edition / "ro-crate-metadata.json").read_text(encoding="utf-8"))


def test_the_crate_says_what_ran_on_what_and_gave_what(crate: dict[str, Any]) -> None:
    entities = {e["@id"]: e for e in crate["@graph"]}
    assert len(entities) == len(crate["@graph"])
    action = entities["#production"]

    def ids(part: str) -> set[str]:
        return {ref["@id"] for ref in action[part]}

    assert ids("instrument") == {
        "#spaser", "donnees/indicateurs.sql", *(f"entrees/notebooks/{n}.ipynb" for n in (
            "1_qualite", "2_indicateurs", "3_rapport")),
    }  # fmt: skip
    assert {f"#donnees/{pages.VILLE_FILE}", "entrees/parametres/spaser.yml"} <= ids("object")
    assert {"rapport.html", "indicateurs.csv", "notebooks/3_rapport.ipynb"} <= ids("result")
    assert not ids("object") & ids("result")
    parts = {ref["@id"] for ref in entities["./"]["hasPart"]}
    files = {i for i, e in entities.items() if "File" in e["@type"]}
    assert parts == files
    for part in ("instrument", "object", "result"):
        assert ids(part) <= entities.keys()
    assert entities["./"]["license"]["@id"] in entities
    assert entities["./"]["author"]


def test_the_crate_lists_every_file_with_its_digest(
    request: pytest.FixtureRequest, crate: dict[str, Any]
) -> None:
    edition = pages.edition(request, "small")
    stands = pages.snapshot(edition)
    digests = {e["@id"]: e["sha256"] for e in crate["@graph"] if "File" in e["@type"]}
    aside = {"manifeste.json", "journal.json", "ro-crate-metadata.json"}
    assert digests == {name: digest for name, digest in stands.items() if name not in aside}
