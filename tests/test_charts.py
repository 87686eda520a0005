"""Charts of any number of buyers, with any names, whatever the user's own settings are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import matplotlib as mpl
import pages
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from neutral import NOM_VILLE
from pages import spaser

from spaser.errors import UserError
from spaser.report import charts, constats, courbes, labels, svg
from spaser.settings import params as parameters

pytest_plugins = ("pages",)

SIRENS = "200077832 945651149 780705703 245700372 279200224 215702218 200071884".split()
YEARS = range(2024, 2028)


def drawn(count: int, name: str = "Acheteur {}") -> str:
    """A panel of so many buyers and the whole."""
    names = [name.format(n) for n in range(count)] + ["Ensemble"] * (count > 1)
    values = {
        e: {2024: Decimal(10 + 7 * n % 50), 2025: Decimal(20 + 11 * n % 47)}
        for n, e in enumerate(names)
    }
    panel = courbes.Trajectory("%", values, {2025: Decimal(30), 2027: Decimal(40)})
    return str(svg.inline(courbes.trajectory(panel, YEARS, 2025), "essai"))


@pytest.mark.parametrize("value", ["33.3", "100", "1234567"])
def test_the_value_of_the_first_year_is_clear_of_the_numbers_of_the_axis(value: str) -> None:
    """It is written at their right, however wide; in a later year, in the middle of its mark."""
    for year in (2024, 2026):
        panel = courbes.Trajectory("%", {"Ville": {year: Decimal(value)}}, {})
        axes = courbes.trajectory(panel, YEARS, year).axes[0]
        points = courbes._Points(axes)
        [label] = [t for t in axes.texts if t.get_fontsize() == 11]
        x, width = label.xy[0], labels.LARGE * len(label.get_text())
        assert x - width / 2 >= points.x(2024 - 0.35) - 1e-6
        if year == 2026:
            assert x == points.x(2026)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 12, 40])
def test_any_number_of_buyers_is_drawn(count: int) -> None:
    drawing = drawn(count)
    ET.fromstring(drawing)
    marks = charts.marks(count + (count > 1))
    assert marks[-1] == charts.WHOLE
    assert marks.count(charts.WHOLE) == 1
    for mark in set(marks):
        assert f"stroke:{mark.couleur}" in drawing
    bright = [m for m in marks if m != charts.MUTED]
    assert len(set(bright)) == len(bright), "two entities of one mark"
    assert (charts.MUTED in marks) == (count > 3)


HOSTILE = (
    "$x_$",
    r"$\frac{1}{0}$",
    "$$",
    "a$b",
    "<b>&amp;",
    "\x00\x1b\ud800",
    "=1+1",
    "😀",
    "\\",
    "",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_is_drawn_as_it_is_written(text: str) -> None:
    bars = charts.bars(
        [charts.Bar(text, Decimal(1), text), charts.Bar("autre", Decimal(2), "2")],
        Decimal(3),
        "fin",
    )
    drawing = svg.inline(bars, "essai")
    texts = [t.text or "" for t in ET.fromstring(drawing).iter() if t.tag.endswith("text")]
    plain = re.sub("[\x00-\x1f\ud800-\udfff]", "�", text)
    assert texts.count(plain) == (2 if plain else 0)


@pytest.mark.slow
@given(st.text(max_size=12))
def test_any_name_gives_well_formed_xml(text: str) -> None:
    ET.fromstring(
        svg.inline(charts.bars([charts.Bar(text, Decimal(1), text)], Decimal(1), "1"), "essai")
    )


@pytest.mark.slow
def test_the_users_own_settings_change_nothing(tmp_path: Path) -> None:
    """Another process, whose matplotlib has been told everything otherwise."""
    settings = "\n".join([
        "text.usetex: True", "font.family: Comic Sans MS", "svg.fonttype: path", "axes.grid: True",
        "savefig.bbox: tight", "lines.linewidth: 5", "axes.prop_cycle: cycler(color=['red'])",
        "lines.markeredgewidth: 4", "path.simplify: False", "savefig.dpi: 300", "text.hinting: 1",
    ])  # fmt: skip
    (tmp_path / "rc").write_text(settings, encoding="utf-8")
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_charts\n"
    )
    program += "sys.stdout.buffer.write(test_charts.drawn(2).encode())"
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True,
        env={**os.environ, "MATPLOTLIBRC": str(tmp_path / "rc")},
    )  # fmt: skip
    assert other.stdout.decode() == drawn(2)
    with mpl.rc_context({"text.usetex": True, "lines.linewidth": 9, "svg.fonttype": "path"}):
        assert drawn(2) == other.stdout.decode()


def test_the_groups_of_a_title_keep_the_capitals_of_their_names() -> None:
    groups = [("Région Nouvelle-Aquitaine", Decimal("7.1")), ("ailleurs", Decimal("18.2"))]
    title = constats.widest({"Part": ("%", groups)})
    assert "(Région Nouvelle-Aquitaine)" in title
    assert "(ailleurs)" in title


def test_a_title_says_that_some_groups_have_no_rate() -> None:
    groups = {"Part": ("%", [("services", Decimal(25)), ("travaux", Decimal(46))])}
    assert constats.widest(groups, {"Part"}).endswith("(travaux), là où un taux se calcule")
    assert constats.widest(groups).endswith("(travaux)")


def test_a_group_without_a_rate_has_no_bar_and_no_track() -> None:
    """An empty track looks like a rate of nothing: three out of five is none."""
    given = [charts.Bar("a", Decimal(50), "50 %"), charts.Bar("b", None, "3 sur 5")]
    [axes] = charts.bars(given, Decimal(100), "100 %").axes
    wide = [(round(p.get_y() + p.get_height() / 2), p.get_width()) for p in axes.patches]
    assert sorted(w for rank, w in wide if rank == 0) == [50, 100]
    assert not any(w for rank, w in wide if rank == 1)


# --- A scheme of seven buyers ----------------------------------------------------------------


def buyers(folder: Path, sirens: list[str]) -> None:
    """Give a copy of params other buyers."""
    path = folder / "spaser.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["acheteurs"] = [
        {"code": f"a{n}", "nom": f"Acheteur {n} $x_$", "nom_court": f"N{n}", "siren": siren}
        for n, siren in enumerate(sirens, start=1)
    ]
    content["deliberation"]["date"] = str(content["deliberation"]["date"])
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.mark.long
@pytest.mark.slow
def test_a_scheme_of_seven_buyers_has_its_report(
    tmp_path: Path, real: Callable[[str], Path]
) -> None:
    here = pages.project(tmp_path / "projet")
    buyers(here / "params", SIRENS)
    year = here / "params" / "2024" / "params.yml"
    text = year.read_text(encoding="utf-8")
    year.write_text(re.sub(r"(?ms)^rapprochements:.*?(?=^\S)", "", text), encoding="utf-8")
    done = spaser("run", "2024", "--data", real("cases/seven-buyers"),
                  "--reports", tmp_path / "reports", cwd=here)  # fmt: skip
    assert done.code == 0, done.out + done.err
    page = (tmp_path / "reports" / "2024" / "rapport.html").read_text(encoding="utf-8")
    assert "chaque acheteur" in page
    assert charts.MUTED.couleur in page
    assert charts.WHOLE.couleur in page
    assert "Acheteur 7 $x_$" in page


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [
        ("nom_court", "Ville", "Ville"),
        ("nom_court", "Ville", " ville  "),
        ("nom_court", "Ensemble", "Ville"),
        ("nom", NOM_VILLE, NOM_VILLE.upper()),
    ],
)
def test_two_buyers_of_one_name_are_refused(
    params_copy: Path, key: str, first: str, second: str
) -> None:
    path = params_copy / "spaser.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["deliberation"]["date"] = str(content["deliberation"]["date"])
    content["acheteurs"][0][key], content["acheteurs"][1][key] = first, second
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UserError, match=r"déclar.* deux fois") as error:
        parameters.load(params_copy, 2024)
    assert "spaser.yml" in error.value.lieu
    assert error.value.remede


def test_one_buyer_alone_may_have_the_name_of_the_whole(params_copy: Path) -> None:
    shutil.copy(params_copy / "spaser.yml", params_copy / "avant")
    buyers(params_copy, SIRENS[:1])
    path = params_copy / "spaser.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["ensemble"] |= {k: content["acheteurs"][0][k] for k in ("nom", "nom_court")}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert len(parameters.load(params_copy, 2024).scheme.acheteurs) == 1


@pytest.mark.parametrize(
    ("unite", "values", "target", "axis"),
    [
        ("marchés", ["0"], None, ["0"]),  # not three times
        ("%", ["0"], None, ["0 %"]),
        ("offres", ["3"], "4", ["3", "4"]),  # no 3.2 offers
        ("%", ["-22.3", "-17"], "-29", ["−24 %", "−16 %"]),  # below zero when values are
        ("%", ["97.5"], "100", None),
        ("jours", ["21.7"], "30", ["20", "25", "30"]),
    ],
)
def test_an_axis_says_numbers_that_there_are_once_each(
    unite: str, values: list[str], target: str | None, axis: list[str] | None
) -> None:
    series = {2024 + n: Decimal(v) for n, v in enumerate(values)}
    aims = {2027: Decimal(target)} if target else {}
    panel = courbes.Trajectory(unite, {"Ensemble": series}, aims, plafond=False)
    figure = courbes.trajectory(panel, range(2024, 2028), 2024)
    left = [
        t.get_text().replace("\u00a0", " ") for t in figure.axes[0].texts if t.get_ha() == "right"
    ]
    numbers = [t for t in left if not re.fullmatch(r"20\d\d", t)]
    assert len(numbers) == len(set(numbers))
    assert not any(re.match(r"1(?:0[1-9]|[1-9]\d)", t) for t in numbers if unite == "%")
    if axis is not None:
        assert sorted(numbers) == sorted(axis)
