"""What the rates become when some contracts say something else, for a notebook.

fins = edition.tableau("leviers").query("code == @code and entite == 'ville'")
simulation.changer(edition, fins["marche_uid"].head(5), considerations_sociales=["Clause sociale"])
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from spaser.figures import simulation
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre, Figure
from spaser.report.edition import Edition
from spaser.settings.params import Params

if TYPE_CHECKING:
    from pandas import DataFrame

_MOVES = ("numerateur", "denominateur", "valeur", "couverture", "verdict")


def changer(edition: Edition, marches: Iterable[str], **champs: object) -> DataFrame:
    """The figures before and after a change of some contracts, by the SQL of the report itself.

    Nothing is written: the report stays as it is.  The words of a list (clauses, techniques…) join
    those that each contract says; «Pas de considération…» takes their place, and theirs its own.
    None makes a field unknown.

    Args:
        edition: a published year, as `rapport.ouvrir` gives it.
        marches: the marche_uid of the contracts to change, as in `edition.marches`.
        champs: what each field of these contracts says instead, in the official words:
            `considerations_sociales=["Clause sociale"]`, `offres_recues=3`.

    Returns:
        A row for each figure that moved, or whose formulas read one of the fields: code, libelle,
        entite, base, unite, cible, then numerateur, denominateur, valeur, couverture (in percent)
        and verdict, each `_avant` as published and `_apres`; bouge says whether one differs.

    Raises:
        UserError: a field or a contract is unknown, or a value is not of its field.
    """
    import pandas as pd

    asked = [marches] if isinstance(marches, str) else dict.fromkeys(str(m) for m in marches)
    after = simulation.figures(
        edition.folder / "donnees",
        Catalogue(edition.version, edition.indicateurs, ()),
        Params(scheme=edition.scheme, year=edition.year, folder=edition.folder),
        _given(edition),
        [*asked],
        champs,
    )
    reads = {
        (i.code, c.base) for i in edition.indicateurs for c in i.calculs if c.champs & {*champs}
    }
    rows = []
    for new in after:
        old = edition.figures[new.code, new.entite, new.base]
        moved = _differs(old, new)
        if moved or (new.code, new.base) in reads:
            rows.append(_row(old, new) | {"bouge": moved})
    columns = ["code", "libelle", "entite", "base", "unite", "cible"]
    columns += [f"{name}_{when}" for name in _MOVES for when in ("avant", "apres")]
    return pd.DataFrame(rows, columns=[*columns, "bouge"]).astype({"bouge": bool})


def _given(edition: Edition) -> list[str]:
    """Names of the sources that the report was made with."""
    text = (edition.folder / "edition.json").read_text(encoding="utf-8")
    return [*json.loads(text).get("fournies", ["decp", *edition.controle["sources_fournies"]])]


def _differs(old: Figure, new: Chiffre) -> bool:
    """Whether a figure moved; rates are compared as the doubles that are published."""
    return any(_float(old, name) != _float(new, name) for name in _MOVES)


def _row(old: Figure, new: Chiffre) -> dict[str, object]:
    row: dict[str, object] = {
        name: getattr(new, name) for name in ("code", "libelle", "entite", "base", "unite", "cible")
    }
    for name in _MOVES:
        row |= {f"{name}_avant": _float(old, name), f"{name}_apres": _float(new, name)}
    return row


def _float(figure: Figure | Chiffre, name: str) -> object:
    """A value of a figure: rates as doubles, parts as decimals, the verdict as its word."""
    value = getattr(figure, name)
    return float(value) if name in {"valeur", "couverture"} and value is not None else value
