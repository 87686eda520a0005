"""Make the tables of authorities from the npm package @etalab/decoupage-administratif.

Usage: python -m spaser.collectivites PACKAGE.tgz
"""

from __future__ import annotations

import csv
import json
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spaser.collectivites import COMMUNE, REGION, rows

_HERE = Path(__file__).parent
_PAGE = "LISEZMOI.md"
_NATURES = {
    "CC": "communauté de communes",
    "CA": "communauté d’agglomération",
    "CU": "communauté urbaine",
    "METRO": "métropole",
    "MET69": "métropole",
    "EPT": "établissement public territorial",
}
_SHORT = ("CC", "CA", "CU")  # the package writes these kinds in short before the name
# INSEE's way to join a name to what precedes it (TNCC), with the article that the name may carry
_JOINTS = {
    0: ("", "de "), 1: ("", "d’"), 2: ("Le ", "du "), 3: ("La ", "de La "), 4: ("Les ", "des "),
    5: ("L’", "de L’"), 6: ("Aux ", "des "), 7: ("Las ", "de Las "), 8: ("Los ", "de Los "),
}  # fmt: skip

Champs = dict[str, Any]


def main(package: str) -> None:
    """Write communes.csv, collectivites.csv and the version that LISEZMOI.md gives."""
    with tarfile.open(package) as tar:
        version = _json(tar, "package")["version"]
        made = max(m.mtime for m in tar.getmembers())
        communes = [c for c in _json(tar, "data/communes") if c["type"] == "commune-actuelle"]
        groupings = _json(tar, "data/epci") + _json(tar, "data/ept")
        departements = {d["code"]: d for d in _json(tar, "data/departements")}
        regions = {r["code"]: r for r in _json(tar, "data/regions")}
    table = [
        *map(_commune, filter(lambda c: "siren" in c, communes)),
        *_groupings(groupings, {c["code"]: c for c in communes}),
        *_above(communes, departements, regions),
    ]
    table.sort(key=lambda row: str(row["siren"]))
    _write("communes", [{k: c[k] for k in ("code", "nom")} for c in communes])
    _write("collectivites", table)
    _date(version, made, len(table))


def joined(nom: str, liaison: int) -> str:
    """A name with the «de» that joins it to the word before: «d’Arcachon», «du Havre»,
    «de la Côte-d’Or»."""
    article, joint = _JOINTS[liaison]
    if article and nom.startswith(article):
        return joint + nom.removeprefix(article)
    return joint.replace(" La ", " la ").replace(" L’", " l’") + nom


def _json(tar: tarfile.TarFile, name: str) -> Any:
    file = tar.extractfile(f"package/{name}.json")
    if file is None:
        raise ValueError(f"{name}.json is no file of the package")
    return json.load(file)


def _nom(text: str) -> str:
    return text.replace("'", "’")


def _commune(commune: Champs) -> Champs:
    return {
        "siren": commune["siren"],
        "nature": COMMUNE,
        "nom": "Ville " + joined(_nom(commune["nom"]), commune["typeLiaison"]),
        "departements": commune["departement"],
        "region": commune["region"],
        "population": commune.get("population", 0),
        "communes": commune["code"],
    }


def _groupings(groupings: Iterable[Champs], communes: Mapping[str, Champs]) -> Iterator[Champs]:
    for grouping in groupings:
        members = [communes[m["code"]] for m in grouping["membres"] if m["code"] in communes]
        nature = _NATURES[grouping["type"]]
        nom = _nom(grouping["nom"])
        for short in _SHORT:
            if nom.startswith(f"{short} "):
                nom = f"{_NATURES[short].capitalize()} {nom.removeprefix(short).strip()}"
        yield {
            "siren": grouping["code"],
            "nature": nature,
            "nom": nom,
            "departements": " ".join(sorted({m["departement"] for m in members})),
            "region": members[0]["region"],
            "population": sum(m.get("population", 0) for m in members),
            "communes": " ".join(sorted(m["code"] for m in members)),
        }


def _above(
    communes: Iterable[Champs], departements: Mapping[str, Champs], regions: Mapping[str, Champs]
) -> Iterator[Champs]:
    """Départements and régions: their SIREN stand in sirens.csv, the rest is INSEE's."""
    people: dict[str, int] = {}
    for c in communes:
        people[c["departement"]] = people.get(c["departement"], 0) + c.get("population", 0)
    for row in rows("sirens"):
        codes = row["departements"].split()
        place = regions[row["region"]] if row["nature"] == REGION else departements[codes[0]]
        plain = _nom(place["nom"])
        name = (
            f"Région {plain}"
            if row["nature"] == REGION
            else f"Département {joined(plain, place['typeLiaison'])}"
        )
        yield {
            "siren": row["siren"],
            "nature": row["nature"],
            "nom": row["nom"] or name,
            "departements": row["departements"],
            "region": row["region"],
            "population": sum(people.get(code, 0) for code in codes),
            "communes": "",
        }


def _write(name: str, table: list[Champs]) -> None:
    with (_HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def _date(version: str, made: float, count: int) -> None:
    """Keep the page beside the tables true: version, date and number of rows."""
    import datetime as dt

    day = dt.datetime.fromtimestamp(made, dt.UTC).date()
    page = _HERE / _PAGE
    lines = page.read_text(encoding="utf-8").splitlines()
    fresh = f"Version {version} du paquet, datée du {day:%d/%m/%Y} : {count} collectivités."
    kept = [fresh if line.startswith("Version ") else line for line in lines]
    page.write_text("\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
