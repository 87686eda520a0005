"""The cell of the quality notebook that says whether the year is whole: sources, months, counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from babel.dates import get_month_names
from markupsafe import Markup

from spaser.quality.completeness import A_VERIFIER, INCOMPLET, SANS_DATE
from spaser.quality.silences import FEWEST
from spaser.report import Fragment, french, render
from spaser.report.edition import Edition

_WIDTH, _HEIGHT, _STEP, _BAR = 216, 108, 18, 13  # of the drawing, of a month, of its bar
_FOOT, _HEAD = 16, 14  # room for the names of months, and for the highest number
_COUNTS = ("marches", "marches_n_1")
NAMES = [str(n) for _, n in sorted(get_month_names("wide", locale="fr_FR").items())]


class BuyerMonths(NamedTuple):
    """The months of a buyer: counted (this year and the one before) on a scale that ends at
    `haut`, drawn, told in a sentence, and as rows of a table."""

    code: str
    nom: str
    comptes: list[tuple[int | None, int | None]]
    haut: int
    svg: Markup
    alt: str
    mois: list[dict[str, str]]


def completude(edition: Edition) -> Fragment:
    """Each source of each buyer, the counts that were declared, and contracts month by month."""
    completeness, names = edition.controle["completude"], edition.scheme.entites
    months = _by_buyer(edition)
    return render(
        "qualite_completude",
        annee=edition.year.annee,
        peu=FEWEST,
        sources=[
            {
                **s,
                "nom": names[s["acheteur"]],
                "grave": s["etat"] in {INCOMPLET, A_VERIFIER},
                "periode": s["periode"] if edition.year.completude else "",
                **{k: _day(s[k]) for k in ("premiere", "derniere", "publication")},
            }
            for s in completeness["sources"]
            if s["etat"] != SANS_DATE
        ],
        sans_date=list(
            dict.fromkeys(s["titre"] for s in completeness["sources"] if s["etat"] == SANS_DATE)
        ),
        comptes=[
            {
                **c,
                "titre": edition.scheme.sources[c["source"]],
                "nom": names[c["acheteur"] or edition.scheme.ensemble.code],
            }
            for c in completeness["comptes"]
        ],
        panneaux=buyers(edition),
        constat=_busiest({names[buyer]: rows for buyer, rows in months.items()}),
        avant=any(row["marches_n_1"] is not None for row in completeness["mois"]),
    )


def buyers(edition: Edition) -> list[BuyerMonths]:
    """The months of each buyer, on the same scale."""
    months, names = _by_buyer(edition), edition.scheme.entites
    top = _most(months.values())
    return [_panel(b, names[b], rows, edition.year.annee, top) for b, rows in months.items()]


def _by_buyer(edition: Edition) -> dict[str, list[dict[str, Any]]]:
    months: dict[str, list[dict[str, Any]]] = {}
    for row in edition.controle["completude"]["mois"]:
        months.setdefault(row["acheteur"], []).append(row)
    return months


def _day(text: str | None) -> str:
    return french.date(dt.date.fromisoformat(text)) if text else "–"


def _most(months: Iterable[list[dict[str, Any]]]) -> int:
    """The end of the scale, the same for each buyer."""
    return max([1, *(r[k] or 0 for rows in months for r in rows for k in _COUNTS)])


def _busiest(months: dict[str, list[dict[str, Any]]]) -> str:
    """The month with most contracts, as the title of the chart."""
    count, month, nom = max(
        ((r["marches"] or 0, name, nom) for nom, rows in months.items()
         for name, r in zip(NAMES, rows, strict=True)),
        key=lambda t: t[0], default=(0, "", ""),
    )  # fmt: skip
    if not count:
        return "Aucun marché daté dans l’année"
    return f"Jusqu’à {french.plural(count, 'marché')} en un mois : {month}, {nom}"


def _panel(code: str, nom: str, rows: list[dict[str, Any]], annee: int, top: int) -> BuyerMonths:
    def y(count: int) -> float:
        return _HEIGHT - _FOOT - (_HEIGHT - _FOOT - _HEAD) * count / top

    bars = [
        {
            "nom": name[0].upper(),
            "x": f"{rank * _STEP + 2}",
            "milieu": f"{rank * _STEP + 2 + _BAR / 2:g}",
            "y": f"{y(now or 0):.1f}",
            "hauteur": f"{y(0) - y(now):.1f}" if now else "",
            "y_avant": "" if before is None else f"{y(before):.1f}",
            "dit": "" if now is None else french.number(now),
            "y_dit": f"{_above(y(now or 0), None if before is None else y(before)):.1f}",
        }
        for rank, (name, r) in enumerate(zip(NAMES, rows, strict=True))
        for now, before in [(r["marches"], r["marches_n_1"])]
    ]
    svg = render("mois", largeur=_WIDTH, hauteur=_HEIGHT, pas=_BAR, barres=bars).html.strip()
    months = ", ".join(
        f"{name} {french.ND if r['marches'] is None else french.number(r['marches'])}"
        + ("" if r["marches_n_1"] is None else f" ({french.number(r['marches_n_1'])} l'an d'avant)")
        for name, r in zip(NAMES, rows, strict=True)
    )
    return BuyerMonths(
        code,
        nom,
        [(r["marches"], r["marches_n_1"]) for r in rows],
        top,
        Markup(svg),
        f"Marchés de {nom} par mois en {annee} : {months}.",
        [
            {
                "nom": name,
                "marches": _count(r["marches"]),
                "montant": _euros(r["montant"]),
                "marches_n_1": _count(r["marches_n_1"]),
                "montant_n_1": _euros(r["montant_n_1"]),
            }
            for name, r in zip(NAMES, rows, strict=True)
        ],
    )


def _above(bar: float, before: float | None) -> float:
    """Where a number stands: above its bar, or above the mark of the year before when that one
    is higher."""
    hit = before is not None and bar - _HEAD < before < bar
    return (before if hit and before is not None else bar) - 4


def _count(count: int | None) -> str:
    return "–" if count is None else french.number(count)


def _euros(text: str | None) -> str:
    return "–" if text is None else french.short_euros(Decimal(text))
