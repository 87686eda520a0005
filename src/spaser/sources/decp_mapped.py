"""Exports of a buyer profile or of accounting software, read through params/colonnes.yml.

Such a table has whatever headings its software gives it: the analyst says once which column is
which field.  A file is known by its headings: an export matches when all its columns are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from spaser.settings import yamlfile
from spaser.settings.params import Model, Text, validate
from spaser.sources.fields import FIELDS, LISTS, MODIFICATIONS, SOUS_TRAITANCES
from spaser.sources.records import Published
from spaser.sources.sheets import Sheet, heading

FILE = "colonnes.yml"
NAME = "Export « {} » (params/colonnes.yml)"
_NEEDED = ("acheteur_id", "montant", "date_notification")


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Headings = Annotated[tuple[Text, ...], BeforeValidator(_several), Field(min_length=1)]


class Holder(Model):
    """The columns of one holder; without a column of types, all are of `type_identifiant`."""

    id: Headings
    type: Headings | None = None
    type_identifiant: Text = "SIRET"


class Export(Model):
    """One export: canonical field -> heading (or headings, one of which is there).

    `valeurs` are what the file does not say (the buyer's SIRET), `listes` what separates the
    labels of a list, `libelles` what its words mean in the official ones, field by field.
    """

    nom: Text
    table: Literal["marches", "concessions"] = "marches"
    colonnes: dict[str, Headings]
    titulaires: tuple[Holder, ...] = ()
    modification: dict[str, Headings] = Field(default_factory=dict)
    sous_traitance: dict[str, Headings] = Field(default_factory=dict)
    valeurs: dict[str, Text] = Field(default_factory=dict)
    listes: str = Field(default=",", min_length=1)
    libelles: dict[str, dict[str, Text]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_known(self) -> Export:
        fields = [f.name for f in FIELDS[self.table]]
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
        if missing := [name for name in _NEEDED if name not in given]:
            raise ValueError(f"le champ « {missing[0]} » manque : sans lui, rien n'est compté")
        return self

    @property
    def headings(self) -> list[Headings]:
        """The headings of every column that the export must have."""
        holders = [h for t in self.titulaires for h in (t.id, t.type) if h]
        parts = (self.colonnes, self.modification, self.sous_traitance)
        return [h for part in parts for h in part.values()] + holders

    def missing(self, header: Iterable[str]) -> list[str]:
        """The first heading of each column that a header has not."""
        have = {heading(h) for h in header}
        return [names[0] for names in self.headings if not have & {heading(n) for n in names}]

    @property
    def known(self) -> frozenset[str]:
        """All its headings, as they are compared."""
        return frozenset(heading(n) for names in self.headings for n in names)


class _File(Model):
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
    return validate(_File, file, file.data or {}).exports


def read(
    rows: Iterable[tuple[int, Mapping[str, object]]], sheet: Sheet, export: Export
) -> Iterator[Published]:
    """Yield each row, renamed; positions are the row numbers of the table."""
    columns = {
        name: column
        for name, headings in export.colonnes.items()
        if (column := sheet.column(*headings))
    }
    holders = [
        (sheet.column(*h.id) or "", sheet.column(*h.type) if h.type else None, h.type_identifiant)
        for h in export.titulaires
    ]
    parts = {
        part: {name: sheet.column(*h) or "" for name, h in names.items()}
        for part, names in (("m", export.modification), ("s", export.sous_traitance))
    }
    letters = {name: sheet.letters[column] for name, column in columns.items()} | {
        f"titulaire_id_{n}": sheet.letters[id_] for n, (id_, *_) in enumerate(holders, start=1)
    }
    letters |= {f"sous_traitance.{name}": sheet.letters[c] for name, c in parts["s"].items()}
    for rang, row in rows:
        fields = {name: _worded(name, row.get(c), export) for name, c in columns.items()}
        yield Published(
            table=export.table,
            rang=rang,
            tabulaire=True,
            fields={**export.valeurs, **fields},
            holders=_held(row, holders),
            modifications=[{name: row.get(c) for name, c in parts["m"].items()}],
            sous_traitances=[{name: row.get(c) for name, c in parts["s"].items()}],
            raw=row,
            colonnes=letters,
        )


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
