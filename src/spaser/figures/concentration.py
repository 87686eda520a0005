"""The contracts one by one: the largest, those of the first holders, those that are reserved."""

from __future__ import annotations

from spaser.figures.bloc import Bloc, Champ, percent
from spaser.figures.perimetres import ENTITE, OUI

_OBJET = Champ("objet", "Objet", "texte", "Objet")
_UID = Champ("marche_uid", "Marché (marches.csv)")
_MONTANT = Champ("montant", "Montant initial, € HT", "euros", "Montant")
_MAXIMUM = Champ("est_maximum", "oui : maximum d'accord-cadre, pas une dépense", "texte",
                 "Maximum d’accord-cadre", parmi=OUI, requis=True)  # fmt: skip
_TITULAIRES = Champ("titulaires", "Titulaires, dans l'ordre publié", "titulaires", "Titulaires")

# Names as SIRENE gives them, else the number that was published.
NOMS = """\
SELECT p.marche_uid,
       string_agg(coalesce(s.denomination, p.titulaire_id), ' ; ' ORDER BY p.rang) AS titulaires
FROM parts p
  LEFT JOIN (SELECT DISTINCT ON (siret) * FROM brut.sirene ORDER BY siret, ligne_uid) s
    ON s.siret = p.titulaire_id
GROUP BY p.marche_uid"""
_OUI = "CASE WHEN {0} THEN 'oui' ELSE 'non' END"

BLOCS = (
    Bloc(
        "principaux_marches",
        "Les dix plus gros marchés et leur part du montant notifié",
        (
            ENTITE,
            Champ("rang", "Rang par montant", "nombre", "Rang"),
            _OBJET,
            _TITULAIRES,
            _MONTANT,
            Champ("part", "Part du montant notifié dans l'année, en pour cent", "taux", "Part"),
            Champ(
                "part_cumulee",
                "Part des marchés de ce rang et d'avant, en pour cent",
                "taux",
                "Part cumulée",
            ),
            _MAXIMUM,
            Champ("marches", "Marchés de l'entité", "nombre"),
            Champ("montant_total", "Leur montant, € HT", "euros"),
            _UID,
        ),
        f"""
SELECT entite, rang, objet, titulaires, montant,
       {percent("montant", "montant_total")} AS part,
       {percent("cumul", "montant_total")}
         AS part_cumulee,
       {_OUI.format("est_maximum")} AS est_maximum, marches, montant_total, marche_uid
FROM (
  SELECT entite, m.marche_uid, objet, montant, est_maximum,
         row_number() OVER o AS rang,
         sum(montant) OVER (o ROWS UNBOUNDED PRECEDING) AS cumul,
         count(*) OVER (PARTITION BY entite) AS marches,
         sum(montant) OVER (PARTITION BY entite)::DECIMAL(18,2) AS montant_total
  FROM marches m JOIN entites USING (acheteur)
  WINDOW o AS (PARTITION BY entite ORDER BY montant DESC, m.marche_uid)
) LEFT JOIN ({NOMS}) USING (marche_uid)
WHERE rang <= 10 AND montant_total > 0
ORDER BY entite, rang""",
        tete="objet",
        lecture="Le montant est celui de la notification : pour un accord-cadre, un maximum, et "
        "non une dépense. Un taux en valeur dépend d’abord de ces marchés.",
        vide="Aucun marché.",
    ),
    Bloc(
        "principaux_titulaires",
        "Les dix premiers titulaires et leur part du montant notifié",
        (
            ENTITE,
            Champ("rang", "Rang par montant", "nombre", "Rang"),
            Champ(
                "titulaire", "Dénomination (SIRENE), sinon numéro publié", "titulaires", "Titulaire"
            ),
            Champ("numero", "SIREN, sinon numéro publié"),
            Champ("marches", "Marchés dont il est titulaire", "nombre", "Marchés"),
            Champ("montant", "Sa part égale de leurs montants, € HT", "euros", "Montant"),
            Champ("part", "Part du montant aux titulaires connus, en pour cent", "taux", "Part"),
            Champ(
                "part_cumulee",
                "Part des titulaires de ce rang et d'avant, en pour cent",
                "taux",
                "Part cumulée",
            ),
            Champ("titulaires", "Titulaires distincts de l'entité", "nombre"),
            Champ(
                "couverture",
                "Part du montant dont le titulaire est connu, en pour cent",
                "taux",
                "Couverture",
            ),
        ),
        f"""
SELECT entite, rang, titulaire, numero, marches, montant,
       {percent("montant", "connu")} AS part,
       {percent("cumul", "connu")} AS part_cumulee,
       titulaires,
       {percent("connu", "tout")} AS couverture
FROM (
  SELECT *, row_number() OVER o AS rang, sum(montant) OVER (o ROWS UNBOUNDED PRECEDING) AS cumul,
         count(*) OVER (PARTITION BY entite) AS titulaires,
         sum(montant) OVER (PARTITION BY entite) AS connu
  FROM (
    SELECT entite, coalesce(p.siren, p.titulaire_id) AS numero,
           coalesce(min(s.denomination), coalesce(p.siren, p.titulaire_id)) AS titulaire,
           count(DISTINCT p.marche_uid) AS marches,
           sum(p.montant_part)::DECIMAL(18,2) AS montant
    FROM parts p JOIN entites USING (acheteur)
      LEFT JOIN (SELECT siren, min(denomination) AS denomination FROM brut.sirene GROUP BY siren) s
        ON s.siren = p.siren
    WHERE p.titulaire_id IS NOT NULL
    GROUP BY entite, coalesce(p.siren, p.titulaire_id)
  )
  WINDOW o AS (PARTITION BY entite ORDER BY montant DESC, numero)
) JOIN (
  SELECT entite, sum(montant) AS tout FROM brut.marches JOIN entites USING (acheteur)
  GROUP BY entite
) USING (entite)
WHERE rang <= 10 AND connu > 0
ORDER BY entite, rang""",
        tete="titulaire",
        lecture="Le montant d’un groupement est partagé également entre ses titulaires ; les "
        "établissements d’une même entreprise (SIREN) sont réunis.",
        vide="Aucun titulaire n’est publié.",
    ),
    Bloc(
        "marches_reserves",
        "Les marchés déclarés réservés (L2113-12 à L2113-16 CCP)",
        (
            Champ("acheteur", "Acheteur", "acheteur", "Acheteur"),
            _OBJET,
            _TITULAIRES,
            Champ(
                "structures",
                "Types de structure du titulaire (annuaire de l'inclusion)",
                "texte",
                "Structure",
            ),
            Champ("date_notification", "Date de notification", "date", "Notifié le"),
            _MONTANT,
            Champ(
                "considerations",
                "Considérations sociales déclarées",
                "texte",
                "Considérations sociales",
            ),
            Champ(
                "suspect",
                "oui : les trois cases sociales sont cochées ensemble",
                "texte",
                "Trois cases cochées",
                parmi=OUI,
                requis=True,
            ),
            _UID,
        ),
        f"""
SELECT m.acheteur, m.objet, n.titulaires, t.structures, m.date_notification, m.montant,
       array_to_string(list_sort(m.considerations_sociales), ' ; ') AS considerations,
       {_OUI.format("s.marche_uid IS NOT NULL")} AS suspect, m.marche_uid
FROM marches m
  LEFT JOIN ({NOMS}) n USING (marche_uid)
  LEFT JOIN (
    SELECT marche_uid,
           string_agg(DISTINCT type_inclusif, ', ' ORDER BY type_inclusif) AS structures
    FROM parts GROUP BY marche_uid
  ) t USING (marche_uid)
  LEFT JOIN (SELECT DISTINCT marche_uid FROM suspects WHERE regle = 'MAR-A09') s USING (marche_uid)
WHERE list_contains(m.considerations_sociales, 'Marché réservé')
ORDER BY m.acheteur, m.montant DESC, m.marche_uid""",
        tete="objet",
        lecture="« Marché réservé » est ce que déclare la donnée publiée. Quand les trois cases "
        "sont cochées ensemble, c’est peut-être la valeur par défaut de la plateforme : à vérifier "
        "sur le contrat.",
        vide="Aucun marché de l’année n’est déclaré réservé.",
        champ="considerations_sociales",
    ),
)
