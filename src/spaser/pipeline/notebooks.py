"""Notebooks run by papermill, their kernels started ahead of need.

A kernel takes half a second to start and a second more to import its libraries; started
while the data is being read, it costs the analyst nothing.  What papermill and the kernel
write that differs from run to run (clock times, random ids, paths) is stripped.
"""

from __future__ import annotations

import functools
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.errors import UserError

if TYPE_CHECKING:
    from jupyter_client.blocking import BlockingKernelClient
    from jupyter_client.manager import KernelManager
    from nbformat import NotebookNode

NAMES = ("1_qualite", "2_indicateurs", "3_rapport")
_WARM = {
    "1_qualite": "from spaser.report import qualite",
    "2_indicateurs": "from spaser.report import calculs",
    "3_rapport": "from spaser.report import rapport, charts",
}
_TIMEOUT = 120
_LONGEST = 90  # characters of a folder that leave room for the name of a Unix socket
_INLINE = "module://matplotlib_inline.backend_inline"  # an analyst's chart shows as in JupyterLab


class Kernels:
    """One kernel a notebook, started in the background in a folder."""

    def __init__(self, names: tuple[str, ...], folder: Path) -> None:
        self._ready: dict[str, KernelManager] = {}
        self._asked: list[BlockingKernelClient] = []  # closed too soon, they would ask nothing
        self._failed: BaseException | None = None
        self._names, self._folder = names, folder
        self._sockets = tempfile.TemporaryDirectory(prefix="spaser-", ignore_cleanup_errors=True)
        self._thread = threading.Thread(target=self._start, daemon=True)
        self._thread.start()

    def _start(self) -> None:
        try:
            from jupyter_client.manager import KernelManager
            from traitlets.config import Config

            for name in self._names:
                manager = KernelManager(
                    kernel_name="python3",
                    connection_file=str(Path(self._sockets.name) / f"{name[0]}.json"),
                    transport=_transport(self._sockets.name),
                    config=Config({"KernelManager": {"transport_encryption": "auto"}}),
                )
                manager.start_kernel(cwd=str(self._folder), env=_environment())
                self._ready[name] = manager
                client: BlockingKernelClient = manager.blocking_client()
                client.start_channels(iopub=False, stdin=False, hb=False, control=False)
                client.execute(_WARM[name], silent=True, store_history=False)
                self._asked.append(client)
        except BaseException as error:
            self._failed = error

    def take(self, name: str) -> KernelManager:
        """The kernel of a notebook, waiting for it to start."""
        self._thread.join()
        if self._failed:
            raise self._failed
        return self._ready.pop(name)

    def close(self) -> None:
        """Shut down the kernels that nobody took."""
        self._thread.join()
        for client in self._asked:
            client.stop_channels()
        for manager in self._ready.values():
            manager.shutdown_kernel(now=True)
        self._sockets.cleanup()


@contextmanager
def kernels(names: tuple[str, ...], folder: Path) -> Iterator[Kernels]:
    """Kernels for some notebooks, closed at the end whatever happens."""
    started = Kernels(names, folder)
    try:
        yield started
    finally:
        started.close()


def _transport(folder: str) -> str:
    """Unix sockets where there are some: another program may take a TCP port in between."""
    return "ipc" if os.name == "posix" and len(folder) < _LONGEST else "tcp"


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": _INLINE, "TZ": "UTC"}


def execute(
    name: str,
    source: Path,
    folder: Path,
    parameters: dict[str, Any],
    kernel: KernelManager,
    progress: Callable[[str], None] = lambda _: None,
) -> NotebookNode:
    """Run SOURCE/NAME.ipynb in `folder` and write the result to folder/notebooks.

    Args:
        name: a notebook of NAMES.
        source: the folder of the notebooks as committed.
        folder: the staging folder, where the kernel already works.
        parameters: JSON values for the cell tagged `parameters`.
        kernel: a started kernel.
        progress: called with «notebook, cell n/m» as cells run.

    `register` comes first.

    Raises:
        UserError: the notebook is missing or has not exactly one `parameters` cell.
        papermill.PapermillExecutionError: a cell failed, which is a bug.
    """
    import nbformat
    import papermill

    path = source / f"{name}.ipynb"
    check(path, set(parameters))
    target = folder / "notebooks" / f"{name}.ipynb"
    target.parent.mkdir(exist_ok=True)
    try:
        notebook: NotebookNode = papermill.execute_notebook(
            str(path),
            str(target),
            parameters=parameters,
            engine_name=_ENGINE,
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            km=kernel,
            spaser_progress=lambda text: progress(f"{name}, {text}"),
            execution_timeout=_TIMEOUT,
        )
    finally:
        kernel.shutdown_kernel(now=True)
    _strip(notebook, name)
    nbformat.write(notebook, target)
    return notebook


def check(path: Path, names: set[str]) -> None:
    """Refuse a notebook whose own defaults would silently win over our parameters.

    Raises:
        UserError: no notebook, not exactly one cell tagged `parameters`, or one that does
            not set every parameter.
    """
    notebook = read(path)
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    if len(tagged) != 1:
        raise UserError(
            f"{len(tagged)} cellule(s) étiquetée(s) « parameters », il en faut une",
            lieu=str(path),
            remede="étiqueter la seule première cellule de code",
        )
    if missing := sorted(n for n in names if f"{n} =" not in tagged[0].source):
        raise UserError(
            "la cellule « parameters » ne pose pas tous les paramètres",
            lieu=str(path),
            valeur=missing[0],
            remede=f"y écrire {missing[0]} = …",
        )


def read(path: Path) -> NotebookNode:
    """A notebook of a file.

    Raises:
        UserError: no file, or not a notebook.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise UserError("notebook absent", lieu=str(path), remede="rétablir ce fichier") from None
    except (ValueError, AttributeError, nbformat.ValidationError):
        raise UserError(
            "ce n'est pas un notebook Jupyter, ou il est abîmé",
            lieu=str(path),
            remede="rétablir ce fichier",
        ) from None
    return notebook


_ENGINE = "spaser"


@functools.cache
def register() -> None:
    """Teach papermill, once, an engine that uses a started kernel and tells of each cell."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    class StartedKernelEngine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: Any,
            kernel_name: str,
            km: Any = None,
            spaser_progress: Callable[[str], None] | None = None,
            execution_timeout: int | None = None,
            **_: Any,
        ) -> Any:
            code = [i for i, c in enumerate(nb_man.nb.cells) if c.cell_type == "code"]

            def tell(cell: Any, cell_index: int, **_: Any) -> None:
                if spaser_progress and cell_index in code:
                    spaser_progress(f"cellule {code.index(cell_index) + 1}/{len(code)}")

            client = PapermillNotebookClient(
                nb_man,
                km=km,
                kernel_name=kernel_name,
                timeout=execution_timeout,
                on_cell_start=tell,
            )
            return client.execute()

    papermill_engines.register(_ENGINE, StartedKernelEngine)


def _strip(notebook: NotebookNode, name: str) -> None:
    """Remove what differs from run to run: times, random ids, paths."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["id"] = f"{name[0]}-parametres"
        cell.setdefault("id", f"{name[0]}-{number}")
