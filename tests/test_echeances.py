"""What can still be changed: the contracts that end soon, from a record to the page."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle as o
import pages
import pytest
from pages import rows
from test_bloc_cases import Ask, Rows, ask

from spaser.figures.catalogue import Catalogue
from spaser.pipeline import collect
from spaser.report import echeances, suffisants
from spaser.report import edition as editions
from spaser.report.reading import is_thin
from spaser.settings.params import Params
from spaser.sources.lecture import Lecture

pytest_plugins = ("pages",)
__all__ = ["ask"]
DAY = dt.date
SIGNED = DAY(2024, 6, 30)
Read = Callable[..., Lecture]


def contract(**changes: Any) -> Rows:
    return [{"marche_uid": "M", "date_notification": SIGNED, "duree_actuelle": 24} | changes]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("months", "end"),
    [
        (12, DAY(2025, 6, 30)),  # the day of the edition
        (24, DAY(2026, 6, 30)),
        (36, DAY(2027, 6, 30)),  # the last day that is looked at
        (11, None),
        (37, None),
        (0, None),  # a contract of no month is a slip
        (-3, None),
        (2_000_000_000, None),
        (None, None),
    ],
)
def test_a_contract_ends_so_many_months_after_its_notification(
    ask: Ask, months: int | None, end: dt.date | None
) -> None:
    answer = ask("echeances", marches=contract(duree_actuelle=months))
    assert [r["date_fin"] for r in answer] == ([end] if end else [])
    [known] = ask("echeances_couverture", marches=contract(duree_actuelle=months))
    assert known["marches"] == 1
    assert known["duree_connue"] == int(months is not None and 0 < months <= 1200)
    assert known["finissent"] == len(answer)


def test_the_end_of_a_month_stays_the_end_of_a_month(ask: Ask) -> None:
    [row] = ask(
        "echeances", marches=contract(date_notification=DAY(2024, 8, 31), duree_actuelle=18)
    )
    assert (row["date_fin"], row["trimestre"]) == (DAY(2026, 2, 28), "2026-T1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "column", "answer"),
    [
        ({"considerations_sociales": ["Clause sociale"]}, "consideration_sociale", "oui"),
        ({"considerations_sociales": ["Marché réservé"]}, "consideration_sociale", "oui"),
        (
            {"considerations_sociales": ["Pas de considération sociale"]},
            "consideration_sociale",
            "non",
        ),
        ({"considerations_sociales": None}, "consideration_sociale", None),
        (
            {"considerations_environnementales": ["Critère environnemental"]},
            "consideration_environnementale",
            "oui",
        ),
        ({"considerations_environnementales": None}, "consideration_environnementale", None),
        ({"offres_recues": 1}, "offre_unique", "oui"),
        ({"offres_recues": 2}, "offre_unique", "non"),
        ({"offres_recues": 0}, "offre_unique", None),  # a contract has at least an offer
        ({"offres_recues": None}, "offre_unique", None),
        ({"objet": "Travaux - Lot 3"}, "alloti", "oui"),
        ({"objet": "Un pilote"}, "alloti", None),  # nothing said: not a no
        ({"techniques": ["Accord-cadre"]}, "est_maximum", "oui"),
        ({"techniques": None}, "est_maximum", "non"),
    ],
)
def test_unknown_is_not_no(ask: Ask, given: dict[str, Any], column: str, answer: Any) -> None:
    [row] = ask("echeances", marches=contract(**given))
    assert row[column] == answer


LAW = DAY(2026, 8, 21)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("signed", "amount", "cpv", "bound", "social"),
    [
        (LAW - dt.timedelta(1), "9000000", "45000000", "non", "non"),
        (LAW, "5538000", "45000000", "oui", "oui"),  # works, at the threshold itself
        (LAW, "5537999.99", "45000000", "oui", "non"),
        (LAW, "221000", "90910000", "oui", "oui"),
        (LAW, "220999.99", "90910000", "oui", "non"),
        (LAW, "300000", None, "oui", None),  # between both thresholds, of unknown kind
        (LAW, "5538000", None, "oui", "oui"),
        (LAW, "100", None, "oui", "non"),
        (LAW, None, "45000000", "oui", None),
    ],
)
def test_what_article_35_asks_of_a_renewal(
    ask: Ask, signed: dt.date, amount: str | None, cpv: str | None, bound: str, social: str | None
) -> None:
    one = contract(
        date_notification=signed.replace(year=2024),
        montant=amount and Decimal(amount),
        code_cpv=cpv,
    )
    [row] = ask("echeances", en_cours=one)  # an amount may lack where no gate has been passed
    assert (row["article_35"], row["condition_sociale"]) == (bound, social)
    assert row["notifie_dans_l_annee"] == "non"


def test_without_a_date_of_article_35_nothing_is_said_of_it(ask: Ask, params: Params) -> None:
    year = params.year.model_copy(update={"dates": {}, "seuils": {}})
    using = params.model_copy(update={"year": year})
    [row] = ask("echeances", using=using, marches=contract())
    assert (row["article_35"], row["condition_sociale"]) == (None, None)


# --- From a file ----------------------------------------------------------------------------


def change(number: int, day: str, months: int) -> dict[str, Any]:
    return {
        "modification": {"id": number, "dateNotificationModification": day, "dureeMois": months}
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("signed", "months", "changes", "kept"),
    [
        (DAY(2022, 3, 1), 48, [], 48),
        (DAY(2022, 3, 1), 12, [], None),  # over by the edition
        (DAY(2022, 3, 1), 12, [change(1, "2023-01-01", 48)], 48),
        (DAY(2022, 3, 1), 12, [change(1, "2025-04-01", 48)], None),  # after the cut-off date
        (DAY(2025, 3, 31), 12, [], 12),  # the next year, by the cut-off date
        (DAY(2025, 4, 1), 12, [], None),
    ],
)
def test_contracts_of_other_years_are_told_and_never_counted(
    read: Read, params: Params, catalogue: Catalogue, root: Path,
    signed: dt.date, months: int, changes: list[Any], kept: int | None,
) -> None:  # fmt: skip
    old = o.Contract("2022V1", notified=signed, published=signed, duree=months)
    now = o.Contract("2024V1")
    records = [o.nested(old, modifications=changes), o.nested(now)]
    lecture = read({"a.json": o.regulatory(records), "b.json": o.regulatory(records)})
    rows_ = collect.accept(lecture, collect.Ledger(), params, root, catalogue).rows
    assert [r["id"] for r in rows_["marches"]] == ["2024V1"]
    assert [(r["id"], r["duree_actuelle"]) for r in rows_["en_cours"]] == (
        [("2022V1", kept)] if kept else []
    )
    assert all(r["titulaires"] for r in rows_["en_cours"])


# --- On what is published -------------------------------------------------------------------

PUBLISHED = ["demo-2024", "demo-2025", "small", "ville-2024", "strangers", "hostile"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_ends_are_counted_again_from_the_contracts(
    request: pytest.FixtureRequest, name: str
) -> None:
    """marches.csv, and months added by the oracle."""
    edition = pages.edition(request, name)
    opened = editions.load(edition, int(rows(edition / "indicateurs.csv")[0]["annee"]))
    start, end = opened.year.date_edition, echeances.horizon(opened)
    due = {}
    for m in rows(edition / "marches.csv"):
        if m["duree_actuelle"] and 0 < int(m["duree_actuelle"]) <= 1200:
            day = o.months_later(
                DAY.fromisoformat(m["date_notification"]), int(m["duree_actuelle"])
            )
            if start <= day <= end:
                due[m["marche_uid"]] = day.isoformat()
    lignes = rows(edition / "echeances.csv")
    own = {r["marche_uid"]: r["date_fin"] for r in lignes if r["notifie_dans_l_annee"] == "oui"}
    assert own == due
    by_buyer = Counter(r["acheteur"] for r in lignes)
    published = {
        r["entite"]: int(r["finissent"]) for r in rows(edition / "echeances_couverture.csv")
    }
    assert {b: published[b] for b in by_buyer} == by_buyer
    whole = opened.scheme.ensemble.code
    quarters = [r for r in rows(edition / "echeances_trimestres.csv") if r["entite"] == whole]
    assert sum(int(r["marches"]) for r in quarters) == len(lignes)
    assert sum(Decimal(r["montant"] or 0) for r in quarters) == sum(
        Decimal(r["montant"] or 0) for r in lignes
    )


def test_each_ambition_shows_what_it_may_still_change(request: pytest.FixtureRequest) -> None:
    edition = pages.edition(request, "demo-2024")
    page = pages.parsed(edition / "rapport.html")
    lignes = rows(edition / "echeances.csv")
    silent = [r for r in lignes if r["consideration_sociale"] == "non"]
    captions = {
        pages.plain(pages.text_of(t.find("caption"))): t
        for t in page.iter("table")
        if "marchés qui se terminent, les plus gros" in pages.text_of(t.find("caption"))
    }
    # The first ambition reads the offers; the environmental ones, environmental considerations.
    assert len(captions) >= 3
    social = next(t for c, t in captions.items() if "Axe 2, ambition 2" in c)
    largest = max(silent, key=lambda r: Decimal(r["montant"]))
    first = social.find("tbody").find("tr")
    assert pages.plain(largest["objet"]) in pages.plain(pages.text_of(first))
    assert "sans considération sociale" in pages.plain(pages.text_of(first))
    words = pages.plain(pages.text_of(page.find("body")))
    assert f"{len(lignes)} marchés se terminent d'ici au 30 juin 2027" in words
    assert "condition et critère environnementaux" in words


def test_the_calendar_says_each_quarter_in_words_and_in_a_table(
    request: pytest.FixtureRequest,
) -> None:
    edition = pages.edition(request, "demo-2024")
    page = pages.parsed(edition / "rapport.html")
    quarters = [r for r in rows(edition / "echeances_trimestres.csv") if r["entite"] == "ensemble"]
    [figure] = [
        f
        for f in page.iter("figure")
        if f.attrib.get("aria-label") == "Marchés qui se terminent, par trimestre"
    ]
    alternative = pages.plain(
        next(d.attrib["aria-label"] for d in figure.iter("div") if d.attrib.get("role") == "img")
    )
    lines = [pages.text_of(tr) for tr in figure.find(".//tbody").iter("tr")]
    assert len(lines) == len(quarters) > 4
    for r in quarters:
        annee, _, rank = r["trimestre"].partition("-")
        assert f"{rank} {annee} : {r['marches']}" in alternative
        assert any(pages.plain(line).startswith(f"{rank} {annee}") for line in lines)


def test_a_year_without_ends_shows_no_empty_table(request: pytest.FixtureRequest) -> None:
    edition = pages.edition(request, "small")
    if not rows(edition / "echeances.csv"):
        text = pages.text_of(pages.parsed(edition / "rapport.html").find("body"))
        assert "À renouveler" not in text
        assert "Quand les marchés se terminent-ils" not in text


# --- What would be enough -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["demo-2024", "demo-2025", "small", "ville-2024"])
def test_renewals_are_ranked_and_add_up_from_the_evidence(
    request: pytest.FixtureRequest, name: str
) -> None:
    """Counted again from preuves.csv and echeances.csv."""
    edition = pages.edition(request, name)
    ends = {r["marche_uid"]: r["date_fin"] for r in rows(edition / "echeances.csv")}
    sides: dict[tuple[str, ...], list[tuple[Decimal, str, str]]] = {}
    for p in rows(edition / "preuves.csv"):
        side = {"numerateur": "de trop", "denominateur": "il manque"}.get(p["role"])
        if side and p["marche_uid"] in ends:
            sides.setdefault((p["code"], p["entite"], p["base"], side), []).append(
                (-Decimal(p["contribution"]), ends[p["marche_uid"]], p["marche_uid"])
            )
    ranked: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for r in rows(edition / "leviers.csv"):
        ranked.setdefault((r["code"], r["entite"], r["base"], r["sens"]), []).append(r)
    assert bool(ranked) == bool(ends)
    for key, rows_ in ranked.items():
        due = sorted(x for x in sides[key] if x[0])
        assert [r["marche_uid"] for r in rows_] == [uid for _, _, uid in due[:50]], key
        assert {int(r["marches"]) for r in rows_} == {len(due)}
        total = Decimal(0)
        for rank, (r, (less, _, _)) in enumerate(zip(rows_, due, strict=False), start=1):
            total -= less
            assert (int(r["rang"]), Decimal(r["cumul"])) == (rank, total)


def move(cumul: str, day: str, marches: int) -> dict[str, str]:
    return {
        "cumul": cumul, "date_fin": day, "marches": str(marches), "objet": f"Au {day}",
        "contribution": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("base", "lack", "moves", "sentence"),
    [
        ("nombre", "2", [], "aucun marché qui se termine ne peut y aider"),
        ("nombre", "1", [move("1", "2026-01-05", 1)],
         "le seul à renouveler suffirait, fini d’ici au 5 janvier 2026"),
        ("nombre", "2", [move("1", "2026-01-05", 3), move("2", "2026-02-05", 3),
                         move("3", "2026-03-05", 3)],
         "les 2 premiers des 3 à renouveler suffiraient, finis d’ici au 5 février 2026"),
        ("valeur", "1000.01", [move("1000.00", "2026-03-05", 2), move("1000.01", "2026-01-05", 2)],
         "il y faudrait les 2 à renouveler, finis d’ici au 5 mars 2026"),
        ("valeur", "1000", [move("1000.00", "2026-03-05", 2), move("1000.01", "2026-01-05", 2)],
         "le plus gros des 2 à renouveler suffirait, fini d’ici au 5 mars 2026"),
        ("nombre", "3", [move("1", "2026-01-05", 2), move("2", "2026-02-05", 2)],
         "tous les marchés à renouveler n’en apporteraient que 2."),
        ("nombre", "3", [move("1", "2026-01-05", 9), move("2", "2026-01-06", 9)],
         "2 renouvellements n’y suffisent pas"),
    ],
)  # fmt: skip
def test_what_would_be_enough_is_said_in_words(
    request: pytest.FixtureRequest, base: str, lack: str, moves: Rows, sentence: str
) -> None:
    from types import SimpleNamespace

    scheme = SimpleNamespace(entites_courtes={"ville": "Ville"})
    gap = {"code": "X", "entite": "ville", "base": base, "sens": "il manque", "manque": lack}
    enough = suffisants._enough(SimpleNamespace(scheme=scheme), gap, moves)  # type: ignore[arg-type]
    phrase = enough.phrase
    assert pages.plain(phrase).startswith(f"X, Ville, en {base} : il manque ")
    assert pages.plain(sentence) in pages.plain(phrase)
    doubtful = suffisants._enough(SimpleNamespace(scheme=scheme), gap, moves, sure=False)  # type: ignore[arg-type]
    assert "sur les seuls marchés renseignés" not in phrase
    assert "sur les seuls marchés renseignés ; " in doubtful.phrase


def test_what_is_too_little_known_to_be_shown_needs_no_renewal(
    request: pytest.FixtureRequest,
) -> None:
    """«n. s.» stood in the table, and «il manque 2 marchés» below it."""
    opened = editions.load(pages.edition(request, "demo-2024"), 2024)
    names = {nom: code for code, nom in opened.scheme.entites_courtes.items()}
    items = {(i.code, c.base): (i, c) for i in opened.indicateurs for c in i.calculs}
    heads = [
        re.match(r"(\S+), (.+), en (\w+) : ", x.phrase)
        for ambition in opened.scheme.ambitions
        for x in suffisants.enough(opened, ambition)
    ]
    assert len(heads) > 5
    for head in heads:
        assert head
        item, calcul = items[head[1], head[3]]  # type: ignore[index]
        assert not is_thin(opened, opened.figure(item, calcul, names[head[2]]))


def test_each_missed_rate_says_on_its_page_what_would_be_enough(
    request: pytest.FixtureRequest,
) -> None:
    edition = pages.edition(request, "demo-2024")
    opened = editions.load(edition, 2024)
    phrases = [x.phrase for a in opened.scheme.ambitions for x in suffisants.enough(opened, a)]
    assert any("suffiraient" in x or "suffirait" in x for x in phrases)
    words = pages.plain(pages.text_of(pages.parsed(edition / "rapport.html").find("body")))
    for x in phrases:
        assert pages.plain(x) in words
    law = {r["code"] for r in rows(edition / "ecarts.csv") if r["code"] == "SOC1-05"}
    assert law
    assert not any(code in x for x in phrases for code in law)
    assert any(r["code"] in law for r in rows(edition / "leviers.csv"))
    assert "un renouvellement ne répare pas un marché passé" in words


NAMES = {"metropole": "Métropole", "ville": "Ville", "ensemble": "Ensemble"}


def test_the_renewals_that_would_be_enough_are_listed_in_their_order(
    request: pytest.FixtureRequest,
) -> None:
    """Under each gap, the first of leviers.csv that close it, and how many follow."""
    edition = pages.edition(request, "demo-2024")
    page = pages.parsed(edition / "rapport.html")
    moves, checked, followed = rows(edition / "leviers.csv"), 0, 0
    for gap in rows(edition / "ecarts.csv"):
        mine = [r for r in moves if all(r[k] == gap[k] for k in ("code", "entite", "base", "sens"))]
        head = f"{gap['code']}, {NAMES[gap['entite']]}, en {gap['base']} : "
        shown = [li for li in page.iter("li") if pages.plain(pages.text_of(li)).startswith(head)]
        if not shown or not mine:
            continue
        [item] = shown
        lack = Decimal(gap["manque"])
        count = next((n for n, r in enumerate(mine, 1) if Decimal(r["cumul"]) >= lack), len(mine))
        listed = [pages.plain(pages.text_of(li)) for li in item.iterfind("ol/li")]
        assert len(listed) == min(count, suffisants.SHOWN)
        for line, r in zip(listed, mine, strict=False):
            assert line.startswith(pages.plain(r["objet"]) + ", fin le ")
            assert r["date_fin"][:4] in line
            assert ("€" in line.rpartition(", fin le ")[2]) == (gap["base"] == "valeur")
        more = pages.plain(pages.text_of(item)).partition("Puis ")[2]
        assert more.startswith(f"{count - 5} autre") if count > 5 else not more
        checked, followed = checked + 1, followed + (count > 5)
    assert checked > 3
    assert followed
