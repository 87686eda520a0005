"""YAML read strictly: no repeated key, and every key knows its line.

PyYAML keeps the last of two equal keys without a word; in a catalogue that is a lost
indicator, so it is an error here.  Dates stay text: the models that want one say which key
is wrong, where PyYAML fails without a place.  A file may come with a report made elsewhere: its
size, its depth, its references and its control characters are bounded before anything is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from spaser.errors import UserError
from spaser.plaintext import shown

LARGEST = 8 * 2**20  # bytes
_DEEPEST = 40  # blocks within blocks; PyYAML's own recursion ends the process
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader, dates left as they are written."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True)
class YamlFile:
    """A parsed file: its `content`, and the line of any key path for messages."""

    path: Path
    content: Any
    _root: yaml.Node | None

    def place(self, keys: Sequence[str | int] = ()) -> str:
        """«file, ligne N, clé a.b.c»: the deepest part of `keys` that the file holds."""
        node, line = self._root, 1
        for key in keys:
            child = _child(node, key)
            if child is None:
                break
            line, node = child
        text = f"{self.path}, ligne {line}"
        return text + (f", clé « {'.'.join(map(str, keys))} »" if keys else "")


def read(path: Path) -> YamlFile:
    """Read one YAML file.

    Raises:
        UserError: file absent, too big, not UTF-8, not YAML, a key given twice, a reference, a
            control character, or too many blocks within blocks.
    """
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise UserError(
                f"le fichier dépasse {LARGEST // 2**20}\N{NO-BREAK SPACE}Mo",
                lieu=str(path),
                valeur=f"{size} octets",
                remede="vérifier que c'est bien un fichier de paramètres",
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(
            "fichier de paramètres absent",
            lieu=str(path),
            remede="créer ce fichier, par exemple en copiant celui d'une autre année",
        ) from None
    except UnicodeDecodeError as error:
        raise UserError(
            f"le fichier n'est pas en UTF-8 (octet {error.start})",
            lieu=str(path),
            remede="l'enregistrer en UTF-8 depuis l'éditeur de texte",
        ) from None
    try:
        _refuse_tricks(text, path)
        loader = _Loader(text)
        root = loader.get_single_node()
        _refuse_repeated_keys(root, path)
        content = loader.construct_document(root) if root is not None else None
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        written = text.splitlines()[mark.line : mark.line + 1] if mark else []
        raise UserError(  # PyYAML's own words are English: the line itself says more
            "le fichier n'est pas du YAML valide",
            lieu=f"{path}, ligne {mark.line + 1}" if mark else str(path),
            valeur=written[0].strip() if written else None,
            remede="vérifier l'indentation, les guillemets et les deux-points de cette ligne",
        ) from None
    return YamlFile(path, content, root)


def _refuse_tricks(text: str, path: Path) -> None:
    """Go through a file without building anything."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = f"{path}, ligne {event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            raise UserError(
                "les renvois (« & » et « * ») ne sont pas admis",
                lieu=line,
                valeur=event.anchor,
                remede="écrire la valeur à chaque endroit, ou mettre ce texte entre guillemets",
            )
        elif isinstance(event, yaml.ScalarEvent) and shown(event.value) != event.value:
            raise UserError(
                "le texte contient un caractère de contrôle",
                lieu=line,
                valeur=shown(event.value),
                remede="le retaper sans ce caractère",
            )
        if depth > _DEEPEST:
            raise UserError(
                f"plus de {_DEEPEST} blocs les uns dans les autres",
                lieu=line,
                remede="vérifier les crochets, les accolades et l'indentation",
            )


def _child(node: yaml.Node | None, key: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        child = node.value[key]
        return child.start_mark.line + 1, child
    return None


def _refuse_repeated_keys(node: yaml.Node | None, path: Path) -> None:
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for name, value in node.value:
            line = name.start_mark.line + 1
            if not isinstance(name, yaml.ScalarNode):
                raise UserError(
                    "la clé n'est pas un texte",
                    lieu=f"{path}, ligne {line}",
                    remede="écrire « clé: valeur », avec un seul mot pour clé",
                )
            if name.value in lines:
                raise UserError(
                    f"la clé est écrite deux fois (déjà ligne {lines[name.value]})",
                    lieu=f"{path}, ligne {line}, clé « {name.value} »",
                    remede="garder une seule des deux",
                )
            lines[name.value] = line
            _refuse_repeated_keys(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_repeated_keys(child, path)
