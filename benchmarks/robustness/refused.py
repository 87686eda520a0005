"""What the machine refuses, what a notebook does to its kernel: one message, the report whole."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, left_running, pages, started, table, words, year
from injection import Fault, in_a_child
from sealing import publish, sealed, whole

from spaser.publishing import exchange

KINDS = {
    "ENOSPC": "disque plein",
    "EDQUOT": "quota atteint",
    "EROFS": "lecture seule",
    "EACCES": "accès refusé",
    "EIO": "disque en panne",
}
CELLS = {
    "noyau tué (kill -9)": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "noyau qui plante": "import ctypes\nctypes.string_at(0)",
    "mémoire pleine": "raise MemoryError",
    "cellule sans fin (limite ramenée à 5 s)": "while True:\n    pass",
}
SHORT = (
    "from spaser.pipeline import notebooks; notebooks._TIMEOUT = 5; "
    "from spaser import cli; cli.main()"
)


def publications(place: Path) -> tuple[int, int]:
    """Refuse at every change that publishing makes to files; gives faults, and losses."""
    start = place / "depart"
    publish(start, "un")
    faults = losses = 0
    for kind in KINDS:
        number = 0
        while True:
            number += 1
            here = place / f"essai-{kind}-{number}"
            shutil.copytree(start, here)
            if in_a_child(Fault(kind, number, here), lambda at=here: publish(at, "deux")) == 0:
                break
            faults += 1
            losses += exchange._call() is not None and (
                whole(here / "2024") != "un" or sealed(here) != {"1": "un"}
            )
            publish(here, "trois")
            losses += sealed(here) != {"1": "un", "2": "trois"}
            shutil.rmtree(here)
    return faults, losses


def refusals(place: Path) -> list[tuple[str, bool]]:
    """A refusal in the midst of real runs; each with whether it ended as it must."""
    before = pages.snapshot(place / "reports", times=True)
    tool, ends = ROOT / "tests" / "injection.py", []
    for rank, (kind, words_) in enumerate(KINDS.items()):
        program = (sys.executable, tool, kind, str(5 + 10 * rank), place / "reports", "--")
        with started((*program, *words(place)), kind) as running:
            _, err = running.communicate()
        message = [line for line in err.splitlines() if not line.startswith("… ")]
        good = running.returncode == 2 and len(message) == 2 and message[0].startswith("Erreur. ")
        good &= pages.snapshot(place / "reports", times=True) == before
        ends.append((words_, good and not left_running(kind)))
    return ends


def cells(place: Path) -> list[tuple[str, bool, float]]:
    """What a cell does to its kernel, in real runs; each with whether it was told, and seconds."""
    before = pages.snapshot(place / "reports", times=True)
    here, ends = pages.project(place / "projet"), []
    path = here / "notebooks" / "2_indicateurs.ipynb"
    kept = path.read_text(encoding="utf-8")
    for name, source in CELLS.items():
        content = json.loads(kept)
        mark = place / "instant"
        note = f"import time\nopen({str(mark)!r}, 'w').write(str(time.time()))\n"
        content["cells"].append(
            {"cell_type": "code", "id": "panne", "metadata": {}, "outputs": [],
             "execution_count": None, "source": note + source}
        )  # fmt: skip
        path.write_text(json.dumps(content), encoding="utf-8")
        program = (sys.executable, "-c", f"import os; os.chdir({str(here)!r}); {SHORT}")
        with started((*program, *words(place)), name) as running:
            _, err = running.communicate()
        seconds = time.time() - float(mark.read_text())
        message = [line for line in err.splitlines() if not line.startswith("… ")]
        good = running.returncode == 2 and f"{path}, cellule " in message[0]
        good &= pages.snapshot(place / "reports", times=True) == before
        ends.append((name, good and not left_running(name), seconds))
    path.write_text(kept, encoding="utf-8")
    return ends


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        faults, losses = publications(place / "publications")
        year(place / "annee")
        ends = refusals(place / "annee")
        caught = cells(place / "annee")
    print("## Refus de la machine\n")
    rows = [
        (f"la publication, à chaque écriture ({', '.join(KINDS.values())})", faults, losses),
        *((f"`spaser run` entier : {name}", 1, int(not good)) for name, good in ends),
    ]
    print(table(("panne provoquée pendant", "pannes", "pertes ou messages manquants"), rows))
    print("\n## Notebooks\n")
    print(
        table(
            ("ce que fait une cellule", "annoncé, notebook et cellule nommés", "secondes"),
            [(n, "oui" if good else "non", f"{s:.1f}".replace(".", ",")) for n, good, s in caught],
        )
    )
    print(
        "\nLes secondes vont de l'événement à la fin du programme, noyaux arrêtés. À chaque fois, "
        "un message, le code de sortie 2, et le rapport précédent à l'octet près."
    )
    sys.exit(bool(losses or not all(e[1] for e in (*ends, *caught))))


if __name__ == "__main__":
    main()
