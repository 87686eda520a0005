"""The part of a shared file that one project needs: its buyers' records, and the count of others.

Several projects read one national file once: each is given a part, a file of its own that a reader
takes as it would the whole.  Its records are those that the reader of the whole gave (their
position there kept), those of the year of buyers like its own (`semblables.py`) included; its last
lines count the buyers of others, in rows and euros, and seal it.  JSON Lines: a head, a line a
record, counts, a seal.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from spaser.errors import Unreadable
from spaser.sources import limits
from spaser.sources.fields import FIELDS
from spaser.sources.records import Ailleurs, Annonce, EcartAuSchema, Published, Remarque

SUFFIX = ".part.jsonl"
NAME = "part d'un fichier commun ({})"
_START = b'{"part": 1, '  # version of this form
_LINE = 4 * limits.ENREGISTREMENT  # a record is written twice, as read and as it was
_SEAL = '{"sceau": '
_EDITED = (
    "cette part d'un fichier commun est coupée, ou changée depuis le partage ; remède : la retirer "
    "et relancer spaser run --projets (une correction s'écrit dans corrections.yml)"
)
Yielded = Published | Ailleurs | Remarque | Annonce


class Head(NamedTuple):
    """Whose part it is, of which file and year, as which version of the program read it.

    `semblables` is the sha256 of the SIRENs of the buyers like its own.
    """

    fichier: str
    sha256: str
    octets: int
    forme: str
    annee: int
    sirens: tuple[str, ...]
    semblables: str
    spaser: str


def recognise(path: Path) -> bool:
    """Whether a file is such a part, by its first bytes."""
    with path.open("rb") as stream:
        return stream.read(len(_START)) == _START


def head(path: Path) -> Head:
    """What a part says of itself.

    Raises:
        Unreadable: it is not a part, or says something else.
    """
    with path.open("rb") as stream:
        return _head(stream.readline(_LINE))


def _head(line: bytes) -> Head:
    try:
        content = json.loads(line)
        content.pop("part")
        return Head(**content | {"sirens": tuple(content["sirens"])})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unreadable(_EDITED) from None


def opening(content: Head) -> str:
    """The first line of a part."""
    return json.dumps({"part": 1} | content._asdict(), ensure_ascii=False) + "\n"


def line(given: Yielded) -> str:
    """The line of what a reader gave."""
    return json.dumps(_written(given), ensure_ascii=False, default=_tagged) + "\n"


def seal(digest: str) -> str:
    """The last line of a part, from the sha256 of the others."""
    return f'{_SEAL}"{digest}"}}\n'


def read(path: Path) -> Iterator[Yielded]:
    """Yield what the reader of the whole file would have, for these buyers.

    Raises:
        Unreadable: cut, or changed since it was written.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        before = stream.readline(_LINE)
        _head(before)
        while after := stream.readline(_LINE):
            digest.update(before)
            if after.startswith(_SEAL.encode()):
                break
            yield _parsed(after)
            before = after
        if after.decode(errors="replace") != seal(digest.hexdigest()) or stream.read(1):
            raise Unreadable(_EDITED)


def _written(given: Yielded) -> dict[str, Any]:
    match given:
        case Remarque():
            return {"remarque": given.texte}
        case Annonce():
            return {"annonce": given.total}
        case Ailleurs():
            return {
                "ailleurs": dict(sorted(given.acheteurs.items())),
                "table": given.table,
                "montant": given.montant,
            }
    return {
        "table": given.table,
        "rang": given.rang,
        "tabulaire": given.tabulaire,
        "champs": _filled(given.fields),
        "titulaires": given.holders,
        "modifications": [*map(_filled, given.modifications)],
        "sous_traitances": [*map(_filled, given.sous_traitances)],
        "groupe": given.groupe,
        "montant": given.montant,
        "colonnes": dict(given.colonnes),
        "ecarts": given.ecarts(),
        "etat": given.etat,
        "brut": given.raw,
    }


def _filled(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _parsed(line: bytes) -> Yielded:
    """What a line holds.

    Raises:
        Unreadable: nothing that we write.
    """
    try:
        content = json.loads(line, object_hook=_untagged)
        if "remarque" in content:
            return Remarque(str(content["remarque"]))
        if "annonce" in content:
            return Annonce(int(content["annonce"]))
        table = content["table"]
        if table not in FIELDS:
            raise ValueError(table)
        if "ailleurs" in content:
            counts = {str(siren): int(n) for siren, n in content["ailleurs"].items()}
            return Ailleurs(table, counts, Decimal(content["montant"]))
        return Published(
            table=table,
            rang=int(content["rang"]),
            tabulaire=bool(content["tabulaire"]),
            fields=dict(content["champs"]),
            holders=[(number, kind) for number, kind in content["titulaires"]],
            modifications=[dict(m) for m in content["modifications"]],
            sous_traitances=[dict(a) for a in content["sous_traitances"]],
            groupe=str(content["groupe"]),
            montant=content["montant"],
            colonnes=dict(content["colonnes"]),
            ecarts=_given([EcartAuSchema(*e) for e in content["ecarts"]]),
            etat=bool(content["etat"]),
            raw=content["brut"],
        )
    except (ArithmeticError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unreadable(_EDITED) from None


def _given(ecarts: Sequence[EcartAuSchema]) -> Callable[[], Sequence[EcartAuSchema]]:
    return lambda: ecarts


# JSON has no decimals nor dates: an object of one key tells them, and no record has such a key.
_TAG = "\x00"
_KINDS: dict[str, tuple[type, Callable[[str], object]]] = {
    "d": (Decimal, Decimal),
    "h": (dt.datetime, dt.datetime.fromisoformat),
    "j": (dt.date, dt.date.fromisoformat),
    "t": (dt.time, dt.time.fromisoformat),
}


def _tagged(value: object) -> dict[str, str]:
    for kind, (type_, _) in _KINDS.items():
        if isinstance(value, type_):
            text = value.isoformat() if hasattr(value, "isoformat") else str(value)
            return {_TAG + kind: text}
    if isinstance(value, Mapping):
        return {**value}
    raise TypeError(f"a value of a record of an unknown kind: {type(value).__name__}")


def _untagged(pairs: dict[str, Any]) -> Any:
    if len(pairs) == 1:
        [(key, text)] = pairs.items()
        if key[:1] == _TAG and key[1:] in _KINDS:
            with contextlib.suppress(ArithmeticError, ValueError, TypeError):
                return _KINDS[key[1:]][1](text)
    return pairs
