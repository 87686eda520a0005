"""The cells that a scheme asks of each notebook: the scheme in params/ is the one place of titles.

`spaser notebooks` writes them, keeping the cells that an analyst added; a run checks, once the
notebooks ran, that each of them shows what it should, in the order of the scheme.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from spaser.settings.scheme import Ambition, Axe, Scheme

MODULES = {"1_qualite": "qualite", "2_indicateurs": "calculs", "3_rapport": "rapport"}
PREFIX = "spaser-"  # of the ids of our cells; a cell of an analyst has another
MARKDOWN, CODE = "markdown", "code"
PARAMETERS, HELP = "parameters", "aide"  # tags: papermill's, and cells that no page shows


class NotebookCell(NamedTuple):
    """A cell that a scheme asks for.

    Attributes:
        id: its id in the notebook, the same for ever.
        kind: markdown or code.
        source: its text; of a code cell, what its last line must evaluate.
        shows: what its output says that it shows (see `report.Fragment`), or nothing.
        tags: its tags.
    """

    id: str
    kind: str
    source: str
    shows: str = ""
    tags: tuple[str, ...] = ()


_DEFAULTS = """\
# Valeurs par défaut pour un essai à la main ; `spaser run` les remplace.
annee = {annee}
dossier = None  # le rapport publié de l'année, dans reports/"""

_HELP = {
    "qualite": """\
Chaque cellule donne un objet : sa page, et dans `.tableau` ses lignes, en DataFrame pandas.
Par exemple `qualite.quarantaine(d).tableau`. Cette note n'est pas publiée.""",
    "calculs": """\
Pour refaire un calcul : `livre = {call}`, puis pour un de ses codes (`list(livre)`)
`livre[code].sql`, `.parts`, `.marches`, et `livre[code].executer()`, qui relance le SQL sur les
tables du rapport. Cette note n'est pas publiée.""",
    "rapport": """\
Chaque cellule donne un objet : `ambition = {call}`, puis `ambition.tableau` (DataFrame pandas) et
`ambition.graphiques` (figures matplotlib par nom : ce qu'on y change se voit en montrant
l'ambition). `edition.chiffres`, `.marches`, `.preuves`, `.actions` et `.series` sont les tables
publiées ; exploration.ipynb en montre l'usage. Cette note n'est pas publiée.""",
}
_QUALITE: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (2, "Ce qui a été lu", ("fichiers", "comptes")),
    (2, "L'année est-elle entière ?", ("completude",)),
    (2, "Ce qui est corrigé", ("corrections",)),
    (2, "Ce qui est mis de côté", ()),
    (3, "Quarantaine", ("quarantaine",)),
    (3, "Doublons", ("doublons",)),
    (3, "Lignes sans rattachement", ("jointures",)),
    (2, "Les règles et leurs constats", ("regles",)),
    (2, "Les valeurs écartées", ("valeurs",)),
    (2, "La couverture des champs", ("champs",)),
)
_RAPPORT_BEFORE = (("essentiel", "L'essentiel"),)
_RAPPORT_LEGAL = (("socle", "Le socle légal"),)
_BLOCS_TITLE = "Les marchés et les dépenses de près"
_BLOCS = (  # tables of figures/complements.py, each under its heading
    ("principaux_marches", "Les dix plus gros marchés"),
    ("principaux_titulaires", "Les premiers titulaires"),
    ("concentration", "À qui va l'argent"),
    ("titulaires_par_famille", "Les titulaires par famille d'achats"),
    ("communes_titulaires", "Les communes des titulaires"),
    ("distances", "La distance des titulaires"),
    ("marches_reserves", "Les marchés réservés"),
    ("insertion_ventilee", "Les heures d'insertion par secteur et par public"),
    ("depenses_inclusives", "Les dépenses auprès des structures inclusives"),
    ("agec_par_categorie", "Le réemploi et le recyclé par catégorie d'achat"),
    ("seuil_schema", "Les achats de l'année et le seuil du schéma"),
)
_RAPPORT_CONCESSIONS = (("concessions", "Les concessions"),)
_RAPPORT_AFTER = (
    ("gouvernance", "La gouvernance du schéma"),
    ("comite", "Le comité de suivi"),
    ("manques", "Ce qui manque"),
    ("perspectives", "Ce qui vient"),
    ("qualite", "La qualité des données"),
    ("corrections", "Les corrections"),
    ("methode", "Méthode et limites"),
    ("mentions", "Accessibilité, licence et données"),
)


def asked(name: str, scheme: Scheme) -> list[NotebookCell]:
    """The cells of a notebook, in order: 1_qualite, 2_indicateurs or 3_rapport."""
    makes = {"qualite": _qualite, "calculs": _calculs, "rapport": _rapport}
    return list(makes[MODULES[name]](scheme))


def title(axe: Axe) -> str:
    """The heading of an axis."""
    return f"## Axe {axe.numero} : {axe.titre}"


def subtitle(ambition: Ambition) -> str:
    """The heading of an ambition."""
    return f"### Ambition {ambition.numero} : {ambition.titre}"


def _qualite(scheme: Scheme) -> Iterator[NotebookCell]:
    yield parameters(scheme)
    yield _opening("qualite", "d", "verdict")
    yield _help("qualite", scheme)
    for rank, (level, text, calls) in enumerate(_QUALITE, start=1):
        yield NotebookCell(f"{PREFIX}titre-{rank}", MARKDOWN, f"{'#' * level} {text}")
        for call in calls:
            yield _shown("qualite", "d", call)


def _calculs(scheme: Scheme) -> Iterator[NotebookCell]:
    yield parameters(scheme)
    yield _opening("calculs", "edition", "presentation")
    yield _help("calculs", scheme)
    for axe in scheme.axes:
        yield NotebookCell(f"{PREFIX}axe-{axe.numero}-titre", MARKDOWN, title(axe))
        for ambition in axe.ambitions:
            yield from _ambition("calculs", ambition)


def _rapport(scheme: Scheme) -> Iterator[NotebookCell]:
    yield parameters(scheme)
    yield _opening("rapport", "edition", "couverture")
    yield _help("rapport", scheme)
    yield from _sections(_RAPPORT_BEFORE)
    for axe in scheme.axes:
        yield NotebookCell(f"{PREFIX}axe-{axe.numero}-titre", MARKDOWN, title(axe))
        yield NotebookCell(
            f"{PREFIX}axe-{axe.numero}", CODE, f"rapport.axe(edition, {axe.numero})",
            f"rapport_axe {axe.numero}",
        )  # fmt: skip
        for ambition in axe.ambitions:
            yield from _ambition("rapport", ambition)
    yield from _sections(_RAPPORT_LEGAL)
    yield NotebookCell(f"{PREFIX}blocs-titre", MARKDOWN, f"## {_BLOCS_TITLE}")
    for nom, text in _BLOCS:
        yield NotebookCell(f"{PREFIX}{_slug(nom)}-titre", MARKDOWN, f"### {text}")
        yield _bloc(nom)
    yield from _sections(_RAPPORT_CONCESSIONS)
    yield _bloc("concessions_considerations")
    yield from _sections(_RAPPORT_AFTER)


def parameters(scheme: Scheme) -> NotebookCell:
    """The cell that papermill gives a year and a folder."""
    source = _DEFAULTS.format(annee=scheme.periode.debut)
    return NotebookCell(f"{PREFIX}parametres", CODE, source, tags=(PARAMETERS,))


def _help(module: str, scheme: Scheme) -> NotebookCell:
    """A note to whoever opens the notebook, that no page shows."""
    call = f'{module}.ambition(edition, "{next(iter(scheme.ambitions))}")'
    return NotebookCell(f"{PREFIX}aide", MARKDOWN, _HELP[module].format(call=call), tags=(HELP,))


def _opening(module: str, variable: str, call: str) -> NotebookCell:
    """The cell that opens the edition and shows the head of the page."""
    source = (
        f"from spaser.report import {module}\n\n"
        f"{variable} = {module}.ouvrir(dossier, annee)\n{module}.{call}({variable})"
    )
    return NotebookCell(f"{PREFIX}{call}", CODE, source, f"{module}_{call}")


def _sections(sections: tuple[tuple[str, str], ...]) -> Iterator[NotebookCell]:
    for call, text in sections:
        yield NotebookCell(f"{PREFIX}{call}-titre", MARKDOWN, f"## {text}")
        yield _shown("rapport", "edition", call)


def _shown(module: str, variable: str, call: str) -> NotebookCell:
    return NotebookCell(f"{PREFIX}{call}", CODE, f"{module}.{call}({variable})", f"{module}_{call}")


def _bloc(nom: str) -> NotebookCell:
    """The cell of a table beside the figures."""
    source = f'rapport.bloc(edition, "{nom}")'
    return NotebookCell(f"{PREFIX}{_slug(nom)}", CODE, source, f"rapport_bloc {nom}")


def _slug(nom: str) -> str:
    return nom.replace("_", "-")


def _ambition(module: str, ambition: Ambition) -> Iterator[NotebookCell]:
    slug = f"{PREFIX}{ambition.code.lower()}"
    yield NotebookCell(f"{slug}-titre", MARKDOWN, subtitle(ambition))
    source = f'{module}.ambition(edition, "{ambition.code}")'
    yield NotebookCell(slug, CODE, source, f"{module}_ambition {ambition.code}")
