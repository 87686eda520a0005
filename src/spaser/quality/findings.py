"""What a finding shows: the field at fault, the value read in it, the record it stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from spaser.plaintext import place
from spaser.quality.columns import refused
from spaser.quality.suites import Regle
from spaser.sources.containers import REPLACEMENT
from spaser.sources.records import Ligne

Faulty = tuple[str, str]  # field, value
_IDS = ("id", "id_marche", "numero", "siret", "siren", "cantine_id", "indicateur")
_OBJETS = ("objet", "intitule", "action", "document", "service", "type_produit_acquis", "cantine")


def _written(test: Callable[[str], bool]) -> Callable[[Ligne], list[Faulty]]:
    return lambda ligne: [(name, text) for name, text in ligne.textes.items() if test(text)]


# Columns that look at every field of a record -> the fields that make them so.
_ANYWHERE: Mapping[str, Callable[[Ligne], list[Faulty]]] = {
    "valeur_illisible": lambda x: [(a.champ, a.dite) for a in x.inutilisables],
    "caracteres_perdus": _written(lambda text: REPLACEMENT in text),
    "mention_ministere": _written(refused),
}


def at_fault(ligne: Ligne, rule: Regle) -> Iterator[Faulty]:
    """Each field of a record that breaks a rule, with the value read in it."""
    if rule.lus:
        yield from ((rule.champ, value) for value in rule.lus[ligne.cle])
    elif rule.colonne in _ANYWHERE:
        yield from _ANYWHERE[rule.colonne](ligne)
    else:
        yield rule.champ, ligne.dite(rule.champ)


def known(ligne: Ligne) -> tuple[str, str, str]:
    """How people know a record: its number, its object, where to look for it in the file."""
    return (
        _first(ligne.textes, _IDS),
        _first(ligne.textes, _OBJETS),
        place(ligne.fichier, ligne.rang, tabulaire=ligne.tabulaire),
    )


def _first(textes: Mapping[str, str], names: Iterable[str]) -> str:
    for name in names:
        if text := textes.get(name):
            return text
    return ""
