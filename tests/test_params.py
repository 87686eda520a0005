"""The scheme and the year: what is read, and one useful message for every fault."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import ValidationError

from spaser.errors import UserError
from spaser.settings import demonstration, yamlfile
from spaser.settings import params as parameters
from spaser.settings.params import Params

SPASER, YEAR = "spaser.yml", "2024/params.yml"


class Fault(NamedTuple):
    """A file, a text of it and what it becomes; what the message must then say."""

    name: str
    file: str
    old: str
    new: str
    place: str
    parts: tuple[str, ...]
    remedy: str


FAULTS = [
    # keys
    Fault("misspelt key", SPASER, "sigle: SPASER", "sigl: SPASER", "« sigl »", ("clé inconnue",),
        "écrire « sigle »"),
    Fault("misspelt inner key", SPASER, "    nom_court: Métropole", "    nom_cour: Métropole",
        "« acheteurs.0.nom_cour »", ("clé inconnue",), "écrire « nom_court »"),
    Fault("misspelt key of the year", YEAR, "date_arret:", "date_arrêt:", "« date_arrêt »",
        ("clé inconnue",), "écrire « date_arret »"),
    Fault("unknown key", SPASER, "sigle: SPASER", "sigle: SPASER\ncouleur: vert",
        "ligne 5, clé « couleur »", ("clé inconnue",), "supprimer cette clé"),
    Fault("unknown inner key", YEAR, "  montant_min: 1", "  montant_min: 1\n  couleur: vert",
        "clé « qualite.couleur »", ("clé inconnue",), "supprimer cette clé"),
    Fault("missing key", SPASER, "sigle: SPASER", "", "clé « sigle »", ("« sigle » manque",),
        "ajouter « sigle: … »"),
    Fault("missing inner key", SPASER, 'siren: "242100410"', "", "clé « acheteurs.0.siren »",
        ("« siren » manque",), "ajouter « siren: … »"),
    Fault("missing key of the year", YEAR, "  montant_max: 3000000000", "",
        "clé « qualite.montant_max »", ("« montant_max » manque",), "ajouter « montant_max: … »"),
    Fault("key given twice", SPASER, "sigle: SPASER", "sigle: SPASER\nsigle: AUTRE",
        "ligne 5, clé « sigle »", ("deux fois", "ligne 4"), "garder une seule des deux"),
    Fault("inner key given twice", YEAR, "  montant_min: 1", "  montant_min: 1\n  montant_min: 2",
        "clé « montant_min »", ("deux fois",), "garder une seule des deux"),
    Fault("key that is a list", YEAR, "annee: 2024", "? [a, b]\n: 1\nannee: 2024", "ligne 2", (),
        ""),
    # types
    Fault("number for a text", SPASER, "sigle: SPASER", "sigle: 12", "ligne 4, clé « sigle »",
        ("un texte est attendu", "12"), "guillemets"),
    Fault("list for a text", SPASER, "sigle: SPASER", "sigle: [a]", "clé « sigle »",
        ("un texte est attendu",), "guillemets"),
    Fault("empty text", SPASER, "sigle: SPASER", 'sigle: " "', "clé « sigle »",
        ("le texte est vide",), "écrire « sigle: … »"),
    Fault("SIREN without quotes", SPASER, 'siren: "242100410"', "siren: 242100410",
        "clé « acheteurs.0.siren »", ("un texte est attendu", "242100410"), "guillemets"),
    Fault("SIREN too short", SPASER, 'siren: "242100410"', 'siren: "2421004"',
        "clé « acheteurs.0.siren »", ("2421004",), "neuf chiffres"),
    Fault("code with a blank", SPASER, "code: ville", "code: la ville", "clé « acheteurs.1.code »",
        ("la ville",), "minuscules"),
    Fault("text for a year", YEAR, "annee: 2024", "annee: deux mille", "ligne 2, clé « annee »",
        ("un nombre entier est attendu", "deux mille"), "écrire"),
    Fault("fraction for a year", YEAR, "annee: 2024", "annee: 2024.5", "ligne 2, clé « annee »",
        ("un nombre entier est attendu", "2024.5"), "écrire"),
    Fault("year left empty", YEAR, "annee: 2024", "annee:", "ligne 2, clé « annee »",
        ("un nombre entier est attendu",), "écrire"),
    Fault("text for a date", YEAR, "date_arret: 2025-03-31", "date_arret: fin mars",
        "clé « date_arret »", ("une date est attendue", "fin mars"), "AAAA-MM-JJ"),
    Fault("French date", YEAR, "date_arret: 2025-03-31", "date_arret: 31/03/2025",
        "clé « date_arret »", ("une date est attendue", "31/03/2025"), "AAAA-MM-JJ"),
    Fault("day that does not exist", YEAR, "date_arret: 2025-03-31", "date_arret: 2025-02-30",
        "ligne 5", (), ""),
    Fault("text for a threshold", YEAR, "publication_decp: 40000", "publication_decp: beaucoup",
        "clé « seuils.publication_decp »", ("un nombre est attendu", "beaucoup"), "écrire"),
    Fault("name of a threshold", YEAR, "publication_decp: 40000", "Publication: 40000",
        "clé « seuils.Publication »", ("Publication",), "minuscules"),
    Fault("share above one", YEAR, "quarantaine_max_lignes: 0.10", "quarantaine_max_lignes: 10",
        "clé « qualite.quarantaine_max_lignes »", ("trop grande", "10"), "au plus à 1"),
    Fault("share below zero", YEAR, "quarantaine_max_montant: 0.10",
        "quarantaine_max_montant: -0.1", "clé « qualite.quarantaine_max_montant »",
        ("trop petite", "-0.1"), "au moins à 0"),
    Fault("value for a block", SPASER, "periode:\n  debut: 2024\n  fin: 2027", "periode: 2024",
        "ligne 12, clé « periode »", ("un bloc de clés est attendu",), "clé: valeur"),
    Fault("key beside the right one", SPASER, "comite:", "comites: []\ncomite:", "clé « comites »",
        ("clé inconnue",), "écrire « comite »"),
    Fault("SIREN of another form", SPASER, 'siren: "242100410"', 'siren: "242 100 410"',
        "siren", ("forme inattendue", "242 100 410"), "neuf chiffres"),
    # names that must differ
    Fault("same SIREN", SPASER, 'siren: "242100410"', 'siren: "212102313"', SPASER,
        ("SIREN", "deux fois", "212102313"), "corriger"),
    Fault("same buyer", SPASER, "code: metropole", "code: ville", SPASER,
        ("entité", "deux fois", "ville"), "corriger"),
    Fault("buyer called as the whole", SPASER, "code: metropole", "code: ensemble", SPASER,
        ("entité", "deux fois", "ensemble"), "corriger"),
    Fault("same ambition", SPASER, "code: ECO2", "code: ECO1", SPASER,
        ("ambition", "deux fois", "ECO1"), "corriger"),
    Fault("same axis", SPASER, "  - numero: 2\n    titre: Axe social",
        "  - numero: 1\n    titre: Axe social", SPASER, ("axe", "deux fois", "1"), "corriger"),
    # not what it says it is
    Fault("not YAML", SPASER, "sigle: SPASER", "sigle: [SPASER", "ligne", ("pas du YAML valide",),
        "vérifier l'indentation"),
    Fault("tab", YEAR, "  montant_min: 1", "\tmontant_min: 1", "ligne", ("pas du YAML valide",),
        "vérifier l'indentation"),
    Fault("other year", YEAR, "annee: 2024", "annee: 2025", "ligne 2, clé « annee »",
        ("autre année", "2025"), "écrire annee: 2024"),
    Fault("outside the period", SPASER, "debut: 2024", "debut: 2025", SPASER,
        ("2024", "hors de la période", "2025-2027"), "periode"),
]  # fmt: skip


ENGLISH = r"\^|\b(should|must|valid|input|Input|found|expected|token)\b"


@pytest.mark.parametrize("fault", FAULTS, ids=[f.name for f in FAULTS])
def test_a_fault_names_its_file_its_key_and_its_remedy(fault: Fault, params_copy: Path) -> None:
    file = params_copy / fault.file
    text = file.read_text(encoding="utf-8")
    assert text.count(fault.old) >= 1, "the committed file has changed: mend this table"
    file.write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")

    with pytest.raises(UserError) as caught:
        parameters.load(params_copy, 2024)

    message = str(caught.value)
    assert str(file) in message
    for part in (fault.place, *fault.parts):
        assert part in message
    assert caught.value.remede
    assert fault.remedy in caught.value.remede
    assert not re.search(ENGLISH, message), "English, or a regular expression"


@pytest.mark.parametrize("content, message, remedy", [
    (b"", "un bloc de clés est attendu", "clé: valeur"),
    (b"- 1\n", "un bloc de clés est attendu", "clé: valeur"),
    ("annee: 2024 # édition".encode("latin-1"), "pas en UTF-8", "UTF-8"),
    ("annee: 2024".encode("utf-16"), "pas en UTF-8", "UTF-8"),
    (b"annee: 2024\n---\nannee: 2025\n", "pas du YAML valide", "vérifier"),
    (b"annee: 2024\x00", "pas du YAML valide", "vérifier"),
    (b"annee: *inconnu", "renvois", "guillemets"),
])  # fmt: skip
def test_a_file_that_is_not_one_says_so(
    content: bytes, message: str, remedy: str, params_copy: Path
) -> None:
    file = params_copy / YEAR
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        parameters.load(params_copy, 2024)
    assert str(file) in caught.value.lieu
    assert message in caught.value.quoi
    assert remedy in caught.value.remede


def test_an_absent_scheme_says_so(params_copy: Path) -> None:
    (params_copy / SPASER).unlink()
    with pytest.raises(UserError) as caught:
        parameters.load(params_copy, 2024)
    assert str(params_copy / SPASER) in str(caught.value)
    assert "absent" in caught.value.quoi
    assert caught.value.remede


def test_an_absent_year_says_which_folder_to_make(params_copy: Path) -> None:
    with pytest.raises(UserError) as caught:
        parameters.load(params_copy, 2026)
    assert str(params_copy / "2026" / "params.yml") in str(caught.value)
    assert "2026" in caught.value.quoi
    assert "spaser new-year 2026" in caught.value.remede


def test_a_byte_order_mark_is_no_fault(params_copy: Path, params: Params) -> None:
    for name in (SPASER, YEAR):
        file = params_copy / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    loaded = parameters.load(params_copy, 2024)
    assert (loaded.scheme, loaded.year) == (params.scheme, params.year)


def test_a_message_has_its_three_parts_and_is_short() -> None:
    error = UserError("quoi", lieu="fichier, ligne 1", valeur="v" * 1000, remede="faire")
    first, second, third = str(error).splitlines()
    assert first == "fichier, ligne 1 : quoi"
    assert third == "Remède : faire"
    assert second.startswith("Valeur lue : « v")
    assert len(second) < 150


# --- What is read --------------------------------------------------------------------------


def test_the_scheme_that_was_adopted(params: Params) -> None:
    scheme = params.scheme
    assert scheme.deliberation.date == dt.date(2024, 10, 17)
    assert (scheme.periode.debut, scheme.periode.fin) == (2024, 2027)
    assert scheme.sirens == {"242100410": "metropole", "212102313": "ville"}
    assert list(scheme.entites) == ["metropole", "ville", "ensemble"]
    assert scheme.entites["ville"] == "Ville de Valon"
    assert list(scheme.ambitions) == [
        "ECO1",
        "ECO2",
        "SOC1",
        "SOC2",
        "SOC3",
        "ENV1",
        "ENV2",
        "ENV3",
        "ENV4",
    ]
    assert [axe.numero for axe, _ in scheme.ambitions.values()] == [1, 1, 2, 2, 2, 3, 3, 3, 3]
    assert len(scheme.comite) == 9


@pytest.mark.parametrize(
    "annee, cutoff", [(2024, dt.date(2025, 3, 31)), (2025, dt.date(2026, 3, 31))]
)
def test_the_two_years_load(root: Path, annee: int, cutoff: dt.date) -> None:
    year = parameters.load(root / "params", annee).year
    assert (year.annee, year.date_arret) == (annee, cutoff)
    assert year.qualite.montant_min == 1
    assert year.qualite.montant_max == 3 * 10**9
    assert isinstance(year.qualite.quarantaine_max_lignes, Decimal)
    assert year.qualite.quarantaine_max_lignes == Decimal("0.1")  # exact, though YAML has a float


def test_params_do_not_change_under_way(params: Params) -> None:
    with pytest.raises(ValidationError):
        params.year.annee = 2030  # type: ignore[misc]


def test_the_place_of_a_key_is_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_text("# titre\na:\n  - b: 1\n    c: 2\n  - b: 3\n", encoding="utf-8")
    read = yamlfile.read(file)
    assert read.content == {"a": [{"b": 1, "c": 2}, {"b": 3}]}
    assert read.place(["a", 0, "c"]) == f"{file}, ligne 4, clé « a.0.c »"
    assert read.place(["a", 1]) == f"{file}, ligne 5, clé « a.1 »"
    assert read.place(["a", 1, "absente"]) == f"{file}, ligne 5, clé « a.1.absente »"
    assert read.place() == f"{file}, ligne 1"


def test_national_figures_are_of_a_year_and_say_their_field(params: Params) -> None:
    reperes = {(r.indicateur, r.champ, r.annee): r.valeur for r in params.scheme.reperes}
    every, local = (f"Marchés d’au moins 90 000 € HT, {x}" for x in (
        "tous acheteurs publics", "collectivités territoriales"))  # fmt: skip
    assert reperes["SOC2-01", every, 2022] == Decimal("22.3")
    assert reperes["SOC2-01", every, 2023] == Decimal("18.7")
    assert reperes["SOC2-01", local, 2023] == Decimal("12.7")
    assert reperes["ECO1-01", every, 2023] == Decimal("59.9")
    assert reperes["ECO1-01", local, 2023] == Decimal("64")
    assert reperes["ECO1-02", every, 2023] == Decimal("27.2")
    assert ("ENV1-01", every, 2023) not in reperes  # no figure was found: none is printed
    assert all(r.source and r.annee for r in params.scheme.reperes)


@pytest.mark.parametrize("old, new", [
    ("    valeurs:\n      2022: 22.3\n      2023: 18.7\n", ""),
    ("    valeurs:\n      2022: 22.3\n", "    annee: 2022\n    valeurs:\n      2022: 22.3\n"),
])  # fmt: skip
def test_a_reference_is_of_one_year_or_of_several(params_copy: Path, old: str, new: str) -> None:
    file = params_copy / "communs.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError, match="valeurs par année"):
        parameters.load(params_copy, 2024)


def test_what_is_declared_for_the_demonstration_is_not_said_of_real_data(params: Params) -> None:
    shown, real = (demonstration.setting(params, demonstration=x) for x in (True, False))
    assert shown == params
    assert shown.year.rapprochements
    assert not real.year.rapprochements
    assert [len(a.sans_objet) for a in shown.scheme.acheteurs] == [1, 0]
    assert [len(a.sans_objet) for a in real.scheme.acheteurs] == [0, 0]
