"""What a report publishes, given to validators that are not ours: RO-Crate and Frictionless.

Run by `make standards` in an environment of its own.  The RO-Crate validator resolves JSON-LD
terms on the web; here they come from a table, so that the check needs no network and a term
that the table does not know fails.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import frictionless
import requests
import rocrate_validator.models
import rocrate_validator.services
import urllib3
from requests_cache import CachedSession

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
# The terms of that context which a crate of ours uses, with the meaning it gives them.
TERMS = {
    **{
        t: f"http://schema.org/{t}"
        for t in (
            "CreateAction CreativeWork Dataset Organization SoftwareApplication SoftwareSourceCode "
            "about actionStatus agent author contentSize datePublished description encodingFormat "
            "hasPart identifier inLanguage instrument license mentions name object "
            "programmingLanguage publisher result softwareVersion version"
        ).split()
    },
    "File": "http://schema.org/MediaObject",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
}


class Table(requests.adapters.BaseAdapter):
    """Answers every request with the table of terms."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        headers = {"Content-Type": "application/ld+json"}
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, str(request.url), request
        answer.headers.update(headers)
        body = BytesIO(json.dumps({"@context": TERMS}).encode())
        answer.raw = urllib3.HTTPResponse(body, headers, status=200, preload_content=False)
        return answer

    def close(self) -> None:
        pass


def crate_faults(report: Path) -> list[str]:
    """What the Process Run Crate profile requires and `report` has not."""
    with tempfile.TemporaryDirectory() as scratch:
        cache = str(Path(scratch) / "context")
        with CachedSession(cache, backend="sqlite", expire_after=-1) as session:
            session.mount("https://", Table())
            session.get(CONTEXT)
        validated = rocrate_validator.services.validate(
            rocrate_validator.services.ValidationSettings(
                rocrate_uri=str(report),
                profile_identifier="process-run-crate",
                requirement_severity=rocrate_validator.models.Severity.REQUIRED,
                offline=True,
                cache_path=cache,
            )
        )
    faults = [f"{i.check.identifier}: {i.message}" for i in validated.get_issues()]
    return faults or ([] if validated.passed() else ["not valid"])


def package_faults(report: Path) -> list[str]:
    """What Frictionless finds in the data package and in every row of its files."""
    validated = frictionless.validate(str(report / "datapackage.json"))
    names = {r.path for r in frictionless.Package(str(report / "datapackage.json")).resources}
    stray = {p.name for p in report.glob("*.csv")} - names
    return [
        *(
            " ".join(map(str, f))
            for f in validated.flatten(["type", "rowNumber", "fieldName", "note"])
        ),
        *(f"{name}: not in the package" for name in sorted(stray)),
    ]


def spoilt(report: Path, scratch: Path) -> Path:
    """A copy with one fault for each validator: a validator that accepts it checks nothing."""
    copy = Path(shutil.copytree(report, scratch / "report"))
    crate = copy / "ro-crate-metadata.json"
    content = json.loads(crate.read_text(encoding="utf-8"))
    for entity in content["@graph"]:
        if entity["@id"] == "./":
            del entity["datePublished"]
    crate.write_text(json.dumps(content), encoding="utf-8")
    figures = copy / "indicateurs.csv"
    text = figures.read_text(encoding="utf-8").splitlines()
    text[1] = text[1].replace(",2", ",deux", 1)
    figures.write_text("\n".join(text) + "\n", encoding="utf-8")
    return copy


def main(report: Path) -> int:
    faults = crate_faults(report) + package_faults(report)
    with tempfile.TemporaryDirectory() as scratch:
        bad = spoilt(report, Path(scratch))
        faults += [
            f"{check.__name__} sees no fault in a spoilt report"
            for check in (crate_faults, package_faults)
            if not check(bad)
        ]
    print("\n".join(faults) or f"{report}: valid Process Run Crate 0.5 and Data Package")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
