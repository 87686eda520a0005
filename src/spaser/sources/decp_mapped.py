"""Exports of a buyer profile or of accounting software, read through params/colonnes.yml.

Such a table has whatever headings its software gives it: the analyst says once which column is
which field.  A file is known by its headings: an export matches when all its columns are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from spaser.settings import yamlfile
from spaser.settings.validation import validate
from spaser.settings.values import Model, Text
from spaser.sources.fields import FIELDS, LISTS, MODIFICATIONS, SOUS_TRAITANCES
from spaser.sources.records import Published
from spaser.sources.registers import REGISTRES
from spaser.sources.sheets import Sheet, heading
from spaser.sources.texts import text

FILE = "colonnes.yml"
NAME = "Export « {} » (params/colonnes.yml)"
_CONTRACTS = ("marches", "concessions")
_NEEDED = (("acheteur_id",), ("montant",), ("date_notification",))


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _in_order(value: object) -> object:
    """A heading, some possible headings, or `premier`: several columns to try in turn."""
    if not isinstance(value, dict):
        return [value]
    if [*value] != ["premier"] or not isinstance(value["premier"], list):
        raise ValueError("un champ est un en-tête, une liste d'en-têtes, ou {premier: [A, B]}")
    return value["premier"]


Headings = Annotated[tuple[Text, ...], BeforeValidator(_several), Field(min_length=1)]
Columns = Annotated[tuple[Headings, ...], BeforeValidator(_in_order), Field(min_length=1)]


class Holder(Model):
    """The columns of one holder; without a column of types, all are of `type_identifiant`."""

    id: Headings
    type: Headings | None = None
    type_identifiant: Text = "SIRET"


class Export(Model):
    """One export: canonical field -> heading (or headings, one of which is there); with
    `premier`, the columns whose first filled cell counts.

    `table` is marches, concessions or a register of docs/registres.md.

    `valeurs` are what the file does not say (the buyer's SIRET), `listes` what separates the
    labels of a list, `libelles` what its words mean in the official ones, field by field.
    """

    nom: Text
    table: Text = "marches"
    colonnes: dict[str, Columns]
    titulaires: tuple[Holder, ...] = ()
    modification: dict[str, Columns] = Field(default_factory=dict)
    sous_traitance: dict[str, Columns] = Field(default_factory=dict)
    valeurs: dict[str, Text] = Field(default_factory=dict)
    listes: str = Field(default=",", min_length=1)
    libelles: dict[str, dict[str, Text]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_known(self) -> Export:
        if self.table not in FIELDS:
            raise ValueError(
                f"la table « {self.table} » n'existe pas ; tables possibles : {', '.join(FIELDS)}"
            )
        fields = [f.name for f in FIELDS[self.table]]
        parts = self.titulaires or self.modification or self.sous_traitance
        if parts and self.table not in _CONTRACTS:
            raise ValueError(
                "titulaires, modification et sous_traitance ne vont qu'avec marches et concessions"
            )
        for part, known in (
            (self.colonnes, fields),
            (self.valeurs, fields),
            (self.libelles, fields),
            (self.modification, [f.name for f in MODIFICATIONS]),
            (self.sous_traitance, [f.name for f in SOUS_TRAITANCES]),
        ):
            if stray := sorted(set(part) - set(known)):
                raise ValueError(
                    f"le champ « {stray[0]} » n'existe pas ; champs possibles : {', '.join(known)}"
                )
        if twice := sorted(self.colonnes.keys() & self.valeurs.keys()):
            raise ValueError(f"le champ « {twice[0]} » est donné par une colonne et par une valeur")
        given = self.colonnes.keys() | self.valeurs.keys()
        if missing := [names[0] for names in self._needed if not given & {*names}]:
            raise ValueError(f"le champ « {missing[0]} » manque : sans lui, rien n'est compté")
        return self

    @property
    def _needed(self) -> Iterable[tuple[str, ...]]:
        """The fields without which nothing is counted; of each group, one will do."""
        registre = REGISTRES.get(self.table)
        if not registre:
            return _NEEDED
        return [
            names for names in (registre.acheteur, registre.montant, registre.identite) if names
        ]

    @property
    def source(self) -> str:
        """The source that it feeds, by its name in params/spaser.yml."""
        registre = REGISTRES.get(self.table)
        return registre.source if registre else "decp"

    @property
    def headings(self) -> list[Headings]:
        """The headings of every column that the export must have."""
        holders = [h for t in self.titulaires for h in (t.id, t.type) if h]
        parts = (self.colonnes, self.modification, self.sous_traitance)
        return [h for part in parts for columns in part.values() for h in columns] + holders

    def missing(self, header: Iterable[str]) -> list[str]:
        """The first heading of each column that a header has not."""
        have = {heading(h) for h in header}
        return [names[0] for names in self.headings if not have & {heading(n) for n in names}]

    @property
    def known(self) -> frozenset[str]:
        """All its headings, as they are compared."""
        return frozenset(heading(n) for names in self.headings for n in names)


class _Exports(Model):
    exports: tuple[Export, ...] = ()


def load(folder: Path) -> tuple[Export, ...]:
    """Read params/colonnes.yml; no export without it.

    Raises:
        UserError: an unknown key or field, or a field that nothing can be counted without.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    file = yamlfile.read(path)
    return validate(_Exports, file, file.content or {}).exports


def read(
    rows: Iterable[tuple[int, Mapping[str, object]]], sheet: Sheet, export: Export
) -> Iterator[Published]:
    """Yield each row, renamed; positions are the row numbers of the table.

    Args:
        rows: the rows of the table.
        sheet: the table.
        export: what params/colonnes.yml says of it.
    """
    columns, changes, acts = (
        {name: _columns(sheet, of) for name, of in part.items()}
        for part in (export.colonnes, export.modification, export.sous_traitance)
    )
    holders = [
        (sheet.column(*h.id) or "", sheet.column(*h.type) if h.type else None, h.type_identifiant)
        for h in export.titulaires
    ]
    letters = {
        f"titulaire_id_{n}": sheet.letters[id_] for n, (id_, *_) in enumerate(holders, start=1)
    }
    for rang, row in rows:
        chosen = {name: _filled(row, of) for name, of in columns.items()}
        act = {name: _filled(row, of) for name, of in acts.items()}
        yield Published(
            table=export.table,
            rang=rang,
            tabulaire=True,
            fields={
                **export.valeurs,
                **{name: _worded(name, row.get(c), export) for name, c in chosen.items()},
            },
            holders=_held(row, holders),
            modifications=[{name: row.get(_filled(row, of)) for name, of in changes.items()}],
            sous_traitances=[{name: row.get(c) for name, c in act.items()}],
            raw=row,
            colonnes=letters
            | {name: sheet.letters[c] for name, c in chosen.items()}
            | {f"sous_traitance.{name}": sheet.letters[c] for name, c in act.items()},
        )


def _columns(sheet: Sheet, headings: Iterable[Headings]) -> list[str]:
    """The columns of a field in a sheet that has them, in the order in which they are tried."""
    return [column for names in headings if (column := sheet.column(*names))]


def _filled(row: Mapping[str, object], columns: Sequence[str]) -> str:
    """The first of some columns that is filled in a row; the first of all when none is."""
    return next((c for c in columns if text(row.get(c)).value is not None), columns[0])


def _held(
    row: Mapping[str, object], holders: Sequence[tuple[str, str | None, str]]
) -> list[tuple[object, object]]:
    return [
        (row.get(id_), row.get(kind) if kind else usual)
        for id_, kind, usual in holders
        if row.get(id_) is not None
    ]


def _worded(name: str, value: object, export: Export) -> object:
    """A cell in the official words: its list cut, its labels translated."""
    words = {heading(k): v for k, v in export.libelles.get(name, {}).items()}
    if name in LISTS and isinstance(value, str):
        items = [item.strip() for item in value.split(export.listes)]
        return [words.get(heading(item), item) for item in items if item]
    return words.get(heading(value), value) if words and value is not None else value
