"""What a catalogue made elsewhere may write in SQL: one expression over one row, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser.errors import UserError
from spaser.figures import catalogue as catalogues
from spaser.figures import database, expression, indicators, script
from spaser.figures.catalogue import Catalogue
from spaser.settings import params as parameters
from spaser.settings.params import Params

ATTACKS = (
    # other statements
    "TRUE) FROM marches; COPY (SELECT 1) TO '{out}'; SELECT (TRUE",
    "TRUE; ATTACH '{out}' AS dehors",
    "TRUE) AS x FROM marches --",
    "TRUE /* ",
    "$$ x $$ = 'x'",
    "E'\\';' = 'x'",
    # other rows, other files
    "(SELECT count(*) FROM read_csv('/etc/passwd')) > 0",
    "EXISTS (SELECT 1 FROM read_text('/etc/passwd'))",
    "montant IN (SELECT montant FROM parts)",
    "TRUE) AS x FROM (SELECT * FROM read_csv('/etc/passwd')) AS t WHERE (TRUE",
    "TRUE UNION SELECT TRUE",
    "TRUE FROM marches",
    "montant) > (3",
    "montant > 3 AS x",
    "montant > 3, TRUE",
    # functions that look elsewhere, or never end
    "read_text('/etc/passwd') IS NULL",
    "getvariable('x') IS NULL",
    "current_setting('threads') = '1'",
    "now() > date_notification",
    "random() > 0.5",
    "length(repeat('x', 1000000000)) > 0",
    "len(range(1000000000000)) > 0",
    "system.main.length(objet) > 0",
    "list_filter(techniques, x -> x = 'a') IS NULL",
    "sum(montant) > 0",
    "row_number() OVER () > 1",
    "COLUMNS(*) IS NULL",
    "? IS NULL",
    "NOT " * 990 + "TRUE",
    "(" * 5000 + "TRUE" + ")" * 5000,
    "objet = '\x1b]0;titre\x07'",
    "objet = '\x00'",
)
ALLOWED = (
    "montant >= 90000 AND objet IS NOT NULL",
    "list_has_any(considerations_sociales, ['Clause sociale'])",
    "objet ILIKE '%eau%' OR procedure NOT LIKE 'a_'",
    "duree_mois BETWEEN 1 AND 12",
    "CASE WHEN nature IN ('Marché') THEN offres_recues = 1 END",
    "date_notification + INTERVAL 6 MONTH > DATE '2024-06-01'",
    "extract(year FROM date_notification) = 2024",
    "regexp_matches(code_cpv, '^(09|45)')",
    "coalesce(montant_actuel, montant) / nullif(montant, 0) > 1.15",
    "montant::DECIMAL(18,2) IS DISTINCT FROM TRY_CAST(taux_avance AS DECIMAL(18,2))",
    "techniques[1] = 'Accord-cadre'",
    "(montant > 1)\n  AND (montant < 2)",
)


def entry(formula: str) -> str:
    """A catalogue of one indicator whose numerator is a formula."""
    quoted = formula.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    quoted = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in quoted)
    return f"""\
version: "1"
indicateurs:
  - code: T-01
    ambition: ENV1
    libelle: Essai
    unite: "%"
    sens: hausse
    sources: [decp]
    definition: {{numerateur: Essai}}
    calculs:
      - base: nombre
        table: marches
        mesure: part
        numerateur: "{quoted}"
"""


def load(folder: Path, formula: str) -> Catalogue:
    for old in (folder / "indicateurs").iterdir():
        old.unlink()
    (folder / "cibles.yml").unlink(missing_ok=True)
    (folder / "indicateurs" / "a.yml").write_text(entry(formula), encoding="utf-8")
    return catalogues.load(parameters.load(folder, 2024))


@pytest.mark.slow
@pytest.mark.parametrize("formula", ATTACKS, ids=range(len(ATTACKS)))
def test_a_formula_is_an_expression_or_one_message(
    params_copy: Path, tmp_path: Path, formula: str
) -> None:
    out = tmp_path / "dehors"
    with pytest.raises(UserError) as caught:
        load(params_copy, formula.format(out=out) if "{out}" in formula else formula)
    assert not out.exists()
    assert "a.yml, ligne " in str(caught.value)
    assert caught.value.remede


@pytest.mark.slow
@pytest.mark.parametrize("formula", ALLOWED, ids=range(len(ALLOWED)))
def test_what_an_analyst_writes_passes(params_copy: Path, formula: str) -> None:
    assert load(params_copy, formula).get("T-01")


_PIECES = st.lists(
    st.sampled_from(
        [*"()[]{},;.'\"*/-+$?#\\\n:=<>| ", "SELECT", "FROM", "marches", "montant", "TRUE", "1",
         "'x'", "AND", "NOT", "UNION", "COPY", "TO", "--", "read_csv", "WITH", "AS", "WHERE",
         "CASE", "WHEN", "THEN", "END", "IN", "VALUES", "LIMIT", "SET", "PRAGMA", "ATTACH"]
    ),
    max_size=12,
)  # fmt: skip


@given(_PIECES)
def test_what_passes_is_one_expression_wherever_it_is_pasted(pieces: list[str]) -> None:
    text = " ".join(pieces)
    with database.shut(database.opened()) as con:
        try:
            expression.check(con, text)
        except expression.Refused:
            return
        import duckdb

        try:
            con.execute(f"SELECT ({text}) AS x FROM (SELECT 1 AS montant) AS marches")
        except duckdb.Error:
            return
        for around in ("SELECT 1 AS un, ({}) AS deux", "SELECT (1) AS un WHERE ({}) IS NULL"):
            statements = con.extract_statements(around.format(text))
            assert [s.type.name for s in statements] == ["SELECT"]


STATEMENTS = [
    "FROM read_csv('/etc/passwd')",
    "FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '{out}'",
    "ATTACH '{out}'",
    "EXPORT DATABASE '{out}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FROM 'https://example.invalid/x.parquet'",
    "FROM glob('/*')",
    "SET enable_external_access = true",
    "SET threads = 4",
    "RESET lock_configuration",
    "PRAGMA enable_profiling",
    "FROM outside",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_shut_database_reaches_nothing(tmp_path: Path, statement: str) -> None:
    import duckdb

    outside = [1]  # noqa: F841  DuckDB would find a Python name of the caller
    with database.shut(database.opened()) as con, pytest.raises(duckdb.Error):
        con.execute(statement.format(out=tmp_path / "dehors"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_shut_database_with_a_file_of_its_own_reaches_no_other(
    tmp_path: Path, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    outside = [1]  # noqa: F841
    monkeypatch.setattr(database, "_MANY", 0)
    rows = tmp_path / "l'année.parquet"
    with database.opened() as con:
        con.execute("COPY (SELECT 1 AS n) TO ?", [str(rows)])
    with database.opened_for(rows, tmp_path) as con:
        con.execute("CREATE TABLE avant AS SELECT 1 AS n")
        database.shut(con).execute("CREATE TABLE apres AS FROM avant")
        with pytest.raises(duckdb.Error):
            con.execute(statement.format(out=tmp_path / "dehors"))
    assert list(tmp_path.iterdir()) == [rows]


@pytest.mark.parametrize("text", ["COPY (SELECT 1) TO 'x'", "SELECT 1; SET threads = 2",
                                  "CREATE TABLE a AS SELECT 1; DROP TABLE a", "CALL x()",
                                  "INSERT INTO a VALUES (1); ATTACH 'x'"])  # fmt: skip
def test_a_program_of_another_kind_does_not_begin(text: str) -> None:
    with database.opened() as con:
        with pytest.raises(ValueError, match="is not a statement of the program"):
            database.run(con, text)
        assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)


def test_the_published_program_reads_its_own_files_and_no_other(
    catalogue: Catalogue, params: Params
) -> None:
    """What the auditor runs with all of DuckDB's powers: tables of the folder, then sums."""
    text = script.program(catalogue, params, frozenset(params.scheme.sources))
    with database.opened() as con:
        statements = con.extract_statements(text)
    kinds = [s.type.name.removesuffix("_STATEMENT") for s in statements]
    assert set(kinds) == database.PROGRAM
    assert kinds[-1] == "SELECT"
    assert kinds.count("SELECT") == 1
    rest = text.replace(script.reading(), "")
    for reach in ("read_", "copy ", "attach", "install", "load ", "pragma", "glob(", "getenv"):
        assert reach not in rest.casefold(), reach
    assert not [x for x in text.splitlines() if x.startswith(".")]  # the shell's own commands


def test_a_label_cannot_leave_its_comment(params: Params, catalogue: Catalogue) -> None:
    evil = "Essai\r\n.shell touch x\n\x0bCOPY (SELECT 1) TO 'x';\x85\u2028DROP TABLE calculs;"
    item = catalogue.get("SOC2-01")
    assert item
    book = Catalogue(evil, (item.model_copy(update={"libelle": evil}),), ())
    scheme = params.scheme.model_copy(update={"titre": evil, "collectivite": evil})
    text = script.program(book, params.model_copy(update={"scheme": scheme}), {"decp"})
    assert all(x.startswith("--") for x in text.splitlines() if ".shell" in x)
    with database.opened() as con:
        kinds = {s.type.name.removesuffix("_STATEMENT") for s in con.extract_statements(text)}
    assert kinds == database.PROGRAM


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a, b", "c [x]", "d*e?", "é 'f' \"g\""])
def test_a_folder_may_have_any_name(
    tmp_path: Path, params: Params, catalogue: Catalogue, name: str
) -> None:
    folder = tmp_path / name
    rows = {"marches": [{"marche_uid": "1", "acheteur": "ville", "montant": 5}]}
    results = indicators.compute(catalogue, params, rows, folder, {})
    assert {c.total for c in results.chiffres if c.code == "SOC2-01" and c.entite == "ville"} == {1}
