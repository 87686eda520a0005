"""Declarations ready to upload: AGEC article 58, low-emission vehicles, ma cantine (simple).

One CSV a buyer, in the columns and the order of the public Table Schema, for the national
open-data portal (AGEC by 30 June, vehicles by 30 September of the year after) or for the site of
ma cantine.  A declaration
that lacks a compulsory cell is not written: declarations.csv says what to fill in.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from spaser.contracts.marches import Row
from spaser.csvtable import about
from spaser.modele import REFERENTIELS
from spaser.opendata import cantine
from spaser.plaintext import cell as harmless
from spaser.settings.params import Params
from spaser.settings.scheme import Acheteur

FOLDER = "declarations"
SCHEMAS = REFERENTIELS / "schemas-declarations"
PRETE, INCOMPLETE = "prête", "à compléter"


class Declaration(NamedTuple):
    """A declaration: its name, its table, its public schema, what our rows spell otherwise, and
    what makes its lines of the rows of a buyer, where they are not those."""

    nom: str
    table: str
    schema: str
    usual: Callable[[Acheteur, int], Row]
    lignes: Callable[[list[Row]], list[Row]] = list


DECLARATIONS = (
    Declaration(
        "agec",
        "agec",
        "agec_v0.1.0.json",
        lambda buyer, annee: {
            "annee": annee,
            "raison_sociale": buyer.nom,
            "montant_produits_issus_don": Decimal(0),  # nothing said of gifts: none
        },
    ),
    Declaration(
        "vehicules",
        "flotte",
        "vehicules_v0.1.3.json",
        lambda buyer, annee: {
            "annee": annee,
            "nom": buyer.nom,
            "sirenDeclarant": buyer.siren,
            "sirenCouvert": buyer.siren,
        },
    ),
    Declaration("cantine", "cantine", "cantine_simple.json", lambda *_: {}, cantine.bilans),
)


class Etat(NamedTuple):
    """A row of declarations.csv."""

    declaration: Annotated[
        str,
        about("agec, vehicules ou cantine", requis=True, parmi=tuple(d.nom for d in DECLARATIONS)),
    ]
    acheteur: Annotated[str, about("Acheteur", requis=True)]
    statut: Annotated[str, about("prête, ou à compléter", requis=True, parmi=(PRETE, INCOMPLETE))]
    fichier: Annotated[
        str, about("Fichier à déposer ; vide tant qu'il manque une valeur obligatoire")
    ]
    lignes: Annotated[int, about("Lignes de la déclaration", requis=True, minimum=1)]
    manques: Annotated[str, about("Ce que le schéma public refuse, par fichier et ligne")]


def write(
    folder: Path, rows: Mapping[str, Collection[Row]], params: Params, root: Path
) -> list[Etat]:
    """Write declarations/NAME-YEAR-BUYER.csv under `folder`; tell the state of each.

    A buyer without any row has nothing to declare, and no line.

    Args:
        folder: the folder to publish.
        rows: the canonical tables, as rows.
        params: the scheme and the year.
        root: the project's folder.
    """
    return list(_written(folder, rows, params, root))


def _written(
    folder: Path, rows: Mapping[str, Collection[Row]], params: Params, root: Path
) -> Iterator[Etat]:
    annee = params.year.annee
    for kind in DECLARATIONS:
        fields = schema(root, kind.schema)["fields"]
        for buyer in params.scheme.acheteurs:
            usual = kind.usual(buyer, annee)
            mine = [r for r in rows.get(kind.table, ()) if r["acheteur"] == buyer.code]
            lines = [
                {**usual, **{k: v for k, v in row.items() if v is not None}}
                for row in kind.lignes(mine)
            ]
            if not lines:
                continue
            cells = [[_cell(line.get(f["name"])) for f in fields] for line in lines]
            faults = [
                f"{line.get('fichier', '')}, ligne {line.get('ligne', '')} : {fault}"
                for line, row in zip(lines, cells, strict=True)
                for f, text in zip(fields, row, strict=True)
                if (fault := wrong(f, text))
            ]
            name = f"{FOLDER}/{kind.nom}-{annee}-{buyer.code}.csv"
            if not faults:
                _csv(folder / name, [f["name"] for f in fields], cells)
            status = INCOMPLETE if faults else PRETE
            yield Etat(
                kind.nom, buyer.code, status, "" if faults else name, len(lines), " ; ".join(faults)
            )


def schema(root: Path, name: str) -> dict[str, Any]:
    """A public Table Schema, as shipped in data/referentiels."""
    content: dict[str, Any] = json.loads((root / SCHEMAS / name).read_text(encoding="utf-8"))
    return content


_TYPES = {
    "year": re.compile(r"\d{4}"),
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
    "string": re.compile(r".*", re.DOTALL),
}


def wrong(field: Mapping[str, Any], text: str) -> str:
    """What a Table Schema field refuses in a cell, in French; empty when it accepts it."""
    rule, name = field["constraints"], field["name"]
    if not text:
        return f"{name} manque" if rule["required"] else ""
    accepted = _TYPES[field["type"]].fullmatch(text) and re.search(rule.get("pattern", ""), text)
    if not accepted or text not in rule.get("enum", [text]):
        return f"{name} refusé par le schéma ({text})"
    return ""


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return harmless(value) if isinstance(value, str) else str(value)


def _csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([header, *rows])
