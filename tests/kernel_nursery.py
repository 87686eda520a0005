"""Kernels of the forked commands, forked in their turn from a process that has what they import.

Three kernels a run, each of which would import pandas, matplotlib and this program, are most of
what a small run costs.  A command connects to the nursery's socket, writes a line that asks for a
kernel, and reads a line with its number, then another with its exit code.  A kernel whose command
has closed the connection is killed, as it would kill itself if its parent had gone.  `forked.py`
starts the nursery, and what it starts anew has kernels that start anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_TEMPLATES = "import kernel_nursery; kernel_nursery.compile_templates()"


# --- In a command -----------------------------------------------------------------------------


class Kernel:
    """A forked kernel, with what jupyter_client and the program ask of a `Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, *asked: Any) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(address)
        self._line.sendall(json.dumps(asked).encode() + b"\n")
        self.pid = int(b"".join(iter(lambda: self._line.recv(1), b"\n")))
        self._line.setblocking(False)
        self._code: int | None = None

    def poll(self) -> int | None:
        with contextlib.suppress(BlockingIOError):
            if self._code is None:
                self._code = int(self._line.recv(100) or -signal.SIGKILL)
        return self._code

    def wait(self) -> int:
        while (code := self.poll()) is None:
            time.sleep(0.05)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def start(place: Path) -> None:
    """Start the nursery, its socket in a folder; kernels of this process will come from it."""
    from jupyter_client.provisioning import LocalProvisioner

    from spaser.pipeline import kernels

    address = place / "noyaux"
    subprocess.Popen(
        [sys.executable, __file__, str(address), *kernels._WARM.values(), _TEMPLATES],
        env=kernels._environment(place, None), stdin=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip

    async def launch_kernel(self: Any, cmd: list[str], **kwargs: Any) -> Any:
        while not address.exists():
            time.sleep(0.05)
        words = cmd[cmd.index(kernels._PROCESS) + 1 :]
        self.process = Kernel(
            str(address), words, kwargs["cwd"], kwargs["env"], kwargs["stdout"].name
        )
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs["cwd"]
        return self.connection_info

    LocalProvisioner.launch_kernel = launch_kernel


# --- In the nursery ---------------------------------------------------------------------------


def compile_templates() -> None:
    """Have the templates of the pages ready: compiling them takes a tenth of a small run."""
    from spaser import report

    environment = report._environment()
    for name in environment.list_templates(extensions=["j2"]):
        environment.get_template(name)


def serve(address: str, imports: list[str]) -> None:
    """Fork kernels until the input ends."""
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # ipykernel reads it as it is imported
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # as `kernel_process.py` does
    from ipykernel import ipkernel, kernelapp  # noqa: F401

    from spaser import memory

    memory.seldom()
    for line in imports:
        exec(line, {})
    ears, door = _alarm(), _door(address)
    looks = selectors.DefaultSelector()
    for heard in (door, ears, sys.stdin):
        looks.register(heard, selectors.EVENT_READ)
    lines: dict[int, socket.socket] = {}  # the connection of each kernel that lives
    while True:
        for key, _ in looks.select():
            if key.fileobj is sys.stdin:
                return
            if key.fileobj is ears:
                ears.recv(100)
                _tell(looks, lines)
            elif key.fileobj is door:
                line, _ = door.accept()
                words, *around = json.loads(line.makefile().readline())
                number = os.fork()
                if number == 0:
                    _settle(*around)
                    kernelapp.launch_new_instance(argv=words)
                    return
                line.sendall(b"%d\n" % number)
                lines[number] = line
                looks.register(line, selectors.EVENT_READ, number)
            elif key.data in lines:  # the command has gone, and its kernel lives
                looks.unregister(key.fileobj)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(key.data, signal.SIGKILL)


def _alarm() -> socket.socket:
    """What has something to read when a kernel has ended."""
    ears, bell = socket.socketpair()
    for end in (ears, bell):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(bell.detach())
    return ears


def _door(address: str) -> socket.socket:
    """The socket where kernels are asked for; its file is there once it is heard."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(address + ".")
    door.listen()
    Path(address + ".").rename(address)
    return door


def _tell(looks: selectors.BaseSelector, lines: dict[int, socket.socket]) -> None:
    """Tell the command of each kernel that has ended how it did."""
    for number, code in _ended():
        with contextlib.suppress(KeyError):  # gone already, with its command
            looks.unregister(lines[number])
        with contextlib.suppress(OSError), lines.pop(number) as line:
            line.sendall(b"%d" % code)


def _ended() -> Iterator[tuple[int, int]]:
    """The kernels that have ended, and how."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended[0], os.waitstatus_to_exitcode(ended[1])


def _settle(cwd: str, environment: dict[str, str], journal: str) -> None:
    """A session, files, a folder and an environment of its own, as for a process that starts."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    written = os.open(journal, os.O_WRONLY | os.O_APPEND)
    for number, opened in ((0, os.open(os.devnull, os.O_RDONLY)), (1, written), (2, written)):
        os.dup2(opened, number)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)


if __name__ == "__main__":
    sys.modules["kernel_nursery"] = sys.modules["__main__"]
    del sys.path[0]  # as -P does
    serve(sys.argv[1], sys.argv[2:])
