"""What a reader meets first, on a screen, a phone, in grey and on paper."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pages
import pytest
from neutral import NOM_METROPOLE, NOM_VILLE
from pages import Made, figures, parsed, plain, text_of

from spaser.report import accueil, charts, courbes, perimetre
from spaser.report.edition import load

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("pages", "chromium")

SCREENS = {"bureau": (1366, 768), "telephone": (390, 844)}
WHOLE = ("demo-2025", "ville-2024")
TRAJECTORIES = "figure[aria-label*=trajectoires]"
SIGNS = {
    "atteint": "✓", "proche": "≈", "non atteint": "✗", "indécidable": "?", "non vérifiable": "?",
    "sans cible": "–", "sans objet": "·", "non disponible": "∅",
}  # fmt: skip


def _open(browser: Browser, path: Path, size: tuple[int, int], **options: Any) -> Page:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    page = context.new_page()
    page.goto(path.as_uri())
    return page


@pytest.fixture(params=WHOLE)
def edition(request: pytest.FixtureRequest) -> Path:
    return pages.edition(request, request.param)


def _verdicts(edition: Path) -> dict[str, Counter[str]]:
    """By kind of target, the verdicts of the entity that headlines speak of."""
    who = load(edition, int(edition.name)).reference
    by_status: dict[str, Counter[str]] = {}
    for (_, entity, _), f in figures(edition).items():
        if entity == who:
            by_status.setdefault(f["statut_cible"], Counter())[f["verdict"]] += 1
    return by_status


# --- The result ----------------------------------------------------------------------------


def test_the_cover_tells_the_result_in_a_sentence(edition: Path) -> None:
    """The law's targets first, apart from the country's and from assumptions."""
    page = parsed(edition / "rapport.html")
    (sentence,) = [e for e in page.iter("p") if e.get("class") == "resultat"]
    text = plain(text_of(sentence))
    kinds = {"L": "cibles? légales?", "P": "objecti(?:f|fs) nation", "H": "cibles? à confirmer"}
    by_status = _verdicts(edition)
    at = []
    for status, words in kinds.items():
        if not by_status.get(status):
            continue
        match = re.search(rf"(\d+|une?) {words}[^;.]*", text)
        assert match, text
        at.append(match.start())
        phrase = match.group()
        assert match[1] in {str(by_status[status].total()), "un", "une"}
        for verdict, word in (("atteint", "atteint"), ("indécidable", "indécidable"),
                              ("non atteint", "non atteint"), ("proche", "proche")):  # fmt: skip
            if (n := by_status[status][verdict]) and by_status[status].total() > 1:
                assert re.search(rf"\b{n} {word}", phrase), (verdict, phrase)
    assert at == sorted(at)
    assert at


def test_a_bar_has_a_box_a_target_with_its_sign_inside(edition: Path) -> None:
    page = parsed(edition / "rapport.html")
    by_status = _verdicts(edition)
    bars = [
        Counter(text_of(i) for i in e.iter("i"))
        for e in page.iter("p")
        if e.get("class") == "barre"
    ]
    wanted = []
    for status in ("L", "P", "H", ""):
        signs: Counter[str] = Counter()
        for verdict, n in by_status.get(status, Counter()).items():
            signs[SIGNS[verdict]] += n
        wanted += [signs] if signs else []
    aimed = [w for w, s in zip(wanted, [k for k in ("L", "P", "H", "") if by_status.get(k)],
                               strict=True) if s]  # fmt: skip
    assert bars == [*aimed, *wanted]
    for box in page.iter("i"):
        assert text_of(box) in SIGNS.values()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_result_is_in_the_first_screen(browser: Browser, edition: Path, screen: str) -> None:
    width, height = SCREENS[screen]
    page = _open(browser, edition / "rapport.html", (width, height))
    sentence, bars = (
        page.evaluate(
            "s => Math.max(...[...document.querySelectorAll(s)]"
            ".map(e => e.getBoundingClientRect().bottom))",
            selector,
        )
        for selector in (".resultat", ".couverture .barre")
    )
    listed = page.evaluate("document.querySelector('.sommaire ol').checkVisibility()")
    page.context.close()
    assert sentence <= height
    assert bars <= height
    assert listed == (width > 1264), "the contents are folded where they are not beside the text"


def test_the_contents_unfold_on_a_phone(browser: Browser, demo: Made) -> None:
    page = _open(browser, demo.reports / "2025" / "rapport.html", SCREENS["telephone"])
    page.locator(".sommaire summary").click()
    assert page.locator(".sommaire ol a").first.is_visible()
    page.context.close()


def test_a_link_skips_the_contents(browser: Browser, demo: Made) -> None:
    page = _open(browser, demo.reports / "2025" / "rapport.html", SCREENS["bureau"])
    page.locator("a.evitement[href='#texte']").focus()
    box = page.locator("a.evitement:focus").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["width"] > 40
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('.texte').contains(document.activeElement)")
    page.context.close()


# --- Lengths that tell the truth -----------------------------------------------------------


def test_gauges_go_from_0_to_100(edition: Path) -> None:
    """The width of a gauge is its rate; its ends are written."""
    page = parsed(edition / "rapport.html")
    heads = [li for ul in page.iter("ul") if ul.get("class") == "chiffres" for li in ul]
    assert heads
    for head in heads:
        value = Decimal(head.find(".//data").get("value"))
        (part,) = [e for e in head.iter("span") if (e.get("class") or "").startswith("jauge-part")]
        width = Decimal(re.findall(r"width:([\d.]+)%", part.get("style"))[0])
        assert abs(width - value) <= Decimal("0.05")
        (ends,) = [e for e in head.iter("p") if e.get("class") == "jauge-bouts"]
        assert [plain(text_of(e)) for e in ends] == ["0", "100 %"]


def test_a_ceiling_is_called_so_and_what_is_past_it_is_hatched(ville: Made) -> None:
    page = parsed(ville.reports / "2024" / "rapport.html")
    ceilings = [
        head
        for ul in page.iter("ul")
        if ul.get("class") == "chiffres"
        for head in ul
        if any(e.get("class") == "jauge-trop" for e in head.iter("span"))
    ]
    assert ceilings
    assert all("au plus" in text_of(head) for head in ceilings)


@pytest.mark.parametrize("top", [Decimal(100), Decimal(7)])
def test_a_bar_is_as_long_as_its_share_of_the_scale(top: Decimal) -> None:
    values = [charts.Bar("a", top / 4, "a"), charts.Bar("b", top, "b"), charts.Bar("c", 0, "c")]  # type: ignore[arg-type]
    figure = charts.bars(values, top, "fin")
    widths = [p.get_width() for p in figure.axes[0].patches]
    assert widths[:3] == [float(top)] * 3, "the tracks"
    assert widths[3:] == [float(top) / 4, float(top), 0]
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert {"0", "fin"} <= set(texts)


def test_a_trajectory_has_values_on_its_axis() -> None:
    """Two at least, none under zero nor past 100 %, and no line that could be taken for zero."""
    values = {"Ensemble": {2024: Decimal(20), 2025: Decimal(98)}}
    panel = courbes.Trajectory("%", values, {2025: Decimal(30), 2027: Decimal(40)}, plafond=True)
    axes = courbes.trajectory(panel, range(2024, 2028), 2025).axes[0]
    ticks = [plain(t.get_text()) for t in axes.texts if t.get_fontsize() == 8]
    rates = [Decimal(x.removesuffix(" %").replace(",", ".")) for x in ticks]
    assert len(rates) >= 2
    assert min(rates) >= 0
    assert max(rates) <= 100
    assert "≤ 40 %" in [plain(t.get_text()) for t in axes.texts]
    assert axes.collections, "what is past a ceiling is tinted"


@pytest.mark.parametrize(
    ("values", "unit", "room"),
    [(("50", "50.1"), "%", 17), (("2", "2.5"), "%", 10), (("100", "101"), "€", 33),
     (("0", "90"), "%", 90)],
)  # fmt: skip
def test_a_small_line_is_not_stretched(values: tuple[str, str], unit: str, room: int) -> None:
    low, high = map(Decimal, values)
    bottom, span = accueil._span([low, high], unit)
    assert int(span + Decimal("0.5")) in {room, room + 1}
    assert bottom <= low
    assert bottom + span >= high


def test_the_title_of_a_chart_is_a_finding(edition: Path) -> None:
    for name in ("rapport", "comite", "synthese", "qualite"):
        for caption in parsed(edition / f"{name}.html").iter("figcaption"):
            assert "?" not in text_of(caption)
            assert re.search(r"\d|[Aa]ucun|atteint|sans cible|partout", text_of(caption))


# --- Marks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["rapport", "comite", "synthese", "../index"])
def test_marks_are_explained_where_they_are_first_met(demo: Made, page: str) -> None:
    """«(h)» once in words; what an undecided verdict means, once and not in every line."""
    path = demo.reports / "2025" / f"{page}.html"
    text = plain(text_of(parsed(path).find(".//main")))
    assert "(h)" in text
    assert "hypothèse" in text
    assert text.count("données manquantes peuvent") <= (10 if page == "comite" else 3)
    tables = [t for t in parsed(path).iter("table") if "socle" not in t.get("class", "").split()]
    cells = [
        plain(text_of(e)) for t in tables for e in t.iter("td") if e.get("class") != "verdicts"
    ]
    assert [c for c in cells if "cible à confirmer" in c and "minimum" not in c] == []
    for mark, words in (("n. d.", "non disponible"), ("n. s.", "non significatif")):
        if mark in text and page == "rapport":
            assert words in text


def test_the_codes_of_rules_stand_in_the_quality_page(demo: Made) -> None:
    folder = demo.reports / "2025"
    ids = {r["id"] for r in load(folder, 2025).controle["regles"] if r["nombre"]}
    report = (folder / "rapport.html").read_text(encoding="utf-8")
    section = report.partition('id="la-qualite-des-donnees"')[2].partition("<h2")[0]
    quality = text_of(parsed(folder / "qualite.html").find(".//main"))
    assert ids
    assert "qualite.html#les-regles-et-leurs-constats" in section
    assert {i for i in ids if i in quality} == ids
    assert [i for i in ids if re.search(rf"\b{re.escape(i)}\b", section)] == []


NO_DATA = (
    "Comptes des enregistrements",
    "Concessions signées",
    "Les 106 critères",
    "Signes et sens",
    "Ce qui est tenu pour vrai",
)


def test_each_table_opens_as_csv(edition: Path) -> None:
    """But those of words, and those whose rows are written on the page alone."""
    checked = 0
    for table in parsed(edition / "rapport.html").iter("table"):
        caption = table.find("caption")
        if plain(text_of(caption)).startswith(NO_DATA):
            continue
        links = [a.get("href") for a in caption.iter("a") if a.get("class") == "ouvrir"]
        assert links, text_of(caption)
        assert all((edition / x).is_file() and x.endswith(".csv") for x in links)
        texts = [plain(a.text) for a in caption.iter("a") if a.get("class") == "ouvrir"]
        assert len(texts) == len(set(texts)), "two files under one text"
        checked += 1
    assert checked > 12


# --- Small screens, paper, grey ------------------------------------------------------------


@pytest.mark.parametrize("page", ["rapport", "comite"])
def test_a_table_stays_a_table_and_unfolds_on_a_phone(
    browser: Browser, demo: Made, page: str
) -> None:
    path = demo.reports / "2025" / f"{page}.html"
    tags = ("table", "thead", "tbody", "tr", "th", "td")
    assert [e.tag for e in parsed(path).iter() if e.get("role") and e.tag in tags] == []
    view = _open(browser, path, (320, 700))
    displays = view.evaluate(
        "[...new Set([...document.querySelectorAll('table')]"
        ".map(e => getComputedStyle(e).display))]"
    )
    script = (
        "[...document.querySelector('table.indicateurs').tHead.rows[0].cells]"
        ".filter(e => e.checkVisibility()).map(e => e.innerText)"
    )
    folded = view.evaluate(script)
    view.locator(".deplier summary").first.click()
    unfolded = view.evaluate(script)
    view.context.close()
    assert displays == ["table"]
    assert folded == ["Indicateur", "Ensemble", "Cible", "Verdict"]
    assert set(folded) < set(unfolded)
    assert {"Métropole", "Ville", "2024", "Écart", "Couverture"} <= set(unfolded)


@pytest.mark.parametrize(
    ("page", "table", "folded"),
    [
        ("index.html", "annees", ["Indicateur", "2025", "Cible 2027"]),
        ("2025/rapport.html", "socle", ["Taux", f"{NOM_METROPOLE} et {NOM_VILLE}", "Cible 2025"]),
    ],
)
def test_a_long_table_folds_on_a_phone_and_is_whole_on_a_tablet(
    browser: Browser, demo: Made, page: str, table: str, folded: list[str]
) -> None:
    heads = (
        f"[...document.querySelector('table.{table}').tHead.rows[0].cells]"
        ".filter(e => e.checkVisibility()).map(e => e.innerText.replace(/\\s+/g, ' '))"
    )
    wide = (
        f"[...document.querySelectorAll('.defile:has(table.{table})')]"
        ".filter(e => e.scrollWidth > e.clientWidth).length"
    )
    button = f".deplier:has(+ .defile table.{table}) summary"
    view = _open(browser, demo.reports / page, (320, 700))
    assert view.evaluate(heads) == folded
    assert view.evaluate(wide) == 0
    view.locator(button).first.click()
    whole = view.evaluate(heads)
    assert set(folded) < set(whole)
    view.context.close()
    view = _open(browser, demo.reports / page, (768, 1024))
    assert view.evaluate(heads) == whole
    assert not view.locator(button).first.is_visible()
    view.context.close()


def test_a_phone_s_cover_tells_the_result_once(browser: Browser, demo: Made) -> None:
    bars = "[...document.querySelectorAll('.couverture .barre')].map(e => e.checkVisibility())"
    for size, shown in (((390, 844), {False}), ((768, 1024), {True}), ((1366, 768), {True})):
        view = _open(browser, demo.reports / "2025" / "rapport.html", size)
        assert view.locator(".resultat").is_visible()
        assert set(view.evaluate(bars)) == shown
        view.context.close()


def test_the_page_of_all_years_gives_each_year_s_target_beside_its_verdict(demo: Made) -> None:
    years = ("2024", "2025")
    aimed = {y: figures(demo.reports / y) for y in years}
    beside = 0
    for row in parsed(demo.reports / "index.html").iter("tr"):
        code = row.find("th/span")
        if code is None or row.find("th").get("scope") != "row":
            continue
        name = text_of(code)
        wanted = {
            y: {f["cible"] for (c, e, _), f in aimed[y].items() if (c, e) == (name, "ensemble")}
            for y in years
        }
        for year, cell in zip(years, row.findall("td"), strict=False):
            target = re.search(r"cible (−?[\d ]+(?:,\d+)?)", plain(text_of(cell)))
            if target:
                shown = Decimal(target[1].replace(" ", "").replace(",", ".").replace("−", "-"))
                assert any(abs(shown - Decimal(c)) < Decimal("0.06") for c in wanted[year] if c)
                beside += 1
            else:
                assert "" in wanted[year] or "n. d." in plain(text_of(cell)) or not wanted[year]
    assert beside > 80


@pytest.mark.parametrize("page", ["qualite", "rapport"])
def test_an_amount_that_outweighs_the_year_is_explained(demo: Made, page: str) -> None:
    folder = demo.reports / "2025"
    [row] = [r for r in pages.rows(folder / "quarantaine.csv") if r["valeur"] == "4200000000"]
    notes = [plain(text_of(p)) for p in parsed(folder / f"{page}.html").iter("p")]
    [note] = [n for n in notes if n.startswith("Un montant hors de proportion.")]
    assert "4 200 000 000,00 € HT" in note
    assert row["repere"] in note
    assert row["fichier"] in note
    assert "186 340,25 € HT sont en quarantaine" in note


@pytest.mark.parametrize(
    ("kept", "amount", "outweighs"),
    [("1000.00", "1000.01", True), ("1000.00", "1000.00", False), ("0", "500.00", False),
     ("1000.00", "1 234,5", False), ("1000.00", "", False)],
)  # fmt: skip
def test_an_amount_outweighs_what_is_kept_when_something_is(
    kept: str, amount: str, outweighs: bool
) -> None:
    account = {"table": "marches", "retenues": {"montant": kept},
               "quarantaine": {"montant": "2000.00"}}  # fmt: skip
    row = {"table": "marches", "fichier": "a.json", "ligne": "1", "champ": "montant",
           "valeur": amount, "repere": "R", "motif": "m"}  # fmt: skip
    edition: Any = SimpleNamespace(controle={"bilans": [account]}, rows=lambda _: [row])
    assert bool(perimetre.outsized(edition)) == outweighs


@pytest.mark.parametrize("width", [768, 1024, 1366])
def test_headline_cards_do_not_touch(browser: Browser, demo: Made, width: int) -> None:
    page = _open(browser, demo.reports / "2025" / "rapport.html", (width, 900))
    boxes = page.evaluate(
        "[...document.querySelectorAll('.chiffres>li>*')].map(e => {const r = document"
        ".createRange(); r.selectNodeContents(e); const b = r.getBoundingClientRect();"
        "return [b.left, b.right, b.top, b.bottom]})"
    )
    page.context.close()
    for i, (left, right, top, bottom) in enumerate(boxes):
        for left_, right_, top_, bottom_ in boxes[i + 1 :]:
            apart = right + 8 <= left_ or right_ + 8 <= left
            assert apart or bottom <= top_ + 1 or bottom_ <= top + 1


def test_paper_says_what_it_leaves_to_the_screen(browser: Browser, demo: Made) -> None:
    """Trajectories beyond the third, and the tables that are published beside."""
    page = _open(browser, demo.reports / "2025" / "rapport.html", (680, 960))
    notes = "[...document.querySelectorAll('.impression')].filter(e => e.checkVisibility())"
    assert page.evaluate(f"{notes}.length") == 0
    page.emulate_media(media="print")
    words = [plain(t) for t in page.evaluate(f"{notes}.map(e => e.textContent)")]
    page.context.close()
    assert any(re.match(r"Sur papier : trois des \d trajectoires", w) for w in words)
    assert sum("Le tableau est dans rapport.html" in w for w in words) > 5


def test_a_sheet_of_paper_says_what_a_verdict_leaves_out(browser: Browser, demo: Made) -> None:
    """A value of one buyer alone, one known in part, a mean of what the law binds each of."""
    page = _open(browser, demo.reports / "2025" / "comite.html", (680, 960))
    page.emulate_media(media="print")
    words = plain(page.locator("main").inner_text())
    page.context.close()
    assert "partiel" in words
    assert re.search(r"couverture \d\d,\d %", words)
    assert "la loi vaut pour chaque facture" in words


def test_what_is_folded_stays_folded_on_paper(browser: Browser, demo: Made) -> None:
    """But the words that no file published beside holds, and the accounts of records."""
    page = _open(browser, demo.reports / "2025" / "rapport.html", (1280, 900))
    page.emulate_media(media="print")
    shown = (
        "[...document.querySelectorAll('{}')]"
        ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height).length"
    )
    folded = page.evaluate(shown.format("details:not([open], .a-imprimer)"))
    printed = page.evaluate(shown.format("details.a-imprimer:not(.suivants) > :not(summary)"))
    charts = page.evaluate(shown.format(f"{TRAJECTORIES} > .panneaux .graphique"))
    page.context.close()
    assert folded == 0
    assert printed == 4
    assert charts == 27


@pytest.mark.parametrize(("width", "charts", "buttons"), [(320, 9, 9), (768, 27, 0), (1280, 27, 0)])
def test_a_phone_shows_one_chart_of_a_row_and_opens_the_next(
    browser: Browser, demo: Made, width: int, charts: int, buttons: int
) -> None:
    row = f"{TRAJECTORIES} > .panneaux"
    page = _open(browser, demo.reports / "2025" / "rapport.html", (width, 800))
    count = "[...document.querySelectorAll('{}')].filter(e => e.checkVisibility()).length"
    assert page.evaluate(count.format(f"{row} .graphique")) == charts
    assert page.evaluate(count.format(f"{row} summary")) == buttons
    if buttons:
        page.locator(f"{row} summary").first.click()
        assert page.evaluate(count.format(f"{row} .graphique")) == charts + 2
    page.context.close()


@pytest.mark.parametrize(("width", "most"), [(320, 75 * 640), (1280, 28_500)])
def test_the_report_is_not_longer_than_a_reader_s_patience(
    browser: Browser, demo: Made, width: int, most: int
) -> None:
    page = _open(browser, demo.reports / "2025" / "rapport.html", (width, 800))
    height = page.evaluate("document.documentElement.scrollHeight")
    page.context.close()
    assert height < most


def test_spaced_text_is_not_cut(browser: Browser, demo: Made) -> None:
    """WCAG 1.4.12: lines of 1.5, letters of 0.12, words of 0.16, paragraphs of 2."""
    spaced = (
        "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}"
        "p{margin-bottom:2em!important}"
    )
    for width in (320, 1280):
        page = _open(browser, demo.reports / "2025" / "rapport.html", (width, 800))
        page.add_style_tag(content=spaced)
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        cut = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.checkVisibility() &&"
            " !e.closest('.defile, .lecteur, svg') &&"
            " ['hidden', 'clip'].includes(getComputedStyle(e).overflowX) &&"
            " e.scrollWidth > e.clientWidth + 1).length"
        )
        page.context.close()
        assert wide <= width
        assert cut == 0


def test_forced_colours_keep_gauges_and_bars(browser: Browser, demo: Made) -> None:
    page = _open(
        browser, demo.reports / "2025" / "rapport.html", (1280, 900), forced_colors="active"
    )
    colours = page.evaluate(
        """() => {
        const of = (s, ...names) => {
          const style = getComputedStyle(document.querySelector(s));
          return names.map(n => style[n]);
        };
        return [of('.jauge', 'backgroundColor')[0], of('.jauge-part', 'backgroundColor')[0],
                of('.barre i', 'borderTopStyle', 'borderTopWidth'),
                of('.graphique', 'backgroundColor')[0]];
        }"""
    )
    page.context.close()
    track, part, border, chart = colours
    assert track != part
    assert border == ["solid", "2px"]
    assert chart == "rgb(255, 255, 255)", "the ink of a chart needs its paper"


def test_focus_is_seen_on_the_cover(browser: Browser, demo: Made) -> None:
    page = _open(browser, demo.reports / "2025" / "comite.html", (1280, 800))
    page.locator(".couverture a").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    colour = page.evaluate("getComputedStyle(document.activeElement).outlineColor")
    page.context.close()
    assert colour == "rgb(255, 255, 255)"


def test_verdicts_of_a_bar_are_told_apart_in_grey(browser: Browser, demo: Made) -> None:
    """By the light of their boxes for the three that judge, by their signs for all."""
    page = _open(browser, demo.reports / "2025" / "rapport.html", (1280, 900))
    lights = page.evaluate(
        """() => ['atteint', 'proche', 'manque'].map(t => {
        const [r, g, b] = getComputedStyle(document.querySelector('.barre .' + t))
          .backgroundColor.match(/[0-9]+/g).map(v => v / 255)
          .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b + .05;
        })"""
    )
    page.context.close()
    reached, close, missed = lights
    assert close / reached > 3
    assert missed / close > 1.8


def test_each_criterion_of_the_rgaa_is_spoken_of_once(demo: Made) -> None:
    """The 106 of its 13 themes, each with what is known of it."""
    page = parsed(demo.reports / "2025" / "rapport.html")
    (table,) = [t for t in page.iter("table") if "rgaa" in (t.get("class") or "")]
    criteria: list[tuple[int, int]] = []
    for row in table.findall("tbody/tr"):
        number, _, state, why = (plain(text_of(c)) for c in row)
        assert state in {"contrôlé", "à juger", "non applicable"}
        assert why
        first, _, last = number.partition(" à ")
        theme, start = map(int, first.split("."))
        end = int(last.split(".")[1]) if last else start
        criteria += [(theme, n) for n in range(start, end + 1)]
    counts = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
    assert criteria == [(t, n) for t, many in enumerate(counts, 1) for n in range(1, many + 1)]
