"""Take the pictures of docs/ (`make screenshots`).

From the demonstration years in reports/, and from the real file of Ville de Dijon where the
shared data lie beside the project: its report is made in a folder of its own, not kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "dijon"
DESKTOP, PHONE = (1280, 1000), (390, 844)


class Shot(NamedTuple):
    """A picture: its file, the page, the element at its top, the size of the window."""

    name: str
    page: str
    top: str = "body"
    size: tuple[int, int] = DESKTOP


DEMONSTRATION = (
    Shot("rapport", "2025/rapport.html"),
    Shot("rapport-2024", "2024/rapport.html"),
    Shot("essentiel", "2025/rapport.html", "#l-essentiel"),
    Shot("ambition", "2025/rapport.html", "#SOC2-01"),
    Shot("telephone", "2025/rapport.html", "#SOC2-01", PHONE),
    Shot("comite", "2025/comite.html", "main h2"),
    Shot("calculs", "2025/calculs.html", "#SOC2-01"),
    Shot("qualite", "2025/qualite.html"),
    Shot("annees", "index.html", "main h2"),
)
DIJON = (
    Shot("ville-de-dijon", "2024/rapport.html"),
    Shot("ville-de-dijon-ambition", "2024/rapport.html", "#SOC2-01"),
)


def main() -> None:
    """Take every picture that can be taken here."""
    chromium = os.environ.get("SPASER_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as play, tempfile.TemporaryDirectory() as place:
        browser = play.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        take(browser, ROOT / "reports", DEMONSTRATION)
        if REAL.exists():
            run = [sys.executable, "-m", "spaser", "run", "2024"]
            subprocess.run([*run, "--data", REAL, "--reports", place], check=True, cwd=ROOT)
            take(browser, Path(place), DIJON)
        browser.close()


def take(browser: Browser, reports: Path, shots: tuple[Shot, ...]) -> None:
    """Open each page and write its picture to docs/."""
    for shot in shots:
        width, height = shot.size
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto((reports / shot.page).as_uri())
        page.locator(shot.top).first.evaluate(
            "e => scrollTo(0, e === document.body ? 0 : e.getBoundingClientRect().top - 90)"
        )
        page.screenshot(path=ROOT / "docs" / f"{shot.name}.png")
        page.close()


if __name__ == "__main__":
    main()
