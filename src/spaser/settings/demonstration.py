"""What params declare for demonstration data alone, and what holds without them."""

from __future__ import annotations

from spaser.settings.params import Params


def setting(params: Params, *, demonstration: bool) -> Params:
    """The params of data that are a demonstration, or not.

    Real data are told nothing that was declared with `demonstration: true`: what a buyer has
    nothing of, the figures given elsewhere.

    Args:
        params: the scheme and the year, as written.
        demonstration: whether the data are a demonstration.
    """
    if demonstration:
        return params
    buyers = tuple(
        a.model_copy(update={"sans_objet": tuple(x for x in a.sans_objet if not x.demonstration)})
        for a in params.scheme.acheteurs
    )
    given = tuple(x for x in params.year.rapprochements if not x.demonstration)
    return params.model_copy(
        update={
            "scheme": params.scheme.model_copy(update={"acheteurs": buyers}),
            "year": params.year.model_copy(update={"rapprochements": given}),
        }
    )
