"""What the first page features: each entry checked again from the published files alone."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pages
import pytest
from pages import Made, figures, parsed, plain, rows, text_of

from spaser.report import essentiel, footing, french, lines, reading
from spaser.report.edition import Edition, load

pytest_plugins = ("pages",)

EDITIONS = ["demo-2024", "demo-2025", "ville-2024", "ville-2025"]
LEAST = 10
OUR_DATA = {"SOC1-06"}  # the share of filled fields
KINDS = ("légale", "nation", "plan terminé", "à confirmer", "sans cible")


@pytest.fixture(params=EDITIONS)
def published(request: pytest.FixtureRequest) -> Path:
    return pages.edition(request, request.param)


def _entity(edition: Path) -> str:
    return load(edition, int(edition.name)).reference


def _entries(edition: Path) -> dict[str, list[tuple[str, str]]]:
    """Code and words of each entry of the two lists, by title."""
    lists: dict[str, list[tuple[str, str]]] = {}
    for section in parsed(edition / "rapport.html").iter("section"):
        title = section.find("h3")
        for li in section.iterfind("ol[@class='faits']/li"):
            code = li.find("a").get("href").removeprefix("#")
            lists.setdefault(text_of(title), []).append((code, plain(text_of(li))))
    return lists


def _heads(edition: Path) -> list[tuple[str, str]]:
    page = parsed(edition / "rapport.html")
    return [
        (li.find(".//a").get("href").removeprefix("#"), plain(text_of(li)))
        for li in page.iterfind(".//ul[@class='chiffres']/li")
    ]


def _base(text: str, edition: Path, code: str) -> str:
    bases = [k[2] for k in figures(edition) if k[0] == code]
    return "valeur" if "(en valeur)" in text and "valeur" in bases else bases[0]


def _span(edition: Path, key: tuple[str, str, str]) -> tuple[Decimal, Decimal] | None:
    f = figures(edition).get(key)
    if not f or not f["valeur"]:
        return None
    if f["borne_basse"] and f["borne_haute"]:
        return Decimal(f["borne_basse"]), Decimal(f["borne_haute"])
    return (Decimal(f["valeur"]),) * 2 if f["couverture"] == "100" else None


def test_an_entry_rests_on_enough_and_is_about_purchases(published: Path) -> None:
    who = _entity(published)
    counts: Counter[tuple[str, str, str]] = Counter()
    for p in rows(published / "preuves.csv"):
        if p["entite"] == who and Decimal(p["contribution"] or 0):
            counts[p["code"], p["base"], p["role"]] += 1
    lists = _entries(published)
    short = lists.get("Les plus grands écarts", [])  # few counted may be the very gap
    assert any(lists.values())
    for code, text in [*itertools.chain(*lists.values()), *_heads(published)]:
        base = _base(text, published, code)
        figure = figures(published)[code, who, base]
        assert code not in OUR_DATA
        assert figure["unite"] == "%"
        top, rest = (counts[code, base, r] for r in ("numerateur", "denominateur"))
        assert top >= LEAST or (code, text) in short, (code, top, rest)
        assert top + rest >= LEAST, (code, top, rest)


def test_a_list_has_one_entry_a_subject_in_the_order_of_points(published: Path) -> None:
    for title, entries in _entries(published).items():
        subjects = [essentiel.subject(text) for _, text in entries]
        assert len(subjects) == len(set(subjects)), title
        gained = [
            abs(Decimal(m[0].replace("−", "-").replace(",", ".").replace("+", "")))
            for _, text in entries
            if (m := re.search(r"[+−][\d,]+(?= point)", text))
        ]
        if any(x in title for x in ("avancées", "reculs", "écarts")):
            assert len(gained) == len(entries)
            assert gained == sorted(gained, reverse=True)


def test_retreats_are_named_as_advances_are(demo: Made) -> None:
    """In a year that has one before; in a first year, neither is."""
    words = plain(text_of(parsed(demo.reports / "2025" / "rapport.html").find(".//main")))
    assert "Les plus forts reculs : de même, dans l'autre sens." in words
    falls = _entries(demo.reports / "2025")["Les plus forts reculs"]
    assert falls
    assert all(" en un an, " in t for _, t in falls)
    first = plain(text_of(parsed(demo.reports / "2024" / "rapport.html").find(".//main")))
    assert "Les plus forts reculs" not in first


def test_the_unknown_are_as_many_in_each_sentence(demo: Made) -> None:
    """Without a value, or with one that too few data give: both are unknown measures."""
    edition = load(demo.reports / "2025", 2025)
    every = lines.every(edition)
    thin = {x.item.code for x in every if not (x.connue or x.absence)}
    assert thin
    for name in ("rapport", "synthese"):
        words = plain(text_of(parsed(demo.reports / "2025" / f"{name}.html").find(".//main")))
        assert f"{len(thin)} autres, trop peu de données (n. s.)" in words
    assert essentiel.thin([x for x in every if x.item.code not in thin]) == ""


def test_a_move_too_small_to_be_shown_is_no_advance(demo: Made) -> None:
    edition = load(demo.reports / "2025", 2025)
    every = lines.every(edition)
    still = [x for x in every if x.ref.evolution in french.UNMOVED]
    assert still
    counts = re.compile(r"comparables? avec 2024, (\S+) progressen?t? et (\S+) recule")
    whole = counts.search(plain(essentiel.changes(edition, every)))
    rest = counts.search(plain(essentiel.changes(edition, [x for x in every if x not in still])))
    assert whole
    assert rest
    assert whole.groups() == rest.groups()


@pytest.mark.parametrize("page", ["2025/rapport.html", "2025/synthese.html", "2025/comite.html",
                                  "index.html"])  # fmt: skip
def test_a_label_says_what_its_value_rests_on(demo: Made, page: str) -> None:
    words = plain(text_of(parsed(demo.reports / page).find(".//main")))
    assert "bénéficiant d'une avance" in words
    assert not re.search(r"bénéficiant d'une avance(?! d'au moins 30 %)", words)


def test_what_one_buyer_alone_gives_has_no_trend(demo: Made) -> None:
    edition = load(demo.reports / "2025", 2025)
    partial = [x for x in lines.every(edition) if x.figure.valeur is not None and x.ref.motif]
    assert [x.item.code for x in partial] == ["ECO2-07"]
    assert [x.ref.evolution for x in partial] == [""]
    index = parsed(demo.reports / "index.html")
    [row] = [text_of(tr) for tr in index.iter("tr") if "ECO2-07" in text_of(tr)]
    assert "partiel" in row


@pytest.mark.parametrize("name", ["demo-2025", "ville-2025"])
def test_an_advance_is_wider_than_what_is_unknown(
    request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    past, who = edition.parent / "2024", _entity(edition)
    advances = _entries(edition)["Les plus belles avancées"]
    assert advances
    moved = [(c, t) for c, t in _heads(edition) if "par rapport à 2024" in t]
    for code, text in [*advances, *moved]:
        key = (code, who, _base(text, edition, code))
        now, then = _span(edition, key), _span(past, key)
        assert now, key
        assert then, key
        assert now[0] > then[1] or now[1] < then[0], key


@pytest.mark.parametrize("name", ["demo-2025", "ville-2025"])
def test_only_what_surely_moved_is_said_to_have_moved(
    request: pytest.FixtureRequest, name: str
) -> None:
    edition = pages.edition(request, name)
    past, who = edition.parent / "2024", _entity(edition)
    text = plain(text_of(parsed(edition / "rapport.html").find(".//p[@class='changements']")))
    counts = [0 if n.startswith("aucune") else int(n) for n in re.findall(
        r"(\d+|aucune ne) (?:progresse|recule)", text)]  # fmt: skip
    known = {k: f for k, f in figures(edition).items() if k[1] == who and f["evolution"]}
    sure = 0
    for key, f in known.items():
        now, then = _span(edition, key), _span(past, key)
        sure += bool(Decimal(f["evolution"]) and now and then
                     and (now[0] > then[1] or now[1] < then[0]))  # fmt: skip
    assert len(counts) == 2
    assert 0 < sum(counts) <= sure < len(known)
    assert "ou moins que ce que les données manquantes" in text


def test_every_obligation_that_is_not_kept_is_named_first(published: Path) -> None:
    who = _entity(published)
    missed = {
        k[0]
        for k, f in figures(published).items()
        if (k[1], f["statut_cible"], f["verdict"]) == (who, "L", "non atteint")
    }
    page = parsed(published / "rapport.html")
    named = [p for p in page.iter("p") if "obligations" in p.get("class", "").split()]
    codes = {a.get("href").removeprefix("#") for p in named for a in p.iter("a")}
    assert codes == missed
    for paragraph in named:
        assert plain(text_of(paragraph)).count(" pour une cible légale de ") == len(missed)


def test_every_reserve_is_marked_in_its_row_and_said_under_its_table(published: Path) -> None:
    """In the row by a word beside the verdict, on any screen; under the table, by rule."""
    page = parsed(published / "rapport.html")
    marked, listed = set(), set()
    for row in page.iter("tr"):
        for a in row.iter("a"):
            if a.get("href", "").startswith("#reserves-"):
                marked.add(plain(text_of(row.find(".//span[@class='code']/a"))).split(" : ")[0])
    for p in page.iter("p"):
        if "reserves" in p.get("class", "").split():
            listed |= set(
                re.findall(r"\b[A-Z]{3}\d-\d\d\b", plain(text_of(p)).split(" (contrôle")[0])
            )
    edition = load(published, int(published.name))
    expected = {x.item.code for x in lines.every(edition) if x.reserves and not x.absence}
    assert marked == listed == expected


def test_verdicts_are_counted_by_kind_of_target(published: Path) -> None:
    """The bars, the glance of each axis and the sentences: no total mixes kinds."""
    who, page = _entity(published), parsed(published / "rapport.html")
    mine = [f for k, f in figures(published).items() if k[1] == who]
    expected = Counter((f["statut_cible"], f["verdict"]) for f in mine)
    counted: Counter[tuple[str, str]] = Counter()
    bilan = page.find(".//div[@class='bilan']")
    for title, legend in zip(bilan.iterfind(".//p[@class='bilan-titre']"), bilan.iter("ul")):
        kind = _kind(text_of(title))
        for li in legend.iter("li"):
            number, _, *verdict = plain(text_of(li)).split(" ")
            counted[kind, " ".join(verdict)] += int(number)
    assert counted == expected
    for line in page.iterfind(".//span[@class='nature']"):
        text = plain(text_of(line))
        assert any(k in text for k in KINDS), text


def test_a_headline_says_what_its_suspect_records_make_of_it(
    request: pytest.FixtureRequest,
) -> None:
    """26 of the 36 social «yes» of the real file have the three boxes ticked: 23.8, or 6.6."""
    folder = pages.edition(request, "ville-2024")
    text = plain(text_of(parsed(folder / "synthese.html").find(".//main")))
    assert "6,6 % si ces 26 marchés comptaient pour « non »" in text
    page = parsed(folder / "rapport.html")
    heads = next(e for e in page.iter("ul") if e.get("class") == "chiffres")
    assert "6,6 % si ces 26 marchés comptaient pour « non »" in plain(text_of(heads))
    assert "43,0 % si ces 26 marchés comptaient pour « non »" in plain(text_of(heads))  # in value


def _kind(text: str) -> str:
    return next(
        letter for word, letter in zip(KINDS, ("L", "P", "P", "H", ""), strict=True) if word in text
    )


PROOFS = "code,entite,marche_uid,role,contribution,base\n"


def _folder(place: Path, proofs: str, maxima: str) -> Path:
    (place / "preuves.csv").write_text(PROOFS + proofs, encoding="utf-8")
    head = "marche_uid,acheteur,id,objet,montant\n"
    (place / "maxima.csv").write_text(head + maxima, encoding="utf-8")
    return place


@pytest.mark.parametrize(
    ("proofs", "maxima", "expected"),
    [
        ("", "", None),
        ("A,v,m1,numerateur,60,valeur\nA,v,m2,denominateur,40,valeur\n", "", (1, 2, 0, None)),
        (
            "A,v,m1,numerateur,60,valeur\nA,v,m2,denominateur,30,valeur\nA,v,m3,numerateur,10,valeur\n",
            "m1,v,1,Toits,60\nm3,v,3,Murs,10\n",
            (2, 3, 60, 25),
        ),
        (
            "A,v,m1,numerateur,30,valeur\nA,v,m1,denominateur,30,valeur\nA,v,m2,numerateur,40,valeur\n",
            "m1,v,1,Toits,60\n",
            (2, 3, 60, 100),
        ),
        (
            "A,v,m1,inconnu,60,valeur\nA,v,m2,numerateur,1,valeur\n",
            "m1,v,1,T,60\n",
            (1, 1, 0, None),
        ),
        ("A,v,m1,numerateur,60,valeur\n", "m1,v,1,T,60\n", (1, 1, 60, None)),
    ],
)
def test_what_a_rate_in_value_is_without_its_widest_maximum(
    tmp_path: Path, proofs: str, maxima: str, expected: tuple[Any, ...] | None
) -> None:
    widest = footing._every(_folder(tmp_path, proofs, maxima)).get(("A", "v", "valeur"))
    assert (widest and tuple(widest)) == expected


def test_one_maximum_neither_makes_an_advance_nor_hides_in_a_head(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate that one ceiling makes is left out of the lists; where it stands, it is told."""
    edition: Edition = load(pages.edition(request, "demo-2025"), 2025)
    every = lines.every(edition)
    title, before = essentiel.advances(edition, every)
    assert "avancées" in title
    first = before[0][0]
    past, f = first.figure.valeur_n_1, first.figure
    assert past is not None
    assert f.valeur is not None
    whole = footing.of

    def of(e: Edition, line: lines.Line) -> footing.Footing:
        real = whole(e, line)
        return real._replace(plafond=Decimal(5_000_000), sans_plafond=past - 1) if (
            line.item.code == first.item.code
        ) else real  # fmt: skip

    monkeypatch.setattr(footing, "of", of)
    _, after = essentiel.advances(edition, every)
    assert first.item.code not in {x.item.code for x, _ in after}
    head = next(h for h in essentiel.headlines(edition, every) if h.line.item is first.item)
    assert "sans le plus grand plafond" in head.plafond
    assert "5,0" in head.plafond


@pytest.mark.parametrize(
    ("base", "before", "sure"),
    [("nombre", "12", True), ("nombre", "8", False), ("valeur", "8", True), ("nombre", "", True)],
)
def test_a_year_before_of_few_contracts_makes_no_move(base: str, before: str, sure: bool) -> None:
    """5 contracts out of 8, then 30 out of 42, is no trend: rule of the small denominators."""
    spans = {2026: ("40", "50", before), 2027: ("60", "70", "42")}
    series = [
        {"code": "X", "entite": "ville", "base": base, "annee": str(y), "borne_basse": low,
         "borne_haute": high, "denominateur": over}
        for y, (low, high, over) in spans.items()
    ]  # fmt: skip
    year = SimpleNamespace(annee=2027, lecture=SimpleNamespace(petit_denominateur=10))
    edition: Any = SimpleNamespace(year=year, rows=lambda _: series)
    figure = SimpleNamespace(code="X", entite="ville", base=base, unite="%")
    line: Any = SimpleNamespace(figure=figure)
    assert footing.is_sure_move(edition, line) == sure


def test_many_buyers_are_told_beside_a_headline_by_their_ends() -> None:
    """Up to three each has its value; beyond, the lowest and the highest, and how many they are."""

    def beside(*values: int) -> str:
        blank: list[Any] = [""] * len(reading.Cell._fields)
        cells = [
            reading.Cell(*blank)._replace(nom=f"N{n}", valeur=f"{n} %", brut=str(n)) for n in values
        ]
        rest: list[Any] = [[], "", "", "", ""]
        nothing: Any = None
        return essentiel.Headline(nothing, cells, *rest).beside

    assert beside(9, 10, 4) == "N9 9 %, N10 10 %, N4 4 %"
    assert beside(9, 10, 4, 7) == "4 acheteurs : de 4 % (N4) à 10 % (N10)"
