"""Cells of 2_indicateurs.ipynb: the calculation book, one entry an indicator."""

from __future__ import annotations

from decimal import Decimal
from string import Template

from spaser.figures.chiffres import Figure
from spaser.figures.definition import NATURES, Indicateur
from spaser.figures.formulas import names
from spaser.report import Fragment, doutes, french, perimetre, render
from spaser.report.edition import Edition, load, published
from spaser.report.livre import Calculation, ContractCounted, Livre, first
from spaser.report.preuves import ROLES


def ouvrir(dossier: str | None, annee: int) -> Edition:
    """Open the edition of a folder; without one, that published for the year."""
    return load(published(dossier, annee), annee)


def presentation(edition: Edition) -> Fragment:
    """Title, and how to redo every figure."""
    return render("calculs_presentation", e=edition, perimetre=perimetre.sentence(edition))


def ambition(edition: Edition, code: str) -> Livre:
    """Definition, formula, parts and evidence of each indicator of an ambition, by its code."""
    _, ambition_ = edition.ambition(code)
    items = [i for i in edition.indicateurs if i.ambition == code]
    evidence = first(edition.folder, edition.reference)
    fragment = render(
        "calculs_ambition",
        f"calculs_ambition {code}",
        e=edition,
        ambition=ambition_,
        entrees=[_entry(edition, i, evidence.get(i.code, [])) for i in items],
        statuts=NATURES,
    )
    return Livre(fragment, edition, items)


def _entry(
    edition: Edition, item: Indicateur, evidence: list[ContractCounted]
) -> dict[str, object]:
    thresholds = names(edition.year)
    return {
        "item": item,
        "sql": Calculation(edition, item).sql,
        "marches": [(m, ROLES[m.role], _contribution(m)) for m in evidence],
        "regles": {r["id"]: r["titre"] for r in edition.controle["regles"]},
        "sources": [edition.scheme.sources[s] for s in item.sources],
        "cible": item.cibles.get(edition.year.annee),
        "calculs": [
            {
                "calcul": calcul,
                "formules": [
                    (name, Template(text).substitute(thresholds))
                    for name, text in (
                        ("population", calcul.population),
                        ("numérateur", calcul.numerateur),
                        ("dénominateur", calcul.denominateur),
                    )
                    if text and calcul.mesure
                ],
                "lignes": [
                    _line(edition, edition.figure(item, calcul, entite))
                    for entite in edition.scheme.entites
                ],
                "planchers": perimetre.floors(
                    edition, item.code, calcul.base, [*edition.scheme.entites]
                ),
                "reserves": doutes.of(edition, item.code, calcul.base),
            }
            for calcul in item.calculs
        ],
    }


def _line(edition: Edition, f: Figure) -> dict[str, str]:
    return {
        "nom": edition.scheme.entites_courtes[f.entite],
        "brut": "" if f.valeur is None else format(f.valeur, "f"),
        "numerateur": _part(f.numerateur, f.base),
        "denominateur": _part(f.denominateur, f.base),
        "valeur": french.ND if f.valeur is None else _value(f.valeur, f.unite),
        "renseignes": _part(f.renseignes, f.base),
        "total": _part(f.total, f.base),
        "couverture": "" if f.couverture is None else french.percent(f.couverture),
        "bornes": ""
        if f.borne_basse is None or f.borne_haute is None
        else _span(_value(f.borne_basse, f.unite), _value(f.borne_haute, f.unite)),
        "verdict": f.verdict,
        "motif": f.motif_absence,
    }


def _contribution(row: ContractCounted) -> str:
    return _part(Decimal(row.contribution) if row.contribution else None, row.base)


def _part(value: Decimal | None, base: str) -> str:
    if value is None:
        return "–"
    return french.euros(value) if base == "valeur" else french.number(value, 2)


def _value(value: Decimal, unit: str) -> str:
    """The auditor reads amounts to the cent and rates to two decimals."""
    if unit == "%":
        return french.fixed(value, 2) + french.NBSP + "%"
    return french.euros(value) if unit.startswith("€") else french.measure(value, unit)


def _span(low: str, high: str) -> str:
    """Both bounds as text, or one when they are equal."""
    return low if low == high else f"{low} à {high}"
