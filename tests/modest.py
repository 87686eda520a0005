"""A modest scheme, not ours: three buyers, one ambition, the last year of it, and nothing missing.

It has no national reference, no real rate of the law and no day of article 35; a target of its is
that of a plan that has ended; its contracts are more than a page lists.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle as o
import pages
import pytest
import yaml
from pages import Done, Made, once, spaser, write_json

YEAR = 2026
BUYERS = ("21210231300013", "21210054900016", "21210166100019")  # Dijon, Beaune, Chenôve
WANTED = ("SOC2-02", "SOC2-01", "ENV1-01", "SOC2-10", "ECO1-04")  # their order in the scheme
PARTNER = "Chambre régionale de l'économie sociale et solidaire (CRESS)"
MANY = 1002  # contracts of the first buyer, two more than the page of proofs lists
SIRENE = (
    "siret;denomination;categorie_entreprise;tranche_effectifs;code_commune;ess\n"
    "49047296600012;Toitures d'ici;PME;11;21231;non\n"
)
ACTIONS = (
    "ambition;action;partenaire;statut;echeance\nSOC2;Relire les clauses;;en cours;2027-09-30\n"
)


def _edit(file: Path, **changes: Any) -> None:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    content |= changes
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def write_scheme(place: Path) -> Path:
    """The project: one ambition of one axis, with the few indicators that it follows."""
    here = place / "projet"
    asked = [word for siret in BUYERS for word in ("--siren", siret[:9])]
    done = spaser("init", here, *asked, "--periode", f"{YEAR}-{YEAR}", cwd=place)
    assert done.code == 0, done.err
    for book in (here / "params" / "indicateurs").glob("*.yml"):
        content = yaml.safe_load(book.read_text(encoding="utf-8"))
        kept = [i for i in content["indicateurs"] if i["code"] in WANTED]
        kept.sort(key=lambda i: WANTED.index(i["code"]))
        for item in kept:
            item.pop("taux_reel", None)
            for calcul in item["calculs"]:
                calcul.pop("conforme", None)  # which knows article 35
        if kept:
            _edit(book, indicateurs=kept)
        else:
            book.unlink()
    ambition = {"code": "SOC2", "numero": 1, "titre": "Acheter utile", "indicateurs": [*WANTED]}
    scheme = here / "params" / "spaser.yml"
    text = scheme.read_text(encoding="utf-8").replace("\nprovisoire: true\n", "\n")
    scheme.write_text(text, encoding="utf-8")
    _edit(
        scheme,
        deliberation={"date": "2025-02-03", "assemblee": "Conseil", "objet": "Adoption"},
        axes=[{"numero": 1, "titre": "Axe unique", "ambitions": [ambition]}],
        comite=[PARTNER],
        fiches={PARTNER: ["ECO1-04"]},
        references=[],
    )
    year = here / "params" / str(YEAR) / "params.yml"
    dates = yaml.safe_load(year.read_text(encoding="utf-8"))["dates"]
    _edit(year, dates={k: v for k, v in dates.items() if k != "article_35"})
    aims = {code: {YEAR: {"valeur": 40, "statut": "H"}} for code in ("SOC2-01", "SOC2-02")}
    (here / "params" / "cibles.yml").write_text(yaml.safe_dump({"cibles": aims}), encoding="utf-8")
    assert spaser("notebooks", cwd=here).code == 0
    return here


def contracts() -> list[dict[str, Any]]:
    """All fields of all filled; one framework maximum that weighs on the rate in value; the one
    reserved contract is the smallest; those of the last buyer are over; a record has no amount."""
    many = [
        o.Contract(
            f"{YEAR}V{n:04d}",
            buyer=BUYERS[0],
            montant=Decimal(50_000 + n),
            notified=dt.date(YEAR, 1 + n % 12, 3),
            published=dt.date(YEAR, 1 + n % 12, 24),
            duree=24,
            social=(o.CLAUSE,) if n % 2 else (o.PAS_SOCIAL,),
            environment=(o.CLAUSE_ENV,) if n % 3 else (o.PAS_ENV,),
            techniques=(),
        )
        for n in range(MANY)
    ]
    few = [
        pages.replace(c, id=f"{c.id}{buyer[4:6]}", buyer=buyer, duree=duree)
        for buyer, duree in zip(BUYERS[1:], (24, 1), strict=True)
        for c in many[:24]
    ]
    frame = pages.replace(
        many[1], id="CADRE", montant=Decimal(30_000_000), techniques=("Accord-cadre",)
    )
    least = pages.replace(many[1], id="PETIT", montant=Decimal(900), social=(o.RESERVE,))
    spoilt = o.flat(pages.replace(many[0], id="SANS"), montant=None)
    return [*map(o.flat, [*many, *few, frame, least]), spoilt]


@pytest.fixture(scope="session")
def modest(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The year of this scheme, published."""

    def build(place: Path) -> Done:
        here = write_scheme(place)
        data = place / "data"
        write_json(data / "profil.json", {"records": contracts()})
        (data / "sirene.csv").write_text(SIRENE, encoding="utf-8")
        (data / "actions.csv").write_text(ACTIONS, encoding="utf-8")
        words = ("run", str(YEAR), "--data", data, "--reports", place / "reports")
        return spaser(*words, cwd=here)

    return once(tmp_path_factory, "modest", build)
