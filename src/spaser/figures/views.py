"""What formulas see: the canonical tables, and on contracts what the other sources say of them.

The published Parquet files stay as they were read (schema `brut`); everything that joins them is
SQL written here, so that an auditor reads and runs the joins too.  A join is made once, as a table
that each indicator reads.  A source that was not given is an empty table: what it would say is
NULL, unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from spaser.figures import database, tables
from spaser.figures.tables import TABLES, ddl
from spaser.settings.params import Params
from spaser.settings.territoire import GENRES, Territoire


def _one_of(condition: str) -> str:
    """SQL of a group: yes if one row is, no if all are known and none is, else unknown."""
    return (
        f"CASE WHEN bool_or({condition}) THEN TRUE "
        f"WHEN count({condition}) = count(*) THEN FALSE END"
    )


_HOLDERS = {
    "pme": "categorie_entreprise = 'PME'",
    "hors_pme": "categorie_entreprise <> 'PME'",
    "local": "cercle IN ({cercles_locaux})",
    "esus": "esus",
    "inclusif": "inclusif",
}
"""What is asked of each holder of a contract."""

# Rules: at least one holder qualifies in number; in value a contract is split equally between
# its holders, to the cent, the first ones taking the cents that are left over.
_PARTS = """\
CREATE TABLE parts AS
SELECT
  m.marche_uid, m.acheteur, m.date_notification, m.procedure,
  t.rang, t.titulaire_id, t.type_identifiant, t.siret_valide,
  CASE WHEN t.siret_valide THEN left(t.titulaire_id, 9) END AS siren,
  ((m.montant * 100)::BIGINT // greatest(m.nb_titulaires, 1)
   + CASE WHEN coalesce(t.rang, 1) <= (m.montant * 100)::BIGINT % greatest(m.nb_titulaires, 1)
          THEN 1 ELSE 0 END)::DECIMAL(18,0) * 0.01::DECIMAL(3,2) AS montant_part,
  s.categorie_entreprise, s.effectif_moins_10, s.code_commune, s.departement, s.region,
  s.cercle, s.ess,
  CASE WHEN t.siret_valide IS NOT TRUE THEN NULL
       WHEN e.marche_uid IS NULL THEN FALSE
       ELSE e.en_cours END AS esus,
  CASE WHEN t.siret_valide THEN i.siret IS NOT NULL END AS inclusif,
  i.type AS type_inclusif,
  CASE WHEN t.siret_valide THEN h.siren IS NOT NULL END AS deja_titulaire
FROM brut.marches m
  LEFT JOIN brut.titulaires t USING (marche_uid)
  LEFT JOIN (SELECT DISTINCT ON (siret) * FROM brut.sirene ORDER BY siret, ligne_uid) s
    ON s.siret = t.titulaire_id
  LEFT JOIN agrements e ON e.marche_uid = t.marche_uid AND e.titulaire_id = t.titulaire_id
  LEFT JOIN (SELECT siret, min(type) AS type FROM brut.inclusifs GROUP BY siret) i
    ON i.siret = t.titulaire_id
  LEFT JOIN (SELECT DISTINCT acheteur, siren FROM brut.historique) h
    ON h.acheteur = m.acheteur AND h.siren = left(t.titulaire_id, 9) AND t.siret_valide;
"""

# An approval counts that has begun by the notification and ends after it; one whose beginning
# the list does not give has begun, as in the national indicator.
_AGREMENTS = f"""\
CREATE TABLE agrements AS
SELECT marche_uid, titulaire_id, {_one_of("en_cours")} AS en_cours
FROM (
  SELECT marche_uid, titulaire_id,
         coalesce(date_debut <= date_notification, TRUE) AND date_fin > date_notification
           AS en_cours
  FROM brut.marches JOIN brut.titulaires t USING (marche_uid)
    JOIN brut.esus e ON e.siren = left(t.titulaire_id, 9) AND t.siret_valide
)
GROUP BY marche_uid, titulaire_id;
"""

_MARCHES = """\
CREATE TABLE marches AS
SELECT
  m.*,
  p.* EXCLUDE (marche_uid),
  f.* EXCLUDE (marche_uid),
  CASE WHEN m.code_cpv IS NULL THEN NULL
       WHEN starts_with(m.code_cpv, '45') THEN 'travaux'
       WHEN regexp_matches(m.code_cpv, '^(0|1|2|3|4)') THEN 'fournitures'
       ELSE 'services' END AS categorie_achat,
  coalesce(list_contains(m.techniques, 'Accord-cadre'), FALSE) AS est_maximum{familles}
FROM brut.marches m
  LEFT JOIN (
    SELECT marche_uid,
           bool_or(categorie_entreprise = 'PME') AS titulaire_pme,
           {pme} AS un_titulaire_pme,
           {hors_pme} AS un_titulaire_hors_pme,
           {local} AS titulaire_local,
           {esus} AS titulaire_esus,
           {inclusif} AS titulaire_inclusif,
           CASE {cercle} ELSE max(cercle) END AS cercle
    FROM parts GROUP BY marche_uid
  ) p USING (marche_uid)
  LEFT JOIN (
    SELECT DISTINCT ON (marche_uid) {fiche}
    FROM brut.fiches WHERE marche_uid IS NOT NULL ORDER BY marche_uid, ligne_uid
  ) f USING (marche_uid);
"""

_MANDATS = """\
CREATE TABLE mandats AS
SELECT m.*, s.categorie_entreprise, s.departement, s.region, s.cercle,
       CASE WHEN length(m.fournisseur_id) = 14 THEN i.siret IS NOT NULL END AS inclusif
FROM brut.mandats m
  LEFT JOIN (SELECT DISTINCT ON (siret) * FROM brut.sirene ORDER BY siret, ligne_uid) s
    ON s.siret = m.fournisseur_id
  LEFT JOIN (SELECT DISTINCT siret FROM brut.inclusifs) i ON i.siret = m.fournisseur_id;
"""

_SOUS_TRAITANCES = """\
CREATE TABLE sous_traitances AS
SELECT t.*, m.acheteur, s.categorie_entreprise
FROM brut.sous_traitances t
  JOIN brut.marches m USING (marche_uid)
  LEFT JOIN (SELECT DISTINCT ON (siret) * FROM brut.sirene ORDER BY siret, ligne_uid) s
    ON s.siret = t.sous_traitant_id;
"""

# Decree 2024-134: two minimum shares a category, each at the last step that has begun; a step
# that no source confirms is NULL, and so is the answer where it decides.
_AGEC = """\
CREATE TABLE agec_categories AS
SELECT a.acheteur, a.ligne_uid, a.categorie, a.total,
       a.reemploi, a.recycle, r.seuil AS seuil_reemploi, c.seuil AS seuil_recycle,
       (a.reemploi * 100 >= r.seuil * a.total) AND (a.recycle * 100 >= c.seuil * a.total)
         AS conforme
FROM (
  SELECT acheteur, type_produit_acquis AS categorie, min(ligne_uid) AS ligne_uid,
         CASE WHEN count(montant_total) = count(*) THEN sum(montant_total) END AS total,
         CASE WHEN count(montant_reemploi_et_reutilisation) = count(*)
              THEN sum(montant_reemploi_et_reutilisation + coalesce(montant_produits_issus_don, 0))
              END AS reemploi,
         CASE WHEN count(montant_produits_recycles) = count(*)
              THEN sum(montant_produits_recycles) END AS recycle
  FROM brut.agec GROUP BY acheteur, type_produit_acquis
) a
  LEFT JOIN ({palier}) r ON r.categorie = a.categorie AND r.taux = 'reemploi'
  LEFT JOIN ({palier}) c ON c.categorie = a.categorie AND c.taux = 'recycle';
"""

_STEP = (
    "SELECT categorie, taux, arg_max_null(CASE WHEN confirme THEN seuil END, palier) AS seuil "
    "FROM brut.seuils_agec WHERE palier <= {annee} GROUP BY categorie, taux"
)

_JOINED = ("marches", "mandats", "sous_traitances")
COMPUTED = (*TABLES, "parts", "agec_categories")
"""The tables that a formula may name."""

OF_CONTRACTS = ("marches", "parts", "titulaires", "modifications", "sous_traitances", "lignes")
"""The tables whose rows are those of a contract: a floor on amounts holds for them."""

UID = dict.fromkeys(OF_CONTRACTS, "marche_uid") | {
    "concessions": "concession_uid",
    "en_cours": "marche_uid",
}
"""The column that names a row in the evidence; `ligne_uid` in the other tables."""

TITLES = tables.TITLES | {
    "parts": "Un titulaire d'un marché par ligne, avec sa part du montant ; une ligne vide s'il "
    "n'y en a pas",
    "agec_categories": "Une catégorie du décret 2024-134 par acheteur, avec ses seuils de l'année",
}
_UNKNOWN_HOLDER = " ; inconnu si aucun ne l'est et que l'un est inconnu"
_JOINED_LABELS = {
    "siren": "SIREN (neuf premiers chiffres d'un SIRET juste)",
    "montant_part": "Part égale du montant, € HT, au centime",
    "esus": "Titulaire agréé ESUS à la notification : agrément commencé, et fini plus tard",
    "inclusif": "SIRET dans l'annuaire des fournisseurs inclusifs",
    "type_inclusif": "Type de structure inclusive",
    "deja_titulaire": "A eu un marché du même acheteur les trois années précédentes",
    "titulaire_pme": "Au moins un titulaire est PME, parmi ceux dont la catégorie est connue",
    "un_titulaire_pme": "Au moins un titulaire est PME" + _UNKNOWN_HOLDER,
    "un_titulaire_hors_pme": "Au moins un titulaire n'est pas PME" + _UNKNOWN_HOLDER,
    "titulaire_local": "Au moins un titulaire est établi dans le cercle dit local"
    + _UNKNOWN_HOLDER,
    "titulaire_esus": "Au moins un titulaire est ESUS" + _UNKNOWN_HOLDER,
    "titulaire_inclusif": "Au moins un titulaire est un fournisseur inclusif" + _UNKNOWN_HOLDER,
    "categorie_achat": "travaux, fournitures ou services, d'après le CPV",
    "est_maximum": "Accord-cadre : le montant est un maximum",
    "categorie": "Catégorie du décret 2024-134",
    "total": "Dépense de la catégorie, € HT",
    "reemploi": "dont réemploi, réutilisation et dons, € HT",
    "recycle": "dont matières recyclées, € HT",
    "seuil_reemploi": "Part minimale de réemploi, % ; vide : non confirmée",
    "seuil_recycle": "Part minimale de recyclé, % ; vide : non confirmée",
    "conforme": "Les deux parts minimales sont atteintes",
    "ligne_uid": "Nom de la ligne dans les preuves",
}

_FICHE = {"ligne_uid", "acheteur", "acheteur_siret", "id_marche", "fichier", "ligne"}


def program(params: Params) -> str:
    """SQL for the views, over a schema `brut` that has every canonical table."""
    return "\n".join(_statements(params))


def empty(params: Params) -> str:
    """SQL for empty tables with the columns of the views, to try formulas on quickly."""
    tables = [f"CREATE TABLE brut.{name} ({ddl(name)});" for name in TABLES]
    views = [f"CREATE TABLE vues.{name} AS FROM {name} LIMIT 0;" for name in COMPUTED]
    return "\n".join(
        ["CREATE SCHEMA brut; CREATE SCHEMA vues;", *tables, program(params), *views, "USE vues;"]
    )


def columns(params: Params) -> dict[str, dict[str, str]]:
    """Name and SQL type of every column that a formula may name, by table."""
    with database.opened() as con:
        con.execute(empty(params))
        return {
            table: {str(d[0]): str(d[1]) for d in con.execute(f"FROM {table} LIMIT 0").description}
            for table in COMPUTED
        }


def label(table: str, column: str) -> str:
    """What a column means, in French; empty when nothing says it."""
    if column.startswith("famille_"):
        return "Le CPV est de cette famille (params/spaser.yml)"
    sources = (table, "fiches", "sirene", "marches", "titulaires")
    own, *others = [{c.name: c.label for c in TABLES.get(t, ())} for t in sources]
    candidates = (labels.get(column) for labels in (own, _JOINED_LABELS, *others))
    return next((text for text in candidates if text), "")


def _statements(params: Params) -> Iterator[str]:
    for name in TABLES:
        if name not in _JOINED:
            yield f"CREATE VIEW {name} AS FROM brut.{name};"
    yield _AGREMENTS
    yield _PARTS
    fiche = ", ".join(c.name for c in TABLES["fiches"] if c.name not in _FICHE)
    yield _MARCHES.format(
        fiche=fiche,
        familles="".join(map(_family, params.scheme.familles.items())),
        cercle=_nearest(params.scheme.territoire),
        **{
            name: _one_of(condition.format(cercles_locaux=_local(params.scheme.territoire)))
            for name, condition in _HOLDERS.items()
        },
    )
    yield _MANDATS
    yield _SOUS_TRAITANCES
    yield _AGEC.format(palier=_STEP.format(annee=params.year.annee))


def _nearest(territoire: Territoire | None) -> str:
    """SQL of the circle of the nearest holder: one that is unknown may be in the smallest."""
    first, *others = (c.genre for c in territoire.cercles) if territoire else GENRES
    cases = [f"WHEN bool_or(cercle = '{name}') THEN '{name}'" for name in (first, *others)]
    return "\n                ".join(
        [cases[0], "WHEN count(cercle) < count(*) THEN NULL", *cases[1:]]
    )


def _local(territoire: Territoire | None) -> str:
    """SQL list of the circles within the one that is called local."""
    kinds = list(GENRES)
    last = territoire.proche.genre if territoire else kinds[-1]
    return ", ".join(f"'{kind}'" for kind in kinds[: kinds.index(last) + 1])


def _family(item: tuple[str, tuple[str, ...]]) -> str:
    name, prefixes = item
    return f",\n  regexp_matches(m.code_cpv, '^({'|'.join(prefixes)})') AS famille_{name}"
