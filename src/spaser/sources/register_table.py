"""Registers as files: which register a table is, by its header, and its rows.

A register is a table (CSV, workbook, Parquet) whose header holds one of its signatures; other
columns may stand beside and are let be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from spaser.errors import Unreadable
from spaser.sources.records import Published, Remarque
from spaser.sources.registers import REGISTRES, Registre
from spaser.sources.registers.kinds import EXEMPLE
from spaser.sources.sheets import Sheet, heading
from spaser.sources.texts import once

_NEARLY = 2  # columns of a signature that make a table look like a register
_SMALL = frozenset({"de", "du", "des", "la", "le", "les", "l", "d", "en", "n"})
_WORDS = {"VARCHAR", "BOOLEAN"}  # types of columns whose twin changes no figure
_PEOPLE = (
    "prenom",
    "prenoms",
    "date de naissance",
    "ne le",
    "nir",
    "numero de securite sociale",
    "nom du beneficiaire",
    "nom beneficiaire",
    "nom du salarie",
    "identifiant france travail",
    "identifiant pole emploi",
)


def which(header: Sequence[str]) -> Registre | None:
    """The register that a header is; the most demanding signature wins.

    Raises:
        Unreadable: the columns are those of a list of persons.
    """
    candidates: list[tuple[int, Registre]] = []
    for registre in REGISTRES.values():
        names = set(columns(registre, header))
        candidates += [(len(s), registre) for s in registre.signatures if s <= names]
    if not candidates:
        return None
    registre = max(candidates, key=lambda pair: pair[0])[1]
    refuse_people(header)
    return registre


def refuse_people(header: Sequence[str]) -> None:
    """Let no list of persons be read.

    Raises:
        Unreadable: a column holds names or birth dates.
    """
    if persons := [h for h in header if heading(h) in _PEOPLE]:
        raise Unreadable(
            f"fichier nominatif (colonne « {persons[0]} ») : il n'est pas lu ; remède : "
            "le remplacer par des totaux par marché, sans nom ni date de naissance"
        )


def lacking(header: Sequence[str]) -> tuple[Registre, str] | None:
    """The register whose signature a header holds but for one column, and that column."""
    for registre in REGISTRES.values():
        names = set(columns(registre, header))
        for signature in registre.signatures:
            missing = [*(signature - names)]
            if len(missing) == 1 and len(signature) > _NEARLY:
                return registre, missing[0]
    return None


def columns(registre: Registre, header: Sequence[str]) -> dict[str, str]:
    """Canonical name -> column of the file; a canonical header wins over its synonyms."""
    spellings = {_bare(s): name for s, name in _spellings(registre).items()}
    names: dict[str, str] = {}
    for column in header:
        name = spellings.get(_bare(column))
        if name and (name not in names or heading(column) == heading(name)):
            names[name] = column
    return names


@once
def _bare(header: str) -> str:
    """A heading without brackets, punctuation and small words: «Date de paiement (JJ/MM)»."""
    words = re.split(r"[^a-z0-9]+", heading(re.sub(r"\(.*?\)", " ", header)))
    return " ".join(w for w in words if w and w not in _SMALL)


def read(sheet: Sheet, registre: Registre) -> Iterator[Published | Remarque]:
    """Yield each row of a register, numbered as a spreadsheet shows it.

    The example line of a template is no row: it is told.
    """
    _refuse_twins(registre, sheet)
    names = columns(registre, sheet.header)
    letters = {name: sheet.letters[column] for name, column in names.items()}
    for number, row in sheet.rows:
        if EXEMPLE in row.values():
            yield Remarque(f"ligne {number} : l'exemple du modèle n'est pas compté")
            continue
        yield _record(registre, number, row, names, letters)


def _refuse_twins(registre: Registre, sheet: Sheet) -> None:
    """Let no number or date be read in one of two columns.

    Raises:
        Unreadable: two headings say it, neither of which is its name.
    """
    spellings = {_bare(s): name for s, name in _spellings(registre).items()}
    for column in registre.lues:
        own = [h for h in sheet.header if spellings.get(_bare(h)) == column.name]
        named = any(heading(h) == heading(column.name) for h in own)
        if len(own) > 1 and not named and column.type not in _WORDS:
            both = " et ".join(f"« {h} » ({sheet.letters[h]})" for h in own[:2])
            raise Unreadable(
                f"deux colonnes peuvent être « {column.name} » : {both} ; remède : n'en garder "
                f"qu'une, ou nommer la bonne « {column.name} »"
            )


def published(registre: Registre, rang: int, row: Mapping[str, object]) -> Published:
    """An object of a JSON list as a row of a register.

    Args:
        registre: the register.
        rang: its rank in the file.
        row: the object.
    """
    return _record(registre, rang, row, columns(registre, [*row]), {})


def _record(
    registre: Registre,
    rang: int,
    row: Mapping[str, object],
    names: Mapping[str, str],
    letters: Mapping[str, str],
) -> Published:
    return Published(
        table=registre.table,
        rang=rang,
        tabulaire=True,
        fields={name: row.get(column) for name, column in names.items()},
        holders=(),
        modifications=(),
        raw=row,
        colonnes=letters,
    )


def _spellings(registre: Registre) -> Mapping[str, str]:
    """Header, as compared -> canonical name; canonical names have the last word."""
    names = {heading(s): c.name for c in registre.columns if c.parse for s in c.autres}
    return names | {heading(c.name): c.name for c in registre.columns if c.parse}


# The headers that each register may have, for the search of the header row.
KNOWN = [frozenset(_spellings(r)) for r in REGISTRES.values()]
