"""A national file of which other buyers' records are counted says what reading each of them says:
JSON by slices, XML record by record, text row by row.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Contract, nested
from written import consolidated_rows, flat_rows, text, xml_of

from spaser import sources
from spaser.errors import Unreadable
from spaser.settings.params import Params
from spaser.sources import (
    autrui,
    containers,
    decp_json,
    decp_xml,
    delimited,
    jsonfile,
    plain_lines,
    recognition,
    sheets,
    skim,
    xml_skim,
)
from spaser.sources.records import Ailleurs, Published
from spaser.sources.sheets import Sheet

OTHER = "20006765000019"
_BUYERS = [OTHER, "21350238800019", "21210231300013", "2100000", "", None]
_SIRETS = st.sampled_from([*_BUYERS, 7])
_AMOUNTS = st.sampled_from(
    ["1234.5", "1234.567", "0", "-3.20", "1e5", "99999999999999", '"1 234,50"', "null", "{}", "[1]"]
)


_ODD = [
    b"\0", b"\xe9", b"\xff", b"\xc3", b"\xef\xbf\xbd", b"\xef\xbb\xbf", b"\xed\xa0\x80", b'"',
    b"\r\n", b"{", b"}", b"[", b"]", b",", b":", b"{}", b"null", b'{"id": "1"},', b"\\ud83d",
    b"\\u0061", b"\\", b"  ",
]  # fmt: skip


@st.composite
def written(draw: st.DrawFn) -> str:
    """A record as text: mostly another buyer's and plain, else with something odd."""
    record = nested(Contract(f"2024M{draw(st.integers(0, 99))}"))
    record["acheteur"] = {"id": draw(st.just(OTHER) | _SIRETS)}
    record["objet"] = draw(
        st.sampled_from(["Voirie", 'dit "montant": 3', "}, {", "été\u2019", "[", "\ufffd", "🚲"])
    )
    text = json.dumps(
        record, default=float, ensure_ascii=draw(st.booleans()), indent=draw(st.none() | st.just(1))
    )
    amount = draw(st.just("1234.5") | _AMOUNTS)
    text = text.replace('"montant": 50000', f'"montant": {amount}', 1)
    more = draw(
        st.just("") | st.sampled_from([
            ', "montant": 5', ', "montan\\u0074": 5', f', "acheteur": {{"id": "{OTHER}"}}',
            ', "modifications": [{"modification": {"id": 1, "montant": 7}}]', ', "inconnu": NaN',
            ', "valeurGlobale": 3', ', "objet": "a\tb"', ', "x": ' + "[" * 40 + "]" * 40,
            ', "acheteur.id": "1"', ', "concessionnaires": null', ', "y": {"montant": 2}',
        ])
    )  # fmt: skip
    return text[: text.rindex("}")] + more + "}"


def read(path: Path, params: Params, *, every: bool) -> dict[str, Any]:
    """What reading a folder gives, by slices or record by record."""
    lecture = sources.read_folder(path, params, corrects=lambda _: every)
    names = ("lues", "hors_perimetre", "acheteurs_lus", "lignes", "en_cours", "historique",
             "objets_autres_annees", "sans_acheteur")  # fmt: skip
    counted = {name: getattr(lecture, name) for name in names}
    return counted | {"fichiers": [(f.erreur, f.lignes, f.remarques) for f in lecture.fichiers]}


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    records=st.lists(written(), min_size=2, max_size=12),
    comma=st.sampled_from([",", ", ", ",\n  ", " ,\r\n"]),
    size=st.integers(600, 6000),
    block=st.sampled_from([1, 7, 600, 1 << 15]),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    cut=st.none() | st.integers(1, 400),
    stray=st.none() | st.tuples(st.integers(0, 9000), st.sampled_from(_ODD)),
)
def test_slices_say_what_records_say(
    tmp_path: Path,
    params: Params,
    monkeypatch: pytest.MonkeyPatch,
    records: list[str],
    comma: str,
    size: int,
    block: int,
    encoding: str,
    cut: int | None,
    stray: tuple[int, bytes] | None,
) -> None:
    """In any encoding, by blocks of some bytes, with anything anywhere: also what is wrong."""
    monkeypatch.setattr(jsonfile, "_SLICE", size)
    monkeypatch.setattr(containers, "BLOCK", block)
    text = '{"marches": {"marche": [' + comma.join(records) + '], "contrat-concession": []}}'
    content = text.encode(encoding, "replace")[: -cut if cut else None]
    if stray:
        content = content[: stray[0]] + stray[1] + content[stray[0] :]
    (tmp_path / "decp.json").write_bytes(content)
    assert read(tmp_path, params, every=False) == read(tmp_path, params, every=True)


def test_plain_records_of_others_are_counted_by_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours are read, with the rank that they have in the list."""
    monkeypatch.setattr(jsonfile, "_SLICE", 20_000)
    records = [nested(Contract(f"2024M{n}")) for n in range(300)]
    for n, record in enumerate(records):
        record["montant"] = 50000
        record["acheteur"] = {"id": "21210231300013" if n in {70, 71, 299} else OTHER}
    file = tmp_path / "decp.json"
    file.write_text(
        json.dumps({"marches": {"marche": records}}, indent=2, default=float), encoding="utf-8"
    )
    every = [*decp_json.read(file, decp_json.recognise(file), lambda siren: siren == "212102313")]
    counted = sum(sum(x.acheteurs.values()) for x in every if isinstance(x, Ailleurs))
    ours = [
        x.rang
        for x in every
        if not isinstance(x, Ailleurs) and x.fields["acheteur_id"] == "21210231300013"  # type: ignore[union-attr]
    ]
    assert counted > 200
    assert counted + sum(not isinstance(x, Ailleurs) for x in every) == 300
    assert ours == [71, 72, 300]


@pytest.mark.parametrize(
    "text", ["3", "null", '{"acheteur": {"id": "1"', '{"montant": 1, "montant": 2}', "{} {}", "{},"]
)
def test_a_slice_in_doubt_is_none(text: str) -> None:
    assert skim.skimmer(lambda _: False)(f"[{text}]".encode()) is None


# --- XML -------------------------------------------------------------------------------------

_DATES = st.sampled_from(["2024-05-06", "05/31/2024", "05/06/2024", "31/12/2023", "", "2024-13-45"])


_STRAY = [
    b"<!-- a -->", b"<!-- ", b" -->", b"<![CDATA[", b"]]>", b"<?pi ", b"?>", b"&eacute;", b"&#233;",
    b"&amp;", b"\0", b"\xff", b"\r\n", b"<marche>", b"</marche>", b"</marches>", b"<marche ", b"<",
    b"<a/>", b"<a b='<'/>", b"<montant>3</montant>", b"<x:y/>", b"]",
    b">", b"1", b" ", b"\xef\xbf\xbf",
]  # fmt: skip


@st.composite
def element(draw: st.DrawFn) -> dict[str, Any]:
    """A record of the regulatory XML: mostly another buyer's and plain, else with something odd."""
    record = nested(Contract(f"2024M{draw(st.integers(0, 99))}"))
    record["acheteur"] = {"id": draw(st.just(OTHER) | _SIRETS)}
    record["montant"] = draw(
        st.just("1234.5")
        | st.sampled_from(["1234,5", "1 234", "007", "-3", "1e5", "", "9" * 14, {"x": 1}, [1, 2]])
    )
    record["dateNotification"] = draw(st.just("2024-05-06") | _DATES)
    record["datePublicationDonnees"] = draw(st.just("2024-06-07") | _DATES)
    odd: list[dict[str, Any]] = [
        {}, {"acheteur": [{"id": OTHER}, {"id": OTHER}]}, {"acheteur": {"id": [OTHER, OTHER]}},
        {"acheteur": {"id": OTHER, "nom": "Rennes"}}, {"acheteur": {"id": {"v": OTHER}}},
        {"acheteur": {"id": OTHER, "autre": "x"}}, {"acheteur": OTHER}, {"valeurGlobale": 3},
        {"modifications": {"modification": {"id": 1, "montant": 7, "dateNotificationModification":
                                            "05/31/2024"}}},
        {"autoriteConcedante": {"id": OTHER}}, {"dateInconnue": "05/31/2024"},
    ]  # fmt: skip
    return record | draw(st.just({}) | st.sampled_from(odd))


@st.composite
def plain_element(draw: st.DrawFn) -> dict[str, Any]:
    """A record in the form of those before it, whose texts alone may be odd."""
    record = nested(Contract("2024M1"))
    record["acheteur"] = {"id": draw(st.just(OTHER) | _SIRETS)}
    record["montant"] = draw(st.just("1234.5") | st.sampled_from(["1234,5", "007", "1e5", "-3"]))
    record["dateNotification"] = draw(st.just("2024-05-06") | _DATES)
    record["objet"] = draw(st.sampled_from(["Voirie", "a > b", "a & b", "deux\nlignes", "<b>"]))
    return record


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    records=st.lists(element(), min_size=1, max_size=8) | st.lists(plain_element(), min_size=8),
    cut=st.none() | st.integers(1, 300),
    stray=st.none() | st.tuples(st.integers(0, 9000), st.sampled_from(_STRAY)),
    block=st.sampled_from([600, 2500, 1 << 20]),
    often=st.sampled_from([1, 2, 16]),
)
def test_elements_counted_are_elements_read(
    tmp_path: Path,
    params: Params,
    monkeypatch: pytest.MonkeyPatch,
    records: list[dict[str, Any]],
    cut: int | None,
    stray: tuple[int, bytes] | None,
    block: int,
    often: int,
) -> None:
    """By blocks of some bytes, with anything anywhere: also what is wrong, and at which line."""
    monkeypatch.setattr(containers, "BLOCK", block)
    monkeypatch.setattr(xml_skim, "_OFTEN", often)
    content = xml_of(records)[: -cut if cut else None]
    if stray:
        content = content[: stray[0]] + stray[1] + content[stray[0] :]
    (tmp_path / "decp.xml").write_bytes(content)
    assert read(tmp_path, params, every=False) == read(tmp_path, params, every=True)


_WHOLE = f"<marche><acheteur><id>{OTHER}</id></acheteur><montant>5</montant></marche>"


@pytest.mark.parametrize(
    ("content", "cut"),
    [
        (f"<marches>{_WHOLE}\n{_WHOLE}</marches>", 2),
        (f"<marches><groupe>{_WHOLE}</groupe></marches>", 1),
        (f"<marches><contrat-concession>{_WHOLE}</contrat-concession></marches>", 0),
        (f'<marches><marche n="1">{_WHOLE}</marche></marches>', 0),
        (f"<marches><!-- {_WHOLE} -->{_WHOLE}</marches>", 0),
        (f"<marches><x><![CDATA[{_WHOLE}]]></x></marches>", 0),
        (f"<marches>{_WHOLE.replace('marche>', 'marche >')}{_WHOLE}</marches>", 1),
        (f"<marches>{_WHOLE.replace('</id>', '</id><nom>A &amp; B</nom>')}</marches>", 1),
        (f"<marches>{_WHOLE.replace('</id>', '</id><nom>&#233;</nom>')}</marches>", 0),
        (f"<marches>{_WHOLE.replace('acheteur', 'x:acheteur')}</marches>", 0),
        (f"<marches>{_WHOLE.replace('<montant>5', '<montant>5</montant><montant>5')}</marches>", 0),
        (f"<marches>{_WHOLE.replace('<id>', '<id>1</id><id>')}</marches>", 0),
        (f"<marches>{_WHOLE.replace('</m', '</n', 1)}</marches>", 0),
        (_WHOLE, 0),
        (f"<marches/>{_WHOLE}", 0),
    ],
)
def test_what_is_cut_out_of_an_xml(tmp_path: Path, content: str, cut: int) -> None:
    (tmp_path / "decp.xml").write_text(content, encoding="utf-8")
    cutter = xml_skim.Cutter(lambda _: False, decp_xml._NOT_PLAIN)
    with contextlib.suppress(Unreadable):
        list(decp_xml._elements(tmp_path / "decp.xml", cutter))
    assert cutter.cut == cut


_OURS = _WHOLE.replace(OTHER, "21210231300013")
_NAMED = _WHOLE.replace("</id>", "</id><nom>\u00c1</nom>")  # in UTF-8, a byte cp1252 has not


@pytest.mark.parametrize(
    "content",
    [
        f"<marches>{_OURS}{_WHOLE}\n{_WHOLE}{_OURS}</marches>",
        f"<marches>{_OURS}a{_WHOLE}b{_OURS}</marches>",
        f"<marches>{_OURS}]]{_WHOLE}>{_OURS}</marches>",
        f"<marches>{_OURS}\n<mar{_WHOLE}che>{_OURS}</marche></marches>",
        f"<marches>{_OURS}<a {_WHOLE}/></marches>",
        f'<marches>{_OURS}<a b=">{_WHOLE}"/></marches>',
        f"<marches>{_OURS}<a></{_WHOLE}a></marches>",
        f"<marches>{_OURS}&am{_WHOLE}p;</marches>",
        f"<marches>{_OURS}<{_WHOLE}!-- {_WHOLE} --></marches>",
        f"<marches>{_OURS}<{_WHOLE}?x {_WHOLE} ?></marches>",
        f"<marches>{_OURS}{_WHOLE}\v{_WHOLE}</marches>",
        f"<marches>{_OURS}{_WHOLE.replace('<mo', '<a>b>/a><c<d</c><mo')}</marches>",
        f"<marches>{_OURS}{_WHOLE.replace('<mo', '<a>b > c</a><mo')}{_OURS}</marches>",
        f"<marches>{_OURS}{'<g>' * 253}{_WHOLE}{'</g>' * 253}</marches>",
        f"<marches>{_OURS}{'<g>' * 99}{_WHOLE}{'</g>' * 99}{_OURS}</marches>",
        f'<?xml version="1.0" encoding="us-ascii"?><marches>{_OURS}{_NAMED}</marches>',
        f'<?xml version="1.0" encoding = "windows-1252"?><marches>{_OURS}{_NAMED}</marches>',
        f'<?xml version="1.0"{" " * 250}encoding="cp1252"?><marches>{_OURS}{_NAMED}</marches>',
        f'<?xml version="1.0" encoding="UTF-8"?><marches>{_OURS}{_NAMED}{_OURS}</marches>',
    ],
)
@pytest.mark.parametrize("often", [1, 16])
@pytest.mark.parametrize("block", [1, 7, 64, 4096])
def test_a_cut_hides_nothing_of_what_stands_around(
    tmp_path: Path,
    params: Params,
    monkeypatch: pytest.MonkeyPatch,
    content: str,
    block: int,
    often: int,
) -> None:
    """Past the first block, which is read whole for the form of the file."""
    monkeypatch.setattr(containers, "BLOCK", block)
    monkeypatch.setattr(xml_skim, "_OFTEN", often)
    (tmp_path / "decp.xml").write_bytes(content.encode())
    assert read(tmp_path, params, every=False) == read(tmp_path, params, every=True)


@pytest.mark.parametrize("often", [1, 3, 99])
def test_plain_elements_of_others_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, often: int
) -> None:
    """Ours are read, with the rank that they have in the file."""
    monkeypatch.setattr(xml_skim, "_OFTEN", often)
    records = [nested(Contract(f"2024M{n}")) for n in range(30)]
    for n, record in enumerate(records):
        record["acheteur"] = {"id": "21210231300013" if n in {7, 29} else OTHER}
    file = tmp_path / "decp.xml"
    file.write_bytes(xml_of(records))
    every = [*decp_xml.read(file, lambda siren: siren == "212102313")]
    assert [x.rang for x in every if not isinstance(x, Ailleurs)] == [8, 30]
    [counted] = [x for x in every if isinstance(x, Ailleurs)]
    assert (counted.table, counted.acheteurs) == ("marches", {OTHER[:9]: 28})
    assert counted.montant == sum(r["montant"] for r in records[:28])


@pytest.mark.parametrize(
    ("texts", "counted"),
    [
        ("5", True), ("5.25", True), ("", False), ("5,25", False), ("05", False), ("5e3", False),
        ("-5", False), (" 5", False), ("5 ", False), ("1 234", False), ("nan", False),
        ("5<x/>", False), ("&#53;", False),
    ],
)  # fmt: skip
def test_an_expression_takes_the_euros_that_are_taken_one_by_one(
    monkeypatch: pytest.MonkeyPatch, texts: str, counted: bool
) -> None:
    contract = _WHOLE.replace("<montant>5", f"<montant>{texts}")
    content = f"<marches>{_WHOLE}\n{contract}\n{_WHOLE}</marches>".encode()
    for often in (1, 99):
        monkeypatch.setattr(xml_skim, "_OFTEN", often)
        cutter = xml_skim.Cutter(lambda _: False, decp_xml._NOT_PLAIN)
        left = b"".join(cutter.left(content, lambda: 1)) + cutter.rest
        assert cutter.cut == 2 + counted
        assert cutter.counted == {OTHER[:9]: 2 + counted}
        assert cutter.euros == 10 + (Decimal(texts) if counted else 0)
        assert left.count(b"<marche>") == 1 - counted
        assert left.count(b"\n") == content.count(b"\n")


@pytest.mark.parametrize(
    ("date", "counted"),
    [
        ("2024-05-06", True), ("", True), ("2024", True), ("2024/05/06 &amp;", False),
        ("05/06/2024", False), ("5-6-24", False), (" 05/06/2024", False), ("&#48;5/06/2024", False),
        ("mai", True), ("202", True),
    ],
)  # fmt: skip
def test_an_expression_takes_the_dates_that_are_taken_one_by_one(
    monkeypatch: pytest.MonkeyPatch, date: str, counted: bool
) -> None:
    dated = _WHOLE.replace("</acheteur>", "</acheteur><dateNotification>{}</dateNotification>")
    content = "<marches>" + "".join(map(dated.format, ["2024-01-02", date, ""])) + "</marches>"
    for often in (1, 99):
        monkeypatch.setattr(xml_skim, "_OFTEN", often)
        cutter = xml_skim.Cutter(lambda _: False, decp_xml._NOT_PLAIN)
        left = b"".join(cutter.left(content.encode(), lambda: 1)) + cutter.rest
        assert cutter.cut == 2 + counted
        assert left.count(b"<marche>") == 1 - counted


# --- Text ------------------------------------------------------------------------------------

_CELLS = {
    "buyer": st.just(OTHER) | st.sampled_from([*_BUYERS, "200 067 650 00019", "2,0006765E+13"]),
    "amount": st.just("1234.5") | st.sampled_from(["1234,5", "1 234", "007", "-3", "", "1.234"]),
    "date": st.just("2024-05-06") | _DATES,
}


_OBJECTS = st.sampled_from(["deux\nlignes", 'dit "neuf"', "a;b", "fin\r\n", "\n", "été", '"'])


@st.composite
def table(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of a national table: mostly other buyers' and plain, else with something odd."""
    rows_of = draw(st.sampled_from([flat_rows, consolidated_rows]))
    count = draw(st.integers(1, 12))
    rows = rows_of([Contract(f"2024M{n}") for n in range(count)])
    buyer, amount = ("acheteur_id", "montant")
    for row in rows:
        row["objet"] = draw(st.just("Voirie") | _OBJECTS)
        row[buyer], row[amount] = draw(_CELLS["buyer"]), draw(_CELLS["amount"])
        for name in row:
            if name.lower().startswith("date") and row[name]:
                row[name] = draw(_CELLS["date"])
    if draw(st.booleans()):  # a second column of the same name, of which the last holds
        rows = [{**row, "Montant": draw(_CELLS["amount"])} for row in rows]
    return rows


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=table(),
    cut=st.none() | st.integers(1, 300),
    stray=st.none() | st.tuples(st.integers(0, 4000), st.sampled_from([b'"', b"\n", b";", b"\0"])),
    block=st.integers(2, 5),
)
def test_rows_counted_are_rows_read(
    tmp_path: Path,
    params: Params,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[dict[str, Any]],
    cut: int | None,
    stray: tuple[int, bytes] | None,
    block: int,
) -> None:
    """By blocks of some lines, from the second row on."""
    monkeypatch.setattr(delimited, "_BLOCK", block)
    monkeypatch.setattr(sheets, "HEADER_WITHIN", 2)
    content = text(rows)[: -cut if cut else None]
    if stray:
        content = content[: stray[0]] + stray[1] + content[stray[0] :]
    (tmp_path / "decp.csv").write_bytes(content)
    assert read(tmp_path, params, every=False) == read(tmp_path, params, every=True)


# Each text is written in several ways; some lines can be cut in bytes, others not.
_WAYS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(";,\t|"),
        "quoting": st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
        "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
    }
)
_BITS = [
    b'"', b'""', b"\n", b"\r", b"\r\n", b";", b",", b"\0", b"\xff", b"\xef\xbb\xbf", b"\n\n",
    b";;;;;;", b" ", b'"x', b"x\"", b"\xc2\xa0",
]  # fmt: skip
_ENCODINGS = st.just("utf-8") | st.sampled_from(["utf-8-sig", "cp1252", "utf-16", "mac_roman"])


def delimited_text(rows: list[dict[str, Any]], way: dict[str, Any]) -> str:
    """The rows of a table as text, under the names of its columns."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, **way)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return stream.getvalue()


@pytest.mark.slow
@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=table(),
    way=_WAYS,
    encoding=_ENCODINGS,
    odd=st.booleans(),
    cut=st.none() | st.integers(1, 300),
    stray=st.none() | st.tuples(st.integers(0, 4000), st.sampled_from(_BITS)),
    size=st.integers(300, 2500),
)
def test_lines_counted_in_bytes_are_rows_read(
    tmp_path: Path,
    params: Params,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[dict[str, Any]],
    way: dict[str, Any],
    encoding: str,
    odd: bool,
    cut: int | None,
    stray: tuple[int, bytes] | None,
    size: int,
) -> None:
    """By blocks of some bytes, from the second row on, however the text is written."""
    monkeypatch.setattr(delimited, "_BLOCK", 2)
    monkeypatch.setattr(delimited, "_BYTES", size)
    monkeypatch.setattr(sheets, "HEADER_WITHIN", 2)
    if not odd:  # objects that let a line be a row
        rows = [{**row, "objet": f"Voirie{way['delimiter']} lot {n}"} for n, row in enumerate(rows)]
    content = delimited_text(rows * 3, way).encode(encoding, "replace")[: -cut if cut else None]
    if stray:
        content = content[: stray[0]] + stray[1] + content[stray[0] :]
    (tmp_path / "decp.csv").write_bytes(content)
    assert read(tmp_path, params, every=False) == read(tmp_path, params, every=True)


# Cells as they may be written, well or not: most rows of them have the right number of cells.
_WRITTEN = st.sampled_from(
    ["a", "", "\u00e9", '"a"', '"a;b"', '"a""b"', '"""a"""', '""', '"a\nb"', 'a"b', '"a"b', ' "a"',
     '"', 'a"', '"""', '"" ""', "a\rb", "\r", "\0", '"a\r\nb"', "a;b", "a\nb", '"a"\r', '""a""']
)  # fmt: skip
_PLAIN_OR_BROKEN = st.sampled_from(["a", "", '"a;b"', '"a""b"']) | _WRITTEN


@st.composite
def lines_of_three_cells(draw: st.DrawFn) -> str:
    rows = draw(st.lists(st.lists(_PLAIN_OR_BROKEN, min_size=3, max_size=3), min_size=1))
    ends = st.sampled_from(["\n", "\n", "\r\n"])
    return "0123456789abcdef;;\n" + "".join(";".join(row) + draw(ends) for row in rows)


@settings(max_examples=3000, deadline=None)
@given(text=lines_of_three_cells(), width=st.sampled_from([3, 3, 3, 2, 4]))
def test_what_is_cut_in_bytes_is_what_csv_cuts(text: str, width: int) -> None:
    lines = plain_lines.cut(text.encode(), ";", width)
    if not lines:
        return
    written = [lines.line(n) for n in range(len(lines.ends))]
    assert b"".join(written) == text.encode()
    assert [line.decode() for line in written] == text.splitlines(keepends=True)
    rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=";")]
    assert [[row] for row in rows] == [
        [*csv.reader([line.decode()], delimiter=";")] for line in written
    ]
    for column in range(width):
        places = zip(*lines.cells(column), strict=True)
        cells = [text.encode()[start:end].decode().replace('""', '"') for start, end in places]
        assert cells == [row[column] for row in rows]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("a;b;c", ["a", "b", "c"]), ('"a";"";c', ["a", "", "c"]), ("a;b;c\r", ["a", "b", "c"]),
        ('"a;b";";";";"', ["a;b", ";", ";"]), ('"a""b";"""";""""""', ['a""b', '""', '""""']),
        ('a;"b";"c"\r', ["a", "b", "c"]), (";;", ["", "", ""]), ("a;b", None), ("a;b;c;d", None),
        ("", None), ("a;b\nc;d;e;f", None), ("a;b\0;c", None), ("a;b\r;c", None),
        ("a;b;c\r\r", None), ('a;"b\nc";d', None), ('a;"b\r\nc";d', None), ('a;"b;c', None),
        ('a;b";c', None), ('a; "b";c', None), ('a;"b" ;c', None), ('a;"b"c;d', None),
        ('a;b"c";d', None), ('a;"b"";c', None), ('a;""b"";c', None), ('a;"b;c;d\ne;f";g', None),
        ('"a;b;c"', None),
    ],
)  # fmt: skip
def test_what_can_be_cut_in_bytes(line: str, cells: list[str] | None) -> None:
    """Among plain lines, whose doubled marks stay double."""
    text = f"0123456789abcdef;;\n{line}\nx;y;z\n".encode()
    lines = plain_lines.cut(text, ";", 3)
    assert bool(lines) == bool(cells)
    if lines:
        places = (lines.cells(column) for column in range(3))
        assert [text[starts[1] : ends[1]].decode() for starts, ends in places] == cells


_PLAIN_OR_NOT = {
    "acheteur_id": st.sampled_from(
        [OTHER, "21210231300013", "21350238800019", "00000000000000", "2000676500001", "",
         "200067650000199", "2000676500001x", " 20006765000019", "\u0662" * 14, "200067650,0019"]
    ),
    "montant": st.from_regex(r"-?[0-9]{0,14}[.,]?[0-9]{0,3}", fullmatch=True) | st.sampled_from(
        ["0", "0.5", "00.5", ".5", "5.", "1..2", "1.2.3", "1 234,56", "1e3", "nan", "", "-3",
         "999999999999.99", "9999999999999", "12345678901234567890", "+5", "1.234"]
    ),
    "dateNotification": st.sampled_from(
        ["2024-05-06", "", "05/06/2024", " 5/6/2024", "5.6.24", "20240506", "2024", "mai",
         "31-12-23", "2024-05-06T00:00:00", "\u0663\u0661/12/2024"]
    ),
}  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    rows=st.lists(st.fixed_dictionaries(_PLAIN_OR_NOT), min_size=2, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    order=st.permutations(["acheteur_id", "montant", "dateNotification"]),
)
def test_rows_are_judged_in_bytes_as_one_by_one(
    rows: list[dict[str, Any]], quoting: Any, order: list[str]
) -> None:
    way = {"delimiter": ",", "quoting": quoting, "lineterminator": "\n"}
    rows = [{name: row[name] for name in order} for row in rows]
    _, body = delimited_text(rows, way).split("\n", 1)
    columns = [order.index(name) for name in _PLAIN_OR_NOT]
    others = plain_lines.Others(columns, [{"212102313"}, {"213502388"}])
    lines = plain_lines.cut(body.encode(), ",", len(order))
    if not lines:
        assert len(body.encode()) < 16
        return
    to_read = others.to_read(lines)
    one_by_one = autrui.Autrui(
        Sheet(tuple(order), iter([]), {}), ("acheteur_id", "montant"), ["dateNotification"],
        [{"212102313"}, {"213502388"}],
    )  # fmt: skip
    passed = [one_by_one._passed(*(row[name] for name in _PLAIN_OR_NOT)) for row in rows]
    counted = [n for n in range(len(rows)) if n not in to_read]
    assert all(passed[n] for n in counted)
    by_siren, euros = others.passed()
    assert by_siren == Counter(passed[n][0] for n in counted)  # type: ignore[index]
    assert euros == sum(Decimal(passed[n][1]) for n in counted)  # type: ignore[index]
    # What is left to read though plain: dates of no usual form, cells that end too near the start.
    usual = {"2024-05-06", "", "20240506", "2024", "2024-05-06T00:00:00"}
    assert all(not passed[n] or rows[n]["dateNotification"] not in usual or n == 0 for n in to_read)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "mac_roman"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_plain_lines_of_others_are_counted_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, line_end: str
) -> None:
    """Ours are read, with the number that they have in the file, and their letters."""
    monkeypatch.setattr(delimited, "_BYTES", 2500)
    monkeypatch.setattr(sheets, "HEADER_WITHIN", 3)
    monkeypatch.setattr(delimited._Recorder, "block", lambda _: [])
    rows = consolidated_rows([Contract(f"2024M{n}") for n in range(90)])
    for n, row in enumerate(rows):
        row["acheteur_id"] = "21210231300013" if n in {7, 58} else OTHER
        row["objet"] = 'Travaux, "gros \u0153uvre" ; \u00e9t\u00e9'.replace(
            "\u0153", "oe" if encoding == "cp1252" else "\u0153"
        )
    way = {"delimiter": ";", "lineterminator": line_end}
    (tmp_path / "decp.csv").write_bytes(delimited_text(rows, way).encode(encoding))
    cuts: list[int] = []
    inner = plain_lines.Others.to_read

    def to_read(self: plain_lines.Others, lines: plain_lines.Lines) -> list[int]:
        cuts.append(len(lines.ends))
        return inner(self, lines)

    monkeypatch.setattr(plain_lines.Others, "to_read", to_read)
    form = recognition.recognise(tmp_path / "decp.csv")
    every = [*form.read(tmp_path / "decp.csv", {"212102313"}, set())]
    assert sum(cuts) > 60
    assert [(x.rang, x.fields["objet"]) for x in every if isinstance(x, Published)] == [
        (9, rows[7]["objet"]), (60, rows[58]["objet"])
    ]  # fmt: skip
    [counted] = [x for x in every if isinstance(x, Ailleurs)]
    assert counted.acheteurs == {OTHER[:9]: len(rows) - 2}
    assert counted.montant == sum(Decimal(r["montant"]) for r in rows if r["acheteur_id"] == OTHER)


@pytest.mark.parametrize("rows_of", [flat_rows, consolidated_rows])
def test_plain_rows_of_others_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_of: Any
) -> None:
    """Ours are read, with the number that they have in the file."""
    monkeypatch.setattr(delimited, "_BLOCK", 4)
    monkeypatch.setattr(sheets, "HEADER_WITHIN", 3)
    rows = rows_of([Contract(f"2024M{n}") for n in range(30)])
    for n, row in enumerate(rows):
        row["acheteur_id"] = "21210231300013" if n in {7, 29} else OTHER
    file = tmp_path / "decp.csv"
    file.write_bytes(text(rows))
    form = recognition.recognise(file)
    every = [*form.read(file, {"212102313"}, set())]
    assert [x.rang for x in every if isinstance(x, Published)] == [9, 31]
    [counted] = [x for x in every if isinstance(x, Ailleurs)]
    assert (counted.table, counted.acheteurs) == ("marches", {OTHER[:9]: len(rows) - 2})
    assert counted.montant == sum(Decimal(r["montant"]) for r in rows if r["acheteur_id"] == OTHER)


def test_a_last_line_that_was_cut_is_seen_after_a_block(
    tmp_path: Path, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 2)
    monkeypatch.setattr(sheets, "HEADER_WITHIN", 2)
    rows = [row | {"acheteur_id": OTHER} for row in flat_rows([Contract("2024M1")] * 3)]
    line = text(rows).splitlines()[-1]
    (tmp_path / "decp.csv").write_bytes(text(rows)[: -len(line) // 2])
    [(fault, _, _)] = read(tmp_path, params, every=False)["fichiers"]
    assert fault.startswith("ligne 4 : le fichier s'arrête au milieu de cette ligne")
