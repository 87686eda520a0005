"""indicateurs.xlsx: the figures for people, one sheet an axis, no formula, no merged cell."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import INDICATEURS, Chiffre
from spaser.figures.definition import STATUTS
from spaser.plaintext import cell as harmless
from spaser.plaintext import writable
from spaser.settings import periodes
from spaser.settings.params import Params
from spaser.settings.periodes import Periode

_AFTER = ("Source", "Date d'édition")
_WIDE = {"libelle": 60, "motif_absence": 44, "verdict": 16, "Source": 44, "Date d'édition": 16}


def write(path: Path, chiffres: Sequence[Chiffre], catalogue: Catalogue, params: Params) -> None:
    """Write the workbook: a notice, then one sheet an axis with a header row.

    Args:
        path: the file to write.
        chiffres: the figures.
        catalogue: the indicators.
        params: the scheme and the year.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    notice = book.active
    notice.title = "Notice"
    scheme, year = params.scheme, params.year
    sources = {
        i.code: " ; ".join(scheme.sources[s] for s in i.sources) for i in catalogue.indicateurs
    }
    for line in (
        (scheme.titre,),
        (f"{scheme.collectivite}, année {year.annee}",),
        (
            f"Édition du {year.date_edition.isoformat()} ; la source de chaque chiffre est "
            "dans l'avant-dernière colonne",
        ),
        (
            "Cibles : "
            + ", ".join(f"{k} {v}" for k, v in STATUTS.items())
            + ". Aucune ne vient de la délibération.",
        ),
        *(
            (
                "Année incomplète, ni jugée ni comparée : "
                f"{periodes.words([Periode(e.depuis, e.jusqu_au)])}, "
                f"{scheme.entites[e.acheteur or scheme.ensemble.code]}. {e.motif}",
            )
            for e in year.completude
        ),
        ("Une cellule vide est une donnée non disponible, jamais un zéro.",),
        (f"Licence : {scheme.licence}",),
    ):
        notice.append([_excel(text) for text in line])
    for axe in scheme.axes:
        sheet = book.create_sheet(f"Axe {axe.numero}")
        sheet.append([*(c.titre for c in INDICATEURS.cols), *_AFTER])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        for chiffre in chiffres:
            if chiffre.axe == axe.numero:
                cells = [_excel(getattr(chiffre, name)) for name in INDICATEURS.noms]
                sheet.append([*cells, _excel(sources[chiffre.code]), year.date_edition])
        sheet.freeze_panes = "E2"
        sheet.auto_filter.ref = sheet.dimensions
        titles = [*((c.name, c.titre) for c in INDICATEURS.cols), *((t, t) for t in _AFTER)]
        for number, (name, title) in enumerate(titles, start=1):
            width = _WIDE.get(name, max(10, len(title) * 0.8))
            sheet.column_dimensions[get_column_letter(number)].width = width
    stamp = dt.datetime.combine(year.date_edition, dt.time())
    book.properties.creator = writable(scheme.collectivite)
    book.properties.created = book.properties.modified = stamp
    buffer = BytesIO()
    book.save(buffer)
    path.write_bytes(still(buffer, stamp))


def _excel(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return harmless(value) if isinstance(value, str) else value


def still(archive: BytesIO, stamp: dt.datetime) -> bytes:
    """The zip with fixed times in place of those of the clock: same content, same bytes."""
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
