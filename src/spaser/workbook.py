"""indicateurs.xlsx: the figures for people, one sheet an axis, no formula, no merged cell."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from spaser.catalogue import STATUTS
from spaser.columns import INDICATEURS, harmless
from spaser.indicators import Chiffre
from spaser.params import Params


def write(path: Path, chiffres: Sequence[Chiffre], params: Params) -> None:
    """Write the workbook: a notice, then one sheet an axis with a header row."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    notice = book.active
    notice.title = "Notice"
    scheme, year = params.scheme, params.year
    for line in (
        (scheme.titre,),
        (f"{scheme.collectivite}, année {year.annee}",),
        (
            f"Édition du {year.date_edition.isoformat()}, "
            "source : données essentielles de la commande publique",
        ),
        (
            "Cibles : "
            + ", ".join(f"{k} {v}" for k, v in STATUTS.items())
            + ". Aucune ne vient de la délibération.",
        ),
        ("Une cellule vide est une donnée non disponible, jamais un zéro.",),
        (f"Licence : {scheme.licence}",),
    ):
        notice.append(line)
    for axe in scheme.axes:
        sheet = book.create_sheet(f"Axe {axe.numero}")
        sheet.append([c.name for c in INDICATEURS])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for chiffre in chiffres:
            if chiffre.axe == axe.numero:
                sheet.append([_excel(getattr(chiffre, c.name)) for c in INDICATEURS])
        sheet.freeze_panes = "E2"
        sheet.column_dimensions["D"].width = 60
    stamp = dt.datetime.combine(year.date_edition, dt.time())
    book.properties.creator = scheme.collectivite
    book.properties.created = book.properties.modified = stamp
    buffer = BytesIO()
    book.save(buffer)
    path.write_bytes(still(buffer, stamp))


def _excel(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return harmless(value) if isinstance(value, str) else value


def still(archive: BytesIO, stamp: dt.datetime) -> bytes:
    """The same zip with its clock times replaced: same content, same bytes."""
    out = BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            info = zipfile.ZipInfo(name, date_time=stamp.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _fixed_times(content, stamp)
            new.writestr(info, content)
    return out.getvalue()


def _fixed_times(core: bytes, stamp: dt.datetime) -> bytes:
    """openpyxl stamps `modified` when it saves, whatever it was told."""
    text = stamp.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + text, core)
