"""ro-crate-metadata.json: the edition as a Process Run Crate 0.5.

What ran (notebooks and the SQL program as instruments), on what (inputs, by their sha256), and
what came out.  Clock times stay in journal.json, so that the crate is the same from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spaser import __version__
from spaser.catalogue import Catalogue
from spaser.params import Params

FILE = "ro-crate-metadata.json"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
_TYPES = {
    ".html": "text/html", ".csv": "text/csv", ".json": "application/json",
    ".ipynb": "application/x-ipynb+json", ".sql": "application/sql",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_INSTRUMENTS = {".ipynb", ".sql"}

Entity = dict[str, Any]


def content(
    folder: Path,
    params: Params,
    catalogue: Catalogue,
    found: Mapping[str, Mapping[str, str]],
    outputs: Mapping[str, str],
) -> dict[str, Any]:
    """The crate of a finished folder.

    Args:
        folder: where the outputs are, for their sizes.
        params: scheme and year.
        catalogue: the indicators, for their version.
        found: sha256 of the inputs by kind and name.
        outputs: sha256 of the outputs by name.
    """
    scheme, year = params.scheme, params.year
    inputs = [
        {
            "@id": f"#{kind}/{name}", "@type": "CreativeWork", "name": name,
            "description": f"Entrée de la production, {kind}", "sha256": digest,
        }
        for kind, names in found.items() if kind != "code" for name, digest in names.items()
    ]  # fmt: skip
    files = [_file(folder, name, digest) for name, digest in outputs.items()]
    instruments = [f["@id"] for f in files if Path(f["@id"]).suffix in _INSTRUMENTS]
    results = [f["@id"] for f in files if f["@id"] not in instruments]
    authors = [
        {"@id": f"#siren-{a.siren}", "@type": "Organization", "name": a.nom, "identifier": a.siren}
        for a in scheme.acheteurs
    ]
    action = {
        "@id": "#production", "@type": "CreateAction",
        "name": f"Production du suivi {year.annee} par spaser {__version__}",
        "description": f"Contrôle, calcul et rapport ; catalogue version {catalogue.version}",
        "instrument": _refs(instruments), "object": _refs(i["@id"] for i in inputs),
        "result": _refs(results), "agent": {"@id": authors[0]["@id"]},
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }  # fmt: skip
    root = {
        "@id": "./", "@type": "Dataset",
        "name": f"{scheme.sigle} de {scheme.collectivite}, suivi {year.annee}",
        "description": f"{scheme.titre} : indicateurs, preuves et rapport de {year.annee}",
        "datePublished": year.date_edition.isoformat(), "license": {"@id": _LICENCE},
        "conformsTo": {"@id": _PROFILE}, "author": _refs(a["@id"] for a in authors),
        "publisher": {"@id": authors[0]["@id"]}, "hasPart": _refs(f["@id"] for f in files),
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
            *authors, action, *files, *inputs,
        ],
    }  # fmt: skip


def _file(folder: Path, name: str, digest: str) -> Entity:
    path = folder / name
    entity: Entity = {
        "@id": name, "@type": "File", "name": path.name, "sha256": digest,
        "contentSize": str(path.stat().st_size),
        "encodingFormat": _TYPES.get(path.suffix, "application/octet-stream"),
    }  # fmt: skip
    if path.suffix in _INSTRUMENTS:
        entity |= {
            "@type": ["File", "SoftwareSourceCode"],
            "programmingLanguage": "SQL" if path.suffix == ".sql" else "Python",
        }
    return entity


def _refs(ids: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": i} for i in ids]
