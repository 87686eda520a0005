"""Tells the form of a file from its content, whatever its name.

The first bytes tell the container (JSON, XML, Parquet, workbook, text); what is inside tells the
form.  A form is a name and a reader; a new form is a new module and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from spaser.errors import Unreadable
from spaser.sources import (
    containers,
    decp_consolidated,
    decp_flat,
    decp_json,
    decp_mapped,
    decp_xml,
    national,
    part,
    register_table,
    tabular,
    values,
)
from spaser.sources.autrui import Autrui
from spaser.sources.decp_flat import COLUMNS
from spaser.sources.decp_mapped import Export
from spaser.sources.fields import FIELDS
from spaser.sources.records import Ailleurs, Annonce, Published, Remarque, TableName
from spaser.sources.registers import REGISTRES
from spaser.sources.sheets import Sheet, heading

_SCOPE = {"acheteur_id", "montant"}
_DATES = frozenset(
    column for field, columns in COLUMNS.items() if field.parse is values.date for column in columns
)
Records = Iterator[Published | Ailleurs | Remarque | Annonce]
FormReader = Callable[[Path, Collection[str], Collection[str]], Records]


class Form(NamedTuple):
    """A form: its name, the reader of its records, and its source in params/spaser.yml.

    The reader is given the SIRENs of our buyers, and of those like ours, who are read too: it may
    count the others without reading them.  `each`, where it is given, reads every record: for a
    file of which the ledger may correct any.
    """

    name: str
    read: FormReader
    source: str = "decp"
    each: FormReader | None = None


def recognise(path: Path, exports: Sequence[Export] = ()) -> Form:
    """The form of a file; `exports` are the tables that the params describe.

    Raises:
        Unreadable: no known form.
    """
    match containers.container(path):
        case "json" if part.recognise(path):
            return Form(part.NAME.format(part.head(path).forme), lambda p, *_: part.read(p))
        case "json":
            return _json(path)
        case "xml":
            return Form(
                decp_xml.form(path),
                lambda p, ours, alike: decp_xml.read(p, lambda s: s in ours or s in alike),
                each=lambda p, *_: decp_xml.read(p),
            )
        case _:
            return _table(path, exports)


def _json(path: Path) -> Form:
    """The form of the first record of a JSON file, wherever it stands."""
    kind = decp_json.recognise(path)
    source = kind.registre.source if kind.registre else "decp"
    return Form(
        kind.nom,
        lambda p, ours, alike: decp_json.read(p, kind, lambda s: s in ours or s in alike),
        source,
        lambda p, *_: decp_json.read(p, kind),
    )


def _table(path: Path, exports: Sequence[Export]) -> Form:
    """A tabular form, from its header; what the params describe comes first."""
    known = [
        *(e.known for e in exports),
        *decp_flat.KNOWN.values(),
        decp_consolidated.KNOWN,
        *register_table.KNOWN,
    ]
    sheet = tabular.sheet(path, known)
    header = frozenset(heading(h) for h in sheet.header)
    matching = [e for e in exports if not e.missing(sheet.header)]
    if matching:
        export = max(matching, key=lambda e: len(e.headings))
        if export.table in REGISTRES:
            register_table.refuse_people(sheet.header)
        return Form(
            decp_mapped.NAME.format(export.nom),
            lambda *_: decp_mapped.read(sheet.rows, sheet, export),
            export.source,
        )
    if header >= decp_consolidated.MARKS:
        read = partial(_consolidated, sheet)
        return Form(decp_consolidated.NAME, read, each=partial(read, every=True))
    for table, marks in decp_flat.MARKS.items():
        if header >= marks and table == decp_flat.table_of(header):
            flat = partial(_flat_table, sheet, table)
            return Form(decp_flat.NAME_TABLE, flat, each=partial(flat, every=True))
    if registre := register_table.which(sheet.header):
        return Form(
            registre.titre, lambda *_: register_table.read(sheet, registre), registre.source
        )
    raise Unreadable(_unknown(sheet, exports))


def _flat_table(
    sheet: Sheet, table: TableName, path: Path, sirens: Collection[str], alike: Collection[str],
    *, every: bool = False,
) -> Records:  # fmt: skip
    for one in _national(sheet, table, path, (sirens, alike), every=every):
        if isinstance(one, Ailleurs):
            yield one
        else:
            yield from decp_flat.read_table(one.rows, one)


def _consolidated(
    sheet: Sheet, path: Path, sirens: Collection[str], alike: Collection[str],
    *, every: bool = False,
) -> Records:  # fmt: skip
    for one in _national(sheet, "marches", path, (sirens, alike), every=every):
        if isinstance(one, Ailleurs):
            yield one
        else:
            yield from decp_consolidated.read(one.rows, one, sirens, alike)


def _national(
    sheet: Sheet, table: TableName, path: Path, read: Sequence[Collection[str]], *, every: bool
) -> Iterator[Ailleurs | Sheet]:
    """An official table, of which other buyers' rows are counted: in Parquet by DuckDB, first; in
    text as they stream by, unless every row is to read."""
    buyer, amount = (sheet.column(*COLUMNS[f]) for f in FIELDS[table] if f.name in _SCOPE)
    kind = containers.container(path)
    if kind == "parquet":
        assert buyer, "a mark of the form"
        assert amount, "a mark of the form"
        sirens = {siren for some in read for siren in some}
        aside, rows = national.split(path, sheet.header, buyer, amount, table, sirens)
        if aside.acheteurs:
            yield aside
        yield replace(sheet, rows=rows)
    elif kind == "texte" and buyer and amount and not every:
        dates = [h for h in sheet.header if heading(h) in _DATES]
        autrui = Autrui(sheet, (buyer, amount), dates, read)
        yield replace(sheet, rows=autrui.to_read())
        yield from autrui.passed(table)
    else:
        yield sheet


def _unknown(sheet: Sheet, exports: Sequence[Export]) -> str:
    """What to say of a table that no form has: its columns, and what the nearest export lacks."""
    headings = ", ".join(f"« {h} »" for h in sheet.header[:12])
    text = f"tableau de forme inconnue (colonnes : {headings})"
    if short := register_table.lacking(sheet.header):
        registre, column = short
        text += f" ; au registre « {registre.titre} », il manque la colonne « {column} »"
    if exports:
        near = min(exports, key=lambda e: len(e.missing(sheet.header)) / len(e.headings))
        lacking = ", ".join(f"« {h} »" for h in near.missing(sheet.header))
        text += f" ; l'export « {near.nom} » demande encore {lacking}"
    return text + (
        " ; remède : décrire ses colonnes dans params/colonnes.yml, ou reprendre celles d'un "
        "registre (docs/registres.md)"
    )
