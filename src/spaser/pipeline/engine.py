"""The engine that papermill runs notebooks with, named here; `watching.py` has what it is.

papermill is imported when a notebook runs, not when the command starts.
"""

from __future__ import annotations

import functools

from spaser import deferred

NAME = "spaser"
MOST = 128 << 20  # characters that the cells of a notebook may show
INJECTED = "injected-parameters"  # papermill's tag for the cell of our values


@functools.cache
def register() -> None:
    """Teach papermill, once, an engine that uses a started kernel and tells of each cell."""
    with deferred.imports("requests"):  # for notebooks of the web
        from papermill.engines import papermill_engines

    from spaser.pipeline.watching import StartedKernelEngine

    papermill_engines.register(NAME, StartedKernelEngine)
