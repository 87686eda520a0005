"""The pages of the indicators: as committed, complete, and safe to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from spaser.figures import catalogue as catalogues
from spaser.figures import views
from spaser.figures.catalogue import Catalogue
from spaser.report import cards
from spaser.settings.params import Params


@pytest.fixture(scope="module")
def whole(params: Params) -> Catalogue:
    return catalogues.load(params, toutes=True)


def test_a_page_says_all_that_the_catalogue_knows(whole: Catalogue, params: Params) -> None:
    index = cards.pages(whole, params)[cards.INDEX]
    for item in whole.indicateurs:
        text = cards.card(item, params)
        assert f"[{item.code}]({item.code}.md)" in index
        for title in ("Définition", "Source", "Cibles", "Limites", "Exemple"):
            assert f"\n## {title}\n" in text, (item.code, title)
        for calcul in item.calculs:
            assert calcul.numerateur
            assert calcul.numerateur in text
        for cible in item.cibles.values():
            assert (cible.fondement or "cible à confirmer") in text
        for source in item.sources:
            assert params.scheme.sources[source] in text


def test_writing_again_changes_nothing_and_drops_what_is_retired(
    whole: Catalogue, params: Params, tmp_path: Path
) -> None:
    (tmp_path / "OLD-01.md").write_text("retiré", encoding="utf-8")
    cards.write(tmp_path, whole, params)
    first = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert "OLD-01.md" not in first
    assert len(first) == len(whole.indicateurs) + 2
    cards.write(tmp_path, whole, params)
    assert first == {p.name: p.read_bytes() for p in tmp_path.iterdir()}


def test_every_column_that_a_formula_may_name_says_what_it_means(params: Params) -> None:
    for table, columns in views.columns(params).items():
        assert views.TITLES[table]
        assert [c for c in columns if not views.label(table, c)] == []
