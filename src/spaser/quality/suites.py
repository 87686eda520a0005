"""Great Expectations suites: read, checked for our own fields, run in memory.

Great Expectations is imported here alone, and only when there are rows: it costs seconds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.errors import UserError
from spaser.params import Params

if TYPE_CHECKING:
    import pandas as pd

CRITIQUE, AVERTISSEMENT, INFORMATION = "critical", "warning", "info"
_META = {"regle", "champ", "titre", "remede"}


@dataclass(frozen=True)
class Regle:
    """One rule as it was run.

    `cles` are the records that break it; `erreur` is set when the rule could not run, which
    is never the same as «no record breaks it».
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


def run(table: str, rows: Sequence[Mapping[str, Any]], suites: Path, params: Params) -> list[Regle]:
    """Run one suite on its rows; an empty table breaks no rule and runs none."""
    suite = load(suites / f"{table}.json")
    if not rows:
        return [
            _rule(table, e, (), True, "sans objet : aucune ligne") for e in suite["expectations"]
        ]
    results = _validate(suite, _frame(rows), params)
    return [_rule(table, e, *results[e["meta"]["regle"]]) for e in suite["expectations"]]


def load(path: Path) -> dict[str, Any]:
    """Read a suite and check that each expectation carries our rule.

    Raises:
        UserError: no file, no JSON, or a rule without its id, field, title or remedy.
    """
    try:
        suite: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
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
    seen: set[str] = set()
    for number, expectation in enumerate(suite.get("expectations", ()), start=1):
        meta = expectation.get("meta") or {}
        where = f"{path}, contrôle {number} ({meta.get('regle', expectation.get('type'))})"
        if missing := sorted(_META - meta.keys()):
            raise UserError(
                f"il manque meta.{missing[0]}",
                lieu=where,
                remede="donner à chaque contrôle regle, champ, titre et remede",
            )
        if expectation.get("severity") not in {CRITIQUE, AVERTISSEMENT, INFORMATION}:
            raise UserError(
                "gravité inconnue",
                lieu=where,
                valeur=expectation.get("severity"),
                remede=f"choisir {CRITIQUE}, {AVERTISSEMENT} ou {INFORMATION}",
            )
        if meta["regle"] in seen:
            raise UserError("règle écrite deux fois", lieu=where, remede="changer son identifiant")
        seen.add(meta["regle"])
    return suite


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=object) for name in rows[0]}
    )


def _validate(
    suite: Mapping[str, Any], frame: pd.DataFrame, params: Params
) -> dict[str, tuple[tuple[str, ...], bool, str]]:
    """Run GX in memory; per rule id: broken keys, success, and why it could not run."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.core.expectation_suite import ExpectationSuite

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("spaser")
        .add_dataframe_asset("table")
        .add_batch_definition_whole_dataframe("tout")
        .get_batch({"dataframe": frame})
    )
    report = batch.validate(
        ExpectationSuite(**suite),
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": ["cle"],
            "include_unexpected_rows": False,
        },
        expectation_parameters=_bounds(params),
    )
    return {
        result.expectation_config.meta["regle"]: (
            tuple(
                dict.fromkeys(i["cle"] for i in result.result.get("unexpected_index_list") or ())
            ),
            bool(result.success),
            _exception(result.exception_info),
        )
        for result in report.results
    }


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
    table: str, expectation: Mapping[str, Any], cles: tuple[str, ...], ok: bool, erreur: str
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
    )
