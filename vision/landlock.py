"""Landlock: what the process may do with files, addresses and other processes; it only ever shrinks.

A set of rules binds the thread that asks and the threads it starts. Kernels know the rights up to their own version;
each set refuses all that this kernel knows of what is named here.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

CREATE_RULESET: Final = 444
ADD_RULE: Final = 445
RESTRICT_SELF: Final = 446
"""Numbers that are the same on all processors."""
ASK_VERSION: Final = 1
PATH_BENEATH: Final = 1
ALL_THREADS: Final = 1 << 3
ALL_THREADS_SINCE: Final = 8

EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
READING: Final = READ_FILE | READ_DIR
ON_A_FILE: Final = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
"""Execute, write, read, truncate, command: what can be allowed of a file that is no folder."""
_FILE_RIGHTS_SINCE: Final = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
"""Read, write, execute, make and remove; link and rename across folders; truncate; commands to devices."""
TCP: Final = 0b11
"""Bind and connect."""
TCP_SINCE: Final = 4
OTHER_PROCESSES: Final = 0b11
"""Abstract unix sockets and signals."""
PROCESSES_SINCE: Final = 6


class _Rules(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("addresses", ctypes.c_uint64), ("processes", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Return the version of the kernel's Landlock, 0 where it has none."""
    return max(0, int(_libc().syscall(CREATE_RULESET, None, 0, ASK_VERSION)))


def file_rights(known: int) -> int:
    """Return all rights on files that a version knows."""
    return sum(bits for since, bits in _FILE_RIGHTS_SINCE if known >= since)


def writing_refused() -> None:
    """Refuse all but reading, and reaching other processes, from now on.

    Raises:
        OSError: the kernel has no Landlock, or refuses.
    """
    known = version()
    _refuse(_Rules(file_rights(known) & ~READING, 0, OTHER_PROCESSES if known >= PROCESSES_SINCE else 0))


def reading_limited(readable: Iterable[Path], *, tcp: bool) -> None:
    """Refuse reading what is not at or below one of the paths, and TCP unless it is wanted.

    Args:
        readable: those that do not exist are passed over.
        tcp: whether the source may be one that is reached by TCP.

    Raises:
        OSError: the kernel has no Landlock, or refuses.
    """
    _refuse(_Rules(READING, 0 if tcp or version() < TCP_SINCE else TCP, 0), readable)


def everything_refused() -> None:
    """Refuse every right on every file, and TCP; in all threads at once where the kernel can.

    Raises:
        OSError: the kernel has no Landlock, or refuses.
    """
    known = version()
    rules = _Rules(file_rights(known), TCP if known >= TCP_SINCE else 0, 0)
    _refuse(rules, flags=ALL_THREADS if known >= ALL_THREADS_SINCE else 0)


def confined(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Refuse every right on every file but to read and start some and to do all with others, TCP, other processes.

    Args:
        readable: those that do not exist are passed over.
        writable: the same.

    Raises:
        OSError: the kernel has no Landlock, or refuses.
    """
    known = version()
    rights = file_rights(known)
    processes = OTHER_PROCESSES if known >= PROCESSES_SINCE else 0
    rules = _Rules(rights, TCP if known >= TCP_SINCE else 0, processes)
    _refuse(rules, readable, readable_rights=READING | EXECUTE, more=dict.fromkeys(writable, rights))


def _refuse(
    rules: _Rules,
    readable: Iterable[Path] = (),
    *,
    flags: int = 0,
    readable_rights: int = READING,
    more: Mapping[Path, int] | None = None,
) -> None:
    made = _asked(CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    try:
        for path, rights in {**dict.fromkeys(readable, readable_rights), **(more or {})}.items():
            _let(made, path, rights)
        _asked(RESTRICT_SELF, made, flags)
    finally:
        os.close(made)


def _let(made: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there, or not ours to see: nothing to allow
    try:
        allowed = rights if stat.S_ISDIR(os.fstat(place).st_mode) else rights & ON_A_FILE
        _asked(ADD_RULE, made, PATH_BENEATH, ctypes.byref(_PathRule(allowed, place)), 0)
    finally:
        os.close(place)


def _asked(number: int, *arguments: Any) -> int:
    result = int(_libc().syscall(number, *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
