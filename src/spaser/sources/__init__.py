"""Reads the year's folder: every file recognised by its content, nothing dropped.

Scope is decided here, record by record, while the file streams by: what is not ours is
counted in rows and euros and let go, so that memory does not grow with a national file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from stdnum.fr import siret

from spaser.errors import Unreadable
from spaser.settings.params import Params
from spaser.sources import decp_mapped, origins, sirene, totals, values
from spaser.sources.buyers import attributed
from spaser.sources.decp_mapped import Export
from spaser.sources.folder import FolderEntry, empty, sha256, walk
from spaser.sources.recognition import Form, Records, recognise
from spaser.sources.records import (
    Ailleurs,
    Annonce,
    Ligne,
    Published,
    Reach,
    Remarque,
    elsewhere,
    reach,
    typed,
)
from spaser.sources.registers import REFERENCES, REGISTRES
from spaser.sources.semblables import Semblables

MARK = "DEMONSTRATION.md"
REFERENTIELS = "referentiels/"  # how files of data/referentiels are named in a run
_NOTES = {".md", ".txt"}  # unless they hold records, notes that travel with the data

_GONE = "le fichier a disparu pendant la lecture ; remède : relancer quand le dossier est prêt"
_DENIED = "accès refusé ; remède : fermer le fichier s'il est ouvert, vérifier ses droits"
AUTRE_ACHETEUR = "autre acheteur"
AUTRE_ANNEE = "autre année"
DUREE_MAX = 1200  # months: a longer contract is a slip
HISTORIQUE = 3  # years before this one in which a holder is no newcomer (ECO1-07)
NON_RENCONTRE = "établissement non rencontré"


class Count(NamedTuple):
    """Rows, and the euros of those whose amount could be read."""

    lignes: int
    montant: Decimal

    def plus(self, montant: Decimal | None) -> Count:
        """One more row."""
        return Count(self.lignes + 1, self.montant + (montant or 0))


class Ancien(NamedTuple):
    """A holder of an earlier year: our buyer's SIREN, the holder's SIREN, the year."""

    acheteur: str
    titulaire: str
    annee: int


NOTHING = Count(0, Decimal("0.00"))


@dataclass
class Fichier:
    """An input file as it was found: name, sha256, size, form, and why it was left out.

    `source` is its name in params/spaser.yml, once it gave records; `pourquoi` says why it was
    not read, `remarques` what to know of it, `annonce` how many records it says that it, or the
    answer it is a page of, holds.
    """

    nom: str
    sha256: str = ""
    octets: int = 0
    forme: str = ""
    source: str = ""
    lignes: int = 0
    erreur: str = ""
    ignore: bool = False
    pourquoi: str = ""
    remarques: list[str] = field(default_factory=list)
    annonce: int = 0

    def note(self, said: Remarque | Annonce) -> None:
        """Keep what a reader says of the file."""
        if isinstance(said, Annonce):
            self.annonce = max(self.annonce, said.total)
        else:
            self.remarques.append(said.texte)


@dataclass
class Lecture:
    """All that was read: our records, and the count of everything else.

    `lues` and `hors_perimetre` are keyed by table, and by (table, reason);
    `objets_autres_annees` holds (SIREN, object) of our records of other years, `historique`
    who held our contracts of the three years before, `en_cours` our contracts of other years that
    are not known to have ended when the edition is made; `sans_acheteur` the records without
    buyer of files that hold other buyers than ours, which are not held against ours; `semblables`
    the contracts of the buyers like ours.
    """

    dossier: Path
    demonstration: bool
    semblables: Semblables
    fichiers: list[Fichier] = field(default_factory=list)
    lignes: list[Ligne] = field(default_factory=list)
    lues: dict[str, Count] = field(default_factory=dict)
    hors_perimetre: dict[tuple[str, str], Count] = field(default_factory=dict)
    acheteurs_lus: Counter[str] = field(default_factory=Counter)
    objets_autres_annees: set[tuple[str, str]] = field(default_factory=set)
    historique: set[Ancien] = field(default_factory=set)
    en_cours: list[Ligne] = field(default_factory=list)
    sans_acheteur: set[str] = field(default_factory=set)

    @property
    def fournies(self) -> frozenset[str]:
        """The sources that were supplied, by their names in params/spaser.yml."""
        return frozenset(f.source for f in self.fichiers if f.source and not f.erreur)


Amend = Callable[[str, Published], Published]


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
    records = form.each(path) if every and form.each else form.read(path, ours, alike)
    _read(records, form, fichier, lecture, params, amend)
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


def _read(
    records: Records, form: Form, fichier: Fichier, lecture: Lecture, params: Params, amend: Amend
) -> None:
    lignes: list[Ligne] = []
    lues: dict[str, Count] = {}
    aside: dict[tuple[str, str], Count] = {}
    buyers: Counter[str] = Counter()
    others: set[tuple[str, str]] = set()
    past: set[Ancien] = set()
    going: list[Ligne] = []
    for published in records:
        if isinstance(published, Ailleurs):
            many = Count(sum(published.acheteurs.values()), published.montant)
            key = (published.table, AUTRE_ACHETEUR)
            lues[published.table] = add(lues.get(published.table, NOTHING), many)
            aside[key] = add(aside.get(key, NOTHING), many)
            buyers.update(published.acheteurs)
            continue
        if isinstance(published, Remarque | Annonce):
            fichier.note(published)
            continue
        record = attributed(amend(fichier.nom, published), params.scheme)
        reached = reach(record)
        lues[record.table] = lues.get(record.table, NOTHING).plus(reached.montant)
        if reached.acheteur_id and record.table not in REGISTRES:
            buyers[reached.acheteur_id[:9]] += 1
        if reason := out_of_scope(reached, params):
            key = (record.table, reason)
            aside[key] = aside.get(key, NOTHING).plus(reached.montant)
            lecture.semblables.keep(record, reached, fichier.nom)
            if reason == AUTRE_ANNEE and record.table not in REGISTRES:
                objet = values.text(record.fields.get("objet")).value
                others.add(((reached.acheteur_id or "")[:9], str(objet or "")))
                past |= _former(record, reached, params.year.annee)
                going += _unfinished(record, fichier.nom, reached, params)
        else:
            lignes.append(typed(record, fichier.nom, totals.word(record)))
    fichier.lignes = sum(c.lignes for c in lues.values())
    if not fichier.lignes and form.source != "decp":
        fichier.ignore = True  # a template that nobody filled
        return
    if not fichier.lignes:
        raise Unreadable("le fichier ne contient aucun enregistrement")
    fichier.source = form.source
    if form.source == "decp":
        among = any(elsewhere(buyer, params.scheme.sirens) for buyer in buyers)
        _remark(lignes, among, fichier, lecture, params.year.annee)
    lecture.lignes += lignes
    lecture.acheteurs_lus += buyers
    lecture.objets_autres_annees |= others
    lecture.historique |= past
    lecture.en_cours += going
    for table, count in lues.items():
        lecture.lues[table] = add(lecture.lues.get(table, NOTHING), count)
    for key, count in aside.items():
        lecture.hors_perimetre[key] = add(lecture.hors_perimetre.get(key, NOTHING), count)


def _is_nobodys(ligne: Ligne) -> bool:
    """Whether a contract names no buyer at all."""
    named = ligne.valeurs.get("acheteur_id") or ligne.textes.get("acheteur_id")
    return ligne.table not in REGISTRES and not named


def _remark(
    lignes: Sequence[Ligne], among: bool, fichier: Fichier, lecture: Lecture, annee: int
) -> None:
    """Tell that a file has nothing in scope, or contracts without buyer among those of others."""
    apart = {x.cle for x in lignes if _is_nobodys(x)} if among else set()
    lecture.sans_acheteur |= apart
    if apart:
        fichier.remarques.append(
            f"enregistrements sans acheteur, dans un fichier qui en a d'autres que les nôtres : "
            f"{len(apart)}, en quarantaine sans compter dans son seuil"
        )
    if not lignes:
        fichier.remarques.append(f"aucun marché de nos acheteurs en {annee}")


def _former(record: Published, reached: Reach, annee: int) -> set[Ancien]:
    """Who held this contract, when it is one of the three years before."""
    if not reached.date or not annee - HISTORIQUE <= reached.date.year < annee:
        return set()
    numbers = (values.identifier(number).value for number, _ in record.holders)
    buyer = (reached.acheteur_id or "")[:9]
    return {
        Ancien(buyer, str(n)[:9], reached.date.year)
        for n in numbers
        if n and siret.is_valid(str(n))
    }


def _unfinished(record: Published, nom: str, reached: Reach, params: Params) -> Iterator[Ligne]:
    """A contract of another year, signed by the cut-off date and not known to have ended."""
    year = params.year
    ours = (reached.acheteur_id or "")[:9] in params.scheme.sirens
    if record.table != "marches" or not ours or not reached.date or reached.date > year.date_arret:
        return
    ligne = typed(record, nom)
    counted = [
        m["duree_mois"]
        for m in (ligne.valeurs, *ligne.modifications)
        if m["duree_mois"] is not None
        and not (m["date_notification"] and m["date_notification"] > year.date_arret)
    ]
    longest = min(max(counted, default=0), DUREE_MAX)
    if longest < 1 or reached.date + relativedelta(months=longest) >= year.date_edition:
        yield ligne


def add(a: Count, b: Count) -> Count:
    """Rows and euros of both."""
    return Count(a.lignes + b.lignes, a.montant + b.montant)


def out_of_scope(reached: Reach, params: Params) -> str | None:
    """Why a record is not ours, or None.

    A readable buyer that is not ours, or a readable, plausible date of another year, puts a
    record out of scope whatever else is wrong with it.
    """
    if elsewhere(reached.acheteur_id or "", params.scheme.sirens):
        return AUTRE_ACHETEUR
    bounds = params.year.qualite
    if (
        reached.date
        and reached.date.year != params.year.annee
        and bounds.annee_plausible_min <= reached.date.year <= bounds.annee_plausible_max
    ):
        return AUTRE_ANNEE
    return None
