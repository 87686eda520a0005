"""Files that all projects have in common (a national file), read once and shared between them.

Each project is given a part (`sources/part.py`) in its own data folder: its records, and the count
of all others.  Its report is then that of the whole file, to the row and to the cent, and
`verify` needs the part alone.  A part that is as the file asks is left as it is.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from spaser import __version__
from spaser.errors import Unreadable, UserError
from spaser.projects.folders import Project
from spaser.settings import params
from spaser.sources import MARK, NOTHING, Count, add, origins, part, sirene
from spaser.sources.folder import Entry, sha256, walk
from spaser.sources.part import Head
from spaser.sources.recognition import Form, recognise
from spaser.sources.records import Ailleurs, Annonce, Published, Remarque, elsewhere, reach

_FULL = 16 << 20  # characters kept before they are written
_SHARED = "les données essentielles (DECP) se partagent, elles seules"


class Asked(NamedTuple):
    """A part to write: where, and what its head says."""

    path: Path
    head: Head


def share(
    common: Path, projects: Sequence[Project], annee: int, progress: Callable[[str], None]
) -> dict[str, UserError]:
    """Give each project its part of every file of `common`, for the year.

    Returns:
        The projects that cannot be given theirs, by name, with the reason.

    Raises:
        UserError: a common file cannot be read, or is not of the essential data.
    """
    refused: dict[str, UserError] = {}
    buyers: dict[Project, tuple[str, ...]] = {}
    for project in projects:
        try:
            scheme = params.read_scheme(project.places(annee).params)
            _check(project.places(annee).data)
            buyers[project] = tuple(sorted(scheme.sirens))
        except UserError as error:
            refused[project.nom] = error
    entries = list(_entries(common))
    for project in buyers:
        _forget(project.places(annee).data, {_name(e) for e in entries})
    for entry in entries:
        _share(entry, {p: p.places(annee).data for p in buyers}, buyers, progress)
    return refused


def _check(data: Path) -> None:
    if (data / MARK).is_file():
        raise UserError(
            "ce dossier tient les données de démonstration : de vraies données s'y mêleraient",
            lieu=str(data),
            remede="vider ce dossier",
        )


def _entries(common: Path) -> Iterator[Entry]:
    """The files to share; what is a note, or left behind by a system, is not."""
    for entry in walk(common):
        if entry.faute:
            raise UserError(entry.motif, lieu=str(entry.path))
        if not entry.motif and not origins.recognise(entry.path):
            yield entry


def _name(entry: Entry) -> str:
    return entry.nom.replace("/", "-") + part.SUFFIX


def _forget(data: Path, kept: set[str]) -> None:
    """Remove the parts of files that are no longer common: they would count twice."""
    for path in data.glob(f"*{part.SUFFIX}"):
        if path.name not in kept and part.recognise(path):
            path.unlink()


def _share(
    entry: Entry,
    folders: Mapping[Project, Path],
    buyers: Mapping[Project, tuple[str, ...]],
    progress: Callable[[str], None],
) -> None:
    progress(entry.nom)
    try:
        stock = sirene.recognise(entry.path)
        form = recognise(entry.path) if stock is None else None
        if form is None or form.source != "decp":
            name = form.name if form else sirene.NAME
            raise UserError(
                f"{_SHARED} ; ce fichier est de la forme « {name} »",
                lieu=str(entry.path),
                remede="le mettre dans data/raw ou data/referentiels de chaque projet",
            )
        size, digest = entry.path.stat().st_size, sha256(entry.path)
        asked = {
            p: Asked(
                folders[p] / _name(entry),
                Head(entry.nom, digest, size, form.name, sirens, __version__),
            )
            for p, sirens in buyers.items()
        }
        missing = {p: a for p, a in asked.items() if not _is_there(a)}
        if missing:
            _write(entry.path, form, list(missing.values()))
    except Unreadable as error:
        raise UserError(
            f"ce fichier commun ne peut pas être partagé : {error}",
            lieu=str(entry.path),
            remede=f"le remplacer ou le retirer ; {_SHARED}",
        ) from None


def _is_there(asked: Asked) -> bool:
    """Whether a part is there as it is asked for; its seal is looked at by the run."""
    try:
        return asked.path.is_file() and part.head(asked.path) == asked.head
    except Unreadable:
        return False


def _write(path: Path, form: Form, asked: Sequence[Asked]) -> None:
    """Read the file once, write every part, and put them in place when all are whole."""
    owners: dict[str, list[_Out]] = defaultdict(list)
    outs = [_Out(a) for a in asked]
    try:
        for out in outs:
            for siren in out.head.sirens:
                owners[siren].append(out)
        counts = _records(form.read(path, owners.keys()), owners, outs)
        for out in outs:
            out.close(counts)
    finally:
        for out in outs:
            out.part.unlink(missing_ok=True)


Counts = dict[str, dict[str, Count]]  # table -> SIREN, or nothing -> rows and euros


def _records(
    said: Iterator[Published | Ailleurs | Remarque | Annonce],
    owners: Mapping[str, Sequence[_Out]],
    outs: Sequence[_Out],
) -> Counts:
    """Give each record to whom it concerns; count those of a known buyer, for the others.

    Of buyers that no project has, only the sum of the euros is kept, under no SIREN.
    """
    counts: Counts = defaultdict(lambda: defaultdict(lambda: NOTHING))
    held = 0
    for one in said:
        if isinstance(one, Ailleurs):
            for siren, rows in one.acheteurs.items():
                counts[one.table][siren] = add(counts[one.table][siren], Count(rows, Decimal(0)))
            counts[one.table][""] = add(counts[one.table][""], Count(0, one.montant))
            continue
        to = outs
        if isinstance(one, Published):
            found = reach(one)
            buyer = found.acheteur_id or ""
            if elsewhere(buyer, ()):  # a readable buyer, of some project or none
                siren = buyer[:9]
                counts[one.table][siren] = counts[one.table][siren].plus(found.montant)
                to = owners.get(siren, ())
        if to:
            text = part.line(one)
            for out in to:
                out.lines.append(text)
                held += len(text)
        if held > _FULL:
            for out in outs:
                out.flush()
            held = 0
    return counts


class _Out:
    """A part being written beside the one that it replaces: its lines not yet on the disk."""

    def __init__(self, asked: Asked) -> None:
        self.head, self.path = asked.head, asked.path
        self.part = self.path.with_name(f".{self.path.name}")
        self.lines = [part.opening(self.head)]
        self._digest = hashlib.sha256()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(b"")

    def flush(self) -> None:
        """Write the lines held; the file is shut again, for there may be hundreds."""
        text = "".join(self.lines).encode("utf-8", "backslashreplace")
        self._digest.update(text)
        with self.part.open("ab") as stream:
            stream.write(text)
        self.lines.clear()

    def close(self, counts: Counts) -> None:
        """Count the others, seal, and take the place of the part before."""
        for table, by_siren in sorted(counts.items()):
            others = {s: c for s, c in by_siren.items() if s not in self.head.sirens}
            many = {s: c.lignes for s, c in others.items() if s and c.lignes}
            if many:
                euros = sum((c.montant for c in others.values()), Decimal("0.00"))
                self.lines.append(part.line(Ailleurs(table, many, euros)))
        self.flush()
        with self.part.open("ab") as stream:
            stream.write(part.seal(self._digest.hexdigest()).encode())
        self.part.replace(self.path)
