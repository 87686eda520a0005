"""The project of the tests of the program: that of no authority, written anew once a session.

Its scheme, targets and years are those of tests/reference/; the rest is what `spaser init` gives to
every project, and the notebooks and demonstration data that the program under test writes for it.
What stands in params/, notebooks/ and data/raw/ of the repository is then whoever's: tests/projet/
and tests/dijon/ alone read it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from spaser import demo, modele
from spaser.commands import notebooks
from spaser.settings import params as parameters

ROOT = Path(__file__).parents[1]  # the repository
REFERENCE = ROOT / "tests" / "reference"
EVERYBODYS = (
    "params/indicateurs", "params/communs.yml", "params/telechargements.yml", "expectations",
    "data/referentiels", "requirements.lock",
)  # fmt: skip


def build(place: Path) -> None:
    """Write the project of the tests in a folder."""
    for name in EVERYBODYS:
        model, copy = modele.path(name), place / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if model.is_dir() else shutil.copy)(model, copy)
    shutil.copytree(REFERENCE, place / "params", dirs_exist_ok=True)
    scheme = parameters.read_scheme(place / "params")
    for annee in demo.ANNEES:
        demo.write(place / "data" / "raw" / str(annee), annee, scheme)
    notebooks.write(scheme, place / "notebooks")
    if shutil.which("git"):  # a manifest says the commit of its project
        commit(place)


def commit(folder: Path) -> None:
    """Make of a folder a checkout of git, with one commit of all that it holds."""
    who = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "un")):
        subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def _of_this_session() -> Path:
    """The folder of the project, which the first process of a session builds for its workers."""
    if "SPASER_TESTS_PROJECT" not in os.environ:
        place = tempfile.mkdtemp(prefix="projet-")
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        build(Path(place))
        os.environ["SPASER_TESTS_PROJECT"] = place
    return Path(os.environ["SPASER_TESTS_PROJECT"]).resolve()


PROJECT = _of_this_session()
SCHEME = parameters.read_scheme(PROJECT / "params")
NOM_METROPOLE, NOM_VILLE = (SCHEME.entites[code] for code in ("metropole", "ville"))
