"""SIRENE from INSEE's own files: only the establishments met are read, by DuckDB.

StockEtablissement and StockUniteLegale (Parquet or CSV, tens of millions of rows) or an extract
with the same column names.  A unit whose diffusion is partial (statutDiffusion P) keeps its size
and its commune; its name is not shown, nor is that of a natural person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spaser.errors import Unreadable
from spaser.sources import containers
from spaser.sources.records import Published

if TYPE_CHECKING:
    import duckdb

TABLE = "sirene"
NAME = "SIRENE (fichiers de l'INSEE, ou extrait)"
_WHOLE = 64 << 20  # bytes: INSEE's stock is UTF-8 and is not read twice to make sure
_ESTABLISHMENT = {
    "siret": ("siret",),
    "code_commune": ("codecommuneetablissement", "code_commune"),
    "diffusion": ("statutdiffusionetablissement",),
    "enseigne": ("denominationusuelleetablissement",),
}
_UNIT = {
    "denomination": ("denominationunitelegale", "denomination"),
    "categorie_entreprise": ("categorieentreprise", "categorie_entreprise"),
    "tranche_effectifs": ("trancheeffectifsunitelegale", "tranche_effectifs"),
    "ess": ("economiesocialesolidaireunitelegale", "ess"),
    "diffusion_unite": ("statutdiffusionunitelegale",),
}


class StockFile(NamedTuple):
    """A SIRENE file: its columns by lower-case name, and how DuckDB reads it."""

    path: Path
    name: str
    columns: Mapping[str, str]
    scan: str
    parquet: bool

    @property
    def establishments(self) -> bool:
        """Whether it lists establishments (else legal units)."""
        return "siret" in self.columns


def recognise(path: Path, name: str = "") -> StockFile | None:
    """The file, when its header is SIRENE's; None otherwise.

    Only the header is read: a stock file is never opened whole to be recognised.
    """
    kind = containers.container(path)
    if kind == "parquet":
        scan, columns = f"read_parquet({_quoted(str(path))}, file_row_number = true)", None
    elif kind == "texte":
        with path.open("rb") as stream:
            line = stream.readline(1 << 16)
        separator = max(",;\t|", key=lambda s: line.count(s.encode()))
        text = line.decode("utf-8-sig", "replace").strip().replace('"', "")
        columns = [c.strip() for c in text.split(separator)]
        if not _is_sirene(columns):
            return None
        utf8 = path.stat().st_size > _WHOLE or containers.encoding(path).nom.startswith("utf-8")
        encoding = "utf-8" if utf8 else "latin-1"
        scan = (
            f"read_csv({_quoted(str(path))}, delim = {_quoted(separator)}, header = true, "
            f"all_varchar = true, quote = '\"', escape = '\"', encoding = {_quoted(encoding)}, "
            "auto_detect = false, columns = {"
            + ", ".join(f"{_quoted(c)}: 'VARCHAR'" for c in columns)
            + "})"
        )
    else:
        return None
    if columns is None:
        import duckdb

        with closing(duckdb.connect()) as con:
            columns = [c[0] for c in _run(con, f"SELECT * FROM {scan} LIMIT 0").description or ()]
        if not _is_sirene(columns):
            return None
    return StockFile(path, name, {c.casefold(): c for c in columns}, scan, kind == "parquet")


def _is_sirene(columns: Collection[str]) -> bool:
    names = {c.casefold() for c in columns}
    place = names & {*_ESTABLISHMENT["code_commune"]}
    size = names & {*_UNIT["categorie_entreprise"], *_UNIT["tranche_effectifs"]}
    return bool(("siret" in names and (place or size)) or ("siren" in names and size))


class Extract(NamedTuple):
    """What was read: one record an establishment met, by file, and the rows of each file."""

    records: Sequence[tuple[str, Published]]
    rows: Mapping[str, int]


def extract(files: Sequence[StockFile], met: Collection[str]) -> Extract:
    """Read the establishments whose SIRET is in `met`, and their legal units.

    Raises:
        Unreadable: a damaged file, or legal units without any establishment.
    """
    import duckdb

    if not any(f.establishments for f in files):
        raise Unreadable(
            "unités légales SIRENE sans établissements ; remède : déposer aussi StockEtablissement"
        )
    with closing(duckdb.connect()) as con:
        con.execute("CREATE TABLE met AS SELECT unnest($1::VARCHAR[]) AS siret", [sorted(met)])
        units = _units(con, files)
        records = [
            (file.name, record)
            for file in files
            if file.establishments
            for record in _establishments(con, file, units)
        ]
        rows = {
            f.name: int((_run(con, f"SELECT count(*) FROM {f.scan}").fetchone() or (0,))[0])
            for f in files
        }
    return Extract(records, rows)


def _units(
    con: duckdb.DuckDBPyConnection, files: Sequence[StockFile]
) -> dict[str, dict[str, str | None]]:
    """The legal units of the establishments met, by SIREN; the first file that has one wins."""
    units: dict[str, dict[str, str | None]] = {}
    for file in files:
        if file.establishments:
            continue
        query = (
            f"SELECT {_column(file, ('siren',))}, {_columns(file, _UNIT)} FROM {file.scan} "
            f"WHERE {_column(file, ('siren',))} IN (SELECT siret[:9] FROM met)"
        )
        for siren, *rest in _run(con, query).fetchall():
            units.setdefault(siren, dict(zip(_UNIT, rest, strict=True)))
    return units


def _establishments(
    con: duckdb.DuckDBPyConnection, file: StockFile, units: Mapping[str, Mapping[str, str | None]]
) -> Iterator[Published]:
    number = "file_row_number" if file.parquet else "row_number() OVER () - 1"
    names = [*_ESTABLISHMENT, *_UNIT]
    query = (
        f"SELECT ligne, {', '.join(names)} FROM (SELECT {number} + 2 AS ligne, "
        f"{_columns(file, _ESTABLISHMENT | _UNIT)} FROM {file.scan}) "
        "WHERE siret IN (SELECT siret FROM met) ORDER BY ligne"
    )
    for ligne, *cells in _run(con, query).fetchall():
        row = dict(zip(names, cells, strict=True))
        unit = units.get(row["siret"][:9], {})
        row |= {k: row[k] if row[k] is not None else unit.get(k) for k in _UNIT}
        hidden = {row["diffusion"], row["diffusion_unite"]} & {"P", "N"}
        fields = {
            "siret": row["siret"],
            "denomination": None if hidden else row["denomination"] or row["enseigne"],
            **{k: row[k] for k in ("categorie_entreprise", "tranche_effectifs", "ess")},
            "code_commune": row["code_commune"],
        }
        yield Published(TABLE, ligne, True, fields, (), (), fields)


def _columns(file: StockFile, wanted: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{_column(file, names)} AS {alias}" for alias, names in wanted.items())


def _column(file: StockFile, names: Sequence[str]) -> str:
    """The SQL of a column: text without blanks at its ends, NULL when empty or not there.

    INSEE writes [ND] («non diffusé») what a partial diffusion hides.
    """
    for name in names:
        if name in file.columns:
            column = '"' + file.columns[name].replace('"', '""') + '"'
            return f"nullif(nullif(trim(CAST({column} AS VARCHAR)), ''), '[ND]')"
    return "NULL::VARCHAR"


def _run(con: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    import duckdb

    try:
        return con.execute(query)
    except duckdb.Error:  # its text holds the folder, which no output may
        raise Unreadable("le fichier est abîmé ou tronqué") from None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
