"""The command line: English verbs, French messages, exit codes that a script can trust.

0 done; 1 bug (traceback); 2 user error (one message); 3 the quality gate stopped the run.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from spaser import __version__
from spaser.errors import GateStopped, UserError

if TYPE_CHECKING:
    from spaser.run import Progress

T = TypeVar("T")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Suivi annuel d'un SPASER : contrôle les données d'achat, calcule les indicateurs, "
    "produit le rapport.",
)

Annee = Annotated[int, typer.Argument(metavar="ANNÉE", help="Année civile, par exemple 2024.")]
Annees = Annotated[
    list[int], typer.Argument(metavar="ANNÉE…", help="Une ou plusieurs années civiles.")
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DOSSIER",
        help="Dossier des fichiers de l'année, à la place de data/raw/ANNÉE.",
    ),
]
ParamsDir = Annotated[
    Path | None,
    typer.Option(
        "--params", metavar="DOSSIER", help="Dossier des paramètres, à la place de params/."
    ),
]
Reports = Annotated[
    Path | None,
    typer.Option(
        "--reports", metavar="DOSSIER", help="Dossier des rapports, à la place de reports/."
    ),
]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Affiche la version.")] = False,
) -> None:
    if version:
        typer.echo(f"spaser {__version__}")
        raise typer.Exit


@app.command(help="Produit reports/ANNÉE : contrôle qualité, indicateurs, rapport.")
def run(
    annees: Annees,
    data: Data = None,
    params: ParamsDir = None,
    reports: Reports = None,
    force: Annotated[
        bool, typer.Option("--force", help="Refait le rapport même si rien n'a changé.")
    ] = False,
) -> None:
    """Produce one or several years."""
    from spaser import run as stages

    for annee in annees:
        where = stages.places(annee, data, params, reports)
        final = _working(lambda p, a=annee, w=where: stages.run(a, w, p, force=force))  # type: ignore[misc]
        if final is None:
            _say(
                f"{annee} : rien n'a changé depuis le dernier rapport "
                f"({where.reports / str(annee)}). --force le refait quand même."
            )
        else:
            _say(f"{annee} : rapport publié dans {final}. Ouvrir {final / 'rapport.html'}")


@app.command(help="Contrôle les données sans produire de rapport ; écrit reports/ANNÉE-controle.")
def check(
    annee: Annee, data: Data = None, params: ParamsDir = None, reports: Reports = None
) -> None:
    """Run the quality gate alone."""
    from spaser import run as stages

    where = stages.places(annee, data, params, reports)
    folder = _working(lambda p: stages.check(annee, where, p))
    _say(f"{annee} : contrôle passé. Voir {folder / 'qualite.html'}")


@app.command(
    help="Montre les marchés derrière un chiffre publié, avec leur rôle et leur contribution."
)
def trace(
    annee: Annee,
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="Code d'un indicateur, par exemple SOC2-01.")
    ],
    entite: Annotated[
        str | None,
        typer.Option(
            "--entite", metavar="ENTITÉ", help="Une seule entité : metropole, ville ou ensemble."
        ),
    ] = None,
    reports: Reports = None,
) -> None:
    """Print the contracts behind a published figure."""
    from spaser import run as stages
    from spaser import trace as tracing

    folder = stages.places(annee, None, None, reports).reports / str(annee)
    for figure in tracing.figures(folder, code, entite):
        name = f"{figure['code']} {annee}, {figure['entite']}, base {figure['base']}"
        if not figure["valeur"]:
            _say(f"{name} : non disponible ({figure['motif_absence']})\n")
            continue
        _say(f"{name} : {figure['libelle']}")
        _say(
            f"  valeur {figure['valeur']} {figure['unite']} = numérateur {figure['numerateur']}"
            + (f" / dénominateur {figure['denominateur']}" if figure["denominateur"] else "")
        )
        total: dict[str, tuple[int, object]] = {}
        for t in tracing.contracts(folder, figure):
            _say(
                f"  {t.role:<12} {t.contribution!s:>16}  {t.marche_uid}  "
                f"{t.fichier}:{t.ligne}  {t.objet[:70]}"
            )
            count, amount = total.get(t.role, (0, 0))
            total[t.role] = (count + 1, amount + t.contribution)  # type: ignore[operator]
        for role, (count, amount) in sorted(total.items(), reverse=True):
            _say(f"  somme {role} : {amount} ({count} marchés)")
        _say("")


def _working(job: Callable[[Progress], T]) -> T:
    """Run a job with its progress on the error stream: a live line on a terminal, else lines."""
    from rich.console import Console

    from spaser.run import Progress

    console = Console(stderr=True, highlight=False)
    with console.status("Préparation…") as status:
        current = ""

        def stage(name: str) -> None:
            nonlocal current
            current = name
            status.update(f"{name}…")
            if not console.is_terminal:
                typer.echo(f"… {name}", err=True)

        return job(Progress(stage, lambda text: status.update(f"{current} : {text}…")))


def _say(text: str) -> None:
    typer.echo(text)


def main() -> None:
    """Entry point: run a command and turn each kind of end into its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(standalone_mode=True)
    except UserError as error:
        typer.echo(f"Erreur. {error}", err=True)
        raise SystemExit(2) from None
    except GateStopped as stop:
        typer.echo(
            "Le contrôle qualité arrête la production ; le rapport précédent est intact.", err=True
        )
        for motif in stop.motifs:
            typer.echo(f"  - {motif}", err=True)
        typer.echo(
            "Remède : corriger les lignes listées dans "
            f"{stop.controle / 'qualite.html'}, puis relancer.",
            err=True,
        )
        raise SystemExit(3) from None
    except Exception:
        traceback.print_exc()
        typer.echo(
            "\nCeci est une anomalie du logiciel, pas de vos données. Merci de la signaler avec le "
            f"texte ci-dessus et la version ({__version__}). Le rapport précédent est intact.",
            err=True,
        )
        raise SystemExit(1) from None
