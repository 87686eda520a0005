"""The scheme is the one place of titles: notebooks are written from it and held to it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, cast

import nbformat
import pytest
from nbformat import NotebookNode, v4

from spaser.commands import notebooks as writing
from spaser.errors import UserError
from spaser.pipeline import notebooks, shown
from spaser.report import SHOWS, cells
from spaser.settings.params import Params
from spaser.settings.scheme import Scheme

NAMES = notebooks.NAMES


@pytest.fixture
def scheme(params: Params) -> Scheme:
    return params.scheme


@pytest.mark.parametrize("name", NAMES)
def test_writing_the_notebooks_of_a_scheme_again_changes_nothing(
    scheme: Scheme, root: Path, tmp_path: Path, name: str
) -> None:
    written = (root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    (tmp_path / f"{name}.ipynb").write_text(written, encoding="utf-8")
    results = writing.write(scheme, tmp_path)
    assert (tmp_path / f"{name}.ipynb").read_text(encoding="utf-8") == written
    assert results[NAMES.index(name)].fresh == ()


def test_the_exploration_notebook_is_written_once(
    scheme: Scheme, root: Path, tmp_path: Path
) -> None:
    path = tmp_path / "exploration.ipynb"
    writing.write(scheme, tmp_path)
    assert path.read_bytes() == (root / "notebooks" / path.name).read_bytes()
    path.write_text("à moi", encoding="utf-8")
    writing.write(scheme, tmp_path)
    assert path.read_text(encoding="utf-8") == "à moi"


def other_scheme(scheme: Scheme) -> Scheme:
    """A scheme of one axis of two ambitions, one of which is new."""
    dumped = scheme.model_dump(mode="json")
    axe = dumped["axes"][0]
    axe["titre"] = "Un seul axe"
    axe["ambitions"] = [axe["ambitions"][1], {"code": "NEU1", "numero": 2, "titre": "Du neuf"}]
    axe["ambitions"][0]["numero"] = 1
    return Scheme.model_validate(dumped | {"axes": [axe], "fiches": {}})


@pytest.mark.parametrize("name", NAMES[1:])
def test_another_scheme_has_its_own_titles_and_no_other(
    scheme: Scheme, tmp_path: Path, name: str
) -> None:
    writing.write(scheme, tmp_path)
    written = writing.write(other_scheme(scheme), tmp_path)[NAMES.index(name)]
    text = (tmp_path / f"{name}.ipynb").read_text(encoding="utf-8")
    assert "## Axe 1 : Un seul axe" in text
    assert "### Ambition 2 : Du neuf" in text
    assert "Axe social" not in text
    assert "## Axe 2 : Axe social" in written.gone


def test_the_cells_of_an_analyst_stay_after_those_that_they_follow(
    scheme: Scheme, tmp_path: Path
) -> None:
    writing.write(scheme, tmp_path)
    path = tmp_path / "3_rapport.ipynb"
    notebook = nbformat.read(path, as_version=4)
    ids = [c.id for c in notebook.cells]
    note = v4.new_markdown_cell("Une remarque.", id="a1")
    chart = v4.new_code_cell("import seaborn", id="a2", execution_count=3)
    notebook.cells.insert(ids.index("spaser-eco2") + 1, note)
    notebook.cells.append(chart)
    title = next(c for c in notebook.cells if c.id == "spaser-eco1-titre")
    title.source += "\nUn mot sous le titre."
    nbformat.write(notebook, path)

    written = writing.write(scheme, tmp_path)[2]
    again = nbformat.read(path, as_version=4)
    order = [c.id for c in again.cells]
    assert written.kept == 2
    assert order.index("a1") == order.index("spaser-eco2") + 1
    assert order[-1] == "a2"
    assert again.cells[-1].execution_count is None
    title = next(c for c in again.cells if c.id == "spaser-eco1-titre")
    assert title.source.endswith("\nUn mot sous le titre.")

    writing.write(other_scheme(scheme), tmp_path)
    order = [c.id for c in nbformat.read(path, as_version=4).cells]
    assert order.index("a1") == order.index("spaser-eco2") + 1
    assert "a2" in order


def test_a_cell_that_says_more_keeps_it_and_one_that_says_else_is_put_back(
    scheme: Scheme, tmp_path: Path
) -> None:
    writing.write(scheme, tmp_path)
    path = tmp_path / "3_rapport.ipynb"
    notebook = nbformat.read(path, as_version=4)
    by_id = {c.id: c for c in notebook.cells}
    by_id["spaser-socle"].source = "# à moi\nrapport.socle(edition)"
    by_id["spaser-eco1"].source = 'rapport.ambition(edition, "ENV1")'
    nbformat.write(notebook, path)
    written = writing.write(scheme, tmp_path)[2]
    by_id = {c.id: c for c in nbformat.read(path, as_version=4).cells}
    assert by_id["spaser-socle"].source == "# à moi\nrapport.socle(edition)"
    assert by_id["spaser-eco1"].source == 'rapport.ambition(edition, "ECO1")'
    assert written.fresh == ("spaser-eco1",)


# --- After a run -----------------------------------------------------------------------------


def executed(name: str, scheme: Scheme) -> NotebookNode:
    """A notebook as it is once every cell has shown what it should."""
    nodes = []
    for cell in cells.asked(name, scheme):
        if cell.kind == cells.MARKDOWN:
            nodes.append(v4.new_markdown_cell(cell.source))
            continue
        output = v4.new_output(
            "execute_result", data={"text/html": ""}, metadata={SHOWS: cell.shows}
        )
        nodes.append(v4.new_code_cell(cell.source, outputs=[output] if cell.shows else []))
    return v4.new_notebook(cells=nodes)


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_notebook_is_published(name: str, scheme: Scheme) -> None:
    shown.check(name, executed(name, scheme), scheme, Path("n.ipynb"))


def position(notebook: NotebookNode, what: str) -> int:
    return next(
        n
        for n, c in enumerate(notebook.cells)
        if any(o.metadata.get(SHOWS) == what for o in c.get("outputs", ()))
    )


def another_table(notebook: NotebookNode, name: str) -> int:
    at = position(notebook, f"{name}_ambition ECO2")
    notebook.cells[at].outputs[0].metadata[SHOWS] = f"{name}_ambition ENV1"
    return at + 1


def twice(notebook: NotebookNode, name: str) -> int:
    at = position(notebook, f"{name}_ambition ECO2")
    notebook.cells.insert(at + 1, copy.deepcopy(notebook.cells[at]))
    return at + 2


def out_of_order(notebook: NotebookNode, name: str) -> int:
    one, other = (position(notebook, f"{name}_ambition {c}") for c in ("ECO1", "ECO2"))
    both = notebook.cells
    both[one - 1], both[one], both[other - 1], both[other] = (
        both[other - 1], both[other], both[one - 1], both[one],
    )  # fmt: skip
    return one + 1


def another_heading(notebook: NotebookNode, name: str) -> int:
    at = position(notebook, f"{name}_ambition SOC1")
    notebook.cells[at - 1].source = "### Ambition 1 : Tout autre chose"
    return at + 1


def no_heading(notebook: NotebookNode, name: str) -> int:
    at = position(notebook, f"{name}_ambition SOC1")
    del notebook.cells[at - 1]
    return at


@pytest.mark.parametrize("name", ["2_indicateurs", "3_rapport"])
@pytest.mark.parametrize("spoil", [another_table, twice, out_of_order, another_heading, no_heading])
def test_a_wrong_cell_is_named_and_nothing_is_published(
    name: str, spoil: Callable[[NotebookNode, str], int], scheme: Scheme
) -> None:
    notebook = executed(name, scheme)
    module = {"2_indicateurs": "calculs", "3_rapport": "rapport"}[name]
    number = spoil(notebook, module)
    with pytest.raises(UserError) as stop:
        shown.check(name, notebook, scheme, Path("n.ipynb"))
    assert stop.value.lieu == f"n.ipynb, cellule {number}"


@pytest.mark.parametrize("what", ["rapport_ambition ENV4", "rapport_mentions", "rapport_axe 2"])
def test_a_missing_cell_is_named(what: str, scheme: Scheme) -> None:
    notebook = executed("3_rapport", scheme)
    notebook.cells[position(notebook, what)].outputs = []
    with pytest.raises(UserError) as stop:
        shown.check("3_rapport", notebook, scheme, Path("n.ipynb"))
    asked = next(c for c in cells.asked("3_rapport", scheme) if c.shows == what)
    assert asked.source in str(stop.value)


# --- Together ---------------------------------------------------------------------------------


class Idle:
    """Kernels that are there, do nothing, and remember whether they were killed."""

    killed = False

    def take(self, name: str) -> str:
        return name

    def kill(self) -> None:
        self.killed = True


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[str]]:
    """Runs two notebooks that wait for an event, and gives what happened, in order."""

    def run(kernels: Idle, meanwhile: Callable[[list[str], Event], Iterator[str]]) -> list[str]:
        happened: list[str] = []
        free = Event()

        def execute(name: str, *_: object) -> str:
            assert free.wait(30)
            return name

        monkeypatch.setattr(notebooks, "execute", execute)
        try:
            for name, _ in notebooks.together(
                ("a", "b"), tmp_path, tmp_path, {}, cast(Any, kernels),
                meanwhile=meanwhile(happened, free),
            ):  # fmt: skip
                happened.append(name)
        finally:
            free.set()
        return happened

    return run


def test_what_is_done_meanwhile_begins_while_the_kernels_work_and_is_done_to_its_end(
    at_once: Callable[..., list[str]],
) -> None:
    def meanwhile(happened: list[str], free: Event) -> Iterator[str]:
        for n in range(5):
            happened.append(f"step {n}")
            if n == 1:
                free.set()
            yield "done"

    kernels = Idle()
    happened = at_once(kernels, meanwhile)
    assert happened[:2] == ["step 0", "step 1"]
    assert sorted(happened) == ["a", "b", *(f"step {n}" for n in range(5))]
    assert not kernels.killed


def test_a_fault_meanwhile_ends_the_kernels(at_once: Callable[..., list[str]]) -> None:
    def meanwhile(_: list[str], free: Event) -> Iterator[str]:
        yield "done"
        free.set()
        raise OSError("full")

    kernels = Idle()
    with pytest.raises(OSError, match="full"):
        at_once(kernels, meanwhile)
    assert kernels.killed
