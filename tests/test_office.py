"""Ordinary files that offices really produce, each with its right outcome."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from oracle import VILLE, Contract, flat, nested
from written import Failed, Percent, old_cells, open_cells, sheet, xml_of

from spaser.quality import Gate
from spaser.sources import values
from spaser.sources.lecture import Lecture

HEADER = [
    "acheteur.id", "id", "objet", "dateNotification", "datePublicationDonnees", "montant",
    "nature", "procedure", "codeCPV", "dureeMois", "titulaire_id_1", "titulaire_typeIdentifiant_1",
]  # fmt: skip
DATE, EUROS = HEADER.index("dateNotification"), HEADER.index("montant")
FIRM = "49047296600012"
MANDATS = "numero;acheteur_siret;fournisseur_id;fournisseur;date_paiement;montant_ht\n" + "".join(
    f"{n};{VILLE};{FIRM};Société {n};05/{n:02}/2024;{100 * n},00\n" for n in range(1, 13)
)
Cells = list[list[str]]


def contracts() -> Cells:
    """Twenty contracts of 2024 as the Ministry's flat table has them, all that is asked filled."""
    days = [dt.date(2024, 1, 10) + dt.timedelta(17 * n) for n in range(20)]
    return [
        [VILLE, f"2024-{n:03}", f"Achat numéro {n}", day.isoformat(),
         (day + dt.timedelta(20)).isoformat(), str(50000 + n), "Marché", "Procédure adaptée",
         "45000000", "12", FIRM, "SIRET"]
        for n, day in enumerate(days)
    ]  # fmt: skip


def written(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """As a spreadsheet saves a CSV in France."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([HEADER, *rows])
    return out.getvalue().encode(encoding)


def changed(place: int, texts: Sequence[str]) -> bytes:
    """The contracts, the first of them with other texts in a column."""
    rows = contracts()
    for row, text in zip(rows, texts, strict=False):
        row[place] = text
    return written(rows)


def workbook(change: Callable[[Any, Any], object]) -> bytes:
    """The contracts as an XLSX, changed by hand as an office does."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [HEADER, *contracts()]:
        sheet.append(row)
    change(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def failing(_: Any, sheet: Any) -> None:
    for cell, error in {"F4": "#REF!", "D5": "#N/A", "C6": "#NAME?"}.items():
        sheet[cell] = error
        sheet[cell].data_type = "e"


def hidden_copy(book: Any, sheet: Any) -> None:
    copy = book.copy_worksheet(sheet)
    copy.sheet_state = "hidden"


def hidden_lists(book: Any, _: Any) -> None:
    lists = book.create_sheet("Listes")
    lists.append(["oui", "non"])
    lists.sheet_state = "veryHidden"


def filtered(_: Any, sheet: Any) -> None:
    sheet.auto_filter.ref = "A1:L21"
    for row in range(5, 12):
        sheet.row_dimensions[row].hidden = True


def titled(_: Any, sheet: Any) -> None:
    sheet.insert_rows(1, 2)
    sheet["A1"] = "Marchés de la Ville, 2024"
    sheet.merge_cells("A1:L1")


def merged(_: Any, sheet: Any) -> None:
    sheet.merge_cells("F2:F4")


HERE = contracts()


@pytest.mark.parametrize("content, kept, rules", [
    (written([HEADER, *HERE]), 20, ["ENT-marches"]),
    (written([*HERE[:9], HEADER, *HERE[9:]]), 20, ["ENT-marches"]),
    (written(HERE, "utf-16"), 20, []),
    (written(HERE, "utf-16-le"), 20, []),  # without its mark
    (written(HERE, "utf-16-be"), 20, []),
    (changed(EUROS, ["1,234.56", "1.234,56", "1 234,56 €", "1'234.56", "50k€"]), 20, []),
    (changed(EUROS, ["50\u202f000,00\u00a0€", "€ 50 001", "50.002,00 € HT"]), 20, []),
    (changed(EUROS, ["60 000 € TTC"]), 19, ["MAR-C04"]),
    (changed(EUROS, ["50.000"]), 19, ["MAR-C04"]),  # fifty, or fifty thousand
    (changed(EUROS, ["(50 000,00)"]), 19, ["MAR-C05"]),
    (changed(EUROS, ["#VALEUR!", "Err:502"]), 18, ["MAR-C04"] * 2),
    (changed(DATE, ["mardi 5 mars 2024"]), 20, []),
    (changed(DATE, ["05-mars-24", "05-MAR-2024", "March 5, 2024", "5 April 2024"]), 20, []),
    (changed(DATE, ["du 05/03/2024 au 04/03/2025"]), 19, ["MAR-C07"]),
    (changed(DATE, ["courant avril"]), 19, ["MAR-C07"]),
    (changed(0, ["212.102.313.00013", "212-102-313 00013", "'21210231300013"]), 20, []),
    (changed(2, ['Lot 1 ; lot 2 ; "gros œuvre"']), 20, []),
    (changed(0, ["2121O231300013"]), 19, ["MAR-C02"]),  # the letter O
    (b"sep=;\r\n" + written(HERE), 20, []),
    (written(HERE).replace(b"\r\n", b"\r"), 20, []),
    (written(HERE).replace(b"\r\n", b";;;\r\n"), 20, []),
    (written([row[:2] + row[3:] if n == 3 else row for n, row in enumerate(HERE)]), 19,
     ["MAR-C04"]),  # a cell lost: those after it are told
    (written([*HERE, ["Σ", "", "", "", "", "1000190"]]), 20, ["TOT-marches"]),
    (workbook(failing), 18, ["MAR-C04", "MAR-C07"]),
    (workbook(hidden_lists), 20, []),
    (workbook(filtered), 20, []),  # hidden rows are in the file
    (workbook(titled), 20, []),
    (workbook(merged), 18, ["MAR-C03"] * 2),  # an amount for three is nobody's
])  # fmt: skip
def test_a_file_of_an_office_is_read_or_told(
    gate: Callable[..., Gate], content: bytes, kept: int, rules: list[str]
) -> None:
    judged = gate({"x": content})
    (bilan,) = [b for b in judged.bilans if b.table == "marches"]
    assert judged.motifs == []
    assert bilan.retenues.lignes == kept
    assert bilan.lues.lignes == kept + len(rules)
    assert sorted(r.regle.id for r in judged.quarantaine) == rules


WRITERS = {"XLSX": sheet, "ODS": open_cells, "XLS": old_cells}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_what_a_cell_shows_is_read_or_told_in_each_workbook(
    gate: Callable[..., Gate], write: Callable[..., bytes]
) -> None:
    """Errors are no blanks; 25 % is a share where one is asked, and has two readings elsewhere."""
    rows: list[list[Any]] = [[*row, "0,05"] for row in contracts()]
    rows[0][EUROS] = Failed("#REF!")
    rows[1][DATE] = Failed("#N/A")
    rows[2][EUROS] = Percent(0.25)
    rows[3][-1], rows[4][-1] = Percent(0.25), Failed("#DIV/0!")
    releves = [
        ["indicateur", "acheteur", "annee", "numerateur", "denominateur", "document", "auteur"],
        ["SOC3-03", VILLE, "2024", Percent(0.25), "100", "bilan", "service"],
        ["SOC3-04", VILLE, "2024", "25", "100", "bilan", "service"],
    ]
    flotte = [
        ["sirenCouvert", "nbVP", "nbVPclean", "nbN1", "pcentLDVFE"],
        [VILLE[:9], "10", "4", "3", Percent(0.25)],
    ]
    judged = gate(
        {"x": write([[*HEADER, "tauxAvance"], *rows]), "r": write(releves), "v": write(flotte)}
    )
    assert [x.valeurs["pcentLDVFE"] for x in judged.registres if x.table == "flotte"] == [25]
    assert sorted((q.regle.id, q.valeur) for q in judged.quarantaine) == [
        ("MAR-C04", "#REF!"), ("MAR-C04", "25 % (25 ou 0,25 ?)"), ("MAR-C07", "#N/A"),
        ("REL-C05", "25 % (25 ou 0,25 ?)"),
    ]  # fmt: skip
    marches = [x for x in judged.lignes if x.table == "marches"]
    shares = {x.valeurs["id"]: x.valeurs["taux_avance"] for x in marches}
    assert (shares["2024-003"], shares["2024-005"]) == (Decimal("0.25"), Decimal("0.05"))
    unread = [a for x in marches for a in x.inutilisables if a.champ == "taux_avance"]
    assert [a.valeur for a in unread] == ["#DIV/0!"]


@pytest.mark.parametrize("total", [
    "Σ;;;;;7800,00\n", ";;;Σ;;7800,00\n", f";{VILLE};;TOTAL VILLE;;7800,00\n", ";;;;;7800,00\n",
    ";;;Total général :;;7800,00\n",
])  # fmt: skip
def test_no_way_to_write_a_total_is_counted(gate: Callable[..., Gate], total: str) -> None:
    judged = gate({"d": written(HERE), "m": (MANDATS + total).encode()})
    (bilan,) = [b for b in judged.bilans if b.table == "mandats"]
    assert judged.motifs == []
    assert (bilan.retenues, bilan.quarantaine.lignes) == ((12, 7800), 1)


@pytest.mark.parametrize("content, message", [
    (b"%PDF-1.4\n" * 9, "c'est un PDF"),
    (b"<html><body><table><tr><td>1</td></tr></table>", "page HTML"),
    (written(HERE).replace("numéro 3;".encode(), "numéro 3 ; et 4;".encode()),
     "ligne 5 : 13 cellules pour 12"),
    (workbook(hidden_copy), "plusieurs feuilles ont ces colonnes"),
    (written(HERE)[:-30], "ligne 21 : le fichier s'arrête au milieu"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_stops_with_its_remedy(
    gate: Callable[..., Gate], content: bytes, message: str
) -> None:
    (motif, _) = gate({"x.csv": content}).motifs
    assert message in motif
    assert "remède" in motif


TABLE = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in [HEADER, *HERE])
EXCEL_2003 = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
OBJECTS = [json.dumps(flat(Contract(f"V{n}")), default=float) for n in range(3)]
XML = xml_of([nested(Contract("V"))])
TWINS = MANDATS.replace("montant_ht", "Montant;Montant hors taxes").replace(",00\n", ",00;1\n")


@pytest.mark.parametrize("content, message", [
    (f"<html><table>{TABLE}</table></html>".encode(), "tableau enregistré en page HTML"),
    (f"<table>{TABLE}</table>".encode(), "tableau enregistré en page HTML"),
    (EXCEL_2003.encode(), "format XML d'Excel 2003"),
    ("\r\n".join(f'"{";".join(row)}"' for row in [HEADER, *HERE]).encode(), "entre guillemets"),
    ("\n".join(OBJECTS).encode(), "se suivent sans être une liste"),
    (XML.replace("Réfection".encode(), b"R&eacute;fection"), "« &eacute; » est du HTML"),
    (XML + XML.partition(b"\n")[2], "plusieurs documents XML se suivent"),
    (written(HERE).replace(b"nature;", b"montant;", 1),
     "deux colonnes « montant » (F et G) : laquelle compter ne se devine pas"),
    (workbook(lambda _, sheet: sheet.__setitem__("G1", "Montant")), "(F et G)"),
    (TWINS.encode(), "« Montant » (F) et « Montant hors taxes » (G)"),
])  # fmt: skip
def test_what_another_software_wrote_is_refused_with_what_it_is(
    read: Callable[..., Lecture], content: bytes, message: str
) -> None:
    [fichier] = read({"x": content}).fichiers
    assert message in fichier.erreur
    assert "remède" in fichier.erreur


def test_a_name_and_a_number_of_the_buyer_side_by_side_are_no_twins(
    read: Callable[..., Lecture],
) -> None:
    both = MANDATS.replace("acheteur_siret", "acheteur;siret acheteur").replace(
        f";{VILLE};", f";{VILLE};{VILLE};"
    )
    [fichier] = read({"x": both}).fichiers
    assert not fichier.erreur
    assert fichier.lignes == 12


def test_a_register_left_in_two_forms_is_counted_once(gate: Callable[..., Gate]) -> None:
    """CSV and XLSX of one export, the second typed by a spreadsheet, with a row more."""
    header, *rows = (line.split(";") for line in MANDATS.splitlines())
    typed = [
        [*row[:4], dt.datetime.strptime(row[4], "%d/%m/%Y"), float(row[5].replace(",", "."))]
        for row in rows
    ]
    typed.append(["13", *typed[0][1:]])
    judged = gate({"d": written(HERE), "m.csv": MANDATS, "m.xlsx": sheet([header, *typed])})
    (bilan,) = [b for b in judged.bilans if b.table == "mandats"]
    assert (bilan.lues, bilan.retenues) == ((25, 15700), (13, 7900))
    assert {d.motif for d in judged.doublons} == {"même ligne dans un autre fichier"}


@pytest.mark.parametrize("objet, is_change", [
    ("Avenant n° 1 : voirie", True), ("AVENANT 2", True), ("Acte modificatif n°3", True),
    ("Modification n° 1 du lot 2", True), ("Modification du marché de voirie", True),
    ("Modification du réseau de chauffage", False), ("Aventure à la piscine", False),
    ("Voirie, y compris avenant", False),
])  # fmt: skip
def test_a_change_written_as_a_contract_is_told(
    gate: Callable[..., Gate], objet: str, is_change: bool
) -> None:
    broken = {r.id for r in gate({"x": changed(2, [objet])}).regles if r.cles}
    assert ("MAR-A26" in broken) == is_change


@pytest.mark.parametrize("content", [
    written(HERE).rstrip(),
    written(HERE)[:-5],  # inside the last cell: nothing proves it
    written([[*row, ""] for row in HERE[:-1]]) + ";".join(HERE[-1]).encode(),  # one more separator
])  # fmt: skip
def test_a_last_line_without_its_end_is_no_cut_unless_cells_lack(
    gate: Callable[..., Gate], content: bytes
) -> None:
    assert gate({"x.csv": content}).motifs == []


def test_the_year_before_in_the_folder_of_the_year_is_said(gate: Callable[..., Gate]) -> None:
    before = written(HERE).replace(b"2024-", b"2023-")
    judged = gate({"x.csv": written(HERE), "~$y.xlsx": b"\x05User" + b" " * 160, "z.csv": before})
    (bilan,) = [b for b in judged.bilans if b.table == "marches"]
    assert (bilan.retenues.lignes, bilan.autre_annee.lignes) == (20, 20)


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#NOM?", "#NAME?", "#DIV/0!", "#VALEUR!"])
def test_the_error_of_a_formula_is_no_value(error: str) -> None:
    for parse in (values.text, values.amount, values.date, values.boolean, values.integer):
        assert parse(error) == values.Read(None, values.ILLISIBLE)
