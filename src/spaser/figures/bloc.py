"""What a table beside the figures is: a file, its columns, the SQL that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from spaser.csvtable import Col, Table

Forme = Literal[
    "texte",
    "nombre",
    "decimal",
    "euros",
    "taux",
    "km",
    "date",
    "cpv",
    "commune",
    "entite",
    "acheteur",
    "titulaires",
]
_TYPES = {"nombre": "integer", "decimal": "number", "euros": "number", "taux": "number",
          "km": "number", "date": "date"}  # fmt: skip
_UNITES = {"euros": "€ HT", "taux": "%", "km": "km"}


class Champ(NamedTuple):
    """A column: its name, what it means, how a page writes it, and its heading there.

    Without a heading, the column is in the file alone.  `parmi` are the texts that it may hold,
    when they are few; `requis` says that no cell of it is empty.
    """

    nom: str
    label: str
    forme: Forme = "texte"
    titre: str = ""
    parmi: tuple[str, ...] = ()
    requis: bool = False

    @property
    def col(self) -> Col:
        """The column of the file."""
        return Col(
            self.nom, _TYPES.get(self.forme, "string"), self.label,
            unite=_UNITES.get(self.forme, ""), parmi=self.parmi, requis=self.requis,
        )  # fmt: skip


@dataclass(frozen=True)
class Bloc:
    """A table beside the figures.

    Args:
        nom: of the table and of its CSV file.
        titre: what it is, for the data package and the caption.
        champs: its columns, in order.
        sql: a SELECT over the tables of indicateurs.sql; its rows in a total order.
        source: the source (params) without which there is nothing to say.
        lecture: how it is to be read, on the page; a sentence or two.
        vide: what is said on the page when the source is there and no row is.
        seuil: the threshold of the year (params) that the SQL needs.
        tete: the column that names a line of the table on the page.
        champ: the field of contracts that makes the list, whose coverage the page gives.
        cle: the columns that name a row of the file, where some do.
    """

    nom: str
    titre: str
    champs: tuple[Champ, ...]
    sql: str
    source: str = "decp"
    lecture: str = ""
    vide: str = ""
    seuil: str = ""
    champ: str = ""
    tete: str = ""
    cle: tuple[str, ...] = ()

    @property
    def table(self) -> Table:
        """The file that publishes it."""
        return Table(self.nom, self.titre, tuple(c.col for c in self.champs), self.cle)


def percent(top: str, bottom: str) -> str:
    """SQL of one column in percent of another: one division of two whole numbers of cents.

    It is written as in indicateurs.sql, so that the same amounts give the same double.
    """
    return f"100 * ({top} * 100)::HUGEINT::DOUBLE / ({bottom} * 100)::HUGEINT::DOUBLE"
