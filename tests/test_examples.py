"""The worked example of every indicator, run by the script and compared exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from neutral import PROJECT

from spaser.figures import catalogue as catalogues
from spaser.figures import examples
from spaser.figures.definition import Indicateur
from spaser.figures.tables import TABLES
from spaser.settings import params as parameters
from spaser.settings.params import Params

EVERY = catalogues.load(parameters.load(PROJECT / "params", 2024), toutes=True).indicateurs


@pytest.mark.parametrize("item", EVERY, ids=[i.code for i in EVERY])
def test_an_example_gives_what_it_says(item: Indicateur, params: Params) -> None:
    assert item.exemple, "every indicator has an example"
    assert set(item.exemple.attendu) == {c.base for c in item.calculs}
    for table, lines in item.exemple.lignes.items():
        known = {c.name for c in TABLES[table]}
        assert all(set(line) <= known for line in lines), "a column that the table does not have"
    figures = examples.figures(item, params)
    for base, figure in figures.items():
        right = item.exemple.attendu[base]
        assert figure.numerateur == right["numerateur"]
        assert figure.denominateur == right.get("denominateur")
        assert figure.valeur is not None
        assert right["valeur"] is not None
        assert Decimal(repr(figure.valeur)) == right["valeur"]
    # A completeness counts blanks as such; an action without enterprises is not asked for any.
    whole = item.code in {"SOC1-06", "ECO1-08"}
    assert all((f.couverture == 100) == whole for f in figures.values()), "show an unknown row"
