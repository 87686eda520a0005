"""The contracts that end soon: what can still be changed when they are renewed.

A contract ends so many months after its notification; a modification that was notified by the
cut-off date may give it another duration.  Those of the year are looked at, and those of other
years that the files hold (table `en_cours`).  A contract that is renewed by a consultation engaged
from the day of article 35 (loi Climat et résilience) is bound by L2112-2 and L2152-7 CCP, and at
the European thresholds by L2112-2-1; the consultation is before the end, hence never sure here.
"""

from __future__ import annotations

from spaser.figures.bloc import Bloc, Champ
from spaser.figures.concentration import NOMS
from spaser.figures.perimetres import BASE, CODE, ENTITE
from spaser.settings.params import Params

MOIS = 24  # how far ahead one looks
_MOST = 50  # contracts of a figure and of a side, the first by rank
_LONGEST = 1200  # months: a longer duration is a slip, and DuckDB's dates have an end

_SOCIALES = "['Clause sociale', 'Critère social', 'Marché réservé']"
_ENVIRONNEMENTALES = "['Clause environnementale', 'Critère environnemental']"
_YES_NO = "CASE WHEN {0} THEN 'oui' WHEN NOT ({0}) THEN 'non' END"
_LISTED = "array_to_string(list_sort({0}), ' ; ')"
_COLUMNS = (
    "marche_uid, acheteur, objet, date_notification, duree_mois, duree_actuelle, montant, "
    "montant_actuel, considerations_sociales, considerations_environnementales, techniques, "
    "offres_recues, code_cpv"
)


def reglages(params: Params) -> str:
    """SQL of the table `reglages`: the day of the edition and what the law asks from when."""
    year = params.year
    law = year.dates.get("article_35")
    supplies, works = (
        f"{year.seuils[name]}::DECIMAL(18,2)" if name in year.seuils else "NULL::DECIMAL(18,2)"
        for name in ("seuil_europeen_fournitures_services", "seuil_europeen_travaux")
    )
    return f"""
-- Le jour de l'édition, l'horizon, l'article 35 et les seuils européens (params/{year.annee}).
CREATE TABLE reglages AS
SELECT DATE '{year.date_edition.isoformat()}' AS edition,
       (DATE '{year.date_edition.isoformat()}' + to_months({MOIS}))::DATE AS horizon,
       {f"DATE '{law.isoformat()}'" if law else "NULL::DATE"} AS article_35,
       {supplies} AS seuil_services, {works} AS seuil_travaux;

-- Les marchés connus, avec leur fin : de l'année, et d'autres années s'ils ne sont pas finis.
CREATE VIEW fins AS
SELECT *, (date_notification + to_months(
         CASE WHEN duree_actuelle BETWEEN 1 AND {_LONGEST} THEN duree_actuelle END))::DATE AS fin
FROM (
  SELECT {_COLUMNS}, titulaires, TRUE AS de_l_annee
  FROM brut.marches LEFT JOIN ({NOMS}) USING (marche_uid)
  UNION ALL
  SELECT {_COLUMNS}, array_to_string(titulaires, ' ; '), FALSE FROM brut.en_cours
);
"""


BLOCS = (
    Bloc(
        "echeances",
        "Marchés qui se terminent dans les 24 mois de l'édition",
        (
            Champ("marche_uid", "Marché (marches.csv, ou donnees/en_cours.parquet)"),
            Champ("acheteur", "Acheteur", "acheteur", "Acheteur"),
            Champ("objet", "Objet", "texte", "Marché"),
            Champ("titulaires", "Titulaires, dans l'ordre publié", "texte"),
            Champ("date_fin", "Notification plus durée, modifications comprises", "date", "Fin"),
            Champ("trimestre", "Trimestre de cette fin, AAAA-Tn"),
            Champ("date_notification", "Date de notification", "date"),
            Champ("duree_mois", "Durée initiale, en mois", "nombre"),
            Champ("duree_actuelle", "Durée après modifications retenues, en mois", "nombre"),
            Champ("montant", "Montant initial, € HT", "euros", "Montant"),
            Champ("montant_actuel", "Montant après modifications retenues, € HT", "euros"),
            Champ("est_maximum", "oui : maximum d'accord-cadre, pas une dépense"),
            Champ("considerations_sociales", "Considérations sociales ; vide : inconnu"),
            Champ(
                "considerations_environnementales",
                "Considérations environnementales ; vide : inconnu",
            ),
            Champ("consideration_sociale", "Au moins une : oui, non ; vide : inconnu"),
            Champ("consideration_environnementale", "Au moins une : oui, non ; vide : inconnu"),
            Champ("offres_recues", "Offres reçues ; vide : inconnu", "nombre"),
            Champ("offre_unique", "Une seule offre reçue : oui, non ; vide : inconnu"),
            Champ(
                "article_35",
                "oui : finit dès le jour de l'article 35 ; une consultation engagée dès ce jour "
                "doit une condition et un critère environnementaux",
            ),
            Champ(
                "condition_sociale",
                "oui : et, au seuil européen ou plus, une condition sociale (L2112-2-1), pour le "
                "montant et la nature du marché qui finit ; vide : nature inconnue",
            ),
            Champ("alloti", "oui : son objet dit un lot ; vide : non dit, inconnu"),
            Champ("notifie_dans_l_annee", "non : marché d'une autre année, non compté ailleurs"),
        ),
        f"""
SELECT marche_uid, acheteur, objet, titulaires, fin AS date_fin,
       year(fin) || '-T' || quarter(fin) AS trimestre,
       date_notification, duree_mois, duree_actuelle, montant, montant_actuel,
       {_YES_NO.format("coalesce(list_contains(techniques, 'Accord-cadre'), FALSE)")}
         AS est_maximum,
       {_LISTED.format("considerations_sociales")} AS considerations_sociales,
       {_LISTED.format("considerations_environnementales")} AS considerations_environnementales,
       {_YES_NO.format(f"list_has_any(considerations_sociales, {_SOCIALES})")}
         AS consideration_sociale,
       {_YES_NO.format(f"list_has_any(considerations_environnementales, {_ENVIRONNEMENTALES})")}
         AS consideration_environnementale,
       offres_recues,
       CASE WHEN offres_recues >= 1 THEN {_YES_NO.format("offres_recues = 1")} END AS offre_unique,
       {_YES_NO.format("fin >= reglages.article_35")} AS article_35,
       CASE WHEN reglages.article_35 IS NULL THEN NULL
            WHEN fin < reglages.article_35 THEN 'non'
            WHEN starts_with(code_cpv, '45') THEN {_YES_NO.format("montant >= seuil_travaux")}
            WHEN code_cpv IS NOT NULL THEN {_YES_NO.format("montant >= seuil_services")}
            WHEN montant >= seuil_travaux AND montant >= seuil_services THEN 'oui'
            WHEN montant < seuil_travaux AND montant < seuil_services THEN 'non' END
         AS condition_sociale,
       CASE WHEN regexp_matches(objet, '(?i)\\blots?\\b') THEN 'oui' END AS alloti,
       {_YES_NO.format("de_l_annee")} AS notifie_dans_l_annee
FROM fins, reglages
WHERE fin BETWEEN edition AND horizon
ORDER BY fin, acheteur, marche_uid""",
    ),
    Bloc(
        "echeances_trimestres",
        "Marchés qui se terminent, par trimestre",
        (
            ENTITE,
            Champ("trimestre", "Trimestre de fin, AAAA-Tn", "texte", "Trimestre"),
            Champ("marches", "Marchés qui se terminent", "nombre", "Marchés"),
            Champ("montant", "Leur montant initial, € HT", "euros", "Montant"),
            Champ("montant_inconnu", "Marchés dont le montant n'est pas connu", "nombre"),
            Champ("sans_sociale", "dont sans considération sociale", "nombre",
                  "Sans considération sociale"),
            Champ("sans_environnementale", "dont sans considération environnementale", "nombre",
                  "Sans considération environnementale"),
            Champ("offre_unique", "dont à une seule offre", "nombre", "Une seule offre"),
            Champ("non_dits", "dont un de ces trois points n'est pas renseigné", "nombre",
                  "Un point non renseigné"),
        ),
        """
SELECT entite, trimestre, count(*) AS marches, sum(montant)::DECIMAL(18,2) AS montant,
       count(*) FILTER (montant IS NULL) AS montant_inconnu,
       count(*) FILTER (consideration_sociale = 'non') AS sans_sociale,
       count(*) FILTER (consideration_environnementale = 'non') AS sans_environnementale,
       count(*) FILTER (offre_unique = 'oui') AS offre_unique,
       count(*) FILTER (consideration_sociale IS NULL OR consideration_environnementale IS NULL
                        OR offre_unique IS NULL) AS non_dits
FROM echeances JOIN entites USING (acheteur)
GROUP BY entite, trimestre
ORDER BY entite, trimestre""",
    ),
    Bloc(
        "echeances_couverture",
        "Marchés dont la fin est connue",
        (
            ENTITE,
            Champ("marches", "Marchés de l'année, et d'autres années s'ils ne sont pas finis",
                  "nombre"),
            Champ("autres_annees", "dont d'autres années", "nombre"),
            Champ("duree_connue", "dont la durée est connue", "nombre"),
            Champ("couverture", "duree_connue / marches, en pour cent", "taux"),
            Champ("finissent", "dont la fin tombe dans les 24 mois de l'édition", "nombre"),
            Champ("montant", "Leur montant initial, € HT", "euros"),
        ),
        """
SELECT entite, count(*) AS marches, count(*) FILTER (NOT de_l_annee) AS autres_annees,
       count(fin) AS duree_connue,
       100 * count(fin)::HUGEINT::DOUBLE / count(*)::HUGEINT::DOUBLE AS couverture,
       count(*) FILTER (fin BETWEEN edition AND horizon) AS finissent,
       coalesce(sum(montant) FILTER (fin BETWEEN edition AND horizon), 0)::DECIMAL(18,2) AS montant
FROM fins JOIN entites USING (acheteur), reglages
GROUP BY entite
ORDER BY entite""",
    ),
    Bloc(
        "leviers",
        "Ce que le renouvellement des marchés qui se terminent pourrait déplacer dans chaque taux",
        (
            CODE,
            ENTITE,
            BASE,
            Champ(
                "sens", "il manque : marchés à faire entrer au numérateur ; de trop : à en sortir"
            ),
            Champ(
                "rang", "Par contribution, puis par date de fin ; les cinquante premiers", "nombre"
            ),
            Champ("marche_uid", "Marché de l'année (marches.csv)"),
            Champ("objet", "Objet"),
            Champ("date_fin", "Notification plus durée, modifications comprises", "date"),
            Champ("contribution", "Ce qu'il déplacerait : 1, ou des € HT", "decimal"),
            Champ("cumul", "Avec les marchés de rang moindre", "decimal"),
            Champ("marches", "Marchés qui se terminent, de ce côté du taux", "nombre"),
        ),
        f"""
SELECT code, entite, base, sens, rang, marche_uid, objet, date_fin, contribution,
       cumul::DECIMAL(18,2) AS cumul, marches
FROM (
  SELECT c.rang AS ordre, x.code, x.entite, x.base,
         CASE x.role WHEN 'numerateur' THEN 'de trop' ELSE 'il manque' END AS sens,
         marche_uid, objet, date_fin, contribution,
         row_number() OVER o AS rang, sum(contribution) OVER (o ROWS UNBOUNDED PRECEDING) AS cumul,
         count(*) OVER (PARTITION BY x.code, x.entite, x.base, x.role) AS marches
  FROM preuves x
    JOIN calculs c USING (code, base)
    JOIN echeances USING (marche_uid)
  WHERE c.mesure = 'part' AND c.plancher_vaut AND x.role IN ('numerateur', 'denominateur')
    AND x.contribution > 0
  WINDOW o AS (PARTITION BY x.code, x.entite, x.base, x.role
               ORDER BY contribution DESC, date_fin, marche_uid)
)
WHERE rang <= {_MOST}
ORDER BY ordre, entite, sens, rang""",
    ),
)  # fmt: skip
