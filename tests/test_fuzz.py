"""Any bytes: whatever a file holds, it is read, or refused in one sentence; nothing is lost.

Files of every form are made from known contracts, then spoilt with a seeded dice: in their
values, where the count of records is known from outside the readers, or in their bytes.
`make fuzz` runs many more than the tests do.
"""

from __future__ import annotations

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
from oracle import Contract, flat, nested, regulatory
from written import parquet, text, workbook

from spaser import cli, sources
from spaser.settings.params import Params
from spaser.sources import Lecture

COUNT = int(os.environ.get("SPASER_FUZZ", "240"))
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


SHAPES: dict[str, tuple[Callable[[Contract], Any], Callable[[Any], bytes]]] = {
    "flat": (flat, as_flat),
    "nested": (nested, as_nested),
    "csv": (flat, lambda rs: text(as_table(rs))),
    "xlsx": (flat, lambda rs: workbook(as_table(rs))),
    "parquet": (flat, lambda rs: parquet(as_table(rs))),
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
        assert not lecture.lignes and "\n" not in fichier.erreur and len(fichier.erreur) < 1000
    elif wanted is not None:
        assert fichier.lignes == wanted


@pytest.mark.parametrize("shape", SHAPES)
def test_any_content_is_read_whole_or_refused(
    shape: str, read: Callable[[Mapping[str, Any]], Lecture]
) -> None:
    dice = random.Random(f"{SEED}{shape}")
    write, pack = SHAPES[shape]
    for n in range(COUNT // len(SHAPES) // (6 if shape == "parquet" else 1)):  # slow to write
        records = [dict(write(c)) for c in BASE]
        spoil_values(dice, records)
        content = pack(records)
        check(read({"a": content}), len(BASE))
        if n % 2:
            check(read({"a": spoil_bytes(dice, content)}), None)


@pytest.mark.parametrize("content, said", [
    (b'{"a":' * 100_000, "imbriqués"),
    (b'[{"acheteur_id": "' + b"x" * (20 << 20) + b'"}]', "16 Mo"),
    (b'[{"montant": ' + b"1" * (20 << 20) + b"}]", "16 Mo"),
    (b"acheteur_id;montant;dateNotification;titulaire_id_1\n" + b"x" * (20 << 20), "16 Mo"),
    (b"<marches>" + b"<groupe>" * 5000, "256"),
    (b"<marches><marche><objet>" + b"x" * (30 << 20), "Mo"),
], ids=["objects", "text", "digits", "line", "elements", "XML text"])  # fmt: skip
def test_bounds_are_said_when_met(
    content: bytes, said: str, read: Callable[[Mapping[str, Any]], Lecture]
) -> None:
    [fichier] = read({"a": content}).fichiers
    assert fichier.erreur and said in fichier.erreur.replace("\u00a0", " ")


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
