"""Any bytes: whatever a file holds, it is read, or refused in one sentence; nothing is lost.

Files of every form are made from known contracts, then spoilt with a seeded dice: in their
values, where the count of records is known from outside the readers, or in their bytes.
`make fuzz` runs many more than the tests do.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import folder
from lxml import etree
from oracle import Contract, flat, nested, regulatory
from written import consolidated_rows, old_workbook, open_workbook, parquet, text, workbook, xml_of

from spaser import cli, sources
from spaser.settings.params import Params
from spaser.sources.lecture import Lecture

COUNT = int(os.environ.get("SPASER_FUZZ", "360"))
SEED = int(os.environ.get("SPASER_FUZZ_SEED", "2024"))
BASE = [replace(Contract(f"2024V{n:02d}"), objet=f"Entretien numéro {n}") for n in range(4)]

HOSTILE: list[Any] = [
    None, "", 0, -1, True, "9999-12-31", "0001-01-01", "2024-02-30", "9" * 5000, 10**30, 1e308,
    "1e999999999", "-", "«»", "\u202e\u0000\u001b[31m", "=1+1", '"', '";"', "a\nb;c\n",
    "{", "</marche>",
    "&lt;&#0;", "\ufeff", "٣٤", "²", "x" * 150_000, ["a", "b"], {"id": {"id": []}}, [], {},
]  # fmt: skip


def deep(levels: int) -> str:
    """JSON of lists one inside another."""
    return "[" * levels + "]" * levels


def as_flat(records: list[dict[str, Any]]) -> bytes:
    return json.dumps({"records": records}, default=float).encode()


def as_table(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records as rows of text cells."""
    names = dict.fromkeys(name for r in records for name in r)
    return [{n: None if r.get(n) is None else clean(str(r[n])) for n in names} for r in records]


def clean(cell: str) -> str:
    """What a workbook can hold."""
    return "".join(c for c in cell if c.isprintable() or c == "\n")[:30_000]


def as_nested(records: list[dict[str, Any]]) -> bytes:
    return json.dumps(regulatory(records), default=float).encode()


def consolidated(contract: Contract) -> dict[str, Any]:
    [row] = consolidated_rows([contract])
    return dict(row)


def as_xml(records: list[dict[str, Any]]) -> bytes:
    return xml_of([_shown(r) for r in records])


def _shown(value: Any) -> Any:
    """A value as an element can hold it: no control character, objects kept, lists of texts."""
    if isinstance(value, dict):
        return {k: _shown(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_shown(v) for v in value if isinstance(v, dict) == isinstance(value[0], dict)]
    return value if isinstance(value, bool | int | float) else clean(str(value or ""))


SHAPES: dict[str, tuple[Callable[[Contract], Any], Callable[[Any], bytes]]] = {
    "flat": (flat, as_flat),
    "nested": (nested, as_nested),
    "csv": (flat, lambda rs: text(as_table(rs))),
    "xml": (nested, as_xml),
    "xlsx": (flat, lambda rs: workbook(as_table(rs))),
    "ods": (flat, lambda rs: open_workbook(as_table(rs))),
    "xls": (flat, lambda rs: old_workbook(as_table(rs))),
    "parquet": (flat, lambda rs: parquet(as_table(rs))),
    "consolidated csv": (consolidated, lambda rs: text(as_table(rs), ",")),
    "consolidated parquet": (consolidated, lambda rs: parquet(as_table(rs))),
}


def spoil_values(dice: random.Random, records: list[dict[str, Any]]) -> None:
    """Put hostile values in some fields; the records stay as many."""
    for _ in range(dice.randint(1, 4)):
        record = dice.choice(records)
        record[dice.choice(sorted(record))] = dice.choice(HOSTILE)


def spoil_bytes(dice: random.Random, content: bytes) -> bytes:
    """Cut, repeat, overwrite or insert."""
    spoilt = bytearray(content)
    for _ in range(dice.randint(1, 3)):
        at, size = dice.randrange(len(spoilt) or 1), dice.randint(1, 60)
        match dice.randrange(6):
            case 0:
                del spoilt[at:]
            case 1:
                del spoilt[at : at + size]
            case 2:
                spoilt[at:at] = spoilt[at : at + size]
            case 3:
                spoilt[at : at + 1] = bytes([dice.randrange(256)])
            case 4:
                spoilt[at:at] = dice.choice([b'"', b"{", b"]", b"\x00", b"\xff\xfe", b"<", b"\r"])
            case _:
                spoilt[at:at] = deep(dice.choice([40, 5000])).encode()
    return bytes(spoilt)


def counted(shape: str, content: bytes) -> int | None:
    """How many records spoilt bytes still hold, where another reader can say: a JSON by the json
    module, an XML by its elements, a delimited text whose rows all have the width of its header."""
    try:
        if shape in {"flat", "nested"}:
            return _of_json(json.loads(content, object_pairs_hook=list))
        if shape == "xml":
            top = etree.fromstring(content)
            return len(top.xpath("//marche[not(ancestor::marche)]")) if top.tag == "marches" else 0
        if shape.endswith("csv"):
            separator = "," if shape == "consolidated csv" else ";"
            lines = io.StringIO(content.decode(), newline="")
            rows = [r for r in csv.reader(lines, delimiter=separator, strict=True) if any(r)]
            return len(rows) - 1 if len({len(r) for r in rows}) == 1 else None
    except (ValueError, RecursionError, csv.Error, etree.XMLSyntaxError):
        pass
    return None


def _of_json(pairs: Any) -> int | None:
    """The records of an object whose lists of records are under one key, or one in another."""
    if not isinstance(pairs, list) or not all(isinstance(p, tuple) for p in pairs):
        return None
    values = [value for _, value in pairs]
    if len(values) == 1 and _is_object(values[0]):
        return _of_json(values[0])
    lists = [v for v in values if isinstance(v, list)]
    if len(lists) != len(values) or not all(_is_object(r) for rs in lists for r in rs):
        return None
    return sum(map(len, lists))


def _is_object(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(p, tuple) for p in value)


def check(lecture: Lecture, wanted: int | None) -> None:
    """Every record is kept or counted, and there are as many as were written, or it is told."""
    [fichier] = lecture.fichiers
    aside = sum(c.lignes for c in lecture.hors_perimetre.values())
    euros = sum((c.montant for c in lecture.hors_perimetre.values()), Decimal(0))
    assert sum(c.lignes for c in lecture.lues.values()) == len(lecture.lignes) + aside
    assert sum((c.montant for c in lecture.lues.values()), Decimal(0)) == euros + sum(
        (x.montant or 0 for x in lecture.lignes), Decimal(0)
    )
    assert len({x.cle for x in lecture.lignes}) == len(lecture.lignes)
    if fichier.erreur:
        assert not lecture.lignes
        assert "\n" not in fichier.erreur
        assert len(fichier.erreur) < 1000
    elif wanted is not None:
        assert fichier.lignes == wanted


@pytest.mark.parametrize("shape", SHAPES)
def test_any_content_is_read_whole_or_refused(
    shape: str, read: Callable[[Mapping[str, Any]], Lecture]
) -> None:
    dice = random.Random(f"{SEED}{shape}")
    write, pack = SHAPES[shape]
    for n in range(COUNT // len(SHAPES) // (6 if "parquet" in shape else 1)):  # slow to write
        records = [dict(write(c)) for c in BASE]
        spoil_values(dice, records)
        content = pack(records)
        check(read({"a": content}), len(BASE))
        if n % 2:
            spoilt = spoil_bytes(dice, content)
            check(read({"a": spoilt}), counted(shape, spoilt))


@pytest.mark.parametrize("content, message", [
    (b'{"a":' * 100_000, "imbriqués"),
    (b'[{"acheteur_id": "' + b"x" * (20 << 20) + b'"}]', "16 Mo"),
    (b'[{"montant": ' + b"1" * (20 << 20) + b"}]", "16 Mo"),
    (b"acheteur_id;montant;dateNotification;titulaire_id_1\n" + b"x" * (20 << 20), "16 Mo"),
    (b"<marches>" + b"<groupe>" * 5000, "256"),
    (b"<marches><marche><objet>" + b"x" * (30 << 20), "Mo"),
], ids=["objects", "text", "digits", "line", "elements", "XML text"])  # fmt: skip
def test_bounds_are_said_when_met(
    content: bytes, message: str, read: Callable[[Mapping[str, Any]], Lecture]
) -> None:
    [fichier] = read({"a": content}).fichiers
    assert fichier.erreur
    assert message in fichier.erreur.replace("\u00a0", " ")


def test_what_is_nested_too_deep_is_a_record_that_says_nothing(
    read: Callable[..., Lecture],
) -> None:
    lecture = read({"a": f'{{"records": [{deep(100_000)}]}}'})
    assert [x.valeurs["acheteur_id"] for x in lecture.lignes] == [None]


def test_records_stand_where_they_like_in_xml(read: Callable[..., Lecture]) -> None:
    one = "<marche><id>{}</id><acheteur><id>21210231300013</id></acheteur></marche>"
    first, second, third = map(one.format, (1, 2, 3))
    grouped = f"<marches><lot>{first}</lot>{second}<a><b>{third}</b></a></marches>"
    assert [x.valeurs["id"] for x in read({"a": grouped}).lignes] == ["1", "2", "3"]


def test_a_folder_of_spoilt_files_ends_in_a_word_to_the_user(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, params: Params
) -> None:
    dice = random.Random(SEED)
    files: dict[str, bytes] = {}
    for name, (write, pack) in SHAPES.items():
        for n in range(4):
            records = [dict(write(c)) for c in BASE]
            spoil_values(dice, records)
            files[f"{name}{n}"] = pack(records)
    with folder(files) as place:
        lecture = sources.read_folder(place, params)
        for bad in [f.nom for f in lecture.fichiers if f.erreur]:
            (place / bad).unlink()
        for name in ("params", "expectations", "notebooks", "data/referentiels"):
            shutil.copytree(root / name, tmp_path / name)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit) as end:
            cli.main(["check", "2024", "--data", str(place), "--reports", "rapports"])
    assert end.value.code in {0, 2, 3}, capsys.readouterr().err
