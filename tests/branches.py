"""Which branches of the templates a page came from, and published pages made again to see it.

Every branch of a template (a condition held or not, a loop with or without rows, a macro, a
word or its fallback) gets a mark when the template is compiled; rendering leaves the marks of
the branches that were taken.  A published page is made again from its folder, byte for byte, so
that the marks are those of what was published.
"""

from __future__ import annotations

import ast
import contextlib
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from jinja2 import nodes
from markupsafe import Markup
from neutral import PROJECT
from pages import plain
from pytest import MonkeyPatch

from spaser import report
from spaser.report import (
    PAGE,
    SHOWS,
    TEMPLATES,
    Fragment,
    accueil,
    changements,
    comparaisons,
    edition,
    fragment,
    images,
    pages,
    preuves,
    synthese,
    vignette,
)

DRAWN = "rapport_graphique"
NOTEBOOKS = ("1_qualite", "2_indicateurs", "3_rapport")
taken: set[str] = set()


def take(branch: str, value: Any = "") -> Any:
    """Remember that a branch was rendered; gives its value back."""
    taken.add(branch)
    return value


class _Marker:
    """Puts a mark in each branch of a template's tree, and lists them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.branches: list[str] = []
        self.elifs: set[int] = set()

    def mark(self, line: int, words: str, *value: nodes.Expr) -> nodes.Call:
        branch = f"{self.name}: {words}"
        while branch in self.branches:
            branch += " again"
        self.branches.append(branch)
        return nodes.Call(
            nodes.ImportedName(f"{__name__}.take"),
            [nodes.Const(branch), *value], [], None, None, lineno=line,
        )  # fmt: skip

    def body(self, line: int, words: str, content: list[nodes.Node]) -> list[nodes.Node]:
        return [nodes.ExprStmt(self.mark(line, words), lineno=line), *content]

    def visit(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.If):
            self.elifs |= {id(other) for other in node.elif_}
        for child in list(node.iter_child_nodes()):
            self.visit(child)
        line = node.lineno
        if isinstance(node, nodes.If):
            test = _words(node.test)
            node.body = self.body(line, f"if {test}", node.body)
            if id(node) not in self.elifs:  # its `else` is that of the first `if`
                node.else_ = self.body(line, f"unless {test}", node.else_)
        elif isinstance(node, nodes.For):
            rows = _words(node.iter)
            node.body = self.body(line, f"for {rows}", node.body)
            if node.else_:
                node.else_ = self.body(line, f"for none of {rows}", node.else_)
        elif isinstance(node, nodes.Macro | nodes.Block):
            node.body = self.body(line, f"{type(node).__name__.lower()} {node.name}", node.body)
        elif isinstance(node, nodes.CondExpr):
            test = _words(node.test)
            node.expr1 = self.mark(line, f"if {test}", node.expr1)
            node.expr2 = self.mark(line, f"unless {test}", node.expr2 or nodes.Const(""))
        elif isinstance(node, nodes.Or) and isinstance(node.right, nodes.Const):
            node.right = self.mark(line, f"or {node.right.value!r}", node.right)


def _words(node: nodes.Node) -> str:
    """An expression, briefly, as it is read."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_words(node.node)}.{node.attr}"
    if isinstance(node, nodes.Const):
        return repr(node.value)
    inside = " ".join(_words(child) for child in node.iter_child_nodes())
    kind = {"Compare": "", "Operand": "", "Getitem": "item ", "Call": "call "}
    if isinstance(node, nodes.Operand):
        return f"{node.op} {inside}"
    if isinstance(node, nodes.Filter):
        return f"{inside}|{node.name}"
    return kind.get(type(node).__name__, type(node).__name__.lower() + " ") + inside


def every_branch() -> list[str]:
    """The branches of every template, in order."""
    everywhere = []
    for path in sorted([*TEMPLATES.glob("*.j2"), *PAGE.glob("*.j2")]):
        marker = _Marker(path.name)
        marker.visit(jinja2.Environment().parse(path.read_text(encoding="utf-8")))
        everywhere += marker.branches
    return everywhere


_DRAWING = re.compile(r'<svg class="graphique".*?</svg>|\.graphique \.t\d+\{[^}]*\}', re.DOTALL)


def without_drawings(text: str) -> str:
    """A page but for what matplotlib drew, whose bytes have tests of their own, and minutes."""
    return _DRAWING.sub("", text)


@contextlib.contextmanager
def marked() -> Iterator[None]:
    """Templates compile with their marks, ours and those of the page's shell."""
    really = jinja2.Environment._parse

    def parse(
        env: jinja2.Environment, source: str, name: str | None, filename: str | None
    ) -> nodes.Template:
        tree = really(env, source, name, filename)
        if filename and Path(filename).parent in {TEMPLATES, PAGE}:
            _Marker(Path(filename).name).visit(tree)
        return tree

    with MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "_parse", parse)
        patch.setenv(fragment.IN_A_PAGE, "1")  # as in the kernels of `run`
        nothing = Markup('<svg class="graphique"></svg>')
        patch.setattr(images, "drawn", lambda *_: nothing)  # which writes in a published folder
        patch.setattr(vignette, "keep", lambda _: None)  # the same
        patch.setattr(report, "Compiled", lambda _: None)  # neither taken nor kept
        _forget_templates()
        try:
            yield
        finally:
            _forget_templates()


def _forget_templates() -> None:
    report._environment.cache_clear()
    pages._exporter.cache_clear()


# --- Pages made again ------------------------------------------------------------------------


def page_of_notebook(folder: Path, name: str, opened: edition.Edition, whole: list[str]) -> str:
    """The page of a notebook, its cells run here on a published folder."""
    copy = folder / "notebooks" / f"{name}.ipynb"
    source = copy if copy.is_file() else PROJECT / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    names: dict[str, Any] = {"annee": opened.year.annee, "dossier": str(opened.folder)}
    for cell in notebook.cells:
        outputs = cell.get("outputs", ())
        ours = source != copy or any(SHOWS in o.get("metadata", {}) for o in outputs)
        if cell.cell_type == "code" and ours and "parameters" not in str(cell.metadata):
            shown = _value(cell.source, names)
            if shown.shows == DRAWN:  # by an analyst, under the settings of a kernel
                continue
            content, metadata = shown._repr_mimebundle_()
            cell.outputs = [
                nbformat.v4.new_output(  # type: ignore[no-untyped-call]
                    "execute_result", content, metadata=metadata, execution_count=1
                )
            ]
    return pages.html(name, notebook, opened, whole)


def _value(source: str, names: dict[str, Any]) -> Fragment:
    """Run a cell; gives what its last line shows."""
    tree = ast.parse(source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr), source
    exec(compile(tree, "cell", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    assert isinstance(value, Fragment), source
    return value


def made_again(folder: Path) -> dict[str, str]:
    """The pages of a published report, by file name."""
    opened = edition.load(folder, int(folder.name))
    whole = pages.present(opened)
    compared = {comparaisons.FILE: comparaisons.page(opened)} if comparaisons.given(opened) else {}
    moved = (folder / "changements.html").read_text(encoding="utf-8")
    first = "Première publication : rien" in plain(moved)
    return {
        **{pages.PAGES[n][0]: page_of_notebook(folder, n, opened, whole) for n in NOTEBOOKS},
        "synthese.html": synthese.page(opened, whole),
        "comite.html": pages.comite(opened, whole),
        "preuves.html": preuves.page(folder, opened),
        "changements.html": changements.page(opened, first, inputs_told(moved)),
        **compared,
    }


def inputs_told(page: str) -> list[str]:
    """The inputs that a page of changes says have changed: no file keeps them."""
    _, _, after = page.partition('<h2 id="les-entrees-qui-ont-change"')
    listed = re.search(r"<ul>(.*?)</ul>", after.partition("<h2")[0], re.DOTALL)
    return [html.unescape(x) for x in re.findall("<li>(.*?)</li>", listed[1])] if listed else []


def control_again(folder: Path, like: Path, scratch: Path) -> dict[str, str]:
    """The page of a check, which publishes no scheme: that of the report `like` is its own."""
    for file in [*folder.iterdir(), like / "edition.json"]:
        if file.is_file():
            (scratch / file.name).write_bytes(file.read_bytes())
    card = json.loads((scratch / "edition.json").read_text(encoding="utf-8"))
    (scratch / "edition.json").write_text(json.dumps(card | {"edition": None}), encoding="utf-8")
    opened = edition.load(scratch, card["annee"]["annee"])
    return {"qualite.html": page_of_notebook(folder, "1_qualite", opened, ["1_qualite"])}


def index_again(reports: Path) -> str:
    """The index of a folder of reports."""
    return accueil.page(reports)
