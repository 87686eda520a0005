"""How far the holders are: kilometres between the commune of a holder and that of its buyer.

As the crow flies, on the sphere, from the middle of one commune to that of the other.  A contract
is as far as its nearest holder, and unknown unless the place of each is known; in value each
holder weighs its equal part.  A quartile is the least distance within which so much lies.
"""

from __future__ import annotations

from spaser import collectivites
from spaser.contracts import territory
from spaser.figures.bloc import Bloc, Champ, percent
from spaser.figures.perimetres import ENTITE
from spaser.settings.params import Params

_EARTH = 6371.0088  # km: the mean radius (IUGG)

BLOCS = (
    Bloc(
        "distances",
        "La distance entre les titulaires et l'acheteur",
        (
            ENTITE,
            Champ(
                "base",
                "nombre : chaque marché compte pour un ; valeur : pour son montant",
                "texte",
                "Compté en",
                parmi=("nombre", "valeur"),
                requis=True,
            ),
            Champ(
                "quartile_1",
                "Distance à laquelle un quart est atteint, km",
                "km",
                "Un quart, à au plus",
            ),
            Champ(
                "mediane",
                "Distance à laquelle la moitié est atteinte, km",
                "km",
                "La moitié, à au plus",
            ),
            Champ(
                "quartile_3",
                "Distance à laquelle trois quarts sont atteints, km",
                "km",
                "Trois quarts, à au plus",
            ),
            Champ("connu", "Marchés, ou euros HT, dont la distance est connue", "decimal"),
            Champ("total", "Tous les marchés, ou leur montant, € HT", "decimal"),
            Champ("couverture", "connu / total, en pour cent", "taux", "Couverture"),
        ),
        f"""
WITH lus AS (
  SELECT entite, marche_uid, montant_part,
         sin(radians(t.latitude - a.latitude) / 2) ^ 2
         + cos(radians(a.latitude)) * cos(radians(t.latitude))
           * sin(radians(t.longitude - a.longitude) / 2) ^ 2 AS corde
  FROM parts JOIN entites USING (acheteur)
    LEFT JOIN lieux_acheteurs a USING (acheteur)
    LEFT JOIN (
      SELECT code_commune, any_value(latitude)::DOUBLE AS latitude,
             any_value(longitude)::DOUBLE AS longitude
      FROM brut.sirene GROUP BY code_commune
    ) t USING (code_commune)
), distances_lues AS (
  SELECT entite, marche_uid, montant_part,
         round(2 * {_EARTH} * asin(sqrt(CASE WHEN corde > 1 THEN 1 ELSE corde END)), 1)
           ::DECIMAL(7,1) AS km
  FROM lus
), poids AS (
  SELECT entite, 'nombre' AS base, km, 1::DECIMAL(18,2) AS poids
  FROM (
    SELECT entite, CASE WHEN count(km) = count(*) THEN min(km) END AS km
    FROM distances_lues GROUP BY entite, marche_uid
  )
  UNION ALL
  SELECT entite, 'valeur', km, montant_part FROM distances_lues
), cumuls AS (
  SELECT entite, base, km,
         sum(poids) OVER (PARTITION BY entite, base ORDER BY km) AS jusque,
         sum(poids) OVER (PARTITION BY entite, base) AS connu
  FROM poids WHERE km IS NOT NULL
), rangs AS (
  SELECT entite, base, connu,
         min(km) FILTER (4 * jusque >= connu) AS quartile_1,
         min(km) FILTER (2 * jusque >= connu) AS mediane,
         min(km) FILTER (4 * jusque >= 3 * connu) AS quartile_3
  FROM cumuls GROUP BY entite, base, connu
)
SELECT entite, base, quartile_1, mediane, quartile_3,
       connu::DECIMAL(18,2) AS connu, tout::DECIMAL(18,2) AS total,
       {percent("connu", "tout")} AS couverture
FROM rangs JOIN (
  SELECT entite, base, sum(poids) AS tout FROM poids GROUP BY entite, base
) USING (entite, base)
WHERE connu > 0
ORDER BY entite, base""",
        source="sirene",
        tete="base",
        lecture="À vol d’oiseau, de la commune du titulaire à celle de l’acheteur (la plus "
        "peuplée d’un groupement) ; 0 km : la même commune. Un marché est aussi loin que "
        "son titulaire le plus proche ; en valeur, chaque titulaire compte pour sa part. "
        "Le siège d’un établissement n’est pas toujours le lieu où l’on travaille. "
        "GeoNames place les communes de France métropolitaine les plus peuplées ; un "
        "titulaire d’une autre commune est de distance inconnue, ce que dit la "
        "couverture, et les quartiles sont ceux des distances connues.",
        vide="Aucune distance n’est connue : il y faut la commune d’un titulaire (SIRENE) et celle "
        "de l’acheteur, que les tables donnent pour une commune ou un groupement.",
        cle=("entite", "base"),
    ),
)


def reglages(params: Params) -> str:
    """SQL of the table `lieux_acheteurs`: latitude and longitude of the commune of each buyer."""
    buyers = params.scheme.acheteurs
    communes = collectivites.communes(frozenset(a.siren for a in buyers))
    places = [(a.code, *territory.place(communes.get(a.siren))) for a in buyers]
    rows = [
        f"  ('{code}', {latitude}::DOUBLE, {longitude}::DOUBLE)"
        for code, latitude, longitude in places
        if latitude is not None
    ]
    values = ",\n".join(rows) or "  (NULL::VARCHAR, NULL::DOUBLE, NULL::DOUBLE)"
    return (
        "\n-- La commune de chaque acheteur, la plus peuplée d'un groupement (GeoNames).\n"
        f"CREATE TABLE lieux_acheteurs AS FROM (VALUES\n{values}\n"
        ") t(acheteur, latitude, longitude);\n"
    )
