"""A linter of the French that is published: every page of the editions, and what explain says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pages
import pytest
from pages import Made, parsed, plain, text_of

from spaser.commands import explain
from spaser.figures.catalogue import Catalogue
from spaser.report import edition
from spaser.report.glossaire import SIGLES, TERMES, terms
from spaser.settings.params import Params
from spaser.settings.territoire import Territoire

pytest_plugins = ("pages",)

SIGLE = re.compile(r"(?<![\w-])[A-Z]{2,}(?![\w-]*\d)(?!\w)")
NBSP, NNBSP = "\u00a0", "\u202f"
PAGES = (
    "rapport.html",
    "synthese.html",
    "comite.html",
    "calculs.html",
    "preuves.html",
    "qualite.html",
    "changements.html",
)
EDITIONS = ("demo-2024", "demo-2025", "ville-2024", "ville-2025", "strangers")
VERBATIM = {"style", "script", "pre", "code"}
BLOCKS = {
    *("p", "li", "td", "th", "caption", "dt", "dd", "figcaption", "div", "tr", "details"),
    *("summary", "h1", "h2", "h3", "h4"),
}

RULES = {
    "straight apostrophe": re.compile(r"[^\W\d_]'[^\W\d_]"),
    "breaking space before a mark": re.compile(r" [:;!?»%€](?=\s|$)|« "),
    "no space before a colon": re.compile(r"[^\W\d_]:(?=\s)"),
    "first of the month": re.compile(r"\b1er\b"),
    "space before a comma or a full stop": re.compile(r"\s[,.](?=\s|$)"),
    "full stop before a mark": re.compile(r"(?:[^\W\d_]{4,}|\))\.\s[;:,]"),
    "two full stops": re.compile(r"(?<!\.)\.\.(?!\.)"),
    "word said twice": re.compile(
        r"\b(de|du|des|la|le|les|et|est|que|qui|dans|pour|sur|un|une|repère)\s+(?::\s+)?\1\b", re.I
    ),
    "article left out": re.compile(r"\b(?:pour|de|par|à|que) (?:Ville|Communauté|Département)\b"),
    "article and ensemble": re.compile(r"\bde ensemble\b"),
    "working note": re.compile(
        r"afficher aussi|Cardinal\b|trois cercles|Opentender|TODO|Repère : repère"
        r"|R018|distinguer\.|reste à (?:arbitrer|trancher|relire)|vigueur à relire", re.I
    ),
    "brackets on brackets": re.compile(
        r"\([^()]*\([^()]*\)|\)\s\((?!en (?:nombre|valeur)\)|annexe\b)"
    ),
    "plural in brackets": re.compile(r"[^\W\d_]\((?:s|e|es|x|nt)\)"),
    "span of one": re.compile(r"(?<![\d.,])(\d[\d,.]*\s[^\W\d_]+) à \1\b"),
    "day as a machine writes it": re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b"),
    "name of the machine's words": re.compile(
        r"\b(?:None|nan|NaN|True|False|Decimal|undefined|numerateur|denominateur)\b"
    ),
}  # fmt: skip


def blocks(page: Any) -> Iterator[str]:
    """The running text of each block of a page, without what is quoted to the letter."""

    def words(element: Any) -> Iterator[str]:
        skipped = not isinstance(element.tag, str) or element.tag in VERBATIM
        if skipped or element.get("class") in {"lu", "evitement"} or element.get("aria-hidden"):
            yield "…"
        else:
            yield element.text or ""
            for child in element:
                if child.tag in BLOCKS:
                    yield "\n"
                yield "1er".replace("er", "ᵉʳ") if child.tag == "sup" else ""
                yield from words(child) if child.tag != "sup" else ()
                if child.tag in BLOCKS:
                    yield "\n"
                yield child.tail or ""

    yield from (
        text for line in "".join(words(page.find("body"))).split("\n") if (text := line.strip(" "))
    )


def faults(text: str) -> list[str]:
    return [f"{name} : …{text[max(0, m.start() - 30) : m.end() + 20]}…" for name, rule in
            RULES.items() for m in [rule.search(text)] if m]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("l'achat", "straight apostrophe"),
        ("cible : 3", "breaking space"),
        ("« oui »", "breaking space"),
        ("cible: 3", "no space"),
        ("le 1er janvier", "first of the month"),
        ("un marché .", "space before"),
        ("la fin..", "two full stops"),
        ("aucune cantine (fictif).\u00a0; source non fournie", "full stop before a mark"),
        ("le le marché", "word said twice"),
        ("une mesure pour Ville de Valon", "article left out"),
        ("les listes de ensemble", "article and ensemble"),
        ("équivalent R018 de Cardinal", "working note"),
        ("il manque 3 marchés (sur 9) (à confirmer)", "brackets on brackets"),
        ("source non fournie (suivi (Relais Emploi))", "brackets on brackets"),
        ("3 constat(s)", "plural in brackets"),
        ("3 offres à 3 offres", "span of one"),
        ("notifié le 2025-03-04", "day as a machine"),
        ("ESUS (agréées) (en nombre), de 3 à 30 offres (2 sur 9)", ""),
        ("valeur None", "name of the machine"),
        ("nombre, numerateur, 1", "name of the machine"),
        ("la charcuterie reste à arbitrer", "working note"),
        (f"cible{NBSP}: l’achat, 3,2{NBSP}%{NNBSP}; pour la Ville de Valon…", ""),
    ],
)
def test_the_linter_sees_faults(text: str, fault: str) -> None:
    raised = faults(text)
    assert [t for t in raised if t.startswith(fault)] if fault else raised == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", EDITIONS)
def test_a_page_is_in_good_french(request: pytest.FixtureRequest, name: str, page: str) -> None:
    path = pages.edition(request, name) / page
    text = list(blocks(parsed(path)))
    assert len(text) > 10
    assert [f for line in text for f in faults(line)] == []


def test_the_index_is_in_good_french(demo: Made) -> None:
    assert [f for x in blocks(parsed(demo.reports / "index.html")) for f in faults(x)] == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["demo-2024", "demo-2025", "ville-2024"])
def test_what_explain_says_is_in_good_french(request: pytest.FixtureRequest, name: str) -> None:
    """Of the year and of each indicator; a terminal has no superscript, and formulas are SQL."""
    folder = pages.edition(request, name)
    annee = int(folder.name)
    codes = [i.code for i in edition.load(folder, annee).indicateurs]
    assert len(codes) >= 66
    for code in (None, *codes):
        paragraphs = list(explain.text(folder, annee, code, None, 10_000))
        assert len(paragraphs) > 5
        faults_ = [f for x in paragraphs if "Formule (" not in x for f in faults(x)]
        assert [f for f in faults_ if not f.startswith("first of the month")] == [], code


def test_every_sigle_of_the_catalogue_is_explained(params: Params, catalogue: Catalogue) -> None:
    texts = [
        text
        for i in catalogue.indicateurs
        for text in (
            i.libelle,
            i.definition.numerateur,
            i.definition.denominateur,
            i.limites,
            *(c.fondement for c in i.cibles.values()),
        )
        if text
    ]
    known = [name for name, _ in terms(params.scheme)]
    names = " ".join([*known, *params.scheme.comite, *params.scheme.ambitions, "ET"])
    met = SIGLE.findall(" ".join([*texts, *params.scheme.sources.values()]))
    assert len(set(met)) > 20
    assert set(met) - set(re.findall(r"[A-Z]{2,}", names)) - {"DG"} == set()


def test_the_glossary_holds_the_sigles_of_the_scheme_alone(params: Params) -> None:
    region = {"genre": "region", "nom": "PACA", "codes": ["93"],
              "dans": "en Provence-Alpes-Côte d’Azur"}  # fmt: skip
    theirs = Territoire.model_validate({"cercles": [region]})
    known = dict(terms(params.scheme.model_copy(update={"territoire": theirs})))
    assert known["PACA"] == "Provence-Alpes-Côte d’Azur"
    bare = dict(terms(params.scheme.model_copy(update={"territoire": None})))
    assert bare == {**SIGLES, **TERMES}
    assert not [x for x in (*bare, *bare.values()) if "Bourgogne" in x]


def test_the_report_has_its_glossary(demo: Made) -> None:
    page = parsed(demo.reports / "2025" / "rapport.html")
    explained = {text_of(e) for e in page.iter("dt")}
    assert {*SIGLES, *TERMES} <= explained


def test_notes_of_the_catalogue_are_not_page_text(demo: Made, catalogue: Catalogue) -> None:
    for name in PAGES:
        text = plain(text_of(parsed(demo.reports / "2025" / name))).replace("'", "’")
        for item in catalogue.indicateurs:
            if item.repere and item.repere not in (item.limites or "") and len(item.repere) > 40:
                assert plain(item.repere).replace("'", "’") not in text, (name, item.code)
