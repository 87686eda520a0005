"""Notebooks run by papermill, at once, each in its kernel.

A cell that never ends, a kernel that dies and a memory that is full are told with the notebook
and the cell.  What papermill and the kernel write that differs from run to run (clock times,
random ids, paths) is stripped.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spaser.errors import UserError
from spaser.pipeline import engine
from spaser.pipeline.kernels import LOOK, Kernels
from spaser.publishing.bare import bare

if TYPE_CHECKING:
    from nbformat import NotebookNode

NAMES = ("1_qualite", "2_indicateurs", "3_rapport")
_TIMEOUT = 120  # seconds that a cell may take


def together(
    names: tuple[str, ...],
    source: Path,
    folder: Path,
    parameters: dict[str, Any],
    warm: Kernels,
    progress: Callable[[str], None] = lambda _: None,
    meanwhile: Iterable[object] = (),
) -> Generator[tuple[str, NotebookNode], None, None]:
    """Run notebooks at once: gives the name of each and what it became, as they end.

    The first that fails ends the others at once, and so does an interruption.

    Args:
        names: notebooks of NAMES.
        source: the folder of the notebooks as committed.
        folder: the staging folder, where the kernels already work.
        parameters: JSON values for the cell tagged `parameters`.
        warm: the kernels, started.
        progress: called with «notebook, cell n/m» as cells run.
        meanwhile: gone through to its end while the kernels work; each step should be short.

    Raises:
        UserError: see `execute`.
    """
    with ThreadPoolExecutor(len(names)) as pool:
        try:
            running = {
                pool.submit(execute, name, source, folder, parameters, warm, progress): name
                for name in names
                if warm.take(name)
            }
            waiting, ours = set(running), iter(meanwhile)
            while waiting:
                busy = next(ours, None) is not None
                done, waiting = wait(waiting, 0 if busy else LOOK, FIRST_COMPLETED)
                for one in done:
                    yield running[one], one.result()
            for _ in ours:
                pass
        except BaseException:
            warm.kill()
            raise


def execute(
    name: str,
    source: Path,
    folder: Path,
    parameters: dict[str, Any],
    warm: Kernels,
    progress: Callable[[str], None] = lambda _: None,
) -> NotebookNode:
    """Run SOURCE/NAME.ipynb in `folder` and write the result to folder/notebooks.

    Args:
        name: a notebook of NAMES.
        source: the folder of the notebooks as committed.
        folder: the staging folder, where the kernel already works.
        parameters: JSON values for the cell tagged `parameters`.
        warm: the kernels, started.
        progress: called with «notebook, cell n/m» as cells run.

    `engine.register` comes first.

    Raises:
        UserError: the notebook is missing or has not exactly one `parameters` cell; a cell
            does not end, kills its kernel or fills the memory.
        papermill.PapermillExecutionError: a cell failed, which is a bug.
    """
    import nbformat
    import papermill

    path = source / f"{name}.ipynb"
    check(path, set(parameters))
    target = folder / "notebooks" / f"{name}.ipynb"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(bare(path.read_bytes()))
    kernel, at = warm.take(name), ["avant la première cellule"]

    def tell(text: str) -> None:
        at.append(text)
        progress(f"{name}, {text}")

    try:
        notebook: NotebookNode = papermill.execute_notebook(
            str(target),
            str(target),
            parameters=parameters,
            engine_name=engine.NAME,
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            km=kernel,
            spaser_progress=tell,
            spaser_flood=lambda: warm.stop(
                name, f"plus de {engine.MOST >> 20} Mo affichés : arrêté"
            ),
            execution_timeout=_TIMEOUT,
        )
    except (RuntimeError, TimeoutError, papermill.PapermillExecutionError) as error:
        if stop := _stop(error, warm.death(name), f"{path}, {at[-1]}"):
            raise stop from error
        raise
    finally:
        kernel.shutdown_kernel(now=True)
    _strip(notebook, name)
    nbformat.write(notebook, target)
    return notebook


def _stop(error: Exception, death: str | None, place: str) -> UserError | None:
    """What stopped a notebook, when it is not an error of its code."""
    lighter = "alléger cette cellule ou en retirer ce qui a été ajouté, puis relancer"
    if death:
        return UserError(
            "le noyau Python du notebook est mort", lieu=place, valeur=death,
            remede="s'il manque de mémoire, fermer d'autres programmes ; sinon, " + lighter,
        )  # fmt: skip
    if isinstance(error, RuntimeError) and "Kernel didn't respond" in str(error):
        return UserError(
            "le noyau Python du notebook ne répond pas", lieu=place,
            remede="fermer d'autres programmes, puis relancer",
        )  # fmt: skip
    if isinstance(error, TimeoutError):
        return UserError(
            "cette cellule ne finit pas", lieu=place, valeur=f"plus de {_TIMEOUT} secondes",
            remede=lighter,
        )  # fmt: skip
    if getattr(error, "ename", "") == "MemoryError":
        return UserError(
            "la mémoire est pleine", lieu=place,
            remede="fermer d'autres programmes, ou " + lighter,
        )  # fmt: skip
    return None


def check(path: Path, names: set[str]) -> None:
    """Refuse a notebook whose own defaults would silently win over our parameters.

    Raises:
        UserError: no notebook, not exactly one cell tagged `parameters`, or one that does
            not set every parameter.
    """
    notebook = read(path)
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    if len(tagged) != 1:
        raise UserError(
            f"cellules étiquetées « parameters » : {len(tagged)}, il en faut une",
            lieu=str(path),
            remede="étiqueter la seule première cellule de code",
        )
    if missing := sorted(n for n in names if f"{n} =" not in tagged[0].source):
        raise UserError(
            "la cellule « parameters » ne pose pas tous les paramètres",
            lieu=str(path),
            valeur=missing[0],
            remede=f"y écrire {missing[0]} = …",
        )


def read(path: Path) -> NotebookNode:
    """A notebook of a file.

    Raises:
        UserError: no file, or not a notebook.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise UserError("notebook absent", lieu=str(path), remede="rétablir ce fichier") from None
    except (ValueError, AttributeError, nbformat.ValidationError):
        raise UserError(
            "ce n'est pas un notebook Jupyter, ou il est abîmé",
            lieu=str(path),
            remede="rétablir ce fichier",
        ) from None
    return notebook


def _strip(notebook: NotebookNode, name: str) -> None:
    """Remove what differs from run to run: times, random ids, paths."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if engine.INJECTED in cell.metadata.get("tags", ()):
            cell["id"] = f"{name[0]}-parametres"
        cell.setdefault("id", f"{name[0]}-{number}")
