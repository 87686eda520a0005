"""The process of a kernel: ipykernel without its debugger, which no run attaches to.

The debugger is a fifth of what a kernel imports before its first cell.
"""

from __future__ import annotations

import sys

from spaser import memory


def main() -> None:
    """Start the kernel of a connection file, named in the arguments as ipykernel reads them."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    memory.seldom()
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


if __name__ == "__main__":
    main()
