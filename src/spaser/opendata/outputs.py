"""The open-data files of the figures of a year: CSV, Table Schemas, data package, JSON.

A text that a record wrote and that a spreadsheet would take for a formula gets an apostrophe in
front in CSV files; the Parquet tables keep it as published.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from spaser import __version__, csvtable
from spaser.contracts.marches import Row
from spaser.figures import readings, series, splits
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import INDICATEURS, PREUVES, Chiffre
from spaser.figures.definition import STATUTS
from spaser.figures.indicators import Results
from spaser.figures.years import PublishedYear
from spaser.opendata import actions, codecheck, declarations, dictionary, workbook
from spaser.opendata.changements import Changement
from spaser.opendata.columns import FILES, write
from spaser.plaintext import writable
from spaser.publishing.editions import EditionRevision
from spaser.settings.params import Params
from spaser.sources.lecture import Count


def write_contracts(folder: Path, rows: Mapping[str, Collection[Row]]) -> None:
    """Write marches.csv and lignes.csv: the contracts counted, and the records they are made of.

    Args:
        folder: the staging folder.
        rows: the canonical tables, as rows.
    """
    for name in ("marches", "lignes"):
        noms = FILES[f"{name}.csv"].noms
        write(folder, name, ([row.get(n) for n in noms] for row in rows[name]))


def write_figures(folder: Path, results: Results, catalogue: Catalogue, params: Params) -> None:
    """Write indicateurs.csv and .xlsx, and what describes them, preuves.csv and the others.

    That is: Table Schemas, datapackage.json, codecheck.yml and donnees/LISEZMOI.md.

    Args:
        folder: the staging folder, which has preuves.csv.
        results: the figures and their splits.
        catalogue: the indicators.
        params: the scheme and the year.
    """
    write(folder, "indicateurs", map(indicator_row, results.chiffres))
    workbook.write(folder / "indicateurs.xlsx", results.chiffres, catalogue, params)
    for path, text in (
        (folder / "donnees" / "LISEZMOI.md", dictionary.text(params, folder / PREUVES.fichier)),
        (_folder(folder, "schemas") / "LISEZMOI.md", dictionary.files()),
        (folder / codecheck.FILE, codecheck.text(params)),
    ):
        path.write_text(text, encoding="utf-8", newline="\n")
    _package(folder, catalogue, params)


def write_readings(
    folder: Path,
    results: Results,
    comptes: Mapping[str, Count],
    plan: Iterable[Row],
    catalogue: Catalogue,
    params: Params,
    past: Sequence[PublishedYear],
    moved: Iterable[series.YearRevision],
) -> None:
    """Write what helps to read the figures: gaps, splits, series, reconciliation, references.

    Args:
        folder: the staging folder.
        results: the figures and their splits.
        comptes: contracts and euros of each buyer.
        plan: the rows of table `actions`.
        catalogue: the indicators.
        params: the scheme and the year.
        past: the earlier years that are published, oldest first.
        moved: the figures of earlier years that today's files would give otherwise.
    """
    chiffres, split = results.chiffres, results.splits
    units = {(c.code, c.base): c.unite for c in chiffres}
    tables: dict[str, Iterable[Sequence[object]]] = {
        "ecarts": readings.ecarts(catalogue, chiffres, params),
        "sensibilite": readings.sensibilite(split.sensibilite, chiffres),
        "maxima": split.maxima,
        "ventilations": (
            [*key, _amount(top, key[2]), None if bottom is None else _amount(bottom, key[2]),
             splits.value(top, bottom, units[key[0], key[2]])]
            for *key, top, bottom in split.ventilations
        ),
        "repartitions": split.repartitions,
        "series": (
            [*p[:9], *(None if x is None else _amount(x, p.base) for x in p[9:11]), *p[11:]]
            for p in series.points(past, chiffres, catalogue, params)
        ),
        "annees_revisees": moved,
        "rapprochements": readings.rapprochements(params, chiffres, comptes),
        "actions": actions.rows(plan, params),
        "references": (
            [getattr(r, name) for name in FILES["references.csv"].noms]
            for r in params.scheme.reperes
        ),
        **results.complements,
    }  # fmt: skip
    for name, lines in tables.items():
        write(folder, name, lines)


def write_declarations(
    folder: Path, rows: Mapping[str, Collection[Row]], params: Params, root: Path
) -> None:
    """Write declarations.csv, and declarations/ with their public schemas in schemas/.

    Args:
        folder: the staging folder.
        rows: the canonical tables, as rows.
        params: the scheme and the year.
        root: the project's folder.
    """
    written = declarations.write(folder, rows, params, root)
    write(folder, "declarations", written)
    for kind in declarations.DECLARATIONS:
        if any(e.fichier and e.declaration == kind.nom for e in written):
            write_json(
                _folder(folder, "schemas") / f"declaration-{kind.nom}.json",
                declarations.schema(root, kind.schema),
            )


def write_revisions(folder: Path, revised: Iterable[EditionRevision]) -> None:
    """Write revisions.csv: what this edition changes to the last sealed one."""
    write(folder, "revisions", revised)


def write_changes(folder: Path, moved: Iterable[Changement]) -> None:
    """Write changements.csv: what moved since the publication that this one replaces."""
    write(folder, "changements", moved)


def indicator_row(chiffre: Chiffre) -> list[Any]:
    """A figure as the values of its CSV row, in the order of its columns."""
    values = (getattr(chiffre, name) for name in INDICATEURS.noms)
    return [_amount(v, chiffre.base) if isinstance(v, Decimal) else v for v in values]


def _amount(value: Decimal, base: str) -> Decimal:
    """Cents for amounts; for counts, the figures that matter."""
    if base == "valeur":
        return value
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".")) if "." in text else value


def write_json(path: Path, content: object) -> None:
    """JSON with sorted keys and one final newline: same data, same bytes."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, default=_jsonable)
    path.write_text(writable(text) + "\n", encoding="utf-8", newline="\n")


def _jsonable(value: object) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)


def _package(folder: Path, catalogue: Catalogue, params: Params) -> None:
    """datapackage.json and a Table Schema per CSV file (Frictionless)."""
    schemas = _folder(folder, "schemas")
    resources = [_declared(path) for path in sorted(folder.glob(f"{declarations.FOLDER}/*.csv"))]
    for table in FILES.values():
        write_json(schemas / f"{table.nom}.json", csvtable.schema(table))
        resources.append(_resource(table.fichier, table.titre, f"schemas/{table.nom}.json"))
    scheme, year = params.scheme, params.year
    write_json(
        folder / "datapackage.json",
        {
            "profile": "tabular-data-package",
            "name": f"{scheme.sigle.lower()}-{year.annee}",
            "title": f"{scheme.sigle} de {scheme.collectivite}, suivi {year.annee}",
            "description": (
                f"{scheme.titre}. Catalogue d'indicateurs version {catalogue.version}. Les textes "
                "qu'un tableur prendrait pour une formule sont précédés d'une apostrophe ; statuts "
                "des cibles : " + ", ".join(f"{k} {v}" for k, v in STATUTS.items()) + "."
            ),
            "created": f"{year.date_edition.isoformat()}T00:00:00Z",
            "version": __version__,
            "licenses": [{"name": "etalab-2.0", "title": scheme.licence}],
            "resources": resources,
        },
    )


def _folder(folder: Path, name: str) -> Path:
    (folder / name).mkdir(exist_ok=True)
    return folder / name


def _declared(path: Path) -> dict[str, str]:
    kind = path.stem.partition("-")[0]
    name = f"{declarations.FOLDER}/{path.name}"
    return _resource(name, f"Déclaration à déposer ({kind})", f"schemas/declaration-{kind}.json")


def _resource(path: str, title: str, schema: str) -> dict[str, str]:
    return {
        "name": path.removesuffix(".csv").replace("/", "-"),
        "path": path,
        "title": title,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }
