"""The cells of exploration.ipynb: what an analyst can do with a published year. No page shows it.

Nothing in them is of one scheme: entities, indicators and ambitions are those of the edition.
"""

from __future__ import annotations

from spaser.report.cells import CODE, MARKDOWN, NotebookCell

NAME = "exploration"
CHART = "exploration-graphique"  # the cell to copy to the report

_INTRODUCTION = """\
# Explorer une année

Ce notebook n'est pas publié, et `spaser run` ne le lit pas : tout y est permis. Il ouvre une année
publiée par `spaser run`, et montre comment filtrer ses marchés, refaire un taux à la main, voir
ce qu'une clause y changerait, dessiner un graphique et l'ajouter au rapport."""
_OPEN = """\
from spaser.report import calculs, rapport

edition = rapport.ouvrir(dossier, annee)
edition"""
_TABLES = """\
## Des tables

`edition.chiffres`, `.marches`, `.preuves`, `.actions` et `.series` sont les fichiers publiés, en
DataFrame pandas ; `edition.tableau("completude")` ouvre tout autre fichier CSV du rapport. Les
montants sont des décimaux exacts, les taux des flottants ; ce qui n'est pas connu est manquant."""
_FILTER = """\
marches = edition.marches
gros = marches[marches["montant"] >= 90_000].sort_values("montant", ascending=False)
gros[["acheteur", "date_notification", "montant", "objet"]].head(10)"""
_RATE = """\
## Refaire un taux à la main

`preuves` dit le rôle de chaque marché dans chaque chiffre : « numerateur » compte dans les deux
parts, « denominateur » dans la seconde seulement, « inconnu » dans aucune."""
_CHOOSE = """\
parts = {i.code for i in edition.indicateurs for c in i.calculs
         if (c.mesure, c.base) == ("part", "nombre")}
taux = edition.chiffres.query("base == 'nombre' and valeur.notna()")
chiffre = taux[taux["code"].isin(parts) & (taux["entite"] == edition.reference)].iloc[0]
chiffre[["code", "libelle", "entite", "numerateur", "denominateur", "valeur"]]"""
_BY_HAND = """\
lignes = edition.preuves.query(
    "code == @chiffre.code and entite == @chiffre.entite and base == 'nombre'"
)
par_role = lignes.groupby("role")["contribution"].sum()
haut = par_role.get("numerateur", 0)
bas = haut + par_role.get("denominateur", 0)
en_pandas = float(100 * haut / bas)
assert abs(en_pandas - chiffre["valeur"]) < 1e-9
en_pandas"""
_SQL = """\
import duckdb

preuves = str(edition.folder / "preuves.csv")
(en_sql,) = duckdb.execute(
    \"\"\"SELECT 100 * sum(contribution) FILTER (role = 'numerateur')
              / sum(contribution) FILTER (role <> 'inconnu')
       FROM read_csv($preuves, types = {'contribution': 'DECIMAL(18,2)'})
       WHERE code = $code AND entite = $entite AND base = 'nombre'\"\"\",
    {"preuves": preuves, "code": chiffre["code"], "entite": chiffre["entite"]},
).fetchone()
assert abs(en_sql - chiffre["valeur"]) < 1e-9
en_sql"""
_AGAIN = """\
Le calcul du rapport lui-même se relit et se relance : `.sql` est ce que `spaser run` a exécuté.
Changer une formule donne un autre chiffre, sans toucher au rapport."""
_RUN = """\
ambition = next(i.ambition for i in edition.indicateurs if i.code == chiffre["code"])
calcul = calculs.ambition(edition, ambition)[chiffre["code"]]
print(calcul.sql)
calcul.executer()"""
_WHAT_IF = """\
## Et si ? Changer des clauses, voir les taux

`simulation.changer` refait les chiffres par le même SQL, comme si les marchés choisis avaient dit
autre chose : valeur, couverture et verdict, avant et après. Rien n'est écrit. Les marchés qui se
terminent (`echeances`) sont ceux que l'on peut encore changer ; `leviers` les classe, cible par
cible. Un mot de liste s'ajoute à ceux du marché, `None` rend le champ inconnu ; l'aide
(`simulation.changer?`) dit le reste."""
_ENDS = """\
fins = edition.tableau("echeances").query("notifie_dans_l_annee == 'oui'")
sans_clause = fins[fins["consideration_sociale"] == "non"]
choisis = sans_clause.sort_values("montant", ascending=False, kind="stable").head(10)
choisis[["acheteur", "objet", "date_fin", "montant"]]"""
_CHANGE = """\
from spaser.report import simulation

essai = simulation.changer(
    edition, choisis["marche_uid"], considerations_sociales=["Clause sociale"]
)
essai[essai["bouge"]]"""
_DRAW = """\
## Dessiner, et ajouter au rapport

La cellule suivante ne demande que `edition` et `rapport`. Copiée dans 3_rapport.ipynb, après la
cellule qu'elle complète, elle est dans le rapport au prochain `spaser run` ; `spaser notebooks` la
garde. Le texte qui dit le graphique à qui ne le voit pas est obligatoire."""
_CHART = """\
import seaborn as sns
from matplotlib.figure import Figure

mois = edition.marches["date_notification"].dt.month.rename("mois")
par_mois = edition.marches.groupby(mois)["montant"].sum().astype(float) / 1e6
figure = Figure(figsize=(6, 2.6), layout="constrained")
axes = figure.subplots()
sns.barplot(x=par_mois.index, y=par_mois.values, color="#1f4e79", ax=axes)
axes.set(xlabel="Mois de notification", ylabel="Millions d'euros HT")
rapport.graphique(
    figure,
    f"Montant des marchés notifiés, par mois, {annee}",
    " ; ".join(f"mois {m} : {v:.1f} millions d'euros" for m, v in par_mois.items()),
    edition,
)"""


def cells(parameters: NotebookCell) -> list[NotebookCell]:
    """The cells of the notebook, in order, after those of `parameters`."""
    texts = (
        (MARKDOWN, "introduction", _INTRODUCTION), (CODE, "ouvrir", _OPEN),
        (MARKDOWN, "tables", _TABLES), (CODE, "filtrer", _FILTER),
        (MARKDOWN, "taux", _RATE), (CODE, "choisir", _CHOOSE),
        (CODE, "pandas", _BY_HAND), (CODE, "sql", _SQL),
        (MARKDOWN, "calcul", _AGAIN), (CODE, "relancer", _RUN),
        (MARKDOWN, "simulation", _WHAT_IF), (CODE, "fins", _ENDS), (CODE, "changer", _CHANGE),
        (MARKDOWN, "dessiner", _DRAW), (CODE, "graphique", _CHART),
    )  # fmt: skip
    first, *rest = (NotebookCell(f"{NAME}-{name}", kind, text) for kind, name, text in texts)
    return [first, parameters, *rest]
