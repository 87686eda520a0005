"""Where the money goes: to how few holders, to which kinds of them, and by family of purchases.

A company is counted once an entity (SIREN, else the number that was published); the amount of a
joint contract is shared equally.  What is not known of a holder is in no share: it makes bounds.
By circle of the territory, repartitions.csv gives contracts and amounts.
"""

from __future__ import annotations

from spaser.figures.bloc import Bloc, Champ, percent
from spaser.figures.depenses import STRUCTURES
from spaser.figures.perimetres import ENTITE
from spaser.sources.lecture import HISTORIQUE

FIRST = 10
_SIAE = ", ".join(f"'{kind}'" for name, kinds in STRUCTURES if name == "SIAE" for kind in kinds)
PROFILS = (
    (f"les {FIRST} premiers", "premier"),
    (
        "nouveaux titulaires",
        f"CASE WHEN (SELECT count(DISTINCT annee) FROM brut.historique) = {HISTORIQUE} "
        "THEN NOT deja_titulaire END",
    ),
    ("PME", "categorie_entreprise = 'PME'"),
    (
        "SIAE",
        "CASE WHEN (SELECT count(*) FROM brut.inclusifs) = 0 THEN NULL "
        f"WHEN NOT inclusif THEN FALSE ELSE type_inclusif IN ({_SIAE}) END",
    ),
)
"""Each kind of holders, and the condition that a holder of a contract is one; NULL: unknown."""

_KINDS = "\n  UNION ALL\n  ".join(
    f"SELECT {n} AS ordre, '{name}' AS profil, entite, numero, montant_part, {sql} AS oui FROM lus"
    for n, (name, sql) in enumerate(PROFILS, start=1)
)

BLOCS = (
    Bloc(
        "concentration",
        "À qui va l'argent : titulaires et montants par profil",
        (
            ENTITE,
            Champ("profil", "Les dix premiers titulaires, nouveaux, PME, SIAE", "texte", "Profil",
                  parmi=tuple(name for name, _ in PROFILS), requis=True),
            Champ("titulaires", "Titulaires de ce profil ; vide : rien ne le dit", "nombre",
                  "Titulaires"),
            Champ("titulaires_connus", "Titulaires dont on sait s'ils en sont", "nombre", "Connus"),
            Champ("titulaires_identifies", "Tous les titulaires au numéro publié", "nombre"),
            Champ("montant", "Leur part égale des montants, € HT", "euros", "Montant"),
            Champ("montant_connu", "Montant aux titulaires dont on le sait, € HT", "euros"),
            Champ("montant_total", "Montant notifié, € HT", "euros"),
            Champ("part", "montant / montant_connu, en pour cent", "taux", "Part"),
            Champ("couverture", "montant_connu / montant_total, en pour cent", "taux",
                  "Couverture"),
            Champ("borne_basse", "Part si aucun inconnu n'en était", "taux", "Au moins"),
            Champ("borne_haute", "Part si tous les inconnus en étaient", "taux", "Au plus"),
        ),
        f"""
WITH montants AS (
  SELECT entite, coalesce(siren, titulaire_id) AS numero, sum(montant_part) AS somme
  FROM parts JOIN entites USING (acheteur)
  WHERE titulaire_id IS NOT NULL GROUP BY ALL
), rangs AS (
  SELECT entite, numero,
         row_number() OVER (PARTITION BY entite ORDER BY somme DESC, numero) <= {FIRST} AS premier
  FROM montants
), lus AS (
  SELECT n.entite, coalesce(p.siren, titulaire_id) AS numero, montant_part,
         CASE WHEN siret_valide THEN h.siren IS NOT NULL END AS deja_titulaire,
         categorie_entreprise, inclusif, type_inclusif,
         -- whose number is false may be one of the first under another
         CASE WHEN premier OR coalesce(siret_valide, TRUE) THEN premier END AS premier
  FROM parts p JOIN entites n USING (acheteur)
    LEFT JOIN rangs r ON r.entite = n.entite AND r.numero = coalesce(p.siren, titulaire_id)
    LEFT JOIN (
      SELECT DISTINCT entite, siren FROM brut.historique JOIN entites USING (acheteur)
    ) h ON h.entite = n.entite AND h.siren = p.siren
), dits AS (
  {_KINDS}
), sommes AS (
  SELECT ordre, profil, entite,
         count(DISTINCT numero) FILTER (oui) AS titulaires,
         count(DISTINCT numero) FILTER (oui IS NOT NULL) AS connus,
         count(DISTINCT numero) AS identifies,
         coalesce(sum(montant_part) FILTER (oui), 0)::DECIMAL(18,2) AS montant,
         sum(montant_part) FILTER (oui IS NOT NULL)::DECIMAL(18,2) AS connu,
         sum(montant_part)::DECIMAL(18,2) AS tout
  FROM dits GROUP BY ALL
)
SELECT entite, profil,
       CASE WHEN connus > 0 THEN titulaires END AS titulaires, connus AS titulaires_connus,
       identifies AS titulaires_identifies,
       CASE WHEN connus > 0 THEN montant END AS montant,
       coalesce(connu, 0)::DECIMAL(18,2) AS montant_connu, tout AS montant_total,
       CASE WHEN connu > 0 THEN {percent("montant", "connu")} END AS part,
       CASE WHEN tout > 0 THEN {percent("coalesce(connu, 0)", "tout")} END AS couverture,
       CASE WHEN connu > 0 THEN {percent("montant", "tout")} END AS borne_basse,
       CASE WHEN connu > 0 THEN {percent("(montant + tout - connu)", "tout")} END
         AS borne_haute
FROM sommes
ORDER BY entite, ordre""",
        tete="profil",
        lecture="Une entreprise (SIREN) est comptée une fois. Est nouvelle celle qui n’a été "
        "titulaire d’aucun marché de l’acheteur (d’aucun d’eux, pour leur ensemble) dans les "
        "trois années précédentes. Ce qui n’est pas connu d’un titulaire n’est dans aucune part : "
        "« au moins » et « au plus » disent ce qu’il y changerait.",
        vide="Aucun marché.",
        cle=("entite", "profil"),
    ),
    Bloc(
        "titulaires_par_famille",
        "Nombre de titulaires de chaque famille d'achats",
        (
            ENTITE,
            Champ("famille", "Division du CPV (ses deux premiers chiffres), ou inconnue", "cpv",
                  "Famille d'achats", requis=True),
            Champ("marches", "Marchés", "nombre", "Marchés"),
            Champ("marches_sans_titulaire", "dont un titulaire au moins n'est pas connu", "nombre"),
            Champ("titulaires", "Titulaires distincts", "nombre", "Titulaires"),
            Champ("montant", "Montant notifié, € HT", "euros", "Montant"),
            Champ("montant_connu", "dont à un titulaire connu, € HT", "euros"),
            Champ("part_premier", "Part du premier titulaire dans montant_connu, en pour cent",
                  "taux", "Part du premier"),
        ),
        f"""
WITH lus AS (
  SELECT entite, coalesce(left(m.code_cpv, 2), 'inconnue') AS famille, p.marche_uid,
         coalesce(p.siren, p.titulaire_id) AS numero, montant_part
  FROM parts p JOIN brut.marches m USING (marche_uid)
    JOIN entites n ON n.acheteur = p.acheteur
), premiers AS (
  SELECT entite, famille, max(somme) AS premier, sum(somme) AS connu
  FROM (SELECT entite, famille, numero, sum(montant_part) AS somme FROM lus
        WHERE numero IS NOT NULL GROUP BY ALL)
  GROUP BY ALL
)
SELECT entite, famille, count(DISTINCT marche_uid) AS marches,
       count(DISTINCT marche_uid) FILTER (numero IS NULL) AS marches_sans_titulaire,
       count(DISTINCT numero) AS titulaires, sum(montant_part)::DECIMAL(18,2) AS montant,
       coalesce(any_value(connu), 0)::DECIMAL(18,2) AS montant_connu,
       CASE WHEN any_value(connu) > 0
            THEN {percent("any_value(premier)", "any_value(connu)")} END AS part_premier
FROM lus LEFT JOIN premiers USING (entite, famille)
GROUP BY entite, famille
ORDER BY entite, montant DESC, famille""",
        tete="famille",
        lecture="Une famille d’achats est une division du CPV. La part du premier titulaire est "
        "celle du montant dont le titulaire est connu ; un établissement compte pour son "
        "entreprise (SIREN).",
        vide="Aucun marché.",
        cle=("entite", "famille"),
    ),
)  # fmt: skip
