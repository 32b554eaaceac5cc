"""Two folders change names in one step, by Linux's renameat2: there is no moment without either."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Final

_EXCHANGE: Final = 2
"""RENAME_EXCHANGE in linux/fs.h."""
_AT_FDCWD: Final = -100
"""Paths count from the working folder; fcntl.h."""


def exchange(one: Path, other: Path) -> None:
    """Give each of two folders on one disk the other's name, at once.

    Raises:
        OSError: the system or its disk cannot, or a name is not there.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE)
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))
