"""Notebooks run in a kernel that is already started, and watched cell by cell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

from spaser.pipeline import engine
from spaser.pipeline.kernels import LOOK


class WatchingClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, which calls `flood` when the cells show more than MOST characters."""

    def __init__(self, flood: Callable[[], None] | None, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._flood, self._shown = flood, 0

    def process_message(self, msg: Any, *more: Any) -> Any:
        """Stop a cell whose display would fill our own memory before its time is up."""
        content = msg["content"]
        self._shown += sum(map(len, map(str, (content.get("text"), content.get("data")))))
        if self._shown > engine.MOST and self._flood:
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
    """papermill's engine, with a kernel that is given instead of one that it would start."""

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
        """Run the cells of a notebook in order.

        Args:
            nb_man: papermill's manager of the notebook.
            kernel_name: the name of its kernel.
            km: the manager of the kernel, started.
            spaser_progress: told «cellule n/m» as each cell of code starts.
            spaser_flood: called once the cells have shown too much.
            execution_timeout: seconds that a cell may take.
        """
        # Numbered as in the notebook on disk: without the cell that papermill adds.
        code = [
            i
            for i, c in enumerate(nb_man.nb.cells)
            if c.cell_type == "code" and engine.INJECTED not in c.metadata.get("tags", ())
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
