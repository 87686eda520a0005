# ruff: noqa: E501 (files as tables of cases)
"""Every source beside DECP: recognised, typed, put in scope, checked, tied, accounted for."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from neutral import NOM_METROPOLE, NOM_VILLE, ROOT

from spaser import sources
from spaser.commands import templates
from spaser.contracts import joins, territory
from spaser.demo.contract import siret
from spaser.figures.tables import TABLES
from spaser.quality import Gate, findings
from spaser.settings.params import Params
from spaser.sources import register_table, values
from spaser.sources.fields import FIELDS
from spaser.sources.lecture import AUTRE_ACHETEUR, NON_RENCONTRE, NOTHING, Lecture
from spaser.sources.registers import REGISTRES, Registre, registres_md
from spaser.sources.registers.declarations import CATEGORIES_AGEC

VILLE, METROPOLE = "21210231300013", "24210041000123"
FIRM, OTHER = siret(10_007), siret(77_001)
DAY = dt.date(2024, 3, 1)

Read = Callable[..., Lecture]


def only(lecture: Lecture) -> dict[str, Any]:
    """The values of the one row, and its table."""
    assert [f.erreur for f in lecture.fichiers] == [""]
    (ligne,) = lecture.lignes
    return {"table": ligne.table, "rang": ligne.rang, **ligne.valeurs}


READINGS = [
    pytest.param(
        "acheteur_siret;id_marche;date_lancement_consultation;seuil_europeen;clause_carbone;"
        "derogation_L2112_2_1;clausier_commun\n"
        "212 102 313 00013;2024V1;01/03/2024;Oui;non;;\n",
        {"table": "fiches", "acheteur_siret": VILLE, "date_lancement_consultation": DAY,
         "seuil_europeen": True, "clause_carbone": False, "clausier_commun": None,
         "clause_biodiversite": None, "derogation_l2112_2_1": None},
        id="fiche: an empty answer is unknown, an absent column too",
    ),
    pytest.param(
        "Export du 3 mars;;;;;;\nN° mandat;Acheteur;SIRET du tiers;Tiers;"
        "Date de réception de la facture;Date de paiement;Montant HT (€)\n"
        f"12;{NOM_VILLE};{FIRM};Été & fils;01/02/2024;01/03/2024;1 234,56\n".replace(
            "SIRET du tiers", "SIRET fournisseur"),
        {"table": "mandats", "rang": 3, "numero": "12", "acheteur_siret": NOM_VILLE,
         "fournisseur_id": FIRM, "fournisseur": "Été & fils", "date_paiement": DAY,
         "montant_ht": Decimal("1234.56"), "delai_jours": 29},
        id="mandats: cp1252, title row, accounting headings",
    ),
    pytest.param(
        "Raison sociale,SIRET,Dépense achat (€),Catégorie,Entité,Date de paiement\n"
        f"Atelier,{FIRM},12.50,Papier,{METROPOLE},2024-03-01\n",
        {"table": "mandats", "fournisseur": "Atelier", "montant_ht": Decimal("12.50"),
         "famille": "Papier", "delai_jours": None},
        id="mandats: short headings, and a date",
    ),
    pytest.param(
        "Raison sociale du Fournisseur,SIRET,Dépense achat (€),Catégorie d'achat (optionnelle),"
        f"Entité acheteuse (optionnelle)\nAtelier,{FIRM},12.5,Papier,{NOM_VILLE}\n",
        {"table": "mandats", "acheteur_siret": NOM_VILLE, "fournisseur": "Atelier",
         "fournisseur_id": FIRM, "montant_ht": Decimal("12.50"), "famille": "Papier",
         "date_paiement": None},
        id="mandats: the model of «Ma part d'achat inclusif», which has no date",
    ),
    pytest.param(
        f"acheteur,id_marche,heures_prevues,heures_realisees,solde,dont femmes\n{VILLE},A,100,12.5,non,0\n",
        {"table": "insertion", "heures_prevues": Decimal(100), "solde": False,
         "heures_realisees": Decimal("12.50"), "beneficiaires": None, "beneficiaires_femmes": 0},
        id="insertion: unknown people stay unknown, none is none",
    ),
    pytest.param(
        f"Service;Agents ciblés;Agents formés;Heures;Acheteur\nVoirie;10;4;28,5;{VILLE}\n",
        {"table": "formations", "agents_cibles": 10, "agents_formes": 4, "heures": Decimal("28.5")},
        id="formations",
    ),
    pytest.param(
        f"N° consultation;Acheteur;Date de lancement;Estimation;fiche_strategie\nC1;{VILLE};01/03/2024;;oui\n",
        {"table": "consultations", "montant_estime": None, "fiche_strategie": True,
         "date_lancement": DAY},
        id="consultations",
    ),
    pytest.param(
        "ambition;action;statut;échéance;note\nSOC2;Rencontre;EN COURS;01/03/2024;=1+1\n",
        {"table": "actions", "statut": "en cours", "echeance": DAY, "note": "=1+1"},
        id="actions",
    ),
    pytest.param(
        "indicateur;acheteur;annee;numerateur;denominateur\nENV3-06;ville;2024;1 234,567891;\n",
        {"table": "releves", "numerateur": Decimal("1234.567891"), "denominateur": None},
        id="relevés: six decimals",
    ),
    pytest.param(
        "annee,siret,raison_sociale,type_produit_acquis,montant_total,"
        "montant_reemploi_et_reutilisation,montant_produits_issus_don,montant_produits_recycles,"
        f"commentaires\n2024,{VILLE},Ville,equipements de collecte de dechets,10,1,0,,\n",
        {"table": "agec", "type_produit_acquis": "Equipements de collecte de déchets",
         "montant_total": Decimal(10), "montant_produits_recycles": None},
        id="agec",
    ),
    pytest.param(
        "annee,siret,raison_sociale,type_produit_acquis,montant_total,montant_valorisation_et_don,"
        "montant_produits_issus_don,montant_produits_recycles,pourcent_valorisation\n"
        f"2024,{VILLE},Ville,Papier,100,30,10,5,35\n",
        {"table": "agec", "montant_reemploi_et_reutilisation": Decimal(20),
         "montant_produits_issus_don": Decimal(10), "montant_valorisation_et_don": Decimal(30)},
        id="agec: the other public schema counts gifts in reuse, they are not counted twice",
    ),
    pytest.param(
        "annee,siret,type_produit_acquis,montant_total,montant_valorisation_et_don,"
        f"montant_produits_issus_don\n2024,{VILLE},Papier,100,3,10\n",
        {"table": "agec", "montant_reemploi_et_reutilisation": None},
        id="agec: more gifts than the amount that holds them, reuse is unknown",
    ),
    pytest.param(
        "sirenDeclarant,sirenCouvert,nbVP,nbVPclean,nbN1,nbN1infclean,pcentLDVFE\n"
        "212102313,212102313,10,4,3,1,38.5\n",
        {"table": "flotte", "nbVP": 10, "nbVPclean": 4, "nbN1infclean": 1, "nbVPEL": None,
         "pcentLDVFE": Decimal("38.5")},
        id="flotte: the spelling of the schema",
    ),
    pytest.param(
        "sirenDeclarant,sirenCouvert,nbVP,nbN1,nbCarsXTL\n212102313,212102313,10,3,2\n",
        {"table": "flotte", "annee": None, "nbCarXTL": 2, "nbCarEuroVI": None},
        id="flotte: a column of version 0.1.0, which has no year",
    ),
    pytest.param(
        "siret,description,fournisseur,date,prix_ht,famille_produits,caracteristiques\n"
        f'{VILLE},Colin,F,2024-03-01,10.5,PRODUITS_DE_LA_MER,"BIO, LOCAL"\n',
        {"table": "cantine", "annee": 2024, "valeur_totale": Decimal("10.50"),
         "valeur_bio": Decimal("10.50"), "valeur_egalim_hors_bio": Decimal(0),
         "valeur_viandes_poissons": Decimal("10.50"),
         "valeur_viandes_poissons_egalim": Decimal("10.50")},
        id="cantine: a purchase",
    ),
    pytest.param(
        "siret,description,fournisseur,date,prix_ht,famille_produits,categories_egalim,origine\n"
        f"{VILLE},Bœuf,F,2024-03-01,7,VIANDES_VOLAILLES,,FRANCE\n",
        {"table": "cantine", "valeur_bio": Decimal(0), "valeur_egalim_hors_bio": Decimal(0),
         "valeur_viandes_poissons": Decimal(7), "valeur_viandes_poissons_egalim": Decimal(0)},
        id="cantine: France is no EGalim label (columns of 2026)",
    ),
    pytest.param(
        "siret,date,prix_ht,famille_produits,caracteristiques\n"
        f"{VILLE},2024-03-01,7,Plats du jour,Très bon\n",
        {"table": "cantine", "valeur_totale": Decimal(7), "valeur_bio": None,
         "valeur_egalim_hors_bio": None, "valeur_viandes_poissons": None},
        id="cantine: a label or a family that cannot be read is no «no»",
    ),
    pytest.param(
        "cantine_id;annee_bilan;valeur_totale;valeur_bio\n949;2024;100;20\n",
        {"table": "cantine", "siret": None, "cantine_id": "949", "valeur_bio": Decimal(20)},
        id="cantine: a yearly declaration by the number of the canteen",
    ),
    pytest.param(
        "siret,année_bilan,valeur_totale,valeur_bio,valeur_siqo,valeur_externalites_performance,"
        "valeur_egalim_autres,valeur_viandes_volailles,valeur_viandes_volailles_egalim\n"
        f"{VILLE},2024,100,20,5,,7,30,10\n",
        {"table": "cantine", "annee": 2024, "valeur_totale": Decimal(100),
         "valeur_egalim_hors_bio": None, "valeur_viandes_poissons": None},
        id="cantine: a yearly declaration with an unknown part has an unknown sum",
    ),
    pytest.param(
        f"SIREN;Dénomination;Date d'agrément;Date de fin d'agrément\n{FIRM[:9]};A;01/03/2024;01/03/2029\n",
        {"table": "esus", "siren": FIRM[:9], "date_debut": DAY},
        id="esus",
    ),
    pytest.param(
        f"name,siret,kind,department\nAtelier,{FIRM},aci,21\n",
        {"table": "inclusifs", "siren": FIRM[:9], "type": "ACI", "raison_sociale": "Atelier"},
        id="inclusifs: the API's columns",
    ),
    pytest.param(
        "Raison sociale,Enseigne,Slug,Siret,Établissement,Type de structure,Type de prestation\n"
        f"Atelier,,atelier,{FIRM},,Atelier chantier d'insertion (ACI),\n",
        {"table": "inclusifs", "type": "ACI", "raison_sociale": "Atelier"},
        id="inclusifs: the directory's export, with the words of its types",
    ),
    pytest.param(
        f"name,siret,kind\nAtelier,{FIRM},Établissement et service d’aide par le travail\n",
        {"table": "inclusifs", "type": "ESAT"},
        id="inclusifs: the words alone",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READINGS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_a_register_is_read_as_written(
    read: Read, text: str, expected: dict[str, Any], encoding: str
) -> None:
    values = only(read({"n'importe quoi.dat": text.encode(encoding)}))
    assert {k: values[k] for k in expected} == expected


def test_a_workbook_is_read_with_its_dates_and_numbers(read: Read) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Suivi fictif"])
    book.active.append(["acheteur", "ambition", "action", "statut", "échéance", "entreprises"])
    book.active.append([NOM_METROPOLE, "ECO1", "Salon", "réalisée", dt.datetime(2024, 3, 1), 40])
    buffer = io.BytesIO()
    book.save(buffer)
    values = only(read({"a.xlsx": buffer.getvalue()}))
    assert (values["rang"], values["echeance"], values["entreprises_touchees"]) == (3, DAY, 40)


@pytest.mark.parametrize("table", [t for t in REGISTRES if t != "sirene"])
def test_the_columns_of_a_register_are_its_own(table: str) -> None:
    header = [c.name for c in REGISTRES[table].lues]
    assert register_table.which(header) is REGISTRES[table]
    assert set(register_table.columns(REGISTRES[table], header)) == set(header)
    assert {c.name for c in REGISTRES[table].columns} <= {c.name for c in TABLES[table]}


def test_the_lists_are_those_of_the_official_schemas() -> None:
    assert len(CATEGORIES_AGEC) == len(set(CATEGORIES_AGEC)) == 17
    vehicles = [c.name for c in REGISTRES["flotte"].columns if c.name.startswith(("nb", "pcent"))]
    assert len(vehicles) == len({v.casefold() for v in vehicles}) == 68


REFUSED = [
    ("acheteur;id_marche;heures_realisees;Nom;Prénom\nv;a;1;X;Y\n", "fichier nominatif", "« Prénom »"),
    (f"id_marche;heures_realisees;date_de_naissance;acheteur\na;1;x;{VILLE}\n", "fichier nominatif",
     "totaux par marché"),
    (f"numero;acheteur;fournisseur_id;montant_ht;date_reception\n1;{VILLE};2,1E+13;5;01/03/2024\n",
     "cellule C2", "perdu ses chiffres"),
    ("Raison sociale,Enseigne,Type de structure,Adresse,Ville\nA,,EI,1 rue,Ailleurs\n",
     "fournisseurs inclusifs », il manque la colonne « siret »", "docs/registres.md"),
    ("couleur;taille\nvert;3\n", "forme inconnue", "docs/registres.md"),
    ("siren,categorieEntreprise\n000100073,PME\n", "sans établissements", "StockEtablissement"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "first", "second"), REFUSED)
def test_what_cannot_be_read_says_why(read: Read, text: str, first: str, second: str) -> None:
    (fichier,) = read({"x.csv": text}).fichiers
    assert first in fichier.erreur
    assert second in fichier.erreur
    assert not fichier.source


def test_an_old_workbook_is_read_with_its_dates_and_numbers(read: Read, root: Path) -> None:
    """XLS: a title row, real dates, a SIRET as text and one as a number."""
    content = (ROOT / "tests" / "donnees" / "mandats.xls").read_bytes()
    lecture = read({"m": content})
    assert [(x.rang, x.valeurs["fournisseur_id"], x.montant) for x in lecture.lignes] == [
        (3, "49047296600012", Decimal("1234.56")),
        (4, "49047296600012", Decimal(7)),
    ]
    assert {x.valeurs["delai_jours"] for x in lecture.lignes} == {29}
    assert lecture.lues["mandats"] == (2, Decimal("1241.56"))


@pytest.mark.slow
@pytest.mark.parametrize("table", REGISTRES)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_that_nobody_filled_is_no_source(
    read: Read, decp: bytes, modeles: Path, table: str, form: str
) -> None:
    empty = (modeles / f"{table}.{form}").read_bytes()
    lecture = read({"d.json": decp, f"x.{form}": empty})
    assert [(f.ignore, f.erreur) for f in lecture.fichiers] == [(False, ""), (True, "")]
    assert lecture.fournies == {"decp"}
    assert set(lecture.lues) == {"marches"}


@pytest.fixture(scope="module")
def modeles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return templates.write(tmp_path_factory.mktemp("modeles"))


@pytest.fixture(scope="module")
def decp() -> bytes:
    return (
        Path(__file__).parents[1] / "data/raw/2024/decp-2022-ville-demonstration.json"
    ).read_bytes()


HEAD = "numero;acheteur;fournisseur_id;date_reception;date_paiement;montant_ht\n"
FAULTS = {
    "mandats": (HEAD, [
        (f"1;Chenôve;{FIRM};;01/03/2024;1", "MAN-C01", "Chenôve"),
        (f"2;{VILLE};{FIRM};;01/03/2024;x", "MAN-C02", "x"),
        (f"3;{VILLE};{FIRM};02/03/2024;01/03/2024;1", "MAN-C03", "01/03/2024"),
        (f"4;{VILLE};{FIRM};;31/02/2024;1", "MAN-C04", "31/02/2024"),
    ]),
    "fiches": ("acheteur_siret;id_marche;clause_carbone\n", [
        (";A1;oui", "FIC-C01", ""),
        (f"{VILLE};;oui", "FIC-C02", ""),
    ]),
    "insertion": ("acheteur;id_marche;heures_realisees;beneficiaires;beneficiaires_femmes;sorties_jointes;sorties_positives;annee\n", [
        (f"{VILLE};A;beaucoup;;;;", "INS-C02", "beaucoup"),
        (f"{VILLE};B;-4;;;;", "INS-C03", "-4"),
        (f"{VILLE};C;4;2;3;;", "INS-C04", "3"),
        (f"{VILLE};D;4;;;1;2", "INS-C05", "2"),
        (f"{VILLE};E;4;;;;;l'an dernier", "INS-C06", "l'an dernier"),
        (f"{VILLE};F;4;;;;;20244", "INS-C06", "20244"),
    ]),
    "formations": ("acheteur;service;agents_cibles;agents_formes;annee\n", [
        (f"{VILLE};A;;1", "FOR-C02", ""), (f"{VILLE};B;2;3", "FOR-C03", "3"),
        (f"{VILLE};C;3;2;n-1", "FOR-C04", "n-1"),
    ]),
    "consultations": ("acheteur;numero;date_lancement;fiche_strategie\n", [
        (f"{VILLE};C1;mars;oui", "CSL-C02", "mars"),
    ]),
    "actions": ("ambition;action;statut\n", [
        ("SOC9;x;en cours", "ACT-C01", "SOC9"), ("SOC2;;en cours", "ACT-C02", ""),
    ]),
    "agec": ("annee;siret;type_produit_acquis;montant_total;montant_reemploi_et_reutilisation;montant_produits_recycles\n", [
        (f"20244;{VILLE};Papier;1;0;0", "AGE-C02", "20244"),
        (f"2024;{VILLE};Parapluies;1;0;0", "AGE-C04", "Parapluies"),
        (f"2024;{VILLE};Papier;;0;0", "AGE-C05", ""),
        (f"2024;{VILLE};Papier;-1;;", "AGE-C06", "-1"),
        (f"2024;{VILLE};Papier;1;2;0", "AGE-C07", "2"),
        (f"2024;{VILLE};Papier;1;0;2", "AGE-C08", "2"),
    ]),
    "flotte": ("sirenCouvert;nbVP;nbVPclean;nbN1;annee\n", [
        ("212102313;2;1;1;?", "FLO-C05", "?"),
        ("212102313;x;1;1;2024", "FLO-C02", "x"), ("212102313;2;1;;2024", "FLO-C03", ""),
        ("212102313;2;3;1;2024", "FLO-C04", "3"),
    ]),
    "cantine": ("siret;date;prix_ht;famille_produits\n", [
        (f"{VILLE};hier;1;AUTRES", "CAN-C02", "hier"), (f"{VILLE};01/03/2024;cher;AUTRES", "CAN-C03", "cher"),
    ]),
    "releves": ("indicateur;acheteur;annee;numerateur;denominateur\n", [
        (f"ZZZ1-01;{VILLE};2024;1;1", "REL-C02", "ZZZ1-01"),
        (f"ENV3-06;{VILLE};;1;1", "REL-C03", ""),
        (f"ENV3-06;{VILLE};2024;?;1", "REL-C05", "?"),
        (f"ENV3-06;{VILLE};2024;1;0", "REL-C06", "0"),
    ]),
    "esus": ("siren;denomination;date_debut;date_fin\n", [
        (";A;01/01/2024;01/01/2029", "ESU-C01", ""),
        (f"{FIRM[:9]};A;01/01/2024;01/01/2023", "ESU-C02", "01/01/2023"),
    ]),
    "inclusifs": ("siret;raison_sociale;type\n", [
        (";A;EI", "INC-C01", ""), (f"{FIRM};A;club", "INC-C02", "club"),
    ]),
}  # fmt: skip


@pytest.fixture(scope="module")
def faulty(gate: Callable[..., Gate], decp: bytes) -> Gate:
    files = {
        f"{t}.csv": head + "\n".join(r for r, *_ in rows) for t, (head, rows) in FAULTS.items()
    }
    return gate({"decp.json": decp, **files})


@pytest.mark.parametrize(
    ("table", "rang", "rule", "value"),
    [(t, n, rule, v) for t, (_, rows) in FAULTS.items() for n, (_, rule, v) in enumerate(rows, 2)],
)
def test_a_fault_goes_to_quarantine_with_its_place_and_remedy(
    faulty: Gate, table: str, rang: int, rule: str, value: str
) -> None:
    rejets = [r for r in faulty.quarantaine if (r.ligne.table, r.ligne.rang) == (table, rang)]
    by_rule = {r.regle.id: r for r in rejets}
    assert rule in by_rule, sorted(by_rule)
    assert by_rule[rule].valeur == value
    assert by_rule[rule].ligne.fichier == f"{table}.csv"
    assert by_rule[rule].regle.titre
    assert by_rule[rule].regle.remede


def test_a_handful_of_faults_does_not_stop_the_year(gate: Callable[..., Gate], decp: bytes) -> None:
    good = "".join(f"{n};{VILLE};{FIRM};;01/03/2024;1\n" for n in range(4))
    bad = "".join(f"{n};{VILLE};{FIRM};;01/03/2024;?\n" for n in range(4, 6))
    assert gate({"d.json": decp, "m.csv": HEAD + good + bad}).motifs == []


@pytest.mark.parametrize(
    ("reuse", "gifts", "both", "doubted"),
    [
        ("60", "40", "", False),
        ("60", "41", "", True),
        ("", "41", "101", True),
        ("", "110", "105", True),
        ("", "40", "100", False),
        ("60", "", "", False),
        ("", "41", "", False),
    ],
)
def test_reuse_and_gifts_above_the_whole_are_told_and_kept(
    gate: Callable[..., Gate], decp: bytes, reuse: str, gifts: str, both: str, doubted: bool
) -> None:
    """Gifts are no spending: the row is kept, and its figures are read with the rule."""
    head = "annee;siret;type_produit_acquis;montant_total;montant_reemploi_et_reutilisation;"
    head += "montant_produits_issus_don;montant_produits_recycles;montant_valorisation_et_don\n"
    row = f"2024;{VILLE};Papier;100;{reuse};{gifts};0;{both}\n"
    judged = gate({"decp.json": decp, "a.csv": head + row})
    assert [r for r in judged.quarantaine if r.ligne.table == "agec"] == []
    (rule,) = [r for r in judged.regles if r.id == "AGE-A06"]
    assert rule.respectee is not doubted


def test_every_rule_runs_on_faulty_rows(faulty: Gate) -> None:
    assert not any(r.erreur for r in faulty.regles if not r.respectee)


def test_ten_rows_and_more_are_judged_by_their_share(
    gate: Callable[..., Gate], decp: bytes
) -> None:
    good = "".join(f"{n};{VILLE};{FIRM};;01/03/2024;1\n" for n in range(8))
    bad = "".join(f"{n};{VILLE};{FIRM};;01/03/2024;?\n" for n in range(8, 10))
    (motif,) = gate({"d.json": decp, "m.csv": HEAD + good + bad}).motifs
    assert motif.startswith("Mandats de paiement : 20\u00a0% des lignes")


def test_a_reading_names_the_ambitions_of_any_scheme(
    gate: Callable[..., Gate], decp: bytes, params: Params
) -> None:
    axe = params.scheme.axes[0]
    ambition = axe.ambitions[0].model_copy(update={"code": "EMPLOI"})
    axes = (axe.model_copy(update={"ambitions": (ambition,)}),)
    scheme = params.scheme.model_copy(update={"axes": axes})
    content = "indicateur;acheteur;annee;numerateur;denominateur\n" + "".join(
        f"{code};{VILLE};2024;1;2\n" for code in ("EMPLOI-01", "EMPLOI-1-A", "SOC2-03", "EMPLOI")
    )
    gated = gate({"d.json": decp, "r.csv": content}, params.model_copy(update={"scheme": scheme}))
    aside = [r.ligne for r in gated.quarantaine if r.ligne.table == "releves"]
    assert [x.valeurs["indicateur"] for x in aside] == ["SOC2-03", "EMPLOI"]


ROWS = st.lists(
    st.tuples(
        st.sampled_from([VILLE, METROPOLE, OTHER, NOM_VILLE, "", "rien"]),
        st.sampled_from(["01/03/2024", "2023-05-04", "jamais", ""]),
        st.sampled_from(["1,01", "1 000,10", "-3,5", "x", "", "0"]),
    ),
    min_size=1,
    max_size=30,
)


@given(ROWS)
def test_nothing_is_lost_in_rows_and_cents(read: Read, rows: list[tuple[str, str, str]]) -> None:
    text = HEAD + "".join(f"{n};{b};{FIRM};;{d};{a}\n" for n, (b, d, a) in enumerate(rows))
    lecture = read({"m.csv": text})
    euros = {"1,01": "1.01", "1 000,10": "1000.10", "-3,5": "-3.5"}
    assert lecture.lues["mandats"] == (
        len(rows),
        sum((Decimal(euros.get(a, "0")) for *_, a in rows), Decimal(0)),
    )
    aside = [c for (table, _), c in lecture.hors_perimetre.items() if table == "mandats"]
    kept = [(1, x.montant or Decimal(0)) for x in lecture.lignes]
    assert (
        sum(n for n, _ in aside) + len(kept),
        sum((m for _, m in [*aside, *kept]), Decimal(0)),
    ) == lecture.lues["mandats"]
    expected = sum(b == OTHER for b, *_ in rows)
    elsewhere = lecture.hors_perimetre.get(("mandats", AUTRE_ACHETEUR), NOTHING)
    assert elsewhere.lignes == expected


def test_purchases_give_way_to_the_declaration_that_holds_them(
    gate: Callable[..., Gate], decp: bytes
) -> None:
    bought = f"siret,date,prix_ht,famille_produits\n{VILLE},2024-03-01,5,AUTRES\n{METROPOLE},2024-03-02,7,AUTRES\n"
    yearly = f"siret,annee_bilan,valeur_totale,valeur_bio\n{VILLE},2024,100,20\n"
    gated = gate({"d.json": decp, "a.csv": bought, "b.csv": yearly})
    totals = [x.valeurs["valeur_totale"] for x in gated.registres]
    assert sorted(totals) == [Decimal(7), Decimal(100)]
    (again,) = [d for d in gated.doublons if d.ligne.table == "cantine"]
    assert (again.ligne.fichier, again.garde.fichier) == ("a.csv", "b.csv")
    next(b for b in gated.bilans if b.table == "cantine").check()


EXPORT = (  # headings and words of the site's export of purchases
    "Date;Cantine;Description;Fournisseur;Famille de produit;Caractéristiques;Prix HT\n"
    "2024-03-01;Cuisine centrale;Colin;F;Poissons, produits de la mer et de l'aquaculture;"
    "Pêche durable, Origine UE (hors France);10,5\n"
    "2024-03-02;Cuisine centrale;Lait;F;BOF (Produits laitiers, beurre et œufs);Bio, "
    "Indication géographique protégée;20\n"
    "2024-03-02;Self;Eau;F;Boissons;;1\n"
    "2024-03-03;EHPAD;Pain;F;Boulangerie / Pâtisserie fraîches;;2\n"
)


def canteens(params: Params, **sirets: str) -> Params:
    """The params, with canteens named."""
    named = {name.replace("_", " "): siret for name, siret in sirets.items()}
    scheme = params.scheme.model_copy(update={"cantines": named})
    return params.model_copy(update={"scheme": scheme})


def test_purchases_exported_from_the_site_belong_to_the_canteens_that_params_name(
    gate: Callable[..., Gate], decp: bytes, params: Params
) -> None:
    using = canteens(params, cuisine_CENTRALE=VILLE, EHPAD=OTHER)
    gated = gate({"d.json": decp, "a.csv": EXPORT}, using)
    assert [(x.valeurs["siret"], x.valeurs["valeur_totale"]) for x in gated.registres] == [
        (VILLE, Decimal("10.50")), (VILLE, Decimal(20)),
    ]  # fmt: skip
    fish, milk = (x.valeurs for x in gated.registres)
    assert (fish["valeur_bio"], fish["valeur_egalim_hors_bio"]) == (0, Decimal("10.50"))
    assert fish["valeur_viandes_poissons_egalim"] == Decimal("10.50")
    assert (milk["valeur_bio"], milk["valeur_egalim_hors_bio"]) == (Decimal(20), 0)
    bilan = next(b for b in gated.bilans if b.table == "cantine")
    bilan.check()
    assert bilan.autre_acheteur == (1, Decimal(2))
    assert bilan.lues == (4, Decimal("33.50"))
    assert [
        x.ligne.valeurs["cantine"] for x in gated.quarantaine if x.ligne.table == "cantine"
    ] == ["Self"]


def test_a_canteen_named_in_params_has_its_purchases_in_its_declaration(
    gate: Callable[..., Gate], decp: bytes, params: Params
) -> None:
    yearly = f"siret,annee_bilan,valeur_totale,valeur_bio\n{VILLE},2024,100,20\n"
    nobody = "cantine_id,annee_bilan,valeur_totale,valeur_bio\n7,2024,50,2\n"
    using = canteens(params, Cuisine_centrale=VILLE)
    gated = gate({"d.json": decp, "a.csv": EXPORT, "b.csv": yearly, "c.csv": nobody}, using)
    again = [d.ligne.valeurs["description"] for d in gated.doublons if d.ligne.table == "cantine"]
    assert again == ["Colin", "Lait"], "purchases without a SIRET repeat nobody's declaration"
    next(b for b in gated.bilans if b.table == "cantine").check()


def test_a_siret_written_in_the_file_stands(read: Read, params: Params) -> None:
    text = f"siret;cantine_id;date;prix_ht;famille_produits\n{METROPOLE};9;2024-03-01;1;AUTRES\n"
    assert only(read({"a.csv": text}, canteens(params, **{"9": VILLE})))["siret"] == METROPOLE


def contract(uid: str, number: str, acheteur: str = "ville") -> dict[str, Any]:
    return {"marche_uid": uid, "id": number, "acheteur": acheteur, "fichier": "d", "ligne": 1}


TIES = [
    ("A", "", "u1", ""),
    ("B", "", None, joins.PLUSIEURS),
    ("B", "u3", "u3", ""),
    ("Z", "", None, joins.INCONNU),
    ("A", "u9", None, joins.UID_INCONNU),
]


@pytest.mark.parametrize(("number", "uid", "tied", "motif"), TIES)
def test_a_row_is_tied_to_one_contract_or_listed(
    read: Read, params: Params, number: str, uid: str, tied: str | None, motif: str
) -> None:
    text = f"acheteur_siret;id_marche;marche_uid;clause_carbone\n{VILLE};{number};{uid};oui\n"
    contracts = [contract("u1", "A"), contract("u2", "B"), contract("u3", "B"),
                 contract("u4", "A", "metropole")]  # fmt: skip
    rows = {"marches": contracts, "titulaires": []}
    joined = joins.tables(read({"f.csv": text}).lignes, rows, params)
    (row,) = joined.rows["fiches"]
    assert (row["marche_uid"], row["acheteur"]) == (tied, "ville")
    assert row["ligne_uid"] == "fiches#f.csv#2"
    assert [s.motif for s in joined.sans_lien] == ([motif] if motif else [])


def stock(folder: Path, form: str, n: int = 5_000) -> None:
    """INSEE's two files with `n` establishments, FIRM and OTHER among them."""
    with duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE e AS SELECT lpad(CAST(i AS VARCHAR), 14, '9') AS siret, 'O' AS "
            f"statutDiffusionEtablissement, '75056' AS codeCommuneEtablissement FROM range({n}) t(i)"
        )
        con.execute("INSERT INTO e VALUES (?, 'O', '21231'), (?, 'P', '2A004')", [FIRM, OTHER])
        con.execute(
            "CREATE TABLE u AS SELECT siret[:9] AS siren, 'O' AS statutDiffusionUniteLegale, "
            "'SOCIÉTÉ ' || siret[:9] AS denominationUniteLegale, 'PME' AS categorieEntreprise, "
            "'03' AS trancheEffectifsUniteLegale, 'O' AS economieSocialeSolidaireUniteLegale "
            "FROM e WHERE siret IN (?, ?)",
            [FIRM, OTHER],
        )
        how = "FORMAT parquet" if form == "parquet" else "FORMAT csv, HEADER"
        con.execute(f"COPY e TO '{folder / 'StockEtablissement'}.{form}' ({how})")
        con.execute(f"COPY u TO '{folder / 'StockUniteLegale'}.{form}' ({how})")


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_stock_of_insee_gives_the_establishments_met_alone(
    tmp_path: Path, params: Params, form: str
) -> None:
    data, lists = tmp_path / "raw", tmp_path / "referentiels"
    data.mkdir(), lists.mkdir()
    stock(lists, form)
    (lists / "autre.csv").write_text("couleur;taille\nvert;3\n")
    rows = f"1;{VILLE};{FIRM};;01/03/2024;1\n2;{VILLE};{OTHER};;01/03/2024;1\n"
    (data / "m.csv").write_text(HEAD + rows)
    lecture = sources.read_folder(data, params, referentiels=lists)
    assert [f.nom for f in lecture.fichiers if f.source == "sirene"] == [
        f"referentiels/StockEtablissement.{form}",
        f"referentiels/StockUniteLegale.{form}",
    ]
    assert lecture.lues["sirene"].lignes == 5_002
    assert lecture.hors_perimetre["sirene", NON_RENCONTRE].lignes == 5_000
    sirene = joins.tables(lecture.lignes, {"marches": [], "titulaires": []}, params).rows["sirene"]
    assert [
        (r["siret"], r["denomination"], r["cercle"], r["region"], r["ess"], r["ligne"])
        for r in sirene
    ] == [
        (FIRM, f"SOCIÉTÉ {FIRM[:9]}", "groupement", "27", True, 5_002),
        (OTHER, None, "ailleurs", "94", True, 5_003),
    ]
    assert {r["effectif_moins_10"] for r in sirene} == {True}


def test_what_a_partial_diffusion_hides_is_unknown(read: Read, params: Params) -> None:
    """INSEE writes [ND]: a commune that is not told is in no circle, not elsewhere."""
    stock = (
        "siret,statutDiffusionEtablissement,codeCommuneEtablissement,categorieEntreprise,"
        f"denominationUniteLegale\n{FIRM},P,[ND],PME,[ND]\n"
    )
    lecture = read({"s.csv": stock, "m.csv": HEAD + f"1;{VILLE};{FIRM};;01/03/2024;1\n"})
    (row,) = joins.tables(lecture.lignes, {"marches": [], "titulaires": []}, params).rows["sirene"]
    assert (row["code_commune"], row["cercle"], row["denomination"]) == (None, None, None)
    assert row["categorie_entreprise"] == "PME"


def test_a_small_extract_holds_everything_and_what_it_lacks_is_listed(
    read: Read, params: Params
) -> None:
    extract = f"siret;code_commune;denomination;categorie_entreprise\n{FIRM};21166;Été;ETI\n"
    rows = f"1;{VILLE};{FIRM};;01/03/2024;1\n2;{VILLE};{OTHER};;01/03/2024;1\n3;{VILLE};12;;01/03/2024;1\n"
    lecture = read({"s.csv": extract.encode("cp1252"), "m.csv": HEAD + rows})
    joined = joins.tables(lecture.lignes, {"marches": [], "titulaires": []}, params)
    (row,) = joined.rows["sirene"]
    assert (row["denomination"], row["categorie_entreprise"], row["effectif_moins_10"]) == (
        "Été", "ETI", None,
    )  # fmt: skip
    assert [(s.cle, s.motif, s.ligne) for s in joined.sans_lien] == [
        (OTHER, joins.HORS_SIRENE, 3),
        ("12", joins.SIRET_FAUX, 4),
    ]


def test_an_extract_may_be_a_workbook(gate: Callable[..., Gate], decp: bytes) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["siret", "code_commune", "ess"], [FIRM, "21231", "O"], [FIRM, "21231", "N"],
                [None, "21231", "O"]):  # fmt: skip
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    gated = gate({"d.json": decp, "s.xlsx": buffer.getvalue()})
    assert [(x.valeurs["siret"], x.valeurs["ess"]) for x in gated.registres] == [(FIRM, True)]
    assert [r.regle.id for r in gated.quarantaine if r.ligne.table == "sirene"] == ["SIR-C01"]
    assert [d.ligne.rang for d in gated.doublons if d.ligne.table == "sirene"] == [3]


@pytest.mark.parametrize(
    ("commune", "departement", "region", "cercle"),
    [
        ("21231", "21", "27", "groupement"),
        ("21054", "21", "27", "departement"),
        ("71076", "71", "27", "region"),
        ("2A004", "2A", "94", "ailleurs"),
        ("97411", "974", "04", "ailleurs"),
        ("98818", "988", None, "ailleurs"),
        (None, None, None, None),
        ("2123", None, None, None),
    ],
)
def test_circles(
    params: Params, commune: str | None, departement: str | None, region: str | None,
    cercle: str | None,
) -> None:  # fmt: skip
    assert territory.departement(commune) == departement
    assert territory.region(commune) == region
    assert territory.cercle(commune, params.scheme.territoire) == cercle


def test_without_a_territory_no_circle_is_known() -> None:
    assert territory.cercle("21231", None) is None


def test_the_metropole_has_its_communes(params: Params, real: Callable[[str], Path]) -> None:
    lines = real("data/references/communes_dijon_metropole.csv").read_text("utf-8-sig").splitlines()
    head, *rows = [line.split(";") for line in lines]
    territoire = params.scheme.territoire
    assert territoire
    assert set(territoire.cercles[0].communes) == {r[head.index("insee")] for r in rows}


def test_the_old_list_of_insertion_structures_is_read(
    read: Read, real: Callable[[str], Path]
) -> None:
    content = real("data/references/siae_france_2019-07_sans_contacts.csv").read_bytes()
    lecture = read({"x": content})
    (fichier,) = lecture.fichiers
    assert fichier.source == "annuaire_inclusif"
    assert fichier.lignes == len(lecture.lignes) > 3_000
    kinds = Counter(x.valeurs["type"] for x in lecture.lignes)
    assert {"EI", "AI", "ACI", "ETTI"} <= set(kinds)


def test_corrections_and_rows_share_their_names() -> None:
    """A field of a ledger entry is a column of its table."""
    for table in REGISTRES:
        names = {c.name for c in TABLES[table]}
        assert {f.name for f in FIELDS[table]} <= names


def test_the_guide_of_the_registers_is_up_to_date(root: Path) -> None:
    written = (ROOT / "docs" / "registres.md").read_text(encoding="utf-8")
    assert written == registres_md.markdown(), "make docs"
    assert all(f"`{r.source}`" in written for r in REGISTRES.values())


@pytest.mark.parametrize("registre", REGISTRES.values(), ids=list(REGISTRES))
def test_the_guide_lists_every_label_that_a_closed_column_takes(registre: Registre) -> None:
    for column in registre.lues:
        parse = column.parse
        if parse and values.HORS_LISTE in (parse("zzz").motif, parse("BIO,zzz").motif):
            assert all(parse(x).motif is None for x in registres_md.LISTES[column.name]), (
                column.name
            )


def test_a_canteen_that_params_do_not_name_is_shown_by_its_name(read: Read) -> None:
    export = "Date de l'achat;Cantine;Prix HT;Famille de produits\n12/01/2024;Les Lilas;1;Autres\n"
    (ligne,) = read({"c.csv": export}).lignes
    assert findings.known(ligne) == ("", "Les Lilas", "ligne 2")
