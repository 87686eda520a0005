"""From a figure of the report to the row of the raw file, one link after the other."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pages
import pytest
from neutral import PROJECT
from pages import Done, Made, figures, once, parsed, rows, spaser, text_of, write_small

from spaser.figures.catalogue import Catalogue
from spaser.opendata import lineage

pytest_plugins = ("pages",)

WHOLE = "ensemble"
LEDGER = """\
corrections:
  - reperage: {fichier: ville.json, ligne: 4}
    champ: montant
    ancien: "48000.10"
    nouveau: "50000.00"
    motif: "acte d'engagement <relu>"
    auteur: commande publique
    date: 2025-04-02
"""


@pytest.fixture(scope="session")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The small year with one amount corrected."""

    def build(place: Path) -> Done:
        write_small(place / "data")
        shutil.copytree(PROJECT / "params", place / "params")
        (place / "params" / "2024" / "corrections.yml").write_text(LEDGER, encoding="utf-8")
        words = ("--data", place / "data", "--params", place / "params")
        return spaser("run", "2024", *words, "--reports", place / "reports")

    return once(tmp_path_factory, "corrected", build)


def anchors(page: Any) -> set[str]:
    return {e.get("id") for e in page.iter() if e.get("id")}


def links(page: Any) -> list[str]:
    return [e.get("href") for e in page.iter("a")]


@pytest.mark.parametrize("name", ["small", "demo-2025", "hostile"])
def test_every_link_between_pages_has_its_end(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    for file in ("rapport.html", "calculs.html", "preuves.html"):
        for link in links(parsed(edition / file)):
            target, _, anchor = link.partition("#")
            if "://" in link or link.startswith("mailto:"):
                continue
            path = edition / (target or file)
            assert path.is_file(), (file, link)
            if anchor and path.suffix == ".html":
                assert anchor in anchors(parsed(path)), (file, link)


def test_each_computed_figure_leads_to_its_evidence(small: Made) -> None:
    edition = small.reports / "2024"
    codes = {code for (code, _, _), f in figures(edition).items() if f["valeur"]}
    report, book = (parsed(edition / n) for n in ("rapport.html", "calculs.html"))
    assert {f"calculs.html#{c}" for c in codes} <= set(links(report))
    assert {f"preuves.html#{c}" for c in codes} <= set(links(book))
    assert codes <= anchors(parsed(edition / "preuves.html"))


@pytest.mark.parametrize("name", ["small", "demo-2025", "ville-2024"])
def test_the_evidence_adds_up_and_comes_from_records(
    request: pytest.FixtureRequest, name: str, catalogue: Catalogue
) -> None:
    edition = pages.edition(request, name)
    lignage = lineage.load(edition)
    sums: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    rows_of: Counter[tuple[str, str, str]] = Counter()
    measures = {(i.code, c.base): c.mesure for i in catalogue.indicateurs for c in i.calculs}
    for proof in lineage.proofs(edition):
        source = lignage.source(proof.uid)
        assert source.lignes, proof.uid
        rows_of[proof.code, proof.entite, proof.base] += proof.role == "numerateur"
        sums[proof.code, proof.entite, proof.base, proof.role] += proof.contribution
    raw = {r["nom"] for r in json.loads((edition / "controle.json").read_text("utf-8"))["fichiers"]}
    assert {x.fichier for s in lignage.marches.values() for x in s.lignes} <= raw
    for (code, entite, base), figure in figures(edition).items():
        if figure["valeur"] and figure["numerateur"]:
            top = sums[code, entite, base, "numerateur"]
            assert top == Decimal(figure["numerateur"]), code
            if figure["denominateur"]:  # as calculs.html says it: the two roles, or the rows
                whole = top + sums[code, entite, base, "denominateur"]
                measure = measures[code, base] in {"mediane", "moyenne"}
                counted = rows_of[code, entite, base] if measure else whole
                assert counted == Decimal(figure["denominateur"]), code


@pytest.mark.parametrize("name", ["small", "demo-2025", "strangers"])
def test_an_indicator_without_evidence_says_why(request: pytest.FixtureRequest, name: str) -> None:
    edition = pages.edition(request, name)
    reasons = {(k[0]): f["motif_absence"] for k, f in figures(edition).items() if k[1] == WHOLE}
    behind = {r["code"] for r in rows(edition / "preuves.csv")}
    page = parsed(edition / "preuves.html")
    silent = [
        (section.get("aria-labelledby"), pages.typed(section))
        for section in page.iter("section")
        if section.get("aria-labelledby") not in behind
    ]
    assert silent or name == "demo-2025"
    for code, text in silent:
        reason = pages.plain(reasons[code])
        assert reason, code
        assert f"{reason[0].upper()}{reason[1:]}." in text, code


def test_a_corrected_record_says_so_on_the_page_and_in_the_terminal(corrected: Made) -> None:
    edition = corrected.reports / "2024"
    [contract] = [r for r in rows(edition / "marches.csv") if r["id"] == "2024V003"]
    assert contract["montant"] == "50000.00"
    change = "montant : 48000.10 → 50000.00 (acte d'engagement <relu>)"
    number = [r["marche_uid"] for r in rows(edition / "marches.csv")].index(
        contract["marche_uid"]
    ) + 1
    [line] = [e for e in parsed(edition / "preuves.html").iter("tr") if e.get("id") == f"m{number}"]
    assert "ville.json, enregistrement n° 4" in pages.plain(text_of(line))
    assert change in pages.plain(text_of(line)).replace("’", "'")
    for name in ("rapport", "qualite"):
        words = pages.plain(text_of(parsed(edition / f"{name}.html").find(".//main")))
        assert "commande publique, 2 avril 2025" in words, name
    done = spaser("trace", "2024", "SOC2-01", "--reports", corrected.reports)
    assert done.code == 0, done.err
    at = next(i for i, x in enumerate(done.out.splitlines()) if contract["marche_uid"] in x)
    assert "ville.json:4" in done.out.splitlines()[at]
    assert change in done.out.splitlines()[at + 1]


def test_the_row_of_a_register_is_its_own_evidence(tmp_path: Path) -> None:
    for name, head in (
        ("marches", "marche_uid,acheteur,id,objet,date_notification,montant"),
        ("lignes", "marche_uid,fichier,ligne"),
        ("corrections", "table,fichier,ligne,champ,ancien,nouveau,motif"),
    ):
        (tmp_path / f"{name}.csv").write_text(head + "\n", encoding="utf-8")
    with (tmp_path / "corrections.csv").open("a", encoding="utf-8") as stream:
        stream.write("mandats,a#b.csv,7,montant_ht,1,2,relu\n")
    source = lineage.load(tmp_path).source("mandats#a#b.csv#7")
    [record] = source.lignes
    assert (str(record), str(record.corrections[0])) == (
        "a#b.csv:7", "montant_ht : 1 → 2 (relu)",
    )  # fmt: skip
    assert lineage.load(tmp_path).source("beneficiaires#ville").lignes == ()


def test_the_chain_of_some_contracts_is_theirs_in_that_of_all(demo: Made) -> None:
    folder = demo.reports / "2025"
    whole, holders = lineage.load(folder), lineage.holders(folder)
    some = {uid for n, uid in enumerate(whole.marches) if n % 7 == 0} | {"mandats#a.csv#3"}
    part = lineage.load(folder, some)
    assert dict(part.marches) == {u: s for u, s in whole.marches.items() if u in some}
    assert any(s.lignes for s in part.marches.values())
    assert part.source("mandats#a.csv#3") == whole.source("mandats#a.csv#3")
    assert lineage.holders(folder, some) == {u: h for u, h in holders.items() if u in some}
