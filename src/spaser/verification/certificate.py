"""What a verification found, and the certificate that says so: certificat.json and .html.

The certificate lies beside the report, in reports/YEAR-verification: a sealed folder is not
written to by those who check it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from spaser import __version__
from spaser.plaintext import counted
from spaser.verification.comparison import Difference

ENTREE, PARAMETRE, PROGRAMME = "entrée changée", "paramètres changés", "programme changé"
ENVIRONNEMENT, SORTIE = "environnement changé", "sortie altérée"
MANIFESTE, INEXPLIQUE = "manifeste altéré", "écart sans cause déclarée"

CAUSES = {
    ENTREE: "un fichier de données n'est pas celui qui a servi à la publication",
    PARAMETRE: "les paramètres, le catalogue ou les règles de contrôle ne sont plus les mêmes",
    PROGRAMME: "le programme ou un notebook n'est plus le même",
    ENVIRONNEMENT: "Python, le système ou une bibliothèque n'ont pas la même version",
    SORTIE: "un fichier publié n'est plus celui que le manifeste a scellé",
    MANIFESTE: "le manifeste ne s'accorde plus avec lui-même",
    INEXPLIQUE: "mêmes entrées, même programme, autre résultat : la sortie et le manifeste ont "
    "été refaits ensemble, ou le calcul n'est pas reproductible",
}
IDENTIQUE, DIFFERENT = "identique", "différent"
SHOWN = 30  # differences shown for one cause; certificat.json holds them all


class Cause(NamedTuple):
    """Why a verification is not clean: a cause of CAUSES, the object, and its two states."""

    cause: str
    objet: str
    lieu: str
    publie: str
    recalcule: str


class Unchecked(NamedTuple):
    """What a verification could not check, and why."""

    objet: str
    pourquoi: str


class FigureChecked(NamedTuple):
    """A figure, as published and as computed again; `colonnes` names what differs."""

    code: str
    entite: str
    base: str
    publie: str
    recalcule: str
    statut: str
    colonnes: tuple[Difference, ...]


class FileChecked(NamedTuple):
    """A published file, whether the run gives it again, and the differences."""

    nom: str
    statut: str
    differences: tuple[Difference, ...]


@dataclass
class Verification:
    """What was noted; `reserves` are changes that left every file the same, `non_verifies` what
    no comparison reaches, `arret` why the run made again could not end."""

    annee: int
    edition: int | None
    manifeste: Mapping[str, Any]
    environnement: Mapping[str, Any]
    git: Mapping[str, Any]
    causes: list[Cause] = field(default_factory=list)
    reserves: list[Cause] = field(default_factory=list)
    non_verifies: list[Unchecked] = field(default_factory=list)
    fichiers: list[FileChecked] = field(default_factory=list)
    chiffres: list[FigureChecked] = field(default_factory=list)
    arret: str = ""

    @property
    def identique(self) -> bool:
        """Whether all was given again from the same inputs."""
        return not self.causes

    @property
    def explique(self) -> bool:
        """Whether something that went in has changed, which accounts for what came out."""
        return any(c.cause not in {SORTIE, MANIFESTE} for c in self.causes)

    def note(self, findings: Iterable[Cause | Unchecked]) -> None:
        """Put causes with the causes, and what could not be checked with its kind."""
        for finding in findings:
            if isinstance(finding, Cause):
                self.causes.append(finding)
            else:
                self.non_verifies.append(finding)

    @property
    def verdict(self) -> str:
        """The certificate in one sentence."""
        same = sum(c.statut == IDENTIQUE for c in self.chiffres)
        count = f"{same} chiffres identiques sur {len(self.chiffres)}"
        if self.identique:
            return f"Identique : {count}, {len(self.fichiers)} fichiers refaits à l'octet près."
        if self.arret:
            why = self.arret[:1].upper() + self.arret[1:]
            return f"Différent : le recalcul n'a pas pu aller au bout. {why}"
        files = sum(f.statut != IDENTIQUE for f in self.fichiers)
        if not files and same == len(self.chiffres):
            return f"Différent : {count}, aucun fichier différent, mais {self.causes[0].cause}."
        return f"Différent : {count}, {counted(files, 'fichier différent')}."


def content(verification: Verification, auditor: str) -> dict[str, Any]:
    """The content of certificat.json."""
    git = verification.manifeste["git"]
    return {
        "annee": verification.annee,
        "edition": verification.edition,
        "demonstration": verification.manifeste["demonstration"],
        "identique": verification.identique,
        "verdict": verification.verdict,
        "code_sortie": 0 if verification.identique else 4,
        "qui": auditor,
        "quand": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "publication": {
            "empreinte": verification.manifeste["empreinte"],
            "spaser": verification.manifeste.get("spaser"),
            "commit": git.get("commit"),
            "modifie": git.get("modifie"),
            "python": verification.manifeste.get("python"),
            "systeme": verification.manifeste.get("systeme"),
        },
        "verification": {
            "spaser": __version__,
            "commit": verification.git.get("commit"),
            "modifie": verification.git.get("modifie"),
            "python": verification.environnement["python"],
            "systeme": verification.environnement["systeme"],
        },
        "causes": [c._asdict() | {"sens": CAUSES[c.cause]} for c in verification.causes],
        "reserves": [c._asdict() for c in verification.reserves],
        "non_verifies": [u._asdict() for u in verification.non_verifies],
        "chiffres": [
            f._asdict() | {"colonnes": [d._asdict() for d in f.colonnes]}
            for f in verification.chiffres
        ],
        "fichiers": [
            f._asdict() | {"differences": [d._asdict() for d in f.differences]}
            for f in verification.fichiers
        ],
    }


def save(verification: Verification, folder: Path, auditor: str = "") -> Path:
    """Write certificat.json and certificat.html; gives the path of the page.

    Args:
        verification: what was noted.
        folder: the folder to write in.
        auditor: who verifies, as they said it; nobody is named for them.
    """
    from spaser.opendata import outputs

    folder.mkdir(parents=True, exist_ok=True)
    certificate = content(verification, auditor)
    outputs.write_json(folder / "certificat.json", certificate)
    path = folder / "certificat.html"
    path.write_text(html(certificate), encoding="utf-8", newline="\n")
    return path


def html(certificate: Mapping[str, Any]) -> str:
    """The page of the content of a certificat.json."""
    from spaser.report import french, pages, render

    page = render(
        "certificat",
        c=certificate,
        quand=french.moment(dt.datetime.fromisoformat(certificate["quand"])),
        causes=by_cause([Cause(*(c[f] for f in Cause._fields)) for c in certificate["causes"]]),
        sens=CAUSES,
        montre=SHOWN,
        css=pages.css(),
        comptes=Counter(f["statut"] for f in certificate["fichiers"]),
    )
    return french.printed(page.html) + "\n"


def by_cause(causes: Sequence[Cause]) -> dict[str, list[Cause]]:
    """The causes that were found, in the order of CAUSES."""
    return {
        name: of_cause for name in CAUSES if (of_cause := [c for c in causes if c.cause == name])
    }
