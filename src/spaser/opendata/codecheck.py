"""codecheck.yml: which files an independent check must give again (CODECHECK, version 1.0).

The specification asks the author for the manifest and the work's title and authors; whoever
checks adds `codechecker` and `report`.
"""

from __future__ import annotations

import yaml

from spaser.opendata.columns import FILES
from spaser.settings.params import Params

FILE = "codecheck.yml"
_SPEC = "https://codecheck.org.uk/spec/config/1.0/"
_HEAD = """\
%YAML 1.1
# Ce qu'une vérification indépendante doit refaire. Qui vérifie complète ce fichier avec
# codechecker et report (voir docs/guide-auditeur.md ; `spaser verify` fait la comparaison).
---
"""
_PAGES = {
    "rapport.html": "Le rapport",
    "synthese.html": "La synthèse, en deux pages imprimées",
    "calculs.html": "Le livre de calcul : formule et parts de chaque chiffre",
    "preuves.html": "Les preuves : les marchés derrière chaque chiffre",
    "changements.html": "Ce qui a bougé depuis la publication précédente",
    "qualite.html": "Le contrôle qualité",
    "donnees/indicateurs.sql": "Le programme qui fait les chiffres, à partir des tables Parquet",
}


def text(params: Params) -> str:
    """The file, for a report of a year."""
    scheme, year = params.scheme, params.year
    content = {
        "version": _SPEC,
        "manifest": [
            {"file": name, "comment": comment}
            for name, comment in [*_PAGES.items(), *((t.fichier, t.titre) for t in FILES.values())]
        ],
        "paper": {
            "title": f"{scheme.sigle} de {scheme.collectivite}, suivi {year.annee}",
            "authors": [{"name": a.nom} for a in scheme.acheteurs],
            "reference": f"Édition du {year.date_edition.isoformat()}",
        },
        "source": "Les entrées et leurs empreintes sont dans manifeste.json ; les paramètres, "
        "suites et notebooks dans entrees/.",
    }
    return _HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
