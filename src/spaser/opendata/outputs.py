"""The open-data files of reports/YEAR: CSV, Table Schemas, data package, JSON.

CSV files are UTF-8, comma separated, point decimals, ISO dates.  A text that a record wrote
and that a spreadsheet would take for a formula gets an apostrophe in front; the Parquet
tables keep it as published.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from spaser import __version__
from spaser.contracts.corrections import Ledger
from spaser.contracts.joins import SansLien
from spaser.contracts.marches import Row
from spaser.figures import readings, splits, years
from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import STATUTS
from spaser.figures.indicators import PREUVES, Chiffre, Results
from spaser.figures.years import Published
from spaser.opendata import actions, codecheck, columns, declarations, dictionary, workbook
from spaser.opendata.changements import Changement
from spaser.opendata.columns import FILES, Col, harmless
from spaser.plaintext import writable
from spaser.publishing.editions import Revision
from spaser.quality import Gate, findings
from spaser.quality.completeness import Completude
from spaser.settings.params import Params
from spaser.sources.records import Ligne


def write_control(
    folder: Path, gate: Gate, ledger: Ledger, sans_lien: Sequence[SansLien] = ()
) -> None:
    """Write the files of the quality gate: what is set aside, noted, corrected or unjoined."""
    _csv(folder / "jointures.csv", columns.JOINTURES, sans_lien)
    _csv(
        folder / "corrections.csv",
        columns.CORRECTIONS,
        (
            (
                e.table,
                fichier,
                rang,
                e.champ,
                e.ancien,
                e.nouveau or "",
                "écarter" if e.ecarter else "remplacer",
                e.motif,
                e.auteur,
                e.date.isoformat(),
            )
            for e, fichier, rang in ledger.applied
        ),
    )
    lignes: dict[tuple[str, str], Ligne] = {(x.table, x.cle): x for x in gate.lignes}
    _csv(
        folder / "quarantaine.csv",
        columns.QUARANTAINE,
        (
            (
                r.ligne.table,
                r.ligne.fichier,
                r.ligne.rang,
                r.regle.champ,
                r.valeur,
                r.regle.id,
                r.regle.titre,
                r.regle.remede,
                *findings.known(r.ligne),
            )
            for r in gate.quarantaine
        ),
    )
    _csv(
        folder / "constats.csv",
        columns.CONSTATS,
        (
            (
                x.table,
                x.fichier,
                x.rang,
                champ,
                valeur,
                rule.id,
                rule.severite,
                rule.titre,
                rule.remede,
                *findings.known(x),
            )
            for rule in gate.regles
            for cle in rule.cles
            for x in [lignes.get((rule.table, cle)) or lignes["marches", cle]]
            for champ, valeur in findings.found(x, rule)
        ),
    )
    _csv(
        folder / "valeurs-ecartees.csv",
        columns.VALEURS_ECARTEES,
        (
            (x.table, x.fichier, x.rang, a.champ, a.valeur, a.raison, *findings.known(x))
            for x in gate.lignes
            for a in x.anomalies
        ),
    )
    _csv(
        folder / "doublons.csv",
        columns.DOUBLONS,
        (
            (
                d.ligne.table,
                d.ligne.fichier,
                d.ligne.rang,
                d.ligne.montant,
                d.garde.fichier,
                d.garde.rang,
                d.motif,
            )
            for d in gate.doublons
        ),
    )


def write_coverage(folder: Path, fields: Iterable[Sequence[object]]) -> None:
    """Write couverture-champs.csv."""
    _csv(folder / "couverture-champs.csv", columns.COUVERTURE, fields)


def write_completeness(folder: Path, found: Completude) -> None:
    """Write completude.csv, month by month, and completude-sources.csv, source by source."""
    _csv(folder / "completude.csv", columns.COMPLETUDE, found.mois)
    _csv(folder / "completude-sources.csv", columns.COMPLETUDE_SOURCES, found.constats)


def write_figures(
    folder: Path,
    results: Results,
    rows: Mapping[str, list[Row]],
    catalogue: Catalogue,
    params: Params,
) -> None:
    """Write indicateurs.csv and .xlsx, preuves.csv, marches.csv and what describes them.

    That is: Table Schemas, datapackage.json, codecheck.yml and donnees/LISEZMOI.md.
    """
    _csv(folder / "indicateurs.csv", columns.INDICATEURS, map(indicator_row, results.chiffres))
    base_at = PREUVES.index("base")
    _csv(
        folder / "preuves.csv",
        columns.PREUVES,
        (
            [_amount(v, p[base_at]) if isinstance(v, Decimal) else v for v in p]
            for p in results.preuves
        ),
    )
    for name, cols in (("marches", columns.MARCHES), ("lignes", columns.LIGNES)):
        _csv(folder / f"{name}.csv", cols, ([row.get(c.name) for c in cols] for row in rows[name]))
    workbook.write(folder / "indicateurs.xlsx", results.chiffres, catalogue, params)
    for path, text in (
        (folder / "donnees" / "LISEZMOI.md", dictionary.text(params)),
        (folder / codecheck.FILE, codecheck.text(params)),
    ):
        path.write_text(text, encoding="utf-8", newline="\n")
    _package(folder, catalogue, params)


def write_readings(
    folder: Path,
    results: Results,
    rows: Mapping[str, list[Row]],
    catalogue: Catalogue,
    params: Params,
    past: Sequence[Published],
    moved: Iterable[years.Revision],
) -> None:
    """Write what helps to read the figures: gaps, splits, series, reconciliation, references."""
    chiffres, split = results.chiffres, results.splits
    units = {(c.code, c.base): c.unite for c in chiffres}
    tables: dict[str, Iterable[Sequence[object]]] = {
        "ecarts.csv": readings.ecarts(catalogue, chiffres, params),
        "sensibilite.csv": readings.sensibilite(split.sensibilite, chiffres),
        "maxima.csv": split.maxima,
        "ventilations.csv": (
            [*key, _amount(top, key[2]), None if bottom is None else _amount(bottom, key[2]),
             splits.value(top, bottom, units[key[0], key[2]])]
            for *key, top, bottom in split.ventilations
        ),
        "repartitions.csv": split.repartitions,
        "series.csv": (
            [*p[:9], *(None if x is None else _amount(x, p.base) for x in p[9:11]), *p[11:]]
            for p in years.series(past, chiffres, catalogue, params)
        ),
        "annees_revisees.csv": moved,
        "rapprochements.csv": readings.rapprochements(params, chiffres, rows["marches"]),
        "actions.csv": actions.rows(rows.get("actions", ()), params),
        "references.csv": (
            [getattr(r, c.name) for c in columns.REFERENCES] for r in params.scheme.reperes
        ),
        **{f"{name}.csv": lines for name, lines in results.complements.items()},
    }  # fmt: skip
    for name, lines in tables.items():
        _csv(folder / name, FILES[name][0], lines)


def write_declarations(
    folder: Path, rows: Mapping[str, Sequence[Row]], params: Params, root: Path
) -> None:
    """Write declarations.csv, and declarations/ with their public schemas in schemas/."""
    found = declarations.write(folder, rows, params, root)
    _csv(folder / "declarations.csv", columns.DECLARATIONS, found)
    for kind in declarations.DECLARATIONS:
        if any(e.fichier and e.declaration == kind.nom for e in found):
            write_json(
                _folder(folder, "schemas") / f"declaration-{kind.nom}.json",
                declarations.schema(root, kind.schema),
            )


def write_revisions(folder: Path, revised: Iterable[Revision]) -> None:
    """Write revisions.csv: what this edition changes to the last sealed one."""
    _csv(folder / "revisions.csv", columns.REVISIONS, revised)


def write_changes(folder: Path, moved: Iterable[Changement]) -> None:
    """Write changements.csv: what moved since the publication that this one replaces."""
    _csv(folder / "changements.csv", columns.CHANGEMENTS, moved)


def indicator_row(chiffre: Chiffre) -> list[Any]:
    """A figure as the cells of its CSV row, in the order of columns.INDICATEURS."""
    values = dataclasses.asdict(chiffre)
    return [
        _amount(values[c.name], chiffre.base)
        if isinstance(values[c.name], Decimal)
        else values[c.name]
        for c in columns.INDICATEURS
    ]


def _amount(value: Decimal, base: str) -> str:
    """Cents for amounts; for counts, the figures that matter."""
    if base == "valeur":
        return format(value, "f")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_json(path: Path, data: object) -> None:
    """JSON with sorted keys and one final newline: same data, same bytes."""
    text = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True, default=_jsonable)
    path.write_text(writable(text) + "\n", encoding="utf-8", newline="\n")


def _jsonable(value: object) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)


def _csv(path: Path, cols: Sequence[Col], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([c.name for c in cols])
        for row in rows:
            writer.writerow([_cell(v) for v in row])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple | list):
        value = " | ".join(map(str, value))
    if not isinstance(value, str):
        return str(value)
    safe = harmless(value)
    return value if safe != value and _is_number(value) else safe


def _is_number(text: str) -> bool:
    try:
        return bool(text) and Decimal(text).is_finite()
    except ArithmeticError:
        return False


def _package(folder: Path, catalogue: Catalogue, params: Params) -> None:
    """datapackage.json and a Table Schema per CSV file (Frictionless)."""
    schemas = _folder(folder, "schemas")
    resources = [_declared(path) for path in sorted(folder.glob(f"{declarations.FOLDER}/*.csv"))]
    for name, (cols, title) in FILES.items():
        schema = {
            "fields": [{"name": c.name, "type": c.type, "description": c.label} for c in cols],
            "missingValues": [""],
        }
        if name == "indicateurs.csv":
            schema["primaryKey"] = ["code", "entite", "base"]
        write_json(schemas / name.replace(".csv", ".json"), schema)
        resources.append(_resource(name, title, f"schemas/{name.replace('.csv', '.json')}"))
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
