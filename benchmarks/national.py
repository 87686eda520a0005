"""A national file: processor time and peak memory of reading it, as ratios to the usual ways.

    .venv/bin/python benchmarks/national.py [--contracts 1000000] [--only csv,…] [--repeats 3]

Writes the same contracts, 300 of them ours, in each form, and reads each in a process of its own
(records of ours typed, all others counted) against the usual way: json.load + pandas,
pandas.read_csv(dtype=str), lxml.iterparse + pandas, DuckDB's plain scan of a Parquet.  Each program
is first measured on our 300 contracts alone: the ratio of what the others cost says what a file
costs without the start of programs.  `--without-usual` leaves out the usual ways: json.load needs
about eight times the file in memory.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
OURS, EVERY = "21210231300013", 300

READ = """
import sys
from pathlib import Path
from spaser import sources
from spaser.settings import params
lecture = sources.read_folder(Path(sys.argv[1]), params.load(Path("params"), 2024))
assert not any(f.erreur for f in lecture.fichiers), lecture.fichiers
print(len(lecture.lignes), "lignes", *lecture.lues.values())
"""
PANDAS = """
import json, sys
from pathlib import Path
import pandas as pd
[path] = Path(sys.argv[1]).iterdir()
with path.open(encoding="utf-8") as stream:
    frame = pd.DataFrame(json.load(stream)["marches"]["marche"])
buyers = frame["acheteur"].str["id"].str[:9]
print(len(frame[buyers == "212102313"]), "lignes", len(frame), frame["montant"].sum())
"""
CSV = """
import sys
from pathlib import Path
import pandas as pd
[path] = Path(sys.argv[1]).iterdir()
frame = pd.read_csv(path, dtype=str)
ours = frame["acheteur_id"].str[:9] == "212102313"
print(ours.sum(), "lignes", len(frame), pd.to_numeric(frame["montant"]).sum())
"""
XML = """
import sys
from pathlib import Path
import pandas as pd
from lxml import etree
[path] = Path(sys.argv[1]).iterdir()
rows = []
for _, element in etree.iterparse(path, tag="marche"):
    rows.append({child.tag: child.text for child in element}
                | {"acheteur": element.findtext("acheteur/id")})
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
frame = pd.DataFrame(rows)
ours = frame["acheteur"].str[:9] == "212102313"
print(ours.sum(), "lignes", len(frame), pd.to_numeric(frame["montant"]).sum())
"""
SCAN = """
import sys
from pathlib import Path
import duckdb
[path] = Path(sys.argv[1]).iterdir()
print(*duckdb.sql(f"SELECT count(*), sum(n), sum(euros) FROM (SELECT left(acheteur_id, 9), "
                  f"count(*) AS n, sum(montant) AS euros FROM '{path}' GROUP BY ALL)").fetchall())
"""


class Cost(NamedTuple):
    """Seconds of processor, which neighbours do not disturb as they do the clock; peak in MiB."""

    seconds: float
    peak: float


def least(programs: Sequence[tuple[str, Path]], repeats: int) -> list[Cost]:
    """The least that each program costs, of several runs in turns."""
    turns = [[measured(*program) for program in programs] for _ in range(repeats)]
    return [Cost(*map(min, zip(*costs, strict=True))) for costs in zip(*turns, strict=True)]


def measured(program: str, folder: Path) -> Cost:
    """Run a program in a fresh process; what it prints is shown."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    shown = process.stdout.read().decode().strip() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"a measured program failed (status {status})")
    print("    ", " ".join(shown.split()), file=sys.stderr)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def contract(number: int, draw: random.Random, ours: bool) -> dict[str, Any]:
    """A contract of the regulatory form, of a size seen in real files (about 1.2 kB)."""
    buyer = OURS if ours else f"{200000000 + draw.randrange(30000):09d}00019"
    return {
        "id": f"2024M{number:08d}",
        "acheteur": {"id": buyer},
        "nature": "Marché",
        "objet": f"Travaux d'entretien et de réparation, lot {number} : gros œuvre, étanchéité",
        "codeCPV": "45261000-4",
        "techniques": {"technique": ["Accord-cadre"]},
        "modalitesExecution": {"modaliteExecution": ["Bons de commande"]},
        "marcheInnovant": False,
        "ccag": "Travaux",
        "offresRecues": draw.randrange(1, 9),
        "attributionAvance": False,
        "tauxAvance": 0,
        "typeGroupementOperateurs": "Pas de groupement",
        "procedure": "Procédure adaptée",
        "lieuExecution": {"code": "21000", "typeCode": "Code postal"},
        "dureeMois": draw.randrange(1, 48),
        "dateNotification": f"2024-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
        "datePublicationDonnees": "2024-12-30",
        "montant": draw.randrange(4_000_000, 90_000_000) / 100,
        "typesPrix": {"typePrix": ["Définitif révisable"]},
        "formePrix": "Forfaitaire",
        "sousTraitanceDeclaree": False,
        "titulaires": [{"titulaire": {"id": "49047296600012", "typeIdentifiant": "SIRET"}}],
        "considerationsSociales": {"considerationSociale": ["Clause sociale"]},
        "considerationsEnvironnementales": {
            "considerationEnvironnementale": ["Critère environnemental"]
        },
    }


def write_json(path: Path, count: int) -> None:
    """One object of the regulatory form, written record by record."""
    draw, step = random.Random(1), max(1, count // EVERY)
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"marches": {"marche": [')
        for n in range(count):
            stream.write(", " * bool(n))
            json.dump(contract(n, draw, n % step == 0), stream, ensure_ascii=False)
        stream.write("]}}")


def write_xml(path: Path, count: int) -> None:
    """The same contracts in the regulatory XML."""
    from xml.sax.saxutils import escape

    def written(name: str, value: object) -> str:
        if isinstance(value, list):
            return "".join(written(name, one) for one in value)
        if isinstance(value, dict):
            inside = "".join(written(*one) for one in value.items())
        else:
            inside = escape(str(value).lower() if isinstance(value, bool) else str(value))
        return f"<{name}>{inside}</{name}>"

    draw, step = random.Random(1), max(1, count // EVERY)
    with path.open("w", encoding="utf-8") as stream:
        stream.write('<?xml version="1.0" encoding="utf-8"?>\n<marches>')
        for n in range(count):
            record = contract(n, draw, n % step == 0)
            holders = [one["titulaire"] for one in record.pop("titulaires")]
            stream.write(written("marche", record | {"titulaires": {"titulaire": holders}}) + "\n")
        stream.write("</marches>")


def write_table(path: Path, count: int, how: str = "FORMAT parquet") -> None:
    """The consolidated table: a third more rows than contracts, for their second holders.

    Of ours too, whatever their number among the others.
    """
    import duckdb

    step = max(1, count // EVERY)
    duckdb.sql("SET enable_progress_bar = false")
    duckdb.sql(f"""
        COPY (
            WITH contracts AS (
                SELECT n, CASE WHEN n % {step} = 0 THEN '{OURS}'
                    ELSE printf('%09d00019', 200000000 + hash(n) % 30000) END AS acheteur_id
                FROM range({count}) t(n)
            )
            SELECT acheteur_id || '2024M' || n AS uid, '2024M' || n AS id, acheteur_id,
                'Marché' AS nature, 'Travaux d''entretien et de réparation, lot ' || n AS objet,
                '45261000-4' AS codeCPV, 'Procédure adaptée' AS procedure,
                'Accord-cadre' AS techniques, (n % 48 + 1)::INTEGER AS dureeMois,
                DATE '2024-01-01' + (hash(n, 1) % 366)::INTEGER AS dateNotification,
                DATE '2024-12-30' AS datePublicationDonnees,
                (4000000 + hash(n, 2) % 86000000)::DOUBLE / 100 AS montant,
                'Clause sociale' AS considerationsSociales,
                'Critère environnemental' AS considerationsEnvironnementales,
                printf('%014d', 40000000000000 + hash(n, h) % 1000000) AS titulaire_id,
                'SIRET' AS titulaire_typeIdentifiant, 0 AS modification_id,
                true AS donneesActuelles
            FROM contracts, range(1, CASE WHEN n // {step} % 3 = 0 THEN 3 ELSE 2 END) h(h)
        ) TO '{path}' ({how})
    """)


FORMS = {
    "json": (write_json, PANDAS, "json.load + pandas", 0.2),
    "csv": (partial(write_table, how="FORMAT csv, HEADER"), CSV, "pandas.read_csv", 0.5),
    "xml": (write_xml, XML, "lxml.iterparse + pandas", 0.5),
    "parquet": (write_table, SCAN, "DuckDB's plain scan", 2.5),
}  # fmt: skip
"""How each form is written, the usual way to read it, what that is called, the goal."""


def compare(name: str, few: Path, many: Path, repeats: int, *, usual: bool) -> None:
    """The line of a form: seconds, peaks, and their ratios to the usual way."""
    _, program, way, goal = FORMS[name]
    size = next(many.iterdir()).stat().st_size / 1e6
    asked = [(READ, few), (READ, many), *([(program, few), (program, many)] if usual else ())]
    start, whole, *others = least(asked, repeats)
    line = f"| {name}, {size:.0f} MB | {whole.seconds:.1f} s, {whole.peak:.0f} MiB |"
    if usual:
        theirs, all_ = others
        ratio = whole.seconds / all_.seconds
        more = (whole.seconds - start.seconds) / max(all_.seconds - theirs.seconds, 0.01)
        line += (
            f" {way}: {all_.seconds:.1f} s, {all_.peak:.0f} MiB | {ratio:.2f} |"
            f" {more:.2f} ({goal}) | {whole.peak / all_.peak:.2f} |"
        )
    print(line, flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--contracts", type=int, default=1_000_000)
    options.add_argument("--only", default=",".join(FORMS), help="forms, with commas between")
    options.add_argument("--repeats", type=int, default=1, help="runs of each, the least is kept")
    options.add_argument("--without-usual", action="store_true")
    asked = options.parse_args()
    print(
        "| file | reading | the usual way | ratio | without start-up (goal) | memory |\n|"
        + "---|" * 6
    )
    for name in asked.only.split(","):
        with tempfile.TemporaryDirectory() as scratch:
            folders = [Path(scratch) / "few", Path(scratch) / "many"]
            for folder, count in zip(folders, (EVERY, asked.contracts), strict=True):
                folder.mkdir()
                FORMS[name][0](folder / f"decp.{name}", count)
            compare(name, *folders, asked.repeats, usual=not asked.without_usual)


if __name__ == "__main__":
    main()
