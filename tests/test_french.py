"""Numbers, amounts, dates and blanks as French typography wants them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import example, given
from hypothesis import strategies as st

from spaser.report import french

# U+202F between thousands, U+00A0 before a unit, U+2212 for minus.
THIN, HARD, MINUS = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"


def shown(text: str) -> str:
    """Ordinary signs to the right ones: _ is thin, ~ is hard, - is minus."""
    return text.replace("_", THIN).replace("~", HARD).replace("-", MINUS)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1000, 0, "1_000"),
        (1234567, 0, "1_234_567"),
        (-1234, 0, "-1_234"),
        (Decimal("0.5"), 0, "1"),
        (Decimal("1.5"), 0, "2"),
        (Decimal("2.5"), 0, "3"),
        (Decimal("-2.5"), 0, "-3"),
        (2.5, 0, "3"),
        (0.285, 2, "0,29"),  # its binary value is below the half: the decimal that one reads wins
        (Decimal("0.284999"), 2, "0,28"),
        (Decimal("1234.50"), 2, "1_234,5"),
        (Decimal("1234.00"), 2, "1_234"),
        (Decimal("999.995"), 2, "1_000"),
        (Decimal("-0.004"), 2, "0"),
        (-0.0, 1, "0"),
        (Decimal("12345678901234567.89"), 2, "12_345_678_901_234_567,89"),
    ],
)
def test_number(value: french.Number, decimals: int, expected: str) -> None:
    assert french.number(value, decimals) == shown(expected)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0, 2, "0,00"),
        (Decimal("1234.5"), 2, "1_234,50"),
        (Decimal("-0.05"), 1, "-0,1"),
        (Decimal("-0.04"), 1, "0,0"),
        (99.95, 1, "100,0"),
        (7, 0, "7"),
    ],
)
def test_fixed(value: french.Number, decimals: int, expected: str) -> None:
    assert french.fixed(value, decimals) == shown(expected)


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (french.percent, Decimal("52.55"), "52,6~%"),
        (french.percent, 52.55, "52,6~%"),
        (french.percent, 100, "100,0~%"),
        (french.percent, Decimal("0.04"), "0,0~%"),
        (french.percent, -12, "-12,0~%"),
        (french.euros, Decimal("46256523.71"), "46_256_523,71~€"),
        (french.euros, Decimal("0.005"), "0,01~€"),
        (french.euros, -40000, "-40_000,00~€"),
        (french.short_euros, Decimal("46256523.71"), "46,3~M€"),
        (french.short_euros, Decimal("662704.24"), "662,7~k€"),
        (french.short_euros, 28, "28~€"),
        (french.short_euros, Decimal("-412.5"), "-412,50~€"),
        (french.short_euros, Decimal("995.62"), "995,62~€"),
        (french.short_euros, 0, "0~€"),
        (french.short_euros, 1000, "1,0~k€"),
        (french.short_euros, 1_000_000, "1,0~M€"),
        (french.short_euros, 1_250_000, "1,3~M€"),  # half up
        (french.short_euros, -1_250_000, "-1,3~M€"),
        (french.short_euros, Decimal("999949.99"), "999,9~k€"),
        (french.short_euros, Decimal("999950.00"), "1,0~M€"),
        (french.short_euros, 2_000_000_000, "2_000,0~M€"),
    ],
)
def test_rates_and_amounts(
    function: Callable[[french.Number], str], value: french.Number, expected: str
) -> None:
    assert function(value) == shown(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("3.2"), "+3,2~points"),
        (Decimal("-3.25"), "-3,3~points"),
        (Decimal("1.9"), "+1,9~point"),
        (Decimal("2"), "+2,0~points"),
        (Decimal("-2"), "-2,0~points"),
        (Decimal("-1"), "-1,0~point"),
        (Decimal("1.96"), "+2,0~points"),  # the plural is that of the number one reads
        (Decimal("-1.96"), "-2,0~points"),
        (Decimal("0.04"), "0,0~point"),
        (Decimal("-0.04"), "0,0~point"),
        (Decimal("0.05"), "+0,1~point"),
    ],
)
def test_points(value: Decimal, expected: str) -> None:
    assert french.points(value) == shown(expected)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (3, 1, "+3"),
        (Decimal("-1.5"), 1, "-1,5"),
        (Decimal("1500.25"), 1, "+1_500,3"),
        (0, 1, "0"),
        (Decimal("0.04"), 1, "0"),  # no sign on nothing
        (Decimal("-0.04"), 1, "0"),
    ],
)
def test_signed(value: french.Number, decimals: int, expected: str) -> None:
    assert french.signed(value, decimals) == shown(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-09-26", "26 septembre 2024"),
        ("2026-01-01", "1er janvier 2026"),
        ("2025-08-01", "1er août 2025"),
        ("2025-12-11", "11 décembre 2025"),
        ("2025-02-21", "21 février 2025"),
        ("2025-03-31", "31 mars 2025"),
    ],
)
def test_date(day: str, expected: str) -> None:
    assert french.date(dt.date.fromisoformat(day)).replace(HARD, " ") == expected


@pytest.mark.parametrize(
    ("count", "words", "expected"),
    [
        (0, ("marché",), "0~marché"),
        (1, ("marché",), "1~marché"),
        (2, ("marché",), "2~marchés"),
        (1234, ("marché",), "1_234~marchés"),
        (1, ("ligne calculée", "lignes calculées"), "1~ligne calculée"),
        (2, ("ligne calculée", "lignes calculées"), "2~lignes calculées"),
    ],
)
def test_plural_starts_at_two(count: int, words: tuple[str, ...], expected: str) -> None:
    assert french.plural(count, *words) == shown(expected)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (Decimal("23.841"), "%", "23,8~%"),
        (Decimal("15833706.14"), "€ HT", "15,8~M€"),
        (29, "marchés", "29~marchés"),
        (1, "marchés", "1~marché"),
        (0, "marchés", "0~marché"),
        (Decimal("1.5"), "offres", "1,5~offre"),
        (Decimal("2.5"), "offres", "2,5~offres"),
        (352845, "heures", "352_845~heures"),
    ],
)
def test_measure(value: french.Number, unit: str, expected: str) -> None:
    assert french.measure(value, unit) == shown(expected)


@pytest.mark.parametrize(
    ("value", "other", "unit", "expected"),
    [
        (3, 3, "%", "égal"),
        (Decimal("3.00"), 3, "offres", "égal"),
        (Decimal("3.04"), 3, "offres", "stable"),
        (Decimal("13.2"), 10, "%", "+3,2~points"),
        (Decimal("77.67"), Decimal("86.03"), "%", "-8,3~points"),
        (Decimal("0.15"), Decimal("15.4"), "%", "-15,2~points"),
        (1000, 2500, "€ HT", "-1,5~k€"),
        (2500, 1000, "€ HT", "+1,5~k€"),
        (1_200_000, 950_000, "€ HT", "+250,0~k€"),
        (1_611_000, 1_245_201, "€ HT", "+0,4~M€"),  # 365 799, of 1,6 M€ and 1,2 M€
        (1_245_201, 1_611_000, "€ HT", "-0,4~M€"),
        (5, 2, "marchés", "+3~marchés"),
        (1, 2, "marchés", "-1~marché"),
    ],
)
def test_gap(value: french.Number, other: french.Number, unit: str, expected: str) -> None:
    assert french.gap(value, other, unit) == shown(expected)


@pytest.mark.parametrize(
    ("value", "other", "decimals", "value_shown", "gap_shown"),
    [
        (Decimal("29.96"), 30, 2, "29,96~%", "-0,04~point"),
        (Decimal("29.9996"), 30, 4, "29,9996~%", "-0,0004~point"),
        (Decimal("29.5"), 30, 1, "29,5~%", "-0,5~point"),
        (30, 30, 1, "30,0~%", "égal"),
    ],
)
def test_a_missed_target_never_looks_reached(
    value: french.Number, other: french.Number, decimals: int, value_shown: str, gap_shown: str
) -> None:
    assert french.telling(value, other, "%") == decimals
    assert french.measure(value, "%", decimals) == shown(value_shown)
    assert french.gap(value, other, "%", decimals) == shown(gap_shown)


@given(st.decimals(0, 100, places=4), st.decimals(0, 100, places=4))
def test_what_is_shown_adds_up(value: Decimal, other: Decimal) -> None:
    gap = french.gap(value, other, "%")
    moved = Decimal(0) if gap in {"égal", "stable"} else read_back(gap.partition(french.NBSP)[0])
    before, now = (read_back(french.percent(x).partition(french.NBSP)[0]) for x in (other, value))
    assert before + moved == now


# --- What a reader can read back -------------------------------------------------------------

amounts = st.decimals(-(10**12), 10**12, places=6, allow_nan=False, allow_infinity=False)


def read_back(text: str) -> Decimal:
    """The number in a French text: blanks out, comma to point, sign to hyphen."""
    bare = text.replace(THIN, "").replace(MINUS, "-").replace(",", ".").replace("+", "")
    return Decimal(bare.split(HARD)[0])


def half_up(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


@given(amounts, st.integers(0, 4))
@example(Decimal("0.5"), 0)
@example(Decimal("-0.5"), 0)
@example(Decimal("999999.5"), 0)
def test_a_number_reads_back_as_its_rounding(value: Decimal, decimals: int) -> None:
    for text in (french.number(value, decimals), french.fixed(value, decimals)):
        assert read_back(text) == half_up(value, decimals)
        assert not set(text) & set("-. '\u2019"), "no ASCII minus, no point, no plain blank"
        whole = text.lstrip(MINUS).split(",")[0].split(THIN)
        assert 1 <= len(whole[0]) <= 3
        assert all(len(group) == 3 for group in whole[1:])


@given(amounts)
def test_an_amount_reads_back_to_the_cent(value: Decimal) -> None:
    text = french.euros(value)
    assert text.endswith(HARD + "€")
    assert read_back(text) == half_up(value, 2)


@given(amounts)
@example(Decimal("999.995"))
@example(Decimal("999999.99"))
def test_a_short_amount_keeps_its_size(value: Decimal) -> None:
    text = french.short_euros(value)
    number, unit = text.split(HARD)
    size = {"€": 1, "k€": 1000, "M€": 1_000_000}[unit]
    amount = read_back(number) * size
    assert abs(amount - value) <= Decimal("0.05") * size
    assert unit == "M€" or abs(read_back(number)) < 1000 or size == 1


@given(st.floats(0, 100, allow_nan=False))
def test_a_float_is_the_decimal_that_its_text_shows(value: float) -> None:
    assert french.percent(value) == french.percent(Decimal(repr(value)))


# --- Running text ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Voir : là</p>", "<p>Voir~: là</p>"),
        ("<p>Vraiment ? Oui ! Bien ; fin</p>", "<p>Vraiment_? Oui_! Bien_; fin</p>"),
        ("<p>Un « oui » net</p>", "<p>Un «~oui~» net</p>"),
        ("<p>de 30 % et 40 000 € HT</p>", "<p>de 30~% et 40_000~€ HT</p>"),
        ("<p>ou 999 999 999 € HT</p>", "<p>ou 999_999_999~€ HT</p>"),
        ("<p>en 2025 150 lots, 12 3456</p>", "<p>en 2025 150 lots, 12 3456</p>"),
        ("<p><b>Fin</b> : oui</p>", "<p><b>Fin</b>~: oui</p>"),
        ("<p>Fin ?</p>", "<p>Fin_?</p>"),
        ("<p>à 12:30</p>", "<p>à 12:30</p>"),
        ("<p>a ;b</p>", "<p>a ;b</p>"),
        ('<a title="a : b ?">c</a>', '<a title="a : b ?">c</a>'),
        ('<p aria-label="« a » : 3 %">x : y</p>', '<p aria-label="« a » : 3 %">x~: y</p>'),
        ("<code>a : b ? c</code> : d", "<code>a : b ? c</code>~: d"),
        ("<pre>taux : 3 %\nfin ;</pre>", "<pre>taux : 3 %\nfin ;</pre>"),
        ("<style>a { b : c ; }</style>", "<style>a { b : c ; }</style>"),
        ("<h2>Axe 1 : Axe économique</h2>", "<h2>Axe 1~: Axe économique</h2>"),
        ('<h3 id="a">Quoi : ?</h3>', '<h3 id="a">Quoi~:_?</h3>'),
        ("<nav><a>Axe 1 : Axe</a></nav>", "<nav><a>Axe 1~: Axe</a></nav>"),
        ("<svg><text>a : b</text></svg>", "<svg><text>a : b</text></svg>"),
        ("<header>a : b</header>", "<header>a~: b</header>"),
        ("<pre><code>a : b</code> c : d</pre>", "<pre><code>a : b</code> c : d</pre>"),
        ("<h2>a <code>b</code> : c</h2>", "<h2>a <code>b</code>~: c</h2>"),
        ("<h3>l'effondrement</h3>", "<h3>l’effondrement</h3>"),
        ("", ""),
    ],
)
def test_typography(html: str, expected: str) -> None:
    assert french.typography(html) == expected.replace("_", THIN).replace("~", HARD)


@given(st.text(alphabet="ab12 «»:;!?%€<>/p\n", max_size=60))
def test_typography_changes_blanks_alone_and_once(html: str) -> None:
    def fold(text: str) -> str:
        return text.replace(THIN, " ").replace(HARD, " ")

    once = french.typography(html)
    assert fold(once) == html
    assert french.typography(once) == once


def test_a_moment_is_said_in_words() -> None:
    when = dt.datetime(2026, 1, 1, 9, 5, tzinfo=dt.UTC)
    assert french.moment(when).replace(french.NBSP, " ") == "1er janvier 2026 à 9 h 05"


@given(st.decimals(-(10**15), 10**15, places=7), st.integers(0, 6))
def test_numbers_are_written_as_babel_writes_them(value: Decimal, decimals: int) -> None:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    minus = MINUS if rounded < 0 else ""
    for way, sign in ((french.number, "#"), (french.fixed, "0")):
        pattern = f"#,##0.{sign * decimals}" if decimals else "#,##0"
        assert way(value, decimals) == minus + format_decimal(abs(rounded), pattern, "fr_FR")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("SARL DUPONT", "SARL DUPONT"),
        ("212102313", "titulaire sans nom, SIREN 212102313"),
        ("21210231300013", "titulaire sans nom, SIRET 21210231300013"),
        ("SARL A ; 212102313", "SARL A ; titulaire sans nom, SIREN 212102313"),
        ("FR12345678901", "titulaire sans nom, numéro FR12345678901"),
        ("1234567", "titulaire sans nom, numéro 1234567"),
        ("3D2024", "3D2024"),
        ("A2B 21", "A2B 21"),
    ],
)
def test_a_number_is_no_name(text: str, expected: str) -> None:
    assert french.holders(text) == expected
