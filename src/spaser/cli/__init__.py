"""The command line: English verbs, French messages, exit codes that a script can trust.

0 done; 1 bug (traceback); 2 user error (one message); 3 the quality gate stopped the run;
4 `verify` found a difference.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import NoReturn

from spaser import __version__, faults, interruption, memory
from spaser.cli import options
from spaser.errors import Differs, GateStopped, SomeFailed, UserError
from spaser.terminal import say


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


def program() -> NoReturn:
    """Entry point: run the command of this process, and end it as soon as it is done.

    Python would take its objects apart one by one first, which is half a second of a run; the
    system takes all of them back at once.  What libraries have asked to do at the end is done.
    """
    code = _code()
    if isinstance(code, int) and not _at_work():
        atexit._run_exitfuncs()
        if _is_all_shown():
            os._exit(code)
    raise SystemExit(code)


def _code() -> str | int | None:
    """Run the command; gives its exit code, once the exception that held it is gone."""
    try:
        main()
    except SystemExit as end:
        return end.code


def _at_work() -> bool:
    """Whether a thread is left that Python would wait for."""
    return any(not t.daemon for t in threading.enumerate() if t is not threading.main_thread())


def _is_all_shown() -> bool:
    """Whether what was printed could be written; if not, Python tells of it as it ends."""
    try:
        _flush()
    except (OSError, ValueError):
        return False
    return True


def _flush() -> None:
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed by who started it
        stream.flush()


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run a command and turn each kind of end into its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    memory.seldom()
    args = options.parser().parse_args(words)
    sys.unraisablehook = _unraisable
    with interruption.watched():
        _act(args)
    raise SystemExit(0)


def _act(args: argparse.Namespace) -> None:
    try:
        args.action(args)
        _flush()
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
    """Show one message and exit 2; what libraries fail to close afterwards is not shown."""
    say(f"Erreur. {error}", error=True)
    sys.unraisablehook = lambda _: None
    raise SystemExit(2) from None


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """A file that a library gives up on a full disk is told of once, by what fails next."""
    if what.exc_value is None or not faults.explained(what.exc_value):
        sys.__unraisablehook__(what)


def _forget_output() -> None:
    """Drop what could not be printed: trying again at exit would change the exit code."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
