"""The commands that make a report, or control its data: run, check, verify."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from spaser.cli.folders import places
from spaser.errors import Differs, GateStopped, SomeFailed, UserError
from spaser.plaintext import counted
from spaser.terminal import accounts, moves, say, together, unread, working

if TYPE_CHECKING:
    from spaser.pipeline.places import Places
    from spaser.pipeline.progress import Progress
    from spaser.verification.certificate import Verification


def run(args: argparse.Namespace) -> None:
    """Produce one or several years."""
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
        where = places(args, annee)
        if args.accepter is not None:
            _accept(args, annee, where)
        _produce(args, annee, where)
        if args.docx:
            made = working(functools.partial(_type, where, annee))
            say(f"{annee} : document modifiable dans {made}")
        if args.pdf:
            say(f"{annee} : PDF dans {working(functools.partial(_set, where, annee))}")


def _produce(args: argparse.Namespace, annee: int, where: Places) -> None:
    """Produce a year, and say what became of it."""
    from spaser.pipeline import run as stages
    from spaser.publishing import provenance

    final = working(
        functools.partial(stages.run, annee, where, force=args.force, seal=args.edition)
    )
    if final is None:
        say(
            f"{annee} : rien n'a changé depuis le dernier rapport "
            f"({where.reports / str(annee)}). --force le refait quand même."
        )
        return
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

    where = places(args, args.annee)
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

    where = places(args, args.annee)

    def job(progress: Progress) -> Verification:
        with leftovers.at_rest(where.reports, progress.note):
            return verification.verify(args.annee, where, progress, args.edition)

    checked = working(job)
    beside = where.reports / f"{args.annee}-verification"
    if args.edition:
        beside /= f"edition-{args.edition}"
    page = certificate.save(checked, args.attestation or beside, args.par or "")
    for cause, of_cause in certificate.by_cause(checked.causes).items():
        say(f"{cause[0].upper()}{cause[1:]} ({certificate.CAUSES[cause]}) :")
        for c in of_cause[: certificate.SHOWN]:
            say(f"  {c.objet}, {c.lieu} : {c.publie or 'vide'} → {c.recalcule or 'vide'}")
        if len(of_cause) > certificate.SHOWN:
            more = counted(len(of_cause) - certificate.SHOWN, "autre")
            say(f"  … et {more}, dans certificat.json")
    for c in checked.reserves:
        say(f"Réserve, sans effet : {c.objet} {c.publie} → {c.recalcule}")
    for u in checked.non_verifies:
        say(f"Non vérifié : {u.objet} ({u.pourquoi})")
    say(f"{args.annee} : {checked.verdict}\nCertificat : {page}")
    if not checked.identique:
        raise Differs
