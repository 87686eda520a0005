"""Total lines, impossible numbers and relevés that nobody asked for are told and not counted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from neutral import NOM_VILLE, ROOT

from spaser.figures.catalogue import Catalogue
from spaser.pipeline import collect
from spaser.quality import Gate
from spaser.settings.params import Params
from spaser.sources import totals
from spaser.sources.records import Published

VILLE = "21210231300013"
FIRM = "38083385500014"
Judge = Callable[..., Gate]

CONTRACT = {
    "records": [
        {
            "acheteur_id": VILLE, "id": "2024A", "objet": "Entretien des espaces verts",
            "montant": "50000", "datenotification": "2024-03-01", "titulaire_id_1": FIRM,
            "titulaire_typeidentifiant_1": "SIRET", "procedure": "Procédure adaptée",
        }
    ]
}  # fmt: skip
INSERTION = "acheteur;id_marche;annee;heures_prevues;heures_realisees\n"
FORMATIONS = "acheteur;service;agents_cibles;agents_formes;heures\n"
MANDATS = "acheteur;numero;siret fournisseur;fournisseur;date de paiement;montant ht\n"
CONSULTATIONS = "numero;acheteur;objet;date de lancement;estimation;fiche_strategie\n"
A, B = f"{VILLE};A;2024;1000;900\n", f"{VILLE};B;2024;500;450\n"
VOIRIE, PARCS = f"{VILLE};Voirie;10;4;20\n", f"{VILLE};Parcs;20;9;45\n"


def set_aside(gate: Gate, table: str) -> list[tuple[int, str]]:
    """The rows of a register in quarantine, and their rules."""
    return [(r.ligne.rang, r.regle.id) for r in gate.quarantaine if r.ligne.table == table]


def kept(gate: Gate, table: str) -> list[int]:
    return [x.rang for x in gate.registres if x.table == table]


@pytest.mark.parametrize("table, text, aside, counted", [
    ("insertion", f"{INSERTION}{A}{B}{VILLE};TOTAL;2024;1500;1350\n", [(4, "TOT-insertion")],
     [2, 3]),
    ("insertion", f"{INSERTION}{A}{B}TOTAL GÉNÉRAL;;;1500;1350\n", [(4, "TOT-insertion")], [2, 3]),
    ("insertion", f"{INSERTION}{A}{B}{VILLE};;2024;1500;1350\n", [(4, "SOM-insertion")], [2, 3]),
    ("insertion", f"{INSERTION}{A}{VILLE};;2024;1000;900\n", [(3, "SOM-insertion")], [2]),
    ("insertion", f"{INSERTION}{A}Sous-total;;;1000;900\n{B}Sous-total :;;;500;450\n"
                  "Total de l'année;;;1500;1350\n",
     [(3, "TOT-insertion"), (5, "TOT-insertion"), (6, "TOT-insertion")], [2, 4]),
    ("insertion", f"{INSERTION}{A}{B}{VILLE};;2024;1500;1350\n{VILLE};C;2024;100;50\n"
                  f"{VILLE};D;2024;100;60\n{VILLE};;2024;200;110\n{VILLE};;2024;1700;1460\n",
     [(4, "SOM-insertion"), (7, "SOM-insertion"), (8, "SOM-insertion")], [2, 3, 5, 6]),
    ("formations", f"{FORMATIONS}{VOIRIE}{PARCS}{VILLE};Total;30;13;65\n", [(4, "TOT-formations")],
     [2, 3]),
    ("formations", f"{FORMATIONS}{VOIRIE}{PARCS}{VILLE};Ensemble des services;30;13;65\n",
     [(4, "TOT-formations")], [2, 3]),
    ("formations", f"{FORMATIONS}{VOIRIE}{PARCS}{VILLE};Total {NOM_VILLE};30;13;65\n",
     [(4, "TOT-formations")], [2, 3]),
    ("formations", f"libellé;{FORMATIONS}a;{VOIRIE}b;{PARCS}Totaux;{VILLE};;31;14;65\n",
     [(4, "TOT-formations")], [2, 3]),  # in a column of theirs; a typed total need not add up
    ("mandats", f"{MANDATS}{VILLE};1;{FIRM};Fournisseur;01/03/2024;100\nSous total;;;;;100\n",
     [(3, "TOT-mandats")], [2]),
    ("consultations", f"{CONSULTATIONS}1;{VILLE};Achat;01/03/2024;100;oui\n"
                      f"Total;{VILLE};;;100;\n", [(3, "TOT-consultations")], [2]),
    # and rows that are none
    ("insertion", f"{INSERTION}{A}{B}{VILLE};C;2024;1500;1350\n", [], [2, 3, 4]),
    ("insertion", f"{INSERTION}{A}{B}{VILLE};;2024;1500;1349\n", [], [2, 3, 4]),
    ("insertion", f"{INSERTION}{VILLE};;2024;10;5\n{VILLE};;2024;10;5,5\n", [], [2, 3]),
    ("formations", f"{FORMATIONS}{VOIRIE}{VILLE};Totalité du site;10;4;20\n", [], [2, 3]),
    ("mandats", f"{MANDATS}{VILLE};1;{FIRM};TotalEnergies;01/03/2024;100\n", [], [2]),
    ("mandats", f"{MANDATS}{VILLE};;;Total Énergies Marketing;;100\n", [], [2]),
    ("mandats", f"{MANDATS}{VILLE};;{FIRM};Total;;100\n", [], [2]),
])  # fmt: skip
def test_a_total_line_is_told_and_not_counted(
    gate: Judge, table: str, text: str, aside: list[tuple[int, str]], counted: list[int]
) -> None:
    judged = gate({"decp.json": CONTRACT, "r.csv": text})
    assert (set_aside(judged, table), kept(judged, table)) == (aside, counted)
    [bilan] = [b for b in judged.bilans if b.table == table]
    assert bilan.lues.lignes == len(aside) + len(counted)  # accounted for, each once
    assert judged.motifs == []  # a total line is no fault of the data


def test_a_total_line_of_an_export_of_contracts_is_told_and_not_counted(gate: Judge) -> None:
    head = (
        "acheteur_id;id;objet;montant;dateNotification;titulaire_id_1;titulaire_typeIdentifiant_1\n"
    )
    rows = [f"{VILLE};{n};Entretien {n};{n}000;2024-03-01;{FIRM};SIRET\n" for n in range(1, 5)]
    judged = gate({"a.csv": head + "".join(rows) + "Total;;;10000;;;\n"})
    assert set_aside(judged, "marches") == [(6, "TOT-marches")]
    assert judged.motifs == []
    [bilan] = judged.bilans
    assert bilan.quarantaine == (1, Decimal("10000.00"))
    assert bilan.retenues == (4, Decimal("10000.00"))


def test_a_total_line_is_shown_by_its_word(gate: Judge) -> None:
    judged = gate({"decp.json": CONTRACT, "r.csv": f"{INSERTION}{A}Sous-total;;;1000;900\n"})
    [rejet] = judged.quarantaine
    assert rejet.valeur == "Sous-total"


def test_a_nested_record_is_no_total(params: Params) -> None:
    record = Published("marches", 1, False, {}, (), (), {"objet": "Total"})
    assert totals.word(record) == ""


@pytest.mark.parametrize("text, rule", [
    ("fiches.csv:acheteur;id_marche;clause_carbone;clause_insertion_heures_prevues\n"
     f"{VILLE};A;oui;-5\n", "FIC-C03"),
    (f"f.csv:acheteur;id_marche;clause_carbone;montant_pme_engage\n{VILLE};A;oui;-5\n", "FIC-C04"),
    (f"i.csv:{INSERTION}{VILLE};A;2024;-1;10\n", "INS-C07"),
    (f"i.csv:{INSERTION}{VILLE};A;2024;10;1000001\n", "INS-C03"),
    (f"f.csv:{FORMATIONS}{VILLE};Voirie;10;4;-1\n", "FOR-C05"),
    (f"f.csv:{FORMATIONS}{VILLE};Voirie;10;4;6429\n", "FOR-C05"),
    ("a.csv:annee,siret,type_produit_acquis,montant_total,montant_reemploi_et_reutilisation,"
     f"montant_produits_recycles\n2024,{VILLE},Papier,100,-1,5\n", "AGE-C09"),
    ("v.csv:sirenCouvert,nbVP,nbVPclean,nbN1,nbN1inf,nbN1infclean,nbN1sup\n"
     "212102313,10,4,3,1,2,2\n", "FLO-C06"),
    ("c.csv:siret,annee_bilan,valeur_totale,valeur_bio,valeur_siqo\n"
     f"{VILLE},2024,100,-10,5\n", "CAN-C05"),
    ("c.csv:siret,annee_bilan,valeur_totale,valeur_bio,valeur_viandes_volailles,"
     f"valeur_viandes_volailles_egalim\n{VILLE},2024,100,10,5,6\n", "CAN-C06"),
    (f"i.csv:{INSERTION}{VILLE};A;24;10;10\n", "INS-C08"),
    ("f.csv:acheteur;annee;service;agents_cibles;agents_formes\n"
     f"{VILLE};204;Voirie;10;4\n", "FOR-C06"),
    (f"a.csv:acheteur;ambition;action;statut;annee\n{VILLE};SOC2;Salon;en cours;24\n", "ACT-C03"),
    ("v.csv:sirenCouvert,nbVP,nbVPclean,nbN1,annee\n212102313,10,4,3,24\n", "FLO-C07"),
    (f"m.csv:{MANDATS}{VILLE};1;{FIRM};F;01/01/1900;10\n", "MAN-C05"),  # a cell that is empty
    (f"k.csv:{CONSULTATIONS}1;{VILLE};Voirie;05/03/0204;1000;oui\n", "CSL-C03"),
    ("c.csv:siret,annee_bilan,valeur_totale,valeur_bio,valeur_siqo\n"
     f"{VILLE},204,100,10,5\n", "CAN-C07"),
])  # fmt: skip
def test_a_number_that_cannot_be_is_told_and_not_counted(gate: Judge, text: str, rule: str) -> None:
    name, _, content = text.partition(":")
    judged = gate({"decp.json": CONTRACT, name: content})
    assert [r.regle.id for r in judged.quarantaine] == [rule]
    assert judged.registres == []


@pytest.mark.parametrize("rate, value, lectures", [
    ("0.3", Decimal("0.3"), ""), ("30 %", Decimal("0.30"), ""), ("1", Decimal(1), ""),
    ("30", None, "30 % ou 30 fois le tout"), ("1,5", None, "1,5 % ou 1,5 fois le tout"),
    ("-0.1", None, ""), ("101", None, ""), ("150 %", None, ""),
])  # fmt: skip
def test_a_share_that_cannot_be_is_unknown_and_told(
    gate: Judge, rate: str, value: Decimal | None, lectures: str
) -> None:
    [record] = CONTRACT["records"]
    judged = gate({"a.json": {"records": [record | {"tauxavance": rate}]}})
    [ligne] = judged.lignes
    assert ligne.valeurs["taux_avance"] == value
    assert [a.lectures for a in ligne.inutilisables] == ([] if value is not None else [lectures])


RELEVES = "indicateur;acheteur;annee;numerateur;denominateur;document;auteur\n"


@pytest.mark.slow
@pytest.mark.parametrize("row, rule", [
    ("SOC3-03;{};2024;75;50;bilan;service", "REL-C08"),  # 150 %
    ("SOC3-04;{};2024;-5;50;bilan;service", "REL-C07"),  # -10 %
    ("SOC2-01;{};2024;5;50;bilan;service", "REL-C09"),  # computed from DECP
    ("SOC3-99;{};2024;5;50;bilan;service", "REL-C02"),
    ("ENV3-06;{};2024;-5;;bilan;service", "REL-C07"),
    ("ENV4-05;{};2024;150;50;bilan;service", None),  # grams a meal: no part of a whole
    ("ENV2-03;{};2024;75;50;bilan;service", None),  # a change may be above 100 %
    ("SOC3-03;{};2024;50;50;bilan;service", None),
])  # fmt: skip
def test_a_relevé_is_held_to_what_the_catalogue_says_of_its_code(
    read: Callable[..., Any], params: Params, catalogue: Catalogue, root: Path, row: str,
    rule: str | None,
) -> None:  # fmt: skip
    lecture = read({"decp.json": CONTRACT, "releves.csv": RELEVES + row.format(VILLE)})
    accepted = collect.accept(lecture, collect.Ledger(), params, root, catalogue)
    assert [r.regle.id for r in accepted.gate.quarantaine] == ([rule] if rule else [])
    assert len(accepted.rows.get("releves", [])) == (rule is None)


def test_a_quotient_without_its_denominator_is_told(
    read: Callable[..., Any], params: Params, catalogue: Catalogue, root: Path
) -> None:
    lecture = read({"decp.json": CONTRACT, "r.csv": f"{RELEVES}SOC3-03;{VILLE};2024;5;;p;s\n"})
    accepted = collect.accept(lecture, collect.Ledger(), params, root, catalogue)
    assert [r.id for r in accepted.gate.regles if r.cles and r.table == "releves"] == ["REL-A05"]


def test_the_case_of_total_lines(params: Params, catalogue: Catalogue, root: Path) -> None:
    folder = ROOT / "tests" / "donnees" / "cas" / "total-line"
    accepted = collect.accept(*collect.read(params, folder, root), params, root, catalogue)
    rows = accepted.rows
    assert sum(r["heures_realisees"] for r in rows["insertion"]) == 1350
    assert sum(r["agents_formes"] for r in rows["formations"]) == 13
    assert sum(r["agents_cibles"] for r in rows["formations"]) == 30
    assert accepted.gate.motifs == []


def test_the_case_of_impossible_shares(params: Params, catalogue: Catalogue, root: Path) -> None:
    folder = ROOT / "tests" / "donnees" / "cas" / "impossible-share"
    accepted = collect.accept(*collect.read(params, folder, root), params, root, catalogue)
    assert [r.regle.id for r in accepted.gate.quarantaine] == ["REL-C08", "REL-C07", "REL-C09"]
    assert not accepted.rows.get("releves")
    assert accepted.gate.motifs == []
