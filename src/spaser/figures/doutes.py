"""Doubts on a field: the contracts whose words are suspect, and every figure without them.

The three social boxes ticked together are what a platform's default gives; «Pas de
considération» beside a consideration contradicts itself.  What an indicator reads is known from
its formulas: each one that reads such a field is given again without the suspect contracts.
"""

from __future__ import annotations

from spaser.figures.bloc import Bloc, Champ
from spaser.figures.perimetres import BASE, CODE, ENTITE, QUOTIENT

SOCIALES, VERTES = "considerations_sociales", "considerations_environnementales"

# Rule of the quality gate that notes it, field, and the contracts it is about, as SQL.
SUSPECTS = (
    ("MAR-A09", SOCIALES,
     "list_has_all(considerations_sociales, "
     "['Clause sociale', 'Critère social', 'Marché réservé'])"),
    ("MAR-A07", SOCIALES,
     "list_contains(considerations_sociales, 'Pas de considération sociale') "
     "AND len(considerations_sociales) > 1"),
    ("MAR-A08", VERTES,
     "list_contains(considerations_environnementales, 'Pas de considération environnementale') "
     "AND len(considerations_environnementales) > 1"),
)  # fmt: skip
CHAMPS = tuple(dict.fromkeys(champ for _, champ, _ in SUSPECTS))
"""The fields that may be suspect."""

_SUSPECTS = "\n  UNION ALL ".join(
    f"SELECT '{regle}' AS regle, '{champ}' AS champ, marche_uid FROM marches WHERE {condition}"
    for regle, champ, condition in SUSPECTS
)
_PARTS = """\
CASE WHEN mesure IN ('compte', 'somme') THEN {haut}::DOUBLE
            WHEN mesure = 'mediane' THEN {mediane}::DOUBLE
            WHEN mesure = 'moyenne' AND {effectif} > 0 THEN {haut}::DOUBLE / {effectif}
            WHEN mesure IN ('part', 'rapport', 'evolution') AND coalesce({bas}, 0) <> 0
            THEN {quotient} END"""


def _value(haut: str, bas: str, rows: str = "") -> str:
    """The value of any measure, of these parts; `rows` names the medians and the counts."""
    return _PARTS.format(
        haut=f"coalesce({haut}, 0)", bas=bas, mediane=f"mediane{rows}", effectif=f"effectif{rows}",
        quotient=QUOTIENT.format(haut=f"coalesce({haut}, 0)", bas=bas),
    )  # fmt: skip


BLOCS = (
    Bloc(
        "suspects",
        "Marchés dont un champ est suspect, et pourquoi",
        (
            Champ("regle", "Règle du contrôle qualité (expectations/marches.json)"),
            Champ("champ", "Champ suspect"),
            Champ("acheteur", "Acheteur", "acheteur"),
            Champ("marche_uid", "Marché (marches.csv)"),
        ),
        f"""
SELECT regle, champ, acheteur, marche_uid
FROM (
  {_SUSPECTS}
) JOIN brut.marches USING (marche_uid)
ORDER BY regle, marche_uid""",
    ),
    Bloc(
        "reserves",
        "Chiffres qui lisent un champ suspect, avec et sans les marchés suspects",
        (
            CODE,
            ENTITE,
            BASE,
            Champ("regle", "Règle du contrôle qualité"),
            Champ("champ", "Champ que l'indicateur lit"),
            Champ("suspects", "Marchés suspects que le calcul regarde", "nombre"),
            Champ("comptes", "dont comptés au numérateur", "nombre"),
            Champ("valeur", "Valeur publiée", "decimal"),
            Champ(
                "valeur_sans_suspects", "Valeur si aucun « oui » suspect n'en était un", "decimal"
            ),
            Champ(
                "valeur_marches_ecartes",
                "Valeur si les marchés suspects étaient retirés",
                "decimal",
            ),
            Champ("numerateur", "Numérateur sans les marchés suspects", "decimal"),
            Champ("denominateur", "Dénominateur, marchés suspects compris", "decimal"),
        ),
        f"""
SELECT rang, code, entite, base, regle, champ, suspects, comptes,
       {_value("haut_tout", "bas_tout", "_tout")} AS valeur,
       CASE WHEN mesure IN ('part', 'compte') THEN {_value("haut", "bas_tout")}
            ELSE {_value("haut", "bas")} END AS valeur_sans_suspects,
       {_value("haut", "bas")} AS valeur_marches_ecartes,
       coalesce(haut, 0)::DECIMAL(18,2) AS numerateur,
       CASE WHEN mesure NOT IN ('compte', 'somme') THEN bas_tout END::DECIMAL(18,2) AS denominateur
FROM (
  SELECT rang, code, entite, base, mesure, facteur, regle, champ,
         count(DISTINCT marche_uid) FILTER (suspect) AS suspects,
         count(DISTINCT marche_uid) FILTER (suspect AND role = 'numerateur') AS comptes,
         sum(contribution) FILTER (role = 'numerateur') AS haut_tout,
         sum(contribution) FILTER (role IN ('numerateur', 'denominateur')) AS bas_tout,
         sum(contribution) FILTER (role = 'numerateur' AND NOT suspect) AS haut,
         sum(contribution) FILTER (role IN ('numerateur', 'denominateur') AND NOT suspect) AS bas,
         median(contribution) FILTER (role = 'numerateur') AS mediane_tout,
         median(contribution) FILTER (role = 'numerateur' AND NOT suspect) AS mediane,
         count(*) FILTER (role = 'numerateur') AS effectif_tout,
         count(*) FILTER (role = 'numerateur' AND NOT suspect) AS effectif
  FROM (
    SELECT c.*, r.regle, r.champ, e.entite, e.marche_uid, e.role, e.contribution,
           s.marche_uid IS NOT NULL AS suspect
    FROM calculs c
      JOIN (SELECT DISTINCT regle, champ FROM suspects) r ON list_contains(c.champs, r.champ)
      JOIN examens e USING (code, base)
      LEFT JOIN suspects s ON s.regle = r.regle AND s.marche_uid = e.marche_uid
  )
  GROUP BY rang, code, entite, base, mesure, facteur, regle, champ
)
WHERE suspects > 0
ORDER BY rang, entite, regle""",
    ),
)
