"""Published text as one clean line, and what every parser gives back.

Missing stays missing: a mark of an empty field («NC», «néant», a dash) is no value.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple, TypeGuard, TypeVar

from spaser.sources import limits

_SENTINEL = re.compile(
    r"MQ|CDL|N\.?C\.?|N[/.]?A\.?|N\.?D\.?|INX\b.*|NULL|N[ée]ant|[-–—_.]+"
    r"|(?:valeur |information |donn[ée]e )?(?:non (?:renseign|communiqu|connu)|inconnu)[ée]?e?s?"
    r"|[àa] (?:compl[ée]ter|renseigner|pr[ée]ciser)",
    re.IGNORECASE,
)
# What a spreadsheet shows of a formula that fails, in English and in French (LibreOffice parts
# its signs by a blank), and of a number too wide for its column, when it is saved as it is shown.
_FAILED = re.compile(
    r"#(?:REF|VALUE|VALEUR|NUM|NOMBRE|NULL|NUL|DIV/0|SPILL|PROPAGATION|CALC|CALCUL|FIELD|CHAMP"
    r"|BLOCKED|CONNECT|UNKNOWN) ?!|#(?:NAME|NOM) ?\?|#N/[AD]|#GETTING_DATA|Err ?: ?\d{3}|#{3,}"
)
FAILED = "#VALEUR!"
"""What is told of a formula that fails without saying how."""
_BEGINNING = 200  # characters shown of a text that is too long to be read
_SPACES = re.compile(r"\s+")

SENTINELLE = "sentinelle"
ILLISIBLE = "illisible"
AMBIGU = "deux lectures possibles"
HORS_LISTE = "hors liste"
ARRONDI = "arrondi au centime"
EXPOSANT = "chiffres perdus (nombre à exposant)"
TROP_LONG = f"texte de plus de {limits.TEXTE} caractères"
ZERO_RENDU = "zéro de tête rendu (la clé du SIRET le prouve)"

_KEPT, _LONG = 1 << 12, 200  # texts kept, and characters of one that is not
_MANY = 9  # texts of a list that is not
Raw = TypeVar("Raw")
Made = TypeVar("Made")


def once(parse: Callable[[Raw], Made]) -> Callable[[Raw], Made]:
    """A parser that keeps what it made of nothing, of short texts and of short lists of them: a
    file writes the same few over and over.

    What it makes must be the same each time, and nobody may change it.
    """
    kept = functools.lru_cache(_KEPT)(parse)
    listed = functools.lru_cache(_KEPT)(lambda texts: parse(list(texts)))  # type: ignore[arg-type]

    @functools.wraps(parse)
    def read(raw: Raw) -> Made:
        if isinstance(raw, str):
            return kept(raw) if len(raw) < _LONG else parse(raw)
        if raw is None:
            return kept(raw)
        if _are_few_texts(raw):
            return listed(tuple(raw))
        return parse(raw)

    return read


def _are_few_texts(raw: object) -> TypeGuard[list[str]]:
    """Whether it is a list of a few short texts."""
    return (
        isinstance(raw, list)
        and len(raw) < _MANY
        and all(type(item) is str and len(item) < _LONG for item in raw)
    )


class Read(NamedTuple):
    """A typed value, why it is absent or altered (None when all is well), and, of a text that
    can be read in two ways, both readings («1,234 ou 1 234»)."""

    value: object
    motif: str | None = None
    lectures: str = ""


@once
def text(raw: object) -> Read:
    """One line of text: HTML entities resolved, blanks folded, control characters dropped."""
    if raw is None:
        return Read(None)
    if isinstance(raw, list | dict):  # a key or an element written twice, or of another form
        return Read(None, ILLISIBLE if raw else None)
    if isinstance(raw, str) and len(raw) > limits.TEXTE:
        return Read(None, TROP_LONG)
    cleaned = clean(str(raw))
    if not cleaned:
        return Read(None)
    motif = SENTINELLE if _SENTINEL.fullmatch(cleaned) else None
    motif = ILLISIBLE if _FAILED.fullmatch(cleaned) else motif
    return Read(None if motif else cleaned, motif)


def clean(raw: str) -> str:
    """Fold blanks and drop what no page or sheet can hold; entities become characters."""
    if raw.isprintable() and "&" not in raw and "  " not in raw:
        return raw.strip()  # most texts, ten times faster
    unescaped = _SPACES.sub(" ", html.unescape(raw))
    return "".join(c for c in unescaped if unicodedata.category(c) not in {"Cc", "Cs"}).strip()


@once
def written(raw: object) -> str:
    """A raw value as one line of text, empty when there is none; of one too long, its start."""
    if raw is None:
        return ""
    whole = ", ".join(map(str, raw)) if isinstance(raw, list) else str(raw)
    return clean(whole if len(whole) <= limits.TEXTE else whole[:_BEGINNING] + "…")


@once
def fold(label: str) -> str:
    """A label without case, accents and the choice of apostrophe."""
    decomposed = unicodedata.normalize("NFKD", label.replace("’", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold().strip()
