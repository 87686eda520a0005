"""The corrections ledger: what it changes, and every way it refuses to rot."""

from __future__ import annotations

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from neutral import PROJECT

from spaser import quality, sources
from spaser.contracts import corrections
from spaser.errors import UserError
from spaser.opendata import gate_files
from spaser.quality import proposals
from spaser.report import qualite
from spaser.settings import params
from spaser.sources.fields import FIELDS

BUYER = "21210231300013"


def contract(**changes: Any) -> dict[str, Any]:
    return {
        "id": "2024V01", "nature": "Marché", "objet": "Entretien du parc", "codeCPV": "77310000-6",
        "acheteur": {"id": BUYER}, "procedure": "Procédure adaptée", "dureeMois": 12,
        "dateNotification": "2024-03-01", "datePublicationDonnees": "2024-03-20",
        "montant": 50000, "offresRecues": 3,
        "titulaires": [{"titulaire": {"id": "00000001900016", "typeIdentifiant": "SIRET"}}],
        **changes,
    }  # fmt: skip


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "reperage": {"id": "2024V01"}, "champ": "montant", "ancien": "50000",
        "nouveau": "500000.00", "motif": "zéro oublié, contrat signé vérifié",
        "auteur": "Service de la commande publique", "date": "2025-05-02", **changes,
    }  # fmt: skip


class Case:
    """A data folder and a params folder to try a ledger on."""

    def __init__(self, folder: Path) -> None:
        self.params = folder / "params"
        shutil.copytree(PROJECT / "params", self.params)
        self.data = folder / "data"
        self.data.mkdir()

    def run(self, contracts: list[dict[str, Any]], *entries: dict[str, Any]) -> quality.Gate:
        (self.data / "decp.json").write_text(
            json.dumps({"marches": {"marche": contracts}}), encoding="utf-8"
        )
        (self.params / "2024" / "corrections.yml").write_text(
            yaml.safe_dump({"corrections": list(entries)}, allow_unicode=True), encoding="utf-8"
        )
        setting = params.load(self.params, 2024)
        ledger = corrections.load(self.params, 2024)
        lecture = sources.read_folder(self.data, setting, amend=ledger.amend)
        ledger.finish()
        self.lecture, self.ledger = lecture, ledger
        return quality.pass_gate(lecture, setting, PROJECT / "expectations", ledger)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_a_new_value_is_counted_and_the_raw_file_is_untouched(case: Case) -> None:
    gate = case.run([contract()], entry())
    assert [m.valeurs["montant"] for m in gate.marches] == [Decimal("500000.00")]
    raw = json.loads((case.data / "decp.json").read_text(encoding="utf-8"))
    assert raw["marches"]["marche"][0]["montant"] == 50000
    assert [(a.fichier, a.rang) for a in case.ledger.applied] == [("decp.json", 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "guard"),
    [(50000, "50000"), (50000.0, "50 000,00"), ("50 000,00", "50000.00"), ("50000", 50000)],
)
def test_the_guard_compares_values_not_spelling(case: Case, written: Any, guard: Any) -> None:
    gate = case.run([contract(montant=written)], entry(ancien=guard))
    assert gate.marches[0].valeurs["montant"] == Decimal("500000.00")


def test_a_wrong_year_is_brought_back_into_scope(case: Case) -> None:
    fixed = entry(champ="dateNotification", ancien="2042-03-01", nouveau="2024-03-01")
    fixed["champ"] = "date_notification"
    gate = case.run([contract(dateNotification="2042-03-01")], fixed)
    assert len(gate.marches) == 1
    assert gate.quarantaine == []


def test_a_missing_value_is_supplied(case: Case) -> None:
    gate = case.run([contract(montant=None)], entry(ancien=""))
    assert gate.marches[0].valeurs["montant"] == Decimal("500000.00")


def test_a_holder_is_corrected(case: Case) -> None:
    gate = case.run(
        [contract()], entry(champ="titulaire_id", ancien="00000001900016", nouveau="00000002700019")
    )
    assert [t.id for t in gate.marches[0].titulaires] == ["00000002700019"]


def test_a_record_set_aside_is_quarantined_with_the_reason_and_stops_nothing(case: Case) -> None:
    aside = entry(ecarter=True)
    del aside["nouveau"]
    gate = case.run([contract(), contract(id="2024V02")], aside)
    assert [m.valeurs["id"] for m in gate.marches] == ["2024V02"]
    assert [(r.regle.id, r.ligne.rang) for r in gate.quarantaine] == [("COR-01", 1)]
    assert "zéro oublié" in gate.quarantaine[0].regle.titre
    assert gate.motifs == []
    for bilan in gate.bilans:
        bilan.check()


def test_of_two_identical_records_one_may_be_corrected(case: Case) -> None:
    by_row = entry(reperage={"fichier": "decp.json", "ligne": 2})
    gate = case.run([contract(), contract()], by_row)
    assert sorted(m.valeurs["montant"] for m in gate.marches) == [
        Decimal("50000.00"), Decimal("500000.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("contracts", "change", "message"),
    [
        ([contract()], {"reperage": {"id": "autre"}}, "ne vise aucun enregistrement"),
        ([contract(), contract(objet="Lot 2")], {}, "vise plus d'un enregistrement"),
        ([contract(montant=51000)], {}, "n'est plus celle qui est attendue (« 51000 »)"),
        ([contract()], {"nouveau": "beaucoup"}, "la nouvelle valeur n'est pas lisible"),
        ([contract()], {"champ": "montnat"}, "le champ « montnat » n'existe pas"),
        ([contract()], {"reperage": {"idd": "x"}}, "le repère « idd » n'existe pas"),
        ([contract()], {"ecarter": True}, "pas les deux"),
        ([contract()], {"nouveau": None}, "pas les deux"),
        ([contract()], {"motif": ""}, "le texte est vide"),
        ([contract()], {"auteurs": "x"}, "clé inconnue"),
        ([contract()], {"champ": "titulaire_id", "ancien": "1"}, "(« 00000001900016 »)"),
    ],
)
def test_an_entry_that_does_not_hold_stops_the_run(
    case: Case, contracts: list[dict[str, Any]], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as stopped:
        case.run(contracts, entry(**change))
    assert message in str(stopped.value)
    assert "corrections.yml, ligne " in str(stopped.value)
    assert "Remède" in str(stopped.value)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (
            {"champ": "montant_ht", "ancien": "beaucoup", "nouveau": "1 200,50"},
            [Decimal("1200.50")],
        ),
        ({"champ": "montant_ht", "ancien": "beaucoup", "nouveau": None, "ecarter": True}, []),
    ],
    ids=["new value", "set aside"],
)
def test_a_row_of_a_register_is_corrected_like_a_contract(
    case: Case, change: dict[str, Any], kept: list[Decimal]
) -> None:
    (case.data / "mandats.csv").write_text(
        "Numéro de mandat;SIRET acheteur;SIRET fournisseur;Date de réception;Date de paiement;"
        f"Montant HT\nM1;{BUYER};49047296600012;02/05/2024;20/05/2024;beaucoup\n",
        encoding="utf-8",
    )
    place = {"table": "mandats", "reperage": {"fichier": "mandats.csv", "ligne": 2}}
    wrong = {"champ": "montant_ht", "ancien": "beaucoup"}
    gate = case.run([contract()], entry(**{**place, **wrong, **change}))
    assert [x.valeurs["montant_ht"] for x in gate.registres] == kept
    assert len(case.ledger.applied) == 1
    assert len(gate.marches) == 1
    assert {r.regle.id for r in gate.quarantaine} == ({"COR-01"} if not kept else set())


def test_every_correction_shows_in_the_file_and_on_the_page(case: Case, tmp_path: Path) -> None:
    gate = case.run(
        [contract(), contract(id="b", objet="Voirie du centre")],
        entry(motif="<b>zéro</b> oublié"),
        entry(reperage={"id": "b"}, nouveau=None, ecarter=True, motif="saisi deux fois"),
    )
    gate_files.write_findings(tmp_path, gate, case.ledger)
    with (tmp_path / "corrections.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["ligne"], r["ancien"], r["nouveau"], r["action"]) for r in rows] == [
        ("1", "50000", "500000.00", "remplacer"),
        ("2", "50000", "", "écarter"),
    ]
    edition = SimpleNamespace(rows=lambda _: rows)
    page = qualite.corrections(qualite.Dossier(edition, tmp_path))  # type: ignore[arg-type]
    html = page.html
    assert "500000.00" in html
    assert "saisi deux fois" in html
    assert "écarté" in html
    assert "&lt;b&gt;zéro" in html
    assert "<b>zéro" not in html


def test_what_blocks_is_a_field_that_a_ledger_can_mend() -> None:
    for file in sorted((PROJECT / "expectations").glob("*.json")):
        for rule in json.loads(file.read_text(encoding="utf-8"))["expectations"]:
            if rule["severity"] == "critical" and file.stem in FIELDS:
                fields = {f.name for f in FIELDS[file.stem]}
                assert rule["meta"]["champ"] in fields, rule["meta"]["regle"]


def test_no_ledger_changes_nothing(tmp_path: Path) -> None:
    ledger = corrections.load(PROJECT / "params", 2024)
    ledger.finish()
    assert ledger.entries == ()


def offered(text: str) -> list[dict[str, Any]]:
    """The entries of a proposed ledger, its signs of comment taken away."""
    assert yaml.safe_load(text) is None
    start = text.index("# corrections:")
    kept = [x.removeprefix("#") for x in text[start:].splitlines() if x.startswith(("#  ", "# c"))]
    entries: list[dict[str, Any]] = yaml.safe_load("\n".join(kept).replace(" c", "c", 1))[
        "corrections"
    ]
    return entries or []


def filled(entries: list[dict[str, Any]], **values: Any) -> list[dict[str, Any]]:
    """Entries of a field with what a person adds."""
    added = {"motif": "vérifié", "auteur": "commande publique", "date": "2025-01-01"} | values
    return [{**e, **added} for e in entries]


@pytest.mark.slow
def test_the_skeleton_is_all_comment_until_someone_fills_it(case: Case) -> None:
    contracts = [contract(montant=0, objet='Lot "1"'), contract(id="b")]
    gate = case.run(contracts, entry(reperage={"id": "b"}))
    entries = offered(corrections.skeleton(proposals.faults(gate)))
    (zero,) = [e for e in entries if e["champ"] == "montant"]
    assert zero["reperage"] == {"fichier": "decp.json", "ligne": 1}
    assert zero["ancien"] == "0"
    again = case.run(contracts, *filled([zero], nouveau="10"))
    assert len(again.marches) == 2


def test_what_is_flagged_is_offered_and_one_fault_repeated_is_one_entry(case: Case) -> None:
    """Three contracts, two with the same unknown CPV code: flagged, counted, and offered."""
    contracts = [
        contract(id=f"v{n}", objet=f"Achat {n}", codeCPV=code)
        for n, code in enumerate(["99999999-9", "77310000-6", "99999999-9"])
    ]
    gate = case.run(contracts)
    assert gate.quarantaine == []
    assert len(gate.marches) == 3
    (one,) = [
        e for e in offered(corrections.skeleton(proposals.faults(gate))) if e["champ"] == "code_cpv"
    ]
    assert one["reperage"] == {"fichier": "decp.json", "lignes": [1, 3]}
    assert one["ancien"] == "99999999-9"
    again = case.run(contracts, *filled([one], nouveau="77310000-6"))
    assert {m.valeurs["code_cpv"] for m in again.marches} == {"77310000-6"}
    assert [a.rang for a in case.ledger.applied] == [1, 3]
    assert not [e for e in offered(corrections.skeleton(proposals.faults(again)))
                if e["champ"] == "code_cpv"]  # fmt: skip


def test_several_rows_may_be_set_aside_by_one_entry(case: Case) -> None:
    contracts = [contract(id=f"v{n}", objet=f"Achat {n}", montant=0) for n in range(3)]
    (one,) = [
        e for e in offered(corrections.skeleton(proposals.faults(case.run(contracts))))
        if e["champ"] == "montant"
    ]  # fmt: skip
    del one["nouveau"]
    gate = case.run(contracts, *filled([one], ecarter=True))
    assert [r.regle.id for r in gate.quarantaine] == ["COR-01"] * 3
    assert offered(corrections.skeleton(proposals.faults(gate))) == []


@pytest.mark.parametrize("reperage, why", [
    ({"fichier": "decp.json", "lignes": [1, 7]}, "ne sont pas dans le fichier"),
    ({"fichier": "decp.json", "lignes": [7, 8]}, "ne vise aucun enregistrement"),
    ({"lignes": [1]}, "va avec « fichier »"),
    ({"fichier": "decp.json", "lignes": 1}, "est une liste"),
    ({"fichier": ["decp.json"]}, "est une liste"),
    ({"fichier": "decp.json", "lignes": []}, "pas assez|attendu|est une liste"),
])  # fmt: skip
def test_a_list_of_rows_is_exact(case: Case, reperage: dict[str, Any], why: str) -> None:
    with pytest.raises(UserError, match=why):
        case.run([contract()], entry(reperage=reperage))


def test_each_row_of_a_list_has_its_guard(case: Case) -> None:
    rows = entry(reperage={"fichier": "decp.json", "lignes": [1, 2]})
    with pytest.raises(UserError, match="n'est plus celle"):
        case.run([contract(), contract(id="b", montant=70000)], rows)


@pytest.mark.slow
@pytest.mark.parametrize("hostile", [
    "1\n    ecarter: true", 'a"b\\c', "\u2028- table: x", "\x1b[31m", "é \U0001f600", "{[&*!|>%@`",
])  # fmt: skip
def test_a_hostile_value_stays_in_its_entry(case: Case, hostile: str) -> None:
    gate = case.run([contract(montant=hostile, objet=hostile)])
    text = corrections.skeleton(proposals.faults(gate))
    (one,) = [e for e in offered(text) if e["champ"] == "montant"]
    assert one["ancien"] == gate.lignes[0].textes["montant"]
    assert set(one) == {"table", "reperage", "champ", "ancien", "nouveau", "motif", "auteur",
                        "date"}  # fmt: skip
