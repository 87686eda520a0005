"""The command line: English verbs, French messages, exit codes that a script can trust.

0 done; 1 bug (traceback); 2 user error (one message); 3 the quality gate stopped the run;
4 `verify` found a difference.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import functools
import json
import os
import shutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from spaser import __version__, arguments, faults, interruption
from spaser.errors import Differs, GateStopped, SomeFailed, UserError
from spaser.plaintext import counted
from spaser.terminal import accounts, moves, say, together, unread, working

if TYPE_CHECKING:
    from spaser.pipeline.places import Places
    from spaser.pipeline.progress import Progress
    from spaser.verification.certificate import Verification


def run(args: argparse.Namespace) -> None:
    """Produce one or several years."""
    from spaser.pipeline import run as stages
    from spaser.publishing import provenance
    from spaser.report import document, pdf

    if args.pdf:
        pdf.check()
    if args.docx:
        document.check()
    if args.projets:
        _run_projects(args)
        return
    if args.processus:
        raise UserError("--processus ne va qu'avec --projets", remede="retirer cette option")
    for annee in args.annees:
        where = _places(args, annee)
        if args.accepter is not None:
            _accept(args, annee, where)
        final = working(
            functools.partial(stages.run, annee, where, force=args.force, seal=args.edition)
        )
        if final is None:
            say(
                f"{annee} : rien n'a changé depuis le dernier rapport "
                f"({where.reports / str(annee)}). --force le refait quand même."
            )
        else:
            number = (provenance.read(final) or {}).get("edition")
            what = f"édition {number} scellée" if number else "rapport publié"
            say(f"{annee} : {what} dans {final}. Ouvrir {final / 'rapport.html'}")
            if count := stages.set_aside(final):
                say(
                    f"{annee} : {count} enregistrement{'s' * (count > 1)} en quarantaine : "
                    f"voir {final / 'qualite.html'}"
                )
            moves(final, annee)
            unread(final)
            if stages.lacks_year_before(annee, where):
                say(
                    f"{annee} : pas de rapport {annee - 1} sur des données de même nature dans "
                    f"{where.reports} : aucune évolution n'est donnée. Pour en avoir une, "
                    f"avec de telles données dans data/raw/{annee - 1} : "
                    f"spaser run {annee - 1} {annee}"
                )
        if args.docx:
            made = working(functools.partial(_type, where, annee))
            say(f"{annee} : document modifiable dans {made}")
        if args.pdf:
            say(f"{annee} : PDF dans {working(functools.partial(_set, where, annee))}")


def _run_projects(args: argparse.Namespace) -> None:
    """Produce the years of every project under a folder."""
    from spaser.projects import runs

    for option in ("params", "reports", "docx", "accepter", "ligne", "motif"):
        if getattr(args, option):
            raise UserError(
                f"--{option} est d'un seul projet, et --projets en lance plusieurs",
                remede=f"retirer --{option}, ou lancer spaser run depuis le projet",
            )
    options = runs.Options(
        tuple(args.annees), args.data, args.force, args.edition, args.pdf, args.processus
    )
    results = together(lambda watch: runs.run(args.projets, options, watch))
    say(f"Page des projets : {args.projets / 'index.html'}")
    if code := runs.worst(results):
        raise SomeFailed(code)


def _accept(args: argparse.Namespace, annee: int, where: Places) -> None:
    """Keep that changes of the published report were read and accepted."""
    from spaser.commands.accept import accept
    from spaser.settings import relecture

    count = accept(
        annee, where.reports, where.params, args.accepter, args.motif or "", args.ligne or ()
    )
    if not count:
        say(f"{annee} : rien à accepter, tout l'est déjà ou rien n'a bougé.")
        return
    s = "s" * (count > 1)
    say(
        f"{annee} : {count} changement{s} accepté{s} par {args.accepter}, "
        f"dans {relecture.path(where.params, annee)}"
    )


def _type(where: Places, annee: int, progress: Progress) -> Path:
    """Write rapport.docx beside the published pages."""
    from spaser.publishing import leftovers
    from spaser.report import document

    with leftovers.at_rest(where.reports, progress.note), progress.at("Document modifiable"):
        return document.write(where.reports / str(annee))


def _set(where: Places, annee: int, progress: Progress) -> Path:
    """Set rapport.pdf beside the published pages."""
    from spaser.publishing import leftovers
    from spaser.report import pdf

    with leftovers.at_rest(where.reports, progress.note), progress.at("Mise en page du PDF"):
        return pdf.write(where.reports / str(annee))


def check(args: argparse.Namespace) -> None:
    """Run the quality gate alone."""
    from spaser.pipeline import run as stages

    where = _places(args, args.annee)
    folder, bilans, motifs = working(
        lambda progress: stages.check(args.annee, where, progress, propose=args.propose)
    )
    accounts(bilans)
    unread(folder)
    if args.propose:
        say(f"{args.annee} : corrections proposées dans {folder / stages.LEDGER}")
    if motifs:
        raise GateStopped(motifs, folder)
    say(f"{args.annee} : contrôle passé. Voir {folder / 'qualite.html'}")


def verify(args: argparse.Namespace) -> None:
    """Run a year again in a clean folder, compare, and write a certificate."""
    from spaser.publishing import leftovers
    from spaser.verification import certificate
    from spaser.verification import verify as verification

    where = _places(args, args.annee)

    def job(progress: Progress) -> Verification:
        with leftovers.at_rest(where.reports, progress.note):
            return verification.verify(args.annee, where, progress, args.edition)

    result = working(job)
    beside = where.reports / f"{args.annee}-verification"
    if args.edition:
        beside /= f"edition-{args.edition}"
    page = certificate.save(result, args.attestation or beside, args.par or "")
    for cause, them in certificate.by_cause(result.causes).items():
        say(f"{cause[0].upper()}{cause[1:]} ({certificate.CAUSES[cause]}) :")
        for c in them[: certificate.SHOWN]:
            say(f"  {c.objet}, {c.lieu} : {c.publie or 'vide'} → {c.recalcule or 'vide'}")
        if len(them) > certificate.SHOWN:
            more = counted(len(them) - certificate.SHOWN, "autre")
            say(f"  … et {more}, dans certificat.json")
    for c in result.reserves:
        say(f"Réserve, sans effet : {c.objet} {c.publie} → {c.recalcule}")
    for u in result.non_verifies:
        say(f"Non vérifié : {u.objet} ({u.pourquoi})")
    say(f"{args.annee} : {result.verdict}\nCertificat : {page}")
    if not result.identique:
        raise Differs


def trace(args: argparse.Namespace) -> None:
    """Print the contracts behind a published figure."""
    from spaser.commands import trace as tracing
    from spaser.publishing import intact

    folder = _places(args, args.annee).reports / str(args.annee)
    with intact.read(folder):  # nothing is said of a folder that cannot be read to the end
        figures = tracing.figures(folder, args.code, args.entite)
        lines = [line for figure in figures for line in tracing.lines(folder, figure)]
    for line in lines:
        say(line)


def explain(args: argparse.Namespace) -> None:
    """Say what to know of a published year, or of one of its indicators."""
    from spaser.commands import explain as explaining
    from spaser.publishing import intact

    folder = _places(args, args.annee).reports / str(args.annee)
    width = shutil.get_terminal_size().columns
    with intact.read(folder):
        lines = [*explaining.text(folder, args.annee, args.code, args.entite, width)]
    for line in lines:
        say(line)


def fetch(args: argparse.Namespace) -> None:
    """Bring the published records of a year into its folder."""
    from spaser.commands import fetch as fetching

    where = _places(args, args.annee)
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

    where = _places(args, args.annee)
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
    from spaser.pipeline import places
    from spaser.settings import params

    root = places.project()
    folder = args.params or root / "params"
    scheme = params.read_scheme(folder)
    catalogue.check_table(scheme, folder)
    for written in writing.write(scheme, root / "notebooks"):
        said = [f"cellules du schéma écrites ou remises : {len(written.fresh)}"]
        if written.kept:
            said.append(f"cellules à vous gardées : {written.kept}")
        said += [f"retirée : {line}" for line in written.gone]
        say(f"{written.path} : {' ; '.join(said)}")


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


def _places(args: argparse.Namespace, annee: int) -> Places:
    from spaser.pipeline import places

    return places.places(
        annee,
        getattr(args, "data", None),
        getattr(args, "params", None),
        getattr(args, "reports", None),
    )


_ENTITE = "code d'un acheteur, ou de tous ensemble (params/spaser.yml)"


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

    command = arguments.command(
        commands, init, "écrit le projet d'une collectivité, d'après un ou des SIREN", years=0
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

    command = arguments.command(
        commands, run, "produit reports/ANNÉE : contrôle, indicateurs, rapport", years=2
    )
    arguments.folders(command, "data", "params", "reports")
    command.add_argument(
        "--force", action="store_true", help="refait le rapport même si rien n'a changé"
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

    command = arguments.command(
        commands, check, "contrôle les données, sans rapport (reports/ANNÉE-controle)"
    )
    arguments.folders(command, "data", "params", "reports")

    command.add_argument(
        "--propose",
        action="store_true",
        help="écrit un registre de corrections à compléter : ce qui est en quarantaine ou signalé",
    )

    command = arguments.command(
        commands, verify, "refait un rapport publié, le compare, et rédige un certificat"
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

    command = arguments.command(
        commands, fetch, "télécharge les données publiées (params/telechargements.yml)"
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

    command = arguments.command(
        commands, new_year, "ouvre une année : paramètres, dossier de données, modèles à remplir"
    )
    arguments.folders(command, "params")

    command = arguments.command(
        commands, notebooks, "écrit les notebooks que demande le schéma de params/", years=0
    )
    arguments.folders(command, "params")

    command = arguments.command(commands, trace, "montre les marchés derrière un chiffre publié")
    command.add_argument("code", metavar="CODE", help="code d'un indicateur, par exemple SOC2-01")
    command.add_argument("--entite", metavar="ENTITÉ", help=_ENTITE)
    arguments.folders(command, "reports")

    command = arguments.command(
        commands, explain, "dit ce qu'il faut savoir d'un rapport, ou d'un de ses indicateurs"
    )
    command.add_argument(
        "code", metavar="CODE", nargs="?", help="code d'un indicateur ; sans lui, toute l'année"
    )
    command.add_argument("--entite", metavar="ENTITÉ", help=_ENTITE)
    arguments.folders(command, "reports")
    return top


def _remedy(stop: GateStopped) -> str:
    """What to mend: files that cannot be read, a part of the year that lacks, rows set aside."""
    from spaser.quality.completeness import INCOMPLET

    control = json.loads((stop.controle / "controle.json").read_text(encoding="utf-8"))
    bad = [f["nom"] for f in control["fichiers"] if f["erreur"]]
    steps = [f"suivre le remède de chaque fichier ({', '.join(bad)}), ou le retirer"] if bad else []
    if "decp" not in control["sources_fournies"]:
        steps.append("déposer un fichier de données essentielles (DECP) lisible")
    whole = control["completude"]
    if any(c["etat"] == INCOMPLET for c in (*whole["sources"], *whole["comptes"])):
        steps.append("fournir l'année entière ou déclarer ce qui en est connu")
    if any(b["quarantaine"]["lignes"] for b in control["bilans"]):
        steps.append("corriger les lignes listées en quarantaine")
    return ", ".join(steps) or "corriger ce que dit chaque motif"


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Entry point: run a command and turn each kind of end into its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    args = parser().parse_args(words)
    sys.unraisablehook = _unraisable
    with interruption.watched():
        _act(args)
    raise SystemExit(0)


def _act(args: argparse.Namespace) -> None:
    try:
        args.action(args)
        sys.stdout.flush()
    except UserError as error:
        _refuse(error)
    except GateStopped as stop:
        motives = "".join(f"\n  - {motif}" for motif in stop.motifs)
        say(
            "Le contrôle qualité arrête la production ; le rapport précédent est intact."
            f"{motives}\nRemède : {_remedy(stop)}, puis relancer. "
            f"Détail : {stop.controle / 'qualite.html'}",
            error=True,
        )
        raise SystemExit(3) from None
    except Differs:
        raise SystemExit(4) from None
    except SomeFailed as failed:
        raise SystemExit(failed.code) from None
    except BrokenPipeError:  # the reader (`| head`) has seen enough
        _forget_output()
    except KeyboardInterrupt:
        interruption.leave()
    except Exception as error:
        if interruption.asked():
            interruption.leave()
        if fault := faults.explained(error):
            _forget_output()
            _refuse(fault)
        say(traceback.format_exc(), error=True)
        say(
            "\nCeci est une anomalie du logiciel, pas de vos données. Merci de la signaler avec "
            f"le texte ci-dessus et la version ({__version__}). Le rapport précédent est intact.",
            error=True,
        )
        raise SystemExit(1) from None


def _refuse(error: UserError) -> NoReturn:
    """One message and exit 2: what a library could not close on a full disk says nothing more."""
    say(f"Erreur. {error}", error=True)
    sys.unraisablehook = lambda _: None
    raise SystemExit(2) from None


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """A file that a library gives up on a full disk is told of once, by what fails next."""
    if what.exc_value is None or not faults.explained(what.exc_value):
        sys.__unraisablehook__(what)


def _forget_output() -> None:
    """What could not be printed is not tried again at the end, which would change the exit code."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
