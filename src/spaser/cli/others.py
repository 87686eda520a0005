"""The other commands: what prepares a project or a year, and what reads a published one."""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
from pathlib import Path

from spaser.cli.folders import places
from spaser.errors import UserError
from spaser.terminal import say, working


def fetch(args: argparse.Namespace) -> None:
    """Bring the published records of a year into its folder."""
    from spaser.commands import fetch as fetching

    where = places(args, args.annee)
    done, failed = working(
        lambda progress: fetching.fetch(
            args.annee, where, progress, args.source or (), force=args.force
        )
    )
    for file in done:
        say(f"{file.etat:<9} {where.data / file.target.fichier}\n{'':<9} {file.target.url}")
    if failed:
        raise UserError("\n\n".join(map(str, failed)))
    say(f"{args.annee} : provenance notée. Ensuite : spaser check {args.annee}")


def new_year(args: argparse.Namespace) -> None:
    """Open a year: its params, its folder, the templates of the registers."""
    from spaser.commands import new_year as opening

    where = places(args, args.annee)
    file, data, templates = opening.create(args.annee, where.root, where.params)
    say(
        f"{args.annee} : année ouverte.\n"
        f"  1. Relire {file} : dates, seuils européens, cibles de l'année.\n"
        f"  2. Prendre ce qui est publié : spaser fetch {args.annee} ; déposer les autres fichiers "
        f"reçus dans {data}\n"
        f"     (modèles des registres à remplir : {templates}).\n"
        f"  3. spaser check {args.annee}, puis spaser run {args.annee}"
    )
    if codes := opening.without_target(args.annee, where.params):
        say(
            f"Sans cible en {args.annee}, quand {args.annee - 1} en avait une : "
            f"{', '.join(codes)}. "
            f"Les vôtres s'écrivent dans {where.params / 'cibles.yml'}."
        )


def notebooks(args: argparse.Namespace) -> None:
    """Write the notebooks that the scheme asks for."""
    from spaser.commands import notebooks as writing
    from spaser.figures import catalogue
    from spaser.pipeline.places import project
    from spaser.settings import params

    root = project()
    folder = args.params or root / "params"
    scheme = params.read_scheme(folder)
    catalogue.check_table(scheme, folder)
    for written in writing.write(scheme, root / "notebooks"):
        changes = [f"cellules du schéma écrites ou remises : {len(written.fresh)}"]
        if written.kept:
            changes.append(f"cellules à vous gardées : {written.kept}")
        changes += [f"retirée : {line}" for line in written.gone]
        say(f"{written.path} : {' ; '.join(changes)}")


def init(args: argparse.Namespace) -> None:
    """Write a project for an authority."""
    from spaser.commands import init as writing
    from spaser.commands import interview

    usual = writing.usual(dt.date.today())
    folder: Path | None = args.dossier
    numbers = tuple(writing.siren(s) for s in args.siren or ())
    nom = None if args.nom is None else writing.nom(args.nom)
    periode = None if args.periode is None else writing.periode(args.periode)
    if folder and numbers:
        wanted = writing.Wanted(numbers, nom, periode or usual)
    elif interview.possible():
        if folder:
            writing.check_folder(folder)
        folder, wanted = interview.ask(folder, numbers, nom, periode, usual, say)
    else:
        raise UserError(
            f"il manque {'le dossier du projet' if numbers else 'le SIREN d’au moins un acheteur'}",
            remede="écrire par exemple : spaser init DOSSIER --siren 213300098",
        )
    name, first = writing.create(folder, wanted), wanted.periode.debut
    say(
        f"{name} : projet écrit dans {folder}. LISEZMOI.md y dit la suite :\n"
        f"  1. Déposer les données essentielles dans {folder / 'data' / 'raw' / str(first)}, "
        f"ou les prendre : spaser fetch {first}\n"
        f"  2. Depuis {folder} : spaser run {first}\n"
        f"  3. Mettre dans {folder / 'params' / 'spaser.yml'} ses propres axes et ambitions : "
        "ceux qui y sont sont un modèle."
    )


def trace(args: argparse.Namespace) -> None:
    """Print the contracts behind a published figure."""
    from spaser.commands import trace as tracing
    from spaser.publishing import intact

    folder = places(args, args.annee).reports / str(args.annee)
    with intact.read(folder):  # nothing is said of a folder that cannot be read to the end
        figures = tracing.figures(folder, args.code, args.entite)
        lines = [line for figure in figures for line in tracing.lines(folder, figure)]
    for line in lines:
        say(line)


def explain(args: argparse.Namespace) -> None:
    """Say what to know of a published year, or of one of its indicators."""
    from spaser.commands import explain as explaining
    from spaser.publishing import intact

    folder = places(args, args.annee).reports / str(args.annee)
    width = shutil.get_terminal_size().columns
    with intact.read(folder):
        lines = [*explaining.text(folder, args.annee, args.code, args.entite, width)]
    for line in lines:
        say(line)
