"""What the user sees in the terminal: progress while it works, the accounts of a check.

Rich is imported when something is shown.  What is shown may hold a name of file or a text that
others wrote: `say` spells out the orders that a terminal would obey.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from spaser.plaintext import shown

if TYPE_CHECKING:
    from spaser.pipeline.progress import Progress
    from spaser.projects.job import ProjectResult
    from spaser.projects.runs import Listener
    from spaser.quality import Bilan

T = TypeVar("T")


def say(text: str, *, error: bool = False) -> None:
    """Print lines, on the error stream if asked."""
    print(shown(text), file=sys.stderr if error else sys.stdout)


def working(job: Callable[[Progress], T]) -> T:
    """Run a job with its progress on the error stream: a live line on a terminal, else lines."""
    from rich.console import Console
    from rich.text import Text

    from spaser.pipeline.progress import Progress

    console = Console(stderr=True, highlight=False)
    with console.status(Text("Préparation…")) as status:
        current = ""

        def stage(name: str) -> None:
            nonlocal current
            current = name
            status.update(Text(shown(f"{name}…")))
            if not console.is_terminal:
                say(f"… {name}", error=True)

        def detail(text: str) -> None:
            status.update(Text(shown(f"{current} : {text}…")))

        def note(text: str) -> None:
            console.print(Text(shown(text)), soft_wrap=True)

        return job(Progress(stage, detail, note))


def together(job: Callable[[Listener], list[ProjectResult]]) -> list[ProjectResult]:
    """Run many projects: a line each when it ends, on a terminal what runs below; then a table.

    The lines are on the error stream, the table on the other.
    """
    from rich.console import Console
    from rich.text import Text

    from spaser.projects.runs import Listener

    console = Console(stderr=True, highlight=False)
    running: dict[str, str] = {}
    with console.status(Text("Préparation…")) as status:

        def note(text: str) -> None:
            console.print(Text(shown(text)), soft_wrap=True)

        def stage(name: str, text: str) -> None:
            running[name] = text
            lines = [shown(f"{n} : {t}") for n, t in sorted(running.items())]
            status.update(Text("\n".join(lines)))

        def end(results: Sequence[ProjectResult], done: int, total: int) -> None:
            running.pop(results[-1].projet, None)
            last = results[-1]
            years = ", ".join(str(r.annee) for r in results)
            note(f"[{done}/{total}] {last.projet} : {years}, {last.etat} "
                 f"({sum(r.secondes for r in results):.0f} s)")  # fmt: skip
            if last.pourquoi:
                note(_indented(last.pourquoi))

        results = job(Listener(note, stage, end))
    _results(results)
    return results


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _results(results: Sequence[ProjectResult]) -> None:
    """A row for each year of each project, and how many of each state."""
    from rich.console import Console
    from rich.table import Table

    table = Table("projet", "année", "résultat", "code", box=None, header_style="bold")
    for one in results:
        table.add_row(shown(one.projet), str(one.annee), one.etat, str(one.code))
    console = Console(highlight=False, markup=False)
    whole = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, whole)
    console.print(table)
    counts = Counter(one.etat for one in results)
    say(" ; ".join(f"{etat} : {n}" for etat, n in counts.items()))


_TOLD = ("TOT", "SOM", "ENT", "MOT", "ZER")  # rules that a file breaks without being wrong
_SETS_ASIDE = "critical"  # the severity of rules whose rows are in quarantine
_SHOWN = 60  # characters of a value
_ALWAYS = {"lues", "retenues", "quarantaine"}
_ACCOUNTS = {
    "lues": "lues",
    "retenues": "retenues",
    "quarantaine": "quarantaine",
    "doublons": "doublons",
    "autre_acheteur": "autre acheteur",
    "autre_annee": "autre année",
    "non_rencontres": "non rencontrées",
}


def unread(folder: Path) -> None:
    """What of a check a person should hear of.

    Sources whose year is to be looked at; why rows are in quarantine, total lines, words outside
    the lists and zeros given back, each with its number; then how many values were not read, source
    by source, with the first ones and their places.

    `folder` is a published report or the report of a check.
    """
    from spaser.quality.completeness import A_VERIFIER
    from spaser.report import french

    control = json.loads((folder / "controle.json").read_text(encoding="utf-8"))
    for source in control.get("completude", {}).get("sources", ()):
        if source["etat"] == A_VERIFIER:
            say(f"{source['titre']}, {source['acheteur']} : année à vérifier. {source['motif']}")
    for rule in control["regles"]:
        is_news = rule["gravite"] == _SETS_ASIDE or rule["id"].partition("-")[0] in _TOLD
        if rule["nombre"] and is_news:
            lines = french.plural(rule["nombre"], "ligne")
            say(f"{rule['table']}, {rule['champ']} : {rule['titre']} ({lines})")
    for source in control["non_lues"]:
        n = source["nombre"]
        say(
            f"{source['titre']} : {french.plural(n, 'valeur')} non lue{'s' * (n > 1)}, "
            "comme inconnue" + "s" * (n > 1)
        )
        for value in source["premieres"]:
            say(
                f"  {value['fichier']}, {value['repere']}, {value['champ']} : "
                f"« {value['valeur'][:_SHOWN]} » ({value['raison']})"
            )
        if n > len(source["premieres"]):
            say(f"  … les autres dans {folder / 'valeurs-ecartees.csv'}")


_BIGGEST = 2  # changes told one by one


def moves(folder: Path, annee: int) -> None:
    """In five lines at most, what a published report changed in the one that it replaced."""
    from spaser.publishing import passage
    from spaser.report import changements
    from spaser.report import edition as editions

    inputs = passage.of_report(folder)
    if inputs is None:
        say(f"{annee} : première publication, rien à comparer.")
        return
    edition = editions.load(folder, annee)
    rows = edition.rows(changements.NAME)
    say(f"{annee}, depuis la publication précédente : {changements.sentence(rows)}")
    if inputs:
        say(f"  Entrées changées : {' ; '.join(inputs)}")
    for row in changements.largest(rows)[:_BIGGEST]:
        say(f"  {changements.line(edition, row)}")
    if rows:
        say(f"  À relire, avec les marchés en cause : {folder / changements.FILE}")


def accounts(bilans: Sequence[Bilan]) -> None:
    """One line a source for rows, one for euros; columns that are all zero are left out."""
    from rich.console import Console
    from rich.table import Table

    from spaser.quality import TITRES
    from spaser.report import french

    heads = [h for h in _ACCOUNTS if h in _ALWAYS or any(getattr(b, h).lignes for b in bilans)]
    table = Table("source", *(_ACCOUNTS[h] for h in heads), box=None, header_style="bold")
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for bilan in bilans:
        counts = [getattr(bilan, h) for h in heads]
        table.add_row(TITRES[bilan.table], *(french.number(c.lignes) for c in counts))
        if bilan.lues.montant:
            table.add_row("  en € HT", *(french.fixed(c.montant, 2) for c in counts))
    console = Console(highlight=False)
    whole = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, whole)  # a sum is never cut, even into a file
    console.print(table)
    if any(_is_empty(bilan) for bilan in bilans):
        print("Aucun marché de vos acheteurs dans l'année : aucun chiffre n'en sera tiré.")


def _is_empty(bilan: Bilan) -> bool:
    """Whether contracts were read, and none is in scope."""
    inside = (bilan.retenues, bilan.quarantaine, bilan.doublons)
    return bilan.table == "marches" and not any(count.lignes for count in inside)
