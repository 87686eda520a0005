"""What a table beside the figures is: a file, its columns, the SQL that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Forme = Literal["texte", "nombre", "decimal", "euros", "taux", "date", "entite", "acheteur"]
_TYPES = {"nombre": "integer", "decimal": "number", "euros": "number", "taux": "number",
          "date": "date"}  # fmt: skip


class Champ(NamedTuple):
    """A column: its name, what it means, how a page writes it, and its heading there.

    Without a heading, the column is in the file alone.
    """

    nom: str
    label: str
    forme: Forme = "texte"
    titre: str = ""

    @property
    def type(self) -> str:
        """The Frictionless type."""
        return _TYPES.get(self.forme, "string")


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
