"""Ctrl-C, the end of a session or of a service: leaving within two seconds, with nothing behind.

Python hands an interruption over between two of its own steps, and some steps of a library are
long (the look-up of a server, a big file).  A watcher hears the signal as it comes; when the
program has not left by itself in time, it ends what must not outlive it, and leaves.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

CODE = 130
MESSAGE = "Interrompu ; le rapport précédent est intact."
_PATIENCE = 1.5  # seconds left to the program to end by itself
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # those that the system at hand has

_TO_END: list[Callable[[], None]] = []
_ASKED, _SAID = threading.Event(), threading.Event()


@contextlib.contextmanager
def ending(action: Callable[[], None]) -> Iterator[None]:
    """Within this block, an interruption that cannot wait calls `action` before leaving."""
    _TO_END.append(action)
    try:
        yield
    finally:
        _TO_END.remove(action)


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Within this block, signals to stop raise KeyboardInterrupt, and are obeyed in time.

    A signal that whoever started the program asked to ignore stays ignored (`nohup`, `&`).
    Outside of the main thread nothing changes: signals come to that one alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {n: signal.getsignal(n) for n in numbers}
    heard, bell = socket.socketpair()
    bell.setblocking(False)
    rung = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    threading.Thread(target=_watch, args=(heard, set(numbers)), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(rung)
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
        bell.close()


def asked() -> bool:
    """Whether a signal to stop has come: DuckDB raises an error of its own then."""
    return _ASKED.is_set()


def say() -> None:
    """Tell of the interruption, once."""
    if not _SAID.is_set():
        _SAID.set()
        print(MESSAGE, file=sys.stderr, flush=True)


def leave() -> NoReturn:
    """Tell of the interruption and end now: what libraries do at exit takes seconds."""
    with contextlib.suppress(Exception):
        say()
        sys.stdout.flush()
    os._exit(CODE)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _ASKED.set()
    signal.default_int_handler(number, frame)


def _watch(heard: socket.socket, numbers: set[int]) -> None:
    with heard:
        while rung := heard.recv(1):
            if rung[0] in numbers:
                break
        else:
            return
    time.sleep(_PATIENCE)  # the program that has ended meanwhile has ended this thread
    for action in list(_TO_END):
        with contextlib.suppress(Exception):
            action()
    with contextlib.suppress(Exception):
        say()
    os._exit(CODE)  # not `leave`: printing may be what blocks the program
