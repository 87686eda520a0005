"""Reads the year's folder: every file recognised by its content, nothing dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from spaser.errors import Unreadable
from spaser.settings.params import Params
from spaser.sources import decp_mapped, origins, scope, sirene
from spaser.sources.decp_mapped import Export
from spaser.sources.folder import FolderEntry, empty, sha256, walk
from spaser.sources.lecture import NON_RENCONTRE, NOTHING, Fichier, Lecture
from spaser.sources.recognition import recognise
from spaser.sources.records import Ligne, typed
from spaser.sources.registers import REFERENCES
from spaser.sources.scope import Amend
from spaser.sources.semblables import Semblables

MARK = "DEMONSTRATION.md"
REFERENTIELS = "referentiels/"  # how files of data/referentiels are named in a run
_NOTES = {".md", ".txt"}  # unless they hold records, notes that travel with the data

_GONE = "le fichier a disparu pendant la lecture ; remède : relancer quand le dossier est prêt"
_DENIED = "accès refusé ; remède : fermer le fichier s'il est ouvert, vérifier ses droits"


def read_folder(
    folder: Path,
    params: Params,
    progress: Callable[[str], None] = lambda _: None,
    amend: Amend = lambda _, record: record,
    referentiels: Path | None = None,
    corrects: Callable[[str], bool] = lambda _: False,
) -> Lecture:
    """Read every file of `folder` for the year and the buyers of `params`.

    A file that cannot be read is kept in `fichiers` with its error: the quality gate decides.

    Args:
        folder: the folder of the year's files.
        params: the scheme and the year.
        progress: called with the name of each file.
        amend: corrects each record before anything else looks at it, scope included.
        referentiels: a folder where lists of companies may lie, valid for several years.
        corrects: says of a file, by its name, whether `amend` may correct any of its records.

    Raises:
        UserError: the folder is absent, empty, or holds notes alone; params/colonnes.yml is
            not what it should be.
    """
    exports = decp_mapped.load(params.folder)
    lecture = Lecture(folder, (folder / MARK).is_file(), Semblables(params))
    stocks: list[sirene.StockFile] = []
    for entry in [*walk(folder), *_lists(referentiels)]:
        progress(entry.nom)
        fichier = Fichier(entry.nom)
        lecture.fichiers.append(fichier)
        if entry.motif:
            fichier.ignore, fichier.pourquoi = not entry.faute, entry.motif
            fichier.erreur = entry.motif if entry.faute else ""
            continue
        try:
            fichier.sha256, fichier.octets = sha256(entry.path), entry.path.stat().st_size
            every = corrects(entry.nom)
            if stock := _open(entry.path, fichier, lecture, params, exports, amend, every):
                stocks.append(stock)
        except Unreadable as error:
            if entry.path.suffix.lower() in _NOTES and not fichier.forme:
                fichier.ignore = True
            else:
                fichier.erreur = str(error)
        except OSError as error:
            fichier.erreur = _GONE if isinstance(error, FileNotFoundError) else _DENIED
    if stocks:
        _read_sirene(stocks, lecture, amend)
    if all(f.ignore for f in lecture.fichiers):
        raise empty(folder)
    _check_pages(lecture.fichiers)
    return lecture


def _open(
    path: Path,
    fichier: Fichier,
    lecture: Lecture,
    params: Params,
    exports: Sequence[Export],
    amend: Amend,
    every: bool,
) -> sirene.StockFile | None:
    """Read a file, or give it back when it is SIRENE's, which is read last."""
    if origins.recognise(path):
        fichier.ignore = True
        return None
    if stock := sirene.recognise(path, fichier.nom):
        fichier.forme = sirene.NAME
        return stock
    form = recognise(path, exports)
    fichier.forme = form.name
    ours, alike = params.scheme.sirens, lecture.semblables
    reader = form.each if every and form.each else form.read
    scope.read(reader(path, ours, alike), form, fichier, lecture, params, amend)
    return None


def _check_pages(fichiers: Sequence[Fichier]) -> None:
    """An API answers by pages: files that announce one total must hold it together."""
    held: Counter[int] = Counter()
    for fichier in fichiers:
        held[fichier.annonce] += fichier.lignes
    for fichier in fichiers:
        if not fichier.erreur and held[fichier.annonce] < fichier.annonce:
            fichier.erreur = (
                f"{held[fichier.annonce]} enregistrements sur les {fichier.annonce} annoncés : "
                "c'est une page de résultats ; remède : télécharger l'export complet"
            )


def _lists(referentiels: Path | None) -> Iterator[FolderEntry]:
    """The lists of companies among the reference files; other tables there are not of the year."""
    for path in sorted(referentiels.glob("*")) if referentiels else ():
        try:
            if path.is_file() and (sirene.recognise(path) or recognise(path).source in REFERENCES):
                yield FolderEntry(path, REFERENTIELS + path.name)
        except (Unreadable, OSError):
            continue


def _read_sirene(stocks: list[sirene.StockFile], lecture: Lecture, amend: Amend) -> None:
    """Read the establishments met so far; the others are counted."""
    fichiers = {f.nom: f for f in lecture.fichiers if f.nom in {s.name for s in stocks}}
    try:
        extract = sirene.extract(stocks, {s for x in lecture.lignes for s in sirets(x)})
    except Unreadable as error:
        for fichier in fichiers.values():
            fichier.erreur = str(error)
        return
    for name, fichier in fichiers.items():
        fichier.lignes = extract.rows[name]
        fichier.source = sirene.TABLE if fichier.lignes else ""
        fichier.ignore = not fichier.lignes
    if not any(f.source for f in fichiers.values()):
        return
    lecture.lignes += [typed(amend(name, record), name) for name, record in extract.records]
    total = sum(extract.rows[s.name] for s in stocks if s.establishments)
    lecture.lues[sirene.TABLE] = NOTHING._replace(lignes=total)
    lecture.hors_perimetre[sirene.TABLE, NON_RENCONTRE] = NOTHING._replace(
        lignes=total - len(extract.records)
    )


def sirets(ligne: Ligne) -> Iterator[str]:
    """The establishments that a record names: holders, subcontractors, suppliers."""
    yield from (t.id for t in ligne.titulaires if t.id)
    yield from (a["sous_traitant_id"] for a in ligne.sous_traitances if a["sous_traitant_id"])
    if supplier := ligne.valeurs.get("fournisseur_id"):
        yield supplier
