"""What was spent, not what was signed: payments to inclusive suppliers, and the scheme's threshold.

Payments (mandats) are the only source of spend; amounts of contracts are promises or maxima.
"""

from __future__ import annotations

from spaser.figures.bloc import Bloc, Champ, percent
from spaser.figures.perimetres import ENTITE

# Types of the inclusion market's list.  SIAE: L5132-4 c. trav.; EA: L5213-13; ESAT: L344-2 CASF.
STRUCTURES = (
    ("SIAE", ("EI", "AI", "ACI", "ETTI", "EITI")),
    ("EA", ("EA", "EATT")),
    ("ESAT", ("ESAT",)),
    ("autres structures d'insertion (GEIQ, prison)", ("GEIQ", "SEP")),
)
_LISTS = " ".join(
    f"WHEN type IN ({', '.join(repr(t) for t in types)}) THEN '{nom.replace(chr(39), chr(39) * 2)}'"
    for nom, types in STRUCTURES
)
_NAMES = "\n    UNION ALL ".join(
    [
        f"SELECT {n} AS ordre, '{nom.replace(chr(39), chr(39) * 2)}' AS structure, "
        "(SELECT count(*) > 0 FROM brut.inclusifs) AS liste"
        for n, (nom, _) in enumerate(STRUCTURES, start=1)
    ]
    + [
        f"SELECT {len(STRUCTURES) + 1}, 'ESUS', (SELECT count(*) > 0 FROM brut.esus)",
        f"SELECT {len(STRUCTURES) + 2}, 'au moins l''une', "
        "(SELECT count(*) > 0 FROM brut.inclusifs) AND (SELECT count(*) > 0 FROM brut.esus)",
    ]
)

BLOCS = (
    Bloc(
        "depenses_inclusives",
        "Part des dépenses payées aux structures d'insertion, du handicap et de l'utilité sociale",
        (
            ENTITE,
            Champ(
                "structure",
                "SIAE, EA, ESAT, ESUS… ; une structure peut être de deux lignes",
                "texte",
                "Structure",
            ),
            Champ("fournisseurs", "Fournisseurs payés (SIREN)", "nombre", "Fournisseurs"),
            Champ("mandats", "Mandats", "nombre", "Mandats"),
            Champ(
                "montant",
                "Montant mandaté, € HT ; vide : la liste n'est pas fournie",
                "euros",
                "Payé",
            ),
            Champ("part", "Part des dépenses au fournisseur connu, en pour cent", "taux", "Part"),
            Champ("depenses_connues", "Dépenses au fournisseur connu, € HT", "euros"),
            Champ("depenses", "Toutes les dépenses lues, € HT", "euros", "Dépenses lues"),
            Champ("couverture", "depenses_connues / depenses, en pour cent", "taux", "Couverture"),
        ),
        f"""
SELECT entite, structure,
       CASE WHEN liste THEN fournisseurs END AS fournisseurs,
       CASE WHEN liste THEN mandats END AS mandats,
       CASE WHEN liste THEN montant END AS montant,
       CASE WHEN liste AND connues > 0
            THEN {percent("montant", "connues")}
            END AS part,
       connues AS depenses_connues, depenses,
       CASE WHEN depenses > 0
            THEN {percent("connues", "depenses")}
            END AS couverture
FROM (
  SELECT entite, n.ordre, n.structure, n.liste,
         count(DISTINCT siren) FILTER (n.ordre IN (m.type_ordre, m.esus_ordre, m.une_ordre))
           AS fournisseurs,
         count(*) FILTER (n.ordre IN (m.type_ordre, m.esus_ordre, m.une_ordre)) AS mandats,
         coalesce(sum(montant_ht) FILTER (n.ordre IN (m.type_ordre, m.esus_ordre, m.une_ordre)), 0)
           ::DECIMAL(18,2) AS montant,
         coalesce(sum(montant_ht) FILTER (siren IS NOT NULL), 0)::DECIMAL(18,2) AS connues,
         sum(montant_ht)::DECIMAL(18,2) AS depenses
  FROM (
    SELECT acheteur, montant_ht, siren, type_ordre, esus_ordre,
           CASE WHEN coalesce(type_ordre, esus_ordre) IS NOT NULL THEN {len(STRUCTURES) + 2} END
             AS une_ordre
    FROM (
      SELECT d.acheteur, d.montant_ht,
             CASE WHEN length(d.fournisseur_id) IN (9, 14) THEN left(d.fournisseur_id, 9) END
               AS siren,
             t.ordre AS type_ordre,
             CASE WHEN EXISTS (
               FROM brut.esus e
               WHERE length(d.fournisseur_id) IN (9, 14) AND e.siren = left(d.fournisseur_id, 9)
                 AND e.date_fin >= d.date_paiement
                 AND coalesce(e.date_debut <= d.date_paiement, TRUE)
             ) THEN {len(STRUCTURES) + 1} END AS esus_ordre
      FROM brut.mandats d
        LEFT JOIN (
          SELECT siret, min(ordre) AS ordre
          FROM (SELECT siret, CASE {_LISTS} END AS structure FROM brut.inclusifs)
            JOIN ({_NAMES}) USING (structure)
          GROUP BY siret
        ) t ON t.siret = d.fournisseur_id
    )
  ) m JOIN entites USING (acheteur), ({_NAMES}) n
  GROUP BY entite, n.ordre, n.structure, n.liste
)
ORDER BY entite, ordre""",
        source="mandats",
        tete="structure",
        lecture="Une structure peut être sur deux lignes (entreprise d’insertion agréée ESUS) ; "
        "la dernière ne la compte qu’une fois. Les listes valent à leur date : une absence n’y "
        "prouve rien.",
        vide="Les mandats fournis n’ont aucune ligne de l’année.",
    ),
    Bloc(
        "seuil_schema",
        "Les achats de l’année et le seuil du schéma (D2111-3 CCP)",
        (
            Champ("acheteur", "Acheteur", "acheteur", "Acheteur"),
            Champ(
                "depenses",
                "Dépenses mandatées lues, € HT ; vide : aucun mandat",
                "euros",
                "Dépenses lues",
            ),
            Champ("mandats", "Mandats lus", "nombre", "Mandats"),
            Champ("sans_montant", "dont sans montant", "nombre", "Sans montant"),
            Champ(
                "seuil", "Seuil au-dessus duquel le schéma est dû, € HT par an", "euros", "Seuil"
            ),
            Champ(
                "position",
                "au-dessus, au-dessous pour ce qui est lu, ou inconnu",
                "texte",
                "Position",
            ),
            Champ(
                "montant_notifie",
                "Montants notifiés dans l'année, € HT (ce n'est pas une dépense)",
                "euros",
                "Montants notifiés",
            ),
        ),
        """
SELECT acheteur, depenses, mandats, sans_montant, seuil,
       CASE WHEN depenses > seuil THEN 'au-dessus'
            WHEN depenses <= seuil THEN 'au-dessous, pour les mandats lus'
            ELSE 'inconnu' END AS position, montant_notifie
FROM (
  SELECT a.acheteur, d.depenses, d.mandats, d.sans_montant,
         {seuil_schema}::DECIMAL(18,2) AS seuil, m.montant_notifie
  FROM (SELECT DISTINCT acheteur FROM entites WHERE acheteur IS NOT NULL) a
    LEFT JOIN (
      SELECT acheteur, sum(montant_ht)::DECIMAL(18,2) AS depenses, count(*) AS mandats,
             count(*) FILTER (montant_ht IS NULL) AS sans_montant
      FROM brut.mandats GROUP BY acheteur
    ) d ON d.acheteur = a.acheteur
    LEFT JOIN (
      SELECT acheteur, sum(montant)::DECIMAL(18,2) AS montant_notifie
      FROM brut.marches GROUP BY acheteur
    ) m ON m.acheteur = a.acheteur
)
ORDER BY acheteur""",
        tete="acheteur",
        lecture="Le schéma est dû quand les dépenses d’achat de l’année dépassent le seuil ; "
        "un acheteur au-dessous peut s’y joindre. Les montants notifiés n’en décident pas : ce "
        "sont des engagements, souvent des maxima.",
        seuil="seuil_schema",
    ),
)
