"""The year is whole or says that it is not: silences, counts, periods, what follows from them."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import oracle as o
import pytest
from neutral import NOM_METROPOLE, NOM_VILLE, PROJECT
from pages import Made, figures, once, parsed, plain, project, rows, spaser, text_of, write_json

from spaser import quality, sources
from spaser.commands import new_year
from spaser.errors import UserError
from spaser.quality import Gate, completeness
from spaser.quality.completeness import A_VERIFIER, ATTESTE, DECLARE, INCOMPLET, PEU, RIEN
from spaser.quality.silences import silent
from spaser.settings import params as parameters
from spaser.settings import periodes
from spaser.settings.params import Params
from spaser.settings.periodes import Periode
from spaser.settings.year import Attendu, PeriodeConnue
from spaser.sources.lecture import Count

pytest_plugins = ("pages",)

Pass = Callable[..., Gate]
YEAR = Periode(dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def day(number: int) -> dt.date:
    """The day of 2024 of a rank, from 1."""
    return dt.date(2023, 12, 31) + dt.timedelta(number)


def every(step: int, first: int = 1, last: int = 366) -> list[dt.date]:
    return [day(n) for n in range(first, last + 1, step)]


# --- The rule of silences ------------------------------------------------------------------


@pytest.mark.parametrize("days, accused", [
    (every(1), 0),
    (every(7), 0),
    (every(1, last=150), 1),  # cut at the end of May
    (every(2, first=150), 1),  # nothing before the end of May
    (every(2, last=90) + every(2, first=240), 1),  # a hole in the middle
    (every(2, last=60) + every(2, 130, 190) + every(2, 270), 2),
    (every(1, last=14), 0),  # a fortnight tells nothing
    (every(10, last=120), 0),  # a dozen contracts, then seven months
    (every(1, last=330), 0),  # five weeks, the last ones slow
    ([day(150)] * 120, 0),  # one day is one day, whatever happens on it
    ([], 0),
])  # fmt: skip
def test_a_silence_is_accused_when_chance_does_not_explain_it(
    days: Sequence[dt.date], accused: int
) -> None:
    assert len(silent(days, YEAR, 45, {})) == accused


def test_a_silence_is_told_from_its_first_day_to_its_last() -> None:
    assert silent(every(1, last=152), YEAR, 45, {}) == [Periode(dt.date(2024, 6, 1), YEAR.fin)]


def test_the_year_before_explains_the_silence_that_it_kept() -> None:
    days = every(2, last=60) + every(2, first=150)  # nothing in March, April, May
    assert silent(days, YEAR, 45, {})
    usual = {m: 0 if m in {3, 4, 5} else 12 for m in range(1, 13)}
    assert not silent(days, YEAR, 45, usual)
    assert silent(days, YEAR, 45, dict.fromkeys(range(1, 13), 12))


def bursty(draw: random.Random, contracts: int) -> list[dt.date]:
    """A buyer's year: councils and what follows them, few days of summer, none of a weekend."""
    councils = range(draw.randint(10, 40), 366, draw.choice([28, 35, 42, 60]))
    days: list[dt.date] = []
    while len(days) < contracts:
        n = draw.randint(1, 366)
        if draw.random() < 0.5:
            n = draw.choice(councils) + int(draw.expovariate(1 / 6))
        when = day(min(n, 366))
        slow = when.month == 8 or (when.month, when.day) > (12, 22)
        if when.weekday() < 5 and draw.random() < (0.2 if slow else 1):
            days += [when] * draw.choice([1, 1, 1, 2, 3])
    return days


@pytest.mark.parametrize("contracts", [12, 30, 60, 120, 300])
def test_buyers_who_buy_in_bursts_are_not_accused(contracts: int) -> None:
    draw = random.Random(contracts)
    accused = sum(bool(silent(bursty(draw, contracts), YEAR, 45, {})) for _ in range(400))
    assert accused <= 2


@pytest.mark.parametrize("contracts, last, least", [
    (120, 152, 0.95), (120, 244, 0.95), (300, 274, 0.95), (300, 305, 0.9),
])  # fmt: skip
def test_files_cut_short_are_accused(contracts: int, last: int, least: float) -> None:
    draw = random.Random(contracts + last)
    cut = [[d for d in bursty(draw, contracts) if d <= day(last)] for _ in range(100)]
    assert sum(bool(silent(days, YEAR, 45, {})) for days in cut) >= 100 * least


# --- Sources -------------------------------------------------------------------------------


def contracts(days: Iterable[dt.date], buyer: str = o.VILLE) -> list[o.Contract]:
    return [
        o.Contract(f"{buyer[:3]}-{n:04d}", buyer=buyer, notified=d, published=d + dt.timedelta(20))
        for n, d in enumerate(days)
    ]


def decp(*days: Iterable[dt.date], buyers: Sequence[str] = (o.VILLE, o.METROPOLE)) -> Any:
    drawn = [c for buyer, own in zip(buyers, days, strict=False) for c in contracts(own, buyer)]
    return o.regulatory([o.nested(c) for c in drawn])


def payments(days: Iterable[dt.date]) -> str:
    head = (
        "numero;acheteur_siret;fournisseur_id;fournisseur;date_reception;date_paiement;montant_ht"
    )
    return "\n".join(
        [
            head,
            *(
                f"{n};{o.VILLE};49047296600012;Société {n};{d - dt.timedelta(20):%d/%m/%Y};"
                f"{d:%d/%m/%Y};100,00"
                for n, d in enumerate(days)
            ),
        ]
    )


def tenders(days: Iterable[dt.date]) -> str:
    lines = [f"C{n};{o.VILLE};Achat {n};{d:%d/%m/%Y};oui" for n, d in enumerate(days)]
    return "\n".join(["numero;acheteur_siret;objet;date_lancement;fiche_strategie", *lines])


def meals(days: Iterable[dt.date]) -> str:
    lines = [f"{o.VILLE};Achat {n};{d};10.00;AUTRES;BIO" for n, d in enumerate(days)]
    return "\n".join(["siret,description,date,prix_ht,famille_produits,caracteristiques"] + [
        x.replace(";", ",") for x in lines
    ])  # fmt: skip


def with_year(params: Params, **update: Any) -> Params:
    return params.model_copy(update={"year": params.year.model_copy(update=update)})


def period(last: dt.date, first: dt.date = YEAR.debut, **keys: Any) -> PeriodeConnue:
    return PeriodeConnue(depuis=first, jusqu_au=last, motif="export partiel", **keys)


def state(gate: Gate, table: str = "marches", buyer: str = "ville") -> completeness.Constat:
    (constat,) = [c for c in gate.completude.constats if (c.table, c.acheteur) == (table, buyer)]
    return constat


WHOLE, CUT = every(3), every(1, last=140)


@pytest.mark.parametrize("table, name, content, lack", [
    ("marches", "decp.json", decp(CUT), "aucune notification"),
    ("mandats", "mandats.csv", payments(CUT), "aucun paiement"),
    ("consultations", "consultations.csv", tenders(CUT), "aucun lancement"),
    ("cantine", "cantine.csv", meals(CUT), "aucun achat"),
])  # fmt: skip
def test_each_dated_source_of_a_buyer_is_looked_at(
    gate: Pass, table: str, name: str, content: Any, lack: str
) -> None:
    gated = gate({"whole.json": decp([], WHOLE), name: content})
    assert gated.arrete
    (motif,) = gated.motifs
    assert lack in motif
    assert NOM_VILLE in motif
    assert "31 décembre 2024" in motif
    assert "19 mai 2024" in motif  # the last day
    assert state(gated, table).etat == INCOMPLET
    assert state(gated, "marches", "metropole").etat == RIEN


@pytest.mark.parametrize("name, content", [
    ("decp.json", decp(WHOLE)),
    ("mandats.csv", payments(WHOLE)),
    ("consultations.csv", tenders(WHOLE)),
    ("cantine.csv", meals([d for d in every(1) if d.month not in {7, 8}])),  # school canteens
])  # fmt: skip
def test_a_whole_year_is_not_accused(gate: Pass, name: str, content: Any) -> None:
    assert gate({"whole.json": decp([], WHOLE), name: content}).motifs == []


def test_a_dozen_contracts_are_not_accused(gate: Pass) -> None:
    gated = gate({"decp.json": decp([*every(5, last=60), day(360)])})
    assert not gated.arrete
    assert state(gated).etat == PEU
    assert state(gated).publication == state(gated).derniere + dt.timedelta(20)  # type: ignore[operator]


@pytest.mark.parametrize("days, etat", [
    ([day(190)] * 18, A_VERIFIER),  # the file of a day
    (every(5, 185, 205), A_VERIFIER),  # of a month
    ([day(190)] * 2, PEU),
    ([day(2), day(20), day(185)], PEU),  # half of the year
])  # fmt: skip
def test_few_contracts_of_one_month_are_to_be_looked_at_and_do_not_stop(
    gate: Pass, days: list[dt.date], etat: str
) -> None:
    gated = gate({"decp.json": decp(days)})
    assert not gated.arrete
    assert state(gated).etat == etat
    assert ("l'export est-il" in state(gated).motif) == (etat == A_VERIFIER)


def test_rows_in_quarantine_are_rows_received(gate: Pass) -> None:
    """What is refused for its amount still says that the file goes to the end of the year."""
    late = [o.nested(c, montant=0.5) for c in contracts(every(3, first=145), o.VILLE)]
    early = [o.nested(c) for c in contracts(CUT, o.METROPOLE)]
    renamed = [m | {"acheteur": {"id": o.VILLE}} for m in early]
    gated = gate({"decp.json": o.regulatory(renamed + late)})
    assert state(gated).etat == RIEN


def test_the_real_city_is_not_accused_and_is_when_it_is_cut(
    real: Callable[[str], Path], gate: Pass, root: Path
) -> None:
    records = o.rows_of(real("data/dijon/decp-2022-marches-valides.json"))
    for annee, months in ((2024, range(5, 10)), (2025, range(5, 9))):
        using = parameters.load(root / "params", annee)
        assert gate({"decp.json": {"records": records}}, using).motifs == []
        for month in months:
            until = [r for r in records if r["datenotification"] <= f"{annee}-{month:02d}-31"]
            (motif,) = gate({"decp.json": {"records": until}}, using).motifs
            assert "année incomplète" in motif


@pytest.mark.slow
@pytest.mark.parametrize("annee", [2024, 2025])
def test_the_demonstration_is_not_accused(root: Path, annee: int) -> None:
    using = parameters.load(root / "params", annee)
    lecture = sources.read_folder(root / "data" / "raw" / str(annee), using)
    gated = quality.pass_gate(lecture, using, root / "expectations")
    assert {c.etat for c in gated.completude.constats} <= {RIEN, PEU, completeness.SANS_DATE}


def test_the_case_cut_in_may_is_accused(
    real: Callable[[str], Path], params: Params, root: Path
) -> None:
    lecture = sources.read_folder(real("cases/year-cut-in-may"), params)
    (motif,) = quality.pass_gate(lecture, params, root / "expectations").motifs
    assert "aucune notification du 27 mai au 31 décembre 2024" in motif
    assert "dernière publication : 15 juin 2024" in motif


# --- The year before -----------------------------------------------------------------------


def pass_with(content: Any, params: Params, before: completeness.Before) -> Gate:
    from conftest import folder

    with folder({"decp.json": content}) as path:
        lecture = sources.read_folder(path, params)
        return quality.pass_gate(lecture, params, PROJECT / "expectations", before=before)


@pytest.mark.slow
def test_the_year_before_explains_a_silence_of_contracts(params: Params) -> None:
    days = every(2, last=60) + every(2, first=150)
    months = {("ville", f"{m:02d}"): Count(0 if m in {3, 4, 5} else 9, Decimal(9)) for m in
              range(1, 13)}  # fmt: skip
    assert pass_with(decp(days), params, {}).arrete
    assert not pass_with(decp(days), params, months).arrete
    del months["ville", "03"]  # a year that is not whole explains nothing
    assert pass_with(decp(days), params, months).arrete


def test_a_year_that_fades_is_to_be_looked_at_but_does_not_stop(params: Params) -> None:
    months = {("ville", f"{m:02d}"): Count(10, Decimal(9)) for m in range(1, 13)}
    days = every(1, last=150) + every(40, first=160)
    gated = pass_with(decp(days), params, months)
    assert not gated.arrete
    assert state(gated).etat == A_VERIFIER
    assert re.match(r"\d depuis le 1er \w+ 2024, contre \d+ aux mêmes mois", state(gated).motif)


def test_months_are_counted_with_those_of_the_year_before(params: Params) -> None:
    before = {("ville", "02"): Count(7, Decimal("70.50"))}
    gated = pass_with(decp([day(1), day(2), day(40)]), params, before).completude.mois
    assert [m.mois for m in gated] == [f"2024-{m:02d}" for m in range(1, 13)]
    euros = Decimal("50000.00")
    assert gated[0] == ("ville", "2024-01", 2, 2 * euros, None, None)
    assert gated[1] == ("ville", "2024-02", 1, euros, 7, Decimal("70.50"))
    assert gated[2][2:] == (0, Decimal("0.00"), None, None)


# --- What the params own up to -------------------------------------------------------------

MAY = dt.date(2024, 5, 31)


@pytest.mark.parametrize("entries, stops, state_", [
    ([period(MAY)], False, DECLARE),
    ([period(MAY, acheteur="ville")], False, DECLARE),
    ([period(MAY, source="decp")], False, DECLARE),
    ([period(MAY, acheteur="metropole")], True, INCOMPLET),  # another's year
    ([period(MAY, source="mandats")], True, INCOMPLET),  # another source
    ([period(dt.date(2024, 8, 31))], True, INCOMPLET),  # a longer period than the data
    ([period(dt.date(2024, 3, 31))], True, INCOMPLET),  # contracts out of the period
    ([period(dt.date(2024, 3, 31)), period(MAY, dt.date(2024, 4, 1))], False, DECLARE),
    ([period(YEAR.fin)], False, ATTESTE),  # nothing was bought after May: it is attested
])  # fmt: skip
def test_an_incomplete_year_passes_when_it_is_owned_up_to(
    gate: Pass, params: Params, entries: list[PeriodeConnue], stops: bool, state_: str
) -> None:
    gated = gate({"decp.json": decp(CUT)}, with_year(params, completude=tuple(entries)))
    assert gated.arrete == stops
    assert state(gated).etat == state_


def test_months_outside_the_period_are_unknown_not_zero(gate: Pass, params: Params) -> None:
    gated = gate({"decp.json": decp(CUT)}, with_year(params, completude=(period(MAY),)))
    counted = [m.marches for m in gated.completude.mois]
    assert counted == [31, 29, 31, 30, 19, *[None] * 7]
    assert sum(counted[:5]) == len(CUT)


@pytest.mark.parametrize("count, entries, stops, state_", [
    (122, [], False, "égal"),
    (123, [], True, INCOMPLET),
    (121, [], False, A_VERIFIER),
    (200, [period(YEAR.fin - dt.timedelta(1))], False, DECLARE),
])  # fmt: skip
def test_a_declared_count_is_met_or_stops(
    gate: Pass, params: Params, count: int, entries: list[PeriodeConnue], stops: bool, state_: str
) -> None:
    days = [d for d in WHOLE if d != YEAR.fin]
    assert len(days) == 122
    expected = Attendu(acheteur="ville", nombre=count, origine="registre")
    using = with_year(params, attendus=(expected,), completude=tuple(entries))
    gated = gate({"decp.json": decp(days)}, using)
    assert gated.arrete == stops
    assert gated.completude.comptes == [(expected, 122, state_)]
    if stops:
        assert "122 retenus sur 123 attendus (registre)" in gated.motifs[0]


def test_a_count_may_be_of_a_register_and_of_all_together(gate: Pass, params: Params) -> None:
    files = {"decp.json": decp(WHOLE), "mandats.csv": payments(WHOLE)}
    for count, stops in ((len(WHOLE), False), (len(WHOLE) + 1, True)):
        expected = Attendu(source="mandats", nombre=count, origine="bordereau")
        assert gate(files, with_year(params, attendus=(expected,))).arrete == stops


@pytest.mark.parametrize("block, message", [
    ("completude: [{acheteur: mairie, depuis: 2024-01-01, jusqu_au: 2024-05-31, motif: x}]",
     "mairie"),
    ("completude: [{source: tickets, depuis: 2024-01-01, jusqu_au: 2024-05-31, motif: x}]",
     "tickets"),
    ("completude: [{depuis: 2023-01-01, jusqu_au: 2024-05-31, motif: x}]", "2023-01-01"),
    ("completude: [{depuis: 2024-05-31, jusqu_au: 2024-01-01, motif: x}]", "avant de commencer"),
    ("completude: [{depuis: 2024-01-01, jusqu_au: 2024-05-31}]", "motif"),
    ("completude: [{depuis: hier, jusqu_au: 2024-05-31, motif: x}]", "date"),
    ("attendus: [{source: tickets, nombre: 3, origine: x}]", "tickets"),
    ("attendus: [{nombre: -3, origine: x}]", "petite"),
])  # fmt: skip
def test_what_is_declared_wrong_is_one_message(params_copy: Path, block: str, message: str) -> None:
    file = params_copy / "2024" / "params.yml"
    file.write_text(file.read_text(encoding="utf-8") + "\n" + block + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=message) as fault:
        parameters.load(params_copy, 2024)
    assert "params.yml" in fault.value.lieu


def test_what_is_declared_of_a_year_is_not_copied_to_the_next(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "params", tmp_path / "params")
    file = tmp_path / "params" / "2025" / "params.yml"
    block = (
        "completude:\n  - {depuis: 2025-01-01, jusqu_au: 2025-05-31, motif: x}\n"
        "attendus:\n  - nombre: 3\n    origine: x\n"
    )
    file.write_text(block + file.read_text(encoding="utf-8"), encoding="utf-8")
    new_year.create(2026, tmp_path, tmp_path / "params")
    year = parameters.load(tmp_path / "params", 2026).year
    assert year.completude == ()
    assert year.attendus == ()


@pytest.mark.parametrize("entries, entite, sources_, period_", [
    ([], "ville", ["decp"], ""),
    ([period(YEAR.fin)], "ville", ["decp"], ""),
    ([period(MAY)], "ville", ["decp"], "du 1er janvier au 31 mai 2024"),
    ([period(MAY)], "ensemble", ["decp"], "du 1er janvier au 31 mai 2024"),
    ([period(MAY, acheteur="ville")], "metropole", ["decp"], ""),
    ([period(MAY, acheteur="ville")], "ensemble", ["decp"],
     f"{NOM_VILLE}, du 1er janvier au 31 mai 2024"),
    ([period(MAY, source="mandats")], "ville", ["decp"], ""),
    ([period(MAY, source="mandats")], "ville", ["decp", "mandats"],
     "du 1er janvier au 31 mai 2024"),
    ([period(dt.date(2024, 2, 29)), period(YEAR.fin, dt.date(2024, 7, 1))], "ville", ["decp"],
     "du 1er janvier au 29 février 2024 et du 1er juillet au 31 décembre 2024"),
])  # fmt: skip
def test_the_period_of_a_figure_in_words(
    params: Params, entries: list[PeriodeConnue], entite: str, sources_: list[str], period_: str
) -> None:
    year = with_year(params, completude=tuple(entries)).year
    reserve = periodes.reserve(year, params.scheme, entite, sources_)
    assert reserve == (f"année incomplète : {period_}" if period_ else "")


# --- Quarantine of a buyer, of a file ------------------------------------------------------


def lost(days: Sequence[dt.date], buyer: str, bad: int) -> list[Any]:
    published = [o.nested(c) for c in contracts(days, buyer)]
    return [m | {"montant": "MQ"} if n < bad else m for n, m in enumerate(published)]


@pytest.mark.parametrize("total, bad, stops", [
    (40, 20, True), (40, 4, False), (40, 5, True),
    (4, 1, False), (9, 4, False), (4, 3, True), (3, 3, True), (2, 2, False), (10, 2, True),
])  # fmt: skip
def test_the_thresholds_hold_for_each_buyer_and_each_file(
    gate: Pass, total: int, bad: int, stops: bool
) -> None:
    many = o.regulatory([o.nested(c) for c in contracts(every(1), o.METROPOLE)])
    spoilt = lost(every(9), o.VILLE, bad)[:total]
    one_file = gate({"a.json": o.regulatory([*many["marches"]["marche"], *spoilt])})
    assert [m.split(" : ")[0] for m in one_file.motifs] == [
        f"Marchés, acheteur {NOM_VILLE}"
    ] * stops
    two = gate({"a.json": many, "b.json": o.regulatory(spoilt)})
    assert [m.split(" : ")[0] for m in two.motifs] == [
        f"Marchés, acheteur {NOM_VILLE}", "Marchés, fichier b.json",
    ] * stops  # fmt: skip


def test_the_amount_lost_of_one_buyer_stops(gate: Pass) -> None:
    huge = o.nested(contracts([day(2)], o.VILLE)[0], dateNotification="hier", montant=9_000_000)
    own = [o.nested(c) for c in contracts(every(9), o.VILLE)]
    others = [o.nested(c, montant=5_000_000) for c in contracts(every(1), o.METROPOLE)]
    (motif,) = gate({"a.json": o.regulatory([*others, *own, huge])}).motifs
    assert motif.startswith(f"Marchés, acheteur {NOM_VILLE}")
    assert "du montant" in motif


def test_a_register_is_judged_by_buyer_and_file_too(gate: Pass) -> None:
    def lines(buyer: str, count: int, bad: int) -> str:
        head = "numero;acheteur_siret;fournisseur_id;fournisseur;date_reception;date_paiement;"
        return "\n".join([head + "montant_ht"] + [
            f"{buyer[:2]}{n};{buyer};49047296600012;S;01/02/2024;{day(40 + n):%d/%m/%Y};"
            + ("beaucoup" if n < bad else "10,00")
            for n in range(count)
        ])  # fmt: skip

    gated = gate({
        "decp.json": decp(WHOLE), "m.csv": lines(o.METROPOLE, 300, 0),
        "v.csv": lines(o.VILLE, 20, 8),
    })  # fmt: skip
    reasons = [m for m in gated.motifs if "quarantaine" in m]
    assert [m.split(" : ")[0] for m in reasons] == [
        f"Mandats de paiement, acheteur {NOM_VILLE}", "Mandats de paiement, fichier v.csv",
    ]  # fmt: skip


# --- The whole way: a year cut short, then the next ----------------------------------------

OWNED = "completude:\n  - {depuis: 2024-01-01, jusqu_au: 2024-05-31, motif: export <b>de juin}\n"


def write_years(place: Path) -> None:
    project(place)
    days = [d for d in every(1, last=150) if d.day < 29]
    for annee, own in ((2024, days), (2025, [d.replace(year=2025) for d in WHOLE])):
        for name, buyer in (("v", o.VILLE), ("m", o.METROPOLE)):
            path = place / "data" / "raw" / str(annee) / f"{name}.json"
            write_json(path, decp(own, buyers=[buyer]))


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A project whose 2024 is cut in May and owned up to, and whose 2025 is whole."""

    def build(place: Path) -> Any:
        write_years(place)
        file = place / "params" / "2024" / "params.yml"
        file.write_text(OWNED + file.read_text(encoding="utf-8"), encoding="utf-8")
        return spaser("run", "2024", "2025", cwd=place)

    return once(tmp_path_factory, "cut", build)


@pytest.mark.slow
def test_a_year_cut_short_stops_and_says_so(tmp_path: Path) -> None:
    write_years(tmp_path)
    for command in ("check", "run"):
        done = spaser(command, "2024", cwd=tmp_path)
        assert done.code == 3, done.err
        assert "année incomplète" in done.err
        assert "completude" in done.err
        assert not (tmp_path / "reports" / "2024").exists()
        control = tmp_path / "reports" / "2024-controle"
        months = rows(control / "completude.csv")
        assert list(months[0]) == [
            "acheteur", "mois", "marches", "montant", "marches_n_1", "montant_n_1",
        ]  # fmt: skip
        assert [m["marches"] for m in months if m["acheteur"] == "ville"][4:7] == ["28", "0", "0"]
        states = {(r["table"], r["acheteur"]): r for r in rows(control / "completude-sources.csv")}
        assert states["marches", "ville"]["constat"] == INCOMPLET
        page = (control / "qualite.html").read_text(encoding="utf-8")
        assert "<strong>incomplet</strong>" in page
        assert page.count('class="graphique"') == 2
        assert "mai 28, juin 0" in page  # what the chart says in words


def test_a_year_of_few_dates_says_the_first_and_the_last(small: Made) -> None:
    """Three contracts of one day, and two dozen on twelve days of the year."""
    folder = small.reports / "2024"
    to_look_at = f"{NOM_METROPOLE}, notifications le 6 mai 2024"
    for page in ("rapport.html", "synthese.html", "qualite.html", "../index.html"):
        text = plain(text_of(parsed(folder / page).find("body")))
        assert "Année à vérifier" in text, page
        assert to_look_at in text, page
    cover = plain(text_of(parsed(folder / "rapport.html").find("body")))
    assert "notifications du 3 janvier au 3 décembre 2024" in cover
    assert "année à vérifier. 3 lignes datées, toutes le 6 mai 2024" in small.done.out
    printed = spaser("explain", "2024", "--reports", small.reports).out
    assert "Année à vérifier." in printed
    assert "le 6 mai 2024" in " ".join(printed.split())


def test_every_page_of_an_incomplete_year_says_its_period(cut: Made) -> None:
    period_ = re.compile(r"du 1er janvier au 31 mai.2024")
    pages = ("rapport", "comite", "calculs", "preuves", "qualite")
    for path in [*(cut.reports / "2024" / f"{p}.html" for p in pages), cut.reports / "index.html"]:
        text = path.read_text(encoding="utf-8").replace("1<sup>er</sup>", "1er")
        assert period_.search(text), path
        assert "Année incomplète" in text, path
        assert "<b>de juin" not in text
    cover = (cut.reports / "2024" / "rapport.html").read_text(encoding="utf-8")
    assert "31 décembre 2024" not in cover.partition("<!-- sommaire -->")[0].partition("<nav")[0]
    assert "export &lt;b&gt;de juin" in cover


def test_an_incomplete_year_is_neither_judged_nor_compared(cut: Made) -> None:
    for row in figures(cut.reports / "2024").values():
        declared = row["motif_absence"].startswith("sans objet : ")  # by the params, not the data
        assert declared or row["verdict"] in {
            "indécidable", "sans cible", "non disponible", "non vérifiable",
        }  # fmt: skip
        assert not row["evolution"]
        assert not row["valeur_n_1"]
        if row["valeur"]:
            assert "année incomplète : du 1er janvier au 31 mai 2024" in row["motif_absence"]
    assert any(r["verdict"] == "indécidable" for r in figures(cut.reports / "2024").values())
    assert rows(cut.reports / "2024" / "ecarts.csv") == []
    page = (cut.reports / "2024" / "rapport.html").read_text(encoding="utf-8")
    report = unescape(page).replace("’", "'")
    assert "une partie de l'année ne se juge pas" in report
    assert "Trajectoires 2024" not in report


def test_the_next_year_does_not_compare_with_it(cut: Made) -> None:
    after = figures(cut.reports / "2025")
    assert all(not r["valeur_n_1"] and not r["evolution"] for r in after.values())
    assert {r["verdict"] for r in after.values()} & {"atteint", "non atteint"}
    series = rows(cut.reports / "2025" / "series.csv")
    assert {r["comparable"] for r in series if r["annee"] == "2024"} == {"incomplet"}
    months = [r for r in rows(cut.reports / "2025" / "completude.csv") if r["acheteur"] == "ville"]
    assert [m["marches_n_1"] for m in months] == ["28", "28", "28", "28", "28", *[""] * 7]


def test_explain_says_the_period_and_what_does_not_compare(cut: Made) -> None:
    printed = {
        words: re.sub(r"\s+", " ", spaser("explain", *words, "--reports", cut.reports).out).replace(
            "’", "'"
        )
        for words in (("2024",), ("2025",), ("2024", "SOC2-01"), ("2025", "SOC2-01"))
    }
    assert "Année incomplète." in printed["2024",]
    assert "du 1er janvier au 31 mai 2024" in printed["2024",]
    assert "Rien ne se compare : 2024 n'est connue qu'en partie" in printed["2025",]
    assert "indécidable (année incomplète : du 1er janvier au 31 mai" in printed["2024", "SOC2-01"]
    assert "Non comparable : 2024 n'est connue qu'en partie" in printed["2025", "SOC2-01"]


def test_months_add_up_to_the_contracts_and_are_described(cut: Made) -> None:
    for annee in ("2024", "2025"):
        folder = cut.reports / annee
        months = rows(folder / "completude.csv")
        counted = rows(folder / "marches.csv")
        assert sum(int(m["marches"] or 0) for m in months) == len(counted)
        assert sum(Decimal(m["montant"] or 0) for m in months) == sum(
            Decimal(m["montant"]) for m in counted
        )
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        paths = {r["path"] for r in package["resources"]}
        assert {"completude.csv", "completude-sources.csv"} <= paths
        schema = json.loads((folder / "schemas" / "completude.json").read_text(encoding="utf-8"))
        with (folder / "completude.csv").open(encoding="utf-8", newline="") as stream:
            assert next(csv.reader(stream)) == [f["name"] for f in schema["fields"]]


def test_a_report_of_before_this_control_still_compares(cut: Made, tmp_path: Path) -> None:
    """A year published without completude.csv is compared, and explains no silence."""
    from spaser.figures import years

    shutil.copytree(cut.reports / "2025", tmp_path / "2025")
    manifest = tmp_path / "2025" / "manifeste.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    del content["sorties"]["completude.csv"]
    write_json(manifest, content)
    (tmp_path / "2025" / "completude.csv").unlink()
    setting = parameters.load(PROJECT / "params", 2025)
    after = with_year(setting, annee=2026)
    (past,) = years.earlier(tmp_path, after, demonstration=False)
    assert past.annee == 2025
    assert past.mois == {}
    assert past.valeurs
