"""ro-crate-metadata.json: the edition as a Process Run Crate 0.5.

What ran (notebooks and the SQL program as instruments), on what (inputs, by their sha256), and
what came out.  Clock times stay in journal.json, so that the crate is the same from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from spaser import __version__
from spaser.figures.catalogue import Catalogue
from spaser.publishing.provenance import CARRIED, KINDS
from spaser.settings.params import Params

FILE = "ro-crate-metadata.json"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
_TYPES = {
    ".html": "text/html", ".csv": "text/csv", ".json": "application/json",
    ".md": "text/markdown", ".yml": "application/yaml", ".pdf": "application/pdf",
    ".ipynb": "application/x-ipynb+json", ".sql": "application/sql",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".png": "image/png", ".svg": "image/svg+xml",
}  # fmt: skip
# The notebooks as committed and the program ran; notebooks/ holds what they gave.
_INSTRUMENTS = (f"{CARRIED}/notebooks/", "donnees/indicateurs.sql")
# Not told as inputs of their own: the program is #spaser; what travels is a file of the crate;
# raw data of earlier years only serve to say that they have changed.
_ELSEWHERE = {"code", "donnees_precedentes", *(n for n, k in KINDS.items() if k.carried)}

Entity = dict[str, Any]


def content(
    folder: Path,
    params: Params,
    catalogue: Catalogue,
    digests: Mapping[str, Mapping[str, str]],
    outputs: Mapping[str, str],
) -> dict[str, Any]:
    """The crate of a finished folder.

    Args:
        folder: where the outputs are, for their sizes.
        params: scheme and year.
        catalogue: the indicators, for their version.
        digests: sha256 of the inputs by kind and name.
        outputs: sha256 of the outputs by name.
    """
    scheme, year = params.scheme, params.year
    inputs = [
        {
            "@id": f"#{kind}/{quote(name)}", "@type": "CreativeWork", "name": name,
            "description": f"Entrée de la production, {KINDS[kind].label}", "sha256": digest,
        }
        for kind, names in digests.items() if kind not in _ELSEWHERE
        for name, digest in names.items()
    ]  # fmt: skip
    files = {name: _file(folder, name, digest) for name, digest in outputs.items()}
    carried = [f for name, f in files.items() if name.startswith(f"{CARRIED}/")]
    instruments = [f for f in files.values() if f["@type"] != "File"]
    results = [f for f in files.values() if f not in carried and f not in instruments]
    software = {
        "@id": "#spaser", "@type": "SoftwareApplication", "name": "spaser",
        "softwareVersion": __version__, "description": "Chaîne de production du suivi annuel",
    }  # fmt: skip
    authors = [
        {"@id": f"#siren-{a.siren}", "@type": "Organization", "name": a.nom, "identifier": a.siren}
        for a in scheme.acheteurs
    ]
    action = {
        "@id": "#production", "@type": "CreateAction",
        "name": f"Production du suivi {year.annee} par spaser {__version__}",
        "description": f"Contrôle, calcul et rapport ; catalogue version {catalogue.version}",
        "instrument": _refs([software, *instruments]),
        "object": _refs([*inputs, *(f for f in carried if f not in instruments)]),
        "result": _refs(results), "agent": {"@id": authors[0]["@id"]},
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }  # fmt: skip
    root = {
        "@id": "./", "@type": "Dataset",
        "name": f"{scheme.sigle} de {scheme.collectivite}, suivi {year.annee}",
        "description": f"{scheme.titre} : indicateurs, preuves et rapport de {year.annee}",
        "datePublished": year.date_edition.isoformat(), "license": {"@id": _LICENCE},
        "conformsTo": {"@id": _PROFILE}, "author": _refs(authors),
        "publisher": {"@id": authors[0]["@id"]}, "hasPart": _refs(files.values()),
        "mentions": {"@id": action["@id"]}, "inLanguage": "fr",
    }  # fmt: skip
    return {
        "@context": ["https://w3id.org/ro/crate/1.1/context",
                     {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}],
        "@graph": [
            {
                "@id": FILE, "@type": "CreativeWork", "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            },
            root,
            {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate",
             "version": "0.5"},
            {"@id": _LICENCE, "@type": "CreativeWork", "name": scheme.licence,
             "description": "Licence de réutilisation des données publiques françaises"},
            *authors, software, action, *files.values(), *inputs,
        ],
    }  # fmt: skip


def _file(folder: Path, name: str, digest: str) -> Entity:
    path = folder / name
    entity: Entity = {
        "@id": quote(name), "@type": "File", "name": path.name, "sha256": digest,
        "contentSize": str(path.stat().st_size),
        "encodingFormat": _TYPES.get(path.suffix, "application/octet-stream"),
    }  # fmt: skip
    if name.startswith(_INSTRUMENTS):
        entity |= {
            "@type": ["File", "SoftwareSourceCode"],
            "programmingLanguage": "SQL" if path.suffix == ".sql" else "Python",
            "version": __version__,
        }
    return entity


def _refs(entities: Iterable[Entity]) -> list[dict[str, str]]:
    return [{"@id": e["@id"]} for e in entities]
