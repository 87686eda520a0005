"""Contracts written in every published form, by hand: what the readers must give back.

Each writer takes the contracts of tests/oracle.py and returns the bytes of a file.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import openpyxl
from oracle import Contract, flat, nested

Row = Mapping[str, Any]

MIXED_CASE = {
    "acheteur_id": "acheteur.id",
    "codecpv": "codeCPV",
    "datenotification": "dateNotification",
    "datepublicationdonnees": "datePublicationDonnees",
    "considerationssociales": "considerationsSociales",
    "titulaire_typeidentifiant_1": "titulaire_typeIdentifiant_1",
    "datenotificationmodificationmodification": "dateNotificationModificationModification",
}

MAPPING = """
exports:
  - nom: Profil d'acheteur
    listes: "|"
    colonnes:
      acheteur_id: SIRET acheteur
      id: [N°, Référence]
      objet: Objet du marché
      nature: Nature
      code_cpv: CPV
      procedure: Procédure
      techniques: Techniques
      modalites_execution: Modalités
      duree_mois: Durée
      date_notification: Notifié le
      date_publication: Publié le
      montant: Montant HT (€)
      forme_prix: Forme du prix
      types_prix: Types de prix
      attribution_avance: Avance
      taux_avance: Taux d'avance
      offres_recues: Offres
      marche_innovant: Innovant
      type_groupement: Groupement
      considerations_sociales: Social
      considerations_environnementales: Environnement
    valeurs:
      ccag: Travaux
      lieu_code: "21000"
      lieu_type: Code postal
      sous_traitance_declaree: non
    titulaires:
      - {id: Titulaire 1, type: Type 1}
      - {id: Titulaire 2, type: Type 2}
      - {id: Titulaire 3, type: Type 3}
    modification:
      id: Avenant
      date_notification: Avenant notifié le
      montant: Montant après avenant
"""


class Percent(float):
    """A number whose cell shows it as a percentage."""


class Failed(str):
    """The error of a formula, as its cell shows it."""


def text(rows: Sequence[Row], separator: str = ";", encoding: str = "utf-8") -> bytes:
    """Delimited text, every cell quoted."""

    def line(cells: Any) -> str:
        shown = ("" if c is None else str(c) for c in cells)
        return separator.join('"' + c.replace('"', '""') + '"' for c in shown)

    return "\r\n".join([line(rows[0]), *(line(r.values()) for r in rows)]).encode(encoding)


def workbook(rows: Sequence[Row], above: int = 0) -> bytes:
    """An XLSX sheet of the values of rows, under their names, some titles above."""
    return sheet([["Marchés notifiés"]] * above + [[*rows[0]], *([*r.values()] for r in rows)])


def sheet(rows: Sequence[Sequence[Any]], percent: str = "0 %") -> bytes:
    """An XLSX sheet: shared texts, styles of dates and percentages, empty rows left out.

    Text stays text, even when it looks like a formula.
    """
    book = openpyxl.Workbook()
    into = book.active
    assert into is not None
    into.title = "Marchés"
    for number, cells in enumerate(rows, start=1):
        for column, value in enumerate(cells, start=1):
            if value is None:
                continue
            cell = into.cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "e" if isinstance(value, Failed) else "s"
            if isinstance(value, Percent):
                cell.number_format = percent
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old_workbook(rows: Sequence[Row]) -> bytes:
    """An XLS sheet of the values of rows, under their names."""
    return old_cells([[*rows[0]], *([*r.values()] for r in rows)])


_ERRORS = {"#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#N/A": 0x2A}


def old_cells(rows: Sequence[Sequence[Any]]) -> bytes:
    """An XLS sheet of texts, errors and percentages: records of BIFF8 in a file of sectors."""

    def record(code: int, content: bytes) -> bytes:
        return struct.pack("<HH", code, len(content)) + content

    def cell(row: int, column: int, value: Any) -> bytes:
        place = struct.pack("<HH", row, column)
        if isinstance(value, Percent):
            return record(0x203, place + struct.pack("<Hd", 1, value))
        if isinstance(value, Failed) and column % 2:  # the value of a formula
            value_ = struct.pack("<HBBBBHH", 0, 2, 0, _ERRORS[value], 0, 0, 0xFFFF)
            return record(0x06, place + value_ + bytes(8))
        if isinstance(value, Failed):
            return record(0x205, place + struct.pack("<HBB", 0, _ERRORS[value], 1))
        text = str(value)[:2000].encode("utf-16-le")
        return record(0x204, place + struct.pack("<HHB", 0, len(text) // 2, 1) + text)

    end = record(0x0A, b"")
    inside = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6)) + b"".join(
        cell(number, n, value)
        for number, cells in enumerate(rows)
        for n, value in enumerate(cells)
        if value is not None
    )
    shown = "0.0 %".encode("utf-16-le")
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 6))
    begin += record(0x41E, struct.pack("<HHB", 164, 5, 1) + shown)
    begin += b"".join(record(0xE0, struct.pack("<HH16x", 0, n)) for n in (0, 164))
    name = "Marches".encode("utf-16-le")
    at = len(begin) + 4 + 8 + len(name) + len(end)
    named = record(0x85, struct.pack("<IHBB", at, 0, 7, 1) + name)
    return _sectors((begin + named + end + inside + end).ljust(4096, b"\0"))


def _sectors(stream: bytes) -> bytes:
    """A compound file (MS-CFB) that holds one stream, «Workbook»."""
    end, free, fat_mark, more_mark = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC
    many = -(-len(stream) // 512)
    tables = lists = 1  # sectors of the table, and of the places of those beyond the 109th
    while tables * 128 < many + 1 + tables + lists:
        tables += 1
        lists = max(0, -(-(tables - 109) // 127))
    lists = max(0, -(-(tables - 109) // 127))
    chain = [*range(1, many), end, end] + [fat_mark] * tables + [more_mark] * lists
    chain += [free] * (tables * 128 - len(chain))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = (name + "\0").encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ", text, len(text), kind, 1, free, free, child, b"", 0, 0, 0,
            start, size,
        )  # fmt: skip

    directory = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 0, len(stream))
    places = [many + 1 + n for n in range(tables)]
    first = many + 1 + tables  # of the sectors that list the places
    further = b"".join(
        struct.pack("<128I", *(places[at : at + 127] + [free] * 127)[:127], following)
        for n in range(lists)
        for at in [109 + 127 * n]
        for following in [first + n + 1 if n + 1 < lists else end]
    )
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", bytes.fromhex("d0cf11e0a1b11ae1"), b"", 0x3E, 3, 0xFFFE, 9, 6,
        b"", 0, tables, many, 0, 4096, end, 0, first if lists else end, lists, places[0],
    ) + struct.pack("<108I", *(places[1:109] + [free] * 108)[:108])  # fmt: skip
    return (
        header + stream.ljust(many * 512, b"\0") + directory.ljust(512, b"\0")
        + struct.pack(f"<{len(chain)}I", *chain) + further
    )  # fmt: skip


def open_workbook(rows: Sequence[Row]) -> bytes:
    """An ODS sheet of the values of rows, under their names."""
    return open_cells([[*rows[0]], *([*r.values()] for r in rows)])


def open_cells(rows: Sequence[Sequence[Any]], more: str = "") -> bytes:
    """An ODS sheet as LibreOffice writes it, `more` rows of XML at its end."""
    spaces = "".join(
        f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    calc = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    lines = "".join(
        f"<table:table-row>{''.join(map(_open_cell, cells))}</table:table-row>" for cells in rows
    )
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces} '
        f'xmlns:calcext="{calc}"><office:body><office:spreadsheet>'
        f'<table:table table:name="Marchés">{lines}{more}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    listed = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{space}"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", kind)
        book.writestr("META-INF/manifest.xml", listed)
        book.writestr("content.xml", body)
    return out.getvalue()


def _open_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    head = 'office:value-type="string"'
    if isinstance(value, Failed):
        head += ' office:string-value="" calcext:value-type="error"'
    elif isinstance(value, Percent):
        head = f'office:value-type="percentage" office:value="{float(value)}"'
    elif isinstance(value, bool):
        head = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, dt.date):
        head = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int | float):
        head = f'office:value-type="float" office:value="{value}"'
    text = escape(str(value)).replace("  ", ' <text:s text:c="1"/>')
    return f"<table:table-cell {head}><text:p>{text}</text:p></table:table-cell>"


def parquet(rows: Sequence[Row], types: Mapping[str, str] | None = None) -> bytes:
    """A Parquet file, text but for the columns that `types` names."""
    types = types or {}
    names = ", ".join(f'"{n}" {types.get(n, "VARCHAR")}' for n in rows[0])
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute(f"CREATE TABLE t ({names})")
        marks = ", ".join("?" * len(rows[0]))
        con.executemany(f"INSERT INTO t VALUES ({marks})", [list(r.values()) for r in rows])
        path = Path(folder) / "t"
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def xml(contracts: Sequence[Contract]) -> bytes:
    """The regulatory XML."""
    return xml_of([nested(c) for c in contracts])


def xml_of(records: Sequence[Row]) -> bytes:
    """Records of the regulatory form, whatever they hold, as XML."""
    items = "".join(_element("marche", r) for r in records)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<marches>{items}</marches>'.encode()


def _element(tag: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inside = "".join(_element(k, v) for k, v in value.items())
        return f"<{tag}>{inside}</{tag}>"
    if isinstance(value, list):
        if all(isinstance(v, Mapping) for v in value):  # titulaires: [{titulaire: …}]
            return f"<{tag}>" + "".join(_element(k, v[k]) for v in value for k in v) + f"</{tag}>"
        return "".join(_element(tag, v) for v in value)
    shown = {True: "oui", False: "non"}.get(value, value) if isinstance(value, bool) else value
    return f"<{tag}>{escape(str(shown))}</{tag}>"


def flat_rows(contracts: Sequence[Contract]) -> list[Row]:
    """The Ministry's rows, one a contract."""
    return [flat(c) for c in contracts]


def mixed_rows(contracts: Sequence[Contract]) -> list[Row]:
    """The same in the Ministry's own case, with dots."""
    return [{MIXED_CASE.get(k, k): v for k, v in flat(c).items()} for c in contracts]


def consolidated_rows(contracts: Sequence[Contract]) -> list[Row]:
    """One row for each holder and each state, latest state first."""
    rows = []
    for c in contracts:
        states = [(c.montant, c.notified), *((m, d) for _, d, m in c.modifications)]
        for rank, (amount, day) in reversed([*enumerate(states)]):
            for number, kind in c.holders or ((None, None),):
                base = {
                    k: v
                    for k, v in flat(c).items()
                    if "modification" not in k and "titulaire" not in k
                }
                rows.append(
                    {
                        "uid": c.buyer + c.id,
                        **base,
                        "montant": float(amount),
                        "datenotification": day.isoformat(),
                        "titulaire_id": number,
                        "titulaire_typeIdentifiant": kind,
                        "titulaire_nom": "Une entreprise",
                        "modification_id": rank,
                        "donneesActuelles": rank == len(states) - 1,
                        "sourceDataset": "essai",
                    }
                )
    return rows


def export_rows(contracts: Sequence[Contract], *, typed: bool) -> list[Row]:
    """A table with headings of its own (MAPPING): cells typed, or text as people write it."""
    rows = []
    for c in contracts:
        f = flat(c)
        day: Callable[[dt.date | None], Any] = (
            (lambda d: d) if typed else lambda d: d and d.strftime("%d/%m/%Y")
        )
        euros: Callable[[Decimal], Any] = (
            float if typed else lambda d: f"{d:,.2f}".replace(",", " ").replace(".", ",")
        )
        number, when, after = (*c.modifications, (None, None, None))[0]
        row = {
            "SIRET acheteur": f"{c.buyer[:3]} {c.buyer[3:6]} {c.buyer[6:9]} {c.buyer[9:]}",
            " Référence ": c.id,
            "Objet du marché": c.objet,
            "Nature": "Marché",
            "CPV": c.cpv,
            "Procédure": c.procedure,
            "Techniques": "|".join(c.techniques),
            "Modalités": "Sans objet",
            "Durée": c.duree,
            "Notifié le": day(c.notified),
            "Publié le": day(c.published),
            "Montant  HT\n(€)": euros(c.montant),
            "Forme du prix": "Forfaitaire",
            "Types de prix": "Définitif ferme",
            "Avance": f["attributionavance"],
            "Taux d’avance": 0 if typed else "0",
            "Offres": c.offers,
            "INNOVANT": f["marcheinnovant"],
            "Groupement": c.groupement,
            "Social": " | ".join(c.social or ()),
            "Environnement": " | ".join(c.environment or ()),
            "Sans rapport": "x",
            "Avenant": number,
            "Avenant notifié le": day(when),
            "Montant après avenant": None if after is None else euros(after),
        }
        for rank in (1, 2, 3):
            held = c.holders[rank - 1] if rank <= len(c.holders) else (None, None)
            row[f"Titulaire {rank}"], row[f"Type {rank}"] = held
        rows.append(row)
    return rows


FORMS: dict[str, Callable[[Sequence[Contract]], bytes]] = {
    "flat CSV": lambda c: text(flat_rows(c), ","),
    "flat CSV, mixed case": lambda c: text(mixed_rows(c), "\t", "utf-16"),
    "flat XLSX": lambda c: workbook(flat_rows(c)),
    "flat ODS": lambda c: open_workbook(flat_rows(c)),
    "flat XLS": lambda c: old_workbook(flat_rows(c)),
    "flat Parquet": lambda c: parquet(flat_rows(c), {"montant": "DOUBLE"}),
    "XML": xml,
    "consolidated CSV": lambda c: text(consolidated_rows(c), ","),
    "consolidated Parquet": lambda c: parquet(
        consolidated_rows(c),
        {"montant": "DOUBLE", "datenotification": "DATE", "donneesActuelles": "BOOLEAN"},
    ),
    "export CSV": lambda c: text(export_rows(c, typed=False), ";", "utf-8-sig"),
    "export XLSX": lambda c: workbook(export_rows(c, typed=True), above=3),
}
