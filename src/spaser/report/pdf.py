"""rapport.pdf: the report's page set on A4 by WeasyPrint, tagged, with bookmarks.

WeasyPrint is an extra (`make pdf`), because it needs Pango, a library of the system.  Same page
and same fonts give the same bytes; the HTML page stays the accessible version.
"""

from __future__ import annotations

import logging
from pathlib import Path

from spaser.errors import UserError
from spaser.report import PAGE

FILE = "rapport.pdf"


def check() -> None:
    """Refuse before any work when the engine is not here.

    Raises:
        UserError: WeasyPrint is not installed, or Pango is missing.
    """
    try:
        import weasyprint  # noqa: F401
    except ImportError:
        raise UserError(
            "le moteur de mise en page du PDF (WeasyPrint) n'est pas installé",
            remede="lancer « make pdf YEAR=… », qui l'installe, ou imprimer rapport.html "
            "en PDF depuis un navigateur",
        ) from None
    except OSError as error:
        raise UserError(
            "une bibliothèque du système manque au moteur du PDF (Pango)",
            valeur=str(error).splitlines()[0],
            remede="installer Pango (Debian : apt install libpango-1.0-0 libpangoft2-1.0-0 ; "
            "macOS : brew install pango), ou imprimer rapport.html en PDF depuis un navigateur",
        ) from None


def write(folder: Path) -> Path:
    """Set rapport.html of a published folder on A4: PDF/UA-1, headings as bookmarks.

    The file is not part of the sealed outputs: its bytes depend on the fonts of the machine,
    and it says nothing that rapport.html does not.
    """
    import weasyprint

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    fresh = folder / f".{FILE}"
    page = weasyprint.HTML(filename=str(folder / "rapport.html"))
    paged = weasyprint.CSS(filename=str(PAGE / "pdf.css"))
    page.write_pdf(str(fresh), stylesheets=[paged], pdf_variant="pdf/ua-1")
    return fresh.replace(folder / FILE)
