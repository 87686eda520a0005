"""docs/robustesse.md: each part breaks something on purpose and prints its own section.

    make robustesse

A part that finds a loss ends with another code than 0: nothing is written then.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("killed", "together", "refused", "interrupted")
HEAD = """\
# Robustesse : ce qui a été cassé exprès

Cette page est écrite par `make robustesse`, qui casse le programme exprès et compte ce qui est
perdu : rien ne doit l'être. Les mêmes essais, plus courts, sont des tests
(`tests/test_robust_*.py`). Ce que chaque système a de particulier est dans
[Plateformes](plateformes.md).

"""


def main() -> None:
    sections = []
    for part in PARTS:
        print(f"… {part}", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, Path(__file__).with_name(f"{part}.py")],
            stdout=subprocess.PIPE, encoding="utf-8", check=False, cwd=ROOT,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{done.stdout}\n{part} : quelque chose s'est perdu, voir ci-dessus")
        sections.append(done.stdout.strip())
    where = f"{platform.system()}, Python {platform.python_version()}, {os.cpu_count()} processeurs"
    text = HEAD + "\n\n".join(sections) + f"\n\nMesuré sous {where}.\n"
    (ROOT / "docs" / "robustesse.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
