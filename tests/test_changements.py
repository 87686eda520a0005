"""What changed since the publication that a run replaces: on the terminal, in a file, on a page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import oracle as o
import pages
import pytest
from neutral import PROJECT
from pages import VILLE_FILE, figures, plain, rows, snapshot, spaser, write_small
from test_published_french import blocks, faults

from spaser.errors import UserError
from spaser.opendata.changements import ranked
from spaser.opendata.lineage import Proof
from spaser.publishing import passage
from spaser.settings import relecture
from spaser.settings.relecture import Relecture

pytest_plugins = ("pages",)
FILES = ("changements.csv", "changements.html")


# --- Which contracts -------------------------------------------------------------------------


def proof(uid: str, role: str, contribution: str = "1") -> Proof:
    return Proof("X", "ville", "nombre", role, Decimal(contribution), uid)


@pytest.mark.parametrize(
    ("before", "after", "mesure", "sentences"),
    [
        ([], [], "part", []),
        ([proof("A", "numerateur")], [proof("A", "numerateur")], "part", []),
        ([proof("A", "denominateur")], [proof("A", "numerateur")], "part", ["A changé"]),
        ([proof("A", "numerateur")], [proof("B", "numerateur")], "compte",
         ["A retiré", "B ajouté"]),
        ([proof("A", "numerateur", "10"), proof("B", "numerateur", "10")],
         [proof("A", "numerateur", "11"), proof("B", "numerateur", "30")], "somme",
         ["B changé", "A changé"]),  # the largest first, whatever the names
        ([proof("A", "inconnu")], [proof("A", "numerateur")], "part", ["A changé"]),
        ([proof("A", "numerateur", "3")], [proof("A", "numerateur", "4")], "mediane",
         ["A changé"]),
    ],
)  # fmt: skip
def test_the_contracts_that_made_the_difference(
    before: list[Proof], after: list[Proof], mesure: str, sentences: list[str]
) -> None:
    assert ranked(before, after, mesure) == sentences


# --- Reviews ---------------------------------------------------------------------------------

ENTRY = Relecture(
    code="SOC2-01", entite="ville", base="nombre", ancien="12.5", nouveau="-13",
    verdict="atteint", par="Zoé : « relue »", le="2025-07-01", motif="données : a.json modifié",
)  # fmt: skip


def test_reviews_are_kept_word_for_word_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "2024").mkdir()
    assert relecture.load(tmp_path, 2024) == []
    relecture.add(tmp_path, 2024, [ENTRY])
    file = relecture.path(tmp_path, 2024)
    file.write_text(file.read_text(encoding="utf-8") + "# un mot\n", encoding="utf-8")
    other = ENTRY.model_copy(update={"par": 'A "B" \\ #'})
    relecture.add(tmp_path, 2024, [other])
    assert relecture.load(tmp_path, 2024) == [ENTRY, other]
    assert "# un mot" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", ["relectures:\n- {code: A}\n", "relecture: []\n", "- rien\n", "relectures: 3\n"]
)
def test_a_file_that_is_wrong_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "2024").mkdir()
    file = relecture.path(tmp_path, 2024)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"relecture\.yml"):
        relecture.load(tmp_path, 2024)
    with pytest.raises(UserError, match=r"relecture\.yml"):
        relecture.add(tmp_path, 2024, [ENTRY])
    assert file.read_text(encoding="utf-8") == text  # left as it was
    assert [p.name for p in file.parent.iterdir()] == [file.name]


# --- From run to run -------------------------------------------------------------------------

Run = Callable[..., pages.Done]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> pages.Made:
    """A small year run, run again with a mended contract, reviewed, and verified."""

    def build(place: Path) -> pages.Done:
        data, reports, params = place / "data", place / "reports", place / "params"
        shutil.copytree(PROJECT / "params", params)
        where = ("--data", data, "--reports", reports, "--params", params)
        write_small(data)
        outcomes = {}
        for name, act in (
            ("first", lambda: spaser("run", "2024", *where)),
            ("same", lambda: spaser("run", "2024", *where)),
            ("forced", lambda: spaser("run", "2024", *where, "--force")),
            ("mended", lambda: mend(data) or spaser("run", "2024", *where)),
            ("again", lambda: spaser("run", "2024", *where, "--force")),
            ("verified", lambda: spaser("verify", "2024", *where)),
            ("one", lambda: spaser("run", "2024", *where, "--accepter", "Zoé", "--motif", "relu",
                                   "--ligne", "SOC2-01/ville/nombre")),
            ("reviewed", lambda: spaser("run", "2024", *where, "--accepter", "Ali")),
            ("nothing", lambda: spaser("run", "2024", *where, "--accepter", "Ali")),
            ("unknown", lambda: spaser("run", "2024", *where, "--accepter", "Ali",
                                       "--ligne", "SOC2-01/nulle-part/nombre")),
            ("verified-again", lambda: spaser("verify", "2024", *where)),
        ):  # fmt: skip
            done = act()
            outcomes[name] = [done.code, done.out, done.err]
            kept = place / name
            kept.mkdir()
            for file in (*FILES, "indicateurs.csv"):
                if (reports / "2024" / file).is_file():
                    shutil.copy(reports / "2024" / file, kept / file)
        (place / "told.json").write_text(json.dumps(outcomes), encoding="utf-8")
        return done

    def mend(data: Path) -> None:
        """One contract of the city turns out to be social."""
        write_small(data, changes={"2024V001": {"considerationssociales": o.CLAUSE}})

    return pages.once(tmp_path_factory, "story", build)


def printed(story: pages.Made, name: str) -> tuple[int, str]:
    outcomes = json.loads((story.place / "told.json").read_text(encoding="utf-8"))
    code, out, err = outcomes[name]
    return code, plain(out + err)


def test_what_moved_and_the_certificate_are_in_good_french(story: pages.Made) -> None:
    pages_ = [story.place / name / "changements.html" for name in ("first", "mended", "one")]
    certificate = story.reports / "2024-verification" / "certificat.html"
    for page in (*pages_, story.reports / "2024" / "changements.html", certificate):
        text = list(blocks(pages.parsed(page)))
        assert len(text) > 10
        assert [f for line in text for f in faults(line)] == [], page


def test_a_first_run_says_that_it_is_the_first(story: pages.Made) -> None:
    code, words = printed(story, "first")
    assert code == 0
    assert "première publication" in words.lower()
    assert rows(story.place / "first" / "changements.csv") == []
    page = pages.text_of(pages.parsed(story.place / "first" / "changements.html").find("body"))
    assert "Première publication" in page


def test_an_unchanged_run_does_nothing_and_a_forced_one_the_same_bytes(story: pages.Made) -> None:
    assert "rien n'a changé" in printed(story, "same")[1]
    first = snapshot(story.place / "first")
    assert snapshot(story.place / "forced") == first
    assert snapshot(story.place / "again") == snapshot(story.place / "mended") != first


def test_a_mended_contract_is_named_behind_each_figure_that_it_moved(story: pages.Made) -> None:
    before, after = (figures(story.place / n) for n in ("first", "mended"))
    explained = {
        (r["code"], r["entite"], r["base"]): r
        for r in rows(story.place / "mended" / "changements.csv")
    }
    watched = ("valeur", "numerateur", "denominateur", "verdict", "cible")
    assert explained.keys() == {
        k for k in after if any(before[k][c] != after[k][c] for c in watched)
    }
    rate = explained["SOC2-01", "ville", "nombre"]
    assert (rate["ancien_numerateur"], rate["numerateur"]) == ("8", "9")
    assert Decimal(rate["ecart"]) == Decimal(rate["nouveau"]) - Decimal(rate["ancien"])
    assert rate["nombre_marches"] == "1"
    assert rate["marches"].endswith(" changé")
    assert "_2024V001_" in rate["marches"]
    assert VILLE_FILE in rate["entrees"]
    code, words = printed(story, "mended")
    assert code == 0
    assert "ont bougé" in words
    assert VILLE_FILE in words
    assert "changements.html" in words
    page = plain(
        pages.text_of(pages.parsed(story.place / "mended" / "changements.html").find("body"))
    )
    assert "--ligne SOC2-01/ville/nombre" in page
    assert f"{VILLE_FILE} modifié" in page
    assert "proche → atteint (cible à confirmer)" in page  # no duty is met: an assumption is
    assert "proche → atteint (cible à confirmer)" in words


def test_a_reviewer_accepts_a_line_then_all(story: pages.Made) -> None:
    code, words = printed(story, "one")
    assert code == 0
    assert "1 changement accepté" in words
    one = rows(story.place / "one" / "changements.csv")
    accepted = [r for r in one if r["accepte_par"]]
    assert [(r["code"], r["accepte_par"], r["motif"]) for r in accepted] == [
        ("SOC2-01", "Zoé", "relu")
    ]
    assert len(one) == len(rows(story.place / "mended" / "changements.csv"))  # not wiped
    every = rows(story.place / "reviewed" / "changements.csv")
    assert {r["accepte_par"] for r in every} == {"Zoé", "Ali"}
    assert all(r["motif"] for r in every)
    page = plain(
        pages.text_of(pages.parsed(story.place / "reviewed" / "changements.html").find("body"))
    )
    assert "Tout est relu et accepté" in page
    assert "Accepté par Zoé" in page
    assert "rien à accepter" in printed(story, "nothing")[1]
    code, words = printed(story, "unknown")
    assert code == 2
    assert "SOC2-01/nulle-part/nombre" in words


def test_verify_makes_the_same_comparison_again(story: pages.Made) -> None:
    for name in ("verified", "verified-again"):
        code, words = printed(story, name)
        assert code == 0, words


def test_a_publication_that_was_altered_is_not_compared_with(
    story: pages.Made, tmp_path: Path
) -> None:
    report = Path(shutil.copytree(story.reports / "2024", tmp_path / "2024"))
    manifest = json.loads((report / "manifeste.json").read_text(encoding="utf-8"))
    other = {"donnees": {"x.json": "0" * 64}}
    around = {k: manifest[k] for k in ("python", "systeme", "paquets")}
    assert passage.before(report, other, around, demonstration=False) == report
    assert passage.before(report, other, around, demonstration=True) is None
    with (report / "preuves.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert passage.before(report, other, around, demonstration=False) is None
    (report / "manifeste.json").write_text('{"entrees": [1]}', encoding="utf-8")
    assert passage.before(report, other, around, demonstration=False) is None
    assert passage.before(tmp_path / "rien", other, around, demonstration=False) is None
