"""A YAML file held to its model; the first fault is one message in French, with its line.

The messages of pydantic are English and name types: the tables below say each kind of fault as
the person who edits the file would, with what to write instead.
"""

from __future__ import annotations

import difflib
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from spaser.errors import UserError
from spaser.settings.yamlfile import YamlFile

M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], file: YamlFile, part: Any = None, at: tuple[str | int, ...] = ()) -> M:
    """Validate (part of) a YAML file; the first fault becomes a message in French.

    Args:
        model: the pydantic model.
        file: the file, for the place in the message.
        part: the part to validate; the whole file when None.
        at: key path of that part in the file.
    """
    try:
        return model.model_validate(file.content if part is None else part)
    except ValidationError as error:
        faults = error.errors()
        # A misspelt key is also a missing one: its own spelling is what the reader looks for.
        first = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
        keys = (*at, *(k for k in first["loc"] if not _is_branch_label(k)))
        raise _fault(model, file, keys, first) from None


def _is_branch_label(key: str | int) -> bool:
    """Pydantic adds the name of a union's branch to the path; it is not in the file."""
    return isinstance(key, str) and ("[" in key or key in {"decimal", "str", "int"})


def _fault(
    model: type[BaseModel], file: YamlFile, keys: tuple[str | int, ...], first: Any
) -> UserError:
    kind, value = first["type"], first.get("input")
    name = str(keys[-1]) if keys else ""
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(name, [k for k in _all_keys(model) if k != name], 1, 0.8)
        remedy = f"écrire « {close[0]} »" if close else "supprimer cette clé"
        return UserError("clé inconnue", lieu=file.place(keys), valeur=name, remede=remedy)
    if kind == "missing":
        return UserError(
            f"la clé « {name} » manque",
            lieu=file.place(keys),
            remede=f"ajouter « {name}: … » à cet endroit",
        )
    if value is None and kind == "string_type":
        return UserError(
            f"la clé « {name} » est vide", lieu=file.place(keys), remede=f"écrire {_the(name)}"
        )
    context = dict(first.get("ctx", {}))
    if kind == "string_pattern_mismatch":
        context["form"] = _FORMS.get(context["pattern"], "la valeur comme dans le fichier livré")
    what, remedy = _MESSAGES.get(kind) or _MESSAGES.get(kind.split("_")[0]) or _REFUSED
    if kind == "string_too_short":
        remedy = f"écrire {_the(name)}"
    if kind == "value_error":  # our own words, which may quote the file's
        what, context = "{words}", {"words": context["error"]}
        remedy = "corriger cette partie du fichier"
    return UserError(
        what.format(**context),
        lieu=file.place(keys),
        valeur=value if isinstance(value, str | int | float | Decimal | bool) else None,
        remede=remedy.format(**context),
    )


_NAMED = {"motif": "le motif", "auteur": "l'auteur", "libelle": "le libellé", "date": "la date"}


def _the(key: str) -> str:
    return _NAMED.get(key, f"« {key}: … », avec un texte")


_FORMS = {
    r"^\d{9}$": "un SIREN : neuf chiffres, sans espace, entre guillemets",
    r"^\d{14}$": "un SIRET : quatorze chiffres, sans espace, entre guillemets",
    r"^\d[\dAB]\d{3}$": "un code INSEE de commune : cinq caractères, entre guillemets",
    r"^[A-Za-z0-9-]+$": "un code : lettres sans accent, chiffres et tirets",
    r"^[a-z][a-z0-9_]*$": "un nom : minuscules sans accent, chiffres et tirets bas",
    r"^\d{2,8}$": "un début de code CPV : deux à huit chiffres, entre guillemets",
    r"^https?://[^\s\"<>]+$": "une adresse qui commence par https://",
    r"^[A-Za-z0-9][A-Za-z0-9._{}-]*$": "un nom de fichier sans espace, accent ni barre",
}
_REFUSED = ("valeur refusée", "reprendre la forme de cette clé dans une autre année")
_MESSAGES = {  # by pydantic's kind of fault, else by its first word
    "int": ("un nombre entier est attendu", "écrire par exemple 2024, sans guillemets"),
    "decimal": ("un nombre est attendu", "écrire par exemple 37.4 (point décimal)"),
    "date": ("une date est attendue", "écrire AAAA-MM-JJ"),
    "string": ("un texte est attendu", "mettre la valeur entre guillemets"),
    "string_too_short": ("le texte est vide", "renseigner cette clé"),
    "string_pattern_mismatch": ("forme inattendue", "écrire {form}"),
    "literal": ("valeur hors liste", "choisir parmi {expected}"),
    "enum": ("valeur hors liste", "choisir parmi {expected}"),
    "less_than_equal": ("valeur trop grande", "rester au plus à {le}"),
    "greater_than_equal": ("valeur trop petite", "rester au moins à {ge}"),
    "tuple": ("une liste est attendue", "commencer chaque élément par un tiret"),
    "list": ("une liste est attendue", "commencer chaque élément par un tiret"),
    "too_short": ("il n'y en a pas assez", "en donner au moins {min_length}"),
    "dict": ("un bloc de clés est attendu", "écrire « clé: valeur », une par ligne"),
    "model": ("un bloc de clés est attendu", "écrire « clé: valeur », une par ligne"),
    "bool": ("oui ou non est attendu", "écrire true ou false"),
}


def _all_keys(model: type[BaseModel]) -> list[str]:
    """Field names of a model and of the models inside it, to suggest a spelling."""
    names: list[str] = []
    for name, field in model.model_fields.items():
        names.append(name)
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                names += _all_keys(inner)
    return names
