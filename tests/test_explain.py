"""What explain says of a year and of an indicator: exact, complete, and nothing suppressed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neutral import NOM_VILLE
from pages import Made, figures, parsed, plain, rows, text_of

from spaser.commands import explain
from spaser.commands.explain.paragraphs import Paragraph, harmless, wrapped
from spaser.errors import UserError
from spaser.figures.script import factor
from spaser.opendata import decompose, lineage
from spaser.opendata.decompose import ADDITIVE, QUOTIENT, Parts
from spaser.report import edition as editions
from spaser.report import french, lines, reading, suite

pytest_plugins = ("pages",)

# --- The change of a figure, exactly ---------------------------------------------------------

MONEY = st.decimals(-(10**7), 10**7, places=2)
SOURCES = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.builds(lambda haut, bas: Parts(haut, abs(bas)), MONEY, MONEY),
    min_size=1,
)


def value(parts: Parts, scale: int) -> Fraction:
    """A quotient, or a sum where there is no denominator."""
    return scale * Fraction(parts.haut) / (Fraction(parts.bas) or 1)


@given(SOURCES, SOURCES, st.sampled_from([1, 100]))
def test_shares_of_a_quotient_add_up_to_its_change(
    before: dict[str, Parts], now: dict[str, Parts], scale: int
) -> None:
    old, new = decompose.total(before.values()), decompose.total(now.values())
    if not (old.bas and new.bas):
        return
    shares = decompose.shares(before, now, scale)
    whole = decompose.effects((old, new), (old, new), scale)
    assert set(shares) == {*before, *now}
    assert sum(s.numerateur for s in shares.values()) == whole.numerateur
    assert sum(s.denominateur for s in shares.values()) == whole.denominateur
    assert whole.total == value(new, scale) - value(old, scale)
    back = decompose.effects((new, old), (new, old), scale)  # no order is chosen
    assert (back.numerateur, back.denominateur) == (-whole.numerateur, -whole.denominateur)


@given(SOURCES, SOURCES)
def test_shares_of_a_sum_add_up_to_its_change(
    before: dict[str, Parts], now: dict[str, Parts]
) -> None:
    then, here = ({u: Parts(p.haut, Decimal(0)) for u, p in year.items()} for year in (before, now))
    shares = decompose.shares(then, here)
    change = decompose.total(here.values()).haut - decompose.total(then.values()).haut
    assert sum(s.total for s in shares.values()) == change
    assert all(s.denominateur == 0 for s in shares.values())


@pytest.mark.parametrize("old, new, top, bottom", [
    ((1, 4), (3, 4), 50, 0),        # the denominator has not moved
    ((2, 4), (2, 8), 0, -25),       # nor here the numerator
    ((1, 2), (2, 4), "37.5", "-37.5"),
])  # fmt: skip
def test_effects_by_hand(
    old: tuple[int, int], new: tuple[int, int], top: object, bottom: object
) -> None:
    was, is_ = (Parts(*map(Decimal, x)) for x in (old, new))
    effects = decompose.effects((was, is_), (was, is_), 100)
    assert effects == (Fraction(str(top)), Fraction(str(bottom)))


@given(st.lists(st.fractions(-1000, 1000, max_denominator=997), max_size=9), st.integers(0, 3))
def test_rounded_values_still_add_up(values: list[Fraction], decimals: int) -> None:
    rounded = decompose.adding_up(values, decimals)
    step, half = Fraction(1, 10**decimals), Fraction(1, 2 * 10**decimals)
    assert len(rounded) == len(values)
    assert abs(sum(map(Fraction, rounded), Fraction(0)) - sum(values, Fraction(0))) <= half
    assert all(abs(Fraction(f) - v) < step or f == v for f, v in zip(rounded, values, strict=True))


def test_equal_shares_are_listed_equal_and_the_rest_bears_the_roundings() -> None:
    third = Fraction(1, 3)
    shares = decompose.listed([third, third, -third], Decimal("5.00"), True)
    assert shares == [Decimal(x) for x in ("0.33", "0.33", "-0.33", "4.67")]
    assert sum(decompose.listed([third] * 3, Decimal("1.00"), False)) == 1


def test_the_evidence_gives_the_parts_of_every_published_figure(demo: Made) -> None:
    folder = demo.reports / "2025"
    edition = editions.load(folder, 2025)
    proofs: dict[tuple[str, str, str], list[lineage.Proof]] = {}
    for p in lineage.proofs(folder):
        proofs.setdefault((p.code, p.entite, p.base), []).append(p)
    count = 0
    for item in edition.indicateurs:
        for calcul in item.calculs:
            if calcul.mesure not in ADDITIVE | QUOTIENT:
                continue
            for entity in edition.scheme.entites:
                f = edition.figure(item, calcul, entity)
                if f.valeur is None:
                    continue
                own = decompose.brought(proofs[f.code, f.entite, f.base], calcul.mesure)
                whole = decompose.total(own.values())
                assert whole == (f.numerateur, f.denominateur or 0), f
                assert float(value(whole, factor(item, calcul))) == float(f.valeur)
                count += 1
    assert count > 150


# --- An indicator ----------------------------------------------------------------------------


def printed(
    folder: Path, code: str | None = None, entite: str | None = None, width: int = 10_000
) -> list[str]:
    return list(explain.text(folder, int(folder.name), code, entite, width))


def amount(text: str) -> Decimal:
    """The first signed number of a French text."""
    match = re.search(r"[+−]?\d[\d\u202f]*(?:,\d+)?", text)
    assert match, text
    return Decimal(match[0].replace("\u202f", "").replace("−", "-").replace(",", "."))


@pytest.fixture
def copy(demo: Made, tmp_path: Path) -> Path:
    """Both years of the demonstration, to spoil; the folder of 2025."""
    shutil.copytree(demo.reports, tmp_path / "reports")
    return tmp_path / "reports" / "2025"


@pytest.mark.parametrize("code, base", [
    ("SOC2-02", "valeur"), ("ENV1-01", "nombre"), ("SOC2-10", "nombre"), ("SOC2-10", "valeur"),
    ("ECO2-01", "autre"), ("SOC2-03", "autre"), ("ENV1-05", "valeur"), ("ECO1-02", "valeur"),
])  # fmt: skip
def test_what_is_said_of_a_change_adds_up_to_the_published_one(
    demo: Made, code: str, base: str
) -> None:
    row = figures(demo.reports / "2025")[code, "ensemble", base]
    change = Decimal(row["evolution"]).quantize(Decimal("0.01"))
    text = "\n".join(printed(demo.reports / "2025", code))
    blocks = text.split("Depuis 2024")[1:]
    bases = [r["base"] for r in rows(demo.reports / "2025" / "indicateurs.csv")
             if (r["code"], r["entite"]) == (code, "ensemble")]  # fmt: skip
    block = blocks[bases.index(base)].split("\n\n")[0]
    sums = [amount(x.split("somme\u00a0:")[1]) for x in block.splitlines() if "– somme" in x]
    assert sums
    assert set(sums) == {change}
    effects = [amount(x.split(")\u00a0:")[1]) for x in block.splitlines() if "effet du" in x]
    assert sum(effects) == change or not effects
    listed = block.split("bouger le chiffre")[1].splitlines()[1:]
    shown = [amount(re.split(r"^ *\d+\. | autres? ensemble\u00a0: ", x)[1]) for x in listed
             if re.match(r"  (\d+\.|– les)", x)]  # fmt: skip
    assert sum(shown) == change


def test_an_indicator_is_defined_valued_judged_and_proved(demo: Made) -> None:
    folder = demo.reports / "2025"
    row = figures(folder)["SOC2-02", "ensemble", "valeur"]
    text = "\n".join(printed(folder, "soc2-02")).replace("’", "'")
    for part in ("numerateur", "denominateur"):
        assert french.euros(Decimal(row[part])) in text
    for words in (
        "list_has_any(considerations_sociales", "cible à confirmer",
        f"Verdict\u00a0: {row['verdict']}",
        french.percent(Decimal(row["valeur"])), french.percent(Decimal(row["couverture"])),
        "Ailleurs\u00a0: Métropole", "Sans les maxima d'accords-cadres",
    ):  # fmt: skip
        assert words in text
    own = [p for p in lineage.proofs(folder)
           if (p.code, p.entite) == ("SOC2-02", "ensemble") and p.role != "inconnu"]  # fmt: skip
    heaviest = sorted((p.contribution for p in own), reverse=True)[:10]
    listed = text.split("Ce qui pèse le plus")[1].split("Depuis 2024")[0].splitlines()[1:]
    weights = [
        amount(x.split(" (", 1)[0].split("numérateur")[-1].split("seul")[-1]) for x in listed
    ]
    assert weights == heaviest


def test_one_entity_alone_is_told_alone(demo: Made) -> None:
    text = "\n".join(printed(demo.reports / "2025", "SOC2-01", "ville"))
    assert NOM_VILLE in text
    assert "Ailleurs" not in text
    assert ", Métropole," not in text


@pytest.mark.parametrize("spoil, lost", [
    (lambda folder: shutil.rmtree(folder), "n'est pas là"),
    (lambda folder: (folder / "preuves.csv").write_text("code\n"), "n'est plus celui"),
])  # fmt: skip
def test_effects_stay_without_the_folder_of_the_year_before(
    copy: Path, spoil: Callable[[Path], object], lost: str
) -> None:
    spoil(copy.parent / "2024")
    text = "\n".join(printed(copy, "SOC2-02")).replace("’", "'")
    assert "effet du dénominateur" in text
    assert lost in text
    assert "bouger le chiffre" not in text


def test_evidence_that_does_not_give_the_figure_is_not_used(copy: Path) -> None:
    path = copy / "preuves.csv"
    text = path.read_text("utf-8")
    first = next(x for x in text.splitlines() if x.startswith("SOC2-02,ensemble,"))
    path.write_text(text.replace(first + "\n", ""), encoding="utf-8")
    assert "ne redonnent pas" in "\n".join(printed(copy, "SOC2-02"))


def test_a_median_and_a_first_year_say_why_nothing_is_decomposed(demo: Made) -> None:
    assert "médiane ne se décompose pas" in "\n".join(printed(demo.reports / "2025", "ECO1-05"))
    assert "Première année du schéma" in "\n".join(printed(demo.reports / "2024", "SOC2-01"))


def test_nothing_more_is_said_of_what_is_not_significant(demo: Made) -> None:
    text = "\n".join(printed(demo.reports / "2025", "ECO2-05"))
    assert f"Valeur\u00a0: {french.NS}" in text
    assert f"Pourquoi {french.NS}" in text
    row = figures(demo.reports / "2025")["ECO2-05", "ensemble", "valeur"]
    assert french.percent(Decimal(row["valeur"])) not in text
    assert "Ce qui pèse" not in text
    assert "effet du" not in text


def test_an_absent_figure_says_what_to_drop(demo: Made) -> None:
    text = "\n".join(printed(demo.reports / "2024", "SOC1-01"))
    assert f"Valeur\u00a0: {french.ND}, source non fournie" in text
    assert "À déposer" in text


def test_rows_and_parts_of_people_are_never_shown(copy: Path) -> None:
    sentinel = "987654"
    for folder in (copy, copy.parent / "2024"):
        path = folder / "preuves.csv"
        text = path.read_text("utf-8")
        path.write_text(
            re.sub(r"^(SOC2-0[567],.*),(\d+),(\w+)$", rf"\1,{sentinel},\3", text, flags=re.M),
            "utf-8",
        )
        assert sentinel in path.read_text("utf-8")
    published = figures(copy)
    for code, base in (("SOC2-05", "autre"), ("SOC2-06", "nombre"), ("SOC2-07", "nombre")):
        for entity in ("metropole", "ville", "ensemble"):
            text = "\n".join(printed(copy, code, entity))
            assert sentinel not in text
            assert "secret sur le nombre de personnes" in text
            assert "Ce qui pèse" not in text
            assert "effet du" not in text
            row = published[code, entity, base]
            if base == "nombre":  # of a rate, no count at all
                assert f" {row['numerateur']} sur" not in text
    assert sentinel not in "\n".join(printed(copy))


# --- A year ----------------------------------------------------------------------------------


def section(text: list[str], number: int) -> list[str]:
    """The entries of a numbered section."""
    starts = [i for i, x in enumerate(text) if re.match(r"\d\. ", x)]
    return text[starts[number - 1] : [*starts, len(text)][number]]


@pytest.mark.parametrize("annee", [2024, 2025])
def test_every_absent_indicator_is_listed_with_its_cause_and_its_file(
    demo: Made, annee: int
) -> None:
    folder = demo.reports / str(annee)
    part = "\n".join(section(printed(folder), 1))
    for (code, entity, _), row in figures(folder).items():
        if entity == "ensemble" and not row["valeur"]:
            line = next(x for x in part.splitlines() if row["motif_absence"] in
                        x.replace("\u00a0", " ") and re.search(rf"\b{code}\b", x))  # fmt: skip
            assert line.startswith("  – ")
    ranks = re.findall(r"^  (\d+)\. .*À la clé\u00a0: (\d+)\u00a0indicateur", part, re.M)
    assert [r for r, _ in ranks] == [str(n) for n in range(1, len(ranks) + 1)]
    assert ranks
    gains = [int(n) for _, n in ranks]
    assert gains == sorted(gains, reverse=True)


def test_a_record_set_aside_for_two_reasons_is_one_record(copy: Path) -> None:
    path = copy / "quarantaine.csv"
    header, first, *others = path.read_text(encoding="utf-8").splitlines()
    again = first.replace("absent", "illisible")
    path.write_text("\n".join([header, first, again, *others]) + "\n", encoding="utf-8")
    records = {(r["table"], r["fichier"], r["ligne"]) for r in rows(path)}
    (line,) = [x for x in printed(copy) if x.startswith("En quarantaine")]
    assert f" {len(records)}\u00a0enregistrements" in line


def test_a_missing_source_names_its_template_and_all_that_it_would_give(demo: Made) -> None:
    part = section(printed(demo.reports / "2024"), 1)
    (line,) = [x for x in part if "Registre des formations" in x and "déposer" in x]
    assert "data/raw/2024" in line
    assert "data/modeles/formations.xlsx" in line
    assert line.endswith("2\u00a0indicateurs de plus (SOC1-01, SOC1-02).")


def test_weak_coverage_names_the_field_to_fill(demo: Made) -> None:
    folder = demo.reports / "2025"
    part = "\n".join(section(printed(folder), 2))
    for (code, entity, _), row in figures(folder).items():
        weak = row["couverture"] and row["valeur"] and Decimal(row["couverture"]) < 80
        if entity == "ensemble":
            assert bool(weak) == bool(re.search(rf"– {code} ", part)), code
    assert part.count("– ") == part.count("À compléter")
    assert "(clause_carbone), de\u00a0: Fiche marché complémentaire" in part
    assert "famille_" not in part


def test_missed_targets_come_widest_gap_first_with_their_kind(demo: Made) -> None:
    folder = demo.reports / "2025"
    edition = editions.load(folder, 2025)
    part = section(printed(folder), 3)
    stop = next(i for i, x in enumerate(part) if x.startswith("Verdict impossible"))
    codes = [x.split()[1] for x in part[:stop] if x.startswith("  – ")]
    missed = {
        row["code"] for (_, entity, _), row in figures(folder).items()
        if entity == "ensemble" and row["verdict"] in {"non atteint", "proche"}
    }  # fmt: skip
    assert set(codes) == missed
    items = {i.code: i for i in edition.indicateurs}
    published = [edition.figure(items[c], k, "ensemble") for c in codes for k in items[c].calculs]
    shown = [f for f in dict.fromkeys(published) if f.verdict in {"non atteint", "proche"}]
    gaps = [
        -1 if reading.is_thin(edition, f) else reading.shortfall(f, items[f.code].sens)
        for f in shown
    ]
    assert len(shown) == len(codes)
    by_code = {f.code: g for f, g in zip(shown, gaps, strict=True)}
    single = [c for c in codes if codes.count(c) == 1]
    assert [by_code[c] for c in single] == sorted((by_code[c] for c in single), reverse=True)
    for x in (x for x in part[:stop] if x.startswith("  – ")):
        (status,) = {f.statut_cible for f in shown if f.code == x.split()[1]}
        kind = {"H": "cible à confirmer", "L": "cible légale", "P": "objectif national"}[status]
        assert f"({kind}" in x


def test_what_is_declared_elsewhere_is_told_in_the_terminal_and_on_the_page(demo: Made) -> None:
    """Each declaration with its state, in words; and what the census asks."""
    folder = demo.reports / "2025"
    part = " ".join(section(printed(folder), 6))
    page = plain(text_of(parsed(folder / "rapport.html").find("body")))
    declared = rows(folder / "declarations.csv")
    assert {r["declaration"] for r in declared} == {"agec", "vehicules", "cantine"}
    assert plain(part).count("prête") == len(declared)
    for r in declared:
        assert r["fichier"] in part
        assert (folder / r["fichier"]).is_file()
    assert "AGEC, article 58, Métropole : prête" in page
    assert "ma cantine, Ville : prête" in page
    for words in (plain(part), page):
        assert "est tiré, pour les marchés notifiés depuis 2024, des données essentielles" in words
    assert "REAP" in suite.recensement(2023)
    assert "notifiés en 2023" in suite.recensement(2023)


def test_what_moved_is_said_with_its_reserves(demo: Made) -> None:
    part = section(printed(demo.reports / "2025"), 4)
    moves = [amount(x.split("\u00a0: ")[1]) for x in part if "points (" in x]
    assert moves
    assert [abs(m) for m in moves] == sorted((abs(m) for m in moves), reverse=True)
    assert any("à dire avec réserve" in x for x in part)
    assert "Première année" in "".join(section(printed(demo.reports / "2024"), 4))


def test_a_report_that_is_not_whole_says_how_to_redo_it(copy: Path) -> None:
    (copy / "edition.json").unlink()
    with pytest.raises(UserError, match=r"spaser run 2025 --force"):
        printed(copy)


# --- The text --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 100])
def test_lines_keep_to_the_width_and_to_french_typography(demo: Made, width: int) -> None:
    for code in (None, "ENV1-01"):
        printed_lines = printed(demo.reports / "2025", code, width=width)
        assert [x for x in printed_lines if len(x) > width and " " in x.strip()[:width]] == []
        assert not re.search(r"[^\u00a0/\d]:[^\d/:]|\d %| »", "\n".join(
            x for x in printed_lines if "Formule" not in x and "::" not in x and ".json" not in x
            and ".xlsx" not in x and ".csv" not in x))  # fmt: skip


def test_wrapped_text_has_marks_and_headings() -> None:
    wrapped_lines = list(wrapped([
        Paragraph("Titre", rule="="), Paragraph("Suite", rule="-"),
        Paragraph("un deux trois quatre cinq six sept huit neuf", 1, "1."),
    ], 40))  # fmt: skip
    assert wrapped_lines == [
        "Titre", "=====", "", "Suite", "-----",
        "  1. un deux trois quatre cinq six sept", "     huit neuf",
    ]  # fmt: skip


def test_a_record_cannot_command_the_terminal(copy: Path) -> None:
    assert harmless("\x1b[31mrouge\x07\u202eesrever\n\tfin") == "[31mrouge esrever fin"
    path = copy / "marches.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace("ascenseurs", "asc\x1b[2Jenseurs\u202e"), encoding="utf-8")
    shown = "\n".join(printed(copy, "SOC2-02"))
    assert "enseurs" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


def test_a_mean_under_the_law_says_how_many_rows_are_over_it(demo: Made) -> None:
    """ECO2-01 is a mean of days; the law gives each invoice its thirty days."""
    for annee in (2024, 2025):
        folder = demo.reports / str(annee)
        rate = figures(folder)["ECO2-02", "ensemble", "nombre"]
        late = int(rate["denominateur"]) - int(rate["numerateur"])
        assert late > 1
        sentence = f"{late} factures sur {rate['denominateur']} n'y satisfont pas : "
        sentence += "la loi vaut pour chaque facture"
        for page in ("rapport.html", "comite.html"):
            assert sentence in plain(text_of(parsed(folder / page).find("body")))
        assert sentence in plain("\n".join(explain.text(folder, annee, "ECO2-01", None, 10_000)))


def test_a_record_set_aside_casts_no_doubt_on_a_figure(demo: Made) -> None:
    """The one declaration whose gifts are above the whole is in quarantine for another reason."""
    edition = editions.load(demo.reports / "2024", 2024)
    (rule,) = [r for r in edition.controle["regles"] if r["id"] == "AGE-A06"]
    assert (rule["nombre"], rule["retenus"]) == (1, 0)
    item = next(i for i in edition.indicateurs if i.code == "ENV1-05")
    assert rule["id"] in item.alertes
    (calcul,) = item.calculs
    assert lines.reserves(edition, item, calcul, "ensemble") == []
    counted = {**edition.controle, "regles": [{**rule, "retenus": 1}]}
    doubted = lines.reserves(replace(edition, controle=counted), item, calcul, "ensemble")
    assert [r.titre for r in doubted] == [rule["titre"]]
