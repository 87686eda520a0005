"""What the user sees while a run works, and the time that each of its stages took."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Progress:
    """What the user sees while it works, and the time each stage took, for the journal.

    `stage` and `detail` replace one another on a terminal; a `note` stays.  `times` holds the
    name of each stage that has ended and its seconds.
    """

    stage: Callable[[str], None] = lambda _: None
    detail: Callable[[str], None] = lambda _: None
    note: Callable[[str], None] = lambda _: None
    times: list[tuple[str, float]] = field(default_factory=list)

    @contextlib.contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Show a stage by its name, and note the seconds that the block takes."""
        self.stage(name)
        start = time.monotonic()
        yield
        self.times.append((name, round(time.monotonic() - start, 3)))
