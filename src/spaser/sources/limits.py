"""The bounds on size, declared here alone: what a file of purchase records never needs more of.

A reader that meets one says so with its value, and stops or sets the value aside: nothing is cut
in silence, and the memory that reading takes stays under these bounds whatever the file.
"""

from __future__ import annotations

ENREGISTREMENT = 16 << 20  # characters of one record, or of one line of a table
TEXTE = 100_000  # characters of one value; an object has 1 000 at most (DECP schema)
CHIFFRES = 40  # digits of a number, and its largest power of ten
PROFONDEUR = 32  # objects or lists one inside another
CLASSEUR = 512 << 20  # bytes of a workbook once unpacked
TEXTES_PARTAGES = 128 << 20  # bytes of the texts that its sheets share, kept in memory
CELLULES = 2_000_000  # cells of the rectangle that sheets span, to be loaded whole
CELLULES_REPETEES = 50_000_000  # cells of a sheet of ODS, where one may stand for many
COLONNES = 16_384  # of a sheet, as in Excel
LIGNES_DANS_UNE_CELLULE = 200  # beyond, a quotation mark was never closed


def shown(size: int) -> str:
    """A size in characters or bytes, in French millions: «16 Mo»."""
    return f"{size >> 20}\u00a0Mo"
