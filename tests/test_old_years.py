"""Old years stay alive: a sealed year's params, catalogue and data still give its figures."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from neutral import ROOT
from pages import Done, Made, once, project, rows, spaser

from spaser.commands import notebooks
from spaser.settings import params as parameters

pytest_plugins = ("pages",)

OLD = ROOT / "tests" / "donnees" / "ancienne_annee"
AMOUNTS = ("numerateur", "denominateur", "renseignes", "total", "cible")  # exact
RATES = ("valeur", "couverture", "borne_basse", "borne_haute")  # doubles: to their last digits
WORDS = ("axe", "ambition", "libelle", "unite", "annee", "statut_cible", "verdict")


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The sealed year, produced by the program of today."""

    def build(place: Path) -> Done:
        here = project(place / "projet")
        shutil.rmtree(here / "notebooks")
        notebooks.write(parameters.read_scheme(OLD / "params"), here / "notebooks")
        words = ("run", "2024", "--data", OLD / "data", "--params", OLD / "params")
        return spaser(*words, "--reports", place / "reports", cwd=here)

    return once(tmp_path_factory, "old_year", build)


def test_every_sealed_figure_is_given_again(old: Made) -> None:
    sealed = rows(OLD / "scelle" / "indicateurs.csv")
    today = {
        (r["code"], r["entite"], r["base"]): r
        for r in rows(old.reports / "2024" / "indicateurs.csv")
    }
    assert sum(bool(r["valeur"]) for r in sealed) > 30
    assert list(today) == [(r["code"], r["entite"], r["base"]) for r in sealed]
    for r in sealed:
        again = today[r["code"], r["entite"], r["base"]]
        for column in (*AMOUNTS, *RATES):
            then, now = (Decimal(x[column]) if x[column] else None for x in (r, again))
            if column in RATES and then is not None and now is not None:
                then, now = float(then), pytest.approx(float(now), rel=1e-13)
            assert then == now, (r["code"], r["entite"], r["base"], column)
        for column in WORDS:
            assert again[column] == r[column], (r["code"], r["entite"], r["base"], column)


@pytest.mark.parametrize("name", ["preuves.csv", "quarantaine.csv"])
def test_every_sealed_row_is_given_again(old: Made, name: str) -> None:
    """Columns may be added; what was said of each contract and record stands."""
    sealed, today = rows(OLD / "scelle" / name), rows(old.reports / "2024" / name)
    compared = ("code", "entite", "base", "marche_uid", "role", "contribution",
            "fichier", "ligne", "champ", "valeur", "regle")  # fmt: skip

    def known(row: dict[str, str]) -> tuple[str, ...]:
        return tuple(row[c] for c in compared if c in sealed[0])

    assert [known(r) for r in today] == [known(r) for r in sealed]


def test_the_ledger_of_then_is_still_applied(old: Made) -> None:
    [applied] = rows(old.reports / "2024" / "corrections.csv")
    assert (applied["ancien"], applied["nouveau"]) == ("42605.76", "123456.78")
    [corrected] = [r for r in rows(old.reports / "2024" / "marches.csv")
                   if (r["fichier"], r["ligne"]) == ("ville.json", "3")]  # fmt: skip
    assert Decimal(corrected["montant"]) == Decimal("123456.78")
