"""Great Expectations suites: read, checked for our own fields, run in memory.

Great Expectations is imported here alone, and only when there are rows: it costs seconds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.errors import UserError
from spaser.settings.params import Params

if TYPE_CHECKING:
    import pandas as pd

CRITIQUE, AVERTISSEMENT, INFORMATION = "critical", "warning", "info"
GRAVITES = (CRITIQUE, AVERTISSEMENT, INFORMATION)
PARTS = ("titulaires", "modifications")  # tables of which a record has several rows
_RANG = "rang de la ligne"  # the column by which GX names the rows it refuses
_META = {"regle", "champ", "titre", "remede"}


@dataclass(frozen=True)
class Regle:
    """One rule as it was run.

    `cles` are the records that break it, `lus` the values read in their repeated parts by
    record, `colonne` the column that the rule looks at; `erreur` is set when the rule could not
    run, which is never the same as «no record breaks it».
    """

    id: str
    table: str
    champ: str
    severite: str
    titre: str
    remede: str
    cles: tuple[str, ...]
    respectee: bool
    erreur: str = ""
    colonne: str = ""
    lus: Mapping[str, Sequence[str]] = field(default_factory=dict)


def run(table: str, rows: Sequence[Mapping[str, Any]], suites: Path, params: Params) -> list[Regle]:
    """Run one suite on its rows; an empty table breaks no rule and runs none.

    Raises:
        UserError: the suite is missing or malformed.
    """
    path = suites / f"{table}.json"
    suite = load(path)
    if not rows:
        return [_rule(table, e, (), True, "sans objet : aucune ligne", {}) for e in suite]
    results = _validate(path, suite, _frame(rows), params)
    return [
        _rule(table, e, tuple(dict.fromkeys(rows[n]["cle"] for n in broken)), ok, error,
              _read(rows, broken, e["meta"]["champ"]) if table in PARTS else {})
        for e in suite
        for broken, ok, error in [results[e["meta"]["regle"]]]
    ]  # fmt: skip


def _read(
    rows: Sequence[Mapping[str, Any]], broken: Sequence[int], champ: str
) -> dict[str, list[str]]:
    """What the repeated parts that break a rule say in its field, by record."""
    name = champ.removeprefix("modification.")
    said: dict[str, list[str]] = {}
    for n in broken:
        value = rows[n].get(name)
        said.setdefault(rows[n]["cle"], []).append("" if value is None else str(value))
    return said


def load(path: Path) -> list[dict[str, Any]]:
    """Read the expectations of a suite, each with our rule in its `meta`.

    Raises:
        UserError: no file, no JSON, not a suite, or a rule without id, field, title or remedy.
    """
    try:
        suite = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            "suite de contrôles absente", lieu=str(path), remede="rétablir ce fichier"
        ) from None
    except ValueError as error:
        raise UserError(
            f"la suite n'est pas du JSON valide ({error})",
            lieu=str(path),
            remede="corriger cette ligne, ou rétablir le fichier",
        ) from None
    if not isinstance(suite, dict) or set(suite) - {"meta"} != {"name", "expectations"}:
        raise UserError(
            "ce n'est pas une suite de contrôles",
            lieu=str(path),
            valeur=", ".join(suite) if isinstance(suite, dict) else suite,
            remede="écrire un objet de clés « name », « expectations » et « meta »",
        )
    seen: set[str] = set()
    for number, expectation in enumerate(suite["expectations"], start=1):
        _check(f"{path}, contrôle {number}", expectation, seen)
    return list(suite["expectations"])


def _check(where: str, expectation: Any, seen: set[str]) -> None:
    """Refuse an expectation that does not carry our rule."""
    if not isinstance(expectation, dict):
        raise UserError(
            "ce n'est pas un contrôle",
            lieu=where,
            valeur=expectation,
            remede="écrire un objet de clés « type », « kwargs », « severity » et « meta »",
        )
    meta = expectation.get("meta") or {}
    where += f" ({meta.get('regle', expectation.get('type'))})"
    if missing := sorted(_META - meta.keys()):
        raise UserError(
            f"il manque meta.{missing[0]}",
            lieu=where,
            remede="donner à chaque contrôle regle, champ, titre et remede",
        )
    if expectation.get("severity") not in GRAVITES:
        raise UserError(
            "gravité inconnue",
            lieu=where,
            valeur=expectation.get("severity"),
            remede=f"choisir parmi {', '.join(GRAVITES)}",
        )
    if meta["regle"] in seen:
        raise UserError("règle écrite deux fois", lieu=where, remede="changer son identifiant")
    seen.add(meta["regle"])


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    columns = {name: pd.Series([row[name] for row in rows], dtype=object) for name in rows[0]}
    return pd.DataFrame(columns | {_RANG: range(len(rows))})


def _validate(
    path: Path, suite: Sequence[Mapping[str, Any]], frame: pd.DataFrame, params: Params
) -> dict[str, tuple[tuple[int, ...], bool, str]]:
    """Run GX in memory; per rule id: broken rows, success, why it could not run."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.core.expectation_suite import ExpectationSuite

    bounds = _bounds(params)
    rules = [_expectation(path, e, bounds) for e in suite]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("spaser")
        .add_dataframe_asset("table")
        .add_batch_definition_whole_dataframe("tout")
        .get_batch({"dataframe": frame})
    )
    report = batch.validate(
        ExpectationSuite(name=path.stem, expectations=rules),
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [_RANG],
            "include_unexpected_rows": False,
        },
        expectation_parameters=bounds,
    )
    return {
        result.expectation_config.meta["regle"]: (
            tuple(int(i[_RANG]) for i in result.result.get("unexpected_index_list") or ()),
            bool(result.success),
            _exception(result.exception_info),
        )
        for result in report.results
    }


def _expectation(path: Path, raw: Mapping[str, Any], bounds: Mapping[str, Any]) -> Any:
    """GX's own object for a rule, so that GX judges its type and arguments."""
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    where = f"{path}, contrôle {raw['meta']['regle']}"
    for name, value in raw.get("kwargs", {}).items():
        asked = value.get("$PARAMETER") if isinstance(value, dict) else None
        if asked is not None and asked not in bounds:
            raise UserError(
                f"la borne « {asked} » n'existe pas",
                lieu=f"{where}, {name}",
                remede=f"choisir parmi {', '.join(bounds)}",
            )
    try:
        return ExpectationConfiguration(**raw).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError) as error:
        raise UserError(
            "Great Expectations refuse ce contrôle",
            lieu=where,
            valeur=" ".join(str(error).split()),
            remede="vérifier le nom du contrôle (type) et ses arguments (kwargs)",
        ) from None


def _bounds(params: Params) -> dict[str, Any]:
    """The parameters a suite may name as {"$PARAMETER": …}."""
    q = params.year.qualite
    return {
        "montant_min": q.montant_min,
        "montant_max": q.montant_max,
        "annee_plausible_min": q.annee_plausible_min,
        "annee_plausible_max": q.annee_plausible_max,
    }


def _exception(info: Any) -> str:
    """GX reports a rule that could not run as an exception beside an empty result."""
    found = [info] if info and "raised_exception" in info else list((info or {}).values())
    for entry in found:
        if entry and entry.get("raised_exception"):
            return str(entry.get("exception_message") or "erreur")
    return ""


def _rule(
    table: str,
    expectation: Mapping[str, Any],
    cles: tuple[str, ...],
    ok: bool,
    erreur: str,
    lus: Mapping[str, Sequence[str]],
) -> Regle:
    meta = expectation["meta"]
    return Regle(
        meta["regle"],
        table,
        meta["champ"],
        expectation["severity"],
        meta["titre"],
        meta["remede"],
        cles,
        ok,
        erreur,
        str(expectation.get("kwargs", {}).get("column", "")),
        lus,
    )
