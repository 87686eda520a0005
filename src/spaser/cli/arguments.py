"""argparse in French: its sentences, its help option, and what several commands ask for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spaser.plaintext import shown

# argparse looks its sentences up with a module-level `_`: this table is that look-up.
_FRENCH = {
    "usage: ": "usage : ",
    "positional arguments": "arguments",
    "options": "options",
    "%(prog)s: error: %(message)s\n": "Erreur. %(message)s\n",
    "the following arguments are required: %s": "il manque : %s",
    "unrecognized arguments: %s": "argument inconnu : %s",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s : %(message)s",
    "invalid %(type)s value: %(value)r": "valeur refusée, %(type)s attendue : %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "%(value)r n'existe pas ; choisir parmi %(choices)s"
    ),
    "expected one argument": "une valeur est attendue",
    "expected at least one argument": "au moins une valeur est attendue",
}


def speak_french() -> None:
    """Have argparse say its sentences in French."""
    argparse._ = lambda text: _FRENCH.get(text, text)  # type: ignore[attr-defined]


class Parser(argparse.ArgumentParser):
    """An argument parser whose help option speaks French too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(add_help=False, **options)
        self.add_argument("-h", "--help", action="help", help="affiche cette aide")

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(shown(message), file)


def command(
    commands: Any, action: Callable[[argparse.Namespace], None], text: str, *, years: int = 1
) -> argparse.ArgumentParser:
    """Add a command named as the function that does it, for no year, one, or several (2).

    Args:
        commands: argparse's sub-commands.
        action: the function that does it, given the parsed arguments.
        text: the help, in French.
        years: how many years it takes: 0, 1, or 2 for several.
    """
    added: argparse.ArgumentParser = commands.add_parser(
        action.__name__.replace("_", "-"), help=text, description=text[0].upper() + text[1:] + "."
    )
    added.set_defaults(action=action)
    if years:
        name, count = ("annees", "+") if years > 1 else ("annee", None)
        added.add_argument(name, metavar="ANNÉE", nargs=count, type=year, help="année civile")
    return added


_FOLDERS = {
    "data": "dossier des fichiers de l'année, à la place de data/raw/ANNÉE",
    "params": "dossier des paramètres, à la place de params/",
    "reports": "dossier des rapports, à la place de reports/",
}


def folders(parser: argparse.ArgumentParser, *names: str) -> None:
    """Let a command be told other folders than the project's."""
    for name in names:
        parser.add_argument(f"--{name}", metavar="DOSSIER", type=Path, help=_FOLDERS[name])


def year(text: str) -> int:
    """A civil year, as an argument."""
    if not (text.isdecimal() and len(text) == 4):
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas une année, par exemple 2024")
    return int(text)


def count(text: str) -> int:
    """How many, at least one, as an argument."""
    if not (text.isdecimal() and 1 <= int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"« {text} » n'est pas un nombre de 1 à 1000")
    return int(text)
