"""Which indicator is under which ambition: the table of the scheme, checked as a whole.

The table is the `indicateurs` of each ambition in params/spaser.yml.  Without any, an indicator is
of the ambition that the catalogue gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from spaser.errors import UserError
from spaser.settings.scheme import Scheme


def placed(own: Mapping[str, str], scheme: Scheme, folder: Path) -> dict[str, str]:
    """Indicator -> ambition, for the indicators that the scheme keeps.

    Args:
        own: the ambition that the catalogue gives each indicator, by code.
        scheme: the scheme; its table, where it has one, decides.
        folder: the params, for the message.

    Raises:
        UserError: tells every indicator left nowhere, given twice or unknown, every ambition left
            empty, and every partner or code of a sheet that is of no one, in one message.
    """
    table = scheme.rattachements
    if not table:
        return {c: a for c, a in own.items() if c not in scheme.indicateurs_ecartes}
    if faults := [*_of_table(own, scheme), *_of_sheets(own, scheme)]:
        raise UserError(
            "la table du schéma et le catalogue ne vont pas ensemble :"
            + "".join(f"\n  - {fault}" for fault in faults),
            lieu=str(folder / "spaser.yml"),
            remede="donner chaque code de params/indicateurs à une ambition, sous « indicateurs » "
            "(ou l'écarter, sous « indicateurs_ecartes »), et à chaque fiche des codes du schéma",
        )
    return table


def _of_table(own: Mapping[str, str], scheme: Scheme) -> Iterator[str]:
    aside = scheme.indicateurs_ecartes
    ambitions = [a for axe in scheme.axes for a in axe.ambitions]
    listed = [code for a in ambitions for code in a.indicateurs]
    yield from _fault("indicateur sans ambition", [c for c in own if c not in {*listed, *aside}])
    every = [*listed, *aside]
    yield from _fault("indicateur donné deux fois", [c for c in own if every.count(c) > 1])
    yield from _fault("indicateur qui n'est pas au catalogue", [c for c in every if c not in own])
    yield from _fault("ambition sans indicateur", [a.code for a in ambitions if not a.indicateurs])


def _of_sheets(own: Mapping[str, str], scheme: Scheme) -> Iterator[str]:
    strangers = [p for p in scheme.fiches if p not in scheme.comite]
    yield from _fault("fiche d'un partenaire qui n'est pas du comité", strangers)
    kept = {*scheme.ambitions, *own} - {*scheme.indicateurs_ecartes}
    for partner, codes in scheme.fiches.items():
        yield from _fault(
            f"fiche de {partner}, code qui n'est pas du schéma", [c for c in codes if c not in kept]
        )


def _fault(what: str, codes: Sequence[str]) -> Iterator[str]:
    if codes:
        yield f"{what} : {', '.join(dict.fromkeys(codes))}"
