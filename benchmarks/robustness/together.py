"""Several runs at once in one folder of reports: every edition that was announced is there."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from common import PYTHON, pages, started, table, words, year
from sealing import publish, sealed

ROUNDS, AT_ONCE = 10, 8


def publications(place: Path) -> tuple[int, int]:
    """Seal editions from several processes at once; gives how many, and how many are missing."""
    children = []
    for number in range(AT_ONCE):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for turn in range(ROUNDS):
                    publish(place, f"{number}-{turn}")
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    failed = sum(os.waitpid(child, 0)[1] != 0 for child in children)
    expected = {f"{n}-{t}" for n in range(AT_ONCE) for t in range(ROUNDS)}
    stand = sealed(place)
    missing = len(expected - set(stand.values())) + failed
    missing += sorted(map(int, stand)) != list(range(1, len(expected) + 1))
    return len(expected), missing


def runs(place: Path) -> tuple[int, int, bool]:
    """Two real runs at once, on different data; gives runs, editions missing, one said to wait."""
    year(place)
    other = place.with_name("autre")
    shutil.copytree(place / "data", other / "data")
    pages.write_small(other / "data", pages.SMALL_VILLE[:-1])
    ours = words(place, "--edition")
    theirs = (*ours[:3], other / "data", *ours[4:])
    with started((*PYTHON, *ours), "one") as one, started((*PYTHON, *theirs), "two") as two:
        outs = [running.communicate() for running in (one, two)]
    text = " ".join(out for out, _ in outs)
    missing = sum(f"édition {n} scellée" not in text for n in (2, 3))
    missing += sum(
        not (place / "reports/2024/editions" / n / "manifeste.json").is_file() for n in "123"
    )
    return 2, missing, any("En attente" in err for _, err in outs)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        sealings, missing = publications(Path(scratch) / "publications")
        count, lost, waited = runs(Path(scratch) / "annee")
    print("## Exécutions simultanées\n")
    print(
        table(
            ("exécutions dans un même dossier de rapports", "éditions scellées", "perdues"),
            [
                (f"{AT_ONCE} processus, {ROUNDS} publications chacun", sealings, missing),
                ("`spaser run --edition`, deux à la fois, données différentes", count, lost),
            ],
        )
    )
    print(f"\nLa seconde attend la première et le dit : {'oui' if waited else 'non'}.")
    sys.exit(bool(missing or lost or not waited))


if __name__ == "__main__":
    main()
