"""The folders that a command works on."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spaser.pipeline.places import Places


def places(args: argparse.Namespace, annee: int) -> Places:
    """Where the things of a year are: the folders that a command was told, else the project's."""
    from spaser.pipeline import places as resolved

    return resolved.places(
        annee,
        getattr(args, "data", None),
        getattr(args, "params", None),
        getattr(args, "reports", None),
    )
