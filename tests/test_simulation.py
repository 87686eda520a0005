"""Had some contracts said something else: against answers made by hand and a recount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from pages import Made, rows, snapshot

from spaser.errors import UserError
from spaser.figures.simulation import CHAMPS
from spaser.figures.tables import TABLES
from spaser.report import edition, simulation
from spaser.report.edition import Edition
from spaser.sources.fields import PARSERS

pytest_plugins = ("pages",)


@pytest.fixture(scope="module")
def small_year(small: Made) -> Edition:
    """24 contracts of the city, of which 8 are social and none says anything of environment."""
    return edition.load(small.reports / "2024", 2024)


def uids(year: Edition, role: str, entite: str = "ville", code: str = "SOC2-01") -> list[str]:
    """The contracts that have a role in an indicator in number, in order."""
    return sorted(
        r["marche_uid"]
        for r in rows(year.folder / "preuves.csv")
        if (r["code"], r["entite"], r["base"], r["role"]) == (code, entite, "nombre", role)
    )


def row(changed: pd.DataFrame, code: str, entite: str = "ville", base: str = "nombre") -> Any:
    """The only row of a figure."""
    [line] = changed.query("code == @code and entite == @entite and base == @base").itertuples()
    return line


SOCIAL, NOT_SOCIAL, CLAUSE = "numerateur", "denominateur", ["Clause sociale"]


@pytest.mark.parametrize(
    ("role", "count", "value", "numerateur", "denominateur", "couverture", "verdict"),
    [
        (NOT_SOCIAL, 3, CLAUSE, 11, 24, 100.0, "atteint"),
        (NOT_SOCIAL, 3, "clause sociale", 11, 24, 100.0, "atteint"),
        (NOT_SOCIAL, 16, CLAUSE, 24, 24, 100.0, "atteint"),
        (SOCIAL, 5, ["Pas de considération sociale"], 3, 24, 100.0, "non atteint"),
        (SOCIAL, 3, None, 5, 21, 87.5, "indécidable"),
        (NOT_SOCIAL, 16, None, 8, 8, 100 / 3, "atteint"),
        (SOCIAL, 8, CLAUSE, 8, 24, 100.0, "atteint"),
    ],
)
def test_a_change_gives_the_figure_that_one_computes_by_hand(
    small_year: Edition, role: str, count: int, value: object, numerateur: int, denominateur: int,
    couverture: float, verdict: str,
) -> None:  # fmt: skip
    chosen = uids(small_year, role)[:count]
    line = row(simulation.changer(small_year, chosen, considerations_sociales=value), "SOC2-01")
    assert (line.numerateur_avant, line.denominateur_avant) == (8, 24)
    assert (line.valeur_avant, line.couverture_avant) == (100 * 8 / 24, 100)
    assert line.verdict_avant == "atteint"
    assert line.cible == 25
    assert (line.numerateur_apres, line.denominateur_apres) == (numerateur, denominateur)
    assert line.valeur_apres == pytest.approx(100 * numerateur / denominateur)
    assert line.couverture_apres == pytest.approx(couverture)
    assert line.verdict_apres == verdict
    assert line.bouge == ((numerateur, denominateur) != (8, 24))


def test_a_field_that_nobody_filled_becomes_known(small_year: Edition) -> None:
    every = uids(small_year, "inconnu", code="ENV1-01")
    assert len(every) == 24
    changed = simulation.changer(
        small_year, every[:6], considerations_environnementales=["Critère environnemental"]
    )
    line = row(changed, "ENV1-01")
    assert pd.isna(line.valeur_avant)
    assert line.verdict_avant == "non disponible"
    assert (line.valeur_apres, line.couverture_apres) == (100.0, 25.0)
    assert line.verdict_apres == "indécidable"


def test_a_word_joins_those_of_the_contract(small_year: Edition) -> None:
    """The reserved contract of the metropolis stays one when it is given a clause."""
    [reserved] = uids(small_year, SOCIAL, "metropole")
    changed = simulation.changer(small_year, reserved, considerations_sociales=CLAUSE)
    assert not changed["bouge"].any()
    assert len(changed)
    gone = simulation.changer(
        small_year, reserved, considerations_sociales="Pas de considération sociale"
    )
    assert row(gone, "SOC2-10", "metropole").numerateur_apres == 0
    assert row(gone, "SOC2-01", "metropole").numerateur_apres == 0


def test_without_a_contract_everything_is_as_published(demo: Made) -> None:
    year = edition.load(demo.reports / "2025", 2025)
    before = snapshot(year.folder)
    every = simulation.changer(year, [], **dict.fromkeys(CHAMPS))
    assert not every["bouge"].any()
    assert {"SOC2-01", "ENV1-01", "ECO1-06"} <= set(every["code"])
    assert snapshot(year.folder) == before, "a report is never written to"


def test_renewals_that_would_be_enough_reach_the_target(demo: Made) -> None:
    """The ranked contracts of leviers.csv close the gap of ecarts.csv, in value, to the cent."""
    year = edition.load(demo.reports / "2025", 2025)
    moves = [
        r for r in rows(year.folder / "leviers.csv")
        if (r["code"], r["entite"], r["base"], r["sens"])
        == ("SOC2-02", "metropole", "valeur", "il manque")
    ]  # fmt: skip
    assert moves
    [lack] = [
        Decimal(r["manque"]) for r in rows(year.folder / "ecarts.csv")
        if (r["code"], r["entite"]) == ("SOC2-02", "metropole")
    ]  # fmt: skip
    count = next(n for n, r in enumerate(moves, 1) if Decimal(r["cumul"]) >= lack)
    for chosen, verdict in ((count, "atteint"), (count - 1, "")):
        some = [r["marche_uid"] for r in moves[:chosen]]
        line = row(
            simulation.changer(year, some, considerations_sociales=CLAUSE),
            "SOC2-02", "metropole", "valeur",
        )  # fmt: skip
        brought = Decimal(moves[chosen - 1]["cumul"]) if chosen else Decimal(0)
        assert line.numerateur_apres - line.numerateur_avant == brought
        assert line.denominateur_apres == line.denominateur_avant
        assert (line.valeur_apres >= float(line.cible)) == (chosen == count)
        assert not verdict or line.verdict_apres in {verdict, "indécidable"}


HOSTILE = "x'); DROP TABLE brut.marches; --\x1b[31m"


@pytest.mark.parametrize(
    ("marches", "champs", "words"),
    [
        (["inconnu"], {"offres_recues": 2}, "pas un marché de cette année"),
        ([HOSTILE], {"offres_recues": 2}, "pas un marché de cette année"),
        ([None, float("nan"), 3], {"offres_recues": 2}, "3 des marchés choisis"),
        (["a", "b", "c", "d"], {"offres_recues": 2}, "a ; b ; c …"),
        ([], {"montant": 3}, "choisir parmi considerations_sociales"),
        ([], {"marche_uid": "x"}, "choisir parmi"),
        ([], {"offres_recues = 1; DROP TABLE x": 1}, "choisir parmi"),
        ([], {"considerations_sociales": ["Clause sociale", "Autre"]}, "pas de ce champ"),
        ([], {"considerations_sociales": []}, "None : inconnu"),
        ([], {"considerations_sociales": 3}, "pas de ce champ"),
        ([], {"considerations_sociales": HOSTILE}, "pas de ce champ"),
        ([], {"offres_recues": -1}, "pas de ce champ"),
        ([], {"offres_recues": "beaucoup"}, "pas de ce champ"),
        ([], {"offres_recues": 10**30}, "pas de ce champ"),
        ([], {"marche_innovant": "peut-être"}, "pas de ce champ"),
        ([], {"taux_avance": float("nan")}, "pas de ce champ"),
        ([], {"ccag": ["Travaux", "Maîtrise d'œuvre"]}, "pas de ce champ"),
    ],
)
def test_what_cannot_be_changed_is_one_message(
    small_year: Edition, marches: Sequence[Any], champs: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError) as refused:
        simulation.changer(small_year, marches, **champs)
    message = str(refused.value)
    assert words in message
    assert "Remède : " in message
    assert message.startswith("simulation")
    assert "\x1b" not in message


def test_a_contract_of_another_year_is_in_no_rate(demo: Made) -> None:
    year = edition.load(demo.reports / "2025", 2025)
    [[other, *_]] = [
        [r["marche_uid"] for r in rows(year.folder / "echeances.csv")
         if r["notifie_dans_l_annee"] == "non"] or ["212102313_2019V001_00000000"]
    ]  # fmt: skip
    with pytest.raises(UserError, match="autre année"):
        simulation.changer(year, [other], offres_recues=2)


def test_a_script_that_was_tampered_with_leaves_nothing(small: Made, tmp_path: Any) -> None:
    import shutil

    shutil.copytree(small.reports / "2024", tmp_path / "2024")
    script = tmp_path / "2024" / "donnees" / "indicateurs.sql"
    loot = tmp_path / "butin.csv"
    script.write_text(
        script.read_text(encoding="utf-8") + f"COPY entites TO '{loot}';", encoding="utf-8"
    )
    with pytest.raises(UserError, match="ce calcul ne peut pas être refait"):
        simulation.changer(edition.load(tmp_path / "2024", 2024), [], offres_recues=2)
    assert not loot.exists()
    script.unlink()
    with pytest.raises(UserError, match="absent"):
        simulation.changer(edition.load(tmp_path / "2024", 2024), [], offres_recues=2)


def test_every_field_is_a_column_and_has_its_words() -> None:
    assert {*CHAMPS} <= {c.name for c in TABLES["marches"]} & PARSERS["marches"].keys()
