"""Files that all projects have in common (a national file), read once and shared between them.

Each project is given a part (`sources/part.py`) in its own data folder: its records, those of the
year of buyers like its own, and the count of all others.  Its report is then that of the whole
file, to the row and to the cent, and `verify` needs the part alone.  A part that is as the file
asks is left as it is.
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
from spaser.sources import MARK, origins, part, semblables, sirene
from spaser.sources.folder import FolderEntry, sha256, walk
from spaser.sources.lecture import NOTHING, Count, add
from spaser.sources.part import Head
from spaser.sources.recognition import Form, recognise
from spaser.sources.records import Ailleurs, Published, Remarque, elsewhere, reach

_FULL = 16 << 20  # characters kept before they are written
COMMON = "fichier commun : "  # before what the reader of the whole says of it
_SHARED = "les données essentielles (DECP) se partagent, elles seules"


class Buyers(NamedTuple):
    """Whose records a project needs: its buyers, and for the year those like them."""

    annee: int
    sirens: tuple[str, ...]
    alike: frozenset[str]

    def head(self, fichier: str, digest: str, size: int, forme: str) -> Head:
        """What the part of a file says of itself.

        Args:
            fichier: the name of the common file.
            digest: its sha256.
            size: its bytes.
            forme: the name of its form.
        """
        likes = hashlib.sha256(" ".join(sorted(self.alike)).encode()).hexdigest()
        return Head(fichier, digest, size, forme, self.annee, self.sirens, likes, __version__)


class Asked(NamedTuple):
    """A part to write: where, for whom, and what its head says."""

    path: Path
    buyers: Buyers
    head: Head


def share(
    common: Path, projects: Sequence[Project], annee: int, progress: Callable[[str], None]
) -> dict[str, UserError]:
    """Give each project its part of every file of `common`, for the year.

    Args:
        common: the folder of the files that all have in common.
        projects: who shares them.
        annee: the year.
        progress: told of each file.

    Returns:
        The projects that cannot be given theirs, by name, with the reason.

    Raises:
        UserError: a common file cannot be read, or is not of the essential data.
    """
    refused: dict[str, UserError] = {}
    buyers: dict[Project, Buyers] = {}
    for project in projects:
        try:
            scheme = params.read_scheme(project.places(annee).params)
            _check(project.places(annee).data)
            alike = frozenset().union(*(semblables.alike(scheme, a) for a in scheme.acheteurs))
            buyers[project] = Buyers(annee, tuple(sorted(scheme.sirens)), alike)
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


def _entries(common: Path) -> Iterator[FolderEntry]:
    """The files to share; what is a note, or left behind by a system, is not."""
    for entry in walk(common):
        if entry.faute:
            raise UserError(entry.motif, lieu=str(entry.path))
        if not entry.motif and not origins.recognise(entry.path):
            yield entry


def _name(entry: FolderEntry) -> str:
    return entry.nom.replace("/", "-") + part.SUFFIX


def _forget(data: Path, kept: set[str]) -> None:
    """Remove the parts of files that are no longer common: they would count twice."""
    for path in data.glob(f"*{part.SUFFIX}"):
        if path.name not in kept and part.recognise(path):
            path.unlink()


def _share(
    entry: FolderEntry,
    folders: Mapping[Project, Path],
    buyers: Mapping[Project, Buyers],
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
            p: Asked(folders[p] / _name(entry), b, b.head(entry.nom, digest, size, form.name))
            for p, b in buyers.items()
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
    outs = [_Out(a) for a in asked]
    try:
        _records(form, path, outs)
        for out in outs:
            out.close()
    finally:
        for out in outs:
            out.part.unlink(missing_ok=True)


Counts = dict[str, dict[str, Count]]  # table -> SIREN, or nothing -> rows and euros


def _records(form: Form, path: Path, outs: Sequence[_Out]) -> None:
    """Give each record to whom it concerns, and to each the count of the others."""
    shares = _Shares(outs)
    held = 0
    for given in form.read(path, shares.owners.keys(), shares.likes.keys() - shares.owners.keys()):
        if to := shares.whose(given):
            text = part.line(_of_the_whole(given))
            for out in to:
                out.lines.append(text)
            held += len(text) * len(to)
        if held > _FULL:
            for out in outs:
                out.flush()
            held = 0
    for out in outs:
        out.count(shares.total, shares.year)


def _of_the_whole(given: part.Yielded) -> part.Yielded:
    """A remark of the reader, marked as about the common file; anything else as it is."""
    return Remarque(f"{COMMON}{given.texte}") if isinstance(given, Remarque) else given


class _Shares:
    """Who reads whose records; all those of known buyers counted, and those of the year.

    Of buyers that nobody reads, only the sum of the euros is kept, under no SIREN.
    """

    def __init__(self, outs: Sequence[_Out]) -> None:
        self.outs, self.annee = outs, outs[0].buyers.annee
        self.owners: dict[str, list[_Out]] = defaultdict(list)
        self.likes: dict[str, list[_Out]] = defaultdict(list)
        for out in outs:
            for siren in out.buyers.sirens:
                self.owners[siren].append(out)
            for siren in out.buyers.alike:
                self.likes[siren].append(out)
        self.total: Counts = defaultdict(lambda: defaultdict(lambda: NOTHING))
        self.year: Counts = defaultdict(lambda: defaultdict(lambda: NOTHING))

    def whose(self, given: part.Yielded) -> Sequence[_Out]:
        """The parts that hold what a reader gave: all of them, when no buyer can be read."""
        if isinstance(given, Ailleurs):
            total = self.total[given.table]
            for siren, rows in given.acheteurs.items():
                total[siren] = add(total[siren], Count(rows, Decimal(0)))
            total[""] = add(total[""], Count(0, given.montant))
            return ()
        if not isinstance(given, Published):
            return self.outs
        extent = reach(given)
        if not elsewhere(extent.acheteur_id or "", ()):
            return self.outs
        siren, total = str(extent.acheteur_id)[:9], self.total[given.table]
        total[siren] = total[siren].plus(extent.montant)
        mine = self.owners.get(siren, [])
        if given.table == "marches" and extent.date and extent.date.year == self.annee:
            year = self.year[given.table]
            year[siren] = year[siren].plus(extent.montant)
            return [*mine, *self.likes.get(siren, ())]
        return mine


class _Out:
    """A part being written beside the one that it replaces: its lines not yet on the disk."""

    def __init__(self, asked: Asked) -> None:
        self.buyers, self.path = asked.buyers, asked.path
        self.part = self.path.with_name(f".{self.path.name}")
        self.lines = [part.opening(asked.head)]
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

    def count(self, total: Counts, year: Counts) -> None:
        """Count the records that are not in the part: all, less those that are."""
        for table, by_siren in sorted(total.items()):
            others = {s: c for s, c in by_siren.items() if s not in self.buyers.sirens}
            given = {s: c for s, c in year[table].items() if s in self.buyers.alike}
            rows = {s: c.lignes - given.get(s, NOTHING).lignes for s, c in others.items() if s}
            euros = sum((c.montant for c in others.values()), Decimal("0.00"))
            euros -= sum((c.montant for c in given.values()), Decimal("0.00"))
            if many := {s: n for s, n in rows.items() if n}:
                self.lines.append(part.line(Ailleurs(table, many, euros)))

    def close(self) -> None:
        """Seal, and take the place of the part before."""
        self.flush()
        with self.part.open("ab") as stream:
            stream.write(part.seal(self._digest.hexdigest()).encode())
        self.part.replace(self.path)
