"""controle.json: what the gate saw and decided, for the pages and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from spaser.contracts.corrections import Ledger
from spaser.contracts.marches import Row
from spaser.quality import TITRES, Gate, findings
from spaser.quality.completeness import Completude
from spaser.settings.params import Params
from spaser.sources.fields import FIELDS
from spaser.sources.lecture import Count, Lecture


def summary(
    lecture: Lecture,
    gate: Gate,
    rows: Mapping[str, Collection[Row]],
    params: Params,
    ledger: Ledger,
) -> dict[str, Any]:
    """Files, accounting, rules, unusable values, coverage of each field and concessions.

    Amounts are euros HT as text, counts are integers.

    Args:
        lecture: what was read.
        gate: what the gate decided.
        rows: the canonical tables, as rows.
        params: the scheme and the year.
        ledger: the corrections, applied.
    """
    aside = {r.ligne.cle for r in gate.quarantaine}
    return {
        "annee": params.year.annee,
        "demonstration": lecture.demonstration,
        "arrete": gate.arrete,
        "motifs": gate.motifs,
        "fichiers": [
            {
                "nom": f.nom,
                "forme": f.forme,
                "lignes": f.lignes,
                "octets": f.octets,
                "sha256": f.sha256,
                "erreur": f.erreur,
                "ignore": f.ignore,
                "pourquoi": f.pourquoi,
                "remarques": f.remarques,
                "source": f.source,
            }
            for f in lecture.fichiers
        ],
        "sources_fournies": sorted(lecture.fournies),
        "bilans": [
            {
                "table": b.table,
                "titre": TITRES[b.table],
                "lues": _count(b.lues),
                "retenues": _count(b.retenues),
                "quarantaine": _count(b.quarantaine),
                "doublons": _count(b.doublons),
                "autre_acheteur": _count(b.autre_acheteur),
                "autre_annee": _count(b.autre_annee),
                "non_rencontres": _count(b.non_rencontres),
            }
            for b in gate.bilans
        ],
        "regles": [
            {
                "id": r.id,
                "table": r.table,
                "champ": r.champ,
                "gravite": r.severite,
                "titre": r.titre,
                "remede": r.remede,
                "nombre": len(r.cles),
                "retenus": sum(cle not in aside for cle in r.cles),
                "respectee": r.respectee,
                "erreur": r.erreur,
            }
            for r in gate.regles
        ],
        "valeurs_ecartees": [
            {"champ": field, "motif": motive, "nombre": n}
            for (field, motive), n in sorted(
                Counter((a.champ, a.motif) for x in gate.lignes for a in x.anomalies).items()
            )
        ],
        "non_lues": _unread(gate),
        "corrections": len(ledger.applied),
        "champs": _coverage(rows["marches"]),
        "marches": _totals(rows["marches"], params),
        "concessions": [
            {k: row[k] for k in ("acheteur", "id", "objet", "montant", "date_notification")}
            for row in rows["concessions"]
        ],
        "acheteurs_lus": len(lecture.acheteurs_lus),
        "completude": _completeness(gate.completude),
    }


def _completeness(completude: Completude) -> dict[str, Any]:
    """Months, findings by source and declared counts, as they are written in the CSV files."""
    return {
        "mois": [m._asdict() for m in completude.mois],
        "sources": [{**c._asdict(), "titre": TITRES[c.table]} for c in completude.constats],
        "comptes": [
            {
                "source": c.attendu.source,
                "acheteur": c.attendu.acheteur,
                "attendu": c.attendu.nombre,
                "trouve": c.trouve,
                "origine": c.attendu.origine,
                "etat": c.etat,
            }
            for c in completude.comptes
        ],
    }


_FIRST = 3  # unread values that the terminal shows of each source


def _unread(gate: Gate) -> list[dict[str, Any]]:
    """Of each table: how many values were not read, and the first of them with their places."""
    unread = [(x, a) for x in gate.lignes if not x.total for a in x.inutilisables]
    return [
        {
            "table": table,
            "titre": title,
            "nombre": len(own),
            "premieres": [
                {
                    "fichier": x.fichier,
                    "ligne": x.rang,
                    "repere": findings.known(x)[2],
                    "champ": a.champ,
                    "valeur": a.valeur,
                    "raison": a.raison,
                }
                for x, a in own[:_FIRST]
            ],
        }
        for table, title in TITRES.items()
        if (own := [(x, a) for x, a in unread if x.table == table])
    ]


def _count(count: Count) -> dict[str, Any]:
    return {"lignes": count.lignes, "montant": count.montant}


def coverage(rows: Mapping[str, Collection[Row]]) -> Iterator[tuple[Any, ...]]:
    """Of each field of each table with rows, and of each buyer: known, total, percent."""
    for table, title in TITRES.items():
        for buyer, theirs in _by_buyer(rows.get(table, ())).items():
            for field in FIELDS[table]:
                known = _filled(theirs, field.name)
                share = float(100 * Fraction(known, len(theirs)))
                label = f"{title} : {field.label}"
                yield table, field.name, label, buyer, known, len(theirs), share


def _coverage(marches: Iterable[Row]) -> list[dict[str, Any]]:
    """Filled over total, for each field of a contract and each buyer."""
    of = _by_buyer(marches)
    return [
        {
            "champ": field.name,
            "libelle": field.label,
            "renseignes": {b: _filled(theirs, field.name) for b, theirs in of.items()},
            "total": {b: len(theirs) for b, theirs in of.items()},
        }
        for field in FIELDS["marches"]
    ]


def _totals(marches: Iterable[Row], params: Params) -> list[dict[str, Any]]:
    """Contracts and euros of each buyer."""
    of = _by_buyer(marches)
    return [
        {"acheteur": a.code, "nombre": len(own), "montant": sum((r["montant"] for r in own), 0)}
        for a in params.scheme.acheteurs
        for own in [of.get(a.code, [])]
    ]


def _by_buyer(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each buyer, buyers in order; those that name none have an empty name."""
    of: dict[str, list[Row]] = {}
    for row in rows:
        of.setdefault(row.get("acheteur") or "", []).append(row)
    return dict(sorted(of.items()))


def _filled(rows: Sequence[Row], name: str) -> int:
    return len(rows) - [row.get(name) for row in rows].count(None)
