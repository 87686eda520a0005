"""docs/controles.md: every rule of the suites in one table, written from the suites themselves.

`python -m spaser.quality.controles_md > docs/controles.md`, or `make docs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spaser.quality import DECISION, TITRES, suites, thresholds
from spaser.quality.completeness import SUIVIS
from spaser.quality.silences import FEWEST
from spaser.quality.suites import AVERTISSEMENT, CRITIQUE, INFORMATION

_EFFECTS = {
    CRITIQUE: "bloquant : l'enregistrement va en quarantaine",
    AVERTISSEMENT: "avertissement : il est compté et signalé",
    INFORMATION: "information : il est compté",
}
_TITLES = {
    "marches": "Marchés",
    "titulaires": "Titulaires des marchés",
    "modifications": "Modifications des marchés",
    "concessions": "Concessions",
}
_HEAD = """\
# Les contrôles

Ce fichier est écrit par `make docs` à partir de `expectations/` : ne pas le corriger à la main.
Chaque règle est une attente Great Expectations qui porte son identifiant, sa gravité, ce qu'elle
voit, son remède et sa source. La page `qualite.html` montre les enregistrements qui y manquent ;
`quarantaine.csv` et `constats.csv` les donnent tous, avec leur fichier, leur ligne et leur valeur.

Trois gravités :
"""
_SHORT = f"{SUIVIS['marches'].silence} jours ({SUIVIS['cantine'].silence} pour une cantine)"
_TAIL = f"""
## Sans suite

Ces constats ne viennent pas d'une suite :

- `{DECISION}`, bloquant : enregistrement écarté par le registre des corrections
  (`params/ANNÉE/corrections.yml`), avec son motif et son auteur ;
- `TOT-…` et `SOM-…`, bloquants : ligne de total ou de sous-total d'un tableau, reconnue à son mot
  (Total, Sous-total, Ensemble…) ou parce qu'elle n'a rien de ce qui identifie une ligne et que ses
  nombres sont la somme de celles au-dessus ; elle n'est ni comptée ni prise pour un défaut ;
- `ENT-…`, bloquant : en-tête répété parmi les lignes d'un tableau, qui n'en est pas une ;
- `MOT-…`, avertissement : mot hors de la liste officielle du champ, lu comme inconnu ; les
  synonymes connus sont dans `data/referentiels/mots-decp/mots.csv` ;
- `ZER-…`, avertissement : SIRET qui avait perdu son zéro de tête, rendu parce que sa clé le
  prouve ;
- `SCH-…`, avertissement : ce que refuse le schéma officiel de la commande publique ; cet écart,
  à lui seul, n'écarte rien ;
- fichier illisible, aucun enregistrement : la production s'arrête et le rapport précédent reste en
  place ;
- quarantaine au-dessus d'un seuil de `params.yml`, en lignes ou en euros : de même. Les seuils
  valent pour chaque source, puis pour chacun de ses acheteurs et de ses fichiers ; un acheteur ou
  un fichier de moins de `quarantaine_petit_effectif` lignes n'arrête que s'il en perd plus de la
  moitié, et au moins {thresholds.LOST} ;
- année incomplète : de même, sauf si `completude` le dit dans `params.yml`
  ([une nouvelle année](nouvelle-annee.md#une-année-incomplète)). Pour chaque acheteur, les marchés,
  mandats, consultations et achats de « ma cantine » sont regardés jour par jour. Un silence arrête
  quand le hasard ne l'explique pas : si n jours étaient tirés au sort dans l'année, un vide qui en
  est la part s se verrait avec une probabilité d'au plus (n + 1)(1 - s)^n, et le seuil est de un
  sur mille. Un jour compte une fois, quel que soit le nombre de marchés : les achats viennent par
  paquets. Ceux de la mi-juillet à fin août et du tour de l'an pèsent moins ; un silence que l'année
  précédente, publiée, avait aussi aux mêmes dates est expliqué. Un silence de moins de {_SHORT},
  ou moins de {FEWEST} jours en tout, n'accuse jamais. Une fin d'année de moins du cinquième de
  celle d'avant est « à vérifier », sans arrêt. Une source sans dates (insertion, formations) n'est
  pas jugée ;
- nombre déclaré (`attendus` dans `params.yml`) qui n'est pas atteint : de même.

« decp-qualite » : les douze indicateurs de qualité du ministère de l'économie
(`139bercy/decp-qualite`). « ministère, règles de rejet » : ce qui met un enregistrement de côté
dans les données essentielles consolidées du ministère (`139bercy/decp-arr2022`).
"""


def markdown(folder: Path) -> str:
    """The rules of the suites of `folder`, one table a suite, contracts first.

    Raises:
        UserError: a suite is malformed.
    """
    return "".join(f"{line}\n" for line in _lines(folder)) + _TAIL


def _lines(folder: Path) -> Iterator[str]:
    yield _HEAD
    for effect in _EFFECTS.values():
        yield f"- {effect} ;" if effect != _EFFECTS[INFORMATION] else f"- {effect}."
    names = [*_TITLES, *sorted(p.stem for p in folder.glob("*.json") if p.stem not in _TITLES)]
    for name in names:
        yield f"\n## {_TITLES.get(name) or TITRES.get(name, name)}\n"
        yield "| règle | gravité | champ | ce qui est vu | remède | source |"
        yield "|---|---|---|---|---|---|"
        for rule in suites.load(folder / f"{name}.json"):
            meta = rule["meta"]
            severity = _EFFECTS[rule["severity"]].partition(" :")[0]
            cells = [meta["regle"], severity, f"`{meta['champ']}`", meta["titre"], meta["remede"]]
            yield "| " + " | ".join(map(_cell, [*cells, meta.get("source", "")])) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    print(markdown(Path("expectations")), end="")
