"""A scheme of six buyers, and lists longer than their pages: rows where columns do not fit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nation
import oracle as o
import pages
import pytest
from neutral import PROJECT
from pages import Done, Made, figures, once, parsed, plain, spaser, text_of, write_json
from playwright.sync_api import Browser

pytest_plugins = ("pages", "chromium")

SIX = ("242100410", "212102313", "212100549", "212101661", "200070894", "222100018")
LONG = 210  # lines, more than a page lists


def neighbours() -> dict[str, list[o.Contract]]:
    """Contracts of the two communes nearest to Chenôve by population: too few for a rank."""
    known = nation.authorities()
    nature, people = known[SIX[3]]
    near = sorted(
        (abs(p - people), siren)
        for siren, (n, p) in known.items()
        if n == nature and siren not in SIX
    )
    return {
        siren: [
            pages.replace(c, id=f"{siren}{n}", buyer=f"{siren}00012")
            for n, c in enumerate(pages.SMALL_VILLE[:12])
        ]
        for _, siren in near[:2]
    }


def write_many(place: Path) -> Path:
    """Six buyers as `spaser init` writes them: no deliberation, no committee, no reference of their
    own.  Their file is the nation's; each list is longer than its page, and Beaune has nobody like
    it."""
    here = place / "projet"
    asked = [word for siren in SIX for word in ("--siren", siren)]
    done = spaser("init", here, *asked, "--periode", "2024-2027", cwd=place)
    assert done.code == 0, done.err
    year = here / "params" / "2024" / "params.yml"
    text = year.read_text(encoding="utf-8")
    for key in ("quarantaine_max_lignes", "quarantaine_max_montant"):
        text = re.sub(rf"{key}: [\d.]+", f"{key}: 0.9", text)
    year.write_text(text, encoding="utf-8")
    entry = (
        "  - {{reperage: {{fichier: ville.json, ligne: {n}}}, ancien: '', motif: relu,\n"
        "     champ: considerations_environnementales, nouveau: Clause environnementale,\n"
        "     auteur: service, date: 2025-04-02}}\n"
    )
    ledger = "corrections:\n" + "".join(entry.format(n=n) for n in range(1, 61))
    (year.parent / "corrections.yml").write_text(ledger, encoding="utf-8")
    many = [
        pages.replace(pages.SMALL_VILLE[n % 24], id=f"2024L{n:04d}", objet=f"Objet {n}")
        for n in range(3 * LONG)
    ]
    rows = [o.flat(c) for c in many]
    spoilt = [o.flat(pages.replace(c, id=f"{c.id}R"), montant="?") for c in many[:LONG]]
    data = place / "data" / "2024"
    write_json(data / "ville.json", {"records": [*rows, *rows[LONG : 2 * LONG], *spoilt]})
    by_buyer = nation.contracts(per_buyer=12) | neighbours()
    by_buyer.pop(o.VILLE[:9])
    silent = [pages.replace(c, environment=None) for c in by_buyer.pop(o.METROPOLE[:9])]
    others = [c for some in by_buyer.values() for c in some if c.buyer[:9] not in SIX]
    ours = [
        pages.replace(c, id=f"{siren}{n}", buyer=f"{siren}00012")
        for siren in SIX[2:]
        for n, c in enumerate(pages.SMALL_VILLE[:12])
    ]
    write_json(
        data / "national.json", o.regulatory([o.nested(c) for c in [*silent, *others, *ours]])
    )
    model = PROJECT / "data" / "raw" / "2024" / "fiche-marche-complementaire.csv"
    head = model.read_text(encoding="cp1252").partition("\n")[0]
    blank = ";" * (head.count(";") - 1)
    lost = "".join(f"{o.VILLE};perdu-{n}{blank}\n" for n in range(LONG))
    (data / "fiches.csv").write_text(f"{head}\n{lost}", encoding="utf-8")
    (data / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    return here


def write_year_after(place: Path, here: Path) -> None:
    """2025, and a contract of 2024 that its buyer has since published otherwise."""
    assert spaser("new-year", "2025", cwd=here).code == 0
    file = place / "data" / "2024" / "ville.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["records"][100]["considerationssociales"] = "Marché réservé"
    write_json(file, content)
    after = [
        o.flat(pages.replace(c, id=f"2025{c.id}", notified=c.notified.replace(year=2025)))
        for c in pages.SMALL_VILLE
    ]
    write_json(place / "data" / "2025" / "ville.json", {"records": after})


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The year of `write_many`, published, then the year after."""

    def build(place: Path) -> Done:
        here = write_many(place)

        def publish(year: str) -> Done:
            where = ("--data", place / "data" / year, "--reports", place / "reports")
            return spaser("run", year, *where, cwd=here)

        if (done := publish("2024")).code:
            return done
        write_year_after(place, here)
        return publish("2025")

    return once(tmp_path_factory, "many", build)


def test_a_published_year_that_other_files_would_change_is_told(many: Made) -> None:
    """The value of 2024 stays; annees_revisees.csv says what today's files would make of it."""
    folder = many.reports / "2025"
    revised = {
        (r["code"], r["entite"], r["base"]): r for r in pages.rows(folder / "annees_revisees.csv")
    }
    assert ("SOC2-01", "ville_de_dijon", "nombre") in revised
    then = figures(many.reports / "2024")
    for key, row in revised.items():
        assert (row["annee"], row["ancien"]) == ("2024", then[key]["valeur"])
        assert row["nouveau"] != row["ancien"]
        assert "ville.json" in row["cause"]
    page = plain(text_of(parsed(folder / "rapport.html").find(".//main")))
    assert f"{len(revised)} valeurs d'années déjà publiées changeraient avec les fichiers" in page


def test_the_cover_counts_all_and_names_each(many: Made) -> None:
    page = parsed(many.reports / "2024" / "rapport.html")
    cover = plain(text_of(page.find(".//dl[@class='reperes']")))
    assert cover.startswith("6 acheteurs")
    (each,) = [d for d in page.iter("details") if d.get("id") == "acheteurs"]
    assert len(each.findall(".//li")) == len(SIX)
    assert "Ville de Beaune : 12 marchés" in plain(text_of(each))


def test_the_legal_rates_have_a_row_of_each_buyer(many: Made) -> None:
    """Each rate and each buyer, with the value that indicateurs.csv gives it."""
    folder = many.reports / "2024"
    chiffres, count = figures(folder), 0
    for table in parsed(folder / "rapport.html").iter("table"):
        if "socle" not in table.get("class", "") or table.find("caption") is None:
            continue
        code, _, rest = plain(text_of(table.find("caption"))).partition(" : ")
        base = "valeur" if "(en valeur)" in rest else "nombre"
        entites = list(dict.fromkeys(e for _, e, _ in chiffres))
        rows = table.findall("tbody/tr")
        assert len(rows) == len(SIX) + 1 == len(entites)
        for row, entite in zip(rows, entites, strict=True):
            data = row.find("td").find(".//data")
            if data is not None:
                assert data.get("value") == chiffres[code, entite, base]["valeur"], (code, entite)
                count += 1
    assert count > 10


def test_proofs_and_fields_have_a_row_of_each_buyer_or_of_all(many: Made) -> None:
    folder = many.reports / "2024"
    (proofs,) = [
        t for t in parsed(folder / "preuves.html").iter("table")
        if plain(text_of(t.find("caption"))).startswith("SOC2-01 :")
    ]  # fmt: skip
    names = [text_of(r.find("th")) for r in proofs.findall("tbody/tr")]
    assert len(names) == len(SIX) + 1
    assert names[-1] == "Ensemble"
    page = parsed(folder / "qualite.html")
    (fields,) = [t for t in page.iter("table") if "celle de chaque acheteur" in text_of(t)]
    rows = {text_of(r.find("th")): plain(text_of(r)) for r in fields.findall("tbody/tr")}
    worst = rows["considérations environnementales"]
    assert "8,7 % (60 sur 690)" in worst
    assert "0,0 % (" in worst
    assert worst.endswith("0 sur 6")
    assert rows["objet"].replace(" ", "").endswith("–6sur6")


WIDE = ("rapport", "preuves", "qualite", "calculs", "comite", "synthese")


@pytest.mark.parametrize("name", WIDE)
def test_nothing_scrolls_sideways_on_a_screen(browser: Browser, many: Made, name: str) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.goto((many.reports / "2024" / f"{name}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    wide = page.evaluate(
        "[...document.querySelectorAll('.defile')].filter(e => !e.querySelector('pre'))"
        ".filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)"
        ".map(e => e.getAttribute('aria-label'))"
    )
    page.close()
    assert wide == []
