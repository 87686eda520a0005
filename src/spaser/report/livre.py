"""The calculation of an indicator as an object: its SQL, its parts, its contracts, run again.

`livre = calculs.ambition(edition, "ECO1")` gives one for each indicator of the ambition, by code.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spaser import csvtable
from spaser.errors import UserError
from spaser.figures import database, evidence, excerpt
from spaser.figures.chiffres import PREUVES
from spaser.figures.definition import Indicateur
from spaser.report import frames
from spaser.report.edition import Edition
from spaser.report.fragment import Fragment

if TYPE_CHECKING:
    from pandas import DataFrame

PARTS = ("code", "entite", "base", "numerateur", "denominateur", "valeur")
_CONTRACT = ("marche_uid", "id", "objet", "montant")  # of marches.csv
FIRST = 5  # contracts shown on the page
_ROLES = ("numerateur", "denominateur", "inconnu")


class ContractCounted(NamedTuple):
    """A contract, or a row of a register, that an indicator looks at."""

    base: str
    role: str
    contribution: str
    uid: str
    objet: str


_FIRST = f"""
SELECT code, role, arg_min([base, {evidence.CONTRIBUTION}, marche_uid], rang, {FIRST})
FROM preuves WHERE entite = $entite GROUP BY code, role ORDER BY min(rang)"""


@functools.lru_cache(maxsize=4)
def first(folder: Path, entite: str) -> dict[str, list[ContractCounted]]:
    """The first contracts of an entity in each indicator, those of the numerator before others.

    DuckDB reads the evidence, of which a big year has millions of rows.
    """
    with database.opened() as con:
        database.scan_csv(con, folder, PREUVES)
        rows = con.execute(_FIRST, {"entite": entite}).fetchall()
    kept = {(code, role): few for code, role, few in rows}
    wanted = {uid for few in kept.values() for _, _, uid in few}
    contracts = csvtable.cells(folder / "marches.csv", ("marche_uid", "objet"))
    objects = {uid: objet for uid, objet in contracts if uid in wanted}
    return {
        code: [
            ContractCounted(base, role, contribution or "", uid, objects.get(uid, ""))
            for role in _ROLES
            for base, contribution, uid in kept.get((code, role), [])
        ][:FIRST]
        for code, _ in kept
    }


class Calculation:
    """How an indicator is made, on all its bases.

    Attributes:
        item: the indicator.
        sql: the passage of indicateurs.sql that makes it; empty when no source gives it.
    """

    def __init__(self, edition: Edition, item: Indicateur) -> None:
        self._edition, self.item = edition, item
        self._folder = edition.folder / "donnees"

    @functools.cached_property
    def _excerpt(self) -> excerpt.Excerpt:
        return excerpt.read(self._folder, self.item.code)

    @property
    def sql(self) -> str:
        """The passage of indicateurs.sql that makes it; empty when no source gives it."""
        return self._excerpt.calcul

    @functools.cached_property
    def parts(self) -> DataFrame:
        """What is published of it: code, entite, base, numerateur, denominateur, valeur."""
        rows = frames.only(self._edition.chiffres, "code", [self.item.code])
        return _parts(rows)

    @functools.cached_property
    def marches(self) -> DataFrame:
        """Its contracts, or rows of a register, with their role and what they bring."""
        roles = frames.only(self._edition.preuves, "code", [self.item.code])
        contracts = self._edition.marches[list(_CONTRACT)]
        return roles.merge(contracts, on="marche_uid", how="left").reset_index(drop=True)

    def executer(self, sql: str | None = None) -> DataFrame:
        """Run it again in DuckDB, on the Parquet files of the report: a frame like `parts`.

        Args:
            sql: what to run in place of `sql`, to see what another formula would give.

        Raises:
            UserError: no source gives it, DuckDB refuses it, or a file of the report is missing.
        """
        import pandas as pd

        asked = self._excerpt if sql is None else self._excerpt._replace(calcul=sql)
        if not asked.calcul:
            raise UserError(
                "cet indicateur n'a pas de calcul dans ce rapport",
                lieu=self.item.code,
                remede="fournir la source qui lui manque, puis refaire le rapport",
            )
        names, rows = excerpt.run(self._folder, asked)
        return _parts(pd.DataFrame(rows, columns=names, dtype=object))

    def __repr__(self) -> str:
        return f"<calcul de {self.item.code}>"


class Livre(Fragment):
    """The calculations of an ambition: shown as a page, and each given by the code it has."""

    def __init__(self, fragment: Fragment, edition: Edition, items: list[Indicateur]) -> None:
        codes = [i.code for i in items]
        super().__init__(
            fragment.shows, fragment.html, lambda: frames.only(edition.chiffres, "code", codes)
        )
        self._calculations = {i.code: Calculation(edition, i) for i in items}

    def __getitem__(self, code: str) -> Calculation:
        return self._calculations[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._calculations)

    def __len__(self) -> int:
        return len(self._calculations)


def _parts(rows: DataFrame) -> DataFrame:
    """A table of parts in one form and order, whether published or computed again."""
    chosen = rows[list(PARTS)].astype({"valeur": float})
    for name in ("code", "entite", "base"):
        chosen[name] = chosen[name].astype("str")
    for name in ("numerateur", "denominateur"):
        chosen[name] = rows[name].astype(object).where(rows[name].notna(), None)
    return chosen.sort_values(["base", "entite"], kind="stable").reset_index(drop=True)
