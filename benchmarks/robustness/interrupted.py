"""Ctrl-C at any stage of any command: how long it takes, what is left."""

from __future__ import annotations

import http.server
import signal
import socketserver
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from common import PYTHON, left_running, pages, started, table, words, year

LIMIT = 5.0  # seconds, where two are the aim: this may be measured on a busy machine
INSTANTS = (0.3, 1.0, 2.0, 3.5, 5.0, 7.0)


def stop(program: Sequence[str | Path], seconds: float, mark: str) -> tuple[float, int, str] | None:
    """Interrupt a program after some time; gives how long it took, its code, its words."""
    with started(program, mark) as running:
        try:
            running.wait(seconds)
        except Exception:
            start = time.monotonic()
            running.send_signal(signal.SIGINT)
            _, err = running.communicate()
            return time.monotonic() - start, running.returncode, err
        return None


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


def main() -> None:
    rows, bad = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        place = year(Path(scratch) / "annee")
        before = pages.snapshot(place / "reports", times=True)
        for name, asked in commands(place).items():
            taken = []
            for seconds in INSTANTS:
                mark = f"interrupted-{name}-{seconds}"
                ended = stop((*PYTHON, *asked), seconds, mark)
                bad += len(left_running(mark))
                if ended:
                    took, code, err = ended
                    taken.append(took)
                    bad += took > LIMIT or code not in {130, -signal.SIGINT} or "anomalie" in err
                bad += len(list((place / "reports").glob(".*")))
                bad += pages.snapshot(place / "reports", times=True) != before
            worst = f"{max(taken):.1f}".replace(".", ",") if taken else "fini avant"
            rows.append((f"`spaser {name}`", len(taken), worst))
    print("## Ctrl-C\n")
    print(table(("commande", "instants", "secondes, au plus"), rows))
    print(
        "\nÀ chaque fois : aucun noyau encore en vie, aucun reste, le rapport à l'octet près. "
        "Une bibliothèque qui n'écoute pas est quittée après une seconde et demie."
    )
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
