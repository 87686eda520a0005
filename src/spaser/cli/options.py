"""The commands and their options, in French: a function a command, in the order of the help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from spaser import __version__
from spaser.cli import arguments, others, production

_ENTITE = "code d'un acheteur, ou de tous ensemble (params/spaser.yml)"


def _init(commands: Any) -> None:
    command = arguments.command(
        commands,
        others.init,
        "écrit le projet d'une collectivité, d'après un ou des SIREN",
        years=0,
    )
    command.add_argument(
        "dossier", metavar="DOSSIER", nargs="?", type=Path, help="dossier à créer, nouveau ou vide"
    )
    command.add_argument(
        "--siren", metavar="SIREN", action="append", help="un acheteur du schéma ; se répète"
    )
    command.add_argument("--nom", metavar="NOM", help="nom de la collectivité, ou de l'ensemble")
    command.add_argument(
        "--periode", metavar="AAAA-AAAA", help="première et dernière année du schéma"
    )


def _run(commands: Any) -> None:
    command = arguments.command(
        commands, production.run, "produit reports/ANNÉE : contrôle, indicateurs, rapport", years=2
    )
    arguments.folders(command, "data", "params", "reports")
    command.add_argument(
        "--force",
        action="store_true",
        help="refait le rapport même si rien n'a changé, graphiques compris",
    )
    command.add_argument(
        "--docx",
        action="store_true",
        help="écrit aussi rapport.docx, le texte à modifier (demande pandoc)",
    )
    command.add_argument(
        "--projets",
        metavar="DOSSIER",
        type=Path,
        help="tous les projets de ce dossier, sur tous les processeurs ; ce qui est dans "
        "DOSSIER/data/raw/ANNÉE (ou --data) est lu une fois et partagé entre eux",
    )
    command.add_argument(
        "--processus",
        metavar="N",
        type=arguments.count,
        help="avec --projets : combien de projets à la fois (sinon un par processeur)",
    )
    command.add_argument(
        "--pdf", action="store_true", help="écrit aussi rapport.pdf (demande WeasyPrint : make pdf)"
    )
    command.add_argument(
        "--edition",
        action="store_true",
        help="scelle le rapport : il devient l'édition suivante, gardée dans editions/N",
    )
    command.add_argument(
        "--accepter",
        metavar="NOM",
        help="accepte au nom de NOM les changements du rapport publié (changements.html), gardés "
        "dans params/ANNÉE/relecture.yml, puis refait le rapport",
    )
    command.add_argument(
        "--ligne",
        metavar="CODE/ENTITÉ/BASE",
        action="append",
        help="avec --accepter : ce changement seul ; se répète",
    )
    command.add_argument(
        "--motif",
        metavar="POURQUOI",
        help="avec --accepter : pourquoi ; sinon, les entrées qui ont changé",
    )


def _check(commands: Any) -> None:
    command = arguments.command(
        commands, production.check, "contrôle les données, sans rapport (reports/ANNÉE-controle)"
    )
    arguments.folders(command, "data", "params", "reports")
    command.add_argument(
        "--propose",
        action="store_true",
        help="écrit un registre de corrections à compléter : ce qui est en quarantaine ou signalé",
    )


def _verify(commands: Any) -> None:
    command = arguments.command(
        commands, production.verify, "refait un rapport publié, le compare, et rédige un certificat"
    )
    arguments.folders(command, "data", "params", "reports")
    command.add_argument(
        "--edition", metavar="N", type=int, help="une édition scellée, à la place du rapport"
    )
    command.add_argument("--par", metavar="NOM", help="qui vérifie, pour le certificat")
    command.add_argument(
        "--attestation",
        metavar="DOSSIER",
        type=Path,
        help="dossier du certificat, à la place de reports/ANNÉE-verification",
    )


def _fetch(commands: Any) -> None:
    command = arguments.command(
        commands, others.fetch, "télécharge les données publiées (params/telechargements.yml)"
    )
    command.add_argument(
        "--source",
        metavar="NOM",
        action="append",
        help="cette source seule, même si elle n'est prise que sur demande ; se répète",
    )
    command.add_argument(
        "--force", action="store_true", help="remplace un fichier qui a changé à la source"
    )
    arguments.folders(command, "data", "params")


def _new_year(commands: Any) -> None:
    command = arguments.command(
        commands,
        others.new_year,
        "ouvre une année : paramètres, dossier de données, modèles à remplir",
    )
    arguments.folders(command, "params")


def _notebooks(commands: Any) -> None:
    command = arguments.command(
        commands, others.notebooks, "écrit les notebooks que demande le schéma de params/", years=0
    )
    arguments.folders(command, "params")


def _trace(commands: Any) -> None:
    command = arguments.command(
        commands, others.trace, "montre les marchés derrière un chiffre publié"
    )
    command.add_argument("code", metavar="CODE", help="code d'un indicateur, par exemple SOC2-01")
    command.add_argument("--entite", metavar="ENTITÉ", help=_ENTITE)
    arguments.folders(command, "reports")


def _explain(commands: Any) -> None:
    command = arguments.command(
        commands,
        others.explain,
        "dit ce qu'il faut savoir d'un rapport, ou d'un de ses indicateurs",
    )
    command.add_argument(
        "code", metavar="CODE", nargs="?", help="code d'un indicateur ; sans lui, toute l'année"
    )
    command.add_argument("--entite", metavar="ENTITÉ", help=_ENTITE)
    arguments.folders(command, "reports")


_COMMANDS = (_init, _run, _check, _verify, _fetch, _new_year, _notebooks, _trace, _explain)


def parser() -> argparse.ArgumentParser:
    """The commands and their options, all in French."""
    arguments.speak_french()
    top = arguments.Parser(
        prog="spaser",
        description="Suivi annuel d'un SPASER : contrôle les données d'achat, calcule les "
        "indicateurs, produit le rapport.",
        epilog="Codes de sortie : 0 fait ; 1 anomalie du logiciel ; 2 erreur à corriger ; "
        "3 arrêt par le contrôle qualité ; 4 vérification différente.",
    )
    top.add_argument(
        "--version", action="version", version=f"spaser {__version__}", help="affiche la version"
    )
    commands = top.add_subparsers(title="commandes", metavar="COMMANDE", required=True)

    for command in _COMMANDS:
        command(commands)
    return top
