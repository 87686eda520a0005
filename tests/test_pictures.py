"""Key screens against approved pictures, small and in grey (`make pictures` renews them).

Their light is compared, cell of a grid by cell, not their pixels: another machine has other fonts,
whose letters are elsewhere and whose lines may break otherwise.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pages import Made
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("pages", "chromium")

APPROVED = Path(__file__).parent / "donnees" / "images"
WIDE = 160  # pixels of an approved picture
CELL = 10  # pixels of a cell of the grid
MEAN, WORST = 0.11, 0.65  # of the way from black to white: of the whole, of one cell


class Screen(NamedTuple):
    """A screen: the page, what stands at its top, the size of the window."""

    page: str
    top: str = "body"
    size: tuple[int, int] = (1366, 768)


SCREENS = {
    "couverture": Screen("2025/rapport.html"),
    "couverture-telephone": Screen("2025/rapport.html", size=(390, 844)),
    "couverture-tablette": Screen("2025/rapport.html", size=(768, 1024)),
    "essentiel": Screen("2025/rapport.html", "#l-essentiel"),
    "essentiel-tablette": Screen("2025/rapport.html", "#l-essentiel", (768, 1024)),
    "ambition": Screen("2025/rapport.html", "#ECO1-01"),
    "ambition-telephone": Screen("2025/rapport.html", "#ECO1-01", (320, 700)),
    "fiche": Screen("2025/comite.html", "main h2"),
    "synthese": Screen("2025/synthese.html"),
    "annees": Screen("index.html", "main h2"),
}


def _taken(browser: Browser, reports: Path, screen: Screen, style: str = "") -> Image.Image:
    width, height = screen.size
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto((reports / screen.page).as_uri())
    if style:
        page.add_style_tag(content=style)
    page.locator(screen.top).first.evaluate(
        "e => scrollTo(0, e === document.body ? 0 : e.getBoundingClientRect().top + scrollY - 10)"
    )
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    return picture.convert("L").resize((WIDE, WIDE * height // width), Image.Resampling.BOX)


def _apart(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """How far two pictures are: on the whole, and in the cell where they differ most."""
    assert one.size == other.size
    columns, rows = one.width // CELL, one.height // CELL
    grids = [
        x.filter(ImageFilter.BoxBlur(4)).resize((columns, rows), Image.Resampling.BOX).tobytes()
        for x in (one, other)
    ]
    gaps = [abs(a - b) / 255 for a, b in zip(*grids, strict=True)]
    return sum(gaps) / len(gaps), max(gaps)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_as_approved(browser: Browser, demo: Made, name: str) -> None:
    picture = _taken(browser, demo.reports, SCREENS[name])
    path = APPROVED / f"{name}.png"
    if os.environ.get("SPASER_RENEW_PICTURES"):
        APPROVED.mkdir(exist_ok=True)
        picture.quantize(16).save(path, optimize=True)
    assert path.is_file(), "make pictures"
    mean, worst = _apart(picture, Image.open(path).convert("L"))
    assert mean <= MEAN, f"{mean:.3f} {worst:.3f}"
    assert worst <= WORST, f"{mean:.3f} {worst:.3f}"


@pytest.mark.parametrize("face", ["serif", "'DejaVu Sans'"])
def test_other_fonts_are_tolerated(browser: Browser, demo: Made, face: str) -> None:
    screen = SCREENS["couverture"]
    picture = _taken(browser, demo.reports, screen, f"*{{font-family:{face}!important}}")
    mean, worst = _apart(picture, _taken(browser, demo.reports, screen))
    assert mean <= MEAN, f"{mean:.3f} {worst:.3f}"
    assert worst <= WORST, f"{mean:.3f} {worst:.3f}"


@pytest.mark.parametrize(
    "fault",
    [
        ".couverture{background:none!important}",
        ".couverture{padding-bottom:200px!important}",
        ".corps{display:none!important}.couverture{display:none!important}",
    ],
)
def test_a_fault_of_layout_is_noticed(browser: Browser, demo: Made, fault: str) -> None:
    screen = SCREENS["couverture"]
    mean, worst = _apart(
        _taken(browser, demo.reports, screen, fault), _taken(browser, demo.reports, screen)
    )
    assert mean > MEAN or worst > WORST
