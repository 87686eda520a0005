"""Libraries that another library imports at its start and hardly ever uses.

Great Expectations and seaborn import scipy (and altair) for a few functions that none of our rules
and charts call; that import takes longer than all of ours.  nbconvert imports a parser of HTML and
a server that our pages do without; papermill and Great Expectations, a client of servers.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

BY_SEABORN = ("scipy", "scipy.stats", "scipy.cluster")


@contextlib.contextmanager
def imports(*names: str) -> Iterator[None]:
    """Within the `with`, importing one of the modules `names` gives a stand-in for it.

    What was taken from a stand-in loads the true module the first time it is used.  Afterwards the
    names are free again: whoever imports them gets the true modules.
    """
    stand_ins = {name: _StandIn(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            sys.modules.pop(name, None)


class _StandIn(ModuleType):
    """In the place of a module: each of its names is loaded when it is used."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(self.__name__, name)


class _Name:
    """A function, class or submodule of a module that is not loaded yet."""

    def __init__(self, module: str, name: str) -> None:
        self._place = module, name

    def _true(self) -> Any:
        module, name = self._place
        return getattr(importlib.import_module(module), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._true()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._true(), name)
