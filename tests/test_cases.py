"""Small inputs that offices really produce, each with its right outcome on the command line.

`spaser check` runs on each folder of donnees/cas; what it says, its exit code and its accounts
are held to the table.  Made from public bug reports and public files, words and numbers replaced.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from oracle import Contract, flat

from spaser import cli

CASES = Path(__file__).parent / "donnees" / "cas"


class Case(NamedTuple):
    """A folder, the exit code, contracts kept, rows read and set aside, and what is said.

    `lues` and `quarantaine` count records by table; `dit` are texts of the terminal or of the
    quality page.
    """

    dossier: str
    code: int
    marches: int | None = None
    lues: dict[str, int] = {}  # noqa: RUF012
    quarantaine: dict[str, int] = {}  # noqa: RUF012
    dit: tuple[str, ...] = ()


TABLE = [
    Case("concession-2019", 0, 1, {"marches": 1, "concessions": 2}),
    Case("csv-stray-quote", 3, 0, {}, {}, ("a.csv : ligne 2 : un guillemet", "la ligne 4")),
    Case("date-9999", 3, 12, {"marches": 13}, {"marches": 1}, ("hors de toute année",)),
    Case("date-9999-publication", 0, 13, {"marches": 13}),
    Case("deep-nesting", 0, 13, {"marches": 13}, {}, ("illisible",)),
    Case("error-page", 3, None, {}, {}, ("decp.json : c'est une page HTML",)),
    Case("exponent-overflow", 0, 12, {"marches": 13}, {"marches": 1}, ("1e999999999",)),
    Case(
        "impossible-share",
        0,
        12,
        {"marches": 12, "releves": 3},
        {"releves": 3},
        (
            "releves, numerateur : part supérieure à 100 % : numérateur plus grand que le "
            "dénominateur (1 ligne)",
            "releves, numerateur : numérateur négatif (1 ligne)",
            "releves, indicateur : indicateur calculé d'après d'autres sources : ce relevé n'est "
            "pas compté (1 ligne)",
        ),
    ),
    Case("inclusion-api", 0, 12, {"marches": 12, "inclusifs": 3}),
    Case("integer-4300-digits", 0, 12, {"marches": 13}, {"marches": 1}, ("1111111111",)),
    Case("lone-contract", 0, 1, {"marches": 1}),
    Case("nan", 0, 1, {"marches": 1}),
    Case(
        "nothing-in-year",
        0,
        0,
        {"marches": 1},
        {},
        ("Aucun marché de vos acheteurs", "aucun marché de nos acheteurs en 2024"),
    ),
    Case("ods-v1", 0, 1, {"marches": 1}),
    Case("ods-v2", 0, 1, {"marches": 1}),
    Case("procedure-words", 0, 12, {"marches": 12}),
    Case("tabular-no-rank", 0, 1, {"marches": 8}, {}, ("sans colonne « modification_id »",)),
    Case("tabular-ranks", 0, 1, {"marches": 8}),
    Case(
        "total-line",
        0,
        12,
        {"marches": 12, "formations": 3, "insertion": 3},
        {"formations": 1, "insertion": 1},
        (
            "formations, service : ligne de total ou de sous-total",
            "insertion, id_marche : ligne de total ou de sous-total",
        ),
    ),
    Case("two-lists", 0, 3, {"marches": 3}),
    Case("year-cut-in-may", 3, 120, {"marches": 120}, {}, ("année incomplète",)),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A project of its own, whose year is declared whole: these files are a few rows long."""
    place = tmp_path_factory.mktemp("projet")
    for name in ("params", "expectations", "notebooks"):
        shutil.copytree(root / name, place / name)
    shutil.copytree(root / "data" / "referentiels", place / "data" / "referentiels")
    return place


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.dossier)
def test_a_case_has_its_right_outcome(
    case: Case, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(SystemExit) as end:
        cli.main(["check", "2024", "--data", str(CASES / case.dossier), "--reports", "rapports"])
    shown = "".join(capsys.readouterr())
    assert end.value.code == case.code, shown
    folder = project / "rapports" / "2024-controle"
    control = json.loads((folder / "controle.json").read_text(encoding="utf-8"))
    published = shown + (folder / "qualite.html").read_text(encoding="utf-8")
    published += (folder / "quarantaine.csv").read_text(encoding="utf-8")
    assert counts(control, "lues") == case.lues
    assert counts(control, "quarantaine") == case.quarantaine
    assert case.marches is None or sum(m["nombre"] for m in control["marches"]) == case.marches
    for text in case.dit:
        assert text in plain(published), text


def counts(control: dict[str, Any], part: str) -> dict[str, int]:
    """The rows of each table in one part of the accounts, where there are some."""
    return {b["table"]: n for b in control["bilans"] if (n := b[part]["lignes"])}


def plain(text: str) -> str:
    """Text as it is read: without tags, entities and non-breaking spaces made plain."""
    bare = re.sub(r"<[^>]*>", "", text)
    return html.unescape(bare).replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


def test_later_states_are_not_accused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(SystemExit):
        data = str(CASES / "tabular-ranks")
        cli.main(["check", "2024", "--data", data, "--reports", "rapports"])
    path = project / "rapports" / "2024-controle" / "controle.json"
    broken = {r["id"] for r in json.loads(path.read_text())["regles"] if r["nombre"]}
    assert not broken & {"MAR-A12", "MAR-A15"}, "no holder, or probably published twice"


def test_every_folder_is_in_the_table() -> None:
    assert {p.name for p in CASES.iterdir()} == {c.dossier for c in TABLE}


def test_a_row_without_buyer_is_not_held_against_ours(gate: Any) -> None:
    ours, other = flat(Contract("2024V01")), flat(Contract("2024V02"))
    nobody = [flat(Contract(f"N{n}")) | {"acheteur_id": None} for n in range(5)]
    alone = gate({"a.json": [ours, *nobody]})
    assert alone.motifs, "in a file of ours alone they are ours"
    among = gate({"a.json": [ours, other | {"acheteur_id": "20006983900013"}, *nobody]})
    [bilan] = among.bilans
    assert not among.motifs
    assert (bilan.quarantaine.lignes, bilan.autre_acheteur.lignes) == (5, 1)
