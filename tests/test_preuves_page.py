"""preuves.html: contracts by name, in a stated order, linked both ways, sorted by a script."""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal
from pathlib import Path

import pytest
from neutral import NOM_METROPOLE
from pages import Made, parsed, plain, rows, text_of
from playwright.sync_api import Browser

from spaser.opendata import lineage
from spaser.report import edition, french, preuves

pytest_plugins = ("pages", "chromium")


def folder(demo: Made) -> Path:
    return demo.reports / "2025"


def lines(demo: Made) -> list[tuple[str, list[str]]]:
    """The rows of the contracts' table: id and cells."""
    [table] = [t for t in parsed(folder(demo) / "preuves.html").iter("table")
               if "triable" in t.get("class")]  # fmt: skip
    return [(tr.get("id"), [plain(text_of(c)) for c in tr]) for tr in table.findall("tbody/tr")]


def test_contracts_stand_from_the_biggest_amount_to_the_smallest(demo: Made) -> None:
    shown_lines = lines(demo)
    contracts = rows(folder(demo) / "marches.csv")
    assert len(shown_lines) == len(contracts)
    ranks = [int(i.removeprefix("m")) for i, _ in shown_lines]
    assert sorted(ranks) == list(range(1, len(contracts) + 1))
    amounts = [Decimal(contracts[r - 1]["montant"]) for r in ranks]
    assert amounts == sorted(amounts, reverse=True)
    shown = [Decimal(re.sub(r"[^\d,]", "", cells[5]).replace(",", ".")) for _, cells in shown_lines]
    assert shown == amounts


def test_a_contract_says_its_holder_and_its_date_in_french(demo: Made) -> None:
    contracts = rows(folder(demo) / "marches.csv")
    holders = lineage.holders(folder(demo))
    assert len(holders) > 0.9 * len(contracts)
    months = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    for id_, cells in lines(demo):
        contract = contracts[int(id_.removeprefix("m")) - 1]
        year, month, day = contract["date_notification"].split("-")
        date = f"{int(day)}{'er' if day == '01' else ''} {months.split()[int(month) - 1]} {year}"
        assert cells[4] == date
        assert cells[2] == plain(
            french.holders(holders.get(contract["marche_uid"]) or "") or "n. d."
        )


def test_links_go_both_ways(demo: Made) -> None:
    """A contract names each indicator whose numerator counts it, and no other."""
    counted: dict[str, set[str]] = {}
    for proof in lineage.proofs(folder(demo)):
        if proof.role == "numerateur":
            counted.setdefault(proof.uid, set()).add(proof.code)
    contracts = rows(folder(demo) / "marches.csv")
    page = parsed(folder(demo) / "preuves.html")
    for tr in page.iter("tr"):
        if re.fullmatch(r"m\d+", tr.get("id") or ""):
            uid = contracts[int(tr.get("id")[1:]) - 1]["marche_uid"]
            codes = {a.get("href")[1:] for a in tr.findall("td[@class='comptes']/a")}
            assert codes == counted.get(uid, set())
    anchors = {e.get("id") for e in page.iter()}
    asked = {a.get("href")[1:] for a in page.iter("a") if (a.get("href") or "").startswith("#")}
    assert asked <= anchors


def test_a_list_begins_with_its_biggest_contracts_in_words(demo: Made) -> None:
    page = parsed(folder(demo) / "preuves.html")
    lists = page.findall(".//ol[@class='premiers']")
    assert len(lists) > 30
    for one in lists:
        texts = [plain(text_of(li)) for li in one]
        assert 1 <= len(texts) <= 5
        assert all(re.search(r"\(n° \d+\), .+ €, notifié le \d", t) for t in texts), texts


def test_the_policy_allows_one_script_by_its_hash(demo: Made) -> None:
    text = (folder(demo) / "preuves.html").read_text(encoding="utf-8")
    [script] = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = re.findall(r'http-equiv="Content-Security-Policy"\s+content="([^"]*)"', text)
    assert re.findall(r"script-src ([^;]*)", policy) == [f"'sha256-{digest}'"]
    others = ("rapport", "synthese", "comite", "calculs", "qualite")
    for name in others:
        other = (folder(demo) / f"{name}.html").read_text(encoding="utf-8")
        assert "<script" not in other
        assert "script-src" not in other


def test_the_table_is_filtered_and_sorted_where_scripts_run(demo: Made, browser: Browser) -> None:
    page = browser.new_page()
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto((folder(demo) / "preuves.html").as_uri())
    body = page.locator("table.triable > tbody")
    every = body.locator("tr").count()
    page.locator(".filtre input").fill("REFECTION toiture")
    shown = body.locator("tr:visible").all_text_contents()
    assert 0 < len(shown) < every
    assert all("éfection" in t and "toiture" in t for t in shown)
    assert page.locator(".filtre output").text_content().startswith(f"{len(shown)} ligne")
    page.locator(".filtre input").fill("")
    assert body.locator("tr:visible").count() == every
    for expected in ("ascending", "descending"):
        page.locator("table.triable thead button", has_text="Montant").click()
        amounts = page.evaluate(
            "[...document.querySelector('table.triable').tBodies[0].rows]"
            ".map(r => parseFloat(r.cells[5].dataset.tri))"
        )
        assert amounts == sorted(amounts, reverse=expected == "descending")
        head = page.locator("table.triable th", has_text="Montant").first
        assert head.get_attribute("aria-sort") == expected
    assert faults == []
    page.close()


def test_nothing_is_missing_where_no_script_runs(demo: Made, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder(demo) / "preuves.html").as_uri())
    assert page.locator("table.triable > tbody > tr").count() == len(lines(demo))
    assert page.locator(".filtre").count() == 0
    context.close()


def test_the_page_of_all_years_is_cited_by_its_years(demo: Made) -> None:
    foot = plain(text_of(parsed(demo.reports / "index.html").find(".//footer")))
    assert re.search(rf"Citer ce rapport : {NOM_METROPOLE} .+, suivi 2024-2025, édition du", foot)


def test_each_page_says_how_to_cite_it_and_each_heading_has_its_link(demo: Made) -> None:
    for name in ("rapport", "synthese", "comite", "calculs", "preuves", "qualite"):
        page = parsed(folder(demo) / f"{name}.html")
        foot = plain(text_of(page.find(".//footer")))
        assert re.search(
            rf"Citer ce rapport : {NOM_METROPOLE} .+ 2025, édition du .+, Licence", foot
        )
        heads = [e for tag in ("h2", "h3") for e in page.find(".//main").iter(tag)]
        assert heads
        for head in heads:
            links = [a.get("href") for a in head.iter("a") if a.get("class") == "permalien"]
            assert links == [f"#{head.get('id')}"], text_of(head)


def test_a_page_of_many_contracts_is_bounded_and_says_what_it_leaves_out(
    demo: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    most, shown = 20, 7
    monkeypatch.setattr(preuves, "MOST", most)
    monkeypatch.setattr(preuves, "SHOWN", shown)
    whole = parsed(folder(demo) / "preuves.html")
    short = tmp_path / "preuves.html"
    short.write_text(preuves.page(folder(demo), edition.load(folder(demo), 2025)), "utf-8")
    page = parsed(short)
    [table] = [t for t in page.iter("table") if "triable" in (t.get("class") or "")]
    ids = [tr.get("id") for tr in table.findall("tbody/tr")]
    assert ids == [i for i, _ in lines(demo)][:most]
    others = len(lines(demo)) - most
    assert f"les {others} autres sont dans marches.csv" in plain(text_of(page))
    anchors = {e.get("id") for e in page.iter()}
    asked = {a.get("href")[1:] for a in page.iter("a") if (a.get("href") or "").startswith("#")}
    assert asked <= anchors
    parts = zip(whole.iter("details"), page.iter("details"), strict=True)
    cut = 0
    for before, after in parts:
        numbers = [re.findall(r"n° (\d+)", plain(text_of(e))) for e in (before, after)]
        assert numbers[1] == numbers[0][:shown]
        if len(numbers[0]) > shown:
            cut += 1
            assert "autres, dans preuves.csv" in plain(text_of(after))
    assert cut > 10
