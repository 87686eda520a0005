"""Templates kept compiled as Python keeps its modules: beside them, where it may.

Compiling them takes a tenth of a run.  A template is compiled again when it changes, and when this
package or Jinja does, as Python sees it: what filters make of its constants is compiled too.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from spaser import kept


class Compiled(FileSystemBytecodeCache):  # type: ignore[misc]
    """The templates of a folder, compiled; on a full or read-only disk, they are each time."""

    def __init__(self, templates: Path) -> None:
        super().__init__(str(templates / "__pycache__"))

    def get_source_checksum(self, source: str) -> str:
        """What a compiled template holds while it is that of its source."""
        return f"{super().get_source_checksum(source)}{kept.program('jinja2')}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template as it was compiled, where it can be read."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template, unless Python is asked to keep nothing of the kind."""
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)
