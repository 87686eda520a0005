"""The real command in processes forked from one that has imported the libraries, and done nothing.

Importing Great Expectations and the others takes longer than producing the small year.  A nursery
imports them once; each command is a child of its own, which starts as a new process would, but for
those imports.  It is given neither an environment nor a mask: what tries those starts anew.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import kernel_nursery

HEAVY = {"run", "check", "verify"}
PATIENCE = 600  # seconds: a machine may have much else to do


class Nursery:
    """A process that forks a command at each line that it reads, and writes back its exit code."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            encoding="utf-8", start_new_session=True,
        )  # fmt: skip

    def run(self, words: Sequence[str], cwd: Path) -> tuple[int, str, str]:
        """A command's exit code (as `Popen` gives it), and what it wrote on each stream."""
        with tempfile.TemporaryDirectory() as place:
            out, err = Path(place, "out"), Path(place, "err")
            asked = json.dumps([[*words], str(cwd), str(out), str(err)])
            assert self._process.stdin
            assert self._process.stdout
            print(asked, file=self._process.stdin, flush=True)
            if not select.select([self._process.stdout], [], [], PATIENCE)[0]:
                os.killpg(self._process.pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired([*words], PATIENCE)
            code = int(self._process.stdout.readline())
            return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


_nursery: list[Nursery] = []


def nursery() -> Nursery | None:
    """The nursery of this process; None where there is no fork, or the environment has changed."""
    if not hasattr(os, "fork"):
        return None
    if not _nursery:
        _nursery.append(Nursery())
    kept, now = ({k: v for k, v in e.items() if k != "PYTEST_CURRENT_TEST"}
                 for e in (_nursery[0].environment, os.environ))  # fmt: skip
    return _nursery[0] if kept == now else None


def _serve() -> None:
    import nbconvert  # noqa: F401
    import papermill  # noqa: F401

    from spaser import cli, collectivites
    from spaser.collectivites import plan
    from spaser.figures import indicators  # noqa: F401
    from spaser.opendata import outputs, workbook  # noqa: F401
    from spaser.pipeline import recount  # noqa: F401
    from spaser.quality import expectations
    from spaser.report import accueil, pages, planches, preuves  # noqa: F401

    expectations.load()
    kernel_nursery.compile_templates()
    for table in (
        plan.outlines,
        plan.positions,
        plan.coordinates,
        plan.names,
        collectivites.natures,
    ):
        table()
    place = tempfile.mkdtemp()  # removed below, by the nursery and by no command
    kernel_nursery.start(Path(place))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    asked = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for line in asked:
        words, cwd, out, err = json.loads(line)
        child = os.fork()
        if child == 0:
            for number, path in ((1, out), (2, err)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
            os.chdir(cwd)
            sys.argv[1:] = words
            cli.main()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)
    shutil.rmtree(place)


if __name__ == "__main__":
    _serve()
