"""Exports of offices mapped by headings to any table, and fields with several columns."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from spaser.errors import UserError
from spaser.settings.params import Params
from spaser.sources import decp_mapped
from spaser.sources.fields import FIELDS
from spaser.sources.lecture import Lecture
from spaser.sources.registers import REGISTRES

VILLE = "21210231300013"
Read = Callable[..., Lecture]


def mapping(folder: Path, text: str) -> Path:
    (folder / "colonnes.yml").write_text(f"exports:\n{text}", encoding="utf-8")
    return folder


INSERTION = f"""
  - nom: Suivi de la maison de l'emploi
    table: insertion
    colonnes:
      id_marche: Référence du contrat
      heures_prevues: {{premier: [Heures au marché, Heures estimées]}}
      heures_realisees: [Heures faites, Heures validées]
    valeurs: {{acheteur_siret: "{VILLE}"}}
"""


def test_a_register_is_read_by_the_headings_of_its_office(
    read: Read, params: Params, tmp_path: Path
) -> None:
    using = params.model_copy(update={"folder": mapping(tmp_path, INSERTION)})
    content = (
        "Référence du contrat;Heures au marché;Heures estimées;Heures validées\n"
        "A;100 h;90;80\nB;-;70;60\nC;;;10\nTOTAL;100;160;150\n"
    )
    lecture = read({"suivi.csv": content}, using)
    assert lecture.fournies == {"insertion"}
    assert [
        (x.valeurs["id_marche"], x.valeurs["heures_prevues"], x.valeurs["heures_realisees"])
        for x in lecture.lignes
        if not x.total
    ] == [
        ("A", Decimal("100.00"), Decimal("80.00")),
        ("B", Decimal("70.00"), Decimal("60.00")),
        ("C", None, Decimal("10.00")),
    ]
    assert [x.total for x in lecture.lignes] == ["", "", "", "TOTAL"]
    assert {x.valeurs["acheteur_siret"] for x in lecture.lignes} == {VILLE}


def test_the_first_filled_amount_counts(read: Read, params: Params, tmp_path: Path) -> None:
    text = f"""
  - nom: Tableau
    colonnes:
      id: Marché
      montant: {{premier: [Montant initial, Montant prévu]}}
      date_notification: Date
    valeurs: {{acheteur_id: "{VILLE}"}}
"""
    using = params.model_copy(update={"folder": mapping(tmp_path, text)})
    content = "Marché;Date;Montant prévu;Montant initial\nA;05/03/2024;10;20\nB;05/03/24;30;\n"
    lecture = read({"a.csv": content}, using)
    assert [x.montant for x in lecture.lignes] == [Decimal(20), Decimal(30)]
    assert lecture.lues["marches"].montant == Decimal(50)


@pytest.mark.parametrize("table", REGISTRES)
def test_every_register_can_be_mapped(tmp_path: Path, table: str) -> None:
    fields = "".join(f"      {f.name}: Colonne {n}\n" for n, f in enumerate(FIELDS[table]))
    [export] = decp_mapped.load(
        mapping(tmp_path, f"  - nom: Export\n    table: {table}\n    colonnes:\n{fields}")
    )
    assert (export.table, export.source) == (table, REGISTRES[table].source)


@pytest.mark.parametrize("change, message", [
    (("table: insertion", "table: inconnue"), "tables possibles"),
    (("premier:", "dernier:"), "{premier: [A, B]}"),
    (("{premier: [Heures au marché, Heures estimées]}", "{premier: []}"), "heures_prevues"),
    (("id_marche:", "numero:"), "numero"),
    (("      id_marche: Référence du contrat\n", ""), "id_marche"),
    (('valeurs: {acheteur_siret: "21210231300013"}', "titulaires: [{id: SIRET}]"), "titulaires"),
])  # fmt: skip
def test_a_mapping_that_is_wrong_is_said(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    with pytest.raises(UserError) as caught:
        decp_mapped.load(mapping(tmp_path, INSERTION.replace(*change, 1)))
    assert message in str(caught.value)
    assert "colonnes.yml" in str(caught.value)


def test_a_list_of_persons_is_not_read_even_mapped(
    read: Read, params: Params, tmp_path: Path
) -> None:
    using = params.model_copy(update={"folder": mapping(tmp_path, INSERTION)})
    content = (
        "Référence du contrat;Heures au marché;Heures estimées;Heures faites;Prénom\nA;1;1;1;Z\n"
    )
    [fichier] = read({"suivi.csv": content}, using).fichiers
    assert "nominatif" in fichier.erreur
