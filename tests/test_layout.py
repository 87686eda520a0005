"""The house is as docs/architecture.md says: rooms, modules, and imports that go one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from neutral import ROOT

PACKAGE = ROOT / "src" / "spaser"
ANYONE = {"__init__", "__main__"}  # the version, the entry


def rooms() -> list[str]:
    """The rooms of the table, in order."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z]+)(?:/|\.py)` \|", text, re.MULTILINE)


def lines() -> dict[str, str]:
    """The lines of the table for each room: its own, then those without a name."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([a-z]+)/` \|(.*(?:\n\| \|.*)*)", text, re.MULTILINE))


def says_something(module: Path) -> bool:
    """Whether a module has more than its docstring."""
    return len(ast.parse(module.read_text(encoding="utf-8")).body) > 1


def imports(path: Path) -> Iterator[str]:
    """The rooms that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("spaser."))
        elif isinstance(node, ast.ImportFrom) and node.module == "spaser":
            yield from (a.name for a in node.names if a.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spaser."):
            yield str(node.module).split(".")[1]


def test_the_table_names_every_room_and_no_other() -> None:
    stand = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert sorted(rooms()) == sorted(stand - ANYONE)


def test_the_lines_of_a_room_name_every_module_and_no_other() -> None:
    """Those of a room in a room by their folder: `registers/registres_md.py`."""
    named = {
        f"{room}/{name}"
        for room, line in lines().items()
        for name in re.findall(r"`([\w/]+\.py)`", line)
    }
    stand = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*/*.py")
        if path.name != "__init__.py" or says_something(path)
    }
    assert sorted(stand - named) == []
    assert sorted(named - stand) == []


def test_a_room_imports_only_rooms_above_it() -> None:
    order = rooms()
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {there}"
        for rank, room in enumerate(order)
        for path in [PACKAGE / f"{room}.py", *(PACKAGE / room).rglob("*.py")]
        if path.exists()
        for there in imports(path)
        if there not in {room, *order[:rank], *ANYONE}
    ]
    assert wrong == []


def test_what_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`([\w./]+)`", text))
    tests = {n for n in names if n.startswith("test_")}
    modules = {n for n in names if "/" in n and n.endswith((".py", ".css"))}
    assert len(tests) > 15
    assert len(modules) > 15
    assert [n for n in tests if not (ROOT / "tests" / f"{n}.py").is_file()] == []
    assert [n for n in modules if not ((PACKAGE / n).is_file() or (ROOT / n).is_file())] == []
    targets = set(re.findall(r"make ([a-z-]+)", text))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [t for t in targets if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []


def defined(node: ast.AST) -> str | None:
    """The name of a class, or of another name for a type (`Row = dict[str, Any]`)."""
    if isinstance(node, ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        return name if re.fullmatch(r"[A-Z][a-z]\w+", name) else None
    return None


def test_a_name_of_class_means_one_thing() -> None:
    places: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if name := defined(node):
                places.setdefault(name, []).append(str(path.relative_to(PACKAGE)))
    assert len(places) > 250
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def bound(tree: ast.AST) -> set[str]:
    """Every name that a module gives to something: variables, arguments, functions, attributes."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
    return names


EMPTY = {  # names that say of something only that there is one
    "found", "told", "said", "seen", "result", "res", "tmp", "obj", "thing", "stuff", "it", "them",
}  # fmt: skip


def test_no_name_says_only_that_something_was_found_or_told() -> None:
    """In the program, its tests, its benchmarks and its documentation alike."""
    folders = (PACKAGE, *(ROOT / name for name in ("tests", "benchmarks", "docs")))
    modules = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules
        for name in bound(ast.parse(path.read_text(encoding="utf-8"))) & EMPTY
    ]
    assert len(modules) > 300
    assert wrong == []


def explained(function: ast.FunctionDef) -> bool:
    """Whether a function of three arguments or more says what each is."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    names = [a.arg for a in given if a.arg not in {"self", "cls"}]
    text = ast.get_docstring(function) or ""
    section = text.partition("Args:")[2]
    return len(names) < 3 or all(
        re.search(rf"^ +{name}: ", section, re.MULTILINE) for name in names
    )


def test_public_functions_explain_their_arguments() -> None:
    functions = [
        (path.relative_to(PACKAGE), function)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if not getattr(node, "name", "").startswith("_")
        for function in (node.body if isinstance(node, ast.ClassDef) else [node])
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
    ]
    assert len(functions) > 400
    assert [f"{path}: {f.name}" for path, f in functions if not explained(f)] == []


def test_the_glossary_names_classes_that_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    words = text.partition("## Words")[2].partition("## Choices")[0]
    named = set(re.findall(r"`(?:\w+\.)?([A-Z]\w+)`", words))
    source = "\n".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.py"))
    assert len(named) > 15
    assert [
        n for n in named if not re.search(rf"^(class {n}\b|{n} = )", source, re.MULTILINE)
    ] == []


def test_a_module_is_read_in_one_sitting() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8").count("\n")
        for path in PACKAGE.rglob("*.py")
    }
    assert {name: n for name, n in lengths.items() if n > 400} == {}


def test_a_line_of_a_template_is_short() -> None:
    """A person edits it; the icon is one address, and a tag of the head stays on its line."""
    long = {
        f"{path.name}:{number}"
        for path in (PACKAGE / "report").rglob("*.j2")
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if len(line) > 130 and 'href="data:image' not in line and not line.startswith("<meta ")
    }
    assert long == set()
