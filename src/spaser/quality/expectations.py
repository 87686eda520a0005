"""Great Expectations, run in memory: its one import, its one context, its results as row numbers.

It is imported when there are rows to check, without the libraries that no rule of ours uses, and
its sources of data and expectations only when one is asked for: it would cost seconds.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from spaser import deferred
from spaser.errors import UserError
from spaser.settings.params import Params

if TYPE_CHECKING:
    import pandas as pd

# One rule and two metrics want the first three; whoever asks a server, the others.
_UNUSED = ("altair", "scipy", "scipy.stats", "requests", "great_expectations.core.http")
_READERS = "great_expectations.datasource.fluent.dynamic_pandas"
_OURS = ("pandas_datasource", "invalid_datasource")  # of the sources of data: a frame in memory
_EXPECTATIONS = "great_expectations.expectations.core"  # a module each, of its name
# Without names of columns, rows are named by the index of the frame, which no look-up costs.
_FORMAT = {"result_format": "COMPLETE", "include_unexpected_rows": False}


class Result(NamedTuple):
    """What a rule says of a table: numbers of the rows that break it, whether it holds, and why
    it could not run (empty: it ran)."""

    rows: tuple[int, ...]
    success: bool
    error: str


TableColumns = Mapping[str, Sequence[Any]]
Validator = Callable[[Path, Sequence[Mapping[str, Any]], TableColumns], dict[str, Result]]


@contextlib.contextmanager
def validator(params: Params) -> Iterator[Validator]:
    """What runs a suite on a table, for as many tables as wanted, within the `with`.

    It takes the file of the suite (for messages), its expectations as JSON objects and the columns
    of a table; it gives the result of each rule by its id (`meta.regle`), rows numbered from 0.

    Raises:
        UserError: Great Expectations does not know a rule or refuses its arguments.
    """
    allowed = bounds(params)
    with contextlib.ExitStack() as stack:
        definition: Any = None

        def validate(
            path: Path, suite: Sequence[Mapping[str, Any]], columns: TableColumns
        ) -> dict[str, Result]:
            nonlocal definition
            if definition is None:
                definition = _definition()
                stack.enter_context(_made_once())
                stack.enter_context(_without_fingerprints())
                stack.enter_context(_plain_as_they_are())
            from great_expectations.core.expectation_suite import ExpectationSuite

            batch = definition.get_batch({"dataframe": _frame(columns)})
            report = batch.validate(
                ExpectationSuite(
                    name=path.stem, expectations=[_expectation(path, e, allowed) for e in suite]
                ),
                result_format=_FORMAT,
                expectation_parameters=allowed,
            )
            batch.data.execution_engine._metric_cache.clear()  # kept for nobody, a value a row
            return {r.expectation_config.meta["regle"]: _result(r) for r in report.results}

        yield validate


def _frame(columns: TableColumns) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in columns.items()})


def load() -> Any:
    """Import Great Expectations, its usage statistics off, without what no rule needs."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with deferred.imports(*_UNUSED, *_others()), _without_readers():
        import great_expectations
    return great_expectations


@contextlib.contextmanager
def _without_readers() -> Iterator[None]:
    """Let Great Expectations make no model of each function by which pandas reads a file."""
    stand_in: Any = ModuleType(_READERS)
    stand_in._generate_pandas_data_asset_models = lambda *_, **__: {}
    before = sys.modules.get(_READERS)
    sys.modules[_READERS] = stand_in
    try:
        yield
    finally:
        del sys.modules[_READERS]
        if before:
            sys.modules[_READERS] = before


def _others() -> Iterator[str]:
    """Modules of Great Expectations that come when they are asked for, and hardly ever are."""
    spec = find_spec("great_expectations")
    for root in map(Path, (spec and spec.submodule_search_locations) or ()):
        for path in (*root.glob("datasource/fluent/*_datasource.py"),
                     *root.glob("expectations/core/expect_*.py")):  # fmt: skip
            if path.stem not in _OURS:
                yield ".".join((root.name, *path.relative_to(root).with_suffix("").parts))


def _definition() -> Any:
    """The place of one frame at a time, in a context without files and without progress bars."""
    context = load().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("spaser").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("tout")


@contextlib.contextmanager
def _made_once() -> Iterator[None]:
    """Let an expectation make its configuration once, and a configuration its expectation: each is
    made anew at each of a hundred looks.

    An expectation does not change once it is made; a configuration may be given a batch, which its
    arguments then say.
    """
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    # Both hold what they are made from: its id must not be given again.
    configurations: dict[int, tuple[Any, Any]] = {}
    expectations: dict[int, tuple[Any, dict[str, Any], Any]] = {}
    original, made = Expectation.configuration, ExpectationConfiguration.to_domain_obj

    def configuration(self: Any) -> Any:
        if id(self) not in configurations:
            configurations[id(self)] = self, original.fget(self)
        return configurations[id(self)][1]

    def expectation(self: Any) -> Any:
        if id(self) not in expectations or expectations[id(self)][1] != self.kwargs:
            expectations[id(self)] = self, dict(self.kwargs), made(self)
        return expectations[id(self)][2]

    Expectation.configuration = property(configuration)
    ExpectationConfiguration.to_domain_obj = expectation
    try:
        yield
    finally:
        Expectation.configuration, ExpectationConfiguration.to_domain_obj = original, made


@contextlib.contextmanager
def _without_fingerprints() -> Iterator[None]:
    """Spare Great Expectations the digest of each frame: it serves a mark that we never show."""
    from great_expectations.execution_engine import pandas_execution_engine as engine

    original = engine.hash_pandas_dataframe
    engine.hash_pandas_dataframe = lambda _: ""
    try:
        yield
    finally:
        engine.hash_pandas_dataframe = original


@contextlib.contextmanager
def _plain_as_they_are() -> Iterator[None]:
    """Let arguments that JSON writes as they are go unconverted into the names of metrics.

    Each is converted a dozen times, by a function that asks what a value is of forty kinds.
    """
    from great_expectations.core import id_dict

    original = id_dict.convert_to_json_serializable
    id_dict.convert_to_json_serializable = lambda data: data if _plain(data) else original(data)
    try:
        yield
    finally:
        id_dict.convert_to_json_serializable = original


def _plain(value: object) -> bool:
    kind = type(value)
    if kind is dict:
        return all(type(k) is str and _plain(v) for k, v in value.items())  # type: ignore[attr-defined]
    if kind is list:
        return all(map(_plain, value))  # type: ignore[call-overload]
    return kind in {str, int, bool, type(None)}


def _expectation(path: Path, raw: Mapping[str, Any], bounds: Mapping[str, Any]) -> Any:
    """Great Expectations' own object for a rule, so that it judges its type and arguments."""
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
    kind = str(raw.get("type"))
    if kind.isidentifier() and find_spec(f"{_EXPECTATIONS}.{kind}"):
        importlib.import_module(f"{_EXPECTATIONS}.{kind}")  # which makes it known
    try:
        return ExpectationConfiguration(**raw).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError) as error:
        raise UserError(
            "Great Expectations refuse ce contrôle",
            lieu=where,
            valeur=" ".join(str(error).split()),
            remede="vérifier le nom du contrôle (type) et ses arguments (kwargs)",
        ) from None


def bounds(params: Params) -> dict[str, Any]:
    """The parameters a suite may name as {"$PARAMETER": …}."""
    q = params.year.qualite
    return {
        "montant_min": q.montant_min,
        "montant_max": q.montant_max,
        "annee_plausible_min": q.annee_plausible_min,
        "annee_plausible_max": q.annee_plausible_max,
    }


def _result(validated: Any) -> Result:
    broken = validated.result.get("unexpected_index_list") or ()
    return Result(
        tuple(map(int, broken)), bool(validated.success), _exception(validated.exception_info)
    )


def _exception(info: Any) -> str:
    """A rule that could not run is an exception beside an empty result, not «no bad row»."""
    entries = [info] if info and "raised_exception" in info else list((info or {}).values())
    for entry in entries:
        if entry and entry.get("raised_exception"):
            return str(entry.get("exception_message") or "erreur")
    return ""
