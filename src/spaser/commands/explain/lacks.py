"""What is missing from a year or known of too few, and what to drop or fill to have it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from spaser.commands.explain.paragraphs import Paragraph, heading, item
from spaser.commands.explain.words import named
from spaser.commands.new_year import TEMPLATES
from spaser.figures.definition import Calcul, Indicateur
from spaser.figures.verdicts import SANS_OBJET
from spaser.figures.views import label
from spaser.report import french, lines
from spaser.report.edition import Edition
from spaser.report.lines import Line
from spaser.sources.registers import REGISTRES, Registre

_LISTED = 10
_COLUMN = re.compile(r"\b[A-Za-z]\w+\b")
_LITERAL = re.compile(r"'[^']*'")
_OF_CPV = re.compile(r"famille_|categorie_achat$")
_REGISTERS = {r.source: r for r in REGISTRES.values()}
_DROPPED = {
    "decp": "les données essentielles de l'année (spaser fetch {annee}, ou le fichier reçu)",
    "historique": "celles des trois années d'avant, à côté de celles de {annee},",
    "sirene": "un extrait, ou les stocks de l'INSEE (spaser fetch {annee} --source "
    "sirene-etablissements --source sirene-unites-legales),",
}


def missing(edition: Edition, shown: Sequence[Line]) -> Iterator[Paragraph]:
    """Figures that are not there by cause, then the files that would give most of them."""
    yield heading("1. Ce qui manque")
    absent = [
        x._replace(absence=x.figure.motif_absence)
        for x in shown
        if x.figure.valeur is None and x.figure.verdict != SANS_OBJET
    ]
    if not absent:
        yield Paragraph("Rien : chaque mesure a une valeur.")
    for group in sorted(lines.absences(absent), key=lambda g: -len(g.indicateurs)):
        codes = ", ".join(code for code, _ in group.indicateurs)
        yield item(
            f"{group.motif} : {french.plural(len(group.indicateurs), 'indicateur')} ({codes})"
        )
    files = sorted(
        [*_sources_to_drop(edition), *_rows_to_add(edition, absent)], key=lambda f: -f[0]
    )
    if files:
        yield Paragraph("Les fichiers à déposer ou à compléter, le plus utile d'abord :")
    for rank, (_, text) in enumerate(files, start=1):
        yield item(text, mark=f"{rank}.")
    yield from _set_aside(edition)


def _sources_to_drop(edition: Edition) -> Iterator[tuple[int, str]]:
    """Each source that was not given: how many indicators wait for it alone, and what to do."""
    annee, given = edition.year.annee, set(edition.controle["sources_fournies"])
    waits = {i.code: set(i.sources) - given for i in edition.indicateurs}
    for source in edition.scheme.sources:
        alone = [code for code, lacks in waits.items() if lacks == {source}]
        together = [code for code, lacks in waits.items() if source in lacks and len(lacks) > 1]
        if not (alone or together):
            continue
        file = _DROPPED.get(source, "ce fichier").format(annee=annee)
        advice = f"{edition.scheme.sources[source]} : déposer {file} dans data/raw/{annee}"
        if source in _REGISTERS:
            advice += f" ({_model(_REGISTERS[source])})"
        gains = [f"{french.plural(len(alone), 'indicateur')} de plus ({', '.join(alone)})"] * bool(
            alone
        )
        gains += [f"avec d'autres sources, {', '.join(together)}"] * bool(together)
        yield len(alone), f"{advice}. À la clé : {' ; '.join(gains)}."


def _rows_to_add(edition: Edition, absent: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """Registers that were given without the rows that some indicators wait for."""
    given = set(edition.controle["sources_fournies"])
    waits: dict[str, list[str]] = {}
    for x in absent:
        if set(x.item.sources) <= given and x.calcul.table in REGISTRES:
            waits.setdefault(x.calcul.table, []).append(x.item.code)
    for table, codes in waits.items():
        register = REGISTRES[table]
        advice = f"{register.titre} : y ajouter les lignes attendues ({_model(register)})"
        count = french.plural(len(codes), "indicateur")
        yield len(codes), f"{advice}. À la clé : {count} de plus ({', '.join(codes)})."


def _model(register: Registre) -> str:
    file = (TEMPLATES / register.table).as_posix()
    return f"modèle {file}.xlsx, que new-year écrit ; colonnes dans docs/registres.md"


def _set_aside(edition: Edition) -> Iterator[Paragraph]:
    """Rows in quarantine by reason: they count in no figure."""
    rows = edition.rows("quarantaine")
    if not rows:
        return
    records = {(r["table"], r["fichier"], r["ligne"]) for r in rows}  # one may break two rules
    count = french.plural(len(records), "enregistrement")
    yield Paragraph(f"En quarantaine, hors de tous les calculs : {count}.")
    reasons = Counter((r["table"], r["motif"], r["remede"]) for r in rows)
    for (table, motif, remede), n in reasons.most_common(_LISTED):
        yield item(f"{table} : {motif}, {french.plural(n, 'ligne')} ; {remede}")


def thin(edition: Edition, shown: Sequence[Line], who: str) -> Iterator[Paragraph]:
    """Figures known for too few, least known first, and the field to fill.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        shown: the lines of the year.
        who: the entity, as a sentence names it.
    """
    floor = french.short(edition.year.lecture.couverture_avertissement, "%")
    yield heading(f"2. Ce qui est mal connu (moins de {floor} des cas)")
    few = sorted(
        (x for x in shown if x.ref.prudence), key=lambda x: (x.figure.couverture, x.item.code)
    )
    if not few:
        yield Paragraph("Rien : chaque mesure qui a une valeur est assez connue.")
    for x in few:
        bounds = f", soit de {x.ref.bornes}" if x.ref.bornes else ""
        yield item(f"{named(x)} : {x.ref.valeur}, connu pour {x.ref.couverture}{bounds}")
        fields = " ; ".join(to_fill(edition, x.item, x.calcul, who))
        yield Paragraph(f"À compléter : {fields or _sources(edition, x.item)}.", 2)


def to_fill(edition: Edition, item_: Indicateur, calcul: Calcul, who: str) -> Iterator[str]:
    """The fields that a formula reads and that are not always filled, with how often they are.

    What is worked out of the CPV stands for it.

    Args:
        edition: the edition shown, as `edition.load` reads it.
        item_: the indicator.
        calcul: one of its calculations.
        who: the code of the entity.
    """
    parts = (calcul.population, calcul.numerateur, calcul.denominateur, calcul.poids)
    words = _COLUMN.findall(_LITERAL.sub("", " ".join(p or "" for p in parts)))
    for column in dict.fromkeys("code_cpv" if _OF_CPV.match(w) else w for w in words):
        meaning = re.split(r" ;| \(", label(calcul.table or "", column))[0]
        counted = [
            r
            for r in edition.rows("couverture-champs")
            if (r["table"], r["champ"]) == (calcul.table, column)
            and who in {r["acheteur"], edition.scheme.ensemble.code}
        ]
        known, total = (sum(int(r[k]) for r in counted) for k in ("renseignes", "total"))
        if known < total:
            share = french.percent(Decimal(known) * 100 / total)
            yield f"« {meaning} » ({column}), renseigné pour {share}"
        elif meaning and not counted:
            yield f"« {meaning} » ({column}), de : {_origin(edition, item_, column)}"


def _origin(edition: Edition, item_: Indicateur, column: str) -> str:
    """The register that has a column, among the sources of an indicator; else all of these."""
    for source in item_.sources:
        if source in _REGISTERS and column in {c.name for c in _REGISTERS[source].columns}:
            return _REGISTERS[source].titre
    return _sources(edition, item_)


def _sources(edition: Edition, item_: Indicateur) -> str:
    return ", ".join(edition.scheme.sources[s] for s in item_.sources)
