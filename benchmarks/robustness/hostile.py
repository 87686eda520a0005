"""The section on hostile inputs: what was tampered with, what was found, what did nothing."""

from __future__ import annotations

import copy
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from common import ROOT, table, words

sys.path.insert(0, str(ROOT / "tests"))

import pages
import test_hostile_sql
import test_hostile_yaml
import test_verify

from spaser.errors import UserError
from spaser.figures import catalogue, database, expression
from spaser.pipeline import run
from spaser.pipeline.places import Places
from spaser.pipeline.progress import Progress
from spaser.settings import params, yamlfile
from spaser.verification import verify

MUTATIONS = 200
_VALUES: tuple[Any, ...] = (None, -1, 10**30, "", "x", "../x", "/etc/passwd", [], {}, True, 2025)
REFUSED, FOUND, LISTED, UNSEEN = "refusé", "trouvé", "dit non vérifié", "passé inaperçu"


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        pages.write_small(place / "data")
        done = pages.spaser(*words(place))
        assert done.code == 0, done.err
        rows = [
            ("altérations d’un dossier publié", *_tally(_tampered(place))),
            ("manifestes mal formés", *_tally(_malformed(place))),
            ("valeurs du manifeste changées au hasard (graine 1)",
             *_tally(_mutated(place))),
            ("formules hostiles du catalogue", *_tally(_formulas(place))),
            ("instructions SQL vers fichier, réseau ou réglage", *_tally(_statements(place))),
            ("fichiers YAML piégés", *_tally(_yaml(place))),
        ]  # fmt: skip
    print("## Un rapport, un catalogue ou un fichier venus d’ailleurs\n")
    print(
        "Chaque essai part d’un rapport sain. *Refusé* : un seul message, rien d’écrit. *Trouvé* : "
        "une différence nommée, code 4. *Dit non vérifié* : nommé comme tel dans le certificat. Le "
        "recalcul est ici remplacé par une copie du rapport sain : seule la comparaison est à "
        "l’épreuve.\n"
    )
    heads = ("essai", "tentés", REFUSED, FOUND, LISTED, UNSEEN)
    print(table(heads, rows))
    print(
        "\nLes listes sont celles de `tests/test_verify.py`, `tests/test_hostile_sql.py` et "
        "`tests/test_hostile_yaml.py` ; `tests/test_fetch.py` a celles des serveurs, "
        "`tests/test_plaintext.py` celles des textes, `tests/test_same_bytes.py` les réglages "
        "personnels (matplotlib, IPython, Jupyter, fuseau, langue, masque) qui ne changent rien."
    )
    if any(row[-1] for row in rows):
        sys.exit(1)


def _tally(outcomes: Iterator[str]) -> list[int]:
    counts = Counter(outcomes)
    return [sum(counts.values()), *(counts[k] for k in (REFUSED, FOUND, LISTED, UNSEEN))]


def _verified(place: Path, spoil: Callable[[Path], Any]) -> str:
    """What `verify` says of the report once it is spoilt."""
    with tempfile.TemporaryDirectory() as scratch:
        reports = Path(scratch) / "reports"
        shutil.copytree(place / "reports", reports)
        spoil(reports / "2024")

        def again(annee: int, where: Places, progress: Progress, **_: Any) -> Path:
            healthy = place / "reports" / str(annee)
            return Path(shutil.copytree(healthy, where.reports / str(annee), dirs_exist_ok=True))

        real, run.run = run.run, again  # type: ignore[assignment]
        try:
            where = Places(ROOT, place / "data", ROOT / "params", reports)
            before = sorted(p.relative_to(place) for p in place.rglob("*"))
            verified = verify.verify(2024, where, Progress())
        except UserError:
            return REFUSED
        finally:
            run.run = real
        assert before == sorted(p.relative_to(place) for p in place.rglob("*"))
        if not verified.identique:
            return FOUND
        usual = {"journal.json", "../index.html"}
        return LISTED if {u.objet for u in verified.non_verifies} - usual else UNSEEN


def _tampered(place: Path) -> Iterator[str]:
    for _, spoil, _place in test_verify.TAMPERINGS:
        yield _verified(place, spoil)


def _malformed(place: Path) -> Iterator[str]:
    for _, (keys, value) in test_verify.MALFORMED:
        yield _verified(
            place, lambda r, k=keys, v=value: test_verify.spoil_manifest(r, *k, value=v)
        )


def _mutated(place: Path) -> Iterator[str]:
    """One value of the manifest, anywhere in it, becomes another."""
    chance = random.Random(1)
    healthy = json.loads((place / "reports" / "2024" / "manifeste.json").read_text("utf-8"))
    leaves = list(_leaves(healthy))
    for _ in range(MUTATIONS):
        keys, value = chance.choice(leaves), chance.choice(_VALUES)
        spoilt = copy.deepcopy(healthy)
        at = spoilt
        for key in keys[:-1]:
            at = at[key]
        if at[keys[-1]] == value:
            continue
        at[keys[-1]] = value
        text = json.dumps(spoilt)
        yield _verified(place, lambda r, t=text: (r / "manifeste.json").write_text(t))


def _leaves(node: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, (*keys, key))
    else:
        yield keys


def _formulas(place: Path) -> Iterator[str]:
    setting = params.load(ROOT / "params", 2024)
    for text in test_hostile_sql.ATTACKS:
        with database.shut(database.opened()) as con:
            try:
                expression.check(con, catalogue.formula(text, setting))
                con.execute(f"SELECT ({text}) FROM (SELECT 1 AS montant) AS marches")
            except Exception:  # our refusal, or that of DuckDB
                yield REFUSED
            else:
                yield UNSEEN


def _statements(place: Path) -> Iterator[str]:
    for text in test_hostile_sql.STATEMENTS:
        with database.shut(database.opened()) as con:
            try:
                con.execute(text.format(out=place / "dehors"))
            except Exception:  # any refusal of DuckDB
                yield UNSEEN if (place / "dehors").exists() else REFUSED
            else:
                yield UNSEEN


def _yaml(place: Path) -> Iterator[str]:
    for _, text, _said in test_hostile_yaml.TRICKS:
        (place / "piege.yml").write_text(text, encoding="utf-8")
        try:
            yamlfile.read(place / "piege.yml")
        except UserError:
            yield REFUSED
        else:
            yield UNSEEN


if __name__ == "__main__":
    main()
