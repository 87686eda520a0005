"""Published tables as pandas frames, each column of its declared type.

Amounts, counts and parts are exact Decimals; rates, and values that may be rates, are floats, as
in the program that makes them; whole numbers are Int64, dates datetime64, yes and no booleans.
An empty cell is missing in all of them, never zero nor a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.csvtable import Col
from spaser.figures.complements import BLOCS

if TYPE_CHECKING:
    from pandas import DataFrame, Series

RATES = frozenset(
    {
        "valeur",
        "couverture",
        "borne_basse",
        "borne_haute",
        "valeur_n_1",
        "evolution",
        "ancien",
        "nouveau",
        "manque",
        "valeur_sans_maxima",
    }
) | {champ.nom for bloc in BLOCS.values() for champ in bloc.champs if champ.forme == "taux"}
"""Columns of numbers that are doubles: the quotient of two exact parts."""


def frame(path: Path, columns: Sequence[Col]) -> DataFrame:
    """The table of a published CSV file.

    Args:
        path: the file, which has these columns.
        columns: their names and types.

    Raises:
        FileNotFoundError: the edition does not have it.
    """
    import pandas as pd

    texts = pd.read_csv(path, dtype=str, keep_default_na=False)
    return texts.assign(**{c.name: _typed(texts[c.name], c) for c in columns if c.name in texts})


def only(rows: DataFrame, column: str, values: Sequence[object]) -> DataFrame:
    """The rows whose `column` has one of these values.

    Args:
        rows: the table.
        column: the name of a column.
        values: the values wanted.
    """
    return rows[rows[column].isin(values)]


def of(rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """A table of the summary of the gate, its amounts as that file writes them."""
    import pandas as pd

    return pd.DataFrame(rows)


def _typed(texts: Series, column: Col) -> Series:
    import pandas as pd

    known = texts.where(texts != "")
    if column.type == "integer":
        return pd.to_numeric(known).astype("Int64")
    if column.type == "date":
        return pd.to_datetime(known, format="%Y-%m-%d")
    if column.type == "boolean":
        return known.map({"true": True, "false": False}).astype("boolean")
    if column.type != "number":
        return known
    if column.name in RATES:
        return known.astype(float)
    return pd.Series([Decimal(t) if t else None for t in texts], texts.index, dtype=object)
