"""What the figures would be if some contracts said something else.

The script of a published report is run again as it is, on its own tables, in which a few fields
of a few contracts are changed first: rate, coverage and verdict are those of the very formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.errors import UserError
from spaser.figures import excerpt, indicators
from spaser.figures.catalogue import Catalogue
from spaser.figures.chiffres import Chiffre
from spaser.plaintext import shown
from spaser.settings.params import Params
from spaser.sources.fields import LISTS, PARSERS, PAS_ENVIRONNEMENTAL, PAS_SOCIAL

if TYPE_CHECKING:
    import duckdb

CHAMPS = (
    "considerations_sociales",
    "considerations_environnementales",
    "techniques",
    "modalites_execution",
    "forme_prix",
    "types_prix",
    "ccag",
    "attribution_avance",
    "taux_avance",
    "marche_innovant",
    "offres_recues",
    "sous_traitance_declaree",
    "origine_ue",
    "origine_france",
)
"""The fields of a contract that its writing or its consultation decides."""

_NOTHING = [PAS_SOCIAL, PAS_ENVIRONNEMENTAL, "Sans objet"]  # words of a list that stand alone
_ADDED = (
    "list_distinct(list_concat(list_filter({0}, lambda word: NOT list_contains($nothing, word)), "
    "$value))"
)
_NAMED = 3  # unknown contracts that a message names


def figures(
    folder: Path,
    catalogue: Catalogue,
    params: Params,
    fournies: Iterable[str],
    marches: Sequence[str],
    champs: Mapping[str, object],
) -> list[Chiffre]:
    """The figures of a published year, had some contracts said something else.

    Args:
        folder: the folder donnees/ of the report.
        catalogue: the indicators of the report.
        params: its scheme and year.
        fournies: names of the sources that were given.
        marches: the marche_uid of the contracts to change, all of the report.
        champs: what each field of these contracts says instead; None: unknown.  The words of a
            list join what each says, «pas de…» excepted, which stands alone.

    Raises:
        UserError: a field is not one of CHAMPS, a value is not of its field, a contract is not
            of the report, or the report cannot be computed again.
    """
    changes = {name: _typed(name, value) for name, value in champs.items()}
    with excerpt.loaded(folder) as con:
        _hold(con, marches)
        for name, value in changes.items():
            given = {"value": value, "marches": [*marches]}
            value_sql = "$value"
            if isinstance(value, list) and not {*value} & {*_NOTHING}:
                value_sql, given["nothing"] = _ADDED.format(name), _NOTHING
            con.execute(
                f"UPDATE brut.marches SET {name} = {value_sql} "
                "WHERE list_contains($marches, marche_uid)", given,
            )  # fmt: skip
        excerpt.execute(con, excerpt.whole(folder))
        return indicators.judged(con, catalogue, params, {*fournies}, {})


def _typed(name: str, value: object) -> Any:
    """A value as the file of a buyer would have said it.

    Raises:
        UserError: it is not a field that may be changed, or not a value of it.
    """
    if name not in CHAMPS:
        raise UserError(
            "ce n'est pas un champ de marché qu'une clause ou une consultation décide",
            lieu="simulation",
            valeur=shown(name),
            remede=f"choisir parmi {', '.join(CHAMPS)}",
        )
    if value is None:
        return None
    if name in LISTS and not isinstance(value, str) and isinstance(value, Iterable):
        value = [*value]
    read = PARSERS["marches"][name](value)
    negative = isinstance(read.value, int) and read.value < 0
    if read.motif or read.value is None or negative:
        raise UserError(
            "cette valeur n'est pas de ce champ",
            lieu=f"simulation, {name}",
            valeur=shown(str(value)),
            remede="écrire ce que dirait le fichier de l'acheteur, dans les mots officiels "
            "(None : inconnu)",
        )
    return [*read.value] if isinstance(read.value, tuple) else read.value


def _hold(con: duckdb.DuckDBPyConnection, marches: Sequence[str]) -> None:
    """Check that every contract is of the report.

    Raises:
        UserError: some are not; the first are named.
    """
    known = {uid for (uid,) in con.execute("SELECT marche_uid FROM brut.marches").fetchall()}
    if strange := [shown(uid) for uid in marches if uid not in known]:
        raise UserError(
            "ce n'est pas un marché de cette année"
            if len(strange) == 1
            else f"{len(strange)} des marchés choisis ne sont pas de cette année",
            lieu="simulation",
            valeur=" ; ".join(strange[:_NAMED]) + " …" * (len(strange) > _NAMED),
            remede="prendre les marche_uid dans marches.csv (edition.marches) ; un marché d'une "
            "autre année, que echeances.csv peut citer, n'est dans aucun taux",
        )
