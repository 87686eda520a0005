"""An address to a file: streamed, bounded in time and size, every failure told in French.

Only http and https are spoken, redirections included; an answer shorter than it announced, or a
web page in place of data, is a failure.
"""

from __future__ import annotations

import contextlib
import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from spaser import __version__

TIMEOUT = 30.0  # seconds without a byte
LONGEST = 3600.0  # seconds in all: a server may send a byte at a time for ever
LARGEST = 16 * 2**30  # bytes: several times the national file
_BLOCK = 1 << 18
_AHEAD = 4  # parts that wait to be written, at the most
_LOOK = 0.5  # seconds between two tries to add one
_SCHEMES = ("http", "https")
_STATUS = {
    401: "accès refusé",
    403: "accès refusé",
    404: "adresse introuvable",
    410: "document retiré",
    429: "trop de demandes, réessayer plus tard",
}
_STATUS_FAMILIES = {3: "redirection refusée", 4: "demande refusée", 5: "panne du serveur"}


class Failed(Exception):
    """A download that did not give a file; the text is the cause, in French."""


class _Redirections(request.HTTPRedirectHandler):
    """Follows a few redirections, never out of the web nor from https back to http."""

    max_redirections = 5

    def redirect_request(
        self, req: request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> request.Request | None:
        before, after = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if after not in _SCHEMES or (before, after) == ("https", "http"):
            raise Failed(f"redirection refusée vers {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def save(
    url: str, path: Path, tell: Callable[[int, int | None], None], timeout: float = TIMEOUT
) -> None:
    """Write what `url` answers to `path`.

    Args:
        url: an http or https address.
        path: the file to write; what it holds after a failure is worth nothing.
        tell: told the bytes received and those announced, if they were, as they come.
        timeout: seconds to wait for an answer, and for each part of it.

    Raises:
        Failed: nothing whole was received.
    """
    received, announced = 0, None
    with path.open("wb") as out:
        for block, announced in _blocks(url, timeout):
            received += out.write(block)
            tell(received, announced)
            if max(received, announced or 0) > LARGEST:
                raise Failed(f"plus de {LARGEST // 2**30} Go")
    if announced is not None and received < announced:
        raise Failed(f"réponse coupée : {received} octets reçus sur {announced}")
    if not received:
        raise Failed("réponse vide")
    if _is_page(path):
        raise Failed("une page web à la place des données")


Block = tuple[bytes, int | None]


def _blocks(url: str, timeout: float) -> Iterator[Block]:
    """What an address answers, part by part, with the length that it announces.

    It is read in a thread of its own, left at the end of the time: headers, or the lengths of
    parts, that come a byte at a time keep a reader busy for ever before it gives anything.
    """
    parts: queue.Queue[Block | Exception | None] = queue.Queue(_AHEAD)
    left, end = threading.Event(), time.monotonic() + LONGEST

    def give(part: Block | Exception | None) -> None:
        while not left.is_set():
            with contextlib.suppress(queue.Full):
                parts.put(part, timeout=_LOOK)
                return

    def read() -> None:
        try:
            for part in _answered(url, timeout):
                give(part)
                if left.is_set():
                    return
            give(None)
        except Exception as error:  # raised again for the one who asks
            give(error)

    threading.Thread(target=read, daemon=True).start()
    try:
        while (part := _next(parts, end)) is not None:
            yield part
    finally:
        left.set()


def _next(parts: queue.Queue[Block | Exception | None], end: float) -> Block | None:
    """The next part, None after the last; what went wrong in the thread is raised here."""
    try:
        part = parts.get(timeout=max(0.0, end - time.monotonic()))
    except queue.Empty:
        raise Failed(f"plus de {LONGEST / 60:g} minutes") from None
    if isinstance(part, Exception):
        raise part
    return part


def _answered(url: str, timeout: float) -> Iterator[Block]:
    """The parts as the server sends them; every failure is a `Failed`."""
    asked = request.Request(
        url, headers={"User-Agent": f"spaser/{__version__}", "Accept-Encoding": "identity"}
    )
    try:
        with _opener().open(asked, timeout=timeout) as answer:
            if answer.status != 200:  # a part, or nothing, is not the file
                raise Failed(f"réponse inattendue (HTTP {answer.status})")
            length = answer.headers.get("Content-Length", "")
            announced = int(length) if length.isdecimal() else None
            while block := answer.read1(_BLOCK):
                yield block, announced
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Failed(_cause(error).format(delai=f"{timeout:g}")) from None


def _opener() -> request.OpenerDirector:
    """An opener of urllib that takes http and https alone: no file, FTP or data address."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.UnknownHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        _Redirections,
    ):
        opener.add_handler(handler())
    return opener


def _is_page(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html"))


# The first kind that fits; {delai} is the time that was waited.
_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "certificat TLS refusé"),
    (ssl.SSLError, "échec de la connexion chiffrée (TLS)"),
    (TimeoutError, "pas de réponse en {delai} s"),
    (socket.gaierror, "serveur introuvable : pas de réseau, ou nom inconnu"),
    (ConnectionRefusedError, "connexion refusée par le serveur"),
    (ConnectionError, "connexion coupée par le serveur"),
    (http.client.IncompleteRead, "réponse coupée avant la fin"),
    (OSError, "réseau inaccessible"),
)


def _cause(error: Exception) -> str:
    if isinstance(error, HTTPError):
        words = _STATUS.get(error.code) or _STATUS_FAMILIES.get(
            error.code // 100, "réponse inattendue"
        )
        return f"{words} (HTTP {error.code})"
    reason = error.reason if isinstance(error, URLError) else error
    return next((words for kind, words in _CAUSES if isinstance(reason, kind)), "réponse illisible")
