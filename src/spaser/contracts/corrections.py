"""The corrections ledger: params/YEAR/corrections.yml, applied on top of the raw data.

A known error of a source is one entry: where, which field, what stands there (the guard), what
should, why, who, when.  Raw files are never written to.  An entry is about one record, or about
the rows of a file that it lists; one that matches no record or others than those, or whose guard
no longer holds, stops the run, so that an entry that has become wrong is noticed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from spaser.errors import UserError
from spaser.settings import yamlfile
from spaser.settings.validation import validate
from spaser.settings.values import Model, Text
from spaser.settings.yamlfile import YamlFile
from spaser.sources import values
from spaser.sources.fields import FIELDS
from spaser.sources.fields import Field as Canonical
from spaser.sources.records import Ligne, Published

HOLDER = "titulaire_id"
ROWS = "lignes"  # of a file: one entry for a fault that repeats
_PLACE = {"fichier", "ligne", ROWS}


def _scalar(value: object) -> object:
    """A YAML scalar as the text that a file would hold."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(value) if isinstance(value, int | float) else value


Scalar = Annotated[str, BeforeValidator(_scalar)]
RowNumbers = Annotated[tuple[Scalar, ...], Field(min_length=1)]


class Correction(Model):
    """One correction.

    `reperage` names one record by file and row, or by values of its fields, or several by the
    `lignes` of a file; `ancien` is what stands in `champ` today (empty text: nothing).
    """

    table: str = "marches"
    reperage: dict[str, Scalar | RowNumbers] = Field(min_length=1)
    champ: Text
    ancien: Scalar
    nouveau: Scalar | None = None
    ecarter: bool = False
    motif: Text
    auteur: Text
    date: dt.date

    @model_validator(mode="after")
    def _does_one_thing(self) -> Correction:
        if self.ecarter == (self.nouveau is not None):
            raise ValueError("une correction donne « nouveau » ou « ecarter: true », pas les deux")
        if self.table not in FIELDS:
            raise ValueError(f"la table « {self.table} » n'existe pas ({', '.join(FIELDS)})")
        known = {f.name for f in FIELDS[self.table]}
        if self.champ not in known | {HOLDER}:
            raise ValueError(f"le champ « {self.champ} » n'existe pas")
        if stray := sorted(self.reperage.keys() - known - _PLACE):
            raise ValueError(f"le repère « {stray[0]} » n'existe pas")
        for key, value in self.reperage.items():
            if isinstance(value, tuple) != (key == ROWS):
                raise ValueError(f"le repère « {ROWS} », et lui seul, est une liste")
        if ROWS in self.reperage and set(self.reperage) != {"fichier", ROWS}:
            raise ValueError(f"« {ROWS} » va avec « fichier », sans autre repère")
        return self

    @property
    def lignes(self) -> frozenset[str]:
        """The rows that the entry lists; none when it is about one record."""
        return frozenset(self.reperage.get(ROWS, ()))


class _Corrections(Model):
    corrections: tuple[Correction, ...]


class Applied(NamedTuple):
    """An entry and the record it changed."""

    entry: Correction
    fichier: str
    rang: int


@dataclass
class Ledger:
    """The entries of a year; `amend` applies them as records stream by."""

    entries: Sequence[Correction] = ()
    file: YamlFile | None = None
    applied: list[Applied] = field(default_factory=list)

    def amend(self, fichier: str, record: Published) -> Published:
        """The record as corrected; itself when no entry is about it.

        Raises:
            UserError: the guard of an entry does not hold, or an entry matches twice.
        """
        for rank, entry in enumerate(self.entries):
            if entry.table != record.table or not _matches(entry, fichier, record):
                continue
            if not entry.lignes and any(a.entry is entry for a in self.applied):
                raise self._fault(
                    rank,
                    "cette correction vise plus d'un enregistrement",
                    "préciser le repérage : fichier et ligne, par exemple",
                )
            record = self._corrected(rank, entry, record)
            self.applied.append(Applied(entry, fichier, record.rang))
        return record

    def concerns(self, fichier: str) -> bool:
        """Whether an entry may be about any record of a file."""
        return any(e.reperage.get("fichier", fichier) == fichier for e in self.entries)

    def finish(self) -> None:
        """Refuse a ledger with an entry that matched nothing.

        Raises:
            UserError: names the first such entry.
        """
        for rank, entry in enumerate(self.entries):
            done = {str(a.rang) for a in self.applied if a.entry is entry}
            if done and (absent := sorted(entry.lignes - done, key=lambda x: (len(x), x))):
                raise self._fault(
                    rank,
                    "des lignes de cette correction ne sont pas dans le fichier",
                    "vérifier ces lignes, ou les retirer si la source a été corrigée",
                    ("reperage", ROWS),
                    ", ".join(absent),
                )
            if not done:
                raise self._fault(
                    rank,
                    "cette correction ne vise aucun enregistrement",
                    "vérifier le repérage, ou retirer l'entrée si la source a été corrigée",
                )

    def set_aside(self, ligne: Ligne) -> Correction | None:
        """The entry that sets a record aside, if one does."""
        for entry, fichier, rang in self.applied:
            here = (entry.table, fichier, rang) == (ligne.table, ligne.fichier, ligne.rang)
            if entry.ecarter and here:
                return entry
        return None

    def _corrected(self, rank: int, entry: Correction, record: Published) -> Published:
        changed = None if entry.ecarter else entry.nouveau
        mark = {"corrige": record.raw, "entree": rank}  # no longer the same content as its twin
        if entry.champ == HOLDER:
            held = [str(number or "") for number, _ in record.holders]
            if entry.ancien not in held:
                raise self._guard(rank, ", ".join(held))
            if changed is None:
                return replace(record, raw=mark)
            at = held.index(entry.ancien)
            holders = list(record.holders)
            holders[at] = (changed, holders[at][1])
            return replace(record, holders=holders, raw=mark)
        canonical = next(f for f in FIELDS[entry.table] if f.name == entry.champ)
        stands = record.fields.get(entry.champ)
        if not _same(canonical, stands, entry.ancien):
            raise self._guard(rank, values.written(stands))
        if changed is None:
            return replace(record, raw=mark)
        if canonical.parse(changed).value is None:
            raise self._fault(
                rank,
                "la nouvelle valeur n'est pas lisible",
                "l'écrire comme dans un fichier de données",
                ("nouveau",),
                changed,
            )
        return replace(record, fields={**record.fields, entry.champ: changed}, raw=mark)

    def _guard(self, rank: int, actual: str) -> UserError:
        return self._fault(
            rank,
            f"la valeur en place n'est plus celle qui est attendue (« {actual} »)",
            "vérifier la source : si elle a été corrigée, retirer l'entrée",
            ("ancien",),
        )

    def _fault(
        self, rank: int, what: str, remedy: str, keys: tuple[str, ...] = (), value: str = ""
    ) -> UserError:
        """`value`: what is at fault; without it, what the entry is about."""
        assert self.file is not None
        entry = self.entries[rank]
        return UserError(
            what,
            lieu=self.file.place(["corrections", rank, *keys]),
            valeur=value
            or ", ".join(
                f"{k} = {v if isinstance(v, str) else ' '.join(v)}"
                for k, v in entry.reperage.items()
            )
            + f" ; {entry.champ} : {entry.ancien}",
            remede=remedy,
        )


def load(folder: Path, annee: int) -> Ledger:
    """Read params/ANNEE/corrections.yml; an empty ledger without it.

    Raises:
        UserError: unknown key or field, an entry that says neither or both of its two actions.
    """
    path = folder / str(annee) / "corrections.yml"
    if not path.exists():
        return Ledger()
    file = yamlfile.read(path)
    return Ledger(
        validate(_Corrections, file, file.content or {"corrections": []}).corrections, file
    )


class Fault(NamedTuple):
    """A value to correct: its record, its field, what stands there, why it is at fault."""

    ligne: Ligne
    champ: str
    ancien: str
    raison: str


def skeleton(faults: Iterable[Fault]) -> str:
    """A commented ledger: an entry for each fault, one where the same repeats in a file.

    What no entry can mend (a part of a record, a field of the official schema) is counted.
    """
    groups: dict[tuple[str, str, str, str, str], list[Ligne]] = {}
    beyond: dict[tuple[str, str], int] = {}
    for ligne, champ, ancien, raison in faults:
        if champ == HOLDER or champ in {f.name for f in FIELDS[ligne.table]}:
            key = (ligne.table, ligne.fichier, champ, ancien, raison)
            groups.setdefault(key, []).append(ligne)
        else:
            beyond[champ, raison] = beyond.get((champ, raison), 0) + 1
    lines = [
        "# Corrections proposées : copier les entrées utiles dans params/ANNÉE/corrections.yml,",
        "# retirer les dièses, donner la valeur juste ou « ecarter: true », le motif et l'auteur.",
        "# Une entrée vaut pour toutes ses lignes : la partager si la valeur juste diffère.",
        "# corrections:",
    ]
    for (table, fichier, champ, ancien, raison), group in groups.items():
        ranks = sorted({x.rang for x in group})
        what = f"{len(ranks)} lignes"
        where = f"{ROWS}: {ranks}"
        if len(ranks) == 1:
            what = group[0].textes.get("objet") or "sans objet"
            where = f"ligne: {ranks[0]}"
        lines += [
            "#",
            f"#  # {_flat(raison)} ; {_flat(what)[:90]}",
            f"#  - table: {table}",
            f"#    reperage: {{fichier: {_quoted(fichier)}, {where}}}",
            f"#    champ: {champ}",
            f"#    ancien: {_quoted(ancien)}",
            "#    nouveau:            # ou, pour ne pas le compter : ecarter: true",
            "#    motif:",
            "#    auteur:",
            "#    date:",
        ]
    if beyond:
        lines += ["#", "#  # À corriger à la source (le registre ne porte pas sur ces champs) :"]
        lines += [f"#  # {_flat(c)} : {_flat(r)} ({n})" for (c, r), n in beyond.items()]
    return "\n".join(lines) + "\n"


def _flat(text: str) -> str:
    """A text on one line: what follows a comment's sign stays a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _quoted(text: str) -> str:
    """A text as a YAML scalar on one line, whatever it holds."""
    known = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in known) + '"'


def _matches(entry: Correction, fichier: str, record: Published) -> bool:
    for key, wanted in entry.reperage.items():
        if key == "fichier":
            same = wanted == fichier
        elif key == "ligne":
            same = wanted == str(record.rang)
        elif not isinstance(wanted, str):
            same = str(record.rang) in wanted
        else:
            canonical = next(f for f in FIELDS[entry.table] if f.name == key)
            same = _same(canonical, record.fields.get(key), wanted)
        if not same:
            return False
    return True


def _same(canonical: Canonical, stands: Any, wanted: str) -> bool:
    """Whether a published value is the one an entry expects: same text, or same typed value."""
    written = values.written(stands)
    if written == values.clean(wanted):
        return True
    expected = canonical.parse(wanted).value
    return expected is not None and canonical.parse(stands).value == expected
