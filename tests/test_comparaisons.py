"""Our buyers among those like them: a national file against a recount made without the package."""

from __future__ import annotations

import shutil
import tempfile
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isclose
from pathlib import Path
from typing import Any

import nation
import oracle as o
import pages
import pytest
from nation import OURS, Place, authorities, places, spoilt
from neutral import PROJECT
from pages import plain, rows, spaser, text_of
from playwright.sync_api import Browser
from test_pages import _violations
from test_published_french import blocks, faults
from written import FORMS, MAPPING

from spaser.collectivites import natures
from spaser.contracts import marches
from spaser.figures import comparaisons, indicators
from spaser.figures.catalogue import Catalogue
from spaser.figures.complements import BLOCS
from spaser.report import comparaisons as report
from spaser.report import edition as editions
from spaser.settings.params import Params
from spaser.sources.aside import Aside
from spaser.sources.lecture import Lecture
from spaser.sources.semblables import alike

pytest_plugins = ("pages", "chromium")
Read = Callable[..., Lecture]
Table = list[dict[str, Any]]
Key = tuple[str, str, str]


@pytest.fixture(scope="module")
def mapped(params: Params, tmp_path_factory: pytest.TempPathFactory) -> Params:
    """The parameters of 2024, with a mapping of columns."""
    folder = tmp_path_factory.mktemp("params")
    (folder / "colonnes.yml").write_text(MAPPING, encoding="utf-8")
    return params.model_copy(update={"folder": folder})


@pytest.fixture(scope="module")
def national() -> dict[str, list[o.Contract]]:
    """The contracts of each buyer of a national file."""
    return nation.contracts()


@pytest.fixture(scope="module")
def compared(read: Read, catalogue: Catalogue) -> Callable[..., dict[str, Table]]:
    """Files read, and the two tables of comparisons that they give."""
    only = Catalogue("-", tuple(comparaisons.compared(catalogue.indicateurs)), ())

    def tables(files: Mapping[str, Any], using: Params) -> dict[str, Table]:
        lecture = read(files, using)
        assert [f.erreur for f in lecture.fichiers] == [""] * len(lecture.fichiers)
        bounds = using.year.qualite
        kept, again = marches.distinct(
            x for x in lecture.lignes if x.valeurs["montant"] >= bounds.montant_min
        )
        made = marches.tables(marches.assemble(kept, again)[0], (), using)
        with tempfile.TemporaryDirectory() as place:
            made["semblables"] = comparaisons.rows(
                only, using, lecture.semblables, made["marches"], Path(place)
            )
            results = indicators.compute(only, using, made, Path(place) / "donnees", {})
        return {
            nom: [
                dict(zip([c.nom for c in BLOCS[nom].champs], row, strict=True))
                for row in results.complements[nom]
            ]
            for nom in ("comparaisons", "comparables")
        }

    return tables


def by_key(table: Table) -> dict[Key, dict[str, Any]]:
    return {(r["code"], r["base"], r["entite"]): r for r in table}


def assert_places(table: Table, right: Mapping[Key, Place]) -> None:
    by_place = by_key(table)
    assert set(by_place) == set(right)
    for key, place in right.items():
        row = by_place[key]
        assert (row["acheteurs"], row["rang"]) == (place.acheteurs, place.rang), key
        for name in ("valeur", "mediane", "quartile_1", "quartile_3"):
            exact = getattr(place, name)
            same = row[name] is None if exact is None else isclose(row[name], exact, rel_tol=1e-12)
            assert same, (key, name, row[name], exact)


def every(made: Mapping[str, Sequence[o.Contract]]) -> list[o.Contract]:
    """All contracts of a nation, in no order of buyers, with what must change nothing."""
    return sorted([c for some in made.values() for c in some] + spoilt(made), key=lambda c: c.id)


def flat_json(made: Sequence[o.Contract]) -> dict[str, Any]:
    return {"records": [o.flat(c) for c in made]}


def regulatory(made: Sequence[o.Contract]) -> dict[str, Any]:
    return o.regulatory([o.nested(c) for c in made])


WRITE: dict[str, Callable[[Sequence[o.Contract]], Any]] = {
    **FORMS, "flat JSON": flat_json, "nested JSON": regulatory,
}  # fmt: skip


# --- Where we stand --------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("form", WRITE)
def test_places_are_those_of_a_recount_in_every_form(
    compared: Any, mapped: Params, national: dict[str, list[o.Contract]], form: str
) -> None:
    comparison = compared({"a": WRITE[form](every(national))}, mapped)
    right = places(national)
    assert_places(comparison["comparaisons"], right)
    counts = {p.acheteurs for p in right.values()}
    assert max(counts) > 5
    assert len(counts) > 1


def test_contracts_of_two_files_are_counted_once(
    compared: Any, params: Params, national: dict[str, list[o.Contract]]
) -> None:
    some = [c for c in every(national) if c.id > "2024003"]
    files = {"a": regulatory(every(national)), "b": FORMS["flat CSV"](some)}
    assert_places(compared(files, params)["comparaisons"], places(national))


@pytest.mark.parametrize(("population", "contracts"), [(1, 3), (2, 1), (4, 2), (2, 50)])
def test_the_rule_of_likeness_is_that_of_the_params(
    compared: Any,
    params: Params,
    national: dict[str, list[o.Contract]],
    population: int,
    contracts: int,
) -> None:
    rule = params.scheme.comparaisons.model_copy(
        update={"population": Decimal(population), "marches": Decimal(contracts)}
    )
    scheme = params.scheme.model_copy(update={"comparaisons": rule})
    comparison = compared(
        {"a": flat_json(every(national))}, params.model_copy(update={"scheme": scheme})
    )
    right = places(national, population, contracts)
    alone = {key for key, place in right.items() if key[2] not in grouped(comparison)}
    assert_places(comparison["comparaisons"], {k: p for k, p in right.items() if k not in alone})
    assert all(right[k].acheteurs <= 1 for k in alone)  # nobody to be compared with


def grouped(tables: Mapping[str, Table]) -> set[str]:
    return {r["entite"] for r in tables["comparables"]}


def test_the_figures_of_each_other_buyer_are_given_without_its_name(
    compared: Any, params: Params, national: dict[str, list[o.Contract]]
) -> None:
    comparables = compared({"a": flat_json(every(national))}, params)["comparables"]
    sirens = set(national)
    assert not any(s in str(v) for r in comparables for v in r.values() for s in sirens)
    figures = [o.recount(some) for s, some in national.items()]
    for row in comparables:
        assert any(_is(row, f[row["code"], row["base"]]) for f in figures), row
    unknown = [r for r in comparables if r["valeur"] is None and r["couverture"] == 0]
    assert unknown, "unknown is not zero"


def _is(row: Mapping[str, Any], figure: o.Figure) -> bool:
    if (row["renseignes"], row["total"]) != (figure.renseignes, figure.total):
        return False
    if figure.valeur is None:
        return row["valeur"] is None
    return row["valeur"] is not None and isclose(row["valeur"], figure.valeur, rel_tol=1e-12)


def test_names_are_given_when_the_params_ask(
    compared: Any, params: Params, national: dict[str, list[o.Contract]]
) -> None:
    rule = params.scheme.comparaisons.model_copy(update={"noms": True})
    using = params.model_copy(
        update={"scheme": params.scheme.model_copy(update={"comparaisons": rule})}
    )
    comparables = compared({"a": flat_json(every(national))}, using)["comparables"]
    others = {r["autre"][:9] for r in comparables}
    assert others <= set(national)
    assert all(len(r["autre"]) > 10 for r in comparables)


def test_without_other_buyers_there_is_nothing(
    compared: Any, params: Params, national: dict[str, list[o.Contract]]
) -> None:
    ours = [c for siret in OURS.values() for c in national[siret[:9]]]
    comparison = compared({"a": flat_json(ours)}, params)
    assert comparison == {"comparaisons": [], "comparables": []}


def test_alike_is_of_the_same_nature_and_order_of_size(params: Params) -> None:
    known = authorities()
    assert natures() == known
    for buyer in params.scheme.acheteurs:
        nature, people = known[buyer.siren]
        sirens = alike(params.scheme, buyer)
        assert sirens
        assert all(known[s][0] == nature for s in sirens)
        assert all(people / 2 <= known[s][1] <= 2 * people for s in sirens)
        assert not sirens & set(params.scheme.sirens)
    stranger = params.scheme.acheteurs[0].model_copy(update={"siren": "999999999"})
    assert alike(params.scheme, stranger) == frozenset()


@pytest.mark.parametrize("form", ["flat JSON", "consolidated CSV", "consolidated Parquet"])
def test_accounts_are_the_same_whoever_is_read(
    read: Read, params: Params, national: dict[str, list[o.Contract]], form: str
) -> None:
    """Reading those like ours changes no count, neither of rows nor of euros."""
    file = {"a": WRITE[form](every(national))}
    rule = params.scheme.comparaisons.model_copy(update={"population": Decimal(1)})
    alone = params.model_copy(
        update={"scheme": params.scheme.model_copy(update={"comparaisons": rule})}
    )
    lecture, none = read(file, params), read(file, alone)
    assert lecture.semblables.presents
    assert not none.semblables.presents
    assert (lecture.lues, lecture.hors_perimetre) == (none.lues, none.hors_perimetre)
    assert lecture.acheteurs_lus == none.acheteurs_lus
    assert [x.cle for x in lecture.lignes] == [x.cle for x in none.lignes]


# --- Memory ----------------------------------------------------------------------------------


def test_what_is_put_aside_comes_back_in_order() -> None:
    aside: Aside[tuple[int, str]] = Aside()
    for n in range(3000):
        aside.put("ab"[n % 2], (n, "x" * n))
    assert aside.keys() == ["a", "b"]
    assert [n for n, _ in aside.get("b")] == list(range(1, 3000, 2))
    assert all(text == "x" * n for n, text in aside.get("a"))
    aside.close()
    assert aside.keys() == []


def test_memory_does_not_grow_with_what_is_put_aside() -> None:
    aside: Aside[bytes] = Aside()
    aside.put("k", b"")
    tracemalloc.start()
    for n in range(40_000):
        aside.put("k", bytes(1000))  # forty megabytes
        n += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000, peak
    aside.close()


# --- Pages -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nationwide(tmp_path_factory: pytest.TempPathFactory) -> pages.Made:
    """A year of a national file, verified; names are asked for."""

    def build(place: Path) -> pages.Done:
        shutil.copytree(PROJECT / "params", place / "params")
        scheme = place / "params" / "spaser.yml"
        text = scheme.read_text(encoding="utf-8")
        assert "\n  noms: false" in text
        scheme.write_text(text.replace("\n  noms: false", "\n  noms: true"), encoding="utf-8")
        (place / "data").mkdir()
        file = regulatory(every(nation.contracts(per_buyer=30)))
        pages.write_json(place / "data" / "national.json", file)
        where = ("--data", place / "data", "--reports", place / "reports",
                 "--params", place / "params")  # fmt: skip
        done = spaser("run", "2024", *where)
        return spaser("verify", "2024", *where) if done.code == 0 else done

    return pages.once(tmp_path_factory, "nation", build)


def test_a_national_file_gives_a_page_and_a_strip_beside_each_indicator(
    nationwide: pages.Made,
) -> None:
    folder = nationwide.reports / "2024"
    right = places(nation.contracts(per_buyer=30))
    lignes = rows(folder / "comparaisons.csv")
    assert {(r["code"], r["base"], r["entite"]) for r in lignes} == set(right)
    page = pages.parsed(folder / report.FILE)
    lines = {row.get("id"): plain(text_of(row)) for row in page.iter("tr") if row.get("id")}
    shown = editions.load(folder, 2024)
    strips = 0
    for group in report.groups(shown):
        for place in group.places:
            line = lines[place.ancre]
            assert plain(place.valeur) in line
            assert plain(place.mediane) in line
            assert plain(place.rang) in line
            assert plain(place.couverture) in line
            strips += bool(place.bande)
    drawn = [e for e in page.iter("svg") if e.get("class") == "bande"]
    assert len(drawn) == strips == len(right)
    names = {r["autre"] for r in rows(folder / "comparables.csv")}
    words = plain(text_of(page.find("body")))
    assert names
    assert all(plain(name) in words for name in names)
    book = pages.parsed(folder / "rapport.html")
    beside = [e for e in book.iter("svg") if e.get("class") == "bande"]
    assert len(beside) == len(right)
    alone = {(code, base): f"{code}-{base}-semblables".lower() for code, base, _ in right}
    assert {p.stem for p in (folder / "graphiques").glob("*-semblables.*")} == {*alone.values()}
    for group in report.groups(shown):
        for place in group.places:
            drawing = folder / "graphiques" / f"{alone[place.code, place.base]}.svg"
            picture = plain(" ".join(drawing.read_text(encoding="utf-8").split()))
            assert plain(f"{place.acheteur} : {place.valeur}, {place.rang}") in picture
            assert "Source : SPASER 2024" in picture
            assert drawing.with_suffix(".png").is_file()
    for html in folder.glob("*.html"):  # every page leads there
        assert any(a.get("href") == report.FILE for a in pages.parsed(html).iter("a")), html.name


def test_the_place_is_explained(nationwide: pages.Made) -> None:
    done = spaser("explain", "2024", "--reports", nationwide.reports)
    words = plain(done.out)
    assert "5. La place parmi d'autres acheteurs" in words
    assert "SOC2-01, nombre" in words


def test_without_a_national_file_it_is_told_how_to_get_one(small: pages.Made) -> None:
    folder = small.reports / "2024"
    assert not (folder / report.FILE).exists()
    assert rows(folder / "comparaisons.csv") == []
    assert "bande" not in {
        e.get("class") for e in pages.parsed(folder / "rapport.html").iter("svg")
    }
    done = spaser("explain", "2024", "--reports", small.reports)
    assert "spaser fetch 2024 --source decp-consolidees" in plain(done.out)


def test_the_page_is_in_good_french(nationwide: pages.Made) -> None:
    page = pages.parsed(nationwide.reports / "2024" / report.FILE)
    text = list(blocks(page))
    assert len(text) > 20
    assert [f for line in text for f in faults(line)] == []


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_violation(browser: Browser, nationwide: pages.Made, width: int) -> None:
    assert _violations(browser, nationwide.reports / "2024" / report.FILE, width) == []
