"""The questions of `init`, for who starts it in a terminal without saying everything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from spaser import collectivites
from spaser.commands import init
from spaser.commands.init import Wanted
from spaser.errors import UserError
from spaser.settings.scheme import PeriodeDuSchema

T = TypeVar("T")


def possible() -> bool:
    """Whether somebody is there to answer: both ends are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(
    folder: Path | None, numbers: tuple[str, ...], nom: str | None, periode: PeriodeDuSchema | None,
    usual: PeriodeDuSchema, say: Callable[[str], None],
) -> tuple[Path, Wanted]:  # fmt: skip
    """Ask for what lacks, again until it is right; Enter takes what is between brackets.

    `say` prints a line in the terminal.

    Args:
        folder: the folder of the project; None asks for it.
        numbers: the SIRENs given; none asks for them.
        nom: the name of the authority; None asks for it.
        periode: the first and the last year; None asks for them.
        usual: the period that Enter takes.
        say: shows a line to the user.
    """
    say("Quelques questions, pour écrire le projet. Entrée garde ce qui est entre crochets.")
    numbers = numbers or _until("SIREN des acheteurs, séparés par une espace", _sirens, say)
    for number in numbers:
        who = collectivites.find(number)
        say(f"  {number} : {who.nom if who else 'pas dans les tables, à nommer dans spaser.yml'}")
    first = collectivites.find(numbers[0])
    shown = first.nom if first else f"SIREN {numbers[0]}"
    many = len(numbers) > 1
    nom = nom or _until(
        f"Nom de l'ensemble [{shown}…]" if many else f"Nom [{shown}]",
        lambda t: init.nom(t) if t.strip() else None,
        say,
    )
    periode = periode or _until(
        f"Période du schéma [{usual.debut}-{usual.fin}]",
        lambda t: init.periode(t) if t.strip() else usual,
        say,
    )
    folder = folder or _until("Dossier du projet [spaser]", _folder, say)
    return folder, Wanted(numbers, nom, periode)


def _sirens(text: str) -> tuple[str, ...]:
    words = text.replace(",", " ").split()
    whole = "".join(words)
    if len(whole) == 9:  # written by threes
        words = [whole]
    return tuple(init.siren(w) for w in words or [text])


def _folder(text: str) -> Path:
    folder = Path(text.strip() or "spaser")
    init.check_folder(folder)
    return folder


def _until(question: str, read: Callable[[str], T], say: Callable[[str], None]) -> T:
    while True:
        try:
            return read(input(f"{question} : "))
        except UserError as error:
            say(str(error))
        except EOFError:
            raise UserError(
                "les questions restent sans réponse",
                remede="répondre, ou tout donner : spaser init DOSSIER --siren SIREN",
            ) from None
