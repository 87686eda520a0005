"""The analyst's comments, the committee's sheets and the PDF engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from spaser.errors import UserError
from spaser.figures.catalogue import Catalogue
from spaser.report import commentaires, pdf
from spaser.settings import params as parameters
from spaser.settings.params import Params


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Un *mot* et **deux**.", "<p>Un <em>mot</em> et <strong>deux</strong>.</p>"),
        ("- un\n- deux", "<ul>\n<li>un</li>\n<li>deux</li>\n</ul>"),
        ("# Titre", "<p><strong>Titre</strong></p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>"),
        ("![une photo](https://ailleurs.example/x.png)", "<p>une photo</p>"),
        ("[ici](javascript:alert(1))", "<p>ici</p>"),
        ("[ici](data:text/html,x)", "<p>ici</p>"),
        ("[page](https://dijon.example/a?b=1&c=2)",
         '<p><a href="https://dijon.example/a?b=1&amp;c=2">page</a></p>'),
        ('[x](https://a.example/"onmouseover="b)', None),
    ],
)  # fmt: skip
def test_a_comment_is_words_and_nothing_else(text: str, expected: str | None) -> None:
    html = str(commentaires.html(text)).strip()
    if expected is not None:
        assert html == expected
    assert '"onmouseover' not in html
    assert "<script" not in html


def _comment(folder: Path, name: str, content: bytes) -> Params:
    place = folder / "2024" / "commentaires"
    place.mkdir()
    (place / name).write_bytes(content)
    return parameters.load(folder, 2024)


def test_a_comment_is_found_by_its_ambition(params_copy: Path) -> None:
    comments = commentaires.read(_comment(params_copy, "SOC2.md", "Très *bien*.\n".encode()))
    assert comments == {"SOC2": "Très *bien*."}


def test_a_year_may_have_no_comment(params: Params) -> None:
    empty = parameters.load(params.folder, 2024)
    assert set(commentaires.read(empty)) <= set(empty.scheme.ambitions)


@pytest.mark.parametrize(
    ("name", "content", "remedy"),
    [("SOC9.md", b"x", "SOC2.md"), ("SOC2.md", b"\xe9t\xe9", "UTF-8")],
)
def test_a_comment_that_cannot_be_placed_is_refused(
    params_copy: Path, name: str, content: bytes, remedy: str
) -> None:
    with pytest.raises(UserError) as error:
        commentaires.read(_comment(params_copy, name, content))
    assert name in error.value.lieu
    assert remedy in error.value.remede


def test_every_partner_has_a_sheet_of_known_indicators(
    params: Params, catalogue: Catalogue
) -> None:
    scheme = params.scheme
    assert list(scheme.fiches) == list(scheme.comite)
    known = {i.code for i in catalogue.indicateurs} | set(scheme.ambitions)
    assert [c for codes in scheme.fiches.values() for c in codes if c not in known] == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  Relais Emploi: [SOC2]", "  Relais Employ: [SOC2]", "Relais Employ"),
        ("  Relais Emploi: [SOC2]", "  Relais Emploi: [SOC7]", "SOC7"),
        ("noms_courts:\n", "noms_courts:\n  Relais Envoi: [RE]\n", "Relais Envoi"),
        (": [FPME]", ": [Adep]", "nom court donné deux fois : adep"),
    ],
)
def test_a_sheet_of_nobody_or_of_nothing_is_refused(
    params_copy: Path, old: str, new: str, message: str
) -> None:
    path = params_copy / "spaser.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError, match=message):
        parameters.load(params_copy, 2024)


def test_the_pdf_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(UserError) as error:
        pdf.check()
    assert "WeasyPrint" in error.value.quoi
    assert "make pdf" in error.value.remede


def test_the_pdf_says_that_a_library_of_the_system_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    with pytest.raises(UserError) as error:
        pdf.check()
    assert "Pango" in error.value.remede
    assert error.value.valeur == "cannot load library libpango"
