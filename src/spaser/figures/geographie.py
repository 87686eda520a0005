"""Where the holders are: contracts and euros by commune of the holder (SIRENE)."""

from __future__ import annotations

from spaser.figures.bloc import Bloc, Champ, percent
from spaser.figures.perimetres import ENTITE

COMMUNES = "communes_titulaires"

BLOCS = (
    Bloc(
        COMMUNES,
        "Les communes des titulaires et leur part du montant notifié",
        (
            ENTITE,
            Champ("rang", "Rang par montant", "nombre", "Rang"),
            Champ("code_commune", "Code INSEE de la commune du titulaire", "commune", "Commune"),
            Champ("departement", "Code INSEE du département", titre="Département"),
            Champ("cercle", "Cercle du territoire (params) qui contient la commune"),
            Champ("marches", "Marchés d'un titulaire de la commune", "nombre", "Marchés"),
            Champ("montant", "Part égale de leurs montants, € HT", "euros", "Montant"),
            Champ(
                "part", "Part du montant dont la commune est connue, en pour cent", "taux", "Part"
            ),
            Champ("communes", "Communes distinctes de l'entité", "nombre"),
            Champ("couverture", "Part du montant dont la commune est connue, en pour cent", "taux"),
        ),
        f"""
SELECT entite, rang, code_commune, departement, cercle, marches, montant,
       {percent("montant", "connu")} AS part,
       communes,
       {percent("connu", "tout")} AS couverture
FROM (
  SELECT *, row_number() OVER (PARTITION BY entite ORDER BY montant DESC, code_commune) AS rang,
         count(*) OVER (PARTITION BY entite) AS communes,
         sum(montant) OVER (PARTITION BY entite) AS connu
  FROM (
    SELECT entite, code_commune, min(departement) AS departement, min(cercle) AS cercle,
           count(DISTINCT marche_uid) AS marches,
           sum(montant_part)::DECIMAL(18,2) AS montant
    FROM parts JOIN entites USING (acheteur)
    WHERE code_commune IS NOT NULL
    GROUP BY entite, code_commune
  )
) JOIN (
  SELECT entite, sum(montant) AS tout FROM brut.marches JOIN entites USING (acheteur)
  GROUP BY entite
) USING (entite)
WHERE connu > 0
ORDER BY entite, rang""",
        source="sirene",
        tete="code_commune",
        lecture="La commune est celle de l’établissement titulaire, qui n’est pas toujours celle "
        "où l’on travaille. Le montant d’un groupement est partagé également entre ses "
        "titulaires.",
        vide="Aucune commune de titulaire n’est connue.",
        cle=("entite", "code_commune"),
    ),
)
