"""docs/registres.md: the columns of every register, written from the registers themselves.

`python -m spaser.sources.registers.guide > docs/registres.md`, or `make docs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spaser.sources.registers import REGISTRES, Registre

_HEAD = """\
# Les registres, colonne par colonne

Ce fichier est écrit par `make docs` à partir de `src/spaser/sources/registers` : ne pas le corriger
à la main. Un registre est reconnu à son en-tête, sous n'importe quel nom de fichier ; la casse, les
accents, les tirets bas, les petits mots (de, du, la…) et ce qui est entre parenthèses ne comptent
pas ; d'autres colonnes peuvent rester. `spaser new-year` écrit un modèle vide de chacun ; ceux de
`data/raw/2025` sont des exemples remplis. Ce qui est vérifié : [controles.md](controles.md).
"""
_TYPES = {
    "VARCHAR": "texte",
    "VARCHAR[]": "liste, séparée par des virgules",
    "BOOLEAN": "oui ou non",
    "DATE": "date JJ/MM/AAAA ou AAAA-MM-JJ",
    "INTEGER": "nombre entier",
    "DECIMAL(18,2)": "nombre, au centième",
    "DECIMAL(18,6)": "nombre",
}


def markdown() -> str:
    """One part a register: how it is recognised, what puts a row in scope, its columns."""
    return _HEAD + "".join(f"{line}\n" for r in REGISTRES.values() for line in _part(r))


def _part(registre: Registre) -> Iterator[str]:
    yield f"\n## {registre.titre}\n"
    signs = [_names(c.name for c in registre.lues if c.name in s) for s in registre.signatures]
    yield (
        f"Source `{registre.source}`, table `{registre.table}`. Reconnu à : "
        + " ; ou ".join(signs)
        + "."
    )
    if registre.annee:
        yield f"Année de la ligne : {_names(registre.annee)}."
    if registre.montant:
        yield f"Montant des comptes : {_names(registre.montant)}."
    yield "\n| colonne | ce qu'on y écrit | sens | autres en-têtes acceptés |\n|---|---|---|---|"
    for c in registre.lues:
        yield f"| `{c.name}` | {_TYPES[c.type]} | {c.label} | {', '.join(c.autres)} |"
    if derived := [c for c in registre.columns if not c.parse]:
        yield f"\nDéduites, à ne pas écrire : {_names(c.name for c in derived)}."


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)


if __name__ == "__main__":
    print(markdown(), end="")
