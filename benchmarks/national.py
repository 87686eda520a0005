"""A national file: time and peak memory of reading it, as ratios to the usual ways.

    .venv/bin/python benchmarks/national.py [--contracts 1000000] [--without-pandas]

Writes a nested JSON and a consolidated Parquet of that many contracts in a temporary folder, 300
of them ours, then measures processor time and peak memory, each in a process of its own:

1. reading the JSON (records of ours typed, all others counted) against json.load + pandas;
2. reading the Parquet against DuckDB's plain scan of the same file (rows and euros by buyer).

`--without-pandas` leaves out json.load, which needs about eight times the file in memory.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

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
    print("    ", " ".join(shown.split()))
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def contract(number: int, draw: random.Random, ours: bool) -> dict[str, object]:
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


def write_parquet(path: Path, count: int) -> None:
    """The consolidated table: a third more rows than contracts, for their second holders."""
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
            FROM contracts, range(1, CASE WHEN n % 3 = 0 THEN 3 ELSE 2 END) h(h)
        ) TO '{path}' (FORMAT parquet)
    """)


def compare(title: str, ours: Cost, usual: Cost | None) -> None:
    """One line: seconds and memory, and their ratios to the usual way."""
    line = f"{title:28} {ours.seconds:7.1f} s {ours.peak:8.0f} MiB"
    if usual:
        line += (
            f"   usual {usual.seconds:7.1f} s {usual.peak:8.0f} MiB"
            f"   ratios {ours.seconds / usual.seconds:.2f} and {ours.peak / usual.peak:.3f}"
        )
    print(line)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--contracts", type=int, default=1_000_000)
    options.add_argument("--without-pandas", action="store_true")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        nested, table = Path(scratch) / "json", Path(scratch) / "parquet"
        nested.mkdir()
        table.mkdir()
        write_json(nested / "decp.json", asked.contracts)
        size = (nested / "decp.json").stat().st_size / 1e6
        print(f"nested JSON, {asked.contracts} contracts, {size:.0f} MB")
        read = measured(READ, nested)
        compare("read", read, None if asked.without_pandas else measured(PANDAS, nested))
        write_parquet(table / "decp.parquet", asked.contracts)
        size = (table / "decp.parquet").stat().st_size / 1e6
        print(f"consolidated Parquet, {asked.contracts} contracts, {size:.0f} MB")
        compare("read", measured(READ, table), measured(SCAN, table))


if __name__ == "__main__":
    main()
