"""Executed notebooks to pages: nbconvert in-process, through our own small template.

Each page is one file: style inside, no script, no outside address, a policy that forbids both.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections import Counter
from html import unescape
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from spaser import deferred
from spaser.report import PAGE, anchor, fragment, french, render
from spaser.report.edition import Edition

if TYPE_CHECKING:
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode


class Page(NamedTuple):
    """A page: its file, its name in titles and menus, and what it is about, in a few words."""

    fichier: str
    nom: str
    objet: str


PAGES = {
    "1_qualite": Page(
        "qualite.html", "Contrôle qualité",
        "ce qui a été lu, corrigé, mis de côté, et la couverture de chaque champ",
    ),
    "2_indicateurs": Page(
        "calculs.html", "Livre de calcul", "définition, formule et parts de chaque indicateur"
    ),
    "3_rapport": Page(
        "rapport.html", "Rapport", "chaque ambition, ses chiffres, ses cibles et ses actions"
    ),
    "synthese": Page(
        "synthese.html", "Synthèse", "l’année en deux pages : verdicts, constats, ce qui manque"
    ),
    "comite": Page(
        "comite.html", "Fiches du comité", "une fiche pour chaque partenaire du comité de suivi"
    ),
    "preuves": Page("preuves.html", "Preuves", "les marchés derrière chaque chiffre"),
    "comparaisons": Page(
        "comparaisons.html", "Comparaisons",
        "la place de chaque acheteur parmi ceux qui lui ressemblent",
    ),
    "changements": Page(
        "changements.html", "Changements", "ce qui a bougé depuis l’exécution précédente"
    ),
    "accueil": Page("index.html", "Toutes les années", "les chiffres de chaque année côte à côte"),
}  # fmt: skip
ORDER = (
    "3_rapport", "synthese", "comite", "comparaisons", "2_indicateurs", "preuves", "changements",
    "1_qualite",
)  # fmt: skip
_SCRIPTED = {"preuves"}  # pages whose tables can be sorted where scripts run
CARD = "synthese.png"  # the picture that a link to a page shows
_HEADING = re.compile(
    r"<h([23])>(.*?)</h\1>", re.DOTALL
)  # those of markdown cells have no attribute
_ANCHORED = re.compile(r'(<h[23] id="([^"]*)"[^>]*>(?:(?!</h).)*)(</h[23]>)', re.DOTALL)
_ID = re.compile(r'\sid="([^"]*)"')
_CONTENTS = "<!-- sommaire -->"
_BROKEN = re.compile(  # where a line ends, within a sentence or a tag, or between two
    r"(<(pre|script|style)\b.*?</\2>|<span class=\"lu\">.*?</span>)"  # kept to the letter
    r"|(?<=[^\s>])(\n\s*)(?=[^\s<])|\n\s+",
    re.DOTALL,
)
_DRAWING = re.compile(r'<svg class="graphique".*?</svg>', re.DOTALL)
_STYLE = re.compile(r' style="([^"&<]*)"')
_MAIN = '<main id="contenu">'


def present(edition: Edition) -> list[str]:
    """The pages of an edition: without other buyers, there is nothing to compare with."""
    compared = edition.rows_if_any("comparaisons")
    return [name for name in ORDER if name != "comparaisons" or compared]


def html(name: str, notebook: NotebookNode, edition: Edition, pages: list[str]) -> str:
    """Render one executed notebook.

    Args:
        name: the notebook's name, a key of PAGES.
        notebook: the executed notebook.
        edition: titles, dates and the mark of demonstration data.
        pages: the notebooks rendered beside it, for the navigation.
    """
    exporter = _exporter()  # first: it says what nbconvert imports
    from nbconvert import TemplateExporter

    # HTMLExporter would parse the whole page again to add what our template says already.
    body, _ = TemplateExporter.from_notebook_node(
        exporter, notebook, {"page": page(name, edition, pages)}
    )
    return finished(body)


@functools.cache
def _exporter() -> HTMLExporter:
    """The one of a process, which compiles the templates of nbconvert once."""
    # A parser of what we do not ask for, and a web server.
    with deferred.imports("bs4", "nbconvert.postprocessors.serve"):
        from nbconvert import HTMLExporter
    from traitlets.config import Config

    settings = {"exclude_anchor_links": True, "optimistic_validation": True}
    return HTMLExporter(
        config=Config({"HTMLExporter": settings}),
        extra_template_basedirs=[str(PAGE.parent)],
        template_name=PAGE.name,
    )


def comite(edition: Edition, pages: list[str]) -> str:
    """The page of the committee: a sheet a partner, each on its own page of paper."""
    from spaser.report import fiches, perimetre, plan

    return finished(
        render(
            "comite",
            page=page("comite", edition, pages),
            e=edition,
            perimetre=perimetre.sentence(edition),
            fiches=fiches.sheets(edition),
            plan_fourni=plan.given(edition),
        ).html
    )


def finished(body: str) -> str:
    """A whole page: its headings anchored and listed, its blanks unbreakable, each sentence and
    each tag on one line, no indentation."""
    whole = _BROKEN.sub(lambda m: m[1] or (" " if m[3] else "\n"), body)
    text = french.printed(_with_contents(whole))
    return _shared_styles(text.rstrip() + "\n")


def _shared_styles(text: str) -> str:
    """Move what several parts of the drawings say of their look to the style of the page, once."""
    times = Counter(s for drawing in _DRAWING.findall(text) for s in _STYLE.findall(drawing))
    names = {s: f"t{rank}" for rank, s in enumerate(s for s, n in times.items() if n > 1)}

    def named(match: re.Match[str]) -> str:
        return f' class="{names[match[1]]}"' if match[1] in names else match[0]

    text = _DRAWING.sub(lambda m: _STYLE.sub(named, m[0]), text)
    rules = "".join(f".graphique .{name}{{{s}}}" for s, name in names.items())
    return text.replace("\n</style>", f"{rules}\n</style>", 1)


def page(name: str, edition: Edition, pages: list[str]) -> dict[str, Any]:
    """What the head and the foot of a page say.

    Args:
        name: the name of the page in PAGES.
        edition: the edition shown, as `edition.load` reads it.
        pages: the names of the pages that its head links to.
    """
    scheme, year = edition.scheme, edition.year
    file, title, about = PAGES[name]
    return {
        "titre": f"{title} {year.annee}, {scheme.sigle}, {scheme.collectivite}",
        "sigle": scheme.sigle,
        "collectivite": scheme.collectivite,
        "licence": scheme.licence,
        "edition": french.date(year.date_edition),
        "demonstration": edition.demonstration,
        "provisoire": scheme.provisoire,
        "incomplet": _incomplete(edition),
        "objet": f"{scheme.titre}, {scheme.collectivite} : {about}.",
        "image": CARD if "synthese" in pages else "",
        "fichier": file,
        "genre": "page-" + file.removesuffix(".html"),
        "pages": [PAGES[p] for p in ORDER if p in pages],
        "css": css(file.removesuffix(".html")) + _paper_foot(edition),
        "citation": f"{scheme.collectivite}, {scheme.titre}, {title[0].lower()}{title[1:]} "
        f"{year.annee}, édition du {french.date(year.date_edition)}, {scheme.licence}",
        **_scripts(name),
    }


def _incomplete(edition: Edition) -> str:
    """The periods known of a year that is not whole; empty otherwise."""
    return " ; ".join(
        dict.fromkeys(
            ", ".join(x for x in (r.qui, r.source, r.periode) if x) for r in edition.reserves
        )
    )


@functools.cache
def script() -> Markup:
    """The one script: the policy of the page allows it by its hash, and no other."""
    return Markup((PAGE / "tri.js").read_text(encoding="utf-8"))


def _scripts(name: str) -> dict[str, Markup]:
    """The script of a page, if it has one, and the rule that allows it."""
    if name not in _SCRIPTED:
        return {"script": Markup(""), "regle_script": Markup("")}
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    return {
        "script": script(),
        "regle_script": Markup("; script-src 'sha256-{}'").format(Markup(digest)),
    }


@functools.cache
def css(name: str = "") -> Markup:
    """The style of a page, the face of its titles inside.

    Args:
        name: the page that may have a sheet of its own, «comite»; none has only that of all.
    """
    face = base64.b64encode((PAGE / "titres.woff2").read_bytes()).decode()
    return Markup(
        '@font-face{font-family:"Titres";font-weight:600;font-display:swap;'
        f'src:url("data:font/woff2;base64,{face}") format("woff2")}}\n'
        + fragment.sheet("page")
        + (fragment.sheet(name) if name else "")
    )


def _paper_foot(edition: Edition) -> Markup:
    """What every sheet of paper says at its foot: the year, and that the data are made up."""
    words = f"Suivi annuel {edition.year.annee}"
    if edition.demonstration:
        words += " · données de démonstration, marchés fictifs"
    return Markup('@page{{@bottom-left{{content:"{}"}}}}\n').format(words)


def _with_contents(body: str) -> str:
    """Give every heading an id of its own, list them in a nav after the cover, wrap the rest."""
    start, end = body.index(_MAIN) + len(_MAIN), body.rindex("</main>")
    cover, mark, text = body[start:end].partition(_CONTENTS)
    if not mark:
        cover, text = "", cover
    contents: list[dict[str, Any]] = []
    used = set(_ID.findall(body))

    def anchored(match: re.Match[str]) -> str:
        level, words = match.groups()
        base = slug = anchor(unescape(words))
        for rank in count(2):
            if slug not in used:
                break
            slug = f"{base}-{rank}"
        used.add(slug)
        entry = {"id": slug, "texte": Markup(words), "enfants": []}
        (contents if level == "2" or not contents else contents[-1]["enfants"]).append(entry)
        return f'<h{level} id="{slug}">{words}{_permalink(slug)}</h{level}>'

    text = _ANCHORED.sub(lambda m: f"{m[1]}{_permalink(m[2])}{m[3]}", text)
    text = _HEADING.sub(anchored, text)
    nav = render("sommaire", entrees=contents).html if contents else ""
    return (
        f'{body[:start]}{cover}<div class="corps">\n{nav}<div class="texte" id="texte">{text}'
        "</div>\n</div>\n" + body[end:]
    )


def _permalink(slug: str) -> str:
    """The link of a heading to itself, to be copied; the style sheet draws its sign."""
    return f'<a class="permalien" href="#{slug}" aria-label="Lien vers cette partie"></a>'
