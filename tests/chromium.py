"""The browser that looks at pages, one a test module: a plugin of the modules that name it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

QUIET = (
    "--no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-quic"
).split()


def _chromium() -> str:
    """The browser's program; without one, a reason to skip, or a failure where it is required."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    program = os.environ.get("SPASER_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
    if program and Path(program).exists():
        return program
    reason = "Chromium is not here: install it, or set SPASER_CHROMIUM to its program"
    if os.environ.get("CI") == "true" or os.environ.get("SPASER_REQUIRE_CHROMIUM"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = _chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()
