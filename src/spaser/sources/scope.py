"""Whose and of which year a record is, decided as its file streams by.

What is not ours is counted in rows and euros and let go, so that memory does not grow with a
national file; of our contracts of other years, only what later years need is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from dateutil.relativedelta import relativedelta

from spaser.errors import Unreadable
from spaser.settings.params import Params
from spaser.sources import totals, values
from spaser.sources.buyers import attributed
from spaser.sources.lecture import (
    AUTRE_ACHETEUR,
    AUTRE_ANNEE,
    HISTORIQUE,
    NOTHING,
    Ancien,
    Count,
    Fichier,
    Lecture,
    add,
)
from spaser.sources.month_first import MonthFirst
from spaser.sources.recognition import Form, Records
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
from spaser.sources.registers import REGISTRES

DUREE_MAX = 1200  # months: a longer contract is a slip

Amend = Callable[[str, Published], Published]


class FileRecords:
    """What the records of a file are, until it has been read to its end.

    `lues` and `aside` count by table, and by (table, reason to leave out); the other fields are
    those of `Lecture`, of this file alone.
    """

    def __init__(self, fichier: Fichier, lecture: Lecture, params: Params) -> None:
        self._fichier, self._lecture, self._params = fichier, lecture, params
        self.lignes: list[Ligne] = []
        self.lues: dict[str, Count] = {}
        self.aside: dict[tuple[str, str], Count] = {}
        self.buyers: Counter[str] = Counter()
        self.others: set[tuple[str, str]] = set()
        self.past: set[Ancien] = set()
        self.going: list[Ligne] = []
        self._order = MonthFirst()

    def count(self, elsewhere: Ailleurs) -> None:
        """Records of other buyers, which a reader has counted without giving them."""
        many = Count(sum(elsewhere.acheteurs.values()), elsewhere.montant)
        self._add(elsewhere.table, many, AUTRE_ACHETEUR)
        self.buyers.update(elsewhere.acheteurs)

    def take(self, record: Published) -> None:
        """A record: kept when it is of our buyers and of the year, counted in any case."""
        reached = reach(record)
        if reached.acheteur_id and record.table not in REGISTRES:
            self.buyers[reached.acheteur_id[:9]] += 1
        reason = out_of_scope(reached, self._params)
        self._add(record.table, NOTHING.plus(reached.montant), reason)
        self._order.look(record, ours=reason != AUTRE_ACHETEUR)
        if reason is None:
            self.lignes.append(typed(record, self._fichier.nom, totals.word(record)))
            return
        self._lecture.semblables.keep(record, reached, self._fichier.nom)
        if reason == AUTRE_ANNEE and record.table not in REGISTRES:
            objet = values.text(record.fields.get("objet")).value
            self.others.add(((reached.acheteur_id or "")[:9], str(objet or "")))
            self.past |= _former(record, reached, self._params.year.annee)
            self.going += _unfinished(record, self._fichier.nom, reached, self._params)

    def _add(self, table: str, count: Count, reason: str | None) -> None:
        self.lues[table] = add(self.lues.get(table, NOTHING), count)
        if reason:
            key = (table, reason)
            self.aside[key] = add(self.aside.get(key, NOTHING), count)

    def pour(self) -> None:
        """Add it all to the reading of the folder, once the order of its dates is known."""
        lecture = self._lecture
        self.lignes, self.going = (
            [self._order.settled(x) for x in lignes] for lignes in (self.lignes, self.going)
        )
        for remark in self._order.remarks():
            self._fichier.note(remark)
        lecture.lignes += self.lignes
        lecture.acheteurs_lus.update(self.buyers)
        lecture.objets_autres_annees |= self.others
        lecture.historique |= self.past
        lecture.en_cours += self.going
        for table, count in self.lues.items():
            lecture.lues[table] = add(lecture.lues.get(table, NOTHING), count)
        for key, count in self.aside.items():
            lecture.hors_perimetre[key] = add(lecture.hors_perimetre.get(key, NOTHING), count)


def read(
    records: Records, form: Form, fichier: Fichier, lecture: Lecture, params: Params, amend: Amend
) -> None:
    """Read the records of a file to the end, and add what they are to the reading of the folder.

    Args:
        records: what the reader of its form yields.
        form: its form.
        fichier: the file, which is told how many records it held, and from which source.
        lecture: the reading of the folder.
        params: the scheme and the year.
        amend: corrects each record before anything else looks at it.

    Raises:
        Unreadable: a file of the essential data holds no record.
    """
    content = FileRecords(fichier, lecture, params)
    for published in records:
        if isinstance(published, Ailleurs):
            content.count(published)
        elif isinstance(published, Remarque | Annonce):
            fichier.note(published)
        else:
            content.take(attributed(amend(fichier.nom, published), params.scheme))
    fichier.lignes = sum(c.lignes for c in content.lues.values())
    if not fichier.lignes and form.source != "decp":
        fichier.ignore = True  # a template that nobody filled
        return
    if not fichier.lignes:
        raise Unreadable("le fichier ne contient aucun enregistrement")
    fichier.source = form.source
    if form.source == "decp":
        _remark(content, fichier, lecture, params)
    content.pour()


def _is_nobodys(ligne: Ligne) -> bool:
    """Whether a contract names no buyer at all."""
    named = ligne.valeurs.get("acheteur_id") or ligne.textes.get("acheteur_id")
    return ligne.table not in REGISTRES and not named


def _remark(content: FileRecords, fichier: Fichier, lecture: Lecture, params: Params) -> None:
    """Tell that a file has nothing in scope, or contracts without buyer among those of others."""
    among = any(elsewhere(buyer, params.scheme.sirens) for buyer in content.buyers)
    apart = {x.cle for x in content.lignes if _is_nobodys(x)} if among else set()
    lecture.sans_acheteur |= apart
    if apart:
        fichier.remarques.append(
            f"enregistrements sans acheteur, dans un fichier qui en a d'autres que les nôtres : "
            f"{len(apart)}, en quarantaine sans compter dans son seuil"
        )
    if not content.lignes:
        fichier.remarques.append(f"aucun marché de nos acheteurs en {params.year.annee}")


def _former(record: Published, reached: Reach, annee: int) -> set[Ancien]:
    """Who held this contract, when it is one of the three years before."""
    if not reached.date or not annee - HISTORIQUE <= reached.date.year < annee:
        return set()
    numbers = (values.identifier(number).value for number, _ in record.holders)
    buyer = (reached.acheteur_id or "")[:9]
    return {
        Ancien(buyer, str(n)[:9], reached.date.year)
        for n in numbers
        if n and values.is_siret(str(n))
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
