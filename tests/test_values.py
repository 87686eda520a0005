"""Published text to typed values: what is accepted, what is refused, and never a guess."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser.sources import dates, values
from spaser.sources.fields import ENVIRONNEMENTALES, SOCIALES
from spaser.sources.values import (
    AMBIGU,
    ARRONDI,
    HORS_LISTE,
    ILLISIBLE,
    SENTINELLE,
    ZERO_RENDU,
    Read,
)

MISSING = [None, "", "   ", "\u00a0", "\u202f\t\n"]
SENTINELS = ["CDL", "MQ", "NC", "N/A", "NA", "INX", "INX 0", "INX abc", "cdl", "inx 12", " MQ "]


@pytest.mark.parametrize("raw, euros", [
    ("14700.00", "14700.00"),
    ("14700", "14700.00"),
    ("0", "0.00"),
    ("1.5", "1.50"),
    ("691929.16", "691929.16"),
    ("1234.5", "1234.50"),
    ("1234,5", "1234.50"),
    ("0,99", "0.99"),
    ("14 700,00", "14700.00"),
    ("14\u00a0700,00", "14700.00"),
    ("14\u202f700,00", "14700.00"),
    ("14\u2009700,00", "14700.00"),
    ("1 234 567", "1234567.00"),
    ("1  234", "1234.00"),
    ("14.700,00", "14700.00"),
    ("1.234.567", "1234567.00"),
    ("1.234.567,89", "1234567.89"),
    ("2 500 000 €", "2500000.00"),
    ("2500000€", "2500000.00"),
    ("12\u00a0€", "12.00"),
    ("14&nbsp;700,00", "14700.00"),
    ("  12  ", "12.00"),
    ("-12,50", "-12.50"),
    ("\u221212,50", "-12.50"),
    ("(250,00)", "-250.00"),
    ("( 250,00 € )", "-250.00"),
    ("250,00-", "-250.00"),
    ("250,00 € -", "-250.00"),
    ("- 250", "-250.00"),
    ("+250", "250.00"),
    ("12 345,67 EUR", "12345.67"),
    ("12 345,67 euros HT", "12345.67"),
    ("12 345,67 € HT", "12345.67"),
    ("12'345,67", "12345.67"),
    ("12,5 k€", "12500.00"),
    ("1,2 M€", "1200000.00"),
    ("1,234,567", "1234567.00"),
    ("1,234.56", "1234.56"),
    ("9999999999999999.99", "9999999999999999.99"),
    (12, "12.00"),
    (Decimal("691929.16"), "691929.16"),
    (Decimal("1E+5"), "100000.00"),
])  # fmt: skip
def test_amounts_read_to_the_cent(raw: object, euros: str) -> None:
    assert values.amount(raw) == Read(Decimal(euros), None)
    assert str(values.amount(raw).value) == euros  # two places, whatever was written


@pytest.mark.parametrize("raw, euros", [
    (Decimal("10.005"), "10.01"),
    (Decimal("2.675"), "2.68"),  # a binary float would say 2.67
    (Decimal("10.004"), "10.00"),
    (Decimal("-0.005"), "-0.01"),
    ("1234.565", "1234.57"),
    ("1234,564", "1234.56"),
])  # fmt: skip
def test_amounts_with_more_than_cents_are_rounded_half_up_and_say_so(
    raw: object, euros: str
) -> None:
    assert values.amount(raw) == Read(Decimal(euros), ARRONDI)


@pytest.mark.parametrize("raw", [
    "1e5", "1E5", "12 34", "1 2345", "12 345 67", "1,234.567,8", "1.23,45", "1..2", "12k",
    "douze", "--5", "-5-", "(5", "5)", "(-5)", "NaN", "inf", "∞", "12 € 50", "1/2", "%", "12 $",
    "12 € TTC", "12 h", "9" * 5000, "(" * 5000, "1 " * 5000,
    "10000000000000000", 10**16, Decimal("1E+30"), Decimal("NaN"), Decimal("Infinity"), True, False,
    [12], {"montant": 12},
])  # fmt: skip
def test_amounts_that_cannot_be_read_are_refused(raw: object) -> None:
    assert values.amount(raw) == Read(None, ILLISIBLE)


PARSERS = {
    "text": values.text,
    "identifier": values.identifier,
    "integer": values.integer,
    "amount": values.amount,
    "ratio": values.ratio,
    "hours": values.hours,
    "months": values.months,
    "quantity": values.quantity,
    "date": values.date,
    "boolean": values.boolean,
    "labels": values.labels,
    "vocabulary": SOCIALES,
}


@pytest.mark.parametrize("raw", MISSING)
@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
def test_missing_stays_missing(parse: Any, raw: object) -> None:
    assert parse(raw) == Read(None, None)


@pytest.mark.parametrize("raw", SENTINELS)
@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
def test_sentinels_are_missing_and_counted_as_sentinels(parse: Any, raw: str) -> None:
    assert parse(raw) == Read(None, SENTINELLE)


@pytest.mark.parametrize("raw", ["MQ2", "NCIS", "INXS", "CDLR", "NANTES", "CDL MQ"])
def test_words_that_begin_like_a_sentinel_are_words(raw: str) -> None:
    assert values.text(raw) == Read(raw)


@pytest.mark.parametrize("raw, number", [
    ("3", 3), (3, 3), ("0", 0), ("3.0", 3), ("3,00", 3), (Decimal("3.0"), 3), ("1 200", 1200),
    (" 48 ", 48),
])  # fmt: skip
def test_integers(raw: object, number: int) -> None:
    read = values.integer(raw)
    assert read == Read(number)
    assert type(read.value) is int


@pytest.mark.parametrize("raw, lectures", [
    ("1.234", "1,234 ou 1 234"),  # a unit and a bit, or thousands?
    ("1,234", "1,234 ou 1 234"),
    ("-123.456", "-123,456 ou -123 456"),
    ("(12.345)", "-12,345 ou -12 345"),
    ("1.234 €", "1,234 ou 1 234"),
    ("-", "zéro ou rien de renseigné"),
    (" -   € ", "zéro ou rien de renseigné"),  # zero as an accountant's sheet shows it
    ("néant", "zéro ou rien de renseigné"),
    ("Aucune", "zéro ou rien de renseigné"),
])  # fmt: skip
def test_a_number_with_two_readings_is_refused_with_both(raw: str, lectures: str) -> None:
    assert values.amount(raw) == Read(None, AMBIGU, lectures)
    assert values.hours(raw.replace("€", "")) == Read(None, AMBIGU, lectures)


@pytest.mark.parametrize("parse, raw, number", [
    (values.hours, "120 h", "120.00"), (values.hours, "1 350,5 heures", "1350.50"),
    (values.hours, "120H", "120.00"), (values.months, "12 mois", "12"),
    (values.months, "2 ans", "24"), (values.months, "1 an", "12"), (values.months, 48, "48"),
    (values.integer, "12 agents", "12"),
    (values.integer, "3 offres", "3"), (values.ratio, "5 %", "0.05"),
    (values.ratio, "12,5%", "0.125"), (values.quantity, "12 345,67 €", "12345.670000"),
    (values.quantity, "120 h", "120.000000"),
])  # fmt: skip
def test_a_unit_that_fits_the_column_is_read(parse: Any, raw: object, number: str) -> None:
    read = parse(raw)
    assert (str(read.value), read.motif) == (number, None)


@pytest.mark.parametrize("parse, raw, read", [
    (values.share, "25 %", Read(Decimal("0.25"))),
    (values.share, Decimal("0.25"), Read(Decimal("0.25"))),
    (values.share, 25, Read(None, AMBIGU, "25 % ou 25 fois le tout")),
    (values.percentage, "25 %", Read(Decimal(25))),
    (values.percentage, Decimal("37.5"), Read(Decimal("37.5"))),
    (values.quantity, "25 %", Read(None, AMBIGU, "25 ou 0,25")),
    (values.amount, "-12,5%", Read(None, AMBIGU, "-12,5 ou -0,125")),
    (values.integer, "100 %", Read(None, AMBIGU, "100 ou 1")),
    (values.quantity, "0 %", Read(Decimal(0))),
])  # fmt: skip
def test_a_percentage_is_read_where_one_is_expected(parse: Any, raw: object, read: Read) -> None:
    assert parse(raw) == read


@pytest.mark.parametrize("parse, raw", [
    (values.hours, "120 €"), (values.hours, "3 jours"), (values.months, "12 jours"),
    (values.months, "12 h"), (values.integer, "12 €"), (values.quantity, "5 °C"),
    (values.ratio, "5 €"), (values.months, "1,5 mois"),
])  # fmt: skip
def test_a_unit_of_another_kind_is_refused(parse: Any, raw: str) -> None:
    assert parse(raw) == Read(None, ILLISIBLE)


@pytest.mark.parametrize("raw", ["3,5", "3.5", Decimal("0.5"), "-1", -1, "trois", True])
def test_integers_that_cannot_be_read_are_refused(raw: object) -> None:
    assert values.integer(raw) == Read(None, ILLISIBLE)


@pytest.mark.parametrize("raw, share", [
    ("0.1", "0.1"), ("0,05", "0.05"), (Decimal("0.3"), "0.3"), ("0", "0"), (1, "1"),
    ("0.125", "0.125"),  # no thousands begin with a zero
])  # fmt: skip
def test_ratios_are_kept_as_published(raw: object, share: str) -> None:
    assert values.ratio(raw) == Read(Decimal(share))


@pytest.mark.parametrize("raw, day", [
    ("2024-01-03", dt.date(2024, 1, 3)),
    ("2024-02-29", dt.date(2024, 2, 29)),
    (" 2024-01-03 ", dt.date(2024, 1, 3)),
    ("2024-01-03T10:30:00", dt.date(2024, 1, 3)),
    ("2024-01-03 10:30:00", dt.date(2024, 1, 3)),
    ("2024-01-03T10:30:00Z", dt.date(2024, 1, 3)),
    ("2024-01-03T10:30:00.000+01:00", dt.date(2024, 1, 3)),
    ("2024-01-03+02:00", dt.date(2024, 1, 3)),
    ("2024-01-03Z", dt.date(2024, 1, 3)),
    ("31/12/2024", dt.date(2024, 12, 31)),
    ("03/01/2024", dt.date(2024, 1, 3)),  # day first
    ("3/1/2024", dt.date(2024, 1, 3)),
    ("03/01/2024 10:30", dt.date(2024, 1, 3)),
    ("03/01/24", dt.date(2024, 1, 3)),
    ("3.1.24", dt.date(2024, 1, 3)),
    ("03-01-2024", dt.date(2024, 1, 3)),
    ("03.01.2024", dt.date(2024, 1, 3)),
    ("31-12-99", dt.date(1999, 12, 31)),  # 99 is no month
    ("99-12-31", dt.date(1999, 12, 31)),
    ("2024/01/03", dt.date(2024, 1, 3)),
    ("2024-1-3", dt.date(2024, 1, 3)),
    ("20240103", dt.date(2024, 1, 3)),
    ("03012024", dt.date(2024, 1, 3)),
    (20240103, dt.date(2024, 1, 3)),
    ("3 janvier 2024", dt.date(2024, 1, 3)),
    ("1er févr. 2024", dt.date(2024, 2, 1)),
    ("Mardi 5 MARS 2024 à 12h30", dt.date(2024, 3, 5)),
    ("5-août-2024", dt.date(2024, 8, 5)),
    ("45294", dt.date(2024, 1, 3)),
    (45294, dt.date(2024, 1, 3)),  # the days that Excel counts
    (Decimal("45294.75"), dt.date(2024, 1, 3)),
    ("0001-01-01", dt.date(1, 1, 1)),  # a date: whether it is plausible is the gate's matter
])  # fmt: skip
def test_dates(raw: object, day: dt.date) -> None:
    assert values.date(raw) == Read(day)


@pytest.mark.parametrize("raw", [
    "2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "0000-01-01", "32/01/2024",
    "29/02/2023", "12/31/2024", "2024", 2024, "mars 2024", "3 ventôse 2024", "31 février 2024",
    "hier", "2024-01-03x", "2024-01/03", 99999999, 20241301, "20241301", -45000, True, "99/99/99",
    ["2024-01-03"], Decimal("NaN"), "1" * 5000, 10**40,
])  # fmt: skip
def test_dates_that_cannot_be_read_are_refused(raw: object) -> None:
    assert values.date(raw) == Read(None, ILLISIBLE)


@pytest.mark.parametrize("raw, lectures", [
    ("05-03-26", "05/03/2026 ou 26/03/2005"),
    ("12-11-10", "12/11/2010 ou 10/11/2012"),
])  # fmt: skip
def test_a_date_with_two_readings_is_refused_with_both(raw: str, lectures: str) -> None:
    assert values.date(raw) == Read(None, AMBIGU, lectures)


@pytest.mark.parametrize("raw, answer", [
    ("x", True), ("X", True), ("✓", True), ("ok", True), ("OK.", True), ("Fait", True),
    ("réalisé", True), ("terminée", True), ("yes", True), ("vrai", True), ("non fait", False),
    ("pas fait", False), ("Non réalisée", False), ("no", False), ("faux", False),
    ("oui", True), ("OUI", True), (" Oui ", True), ("true", True), ("True", True), ("1", True),
    (1, True), (True, True), ("non", False), ("NON", False), ("false", False), ("0", False),
    (0, False), (False, False),
])  # fmt: skip
def test_booleans(raw: object, answer: bool) -> None:
    read = values.boolean(raw)
    assert read == Read(answer)
    assert read.value is answer


@pytest.mark.parametrize("raw", ["peut-être", "2", 2, "-1", "oui/non", "en cours", "à faire"])
def test_booleans_that_cannot_be_read_are_refused_not_false(raw: object) -> None:
    assert values.boolean(raw) == Read(None, ILLISIBLE)


@pytest.mark.parametrize("raw, lectures", [
    ("-", "non ou rien de renseigné"), ("néant", "non ou rien de renseigné"),
    ("✗", "oui (case cochée) ou non (croix)"),
])  # fmt: skip
def test_an_answer_with_two_readings_is_refused_with_both(raw: str, lectures: str) -> None:
    assert values.boolean(raw) == Read(None, AMBIGU, lectures)


@pytest.mark.parametrize("raw, text", [
    ("Réfection de la toiture", "Réfection de la toiture"),
    ("R&eacute;fection &amp; peinture", "Réfection & peinture"),
    ("L&#39;&eacute;cole", "L'école"),
    ("deux\n  lignes\tet un\u00a0blanc", "deux lignes et un blanc"),
    ("un\x00 deux\x07", "un deux"),
    ("  bords  ", "bords"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # text: pages escape it
    ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    (2024, "2024"),
])  # fmt: skip
def test_text_is_one_clean_line(raw: object, text: str) -> None:
    assert values.text(raw) == Read(text)


@pytest.mark.parametrize("raw, number", [
    ("212 102 313 00013", "21210231300013"),
    ("21210231300013", "21210231300013"),
    (21210231300013, "21210231300013"),
    ("212\u00a0102\u202f313 00013", "21210231300013"),
    ("00012345600012", "00012345600012"),
    ("FR 12 345678901", "FR12345678901"),
    ("212.102.313.00013", "21210231300013"),  # signs that the key proves to be no part of it
    ("212-102-313 00013", "21210231300013"),
    ("'21210231300013", "21210231300013"),  # how Excel keeps a text
    ("« 212.102.313 »", "212102313"),
    ("212.102.313.00014", "212.102.313.00014"),  # and that no key proves
])  # fmt: skip
def test_identifiers_keep_their_zeros_and_lose_their_blanks(raw: object, number: str) -> None:
    assert values.identifier(raw) == Read(number)


@pytest.mark.parametrize("raw, number", [
    (5480031300014, "05480031300014"),
    ("5480031300014", "05480031300014"),
    (Decimal(5480031300014), "05480031300014"),
    (10007300014, "00010007300014"),
    (5480031, None),  # too short to be a SIREN without its first zero
])  # fmt: skip
def test_a_siret_has_its_first_zeros_again_when_its_key_proves_them(
    raw: object, number: str | None
) -> None:
    whole = number and f"{number[:9]}{number[9:]}"
    assert values.identifier(raw) == (Read(whole, ZERO_RENDU) if whole else Read(str(raw)))


@pytest.mark.parametrize("raw", [5480031300015, "1234567890123", "123456789012", 1234567890])
def test_a_short_number_that_no_key_proves_stays_as_written(raw: object) -> None:
    assert values.identifier(raw) == Read(str(raw))


@pytest.mark.parametrize("raw, labels", [
    ("Concours", ("Concours",)),
    ("Concours, Accord-cadre", ("Concours", "Accord-cadre")),
    (["Concours", "Accord-cadre"], ("Concours", "Accord-cadre")),
    (" Concours ,, Accord-cadre,", ("Concours", "Accord-cadre")),
    ("Concours, Concours", ("Concours",)),
    (["Concours", None, "", "CDL"], ("Concours",)),
])  # fmt: skip
def test_labels(raw: object, labels: tuple[str, ...]) -> None:
    assert values.labels(raw) == Read(labels)


@pytest.mark.parametrize(
    "raw, motif",
    [([], None), (",", None), (["", None], None), (["CDL"], SENTINELLE), ("CDL, MQ", SENTINELLE)],
)
def test_no_label_is_unknown(raw: object, motif: str | None) -> None:
    assert values.labels(raw) == Read(None, motif)


@pytest.mark.parametrize("raw, read", [
    ("Clause sociale", Read(("Clause sociale",))),
    ("Critère social, Clause sociale", Read(("Clause sociale", "Critère social"))),
    (["Marché réservé", "Clause sociale"], Read(("Clause sociale", "Marché réservé"))),
    ("critere SOCIAL", Read(("Critère social",))),
    ("Crite\u0300re social", Read(("Critère social",))),  # accent written apart
    ("Clause sociale, Clause sociale", Read(("Clause sociale",))),
    ("Pas de considération sociale", Read(("Pas de considération sociale",))),
    ("Clause sociale, Pas de considération sociale",
     Read(("Clause sociale", "Pas de considération sociale"))),
    ("Clause sociale, Autre", Read(("Clause sociale",), HORS_LISTE)),
    ("Autre", Read(None, HORS_LISTE)),  # unknown, not «no»
    ("Clause environnementale", Read(None, HORS_LISTE)),
    ("Clause", Read(None, HORS_LISTE)),
    ("CDL", Read(None, SENTINELLE)),
    ([], Read(None)),
    ("", Read(None)),
])  # fmt: skip
def test_social_vocabulary(raw: object, read: Read) -> None:
    assert SOCIALES(raw) == read


def test_environmental_vocabulary_has_its_own_order() -> None:
    assert ENVIRONNEMENTALES("Critère environnemental, Clause environnementale") == Read(
        ("Clause environnementale", "Critère environnemental")
    )
    assert ENVIRONNEMENTALES("Clause sociale") == Read(None, HORS_LISTE)


# --- Properties ----------------------------------------------------------------------------

cents = st.integers(min_value=0, max_value=10**18 - 1).map(lambda n: Decimal(n).scaleb(-2))
days = st.dates(min_value=dt.date(1, 1, 1))


def grouped(value: Decimal, thousands: str, point: str) -> str:
    whole, fraction = f"{value:f}".split(".")
    groups = [whole[max(i - 3, 0) : i] for i in range(len(whole), 0, -3)]
    return thousands.join(reversed(groups)) + point + fraction


@given(cents, st.sampled_from(["", " ", "\u00a0", "\u202f", "."]), st.sampled_from(["", " €", "€"]))
def test_a_french_amount_reads_back(value: Decimal, thousands: str, unit: str) -> None:
    assert values.amount(grouped(value, thousands, ",") + unit) == Read(value)


@given(cents)
def test_a_plain_amount_reads_back_as_text_and_as_a_number(value: Decimal) -> None:
    assert values.amount(f"{value:f}") == Read(value)
    assert values.amount(value) == Read(value)


@given(st.integers(min_value=1, max_value=999), st.integers(min_value=0, max_value=999))
def test_one_point_and_three_digits_are_never_guessed(units: int, thousandths: int) -> None:
    for point in ".,":
        read = values.amount(f"{units}{point}{thousandths:03d}")
        assert read == Read(None, AMBIGU, f"{units},{thousandths:03d} ou {units} {thousandths:03d}")


@given(cents, st.sampled_from(["({})", "{}-", "-{}", "\u2212{}", "- {}", "({} €)", "{} EUR-"]))
def test_a_negative_amount_reads_back_however_its_sign_is_written(
    value: Decimal, form: str
) -> None:
    assert values.amount(form.format(grouped(value, " ", ","))) == Read(-value)


@given(st.integers(min_value=0, max_value=10**6), st.sampled_from(["{} h", "{}h", "{} heures"]))
def test_hours_read_back_with_their_unit(number: int, form: str) -> None:
    assert values.hours(form.format(number)).value == Decimal(number)


@given(st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31)), st.sampled_from("/. "))
def test_a_date_reads_back_however_an_office_writes_it(day: dt.date, separator: str) -> None:
    months = [m[0] for m in dates._MONTHS]
    first = "1er" if day.day == 1 else str(day.day)
    assert {
        values.date(raw)
        for raw in (
            f"{day.day:02d}{separator}{day.month:02d}{separator}{day.year % 100:02d}",
            f"{day.day:02d}{separator}{day.month:02d}{separator}{day.year}",
            f"{day.year}/{day.month:02d}/{day.day:02d}",
            f"{day:%Y%m%d}",
            int(f"{day:%Y%m%d}"),
            f"{day:%d%m%Y}",
            (day - dt.date(1899, 12, 30)).days,
            f"{first} {months[day.month - 1]} {day.year}",
            f"{day.day} {dates._MONTHS[day.month - 1][-1].upper()}. {day.year}",
        )
    } == {Read(day)}


@given(st.dates(dt.date(2000, 1, 1), dt.date(2069, 12, 31)))
def test_a_two_digit_year_between_dashes_is_never_guessed(day: dt.date) -> None:
    read = values.date(f"{day:%d-%m-%y}")
    if read.value is None:
        assert read.motif == AMBIGU
        assert f"{day:%d/%m/%Y}" in read.lectures
    else:
        assert read.value == day


@given(
    st.one_of(
        st.text(max_size=80),
        st.text(alphabet="0123456789.,-/()€ hmois%janvier", max_size=30),
        st.integers(),
        st.decimals(),
        st.floats(),
        st.lists(st.text(max_size=5), max_size=3),
    ),
    st.sampled_from(sorted(PARSERS)),
)
def test_no_parser_fails_and_none_says_nothing_of_a_value_it_did_not_use(
    raw: object, name: str
) -> None:
    read = PARSERS[name](raw)
    assert (read.motif == AMBIGU) == bool(read.lectures)
    if values.clean(str(raw)).strip("[], '\"") and read.value is None:
        assert read.motif


@given(days, st.times(), st.sampled_from(["", "Z", "+01:00", "-0400"]))
def test_a_date_reads_back(day: dt.date, clock: dt.time, zone: str) -> None:
    assert values.date(day.isoformat()) == Read(day)
    assert values.date(f"{day.isoformat()}T{clock.isoformat()}{zone}") == Read(day)
    assert values.date(f"{day.day:02d}/{day.month:02d}/{day.year:04d}") == Read(day)
    assert values.date(f"{day.day}/{day.month}/{day.year:04d}") == Read(day)


@given(
    st.lists(
        st.sampled_from(["Concours", "Accord-cadre", "Enchère", "Catalogue"]),
        min_size=1,
        unique=True,
    )
)
def test_labels_read_back(items: list[str]) -> None:
    assert values.labels(items) == values.labels(", ".join(items)) == Read(tuple(items))


@given(
    st.sets(st.sampled_from(["Clause sociale", "Critère social", "Marché réservé"]), min_size=1),
    st.randoms(),
)
def test_the_order_of_a_vocabulary_is_settled(words: set[str], random: Any) -> None:
    written = sorted(words)
    random.shuffle(written)
    assert SOCIALES(written) == SOCIALES(sorted(words))
    assert set(SOCIALES(written).value) == words  # type: ignore[call-overload]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(json_values)
def test_no_parser_raises_on_what_a_file_can_hold(raw: object) -> None:
    for parse in PARSERS.values():
        assert isinstance(parse(raw), Read)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1))
def test_what_was_written_is_used_or_refused_with_a_reason(raw: str) -> None:
    for name in ("amount", "integer", "ratio", "date", "boolean"):
        read = PARSERS[name](raw)
        assert (read.value is None) == (read.motif in {SENTINELLE, ILLISIBLE, AMBIGU})
