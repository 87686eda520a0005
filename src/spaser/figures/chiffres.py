"""indicateurs.csv and preuves.csv: what a figure is, and the evidence behind it.

Declared here once: the record, its columns with what they may hold, the file that publishes them,
the headings of the workbook.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Generic, TypeVar, get_args

from spaser.csvtable import Col, Table, about, columns
from spaser.figures.definition import STATUTS, Base
from spaser.figures.verdicts import DICTIONARY, Manquements

N = TypeVar("N", float, Decimal)

CODE = Col("code", "string", "Code de l'indicateur", requis=True, titre="Code")
ENTITE = Col("entite", "string", "Acheteur, ou ensemble", requis=True, titre="Périmètre")
BASE = Col(
    "base", "string", "nombre, valeur ou autre", requis=True, parmi=get_args(Base), titre="Base"
)
CLE = (CODE, ENTITE, BASE)
"""The columns that name a figure."""

STATUT = Col(
    "statut_cible", "string", ", ".join(f"{k} {words}" for k, words in STATUTS.items()),
    parmi=tuple(STATUTS), titre="Statut de la cible",
)  # fmt: skip
CIBLE = Col("cible", "number", "Cible de l'année", titre="Cible")

NUMERATEUR, DENOMINATEUR, INCONNU = "numerateur", "denominateur", "inconnu"
ROLES = (NUMERATEUR, DENOMINATEUR, INCONNU)
"""The roles that a contract may have in a figure, in the order of the pages."""


@dataclass(frozen=True)
class Resultat(Generic[N]):
    """One row of indicateurs.csv: an indicator, on one base, for one entity and year.

    Shares are in percent; amounts in euros HT; None is «not available», never zero.  What is
    computed is a double, N being float; what is read back is the decimal that the file writes.
    `manquements` is what a legal target that is judged row by row found; no column has it.
    """

    code: Annotated[str, CODE]
    axe: Annotated[int, about("Numéro de l'axe", requis=True, minimum=1, titre="Axe")]
    ambition: Annotated[str, about("Code de l'ambition", requis=True, titre="Ambition")]
    libelle: Annotated[str, about("Libellé", requis=True, titre="Indicateur")]
    entite: Annotated[str, ENTITE]
    base: Annotated[str, BASE]
    unite: Annotated[str, about("Unité de valeur", titre="Unité")]
    annee: Annotated[int, about("Année civile de notification", requis=True, titre="Année")]
    numerateur: Annotated[
        Decimal | None, about("Numérateur (médiane : somme des grandeurs)", titre="Numérateur")
    ]
    denominateur: Annotated[
        Decimal | None,
        about("Dénominateur, champ connu (médiane : effectif)", titre="Dénominateur"),
    ]
    valeur: Annotated[N | None, about("Valeur ; en pour cent pour un taux", titre="Valeur")]
    renseignes: Annotated[
        Decimal | None, about("Part connue du total, dans l'unité de la base", titre="Renseignés")
    ]
    total: Annotated[
        Decimal | None, about("Total concerné, dans l'unité de la base", titre="Total concerné")
    ]
    couverture: Annotated[
        N | None, about("renseignes / total, en pour cent", unite="%", titre="Couverture (%)")
    ]
    borne_basse: Annotated[
        N | None, about("Valeur si tout inconnu était un non", titre="Borne basse")
    ]
    borne_haute: Annotated[
        N | None, about("Valeur si tout inconnu était un oui", titre="Borne haute")
    ]
    cible: Annotated[Decimal | None, CIBLE]
    statut_cible: Annotated[str, STATUT]
    verdict: Annotated[
        str, about(", ".join(DICTIONARY), requis=True, parmi=tuple(DICTIONARY), titre="Verdict")
    ]
    valeur_n_1: Annotated[
        N | None,
        about("Valeur publiée de l'année précédente", titre="Valeur de l'année précédente"),
    ]
    evolution: Annotated[N | None, about("valeur - valeur_n_1", titre="Évolution")]
    motif_absence: Annotated[
        str, about("Pourquoi la valeur manque ou n'est que partielle", titre="Motif d'absence")
    ]
    manquements: Manquements | None = None


Chiffre = Resultat[float]
"""A figure as it is computed."""

Figure = Resultat[Decimal]
"""A figure as it is read back from its file."""

INDICATEURS = Table(
    "indicateurs", "Indicateurs par code, entité et base", columns(Resultat),
    cle=tuple(c.name for c in CLE),
)  # fmt: skip

PREUVES = Table(
    "preuves",
    "Rôle et contribution de chaque marché dans chaque chiffre",
    (
        CODE,
        ENTITE,
        Col("marche_uid", "string", "Marché (marches.csv)", requis=True),
        Col(
            "role", "string",
            "numerateur : dans les deux parts ; denominateur : dans cette part seule ; inconnu : "
            "dans aucune",
            requis=True, parmi=ROLES,
        ),
        Col("contribution", "number",
            "Ce que le marché y apporte : 1, des euros HT ou une grandeur"),
        BASE,
    ),
)  # fmt: skip
