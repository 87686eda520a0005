"""docs/robustesse.md: each part breaks something on purpose and prints its own section.

    make robustesse
    python benchmarks/robustness/write.py killed      # that part alone; the others stay

A part that finds a loss ends with another code than 0: nothing is written then.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("killed", "together", "refused", "interrupted", "hostile")
HEAD = """\
# Robustesse : ce qui a été cassé exprès

Cette page est écrite par `make robustesse`, qui casse le programme exprès et compte ce qui est
perdu : rien ne doit l'être. Les mêmes essais, plus courts, sont des tests
(`tests/test_robust_*.py`). Ce que chaque système a de particulier est dans
[Plateformes](plateformes.md).

"""


def main(names: list[str]) -> None:
    page = ROOT / "docs" / "robustesse.md"
    sections = _sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    for part in PARTS:
        if part in sections and names and part not in names:
            continue
        print(f"… {part}", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, Path(__file__).with_name(f"{part}.py")],
            stdout=subprocess.PIPE, encoding="utf-8", check=False, cwd=ROOT,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{done.stdout}\n{part} : quelque chose s'est perdu, voir ci-dessus")
        sections[part] = f"{done.stdout.strip()}\n\n{_where()}"
    text = HEAD + "\n\n".join(f"{_MARK.format(part)}\n{sections[part]}" for part in PARTS)
    page.write_text(f"{text}\n", encoding="utf-8", newline="\n")


_MARK = "<!-- partie : {} -->"


def _sections(page: str) -> dict[str, str]:
    """The sections of a page, by part."""
    pieces = re.split(_MARK.format(r"(\w+)"), page)[1:]
    return {name: text.strip() for name, text in zip(pieces[::2], pieces[1::2], strict=True)}


def _where() -> str:
    system, python = platform.system(), platform.python_version()
    return f"*Mesuré sous {system}, Python {python}, {os.cpu_count()} processeurs.*"


if __name__ == "__main__":
    main(sys.argv[1:])
