"""preuves.csv: DuckDB writes the bytes that the writer of every table would, or leaves it to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spaser import csvtable
from spaser.csvtable import Col, Table
from spaser.figures import database, evidence
from spaser.figures.chiffres import PREUVES, ROLES
from spaser.report import footing, livre

Proof = tuple[str | None, str | None, str | None, str | None, Decimal | None, str | None]
PLAIN: Proof = (
    "ECO1-01", "ville", "213000001_2024-01_0a1b2c3d", "numerateur", Decimal("12.50"), "valeur",
)  # fmt: skip
_UIDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["mandats#export-mandats.csv#10", "actions#été.xlsx#2", "a b", "213_x_1"]),
    st.text(alphabet=" \"',;#=+-@é\r\n\t\u0000\u00a0a1_.", max_size=8),
)
_PROOFS = st.tuples(
    st.sampled_from(["ECO1-01", "ECO2-01", "SOC 1", "=1", "é"]),
    st.sampled_from(["ville", "ensemble", "a,b", "+a"]),
    _UIDS,
    st.sampled_from(ROLES),
    st.none() | st.decimals("-1e12", "1e12", places=2),
    st.sampled_from(["nombre", "valeur", "autre"]),
)


@contextmanager
def computed(proofs: Sequence[Proof], folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with what `evidence` reads, which may write preuves.csv in a folder."""
    with database.opened() as con:
        con.execute(
            "CREATE TABLE preuves (code VARCHAR, entite VARCHAR, marche_uid VARCHAR, role VARCHAR,"
            " contribution DECIMAL(18,2), base VARCHAR)"
        )
        con.execute("CREATE TABLE calculs (code VARCHAR, base VARCHAR, rang INTEGER)")
        unique = {proof[:4] + proof[5:]: proof for proof in proofs}.values()
        if unique:
            con.executemany("INSERT INTO preuves VALUES (?, ?, ?, ?, ?, ?)", [*map(list, unique)])
        con.execute(
            "INSERT INTO calculs SELECT code, base, row_number() OVER (ORDER BY code DESC, base)"
            " FROM (SELECT DISTINCT code, base FROM preuves)"
        )
        yield database.shut(con, evidence.file(folder))


def attempted(write: Callable[[], object], file: Path) -> object:
    """The bytes that a writer leaves, or what it says is wrong."""
    try:
        write()
    except ValueError as error:
        return str(error)
    return file.read_bytes()


def both(proofs: Sequence[Proof], folder: Path) -> tuple[object, object]:
    """What is written, and what the writer of every table would write."""
    file = folder / PREUVES.fichier
    with computed(proofs, folder) as con:
        fast = attempted(lambda: evidence.write(con, folder), file)
        slow = attempted(lambda: csvtable.write(folder, PREUVES, evidence.rows(con)), file)
    return fast, slow


@given(st.lists(_PROOFS, max_size=6))
@example([PLAIN])
@example([(*PLAIN[:4], None, "nombre")])
@example([])
def test_the_bytes_are_those_of_the_writer_of_every_table(proofs: list[Proof]) -> None:
    with TemporaryDirectory() as place:
        fast, slow = both(proofs, Path(place))
    assert fast == slow


def with_(place: int, value: Any) -> Proof:
    cells: list[Any] = [*PLAIN]
    cells[place] = value
    return (*cells,)  # type: ignore[return-value]


HOSTILE = [
    "=1+1", "+33", "-12", "@x", "#1", "a,b", 'a"b', "'a", "a\nb", "a\rb", "a\r\nb", "a\tb", "a;=b",
    "\ufeffa", "a\x00b", "a\x85b", "a\u2028b", " a", "\u00a0=1", "\uff1d1", "", '""', "NULL", "nan",
    "e\u0301", "a\u200bb", "€", "a/b", "a:b",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_hostile_text_is_written_as_ever(tmp_path: Path, column: int, text: str) -> None:
    fast, slow = both([PLAIN, with_(column, text)], tmp_path)
    assert fast == slow


@pytest.mark.parametrize(
    ("column", "value"), [(0, None), (0, ""), (2, None), (2, ""), (3, "témoin"), (5, "tonnes")]
)
def test_a_row_that_the_table_refuses_is_still_refused(
    tmp_path: Path, column: int, value: str | None
) -> None:
    proofs = [PLAIN, with_(column, value)]
    with computed(proofs, tmp_path) as con, pytest.raises(ValueError, match=r"empty|none of"):
        con.execute("UPDATE calculs SET code = coalesce(code, 'x')")
        con.execute("INSERT INTO calculs FROM (SELECT NULL, 'valeur', 9)")
        con.execute("UPDATE preuves SET code = '' WHERE code IS NULL")
        con.execute("INSERT INTO calculs FROM (SELECT '', 'valeur', 10)")
        evidence.write(con, tmp_path)


@pytest.mark.parametrize(
    "uid", ["213000001_2024-01_0a1b2c3d", "mandats#export-mandats.csv#10", "actions#été (2).xlsx#3"]
)
def test_what_a_year_holds_is_written_by_duckdb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: str
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the slow writer was asked")

    with computed([with_(2, uid)], tmp_path) as con:
        monkeypatch.setattr(csvtable, "write", refuse)
        evidence.write(con, tmp_path)
    assert (tmp_path / "preuves.csv").read_text(encoding="utf-8") == (
        f"code,entite,marche_uid,role,contribution,base\nECO1-01,ville,{uid},numerateur,12.50,valeur\n"
    )


@pytest.mark.parametrize("name", ["été 2024", "a[1]*?", "it's", 'a"b', "a%20b"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    fast, slow = both([PLAIN], folder)
    assert fast == slow
    assert isinstance(fast, bytes)


def test_a_file_that_is_there_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "preuves.csv").write_text("x" * 9999)
    fast, slow = both([PLAIN], tmp_path)
    assert fast == slow
    assert isinstance(fast, bytes)
    assert [p.name for p in tmp_path.iterdir()] == ["preuves.csv"]


def test_no_other_file_may_be_written(tmp_path: Path) -> None:
    with computed([PLAIN], tmp_path) as con:
        for name in ("autre.csv", "preuves.csv.bak", "../preuves.csv"):
            with pytest.raises(duckdb.Error):
                con.execute("COPY (SELECT 1) TO $file", {"file": str(tmp_path / name)})
    assert [*tmp_path.iterdir()] == []


def first_by_hand(folder: Path, entite: str) -> dict[str, list[livre.ContractCounted]]:
    """The first contracts of an entity in each indicator, the evidence read row by row."""
    kept: dict[tuple[str, str], list[csvtable.CsvRow]] = {}
    for row in csvtable.rows(folder / "preuves.csv"):
        few = kept.setdefault((row["code"], row["role"]), [])
        if row["entite"] == entite and len(few) < livre.FIRST:
            few.append(row)
    objects = {r["marche_uid"]: r["objet"] for r in csvtable.rows(folder / "marches.csv")}
    return {
        code: [
            livre.ContractCounted(
                r["base"], role, r["contribution"], r["marche_uid"],
                objects.get(r["marche_uid"], ""),
            )
            for role in ("numerateur", "denominateur", "inconnu")
            for r in kept.get((code, role), [])
        ][: livre.FIRST]
        for code in dict.fromkeys(code for (code, _), few in kept.items() if few)
    }  # fmt: skip


@given(st.lists(_PROOFS, max_size=40), st.sampled_from(["ville", "ensemble", "a,b", "personne"]))
def test_the_first_contracts_are_those_of_the_file(proofs: list[Proof], entite: str) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place)
        contracts = Table("marches", "-", (Col("objet", "string", "-"), PREUVES.cols[2]))
        uids = dict.fromkeys(p[2] for p in proofs if p[2])
        csvtable.write(folder, contracts, ((f"objet, de {uid}", uid) for uid in uids))
        with computed([p for p in proofs if p[2]], folder) as con:
            evidence.write(con, folder)
        assert livre.first(folder, entite) == first_by_hand(folder, entite)
        livre.first.cache_clear()


_MAXIMUM_BY_MAXIMUM = """
WITH comptees AS (
  SELECT code, entite, base, marche_uid, contribution, role = 'numerateur' AS est_compte
  FROM preuves WHERE role <> 'inconnu' AND contribution <> 0
), sommes AS (
  SELECT code, entite, base, count(*) FILTER (est_compte) AS cas, count(*) AS total,
         coalesce(sum(contribution) FILTER (est_compte), 0) AS haut, sum(contribution) AS tout
  FROM comptees GROUP BY ALL
), plafonds AS (
  SELECT code, entite, base, marche_uid, maxima.montant AS plafond, sum(contribution) AS porte,
         coalesce(sum(contribution) FILTER (est_compte), 0) AS compte
  FROM comptees JOIN maxima USING (marche_uid) WHERE base = 'valeur' GROUP BY ALL
), premiers AS (
  SELECT DISTINCT ON (code, entite, base) * FROM plafonds
  ORDER BY code, entite, base, porte DESC, marche_uid DESC
)
SELECT code, entite, base, cas, total, plafond, haut - compte, tout - porte
FROM sommes LEFT JOIN premiers USING (code, entite, base)
"""
_FEW = st.tuples(
    st.sampled_from(["A", "B"]),
    st.sampled_from(["ville", "ensemble"]),
    st.sampled_from(["m1", "m2", "m3", "registre#a.csv#1"]),
    st.sampled_from(ROLES),
    st.none() | st.sampled_from([Decimal(x) for x in ("0.00", "1.00", "2.50", "-1.00", "2.50")]),
    st.sampled_from(["nombre", "valeur"]),
)


@given(
    st.lists(_FEW, max_size=30),
    st.dictionaries(
        st.sampled_from(["m1", "m2", "m9"]), st.none() | st.decimals(1, 9, places=2), max_size=3
    ),
)
def test_what_a_figure_rests_on_is_what_two_readings_would_say(
    proofs: list[Proof], maxima: dict[str, Decimal | None]
) -> None:
    with TemporaryDirectory() as place, computed(proofs, Path(place)) as con:
        con.execute("CREATE TABLE maxima (marche_uid VARCHAR, montant DECIMAL(18,2))")
        for row in maxima.items():
            con.execute("INSERT INTO maxima VALUES (?, ?)", [*row])
        once, twice = (
            sorted(con.execute(sql).fetchall(), key=lambda r: r[:3])
            for sql in (footing._FOOTINGS, _MAXIMUM_BY_MAXIMUM)
        )
    assert once == twice
