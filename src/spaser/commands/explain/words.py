"""The edition that is explained, the year before it, and lines of the report in words."""

from __future__ import annotations

from pathlib import Path

from spaser.commands import trace
from spaser.errors import UserError
from spaser.figures import series, years
from spaser.figures.catalogue import Catalogue
from spaser.figures.definition import LEGALE
from spaser.figures.verdicts import NON_VERIFIABLE
from spaser.figures.years import PublishedYear
from spaser.opendata.columns import FILES
from spaser.report import edition as editions
from spaser.report import french
from spaser.report.edition import Edition
from spaser.report.lines import Line
from spaser.settings.params import Params


def opened(folder: Path, annee: int) -> Edition:
    """The edition of a published folder.

    Raises:
        UserError: there is no report there, it is not whole, or it is of another year.
    """
    trace.published(folder)
    try:
        edition = editions.load(folder, annee)
        for name in FILES:  # an edition of another version may lack what is read of it later
            (folder / name).stat()
        return edition
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise UserError(
            f"ce rapport n'est pas entier ({error})",
            lieu=str(folder),
            remede=f"le refaire : spaser run {annee} --force",
        ) from None


def before(edition: Edition) -> PublishedYear | None:
    """The year before, as this edition took it: sealed copies that travel with the report."""
    carried = edition.folder / "entrees" / "annee_precedente"
    setting = Params(scheme=edition.scheme, year=edition.year, folder=carried)
    past = years.earlier(carried, setting, demonstration=edition.demonstration)
    return next((p for p in past if p.annee == edition.year.annee - 1), None)


def nothing_before(edition: Edition) -> str:
    """Why there is no year before to compare with."""
    annee = edition.year.annee - 1
    if annee < edition.scheme.periode.debut:
        return f"Première année du schéma : {annee} n'en fait pas partie."
    return (
        f"Pas de rapport de {annee}, sur des données de même nature, quand celui-ci a été fait. "
        f"Pour en avoir un, avec de telles données dans data/raw/{annee} : "
        f"spaser run {annee} {annee + 1}."
    )


def comparability(edition: Edition, past: PublishedYear, code: str) -> str:
    """Whether an indicator means the same in the year before.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        past: the year before as published.
        code: the code of an indicator.
    """
    return series.comparability(past, Catalogue(edition.version, edition.indicateurs, ()), code)


def named(x: Line) -> str:
    """The code and label of a line."""
    return f"{x.item.code} {x.libelle}"


def target(x: Line) -> str:
    """The target of a line, with its kind and what it rests on."""
    f = x.figure
    if f.cible is None:
        return "aucune"
    kind = "cible légale" if x.statut == LEGALE else x.nom_statut
    basis = f" : {x.fondement}" if x.fondement else ""
    return f"{french.measure(f.cible, f.unite)} ({kind}{basis})"


def doubt(x: Line) -> str:
    """Why a target cannot be judged."""
    if x.ref.verdict == NON_VERIFIABLE:
        return "la règle elle-même reste à confirmer"
    if x.ref.motif:
        return x.ref.motif
    if x.ref.bornes:
        return f"selon les cas inconnus, la valeur va de {x.ref.bornes}"
    return "les cas inconnus peuvent changer la réponse"
