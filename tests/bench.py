"""`make test`: the tests of the program on the project that they know, those of a project on yours.

The tests of the program are written for one project (its buyers, its targets, its words): the one
that `tests/reference/` keeps, and that this repository ships.  While params/ are that project, all
tests run here.  Once an authority has put its own there, the tests of tests/projet/ run here, on
it, and all others in a copy of the repository (the bench) whose project is the reference: its
notebooks and its demonstration data are written again, by the program under test.

    python tests/bench.py [arguments of pytest]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "tests" / "reference"
OF_A_PROJECT = "tests/projet"
LEFT = {".git", ".venv", ".venv-standards", "reports", ".hypothesis", "__pycache__"}
CACHES = shutil.ignore_patterns("__pycache__", ".*_cache")


def files(folder: Path) -> dict[str, bytes]:
    """The files of params that an authority writes: not the catalogue, nor what is everybody's."""
    kept = [folder / name for name in ("spaser.yml", "cibles.yml", "hypotheses.yml")]
    kept += sorted(folder.glob("[0-9]*/**/*"))
    return {
        p.relative_to(folder).as_posix(): p.read_bytes().replace(b"\r\n", b"\n")
        for p in kept
        if p.is_file()
    }


def is_reference(root: Path = ROOT) -> bool:
    """Whether the project of a repository is the one that the tests of the program know."""
    return files(root / "params") == files(REFERENCE)


def build(place: Path) -> Path:
    """A copy of the repository whose project is the reference; gives its folder."""
    bench = place / "spaser"
    bench.mkdir()
    for path in ROOT.iterdir():
        if path.name in LEFT or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            shutil.copytree(path, bench / path.name, ignore=CACHES)
        else:
            shutil.copy(path, bench / path.name)
    shared = ROOT.parent / "shared"
    if shared.is_dir():
        (place / "shared").symlink_to(shared.resolve())
    for year in bench.glob("params/[0-9]*"):
        shutil.rmtree(year)
    for name, content in files(REFERENCE).items():
        (bench / "params" / name).parent.mkdir(parents=True, exist_ok=True)
        (bench / "params" / name).write_bytes(content)
    for folder in (bench / "data" / "raw", bench / "notebooks"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for words in (["spaser.demo"], ["spaser", "notebooks"]):
        subprocess.run([sys.executable, "-m", *words], cwd=bench, env=around(bench), check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
    return bench


def around(bench: Path) -> dict[str, str]:
    """The environment in which the program is that of the bench."""
    return {**os.environ, "PYTHONPATH": str(bench / "src")}


def main(words: Sequence[str]) -> int:
    """Run pytest where each test belongs; gives the first exit code that is not 0."""
    pytest = [sys.executable, "-m", "pytest", *words]
    if is_reference():
        return subprocess.run(pytest, cwd=ROOT).returncode
    print("Le projet de params/ n'est pas celui des tests du programme : ses propres tests ici, "
          "les autres sur un banc d'essai.")  # fmt: skip
    ours = subprocess.run([*pytest, OF_A_PROJECT], cwd=ROOT).returncode
    with tempfile.TemporaryDirectory(prefix="banc-") as place:
        bench = build(Path(place))
        theirs = subprocess.run(pytest, cwd=bench, env=around(bench)).returncode
    return ours or theirs


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
