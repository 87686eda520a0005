"""Floors: how many contracts there are from each amount, and every rate from each amount.

A rate over all published contracts is not a rate from 40 000 € HT, the amount from which the
publication is due, nor one from 90 000 €, that of the national census (OECP).
"""

from __future__ import annotations

from spaser.figures import chiffres
from spaser.figures.bloc import Bloc, Champ

ENTITE = Champ("entite", chiffres.ENTITE.label, "entite", "Périmètre", requis=True)
CODE = Champ("code", chiffres.CODE.label, requis=True)
BASE = Champ("base", chiffres.BASE.label, parmi=chiffres.BASE.parmi, requis=True)
OUI = ("oui", "non")
_PLANCHER = Champ("plancher", "Plancher de montant, € HT ; 0 : tous les marchés publiés", "euros",
                  "À partir de")  # fmt: skip

# A rate is the quotient of two whole numbers of cents, as in indicateurs.sql.
QUOTIENT = "(facteur * {haut} * 100)::HUGEINT::DOUBLE / ({bas} * 100)::HUGEINT::DOUBLE"

BLOCS = (
    Bloc(
        "marches_par_plancher",
        "Marchés publiés à partir de chaque plancher de montant",
        (
            ENTITE,
            _PLANCHER,
            Champ("marches", "Marchés de ce montant ou plus", "nombre", "Marchés"),
            Champ("montant", "Leur montant, € HT", "euros", "Montant"),
            Champ("marches_dessous", "Marchés publiés de moindre montant", "nombre", "En dessous"),
            Champ("montant_dessous", "Leur montant, € HT", "euros"),
            Champ("choisi", "oui : le plancher des chiffres de l'édition", parmi=OUI, requis=True),
        ),
        """
SELECT entite, plancher,
       count(*) FILTER (montant >= plancher) AS marches,
       coalesce(sum(montant) FILTER (montant >= plancher), 0)::DECIMAL(18,2) AS montant,
       count(*) FILTER (montant < plancher) AS marches_dessous,
       coalesce(sum(montant) FILTER (montant < plancher), 0)::DECIMAL(18,2) AS montant_dessous,
       CASE WHEN choisi THEN 'oui' ELSE 'non' END AS choisi
FROM brut.marches JOIN entites USING (acheteur), planchers
GROUP BY entite, plancher, choisi
ORDER BY entite, plancher""",
        cle=("entite", "plancher"),
    ),
    Bloc(
        "perimetres",
        "Taux des données essentielles à partir de chaque plancher de montant",
        (
            CODE,
            ENTITE,
            BASE,
            _PLANCHER,
            Champ("numerateur", "Numérateur", "decimal"),
            Champ("denominateur", "Dénominateur, champ connu", "decimal"),
            Champ("valeur", "Valeur ; en pour cent pour un taux", "taux"),
        ),
        f"""
SELECT rang, code, entite, base, plancher,
       CASE WHEN coalesce(bas, 0) <> 0 THEN coalesce(haut, 0) END::DECIMAL(18,2) AS numerateur,
       CASE WHEN lignes > 0 THEN coalesce(bas, 0) END::DECIMAL(18,2) AS denominateur,
       CASE WHEN coalesce(bas, 0) <> 0
            THEN {QUOTIENT.format(haut="coalesce(haut, 0)", bas="bas")} END AS valeur
FROM (
  SELECT rang, code, entite, base, plancher, facteur, count(role) AS lignes,
         sum(contribution) FILTER (role = 'numerateur') AS haut,
         sum(contribution) FILTER (role IN ('numerateur', 'denominateur')) AS bas
  FROM calculs
    CROSS JOIN (SELECT DISTINCT entite FROM entites)
    CROSS JOIN planchers
    LEFT JOIN examens_par_plancher USING (code, base, entite, plancher)
  WHERE plancher_vaut AND mesure IN ('part', 'rapport', 'evolution')
  GROUP BY rang, code, entite, base, plancher, facteur
)
ORDER BY rang, entite, plancher""",
        cle=("code", "entite", "base", "plancher"),
    ),
)
