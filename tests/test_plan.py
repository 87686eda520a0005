"""The action plan: its states and members, its file, and where the pages show it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pages
import pytest
from pages import Made, parsed, plain, rows, text_of

from spaser.opendata.actions import late
from spaser.report import accueil, plan
from spaser.report.edition import load
from spaser.settings.params import Params
from spaser.sources.partners import members

pytest_plugins = ("pages",)

DAY = dt.date(2025, 3, 31)
URESC = "Union régionale de l'économie sociale et citoyenne (URESC)"
FPME = "Fédération des petites et moyennes entreprises Val Clair (FPME VC)"
MCI = "Maison du Commerce et de l'Industrie locale"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("URESC", [URESC]),
        ("uresc", [URESC]),
        (URESC, [URESC]),
        ("Union régionale de l’économie sociale et citoyenne", [URESC]),
        ("FPME VC", [FPME]),
        ("FPME", [FPME]),
        ("MCI VC", [MCI]),
        ("FPME VC, URESC", [FPME, URESC]),
        ("FPME VC / Ressourcerie", [FPME, None]),
        ("Ressourcerie fictive", [None]),
        ("VC", [None]),
        ("", []),
    ],
)
def test_a_partner_is_known_by_each_of_its_names(
    params: Params, written: str, expected: list[str | None]
) -> None:
    assert members(written, params.scheme) == expected


@pytest.mark.parametrize(
    ("statut", "echeance", "expected"),
    [
        ("en cours", DAY - dt.timedelta(1), True),
        ("à lancer", DAY - dt.timedelta(1), True),
        ("en cours", DAY, False),
        ("en cours", None, None),
        ("réalisée", DAY - dt.timedelta(1), False),
        ("réalisée", None, False),
        ("abandonnée", DAY - dt.timedelta(1), False),
        (None, DAY - dt.timedelta(1), None),
        (None, DAY, False),
        (None, None, None),
    ],
)
def test_an_action_is_late_at_the_day_of_the_edition(
    statut: str | None, echeance: dt.date | None, expected: bool | None
) -> None:
    assert late(statut, echeance, DAY) is expected


HEAD = "ambition,acheteur,action,pilote,partenaire,membres,statut,echeance,en_retard," + (
    "entreprises_touchees,note,fichier,ligne\n"
)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("", ""),
        ("r", "une action, réalisée."),
        ("L", "une action, en cours, en retard."),
        ("?", "une action, état inconnu."),
        ("rr", "les 2 actions sont réalisées."),
        ("rrrLc", "3 actions sur 5 réalisées, 1 en retard."),
        ("rc", "1 action sur 2 réalisée."),
        ("cL", "aucune des 2 actions n’est réalisée, 1 en retard."),
        ("rra", "2 actions sur 3 réalisées, 1 abandonnée."),
        ("raa", "1 action sur 3 réalisée, 2 abandonnées."),
        ("r?", "1 action sur 2 réalisée, 1 dont l’état n’est pas connu."),
        (
            "LL??",
            "aucune des 4 actions n’est réalisée, 2 en retard, 2 dont l’état n’est pas connu.",
        ),
    ],
)
def test_progress_in_a_sentence(demo: Made, tmp_path: Path, states: str, expected: str) -> None:
    words = {"r": "réalisée", "L": "en cours", "c": "en cours", "a": "abandonnée", "?": ""}
    for name in ("edition.json", "controle.json", "indicateurs.csv"):
        (tmp_path / name).write_bytes((demo.reports / "2025" / name).read_bytes())
    lines = "".join(
        f"ECO1,,Action {n},,,,{words[s]},,{'true' if s == 'L' else ''},,,a.csv,{n}\n"
        for n, s in enumerate(states)
    )
    (tmp_path / "actions.csv").write_text(HEAD + lines, encoding="utf-8")
    sentence = plan.of_ambition(load(tmp_path, 2025), "ECO1").avancement
    assert plain(sentence).replace("'", "’") == expected


def _tables(page: Any) -> list[Any]:
    return [t for t in page.iter("table") if "actions" in (t.get("class") or "").split()]


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025"])
def test_every_action_is_in_its_ambition(request: pytest.FixtureRequest, name: str) -> None:
    """Each row of actions.csv stands in a table of the report, with all that is known of it."""
    edition = pages.edition(request, name)
    actions = rows(edition / "actions.csv")
    control = json.loads((edition / "controle.json").read_text(encoding="utf-8"))
    kept = next(b["retenues"] for b in control["bilans"] if b["table"] == "actions")
    assert len(actions) == kept["lignes"] > 10
    shown = [
        [text_of(cell) for cell in line if isinstance(cell.tag, str)]
        for table in _tables(parsed(edition / "rapport.html"))
        for line in table.find("tbody")
    ]
    assert len(shown) == len(actions)
    for action, cells in zip(actions, shown, strict=True):
        first, state, due, lead, partner = map(plain, cells)
        assert action["action"] in first
        assert action["note"] in first
        assert lead == (action["pilote"] or "non précisé")
        assert partner == (action["partenaire"] or "aucun")
        assert state.startswith(action["statut"] or "état inconnu")
        assert ("en retard au 31 mars" in state) == (action["en_retard"] == "true")
        day = action["echeance"] and dt.date.fromisoformat(action["echeance"])
        assert (
            due == "non précisée" if not day else due.split()[::2] == [str(day.day), str(day.year)]
        )
    states = {a["en_retard"] for a in actions}
    assert states == {"true", "false", ""}, "the demonstration shows each case"


def test_every_action_of_a_partner_is_on_its_sheet(demo: Made) -> None:
    edition = demo.reports / "2025"
    sheets: dict[str, str] = {}
    for element in parsed(edition / "comite.html").find(".//div[@class='texte']"):
        if element.tag == "h2":
            name = plain(text_of(element))
        sheets[name] = sheets.get(name, "") + " " + plain(text_of(element))
    with_members = [a for a in rows(edition / "actions.csv") if a["membres"]]
    assert any(a["partenaire"] not in a["membres"].split(" | ") for a in with_members)
    for action in with_members:
        for member in action["membres"].split(" | "):
            assert action["action"] in sheets[member]
    empty = set(sheets) - {m for a in with_members for m in a["membres"].split(" | ")}
    assert empty
    for member in empty:
        assert "Aucune action du registre n" in sheets[member]


def test_without_the_register_the_report_says_so(small: Made) -> None:
    edition = small.reports / "2024"
    assert rows(edition / "actions.csv") == []
    page = plain(text_of(parsed(edition / "rapport.html")))
    assert "le registre des actions n’a pas été fourni" in page.replace("'", "’")
    assert "Plan d’action :" not in page.replace("'", "’")


def test_a_report_of_another_version_is_linked_to_and_stops_nobody(
    demo: Made, tmp_path: Path
) -> None:
    """The year before lacks a file that this version reads: the index says so, and is written."""
    for year in ("2024", "2025"):
        shutil.copytree(demo.reports / year, tmp_path / year)
    (tmp_path / "2024" / "actions.csv").unlink()
    accueil.write(tmp_path)
    page = plain(text_of(parsed(tmp_path / "index.html")))
    assert "spaser run 2024" in page
    assert "rapport 2024" in page
    assert "Rapport 2025" in page
    assert "2024" not in [c.dossier for c in accueil.published(tmp_path)]
