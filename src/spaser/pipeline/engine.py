"""The engine that papermill runs notebooks with: a started kernel, watched cell by cell."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Any

from spaser.pipeline.kernels import LOOK

NAME = "spaser"
MOST = 128 << 20  # characters that the cells of a notebook may show
INJECTED = "injected-parameters"  # papermill's tag for the cell of our values


@functools.cache
def register() -> None:
    """Teach papermill, once, an engine that uses a started kernel and tells of each cell."""
    from jupyter_core.utils import ensure_event_loop
    from nbclient.exceptions import DeadKernelError
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    class WatchingClient(PapermillNotebookClient):  # type: ignore[misc]
        def __init__(self, flood: Callable[[], None] | None, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self._flood, self._shown = flood, 0

        def process_message(self, msg: Any, *more: Any) -> Any:
            """Stop a cell whose display would fill our own memory before its time is up."""
            content = msg["content"]
            self._shown += sum(map(len, map(str, (content.get("text"), content.get("data")))))
            if self._shown > MOST and self._flood:
                self._flood()
            return super().process_message(msg, *more)

        async def _async_poll_kernel_alive(self) -> None:
            """See a death in a fifth of nbclient's second."""
            while True:
                await asyncio.sleep(LOOK)
                try:
                    await self._async_check_alive()
                except DeadKernelError:
                    self.task_poll_for_reply.cancel()
                    return

    class StartedKernelEngine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: Any,
            kernel_name: str,
            km: Any = None,
            spaser_progress: Callable[[str], None] | None = None,
            spaser_flood: Callable[[], None] | None = None,
            execution_timeout: int | None = None,
            **_: Any,
        ) -> Any:
            # Numbered as in the notebook on disk: without the cell that papermill adds.
            code = [
                i
                for i, c in enumerate(nb_man.nb.cells)
                if c.cell_type == "code" and INJECTED not in c.metadata.get("tags", ())
            ]
            # What is left unread when a cell is cut short is no news for the user.
            ensure_event_loop().set_exception_handler(lambda *_: None)
            logging.getLogger("traitlets").setLevel(logging.CRITICAL)

            def tell(cell: Any, cell_index: int, **_: Any) -> None:
                if spaser_progress and cell_index in code:
                    spaser_progress(f"cellule {code.index(cell_index) + 1}/{len(code)}")

            client = WatchingClient(
                spaser_flood,
                nb_man,
                km=km,
                kernel_name=kernel_name,
                timeout=execution_timeout,
                on_cell_start=tell,
            )
            try:
                return client.execute()
            finally:
                if client.kc:
                    client.kc.stop_channels()

    papermill_engines.register(NAME, StartedKernelEngine)
