"""A notebook without what running it leaves there: opening it in JupyterLab changes no input.

Saved after a run, a notebook holds outputs, counts, and what the program that ran it says of
itself. None of it matters to the report, which is made by running the cells again.
"""

from __future__ import annotations

import json
from typing import Any

_KERNEL = {"display_name": "Python 3", "language": "python"}
_OF_A_RUN = {  # metadata of a cell that running, or looking at it, writes
    "ExecuteTime",
    "collapsed",
    "execution",
    "papermill",
    "scrolled",
    "trusted",
}


def bare(content: bytes) -> bytes:
    """The notebook of a file without outputs, counts and metadata of a run, as nbformat writes.

    A notebook that has none comes out as it went in; what is not a notebook does too.
    """
    try:
        notebook = json.loads(content)
        notebook["cells"] = [_cell(c) for c in notebook["cells"] if not _is_injected(c)]
        notebook["metadata"] = _metadata(notebook.get("metadata", {}))
        text = json.dumps(
            notebook, indent=1, sort_keys=True, separators=(",", ": "), ensure_ascii=False
        )
        return (text + "\n").encode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return content


def _is_injected(cell: dict[str, Any]) -> bool:
    """Whether papermill wrote this cell, to give parameters."""
    return "injected-parameters" in cell.get("metadata", {}).get("tags", ())


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    kept = cell | {"source": text.splitlines(keepends=True)}
    metadata = cell.get("metadata", {})
    kept["metadata"] = {k: v for k, v in metadata.items() if k not in _OF_A_RUN and v != []}
    if cell["cell_type"] == "code":
        kept |= {"outputs": [], "execution_count": None}
    return kept


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """What the notebook says of its language; the kernel that runs it is always the same."""
    kept = {k: v for k, v in metadata.items() if k not in {"papermill", "widgets"}}
    if "kernelspec" in kept:
        kept["kernelspec"] = _KERNEL | {"name": kept["kernelspec"]["name"]}
    if "language_info" in kept:
        kept["language_info"] = {"name": kept["language_info"]["name"]}
    return kept
