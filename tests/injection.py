"""A program under a fault: killed, or refused, at the n-th change that it makes to files.

    python tests/injection.py KIND NUMBER FOLDER -- WORDS      runs `spaser WORDS` so

An audit hook hears each change before the system makes it, on every system and without rights:
from NUMBER on, changes under FOLDER are refused (KIND is the name of an error: ENOSPC, EROFS…),
or the program is killed at that one (KIND is «kill»).  «count» writes how many changes there
were, on the error stream.  Kernels, which are other processes, are left alone.
"""

from __future__ import annotations

import atexit
import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

_ADDS = {"os.mkdir": 0, "os.link": 1, "os.rename": 1}  # which argument is the new name
_CHANGES = {**_ADDS, "os.remove": 0, "os.rmdir": 0, "os.chmod": 0, "os.truncate": 0}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Fault(NamedTuple):
    """What happens, at which change, under which folder."""

    kind: str
    number: int
    folder: Path


def inject(fault: Fault) -> Callable[[], int]:
    """From now on, changes to files meet a fault; gives what counts them."""
    count = 0
    under = os.path.realpath(fault.folder)

    def hear(event: str, args: tuple[Any, ...]) -> None:
        nonlocal count
        name = _changed(event, args)
        if name is None or not (os.path.realpath(name) + os.sep).startswith(under + os.sep):
            return
        count += 1
        if count < fault.number or fault.kind == "count":
            return
        if fault.kind == "kill":
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        if event == "open" or event in _ADDS:
            number = getattr(errno, fault.kind)
            raise OSError(number, os.strerror(number), name)

    sys.addaudithook(hear)
    return lambda: count


def _changed(event: str, args: tuple[Any, ...]) -> str | None:
    """The name that an audit event is about to change; None for one that changes nothing."""
    if event == "open":
        name, _, flags = args
        writes = isinstance(flags, int) and flags & _WRITES
        return os.fsdecode(name) if writes and isinstance(name, str | bytes) else None
    if event in _CHANGES:
        name = args[_CHANGES[event]]
        if isinstance(name, str | bytes | os.PathLike):
            at = next((a for a in reversed(args) if isinstance(a, int)), -1)
            folder = (
                Path(f"/proc/self/fd/{at}").readlink() if at > 2 and event != "os.chmod" else ""
            )
            return str(Path(folder, os.fsdecode(name)))
    return None


def in_a_child(fault: Fault, action: Callable[[], object]) -> int:
    """Do something under a fault in a forked process; gives how it ended, as `Popen` does."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            inject(fault)
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    kind, number, folder, _, *words = sys.argv[1:]
    changes = inject(Fault(kind, int(number), Path(folder)))
    if kind == "count":
        atexit.register(lambda: print(f"changes: {changes()}", file=sys.stderr))
    from spaser import cli

    cli.main(words)
