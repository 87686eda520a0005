"""What DuckDB refuses in a formula of the catalogue, said in French."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

_NO_COLUMN = re.compile(r'(?:Referenced column|column named) "([^"]+)"')
_FAMILIES = {  # the words by which DuckDB's messages begin, in French
    "Binder Error": "nom ou type que la table n'a pas",
    "Parser Error": "SQL mal formé",
    "Catalog Error": "table ou fonction inconnue",
    "Conversion Error": "valeur d'un autre type",
}


def in_french(error: Exception, columns: Sequence[str]) -> str:
    """A refusal of DuckDB in French; a misspelt column with the closest name."""
    text = str(error).strip().splitlines()[0]
    if named := _NO_COLUMN.search(text):
        close = difflib.get_close_matches(named[1].casefold(), columns, 1)
        also = f" : vouliez-vous dire « {close[0]} » ?" if close else ""
        return f"la colonne « {named[1]} » n'existe pas{also}"
    family, _, rest = text.partition(": ")
    return f"{_FAMILIES[family]} ; DuckDB dit : {rest}" if family in _FAMILIES else text
