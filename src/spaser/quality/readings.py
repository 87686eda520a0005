"""What was not taken as written, as rules: words of no official list, zeros given back.

One warning for each field, which names the words and how many records hold each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from spaser.quality.suites import AVERTISSEMENT, Regle
from spaser.sources import words
from spaser.sources.records import Anomalie, Ligne
from spaser.sources.values import HORS_LISTE, ZERO_RENDU

WORD, ZERO = "MOT", "ZER"
_NAMED = 8  # words in a title; every record is listed under it
_REMEDY = {
    WORD: "écrire un mot de la liste officielle, ou ajouter celui-ci, avec ce qu'il veut dire, à "
    "data/referentiels/mots-decp/mots.csv",
    ZERO: "exporter de nouveau, avec cette colonne au format texte",
}


def rules(lignes: Iterable[Ligne]) -> list[Regle]:
    """One rule for each table, field and kind met, with its records."""
    met: dict[tuple[str, str, str], list[tuple[str, Anomalie]]] = defaultdict(list)
    for x in lignes:
        for a in x.anomalies if not x.total else ():
            if kind := _kind(a):
                met[kind, x.table, a.champ].append((x.cle, a))
    return [
        Regle(
            f"{kind}-{table}-{champ}",
            table,
            champ,
            AVERTISSEMENT,
            _title(kind, [a.valeur for _, a in readings]),
            _REMEDY[kind],
            tuple(dict.fromkeys(cle for cle, _ in readings)),
            respectee=False,
        )
        for (kind, table, champ), readings in sorted(met.items())
    ]


def _kind(a: Anomalie) -> str:
    if a.motif == HORS_LISTE and a.champ in words.PLACES:
        return WORD
    return ZERO if a.motif == ZERO_RENDU else ""


def _title(kind: str, written: list[str]) -> str:
    counts = Counter(written).most_common()
    examples = ", ".join(f"« {text[:60]} » ({n})" for text, n in counts[:_NAMED])
    if kind == ZERO:
        return f"zéro de tête rendu à un SIRET, sa clé le prouve : {examples}"
    more = f" et {len(counts) - _NAMED} autres" if len(counts) > _NAMED else ""
    return f"hors de la liste officielle, lu comme inconnu : {examples}{more}"
