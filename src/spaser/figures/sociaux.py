"""Insertion hours by sector and public, considerations of concessions, AGEC by category."""

from __future__ import annotations

from spaser.figures.bloc import Bloc, Champ, percent
from spaser.figures.perimetres import ENTITE

_CONCESSIONS = (
    ("sociale", "considerations_sociales", "'Clause sociale', 'Critère social', "
     "'Concession réservée', 'Marché réservé'"),
    ("environnementale", "considerations_environnementales",
     "'Clause environnementale', 'Critère environnemental'"),
)  # fmt: skip
_CONSIDERATIONS = "\n    UNION ALL ".join(
    f"SELECT acheteur, '{name}' AS consideration, list_has_any({column}, [{words}]) AS declaree "
    "FROM brut.concessions"
    for name, column, words in _CONCESSIONS
)

BLOCS = (
    Bloc(
        "insertion_ventilee",
        "Heures d'insertion de l'année par secteur et par public",
        (
            ENTITE,
            Champ("dimension", "secteur ou public", "texte", "Selon"),
            Champ(
                "modalite",
                "Secteur ou public ; inconnu quand le suivi ne le dit pas",
                "texte",
                "Modalité",
            ),
            Champ("marches", "Marchés suivis", "nombre", "Lignes de suivi"),
            Champ("heures_realisees", "Heures validées", "decimal", "Heures réalisées"),
            Champ("part", "Part des heures connues de l'entité, en pour cent", "taux", "Part"),
            Champ("heures_prevues", "Heures prévues", "decimal"),
            Champ("sans_heures", "Lignes dont les heures manquent", "nombre", "Sans heures"),
        ),
        f"""
SELECT entite, dimension, modalite, marches, heures_realisees,
       CASE WHEN tout > 0 THEN {percent("heures_realisees", "tout")} END AS part,
       heures_prevues, sans_heures
FROM (
  SELECT *, sum(heures_realisees) OVER (PARTITION BY entite, dimension) AS tout
  FROM (
    SELECT entite, dimension, coalesce(modalite, 'inconnu') AS modalite, count(*) AS marches,
           sum(heures_realisees)::DECIMAL(18,2) AS heures_realisees,
           sum(heures_prevues)::DECIMAL(18,2) AS heures_prevues,
           count(*) FILTER (heures_realisees IS NULL) AS sans_heures
    FROM (
      SELECT acheteur, 'secteur' AS dimension, secteur AS modalite, heures_realisees, heures_prevues
      FROM brut.insertion
      UNION ALL
      SELECT acheteur, 'public', public, heures_realisees, heures_prevues FROM brut.insertion
    ) JOIN entites USING (acheteur)
    GROUP BY entite, dimension, coalesce(modalite, 'inconnu')
  )
)
ORDER BY entite, dimension DESC, heures_realisees DESC NULLS LAST, modalite""",
        source="insertion",
        tete="modalite",
        lecture="Secteurs et publics sont les mots du suivi des heures, sans regroupement.",
        vide="Le suivi fourni n’a aucune ligne de l’année.",
    ),
    Bloc(
        "agec_par_categorie",
        "Réemploi et recyclé par catégorie d'achat et par acheteur (loi AGEC, article 58)",
        (
            Champ(
                "acheteur", "Acheteur : l'obligation est celle de chacun", "acheteur", "Acheteur"
            ),
            Champ("categorie", "Catégorie du décret 2024-134", "texte", "Catégorie"),
            Champ("montant_total", "Dépense de l'année, € HT", "euros", "Dépense"),
            Champ("montant_reemploi", "dont réemploi, réutilisation et dons, € HT", "euros"),
            Champ("part_reemploi", "Part de réemploi, en pour cent", "taux", "Réemploi"),
            Champ(
                "seuil_reemploi",
                "Part minimale de l'année, en pour cent ; vide : non confirmée",
                "taux",
                "Réemploi minimal",
            ),
            Champ(
                "reemploi",
                "atteint, non atteint, minimum à confirmer, inconnu ou sans objet",
                "texte",
                "État du réemploi",
            ),
            Champ("montant_recycle", "dont matières recyclées, € HT", "euros"),
            Champ("part_recycle", "Part de recyclé, en pour cent", "taux", "Recyclé"),
            Champ(
                "seuil_recycle",
                "Part minimale de l'année, en pour cent ; vide : non confirmée",
                "taux",
                "Recyclé minimal",
            ),
            Champ(
                "recycle",
                "atteint, non atteint, minimum à confirmer, inconnu ou sans objet",
                "texte",
                "État du recyclé",
            ),
        ),
        """
SELECT acheteur, categorie, total AS montant_total,
       reemploi AS montant_reemploi, {reemploi_part} AS part_reemploi, seuil_reemploi,
       {reemploi_etat} AS reemploi,
       recycle AS montant_recycle, {recycle_part} AS part_recycle, seuil_recycle,
       {recycle_etat} AS recycle
FROM agec_categories
ORDER BY acheteur, categorie""".format(
            **{
                f"{part}_part": "CASE WHEN total > 0 THEN " + percent(part, "total") + " END"
                for part in ("reemploi", "recycle")
            },
            **{
                f"{part}_etat": f"""CASE
         WHEN total <= 0 THEN 'sans objet'
         WHEN total IS NULL OR {part} IS NULL THEN 'inconnu'
         WHEN seuil_{part} IS NULL THEN 'minimum à confirmer'
         WHEN {part} * 100 >= seuil_{part} * total THEN 'atteint' ELSE 'non atteint' END"""
                for part in ("reemploi", "recycle")
            },
        ),
        source="agec",
        tete="categorie",
        lecture="Chaque catégorie a deux parts minimales, et chaque acheteur répond des siennes. "
        "Un minimum qu’aucune source ne confirme ne juge rien.",
        vide="La déclaration fournie n’a aucune ligne de l’année.",
    ),
    Bloc(
        "concessions_considerations",
        "Considérations sociales et environnementales des concessions",
        (
            ENTITE,
            Champ("consideration", "sociale ou environnementale", "texte", "Considération"),
            Champ("concessions", "Concessions signées dans l'année", "nombre", "Concessions"),
            Champ("avec", "dont la considération est déclarée", "nombre", "Avec"),
            Champ("sans", "dont « Pas de considération » est déclaré", "nombre", "Sans"),
            Champ("inconnues", "dont le champ est vide", "nombre", "Inconnues"),
            Champ("part", "avec / (avec + sans), en pour cent", "taux"),
        ),
        f"""
SELECT entite, consideration, concessions, "avec", sans, inconnues,
       CASE WHEN "avec" + sans > 0 THEN 100 * "avec"::DOUBLE / ("avec" + sans) END AS part
FROM (
  SELECT entite, consideration, count(*) AS concessions,
         count(*) FILTER (declaree) AS "avec",
         count(*) FILTER (NOT declaree) AS sans,
         count(*) FILTER (declaree IS NULL) AS inconnues
  FROM (
    {_CONSIDERATIONS}
  ) JOIN entites USING (acheteur)
  GROUP BY entite, consideration
)
ORDER BY entite, consideration DESC""",
        tete="consideration",
        lecture="Elles n’entrent dans aucun taux des marchés. Un champ vide est inconnu, pas "
        "« non ».",
        vide="Aucune concession : aucune considération à compter.",
    ),
)
