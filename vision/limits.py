"""What the process gives up by itself: limits, privileges, a core dump, being read, memory that goes to swap."""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path
from typing import Final

PR_GET_DUMPABLE: Final = 3
PR_SET_DUMPABLE: Final = 4
PR_SET_NO_NEW_PRIVS: Final = 38
PR_GET_NO_NEW_PRIVS: Final = 39

NONE_OF: Final = {
    "core": resource.RLIMIT_CORE,
    "size of a written file": resource.RLIMIT_FSIZE,
    "message queues": resource.RLIMIT_MSGQUEUE,
}
MOST_MEMORY_BYTES: Final = 8 * 1024**3
"""A hostile video may end its worker, not the machine: some forty times what a worker takes."""

CAPABILITIES_VERSION_3: Final = 0x20080522
CAP_DAC_READ_SEARCH, CAP_NET_BIND_SERVICE, CAP_IPC_LOCK = 2, 10, 14
KEPT_CAPABILITIES: Final = 1 << CAP_DAC_READ_SEARCH | 1 << CAP_NET_BIND_SERVICE | 1 << CAP_IPC_LOCK
"""Of those that the station has: to read another user's source, to listen on a port below 1024, to lock memory."""

SWAPS: Final = Path("/proc/swaps")
MCL_CURRENT, MCL_FUTURE, MCL_ON_FAULT = 1, 2, 4


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def unreadable() -> bool:
    """Refuse core dumps and other processes of the same user; return whether that holds."""
    libc = _libc()
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    return bool(libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)


def without_new_rights() -> bool:
    """Give up gaining rights by starting a program; return whether that holds."""
    libc = _libc()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)


def limited() -> None:
    """Set to nothing what is never needed, and bound the memory.

    Raises:
        OSError, ValueError: a limit cannot be lowered.
    """
    for limit in NONE_OF.values():
        resource.setrlimit(limit, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    bound = MOST_MEMORY_BYTES if most == resource.RLIM_INFINITY else min(most, MOST_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))


def open_files_end() -> int:
    """Return the number after the highest that is open; 0 where they cannot be counted."""
    try:
        listed = [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]
    except OSError:
        return 0
    return 1 + max(number for number in listed if _is_open(number))  # the list's own number is closed again


def limited_to_files(end: int) -> None:
    """Leave no number for a further descriptor from `end` on.

    Raises:
        OSError, ValueError: it is not known, or the limit cannot be lowered.
    """
    if not end:
        raise ValueError("they cannot be counted")
    resource.setrlimit(resource.RLIMIT_NOFILE, (end, end))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def without_privileges() -> bool:
    """Give up the privileges of an administrator but three that the work may need; return whether that holds."""
    libc, sets = _libc(), _capabilities()
    if sets is None:
        return False
    for word, kept in zip(sets, (KEPT_CAPABILITIES, 0), strict=True):
        word.effective &= kept
        word.permitted &= kept
        word.inheritable = 0
    return bool(libc.capset(ctypes.byref(_Header(CAPABILITIES_VERSION_3, 0)), sets) == 0)


def _capabilities() -> ctypes.Array[_Capabilities] | None:
    """Return the lower and the upper 32 of this thread, None where they cannot be had."""
    sets = (_Capabilities * 2)()
    known = _libc().capget(ctypes.byref(_Header(CAPABILITIES_VERSION_3, 0)), sets) == 0
    return sets if known else None


def memory_may_be_locked() -> None:
    """Lift the limit on locked memory, where we may: it must be done before the privileges go."""
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError):
        return  # `kept_out_of_swap` says what follows from it


def kept_out_of_swap() -> str:
    """Lock the memory that is used and will be, where the limit allows all of it; return why it may be swapped."""
    if _may_lock_all() and _libc().mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ON_FAULT) == 0:
        return ""
    return "" if _machine_has_no_swap() else "memory may be written to swap: neither may it be locked nor is swap off"


def _may_lock_all() -> bool:
    """Say whether no limit would make a later allocation fail for want of lockable memory."""
    sets = _capabilities()
    if sets is not None and sets[0].effective & 1 << CAP_IPC_LOCK:
        return True
    try:
        return resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    except OSError:
        return False


def _machine_has_no_swap() -> bool:
    try:
        return len(SWAPS.read_text(encoding="utf-8").splitlines()) <= 1
    except OSError:
        return False
