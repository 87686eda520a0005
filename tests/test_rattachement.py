"""The table of the scheme, which indicator under which ambition: checked as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from spaser.errors import UserError
from spaser.figures.rattachement import placed
from spaser.settings.params import Params
from spaser.settings.scheme import Scheme

OWN = {"ECO1-01": "ECO1", "ECO1-02": "ECO1", "SOC1-01": "SOC1", "ENV1-01": "ENV1"}
FOLDER = Path("params")


def scheme(params: Params, table: dict[str, list[str]], **changes: object) -> Scheme:
    """A scheme of one axis with these ambitions."""
    content = params.scheme.model_dump(mode="json") | {"fiches": {}, **changes}
    content["axes"] = [{
        "numero": 1, "titre": "Axe",
        "ambitions": [
            {"code": code, "numero": n, "titre": f"Ambition {n}", "indicateurs": codes}
            for n, (code, codes) in enumerate(table.items(), start=1)
        ],
    }]  # fmt: skip
    return Scheme.model_validate(content)


def test_the_table_decides_whatever_the_catalogue_says(params: Params) -> None:
    mine = scheme(params, {"A": ["ENV1-01", "ECO1-01"], "B": ["SOC1-01", "ECO1-02"]})
    assert placed(OWN, mine, FOLDER) == {
        "ENV1-01": "A", "ECO1-01": "A", "SOC1-01": "B", "ECO1-02": "B",
    }  # fmt: skip


def test_an_indicator_set_aside_is_of_no_ambition(params: Params) -> None:
    aside = {"indicateurs_ecartes": ["ECO1-02"]}
    mine = scheme(params, {"A": ["ENV1-01", "ECO1-01", "SOC1-01"]}, **aside)
    assert "ECO1-02" not in placed(OWN, mine, FOLDER)
    bare = scheme(params, {"ECO1": [], "SOC1": [], "ENV1": []}, **aside)
    assert placed(OWN, bare, FOLDER) == {k: v for k, v in OWN.items() if k != "ECO1-02"}


def test_every_fault_of_the_table_is_told_at_once(params: Params) -> None:
    mine = scheme(
        params,
        {"A": ["ECO1-01", "ECO1-01", "ECO9-99"], "B": [], "C": ["ENV1-01"]},
        comite=["CRESS"],
        noms_courts={},
        fiches={"CRESS": ["A", "SOC7", "ECO1-01"], "Inconnu": ["C"]},
    )
    with pytest.raises(UserError) as caught:
        placed(OWN, mine, FOLDER)
    message = str(caught.value)
    for fault in (
        "spaser.yml",
        "indicateur sans ambition : ECO1-02, SOC1-01\n",
        "indicateur donné deux fois : ECO1-01\n",
        "indicateur qui n'est pas au catalogue : ECO9-99\n",
        "ambition sans indicateur : B\n",
        "fiche d'un partenaire qui n'est pas du comité : Inconnu\n",
        "fiche de CRESS, code qui n'est pas du schéma : SOC7\n",
        "indicateurs_ecartes",
    ):
        assert fault in message
