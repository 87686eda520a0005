"""rapport.docx: the text and tables of the report as a document that can be edited, by pandoc.

pandoc is a program of the system, not of this package.  A drawing is replaced by the sentence that
tells it: the pictures themselves are in graphiques/.  The HTML page stays the accessible version.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from spaser.errors import UserError
from spaser.publishing import provenance
from spaser.report.images import FOLDER

FILE = provenance.DOCX
_PROGRAM = "pandoc"
_SECONDS = 120
_LEFT_OUT = ("style", "script", "nav", "svg", "link", "meta")
_LINKS = ("permalien", "evitement")


def check() -> None:
    """Refuse before any work when pandoc is not here.

    Raises:
        UserError: it is not in the PATH.
    """
    if shutil.which(_PROGRAM) is None:
        raise UserError(
            "pandoc, qui écrit le document modifiable, n'est pas installé",
            remede="l'installer (Debian : apt install pandoc ; macOS : brew install pandoc ; "
            "Windows : winget install JohnMacFarlane.Pandoc), ou ouvrir rapport.html dans un "
            "traitement de texte",
        )


def write(folder: Path) -> Path:
    """Write rapport.docx of a published folder.

    The file is not part of the sealed outputs: its bytes depend on the version of pandoc, and it
    says nothing that rapport.html does not.

    Raises:
        UserError: pandoc refused the page, or did not end.
    """
    fresh = folder / f".{FILE}"
    words = [_PROGRAM, "--from=html", "--to=docx", "--output", str(fresh)]
    try:
        subprocess.run(
            words, input=text(folder).encode(), check=True, capture_output=True, timeout=_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        fresh.unlink(missing_ok=True)
        complaint = getattr(error, "stderr", b"") or str(error).encode()
        raise UserError(
            "pandoc n'a pas pu écrire le document modifiable",
            lieu=str(folder / FILE),
            valeur=" ".join(complaint.decode(errors="replace").split())[:200],
            remede="mettre pandoc à jour, ou ouvrir rapport.html dans un traitement de texte",
        ) from None
    return fresh.replace(folder / FILE)


def text(folder: Path) -> str:
    """The report's page as plain HTML: headings, sentences, tables; a drawing by its words."""
    from lxml import html

    page = html.document_fromstring((folder / "rapport.html").read_text(encoding="utf-8"))
    for element in list(page.iter()):
        if element.get("role") == "img" and element.get("aria-label"):
            words = html.Element("em")
            words.text = f"Graphique (dossier {FOLDER}) : {element.get('aria-label')}"
            tail = element.tail
            element.clear()
            element.tail = tail
            element.append(words)
        elif element.tag in _LEFT_OUT or element.get("class") in _LINKS:
            if element.getparent() is not None:  # else it went with what held it
                element.drop_tree()  # type: ignore[attr-defined]
        elif element.tag == "summary":
            element.tag = "p"
    page_text = html.tostring(page, encoding="unicode", doctype="<!doctype html>")
    return re.sub(r"\n{3,}", "\n\n", page_text)
