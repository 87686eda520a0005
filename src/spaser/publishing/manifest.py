"""The form of manifeste.json: a manifest made elsewhere is read whole, or refused in one message.

Its names lead to files: each is relative, stays inside its folder, and means the same on every
system.  A key that this version does not know is kept, for a comparison of manifests to show it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from spaser.errors import UserError
from spaser.publishing.provenance import KINDS, MANIFEST

LARGEST = 64 * 2**20  # bytes
_LONGEST = 1000  # characters of a name


def relative(name: str) -> str:
    """A name that stays inside its folder, on any system; ValueError for any other."""
    parts = name.split("/")
    if not name or len(name) > _LONGEST or "\0" in name:
        raise ValueError("un nom de fichier est attendu")
    if any(part in {"", ".", ".."} for part in parts):
        raise ValueError("ce chemin n'est pas relatif, ou sort de son dossier")
    if "\\" in name or parts[0][1:2] == ":":
        raise ValueError("ce chemin est celui d'un seul système")
    return name


def _kind(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"sorte d'entrée inconnue ; les connues sont {', '.join(KINDS)}")
    return name


Name = Annotated[str, AfterValidator(relative)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
CivilYear = Annotated[int, Field(ge=1900, le=9999)]
EditionNumber = Annotated[int, Field(ge=1, le=9999)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class Input(_Part):
    """A file that went in; `lignes` are the records read in it."""

    sha256: Digest
    lignes: Annotated[int, Field(ge=0)] | None = None


class Git(_Part):
    """The state of the checkout, nulls without git."""

    commit: Commit | None
    modifie: bool | None


class Manifest(_Part):
    """What the readers of a manifest rely on."""

    annee: CivilYear
    demonstration: bool
    catalogue: str
    edition: EditionNumber | None
    edition_precedente: EditionNumber | None
    spaser: str
    python: str
    systeme: str
    paquets: dict[str, str]
    git: Git
    empreinte: Digest
    entrees: dict[Annotated[str, AfterValidator(_kind)], dict[Name, Input]]
    sorties: dict[Name, Digest]


def checked(folder: Path) -> dict[str, Any]:
    """The manifest of a published folder, once it has the form of one.

    Raises:
        UserError: absent, unreadable, or a key that is not what it must be, with its value.
    """
    path = folder / MANIFEST
    broken = "demander une copie entière du dossier publié"
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            raise ValueError
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict):
            raise ValueError
    except (OSError, ValueError, RecursionError):
        raise UserError(
            "le manifeste du rapport est absent ou illisible", lieu=str(path), remede=broken
        ) from None
    try:
        Manifest.model_validate(raw)
        _check_years(raw)
    except ValidationError as error:
        first = error.errors()[0]
        keys = ".".join(str(k) for k in first["loc"] if k != "[key]")
        value = first["input"]
        reason = first.get("ctx", {}).get("error", "")
        wrong = "n'a pas la forme attendue" + (f" : {reason}" if reason else "")
        raise UserError(
            "le manifeste du rapport " + ("est incomplet" if first["type"] == "missing" else wrong),
            lieu=f"{path}, clé « {keys} »",
            valeur=None if isinstance(value, dict | list) else value,
            remede=broken,
        ) from None
    return raw


def _check_years(raw: dict[str, Any]) -> None:
    """Files of earlier years lie in a folder each, named by its year.

    Raises:
        UserError: one does not.
    """
    for name in raw["entrees"].get("annee_precedente", ()):
        year, _, rest = name.partition("/")
        if not (year.isascii() and year.isdecimal() and int(year) < raw["annee"] and rest):
            raise UserError(
                "une année précédente n'est pas une année avant celle du rapport",
                lieu=f"{MANIFEST}, clé « entrees.annee_precedente »",
                valeur=name,
                remede="demander une copie entière du dossier publié",
            )
