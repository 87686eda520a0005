"""How much a quarantine may take before the run stops: of a table, of each buyer, of each file.

A share is one of rows or of euros.  Of a handful of rows a share says nothing: a register under
`petit_denominateur` rows is not judged, and a buyer or a file under `quarantaine_petit_effectif`
only when it loses more than half of its rows, and at least three.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from spaser.settings.params import Params
from spaser.sources import buyers
from spaser.sources.records import Ligne
from spaser.sources.registers import REGISTRES

LOST = 3  # rows lost under which a small buyer or file does not stop the run


class _PartOfTable(NamedTuple):
    """The accepted and the refused records of a table, or of a part of it."""

    retenues: list[Ligne]
    refusees: list[Ligne]

    @property
    def lignes(self) -> int:
        return len(self.retenues) + len(self.refusees)


def reasons(
    table: str, titre: str, retenues: Iterable[Ligne], refusees: Iterable[Ligne],
    absurd: Collection[str], params: Params,
) -> Iterator[str]:  # fmt: skip
    """Why the quarantine of a table stops the run, in French: nothing when it does not.

    Args:
        table: the canonical table.
        titre: its name in the message.
        retenues: its accepted records.
        refusees: those in quarantine, but for those that the ledger sets aside.
        absurd: keys of records whose amount itself is refused: their euros say nothing.
        params: the thresholds.
    """
    whole = _PartOfTable(list(retenues), list(refusees))
    if not whole.refusees:
        return
    if table not in REGISTRES or whole.lignes >= params.year.lecture.petit_denominateur:
        yield from _over(titre, whole, absurd, params)
    few = params.year.qualite.quarantaine_petit_effectif
    for kind, of in _kinds(params).items():
        parts = _parts(whole, of)
        for name, part in parts.items() if len(parts) > 1 else ():
            if not (name and part.refusees):
                continue
            where = f"{titre}, {kind} {name}"
            if part.lignes >= few:
                yield from _over(where, part, absurd, params)
            elif len(part.refusees) >= LOST and 2 * len(part.refusees) > part.lignes:
                yield f"{where} : {len(part.refusees)} lignes sur {part.lignes} en quarantaine"


def _kinds(params: Params) -> dict[str, Callable[[Ligne], str]]:
    """What a table is parted by: the name of the part of a record, empty when it has none."""

    def buyer(ligne: Ligne) -> str:
        if ligne.table in REGISTRES:
            code = buyers.acheteur(ligne, params.scheme)
        else:
            code = params.scheme.sirens.get(str(ligne.valeurs["acheteur_id"] or "")[:9])
        return params.scheme.entites[code] if code else ""

    return {"acheteur": buyer, "fichier": lambda ligne: ligne.fichier}


def _parts(whole: _PartOfTable, of: Callable[[Ligne], str]) -> dict[str, _PartOfTable]:
    parts: dict[str, _PartOfTable] = {}
    for ligne in whole.retenues:
        parts.setdefault(of(ligne), _PartOfTable([], [])).retenues.append(ligne)
    for ligne in whole.refusees:
        parts.setdefault(of(ligne), _PartOfTable([], [])).refusees.append(ligne)
    return parts


def _over(where: str, part: _PartOfTable, absurd: Collection[str], params: Params) -> Iterator[str]:
    limits = params.year.qualite
    euros = _euros(x for x in part.refusees if x.cle not in absurd)
    for unit, share, limit in (
        (
            "des lignes",
            _share(len(part.retenues), len(part.refusees)),
            limits.quarantaine_max_lignes,
        ),
        ("du montant", _share(_euros(part.retenues), euros), limits.quarantaine_max_montant),
    ):
        if share > limit:
            yield (
                f"{where} : {_percent(share)} {unit} du périmètre "
                f"en quarantaine, le seuil est de {_percent(limit)}"
            )


def _euros(lignes: Iterable[Ligne]) -> Decimal:
    return sum((x.montant or Decimal(0) for x in lignes), Decimal(0))


def _share(kept: Decimal | int, refused: Decimal | int) -> Decimal:
    whole = kept + refused
    return Decimal(refused) / Decimal(whole) if whole else Decimal(0)


def _percent(share: Decimal) -> str:
    return f"{share * 100:.1f}".replace(".", ",").removesuffix(",0") + "\u00a0%"
