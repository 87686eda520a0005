"""Great Expectations suites: read, checked for our own fields, and the rules that they make."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spaser import memory
from spaser.errors import UserError
from spaser.quality.expectations import Result, Validator
from spaser.sources.records import Ligne

CRITIQUE, AVERTISSEMENT, INFORMATION = "critical", "warning", "info"
GRAVITES = (CRITIQUE, AVERTISSEMENT, INFORMATION)
PARTS = ("titulaires", "modifications")  # tables of which a record has several rows
_OF_COLUMNS = ("expect_column", "expect_multicolumn", "expect_compound", "expect_select_column")
_AT_ONCE = 6  # rules run together on many rows
_META = {"regle", "champ", "titre", "remede"}
_COUNTED = ("marches", "concessions")
_NEEDED = {"acheteur_id": "acheteur", "date_notification": "date", "montant": "montant"}


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


def run(
    table: str, rows: Iterable[Mapping[str, Any]], suites: Path, validator: Validator
) -> list[Regle]:
    """Run one suite on its rows; an empty table breaks no rule and runs none.

    Args:
        table: a canonical table, which names its suite.
        rows: what the rules look at, a mapping of the suite's columns each.
        suites: the folder of the suites.
        validator: what runs them, one for all the tables of a gate.

    Raises:
        UserError: the suite is missing or malformed.
    """
    path = suites / f"{table}.json"
    suite = load(path)
    columns = _columns(rows, suite)
    if not columns:
        return [_rule(table, e, (), True, "sans objet : aucune ligne", {}) for e in suite]
    cles = columns["cle"]
    results = _results(validator, path, suite, columns)
    return [
        _rule(table, e, tuple(dict.fromkeys(cles[n] for n in broken)), ok, error,
              _read(columns, broken, e["meta"]["champ"]) if table in PARTS else {})
        for e in suite
        for broken, ok, error in [results[e["meta"]["regle"]]]
    ]  # fmt: skip


def _results(
    validator: Validator,
    path: Path,
    suite: Sequence[Mapping[str, Any]],
    columns: Mapping[str, Sequence[Any]],
) -> dict[str, Result]:
    """What each rule says, by its id; of many rows, a few rules at a time with their columns."""
    many = len(columns["cle"]) > memory.MANY
    size = _AT_ONCE if many else max(len(suite), 1)
    results: dict[str, Result] = {}
    for first in range(0, len(suite), size):
        some = suite[first : first + size]
        names = _named(columns, some)
        results |= validator(path, some, {name: columns[name] for name in names})
        if many:
            memory.look_for_circles()  # Great Expectations ties each frame to itself
    return results


def _read(
    columns: Mapping[str, Sequence[Any]], broken: Sequence[int], champ: str
) -> dict[str, list[str]]:
    """What the repeated parts that break a rule say in its field, by record."""
    of_field = columns.get(champ.removeprefix("modification."))
    values: dict[str, list[str]] = {}
    for n in broken:
        value = of_field[n] if of_field else None
        values.setdefault(columns["cle"][n], []).append("" if value is None else str(value))
    return values


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
    rules: set[str] = set()
    for number, expectation in enumerate(suite["expectations"], start=1):
        _check(f"{path}, contrôle {number}", expectation, rules)
    return list(suite["expectations"])


def require(kept: Iterable[Ligne], folder: Path) -> None:
    """Refuse suites that let through a contract or concession without what every figure needs.

    Args:
        kept: the accepted records.
        folder: the folder of the suites.

    Raises:
        UserError: a record without buyer, day or amount is accepted, its rule being softened.
    """
    for x in kept:
        lacks = [dit for champ, dit in _NEEDED.items() if x.valeurs.get(champ) is None]
        if x.table in _COUNTED and lacks:
            raise UserError(
                f"la suite laisse compter un enregistrement sans {lacks[0]}",
                lieu=str(folder / f"{x.table}.json"),
                valeur=f"{x.fichier}, enregistrement {x.rang}",
                remede="rendre critique (« critical ») la règle qui l'écarte, ou remplir ce champ",
            )


def _check(where: str, expectation: Any, rules: set[str]) -> None:
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
    if meta["regle"] in rules:
        raise UserError("règle écrite deux fois", lieu=where, remede="changer son identifiant")
    rules.add(meta["regle"])


def _columns(
    rows: Iterable[Mapping[str, Any]], suite: Sequence[Mapping[str, Any]]
) -> dict[str, list[Any]]:
    """Of rows, the columns that a suite names, and `cle`; none when there is no row.

    Great Expectations copies the frame at nearly every rule, and of many records each column is
    memory.  A suite with a rule of a kind that does not name its columns is given them all.
    """
    columns: dict[str, list[Any]] = {}
    for row in rows:
        if not columns:
            columns = {name: [] for name in _named(row, suite)}
        for name, values in columns.items():
            values.append(row[name])
    return columns


def _named(names: Iterable[str], suite: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those of some names of columns that rules name, and `cle`."""
    wanted = json.dumps([[e.get("kwargs"), e["meta"]["champ"]] for e in suite], ensure_ascii=False)
    named = all(str(e.get("type")).startswith(_OF_COLUMNS) for e in suite)
    return [n for n in names if n == "cle" or n in wanted or not named]


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
