"""Two folders that take each other's name at once, by the system's own call.

Linux has renameat2 and macOS renamex_np; neither is in Python.  Windows, and some file systems
(network shares, FUSE), have nothing of the kind.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path
from typing import Any

_HERE = -100  # AT_FDCWD: names are resolved from the current folder
_LINUX_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h
_MAC_SWAP = 2  # RENAME_SWAP of sys/stdio.h
_NONE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.ENOTTY}


def exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders of one folder at once; False where the system cannot.

    Raises:
        OSError: the system can, and refused.
    """
    sys.audit("os.rename", str(one), str(other), -1, -1)
    if (call := _call()) is None:
        return False
    if call(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    if (number := ctypes.get_errno()) in _NONE:
        return False
    raise OSError(number, os.strerror(number), str(one))


def _call() -> Any:
    """The system's call as a function of two names, or None."""
    try:
        if sys.platform.startswith("linux"):
            swap = ctypes.CDLL(None, use_errno=True).renameat2
            return lambda a, b: swap(_HERE, a, _HERE, b, ctypes.c_uint(_LINUX_EXCHANGE))
        if sys.platform == "darwin":
            swap = ctypes.CDLL(None, use_errno=True).renamex_np
            return lambda a, b: swap(a, b, ctypes.c_uint(_MAC_SWAP))
    except (OSError, AttributeError):  # an old C library
        return None
    return None
