"""A published table: what its declaration refuses, writes, reads back and describes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser import csvtable, plaintext
from spaser.csvtable import Col, Table, about
from spaser.figures import database
from spaser.figures.chiffres import INDICATEURS, PREUVES, ROLES, Chiffre, Figure, Resultat
from spaser.figures.definition import STATUTS, Base
from spaser.figures.verdicts import DICTIONARY
from spaser.opendata import columns, outputs
from spaser.opendata.columns import FILES
from spaser.sources.fields import FIELDS


class Vente(NamedTuple):
    """A record with a column of each type."""

    code: Annotated[str, about("Code", requis=True)]
    sens: Annotated[str, about("Sens", parmi=("hausse", "baisse"))]
    rang: Annotated[int, about("Rang", requis=True, minimum=1, maximum=9)]
    prix: Annotated[Decimal | None, about("Prix", unite="€ HT")]
    taux: Annotated[float | None, about("Taux", minimum=0, maximum=100)]
    jour: Annotated[dt.date | None, about("Jour")]
    mois: Annotated[str, about("Mois", type="yearmonth")]
    fait: Annotated[bool | None, about("Fait", name="est_fait")]
    secret: str = ""  # not annotated: no column


NOMS = Table("noms", "Noms", (Col("nom", "string", "Nom"), Col("prix", "number", "Prix")))
VENTES = Table("ventes", "Ventes", csvtable.columns(Vente), cle=("code",))
GOOD = ("A", "hausse", 1, Decimal("1.50"), 12.5, dt.date(2024, 2, 29), "2024-02", True)


def written(folder: Path, *lines: tuple[object, ...]) -> str:
    csvtable.write(folder, VENTES, lines)
    return (folder / "ventes.csv").read_text(encoding="utf-8")


def test_a_record_type_is_a_table() -> None:
    assert VENTES.noms == (
        "code", "sens", "rang", "prix", "taux", "jour", "mois", "est_fait",
    )  # fmt: skip
    assert [c.type for c in VENTES.cols] == [
        "string", "string", "integer", "number", "number", "date", "yearmonth", "boolean",
    ]  # fmt: skip
    assert VENTES.cols[3] == Col("prix", "number", "Prix", unite="€ HT")


def test_values_are_written_as_the_schema_reads_them(tmp_path: Path) -> None:
    head, line, empty = written(
        tmp_path, GOOD, ("B", "", 2, None, None, None, "", None)
    ).splitlines()
    assert head == "code,sens,rang,prix,taux,jour,mois,est_fait"
    assert line == "A,hausse,1,1.50,12.5,2024-02-29,2024-02,true"
    assert empty == "B,,2,,,,,"


@pytest.mark.parametrize(
    ("place", "cell", "message"),
    [
        (0, "", "empty"),
        (0, None, "empty"),
        (1, "travers", "none of"),
        (2, None, "empty"),
        (2, 0, "out of 1"),
        (2, 10, "out of 1 to 9"),
        (2, "un", "no integer"),
        (2, 1.5, "no integer"),
        (2, True, "no integer"),
        (3, "1,50", "no number"),
        (3, Decimal("NaN"), "no number"),
        (3, "=1+1", "no number"),
        (4, -0.5, "out of 0"),
        (4, 100.5, "out of 0 to 100"),
        (4, float("inf"), "no number"),
        (5, "29/02/2024", "no date"),
        (5, "2024-13-01", "no date"),
        (6, "2024", "no yearmonth"),
        (7, "oui", "no boolean"),
    ],
)
def test_a_cell_that_the_column_refuses_is_a_bug(
    tmp_path: Path, place: int, cell: object, message: str
) -> None:
    line = [*GOOD]
    line[place] = cell
    with pytest.raises(ValueError, match=message):
        written(tmp_path, tuple(line))


@pytest.mark.parametrize("line", [GOOD[:-1], (*GOOD, ""), ()])
def test_a_row_of_the_wrong_width_is_a_bug(tmp_path: Path, line: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=f"{len(line)} cells for 8 columns"):
        written(tmp_path, line)


def test_a_key_that_repeats_is_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two rows of key"):
        written(tmp_path, GOOD, GOOD)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("-12", "-12"),
        ("+33 3 80", "'+33 3 80"),
        ("@x", "'@x"),
        ("a", "a"),
        ("a\rb", "a b"),
    ],
)
def test_a_text_begins_no_formula(tmp_path: Path, cell: str, safe: str) -> None:
    assert written(tmp_path, (cell, *GOOD[1:])).splitlines()[1].startswith(f"{safe},")


@pytest.mark.parametrize("cell", ["-5\r", "\r5", "5\r\n", "a\r\nb"])
def test_no_cell_has_a_carriage_return(tmp_path: Path, cell: str) -> None:
    csvtable.write(tmp_path, NOMS, [(cell, Decimal(1))])
    assert b"\r" not in (tmp_path / "noms.csv").read_bytes()
    assert len([*csvtable.rows(tmp_path / "noms.csv")]) == 1


def test_duckdb_reads_the_longest_line(tmp_path: Path) -> None:
    long = "é" * 2_000_000
    csvtable.write(tmp_path, NOMS, [(long, Decimal(1))])
    with database.opened() as con:
        database.load_csv(con, tmp_path, NOMS)
        assert con.execute("SELECT nom FROM noms").fetchall() == [(long,)]


def test_duckdb_reads_a_long_file_in_a_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = 2_000_000
    (tmp_path / "noms.csv").write_bytes(b"nom,prix\n" + lines * (b"x" * 60 + b",1.00\n"))
    monkeypatch.setattr(database, "_MEMORY", 80)
    with database.opened(tmp_path) as con:
        database.scan_csv(con, tmp_path, NOMS)
        assert con.execute("SELECT count(nom), sum(prix) FROM noms").fetchall() == [(lines, lines)]


def test_equal_numbers_are_written_each_as_it_is() -> None:
    """A target of 1.0 made an amount of 1.00 be written as 1.0, in the same run or the next."""
    assert [str(outputs._amount(Decimal(x), "valeur")) for x in ("1.0", "1.00", "1")] == [
        "1.0", "1.00", "1",
    ]  # fmt: skip


def test_the_schema_says_what_the_writer_refuses() -> None:
    schema = csvtable.schema(VENTES)
    constraints = {f["name"]: f.get("constraints", {}) for f in schema["fields"]}
    assert schema["primaryKey"] == ["code"]
    assert constraints["code"] == {"required": True, "unique": True}
    assert constraints["sens"] == {"enum": ["hausse", "baisse"]}
    assert constraints["rang"] == {"required": True, "minimum": 1, "maximum": 9}
    assert constraints["taux"] == {"minimum": 0, "maximum": 100}
    assert constraints["jour"] == {}
    assert schema["fields"][3]["unit"] == "€ HT"


def test_a_file_that_is_not_declared_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="autre"):
        columns.write(tmp_path, "autre", [])
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_and_a_short_row_are_errors_where_they_are_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(csvtable.rows(tmp_path / "rien.csv"))
    (tmp_path / "court.csv").write_text("a,b\n1,2\n3\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 3: 1 cells"):
        list(csvtable.rows(tmp_path / "court.csv"))


# --- The tables that are published ---------------------------------------------------------

NUMBERS = st.none() | st.decimals(
    allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9
)
DOUBLES = st.none() | st.floats(
    allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12
)


@given(st.data())
def test_a_figure_is_read_back_as_it_was_computed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("t")
    drawn = {n: data.draw(NUMBERS) for n in ("numerateur", "denominateur", "renseignes", "total")}
    drawn |= {n: data.draw(DOUBLES) for n in ("valeur", "couverture", "borne_basse", "evolution")}
    chiffre = Chiffre(
        code="ECO1-01", axe=1, ambition="ECO1", libelle="Part", entite="ville", base="valeur",
        unite="%", annee=2024, borne_haute=None, cible=Decimal("30"), statut_cible="L",
        verdict=data.draw(st.sampled_from(list(DICTIONARY))), valeur_n_1=None,
        motif_absence="", **drawn,
    )  # fmt: skip
    csvtable.write(folder, INDICATEURS, [outputs.indicator_row(chiffre)])
    (row,) = csvtable.rows(folder / INDICATEURS.fichier)
    figure = csvtable.record(INDICATEURS, Figure, row)
    for name in INDICATEURS.noms:
        computed, back = getattr(chiffre, name), getattr(figure, name)
        same = float(back) == computed if isinstance(computed, float) else back == computed
        assert same, name


@given(st.lists(st.tuples(st.text(max_size=8), st.decimals(-999, 999, places=2)), max_size=8))
def test_duckdb_reads_what_python_reads(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, Decimal]]
) -> None:
    folder = tmp_path_factory.mktemp("d")
    lines = [(plaintext.writable(name), price) for name, price in lines]
    csvtable.write(folder, NOMS, [*lines, *lines])
    with database.opened() as con:
        database.load_csv(con, folder, NOMS)
        asked = con.execute("SELECT coalesce(nom, ''), prix FROM noms ORDER BY rang").fetchall()
    assert asked == [(r["nom"], Decimal(r["prix"])) for r in csvtable.rows(folder / "noms.csv")]


@pytest.mark.parametrize("table", FILES.values(), ids=lambda t: t.nom)
def test_every_table_is_whole(table: Table) -> None:
    assert len(set(table.noms)) == len(table.noms)
    assert set(table.cle) <= set(table.noms)
    assert table.titre
    assert all(c.label for c in table.cols)
    assert {c.type for c in table.cols} <= {
        "string", "integer", "number", "boolean", "date", "yearmonth",
    }  # fmt: skip


def allowed(table: Table, name: str) -> tuple[str, ...]:
    return next(c.parmi for c in table.cols if c.name == name)


def test_the_words_of_a_figure_are_those_of_the_program() -> None:
    assert allowed(INDICATEURS, "verdict") == tuple(DICTIONARY)
    assert allowed(INDICATEURS, "statut_cible") == tuple(STATUTS)
    assert allowed(INDICATEURS, "base") == get_args(Base)
    assert allowed(PREUVES, "role") == ROLES


def test_every_table_of_records_may_stand_in_a_place() -> None:
    assert set(FIELDS) <= set(allowed(FILES["quarantaine.csv"], "table"))


def test_the_workbook_has_a_heading_for_each_column() -> None:
    headings = [c.titre for c in csvtable.columns(Resultat)]
    assert all(headings)
    assert len(set(headings)) == len(headings)


def constraints_of(schema: dict[str, Any]) -> set[str]:
    return {k for f in schema["fields"] for k in f.get("constraints", {})}


def test_published_schemas_have_constraints_of_each_kind() -> None:
    kinds = {k for t in FILES.values() for k in constraints_of(csvtable.schema(t))}
    assert kinds == {"required", "unique", "enum", "minimum", "maximum"}
