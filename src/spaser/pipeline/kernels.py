"""Kernels started ahead of need, each a process of its own, and ended whatever happens.

A kernel takes half a second to start and a second more to import its libraries; started
while the data is being read, it costs the analyst nothing.  They start one after the other, that
of the report first: all at once, they would slow down the reading itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING

from spaser import interruption
from spaser.publishing import scratch
from spaser.report import dessins
from spaser.report.fragment import IN_A_PAGE

if TYPE_CHECKING:
    from jupyter_client.blocking import BlockingKernelClient
    from jupyter_client.manager import KernelManager

_WARM = {
    "1_qualite": "from spaser.report import qualite",
    "2_indicateurs": "import duckdb; from spaser.report import calculs",
    "3_rapport": "import duckdb; from spaser.report import rapport, charts, planches\n"
    "from spaser.collectivites import plan; plan.outlines(), plan.positions()",
}
_PROCESS = "spaser.pipeline.kernel_process"
_LONGEST = 90  # characters of a folder that leave room for the name of a Unix socket
_INLINE = "module://matplotlib_inline.backend_inline"  # an analyst's chart shows as in JupyterLab
_ASYNCHRONOUS = "jupyter_client.asynchronous.AsyncKernelClient"  # a blocking one hides a death
_STYLE = Path(__file__).parents[1] / "report" / "page" / "graphiques.mplstyle"
_SETTINGS = (
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PYTHONWARNINGS",
    "IPYTHON",
    "JUPYTER_",
    "MPLBACKEND",
)
LOOK = 0.2  # seconds between two looks at a thread: a bare wait cannot be interrupted on Windows


class Kernels:
    """One kernel a notebook, started in the background in a folder."""

    def __init__(
        self, names: tuple[str, ...], folder: Path, sockets: Path, drawings: Path | None
    ) -> None:
        self._started: dict[str, KernelManager] = {}
        self._asked: list[BlockingKernelClient] = []  # closed too early, one loses its message
        self._stopped: dict[str, str] = {}
        self._failed: BaseException | None = None
        self._names, self._folder, self._sockets = names, folder, sockets
        self._environment = _environment(sockets, drawings)
        self._closing = self._hurried = False
        self._thread = threading.Thread(target=self._start, daemon=True)
        self._thread.start()

    def _start(self) -> None:
        try:
            # A home that is missing or read-only: IPython does without it, and says so.
            warnings.filterwarnings("ignore", category=UserWarning, module="IPython")
            from jupyter_client.kernelspec import KernelSpecManager
            from jupyter_client.manager import KernelManager
            from traitlets.config import Config

            for rank, name in enumerate(reversed(self._names)):
                if rank:
                    self._wait()
                if self._closing:
                    return
                manager = KernelManager(
                    kernel_name="python3",
                    kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),  # never the user's own
                    client_class=_ASYNCHRONOUS,
                    connection_file=str(self._sockets / f"{name[0]}.json"),
                    transport=_transport(str(self._sockets)),
                    config=Config({"KernelManager": {"transport_encryption": "auto"}}),
                )
                assert manager.kernel_spec
                # -P: its folder is data, which IPython adds to the path once it is up.
                python, *words = manager.kernel_spec.argv
                words = [_PROCESS if word == "ipykernel_launcher" else word for word in words]
                manager.kernel_spec.argv[:] = [python, "-P", *words]
                with self._log(name).open("wb") as log:
                    manager.start_kernel(
                        cwd=str(self._folder), env=self._environment, stdout=log, stderr=log
                    )
                self._started[name] = manager
                client: BlockingKernelClient = manager.blocking_client()
                client.start_channels(iopub=False, stdin=False, hb=False, control=False)
                client.execute(f"exec({_WARM[name]!r}, {{}})", silent=True, store_history=False)
                self._asked.append(client)
        except BaseException as error:
            self._failed = error

    def _wait(self) -> None:
        """Wait until the kernel started last has its libraries, or is dead."""
        client = self._asked[-1]
        manager = list(self._started.values())[-1]
        process = getattr(manager.provisioner, "process", None)
        while not self._hurried and (process is None or process.poll() is None):
            with contextlib.suppress(Empty):
                client.get_shell_msg(timeout=LOOK)
                return

    def _log(self, name: str) -> Path:
        """What the process of a kernel writes outside of its cells: the reason of its death."""
        return self._sockets / f"{name[0]}.txt"

    def take(self, name: str) -> KernelManager:
        """The kernel of a notebook, waiting for it to start.

        Raises:
            OSError: no room, or no right, for its sockets.
        """
        self._hurried = True
        self._join()
        if self._failed:
            raise self._failed
        return self._started[name]

    def death(self, name: str) -> str | None:
        """How the kernel of a notebook ended, in French; None while it lives."""
        if name in self._stopped:
            return self._stopped[name]
        process = getattr(self._started[name].provisioner, "process", None)
        code = process.poll() if process else None
        if code is None:
            return None
        if code == -getattr(signal, "SIGKILL", 9):
            return "processus tué (signal 9), ce que fait le système quand la mémoire est pleine"
        with contextlib.suppress(OSError):
            lines = self._log(name).read_text(encoding="utf-8", errors="replace").split("\n")
            if last := next((line.strip() for line in reversed(lines) if line.strip()), ""):
                return f"code {code}, {last}"
        return f"code {code}"

    def stop(self, name: str, why: str) -> None:
        """End the kernel of a notebook at once, for a reason in French that `death` gives."""
        self._stopped[name] = why
        _kill(self._started[name])

    def kill(self) -> None:
        """End every kernel at once, with the processes that its cells have started."""
        self._closing = self._hurried = True
        for manager in list(self._started.values()):
            _kill(manager)

    def close(self) -> None:
        """End every kernel, and wait until they are gone."""
        self._closing = self._hurried = True
        self._join()
        for client in self._asked:
            client.stop_channels()
        self.kill()
        for manager in self._started.values():
            manager.shutdown_kernel(now=True)

    def _join(self) -> None:
        while self._thread.is_alive():
            self._thread.join(LOOK)


def _kill(manager: KernelManager) -> None:
    process = getattr(manager.provisioner, "process", None)
    if process is None or process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if os.name == "posix" and getattr(manager.provisioner, "pgid", 0) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


@contextmanager
def kernels(
    names: tuple[str, ...], folder: Path, drawings: Path | None = None
) -> Iterator[Kernels]:
    """Kernels for some notebooks, ended on leaving whatever happens.

    Args:
        names: notebooks, without extension.
        folder: where their cells run.
        drawings: where charts drawn before are taken from; None: all are drawn.
    """
    with scratch.folder("noyaux") as sockets:
        started = Kernels(names, folder, sockets, drawings)
        with interruption.ending(started.kill):
            try:
                yield started
            finally:
                started.close()


def _transport(folder: str) -> str:
    """Unix sockets where there are some: another program may take a TCP port in between."""
    return "ipc" if os.name == "posix" and len(folder) < _LONGEST else "tcp"


def _environment(folder: Path, drawings: Path | None) -> dict[str, str]:
    """The environment of a kernel: the user's, without what sets Python, IPython or charts.

    IPython would run the scripts of the user's profile, and matplotlib reads a file of settings.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_SETTINGS)}
    return kept | {
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": _INLINE,
        "MATPLOTLIBRC": str(_STYLE),
        "IPYTHONDIR": str(folder / "ipython"),
        "TZ": "UTC",
        IN_A_PAGE: "1",
        dessins.KEPT_IN: str(drawings or ""),
    }
