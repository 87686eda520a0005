"""`notebooks`: write the notebooks that the scheme in params/ asks for.

The cells that an analyst added stay where they are, after the cell that they follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spaser.pipeline import notebooks
from spaser.report import cells, exploration
from spaser.settings.scheme import Scheme

if TYPE_CHECKING:
    from nbformat import NotebookNode


class Written(NamedTuple):
    """What became of a notebook.

    Attributes:
        path: its file.
        kept: how many cells of the analyst it has.
        fresh: ids of the cells of the scheme that it had not, or that said something else.
        gone: first lines of the cells of the scheme that it has no more.
    """

    path: Path
    kept: int
    fresh: tuple[str, ...]
    gone: tuple[str, ...]


def write(scheme: Scheme, folder: Path) -> list[Written]:
    """Write the three notebooks to `folder`, from the scheme and from what is there already.

    exploration.ipynb, which no run reads, is written where there is none.

    Raises:
        UserError: a file there is not a notebook.
    """
    import nbformat

    folder.mkdir(parents=True, exist_ok=True)
    all_written = []
    for name in notebooks.NAMES:
        path = folder / f"{name}.ipynb"
        there = notebooks.read(path).cells if path.exists() else []
        merged, written = merge(cells.asked(name, scheme), there)
        notebook = nbformat.v4.new_notebook(cells=merged, metadata=_METADATA)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
        all_written.append(written._replace(path=path))
    _write_exploration(scheme, folder / f"{exploration.NAME}.ipynb")
    return all_written


def _write_exploration(scheme: Scheme, path: Path) -> None:
    """Write exploration.ipynb where there is none: it is the analyst's from then on."""
    import nbformat

    if not path.exists():
        nodes = [_node(cell, None) for cell in exploration.cells(cells.parameters(scheme))]
        notebook = nbformat.v4.new_notebook(cells=nodes, metadata=_METADATA)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def merge(
    asked: Iterable[cells.NotebookCell], there: Iterable[NotebookNode]
) -> tuple[list[NotebookNode], Written]:
    """The cells asked for, in their order, each followed by the analyst's own that followed it.

    A heading keeps the lines that an analyst wrote under it, a code cell what surrounds the call
    that the scheme asks for.
    """
    wanted = list(asked)
    ours, own = _sorted(wanted, there)
    merged: list[NotebookNode] = list(own.pop("", []))
    fresh, kept = [], len(merged)
    for cell in wanted:
        old = ours.pop(cell.id, None)
        node = _node(cell, old)
        if old is None or old.source != node.source:
            fresh.append(cell.id)
        after = own.pop(cell.id, [])
        kept += len(after)
        merged += [node, *after]
    gone = [old.source.splitlines()[0] for old in ours.values() if old.source]
    lost = [node for nodes in own.values() for node in nodes]  # followed a cell that is gone
    return [*merged, *lost], Written(Path(), kept + len(lost), tuple(fresh), tuple(gone))


def _sorted(
    wanted: list[cells.NotebookCell], there: Iterable[NotebookNode]
) -> tuple[dict[str, NotebookNode], dict[str, list[NotebookNode]]]:
    """Cells of the scheme by id, and the analyst's by the id of the one that they follow."""
    by_text = {_text(c.kind, c.source): c.id for c in wanted}
    known = {c.id for c in wanted}
    ours: dict[str, NotebookNode] = {}
    own: dict[str, list[NotebookNode]] = {}
    anchor = ""
    for node in there:
        id_ = node.get("id", "")
        name = id_ if id_ in known else by_text.get(_text(node.cell_type, node.source), id_)
        if name not in ours and (name in known or name.startswith(cells.PREFIX)):
            ours[name] = node
            anchor = name if name in known else anchor
        else:
            own.setdefault(anchor, []).append(_clean(node))
    return ours, own


def _text(kind: str, source: str) -> tuple[str, str]:
    return kind, source.strip()


def _node(cell: cells.NotebookCell, old: NotebookNode | None) -> NotebookNode:
    """A cell of the scheme, with what the analyst wrote in it."""
    from nbformat import v4

    source = cell.source if old is None else _source(cell, old.source)
    metadata = {"tags": list(cell.tags)} if cell.tags else {}
    if cell.kind == cells.MARKDOWN:
        return v4.new_markdown_cell(source, id=cell.id, metadata=metadata)
    return v4.new_code_cell(source, id=cell.id, metadata=metadata)


def _source(cell: cells.NotebookCell, there: str) -> str:
    if cells.PARAMETERS in cell.tags:
        return there
    if cells.HELP in cell.tags:
        return cell.source
    if cell.kind == cells.MARKDOWN:
        return "\n".join([cell.source, *there.splitlines()[1:]])
    return there if cell.source.splitlines()[-1] in there else cell.source


def _clean(node: NotebookNode) -> NotebookNode:
    """A cell of the analyst, without the outputs of a run in JupyterLab."""
    if node.cell_type == cells.CODE:
        node.outputs, node.execution_count = [], None
    return node
