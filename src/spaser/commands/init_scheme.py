"""The text of params/spaser.yml for buyers known by their SIREN: names, axes, territory."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from string import Template
from typing import Any, NamedTuple

from spaser import collectivites, modele
from spaser.collectivites import Collectivite
from spaser.contracts import territory
from spaser.settings import yamlfile
from spaser.settings.scheme import PeriodeDuSchema

_SHORT = (
    ("Communauté d’agglomération", "CA"),
    ("Communauté de communes", "CC"),
    ("Communauté urbaine", "CU"),
)
_ARTICLES = {  # by the first word of a name, as a sentence says it
    "Ville": "la ",
    "Communauté": "la ",
    "Métropole": "la ",
    "Collectivité": "la ",
    "Région": "la ",
    "Département": "le ",
    "Eurométropole": "l’",
}
_NO_TERRITORY = """\
# Cercles du territoire (codes INSEE) : sans eux, la part des entreprises d'ici n'est pas dite.
# territoire:
#   cercles:
#     - {genre: commune, nom: Arcachon, communes: {"33009": Arcachon}}
#     - {genre: departement, nom: Gironde, dans: en Gironde, codes: ["33"]}
#     - {genre: region, nom: Nouvelle-Aquitaine, codes: ["75"]}
"""


_ALONE = """\
# Un acheteur seul est à lui seul l'ensemble. S'il en vient un autre, décrire alors leur ensemble :
# ensemble: {code: ensemble, nom: …, nom_court: Ensemble}
"""
_TOGETHER = """\
# Tous les acheteurs ensemble.
ensemble:
  code: ensemble
  nom: {nom}
  nom_court: Ensemble
  avec_article: {phrased}   # ce nom, dans une phrase
"""

_NAMED = 3  # buyers that a title names


class Buyer(NamedTuple):
    """A buyer of the scheme: its code, its names, its SIREN, what the tables know of it."""

    code: str
    nom: str
    court: str
    siren: str
    connu: Collectivite | None


def buyers(numbers: Sequence[str], nom: str | None = None) -> list[Buyer]:
    """The buyers of these SIREN, each with names of its own; `nom` is that of a single one."""
    known = [(s, collectivites.find(s)) for s in dict.fromkeys(numbers)]
    names = [who.nom if who else f"SIREN {s[:3]} {s[3:6]} {s[6:]}" for s, who in known]
    if nom and len(known) == 1:
        names = [nom]
    twice = {n for n, count in Counter(names).items() if count > 1}
    made = []
    for name, (number, who) in zip(names, known, strict=True):
        own = f"{name} ({', '.join(who.departements)})" if who and name in twice else name
        own = own if Counter(names)[name] == 1 or who else f"{name} ({number})"
        made.append(Buyer(_slug(own, number), own, _short(own), number, who))
    codes = Counter(b.code for b in made)
    return [
        b._replace(code=f"siren_{b.siren}") if codes[b.code] > 1 or b.code == "ensemble" else b
        for b in made
    ]


def together(acheteurs: Sequence[Buyer]) -> str:
    """The names of all the buyers, «A, B et C»; of many, the largest alone: «A et 6 autres»."""
    return _joined(acheteurs, [b.nom for b in acheteurs])


def _joined(acheteurs: Sequence[Buyer], names: Sequence[str]) -> str:
    *first, last = names
    if len(acheteurs) > _NAMED:
        sizes = [b.connu.population if b.connu else 0 for b in acheteurs]
        return f"{names[sizes.index(max(sizes))]} et {len(first)} autres acheteurs"
    return f"{', '.join(first)} et {last}" if first else last


def text(acheteurs: Sequence[Buyer], nom: str, periode: PeriodeDuSchema) -> str:
    """The scheme: the model's axes, with the territory of the buyers.

    Args:
        acheteurs: the buyers, as the official tables know them.
        nom: the name of the authority, or of all together.
        periode: the first and the last year.
    """
    model = Template(modele.path("spaser.yml").read_text(encoding="utf-8"))
    return model.substitute(
        collectivite=_quoted(nom),
        debut=periode.debut,
        fin=periode.fin,
        acheteurs="".join(map(_buyer, acheteurs)).rstrip("\n"),
        ensemble=_TOGETHER.format(
            nom=_quoted(nom), phrased=_quoted(_together_with_articles(acheteurs, nom))
        )
        if len(acheteurs) > 1
        else _ALONE,
        axes="\n".join(_axes()),
        territoire=_territory([b.connu for b in acheteurs if b.connu]),
    )


def _buyer(buyer: Buyer) -> str:
    phrased = _with_article(buyer.nom)
    lines = [
        f"  - code: {_quoted(buyer.code)}",
        f"    nom: {_quoted(buyer.nom)}",
        f"    nom_court: {_quoted(buyer.court)}",
    ]
    if phrased != buyer.nom:
        lines.append(f"    avec_article: {_quoted(phrased)}   # ce nom, dans une phrase")
    if buyer.connu:
        people = f"{buyer.connu.population:,}".replace(",", " ")
        lines[0] += f"   # {buyer.connu.nature}, {people} habitants"
    return "\n".join([*lines, f'    siren: "{buyer.siren}"', ""])


def _with_article(nom: str) -> str:
    """A name with its article, when its first word is known to have one."""
    article = _ARTICLES.get(re.split(r"[ ’']", nom)[0], "")
    return article + (nom[0].lower() + nom[1:] if article == "l’" else nom)


def _together_with_articles(acheteurs: Sequence[Buyer], nom: str) -> str:
    """The name of all together in a sentence: that of each with its article, or the one given."""
    if nom != together(acheteurs):
        return _with_article(nom)
    return _joined(acheteurs, [_with_article(b.nom) for b in acheteurs])


def _axes() -> Iterator[str]:
    """The axes of the model, and under each ambition its indicators with their labels."""
    model: Any = yamlfile.read(modele.path("axes.yml")).content
    of: dict[str, list[str]] = {}
    for path in sorted(modele.path("params/indicateurs").glob("*.yml")):
        catalogue: Any = yamlfile.read(path).content
        for item in catalogue["indicateurs"]:
            label = re.sub(r" \(?\{\w+\}\)?", "", " ".join(str(item["libelle"]).split()))
            of.setdefault(item["ambition"], []).append(f"{item['code']}   # {label}")
    for number, axe in enumerate(model["axes"], start=1):
        yield f"  - numero: {number}"
        yield f"    titre: {_quoted(axe['titre'])}"
        yield "    ambitions:"
        for rank, (code, titre) in enumerate(axe["ambitions"].items(), start=1):
            yield f"      - code: {code}"
            yield f"        numero: {rank}"
            yield f"        titre: {_quoted(titre)}"
            yield "        indicateurs:"
            yield from (f"          - {line}" for line in of[code])


def _territory(known: Sequence[Collectivite]) -> str:
    """The circles: the communes of the buyers, their départements and their régions."""
    if not known:
        return _NO_TERRITORY
    communes = {code: name for who in known for code, name in who.communes.items()}
    lines = ["# Cercles du territoire (codes INSEE), du plus petit au plus grand.", "territoire:"]
    lines.append("  cercles:")
    if communes:
        whole = any(w.communes.keys() == communes.keys() for w in known)
        alone = len(communes) == 1
        lines.append(f"    - genre: {'commune' if alone else 'groupement'}")
        if alone:
            lines.append(f"      nom: {_quoted(next(iter(communes.values())))}")
        else:  # never the name of a buyer: what is in its communes is not its own
            circle = f"communes {'membres' if whole else 'des acheteurs'}"
            lines.append(f"      nom: {circle}")
            lines.append(f"      dans: dans les {circle}")
        lines.append("      communes:")
        lines += [f'        "{code}": {_quoted(name)}' for code, name in sorted(communes.items())]
    if places := sorted({d for who in known if (d := _departement(who))}):
        lines.append(_circle("departement", collectivites.DEPARTEMENT, places))
    lines.append(_circle("region", collectivites.REGION, sorted({w.region for w in known})))
    return "\n".join([*lines, ""])


def _departement(who: Collectivite) -> str:
    """Where a buyer is: the département of most of its communes; none for a région."""
    places = Counter(territory.departement(code) for code in who.communes) or Counter(
        who.departements if who.nature != collectivites.REGION else ()
    )
    return str(places.most_common(1)[0][0]) if places else ""


def _circle(genre: str, nature: str, codes: Sequence[str]) -> str:
    """A circle of INSEE codes, under the name of the authority that it is, if there is one."""
    listed = ", ".join(f'"{code}"' for code in codes)
    if len(codes) > 1:
        areas = f"{nature}s des acheteurs"
        return f"    - {{genre: {genre}, nom: {areas}, dans: dans les {areas}, codes: [{listed}]}}"
    names = (
        row["nom"]
        for row in collectivites.rows("collectivites")
        if row["nature"] == nature
        and (row["departements"] if genre == "departement" else row["region"]) == codes[0]
    )
    name = _quoted(next(names, f"{nature} {codes[0]}"))
    return f"    - {{genre: {genre}, nom: {name}, codes: [{listed}]}}"


def _short(name: str) -> str:
    for long, short in _SHORT:
        name = re.sub(f"^{long}", short, name)
    return name


def _slug(name: str, number: str) -> str:
    """A code made of a name; of the SIREN when the name begins with no letter."""
    plain = unicodedata.normalize("NFKD", re.sub("[’']", "_", name.lower()))
    slug = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode()).strip("_")
    known = re.match(r"[a-z]", slug) and not slug.startswith("siren")
    return slug[:60].rstrip("_") if known else f"siren_{number}"


def _quoted(text: str) -> str:
    """A text as YAML reads it back, whatever it holds; bare when it is only words."""
    plain = re.fullmatch(r"[A-Za-zÀ-ÿ][\w’' -]*[\w’]", text)
    return (
        text
        if plain and text.lower() not in {"true", "false", "yes", "no", "on", "off", "null"}
        else (json.dumps(text, ensure_ascii=False))
    )
