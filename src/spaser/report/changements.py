"""changements.html: what moved since the publication that this one replaces, to be accepted.

Each line says the figure before and after, the verdict before and after, the contracts that made
the difference, and who accepted it; a line that nobody accepted gives the command that does.
"""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from spaser import csvtable
from spaser.csvtable import CsvRow
from spaser.figures.definition import LEGALE, NATURES
from spaser.report import french, pages, render
from spaser.report.edition import Edition

NAME = "changements"
FILE = pages.PAGES[NAME][0]
NAMED = 3  # contracts named in a line of the page; the file names more


class ChangeShown(NamedTuple):
    """A change in the words of the page; `commande` accepts it, empty once accepted."""

    code: str
    libelle: str
    base: str
    entite: str
    avant: str
    apres: str
    ecart: str
    verdict: str
    bascule: bool
    marches: list[str]
    autres: int
    relecture: str
    commande: str


def page(edition: Edition, premiere: bool, entrees: Sequence[str]) -> str:
    """The page of a finished folder.

    Args:
        edition: the folder, with changements.csv written.
        premiere: whether there is nothing to compare with.
        entrees: what changed in the inputs, in words.
    """
    rows = edition.rows(NAME)
    return pages.finished(
        render(
            NAME,
            e=edition,
            page=pages.page(NAME, edition, pages.present(edition)),
            premiere=premiere,
            phrase=sentence(rows),
            entrees=entrees,
            lignes=list(_lines(edition, rows)),
            a_lire=sum(not r["accepte_par"] for r in rows),
            commande=_command(edition.year.annee),
        ).html
    )


def sentence(rows: Sequence[CsvRow]) -> str:
    """«12 chiffres et 3 verdicts ont bougé»: also for the terminal."""
    figures = sum(_moved(r) for r in rows)
    verdicts = sum(r["ancien_verdict"] != r["verdict"] for r in rows)
    if not rows:
        return "Aucun chiffre ni verdict n’a bougé."
    parts = [
        french.plural(n, word) for n, word in ((figures, "chiffre"), (verdicts, "verdict")) if n
    ] or [french.plural(len(rows), "cible")]
    verb = "ont bougé" if len(parts) > 1 or figures + verdicts > 1 else "a bougé"
    return f"{' et '.join(parts)} {verb}."


def _moved(row: CsvRow) -> bool:
    pairs = (("ancien", "nouveau"), ("ancien_numerateur", "numerateur"),
             ("ancien_denominateur", "denominateur"))  # fmt: skip
    return any(row[a] != row[b] for a, b in pairs)


def largest(rows: Sequence[CsvRow]) -> list[CsvRow]:
    """The changes to read first: verdicts, then values by how far they moved, then parts."""

    def weight(row: CsvRow) -> tuple[bool, Decimal]:
        old, gap = Decimal(row["ancien"] or 0), Decimal(row["ecart"] or 0)
        return row["ancien_verdict"] == row["verdict"], -abs(gap / old if old else gap)

    return sorted(rows, key=lambda r: (*weight(r), r["code"], r["entite"], r["base"]))


def line(edition: Edition, row: CsvRow) -> str:
    """A change in one line: «code, Ville, nombre : 23,8 % → 24,1 %, atteint → non atteint»."""
    name = edition.scheme.entites_courtes.get(row["entite"], row["entite"])
    before, after = _values(edition, row)
    verdict = _verdict(edition, row)
    return f"{row['code']}, {name}, {row['base']} : {before} → {after}" + (
        f" ; {verdict}" if row["ancien_verdict"] != row["verdict"] else ""
    )


def _lines(edition: Edition, rows: Sequence[CsvRow]) -> list[ChangeShown]:
    names = {i.code: i.intitule for i in edition.indicateurs}
    objets = {r["marche_uid"]: r["objet"] for r in csvtable.rows(edition.folder / "marches.csv")}
    return [_line(edition, r, names.get(r["code"], "indicateur retiré"), objets)
            for r in largest(rows)]  # fmt: skip


def _line(edition: Edition, row: CsvRow, libelle: str, objets: dict[str, str]) -> ChangeShown:
    before, after = _values(edition, row)
    contracts = [x for x in row["marches"].split(" | ") if x]
    accepted = row["accepte_par"]
    return ChangeShown(
        row["code"],
        libelle,
        row["base"],
        edition.scheme.entites_courtes.get(row["entite"], row["entite"]),
        before,
        after,
        _gap(edition, row),
        _verdict(edition, row),
        row["ancien_verdict"] != row["verdict"],
        [_contract(x, objets) for x in contracts[:NAMED]],
        max(int(row["nombre_marches"]) - NAMED, 0),
        f"{accepted}, le {french.date(dt.date.fromisoformat(row['accepte_le']))} : {row['motif']}"
        if accepted
        else "",
        "" if accepted else _command(edition.year.annee, row),
    )


def _contract(moved: str, objets: dict[str, str]) -> str:
    uid, _, change = moved.rpartition(" ")
    return f"{objets[uid]} ({uid}), {change}" if objets.get(uid) else moved


def _values(edition: Edition, row: CsvRow) -> tuple[str, str]:
    """The value before and after, with as many decimals as tell them apart."""
    unit = edition.unite(row["code"], row["base"])
    values = [Decimal(row[c]) if row[c] else None for c in ("ancien", "nouveau")]
    first, last = values
    decimals = 1 if first is None or last is None else french.telling(first, last, unit)
    shown = [french.ND if v is None else french.measure(v, unit, decimals) for v in values]
    return shown[0], shown[1]


def _gap(edition: Edition, row: CsvRow) -> str:
    if not (row["ancien"] and row["nouveau"]):
        return french.ND
    unit = edition.unite(row["code"], row["base"])
    old, new = Decimal(row["ancien"]), Decimal(row["nouveau"])
    if old == new:
        return "mêmes valeurs, autres parts" if _moved(row) else "égal"
    return french.gap(new, old, unit, french.telling(new, old, unit))


def _verdict(edition: Edition, row: CsvRow) -> str:
    """The verdict before and after, and what the target is that it judges."""
    old, new = row["ancien_verdict"] or "absent", row["verdict"] or "absent"
    f = edition.figures.get((row["code"], row["entite"], row["base"]))
    kind = edition.nature(f) if f else ""
    aim = {LEGALE: "cible légale"}.get(kind, NATURES.get(kind, ""))
    return (new if old == new else f"{old} → {new}") + (f" ({aim})" if aim else "")


def _command(annee: int, row: CsvRow | None = None) -> str:
    """The command that accepts a change, or all of them."""
    line = "/".join((row["code"], row["entite"], row["base"])) if row else ""
    which = f" --ligne {shlex.quote(line)}" if line else ""
    return f'spaser run {annee} --accepter "NOM" --motif "POURQUOI"{which}'
