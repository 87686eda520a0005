"""Killed at an instant (kill -9): what stands just after, and what the next run makes of it."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from pathlib import Path

from common import ROOT, left_running, pages, started, table, words, year
from injection import Fault, in_a_child
from sealing import publish, sealed, whole

from spaser.publishing import exchange, leftovers

RUNS = 8  # real runs killed, at changes spread over the whole run


def publications(place: Path) -> tuple[int, int]:
    """Kill at every change that publishing makes to files; gives instants, and losses."""
    start = place / "depart"
    publish(start, "un")
    instants = losses = 0
    while True:
        here = place / f"essai-{instants}"
        shutil.copytree(start, here)
        fault = Fault("kill", instants + 1, here)
        if in_a_child(fault, lambda at=here: publish(at, "deux")) == 0:
            return instants, losses
        instants += 1
        there = exchange._call() is None or whole(here / "2024") in {"un", "deux"}
        number = publish(here, "trois")
        kept = {"1": "un", str(number): "trois"} | ({"2": "deux"} if number == 3 else {})
        losses += not there or sealed(here) != kept
        shutil.rmtree(here)


def runs(place: Path) -> tuple[int, int, int, int]:
    """Kill real runs; gives runs killed, losses, kernels left, leftovers told by the next."""
    year(place)
    before = pages.snapshot(place / "reports")
    first = shutil.copytree(place / "reports", place.with_name("edition-1"))
    tool = ROOT / "tests" / "injection.py"
    with_tool = (sys.executable, tool, "count", "0", place, "--")
    copy = Path(shutil.copytree(place, place.with_name("compte")))
    with started((*with_tool[:4], copy, "--", *words(copy, "--edition")), "count") as running:
        _, err = running.communicate()
    total = int(err.rsplit("changes: ", 1)[1])
    losses = kernels = mended = 0
    for rank in range(RUNS):
        number = 1 + rank * (total - 1) // (RUNS - 1)
        mark = f"killed-{rank}"
        program = (
            sys.executable,
            tool,
            "kill",
            str(number),
            place,
            "--",
            *words(place, "--edition"),
        )
        with started(program, mark) as running:
            _, err = running.communicate()
        assert running.returncode == -signal.SIGKILL, err
        kernels += len(left_running(mark))
        after = pages.snapshot(place / "reports")
        published = after.get("2024/editions/2/manifeste.json")
        losses += any(after.get(n) != d for n, d in before.items() if "/editions/1/" in n)
        losses += not published and any(
            after.get(n) != d for n, d in before.items() if n.startswith("2024/")
        )
        notes: list[str] = []
        with leftovers.held(place / "reports", "2024", notes.append):
            mended += len(notes)
        if published:  # begin again from edition 1
            shutil.rmtree(place / "reports")
            shutil.copytree(first, place / "reports")
    done = pages.spaser(*words(place, "--edition"))
    losses += done.code != 0 or "édition 2 scellée" not in done.out
    return RUNS, losses, kernels, mended


def main() -> None:
    rows, lost = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        instants, losses = publications(place / "echange")
        rows.append(("la publication d'une édition, à chaque écriture", instants, losses))
        lost += losses
        call, exchange._call = exchange._call, lambda: None
        instants, losses = publications(place / "renommages")
        exchange._call = call
        rows.append(("la même, sans échange de dossiers (Windows)", instants, losses))
        lost += losses
        killed, losses, kernels, mended = runs(place / "annee")
        rows.append(("`spaser run --edition` entier, du début à la fin", killed, losses))
        lost += losses
    print("## Processus tué (kill -9)\n")
    print(table(("ce qui est tué", "instants", "pertes"), rows))
    print(
        f"\nAprès chaque arrêt, l'exécution suivante retrouve toutes les éditions scellées. Noyaux "
        f"encore en vie après l'arrêt du programme : {kernels}. Restes nettoyés et annoncés : "
        f"{mended}."
    )
    sys.exit(bool(lost or kernels))


if __name__ == "__main__":
    main()
