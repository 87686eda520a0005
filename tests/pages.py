"""Runs of the real command, each made once and shared by the workers, and what they publish.

A plugin of the test modules that name it in `pytest_plugins`: its fixtures are editions.
They import it too, so: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import forked
import html5lib
import oracle as o
import pytest
from neutral import PROJECT

JOURNAL = "journal.json"
PERSON = "zenobie-essai"  # a user name that no output may hold
LONG_AGO = 1_000_000_000  # seconds: an hour that no file written now can have


# --- The command ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def spaser(*words: str | Path, cwd: Path = PROJECT, **environment: str) -> Done:
    """Run `python -m spaser WORDS` in a process of its own.

    One that takes long is forked from a process that has its libraries (`forked.py`), unless it is
    given an environment.
    """
    if words and str(words[0]) in forked.HEAVY and not environment and (ready := forked.nursery()):
        return Done(*ready.run([*map(str, words)], cwd))
    done = subprocess.run(
        [sys.executable, "-m", "spaser", *map(str, words)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=forked.PATIENCE,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Made:
    """A folder of reports, the data it was made from, and how the command ended."""

    place: Path
    done: Done

    @property
    def reports(self) -> Path:
        return self.place / "reports"

    @property
    def data(self) -> Path:
        return self.place / "data"


def once(
    factory: pytest.TempPathFactory, name: str, build: Callable[[Path], Done], code: int = 0
) -> Made:
    """A folder built by the first worker that asks for it; the others wait for it.

    The folder counts as built when its command ended with `code`.  None is with SPASER_QUICK=1.
    """
    if os.environ.get("SPASER_QUICK"):
        pytest.skip("asks for a run, and SPASER_QUICK leaves those out")
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    place, outcome = base / name, base / f"{name}.json"
    try:
        place.mkdir()
    except FileExistsError:
        patience = time.monotonic() + 2 * forked.PATIENCE
        while not outcome.exists():
            assert time.monotonic() < patience, f"{name} is not built yet"
            time.sleep(0.1)
    else:
        done = Done(-1, "", "the command did not run")
        try:
            done = build(place)
        finally:
            fresh = outcome.with_suffix(".fresh")
            fresh.write_text(json.dumps(asdict(done)), encoding="utf-8")
            fresh.rename(outcome)
    done = Done(**json.loads(outcome.read_text(encoding="utf-8")))
    assert done.code == code, f"{name}: exit {done.code}\n{done.out}{done.err}"
    return Made(place, done)


def snapshot(folder: Path, *, times: bool = False) -> dict[str, str]:
    """Digest of every file under a folder, by relative path; with its time when asked."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        + (f" {p.stat().st_mtime_ns}" if times else "")
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def number(text: str) -> Decimal | None:
    """A cell of numbers: empty is nothing."""
    return Decimal(text) if text else None


Key = tuple[str, str, str]


def figures(edition: Path) -> dict[Key, dict[str, str]]:
    """The rows of indicateurs.csv by code, entity and base."""
    by_key = {(r["code"], r["entite"], r["base"]): r for r in rows(edition / "indicateurs.csv")}
    assert by_key
    return by_key


def write_json(path: Path, data: Any) -> None:
    """Data as a JSON file, decimals as numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, default=float), encoding="utf-8")


def project(place: Path) -> Path:
    """A project of its own, without data: notebooks, parameters and suites to spoil."""
    for name in ("notebooks", "params", "expectations", "data/referentiels"):
        shutil.copytree(PROJECT / name, place / name)
    return place


def cells(notebook: Path) -> dict[str, Any]:
    """A notebook as JSON."""
    content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    return content


# --- A small year, known contract by contract -----------------------------------------------

VILLE_FILE, METROPOLE_FILE = "ville.json", "metropole.json"

# The city: the environmental field is empty everywhere; every third contract is social.
SMALL_VILLE = [
    o.Contract(
        f"2024V{n:03d}",
        montant=Decimal("45000.10") + 1000 * n,
        notified=dt.date(2024, 1 + n % 12, 3),
        published=dt.date(2024, 1 + n % 12, 24),
        social=(o.CLAUSE,) if n % 3 == 0 else (o.PAS_SOCIAL,),
        environment=None,
    )
    for n in range(24)
]
# The metropolis: too few contracts for a trend, and a field known for one out of three.
SMALL_METROPOLE = [
    o.Contract(
        f"2024M{n:03d}",
        buyer=o.METROPOLE,
        montant=Decimal("91000.55") + n,
        social=(o.RESERVE,) if n == 0 else (o.PAS_SOCIAL,),
        environment=(o.CLAUSE_ENV, o.CRITERE_ENV) if n == 0 else None,
    )
    for n in range(3)
]


def write_small(
    folder: Path,
    ville: Iterable[o.Contract] = SMALL_VILLE,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Write the small year: the city in the flat form, the metropolis in the regulatory one.

    `changes` are raw values to write in the rows of some contracts, by id.
    """
    flat = [o.flat(c, **(changes or {}).get(c.id, {})) for c in ville]
    write_json(folder / VILLE_FILE, {"records": flat})
    write_json(folder / METROPOLE_FILE, o.regulatory([o.nested(c) for c in SMALL_METROPOLE]))


def one_more_social() -> list[o.Contract]:
    """The contracts of the city with one more social clause."""
    second = replace(SMALL_VILLE[1], social=(o.CLAUSE,))
    return [SMALL_VILLE[0], second, *SMALL_VILLE[2:]]


NO_AMOUNT = [c.id for c in SMALL_VILLE[::2]]


def records_in(file: Path) -> dict[str, int]:
    """Contracts and concessions that a DECP file holds, as its JSON says."""
    content = json.loads(file.read_text(encoding="utf-8"))
    if "records" in content:
        return {"marches": len(content["records"]), "concessions": 0}
    marches = content["marches"]
    return {
        "marches": len(marches["marche"]),
        "concessions": len(marches.get("contrat-concession", ())),
    }


# --- Hostile texts --------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    "&lt;script&gt;alert(2)&lt;/script&gt;",
    "</style><b>gras</b>",
    "</pre></main><iframe src=x></iframe>",
    "<img src=x onerror=alert(3)>",
    '" onmouseover="alert(4)" x="',
    "<!-- sommaire --><!--",
    "{{7*7}} {% raw %} ${7*7}",
    '=HYPERLINK("http://example.invalid";"x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+SUM(A1)",
    "@SUM(1+1)",
)
HOSTILE_FILE = (
    "{{7*7}} =1+1 'a' & b.json" if os.name == "nt" else "<img src=x onerror=alert(5)> {{7*7}}.json"
)
_FREE_TEXTS = (
    "nature objet codecpv procedure techniques modalitesexecution idaccordcadre formeprix "
    "typesprix ccag typegroupementoperateurs lieuexecution_code lieuexecution_typecode "
    "considerationssociales considerationsenvironnementales titulaire_id_1 "
    "titulaire_typeidentifiant_1 idmodification marcheinnovant offresrecues tauxavance"
).split()


def write_hostile(folder: Path) -> None:
    """A year where every text that a buyer may write is an attack, once for each attack."""
    plain = [o.Contract(f"2025V{n:03d}", notified=dt.date(2025, 3, 4), published=None)
             for n in range(40)]  # fmt: skip
    attacked = [
        o.flat(
            replace(plain[0], montant=Decimal(60_000 + rank)),
            id=f"{attack}{rank}",
            **dict.fromkeys(_FREE_TEXTS, attack),
        )
        for rank, attack in enumerate(HOSTILE)
    ]
    refused = [
        o.flat(plain[0], id="R1", montant=HOSTILE[0]),
        o.flat(plain[0], id="R2", datenotification=HOSTILE[8]),
        o.flat(plain[0], id="R3", acheteur_id=HOSTILE[4]),
    ]
    write_json(folder / HOSTILE_FILE, {"records": [*map(o.flat, plain), *attacked, *refused]})
    concessions = [
        o.concession(
            f"C{rank}",
            objet=attack,
            nature=attack,
            procedure=attack,
            dateSignature="2025-04-02",
            considerationsSociales={"considerationSociale": [attack]},
        )
        for rank, attack in enumerate(HOSTILE)
    ]
    write_json(folder / "reglementaire.json", o.regulatory([], concessions))


def add_analyst_cells(notebook: Path) -> None:
    """What an analyst may add to the report: headings, a paragraph, a chart, a print."""
    content = cells(notebook)
    added = [
        {"cell_type": "markdown", "source": "## Contenu\n\nLe mot de l'analyste : *merci* !"},
        {"cell_type": "markdown", "source": "## Limites\n\n## Limites"},
        {
            "cell_type": "code",
            "source": "import matplotlib.pyplot as plt\n\nfigure, axes = plt.subplots()\n"
            "axes.plot([1, 2, 3]);",
            "outputs": [],
            "execution_count": None,
        },
        {
            "cell_type": "code",
            "source": "print('trois < quatre')",
            "outputs": [],
            "execution_count": None,
        },
        {
            "cell_type": "code",
            "source": "import sys\n\nprint('jamais montré', file=sys.stderr)\n{'cinq': 5}",
            "outputs": [],
            "execution_count": None,
        },
    ]
    drawn = cells(PROJECT / "notebooks" / "exploration.ipynb")["cells"][-1]
    added.append({k: drawn[k] for k in ("cell_type", "source", "outputs", "execution_count")})
    for rank, cell in enumerate(added):
        content["cells"].append({**cell, "id": f"analyste-{rank}", "metadata": {}})
    notebook.write_text(json.dumps(content), encoding="utf-8")


# --- Editions -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The demonstration of 2024 and 2025, published by one command."""

    def build(place: Path) -> Done:
        return spaser(
            *("run", "2024", "2025", "--reports", place / "reports"),
            TZ="America/Noronha", LC_ALL="C.UTF-8", PYTHONHASHSEED="1",
            USER=PERSON, LOGNAME=PERSON,
        )  # fmt: skip

    return once(tmp_path_factory, "demo", build)


@pytest.fixture(scope="session")
def again(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same inputs copied elsewhere, read-only, run elsewhere by someone else."""

    def build(place: Path) -> Done:
        data = Path(shutil.copytree(PROJECT / "data" / "raw", place / "data"))
        for path in [*data.rglob("*"), data]:
            os.utime(path, (LONG_AGO, LONG_AGO))
            path.chmod(0o555 if path.is_dir() else 0o444)
        (cwd := Path(shutil.copytree(PROJECT, place / "projet")) / "vide").mkdir()
        outs = [
            spaser(
                *("run", year, "--data", data / year, "--reports", place / "reports" / "à part"),
                cwd=cwd, TZ="Pacific/Kiritimati", LC_ALL="C", LANG="C", PYTHONHASHSEED="4242",
                COLUMNS="40", USER=PERSON, LOGNAME=PERSON,
            )
            for year in ("2024", "2025")
        ]  # fmt: skip
        return next((d for d in outs if d.code), outs[-1])

    return once(tmp_path_factory, "again", build)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The small year, published."""

    def build(place: Path) -> Done:
        write_small(place / "data")
        return spaser("run", "2024", "--data", place / "data", "--reports", place / "reports")

    return once(tmp_path_factory, "small", build)


@pytest.fixture(scope="session")
def stopped(tmp_path_factory: pytest.TempPathFactory, small: Made) -> Made:
    """The small year published, then stopped by the gate: half of the amounts are gone, a table is
    of no known form, and a file ends too soon."""

    def build(place: Path) -> Done:
        shutil.copytree(small.reports, place / "reports")
        write_small(place / "data", changes={i: {"montant": None} for i in NO_AMOUNT})
        (place / "data" / "inconnu.csv").write_text("quoi;combien\nrien;0\n", encoding="utf-8")
        (place / "data" / "coupe.json").write_text(
            '{"marches": {"marche": [{"id":', encoding="utf-8"
        )
        return spaser("run", "2024", "--data", place / "data", "--reports", place / "reports")

    return once(tmp_path_factory, "stopped", build, code=3)


@pytest.fixture(scope="session")
def old_form(
    tmp_path_factory: pytest.TempPathFactory, small: Made, real: Callable[[str], Path]
) -> Made:
    """The real files of 2019 over a published report: the gate stops them."""
    data = real("data/dijon-2019")

    def build(place: Path) -> Done:
        shutil.copytree(small.reports, place / "reports")
        return spaser("run", "2024", "--data", data, "--reports", place / "reports")

    return once(tmp_path_factory, "old_form", build, code=3)


@pytest.fixture(scope="session")
def ville(tmp_path_factory: pytest.TempPathFactory, real: Callable[[str], Path]) -> Made:
    """The real file of Ville de Dijon, 2024 and 2025."""
    data = real("data/dijon")
    return once(
        tmp_path_factory,
        "ville",
        lambda place: spaser("run", "2024", "2025", "--data", data, "--reports", place / "reports"),
    )


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory, real: Callable[[str], Path]) -> Made:
    """Real files in which no buyer is ours."""
    data = real("data/dematis")
    return once(
        tmp_path_factory,
        "strangers",
        lambda place: spaser("run", "2024", "--data", data, "--reports", place / "reports"),
    )


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory, demo: Made) -> Made:
    """Hostile texts everywhere, in a project whose report an analyst has added to.

    A demonstration of the year before stands beside it.
    """

    def build(place: Path) -> Done:
        here = project(place / "projet")
        add_analyst_cells(here / "notebooks" / "3_rapport.ipynb")
        write_hostile(place / "data")
        shutil.copytree(demo.reports / "2024", place / "reports" / "2024")
        words = ("run", "2025", "--data", place / "data", "--reports", place / "reports")
        return spaser(*words, cwd=here)

    return once(tmp_path_factory, "hostile", build)


EDITIONS = {
    "demo-2024": ("demo", "2024"),
    "demo-2025": ("demo", "2025"),
    "small": ("small", "2024"),
    "ville-2024": ("ville", "2024"),
    "ville-2025": ("ville", "2025"),
    "strangers": ("strangers", "2024"),
    "hostile": ("hostile", "2025"),
    "stopped": ("stopped", "2024-controle"),
    "old-form": ("old_form", "2024-controle"),
}


def edition(request: pytest.FixtureRequest, name: str) -> Path:
    """The published folder of an edition, made if it is not yet."""
    fixture, folder = EDITIONS[name]
    made: Made = request.getfixturevalue(fixture)
    return made.reports / folder


# --- Pages ----------------------------------------------------------------------------------


@functools.lru_cache(maxsize=40)
def parsed(path: Path) -> Any:
    """A page as a tree, by the algorithm of the HTML standard, names without namespaces."""
    page = html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False)
    for element in page.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.split("}")[-1]
        for name in [n for n in element.attrib if "}" in str(n)]:
            element.attrib[name.split("}")[-1]] = element.attrib.pop(name)
    return page


def text_of(element: Any) -> str:
    """The text of an element: ordinary blanks folded, unbreakable ones kept."""
    return re.sub("[ \t\r\n\f]+", " ", "".join(element.itertext())).strip(" ")


def plain(text: str) -> str:
    """A text as a keyboard types it: ordinary spaces, straight apostrophes."""
    return " ".join(text.split()).replace("’", "'")


def typed(element: Any) -> str:
    """The text of an element as a keyboard types it: ordinary spaces, straight apostrophes."""
    return plain(text_of(element))
