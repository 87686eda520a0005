"""Ctrl-C at any stage of any command: how long it takes, what is left."""

from __future__ import annotations

import http.server
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from common import PYTHON, left_running, pages, started, table, words, year

LIMIT = 5.0  # seconds, where two are the aim: this may be measured on a busy machine
STAGED = ("run", "check")  # interrupted in each stage (verify goes through those of run)
SECONDS = (0.3, 1.0, 2.0)  # instants of the other commands
AFTER = 0.4  # seconds in a stage before it is interrupted


def stop(
    program: Sequence[str | Path], mark: str, *, stage: int = 0, seconds: float = AFTER
) -> tuple[float, int, str] | None:
    """Interrupt a program some time after it said its n-th stage.

    Returns:
        The seconds that it took to end, its code, its words; None when it ended before.
    """
    with started(program, mark) as running:
        assert running.stderr is not None
        stages = 0
        while stages < stage and (line := running.stderr.readline()):
            stages += line.startswith("… ")
        try:
            running.wait(seconds)
            return None
        except subprocess.TimeoutExpired:
            start = time.monotonic()
            running.send_signal(signal.SIGINT)
            _, err = running.communicate()
            return time.monotonic() - start, running.returncode, err


def stages(program: Sequence[str | Path]) -> int:
    """How many stages a program says, run to its end."""
    with started(program, "stages") as running:
        return running.communicate()[1].count("… ")


class Silent(http.server.BaseHTTPRequestHandler):
    """A server that takes a question and never answers."""

    def do_GET(self) -> None:
        time.sleep(600)


def commands(place: Path) -> dict[str, Sequence[str | Path]]:
    """The commands that last, on the small year."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    params = pages.project(place / "projet") / "params"
    file = params / "telechargements.yml"
    port = server.server_address[1]
    file.write_text(
        file.read_text(encoding="utf-8").replace("https://", f"http://127.0.0.1:{port}/"),
        encoding="utf-8",
    )
    return {
        "run": words(place, "--force"),
        "check": words(place, command="check"),
        "verify": words(place, command="verify"),
        "fetch": ("fetch", "2024", "--data", place / "recu", "--params", params),
        "explain": ("explain", "2024", "--reports", place / "reports"),
    }


def report(place: Path) -> dict[str, str]:
    """The published report, but for the hour at which it was made."""
    files = pages.snapshot(place / "reports" / "2024")
    return {name: digest for name, digest in files.items() if name != pages.JOURNAL}


def main() -> None:
    rows, bad = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        place = year(Path(scratch) / "annee")
        pages.write_small(place / "data")  # the data of the report: made again, it is the same
        for name, asked in commands(place).items():
            taken = []
            count = stages((*PYTHON, *asked)) if name in STAGED else 0
            before = report(place)
            instants: list[dict[str, float]] = [{"stage": n} for n in range(1, count + 1)]
            for instant in instants or [{"seconds": s} for s in SECONDS]:
                mark = f"interrupted-{name}-{instant}"
                ended = stop((*PYTHON, *asked), mark, **instant)
                bad += len(left_running(mark))
                if ended:
                    took, code, err = ended
                    taken.append(took)
                    bad += took > LIMIT or code not in {130, -signal.SIGINT} or "anomalie" in err
                bad += len(list((place / "reports").glob(".*")))
                bad += report(place) != before
            worst = f"{max(taken):.1f}".replace(".", ",") if taken else "fini avant"
            rows.append((f"`spaser {name}`", count or "–", len(taken), worst))
    print("## Ctrl-C\n")
    print(table(("commande", "étapes", "arrêts", "secondes, au plus"), rows))
    print(
        "\nChaque étape est interrompue une fois. À chaque fois : aucun noyau encore en vie, aucun "
        "reste, le rapport à l'octet près. "
        "Une bibliothèque qui n'écoute pas est quittée après une seconde et demie."
    )
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
