"""Total and sub-total lines of tables, and headers repeated: told, set aside, never counted.

A line says that it is one (`sources/totals.py`), or lacks what identifies a row while its numbers
are the sums of the rows above.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from spaser.quality.suites import CRITIQUE, Regle
from spaser.sources.fields import FIELDS, SCOPES
from spaser.sources.records import Ligne, identities
from spaser.sources.registers import REGISTRES
from spaser.sources.totals import EN_TETE, named

NAMED, SUMMED, HEADING = "TOT", "SOM", "ENT"
_REMEDY = (
    "rien à faire si c'en est une ; sinon, écrire ce qui identifie la ligne ({}) et l'appeler "
    "autrement"
)
_TITLES = {
    NAMED: "ligne de total ou de sous-total : elle n'est pas comptée",
    SUMMED: "ligne sans identifiant dont les nombres sont la somme des lignes au-dessus : "
    "lue comme un total, elle n'est pas comptée",
    HEADING: "en-tête répété parmi les lignes : il n'est pas compté",
}
_YEARS = frozenset({"annee", "annee_bilan"})


def is_total(regle: Regle) -> bool:
    """Whether a rule of the gate is about total lines."""
    return regle.id.partition("-")[0] in _TITLES


def rules(lignes: Iterable[Ligne]) -> list[Regle]:
    """One rule a table for the lines that say so, one for those that add up; none without them."""
    tables: dict[tuple[str, str], list[Ligne]] = defaultdict(list)
    for x in lignes:
        if x.tabulaire and (identities(x.table) or x.total):
            tables[x.table, x.fichier].append(x)
    met: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (table, _), rows in sorted(tables.items()):
        for x, kind in _totals(sorted(rows, key=lambda x: x.rang)):
            met[kind, table].append(x.cle)
    return [
        Regle(
            f"{kind}-{table}",
            table,
            next(iter(identities(table)), FIELDS[table][0].name),
            CRITIQUE,
            _TITLES[kind],
            _REMEDY.format(", ".join(identities(table))),
            tuple(cles),
            respectee=False,
        )
        for (kind, table), cles in sorted(met.items())
    ]


class _Sums:
    """The sums of some rows, and whether each of them is identified."""

    def __init__(self) -> None:
        self.rows = 0
        self.identified = True
        self.of: dict[str, Decimal] = defaultdict(Decimal)

    def add(self, numbers: dict[str, Decimal], *, identified: bool) -> None:
        self.rows += 1
        self.identified = self.identified and identified
        for name, value in numbers.items():
            self.of[name] += value

    def are(self, numbers: dict[str, Decimal]) -> bool:
        """Whether these numbers are the sums.

        Rows and numbers must make three at least together: fewer may be equal by chance.
        """
        filled = [n for n in numbers.values() if n]
        enough = bool(filled) and self.rows + len(filled) > 2 and self.identified
        return enough and all(self.of.get(name, 0) == n for name, n in numbers.items())


def _totals(rows: Sequence[Ligne]) -> Iterable[tuple[Ligne, str]]:
    """The total lines of one table, in its order, and how each is known."""
    part, whole = _Sums(), _Sums()
    for x in rows:
        numbers, identified = _numbers(x), _identified(x)
        if x.total == EN_TETE:
            yield x, HEADING
        elif x.total:
            yield x, NAMED
            part = _Sums()
        elif not (identified and _identified(x, but=named)) and (
            part.are(numbers) or whole.are(numbers)
        ):
            yield x, SUMMED
            part = _Sums()
        else:
            part.add(numbers, identified=identified)
            whole.add(numbers, identified=identified)


def _identified(x: Ligne, but: Callable[[object], bool] = lambda _: False) -> bool:
    """Whether something says which row it is, other than what `but` holds for."""
    return any((text := x.textes.get(n)) and not but(text) for n in identities(x.table))


def _numbers(x: Ligne) -> dict[str, Decimal]:
    """The numbers of a row that may be summed, by field."""
    registre = REGISTRES.get(x.table)
    names = [c.name for c in registre.lues] if registre else SCOPES[x.table].montant
    return {
        name: Decimal(v)
        for name in names
        if name not in _YEARS
        and isinstance(v := x.valeurs[name], int | Decimal)
        and not isinstance(v, bool)
    }
