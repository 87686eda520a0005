"""Charts taken as they were drawn before: the same bytes, never an old one, never by `verify`."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from pages import Made, snapshot, spaser, write_small

from spaser import kept
from spaser.report import charts, dessins, edition, fragment, images, planches, svg
from spaser.report.edition import Edition

pytest_plugins = ("pages",)

BARS = (charts.Bar("Marchés", Decimal("12.5"), "12,5"), charts.Bar("Lots", Decimal(3), "3"))
CHART: dict[str, Any] = {
    "dessin": partial(charts.bars, list(BARS), Decimal(20), "20"),
    "nom": "essai-nombre",
    "titre": "Les marchés",
    "legende": "Chaque barre est une famille.",
}


@pytest.fixture
def small_2024(small: Made, tmp_path: Path) -> Edition:
    """The small year as it is read in a kernel, which works in a folder of its own."""
    read = edition.load(small.reports / "2024", 2024)
    return dataclasses.replace(read, folder=tmp_path)


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the kernels of a run keep charts."""
    folder = tmp_path / "dessins"
    folder.mkdir()
    monkeypatch.setenv(fragment.IN_A_PAGE, "1")
    monkeypatch.setenv(dessins.KEPT_IN, str(folder))
    return folder


def drawn(read: Edition, **changes: Any) -> tuple[str, bytes, bytes]:
    """What a page and graphiques/ get of a chart."""
    asked = CHART | changes
    page = images.drawn(read, images.Picture(**asked))
    files = [read.folder / images.FOLDER / f"{asked['nom']}.{kind}" for kind in ("svg", "png")]
    made = (str(page), *(f.read_bytes() for f in files))
    for file in files:
        file.unlink()
    return made


def drawn_afresh(read: Edition, monkeypatch: pytest.MonkeyPatch) -> tuple[str, bytes, bytes]:
    """The same, where no chart is kept."""
    with monkeypatch.context() as without:
        without.delenv(dessins.KEPT_IN)
        return drawn(read)


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("drawn again")


def test_a_chart_is_drawn_once(
    small_2024: Edition, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = drawn_afresh(small_2024, monkeypatch)
    assert list(kept_in.iterdir()) == []
    first = drawn(small_2024)
    assert len(list(kept_in.iterdir())) == 1
    monkeypatch.setattr(svg, "inline", refuse)
    assert bare == first == drawn(small_2024)


OTHERS: dict[str, dict[str, Any]] = {
    "a value": {
        "dessin": partial(charts.bars, [BARS[0], BARS[1]._replace(valeur=Decimal(4))],
                          Decimal(20), "20")
    },
    "as many decimals": {
        "dessin": partial(charts.bars, [BARS[0], BARS[1]._replace(valeur=Decimal("3.0"))],
                          Decimal(20), "20")
    },
    "words": {
        "dessin": partial(charts.bars, [BARS[0]._replace(dit="12,6"), BARS[1]], Decimal(20), "20")
    },
    "the order": {"dessin": partial(charts.bars, list(BARS[::-1]), Decimal(20), "20")},
    "the scale": {"dessin": partial(charts.bars, list(BARS), Decimal(21), "20")},
    "by keyword": {"dessin": partial(charts.bars, list(BARS), Decimal(20), end="20 %")},
    "the function": {
        "dessin": partial(charts.pairs, [("2024", (Decimal(3), Decimal(2)))], ("dit", "fait"),
                          Decimal(20))
    },
    "the name": {"nom": "essai-valeur"},
    "the title": {"titre": "Les lots"},
    "the key": {"legende": ""},
}  # fmt: skip


@pytest.mark.parametrize("changes", OTHERS.values(), ids=OTHERS)
def test_whatever_makes_a_chart_makes_another_of_it(
    small_2024: Edition, kept_in: Path, changes: dict[str, Any]
) -> None:
    drawn(small_2024)
    drawn(small_2024, **changes)
    assert len(list(kept_in.iterdir())) == 2


def test_what_is_cut_at_the_axes_is_another(small_2024: Edition, kept_in: Path) -> None:
    for cut in (False, True):
        images.kept(small_2024, images.Picture(**CHART, cut=cut), kept_in)
    assert len(list(kept_in.iterdir())) == 2


def test_the_source_and_the_typeface_make_another(
    small_2024: Edition, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(small_2024)
    scheme = small_2024.scheme.model_copy(update={"licence": "Licence Ouverte 3.0"})
    assert b"Licence Ouverte 3.0" in drawn(dataclasses.replace(small_2024, scheme=scheme))[1]
    assert len(list(kept_in.iterdir())) == 2
    monkeypatch.setattr(dessins, "_faces", lambda: ("another",))
    drawn(small_2024)
    assert len(list(kept_in.iterdir())) == 3


def _of_a_notebook() -> Figure:
    return charts.bars(list(BARS), Decimal(20), "20")


@pytest.mark.parametrize(
    "dessin",
    [_of_a_notebook, partial(_of_a_notebook), lambda: _of_a_notebook(), charts.bars],
    ids=["function", "partial", "lambda", "without its data"],
)  # fmt: skip
@pytest.mark.usefixtures("kept_in")
def test_what_a_notebook_draws_by_itself_is_not_kept(dessin: Callable[[], Figure]) -> None:
    assert dessins.place(dessins.of_a_kernel(), dessin, "essai") is None


@pytest.mark.usefixtures("kept_in")
def test_what_has_no_bytes_of_its_own_is_not_kept() -> None:
    assert dessins.place(dessins.of_a_kernel(), partial(charts.bars, lambda: 0), "essai") is None
    endless: list[Any] = []
    endless.append(endless)
    assert dessins.place(dessins.of_a_kernel(), partial(charts.bars, endless), "essai") is None


def damages() -> dict[str, Callable[[bytes], bytes]]:
    return {
        "one byte": lambda b: b[:-1] + bytes([b[-1] ^ 1]),
        "cut": lambda b: b[: len(b) // 2],
        "longer": lambda b: b + b"0",
        "empty": lambda _: b"",
        "lengths": lambda b: b[:32] + b"\xff" * 12 + b[44:],
    }


@pytest.mark.parametrize("damage", damages().values(), ids=damages())
def test_a_damaged_chart_is_drawn_again(
    small_2024: Edition, kept_in: Path, damage: Callable[[bytes], bytes]
) -> None:
    first = drawn(small_2024)
    [file] = kept_in.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert drawn(small_2024) == first
    assert [file] == list(kept_in.iterdir())
    assert file.read_bytes() == whole


def test_a_folder_that_takes_nothing_is_done_without(
    small_2024: Edition, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drawn(small_2024)
    monkeypatch.setenv(dessins.KEPT_IN, str(kept_in / "nulle-part"))
    assert drawn(small_2024) == first


# --- The folder ------------------------------------------------------------------------------

INPUTS = {"code": {"a.py": "1"}, "notebooks": {"3_rapport.ipynb": "2"}, "donnees": {"x.csv": "3"}}
AROUND = {"python": "3.11.7", "paquets": {"matplotlib": "3.11.2"}}


def test_the_program_its_libraries_and_the_notebooks_have_a_folder_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kept.FOLDER, str(tmp_path))
    at = dessins.folder(INPUTS, AROUND)
    assert at
    assert at.is_dir()
    assert tmp_path in at.parents
    assert dessins.folder(INPUTS | {"donnees": {"x.csv": "4"}}, AROUND) == at
    others = {
        dessins.folder(INPUTS | {"code": {"a.py": "2"}}, AROUND),
        dessins.folder(INPUTS | {"code": {"b.py": "1"}}, AROUND),
        dessins.folder(INPUTS | {"notebooks": {"3_rapport.ipynb": "3"}}, AROUND),
        dessins.folder(INPUTS, AROUND | {"python": "3.12.0"}),
        dessins.folder(INPUTS, AROUND | {"paquets": {"matplotlib": "3.11.3"}}),
    }
    assert len(others | {at}) == 6


def test_nothing_is_kept_when_asked_or_where_nothing_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kept.FOLDER, "")
    assert dessins.folder(INPUTS, AROUND) is None
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(kept.FOLDER, str(tmp_path / "file"))
    assert dessins.folder(INPUTS, AROUND) is None


def test_the_charts_used_longest_ago_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kept.FOLDER, str(tmp_path))
    monkeypatch.setattr(kept, "MOST", 400)
    old, now = (dessins.folder(INPUTS | {"code": {"a.py": v}}, AROUND) for v in "12")
    assert old
    assert now
    for rank, path in enumerate((old / "a", now / "b", now / "c", now / "d")):
        dessins.keep(path, dessins.Drawn(b"page", b"svg", bytes(100)))
        os.utime(path, ns=(rank, rank))
    assert dessins.read(now / "b")  # used: no longer the oldest
    kept.prune(now)
    assert not old.exists()
    assert sorted(p.name for p in now.iterdir()) == ["b", "d"]


# --- A whole run -----------------------------------------------------------------------------
@pytest.mark.long
def test_a_run_keeps_charts_and_results_and_verify_reads_none(small: Made, tmp_path: Path) -> None:
    write_small(tmp_path / "data")
    cache, reports = tmp_path / "cache", tmp_path / "reports"
    words = ("2024", "--data", tmp_path / "data", "--reports", reports)
    done = spaser("run", *words, SPASER_CACHE=str(cache))
    assert done.code == 0, done.err
    pictures = snapshot(reports / "2024" / images.FOLDER)
    assert pictures == snapshot(small.reports / "2024" / images.FOLDER)
    files = sorted((cache / "dessins").glob("*/*"))
    assert len(files) == len(pictures) / 2 + 1 > 1  # and the picture of the synthesis
    for file in files:  # whole, and false
        false = dessins.Drawn(b"<svg></svg>", b"<svg></svg>", b"PNG")
        dessins.keep(file, false)
        assert dessins.read(file) == false
    for file in (cache / "controles").glob("*/*"):
        kept.write(file, b"{}")
    before = snapshot(cache, times=True)
    done = spaser("verify", *words, SPASER_CACHE=str(cache))
    assert done.code == 0, done.out + done.err
    assert snapshot(cache, times=True) == before
    done = spaser("run", *words, "--force", SPASER_CACHE=str(cache))
    assert snapshot(reports / "2024" / images.FOLDER) == pictures
    assert snapshot(cache, times=True) == before
    assert hashlib.sha256(b"PNG").hexdigest() not in pictures.values()


# --- Drawn ahead, for the kernel of the report --------------------------------------------------


def test_a_chart_drawn_ahead_is_the_one_that_the_notebook_would_draw(
    small_2024: Edition, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, bare = images.Picture(**CHART), drawn_afresh(small_2024, monkeypatch)
    images.ahead(small_2024, picture, kept_in)
    assert len(list(kept_in.iterdir())) == 1
    assert not (small_2024.folder / images.FOLDER / f"{picture.nom}.svg").exists()
    monkeypatch.setattr(images, "_made", refuse)
    images.ahead(small_2024, picture, kept_in)
    assert drawn(small_2024) == bare


def test_what_the_notebook_has_come_to_is_not_drawn_ahead(
    small_2024: Edition, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = images.Picture(**CHART)
    with monkeypatch.context() as without:
        without.delenv(dessins.KEPT_IN)
        images.drawn(small_2024, picture)
    monkeypatch.setattr(images, "_made", refuse)
    images.ahead(small_2024, picture, kept_in)
    assert list(kept_in.iterdir()) == []


def test_the_charts_of_the_report_are_drawn_ahead_from_the_last(
    demo: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of ambitions and the map; none under another name than the notebook's own."""
    published = edition.load(demo.reports / "2025", 2025)
    names = {p.stem for p in (published.folder / images.FOLDER).glob("*.svg")}
    asked: list[str] = []
    monkeypatch.setattr(images, "ahead", lambda _, picture, __: asked.append(picture.nom))
    assert [*planches.ahead(published, tmp_path)] == asked
    beside = {p.nom for p in planches.pictures(published)}
    assert set(asked) <= names - beside
    assert asked[0].startswith("carte-")
    codes = [x.split("-")[0][:4] for x in asked if not x.startswith("carte-")]
    assert list(dict.fromkeys(codes)) == [
        c.lower() for c in reversed(published.scheme.ambitions) if c.lower() in codes
    ]
    assert len(asked) > 0.9 * len(names - beside)


_NAMES = """
import sys
from itertools import chain
from pathlib import Path
from spaser.report import edition, images, planches
read = edition.load(Path(sys.argv[1]), 2025)
for picture in chain(planches.pictures(read), planches._from_the_end(read)):
    print(picture.nom, images._place(read, picture, Path("dessins")))
"""


def test_a_chart_has_one_name_whatever_the_process(demo: Made) -> None:
    """What one process draws for another, or for the next run, is found there."""
    first, second = (
        subprocess.run(
            [sys.executable, "-c", _NAMES, str(demo.reports / "2025")],
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout.splitlines()
        for seed in ("0", "1")
    )  # fmt: skip
    assert first == second
    assert any(line.startswith("carte-france dessins") for line in first)
    assert not any(line.endswith("None") for line in first)
