"""A formula of the catalogue is one expression over one row, of known functions: nothing else.

A catalogue may come with a report made elsewhere, and what it writes goes into indicateurs.sql,
which an auditor runs with everything that DuckDB can do.  So it is parsed before it is pasted:
by DuckDB itself, into a tree whose every node is in the lists below.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_LISTED = """
+ - * / // % ** abs ceil ceiling floor round sign trunc greatest least nullif ifnull
|| ~~ !~~ ~~* !~~* like_escape not_like_escape concat contains ends_with left length lower ltrim
prefix regexp_full_match regexp_matches replace right rtrim starts_with strip_accents substr
substring suffix trim upper
array_contains array_extract array_length len list_contains list_distinct list_extract list_has
list_has_all list_has_any list_unique list_value
date_diff date_part date_trunc datediff day last_day make_date month quarter to_days to_months
to_weeks to_years year
"""
FUNCTIONS = frozenset(_LISTED.split())
"""Functions and operators that look at a row and at nothing else, in bounded time."""

_NODES = {
    *("COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "BETWEEN"),
    *("CASE", "CAST", "TYPE"),
}
_REFUSED = {
    "SUBQUERY": "une sous-requête n'est pas admise",
    "WINDOW": "une fonction de fenêtre n'est pas admise",
    "STAR": "« * » n'est pas admis",
    "LAMBDA": "une fonction lambda n'est pas admise",
    "PARAMETER": "un paramètre n'est pas admis",
}
_SIGNS = (";", "--", "/*", "$", "\\")  # another program may end or split the statement there
_LONGEST = 4000  # characters


class Refused(Exception):
    """What a formula holds that it may not; the text says so in French."""


def check(con: duckdb.DuckDBPyConnection, *texts: str) -> None:
    """Refuse formulas one of which is not one expression made of what is allowed.

    What DuckDB cannot parse passes: it refuses that itself, and says where.

    Raises:
        Refused: with the reason, of the first that is refused.
    """
    for text in texts:
        _check_text(text)
    trees = _parsed(con, [q for text in texts for q in (f"SELECT {text}", f"SELECT ({text})")])
    for bare, within in zip(trees, trees, strict=True):
        _check_tree(bare, within)


def _check_tree(bare: dict[str, Any] | None, within: dict[str, Any] | None) -> None:
    """Refuse a formula by its tree as it stands, and within parentheses."""
    if bare is None or within is None:
        if (bare is None) != (within is None):
            raise Refused("les parenthèses ne se répondent pas")
        return
    query = _one(within)
    if not _is_bare(query) or len(query["select_list"]) != 1 or not _is_bare(_one(bare)):
        raise Refused("une seule expression est attendue")
    for node in _nodes(query["select_list"]):
        _check_node(node)


def _check_text(text: str) -> None:
    """Refuse a text that is too long, or that has signs which end or hide a statement."""
    if len(text) > _LONGEST:
        raise Refused(f"plus de {_LONGEST} caractères")
    for sign in _SIGNS:
        if sign in text:
            raise Refused(f"« {sign} » n'est pas admis, même dans un texte")
    if not all(c.isprintable() or c in "\n\t" for c in text):
        raise Refused("un caractère de contrôle n'est pas admis")


def _check_node(node: dict[str, Any]) -> None:
    """Refuse a node of the tree that is not in the lists, or a function that is not."""
    if (kind := node["class"]) not in _NODES:
        raise Refused(_REFUSED.get(kind, f"{kind} n'est pas admis"))
    if kind == "FUNCTION":
        path = node["qualified_name"]["path"]
        if len(path) != 1 or path[0] not in FUNCTIONS:
            raise Refused(f"la fonction « {'.'.join(path)} » n'est pas admise")


def _parsed(
    con: duckdb.DuckDBPyConnection, queries: Sequence[str]
) -> Iterator[dict[str, Any] | None]:
    """The tree of each query, in order, or None when it does not parse."""
    answer = con.execute(
        "SELECT json_serialize_sql(list_extract($1, n))"
        " FROM range(1, len($1) + 1) AS numbers (n) ORDER BY n",
        [list(queries)],
    ).fetchall()
    for (text,) in answer:
        try:
            tree: dict[str, Any] = json.loads(text)
        except RecursionError:
            raise Refused("elle est trop imbriquée") from None
        yield None if tree["error"] and tree.get("error_type") == "parser" else tree


def _one(tree: dict[str, Any]) -> dict[str, Any]:
    """The only statement of a tree, a SELECT."""
    statements = tree.get("statements", ())
    if len(statements) != 1 or statements[0]["node"]["type"] != "SELECT_NODE":
        raise Refused("une seule expression est attendue")
    node: dict[str, Any] = statements[0]["node"]
    return node


def _is_bare(query: dict[str, Any]) -> bool:
    """Whether a SELECT has nothing but its list."""
    return (
        query["from_table"]["type"] == "EMPTY"
        and not query["modifiers"]
        and not query["cte_map"]["map"]
        and not query["group_expressions"]
        and not any(query[part] for part in ("where_clause", "having", "sample", "qualify"))
        and not any(item["alias"] for item in query["select_list"])
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a tree of expressions."""
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            if "class" in item:
                yield item
            waiting += item.values()
