"""What an analyst would write instead: pandas, papermill and nbconvert, ten indicators, no more.

    .venv/bin/python benchmarks/usual.py FOLDER TARGET [indicateurs.csv]

One notebook reads the DECP files of a folder (JSON, both forms), keeps the contracts of the year,
makes the ten indicators below for each buyer and for both, draws each, and is rendered as a page.
No record is judged or set aside, nothing is proved, explained or compared with a target.  Given our
indicateurs.csv, it tells by how much each value differs.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

YEAR = 2024
CELLS = (
    """
import json
from pathlib import Path
import pandas as pd
import seaborn as sns
import matplotlib.pyplot as plt
""",
    """
def labels(value, inner):
    if isinstance(value, dict):
        value = value.get(inner)
    if isinstance(value, str):
        value = [v.strip() for v in value.split(",")]
    known = [v for v in value or [] if v not in ("", "CDL", "MQ", "NC", "Sans objet")]
    return known or None

def row(r):
    nested = isinstance(r.get("acheteur"), dict)
    def get(name):
        return r.get(name) if nested else r.get(name.lower())
    return {
        "acheteur": r["acheteur"]["id"] if nested else r.get("acheteur_id"),
        "procedure": r.get("procedure"),
        "notification": get("dateNotification"),
        "publication": get("datePublicationDonnees"),
        "montant": r.get("montant"),
        "offres": get("offresRecues"),
        "innovant": get("marcheInnovant"),
        "sociales": labels(get("considerationsSociales"), "considerationSociale"),
        "vertes": labels(get("considerationsEnvironnementales"), "considerationEnvironnementale"),
    }

rows = []
for path in sorted(Path(dossier).glob("*.json")):
    content = json.loads(path.read_text(encoding="utf-8"))
    records = content.get("records") or content["marches"]["marche"]
    distinct = {json.dumps(r, sort_keys=True): r for r in records}
    rows += [row(r) for r in distinct.values()]
frame = pd.DataFrame(rows)
frame["montant"] = pd.to_numeric(frame["montant"], errors="coerce")
frame["offres"] = pd.to_numeric(frame["offres"], errors="coerce")
for name in ("notification", "publication"):
    frame[name] = pd.to_datetime(frame[name], errors="coerce")
frame["innovant"] = frame["innovant"].map({"oui": True, "non": False, True: True, False: False})
frame["entite"] = frame["acheteur"].str[:9].map({"242100410": "metropole", "212102313": "ville"})
frame = frame[frame["entite"].notna() & (frame["notification"].dt.year == annee)]
frame = frame[frame["montant"].between(1, 3e9)]
len(frame)
""",
    """
SOCIAL = {"Clause sociale", "Critère social", "Marché réservé"}
GREEN = {"Clause environnementale", "Critère environnemental"}

def part(known, yes, weight=1):
    weight = known * weight
    return 100 * (weight * yes).sum() / weight.sum() if weight.sum() else None

def figures(f):
    sans = "Marché passé sans publicité ni mise en concurrence préalable"
    open_ = f[(f["procedure"] != sans) & ~(f["offres"] < 1)]
    social = f["sociales"].map(lambda v: bool(SOCIAL & set(v or ())))
    green = f["vertes"].map(lambda v: bool(GREEN & set(v or ())))
    both = f["vertes"].map(lambda v: GREEN <= set(v or ()))
    known_s, known_g = f["sociales"].notna(), f["vertes"].notna()
    large = f[f["montant"] >= 40000]
    return {
        ("ECO1-05", "autre"): open_["offres"].median(),
        ("ECO1-06", "nombre"): part(open_["offres"].notna(), open_["offres"] == 1),
        ("ECO2-04", "nombre"): part(f["innovant"].notna(), f["innovant"] == True),
        ("SOC1-05", "nombre"): part(
            large["publication"].notna(),
            large["publication"] <= large["notification"] + pd.DateOffset(months=2),
        ),
        ("SOC2-01", "nombre"): part(known_s, social),
        ("SOC2-02", "valeur"): part(known_s, social, f["montant"]),
        ("SOC2-10", "nombre"): f["sociales"].map(lambda v: "Marché réservé" in (v or ())).sum(),
        ("ENV1-01", "nombre"): part(known_g, green),
        ("ENV1-02", "valeur"): part(known_g, green, f["montant"]),
        ("ENV1-03", "nombre"): part(known_g, both),
    }

groups = {**dict(list(frame.groupby("entite"))), "ensemble": frame}
chiffres = pd.DataFrame(
    [(c, e, b, v) for e, f in groups.items() for (c, b), v in figures(f).items()],
    columns=["code", "entite", "base", "valeur"],
)
chiffres.to_csv(Path(cible) / "usual.csv", index=False)
chiffres.pivot(index=["code", "base"], columns="entite", values="valeur")
""",
    """
for (code, base), mine in chiffres.groupby(["code", "base"]):
    figure, axes = plt.subplots(figsize=(5, 2))
    sns.barplot(mine, x="valeur", y="entite", errorbar=None, ax=axes)
    axes.set_title(f"{code} ({base})")
    plt.show()
""",
)


def run(folder: Path, target: Path) -> None:
    """Write usual.ipynb, usual.html and usual.csv of the files of a folder in `target`."""
    import nbformat
    import papermill
    from nbconvert import HTMLExporter

    first = "annee = 0\ndossier = ''\ncible = ''"
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(first, metadata={"tags": ["parameters"]}),
            *(nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS),
        ],
        metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}
        },
    )
    source, made = target / "source.ipynb", target / "usual.ipynb"
    nbformat.write(notebook, source)
    papermill.execute_notebook(
        source, made, kernel_name="python3", progress_bar=False,
        parameters={"annee": YEAR, "dossier": str(folder), "cible": str(target)},
    )  # fmt: skip
    page, _ = HTMLExporter(template_name="lab").from_filename(str(made))
    (target / "usual.html").write_text(page, encoding="utf-8")


def gaps(target: Path, ours: Path) -> dict[tuple[str, str, str], tuple[float, float]]:
    """The values that differ: those of usual.csv, and ours."""

    def values(path: Path) -> dict[tuple[str, str, str], float]:
        with path.open(encoding="utf-8", newline="") as stream:
            return {
                (r["code"], r["entite"], r["base"]): float(r["valeur"])
                for r in csv.DictReader(stream)
                if r["valeur"]
            }

    mine = values(ours)
    return {
        key: (value, mine[key])
        for key, value in values(target / "usual.csv").items()
        if abs(value - mine[key]) > 1e-9
    }


if __name__ == "__main__":
    run(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
    if sys.argv[3:]:
        for key, (theirs, ours) in gaps(Path(sys.argv[2]), Path(sys.argv[3])).items():
            print(*key, f"usual {theirs:.4f}, ours {ours:.4f}")
