"""What a file is by its first bytes, and how its text is encoded; its name says nothing."""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from spaser.errors import Unreadable

Container = Literal["json", "xml", "parquet", "classeur", "texte"]

REPLACEMENT = "\ufffd"
BLOCK = 1 << 15  # what is read at once: more would not stay in the processor's own memory
_SAMPLE = 1 << 18  # bytes that show an old encoding
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF8 = {"utf-8": 0, "utf-8-sig": len(codecs.BOM_UTF8)}  # bytes before the first character
_MAGIC: tuple[tuple[bytes, Container], ...] = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "classeur"),  # XLSX and ODS are zip archives
    (b"\xd0\xcf\x11\xe0", "classeur"),  # the old XLS
)
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
# Encodings that French office software wrote before UTF-8.
_LEGACY = ["cp1252", "cp850", "mac_roman", "latin_1"]
_ASCII_AS_SUCH = frozenset({"utf-8", "utf-8-sig", *_LEGACY})
# How much each accent is worth as a sign of French: the more frequent in French, the more.
_LETTERS = {
    letter: worth
    for worth, letters in ((6, "é"), (4, "èà"), (3, "êç"), (2, "âîôûùœ"), (1, "ëïüöäÿ"), (-1, "æ"))
    for letter in letters
}
_ACCENT = re.compile(r"[^\x00-\x7f]")
_SEPARATORS = re.compile(r"[\s;,|]+")
_LAST = frozenset("àù")  # French has them at the end of a word alone
_MARKS = frozenset("°’‘“”«»€…–—œ²³½\xa0\u202f")


PAGE = (
    "c'est une page HTML (souvent le message d'erreur d'un site), pas des données ; remède : "
    "télécharger le fichier de nouveau, et l'ouvrir pour s'en assurer"
)
HTML_TABLE = (
    "c'est un tableau enregistré en page HTML (un « .xls » de certains logiciels en est un) ; "
    "remède : l'ouvrir dans un tableur, et l'enregistrer en XLSX ou en CSV"
)
_OTHERS = (
    (b"%PDF", "un PDF"),
    (b"\x89PNG", "une image"),
    (b"\xff\xd8\xff", "une image"),
    (b"GIF8", "une image"),
    (b"{\\rtf", "un document de traitement de texte"),
    (b"SQLite format 3", "une base de données"),
)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


class Encoding(NamedTuple):
    """The encoding of a text file, and how many of its characters are lost (U+FFFD).

    `abime`: some of its bytes are not of this encoding.
    """

    nom: str
    perdus: int
    abime: bool = False

    @property
    def ascii_as_such(self) -> bool:
        """Whether a byte below 128 is its ASCII character, wherever it stands."""
        return not self.abime and self.nom in _ASCII_AS_SUCH


def container(path: Path) -> Container:
    """The container of a file.

    Raises:
        Unreadable: empty, or compressed.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip():
        raise Unreadable("le fichier est vide")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(_COMPRESSED):
        raise Unreadable("le fichier est compressé ; remède : le décompresser dans ce dossier")
    for magic, what in _OTHERS:
        if head.startswith(magic):
            raise Unreadable(f"c'est {what}, pas des données ; remède : le retirer, ou l'exporter")
    start = _text(head).lstrip()
    if _HTML.match(start):
        raise Unreadable(HTML_TABLE if "<table" in start.lower() else PAGE)
    if start[:1] in {"{", "["}:
        return "json"
    return "xml" if start[:1] == "<" else "texte"


def text(path: Path) -> TextIO:
    """A text file opened in its own encoding; bytes that are not of it become U+FFFD.

    Line ends are kept as they are written.
    """
    return path.open(encoding=encoding(path).nom, errors="replace", newline="")


def utf8(path: Path) -> Generator[bytes, None, None]:
    """The blocks of a text file as UTF-8: its own bytes where that is what they are.

    A block may end within a character; bytes that are not of the file's encoding become U+FFFD.
    """
    name, _, damaged = encoding(path)
    if damaged or name not in _UTF8:
        with text(path) as stream:
            while characters := stream.read(BLOCK):
                yield characters.encode()
        return
    with path.open("rb") as raw:
        raw.seek(_UTF8[name])
        while block := raw.read(BLOCK):
            yield block


def encoding(path: Path) -> Encoding:
    """The encoding of a text file, over the whole of it.

    UTF-8 (or UTF-16, by its mark or its zero bytes) when it reads as such; UTF-8 with lost
    characters when its accents are UTF-8 more often than not; else the likeliest of the old
    encodings.
    """
    state = path.stat()
    return _encoding(path, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _encoding(path: Path, size: int, changed: int) -> Encoding:
    with path.open("rb") as stream:
        marked = _marked(stream.read(4))
    name = marked or "utf-8"
    try:
        return Encoding(name, sum(map(_lost, _decoded(path, name, "strict"))))
    except UnicodeDecodeError as error:
        lost = accents = 0
        for text in _decoded(path, name, "replace"):
            lost += _lost(text)
            accents += sum(not c.isascii() for c in text) if not text.isascii() else 0
        if marked or accents - lost > lost:
            return Encoding(name, lost, abime=True)
        return Encoding(_legacy(path, error.start), 0)


def _lost(text: str) -> int:
    """Its lost characters; to look for one takes less than to count them."""
    return text.count(REPLACEMENT) if REPLACEMENT in text else 0


def _decoded(path: Path, name: str, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)(errors)
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _legacy(path: Path, near: int) -> str:
    """The old encoding that makes the most French of a sample that has accents.

    Where several make as much, what charset-normalizer finds the most like a language.
    """
    with path.open("rb") as stream:
        stream.seek(max(0, near - _SAMPLE // 2))
        sample = stream.read(_SAMPLE)
    scores = {name: _frenchness(sample, name) for name in _LEGACY}
    likely = [name for name in _LEGACY if scores[name] == max(scores.values())]
    name = likely[0]
    if len({sample.decode(x, "replace") for x in likely}) > 1:
        from charset_normalizer import from_bytes

        best = from_bytes(sample, cp_isolation=likely, language_threshold=0.0).best()
        name = best.encoding if best else name
    try:
        for _ in _decoded(path, name, "strict"):
            pass
    except UnicodeDecodeError:
        return "latin_1"  # the one that gives a character to every byte
    return name


def _frenchness(sample: bytes, name: str) -> int:
    """How French a text looks: its accents where French has them, less the signs that it lacks.

    Each word counts once: a table says the same over and over, and «Noël» is «Noâl» elsewhere.
    A capital within a word («rÈception»), or a small letter among capitals («êLECTRICITê»), is the
    mark of another encoding.
    """
    text = sample.decode(name, "replace")
    text = " ".join({*_SEPARATORS.split(text)})
    total = 0
    for accent in _ACCENT.finditer(text):
        char, at = accent[0], accent.start()
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        worth = _LETTERS.get(char.lower())
        if worth is None:
            total -= 2 * (char not in _MARKS)
        elif char.islower():
            wrong = after.isupper() or (char in _LAST and after.isalpha())
            total += -2 if wrong else worth
        else:
            total += -2 if before.islower() else worth
    return total


def _text(head: bytes) -> str:
    return head.decode(_marked(head) or "utf-8", "replace")


def _marked(head: bytes) -> str | None:
    """The encoding that the first bytes of a text prove: by their mark, or by a zero every other
    byte, which is how UTF-16 writes plain letters; None when they prove none."""
    if name := next((name for bom, name in _BOMS if head.startswith(bom)), None):
        return name
    zeros = "".join("0" if not byte else "a" for byte in head[:4])
    return {"a0a0": "utf-16-le", "0a0a": "utf-16-be"}.get(zeros)
