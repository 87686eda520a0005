"""docs/registres.md: the columns of every register, written from the registers themselves.

`python -m spaser.sources.registers.registres_md > docs/registres.md`, or `make docs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spaser.sources.registers import REGISTRES, Registre
from spaser.sources.registers.declarations import (
    CATEGORIES_AGEC,
    FAMILLES,
    FAMILLES_MOTS,
    LABELS,
    LABELS_MOTS,
)
from spaser.sources.registers.entreprises import CATEGORIES, TYPES_INCLUSIFS
from spaser.sources.registers.suivi import STATUTS, STATUTS_MOTS

_HEAD = """\
# Les registres, colonne par colonne

Ce fichier est écrit par `make docs` à partir de `src/spaser/sources/registers` : ne pas le corriger
à la main. Un registre est reconnu à son en-tête, sous n'importe quel nom de fichier ; la casse, les
accents, les tirets bas, les petits mots (de, du, la…) et ce qui est entre parenthèses ne comptent
pas ; d'autres colonnes peuvent rester. `spaser new-year` écrit un modèle vide de chacun ; ceux de
`data/raw/2025` sont des exemples remplis. Ce qui est vérifié : [controles.md](controles.md).
"""
_WRITINGS = """
## Ce qui se lit, et ce qui se refuse

Une écriture qui n'a qu'une lecture est lue ; celle qui en a deux est refusée, et les deux sont
dites (`valeurs-ecartees.csv`, `qualite.html`, le terminal).

- **Dates** : `05/03/2026`, `05/03/26`, `05.03.2026`, `2026-03-05`, `2026/03/05`, `20260305`,
  `5 mars 2026`, `1er mars 2026`, ou le compte de jours d'un tableur (`46086`). Refusé : `05-03-26`,
  qui est le 5 mars 2026 ou le 26 mars 2005.
- **Nombres** : `12 345,67`, `12.345,67`, `12'345,67`, `12 345,67 EUR`, `12,5 k€`, `(250,00)`,
  `250,00-`, `120 h`, `12 mois`, `2 ans`, `12 agents`. Refusés : `1.234` et `1,234` (un et une
  fraction, ou mille ?), `-` et `néant` (zéro, ou rien ?).
- **Oui ou non** : `oui`, `x`, `ok`, `fait`, `réalisé`, `terminée`, `vrai`, `1` ; `non`, `non fait`,
  `faux`, `0`. Refusés : `-` et `néant` (non, ou rien ?), `✗` (coché, ou barré ?).
- **SIRET** : le zéro de tête qu'un tableur a perdu est rendu quand la clé le prouve, et c'est dit.

Ailleurs, `NC`, `ND`, `néant`, un tiret, « non renseigné » ou « à compléter » valent une cellule
vide.
"""
_LISTS = """
## Les listes de libellés

Casse et accents pardonnés ; un autre mot est lu comme inconnu, et signalé.

| colonne | libellés |
|---|---|
"""
_TYPES = {
    "VARCHAR": "texte",
    "VARCHAR[]": "liste, séparée par des virgules",
    "BOOLEAN": "oui ou non (x, ok, fait… se lisent oui)",
    "DATE": "date (JJ/MM/AAAA)",
    "INTEGER": "nombre entier",
    "DECIMAL(18,2)": "nombre, au centième",
    "DECIMAL(18,6)": "nombre",
}

ECRITURES = _TYPES
"""SQL type -> what one writes in a cell."""

CHOIX: dict[str, tuple[str, ...]] = {
    "categorie_entreprise": CATEGORIES,
    "type": TYPES_INCLUSIFS,
    "statut": STATUTS,
    "type_produit_acquis": CATEGORIES_AGEC,
    "famille_produits": FAMILLES,
    "caracteristiques": LABELS,
}
"""Column -> the labels to choose from."""

_MOTS = {
    "statut": tuple(STATUTS_MOTS),
    "famille_produits": tuple(FAMILLES_MOTS),
    "caracteristiques": tuple(LABELS_MOTS),
}
LISTES = {name: (*labels, *_MOTS.get(name, ())) for name, labels in CHOIX.items()}
"""Column -> the labels it may hold; accents and case are forgiven."""


def markdown() -> str:
    """One part a register: how it is recognised, what puts a row in scope, its columns."""
    parts = "".join(f"{line}\n" for r in REGISTRES.values() for line in _part(r))
    lists = "".join(f"| `{name}` | {' ; '.join(x)} |\n" for name, x in LISTES.items())
    return _HEAD + parts + _WRITINGS + _LISTS + lists


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
