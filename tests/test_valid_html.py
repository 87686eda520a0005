"""Every published page, read by the validator of the W3C (vnu): not one error."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pages
import pytest
from neutral import ROOT

pytest_plugins = ("pages",)

JAR = ROOT / ".vnu" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
EDITIONS = ("demo-2024", "demo-2025", "small", "ville-2024", "hostile", "strangers", "stopped")


@pytest.fixture(scope="module")
def validator() -> list[str]:
    """The command of the validator; without it, a reason to skip, or a failure where required."""
    jar = Path(os.environ.get("SPASER_VNU") or JAR)
    lacks = [] if shutil.which("java") else ["java"]
    if not jar.is_file():
        lacks.append("vnu.jar (`make vnu`, which asks for npm)")
    if not lacks:
        return [
            "java", "-Xss2m", "-jar", str(jar), "--format", "json", "--exit-zero-always",
            "--errors-only",
        ]  # fmt: skip
    reason = f"not here: {', '.join(lacks)}; HTML is not validated"
    if os.environ.get("SPASER_REQUIRE_VNU"):
        pytest.fail(reason)
    pytest.skip(reason)


def _errors(command: list[str], files: list[Path]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*command, *map(str, files)], capture_output=True, encoding="utf-8", timeout=300
    )
    messages: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    return messages


@pytest.mark.slow
def test_the_validator_sees_an_error(validator: list[str], tmp_path: Path) -> None:
    wrong = tmp_path / "faux.html"
    wrong.write_text(
        '<!doctype html><html lang="fr"><head><title>x</title></head>'
        '<body><table><tr><td role="cell">x</td></tr></table></body></html>',
        encoding="utf-8",
    )
    assert [e["type"] for e in _errors(validator, [wrong])] == ["error"]


@pytest.mark.parametrize("name", EDITIONS)
def test_no_page_has_an_error(
    validator: list[str], request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    files = sorted(edition.glob("*.html"))
    if (home := edition.parent / "index.html").is_file():
        files.append(home)
    assert files
    faults = [
        f"{Path(e['url']).name}, line {e.get('lastLine')}: {e['message']}"
        for e in _errors(validator, files)
    ]
    assert faults == []
